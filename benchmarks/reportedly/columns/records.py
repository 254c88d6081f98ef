"""Typed decoding: a record of JSON as objects of the types that its JSON Schema describes.

The types are made from ``schema/`` itself, so that there is nothing to keep equal by hand.  What a
type can say is checked while decoding; what only JSON Schema can say (the payload of a claim, the
form of an id) is looked at by `reportedly.columns.sound`.  A record that does not fit is None here
and goes the careful way, through `reportedly.codec`, which says what is wrong with it.

A field that is left out is UNSET and not its default: written again, a record has the keys it came
with, and a key that stood twice shows: of the two only one is left, and one colon less.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
import numpy as np
from msgspec import UNSET, Meta, UnsetType

from reportedly import codec, contract
from reportedly.columns import loop

if TYPE_CHECKING:
    from reportedly.columns.tables import Table

_BOUNDS = {
    "minimum": "ge",
    "maximum": "le",
    "minLength": "min_length",
    "minItems": "min_length",
    "maxItems": "max_length",
}
_PLAIN = {"string": str, "integer": int, "boolean": bool}


@cache
def _decoder(kind: str) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(record_type(kind))


def decoded(data: bytes, kind: str) -> Any:
    """Decode a record; None has to be looked into by the careful way, as has one with other colons than `colons`.

    Args:
        data: the JSON of one record.
        kind: ``document`` or ``prediction``.
    """
    if len(data) > codec.MAX_ITEMS:  # with fewer bytes there cannot be too many
        return None
    try:
        return _decoder(kind).decode(data)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def colons(data: Sequence[bytes]) -> Table:
    """Count the colons of records; −1 for one in which a colon may be escaped."""
    return count_colons(np.frombuffer(b"".join(data), np.uint8), np.cumsum([0, *map(len, data)]))


@loop
def count_colons(data: Table, ends: Table) -> Table:
    """Count the colons of records that stand one after the other; −1 for one with an escape of 0 to ?, as a colon's."""
    found = np.zeros(len(ends) - 1, np.int64)
    for d in range(len(found)):
        record = data[ends[d] : ends[d + 1]]
        colons, escaped = 0, False
        for i in range(len(record)):
            colons += record[i] == 58
        for i in range(len(record) - 4):  # behind an escape there is at least the end of its string
            escaped |= (
                (record[i] == 92)
                & (record[i + 1] == 117)
                & (record[i + 2] == 48)
                & (record[i + 3] == 48)
                & (record[i + 4] == 51)
            )
        found[d] = -1 if escaped else colons
    return found


@cache
def record_type(kind: str) -> type[msgspec.Struct]:
    """Make the type of a JSON Schema, ``document`` or ``prediction``; fields keep their names but for ``pass_``."""
    schema = contract.schema(kind)
    made: dict[str, Any] = {}

    def of(node: Mapping[str, Any], name: str) -> Any:
        if reference := node.get("$ref"):
            name = reference.removeprefix("#/$defs/")
            if name not in made:
                made[name] = of(schema["$defs"][name], name)
            return made[name]
        if "enum" in node or "const" in node:
            return Literal[tuple(node.get("enum") or [node["const"]])]
        if "anyOf" in node:
            return of(node["anyOf"][0], name) | None
        kinds = node["type"] if isinstance(node["type"], list) else [node["type"]]
        if "null" in kinds:
            (other,) = set(kinds) - {"null"}
            return of({**node, "type": other}, name) | None
        if kinds == ["object"]:
            return mapping(node, name)
        bounds = {_BOUNDS[word]: bound for word, bound in node.items() if word in _BOUNDS}
        # Ids are many, and the same in most reports: whoever numbers them looks at each form once.
        if "pattern" in node and name != "id":
            bounds["pattern"] = contract.python_pattern(node["pattern"])
        inner = list[of(node["items"], name)] if kinds == ["array"] else _PLAIN[kinds[0]]  # type: ignore[misc]
        return Annotated[inner, Meta(**bounds)] if bounds else inner

    def mapping(node: Mapping[str, Any], name: str) -> Any:
        if "properties" not in node:
            values = node.get("additionalProperties")
            keys = of(node["propertyNames"], name) if "propertyNames" in node else str
            return dict[keys, of(values, name) | None] if values else dict[keys, Any]  # type: ignore[misc,valid-type]
        fields: list[Any] = []
        for field, inner in node["properties"].items():
            kind = of(inner, f"{name}.{field}")
            given = (f"{field}_", kind) if field == "pass" else (field, kind)
            # A field that is null counts as left out, unless it has to be there.
            fields.append(given if field in node.get("required", ()) else (given[0], kind | None | UnsetType, UNSET))
        return msgspec.defstruct(
            name, fields, kw_only=True, forbid_unknown_fields=True, gc=False, rename={"pass_": "pass"}
        )

    made["document"] = mapping(schema, "Document")
    return made["document"]
