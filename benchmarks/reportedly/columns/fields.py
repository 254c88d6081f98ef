"""The fields of a JSON Schema as a flat list, for whoever walks along it: what is where, and what it is read as."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from functools import cache
from typing import Any, NamedTuple

from reportedly import contract

Node = Mapping[str, Any]


class Kind(IntEnum):
    """What a column holds of each value of a field; −1 is a value that is not there, but for the first four."""

    OBJECT = 0  # is it there?  Its fields have a row for each that is
    ARRAY = 1  # how many entries there are; these have a row each
    MAP = 2  # of labels to names: how many names there are in all; ``.key`` and ``.value`` have a row each
    WORDS = 3  # where its characters are
    LABEL = 4  # the number of its label
    NAME = 5  # the number of the string
    WHOLE = 6  # itself
    TRUTH = 7  # itself
    OTHER = 8  # 0: nobody asks but whether it is there


class Field(NamedTuple):
    """One field of a schema, or the entries of a list."""

    path: str  # such as ``claims[].count.hedge``
    kind: Kind
    node: Node  # what the schema says of it
    vocabulary: str  # of a label, and of the keys of a map
    needed: bool  # it may not be left out
    nullable: bool  # it may be null even so
    fields: dict[str, int]  # places in the list: of an object by name, of a list ``[]``, of a map ``key`` and ``value``

    @property
    def blank(self) -> int:
        """What stands in the column for a value that is not there."""
        return 0 if self.kind <= Kind.WORDS else -1


@cache
def fields(kind: str) -> tuple[Field, ...]:
    """List the fields of a schema, ``document`` or ``prediction``; first the record, and each before what is in it."""
    schema = contract.schema(kind)
    found: list[Field] = []

    def add(node: Node, path: str, needed: bool) -> int:
        nullable = "anyOf" in node
        node = node["anyOf"][0] if nullable else node
        name = str(node.get("$ref", "")).removeprefix("#/$defs/")
        node = schema["$defs"][name] if name else node
        what, vocabulary = _kind(node, name, path)
        if path == "text" and kind == "prediction":
            what = Kind.OTHER  # it is the gold's, or none
        place = len(found)
        inner: dict[str, int] = {}
        found.append(Field(path, what, node, vocabulary, needed, nullable, inner))
        if what is Kind.OBJECT:
            for field, value in node["properties"].items():
                inner[field] = add(value, f"{path}.{field}".lstrip("."), field in node.get("required", ()))
        elif what is Kind.ARRAY:
            inner["[]"] = add(node["items"], f"{path}[]", True)
        elif what is Kind.MAP:
            inner["key"] = add(node["propertyNames"], f"{path}.key", True)
            inner["value"] = add(node["additionalProperties"]["items"], f"{path}.value", True)
        return place

    add(schema, "", True)
    return tuple(found)


def _kind(node: Node, name: str, path: str) -> tuple[Kind, str]:
    types = node.get("type", "string")
    (kind,) = {types} if isinstance(types, str) else set(types) - {"null"}
    if path == "templates":  # derived
        return Kind.OTHER, ""
    if kind == "object":
        return (Kind.OBJECT, "") if "properties" in node else (Kind.MAP, _vocabulary(node["propertyNames"]))
    if kind in ("array", "integer", "boolean"):
        return {"array": Kind.ARRAY, "integer": Kind.WHOLE, "boolean": Kind.TRUTH}[kind], ""
    if path == "text" or path.endswith(".text"):
        return Kind.WORDS, ""
    if "enum" in node:
        return Kind.LABEL, name
    return (Kind.NAME if name == "id" or path.endswith((".country", ".timex")) else Kind.OTHER), ""


def _vocabulary(node: Node) -> str:
    return str(node["$ref"]).removeprefix("#/$defs/")
