"""Run by `test_spark` in an environment that has Spark: one session, and what came of each case as JSON."""

from __future__ import annotations

import json
import os
import runpy
import signal
import sys
from pathlib import Path
from typing import Any
from unittest.mock import patch

from pyspark.sql import SparkSession

from reportedly import batches, report, scoring, significance, spark
from reportedly.metrics import TASKS

os.environ["PYSPARK_PYTHON"] = sys.executable  # else workers take the first python3 of the path
folder = Path(sys.argv[1])
gold, predicted, broken = (str(folder / f"{name}.jsonl") for name in ("gold", "predicted", "broken"))
local = batches.score([gold], predicted, tuple(TASKS), resamples=50)


def text(found: scoring.Scored) -> str:
    limits = significance.bootstrap(found, resamples=50)
    return report.score(found, scoring.results(found), limits, report.signature(found, "x", resamples=50, seed=1))


def same(result: spark.Result) -> bool:
    return result == spark.Result(local, ()) and text(result.scored) == text(local)


counting = spark._count


def dies_once(*arguments: Any) -> Any:
    flag = folder / "died"
    if not flag.exists():
        flag.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    yield from counting(*arguments)


# Four attempts a task: without them a killed worker is the end.
builder = SparkSession.builder.master("local[2,4]").config("spark.ui.enabled", "false")
session = builder.config("spark.sql.shuffle.partitions", "3").config("spark.log.level", "OFF").getOrCreate()
session.read.json(gold).write.parquet(str(folder / "gold.parquet"))
session.read.text(predicted).write.parquet(str(folder / "predicted.parquet"))

found: dict[str, Any] = {"lines": same(spark.score(session, gold, predicted, resamples=50))}
parquet = (str(folder / f"{name}.parquet") for name in ("gold", "predicted"))
found["parquet"] = same(spark.score(session, *parquet, resamples=50))
found["fast"] = same(
    spark.score(session, *(str(folder / f"{name}.parquet") for name in ("gold", "predicted")), resamples=50, few=0)
)
beyond = spark.score(session, gold, predicted, resamples=50, keep=10).scored
with patch.object(scoring, "KEPT", 10):
    found["beyond"] = not beyond.documents and text(beyond) == text(local) and "weights:poisson" in text(beyond)
left = spark.score(session, gold, broken, resamples=50)
found["broken"] = {
    "problems": [str(p) for p in left.problems],
    "counted": left.scored.size,
    "words": spark.words(left, "x", resamples=50),
}
with patch.object(spark, "_count", dies_once):
    found["died"] = same(spark.score(session, gold, predicted, resamples=50))
os.chdir(folder)
found["cell"] = runpy.run_path("cell.py")["result"] == spark.Result(local, ())
session.stop()
print(json.dumps(found))
