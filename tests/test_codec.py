from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import fuzzing
import reportedly as rp
from reportedly import codec
from reportedly.model import Document
from strategies import documents

GOLD = {document.id: document for document in rp.gold("article")}


def prediction(**fields: Any) -> dict[str, Any]:
    return {"id": "quetta", "entities": [], "events": [], "claims": [], **fields}


def entity(**fields: Any) -> dict[str, Any]:
    return {"id": "e", "type": "PER", "mentions": [{"start": 0, "end": 6, "text": "Almost"}], **fields}


def count(**fields: Any) -> dict[str, Any]:
    number = {"hedge": "EXACT", "n": [5], "metric": "killed", **fields}
    return {"id": "c", "kind": "COUNT", "anchor": {"text": "59"}, "count": number}


def line(**fields: Any) -> bytes:
    return json.dumps(prediction(**fields)).encode() + b"\n"


GOOD = line()

# name → (content, line of the fault, field, rule)
BAD: dict[str, tuple[bytes, int, str, str]] = {
    "empty file": (b"", 1, "-", "file-empty"),
    "only blanks": (b"\n \n", 1, "-", "file-empty"),
    "byte order mark": (b"\xef\xbb\xbf" + GOOD, 1, "-", "file-bom"),
    "UTF-16": (GOOD.decode().encode("utf-16"), 1, "-", "file-bom"),
    "CRLF": (GOOD.replace(b"\n", b"\r\n"), 1, "-", "file-crlf"),
    "gzip": (gzip.compress(GOOD), 1, "-", "file-compressed"),
    "not JSON": (b"Sure! Here are the claims:\n", 1, "-", "record-json"),
    "cut off": (GOOD[:-5] + b"\n", 1, "-", "record-json"),
    "raw NUL": (GOOD[:-2] + b"\0}\n", 1, "-", "record-json"),
    "not UTF-8": (b'{"id": "quetta\xff"}\n', 1, "-", "file-utf8"),
    "deep nesting": (b"[" * 100_000 + b"]" * 100_000 + b"\n", 1, "-", "record-depth"),
    "deep nesting of objects": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"\n", 1, "-", "record-depth"),
    "top-level null": (b"null\n", 1, "-", "schema-type"),
    "top-level list": (b"[]\n", 1, "-", "schema-type"),
    "second line": (b"\n" + line(claims={}), 2, "claims", "schema-type"),
    "wrong type": (line(entities=[entity(mentions=7)]), 1, "entities[0].mentions", "schema-type"),
    "unknown field": (line(publisher="RT"), 1, "publisher", "schema-unknown-field"),
    "missing id": (b'{"claims": []}\n', 1, "-", "schema-missing-field"),
    "unknown label": (line(entities=[entity(type="PERSON")]), 1, "entities[0].type", "schema-label"),
    "unknown hedge": (line(claims=[count(hedge="MINIMUM")]), 1, "claims[0].count.hedge", "schema-label"),
    "unknown document": (line(id="nobody"), 1, "id", "document-unknown"),
    "duplicate document": (GOOD + GOOD, 2, "id", "document-duplicate"),
    "duplicate ids": (line(entities=[entity(), entity(mentions=[{"text": "RT"}])]), 1, "entities[1].id", "id-unique"),
    "duplicate key": (b'{"id": "quetta", "claims": [], "claims": []}\n', 1, "claims", "key-duplicate"),
    "offset outside": (
        line(entities=[entity(mentions=[{"start": 2720, "end": 2900}])]),
        1,
        "entities[0].mentions[0]",
        "span-bounds",
    ),
    "reversed span": (
        line(entities=[entity(mentions=[{"start": 9, "end": 3}])]),
        1,
        "entities[0].mentions[0]",
        "span-bounds",
    ),
    "negative offset": (
        line(entities=[entity(mentions=[{"start": -3, "end": 3}])]),
        1,
        "entities[0].mentions[0].start",
        "schema-bounds",
    ),
    "half a span": (
        line(entities=[entity(mentions=[{"start": 3}])]),
        1,
        "entities[0].mentions[0]",
        "schema-missing-field",
    ),
    "text that does not match": (
        line(entities=[entity(mentions=[{"start": 0, "end": 6, "text": "Nearly"}])]),
        1,
        "entities[0].mentions[0]",
        "span-text",
    ),
    "another text": (line(text="Another report."), 1, "text", "document-text"),
    "NaN": (line(claims=[count(n=["X"])]).replace(b'"X"', b"NaN"), 1, "claims[0].count.n[0]", "schema-type"),
    "Infinity": (line(claims=[count(n=["X"])]).replace(b'"X"', b"-Infinity"), 1, "claims[0].count.n[0]", "schema-type"),
    "1e308": (line(claims=[count(n=["X"])]).replace(b'"X"', b"1e308"), 1, "claims[0].count.n[0]", "schema-type"),
    "1e309": (line(claims=[count(n=["X"])]).replace(b'"X"', b"1e309"), 1, "claims[0].count.n[0]", "schema-type"),
    "5.0": (line(claims=[count(n=[5.0])]), 1, "claims[0].count.n[0]", "schema-type"),
    "true": (line(claims=[count(n=[True])]), 1, "claims[0].count.n[0]", "schema-type"),
    "huge integer": (
        line(claims=[count(n=["X"])]).replace(b'"X"', b"9" * 10_000),
        1,
        "claims[0].count.n[0]",
        "number-size",
    ),
    "integer of 20 digits": (line(claims=[count(n=[10**19])]), 1, "claims[0].count.n[0]", "number-size"),
    "integer of 19 digits": (line(claims=[count(n=[10**18])]), 1, "claims[0].count.n[0]", "schema-bounds"),
    "negative integer of 19 digits": (line(claims=[count(n=[-(10**18)])]), 1, "claims[0].count.n[0]", "schema-bounds"),
    "too deep by one": (b'{"id": "quetta", "claims": ' + b"[" * 64 + b"]" * 64 + b"}\n", 1, "-", "record-depth"),
    "as deep as allowed": (
        b'{"id": "quetta", "claims": ' + b"[" * 63 + b"]" * 63 + b"}\n",
        1,
        "claims[0]",
        "schema-type",
    ),
    "too many items by one": (b'{"claims": [' + b"0," * 249_999 + b"0]}\n", 1, "-", "record-items"),
    "too many items of all sorts": (
        b'[{"a": [0], "b": {}}' + b',[0,{"c":0}]' * 100_000 + b"]\n",
        1,
        "-",
        "record-items",
    ),
    "line break after an id": (line(id="quetta\n"), 1, "id", "schema-pattern"),
    "line break after a label's id": (line(entities=[entity(id="e\n")]), 1, "entities[0].id", "schema-pattern"),
    "fraction within a list": (line(claims=[count(n=[[1.5]])]), 1, "claims[0].count.n[0]", "schema-type"),
    "large integer": (line(claims=[count(n=[10**15])]), 1, "claims[0].count.n[0]", "schema-bounds"),
    "lone surrogate": (
        line(entities=[entity(name="X")]).replace(b'"X"', b'"\\ud800"'),
        1,
        "entities[0].name",
        "character-surrogate",
    ),
    "NUL": (
        line(entities=[entity(name="X")]).replace(b'"X"', b'"a\\u0000"'),
        1,
        "entities[0].name",
        "character-control",
    ),
    "range that falls": (line(claims=[count(hedge="RANGE", n=[9, 3])]), 1, "claims[0].count.n", "count-arity"),
    "dangling reference": (line(entities=[entity(part_of="x")]), 1, "entities[0].part_of", "reference"),
    "circle": (line(entities=[entity(part_of="e")]), 1, "entities[0].part_of", "part-cycle"),
    "payload of another kind": (
        line(claims=[{**count(), "kind": "EVENT"}]),
        1,
        "claims[0].count",
        "schema-payload",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_prediction_gets_one_line_with_file_line_and_field(name: str, tmp_path: Path) -> None:
    content, at, field, rule = BAD[name]
    path = tmp_path / "bad.jsonl"
    path.write_bytes(content)
    read, problems = codec.read(path, gold=GOLD)
    assert [(p.file, p.line, p.where or "-", p.rule) for p in problems] == [(str(path), at, field, rule)], problems
    assert "\n" not in str(problems[0])
    assert len(str(problems[0])) < 400
    assert len(read) == (1 if rule == "document-duplicate" else 0)


def run(*arguments: str | Path, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "reportedly", *map(str, arguments)], input=stdin, capture_output=True, check=False
    )


@pytest.mark.parametrize("name", ["not JSON", "deep nesting", "huge integer", "lone surrogate", "duplicate document"])
def test_the_command_says_so_and_scores_nothing(name: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_bytes(BAD[name][0])
    done = run("score", path)
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.decode().startswith(f"{path}:{BAD[name][1]}: ")
    assert b"Traceback" not in done.stderr
    assert done.stderr.count(b"\n") == 1


def test_a_directory_or_no_file_is_said_in_one_line(tmp_path: Path) -> None:
    for path, word in ((tmp_path, "directory"), (tmp_path / "none.jsonl", "no such file")):
        done = run("score", path)
        assert done.returncode == 1
        assert word in done.stderr.decode()
        assert done.stderr.count(b"\n") == 1


def test_as_many_items_as_are_allowed_are_read_and_commas_of_the_text_are_none() -> None:
    body = b'{"claims": "' + b"," * 1_000_000 + b'", "id": [' + b"0," * 249_996 + b"0]}"
    assert codec._parse(body)[1] == []


def test_an_id_that_is_none_is_not_repeated_in_its_messages(tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_bytes(line(id="quetta\nfake.jsonl:1: all is well") + line(id="\ud800") + line(id="q" * 10_000))
    _, problems = codec.read(path, gold=GOLD)
    assert [(p.line, p.document, p.where) for p in problems] == [(1, "", "id"), (2, "", "id"), (3, "", "id")]
    assert all(len(str(p).encode()) < 400 and len(str(p).splitlines()) == 1 for p in problems)


@pytest.mark.parametrize("path", fuzzing.seeds(), ids=lambda p: p.name)
def test_what_fuzzing_starts_from_and_what_it_found_comes_through_the_door(path: Path, tmp_path: Path) -> None:
    documents = fuzzing.let_in(path.read_bytes(), tmp_path)
    assert documents or path.parent.name != "valid"


@given(st.sampled_from(fuzzing.seeds()), st.integers(0, 2**32))
def test_a_document_with_a_place_or_two_changed_comes_through_the_door(path: Path, seed: int) -> None:
    import tempfile

    if changed := fuzzing.redrawn(path.read_bytes(), seed):
        with tempfile.TemporaryDirectory() as folder:
            fuzzing.let_in(changed, Path(folder))


def test_a_line_of_200_megabytes_is_passed_over_in_little_memory(tmp_path: Path) -> None:
    import resource

    path = tmp_path / "long.jsonl"
    with path.open("wb") as stream:
        stream.write(b'{"id": "quetta", "text": "')
        for _ in range(200):
            stream.write(b"x" * 1_000_000)
        stream.write(b'"}\n' + GOOD)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    read, problems = codec.read(path, gold=GOLD)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert [(p.line, p.rule) for p in problems] == [(1, "record-size")]
    assert [d.id for d in read] == ["quetta"]
    assert grown < 100_000  # kilobytes


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_bytes(
        line(entities=[entity(type="X"), entity(type="Y", color=1)], claims=[count(hedge="Z", metric="W")])
        + b"nonsense\n"
        + line(id="nobody")
    )
    _, problems = codec.read(path, gold=GOLD)
    assert sorted((p.line, p.where) for p in problems) == [
        (1, "claims[0].count.hedge"),
        (1, "claims[0].count.metric"),
        (1, "entities[0].type"),
        (1, "entities[1].color"),
        (1, "entities[1].type"),
        (2, ""),
        (3, "id"),
    ]


def test_a_fault_in_a_page_is_told_with_its_own_line(tmp_path: Path) -> None:
    page = codec.page(GOLD["quetta"]).splitlines(keepends=True)
    wanted = next(i for i, text in enumerate(page) if '"id": "kakar"' in text)
    page[wanted] = page[wanted].replace('"PER"', '"PERSON"')
    path = tmp_path / "page.json"
    path.write_text("".join(page), encoding="utf-8")
    _, problems = codec.read(path)
    assert [(p.line, p.document, p.rule) for p in problems] == [(wanted + 1, "quetta", "schema-label")]


def test_a_predicted_string_is_located_by_its_occurrence() -> None:
    mentions = [
        {"text": "the gunmen"},
        {"text": "attackers", "occurrence": 2},
        {"text": "nowhere at all"},
        {"text": "RT", "occurrence": 99},
    ]
    found = codec.from_dict(prediction(entities=[entity(mentions=mentions)]), GOLD)
    spans = found.entities[0].mentions
    text = GOLD["quetta"].text
    assert [s.located for s in spans] == [True, True, False, False]
    assert spans[1].start == text.index("attackers", text.index("attackers") + 1)
    assert len({(s.start, s.end) for s in spans}) == 4  # two wrong answers stay two
    from reportedly.scoring import score

    scored = score(list(GOLD.values()), [found], tasks=("mentions",))
    assert scored.total["mentions.exact"]["PER"].p_den == 4
    assert [row[2] for row in scored.unlocated] == ["nowhere at all", "RT"]


@given(documents())
def test_writing_and_reading_give_the_document_back(document: Document) -> None:
    for written in (codec.line(document), codec.page(document)):
        value, faults, _ = codec._parse(written.encode("utf-8"))
        assert faults == []
        assert codec.build(value) == (document, [])


def test_templates_in_a_file_are_those_of_its_claims_to_the_last_field() -> None:
    plain = codec.to_dict(GOLD["quetta"])
    plain["templates"] = json.loads(json.dumps([msgspec.to_builtins(t) for t in rp.derive(GOLD["quetta"])]))
    assert codec.build(json.loads(json.dumps(plain)))[1] == []
    plain["templates"][0]["figures"][0]["best"] = 61
    plain["templates"][0]["date"] = "2011-01-01"
    _, faults = codec.build(plain)
    assert [(codec.where(at), rule) for at, _, rule in faults] == [
        ("templates[0].date", "template-derived"),
        ("templates[0].figures", "template-derived"),
    ]


@pytest.mark.parametrize(
    ("number", "fits"),
    [
        ({"hedge": "MORE_THAN", "n": [], "word": "several hundred"}, True),
        ({"hedge": "MORE_THAN", "n": [24], "word": "dozen"}, True),
        ({"hedge": "MORE_THAN", "n": []}, False),
        ({"hedge": "VAGUE", "n": [], "word": "dozens"}, True),
        ({"hedge": "VAGUE", "n": []}, False),
        ({"hedge": "VAGUE", "n": [24], "word": "dozens"}, False),
        ({"hedge": "EXACT", "n": [], "word": "dozens"}, False),
        ({"hedge": "EXACT", "n": [12], "word": "dozen"}, True),
        ({"hedge": "RANGE", "n": [5]}, False),
        ({"hedge": "RANGE", "n": [5, 5]}, False),
        ({"hedge": "RANGE", "n": [5, 6]}, True),
        ({"hedge": "NONE", "n": []}, True),
        ({"hedge": "NONE", "n": [], "word": "many"}, False),
        ({"hedge": "NONE", "n": [1]}, False),
        ({"hedge": "ALL", "n": []}, True),
        ({"hedge": "ALL", "n": [4]}, True),
        ({"hedge": "LESS_THAN", "n": [0]}, False),
    ],
)
def test_numbers_fit_their_hedge(number: dict[str, Any], fits: bool) -> None:
    _, faults = codec.build(prediction(claims=[count(**number)]), GOLD)
    assert {rule for *_, rule in faults} == (set() if fits else {"count-arity"})


@given(documents())
def test_a_document_is_a_valid_prediction_of_itself(document: Document) -> None:
    found = codec.from_dict(codec.to_dict(document), {document.id: document})
    assert found == document


@given(st.binary(max_size=300))
def test_no_bytes_make_the_door_fail(data: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        fuzzing.let_in(data, Path(folder))


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    path = tmp_path / "kept.jsonl"
    codec.write(path, "old\n")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        codec.write(path, "new\n")
    assert path.read_text() == "old\n"
    assert [p.name for p in tmp_path.iterdir()] == ["kept.jsonl"]
