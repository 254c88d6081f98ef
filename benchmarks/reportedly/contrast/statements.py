"""Edits of what is stated: whether it happened, and who is claimed, blamed or denied to be behind it.

Each family yields the sites where it applies to a document, in the order of the text, or nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from reportedly.contrast.figures import sentence
from reportedly.contrast.rewriting import Draft, Move, Plain, Replacement, Site
from reportedly.contrast.sources import SPEAKERS, head, name_of
from reportedly.derivation import stance
from reportedly.model import Claim, Document

# Verbs of attack reports: simple past → base form.  A verb that is not here is left alone.
_BASE = {
    "stormed": "storm",
    "cordoned off": "cordon off",
    "sealed off": "seal off",
    "arrived": "arrive",
    "established": "establish",
    "escaped": "escape",
    "blamed": "blame",
    "fired": "fire",
    "wounded": "wound",
    "burst": "burst",
    "killed": "kill",
    "entered": "enter",
    "evacuated": "evacuate",
    "rescued": "rescue",
    "freed": "free",
    "arrested": "arrest",
    "searched": "search",
    "closed": "close",
    "condemned": "condemn",
    "declared": "declare",
    "promised": "promise",
    "took": "take",
    "opened": "open",
}


def status(document: Document) -> Iterator[Site]:
    """Let it be possible, not so, or only ordered: "have been killed" → "may have been killed"."""
    for claim in document.claims:
        if claim.kind == "RESP" or claim.status != "asserted":
            continue
        start, end = sentence(document, claim.anchor.start)
        if claim.kind == "COUNT":
            yield from _possible_count(document, claim, end)
            yield from _denied(document, claim, start, end)
            continue
        before = document.text[start : claim.anchor.start]
        counted = any(start <= c.anchor.start < claim.anchor.start for c in document.of_kind("COUNT"))
        if counted:
            continue  # "fifteen bodies have come": what is said of the bodies is said of their number
        if m := re.search(r"\b(has|have) ((?:also )?(?:been )?)$", before):
            aux = start + m.start(1), start + m.end(1)
            yield _site(claim, "possible", Replacement(*aux, "may have"))
            if _last(document, claim):
                yield _site(claim, "negated", Replacement(aux[1], aux[1], " not"))
        elif (base := _BASE.get(claim.anchor.text)) and _finite(document, claim, before):
            at = claim.anchor.start
            width = len(claim.anchor.text.split()[0])
            verb, done = base.split()[0], claim.anchor.text.split()[0]
            yield _site(claim, "possible", Replacement(at, at, "may have "))
            yield _not(claim, at, at + width, verb)
            if done != "burst" and _acts(document, claim):
                plural = _plural(document, claim)
                if plural is not None:
                    yield _ordered(claim, at, at + width, "were" if plural else "was", verb)


def _site(claim: Claim, label: str, edit: Replacement) -> Site:
    def effect(draft: Draft) -> None:
        for other in draft.document.claims:
            if other.anchor == claim.anchor and other.kind == claim.kind:
                draft.claim(other.id)["status"] = label

    return Site(claim.id, (edit,), effect)


def _finite(document: Document, claim: Claim, before: str) -> bool:
    """Tell whether the anchor is a simple past right behind its subject, and the only claim of its clause."""
    at = claim.anchor.start
    subject = any(m.end == at - 1 for e in document.entities for m in e.mentions) or bool(re.search(r"\bwho $", before))
    event = document.event.get(claim.event or "")
    # That the whole attack did not happen, no report says in passing.
    return subject and _last(document, claim) and bool(event and event.parent)


def _last(document: Document, claim: Claim) -> bool:
    """Tell whether no other claim hangs on the anchor's: in the same clause, or in a participle behind it."""
    at = claim.anchor.start
    _, end = sentence(document, at)
    clause = re.split(r"[.;]|,(?! \w+ing\b)", document.text[at:end])[0]
    return not any(c.id != claim.id and at <= c.anchor.start < at + len(clause) for c in document.claims)


def _acts(document: Document, claim: Claim) -> bool:
    """Tell whether those who act are of the side that takes orders."""
    event = document.event.get(claim.event or "")
    return bool(event and event.type == "RESPOND" and event.arguments.get("agent"))


def _plural(document: Document, claim: Claim) -> bool | None:
    """Tell whether the subject right before the anchor is plural; None where the words do not show it."""
    subject = [m.text for e in document.entities for m in e.mentions if m.end == claim.anchor.start - 1]
    if not subject:
        return None
    last = subject[0].split()[-1].lower()
    return last == "police" or last.endswith("s") or last.endswith("men")


def _not(claim: Claim, start: int, end: int, base: str) -> Site:
    def effect(draft: Draft) -> None:
        _restore(draft, claim, base)["status"] = "negated"

    return Site(claim.id, (Replacement(start, end, f"did not {base}"),), effect)


def _restore(draft: Draft, claim: Claim, base: str) -> Plain:
    """Anchor a claim and its trigger on the base form within the new words."""
    new = draft.inserted(0, base)
    rest = claim.anchor.text.split()[1:]
    anchor = draft.span(new["start"], new["end"] + sum(len(word) + 1 for word in rest))
    told = draft.claim(claim.id)
    old = told["anchor"]
    told["anchor"] = anchor
    event = draft.event(told["event"])
    event["triggers"] = [
        anchor if (t["start"], t["end"]) == (old["start"], old["end"]) else t for t in event["triggers"]
    ]
    return told


def _ordered(claim: Claim, start: int, end: int, verb: str, base: str) -> Site:
    """Turn "police sealed off the road" into "police were ordered to seal off the road": two events (E12)."""

    def effect(draft: Draft) -> None:
        told = _restore(draft, claim, base)
        told["status"] = "unreal"
        event = draft.event(told["event"])
        trigger = draft.inserted(0, "ordered")
        id = draft.new_id("ordered")
        who = {"patient": list(event["arguments"]["agent"])}
        draft.plain["events"].append(
            {"id": id, "type": "REACT", "triggers": [trigger], "arguments": who, "parent": event["parent"]}
        )
        draft.plain["claims"].append(
            {
                "id": draft.new_id("ordered-claim"),
                "kind": "EVENT",
                "event": id,
                "anchor": trigger,
                "status": "asserted",
                "chain": [dict(hop) for hop in told["chain"]],
            }
        )

    return Site(claim.id, (Replacement(start, end, f"{verb} ordered to {base}"),), effect)


_SUBJECT = re.compile(r"\b(?:and|but|who|which|that|we|they|he|she|it)\b")  # another one than the counted people


def _possible_count(document: Document, claim: Claim, end: int) -> Iterator[Site]:
    """Turn "59 people have been killed" into "may have been killed"; what is coordinated is left alone."""
    after = document.text[claim.anchor.end : end]
    if m := re.match(r"[^,.;\"]*?\b(have|has) (?:also )?been \w+", after):
        where = claim.anchor.end + m.start(1), claim.anchor.end + m.end(1)
        if re.match(r"[^,.;\"]* and (?:over|at least|\d)", after[m.end() :]) or _SUBJECT.search(m.group()):
            return
        for words in ("may have", "could have"):

            def effect(draft: Draft, stop: int = claim.anchor.end + m.end()) -> None:
                for other in draft.document.claims:
                    if claim.anchor.start <= other.anchor.start < stop:
                        draft.claim(other.id)["status"] = "possible"

            yield Site(claim.id, (Replacement(*where, words),), effect)


def _denied(document: Document, claim: Claim, start: int, end: int) -> Iterator[Site]:
    """Turn "at least 3 have been killed, authorities confirmed." into "Authorities denied that at least 3 …"."""
    inside = [c for c in document.claims if start <= c.anchor.start < end]
    said = re.fullmatch(r"([^\"–,]+), ([^,]+) (said|confirmed)\.", document.text[start:end])
    if claim.anchor.start != start or len(inside) > 1 or not said or len(claim.chain) != 1:
        return
    who = start + said.start(2), start + said.end(2)
    if [(s.span.start, s.span.end) for s in claim.chain[0].sources if s.span] != [who]:
        return
    body, speaker = said.group(1), said.group(2)
    text = f"{speaker[0].upper()}{speaker[1:]} denied that {body[0].lower()}{body[1:]}."
    moves = Move(*who, start), Move(start, start + len(body), start + text.index(body[1:]) - 1)

    def effect(draft: Draft) -> None:
        told = draft.claim(claim.id)
        told["status"] = "negated"
        told["chain"][0]["cue"] = draft.inserted(0, "denied")

    yield Site(claim.id, (Replacement(start, end, text),), effect, moves)


# --- responsibility ---------------------------------------------------------------------------


def responsibility(document: Document) -> Iterator[Site]:
    """Turn a claim into a denial or into blame, blame into its opposite, a denial into a claim."""
    for claim in document.of_kind("RESP"):
        assert claim.responsibility is not None
        start, end = sentence(document, claim.anchor.start)
        text = document.text
        how, after = stance(document, claim), document.text[claim.anchor.end : end]
        if how == "claimed" and claim.anchor.text == "claimed" and re.match(r" responsibility for ", after):
            yield _flipped(claim, "denied", "negated")
            yield from _blamed(document, claim, start)
        elif how == "denied" and claim.anchor.text == "denied" and re.match(r" any part\b", after):
            if _own(document, claim):
                start = claim.anchor.end + 1
                yield _flipped(claim, "claimed", "asserted", Replacement(start, start + len("any part"), "a part"))
        elif how in ("blamed", "blamed_by_authority") and claim.anchor.text == "blamed":
            actor = document.entity[claim.responsibility.actor or ""]
            named = [m for m in actor.mentions if m.start == claim.anchor.end + 1]
            if not named:
                continue
            if text[named[0].end : named[0].end + 5] == " for ":
                stop = named[0].end
                for word in ("cleared", "absolved"):
                    yield _flipped(claim, word, "negated", Replacement(stop, stop + 4, " of"))
            elif re.match(r"[,.]", text[named[0].end :]):
                for word in ("cleared", "absolved"):
                    yield _flipped(claim, word, "negated")


def _own(document: Document, claim: Claim) -> bool:
    """Tell whether the actor speaks of itself, so that the opposite of its denial is its claim."""
    actor = claim.responsibility.actor if claim.responsibility else None
    speakers = [s.entity for s in claim.chain[-1].sources] if claim.chain else []
    return actor is not None and any(s is not None and document.whole(s) == document.whole(actor) for s in speakers)


def _flipped(claim: Claim, word: str, label: str, *more: Replacement) -> Site:
    def effect(draft: Draft) -> None:
        told = draft.claim(claim.id)
        told["status"] = label
        for hop in told["chain"]:
            if hop.get("type") == "gov" and "cue" not in hop:
                hop["cue"] = told["anchor"]

    return Site(claim.id, (Replacement(claim.anchor.start, claim.anchor.end, word), *more), effect)


def _blamed(document: Document, claim: Claim, start: int) -> Iterator[Site]:
    """Turn "the Brigade reportedly claimed responsibility for" into "residents reportedly blamed the Brigade for"."""
    assert claim.responsibility is not None
    actor = document.entity[claim.responsibility.actor or ""]
    subject = next((m for m in actor.mentions if m.start == start), None)
    adverb = "reportedly " if subject and document.text[subject.end : claim.anchor.start] == " reportedly " else ""
    if subject is None or (not adverb and subject.end + 1 != claim.anchor.start):
        return
    stop = claim.anchor.end + len(" responsibility")
    name = subject.text
    if name.startswith("The "):
        name = "the " + name[4:]
    for type in ("gov", "witness", "other"):
        for kind, words in SPEAKERS[type]:
            if head(words).removeprefix("the ") in document.text:
                continue
            said = words[0].upper() + words[1:]

            def effect(
                draft: Draft, type: str = type, kind: str = kind, said: str = said, name: str = name, index: int = 0
            ) -> None:
                speaker, blamed = draft.inserted(0, head(said)), draft.inserted(0, name)
                verb = draft.inserted(0, "blamed")
                draft.entity(actor.id)["mentions"].append(blamed)
                id = draft.add_entity(kind, speaker, name_of(said.replace("The ", "")) if kind == "ORG" else None)
                told = next((c for c in draft.plain["claims"] if c["id"] == claim.id), None)
                if told is None:  # its anchor went with the words that were replaced
                    told = {"id": claim.id, "kind": "RESP", "event": claim.event}
                    draft.plain["claims"].append(told)
                chain = [{"type": type, "sources": [{"entity": id, "span": speaker}], "cue": verb}]
                if adverb:
                    chain.insert(0, {"type": "unspecified", "cue": draft.inserted(0, adverb.strip())})
                told.update(
                    anchor=verb,
                    chain=chain,
                    status="asserted",
                    responsibility={"actor": actor.id, "role": "executed"},
                )

            yield Site(claim.id, (Replacement(start, stop, f"{said} {adverb}blamed {name}"),), effect)
