"""Rewrite a document's text, and carry its annotation along.

A family of edits says which stretches of the text are replaced and what that does to the
annotation; this module does what all of them share: it moves every span that survives, drops what
was replaced with its words, and gives the family the moved annotation to put right.  It knows no
family and writes no sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import msgspec

from reportedly import codec
from reportedly.model import Annotation, Document, Noun, Span

Plain = dict[str, Any]


class Replacement(NamedTuple):
    """Put ``text`` in the place of ``[start, end)``; an insertion has ``start == end``."""

    start: int
    end: int
    text: str


class Edit(Noun, frozen=True, kw_only=True, omit_defaults=False):
    """One stretch that was changed: where it was and what stood there, where it is and what stands there now.

    ``before`` is a span of the original text, ``after`` of the variant's; either may be empty.
    """

    family: str
    before: Span
    after: Span


class Move(NamedTuple):
    """A stretch of the old text that stands, unchanged, from ``to`` on within the new text of a replacement."""

    start: int
    end: int
    to: int


class Site(NamedTuple):
    """One place where a family applies, and one way to do it there.

    ``at`` names the place (a claim's or entity's id, a sentence): of two sites with one ``at``, a
    selection prefers others first.  ``effect`` puts the moved annotation right.
    """

    at: str
    replacements: tuple[Replacement, ...]
    effect: Callable[[Draft], None]
    moves: tuple[Move, ...] = ()


class Draft:
    """The annotation of a rewritten text, as plain data, while its family puts it right.

    Spans that do not touch a replacement are moved; a span that holds a whole replacement grows or
    shrinks with it; one that is cut by a replacement, or lies within it, is gone, and with it the
    mention, the trigger, the cue or the claim that stood on it.  An insertion at the edge of a
    span is outside of it.
    """

    def __init__(self, document: Document, site: Site) -> None:
        """Rewrite the text and move everything; replacements must not overlap."""
        self.document = document
        self.replacements = sorted(site.replacements)
        self.moves = site.moves
        pieces, at, self._starts, length = [], 0, list[int](), 0
        for start, end, text in self.replacements:
            assert at <= start <= end, "replacements overlap"
            pieces += [document.text[at:start], text]
            length += start - at
            self._starts.append(length)
            length += len(text)
            at = end
        self.text = "".join([*pieces, document.text[at:]])
        self.plain: Plain = codec.to_dict(document)
        for name in ("templates", "sha256"):
            self.plain.pop(name, None)
        self.plain["text"] = self.text
        self._move()

    # -- moving

    def _shift(self, offset: int, *, end: bool) -> int:
        """Move an offset that lies in no replacement; an insertion at it is behind an end, before a start."""
        moved = offset
        for start, stop, text in self.replacements:
            if stop > offset or (end and start == stop == offset):
                break
            moved += len(text) - (stop - start)
        return moved

    def moved(self, span: Span | Plain) -> Plain | None:
        """Give a span of the old text its place in the new one; None if it is gone."""
        start, end = (span.start, span.end) if isinstance(span, Span) else (span["start"], span["end"])
        for move in self.moves:
            if move.start <= start and end <= move.end:
                return self.span(start - move.start + move.to, end - move.start + move.to)
        first, last = self._shift(start, end=False), self._shift(end, end=True)
        for (a, b, text), new in zip(self.replacements, self._starts, strict=True):
            if a == b or b <= start or end <= a:
                continue
            if not (start <= a and b <= end):
                return None
            if a == start:
                first = new
            if b == end:
                last = new + len(text)
        return self.span(first, last) if first < last else None

    def _move(self) -> None:
        for entity in self.plain["entities"]:
            entity["mentions"] = [m for old in entity["mentions"] if (m := self.moved(old))]
        for event in self.plain["events"]:
            event["triggers"] = [t for old in event["triggers"] if (t := self.moved(old))]
        kept = []
        for claim in self.plain["claims"]:
            if not (anchor := self.moved(claim["anchor"])):
                continue
            claim["anchor"] = anchor
            for hop in claim["chain"]:
                self._move_field(hop, "cue")
                for source in hop.get("sources", ()):
                    self._move_field(source, "span")
            if "count" in claim:
                self._move_field(claim["count"], "subset")
            kept.append(claim)
        self.plain["claims"] = kept

    def _move_field(self, holder: Plain, name: str) -> None:
        if name in holder and not self._set(holder, name, self.moved(holder[name])):
            del holder[name]

    @staticmethod
    def _set(holder: Plain, name: str, value: Plain | None) -> bool:
        if value:
            holder[name] = value
        return value is not None

    # -- what families use

    def span(self, start: int, end: int) -> Plain:
        """Make a span of the new text."""
        return {"start": start, "end": end, "text": self.text[start:end]}

    def inserted(self, index: int, words: str) -> Plain:
        """Make the span of words within the new text of the replacement of that index, in order of the text."""
        start = self._starts[index] + self.replacements[index].text.index(words)
        return self.span(start, start + len(words))

    def claim(self, id: str) -> Plain:
        """Find a claim that is still there."""
        return next(c for c in self.plain["claims"] if c["id"] == id)

    def entity(self, id: str) -> Plain:
        """Find an entity."""
        return next(e for e in self.plain["entities"] if e["id"] == id)

    def event(self, id: str) -> Plain:
        """Find an event."""
        return next(v for v in self.plain["events"] if v["id"] == id)

    def new_id(self, wish: str) -> str:
        """Name something new by an id that is free."""
        taken = {thing["id"] for layer in ("entities", "events", "claims") for thing in self.plain[layer]}
        return next(name for i in range(len(taken) + 1) if (name := f"{wish}-{i}" if i else wish) not in taken)

    def add_entity(self, type: str, mention: Plain, name: str | None = None) -> str:
        """Add an entity of one mention and give its id."""
        id = self.new_id("new")
        self.plain["entities"].append(
            {"id": id, "type": type, "mentions": [mention], **({"name": name} if name else {})}
        )
        return id

    def finish(self, id: str) -> Document:
        """Read the draft as a gold document.

        Raises:
            Invalid: the edit broke a rule; every fault is in it.
        """
        plain = self.plain
        for entity in plain["entities"]:
            entity["mentions"].sort(key=lambda m: (m["start"], m["end"]))
        plain["entities"] = [e for e in plain["entities"] if e["mentions"]]
        plain["claims"] = _ordered(plain["claims"])
        plain["id"], plain["sha256"] = id, codec.digest(self.text)
        plain["metadata"] = {**plain.get("metadata", {}), "constructed": True}
        annotation = self.document.annotation
        guidelines = annotation.guidelines if annotation else "1"
        plain["annotation"] = msgspec.to_builtins(
            Annotation(annotator="reportedly-contrast", kind="rule", pass_="gold", guidelines=guidelines)
        )
        return codec.from_dict(plain)

    def edits(self, family: str) -> tuple[Edit, ...]:
        """List what was changed, in the order of the text."""
        old = self.document.text
        return tuple(
            Edit(
                family=family,
                before=Span(start=start, end=end, text=old[start:end]),
                after=Span(start=new, end=new + len(text), text=text),
            )
            for (start, end, text), new in zip(self.replacements, self._starts, strict=True)
        )


def _ordered(claims: list[Plain]) -> list[Plain]:
    """Sort claims as they stand in the text."""
    return sorted(claims, key=lambda c: (c["anchor"]["start"], c["anchor"]["end"]))


def undo(text: str, edits: Sequence[Edit]) -> str:
    """Give the original text back, from the variant's and its edits."""
    for edit in sorted(edits, key=lambda e: e.after.start, reverse=True):
        assert text[edit.after.start : edit.after.end] == edit.after.text
        text = text[: edit.after.start] + edit.before.text + text[edit.after.end :]
    return text


def joined(first: Sequence[Edit], second: Sequence[Edit]) -> tuple[Edit, ...] | None:
    """Put the edits of a variant and of a variant of it together; None where they touch each other.

    Args:
        first: from the original to the variant.
        second: from the variant to its variant.

    Returns:
        Edits from the original to the last text, in its order.
    """

    def moved(span: Span, by: Sequence[Edit], back: bool) -> Span | None:
        shift = 0
        for edit in by:
            here, there = (edit.after, edit.before) if back else (edit.before, edit.after)
            if span.start <= here.end and here.start <= span.end:
                return None
            if here.end < span.start:
                shift += (there.end - there.start) - (here.end - here.start)
        return Span(start=span.start + shift, end=span.end + shift, text=span.text)

    found = []
    for edit in first:
        if not (after := moved(edit.after, second, back=False)):
            return None
        found.append(msgspec.structs.replace(edit, after=after))
    for edit in second:
        if not (before := moved(edit.before, first, back=True)):
            return None
        found.append(msgspec.structs.replace(edit, before=before))
    return tuple(sorted(found, key=lambda e: (e.after.start, e.after.end)))


def hops(document: Document, span: Span) -> Iterator[tuple[str, int]]:
    """List (claim id, index in its chain) of every hop whose source stands at a span."""
    for claim in document.claims:
        for i, hop in enumerate(claim.chain):
            if any(source.span == span for source in hop.sources):
                yield claim.id, i
