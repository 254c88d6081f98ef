"""Documents in Arrow: nested columns, as Parquet holds them, read into columns of numbers without an object a field.

They are walked along the fields of the schema; what a row has that the schema would not let pass, or
that is not plainly of the type it wants, costs the row its place on the fast path and nothing else:
`codec.row` writes any row as the JSON that it stands for, for the careful way.  Templates are
derived and are not read from a table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from reportedly import codec, contract
from reportedly.columns.fields import Field, Kind, fields
from reportedly.columns.packed import characters
from reportedly.columns.sound import is_day
from reportedly.columns.tables import NONE, Columns, Numbered, place
from reportedly.model import LAYERS

if TYPE_CHECKING:
    from reportedly.columns.tables import Table

_FREE = (".country", ".timex")  # names that are no ids
# Characters of a text, and entries of a document, that are left to the careful way: it counts all that is in an entry.
_LONG = 1_000_000
_MANY = codec.MAX_ITEMS // 25


def columns(batch: pa.RecordBatch, kind: str, strings: Numbered) -> Columns:
    """Read a batch of documents.

    Args:
        batch: a document a row, in nested columns.  A row of predictions without an id has nothing in it.
        kind: ``document`` or ``prediction``.
        strings: the numbering of both sides.
    """
    size = batch.num_rows
    walk = _Walk(fields(kind), strings, size)
    whole = pa.StructArray.from_arrays(batch.columns, names=batch.schema.names)
    walk.walk(walk.fields[0], whole, _Rows(np.arange(size), None))
    if kind == "prediction":
        walk.laid |= ~_is_valid(batch.column("id"))
    else:
        walk.laid &= walk.by_path["text"] & 0xFFFFFFFF < _LONG
    walk.laid &= walk.entries < _MANY
    return Columns(walk.by_path, np.concatenate([np.empty(0, np.uint32), *walk.points]), walk.laid)


def strings(batch: pa.RecordBatch, name: str) -> pa.Array:
    """Give a column of strings; what is none, or not there, is null."""
    column = batch.column(name) if name in batch.schema.names else pa.nulls(batch.num_rows)
    return column.cast(pa.large_string()) if _is_text(column.type) else pa.nulls(batch.num_rows, pa.large_string())


def agree(gold: pa.RecordBatch, predicted: pa.RecordBatch, name: str) -> Table:
    """Tell of answers whether a string is the document's, or not there."""
    same = pc.fill_null(pc.equal(strings(predicted, name), strings(gold, name)), True)
    found: Table = same.to_numpy(zero_copy_only=False)
    return found


def missing(predicted: pa.RecordBatch) -> Iterator[tuple[str, ...] | None]:
    """Name the layers that each answer leaves out; None for an answer that is not there."""
    layers = {name: predicted.column(name) if name in predicted.schema.names else None for name in LAYERS}
    ids = strings(predicted, "id")
    if not ids.null_count and not any(layer is None or layer.null_count for layer in layers.values()):
        yield from [()] * len(ids)
        return
    for i, there in enumerate(ids.is_valid().to_pylist()):
        left = (name for name, layer in layers.items() if layer is None or not layer[i].is_valid)
        yield tuple(left) if there else None


class _Rows(NamedTuple):
    """The values of a column that count: those whose owners are there."""

    of: Table  # of which document each is
    which: Table | None  # their places in the column; None if it is all

    def some(self, of_column: Table) -> Table:
        """Take the values that count of what was worked out for all."""
        return of_column if self.which is None else of_column[self.which]


class _Walk:
    """One walk along a schema; fills the columns, and tells which documents are in order."""

    def __init__(self, listed: tuple[Field, ...], strings: Numbered, size: int) -> None:
        self.fields, self.strings = listed, strings
        self.laid = np.ones(size, np.bool_)
        self.entries = np.zeros(size, np.int64)
        self.by_path: dict[str, Table] = {}
        self.points: list[Table] = []
        self._written = 0

    def refuse(self, of: Table, bad: Table) -> None:
        """Leave documents to the careful way of which something is bad."""
        self.laid[of[bad]] = False

    def walk(self, field: Field, column: pa.Array | None, rows: _Rows) -> None:
        """Take a column apart.

        Args:
            field: what it holds.
            column: its values; None if there is no such column.
            rows: which of them count.
        """
        if field.path == "templates":
            column = None
        if column is None:
            if field.needed:
                self.laid[rows.of] = False
        elif column.null_count and field.needed and not field.nullable:
            self.refuse(rows.of, ~rows.some(_is_valid(column)))
        if column is not None and not _READ[field.kind](column.type):
            self.refuse(rows.of, rows.some(_is_valid(column)))
            column = None
        if column is None or (field.path == "text" and field.kind is Kind.OTHER):  # the gold's: compared as a whole
            self._nothing(field, len(rows.of))
        elif field.kind is Kind.OBJECT:
            self._object(field, column, rows)
        elif field.kind is Kind.ARRAY:
            self._array(field, column, rows)
        elif field.kind is Kind.MAP:
            self._map(field, column, rows)
        elif field.kind is Kind.WORDS:
            self._words(field, column, rows)
        elif field.kind in (Kind.WHOLE, Kind.TRUTH):
            self._whole(field, column, rows)
        else:
            self._string(field, column, rows)

    def _nothing(self, field: Field, size: int) -> None:
        """Fill a column with what stands for nothing; what would be in it has no rows."""
        entry = field.kind is Kind.OBJECT and field.path.endswith("[]")
        self.by_path[field.path] = np.full(size, 1 if entry else field.blank)
        for number in field.fields.values():
            self._nothing(self.fields[number], size if entry else 0)

    def _object(self, field: Field, column: pa.Array, rows: _Rows) -> None:
        inner = rows
        if not column.null_count or field.path.endswith("[]"):
            # An entry that is null keeps its row, and costs its document its place.
            self.by_path[field.path] = np.ones(len(rows.of), np.int64)
        else:
            valid = _is_valid(column)
            there = rows.some(valid)
            self.by_path[field.path] = there.astype(np.int64)
            which = np.flatnonzero(valid) if rows.which is None else rows.which[there]
            inner = _Rows(rows.of[there], which)
        known = {each.name: i for i, each in enumerate(column.type)}
        for name, number in field.fields.items():
            part = pc.struct_field(column, [known.pop(name)]) if name in known else None
            self.walk(self.fields[number], part, inner)
        for i in known.values():  # fields that the schema does not know
            self.refuse(inner.of, inner.some(_is_valid(pc.struct_field(column, [i]))))

    def _array(self, field: Field, column: pa.Array, rows: _Rows) -> None:
        # What does not count is null here, as its owner is, and has no entries.
        sizes = rows.some(pc.fill_null(pc.list_value_length(column), 0).to_numpy(zero_copy_only=False).astype(np.int64))
        if least := field.node.get("minItems", 0):
            self.refuse(rows.of, rows.some(_is_valid(column)) & (sizes < least))
        self.refuse(rows.of, sizes > field.node.get("maxItems", codec.MAX_ITEMS))
        inner = np.repeat(rows.of, sizes)
        self.by_path[field.path] = sizes
        self.entries += np.bincount(inner, minlength=len(self.entries))
        self.walk(self.fields[field.fields["[]"]], column.flatten(), _Rows(inner, None))

    def _map(self, field: Field, column: pa.Array, rows: _Rows) -> None:
        """Take apart a struct whose fields are labels, such as the roles of arguments: each a list."""
        value = self.fields[field.fields["value"]]
        labels = contract.labels(field.vocabulary)
        keys: list[Table] = [np.empty(0, np.int64)]
        values, owners = keys.copy(), keys.copy()
        for i, each in enumerate(column.type):
            part = pc.struct_field(column, [i])
            if each.name not in labels:
                self.refuse(rows.of, rows.some(_is_valid(part)))
                continue
            path = f"{field.path}.{each.name}"
            node = field.node["additionalProperties"]
            inner = {"[]": field.fields["value"]}
            self.walk(Field(path, Kind.ARRAY, node, "", False, False, inner), part, rows)
            owners.append(np.repeat(np.arange(len(rows.of)), self.by_path.pop(path)))
            values.append(self.by_path[value.path])
            keys.append(np.full(len(values[-1]), labels.index(each.name)))
        owner = np.concatenate(owners)
        order = np.argsort(owner, kind="stable")
        self.by_path[field.path] = np.bincount(owner, minlength=len(rows.of))
        self.by_path[f"{field.path}.key"] = np.concatenate(keys)[order]
        self.by_path[value.path] = np.concatenate(values)[order]

    def _whole(self, field: Field, column: pa.Array, rows: _Rows) -> None:
        if not pa.types.is_signed_integer(column.type):
            column = column.cast(pa.int64(), safe=False)
        values = rows.some(pc.fill_null(column, NONE).to_numpy(zero_copy_only=False).astype(np.int64))
        if field.kind is Kind.WHOLE:
            bad = (values < field.node["minimum"]) | (values > field.node["maximum"])
            self.refuse(rows.of, bad & rows.some(_is_valid(column)) if column.null_count else bad)
        self.by_path[field.path] = values

    def _words(self, field: Field, column: pa.Array, rows: _Rows) -> None:
        """Write strings as code points."""
        if pa.types.is_dictionary(column.type) or pa.types.is_string_view(column.type):
            column = column.cast(pa.large_string())
        points, sizes = _characters(column)
        self.refuse(rows.of, rows.some(sizes) < 0)
        valid = rows.some(_is_valid(column))
        sizes = np.maximum(sizes, 0)
        at = np.cumsum(sizes) - sizes + self._written
        self.refuse(rows.of, valid & (rows.some(sizes) == 0))
        self.by_path[field.path] = np.where(valid, rows.some(place(at, sizes)), 0)
        self.points.append(points)
        self._written += len(points)

    def _string(self, field: Field, column: pa.Array, rows: _Rows) -> None:
        """Turn strings into numbers: labels by their vocabulary, ids and the like by the numbering of the batch."""
        if pa.types.is_date32(column.type):
            column = column.cast(pa.string())
        coded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
        words = coded.dictionary
        indices = rows.some(pc.fill_null(coded.indices, len(words)).to_numpy(zero_copy_only=False))
        if len(words) > len(indices):  # a dictionary of more documents than these
            used, indices = np.unique(indices, return_inverse=True)
            words = words.take(pa.array(used, mask=used == len(words)))
        words = words.to_pylist()
        if field.kind is not Kind.NAME or field.path.endswith(_FREE):  # ids are looked at where they are numbered
            passes = np.array([*(word is None or _passes(field, word) for word in words), True])
            if not passes.all():
                self.refuse(rows.of, ~passes[indices])
        if field.kind is Kind.LABEL:
            known = {label: i for i, label in enumerate(contract.labels(field.vocabulary))}
            numbers = [known.get(word, NONE) for word in words]
        else:
            numbers = self.strings.of(words) if field.kind is Kind.NAME else [0] * len(words)
        self.by_path[field.path] = np.array([*numbers, NONE], np.int64)[indices]


def _characters(column: pa.Array) -> tuple[Table, Table]:
    """Write strings as code points; gives these, and how many each has, −1 where one is a control character."""
    wide = np.int64 if pa.types.is_large_string(column.type) else np.int32
    _, offsets, data = column.buffers()
    ends = np.zeros(len(column) + 1, np.int64)
    if offsets is not None and len(column):
        ends[:] = np.frombuffer(offsets, wide)[column.offset : column.offset + len(column) + 1]
    if data is None:
        return np.empty(0, np.uint32), np.zeros(len(column), np.int64)
    return characters(np.frombuffer(data, np.uint8), ends)


def _is_valid(column: pa.Array) -> Table:
    found: Table = column.is_valid().to_numpy(zero_copy_only=False)
    return found


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind))


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _is_word(kind: pa.DataType) -> bool:
    return _is_text(kind) or bool(pa.types.is_date32(kind))


_READ = {
    Kind.OBJECT: pa.types.is_struct,
    Kind.ARRAY: _is_list,
    Kind.MAP: pa.types.is_struct,
    Kind.WORDS: _is_text,
    Kind.LABEL: _is_word,
    Kind.NAME: _is_word,
    Kind.WHOLE: pa.types.is_integer,
    Kind.TRUTH: pa.types.is_boolean,
    Kind.OTHER: _is_word,
}


def _passes(field: Field, word: str) -> bool:
    """Tell whether a string is what the schema wants."""
    node = field.node
    if "enum" in node or "const" in node:
        return word in (node.get("enum") or [node["const"]])
    if field.path == "sha256" and field.needed:  # it is computed
        return True
    if "pattern" in node:  # none of which lets a control character pass
        return _has_form(node["pattern"], word) and (field.path != "metadata.published" or is_day(word))
    return len(word) >= node.get("minLength", 0) and not codec.CONTROL.search(word)


@lru_cache(maxsize=10_000)  # an answer has the id of its document
def _has_form(wanted: str, word: str) -> bool:
    return _pattern(wanted).search(word) is not None


@cache
def _pattern(wanted: str) -> re.Pattern[str]:
    return re.compile(contract.python_pattern(wanted))
