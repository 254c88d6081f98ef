"""A text cut into tokens and units, and what a system hands back of it.

Every later step looks at one unit at a time, and a unit is never longer than `LONGEST` tokens, so
that the work grows with the length of the text and no faster, whatever the text is.  This is no
tokeniser for linguistics: a possessive 's stands apart and a number keeps its thousands
separators, because the guidelines ask for that and nothing else does.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import NamedTuple

from reportedly.model import Claim, Entity, Event, Span
from reportedly.systems import lexicon
from reportedly.text import sentences

LONGEST = 120  # tokens of a unit; a sentence of a report has about twenty-five
_TOKEN = re.compile(
    r"[0-9]+-[^\W\d_]+(?:-[^\W\d_]+)*|[0-9]+(?:[,\u00a0\u202f][0-9]{3}(?![0-9]))*(?:\.[0-9]+)?"
    r"|['’]s\b|[^\W\d_]+(?:(?:-|['’](?!s\b))[^\W\d_]+)*|\S"
)
_IN_A_YEAR = re.compile(r"(?:19|20)[0-9]{2}")


class Token(NamedTuple):
    """A word, number or sign; ``low`` is for looking up, its length may differ."""

    start: int
    end: int
    text: str
    low: str


class Unit(NamedTuple):
    """A sentence, or a piece of an overlong one: the tokens ``first`` to ``last``, exclusive."""

    first: int
    last: int
    paragraph: int
    quoted: bool
    background: bool


class Reading(NamedTuple):
    """A text with its tokens and units, in order."""

    text: str
    tokens: tuple[Token, ...]
    units: tuple[Unit, ...]

    def span(self, first: int, last: int) -> Span:
        """Give the stretch of text from token ``first`` to before ``last``."""
        start, end = self.tokens[first].start, self.tokens[last - 1].end
        return Span(start=start, end=end, text=self.text[start:end])

    def lows(self, first: int, last: int) -> tuple[str, ...]:
        """Give the lower-case words from token ``first`` to before ``last``; out of the text is empty."""
        return tuple(t.low for t in self.tokens[max(0, first) : max(0, last)])


class Extraction(NamedTuple):
    """What a system says of a text; None is a layer that it does not produce."""

    entities: tuple[Entity, ...] | None
    events: tuple[Event, ...] | None
    claims: tuple[Claim, ...] | None


def read(text: str) -> Reading:
    """Cut a text into tokens and units."""
    tokens = tuple(
        Token(m.start(), m.end(), m.group(), m.group().lower().replace("’", "'")) for m in _TOKEN.finditer(text)
    )
    starts = [t.start for t in tokens]
    breaks = [m.start() for m in re.finditer(r"\n", text)]
    units: list[Unit] = []
    quoted = False
    for start, end in sentences(text):
        first, last = bisect_right(starts, start - 1), bisect_right(starts, end - 1)
        paragraph = bisect_right(breaks, start)
        if units and units[-1].paragraph != paragraph:
            quoted = False
        for at in range(first, last, LONGEST):
            until = min(last, at + LONGEST)
            words = [t.low for t in tokens[at:until]]
            inside = quoted or words[0] in lexicon.QUOTES
            units.append(Unit(at, until, paragraph, inside, bool(units) and _tells_of_another(words)))
            quoted = _still_open(words, quoted)
    return Reading(text, tokens, tuple(units))


def _still_open(words: list[str], quoted: bool) -> bool:
    for word in words:
        if word == "“":
            quoted = True
        elif word == "”":
            quoted = False
        elif word == '"':
            quoted = not quoted
    return quoted


def _tells_of_another(words: list[str]) -> bool:
    """Guess that a sentence is about an earlier incident: a bare year, or a past that is named as such."""
    if lexicon.WEEKDAYS.keys() & set(words):
        return False  # a weekday is the report's own week
    for i, word in enumerate(words):
        pair = " ".join(words[i : i + 2])
        if pair in lexicon.LONG_AGO or " ".join(words[i : i + 3]) in lexicon.LONG_AGO:
            return True
        if word == "in" and i + 1 < len(words) and _IN_A_YEAR.fullmatch(words[i + 1]):
            return True
    return False
