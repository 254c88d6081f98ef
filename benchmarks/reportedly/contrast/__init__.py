"""The contrast set: one annotated report becomes many by small edits whose gold follows by rule.

A report of a well-known attack can be answered from memory.  Its variants cannot: each differs
from it in one thing, and what the right answer is there follows from the edit and the guidelines.
Pure functions of an annotated document; nothing is written or scored, see `reportedly.pairs`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec

from reportedly import codec
from reportedly.contrast import figures, names, sources, statements, structure
from reportedly.contrast.rewriting import Draft, Edit, Site, joined, undo
from reportedly.model import Document, Invalid

__all__ = ["FAMILIES", "PAIR", "Edit", "Family", "Variant", "recalled", "undo", "variants"]

SEED = 1


class Family(NamedTuple):
    """One kind of edit: what it does, what has to be in a document for it, and where it applies."""

    name: str
    says: str
    wants: str
    sites: Callable[[Document], Iterator[Site]]


FAMILIES: tuple[Family, ...] = (
    Family("number", "another number", "a count with its number in its words", figures.number),
    Family(
        "hedge",
        "another hedge at the same number",
        "a count with a hedge of the table before its number",
        figures.hedge,
    ),
    Family("range", "a range widened or moved", "a count that is a range", figures.span_of_numbers),
    Family(
        "population",
        "attackers for people, those attacked for attackers",
        "a toll in a passive sentence of its own, and a bare plural for either side",
        figures.population,
    ),
    Family("also", "“also” gone from the attackers' toll", "a toll of attackers with “also”", figures.without_also),
    Family(
        "including",
        "the attackers brought into a toll",
        "a toll of people or bodies before its verb",
        figures.including,
    ),
    Family(
        "source",
        "somebody else says it",
        "a source that is named once, framed by “according to” or a verb of saying",
        sources.source,
    ),
    Family(
        "relay",
        "the outlet in between gone or put in",
        "an outlet “cited by” or “told”, or a source without one, “according to” it or where it “said” so at the end",
        sources.relay,
    ),
    Family(
        "reportedly",
        "“reportedly” gone or put before a verb",
        "“reportedly”, or a finite verb that only one claim hangs on",
        sources.reportedly,
    ),
    Family("indirect", "quotation marks gone", "a quotation without I, we or our", sources.indirect),
    Family(
        "earlier",
        "“earlier” gone or put in",
        "a source of a count that “said” or “confirmed” it at the end, or “earlier”",
        sources.earlier,
    ),
    Family(
        "status",
        "may have, did not, was ordered to, was denied",
        "a finite verb of the list, a passive perfect, or a count that somebody “said” at the end",
        statements.status,
    ),
    Family(
        "responsibility",
        "claim, blame and denial for each other",
        "“claimed responsibility for”, “blamed” or “denied any part”",
        statements.responsibility,
    ),
    Family(
        "group", "a responsible group renamed", "a named group that is claimed or blamed to be behind it", names.group
    ),
    Family("place", "a city or province renamed", "a named city or province", names.place),
    Family("facility", "a site renamed", "a named site of at least two words", names.facility),
    Family(
        "conflict",
        "a second toll that contradicts the first",
        "a current total of dead or injured",
        structure.conflicting,
    ),
    Family("removed", "a sentence gone", "a sentence that nothing outside it hangs on", structure.removed),
    Family(
        "reordered",
        "two paragraphs in each other's place",
        "two paragraphs, not the first, that lean on none before them",
        structure.reordered,
    ),
    Family("distractor", "a number that counts no person put in", "two paragraphs", structure.distractor),
)
PAIR = "two-edits"


class Variant(NamedTuple):
    """A document after an edit, or two.

    ``families`` are the edits' names; ``document`` is the gold of the new text, ``of`` the id of the
    original.  Every `Edit` has its span before and after.
    """

    of: str
    families: tuple[str, ...]
    edits: tuple[Edit, ...]
    document: Document

    @property
    def family(self) -> str:
        """The family that the variant is told under: its own, or that of two edits."""
        return self.families[0] if len(self.families) == 1 else PAIR


def _order(items: Sequence[tuple[str, Site]], key: str) -> list[Site]:
    """Put sites into an order of chance that never changes, places taking turns."""
    drawn = sorted((sha256(f"{key} {i} {at}".encode()).digest(), at, site) for i, (at, site) in enumerate(items))
    turns: dict[str, int] = {}
    ranked = []
    for digest, at, site in drawn:
        turns[at] = turns.get(at, 0) + 1
        ranked.append((turns[at], digest, site))
    return [site for _, _, site in sorted(ranked, key=lambda row: row[:2])]


def apply(document: Document, family: Family, site: Site, id: str) -> Variant:
    """Make the edit.

    Raises:
        Invalid: the edited document breaks a rule.
    """
    draft = Draft(document, site)
    site.effect(draft)
    return Variant(document.id, (family.name,), draft.edits(family.name), draft.finish(id))


def edited(document: Document, family: Family, seed: int = SEED) -> Iterator[Variant]:
    """Make every variant of a family, places taking turns, in an order that hangs on the seed alone.

    An edit that would break a rule of the guidelines is left out.
    """
    sites = [(site.at, site) for site in family.sites(document)]
    for i, site in enumerate(_order(sites, f"{seed} {document.id} {family.name}")):
        try:
            yield apply(document, family, site, f"{document.id}.{family.name}.{i + 1}"[:80])
        except Invalid:
            continue


def variants(document: Document, each: int, pairs: int = 0, seed: int = SEED) -> Iterator[Variant]:
    """Make variants of an annotated document.

    Args:
        document: gold; its annotation is taken as it is.
        each: how many of each family, at most.
        pairs: how many of two edits at once, at most.
        seed: another one chooses others.

    Returns:
        Variants by family, then those of two edits; ids are the document's, the family and a number.
    """
    single: dict[str, list[Variant]] = {}
    texts = {document.text}
    for family in FAMILIES:
        found: list[Variant] = []
        for variant in edited(document, family, seed):
            if len(found) == each:
                break
            if variant.document.text not in texts:
                texts.add(variant.document.text)
                found.append(_numbered(variant, f"{document.id}.{family.name}.{len(found) + 1}"))
        single[family.name] = found
        yield from found
    yield from _two(document, single, pairs, seed, texts)


def _numbered(variant: Variant, id: str) -> Variant:
    return variant._replace(document=msgspec.structs.replace(variant.document, id=id[:80]))


def _two(
    document: Document, single: dict[str, list[Variant]], wanted: int, seed: int, texts: set[str]
) -> Iterator[Variant]:
    """Edit variants once more, in another place, families with few variants first."""
    mixable = [f for f in FAMILIES if f.name not in ("reordered", "removed") and single[f.name]]
    uses = {f.name: len(single[f.name]) for f in mixable}
    made, tried = 0, set[frozenset[str]]()
    while made < wanted:
        choices = [
            (uses[a.name] + uses[b.name], sha256(f"{seed} {document.id} {a.name} {b.name}".encode()).digest(), a, b)
            for a in mixable
            for b in mixable
            if a.name < b.name and frozenset((a.name, b.name)) not in tried
        ]
        if not choices:
            return
        _, _, a, b = min(choices, key=lambda row: row[:2])
        tried.add(frozenset((a.name, b.name)))
        variant = _second(single[a.name], b, seed, f"{document.id}.{PAIR}.{made + 1}")
        if variant and variant.document.text not in texts:
            texts.add(variant.document.text)
            made += 1
            uses[a.name] += 1
            uses[b.name] += 1
            yield variant


def _second(first: list[Variant], family: Family, seed: int, id: str) -> Variant | None:
    for one in first:
        for two in edited(one.document, family, seed):
            if edits := joined(one.edits, two.edits):
                return _numbered(Variant(one.of, one.families + two.families, edits, two.document), id)
    return None


def recalled(original: Document, variant: Document) -> dict[str, Any]:
    """Answer a variant with the gold of the original: what a system does that knows the report by heart.

    Returns:
        Plain data of a prediction, with strings and occurrences instead of offsets.
    """
    return {"schema": original.schema, "id": variant.id, **codec.in_words(original)}
