"""One source for labels, and an example for every rule."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from reportedly import checks, codec, contract, corpus
from reportedly.model import Document
from strategies import documents

SCHEMA = contract.folder("schema")
ROOT = Path(__file__).resolve().parent.parent
VALID = sorted((SCHEMA / "examples" / "valid").iterdir())
INVALID = sorted((SCHEMA / "examples" / "invalid").iterdir())
GUIDELINES = (SCHEMA / "GUIDELINES.md").read_text(encoding="utf-8")
# What a small file cannot show is tested in test_codec.py.
NO_FILE = {"file-unreadable", "file-directory", "record-size", "record-items", "document-unknown", "document-text"}
RULE = re.compile(r"\*\*([A-Z]{1,2}\d+b?)(?: [^*]*)?\*\*(.*?)(?=\n\n|\*\*[A-Z]{1,2}\d+b?[ *]|\Z)", re.DOTALL)


@pytest.mark.parametrize("name", ["document", "prediction"])
def test_the_schemas_are_schemas_and_take_their_labels_from_the_vocabularies(name: str) -> None:
    schema = contract.schema(name)
    Draft202012Validator.check_schema(schema)
    assert schema == contract.with_labels(schema)
    labels = {
        label
        for vocabulary in contract.vocabulary()
        if vocabulary != "version"
        for label in contract.labels(vocabulary)
    }
    own = {value for definition in schema["$defs"].values() for value in definition.get("enum", ())}
    assert own <= labels


def test_what_is_generated_is_current() -> None:
    command = [sys.executable, str(ROOT / "scripts" / "build.py"), "--check"]
    env = {**os.environ, "PYTHONPATH": str(ROOT / "benchmarks")}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("path", VALID, ids=lambda p: p.stem)
def test_a_valid_example_is_valid_canonical_and_a_prediction_of_itself(path: Path) -> None:
    (document,) = codec.load(path)
    assert document.id == path.stem
    assert path.read_text(encoding="utf-8") == codec.page(document).replace("\r\n", "\\r\\n")
    assert codec.load(path, gold=[document]) == [document]


@pytest.mark.parametrize("path", VALID, ids=lambda p: p.stem)
def test_no_span_of_a_valid_example_cuts_a_word(path: Path) -> None:
    # "raid" found inside "raiders" has the right text at its offsets: no rule of the validator sees it.
    (document,) = codec.load(path)
    for at, span in document.spans():
        for edge in (span.start, span.end):
            assert not re.match(r"\w\w", document.text[edge - 1 : edge + 1] if edge else ""), (at, span.text)


@pytest.mark.parametrize("path", INVALID, ids=lambda p: p.stem)
def test_an_invalid_example_breaks_the_rule_it_is_named_for_and_no_other(path: Path) -> None:
    documents, problems = codec.read(path)
    assert [p.rule for p in problems] == [path.stem]
    assert len(documents) == (1 if path.stem == "document-duplicate" else 0)


def test_every_rule_has_its_example_and_every_example_its_rule() -> None:
    assert {p.stem for p in INVALID} == (set(checks.RULES) | set(codec.FORM)) - NO_FILE


def test_a_rule_that_predictions_are_held_to_is_broken_by_one() -> None:
    for path in INVALID:
        rule = checks.RULES.get(path.stem)
        if rule is None:
            continue
        value: dict[str, Any] = json.loads(path.read_bytes())
        gold = {value["id"]: Document(id=value["id"], text=value["text"])}
        _, faults = codec.build(value, gold)
        assert {found for *_, found in faults} == ({rule.id} if rule.predictions else set()), path.stem


def test_every_label_is_used_by_a_valid_example() -> None:
    seen: set[tuple[str, str]] = set()
    for (document,) in map(codec.load, VALID):
        assert document.annotation is not None
        seen.add(("annotator_kind", document.annotation.kind))
        seen |= {("entity_type", e.type) for e in document.entities}
        seen |= {("precision", e.geo.precision) for e in document.entities if e.geo}
        for event in document.events:
            seen |= {("event_type", event.type), *(("role", role) for role in event.arguments)}
        for claim in document.claims:
            seen |= {("claim_kind", claim.kind), ("status", claim.status), *(("hop_type", h.type) for h in claim.chain)}
            if claim.count:
                c = claim.count
                seen |= {
                    ("hedge", c.hedge),
                    ("metric", c.metric),
                    ("population", c.population),
                    ("scope", c.scope),
                    ("as_of", c.as_of),
                }
            if claim.responsibility:
                seen.add(("responsibility_role", claim.responsibility.role))
    derived = {"version", "stance", "relation", "vague_word"}
    wanted = {(name, label) for name in contract.vocabulary() if name not in derived for label in contract.labels(name)}
    assert wanted <= seen, sorted(wanted - seen)


def test_the_example_prediction_is_one() -> None:
    gold = codec.load(SCHEMA / "examples" / "valid" / "counts.json")
    (found,) = codec.load(SCHEMA / "examples" / "prediction.jsonl", gold=gold)
    assert found.missing == ("events",)
    assert all(span.located for _, span in found.spans())


def test_every_rule_of_the_validator_stands_in_the_guidelines() -> None:
    for id in (*checks.RULES, *codec.FORM):
        assert f"| `{id}` |" in GUIDELINES


def test_every_guideline_has_an_example_and_a_near_miss() -> None:
    rules = RULE.findall(GUIDELINES)
    assert {"T0", "M1", "E1b", "CL1", "A1", "ST1", "ST4", "C1", "P1", "S1", "R1"} <= {id for id, _ in rules}
    assert len(rules) > 75
    assert len({id for id, _ in rules}) == len(rules)
    for id, body in rules:
        assert "✓" in body, id
        assert "✗" in body, id


def test_every_vocabulary_has_its_table_in_the_guidelines() -> None:
    for name in contract.vocabulary():
        if name != "version":
            assert f"<!-- table:{name} -->\n|" in GUIDELINES, name


def test_no_example_is_taken_from_the_article() -> None:
    def runs(text: str, size: int = 5) -> set[tuple[str, ...]]:
        words = re.findall(r"\w+", text.lower())
        return {tuple(words[i : i + size]) for i in range(len(words) - size + 1)}

    texts = [document.text for document in corpus.load("article")]
    names = {"quetta", "balochistan", "reuters", "kakar", "khorasan", "lashkar", "dunya", "sharif", "pakistan"}
    for own in (GUIDELINES, *(p.read_text(encoding="utf-8") for p in VALID)):
        assert not names & set(re.findall(r"\w+", own.lower()))
        for text in texts:
            assert not runs(own) & runs(text)


def test_no_example_shares_six_words_in_a_row_with_a_text_of_the_corpus() -> None:
    def runs(text: str) -> set[tuple[str, ...]]:
        words = re.findall(r"\w+", text.lower())
        return {tuple(words[i : i + 6]) for i in range(len(words) - 5)}

    texts = sorted(contract.folder("corpus").glob("articles/*.txt"))
    assert texts
    examples = (SCHEMA / "examples" / "prediction.jsonl", *VALID, *INVALID)
    own = [GUIDELINES, *(p.read_bytes().decode("utf-8", "replace") for p in examples)]
    for path in texts:
        taken = runs(path.read_text(encoding="utf-8"))
        assert not [run for text in own for run in runs(text) & taken], path.name


# --- the fast verdict -------------------------------------------------------------------------

# What a mutation puts in the place of something: other types, empty and odd strings, numbers at and over the edges.
ODD: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1.5,
    2**31,
    10**30,
    "",
    "x",
    "a b",
    "x" * 100,
    "PER",
    "COUNT",
    [],
    [1],
    {},
    {"a": 1},
    "é",
    "2031-13-01",
)


def places(value: Any) -> list[tuple[Any, Any]]:
    """List (holder, key) of everything in a document."""
    found: list[tuple[Any, Any]] = []
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in list(inner):
        found += [(value, key), *places(each)]
    return found


@settings(max_examples=200)
@given(documents(), st.data())
def test_the_fast_verdict_is_that_of_the_one_that_explains(document: Document, data: st.DataObject) -> None:
    for kind in ("document", "prediction"):
        plain = codec.to_dict(document)
        assert contract.conforms(kind, plain)
        for _ in range(data.draw(st.integers(1, 2))):
            holder, key = data.draw(st.sampled_from(places(plain)))
            what = data.draw(st.sampled_from(("put", "drop", "add", "twice")))
            if what == "put":
                holder[key] = data.draw(st.sampled_from(ODD))
            elif what == "drop":
                del holder[key]
            elif what == "add" and isinstance(holder, dict):
                holder[data.draw(st.sampled_from(("new", "count", "n", "start", "occurrence", "text")))] = data.draw(
                    st.sampled_from(ODD)
                )
            elif isinstance(holder, list):
                holder.append(holder[key])
        assert contract.conforms(kind, plain) == (not list(contract.validator(kind).iter_errors(plain)))
        if not places(plain):
            return


@pytest.mark.parametrize("value", [float("nan"), object(), {1: 2}, 10**400, [[[[]]]]])
def test_what_the_fast_verdict_cannot_hold_is_left_to_the_other(value: Any) -> None:
    plain = codec.to_dict(corpus.load()[0])
    plain["entities"][0]["name"] = value
    assert not contract.conforms("document", plain)
