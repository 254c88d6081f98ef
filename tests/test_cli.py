"""The command line as a user meets it: real processes, real files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import reportedly as rp
from reportedly import codec

COMMANDS = ("validate", "score", "compare", "agree", "predict", "contrast", "timeline", "show")


def run(*arguments: str | Path, stdin: str = "", cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "reportedly", *map(str, arguments)],
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "COLUMNS": "120"},
    )


@pytest.fixture(scope="module")
def predictions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("systems") / "rules.jsonl"
    done = run("predict", "rules", "-o", path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return path


def test_help_imports_nothing_heavy() -> None:
    heavy = "numpy scipy sklearn rich jsonschema msgspec hypothesis openai tqdm"
    code = (
        "import sys\nfrom reportedly.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        f"print([m for m in '{heavy}'.split() if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    assert done.stderr.strip() == "[]"
    assert all(command in done.stdout for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_explains_itself_with_an_example(command: str) -> None:
    done = run(command, "--help")
    assert done.returncode == 0
    assert f"example: reportedly {command}" in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("nonsense",),
        ("score",),
        ("score", "x.jsonl", "--split", "nowhere"),
        ("score", "x.jsonl", "--tasks", "nonsense"),
        ("score", "x.jsonl", "--seed", "-1"),
        ("score", "x.jsonl", "--resamples", "1e9"),
        ("predict", "oracle"),
    ],
)
def test_bad_usage_exits_with_2_and_no_traceback(arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


def test_the_corpus_is_valid_wherever_the_command_is_run(tmp_path: Path) -> None:
    done = run("validate", cwd=tmp_path)
    assert (done.returncode, done.stderr.strip()) == (0, "4 valid, 0 problems")


def test_validate_names_file_line_document_place_and_rule(tmp_path: Path) -> None:
    page = codec.page(rp.gold("article")[0]).replace('"type": "MOVE"', '"type": "MOVED"')
    path = tmp_path / "broken.json"
    path.write_text(page, encoding="utf-8")
    done = run("validate", tmp_path)
    assert done.returncode == 1
    first = done.stdout.splitlines()[0]
    assert first.startswith(f"{path}:")
    assert ": quetta: events[" in first
    assert first.endswith("[schema-label]")
    plain = json.loads(run("validate", "--json", path).stdout)
    assert len(plain["problems"]) == page.count("MOVED")
    assert {"file", "line", "document", "where", "message", "rule"} <= set(plain["problems"][0])


def test_predictions_are_validated_against_their_gold(predictions: Path, tmp_path: Path) -> None:
    assert run("validate", "--predictions", predictions).returncode == 0
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"id": "quetta", "claims": [{"id": "c"}]}\n')
    done = run("validate", "--predictions", bad)
    assert done.returncode == 1
    assert "[schema-missing-field]" in done.stdout


def test_gold_against_itself_prints_ones(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text(codec.line(rp.gold("article")[0]) + "\n", encoding="utf-8")
    plain = json.loads(run("score", path, "--json", "--explain", "--resamples", "50").stdout)
    assert plain["headline"] == {
        "counts.claim": 1.0,
        "attribution.chain": 1.0,
        "responsibility.exact": 1.0,
        "template.slots": 1.0,
        "false_fills.rate": 0.0,
    }
    assert plain["faults"] == []


def test_a_score_can_be_piped_and_is_the_same_twice(predictions: Path) -> None:
    once, twice = (run("score", "-", stdin=predictions.read_text(encoding="utf-8")) for _ in range(2))
    assert once.returncode == 0
    assert once.stdout == twice.stdout
    assert "seed:1" in once.stdout
    assert "sentences" in once.stdout
    assert "counts.claim" in once.stdout


def test_explain_lists_faults_in_their_sentence(predictions: Path) -> None:
    shown = run("score", predictions, "--explain", "--resamples", "0").stdout
    for part in ("== quetta · mentions.relaxed ==", "missed", "spurious", "near miss", "kappa", "precision    recall"):
        assert part in shown, part
    for sentence in ("Almost 60 people have been killed", "The attack has been condemned"):
        assert sentence in shown


def test_compare_tests_two_systems(predictions: Path, tmp_path: Path) -> None:
    other = tmp_path / "numbers.jsonl"
    assert run("predict", "nearest-verb", "-o", other).returncode == 0
    done = run("compare", predictions, other, "--resamples", "500")
    assert done.returncode == 0
    assert "B − A" in done.stdout
    assert "sentences of the one document" in done.stdout
    plain = json.loads(run("compare", predictions, other, "--resamples", "500", "--json").stdout)
    assert plain["metrics"]["attribution.chain"]["b"] == 0.0


def test_show_prints_claims_template_and_reasons() -> None:
    shown = run("show", "quetta").stdout
    for part in (
        "At least 59 · killed, victims",
        "[59, ∞)",
        "media Reuters → medical health officials",
        "contested",
        "left open by c6",
    ):
        assert part in shown, part
    plain = json.loads(run("show", "quetta", "--json").stdout)
    assert plain["quetta"][0]["responsibility_status"] == "contested"


def test_a_plain_text_can_be_predicted(tmp_path: Path) -> None:
    text = tmp_path / "My Report.txt"
    text.write_text("At least 12 miners were killed in Ardby, police said.\n", encoding="utf-8")
    done = run("predict", "rules", text)
    assert done.returncode == 0
    row = json.loads(done.stdout)
    assert row["id"] == "my-report"
    assert [c["count"]["n"] for c in row["claims"] if c["kind"] == "COUNT"] == [[12]]


def test_an_unwritable_output_is_one_line(tmp_path: Path) -> None:
    done = run("predict", "rules", "-o", tmp_path / "no" / "such" / "folder.jsonl")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr


def test_a_reader_that_goes_away_is_no_crash() -> None:
    command = f"{sys.executable} -m reportedly show quetta | head -1"
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False, env=env)
    assert "Traceback" not in done.stderr


def test_what_a_terminal_would_obey_is_printed_escaped(tmp_path: Path) -> None:
    path = tmp_path / "odd.jsonl"
    path.write_text('{"id": "quetta", "entities": "\\u202e\\u2066"}\n', encoding="utf-8")
    done = run("score", path)
    assert done.returncode == 1
    assert "\u202e" not in done.stderr
