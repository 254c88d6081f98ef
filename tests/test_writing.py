"""What is written is there whole or not at all: killed at any line, on a full disk, on one that is read-only."""

from __future__ import annotations

import ast
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import reportedly as rp
from environments import ROOT, unavailable
from reportedly import codec, corpus

ENV = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "benchmarks"), *filter(None, sys.path)])}
QUETTA = str(ROOT / "corpus" / "articles" / "quetta.json")

# --- one place that writes --------------------------------------------------------------------

# Who else opens a file for writing, and why that leaves nothing half-written.
ALLOWED = {
    ("benchmarks/reportedly/codec.py", "_write"): "beside its place, then renamed",
    ("benchmarks/reportedly/labelstudio/sync.py", "alone"): "a lock: empty, and nobody reads it",
    (
        "benchmarks/reportedly/models/client.py",
        "_alone",
    ): "a journal that is appended to; a torn last line is passed over",
    ("scripts/fuzz.py", "main"): "seeds of a fuzzer, in a temporary folder",
}
WRITING = {"write_text", "write_bytes", "mkstemp", "NamedTemporaryFile", "fdopen", "symlink_to", "copyfile", "copy"}


def sources() -> list[Path]:
    return [*sorted((ROOT / "benchmarks" / "reportedly").rglob("*.py")), *sorted((ROOT / "scripts").glob("*.py"))]


def writers(path: Path) -> Iterator[tuple[str, int]]:
    """Yield the functions that open a file for writing, with the line."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        texts = [a.value for a in (*node.args, *(k.value for k in node.keywords)) if isinstance(a, ast.Constant)]
        opens = name == "open" and any(isinstance(t, str) and set(t) & set("wax+") and len(t) < 4 for t in texts)
        flags = name == "open" and "O_WRONLY" in ast.unparse(node) and "devnull" not in ast.unparse(node)
        copies = name in WRITING and (node.args or name != "copy")  # a list's copy is of nothing else
        if opens or flags or copies:
            around = [f for f in functions if f.lineno <= node.lineno <= (f.end_lineno or 0)]
            yield (max(around, key=lambda f: f.lineno).name if around else ""), node.lineno


def test_one_function_writes_files_and_who_else_does_is_named_here() -> None:
    found = {
        (path.relative_to(ROOT).as_posix(), function): line for path in sources() for function, line in writers(path)
    }
    assert set(found) - set(ALLOWED) == set(), found
    assert set(ALLOWED) <= set(found)


# --- killed -----------------------------------------------------------------------------------


@pytest.fixture
def before(tmp_path: Path) -> Path:
    """Make a folder with a text, and with an old file and a broken-off folder of an earlier run."""
    folder = tmp_path / "before"
    folder.mkdir()
    (folder / "raid.txt").write_text("At least 9 guards died, Ardby's mayor said.", encoding="utf-8")
    (folder / "old.jsonl").write_text('{"id": "quetta"}\n', encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    "arguments",
    [
        ("predict", "first-number", "-o", "old.jsonl"),
        ("new", "raid.txt", "-o", "articles"),
        ("export", "brat", "selmouth-1", "-o", "standoff", "--notes", "notes.jsonl"),
    ],
    ids=lambda words: str(words[0]),
)
def test_killed_at_any_line_the_old_or_the_new_is_there_whole_and_a_second_run_ends_it(
    before: Path, arguments: tuple[str, ...]
) -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "tests" / "killed.py", before, *arguments],
        env={**ENV, "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    *kills, undisturbed = [json.loads(line) for line in done.stdout.splitlines()]
    assert undisturbed["code"] == 0
    assert len(kills) > 8
    old = {path.name: path.read_text(encoding="utf-8") for path in before.iterdir()}
    new = undisturbed["left"]
    for kill in kills:
        assert kill["code"] == -signal.SIGKILL
        seen = {name: text for name, text in kill["left"].items() if not name.startswith(".") and "/." not in name}
        for name, text in seen.items():
            assert text in (old.get(name), new.get(name)), name
        # A folder comes as a whole; what lies hidden beside it is nobody's data.
        inside = {name for name in seen if name.startswith("standoff/")}
        assert inside in (set(), {name for name in new if name.startswith("standoff/")})
        if kill["again"] == 0:
            visible = {
                name: text for name, text in kill["after"].items() if not any(p[0] == "." for p in Path(name).parts)
            }
            assert visible == new
        else:  # a folder or document that is there is not overwritten: it is whole already
            assert kill["again"] in (1, 2)
            assert {name: text for name, text in new.items() if name != "notes.jsonl"}.items() <= seen.items()


def test_killed_at_any_time_a_large_file_is_the_old_or_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "large.jsonl"
    path.write_bytes(b"old\n" * 1_000_000)
    code = (
        "import sys\nfrom reportedly import codec\nbig = b'new\\n' * 8_000_000\n"
        "print(flush=True)\nfor _ in range(99): codec.write(sys.argv[1], big)"
    )
    sizes = set()
    for delay in range(12):
        running = subprocess.Popen([sys.executable, "-c", code, path], env=ENV, stdout=subprocess.PIPE)
        assert running.stdout
        with running:
            running.stdout.readline()
            time.sleep(0.004 * delay)
            running.kill()
        found = path.read_bytes()
        sizes.add(len(found))
        assert found in (b"old\n" * 1_000_000, b"new\n" * 8_000_000)
        for left in tmp_path.glob(".*"):
            left.unlink()
    assert sizes <= {4_000_000, 32_000_000}


def test_what_a_killed_writer_left_is_no_data(tmp_path: Path) -> None:
    (tmp_path / ".whole.ab12cd34" / "corpus").mkdir(parents=True)
    page = codec.page(rp.gold("article")[0])
    (tmp_path / ".whole.ab12cd34" / "corpus" / "quetta.json").write_text(page[:99], encoding="utf-8")
    (tmp_path / ".quetta.json.ab12cd34").write_text(page[:99], encoding="utf-8")
    (tmp_path / "quetta.json").write_text(page, encoding="utf-8")
    assert corpus.files([tmp_path]) == [tmp_path / "quetta.json"]
    # The folder asked for may itself lie below a hidden one.
    assert corpus.files([tmp_path / ".whole.ab12cd34"]) == [tmp_path / ".whole.ab12cd34" / "corpus" / "quetta.json"]


# --- where it cannot be written ---------------------------------------------------------------

COMMANDS = {
    "predict": ("predict", "rules", "-o", "{}/out.jsonl"),
    "new": ("new", "raid.txt", "-o", "{}"),
    "score --export": ("score", QUETTA, "--resamples", "0", "--export", "every-eval-ever", "--to", "{}"),
    "agree --html": ("agree", QUETTA, "old.jsonl", "--resamples", "0", "--html", "{}/page.html"),
    "export": ("export", "conll", "quetta", "-o", "{}/out.conll"),
    "export brat": ("export", "brat", "quetta", "-o", "{}/standoff"),
    "contrast": ("contrast", "quetta", "--each", "1", "--pairs", "0", "-o", "{}/variants"),
}


def one_line(done: subprocess.CompletedProcess[str], reason: str) -> None:
    assert done.returncode == 1, done.stderr
    assert reason in done.stderr.splitlines()[-1]
    assert done.stderr.splitlines()[-1].startswith("reportedly: ")
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    assert done.stderr.count("\n") <= 1


def mounted(before: Path, options: str, arguments: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    """Run a command that writes to a disk of its own, mounted where nobody else sees it; prints what lies there."""
    disk = before / "disk"
    disk.mkdir()
    words = [word.format("disk") for word in arguments]
    script = (
        f'mount -t tmpfs -o {options} tmpfs disk || exit 99; "$@"; code=$?; find disk -mindepth 1 >found; exit $code'
    )
    done = subprocess.run(
        ["unshare", "--map-root-user", "--mount", "sh", "-c", script, "sh", sys.executable, "-m", "reportedly", *words],
        cwd=before,
        env=ENV,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 99 or "unshare" in done.stderr:
        unavailable(f"no disk can be mounted here: {done.stderr.strip()[-200:]}")
    return done


@pytest.mark.parametrize("name", COMMANDS)
def test_a_full_disk_is_one_line_and_leaves_nothing(before: Path, name: str) -> None:
    done = mounted(before, "size=4k", COMMANDS[name])
    one_line(done, "no space left on device")
    # Of the two files of `new` the first one fits; a second run goes on from there.
    assert {line for line in (before / "found").read_text().split() if Path(line).suffix} <= {"disk/raid.txt"}


@pytest.mark.parametrize("name", ["predict", "new", "export brat"])
def test_a_read_only_disk_is_one_line_and_names_what_was_asked_for(before: Path, name: str) -> None:
    done = mounted(before, "ro", COMMANDS[name])
    one_line(done, "read-only file system")
    assert "reportedly: disk" in done.stderr


@pytest.mark.parametrize("name", ["predict", "agree --html", "export"])
def test_a_missing_folder_is_one_line_and_is_not_made(before: Path, name: str) -> None:
    words = [word.format("nowhere") for word in COMMANDS[name]]
    command = [sys.executable, "-m", "reportedly", *words]
    done = subprocess.run(command, cwd=before, env=ENV, capture_output=True, text=True, check=False)
    one_line(done, "no such file or directory")
    assert not (before / "nowhere").exists()


def test_a_file_that_may_grow_no_further_stays_the_old_one(before: Path) -> None:
    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))

    command = [sys.executable, "-m", "reportedly", "predict", "rules", "-o", "old.jsonl"]
    done = subprocess.run(command, cwd=before, env=ENV, capture_output=True, text=True, check=False, preexec_fn=small)
    one_line(done, "old.jsonl: file too large")
    assert (before / "old.jsonl").read_text() == '{"id": "quetta"}\n'
    assert sorted(path.name for path in before.iterdir()) == ["old.jsonl", "raid.txt"]


def test_standard_output_that_is_full_is_one_line() -> None:
    if not Path("/dev/full").exists():
        unavailable("there is no /dev/full here")
    command = [sys.executable, "-m", "reportedly", "show", "quetta"]
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, env=ENV, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    one_line(done, "no space left on device")
