"""A batch on the fast path, from documents and answers to a block of counts, and which of them it leaves alone."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import chain, compress
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import numpy as np

from reportedly.codec import Record
from reportedly.columns import counting, naming, records, sound
from reportedly.columns.labels import labels, maps
from reportedly.columns.packed import Pile
from reportedly.columns.tables import Columns, Numbered, side, text_of
from reportedly.fingerprint import code, text_code
from reportedly.metrics import METRICS
from reportedly.model import LAYERS, Document
from reportedly.totals import Block, Cell

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray


_FEW = 256  # documents that are laid out together: what the processor has at hand when it reads them again
_SILENT: dict[str, Any] = {}  # the record of an answer that is not there

_TASK = {metric.name: metric.task for metric in METRICS}


class Counted(NamedTuple):
    """The counts of the documents of a batch that could be counted, and of which they are."""

    block: Block
    done: list[bool]


def count_records(gold: Sequence[Record], predicted: Sequence[Record | None], tasks: tuple[str, ...]) -> Counted:
    """Count records of documents, one at least, beside the records that answer them, None for no answer."""
    return _by_few(len(gold), lambda some: _records(gold[some], predicted[some], tasks))


def count_documents(gold: Sequence[Document], predicted: Sequence[Document | None], tasks: tuple[str, ...]) -> Counted:
    """Count documents, one at least, beside their answers, None for no answer; texts are not looked at again."""
    return _by_few(len(gold), lambda some: _documents(gold[some], predicted[some], tasks))


def count_tables(gold: pa.RecordBatch, predicted: pa.RecordBatch, tasks: tuple[str, ...]) -> Counted:
    """Count documents in Arrow beside their answers, in the same order; an answer without an id is no answer."""
    with _uncollected():
        try:
            return _tables(gold, predicted, tasks)
        except (ValueError, NotImplementedError):
            # Bytes that are no UTF-8, or a layout that this Arrow does not read as another: row by row that is told.
            nothing = Block([], [], np.zeros(1, np.int64), np.empty(0, np.int64), np.empty((0, 4)), 0, [])
            return Counted(nothing, [False] * gold.num_rows)


def _by_few(size: int, count: Callable[[slice], Counted]) -> Counted:
    with _uncollected():
        found = [count(slice(start, start + _FEW)) for start in range(0, size, _FEW)]
    blocks = [each.block for each in found]
    begins = np.cumsum([0, *(len(block.which) for block in blocks)]).tolist()
    block = Block(
        list(chain.from_iterable(block.names for block in blocks)),
        blocks[0].cells,
        np.concatenate([[0], *(block.ends[1:] + begin for block, begin in zip(blocks, begins, strict=False))]),
        np.concatenate([block.which for block in blocks]),
        np.concatenate([block.counts for block in blocks]),
        sum(block.fingerprint for block in blocks) % 2**64,
        list(chain.from_iterable(block.silent for block in blocks)),
    )
    return Counted(block, list(chain.from_iterable(each.done for each in found)))


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


class _About(NamedTuple):
    """What is no matter of tables: of the documents, and of their answers."""

    ids: list[str]
    texts: list[str]
    codes: list[int]  # of the texts
    silent: list[str | None]  # what is not there of an answer
    fit: NDArray[np.bool_]  # which may be counted


def _records(gold: Sequence[Record], predicted: Sequence[Record | None], tasks: tuple[str, ...]) -> Counted:
    """Count a few records.  Each is decoded, written down in short, and forgotten."""
    pile = Pile()
    mine = pile.side("document")
    about: list[tuple[str, str, int]] = []
    for record in gold:
        document = records.decoded(record.data, "document")
        mine.add(document)
        fit = document is not None and sound.is_fit(document) and sound.is_gold_text(document.text, document.sha256)
        about.append((document.id, document.text, int(document.sha256[:16], 16)) if fit else _UNFIT)
    theirs = pile.side("prediction")
    fits: list[bool] = []
    silent: list[str | None] = []
    for answered, known in zip(predicted, about, strict=True):
        answer = records.decoded(answered.data, "prediction") if answered else None
        theirs.add(answer if answered else _SILENT)
        missing = [layer for layer in LAYERS if not isinstance(getattr(answer, layer, None), list)]
        silent.append(_unsaid(known[0], missing if answered else None))
        fits.append(known is not _UNFIT and (not answered or (answer is not None and _is_for(answer, *known[:2]))))
    (columns, keys), (answers, their_keys) = mine.read(), theirs.read()
    once = keys == records.colons([record.data for record in gold])
    once &= their_keys == records.colons([answered.data if answered else b"" for answered in predicted])
    ids, texts, codes = (list(each) for each in zip(*about, strict=True))
    return _compared(columns, answers, pile.strings(), _About(ids, texts, codes, silent, once & fits), tasks)


_UNFIT = ("", "", 0)  # what is known of a record that may not be counted


def _is_for(answer: Any, id: str, text: str) -> bool:
    return bool(sound.is_fit(answer) and answer.id == id and (not answer.text or answer.text == text))


def _documents(gold: Sequence[Document], predicted: Sequence[Document | None], tasks: tuple[str, ...]) -> Counted:
    """Count a few documents."""
    texts = [document.text for document in gold]
    about = _About(
        [document.id for document in gold],
        texts,
        [text_code(text) for text in texts],
        [_unsaid(mine.id, theirs.missing if theirs else None) for mine, theirs in zip(gold, predicted, strict=True)],
        np.ones(len(gold), np.bool_),
    )
    pile = Pile()
    mine = pile.side("document")
    for document in gold:
        mine.add(_scored(document))
    theirs = pile.side("document")
    for answer in predicted:
        theirs.add(_SILENT if answer is None else _scored(answer))
    (columns, _), (answers, _) = mine.read(), theirs.read()
    return _compared(columns, answers, pile.strings(), about, tasks)


def _scored(document: Document) -> Document:
    """Leave out of a document what is no part of a file, or derived."""
    if document.missing or document.templates is not None:
        return msgspec.structs.replace(document, missing=(), templates=None)
    return document


def _tables(gold: pa.RecordBatch, predicted: pa.RecordBatch, tasks: tuple[str, ...]) -> Counted:
    """Count documents in Arrow."""
    from reportedly.columns import arrow

    ids, texts, digests = (arrow.strings(gold, name).to_pylist() for name in ("id", "text", "sha256"))
    fit = np.array(
        [
            id is not None and text is not None and sound.is_gold_text(text, digest)
            for id, text, digest in zip(ids, texts, digests, strict=True)
        ]
    )
    about = _About(
        [id if each else "" for each, id in zip(fit, ids, strict=True)],
        [text if each else "" for each, text in zip(fit, texts, strict=True)],
        [int(digest[:16], 16) if each else 0 for each, digest in zip(fit, digests, strict=True)],
        [
            None if missing == () else _unsaid(str(id), missing)
            for id, missing in zip(ids, arrow.missing(predicted), strict=True)
        ],
        fit & arrow.agree(gold, predicted, "id") & arrow.agree(gold, predicted, "text"),
    )
    numbered = Numbered()
    columns = arrow.columns(gold, "document", numbered), arrow.columns(predicted, "prediction", numbered)
    return _compared(*columns, numbered, about, tasks)


def _compared(
    gold: Columns,
    predicted: Columns,
    strings: Numbered,
    about: _About,
    tasks: tuple[str, ...],
) -> Counted:
    """Count what was read."""
    mine = side(gold, about.texts, strings)
    theirs = side(predicted, about.texts, strings, mine.text)
    names = naming.strings(strings)
    fingerprints = naming.fingerprints(
        mine,
        np.array([code(id) for id in about.ids], np.uint64),
        np.array(about.codes, np.uint64),
        names,
        naming.codes(),
    )
    k, tables, (cells, at) = labels(), maps(), counting.columns()
    well = about.fit & sound.resolve(mine, k, tables, True) & sound.resolve(theirs, k, tables, False)
    order, asked = _asked(tasks)
    sure, ends, which, counts = counting.count(
        mine, theirs, well, k, tables, names, naming.codes(), at, len(cells), order
    )
    done = sure.tolist()
    block = Block(
        list(compress(about.ids, done)),
        asked,
        ends,
        which,
        counts,
        int(fingerprints[sure].sum(dtype=np.uint64)),
        [said for said in compress(about.silent, done) if said],
    )
    return Counted(block, done)


@cache
def _asked(tasks: tuple[str, ...]) -> tuple[NDArray[np.int64], list[Cell]]:
    """List the columns of some tasks, sorted: their numbers, and what they are."""
    cells, _ = counting.columns()
    found = sorted((cell, i) for i, cell in enumerate(cells) if _TASK[cell[0]] in tasks)
    return np.array([i for _, i in found], np.int64), [cell for cell, _ in found]


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
    kind = "document" if gold is None else "prediction"
    pile = Pile()
    filed = pile.side(kind)
    ids: list[str | None] = []
    texts = []
    for each in data:
        record = records.decoded(each, kind)
        filed.add(record)
        fit, text = False, ""
        if record is not None and sound.is_fit(record):
            if gold is None:
                fit, text = sound.is_gold_text(record.text, record.sha256), record.text
            elif known := gold.get(record.id):
                fit, text = _is_for(record, known.id, known.text), known.text
        ids.append(record.id if fit else None)
        texts.append(text)
    columns, keys = filed.read()
    laid = side(columns, texts, pile.strings(), None if gold is None else text_of(texts))
    well = sound.resolve(laid, labels(), maps(), gold is None) & (keys == records.colons(data))
    return [id if each else None for each, id in zip(well.tolist(), ids, strict=True)]
