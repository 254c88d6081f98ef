"""Scores in the formats of others: Every Eval Ever's result records, and the Hub's result files.

Each is a file under the name its collectors look for.  Metrics without a value are left out and named;
nothing is averaged to please a format.
"""

from __future__ import annotations

import json
import os
import time
import uuid
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from reportedly import __version__
from reportedly.metrics import HEADLINE, Metric
from reportedly.scoring import Result, Scored

EVERY_EVAL_EVER = "0.3.0"  # the version of its schema that is written
LOWER_IS_BETTER = ("false_fills.rate",)


class Run(NamedTuple):
    """What a score was made with: the system as ``owner/name``, the gold's name, the dataset's id on the Hub."""

    system: str
    gold: str
    dataset: str | None
    resamples: int
    signature: str


def _now() -> int:
    """Seconds since 1970; SOURCE_DATE_EPOCH fixes them, so that a result can be written again byte for byte."""
    return int(os.environ.get("SOURCE_DATE_EPOCH") or time.time())


def _kind(metric: Metric) -> str:
    return {"f1": "f1", "mean": "f1", "macro_f1": "f1_macro", "recall": "recall", "macro_recall": "recall_macro"}[
        metric.read
    ]


def _one(line: Result, scored: Scored, limits: Mapping[str, tuple[float, float]], run: Run) -> dict[str, Any]:
    metric = line.metric
    source: dict[str, Any] = {"dataset_name": "reportedly", "source_type": "other"}
    if run.dataset:
        source |= {"source_type": "hf_dataset", "hf_repo": run.dataset}
    details: dict[str, Any] = {"score": line.value, "uncertainty": {"num_samples": scored.resampled}}
    if metric.name in limits:
        low, high = limits[metric.name]
        details["uncertainty"] |= {
            "confidence_interval": {
                "lower": low,
                "upper": high,
                "confidence_level": 0.95,
                "method": f"bootstrap over {scored.unit}",
            },
            "num_bootstrap_samples": run.resamples,
        }
    return {
        "evaluation_result_id": f"reportedly/{run.gold}/{metric.name}",
        "evaluation_name": f"reportedly/{run.gold}",
        "source_data": {**source, "additional_details": {"gold": f"{run.gold}@{scored.digest}"}},
        "metric_config": {
            "evaluation_description": f"{metric.task}: {metric.means}",
            "metric_id": f"reportedly.{metric.name}",
            "metric_name": metric.name,
            "metric_kind": _kind(metric),
            "metric_unit": "proportion",
            "lower_is_better": metric.name in LOWER_IS_BETTER,
            "score_type": "continuous",
            "min_score": 0.0,
            "max_score": 1.0,
            "additional_details": {"headline": str(metric.name in HEADLINE).lower()},
        },
        "score_details": details,
    }


def every_eval_ever(
    scored: Scored, found: Sequence[Result], limits: Mapping[str, tuple[float, float]], run: Run
) -> tuple[str, str]:
    """Write a record of Every Eval Ever.

    Returns:
        Its path, ``data/reportedly/OWNER/NAME/UUID.json``, and its JSON.  The UUID follows from the scores and
        the signature: the same run written twice is one file.
    """
    now = _now()
    owner, _, name = run.system.rpartition("/")
    results = [_one(line, scored, limits, run) for line in found if line.value is not None]
    undefined = ", ".join(line.metric.name for line in found if line.value is None)
    page = {
        "schema_version": EVERY_EVAL_EVER,
        "evaluation_id": f"reportedly/{run.system}/{now}",
        "retrieved_timestamp": str(now),
        "source_metadata": {
            "source_name": "reportedly",
            "source_type": "evaluation_run",
            "source_organization_name": owner or "unknown",
            "evaluator_relationship": "other",
            "additional_details": {"signature": run.signature, **({"undefined": undefined} if undefined else {})},
        },
        "eval_library": {"name": "reportedly", "version": __version__},
        "model_info": {
            "name": name,
            "id": run.system,
            "developer": owner or "unknown",
            "additional_details": {"deployment_type": "unknown", "model_availability": "unknown"},
        },
        "evaluation_results": results,
    }
    named = sha256(json.dumps([run.system, run.signature, results], sort_keys=True).encode("utf-8")).digest()
    path = f"data/reportedly/{owner or 'unknown'}/{name}/{uuid.UUID(bytes=named[:16], version=4)}.json"
    return path, json.dumps(page, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def hub(found: Sequence[Result], run: Run) -> tuple[str, str]:
    """Write the headline numbers as a model repository's result file, one entry a task of ``eval.yaml``.

    Returns:
        Its path, ``.eval_results/reportedly.yaml``, and its YAML.

    Raises:
        ValueError: the run names no dataset; a result is one of a dataset on the Hub.
    """
    import yaml
    from huggingface_hub import EvalResultEntry, eval_result_entries_to_yaml

    if run.dataset is None:
        raise ValueError("a result file for the Hub needs the dataset's id there")
    entries = [
        EvalResultEntry(
            dataset_id=run.dataset,
            task_id=line.metric.name,
            value=line.value,
            date=time.strftime("%Y-%m-%d", time.gmtime(_now())),
            notes=run.signature,
        )
        for line in found
        if line.metric.name in HEADLINE and line.value is not None
    ]
    text = yaml.safe_dump(eval_result_entries_to_yaml(entries), sort_keys=False, allow_unicode=True)
    return ".eval_results/reportedly.yaml", text
