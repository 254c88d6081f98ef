"""What happened: triggers, one incident with its parts, their arguments, and who is held responsible.

There is one main incident, and one more for each sentence that is marked as being about another.
Two events of a type are one unless the guidelines ask for the same means too; nothing is known of
time or order.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from reportedly.model import Event
from reportedly.systems import lexicon
from reportedly.systems.counts import Found
from reportedly.systems.entities import Cast, Mention
from reportedly.systems.reading import Reading, Unit
from reportedly.systems.sources import Sources, Voice
from reportedly.systems.status import status

_PURPOSE = frozenset({"KILL", "INJURE", "ATTACK", "RESPOND"})  # types that are kept when only intended (E5)
_HARMED = frozenset({"KILL", "INJURE", "HOSTAGE", "FREE", "MOVE"})
_WEAPONED = frozenset({"ATTACK", "FIRE", "EXPLODE"})
_VIOLENT = frozenset({"ATTACK", "FIRE", "EXPLODE", "HOSTAGE", "KILL", "INJURE"})


class Trigger(NamedTuple):
    """The tokens ``first`` to ``last``, exclusive, as a trigger of the event ``key``."""

    first: int
    last: int
    type: str
    key: str
    unit: int
    status: str
    told: bool


class Happening(NamedTuple):
    """An event before it has an id: its triggers, and the key of its root."""

    type: str
    triggers: tuple[Trigger, ...]
    root: str
    background: bool


class Held(NamedTuple):
    """A word of responsibility: its tokens, the actor's key (None: nobody claims), and how it is said."""

    first: int
    last: int
    unit: int
    actor: str | None
    role: str
    chain: tuple[Voice, ...]
    status: str


# --- triggers -----------------------------------------------------------------------------------


def _kind(reading: Reading, unit: Unit, at: int) -> tuple[str, int] | None:
    """Tell the event type that a word triggers, and how many tokens the trigger has."""
    words = reading.lows(at, min(unit.last, at + 2))
    low, after = words[0], words[1] if len(words) > 1 else ""
    particle = lexicon.PARTICLES.get(low)
    if particle and after == particle:
        found = lexicon.PARTICLE_TYPES.get(particle) or lexicon.TRIGGERS.get(low)
        return (found, 2) if found else None
    if low in ("blew", "blown") and "up" not in reading.lows(at, min(unit.last, at + 4)):
        return None
    kind = lexicon.TRIGGERS.get(low)
    before = reading.tokens[at - 1].low if at > unit.first else ""
    if kind is None or (after in lexicon.PERSONS and low in lexicon.EVENT_NOUNS | {"injured", "wounded", "dead"}):
        return None
    if (
        after in lexicon.WEAPON_NOUNS | lexicon.FAC_NOUNS | {"team", "teams", "plan", "work"}
        and low in lexicon.EVENT_NOUNS
    ):
        return None
    if before in lexicon.ARTICLES and low not in lexicon.EVENT_NOUNS:
        return None  # "the injured", "a targeted killing": no verb
    if after == "toll":
        return None
    if kind == "ATTACK" and low not in lexicon.EVENT_NOUNS and _by_security(reading, unit, at):
        return "RESPOND", 1
    if low == "targeted" and after == "killing":
        return None
    if low == "seized" and not any(w in lexicon.PERSONS for w in reading.lows(at - 6, min(unit.last, at + 7))):
        return None  # "seized five rifles"
    if (
        kind == "MOVE"
        and low in ("taken", "brought", "rushed", "moved", "shifted", "flown")
        and not ({"to", "into", "out"} & set(reading.lows(at + 1, min(unit.last, at + 8))))
    ):
        return None
    return kind, 1


def _by_security(reading: Reading, unit: Unit, at: int) -> bool:
    """Tell a storming by the other side, from the nearest people before it."""
    for word in reversed(reading.lows(max(unit.first, at - 8), at)):
        if word in lexicon.PERSONS or word in lexicon.ROLE_ORGS:
            return word in lexicon.SECURITY
    return False


def triggers(reading: Reading, counts: list[Found]) -> list[Trigger]:
    """Find the triggers of a text, each with the key of its event and its own status."""
    dead = {c.cue for c in counts if c.metric == "killed" and c.population == "perpetrators"}
    counted = {c.cue for c in counts}
    found: list[Trigger] = []
    for number, unit in enumerate(reading.units):
        at = unit.first
        while at < unit.last:
            hit = _kind(reading, unit, at)
            if hit is None:
                at += 1
                continue
            kind, size = hit
            how = status(reading, unit, at)
            low = reading.tokens[at].low
            if how != "unreal" or kind in _PURPOSE:
                key = f"{kind}:{low[:4]}" if kind in lexicon.SPLIT_BY_WORD else kind
                key = "KILL:perpetrators" if kind == "KILL" and at in dead else key
                key = f"{number}/{key}" if unit.background else key
                noun = low in lexicon.EVENT_NOUNS
                there = "there" in reading.lows(max(unit.first, at - 6), at)
                found.append(Trigger(at, at + size, kind, key, number, how, at not in counted and (not noun or there)))
            at += size
    return found


def happenings(reading: Reading, found: list[Trigger]) -> dict[str, Happening]:
    """Put the triggers together to events, roots first found, by key."""
    groups: dict[str, list[Trigger]] = {}
    for trigger in found:
        groups.setdefault(trigger.key, []).append(trigger)
    main = _root([t for t in found if not reading.units[t.unit].background])
    others: dict[int, list[Trigger]] = {}
    for trigger in found:
        if reading.units[trigger.unit].background:
            others.setdefault(trigger.unit, []).append(trigger)
    roots = {unit: _root(inside) for unit, inside in others.items()}
    result = {}
    for key, group in groups.items():
        aside = reading.units[group[0].unit].background
        root = roots[group[0].unit] if aside else main
        kind = "ATTACK" if key == root and group[0].type in ("FIRE", "EXPLODE") else group[0].type
        result[key] = Happening(kind, tuple(group), root or key, aside and key == root)
    return result


def _root(found: list[Trigger]) -> str | None:
    """Choose the event that is the incident: an attack by name, else the first thing told that can be one."""
    for kinds in ({"ATTACK"}, {"EXPLODE", "FIRE"}, {"HOSTAGE"}, {"KILL"}, {"INJURE"}):
        for trigger in found:
            if trigger.type in kinds:
                return trigger.key
    return found[0].key if found else None


# --- arguments ----------------------------------------------------------------------------------


def _patient(reading: Reading, trigger: Trigger, near: list[Mention]) -> str | None:
    """Take the people before a passive or behind an active verb."""
    people = [m for m in near if m.type == "PER" and not m.key.startswith("source:")]
    passive = set(reading.lows(trigger.first - 3, trigger.first)) & lexicon.BE
    died = reading.tokens[trigger.first].low in ("died", "escaped", "fled")
    behind = [m for m in people if m.last <= trigger.first and trigger.first - m.last < 6]
    ahead = [m for m in people if m.first >= trigger.last and m.first - trigger.last < 6]
    ahead = [
        m for m in ahead if not set(reading.lows(trigger.last, m.first)) & (lexicon.CLAUSE_ENDS | {"by", ",", "and"})
    ]
    if passive or died:
        return behind[-1].key if behind else None
    return ahead[0].key if ahead else None


def _arguments(reading: Reading, cast: Cast, each: Happening, target: str | None) -> dict[str, list[str]]:
    roles: dict[str, list[str]] = {}

    def add(role: str, key: str | None, most: int = 1) -> None:
        held = roles.setdefault(role, [])
        if key is not None and key not in held and len(held) < most:
            held.append(key)

    for trigger in each.triggers:
        unit = reading.units[trigger.unit]
        near = cast.between(unit.first, unit.last)
        tokens = reading.tokens
        for mention in near:
            before = tokens[mention.first - 1].low if mention.first > unit.first else ""
            if mention.key.startswith("people:attackers") and each.type in _VIOLENT and mention.first != trigger.first:
                add("agent", mention.key if mention.key != _patient(reading, trigger, near) else None)
            elif mention.type in ("PLACE", "FAC") and before in ("in", "at", "near", "outside", "inside"):
                add("place", mention.key)
            elif mention.type == "TIME":
                add("time", mention.key)
            elif mention.type == "WEAPON" and each.type in _WEAPONED:
                add("instrument", mention.key, 4)
            if each.type == "ATTACK" and mention.type in ("FAC", "PLACE") and 0 <= mention.first - trigger.last <= 1:
                add("target", mention.key)
        if each.type in _HARMED:
            add("patient", _patient(reading, trigger, near), 3)
    if each.type == "ATTACK" and each.root == each.triggers[0].key and not each.background:
        add("target", target)
        add("agent", next((m.key for m in cast.mentions if m.key.startswith("people:attackers")), None))
    return {role: keys for role, keys in roles.items() if keys}


def events(
    reading: Reading, cast: Cast, found: dict[str, Happening], ids: dict[str, str], target: str | None
) -> tuple[tuple[Event, ...], dict[str, str]]:
    """Make the events of a text, roots before their parts.

    Args:
        reading: the text.
        cast: its mentions.
        found: the happenings by key.
        ids: entity ids by key.
        target: the key of the attacked site.

    Returns:
        The events, and their ids by key.
    """
    ordered = sorted(found, key=lambda key: (found[key].root != key, found[key].triggers[0].first))
    named = {key: f"v{i}" for i, key in enumerate(ordered, 1)}
    made = []
    for key in ordered:
        each = found[key]
        filled = _arguments(reading, cast, each, target)
        made.append(
            Event(
                id=named[key],
                type=each.type,
                triggers=tuple(reading.span(t.first, t.last) for t in each.triggers),
                arguments={role: tuple(ids[k] for k in keys) for role, keys in filled.items()},
                parent=None if each.root == key else named.get(each.root),
                background=each.background,
            )
        )
    return tuple(made), named


# --- responsibility -----------------------------------------------------------------------------


def _named(mentions: list[Mention]) -> list[Mention]:
    return [m for m in mentions if m.name and m.type in ("PER", "ORG", "PLACE")]


def _actor_before(cast: Cast, reading: Reading, unit: Unit, at: int) -> Mention | None:
    """Find the named actor that a verb has for its subject; a pronoun that speaks stands for one."""
    near = [m for m in cast.between(max(unit.first, at - 14), at) if m.type in ("PER", "ORG", "PLACE")]
    near = [m for m in near if m.name or m.key.startswith("name:")]
    # "a spokesman for X", "X, a group that …": the nearest name that no preposition of place leads
    fit = [
        m for m in near if reading.tokens[m.first - 1].low not in ("in", "near", "on", "from") or m.first == unit.first
    ]
    if len(fit) > 1 and fit[-2].key == fit[-1].key and reading.tokens[fit[-1].first - 1].text == "(":
        fit.pop()  # the name, not the acronym in brackets behind it
    return fit[-1] if fit else None


def _actor_after(cast: Cast, unit: Unit, at: int) -> Mention | None:
    near = _named(cast.between(at, min(unit.last, at + 7)))
    return near[0] if near else None


def _claims_it(reading: Reading, unit: Unit, at: int) -> bool:
    words = reading.lows(at, min(unit.last, at + 4))
    deed = words[1:2] in (("the",), ("this",)) and words[2:3] and words[2] in lexicon.DEEDS
    return words[0] in ("claimed", "claims", "claim", "claiming") and ("responsibility" in words or bool(deed))


def claimants(reading: Reading, cast: Cast) -> frozenset[str]:
    """Collect the keys of those who speak of their own part, claiming or denying it."""
    found = set()
    for unit in reading.units:
        for at in range(unit.first, unit.last):
            low = reading.tokens[at].low
            if not (_claims_it(reading, unit, at) or (low in ("denied", "denies") and _denies(reading, unit, at))):
                continue
            actor = _actor_before(cast, reading, unit, at)
            if actor and not _nobody(reading, unit, at):
                found.add(actor.key)
    return frozenset(found)


def _denies(reading: Reading, unit: Unit, at: int) -> bool:
    return bool(set(reading.lows(at + 1, min(unit.last, at + 4))) & lexicon.DENIED)


def _nobody(reading: Reading, unit: Unit, at: int) -> bool:
    words = reading.lows(max(unit.first, at - 8), at)
    return bool({"no", "nobody", "none", "no-one", "neither", "not", "yet"} & set(words))


def _self(actor: Mention, outer: tuple[Voice, ...]) -> tuple[Voice, ...]:
    """End a chain in the actor itself (A4)."""
    if outer and actor.key in {m.key for m in outer[-1].mentions}:
        return (*outer[:-1], outer[-1]._replace(type="claimant"))
    return (*outer, Voice("claimant", (actor,)))


def _role(reading: Reading, unit: Unit, first: int, last: int) -> str:
    words = reading.lows(max(unit.first, first), min(unit.last, last))
    return next((lexicon.ROLES[w] for w in words if w in lexicon.ROLES), "executed")


def _by_claim(reading: Reading, cast: Cast, unit: Unit, at: int, outer: tuple[Voice, ...]) -> Held | None:
    words = reading.lows(at, at + 4)
    end = at + (words.index("responsibility") + 1 if "responsibility" in words else 1)
    if _nobody(reading, unit, at):
        return Held(at, end, 0, None, "executed", outer, "asserted")
    actor = _actor_before(cast, reading, unit, at)
    return Held(at, end, 0, actor.key, "executed", _self(actor, outer), "asserted") if actor else None


def _by_others(reading: Reading, cast: Cast, unit: Unit, at: int, outer: tuple[Voice, ...]) -> Held | None:
    """Read blame and accusation, active, passive, or "blamed on"."""
    passive = bool(set(reading.lows(max(unit.first, at - 2), at)) & lexicon.BE)
    actor = _actor_before(cast, reading, unit, at) if passive else _actor_after(cast, unit, at + 1)
    if actor is None:
        return None
    role = _role(reading, unit, at, actor.last + 10)
    chain = outer
    if not passive:
        near = [m for m in cast.between(max(unit.first, at - 12), at) if m.type in ("PER", "ORG") or m.name]
        near = [m for m in near if m.type not in ("FAC", "TIME", "WEAPON") and m.last >= at - 3]
        if near and not any(near[-1].key == m.key for v in outer for m in v.mentions):
            chain = (*outer, Voice(_blamer(reading, near[-1]), (near[-1],)))
    return Held(at, at + 1, 0, actor.key, role, chain, status(reading, unit, at))


def _blamer(reading: Reading, mention: Mention) -> str:
    words = reading.lows(mention.first, mention.last)
    found = {lexicon.HOP_WORDS.get(w) or lexicon.SOURCE_NOUNS.get(w) for w in words}
    order = (*lexicon.HOP_ORDER,)
    return next((kind for kind in order if kind in found), "gov")


def _by_statement(reading: Reading, cast: Cast, unit: Unit, at: int, outer: tuple[Voice, ...]) -> Held | None:
    """Read "X was behind the attack", "carried out by X", "the work of X"."""
    tokens = reading.tokens
    low, words = tokens[at].low, reading.lows(at + 1, min(unit.last, at + 7))
    deed = bool(set(words) & lexicon.DEEDS) and not {"similar", "previous", "earlier", "other"} & set(words)
    before = reading.lows(max(unit.first, at - 3), at)
    role, size = "executed", 1
    if low in lexicon.ROLES and (deed or words[:1] == ("by",)) and low.endswith("ed"):
        role = lexicon.ROLES[low]
        if role == "supported" and words[:1] != ("by",) and not deed:
            return None
    elif (low == "carried" and words[:1] == ("out",)) or (low == "work" and words[:1] == ("of",)):
        size = 2
    elif not (low in ("behind", "responsible") and deed):
        return None
    if words[size - 1 : size] == ("by",) or low == "work":
        actor = _actor_after(cast, unit, at + size)
    elif deed and (low in ("behind", "responsible") or not set(before) & lexicon.BE):
        actor = _actor_before(cast, reading, unit, at)
    else:
        return None
    if actor is None or (actor.type == "PLACE" and role == "executed"):
        return None
    how = status(reading, unit, at)
    chain = outer
    if outer and actor.key in {m.key for m in outer[-1].mentions}:
        chain = _self(actor, outer)
    return Held(at, at + size, 0, actor.key, role, chain, how)


def responsibility(reading: Reading, sources: Sources) -> Iterator[Held]:
    """Find who is said, or says itself, to be behind the incident."""
    cast = sources.cast
    for number, unit in enumerate(reading.units):
        for at in range(unit.first, unit.last):
            low = reading.tokens[at].low
            outer = sources.at(number, at)
            found = None
            if low == "claimed" and reading.lows(at + 1, at + 2) == ("by",):
                actor = _actor_after(cast, unit, at + 2)
                found = Held(at, at + 1, 0, actor.key, "executed", _self(actor, outer), "asserted") if actor else None
            elif _claims_it(reading, unit, at):
                found = _by_claim(reading, cast, unit, at, outer)
            elif low in ("denied", "denies") and _denies(reading, unit, at):
                actor = _actor_before(cast, reading, unit, at)
                found = Held(at, at + 1, 0, actor.key, "executed", _self(actor, outer), "negated") if actor else None
            elif low in ("blamed", "blames", "blaming", "accused", "accuses", "accusing"):
                found = _by_others(reading, cast, unit, at, outer)
            elif low in ("behind", "responsible", "carried", "work") or low in lexicon.ROLES:
                found = _by_statement(reading, cast, unit, at, outer)
            if found:
                yield found._replace(unit=number)
