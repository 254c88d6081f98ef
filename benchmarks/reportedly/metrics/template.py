"""The incident template, slot by slot, and what a system fills that the text leaves open.

Both templates are derived from claims by the same rules, so a wrong slot goes back to a claim.
Templates answer each other by their root events, else by what their slots have in common.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

from reportedly import contract
from reportedly.align import Comparison, assign, end_score, paired, places, tie
from reportedly.derivation import derive
from reportedly.fingerprint import NOTHING, code, mixed
from reportedly.metrics.base import Counts, Item, missed, pair, spurious
from reportedly.model import Document, Figure, Template

ENDS = ("low", "best", "high")
ENTITY_SLOTS = ("perpetrators", "target", "place", "time", "instruments")


class Slot(NamedTuple):
    """A slot and what fills it, for explanations; value None is an open end."""

    name: str
    value: object


def _figures(template: Template) -> dict[tuple[str, str], Figure]:
    return {(f.metric, f.population): f for f in template.figures}


def incidents(comparison: Comparison) -> list[tuple[Template | None, Template | None]]:
    """Pair the templates of the two sides."""
    gold, predicted = derive(comparison.gold), derive(comparison.predicted)

    def likeness(i: int, j: int) -> float:
        g, p = gold[i], predicted[j]
        same_root = p.root is not None and comparison.events_relaxed.get(p.root) == g.root
        a, b = _figures(g), _figures(p)
        agree = sum(getattr(a[k], end) == getattr(b[k], end) for k in a.keys() & b.keys() for end in ENDS)
        # A root that answers decides; the rest tells the main incident from one in passing.
        alike: float = 1 + 1000 * same_root + 10 * (g.background == p.background) + agree
        return alike + 1e-6 * tie(_say(comparison.gold, g), _say(comparison.predicted, p))

    answers = paired(list(product(range(len(gold)), range(len(predicted)))), likeness)
    rows: list[tuple[Template | None, Template | None]] = [
        (g, predicted[answers[i]] if i in answers else None) for i, g in enumerate(gold)
    ]
    taken = set(answers.values())
    return rows + [(None, p) for j, p in enumerate(predicted) if j not in taken]


def _say(document: Document, template: Template) -> int:
    """Say in a number what tells one template from another, free of ids and of the order of the file."""
    root = document.event.get(template.root or "")
    return mixed((places(root.triggers) if root else NOTHING, *map(_row, template.figures)))


def _row(figure: Figure) -> int:
    ends = (NOTHING if value is None else value for value in (figure.low, figure.best, figure.high))
    return mixed((code(figure.metric), code(figure.population), *ends, figure.conflict))


def _at(document: Document, template: Template | None, claim: str | None) -> int:
    """Place a slot where its claim stands, else at the root's first trigger."""
    if found := document.claim.get(claim or ""):
        return found.anchor.start
    event = document.event.get(template.root or "") if template else None
    return min((t.start for t in event.triggers), default=0) if event else 0


def template(comparison: Comparison) -> Iterator[Item]:
    """Compare templates: figures end by end, their intervals, and the list slots."""
    for g, p in incidents(comparison):
        yield from _ends(comparison, g, p)
        for name, strict in (("template.lists", True), ("template.lists_relaxed", False)):
            for slot in ENTITY_SLOTS:
                yield from _list_slot(comparison, name, slot, g, p, strict)
            yield from _values(comparison, name, g, p, strict)


def _ends(comparison: Comparison, g: Template | None, p: Template | None) -> Iterator[Item]:
    gold, predicted = (_figures(g) if g else {}), (_figures(p) if p else {})
    for key in sorted(gold.keys() | predicted.keys()):
        a, b = gold.get(key), predicted.get(key)
        name = "/".join(key)
        at = _at(comparison.gold, g, a.best_from) if a else _at(comparison.predicted, p, b.best_from if b else None)
        for end in ENDS:
            mine = Slot(f"{name} {end}", getattr(a, end)) if a else None
            theirs = Slot(f"{name} {end}", getattr(b, end)) if b else None
            if mine and theirs:
                yield pair("template.slots", end, at, float(mine == theirs), mine, theirs)
            elif mine:
                yield missed("template.slots", end, at, mine)
            elif theirs:
                yield spurious("template.slots", end, at, theirs)
        if a and b:
            score = (end_score(a.low, b.low) + end_score(a.high, b.high)) / 2
            whole = Slot(f"{name} interval", (a.low, a.high)), Slot(f"{name} interval", (b.low, b.high))
            yield pair("template.interval", key[0], at, score, *whole)
        elif a:
            yield missed("template.interval", key[0], at, Slot(f"{name} interval", (a.low, a.high)))
        elif b:
            yield spurious("template.interval", key[0], at, Slot(f"{name} interval", (b.low, b.high)))


def _first(document: Document, entity: str) -> int:
    return min(m.start for m in document.entity[entity].mentions)


def _filled(document: Document, template: Template | None, slot: str) -> list[str]:
    """List the entities of a slot, each once, in the order of the text."""
    ids = list(dict.fromkeys(getattr(template, slot))) if template else []
    return sorted(ids, key=lambda id: _first(document, id)) if len(ids) > 1 else ids


def _list_slot(
    comparison: Comparison, metric: str, slot: str, g: Template | None, p: Template | None, strict: bool
) -> Iterator[Item]:
    """Compare a slot of entities, each used once."""
    gold = _filled(comparison.gold, g, slot)
    predicted = _filled(comparison.predicted, p, slot)
    if not gold and not predicted:
        return
    edges: dict[tuple[int, int], float] = {}
    for i, a in enumerate(gold):
        for j, b in enumerate(predicted):
            if comparison.same_entity(a, b, strict):
                edges[i, j] = 1.0
            elif not strict and (comparison.related(a, b) or _same_country(comparison, a, b)):
                edges[i, j] = 0.5
    paired = assign(edges)
    for i, a in enumerate(gold):
        at, value = _first(comparison.gold, a), Slot(slot, comparison.gold.entity[a])
        if i in paired:
            other = Slot(slot, comparison.predicted.entity[predicted[paired[i]]])
            yield pair(metric, slot, at, edges[i, paired[i]], value, other)
        else:
            yield missed(metric, slot, at, value)
    for j, b in enumerate(predicted):
        if j not in paired.values():
            entity = comparison.predicted.entity[b]
            yield spurious(metric, slot, max(0, _first(comparison.predicted, b)), Slot(slot, entity))


def _same_country(comparison: Comparison, gold: str, predicted: str) -> bool:
    a, b = comparison.gold.entity[gold], comparison.predicted.entity[predicted]
    return bool(a.geo and b.geo and a.geo.country == b.geo.country)


def _values(
    comparison: Comparison, metric: str, g: Template | None, p: Template | None, strict: bool
) -> Iterator[Item]:
    """Compare the slots whose fillers are labels or events."""
    events = comparison.events if strict else comparison.events_relaxed

    def fillers(side: Template | None, names: dict[str, str] | None) -> dict[tuple[str, object], Slot]:
        if side is None:
            return {}
        document = comparison.gold if names is None else comparison.predicted
        found: dict[tuple[str, object], Slot] = {}
        for name in side.incident_types:
            found["incident_types", name] = Slot("incident_types", name)
        for id in side.sub_events:
            key: object = id if names is None else names.get(id, ("?", id))
            found["sub_events", key] = Slot("sub_events", document.event[id])
        if side.responsibility_status != "none":
            value = side.responsibility_status
            found["responsibility_status", value] = Slot("responsibility_status", value)
        if side.date:
            found["date", side.date] = Slot("date", side.date)
        return found

    gold, predicted = fillers(g, None), fillers(p, events)
    for key, slot in gold.items():
        at = _at(comparison.gold, g, None)
        yield (
            pair(metric, key[0], at, 1.0, slot, predicted[key])
            if key in predicted
            else missed(metric, key[0], at, slot)
        )
    for key, slot in predicted.items():
        if key not in gold:
            yield spurious(metric, key[0], _at(comparison.predicted, p, None), slot)


def false_fills(comparison: Comparison) -> Iterator[Item]:
    """Count the slots that the gold leaves open and the system fills; a rate, lower is better.

    Open slots: the calendar date, the publisher, the dateline and the address, where the gold has
    none; the high end of a figure that the gold leaves open (a later toll goes there); and every
    metric of which the gold counts nobody.
    """

    def item(label: str, at: int, filled: object) -> Item:
        value = Slot(label, filled) if filled is not None else None
        return Item("false_fills.rate", label, at, Counts(0, 0, float(value is not None), 1), None, value)

    for field in ("publisher", "published", "url"):
        if getattr(comparison.gold.metadata, field) is None:
            yield item(field, 0, getattr(comparison.predicted.metadata, field))
    for g, p in incidents(comparison):
        if g is None or g.background:
            continue
        at = _at(comparison.gold, g, None)
        if g.date is None:
            yield item("date", at, p.date if p else None)
        gold, predicted = _figures(g), (_figures(p) if p else {})
        for key, figure in sorted(gold.items()):
            if figure.high is None:
                answer = predicted.get(key)
                yield item("high", _at(comparison.gold, g, figure.best_from), answer.high if answer else None)
        for metric in contract.labels("metric"):
            if not any(name == metric for name, _ in gold):
                made_up = [f.best if f.best is not None else f.low for (m, _), f in predicted.items() if m == metric]
                yield item(metric, at, made_up[0] if made_up else None)
