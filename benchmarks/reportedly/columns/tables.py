"""Documents as tables of whole numbers: one side of a batch, laid out for loops that are compiled.

A document's rows stand together and in the order of its file; ``*_at`` tells where those of each
document begin.  Labels are numbers by their place in the vocabulary, ids and other strings by a
numbering that both sides of a batch share, spans by their row in ``spans``; −1 is "none".  What an
interval is, whether a count's words fit it, what day a timex names: the one function that knows is
asked, once for every different answer.

Nothing is judged here: a document that cannot be laid out has ``laid`` False, and `sound` says which
of the others may be counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from msgspec import UNSET
from msgspec.structs import astuple

from reportedly import checks, codec, contract, intervals
from reportedly.columns.labels import Labels, Maps, labels, maps
from reportedly.derivation import day
from reportedly.model import LAYERS, Claim, Count, Document, Span

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Table = NDArray[Any]
    Row = Any  # of a table

NONE = -1


def _row(*fields: str) -> np.dtype[Any]:
    return np.dtype([(field, np.int64) for field in fields])


SPAN = _row("start", "end")
# `part_of`, `parent`, `event`, `actor` and `entity` are ids until `sound` resolves them.
ENTITY = _row("name", "type", "part_of", "mention", "mentions", "country", "day", "geo", "timex")
EVENT = _row("name", "type", "parent", "background", "trigger", "triggers", "argument", "arguments")
ARGUMENT = _row("role", "entity")
CLAIM = _row(
    *("name", "kind", "event", "anchor", "status", "hop", "hops"),
    *("counts", "hedge", "size", "first", "last", "word", "metric", "population", "scope", "as_of", "subset", "part"),
    *("sized", "low", "high", "low_hard", "high_hard", "said", "fits", "digits"),
    *("holds", "actor", "role"),
    # What rules ask of a claim again and again; see `_at_hand`.
    *("start", "end", "told", "origin", "rank", "assumed", "stated", "now"),
)
HOP = _row("type", "source", "sources", "cue", "inherited")
SOURCE = _row("entity", "span")
ABOUT = _row("publisher", "published", "url", "laid")


class Side(NamedTuple):
    """One side of a batch of documents; every table as the module says, text and words in code points."""

    about: Table
    entity_at: Table
    event_at: Table
    claim_at: Table
    text_at: Table
    word_at: Table
    entities: Table
    events: Table
    arguments: Table
    claims: Table
    hops: Table
    sources: Table
    spans: Table
    text: Table
    words: Table
    well_formed: Table  # of each number given to an id: has it the form of one?

    def __len__(self) -> int:
        """Count the documents."""
        return len(self.about)


class Numbered:
    """Numbers given to strings in the order in which they come; both sides of a batch share one."""

    def __init__(self) -> None:
        """Start with what is no string."""
        self.known: dict[Any, int] = {None: NONE, UNSET: NONE}

    def of(self, words: Sequence[Any]) -> list[int]:
        """Give the numbers of words."""
        known = self.known
        try:
            return [known[word] for word in words]
        except KeyError:
            for word in words:
                known.setdefault(word, len(known))
            return [known[word] for word in words]

    def well_formed(self) -> Table:
        """Tell of each number whether its string has the form of an id."""
        form = _form_of_id()
        found = [form(word) is not None for word in self.known if isinstance(word, str)]
        return np.array([False, False, *found])


@cache
def _form_of_id() -> Any:
    import re

    return lru_cache(100_000)(
        re.compile(contract.python_pattern(contract.schema("document")["$defs"]["id"]["pattern"])).search
    )


# What a field stands for that is left out.
_DEFAULT = {"status": "asserted", "population": "unspecified", "scope": "total", "as_of": "current"}
_DEFAULT |= {"responsibility_role": "executed"}


@cache
def numbers_of(vocabulary: str) -> dict[Any, int]:
    """Give every label of a vocabulary its number, and what is no label that of the default."""
    numbers: dict[Any, int] = {label: i for i, label in enumerate(contract.labels(vocabulary))}
    numbers[None] = numbers[UNSET] = numbers.get(_DEFAULT.get(vocabulary), NONE)
    return numbers


def _labels(vocabulary: str, words: Iterable[Any]) -> list[int]:
    return list(map(numbers_of(vocabulary).__getitem__, words))


def _fields(items: Sequence[Any], *names: str) -> list[tuple[Any, ...]]:
    """Take records apart into columns; each is read once, which is what costs where they are many."""
    if not items:
        return [()] * len(names)
    columns = dict(zip(items[0].__struct_fields__, zip(*map(astuple, items), strict=True), strict=True))
    return [columns[name] for name in names]


def table(row: np.dtype[Any], size: int, **columns: Sequence[int] | Table) -> Table:
    """Make a table; a column that is not given is "none", or 0 where that is a truth value."""
    table = np.empty(size, row)
    for name in row.names or ():
        table[name] = columns.get(name, 0 if name in _TRUTHS else NONE)
    return table


def put(table: Table, rows: Sequence[int] | Table, **columns: int | Sequence[int] | Table) -> None:
    """Fill columns of some rows."""
    for name, values in columns.items():
        table[name][rows] = values


def begins(sizes: Sequence[int] | Table) -> Table:
    """Tell where the parts of each owner begin, and where the last ends."""
    return np.concatenate([[0], np.cumsum(np.asarray(sizes, np.int64))])


def code_points(words: Sequence[str]) -> tuple[Table, Table]:
    """Join strings as code points; gives them, and how many each has."""
    joined = "".join(words).encode("utf-32-le", "surrogatepass")
    return np.frombuffer(joined, np.uint32), np.fromiter(map(len, words), np.int64, len(words))


def _complete(document: Any, text: str) -> None:
    """Give every span of a record its offsets or its words, in place, as `codec.build` does for plain data."""
    found = [span for owner in document.entities or () for span in owner.mentions]
    found += [span for owner in document.events or () for span in owner.triggers]
    for claim in document.claims or ():
        found.append(claim.anchor)
        for hop in claim.chain or ():
            found += [source.span for source in hop.sources or () if source.span]
            found += [hop.cue] if hop.cue else []
        if claim.count and claim.count.subset:
            found.append(claim.count.subset)
    for span in found:
        located = [edge is not None and edge is not UNSET for edge in (span.start, span.end)]
        if all(located) and not span.text and not span.occurrence:
            span.text = text[span.start : span.end]
        elif span.text and not any(located):
            span.start, span.end = codec.place(span.text, span.occurrence or 1, text) or (NONE, NONE)
        elif not all(located) or not span.text:  # in no way that the schema allows
            span.start, span.end, span.text = NONE, NONE, ""


def side(documents: Sequence[Any], texts: Sequence[str], strings: Numbered) -> Side:
    """Lay out documents.

    Args:
        documents: records of `records.decoded` or `Document`; None has no rows and is not laid.
        texts: the report's text of each document.
        strings: the numbering of the batch.
    """
    there = [NOTHING if document is None else document for document in documents]
    layers = [[getattr(document, layer) or () for document in there] for layer in LAYERS]
    entities, events, claims = (list(chain.from_iterable(layer)) for layer in layers)
    ids, types, mentions, wholes, geo, timex = _fields(entities, "id", "type", "mentions", "part_of", "geo", "timex")
    event_ids, kinds, triggers, fillers, parents, background = _fields(
        events, "id", "type", "triggers", "arguments", "parent", "background"
    )
    claim_ids, claim_kinds, of, anchors, chains, status, counts, held = _fields(
        claims, "id", "kind", "event", "anchor", "chain", "status", "count", "responsibility"
    )
    chains = tuple([hops or () for hops in chains])
    hops = list(chain.from_iterable(chains))
    hop_types, joint, cues, inherited = _fields(hops, "type", "sources", "cue", "inherited")
    joint = tuple([sources or () for sources in joint])
    sources = list(chain.from_iterable(joint))
    speakers, spoken = _fields(sources, "entity", "span")
    arguments = [
        [(role, id) for role, found in filled.items() for id in found or ()] if filled else () for filled in fillers
    ]
    flat = list(chain.from_iterable(arguments))
    counting, holding = ([i for i, each in enumerate(column) if each] for column in (counts, held))
    hedge, n, word, metric, population, scope, as_of, subset = _fields(
        [counts[i] for i in counting], "hedge", "n", "word", "metric", "population", "scope", "as_of", "subset"
    )
    actor, role = _fields([held[i] for i in holding], "actor", "role")

    spans = list(chain(chain.from_iterable(mentions), chain.from_iterable(triggers), anchors))
    first_anchor = len(spans) - len(claims)
    rows = {}
    for name, some in (("spoken", spoken), ("cues", cues), ("subset", subset)):
        # The row of each span, of which some are not there.
        rows[name] = np.full(len(some), NONE)
        filled = [i for i, span in enumerate(some) if span]
        rows[name][filled] = np.arange(len(spans), len(spans) + len(filled))
        spans += [some[i] for i in filled]
    starts, ends, words = _fields(spans, "start", "end", "text")
    if {*map(type, starts), *map(type, ends)} - {int} or {*map(type, words)} - {str}:
        for document, text in zip(there, texts, strict=True):
            _complete(document, text)
        starts, ends, words = _fields(spans, "start", "end", "text")
    (joined_words, lengths), (joined_text, long) = code_points(words), code_points(texts)
    parts = [None if at == NONE else words[at].lower() for at in rows["subset"].tolist()]

    entity_table = table(
        ENTITY,
        len(entities),
        name=strings.of(ids),
        type=_labels("entity_type", types),
        part_of=strings.of(wholes),
        **gathered("mention", "mentions", _sizes(mentions), 0),
        country=strings.of([place.country if place else None for place in geo]),
        day=strings.of([day(when) if when else None for when in timex]),
        geo=list(map(bool, geo)),
        timex=list(map(bool, timex)),
    )
    event_table = table(
        EVENT,
        len(events),
        name=strings.of(event_ids),
        type=_labels("event_type", kinds),
        parent=strings.of(parents),
        background=list(map(bool, background)),
        **gathered("trigger", "triggers", _sizes(triggers), int(entity_table["mentions"].sum())),
        **gathered("argument", "arguments", _sizes(arguments), 0),
    )
    claim_table = table(
        CLAIM,
        len(claims),
        name=strings.of(claim_ids),
        kind=_labels("claim_kind", claim_kinds),
        event=strings.of(of),
        anchor=np.arange(first_anchor, first_anchor + len(claims)),
        status=_labels("status", status),
        **gathered("hop", "hops", _sizes(chains), 0),
    )
    numbers = [tuple(each) if each else () for each in n]
    count_words = [words[first_anchor + i] for i in counting]
    put(
        claim_table,
        counting,
        counts=1,
        hedge=_labels("hedge", hedge),
        size=list(map(len, numbers)),
        first=[each[0] if each else NONE for each in numbers],
        last=[each[-1] if each else NONE for each in numbers],
        word=_labels("vague_word", word),
        metric=_labels("metric", metric),
        population=_labels("population", population),
        scope=_labels("scope", scope),
        as_of=_labels("as_of", as_of),
        subset=rows["subset"],
        part=strings.of(parts),
        **readings(count_words, hedge, numbers, [each or None for each in word]),
    )
    put(claim_table, holding, holds=1, actor=strings.of(actor), role=_labels("responsibility_role", role))
    hop_table = table(
        HOP,
        len(hops),
        type=_labels("hop_type", hop_types),
        **gathered("source", "sources", _sizes(joint), 0),
        cue=rows["cues"],
        inherited=list(map(bool, inherited)),
    )
    about = [document.metadata or NOTHING for document in there]
    made = Side(
        about=table(
            ABOUT,
            len(documents),
            publisher=[bool(each.publisher) for each in about],
            published=[bool(each.published) for each in about],
            url=[bool(each.url) for each in about],
            laid=[document is not None for document in documents],
        ),
        entity_at=begins(_sizes(layers[0])),
        event_at=begins(_sizes(layers[1])),
        claim_at=begins(_sizes(layers[2])),
        text_at=begins(long),
        word_at=begins(lengths),
        entities=entity_table,
        events=event_table,
        arguments=table(
            ARGUMENT,
            len(flat),
            role=_labels("role", [role for role, _ in flat]),
            entity=strings.of([id for _, id in flat]),
        ),
        claims=claim_table,
        hops=hop_table,
        sources=table(SOURCE, len(sources), entity=strings.of(speakers), span=rows["spoken"]),
        spans=table(SPAN, len(spans), start=starts, end=ends),
        text=joined_text,
        words=joined_words,
        well_formed=strings.well_formed(),
    )
    at_hand(made, labels(), maps())
    return made


def _sizes(lists: Sequence[Sequence[Any]]) -> Table:
    return np.fromiter(map(len, lists), np.int64, len(lists))


def gathered(first: str, size: str, sizes: Table, start: int) -> dict[str, Table]:
    """Name the columns that tell where the parts of each owner begin, one after the other, and how many they are."""
    return {first: np.cumsum(sizes) - sizes + start, size: sizes}


def at_hand(side: Side, k: Labels, maps: Maps) -> None:
    """Fill the columns of claims that follow from others, so that loops need not go from table to table for them."""
    claims = side.claims
    if len(side.spans):
        claims["start"], claims["end"] = (side.spans[edge][claims["anchor"]] for edge in ("start", "end"))
    claims["told"] = maps.told[claims["status"]]
    if len(side.hops):
        last = np.maximum(claims["hop"] + claims["hops"] - 1, 0)
        claims["origin"] = np.where(claims["hops"], side.hops["type"][last], NONE)
    else:
        claims["origin"] = NONE
    claims["rank"] = maps.rank[claims["origin"]]  # −1 is the last, the narrator's
    claims["assumed"] = maps.assumed[claims["metric"]]
    total = claims["scope"] == k.total
    claims["stated"] = claims["counts"] & claims["told"] & total & (claims["size"] > 0)
    claims["now"] = claims["sized"] & (claims["as_of"] == k.current)


class _Nothing(NamedTuple):
    """Stands for what is not there, so that columns need no case of their own for it."""

    entities: tuple[()] = ()
    events: tuple[()] = ()
    claims: tuple[()] = ()
    templates: None = None
    metadata: None = None
    publisher: None = None
    published: None = None
    url: None = None


NOTHING = _Nothing()
SILENT = _Nothing()  # the answer that is not there

_TRUTHS = {"counts", "holds", "sized", "low_hard", "high_hard", "stated", "now"}
_READ = ("sized", "low", "high", "low_hard", "high_hard", "said", "fits", "digits")


def readings(
    words: Sequence[str | None],
    hedges: Sequence[str],
    numbers: Sequence[tuple[int, ...]],
    vague: Sequence[str | None],
) -> dict[str, Table]:
    """Tell of counts what their words come to: the columns from ``sized`` to ``digits``."""
    said = list(zip(words, hedges, numbers, vague, strict=True))
    # Reports say the same numbers again and again.
    differing = {each: i for i, each in enumerate(dict.fromkeys(said))}
    found = np.array([_reading(*each) for each in differing], np.int64).reshape(-1, len(_READ))
    return dict(zip(_READ, found[[differing[each] for each in said]].T if said else found.T, strict=True))


@lru_cache(maxsize=100_000)
def _reading(words: str | None, hedge: str | None, n: tuple[int, ...], word: str | None) -> tuple[int, ...]:
    if hedge is None:  # a row that is refused
        return 0, 0, 0, 0, 0, NONE, 0, 0
    count = Count(hedge=hedge, n=n, word=word, metric=contract.labels("metric")[0])
    anchor = Span(start=0, end=1, text=words or "x")
    alone = Document(id="x", text="", claims=(Claim(id="x", kind="COUNT", anchor=anchor, count=count),))
    fits, digits = (not list(checks.RULES[rule].check(alone)) for rule in ("count-arity", "count-digits"))
    found = intervals.interval(count) if fits else None
    if found is None:
        return 0, 0, 0, 0, 0, NONE, fits, digits
    high = NONE if found.high is None else found.high
    number = intervals.said(count)
    return 1, found.low, high, found.low_hard, found.high_hard, NONE if number is None else number, fits, digits
