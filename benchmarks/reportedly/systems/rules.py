"""The rule system for every layer: reading, cast, counts, sources, events, put together.

It knows common words and the guidelines and nothing of the world; what it cannot read off the
words beside a number or a verb it leaves at its default.
"""

from __future__ import annotations

import msgspec

from reportedly import contract
from reportedly.model import Claim, Count, Hop, Responsibility, Source
from reportedly.systems import entities, events
from reportedly.systems.counts import Found, counts
from reportedly.systems.events import Happening, Trigger
from reportedly.systems.reading import Extraction, Reading, read
from reportedly.systems.sources import Sources, Voice, sources
from reportedly.systems.status import status


def _hops(reading: Reading, chain: tuple[Voice, ...], ids: dict[str, str]) -> tuple[Hop, ...]:
    """Write a chain with entity ids; the same source twice running is one hop."""
    made: list[Hop] = []
    for voice in chain:
        said = tuple(
            Source(entity=ids[m.key], span=None if voice.inherited else reading.span(m.first, m.last))
            for m in voice.mentions
        )
        cue = reading.span(*voice.cue) if voice.cue else None
        if made and said and [s.entity for s in made[-1].sources] == [s.entity for s in said]:
            continue
        made.append(Hop(type=voice.type, sources=said, cue=cue, inherited=voice.inherited))
    return tuple(made)


def _by_incident(happened: dict[str, Happening]) -> dict[str, list[str]]:
    """Group event keys by the unit that tells of another incident; "" is the main one."""
    groups: dict[str, list[str]] = {}
    for key in happened:
        groups.setdefault(key.rpartition("/")[0], []).append(key)
    return groups


def _event_of(
    found: Found,
    reading: Reading,
    happened: dict[str, Happening],
    by_incident: dict[str, list[str]],
    named: dict[str, str],
) -> str | None:
    """Choose the event that a count is of: one of its metric's types in its incident, if the text has one."""
    allowed = contract.permitted("metric", "events")[found.metric]
    aside = reading.units[found.unit].background
    inside = by_incident.get(str(found.unit) if aside else "", [])
    fit = [k for k in inside if happened[k].type in allowed]
    if not fit:
        # named by no event a count is the main incident's, and that one of another incident must not be
        return named[happened[inside[0]].root] if aside and inside else None
    kinds = contract.labels("event_type")
    mine = "KILL:perpetrators" if found.population == "perpetrators" and found.metric == "killed" else ""

    def rank(key: str) -> tuple[bool, bool, int, int]:
        at_cue = any(t.first == found.cue for t in happened[key].triggers)
        return not at_cue, key.split("/")[-1] != mine, kinds.index(happened[key].type), happened[key].triggers[0].first

    return named[min(fit, key=rank)]


def _count(reading: Reading, found: Found) -> Count:
    said = found.quantity
    return Count(
        hedge=said.hedge,
        n=said.n,
        word=said.word,
        metric=found.metric,
        population=found.population,
        scope=found.scope,
        as_of=found.as_of,
        subset=reading.span(*found.subset) if found.subset and found.scope == "partial" else None,
    )


def _count_claims(
    reading: Reading,
    found: list[Found],
    said: Sources,
    happened: dict[str, Happening],
    named: dict[str, str],
    ids: dict[str, str],
) -> list[Claim]:
    claims = []
    by_incident = _by_incident(happened)
    for each in found:
        unit = reading.units[each.unit]
        how = status(reading, unit, each.quantity.first, each.cue)
        claims.append(
            Claim(
                id="",
                kind="COUNT",
                event=_event_of(each, reading, happened, by_incident, named),
                anchor=reading.span(each.quantity.first, each.quantity.last),
                chain=_hops(reading, said.at(each.unit, each.quantity.first), ids),
                # "no one was killed" is a number, zero, and no denial
                status="asserted" if each.quantity.hedge == "NONE" and how == "negated" else how,
                count=_count(reading, each),
            )
        )
    return claims


def _told(happened: dict[str, Happening], counted: set[str], named: dict[str, str]) -> list[tuple[str, Trigger]]:
    """List the triggers that claim their event, at least one for each event that no count claims."""
    told = []
    for key, each in happened.items():
        own = [t for t in each.triggers if t.told]
        if not own and named[key] not in counted:
            own = [each.triggers[0]]
        told += [(named[key], t) for t in own]
    return told


def extract(text: str) -> Extraction:
    """Say everything that the rules find in a text, claims in the order of the text."""
    reading = read(text)
    cast = entities.cast(reading)
    said = sources(reading, cast, events.claimants(reading, cast))
    cast = said.cast
    ids = entities.numbered(cast)
    found = counts(reading)
    happened = events.happenings(reading, events.triggers(reading, found))
    made, named = events.events(reading, cast, happened, ids, entities.attacked(reading, cast.mentions))
    claims = _count_claims(reading, found, said, happened, named, ids)
    counted = {c.event for c in claims if c.event}
    for id, trigger in _told(happened, counted, named):
        chain = _hops(reading, said.at(trigger.unit, trigger.first), ids)
        anchor = reading.span(trigger.first, trigger.last)
        claims.append(Claim(id="", kind="EVENT", event=id, anchor=anchor, chain=chain, status=trigger.status))
    main = next((v.id for v in made if v.parent is None and not v.background), None)
    asides = {unit: named[happened[keys[0]].root] for unit, keys in _by_incident(happened).items() if unit}
    for each in events.responsibility(reading, said):
        claims.append(
            Claim(
                id="",
                kind="RESP",
                event=asides.get(str(each.unit), main) if each.actor else main,
                anchor=reading.span(each.first, each.last),
                chain=_hops(reading, each.chain, ids),
                status=each.status,
                responsibility=Responsibility(actor=ids[each.actor] if each.actor else None, role=each.role),
            )
        )
    claims.sort(key=lambda c: (c.anchor.start, c.anchor.end, c.kind))
    return Extraction(entities.entities(reading, cast), made, _with_ids(claims))


def _with_ids(claims: list[Claim]) -> tuple[Claim, ...]:
    return tuple(msgspec.structs.replace(claim, id=f"c{i}") for i, claim in enumerate(claims, 1))
