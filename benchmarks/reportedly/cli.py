"""The command line: parse, call, print.

Exit 0: well; 1: the data is not; 2: bad usage.  Faults go to standard error, a line each.  Nothing
heavy is imported before it is needed, so that help is instant.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from reportedly import __version__

if TYPE_CHECKING:
    from reportedly.contrast import Variant
    from reportedly.corpus import Gold
    from reportedly.formats.building import Note
    from reportedly.model import Document
    from reportedly.pairs import Contrast
    from reportedly.scoring import Scored


_EXPORTS = ("every-eval-ever", "hub")
_IMPORTS = ("muc4", "gtt", "grit", "wikievents", "rams")
_TARGETS = ("muc4", "gtd", "ucdp-ged", "brat", "conll", "spacy")
_PUBLISHED = ("gtt", "grit", "rme-subset", "rme-phi3-mention", "rme-phi3-entity", "textee", "rams", "muc4")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="reportedly",
        description="What attack reports say: how many, how surely, of whom, according to whom, by whom.",
        epilog="example: reportedly predict rules -o predictions.jsonl && reportedly score predictions.jsonl",
    )
    parser.add_argument("--version", action="version", version=f"reportedly {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def command(name: str, does: str, example: str) -> argparse.ArgumentParser:
        return commands.add_parser(
            name, help=does, description=does[0].upper() + does[1:] + ".", epilog=f"example: {example}"
        )

    def against(sub: argparse.ArgumentParser) -> None:
        sub.add_argument(
            "--gold", metavar="PATH", action="append", help="gold documents instead of the corpus (repeatable)"
        )
        sub.add_argument("--split", default="article", help="split of the corpus (default: article)")
        sub.add_argument("--tasks", help="tasks to score, separated by commas (default: all)")
        sub.add_argument("--seed", type=_whole, default=1, help="seed of the resampling (default: 1)")
        sub.add_argument(
            "--resamples", type=_whole, default=10_000, help="how many resamples (default: 10000; 0: none)"
        )
        sub.add_argument("--json", action="store_true", help="print JSON")

    validate = command("validate", "check documents against the schema and the rules", "reportedly validate corpus/")
    validate.add_argument("paths", metavar="PATH", nargs="*", help="files or folders (default: the corpus; -: stdin)")
    validate.add_argument("--predictions", action="store_true", help="the files are predictions for the gold")
    validate.add_argument(
        "--gold", metavar="PATH", action="append", help="gold documents instead of the corpus (repeatable)"
    )
    validate.add_argument("--split", default="article", help="split of the corpus (default: article)")
    validate.add_argument("--workers", type=_whole, default=1, metavar="N", help="processes (default: 1)")
    validate.add_argument("--json", action="store_true", help="print JSON")

    score = command("score", "score predictions against gold", "reportedly score predictions.jsonl --explain")
    score.add_argument(
        "predictions", metavar="PREDICTIONS", help="a .jsonl, .json or .parquet file; - is standard input"
    )
    against(score)
    score.add_argument(
        "--workers", type=_whole, default=1, metavar="N", help="processes that count files of --gold (default: 1)"
    )
    score.add_argument("--explain", action="store_true", help="list every fault in its sentence")
    score.add_argument("--html", metavar="FILE", help="also write a page to look at, with every fault in the text")
    score.add_argument("--export", choices=_EXPORTS, help="also write the scores as a result file in this format")
    score.add_argument("--to", metavar="FOLDER", default=".", help="where to write it (default: here)")
    score.add_argument("--system", metavar="NAME", help="the system's name, or OWNER/NAME (default: the file's)")
    score.add_argument("--dataset", metavar="OWNER/NAME", help="this dataset's id on the Hub, for its result file")
    score.add_argument(
        "--as",
        dest="published",
        choices=_PUBLISHED,
        help="give a published metric on files in its own tools' form, with its conventions; needs --gold FILE",
    )

    compare = command("compare", "test whether two systems differ", "reportedly compare a.jsonl b.jsonl")
    compare.add_argument("a", metavar="A", help="predictions of one system")
    compare.add_argument("b", metavar="B", help="predictions of the other")
    against(compare)
    compare.add_argument("--html", metavar="FILE", help="also write a page to look at")

    predict = command(
        "predict", "run a floor system or a language model", "reportedly predict rules report.txt -o predictions.jsonl"
    )
    predict.add_argument(
        "system", metavar="SYSTEM", help="nearest-verb, first-number or rules; with --model the model's name there"
    )
    predict.add_argument(
        "documents", metavar="DOC", nargs="*", help=".json documents or .txt texts (default: the split)"
    )
    predict.add_argument("--split", default="article", help="split of the corpus (default: article)")
    predict.add_argument("--contrast", action="store_true", help="also its edited variants")
    predict.add_argument("-o", "--output", metavar="FILE", help="write there instead of to standard output")
    asking = predict.add_argument_group("asking a language model")
    asking.add_argument(
        "--model", metavar="URL", help="ask a server that speaks the OpenAI protocol; the key is OPENAI_API_KEY"
    )
    asking.add_argument("--concurrency", type=_whole, default=8, help="questions at once (default: 8)")
    asking.add_argument("--retries", type=_whole, default=5, help="of a question that fails (default: 5)")
    asking.add_argument("--timeout", type=_whole, default=600, metavar="SECONDS", help="for one try (default: 600)")
    asking.add_argument(
        "--set",
        action="append",
        default=[],
        type=_setting,
        metavar="NAME=VALUE",
        help="send along with each question, as max_tokens=9000; null takes ours out, as temperature=null (repeatable)",
    )
    asking.add_argument("--unstructured", action="store_true", help="do not send the schema of the answer along")
    asking.add_argument("--partial", action="store_true", help="write the output even if reports got no answer")
    asking.add_argument(
        "--price", nargs=2, type=_price, metavar=("IN", "OUT"), help="of a million tokens, to add up the cost"
    )

    agree = command(
        "agree", "measure how far annotation passes agree", "reportedly agree one-pass.jsonl other-pass.jsonl"
    )
    agree.add_argument("passes", metavar="PASS", nargs="+", help="two or more files or folders, a pass each")
    agree.add_argument("--gold", metavar="PATH", action="append", help="documents with the texts (default: the corpus)")
    agree.add_argument("--split", default="article", help="split of the corpus (default: article)")
    agree.add_argument("--seed", type=_whole, default=1, help="seed of the resampling (default: 1)")
    agree.add_argument("--resamples", type=_whole, default=1000, help="how many resamples (default: 1000; 0: none)")
    agree.add_argument("--json", action="store_true", help="print JSON")
    agree.add_argument("--html", metavar="FILE", help="also write a page to look at")

    contrast = command(
        "contrast",
        "make edited variants of annotated documents, with their gold",
        "reportedly contrast report.json -o variants",
    )
    contrast.add_argument(
        "documents", metavar="DOC", nargs="+", help="documents, folders of them, or ids of the corpus"
    )
    contrast.add_argument("--each", type=_whole, default=10, help="how many of each family (default: 10)")
    contrast.add_argument("--pairs", type=_whole, default=20, help="how many of two edits at once (default: 20)")
    contrast.add_argument("--seed", type=_whole, default=1, help="another one chooses other edits (default: 1)")
    contrast.add_argument("-o", "--output", metavar="FOLDER", help="a new folder for documents.jsonl and edits.jsonl")

    timeline = command(
        "timeline", "print how an incident's figures change from report to report", "reportedly timeline reports/"
    )
    timeline.add_argument("paths", metavar="PATH", nargs="+", help="documents of one incident, or a folder of them")
    timeline.add_argument("--json", action="store_true", help="print JSON")

    rehydrate = command(
        "rehydrate",
        "join a text-free dataset with your copy of the texts",
        "reportedly rehydrate text-free/ quetta.txt -o whole",
    )
    rehydrate.add_argument("folder", metavar="FOLDER", help="a dataset without the reports' words")
    rehydrate.add_argument("texts", metavar="TEXT", nargs="+", help="UTF-8 texts; their hashes tell which is which")
    rehydrate.add_argument("-o", "--output", metavar="FOLDER", required=True, help="a new folder for the whole dataset")

    studio = command(
        "labelstudio", "carry documents to Label Studio and annotations back", "reportedly labelstudio status"
    )
    studio.add_argument("action", choices=("init", "push", "pull", "status"), help="what to do")
    studio.add_argument(
        "documents", metavar="DOC", nargs="*", help="documents, or folders of them (default: the corpus)"
    )
    studio.add_argument("--url", help="the server's address (default: LABEL_STUDIO_URL, or http://localhost:8080)")
    studio.add_argument("--project", default="Reportedly", metavar="TITLE", help="the project (default: Reportedly)")
    studio.add_argument(
        "--passes", metavar="FOLDER", default="corpus/passes", help="where passes lie (default: corpus/passes)"
    )
    studio.add_argument(
        "--show", default="gold", help="what a new task shows: gold, nothing, or a floor system (default: gold)"
    )
    studio.add_argument("--timeout", type=_whole, default=60, metavar="SECONDS", help="for one request (default: 60)")
    which = studio.add_mutually_exclusive_group()
    which.add_argument("--ours", action="store_true", help="push: in a conflict the pass here is right")
    which.add_argument("--theirs", action="store_true", help="pull: in a conflict the annotation there is right")
    which.add_argument("--merge", action="store_true", help="pull: in a conflict write theirs beside the pass")

    new = command(
        "new",
        "make an empty document of a text",
        "reportedly new report.txt --publisher 'Tide Times' --date 2031-05-07",
    )
    new.add_argument("text", metavar="FILE", help="a UTF-8 text")
    new.add_argument("--publisher", help="who published it")
    new.add_argument("--date", metavar="YYYY-MM-DD", help="when it was published")
    new.add_argument("--url", help="where it was published")
    new.add_argument("--license", help="under which licence you may use it; its absence is said on the way")
    new.add_argument("--language", default="en", help="of the text (default: en)")
    new.add_argument("-o", "--output", metavar="FOLDER", default="corpus/articles", help="default: corpus/articles")

    read = command(
        "import", "make documents of another corpus's files", "reportedly import muc4 keys.txt texts.txt -o muc4.jsonl"
    )
    read.add_argument("format", metavar="FORMAT", help=f"one of: {', '.join(_IMPORTS)}")
    read.add_argument("files", metavar="FILE", nargs="+", help="its files; for muc4 keys and texts together")
    read.add_argument("-o", "--output", metavar="FILE", help="write there, a document a line (default: stdout)")
    read.add_argument("--notes", metavar="FILE", help="write what was dropped or placed there, a line of JSON each")

    write = command(
        "export", "write documents in another format", "reportedly export brat selmouth-1 selmouth-2 -o standoff/"
    )
    write.add_argument("format", metavar="FORMAT", help=f"one of: {', '.join(_TARGETS)}")
    write.add_argument("documents", metavar="DOC", nargs="+", help="documents, imported ones too, or ids of the corpus")
    write.add_argument("-o", "--output", metavar="OUT", required=True, help="a file; a new folder for brat")
    write.add_argument("--notes", metavar="FILE", help="write what was dropped there, a line of JSON each")

    figures = command(
        "figures",
        "count hedged, ranged, alternative and conflicting numbers, and claims with a source",
        "reportedly figures muc4.jsonl gtt.jsonl",
    )
    figures.add_argument("paths", metavar="PATH", nargs="+", help="documents, imported ones too; a column each")
    figures.add_argument("--json", action="store_true", help="print JSON")

    show = command("show", "print a document's claims, its template and why", "reportedly show quetta")
    show.add_argument("document", metavar="DOC", help="a document's file, or its id in the corpus")
    show.add_argument("--json", action="store_true", help="print the derived templates as JSON")
    show.add_argument("--html", metavar="FILE", help="also write a page to look at, with the marked text")
    return parser


def _whole(text: str) -> int:
    value = int(text)
    if not 0 <= value <= 10_000_000:
        raise ValueError
    return value


_whole.__name__ = "whole number from 0 to 10,000,000"


def _price(text: str) -> float:
    value = float(text)
    if not 0 <= value < float("inf"):
        raise ValueError
    return value


_price.__name__ = "price"


def _setting(text: str) -> tuple[str, object]:
    name, equals, value = text.partition("=")
    if not (name and equals) or name in ("model", "messages", "stream", "n"):
        raise ValueError
    try:
        return name, json.loads(value)
    except json.JSONDecodeError:
        return name, value


_setting.__name__ = "NAME=VALUE that may be set"


class _Usage(Exception):
    """Something on the command line names what is not there."""


def _gold(arguments: argparse.Namespace) -> tuple[str, list[Document]]:
    from reportedly import codec, corpus

    if arguments.gold:
        documents = codec.load(*corpus.files(arguments.gold))
        return _gold_name(arguments), documents
    try:
        return arguments.split, corpus.load(arguments.split)
    except ValueError as error:
        if hasattr(error, "problems"):
            raise
        raise _Usage(str(error)) from None


def _gold_name(arguments: argparse.Namespace) -> str:
    return "+".join(Path(path).name for path in arguments.gold)


def _with_variants(arguments: argparse.Namespace) -> tuple[str, list[Document], Gold]:
    """Find the gold and, for whoever asks for them, its variants: the corpus's, or those beside --gold FOLDER."""
    from reportedly import corpus

    name, documents = _gold(arguments)
    if not arguments.gold:
        return name, documents, corpus.Gold(documents, lambda: corpus.contrast(d.id for d in documents))
    beside = [path for each in arguments.gold if (path := Path(each) / "edits.jsonl").is_file()]
    variants = [variant for path in beside for variant in corpus.edited(path, documents)]
    changed = {variant.document.id for variant in variants}
    gold = [document for document in documents if document.id not in changed]
    return name, gold, corpus.Gold(gold, lambda: variants)


def _predicted(path: str, known: Gold) -> tuple[list[Document], list[Document]]:
    """Read predictions: those for the gold, and those for its variants."""
    from reportedly import codec
    from reportedly.model import Invalid

    documents, problems = codec.read(path, gold=known)
    if problems:
        raise Invalid(problems)
    return [d for d in documents if d.id in known.documents], [d for d in documents if d.id not in known.documents]


def _tasks(arguments: argparse.Namespace) -> tuple[str, ...]:
    from reportedly.metrics import TASKS

    tasks = tuple(name.strip() for name in arguments.tasks.split(",")) if arguments.tasks else tuple(TASKS)
    if unknown := [name for name in tasks if name not in TASKS]:
        raise _Usage(f"unknown task {unknown[0]!r}; tasks are {', '.join(TASKS)}")
    return tasks


def _count(
    arguments: argparse.Namespace, predicted: list[Document], gold: list[Document], keep_items: bool = False
) -> Scored:
    from reportedly import scoring

    tasks = _tasks(arguments)
    return scoring.score(gold, predicted, tasks=tasks, keep_items=keep_items)


def _width() -> int:
    from shutil import get_terminal_size

    return max(80, min(140, get_terminal_size((110, 24)).columns))


def _validate(arguments: argparse.Namespace) -> int:
    from reportedly import batches, contract, corpus

    known = {d.id: d for d in _gold(arguments)[1]} if arguments.predictions else None
    paths = corpus.files(arguments.paths or [contract.folder("corpus") / "articles"])
    with _bar("checked", paths) as advance:
        valid, problems = batches.validate(paths, known, workers=arguments.workers, advance=advance)
    if not paths:
        raise _Usage("there is no .json or .jsonl file in the folder")
    if arguments.json:
        import msgspec

        rows = [msgspec.to_builtins(problem) for problem in problems]
        print(json.dumps({"documents": valid, "problems": rows}, ensure_ascii=False, indent=1))
    else:
        for problem in problems:
            print(_printable(str(problem)))
        print(f"{valid} valid, {len(problems)} problem{'' if len(problems) == 1 else 's'}", file=sys.stderr)
    return 1 if problems else 0


def _as_published(arguments: argparse.Namespace) -> int:
    from reportedly.formats import published

    if len(arguments.gold or ()) != 1:
        raise _Usage(f"--as {arguments.published} needs one --gold FILE")
    if other := [
        name for name in ("tasks", "explain", "html", "export", "system", "dataset") if getattr(arguments, name)
    ]:
        raise _Usage(f"--{other[0]} is of our own metrics; leave it out beside --as")
    scored = published.score(arguments.published, arguments.gold[0], arguments.predictions)
    if arguments.json:
        print(json.dumps(published.plain(scored), ensure_ascii=False, indent=1, allow_nan=False))
    else:
        print(_printable(published.words(scored)), end="")
    return 0


def _score(arguments: argparse.Namespace) -> int:
    from reportedly import codec, report, scoring, significance

    if arguments.published:
        return _as_published(arguments)
    if arguments.export == "hub" and not arguments.dataset:
        raise _Usage("--export hub needs --dataset OWNER/NAME: a result there is one of a dataset")
    # The name becomes a path.
    system = arguments.system or re.sub(r"[^\w.-]+|^\W+", "", Path(arguments.predictions).stem) or "unnamed"
    if not re.fullmatch(r"\w[\w.-]*(/\w[\w.-]*)?", system):
        raise _Usage(f"--system is NAME or OWNER/NAME of letters, digits, '.', '_', '-'; not {system!r}")
    scored, name, contrast, variants = _counted(arguments)
    found = scoring.results(scored)
    limits = significance.bootstrap(scored, resamples=arguments.resamples, seed=arguments.seed)
    signed = report.signature(scored, name, resamples=arguments.resamples, seed=arguments.seed, variants=variants)
    if arguments.json:
        plain = report.score_json(scored, found, limits, signed)
        if contrast:
            plain["contrast"] = report.contrast_json(contrast)
        if arguments.explain:
            plain["faults"] = list(report.faults(scored))
        print(json.dumps(plain, ensure_ascii=False, indent=1, allow_nan=False))
    else:
        print(_printable(report.score(scored, found, limits, signed, _width())), end="")
        if contrast:
            print("\n" + _printable(report.contrast(contrast, _width())), end="")
        if arguments.explain:
            print("\n" + _printable(report.explain(scored)), end="")
    if arguments.html:
        from reportedly import pages

        codec.write(arguments.html, pages.score(scored, found, limits, signed, system, contrast))
    if arguments.export:
        from reportedly import export

        run = export.Run(system, name, arguments.dataset, arguments.resamples, signed)
        path, content = (
            export.hub(found, run) if arguments.export == "hub" else export.every_eval_ever(scored, found, limits, run)
        )
        target = Path(arguments.to) / path
        target.parent.mkdir(parents=True, exist_ok=True)
        codec.write(target, content)
        print(f"wrote {_printable(str(target))}", file=sys.stderr)
    return 0


def _counted(arguments: argparse.Namespace) -> tuple[Scored, str, Contrast | None, list[Variant]]:
    """Count predictions: by the batch where all is in files, else in memory, where each item and variant is at hand."""
    tasks = _tasks(arguments)
    singly = bool(arguments.explain or arguments.html)
    if arguments.gold and not singly and not any((Path(each) / "edits.jsonl").is_file() for each in arguments.gold):
        from reportedly import batches, corpus

        paths = corpus.files(arguments.gold)
        with _bar("counted", paths) as advance:
            scored = batches.score(
                paths,
                arguments.predictions,
                tasks,
                resamples=arguments.resamples,
                seed=arguments.seed,
                workers=arguments.workers,
                advance=advance,
            )
        return scored, _gold_name(arguments), None, []
    name, gold, known = _with_variants(arguments)
    predicted, edited = _predicted(arguments.predictions, known)
    scored = _count(arguments, predicted, gold, keep_items=singly)
    contrast = _contrasted(arguments, gold, known, [*predicted, *edited]) if edited else None
    return scored, name, contrast, known.variants if edited else []


@contextmanager
def _bar(what: str, paths: Sequence[Path]) -> Iterator[Callable[[int], None]]:
    """Show on standard error how much of the files was taken, where somebody looks and it takes its time."""
    size = sum(path.stat().st_size for path in paths if path.is_file())
    if size < 1_000_000 or not sys.stderr.isatty():
        yield lambda taken: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    from reportedly import columns

    parts = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*parts, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=size)
        columns.when_compiling(lambda: bar.update(task, description="compiling loops, once on a machine"))
        yield lambda taken: bar.update(task, description=what, advance=taken)


def _contrasted(
    arguments: argparse.Namespace, gold: list[Document], known: Gold, predicted: list[Document]
) -> Contrast:
    from reportedly import corpus, pairs

    return pairs.score(
        gold,
        known.variants,
        predicted,
        record={} if arguments.gold else corpus.record(),
        resamples=arguments.resamples,
        seed=arguments.seed,
    )


def _compare(arguments: argparse.Namespace) -> int:
    from reportedly import report, significance

    _tasks(arguments)
    name, gold, known = _with_variants(arguments)
    answers = [_predicted(path, known) for path in (arguments.a, arguments.b)]
    a, b = (_count(arguments, predicted, gold, keep_items=bool(arguments.html)) for predicted, _ in answers)
    lines = significance.compare(a, b, samples=arguments.resamples, seed=arguments.seed)
    signed = report.signature(a, name, resamples=arguments.resamples, seed=arguments.seed)
    if arguments.json:
        rows = {d.metric.name: {"a": d.a, "b": d.b, "difference": d.difference, "p": d.p} for d in lines}
        print(json.dumps({"signature": signed, "metrics": rows}, ensure_ascii=False, indent=1, allow_nan=False))
    else:
        unit = f"{len(a.units)} {a.unit}" + (" of the one document" if a.unit == "sentences" else "")
        print(_printable(report.comparison(lines, arguments.a, arguments.b, signed, unit, _width())), end="")
    if arguments.html:
        from reportedly import codec, pages

        limits = [significance.bootstrap(s, resamples=arguments.resamples, seed=arguments.seed) for s in (a, b)]
        names = _names([arguments.a, arguments.b])
        both = [_contrasted(arguments, gold, known, [*p, *edited]) for p, edited in answers if edited]
        contrasts = both if len(both) == len(answers) else []
        codec.write(arguments.html, pages.comparison(a, b, lines, limits, names, signed, contrasts))
    return 0


def _names(paths: Sequence[str]) -> list[str]:
    """Name files for people: by their stems, or in full where two have the same."""
    stems = [Path(path).stem for path in paths]
    return stems if len(set(stems)) == len(stems) else list(map(str, paths))


def _in_folder(path: str) -> list[Path]:
    """List the files of a pass: those in a folder, or the one file."""
    inner = sorted(p for p in Path(path).iterdir() if p.suffix in (".json", ".jsonl")) if Path(path).is_dir() else []
    return inner or [Path(path)]


def _agree(arguments: argparse.Namespace) -> int:
    from reportedly import agreement, codec, report

    gold = _gold(arguments)[1]
    names = _names(arguments.passes)
    if len(set(names)) < 2:
        raise _Usage("agreement needs two different passes or more")
    passes = {n: codec.load(*_in_folder(path), gold=gold) for n, path in zip(names, arguments.passes, strict=True)}
    try:
        found = agreement.agree(passes, resamples=arguments.resamples, seed=arguments.seed)
    except ValueError as error:
        raise _Usage(str(error)) from None
    if arguments.json:
        print(json.dumps(report.agreement_json(found), ensure_ascii=False, indent=1, allow_nan=False))
    else:
        print(_printable(report.agreement(found, _width())), end="")
    if arguments.html:
        from reportedly import pages

        codec.write(arguments.html, pages.agreement(found))
    return 0


def _predict(arguments: argparse.Namespace) -> int:
    from collections import Counter

    from reportedly import codec, corpus, systems

    if arguments.system not in systems.SYSTEMS and not arguments.model:
        raise _Usage(f"unknown system {arguments.system!r}; systems are {', '.join(systems.SYSTEMS)}")
    if arguments.model and not arguments.output:
        raise _Usage("--model needs -o FILE: the answers are kept beside it")
    documents = (
        [d for path in arguments.documents for d in _texts(path)]
        if arguments.documents
        else corpus.load(arguments.split)
    )
    if arguments.contrast:
        if arguments.documents:
            raise _Usage("--contrast is of the corpus; variants of your own are documents like others")
        documents += [variant.document for variant in corpus.contrast(d.id for d in documents)]
    if twice := [id for id, times in Counter(d.id for d in documents).items() if times > 1]:
        raise _Usage(f"two documents are called {twice[0]!r}; nobody could tell their predictions apart")
    if arguments.model:
        return _ask(arguments, documents)
    lines = "".join(codec.line(systems.predict(arguments.system, document)) + "\n" for document in documents)
    if arguments.output:
        codec.write(arguments.output, lines)
    else:
        print(lines, end="")
    return 0


def _ask(arguments: argparse.Namespace, documents: list[Document]) -> int:
    from reportedly import codec
    from reportedly.models import answer, client, prompt

    if not re.fullmatch(r"https?://[^@?#\s]+", arguments.model):
        raise _Usage("--model is an address as http://localhost:8000/v1; a key goes into OPENAI_API_KEY")
    if Path(arguments.output).is_dir():
        raise _Usage(f"{arguments.output} is a folder")
    server = client.Server(
        arguments.model,
        arguments.system,
        concurrency=arguments.concurrency,
        retries=arguments.retries,
        timeout=arguments.timeout,
        structured=not arguments.unstructured,
        settings=dict(arguments.set),
    )
    journal = Path(f"{arguments.output}.answers")  # no .jsonl: in a folder of predictions it is none
    try:
        run = client.ask(documents, server, journal)
    except client.Busy as error:
        raise _Usage(str(error)) from None
    except ModuleNotFoundError as error:
        if error.name not in ("openai", "tqdm"):
            raise
        raise _Usage(f"{error.name} is not installed; it comes with the extra: reportedly[llm]") from None
    read = [answer.read(run.lines[d.id].text, d) for d in documents if d.id in run.lines]
    lines = run.lines.values()
    tokens = [sum(column) for column in zip(*(line.tokens for line in lines), strict=True)] or [0, 0]
    notes = [f"{len(lines)} of {len(documents)} answered, {run.kept} of them before; kept in {journal}"]
    if run.other:
        notes.append(f"{run.other} more in it answer other questions, and are not used")
    notes.append(f"tokens: {tokens[0]:,} in, {tokens[1]:,} out")
    if arguments.price:
        cost = sum(price * n for price, n in zip(arguments.price, tokens, strict=True)) / 1_000_000
        notes[-1] += f"; cost {cost:.4f}"
    if cut := sum(line.cut for line in lines):
        notes.append(f"cut off at the limit of their length: {cut}")
    notes += [f"{what}: {count}" for what, count in answer.tally(read).items()]
    notes += [f"{failure.id}: {failure.why}" for failure in run.failures]
    if run.unasked:
        notes.append(f"not asked, after {client.IN_A_ROW} failures in a row: {run.unasked}")
    if complete := len(read) == len(documents):
        notes.append(f"wrote {arguments.output}")
    elif arguments.partial:
        notes.append(f"wrote {arguments.output}; what has no answer is not in it, and is scored as empty")
    else:
        notes.append(
            f"{arguments.output} is not written; the same command goes on from here, --partial writes what there is"
        )
    if complete or arguments.partial:
        who = {
            "annotator": arguments.system,
            "kind": "language-model",
            "pass": f"prompt-{prompt.digest()}",
            "guidelines": "1",
        }
        codec.write(arguments.output, "".join(answer.line(each, {"annotation": who}) + "\n" for each in read))
    print(_printable("\n".join(notes)), file=sys.stderr)
    return 0 if complete else 1


def _texts(path: str) -> list[Document]:
    """Read a document, or a plain text as a document that is named for its file."""
    from reportedly import codec, corpus

    if Path(path).suffix == ".txt":
        return [codec.from_text(path)]
    return codec.load(*corpus.files([path]))


def _contrast(arguments: argparse.Namespace) -> int:
    from reportedly import codec, contrast, corpus, report

    documents = [d for each in arguments.documents for d in codec.load(*corpus.files([_path(each)]))]
    made = [list(contrast.variants(d, arguments.each, arguments.pairs, arguments.seed)) for d in documents]
    if arguments.output:
        variants = [variant for found in made for variant in found]
        edits = (corpus.how(variant) for variant in variants)
        codec.write_folder(
            arguments.output,
            {
                "documents.jsonl": "".join(
                    codec.line(d) + "\n" for d in (*documents, *(variant.document for variant in variants))
                ),
                "edits.jsonl": "".join(line + "\n" for line in edits),
            },
        )
    print(_printable(report.families(dict(zip((d.id for d in documents), made, strict=True)), _width())), end="")
    return 0


def _path(document: str) -> Path:
    """Name the file of a document that is given by its id in the corpus, or by its file."""
    from reportedly import corpus

    known = {name for names in corpus.splits().values() for name in names}
    return corpus.path(document) if document in known else Path(document)


def _show(arguments: argparse.Namespace) -> int:
    from reportedly import codec, report
    from reportedly.derivation import derive

    documents = codec.load(_path(arguments.document) if arguments.document != "-" else "-")
    if arguments.json:
        import msgspec

        rows = {d.id: [msgspec.to_builtins(t) for t in derive(d)] for d in documents}
        print(json.dumps(rows, ensure_ascii=False, indent=1))
    else:
        print(_printable("\n".join(report.show(d, _width()) for d in documents)), end="")
    if arguments.html:
        from reportedly import pages

        codec.write(arguments.html, pages.article(documents))
    return 0


def _timeline(arguments: argparse.Namespace) -> int:
    from reportedly import codec, corpus, report
    from reportedly.timeline import timeline

    documents = codec.load(*corpus.files(arguments.paths))
    try:
        entries = timeline(documents)
    except ValueError as error:
        print(f"reportedly: {_printable(str(error))}", file=sys.stderr)
        return 1
    if arguments.json:
        print(json.dumps(report.timeline_json(entries), ensure_ascii=False, indent=1))
    else:
        print(_printable(report.timeline(entries, _width())), end="")
    return 0


def _rehydrate(arguments: argparse.Namespace) -> int:
    from reportedly import codec, skeleton

    found = skeleton.rehydrate(Path(arguments.folder), map(Path, arguments.texts))
    files = skeleton.whole(Path(arguments.folder), found)
    codec.write_folder(arguments.output, files)
    for id in found.left_out:
        print(f"left out: {_printable(id)}, for which no text was given", file=sys.stderr)
    print(f"{sum(map(len, found.documents.values()))} documents in {_printable(arguments.output)}", file=sys.stderr)
    return 0


def _labelstudio(arguments: argparse.Namespace) -> int:
    from reportedly.labelstudio import command
    from reportedly.labelstudio.server import StudioError

    try:
        return command.run(arguments)
    except ValueError as error:
        if hasattr(error, "problems"):
            raise
        raise _Usage(str(error)) from None
    except StudioError as error:
        print(f"reportedly: {_printable(str(error))}", file=sys.stderr)
        return 1


def _new(arguments: argparse.Namespace) -> int:
    from reportedly import codec
    from reportedly.labelstudio import article

    made = article.new(
        Path(arguments.text),
        publisher=arguments.publisher,
        published=arguments.date,
        url=arguments.url,
        license=arguments.license,
        language=arguments.language,
    )
    folder = Path(arguments.output)
    target, text = folder / f"{made.id}.json", folder / f"{made.id}.txt"
    # The text alone, and the same: a run before this one was stopped between its two files.
    if target.exists() or (text.exists() and text.read_bytes() != made.text.encode("utf-8")):
        raise _Usage(f"{target if target.exists() else text} is there already; it is not overwritten")
    folder.mkdir(parents=True, exist_ok=True)
    if not text.exists():
        codec.write(text, made.text)
    codec.write(target, codec.page(made))
    print(_printable(str(target)))
    if not arguments.license:
        print(
            "no licence was given: find out what you may do with the text, and pass it with --license", file=sys.stderr
        )
    return 0


def _known(format: str, formats: Sequence[str]) -> None:
    if format not in formats:
        raise _Usage(f"unknown format {format!r}; formats are {', '.join(formats)}")


def _notes(notes: Sequence[Note], path: str | None) -> None:
    """Tell what a conversion lost, a line a kind with how often; each case goes into a file if one is named."""
    from collections import Counter

    from reportedly import codec

    for (kind, what), times in Counter((note.kind, note.what) for note in notes).most_common():
        print(f"{kind}: {_printable(what)} ({times})", file=sys.stderr)
    if path:
        codec.write(path, "".join(json.dumps(vars(note), ensure_ascii=False) + "\n" for note in notes))


def _import(arguments: argparse.Namespace) -> int:
    from reportedly import codec
    from reportedly.formats import importing

    _known(arguments.format, _IMPORTS)
    found = importing.read(arguments.format, arguments.files)
    lines = "".join(codec.line(one.document) + "\n" for one in found)
    if arguments.output:
        codec.write(arguments.output, lines)
    else:
        print(lines, end="")
    _notes([note for one in found for note in one.notes], arguments.notes)
    unmet: dict[str, int] = {}
    for one in found:
        for rule in {problem.rule for problem in one.broken}:
            unmet[rule] = unmet.get(rule, 0) + 1
    for rule, times in sorted(unmet.items()):
        print(f"cannot meet {rule}: {importing.WHY.get(rule, importing.ELSE)} ({times} documents)", file=sys.stderr)
    valid = sum(not one.broken for one in found)
    print(f"{len(found)} documents, {valid} of them valid", file=sys.stderr)
    return 0


def _export(arguments: argparse.Namespace) -> int:
    from reportedly import codec, corpus
    from reportedly.formats import exporting, importing

    _known(arguments.format, _TARGETS)
    known = {name for names in corpus.splits().values() for name in names}
    paths = [corpus.path(name) if name in known else Path(name) for name in arguments.documents]
    documents = importing.load(*corpus.files(paths))
    try:
        made = exporting.write(arguments.format, documents)
    except ModuleNotFoundError as error:
        if error.name != "spacy":
            raise
        raise _Usage("spaCy is not installed; it comes with the extra: reportedly[spacy]") from None
    if isinstance(made.content, dict):
        codec.write_folder(arguments.output, made.content)
    else:
        codec.write(arguments.output, made.content)
    _notes(made.notes, arguments.notes)
    print(f"{len(documents)} documents in {_printable(arguments.output)}", file=sys.stderr)
    return 0


def _figures(arguments: argparse.Namespace) -> int:
    from reportedly import corpus
    from reportedly.formats import figures, importing

    found = {path: figures.count(importing.load(*corpus.files([path]))) for path in arguments.paths}
    if arguments.json:
        print(json.dumps({path: vars(each) for path, each in found.items()}, ensure_ascii=False, indent=1))
    else:
        print(_printable(figures.words({Path(path).name: each for path, each in found.items()})), end="")
    return 0


def _printable(text: str) -> str:
    """Replace what a terminal would obey or an encoding refuse; line breaks stay."""
    shown = "".join(c if c.isprintable() or c in "\n " else f"\\u{ord(c):04x}" for c in text)
    encoding = sys.stdout.encoding or "utf-8"
    return shown.encode(encoding, "backslashreplace").decode(encoding)


_COMMANDS = {
    "validate": _validate,
    "score": _score,
    "compare": _compare,
    "agree": _agree,
    "predict": _predict,
    "contrast": _contrast,
    "timeline": _timeline,
    "rehydrate": _rehydrate,
    "labelstudio": _labelstudio,
    "new": _new,
    "import": _import,
    "export": _export,
    "figures": _figures,
    "show": _show,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code."""
    arguments = _parser().parse_args(argv)
    try:
        code = _COMMANDS[arguments.command](arguments)
        sys.stdout.flush()
        return code
    except _Usage as error:
        print(f"reportedly: {_printable(str(error))}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        # The reader went away (head, less): nobody is there to be told.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        print("reportedly: stopped", file=sys.stderr)
        return 130
    except OSError as error:
        name = f"{error.filename}: " if error.filename else ""
        print(f"reportedly: {_printable(name + (error.strerror or str(error)).lower())}", file=sys.stderr)
        return 1
    except ValueError as error:
        # Invalid carries the problems of the input; its lines are the message.
        if not hasattr(error, "problems"):
            raise
        print(_printable(str(error)), file=sys.stderr)
        return 1
