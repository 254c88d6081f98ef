"""The fast path says what the careful way says, to the last digit, or leaves a document to it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import combinations, permutations
from math import fsum
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import fuzzing
import reportedly as rp
from reportedly import batches, codec, contract, scoring
from reportedly.align import assign, tie
from reportedly.codec import Record
from reportedly.columns import available, batch, loop, packed, pairing, reading, records
from reportedly.columns.packed import Pile
from reportedly.columns.room import room, wholes
from reportedly.columns.tables import NONE
from reportedly.fingerprint import fingerprint
from reportedly.metrics import TASKS
from reportedly.metrics.spans import most
from reportedly.model import Document, Invalid, Problem
from reportedly.scoring import Scored
from strategies import documents, pairs, renamed
from test_batches import ODD

ALL = tuple(TASKS)
REPORTS = rp.gold("article") + rp.gold("dossier")
SYSTEMS = ("rules", "nearest-verb", "first-number")

Drawn = list[tuple[Document, Document]]


def named(drawn: Drawn) -> Drawn:
    return [
        (msgspec.structs.replace(g, id=f"d{i}"), msgspec.structs.replace(p, id=f"d{i}"))
        for i, (g, p) in enumerate(drawn)
    ]


def record(document: Document | None) -> Record | None:
    return None if document is None else Record("x.jsonl", 1, codec.line(document).encode())


def carefully(rows: Sequence[tuple[Document, Document | None]], tasks: tuple[str, ...] = ALL) -> Scored:
    assert len(rows) < scoring.FEW
    return scoring.score([gold for gold, _ in rows], [p for _, p in rows if p], tasks=tasks)


def held_equal(counted: batch.Counted, rows: Sequence[tuple[Document, Document | None]], tasks: Any = ALL) -> None:
    """Compare what was counted with the same documents counted the careful way."""
    from reportedly.totals import Totals

    totals = Totals(tasks)
    totals.add_block(counted.block)
    done = [row for row, each in zip(rows, counted.done, strict=True) if each]
    # Two at least: a document by itself has its sentences.
    found, expected = scoring.scored(totals), carefully(done, tasks)
    assert found._replace(sentences=()) == expected._replace(sentences=())


def test_the_fast_path_is_installed_where_it_is_tested() -> None:
    assert available()


# --- counting ---------------------------------------------------------------------------------


@given(st.lists(pairs(), min_size=1, max_size=4))
def test_what_is_counted_by_the_batch_is_what_is_counted_one_by_one(drawn: Drawn) -> None:
    rows = named(drawn)
    gold, predicted = zip(*rows, strict=True)
    held_equal(batch.count_documents(gold, predicted, ALL), rows)
    counted = batch.count_records([record(g) for g in gold], [record(p) for p in predicted], ALL)  # type: ignore[misc]
    held_equal(counted, rows)


@given(st.lists(pairs(), min_size=1, max_size=3))
def test_neither_ids_nor_the_order_of_lists_moves_what_is_counted(drawn: Drawn) -> None:
    rows = [(gold, renamed(predicted)) for gold, predicted in named(drawn)]
    held_equal(batch.count_documents([g for g, _ in rows], [p for _, p in rows], ALL), rows)


@given(pairs(), st.lists(st.sampled_from(ALL), min_size=1, unique=True))
def test_what_is_not_asked_for_is_not_counted(drawn: tuple[Document, Document], tasks: list[str]) -> None:
    rows = named([drawn, drawn])
    asked = tuple(tasks)
    held_equal(batch.count_documents([g for g, _ in rows], [p for _, p in rows], asked), rows, asked)


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_corpus_is_counted_without_help(system: str) -> None:
    rows = [(report, rp.predict(system, report)) for report in REPORTS]
    counted = batch.count_documents(REPORTS, [p for _, p in rows], ALL)
    held_equal(counted, rows)
    assert all(counted.done)


def test_gold_against_itself_is_counted_and_right() -> None:
    counted = batch.count_documents(REPORTS, REPORTS, ALL)
    assert all(counted.done)
    held_equal(counted, [(report, report) for report in REPORTS])


def test_silence_is_counted_and_told() -> None:
    answers: list[Document | None] = [
        None,
        *(msgspec.structs.replace(r, claims=(), missing=("claims",)) for r in REPORTS[1:]),
    ]
    rows = list(zip(REPORTS, answers, strict=True))
    counted = batch.count_documents(REPORTS, answers, ALL)
    assert counted.block.silent == ["quetta: not predicted at all", *(f"{r.id}: no claims" for r in REPORTS[1:])]
    held_equal(counted, rows)
    held_equal(batch.count_records([record(r) for r in REPORTS], [record(a) for a in answers], ALL), rows)  # type: ignore[misc]


@given(st.lists(pairs(), min_size=1, max_size=3))
def test_words_without_offsets_are_located_as_on_the_careful_way(drawn: Drawn) -> None:
    rows = named(drawn)
    golds = [gold for gold, _ in rows]
    lines = [json.dumps({"id": p.id, **codec.in_words(p)}).encode() for _, p in rows]
    counted = batch.count_records([record(g) for g in golds], [Record("p", 1, line) for line in lines], ALL)  # type: ignore[misc]
    known = {gold.id: gold for gold in golds}
    held_equal(counted, [(g, codec.from_dict(json.loads(line), known)) for g, line in zip(golds, lines, strict=True)])


def test_a_string_that_is_not_in_the_text_is_left_to_the_careful_way() -> None:
    (report,) = rp.gold("article")
    lost = {"id": "quetta", "entities": [{"id": "e", "type": "PER", "mentions": [{"text": "Selmouth"}]}]}
    counted = batch.count_records(
        [Record("g", 1, codec.line(report).encode())], [Record("p", 1, json.dumps(lost).encode())], ALL
    )
    assert counted.done == [False]


def test_a_document_made_by_hand_against_the_contract_is_left_alone() -> None:
    replace = msgspec.structs.replace
    (report,) = rp.gold("article")
    strange = replace(report, events=(replace(report.events[0], type="SIEGE"), *report.events[1:]))
    twice = replace(
        report, events=(replace(report.events[0], triggers=report.events[0].triggers * 2), *report.events[1:])
    )
    first, *rest = report.claims
    span = report.entities[0].mentions[0]
    for made in (
        strange,
        twice,
        replace(report, claims=(replace(first, anchor=replace(first.anchor, start=first.anchor.start + 2**32)), *rest)),
        replace(report, claims=(replace(first, anchor=replace(first.anchor, start=2**70)), *rest)),
        replace(report, claims=(replace(first, anchor=replace(first.anchor, start=1.5)), *rest)),
        replace(report, claims=(replace(first, id="\ud800"), *rest)),
        replace(report, claims=(replace(first, id=7), *rest)),
        replace(report, claims=(replace(first, anchor=None), *rest)),
        replace(report, entities=(replace(report.entities[0], mentions=(span, None)), *report.entities[1:])),
        replace(report, entities=7),
    ):
        assert batch.count_documents([report, made], [report, report], ALL).done == [True, False]
        # A system may say a thing twice.
        assert batch.count_documents([report, report], [report, made], ALL).done == [True, made is twice]


@given(st.lists(pairs(), min_size=1, max_size=3))
def test_counts_of_three_numbers_are_left_alone(drawn: Drawn) -> None:
    replace = msgspec.structs.replace
    for gold, predicted in named(drawn):
        one = next((claim for claim in predicted.claims if claim.count), None)
        assume(one)
        assert one
        assert one.count
        three = replace(one, count=replace(one.count, n=(1, 2, 3)))
        made = replace(predicted, claims=tuple(three if claim is one else claim for claim in predicted.claims))
        assert batch.count_documents([gold], [made], ALL).done == [False]


def test_what_is_counted_in_slices_is_what_is_counted_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = named([(report, rp.predict(system, report)) for report in REPORTS for system in SYSTEMS])
    gold, predicted = zip(*rows, strict=True)
    whole = batch.count_documents(gold, predicted, ALL)
    monkeypatch.setattr(batch, "_FEW", 5)
    held_equal(batch.count_documents(gold, predicted, ALL), rows)
    assert batch.count_documents(gold, predicted, ALL).done == whole.done == [True] * len(rows)


def test_a_large_document_is_left_to_who_has_a_solver_for_it() -> None:
    words = [f"w{i}" for i in range(2_000)]
    text = " ".join(words)
    starts = [text.index(f"{word} ") if word != words[-1] else len(text) - len(word) for word in words]
    rows = [
        {"id": word, "type": "PER", "mentions": [{"start": start, "end": start + len(word), "text": word}]}
        for word, start in zip(words, starts, strict=True)
    ]
    for size, counted in ((20, True), (301, False), (2_000, False)):
        made = msgspec.convert({"id": "large", "text": text, "entities": rows[:size]}, Document)
        assert batch.count_documents([made], [made], ALL).done == [counted]


@given(documents())
def test_a_document_is_named_alike_on_both_ways(document: Document) -> None:
    counted = batch.count_documents([document], [document], ALL)
    if all(counted.done):
        assert counted.block.fingerprint == fingerprint(document)


# --- what is read -----------------------------------------------------------------------------


@given(documents())
def test_a_record_is_read_into_its_fields(document: Document) -> None:
    """Fields are compared with those of the record's own JSON, one by one and in order."""
    plain = json.loads(codec.line(document))
    pile = Pile()
    filed = pile.side("document")
    filed.add(records.decoded(codec.line(document).encode(), "document"))
    (columns, keys), strings = filed.read(), pile.strings().words
    assert columns.laid.tolist() == [True]
    assert keys.tolist() == [codec.line(document).count(":")]

    def texts(path: str) -> list[str]:
        points = columns.points.tolist()
        places = [(place >> 32, place & 0xFFFFFFFF) for place in columns.by_path[path].tolist()]
        return ["".join(map(chr, points[at : at + size])) for at, size in places]

    def names(path: str) -> list[str | None]:
        return [None if number == NONE else strings[number] for number in columns.by_path[path].tolist()]

    assert texts("text") == [plain["text"]]
    mentions = [m for e in plain["entities"] for m in e["mentions"]]
    assert texts("entities[].mentions[].text") == [m["text"] for m in mentions]
    assert columns.by_path["entities[].mentions[].start"].tolist() == [m["start"] for m in mentions]
    assert columns.by_path["entities[].mentions"].tolist() == [len(e["mentions"]) for e in plain["entities"]]
    assert names("entities[].part_of") == [e.get("part_of") for e in plain["entities"]]
    assert names("entities[].timex") == [e.get("timex") for e in plain["entities"]]
    labels = contract.labels("status")
    assert [labels[n] for n in columns.by_path["claims[].status"]] == [c["status"] for c in plain["claims"]]
    counts = [c["count"] for c in plain["claims"] if "count" in c]
    assert columns.by_path["claims[].count.n[]"].tolist() == [n for count in counts for n in count["n"]]


@given(st.lists(st.text(), max_size=5))
def test_strings_are_written_as_code_points(words: list[str]) -> None:
    data = [word.encode() for word in words]
    joined = np.frombuffer(b"".join(data) or b"\0", np.uint8)
    points, sizes = packed.characters(joined, np.cumsum([0, *map(len, data)]))
    plain = [word for word in words if not codec.CONTROL.search(word)]
    assert sizes.tolist() == [NONE if codec.CONTROL.search(word) else len(word) for word in words]
    assert points.tolist() == [ord(c) for word in plain for c in word]


def test_a_name_that_is_met_again_has_its_number_again() -> None:
    pile = Pile()
    filed = pile.side("prediction")
    names = ["a", "a" * 8, "a" * 9, "a" * 16, "a" * 17, "PER", "a" * 16 + "b", "total", "part-of"]
    for name in names * 2:
        filed.add({"id": "x", "entities": [{"id": name, "type": "PER", "mentions": []}]})
    (columns, _), strings = filed.read(), pile.strings().words
    found = columns.by_path["entities[].id"].tolist()
    assert found[: len(names)] == found[len(names) :]
    assert [strings[number] for number in found] == names * 2


def test_what_words_come_to_is_forgotten_when_there_is_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    words = [f"{n} people" for n in range(50)]
    points = np.array([ord(c) for c in "".join(words)], np.uint32)
    size = np.array([len(word) for word in words])
    at = np.cumsum(size) - size
    exact = contract.labels("hedge").index("EXACT")
    numbers = np.array([(exact, 1, n, n, NONE) for n in range(50)])
    whole = reading.Readings().of(points, at, size, numbers)
    assert whole[:, reading.READ.index("said")].tolist() == list(range(50))
    monkeypatch.setattr(reading, "_ROOM", 4)
    monkeypatch.setattr(reading, "_POINTS", 64)
    small = reading.Readings()
    for start in (0, 10, 12, 40, 0, 3):
        some = slice(start, start + 10)
        assert np.array_equal(small.of(points, at[some], size[some], numbers[some]), whole[some])


def test_what_could_not_be_read_is_not_remembered() -> None:
    store = reading.Readings()
    numbers = np.array([(contract.labels("hedge").index("EXACT"), 1, 7, 7, NONE)])
    for _ in range(2):
        with pytest.raises(UnicodeDecodeError):
            store.of(np.array([2**30], np.uint32), np.array([0]), np.array([1]), numbers)
    found = store.of(np.array([ord("7")], np.uint32), np.array([0]), np.array([1]), numbers)
    assert found[0, reading.READ.index("said")] == 7


@loop
def taken(room: Any, n: int) -> int:
    return len(wholes(room, n))


def test_who_needs_more_room_than_there_is_is_told() -> None:
    made = room()
    assert taken(made, 1 << 19) == 1 << 19
    with pytest.raises(IndexError, match="no room"):
        taken(made, 1 << 20)


# --- pairing and sums -------------------------------------------------------------------------

WEIGHTS = st.lists(st.lists(st.sampled_from((0, 0, 1, 2, 3, 5)), min_size=3, max_size=3), min_size=1, max_size=4)


@loop
def paired(weights: Any, answers: Any, apart: float, any_will_do: bool) -> bool:
    return pairing.paired(weights, answers, apart, any_will_do, room())


@loop
def turned(weights: Any, mine: Any, theirs: Any) -> None:
    pairing.turn(weights, mine, theirs)


@loop
def exact_sum(values: Any, size: int) -> float:
    return pairing.exact_sum(values, size, room())


@loop
def matched(starts: Any, ends: Any, starts_2: Any, ends_2: Any) -> int:
    return pairing.most(starts, ends, starts_2, ends_2, room())


@given(WEIGHTS)
def test_a_pairing_that_is_sure_is_the_only_best_one(rows: list[list[int]]) -> None:
    weights = np.array(rows, float)
    answers = np.empty(len(rows), np.int64)
    sure = paired(weights, answers, 1e-9, False)
    edges = {(i, j): float(w) for i, row in enumerate(rows) for j, w in enumerate(row) if w}
    best = [
        found
        for size in range(len(edges) + 1)
        for found in combinations(edges, size)
        if len({i for i, _ in found}) == len({j for _, j in found}) == size
    ]
    top = max(sum(edges[e] for e in found) for found in best)
    winners = [dict(found) for found in best if sum(edges[e] for e in found) == top]
    assert sure == (len(winners) == 1)
    if sure:
        assert {i: int(j) for i, j in enumerate(answers) if j != NONE} == winners[0] == assign(edges)
    # Who does not ask for the only one gets one of the best.
    assert paired(weights, answers, -1.0, True)
    assert sum(weights[i, j] for i, j in enumerate(answers) if j != NONE) == top


@given(WEIGHTS)
def test_where_any_will_do_a_doubt_is_between_sums_of_other_weights(rows: list[list[int]]) -> None:
    weights = np.array(rows, float)
    answers = np.empty(len(rows), np.int64)
    edges = {(i, j): w for i, row in enumerate(rows) for j, w in enumerate(row) if w}
    found = [
        sorted(edges[e] for e in some)
        for size in range(len(edges) + 1)
        for some in combinations(edges, size)
        if len({i for i, _ in some}) == len({j for _, j in some}) == size
    ]
    top = max(map(sum, found))
    best = {tuple(each) for each in found if sum(each) == top}
    if paired(weights, answers, 1e-9, True):
        assert len(best) == 1
        assert sorted(weights[i, j] for i, j in enumerate(answers) if j != NONE) == list(*best)
    else:
        assert len(best) > 1


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))
def test_ties_are_broken_alike_on_both_ways(a: int, b: int) -> None:
    weights = np.array([[1.0, 0.0]])
    turned(weights, np.array([a], np.uint64), np.array([b, b], np.uint64))
    assert weights.tolist() == [[1 + 1e-9 * tie(a, b), 0.0]]


def test_where_many_compete_nothing_is_sure() -> None:
    assert not paired(np.arange(1.0, 65).reshape(8, 8), np.empty(8, np.int64), 0.0, True)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e6, max_value=1e6)))
def test_a_sum_rounds_once(values: list[float]) -> None:
    found = exact_sum(np.array(values, float), len(values))
    assert found == fsum(values) == float(sum(map(Fraction, values), Fraction()))


SPANS = st.lists(
    st.tuples(st.integers(0, 12), st.integers(1, 6)).map(lambda s: (s[0], s[0] + s[1])), max_size=7, unique=True
)


@given(SPANS, SPANS)
def test_as_many_spans_are_paired_as_on_the_careful_way(
    gold: list[tuple[int, int]], predicted: list[tuple[int, int]]
) -> None:
    sides = [np.array(side, np.int64).reshape(-1, 2) for side in (gold, predicted)]
    assert matched(*(side[:, k] for side in sides for k in (0, 1))) == len(most(gold, predicted))


# --- validation -------------------------------------------------------------------------------


def verdicts(data: bytes, gold: dict[str, Document] | None) -> tuple[str | None, list[str]]:
    """Give the name that the fast path lets a record pass by, if it does; and that of the careful way."""
    found = [each for each in codec.document_of(Record("x", 1, data), gold) if isinstance(each, tuple)]
    (fast,) = batch.valid([data], gold)
    return fast, [document.id for _, document in found]


@pytest.mark.parametrize("path", fuzzing.seeds(), ids=lambda path: path.name)
def test_no_example_that_breaks_a_rule_passes(path: Path) -> None:
    for gold in (None, fuzzing.GOLD):
        for data in (path.read_bytes(), *path.read_bytes().splitlines()):
            fast, careful = verdicts(data, gold)
            assert fast is None or [fast] == careful


def test_valid_documents_pass() -> None:
    lines = [codec.line(document).encode() for document in (*REPORTS, *fuzzing.GOLD.values())]
    assert batch.valid(lines) == [d.id for d in (*REPORTS, *fuzzing.GOLD.values())]
    known = {d.id: d for d in REPORTS}
    answers = [codec.line(rp.predict(system, report)).encode() for system in SYSTEMS for report in REPORTS]
    assert batch.valid(answers, known) == [report.id for _ in SYSTEMS for report in REPORTS]


@given(documents(), st.integers(0, 2**32))
def test_what_passes_is_valid_and_what_is_valid_passes(made: Document, seed: int) -> None:
    written = codec.line(made).encode()
    assert verdicts(written, None) == (made.id, [made.id])
    assert verdicts(written, {made.id: made}) == (made.id, [made.id])
    if changed := fuzzing.redrawn(written, seed):
        for gold in (None, {made.id: made}):
            fast, careful = verdicts(changed, gold)
            assert fast is None or [fast] == careful


def test_a_field_that_is_null_counts_as_left_out() -> None:
    """As released rows have it, written as JSON."""
    for report in REPORTS:
        row = {name: value for name, value in released(report).items() if name != "templates"}
        assert verdicts(json.dumps(row, default=str).encode(), None) == (report.id, [report.id])


def test_templates_are_looked_into() -> None:
    (report,) = rp.gold("article")
    plain = json.loads(codec.line(report))
    derived = json.loads(msgspec.json.encode(rp.derive(report)))
    for templates, passes in ((None, True), ([], False), (derived, False)):
        fast, careful = verdicts(json.dumps({**plain, "templates": templates}).encode(), None)
        assert fast == ("quetta" if passes else None)
        assert careful == ([] if templates == [] else ["quetta"])


@pytest.mark.parametrize(
    "anchor",
    [
        {"text": "Almost 60"},
        {"text": "the attack", "occurrence": 2},
        {"start": 0, "end": 9},
        {"start": 0, "end": 9, "text": None, "occurrence": None},
        {"start": 0, "end": 9, "text": "Almost 60", "occurrence": 3},
        {"start": 0, "end": 9, "occurrence": 1},
        {"start": 0, "text": "Almost 60"},
        {"end": 9, "text": "Almost 60"},
        {"start": 0},
        {"occurrence": 1},
        {"text": "Selmouth"},
        {},
    ],
)
@pytest.mark.parametrize("sources", [[], [{}], [{"entity": None, "span": None}], None])
def test_a_prediction_in_any_form_is_judged_alike(anchor: dict[str, Any], sources: Any) -> None:
    (report,) = rp.gold("article")
    claim = {"id": "c", "kind": "RESP", "anchor": anchor, "responsibility": {"actor": None}}
    claims = [{**claim, "chain": [{"type": "gov", "sources": sources}]}]
    fast, careful = verdicts(json.dumps({"id": "quetta", "claims": claims}).encode(), {"quetta": report})
    # What is not in the text is no fault, and still left to the careful way.
    assert [fast] == careful if careful and anchor.get("text") != "Selmouth" else fast is None


@pytest.mark.parametrize(("old", "new"), ODD)
def test_what_is_odd_in_its_bytes_does_not_pass_where_it_must_not(old: bytes, new: bytes) -> None:
    written = codec.line(rp.gold("article")[0]).encode()
    fast, careful = verdicts(written.replace(old, new, 1), None)
    assert fast is None or [fast] == careful


@pytest.mark.parametrize("kind", ["document", "prediction"])
def test_a_type_lets_pass_what_its_schema_lets_pass(kind: str) -> None:
    """The types are made of the schemas: a field that one of them grows is in the other."""
    schema = contract.schema(kind)
    made = records.record_type(kind)
    assert {name.removesuffix("_") for name in made.__struct_fields__} == set(schema["properties"])
    required = {f.name.removesuffix("_") for f in msgspec.structs.fields(made) if f.required}
    assert required == set(schema["required"])


# --- Arrow and Parquet ------------------------------------------------------------------------


def released(document: Document) -> dict[str, Any]:
    """Write a document as a row that has every field, as released rows do."""
    from reportedly.dataset import CONFIGS

    (row,) = CONFIGS["reports"].rows(document)
    return row


def as_table(rows: list[dict[str, Any]]) -> pa.RecordBatch:
    table = pa.Table.from_pylist(rows).combine_chunks()
    return table.to_batches()[0]


FORMS: dict[str, Callable[[Document], dict[str, Any]]] = {
    "as written": lambda document: json.loads(codec.line(document)),
    "released": released,
}


@pytest.mark.parametrize("form", FORMS)
@given(drawn=st.lists(pairs(), min_size=1, max_size=4))
def test_columns_are_counted_as_lines_are(form: str, drawn: Drawn) -> None:
    rows = named(drawn)
    gold, predicted = (as_table([FORMS[form](document) for document in side]) for side in zip(*rows, strict=True))
    counted = batch.count_tables(gold, predicted, ALL)
    lines = batch.count_records([record(g) for g, _ in rows], [record(p) for _, p in rows], ALL)  # type: ignore[misc]
    assert counted.done == lines.done
    held_equal(counted, rows)


@pytest.mark.parametrize("wide", [pa.large_string(), pa.dictionary(pa.int32(), pa.string())])
def test_strings_are_read_in_any_layout(wide: pa.DataType) -> None:
    rows = named([(report, rp.predict("rules", report)) for report in REPORTS])

    def wider(kind: pa.DataType) -> pa.DataType:
        if pa.types.is_struct(kind):
            return pa.struct([field.with_type(wider(field.type)) for field in kind])
        if pa.types.is_list(kind):
            return pa.list_(wider(kind.value_type))
        return wide if pa.types.is_string(kind) else kind

    sides = []
    for side in zip(*rows, strict=True):
        table = pa.Table.from_pylist([FORMS["as written"](document) for document in side])
        schema = pa.schema([(field.name, wider(field.type)) for field in table.schema])
        sides.append(pa.Table.from_pylist(table.to_pylist(), schema).combine_chunks().to_batches()[0])
    gold, predicted = sides
    counted = batch.count_tables(gold, predicted, ALL)
    assert all(counted.done)
    held_equal(counted, rows)
    held_equal(batch.count_tables(gold.slice(1, 2), predicted.slice(1, 2), ALL), rows[1:3])


def test_a_row_that_is_large_is_left_to_who_counts_its_fields() -> None:
    (report,) = rp.gold("article")
    plain = json.loads(codec.line(report))
    claim = plain["claims"][0]
    hop = {"type": "unspecified", "sources": [], "cue": claim["anchor"], "inherited": False}
    few, many = ({**plain, "claims": [{**claim, "chain": [hop] * n}, *plain["claims"][1:]]} for n in (100, 12_000))
    long = {**plain, "text": "x " * 500_000, "entities": [], "events": [], "claims": []}
    long["sha256"] = codec.digest(long["text"])
    table = as_table([few, many, long])
    assert batch.count_tables(table, table, ALL).done == [True, False, False]


@given(documents(), st.integers(0, 2**32))
def test_a_row_that_breaks_a_rule_is_not_counted(made: Document, seed: int) -> None:
    changed = fuzzing.redrawn(codec.line(made).encode(), seed)
    assume(changed)
    assert changed
    try:
        row = json.loads(changed)
        table = as_table([row])
    except (pa.ArrowException, ValueError, TypeError, OverflowError):
        return  # nothing that a table can hold
    if "id" not in table.schema.names:
        return
    (counted,) = batch.count_tables(table, table, ALL).done
    found = codec.row(table, 0, "x", 1)
    assert isinstance(found, Record)
    assert not counted or not any(isinstance(each, Problem) for each in codec.document_of(found))


def write(path: Path, documents_: Sequence[Document]) -> Path:
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist([released(d) for d in documents_]), path)
    else:
        path.write_text("".join(codec.line(d) + "\n" for d in documents_), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def many() -> tuple[list[Document], list[Document]]:
    """Forty documents, and answers in another order, some of them missing."""
    answers = [rp.predict("rules", report) for report in REPORTS]
    gold = [msgspec.structs.replace(REPORTS[i % 4], id=f"d{i}") for i in range(40)]
    predicted = [msgspec.structs.replace(answers[i % 4], id=f"d{i}") for i in range(40) if i % 9]
    return gold, predicted[20:] + predicted[:20]


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (batches, scoring):
        monkeypatch.setattr(module, "FEW", 0)
    monkeypatch.setattr(batches, "MANY", 16)
    monkeypatch.setattr(batch, "_FEW", 7)


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("suffix", [".jsonl", ".parquet"])
def test_files_give_what_all_in_memory_gives(
    suffix: str,
    workers: int,
    many: tuple[list[Document], list[Document]],
    tmp_path: Path,
    at_once: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gold, predicted = many
    with monkeypatch.context() as patch:
        patch.setattr(scoring, "FEW", 10**9)
        expected = scoring.score(gold, predicted)
    parts = [write(tmp_path / f"a{suffix}", gold[:15]), write(tmp_path / f"b{suffix}", gold[15:])]
    answers = write(tmp_path / f"p{suffix}", predicted)
    assert batches.score(parts, answers, ALL, workers=workers) == expected
    assert scoring.score(gold, predicted) == expected
    assert batches.validate(parts, workers=workers) == (40, [])
    assert batches.validate([answers], {d.id: d for d in gold}, workers=workers) == (len(predicted), [])


def test_parquet_in_the_order_of_the_gold_is_read_through_once(
    many: tuple[list[Document], list[Document]], tmp_path: Path, at_once: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from reportedly.columns import parquet

    gold, _ = many
    expected = scoring.score(gold, gold)
    paths = write(tmp_path / "g.parquet", gold), write(tmp_path / "p.parquet", gold)
    monkeypatch.setattr(parquet, "ROWS", 7)
    whole = pq.read_table
    monkeypatch.setattr(pq, "read_table", lambda path, columns: whole(path, columns=columns))  # ids alone
    assert batches.score([paths[0]], paths[1], ALL) == expected


BROKEN: dict[str, Callable[[list[Document]], list[Document]]] = {
    "twice": lambda rows: [*rows, rows[3]],
    "a stranger": lambda rows: [*rows, msgspec.structs.replace(rows[0], id="stranger")],
    "a label": lambda rows: [
        msgspec.structs.replace(rows[0], events=(msgspec.structs.replace(rows[0].events[0], type="SIEGE"),)),
        *rows[1:],
    ],
    "another text": lambda rows: [*rows[:-1], msgspec.structs.replace(rows[-1], text=rows[-1].text + " ")],
}


@pytest.mark.parametrize("what", BROKEN)
@pytest.mark.parametrize("suffix", [".jsonl", ".parquet"])
def test_faults_are_told_as_on_the_careful_way(
    what: str, suffix: str, many: tuple[list[Document], list[Document]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reportedly.dataset.derive", lambda document: ())
    gold, predicted = many
    paths = write(tmp_path / f"g{suffix}", gold), write(tmp_path / f"p{suffix}", BROKEN[what](predicted))
    told = []
    for few in (0, 10**9):
        monkeypatch.setattr(batches, "FEW", few)
        with pytest.raises(Invalid) as found:
            batches.score([paths[0]], paths[1], ALL)
        told.append(found.value.problems)
    assert told[0] == told[1] != []


@pytest.mark.parametrize("few", [0, 10**9])
@pytest.mark.parametrize("name", ["text", "language", "id"])
def test_bytes_that_are_no_characters_are_told_with_their_row(
    name: str, few: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "FEW", few)
    table = pa.Table.from_pylist([json.loads(codec.line(report)) for report in REPORTS])
    words = [value.as_py().encode() for value in table[name]]
    _, offsets, data = pa.array([words[0], b"caf\xe9", *words[2:]]).buffers()
    broken = pa.Array.from_buffers(pa.string(), len(words), [None, offsets, data])
    good, bad = tmp_path / "good.parquet", tmp_path / "bad.parquet"
    pq.write_table(table, good)
    pq.write_table(table.set_column(table.schema.get_field_index(name), name, broken), bad)
    for gold, predicted in ((good, bad), (bad, good)):
        with pytest.raises(Invalid) as found:
            batches.score([gold], predicted, ALL)
        assert [(p.file, p.line, p.rule) for p in found.value.problems][:1] == [(str(bad), 2, "file-unreadable")]


def test_a_file_that_is_no_parquet_is_a_problem(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from reportedly.cli import main

    path = tmp_path / "x.parquet"
    for data in (b"", b"nonsense"):
        path.write_bytes(data)
        assert main(["validate", str(path)]) == 1
        assert f"{path}:1: -: -: cannot be read: " in capsys.readouterr().out
    pq.write_table(pa.table({"n": pa.array([], pa.int64())}), path)
    assert main(["validate", str(path)]) == 1
    assert "[file-empty]" in capsys.readouterr().out


# --- at the edges -----------------------------------------------------------------------------


def test_a_few_documents_do_not_load_the_fast_path(tmp_path: Path) -> None:
    code = "import sys; from reportedly.cli import main; main(sys.argv[1:]); sys.exit('numba' in sys.modules)"
    predicted = write(tmp_path / "p.jsonl", [rp.predict("rules", report) for report in REPORTS])
    gold = write(tmp_path / "g.jsonl", REPORTS)
    words = ["score", str(predicted), "--gold", str(gold), "--resamples", "0"]
    subprocess.run([sys.executable, "-c", code, *words], check=True, capture_output=True)


def test_without_numba_everything_goes_the_careful_way(
    many: tuple[list[Document], list[Document]], tmp_path: Path, at_once: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    gold, predicted = many
    paths = write(tmp_path / "g.parquet", gold), write(tmp_path / "p.parquet", predicted)
    expected = batches.score([paths[0]], paths[1], ALL)
    monkeypatch.setattr("reportedly.columns.available", lambda: False)
    for name in ("batch", "parquet"):
        monkeypatch.setitem(sys.modules, f"reportedly.columns.{name}", None)
    assert batches.score([paths[0]], paths[1], ALL) == expected
    assert scoring.score(gold, predicted) == expected
    assert batches.validate([paths[0]]) == (40, [])


def test_where_nothing_can_be_kept_it_is_compiled_anew(tmp_path: Path) -> None:
    package = Path(rp.__file__).parent
    code = (
        "import sys, numba.core.caching as c\n"
        "c.CompileResultCacheImpl._locator_classes = []\n"
        "from reportedly.columns import loop\n"
        "print(loop(lambda x: x + 1)(1))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=package.parent)
    assert done.stdout == "2\n"


def test_who_waits_for_the_compiler_is_told_once_on_a_machine(tmp_path: Path) -> None:
    (tmp_path / "loops.py").write_text("from reportedly.columns import loop\n@loop\ndef more(x): return x + 1\n")
    code = (
        "from reportedly.columns import when_compiling\nwhen_compiling(lambda: print('told'))\n"
        "from loops import more\nprint(more(1))"
    )
    paths = os.pathsep.join([str(tmp_path), str(Path(rp.__file__).parents[1])])
    told = [
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONPATH": paths},
        ).stdout
        for _ in range(2)
    ]
    assert [said.splitlines()[-1] for said in told] == ["2", "2"]
    assert ["told" in said for said in told] == [True, False]


def test_of_a_line_the_best_is_read_off_and_a_tie_is_a_doubt_to_who_asks() -> None:
    for order in permutations([1.0, 1.0, 0.5]):
        answers = np.empty(1, np.int64)
        assert not paired(np.array([order]), answers, 1e-9, False)
        assert paired(np.array([order]), answers, 1e-9, True)
        assert order[answers[0]] == 1.0
