"""Scores a batch with other people's programs: run by `test_oracles` in an environment that has them.

Reads JSON from standard input, writes JSON to standard output.  Of a corpus of clusters, spans or events, each
program gives sums or ratios micro over its documents; documents where a side is empty are handled here where a
program cannot.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np

np.int = int  # type: ignore[attr-defined]  # neleval 3.1.1 was written for a numpy that had it

from metametric.metrics import coref, event_extraction
from metametric.structures.ie import Argument, Entity, EntitySet, Event, EventSet, Mention, Trigger
from neleval import coref_metrics
from nervaluate import Evaluator
from seqeval.metrics.v1 import precision_recall_fscore_support
from seqeval.scheme import IOB2

Docs = list[list[Any]]  # documents, each gold and predicted


def neleval(docs: Docs) -> dict[str, list[float]]:
    """Sum (p_num, p_den, r_num, r_den) over documents."""
    found = {}
    for name in ("muc", "b_cubed", "entity_ceaf"):
        total = np.zeros(4)
        for gold, predicted in docs:
            sides = [{i: frozenset(map(tuple, c)) for i, c in enumerate(side)} for side in (gold, predicted)]
            if all(sides):
                total += getattr(coref_metrics, name)(*sides)
            elif name != "muc":  # nothing is right; what a side has still counts
                size = len if name == "entity_ceaf" else (lambda side: sum(map(len, side.values())))
                total += (0, size(sides[1]), 0, size(sides[0]))
            else:
                total += (0, sum(len(c) - 1 for c in sides[1].values()), 0, sum(len(c) - 1 for c in sides[0].values()))
        found[name] = total.tolist()
    return found


def micro(metric: Any, docs: list[tuple[Any, Any]]) -> list[float]:
    """Sum what matches, what is predicted and what is gold over documents."""
    sums = [0.0, 0.0, 0.0]
    for gold, predicted in docs:
        sums[0] += metric.score(predicted, gold)
        sums[1] += metric.score(predicted, predicted)
        sums[2] += metric.score(gold, gold)
    return sums


def metametric_coref(docs: Docs) -> dict[str, list[float]]:
    found = {name: [0.0, 0.0, 0.0] for name in ("muc", "b3_precision", "b3_recall", "ceafe")}
    for gold, predicted in docs:
        made = [EntitySet([Entity([Mention(*m) for m in c]) for c in side]) for side in (gold, predicted)]
        sizes = [sum(map(len, side)) for side in (gold, predicted)]
        found["b3_precision"][1] += sizes[1]
        found["b3_recall"][2] += sizes[0]
        if not (gold and predicted):
            for place, side in ((1, predicted), (2, gold)):
                found["muc"][place] += sum(len(c) - 1 for c in side)
                found["ceafe"][place] += len(side)
            continue
        for name, metric in (("muc", coref.muc), ("ceafe", coref.ceaf_phi4)):
            found[name] = [a + b for a, b in zip(found[name], micro(metric, [(made[0], made[1])]), strict=True)]
        # These two are ratios of the document; micro wants the sum over its mentions.
        found["b3_precision"][0] += coref.b_cubed_precision.score(made[1], made[0]) * sizes[1]
        found["b3_recall"][0] += coref.b_cubed_recall.score(made[1], made[0]) * sizes[0]
    return found


def metametric_events(docs: Docs) -> dict[str, list[float]]:
    def side(events: list[Any]) -> EventSet:
        return EventSet(
            [
                Event(Trigger(Mention(*t), kind), [Argument(Mention(*m), role) for role, m in args])
                for kind, t, args in events
            ]
        )

    def sums(metric: Any, docs: Docs) -> list[float]:
        total = micro(metric, [(side(gold), side(predicted)) for gold, predicted in docs if gold and predicted])
        arguments = metric is event_extraction.argument_classification
        for gold, predicted in docs:
            if not (gold and predicted):
                for place, events in ((1, predicted), (2, gold)):
                    total[place] += sum(len(args) if arguments else 1 for *_, args in events)
        return total

    # Two events without arguments would agree in one argument there.
    filled = [[[event for event in events if event[2]] for events in pair] for pair in docs]
    return {
        "trigger": sums(event_extraction.trigger_classification, docs),
        "argument": sums(event_extraction.argument_classification, filled),
    }


def seqeval(docs: Docs) -> list[float]:
    """Precision, recall and F1 of typed spans, strict IOB2, a tag a character."""

    def tags(spans: list[Any]) -> list[str]:
        found = ["O"] * 100
        for kind, start, end in spans:
            found[start:end] = [f"B-{kind}", *[f"I-{kind}"] * (end - start - 1)]
        return found

    gold, predicted = ([tags(pair[i]) for pair in docs] for i in (0, 1))
    p, r, f, _ = precision_recall_fscore_support(gold, predicted, average="micro", scheme=IOB2, zero_division=0)
    return [float(p), float(r), float(f)]


def nervaluate(docs: Docs) -> dict[str, list[float]]:
    """Correct, partial, actual and possible by its strict and its partial scheme; spans are inclusive there."""
    totals = {"strict": np.zeros(4), "partial": np.zeros(4)}
    for pair in docs:
        if not all(pair):
            for total in totals.values():
                total += (0, 0, len(pair[1]), len(pair[0]))
            continue
        sides = [
            [[{"label": k, "start": s, "end": e - 1} for k, s, e in sorted(side, key=lambda x: x[1])]] for side in pair
        ]
        kinds = sorted({k for side in pair for k, *_ in side})
        overall = Evaluator(*sides, tags=kinds, loader="dict").evaluate()["overall"]
        for scheme, total in totals.items():
            found = overall[scheme]
            total += (found.correct, found.partial, found.actual, found.possible)
    return {scheme: total.tolist() for scheme, total in totals.items()}


if __name__ == "__main__":
    batch = json.load(sys.stdin)
    json.dump(
        {
            "clusters": [{**neleval(docs), "metametric": metametric_coref(docs)} for docs in batch["clusters"]],
            "spans": [seqeval(docs) for docs in batch["spans"]],
            "paired": [nervaluate(docs) for docs in batch["paired"]],
            "events": [metametric_events(docs) for docs in batch["events"]],
        },
        sys.stdout,
    )
