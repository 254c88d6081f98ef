"""Documents as tables of whole numbers: one side of a batch, laid out for loops that are compiled.

A document's rows stand together and in the order of its file; ``*_at`` tells where those of each
document begin.  Labels are numbers by their place in the vocabulary, ids and other strings by a
numbering that both sides of a batch share, spans by their row in ``spans``; −1 is "none".  What an
interval is, whether a count's words fit it, what day a timex names: the one function that knows is
asked, once for every different answer.

They are made of columns, one a field, which `packed` and `arrow` read.  Nothing is judged here: a
document that cannot be laid out has ``laid`` False, and `sound` says which of the others may be counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from reportedly import contract
from reportedly.columns import bare, loop
from reportedly.columns.labels import labels, maps
from reportedly.columns.reading import READ, readings
from reportedly.derivation import day

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Table = NDArray[Any]
    Row = Any  # of a table

NONE = -1


def _row(*fields: str) -> np.dtype[Any]:
    # Only numbers of people may be large; what takes half the room is read in half the time.
    large = ("first", "last", "low", "high", "said")
    return np.dtype([(field, np.int64 if field in large else np.int32) for field in fields])


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


class Text(NamedTuple):
    """Strings as code points: all of them, where each begins, and how long it is."""

    points: Table
    at: Table
    size: Table


class Columns(NamedTuple):
    """The fields of one side of a batch, a column each."""

    by_path: dict[str, Table]  # see `fields.Kind`
    points: Table  # code points of texts and words
    laid: Table  # which documents could be read


class Side(NamedTuple):
    """One side of a batch of documents; every table as the module says."""

    about: Table
    entity_at: Table
    event_at: Table
    claim_at: Table
    entities: Table
    events: Table
    arguments: Table
    claims: Table
    hops: Table
    sources: Table
    spans: Table
    text: Text  # of each document
    words: Text  # of each span; it may have none
    well_formed: Table  # of each number given to an id: has it the form of one?

    def __len__(self) -> int:
        """Count the documents."""
        return len(self.about)


class Numbered:
    """Numbers given to strings in the order in which they come; both sides of a batch share one."""

    def __init__(self, words: Sequence[str] = ()) -> None:
        """Start with what has a number already."""
        self.words = list(words)
        self._known: dict[str | None, int] = {None: NONE, **{word: i for i, word in enumerate(words)}}

    def of(self, words: Sequence[str | None]) -> list[int]:
        """Give the numbers of words; None has none."""
        for word in words:
            if word not in self._known:
                self._known[word] = len(self.words)
                self.words.append(str(word))
        return [self._known[word] for word in words]

    def well_formed(self) -> Table:
        """Tell of each number whether its string has the form of an id."""
        form = _form_of_id()
        return np.array([form(word) is not None for word in self.words], np.bool_)


@cache
def _form_of_id() -> Any:
    import re

    return lru_cache(100_000)(
        re.compile(contract.python_pattern(contract.schema("document")["$defs"]["id"]["pattern"])).search
    )


# What a field stands for that is left out.
_DEFAULT = {"status": "asserted", "population": "unspecified", "scope": "total", "as_of": "current"}
_DEFAULT |= {"responsibility_role": "executed"}


def _filled(vocabulary: str, numbers: Table) -> Table:
    """Put in what a label stands for that is left out."""
    default = contract.labels(vocabulary).index(_DEFAULT[vocabulary])
    found: Table = np.where(numbers == NONE, default, numbers)
    return found


_TRUTHS = {"counts", "holds", "sized", "low_hard", "high_hard", "stated", "now"}


def _table(row: np.dtype[Any], size: int, **columns: Table) -> Table:
    """Make a table; a column that is not given is "none", or 0 where that is a truth value."""
    table = np.empty(size, row)
    for name in row.names or ():
        table[name] = columns.get(name, 0 if name in _TRUTHS else NONE)
    return table


def _put(table: Table, rows: Table, **columns: int | Table) -> None:
    """Fill columns of some rows."""
    for name, values in columns.items():
        table[name][rows] = values


def _begins(sizes: Table) -> Table:
    """Tell where the parts of each owner begin, and where the last ends."""
    return np.concatenate([[0], np.cumsum(sizes)])


def _gathered(first: str, size: str, sizes: Table, start: int = 0) -> dict[str, Table]:
    """Name the columns that tell where the parts of each owner begin, one after the other, and how many they are."""
    return {first: np.cumsum(sizes) - sizes + start, size: sizes}


def text_of(words: Sequence[str]) -> Text:
    """Write strings as code points."""
    joined = "".join(words).encode("utf-32-le", "surrogatepass")
    sizes = np.fromiter(map(len, words), np.int64, len(words))
    # A copy: loops are compiled for arrays that may be written, as all others are.
    return Text(np.frombuffer(joined, np.uint32).copy(), np.cumsum(sizes) - sizes, sizes)


def place(at: Table, size: Table) -> Table:
    """Write in one number each where strings are; `fields.Kind.WORDS` are written so."""
    return at << 32 | size


def _placed(points: Table, places: Table) -> Text:
    return Text(points, places >> 32, places & 0xFFFFFFFF)


# --- a side -----------------------------------------------------------------------------------

_MENTION, _TRIGGER, _ANCHOR = "entities[].mentions[]", "events[].triggers[]", "claims[].anchor"
_HOP, _SOURCE, _COUNT = "claims[].chain[]", "claims[].chain[].sources[]", "claims[].count"
_SPOKEN, _CUE, _SUBSET = f"{_SOURCE}.span", f"{_HOP}.cue", f"{_COUNT}.subset"
_SPANS = (_MENTION, _TRIGGER, _ANCHOR, _SPOKEN, _CUE, _SUBSET)  # in the order of their rows


def side(columns: Columns, texts: Sequence[str], strings: Numbered, text: Text | None = None) -> Side:
    """Lay out documents.

    Args:
        columns: their fields.
        texts: the report's text of each document.
        strings: the numbering of the batch.
        text: the same as code points; None if it stands in the columns.
    """
    found, size = columns.by_path, len(texts)
    begin = _begins(np.array([len(found[f"{path}.start"]) for path in _SPANS]))
    # The row of each span, for who may have none.
    row = {
        path: np.where(found[path] == 1, np.cumsum(found[path]) + (first - 1), NONE)
        for path, first in zip(_SPANS, begin.tolist(), strict=False)
    }
    spans = _table(
        SPAN,
        int(begin[-1]),
        start=np.concatenate([found[f"{path}.start"] for path in _SPANS]),
        end=np.concatenate([found[f"{path}.end"] for path in _SPANS]),
    )
    words = _placed(columns.points, np.concatenate([found[f"{path}.text"] for path in _SPANS]))
    text = text or _placed(columns.points, found["text"])
    if f"{_ANCHOR}.occurrence" in found and (spans["start"] == NONE).any() | (words.size == 0).any():
        occurrences = np.concatenate([found[f"{path}.occurrence"] for path in _SPANS])
        locate(spans, _owners(found, size), text, words, occurrences)

    geo = np.full(len(found["entities[]"]), NONE)
    geo[found["entities[].geo"] == 1] = found["entities[].geo.country"]
    timex = found["entities[].timex"]
    days: Table = np.full(len(timex), NONE)
    if (timex != NONE).any():
        given, which = np.unique(timex, return_inverse=True)
        days = np.array(strings.of([None if n == NONE else day(strings.words[n]) for n in given.tolist()]))[which]
    made = Side(
        about=_table(
            ABOUT,
            size,
            **{name: _about(found, size, name) for name in ("publisher", "published", "url")},
            laid=columns.laid,
        ),
        entity_at=_begins(found["entities"]),
        event_at=_begins(found["events"]),
        claim_at=_begins(found["claims"]),
        entities=_table(
            ENTITY,
            len(found["entities[]"]),
            name=found["entities[].id"],
            type=found["entities[].type"],
            part_of=found["entities[].part_of"],
            **_gathered("mention", "mentions", found["entities[].mentions"]),
            country=geo,
            day=days,
            geo=found["entities[].geo"],
            timex=timex != NONE,
        ),
        events=_table(
            EVENT,
            len(found["events[]"]),
            name=found["events[].id"],
            type=found["events[].type"],
            parent=found["events[].parent"],
            background=found["events[].background"] == 1,
            **_gathered("trigger", "triggers", found["events[].triggers"], int(begin[1])),
            **_gathered("argument", "arguments", found["events[].arguments"]),
        ),
        arguments=_table(
            ARGUMENT,
            len(found["events[].arguments.key"]),
            role=found["events[].arguments.key"],
            entity=found["events[].arguments.value"],
        ),
        claims=_claims(found, texts, strings, spans, row, text),
        hops=_table(
            HOP,
            len(found[_HOP]),
            type=found[f"{_HOP}.type"],
            **_gathered("source", "sources", found[f"{_HOP}.sources"]),
            cue=row[_CUE],
            inherited=found[f"{_HOP}.inherited"] == 1,
        ),
        sources=_table(SOURCE, len(found[_SOURCE]), entity=found[f"{_SOURCE}.entity"], span=row[_SPOKEN]),
        spans=spans,
        text=text,
        words=words,
        well_formed=strings.well_formed(),
    )
    _at_hand(made)
    return made


def _about(found: dict[str, Table], size: int, name: str) -> Table:
    there = np.zeros(size, np.int64)
    there[found["metadata"] == 1] = found[f"metadata.{name}"] != NONE
    return there


def _claims(
    found: dict[str, Table],
    texts: Sequence[str],
    strings: Numbered,
    spans: Table,
    row: dict[str, Table],
    text: Text,
) -> Table:
    claims = _table(
        CLAIM,
        len(found["claims[]"]),
        name=found["claims[].id"],
        kind=found["claims[].kind"],
        event=found["claims[].event"],
        anchor=row[_ANCHOR],
        status=_filled("status", found["claims[].status"]),
        **_gathered("hop", "hops", found["claims[].chain"]),
    )
    counting, holding = (np.flatnonzero(found[f"claims[].{part}"]) for part in ("count", "responsibility"))
    of = np.repeat(np.arange(len(texts)), found["claims"])[counting]
    n = found[f"{_COUNT}.n"]
    values = np.append(found[f"{_COUNT}.n[]"], NONE)
    begin = np.cumsum(n) - n
    first, last = (np.where(n > 0, values[at], NONE) for at in (begin, begin + np.maximum(n, 1) - 1))
    hedge, word, subset = found[f"{_COUNT}.hedge"], found[f"{_COUNT}.word"], row[_SUBSET]
    part = np.full(len(subset), NONE)
    if (subset != NONE).any():
        there = np.flatnonzero(subset != NONE)
        parts = [texts[of[i]][spans[subset[i]]["start"] : spans[subset[i]]["end"]].lower() for i in there.tolist()]
        part[there] = strings.of(parts)
    anchor = spans[claims["anchor"][counting]]
    starts, ends = anchor["start"], anchor["end"]
    # A span that is not in the text costs its document its place, whatever is read there.
    sizes = np.where((starts < 0) | (ends < starts) | (ends > text.size[of]), 0, ends - starts)
    numbers = np.stack([hedge, n, first, last, word], axis=1)
    read = readings().of(text.points, text.at[of] + starts, sizes, numbers)
    _put(
        claims,
        counting,
        counts=1,
        hedge=hedge,
        size=n,
        first=first,
        last=last,
        word=word,
        metric=found[f"{_COUNT}.metric"],
        **{name: _filled(name, found[f"{_COUNT}.{name}"]) for name in ("population", "scope", "as_of")},
        subset=subset,
        part=part,
        **dict(zip(READ, read.T, strict=True)),
    )
    held = "claims[].responsibility"
    role = _filled("responsibility_role", found[f"{held}.role"])
    _put(claims, holding, holds=1, actor=found[f"{held}.actor"], role=role)
    return claims


def _at_hand(side: Side) -> None:
    """Fill the columns of claims that follow from others, so that loops need not go from table to table for them."""
    claims, k, tables = side.claims, labels(), maps()
    if len(side.spans):
        claims["start"], claims["end"] = (side.spans[edge][claims["anchor"]] for edge in ("start", "end"))
    claims["told"] = tables.told[claims["status"]]
    if len(side.hops):
        last = np.maximum(claims["hop"] + claims["hops"] - 1, 0)
        claims["origin"] = np.where(claims["hops"], side.hops["type"][last], NONE)
    else:
        claims["origin"] = NONE
    claims["rank"] = tables.rank[claims["origin"]]  # −1 is the last, the narrator's
    claims["assumed"] = tables.assumed[claims["metric"]]
    total = claims["scope"] == k.total
    claims["stated"] = claims["counts"] & claims["told"] & total & (claims["size"] > 0)
    claims["now"] = claims["sized"] & (claims["as_of"] == k.current)


# --- words without offsets --------------------------------------------------------------------


def _owners(found: dict[str, Table], size: int) -> Table:
    """Tell of each span which document it is of."""
    of = np.arange(size)
    entity, event, claim = (np.repeat(of, found[layer]) for layer in ("entities", "events", "claims"))
    hop = np.repeat(claim, found["claims[].chain"])
    count = claim[found[_COUNT] == 1]
    return np.concatenate(
        [
            np.repeat(entity, found["entities[].mentions"]),
            np.repeat(event, found["events[].triggers"]),
            claim[found[_ANCHOR] == 1],
            np.repeat(hop, found[f"{_HOP}.sources"])[found[_SPOKEN] == 1],
            hop[found[_CUE] == 1],
            count[found[_SUBSET] == 1],
        ]
    )


@loop
def locate(spans: Table, of: Table, text: Text, words: Text, occurrences: Table) -> None:
    """Give spans that are words alone their place, as `codec.place` does; what is given in no way has none."""
    for i in range(len(spans)):
        nth = occurrences[i]
        if spans[i].start != NONE and spans[i].end != NONE and (words.size[i] or nth == NONE):
            continue
        start = NONE
        if spans[i].start == NONE and spans[i].end == NONE and words.size[i]:
            d, nth = of[i], 1 if nth == NONE else nth
            start = _found(text.points, text.at[d], text.size[d], words.points, words.at[i], words.size[i], nth)
        spans[i].start, spans[i].end = start, NONE if start == NONE else start + words.size[i]


@bare
def _found(text: Table, at: int, size: int, words: Table, word: int, long: int, nth: int) -> int:
    """Find the nth occurrence of words in a text, counted from 1; −1 if there is none."""
    for start in range(size - long + 1):
        same = True
        for i in range(long):
            if text[at + start + i] != words[word + i]:
                same = False
                break
        if same:
            nth -= 1
            if nth == 0:
                return start
    return NONE
