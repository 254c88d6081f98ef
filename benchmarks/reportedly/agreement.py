"""How far independent annotation passes of the same reports agree.

Where the passes find the same things is measured by F1, each against each, with the metrics that
systems are scored by; what they decide about the things both found, by Krippendorff's alpha, which
takes off what chance would give.  No pass is gold: every number is symmetric in the passes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from math import fsum
from typing import NamedTuple

from reportedly.align import Comparison
from reportedly.derivation import stance
from reportedly.model import Document
from reportedly.scoring import Scored, results, score
from reportedly.significance import bootstrap

LAYERS = (
    "mentions.exact",
    "mentions.relaxed",
    "entities.lea",
    "entities.lea_relaxed",
    "events.trigger",
    "events.trigger_relaxed",
    "events.argument_relaxed",
    "events.parent",
    "counts.span",
    "counts.exact",
    "attribution.chain",
    "responsibility.exact",
    "responsibility.relaxed",
    "template.slots_f1",
)
Labels = dict[str, list[tuple[str, str]]]  # decision → (one pass's label, the other's) an item


class Layer(NamedTuple):
    """A metric between passes: the mean of its F1 over the pairs of passes, and their interval if there is one pair."""

    metric: str
    f1: float | None
    interval: tuple[float, float] | None


class Decision(NamedTuple):
    """What was decided about things that both found: alpha with its interval, and who said what.

    ``alpha`` is None where fewer than two different labels were given: nothing was there to decide.
    """

    name: str
    items: int
    same: int
    alpha: float | None
    interval: tuple[float, float] | None
    confusion: dict[tuple[str, str], int]


class Agreement(NamedTuple):
    """Agreement of passes: F1 by layer, alpha by decision, and the pairs it was read from."""

    passes: tuple[str, ...]
    documents: tuple[str, ...]
    layers: tuple[Layer, ...]
    decisions: tuple[Decision, ...]
    pairs: tuple[tuple[str, str, Scored], ...]


def decisions(comparison: Comparison) -> Labels:
    """Pair the labels that two passes gave to things they both found.

    Claims answer each other by their anchors, entities and events by a mention or trigger in
    common, hops by their place in chains of one length.
    """
    found: Labels = {}

    def put(name: str, a: str, b: str) -> None:
        found.setdefault(name, []).append((a, b))

    one, other = comparison.gold, comparison.predicted
    for a, b in comparison.claims:
        if a is None or b is None:
            continue
        put("status", a.status, b.status)
        if a.count and b.count:
            for name in ("hedge", "metric", "population", "scope", "as_of"):
                put(name, getattr(a.count, name), getattr(b.count, name))
        if a.responsibility and b.responsibility:
            put("stance", stance(one, a), stance(other, b))
            put("responsibility role", a.responsibility.role, b.responsibility.role)
        if len(a.chain) == len(b.chain):
            for x, y in zip(a.chain, b.chain, strict=True):
                put("hop type", x.type, y.type)
    for theirs, mine in comparison.entities.items():
        put("entity type", one.entity[mine].type, other.entity[theirs].type)
    triggers = {(t.start, t.end): v.type for v in other.events for t in v.triggers}
    for event in one.events:
        for t in event.triggers:
            if (t.start, t.end) in triggers:
                put("event type", event.type, triggers[t.start, t.end])
    return found


def alpha(pairs: Sequence[tuple[str, str]]) -> float | None:
    """Compute Krippendorff's alpha for nominal labels, by the `krippendorff` library.

    Args:
        pairs: two labels an item.

    Returns:
        1 for perfect agreement, 0 for that of chance, below 0 for less; None if fewer than two
        different labels occur.

    Source: Krippendorff, Content Analysis, 4th ed. 2018, ch. 12.
    """
    import krippendorff
    import numpy as np

    labels = {label: i for i, label in enumerate(sorted({label for pair in pairs for label in pair}))}
    if len(labels) < 2:
        return None
    data = np.array([[labels[label] for label in side] for side in zip(*pairs, strict=True)], dtype=float)
    domain = list(labels.values())
    return float(krippendorff.alpha(reliability_data=data, level_of_measurement="nominal", value_domain=domain))


def _alpha_interval(pairs: Sequence[tuple[str, str]], resamples: int, seed: int) -> tuple[float, float] | None:
    """Resample items with replacement; samples in which nothing varies are left out."""
    import numpy as np

    random = np.random.default_rng(seed)
    drawn = [
        value
        for _ in range(resamples)
        if (value := alpha([pairs[i] for i in random.integers(0, len(pairs), len(pairs))])) is not None
    ]
    if not drawn:
        return None
    low, high = np.quantile(drawn, [0.025, 0.975])
    return float(low), float(high)


def agree(passes: Mapping[str, Sequence[Document]], *, resamples: int = 1000, seed: int = 1) -> Agreement:
    """Measure the agreement of two or more passes.

    Args:
        passes: documents by the name of their pass; every pass has the same documents.
        resamples: of the bootstrap intervals; 0 for none.
        seed: of the random numbers.

    Returns:
        With more than two passes F1 is the mean over their pairs, and alpha is over the items of
        all pairs together.

    Raises:
        ValueError: there are fewer than two passes, or they are not of the same texts.
    """
    if len(passes) < 2:
        raise ValueError("agreement needs two passes or more")
    texts = {name: {d.id: d.text for d in documents} for name, documents in passes.items()}
    first = next(iter(texts))
    for name, own in texts.items():
        if own != texts[first]:
            differing = sorted(id for id in own.keys() | texts[first].keys() if own.get(id) != texts[first].get(id))
            raise ValueError(f"the passes {first} and {name} are not of the same texts: {', '.join(differing)}")
    pairs = []
    labels: Labels = {}
    for a, b in combinations(passes, 2):
        pairs.append((a, b, score(passes[a], passes[b], keep_items=True)))
        answers = {d.id: d for d in passes[b]}
        for document in passes[a]:
            for name, found in decisions(Comparison(document, answers[document.id])).items():
                labels.setdefault(name, []).extend(found)
    return Agreement(
        tuple(passes),
        tuple(sorted(texts[first])),
        tuple(_layers([scored for *_, scored in pairs], resamples, seed)),
        tuple(
            Decision(
                name,
                len(found),
                sum(a == b for a, b in found),
                alpha(found),
                _alpha_interval(found, resamples, seed) if resamples else None,
                dict(Counter(found)),
            )
            for name, found in sorted(labels.items())
        ),
        tuple(pairs),
    )


def _layers(pairs: Sequence[Scored], resamples: int, seed: int) -> Iterable[Layer]:
    values = [{r.metric.name: r.value for r in results(scored)} for scored in pairs]
    # Pairs of three passes share their passes: an interval over them would pretend to more than there is.
    limits = bootstrap(pairs[0], resamples=resamples, seed=seed) if len(pairs) == 1 else {}
    for name in LAYERS:
        defined = [v[name] for v in values if v[name] is not None]
        mean = fsum(v for v in defined if v is not None) / len(defined) if defined else None
        yield Layer(name, mean, limits.get(name))
