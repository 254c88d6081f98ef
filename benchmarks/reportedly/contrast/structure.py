"""Edits of what stands in the report: a sentence taken out or put in, paragraphs in another order.

Each family yields the sites where it applies to a document, in the order of the text, or nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from reportedly.contrast.figures import also, counts, marked_victims, others, sentence
from reportedly.contrast.rewriting import Draft, Move, Replacement, Site
from reportedly.contrast.sources import SPEAKERS, head, name_of
from reportedly.intervals import interval
from reportedly.model import Document, Span
from reportedly.text import sentences

_SAID = {"killed": "put the number of dead at {}", "injured": "put the number of injured at {}"}

# Sentences with a number that counts no person, and with nothing to annotate.
DISTRACTORS = (
    "Temperatures had fallen to 7 degrees.",
    "Power was out for 45 minutes in the area.",
    "Shares fell by 4 per cent.",
    "Some 30 vehicles were parked outside.",
    "Nineteen windows were broken.",
    "Rain had brought 80 millimetres of water within two days.",
    "Petrol had risen to 96 a litre.",
    "Bus line 12 was diverted.",
    "At least 14 rounds of talks on water rights had failed.",
    "More than 300 trees had been felled nearby.",
)
# A sentence that begins so leans on the one before it.
_LEANS = re.compile(r"(?:He|She|It|They|The statement|Hours later|Meanwhile|On the same|One of|As the|\")")


def _paragraphs(document: Document) -> list[tuple[int, int]]:
    found = re.finditer(r"[^\n]+", document.text)
    return [m.span() for m in found]


def conflicting(document: Document) -> Iterator[Site]:
    """Put in a second toll that cannot be true with the first, by another source, at the end of the paragraph."""
    background = {v.id for v in document.events if v.background}
    for claim, count, _ in counts(document):
        span = interval(count)
        if count.metric not in _SAID or claim.status != "asserted" or count.population == "perpetrators" or not span:
            continue
        if count.as_of != "current" or count.scope != "total" or document.root(claim.event) in background:
            continue
        if span.high is None:
            numbers = others(document, span.low, f"conflict {document.id} {claim.id}", 2, 2, span.low - 1)
        else:
            numbers = others(document, span.high, f"conflict {document.id} {claim.id}", 2, span.high + 1)
        people = "victims" if marked_victims(document, count.metric, claim.event) else "unspecified"
        at = next(end for start, end in _paragraphs(document) if start <= claim.anchor.start < end)
        for i, n in enumerate(numbers):
            for type, speakers in SPEAKERS.items():
                kind, words = speakers[i % len(speakers)]
                if head(words).removeprefix("the ") in document.text:
                    continue
                words = words[0].upper() + words[1:]

                def effect(
                    draft: Draft,
                    n: int = n,
                    type: str = type,
                    kind: str = kind,
                    words: str = words,
                    people: str = people,
                    event: str | None = claim.event,
                    metric: str = count.metric,
                ) -> None:
                    mention = draft.inserted(0, head(words))
                    name = name_of(words.removeprefix("The ")) if kind == "ORG" else None
                    who = draft.add_entity(kind, mention, name if name and name != words.split()[0] else None)
                    hop = {"type": type, "sources": [{"entity": who, "span": mention}], "cue": draft.inserted(0, "put")}
                    draft.plain["claims"].append(
                        {
                            "id": draft.new_id("inserted"),
                            "kind": "COUNT",
                            "event": event,
                            "anchor": draft.inserted(0, str(n)),
                            "status": "asserted",
                            "chain": [hop],
                            "count": {
                                "hedge": "EXACT",
                                "n": [n],
                                "metric": metric,
                                "population": people,
                                "scope": "total",
                                "as_of": "current",
                            },
                        }
                    )

                text = f" {words} {_SAID[count.metric].format(n)}."
                yield Site(claim.id, (Replacement(at, at, text),), effect)


def distractor(document: Document) -> Iterator[Site]:
    """Put in a sentence with a number that counts no person, at the end of a paragraph."""
    for i, (_, end) in enumerate(_paragraphs(document)):
        if end < len(document.text) and not document.text[:end].endswith("said."):
            for text in DISTRACTORS:
                yield Site(f"paragraph {i + 1}", (Replacement(end, end, f" {text}"),), lambda draft: None)


def reordered(document: Document) -> Iterator[Site]:
    """Put two paragraphs in each other's place; the first stays, and so does one that leans on another."""
    found = _paragraphs(document)
    leans = [bool(_LEANS.match(document.text[start:])) for start, _ in found] + [False]
    for i in range(1, len(found)):
        for j in range(i + 1, len(found)):
            touched = {i, i + 1, j, j + 1}
            if any(leans[k] for k in touched):
                continue
            if _introduces(document, found[i], (found[i][1], found[j][1])):
                continue
            yield _swapped(document, i, found[i], found[j])


def _introduces(document: Document, one: tuple[int, int], rest: tuple[int, int]) -> bool:
    """Tell whether a paragraph names somebody in full of whom what would then precede it uses a short form."""
    for entity in document.entities:
        full = [m for m in entity.mentions if one[0] <= m.start < one[1]]
        if (
            full
            and all(m.start >= one[0] for m in entity.mentions)
            and any(rest[0] <= m.start < rest[1] for m in entity.mentions)
        ):
            return True
    return False


def _swapped(document: Document, index: int, one: tuple[int, int], two: tuple[int, int]) -> Site:
    text = document.text
    between = text[one[1] : two[0]]
    new = text[two[0] : two[1]] + between + text[one[0] : one[1]]

    width = two[1] - two[0]
    moves = (
        Move(*two, one[0]),
        Move(one[1], two[0], one[0] + width),
        Move(*one, two[1] - (one[1] - one[0])),
    )
    return Site(f"paragraph {index + 1}", (Replacement(one[0], two[1], new),), lambda draft: None, moves)


def removed(document: Document) -> Iterator[Site]:
    """Take a sentence out, with all that only it says."""
    bounds = sentences(document.text)
    for i, (start, end) in enumerate(bounds):
        following = bounds[i + 1] if i + 1 < len(bounds) else None
        next_to = following and "\n" not in document.text[end : following[0]]
        if i == 0 or (next_to and following and _LEANS.match(document.text[following[0] :])):
            continue
        first = document.text[start - 1 : start] == "\n"
        alone = first and not next_to
        if alone or not _removable(document, start, end):
            continue
        stretch = (start, following[0]) if first and following else (start - 1, end)
        yield Site(f"sentence {i + 1}", (Replacement(*stretch, ""),), _clean)


def _removable(document: Document, start: int, end: int) -> bool:
    """Tell whether what stays means the same without this sentence."""

    def inside(span: Span) -> bool:
        return start <= span.start < end

    gone = {e.id for e in document.entities if all(inside(m) for m in e.mentions)}
    for entity in document.entities:
        here = [m for m in entity.mentions if inside(m)]
        if not here or entity.id in gone:
            continue
        # Its name, or its first and fullest mention, would be gone.
        if entity.name and not any(entity.name in m.text for m in entity.mentions if not inside(m)):
            return False
        if entity.mentions and min(entity.mentions, key=lambda m: m.start) in here:
            return False
    path = {step for e in document.entities if e.id not in gone and e.geo for step in e.geo.path}
    if any(e.id in gone and e.name in path for e in document.entities):
        return False
    if any(e.part_of in gone and e.id not in gone for e in document.entities):
        return False
    claims = [c for c in document.claims if not inside(c.anchor)]
    if any(s.entity in gone for c in claims for h in c.chain for s in h.sources):
        return False
    if any(c.responsibility and c.responsibility.actor in gone for c in claims):
        return False
    if any(also(document, c) for c in document.of_kind("COUNT") if inside(c.anchor)):
        return False
    # A relay that is inherited further on is named here.
    if any(h.inherited for c in claims if sentence(document, c.anchor.start)[0] > end for h in c.chain) and any(
        h.sources and not h.inherited for c in document.claims if inside(c.anchor) for h in c.chain
    ):
        paragraph = document.text.find("\n", end)
        stop = len(document.text) if paragraph < 0 else paragraph
        if any(h.inherited for c in claims if end <= c.anchor.start < stop for h in c.chain):
            return False
    kept = {c.event for c in claims}
    for event in document.events:
        here = [t for t in event.triggers if inside(t)]
        if not here:
            continue
        if len(here) == len(event.triggers):
            if event.parent is None or any(v.parent == event.id for v in document.events) or event.id in kept:
                return False
            continue
        if event.id not in kept:
            return False  # a trigger would stay that nothing is claimed by
        rest = [sentence(document, t.start) for t in event.triggers if not inside(t)]
        for ids in event.arguments.values():
            for id in ids:
                mentions = document.entity[id].mentions
                if any(inside(m) for m in mentions) and not any(a <= m.start < b for m in mentions for a, b in rest):
                    return False
    return True


def _clean(draft: Draft) -> None:
    """Drop what has lost its words: entities without mentions, events without triggers."""
    plain = draft.plain
    plain["entities"] = [e for e in plain["entities"] if e["mentions"]]
    plain["events"] = [v for v in plain["events"] if v["triggers"]]
    there = {e["id"] for e in plain["entities"]}
    for event in plain["events"]:
        arguments = event.get("arguments", {})
        for role in list(arguments):
            arguments[role] = [i for i in arguments[role] if i in there]
            if not arguments[role]:
                del arguments[role]
