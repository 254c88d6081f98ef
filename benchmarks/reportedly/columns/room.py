"""Room for what a loop needs while it is with one document: taken piece by piece, and given back all at once.

An array that a compiled function makes is counted by how many hold it, at every call and in every
loop, and to count takes longer than most of what is done with it.  A piece of an array that was there
before is not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from reportedly.columns import inlined, loop

if TYPE_CHECKING:
    from reportedly.columns.tables import Table

_SIZE = 1 << 20  # of each kind; only what is used takes memory
_WHOLE, _REAL, _CODE, _SOURCE = range(4)

# A source as it stands in a chain (see `reportedly.align.flat`): the type of its hop, which hop of the chain that is,
# the entity counted from the document's first, where it is named, and whether the hop has no source at all.
SOURCE = np.dtype([(name, np.int64) for name in ("kind", "hop", "entity", "start", "end", "unnamed")])


class Room(NamedTuple):
    """Four stretches of memory, and how much of each is taken; who takes more than there is meets an IndexError."""

    whole: Table
    real: Table
    code: Table
    source: Table
    taken: Table


@loop
def room() -> Room:
    """Make room."""
    return Room(
        np.empty(_SIZE, np.int64),
        np.empty(_SIZE, np.float64),
        np.empty(_SIZE, np.uint64),
        np.empty(_SIZE // 8, SOURCE),
        np.zeros(4, np.int64),
    )


@inlined
def _piece(stretch: Table, taken: Table, kind: int, n: int) -> Table:
    at = taken[kind]
    if at + n > len(stretch):
        raise IndexError("no room is left")
    taken[kind] = at + n
    return stretch[at : at + n]


@inlined
def _filled(stretch: Table, taken: Table, kind: int, n: int, value: float) -> Table:
    found = _piece(stretch, taken, kind, n)
    found[:] = value
    return found


@inlined
def wholes(room: Room, n: int) -> Table:
    """Take n whole numbers, all of them 0."""
    return _filled(room.whole, room.taken, _WHOLE, n, 0)


@inlined
def nones(room: Room, n: int) -> Table:
    """Take n whole numbers, all of them −1."""
    return _filled(room.whole, room.taken, _WHOLE, n, -1)


@inlined
def reals(room: Room, n: int) -> Table:
    """Take n numbers, all of them 0."""
    return _filled(room.real, room.taken, _REAL, n, 0.0)


@inlined
def codes(room: Room, n: int) -> Table:
    """Take n codes (see `reportedly.fingerprint`), all of them 0."""
    return _filled(room.code, room.taken, _CODE, n, 0)


@inlined
def sources(room: Room, n: int) -> Table:
    """Take n sources, with what was there before."""
    return _piece(room.source, room.taken, _SOURCE, n)
