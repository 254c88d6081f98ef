"""The README's commands and code, run as they stand."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import reportedly as rp
from environments import ROOT, run

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, flags=re.DOTALL)
CODE = [text for kind, text in BLOCKS if kind == "python"]
SETUP = [text.strip() for kind, text in BLOCKS if kind == "sh" and "venv" in text]


def test_two_commands_do_all_the_set_up() -> None:
    assert len(SETUP) == 2
    assert "reportedly score" in SETUP[0]
    assert "pytest" in SETUP[1]


def test_ci_runs_the_test_command_as_the_readme_has_it() -> None:
    assert SETUP[1] in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the tree without what git ignores, and run the README's first command in it."""
    copy = tmp_path_factory.mktemp("clone") / "reportedly"
    ignore = shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache", ".hypothesis", "predictions.jsonl")
    shutil.copytree(ROOT, copy, ignore=ignore)
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(SETUP[0], shell=True, cwd=copy, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (copy / "report.txt").write_text(done.stdout, encoding="utf-8")
    return copy


def test_the_first_command_prints_the_report_that_the_readme_shows(clone: Path) -> None:
    printed = (clone / "report.txt").read_text(encoding="utf-8")
    shown = re.search(r"<!-- report -->\n```\n(.*?)```", README, flags=re.DOTALL)
    assert shown is not None
    assert " ".join(shown[1].split()) in " ".join(printed.split())
    assert "reportedly:0.1.0|gold:article@" in printed


def test_the_installed_package_needs_no_checkout(clone: Path, tmp_path: Path) -> None:
    command = clone / ".venv" / "bin" / "reportedly"
    code = "import reportedly; print(reportedly.__file__)"
    where = subprocess.run(
        [clone / ".venv" / "bin" / "python", "-I", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert "site-packages" in where.stdout
    done = subprocess.run([command, "validate"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.strip()) == (0, "4 valid, 0 problems")


def test_the_commands_of_the_readme_work(clone: Path) -> None:
    predictions = (clone / "predictions.jsonl").read_bytes()
    for name in ("a.jsonl", "b.jsonl"):
        (clone / name).write_bytes(predictions)
    (clone / "report.txt").write_text("At least 12 miners were killed in Ardby, police said.", encoding="utf-8")
    shutil.copy(clone / "corpus" / "articles" / "selmouth-1.json", clone / "report.json")
    commands = "".join(text for kind, text in BLOCKS if kind == "sh" and "venv" not in text)
    lines = [line.split("#")[0].strip() for line in commands.splitlines()]
    assert len(lines) == 16
    for line in lines:
        words = shlex.split(line)
        assert words[0] == "reportedly"
        words = [w for word in words for w in (sorted(map(str, clone.glob(word))) or [word])]
        done = subprocess.run(
            [clone / ".venv" / "bin" / "reportedly", *words[1:]], cwd=clone, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (line, done.stderr)
        assert done.stdout or "validate" in line or " -o " in line, line


@pytest.mark.parametrize(
    ("code", "printed"), [*zip(CODE, ("counts.claim", "At least 59", "", "two-edits", "FAC"), strict=True)]
)
def test_the_code_of_the_readme_runs(code: str, printed: str, clone: Path, tmp_path: Path) -> None:
    out = run(Path(sys.executable), code, cache=tmp_path, cwd=clone, path=[ROOT / "benchmarks"])
    assert printed in out


def test_the_prediction_that_the_readme_shows_is_one(tmp_path: Path) -> None:
    (shown,) = [text for kind, text in BLOCKS if kind == "json"]
    path = tmp_path / "shown.json"
    path.write_text(shown, encoding="utf-8")
    (found,) = rp.load(path, gold=rp.gold("article"))
    scored = rp.score(rp.gold("article"), [found])
    assert scored.total["counts.exact"]["AT_LEAST"].p_num == 1


@pytest.mark.parametrize(
    "page",
    sorted(p.relative_to(ROOT).as_posix() for p in ROOT.rglob("*.md") if not {".venv", ".pytest_cache"} & set(p.parts)),
)
def test_no_link_of_a_page_leads_nowhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
        if not target.startswith("http"):
            assert ((ROOT / page).parent / target).exists(), target


def test_no_file_names_a_package_registry_or_this_machine() -> None:
    hosts = ["py" + "pi.org", "python" + "hosted.org", "deb.debian" + ".org", "registry.npm" + "js"]
    done = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    files = (
        done.stdout.split()
        if done.returncode == 0
        else [p.relative_to(ROOT).as_posix() for p in (ROOT / "tests").glob("*.py")]
    )
    assert files
    for name in files:
        body = (ROOT / name).read_bytes() if (ROOT / name).is_file() else b""
        for word in (*hosts, str(ROOT)):
            assert word.encode() not in body, (name, word)
    assert sys.version_info >= (3, 11)
