"""What follows from the claims of a document, as in `reportedly.derivation`, rule by rule (D1 to D7).

Only what is scored is worked out: no diagnostics, and not which claims decided.  Unknown and open
ends are −1, as in the tables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reportedly.columns import bare
from reportedly.columns.labels import Labels
from reportedly.columns.room import Room, wholes
from reportedly.columns.tables import NONE, Side

if TYPE_CHECKING:
    from reportedly.columns.tables import Row, Table

# Statuses of the responsibility slot.
NOBODY, UNCLAIMED, CONTESTED, CLAIMED, BLAMED = range(5)


@bare
def top(table: Table, i: int) -> int:
    """Climb ``parent`` to the event that has none; −1 stays."""
    while i != NONE and table[i].parent != NONE:
        i = table[i].parent
    return i


@bare
def whole(entities: Table, i: int) -> int:
    """Climb ``part_of`` to the entity that is part of no other."""
    while entities[i].part_of != NONE:
        i = entities[i].part_of
    return i


@bare
def main_root(side: Side, d: int) -> int:
    """Find the incident that is told first and is no background."""
    found = NONE
    start = end = np.int64(1 << 62)
    for i in range(side.event_at[d], side.event_at[d + 1]):
        if side.events[i].parent == NONE and not side.events[i].background:
            for t in range(side.events[i].trigger, side.events[i].trigger + side.events[i].triggers):
                s, e = side.spans[t].start, side.spans[t].end
                if s < start or (s == start and e < end):
                    start, end, found = s, e, i
    return found


@bare
def placed(side: Side, d: int, roots: Table) -> None:
    """Give the root event of each claim of a document."""
    main = main_root(side, d)
    for i in range(len(roots)):
        event = side.claims[side.claim_at[d] + i].event
        roots[i] = main if event == NONE else top(side.events, event)


@bare
def stances(side: Side, d: int, k: Labels, found: Table) -> None:
    """Say of each claim how its actor comes to be held responsible; −1 where it is no such claim."""
    for i in range(len(found)):
        claim = side.claims[side.claim_at[d] + i]
        found[i] = NONE
        if not claim.holds:
            continue
        if claim.actor == NONE:
            how = k.unclaimed
        elif claim.status == k.negated:
            how = k.denied
        elif claim.hops == 0:
            how = k.stated
        else:
            hop = side.hops[claim.hop + claim.hops - 1]
            how = k.blamed_by_authority if hop.type == k.gov else k.blamed
            for s in range(hop.source, hop.source + hop.sources):
                entity = side.sources[s].entity
                if entity != NONE and whole(side.entities, entity) == whole(side.entities, claim.actor):
                    how = k.claimed
        found[i] = how


@bare
def populations(claims: Table, roots: Table, k: Labels, found: Table) -> None:
    """Resolve whom each count of a document counts (D1); −1 where a claim is no count."""
    n = len(claims)
    victims, perpetrators, everybody = k.victims, k.perpetrators, k.all
    for i in range(n):
        one = claims[i]
        found[i] = NONE
        if not one.counts:
            continue
        found[i] = one.population
        if one.population != k.unspecified:
            continue
        found[i] = one.assumed
        if one.size == 0:
            continue
        for j in range(n):
            other = claims[j]
            if not other.stated or other.metric != one.metric or roots[j] != roots[i]:
                continue
            if other.population == everybody:
                if other.size == one.size and other.first == one.first and other.last == one.last:
                    found[i] = everybody
            elif other.population == victims and other.size == 1 and one.size == 1:
                for m in range(n):
                    third = claims[m]
                    if (
                        third.stated
                        and third.metric == one.metric
                        and roots[m] == roots[i]
                        and third.population == perpetrators
                        and third.size == 1
                        and other.first + third.first == one.first
                    ):
                        found[i] = everybody


@bare
def relation(a: Row, b: Row, people: int, others: int, k: Labels) -> int:
    """Say how two counts of one metric and one incident stand to each other; whom each counts is resolved."""
    if (people == k.victims and others == k.perpetrators) or (people == k.perpetrators and others == k.victims):
        return k.disjoint_population
    if a.as_of != b.as_of:
        return k.update
    if not a.sized or not b.sized:
        return k.compatible
    alike = a.scope == b.scope
    if alike and a.scope == k.partial:
        alike = a.subset != NONE and b.subset != NONE and a.part == b.part
    if not alike or people != others:
        # A part, or the victims alone, can never be more than the whole or both sides.
        first_is_part = a.scope == k.partial if a.scope != b.scope else people != k.all
        low, high = (a.low, b.high) if first_is_part else (b.low, a.high)
        ordered = (a.scope == b.scope) != (people == others)
        return k.conflict if ordered and high != NONE and low > high else k.compatible
    if a.low == b.low and a.high == b.high:
        return k.same
    if (a.high != NONE and a.high < b.low) or (b.high != NONE and b.high < a.low):
        return k.conflict
    return k.refines if _within(a, b) or _within(b, a) else k.compatible


@bare
def _within(inner: Row, outer: Row) -> bool:
    return inner.low >= outer.low and (outer.high == NONE or (inner.high != NONE and inner.high <= outer.high))


# --- figures ----------------------------------------------------------------------------------


@bare
def _nearer(a: Row, b: Row, vague: int) -> bool:
    """Tell whether one count is to be believed rather than another (D5)."""
    if a.rank != b.rank:
        return a.rank < b.rank
    if (a.hedge == vague) != (b.hedge == vague):
        return b.hedge == vague
    if a.start != b.start:
        return a.start > b.start
    # Words that begin alike: the shorter ones come first.
    return a.end < b.end


@bare
def _bounds(claims: Table, i: int, rows: Table, exact: int, total: int) -> bool:
    """Tell whether a current total bounds: the bare repetition of a hedged number does not (D3)."""
    claim = claims[i]
    if claim.hedge != exact:
        return True
    for j in rows:
        other = claims[j]
        if (
            other.now
            and other.scope == total
            and other.hedge != exact
            and other.size == claim.size
            and other.first == claim.first
            and other.last == claim.last
        ):
            return False
    return True


@bare
def figure(claims: Table, rows: Table, exact: int, vague: int, total: int) -> tuple[int, int, int]:
    """Put the counts of one population together (D2 to D5).

    Args:
        claims: claims of documents.
        rows: those of one population.
        exact: number of the hedge EXACT.
        vague: number of the hedge VAGUE.
        total: number of the scope total.

    Returns:
        Low, best and high.
    """
    low = hard_low = floor = hard_floor = top_low = NONE
    high = highest = soft_high = NONE
    open_ended = False
    best = best_part = best_sized = NONE
    for i in rows:
        claim = claims[i]
        if not claim.now:
            continue
        if best_sized == NONE or _nearer(claim, claims[best_sized], vague):
            best_sized = i
        if claim.scope != total:
            if claim.low_hard:
                hard_low = max(hard_low, claim.low)
                if best_part == NONE or claim.low > top_low:
                    best_part, top_low = i, claim.low
            continue
        if best == NONE or _nearer(claim, claims[best], vague):
            best = i
        if not _bounds(claims, i, rows, exact, total):
            continue
        low = max(low, claim.low)
        floor = claim.low if floor == NONE else min(floor, claim.low)
        if claim.low_hard:
            hard_low = max(hard_low, claim.low)
            hard_floor = claim.low if hard_floor == NONE else min(hard_floor, claim.low)
        if claim.high == NONE:
            open_ended = True
        elif claim.high_hard:
            high = claim.high if high == NONE else min(high, claim.high)
            highest = max(highest, claim.high)
        else:
            soft_high = max(soft_high, claim.high)
    if hard_low != NONE:
        low = hard_low
    if high == NONE and not open_ended:
        high = soft_high
    if low != NONE and high != NONE and low > high:
        # D4: nothing satisfies all of them.
        high = max(high if highest == NONE else highest, hard_low)
        low = hard_floor if hard_floor != NONE else floor
        if open_ended:
            high = NONE
    if best == NONE:
        best = best_part if best_part != NONE else best_sized
    return low, (claims[best].said if best != NONE else NONE), high


# --- templates --------------------------------------------------------------------------------


@bare
def incidents(side: Side, d: int, roots: Table, found: Table) -> int:
    """List the root events of the templates of a document, and tell how many; −1 is that of claims without an event."""
    n = 0
    for i in range(side.event_at[d], side.event_at[d + 1]):
        if side.events[i].parent == NONE:
            found[n] = i
            n += 1
    for root in roots:
        if root == NONE:
            found[n] = NONE
            n += 1
            break
    return n


@bare
def figures(side: Side, d: int, roots: Table, resolved: Table, root: int, k: Labels, found: Table, room: Room) -> None:
    """Work out the figures of an incident: metric × population × (there, low, best, high)."""
    first = side.claim_at[d]
    nothing(found)
    rows = wholes(room, len(roots))
    for i in range(len(roots)):
        claim = side.claims[first + i]
        if roots[i] != root or not claim.counts or not claim.told or found[claim.metric, resolved[i], 0]:
            continue
        n = 0
        for j in range(i, len(roots)):
            other = side.claims[first + j]
            if (
                roots[j] == root
                and other.counts
                and other.told
                and other.metric == claim.metric
                and resolved[j] == resolved[i]
            ):
                rows[n] = first + j
                n += 1
        low, best, high = figure(side.claims, rows[:n], k.exact, k.vague, k.total)
        cell = found[claim.metric, resolved[i]]
        cell[0], cell[1], cell[2], cell[3] = 1, low, best, high


@bare
def nothing(figures: Table) -> None:
    """Say that nobody is counted."""
    figures[:, :, 0] = 0
    figures[:, :, 1:] = NONE


@bare
def responsibility(side: Side, d: int, roots: Table, how: Table, root: int, k: Labels) -> int:
    """Say how settled it is who did it (D7)."""
    first = side.claim_at[d]
    anybody = contested = claimed = False
    one = NONE  # the whole of the actor that is named
    for i in range(len(roots)):
        claim = side.claims[first + i]
        if roots[i] != root or not claim.holds or how[i] == k.denied:
            continue
        anybody = True
        if claim.actor == NONE:
            continue
        actor = whole(side.entities, claim.actor)
        contested = contested or (one != NONE and one != actor)
        one = actor
        claimed = claimed or how[i] == k.claimed
        for j in range(len(roots)):
            other = side.claims[first + j]
            if roots[j] == root and other.holds and how[j] == k.denied:
                contested = contested or whole(side.entities, other.actor) == actor
    if one == NONE:
        return UNCLAIMED if anybody else NOBODY
    if contested:
        return CONTESTED
    return CLAIMED if claimed else BLAMED


@bare
def sub_events(side: Side, d: int, roots: Table, root: int, found: Table) -> None:
    """Tell of each event of a document whether it is a part of an incident that its claims tell of."""
    for i in range(len(roots)):
        claim = side.claims[side.claim_at[d] + i]
        if roots[i] == root and claim.told and claim.event != NONE and side.events[claim.event].parent != NONE:
            found[claim.event - side.event_at[d]] = 1


@bare
def day(side: Side, root: int, role: int) -> int:
    """Name the day of an incident by its number, −1 if the text names none."""
    if root == NONE:
        return NONE
    event = side.events[root]
    for a in range(event.argument, event.argument + event.arguments):
        argument = side.arguments[a]
        if argument.role == role and side.entities[argument.entity].day != NONE:
            return side.entities[argument.entity].day
    return NONE
