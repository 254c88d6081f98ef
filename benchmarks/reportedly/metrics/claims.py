"""Claims: counts, chains, status, responsibility, and how counts stand to each other.

Claims answer each other one-to-one where their anchors overlap and their kinds are equal; all
tasks here read the same pairing, so that a report's lines speak of the same pairs.
"""

from __future__ import annotations

from collections.abc import Iterator

from reportedly.align import Comparison, assign, flat, interval_score, tie
from reportedly.derivation import origin, relations, stance
from reportedly.fingerprint import mixed
from reportedly.intervals import interval
from reportedly.metrics.base import Counts, Item, exact, missed, pair, spurious
from reportedly.model import Claim, Count, Document


def _count(claim: Claim) -> Count:
    assert claim.count is not None
    return claim.count


def _start(claim: Claim) -> int:
    return claim.anchor.start


def counts(comparison: Comparison) -> Iterator[Item]:
    """Compare COUNT claims, labelled by hedge: by span, exactly, by claim score, and by interval score."""

    def key(claim: Claim) -> tuple[object, ...]:
        c = _count(claim)
        return c.hedge, claim.anchor.start, claim.anchor.end, c.n, c.word, c.metric, c.population

    gold = {key(c): c for c in comparison.gold.of_kind("COUNT")}
    predicted = {key(c): c for c in comparison.predicted.of_kind("COUNT")}
    yield from exact("counts.exact", gold, predicted, lambda k: str(k[0]), _start)
    spans = [{(c.anchor.start, c.anchor.end): c for c in side.values()} for side in (gold, predicted)]
    yield from exact("counts.span", spans[0], spans[1], lambda _: "", _start)
    for g, p in comparison.counts:
        if g and p:
            a, b = _count(g), _count(p)
            yield pair("counts.claim", a.hedge, _start(g), comparison.count_score(g, p), g, p)
            yield pair("counts.interval", a.hedge, _start(g), interval_score(interval(a), interval(b)), g, p)
        elif g:
            yield missed("counts.claim", _count(g).hedge, _start(g), g)
            yield missed("counts.interval", _count(g).hedge, _start(g), g)
        elif p:
            yield spurious("counts.claim", _count(p).hedge, _start(p), p)
            yield spurious("counts.interval", _count(p).hedge, _start(p), p)


def attribution(comparison: Comparison) -> Iterator[Item]:
    """Compare the chains of claims, labelled by claim kind (depth: by gold depth).

    - exact: the whole chain, the narrator's empty one too; over all claims.
    - chain: 2·LCS / (|gold| + |predicted|) over ordered sources, summed over claims; a claim that
      both sides leave to the narrator adds nothing, so this is over attributed claims.
    - attributed: is there a source at all?  Over claims that one side attributes.
    - origin: over attributed gold claims, the last hop has the right type and source.
    - depth: over attributed gold claims, as many hops; labelled 1, 2, 3+.
    """
    for g, p in comparison.claims:
        either = g or p
        assert either is not None
        kind, at = either.kind, _start(either)
        if g and p:
            yield pair("attribution.exact", kind, at, float(comparison.chain_equal(g, p)), g, p)
            common, n_gold, n_predicted = comparison.chain_lcs(g, p)
            if n_gold or n_predicted:
                yield Item("attribution.chain", kind, at, Counts(common, n_predicted, common, n_gold), g, p)
        elif g:
            yield missed("attribution.exact", kind, at, g)
            if g.chain:
                yield Item("attribution.chain", kind, at, Counts(0, 0, 0, len(flat(comparison.gold, g.chain))), g, None)
        elif p:
            yield spurious("attribution.exact", kind, at, p)
            if p.chain:
                yield Item(
                    "attribution.chain", kind, at, Counts(0, len(flat(comparison.predicted, p.chain)), 0, 0), None, p
                )
        told, found = bool(g and g.chain), bool(p and p.chain)
        if told or found:
            yield Item("attribution.attributed", kind, at, Counts(told and found, found, told and found, told), g, p)
        if g and g.chain:
            depth = str(len(g.chain)) if len(g.chain) < 3 else "3+"
            right = bool(p and p.chain) and _same_origin(comparison, g, p)
            yield Item("attribution.origin", kind, at, Counts(0, 0, right, 1), g, p)
            same = bool(p and len(p.chain) == len(g.chain))
            yield Item("attribution.depth", depth, at, Counts(0, 0, same, 1), g, p)


def _same_origin(comparison: Comparison, g: Claim, p: Claim | None) -> bool:
    if p is None or g.chain[-1].type != p.chain[-1].type:
        return False
    gold, predicted = flat(comparison.gold, g.chain[-1:]), flat(comparison.predicted, p.chain[-1:])
    return any(comparison.same_source(x, y, exact=False) for x in gold for y in predicted)


def status(comparison: Comparison) -> Iterator[Item]:
    """Compare the status of claims, labelled by class; a missing claim misses its class."""
    for g, p in comparison.claims:
        if g and p and g.status == p.status:
            yield pair("status.macro", g.status, _start(g), 1.0, g, p)
            continue
        if g:
            yield Item("status.macro", g.status, _start(g), Counts(0, 0, 0, 1), g, p)
        if p:
            yield Item("status.macro", p.status, _start(p), Counts(0, 1, 0, 0), g, p)


Tuple = tuple[Claim, str | None, str, str | None]  # claim, actor, stance, origin type


def _tuples(document: Document) -> list[Tuple]:
    """List (actor, stance, origin type) of the RESP claims, each once, in the order of the text."""
    found: dict[tuple[str | None, str, str | None], Tuple] = {}
    for claim in sorted(document.of_kind("RESP"), key=_start):
        assert claim.responsibility is not None
        key = claim.responsibility.actor, stance(document, claim), origin(claim)
        found.setdefault(key, (claim, *key))
    return list(found.values())


def responsibility(comparison: Comparison) -> Iterator[Item]:
    """Compare who is held responsible, by whose word, labelled by stance.

    Exact: actor, stance and origin type right.  Relaxed: actors by any mention in common, and half
    for an actor that is part of the right one or the whole of it.
    """
    gold, predicted = _tuples(comparison.gold), _tuples(comparison.predicted)
    for name, strict in (("responsibility.exact", True), ("responsibility.relaxed", False)):
        edges: dict[tuple[int, int], float] = {}
        for i, (_, actor, how, source) in enumerate(gold):
            for j, (_, other, their, origin_type) in enumerate(predicted):
                if (how, source) != (their, origin_type):
                    continue
                if comparison.same_entity(actor, other, strict):
                    edges[i, j] = 1.0
                elif not strict and actor and other and comparison.related(actor, other):
                    edges[i, j] = 0.5
        keys = [mixed((c.anchor.start,)) for c, *_ in gold], [mixed((c.anchor.start,)) for c, *_ in predicted]
        answers = assign({(i, j): w + 1e-9 * tie(keys[0][i], keys[1][j]) for (i, j), w in edges.items()})
        for i, (g, _, how, _) in enumerate(gold):
            if i in answers:
                yield pair(name, how, _start(g), edges[i, answers[i]], g, predicted[answers[i]][0])
            else:
                yield missed(name, how, _start(g), g)
        for j, (p, _, their, _) in enumerate(predicted):
            if j not in answers.values():
                yield spurious(name, their, _start(p), p)


def conflict(comparison: Comparison) -> Iterator[Item]:
    """Compare how each two counts of one metric stand to each other, labelled by relation.

    A predicted pair answers a gold pair if its two claims answer the two of gold's; each side's
    relations are derived from its own claims.
    """
    answers = {p.id: g.id for g, p in comparison.counts if g and p}
    gold = {frozenset((a, b)): (label, a, b) for a, b, label in relations(comparison.gold)}
    predicted = {
        frozenset((answers.get(a, f"? {a}"), answers.get(b, f"? {b}"))): (label, a, b)
        for a, b, label in relations(comparison.predicted)
    }
    by_id = comparison.gold.claim, comparison.predicted.claim
    for key, (label, a, b) in gold.items():
        value = sorted((by_id[0][a], by_id[0][b]), key=_start)
        if key in predicted and predicted[key][0] == label:
            yield pair("conflict.relation", label, _start(value[1]), 1.0, value, value)
        else:
            yield missed("conflict.relation", label, _start(value[1]), value)
    for key, (label, a, b) in predicted.items():
        if key not in gold or gold[key][0] != label:
            found = sorted((by_id[1][a], by_id[1][b]), key=_start)
            yield spurious("conflict.relation", label, _start(found[1]), found)
