"""Documents and answers by the batch: read, compared, counted and forgotten, here or in other processes.

A batch is raw records, so that a worker gets bytes and gives back totals and problems, and the same
function serves one process, a pool of them, and an engine of many machines (`reportedly.spark`).
Gold and predictions are joined as they come: files in the same order cost no memory, in any other
order what waits for its other half is held unread.
"""

from __future__ import annotations

import errno
import re
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import msgspec

from reportedly import codec, columns
from reportedly.codec import Record
from reportedly.model import Document, Invalid, Problem
from reportedly.scoring import FEW, Scored, count, scored
from reportedly.totals import KEPT, Totals

if TYPE_CHECKING:
    from reportedly.columns.parquet import Beside

SIZE = 256  # documents that a worker takes at a time
MANY = 1_024  # the same on the fast path

A = TypeVar("A")
B = TypeVar("B")


class Row(NamedTuple):
    """A gold record and the prediction for it; None where there is none."""

    gold: Record | None
    predicted: Record | None


class Part(NamedTuple):
    """What a batch comes to; problems of the gold apart, since they make those of predictions moot."""

    totals: Totals
    gold: list[Problem]
    predicted: list[Problem]


def score_rows(rows: Sequence[Row], totals: Totals, *, fast: bool = False) -> Part:
    """Read and count rows, adding to the totals given; a document with a fault is left out and told.

    Args:
        rows: documents and their answers.
        totals: what was counted before.
        fast: count by the batch what can be (see `reportedly.columns`); the totals are the same.
    """
    part = Part(totals, [], [])
    for row in _not_counted(rows, totals) if fast else rows:
        known: dict[str, Document] = {}
        for read in codec.document_of(row.gold) if row.gold else ():
            if isinstance(read, Problem):
                part.gold.append(read)
            else:
                known[read[1].id] = read[1]
        answers: dict[str, Document] = {}
        faulty = False
        for read in codec.document_of(row.predicted, known) if row.predicted and (known or not row.gold) else ():
            if isinstance(read, Problem):
                part.predicted.append(read)
                faulty = True
            else:
                answers[read[1].id] = read[1]
        for id, document in () if faulty else known.items():
            totals.add(count(document, answers.get(id), totals.tasks, by_sentence=len(rows) == 1))
    totals.settle()
    return part


def _not_counted(rows: Sequence[Row], totals: Totals) -> list[Row]:
    """Count what the fast path is sure of, and give the rest."""
    from reportedly.columns import batch

    gold = [row.gold for row in rows if row.gold]
    if not gold:
        return list(rows)
    counted = batch.count_records(gold, [row.predicted for row in rows if row.gold], totals.tasks)
    totals.add_block(counted.block)
    done = iter(counted.done)
    return [row for row in rows if not row.gold or not next(done)]


def merge(whole: Part, other: Part) -> Part:
    """Add a part to another one, in place."""
    whole.totals.merge(other.totals)
    whole.gold.extend(other.gold)
    whole.predicted.extend(other.predicted)
    return whole


# --- joining ----------------------------------------------------------------------------------


# How most records begin; should the rest not be in order, reading the record will tell.
_PLAIN_ID = re.compile(rb'\{(?:"schema": ?"[^"\\]*", ?)?"id": ?"([\x20\x21\x23-\x5b\x5d-\x7e]+)"')


class _Named(msgspec.Struct):
    id: str


def _id(record: Record) -> str | None:
    """Read the id alone; None if there is none, which reading the record will tell."""
    if plain := _PLAIN_ID.match(record.data):
        return plain[1].decode()
    try:
        return msgspec.json.decode(record.data, type=_Named).id
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def join(gold: Iterable[Record | Problem], predicted: Iterable[Record | Problem]) -> Iterator[Row | Part]:
    """Put gold records and predictions of one id together; what is wrong with the files comes as a part."""
    seen: tuple[dict[str, str], dict[str, str]] = ({}, {})
    waiting: tuple[dict[str, Record], dict[str, Record]] = ({}, {})
    for pair in zip_longest(gold, predicted):
        for side, record in enumerate(pair):
            if record is None:
                continue
            if isinstance(record, Problem):
                yield _wrong(side, record)
            elif (id := _id(record)) is None:
                yield Row(None, record) if side else Row(record, None)
            elif (earlier := seen[side].setdefault(id, here := f"{record.file}:{record.line}")) != here:
                yield _wrong(side, codec.twice(record.file, record.line, id, earlier))
            elif other := waiting[1 - side].pop(id, None):
                yield Row(other, record) if side else Row(record, other)
            else:
                waiting[side][id] = record
    yield from (Row(record, None) for record in waiting[0].values())
    yield from (Row(None, record) for record in waiting[1].values())


def _wrong(side: int, problem: Problem) -> Part:
    return Part(Totals(()), [] if side else [problem], [problem] if side else [])


# --- many processes ---------------------------------------------------------------------------


def spread(work: Callable[[A], B], batches: Iterable[A], workers: int) -> Iterator[B]:
    """Yield what work makes of each batch, in their order; a few batches at a time are under way.

    Raises:
        ChildProcessError: a worker was killed.
    """
    if workers < 2:
        yield from map(work, batches)
        return
    from concurrent.futures import Future, ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    # An interrupt is for the parent alone: it stops the workers, and no worker prints a trace.
    pool = ProcessPoolExecutor(workers, initializer=signal.signal, initargs=(signal.SIGINT, signal.SIG_IGN))
    under_way: deque[Future[B]] = deque()
    try:
        for batch in batches:
            under_way.append(pool.submit(work, batch))
            if len(under_way) > 2 * workers:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
    except BrokenProcessPool:
        why = "a worker process was killed; if memory is short, take fewer --workers"
        raise ChildProcessError(errno.ECHILD, why) from None
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _sized(rows: Iterable[A]) -> Iterator[tuple[list[A], int, bool]]:
    """Yield batches, how many were taken before each, and whether these are so many that it goes the fast path."""
    source, taken = iter(rows), 0
    while batch := list(islice(source, MANY if is_many(taken) else SIZE)):
        yield batch, taken, is_many(taken)
        taken += len(batch)


def score(
    gold: Sequence[str | Path],
    predicted: str | Path,
    tasks: tuple[str, ...],
    *,
    resamples: int = 10_000,
    seed: int = 1,
    workers: int = 1,
    advance: Callable[[int], None] = lambda size: None,
) -> Scored:
    """Score a file of predictions against files of gold, however many documents they hold.

    Args:
        gold: files of documents.
        predicted: a file of predictions; ``-`` is standard input.
        tasks: names of `TASKS`.
        resamples: of the bootstrap that will be asked for; summed on the way where documents are not kept.
        seed: of the bootstrap.
        workers: processes; the counts are the same with any number.
        advance: called with how many bytes of gold were taken.

    Raises:
        Invalid: with every problem of the gold, or else of the predictions.
        ChildProcessError: a worker was killed.
    """
    whole = Part(Totals(tasks, resamples=resamples, seed=seed), [], [])
    apart: list[Part] = []
    side_by_side = _tables(gold, predicted)

    def rows() -> Iterator[Row]:
        for found in join((r for path in gold for r in codec.records(path)), codec.records(predicted)):
            if isinstance(found, Part):
                apart.append(found)
            else:
                advance(len(found.gold.data) if found.gold else 0)
                yield found

    def batches() -> Iterator[tuple[list[Row], float, bool]]:
        # Beyond what is kept, workers sum the samples themselves.
        for batch, taken, fast in _sized(rows()):
            yield batch, 0 if taken >= KEPT else KEPT, fast

    def tables() -> Iterator[tuple[Beside, float]]:
        taken, size = 0, sum(Path(path).stat().st_size for path in gold)
        for found in side_by_side or ():
            yield found, 0 if taken >= KEPT else KEPT
            taken += found.gold.num_rows
            advance(int(size * found.share))

    parts = (
        spread(partial(_score_batch, tasks, resamples, seed), batches(), workers)
        if side_by_side is None
        else spread(partial(_score_table, tasks, resamples, seed), tables(), workers)
    )
    for part in parts:
        merge(whole, part)
    for part in apart:
        merge(whole, part)
    if wrong := whole.gold or whole.predicted:
        order = {codec.file_name(path): i for i, path in enumerate((*gold, predicted))}
        raise Invalid(sorted(wrong, key=lambda problem: (order[problem.file], problem.line)))
    return scored(whole.totals)


def _score_batch(tasks: tuple[str, ...], resamples: int, seed: int, batch: tuple[list[Row], float, bool]) -> Part:
    rows, keep, fast = batch
    return score_rows(rows, Totals(tasks, resamples=resamples, seed=seed, keep=keep), fast=fast)


def _tables(gold: Sequence[str | Path], predicted: str | Path) -> Iterator[Beside] | None:
    """Read both sides as columns, if they are many, in Parquet and plainly in order."""
    if not columns.available() or not all(map(codec.is_parquet, (*gold, predicted))):
        return None
    from reportedly.columns import parquet

    rows = parquet.answers(gold, predicted)
    if rows is None or sum(map(len, rows)) < FEW:
        return None
    return parquet.beside(gold, predicted, rows)


def _score_table(tasks: tuple[str, ...], resamples: int, seed: int, numbered: tuple[Beside, float]) -> Part:
    from reportedly.columns import batch

    found, keep = numbered
    totals = Totals(tasks, resamples=resamples, seed=seed, keep=keep)
    counted = batch.count_tables(found.gold, found.predicted, tasks)
    totals.add_block(counted.block)
    rows: list[Row] = []
    wrong: tuple[list[Problem], list[Problem]] = ([], [])
    for i in (i for i, done in enumerate(counted.done) if not done):
        mine, theirs = found.records(i)
        if isinstance(mine, Problem):
            wrong[0].append(mine)
        elif isinstance(theirs, Problem):
            wrong[1].append(theirs)
            rows.append(Row(mine, None))
        else:
            rows.append(Row(mine, theirs))
    part = score_rows(rows, totals)
    part.gold.extend(wrong[0])
    part.predicted.extend(wrong[1])
    return part


def is_many(documents: int) -> bool:
    """Tell whether there are so many documents that the fast path is worth to be loaded, if it is installed."""
    return documents >= FEW and columns.available()


# --- validation -------------------------------------------------------------------------------


def validate(
    paths: Sequence[str | Path],
    gold: Mapping[str, Document] | None = None,
    *,
    workers: int = 1,
    advance: Callable[[int], None] = lambda size: None,
) -> tuple[int, list[Problem]]:
    """Count the valid documents of files, and list every problem, as `codec.read` does; nothing is kept."""

    def taken() -> Iterator[Record | Problem]:
        for path in paths:
            for found in codec.records(path):
                advance(len(found.data) if isinstance(found, Record) else 0)
                yield found

    seen: dict[str, str] = {}
    problems: list[Problem] = []
    sized = ((batch, fast) for batch, _, fast in _sized(taken()))
    for checked in spread(partial(_check, gold), sized, workers):
        for found in checked:
            if isinstance(found, Problem):
                problems.append(found)
                continue
            id, file, line = found
            here = f"{file}:{line}"
            if (earlier := seen.setdefault(id, here)) != here:
                problems.append(codec.twice(file, line, id, earlier))
    return len(seen), problems


def _check(
    gold: Mapping[str, Document] | None, numbered: tuple[list[Record | Problem], bool]
) -> list[tuple[str, str, int] | Problem]:
    batch, fast = numbered
    taken = [record for record in batch if isinstance(record, Record)]
    known = iter(_valid(taken, gold) if fast else [None] * len(taken))
    checked: list[tuple[str, str, int] | Problem] = []
    for record in batch:
        if isinstance(record, Problem):
            checked.append(record)
        elif id := next(known):
            checked.append((id, record.file, record.line))
        else:
            for found in codec.document_of(record, gold):
                checked.append(found if isinstance(found, Problem) else (found[1].id, record.file, found[0]))
    return checked


def _valid(taken: Sequence[Record], gold: Mapping[str, Document] | None) -> list[str | None]:
    from reportedly.columns import batch

    return batch.valid([record.data for record in taken], gold)
