"""A batch on the fast path, from documents and answers to a block of counts, and which of them it leaves alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from reportedly.codec import Record
from reportedly.columns import counting, naming, records, sound
from reportedly.columns.labels import labels, maps
from reportedly.columns.tables import SILENT, Numbered, side
from reportedly.fingerprint import code, text_code
from reportedly.metrics import METRICS
from reportedly.model import LAYERS
from reportedly.totals import Block, Table


class Counted(NamedTuple):
    """The counts of the documents of a batch that could be counted, and of which they are."""

    block: Block
    done: list[bool]


_TASK = {metric.name: metric.task for metric in METRICS}


def count_records(gold: Sequence[Record], predicted: Sequence[Record | None], tasks: tuple[str, ...]) -> Counted:
    """Count records of documents beside the records that answer them, None for no answer."""
    documents = [records.decoded(record.data, "document") for record in gold]
    answers = [
        SILENT if record is None else records.decoded(record.data, "prediction") if document is not None else None
        for document, record in zip(documents, predicted, strict=True)
    ]
    return count(documents, answers, tasks)


def count(documents: Sequence[Any], answers: Sequence[Any], tasks: tuple[str, ...], *, checked: bool = False) -> Counted:
    """Count documents beside their answers.

    Args:
        documents: records of `records.decoded` or `Document`; None is left alone.
        answers: the same of predictions; `SILENT` is no answer, None is left alone.
        tasks: names of `TASKS`.
        checked: the documents came in by the door; what a table cannot tell of them is not asked again.
    """
    texts = ["" if document is None else document.text for document in documents]
    fit = [
        document is not None and answer is not None and (answer is SILENT or _answers(document, answer))
        for document, answer in zip(documents, answers, strict=True)
    ]
    if not checked:
        read = sound.fit_to_be_read(documents), sound.fit_to_be_read(answers)
        fit = [all(each) for each in zip(fit, sound.fit_to_be_gold(documents, texts), *read, strict=True)]
    strings = Numbered()
    mine, theirs = side(documents, texts, strings), side(answers, texts, strings)
    k, tables = labels(), maps()
    ids = ["" if document is None else document.id for document in documents]
    fingerprints = naming.fingerprints(
        mine,
        np.array([code(id) for id in ids], np.uint64),
        np.array([text_code(text) for text in texts], np.uint64),
        naming.strings(strings),
        naming.codes(),
    )
    well = np.array(fit) & sound.resolve(mine, k, tables, not checked) & sound.resolve(theirs, k, tables, False)
    cells, at = counting.columns()
    counts, sure = counting.count(mine, theirs, well, k, tables, at, len(cells))
    asked = [i for i, (metric, _) in enumerate(cells) if _TASK[metric] in tasks]
    done = sure.tolist()
    block = Block(
        [id for id, counted in zip(ids, done, strict=True) if counted],
        Table.of(counts[sure][:, asked], [cells[i] for i in asked]),
        int(fingerprints[sure].sum(dtype=np.uint64)),
        [
            said
            for document, answer, counted in zip(documents, answers, done, strict=True)
            if counted and (said := _silence(document, answer))
        ],
    )
    return Counted(block, done)


def _answers(document: Any, answer: Any) -> bool:
    return bool(answer.id == document.id and (not answer.text or answer.text == document.text))


def _silence(document: Any, answer: Any) -> str | None:
    """Say which layers of an answer are not there, as `reportedly.scoring.count` does."""
    if answer is SILENT:
        return f"{document.id}: not predicted at all"
    missing = getattr(answer, "missing", None)
    if missing is None:
        missing = [layer for layer in LAYERS if not isinstance(getattr(answer, layer), list)]
    return f"{document.id}: no {', no '.join(missing)}" if missing else None


def valid(documents: Sequence[Any], texts: Sequence[str | None], *, predictions: bool) -> list[bool]:
    """Tell of records whether they are certainly valid; the others have to be looked into.

    Args:
        documents: records of `records.decoded`; None is not.
        texts: the report's text of each; None, for a prediction, where the gold has no such document.
        predictions: look at the rules for predictions; else at those for documents.
    """
    known = [text or "" for text in texts]
    fit = sound.fit_to_be_read(documents)
    if predictions:
        fit = [
            each and text is not None and (not document.text or document.text == text)
            for each, document, text in zip(fit, documents, texts, strict=True)
        ]
    else:
        fit = [all(each) for each in zip(fit, sound.fit_to_be_gold(documents, known), strict=True)]
    well = sound.resolve(side(documents, known, Numbered()), labels(), maps(), not predictions)
    return [bool(each) for each in np.array(fit) & well]
