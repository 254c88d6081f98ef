"""The rules held to what they say, at the very edge of what they allow."""

from __future__ import annotations

import copy
from typing import Any

import msgspec
import pytest

from reportedly import checks
from reportedly.codec import digest
from reportedly.model import Document

TEXT = "Raiders struck Ardby and took nine guards, said the mayor."


def span(words: str) -> dict[str, Any]:
    start = TEXT.index(words)
    return {"start": start, "end": start + len(words), "text": words}


def plain() -> dict[str, Any]:
    """A document that breaks no rule and has every kind of reference."""
    hop = {"type": "gov", "sources": [{"entity": "mayor", "span": span("the mayor")}]}
    return {
        "id": "edge",
        "text": TEXT,
        "sha256": digest(TEXT),
        "entities": [
            {"id": "raiders", "type": "ORG", "mentions": [span("Raiders")]},
            {"id": "mayor", "type": "PER", "mentions": [span("the mayor")]},
            {"id": "guards", "type": "PER", "mentions": [span("nine guards")]},
        ],
        "events": [
            {"id": "raid", "type": "ATTACK", "triggers": [span("struck")], "arguments": {"agent": ["raiders"]}},
            {"id": "taking", "type": "HOSTAGE", "triggers": [span("took")], "parent": "raid"},
        ],
        "claims": [
            {"id": "c0", "kind": "EVENT", "event": "raid", "anchor": span("struck"), "chain": [hop]},
            {"id": "c1", "kind": "EVENT", "event": "taking", "anchor": span("took")},
            {
                "id": "c2",
                "kind": "COUNT",
                "event": "taking",
                "anchor": span("nine"),
                "count": {"hedge": "EXACT", "n": [9], "metric": "hostage"},
            },
            {
                "id": "c3",
                "kind": "RESP",
                "event": "raid",
                "anchor": span("struck"),
                "responsibility": {"actor": "raiders"},
            },
        ],
    }


def broken(*changes: tuple[tuple[str | int, ...], Any], prediction: bool = False) -> list[tuple[str, str]]:
    """Set fields of the document by their paths and list (rule, where) of what is then wrong."""
    value = copy.deepcopy(plain())
    for (*path, last), new in changes:
        at: Any = value
        for key in path:
            at = at[key]
        if isinstance(at, list) and last == len(at):
            at.append(new)
        else:
            at[last] = new
    document = msgspec.convert(value, Document)
    return [(rule, where) for rule, where, _ in checks.faults(document, prediction)]


def test_the_document_that_all_this_starts_from_breaks_no_rule() -> None:
    assert broken() == []
    assert broken(prediction=True) == []


def test_a_prediction_is_turned_away_for_nothing_but_what_makes_scoring_it_meaningless() -> None:
    assert {rule.id for rule in checks.RULES.values() if rule.predictions} == {
        "metadata-date",
        "id-unique",
        "span-bounds",
        "span-text",
        "span-blank",
        "reference",
        "part-cycle",
        "parent-cycle",
        "mention-unique",
        "count-unique",
        "count-arity",
        "template-derived",
    }


@pytest.mark.parametrize(
    ("path", "where"),
    [
        (("entities", 2, "part_of"), "entities[2].part_of"),
        (("events", 1, "parent"), "events[1].parent"),
        (("events", 0, "arguments", "agent", 1), "events[0].arguments.agent[1]"),
        (("claims", 1, "event"), "claims[1].event"),
        (("claims", 3, "responsibility", "actor"), "claims[3].responsibility.actor"),
        (("claims", 0, "chain", 0, "sources", 0, "entity"), "claims[0].chain[0].sources[0].entity"),
    ],
)
@pytest.mark.parametrize("prediction", [True, False])
def test_a_reference_to_nobody_is_found_wherever_it_stands_and_is_all_that_is_told(
    path: tuple[str | int, ...], where: str, prediction: bool
) -> None:
    assert broken((path, "nobody"), prediction=prediction) == [("reference", where)]


def test_a_reference_to_nobody_is_found_among_references_to_all() -> None:
    found = broken((("entities", 2, "part_of"), "nobody"), (("events", 1, "arguments"), {"patient": ["guards"]}))
    assert found == [("reference", "entities[2].part_of")]
    found = broken(
        (("claims", 0, "event"), "nobody"), (("claims", 3, "event"), "taking"), (("claims", 2, "event"), "raid")
    )
    assert ("reference", "claims[0].event") in found


def test_digits_before_a_word_that_multiplies_them_are_not_the_number() -> None:
    text = "About 2 million fled. About 3 fled. About 1,200 fled."

    def anchor(words: str) -> dict[str, Any]:
        return {"start": text.index(words), "end": text.index(words) + len(words), "text": words}

    def told(words: str, n: int) -> list[str]:
        value = plain() | {"text": text, "sha256": digest(text), "entities": []}
        value["events"] = [{"id": "v", "type": "ATTACK", "triggers": [anchor("fled")]}]
        claim = {"id": "c", "kind": "COUNT", "event": "v", "anchor": anchor(words)}
        value["claims"] = [claim | {"count": {"hedge": "APPROX", "n": [n], "metric": "killed"}}]
        return [rule for rule, *_ in checks.faults(msgspec.convert(value, Document), False)]

    assert "count-digits" not in told("About 2 million", 2_000_000)
    assert "count-digits" not in told("About 3", 3)
    assert "count-digits" in told("About 3", 4)
    assert "count-digits" not in told("About 1,200", 1200)


def test_a_span_that_leaves_out_the_last_letter_of_a_word_cuts_it() -> None:
    found = broken((("entities", 2, "mentions", 0), span("nine guard")))
    assert ("span-word", "entities[2].mentions[0]") in found


def test_an_event_is_no_entity_and_an_entity_no_event() -> None:
    assert broken((("claims", 1, "event"), "mayor")) == [("reference", "claims[1].event")]
    assert broken((("entities", 0, "part_of"), "raid")) == [("reference", "entities[0].part_of")]


def test_all_that_is_wrong_with_spans_and_ids_is_told_at_once() -> None:
    found = broken((("entities", 1, "id"), "raiders"), (("entities", 2, "mentions", 0, "text"), "ten guards"))
    assert {rule for rule, _ in found} == {"id-unique", "span-text", "reference"}


def test_all_that_is_wrong_with_the_annotation_is_told_at_once() -> None:
    found = broken((("events", 1, "background"), True), (("claims", 2, "count", "metric"), "freed"))
    assert found == [("background-root", "events[1].background"), ("metric-event", "claims[2].count.metric")]


@pytest.mark.parametrize(
    ("start", "end", "text", "rules"),
    [
        (0, len(TEXT), TEXT, []),  # the whole text is inside it
        (0, len(TEXT) + 1, TEXT, ["span-bounds"]),
        (3, 3, "d", ["span-bounds"]),  # in the middle of a word: empty, and no more is said
        (3, 2, "d", ["span-bounds"]),
        (len(TEXT) - 6, len(TEXT), "mayor!", ["span-text"]),
        (0, 4, "Raid", ["span-word"]),
        (0, 8, "Raiders ", ["span-blank"]),
    ],
)
def test_a_span_may_fill_the_text_and_not_leave_it(start: int, end: int, text: str, rules: list[str]) -> None:
    cue = {"start": start, "end": end, "text": text}
    assert [rule for rule, _ in broken((("claims", 0, "chain", 0, "cue"), cue))] == rules


def test_a_predicted_string_that_is_not_in_the_text_does_not_hide_a_span_that_leaves_it() -> None:
    lost = {"start": -1, "end": -1, "text": "nowhere"}
    outside = {"start": 50, "end": 500, "text": "nowhere"}
    found = broken((("entities", 0, "mentions", 0), lost), (("entities", 1, "mentions", 0), outside), prediction=True)
    assert found == [("span-bounds", "entities[1].mentions[0]")]


@pytest.mark.parametrize(
    ("letter", "cut"), [("é", True), ("ɏ", True), ("7", True), ("ɐ", False), ("日", False), ("-", False)]
)
def test_a_word_of_latin_letters_is_not_cut_and_others_may_be(letter: str, cut: bool) -> None:
    text = f"{letter}rebels{letter} fled."
    made = Document(id="m", text=text, sha256=digest(text))
    inner = msgspec.convert(
        [{"id": "e", "type": "ORG", "mentions": [{"start": 1, "end": 7, "text": "rebels"}]}], type=list[Any]
    )
    value = {**msgspec.to_builtins(made), "entities": inner}
    found = [rule for rule, _, _ in checks.faults(msgspec.convert(value, Document), prediction=False)]
    assert found == ["span-word", "span-word"] * cut


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (((), [{"entity": "mayor", "span": span("the mayor")}] * 2), "sources[1]"),
        (((0,), {"span": span("the mayor")}), "sources[0]"),
        (((0,), {"entity": "mayor"}), "sources[0]"),
        (((0,), {"entity": "ardby", "span": span("Ardby")}), "sources[0].entity"),
    ],
)
def test_a_source_speaks_once_and_is_an_entity_that_can_and_that_is_named_here(
    change: tuple[tuple[int, ...], Any], where: str
) -> None:
    place = {"id": "ardby", "type": "PLACE", "mentions": [span("Ardby")]}
    path, new = change
    found = broken((("entities", 3), place), (("claims", 0, "chain", 0, "sources", *path), new))
    assert found == [("hop-source", f"claims[0].chain[0].{where}")]


def test_an_inherited_source_is_not_named_again() -> None:
    found = broken((("claims", 0, "chain", 0, "inherited"), True))
    assert found == [("hop-source", "claims[0].chain[0].sources[0].span")]


def test_a_claim_is_looked_at_whatever_stands_before_it() -> None:
    assert broken((("claims", 3, "event"), "taking")) == [("resp-target", "claims[3].event")]
    assert broken((("claims", 2, "count", "n"), [9, 10])) == [("count-arity", "claims[2].count.n")]


def test_a_claimant_in_the_middle_of_a_chain_is_told_for_every_chain_of_two_and_more() -> None:
    claimant = {"type": "claimant", "sources": [{"entity": "raiders", "span": span("Raiders")}]}
    gov = plain()["claims"][0]["chain"][0]
    for before, after in ((0, 0), (1, 0), (0, 1), (0, 2), (1, 1)):
        found = broken((("claims", 0, "chain"), [gov] * before + [claimant] + [gov] * after))
        assert found == [("hop-source", f"claims[0].chain[{before}]")] * (after > 0)


@pytest.mark.parametrize(
    ("layer", "field", "rule"), [("entities", "part_of", "part-cycle"), ("events", "parent", "parent-cycle")]
)
def test_a_circle_is_told_once_for_each_that_stands_in_it_and_not_for_what_leads_into_it(
    layer: str, field: str, rule: str
) -> None:
    ups = {"a": "b", "b": "c", "c": None, "d": "b", "x": "y", "y": "x", "z": "x"}
    words = TEXT.replace(",", " ").replace(".", "").split()
    made: list[dict[str, Any]] = []
    for (id, up), word in zip(ups.items(), words, strict=False):
        own = (
            {"type": "ORG", "mentions": [span(word)]}
            if layer == "entities"
            else {"type": "ATTACK", "triggers": [span(word)]}
        )
        made.append({"id": id, **own, **({field: up} if up else {})})
    value = {"id": "edge", "text": TEXT, layer: made}
    found = [(rule, where) for rule, where, _ in checks.faults(msgspec.convert(value, Document), prediction=True)]
    assert found == [(rule, f"{layer}[4].{field}"), (rule, f"{layer}[5].{field}")]


def test_a_template_that_lacks_a_field_or_has_one_too_many_is_not_what_the_claims_give() -> None:
    from reportedly.derivation import derive

    document = msgspec.convert(plain(), Document)
    (template,) = msgspec.json.decode(msgspec.json.encode(derive(document)))
    assert broken((("templates",), [template])) == []
    without = {k: v for k, v in template.items() if k != "date"} | {"place": ["raiders"]}
    assert broken((("templates",), [without])) == [
        ("template-derived", "templates[0].place")
    ]  # a field that is null may be left out
    assert broken((("templates",), [{**template, "mood": "grim"}])) == [("template-derived", "templates[0].mood")]
    assert broken((("templates",), [{k: v for k, v in template.items() if k != "figures"}])) == [
        ("template-derived", "templates[0].figures")
    ]
    assert broken((("templates",), [])) == [("template-derived", "templates")]
