"""Intervals and templates held to the published table and rules, on hand-made claims."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportedly import contract
from reportedly.derivation import derive, populations, relations, stance
from reportedly.intervals import interval, rounding, said
from reportedly.model import Claim, Count, Document, Entity, Event, Figure, Hop, Responsibility, Source, Span, Template
from strategies import documents, numbers, renamed


@pytest.mark.parametrize(
    ("hedge", "n", "word", "expected"),
    [
        ("EXACT", (48,), None, "[48, 48]"),
        ("AT_LEAST", (17,), None, "[17, ∞)"),
        ("MORE_THAN", (300,), None, "[301, ∞)"),
        ("AT_MOST", (40,), None, "(0, 40]"),
        ("LESS_THAN", (40,), None, "(0, 39]"),
        ("ALMOST", (60,), None, "(54, 59)"),
        ("APPROX", (253,), None, "(252, 254)"),
        ("APPROX", (250,), None, "(240, 260)"),
        ("APPROX", (700,), None, "(630, 770)"),
        ("RANGE", (5, 7), None, "[5, 7]"),
        ("APPROX_RANGE", (20, 25), None, "(18, 26)"),
        ("VAGUE", (), "dozens", "(24, 99)"),
        ("VAGUE", (), "some", "(2, ∞)"),
        ("EXACT", (12,), "dozen", "(12, 12)"),
        ("MORE_THAN", (24,), "dozen", "(25, ∞)"),
        ("MORE_THAN", (), "several hundred", "(301, ∞)"),
        ("LESS_THAN", (), "hundreds", "(0, 199)"),
        ("NONE", (), None, "[0, 0]"),
        ("APPROX", (0,), None, "(0, 1)"),
        ("APPROX", (1,), None, "(0, 2)"),
        ("APPROX_RANGE", (0, 1), None, "(0, 2)"),
        ("APPROX_RANGE", (1, 3), None, "(0, 4)"),
        ("LESS_THAN", (1,), None, "(0, 0]"),
        ("ALMOST", (1,), None, "(0, 0)"),
        ("ALL", (30,), None, "[30, 30]"),
        ("ALL", (), None, "None"),
        ("VAGUE", (), "most", "None"),
    ],
)
def test_the_hedge_table_gives_the_interval(hedge: str, n: tuple[int, ...], word: str | None, expected: str) -> None:
    assert str(interval(Count(hedge=hedge, n=n, word=word, metric="killed"))) == expected


@pytest.mark.parametrize(
    ("hedge", "n", "word", "expected"),
    [
        ("AT_LEAST", (17,), None, 17),
        ("MORE_THAN", (100,), None, 100),  # the number that was said, not the bound
        ("RANGE", (5, 7), None, 5),
        ("VAGUE", (), "dozens", 24),
        ("VAGUE", (), "most", None),
        ("NONE", (), None, 0),
        ("ALL", (), None, None),
    ],
)
def test_what_a_source_said_is_its_number_or_the_low_end_of_its_word(
    hedge: str, n: tuple[int, ...], word: str | None, expected: int | None
) -> None:
    assert said(Count(hedge=hedge, n=n, word=word, metric="killed")) == expected


@given(numbers())
def test_no_interval_is_empty_or_below_nought(number: dict[str, Any]) -> None:
    found = interval(Count(metric="killed", **number))
    if found is not None:
        assert found.low >= 0
        assert found.high is None or found.low <= found.high


@given(st.integers(1, 10**9))
def test_rounding_is_at_most_a_tenth_and_at_least_one(n: int) -> None:
    assert 1 <= rounding(n) <= max(1, n // 10)


# --- templates --------------------------------------------------------------------------------

GOV, MEDIA, MEDICAL = (Hop(type=t, sources=(Source(entity="x"),)) for t in ("gov", "media", "medical"))
UNSPECIFIED = Hop(type="unspecified")
TEXT = "x" * 400


def span(at: int) -> Span:
    return Span(start=at, end=at + 1, text="x")


def number(
    hedge: str,
    *n: int,
    metric: str = "killed",
    word: str | None = None,
    chain: tuple[Hop, ...] = (),
    status: str = "asserted",
    **more: Any,
) -> dict[str, Any]:
    return {"count": Count(hedge=hedge, n=n, word=word, metric=metric, **more), "chain": chain, "status": status}


def blame(actor: str | None, *chain: Hop, status: str = "asserted") -> dict[str, Any]:
    return {"responsibility": Responsibility(actor=actor), "chain": chain, "status": status}


def document(*claims: dict[str, Any]) -> Document:
    made = tuple(
        Claim(id=f"c{i}", kind="COUNT" if "count" in c else "RESP", event="v", anchor=span(10 + i), **c)
        for i, c in enumerate(claims)
    )
    entities = tuple(
        Entity(id=id, type="ORG", mentions=(span(i),), part_of=whole)
        for i, (id, whole) in enumerate([("x", None), ("band", None), ("wing", "band"), ("rival", None)])
    )
    root = Event(id="v", type="ATTACK", triggers=(span(9),))
    return Document(id="made", text=TEXT, entities=entities, events=(root,), claims=made)


def figure(*claims: dict[str, Any], population: str = "victims", metric: str = "killed") -> Figure:
    (template,) = derive(document(*claims))
    return next(f for f in template.figures if (f.metric, f.population) == (metric, population))


def ends(*claims: dict[str, Any], population: str = "victims") -> tuple[int | None, int | None, int | None]:
    f = figure(*claims, population=population)
    return f.low, f.best, f.high


def test_low_is_the_highest_hard_low_and_an_open_end_stays_open() -> None:
    assert ends(number("AT_LEAST", 17), number("ALMOST", 20)) == (17, 20, None)


def test_almost_sixty_beside_at_least_fifty_nine_is_not_a_falsely_exact_fifty_nine() -> None:
    low, _, high = ends(number("ALMOST", 60), number("AT_LEAST", 59))
    assert (low, high) == (59, None)


def test_high_is_the_lowest_hard_high() -> None:
    assert ends(number("RANGE", 5, 9), number("AT_MOST", 8), number("AT_LEAST", 6))[::2] == (6, 8)


def test_without_a_hard_high_the_soft_ones_give_the_widest() -> None:
    assert ends(number("APPROX", 40), number("APPROX", 50)) == (45, 50, 55)
    f = figure(number("APPROX", 40), number("APPROX", 50), number("APPROX", 50, chain=(GOV,)))
    assert (f.low_from, f.high_from) == (("c1", "c2"), ("c1", "c2"))


def test_the_bare_repetition_of_a_hedged_number_does_not_close_its_end() -> None:
    assert ends(number("EXACT", 61), number("AT_LEAST", 61))[::2] == (61, None)
    assert ends(number("EXACT", 61), number("AT_LEAST", 60))[::2] == (61, 61)


def test_what_cannot_both_be_right_is_a_conflict_and_shows_its_hull() -> None:
    f = figure(number("EXACT", 12), number("EXACT", 15))
    assert (f.conflict, f.low, f.high) == (True, 12, 15)
    assert not figure(number("EXACT", 12), number("EXACT", 12)).conflict


def test_a_conflict_names_each_claim_that_gives_its_ends_once() -> None:
    f = figure(number("EXACT", 12), number("EXACT", 15))
    assert (f.low_from, f.high_from) == (("c0",), ("c1",))
    f = figure(number("EXACT", 15), number("EXACT", 12), number("EXACT", 15, chain=(GOV,)))
    assert (f.low_from, f.high_from) == (("c1",), ("c0", "c2"))


def test_the_hull_of_a_conflict_reaches_to_the_highest_hard_high_and_the_lowest_hard_low() -> None:
    f = figure(number("EXACT", 12), number("RANGE", 14, 20))
    assert (f.conflict, f.low, f.high) == (True, 12, 20)
    f = figure(number("EXACT", 12), number("EXACT", 15), number("APPROX", 10))
    assert (f.conflict, f.low, f.high) == (True, 12, 15)  # about ten has no hard end


def test_ends_name_every_claim_that_gives_them_and_no_other() -> None:
    f = figure(number("EXACT", 12), number("AT_MOST", 12), number("AT_LEAST", 12), number("AT_LEAST", 10))
    # The bare repetition of "at least 12" and "at most 12" bounds nothing.
    assert (f.low, f.low_from, f.high, f.high_from) == (12, ("c2",), 12, ("c1",))


def test_touching_ends_are_no_conflict() -> None:
    f = figure(number("RANGE", 5, 7), number("RANGE", 7, 9))
    assert (f.conflict, f.low, f.high) == (False, 7, 7)


def test_an_earlier_figure_is_superseded_and_bounds_nothing() -> None:
    f = figure(number("EXACT", 30), number("AT_LEAST", 40, as_of="earlier"))
    assert (f.low, f.best, f.high, f.superseded) == (30, 30, 30, ("c1",))


def test_only_earlier_figures_leave_every_end_unknown() -> None:
    f = figure(number("EXACT", 30, as_of="earlier"))
    assert (f.low, f.best, f.high, f.superseded) == (None, None, None, ("c0",))


def test_a_partial_count_gives_a_hard_low_and_never_a_high() -> None:
    assert figure(number("EXACT", 30, scope="partial"), number("APPROX", 20)).conflict
    assert ends(number("EXACT", 30, scope="partial")) == (30, 30, None)
    assert ends(number("EXACT", 30, scope="partial"), number("AT_LEAST", 20))[::2] == (30, None)


def test_best_goes_by_origin_then_not_vague_then_later() -> None:
    assert ends(number("EXACT", 9), number("EXACT", 8, chain=(MEDIA,)), number("EXACT", 7, chain=(GOV,)))[1] == 7
    assert ends(number("EXACT", 8, chain=(UNSPECIFIED,)), number("EXACT", 9))[1] == 8
    assert ends(number("EXACT", 8, chain=(MEDICAL, MEDIA)), number("EXACT", 9, chain=(MEDIA, MEDICAL)))[1] == 9
    assert ends(number("VAGUE", word="dozens", chain=(GOV,)), number("EXACT", 30, chain=(GOV,)))[1] == 30
    assert ends(number("EXACT", 30, chain=(GOV,)), number("EXACT", 31, chain=(GOV,)))[1] == 31


ORIGINS = (("gov", "medical"), ("media", "witness", "claimant", "other"), ("unspecified",), (None,))


@pytest.mark.parametrize("first", [kind for kinds in ORIGINS for kind in kinds])
@pytest.mark.parametrize("second", [kind for kinds in ORIGINS for kind in kinds])
def test_nearer_origins_go_before_and_of_equal_ones_the_later(first: str | None, second: str | None) -> None:
    def by(kind: str | None) -> tuple[Hop, ...]:
        return (Hop(type=kind, sources=(Source(entity="x"),)),) if kind else ()

    rank = {kind: place for place, kinds in enumerate(ORIGINS) for kind in kinds}
    best = ends(number("EXACT", 8, chain=by(first)), number("EXACT", 9, chain=by(second)))[1]
    assert best == (8 if rank[first] < rank[second] else 9)


def test_best_is_the_number_that_was_said_not_the_bound() -> None:
    assert ends(number("MORE_THAN", 100)) == (101, 100, None)
    assert ends(number("RANGE", 5, 7))[1] == 5


def test_a_part_that_is_more_than_the_whole_is_a_conflict_and_a_small_part_does_not_widen_it() -> None:
    whole, part, small = number("EXACT", 13), number("EXACT", 15, scope="partial"), number("EXACT", 2, scope="partial")
    f = figure(whole, part, small)
    assert (f.conflict, f.low, f.best, f.high) == (True, 13, 13, 15)


def test_only_a_part_whose_size_is_asserted_is_best_and_bounds() -> None:
    assert ends(number("EXACT", 5, scope="partial"), number("APPROX", 40, scope="partial")) == (5, 5, None)


def test_without_a_total_the_largest_part_is_best() -> None:
    assert ends(number("EXACT", 31, scope="partial"), number("EXACT", 6, scope="partial")) == (31, 31, None)


@pytest.mark.parametrize("status", ["negated", "unreal", "generic"])
def test_what_is_not_told_as_having_happened_stays_out(status: str) -> None:
    (template,) = derive(document(number("EXACT", 5, status=status)))
    assert template.figures == ()


def test_an_unspecified_number_is_of_victims_and_marked_assumed() -> None:
    assert figure(number("EXACT", 5)).assumed
    assert not figure(number("EXACT", 5, population="victims")).assumed


def test_a_figure_that_one_claim_states_is_not_assumed() -> None:
    assert not figure(number("EXACT", 5), number("EXACT", 5, population="victims")).assumed


def test_an_unspecified_number_of_arrested_or_taking_part_is_of_perpetrators() -> None:
    for metric in ("arrested", "participating"):
        (template,) = derive(document(number("EXACT", 5, metric=metric)))
        assert [(f.population, f.assumed) for f in template.figures] == [("perpetrators", True)]


def test_an_unspecified_number_that_is_the_sum_is_of_all() -> None:
    claims = (
        number("EXACT", 20, population="victims"),
        number("EXACT", 3, population="perpetrators"),
        number("EXACT", 23),
    )
    assert ends(*claims, population="all") == (23, 23, 23)
    assert ends(*claims) == (20, 20, 20)


@pytest.mark.parametrize(
    "said_of_all",
    [
        number("EXACT", 23, population="all", status="negated"),
        number("EXACT", 23, population="all", scope="partial"),
        number("EXACT", 23, population="all", metric="injured"),
        number("ALL", population="all"),
    ],
)
def test_only_a_told_total_of_the_same_metric_shows_that_a_number_is_of_all(said_of_all: dict[str, Any]) -> None:
    assert populations(document(number("EXACT", 23), said_of_all))["c0"] == "victims"
    assert populations(document(number("EXACT", 23), number("EXACT", 23, population="all")))["c0"] == "all"


def test_a_range_of_victims_is_added_to_nothing() -> None:
    claims = (
        number("RANGE", 20, 22, population="victims"),
        number("EXACT", 3, population="perpetrators"),
        number("EXACT", 23),
    )
    assert populations(document(*claims))["c2"] == "victims"


def test_as_many_freed_as_taken_is_no_finding() -> None:
    (template,) = derive(document(number("AT_LEAST", 40, metric="freed"), number("EXACT", 40, metric="hostage")))
    assert template.diagnostics == ()


def test_more_freed_than_taken_is_diagnosed() -> None:
    (template,) = derive(document(number("AT_LEAST", 50, metric="freed"), number("EXACT", 40, metric="hostage")))
    assert template.diagnostics == ("freed at least 50, but hostage at most 40",)


@pytest.mark.parametrize(
    ("dead", "came", "found"),
    [(3, 3, ()), (4, 3, ("perpetrators killed at least 4, but participating at most 3",))],
)
def test_more_dead_attackers_than_attackers_is_diagnosed(dead: int, came: int, found: tuple[str, ...]) -> None:
    claims = (
        number("AT_LEAST", dead, population="perpetrators"),
        number("EXACT", came, metric="participating", population="perpetrators"),
    )
    assert derive(document(*claims))[0].diagnostics == found


def test_more_on_both_sides_than_all_is_diagnosed() -> None:
    def found(both: int) -> tuple[str, ...]:
        claims = [number("EXACT", n, population=p) for n, p in ((20, "victims"), (3, "perpetrators"), (both, "all"))]
        return derive(document(*claims))[0].diagnostics

    assert found(23) == ()
    assert found(22) == ("killed: victims and perpetrators at least 23, but all at most 22",)


def part(n: int, whom: str) -> dict[str, Any]:
    return number("EXACT", n, scope="partial", subset=Span(start=0, end=len(whom), text=whom))


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (number("EXACT", 5), number("EXACT", 5, chain=(GOV,)), "same"),
        (number("EXACT", 5), number("AT_LEAST", 4), "refines"),
        (number("AT_LEAST", 5), number("AT_MOST", 9), "compatible"),
        (number("EXACT", 5), number("EXACT", 6), "conflict"),
        (number("EXACT", 5), number("EXACT", 6, as_of="earlier"), "update"),
        (number("EXACT", 5), number("EXACT", 6, population="perpetrators"), "disjoint_population"),
        (number("EXACT", 5), number("EXACT", 3, scope="partial"), "compatible"),
        (number("EXACT", 5), number("EXACT", 7, scope="partial"), "conflict"),
        (number("EXACT", 5), number("EXACT", 4, population="all"), "conflict"),
        (number("EXACT", 5), number("EXACT", 8, population="all"), "compatible"),
        (number("EXACT", 5), number("ALL"), "compatible"),
        (number("RANGE", 5, 7), number("RANGE", 7, 9), "compatible"),
        (number("RANGE", 5, 7), number("RANGE", 5, 9), "refines"),
        (number("RANGE", 6, 9), number("RANGE", 5, 9), "refines"),
        (number("RANGE", 6, 8), number("RANGE", 5, 9), "refines"),
        (number("RANGE", 5, 8), number("RANGE", 6, 9), "compatible"),
        (number("EXACT", 5), number("EXACT", 5, scope="partial"), "compatible"),
        (number("EXACT", 5), number("EXACT", 5, population="all"), "same"),  # and so of all as well
        (number("EXACT", 5, population="victims"), number("EXACT", 5, population="all"), "compatible"),
        (number("EXACT", 5), number("EXACT", 4, scope="partial", population="all"), "compatible"),
        (part(5, "men"), part(6, "Men"), "conflict"),
        (part(5, "men"), part(6, "women"), "compatible"),
        (part(5, "men"), part(5, "men"), "same"),
        (part(5, "men"), number("EXACT", 6, scope="partial"), "compatible"),
        (number("EXACT", 5, scope="partial"), number("EXACT", 6, scope="partial"), "compatible"),
    ],
)
def test_two_counts_stand_to_each_other(a: dict[str, Any], b: dict[str, Any], expected: str) -> None:
    for claims in ((a, b), (b, a)):
        assert [label for *_, label in relations(document(*claims))] == [expected]


def test_counts_of_other_metrics_do_not_stand_to_each_other() -> None:
    assert relations(document(number("EXACT", 5), number("EXACT", 6, metric="injured"))) == []


# --- several incidents ------------------------------------------------------------------------


def event(id: str, *triggers: int, type: str = "ATTACK", **more: Any) -> Event:
    return Event(id=id, type=type, triggers=tuple(span(at) for at in triggers), **more)


def incidents(events: tuple[Event, ...], *claims: dict[str, Any]) -> dict[str | None, Template]:
    """Derive the templates of a document whose claims name their events, by root."""
    made = tuple(
        Claim(id=f"c{i}", kind="COUNT" if "count" in c else "EVENT", anchor=span(200 + i), **c)
        for i, c in enumerate(claims)
    )
    return {t.root: t for t in derive(Document(id="made", text=TEXT, events=events, claims=made))}


# In the order of the file; told first of those that are not background is "main", by its first trigger.
SEVERAL = (
    event("past", 5, background=True),
    event("later", 40),
    event("main", 20, 90),
    event("blast", 10, type="EXPLODE", parent="later"),
    event("fire", 60, type="FIRE", parent="main"),
    event("rescue", 70, type="RESPOND", parent="fire"),
)


def test_a_count_that_names_no_event_is_of_the_main_incident_that_is_told_first() -> None:
    for order in (SEVERAL, SEVERAL[::-1]):
        found = incidents(order, {"event": None, **number("EXACT", 7)})
        assert {root: [f.low for f in t.figures] for root, t in found.items()} == {"past": [], "later": [], "main": [7]}


def test_a_count_belongs_to_the_incident_of_its_event_alone() -> None:
    found = incidents(SEVERAL, {"event": "fire", **number("EXACT", 7)}, {"event": "past", **number("EXACT", 9)})
    assert {root: [f.low for f in t.figures] for root, t in found.items()} == {"past": [9], "later": [], "main": [7]}
    made = Document(
        id="made",
        text=TEXT,
        events=SEVERAL,
        claims=tuple(
            Claim(id=e, kind="COUNT", event=e, anchor=span(at), **number("EXACT", at))
            for e, at in (("fire", 7), ("past", 9), ("main", 8))
        ),
    )
    assert relations(made) == [("fire", "main", "conflict")]


def test_a_template_lists_the_told_parts_of_its_own_incident_and_its_kinds() -> None:
    told = [{"event": id} for id in ("main", "fire", "rescue", "past")]
    found = incidents(SEVERAL, *told)
    assert {root: (t.sub_events, t.incident_types) for root, t in found.items()} == {
        "past": ((), ("attack",)),
        "later": ((), ("attack",)),  # nobody says that the blast happened
        "main": (("fire", "rescue"), ("armed_assault",)),
    }
    found = incidents(SEVERAL, {"event": "blast"}, {"event": "fire", "status": "negated"})
    assert {root: (t.sub_events, t.incident_types) for root, t in found.items()} == {
        "past": ((), ("attack",)),
        "later": (("blast",), ("bombing",)),
        "main": ((), ("attack",)),
    }


def test_without_an_event_there_is_no_kind_of_incident() -> None:
    (template,) = incidents((), {"event": None, **number("EXACT", 7)}).values()
    assert (template.root, template.incident_types, template.background) == (None, (), False)


# --- responsibility ---------------------------------------------------------------------------


def hop(type: str, entity: str) -> Hop:
    return Hop(type=type, sources=(Source(entity=entity),))


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (blame(None), "unclaimed"),
        (blame("band", hop("claimant", "band"), status="negated"), "denied"),
        (blame("band"), "stated"),
        (blame("band", UNSPECIFIED, hop("claimant", "band")), "claimed"),
        (blame("band", hop("claimant", "wing")), "claimed"),
        (blame("band", hop("gov", "x")), "blamed_by_authority"),
        (blame("band", hop("gov", "x"), hop("witness", "rival")), "blamed"),
    ],
)
def test_stance_follows_from_the_chain(claim: dict[str, Any], expected: str) -> None:
    made = document(claim)
    assert stance(made, made.claims[0]) == expected


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ((), "none"),
        ((blame(None),), "unclaimed"),
        ((blame("band", hop("claimant", "band")), blame(None)), "claimed"),
        ((blame("band", hop("gov", "x")),), "blamed"),
        ((blame("band", hop("claimant", "band")), blame("rival", hop("gov", "x"))), "contested"),
        ((blame("band", hop("claimant", "band")), blame("wing", hop("claimant", "wing"))), "claimed"),
        (
            (blame("wing", hop("claimant", "wing")), blame("band", hop("claimant", "band"), status="negated")),
            "contested",
        ),
        ((blame("rival", hop("claimant", "rival"), status="negated"),), "none"),
        ((blame("rival", hop("claimant", "rival"), status="negated"), blame("band", hop("gov", "x"))), "blamed"),
    ],
)
def test_responsibility_is_as_settled_as_the_claims(claims: tuple[dict[str, Any], ...], expected: str) -> None:
    (template,) = derive(document(*claims))
    assert template.responsibility_status == expected


# --- whole documents --------------------------------------------------------------------------


@given(documents())
def test_low_is_not_above_high_and_every_end_has_its_reason(made: Document) -> None:
    for template in derive(made):
        for f in template.figures:
            if f.low is not None:
                assert f.low_from
            if f.high is not None:
                assert f.high_from
                assert f.low is None or f.low <= f.high


@given(documents())
def test_the_order_of_the_claims_decides_nothing(made: Document) -> None:
    def told(document: Document) -> list[str]:
        return sorted(
            repr(
                (
                    sorted((f.metric, f.population, f.low, f.best, f.high, f.conflict) for f in t.figures),
                    t.responsibility_status,
                )
            )
            for t in derive(document)
        )

    def told_relations(document: Document) -> list[str]:
        return sorted(label for *_, label in relations(document))

    assert told(made) == told(renamed(made))
    assert told_relations(made) == told_relations(renamed(made))


def test_every_formula_of_the_hedge_table_is_known() -> None:
    from reportedly.intervals import END

    for row in contract.hedges().values():
        assert row.low in END or row.low == "word"
        assert row.high in END or row.high in ("word", "inf")
        assert {row.low_end, row.high_end} <= {"hard", "soft"}
