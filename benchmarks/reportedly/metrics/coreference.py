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

from collections.abc import Callable, Hashable, Iterator, Sequence

from reportedly.align import Comparison, assign, dice, overlapping, tie
from reportedly.metrics.base import Counts, Item
from reportedly.model import Entity

Cluster = frozenset[Hashable]
Side = list[tuple[float, float]]  # (numerator, denominator) an entity
Score = Callable[[Sequence[Cluster], Sequence[Cluster]], tuple[Side, Side]]  # gold, predicted → recall, precision


def entities(comparison: Comparison) -> Iterator[Item]:
    """Compare entities as clusters of mentions, labelled by nothing."""
    gold, predicted = comparison.gold.entities, comparison.predicted.entities
    g = [frozenset((m.start, m.end) for m in e.mentions) for e in gold]
    p = [frozenset((m.start, m.end) for m in e.mentions) for e in predicted]
    partners = {i: predicted[j] for i, j in ceaf_pairs(g, p)[0].items()}
    for name, score, clusters in (
        ("muc", muc, p),
        ("b3", b_cubed, p),
        ("ceafe", ceaf_e, p),
        ("lea", lea, p),
        ("lea_relaxed", lea, _aligned(gold, predicted)),
    ):
        recall, precision = score(g, clusters)
        for i, ((num, den), entity) in enumerate(zip(recall, gold, strict=True)):
            yield Item(f"entities.{name}", "", _at(entity), Counts(0, 0, num, den), entity, partners.get(i))
        for (num, den), entity in zip(precision, predicted, strict=True):
            yield Item(f"entities.{name}", "", _at(entity), Counts(num, den, 0, 0), None, entity)


def _at(entity: Entity) -> int:
    return min(m.start for m in entity.mentions)


def _aligned(gold: Sequence[Entity], predicted: Sequence[Entity]) -> list[Cluster]:
    """Give each predicted mention the span of the gold mention it overlaps, one-to-one."""
    g = sorted((m for e in gold for m in e.mentions), key=lambda m: (m.start, m.end))
    p = sorted((m for e in predicted for m in e.mentions), key=lambda m: (m.start, m.end))
    near = {(i, j): dice(g[i], p[j]) for i, j in overlapping(g, p)}
    edges = {
        (i, j): d + 1e-9 * tie(f"{g[i].start} {g[i].end}", f"{p[j].start} {p[j].end}") for (i, j), d in near.items()
    }
    answer = {(p[j].start, p[j].end): (g[i].start, g[i].end) for i, j in assign(edges).items()}
    # What overlaps nothing keeps a name of its own, which no gold mention has.
    return [
        frozenset(answer.get(s, ("unmatched", *s)) for s in ((m.start, m.end) for m in e.mentions)) for e in predicted
    ]


def _owner(clusters: Sequence[Cluster]) -> dict[Hashable, int]:
    return {mention: i for i, cluster in enumerate(clusters) for mention in cluster}


def _muc_side(these: Sequence[Cluster], others: Sequence[Cluster]) -> Side:
    owner = _owner(others)
    side: Side = []
    for cluster in these:
        parts = {owner.get(m, ("alone", m)) for m in cluster}
        side.append((len(cluster) - len(parts), len(cluster) - 1))
    return side


def muc(gold: Sequence[Cluster], predicted: Sequence[Cluster]) -> tuple[Side, Side]:
    """Score links; (numerator, denominator) an entity, for recall by gold and precision by predicted."""
    return _muc_side(gold, predicted), _muc_side(predicted, gold)


def _b_side(these: Sequence[Cluster], others: Sequence[Cluster]) -> Side:
    owner = _owner(others)
    side: Side = []
    for cluster in these:
        shares: dict[int, int] = {}
        for mention in cluster:
            if mention in owner:
                shares[owner[mention]] = shares.get(owner[mention], 0) + 1
        side.append((sum(n * n for n in shares.values()) / len(cluster), len(cluster)))
    return side


def b_cubed(gold: Sequence[Cluster], predicted: Sequence[Cluster]) -> tuple[Side, Side]:
    """Score mentions; (numerator, denominator) an entity, summed over its mentions."""
    return _b_side(gold, predicted), _b_side(predicted, gold)


def ceaf_pairs(
    gold: Sequence[Cluster], predicted: Sequence[Cluster]
) -> tuple[dict[int, int], dict[tuple[int, int], float]]:
    """Pair entities one-to-one by φ4; gives gold index → predicted index, and φ4 of all that share a mention."""
    owner = _owner(gold)
    shared: dict[tuple[int, int], int] = {}
    for j, cluster in enumerate(predicted):
        for mention in cluster:
            if mention in owner:
                shared[owner[mention], j] = shared.get((owner[mention], j), 0) + 1
    phi = {(i, j): 2 * n / (len(gold[i]) + len(predicted[j])) for (i, j), n in shared.items()}
    return assign(phi), phi


def ceaf_e(gold: Sequence[Cluster], predicted: Sequence[Cluster]) -> tuple[Side, Side]:
    """Score entities paired one-to-one by φ4; (similarity of its pair, 1) an entity."""
    paired, phi = ceaf_pairs(gold, predicted)
    back = {j: i for i, j in paired.items()}
    recall: Side = [(phi[i, paired[i]] if i in paired else 0.0, 1) for i in range(len(gold))]
    precision: Side = [(phi[back[j], j] if j in back else 0.0, 1) for j in range(len(predicted))]
    return recall, precision


def _lea_side(these: Sequence[Cluster], others: Sequence[Cluster]) -> Side:
    owner = _owner(others)
    side: Side = []
    for cluster in these:
        size = len(cluster)
        if size == 1:
            (mention,) = cluster
            found = mention in owner and len(others[owner[mention]]) == 1
            side.append((float(found), 1))
            continue
        shares: dict[int, int] = {}
        for mention in cluster:
            if mention in owner:
                shares[owner[mention]] = shares.get(owner[mention], 0) + 1
        links = sum(n * (n - 1) / 2 for n in shares.values())
        side.append((size * links / (size * (size - 1) / 2), size))
    return side


def lea(gold: Sequence[Cluster], predicted: Sequence[Cluster]) -> tuple[Side, Side]:
    """Score links weighted by the size of their entity; (numerator, denominator) an entity."""
    return _lea_side(gold, predicted), _lea_side(predicted, gold)
