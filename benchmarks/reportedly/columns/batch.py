"""A batch on the fast path, from documents and answers to a block of counts, and which of them it leaves alone."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import compress
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from reportedly.codec import Record
from reportedly.columns import counting, naming, records, sound
from reportedly.columns.labels import labels, maps
from reportedly.columns.tables import SILENT, Numbered, Side, side
from reportedly.fingerprint import code, text_code
from reportedly.metrics import METRICS
from reportedly.model import LAYERS, Document
from reportedly.totals import Block, Table

if TYPE_CHECKING:
    import pyarrow as pa

    from reportedly.totals import Array


_FEW = 24  # documents that are laid out together: no more than the processor has at hand when it reads them again

_TASK = {metric.name: metric.task for metric in METRICS}


class Counted(NamedTuple):
    """The counts of the documents of a batch that could be counted, and of which they are."""

    block: Block
    done: list[bool]


def count_records(gold: Sequence[Record], predicted: Sequence[Record | None], tasks: tuple[str, ...]) -> Counted:
    """Count records of documents beside the records that answer them, None for no answer."""

    def few(start: int) -> _Slice:
        some = slice(start, start + _FEW)
        documents = [records.decoded(record.data, "document") for record in gold[some]]
        answers = [
            SILENT if record is None else records.decoded(record.data, "prediction") for record in predicted[some]
        ]
        return _count(documents, answers, _fit(documents, answers))

    with _uncollected():
        return _put_together([few(start) for start in range(0, len(gold), _FEW)], tasks)


def count_documents(gold: Sequence[Document], predicted: Sequence[Document | None], tasks: tuple[str, ...]) -> Counted:
    """Count documents beside their answers, None for no answer; that texts are in order is not asked again."""

    def few(start: int) -> _Slice:
        some = slice(start, start + _FEW)
        answers = [SILENT if answer is None else answer for answer in predicted[some]]
        try:
            return _count(gold[some], answers, [True] * len(answers))
        except KeyError:  # a label of no vocabulary: such documents do not come by the door
            return _Slice([], np.empty((0, len(counting.columns()[0]), 4)), 0, [], [False] * len(answers))

    with _uncollected():
        return _put_together([few(start) for start in range(0, len(gold), _FEW)], tasks)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Let no garbage be collected meanwhile: there are no circles in a record, and to look for them takes its time."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _fit(documents: Sequence[Any], answers: Sequence[Any]) -> list[bool]:
    """Tell of records what is no matter of tables."""
    fit = zip(
        documents,
        answers,
        sound.fit_to_be_gold(documents),
        sound.fit_to_be_read(documents),
        sound.fit_to_be_read(answers),
        strict=True,
    )
    return [all(found) and (answer is SILENT or _answers(document, answer)) for document, answer, *found in fit]


def count_tables(gold: pa.RecordBatch, predicted: pa.RecordBatch, tasks: tuple[str, ...]) -> Counted:
    """Count documents in Arrow beside their answers, in the same order; an answer without an id is no answer."""
    from reportedly.columns import arrow

    size = gold.num_rows

    def listed(table: pa.RecordBatch, name: str) -> list[Any]:
        return table.column(name).to_pylist() if name in table.schema.names else [None] * size

    ids, texts, answered, their = (
        listed(gold, "id"),
        listed(gold, "text"),
        listed(predicted, "id"),
        listed(predicted, "text"),
    )
    fit = [
        isinstance(id, str)
        and isinstance(text, str)
        and (answer is None or answer == id)
        and (other is None or other == text)
        and sound.is_gold_text(text, digest)
        for id, text, answer, other, digest in zip(ids, texts, answered, their, listed(gold, "sha256"), strict=True)
    ]
    known = [text if each else "" for each, text in zip(fit, texts, strict=True)]
    names = [id if each else "" for each, id in zip(fit, ids, strict=True)]
    strings = Numbered()
    mine, theirs = arrow.side(gold, "document", known, strings), arrow.side(predicted, "prediction", known, strings)
    there = [
        predicted.column(layer).is_valid().to_pylist() if layer in predicted.schema.names else [False] * size
        for layer in LAYERS
    ]
    silent = [
        _unsaid(id, None if answer is None else [layer for layer, each in zip(LAYERS, filled, strict=True) if not each])
        for id, answer, *filled in zip(names, answered, *there, strict=True)
    ]
    return _put_together([_compared(mine, theirs, names, known, silent, strings, fit)], tasks)


class _Slice(NamedTuple):
    """The counts of a few documents, of those that could be counted; and of which they are."""

    names: list[str]
    counts: Array
    fingerprint: int
    silent: list[str]
    done: list[bool]


def _count(documents: Sequence[Any], answers: Sequence[Any], fit: list[bool]) -> _Slice:
    """Count a few documents.

    Args:
        documents: records or documents; None for what is not in order.
        answers: the same of predictions; `SILENT` for no answer.
        fit: which of them may be counted, as far as is no matter of tables.
    """
    texts = ["" if document is None else document.text for document in documents]
    ids = ["" if document is None else document.id for document in documents]
    strings = Numbered()
    mine, theirs = side(documents, texts, strings), side(answers, texts, strings)
    silent = [_unsaid(id, _missing(answer)) for id, answer in zip(ids, answers, strict=True)]
    return _compared(mine, theirs, ids, texts, silent, strings, fit)


def _compared(
    mine: Side,
    theirs: Side,
    ids: Sequence[str],
    texts: Sequence[str],
    silent: Sequence[str | None],
    strings: Numbered,
    fit: Sequence[bool],
) -> _Slice:
    """Count what is laid out; ``silent`` says of each answer what is not there."""
    names = naming.strings(strings)
    fingerprints = naming.fingerprints(
        mine,
        np.array([code(id) for id in ids], np.uint64),
        np.array([text_code(text) for text in texts], np.uint64),
        names,
        naming.codes(),
    )
    k, tables, (cells, at) = labels(), maps(), counting.columns()
    well = sound.resolve(mine, k, tables, True) & sound.resolve(theirs, k, tables, False) & np.array(fit, np.bool_)
    counts, sure = counting.count(mine, theirs, well, k, tables, names, naming.codes(), at, len(cells))
    done = sure.tolist()
    return _Slice(
        list(compress(ids, done)),
        counts[sure],
        int(fingerprints[sure].sum(dtype=np.uint64)),
        [said for said in compress(silent, done) if said],
        done,
    )


def _put_together(slices: Sequence[_Slice], tasks: tuple[str, ...]) -> Counted:
    cells, _ = counting.columns()
    asked = [i for i, (metric, _) in enumerate(cells) if _TASK[metric] in tasks]
    counts = np.concatenate([each.counts for each in slices]) if slices else np.empty((0, len(cells), 4))
    block = Block(
        [name for each in slices for name in each.names],
        Table.of(counts if len(asked) == len(cells) else counts[:, asked], [cells[i] for i in asked]),
        sum(each.fingerprint for each in slices) % 2**64,
        [said for each in slices for said in each.silent],
    )
    return Counted(block, [each for found in slices for each in found.done])


def _answers(document: Any, answer: Any) -> bool:
    return bool(answer.id == document.id and (not answer.text or answer.text == document.text))


def _missing(answer: Any) -> Sequence[str] | None:
    """List the layers that are not there of an answer; None if there is no answer."""
    if answer is SILENT or answer is None:
        return None
    if isinstance(answer, Document):
        return answer.missing
    return [layer for layer in LAYERS if not isinstance(getattr(answer, layer), list)]


def _unsaid(id: str, missing: Sequence[str] | None) -> str | None:
    """Say what is not there of an answer, as `reportedly.scoring.count` does."""
    if missing is None:
        return f"{id}: not predicted at all"
    return f"{id}: no {', no '.join(missing)}" if missing else None


def valid(data: Sequence[bytes], gold: Mapping[str, Document] | None = None) -> list[str | None]:
    """Name the records that are certainly valid by their documents' ids; None for one that has to be looked into.

    Args:
        data: the JSON of each record.
        gold: None for documents; for predictions the gold documents by id.
    """
    with _uncollected():
        return [id for start in range(0, len(data), _FEW) for id in _valid(data[start : start + _FEW], gold)]


def _valid(data: Sequence[bytes], gold: Mapping[str, Document] | None) -> list[str | None]:
    documents = [records.decoded(each, "document" if gold is None else "prediction") for each in data]
    fit = sound.fit_to_be_read(documents)
    if gold is None:
        whole = documents
        fit = [all(each) for each in zip(fit, sound.fit_to_be_gold(documents), strict=True)]
    else:
        whole = [document and gold.get(document.id) for document in documents]
        both = zip(fit, whole, documents, strict=True)
        fit = [each and known is not None and _answers(known, document) for each, known, document in both]
    texts = [document.text if document else "" for document in whole]
    well = sound.resolve(side(documents, texts, Numbered()), labels(), maps(), gold is None) & np.array(fit)
    return [document.id if each else None for each, document in zip(well.tolist(), documents, strict=True)]
