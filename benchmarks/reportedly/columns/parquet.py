"""Gold and predictions in Parquet, side by side by the batch: each document beside its answer.

Only what is plainly in order is taken: ids that are there and stand once, and predictions for documents
of the gold.  Anything else is a fault, and `reportedly.batches` finds and tells it row by row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from reportedly import codec
from reportedly.codec import Record
from reportedly.model import Problem

if TYPE_CHECKING:
    from reportedly.columns.tables import Table

ROWS = 1024  # documents of a batch
_LONG = ("text", "sha256")  # strings that are not worth a dictionary, as most that stand once


class Beside(NamedTuple):
    """A batch of documents and the answer of each (one without an id is none), and where they stand."""

    gold: pa.RecordBatch
    predicted: pa.RecordBatch
    files: tuple[str, str]
    rows: tuple[Table, Table]  # counted from 0; −1 is none
    share: float  # of all documents

    def records(self, i: int) -> tuple[Record | Problem, Record | Problem | None]:
        """Write a document and its answer as the JSON that they stand for."""
        mine, theirs = (
            codec.row(batch, i, file, int(rows[i]) + 1)
            for file, rows, batch in zip(self.files, self.rows, (self.gold, self.predicted), strict=True)
        )
        return mine, theirs if self.rows[1][i] >= 0 else None


def answers(gold: Sequence[str | Path], predicted: str | Path) -> list[Table] | None:
    """Find the row of each document's answer.

    Args:
        gold: files of documents.
        predicted: a file of predictions.

    Returns:
        For each file of gold the rows, counted from 0, −1 for none; or None if anything is not plainly in order.
    """
    try:
        sides = [
            [pq.ParquetFile(path).read(["id"], use_threads=False)["id"].to_pylist() for path in side]
            for side in (gold, [predicted])
        ]
    except (OSError, ValueError, KeyError):
        return None
    mine, (theirs,) = [id for ids in sides[0] for id in ids], sides[1]
    row_of = {id: row for row, id in enumerate(theirs)}
    if not all(isinstance(id, str) for id in (*mine, *theirs)):
        return None
    if len(set(mine)) < len(mine) or len(row_of) < len(theirs) or not row_of.keys() <= set(mine):
        return None
    return [np.array([row_of.get(id, -1) for id in ids], np.int64) for ids in sides[0]]


def beside(gold: Sequence[str | Path], predicted: str | Path, rows: Sequence[Table]) -> Iterator[Beside]:
    """Yield documents beside their answers.

    Files in one order are read through once, in constant memory; in any other order the predictions are
    held, as columns.

    Args:
        gold: files of documents.
        predicted: a file of predictions.
        rows: what `answers` gave.
    """
    theirs: Iterator[pa.RecordBatch] = iter(())
    held, total = None, sum(map(len, rows))
    if len(rows) == 1 and np.array_equal(rows[0], np.arange(pq.read_metadata(predicted).num_rows)):
        theirs = _batches(predicted)
    else:
        held = pq.read_table(predicted).combine_chunks()
    for path, found in zip(gold, rows, strict=True):
        at = 0
        for batch in _batches(path):
            wanted = found[at : at + batch.num_rows]
            if held is None:
                answer = next(theirs)
            else:
                taken = held.take(pa.array(wanted, mask=wanted < 0)).combine_chunks()
                answer = pa.RecordBatch.from_struct_array(taken.to_struct_array().combine_chunks())
            files = codec.file_name(path), codec.file_name(predicted)
            places = np.arange(at, at + batch.num_rows), wanted
            yield Beside(batch, answer, files, places, batch.num_rows / total)
            at += batch.num_rows


def _batches(path: str | Path) -> Iterator[pa.RecordBatch]:
    file = pq.ParquetFile(path)
    leaves = [file.schema.column(i) for i in range(len(file.schema))]
    strings = [leaf.path for leaf in leaves if leaf.physical_type == "BYTE_ARRAY" and leaf.name not in _LONG]
    kept = [leaf.path for leaf in leaves if leaf.path.partition(".")[0] != "templates"]
    # One thread: whoever wants more has --workers.
    found: Iterator[pa.RecordBatch] = pq.ParquetFile(path, read_dictionary=strings).iter_batches(
        batch_size=ROWS, columns=kept, use_threads=False
    )
    return found
