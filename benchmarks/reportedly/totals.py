"""What is left of documents once they are counted: sums that add in any order, to the last digit.

The totals of one document and those of a billion are one thing, so that processes and machines each
add up their part and the parts are merged.  Whatever decides a number is added without rounding, or
rounded document by document before it is added; so it does not matter who added what first.  Up to
`KEPT` documents keep their counts one by one, for intervals and paired tests; beyond that the
samples of the bootstrap are summed on the way, and memory no longer grows with the corpus.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from functools import cache
from hashlib import sha256
from itertools import zip_longest
from math import exp, factorial, fsum
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from reportedly.metrics import METRICS, Counts, Item, Metric

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

KEPT = 10_000  # documents whose counts are kept one by one
_BATCH = 256  # documents added up at a time
_GRID = 2.0**-16  # what samples of the bootstrap are rounded to: sums of whole multiples are exact in any order

Cell = tuple[str, str]  # metric, label
Sums = dict[str, dict[str, Counts]]  # metric → label → counts

_CELLS: dict[Cell, Cell] = {}  # one object a cell, however many documents have it


class Unit(NamedTuple):
    """What is resampled: a document, or a sentence of the only one, with its counts, packed."""

    name: str
    cells: tuple[Cell, ...]
    counts: array[float]  # four a cell

    @property
    def sums(self) -> Sums:
        """Unpack the counts."""
        sums: Sums = {}
        for i, (metric, label) in enumerate(self.cells):
            sums.setdefault(metric, {})[label] = Counts(*self.counts[4 * i : 4 * i + 4])
        return sums


def unit(name: str, found: Iterable[Item]) -> Unit:
    """Add the items of a document, or of a sentence."""
    gathered: dict[Cell, list[Counts]] = {}
    for item in found:
        if rows := gathered.get(cell := (item.metric, item.label)):
            rows.append(item.counts)
        else:
            gathered[_CELLS.setdefault(cell, cell)] = [item.counts]
    counts = array("d")
    cells = []
    for cell in sorted(gathered):
        rows = gathered[cell]
        if any(summed := rows[0] if len(rows) == 1 else tuple(map(fsum, zip(*rows, strict=True)))):
            cells.append(cell)
            counts.extend(summed)
    return Unit(name, tuple(cells), counts)


class Table(NamedTuple):
    """Counts of units laid out: units × columns × 4, and the columns of each metric, sorted by label."""

    matrix: Array
    cells: list[Cell]
    columns: dict[str, list[int]]


def tables(*sides: Sequence[Unit]) -> list[Table]:
    """Lay the units of one or more systems out over the same columns."""
    import numpy as np

    cells = sorted({cell for side in sides for unit in side for cell in unit.cells})
    place = {cell: i for i, cell in enumerate(cells)}
    found = []
    for side in sides:
        matrix = np.zeros((len(side), len(cells), 4))
        rows = np.repeat(np.arange(len(side)), [len(unit.cells) for unit in side])
        columns = [place[cell] for unit in side for cell in unit.cells]
        matrix[rows, columns] = np.frombuffer(b"".join(unit.counts for unit in side)).reshape(-1, 4)
        found.append(Table(matrix, cells, _columns(cells)))
    return found


def _columns(cells: Iterable[Cell]) -> dict[str, list[int]]:
    columns: dict[str, list[int]] = {}
    for i, (metric, _) in enumerate(cells):
        columns.setdefault(metric, []).append(i)
    return columns


def _source(metric: Metric) -> str:
    return metric.of[0] if metric.of else metric.name


# Metrics that are read label by label; of all others the sum over labels is enough.
_BY_LABEL = {_source(metric) for metric in METRICS if metric.read.startswith("macro")}


def reduced(table: Table) -> Table:
    """Add up the labels of every metric that is not read label by label: a quarter of the columns is left."""
    import numpy as np

    cells, kept = [], []
    for name, columns in table.columns.items():
        if name in _BY_LABEL:
            cells += [table.cells[i] for i in columns]
            kept.append(table.matrix[:, columns])
        else:
            cells.append((name, ""))
            kept.append(table.matrix[:, columns].sum(axis=1, keepdims=True))
    matrix = np.concatenate(kept, axis=1) if kept else table.matrix
    return Table(matrix, cells, _columns(cells))


def f1(sums: Array) -> Array:
    """Read F1 off (…, 4) counts: 0 where one side is silent, NaN where both are."""
    import numpy as np

    p_num, p_den, r_num, r_den = np.moveaxis(sums, -1, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        precision, recall = p_num / p_den, r_num / r_den
        value = 2 * precision * recall / (precision + recall)
    value = np.where(np.isnan(value), 0.0, value)
    found: Array = np.where((p_den == 0) & (r_den == 0), np.nan, value)
    return found


def values(metric: Metric, sums: Array, columns: dict[str, list[int]]) -> Array:
    """Read a metric off (rows, columns, 4) sums; NaN where it is undefined."""
    import numpy as np

    def of(name: str) -> Array:
        return sums[:, columns.get(name, []), :]

    if metric.read == "mean":
        mean: Array = np.mean([f1(of(name).sum(axis=1)) for name in metric.of], axis=0)
        return mean
    labels = of(_source(metric))
    if metric.read.startswith("macro"):
        with np.errstate(invalid="ignore", divide="ignore"):
            each = f1(labels) if metric.read == "macro_f1" else labels[..., 2] / labels[..., 3]
        defined = ~np.isnan(each)
        size = np.where(defined.any(axis=1), defined.sum(axis=1), np.nan)
        macro: Array = np.where(defined, each, 0).sum(axis=1) / size
        return macro
    total = labels.sum(axis=1)
    if metric.read == "f1":
        return f1(total)
    with np.errstate(invalid="ignore", divide="ignore"):
        recall: Array = total[..., 2] / total[..., 3]
    return recall


# --- the bootstrap, in parts ------------------------------------------------------------------


def weights(name: str, resamples: int, seed: int) -> Array:
    """Draw how often a document is in each sample: Poisson with mean 1, by its name and the seed alone.

    Whoever holds the document draws the same, so that samples are summed where the documents are.
    A multinomial draw needs to know all documents; beyond some thousands the two do not differ.

    Source: Hanley & MacGibbon 2006; Chamandy et al. 2012.
    """
    import numpy as np

    key = int.from_bytes(sha256(f"{seed} {name}".encode()).digest()[:16])
    bits = np.random.Philox(key=key).random_raw(-(-resamples // 4)).astype("<u8").view("<u2")[:resamples]
    drawn: Array = _poisson()[bits]
    return drawn


@cache
def _poisson() -> Array:
    """Tabulate the weight of each 16-bit number: as many stand for k as come nearest to exp(−1)/k!."""
    import numpy as np

    below = np.cumsum([exp(-1) / factorial(k) for k in range(10)]) * 2**16
    found: Array = np.searchsorted(np.rint(below), np.arange(2**16), side="right").astype(float)
    return found


def samples(units: Sequence[Unit], resamples: int, seed: int) -> dict[Cell, Array]:
    """Sum the units in each Poisson sample: cell → (resamples, 4).

    Counts are rounded to 2⁻¹⁶ first, so that the sums are those of whole numbers: exact, and the same in any order.
    """
    import numpy as np

    (table,) = tables(units)
    table = reduced(table)
    drawn = np.array([weights(unit.name, resamples, seed) for unit in units])
    flat = np.rint(table.matrix.reshape(len(units), -1) / _GRID)
    # Most columns repeat another one: what is right is right for precision and recall.
    some, where = np.unique(flat, axis=1, return_inverse=True)
    sums = (drawn.T @ some)[:, where.ravel()].reshape(resamples, -1, 4)
    return {cell: np.ascontiguousarray(sums[:, i]) for i, cell in enumerate(table.cells)}


def laid(found: dict[Cell, Array]) -> tuple[Array, dict[str, list[int]]]:
    """Lay sums of samples out as `values` reads them."""
    import numpy as np

    cells = sorted(found)
    return np.stack([found[cell] for cell in cells], axis=1) * _GRID, _columns(cells)


# --- totals -----------------------------------------------------------------------------------


def exactly(parts: Iterable[float]) -> list[float]:
    """Add without rounding: gives the few numbers that together are the sum.

    Source: Shewchuk 1997; `math.fsum` rounds such a sum once, at the end.
    """
    rest = list(parts)
    found = []
    while part := fsum(rest):
        found.append(part)
        rest.append(-part)
    return found


def exact_parts(values: Array) -> Array:
    """Add the rows of a table without rounding: a few numbers a column, which together are its sum.

    A number is cut into pieces of 26 bits, of which 2²⁶ add up exactly, the whole ones first; what is so small that
    something is left after three cuts is added one by one.
    """
    import numpy as np

    found = np.zeros((4, values.shape[1]))
    rest, left = values, np.arange(values.shape[1])
    if len(values) and values.max(initial=0) < 2.0**26 / len(values):
        for part, grid in zip(found, (1.0, 2.0**-26, 2.0**-52, 2.0**-78), strict=True):
            cut = np.rint(rest / grid) * grid if grid < 1 else np.rint(rest)
            part[left] = cut.sum(axis=0)
            some = (rest != cut).any(axis=0)
            rest, left = rest[:, some] - cut[:, some], left[some]
    if not len(left):
        return found
    columns = [exactly(column) for column in values.T.tolist()]
    return np.array(list(zip_longest(*columns, fillvalue=0.0))).reshape(-1, values.shape[1])


class Answered(NamedTuple):
    """One document and its answer, counted, with what the report says of it besides numbers."""

    unit: Unit
    sentences: list[Unit]  # if they were asked for
    fingerprint: int
    silent: str | None
    unlocated: list[tuple[str, str, str]]


class Block(NamedTuple):
    """Documents that were counted together: their names, their counts, and what the report says besides."""

    names: list[str]
    cells: Sequence[Cell]  # that there may be, sorted
    ends: NDArray[np.int64]  # where the counts of the first document begin, and where those of each end
    which: NDArray[np.int64]  # the cell of each count, sorted document by document; what is nothing but 0 is left out
    counts: Array  # four a cell
    fingerprint: int
    silent: list[str]

    def units(self) -> list[Unit]:
        """Take the documents apart."""
        import numpy as np

        known = np.empty(len(self.cells), object)
        known[:] = [_CELLS.setdefault(cell, cell) for cell in self.cells]
        cells, counts, ends = known[self.which].tolist(), self.counts.tobytes(), self.ends.tolist()
        size = 4 * 8  # bytes of the counts of a cell
        return [
            Unit(name, tuple(cells[start:end]), array("d", counts[size * start : size * end]))
            for name, start, end in zip(self.names, ends, ends[1:], strict=False)
        ]

    def table(self) -> Table:
        """Lay the documents out, a row each."""
        import numpy as np

        some = np.bincount(self.which, minlength=len(self.cells)) > 0
        kept = [_CELLS.setdefault(self.cells[i], self.cells[i]) for i in np.flatnonzero(some)]
        matrix = np.zeros((len(self.names), len(kept), 4))
        rows = np.repeat(np.arange(len(self.names)), np.diff(self.ends))
        matrix[rows, (np.cumsum(some) - 1)[self.which]] = self.counts
        return Table(matrix, kept, _columns(kept))


class _Packed(msgspec.Struct, array_like=True):
    """Totals as they travel; arrays are bytes."""

    tasks: tuple[str, ...]
    resamples: int
    seed: int
    keep: float
    size: int
    fingerprint: int
    silent: list[str]
    unlocated: list[tuple[str, str, str]]
    units: list[tuple[str, tuple[Cell, ...], bytes]]
    sentences: list[tuple[str, tuple[Cell, ...], bytes]]
    samples: list[tuple[Cell, bytes]]
    sums: list[tuple[Cell, list[list[float]]]]
    means: dict[str, list[float]]
    defined: dict[str, int]


_UNPACKER = msgspec.msgpack.Decoder(_Packed)


class Totals:
    """Documents added up; more can be added, and the totals of other documents."""

    def __init__(self, tasks: tuple[str, ...], *, resamples: int = 0, seed: int = 1, keep: float = KEPT) -> None:
        """Start with no document.

        Args:
            tasks: names of `TASKS`.
            resamples: how many samples of the bootstrap to sum once more documents come than are kept.
            seed: of the samples.
            keep: how many documents keep their counts.
        """
        self.tasks, self.resamples, self.seed, self.keep = tasks, resamples, seed, keep
        self.size = 0
        self.fingerprint = 0
        self.silent: list[str] = []
        self.unlocated: list[tuple[str, str, str]] = []
        self.units: list[Unit] = []
        self.sentences: list[Unit] = []  # of the only document
        self.samples: dict[Cell, Array] = {}
        self._new: list[Unit] = []
        self._sums: dict[Cell, list[list[float]]] = {}
        self._means: dict[str, list[float]] = {}
        self._defined: dict[str, int] = {}

    def add(self, answered: Answered) -> None:
        """Add a document."""
        self.sentences = [] if self.size else answered.sentences
        self.size += 1
        self.fingerprint = (self.fingerprint + answered.fingerprint) % 2**64
        self.silent += [answered.silent] if answered.silent else []
        self.unlocated += answered.unlocated
        self._new.append(answered.unit)
        if len(self._new) >= _BATCH:
            self.settle()

    def settle(self) -> None:
        """Add up what came since the last time."""
        new, self._new = self._new, []
        if not new:
            return
        (table,) = tables(new)
        self._add_up(table)
        self._keep(new)

    def add_block(self, block: Block) -> None:
        """Add documents that were counted together."""
        if not block.names:
            return
        self.settle()
        self.sentences = []
        self.size += len(block.names)
        self.fingerprint = (self.fingerprint + block.fingerprint) % 2**64
        self.silent += block.silent
        self._add_up(block.table())
        self._keep(block.units() if self.resamples or self.size <= self.keep else [])

    def _add_up(self, table: Table) -> None:
        import numpy as np

        flat = table.matrix.reshape(len(table.matrix), -1)
        parts = exact_parts(flat)
        parts = parts.reshape(len(parts), len(table.cells), 4)
        for i, cell in enumerate(table.cells):
            self._add(cell, parts[:, i].T.tolist())
        small = reduced(table)
        asked = [metric for metric in METRICS if metric.task in self.tasks]
        found = np.stack([values(metric, small.matrix, small.columns) for metric in asked], axis=1)
        defined = ~np.isnan(found)
        means = exact_parts(np.where(defined, found, 0.0)).T.tolist()
        for metric, mean, size in zip(asked, means, defined.sum(axis=0).tolist(), strict=True):
            self._add_mean(metric.name, mean, size)

    def _add(self, cell: Cell, parts: list[list[float]]) -> None:
        known = self._sums.setdefault(cell, [[], [], [], []])
        for mine, more in zip(known, parts, strict=True):
            mine[:] = exactly([*mine, *more])

    def _add_mean(self, metric: str, parts: list[float], defined: int) -> None:
        self._means[metric] = exactly([*self._means.get(metric, ()), *parts])
        self._defined[metric] = self._defined.get(metric, 0) + defined

    def _keep(self, units: list[Unit]) -> None:
        self.units += units
        if self.size > self.keep:
            gone, self.units = self.units, []
            for start in range(0, len(gone), _BATCH) if self.resamples else ():
                self._add_samples(samples(gone[start : start + _BATCH], self.resamples, self.seed))

    def _add_samples(self, more: dict[Cell, Array]) -> None:
        for cell, sums in more.items():
            self.samples[cell] = self.samples[cell] + sums if cell in self.samples else sums

    def merge(self, other: Totals) -> None:
        """Add the documents of other totals, of the same tasks, resamples and seed."""
        self.settle()
        other.settle()
        self.sentences = [] if self.size else other.sentences
        self.size += other.size
        self.fingerprint = (self.fingerprint + other.fingerprint) % 2**64
        self.silent += other.silent
        self.unlocated += other.unlocated
        for cell, parts in other._sums.items():
            self._add(cell, parts)
        for metric, found in other._means.items():
            self._add_mean(metric, found, other._defined[metric])
        self._add_samples(other.samples)
        self._keep(other.units)

    def pack(self) -> bytes:
        """Write down everything, for another process or machine, as MessagePack."""
        self.settle()
        units, sentences = (
            [(unit.name, unit.cells, unit.counts.tobytes()) for unit in side] for side in (self.units, self.sentences)
        )
        packed = _Packed(
            tasks=self.tasks,
            resamples=self.resamples,
            seed=self.seed,
            keep=self.keep,
            size=self.size,
            fingerprint=self.fingerprint,
            silent=self.silent,
            unlocated=self.unlocated,
            units=units,
            sentences=sentences,
            samples=[(cell, sums.tobytes()) for cell, sums in self.samples.items()],
            sums=list(self._sums.items()),
            means=self._means,
            defined=self._defined,
        )
        return msgspec.msgpack.encode(packed)

    @classmethod
    def unpack(cls, data: bytes) -> Totals:
        """Read what `pack` wrote.

        Raises:
            msgspec.ValidationError: it was something else.
        """
        import numpy as np

        packed = _UNPACKER.decode(data)
        totals = cls(packed.tasks, resamples=packed.resamples, seed=packed.seed, keep=packed.keep)
        totals.size, totals.fingerprint = packed.size, packed.fingerprint
        totals.silent, totals.unlocated = packed.silent, packed.unlocated
        totals.units, totals.sentences = (
            [Unit(name, cells, array("d", counts)) for name, cells, counts in side]
            for side in (packed.units, packed.sentences)
        )
        totals.samples = {cell: np.frombuffer(sums).reshape(-1, 4) for cell, sums in packed.samples}
        totals._sums, totals._means, totals._defined = dict(packed.sums), packed.means, packed.defined
        return totals

    @property
    def sums(self) -> Sums:
        """Give the sums over all documents."""
        self.settle()
        sums: Sums = {}
        for metric, label in sorted(self._sums):
            sums.setdefault(metric, {})[label] = Counts(*map(fsum, self._sums[metric, label]))
        return sums

    @property
    def means(self) -> dict[str, float]:
        """Give the mean over the documents in which a metric is defined."""
        self.settle()
        return {metric: fsum(parts) / n for metric, parts in self._means.items() if (n := self._defined[metric])}
