"""Edits of by whose word: the source, a relay, "reportedly", quotation marks, the age of a figure.

Each family yields the sites where it applies to a document, in the order of the text, or nothing.
Outlets and bodies that are put in are invented.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from reportedly.contrast.figures import sentence
from reportedly.contrast.rewriting import Draft, Plain, Replacement, Site, hops
from reportedly.model import Claim, Document, Hop, Source, Span

# Who may speak instead, by type: entity type and words that stand in any place of a noun phrase.
SPEAKERS: dict[str, tuple[tuple[str, str], ...]] = {
    "gov": (("PER", "police officials"), ("ORG", "the provincial government")),
    "medical": (("PER", "doctors"), ("PER", "ambulance workers")),
    "media": (("ORG", "the Kestrel Wire"), ("ORG", "Harbour Radio")),
    "witness": (("PER", "residents"), ("PER", "relatives of those inside")),
    "other": (("ORG", "the Tern Monitoring Group"), ("PER", "aid workers")),
}
OUTLETS = ("the Kestrel Wire", "Harbour Radio", "the Northern Dispatch", "Channel Nine News")
_SPOKE = {"said": "told", "confirmed": "told", "added": "told"}


def _spans(document: Document) -> Iterator[tuple[Hop, Source, Span]]:
    """Go through the places where a source is named, each once, in the order of the text."""
    seen: dict[tuple[int, int], tuple[Hop, Source, Span]] = {}
    for claim in document.claims:
        for hop in claim.chain:
            for source in hop.sources:
                if source.span and source.entity:
                    seen.setdefault((source.span.start, source.span.end), (hop, source, source.span))
    for key in sorted(seen):
        yield seen[key]


def _plain(span: Span) -> Plain:
    return {"start": span.start, "end": span.end, "text": span.text}


def head(mention: str) -> str:
    """Leave out what stands behind the head noun (M1)."""
    return mention.split(" of ")[0]


def source(document: Document) -> Iterator[Site]:
    """Let somebody else say it, of another kind: "according to health officials" → "according to residents"."""
    busy = {i for v in document.events for ids in v.arguments.values() for i in ids}
    for hop, who, span in _spans(document):
        entity = document.entity[who.entity or ""]
        alone = len(entity.mentions) == 1 and entity.id not in busy and not _inherited(document, entity.id)
        before, after = document.text[: span.start], document.text[span.end :]
        framed = re.search(r"(according to |[,”\"] )$", before) and re.match(
            r"( cited by |\.| (?:said|confirmed|told|added)\b)", after
        )
        if (
            hop.type == "claimant"
            or entity.name
            or not alone
            or not framed
            or len(hop.sources) > 1
            or before.endswith("s ")
        ):
            continue
        if any(e.part_of == entity.id for e in document.entities):
            continue
        for type, speakers in SPEAKERS.items():
            for kind, words in speakers:
                if type == hop.type or head(words).removeprefix("the ") in document.text:
                    continue

                def effect(
                    draft: Draft,
                    at: Span = span,
                    type: str = type,
                    kind: str = kind,
                    words: str = words,
                    id: str = entity.id,
                ) -> None:
                    mention = draft.inserted(0, head(words))
                    draft.entity(id)["mentions"] = []
                    new = draft.add_entity(kind, mention, name_of(words))
                    for claim, i in hops(draft.document, at):
                        changed = draft.claim(claim)["chain"][i]
                        changed["type"] = type
                        changed["sources"] = [{"entity": new, "span": mention}]

                yield Site(entity.id, (Replacement(span.start, span.end, words),), effect)


def name_of(words: str) -> str | None:
    """Give the name within an invented speaker's words: its capitalised tokens."""
    capital = [w for w in words.split() if w[0].isupper()]
    return " ".join(capital) if capital else None


def _inherited(document: Document, entity: str) -> bool:
    return any(
        hop.inherited and any(s.entity == entity for s in hop.sources) for c in document.claims for hop in c.chain
    )


def relay(document: Document) -> Iterator[Site]:
    """Take the outlet between source and reader out, or put one in."""
    yield from _without_relay(document)
    yield from _with_relay(document)


def _without_relay(document: Document) -> Iterator[Site]:
    """Take the outlet between source and reader out: "officials cited by Reuters" → "officials"."""
    for hop, who, span in _spans(document):
        if hop.type != "media":
            continue
        before, after = document.text[: span.start], document.text[span.end :]
        outlet, start, end, cue = who.entity or "", span.start, span.end, ""
        if m := re.search(r" (?:cited|quoted) by $", before):
            start, text = m.start(), ""
        elif (m := re.search(r"\btold $", before)) and re.match(r" (?:that|earlier)\b|[.,]", after):
            start, text, cue = m.start(), "said", "said"
        elif (m := re.match(r" (?:cited|quoted) ", after)) and (tail := re.search(r" as saying(?=\.)", after)):
            yield _unquoted(document, span, outlet, span.end + m.end(), span.end + tail.start(), span.end + tail.end())
            continue
        else:
            continue

        def effect(draft: Draft, at: Span = span, outlet: str = outlet, cue: str = cue) -> None:
            told = draft.inserted(0, cue) if cue else None
            for claim, i in hops(draft.document, at):
                chain = draft.claim(claim)["chain"]
                del chain[i]
                if told and not _reporting(chain[-1], told):
                    chain[-1]["cue"] = told
            _disinherit(draft, at, outlet)

        yield Site(outlet, (Replacement(start, end, text),), effect)


def _reporting(hop: Plain, told: Plain) -> bool:
    """Tell whether a hop has a cue of its own that is not the verb that was replaced."""
    return "cue" in hop and hop["cue"] != told


def _unquoted(document: Document, span: Span, outlet: str, name: int, tail: int, end: int) -> Site:
    """Turn "the media cited spokesman X as saying." into "spokesman X said."."""

    def effect(draft: Draft) -> None:
        said = draft.inserted(1, "said")
        for claim, i in hops(draft.document, span):
            chain = draft.claim(claim)["chain"]
            del chain[i]
            chain[-1]["cue"] = said
        _disinherit(draft, span, outlet)

    return Site(outlet, (Replacement(span.start, name, ""), Replacement(tail, end, " said")), effect)


def _disinherit(draft: Draft, at: Span, outlet: str) -> None:
    """Take a relay away from the claims that inherited it in the same paragraph (A5)."""
    text = draft.document.text
    end = text.find("\n", at.end)
    for claim in draft.document.claims:
        if at.end < claim.anchor.start and (end < 0 or claim.anchor.start < end):
            chain = draft.claim(claim.id)["chain"]
            chain[:] = [
                h for h in chain if not (h.get("inherited") and [s.get("entity") for s in h["sources"]] == [outlet])
            ]


def _with_relay(document: Document) -> Iterator[Site]:
    """Put an outlet between source and reader: "officials" → "officials cited by the Wire"."""
    for hop, who, span in _spans(document):
        chains = [(c, i) for c in document.claims for i, h in enumerate(c.chain) if h is hop or _at(h, span)]
        if hop.type in ("media", "claimant") or any(len(c.chain) > 1 for c, _ in chains):
            continue
        if _goes_on(document, span, who.entity or ""):
            continue  # the relay would be inherited, and the reader would have to guess how far
        before, after = document.text[: span.start], document.text[span.end :]
        verb = re.match(r" (said|confirmed|added)\b(?! earlier)", after)
        for outlet in OUTLETS:
            if outlet.removeprefix("the ") in document.text:
                continue
            if re.search(r"\baccording to $", before) and re.match(r"[.,]", after):
                edits = (Replacement(span.end, span.end, f" cited by {outlet}"),)
                cues: tuple[str | None, str | None] = ("cited", None)
            elif verb:
                if re.match(r" \w", after[verb.end() :]):
                    continue  # "officials said on Monday": where the outlet would go, the words leave open
                edits = (Replacement(span.end + 1, span.end + verb.end(), f"told {outlet}"),)
                cues = (None, "told")
            else:
                continue

            def effect(
                draft: Draft, at: Span = span, outlet: str = outlet, cues: tuple[str | None, str | None] = cues
            ) -> None:
                mention = draft.inserted(0, outlet)
                id = draft.add_entity("ORG", mention, outlet.removeprefix("the "))
                for claim, i in hops(draft.document, at):
                    relay: Plain = {"type": "media", "sources": [{"entity": id, "span": mention}]}
                    if cues[0]:
                        relay["cue"] = draft.inserted(0, cues[0])
                    chain = draft.claim(claim)["chain"]
                    if cues[1]:
                        chain[i]["cue"] = draft.inserted(0, cues[1])
                    chain.insert(i, relay)

            yield Site(who.entity or "", edits, effect)


def _at(hop: Hop, span: Span) -> bool:
    return any(s.span == span for s in hop.sources)


def _goes_on(document: Document, span: Span, entity: str) -> bool:
    """Tell whether a source is heard again, by name or picked up, behind this place in its paragraph."""
    end = document.text.find("\n", span.end)
    end = len(document.text) if end < 0 else end
    stop = sentence(document, span.start)[1]
    return any(
        stop <= claim.anchor.start < end and any(s.entity == entity for hop in claim.chain for s in hop.sources)
        for claim in document.claims
    )


# --- reportedly -------------------------------------------------------------------------------


def reportedly(document: Document) -> Iterator[Site]:
    """Take "reportedly" out, or put it before a verb."""
    yield from _without_reportedly(document)
    yield from _with_reportedly(document)


def _without_reportedly(document: Document) -> Iterator[Site]:
    """Take "reportedly" out, and with it the unnamed source."""
    for claim in document.claims:
        for hop in claim.chain:
            if hop.cue and hop.type == "unspecified" and hop.cue.text in ("reportedly", "allegedly"):

                def effect(draft: Draft, cue: Span = hop.cue) -> None:
                    for told in draft.document.claims:
                        chain = [h for h in told.chain if h.cue != cue]
                        if len(chain) < len(told.chain):
                            index = next(j for j, h in enumerate(told.chain) if h.cue == cue)
                            del draft.claim(told.id)["chain"][index]

                if document.text[hop.cue.end] == " ":
                    yield Site(claim.id, (Replacement(hop.cue.start, hop.cue.end + 1, ""),), effect)


def _with_reportedly(document: Document) -> Iterator[Site]:
    """Put "reportedly" before a verb: what the narrator told, an unnamed source tells."""
    for claim in document.claims:
        if claim.kind == "COUNT" or claim.status != "asserted" or any(h.type == "unspecified" for h in claim.chain):
            continue
        if claim.chain and claim.kind != "RESP":
            continue  # where it would stand in the chain, the words leave open
        if claim.responsibility and claim.responsibility.actor is None:
            continue
        at = claim.anchor.start
        start, end = sentence(document, at)
        before, clause = document.text[start:at], re.split(r"[.;]|, (?:who|which)\b", document.text[at:end])[0]
        if not _verb(document, claim, start) or _more(document, claim, start, at + len(clause)):
            continue
        where = at - len(m.group()) if (m := re.search(r"\bbeen $", before)) else at
        for word in ("reportedly", "allegedly"):

            def effect(draft: Draft, id: str = claim.id, word: str = word) -> None:
                cue = draft.inserted(0, word)
                draft.claim(id)["chain"].insert(0, {"type": "unspecified", "cue": cue})

            yield Site(claim.id, (Replacement(where, where, f"{word} "),), effect)


def _verb(document: Document, claim: Claim, start: int) -> bool:
    """Tell whether a claim's anchor is a finite verb that an adverb may stand before."""
    before = document.text[start : claim.anchor.start]
    if not re.search(r"(ed|ought|ent|ame)( off| out| down)?$", claim.anchor.text):
        return False
    subject = any(m.end == claim.anchor.start - 1 for e in document.entities for m in e.mentions)
    return subject or bool(re.search(r"(?:\bwho|\b(?:has|have|had|was|were)(?: been)?|\band) $", before))


def _more(document: Document, claim: Claim, start: int, end: int) -> bool:
    """Tell whether the adverb might be read as covering another claim too."""
    verbs = [c.anchor for c in document.claims if c.id != claim.id and start <= c.anchor.start < end]
    return any(
        a.start > claim.anchor.start or not re.search(r"[,;]| who ", document.text[a.end : claim.anchor.start])
        for a in verbs
    )


# --- quotations and the age of a figure -------------------------------------------------------


def indirect(document: Document) -> Iterator[Site]:
    """Take quotation marks away and keep words and source: the chain stays as it is."""
    for found in re.finditer(r"\"([^\"\n]+)\"", document.text):
        if re.search(r"\b(?:I|we|us|our|my|me)\b", found.group(1), re.IGNORECASE):
            continue  # "our doors" would be the narrator's
        edits = [Replacement(found.start(), found.start() + 1, ""), Replacement(found.end() - 1, found.end(), "")]
        edits += [
            Replacement(found.start(1) + b.start(), found.start(1) + b.end(), b.group(1))
            for b in re.finditer(r"\[([^\]]+)\]", found.group(1))
        ]
        yield Site(str(found.start()), tuple(sorted(edits)), lambda draft: None)


def earlier(document: Document) -> Iterator[Site]:
    """Take "earlier" out, or put it in: the figure holds now, or is an old one (S2)."""
    for hop, _, span in _spans(document):
        start, end = sentence(document, span.start)
        told = [
            c for c in document.of_kind("COUNT") if start <= c.anchor.start < end and any(h == hop for h in c.chain)
        ]
        if not told or any(c.count and c.count.as_of == "earlier" and not _early(document, end, start) for c in told):
            continue
        after = document.text[span.end : end]
        if (word := _early(document, end, start)) and all(c.count and c.count.as_of == "earlier" for c in told):
            label, edit = "current", Replacement(word[0], word[1], "")
        elif (m := re.match(r" (?:said|confirmed)(?= on |\.)", after)) and not word:
            label, edit = "earlier", Replacement(span.end + m.end(), span.end + m.end(), " earlier")
        else:
            continue

        def effect(draft: Draft, ids: tuple[str, ...] = tuple(c.id for c in told), label: str = label) -> None:
            for id in ids:
                draft.claim(id)["count"]["as_of"] = label

        yield Site(f"{span.start}", (edit,), effect)


def _early(document: Document, end: int, start: int) -> tuple[int, int] | None:
    """Find the word "earlier" in a sentence, with the blank before it."""
    found = re.search(r" (?:earlier|previously)\b", document.text[start:end])
    return (start + found.start(), start + found.end()) if found else None
