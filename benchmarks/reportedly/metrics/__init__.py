"""The metrics: what each counts, and how its number is read off a sum of counts.

A task is a function from a `Comparison` to items; an item is one thing that was right, wrong,
missed or made up, with the counts it adds to a metric and the place in the text it belongs to.
Sums of items over sentences, documents or a corpus are all alike, so that micro and macro scores,
intervals, paired tests and explanations come from the same items.  To add a metric, write its
items and add its line to `METRICS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from reportedly.align import Comparison
from reportedly.metrics import claims, coreference, events, spans, template
from reportedly.metrics.base import Counts, Item, Metric

__all__ = ["METRICS", "TASKS", "Counts", "Item", "Metric", "items", "sums"]

TASKS: dict[str, Callable[[Comparison], Iterator[Item]]] = {
    "mentions": spans.mentions,
    "entities": coreference.entities,
    "events": events.events,
    "counts": claims.counts,
    "attribution": claims.attribution,
    "status": claims.status,
    "responsibility": claims.responsibility,
    "conflict": claims.conflict,
    "template": template.template,
    "false fills": template.false_fills,
}

# Tasks with a shorter way to what their items add up to; what each item was, and where, is lost on it.
_SUMS: dict[str, Callable[[Comparison], Iterator[Item]]] = {
    "mentions": spans.mention_sums,
    "entities": coreference.sums,
    "events": events.sums,
}

METRICS: tuple[Metric, ...] = (
    Metric("mentions.exact", "mentions", "f1", "type and span right"),
    Metric("mentions.relaxed", "mentions", "f1", "type right, overlap half"),
    Metric("entities.muc", "entities", "f1", "links (MUC)"),
    Metric("entities.b3", "entities", "f1", "mentions (B³)"),
    Metric("entities.ceafe", "entities", "f1", "entities (CEAFe)"),
    Metric(
        "entities.conll",
        "entities",
        "mean",
        "mean F1 of the three",
        of=("entities.muc", "entities.b3", "entities.ceafe"),
    ),
    Metric("entities.lea", "entities", "f1", "links by size (LEA)"),
    Metric("entities.lea_relaxed", "entities", "f1", "LEA over overlapping mentions"),
    Metric("events.trigger", "events", "f1", "type and span right"),
    Metric("events.trigger_relaxed", "events", "f1", "type right, overlap half"),
    Metric("events.argument", "events", "f1", "role and entity right, at the right event"),
    Metric("events.argument_relaxed", "events", "f1", "the same by overlap"),
    Metric("events.parent", "events", "f1", "parent right"),
    Metric("events.parent_relaxed", "events", "f1", "an ancestor half"),
    Metric("counts.span", "counts", "f1", "span of the number right"),
    Metric("counts.exact", "counts", "f1", "span, hedge, n, metric, population right"),
    Metric("counts.claim", "counts", "f1", "claim score"),
    Metric("counts.interval", "counts", "f1", "interval score"),
    Metric(
        "counts.interval_macro", "counts", "macro_recall", "interval score, mean over hedges", of=("counts.interval",)
    ),
    Metric("attribution.exact", "attribution", "f1", "whole chain right, narrator too"),
    Metric("attribution.chain", "attribution", "f1", "sources of attributed claims, in order"),
    Metric("attribution.attributed", "attribution", "f1", "attributed, not the narrator"),
    Metric("attribution.origin", "attribution", "recall", "origin right"),
    Metric("attribution.depth", "attribution", "macro_recall", "depth right, mean of 1, 2, 3+"),
    Metric("status.macro", "status", "macro_f1", "status, mean over classes"),
    Metric("responsibility.exact", "responsibility", "f1", "actor, stance, origin right"),
    Metric("responsibility.relaxed", "responsibility", "f1", "actor by its whole half"),
    Metric("conflict.relation", "conflict", "macro_f1", "relation of two counts, mean over classes"),
    Metric("template.slots", "template", "recall", "low, best, high right"),
    Metric("template.slots_f1", "template", "f1", "the same against what was filled", of=("template.slots",)),
    Metric("template.interval", "template", "f1", "interval score of low to high"),
    Metric("template.lists", "template", "f1", "who, where, when, with what, what"),
    Metric("template.lists_relaxed", "template", "f1", "by overlap; right whole or country half"),
    Metric("false_fills.rate", "false fills", "recall", "filled though the text leaves it open"),
)

HEADLINE = ("counts.claim", "attribution.chain", "responsibility.exact", "template.slots", "false_fills.rate")


def items(comparison: Comparison, tasks: tuple[str, ...] = tuple(TASKS)) -> Iterator[Item]:
    """Yield every item of the tasks named, task by task."""
    for task in tasks:
        yield from TASKS[task](comparison)


def sums(comparison: Comparison, tasks: tuple[str, ...] = tuple(TASKS)) -> Iterator[Item]:
    """Yield items that add up to what those of `items` do, by the shortest way: only their counts tell anything."""
    for task in tasks:
        yield from _SUMS.get(task, TASKS[task])(comparison)
