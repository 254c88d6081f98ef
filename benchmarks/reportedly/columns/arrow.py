"""Documents in Arrow: nested columns, as Parquet holds them, read into tables without a Python object a field.

The columns are walked along the JSON Schema; what a row has that the schema would not let pass, or
that is not plainly of the type it wants, costs the row its place on the fast path and nothing else:
`codec.row_json` writes any row as the JSON that it stands for, for the careful way.  Templates are
derived and are not read from a table.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from reportedly import codec, contract
from reportedly.columns import tables
from reportedly.columns.labels import labels, maps
from reportedly.columns.sound import is_day
from reportedly.columns.tables import NONE, Numbered, Side
from reportedly.derivation import day

if TYPE_CHECKING:
    from reportedly.columns.tables import Table

Node = Mapping[str, Any]


# --- walking ----------------------------------------------------------------------------------


class _Walk:
    """One walk along a schema; fills what was found, by path, and which documents are in order."""

    def __init__(self, kind: str, strings: Numbered, size: int) -> None:
        self.definitions = contract.schema(kind)["$defs"]
        self.strings = strings
        self.laid = np.ones(size, np.bool_)
        self.items = np.zeros(size, np.int64)
        self.sizes: dict[str, Table] = {}
        self.there: dict[str, Table] = {}
        self.numbers: dict[str, Table] = {}
        self.words: dict[str, tuple[Table, Table]] = {}  # code points, lengths

    def refuse(self, of: Table, bad: Table) -> None:
        """Leave documents to the careful way of which something is bad."""
        self.laid[of[bad]] = False

    def walk(self, node: Node, column: pa.Array | None, of: Table, path: str, needed: Table) -> None:
        """Take a column apart.

        Args:
            node: what the schema says of its values.
            column: a value each; None if there is no such column.
            of: of which document each is.
            path: its place, such as ``claims.count.hedge``.
            needed: of each, whether it may not be null.
        """
        if name := str(node.get("$ref", "")).removeprefix("#/$defs/"):
            self.walk({"name": name, **self.definitions[name]}, column, of, path, needed)
            return
        kinds = node.get("type", "string")
        kind = kinds if isinstance(kinds, str) else next(each for each in kinds if each != "null")
        if column is None:
            self.refuse(of, needed)
        elif "anyOf" not in node and column.null_count:  # what is one thing or null may be null
            self.refuse(of, needed & ~_is_valid(column))
        if column is not None and pa.types.is_null(column.type):
            column = None
        if "anyOf" in node:
            self.walk({**node["anyOf"][0]}, column, of, path, np.zeros(len(of), np.bool_))
        elif kind == "object" and "properties" in node:
            self._object(node, column, of, path)
        elif kind == "object":
            self._map(node, column, of, path)
        elif kind == "array":
            self._array(node, column, of, path)
        elif kind in ("integer", "boolean"):
            self._whole(node, column, of, path, kind == "boolean")
        elif path == "text" or path.endswith(".text"):
            self._words(column, of, path)
        else:
            self._string(node, column, of, path)

    def _object(self, node: Node, column: pa.Array | None, of: Table, path: str) -> None:
        there = np.zeros(len(of), np.bool_) if column is None else _is_valid(column)
        if column is not None and not pa.types.is_struct(column.type):
            self.refuse(of, there)
            column, there = None, np.zeros(len(of), np.bool_)
        if path.endswith("[]"):
            there = np.ones(len(of), np.bool_)  # an entry that is null keeps its row, and costs its document its place
        elif column is not None and not there.all():
            column = column.drop_null()
        self.there[path] = there
        inner = of[there]
        known = {} if column is None else {field.name: i for i, field in enumerate(column.type)}
        for name, value in node["properties"].items():
            if name == "templates":
                known.pop(name, None)
                continue
            part = None
            if name in known:
                part = pc.struct_field(column, [known.pop(name)])
            needed = np.full(len(inner), name in node.get("required", ()))
            self.walk(value, part, inner, f"{path}.{name}".lstrip("."), needed)
        for i in known.values():  # fields that the schema does not know
            self.refuse(inner, _is_valid(pc.struct_field(column, [i])))

    def _map(self, node: Node, column: pa.Array | None, of: Table, path: str) -> None:
        """Take apart a struct whose fields are labels, such as the roles of arguments: each a list."""
        parts = []
        if column is not None and not pa.types.is_struct(column.type):
            self.refuse(of, _is_valid(column))
        elif column is not None:
            labels = contract.labels(str(node["propertyNames"]["$ref"]).removeprefix("#/$defs/"))
            for i, field in enumerate(column.type):
                part = pc.struct_field(column, [i])
                if field.name not in labels:
                    self.refuse(of, _is_valid(part))
                    continue
                inner = f"{path}.{field.name}"
                self.walk(node["additionalProperties"], part, of, inner, np.zeros(len(of), np.bool_))
                parts.append((labels.index(field.name), inner))
        owners = [np.repeat(np.arange(len(of)), self.sizes[inner]) for _, inner in parts]
        owner = np.concatenate([*owners, np.empty(0, np.int64)]).astype(np.int64)
        order = np.argsort(owner, kind="stable")
        roles = [np.full(len(each), role, np.int64) for each, (role, _) in zip(owners, parts, strict=True)]
        fillers = [self.numbers[f"{inner}[]"] for _, inner in parts]
        self.numbers[f"{path}.role"] = np.concatenate([*roles, np.empty(0, np.int64)])[order]
        self.numbers[f"{path}.entity"] = np.concatenate([*fillers, np.empty(0, np.int64)])[order]
        self.sizes[path] = np.bincount(owner, minlength=len(of))

    def _array(self, node: Node, column: pa.Array | None, of: Table, path: str) -> None:
        if column is not None and not (pa.types.is_list(column.type) or pa.types.is_large_list(column.type)):
            self.refuse(of, _is_valid(column))
            column = None
        if column is None:
            sizes, parts = np.zeros(len(of), np.int64), None
        else:
            given = _is_valid(column)
            sizes = pc.fill_null(pc.list_value_length(column), 0).to_numpy(zero_copy_only=False).astype(np.int64)
            parts = column.flatten()
            self.refuse(of, given & (sizes < node.get("minItems", 0)))
            self.refuse(of, sizes > node.get("maxItems", codec.MAX_ITEMS))
        inner = np.repeat(of, sizes)
        self.sizes[path] = sizes
        self.items += np.bincount(inner, minlength=len(self.items))
        self.walk(node["items"], parts, inner, f"{path}[]", np.ones(len(inner), np.bool_))

    def _whole(self, node: Node, column: pa.Array | None, of: Table, path: str, truth: bool) -> None:
        wanted = pa.types.is_boolean if truth else pa.types.is_integer
        if column is not None and not wanted(column.type):
            self.refuse(of, _is_valid(column))
            column = None
        if column is None:
            self.numbers[path] = np.full(len(of), NONE)
            return
        if truth or pa.types.is_unsigned_integer(column.type):
            column = column.cast(pa.int64(), safe=False)
        values = pc.fill_null(column, NONE).to_numpy(zero_copy_only=False).astype(np.int64)
        if not truth:
            given = _is_valid(column)
            self.refuse(of, given & ((values < node["minimum"]) | (values > node["maximum"])))
        self.numbers[path] = values

    def _words(self, column: pa.Array | None, of: Table, path: str) -> None:
        """Take stretches of the text as they are; nobody compares them but with the text."""
        if column is None or not _is_string(column.type):
            if column is not None:
                self.refuse(of, _is_valid(column))
            self.words[path] = np.empty(0, np.uint32), np.zeros(len(of), np.int64)
            return
        lengths = pc.fill_null(pc.utf8_length(column), 0).to_numpy(zero_copy_only=False).astype(np.int64)
        self.refuse(of, (lengths == 0) & _is_valid(column))
        joined = "".join(column.drop_null().to_pylist())
        self.words[path] = np.frombuffer(joined.encode("utf-32-le"), np.uint32), lengths

    def _string(self, node: Node, column: pa.Array | None, of: Table, path: str) -> None:
        """Turn strings into numbers: labels by their vocabulary, ids and the like by the numbering of the batch."""
        if column is not None and pa.types.is_date32(column.type):
            column = column.cast(pa.string())
        if column is not None and not _is_string(column.type):
            self.refuse(of, _is_valid(column))
            column = None
        if column is None:
            self.numbers[path] = self.numbers[f"{path}.day"] = np.full(len(of), NONE)
            return
        coded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
        words = coded.dictionary.to_pylist()
        indices = pc.fill_null(coded.indices, len(words)).to_numpy(zero_copy_only=False)
        passes = np.array([*(_passes(node, word) for word in words), True])
        if path == "metadata.published":
            passes &= np.array([*(word is None or is_day(word) for word in words), True])
        if not passes.all():
            self.refuse(of, ~passes[indices])
        vocabulary = node.get("name", "")
        if "enum" in node and vocabulary:
            known = {label: i for i, label in enumerate(contract.labels(vocabulary))}
            numbers = [known.get(word, NONE) for word in words]
        elif path.endswith(".timex"):
            days = self.strings.of([None if word is None else day(word) for word in words])
            self.numbers[f"{path}.day"] = np.array([*days, NONE], np.int64)[indices]
            numbers = list(range(len(words)))
        elif vocabulary == "id" or path.endswith(".country"):
            numbers = self.strings.of(words)
        else:
            numbers = list(range(len(words)))  # nobody asks but whether it is there
        self.numbers[path] = np.array([*numbers, NONE], np.int64)[indices]


def _is_valid(column: pa.Array) -> Table:
    found: Table = column.is_valid().to_numpy(zero_copy_only=False)
    return found


def _is_string(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _passes(node: Node, word: str | None) -> bool:
    """Tell whether a string is what the schema wants; ids are looked at where they are numbered."""
    if word is None:
        return True
    if "enum" in node or "const" in node:
        return word in (node.get("enum") or [node["const"]])
    if "pattern" in node and node.get("name") != "id" and not _pattern(node["pattern"]).search(word):
        return False
    return len(word) >= node.get("minLength", 0) and not codec.CONTROL.search(word)


@cache
def _pattern(wanted: str) -> re.Pattern[str]:
    return re.compile(contract.python_pattern(wanted))


# --- tables -----------------------------------------------------------------------------------

_LONG = 1_000_000  # characters of a text, or fields of a document, that are left to the careful way


def side(batch: pa.RecordBatch, kind: str, texts: Sequence[str], strings: Numbered) -> Side:
    """Lay out a batch of documents: see `tables.side`.

    Args:
        batch: a document a row, in nested columns.  A row without an id has nothing in it, and is laid so.
        kind: ``document`` or ``prediction``.
        texts: the report's text of each.
        strings: the numbering of both sides.
    """
    size = batch.num_rows
    walk = _Walk(kind, strings, size)
    whole = pa.StructArray.from_arrays(batch.columns, names=batch.schema.names)
    walk.walk(contract.schema(kind), whole, np.arange(size), "", np.ones(size, np.bool_))
    if kind == "prediction":
        walk.laid |= ~_is_valid(batch.column("id"))
    numbers, sizes, there = walk.numbers, walk.sizes, walk.there

    def column(path: str, name: str) -> Table:
        return numbers[f"{path}.{name}"]

    claims = int(sizes["claims"].sum())
    counting, holding = (np.flatnonzero(there[f"claims[].{part}"]) for part in ("count", "responsibility"))
    hop, source, count = "claims[].chain[]", "claims[].chain[].sources[]", "claims[].count"
    places = {
        "entities[].mentions[]": None,
        "events[].triggers[]": None,
        "claims[].anchor": there["claims[].anchor"],
        f"{source}.span": there[f"{source}.span"],
        f"{hop}.cue": there[f"{hop}.cue"],
        f"{count}.subset": there[f"{count}.subset"],
    }
    rows, begin = {}, 0
    for path, some in places.items():
        behind = begin + len(column(path, "start"))
        rows[path] = np.arange(begin, behind)
        if some is not None:
            rows[path] = np.full(len(some), NONE)
            rows[path][some] = np.arange(begin, behind)
        begin = behind
    starts, ends = (np.concatenate([column(path, edge) for path in places]) for edge in ("start", "end"))
    points, lengths = zip(*(walk.words[f"{path}.text"] for path in places), strict=True)

    geo = np.full(len(column("entities[]", "id")), NONE)
    geo[there["entities[].geo"]] = numbers["entities[].geo.country"]
    entities = tables.table(
        tables.ENTITY,
        len(geo),
        name=column("entities[]", "id"),
        type=column("entities[]", "type"),
        part_of=column("entities[]", "part_of"),
        **tables.gathered("mention", "mentions", sizes["entities[].mentions"], 0),
        country=geo,
        day=numbers["entities[].timex.day"],
        geo=there["entities[].geo"],
        timex=column("entities[]", "timex") != NONE,
    )
    events = tables.table(
        tables.EVENT,
        len(column("events[]", "id")),
        name=column("events[]", "id"),
        type=column("events[]", "type"),
        parent=column("events[]", "parent"),
        background=column("events[]", "background") == 1,
        **tables.gathered("trigger", "triggers", sizes["events[].triggers"], len(rows["entities[].mentions[]"])),
        **tables.gathered("argument", "arguments", sizes["events[].arguments"], 0),
    )
    claim_table = tables.table(
        tables.CLAIM,
        claims,
        name=column("claims[]", "id"),
        kind=column("claims[]", "kind"),
        event=column("claims[]", "event"),
        anchor=rows["claims[].anchor"],
        status=_default("status", column("claims[]", "status")),
        **tables.gathered("hop", "hops", sizes["claims[].chain"], 0),
    )
    of = np.repeat(np.arange(size), sizes["claims"])[counting].tolist()

    def said(places: Table) -> list[str | None]:
        return [
            None if at == NONE else texts[d][starts[at] : ends[at]] for d, at in zip(of, places.tolist(), strict=True)
        ]

    n = sizes[f"{count}.n"]
    at_first = np.cumsum(n) - n
    values = np.append(numbers[f"{count}.n[]"], NONE)
    first, last = (np.where(n > 0, values[at], NONE) for at in (at_first, at_first + np.maximum(n, 1) - 1))
    hedge, word = column(count, "hedge"), column(count, "word")
    hedges, vague = (np.array([*contract.labels(name), None], object) for name in ("hedge", "vague_word"))
    said_numbers = [(a, b)[:k] for a, b, k in zip(first.tolist(), last.tolist(), n.tolist(), strict=True)]
    tables.put(
        claim_table,
        counting,
        counts=1,
        hedge=hedge,
        size=n,
        first=first,
        last=last,
        word=word,
        metric=column(count, "metric"),
        **{name: _default(name, column(count, name)) for name in ("population", "scope", "as_of")},
        subset=rows[f"{count}.subset"],
        part=strings.of([part and part.lower() for part in said(rows[f"{count}.subset"])]),
        **tables.readings(
            said(claim_table["anchor"][counting]), hedges[hedge].tolist(), said_numbers, vague[word].tolist()
        ),
    )
    tables.put(
        claim_table,
        holding,
        holds=1,
        actor=column("claims[].responsibility", "actor"),
        role=_default("responsibility_role", column("claims[].responsibility", "role")),
    )
    text, long = walk.words["text"] if kind == "document" else tables.code_points(texts)
    odd = (text < 32) & (text != 9) & (text != 10) & (text != 13) | (text >= 127) & (text < 160)
    walk.refuse(np.repeat(np.arange(size), long)[odd], np.ones(int(odd.sum()), np.bool_))
    about = {name: np.zeros(size, np.int64) for name in ("publisher", "published", "url")}
    for name, filled in about.items():
        filled[there["metadata"]] = column("metadata", name) != NONE
    walk.laid &= (walk.items < _LONG) & (long < _LONG)
    made = Side(
        about=tables.table(tables.ABOUT, size, **about, laid=walk.laid),
        entity_at=tables.begins(sizes["entities"]),
        event_at=tables.begins(sizes["events"]),
        claim_at=tables.begins(sizes["claims"]),
        text_at=tables.begins(long),
        word_at=tables.begins(np.concatenate(lengths)),
        entities=entities,
        events=events,
        arguments=tables.table(
            tables.ARGUMENT,
            len(numbers["events[].arguments.role"]),
            role=numbers["events[].arguments.role"],
            entity=numbers["events[].arguments.entity"],
        ),
        claims=claim_table,
        hops=tables.table(
            tables.HOP,
            len(column(hop, "type")),
            type=column(hop, "type"),
            **tables.gathered("source", "sources", sizes[f"{hop}.sources"], 0),
            cue=rows[f"{hop}.cue"],
            inherited=column(hop, "inherited") == 1,
        ),
        sources=tables.table(
            tables.SOURCE, len(column(source, "entity")), entity=column(source, "entity"), span=rows[f"{source}.span"]
        ),
        spans=tables.table(tables.SPAN, begin, start=starts, end=ends),
        text=text,
        words=np.concatenate(points),
        well_formed=strings.well_formed(),
    )
    tables.at_hand(made, labels(), maps())
    return made


def _default(vocabulary: str, numbers: Table) -> Table:
    """Put in what a label stands for that is left out."""
    found: Table = np.where(numbers == NONE, tables.numbers_of(vocabulary)[None], numbers)
    return found
