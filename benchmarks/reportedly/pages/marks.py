"""Cut a text where marks begin and end, so that marks that overlap can be drawn without nesting.

Offsets are code points, as everywhere.  A string that is not in the text has no place and no mark.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from reportedly.model import Span

_PARAGRAPH = re.compile(r"(?:\r?\n[ \t]*){2,}")
_LINE = re.compile(r"\r?\n")


class Mark(NamedTuple):
    """A span of a layer; ``key`` says what it is a mark of."""

    span: Span
    layer: str
    key: Any


class Piece(NamedTuple):
    """A stretch of the text that every mark covers wholly or not at all, and the marks that cover it."""

    start: int
    end: int
    text: str
    marks: tuple[Mark, ...]


def cut(text: str, marks: Iterable[Mark], start: int = 0, end: int | None = None) -> list[Piece]:
    """Cut a stretch of a text into pieces.

    Args:
        text: the whole text.
        marks: in any order; those of spans that are not in the stretch are left out.
        start: where the stretch begins.
        end: where it ends; else with the text.

    Returns:
        Pieces in order, which together are the stretch; the marks of a piece stand from the longest to the
        shortest.
    """
    stop = len(text) if end is None else end
    inside = [m for m in marks if m.span.located and m.span.start < stop and m.span.end > start]
    opening: dict[int, list[Mark]] = {}
    for mark in inside:
        opening.setdefault(max(start, mark.span.start), []).append(mark)
    cuts = {start, stop, *opening, *(min(stop, m.span.end) for m in inside)}
    pieces = []
    active: list[Mark] = []
    for here, there in pairwise(sorted(cuts)):
        active = [m for m in active if m.span.end > here] + opening.get(here, [])
        covering = sorted(active, key=lambda m: (m.span.start - m.span.end, m.layer))
        pieces.append(Piece(here, there, text[here:there], tuple(covering)))
    return pieces


def paragraphs(text: str) -> list[tuple[int, int]]:
    """Split a text into paragraphs: at empty lines if it has any, else at every line.

    Returns:
        ``(start, end)`` of each with the line breaks after it; together they are the text.
    """
    breaks = _PARAGRAPH if _PARAGRAPH.search(text.strip()) else _LINE
    cuts = sorted({0, len(text), *(found.end() for found in breaks.finditer(text))})
    return list(pairwise(cuts))


def runs(pieces: Sequence[Piece], layer: str) -> list[tuple[tuple[Any, ...], list[Piece]]]:
    """Join neighbours that the same marks of a layer cover; gives the keys of those marks with the pieces."""
    found: list[tuple[tuple[Any, ...], list[Piece]]] = []
    for piece in pieces:
        keys = tuple(m.key for m in piece.marks if m.layer == layer)
        if found and found[-1][0] == keys:
            found[-1][1].append(piece)
        else:
            found.append((keys, [piece]))
    return found
