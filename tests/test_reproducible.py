"""Same input, same bytes; and a signature that changes when, and only when, a score can."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

import reportedly as rp
from environments import ROOT, dependencies, environment, interpreter
from reportedly import codec, corpus, report, scoring
from reportedly.cli import main
from reportedly.contrast import Variant

(ARTICLE,) = corpus.load()
SHOWN = """
import sys
from reportedly.cli import main
from reportedly.contrast import Variant
for words in sys.stdin.read().splitlines():
    code = main(words.split())
    assert code == 0, words
"""
COMMANDS = """\
predict rules -o rules.jsonl
predict nearest-verb --split dossier -o nearest.jsonl
score rules.jsonl --json --resamples 500
score rules.jsonl --explain --resamples 500
score nearest.jsonl --split dossier --json --resamples 500
compare rules.jsonl rules.jsonl --json --resamples 500
agree rules.jsonl other.jsonl --json --resamples 200
contrast selmouth-2 --each 2 --pairs 2 -o variants
export gtd selmouth-1 selmouth-2 -o gtd.csv
show quetta
"""


def outcome(python: Path, folder: Path, **environ: str) -> dict[str, bytes]:
    """Run the commands in a folder; gives what they printed and wrote."""
    folder.mkdir()
    (folder / "other.jsonl").write_text(codec.line(rp.predict("first-number", ARTICLE)) + "\n", encoding="utf-8")
    kept = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "TMPDIR")}
    done = subprocess.run(
        [python, "-c", SHOWN],
        input=COMMANDS.encode(),
        cwd=folder,
        env={
            **kept,
            "PYTHONPATH": str(ROOT / "benchmarks"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "COLUMNS": "100",
            **environ,
        },
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    written = {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
    return {"": done.stdout, **written}


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    found = outcome(Path(sys.executable), tmp_path_factory.mktemp("here") / "run", PYTHONHASHSEED="0")
    assert {"rules.jsonl", "variants/documents.jsonl", "gtd.csv"} < set(found)
    return found


def test_hash_seed_locale_and_time_zone_change_no_byte(here: dict[str, bytes], tmp_path: Path) -> None:
    elsewhere = {
        "PYTHONHASHSEED": "4711",
        "LC_ALL": "C",
        "PYTHONUTF8": "1",
        "TZ": "Pacific/Chatham",
        "OMP_NUM_THREADS": "1",
    }
    assert outcome(Path(sys.executable), tmp_path / "run", **elsewhere) == here


@pytest.mark.parametrize("minor", [minor for minor in (11, 12, 13, 14) if minor != sys.version_info[1]])
def test_another_python_gives_the_same_bytes(here: dict[str, bytes], tmp_path: Path, minor: int) -> None:
    python = environment(*dependencies(), python=interpreter(minor))
    assert outcome(python, tmp_path / "run") == here


# --- the signature ----------------------------------------------------------------------------


def signature(*words: str, capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    assert main(["score", *words, "--json"]) == 0
    line = json.loads(capsys.readouterr().out)["signature"]
    return dict(part.split(":", 1) for part in line.split("|"))


@pytest.fixture
def predictions(tmp_path: Path) -> Path:
    path = tmp_path / "p.jsonl"
    path.write_text(codec.line(rp.predict("rules", ARTICLE)) + "\n", encoding="utf-8")
    return path


def changed(one: dict[str, str], other: dict[str, str]) -> set[str]:
    return {part for part in one.keys() | other.keys() if one.get(part) != other.get(part)}


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (("--seed", "2"), {"seed"}),
        (("--resamples", "99"), {"resamples"}),
        (("--tasks", "counts"), {"tasks"}),
        (("--tasks", "counts,status"), {"tasks"}),
        (("--explain",), set()),
    ],
)
def test_a_setting_that_can_move_a_number_is_in_the_signature(
    predictions: Path, words: tuple[str, ...], parts: set[str], capsys: pytest.CaptureFixture[str]
) -> None:
    plain = signature(str(predictions), "--resamples", "100", capsys=capsys)
    options = ("--resamples", "100", *words)
    assert changed(plain, signature(str(predictions), *options, capsys=capsys)) == parts


def test_another_gold_is_in_the_signature_and_its_place_is_not(
    predictions: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def against(document: rp.Document, folder: str) -> dict[str, str]:
        path = tmp_path / folder / "gold.json"
        path.parent.mkdir()
        path.write_text(codec.page(document), encoding="utf-8")
        return signature(str(predictions), "--gold", str(path), "--resamples", "0", capsys=capsys)

    plain = against(ARTICLE, "one")
    assert changed(plain, against(ARTICLE, "two")) == set()
    claim = msgspec.structs.replace(ARTICLE.claims[0], status="possible")
    other = msgspec.structs.replace(ARTICLE, claims=(claim, *ARTICLE.claims[1:]))
    assert changed(plain, against(other, "three")) == {"gold"}


def test_the_split_the_units_and_the_version_are_in_the_signature(monkeypatch: pytest.MonkeyPatch) -> None:
    def line(split: str) -> dict[str, str]:
        scored = scoring.score(corpus.load(split), [])
        return dict(part.split(":", 1) for part in report.signature(scored, split, resamples=1, seed=1).split("|"))

    article, dossier = line("article"), line("dossier")
    assert changed(article, dossier) == {"gold", "units"}
    assert (article["units"], dossier["units"]) == ("21_sentences", "3_documents")
    monkeypatch.setattr(report, "__version__", "9.9.9")
    assert changed(article, line("article")) == {"reportedly"}


def test_the_variants_are_in_the_signature_by_what_they_say() -> None:
    scored = scoring.score([ARTICLE], [])
    variants = corpus.contrast(["selmouth-1"])

    def line(some: list[Variant]) -> str:
        return report.signature(scored, "article", resamples=1, seed=1, variants=some)

    assert len({line([]), line(variants), line(variants[1:])}) == 3
    assert line(variants) == line(variants[::-1])


def test_what_cannot_move_a_score_is_not_in_the_signature(
    predictions: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = signature(str(predictions), "--resamples", "100", capsys=capsys)
    document = rp.predict("rules", ARTICLE)
    turned = msgspec.structs.replace(
        document, entities=document.entities[::-1], events=document.events[::-1], claims=document.claims[::-1]
    )
    other = tmp_path / "elsewhere" / "q.jsonl"
    other.parent.mkdir()
    other.write_text(codec.line(turned) + "\n", encoding="utf-8")
    assert signature(str(other), "--resamples", "100", capsys=capsys) == plain


def backwards(document: rp.Document) -> rp.Document:
    """Write the same down in the other order, down to the mentions."""
    replace = msgspec.structs.replace
    return replace(
        document,
        entities=tuple(replace(e, mentions=e.mentions[::-1]) for e in document.entities[::-1]),
        events=tuple(replace(v, triggers=v.triggers[::-1]) for v in document.events[::-1]),
        claims=document.claims[::-1],
    )


@pytest.mark.parametrize(
    "other",
    [
        backwards(ARTICLE),
        msgspec.structs.replace(ARTICLE, annotation=None),
        msgspec.structs.replace(ARTICLE, templates=()),
        msgspec.structs.replace(ARTICLE, sha256=None, language="fr"),
        msgspec.structs.replace(ARTICLE, metadata=msgspec.structs.replace(ARTICLE.metadata, license="CC0-1.0")),
    ],
)
def test_a_gold_that_says_the_same_has_the_same_name(other: rp.Document) -> None:
    assert other != ARTICLE
    assert scoring.digest([other]) == scoring.digest([ARTICLE])
    answers = [rp.predict("rules", ARTICLE)]
    one, again = (scoring.score([gold], answers) for gold in (ARTICLE, other))
    assert (again.total, again.documents, again.digest) == (one.total, one.documents, one.digest)


@pytest.mark.parametrize("layer", ["text", "metadata", "entities", "events", "claims", "id"])
def test_a_gold_that_says_something_else_has_another_name(layer: str) -> None:
    value = getattr(ARTICLE, layer)
    named = layer == "metadata"
    other = msgspec.structs.replace(value, publisher="The Selmouth Post") if named else value[:-1]
    assert scoring.digest([msgspec.structs.replace(ARTICLE, **{layer: other})]) != scoring.digest([ARTICLE])


@pytest.mark.parametrize("columns", ["60", "200"])
def test_the_width_of_the_terminal_is_not_in_the_signature(
    predictions: Path, columns: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def last() -> str:
        assert main(["score", str(predictions), "--resamples", "10"]) == 0
        return "".join(capsys.readouterr().out.partition("reportedly:")[1:]).replace("\n", "").replace(" ", "")

    plain = last()
    assert plain.startswith("reportedly:")
    monkeypatch.setenv("COLUMNS", columns)
    assert last() == plain
