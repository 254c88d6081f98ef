"""Expressions with a calendar or clock value, and that value as TIMEX3.

The day of the report is not known here: what would need it stays X, as the guidelines ask.
"""

from __future__ import annotations

from collections.abc import Iterator

from reportedly.systems import lexicon
from reportedly.systems.reading import Reading, Token, Unit


def _clock(reading: Reading, at: int, last: int) -> tuple[int, str] | None:
    """Read "11:30 pm", "9 p.m." or "23:10"; the tokens are number, sign, number, letters."""
    tokens = reading.tokens
    hour = tokens[at].text
    if not hour.isdecimal() or not hour.isascii() or len(hour) > 2:
        return None
    i, minute, colon = at + 1, 0, False
    if i + 1 < last and tokens[i].text == ":" and len(tokens[i + 1].text) == 2 and tokens[i + 1].text.isdecimal():
        minute, i, colon = int(tokens[i + 1].text), i + 2, True
    half = ""
    for size in (3, 1):
        joined = "".join(reading.lows(i, min(last, i + size))).replace(".", "")
        if joined in ("am", "pm") and i + size <= last:
            half, i = joined, i + size
            break
    if half and i < last and tokens[i].text == "." and tokens[i - 1].low == "m":
        i += 1
    value = int(hour) % 12 + (12 if half == "pm" else 0) if half else int(hour)
    return (i, f"XXXX-XX-XXT{value:02}:{minute:02}") if (half or colon) and value < 25 and minute < 60 else None


def _year(token: Token) -> bool:
    return len(token.text) == 4 and token.text.isascii() and token.text.isdecimal() and token.text[:2] in ("19", "20")


def _date(reading: Reading, at: int, last: int) -> tuple[int, str] | None:
    """Read "24 March 2031", "March 24, 2031", "March 24", "March 2031" or "in 2031"."""
    tokens = reading.tokens

    def day(i: int) -> int | None:
        text = tokens[i].text if i < last else ""
        return int(text) if len(text) <= 2 and text.isascii() and text.isdecimal() and 1 <= int(text) <= 31 else None

    def month(i: int) -> int | None:
        return lexicon.MONTHS.get(tokens[i].low) if i < last and tokens[i].text[0].isupper() else None

    def with_year(i: int, value: str) -> tuple[int, str]:
        j = i + 1 if i < last and tokens[i].text == "," else i
        return (j + 1, f"{tokens[j].text}-{value}") if j < last and _year(tokens[j]) else (i, f"XXXX-{value}")

    if (d := day(at)) and (m := month(at + 1)):
        return with_year(at + 2, f"{m:02}-{d:02}")
    if m := month(at):
        if d := day(at + 1):
            return with_year(at + 2, f"{m:02}-{d:02}")
        if at + 1 < last and _year(tokens[at + 1]):
            return at + 2, f"{tokens[at + 1].text}-{m:02}"
        # "May" opens sentences and is a name; a month alone needs its preposition
        return (at + 1, f"XXXX-{m:02}") if at and tokens[at - 1].low in ("in", "since", "last") else None
    if _year(tokens[at]) and at and tokens[at - 1].low in ("in", "since", "until"):
        return at + 1, tokens[at].text
    return None


def _time(reading: Reading, at: int, last: int) -> tuple[int, str] | None:
    tokens = reading.tokens
    low = tokens[at].low
    if low in ("late", "early") and at + 1 < last and tokens[at + 1].low in lexicon.WEEKDAYS:
        return _time(reading, at + 1, last)
    if day := lexicon.WEEKDAYS.get(low):
        part = lexicon.DAYPARTS.get(tokens[at + 1].low) if at + 1 < last else None
        return (at + 2, f"XXXX-WXX-{day}{part}") if part else (at + 1, f"XXXX-WXX-{day}")
    if low in lexicon.DEICTIC:
        return at + 1, lexicon.DEICTIC[low]
    return _clock(reading, at, last) or _date(reading, at, last)


def times(reading: Reading, unit: Unit) -> Iterator[tuple[int, int, str]]:
    """Yield the time expressions of a unit: first token, the token behind the last, TIMEX3 value."""
    at = unit.first
    while at < unit.last:
        if found := _time(reading, at, unit.last):
            yield at, *found
            at = found[0]
        else:
            at += 1
