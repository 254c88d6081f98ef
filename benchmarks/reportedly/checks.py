"""The rules that JSON Schema cannot say, each a function with the id that messages quote.

A rule looks at one document and yields where it is broken and how.  Rules about what a span or a
reference *is* hold for predictions too, because scoring would be meaningless without them; rules
about how well something is annotated hold for documents alone, because a system is to be scored
on that and not turned away.  `schema/GUIDELINES.md` explains every rule, and
`schema/examples/invalid/` has the smallest document that breaks it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from datetime import date
from hashlib import sha256
from typing import NamedTuple

import msgspec

from reportedly import contract
from reportedly.derivation import derive
from reportedly.model import Claim, Document, Source

Breach = tuple[str, str]  # where, message
Check = Callable[[Document], Iterator[Breach]]


class Rule(NamedTuple):
    """A rule: its id, what it says, whether predictions are held to it, and the function that looks."""

    id: str
    says: str
    predictions: bool
    check: Check


RULES: dict[str, Rule] = {}


def rule(id: str, says: str, *, predictions: bool) -> Callable[[Check], Check]:
    """Register a rule under its id."""

    def register(check: Check) -> Check:
        RULES[id] = Rule(id, says, predictions, check)
        return check

    return register


def faults(document: Document, prediction: bool) -> Iterator[tuple[str, str, str]]:
    """Yield every breach as (rule, where, message).

    References and spans come first: a document that breaks one of these is not looked at further,
    since the other rules follow references and would only repeat the fault in other words.
    """
    broken = False
    well_marked = _well_marked(document)
    for each in RULES.values():
        if well_marked and each.id in OF_SPANS:
            continue
        if each.id == FIRST_OF_MEANING and broken:
            return
        if prediction and not each.predictions:
            continue
        for at, message in each.check(document):
            broken = True
            yield each.id, at, message


OF_SPANS = ("span-bounds", "span-text", "span-blank", "span-word")


def _well_marked(document: Document) -> bool:
    """Tell fast that no rule of `OF_SPANS` is broken: True is certain, False has to be looked into."""
    text, spans = document.text, document.marked
    words = [span.text for span in spans]
    # Column by column, each in one go: a step a span would take twice the time.
    starts, ends = [span.start for span in spans], [span.end for span in spans]
    edges = {*starts, *ends} - {0, len(text)}
    return (
        min(starts, default=0) >= 0
        and max(ends, default=0) <= len(text)
        and [text[start:end] for start, end in zip(starts, ends, strict=True)] == words
        and list(map(str.strip, words)) == words
        and "" not in words
        # Two letters or digits side by side, one of them outside: the span cuts a word.
        and not any(map(str.isalnum, [text[edge - 1 : edge + 1] for edge in edges]))
    )


# --- what must hold before anything can be followed ---------------------------------------------


@rule("text-nfc", "the text is in Unicode normal form NFC", predictions=False)
def _(document: Document) -> Iterator[Breach]:
    if not unicodedata.is_normalized("NFC", document.text):
        yield "text", "the text is not in Unicode normal form NFC"


@rule("text-sha256", "sha256 is that of the text", predictions=False)
def _(document: Document) -> Iterator[Breach]:
    found = sha256(document.text.encode("utf-8")).hexdigest()
    if document.sha256 != found:
        yield "sha256", f"the text has sha256 {found}"


@rule("metadata-date", "the date of publication is a day of the calendar", predictions=True)
def _(document: Document) -> Iterator[Breach]:
    if published := document.metadata.published:
        try:
            date.fromisoformat(published)
        except ValueError:
            yield "metadata.published", f"{published} is no day of the calendar"


@rule("id-unique", "an id stands once in a document, over all layers", predictions=True)
def _(document: Document) -> Iterator[Breach]:
    seen: dict[str, str] = {}
    layers = {
        "entities": [e.id for e in document.entities],
        "events": [v.id for v in document.events],
        "claims": [c.id for c in document.claims],
    }
    if len(set().union(*layers.values())) == sum(map(len, layers.values())):
        return
    for layer, ids in layers.items():
        for i, id in enumerate(ids):
            if id in seen:
                yield f"{layer}[{i}].id", f"the id {id!r} is that of {seen[id]} already"
            seen.setdefault(id, f"{layer}[{i}]")


@rule("span-bounds", "a span is not empty, not reversed and inside the text", predictions=True)
def _(document: Document) -> Iterator[Breach]:
    size = len(document.text)
    for at, span in document.spans():
        if not span.located:
            continue
        if span.start >= span.end:
            yield at, f"the span {span.start}–{span.end} is empty or reversed"
        elif span.end > size:
            yield at, f"the span {span.start}–{span.end} leaves the text, which has {size} characters"


@rule("span-text", "a span's text is what stands at its offsets", predictions=True)
def _(document: Document) -> Iterator[Breach]:
    for at, span in document.spans():
        there = document.text[span.start : span.end]
        if span.located and span.start < span.end <= len(document.text) and there != span.text:
            yield at, f"the text at {span.start}–{span.end} is {there[:60]!r}, not {span.text[:60]!r}"


@rule("span-blank", "a span neither begins nor ends with white space", predictions=True)
def _(document: Document) -> Iterator[Breach]:
    for at, span in document.spans():
        if span.text != span.text.strip():
            yield at, f"the span begins or ends with white space: {span.text[:60]!r}"


@rule("span-word", "a span does not cut a word of Latin letters or digits", predictions=False)
def _(document: Document) -> Iterator[Breach]:
    for at, span in document.spans():
        for edge in (span.start, span.end) if span.start < span.end else ():
            around = document.text[edge - 1 : edge + 1] if 0 < edge < len(document.text) else ""
            # Latin alone: other scripts may write words without anything between them.
            if len(around) == 2 and around.isalnum() and max(around) < "\u0250":
                yield at, f"the span {span.text[:60]!r} cuts a word at {edge}"


@rule("reference", "an id that is referred to exists in the right layer", predictions=True)
def _(document: Document) -> Iterator[Breach]:
    if _all_known(document):
        return

    def missing(id: str | None, known: object, at: str, layer: str) -> Iterator[Breach]:
        if id is not None and id not in known:  # type: ignore[operator]
            yield at, f"no {layer} has the id {id!r}"

    entity, event = document.entity, document.event
    for i, e in enumerate(document.entities):
        yield from missing(e.part_of, entity, f"entities[{i}].part_of", "entity")
    for i, v in enumerate(document.events):
        yield from missing(v.parent, event, f"events[{i}].parent", "event")
        for role, ids in v.arguments.items():
            for j, id in enumerate(ids):
                yield from missing(id, entity, f"events[{i}].arguments.{role}[{j}]", "entity")
    for i, c in enumerate(document.claims):
        yield from missing(c.event, event, f"claims[{i}].event", "event")
        if c.responsibility:
            yield from missing(c.responsibility.actor, entity, f"claims[{i}].responsibility.actor", "entity")
        for j, hop in enumerate(c.chain):
            for k, source in enumerate(hop.sources):
                yield from missing(source.entity, entity, f"claims[{i}].chain[{j}].sources[{k}].entity", "entity")


def _all_known(document: Document) -> bool:
    """Tell fast that every id that is referred to exists."""
    entities = {e.part_of for e in document.entities}
    events = {v.parent for v in document.events}
    for event in document.events:
        for ids in event.arguments.values():
            entities.update(ids)
    for claim in document.claims:
        events.add(claim.event)
        if claim.responsibility:
            entities.add(claim.responsibility.actor)
        for hop in claim.chain:
            entities.update([source.entity for source in hop.sources])
    return entities - {None} <= document.entity.keys() and events - {None} <= document.event.keys()


@rule("part-cycle", "part_of never goes round in a circle", predictions=True)
def _(document: Document) -> Iterator[Breach]:
    yield from _cycles("entities", {e.id: e.part_of for e in document.entities}, "part_of")


@rule("parent-cycle", "parent never goes round in a circle", predictions=True)
def _(document: Document) -> Iterator[Breach]:
    yield from _cycles("events", {v.id: v.parent for v in document.events}, "parent")


def _cycles(layer: str, up: dict[str, str | None], field: str) -> Iterator[Breach]:
    if not any(up.get(above) for above in up.values() if above):
        return  # nothing has a second step to take
    ends: set[str] = set()  # known to reach a top
    for i, id in enumerate(up):
        path: dict[str, None] = {}  # in order, and quick to ask: a chain may be as long as the document
        at: str | None = id
        while at is not None and at not in ends and at not in path:
            path[at] = None
            at = up.get(at)
        if at is None or at in ends:
            ends.update(path)
        elif at == id:
            yield f"{layer}[{i}].{field}", f"{' → '.join([*path, id])} goes round in a circle"


@rule("mention-unique", "a span is a mention of one entity, once", predictions=True)
def _(document: Document) -> Iterator[Breach]:
    places = [(mention.start, mention.end) for entity in document.entities for mention in entity.mentions]
    if len(set(places)) == len(places):
        return
    seen: dict[tuple[int, int], str] = {}
    for i, entity in enumerate(document.entities):
        for j, mention in enumerate(entity.mentions):
            if owner := seen.get(place := (mention.start, mention.end)):
                at = f"entities[{i}].mentions[{j}]"
                yield at, f"the span {mention.text[:60]!r} is a mention of {owner} already"
            else:
                seen[place] = entity.id


@rule("count-unique", "a span is the anchor of one COUNT", predictions=True)
def _(document: Document) -> Iterator[Breach]:
    seen: dict[tuple[int, int], str] = {}
    for i, claim in enumerate(document.claims):
        if claim.count:
            place = (claim.anchor.start, claim.anchor.end)
            if place in seen:
                yield f"claims[{i}].anchor", f"{claim.anchor.text[:60]!r} is the anchor of COUNT {seen[place]} already"
            seen.setdefault(place, claim.id)


@rule("count-arity", "n and word fit the hedge; a range rises", predictions=True)
def _(document: Document) -> Iterator[Breach]:
    for i, claim in enumerate(document.claims):
        if not (count := claim.count):
            continue
        at, row = f"claims[{i}].count", contract.hedges()[count.hedge]
        needs_word = row.low == "word"
        # A vague word may stand for the number under any hedge that takes one: "over a dozen"
        # writes n and word, "more than several hundred" the word alone.
        # A word alone without a hedge is VAGUE and not EXACT.
        word_for_number = count.word is not None and not count.n and 1 in row.n and count.hedge != "EXACT"
        if len(count.n) not in row.n and not word_for_number:
            allowed = " or ".join(map(str, row.n))
            yield f"{at}.n", f"{count.hedge} takes {allowed} number(s), not {len(count.n)}"
        if needs_word and count.word is None:
            yield f"{at}.word", f"{count.hedge} needs the word of the vague lexicon"
        if count.word is not None and row.n == (0,) and not needs_word:
            yield f"{at}.word", f"{count.hedge} takes no vague word"
        if len(count.n) == 2 and count.n[0] >= count.n[1]:
            yield f"{at}.n", f"a range rises, {count.n[0]} to {count.n[1]} does not"
        if count.hedge in ("LESS_THAN", "ALMOST") and count.n == (0,):
            yield f"{at}.n", "nothing is less than 0"


# --- what a good annotation keeps to ------------------------------------------------------------

FIRST_OF_MEANING = "trigger-unique"


@rule("trigger-unique", "a span is a trigger of one event, once", predictions=False)
def _(document: Document) -> Iterator[Breach]:
    seen: dict[tuple[int, int], str] = {}
    for i, event in enumerate(document.events):
        for j, trigger in enumerate(event.triggers):
            if owner := seen.get((trigger.start, trigger.end)):
                yield f"events[{i}].triggers[{j}]", f"{trigger.text[:60]!r} is a trigger of {owner} already"
            seen.setdefault((trigger.start, trigger.end), event.id)


@rule("root-attack", "an event without a parent is an ATTACK", predictions=False)
def _(document: Document) -> Iterator[Breach]:
    for i, event in enumerate(document.events):
        if event.parent is None and event.type != "ATTACK":
            yield f"events[{i}]", f"{event.id} has no parent, and only an ATTACK is an incident of its own"


@rule("background-root", "only a root is background", predictions=False)
def _(document: Document) -> Iterator[Breach]:
    for i, event in enumerate(document.events):
        if event.background and event.parent is not None:
            yield f"events[{i}].background", "only a root is marked as background; its children follow it"


@rule("event-claim", "every event has a claim", predictions=False)
def _(document: Document) -> Iterator[Breach]:
    claimed = {claim.event for claim in document.claims}
    for i, event in enumerate(document.events):
        if event.id not in claimed:
            yield f"events[{i}]", f"no claim says that {event.id} ({event.triggers[0].text[:60]!r}) happened"


@rule("role-type", "an argument's entity has a type that its role takes, and fills it once", predictions=False)
def _(document: Document) -> Iterator[Breach]:
    allowed = contract.permitted("role", "entity_types")
    for i, event in enumerate(document.events):
        for role, ids in event.arguments.items():
            seen: set[str] = set()
            for j, id in enumerate(ids):
                at, found = f"events[{i}].arguments.{role}[{j}]", document.entity[id].type
                if found not in allowed[role]:
                    yield at, f"{id} is {found}; {role} takes {', '.join(sorted(allowed[role]))}"
                if id in seen:
                    yield at, f"{id} is {role} of {event.id} already"
                seen.add(id)


@rule("entity-attribute", "geo is of PLACE and FAC, timex of TIME, and a TIME has one", predictions=False)
def _(document: Document) -> Iterator[Breach]:
    for i, entity in enumerate(document.entities):
        if entity.geo and entity.type not in ("PLACE", "FAC"):
            yield f"entities[{i}].geo", f"{entity.type} has no geo; PLACE and FAC have"
        if entity.timex and entity.type != "TIME":
            yield f"entities[{i}].timex", f"{entity.type} has no timex; TIME has"
        if entity.type == "TIME" and not entity.timex:
            yield f"entities[{i}]", "a TIME needs its timex"


@rule("claim-anchor", "an EVENT claim is anchored on a trigger of its event", predictions=False)
def _(document: Document) -> Iterator[Breach]:
    for i, claim in enumerate(document.claims):
        if claim.kind == "EVENT":
            triggers = document.event[str(claim.event)].triggers
            if not any((t.start, t.end) == (claim.anchor.start, claim.anchor.end) for t in triggers):
                yield f"claims[{i}].anchor", f"an EVENT claim is anchored on a trigger of its event {claim.event}"


@rule(
    "hop-source",
    "hops have what their type wants: unspecified a cue, others a source that speaks; a claimant is the origin",
    predictions=False,
)
def _(document: Document) -> Iterator[Breach]:
    for i, claim in enumerate(document.claims):
        for j, hop in enumerate(claim.chain):
            at = f"claims[{i}].chain[{j}]"
            if hop.type == "unspecified" and hop.sources:
                yield at, "an unspecified hop has a cue and no source"
            if hop.type == "unspecified" and not hop.cue:
                yield at, "an unspecified hop needs the cue that shows it"
            if hop.type != "unspecified" and not hop.sources:
                yield at, f"a {hop.type} hop needs its source"
            if hop.type == "claimant" and j < len(claim.chain) - 1:
                yield at, "a claimant speaks of its own part: it is the origin of its chain"
            for k, source in enumerate(hop.sources):
                if k and source in hop.sources[:k]:
                    yield f"{at}.sources[{k}]", "the source stands in this hop already"
                for field, message in _hop_source(document, source, hop.inherited):
                    yield f"{at}.sources[{k}]{field}", message


def _hop_source(document: Document, source: Source, inherited: bool) -> Iterator[Breach]:
    if source.entity is None:
        yield "", "a source is an entity"
        return
    if (kind := document.entity[source.entity].type) not in ("PER", "ORG"):
        yield ".entity", f"{source.entity} is {kind}; PER and ORG speak"
    if inherited and source.span is not None:
        yield ".span", "an inherited source is not named here"
    if not inherited and source.span is None:
        yield "", "a source that is not inherited needs the words that name it"


@rule("hop-mention", "a source's span is a mention of its entity", predictions=False)
def _(document: Document) -> Iterator[Breach]:
    for i, claim in enumerate(document.claims):
        for j, hop in enumerate(claim.chain):
            for k, source in enumerate(hop.sources):
                if source.span and source.entity and source.span not in document.entity[source.entity].mentions:
                    at = f"claims[{i}].chain[{j}].sources[{k}].span"
                    yield at, f"{source.span.text[:60]!r} is no mention of {source.entity}"


@rule("metric-event", "a metric counts an event of a type that it fits", predictions=False)
def _(document: Document) -> Iterator[Breach]:
    allowed = contract.permitted("metric", "events")
    for i, claim in enumerate(document.claims):
        if claim.count and (found := document.event[str(claim.event)].type) not in allowed[claim.count.metric]:
            fit = ", ".join(sorted(allowed[claim.count.metric]))
            yield f"claims[{i}].count.metric", f"{claim.count.metric} counts {fit}; {claim.event} is {found}"


@rule("count-digits", "the digits in an anchor are its n", predictions=False)
def _(document: Document) -> Iterator[Breach]:
    for i, claim in enumerate(document.claims):
        if claim.count and (read := _digits(claim)) and tuple(read) != claim.count.n:
            yield f"claims[{i}].count.n", f"{claim.anchor.text[:60]!r} reads {read}, not {list(claim.count.n)}"


_NUMBER = re.compile(r"\d+(?:[,\u202f\u00a0 ]\d{3})*")
_MULTIPLIED = re.compile(r"\d\s*(?:million|thousand|hundred|dozen|billion|k\b)|\d\.\d")


def _digits(claim: Claim) -> list[int]:
    numbers = _NUMBER.findall(claim.anchor.text)
    if not numbers or _MULTIPLIED.search(claim.anchor.text):
        return []  # "2 million": the digits alone are not the number
    return [int(number) if number.isdigit() else int(re.sub(r"\D", "", number)) for number in numbers]


@rule("subset-scope", "only a partial count has a subset", predictions=False)
def _(document: Document) -> Iterator[Breach]:
    for i, claim in enumerate(document.claims):
        if claim.count and claim.count.subset and claim.count.scope != "partial":
            yield f"claims[{i}].count.subset", "a subset belongs to a partial count"


@rule("resp-target", "responsibility is of a root, and its actor is PER or ORG", predictions=False)
def _(document: Document) -> Iterator[Breach]:
    for i, claim in enumerate(document.claims):
        if not claim.responsibility:
            continue
        if document.event[str(claim.event)].parent is not None:
            yield f"claims[{i}].event", f"responsibility is for the incident; {claim.event} is only a part of it"
        actor = claim.responsibility.actor
        if actor and document.entity[actor].type not in ("PER", "ORG"):
            yield f"claims[{i}].responsibility.actor", f"{actor} is {document.entity[actor].type}; PER and ORG act"


@rule("template-derived", "templates in a file are what its claims give", predictions=True)
def _(document: Document) -> Iterator[Breach]:
    if document.templates is None:
        return
    # By way of JSON: a file has lists where a template has tuples.
    fresh = msgspec.json.decode(msgspec.json.encode(derive(document)))
    if len(fresh) != len(document.templates):
        yield "templates", f"the claims give {len(fresh)} template(s), not {len(document.templates)}"
    for i, (given, derived) in enumerate(zip(document.templates, fresh, strict=False)):
        for field in sorted(given.keys() | derived.keys()):
            if given.get(field) != derived.get(field):
                yield f"templates[{i}].{field}", "is not what the claims give; templates are derived, never edited"
