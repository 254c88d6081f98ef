"""Records in MessagePack, read into columns along their schema by a loop that is compiled.

msgspec decodes JSON into typed records, and writes them again in this form: keys in full, numbers
and lengths in binary, nothing escaped.  So a record is checked by the library, and taken apart
without a Python object a field.  What is not plainly of its kind costs the record its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import numpy as np

from reportedly import contract
from reportedly.columns import bare, loop
from reportedly.columns.fields import Kind, fields
from reportedly.columns.tables import NONE, Columns, Numbered

if TYPE_CHECKING:
    from reportedly.columns.tables import Table

_OBJECT, _ARRAY, _MAP, _WORDS, _LABEL, _NAME, _WHOLE, _TRUTH, _OTHER = (int(kind) for kind in Kind)
_DEEP = 16  # levels; the schemas have nine


class Plan(NamedTuple):
    """A schema as tables: a row a field."""

    kind: Table
    key: Table  # how many bytes its name has, the first eight and those behind
    inner: Table  # field × place: the fields of an object in their order, the entries of a list, key and value of a map
    sizes: Table  # how many these are
    most: Table  # of a whole number: what it may be
    labels: Table  # field × known word: the number of that label, −1 if it is none
    nullable: Table  # may it be null?
    blank: Table  # what stands for a value that is not there


@cache
def known() -> tuple[str, ...]:
    """List the labels of all vocabularies; they have the first numbers in every batch."""
    listed = [*fields("document"), *fields("prediction")]
    return tuple(
        dict.fromkeys(label for field in listed if field.vocabulary for label in contract.labels(field.vocabulary))
    )


@cache
def plan(kind: str) -> Plan:
    """Lay a schema out, ``document`` or ``prediction``."""
    listed = fields(kind)
    key = np.zeros((len(listed), 3), np.int64)
    inner = np.full((len(listed), max(len(field.fields) for field in listed)), NONE, np.int64)
    labels = np.full((len(listed), len(known())), NONE, np.int64)
    for i, field in enumerate(listed):
        inner[i, : len(field.fields)] = list(field.fields.values())
        for name, place in field.fields.items():
            data = name.encode()
            key[place] = len(data), *np.frombuffer(data.ljust(16, b"\0"), "<i8")
        if field.vocabulary:
            words = contract.labels(field.vocabulary)
            labels[i, [known().index(word) for word in words]] = range(len(words))
    return Plan(
        np.array([field.kind for field in listed]),
        key,
        inner,
        np.array([len(field.fields) for field in listed]),
        np.array([field.node.get("maximum", 0) for field in listed]),
        labels,
        np.array([field.nullable or not field.needed for field in listed]),
        np.array([field.blank for field in listed]),
    )


# --- bytes, eight at a time -------------------------------------------------------------------

_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
_ONES = np.uint64(0x0101010101010101)  # a byte each
_LOW = np.uint64(0x7F7F7F7F7F7F7F7F)
_TOP = np.uint64(0x8080808080808080)
_BLANK = np.uint64(0x2020202020202020)
_LETTERS = np.uint64(0x6161616161616161)
_COLON = np.uint64(0x3A3A3A3A3A3A3A3A)
_PRIME = np.uint64(0x9E3779B97F4A7C15)
_1, _3, _7, _8, _56, _63, _255 = (np.uint64(n) for n in (1, 3, 7, 8, 56, 63, 255))


@bare
def _eight(data: Table, p: int) -> Any:
    """Read the eight bytes from p on, the first one the lowest."""
    at = np.uint64(p)  # an index without a sign is not asked whether it counts from the end
    shift = (at & _7) * _8
    # Two shifts, since one by 64 is none.
    return data[at >> _3] >> shift | data[(at >> _3) + _1] << (_63 - shift) << _1


@bare
def _byte(data: Table, p: int) -> Any:
    at = np.uint64(p)
    return np.int64(data[at >> _3] >> (at & _7) * _8 & _255)


@bare
def _only(eight: Any, size: int) -> Any:
    """Keep the first bytes of eight."""
    return eight if size >= 8 else eight & ~(_ALL << np.uint64(size) * _8)


@bare
def _equal(eight: Any, wanted: Any) -> Any:
    """Set the top bit of each byte that is wanted, and no other bit."""
    differs = eight ^ wanted
    return ~((differs & _LOW) + _LOW | differs | _LOW)


@bare
def _colons(eight: Any) -> Any:
    return np.int64((_equal(eight, _COLON) >> _7) * _ONES >> _56)


# --- numbering --------------------------------------------------------------------------------


@bare
def _number(data: Table, start: int, size: int, slots: Table, names: Table, state: Table) -> Any:
    """Give a string its number; new ones come last, −1 if there is no room for one.

    Args:
        data: bytes, eight a row.
        start: where the string begins.
        size: its bytes.
        slots: an open-addressed hash table of numbers from 1; 0 is free.
        names: of each number where its string begins, how long it is, and its first eight bytes.
        state: how many have a number; how many colons were met.
    """
    first = _only(_eight(data, start), size)
    colons = _colons(first)
    hashed = (first ^ np.uint64(size)) * _PRIME
    for i in range(8, size, 8):
        eight = _only(_eight(data, start + i), size - i)
        colons += _colons(eight)
        hashed = (hashed ^ hashed >> np.uint64(32) ^ eight) * _PRIME
    state[1] += colons
    at = np.int64(hashed >> np.uint64(32)) & len(slots) - 1
    number = np.int64(NONE)
    while number == NONE and slots[at] != 0:
        other = slots[at] - 1
        same = names[other, 2] == np.int64(first) and names[other, 1] == size
        if same and size > 8:
            for i in range(8, size, 8):
                mine, theirs = _eight(data, start + i), _eight(data, names[other, 0] + i)
                same = same and _only(mine, size - i) == _only(theirs, size - i)
        if same:
            number = other
        at = at + 1 & len(slots) - 1
    if number == NONE and state[0] < len(names):
        at = at & len(slots) - 1
        number = state[0]
        names[number, 0], names[number, 1], names[number, 2] = start, size, np.int64(first)
        slots[at] = number + 1
        state[0] += 1
    return number


@loop
def number_words(data: Table, sizes: Table, slots: Table, names: Table, state: Table) -> None:
    """Give the words at the beginning of the data their numbers."""
    start = 0
    for size in sizes:
        _number(data, start, size, slots, names, state)
        start += size
    state[1] = 0


# --- reading ----------------------------------------------------------------------------------


@bare
def _big(data: Table, p: int, size: int) -> Any:
    """Read a whole number of some bytes, the first one the highest."""
    found = np.int64(0)
    for i in range(p, p + size):
        found = found << 8 | _byte(data, i)
    return found


@bare
def _string(data: Table, p: int, end: int) -> tuple[Any, Any]:
    """Read the head of a string: where it begins, and its bytes; −1 if it is none."""
    b = _byte(data, p)
    start: Any = p + 1
    size: Any = np.int64(-1)
    if 0xA0 <= b <= 0xBF:
        size = b & 31
    elif 0xD9 <= b <= 0xDB:
        wide = 1 << (b - 0xD9)
        start, size = p + 1 + wide, _big(data, p + 1, wide)
    if start + size > end:
        size = np.int64(-1)
    return start, size


@bare
def _several(data: Table, p: int, small: int, large: int) -> tuple[Any, Any]:
    """Read the head of a list or a map: where it begins, and how much is in it; −1 if it is none."""
    b = _byte(data, p)
    start: Any = p + 1
    size: Any = np.int64(-1)
    if small <= b <= small + 15:
        size = b & 15
    elif b == large:
        start, size = p + 3, _big(data, p + 1, 2)
    elif b == large + 1:
        start, size = p + 5, _big(data, p + 1, 4)
    return start, size


@bare
def _characters(data: Table, start: int, size: int, points: Table, state: Table) -> int:
    """Write a string as code points behind those that are there; tells how many, −1 if one is a control character."""
    at = first = state[2]
    odd: Any = False
    colons = 0
    i, end = start, start + size
    while i < end:
        eight, n = _eight(data, i), min(8, end - i)
        plain = eight if n == 8 else _only(eight, n) | _LETTERS << np.uint64(n) * _8
        if (plain | plain - _BLANK | _equal(plain, _LOW)) & _TOP == 0:
            # Up to eight plain characters at once.
            colons += _colons(plain)
            for k in range(n):
                points[at + k] = plain >> np.uint64(8 * k) & _255
            i += n
            at += n
            continue
        point = np.int64(eight & _255)
        if point < 128:
            odd |= (point < 32 and point != 9 and point != 10 and point != 13) or point == 127
            colons += point == 58
            i += 1
        else:
            wide = 2 if point < 0xE0 else 3 if point < 0xF0 else 4
            point &= 0x7F >> wide
            for k in range(1, wide):
                point = point << 6 | np.int64(eight >> np.uint64(8 * k)) & 63
            odd |= point < 160
            i += wide
        points[at] = point
        at += 1
    state[1] += colons
    state[2] = at
    return -1 if odd else at - first


def characters(data: Table, ends: Table) -> tuple[Table, Table]:
    """Write strings as code points.

    Args:
        data: their bytes, UTF-8.
        ends: where the first begins, and where each ends.

    Returns:
        The code points, and how many each string has, −1 if one of them is a control character.
    """
    first, last = ends[0], ends[-1]
    padded = np.zeros((last - first) // 8 + 3, "<u8")
    padded.view(np.uint8)[: last - first] = data[first:last]
    points, sizes, state = np.empty(last - first, np.uint32), np.empty(len(ends) - 1, np.int64), np.zeros(3, np.int64)
    write_characters(padded, ends - first, points, sizes, state)
    return points[: state[2]], sizes


@loop
def write_characters(data: Table, ends: Table, points: Table, sizes: Table, state: Table) -> None:
    """Write strings as code points, one after the other: see `characters`."""
    for i in range(len(sizes)):
        at = state[2]
        sizes[i] = _characters(data, ends[i], ends[i + 1] - ends[i], points, state)
        if sizes[i] < 0:  # nobody looks at it
            state[2] = at


@bare
def _passed(data: Table, p: int, end: int, points: Table, state: Table) -> int:
    """Pass over a value, whatever it is; gives where it ends, −1 if it is odd."""
    left = 1
    while left:
        left -= 1
        if p >= end:
            return -1
        b = _byte(data, p)
        start, size = _string(data, p, end)
        if size >= 0:
            at = state[2]
            if _characters(data, start, size, points, state) < 0:
                return -1
            state[2] = at
            p = start + size
            continue
        start, size = _several(data, p, 0x80, 0xDE)
        if size >= 0:
            state[1] += size
            left += 2 * size
            p = start
            continue
        start, size = _several(data, p, 0x90, 0xDC)
        if size >= 0:
            left += size
            p = start
        elif b < 0x80 or b >= 0xE0 or b == 0xC0 or b == 0xC2 or b == 0xC3:
            p += 1
        elif 0xCC <= b <= 0xCF:
            p += 1 + (1 << (b - 0xCC))
        elif 0xD0 <= b <= 0xD3:
            p += 1 + (1 << (b - 0xD0))
        elif b == 0xCA or b == 0xCB:
            p += 5 + 4 * (b - 0xCA)
        else:
            return -1
    return p


@bare
def _is_key(data: Table, start: int, size: int, key: Table, field: int) -> bool:
    if size != key[field, 0] or np.int64(_only(_eight(data, start), size)) != key[field, 1]:
        return False
    return size <= 8 or np.int64(_only(_eight(data, start + 8), size - 8)) == key[field, 2]


@bare
def _put(out: Table, tails: Table, limits: Table, field: int, value: int) -> None:
    """Put a value behind its column; beyond the room there is, values are counted alone."""
    at = tails[field]
    if at < limits[field]:
        out[at] = value
    tails[field] = at + 1


@loop
def unpack(
    data: Table,
    ends: Table,
    plan: Plan,
    slots: Table,
    names: Table,
    state: Table,
    points: Table,
    out: Table,
    tails: Table,
    limits: Table,
    laid: Table,
    colons: Table,
) -> None:
    """Read records into columns.

    Args:
        data: the records, one after the other, and eight bytes more.
        ends: where the first begins and where each ends; one without a byte is not there.
        plan: their schema.
        slots: see `_number`.
        names: see `_number`.
        state: strings that have a number, colons met, code points written.
        points: code points; room for all bytes.
        out: the columns, one after the other.
        tails: where each column ends so far, which is where it begins at first.
        limits: where each column has to end; beyond that, all is to be done again.
        laid: set for each record that could be read.
        colons: of each record, the keys and the colons in its strings.
    """
    kind, key, inner, sizes, most, labels, nullable, blank = plan
    before = tails.copy()
    on, left, at = np.zeros(_DEEP, np.int64), np.zeros(_DEEP, np.int64), np.zeros(_DEEP, np.int64)
    for d in range(len(laid)):
        before[:] = tails
        state[1] = 0
        written = state[2]
        p = ends[d]
        laid[d] = p < ends[d + 1] and _record(
            data, p, ends[d + 1], kind, key, inner, sizes, most, labels, nullable, blank, slots, names, state, points,
            out, tails, limits, on, left, at,
        )  # fmt: skip
        colons[d] = state[1]
        if not laid[d]:
            tails[:] = before
            state[2] = written
            _put(out, tails, limits, 0, 1)
            for i in range(sizes[0]):
                _put(out, tails, limits, inner[0, i], blank[inner[0, i]])


@bare
def _record(
    data: Table,
    p: int,
    end: int,
    kind: Table,
    key: Table,
    inner: Table,
    sizes: Table,
    most: Table,
    labels: Table,
    nullable: Table,
    blank: Table,
    slots: Table,
    names: Table,
    state: Table,
    points: Table,
    out: Table,
    tails: Table,
    limits: Table,
    on: Table,
    left: Table,
    at: Table,
) -> bool:
    """Read one record; false if anything is not plainly of its kind."""
    depth, field = 0, 0
    words = labels.shape[1]
    while True:
        if p >= end:
            return False
        b = _byte(data, p)
        what = kind[field]
        if b == 0xC0:  # null counts as left out
            if not nullable[field]:
                return False
            _put(out, tails, limits, field, blank[field])
            p += 1
        elif what == _OBJECT:
            p, size = _several(data, p, 0x80, 0xDE)
            if size < 0 or depth == _DEEP:
                return False
            _put(out, tails, limits, field, 1)
            state[1] += size
            on[depth], left[depth], at[depth] = field, size, 0
            depth += 1
        elif what == _ARRAY:
            p, size = _several(data, p, 0x90, 0xDC)
            if size < 0 or depth == _DEEP:
                return False
            _put(out, tails, limits, field, size)
            on[depth], left[depth] = field, size
            depth += 1
        elif what == _WHOLE:
            if b < 0x80:
                value, p = b, p + 1
            elif 0xCC <= b <= 0xCE:
                wide = 1 << (b - 0xCC)
                value, p = _big(data, p + 1, wide), p + 1 + wide
            elif b == 0xCF and _byte(data, p + 1) < 128:
                value, p = _big(data, p + 1, 8), p + 9
            elif b >= 0xE0:
                value, p = b - 256, p + 1
            else:  # below that there is nothing that anybody asks for
                return False
            if value > most[field]:
                return False
            _put(out, tails, limits, field, value)
        elif what == _TRUTH:
            if b != 0xC2 and b != 0xC3:
                return False
            _put(out, tails, limits, field, b - 0xC2)
            p += 1
        elif what == _MAP:
            p, size = _several(data, p, 0x80, 0xDE)
            if size < 0:
                return False
            state[1] += size
            total = 0
            for _ in range(size):
                start, long = _string(data, p, end)
                if long < 0:
                    return False
                number = _number(data, start, long, slots, names, state)
                label = labels[field, number] if 0 <= number < words else NONE
                if label == NONE:
                    return False
                p = start + long
                if _byte(data, p) == 0xC0:
                    p += 1
                    continue
                p, many = _several(data, p, 0x90, 0xDC)
                if many < 0:
                    return False
                for _ in range(many):
                    start, long = _string(data, p, end)
                    if long < 0:
                        return False
                    value = _number(data, start, long, slots, names, state)
                    if value < 0:
                        return False
                    _put(out, tails, limits, inner[field, 0], label)
                    _put(out, tails, limits, inner[field, 1], value)
                    p = start + long
                    total += 1
            _put(out, tails, limits, field, total)
        elif what == _OTHER:
            p = _passed(data, p, end, points, state)
            if p < 0:
                return False
            _put(out, tails, limits, field, 0)
        else:
            start, size = _string(data, p, end)
            if size < 0:
                return False
            if what == _WORDS:
                value = state[2] << 32
                long = _characters(data, start, size, points, state)
                if long < 0:
                    return False
                value |= long
            else:
                value = _number(data, start, size, slots, names, state)
                if value < 0:
                    return False
                if what == _LABEL:
                    value = labels[field, value] if value < words else NONE
                    if value == NONE:
                        return False
            _put(out, tails, limits, field, value)
            p = start + size
        # On to the next value.
        while depth and left[depth - 1] == 0:
            depth -= 1
            owner = on[depth]
            if kind[owner] == _OBJECT:
                for i in range(at[depth], sizes[owner]):
                    _put(out, tails, limits, inner[owner, i], blank[inner[owner, i]])
        if depth == 0:
            return p == end
        owner = on[depth - 1]
        left[depth - 1] -= 1
        if kind[owner] == _ARRAY:
            field = inner[owner, 0]
            continue
        start, size = _string(data, p, end)
        if size < 0:
            return False
        # Fields come in their order; those that are passed over are left out.
        i = at[depth - 1]
        while i < sizes[owner] and not _is_key(data, start, size, key, inner[owner, i]):
            _put(out, tails, limits, inner[owner, i], blank[inner[owner, i]])
            i += 1
        if i == sizes[owner]:
            return False
        field = inner[owner, i]
        at[depth - 1] = i + 1
        p = start + size


# --- a batch ----------------------------------------------------------------------------------


_ENCODER = msgspec.msgpack.Encoder()
_SPARSE = 32  # bytes that a string of its own takes at least, all in all; beyond that a record is left alone
_BEHIND = 16  # bytes that may be read, and are nothing


class Pile:
    """Records of a batch, one after the other, and the numbers of the strings in them."""

    def __init__(self) -> None:
        """Start with the words that every batch knows."""
        self.data = bytearray("".join(known()).encode())
        self._state = np.zeros(3, np.int64)
        self._slots: Table = np.empty(0, np.int32)
        self._names: Table = np.empty((0, 3), np.int64)

    def side(self, kind: str) -> Filed:
        """Begin a side: its records are added before those of the next."""
        return Filed(self, kind)

    def read(self, kind: str, ends: Sequence[int]) -> tuple[Columns, Table]:
        """Read the records of a side; nothing is added from now on.

        Args:
            kind: ``document`` or ``prediction``.
            ends: where in the data the first begins, and where each ends.

        Returns:
            The columns, and how many keys, and colons in strings, each record has.
        """
        if not len(self._names):
            self._number_words()
        data, size, room = self._bytes(), len(ends) - 1, _room(kind).copy()
        laid, colons = np.zeros(size, np.bool_), np.zeros(size, np.int64)
        points = np.empty(ends[-1] - ends[0], np.uint32)
        while True:
            limits = np.cumsum(room)
            begins, tails = limits - room, limits - room
            out = np.empty(limits[-1], np.int64)
            self._state[2] = 0
            unpack(
                data, np.array(ends), plan(kind), self._slots, self._names, self._state, points, out, tails, limits,
                laid, colons,
            )  # fmt: skip
            if (tails <= limits).all():
                break
            rows = tails - begins
            room = np.maximum(room, rows + rows // 4)
            _room(kind)[:] = room
        columns = zip(fields(kind), begins.tolist(), tails.tolist(), strict=True)
        by_path = {field.path: out[start:end] for field, start, end in columns}
        return Columns(by_path, points, laid), colons

    def strings(self) -> Numbered:
        """Give the numbering of all strings that were read."""
        found = self._names[len(known()) : self._state[0], :2].tolist()
        return Numbered([*known(), *(self.data[start : start + size].decode() for start, size in found)])

    def _number_words(self) -> None:
        self.data += bytes(_BEHIND - len(self.data) % 8)
        room = len(known()) + len(self.data) // _SPARSE
        self._names = np.empty((room, 3), np.int64)
        self._slots = np.zeros(1 << (2 * room).bit_length(), np.int32)
        number_words(self._bytes(), _lengths(), self._slots, self._names, self._state)

    def _bytes(self) -> Table:
        return np.frombuffer(self.data, "<u8")


class Filed:
    """The records of one side of a batch."""

    def __init__(self, pile: Pile, kind: str) -> None:
        """Begin behind what is there."""
        self._pile, self._kind, self._ends = pile, kind, [len(pile.data)]

    def add(self, record: Any) -> None:
        """Add a record or a document; None, or what cannot be written, is not laid."""
        data = self._pile.data
        try:
            if record is not None:
                _ENCODER.encode_into(record, data, -1)
        except (msgspec.MsgspecError, TypeError, ValueError, OverflowError):
            del data[self._ends[-1] :]
        self._ends.append(len(data))

    def read(self) -> tuple[Columns, Table]:
        """Read what was added: see `Pile.read`."""
        return self._pile.read(self._kind, self._ends)


@cache
def _lengths() -> Table:
    return np.array([len(word.encode()) for word in known()])


@cache
def _room(kind: str) -> Table:
    """Remember how much room the columns of a batch took, for the next one."""
    return np.zeros(len(fields(kind)), np.int64)
