"""How sure is a number: bootstrap intervals, and a paired test for two systems.

Both work on stored counts of units and know no metric: a sample is a weighted sum of units, and
the number is read off it as off any other sum.  Units are documents; with one document an interval
over documents does not exist, so its sentences are resampled and the report says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from reportedly.metrics import METRICS, Metric
from reportedly.scoring import Scored
from reportedly.totals import laid, reduced, tables, values
from reportedly.totals import samples as samples_of

if TYPE_CHECKING:
    from reportedly.totals import Array

_CHUNK = 512  # samples at a time: bounds memory at about chunk × columns × 8 bytes


def bootstrap(
    scored: Scored, *, resamples: int = 10_000, seed: int = 1, level: float = 0.95
) -> dict[str, tuple[float, float]]:
    """Compute percentile bootstrap intervals.

    Args:
        scored: counts of a system.
        resamples: how many samples of the units, drawn with replacement.
        seed: of the random numbers; the same seed gives the same intervals.
        level: how much of the distribution the interval holds.

    Returns:
        Metric name → (low, high).  A metric that is undefined in every sample has none; samples in
        which it is undefined are left out.

    Source: Efron & Tibshirani 1993, ch. 13 (percentile interval).
    """
    import numpy as np

    drawn: dict[str, list[Array]] = {}
    for sums, columns in _samples(scored, resamples, seed) if resamples else ():
        for metric in METRICS:
            if metric.task in scored.tasks:
                drawn.setdefault(metric.name, []).append(values(metric, sums, columns))
    tail = (1 - level) / 2
    found = {}
    for name, parts in drawn.items():
        all_ = np.concatenate(parts)
        all_ = all_[~np.isnan(all_)]
        if len(all_):
            low, high = np.quantile(all_, [tail, 1 - tail])
            found[name] = (float(low), float(high))
    return found


def _samples(scored: Scored, resamples: int, seed: int) -> Iterator[tuple[Array, dict[str, list[int]]]]:
    """Yield sums of samples, and the columns of each metric in them."""
    import numpy as np

    units = scored.units
    if scored.weights == "poisson":
        # Streamed documents are gone; they were summed on the way.
        yield laid(scored.samples or samples_of(units, resamples, seed))
    elif len(units) > 1:
        (table,) = map(reduced, tables(units))
        matrix = table.matrix.reshape(len(units), -1)
        random = np.random.default_rng(seed)
        for start in range(0, resamples, _CHUNK):
            size = min(_CHUNK, resamples - start)
            weights = random.multinomial(len(units), np.full(len(units), 1 / len(units)), size=size)
            yield (weights @ matrix).reshape(size, -1, 4), table.columns


class Difference(NamedTuple):
    """A metric for two systems: values, difference b − a, and the two-sided p-value; None is undefined."""

    metric: Metric
    a: float | None
    b: float | None
    difference: float | None
    p: float | None


def compare(a: Scored, b: Scored, *, samples: int = 10_000, seed: int = 1) -> list[Difference]:
    """Test whether two systems differ, by paired approximate randomisation over the same units.

    Args:
        a: counts of one system.
        b: counts of the other, on the same gold and tasks.
        samples: how many times the two are swapped at random, unit by unit.
        seed: of the random numbers.

    Returns:
        A line a metric; p is (1 + samples at least as far apart) / (1 + samples).  A swapped sample
        in which one side is undefined counts as no difference.

    Raises:
        ValueError: the two were not counted on the same gold and tasks.

    Source: Noreen 1989; Riezler & Maxwell 2005; as in sacrebleu, Post 2018.
    """
    import numpy as np

    if a.digest != b.digest or a.tasks != b.tasks or [u.name for u in a.units] != [u.name for u in b.units]:
        raise ValueError("the two systems were not scored on the same gold and tasks")
    left, right = map(reduced, tables(a.units, b.units))
    one, other = (table.matrix.reshape(len(a.units), -1) for table in (left, right))
    metrics = [m for m in METRICS if m.task in a.tasks]
    whole_a, whole_b = (t.matrix.sum(axis=0)[None] for t in (left, right))
    observed = {
        m.name: (float(values(m, whole_a, left.columns)[0]), float(values(m, whole_b, left.columns)[0]))
        for m in metrics
    }
    random = np.random.default_rng(seed)
    as_far = dict.fromkeys(observed, 0)
    gap = other - one
    gap = gap[gap.any(axis=1)]  # to swap units in which the two are equal changes nothing
    # Many counts move as one, such as what is right among the predicted and among the gold: each is added up once.
    alike = {column.tobytes(): i for i, column in enumerate(gap.T)}
    kept = list(alike.values())
    place = [kept.index(alike[column.tobytes()]) for column in gap.T]
    gap = gap[:, kept]
    for start in range(0, samples, _CHUNK):
        size = min(_CHUNK, samples - start)
        # A bit a unit: drawing numbers would cost more than adding up.
        swapped = np.unpackbits(random.integers(0, 256, (size, -(-len(gap) // 8)), np.uint8), axis=1, count=len(gap))
        moved = (swapped.astype(float) @ gap)[:, place]
        sums_a = (one.sum(axis=0) + moved).reshape(size, -1, 4)
        sums_b = (other.sum(axis=0) - moved).reshape(size, -1, 4)
        for m in metrics:
            x, y = observed[m.name]
            apart = np.nan_to_num(np.abs(values(m, sums_b, left.columns) - values(m, sums_a, left.columns)))
            # Sums of fractions differ in the last bits by order; a hair must not decide.
            as_far[m.name] += int(np.sum(apart >= abs(y - x) - 1e-12))
    lines = []
    for m in metrics:
        x, y = observed[m.name]
        both = not np.isnan(x) and not np.isnan(y)
        lines.append(
            Difference(
                m,
                None if np.isnan(x) else x,
                None if np.isnan(y) else y,
                y - x if both else None,
                (1 + as_far[m.name]) / (1 + samples) if both else None,
            )
        )
    return lines
