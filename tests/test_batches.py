from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import fuzzing
from reportedly import batches, codec, scoring
from reportedly.metrics import TASKS
from reportedly.model import Document, Invalid
from strategies import documents, pairs

ALL = tuple(TASKS)
Files = tuple[Path, Path]


def lines(rows: list[Document], path: Path) -> Path:
    path.write_text("".join(codec.line(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "SIZE", 16)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """Ninety documents, so that there are several batches; predictions in another order, some missing."""
    import reportedly as rp

    folder = tmp_path_factory.mktemp("many")
    reports = rp.gold("dossier")
    answers = [rp.predict("rules", report) for report in reports]
    gold = [msgspec.structs.replace(reports[i % 3], id=f"d{i}") for i in range(90)]
    predicted = [msgspec.structs.replace(answers[i % 3], id=f"d{i}") for i in range(90) if i % 30]
    return lines(gold, folder / "gold.jsonl"), lines(predicted[40:] + predicted[:40], folder / "predicted.jsonl")


def in_memory(gold: Path, predicted: Path) -> scoring.Scored:
    known = codec.load(gold)
    return scoring.score(known, codec.load(predicted, gold=known))


def test_batches_in_any_number_of_processes_give_what_all_in_memory_gives(files: Files) -> None:
    whole = in_memory(*files)
    assert len(whole.silent) == 3
    for workers in (1, 2):
        assert batches.score([files[0]], files[1], ALL, workers=workers) == whole


def test_one_document_has_its_sentences(files: Files, tmp_path: Path) -> None:
    one = tuple(tmp_path / path.name for path in files)
    (gold, *_), (predicted, *_) = (path.read_text(encoding="utf-8").splitlines(keepends=True) for path in files)
    id = re.search(r'"id": "(d\d+)"', predicted)
    assert id
    one[0].write_text(re.sub(r'"id": "d\d+"', id.group(), gold), encoding="utf-8")
    one[1].write_text(predicted, encoding="utf-8")
    found = batches.score([one[0]], one[1], ALL)
    assert found == in_memory(one[0], one[1])
    assert found.sentences


def test_documents_beyond_those_kept_are_summed_on_the_way(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    from reportedly import significance, totals

    kept = in_memory(*files)
    for module in (batches, scoring, totals):
        monkeypatch.setattr(module, "KEPT", 30)
    monkeypatch.setattr(totals.Totals.__init__, "__kwdefaults__", {"resamples": 0, "seed": 1, "keep": 30})
    limits = significance.bootstrap(kept, resamples=50)
    for workers in (1, 2):
        found = batches.score([files[0]], files[1], ALL, resamples=50, workers=workers)
        assert found.documents == ()
        assert (found.total, found.means, found.digest) == (kept.total, kept.means, kept.digest)
        assert significance.bootstrap(found, resamples=50) == limits


BROKEN: dict[str, Callable[[list[str]], list[str]]] = {
    "a label": lambda rows: [*rows[:7], rows[7].replace('"asserted"', '"sure"'), *rows[8:]],
    "not JSON": lambda rows: [*rows[:30], "nonsense\n", *rows[30:]],
    "a stranger": lambda rows: [*rows, rows[0].replace('"id": "d', '"id": "e', 1)],
    "twice": lambda rows: [*rows, rows[3]],
    "an empty line is none": lambda rows: [*rows[:9], "\n", *rows[9:]],
    "two at once": lambda rows: [rows[0][:-30] + "\n", *rows[1:70], rows[70].replace('"n"', '"m"'), *rows[71:]],
}


@pytest.mark.parametrize("what", BROKEN)
@pytest.mark.parametrize("side", [0, 1])
def test_faults_are_told_as_if_all_had_been_read_at_once(what: str, side: int, files: Files, tmp_path: Path) -> None:
    both = list(files)
    both[side] = tmp_path / "broken.jsonl"
    rows = files[side].read_text(encoding="utf-8").splitlines(keepends=True)
    both[side].write_text("".join(BROKEN[what](rows)), encoding="utf-8")
    if what == "an empty line is none" or (what == "a stranger" and side == 0):
        assert batches.score([both[0]], both[1], ALL, workers=2) == in_memory(both[0], both[1])
        return
    with pytest.raises(Invalid) as expected:
        in_memory(both[0], both[1])
    for workers in (1, 2):
        with pytest.raises(Invalid) as found:
            batches.score([both[0]], both[1], ALL, workers=workers)
        assert found.value.problems == expected.value.problems
    count, problems = batches.validate([both[0]], workers=2)
    read, wrong = codec.read(both[0])
    assert (count, problems) == (len(read), wrong)


@given(st.lists(pairs(), min_size=1, max_size=3), st.sampled_from(fuzzing.seeds()))
def test_validation_by_the_batch_finds_what_reading_finds(drawn: list[tuple[Document, Document]], seed: Path) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.jsonl"
        rows = [msgspec.structs.replace(g, id=f"d{i % 2}") for i, (g, _) in enumerate(drawn)]
        path.write_bytes(b"".join(codec.line(r).encode() + b"\n" for r in rows) + seed.read_bytes())
        read, problems = codec.read(path)
        assert batches.validate([path]) == (len(read), problems)


# --- the fast way in --------------------------------------------------------------------------


def both_ways(data: bytes, gold: dict[str, Document] | None) -> tuple[list[Any], list[Any]]:
    record = codec.Record("x.jsonl", 1, data)
    fast = list(codec.document_of(record, gold))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(codec, "_plainly", lambda data: None)
        return fast, list(codec.document_of(record, gold))


@given(documents(), st.integers(0, 2**32))
def test_the_fast_way_in_lets_in_what_the_careful_one_does_and_says_the_same(made: Document, seed: int) -> None:
    written = codec.line(made).encode()
    fast, careful = both_ways(written, None)
    assert fast == careful == [(1, made)]
    assert codec._plainly(written) is not None
    if changed := fuzzing.redrawn(written, seed):
        for gold in (None, {made.id: made}):
            fast, careful = both_ways(changed, gold)
            assert fast == careful


ODD = (
    (b'"language": "en"', b'"language": "en", "language": "en"'),
    (b'"language": "en"', b'"language": "en", "language\\u003a": "en"'),
    (b'"language": "en"', b'"language": "en", "l\\u0061nguage": "fi"'),
    (b'"language": "en"', b'"language": "\\ud800"'),
    (b'"language": "en"', b'"language": "e\\b"'),
    (b'"language": "en"', b'"language": null'),
    (b'"start": 0', b'"start": 0.0'),
    (b'"start": 0', b'"start": 0e0'),
    (b'"start": 0', b'"start": -0'),
    (b'"start": 0', b'"start": NaN'),
    (b'"start": 0', b'"start": 10000000000000000000000'),
    (b"{", b'{"templates": ' + b"[" * 100 + b"]" * 100 + b", "),
    (b"{", b'{"templates": [{"a": ' + b"[" * 5000 + b"]" * 5000 + b"}], "),
    (b"{", b"\xc2\xa0{"),
    (b"{", b"\x0b{"),
    (b'"text": "', b'"text": "\x7f'),
    (b'"text": "', b'"text": "\xc2\x85'),
    (b'"text": "', b'"text": "\xed\xa0\x80'),
)


@pytest.mark.parametrize(("old", "new"), ODD)
def test_what_is_odd_in_its_bytes_is_told_the_same_both_ways(old: bytes, new: bytes) -> None:
    import reportedly as rp

    written = codec.line(rp.gold("article")[0]).encode()
    assert old in written
    fast, careful = both_ways(written.replace(old, new, 1), None)
    assert fast == careful


# --- the command ------------------------------------------------------------------------------


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "reportedly", *map(str, arguments)]


def test_the_report_is_the_same_with_any_number_of_workers(files: Files) -> None:
    runs = [
        subprocess.run(
            command("score", files[1], "--gold", files[0], "--resamples", "100", "--json", "--workers", str(n)),
            capture_output=True,
            check=True,
        )
        for n in (1, 3)
    ]
    assert runs[0].stdout == runs[1].stdout
    assert runs[0].stderr == b""


def test_a_killed_worker_is_said_in_one_line(files: Files) -> None:
    code = (
        "import multiprocessing, os, sys; from reportedly import batches, cli\n"
        "def die(*_): os.kill(os.getpid(), 9)\n"
        "multiprocessing.set_start_method('fork'); batches._score_batch = die\n"
        "sys.exit(cli.main(sys.argv[1:]))"
    )
    arguments = ["score", str(files[1]), "--gold", str(files[0]), "--workers", "2"]
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, check=False)
    assert done.returncode == 1
    assert done.stdout == b""
    assert done.stderr == b"reportedly: a worker process was killed; if memory is short, take fewer --workers\n"


def test_an_interrupt_leaves_no_trace_no_file_and_no_process(files: Files, tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    many = tmp_path / "many.jsonl"
    many.write_bytes(b"".join(files[0].read_bytes().replace(b'"id": "d', b'"id": "d%d-' % i) for i in range(40)))
    run = subprocess.Popen(
        command("score", "-", "--gold", many, "--workers", "2", "--export", "every-eval-ever", "--to", target),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert run.stdin is not None
    run.stdin.write(b"".join(files[1].read_bytes().replace(b'"id": "d', b'"id": "d%d-' % i) for i in range(10)))
    run.stdin.flush()
    children = Path(f"/proc/{run.pid}/task/{run.pid}/children")
    for _ in range(600):
        if len(children.read_text().split()) >= 2:
            break  # into the counting; the rest of standard input never comes
        time.sleep(0.1)
    os.killpg(run.pid, signal.SIGINT)
    out, err = run.communicate(timeout=60)
    assert (run.returncode, out, err) == (130, b"", b"reportedly: stopped\n")
    assert list(tmp_path.iterdir()) == [many]
    with pytest.raises(ProcessLookupError):
        os.killpg(run.pid, 0)


def test_progress_is_shown_on_a_terminal_alone_and_on_standard_error(files: Files) -> None:
    terminal, other = pty.openpty()
    done = subprocess.run(
        command("validate", files[0]),
        stdout=subprocess.PIPE,
        stderr=other,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
        check=True,
    )
    os.close(other)
    shown = os.read(terminal, 100_000).decode()
    os.close(terminal)
    assert "checked" in shown
    assert "90 valid" in shown
    assert done.stdout == b""


def test_a_line_that_begins_in_order_and_does_not_end_so_is_told(files: Files, tmp_path: Path) -> None:
    """The id is read off the beginning of a line; what follows is still looked at."""
    gold, predicted = (path.read_text(encoding="utf-8").splitlines() for path in files)
    for side in range(2):
        rows = [list(gold), list(predicted)]
        rows[side][3] = rows[side][3][:200]
        rows[side][5] = rows[side][5][:-1] + ', "id": "d7"}'
        paths = [tmp_path / f"{side}-gold.jsonl", tmp_path / f"{side}-predicted.jsonl"]
        for path, written in zip(paths, rows, strict=True):
            path.write_text("\n".join(written) + "\n", encoding="utf-8")
        with pytest.raises(Invalid) as found:
            batches.score([paths[0]], paths[1], ALL)
        told = {(p.file, p.line, p.rule) for p in found.value.problems}
        assert told == {(str(paths[side]), 4, "record-json"), (str(paths[side]), 6, "key-duplicate")}
