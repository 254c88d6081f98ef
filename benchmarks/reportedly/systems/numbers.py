"""The floors: every number counts, and the nearest word says what.

"nearest-verb" takes every number in digits or words as an exact count, its metric that of the
nearest word of a metric in the sentence; "first-number" keeps the first of each metric.  No hedge,
no source, no population: what these reach is what a number in the right place is worth.
"""

from __future__ import annotations

from bisect import bisect_left

import msgspec

from reportedly.model import Claim, Count
from reportedly.systems import lexicon
from reportedly.systems.numerals import number
from reportedly.systems.reading import Extraction, Reading, Unit, read


def _nearest(reading: Reading, at: int, cues: list[int]) -> str:
    """Name the metric of the nearest cue, the later of two as near; without a cue it is killed."""
    near = bisect_left(cues, at)
    around = cues[max(0, near - 1) : near + 1]
    if not around:
        return "killed"
    best = min(around, key=lambda cue: (abs(cue - at), -cue))
    return lexicon.METRIC_WORDS[reading.tokens[best].low]


def _claims(reading: Reading, unit: Unit) -> list[Claim]:
    cues = [i for i in range(unit.first, unit.last) if reading.tokens[i].low in lexicon.METRIC_WORDS]
    claims = []
    at = unit.first
    while at < unit.last:
        found = number(reading, at, unit.last)
        if found:
            count = Count(hedge="EXACT", n=(found.n,), word=found.word, metric=_nearest(reading, at, cues))
            claims.append(Claim(id="", kind="COUNT", anchor=reading.span(at, found.last), count=count))
        at = found.last if found else at + 1
    return claims


def _numbered(claims: list[Claim]) -> Extraction:
    made = tuple(msgspec.structs.replace(claim, id=f"c{i}") for i, claim in enumerate(claims, 1))
    return Extraction(None, None, made)


def nearest_verb(text: str) -> Extraction:
    """Take every number for an exact count of the nearest metric."""
    reading = read(text)
    return _numbered([claim for unit in reading.units for claim in _claims(reading, unit)])


def first_number(text: str) -> Extraction:
    """Take the first number of each metric and no other."""
    first: dict[str, Claim] = {}
    for claim in nearest_verb(text).claims or ():
        if claim.count:
            first.setdefault(claim.count.metric, claim)
    return _numbered(list(first.values()))
