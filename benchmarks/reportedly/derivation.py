"""What follows from the claims: stance, relations between counts, the incident template.

Pure functions of one document; they open nothing and score nothing.  A derived value is never
edited: who wants another one changes the claims or the rule.  The rules are numbered D1 to D7 as
in ``schema/GUIDELINES.md``, "What is derived".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from itertools import combinations
from typing import TypeVar

from reportedly.intervals import interval, said
from reportedly.model import Claim, Count, Document, Event, Figure, Held, Interval, Template

TOLD = ("asserted", "possible")  # the statuses that bear on the template

# Best by origin: the smaller, the nearer to those who count.
RANK = {"gov": 0, "medical": 0, "media": 1, "witness": 1, "claimant": 1, "other": 1, "unspecified": 2}
NARRATOR = 3
ASSUMED = {"arrested": "perpetrators", "participating": "perpetrators"}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
INCIDENT_TYPES = {"HOSTAGE": "hostage_taking", "EXPLODE": "bombing", "FIRE": "armed_assault"}


T = TypeVar("T")


def _once(work_out: Callable[[Document], T]) -> Callable[[Document], T]:
    """Keep what was worked out with its document, which never changes: metrics ask for the same many times."""
    name = f"_{work_out.__name__}"

    @wraps(work_out)
    def kept(document: Document) -> T:
        known = document.__dict__
        if name not in known:
            known[name] = work_out(document)
        found: T = known[name]
        return found

    return kept


def origin(claim: Claim) -> str | None:
    """Name the type of the chain's last hop; None is the narrator."""
    return claim.chain[-1].type if claim.chain else None


def day(timex: str) -> str | None:
    """Read the day off a TIMEX3 value; None where it names none, or only what kind of day."""
    found = _DAY.match(timex)
    return found.group() if found else None


def stance(document: Document, claim: Claim) -> str:
    """Say how an actor comes to be held responsible by a RESP claim.

    First match: null actor → unclaimed; negated → denied; empty chain → stated; the last hop is
    the actor, its part or its whole → claimed; last hop gov → blamed_by_authority; else blamed.
    """
    assert claim.responsibility is not None
    actor = claim.responsibility.actor
    if actor is None:
        return "unclaimed"
    if claim.status == "negated":
        return "denied"
    if not claim.chain:
        return "stated"
    whole = document.whole(actor)
    if any(s.entity is not None and document.whole(s.entity) == whole for s in claim.chain[-1].sources):
        return "claimed"
    return "blamed_by_authority" if claim.chain[-1].type == "gov" else "blamed"


# --- counts -----------------------------------------------------------------------------------


def incident(document: Document, claim: Claim) -> str | None:
    """Name the root event a claim belongs to; without an event it is the main incident told first."""
    return document.root(claim.event) if claim.event is not None else _main(document)


@_once
def _main(document: Document) -> str | None:
    roots = [v for v in document.events if v.parent is None and not v.background]
    return min(roots, key=lambda v: min((t.start, t.end) for t in v.triggers)).id if roots else None


@_once
def _placed(document: Document) -> list[tuple[Claim, str | None]]:
    """List the claims with their incidents."""
    return [(claim, incident(document, claim)) for claim in document.claims]


@_once
def populations(document: Document) -> dict[str, str]:
    """Resolve whom each COUNT counts (D1), by claim id.

    What the text says stays.  ``unspecified`` joins ``all`` if its number is that of a stated all
    or the sum of stated victims and perpetrators of the same metric and incident, else it is
    victims, or perpetrators where the metric is something that attackers do or that is done to
    them alone.  Where the result differs from the annotation it is an assumption.
    """
    stated: dict[tuple[str | None, str, str], list[tuple[int, ...]]] = {}
    counts = [(c, c.count, root) for c, root in _placed(document) if c.count]
    for claim, count, root in counts:
        if claim.status in TOLD and count.scope == "total" and count.n:
            stated.setdefault((root, count.metric, count.population), []).append(count.n)
    resolved = {}
    for claim, count, root in counts:
        population = count.population
        if population == "unspecified":
            victims = stated.get((root, count.metric, "victims"), [])
            perpetrators = stated.get((root, count.metric, "perpetrators"), [])
            sums = [(v[0] + p[0],) for v in victims for p in perpetrators if len(v) == len(p) == 1]
            both = [*stated.get((root, count.metric, "all"), []), *sums]
            population = "all" if count.n and count.n in both else ASSUMED.get(count.metric, "victims")
        resolved[claim.id] = population
    return resolved


def relation(first: Claim, second: Claim, resolved: dict[str, str]) -> str:
    """Say how two counts of one metric and one incident stand to each other.

    Args:
        first: a COUNT claim.
        second: another one; the order does not matter.
        resolved: what `populations` gave.

    Returns:
        A label of the ``relation`` vocabulary, the first whose test fits.
    """
    a, b = first.count, second.count
    assert a is not None
    assert b is not None
    people = {resolved[first.id], resolved[second.id]}
    if people == {"victims", "perpetrators"}:
        return "disjoint_population"
    if a.as_of != b.as_of:
        return "update"
    x, y = interval(a), interval(b)
    if x is None or y is None:
        return "compatible"
    if not _alike(a, b) or len(people) > 1:
        # A part, or the victims alone, can never be more than the whole or both sides.
        part, whole = (x, y) if _smaller(a, b, resolved[first.id]) else (y, x)
        ordered = (a.scope == b.scope) != (len(people) == 1)
        return "conflict" if ordered and whole.high is not None and part.low > whole.high else "compatible"
    if (x.low, x.high) == (y.low, y.high):
        return "same"
    if (x.high is not None and x.high < y.low) or (y.high is not None and y.high < x.low):
        return "conflict"
    return "refines" if _within(x, y) or _within(y, x) else "compatible"


def _alike(a: Count, b: Count) -> bool:
    """Tell whether two counts are of the same extent: both totals, or the same part in the same words."""
    if a.scope == b.scope == "partial":
        return a.subset is not None and b.subset is not None and a.subset.text.lower() == b.subset.text.lower()
    return a.scope == b.scope


def _smaller(a: Count, b: Count, population_of_a: str) -> bool:
    return a.scope == "partial" if a.scope != b.scope else population_of_a != "all"


def _within(inner: Interval, outer: Interval) -> bool:
    return inner.low >= outer.low and (outer.high is None or (inner.high is not None and inner.high <= outer.high))


@_once
def relations(document: Document) -> list[tuple[str, str, str]]:
    """List (claim id, claim id, relation) for every pair of counts of one metric and one incident.

    Only what is told of the incident is compared: how many a place usually houses, or how many were
    not there, contradicts nothing.
    """
    resolved = populations(document)
    counts = [((c.count.metric, root), c) for c, root in _placed(document) if c.count and c.status in TOLD]
    return [
        (a.id, b.id, relation(a, b, resolved)) for (what, a), (other, b) in combinations(counts, 2) if what == other
    ]


Row = tuple[Claim, Count, Interval]


def _best(rows: Sequence[Row]) -> Claim | None:
    """Pick the claim whose number to believe (D5): by origin, then not vague, then later in the text."""

    def rank(row: Row) -> tuple[int, bool, int, str]:
        claim, count, _ = row
        return RANK.get(origin(claim) or "", NARRATOR), count.hedge == "VAGUE", -claim.anchor.start, claim.anchor.text

    return min(rows, key=rank)[0] if rows else None


def _figure(metric: str, population: str, claims: list[Claim], assumed: bool) -> Figure:
    """Put the claims about one population together (D2 to D5)."""
    rows = [(c, c.count, interval(c.count)) for c in claims if c.count]
    superseded = tuple(c.id for c, count, _ in rows if count.as_of == "earlier")
    sized: list[Row] = [(c, count, span) for c, count, span in rows if count.as_of == "current" and span]
    current = [row for row in sized if row[1].scope == "total"]
    # D3, "61 killed" beside "at least 61": the bare repetition of a hedged number does not bound,
    # or it would close an end that the other source left open.
    hedged = {count.n for _, count, _ in current if count.hedge != "EXACT"}
    bounding = [row for row in current if not (row[1].hedge == "EXACT" and row[1].n in hedged)]
    parts = [row for row in sized if row[1].scope == "partial" and row[2].low_hard]

    hard_lows = [(s.low, c.id) for c, _, s in (*bounding, *parts) if s.low_hard]
    lows = hard_lows or [(s.low, c.id) for c, _, s in bounding]
    low = max((value for value, _ in lows), default=None)
    low_from = tuple(id for value, id in lows if value == low)

    hard_highs: list[tuple[int, str]] = [(s.high, c.id) for c, _, s in bounding if s.high is not None and s.high_hard]
    open_ended = tuple(c.id for c, _, s in bounding if s.high is None)
    high: int | None = None
    if hard_highs:
        high = min(value for value, _ in hard_highs)
        high_from = tuple(id for value, id in hard_highs if value == high)
    elif open_ended:
        high_from = open_ended
    else:
        soft = [(s.high, c.id) for c, _, s in bounding if s.high is not None]
        high = max((value for value, _ in soft), default=None)
        high_from = tuple(id for value, id in soft if value == high)

    conflict = False
    if low is not None and high is not None and low > high:
        # D4: nothing satisfies all of them; show how far apart the totals and what contradicts them lie.
        conflict = True
        floor = [(s.low, c.id) for c, _, s in bounding if s.low_hard] or [(s.low, c.id) for c, _, s in bounding]
        top = [*(hard_highs or [(high, id) for id in high_from]), *hard_lows]
        low, high = min(value for value, _ in floor), max(value for value, _ in top)
        low_from = tuple(id for value, id in floor if value == low)
        # A claim that gives both ends stands in both lists.
        high_from = tuple(dict.fromkeys(id for value, id in top if value == high))
        if open_ended:  # "at least" asserts its open end as much as a number
            high, high_from = None, open_ended

    best = _best(current) or _best(sorted(parts, key=lambda row: -row[2].low)[:1]) or _best(sized)
    return Figure(
        metric=metric,
        population=population,
        assumed=assumed,
        low=low,
        high=high,
        best=said(best.count) if best and best.count else None,
        conflict=conflict,
        low_from=low_from,
        high_from=high_from,
        best_from=best.id if best else None,
        superseded=superseded,
    )


# --- responsibility ---------------------------------------------------------------------------


def _responsibility(document: Document, claims: list[Claim]) -> tuple[tuple[Held, ...], str]:
    """List who is held responsible, and say how settled that is (D7)."""
    lines: list[Held] = []
    denied: set[str] = set()
    for claim in claims:
        assert claim.responsibility is not None
        how = stance(document, claim)
        actor = claim.responsibility.actor
        if how == "denied" and actor is not None:
            denied.add(actor)
            continue
        line = Held(actor=actor, role=claim.responsibility.role, stance=how, hops=tuple(h.type for h in claim.chain))
        if line not in lines:
            lines.append(line)
    named = [line for line in lines if line.actor is not None]
    actors = {line.actor for line in named if line.actor is not None}
    if not named:
        status = "unclaimed" if lines else "none"
    elif len({document.whole(a) for a in actors}) > 1 or any(
        document.whole(d) in {document.whole(a) for a in actors} for d in denied
    ):
        # Two unrelated actors, or one whose part (or itself) is also denied: part and whole disagree.
        status = "contested"
    else:
        status = "claimed" if any(line.stance == "claimed" for line in named) else "blamed"
    return tuple(lines), status


# --- the template -----------------------------------------------------------------------------


def _diagnostics(figures: Iterable[Figure]) -> tuple[str, ...]:
    """Compare figures across metrics (D6); a finding is printed, it changes no number."""
    by = {(f.metric, f.population): f for f in figures}
    found = []
    for part, whole in (("freed", "hostage"), ("held", "hostage"), ("killed", "casualties"), ("injured", "casualties")):
        a, b = by.get((part, "victims")), by.get((whole, "victims"))
        if a and b and a.low is not None and b.high is not None and a.low > b.high:
            found.append(f"{part} at least {a.low}, but {whole} at most {b.high}")
    dead, came = by.get(("killed", "perpetrators")), by.get(("participating", "perpetrators"))
    if dead and came and dead.low is not None and came.high is not None and dead.low > came.high:
        found.append(f"perpetrators killed at least {dead.low}, but participating at most {came.high}")
    for metric in sorted({metric for metric, _ in by}):
        parts = [by.get((metric, p)) for p in ("victims", "perpetrators")]
        both = by.get((metric, "all"))
        lows = [p.low for p in parts if p and p.low is not None]
        if both and both.high is not None and sum(lows) > both.high:
            found.append(f"{metric}: victims and perpetrators at least {sum(lows)}, but all at most {both.high}")
    return tuple(found)


def _template(document: Document, root: str | None, placed: Sequence[Claim], parts: Sequence[Event]) -> Template:
    """Put an incident together from its claims and the events that are part of it."""
    claims = [c for c in placed if c.status in TOLD]
    resolved = populations(document)
    groups: dict[tuple[str, str], list[Claim]] = {}
    for claim in claims:
        if claim.count:
            groups.setdefault((claim.count.metric, resolved[claim.id]), []).append(claim)
    figures = tuple(
        _figure(metric, people, group, all(c.count and c.count.population != people for c in group))
        for (metric, people), group in sorted(groups.items())
    )
    resp = [c for c in placed if c.responsibility]
    lines, status = _responsibility(document, resp)

    told = {c.event for c in claims}
    inner = [v for v in parts if v.id in told]
    top = document.event.get(root) if root else None
    arguments = top.arguments if top else {}
    types = tuple(name for kind, name in INCIDENT_TYPES.items() if any(v.type == kind for v in inner))
    times = [document.entity[t].timex or "" for t in arguments.get("time", ())]
    return Template(
        root=root,
        background=bool(top and top.background),
        incident_types=types or (("attack",) if top else ()),
        sub_events=tuple(v.id for v in inner),
        perpetrators=arguments.get("agent", ()),
        target=arguments.get("target", ()),
        place=arguments.get("place", ()),
        time=arguments.get("time", ()),
        date=next((d for t in times if (d := day(t))), None),
        instruments=arguments.get("instrument", ()),
        figures=figures,
        responsibility=lines,
        responsibility_status=status,
        diagnostics=_diagnostics(figures),
    )


@_once
def derive(document: Document) -> tuple[Template, ...]:
    """Derive the incident templates of a document: one a root event, in the order of the file.

    A document without a root event (a prediction may have none) gives one template with
    ``root=None`` if it has claims, else none.

    Returns:
        Templates; persons are counted in persons, entities and events are ids of the document.
    """
    claims: dict[str | None, list[Claim]] = {v.id: [] for v in document.events if v.parent is None}
    parts: dict[str | None, list[Event]] = {root: [] for root in claims}
    for claim, root in _placed(document):
        if root is None or root in claims:
            claims.setdefault(root, []).append(claim)
    for event in document.events:
        if event.parent is not None:
            parts.setdefault(document.root(event.id), []).append(event)
    return tuple(_template(document, root, placed, parts.get(root, ())) for root, placed in claims.items())
