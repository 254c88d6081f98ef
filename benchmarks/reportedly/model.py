"""The nouns: documents and what is annotated, derived or found wrong in them.

A gold document, a system's prediction and an annotator's pass are all one type, `Document`.
Everything here is frozen and knows nothing of files, rules or scores.  Offsets are Unicode
code points (indices of a Python ``str``), end exclusive.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import msgspec

SCHEMA = "reportedly/1"
LAYERS = ("entities", "events", "claims")


class Noun(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A frozen record whose JSON form leaves out what has its default value."""


class Span(Noun, frozen=True, kw_only=True):
    """A stretch of the document's text: ``text == document.text[start:end]``."""

    start: int
    end: int
    text: str

    @property
    def located(self) -> bool:
        """False for a predicted string that is not in the text (see `codec.locate`)."""
        return self.start >= 0

    def overlap(self, other: Span) -> int:
        """Count the code points that two spans share."""
        return max(0, min(self.end, other.end) - max(self.start, other.start))


class Geo(Noun, frozen=True, kw_only=True):
    """Where a place is, as far as the text tells: ISO 3166-1 alpha-2 country, names from large to small."""

    country: str
    path: tuple[str, ...] = ()
    precision: str


class Entity(Noun, frozen=True, kw_only=True):
    """Somebody or something, with every mention of it."""

    id: str
    type: str
    mentions: tuple[Span, ...]
    name: str | None = None
    part_of: str | None = None
    geo: Geo | None = None
    timex: str | None = None


class Event(Noun, frozen=True, kw_only=True):
    """Something that happens; ``arguments`` maps a role to entity ids."""

    id: str
    type: str
    triggers: tuple[Span, ...]
    arguments: dict[str, tuple[str, ...]] = {}
    parent: str | None = None
    background: bool = False


class Source(Noun, frozen=True, kw_only=True):
    """Who speaks at a hop: an entity, the words that name it here, or both."""

    entity: str | None = None
    span: Span | None = None


class Hop(Noun, frozen=True, kw_only=True):
    """One step of a source chain; several sources speak jointly, none is an unnamed one."""

    type: str
    sources: tuple[Source, ...] = ()
    cue: Span | None = None
    inherited: bool = False


class Count(Noun, frozen=True, kw_only=True):
    """What a COUNT claim says: the number as written, and of whom."""

    hedge: str
    n: tuple[int, ...] = ()
    word: str | None = None
    metric: str
    population: str = "unspecified"
    scope: str = "total"
    as_of: str = "current"
    subset: Span | None = None


class Responsibility(Noun, frozen=True, kw_only=True):
    """What a RESP claim says; a null actor is "no one has claimed it"."""

    actor: str | None
    role: str = "executed"


class Claim(Noun, frozen=True, kw_only=True):
    """One thing the text says; ``chain`` runs from the outermost source to the origin."""

    id: str
    kind: str
    event: str | None = None
    anchor: Span
    chain: tuple[Hop, ...] = ()
    status: str = "asserted"
    count: Count | None = None
    responsibility: Responsibility | None = None


class Metadata(Noun, frozen=True, kw_only=True):
    """What is known of the report besides its text; null is "not known"."""

    publisher: str | None = None
    published: str | None = None
    url: str | None = None
    license: str | None = None
    constructed: bool = False


class Annotation(Noun, frozen=True, kw_only=True):
    """Who annotated, what kind of annotator it was, in which pass, by which guidelines."""

    annotator: str
    kind: str
    pass_: str = msgspec.field(name="pass")
    guidelines: str


class Document(Noun, frozen=True, kw_only=True, dict=True):
    """A report and one annotation of it: gold, a prediction or an annotator's pass.

    ``missing`` names the layers that a prediction left out; ``unlocated`` holds the predicted
    strings that are not in the text.  Neither is part of a file.
    """

    schema: str = SCHEMA
    id: str
    language: str = "en"
    sha256: str | None = None
    metadata: Metadata = Metadata()
    annotation: Annotation | None = None
    text: str
    entities: tuple[Entity, ...] = ()
    events: tuple[Event, ...] = ()
    claims: tuple[Claim, ...] = ()
    templates: tuple[dict[str, Any], ...] | None = None
    missing: tuple[str, ...] = ()

    @cached_property
    def entity(self) -> dict[str, Entity]:
        """Entities by id."""
        return {e.id: e for e in self.entities}

    @cached_property
    def event(self) -> dict[str, Event]:
        """Events by id."""
        return {e.id: e for e in self.events}

    @cached_property
    def claim(self) -> dict[str, Claim]:
        """Claims by id."""
        return {c.id: c for c in self.claims}

    def of_kind(self, kind: str) -> list[Claim]:
        """Claims of one kind, in the order of the file."""
        return [c for c in self.claims if c.kind == kind]

    def whole(self, entity: str) -> str:
        """Climb ``part_of`` to the entity that is part of no other."""
        while (found := self.entity.get(entity)) and found.part_of:
            entity = found.part_of
        return entity

    def root(self, event: str | None) -> str | None:
        """Climb ``parent`` to the incident; a claim that names no event is the main incident's."""
        while event and (found := self.event.get(event)) and found.parent:
            event = found.parent
        return event

    @cached_property
    def marked(self) -> list[Span]:
        """Every span of all layers, without its place; `spans` has the places, and takes five times as long."""
        found = [m for e in self.entities for m in e.mentions]
        found += [t for v in self.events for t in v.triggers]
        for claim in self.claims:
            found.append(claim.anchor)
            for hop in claim.chain:
                found += [s.span for s in hop.sources if s.span]
                if hop.cue:
                    found.append(hop.cue)
            if claim.count and claim.count.subset:
                found.append(claim.count.subset)
        return found

    def spans(self) -> Iterator[tuple[str, Span]]:
        """Yield every span with its place in the document, such as ``claims[2].anchor``."""
        for i, entity in enumerate(self.entities):
            for j, mention in enumerate(entity.mentions):
                yield f"entities[{i}].mentions[{j}]", mention
        for i, event in enumerate(self.events):
            for j, trigger in enumerate(event.triggers):
                yield f"events[{i}].triggers[{j}]", trigger
        for i, claim in enumerate(self.claims):
            yield f"claims[{i}].anchor", claim.anchor
            for j, hop in enumerate(claim.chain):
                for k, source in enumerate(hop.sources):
                    if source.span:
                        yield f"claims[{i}].chain[{j}].sources[{k}].span", source.span
                if hop.cue:
                    yield f"claims[{i}].chain[{j}].cue", hop.cue
            if claim.count and claim.count.subset:
                yield f"claims[{i}].count.subset", claim.count.subset


class Interval(Noun, frozen=True, kw_only=True):
    """The persons a COUNT allows: ``low`` to ``high``, null high is open; an end is hard or soft."""

    low: int
    high: int | None
    low_hard: bool
    high_hard: bool

    def __str__(self) -> str:
        """Print hard ends as brackets, soft ones as parentheses."""
        top = "∞)" if self.high is None else f"{self.high}{']' if self.high_hard else ')'}"
        return f"{'[' if self.low_hard else '('}{self.low}, {top}"


class Figure(Noun, frozen=True, kw_only=True, omit_defaults=False):
    """One number of the incident: what its claims allow together, and which claims decide.

    ``low`` and ``best`` are null where nothing says, ``high`` also where the text leaves it open.
    ``*_from`` are claim ids; ``superseded`` are the earlier figures, which bound nothing.
    """

    metric: str
    population: str
    assumed: bool
    low: int | None
    high: int | None
    best: int | None
    conflict: bool
    low_from: tuple[str, ...]
    high_from: tuple[str, ...]
    best_from: str | None
    superseded: tuple[str, ...]


class Held(Noun, frozen=True, kw_only=True, omit_defaults=False):
    """One line of the responsibility slot: who, in which role, by whose word."""

    actor: str | None
    role: str
    stance: str
    hops: tuple[str, ...]


class Template(Noun, frozen=True, kw_only=True, omit_defaults=False):
    """The incident as its claims tell it; entities by id.  Derived, never edited."""

    root: str | None
    background: bool
    incident_types: tuple[str, ...]
    sub_events: tuple[str, ...]
    perpetrators: tuple[str, ...]
    target: tuple[str, ...]
    place: tuple[str, ...]
    time: tuple[str, ...]
    date: str | None
    instruments: tuple[str, ...]
    figures: tuple[Figure, ...]
    responsibility: tuple[Held, ...]
    responsibility_status: str
    diagnostics: tuple[str, ...]


class Problem(Noun, frozen=True, kw_only=True):
    """One fault: where it is, which rule it breaks, and what is the matter, in a sentence."""

    file: str
    line: int
    document: str
    where: str
    message: str
    rule: str

    def __str__(self) -> str:
        """Print as ``file:line: document: where: message [rule]``."""
        return f"{self.file}:{self.line}: {self.document or '-'}: {self.where or '-'}: {self.message} [{self.rule}]"


class Invalid(ValueError):
    """Input that is not to be used; ``problems`` holds every fault that was found in it."""

    def __init__(self, problems: list[Problem]) -> None:
        """Keep the problems and read as their lines."""
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems
