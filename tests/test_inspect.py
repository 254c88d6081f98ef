"""Inspect, for real: its own command in an environment of its own, with a file and with a server of the test's own."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from environments import ROOT, dependencies, environment
from model_server import answering, completion
from reportedly import codec, corpus
from reportedly.cli import main
from reportedly.models import prompt
from reportedly.pairs import MEASURES

GOLD = {d.id: d for split in corpus.splits() for d in corpus.load(split)}
KEY = "sk-" + "never-to-be-printed" * 2
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [shlex.split(line.split("#")[0]) for line in re.findall(r"^inspect eval .*$", README, flags=re.MULTILINE)]


@pytest.fixture(scope="module")
def inspect(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Make an environment with Inspect, which is too heavy for the others, and install the package for it."""
    python = environment("inspect-ai>=0.3.200", "openai>=1.60", *dependencies())
    # Inspect takes tasks only from packages that are installed, and tells them by this folder's name.
    target = tmp_path_factory.mktemp("installed") / "site-packages"
    install = [sys.executable, "-m", "uv", "pip", "install", "-q", "--no-deps", "--target", str(target), str(ROOT)]
    subprocess.run(install, check=True, capture_output=True)
    return python, target


def run(inspect: tuple[Path, Path], folder: Path, words: list[str], url: str = "") -> tuple[dict[str, Any], str]:
    """Run a command of Inspect's in a folder; gives its newest log, and what it printed."""
    python, installed = inspect
    kept = {k: v for k, v in os.environ.items() if k in ("PATH", "LANG", "TMPDIR")}
    local = {"HOME": str(folder), "PYTHONPATH": str(installed), "LOCAL_BASE_URL": url, "LOCAL_API_KEY": KEY}
    done = subprocess.run(
        [python.parent / words[0], *words[1:], "--log-dir", "logs", "--log-format", "json", "--display", "plain"],
        cwd=folder,
        env={**kept, **local, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    for path in folder.rglob("*"):
        assert not path.is_file() or KEY.encode() not in path.read_bytes(), path
    assert KEY not in done.stdout + done.stderr
    logs = sorted((folder / "logs").glob("*.json"))
    return json.loads(logs[-1].read_text(encoding="utf-8")) if logs else {}, done.stdout + done.stderr


def measured(log: dict[str, Any]) -> dict[str, float]:
    assert log["status"] == "success", log.get("error")
    return {name: m["value"] for score in log["results"]["scores"] for name, m in score["metrics"].items()}


def scored(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    capsys.readouterr()
    assert main(["score", *arguments, "--json", "--resamples", "0"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def defined(found: dict[str, Any]) -> dict[str, float]:
    return {name: each["value"] for name, each in found["metrics"].items() if each["value"] is not None}


def test_a_file_is_scored_without_a_model_to_the_last_digit(
    tmp_path: Path, inspect: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    (words,) = [words for words in COMMANDS if "none" in words]
    file = tmp_path / "model.jsonl"
    assert main(["predict", "rules", "-o", str(file)]) == 0
    log, _ = run(inspect, tmp_path, words)
    theirs = measured(log)
    assert [theirs.pop(f"answers.{name}") for name in ("mended", "left_out", "empty")] == [0, 0, 0]
    assert theirs == defined(scored(capsys, str(file)))
    assert 0 < theirs["attribution.chain"] < 1


def test_a_server_is_asked_and_read_as_by_predict_and_scored_to_the_last_digit(
    tmp_path: Path, inspect: tuple[Path, Path], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    whole = codec.in_words(GOLD["selmouth-2"])
    whole["claims"] += [{**whole["claims"][0], "id": "again", "event": "nowhere"}]
    whole["entities"][0]["mentions"] += [{"text": "words that are not there"}]
    answers = {
        "selmouth-1": "```json\n" + json.dumps(codec.in_words(GOLD["selmouth-1"]))[:-1] + ",}\n```",
        "selmouth-2": json.dumps(whole),
        "selmouth-3": "I would rather not.",
    }
    gold = [str(corpus.path(id)) for id in answers]
    folder = tmp_path / "gold"
    folder.mkdir()
    for path in gold:
        (folder / Path(path).name).write_bytes(Path(path).read_bytes())
    file = tmp_path / "model.jsonl"
    with answering(lambda id, _: completion(answers[id])) as asked:
        log, _ = run(inspect, tmp_path, [*COMMANDS[0], "-T", f"gold={folder}"], asked.url)
        assert main(["predict", "made", "--model", asked.url, "-o", str(file), "--split", "dossier"]) == 0
    by_inspect, by_predict = asked.bodies[:3], asked.bodies[3:]
    for body, id in zip(by_predict, asked.ids[3:], strict=True):
        (other,) = [each for each, theirs in zip(by_inspect, asked.ids, strict=False) if theirs == id]
        assert other["messages"] == body["messages"]
        assert other["temperature"] == body["temperature"] == 0
        sent = other["response_format"]["json_schema"]
        assert (sent["schema"], sent["strict"]) == (prompt.schema(), True)
    assert asked.keys == {f"Bearer {KEY}", "Bearer none"}
    theirs = measured(log)
    assert [theirs.pop(f"answers.{name}") for name in ("mended", "left_out", "empty")] == [1, 1, 1]
    ours = scored(capsys, str(file), "--split", "dossier")
    assert theirs == defined(ours)
    assert "words that are not there" in json.dumps(ours["unlocated"])


def test_the_contrast_set_is_asked_about_and_scored_in_pairs_to_the_last_digit(
    tmp_path: Path, inspect: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    # One of each family: Inspect's log of all of them is large and slow; what is not asked is scored as empty.
    first = [v.document for v in corpus.contrast(["quetta"]) if v.document.id.endswith(".1")]
    answers = {"quetta": codec.in_words(GOLD["quetta"]), **{d.text: codec.in_words(d) for d in first}}
    file = tmp_path / "model.jsonl"
    chosen = ["quetta", *(d.id for d in first)]
    with answering(lambda id, _: completion(json.dumps(answers[id]))) as asked:
        log, _ = run(inspect, tmp_path, [*COMMANDS[1], "--sample-id", ",".join(chosen)], asked.url)
    assert sorted(asked.ids) == sorted(answers)
    lines = [{"id": id, **said} for id, said in zip(chosen, answers.values(), strict=True)]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    ours = {
        measure if family == "all" else f"{measure}/{family}": row[measure]["value"]
        for family, row in scored(capsys, str(file))["contrast"]["families"].items()
        for measure in MEASURES
        if row[measure]["value"] is not None
    }
    theirs = measured(log)
    assert [theirs.pop(f"answers.{name}") for name in ("mended", "left_out")] == [0, 0]
    assert theirs.pop("answers.empty") == 199 - len(chosen)
    assert theirs == ours
    assert 0 < theirs["pair"] < 1


def test_a_file_that_score_would_refuse_is_refused(tmp_path: Path, inspect: tuple[Path, Path]) -> None:
    (words,) = [words for words in COMMANDS if "none" in words]
    (tmp_path / "model.jsonl").write_text('{"id": "quetta", "claims": [{"id": "c"}]}\n', encoding="utf-8")
    log, said = run(inspect, tmp_path, words)
    assert log["status"] == "error"
    assert "the field 'kind' is missing [schema-missing-field]" in " ".join(said.split())


def test_a_second_epoch_is_refused_before_anything_is_asked(tmp_path: Path, inspect: tuple[Path, Path]) -> None:
    with answering(lambda *_: completion("{}")) as asked:
        log, said = run(inspect, tmp_path, [*COMMANDS[0], "--epochs", "2", "--max-samples", "1"], asked.url)
    assert log["status"] == "error"
    assert "one answer a report is scored" in said
    assert len(asked.ids) <= 1
