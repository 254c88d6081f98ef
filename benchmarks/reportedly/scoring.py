"""From documents to scores: compare each pair, add the items up, read the numbers off the sums.

Opens no file.  What a system leaves out, a document or a layer, counts as predicted empty and is
named in the report.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from math import fsum
from typing import Any, NamedTuple

from reportedly import codec
from reportedly.align import Comparison
from reportedly.metrics import METRICS, TASKS, Counts, Item, Metric, items
from reportedly.model import LAYERS, SCHEMA, Document
from reportedly.text import sentence_at, sentences

Sums = dict[str, dict[str, Counts]]  # metric → label → counts


class Unit(NamedTuple):
    """What is resampled: a document, or a sentence of the only one, with its sums."""

    name: str
    sums: Sums


class Scored(NamedTuple):
    """All counts of one system on one gold: enough for every number, interval and test.

    ``silent`` lists what was not predicted; ``unlocated`` the predicted strings that are not in the
    text, as (document, place, string).  ``items`` is empty unless they were asked for.
    """

    documents: tuple[Unit, ...]
    sentences: tuple[Unit, ...]
    silent: tuple[str, ...]
    unlocated: tuple[tuple[str, str, str], ...]
    items: tuple[tuple[Document, Document, tuple[Item, ...]], ...]
    digest: str
    tasks: tuple[str, ...]

    @property
    def units(self) -> tuple[Unit, ...]:
        """Documents; with one document alone, its sentences."""
        return self.documents if len(self.documents) > 1 else self.sentences

    @property
    def unit(self) -> str:
        """Name what the units are, for the signature."""
        return "documents" if len(self.documents) > 1 else "sentences"

    @property
    def total(self) -> Sums:
        """Add up the documents."""
        return add(unit.sums for unit in self.documents)


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


def _sums(found: Iterable[Item]) -> Sums:
    return add({item.metric: {item.label: item.counts}} for item in found)


def digest(gold: Iterable[Document]) -> str:
    """Name the gold that was scored against: the first 12 digits of the SHA-256 of its canonical lines."""
    lines = sorted(codec.line(document) for document in gold)
    return sha256("\n".join(lines).encode("utf-8")).hexdigest()[:12]


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
    units: list[Unit] = []
    inner: list[Unit] = []
    silent: list[str] = []
    unlocated: list[tuple[str, str, str]] = []
    kept: list[tuple[Document, Document, tuple[Item, ...]]] = []
    for document in gold:
        answer = answers.get(document.id) or empty(document)
        if document.id not in answers:
            silent.append(f"{document.id}: not predicted at all")
        elif answer.missing:
            silent.append(f"{document.id}: no {', no '.join(answer.missing)}")
        unlocated.extend((document.id, at, span.text) for at, span in answer.spans() if not span.located)
        found = tuple(items(Comparison(document, answer), tasks))
        units.append(Unit(document.id, _sums(found)))
        if len(gold) == 1:
            bounds = sentences(document.text)
            by_sentence: dict[int, list[Item]] = {i: [] for i in range(len(bounds))}
            for item in found:
                by_sentence[sentence_at(bounds, item.at)].append(item)
            inner = [Unit(f"{document.id}:{i + 1}", _sums(part)) for i, part in by_sentence.items()]
        if keep_items:
            kept.append((document, answer, found))
    return Scored(tuple(units), tuple(inner), tuple(silent), tuple(unlocated), tuple(kept), digest(gold), tasks)


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
        per_document = [v for unit in scored.documents if (v := read(metric, unit.sums)) is not None]
        lines.append(
            Result(
                metric,
                read(metric, total),
                counts.precision if metric.read == "f1" else None,
                counts.recall if metric.read == "f1" else None,
                _mean(per_document),
                counts,
            )
        )
    return lines
