"""How sure is a number: bootstrap intervals, and a paired test for two systems.

Both work on stored counts of units and know no metric: a sample is a weighted sum of units, and
the number is read off it as off any other sum.  Units are documents; with one document an interval
over documents does not exist, so its sentences are resampled and the report says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from reportedly.metrics import METRICS, Metric
from reportedly.scoring import Scored, Unit

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

_CHUNK = 512  # samples at a time: bounds memory at about chunk × columns × 8 bytes


class _Table(NamedTuple):
    """Counts of units as a matrix: units × (columns · 4), with the columns of each metric."""

    matrix: Array
    columns: dict[str, list[int]]


def _table(units: tuple[Unit, ...], *others: tuple[Unit, ...]) -> list[_Table]:
    """Lay the units of one or more systems out over the same columns."""
    import numpy as np

    every = [unit.sums for side in (units, *others) for unit in side]
    found = {(metric, label) for sums in every for metric, labels in sums.items() for label in labels}
    # In an order of their own: which system is named first must not move the last bit of a mean.
    names = {name: index for index, name in enumerate(sorted(found))}
    columns: dict[str, list[int]] = {}
    for (metric, _), index in names.items():
        columns.setdefault(metric, []).append(index)
    tables = []
    for side in (units, *others):
        matrix = np.zeros((len(side), max(1, len(names)), 4))
        for row, unit in enumerate(side):
            for metric, labels in unit.sums.items():
                for label, counts in labels.items():
                    matrix[row, names[metric, label]] = counts
        tables.append(_Table(matrix.reshape(len(side), -1), columns))
    return tables


def _f1(sums: Array) -> Array:
    """Read F1 off (…, 4) counts: 0 where one side is silent, NaN where both are."""
    import numpy as np

    p_num, p_den, r_num, r_den = np.moveaxis(sums, -1, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        precision, recall = p_num / p_den, r_num / r_den
        value = 2 * precision * recall / (precision + recall)
    value = np.where(np.isnan(value), 0.0, value)
    found: Array = np.where((p_den == 0) & (r_den == 0), np.nan, value)
    return found


def _values(metric: Metric, sums: Array, columns: dict[str, list[int]]) -> Array:
    """Read a metric off (samples, columns, 4) sums; NaN where it is undefined."""
    import numpy as np

    def of(name: str) -> Array:
        return sums[:, columns.get(name, []), :]

    if metric.read == "mean":
        mean: Array = np.mean([_f1(of(name).sum(axis=1)) for name in metric.of], axis=0)
        return mean
    labels = of(metric.of[0] if metric.of else metric.name)
    if metric.read.startswith("macro"):
        with np.errstate(invalid="ignore", divide="ignore"):
            each = _f1(labels) if metric.read == "macro_f1" else labels[..., 2] / labels[..., 3]
        defined = ~np.isnan(each)
        size = np.where(defined.any(axis=1), defined.sum(axis=1), np.nan)
        macro: Array = np.where(defined, each, 0).sum(axis=1) / size
        return macro
    total = labels.sum(axis=1)
    if metric.read == "f1":
        return _f1(total)
    with np.errstate(invalid="ignore", divide="ignore"):
        recall: Array = total[..., 2] / total[..., 3]
    return recall


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

    units = scored.units
    if resamples < 1 or len(units) < 2:
        return {}
    (table,) = _table(units)
    random = np.random.default_rng(seed)
    drawn: dict[str, list[Array]] = {}
    for start in range(0, resamples, _CHUNK):
        size = min(_CHUNK, resamples - start)
        weights = random.multinomial(len(units), np.full(len(units), 1 / len(units)), size=size)
        sums = (weights @ table.matrix).reshape(size, -1, 4)
        for metric in METRICS:
            if metric.task in scored.tasks:
                drawn.setdefault(metric.name, []).append(_values(metric, sums, table.columns))
    tail = (1 - level) / 2
    found = {}
    for name, parts in drawn.items():
        values = np.concatenate(parts)
        values = values[~np.isnan(values)]
        if len(values):
            low, high = np.quantile(values, [tail, 1 - tail])
            found[name] = (float(low), float(high))
    return found


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
    left, right = _table(a.units, b.units)
    metrics = [m for m in METRICS if m.task in a.tasks]
    whole_a, whole_b = (t.matrix.sum(axis=0).reshape(1, -1, 4) for t in (left, right))
    observed = {
        m.name: (float(_values(m, whole_a, left.columns)[0]), float(_values(m, whole_b, left.columns)[0]))
        for m in metrics
    }
    random = np.random.default_rng(seed)
    as_far = dict.fromkeys(observed, 0)
    gap = right.matrix - left.matrix
    for start in range(0, samples, _CHUNK):
        size = min(_CHUNK, samples - start)
        moved = random.integers(0, 2, size=(size, len(a.units))).astype(float) @ gap
        sums_a = (left.matrix.sum(axis=0) + moved).reshape(size, -1, 4)
        sums_b = (right.matrix.sum(axis=0) - moved).reshape(size, -1, 4)
        for m in metrics:
            x, y = observed[m.name]
            apart = np.nan_to_num(np.abs(_values(m, sums_b, left.columns) - _values(m, sums_a, left.columns)))
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
