"""Typed spans: mentions of entities and triggers of events.

Exact: the set of (type, start, end).  Relaxed: partial credit as in SemEval-2013 task 9.1 (Segura-
Bedmar et al. 2013): of two spans of one type an equal pair counts 1 and an overlapping pair ½,
P = (COR + ½ PAR) / ACT, R = (COR + ½ PAR) / POS.  Unlike that task's scorer the pairing is optimal,
not greedy from left to right, so the order of a list cannot change the score.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reportedly.align import Comparison, Edge, dice, overlapping, paired
from reportedly.metrics.base import Item, exact, missed, pair, spurious
from reportedly.model import Span

Key = tuple[str, int, int]


def mentions(comparison: Comparison) -> Iterator[Item]:
    """Compare the mentions of entities, labelled by entity type."""
    gold = {(e.type, m.start, m.end): m for e in comparison.gold.entities for m in e.mentions}
    predicted = {(e.type, m.start, m.end): m for e in comparison.predicted.entities for m in e.mentions}
    yield from typed("mentions.exact", "mentions.relaxed", gold, predicted)


def typed(strict: str, relaxed: str, gold: dict[Key, Span], predicted: dict[Key, Span]) -> Iterator[Item]:
    """Compare typed spans, exactly under one name and by overlap under another."""
    yield from exact(strict, gold, predicted, lambda key: key[0], lambda span: span.start)
    sides: list[dict[str, list[Span]]] = [{}, {}]
    for side, spans in zip(sides, (gold, predicted), strict=True):
        for key in sorted(spans):
            side.setdefault(key[0], []).append(spans[key])
    for kind in sorted(sides[0].keys() | sides[1].keys()):
        g, p = (side.get(kind, []) for side in sides)
        credit, answers = _by_overlap(g, p)
        taken = set(answers.values())
        for i, span in enumerate(g):
            if i in answers:
                yield pair(relaxed, kind, span.start, credit[i, answers[i]], span, p[answers[i]])
            else:
                yield missed(relaxed, kind, span.start, span)
        for j, span in enumerate(p):
            if j not in taken:
                yield spurious(relaxed, kind, span.start, span)


def _by_overlap(gold: Sequence[Span], predicted: Sequence[Span]) -> tuple[dict[Edge, float], dict[int, int]]:
    """Give the credit of every two spans that overlap, and the pairing that earns the most of it."""
    credit = {
        (i, j): 1.0 if (gold[i].start, gold[i].end) == (predicted[j].start, predicted[j].end) else 0.5
        for i, j in overlapping(gold, predicted)
    }
    return credit, paired(credit, lambda i, j: credit[i, j] + 1e-3 * dice(gold[i], predicted[j]))
