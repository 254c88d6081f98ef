"""The fingerprints of a batch: `reportedly.fingerprint`, of tables."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from reportedly import contract
from reportedly.columns import bare, loop
from reportedly.columns.tables import NONE, Numbered, Side
from reportedly.fingerprint import ARGUMENT, CLAIM, DOCUMENT, ENTITY, EVENT, MENTION, NOTHING, PRIME, TRIGGER, code

if TYPE_CHECKING:
    from reportedly.columns.tables import Table

_PRIME, _NOTHING = np.uint64(PRIME), np.uint64(NOTHING)
_32 = np.uint64(32)


class Codes(NamedTuple):
    """What labels are told apart by, vocabulary by vocabulary; the last of each, also reached by −1, is none."""

    entity_type: Table
    event_type: Table
    role: Table
    claim_kind: Table
    status: Table
    hop_type: Table
    hedge: Table
    vague_word: Table
    metric: Table
    population: Table
    scope: Table
    as_of: Table
    responsibility_role: Table


@cache
def codes() -> Codes:
    """Code the vocabularies once."""
    return Codes(*(_coded(contract.labels(name)) for name in Codes._fields))


def _coded(words: Sequence[str]) -> Table:
    return np.array([*map(code, words), NOTHING], np.uint64)


def strings(numbered: Numbered) -> Table:
    """Code the strings of a batch by their numbers; −1 is none."""
    return _coded(numbered.words)


@bare
def _mixed(found: Any, part: Any) -> Any:
    found = (found ^ np.uint64(part)) * _PRIME
    return found ^ (found >> _32)


@loop
def fingerprints(side: Side, ids: Table, texts: Table, names: Table, labels: Codes) -> Table:
    """Name each document of a side.

    Args:
        side: documents, freshly laid out: ids are not resolved yet.
        ids: codes of the documents' ids.
        texts: codes of their texts.
        names: codes of the strings of the batch.
        labels: codes of labels.

    Returns:
        A number below 2⁶⁴ a document.
    """
    found = np.zeros(len(side.about), np.uint64)
    for d in range(len(found)):
        total = np.uint64(0)
        for i in range(side.entity_at[d], side.entity_at[d + 1]):
            total += _entity(side, i, names, labels.entity_type)
        for i in range(side.event_at[d], side.event_at[d + 1]):
            total += _event(side, i, names, labels.event_type, labels.role)
        for i in range(side.claim_at[d], side.claim_at[d + 1]):
            total += _claim(side, i, names, labels)
        about = side.about[d]
        h = _mixed(_mixed(_mixed(np.uint64(0), DOCUMENT), ids[d]), texts[d])
        h = _mixed(_mixed(_mixed(h, 1 - about.publisher), 1 - about.published), 1 - about.url)
        found[d] = _mixed(h, total)
    return found


@bare
def _entity(side: Side, i: int, names: Table, types: Table) -> int:
    entity = side.entities[i]
    h = _mixed(_mixed(_mixed(np.uint64(0), ENTITY), names[entity.name]), types[entity.type])
    total = _mixed(_mixed(_mixed(h, names[entity.part_of]), names[entity.country]), names[entity.day])
    for m in range(entity.mention, entity.mention + entity.mentions):
        h = _mixed(_mixed(np.uint64(0), MENTION), names[entity.name])
        total += _mixed(_mixed(h, side.spans[m].start), side.spans[m].end)
    return total


@bare
def _event(side: Side, i: int, names: Table, types: Table, roles: Table) -> int:
    event = side.events[i]
    h = _mixed(_mixed(_mixed(np.uint64(0), EVENT), names[event.name]), types[event.type])
    total = _mixed(_mixed(h, names[event.parent]), event.background)
    for t in range(event.trigger, event.trigger + event.triggers):
        h = _mixed(_mixed(np.uint64(0), TRIGGER), names[event.name])
        total += _mixed(_mixed(h, side.spans[t].start), side.spans[t].end)
    for a in range(event.argument, event.argument + event.arguments):
        h = _mixed(_mixed(np.uint64(0), ARGUMENT), names[event.name])
        total += _mixed(_mixed(h, roles[side.arguments[a].role]), names[side.arguments[a].entity])
    return total


@bare
def _claim(side: Side, i: int, names: Table, labels: Codes) -> int:
    claim = side.claims[i]
    h = _mixed(_mixed(_mixed(np.uint64(0), CLAIM), names[claim.name]), names[claim.event])
    return _said(side, i, names, labels, h, True)


@bare
def _said(side: Side, i: int, names: Table, labels: Codes, h: Any, ids: bool) -> Any:
    """Mix in what a claim says: see `reportedly.fingerprint.said`."""
    claim = side.claims[i]
    h = _mixed(_mixed(h, claim.start), claim.end)
    h = _mixed(_mixed(h, labels.claim_kind[claim.kind]), labels.status[claim.status])
    if claim.counts:
        h = _mixed(_mixed(h, labels.hedge[claim.hedge]), claim.size)
        h = _mixed(_mixed(h, claim.first), claim.last)
        h = _mixed(_mixed(h, labels.vague_word[claim.word]), labels.metric[claim.metric])
        h = _mixed(_mixed(h, labels.population[claim.population]), labels.scope[claim.scope])
        h = _mixed(_mixed(h, labels.as_of[claim.as_of]), names[claim.part])
    if claim.holds:
        if ids:
            h = _mixed(h, names[claim.actor])
        h = _mixed(h, labels.responsibility_role[claim.role])
    for c in range(claim.hop, claim.hop + claim.hops):
        hop = side.hops[c]
        h = _mixed(_mixed(h, labels.hop_type[hop.type]), hop.sources)
        for s in range(hop.source, hop.source + hop.sources):
            source = side.sources[s]
            if ids:
                h = _mixed(h, names[source.entity])
            if source.span == NONE:
                h = _mixed(_mixed(h, _NOTHING), _NOTHING)
            else:
                h = _mixed(_mixed(h, side.spans[source.span].start), side.spans[source.span].end)
    return h


# --- what items say, free of ids: see `reportedly.align` -----------------------------------------


@bare
def said_by_claims(side: Side, d: int, names: Table, labels: Codes, found: Table) -> None:
    """Say what each claim of a document says in a number."""
    for i in range(len(found)):
        found[i] = _said(side, side.claim_at[d] + i, names, labels, np.uint64(0), False)


@bare
def said_by_owners(owners: Table, kinds: Table, starts: Table, ends: Table, types: Table, found: Table) -> None:
    """Say what each entity, or event, of a document says: its type and where its spans are, whose owners are given."""
    for i in range(len(owners)):
        found[owners[i]] += _mixed(_mixed(np.uint64(0), starts[i]), ends[i])
    for i in range(len(kinds)):
        found[i] = _mixed(_mixed(np.uint64(0), types[kinds[i]]), found[i])


@bare
def said_by_spans(starts: Table, ends: Table, found: Table) -> None:
    """Say where each span is."""
    for i in range(len(found)):
        found[i] = _mixed(_mixed(np.uint64(0), starts[i]), ends[i])
