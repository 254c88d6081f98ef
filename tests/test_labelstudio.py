"""Label Studio without a server: the config, and documents as tasks and back."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

import reportedly as rp
from environments import ROOT
from reportedly import codec, contract, corpus
from reportedly.cli import main
from reportedly.labelstudio import draw, read, sync
from reportedly.labelstudio.config import CHOICES, GROUPS, MARKS, config
from reportedly.model import Document
from strategies import documents

GOLD = [d for split in corpus.splits() for d in corpus.load(split)]
TEXT = "At least 12 miners were killed in Ardby, the mayor told Harbour Radio. Raiders fled."


# --- the config -------------------------------------------------------------------------------


def page() -> ET.Element:
    return ET.fromstring((ROOT / "schema" / "labelstudio.xml").read_text(encoding="utf-8"))


def test_the_committed_config_is_the_one_that_the_vocabularies_give() -> None:
    assert (ROOT / "schema" / "labelstudio.xml").read_text(encoding="utf-8") == config()


def test_every_label_of_the_vocabularies_can_be_chosen() -> None:
    offered = {
        group.get("name"): [one.get("value") for one in group]
        for kind in ("Labels", "Choices")
        for group in page().iter(kind)
    }
    for name, (vocabulary, _, _) in GROUPS.items():
        assert offered[name] == list(contract.labels(vocabulary))
    for name, vocabulary, _, _ in CHOICES:
        assert offered[name] == list(contract.labels(vocabulary))
    assert offered["mark"] == list(MARKS)
    assert offered["word"] == list(contract.labels("vague_word"))
    assert [link.get("value") for link in page().iter("Relation")] == list(contract.labels("role"))


def test_no_key_is_given_twice_and_none_is_a_bare_digit() -> None:
    keys = [key for element in page().iter() if (key := element.get("hotkey"))]
    assert [key for key, times in Counter(keys).items() if times > 1] == []
    assert not [key for key in keys if key.isdigit()]
    listed = draw.data(GOLD[0])
    tasks = [row["hotkey"] for name in ("entities", "events") for row in listed[name] if "hotkey" in row]
    assert not set(tasks) & set(keys)
    assert len(tasks) == len(set(tasks))


def test_choices_without_a_key_take_no_letter() -> None:
    for choices in page().iter("Choices"):
        assert choices.get("layout") == "select" or all("+" in choice.get("hotkey", "") for choice in choices)


# --- there and back ---------------------------------------------------------------------------


def again(document: Document, results: list[dict[str, Any]]) -> Document:
    found, problems = read.document(draw.data(document), results)
    assert problems == []
    assert found is not None
    return found


@pytest.mark.parametrize("document", GOLD, ids=lambda d: d.id)
def test_a_document_of_the_corpus_comes_back_as_it_was(document: Document) -> None:
    assert again(document, draw.results(document)) == document


@given(documents(), st.randoms(use_true_random=False))
def test_any_valid_document_comes_back_whatever_the_order_of_results(
    document: Document, shuffle: random.Random
) -> None:
    results = draw.results(document)
    shuffle.shuffle(results)
    assert codec.page(again(document, results)) == codec.page(document)


@given(documents())
def test_what_is_sent_is_what_the_server_can_show(document: Document) -> None:
    """One dangling link gives a blank page there, one wrong number a task that cannot be edited."""
    data, results = draw.task(document)
    labels = {
        group.get("name"): {one.get("value") for one in group}
        for kind in ("Labels", "Choices")
        for group in page().iter(kind)
    }
    labels["entity"] = {row["value"] for row in data["entities"]}
    labels["event"] = {row["value"] for row in data["events"]}
    names = {element.get("name") for element in page().iter() if element.get("name")}
    places: dict[str, tuple[int, int]] = {}
    for one in (r for r in results if r["type"] != "relation"):
        value = one["value"]
        assert one["from_name"] in names
        assert "#" not in one["id"]
        assert 0 <= value["start"] < value["end"] <= len(document.text)
        assert places.setdefault(one["id"], (value["start"], value["end"])) == (value["start"], value["end"])
        if one["type"] in ("labels", "choices"):
            assert set(value[one["type"]]) <= labels[one["from_name"]]
        if one["type"] == "number":
            assert isinstance(value["number"], int)
    links = [(r["from_id"], r["to_id"]) for r in results if r["type"] == "relation"]
    assert len(links) == len(set(links))
    assert all(end in places for link in links for end in link)


def test_what_the_page_writes_itself_is_understood() -> None:
    """It adds an origin, gives new regions ids of its own, and may turn a link around."""
    (document,) = rp.gold("article")
    results = [{**one, "origin": "manual"} for one in draw.results(document)]
    for one in results:
        if one["type"] == "relation" and not one.get("labels"):
            one["from_id"], one["to_id"], one["direction"] = one["to_id"], one["from_id"], "left"
    assert again(document, results) == document


# --- drawn by hand ----------------------------------------------------------------------------


class Drawn:
    """Results as an annotator's page writes them."""

    def __init__(self, text: str = TEXT) -> None:
        self.text, self.count = text, 0
        self.results: list[dict[str, Any]] = []

    def region(self, words: str, **labels: str) -> str:
        self.count += 1
        start = self.text.index(words)
        value = {"start": start, "end": start + len(words), "text": words}
        for group, label in labels.items():
            self.results.append(
                {
                    "id": f"Ab{self.count}",
                    "from_name": group,
                    "to_name": "text",
                    "type": "labels",
                    "origin": "manual",
                    "value": {**value, "labels": [label]},
                }
            )
        return f"Ab{self.count}"

    def choose(self, region: str, name: str, value: str) -> None:
        place = next(r["value"] for r in self.results if r.get("id") == region)
        place = {k: place[k] for k in ("start", "end", "text")}
        self.results.append(
            {
                "id": region,
                "from_name": name,
                "to_name": "text",
                "type": "choices",
                "value": {**place, "choices": [value]},
            }
        )

    def link(self, start: str, end: str, *labels: str) -> None:
        self.results.append(
            {"type": "relation", "from_id": start, "to_id": end, "direction": "right", "labels": list(labels)}
        )

    def read(self) -> tuple[Document | None, list[str]]:
        document = Document(id="ardby", text=self.text)
        by = {"annotator": "ada", "kind": "human", "pass": "1", "guidelines": "1"}
        found, problems = read.document(draw.data(document), self.results, by)
        return found, [f"{p.where}: {p.message} [{p.rule}]" for p in problems]


def toll() -> Drawn:
    """Draw the least that says: at least 12 killed, according to the mayor, who told Harbour Radio."""
    drawn = Drawn()
    drawn.region("fled", trigger="ATTACK", claim="EVENT")
    drawn.region("killed", trigger="KILL")
    number = drawn.region("At least 12", claim="COUNT")
    drawn.region("the mayor", mention="PER")
    drawn.region("Harbour Radio", mention="ORG")
    outer, origin = drawn.region("Harbour Radio", source="media"), drawn.region("the mayor", source="gov")
    drawn.link(number, outer)
    drawn.link(outer, origin)
    return drawn


def test_what_is_left_empty_is_read_off_the_words_and_the_event() -> None:
    found, problems = toll().read()
    assert problems == []
    assert found is not None
    (claim,) = found.of_kind("COUNT")
    assert claim.count is not None
    assert (claim.count.hedge, claim.count.n, claim.count.metric) == ("AT_LEAST", (12,), "killed")
    assert (claim.status, claim.count.population, claim.count.scope) == ("asserted", "unspecified", "total")
    assert [(hop.type, [s.span.text for s in hop.sources if s.span]) for hop in claim.chain] == [
        ("media", ["Harbour Radio"]),
        ("gov", ["the mayor"]),
    ]
    kill = found.event[claim.event or ""]
    assert (kill.type, found.event[kill.parent or ""].type) == ("KILL", "ATTACK")


def test_a_choice_outweighs_what_the_words_say() -> None:
    drawn = toll()
    for name, value in (
        ("hedge", "MORE_THAN"),
        ("metric", "casualties"),
        ("population", "victims"),
        ("status", "possible"),
    ):
        drawn.choose("Ab3", name, value)
    found, problems = drawn.read()
    assert problems == []
    assert found is not None
    (claim,) = found.of_kind("COUNT")
    assert claim.count is not None
    assert (claim.count.hedge, claim.count.n, claim.count.metric) == ("MORE_THAN", (12,), "casualties")
    assert (claim.count.population, claim.status) == ("victims", "possible")


@pytest.mark.parametrize(
    ("draws", "rule", "shown"),
    [
        (lambda d: d.region("miners", cue="x"), "labelstudio-label", "miners"),
        (lambda d: d.region("miners", mention="ELF"), "schema-label", "miners"),
        (lambda d: d.region("miner", mention="PER"), "span-word", "miner"),
        (lambda d: d.region("miners ", mention="PER"), "span-blank", "miners "),
        (lambda d: d.region("miners", mention="TIME"), "entity-attribute", "miners"),
        (lambda d: d.region("told", mark="cue"), "labelstudio-link", "told"),
        (lambda d: d.region("Radio", source="media"), "labelstudio-link", "Radio"),
        (lambda d: d.region("miners", claim="COUNT"), "labelstudio-number", "miners"),
        (lambda d: d.region("fled", claim="RESP"), "labelstudio-actor", "fled"),
        (lambda d: d.link("Ab1", "Ab99"), "labelstudio-link", "fled"),
        (lambda d: d.link("Ab4", "Ab3"), "labelstudio-link", "the mayor"),
        (lambda d: d.link("Ab7", "Ab6"), "labelstudio-chain", "Harbour Radio"),
        (lambda d: d.link("Ab3", "Ab7"), "labelstudio-chain", "At least 12"),
        (lambda d: d.link("Ab1", "Ab2"), "root-attack", "killed"),
        (lambda d: d.choose("Ab4", "hedge", "EXACT"), "labelstudio-field", "the mayor"),
        (lambda d: d.choose("Ab3", "hedge", "RANGE"), "count-arity", "At least 12"),
        (lambda d: d.choose("Ab4", "mood", "sad"), "labelstudio-result", "the mayor"),
        (lambda d: (d.region("Ardby", mention="PLACE", entity="e1"), d.region("Raiders", mention="PER", entity="e1")),
         "labelstudio-key", "Raiders"),
    ],
)  # fmt: skip
def test_what_can_be_drawn_but_is_not_valid_names_its_region(draws: Any, rule: str, shown: str) -> None:
    drawn = toll()
    draws(drawn)
    found, problems = drawn.read()
    assert found is None
    assert any(f"[{rule}]" in one and shown in one for one in problems), problems


def test_a_link_without_a_role_means_what_its_ends_and_its_direction_say() -> None:
    drawn = toll()
    miners, raiders = drawn.region("miners", mention="PER"), drawn.region("Raiders", mention="PER")
    place = drawn.region("Ardby", mention="PLACE")
    drawn.link(miners, "Ab2")
    drawn.link("Ab2", place)
    drawn.link("Ab1", raiders)
    found, problems = drawn.read()
    assert problems == []
    assert found is not None
    roles = {
        v.type: {role: found.entity[ids[0]].mentions[0].text for role, ids in v.arguments.items()} for v in found.events
    }
    assert roles == {"ATTACK": {"agent": "Raiders"}, "KILL": {"patient": "miners", "place": "Ardby"}}


BROKEN: list[Any] = [
    None,
    "text",
    {},
    {"id": "x"},
    {"id": "x", "type": "labels", "from_name": "mention", "value": None},
    {"id": "x", "type": "labels", "from_name": "mention", "value": {"start": 0, "end": 10**9, "labels": ["PER"]}},
    {"id": "x", "type": "labels", "from_name": "mention", "value": {"start": 3, "end": 2, "labels": ["PER"]}},
    {"id": "x", "type": "labels", "from_name": "mention", "value": {"start": "0", "end": 2, "labels": ["PER"]}},
    {"id": "x", "type": "number", "from_name": "n", "value": {"start": 0, "end": 2, "number": 2.5}},
    {"id": "x", "type": "number", "from_name": "n", "value": {"start": 0, "end": 2, "number": float("inf")}},
    {"id": "x", "type": "rating", "from_name": "n", "value": {"start": 0, "end": 2, "rating": 3}},
    {"type": "relation"},
]


@pytest.mark.parametrize("one", BROKEN, ids=repr)
def test_a_broken_result_is_a_problem_and_no_crash(one: Any) -> None:
    drawn = toll()
    drawn.results.append(one)
    found, problems = drawn.read()
    assert found is None
    assert problems


@given(documents(), st.data())
def test_whatever_is_cut_out_of_an_annotation_there_is_no_crash(document: Document, data: st.DataObject) -> None:
    results = draw.results(document)
    kept = [one for one in results if data.draw(st.booleans())]
    found, problems = read.document(draw.data(document), kept)
    assert (found is None) == bool(problems)


def test_another_text_in_the_task_is_refused() -> None:
    (document,) = rp.gold("article")
    changed = {**draw.data(document), "text": document.text + "."}
    found, problems = read.document(changed, draw.results(document))
    assert found is None
    assert [p.rule for p in problems] == ["text-sha256"]


# --- three sides ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("here", "there", "met", "state"),
    [
        (None, "a", None, "new"),
        (None, "a", "a", "new"),
        ("a", "a", None, "in sync"),
        ("a", "a", "b", "in sync"),
        ("a", "b", "a", "changed there"),
        ("b", "a", "a", "changed here"),
        ("b", "c", "a", "conflict"),
        ("b", "c", None, "conflict"),
    ],
)
def test_what_changed_is_told_by_content_alone(here: str | None, there: str, met: str | None, state: str) -> None:
    assert sync._compare(here, there, met) == state


def test_a_config_is_the_same_whatever_its_white_space() -> None:
    assert sync.same_config(config(), config().replace("\n", "").replace("  ", ""))
    assert not sync.same_config(config(), config().replace('value="KILL"', 'value="DIE"'))
    assert not sync.same_config(config(), "<View")


def test_an_annotators_folder_is_named_for_the_user_and_stays_in_place() -> None:
    users = [(1, "Ada.Finch@example.org"), (2, "../../etc@x"), (7, "@x"), (9, "ada.finch@elsewhere.org")]
    assert sync.annotators(users) == {1: "ada.finch", 2: "etc", 7: "user-7", 9: "ada.finch-9"}
    assert sync.annotators(reversed(users)) == sync.annotators(users)


# --- one's own article ------------------------------------------------------------------------


def test_a_new_document_is_valid_and_empty(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = tmp_path / "Harbour raid.txt"
    text.write_bytes("\r\nCafe\u0301 Ardby was raided.\r\nNine died.\r\n\n".encode())
    words = ["--publisher", "Tide Times", "--date", "2031-05-07", "-o", str(tmp_path / "articles")]
    assert main(["new", str(text), *words]) == 0
    path = Path(capsys.readouterr().out.strip())
    assert path.name == "harbour-raid.json"
    assert rp.validate(path) == []
    (made,) = rp.load(path)
    assert made.text == "Caf\u00e9 Ardby was raided.\nNine died."
    assert path.with_suffix(".txt").read_bytes() == made.text.encode()
    assert (made.metadata.publisher, made.metadata.published) == ("Tide Times", "2031-05-07")
    assert (made.entities, made.events, made.claims) == ((), (), ())


def test_a_new_document_asks_for_the_licence_and_overwrites_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = tmp_path / "raid.txt"
    text.write_text("Nine died.\n")
    assert main(["new", str(text), "-o", str(tmp_path)]) == 2
    assert "is there already" in capsys.readouterr().err
    assert main(["new", str(text), "-o", str(tmp_path / "in")]) == 0
    assert "no licence was given" in capsys.readouterr().err
    assert main(["new", str(text), "-o", str(tmp_path / "in")]) == 2
    assert main(["new", str(text), "--date", "2031-02-30", "-o", str(tmp_path / "other")]) == 1
    assert "[metadata-date]" in capsys.readouterr().err
    assert not (tmp_path / "other").exists()
