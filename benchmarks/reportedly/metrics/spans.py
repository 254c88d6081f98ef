"""Typed spans: mentions of entities and triggers of events.

Exact: the set of (type, start, end).  Relaxed: partial credit as in SemEval-2013 task 9.1 (Segura-
Bedmar et al. 2013): of two spans of one type an equal pair counts 1 and an overlapping pair ½,
P = (COR + ½ PAR) / ACT, R = (COR + ½ PAR) / POS.  Unlike that task's scorer the pairing is optimal,
not greedy from left to right, so the order of a list cannot change the score.

Equal spans answer each other in a pairing of the most credit: two halves are no more than the whole
they would break up.  What is left earns ½ a pair, so that as many as can be are paired.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from heapq import heappop, heappush

from reportedly.align import Comparison
from reportedly.metrics.base import Counts, Item, exact, missed, pair, spurious
from reportedly.model import Span

Place = tuple[int, int]  # start, end
Typed = list[tuple[str, tuple[Span, ...]]]  # type, spans of it


def mentions(comparison: Comparison) -> Iterator[Item]:
    """Compare the mentions of entities, labelled by entity type."""
    return _items("mentions.exact", "mentions.relaxed", *_mentions(comparison))


def mention_sums(comparison: Comparison) -> Iterator[Item]:
    """Add up what `mentions` gives, an item a metric and label."""
    return _sums("mentions.exact", "mentions.relaxed", *_mentions(comparison))


def triggers(comparison: Comparison) -> Iterator[Item]:
    """Compare the triggers of events, labelled by event type."""
    return _items("events.trigger", "events.trigger_relaxed", *_triggers(comparison))


def trigger_sums(comparison: Comparison) -> Iterator[Item]:
    """Add up what `triggers` gives, an item a metric and label."""
    return _sums("events.trigger", "events.trigger_relaxed", *_triggers(comparison))


def _mentions(comparison: Comparison) -> tuple[Typed, Typed]:
    gold, predicted = (
        [(e.type, e.mentions) for e in side.entities] for side in (comparison.gold, comparison.predicted)
    )
    return gold, predicted


def _triggers(comparison: Comparison) -> tuple[Typed, Typed]:
    gold, predicted = ([(v.type, v.triggers) for v in side.events] for side in (comparison.gold, comparison.predicted))
    return gold, predicted


def _items(strict: str, relaxed: str, gold_spans: Typed, predicted_spans: Typed) -> Iterator[Item]:
    gold, predicted = (
        {(kind, span.start, span.end): span for kind, spans in side for span in spans}
        for side in (gold_spans, predicted_spans)
    )
    yield from exact(strict, gold, predicted, lambda key: key[0], lambda span: span.start)
    answers = {key: key for key in gold if key in predicted}
    left = [[key for key in side if key not in answers] for side in (gold, predicted)]
    for kind in {key[0] for key in left[0]}:
        mine, theirs = ([key[1:] for key in side if key[0] == kind] for side in left)
        answers |= {(kind, *a): (kind, *b) for a, b in most(mine, theirs).items()}
    for key, span in gold.items():
        if other := answers.get(key):
            yield pair(relaxed, key[0], span.start, 1.0 if key == other else 0.5, span, predicted[other])
        else:
            yield missed(relaxed, key[0], span.start, span)
    taken = set(answers.values())
    for key, span in predicted.items():
        if key not in taken:
            yield spurious(relaxed, key[0], span.start, span)


def _sums(strict: str, relaxed: str, gold_spans: Typed, predicted_spans: Typed) -> Iterator[Item]:
    gold, predicted = _by_type(gold_spans), _by_type(predicted_spans)
    for kind, (right, given, wanted) in equal(gold, predicted).items():
        yield Item(strict, kind, 0, Counts(right, given, right, wanted))
        half = 0
        if right < given and right < wanted:
            left = gold[kind] - predicted[kind], predicted[kind] - gold[kind]
            half = len(most(*map(_apart, left)))
        credit = right + half / 2
        yield Item(relaxed, kind, 0, Counts(credit, given, credit, wanted))


def packed(start: int, end: int) -> int:
    """Put a place into one number: sets of numbers are compared in half the time of sets of pairs."""
    return start << 32 | end


def _apart(places: Collection[int]) -> list[Place]:
    # What is not in the text stands before it, and overlaps nothing.
    return [(place >> 32, place & 0xFFFFFFFF) for place in places if place >= 0]


def _by_type(spans: Typed) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for kind, each in spans:
        places = [packed(span.start, span.end) for span in each]
        if kind in found:
            found[kind].update(places)
        else:
            found[kind] = set(places)
    return found


def equal(gold: Mapping[str, set[int]], predicted: Mapping[str, set[int]]) -> dict[str, tuple[int, int, int]]:
    """Count typed spans, `packed`, that are exactly right: type → (right, predicted, gold)."""
    counts = {}
    for kind, wanted in gold.items():
        given = predicted.get(kind)
        counts[kind] = (len(wanted & given), len(given), len(wanted)) if given else (0, 0, len(wanted))
    for kind, given in predicted.items():
        if kind not in gold:
            counts[kind] = 0, len(given), 0
    return counts


def most(gold: Collection[Place], predicted: Collection[Place]) -> dict[Place, Place]:
    """Pair as many spans as can be, one to one, that share a code point; in O(n log n).

    The span that ends first takes, of those of the other side that overlap it, the one that ends
    first: all of those reach over its end, so whatever overlaps this one overlaps the others too,
    and it can be spared best.
    """
    coming = [sorted(side, reverse=True) for side in (gold, predicted)]
    begun: tuple[list[Place], list[Place]] = ([], [])  # heaps of (end, start)
    pairs: tuple[dict[Place, Place], dict[Place, Place]] = ({}, {})  # by gold, by predicted
    for end, start, side in sorted((end, start, i) for i in (0, 1) for start, end in coming[i]):
        if (start, end) in pairs[side]:
            continue
        other = 1 - side
        while coming[other] and coming[other][-1][0] < end:
            heappush(begun[other], coming[other].pop()[::-1])
        while begun[other] and (begun[other][0][0] <= start or begun[other][0][::-1] in pairs[other]):
            heappop(begun[other])
        if begun[other]:
            answer = begun[other][0][::-1]
            pairs[side][start, end], pairs[other][answer] = answer, (start, end)
    return pairs[0]
