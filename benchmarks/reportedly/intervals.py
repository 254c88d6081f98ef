"""From the words of a count to the interval of persons it allows.

The convention is the hedge table and the vague lexicon of ``schema/vocabulary.json``; this module
only works out the formulas that the table names.  Annotators mark hedge and number, never an
interval, so that another convention needs another table and no new annotation.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from reportedly import contract
from reportedly.model import Count, Interval


def rounding(n: int) -> int:
    """Tell how far a rounded number may lie from the true one, in persons.

    A number is as precise as its last digit that is not zero, but never looser than a tenth:
    ``max(1, min(n // 10, 10 ** trailing zeros of n))``.

    >>> [rounding(n) for n in (60, 253, 250, 700, 5)]
    [6, 1, 10, 70, 1]
    """
    zeros = len(str(n)) - len(str(n).rstrip("0")) if n else 0
    return max(1, min(n // 10, int(10**zeros)))


# What the table's formulas mean; a and b are the first and the last number of n.
END: dict[str, Callable[[int, int], int]] = {
    "0": lambda a, b: 0,
    "n": lambda a, b: a,
    "n+1": lambda a, b: a + 1,
    "n-1": lambda a, b: max(0, a - 1),
    "n-d": lambda a, b: max(0, a - rounding(a)),
    "n+d": lambda a, b: a + rounding(a),
    "a": lambda a, b: a,
    "b": lambda a, b: b,
    "a-d": lambda a, b: max(0, a - rounding(a)),
    "b+d": lambda a, b: b + rounding(b),
}


@lru_cache(maxsize=4096)  # reports say few different numbers, and every metric asks for them again
def interval(count: Count) -> Interval | None:
    """Work out the interval of a count.

    Args:
        count: a count whose numbers fit its hedge (rule ``count-arity``).

    Returns:
        The interval in persons, or None where the text gives no size: "all the hostages" of an
        uncounted group, "most of them".

    Source: the hedge table and the vague lexicon, ``schema/vocabulary.json``.
    """
    row = contract.hedges()[count.hedge]
    word = contract.vague_words()[count.word] if count.word is not None else None
    if word is not None and not count.n:
        if word.low is None:
            return None
        # A vague word alone is its own interval; under another hedge its low end is the number:
        # "more than several hundred" is more than three hundred.
        if row.low == "word":
            return Interval(low=word.low, high=word.high, low_hard=False, high_hard=False)
        low = high = word.low
    elif count.n:
        low, high = count.n[0], count.n[-1]
    elif row.low == "0":
        low = high = 0
    else:
        return None
    hard = word is None  # a dozen-word makes both ends soft under any hedge
    top = None if row.high == "inf" else END[row.high](low, high)
    return Interval(
        low=END[row.low](low, high),
        high=top,
        low_hard=hard and row.low_end == "hard",
        high_hard=hard and row.high_end == "hard",
    )


def said(count: Count) -> int | None:
    """Give the one number that the source said: n, or the low end of a range or a vague word."""
    found = interval(count)
    if count.n:
        return count.n[0]
    return None if found is None else found.low
