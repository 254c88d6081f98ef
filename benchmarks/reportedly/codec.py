"""The one door: bytes to `Document` and back.

Gold, predictions and annotators' passes all come in here: the file's form first (encoding, size,
nesting, duplicate keys), then JSON Schema, then the rules of `checks`.  Every fault is collected
with its line; nothing is built from a record that has one.  What a system cannot locate (``text``
with ``occurrence`` that is not in the report) is no fault but a wrong answer: it becomes an
unlocated span, which scoring counts and lists.
"""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple, cast

import msgspec

from reportedly import checks, contract
from reportedly.model import LAYERS, Document, Invalid, Problem

if TYPE_CHECKING:
    import pyarrow as pa

MAX_RECORD = 16 * 1024 * 1024  # bytes of one document; a report is a few thousand characters
_BUFFER = 1 << 18  # bytes of a file that are read at once: many lines
MAX_DEPTH = 64  # levels of nesting; the contract itself needs nine
MAX_ITEMS = 250_000  # fields and entries of one document; a report has a few thousand
MAX_DIGITS = 19  # of an integer; what a field allows is less, and said in the schema
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', re.DOTALL)
_ITEM = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[{,]', re.DOTALL)
_ESCAPED = re.compile(rb"\\(?:u(?:[dD][89a-fA-F]|00[01789])|[bf])")  # surrogates and control characters, escaped
_CONTROLS = re.compile(rb"\xc2[\x80-\x9f]")
_NAME = re.compile(r"[^\W\d]\w{0,39}")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")

Path_ = tuple[str | int, ...]
Fault = tuple[Path_, str, str]  # where, message, rule


# What is wrong with a file or a record before the rules of `checks` can be asked.
FORM = {
    "file-unreadable": "the file can be opened and read",
    "file-directory": "the path is a file",
    "file-empty": "there is something in the file",
    "file-compressed": "the file is plain text, not gzip",
    "file-bom": "the file begins without a byte order mark",
    "file-crlf": "lines end in LF",
    "file-utf8": "the file is UTF-8",
    "record-size": f"a document has at most {MAX_RECORD:,} bytes",
    "record-depth": f"JSON is nested at most {MAX_DEPTH} levels deep",
    "record-items": f"a document has at most {MAX_ITEMS:,} fields and entries of lists, all counted together",
    "record-json": "the record is JSON",
    "key-duplicate": "a key stands once in an object",
    "character-surrogate": "there is no lone surrogate",
    "character-control": "there is no control character but tab, line feed and carriage return",
    "number-size": f"an integer has at most {MAX_DIGITS} digits",
    "schema-type": "a value has the type that its field wants; numbers are integers",
    "schema-label": "a label is one of its vocabulary",
    "schema-missing-field": "no required field is left out",
    "schema-unknown-field": "there is no field that the schema does not know",
    "schema-bounds": "numbers and lengths keep to their limits",
    "schema-pattern": "ids, dates, codes and the like have their form",
    "schema-payload": "only a COUNT has count, only a RESP has responsibility",
    "document-duplicate": "a document stands once in all files",
    "document-unknown": "a prediction is for a document of the gold",
    "document-text": "a prediction's text, if given, is the gold's",
}


class _NotAnInteger:
    """Stands for a number the contract has no place for, so that its field is named by the schema check."""

    def __init__(self, written: str) -> None:
        self.written = written

    @property
    def whole(self) -> bool:
        """True for an integer that is merely too long to be read."""
        return self.written.lstrip("-").isdigit()

    def __repr__(self) -> str:
        return self.written if len(self.written) <= 24 else f"{self.written[:20]}… ({len(self.written)} digits)"


def where(path: Sequence[str | int]) -> str:
    """Write a path as ``claims[2].count.n[0]``."""
    parts = (f"[{p}]" if isinstance(p, int) else f".{p if _NAME.fullmatch(p) else json.dumps(p)[:40]}" for p in path)
    return "".join(parts).lstrip(".")


# --- a file's form ----------------------------------------------------------------------------


def _lines(stream: IO[bytes] | _Rejoined) -> Iterator[tuple[int, bytes, bool]]:
    """Yield (line number, bytes, too long); what is beyond the limit is passed over unread in memory."""
    number = 0
    while line := stream.readline(MAX_RECORD + 1):
        number += 1
        long = len(line) > MAX_RECORD
        rest = line
        while long and rest and not rest.endswith(b"\n"):
            rest = stream.readline(MAX_RECORD)
        yield number, b"" if long else line, long


def _records(name: str, stream: IO[bytes], whole: bool) -> Iterator[tuple[int, bytes] | Problem]:
    """Yield the records of a file with their first line, or what is wrong with its form."""

    def fault(line: int, message: str, rule: str) -> Problem:
        return _problem(name, line, message, rule)

    head = stream.readline(MAX_RECORD + 1)
    if not head:
        yield fault(1, "the file is empty", "file-empty")
        return
    if head.startswith(b"\x1f\x8b"):
        yield fault(1, "the file is compressed with gzip; unpack it first", "file-compressed")
        return
    if head.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        yield fault(1, "the file begins with a byte order mark; write UTF-8 without one", "file-bom")
        return
    if head.endswith(b"\r\n"):
        yield fault(1, "the lines end in CRLF; write LF", "file-crlf")
        return
    seen = False
    if whole:
        body = head + stream.read(MAX_RECORD + 1)
        if len(body) > MAX_RECORD:
            yield fault(1, f"the document is longer than {MAX_RECORD:,} bytes", "record-size")
        elif b"\r\n" in body:
            line = body[: body.index(b"\r\n")].count(b"\n") + 1
            yield fault(line, "the line ends in CRLF; write LF", "file-crlf")
        elif body.strip():
            yield 1, body
        else:
            yield fault(1, "the file holds only white space", "file-empty")
        return
    for number, row, long in _lines(_Rejoined(head, stream)):
        if long:
            yield fault(number, f"the line is longer than {MAX_RECORD:,} bytes", "record-size")
        elif row.endswith(b"\r\n"):
            yield fault(number, "the line ends in CRLF; write LF", "file-crlf")
        elif not row.isspace():
            yield number, row
        seen = seen or long or not row.isspace()
    if not seen:
        yield fault(1, "the file holds only white space", "file-empty")


class _Rejoined:
    """A stream whose first line was read already."""

    def __init__(self, head: bytes, stream: IO[bytes]) -> None:
        self.head, self.stream = head, stream

    def readline(self, size: int) -> bytes:
        head, self.head = self.head, b""
        return head or self.stream.readline(size)

    def read(self, size: int) -> bytes:
        head, self.head = self.head, b""
        return head or self.stream.read(size)


def _depth(data: bytes) -> int:
    deepest = depth = 0
    for token in _TOKEN.finditer(data):
        first = data[token.start()]
        if first in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif first in b"]}":
            depth -= 1
    return deepest


def _too_many(data: bytes) -> bool:
    """Tell whether a record holds more than `MAX_ITEMS`: a value stands after a comma or an opening bracket."""
    if sum(map(data.count, (b",", b"[", b"{"))) <= MAX_ITEMS:
        return False
    return sum(data[token.start()] != 0x22 for token in _ITEM.finditer(data)) > MAX_ITEMS


def _parse(data: bytes) -> tuple[Any, list[Fault], int]:
    """Parse strictly; returns the value, the faults, and the line of the first within the record."""
    faults: list[Fault] = []

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(items)
        if len(found) < len(items):
            faults.extend(
                ((key,), f"the key {json.dumps(key)[:60]} stands twice in one object", "key-duplicate")
                for key, times in Counter(key for key, _ in items).items()
                if times > 1
            )
        return found

    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        message = f"byte {error.start + 1} is not UTF-8"
        return None, [((), message, "file-utf8")], data[: error.start].count(b"\n")
    if _depth(data) > MAX_DEPTH:
        return None, [((), f"nested deeper than {MAX_DEPTH} levels", "record-depth")], 0
    if _too_many(data):
        return None, [((), f"more than {MAX_ITEMS:,} fields and entries", "record-items")], 0
    try:
        value = json.loads(
            text.rstrip(),
            object_pairs_hook=pairs,
            parse_constant=_NotAnInteger,
            parse_float=_NotAnInteger,
            parse_int=lambda written: (
                int(written) if len(written.lstrip("-")) <= MAX_DIGITS else _NotAnInteger(written)
            ),
        )
    except json.JSONDecodeError as error:
        # json.loads says "line 1 column 5 (char 4)"; the line goes into the problem's own place.
        message = f"not JSON: {error.msg.lower()}, at column {error.colno}"
        return None, [((), message, "record-json")], error.lineno - 1
    if not faults and _suspect(data):
        faults.extend(_odd_strings(value, ()))
    return value, faults, 0


def _suspect(data: bytes) -> bool:
    """Tell whether a record may hold a character that `_odd_strings` finds."""
    # One search a first byte: that is several times as fast as one for all.
    return bool(b"\x7f" in data or _ESCAPED.search(data) or _CONTROLS.search(data))


def _not_plain(number: str) -> Any:
    raise ValueError(number)


_DECODE = msgspec.json.Decoder(float_hook=_not_plain).decode
_ENCODE = msgspec.json.Encoder().encode


def odd(data: bytes) -> bool:
    """Tell fast whether a record has to be parsed with care before it is decoded: False is certain."""
    # With fewer bytes than items are allowed there cannot be too many; an escaped colon would upset a count of keys.
    return len(data) > MAX_ITEMS or _suspect(data) or b"\\u003" in data


def _plainly(data: bytes) -> Any:
    """Parse a record that is plainly in order, ten times as fast as `_parse`; None has to be looked into."""
    if odd(data):
        return None
    try:
        value = _DECODE(data)
    except (msgspec.MsgspecError, ValueError, RecursionError):  # the last: nested too deep
        return None
    # Of a key that stands twice only one is left, and one colon less.
    return value if data.count(b":") == _ENCODE(value).count(b":") else None


def _odd_strings(value: Any, path: Path_) -> Iterator[Fault]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _odd_strings(key, path)
            yield from _odd_strings(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _odd_strings(inner, (*path, index))
    elif isinstance(value, str):
        if found := _SURROGATE.search(value):
            yield path, f"a lone surrogate U+{ord(found.group()):04X} is no character", "character-surrogate"
        elif found := CONTROL.search(value):
            yield path, f"the control character U+{ord(found.group()):04X} is not allowed", "character-control"


# --- a record's content -----------------------------------------------------------------------

_SCHEMA_RULE = {
    "additionalProperties": "schema-unknown-field",
    "const": "schema-label",
    "dependentRequired": "schema-missing-field",
    "enum": "schema-label",
    "maximum": "schema-bounds",
    "maxItems": "schema-bounds",
    "minimum": "schema-bounds",
    "minItems": "schema-bounds",
    "minLength": "schema-bounds",
    "minProperties": "schema-bounds",
    "pattern": "schema-pattern",
    "required": "schema-missing-field",
}


def _shown(value: Any) -> str:
    # A number that is none may also stand deep within the value.
    text = repr(value) if isinstance(value, _NotAnInteger) else json.dumps(value, ensure_ascii=False, default=repr)
    short = text if len(text) <= 60 else f"{text[:57]}…"
    # A message is one line, also for who takes U+2028 for a line break.
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in short)


def _schema_faults(value: Any, kind: str) -> Iterator[Fault]:
    if contract.conforms(kind, value):
        return
    for error in contract.validator(kind).iter_errors(value):
        path = tuple(error.absolute_path)
        word, wanted, asked = str(error.validator), cast(Any, error.validator_value), cast(Any, error.schema)
        rule = _SCHEMA_RULE.get(word, "schema-type")
        if word == "not":
            yield path, "the field does not belong to a claim of this kind", "schema-payload"
        elif word == "required":
            if isinstance(error.instance, dict):
                for name in (n for n in wanted if n not in error.instance):
                    if error.message.startswith(repr(name)):
                        yield path, f"the field {name!r} is missing", rule
        elif word == "dependentRequired":
            yield path, "start and end belong together, and occurrence needs text", rule
        elif word == "additionalProperties":
            known = asked.get("properties", {})
            for name in (n for n in cast(Any, error.instance) if n not in known):
                yield (*path, name), f"unknown field; known are {', '.join(known)}", rule
        elif word == "enum":
            yield path, f"{_shown(error.instance)} is none of {', '.join(map(str, wanted))}", rule
        elif word == "const":
            yield path, f"{_shown(error.instance)} is not {_shown(wanted)}", rule
        elif word == "anyOf" and isinstance(error.instance, str):
            yield path, f"{_shown(error.instance)} does not have the form of an id", "schema-pattern"
        elif isinstance(error.instance, _NotAnInteger) and error.instance.whole:
            yield path, f"{_shown(error.instance)} has more than {MAX_DIGITS} digits", "number-size"
        elif word in ("type", "anyOf"):
            one = wanted if word == "type" else ["string", "null"]
            names = " or ".join([one] if isinstance(one, str) else one)
            yield path, f"{_shown(error.instance)} is not of type {names}", rule
        elif rule == "schema-bounds":
            yield path, f"{_shown(error.instance)} breaks {word} {wanted}", rule
        else:
            yield path, f"{_shown(error.instance)} does not have the form {wanted}", rule


def _locate(spans: Iterable[dict[str, Any]], text: str) -> None:
    """Give every predicted span offsets and text, in place.

    A string that does not occur, or not that often, gets an empty span before the text: it equals
    and overlaps nothing, so that scoring counts it as a wrong answer instead of dropping it.  Each
    gets a place of its own, lest two wrong answers count as one.
    """
    lost = 0
    for span in spans:
        occurrence = span.pop("occurrence", 1)
        if "start" in span:
            span.setdefault("text", text[span["start"] : span["end"]])
            continue
        if found := place(span["text"], occurrence, text):
            span["start"], span["end"] = found
        else:
            lost -= 1
            span["start"] = span["end"] = lost


def place(words: str, occurrence: int, text: str) -> tuple[int, int] | None:
    """Find the nth occurrence of words in a text, counted from 1; gives start and end, None if there is none."""
    start = -1
    for _ in range(occurrence):
        start = text.find(words, start + 1)
        if start < 0:
            return None
    return start, start + len(words)


def _raw_spans(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for entity in value.get("entities", ()):
        yield from entity["mentions"]
    for event in value.get("events", ()):
        yield from event["triggers"]
    for claim in value.get("claims", ()):
        yield claim["anchor"]
        for hop in claim.get("chain", ()):
            yield from (s["span"] for s in hop.get("sources", ()) if "span" in s)
            if "cue" in hop:
                yield hop["cue"]
        if "subset" in claim.get("count", ()):
            yield claim["count"]["subset"]


def build(
    value: Any, gold: Mapping[str, Document] | None = None, lenient: Collection[str] = ()
) -> tuple[Document | None, list[Fault]]:
    """Make a document of parsed JSON, or say everything that is wrong with it.

    Args:
        value: what `json.loads` gave; it is changed.
        gold: None for a document; for a prediction the gold documents by id, whose texts its
            spans are located in.
        lenient: ids of rules that are not looked at.

    Returns:
        The document (None if it has a fault) and its faults as (path, message, rule).
    """
    kind = "document" if gold is None else "prediction"
    faults = list(_schema_faults(value, kind))
    if faults:
        return None, faults
    if gold is not None:
        if (known := gold.get(value["id"])) is None:
            return None, [(("id",), f"the gold has no document {_shown(value['id'])}", "document-unknown")]
        if value.get("text", known.text) != known.text:
            return None, [(("text",), "the text is not that of the gold document", "document-text")]
        value["text"] = known.text
        value["missing"] = [layer for layer in LAYERS if layer not in value]
        _locate(_raw_spans(value), known.text)
    document = msgspec.convert(value, Document)
    faulty = checks.faults(document, gold is not None)
    found = [(_path(at), message, rule) for rule, at, message in faulty if rule not in lenient]
    return (None if found else document), found


def _path(at: str) -> Path_:
    return tuple(int(p) if p.isdigit() else p for p in re.findall(r"[^.\[\]]+", at))


# --- reading and writing ----------------------------------------------------------------------


def _line_finder(first: int, data: bytes) -> Callable[[Path_], int]:
    """Return a function from a path within a record to its line in the file."""
    if b"\n" not in data.strip():
        return lambda path: first

    @cache
    def places() -> dict[str, Any]:
        from json_source_map import calculate

        found: dict[str, Any] = calculate(data.decode("utf-8"))
        return found

    def find(path: Path_) -> int:
        for end in range(len(path), -1, -1):
            pointer = "".join(f"/{str(p).replace('~', '~0').replace('/', '~1')}" for p in path[:end])
            if entry := places().get(pointer):
                return first + int((entry.key_start or entry.value_start).line)
        return first

    return find


def file_name(path: str | Path) -> str:
    """Name a file as problems do."""
    return "<stdin>" if str(path) == "-" else str(path)


def _open(path: str | Path) -> tuple[str, IO[bytes], bool] | Problem:
    name = file_name(path)

    def fault(message: str, rule: str = "file-unreadable") -> Problem:
        return _problem(name, 1, message, rule)

    if name == "<stdin>":
        return name, sys.stdin.buffer, False
    if Path(path).is_dir():
        return fault("is a directory; name a .json or .jsonl file", "file-directory")
    try:
        return name, Path(path).open("rb", buffering=_BUFFER), Path(path).suffix == ".json"
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        return fault(f"cannot be read: {reason.lower()}")


def read(
    *paths: str | Path, gold: Mapping[str, Document] | None = None, lenient: Collection[str] = ()
) -> tuple[list[Document], list[Problem]]:
    """Read documents, or predictions for the gold given, and every fault in them.

    A ``.json`` file holds one document, any other file one a line (JSON Lines); ``-`` is standard
    input.  A document with a fault is left out; the others are read.  A field that is null counts
    as left out: released rows, and what `datasets` writes, have every field.

    Args:
        paths: files.
        gold: for predictions, the gold documents by id.
        lenient: ids of rules that are not looked at, for documents that were made by rule.

    Returns:
        Documents in the order of the files, and problems in the order of files and lines.
    """
    problems: list[Problem] = []
    return list(stream(*paths, gold=gold, lenient=lenient, problems=problems)), problems


def stream(
    *paths: str | Path,
    problems: list[Problem],
    gold: Mapping[str, Document] | None = None,
    lenient: Collection[str] = (),
) -> Iterator[Document]:
    """Yield what `read` lists, a document at a time; ``problems`` is added to on the way."""
    first_seen: dict[str, str] = {}
    for path in paths:
        for found in _file(path, gold, lenient):
            if isinstance(found, Problem):
                problems.append(found)
                continue
            line, document = found
            name = file_name(path)
            here = f"{name}:{line}"
            if (earlier := first_seen.setdefault(document.id, here)) == here:
                yield document
            else:
                problems.append(twice(name, line, document.id, earlier))


def twice(file: str, line: int, document: str, earlier: str) -> Problem:
    """Say that a document was read before, at ``earlier``."""
    return _problem(file, line, f"the document stands in {earlier} already", "document-duplicate", document, "id")


def _problem(file: str, line: int, message: str, rule: str, document: str = "", at: str = "") -> Problem:
    return Problem(file=file, line=line, document=document, where=at, message=message, rule=rule)


def _file(
    path: str | Path, gold: Mapping[str, Document] | None, lenient: Collection[str]
) -> Iterator[tuple[int, Document] | Problem]:
    """Yield the documents of a file with their first line, and its problems."""
    for found in records(path):
        if isinstance(found, Problem):
            yield found
        else:
            yield from document_of(found, gold, lenient)


class Record(NamedTuple):
    """A document before it is read: where it stands, and its bytes."""

    file: str
    line: int
    data: bytes


def records(path: str | Path) -> Iterator[Record | Problem]:
    """Yield the records of a file unread, or what is wrong with its form."""
    if is_parquet(path):
        yield from _rows(path)
        return
    opened = _open(path)
    if isinstance(opened, Problem):
        yield opened
        return
    name, stream, whole = opened
    try:
        for record in _records(name, stream, whole):
            yield record if isinstance(record, Problem) else Record(name, *record)
    except OSError as error:
        yield _problem(name, 1, f"cannot be read: {(error.strerror or str(error)).lower()}", "file-unreadable")
    finally:
        if stream is not sys.stdin.buffer:
            stream.close()


def is_parquet(path: str | Path) -> bool:
    """Tell by its name whether a file holds documents as columns."""
    return Path(path).suffix == ".parquet"


def _rows(path: str | Path) -> Iterator[Record | Problem]:
    """Yield the rows of a Parquet file as records; a record's line is the number of its row."""
    name = file_name(path)
    try:
        import pyarrow.parquet as pq
    except ModuleNotFoundError:
        message = "Parquet is read by pyarrow, which comes with the extra: reportedly[fast]"
        yield _problem(name, 1, message, "file-unreadable")
        return
    number = 0
    try:
        for batch in pq.ParquetFile(path).iter_batches(batch_size=64):
            for i in range(batch.num_rows):
                number += 1
                yield row(batch, i, name, number)
    except (OSError, ValueError) as error:  # Arrow's errors are of both kinds
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error).splitlines()[0]
        yield _problem(name, number + 1, f"cannot be read: {reason.lower()}", "file-unreadable")
    if not number:
        yield _problem(name, 1, "there is no document in the file", "file-empty")


def row(batch: pa.RecordBatch, i: int, file: str, number: int) -> Record | Problem:
    """Write a row of a table as the JSON of its document; what is derived is not read from a table.

    Args:
        batch: rows.
        i: which of them, counted from 0.
        file: the name of their file.
        number: of the row in it.
    """
    try:
        (found,) = batch.slice(i, 1).to_pylist()
    except ValueError as error:  # bytes that are no UTF-8
        return _problem(file, number, f"cannot be read: {error}".lower(), "file-unreadable")
    kept = {name: value for name, value in found.items() if name != "templates"}
    return Record(file, number, msgspec.json.encode(kept, enc_hook=str))


def document_of(
    record: Record, gold: Mapping[str, Document] | None = None, lenient: Collection[str] = ()
) -> Iterator[tuple[int, Document] | Problem]:
    """Yield the document of a record with its line, or everything that is wrong with it."""
    name, line, data = record
    # Nearly every record is in order; what is not is read again, to say exactly what is wrong and where.
    if (plain := _plainly(data)) is not None:
        document, faults = build(_without_none(plain) if b"null" in data else plain, gold, lenient)
        if document is not None:
            yield line, document
            return
    value, faults, offset = _parse(data)
    if faults and value is None:
        # What could not be parsed has no fields; the parser tells the line.
        yield from (_problem(name, line + offset, message, rule) for _, message, rule in faults)
        return
    identity = value.get("id") if isinstance(value, dict) else None
    document = None
    if not faults:
        document, faults = build(_without_none(value) if b"null" in data else value, gold, lenient)
    if document is not None:
        yield line, document
    line_of = _line_finder(line, data)
    # An id that is no id, with a line break or without end, is not to be repeated in every message.
    known_as = identity if isinstance(identity, str) and len(identity) <= 80 and identity.isprintable() else ""
    for at, message, rule in faults:
        yield _problem(name, line_of(at), message, rule, known_as, where(at))


class Value(NamedTuple):
    """A JSON value of a form that is not ours: its first line, itself, and the line of any path within it."""

    line: int
    value: Any
    line_of: Callable[[Path_], int]


def values(path: str | Path) -> tuple[list[Value], list[Problem]]:
    """Read the JSON of other people's formats with the same care for a file's form, and no schema.

    Such files are named as their tools please (JSON Lines in ``.json``, one object in ``.out``), so the first
    line decides: if it is a value by itself there is one a line, else the file is one value.

    Args:
        path: a file; ``-`` is standard input.

    Returns:
        The values in the order of the file, and every problem of its form.  A number that is not a whole one
        is kept as it was written and fits no type that a reader may ask for.
    """
    opened = _open(path)
    if isinstance(opened, Problem):
        return [], [opened]
    name, stream, _ = opened
    found: list[Value] = []
    problems: list[Problem] = []
    try:
        head = stream.readline(MAX_RECORD + 1)
        whole = bool(head.strip()) and _is_incomplete(head)
        for record in _records(name, cast(IO[bytes], _Rejoined(head, stream)), whole):
            if isinstance(record, Problem):
                problems.append(record)
                continue
            line, data = record
            value, faults, offset = _parse(data)
            line_of = _line_finder(line, data)
            for at, message, rule in faults:
                there = line + offset if value is None else line_of(at)
                problems.append(_problem(name, there, message, rule, at=where(at)))
            if not faults:
                found.append(Value(line, value, line_of))
    except OSError as error:
        problems.append(
            _problem(name, 1, f"cannot be read: {(error.strerror or str(error)).lower()}", "file-unreadable")
        )
    finally:
        if stream is not sys.stdin.buffer:
            stream.close()
    return found, problems


def _is_incomplete(line: bytes) -> bool:
    try:
        json.loads(line)
    except json.JSONDecodeError as error:
        # What breaks at the line's end goes on in the next; what breaks earlier is a fault of this line.
        return error.pos >= len(line.decode("utf-8", "replace").rstrip())
    except (ValueError, RecursionError):
        pass  # not UTF-8, a number without end, brackets without end: the line itself is at fault
    return False


def load(*paths: str | Path, gold: Iterable[Document] | None = None) -> list[Document]:
    """Read documents, or predictions for the gold given.

    Raises:
        Invalid: with every problem of every file, if there is one.
    """
    known = None if gold is None else {d.id: d for d in gold}
    documents, problems = read(*paths, gold=known)
    if problems:
        raise Invalid(problems)
    return documents


def validate(*paths: str | Path) -> list[Problem]:
    """List every problem of documents; an empty list is a valid corpus."""
    return read(*paths)[1]


def from_dict(value: Mapping[str, Any], gold: Mapping[str, Document] | None = None) -> Document:
    """Make a document of plain data, or a prediction for the gold given (by id).

    Fields that are None count as left out, since rows of a dataset have every field; a date may be
    a ``datetime.date``, as such rows have it.

    Raises:
        Invalid: with every fault.
    """
    plain = _without_none(value)
    document, faults = build(plain, gold)
    if document is None:
        name = str(plain.get("id", ""))[:80]
        raise Invalid(
            [Problem(file="<data>", line=1, document=name, where=where(at), message=m, rule=r) for at, m, r in faults]
        )
    return document


def _without_none(value: Any, keep: bool = False) -> Any:
    """Leave out what is None, and write dates as text."""
    if isinstance(value, Mapping):
        # A null actor says that nobody has claimed it: there None is a value.  So it is in templates,
        # which are compared with a fresh derivation as they stand.
        return {
            k: _without_none(v, keep or k == "templates")
            for k, v in value.items()
            if v is not None or keep or k == "actor"
        }
    if isinstance(value, list | tuple):
        return [_without_none(v, keep) for v in value]
    return value.isoformat() if isinstance(value, date) else value


def parse(text: str) -> tuple[Any, list[Fault]]:
    """Parse JSON that is in no file, such as an answer, as strictly as that of files; null fields are left out."""
    value, faults, _ = _parse(text.encode("utf-8", "surrogatepass"))
    return _without_none(value), faults


def from_text(path: str | Path) -> Document:
    """Make a document without annotation of a text file, with the file's name as its id.

    Raises:
        Invalid: the file cannot be read, or its text cannot be a document's.
    """
    name = re.sub(r"[^a-z0-9._-]+", "-", Path(path).stem.lower()).strip("-._") or "text"

    def broken(message: str, rule: str) -> Invalid:
        return Invalid([Problem(file=str(path), line=1, document=name, where="text", message=message, rule=rule)])

    try:
        text = Path(path).read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise broken(f"byte {error.start + 1} is not UTF-8", "file-utf8") from None
    if not text.strip():
        raise broken("the file holds only white space", "file-empty")
    if found := CONTROL.search(text):
        raise broken(f"the control character U+{ord(found.group()):04X} is not allowed", "character-control")
    return Document(id=name[:80], text=text, sha256=digest(text), missing=LAYERS)


def digest(text: str) -> str:
    """Compute the SHA-256 of a text as UTF-8, in hexadecimal."""
    return sha256(text.encode("utf-8")).hexdigest()


def to_dict(document: Document) -> dict[str, Any]:
    """Turn a document into plain data of its file form; a prediction's missing layers stay out."""
    # By way of JSON, so that lists are lists and not the tuples of a frozen document.
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(msgspec.structs.replace(document, missing=())))
    for layer in LAYERS:
        if layer in document.missing:
            plain.pop(layer, None)
        else:
            plain.setdefault(layer, [])
    plain = {"schema": document.schema, "id": document.id, "language": document.language, **plain}
    for event in plain.get("events", ()):
        if given := event.get("arguments"):
            event["arguments"] = {role: given[role] for role in contract.labels("role") if role in given}
    for claim in plain.get("claims", ()):
        claim.setdefault("chain", [])
        claim.setdefault("status", "asserted")
        if "count" in claim:
            for name, default in (("n", []), ("population", "unspecified"), ("scope", "total"), ("as_of", "current")):
                claim["count"].setdefault(name, default)
        if "responsibility" in claim:
            claim["responsibility"].setdefault("role", "executed")
    return plain


def in_words(document: Document) -> dict[str, Any]:
    """Write the layers of a document as who cannot count characters writes them: words and occurrences, no offsets."""

    def occurrence(words: str, start: int) -> int:
        found, at = 1, document.text.find(words)
        while 0 <= at < start:
            found, at = found + 1, document.text.find(words, at + 1)
        return found

    def words(value: Any) -> Any:
        if isinstance(value, dict):
            if "start" in value:
                return {"text": value["text"], "occurrence": occurrence(value["text"], value["start"])}
            return {name: words(inner) for name, inner in value.items()}
        return [words(inner) for inner in value] if isinstance(value, list) else value

    plain = to_dict(document)
    return {layer: words(plain[layer]) for layer in LAYERS if layer in plain}


def line(document: Document) -> str:
    """Write a document as one line of JSON Lines, without the line break."""
    return json.dumps(to_dict(document), ensure_ascii=False)


def page(document: Document) -> str:
    """Write a document as a file to be edited and compared: one annotation a line."""
    plain = to_dict(document)
    fields = []
    for key, value in plain.items():
        if key in (*LAYERS, "templates") and value:
            rows = ",\n".join(f"  {json.dumps(row, ensure_ascii=False)}" for row in value)
            fields.append(f" {json.dumps(key)}: [\n{rows}\n ]")
        else:
            fields.append(f" {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}")
    return "{\n" + ",\n".join(fields) + "\n}\n"


def write(path: str | Path, content: str | bytes) -> None:
    """Write a file as a whole or not at all: beside its place first, then renamed.  Text is written as UTF-8.

    Raises:
        OSError: the folder cannot be written; what was there before is untouched.
    """
    target = Path(path)
    try:
        _write(target, content.encode("utf-8") if isinstance(content, str) else content)
    except OSError as error:
        # Named for the file that was asked for: nobody knows the one beside it, and a full disk names none.
        raise OSError(error.errno, error.strerror or str(error), str(target)) from None


def _write(target: Path, content: bytes) -> None:
    handle, beside = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(beside, 0o666 & ~_umask())
        os.replace(beside, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(beside)
        raise


def write_folder(folder: str | Path, files: Mapping[str, str]) -> None:
    """Write a new folder as a whole or not at all.

    Args:
        folder: must not be there yet, or be empty.
        files: contents by path within the folder.

    Raises:
        OSError: there is something at the place already, or it cannot be written.
    """
    target = Path(folder)
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise FileExistsError(errno.EEXIST, "there is something at this place already", str(target))
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}."))
    try:
        for name, content in files.items():
            (beside / name).parent.mkdir(parents=True, exist_ok=True)
            write(beside / name, content)
        beside.chmod(0o777 & ~_umask())
        os.rename(beside, target)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise


def _umask() -> int:
    umask = os.umask(0)
    os.umask(umask)
    return umask
