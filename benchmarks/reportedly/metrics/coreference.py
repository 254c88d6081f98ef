"""Coreference, whether the same mentions make up the same entities.

Definitions as in the CoNLL 8.01 reference scorer (Pradhan et al. 2014), with mentions matched by
exact span and singletons kept; sums are micro over documents.

MUC   (Vilain et al. 1995)   an entity of n mentions has n−1 links; it loses one a further part
                             that the other side cuts it into.
B³    (Bagga & Baldwin 1998) each mention: the share of its entity that stands in the other's.
CEAFe (Luo 2005)             one-to-one pairing of entities, φ4 = 2·|g∩p| / (|g|+|p|).
LEA   (Moosavi & Strube 2016) each entity, weighted by size: the share of its links that are
                             found; a singleton's only link is to itself, found if the other
                             side has it as a singleton too.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from math import fsum

from reportedly.align import Comparison, assign, nearest
from reportedly.metrics.base import Counts, Item
from reportedly.model import Entity

Cluster = frozenset[Hashable]
Side = list[tuple[float, float]]  # (numerator, denominator) an entity
Shares = list[dict[int, int]]  # a cluster: how many of its mentions each cluster of the other side has
Both = tuple[Shares, Shares]  # of gold, of predicted


def entities(comparison: Comparison) -> Iterator[Item]:
    """Compare entities as clusters of mentions, labelled by nothing."""
    gold, predicted = comparison.gold.entities, comparison.predicted.entities
    g, p = _clusters(gold), _clusters(predicted)
    partners = {i: predicted[j] for i, j in ceaf_pairs(g, p)[0].items()}
    starts = [_at(e) for e in gold], [_at(e) for e in predicted]
    for name, (recall, precision) in _scores(comparison):
        for i, (at, (num, den), entity) in enumerate(zip(starts[0], recall, gold, strict=True)):
            yield Item(name, "", at, Counts(0, 0, num, den), entity, partners.get(i))
        for at, (num, den), entity in zip(starts[1], precision, predicted, strict=True):
            yield Item(name, "", at, Counts(num, den, 0, 0), None, entity)


def sums(comparison: Comparison) -> Iterator[Item]:
    """Add up what `entities` gives, an item a metric."""
    for name, sides in _scores(comparison):
        if any(sides):
            (r_num, r_den), (p_num, p_den) = map(_sum, sides)
            yield Item(name, "", 0, Counts(p_num, p_den, r_num, r_den))


def _sum(side: Side) -> tuple[float, float]:
    return fsum([num for num, _ in side]), fsum([den for _, den in side])


def _scores(comparison: Comparison) -> Iterator[tuple[str, tuple[Side, Side]]]:
    """Score the entities of a document in every way."""
    g, p = _clusters(comparison.gold.entities), _clusters(comparison.predicted.entities)
    shares = shared(g, p)
    for name, score in (("muc", muc), ("b3", b_cubed), ("ceafe", ceaf_e), ("lea", lea)):
        yield f"entities.{name}", score(g, p, shares)
    yield "entities.lea_relaxed", lea(g, _aligned(comparison))


def _clusters(entities: Sequence[Entity]) -> list[Cluster]:
    return [frozenset([(m.start, m.end) for m in e.mentions]) for e in entities]


def _at(entity: Entity) -> int:
    return min([m.start for m in entity.mentions])


def _aligned(comparison: Comparison) -> list[Cluster]:
    """Give each predicted mention the span of the gold mention it overlaps, one-to-one."""
    gold, predicted = (
        [span for entity in side.entities for span in entity.mentions]
        for side in (comparison.gold, comparison.predicted)
    )
    answer: dict[Hashable, Hashable] = {
        (predicted[j].start, predicted[j].end): (gold[i].start, gold[i].end)
        for i, j in nearest(gold, predicted).items()
    }
    # What overlaps nothing keeps a name of its own, which no gold mention has.
    return [
        frozenset([answer.get(span, ("unmatched", span)) for span in cluster])
        for cluster in _clusters(comparison.predicted.entities)
    ]


def shared(gold: Sequence[Cluster], predicted: Sequence[Cluster]) -> Both:
    """Count once what all scores here rest on: which clusters share how many mentions."""
    return _shares(gold, predicted), _shares(predicted, gold)


def _shares(these: Sequence[Cluster], others: Sequence[Cluster]) -> Shares:
    owner = {mention: i for i, cluster in enumerate(others) for mention in cluster}
    found: Shares = []
    for cluster in these:
        shares: dict[int, int] = {}
        for mention in cluster:
            if (i := owner.get(mention)) is not None:
                shares[i] = shares.get(i, 0) + 1
        found.append(shares)
    return found


def _muc_side(these: Sequence[Cluster], shares: Shares) -> Side:
    # A mention that the other side lacks is a part of its own: n − (parts + alone) = shared − parts.
    return [(sum(s.values()) - len(s), len(cluster) - 1) for cluster, s in zip(these, shares, strict=True)]


def muc(gold: Sequence[Cluster], predicted: Sequence[Cluster], shares: Both | None = None) -> tuple[Side, Side]:
    """Score links; (numerator, denominator) an entity, for recall by gold and precision by predicted."""
    of_gold, of_predicted = shares or shared(gold, predicted)
    return _muc_side(gold, of_gold), _muc_side(predicted, of_predicted)


def _b_side(these: Sequence[Cluster], shares: Shares) -> Side:
    both = zip(these, shares, strict=True)
    return [(sum([n * n for n in s.values()]) / len(cluster), len(cluster)) for cluster, s in both]


def b_cubed(gold: Sequence[Cluster], predicted: Sequence[Cluster], shares: Both | None = None) -> tuple[Side, Side]:
    """Score mentions; (numerator, denominator) an entity, summed over its mentions."""
    of_gold, of_predicted = shares or shared(gold, predicted)
    return _b_side(gold, of_gold), _b_side(predicted, of_predicted)


def ceaf_pairs(
    gold: Sequence[Cluster], predicted: Sequence[Cluster], shares: Both | None = None
) -> tuple[dict[int, int], dict[tuple[int, int], float]]:
    """Pair entities one-to-one by φ4; gives gold index → predicted index, and φ4 of all that share a mention."""
    _, of_predicted = shares or shared(gold, predicted)
    phi = {(i, j): 2 * n / (len(gold[i]) + len(predicted[j])) for j, s in enumerate(of_predicted) for i, n in s.items()}
    return assign(phi), phi


def ceaf_e(gold: Sequence[Cluster], predicted: Sequence[Cluster], shares: Both | None = None) -> tuple[Side, Side]:
    """Score entities paired one-to-one by φ4; (similarity of its pair, 1) an entity."""
    pairs, phi = ceaf_pairs(gold, predicted, shares)
    back = {j: i for i, j in pairs.items()}
    recall: Side = [(phi[i, pairs[i]] if i in pairs else 0.0, 1) for i in range(len(gold))]
    precision: Side = [(phi[back[j], j] if j in back else 0.0, 1) for j in range(len(predicted))]
    return recall, precision


def _lea_side(these: Sequence[Cluster], shares: Shares, others: Sequence[Cluster]) -> Side:
    side: Side = []
    for cluster, s in zip(these, shares, strict=True):
        size = len(cluster)
        if size == 1:
            side.append((float(any(len(others[i]) == 1 for i in s)), 1))
            continue
        links = sum([n * (n - 1) / 2 for n in s.values()])
        side.append((size * links / (size * (size - 1) / 2), size))
    return side


def lea(gold: Sequence[Cluster], predicted: Sequence[Cluster], shares: Both | None = None) -> tuple[Side, Side]:
    """Score links weighted by the size of their entity; (numerator, denominator) an entity."""
    of_gold, of_predicted = shares or shared(gold, predicted)
    return _lea_side(gold, of_gold, predicted), _lea_side(predicted, of_predicted, gold)
