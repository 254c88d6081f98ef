"""Which predicted thing answers which gold thing: optimal one-to-one pairings, shared by all tasks.

A pairing never depends on the order of a file or on ids: ties are broken by a hash of what the two
sides say, the same whichever of them is called gold.  Pairs are found by a sweep over spans and
solved within connected components of the overlap graph, so that a long document costs what its
overlaps cost and not its length squared.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from itertools import permutations
from math import fsum, perm

from reportedly.derivation import populations
from reportedly.fingerprint import code, mixed, said
from reportedly.intervals import interval
from reportedly.model import Claim, Document, Entity, Event, Hop, Interval, Source, Span

_SECOND = 1e-3  # weight of what decides between equal credits
_HAIR = 1e-6  # the same where a thousand pairs may hang together
_THIRD = 1e-9  # weight of what decides between equals in all that is said
_32 = 2**32 - 1
_FEW = 24  # pairings that are tried out one by one
_DENSE = 10_000  # pairs of spans that are looked at one by one

Edge = tuple[int, int]  # gold index, predicted index


def overlapping(gold: Sequence[Span], predicted: Sequence[Span]) -> list[tuple[int, int]]:
    """List the index pairs of spans that share a code point, by one sweep from left to right."""
    if not gold or not predicted:
        return []
    open_: tuple[list[tuple[int, int]], list[tuple[int, int]]] = ([], [])
    pairs: list[tuple[int, int]] = []
    for start, end, side, index in _by_start(gold, predicted):
        open_[side].append((end, index))
        if others := open_[1 - side]:
            others[:] = [other for other in others if other[0] > start]
            pairs += [(index, i) if side == 0 else (i, index) for _, i in others]
    return pairs


def _by_start(gold: Sequence[Span], predicted: Sequence[Span]) -> list[tuple[int, int, int, int]]:
    return sorted(
        [(s.start, s.end, 0, i) for i, s in enumerate(gold) if s.located]
        + [(s.start, s.end, 1, i) for i, s in enumerate(predicted) if s.located]
    )


def dice(a: Span, b: Span) -> float:
    """Compute twice the shared code points over all code points of two spans, 0 to 1."""
    return 2 * a.overlap(b) / (a.end - a.start + b.end - b.start)


def covered(spans: Iterable[Span]) -> int:
    """Set a bit for every code point that spans cover: two sets of spans overlap if these have a bit in common."""
    bits = 0
    for span in spans:
        if span.located:
            bits |= (1 << span.end) - (1 << span.start)
    return bits


def tie(a: int, b: int) -> float:
    """Give a pair a number in [0, 1) that depends on what both say (see `mixed`), not on order or direction."""
    # Odd: no product of two loses what one of them says.
    return ((a & _32) | 1) * ((b & _32) | 1) % 2**32 / 2**32


def nearest(gold: Sequence[Span], predicted: Sequence[Span]) -> dict[int, int]:
    """Pair spans one-to-one so that those of a pair share the most; gives gold index → predicted index."""
    pairs: dict[int, int] = {}
    apart: tuple[set[int], set[int]] = set(), set()
    if len(gold) * len(predicted) > _DENSE:
        for rows, columns in _blocks(gold, predicted):
            if len(rows) * len(columns) > _DENSE:
                pairs.update(_nearest_of_many(gold, predicted, rows, columns))
                apart[0].update(rows)
                apart[1].update(columns)
    mine, theirs = ([i for i in range(len(s)) if i not in a] for s, a in zip((gold, predicted), apart, strict=True))
    near = overlapping([gold[i] for i in mine], [predicted[j] for j in theirs])

    def weight(i: int, j: int) -> float:
        a, b = gold[mine[i]], predicted[theirs[j]]
        return dice(a, b) + _THIRD * tie(_place(a), _place(b))

    pairs.update({mine[i]: theirs[j] for i, j in paired(near, weight).items()})
    return pairs


def _place(span: Span) -> int:
    return mixed((span.start, span.end))


def _blocks(gold: Sequence[Span], predicted: Sequence[Span]) -> Iterator[tuple[list[int], list[int]]]:
    """Cut two lists of spans where no span reaches on; yields indices of both."""
    block: tuple[list[int], list[int]] = [], []
    reach = 0
    for start, end, side, index in _by_start(gold, predicted):
        if start >= reach:
            yield block
            block = [], []
        block[side].append(index)
        reach = max(reach, end)
    yield block


def _nearest_of_many(
    gold: Sequence[Span], predicted: Sequence[Span], rows: Sequence[int], columns: Sequence[int]
) -> dict[int, int]:
    """Pair as `nearest` does where most spans overlap most others: by whole tables, and not pair by pair."""
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    # What begins last is the innermost where spans are nested; from there the solver hardly has to go back.
    rows, columns = rows[::-1], columns[::-1]
    sides = [gold[i] for i in rows], [predicted[j] for j in columns]
    starts, ends, codes = (
        [np.array([read(span) for span in side]) for side in sides]
        for read in (lambda s: s.start, lambda s: s.end, lambda s: _place(s) & _32 | 1)
    )
    length = [end - start for start, end in zip(starts, ends, strict=True)]
    common = np.minimum.outer(ends[0], ends[1]) - np.maximum.outer(starts[0], starts[1])
    weights = 2 * np.maximum(common, 0) / np.add.outer(*length)
    weights += (common > 0) * _THIRD * (np.multiply.outer(*[c.astype(np.uint64) for c in codes]) % 2**32 / 2**32)
    chosen = zip(*linear_sum_assignment(weights, maximize=True), strict=True)
    return {rows[int(i)]: columns[int(j)] for i, j in chosen if common[i, j] > 0}


def assign(edges: Mapping[Edge, float]) -> dict[int, int]:
    """Pair gold with predicted one-to-one so that the weights add up to the most.

    Args:
        edges: the weight of each (gold index, predicted index) that may be paired; above 0.

    Returns:
        Gold index → predicted index.
    """
    return paired(edges, lambda g, p: edges[g, p])


def paired(edges: Collection[Edge], weight: Callable[[int, int], float]) -> dict[int, int]:
    """Pair as `assign` does, and weigh only where there is a choice: in most of a report there is none.

    Source: Kuhn's assignment problem, solved a connected component at a time: those of one pair or
    one row are read off, small ones tried out, large ones left to `scipy.optimize.linear_sum_assignment`.
    """
    alone = dict(iter(edges))
    if len(alone) == len(edges) == len(set(alone.values())):
        return alone
    by_gold: dict[int, list[int]] = {}
    by_predicted: dict[int, list[int]] = {}
    for g, p in edges:
        by_gold.setdefault(g, []).append(p)
        by_predicted.setdefault(p, []).append(g)
    pairs: dict[int, int] = {}
    seen: set[int] = set()
    for first, found in by_gold.items():
        if first in seen:
            continue
        if len(found) == 1 and len(by_predicted[found[0]]) == 1:
            pairs[first] = found[0]
            continue
        rows, columns, queue = {first}, set[int](), [first]
        while queue:
            for p in by_gold[queue.pop()]:
                if p not in columns:
                    columns.add(p)
                    fresh = [g for g in by_predicted[p] if g not in rows]
                    rows.update(fresh)
                    queue.extend(fresh)
        seen |= rows
        if len(rows) == 1:
            pairs[first] = max(columns, key=partial(weight, first))
        elif len(columns) == 1:
            (only,) = columns
            weights = {g: weight(g, only) for g in rows}
            pairs[max(weights, key=weights.__getitem__)] = only
        else:
            weighed = {(g, p): weight(g, p) for g in rows for p in by_gold[g]}
            small = perm(max(len(rows), len(columns)), min(len(rows), len(columns))) <= _FEW
            pairs.update((_tried if small else _solved)(sorted(rows), sorted(columns), weighed))
    return pairs


def _tried(rows: Sequence[int], columns: Sequence[int], edges: Mapping[Edge, float]) -> dict[int, int]:
    """Try every pairing: for a few that is faster than to call the solver, and than to import it."""
    if len(rows) > len(columns):
        back = _tried(columns, rows, {(p, g): weight for (g, p), weight in edges.items()})
        return {g: p for p, g in back.items()}
    pairings = (
        [pair for pair in zip(rows, chosen, strict=True) if pair in edges]
        for chosen in permutations(columns, len(rows))
    )
    return dict(max(pairings, key=lambda pairs: fsum([edges[pair] for pair in pairs])))


def _solved(rows: Sequence[int], columns: Sequence[int], edges: Mapping[Edge, float]) -> dict[int, int]:
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    row, column = ({index: i for i, index in enumerate(side)} for side in (rows, columns))
    weights = np.zeros((len(rows), len(columns)))
    for (g, p), weight in edges.items():
        weights[row[g], column[p]] = weight
    chosen = zip(*linear_sum_assignment(weights, maximize=True), strict=True)
    pairs = [(rows[int(i)], columns[int(j)]) for i, j in chosen]
    return {g: p for g, p in pairs if (g, p) in edges}


def interval_score(gold: Interval | None, predicted: Interval | None, exact: bool = False) -> float:
    """Score two intervals: the mean over their two ends.

    An end scores 1 if equal (∞ equals ∞), 0 if exactly one is ∞, else
    ``max(0, 1 − |x − y| / (0.1 · max(x, y, 1)))``, in exact mode 0.  Two counts of unknown size
    agree, one of known and one of unknown size do not.

    >>> at_least, bare = Interval(low=59, high=None, low_hard=True, high_hard=True), Interval(
    ...     low=59, high=59, low_hard=True, high_hard=True)
    >>> interval_score(at_least, bare)
    0.5
    """
    if gold is None or predicted is None:
        return float(gold is predicted)
    ends = ((gold.low, predicted.low), (gold.high, predicted.high))
    return sum(end_score(x, y, exact) for x, y in ends) / 2


def end_score(x: int | None, y: int | None, exact: bool = False) -> float:
    """Score one end of an interval, 0 to 1; None is ∞."""
    if x is None or y is None or exact:
        return float(x == y)
    return max(0.0, 1 - abs(x - y) / (0.1 * max(x, y, 1)))


def _say(item: Claim | Entity | Event) -> int:
    """Say what an item says in a number, free of ids, for `tie`."""
    if isinstance(item, Claim):
        return mixed(said(item, ids=False))
    spans = item.mentions if isinstance(item, Entity) else item.triggers
    return mixed((code(item.type), places(spans)))


def places(spans: Iterable[Span]) -> int:
    """Say in a number where spans are, in any order."""
    return sum(map(_place, spans))


class Comparison:
    """A gold document beside a prediction of the same report; every pairing is made once, when asked for."""

    def __init__(self, gold: Document, predicted: Document) -> None:
        """Hold the two; they must be of the same report."""
        assert gold.id == predicted.id
        self.gold, self.predicted = gold, predicted
        self._lcs: dict[tuple[str, str], tuple[int, int, int]] = {}
        self._covered: tuple[dict[str, int], dict[str, int]] = {}, {}

    # -- entities

    @cached_property
    def entities(self) -> dict[str, str]:
        """Predicted entity → gold entity: the one-to-one pairing that shares the most mentions exactly.

        Of two that share as many, the pair with fewer mentions that are not shared is taken: which of
        two halves of an entity answers it should be no matter of chance, since its claims hang on it.
        """
        gold, predicted = self.gold.entities, self.predicted.entities
        owner = {(m.start, m.end): i for i, e in enumerate(gold) for m in e.mentions}
        shared: dict[Edge, float] = {}
        for j, entity in enumerate(predicted):
            for m in entity.mentions:
                if (i := owner.get((m.start, m.end))) is not None:
                    shared[i, j] = shared.get((i, j), 0) + 1
        for (i, j), n in shared.items():
            shared[i, j] = n + _HAIR * 2 * n / (len(gold[i].mentions) + len(predicted[j].mentions))
        return self._named(shared, gold, predicted)

    def touching(self, gold: str, predicted: str) -> bool:
        """Tell whether two entities have mentions that overlap."""
        mine, theirs = self._covered
        if gold not in mine:
            mine[gold] = covered(self.gold.entity[gold].mentions)
        if predicted not in theirs:
            theirs[predicted] = covered(self.predicted.entity[predicted].mentions)
        return mine[gold] & theirs[predicted] != 0

    def _named(
        self,
        weights: dict[tuple[int, int], float],
        gold: Sequence[Claim] | Sequence[Entity] | Sequence[Event],
        predicted: Sequence[Claim] | Sequence[Entity] | Sequence[Event],
    ) -> dict[str, str]:
        """Assign, and give predicted id → gold id."""
        pairs = paired(weights, lambda i, j: weights[i, j] + _THIRD * tie(_say(gold[i]), _say(predicted[j])))
        return {predicted[j].id: gold[i].id for i, j in pairs.items()}

    def same_entity(self, gold: str | None, predicted: str | None, exact: bool) -> bool:
        """Tell whether two entities answer each other: paired, or (relaxed) with any mention in common."""
        if gold is None or predicted is None:
            return gold is predicted
        return self.entities.get(predicted) == gold if exact else self.touching(gold, predicted)

    def related(self, gold: str, predicted: str) -> bool:
        """Tell whether two entities answer each other through a whole that one of them is part of."""
        wholes = {gold, self.gold.whole(gold)}
        return any(self.touching(g, p) for g in wholes for p in (predicted, self.predicted.whole(predicted)))

    # -- events

    @cached_property
    def _triggers(self) -> list[tuple[int, int, float]]:
        """Indices of gold and predicted events of one type whose triggers overlap, and how much; 1 is the same."""
        gold, predicted = (
            [(i, event.type, span) for i, event in enumerate(side.events) for span in event.triggers]
            for side in (self.gold, self.predicted)
        )
        found = []
        for a, b in overlapping([span for *_, span in gold], [span for *_, span in predicted]):
            (i, kind, x), (j, other, y) = gold[a], predicted[b]
            if kind == other:
                found.append((i, j, dice(x, y)))
        return found

    def _events(self, exact: bool) -> dict[str, str]:
        shared: dict[Edge, float] = {}
        for i, j, share in self._triggers:
            if share == 1 or not exact:
                shared[i, j] = shared.get((i, j), 0) + share
        return self._named(shared, self.gold.events, self.predicted.events)

    @cached_property
    def events(self) -> dict[str, str]:
        """Predicted event → gold event of the same type, sharing the most triggers exactly."""
        return self._events(exact=True)

    @cached_property
    def events_relaxed(self) -> dict[str, str]:
        """Predicted event → gold event of the same type, by overlapping triggers."""
        return self._events(exact=False)

    # -- chains

    def same_source(self, gold: tuple[Hop, Source | None], predicted: tuple[Hop, Source | None], exact: bool) -> bool:
        """Tell whether two sources are one: the same words, or the same entity; two unnamed ones by their type."""
        (g_hop, g), (p_hop, p) = gold, predicted
        if g is None or p is None:
            return g is p and g_hop.type == p_hop.type
        if g.span and p.span:
            if (g.span.start, g.span.end) == (p.span.start, p.span.end):
                return True
            if not exact and g.span.overlap(p.span):
                return True
        return g.entity is not None and p.entity is not None and self.same_entity(g.entity, p.entity, exact)

    def chain_lcs(self, gold: Claim, predicted: Claim) -> tuple[int, int, int]:
        """Count the longest common subsequence of two chains, and the sources of each."""
        key = gold.id, predicted.id
        if key not in self._lcs:
            self._lcs[key] = self._chain_lcs(gold, predicted)
        return self._lcs[key]

    def _chain_lcs(self, gold: Claim, predicted: Claim) -> tuple[int, int, int]:
        g, p = flat(self.gold, gold.chain), flat(self.predicted, predicted.chain)
        row = [0] * (len(p) + 1)
        for x in g:
            new = [0]
            for j, y in enumerate(p):
                new.append(row[j] + 1 if self.same_source(x, y, exact=False) else max(row[j + 1], new[j]))
            row = new
        return row[-1], len(g), len(p)

    def chain_score(self, gold: Claim, predicted: Claim) -> float:
        """Compute the chain F1 of a pair, ``2·LCS/(|gold|+|predicted|)``; two narrators agree."""
        common, g, p = self.chain_lcs(gold, predicted)
        return 2 * common / (g + p) if g + p else 1.0

    def chain_equal(self, gold: Claim, predicted: Claim) -> bool:
        """Tell whether two chains are the same: hop by hop the same type and the same sources, cues aside."""
        if [h.type for h in gold.chain] != [h.type for h in predicted.chain]:
            return False
        for g_hop, p_hop in zip(gold.chain, predicted.chain, strict=True):
            if len(g_hop.sources) != len(p_hop.sources):
                return False
            g, p = flat(self.gold, (g_hop,)), flat(self.predicted, (p_hop,))
            same = {(i, j): 1.0 for i, x in enumerate(g) for j, y in enumerate(p) if self.same_source(x, y, exact=True)}
            if len(assign(same)) != len(g):
                return False
        return True

    # -- claims

    @cached_property
    def populations(self) -> tuple[dict[str, str], dict[str, str]]:
        """Resolved populations of gold and predicted counts."""
        return populations(self.gold), populations(self.predicted)

    def count_score(self, gold: Claim, predicted: Claim) -> float:
        """Score a pair of COUNT claims, 0 to 1.

        Gate [metric right] · [population right], times .5 interval + .2 hedge + .2 chain + .1 status.
        The population is the resolved one: "58 people killed" and "58 victims killed" say the same
        of an attack in which nobody is told to have counted attackers, and the error that the gate
        is for, victims taken for perpetrators, is caught all the same.
        """
        a, b = gold.count, predicted.count
        assert a is not None
        assert b is not None
        if a.metric != b.metric or self.populations[0][gold.id] != self.populations[1][predicted.id]:
            return 0.0
        # In tenths, so that all right is 1 and not a hair less.
        tenths = (
            5 * interval_score(interval(a), interval(b))
            + 2 * (a.hedge == b.hedge)
            + 2 * self.chain_score(gold, predicted)
            + (gold.status == predicted.status)
        )
        return tenths / 10

    def _weight(self, gold: Claim, predicted: Claim) -> float:
        near = dice(gold.anchor, predicted.anchor)
        if gold.kind == "COUNT":
            # Credit first: the pairing then gives the most credit there is, so that leaving out a
            # right claim can never raise the recall.
            return self.count_score(gold, predicted) + _SECOND * near
        agree = self.chain_score(gold, predicted) + (gold.status == predicted.status)
        if gold.responsibility and predicted.responsibility:
            agree += 2 * self.same_entity(gold.responsibility.actor, predicted.responsibility.actor, exact=False)
        return near + _SECOND * agree

    @cached_property
    def _answers(self) -> dict[int, int]:
        """Gold claim → predicted claim of the same kind, by index."""
        gold, predicted = self.gold.claims, self.predicted.claims
        near = overlapping([c.anchor for c in gold], [c.anchor for c in predicted])
        return paired(
            [(i, j) for i, j in near if gold[i].kind == predicted[j].kind],
            lambda i, j: self._weight(gold[i], predicted[j]) + _THIRD * tie(_say(gold[i]), _say(predicted[j])),
        )

    def _claims(self, kind: str) -> list[tuple[Claim | None, Claim | None]]:
        gold, predicted, answers = self.gold.claims, self.predicted.claims, self._answers
        taken = set(answers.values())
        pairs: list[tuple[Claim | None, Claim | None]] = [
            (g, predicted[answers[i]] if i in answers else None) for i, g in enumerate(gold) if g.kind == kind
        ]
        return pairs + [(None, p) for j, p in enumerate(predicted) if p.kind == kind and j not in taken]

    @cached_property
    def counts(self) -> list[tuple[Claim | None, Claim | None]]:
        """COUNT claims side by side, None where one has no answer; anchors overlap."""
        return self._claims("COUNT")

    @cached_property
    def claims(self) -> list[tuple[Claim | None, Claim | None]]:
        """All claims side by side, kind by kind."""
        return self.counts + self._claims("EVENT") + self._claims("RESP")


def flat(document: Document, chain: Sequence[Hop]) -> list[tuple[Hop, Source | None]]:
    """Write a chain as ordered sources; an unnamed hop is one None.

    Joint sources have no order of their own: they stand in that of the text, an inherited one where
    its entity is first mentioned.
    """

    def place(source: Source) -> tuple[int, int]:
        entity = document.entity.get(source.entity or "")
        spans = [source.span] if source.span else entity.mentions if entity else ()
        return min(((s.start, s.end) for s in spans), default=(-1, -1))

    sources: list[tuple[Hop, Source | None]] = []
    for hop in chain:
        joint = sorted(hop.sources, key=place) if len(hop.sources) > 1 else hop.sources
        sources += [(hop, s) for s in joint] or [(hop, None)]
    return sources
