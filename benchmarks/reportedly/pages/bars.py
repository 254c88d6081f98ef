"""Where the ends of a range lie on a scale, in per cent of its width; what they look like is the style's."""

from __future__ import annotations

from collections.abc import Iterable
from math import log10
from typing import NamedTuple

from reportedly.intervals import interval
from reportedly.model import Document, Figure, Interval


class Bar(NamedTuple):
    """A range on a scale: its ends in per cent, each ``hard``, ``soft`` or ``open``, and the best number.

    An end is None where nothing says; then there is no bar, and perhaps a best number alone.
    """

    left: float | None
    right: float | None
    low: str
    high: str
    best: float | None


class Scale:
    """A scale of persons from 0 to a little above the largest number.

    It is logarithmic, log(1 + n): a report counts the attackers and the crowd, and on a linear scale the
    crowd would leave nothing of the attackers.
    """

    def __init__(self, numbers: Iterable[int | None]) -> None:
        """Make the scale that holds these numbers."""
        self.top = max((n for n in numbers if n is not None), default=0)

    def at(self, n: int) -> float:
        """Place a number, 0 to 100; the last eighth is left for what is open above."""
        return 87.5 * log10(1 + n) / log10(1 + max(self.top, 1))

    def ticks(self) -> list[tuple[int, float]]:
        """Give 0 and the powers of ten that are on the scale, each with its place."""
        numbers = [0, *(10**power for power in range(len(str(self.top))) if 10**power <= self.top)]
        return [(n, self.at(n)) for n in numbers]

    def interval(self, span: Interval | None) -> Bar | None:
        """Place an interval; None where the text gives no size."""
        if span is None:
            return None
        right = None if span.high is None else self.at(span.high)
        low, high = ("hard" if hard else "soft" for hard in (span.low_hard, span.high_hard))
        return Bar(self.at(span.low), 100 if right is None else right, low, "open" if right is None else high, None)

    def figure(self, figure: Figure, document: Document) -> Bar:
        """Place a figure; whether an end is asserted is read off the claim that it comes from."""
        best = None if figure.best is None else self.at(figure.best)
        if figure.low is None:
            return Bar(None, None, "", "", best)
        low = _asserted(figure.low, figure.low_from, document)
        if figure.high is None:
            return Bar(self.at(figure.low), 100, low, "open", best)
        return Bar(
            self.at(figure.low), self.at(figure.high), low, _asserted(figure.high, figure.high_from, document), best
        )


def of(document: Document, figures: Iterable[Figure]) -> Scale:
    """Make the scale for everything that a document counts."""
    spans = [interval(claim.count) for claim in document.claims if claim.count]
    ends = [end for span in spans if span for end in (span.low, span.high)]
    return Scale([*ends, *(n for figure in figures for n in (figure.low, figure.best, figure.high))])


def _asserted(value: int, claims: Iterable[str], document: Document) -> str:
    """Say how an end is meant: of a conflict the upper one may be the lower end of a claim (D4)."""
    known = {claim.id: claim for claim in document.claims}
    for id in claims:
        count = known[id].count
        span = interval(count) if count else None
        if span and ((span.low == value and span.low_hard) or (span.high == value and span.high_hard)):
            return "hard"
    return "soft"
