"""What the package never does: run what it reads, reach out unasked, leave its folder, tell a secret."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

import reportedly as rp
from environments import ROOT
from reportedly import codec, corpus

SOURCES = [*(ROOT / "benchmarks").rglob("*.py"), *(ROOT / "scripts").glob("*.py")]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

# Modules and functions that run what they read.
RUNS = {"pickle", "marshal", "shelve", "dill", "joblib", "eval", "exec", "compile", "system", "popen", "unsafe_load"}


def test_nothing_that_is_read_is_run() -> None:
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = {alias.name.split(".")[0] for alias in node.names} | {getattr(node, "module", "") or ""}
                assert not names & RUNS, path
            elif isinstance(node, ast.Call):
                plain = node.func.id if isinstance(node.func, ast.Name) else ""
                owner = node.func.value if isinstance(node.func, ast.Attribute) else None
                called = (
                    f"{owner.id}.{node.func.attr}"
                    if isinstance(owner, ast.Name) and isinstance(node.func, ast.Attribute)
                    else ""
                )
                assert plain not in RUNS, (path, node.lineno)
                assert called not in {"os.system", "os.popen", "yaml.load", "yaml.unsafe_load"}, (path, node.lineno)
                assert not any(k.arg == "shell" for k in node.keywords), (path, node.lineno)


OFFLINE = """
import sys
def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.bind", "socket.sendto"):
        raise SystemExit("reached out: " + event)
sys.addaudithook(refuse)
from reportedly.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize(
    "command",
    [
        "validate",
        "predict rules -o p.jsonl",
        "score p.jsonl --explain --resamples 100 --export every-eval-ever",
        "compare p.jsonl p.jsonl --resamples 100",
        "agree p.jsonl q.jsonl --resamples 100 --html agreement.html",
        "contrast selmouth-3 --each 1 -o variants",
        "timeline ARTICLES/selmouth-1.json ARTICLES/selmouth-2.json",
        "export gtd selmouth-1 -o gtd.csv",
        "figures ARTICLES/quetta.json",
        "show quetta",
        "new ARTICLES/quetta.txt -o articles",
    ],
)
def test_a_command_that_does_not_say_so_reaches_nobody(command: str, offline: Path) -> None:
    words = command.replace("ARTICLES", str(ROOT / "corpus" / "articles")).split()
    done = run_offline(words, offline)
    assert "reached out" not in done.stderr
    assert done.returncode == 0, done.stderr


def test_the_guard_of_these_tests_sees_who_reaches_out(offline: Path) -> None:
    done = run_offline(["labelstudio", "status", "--url", "http://127.0.0.1:9"], offline)
    assert done.returncode != 0
    assert "reached out" in done.stderr


@pytest.fixture(scope="module")
def offline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("offline")
    for name in ("p", "q"):
        document = rp.predict("rules" if name == "p" else "nearest-verb", rp.gold("article")[0])
        (folder / f"{name}.jsonl").write_text(codec.line(document) + "\n", encoding="utf-8")
    return folder


def run_offline(words: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "PYTHONPATH": str(ROOT / "benchmarks"), "LABEL_STUDIO_API_KEY": "x" * 20}
    command = [sys.executable, "-c", OFFLINE, *words]
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "id", ["../x", "a/b", "/etc/x", "..", ".", ".hidden", "a\\b", "a\0b", "", "a b", "C:x", "x" * 81, "é", "con\n", "A"]
)
def test_an_id_cannot_leave_its_folder(id: str) -> None:
    plain = codec.to_dict(corpus.load()[0]) | {"id": id}
    with pytest.raises(rp.Invalid, match=r"schema-pattern|character-control|schema-bounds"):
        codec.from_dict(plain)
    with pytest.raises(rp.Invalid):
        codec.from_dict({"schema": "reportedly/1", "id": id}, {id: corpus.load()[0]})


# --- dependencies -----------------------------------------------------------------------------


def requirements() -> list[Requirement]:
    extras = PROJECT["optional-dependencies"].values()
    rows = [*PROJECT["dependencies"], *(row for extra in extras for row in extra)]
    return [Requirement(row) for row in rows if not row.startswith("reportedly[")]


def test_every_dependency_has_a_lower_bound_and_no_upper_one() -> None:
    for requirement in requirements():
        assert [specifier.operator for specifier in requirement.specifier] == [">="], requirement


def test_the_constraints_name_a_version_of_every_dependency_that_fits() -> None:
    pinned = {}
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.lstrip().startswith("#"):
            assert re.fullmatch(r"[\w.-]+==[\w.+!-]+( ; .*)?", line), line
            name, version = re.split(r"==| ;", line)[:2]
            pinned[name.lower().replace("_", "-")] = Version(version)
    for requirement in requirements():
        name = requirement.name.lower().replace("_", "-")
        assert name in pinned, name
        assert requirement.specifier.contains(pinned[name], prereleases=True), requirement
