#!/usr/bin/env python3
"""Measure how fast scoring is, as ratios: against the cost of decoding the input, and against other programs.

    pip install ".[fast]" nervaluate==1.2.1 seqeval==1.2.2 neleval==3.1.1 metametric==0.2.1 sacrebleu==2.6.0
    python benchmarks/speed/run.py --quick                     # under five minutes
    python benchmarks/speed/run.py --write                     # also writes RESULTS.md

All measured things take turns in each round and are measured in CPU time, so that a busy machine does not count;
medians are compared.
A program that is not installed is left out and named.  Scores are checked equal before anything is timed, those of
the fast path to those of the careful way to the last digit.  Compiled loops are measured compiled; what compiling
them costs, once on a machine, has a table of its own.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import json
import os
import platform
import random
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from time import process_time
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import msgspec
import numpy as np
from generate import pairs, prediction

import reportedly
from reportedly import batches, codec, scoring, significance
from reportedly.align import Comparison
from reportedly.metrics import METRICS, TASKS, Counts
from reportedly.metrics.coreference import b_cubed, ceaf_e, muc, shared
from reportedly.metrics.spans import equal, mention_sums, packed
from reportedly.model import Document
from reportedly.totals import Unit

Work = Callable[[], Any]
Pair = tuple[Document, Document]  # gold, predicted


Files = tuple[Path, Path]  # of gold, of predictions


def write(folder: Path, n: int) -> Files:
    """Write n documents and their predictions as JSON Lines."""
    paths = folder / "gold.jsonl", folder / "predicted.jsonl"
    with paths[0].open("w", encoding="utf-8") as gold, paths[1].open("w", encoding="utf-8") as predicted:
        for a, b in pairs(n):
            gold.write(msgspec.json.encode(a).decode() + "\n")
            predicted.write(msgspec.json.encode(b).decode() + "\n")
    return paths


def timed(works: dict[str, Work], rounds: int) -> dict[str, float]:
    """Let everything take turns; gives the median seconds of each."""
    taken: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            gc.collect()
            gc.disable()  # as timeit does: what else is in memory must not count
            start = process_time()
            work()
            taken[name].append(process_time() - start)
            gc.enable()
    return {name: statistics.median(times) for name, times in taken.items()}


def decode(*paths: Path) -> None:
    """Decode files of JSON Lines into typed records, one after the other: the floor that nothing here can beat.

    Each record is forgotten before the next: to keep them would take twice as long, for memory alone.
    """
    decoder = msgspec.json.Decoder(Answer)
    for path in paths:
        for line in path.read_bytes().splitlines():
            decoder.decode(line)


class Answer(Document, frozen=True, kw_only=True):
    """A document that may lack its text, as a prediction does."""

    text: str = ""


# --- stages -----------------------------------------------------------------------------------

ALL = tuple(TASKS)


def as_parquet(files: Files) -> Files:
    """Write JSON Lines again as nested columns."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    gold, predicted = (path.with_suffix(".parquet") for path in files)
    for path, lines in zip((gold, predicted), files, strict=True):
        rows = [json.loads(line) for line in lines.read_text(encoding="utf-8").splitlines()]
        pq.write_table(pa.Table.from_pylist(rows), path, compression="zstd")
    return gold, predicted


def stages(files: Files) -> dict[str, Work]:
    """Name what ``reportedly score`` does with files; all ways give the same first."""
    columns = as_parquet(files)
    documents = codec.load(files[0])
    answers = codec.load(files[1], gold=documents)

    def from_files(gold: Path, predicted: Path) -> scoring.Scored:
        scored = batches.score([gold], predicted, ALL, resamples=0)
        scoring.results(scored)
        return scored

    def carefully() -> scoring.Scored:
        with few_are(len(documents) + 1):
            scored = scoring.score(documents, answers)
        scoring.results(scored)
        return scored

    scored = carefully()
    assert from_files(*files) == from_files(*columns) == scoring.score(documents, answers) == scored
    return {
        "decode both files (msgspec, typed)": lambda: decode(*files),
        "end to end, from JSON Lines": lambda: from_files(*files),
        "end to end, from Parquet": lambda: from_files(*columns),
        "in memory, from documents": lambda: scoring.score(documents, answers),
        "in memory, the careful way": carefully,
        "10,000 bootstrap samples": lambda: significance.bootstrap(scored),
    }


@contextmanager
def few_are(documents: int) -> Iterator[None]:
    """Set from how many documents on the fast path is taken."""
    before = scoring.FEW
    scoring.FEW = batches.FEW = documents
    try:
        yield
    finally:
        scoring.FEW = batches.FEW = before


def validation(files: Files) -> dict[str, Work]:
    """Validate what is valid; beside decoding it."""
    gold, _ = files
    documents = codec.load(gold)
    assert batches.validate([gold]) == (len(documents), [])
    return {
        "decode the gold (msgspec, typed)": lambda: decode(gold),
        "validate it": lambda: batches.validate([gold]),
        "read it, the careful way": lambda: codec.load(gold),
    }


_START = """
import sys, time
start = time.process_time()
sys.path[:0] = {path!r}
{code}
print(time.process_time() - start)
"""


def start(folder: Path, files: Files) -> dict[str, float]:
    """Measure what comes before the first document: CPU seconds, each in a process of its own."""
    article = "from reportedly.cli import main; import contextlib, io\n"
    article += "with contextlib.redirect_stdout(io.StringIO()): main(['score', {!r}, '--resamples', '0'])"
    answer = folder / "article.jsonl"
    (document,) = reportedly.gold("article")
    answer.write_text(codec.line(reportedly.predict("rules", document)), encoding="utf-8")
    loops = "from reportedly import batches, scoring; from reportedly.metrics import TASKS\n"
    loops += f"batches.FEW = 0; batches.score([{str(files[0])!r}], {str(files[1])!r}, tuple(TASKS), resamples=0)"
    found = {}
    for name, code in (
        ("`reportedly score` on one article, in all", article.format(str(answer))),
        ("compile the loops of the fast path, once on a machine", loops),
        ("load them", loops),
    ):
        env = {**os.environ, "NUMBA_CACHE_DIR": str(folder / "cache")}
        code = _START.format(path=[str(HERE.parent)], code=code)
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env)
        found[name] = float(done.stdout.split()[-1])
    return found


# --- peers ------------------------------------------------------------------------------------


def flat(document: Document) -> list[tuple[str, int, int]]:
    """List the mentions of a document as token spans that do not overlap: what these programs take."""
    starts = [0, *(i + 1 for i, c in enumerate(document.text) if c == " ")]
    token = {start: i for i, start in enumerate(starts)}
    found = sorted((m.start, m.end, e.type) for e in document.entities for m in e.mentions)
    spans, behind = [], -1
    for start, end, kind in found:
        first = token.get(start)
        if first is not None and first >= behind:
            behind = first + document.text[start:end].count(" ") + 1
            spans.append((kind, first, behind))
    return spans


def by_type(spans: list[tuple[str, int, int]]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for kind, start, end in spans:
        found.setdefault(kind, set()).add(packed(start, end))
    return found


def span_peers(gold: list[Document], predicted: list[Document]) -> tuple[dict[str, Work], list[str]]:
    """Exact spans: ours, nervaluate's and seqeval's; the same F1 first."""
    import warnings

    warnings.simplefilter("ignore")
    sides = [[flat(d) for d in docs] for docs in (gold, predicted)]
    places = [[by_type(doc) for doc in side] for side in sides]
    words = [d.text.count(" ") + 1 for d in gold]

    def ours() -> float:
        right = given = wanted = 0
        for g, p in zip(*places, strict=True):
            for a, b, c in equal(g, p).values():
                right += a
                given += b
                wanted += c
        return 2 * right / (given + wanted)

    works: dict[str, Work] = {
        "reportedly, exact spans": ours,
        "reportedly, exact and relaxed mentions of documents": lambda: [
            list(mention_sums(Comparison(g, p))) for g, p in zip(gold, predicted, strict=True)
        ],
    }
    scores, missing = {"reportedly": ours()}, []
    if peer := have("nervaluate", missing):
        dicts = [[[{"label": k, "start": a, "end": b - 1} for k, a, b in doc] for doc in side] for side in sides]

        def nervaluate() -> float:
            done = peer.Evaluator(dicts[0], dicts[1], tags=["PER", "ORG", "FAC"], loader="dict").evaluate()
            return float(done["overall"]["strict"].f1)

        works["nervaluate"], scores["nervaluate"] = nervaluate, nervaluate()
    if have("seqeval", missing):
        from seqeval.metrics import f1_score
        from seqeval.scheme import IOB2

        def tags(spans: list[tuple[str, int, int]], n: int) -> list[str]:
            row = ["O"] * n
            for kind, start, end in spans:
                row[start:end] = [f"B-{kind}", *[f"I-{kind}"] * (end - start - 1)]
            return row

        rows = [[tags(doc, n) for doc, n in zip(side, words, strict=True)] for side in sides]

        def seqeval() -> float:
            return float(f1_score(rows[0], rows[1], mode="strict", scheme=IOB2))

        works["seqeval"], scores["seqeval"] = seqeval, seqeval()
    assert max(scores.values()) - min(scores.values()) < 1e-9, scores
    return works, missing


def coreference_peers(gold: list[Document], predicted: list[Document]) -> tuple[dict[str, Work], list[str]]:
    """MUC, B³ and CEAFe: ours, neleval's and metametric's; the same CEAFe on the first document."""
    clusters = [
        [[frozenset((m.start, m.end) for m in e.mentions) for e in d.entities] for d in docs]
        for docs in (gold, predicted)
    ]

    def ours() -> None:
        for g, p in zip(*clusters, strict=True):
            shares = shared(g, p)
            for metric in (muc, b_cubed, ceaf_e):
                metric(g, p, shares)

    works: dict[str, Work] = {"reportedly, MUC + B³ + CEAFe": ours}
    expected = sum(n for n, _ in ceaf_e(clusters[0][0], clusters[1][0])[0])
    missing: list[str] = []
    np.int = int  # type: ignore[attr-defined]  # neleval was written for NumPy before 1.24
    if have("neleval", missing):
        from neleval import coref_metrics

        named = [[{str(i): set(c) for i, c in enumerate(doc)} for doc in side] for side in clusters]

        def neleval() -> None:
            for g, p in zip(*named, strict=True):
                for metric in (coref_metrics.muc, coref_metrics.b_cubed, coref_metrics.entity_ceaf):
                    metric(g, p)

        assert abs(coref_metrics.entity_ceaf(named[0][0], named[1][0])[0] - expected) < 1e-9
        works["neleval"] = neleval
    if have("metametric", missing):
        from metametric.metrics import coref
        from metametric.structures.ie import Entity, EntitySet, Mention

        few = 5  # a document takes it tenths of a second
        sets = [[EntitySet([Entity([Mention(*m) for m in c]) for c in doc]) for doc in side[:few]] for side in clusters]

        def metametric() -> None:
            suite = coref.coref_suite.new()
            for g, p in zip(*sets, strict=True):
                suite.update_single(p, g)

        works[f"metametric, {few} documents"] = metametric
    return works, missing


def randomisation_peers(gold: list[Document], predicted: list[Document]) -> tuple[dict[str, Work], list[str]]:
    """Paired approximate randomisation with 10,000 samples: ours, and sacrebleu's on our counts; the same scores."""
    samples = 10_000
    chance = random.Random(3)
    other = [msgspec.convert({**prediction(codec.to_dict(d), chance), "text": d.text}, Document) for d in gold]
    whole = [scoring.score(gold, answers) for answers in (predicted, other)]
    few = [scoring.score(gold, answers, tasks=("mentions",)) for answers in (predicted, other)]
    works: dict[str, Work] = {
        f"reportedly, all {len(METRICS)} metrics": lambda: significance.compare(*whole, samples=samples),
        "reportedly, the two of mentions": lambda: significance.compare(*few, samples=samples),
    }
    missing: list[str] = []
    if have("sacrebleu", missing):
        from sacrebleu.metrics.base import Metric, Score
        from sacrebleu.significance import PairedTest

        names = [m.name for m in METRICS if m.read == "f1" and not m.of]

        class F1(Metric):  # type: ignore[misc]
            """F1 of counts that stand in the place of words, four a metric."""

            def __init__(self, metric: str) -> None:
                super().__init__()
                self.metric, self.at = metric, 4 * names.index(metric)

            def _compute_score_from_stats(self, stats: Any) -> Any:
                p_num, p_den, r_num, r_den = stats
                precision, recall = p_num / p_den, r_num / r_den
                return Score(self.metric, 2 * precision * recall / (precision + recall))

            def _aggregate_and_compute(self, stats: Any) -> Any:
                return self._compute_score_from_stats(np.sum(stats, axis=0))

            def _preprocess_segment(self, sent: str) -> str:
                return sent

            def _extract_reference_info(self, refs: Any) -> dict[str, Any]:
                return {}

            def _compute_segment_statistics(self, hypothesis: str, ref_kwargs: Any) -> list[float]:
                return [float(number) for number in hypothesis.split()[self.at : self.at + 4]]

        def counts(unit: Unit) -> str:
            sums = unit.sums
            rows = [list(sums.get(name, {}).values()) or [Counts()] for name in names]
            return " ".join(str(sum(column)) for row in rows for column in zip(*row, strict=True))

        systems = [(name, list(map(counts, scored.units))) for name, scored in zip("ab", whole, strict=True)]

        def sacrebleu(tested: list[str]) -> Any:
            # Its baseline is the first; of the second it tells score and p-value.
            each = {name: F1(name) for name in tested}
            return PairedTest(systems, each, [systems[0][1]], test_type="ar", n_samples=samples)()[1]

        two = [name for name in names if name.startswith("mentions.")]
        works[f"sacrebleu, {len(names)} of all that are F1"] = lambda: sacrebleu(names)
        works["sacrebleu, the two of mentions"] = lambda: sacrebleu(two)
        theirs = sacrebleu(names)
        for ours in significance.compare(*whole, samples=samples):
            if ours.metric.name in names:
                peer = theirs[ours.metric.name][1]
                assert ours.b is not None
                assert abs(ours.b - peer.score) < 1e-9, (ours, peer)
                # It does not count samples that are just as far apart; where few units differ, these are many.
                if ours.metric.name in two:
                    assert ours.p is not None
                    assert abs(ours.p - peer.p_value) < 0.03, (ours, peer)
    return works, missing


def have(name: str, missing: list[str]) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        missing.append(name)
        return None


# --- growth -----------------------------------------------------------------------------------

_ONE_RUN = """
import re, sys, time
from pathlib import Path
sys.path[:0] = {path!r}
from reportedly import batches, scoring
from reportedly.metrics import TASKS
start = time.process_time()
scoring.results(batches.score([{gold!r}], {predicted!r}, tuple(TASKS), resamples=0))
# Not getrusage: on Linux its peak is that of the process this one was forked from, if that was more.
peak = re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())
print(time.process_time() - start, int(peak[1]) / 1024)
"""


def growth(folder: Path, sizes: list[int]) -> list[tuple[int, float, float]]:
    """Score corpora of several sizes, each in a process of its own; seconds and peak megabytes."""
    rows = []
    for n in sizes:
        gold, predicted = write(folder, n)
        code = _ONE_RUN.format(path=[str(HERE.parent)], gold=str(gold), predicted=str(predicted))
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        seconds, peak = map(float, done.stdout.split())
        rows.append((n, seconds, peak))
    return rows


# --- single documents at their worst -----------------------------------------------------------


def extremes(few: bool) -> dict[str, tuple[Document, Document]]:
    """Make documents that break scorers: each with its prediction, which is shifted or thinned a little."""
    scale = 10 if few else 1

    def span(start: int, end: int) -> dict[str, Any]:
        return {"start": start, "end": end, "text": "x" * (end - start)}

    def built(size: int, **layers: Any) -> Document:
        plain = {"id": "extreme", "schema": "reportedly/1", "text": "x" * size, **layers}
        return msgspec.convert(plain, Document)

    def entities(spans: list[list[tuple[int, int]]]) -> list[dict[str, Any]]:
        return [{"id": f"e{i}", "type": "PER", "mentions": [span(*s) for s in row]} for i, row in enumerate(spans)]

    def pair(size: int, gold: list[list[tuple[int, int]]], predicted: list[list[tuple[int, int]]]) -> Pair:
        return built(size, entities=entities(gold)), built(size, entities=entities(predicted))

    def at_random() -> list[list[tuple[int, int]]]:
        starts, back = (sorted(chance.sample(range(2 * nested), nested)) for _ in range(2))
        return [[(start, 4 * nested - less)] for start, less in zip(starts, back, strict=True)]

    n, nested, many, roots = 20_000 // scale, 3_000 // scale, 3_000 // scale, 300 // scale
    chance = random.Random(1)
    rows = [[(4 * (many * k + i), 4 * (many * k + i) + 2) for k in range(4)] for i in range(many)]
    flat_ = [each for row in rows for each in row]
    chance.shuffle(flat_)
    events = [
        {"id": f"v{i}", "type": "ATTACK", "triggers": [span(20 * i, 20 * i + 4)], "background": i > 0}
        for i in range(roots)
    ]
    claims = [
        {
            "id": f"c{i}-{k}",
            "kind": "COUNT",
            "event": f"v{i}",
            "anchor": span(20 * i + 5 + 3 * k, 20 * i + 7 + 3 * k),
            "count": {"hedge": "EXACT", "n": [i + k], "metric": metric, "population": "victims"},
        }
        for i in range(roots)
        for k, metric in enumerate(("killed", "injured", "hostage"))
    ]
    other = [{**event, "triggers": [span(20 * i + 2, 20 * i + 5)]} for i, event in enumerate(events)]
    return {
        f"{n:,} mentions": pair(
            3 * n, [[(3 * i, 3 * i + 2) for i in range(n)]], [[(3 * i + i % 2, 3 * i + 2) for i in range(n)]]
        ),
        f"{nested:,} nested mentions": pair(
            4 * nested,
            [[(i, 4 * nested - i)] for i in range(nested)],
            [[(i + 1, 4 * nested - i)] for i in range(nested)],
        ),
        f"{nested:,} nested mentions beside {nested:,} others, at random": pair(
            4 * nested, at_random(), [[(i, 4 * nested - i)] for i in range(nested)]
        ),
        f"{many:,} entities, their mentions dealt anew": pair(
            16 * many, rows, [sorted(flat_[4 * i : 4 * i + 4]) for i in range(many)]
        ),
        f"{roots:,} templates": (
            built(20 * roots, events=events, claims=claims),
            built(20 * roots, events=other, claims=claims),
        ),
    }


# --- the table --------------------------------------------------------------------------------


def table(heads: list[str], rows: list[list[str]]) -> str:
    return "\n".join("| " + " | ".join(row) + " |" for row in [heads, ["---", *["---:"] * (len(heads) - 1)], *rows])


def relative(times: dict[str, float], n: dict[str, int], to: str) -> list[list[str]]:
    base = times[to] / n[to]
    return [[name, f"{1e6 * t / n[name]:,.0f}", f"{t / n[name] / base:,.1f}"] for name, t in times.items()]


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure how fast scoring is.")
    parser.add_argument("--quick", action="store_true", help="fewer documents and rounds; under five minutes")
    parser.add_argument("--write", action="store_true", help="write RESULTS.md")
    arguments = parser.parse_args()
    n, rounds, sizes = (300, 3, [100, 1_000]) if arguments.quick else (2_000, 7, [1_000, 10_000, 100_000])
    parts, missing = [], set[str]()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "few").mkdir()
        gold_path, predicted_path = write(folder, n)
        for title, made in (("Stages", stages), ("Validation", validation)):
            with few_are(0):  # as where there are many
                times = timed(made((gold_path, predicted_path)), rounds)
            rows = relative(times, dict.fromkeys(times, n), next(iter(times)))
            parts.append(f"## {title}\n\n" + table(["", "CPU µs a document", "times decoding"], rows))
        before = start(folder, write(folder / "few", 20))
        shown = [[what, f"{seconds:.1f}"] for what, seconds in before.items()]
        parts.append("## Start\n\n" + table(["", "CPU seconds"], shown))
        gold = codec.load(gold_path)
        predicted = codec.load(predicted_path, gold=gold)
        for title, peers in (
            ("Spans", span_peers),
            ("Coreference", coreference_peers),
            ("Paired test", randomisation_peers),
        ):
            works, without = peers(gold, predicted)
            missing |= set(without)
            times = timed(works, rounds)
            counts = {each: 5 if each.startswith("metametric") else n for each in works}
            rows = relative(times, counts, next(iter(works)))
            parts.append(f"## {title}\n\n" + table(["", "CPU µs a document", "times ours"], rows))
        rows = [
            [f"{size:,}", f"{seconds:.1f}", f"{1e3 * seconds / size:.2f}", f"{peak:.0f}"]
            for size, seconds, peak in growth(folder, sizes)
        ]
        shown = []
        for what, (one, other) in extremes(arguments.quick).items():
            begun = process_time()
            scoring.score([one], [other])
            shown.append([what, f"{process_time() - begun:.2f}"])
        parts.append("## Single documents at their worst\n\n" + table(["", "CPU seconds"], shown))
        parts.append("## Growth\n\n" + table(["documents", "CPU seconds", "ms a document", "peak MB"], rows))
    versions = []
    for package in (
        "numpy",
        "scipy",
        "msgspec",
        "numba",
        "pyarrow",
        "jsonschema-rs",
        "nervaluate",
        "seqeval",
        "neleval",
        "metametric",
        "sacrebleu",
    ):
        try:
            versions.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            versions.append(f"{package} –")
    command = "python benchmarks/speed/run.py" + (" --quick" if arguments.quick else "")
    about = (
        f"Made by `{command} --write` with {n:,} documents, medians of {rounds} rounds in CPU time, on Python "
        f"{platform.python_version()}; {', '.join(versions)}."
    )
    if missing:
        about += f" Not installed and left out: {', '.join(sorted(missing))}."
    page = "\n\n".join(["# How fast", about, *parts]) + "\n"
    print(page)
    if arguments.write:
        codec.write(HERE / "RESULTS.md", page)
    return 0


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.exit(main())
