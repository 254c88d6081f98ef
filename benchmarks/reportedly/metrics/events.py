"""Events: triggers, arguments at their event, and the tree of parents.

Triggers are scored as typed spans.  An argument is (event, role, entity) and is right only at its
own event: on another event of the same type it is wrong.  Events answer each other one-to-one by
the triggers they share; entities by the mentions they share.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from reportedly.align import Comparison, paired, tie
from reportedly.fingerprint import mixed
from reportedly.metrics.base import Item, exact, missed, pair, spurious
from reportedly.metrics.spans import trigger_sums, triggers
from reportedly.model import Document, Entity, Event


def events(comparison: Comparison) -> Iterator[Item]:
    """Compare triggers (labelled by event type), arguments (by role) and parents (by event type)."""
    yield from triggers(comparison)
    yield from _structure(comparison)


def sums(comparison: Comparison) -> Iterator[Item]:
    """Add up what `events` gives."""
    yield from trigger_sums(comparison)
    yield from _structure(comparison)


def _structure(comparison: Comparison) -> Iterator[Item]:
    yield from _arguments(comparison)
    yield from _arguments_relaxed(comparison)
    yield from _parents(comparison)


def _at(event: Event) -> int:
    return min(t.start for t in event.triggers)


def _filled(document: Document) -> Iterator[tuple[Event, str, str]]:
    for event in document.events:
        for role, ids in event.arguments.items():
            for id in dict.fromkeys(ids):
                yield event, role, id


Argument = tuple[Event, str, Entity]
Key = tuple[object, str, object]  # paired event, role, paired entity


def _arguments(comparison: Comparison) -> Iterator[Item]:
    """Match arguments by paired event, role and paired entity."""
    gold: dict[Key, Argument] = {
        (v.id, role, id): (v, role, comparison.gold.entity[id]) for v, role, id in _filled(comparison.gold)
    }
    predicted: dict[Key, Argument] = {
        # What answers nothing gets a key that no gold argument has.
        (comparison.events.get(v.id, ("?", v.id)), role, comparison.entities.get(id, ("?", id))): (
            v,
            role,
            comparison.predicted.entity[id],
        )
        for v, role, id in _filled(comparison.predicted)
    }
    yield from exact("events.argument", gold, predicted, lambda key: key[1], lambda value: _at(value[0]))


def _arguments_relaxed(comparison: Comparison) -> Iterator[Item]:
    """Match arguments within paired events and a role, by any mention in common."""
    name = "events.argument_relaxed"
    back = {gold: predicted for predicted, gold in comparison.events_relaxed.items()}
    done: set[tuple[str, str]] = set()
    for event in comparison.gold.events:
        answer = comparison.predicted.event.get(back.get(event.id, ""))
        for role, ids in event.arguments.items():
            wanted = sorted(dict.fromkeys(ids), key=lambda i: _place(comparison.gold, i))
            given = sorted(
                dict.fromkeys(answer.arguments.get(role, ())) if answer else (),
                key=lambda i: _place(comparison.predicted, i),
            )
            answers = _answers(comparison, wanted, given)
            for i, g in enumerate(wanted):
                value = (event, role, comparison.gold.entity[g])
                if i in answers and answer:
                    other = (answer, role, comparison.predicted.entity[given[answers[i]]])
                    yield pair(name, role, _at(event), 1.0, value, other)
                else:
                    yield missed(name, role, _at(event), value)
            for j, p in enumerate(given):
                if j not in answers.values() and answer:
                    yield spurious(name, role, _at(answer), (answer, role, comparison.predicted.entity[p]))
            if answer:
                done.add((answer.id, role))
    for event, role, id in _filled(comparison.predicted):
        if (event.id, role) not in done:
            yield spurious(name, role, _at(event), (event, role, comparison.predicted.entity[id]))


def _answers(comparison: Comparison, wanted: Sequence[str], given: Sequence[str]) -> dict[int, int]:
    """Pair the entities of a role by any mention in common."""

    def weight(i: int, j: int) -> float:
        return 1 + 1e-9 * tie(mixed(_place(comparison.gold, wanted[i])), mixed(_place(comparison.predicted, given[j])))

    both = product(range(len(wanted)), range(len(given)))
    return paired([(i, j) for i, j in both if comparison.same_entity(wanted[i], given[j], exact=False)], weight)


def _place(document: Document, entity: str) -> tuple[int, int]:
    return min((m.start, m.end) for m in document.entity[entity].mentions)


def _parents(comparison: Comparison) -> Iterator[Item]:
    """Match parent edges; relaxed, a gold ancestor of the right parent earns half."""
    gold = {v.id: v for v in comparison.gold.events if v.parent}
    answered: set[str] = set()
    for event in comparison.predicted.events:
        if not event.parent:
            continue
        for name, answers in (("parent", comparison.events), ("parent_relaxed", comparison.events_relaxed)):
            own, up = answers.get(event.id), answers.get(event.parent)
            wanted = gold.get(own or "")
            credit = 0.0
            if wanted and up is not None:
                if up == wanted.parent:
                    credit = 1.0
                elif name == "parent_relaxed" and up in _ancestors(comparison.gold, str(wanted.parent)):
                    credit = 0.5
            if wanted:
                answered.add(f"{name} {wanted.id}")
                yield pair(f"events.{name}", event.type, _at(event), credit, wanted, event)
            else:
                yield spurious(f"events.{name}", event.type, _at(event), event)
    for name in ("parent", "parent_relaxed"):
        for id, event in gold.items():
            if f"{name} {id}" not in answered:
                yield missed(f"events.{name}", event.type, _at(event), event)


def _ancestors(document: Document, event: str) -> set[str]:
    found: set[str] = set()
    while (above := document.event[event].parent) is not None:
        found.add(above)
        event = above
    return found
