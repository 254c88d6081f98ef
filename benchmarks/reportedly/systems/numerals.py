"""Quantities as they are written: hedge words and a number, a range, a vague word, none or all.

It reads what stands there and does not ask what is counted; whether the number counts persons is
for `counts`.  A quantity always fits the arity that the hedge table gives its hedge.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from reportedly.systems import lexicon
from reportedly.systems.reading import Reading, Token

LARGEST = 10_000_000_000  # as in the schema
_FIGURES = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_DASHES = ("-", "–", "—")


class Number(NamedTuple):
    """A number that ends before token ``last``; ``power`` is what its last word multiplied by."""

    last: int
    n: int
    power: int
    word: str | None


class Quantity(NamedTuple):
    """A hedged number at the tokens ``first`` to ``last``, exclusive; ``core`` is its first number word."""

    first: int
    last: int
    core: int
    hedge: str
    n: tuple[int, ...]
    word: str | None


def _small(word: str) -> int | None:
    """Read a number word under a hundred, "twenty-one" among them."""
    if word in lexicon.ONES:
        return lexicon.ONES[word]
    if word in lexicon.TENS:
        return lexicon.TENS[word]
    tens, dash, ones = word.partition("-")
    if dash and tens in lexicon.TENS and 0 < lexicon.ONES.get(ones, 0) < 10:
        return lexicon.TENS[tens] + lexicon.ONES[ones]
    return None


def _power(tokens: tuple[Token, ...], at: int, last: int) -> int | None:
    return lexicon.POWERS.get(tokens[at].low) if at < last else None


def _digits(tokens: tuple[Token, ...], at: int, last: int) -> Number | None:
    written = tokens[at].text.replace(",", "").replace("\u00a0", "").replace("\u202f", "")
    if not _FIGURES.fullmatch(written) or len(written) > 13:
        return None
    if power := _power(tokens, at + 1, last):
        n = round(float(written) * power)
        return Number(at + 2, n, power, "dozen" if power == 12 else None) if n <= LARGEST else None
    if "." in written or int(written) > LARGEST:
        return None
    return Number(at + 1, int(written), 1, None)


def _worded(tokens: tuple[Token, ...], at: int, last: int) -> Number | None:
    total, part, power, word = 0, None, 1, None
    i = at
    if tokens[i].low in ("a", "half") and _power(tokens, i + 1, last):
        part, i = 1, i + 1
    elif tokens[i].low == "half" and i + 2 < last and tokens[i + 1].low == "a" and tokens[i + 2].low == "dozen":
        return Number(i + 3, 6, 12, "dozen")
    while i < last:
        low = tokens[i].low
        value = _small(low)
        if value is not None:
            if part is not None and not (part % 100 == 0 or (part % 10 == 0 and value < 10 and part % 100 >= 20)):
                break
            part = (part or 0) + value
        elif low in lexicon.POWERS and part is not None:
            power = lexicon.POWERS[low]
            word = "dozen" if low == "dozen" else word
            part *= power
            if power >= 1_000:
                total, part = total + part, 0
        elif not (low == "and" and part is not None and power >= 100 and i + 1 < last and _small(tokens[i + 1].low)):
            break
        i += 1
        if total + (part or 0) > LARGEST:
            return None
    if part is None or tokens[at].low == "half":
        return None
    return Number(i, total + part, power, word)


def number(reading: Reading, at: int, last: int) -> Number | None:
    """Read the number that begins at a token and ends before token ``last``, in digits or words."""
    return _digits(reading.tokens, at, last) or _worded(reading.tokens, at, last) if at < last else None


def _phrase(reading: Reading, at: int, last: int, table: dict[tuple[str, ...], str]) -> tuple[int, str] | None:
    for size in (5, 4, 3, 2, 1):
        words = reading.lows(at, min(last, at + size))
        if len(words) == size and words in table:
            return at + size, table[words]
    return None


def _hedge(reading: Reading, at: int, last: int) -> tuple[int, str] | None:
    for words, label in lexicon.hedge_phrases().get(reading.tokens[at].low, ()):
        if reading.lows(at, min(last, at + len(words))) == words:
            return at + len(words), label
    return None


def _second(reading: Reading, found: Number, last: int, joins: tuple[str, ...]) -> tuple[Number, Number] | None:
    """Read on from the first number of a range; a power said once is meant of both ("two to three dozen")."""
    if found.last >= last or reading.tokens[found.last].low not in joins:
        return None
    other = number(reading, found.last + 1, last)
    if other is None:
        return None
    if other.power > 1 and found.power == 1 and found.n * other.power < other.n:
        found = found._replace(n=found.n * other.power, word=other.word)
    return (found, other) if found.n < other.n else None


def _range(reading: Reading, at: int, last: int) -> tuple[Number, Number] | None:
    opening = reading.tokens[at].low
    if opening in ("between", "from"):
        found = number(reading, at + 1, last)
        # "rose from 40 to 61" is two figures of different times and no range
        if found is None or (opening == "from" and lexicon.RISING & set(reading.lows(at - 6, at))):
            return None
        return _second(reading, found, last, ("and",) if opening == "between" else ("to",))
    found = number(reading, at, last)
    if found is None:
        return None
    risen = at > 0 and reading.tokens[at - 1].low == "from"
    return _second(reading, found, last, (*_DASHES, "or") if risen else ("to", "or", *_DASHES))


def _plain(reading: Reading, at: int, last: int) -> Quantity | None:
    """Read a quantity without a hedge before it."""
    low = reading.tokens[at].low
    if pair := _range(reading, at, last):
        word = pair[0].word or pair[1].word
        return Quantity(at, pair[1].last, at, "RANGE", (pair[0].n, pair[1].n), word)
    if found := number(reading, at, last):
        return Quantity(at, found.last, at, "EXACT" if found.n else "NONE", (found.n,) if found.n else (), found.word)
    if found_word := _phrase(reading, at, last, lexicon.VAGUE):
        return Quantity(at, found_word[0], at, "VAGUE", (), found_word[1])
    pair_of_words = reading.lows(at, min(last, at + 2))
    if len(pair_of_words) == 2 and pair_of_words in lexicon.NONE:
        return Quantity(at, at + 2, at, "NONE", (), None)
    if (low,) in lexicon.NONE:
        return Quantity(at, at + 1, at, "NONE", (), None)
    if pair_of_words == ("every", "one"):
        return Quantity(at, at + 2, at, "ALL", (), None)
    if low == "all" and (found := number(reading, at + 1, last)) and found.n:
        return Quantity(at, found.last, at, "ALL", (found.n,), None)
    if (low,) in lexicon.ALL:
        return Quantity(at, at + 1, at, "ALL", (2,) if low == "both" else (), None)
    if pair_of_words == ("a", "pair"):
        return Quantity(at, at + 2, at, "EXACT", (2,), None)
    return None


def _hedged(found: Quantity, at: int, hedge: str) -> Quantity | None:
    """Put a hedge on a plain quantity, or say that the two do not go together."""
    if found.hedge == "RANGE":
        return found._replace(first=at, hedge="APPROX_RANGE" if hedge in ("APPROX", "ALMOST") else "RANGE")
    if found.hedge == "VAGUE":
        takes = found.word not in lexicon.WEAK_VAGUE or found.word == "several"
        return found._replace(first=at, hedge=hedge if hedge != "EXACT" else "VAGUE") if takes else None
    return found._replace(first=at, hedge=hedge) if found.hedge == "EXACT" else None


def quantity(reading: Reading, at: int, last: int) -> Quantity | None:
    """Read the quantity that begins at a token, the longest that can be read.

    Args:
        reading: the text.
        at: the token where hedge or number begins.
        last: the token at which to stop reading, the end of the unit.
    """
    if at >= last:
        return None
    found: Quantity | None = None
    if (hedge := _hedge(reading, at, last)) and hedge[0] < last:
        inner = _hedge(reading, hedge[0], last)  # "at least some 60": the first hedge holds
        begin = inner[0] if inner and inner[0] < last and number(reading, inner[0], last) else hedge[0]
        plain = _plain(reading, begin, last)
        found = _hedged(plain, at, hedge[1]) if plain else None
    found = found or _plain(reading, at, last)
    if found and found.hedge == "EXACT" and (after := _phrase(reading, found.last, last, lexicon.AFTER_PHRASES)):
        found = found._replace(last=after[0], hedge=after[1])
    return found
