"""From documents to scores: compare each pair, add the items up, read the numbers off the sums.

Opens no file.  What a system leaves out, a document or a layer, counts as predicted empty and is
named in the report.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import fsum, inf
from typing import TYPE_CHECKING, Any, NamedTuple

from reportedly import codec, columns
from reportedly.align import Comparison
from reportedly.fingerprint import fingerprint
from reportedly.metrics import METRICS, TASKS, Counts, Item, Metric, items, sums
from reportedly.model import LAYERS, SCHEMA, Document
from reportedly.text import sentence_at, sentences
from reportedly.totals import KEPT, Answered, Cell, Sums, Totals, Unit, unit

if TYPE_CHECKING:
    from reportedly.totals import Array


FEW = 2_048  # documents for which the fast path is not worth to be loaded
_BATCH = 256  # documents that it counts at a time


class Scored(NamedTuple):
    """All counts of one system on one gold: enough for every number, interval and test.

    ``silent`` lists what was not predicted; ``unlocated`` the predicted strings that are not in the
    text, as (document, place, string).  ``items`` is empty unless they were asked for.  ``documents``
    is empty if there are more than are kept; then ``samples`` has what intervals are read off.
    All are in the order of the documents' ids.
    """

    size: int
    total: Sums
    means: dict[str, float]
    documents: tuple[Unit, ...]
    sentences: tuple[Unit, ...]
    samples: dict[Cell, Array]
    silent: tuple[str, ...]
    unlocated: tuple[tuple[str, str, str], ...]
    items: tuple[tuple[Document, Document, tuple[Item, ...]], ...]
    digest: str
    tasks: tuple[str, ...]

    @property
    def units(self) -> tuple[Unit, ...]:
        """Documents; with one document alone, its sentences."""
        return self.documents if self.size > 1 else self.sentences

    @property
    def resampled(self) -> int:
        """Count the units, kept or not."""
        return self.size if self.size > 1 else len(self.sentences)

    @property
    def weights(self) -> str:
        """Name how samples weigh the units, for the signature: see `totals.weights`."""
        return "poisson" if self.samples or self.size > KEPT else "multinomial"

    @property
    def unit(self) -> str:
        """Name what the units are, for the signature."""
        return "documents" if self.size > 1 else "sentences"


def add(parts: Iterable[Sums]) -> Sums:
    """Add sums; the order does not matter but for the last bit of fractions, so it is made canonical."""
    gathered: dict[str, dict[str, list[Counts]]] = {}
    for part in parts:
        for metric, by_label in part.items():
            for label, counts in by_label.items():
                gathered.setdefault(metric, {}).setdefault(label, []).append(counts)
    return {metric: {label: _sum(found) for label, found in rows.items()} for metric, rows in gathered.items()}


def _sum(counts: Iterable[Counts]) -> Counts:
    return Counts(*(fsum(column) for column in zip(*counts, strict=True)))


def _mean(values: Iterable[float]) -> float | None:
    """Average without an error of rounding, which would differ from one Python to the next; None of nothing."""
    rows = list(values)
    return fsum(rows) / len(rows) if rows else None


def digest(gold: Iterable[Document]) -> str:
    """Name the gold that was scored against, in any order: 12 hex digits of the sum of its documents' fingerprints."""
    return _digest(sum(map(fingerprint, gold)))


def _digest(fingerprints: int) -> str:
    return f"{fingerprints % 2**64:016x}"[:12]


def empty(gold: Document) -> Document:
    """Make the prediction that says nothing."""
    return Document(schema=SCHEMA, id=gold.id, language=gold.language, text=gold.text, missing=LAYERS)


def score(
    gold: Sequence[Document],
    predicted: Iterable[Document | Mapping[str, Any]],
    *,
    tasks: tuple[str, ...] = tuple(TASKS),
    keep_items: bool = False,
) -> Scored:
    """Count everything that is right and wrong; `results` reads the numbers off.

    Args:
        gold: annotated documents, ids unique.
        predicted: predictions for some or all of them: documents read against this gold, or plain
            data of the prediction schema (rows of a dataset).
        tasks: names of `TASKS`.
        keep_items: keep the items, for explanations.

    Raises:
        ValueError: a prediction is for no gold document, or two are for one; or a task is unknown.
        Invalid: plain data that breaks the schema or a rule; every fault is in it.
    """
    if unknown := [task for task in tasks if task not in TASKS]:
        raise ValueError(f"unknown task {unknown[0]!r}; tasks are {', '.join(TASKS)}")
    answers: dict[str, Document] = {}
    known = {document.id: document for document in gold}
    for row in predicted:
        document = row if isinstance(row, Document) else codec.from_dict(row, known)
        if document.id not in known:
            raise ValueError(f"the gold has no document {document.id!r}")
        if document.id in answers:
            raise ValueError(f"two predictions for document {document.id!r}")
        answers[document.id] = document
    totals = Totals(tasks, keep=inf)
    kept: list[tuple[Document, Document, tuple[Item, ...]]] = []
    for document in _not_counted(gold, answers, totals) if len(gold) >= FEW and not keep_items else gold:
        answer, found = answers.get(document.id), None
        if keep_items:
            found = tuple(items(Comparison(document, answer or empty(document)), tasks))
            kept.append((document, answer or empty(document), found))
        totals.add(count(document, answer, tasks, found, by_sentence=len(gold) == 1))
    return scored(totals)._replace(items=tuple(kept))


def _not_counted(gold: Sequence[Document], answers: Mapping[str, Document], totals: Totals) -> Iterator[Document]:
    """Count what the fast path is sure of, batch by batch, and give the rest."""
    if not columns.available():
        yield from gold
        return
    from reportedly.columns import batch

    for start in range(0, len(gold), _BATCH):
        some = gold[start : start + _BATCH]
        counted = batch.count_documents(some, [answers.get(document.id) for document in some], totals.tasks)
        totals.add_block(counted.block)
        yield from (document for document, done in zip(some, counted.done, strict=True) if not done)


def count(
    gold: Document,
    predicted: Document | None,
    tasks: tuple[str, ...],
    found: Iterable[Item] | None = None,
    *,
    by_sentence: bool = False,
) -> Answered:
    """Count one document and its answer.

    Args:
        gold: the document.
        predicted: its answer, None for none.
        tasks: names of `TASKS`.
        found: its items, if they are there already.
        by_sentence: count each sentence too, for a corpus of one document.
    """
    answer = predicted or empty(gold)
    if found is None:
        found = (items if by_sentence else sums)(Comparison(gold, answer), tasks)
    inner: list[Unit] = []
    if by_sentence:
        found = tuple(found)
        bounds = sentences(gold.text)
        parts: list[list[Item]] = [[] for _ in bounds]
        for item in found:
            parts[sentence_at(bounds, item.at)].append(item)
        inner = [unit(f"{gold.id}:{i}", part) for i, part in enumerate(parts, 1)]
    silent = None
    if predicted is None:
        silent = f"{gold.id}: not predicted at all"
    elif answer.missing:
        silent = f"{gold.id}: no {', no '.join(answer.missing)}"
    lost = () if all(span.located for span in answer.marked) else answer.spans()
    return Answered(
        unit(gold.id, found),
        inner,
        fingerprint(gold),
        silent,
        [(gold.id, at, span.text) for at, span in lost if not span.located],
    )


def scored(totals: Totals) -> Scored:
    """Read what was added up."""
    return Scored(
        size=totals.size,
        total=totals.sums,
        means=totals.means,
        documents=tuple(sorted(totals.units)),
        sentences=tuple(totals.sentences),
        samples=totals.samples,
        silent=tuple(sorted(totals.silent)),
        unlocated=tuple(sorted(totals.unlocated, key=lambda row: row[0])),
        items=(),
        digest=_digest(totals.fingerprint),
        tasks=totals.tasks,
    )


# --- reading numbers off sums -----------------------------------------------------------------


def read(metric: Metric, sums: Mapping[str, Mapping[str, Counts]]) -> float | None:
    """Read a metric's one number off sums; None where it is undefined."""
    if metric.read == "mean":
        parts = [_sum(sums.get(name, {}).values() or [Counts()]).f1 for name in metric.of]
        return None if any(part is None for part in parts) else _mean(p for p in parts if p is not None)
    labels = sums.get(metric.of[0] if metric.of else metric.name, {})
    if metric.read.startswith("macro"):
        values = [getattr(counts, metric.read.removeprefix("macro_")) for counts in labels.values()]
        defined = [value for value in values if value is not None]
        return _mean(defined)
    value: float | None = getattr(_sum(labels.values() or [Counts()]), metric.read)
    return value


class Result(NamedTuple):
    """One line of a report: a metric's micro value, precision and recall if it is an F1, and its macro value.

    ``macro`` is the mean over the documents in which the metric is defined.
    """

    metric: Metric
    value: float | None
    precision: float | None
    recall: float | None
    macro: float | None
    counts: Counts


def results(scored: Scored) -> list[Result]:
    """Read every metric of the tasks that were counted."""
    total = scored.total
    lines = []
    for metric in METRICS:
        if metric.task not in scored.tasks:
            continue
        labels = total.get(metric.of[0] if metric.of else metric.name, {})
        counts = _sum(labels.values() or [Counts()])
        lines.append(
            Result(
                metric,
                read(metric, total),
                counts.precision if metric.read == "f1" else None,
                counts.recall if metric.read == "f1" else None,
                scored.means.get(metric.name),
                counts,
            )
        )
    return lines
