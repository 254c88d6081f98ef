"""Fuzzing the one door: whatever the bytes, `codec.read` gives documents or problems, and nothing else.

Atheris drives it (``scripts/fuzz.py``), guided by the coverage of the package, in two ways: over raw bytes, and over documents whose
JSON is changed in a place or two, so that what is behind the parser is reached as well.  What it finds is put into
``found/`` and replayed by every ordinary test run, which needs no Atheris: `let_in` is the whole of what is held.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from reportedly import checks, codec, contract
from reportedly.model import Document, Problem

FOUND = Path(__file__).resolve().parent / "found"
EXAMPLES = contract.folder("schema") / "examples"
GOLD = {d.id: d for path in sorted((EXAMPLES / "valid").iterdir()) for d in codec.load(path)}
RULES = set(checks.RULES) | set(codec.FORM)


def seeds() -> list[Path]:
    """List the small corpus to start from: every example of the contract, valid or not, and what was found."""
    return [p for p in sorted(EXAMPLES.rglob("*")) + sorted(FOUND.glob("*")) if p.is_file()]


def let_in(data: bytes, folder: Path) -> list[Document]:
    """Bring bytes in by every way there is, and hold what comes of it to what the door promises.

    Args:
        data: of a file.
        folder: where the file is written; on a file system in memory this is quick.

    Returns:
        The documents that came in, by all ways together.

    Raises:
        AssertionError: a promise is broken; anything else that is raised is one too.
    """
    documents: list[Document] = []
    for name, gold in (("x.json", None), ("x.jsonl", None), ("x.json", GOLD), ("x.jsonl", GOLD)):
        path = folder / name
        path.write_bytes(data)
        read, wrong = codec.read(path, gold=gold)
        assert read or wrong, "neither a document nor a problem"
        for problem in wrong:
            _tells(problem, path, data)
        for document in read:
            _comes_back(document, folder, gold)
        documents += read
    path = folder / "x.other"
    path.write_bytes(data)
    for problem in codec.values(path)[1]:
        _tells(problem, path, data)
    return documents


def _tells(problem: Problem, path: Path, data: bytes) -> None:
    """Hold a problem to naming file, line, document, place and rule, in one printable line."""
    assert problem.file == str(path)
    assert 1 <= problem.line <= data.count(b"\n") + 1, problem
    assert problem.rule in RULES, problem.rule
    assert problem.message
    told = str(problem)
    assert len(told) < 1000 + len(problem.file), told
    assert len(told.splitlines()) == 1, told
    told.encode("utf-8")
    assert not codec.CONTROL.search(told), told


def _comes_back(document: Document, folder: Path, gold: dict[str, Document] | None) -> None:
    """Hold a document to being the same after it was written and read, as a line and as a page."""
    if not all(span.located for _, span in document.spans()):
        return  # a wrong answer has no place that could be written
    for name, written in (("y.jsonl", codec.line(document) + "\n"), ("y.json", codec.page(document))):
        again = folder / name
        again.write_text(written, encoding="utf-8", newline="\n")
        assert codec.read(again, gold=gold) == ([document], []), "written and read it is another document"


# --- documents whose JSON is changed ------------------------------------------------------------

ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 64, 10**8, 10**10, 10**18, 10**30, 1.5, 1e300, float("nan"), float("inf")),
    *("", " ", "x", "\n", "a\n", "\0", "\x85", "\u2028", "\ud800", "\U0001f468\u200d\U0001f469", "e\u0301", "\ufeff"),
    *("..", "a/b", "~0", "é" * 90, "2011-02-30", "XXXX-WXX-2TEV", [], {}, [[]], [{}], {"": None}, {"~/": 1}),
)


def changed(value: Any, chance: random.Random) -> Any:
    """Return JSON with one place changed: left out, doubled, moved, replaced by something odd or by another part."""
    places: list[tuple[Any, Any]] = []

    def walk(inner: Any) -> None:
        for key in list(inner) if isinstance(inner, dict) else range(len(inner)):
            places.append((inner, key))
            if isinstance(inner[key], dict | list):
                walk(inner[key])

    if not isinstance(value, dict | list):
        return chance.choice(ODD)
    walk(value)
    if not places:
        return chance.choice(ODD)
    holder, key = chance.choice(places)
    what = chance.randrange(7)
    old = holder[key]
    if what == 0:
        del holder[key]
    elif what == 1 and isinstance(holder, list):
        holder.insert(chance.randrange(len(holder) + 1), old)
    elif what == 2:
        source, place = chance.choice(places)
        holder[key] = json.loads(json.dumps(source[place])) if place in _keys(source) else None
    elif what == 3 and isinstance(old, int):
        holder[key] = old + chance.choice((-1, 1, 2, -(10**6), 10**9))
    elif what == 4 and isinstance(old, str):
        vocabulary = [label for name in contract.vocabulary() if name != "version" for label in contract.labels(name)]
        holder[key] = chance.choice((*vocabulary, old + chance.choice(("\n", " ", "x")), old[1:], old * 3))
    elif what == 5 and isinstance(holder, dict):
        holder[chance.choice((*map(str, map(_key, places)), "", "\n", "é", "~1"))] = old
    else:
        holder[key] = chance.choice(ODD)
    return value


def _keys(holder: Any) -> Any:
    return holder if isinstance(holder, dict) else range(len(holder))


def _key(place: tuple[Any, Any]) -> Any:
    return place[1]


def redrawn(data: bytes, seed: int) -> bytes | None:
    """Change the JSON that bytes hold, in one to three places; None if they hold none."""
    chance = random.Random(seed)
    lines = data.split(b"\n") if chance.randrange(4) == 0 else [data]
    at = chance.randrange(len(lines))
    try:
        value = json.loads(lines[at])
        for _ in range(chance.randrange(1, 4)):
            value = changed(value, chance)
        # Escaped, what is no character can be written too; unescaped, the rest is read another way.
        lines[at] = json.dumps(value, ensure_ascii=True).encode()
        if chance.randrange(2):
            lines[at] = json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
    except (ValueError, RecursionError):
        return None
    return b"\n".join(lines)
