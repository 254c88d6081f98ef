"""Typed spans: mentions of entities and triggers of events.

Exact: the set of (type, start, end).  Relaxed: partial credit as in SemEval-2013 task 9.1 (Segura-
Bedmar et al. 2013): of two spans of one type an equal pair counts 1 and an overlapping pair ½,
P = (COR + ½ PAR) / ACT, R = (COR + ½ PAR) / POS.  Unlike that task's scorer the pairing is optimal,
not greedy from left to right, so the order of a list cannot change the score.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from typing import NamedTuple

from reportedly.align import Comparison, Near, dice, paired
from reportedly.metrics.base import Counts, Item, exact, missed, pair, spurious
from reportedly.model import Entity, Event, Span

Key = tuple[str, int, int]  # type, start, end


class _Typed(NamedTuple):
    """Spans by what must be right of them, and the pairing by overlap that earns the most credit."""

    gold: dict[Key, Span]
    predicted: dict[Key, Span]
    credit: dict[tuple[Key, Key], float]
    answers: dict[Key, Key]


def mentions(comparison: Comparison) -> Iterator[Item]:
    """Compare the mentions of entities, labelled by entity type."""
    return _items("mentions.exact", "mentions.relaxed", _mentions(comparison))


def mention_sums(comparison: Comparison) -> Iterator[Item]:
    """Add up what `mentions` gives, an item a metric and label."""
    return _sums("mentions.exact", "mentions.relaxed", _mentions(comparison))


def triggers(comparison: Comparison) -> Iterator[Item]:
    """Compare the triggers of events, labelled by event type."""
    return _items("events.trigger", "events.trigger_relaxed", _triggers(comparison))


def trigger_sums(comparison: Comparison) -> Iterator[Item]:
    """Add up what `triggers` gives, an item a metric and label."""
    return _sums("events.trigger", "events.trigger_relaxed", _triggers(comparison))


def _mentions(comparison: Comparison) -> _Typed:
    return _typed(comparison.mentions, comparison.gold.entities, comparison.predicted.entities)


def _triggers(comparison: Comparison) -> _Typed:
    return _typed(comparison.triggers, comparison.gold.events, comparison.predicted.events)


def _typed(
    near: Near, gold: Sequence[Entity] | Sequence[Event], predicted: Sequence[Entity] | Sequence[Event]
) -> _Typed:
    keys = [(gold[i].type, span.start, span.end) for i, span in near.gold]
    others = [(predicted[j].type, span.start, span.end) for j, span in near.predicted]
    credit = {}
    for a, b in near.pairs:
        key, other = keys[a], others[b]
        if key[0] == other[0]:
            credit[key, other] = 1.0 if key == other else 0.5
    g = {key: span for key, (_, span) in zip(keys, near.gold, strict=True)}
    p = {key: span for key, (_, span) in zip(others, near.predicted, strict=True)}
    answers = paired(credit, lambda key, other: credit[key, other] + 1e-3 * dice(g[key], p[other]))
    return _Typed(g, p, credit, answers)


def _items(strict: str, relaxed: str, spans: _Typed) -> Iterator[Item]:
    gold, predicted, credit, answers = spans
    yield from exact(strict, gold, predicted, lambda key: key[0], lambda span: span.start)
    for key, span in gold.items():
        if other := answers.get(key):
            yield pair(relaxed, key[0], span.start, credit[key, other], span, predicted[other])
        else:
            yield missed(relaxed, key[0], span.start, span)
    taken = set(answers.values())
    for key, span in predicted.items():
        if key not in taken:
            yield spurious(relaxed, key[0], span.start, span)


def _sums(strict: str, relaxed: str, spans: _Typed) -> Iterator[Item]:
    gold, predicted, credit, answers = spans
    earned: dict[str, float] = {}
    for key, other in answers.items():
        earned[key[0]] = earned.get(key[0], 0.0) + credit[key, other]
    for kind, (right, given, wanted) in equal(gold.keys(), predicted.keys()).items():
        yield Item(strict, kind, 0, Counts(right, given, right, wanted))
        half = earned.get(kind, 0.0)
        yield Item(relaxed, kind, 0, Counts(half, given, half, wanted))


def equal(gold: Set[Key], predicted: Set[Key]) -> dict[str, list[int]]:
    """Count typed spans that are exactly right: type → [right, predicted, gold]."""
    counts: dict[str, list[int]] = {}
    for place, keys in ((2, gold), (1, predicted), (0, gold & predicted)):
        for kind, _, _ in keys:
            if kind not in counts:
                counts[kind] = [0, 0, 0]
            counts[kind][place] += 1
    return counts
