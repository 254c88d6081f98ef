"""What the page of a document shows: its text with marks, its claims, its incidents.

Everything is given as plain values in the words of the report; the template lays them out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from markupsafe import Markup, escape

from reportedly.derivation import derive, incident, populations, relations, stance
from reportedly.intervals import interval
from reportedly.model import Claim, Document, Figure, Hop, Span, Template
from reportedly.pages import bars
from reportedly.pages.marks import Mark, Piece, cut, paragraphs, runs
from reportedly.report import speakers

STANCES = {
    "claimed": "claims it",
    "blamed_by_authority": "blamed by an authority",
    "blamed": "blamed",
    "stated": "named by the report itself",
    "denied": "denied",
    "unclaimed": "has claimed it",
}


class Group(NamedTuple):
    """Claims whose anchors cover the same words: one link in the text, one card beside it."""

    number: int
    claims: tuple[int, ...]


def words(text: str) -> Markup:
    """Escape a stretch of text so that a page has the very same characters (a bare CR would be read as LF)."""
    return escape(text).replace("\r", Markup("&#13;"))


def lay_out(document: Document, first: int = 0) -> dict[str, Any]:
    """Lay a document out.

    Args:
        document: a valid one.
        first: the number of its first group, so that several documents on one page have links of their own.
    """
    templates = derive(document)
    scale = bars.of(document, [figure for template in templates for figure in template.figures])
    people = populations(document)
    conflicts = [(a, b) for a, b, how in relations(document) if how == "conflict"]
    claims = [
        _claim(claim, document, people[claim.id] if claim.count else "", scale, conflicts) for claim in document.claims
    ]
    known = {claim["id"]: claim for claim in claims}
    groups: dict[tuple[int, ...], Group] = {}
    text = [[_run(keys, pieces, groups, first) for keys, pieces in part] for part in _text(document)]
    here = {claim: group.number for group in reversed(groups.values()) for claim in group.claims}
    for number, claim in enumerate(claims):
        claim["group"] = here[number]
    for run in (run for part in text for run in part if run["group"]):
        run["claims"] = [claims[number] for number in run["group"].claims]
    order = sorted(range(len(claims)), key=lambda i: (document.claims[i].anchor.start, i))
    return {
        "document": document,
        "text": text,
        "claims": claims,
        "groups": sorted(groups.values()),
        "sources": {
            group.number: [n for n in sorted(group.claims) if any(_told_by(document.claims[n]))]
            for group in groups.values()
        },
        "kinds": {kind: [claims[i] for i in order if claims[i]["kind"] == kind] for kind in ("COUNT", "RESP", "EVENT")},
        "incidents": [_incident(template, document, scale) for template in templates],
        "conflicts": [(known[a], known[b]) for a, b in conflicts],
        "ticks": scale.ticks(),
        "places": {claim["id"]: claim["group"] for claim in claims},
    }


# --- text -------------------------------------------------------------------------------------


def _marks(document: Document) -> Iterator[Mark]:
    for entity in document.entities:
        for i, mention in enumerate(entity.mentions):
            yield Mark(mention, "mention", (entity, i))
    for event in document.events:
        for i, trigger in enumerate(event.triggers):
            yield Mark(trigger, "trigger", (event, i))
    for number, claim in enumerate(document.claims):
        yield Mark(claim.anchor, "claim", number)
        for span in _told_by(claim):
            yield Mark(span, "source", number)


def _told_by(claim: Claim) -> Iterator[Span]:
    for hop in claim.chain:
        yield from (source.span for source in hop.sources if source.span)
        if hop.cue:
            yield hop.cue


def _text(document: Document) -> Iterator[list[tuple[tuple[Any, ...], list[Piece]]]]:
    marks = sorted(_marks(document), key=lambda m: m.span.start)
    for start, end in paragraphs(document.text):
        yield runs(cut(document.text, marks, start, end), "claim")


def _run(
    keys: tuple[int, ...], pieces: list[Piece], groups: dict[tuple[int, ...], Group], first: int
) -> dict[str, Any]:
    if not keys:
        return {"group": None, "pieces": [_piece(piece) for piece in pieces]}
    # Words that a claim shares with another one are a group of their own, and part the words that are its alone:
    # the tabulator stops at the first part only.
    again = keys in groups
    group = groups.setdefault(keys, Group(first + len(groups), keys))
    return {"group": group, "again": again, "pieces": [_piece(piece) for piece in pieces]}


def _piece(piece: Piece) -> dict[str, Any]:
    mentions = [mark.key for mark in piece.marks if mark.layer == "mention"]
    triggers = [mark.key for mark in piece.marks if mark.layer == "trigger"]
    named = [f"{entity.type}: {entity.name or entity.mentions[0].text}" for entity, _ in mentions]
    return {
        "text": words(piece.text),
        "mentions": len(mentions),
        "triggers": len(triggers),
        "sources": sorted({mark.key for mark in piece.marks if mark.layer == "source"}),
        "title": " · ".join([*named, *(event.type for event, _ in triggers)]),
        "of": " ".join(
            [f"entity:{entity.id}:{i}" for entity, i in mentions] + [f"event:{event.id}:{i}" for event, i in triggers]
        ),
    }


# --- claims -----------------------------------------------------------------------------------


def hops(chain: tuple[Hop, ...], document: Document) -> list[dict[str, Any]]:
    """Write a chain hop by hop, the outermost source first."""
    return [{"type": hop.type, "who": speakers(hop, document), "inherited": hop.inherited} for hop in chain]


def _name(id: str | None, document: Document) -> str:
    entity = document.entity.get(id or "")
    return (entity.name or entity.mentions[0].text) if entity else "nobody"


def _how(stance: str, role: str) -> str:
    return STANCES[stance] + (f", {role}" if role != "executed" else "")


def _claim(
    claim: Claim, document: Document, people: str, scale: bars.Scale, conflicts: list[tuple[str, str]]
) -> dict[str, Any]:
    event = document.event.get(claim.event or "")
    root = document.event.get(incident(document, claim) or "")
    row: dict[str, Any] = {
        "id": claim.id,
        "kind": claim.kind,
        "anchor": words(claim.anchor.text),
        "status": claim.status,
        "chain": hops(claim.chain, document),
        "event": event and event.type,
        "passing": bool(root and root.background),
        "against": [other for pair in conflicts if claim.id in pair for other in pair if other != claim.id],
    }
    if count := claim.count:
        span = interval(count)
        row |= {
            "hedge": count.hedge,
            "number": "–".join(map(str, count.n)) or count.word or "",
            "metric": count.metric,
            "population": people,
            "assumed": people != count.population,
            "flags": [flag for flag in (count.scope, count.as_of) if flag in ("partial", "earlier")],
            "subset": count.subset and count.subset.text,
            "interval": str(span) if span else "",
            "bar": scale.interval(span),
        }
    if held := claim.responsibility:
        row |= {
            "actor": _name(held.actor, document),
            "how": _how(stance(document, claim), held.role),
        }
    return row


# --- incidents --------------------------------------------------------------------------------


def _incident(template: Template, document: Document, scale: bars.Scale) -> dict[str, Any]:
    def names(ids: tuple[str, ...]) -> str:
        return ", ".join(_name(id, document) for id in ids)

    facts = {
        "perpetrators": names(template.perpetrators),
        "target": names(template.target),
        "place": names(template.place),
        "time": names(template.time),
        "calendar date": template.date or "",
        "instruments": names(template.instruments),
    }
    return {
        "root": template.root,
        "background": template.background,
        "types": ", ".join(kind.replace("_", " ") for kind in template.incident_types),
        "facts": facts,
        "figures": [_figure(figure, document, scale) for figure in template.figures],
        "status": template.responsibility_status,
        "held": [
            {
                "actor": _name(held.actor, document),
                "how": _how(held.stance, held.role),
                "hops": held.hops,
            }
            for held in template.responsibility
        ],
        "diagnostics": template.diagnostics,
    }


def _figure(figure: Figure, document: Document, scale: bars.Scale) -> dict[str, Any]:
    return {
        "figure": figure,
        "bar": scale.figure(figure, document),
        "open": figure.high is None and bool(figure.low_from or figure.high_from),
    }
