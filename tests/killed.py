"""Kill a command at every line of what writes: run as `python killed.py FOLDER ARGUMENT...`.

Each time the folder is laid anew from FOLDER, a forked child runs the command in it and is killed with SIGKILL
before the N-th line of the functions that write; then what it left is recorded, and the command is run again.
Prints a line of JSON a kill: what was there after it, and after the second run.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from types import FrameType
from typing import Any

from reportedly import cli

WRITERS = {"write", "_write", "write_folder", "_new", "_notes"}


def files(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_bytes().decode("utf-8", "backslashreplace")
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def run(arguments: list[str], at: int) -> int:
    """Run the command in a child that is killed before the line with this number; returns how the child ended."""
    if (child := os.fork()) == 0:
        lines = 0

        def inner(frame: FrameType, event: str, _: Any) -> Any:
            nonlocal lines
            lines += event == "line"
            if lines == at:
                os.kill(os.getpid(), signal.SIGKILL)
            return inner

        def outer(frame: FrameType, event: str, _: Any) -> Any:
            ours = frame.f_globals.get("__name__") in ("reportedly.codec", "reportedly.cli")
            return inner if ours and frame.f_code.co_name in WRITERS else None

        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        sys.settrace(outer)
        os._exit(cli.main(arguments))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main() -> None:
    source, arguments = Path(sys.argv[1]), sys.argv[2:]
    work = source.parent / "work"
    # Once without a kill and without a fork: what is imported and compiled now, no child has to.
    shutil.copytree(source, work)
    os.chdir(work)
    with open(os.devnull, "w") as null, redirect_stdout(null), redirect_stderr(null):
        cli.main(arguments)
    at = 0
    while True:
        at += 1
        shutil.rmtree(work, ignore_errors=True)
        shutil.copytree(source, work)
        os.chdir(work)
        code = run(arguments, at)
        left = files(work)
        again = code if code == 0 else run(arguments, -1)
        print(json.dumps({"code": code, "left": left, "again": again, "after": files(work)}))
        if code != -signal.SIGKILL:
            break


if __name__ == "__main__":
    main()
