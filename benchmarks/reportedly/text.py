"""Sentences of a report: the units for resampling within a document and for showing context.

Not a general sentence splitter: a report's lines are its paragraphs, and within a line a
sentence ends at a stop that is followed by a capital, a digit or a quotation mark, unless the
stop belongs to an abbreviation or an initial.  It is kept here, small and without a model, so
that a resampling unit is the same on every machine and for every version of a library.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import pairwise

_STOP = re.compile(r"[.!?][\"”’')\]]*(?=\s+[\"“‘'(\[]?[A-Z0-9])|\n+")
_ABBREVIATION = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|Gen|Maj|Lt|Col|Sgt|Capt|Gov|Sen|Rep|St|No|Inc|Ltd|vs|approx|Jan|Feb|Mar|Apr|Jun|Jul|Aug"
    r"|Sep|Sept|Oct|Nov|Dec)|\b[A-Z](?:\.[A-Z])*)\.$"
)


def sentences(text: str) -> list[tuple[int, int]]:
    """Split a text into sentences.

    Args:
        text: the report.

    Returns:
        ``(start, end)`` code-point offsets in order, without the white space around them; together
        they hold every character that is not white space.
    """
    cuts = [0]
    for stop in _STOP.finditer(text):
        if not _ABBREVIATION.search(text[max(0, stop.start() - 12) : stop.start() + 1]) or "\n" in stop.group():
            cuts.append(stop.end())
    cuts.append(len(text))
    found = []
    for start, end in pairwise(cuts):
        body = text[start:end]
        if body.strip():
            found.append((start + len(body) - len(body.lstrip()), start + len(body.rstrip())))
    return found


def sentence_at(bounds: list[tuple[int, int]], offset: int) -> int:
    """Name the sentence that an offset lies in, or the one before it; 0 for offsets before the text."""
    return max(0, bisect_right(bounds, (offset, 1 << 60)) - 1)
