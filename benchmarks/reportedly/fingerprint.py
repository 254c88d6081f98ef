"""A number for what is scored of a document; those of a corpus add up to the name of a gold.

Who annotated it, what is derived from it, what no score reads (the name of an entity, a cue, the words
around a span) and the order of what has none leave it as it is.  It tells golds apart, it does not
keep anybody from forging one: the text goes in by its SHA-256, ids and labels by checksums.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from hashlib import sha256
from zlib import adler32, crc32

from reportedly.derivation import day
from reportedly.model import Claim, Document, Span

PRIME = 0x9E3779B97F4A7C15  # odd: a product loses nothing
MASK = 2**64 - 1
NOTHING = MASK
DOCUMENT, ENTITY, MENTION, EVENT, TRIGGER, ARGUMENT, CLAIM = range(1, 8)


def mixed(parts: Iterable[int]) -> int:
    """Mix whole numbers, of which the order matters, into one below 2⁶⁴."""
    found = 0
    for part in parts:
        found = ((found ^ (part & MASK)) * PRIME) & MASK
        found ^= found >> 32
    return found


@lru_cache(maxsize=100_000)
def code(words: str | None) -> int:
    """Give a string a number below 2⁶⁴."""
    if words is None:
        return NOTHING
    data = words.encode("utf-8", "surrogatepass")
    return crc32(data) << 32 | adler32(data)


def text_code(text: str) -> int:
    """Give a text the first 64 bits of its SHA-256."""
    return int.from_bytes(sha256(text.encode("utf-8", "surrogatepass")).digest()[:8])


def fingerprint(document: Document) -> int:
    """Name what is scored of a document by a number below 2⁶⁴."""
    about = document.metadata
    open_ = [field is None for field in (about.publisher, about.published, about.url)]
    total = sum(map(mixed, _items(document)))
    return mixed((DOCUMENT, code(document.id), text_code(document.text), *open_, total))


def _items(document: Document) -> Iterator[tuple[int, ...]]:
    """List what is said, each thing by itself and in numbers."""
    for entity in document.entities:
        id = code(entity.id)
        country = code(entity.geo.country) if entity.geo else NOTHING
        when = code(day(entity.timex)) if entity.timex else NOTHING
        yield ENTITY, id, code(entity.type), code(entity.part_of), country, when
        for mention in entity.mentions:
            yield MENTION, id, mention.start, mention.end
    for event in document.events:
        id = code(event.id)
        yield EVENT, id, code(event.type), code(event.parent), event.background
        for trigger in event.triggers:
            yield TRIGGER, id, trigger.start, trigger.end
        for role, entities in event.arguments.items():
            for filler in entities:
                yield ARGUMENT, id, code(role), code(filler)
    for claim in document.claims:
        yield (CLAIM, code(claim.id), code(claim.event), *said(claim, ids=True))


def said(claim: Claim, *, ids: bool) -> Iterator[int]:
    """Write what a claim says in numbers, with the ids that it refers to or without."""
    yield from (*_place(claim.anchor), code(claim.kind), code(claim.status))
    if count := claim.count:
        yield from (code(count.hedge), len(count.n), *((count.n[0], count.n[-1]) if count.n else (NOTHING, NOTHING)))
        yield from map(code, (count.word, count.metric, count.population, count.scope, count.as_of))
        yield code(count.subset.text.lower()) if count.subset else NOTHING
    if claim.responsibility:
        yield from (code(claim.responsibility.actor),) if ids else ()
        yield code(claim.responsibility.role)
    for hop in claim.chain:
        yield from (code(hop.type), len(hop.sources))
        for source in hop.sources:
            yield from (code(source.entity),) if ids else ()
            yield from _place(source.span) if source.span else (NOTHING, NOTHING)


def _place(span: Span) -> tuple[int, int]:
    return span.start, span.end
