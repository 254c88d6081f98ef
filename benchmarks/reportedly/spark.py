"""Scoring on Spark: the counting of `reportedly.batches`, where the documents lie.

`score_batch` is the one seam: a table of documents and answers in Arrow, a document a row, in; one
row with the totals of the batch out.  Spark joins the two sides by id, runs it over its partitions
with ``mapInArrow`` and merges the totals as a tree; the driver gets one.  A document with a fault is
left out and told, and the job goes on.  No score, no rule and no number is worked out here.

Documents travel as their JSON, not as nested columns: it is the form that the one door reads and
checks, so verdicts and messages are those of the command, and decoding it is cheaper than turning
nested Arrow into Python objects.  Nested columns are written as JSON by Spark itself first.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from reportedly import columns, report, scoring, significance
from reportedly.batches import Part, Row, merge, score_rows
from reportedly.codec import Record
from reportedly.metrics import TASKS
from reportedly.model import Problem
from reportedly.scoring import FEW, Scored
from reportedly.totals import KEPT, Totals

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession


class Result(NamedTuple):
    """What was counted, and what was left out and why."""

    scored: Scored
    problems: tuple[Problem, ...]


def score_batch(
    batch: pa.RecordBatch,
    tasks: tuple[str, ...] = tuple(TASKS),
    resamples: int = 0,
    seed: int = 1,
    keep: float = KEPT,
    few: int = FEW,
) -> pa.RecordBatch:
    """Count documents and their answers.

    Args:
        batch: strings ``gold`` and ``predicted``, the JSON of a document and of its answer; null for none.
        tasks: names of `TASKS`.
        resamples: samples of the bootstrap to sum if more documents come than are kept.
        seed: of the samples.
        keep: how many documents keep their counts.
        few: for fewer documents the fast path is not loaded; the row is the same.

    Returns:
        One row: ``documents``, how many were counted; ``part``, their totals and problems, as `packed` writes them.
    """
    rows = [
        Row(_record("gold", gold), _record("predicted", predicted))
        for gold, predicted in zip(*(batch.column(name).to_pylist() for name in ("gold", "predicted")), strict=True)
    ]
    fast = len(rows) >= few and columns.available()
    return _row(score_rows(rows, Totals(tasks, resamples=resamples, seed=seed, keep=keep), fast=fast))


def _record(side: str, text: str | None) -> Record | None:
    # A table has no lines; problems name the document.
    return None if text is None else Record(side, 0, text.encode("utf-8", "surrogatepass"))


def packed(part: Part) -> bytes:
    """Write a part as MessagePack."""
    return msgspec.msgpack.encode((part.totals.pack(), part.gold, part.predicted))


def unpacked(data: bytes) -> Part:
    """Read what `packed` wrote."""
    totals, gold, predicted = msgspec.msgpack.decode(data, type=tuple[bytes, list[Problem], list[Problem]])
    return Part(Totals.unpack(totals), gold, predicted)


def _row(part: Part) -> pa.RecordBatch:
    import pyarrow as pa

    columns = {"documents": pa.array([part.totals.size], pa.int64()), "part": pa.array([packed(part)])}
    return pa.RecordBatch.from_pydict(columns)


_RESULT = "documents long, part binary"


def _count(
    tasks: tuple[str, ...], resamples: int, seed: int, keep: float, few: int, batches: Iterator[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    whole = Part(Totals(tasks, resamples=resamples, seed=seed, keep=keep), [], [])
    for batch in batches:
        merge(whole, unpacked(score_batch(batch, tasks, resamples, seed, keep, few).column("part")[0].as_py()))
    yield _row(whole)


def _merged(one: bytes, other: bytes) -> bytes:
    return packed(merge(unpacked(one), unpacked(other)))


def _lines(session: SparkSession, path: str) -> DataFrame:
    """Read documents as lines of JSON: Parquet of nested columns or of one string column, else JSON Lines."""
    from pyspark.sql import functions as f

    if not path.rstrip("/").endswith(".parquet"):
        return session.read.text(path).where(f.trim("value") != "")
    table = session.read.parquet(path)
    if table.dtypes == [("value", "string")]:
        return table
    # Templates are derived: nobody needs them.  A null may mean something, such as an actor that nobody names.
    columns = f.struct(*(name for name in table.columns if name != "templates"))
    return table.select(f.to_json(columns, {"ignoreNullFields": "false"}).alias("value"))


def _by_id(lines: DataFrame, side: str) -> DataFrame:
    """Key lines by their document, the first line of one before any other; what has no id keeps apart from all."""
    from pyspark.sql import functions as f

    id = f.get_json_object("value", "$.id")
    apart = f.concat(f.lit(f"\0{side} "), f.monotonically_increasing_id().cast("string"))
    keyed = lines.select(f.coalesce(id, apart).alias("id"), "value")
    return keyed.groupBy("id").agg(f.sort_array(f.collect_list("value")).alias(side))


def score(
    session: SparkSession,
    gold: str | DataFrame,
    predicted: str | DataFrame,
    *,
    tasks: tuple[str, ...] = tuple(TASKS),
    resamples: int = 10_000,
    seed: int = 1,
    keep: int = KEPT,
    few: int = FEW,
) -> Result:
    """Score predictions against gold.

    Args:
        session: a Spark session; its workers need this package too.
        gold: documents: a path of JSON Lines or Parquet that Spark can read, or a frame with one column ``value``.
        predicted: predictions, in the same forms, in any order.
        tasks: names of `TASKS`.
        resamples: of the bootstrap that will be asked for.
        seed: of the bootstrap.
        keep: how many documents may keep their counts; not more than the local path keeps.
        few: for fewer documents in a batch of Arrow the fast path is not loaded; with `numba` on the workers.

    Returns:
        The counts, equal to the last digit to those of `batches.score`, and the problems.
    """
    from pyspark.sql import functions as f

    sides = [_lines(session, side) if isinstance(side, str) else side.select("value") for side in (gold, predicted)]
    keep = keep if sides[0].count() <= keep else 0
    joined = _by_id(sides[0], "gold").join(_by_id(sides[1], "predicted"), "id", "full")
    # The first of several is compared; the others are left out and told.
    rows = joined.select(
        "id",
        f.col("gold")[0].alias("gold"),
        f.col("predicted")[0].alias("predicted"),
        *(f.greatest(f.size(side) - 1, f.lit(0)).alias(f"{side}_again") for side in ("gold", "predicted")),
    ).persist()
    try:
        again = rows.where("gold_again > 0 or predicted_again > 0")
        twice = [
            _twice(row.id, side) for row in again.collect() for side in ("gold", "predicted") if row[f"{side}_again"]
        ]
        parts = rows.select("gold", "predicted").mapInArrow(partial(_count, tasks, resamples, seed, keep, few), _RESULT)
        whole = unpacked(parts.rdd.map(lambda row: row.part).treeReduce(_merged))
    finally:
        rows.unpersist()
    problems = sorted((*whole.gold, *whole.predicted, *twice), key=lambda p: (p.file, p.document, p.where, p.rule))
    return Result(scoring.scored(whole.totals), tuple(problems))


def _twice(document: str, side: str) -> Problem:
    message = "the document stands there more than once; the first was taken"
    return Problem(file=side, line=0, document=document, where="id", message=message, rule="document-duplicate")


def main(argv: Sequence[str] | None = None) -> int:
    """Run as a program for ``spark-submit``; exit code 1 if a document was left out."""
    from pyspark.sql import SparkSession

    parser = argparse.ArgumentParser(description="Score predictions on Spark.")
    parser.add_argument("gold", help="documents: JSON Lines or .parquet, wherever Spark can read")
    parser.add_argument("predicted", help="predictions, likewise")
    parser.add_argument("--resamples", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args(argv)
    session = SparkSession.builder.appName("reportedly").getOrCreate()
    try:
        options = {"resamples": arguments.resamples, "seed": arguments.seed}
        result = score(session, arguments.gold, arguments.predicted, **options)
    finally:
        session.stop()
    name = arguments.gold.rstrip("/").rsplit("/", 1)[-1]
    print(words(result, name, **options), end="")
    for problem in result.problems:
        print(problem, file=sys.stderr)
    return 1 if result.problems else 0


def words(result: Result, name: str, *, resamples: int = 10_000, seed: int = 1, width: int = 100) -> str:
    """Write the report that the command prints."""
    limits = significance.bootstrap(result.scored, resamples=resamples, seed=seed)
    signed = report.signature(result.scored, name, resamples=resamples, seed=seed)
    told = report.score(result.scored, scoring.results(result.scored), limits, signed, width)
    records = {(problem.file, problem.document or problem.message) for problem in result.problems}
    return told + (f"\nNOT COUNTED: {len(records)} records with a fault\n" if records else "")


if __name__ == "__main__":
    sys.exit(main())
