"""Environments and packages that tests fetch for themselves, and what happens where one cannot be had."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).resolve().parent.parent


def unavailable(reason: str) -> NoReturn:
    """Skip with the reason; where REPORTEDLY_CI is set, nothing may be skipped and it is a failure."""
    if os.environ.get("REPORTEDLY_CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def dependencies() -> list[str]:
    """List what the package itself needs."""
    with (ROOT / "pyproject.toml").open("rb") as stream:
        needed: list[str] = tomllib.load(stream)["project"]["dependencies"]
    return needed


def interpreter(minor: int) -> Path:
    """Find a Python 3 of this minor version: the one that runs, one on the path, or one of pyenv's."""
    if sys.version_info[1] == minor:
        return Path(sys.executable)
    found = shutil.which(f"python3.{minor}")
    kept = sorted(Path.home().glob(f".pyenv/versions/3.{minor}.*/bin/python3.{minor}"))
    for python in (*map(Path, filter(None, [found])), *kept):
        if subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode == 0:
            return python
    pytest.skip(f"there is no Python 3.{minor} on this machine")


def environment(*requirements: str, python: Path = Path(sys.executable)) -> Path:
    """Make an environment with these packages, or find the one made before; returns its Python."""
    version = subprocess.run(
        [python, "-c", "import sys; print(*sys.version_info[:2])"], capture_output=True, check=True
    )
    key = sha256(repr((version.stdout, requirements)).encode()).hexdigest()[:12]
    folder = ROOT / ".pytest_cache" / "environments" / key
    made = folder / "bin" / "python"
    if not (folder / "made").exists():
        subprocess.run([python, "-m", "venv", "--clear", folder], check=True, capture_output=True)
        # uv: four times as fast as pip for the large ones, and byte-compiled they start sooner.
        install = [sys.executable, "-m", "uv", "pip", "install", "-q", "--compile-bytecode", "--python", str(made)]
        done = subprocess.run([*install, *requirements], capture_output=True, text=True, check=False)
        if done.returncode:
            unavailable(f"{' '.join(requirements)} could not be installed: {done.stderr.strip()[-300:]}")
        (folder / "made").touch()
    return made


def npm_package(requirement: str) -> Path:
    """Fetch a package of npm without installing it, or find the one fetched before; returns its folder."""
    folder = ROOT / ".pytest_cache" / "environments" / re.sub(r"\W+", "-", requirement)
    if not (folder / "made").exists():
        if not (npm := shutil.which("npm")):
            unavailable(f"{requirement} could not be fetched: there is no npm")
        folder.mkdir(parents=True, exist_ok=True)
        words = [npm, "pack", "--silent", "--pack-destination", str(folder), requirement]
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            unavailable(f"{requirement} could not be fetched: {done.stderr.strip()[-300:]}")
        with tarfile.open(folder / done.stdout.split()[-1]) as archive:
            archive.extractall(folder, filter="data")
        (folder / "made").touch()
    return folder / "package"


def run(
    python: Path, code: str, *arguments: str | Path, cache: Path, cwd: Path | None = None, path: Sequence[Path] = ()
) -> str:
    """Run code offline with a cache of its own, away from the repository unless told; returns what it printed."""
    kept = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "LANG", "TMPDIR")}
    offline = {"HF_HOME": str(cache), "HF_HUB_OFFLINE": "1", "HF_DATASETS_DISABLE_PROGRESS_BARS": "1"}
    done = subprocess.run(
        [python, "-c", code, *map(str, arguments)],
        env={**kept, **offline, "PYTHONPATH": os.pathsep.join(map(str, path)), "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=cwd or cache,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout
