"""What all metrics share: counts that add, items that carry them, and how a number is read off.

Undefined is not 0 and not 1: where nothing was there to be found and nothing was said, a score is
None, printed as a dash.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, TypeVar

import msgspec

K = TypeVar("K")
V = TypeVar("V")


class Counts(NamedTuple):
    """Numerators and denominators of precision and recall; they add, ratios do not.

    Numerators may be fractions: half credits, and the entity scores of coreference.
    """

    p_num: float = 0.0
    p_den: float = 0.0
    r_num: float = 0.0
    r_den: float = 0.0

    def plus(self, other: Counts) -> Counts:
        """Add two counts."""
        return Counts(*(a + b for a, b in zip(self, other, strict=True)))

    @property
    def precision(self) -> float | None:
        """Right among predicted; None if nothing was predicted."""
        return self.p_num / self.p_den if self.p_den else None

    @property
    def recall(self) -> float | None:
        """Right among gold; None if the gold has nothing."""
        return self.r_num / self.r_den if self.r_den else None

    @property
    def f1(self) -> float | None:
        """Harmonic mean of precision and recall; 0 where one side is silent, None where both are."""
        p, r = self.precision, self.recall
        if p is None and r is None:
            return None
        if not p or not r:
            return 0.0
        return 2 * p * r / (p + r)


class Item(msgspec.Struct, frozen=True, gc=False):
    """One thing scored: what it adds to a metric, under which label, at which offset of the text.

    ``gold`` and ``predicted`` are what was compared, None where one side has nothing.
    """

    metric: str
    label: str
    at: int
    counts: Counts
    gold: Any = None
    predicted: Any = None


class Metric(NamedTuple):
    """A line of the report: how its number is read off the counts of its labels.

    ``read`` is f1, recall, macro_f1 or macro_recall (mean over the labels that have one), or mean
    (of the metrics named in ``of``); else ``of`` names the metric whose items are read.
    """

    name: str
    task: str
    read: str
    means: str
    of: tuple[str, ...] = ()


_HIT, _MISS, _SPURIOUS = Counts(1.0, 1.0, 1.0, 1.0), Counts(r_den=1.0), Counts(p_den=1.0)


def pair(metric: str, label: str, at: int, credit: float, gold: Any, predicted: Any) -> Item:
    """Make the item of a gold and a predicted thing that answer each other, with a credit of 0 to 1."""
    return Item(metric, label, at, _HIT if credit == 1 else Counts(credit, 1, credit, 1), gold, predicted)


def missed(metric: str, label: str, at: int, gold: Any) -> Item:
    """Make the item of a gold thing that nothing answers."""
    return Item(metric, label, at, _MISS, gold, None)


def spurious(metric: str, label: str, at: int, predicted: Any) -> Item:
    """Make the item of a predicted thing that answers nothing."""
    return Item(metric, label, at, _SPURIOUS, None, predicted)


def exact(
    metric: str,
    gold: Mapping[K, V],
    predicted: Mapping[K, V],
    label: Callable[[K], str],
    at: Callable[[V], int],
) -> Iterator[Item]:
    """Compare two sets by their keys: equal or not."""
    for key, value in gold.items():
        if key in predicted:
            yield pair(metric, label(key), at(value), 1.0, value, predicted[key])
        else:
            yield missed(metric, label(key), at(value), value)
    for key, value in predicted.items():
        if key not in gold:
            yield spurious(metric, label(key), at(value), value)
