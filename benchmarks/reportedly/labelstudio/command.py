"""`reportedly labelstudio`: what is said before and after a sync.

The token comes from LABEL_STUDIO_API_KEY and goes nowhere but into the request's header.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec

from reportedly import codec, contract, corpus, systems
from reportedly.labelstudio import sync
from reportedly.labelstudio.server import Studio, StudioError
from reportedly.model import Document, Invalid, Problem


def run(arguments: argparse.Namespace) -> int:
    """Carry out init, push, pull or status.

    Raises:
        ValueError: something on the command line or in the environment is not right.
        StudioError: the server.
        Invalid: the documents or passes.
    """
    if not 3 <= len(arguments.project) <= 50:
        raise ValueError("a project's title has 3 to 50 characters")
    shown, version = _shown(arguments.show)
    token = os.environ.get("LABEL_STUDIO_API_KEY", "")
    if not token:
        raise ValueError("set LABEL_STUDIO_API_KEY to an access token; the server has it under Account & Settings")
    url = arguments.url or os.environ.get("LABEL_STUDIO_URL") or "http://localhost:8080"
    try:
        with Studio(url.rstrip("/"), token, float(arguments.timeout)) as studio:
            return _act(studio, arguments, shown, version)
    except StudioError as error:
        # A server, or a proxy before it, may send back what it was sent.
        raise StudioError(str(error).replace(token, "***")) from None


def _act(studio: Studio, arguments: argparse.Namespace, shown: Callable[[Document], Document], version: str) -> int:
    if arguments.action == "init":
        return _say(sync.init(studio, arguments.project), "the project is up to date")
    paths = corpus.files(arguments.documents or [contract.folder("corpus") / "articles"])
    broken: list[Problem] = []
    shelf = sync.Shelf(codec.stream(*paths, problems=broken))
    if broken:
        raise Invalid(broken)
    folder = Path(arguments.passes)
    project = sync.project_of(studio, arguments.project)
    if arguments.action == "status":
        return _status(sync.look(studio, project, shelf, folder))
    with sync.alone(folder):
        if arguments.action == "push":
            done = sync.push(studio, project, shelf, folder, shown, version, ours=arguments.ours, progress=_progress)
            return _say(done, "nothing to push")
        done, problems = sync.pull(studio, project, shelf, folder, theirs=arguments.theirs, merge=arguments.merge)
        for problem in problems:
            _tell(str(problem))
        return _say(done, "nothing to pull") or int(bool(problems))


def _shown(name: str) -> tuple[Callable[[Document], Document], str]:
    """Tell what a task shows, and the name under which the server keeps it."""
    if name == "gold":
        return (lambda document: document), "gold"
    if name == "nothing":
        return (lambda document: msgspec.structs.replace(document, entities=(), events=(), claims=())), "nothing"
    if name in systems.SYSTEMS:
        return (lambda document: systems.predict(name, document)), name
    raise ValueError(f"--show is gold, nothing, or one of {', '.join(systems.SYSTEMS)}; not {name!r}")


def _tell(line: str) -> None:
    print("".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in line), file=sys.stderr)


def _say(done: sync.Done, nothing: str) -> int:
    for line in done.done:
        print(line)
    for line in (*done.noted, *done.left):
        _tell(line)
    if not (done.done or done.left):
        _tell(nothing)
    return 1 if done.left else 0


def _status(found: Iterable[sync.Sent | sync.Pass]) -> int:
    """Print where every document and every pass stands; exit 1 if something wants a decision."""
    from reportedly.report import table

    rows = []
    for one in found:
        if isinstance(one, sync.Sent):
            rows.append([one.document, "task", one.state, one.detail])
        else:
            said = str(one.problems[0]) if one.problems else one.detail
            rows.append([one.document, one.annotator, one.state, said])
    print(table(("document", "pass", "state", ""), sorted(rows), width=140))
    wrong = {"conflict", "invalid", "text changed", "newer schema", "duplicate", "missing"}
    return 1 if wrong & {row[2] for row in rows} else 0


def _progress(rows: Iterable[Any], what: str, total: int) -> Iterable[Any]:
    """Show a bar on a terminal, and nothing elsewhere."""
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    return track(rows, what, total, console=console, disable=not console.is_terminal)
