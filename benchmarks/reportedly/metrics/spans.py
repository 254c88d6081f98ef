"""Typed spans: mentions of entities and triggers of events.

Exact: the set of (type, start, end).  Relaxed: partial credit as in SemEval-2013 task 9.1 (Segura-
Bedmar et al. 2013): of two spans of one type an equal pair counts 1 and an overlapping pair ½,
P = (COR + ½ PAR) / ACT, R = (COR + ½ PAR) / POS.  Unlike that task's scorer the pairing is optimal,
not greedy from left to right, so the order of a list cannot change the score.
"""

from __future__ import annotations

from collections.abc import Iterator

from reportedly.align import Comparison, assign, dice, overlapping
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
    for kind in sorted({key[0] for key in gold} | {key[0] for key in predicted}):
        g = [span for key, span in sorted(gold.items()) if key[0] == kind]
        p = [span for key, span in sorted(predicted.items()) if key[0] == kind]
        credit = {
            (i, j): 1.0 if (g[i].start, g[i].end) == (p[j].start, p[j].end) else 0.5 for i, j in overlapping(g, p)
        }
        paired = assign({(i, j): c + 1e-3 * dice(g[i], p[j]) for (i, j), c in credit.items()})
        taken = set(paired.values())
        for i, span in enumerate(g):
            if i in paired:
                yield pair(relaxed, kind, span.start, credit[i, paired[i]], span, p[paired[i]])
            else:
                yield missed(relaxed, kind, span.start, span)
        for j, span in enumerate(p):
            if j not in taken:
                yield spurious(relaxed, kind, span.start, span)
