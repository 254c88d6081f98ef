"""Which documents of a side break no rule: the rules of `reportedly.checks`, all at once, for a yes or no.

A yes is certain; a no means that the document has to be looked into by the careful way, which says
what is wrong, if anything is.  What rules say of single words and numbers was asked for already when
the tables were made (see `tables.Numbered`).
"""

from __future__ import annotations

import unicodedata
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from reportedly import codec
from reportedly.columns import bare, loop
from reportedly.columns.labels import Labels, Maps
from reportedly.columns.tables import NONE, Side

if TYPE_CHECKING:
    from reportedly.columns.tables import Table

_STEPS = 64  # to the top of part_of or parent: a longer way is left to the careful way


def is_gold_text(text: str, digest: str | None) -> bool:
    """Tell whether a text is NFC and has its digest."""
    return (text.isascii() or unicodedata.is_normalized("NFC", text)) and digest == codec.digest(text)


def is_fit(record: Any) -> bool:
    """Tell of a record what is no matter of tables: it carries no templates, and has a day for a date, if any."""
    about = record.metadata
    return not isinstance(record.templates, list) and (not about or not about.published or is_day(about.published))


@lru_cache(maxsize=10_000)
def is_day(published: str) -> bool:
    """Tell whether a date is a day of the calendar."""
    try:
        date.fromisoformat(published)
    except ValueError:
        return False
    return True


@loop
def resolve(side: Side, k: Labels, maps: Maps, strict: bool) -> Table:
    """Turn ids into rows, in place, and tell of each document whether it breaks no rule.

    Args:
        side: documents, freshly laid out.
        k: the numbers of labels.
        maps: the tables over labels.
        strict: look at the rules for documents; else at those for predictions.

    Returns:
        A truth value a document.  References of a document that is not sound stay as they may be.
    """
    n = len(side.about)
    sound = np.zeros(n, np.bool_)
    # Of each number of an id: whose it is (document and layer) and where.
    owner = np.full(len(side.well_formed), NONE, np.int64)
    row = np.zeros(len(side.well_formed), np.int64)
    of = np.full(len(side.spans), NONE, np.int64)
    claimed = np.zeros(len(side.events), np.int64)
    for d in range(n):
        sound[d] = (
            side.about[d].laid == 1
            and _named(side, d, owner, row)
            and _referred(side, d, owner, row)
            and _climbed(side, d)
            and _distinct(side.spans, *_mentions(side, d))
            and (not strict or _distinct(side.spans, *_triggers(side, d)))
            and _counted(side, d, k)
            and (not strict or (_told(side, d, k, maps) and _meant(side, d, k, maps, claimed)))
        )
        if sound[d]:
            _marked(side, d, of)
    _well_marked(side, of, maps, strict, sound)
    return sound


@bare
def _named(side: Side, d: int, owner: Table, row: Table) -> bool:
    """Note whose every id is; false if one stands twice or has not the form of one."""
    for i in range(side.entity_at[d], side.entity_at[d + 1]):
        if not _new(side.entities[i].name, 3 * d, i, side.well_formed, owner, row, 3 * d):
            return False
    for i in range(side.event_at[d], side.event_at[d + 1]):
        if not _new(side.events[i].name, 3 * d + 1, i, side.well_formed, owner, row, 3 * d):
            return False
    for i in range(side.claim_at[d], side.claim_at[d + 1]):
        if not _new(side.claims[i].name, 3 * d + 2, i, side.well_formed, owner, row, 3 * d):
            return False
    return True


@bare
def _new(id: int, whose: int, where: int, well_formed: Table, owner: Table, row: Table, first: int) -> bool:
    if not well_formed[id] or owner[id] >= first:
        return False
    owner[id] = whose
    row[id] = where
    return True


@bare
def _referred(side: Side, d: int, owner: Table, row: Table) -> bool:
    """Put rows in the place of ids; false if one is of nothing in the right layer."""
    entity, event = 3 * d, 3 * d + 1
    for i in range(side.entity_at[d], side.entity_at[d + 1]):
        id = side.entities[i].part_of
        if id != NONE:
            if owner[id] != entity:
                return False
            side.entities[i].part_of = row[id]
    for i in range(side.event_at[d], side.event_at[d + 1]):
        id = side.events[i].parent
        if id != NONE:
            if owner[id] != event:
                return False
            side.events[i].parent = row[id]
        first = side.events[i].argument
        for a in range(first, first + side.events[i].arguments):
            id = side.arguments[a].entity
            if owner[id] != entity:
                return False
            side.arguments[a].entity = row[id]
    for i in range(side.claim_at[d], side.claim_at[d + 1]):
        id = side.claims[i].event
        if id != NONE:
            if owner[id] != event:
                return False
            side.claims[i].event = row[id]
        id = side.claims[i].actor
        if id != NONE:
            if owner[id] != entity:
                return False
            side.claims[i].actor = row[id]
        for h in range(side.claims[i].hop, side.claims[i].hop + side.claims[i].hops):
            for s in range(side.hops[h].source, side.hops[h].source + side.hops[h].sources):
                id = side.sources[s].entity
                if id != NONE:
                    if owner[id] != entity:
                        return False
                    side.sources[s].entity = row[id]
    return True


@bare
def _climbed(side: Side, d: int) -> bool:
    """Tell whether every way up ends."""
    for i in range(side.entity_at[d], side.entity_at[d + 1]):
        at, steps = i, 0
        while at != NONE:
            at, steps = side.entities[at].part_of, steps + 1
            if steps > _STEPS:
                return False
    for i in range(side.event_at[d], side.event_at[d + 1]):
        at, steps = i, 0
        while at != NONE:
            at, steps = side.events[at].parent, steps + 1
            if steps > _STEPS:
                return False
    return True


# --- spans ------------------------------------------------------------------------------------


@bare
def _mentions(side: Side, d: int) -> tuple[int, int]:
    """Tell which spans are a document's mentions: rows without a gap."""
    first, behind = side.entity_at[d], side.entity_at[d + 1]
    if first == behind:
        return 0, 0
    return side.entities[first].mention, side.entities[behind - 1].mention + side.entities[behind - 1].mentions


@bare
def _triggers(side: Side, d: int) -> tuple[int, int]:
    """Tell which spans are a document's triggers: rows without a gap."""
    first, behind = side.event_at[d], side.event_at[d + 1]
    if first == behind:
        return 0, 0
    return side.events[first].trigger, side.events[behind - 1].trigger + side.events[behind - 1].triggers


@loop
def _distinct(spans: Table, first: int, behind: int) -> bool:
    """Tell whether no two of the spans are the same."""
    keys = np.empty(behind - first, np.int64)
    for i in range(len(keys)):
        keys[i] = spans[first + i].start << 32 | spans[first + i].end
    keys.sort()
    repeated = 0
    for i in range(1, len(keys)):
        repeated += keys[i] == keys[i - 1]
    return repeated == 0


@bare
def _marked(side: Side, d: int, of: Table) -> None:
    """Note whose every span is."""
    first, behind = _mentions(side, d)
    of[first:behind] = d
    first, behind = _triggers(side, d)
    of[first:behind] = d
    for i in range(side.claim_at[d], side.claim_at[d + 1]):
        of[side.claims[i].anchor] = d
        if side.claims[i].subset != NONE:
            of[side.claims[i].subset] = d
        for h in range(side.claims[i].hop, side.claims[i].hop + side.claims[i].hops):
            if side.hops[h].cue != NONE:
                of[side.hops[h].cue] = d
            for s in range(side.hops[h].source, side.hops[h].source + side.hops[h].sources):
                if side.sources[s].span != NONE:
                    of[side.sources[s].span] = d


@bare
def _well_marked(side: Side, of: Table, maps: Maps, strict: bool, sound: Table) -> None:
    """Look at all spans: they lie in the text, are what stands there, have no blank edge and cut no word."""
    text, words = side.text.points, side.words.points
    for i in range(len(side.spans)):
        d = of[i]
        if d == NONE or not sound[d]:
            continue
        start, end = side.spans[i].start, side.spans[i].end
        base, word = side.text.at[d], side.words.at[i]
        size, length, given = side.text.size[d], end - start, side.words.size[i]
        # A prediction may leave out the words.
        if not (0 <= start < end <= size) or (given != length and (strict or given != 0)):
            sound[d] = False
            continue
        first, last = text[base + start], text[base + end - 1]
        well = not (first < len(maps.blank) and maps.blank[first]) and not (last < len(maps.blank) and maps.blank[last])
        for c in range(given):
            well = well and text[base + start + c] == words[word + c]
        if strict and start > 0:
            before = text[base + start - 1]
            well = well and not (
                before < len(maps.latin) and first < len(maps.latin) and maps.latin[before] and maps.latin[first]
            )
        if strict and end < size:
            after = text[base + end]
            well = well and not (
                after < len(maps.latin) and last < len(maps.latin) and maps.latin[after] and maps.latin[last]
            )
        if not well:
            sound[d] = False


# --- claims -----------------------------------------------------------------------------------


@bare
def _counted(side: Side, d: int, k: Labels) -> bool:
    """Look at what claims hold: the payload of their kind, sources that are something, a count that fits."""
    first, behind = side.claim_at[d], side.claim_at[d + 1]
    for i in range(first, behind):
        claim = side.claims[i]
        if (claim.kind == k.count_claim) != (claim.counts == 1) or (claim.kind == k.resp_claim) != (claim.holds == 1):
            return False
        for h in range(claim.hop, claim.hop + claim.hops):
            for s in range(side.hops[h].source, side.hops[h].source + side.hops[h].sources):
                if side.sources[s].entity == NONE and side.sources[s].span == NONE:
                    return False
        if not claim.counts:
            continue
        if not claim.fits:
            return False
        for j in range(first, i):
            if side.claims[j].counts and _same(side.spans, side.claims[j].anchor, claim.anchor):
                return False
    return True


@bare
def _same(spans: Table, a: int, b: int) -> bool:
    return spans[a].start == spans[b].start and spans[a].end == spans[b].end


@bare
def _told(side: Side, d: int, k: Labels, maps: Maps) -> bool:
    """Look at how claims are told: their anchors, sources, metrics, subsets and actors."""
    for i in range(side.claim_at[d], side.claim_at[d + 1]):
        claim = side.claims[i]
        if claim.event == NONE:
            return False
        event = side.events[claim.event]
        if claim.kind == k.event_claim:
            found = False
            for t in range(event.trigger, event.trigger + event.triggers):
                found = found or _same(side.spans, t, claim.anchor)
            if not found:
                return False
        if claim.counts and not (
            claim.digits
            and maps.metric_counts[claim.metric, event.type]
            and (claim.subset == NONE or claim.scope == k.partial)
        ):
            return False
        if claim.holds and (
            event.parent != NONE or (claim.actor != NONE and not _speaks(side.entities[claim.actor].type, k))
        ):
            return False
        for h in range(claim.hop, claim.hop + claim.hops):
            if not _sourced(side, h, h == claim.hop + claim.hops - 1, k):
                return False
    return True


@bare
def _speaks(kind: int, k: Labels) -> bool:
    return kind == k.per or kind == k.org


@bare
def _sourced(side: Side, h: int, is_origin: bool, k: Labels) -> bool:
    """Look at one hop: its sources are whom its type wants, and named where the text names them."""
    hop = side.hops[h]
    unnamed = hop.type == k.unspecified_hop
    if unnamed != (hop.sources == 0) or (unnamed and hop.cue == NONE) or (hop.type == k.claimant and not is_origin):
        return False
    for s in range(hop.source, hop.source + hop.sources):
        source = side.sources[s]
        if source.entity == NONE or not _speaks(side.entities[source.entity].type, k):
            return False
        if (hop.inherited == 1) != (source.span == NONE):
            return False
        if source.span != NONE:
            found = False
            entity = side.entities[source.entity]
            for m in range(entity.mention, entity.mention + entity.mentions):
                found = found or _same(side.spans, m, source.span)
            if not found:
                return False
        for other in range(hop.source, s):
            if side.sources[other].entity == source.entity and (
                source.span == NONE or _same(side.spans, side.sources[other].span, source.span)
            ):
                return False
    return True


@bare
def _meant(side: Side, d: int, k: Labels, maps: Maps, claimed: Table) -> bool:
    """Look at entities and events: attributes of their type, roots, arguments, and a claim for every event."""
    for i in range(side.entity_at[d], side.entity_at[d + 1]):
        entity = side.entities[i]
        if (entity.geo and entity.type != k.place and entity.type != k.fac) or (entity.timex == 1) != (
            entity.type == k.time
        ):
            return False
    first, behind = side.event_at[d], side.event_at[d + 1]
    for i in range(side.claim_at[d], side.claim_at[d + 1]):
        claimed[side.claims[i].event] = 1
    for i in range(first, behind):
        event = side.events[i]
        if not claimed[i] or (event.parent == NONE and event.type != k.attack):
            return False
        if event.background and event.parent != NONE:
            return False
        for a in range(event.argument, event.argument + event.arguments):
            argument = side.arguments[a]
            if not maps.role_takes[argument.role, side.entities[argument.entity].type]:
                return False
            for b in range(event.argument, a):
                if side.arguments[b].role == argument.role and side.arguments[b].entity == argument.entity:
                    return False
    return True
