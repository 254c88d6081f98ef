"""What is right, wrong, missed and made up in a batch of answers, metric by metric and label by label.

Each function here is its namesake in `reportedly.metrics`, whose words say what is counted; the
numbers are the same to the last digit.  A document whose pairings are not sure is not counted.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from reportedly import contract
from reportedly.columns import bare, loop
from reportedly.columns.deriving import (
    NOBODY,
    day,
    figures,
    incidents,
    nothing,
    placed,
    populations,
    relation,
    responsibility,
    stances,
    sub_events,
    whole,
)
from reportedly.columns.labels import SLOTS, Labels, Maps
from reportedly.columns.naming import Codes, said_by_claims, said_by_owners, said_by_spans
from reportedly.columns.pairing import exact_sum, most, paired, turn, uncontested
from reportedly.columns.room import Room, codes, nones, reals, sources, wholes
from reportedly.columns.room import room as make_room
from reportedly.columns.tables import NONE, Side

if TYPE_CHECKING:
    from reportedly.columns.tables import Row, Table

_MANY = 40_000  # pairs of mentions, triggers or claims that are looked at one by one
_LARGE = 300  # entities, events or claims of one side
_TEMPLATES = 4  # of one side
_JOINT = 4  # sources of one hop

_EQUAL = 1e-13  # sums that differ by less may be the same
_ANY = -1.0  # whichever of the best it is, the credit is the same
_TEMPLATE_TURN = 1e-5  # what decides between equal templates is not worked out here

# How two entities stand to each other: with mentions that overlap, or paired, which is more.
TOUCHING, PAIRED = 1, 3
_WHEN = SLOTS.index("time")


class Cells(NamedTuple):
    """The first column of each metric; those of its labels follow, in the order of `columns`."""

    mentions_exact: int
    mentions_relaxed: int
    muc: int
    b3: int
    ceafe: int
    lea: int
    lea_relaxed: int
    trigger: int
    trigger_relaxed: int
    argument: int
    argument_relaxed: int
    parent: int
    parent_relaxed: int
    counts_exact: int
    counts_span: int
    counts_claim: int
    counts_interval: int
    chain_exact: int
    chain: int
    attributed: int
    origin: int
    depth: int
    status: int
    held: int
    held_relaxed: int
    relation: int
    slots: int
    interval: int
    lists: int
    lists_relaxed: int
    filled: int


_SLOTS = {"agent": "perpetrators", "instrument": "instruments"}
_LISTS = (*(_SLOTS.get(role, role) for role in SLOTS), "incident_types", "sub_events", "responsibility_status", "date")


@cache
def columns() -> tuple[tuple[tuple[str, str], ...], Cells]:
    """List all (metric, label) there are, and where those of each metric begin."""
    metric = contract.labels("metric")
    labels = {
        "mentions.exact": contract.labels("entity_type"),
        "mentions.relaxed": contract.labels("entity_type"),
        "entities.muc": ("",),
        "entities.b3": ("",),
        "entities.ceafe": ("",),
        "entities.lea": ("",),
        "entities.lea_relaxed": ("",),
        "events.trigger": contract.labels("event_type"),
        "events.trigger_relaxed": contract.labels("event_type"),
        "events.argument": contract.labels("role"),
        "events.argument_relaxed": contract.labels("role"),
        "events.parent": contract.labels("event_type"),
        "events.parent_relaxed": contract.labels("event_type"),
        "counts.exact": contract.labels("hedge"),
        "counts.span": ("",),
        "counts.claim": contract.labels("hedge"),
        "counts.interval": contract.labels("hedge"),
        "attribution.exact": contract.labels("claim_kind"),
        "attribution.chain": contract.labels("claim_kind"),
        "attribution.attributed": contract.labels("claim_kind"),
        "attribution.origin": contract.labels("claim_kind"),
        "attribution.depth": ("1", "2", "3+"),
        "status.macro": contract.labels("status"),
        "responsibility.exact": contract.labels("stance"),
        "responsibility.relaxed": contract.labels("stance"),
        "conflict.relation": contract.labels("relation"),
        "template.slots": ("low", "best", "high"),
        "template.interval": metric,
        "template.lists": _LISTS,
        "template.lists_relaxed": _LISTS,
        "false_fills.rate": ("publisher", "published", "url", "date", "high", *metric),
    }
    cells = tuple((name, label) for name, found in labels.items() for label in found)
    first = np.cumsum([0, *map(len, labels.values())]).tolist()
    return cells, Cells(*first[:-1])


# --- one thing --------------------------------------------------------------------------------


@bare
def _pair(out: Table, cell: int, credit: float) -> None:
    out[cell, 0] += credit
    out[cell, 1] += 1
    out[cell, 2] += credit
    out[cell, 3] += 1


@bare
def _missed(out: Table, cell: int) -> None:
    out[cell, 3] += 1


@bare
def _spurious(out: Table, cell: int) -> None:
    out[cell, 1] += 1


@bare
def _either(out: Table, cell: int, right: float, gold: int, predicted: int) -> None:
    out[cell, 0] += right
    out[cell, 1] += predicted
    out[cell, 2] += right
    out[cell, 3] += gold


# --- the batch --------------------------------------------------------------------------------


@loop
def count(
    gold: Side,
    predicted: Side,
    sound: Table,
    k: Labels,
    maps: Maps,
    names: Table,
    of_labels: Codes,
    at: Cells,
    size: int,
    asked: Table,
) -> tuple[Table, Table, Table, Table]:
    """Count documents and their answers.

    Args:
        gold: documents, resolved.
        predicted: their answers, in the same order, resolved; an answer that is not there has no rows.
        sound: of each document, whether it may be counted.
        k: the numbers of labels.
        maps: the tables over labels.
        names: codes of the strings of the batch.
        of_labels: codes of labels.
        at: where the columns of each metric begin.
        size: how many columns there are.
        asked: which of them are asked for, in the order in which they are wanted.

    Returns:
        Of each document whether it was counted; where the counts of the first that was begin, and where those of
        each end; the column of each count, as a place in ``asked``; the counts, four each as in `Counts`.  What is
        nothing but 0 is left out.
    """
    n = len(gold.about)
    sure = np.zeros(n, np.bool_)
    ends, which = np.zeros(n + 1, np.int64), np.empty(n * len(asked), np.int64)
    counts = np.empty((n * len(asked), 4), np.float64)
    out = np.empty((size, 4), np.float64)
    room = make_room()
    done = used = 0
    for d in range(n):
        if not sound[d] or _is_large(gold, d) or _is_large(predicted, d):
            continue
        room.taken[:] = 0
        out[:] = 0
        try:
            sure[d] = _document(gold, predicted, d, k, maps, names, of_labels, at, out, room)
        except Exception:  # no room is left
            sure[d] = False
        if sure[d]:
            used = _noted(out, asked, used, which, counts)
            done += 1
            ends[done] = used
    return sure, ends[: done + 1], which[:used], counts[:used]


@bare
def _noted(out: Table, asked: Table, used: int, which: Table, counts: Table) -> int:
    """Note the counts of a document behind those that are there; gives how many there are then."""
    for i in range(len(asked)):
        found = out[asked[i]]
        if found[0] != 0 or found[1] != 0 or found[2] != 0 or found[3] != 0:
            which[used] = i
            for c in range(4):
                counts[used, c] = found[c]
            used += 1
    return used


@bare
def _is_large(side: Side, d: int) -> bool:
    """Tell whether tables of all against all would be large."""
    return (
        max(
            side.entity_at[d + 1] - side.entity_at[d],
            side.event_at[d + 1] - side.event_at[d],
            side.claim_at[d + 1] - side.claim_at[d],
        )
        > _LARGE
    )


@bare
def _document(
    gold: Side,
    predicted: Side,
    d: int,
    k: Labels,
    maps: Maps,
    names: Table,
    of_labels: Codes,
    at: Cells,
    out: Table,
    room: Room,
) -> bool:
    # Entities and events answer each other first; all else rests on who does.
    n, m = gold.entity_at[d + 1] - gold.entity_at[d], predicted.entity_at[d + 1] - predicted.entity_at[d]
    alike = wholes(room, n * m).reshape((n, m))
    if not _entities(gold, predicted, d, of_labels.entity_type, at, out, alike, room):
        return False
    there = predicted.event_at[d + 1] - predicted.event_at[d]
    events = nones(room, 2 * there).reshape((2, there))
    if not _events(gold, predicted, d, of_labels.event_type, at, out, events, room):
        return False
    if not _arguments(gold, predicted, d, at, out, alike, events, room):
        return False
    _parents(gold, predicted, d, at, out, events, room)

    n, m = gold.claim_at[d + 1] - gold.claim_at[d], predicted.claim_at[d + 1] - predicted.claim_at[d]
    roots, others = wholes(room, n), wholes(room, m)
    placed(gold, d, roots)
    placed(predicted, d, others)
    resolved, their = wholes(room, n), wholes(room, m)
    populations(gold.claims[gold.claim_at[d] : gold.claim_at[d + 1]], roots, k, resolved)
    populations(predicted.claims[predicted.claim_at[d] : predicted.claim_at[d + 1]], others, k, their)
    answers = nones(room, n)
    if not _claims(gold, predicted, d, names, of_labels, at, out, alike, resolved, their, answers, room):
        return False
    _relations(gold, predicted, d, k, at, out, roots, others, resolved, their, answers, room)
    how, their_how = wholes(room, n), wholes(room, m)
    stances(gold, d, k, how)
    stances(predicted, d, k, their_how)
    if not _held(gold, predicted, d, at, out, alike, how, their_how, room):
        return False
    return _templates(
        gold, predicted, d, k, maps, at, out, alike, events, roots, others, resolved, their, how, their_how, room
    )


# --- entities ---------------------------------------------------------------------------------


@bare
def _entities(
    gold: Side, predicted: Side, d: int, types: Table, at: Cells, out: Table, alike: Table, room: Room
) -> bool:
    """Compare mentions and entities; fills which of them touch and which answer each other."""
    first, behind = gold.entity_at[d], gold.entity_at[d + 1]
    first_2, behind_2 = predicted.entity_at[d], predicted.entity_at[d + 1]
    n, m = behind - first, behind_2 - first_2
    kinds, kinds_2 = gold.entities["type"][first:behind], predicted.entities["type"][first_2:behind_2]
    sizes, sizes_2 = gold.entities["mentions"][first:behind], predicted.entities["mentions"][first_2:behind_2]
    own, own_2 = wholes(room, sizes.sum()), wholes(room, sizes_2.sum())
    if len(own) * len(own_2) > _MANY:
        return False
    _owners(sizes, own)
    _owners(sizes_2, own_2)
    row = gold.entities[first].mention if n else 0
    row_2 = predicted.entities[first_2].mention if m else 0
    starts, ends = gold.spans["start"][row : row + len(own)], gold.spans["end"][row : row + len(own)]
    starts_2 = predicted.spans["start"][row_2 : row_2 + len(own_2)]
    ends_2 = predicted.spans["end"][row_2 : row_2 + len(own_2)]

    near = reals(room, len(own) * len(own_2)).reshape((len(own), len(own_2)))
    same = nones(room, len(own_2))
    shares = wholes(room, n * m).reshape((n, m))
    for a in range(len(own)):
        start, end = starts[a], ends[a]
        for b in range(len(own_2)):
            common = min(end, ends_2[b]) - max(start, starts_2[b])
            if common > 0:
                alike[own[a], own_2[b]] = TOUCHING
                near[a, b] = 2 * common / (end - start + ends_2[b] - starts_2[b])
                if start == starts_2[b] and end == ends_2[b]:
                    same[b] = a
                    shares[own[a], own_2[b]] += 1
    each, each_2 = wholes(room, len(own)), wholes(room, len(own_2))
    _taken(kinds, own, each)
    _taken(kinds_2, own_2, each_2)
    exact, relaxed = at.mentions_exact, at.mentions_relaxed
    _typed(each, starts, ends, each_2, starts_2, ends_2, same, out, exact, relaxed, room)
    if not _coreference(sizes, sizes_2, shares, out, at, room):
        return False
    # Each predicted mention takes the place of the gold mention that it overlaps.
    answers = wholes(room, len(own))
    if not uncontested(near, answers):
        mine, theirs = codes(room, len(own)), codes(room, len(own_2))
        said_by_spans(starts, ends, mine)
        said_by_spans(starts_2, ends_2, theirs)
        turn(near, mine, theirs)
        if not paired(near, answers, _EQUAL, False, room):
            return False
    aligned = wholes(room, n * m).reshape((n, m))
    for a in range(len(own)):
        if answers[a] != NONE:
            aligned[own[a], own_2[answers[a]]] += 1
    _lea(sizes, sizes_2, aligned, out, at.lea_relaxed, room)

    weights = reals(room, n * m).reshape((n, m))
    for i in range(n):
        for j in range(m):
            if shares[i, j]:
                weights[i, j] = shares[i, j] + 1e-6 * 2 * shares[i, j] / (sizes[i] + sizes_2[j])
    back = wholes(room, n)
    if not uncontested(weights, back):
        mine, theirs = codes(room, n), codes(room, m)
        said_by_owners(own, kinds, starts, ends, types, mine)
        said_by_owners(own_2, kinds_2, starts_2, ends_2, types, theirs)
        turn(weights, mine, theirs)
        if not paired(weights, back, _EQUAL, False, room):
            return False
    for i in range(n):
        if back[i] != NONE:
            alike[i, back[i]] = PAIRED
    return True


@bare
def _owners(sizes: Table, found: Table) -> None:
    """List of each span whose it is, where those of an owner stand together."""
    n = 0
    for i in range(len(sizes)):
        for _ in range(sizes[i]):
            found[n] = i
            n += 1


@bare
def _taken(values: Table, rows: Table, found: Table) -> None:
    """Take the values of some rows."""
    for i in range(len(rows)):
        found[i] = values[rows[i]]


@bare
def _typed(
    kinds: Table,
    starts: Table,
    ends: Table,
    kinds_2: Table,
    starts_2: Table,
    ends_2: Table,
    same: Table,
    out: Table,
    exact: int,
    relaxed: int,
    room: Room,
) -> None:
    """Compare typed spans; ``same`` is the gold span in each predicted span's place, and −2 a repetition."""
    left, left_2 = len(starts), 0  # spans that are not right
    right, right_2 = wholes(room, len(starts)), wholes(room, len(starts_2))
    for a in range(len(starts)):
        _missed(out, exact + kinds[a])
        _missed(out, relaxed + kinds[a])
    for b in range(len(starts_2)):
        if same[b] == -2:
            right_2[b] = 1
            continue
        _spurious(out, exact + kinds_2[b])
        _spurious(out, relaxed + kinds_2[b])
        if same[b] != NONE and kinds[same[b]] == kinds_2[b]:
            right[same[b]] = right_2[b] = 1
            left -= 1
            for cell in (exact + kinds_2[b], relaxed + kinds_2[b]):
                out[cell, 0] += 1
                out[cell, 2] += 1
        else:
            left_2 += 1
    if left == 0 or left_2 == 0:
        return
    mine, mine_ends = wholes(room, left), wholes(room, left)
    theirs, their_ends = wholes(room, left_2), wholes(room, left_2)
    for a in range(len(starts)):
        if right[a]:
            continue
        kind = kinds[a]
        n = _of_kind(kind, kinds, starts, ends, right, mine, mine_ends)
        m = _of_kind(kind, kinds_2, starts_2, ends_2, right_2, theirs, their_ends)
        half = most(mine[:n], mine_ends[:n], theirs[:m], their_ends[:m], room) / 2
        out[relaxed + kind, 0] += half
        out[relaxed + kind, 2] += half


@bare
def _of_kind(kind: int, kinds: Table, starts: Table, ends: Table, done: Table, first: Table, last: Table) -> int:
    """List the spans of a kind that are not done, which they are then; gives how many they are."""
    n = 0
    for i in range(len(kinds)):
        if kinds[i] == kind and not done[i]:
            first[n], last[n] = starts[i], ends[i]
            done[i] = 1
            n += 1
    return n


@bare
def _coreference(sizes: Table, sizes_2: Table, shares: Table, out: Table, at: Cells, room: Room) -> bool:
    """Compare entities as clusters: MUC, B³, CEAFe and LEA."""
    n, m = shares.shape
    parts, parts_2 = reals(room, n), reals(room, m)
    out[at.muc, 2], out[at.muc, 3] = _overlap(sizes, shares, parts)
    out[at.muc, 0], out[at.muc, 1] = _overlap(sizes_2, shares.T, parts_2)
    out[at.b3, 2], out[at.b3, 3] = exact_sum(parts, n, room), sizes.sum()
    out[at.b3, 0], out[at.b3, 1] = exact_sum(parts_2, m, room), sizes_2.sum()
    _lea(sizes, sizes_2, shares, out, at.lea, room)

    phi = reals(room, n * m).reshape((n, m))
    for i in range(n):
        for j in range(m):
            if shares[i, j]:
                phi[i, j] = 2 * shares[i, j] / (sizes[i] + sizes_2[j])
    answers = wholes(room, n)
    if not uncontested(phi, answers) and not paired(phi, answers, _EQUAL, True, room):
        return False
    for i in range(n):
        parts[i] = phi[i, answers[i]] if answers[i] != NONE else 0.0
    out[at.ceafe, 0] = out[at.ceafe, 2] = exact_sum(parts, n, room)
    out[at.ceafe, 1], out[at.ceafe, 3] = m, n
    return True


@bare
def _overlap(sizes: Table, shares: Table, parts: Table) -> tuple[int, int]:
    """Count the links of one side that are found, and all (MUC); fills what each entity is given by B³."""
    found = links = 0
    for i in range(len(sizes)):
        squares = 0
        for j in range(shares.shape[1]):
            if shares[i, j]:
                found += shares[i, j] - 1
                squares += shares[i, j] * shares[i, j]
        links += sizes[i] - 1
        parts[i] = squares / sizes[i]
    return found, links


@bare
def _lea(sizes: Table, sizes_2: Table, shares: Table, out: Table, cell: int, room: Room) -> None:
    n, m = shares.shape
    parts, parts_2 = reals(room, n), reals(room, m)
    for i in range(n):
        parts[i] = _lea_part(sizes[i], shares[i], sizes_2)
        out[cell, 3] += sizes[i]
    out[cell, 2] = exact_sum(parts, n, room)
    for j in range(m):
        parts_2[j] = _lea_part(sizes_2[j], shares[:, j], sizes)
        out[cell, 1] += sizes_2[j]
    out[cell, 0] = exact_sum(parts_2, m, room)


@bare
def _lea_part(size: int, shares: Table, sizes: Table) -> float:
    links = 0.0
    alone = False
    for i in range(len(shares)):
        if shares[i]:
            links += shares[i] * (shares[i] - 1) / 2
            alone = alone or sizes[i] == 1
    if size == 1:
        return 1.0 if alone else 0.0
    return size * links / (size * (size - 1) / 2)


# --- events -----------------------------------------------------------------------------------


@bare
def _events(
    gold: Side, predicted: Side, d: int, of_types: Table, at: Cells, out: Table, events: Table, room: Room
) -> bool:
    """Compare triggers; fills whom each predicted event answers, exactly and by overlap."""
    first, behind = gold.event_at[d], gold.event_at[d + 1]
    first_2, behind_2 = predicted.event_at[d], predicted.event_at[d + 1]
    n, m = behind - first, behind_2 - first_2
    sizes, sizes_2 = gold.events["triggers"][first:behind], predicted.events["triggers"][first_2:behind_2]
    own, own_2 = wholes(room, sizes.sum()), wholes(room, sizes_2.sum())
    if len(own) * len(own_2) > _MANY:
        return False
    _owners(sizes, own)
    _owners(sizes_2, own_2)
    row = gold.events[first].trigger if n else 0
    row_2 = predicted.events[first_2].trigger if m else 0
    starts, ends = gold.spans["start"][row : row + len(own)], gold.spans["end"][row : row + len(own)]
    starts_2 = predicted.spans["start"][row_2 : row_2 + len(own_2)]
    ends_2 = predicted.spans["end"][row_2 : row_2 + len(own_2)]
    types, types_2 = gold.events["type"][first:behind], predicted.events["type"][first_2:behind_2]
    kinds, kinds_2 = wholes(room, len(own)), wholes(room, len(own_2))
    _taken(types, own, kinds)
    _taken(types_2, own_2, kinds_2)

    same = nones(room, len(own_2))
    shared = reals(room, 2 * n * m).reshape((2, n, m))
    for b in range(len(own_2)):
        for c in range(b):
            if starts_2[c] == starts_2[b] and ends_2[c] == ends_2[b] and kinds_2[c] == kinds_2[b]:
                same[b] = -2  # a system may say a thing twice
        for a in range(len(own)):
            common = min(ends[a], ends_2[b]) - max(starts[a], starts_2[b])
            if common <= 0 or kinds[a] != kinds_2[b]:
                continue
            i, j = own[a], own_2[b]
            shared[1, i, j] += 2 * common / (ends[a] - starts[a] + ends_2[b] - starts_2[b])
            if starts[a] == starts_2[b] and ends[a] == ends_2[b]:
                shared[0, i, j] += 1
                if same[b] == NONE:
                    same[b] = a
    _typed(kinds, starts, ends, kinds_2, starts_2, ends_2, same, out, at.trigger, at.trigger_relaxed, room)
    back = wholes(room, n)
    for way in range(2):
        if not uncontested(shared[way], back):
            mine, theirs = codes(room, n), codes(room, m)
            said_by_owners(own, types, starts, ends, of_types, mine)
            said_by_owners(own_2, types_2, starts_2, ends_2, of_types, theirs)
            turn(shared[way], mine, theirs)
            if not paired(shared[way], back, _EQUAL, False, room):
                return False
        for i in range(n):
            if back[i] != NONE:
                events[way, back[i]] = i
    return True


@bare
def _repeated(arguments: Table, first: int, a: int) -> bool:
    """Tell whether an argument of an event stands before among its arguments."""
    for b in range(first, a):
        if arguments[b].role == arguments[a].role and arguments[b].entity == arguments[a].entity:
            return True
    return False


@bare
def _arguments(
    gold: Side, predicted: Side, d: int, at: Cells, out: Table, alike: Table, events: Table, room: Room
) -> bool:
    """Compare arguments at their events, exactly and by any mention in common."""
    first, first_2 = gold.event_at[d], predicted.event_at[d]
    entity, entity_2 = gold.entity_at[d], predicted.entity_at[d]
    for i in range(first, gold.event_at[d + 1]):
        event = gold.events[i]
        for a in range(event.argument, event.argument + event.arguments):
            if not _repeated(gold.arguments, event.argument, a):
                _missed(out, at.argument + gold.arguments[a].role)
                _missed(out, at.argument_relaxed + gold.arguments[a].role)
    for j in range(first_2, predicted.event_at[d + 1]):
        event = predicted.events[j]
        exact, relaxed = events[0, j - first_2], events[1, j - first_2]
        for a in range(event.argument, event.argument + event.arguments):
            if _repeated(predicted.arguments, event.argument, a):
                continue
            argument = predicted.arguments[a]
            _spurious(out, at.argument + argument.role)
            _spurious(out, at.argument_relaxed + argument.role)
            if exact != NONE:
                other = gold.events[first + exact]
                for b in range(other.argument, other.argument + other.arguments):
                    one = gold.arguments[b]
                    if one.role == argument.role and alike[one.entity - entity, argument.entity - entity_2] == PAIRED:
                        out[at.argument + argument.role, 0] += 1
                        out[at.argument + argument.role, 2] += 1
                        break
        if relaxed == NONE or event.arguments == 0:
            continue
        other = gold.events[first + relaxed]
        taken = room.taken[0], room.taken[1]
        weights = reals(room, other.arguments * event.arguments).reshape((other.arguments, event.arguments))
        for b in range(other.argument, other.argument + other.arguments):
            for a in range(event.argument, event.argument + event.arguments):
                one, answer = gold.arguments[b], predicted.arguments[a]
                # Of a role each entity counts once; roles do not meet, so that one table holds all of them.
                if (
                    one.role == answer.role
                    and alike[one.entity - entity, answer.entity - entity_2] != 0
                    and not _repeated(gold.arguments, other.argument, b)
                    and not _repeated(predicted.arguments, event.argument, a)
                ):
                    weights[b - other.argument, a - event.argument] = 1.0
        answers = wholes(room, other.arguments)
        if not uncontested(weights, answers) and not paired(weights, answers, _ANY, True, room):
            return False
        for b in range(other.arguments):
            if answers[b] != NONE:
                role = gold.arguments[other.argument + b].role
                out[at.argument_relaxed + role, 0] += 1
                out[at.argument_relaxed + role, 2] += 1
        room.taken[0], room.taken[1] = taken
    return True


@bare
def _parents(gold: Side, predicted: Side, d: int, at: Cells, out: Table, events: Table, room: Room) -> None:
    """Compare parent edges; relaxed, a gold ancestor of the right parent earns half."""
    first, first_2 = gold.event_at[d], predicted.event_at[d]
    n = gold.event_at[d + 1] - first
    answered = wholes(room, 2 * n).reshape((2, n))
    cells = (at.parent, at.parent_relaxed)
    for j in range(first_2, predicted.event_at[d + 1]):
        event = predicted.events[j]
        if event.parent == NONE:
            continue
        for way in range(2):
            own, up = events[way, j - first_2], events[way, event.parent - first_2]
            if own == NONE or gold.events[first + own].parent == NONE:
                _spurious(out, cells[way] + event.type)
                continue
            answered[way, own] = 1
            credit = 0.0
            if up != NONE:
                above = gold.events[first + own].parent
                if above == first + up:
                    credit = 1.0
                elif way == 1:
                    while above != NONE:
                        above = gold.events[above].parent
                        if above == first + up:
                            credit = 0.5
            _pair(out, cells[way] + event.type, credit)
    for i in range(first, gold.event_at[d + 1]):
        for way in range(2):
            if gold.events[i].parent != NONE and not answered[way, i - first]:
                _missed(out, cells[way] + gold.events[i].type)


# --- claims -----------------------------------------------------------------------------------


@bare
def _flat(side: Side, d: int) -> int:
    """Count the sources of a document's chains; a hop without any is one by itself."""
    n = 0
    for i in range(side.claim_at[d], side.claim_at[d + 1]):
        for h in range(side.claims[i].hop, side.claims[i].hop + side.claims[i].hops):
            n += max(1, side.hops[h].sources)
    return n


@bare
def _chains(side: Side, d: int, begins: Table, found: Table, room: Room) -> None:
    """Write the chains of a document's claims as ordered sources, and where each chain begins."""
    first, behind = side.claim_at[d], side.claim_at[d + 1]
    order, places = wholes(room, _JOINT), wholes(room, 2 * _JOINT).reshape((_JOINT, 2))
    n = 0
    for i in range(first, behind):
        claim = side.claims[i]
        for h in range(claim.hop, claim.hop + claim.hops):
            hop = side.hops[h]
            _in_order(side, hop.source, hop.sources, order, places)
            for s in range(max(1, hop.sources)):
                row = found[n]
                row.kind, row.hop, row.unnamed = hop.type, h - claim.hop, hop.sources == 0
                row.entity = row.start = row.end = NONE
                if hop.sources:
                    source = side.sources[order[s]]
                    if source.entity != NONE:
                        row.entity = source.entity - side.entity_at[d]
                    if source.span != NONE:
                        row.start, row.end = side.spans[source.span].start, side.spans[source.span].end
                n += 1
        begins[i - first + 1] = n


@bare
def _joint(side: Side, d: int) -> int:
    """Tell how many speak jointly where most do."""
    found = 0
    for i in range(side.claim_at[d], side.claim_at[d + 1]):
        for h in range(side.claims[i].hop, side.claims[i].hop + side.claims[i].hops):
            found = max(found, side.hops[h].sources)
    return found


@bare
def _in_order(side: Side, first: int, size: int, found: Table, places: Table) -> None:
    """Put joint sources, at most `_JOINT`, in the order of the text; of two at one place the first stays the first."""
    for s in range(size):
        found[s] = first + s
        if size == 1:
            break
        places[s, 0] = places[s, 1] = NONE
        source = side.sources[first + s]
        if source.span != NONE:
            places[s, 0], places[s, 1] = side.spans[source.span].start, side.spans[source.span].end
        elif source.entity != NONE:
            entity = side.entities[source.entity]
            for m in range(entity.mention, entity.mention + entity.mentions):
                start, end = side.spans[m].start, side.spans[m].end
                if m == entity.mention or (start, end) < (places[s, 0], places[s, 1]):
                    places[s, 0], places[s, 1] = start, end
    for s in range(1, size):
        to = s
        while to > 0 and (places[to, 0], places[to, 1]) < (places[to - 1, 0], places[to - 1, 1]):
            for column in range(2):
                places[to, column], places[to - 1, column] = places[to - 1, column], places[to, column]
            found[to], found[to - 1] = found[to - 1], found[to]
            to -= 1


@bare
def _same_source(a: Row, b: Row, alike: Table, exact: bool) -> bool:
    """Tell whether two sources are one: see `reportedly.align.Comparison.same_source`."""
    if a.unnamed or b.unnamed:
        return a.unnamed == b.unnamed and a.kind == b.kind
    if a.start != NONE and b.start != NONE:
        if a.start == b.start and a.end == b.end:
            return True
        if not exact and a.start < b.end and b.start < a.end:
            return True
    if a.entity == NONE or b.entity == NONE:
        return False
    return alike[a.entity, b.entity] == PAIRED if exact else alike[a.entity, b.entity] & TOUCHING != 0


@bare
def _common(mine: Table, theirs: Table, alike: Table, room: Room) -> int:
    """Count the longest common subsequence of two chains."""
    n, m = len(mine), len(theirs)
    if n == 0 or m == 0:
        return 0
    if n == 1 and m == 1:
        return 1 if _same_source(mine[0], theirs[0], alike, False) else 0
    taken = room.taken[0]
    row, new = wholes(room, m + 1), wholes(room, m + 1)
    for a in range(n):
        for b in range(m):
            if _same_source(mine[a], theirs[b], alike, False):
                new[b + 1] = row[b] + 1
            else:
                new[b + 1] = max(row[b + 1], new[b])
        for b in range(m + 1):
            row[b] = new[b]
    room.taken[0] = taken
    return row[m]


@bare
def _same_chain(mine: Table, theirs: Table, alike: Table, room: Room) -> bool:
    """Tell whether two chains are the same, hop by hop."""
    size = len(mine)
    if len(theirs) != size:
        return False
    in_order = True
    for c in range(size):
        if mine[c].kind != theirs[c].kind or mine[c].hop != theirs[c].hop:
            return False
        in_order = in_order and _same_source(mine[c], theirs[c], alike, True)
    if in_order:
        return True
    # Sources of one hop answer each other in any order.
    taken = room.taken[0], room.taken[1]
    weights = reals(room, size * size).reshape((size, size))
    for a in range(size):
        for b in range(size):
            if mine[a].hop == theirs[b].hop and _same_source(mine[a], theirs[b], alike, True):
                weights[a, b] = 1.0
    answers = wholes(room, size)
    found = paired(weights, answers, _ANY, True, room)
    for a in range(size):
        found = found and answers[a] != NONE
    room.taken[0], room.taken[1] = taken
    return found


@bare
def end_score(x: int, y: int) -> float:
    """Score one end of an interval: see `reportedly.align.end_score`; −1 is ∞."""
    if x == NONE or y == NONE:
        return 1.0 if x == y else 0.0
    return max(0.0, 1 - abs(x - y) / (0.1 * max(x, y, 1)))


@bare
def _interval_score(a: Row, b: Row) -> float:
    if not a.sized or not b.sized:
        return 1.0 if a.sized == b.sized else 0.0
    return (end_score(a.low, b.low) + end_score(a.high, b.high)) / 2


@bare
def _claims(
    gold: Side,
    predicted: Side,
    d: int,
    names: Table,
    of_labels: Codes,
    at: Cells,
    out: Table,
    alike: Table,
    resolved: Table,
    their: Table,
    answers: Table,
    room: Room,
) -> bool:
    """Compare claims: counts, chains and status; fills whom each gold claim is answered by."""
    first, first_2 = gold.claim_at[d], predicted.claim_at[d]
    n, m = len(resolved), len(their)
    if n * m > _MANY:
        return False
    entity, entity_2 = gold.entity_at[d], predicted.entity_at[d]
    if _joint(gold, d) > _JOINT or _joint(predicted, d) > _JOINT:
        return False
    begins, begins_2 = wholes(room, n + 1), wholes(room, m + 1)
    chains, chains_2 = sources(room, _flat(gold, d)), sources(room, _flat(predicted, d))
    _chains(gold, d, begins, chains, room)
    _chains(predicted, d, begins_2, chains_2, room)
    weights, scores = reals(room, n * m).reshape((n, m)), reals(room, n * m).reshape((n, m))
    common = wholes(room, n * m).reshape((n, m))
    for i in range(n):
        one = gold.claims[first + i]
        mine = chains[begins[i] : begins[i + 1]]
        for j in range(m):
            other = predicted.claims[first_2 + j]
            shared = min(one.end, other.end) - max(one.start, other.start)
            if shared <= 0 or one.kind != other.kind:
                continue
            theirs = chains_2[begins_2[j] : begins_2[j + 1]]
            common[i, j] = _common(mine, theirs, alike, room)
            long = len(mine) + len(theirs)
            chain = 2 * common[i, j] / long if long else 1.0
            near = 2 * shared / (one.end - one.start + other.end - other.start)
            same_status = 1 if one.status == other.status else 0
            if one.counts:
                if one.metric == other.metric and resolved[i] == their[j]:
                    # In tenths, so that all right is 1 and not a hair less.
                    tenths = 5 * _interval_score(one, other) + 2 * (1 if one.hedge == other.hedge else 0)
                    scores[i, j] = (tenths + 2 * chain + same_status) / 10
                weights[i, j] = scores[i, j] + 1e-3 * near
            else:
                agree = chain + same_status
                if one.holds:
                    agree += 2 * _same_actor(one.actor, other.actor, entity, entity_2, alike)
                weights[i, j] = near + 1e-3 * agree
    if not uncontested(weights, answers):
        said, said_2 = codes(room, n), codes(room, m)
        said_by_claims(gold, d, names, of_labels, said)
        said_by_claims(predicted, d, names, of_labels, said_2)
        turn(weights, said, said_2)
        if not paired(weights, answers, _EQUAL, False, room):
            return False

    taken = wholes(room, m)
    hedges = at.counts_interval - at.counts_claim
    credits, parts = reals(room, 2 * n).reshape((2, n)), reals(room, n)
    for i in range(n):
        one, j = gold.claims[first + i], answers[i]
        mine = chains[begins[i] : begins[i + 1]]
        told = len(mine)
        if one.counts:
            _missed(out, at.counts_exact + one.hedge)
            _missed(out, at.counts_span)
            _missed(out, at.counts_claim + one.hedge)
            _missed(out, at.counts_interval + one.hedge)
        _missed(out, at.chain_exact + one.kind)
        _missed(out, at.status + one.status)
        out[at.chain + one.kind, 3] += told
        found = 0
        if j != NONE:
            taken[j] = 1
            other = predicted.claims[first_2 + j]
            theirs = chains_2[begins_2[j] : begins_2[j + 1]]
            found = len(theirs)
            if one.counts:
                credits[0, i], credits[1, i] = scores[i, j], _interval_score(one, other)
                _spurious(out, at.counts_claim + one.hedge)
                _spurious(out, at.counts_interval + one.hedge)
            right = 1.0 if _same_chain(mine, theirs, alike, room) else 0.0
            _either(out, at.chain_exact + one.kind, right, 0, 1)
            _either(out, at.chain + one.kind, common[i, j], 0, found)
            if one.status == other.status:
                _either(out, at.status + one.status, 1, 0, 1)
            else:
                _spurious(out, at.status + other.status)
        if told or found:
            both = 1.0 if told and found else 0.0
            _either(out, at.attributed + one.kind, both, 1 if told else 0, 1 if found else 0)
        if told:
            if found and _same_origin(mine, chains_2[begins_2[j] : begins_2[j + 1]], alike):
                out[at.origin + one.kind, 2] += 1
            out[at.origin + one.kind, 3] += 1
            depth = at.depth + min(one.hops, 3) - 1
            out[depth, 2] += 1 if j != NONE and predicted.claims[first_2 + j].hops == one.hops else 0
            out[depth, 3] += 1
    for j in range(m):
        other = predicted.claims[first_2 + j]
        if other.counts:
            _spurious(out, at.counts_exact + other.hedge)
            _spurious(out, at.counts_span)
            _counts_exact(gold, predicted, first, n, first_2 + j, at, out)
        if taken[j]:
            continue
        if other.counts:
            _spurious(out, at.counts_claim + other.hedge)
            _spurious(out, at.counts_interval + other.hedge)
        found = begins_2[j + 1] - begins_2[j]
        _spurious(out, at.chain_exact + other.kind)
        _spurious(out, at.status + other.status)
        out[at.chain + other.kind, 1] += found
        if found:
            _spurious(out, at.attributed + other.kind)
    for way, cell in enumerate((at.counts_claim, at.counts_interval)):
        for hedge in range(hedges):
            size = 0
            for i in range(n):
                if gold.claims[first + i].counts and gold.claims[first + i].hedge == hedge and answers[i] != NONE:
                    parts[size] = credits[way, i]
                    size += 1
            if size:
                out[cell + hedge, 0] = out[cell + hedge, 2] = exact_sum(parts, size, room)
    return True


@bare
def _same_actor(actor: int, other: int, entity: int, entity_2: int, alike: Table) -> bool:
    if actor == NONE or other == NONE:
        return actor == other
    return alike[actor - entity, other - entity_2] != 0


@bare
def _same_origin(mine: Table, theirs: Table, alike: Table) -> bool:
    last, last_2 = mine[-1], theirs[-1]
    if last.kind != last_2.kind:
        return False
    for a in range(len(mine)):
        for b in range(len(theirs)):
            if (
                mine[a].hop == last.hop
                and theirs[b].hop == last_2.hop
                and _same_source(mine[a], theirs[b], alike, False)
            ):
                return True
    return False


@bare
def _counts_exact(gold: Side, predicted: Side, first: int, n: int, j: int, at: Cells, out: Table) -> None:
    """Add what is right of a predicted count whatever answers it: its span, and all that it says."""
    other = predicted.claims[j]
    for i in range(first, first + n):
        one = gold.claims[i]
        if not one.counts or one.start != other.start or one.end != other.end:
            continue
        _either(out, at.counts_span, 1, 0, 0)
        if (
            one.hedge == other.hedge
            and one.size == other.size
            and one.first == other.first
            and one.last == other.last
            and one.word == other.word
            and one.metric == other.metric
            and one.population == other.population
        ):
            _either(out, at.counts_exact + one.hedge, 1, 0, 0)


@bare
def _relations(
    gold: Side,
    predicted: Side,
    d: int,
    k: Labels,
    at: Cells,
    out: Table,
    roots: Table,
    others: Table,
    resolved: Table,
    their: Table,
    answers: Table,
    room: Room,
) -> None:
    """Compare how each two counts of one metric stand to each other."""
    first, first_2 = gold.claim_at[d], predicted.claim_at[d]
    n, m = len(roots), len(others)
    wanted = nones(room, n * n).reshape((n, n))
    for i in range(n):
        for j in range(i):
            if _comparable(gold.claims[first + i], gold.claims[first + j], roots[i], roots[j]):
                label = relation(gold.claims[first + j], gold.claims[first + i], resolved[j], resolved[i], k)
                wanted[i, j] = wanted[j, i] = label
                _missed(out, at.relation + label)
    back = nones(room, m)
    for i in range(n):
        if answers[i] != NONE:
            back[answers[i]] = i
    for i in range(m):
        for j in range(i):
            if _comparable(predicted.claims[first_2 + i], predicted.claims[first_2 + j], others[i], others[j]):
                label = relation(predicted.claims[first_2 + j], predicted.claims[first_2 + i], their[j], their[i], k)
                right = back[i] != NONE and back[j] != NONE and wanted[back[i], back[j]] == label
                _either(out, at.relation + label, 1 if right else 0, 0, 1)


@bare
def _comparable(a: Row, b: Row, root: int, other: int) -> bool:
    return a.counts and b.counts and a.metric == b.metric and root == other and a.told and b.told


# --- responsibility ---------------------------------------------------------------------------


@bare
def _said(side: Side, d: int, how: Table, found: Table) -> int:
    """List the claims of responsibility that differ in actor, stance or origin, counted from the document's first.

    Gives how many they are.
    """
    first = side.claim_at[d]
    n = 0
    for i in range(len(how)):
        if how[i] == NONE:
            continue
        new = True
        for c in range(n):
            j = found[c]
            if (
                side.claims[first + i].actor == side.claims[first + j].actor
                and how[i] == how[j]
                and side.claims[first + i].origin == side.claims[first + j].origin
            ):
                new = False
        if new:
            found[n] = i
            n += 1
    return n


@bare
def _related(gold: Table, a: int, first: int, predicted: Table, b: int, first_2: int, alike: Table) -> bool:
    """Tell whether two entities answer each other through a whole that one of them is part of."""
    for one in (a, whole(gold, a)):
        for other in (b, whole(predicted, b)):
            if alike[one - first, other - first_2]:
                return True
    return False


@bare
def _held(
    gold: Side,
    predicted: Side,
    d: int,
    at: Cells,
    out: Table,
    alike: Table,
    how: Table,
    their_how: Table,
    room: Room,
) -> bool:
    """Compare who is held responsible, by whose word."""
    first, first_2 = gold.claim_at[d], predicted.claim_at[d]
    entity, entity_2 = gold.entity_at[d], predicted.entity_at[d]
    mine, theirs = wholes(room, len(how)), wholes(room, len(their_how))
    n, m = _said(gold, d, how, mine), _said(predicted, d, their_how, theirs)
    answers = wholes(room, n)
    for way, cell in enumerate((at.held, at.held_relaxed)):
        weights = reals(room, n * m).reshape((n, m))
        for i in range(n):
            _missed(out, cell + how[mine[i]])
            actor = gold.claims[first + mine[i]].actor
            for j in range(m):
                other = predicted.claims[first_2 + theirs[j]].actor
                origin, other_origin = gold.claims[first + mine[i]].origin, predicted.claims[first_2 + theirs[j]].origin
                if how[mine[i]] != their_how[theirs[j]] or origin != other_origin:
                    continue
                if actor == NONE or other == NONE:
                    weights[i, j] = 1.0 if actor == other else 0.0
                elif way == 0:
                    weights[i, j] = 1.0 if alike[actor - entity, other - entity_2] == PAIRED else 0.0
                elif alike[actor - entity, other - entity_2]:
                    weights[i, j] = 1.0
                elif _related(gold.entities, actor, entity, predicted.entities, other, entity_2, alike):
                    weights[i, j] = 0.5
        for j in range(m):
            _spurious(out, cell + their_how[theirs[j]])
        # Only the same stance is paired: whichever of two equal answers is taken, the credit is the same.
        if not uncontested(weights, answers) and not paired(weights, answers, _ANY, True, room):
            return False
        for i in range(n):
            if answers[i] != NONE:
                out[cell + how[mine[i]], 0] += weights[i, answers[i]]
                out[cell + how[mine[i]], 2] += weights[i, answers[i]]
    return True


# --- templates --------------------------------------------------------------------------------


@bare
def _templates(
    gold: Side,
    predicted: Side,
    d: int,
    k: Labels,
    maps: Maps,
    at: Cells,
    out: Table,
    alike: Table,
    events: Table,
    roots: Table,
    others: Table,
    resolved: Table,
    their: Table,
    how: Table,
    their_how: Table,
    room: Room,
) -> bool:
    """Compare the templates of a document, and count the slots that are filled though gold leaves them open."""
    mine = wholes(room, gold.event_at[d + 1] - gold.event_at[d] + 1)
    theirs = wholes(room, predicted.event_at[d + 1] - predicted.event_at[d] + 1)
    n, m = incidents(gold, d, roots, mine), incidents(predicted, d, others, theirs)
    if n > _TEMPLATES or m > _TEMPLATES:
        return False
    metrics, people = len(maps.assumed), len(maps.populations)
    size = metrics * people * 4
    tables = wholes(room, n * size).reshape((n, metrics, people, 4))
    tables_2 = wholes(room, m * size).reshape((m, metrics, people, 4))
    for i in range(n):
        figures(gold, d, roots, resolved, mine[i], k, tables[i], room)
    for j in range(m):
        figures(predicted, d, others, their, theirs[j], k, tables_2[j], room)
    weights = reals(room, n * m).reshape((n, m))
    for i in range(n):
        for j in range(m):
            root, other = mine[i], theirs[j]
            answer = NONE
            if other != NONE and events[1, other - predicted.event_at[d]] != NONE:
                answer = gold.event_at[d] + events[1, other - predicted.event_at[d]]
            background = root != NONE and gold.events[root].background == 1
            background_2 = other != NONE and predicted.events[other].background == 1
            likeness = 1 + (1000 if other != NONE and answer == root else 0) + (10 if background == background_2 else 0)
            for metric in range(metrics):
                for who in range(people):
                    a, b = tables[i, metric, who], tables_2[j, metric, who]
                    if a[0] and b[0]:
                        for end in range(1, 4):
                            likeness += 1 if a[end] == b[end] else 0
            weights[i, j] = likeness
    answers = wholes(room, n)
    if not uncontested(weights, answers) and not paired(weights, answers, _TEMPLATE_TURN, False, room):
        return False
    taken = wholes(room, m)
    nobody = wholes(room, size).reshape((metrics, people, 4))
    nothing(nobody)
    parts = reals(room, metrics * (n + m) * people).reshape((metrics, (n + m) * people))
    sizes = wholes(room, metrics)
    for label in range(3):
        if not (gold.about[d].publisher, gold.about[d].published, gold.about[d].url)[label]:
            filled = (predicted.about[d].publisher, predicted.about[d].published, predicted.about[d].url)[label]
            _open(out, at.filled + label, filled == 1)
    for i in range(n):
        j = answers[i]
        other = nobody if j == NONE else tables_2[j]
        if j != NONE:
            taken[j] = 1
        _figures(tables[i], other, at, out, parts, sizes)
        if not _lists(
            gold, predicted, d, mine[i], theirs[j] if j != NONE else NONE, j != NONE, maps.slots, at, out, alike, room
        ):
            return False
        _values(
            gold,
            predicted,
            d,
            True,
            mine[i],
            j != NONE,
            theirs[j] if j != NONE else NONE,
            k,
            maps,
            at,
            out,
            events,
            roots,
            others,
            how,
            their_how,
            room,
        )
        if mine[i] == NONE or not gold.events[mine[i]].background:
            filled_day = NONE if j == NONE else day(predicted, theirs[j], maps.slots[_WHEN])
            _fills(tables[i], other, day(gold, mine[i], maps.slots[_WHEN]), filled_day, maps.populations, at, out)
    for j in range(m):
        if not taken[j]:
            _figures(nobody, tables_2[j], at, out, parts, sizes)
            _unanswered(predicted, theirs[j], maps.slots, at, out, room)
            _values(
                gold,
                predicted,
                d,
                False,
                NONE,
                True,
                theirs[j],
                k,
                maps,
                at,
                out,
                events,
                roots,
                others,
                how,
                their_how,
                room,
            )
    for metric in range(metrics):
        if sizes[metric]:
            cell = at.interval + metric
            out[cell, 0] = out[cell, 2] = exact_sum(parts[metric], sizes[metric], room)
    return True


@bare
def _open(out: Table, cell: int, filled: bool) -> None:
    """Count a slot that the gold leaves open."""
    out[cell, 2] += 1 if filled else 0
    out[cell, 3] += 1


@bare
def _figures(mine: Table, theirs: Table, at: Cells, out: Table, parts: Table, sizes: Table) -> None:
    """Compare figures end by end, and gather the scores of their intervals."""
    for metric in range(mine.shape[0]):
        for who in range(mine.shape[1]):
            a, b = mine[metric, who], theirs[metric, who]
            for end in range(3):
                _either(out, at.slots + end, 1 if a[0] and b[0] and a[1 + end] == b[1 + end] else 0, a[0], b[0])
            _either(out, at.interval + metric, 0, a[0], b[0])
            if a[0] and b[0]:
                parts[metric, sizes[metric]] = (end_score(a[1], b[1]) + end_score(a[3], b[3])) / 2
                sizes[metric] += 1


@bare
def _fills(mine: Table, theirs: Table, when: int, their_day: int, populations: Table, at: Cells, out: Table) -> None:
    """Count the open slots of an incident: its day, a high end, and every metric of which gold counts nobody."""
    first = at.filled + 3
    if when == NONE:
        _open(out, first, their_day != NONE)
    for metric in range(mine.shape[0]):
        counted = False
        for who in range(mine.shape[1]):
            if mine[metric, who, 0]:
                counted = True
                if mine[metric, who, 3] == NONE:
                    _open(out, first + 1, theirs[metric, who, 0] == 1 and theirs[metric, who, 3] != NONE)
        if not counted:
            filled = False
            for who in populations:
                if theirs[metric, who, 0]:
                    filled = theirs[metric, who, 2] != NONE or theirs[metric, who, 1] != NONE
                    break
            _open(out, first + 2 + metric, filled)


@bare
def _fillers(side: Side, root: int, role: int, found: Table) -> int:
    """List the entities of a slot, each once; gives how many they are."""
    if root == NONE:
        return 0
    event = side.events[root]
    n = 0
    for a in range(event.argument, event.argument + event.arguments):
        if side.arguments[a].role == role and not _repeated(side.arguments, event.argument, a):
            found[n] = side.arguments[a].entity
            n += 1
    return n


@bare
def _room_for_fillers(side: Side, root: int) -> int:
    return 0 if root == NONE else side.events[root].arguments


@bare
def _lists(
    gold: Side,
    predicted: Side,
    d: int,
    root: int,
    other: int,
    both: bool,
    slots: Table,
    at: Cells,
    out: Table,
    alike: Table,
    room: Room,
) -> bool:
    """Compare the slots of entities."""
    entity, entity_2 = gold.entity_at[d], predicted.entity_at[d]
    other = other if both else NONE
    mine = wholes(room, _room_for_fillers(gold, root))
    theirs = wholes(room, _room_for_fillers(predicted, other))
    answers = wholes(room, len(mine))
    for slot in range(len(slots)):
        n, m = _fillers(gold, root, slots[slot], mine), _fillers(predicted, other, slots[slot], theirs)
        for way, first in enumerate((at.lists, at.lists_relaxed)):
            out[first + slot, 3] += n
            out[first + slot, 1] += m
            if n == 0 or m == 0:
                continue
            weights = reals(room, n * m).reshape((n, m))
            for i in range(n):
                for j in range(m):
                    a, b = mine[i], theirs[j]
                    if way == 0:
                        weights[i, j] = 1.0 if alike[a - entity, b - entity_2] == PAIRED else 0.0
                    elif alike[a - entity, b - entity_2]:
                        weights[i, j] = 1.0
                    elif _related(gold.entities, a, entity, predicted.entities, b, entity_2, alike) or (
                        gold.entities[a].country != NONE and gold.entities[a].country == predicted.entities[b].country
                    ):
                        weights[i, j] = 0.5
            if not uncontested(weights, answers) and not paired(weights, answers, _ANY, True, room):
                return False
            for i in range(n):
                if answers[i] != NONE:
                    out[first + slot, 0] += weights[i, answers[i]]
                    out[first + slot, 2] += weights[i, answers[i]]
    return True


@bare
def _unanswered(predicted: Side, other: int, slots: Table, at: Cells, out: Table, room: Room) -> None:
    theirs = wholes(room, _room_for_fillers(predicted, other))
    for slot in range(len(slots)):
        size = _fillers(predicted, other, slots[slot], theirs)
        out[at.lists + slot, 1] += size
        out[at.lists_relaxed + slot, 1] += size


@bare
def _types(side: Side, d: int, inner: Table, root: int, kinds: Table, found: Table) -> None:
    """Tell of each incident type whether an incident is of it; the last is that of one with no other."""
    for c in range(len(inner)):
        if inner[c]:
            for t in range(len(kinds)):
                if side.events[side.event_at[d] + c].type == kinds[t]:
                    found[t] = 1
    found[len(kinds)] = 1 if root != NONE and found.sum() == 0 else 0


@bare
def _values(
    gold: Side,
    predicted: Side,
    d: int,
    here: bool,
    root: int,
    there: bool,
    other: int,
    k: Labels,
    maps: Maps,
    at: Cells,
    out: Table,
    events: Table,
    roots: Table,
    others: Table,
    how: Table,
    their_how: Table,
    room: Room,
) -> None:
    """Compare the slots whose fillers are labels or events; one of the templates may not be there."""
    types, types_2 = wholes(room, len(maps.kinds) + 1), wholes(room, len(maps.kinds) + 1)
    inner = wholes(room, gold.event_at[d + 1] - gold.event_at[d])
    inner_2 = wholes(room, predicted.event_at[d + 1] - predicted.event_at[d])
    status = status_2 = NOBODY
    when = when_2 = NONE
    if here:
        sub_events(gold, d, roots, root, inner)
        _types(gold, d, inner, root, maps.kinds, types)
        status = responsibility(gold, d, roots, how, root, k)
        when = day(gold, root, maps.slots[_WHEN])
    if there:
        sub_events(predicted, d, others, other, inner_2)
        _types(predicted, d, inner_2, other, maps.kinds, types_2)
        status_2 = responsibility(predicted, d, others, their_how, other, k)
        when_2 = day(predicted, other, maps.slots[_WHEN])
    for way, first in enumerate((at.lists, at.lists_relaxed)):
        cell = first + len(maps.slots)
        for t in range(len(types)):
            _either(out, cell, 1 if types[t] and types_2[t] else 0, 1 if types[t] else 0, 1 if types_2[t] else 0)
        out[cell + 1, 3] += inner.sum()
        for c in range(len(inner_2)):
            if inner_2[c]:
                answer = events[way, c]
                _either(out, cell + 1, 1 if answer != NONE and inner[answer] else 0, 0, 1)
        same = status == status_2 and status != NOBODY
        _either(out, cell + 2, 1 if same else 0, 1 if status != NOBODY else 0, 1 if status_2 != NOBODY else 0)
        same = when == when_2 and when != NONE
        _either(out, cell + 3, 1 if same else 0, 1 if when != NONE else 0, 1 if when_2 != NONE else 0)
