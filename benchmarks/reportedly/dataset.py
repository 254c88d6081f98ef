"""The released rows: what `datasets.load_dataset` finds, computed from annotated documents.

Configs of the same annotation: ``reports`` whole and nested, four flat tables for people who train or
analyse, and ``contrast``, edited variants of the reports.  Every column is declared here, once; the
card, Croissant and the text-free build read the declaration.  Pure functions of documents, but for
`gold`; nothing is written or scored.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from reportedly import codec, contract, contrast, corpus
from reportedly.derivation import derive, populations, stance
from reportedly.intervals import interval
from reportedly.model import Document, Entity, Hop, Span
from reportedly.text import sentence_at, sentences

# Under which name a split of the corpus is loaded, where it is another: "test" is what tools look for.
LOADED_AS = {"article": "test"}

# The types of columns are Arrow's, but for "words": a string of the report's own words, which the
# text-free build leaves out.
WORDS = "words"
TOKEN = re.compile(r"\d+(?:[.,]\d+)*|\w+|[^\w\s]")

Row = dict[str, Any]
Tables = dict[str, dict[str, list[Row]]]  # config → split → rows
Columns = dict[str, Any]  # name → "string", "words", …; [type] is a list, {…} a struct


class Tags(NamedTuple):
    """A column type: BIO tags over the labels of a vocabulary, as whole numbers with names."""

    vocabulary: str

    @property
    def names(self) -> tuple[str, ...]:
        """Tags in the order of their numbers: O, then B and I of every label."""
        return "O", *(f"{bio}-{label}" for label in contract.labels(self.vocabulary) for bio in "BI")


class Config(NamedTuple):
    """One table: what it is, its columns, and the function from a document to its rows."""

    says: str
    columns: Columns
    rows: Callable[[Document], Iterator[Row]]


_SPAN: Columns = {"start": "int32", "end": "int32", "text": WORDS}


# --- reports ----------------------------------------------------------------------------------


def _shape(value: Any, columns: Any) -> Any:
    """Give plain data every declared field, with null for what it leaves out."""
    if isinstance(columns, dict):
        return None if value is None else {name: _shape(value.get(name), inner) for name, inner in columns.items()}
    if isinstance(columns, list):
        return None if value is None else [_shape(one, columns[0]) for one in value]
    return value


def _reports(document: Document) -> Iterator[Row]:
    plain = codec.to_dict(document)
    plain["templates"] = msgspec.json.decode(msgspec.json.encode(derive(document)))
    plain.setdefault("metadata", {}).setdefault("constructed", False)
    for entity in plain["entities"]:
        if "geo" in entity:
            entity["geo"].setdefault("path", [])
    for event in plain["events"]:
        event.setdefault("arguments", {})
        event.setdefault("background", False)
    for claim in plain["claims"]:
        for hop in claim["chain"]:
            hop.setdefault("sources", [])
            hop.setdefault("inherited", False)
    yield _shape(plain, CONFIGS["reports"].columns)


_METADATA: Columns = {
    "publisher": "string",
    "published": "date32",
    "url": "string",
    "license": "string",
    "constructed": "bool",
}
_ENTITY: Columns = {
    "id": "string",
    "type": "string",
    "name": "string",
    "part_of": "string",
    "timex": "string",
    "geo": {"country": "string", "path": ["string"], "precision": "string"},
    "mentions": [_SPAN],
}
_HOP: Columns = {
    "type": "string",
    "sources": [{"entity": "string", "span": _SPAN}],
    "cue": _SPAN,
    "inherited": "bool",
}
_COUNT: Columns = {
    "hedge": "string",
    "n": ["int64"],
    "word": "string",
    "metric": "string",
    "population": "string",
    "scope": "string",
    "as_of": "string",
    "subset": _SPAN,
}
_CLAIM: Columns = {
    "id": "string",
    "kind": "string",
    "event": "string",
    "anchor": _SPAN,
    "chain": [_HOP],
    "status": "string",
    "count": _COUNT,
    "responsibility": {"actor": "string", "role": "string"},
}
_FIGURE: Columns = {
    "metric": "string",
    "population": "string",
    "assumed": "bool",
    "low": "int64",
    "high": "int64",
    "best": "int64",
    "conflict": "bool",
    "low_from": ["string"],
    "high_from": ["string"],
    "best_from": "string",
    "superseded": ["string"],
}
_TEMPLATE: Columns = {
    "root": "string",
    "background": "bool",
    "incident_types": ["string"],
    "sub_events": ["string"],
    "perpetrators": ["string"],
    "target": ["string"],
    "place": ["string"],
    "time": ["string"],
    "date": "date32",
    "instruments": ["string"],
    "figures": [_FIGURE],
    "responsibility": [{"actor": "string", "role": "string", "stance": "string", "hops": ["string"]}],
    "responsibility_status": "string",
    "diagnostics": ["string"],
}


_REPORT: Columns = {
    "id": "string",
    "schema": "string",
    "language": "string",
    "sha256": "string",
    "metadata": _METADATA,
    "annotation": {"annotator": "string", "kind": "string", "pass": "string", "guidelines": "string"},
    "text": WORDS,
    "entities": [_ENTITY],
    "events": [
        {
            "id": "string",
            "type": "string",
            "triggers": [_SPAN],
            "arguments": {role: ["string"] for role in contract.labels("role")},
            "parent": "string",
            "background": "bool",
        }
    ],
    "claims": [_CLAIM],
    "templates": [_TEMPLATE],
}


# --- contrast ---------------------------------------------------------------------------------

# How many variants of each family, and of two edits, are released of a report: the real one is what
# can be recalled, the constructed ones add places that it has not got.
_REAL, _CONSTRUCTED = (10, 40), (4, 5)


def _contrast(document: Document) -> Iterator[Row]:
    each, pairs = _CONSTRUCTED if document.metadata.constructed else _REAL
    for variant in contrast.variants(document, each, pairs):
        (row,) = _reports(variant.document)
        edits = [msgspec.to_builtins(edit) for edit in variant.edits]
        yield {
            **row,
            "of": variant.of,
            "family": variant.family,
            "families": list(variant.families),
            "edits": [_shape(edit, _EDIT) for edit in edits],
        }


_EDIT: Columns = {"family": "string", "before": _SPAN, "after": _SPAN}


# --- flat tables ------------------------------------------------------------------------------


class _Context:
    """A document with its sentences, for the columns that show where something stands."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.bounds = sentences(document.text)

    def sentence(self, span: Span) -> Row:
        start, end = self.bounds[sentence_at(self.bounds, span.start)]
        return {"sentence": self.document.text[start:end], "sentence_start": start}


_SENTENCE: Columns = {"sentence": WORDS, "sentence_start": "int32"}


def _first(entity: Entity) -> Span:
    return min(entity.mentions, key=lambda m: (m.start, m.end))


def _speaker(hop: Hop, document: Document) -> str:
    """Name a hop's sources as the text does here, or where it names them first; nothing for an unnamed one.

    An empty string and no null: datasets 3.6 cannot load a list that has a null in it.
    """
    named = [source.span or (source.entity and _first(document.entity[source.entity])) for source in hop.sources]
    return "; ".join(span.text for span in named if span)


def _claims(document: Document) -> Iterator[Row]:
    context, counted = _Context(document), populations(document)
    for claim in document.claims:
        count, held = claim.count, claim.responsibility
        allowed = interval(count) if count else None
        event = document.event.get(claim.event or "")
        actor = document.entity.get((held and held.actor) or "")
        yield {
            "document": document.id,
            "claim": claim.id,
            "kind": claim.kind,
            "event": claim.event,
            "event_type": event.type if event else None,
            "root": document.root(claim.event),
            "anchor": claim.anchor.text,
            "start": claim.anchor.start,
            "end": claim.anchor.end,
            **context.sentence(claim.anchor),
            "status": claim.status,
            "chain": [hop.type for hop in claim.chain],
            "chain_sources": [_speaker(hop, document) for hop in claim.chain],
            "hedge": count.hedge if count else None,
            "n": list(count.n) if count else None,
            "word": count.word if count else None,
            "low": allowed.low if allowed else None,
            "high": allowed.high if allowed else None,
            "low_hard": allowed.low_hard if allowed else None,
            "high_hard": allowed.high_hard if allowed else None,
            "metric": count.metric if count else None,
            "population": count.population if count else None,
            "population_resolved": counted[claim.id] if count else None,
            "scope": count.scope if count else None,
            "subset": count.subset.text if count and count.subset else None,
            "as_of": count.as_of if count else None,
            "actor": held.actor if held else None,
            "actor_name": actor.name if actor else None,
            "role": held.role if held else None,
            "stance": stance(document, claim) if held else None,
        }


def _mentions(document: Document) -> Iterator[Row]:
    context = _Context(document)
    found = [(mention, entity) for entity in document.entities for mention in entity.mentions]
    for mention, entity in sorted(found, key=lambda pair: (pair[0].start, pair[0].end)):
        yield {
            "document": document.id,
            "entity": entity.id,
            "type": entity.type,
            "mention": mention.text,
            "start": mention.start,
            "end": mention.end,
            **context.sentence(mention),
            "name": entity.name,
            "part_of": entity.part_of,
            "timex": entity.timex,
            "country": entity.geo.country if entity.geo else None,
            "precision": entity.geo.precision if entity.geo else None,
        }


def _arguments(document: Document) -> Iterator[Row]:
    context = _Context(document)
    for event in document.events:
        trigger = min(event.triggers, key=lambda t: (t.start, t.end))
        for role in contract.labels("role"):
            for id in event.arguments.get(role, ()):
                yield {
                    "document": document.id,
                    "event": event.id,
                    "event_type": event.type,
                    "parent": event.parent,
                    "background": event.background,
                    "trigger": trigger.text,
                    "start": trigger.start,
                    "end": trigger.end,
                    **context.sentence(trigger),
                    "role": role,
                    "entity": id,
                    "entity_type": document.entity[id].type,
                    "entity_mention": _first(document.entity[id]).text,
                }


def bio(tokens: Sequence[tuple[int, int]], labelled: Iterable[tuple[Span, str]], names: Sequence[str]) -> list[int]:
    """Tag tokens with B, I and O.

    Args:
        tokens: ``(start, end)`` code-point offsets, in order.
        labelled: spans with their labels; a token is inside a span that it overlaps.  Of spans that
            share a token the longest is tagged, of equally long ones the first: BIO has one layer.
        names: the tags, ``O`` first.

    Returns:
        A number of ``names`` for each token.
    """
    tags = [0] * len(tokens)
    for span, label in sorted(labelled, key=lambda pair: (pair[0].start - pair[0].end, pair[0].start)):
        inside = [i for i, (start, end) in enumerate(tokens) if start < span.end and span.start < end]
        if inside and not any(tags[i] for i in inside):
            for i in inside:
                tags[i] = names.index(f"{'B' if i == inside[0] else 'I'}-{label}")
    return tags


def _sentences(document: Document) -> Iterator[Row]:
    layers = {
        "entity_tags": [(m, e.type) for e in document.entities for m in e.mentions],
        "trigger_tags": [(t, v.type) for v in document.events for t in v.triggers],
        "count_tags": [(c.anchor, c.count.hedge) for c in document.claims if c.count],
    }
    for start, end in sentences(document.text):
        tokens = [found.span() for found in TOKEN.finditer(document.text, start, end)]
        yield {
            "document": document.id,
            "sentence": document.text[start:end],
            "start": start,
            "end": end,
            "tokens": [document.text[a:b] for a, b in tokens],
            "token_starts": [a for a, _ in tokens],
            **{name: bio(tokens, spans, _TAGS[name].names) for name, spans in layers.items()},
        }


_TAGS = {"entity_tags": Tags("entity_type"), "trigger_tags": Tags("event_type"), "count_tags": Tags("hedge")}

CONFIGS = {
    "reports": Config("the whole annotated report, nested, with its derived templates", _REPORT, _reports),
    "claims": Config(
        "one row a claim: what is said, how many (as written and as an interval), of whom, by whose word",
        {
            "document": "string",
            "claim": "string",
            "kind": "string",
            "event": "string",
            "event_type": "string",
            "root": "string",
            "anchor": WORDS,
            "start": "int32",
            "end": "int32",
            **_SENTENCE,
            "status": "string",
            "chain": ["string"],
            "chain_sources": [WORDS],
            "hedge": "string",
            "n": ["int64"],
            "word": "string",
            "low": "int64",
            "high": "int64",
            "low_hard": "bool",
            "high_hard": "bool",
            "metric": "string",
            "population": "string",
            "population_resolved": "string",
            "scope": "string",
            "subset": WORDS,
            "as_of": "string",
            "actor": "string",
            "actor_name": "string",
            "role": "string",
            "stance": "string",
        },
        _claims,
    ),
    "mentions": Config(
        "one row a mention of a person, organisation, place, facility, weapon or time",
        {
            "document": "string",
            "entity": "string",
            "type": "string",
            "mention": WORDS,
            "start": "int32",
            "end": "int32",
            **_SENTENCE,
            "name": "string",
            "part_of": "string",
            "timex": "string",
            "country": "string",
            "precision": "string",
        },
        _mentions,
    ),
    "arguments": Config(
        "one row an argument of an event: who did it, to whom, with what, where and when",
        {
            "document": "string",
            "event": "string",
            "event_type": "string",
            "parent": "string",
            "background": "bool",
            "trigger": WORDS,
            "start": "int32",
            "end": "int32",
            **_SENTENCE,
            "role": "string",
            "entity": "string",
            "entity_type": "string",
            "entity_mention": WORDS,
        },
        _arguments,
    ),
    "sentences": Config(
        "one row a sentence: tokens with BIO tags of mentions, triggers and hedged numbers",
        {
            "document": "string",
            "sentence": WORDS,
            "start": "int32",
            "end": "int32",
            "tokens": [WORDS],
            "token_starts": ["int32"],
            **{name: [tags] for name, tags in _TAGS.items()},
        },
        _sentences,
    ),
    "contrast": Config(
        "one row a variant of a report after a small edit, or two: text and gold as in reports, and what was edited",
        {**_REPORT, "of": "string", "family": "string", "families": ["string"], "edits": [_EDIT]},
        _contrast,
    ),
}


# --- files ------------------------------------------------------------------------------------


def path(config: str, split: str) -> str:
    """Name the file of a config's split, from the top of the repository."""
    return f"corpus/rows/{config}/{split}.jsonl"


def gold() -> dict[str, list[Document]]:
    """Load the corpus by the names under which its splits are loaded."""
    return {LOADED_AS.get(split, split): corpus.load(split) for split in corpus.splits()}


def tables(documents: Mapping[str, Sequence[Document]], words: bool = True) -> Tables:
    """Compute all rows.

    Args:
        documents: by split.
        words: False leaves the reports' own words out, see `without_words`.

    Returns:
        Rows by config and split; a split without rows is left out, since it could not be loaded.
    """
    found: Tables = {}
    for name, config in CONFIGS.items():
        for split, inside in documents.items():
            if rows := [row for document in inside for row in config.rows(document)]:
                kept = rows if words else [without_words(row, config.columns) for row in rows]
                found.setdefault(name, {})[split] = kept
    return found


def files(made: Tables) -> dict[str, str]:
    """Write rows as JSON Lines, keys sorted, by the path of their file."""
    return {
        path(name, split): "".join(json.dumps(row, ensure_ascii=False, sort_keys=True) + "\n" for row in rows)
        for name, splits in made.items()
        for split, rows in splits.items()
    }


def without_words(row: Any, columns: Any) -> Any:
    """Replace the report's own words in a row by nulls; offsets, labels, ids and entities' names stay."""
    if columns == WORDS or columns == [WORDS]:
        return None
    if isinstance(columns, dict):
        return row and {name: without_words(row[name], inner) for name, inner in columns.items()}
    if isinstance(columns, list):
        return row and [without_words(one, columns[0]) for one in row]
    return row
