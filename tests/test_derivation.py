"""Intervals and templates held to the published table and rules, on hand-made claims."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportedly import contract
from reportedly.derivation import derive, relations, stance
from reportedly.intervals import interval, rounding
from reportedly.model import Claim, Count, Document, Entity, Event, Figure, Hop, Responsibility, Source, Span
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
        ("ALL", (30,), None, "[30, 30]"),
        ("ALL", (), None, "None"),
        ("VAGUE", (), "most", "None"),
    ],
)
def test_the_hedge_table_gives_the_interval(hedge: str, n: tuple[int, ...], word: str | None, expected: str) -> None:
    assert str(interval(Count(hedge=hedge, n=n, word=word, metric="killed"))) == expected


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


def test_the_bare_repetition_of_a_hedged_number_does_not_close_its_end() -> None:
    assert ends(number("EXACT", 61), number("AT_LEAST", 61))[::2] == (61, None)
    assert ends(number("EXACT", 61), number("AT_LEAST", 60))[::2] == (61, 61)


def test_what_cannot_both_be_right_is_a_conflict_and_shows_its_hull() -> None:
    f = figure(number("EXACT", 12), number("EXACT", 15))
    assert (f.conflict, f.low, f.high) == (True, 12, 15)
    assert not figure(number("EXACT", 12), number("EXACT", 12)).conflict


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


def test_best_is_the_number_that_was_said_not_the_bound() -> None:
    assert ends(number("MORE_THAN", 100)) == (101, 100, None)
    assert ends(number("RANGE", 5, 7))[1] == 5


def test_a_part_that_is_more_than_the_whole_is_a_conflict_and_a_small_part_does_not_widen_it() -> None:
    whole, part, small = number("EXACT", 13), number("EXACT", 15, scope="partial"), number("EXACT", 2, scope="partial")
    f = figure(whole, part, small)
    assert (f.conflict, f.low, f.best, f.high) == (True, 13, 13, 15)


def test_without_a_total_the_largest_part_is_best() -> None:
    assert ends(number("EXACT", 31, scope="partial"), number("EXACT", 6, scope="partial")) == (31, 31, None)


@pytest.mark.parametrize("status", ["negated", "unreal", "generic"])
def test_what_is_not_told_as_having_happened_stays_out(status: str) -> None:
    (template,) = derive(document(number("EXACT", 5, status=status)))
    assert template.figures == ()


def test_an_unspecified_number_is_of_victims_and_marked_assumed() -> None:
    assert figure(number("EXACT", 5)).assumed
    assert not figure(number("EXACT", 5, population="victims")).assumed


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
    ],
)
def test_two_counts_stand_to_each_other(a: dict[str, Any], b: dict[str, Any], expected: str) -> None:
    for claims in ((a, b), (b, a)):
        assert [label for *_, label in relations(document(*claims))] == [expected]


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
