"""Hypothesis strategies: whole valid documents, and predictions of them that are partly right."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import strategies as st

from reportedly import contract
from reportedly.codec import digest
from reportedly.model import (
    Annotation,
    Claim,
    Count,
    Document,
    Entity,
    Event,
    Geo,
    Hop,
    Metadata,
    Responsibility,
    Source,
    Span,
)

# No digits (an anchor's digits must be its n); NFC; several code points a character, and several
# UTF-16 units a code point, so that an offset counted otherwise shows.
WORDS = (
    "raid",
    "guards",
    "Ardby",
    "fled",
    "said",
    "né",
    "ḱaa",
    "x̂y",
    "日本",
    "😀",
    "👩‍👩‍👧",
    "🇫🇮",
    "a",
    "\t",
    "harbour",
    "<b>",
)


@st.composite
def texts(draw: st.DrawFn) -> str:
    sentences = draw(st.lists(st.lists(st.sampled_from(WORDS), min_size=2, max_size=8), min_size=1, max_size=4))
    return "".join(" ".join(["The", *words]) + "." + draw(st.sampled_from((" ", "\n", "\r\n"))) for words in sentences)


@st.composite
def documents(draw: st.DrawFn, text: str | None = None, id: str = "made") -> Document:
    """Draw a document that breaks no rule, in all layers."""
    text = draw(texts()) if text is None else text
    tokens: list[tuple[int, int]] = []
    at = 0
    for token in text.split():
        start = text.index(token, at)
        at = start + len(token)
        tokens.append((start, at))

    def span() -> Span:
        first = draw(st.integers(0, len(tokens) - 1))
        last = min(len(tokens) - 1, first + draw(st.sampled_from((0, 0, 0, 1, 2))))
        start, end = tokens[first][0], tokens[last][1]
        return Span(start=start, end=end, text=text[start:end])

    def fresh(size: int, taken: set[Span]) -> tuple[Span, ...]:
        found = [s for s in dict.fromkeys(span() for _ in range(size)) if s not in taken]
        taken.update(found)
        return tuple(found)

    def label(name: str) -> str:
        return draw(st.sampled_from(contract.labels(name)))

    taken: set[Span] = set()
    entities: list[Entity] = []
    for i in range(draw(st.integers(0, 6))):
        if not (mentions := fresh(draw(st.integers(1, 3)), taken)):
            continue
        kind = label("entity_type")
        geo = Geo(country="FI", path=("Suomi",), precision=label("precision")) if kind == "PLACE" else None
        part_of = draw(st.sampled_from([None, *[e.id for e in entities]]))
        timex = "XXXX-WXX-2TEV" if kind == "TIME" else None
        entities.append(Entity(id=f"e{i}", type=kind, mentions=mentions, part_of=part_of, geo=geo, timex=timex))
    actors = [e for e in entities if e.type in ("PER", "ORG")]

    triggers: set[Span] = set()
    events: list[Event] = []
    fit = contract.permitted("role", "entity_types")
    for i in range(draw(st.integers(0, 5))):
        if not (found := fresh(draw(st.integers(1, 2)), triggers)):
            continue
        parent = draw(st.sampled_from([None, *[v.id for v in events]]))
        arguments: dict[str, tuple[str, ...]] = {}
        for role, allowed in fit.items():
            able = [e.id for e in entities if e.type in allowed]
            if draw(st.booleans()) and able:
                chosen: list[str] = draw(st.lists(st.sampled_from(able), min_size=1, max_size=2, unique=True))
                arguments[role] = tuple(chosen)
        kind = label("event_type") if parent else "ATTACK"
        background = parent is None and draw(st.booleans())
        events.append(
            Event(id=f"v{i}", type=kind, triggers=found, arguments=arguments, parent=parent, background=background)
        )

    def chain(last: Entity | None = None) -> tuple[Hop, ...]:
        hops = []
        for _ in range(draw(st.integers(0, 3))):
            kind = draw(st.sampled_from([t for t in contract.labels("hop_type") if t != "claimant"]))
            if kind == "unspecified" or not actors:
                hops.append(Hop(type="unspecified", cue=span()))
                continue
            speakers = draw(st.lists(st.sampled_from(actors), min_size=1, max_size=2, unique_by=lambda e: e.id))
            inherited = draw(st.booleans())
            sources = tuple(
                Source(entity=e.id, span=None if inherited else draw(st.sampled_from(e.mentions))) for e in speakers
            )
            hops.append(Hop(type=kind, sources=sources, inherited=inherited, cue=draw(st.sampled_from((None, span())))))
        if last is not None:
            hops.append(Hop(type="claimant", sources=(Source(entity=last.id, span=last.mentions[0]),)))
        return tuple(hops)

    claims: list[Claim] = []

    def claim(kind: str, event: Event, anchor: Span, hops: tuple[Hop, ...], **payload: Any) -> None:
        status = label("status")
        id = f"c{len(claims)}"
        claims.append(Claim(id=id, kind=kind, event=event.id, anchor=anchor, chain=hops, status=status, **payload))

    counted: set[Span] = set()
    possible = [
        (m, v) for m, kinds in contract.permitted("metric", "events").items() for v in events if v.type in kinds
    ]
    for event in events:
        claim("EVENT", event, draw(st.sampled_from(event.triggers)), chain())
    for _ in range(draw(st.integers(0, 6)) if possible else 0):
        metric, event = draw(st.sampled_from(possible))
        for anchor in fresh(1, counted):
            scope = label("scope")
            claim(
                "COUNT",
                event,
                anchor,
                chain(),
                count=Count(
                    **draw(numbers()),
                    metric=metric,
                    population=label("population"),
                    scope=scope,
                    as_of=label("as_of"),
                    subset=span() if scope == "partial" and draw(st.booleans()) else None,
                ),
            )
    roots = [v for v in events if v.parent is None]
    for _ in range(draw(st.integers(0, 3)) if roots else 0):
        actor = draw(st.sampled_from([None, *actors]))
        speaker = actor if actor and draw(st.booleans()) else None
        payload = Responsibility(actor=actor.id if actor else None, role=label("responsibility_role"))
        claim("RESP", draw(st.sampled_from(roots)), span(), chain(speaker), responsibility=payload)
    return Document(
        id=id,
        text=text,
        sha256=digest(text),
        metadata=Metadata(constructed=True),
        annotation=Annotation(annotator="generator", kind="rule", pass_="made", guidelines="1"),
        entities=tuple(entities),
        events=tuple(events),
        claims=tuple(claims),
    )


@st.composite
def numbers(draw: st.DrawFn) -> dict[str, Any]:
    """Draw hedge, n and word that fit each other."""
    hedge = draw(st.sampled_from(contract.labels("hedge")))
    row = contract.hedges()[hedge]
    words = [w.word for w in contract.vague_words().values()]
    if row.low == "word":
        return {"hedge": hedge, "word": draw(st.sampled_from(words))}
    size = draw(st.sampled_from(row.n))
    n = tuple(sorted(draw(st.lists(st.integers(1, 400), min_size=size, max_size=size, unique=True))))
    word = draw(st.sampled_from((None, None, "dozen"))) if 1 in row.n and n else None
    return {"hedge": hedge, "n": n, "word": word}


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Document, Document]:
    """Draw a gold document and a prediction of it: another reading, or gold with parts left out or changed."""
    gold = draw(documents())
    if draw(st.booleans()):
        return gold, draw(documents(text=gold.text))
    keep = draw(st.lists(st.booleans(), min_size=len(gold.claims), max_size=len(gold.claims)))
    claims = []
    for claim, kept in zip(gold.claims, keep, strict=True):
        if not kept:
            continue
        if claim.count and draw(st.booleans()):
            number = {"n": (), "word": None, **draw(numbers())}
            claim = msgspec.structs.replace(claim, count=msgspec.structs.replace(claim.count, **number))
        if draw(st.integers(0, 3)) == 0:
            claim = msgspec.structs.replace(claim, chain=())
        claims.append(claim)
    return gold, msgspec.structs.replace(gold, claims=tuple(claims))


def renamed(document: Document) -> Document:
    """Give every id another name, and turn every list around."""
    import json
    import re

    from reportedly.codec import to_dict

    plain = to_dict(document)

    def walk(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {k: walk(v, k) for k, v in value.items()}
        if isinstance(value, list):
            return [walk(v, key) for v in value]
        if isinstance(value, str) and re.fullmatch(r"[evc]\d+", value) and key not in ("text", "annotator"):
            return f"id-{ord(value[0])}-{99 - int(value[1:])}"
        return value

    body = walk({k: plain[k] for k in ("entities", "events", "claims")})
    for layer in body.values():
        layer.reverse()
    for entity in body["entities"]:
        entity["mentions"].reverse()
    for event in body["events"]:
        event["triggers"].reverse()
        for ids in event.get("arguments", {}).values():
            ids.reverse()
    for claim in body["claims"]:
        for hop in claim["chain"]:
            hop.get("sources", []).reverse()
    return msgspec.convert(json.loads(json.dumps({**plain, **body})), Document)
