"""Who answers whom, as in `reportedly.align`, where a few compete; and sums that round once.

A pairing of which it is not sure that the careful way would find the same one is unsure, and its document
goes the careful way: one in which many compete, and one that is no better than another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reportedly.columns import bare
from reportedly.columns.room import Room, reals, wholes
from reportedly.columns.tables import NONE

if TYPE_CHECKING:
    from reportedly.columns.tables import Table

_TRIED = 4096  # pairings of one component that are tried one by one
_SAME = 1e-9
_LOW, _ONE = np.uint64(2**32 - 1), np.uint64(1)


@bare
def paired(weights: Table, answers: Table, apart: float, any_will_do: bool, room: Room) -> bool:
    """Pair rows with columns one-to-one so that the weights add up to the most.

    Args:
        weights: rows × columns; 0 is a pair that may not be.
        answers: filled with the column of each row, −1 for none.
        apart: how much more a pairing has to weigh than the next best; less may be an error of rounding.
        any_will_do: two pairings whose weights are the same ones are no doubt: only the weights are asked for.
        room: for what is kept meanwhile.

    Returns:
        Whether the pairing is sure.
    """
    n, m = weights.shape
    seen, known = wholes(room, n), wholes(room, m)
    rows, columns = wholes(room, n), wholes(room, m)
    for i in range(n):
        answers[i] = NONE
    for first in range(n):
        if seen[first]:
            continue
        # One connected component.
        seen[first] = 1
        rows[0] = first
        height, width, at = 1, 0, 0
        while at < height:
            row = rows[at]
            at += 1
            for column in range(m):
                if weights[row, column] > 0 and not known[column]:
                    known[column] = 1
                    columns[width] = column
                    width += 1
                    for other in range(n):
                        if weights[other, column] > 0 and not seen[other]:
                            seen[other] = 1
                            rows[height] = other
                            height += 1
        if width == 0:
            continue
        if height == 1 or width == 1:
            sure = _best_of_line(weights, answers, rows[:height], columns[:width]) or any_will_do
        else:
            sure = _best_of_all(weights, answers, rows[:height], columns[:width], apart, any_will_do, room)
        if not sure:
            return False
    return True


@bare
def uncontested(weights: Table, answers: Table) -> bool:
    """Pair what there is if nothing competes, as in most of a report; false if something does."""
    n, m = weights.shape
    for i in range(n):
        answers[i] = NONE
        for j in range(m):
            if weights[i, j] > 0:
                if answers[i] != NONE:
                    return False
                for other in range(i):
                    if answers[other] == j:
                        return False
                answers[i] = j
    return True


@bare
def turn(weights: Table, mine: Table, theirs: Table) -> None:
    """Add to each weight what decides between equals: see `reportedly.align.tie`."""
    for i in range(len(mine)):
        for j in range(len(theirs)):
            if weights[i, j] > 0:
                product = ((mine[i] & _LOW) | _ONE) * ((theirs[j] & _LOW) | _ONE)
                weights[i, j] += 1e-9 * (np.float64(product & _LOW) / 2.0**32)


@bare
def _best_of_line(weights: Table, answers: Table, rows: Table, columns: Table) -> bool:
    best = second = -1.0
    for row in rows:
        for column in columns:
            weight = weights[row, column]
            if weight > best:
                best, second = weight, best
                for other in rows:
                    answers[other] = NONE
                answers[row] = column
            elif weight > second:
                second = weight
    return best > second


@bare
def _best_of_all(
    weights: Table, answers: Table, rows: Table, columns: Table, apart: float, any_will_do: bool, room: Room
) -> bool:
    """Try every pairing of a component."""
    height, width = len(rows), len(columns)
    size = 1
    for _ in range(height):
        size *= width + 1
        if size > _TRIED:
            return False
    best = second = -1.0
    squares = 0.0  # what tells pairings of the same weights from others of the same sum
    chosen = wholes(room, height)  # 0 is none
    for number in range(size):
        rest, total, square, taken, legal = number, 0.0, 0.0, 0, True
        for i in range(height):
            choice = rest % (width + 1)
            rest //= width + 1
            chosen[i] = choice
            if choice:
                weight = weights[rows[i], columns[choice - 1]]
                bit = 1 << choice
                if weight == 0 or taken & bit:
                    legal = False
                    break
                taken |= bit
                total += weight
                square += weight * weight
        if not legal:
            continue
        alike = any_will_do and abs(total - best) <= apart and abs(square - squares) <= _SAME
        if alike:
            continue
        if total > best:
            best, second = total, best
            squares = square
            for i in range(height):
                answers[rows[i]] = columns[chosen[i] - 1] if chosen[i] else NONE
        elif total > second:
            second = total
    return best - second > apart


@bare
def most(starts: Table, ends: Table, starts_2: Table, ends_2: Table, room: Room) -> int:
    """Count how many spans of two lists can be paired one-to-one that share a code point.

    Of all that are left the one that ends first takes, of those that overlap it, the one that ends
    first: see `reportedly.metrics.spans.most`.
    """
    n, m = len(starts), len(starts_2)
    taken, taken_2 = wholes(room, n), wholes(room, m)
    found = 0
    for _ in range(n + m):
        # The next to be served, of either side.
        i, j, end = NONE, NONE, np.int64(1 << 62)
        for a in range(n):
            if not taken[a] and ends[a] < end:
                i, j, end = a, NONE, ends[a]
        for b in range(m):
            if not taken_2[b] and ends_2[b] < end:
                i, j, end = NONE, b, ends_2[b]
        if i != NONE:
            taken[i] = 1
            best, other = np.int64(1 << 62), NONE
            for b in range(m):
                if not taken_2[b] and ends_2[b] < best and starts_2[b] < ends[i] and starts[i] < ends_2[b]:
                    best, other = ends_2[b], b
            if other != NONE:
                taken_2[other] = 1
                found += 1
        elif j != NONE:
            taken_2[j] = 1
            best, other = np.int64(1 << 62), NONE
            for a in range(n):
                if not taken[a] and ends[a] < best and starts_2[j] < ends[a] and starts[a] < ends_2[j]:
                    best, other = ends[a], a
            if other != NONE:
                taken[other] = 1
                found += 1
        else:
            break
    return found


@bare
def exact_sum(values: Table, size: int, room: Room) -> float:
    """Add without rounding but once, as `math.fsum` does.

    Source: Shewchuk 1997, and the last step as in CPython: half-way cases go by the partial below.
    """
    partials = reals(room, size)
    n = 0
    for i in range(size):
        x = values[i]
        kept = 0
        for j in range(n):
            y = partials[j]
            if abs(x) < abs(y):
                x, y = y, x
            high = x + y
            low = y - (high - x)
            if low != 0.0:
                partials[kept] = low
                kept += 1
            x = high
        partials[kept] = x
        n = kept + 1
    if n == 0:
        return 0.0
    n -= 1
    high = partials[n]
    low = 0.0
    while n > 0:
        x = high
        n -= 1
        y = partials[n]
        high = x + y
        low = y - (high - x)
        if low != 0.0:
            break
    if n > 0 and ((low < 0.0 and partials[n - 1] < 0.0) or (low > 0.0 and partials[n - 1] > 0.0)):
        y = low * 2.0
        x = high + y
        if y == x - high:
            high = x
    return high
