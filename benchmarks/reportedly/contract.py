"""The contract as data: vocabularies, JSON Schemas, and where they lie.

One function finds ``schema/`` and ``corpus/`` in a checkout or in an installed wheel; nothing
else in the package knows a path.  Labels are read from ``schema/vocabulary.json`` and written
nowhere in the code as lists.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    import jsonschema_rs
    from jsonschema.protocols import Validator


def folder(name: str) -> Path:
    """Find a data folder of the project.

    Args:
        name: ``schema`` or ``corpus``.

    Returns:
        The folder inside the installed package, or beside ``benchmarks/`` in a checkout.

    Raises:
        FileNotFoundError: neither is there; the installation is broken.
    """
    here = Path(__file__).resolve().parent
    for candidate in (here / "_data" / name, here.parent.parent / name):
        if candidate.is_dir():
            return candidate
    raise FileNotFoundError(f"reportedly is installed without its {name}/ folder")


class HedgeRow(msgspec.Struct, frozen=True):
    """One row of the published hedge table; ends are named formulas (see `intervals.END`)."""

    label: str
    means: str
    cues: tuple[str, ...]
    n: tuple[int, ...]
    low: str
    low_end: str
    high: str
    high_end: str
    test: str


class VagueRow(msgspec.Struct, frozen=True):
    """One word of the vague lexicon with the bounds it stands for; null is open or unknown."""

    word: str
    low: int | None
    high: int | None
    test: str


@cache
def vocabulary() -> dict[str, Any]:
    """Read the vocabularies as plain data."""
    loaded: dict[str, Any] = json.loads((folder("schema") / "vocabulary.json").read_bytes())
    return loaded


@cache
def labels(name: str) -> tuple[str, ...]:
    """List the labels of one vocabulary, in the order in which their tests are tried."""
    return tuple(row.get("label") or row["word"] for row in vocabulary()[name])


@cache
def hedges() -> dict[str, HedgeRow]:
    """Map each hedge to its row of the table."""
    return {r.label: r for r in msgspec.convert(vocabulary()["hedge"], list[HedgeRow])}


@cache
def vague_words() -> dict[str, VagueRow]:
    """Map each vague word to its row of the lexicon."""
    return {r.word: r for r in msgspec.convert(vocabulary()["vague_word"], list[VagueRow])}


@cache
def permitted(name: str, column: str) -> dict[str, frozenset[str]]:
    """Map each label of a vocabulary to the labels its column allows, such as metric to events."""
    return {row["label"]: frozenset(row[column]) for row in vocabulary()[name]}


def schema(name: str) -> dict[str, Any]:
    """Read a JSON Schema: ``document`` or ``prediction``."""
    loaded: dict[str, Any] = json.loads((folder("schema") / f"{name}.schema.json").read_bytes())
    return loaded


def python_pattern(wanted: str) -> str:
    """Write a schema's pattern for Python, whose ``$`` would let a last line break pass: an id is not to have one."""
    return re.sub(r"\$$", r"\\Z", wanted)


@cache
def validator(name: str) -> Validator:
    """Compile a JSON Schema once."""
    from jsonschema import Draft202012Validator, ValidationError
    from jsonschema.validators import extend

    def pattern(_: object, wanted: str, instance: object, __: object) -> Iterator[ValidationError]:
        if isinstance(instance, str) and not re.search(python_pattern(wanted), instance):
            yield ValidationError(f"{instance!r} does not match {wanted!r}")

    return extend(Draft202012Validator, {"pattern": pattern})(schema(name))  # type: ignore[no-untyped-call,no-any-return]


@cache
def _compiled(name: str) -> jsonschema_rs.Draft202012Validator:
    import jsonschema_rs

    return jsonschema_rs.Draft202012Validator(schema(name))


def conforms(name: str, value: Any) -> bool:
    """Tell fast whether a value fits a JSON Schema: True is certain, False has to be looked into.

    A hundred times as fast as `validator`, whose words explain what is wrong.  What this one cannot
    even hold, such as a number beyond all bounds, is left to the other.
    """
    try:
        return _compiled(name).is_valid(value)
    except (ValueError, TypeError):
        return False


def with_labels(source: dict[str, Any]) -> dict[str, Any]:
    """Return a JSON Schema whose label definitions are those of the vocabularies."""
    definitions = {
        name: {"enum": list(labels(name))} for name in vocabulary() if name not in ("version", "stance", "relation")
    }
    kept = {k: v for k, v in source["$defs"].items() if k not in definitions}
    return {**source, "$defs": {**kept, **definitions}}
