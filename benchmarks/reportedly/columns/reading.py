"""What the words of a count come to, remembered: reports say the same numbers again and again."""

from __future__ import annotations

from functools import cache
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from reportedly import checks, contract, intervals
from reportedly.columns import bare, loop
from reportedly.fingerprint import PRIME
from reportedly.model import Claim, Count, Document, Span

if TYPE_CHECKING:
    from reportedly.columns.tables import Table

NONE = -1  # as in the tables
READ = ("sized", "low", "high", "low_hard", "high_hard", "said", "fits", "digits")
_NUMBERS = ("hedge", "size", "first", "last", "word")  # what is asked besides the words
_ROOM, _POINTS = 1 << 16, 1 << 20  # counts, and code points of their words, that are remembered
_SLOTS = 4  # of a hash table, for each that it may hold
_PRIME, _32 = np.uint64(PRIME), np.uint64(32)


class Readings:
    """Readings of counts by their words and numbers; when there is no room for more, all are forgotten."""

    def __init__(self) -> None:
        """Remember nothing."""
        self._lock = Lock()
        self._forget(_ROOM, _POINTS)

    def of(self, points: Table, at: Table, size: Table, numbers: Table) -> Table:
        """Read counts.

        Args:
            points: code points.
            at: where the words of each begin.
            size: how many characters they have.
            numbers: counts × (hedge, how many numbers, the first and the last of them, vague word), −1 for none.

        Returns:
            Counts × what `READ` names; 0 and −1 for one that is not well-formed.
        """
        with self._lock:
            if self._taken[0] + len(at) > len(self._read) or self._taken[1] + size.sum() > len(self._points):
                self._forget(max(_ROOM, 2 * len(at)), max(_POINTS, 2 * size.sum()))
            old = int(self._taken[0])
            try:
                which = remember(points, at, size, numbers, self._points, self._rows, self._slots, self._taken)
                for i in range(old, self._taken[0]):
                    start, long, *rest = self._rows[i].tolist()
                    words = self._points[start : start + long].tobytes().decode("utf-32-le", "surrogatepass")
                    self._read[i] = _read(words, *rest)
            except BaseException:  # an interrupt too: what has a row, but was not read, must not be found
                self._forget(_ROOM, _POINTS)
                raise
            found: Table = self._read[which]
        return found

    def _forget(self, room: int, points: int) -> None:
        self._points = np.empty(points, np.uint32)
        self._rows = np.empty((room, 2 + len(_NUMBERS)), np.int64)
        self._read = np.empty((room, len(READ)), np.int64)
        self._slots = np.full(_SLOTS * room, NONE, np.int64)
        self._taken = np.zeros(2, np.int64)  # counts, code points


@cache
def readings() -> Readings:
    """Give what this process remembers."""
    return Readings()


@loop
def remember(
    points: Table, at: Table, size: Table, numbers: Table, kept: Table, rows: Table, slots: Table, taken: Table
) -> Table:
    """Find each count among those that are remembered, and add the new ones; gives their rows."""
    found = np.empty(len(at), np.int64)
    for i in range(len(at)):
        hashed = np.uint64(size[i])
        for c in range(size[i]):
            hashed = (hashed ^ np.uint64(points[at[i] + c])) * _PRIME
        for c in range(numbers.shape[1]):
            hashed = (hashed ^ hashed >> _32 ^ np.uint64(numbers[i, c])) * _PRIME
        slot = np.int64((hashed >> _32) % np.uint64(len(slots)))
        while slots[slot] != NONE and not _same(points, at[i], size[i], numbers, i, kept, rows, slots[slot]):
            slot = (slot + 1) % len(slots)
        if slots[slot] == NONE:
            row, start = taken
            slots[slot] = row
            rows[row, 0], rows[row, 1] = start, size[i]
            for c in range(numbers.shape[1]):
                rows[row, 2 + c] = numbers[i, c]
            for c in range(size[i]):
                kept[start + c] = points[at[i] + c]
            taken[0] += 1
            taken[1] += size[i]
        found[i] = slots[slot]
    return found


@bare
def _same(points: Table, at: int, size: int, numbers: Table, i: int, kept: Table, rows: Table, row: int) -> bool:
    same = rows[row, 1] == size
    for c in range(numbers.shape[1]):
        same = same and rows[row, 2 + c] == numbers[i, c]
    for c in range(size if same else 0):
        same = same and kept[rows[row, 0] + c] == points[at + c]
    return same


def _read(words: str, hedge: int, size: int, first: int, last: int, word: int) -> tuple[int, ...]:
    """Ask those who know: whether a count's words fit it, and what interval it is."""
    if hedge == NONE or size > 2:  # a row that is refused, or was made by hand
        return 0, 0, 0, 0, 0, NONE, 0, 0
    hedges, vague = contract.labels("hedge"), contract.labels("vague_word")
    count = Count(
        hedge=hedges[hedge],
        n=(first, last)[:size],
        word=None if word == NONE else vague[word],
        metric=contract.labels("metric")[0],
    )
    anchor = Span(start=0, end=1, text=words or "x")
    alone = Document(id="x", text="", claims=(Claim(id="x", kind="COUNT", anchor=anchor, count=count),))
    fits, digits = (not list(checks.RULES[rule].check(alone)) for rule in ("count-arity", "count-digits"))
    found = intervals.interval(count) if fits else None
    if found is None:
        return 0, 0, 0, 0, 0, NONE, fits, digits
    high = NONE if found.high is None else found.high
    number = intervals.said(count)
    return 1, found.low, high, found.low_hard, found.high_hard, NONE if number is None else number, fits, digits
