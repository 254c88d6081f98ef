"""Score a report and its variants together, to see whether a system reads what it was given.

A pair is a report and one edited variant of it.  Its slots are what the two say: the fields of each
claim, the figures and the responsibility of each incident, the names.  An edit *touches* the slots
whose gold differs; the others it must leave alone.  Opens no file.

- pair: all touched slots are right, in the report and in the variant.
- direction: every touched number moves the way the gold moves; over variants that touch one.
- stability: untouched slots that get the same answer in both, right or wrong.
- leak: the variant is answered with something that only the original says, or only the public
  record of the event; over variants in which something of the original is gone.

The idea of scoring contrast sets as a whole: Gardner et al. 2020, "Evaluating Models' Local
Decision Boundaries via Contrast Sets".  An edit without a touched slot has no pair to get right.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from reportedly.align import Comparison
from reportedly.contrast import FAMILIES, PAIR, Variant
from reportedly.contrast.figures import taken
from reportedly.derivation import derive, stance
from reportedly.metrics.template import ENDS, incidents
from reportedly.model import Claim, Document, Template
from reportedly.scoring import empty

Key = tuple[str, ...]
Fact = tuple[object, ...]
MEASURES = {
    "pair": "touched slots all right, before and after",
    "direction": "touched numbers move the right way",
    "stability": "untouched slots answered alike",
    "leak": "answered with what only the original or the record says; lower is better",
}


class Tally(NamedTuple):
    """How many of how many; None of none."""

    right: float = 0.0
    of: float = 0.0

    @property
    def rate(self) -> float | None:
        """Right among all; None where there is nothing."""
        return self.right / self.of if self.of else None


class Pair(NamedTuple):
    """What one variant adds to each measure."""

    family: str
    id: str
    pair: Tally
    direction: Tally
    stability: Tally
    leak: Tally


class Row(NamedTuple):
    """A family's line: how many variants, and for each measure its rate and 95 % interval over variants."""

    family: str
    variants: int
    rates: dict[str, float | None]
    limits: dict[str, tuple[float, float] | None]


class Contrast(NamedTuple):
    """Everything about one system's variants: pair by pair, by family and in all.

    ``silent`` are ids of variants without a prediction; ``recorded`` are the answers that are in the
    public record of the event and not in the text that was given, as (document, metric, number).
    """

    pairs: tuple[Pair, ...]
    rows: tuple[Row, ...]
    silent: tuple[str, ...]
    recorded: tuple[tuple[str, str, int], ...]


# --- slots ------------------------------------------------------------------------------------


def _name(document: Document, id: str | None) -> str | None:
    """Name an entity by its name, else by its first mention, without the article."""
    entity = document.entity.get(id or "")
    if entity is None:
        return None
    name = entity.name or (min(entity.mentions, key=lambda m: m.start).text if entity.mentions else "")
    return _bare(name)


def _bare(words: str) -> str:
    lower = words.casefold()
    return lower.removeprefix("the ")


def _chain(document: Document, claim: Claim) -> tuple[object, ...]:
    """Write a chain as types and names, for comparison across texts."""
    return tuple(
        (
            hop.type,
            tuple(sorted(_bare(s.span.text) if s.span else (_name(document, s.entity) or "") for s in hop.sources)),
        )
        for hop in claim.chain
    )


def _fields(document: Document, claim: Claim) -> dict[str, object]:
    """List what a claim says, field by field."""
    fields: dict[str, object] = {"status": claim.status, "chain": _chain(document, claim)}
    if count := claim.count:
        number = (*count.n, count.word) if count.word else count.n
        fields |= {"number": number, "hedge": count.hedge, "metric": count.metric}
        fields |= {"population": count.population, "scope": count.scope, "as_of": count.as_of}
    if held := claim.responsibility:
        fields |= {"actor": _name(document, held.actor), "role": held.role, "stance": stance(document, claim)}
    return fields


def slots(document: Document) -> dict[Key, object]:
    """List what a document says: fields of claims, figures and responsibility of incidents, names.

    Keys are ids of the document, which its variants keep; values can be compared between documents.
    """
    found: dict[Key, object] = {}
    for claim in document.claims:
        for field, value in _fields(document, claim).items():
            found["claim", claim.id, field] = value
    for template in derive(document):
        for name, value in _template(template).items():
            found["incident", template.root or "", *name] = value
    for entity in document.entities:
        if entity.name:
            found["entity", entity.id, "name"] = _bare(entity.name)
    return found


def _template(template: Template | None) -> dict[Key, object]:
    if template is None:
        return {}
    found: dict[Key, object] = {("responsibility_status",): template.responsibility_status}
    for figure in template.figures:
        for end in ENDS:
            found[figure.metric, figure.population, end] = getattr(figure, end)
    return found


class _Answers:
    """What a prediction answers to the slots of its gold."""

    def __init__(self, gold: Document, predicted: Document) -> None:
        self.comparison = Comparison(gold, predicted)
        self.gold, self.predicted = gold, predicted
        self.claims = {g.id: (g, p) for g, p in self.comparison.claims if g}
        self.incidents = {g.root or "": _template(p) for g, p in incidents(self.comparison) if g}
        self.entities = {g: p for p, g in self.comparison.entities.items()}
        self.facts = facts(predicted)

    def value(self, key: Key) -> object:
        """Give the answer to a slot; None where there is none."""
        layer, id, *rest = key
        if layer == "claim":
            claim = self.claims.get(id, (None, None))[1]
            return _fields(self.predicted, claim).get(rest[0]) if claim else None
        if layer == "incident":
            return self.incidents.get(id, {}).get(tuple(rest))
        return id in self.entities

    def _named(self, id: str, name: str) -> bool:
        """Tell whether the entity is found where the text calls it by its name."""
        if (other := self.entities.get(id)) is None:
            return False
        called = [m for m in self.gold.entity[id].mentions if name in m.text.casefold()]
        return any(m.overlap(p) for m in called for p in self.predicted.entity[other].mentions)

    def right(self, key: Key, value: object) -> bool:
        """Tell whether a slot of the gold is answered rightly."""
        layer, id, *rest = key
        if layer == "incident":
            return self.value(key) == value
        if layer == "entity":
            return self._named(id, str(value))
        gold, predicted = self.claims.get(id, (None, None))
        if gold is None or predicted is None:
            return False
        if rest[0] == "chain":
            types = [h.type for h in gold.chain] == [h.type for h in predicted.chain]
            return types and self.comparison.chain_score(gold, predicted) == 1
        if rest[0] == "actor" and gold.responsibility and predicted.responsibility:
            return self.comparison.same_entity(gold.responsibility.actor, predicted.responsibility.actor, exact=False)
        return _fields(self.predicted, predicted).get(rest[0]) == value


# --- what a document tells, free of places in the text ----------------------------------------


def _said(document: Document, claim: Claim) -> Iterator[Fact]:
    """List the facts of one claim."""
    what: Fact
    if count := claim.count:
        what = "count", count.metric, count.n, count.word
        yield "people", *what, count.population
        yield "hedge", *what, count.hedge
        yield "as_of", *what, count.as_of
    elif held := claim.responsibility:
        what = "responsible", _name(document, held.actor)
        yield "stance", *what, stance(document, claim)
    else:
        event = document.event.get(claim.event or "")
        what = "event", event.type if event else None, claim.anchor.text.casefold()
    yield what
    yield "status", *what, claim.status
    yield "chain", *what, _chain(document, claim)


def facts(document: Document) -> set[Fact]:
    """Collect all that a document says: facts of its claims, and names."""
    found = {fact for claim in document.claims for fact in _said(document, claim)}
    for entity in document.entities:
        found |= {("name", _bare(m.text)) for m in entity.mentions if re.search(r"[A-Z]", m.text[1:])}
    return found


# --- scoring ----------------------------------------------------------------------------------


def _pair(variant: Variant, before: _Answers, after: _Answers, recorded: bool) -> Pair:
    original, changed = slots(before.gold), slots(after.gold)
    touched = [k for k in original.keys() | changed.keys() if original.get(k) != changed.get(k)]
    held = original.keys() & changed.keys() - set(touched)
    gone = facts(before.gold) - facts(after.gold)
    come = facts(after.gold) - facts(before.gold)

    def right(answers: _Answers, gold: Mapping[Key, object], key: Key, absent: set[Fact]) -> bool:
        if key[0] == "incident":
            return answers.right(key, gold.get(key))
        if key in gold:
            return answers.right(key, gold[key])
        # Nothing to be found here: what the other text says in this place must not be answered.
        return not answers.facts & absent

    both = all(right(before, original, k, come) and right(after, changed, k, gone) for k in touched)
    ways = [
        way == _way(before.value(k), after.value(k), k)
        for k in touched
        if (way := _way(original.get(k), changed.get(k), k)) is not None
    ]
    alike = sum(before.value(k) == after.value(k) for k in held)
    leaks = bool(after.facts & gone) or recorded
    return Pair(
        variant.family,
        variant.document.id,
        Tally(both, 1) if touched else Tally(),
        Tally(all(ways), 1) if ways else Tally(),
        Tally(alike, len(held)),
        Tally(leaks, 1) if gone else Tally(),
    )


def _way(a: object, b: object, key: Key) -> int | None:
    """Tell which way a number moves: 1 up, -1 down, 0 not at all; None where there is no number on a side.

    An open high end is above every number.
    """
    if key[-1] not in (*ENDS, "number"):
        return None
    first, second = _level(a, key), _level(b, key)
    return None if first is None or second is None else (second > first) - (second < first)


def _level(value: object, key: Key) -> tuple[Any, ...] | None:
    if isinstance(value, tuple) and value and all(isinstance(n, int) for n in value):
        return value
    if value is None:
        return (float("inf"),) if key[-1] == "high" else None
    return (value,) if isinstance(value, int) else None


def score(
    gold: Iterable[Document],
    variants: Sequence[Variant],
    predicted: Iterable[Document],
    *,
    record: Mapping[str, Mapping[str, Sequence[int]]] | None = None,
    resamples: int = 10_000,
    seed: int = 1,
) -> Contrast:
    """Score the predictions for reports and their variants.

    Args:
        gold: the reports.
        variants: variants of them.
        predicted: predictions for reports and variants, read against their gold; what is left out
            counts as empty.
        record: document id → metric → numbers that later reports of the same event gave.
        resamples: for the intervals, of the variants of a family.
        seed: of the resampling.
    """
    answers = {document.id: document for document in predicted}
    originals = {document.id: document for document in gold}
    before = {id: _Answers(document, answers.get(id) or empty(document)) for id, document in originals.items()}
    recorded = []
    pairs = []
    for variant in variants:
        document = variant.document
        after = _Answers(document, answers.get(document.id) or empty(document))
        found = list(_recorded(after, (record or {}).get(variant.of, {})))
        recorded += [(document.id, *row) for row in found]
        pairs.append(_pair(variant, before[variant.of], after, bool(found)))
    for id, answer in before.items():
        recorded += [(id, *row) for row in _recorded(answer, (record or {}).get(id, {}))]
    silent = [v.document.id for v in variants if v.document.id not in answers]
    silent += [id for id in originals if id not in answers]
    names = [*(family.name for family in FAMILIES), PAIR]
    by_family = [(name, [p for p in pairs if p.family == name]) for name in names]
    rows = [_row(name, inside, resamples, seed) for name, inside in [*by_family, ("all", pairs)] if inside]
    return Contrast(tuple(pairs), tuple(rows), tuple(silent), tuple(recorded))


def _recorded(answers: _Answers, record: Mapping[str, Sequence[int]]) -> Iterator[tuple[str, int]]:
    """List the counts that are in the public record and not in the text."""
    known = taken(answers.gold)
    for claim in answers.predicted.of_kind("COUNT"):
        if count := claim.count:
            for n in count.n:
                if n in record.get(count.metric, ()) and n not in known:
                    yield count.metric, n


def _row(name: str, pairs: Sequence[Pair], resamples: int, seed: int) -> Row:
    rates = {m: Tally(*map(sum, zip(*(getattr(p, m) for p in pairs), strict=True))).rate for m in MEASURES}
    return Row(name, len(pairs), rates, _limits(pairs, resamples, seed))


def _limits(pairs: Sequence[Pair], resamples: int, seed: int) -> dict[str, tuple[float, float] | None]:
    """Compute percentile bootstrap intervals over the variants (Efron & Tibshirani 1993, ch. 13)."""
    import numpy as np

    limits: dict[str, tuple[float, float] | None] = dict.fromkeys(MEASURES)
    if resamples < 1 or len(pairs) < 2:
        return limits
    random = np.random.default_rng(seed)
    weights = random.multinomial(len(pairs), np.full(len(pairs), 1 / len(pairs)), size=resamples)
    for measure in MEASURES:
        sums = weights @ np.array([getattr(p, measure) for p in pairs], dtype=float)
        drawn = sums[sums[:, 1] > 0]
        if len(drawn):
            low, high = np.quantile(drawn[:, 0] / drawn[:, 1], [0.025, 0.975])
            limits[measure] = (float(low), float(high))
    return limits
