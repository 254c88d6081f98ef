"""Claim, span, event and template scores held to numbers worked out by hand."""

from __future__ import annotations

import random
from collections.abc import Sequence
from fractions import Fraction
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import f1_score

from reportedly import align, metrics
from reportedly.align import Comparison, _blocks, assign, covered, dice, interval_score, nearest, overlapping, tie
from reportedly.codec import from_dict
from reportedly.fingerprint import mixed
from reportedly.metrics import METRICS, Counts, items
from reportedly.metrics.spans import most
from reportedly.metrics.template import incidents
from reportedly.model import Claim, Document, Entity, Hop, Interval, Responsibility, Source, Span
from reportedly.scoring import read, results, score

TEXT = "At least 17 guards were killed, two clinics said. Raiders of the Tide took 40 staff. Around 30 were freed, Tide said."
EMPTY = {"m": Document(id="m", text=TEXT)}


def at(text: str, occurrence: int = 1) -> dict[str, Any]:
    return {"text": text, "occurrence": occurrence}


def count(anchor: dict[str, Any], hedge: str, *n: int, metric: str = "killed", **more: Any) -> dict[str, Any]:
    own = {key: more.pop(key) for key in ("population", "scope", "as_of", "word") if key in more}
    return {
        "id": f"c{anchor['text']}{metric}".replace(" ", ""),
        "kind": "COUNT",
        "anchor": anchor,
        "count": {"hedge": hedge, "n": list(n), "metric": metric, **own},
        **more,
    }


def made(**layers: Any) -> Document:
    return from_dict({"id": "m", **layers}, EMPTY)


def value(gold: Document, predicted: Document, metric: str) -> float | None:
    return {r.metric.name: r.value for r in results(score([gold], [predicted]))}[metric]


def ends(low: int, high: int | None) -> Interval:
    return Interval(low=low, high=high, low_hard=True, high_hard=True)


@pytest.mark.parametrize(
    ("gold", "predicted", "expected"),
    [
        # The cases that the definition of the interval score works out.
        (ends(59, None), ends(59, 59), Fraction(1, 2)),
        (ends(59, None), ends(60, None), (1 + 1 - Fraction(1, 6)) / 2),
        (ends(54, 59), ends(60, 60), (0 + 1 - Fraction(1, 6)) / 2),
        (ends(5, 7), ends(7, 7), Fraction(1, 2)),
        (ends(0, 0), ends(0, 0), Fraction(1)),
        (ends(100, 100), ends(105, 95), 1 - (Fraction(5, 1) / Fraction(105, 10) + Fraction(5, 1) / 10) / 2),
    ],
)
def test_the_interval_score_is_as_worked_out_by_hand(gold: Interval, predicted: Interval, expected: Fraction) -> None:
    assert interval_score(gold, predicted) == pytest.approx(float(expected))
    assert interval_score(predicted, gold) == pytest.approx(float(expected))


def test_counts_of_unknown_size_agree_with_each_other_alone() -> None:
    assert interval_score(None, None) == 1
    assert interval_score(None, ends(1, 2)) == 0


SAID = {"id": "k", "type": "ORG", "mentions": [at("two clinics")]}
CHAIN = [{"type": "medical", "sources": [{"entity": "k"}]}]
GOLD = made(entities=[SAID], claims=[count(at("At least 17"), "AT_LEAST", 17, population="victims", chain=CHAIN)])


@pytest.mark.parametrize(
    ("predicted", "expected"),
    [
        (count(at("At least 17"), "AT_LEAST", 17, population="victims", chain=CHAIN), 1.0),
        (count(at("17"), "EXACT", 17, population="victims", chain=CHAIN), 0.5 * 0.5 + 0.2 + 0.1),
        (count(at("17"), "EXACT", 17), 0.5 * 0.5 + 0.1),  # unspecified resolves to victims
        (count(at("At least 17"), "AT_LEAST", 17, chain=CHAIN, status="possible"), 0.9),
        (count(at("At least 17"), "AT_LEAST", 17, population="perpetrators", chain=CHAIN), 0.0),
        (count(at("At least 17"), "AT_LEAST", 17, metric="injured", chain=CHAIN), 0.0),
        (count(at("40"), "EXACT", 17), 0.0),
    ],
)
def test_the_claim_score_gates_on_metric_and_population(predicted: dict[str, Any], expected: float) -> None:
    other = made(entities=[SAID], claims=[predicted])
    assert value(GOLD, other, "counts.claim") == pytest.approx(expected)


def test_a_right_number_on_the_wrong_people_earns_nothing_however_it_is_paired() -> None:
    two = made(
        claims=[
            count(at("At least 17 guards"), "AT_LEAST", 17, population="perpetrators"),
            count(at("17"), "EXACT", 17, metric="killed", population="victims"),
        ]
    )
    (pair,) = [p for g, p in Comparison(GOLD, two).counts if g]
    assert pair is not None
    assert pair.anchor.text == "17"


def chained(*hops: tuple[str, list[str]]) -> Document:
    entities = [{"id": n, "type": "ORG", "mentions": [at(n)]} for n in ("two clinics", "Raiders", "Tide", "staff")]
    for e in entities:
        e["id"] = str(e["id"]).replace(" ", "")
    chain = [{"type": t, "sources": [{"entity": n.replace(" ", "")} for n in names]} for t, names in hops]
    return made(entities=entities, claims=[count(at("17"), "EXACT", 17, chain=chain)])


@pytest.mark.parametrize(
    ("gold", "predicted", "chain", "exact"),
    [
        ([("media", ["Tide"]), ("medical", ["two clinics"])], [("medical", ["two clinics"])], 2 / 3, 0.0),
        (
            [("media", ["Tide"]), ("medical", ["two clinics"])],
            [("medical", ["two clinics"]), ("media", ["Tide"])],
            0.5,
            0.0,
        ),
        ([("gov", ["Tide"])], [("media", ["Tide"])], 1.0, 0.0),  # the source is right, its type is not
        ([("gov", ["Tide", "staff"])], [("gov", ["staff", "Tide"])], 1.0, 1.0),  # joint sources have no order
        ([("gov", ["Tide"])], [("gov", ["Tide", "staff"])], 2 / 3, 0.0),  # one more joins in
        ([("gov", ["Tide", "staff"])], [("gov", ["Tide", "Raiders"])], 0.5, 0.0),
        ([("gov", ["Tide"])], [], 0.0, 0.0),
        ([("unspecified", [])], [("unspecified", [])], 1.0, 1.0),
        ([("unspecified", [])], [("media", ["Tide"])], 0.0, 0.0),
        ([], [], None, 1.0),  # both leave it to the narrator
    ],
)
def test_chains_score_by_their_longest_common_subsequence(
    gold: list[tuple[str, list[str]]], predicted: list[tuple[str, list[str]]], chain: float | None, exact: float
) -> None:
    a, b = chained(*gold), chained(*predicted)
    assert value(a, b, "attribution.chain") == (None if chain is None else pytest.approx(chain))
    assert value(a, b, "attribution.exact") == exact


def test_a_source_that_is_cut_short_is_right_in_order_and_wrong_as_a_whole() -> None:
    def told(words: str) -> Document:
        source = {"id": "k", "type": "ORG", "mentions": [at(words)]}
        chain = [{"type": "medical", "sources": [{"entity": "k", "span": at(words)}]}]
        return made(entities=[source], claims=[count(at("17"), "EXACT", 17, chain=chain)])

    assert value(told("two clinics"), told("clinics"), "attribution.chain") == 1.0
    assert value(told("two clinics"), told("clinics"), "attribution.origin") == 1.0
    assert value(told("two clinics"), told("clinics"), "attribution.exact") == 0.0
    assert value(told("two clinics"), told("guards"), "attribution.chain") == 0.0


def test_depth_is_one_two_or_three_and_more() -> None:
    names = ["Tide", "staff", "Raiders", "two clinics"]
    for size, label in ((1, "1"), (2, "2"), (3, "3+"), (4, "3+")):
        gold = chained(*(("media", [name]) for name in names[:size]))
        found = [i for i in items(Comparison(gold, gold), ("attribution",)) if i.metric == "attribution.depth"]
        assert [(i.label, i.counts.r_num) for i in found] == [(label, 1)]


def test_nobody_has_claimed_it_is_not_somebody() -> None:
    nobody = {**held("tide", None), "responsibility": {"actor": None}}
    gold = made(entities=ACTORS, claims=[nobody])
    assert value(gold, gold, "responsibility.exact") == 1.0
    assert value(gold, made(entities=ACTORS, claims=[held("tide", None)]), "responsibility.relaxed") == 0.0


def test_a_claim_that_is_left_out_misses_its_sources() -> None:
    gold = chained(("media", ["Tide"]), ("gov", ["staff"]))
    nothing = made(claims=[])
    assert value(gold, nothing, "attribution.chain") == 0.0
    assert value(gold, nothing, "attribution.depth") == 0.0


def held(actor: str, type: str | None, status: str = "asserted") -> dict[str, Any]:
    chain = [{"type": type, "sources": [{"entity": "tide" if type == "claimant" else "staff"}]}] if type else []
    return {
        "id": f"r{actor}",
        "kind": "RESP",
        "anchor": at("took"),
        "chain": chain,
        "status": status,
        "responsibility": {"actor": actor},
    }


ACTORS = [
    {"id": "tide", "type": "ORG", "mentions": [at("Tide")]},
    {"id": "wing", "type": "ORG", "mentions": [at("Raiders")], "part_of": "tide"},
    {"id": "staff", "type": "ORG", "mentions": [at("staff")]},
]


@pytest.mark.parametrize(
    ("predicted", "exact", "relaxed"),
    [
        (held("tide", "claimant"), 1.0, 1.0),
        (held("wing", "claimant"), 0.0, 0.5),
        (held("tide", "gov"), 0.0, 0.0),
        (held("staff", "claimant"), 0.0, 0.0),
    ],
)
def test_responsibility_wants_actor_stance_and_origin(predicted: dict[str, Any], exact: float, relaxed: float) -> None:
    gold, other = (made(entities=ACTORS, claims=[c]) for c in (held("tide", "claimant"), predicted))
    assert value(gold, other, "responsibility.exact") == exact
    assert value(gold, other, "responsibility.relaxed") == relaxed


def test_an_argument_counts_only_at_its_own_event() -> None:
    entities = [{"id": "staff", "type": "PER", "mentions": [at("staff")]}]

    def events(owner: str) -> Document:
        two: list[dict[str, Any]] = [
            {"id": "a", "type": "KILL", "triggers": [at("killed")]},
            {"id": "b", "type": "KILL", "triggers": [at("took")]},
        ]
        for event in two:
            if event["id"] == owner:
                event["arguments"] = {"patient": ["staff"]}
        return made(entities=entities, events=two)

    assert value(events("a"), events("a"), "events.argument") == 1.0
    assert value(events("a"), events("b"), "events.argument") == 0.0
    assert value(events("a"), events("b"), "events.trigger") == 1.0


def test_an_overlapping_trigger_answers_an_event_only_when_relaxed() -> None:
    entities = [{"id": "staff", "type": "PER", "mentions": [at("staff")]}]

    def event(trigger: str) -> Document:
        events = [{"id": "a", "type": "KILL", "triggers": [at(trigger)], "arguments": {"patient": ["staff"]}}]
        return made(entities=entities, events=events)

    assert value(event("took"), event("took 40"), "events.argument") == 0.0
    assert value(event("took"), event("took 40"), "events.argument_relaxed") == 1.0
    assert value(event("took"), event("took 40"), "events.trigger_relaxed") == 0.5


def test_an_ancestor_in_place_of_the_parent_earns_half() -> None:
    def tree(parent: str) -> Document:
        triggers = {"root": "took", "inner": "killed", "leaf": "freed"}
        events = [{"id": n, "type": "ATTACK", "triggers": [at(t)]} for n, t in triggers.items()]
        events[1]["parent"], events[2]["parent"] = "root", parent
        return made(events=events)

    assert value(tree("inner"), tree("root"), "events.parent") == 0.5  # one of two edges
    assert value(tree("inner"), tree("root"), "events.parent_relaxed") == 0.75


def test_open_slots_that_are_filled_are_false_fills() -> None:
    gold = made(claims=[count(at("At least 17"), "AT_LEAST", 17)])
    closed = made(claims=[count(at("At least 17"), "EXACT", 17), count(at("40"), "EXACT", 40, metric="missing")])
    found = {i.label for i in items(Comparison(gold, closed), ("false fills",)) if i.counts.r_num}
    assert found == {"high", "missing"}
    assert value(gold, gold, "false_fills.rate") == 0.0
    published = from_dict({"id": "m", "metadata": {"publisher": "Tide Times"}}, EMPTY)
    found = {i.label for i in items(Comparison(gold, published), ("false fills",)) if i.counts.r_num}
    assert found == {"publisher"}


def test_a_calendar_date_that_the_text_does_not_give_is_a_false_fill() -> None:
    def dated(timex: str) -> Document:
        time = {"id": "t", "type": "TIME", "mentions": [at("Around")], "timex": timex}
        root = {"id": "v", "type": "ATTACK", "triggers": [at("took")], "arguments": {"time": ["t"]}}
        return made(entities=[time], events=[root])

    found = {
        i.label for i in items(Comparison(dated("XXXX-WXX-2"), dated("2011-03-08")), ("false fills",)) if i.counts.r_num
    }
    assert found == {"date"}


def test_a_right_country_earns_half_of_a_place() -> None:
    def placed(name: str) -> Document:
        place = {"id": "p", "type": "PLACE", "mentions": [at(name)], "geo": {"country": "FI", "precision": "city"}}
        root = {"id": "v", "type": "ATTACK", "triggers": [at("took")], "arguments": {"place": ["p"]}}
        return made(entities=[place], events=[root])

    def place_credit(metric: str) -> list[float]:
        found = items(Comparison(placed("Tide"), placed("Raiders")), ("template",))
        return [i.counts.r_num for i in found if i.metric == metric and i.label == "place" and i.counts.r_den]

    assert place_credit("template.lists_relaxed") == [0.5]
    assert place_credit("template.lists") == [0.0]


def test_status_is_macro_f1_as_scikit_learn_has_it() -> None:
    status = ["asserted", "possible", "asserted"]
    anchors = [at("At least 17"), at("40"), at("Around 30")]

    def told(labels: list[str]) -> Document:
        return made(claims=[count(a, "EXACT", 5, status=s) for a, s in zip(anchors, labels, strict=True)])

    other = ["asserted", "asserted", "generic"]
    expected = f1_score(status, other, average="macro", labels=sorted({*status, *other}), zero_division=0)
    assert value(told(status), told(other), "status.macro") == pytest.approx(expected)


# --- items: what is counted, under which label, at which word --------------------------------


def counted(gold: Document, predicted: Document, task: str, *metrics: str) -> list[str]:
    """Write the items of a task as "metric label word precision recall", those of a metric named if any is."""
    return sorted(
        f"{i.metric} {i.label or '-'} {TEXT[i.at :].split()[0] if i.at < len(TEXT) else i.at}"
        f" {i.counts.p_num:g}/{i.counts.p_den:g} {i.counts.r_num:g}/{i.counts.r_den:g}"
        for i in items(Comparison(gold, predicted), (task,))
        if not metrics or i.metric in metrics
    )


def somebody(id: str, words: str, type: str = "ORG", **more: Any) -> dict[str, Any]:
    return {"id": id, "type": type, "mentions": [at(words)], **more}


def test_counts_add_and_a_side_that_is_silent_has_no_f1_but_nought() -> None:
    some = Counts(0.5, 1, 0.5, 2)
    assert Counts().plus(some) == some
    assert some.plus(some) == Counts(1, 2, 1, 4)
    assert some.f1 == pytest.approx(1 / 3)
    assert (Counts().f1, Counts(0, 0, 0, 3).f1, Counts(0, 3, 0, 0).f1) == (None, 0.0, 0.0)
    assert Counts(0, 0, 2, 2).f1 == 0.0
    assert Counts(0, 2, 2, 2).f1 == 0.0


def test_mentions_count_under_their_type_where_they_begin() -> None:
    gold = made(entities=[somebody("a", "guards", "PER"), somebody("b", "Tide")])
    predicted = made(
        entities=[somebody("a", "17 guards", "PER"), somebody("b", "Tide"), somebody("c", "staff", "PLACE")]
    )
    assert counted(gold, predicted, "mentions") == [
        "mentions.exact ORG Tide 1/1 1/1",
        "mentions.exact PER 17 0/1 0/0",
        "mentions.exact PER guards 0/0 0/1",
        "mentions.exact PLACE staff. 0/1 0/0",
        "mentions.relaxed ORG Tide 1/1 1/1",
        "mentions.relaxed PER guards 0.5/1 0.5/1",
        "mentions.relaxed PLACE staff. 0/1 0/0",
    ]


def test_as_many_mentions_are_paired_as_can_be_and_equal_ones_first() -> None:
    gold = made(entities=[somebody("a", "17 guards were killed"), somebody("b", "two clinics said")])
    # The first overlaps both; if it answered the one it is nearest to, the second pair would be lost.
    both = made(entities=[somebody("x", "guards were killed, two"), somebody("y", "At least 17")])
    assert value(gold, both, "mentions.relaxed") == 0.5
    # What ends first answers, and an equal mention whatever ends before it.
    near = made(entities=[somebody("x", "guards were killed"), somebody("y", "At least 17")])
    assert counted(gold, near, "mentions", "mentions.relaxed") == [
        "mentions.relaxed ORG 17 0.5/1 0.5/1",
        "mentions.relaxed ORG guards 0/1 0/0",
        "mentions.relaxed ORG two 0/0 0/1",
    ]
    same = made(entities=[somebody("x", "17 guards were killed"), somebody("y", "At least 17")])
    assert counted(gold, same, "mentions", "mentions.relaxed") == [
        "mentions.relaxed ORG 17 1/1 1/1",
        "mentions.relaxed ORG At 0/1 0/0",
        "mentions.relaxed ORG two 0/0 0/1",
    ]


def raid(agent: list[str], patient: list[str], *more: dict[str, Any], guards: str = "guards") -> Document:
    people = [somebody("tide", "Tide"), somebody("guards", guards, "PER"), somebody("staff", "staff", "PER")]
    filled = {role: ids for role, ids in (("agent", agent), ("patient", patient)) if ids}
    root = {"id": "root", "type": "ATTACK", "triggers": [at("took")], "arguments": filled}
    return made(entities=people, events=[root, *more])


def test_arguments_count_under_their_role_at_their_event() -> None:
    gold = raid(["tide"], ["guards", "staff"])
    freed = {"id": "f", "type": "FREE", "triggers": [at("freed")], "arguments": {"patient": ["staff"]}}
    predicted = raid(["guards"], ["staff", "tide", "tide"], freed)
    for name in ("events.argument", "events.argument_relaxed"):
        assert counted(gold, predicted, "events", name) == [
            f"{name} agent took 0/0 0/1",
            f"{name} agent took 0/1 0/0",
            f"{name} patient freed, 0/1 0/0",
            f"{name} patient took 0/0 0/1",
            f"{name} patient took 0/1 0/0",
            f"{name} patient took 1/1 1/1",
        ]


def test_an_overlapping_mention_answers_an_argument_only_when_relaxed() -> None:
    gold, predicted = raid([], ["guards"]), raid([], ["guards"], guards="17 guards")
    assert value(gold, predicted, "events.argument") == 0.0
    assert value(gold, predicted, "events.argument_relaxed") == 1.0


@pytest.mark.parametrize("other", ["least", "two", "clinics", "guards", "killed", "staff"])
@pytest.mark.parametrize("only", ["Raiders", "Tide"])
def test_as_many_arguments_answer_as_can(only: str, other: str) -> None:
    # One predicted entity overlaps both of gold's, another one of them alone: the first must not take that one.
    people = [somebody("a", "Raiders"), somebody("b", "Tide")]
    wide = {"id": "x", "type": "ORG", "mentions": [at("Raiders of the Tide"), at(other)]}
    root = {"id": "v", "type": "ATTACK", "triggers": [at("took")]}
    gold = made(entities=people, events=[{**root, "arguments": {"agent": ["a", "b"]}}])
    predicted = made(entities=[wide, somebody("y", only)], events=[{**root, "arguments": {"agent": ["x", "y"]}}])
    assert value(gold, predicted, "events.argument_relaxed") == 1.0


@pytest.mark.parametrize("favoured", [True, False])
def test_as_many_arguments_answer_whatever_decides_between_equals(
    favoured: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def place(words: str) -> int:
        return mixed((TEXT.index(words), TEXT.index(words) + len(words)))

    def people(*names: list[str]) -> list[dict[str, Any]]:
        return [{"id": f"e{i}", "type": "PER", "mentions": list(map(at, name))} for i, name in enumerate(names)]

    def told(who: list[dict[str, Any]]) -> Document:
        agents = {"agent": [each["id"] for each in who]}
        return made(entities=who, events=[{"id": "v", "type": "ATTACK", "triggers": [at("took")], "arguments": agents}])

    gold = told(people(["guards"], ["clinics"], ["staff"]))
    predicted = told(people(["17 guards", "clinics"], ["two clinics", "staff"], ["40 staff"]))
    # Each could answer the next, which would leave one on either side without an answer.
    two = {(place("clinics"), place("17 guards")), (place("staff"), place("two clinics"))}
    monkeypatch.setattr("reportedly.metrics.events.tie", lambda a, b: 0.999 * (((a, b) in two) == favoured))
    assert value(gold, predicted, "events.argument_relaxed") == 1.0


def test_the_fillers_of_a_slot_are_told_in_the_order_of_the_text() -> None:
    root = {"id": "root", "type": "ATTACK", "triggers": [at("took")]}
    people = [somebody("staff", "staff", "PER"), somebody("guards", "guards", "PER")]
    for ids in (["staff", "guards"], ["guards", "staff"]):
        gold = made(entities=people, events=[{**root, "arguments": {"target": ids}}])
        found = items(Comparison(gold, made(events=[root])), ("template",))
        told = [TEXT[i.at :].split()[0] for i in found if (i.metric, i.label) == ("template.lists", "target")]
        assert told == ["guards", "staff."]


def test_parents_count_under_the_type_of_the_child_where_it_begins() -> None:
    killed, freed = (
        {"id": t, "type": kind, "triggers": [at(t)], "parent": "root"}
        for t, kind in (("killed", "KILL"), ("freed", "FREE"))
    )
    assert counted(raid([], [], killed), raid([], [], freed), "events", "events.parent", "events.parent_relaxed") == [
        "events.parent FREE freed, 0/1 0/0",
        "events.parent KILL killed, 0/0 0/1",
        "events.parent_relaxed FREE freed, 0/1 0/0",
        "events.parent_relaxed KILL killed, 0/0 0/1",
    ]


def test_counts_are_labelled_by_their_hedge() -> None:
    gold = made(claims=[count(at("At least 17"), "AT_LEAST", 17), count(at("Around 30"), "APPROX", 30)])
    predicted = made(claims=[count(at("17"), "EXACT", 17), count(at("40"), "RANGE", 4, 40)])
    assert counted(gold, predicted, "counts") == [
        "counts.claim APPROX Around 0/0 0/1",
        "counts.claim AT_LEAST At 0.55/1 0.55/1",  # half of the interval, the chain and the status
        "counts.claim RANGE 40 0/1 0/0",
        "counts.exact APPROX Around 0/0 0/1",
        "counts.exact AT_LEAST At 0/0 0/1",
        "counts.exact EXACT 17 0/1 0/0",
        "counts.exact RANGE 40 0/1 0/0",
        "counts.interval APPROX Around 0/0 0/1",
        "counts.interval AT_LEAST At 0.5/1 0.5/1",
        "counts.interval RANGE 40 0/1 0/0",
        "counts.span - 17 0/1 0/0",
        "counts.span - 40 0/1 0/0",
        "counts.span - Around 0/0 0/1",
        "counts.span - At 0/0 0/1",
    ]


def test_a_chain_counts_its_sources_and_its_origin_and_depth_are_asked_of_gold_alone() -> None:
    gold = chained(("media", ["Tide"]), ("medical", ["two clinics"]))
    assert counted(gold, chained(("medical", ["two clinics"])), "attribution") == [
        "attribution.attributed COUNT 17 1/1 1/1",
        "attribution.chain COUNT 17 1/1 1/2",
        "attribution.depth 2 17 0/0 0/1",
        "attribution.exact COUNT 17 0/1 0/1",
        "attribution.origin COUNT 17 0/0 1/1",
    ]
    assert counted(gold, chained(), "attribution") == [
        "attribution.attributed COUNT 17 0/0 0/1",
        "attribution.chain COUNT 17 0/0 0/2",
        "attribution.depth 2 17 0/0 0/1",
        "attribution.exact COUNT 17 0/1 0/1",
        "attribution.origin COUNT 17 0/0 0/1",
    ]
    assert counted(chained(), gold, "attribution") == [
        "attribution.attributed COUNT 17 0/1 0/0",
        "attribution.chain COUNT 17 0/2 0/0",
        "attribution.exact COUNT 17 0/1 0/1",
    ]


@pytest.mark.parametrize(
    ("gold", "predicted", "right"),
    [
        ([("media", ["Tide"]), ("gov", ["staff"])], [("gov", ["staff"])], 1.0),
        ([("media", ["Tide"]), ("gov", ["staff"])], [("media", ["staff"])], 0.0),  # of another type
        ([("media", ["Tide"]), ("gov", ["staff"])], [("media", ["Raiders"]), ("gov", ["Tide"])], 0.0),
        ([("media", ["Raiders"]), ("gov", ["Tide"])], [("media", ["Tide"]), ("gov", ["staff"])], 0.0),
        ([("gov", ["staff", "Tide"])], [("gov", ["Tide"])], 1.0),  # one of those who speak together
    ],
)
def test_the_origin_is_the_last_hop_and_no_other(
    gold: list[tuple[str, list[str]]], predicted: list[tuple[str, list[str]]], right: float
) -> None:
    assert value(chained(*gold), chained(*predicted), "attribution.origin") == right


@pytest.mark.parametrize(
    ("gold", "predicted", "chain"),
    [
        ([("media", ["Tide"]), ("medical", ["two clinics"])], [("media", ["Tide"])], 2 / 3),
        ([("media", [])], [("media", ["Tide"])], 0.0),  # somebody who is named is not somebody who is not
        ([("media", [])], [("witness", [])], 0.0),
        ([("media", ["Tide"])], [("media", ["staff"])], 0.0),
        (
            [("media", ["Tide"]), ("gov", ["Raiders"]), ("gov", ["staff"])],
            [("gov", ["two clinics"]), ("gov", ["staff"]), ("media", ["Tide"])],
            1 / 3,  # either of two, not both: they stand the other way round
        ),
    ],
)
def test_sources_are_the_same_or_not(
    gold: list[tuple[str, list[str]]], predicted: list[tuple[str, list[str]]], chain: float
) -> None:
    a, b = chained(*gold), chained(*predicted)
    for there, back in ((a, b), (b, a)):
        assert value(there, back, "attribution.chain") == pytest.approx(chain)
    score = 0.5 + 0.2 + 0.2 * chain + 0.1
    assert value(a, b, "counts.claim") == pytest.approx(score)


def blamed(actor: str, anchor: str, source: str = "clinics") -> dict[str, Any]:
    chain = [{"type": "gov", "sources": [{"entity": source}]}]
    return {
        "id": f"r-{anchor}",
        "kind": "RESP",
        "anchor": at(anchor),
        "chain": chain,
        "responsibility": {"actor": actor},
    }


HELD = [
    somebody("tide", "Tide"),
    somebody("wing", "Raiders", part_of="tide"),
    somebody("clinics", "two clinics"),
    somebody("staff", "staff"),
]


@pytest.mark.parametrize("anchor", ["took", "killed", "freed", "Around"])
def test_the_right_actor_answers_before_a_part_of_it_whatever_decides_between_equals(
    anchor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    gold = made(entities=HELD, claims=[blamed("tide", "took")])
    predicted = made(entities=HELD, claims=[blamed("tide", anchor), blamed("wing", "said")])
    for low in (anchor, "said"):
        last = mixed((TEXT.index(low),))
        monkeypatch.setattr("reportedly.metrics.claims.tie", lambda a, b, last=last: 0.0 if b == last else 0.999)
        credits = [i.counts.r_num for i in items(Comparison(gold, predicted), ("responsibility",))]
        assert sum(credits) == 2  # exact and relaxed


def test_an_actor_that_is_no_part_of_the_right_one_is_wrong_however_it_is_blamed() -> None:
    gold, other = (
        made(entities=HELD, claims=[blamed("tide", "took")]),
        made(entities=HELD, claims=[blamed("staff", "took")]),
    )
    for name in ("responsibility.exact", "responsibility.relaxed"):
        assert counted(gold, other, "responsibility", name) == [
            f"{name} blamed_by_authority took 0/0 0/1",
            f"{name} blamed_by_authority took 0/1 0/0",
        ]


@pytest.mark.parametrize(
    ("first", "second"), [("Raiders", "17"), ("17", "Raiders"), ("of", "40"), ("40", "of"), ("killed", "guards")]
)
def test_the_actor_who_is_right_goes_before_a_part_of_it(first: str, second: str) -> None:
    gold = made(entities=HELD, claims=[blamed("tide", "took")])
    predicted = made(entities=HELD, claims=[blamed("wing", first), blamed("tide", second)])
    found = [i for i in items(Comparison(gold, predicted), ("responsibility",)) if i.counts.r_num]
    assert [(i.metric, i.counts.r_num, i.predicted.id) for i in found] == [
        ("responsibility.exact", 1.0, f"r-{second}"),
        ("responsibility.relaxed", 1.0, f"r-{second}"),
    ]


def test_a_relation_stands_where_its_later_count_does_and_a_made_up_one_counts() -> None:
    def three(*numbers: int) -> Document:
        anchors = [at("At least 17"), at("40"), at("Around 30")]
        return made(claims=[count(a, "EXACT", n) for a, n in zip(anchors, numbers, strict=True)])

    gold, predicted = three(17, 17, 30), three(17, 40, 30)
    assert counted(gold, predicted, "conflict") == [
        "conflict.relation conflict 40 0/1 0/0",
        "conflict.relation conflict Around 1/1 1/1",
        "conflict.relation conflict Around 1/1 1/1",
        "conflict.relation same 40 0/0 0/1",
    ]


# --- the template and its slots ---------------------------------------------------------------


def incident(
    *claims: dict[str, Any],
    trigger: str = "took",
    place: str = "",
    timex: str = "",
    told: tuple[tuple[str, str], ...] = (),
) -> Document:
    """A report of one incident, whose place, time and told parts (trigger, type) are as given."""
    who = [somebody("tide", "Tide"), somebody("raiders", "Raiders")]
    where = [somebody("p", place, "PLACE", geo={"country": "FI", "precision": "city"})] if place else []
    when = [somebody("t", "Around", "TIME", timex=timex)] if timex else []
    filled = {"place": ["p"] if place else [], "time": ["t"] if timex else []}
    root = {"id": "v", "type": "ATTACK", "triggers": [at(trigger)], "arguments": {k: v for k, v in filled.items() if v}}
    parts = [{"id": f"v{i}", "type": kind, "triggers": [at(t)], "parent": "v"} for i, (t, kind) in enumerate(told)]
    said = [{"id": f"e{i}", "kind": "EVENT", "event": f"v{i}", "anchor": at(t)} for i, (t, _) in enumerate(told)]
    return made(entities=[*who, *where, *when], events=[root, *parts], claims=[*said, *claims])


def test_figures_count_end_by_end_where_the_best_claim_stands() -> None:
    gold = incident(count(at("At least 17"), "AT_LEAST", 17), count(at("Around 30"), "APPROX", 30, metric="freed"))
    predicted = incident(count(at("17"), "EXACT", 17), count(at("40"), "EXACT", 40, metric="hostage"))
    assert counted(gold, predicted, "template", "template.slots", "template.interval") == [
        "template.interval freed Around 0/0 0/1",
        "template.interval hostage 40 0/1 0/0",
        "template.interval killed At 0.5/1 0.5/1",
        "template.slots best 40 0/1 0/0",
        "template.slots best Around 0/0 0/1",
        "template.slots best At 1/1 1/1",
        "template.slots high 40 0/1 0/0",
        "template.slots high Around 0/0 0/1",
        "template.slots high At 0/1 0/1",
        "template.slots low 40 0/1 0/0",
        "template.slots low Around 0/0 0/1",
        "template.slots low At 1/1 1/1",
    ]


def test_the_interval_of_a_figure_scores_by_how_far_its_ends_lie_apart() -> None:
    gold, near = (incident(count(at("40"), "EXACT", n)) for n in (40, 41))
    assert value(gold, near, "template.interval") == pytest.approx(float(1 - Fraction(10, 41)))


def test_lists_count_slot_by_slot() -> None:
    gold = incident(
        {**blamed("tide", "took", "raiders"), "event": "v"},
        place="clinics",
        timex="2011-03-08",
        told=(("killed", "EXPLODE"), ("freed", "FREE")),
    )
    predicted = incident(place="clinics", timex="2011-03-09", told=(("killed", "EXPLODE"), ("said", "FIRE")))
    expected = [
        "date took 0/0 0/1",
        "date took 0/1 0/0",
        "incident_types took 0/1 0/0",
        "incident_types took 1/1 1/1",
        "place clinics 1/1 1/1",
        "responsibility_status took 0/0 0/1",
        "sub_events took 0/0 0/1",
        "sub_events took 0/1 0/0",
        "sub_events took 1/1 1/1",
        "time Around 1/1 1/1",
    ]
    for name in ("template.lists", "template.lists_relaxed"):
        assert [row.replace("clinics,", "clinics") for row in counted(gold, predicted, "template", name)] == [
            f"{name} {row}" for row in expected
        ]


def test_a_part_answers_by_an_overlapping_trigger_only_when_relaxed() -> None:
    gold, predicted = incident(told=(("killed", "KILL"),)), incident(told=(("were killed", "KILL"),))
    for name, right in (("template.lists", 0), ("template.lists_relaxed", 1)):
        found = [
            i for i in items(Comparison(gold, predicted), ("template",)) if (i.metric, i.label) == (name, "sub_events")
        ]
        assert sum(i.counts.r_num for i in found) == right


def test_who_is_not_in_the_text_is_a_wrong_filler_at_its_beginning() -> None:
    events = [{"id": "v", "type": "ATTACK", "triggers": [at("took")], "arguments": {"agent": ["x"]}}]
    lost = made(entities=[somebody("x", "the Army")], events=events)
    assert counted(made(events=[{**events[0], "arguments": {}}]), lost, "template", "template.lists")[1:] == [
        "template.lists perpetrators At 0/1 0/0"
    ]


def test_slots_without_an_event_stand_at_the_beginning() -> None:
    gold = made(claims=[{**count(at("40"), "AT_LEAST", 40), "id": "c"}, {**blamed("tide", "took")}], entities=HELD)
    rows = counted(gold, made(), "template", "template.lists") + counted(gold, made(), "false fills")
    assert {row.split(" ", 2)[2] for row in rows if row.split()[1] != "high"} == {"At 0/0 0/1"}
    assert "false_fills.rate high 40 0/0 0/1" in rows


def two(first: int, second: int, *, triggers: tuple[str, str], background: bool = False) -> Document:
    """Two incidents, of which the second may be one in passing, each with a number of killed."""
    events: list[dict[str, Any]] = [{"id": t, "type": "ATTACK", "triggers": [at(t)]} for t in triggers]
    events[1]["background"] = background
    claims = [
        {**count(at(anchor), "EXACT", n), "event": t}
        for anchor, n, t in (("At least 17", first, triggers[0]), ("Around 30", second, triggers[1]))
    ]
    return made(events=events, claims=claims)


def test_an_incident_answers_by_its_root_before_all_else() -> None:
    gold, crossed = two(5, 9, triggers=("took", "freed")), two(9, 5, triggers=("took", "freed"))
    assert value(gold, crossed, "template.slots") == 0.0


def test_the_main_incident_does_not_answer_one_in_passing() -> None:
    gold = two(5, 9, triggers=("took", "freed"), background=True)
    crossed = two(9, 5, triggers=("killed", "said"), background=True)
    assert value(gold, crossed, "template.slots") == 0.0


@pytest.mark.parametrize("triggers", [("killed", "said"), ("said", "killed"), ("were", "of"), ("of", "were")])
def test_incidents_whose_roots_do_not_answer_are_told_apart_by_their_figures(triggers: tuple[str, str]) -> None:
    gold = two(5, 9, triggers=("took", "freed"))
    assert value(gold, two(5, 9, triggers=triggers), "template.slots") == 1.0
    assert value(gold, two(9, 5, triggers=triggers), "template.slots") == 1.0


@pytest.mark.parametrize("triggers", [("killed", "said"), ("were", "of"), ("At", "least")])
def test_incidents_that_nothing_tells_apart_answer_alike_in_any_order_of_the_file(triggers: tuple[str, str]) -> None:
    def of(*agents: tuple[str, str]) -> Document:
        events = [{"id": t, "type": "ATTACK", "triggers": [at(t)], "arguments": {"agent": [a]}} for t, a in agents]
        return made(entities=[somebody("tide", "Tide"), somebody("raiders", "Raiders")], events=events)

    told = [(triggers[0], "tide"), (triggers[1], "raiders")]
    gold = of(("took", "tide"), ("freed", "raiders"))
    there, back = (value(gold, of(*order), "template.lists") for order in (told, told[::-1]))
    assert there == back


def test_one_end_in_common_tells_incidents_apart_wherever_they_are_told() -> None:
    gold = made(
        events=[{"id": t, "type": "ATTACK", "triggers": [at(t)]} for t in ("took", "freed")],
        claims=[
            {**count(at("40"), "RANGE", 5, 7), "event": "took"},
            {**count(at("30"), "EXACT", 90), "event": "freed"},
        ],
    )
    words = ("At", "least", "guards", "were", "killed", "said", "Raiders", "Around")
    for first, second in permutations(words, 2):
        predicted = two(7, 20, triggers=(first, second))  # seven is the high end of five to seven
        assert [(g.root, p.root) for g, p in incidents(Comparison(gold, predicted)) if g and p] == [
            ("took", first),
            ("freed", second),
        ]


def test_what_an_incident_in_passing_leaves_open_is_nobodys_false_fill() -> None:
    gold = two(5, 9, triggers=("took", "freed"), background=True)
    rows = [row for row in counted(gold, gold, "false fills") if row.split()[1] == "date"]
    assert rows == ["false_fills.rate date took 0/0 0/1"]
    events = [{"id": t, "type": "ATTACK", "triggers": [at(t)], "background": t == "took"} for t in ("took", "freed")]
    later = made(events=events)
    rows = [row for row in counted(later, later, "false fills") if row.split()[1] == "date"]
    assert rows == ["false_fills.rate date freed, 0/0 0/1"]


def test_a_false_fill_is_one_of_the_slots_left_open_and_shows_what_was_filled() -> None:
    gold = incident(count(at("At least 17"), "AT_LEAST", 17))
    predicted = incident(
        count(at("17"), "EXACT", 17),
        count(at("40"), "MORE_THAN", 39, metric="missing", population="perpetrators"),
        count(at("30"), "VAGUE", metric="held", word="dozens", as_of="earlier"),
    )
    found = list(items(Comparison(gold, predicted), ("false fills",)))
    assert all((i.counts.p_num, i.counts.p_den, i.counts.r_den) == (0, 0, 1) for i in found)
    assert {i.label: i.predicted.value for i in found if i.counts.r_num} == {"high": 17, "missing": 39}
    assert [i.at for i in found if i.label in ("publisher", "published", "url")] == [0, 0, 0]


# --- pairing ----------------------------------------------------------------------------------


def test_dice_is_twice_what_is_shared_over_all() -> None:
    a, b = Span(start=0, end=4, text="abcd"), Span(start=2, end=8, text="cdefgh")
    assert (dice(a, a), dice(a, b), dice(b, a)) == (1.0, float(Fraction(4, 10)), float(Fraction(4, 10)))


@given(st.integers(0, 2**64), st.integers(0, 2**64))
def test_a_tie_is_broken_by_what_is_said_in_either_direction(a: int, b: int) -> None:
    assert tie(a, b) == tie(b, a)
    assert 0 <= tie(a, b) < 1


def test_what_breaks_a_tie_does_not_read_ids() -> None:
    def claim(actor: str, source: str, status: str = "asserted") -> Claim:
        return Claim(
            id=f"c-{actor}",
            kind="RESP",
            anchor=Span(start=0, end=3, text="one"),
            chain=(Hop(type="gov", sources=(Source(entity=source),)),),
            status=status,
            responsibility=Responsibility(actor=actor),
        )

    assert align._say(claim("a", "b")) == align._say(claim("x", "y")) != align._say(claim("a", "b", "negated"))


@pytest.mark.parametrize("turned", [False, True])
def test_an_entity_answers_the_one_that_it_shares_the_most_mentions_with(turned: bool) -> None:
    words = ("guards", "Raiders", "Tide", "staff", "clinics")
    ids = ("a", "b") if not turned else ("b", "a")
    halves = [{"id": ids[0], "type": "ORG", "mentions": [at(w) for w in words[:2]]}]
    halves.append({"id": ids[1], "type": "ORG", "mentions": [at(w) for w in words[2:]]})
    whole = [{"id": "x", "type": "ORG", "mentions": [at(w) for w in words]}]
    assert Comparison(made(entities=halves), made(entities=whole)).entities == {"x": ids[1]}
    assert Comparison(made(entities=whole), made(entities=halves)).entities == {ids[1]: "x"}


def clusters(**made_of: Sequence[str]) -> Document:
    return made(entities=[{"id": i, "type": "ORG", "mentions": [at(w) for w in words]} for i, words in made_of.items()])


@pytest.mark.parametrize("turn", range(7))
def test_entities_answer_so_that_the_most_mentions_are_shared_in_all(turn: int) -> None:
    words = ["guards", "Raiders", "Tide", "clinics", "staff", "40", "freed"]
    a, b, c, d, e, f, g = words[turn:] + words[:turn]
    # Three shared mentions are more than one and one, and less than two and two.
    one = Comparison(clusters(k=(a, b, c, d), l=(e,)), clusters(x=(a, b, c, e), y=(d,)))
    assert one.entities == {"x": "k"}
    two = Comparison(clusters(k=(a, b, c, d, e), l=(f, g)), clusters(x=(a, b, c, f, g), y=(d, e)))
    assert two.entities == {"x": "l", "y": "k"}


def kills(**triggers: Sequence[str]) -> Document:
    return made(events=[{"id": i, "type": "KILL", "triggers": [at(t) for t in ts]} for i, ts in triggers.items()])


def test_an_event_answers_the_one_that_shares_its_trigger_before_one_that_overlaps() -> None:
    gold = kills(a=["were killed"], b=["freed"])
    for names in (("x", "y"), ("y", "x")):
        predicted = kills(**dict(zip(names, (["killed"], ["were killed"]), strict=True)))
        assert Comparison(gold, predicted).events_relaxed == {names[1]: "a"}
        assert Comparison(predicted, gold).events_relaxed == {"a": names[1]}
    two_near = Comparison(kills(a=["guards were killed"]), kills(x=["guards"], y=["were killed"]))
    assert two_near.events_relaxed == {"y": "a"}  # the nearer of two that only overlap
    assert two_near.events == {}


def test_a_shared_trigger_weighs_as_one_and_an_overlap_as_what_it_shares() -> None:
    # 1 is less than 8/11 and 12/17, and more than 8/28 and 22/35.
    less = Comparison(kills(a=["were killed"], b=["took 40"]), kills(x=["were killed", "took"], y=["killed"]))
    assert less.events_relaxed == {"x": "b", "y": "a"}
    more = Comparison(
        kills(a=["were killed"], b=["took 40 staff. Around 30"]),
        kills(x=["were killed", "took"], y=["were killed, two clinics"]),
    )
    assert more.events_relaxed == {"x": "a"}


def test_an_event_that_shares_more_triggers_answers() -> None:
    gold = kills(a=("killed", "took", "freed"))
    for names in (("x", "y"), ("y", "x")):
        predicted = kills(**dict(zip(names, (("killed",), ("took", "freed")), strict=True)))
        for paired in (Comparison(gold, predicted).events, Comparison(gold, predicted).events_relaxed):
            assert paired == {names[1]: "a"}


def answered(gold: Document, predicted: Document) -> list[tuple[str, str]]:
    return [(g.id, p.id) for g, p in Comparison(gold, predicted).claims if g and p]


@pytest.mark.parametrize("names", [("x", "y"), ("y", "x")])
def test_of_counts_that_score_alike_the_nearer_answers(names: tuple[str, str]) -> None:
    gold = made(claims=[{**count(at("At least 17"), "AT_LEAST", 17), "id": "g"}])
    near, far = (
        {**count(at(words), "AT_LEAST", 17), "id": id}
        for words, id in zip(("least 17", "17 guards"), names, strict=True)
    )
    assert answered(gold, made(claims=[near, far])) == [("g", names[0])]
    assert answered(gold, made(claims=[far, near])) == [("g", names[0])]


def test_of_claims_that_stand_at_one_place_the_one_that_says_the_same_answers() -> None:
    def claims(kind: str, **told: dict[str, Any]) -> Document:
        event = {"id": "v", "type": "ATTACK", "triggers": [at("took")]}
        made_of = [{"id": i, "kind": kind, "event": "v", "anchor": at("took"), **more} for i, more in told.items()]
        return made(entities=HELD, events=[event], claims=made_of)

    gov = {"chain": [{"type": "gov", "sources": [{"entity": "clinics"}]}]}
    by_tide, by_staff, by_wing = ({"responsibility": {"actor": a}} for a in ("tide", "staff", "wing"))
    unsure = {"status": "possible"}
    for kind, gold, right, wrong in (
        ("EVENT", gov, gov, {}),
        ("EVENT", unsure, unsure, {}),
        ("EVENT", {}, {}, unsure),
        ("RESP", {**by_tide, **gov}, {**by_tide, **gov}, {**by_tide}),
        # The actor weighs as much as chain and status together.
        ("RESP", {**by_tide, **gov}, {**by_tide, **unsure, **gov}, {**by_wing, **gov}),
        ("RESP", {**by_tide, **gov}, {**by_tide}, {**by_staff, **gov, **unsure}),
        ("RESP", by_tide, by_tide, by_staff),
    ):
        for said in ({"right": right, "wrong": wrong}, {"wrong": wrong, "right": right}):
            assert answered(claims(kind, g=gold), claims(kind, **said)) == [("g", "right")], (kind, said)


def test_an_actor_of_an_overlapping_mention_is_the_same_for_the_pairing() -> None:
    def told(words: str, **ids: str) -> Document:
        who = [somebody("a", words), somebody("b", "staff")]
        return made(entities=who, claims=[{**blamed(actor, "took", "b"), "id": i} for i, actor in ids.items()])

    for said in ({"right": "a", "wrong": "b"}, {"wrong": "b", "right": "a"}):
        assert answered(told("Tide", g="a"), told("the Tide", **said)) == [("g", "right")]


@pytest.mark.parametrize("exact", [True, False])
def test_nobody_is_the_same_as_nobody_alone(exact: bool) -> None:
    both = Comparison(made(entities=ACTORS), made(entities=[somebody("x", "guards")]))
    assert both.same_entity(None, None, exact)
    assert not both.same_entity(None, "x", exact)
    assert not both.same_entity("tide", None, exact)


edges = st.dictionaries(
    st.tuples(st.integers(0, 4), st.integers(0, 4)),
    st.integers(1, 16).map(lambda sixteenths: sixteenths / 16),
    max_size=12,
)


@given(edges)
def test_pairing_is_one_to_one_and_the_best_there_is(weights: dict[tuple[int, int], float]) -> None:
    paired = assign(weights)
    assert len(set(paired.values())) == len(paired)
    assert all(pair in weights for pair in paired.items())
    best = max(sum(weights.get((g, p), 0.0) for g, p in enumerate(order)) for order in permutations(range(5)))
    assert sum(weights[pair] for pair in paired.items()) == pytest.approx(best)


spans = st.lists(
    st.tuples(st.integers(0, 20), st.integers(1, 8)).map(lambda s: Span(start=s[0], end=s[0] + s[1], text="x")),
    max_size=12,
)


@given(spans, spans)
def test_the_sweep_finds_what_comparing_all_with_all_finds(gold: list[Span], predicted: list[Span]) -> None:
    slow = {(i, j) for i, g in enumerate(gold) for j, p in enumerate(predicted) if g.start < p.end and p.start < g.end}
    found = overlapping(gold, predicted)
    assert len(found) == len(set(found))
    assert set(found) == slow


@given(spans, spans)
def test_entities_touch_if_any_two_of_their_mentions_overlap(gold: list[Span], predicted: list[Span]) -> None:
    lost = Span(start=-1, end=-1, text="lost")
    assert bool(covered([*gold, lost]) & covered([lost, *predicted])) == bool(overlapping(gold, predicted))


def test_what_a_span_covers_ends_where_it_ends() -> None:
    assert covered([Span(start=1, end=3, text="x")]) == 0b110
    assert covered([Span(start=1, end=3, text="x"), Span(start=2, end=5, text="x")]) == 0b11110


def best(weights: dict[tuple[int, int], float], rows: int, columns: int) -> float:
    """The most that pairing one-to-one can earn, by the solver over the whole table."""
    table = np.zeros((rows, columns))
    for place, weight in weights.items():
        table[place] = weight
    return float(table[linear_sum_assignment(table, maximize=True)].sum())


def drawn(chance: random.Random, lost: int = 0) -> list[Span]:
    """Draw spans that nest, overlap and stand side by side; some predicted ones were never found."""
    places = {(start, start + chance.randint(1, 9)) for start in chance.choices(range(40), k=chance.randint(0, 14))}
    return [Span(start=a, end=b, text="x") for a, b in sorted(places)] + [
        Span(start=-i, end=-i, text="lost") for i in range(1, 1 + lost)
    ]


@pytest.mark.parametrize("seed", range(60))
def test_equal_mentions_and_then_as_many_as_can_be_earn_the_most_credit(seed: int) -> None:
    chance = random.Random(seed)
    g, p = drawn(chance), drawn(chance, lost=2)
    gold, predicted = (
        Document(id="d", text="x" * 50, entities=(Entity(id="a", type="PER", mentions=tuple(spans)),))
        for spans in (g, p)
    )
    right = best({(i, j): 1.0 if dice(g[i], p[j]) == 1 else 0.5 for i, j in overlapping(g, p)}, len(g), len(p))
    whole = [
        i.counts for i in metrics.sums(Comparison(gold, predicted), ("mentions",)) if i.metric == "mentions.relaxed"
    ]
    single = [i.counts for i in items(Comparison(gold, predicted), ("mentions",)) if i.metric == "mentions.relaxed"]
    assert [sum(column) for column in zip(*single, strict=True)] == [right, len(p), right, len(g)]
    assert whole == [(right, len(p), right, len(g))]


def test_spans_side_by_side_do_not_overlap() -> None:
    assert most([(0, 3)], [(3, 5)]) == {}
    assert most([(3, 5)], [(0, 3)]) == {}
    assert most([(0, 3), (3, 5)], [(2, 3)]) == {(0, 3): (2, 3)}


@pytest.mark.parametrize("seed", range(40))
def test_many_nested_spans_are_paired_as_few_are(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(seed)
    gold, predicted = drawn(chance), drawn(chance)
    few = nearest(gold, predicted)
    monkeypatch.setattr(align, "_DENSE", 0)

    def one_by_one(edges: Sequence[object], _: object) -> dict[int, int]:
        assert not edges, "all goes by whole tables, nothing pair by pair"
        return {}

    monkeypatch.setattr(align, "paired", one_by_one)
    many = nearest(gold, predicted)
    shares = {(i, j): dice(gold[i], predicted[j]) for i, j in overlapping(gold, predicted)}
    for found in (few, many):
        assert len(set(found.values())) == len(found)
        assert sum(shares[pair] for pair in found.items()) == pytest.approx(
            best(shares, len(gold), len(predicted)), abs=1e-7
        )
    told = [
        {((g := gold[i]).start, g.end, (p := predicted[j]).start, p.end) for i, j in found.items()}
        for found in (few, many)
    ]
    assert told[0] == told[1]


def test_spans_are_cut_into_blocks_where_none_reaches_on() -> None:
    ends = [(0, 3), (5, 7), (2, 5), (20, 30), (29, 31), (21, 22)]
    gold = [Span(start=a, end=b, text="x") for a, b in ends]
    predicted = [Span(start=a, end=b, text="x") for a, b in ((22, 23), (7, 9), (-1, -1), (4, 5))]
    blocks = [(set(rows), set(columns)) for rows, columns in _blocks(gold, predicted) if rows or columns]
    assert blocks == [({0, 2}, {3}), ({1}, set()), (set(), {1}), ({3, 4, 5}, {0})]


def test_a_block_of_many_spans_is_solved_beside_the_rest() -> None:
    nested = [Span(start=i, end=400 - i, text="x") for i in range(120)]
    alone, cut = Span(start=500, end=510, text="x"), Span(start=505, end=510, text="x")
    assert nearest([*nested, alone], [cut, *nested[:110]]) == {120: 0, **{i: i + 1 for i in range(110)}}
    assert nearest([cut, *nested[:110]], [*nested, alone]) == {0: 120, **{i + 1: i for i in range(110)}}


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_parts_of_an_entity_the_one_with_less_beside_it_answers(order: int) -> None:
    tide = {"id": "tide", "type": "ORG", "mentions": [at("Raiders of the Tide"), at("Tide", 2)]}
    clean = {"id": "clean", "type": "ORG", "mentions": [at("Tide", 2)]}
    mixed = {"id": "mixed", "type": "ORG", "mentions": [at("Raiders of the Tide"), at("clinics"), at("guards")]}
    both = Comparison(made(entities=[tide]), made(entities=[clean, mixed][::order]))
    assert both.entities == {"clean": "tide"}
    more = {**mixed, "mentions": [*mixed["mentions"], at("Tide", 2)]}
    both = Comparison(made(entities=[tide]), made(entities=[{**clean, "mentions": [at("Tide")]}, more][::order]))
    assert both.entities == {"mixed": "tide"}


def test_every_metric_says_what_it_means_and_reads_known_items() -> None:
    names = [m.name for m in METRICS]
    assert len(names) == len(set(names))
    for metric in METRICS:
        assert metric.means
        assert set(metric.of) <= set(names)
        assert read(metric, {}) is None
