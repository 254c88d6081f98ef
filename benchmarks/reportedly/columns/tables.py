"""Documents as tables of whole numbers: one side of a batch, laid out for loops that are compiled.

A document's rows stand together and in the order of its file; ``*_at`` tells where those of each
document begin.  Labels are numbers by their place in the vocabulary, ids and other strings by a
numbering that both sides of a batch share, spans by their row in ``spans``; −1 is "none".  What an
interval is, whether a count's words fit it, what day a timex names: `Numbered` asks the one function
that knows, once for every different answer.

Nothing is judged here: a document that cannot be laid out has ``laid`` False, and `sound` says which
of the others may be counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from msgspec import UNSET

from reportedly import checks, codec, contract
from reportedly.columns.labels import Labels, Maps, labels, maps
from reportedly.derivation import day
from reportedly.intervals import interval, said
from reportedly.model import Claim, Count, Document, Span

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Table = NDArray[Any]

NONE = -1


def _row(*fields: str) -> np.dtype[Any]:
    return np.dtype([(field, np.int64) for field in fields])


SPAN = _row("start", "end")
# `of` is the owner's row; `part_of`, `parent`, `event`, `actor` and `entity` are ids until `sound` resolves them.
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

    return lru_cache(100_000)(re.compile(contract.python_pattern(contract.schema("document")["$defs"]["id"]["pattern"])).search)


@cache
def _labels(name: str) -> dict[Any, int]:
    return {None: NONE, UNSET: NONE, **{label: i for i, label in enumerate(contract.labels(name))}}


@lru_cache(maxsize=100_000)
def _read(words: str | None, hedge: str, n: tuple[int, ...], word: str | None) -> tuple[int, ...]:
    """Tell of a count what its words come to: the columns from ``sized`` to ``digits``."""
    count = Count(hedge=hedge, n=n, word=word, metric=contract.labels("metric")[0])
    anchor = Span(start=0, end=1, text=words or "x")
    alone = Document(id="x", text="", claims=(Claim(id="x", kind="COUNT", anchor=anchor, count=count),))
    fits, digits = (not list(checks.RULES[rule].check(alone)) for rule in ("count-arity", "count-digits"))
    found = interval(count) if fits else None
    if found is None:
        return 0, 0, 0, 0, 0, NONE, fits, digits
    high = NONE if found.high is None else found.high
    number = said(count)
    return 1, found.low, high, found.low_hard, found.high_hard, NONE if number is None else number, fits, digits


def _table(row: np.dtype[Any], size: int, columns: Mapping[str, int | Sequence[int] | Table]) -> Table:
    table = np.empty(size, row)
    for name in row.names or ():
        table[name] = columns[name]
    return table


def _starts(sizes: Sequence[int]) -> Table:
    return np.cumsum([0, *sizes])


def _code_points(words: Sequence[str]) -> tuple[Table, Table]:
    """Join strings as code points; gives them, and where each begins."""
    joined = "".join(words).encode("utf-32-le", "surrogatepass")
    return np.frombuffer(joined, np.uint32), _starts(list(map(len, words)))


_filled = attrgetter("publisher", "published", "url")


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
        if span.start is None or span.start is UNSET:
            span.start, span.end = codec.place(span.text, span.occurrence or 1, text) or (NONE, NONE)
        elif not span.text:
            span.text = text[span.start : span.end]


def side(documents: Sequence[Any], texts: Sequence[str | None], strings: Numbered) -> Side:
    """Lay out documents.

    Args:
        documents: records of `records.decoded` or `Document`; None has no rows and is not laid.
        texts: the report's text of each document.
        strings: the numbering of the batch.
    """
    laid = [document is not None for document in documents]
    there = [_NOTHING if document is None else document for document in documents]
    layers = [[getattr(document, layer) or () for document in there] for layer in ("entities", "events", "claims")]
    entities, events, claims = (list(chain.from_iterable(layer)) for layer in layers)
    mentions, triggers = [entity.mentions for entity in entities], [event.triggers for event in events]
    arguments = [
        [(role, id) for role, ids in event.arguments.items() for id in ids or ()] if event.arguments else ()
        for event in events
    ]
    chains = [claim.chain or () for claim in claims]
    hops = list(chain.from_iterable(chains))
    joint = [hop.sources or () for hop in hops]
    sources = list(chain.from_iterable(joint))
    counts = [claim.count or _NO_COUNT for claim in claims]
    held = [claim.responsibility or _NOBODY for claim in claims]

    spans: list[Any] = []

    def placed(found: Iterable[Any]) -> list[int]:
        """Number spans, of which some may be missing."""
        numbers = []
        for span in found:
            if span:
                numbers.append(len(spans))
                spans.append(span)
            else:
                numbers.append(NONE)
        return numbers

    first_mention = len(spans)
    spans.extend(chain.from_iterable(mentions))
    first_trigger = len(spans)
    spans.extend(chain.from_iterable(triggers))
    first_anchor = len(spans)
    spans.extend([claim.anchor for claim in claims])
    spoken, cues, subsets = (
        placed(found)
        for found in ([s.span for s in sources], [hop.cue for hop in hops], [count.subset for count in counts])
    )
    starts, words = [span.start for span in spans], [span.text for span in spans]
    if UNSET in starts or None in starts or UNSET in words or None in words:
        for document, text in zip(there, texts, strict=True):
            _complete(document, text or "")
        starts, words = [span.start for span in spans], [span.text for span in spans]
    joined_words, word_at = _code_points(words)
    joined_text, text_at = _code_points([text or "" for text in texts])

    read = [
        _read(words[first_anchor + i], c.hedge, tuple(c.n or ()), c.word or None) if c is not _NO_COUNT else _UNREAD
        for i, c in enumerate(counts)
    ]
    numbers = [tuple(c.n or ()) for c in counts]
    mention_sizes, trigger_sizes, hop_sizes, source_sizes = (list(map(len, x)) for x in (mentions, triggers, chains, joint))
    argument_sizes = list(map(len, arguments))
    flat = list(chain.from_iterable(arguments))
    geo = [entity.geo or None for entity in entities]
    timex = [entity.timex or None for entity in entities]
    label = {
        name: _labels(name).__getitem__
        for name in ("entity_type", "event_type", "role", "claim_kind", "status", "hop_type", "hedge", "vague_word")
    } | {name: _labels(name).__getitem__ for name in ("metric", "population", "scope", "as_of", "responsibility_role")}

    made = Side(
        about=_table(
            ABOUT,
            len(documents),
            {
                "laid": laid,
                **dict(zip(ABOUT.names or (), zip(*[
                    [bool(value) for value in _filled(document.metadata or _UNKNOWN)] for document in there
                ], strict=True), strict=False)),
            },
        )
        if documents
        else np.empty(0, ABOUT),
        entity_at=_starts(list(map(len, layers[0]))),
        event_at=_starts(list(map(len, layers[1]))),
        claim_at=_starts(list(map(len, layers[2]))),
        text_at=text_at,
        word_at=word_at,
        entities=_table(
            ENTITY,
            len(entities),
            {
                "name": strings.of([entity.id for entity in entities]),
                "type": [label["entity_type"](entity.type) for entity in entities],
                "part_of": strings.of([entity.part_of for entity in entities]),
                "mention": first_mention + _starts(mention_sizes)[:-1],
                "mentions": mention_sizes,
                "country": strings.of([place and place.country for place in geo]),
                "day": strings.of([when and day(when) for when in timex]),
                "geo": [place is not None for place in geo],
                "timex": [when is not None for when in timex],
            },
        ),
        events=_table(
            EVENT,
            len(events),
            {
                "name": strings.of([event.id for event in events]),
                "type": [label["event_type"](event.type) for event in events],
                "parent": strings.of([event.parent for event in events]),
                "background": [bool(event.background) for event in events],
                "trigger": first_trigger + _starts(trigger_sizes)[:-1],
                "triggers": trigger_sizes,
                "argument": _starts(argument_sizes)[:-1],
                "arguments": argument_sizes,
            },
        ),
        arguments=_table(
            ARGUMENT,
            len(flat),
            {"role": [label["role"](role) for role, _ in flat], "entity": strings.of([id for _, id in flat])},
        ),
        claims=_table(
            CLAIM,
            len(claims),
            {
                "name": strings.of([claim.id for claim in claims]),
                "kind": [label["claim_kind"](claim.kind) for claim in claims],
                "event": strings.of([claim.event for claim in claims]),
                "anchor": np.arange(first_anchor, first_anchor + len(claims)),
                "status": [label["status"](claim.status or "asserted") for claim in claims],
                "hop": _starts(hop_sizes)[:-1],
                "hops": hop_sizes,
                "counts": [count is not _NO_COUNT for count in counts],
                "hedge": [label["hedge"](count.hedge) for count in counts],
                "size": list(map(len, numbers)),
                "first": [n[0] if n else NONE for n in numbers],
                "last": [n[-1] if n else NONE for n in numbers],
                "word": [label["vague_word"](count.word) for count in counts],
                "metric": [label["metric"](count.metric) for count in counts],
                "population": [label["population"](count.population or "unspecified") for count in counts],
                "scope": [label["scope"](count.scope or "total") for count in counts],
                "as_of": [label["as_of"](count.as_of or "current") for count in counts],
                "subset": subsets,
                "part": strings.of([None if at == NONE else words[at].lower() for at in subsets]),
                **dict(zip(_READ, zip(*read, strict=True), strict=True) if read else ((name, ()) for name in _READ)),
                "holds": [each is not _NOBODY for each in held],
                "actor": strings.of([each.actor for each in held]),
                "role": [label["responsibility_role"](each.role or "executed") for each in held],
                **{name: 0 for name in _DERIVED},
            },
        ),
        hops=_table(
            HOP,
            len(hops),
            {
                "type": [label["hop_type"](hop.type) for hop in hops],
                "source": _starts(source_sizes)[:-1],
                "sources": source_sizes,
                "cue": cues,
                "inherited": [bool(hop.inherited) for hop in hops],
            },
        ),
        sources=_table(SOURCE, len(sources), {"entity": strings.of([s.entity for s in sources]), "span": spoken}),
        spans=_table(SPAN, len(spans), {"start": starts, "end": [span.end for span in spans]}),
        text=joined_text,
        words=joined_words,
        well_formed=strings.well_formed(),
    )
    _at_hand(made, labels(), maps())
    return made


def _at_hand(side: Side, k: Labels, maps: Maps) -> None:
    """Fill the columns of claims that follow from others, so that loops need not go from table to table for them."""
    claims = side.claims
    claims["start"], claims["end"] = side.spans["start"][claims["anchor"]], side.spans["end"][claims["anchor"]]
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



class _Lacking(NamedTuple):
    """Stands for a part that is not there, so that columns need no case of their own for it."""

    entities: tuple[()] = ()
    events: tuple[()] = ()
    claims: tuple[()] = ()
    templates: None = None
    metadata: None = None
    publisher: None = None
    published: None = None
    url: None = None
    hedge: None = None
    n: tuple[()] = ()
    word: None = None
    metric: None = None
    population: None = None
    scope: None = None
    as_of: None = None
    subset: None = None
    actor: None = None
    role: None = None


SILENT = _Lacking()  # the answer that is not there
_NOTHING, _UNKNOWN, _NO_COUNT, _NOBODY = _Lacking(), _Lacking(), _Lacking(), _Lacking()
_DERIVED = ("start", "end", "told", "origin", "rank", "assumed", "stated", "now")
_READ = ("sized", "low", "high", "low_hard", "high_hard", "said", "fits", "digits")
_UNREAD = (0, 0, 0, 0, 0, NONE, 1, 1)
