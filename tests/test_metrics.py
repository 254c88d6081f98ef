"""Claim, span, event and template scores held to numbers worked out by hand."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from reportedly.align import Comparison, assign, interval_score, overlapping
from reportedly.codec import from_dict
from reportedly.metrics import METRICS, items
from reportedly.model import Document, Interval, Span
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


# --- pairing ----------------------------------------------------------------------------------

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


def test_every_metric_says_what_it_means_and_reads_known_items() -> None:
    names = [m.name for m in METRICS]
    assert len(names) == len(set(names))
    for metric in METRICS:
        assert metric.means
        assert set(metric.of) <= set(names)
        assert read(metric, {}) is None
