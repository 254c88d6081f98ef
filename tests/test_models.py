"""Language models: what they are asked, how answers are read, and a client that loses and pays nothing twice."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import reportedly as rp
from environments import ROOT
from model_server import Reply, answering, completion, error
from reportedly import codec, corpus
from reportedly.cli import main
from reportedly.model import LAYERS, Document
from reportedly.models import answer, client, prompt

GOLD = {d.id: d for split in corpus.splits() for d in corpus.load(split)}
ARTICLE = GOLD["quetta"]
KEY = "sk-" + "never-to-be-printed" * 2
MANY = [
    msgspec.structs.replace(
        GOLD["selmouth-1"],
        id=f"r{i}",
        text=f"r{i}",
        sha256=codec.digest(f"r{i}"),
        entities=(),
        events=(),
        claims=(),
        templates=None,
    )
    for i in range(40)
]


def in_words(id: str) -> str:
    return json.dumps(codec.in_words(GOLD[id]))


# --- what is asked ----------------------------------------------------------------------------


def test_the_prompt_gives_nothing_of_the_corpus_away() -> None:
    asked = re.findall(r"\w+", prompt.instructions().casefold())
    runs = {tuple(asked[i : i + 5]) for i in range(len(asked))}
    for document in GOLD.values():
        words = re.findall(r"\w+", document.text.casefold())
        assert not runs & {tuple(words[i : i + 5]) for i in range(len(words) - 4)}, document.id


def test_the_prompt_has_no_name_of_the_corpus() -> None:
    for document in GOLD.values():
        for entity in document.entities:
            for name in (entity.name, *(mention.text for mention in entity.mentions)):
                if entity.type != "TIME" and name != "Police" and re.search("[A-Z]", name or ""):
                    assert not re.search(rf"\b{re.escape(str(name))}\b", prompt.instructions()), (document.id, name)


def test_what_is_asked_follows_from_text_and_metadata_alone() -> None:
    for document in GOLD.values():
        bare = Document(id="other", text=document.text, metadata=document.metadata)
        assert prompt.messages(document) == prompt.messages(bare)
        assert prompt.messages(document)[1]["content"].endswith(document.text)


def test_the_prompt_holds_every_rule_that_says_what_to_mark() -> None:
    guidelines = (ROOT / "schema" / "GUIDELINES.md").read_text(encoding="utf-8")
    rules = re.findall(r"^\*\*([A-Z]+\d+b?) ", guidelines, flags=re.MULTILINE)
    assert len(rules) > 60
    assert {rule for rule in rules if f"**{rule} " not in prompt.instructions()} == {"T0", "T1"}
    assert "- a span is a mention of one entity, once\n" in prompt.instructions()


def test_the_schema_of_the_answer_is_one_that_strict_servers_take() -> None:
    def walk(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
        yield node
        for inner in (*node.get("properties", {}).values(), *node.get("anyOf", ()), *filter(None, [node.get("items")])):
            yield from walk(inner)

    nodes = list(walk(prompt.schema()))
    for node in nodes:
        assert set(node) <= {"type", "properties", "required", "additionalProperties", "items", "enum", "anyOf"}
        if node.get("type") == "object":
            assert node["additionalProperties"] is False
            assert node["required"] == list(node["properties"])

    def depth(node: dict[str, Any]) -> int:
        inner = [*node.get("properties", {}).values(), *node.get("anyOf", ()), *filter(None, [node.get("items")])]
        return ("type" in node) + max(map(depth, inner), default=0)

    # The limits that OpenAI published when strict schemas came and for some time after, the lowest of any since.
    assert sum(len(node.get("properties", ())) for node in nodes) <= 100
    assert sum(len(node.get("enum", ())) for node in nodes) <= 500
    assert depth(prompt.schema()) <= 10


def test_a_full_answer_of_the_schema_is_read_with_its_nulls() -> None:
    def filled(node: dict[str, Any], value: Any) -> Any:
        if "anyOf" in node:
            return None if value is None else filled(node["anyOf"][0], value)
        if node["type"] == "object":
            return {name: filled(inner, value.get(name)) for name, inner in node["properties"].items()}
        return [filled(node["items"], each) for each in value] if node["type"] == "array" else value

    whole = filled(prompt.schema(), codec.in_words(ARTICLE))
    read = answer.read(json.dumps(whole), ARTICLE)
    assert read.fault is None
    assert read.document.claims == ARTICLE.claims


# --- how answers are read ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "repairs", "fault"),
    [
        (in_words("quetta"), (), None),
        (f"```json\n{in_words('quetta')}\n```", ("code fence",), None),
        (in_words("quetta")[:-1] + ",\n}", ("trailing comma",), None),
        ("```\n" + in_words("quetta")[:-1] + ",}\n```\n", ("code fence", "trailing comma"), None),
        (f"Here it is: {in_words('quetta')}", (), "no JSON object"),
        (in_words("quetta")[:1000], (), "no JSON object"),
        ("[1, 2]", (), "no JSON object"),
        ("null", (), "no JSON object"),
        ("[" * 100_000, (), "no JSON object"),
        ("```json\n" + "\n" * 100_000, (), "no JSON object"),
        ('{"claims": ["' + '\\\\"' * 50_000, (), "no JSON object"),
        ('{"claims": [], "claims": []}', (), "breaks key-duplicate"),
        ("", (), "no answer"),
        ("\ud800", (), "no JSON object"),
        (None, (), "no answer"),
    ],
    ids=range(15),
)
def test_an_answer_is_mended_by_two_rules_or_is_empty(
    raw: str | None, repairs: tuple[str, ...], fault: str | None
) -> None:
    read = answer.read(raw, ARTICLE)
    assert (read.repairs, read.left_out, read.fault) == (repairs, (), fault)
    assert bool(read.document.claims) == bool(read.layers) == (fault is None)


ENTITY = {"id": "clerk", "type": "PER", "mentions": [{"text": "police"}]}
EVENT = {"id": "raid", "type": "ATTACK", "triggers": [{"text": "stormed"}]}
COUNT = {
    "id": "c",
    "kind": "COUNT",
    "anchor": {"text": "59"},
    "count": {"hedge": "EXACT", "n": [59], "metric": "killed"},
}
TWICE = {"text": "police", "occurrence": 1}


@pytest.mark.parametrize(
    ("given", "kept", "left_out"),
    [
        ({"entities": [{**ENTITY, "mentions": [TWICE, TWICE]}]}, {"entities": [{**ENTITY, "mentions": [TWICE]}]}, ["mention-unique"]),
        ({"entities": [ENTITY, {**ENTITY, "id": "b"}]}, {"entities": [ENTITY]}, ["mention-unique", "schema-bounds", "schema-missing-field"]),
        ({"entities": [{**ENTITY, "geo": {"country": "Norland", "precision": "city"}}]}, {"entities": [ENTITY]}, ["schema-pattern"]),
        ({"entities": [{**ENTITY, "confidence": 0.9}]}, {"entities": [ENTITY]}, ["schema-unknown-field"]),
        ({"events": [{**EVENT, "arguments": {"agent": ["nobody"], "place": []}, "parent": "gone"}]}, {"events": [{**EVENT, "arguments": {}}]}, ["schema-bounds", "reference", "reference", "schema-bounds"]),
        ({"claims": [COUNT, {**COUNT, "id": "d"}]}, {"claims": [COUNT]}, ["count-unique"]),
        ({"claims": [{**COUNT, "chain": [{"type": "gov", "sources": [{"entity": "gone"}]}]}]}, {"claims": []}, ["reference"]),
        ({"claims": [{**COUNT, "count": {**COUNT["count"], "n": [59.0]}}]}, {"claims": []}, ["schema-type"]),  # type: ignore[dict-item]
        ({"claims": [{**COUNT, "why": "it says so"}]}, {"claims": [COUNT]}, ["schema-unknown-field"]),
        ({"claims": [{**COUNT, "anchor": {"text": "\x00"}}]}, {"claims": []}, ["character-control"]),
        ({"claims": [{**COUNT, "anchor": {"text": "\ud800"}}]}, {"claims": []}, ["character-surrogate"]),
        ({"claims": {"c": COUNT}}, {}, ["schema-type"]),
        ({"events": [{**EVENT, "triggers": [{"text": "stormed"}, {"text": " "}]}]}, {"events": [EVENT]}, ["span-blank"]),
        ({"entities": [None, ENTITY]}, {"entities": [ENTITY]}, ["schema-type"]),
        ({"claims": [{**COUNT, "anchor": {"text": "words that are not there"}}]}, {"claims": [{**COUNT, "anchor": {"text": "words that are not there"}}]}, []),
    ],
    ids=range(15),
)  # fmt: skip
def test_a_part_that_breaks_a_rule_is_left_out_and_counted(
    given: dict[str, Any], kept: dict[str, Any], left_out: list[str]
) -> None:
    read = answer.read(json.dumps(given), ARTICLE)
    assert (read.layers, list(read.left_out), read.fault) == (kept, left_out, None)


def test_what_hangs_on_a_part_that_was_left_out_goes_too() -> None:
    given = {"events": [{**EVENT, "type": "ROBBERY"}], "claims": [{**COUNT, "event": "raid"}]}
    read = answer.read(json.dumps(given), ARTICLE)
    assert (read.layers, read.fault) == ({"events": [], "claims": []}, None)
    assert set(read.left_out) == {"schema-label", "schema-missing-field", "reference"}


def test_a_comma_within_a_string_stays() -> None:
    read = answer.read('{"entities": [{"id": "x", "type": "PER", "mentions": [{"text": "a,]"}],}]}', ARTICLE)
    assert read.document.entities[0].mentions[0].text == "a,]"


@given(st.text())
def test_any_text_is_an_answer_or_nothing(raw: str) -> None:
    assert answer.read(raw, ARTICLE).document.id == "quetta"


def _places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield path
    for name, inner in (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):
        yield from _places(inner, (*path, name))


SMALL = codec.in_words(GOLD["selmouth-1"])
ODD: st.SearchStrategy[Any] = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.just([])
    | st.just({})
    | st.just("gone")
)


@given(st.lists(st.tuples(st.sampled_from(sorted(_places(SMALL), key=str)), ODD), min_size=1, max_size=4))
def test_whatever_is_kept_of_a_broken_answer_is_a_prediction(breaks: list[tuple[tuple[str | int, ...], Any]]) -> None:
    value = {"a": json.loads(json.dumps(SMALL))}
    for (*way, last), odd in [(("a", *path), odd) for path, odd in breaks]:
        at: Any = value
        with suppress(LookupError, TypeError):
            for step in way:
                at = at[step]
            at[last] = odd
    gold = GOLD["selmouth-1"]
    read = answer.read(json.dumps(value["a"]), gold)
    again = codec.from_dict(json.loads(answer.line(read, {})), {gold.id: gold})
    assert [getattr(again, layer) for layer in LAYERS] == [getattr(read.document, layer) for layer in LAYERS]


def test_what_became_of_the_answers_is_counted() -> None:
    raw = (in_words("quetta"), "{}", "```\n{}\n```", "no", "", json.dumps({"claims": [COUNT, {"id": "d"}]}))
    assert answer.tally(answer.read(each, ARTICLE) for each in raw) == {
        "as given": 3,
        "empty: no JSON object": 1,
        "empty: no answer": 1,
        "mended: code fence": 1,
        "parts left out: schema-missing-field": 1,
    }


# --- asking -----------------------------------------------------------------------------------


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)


def command(url: str, out: Path, *more: str) -> list[str]:
    return ["predict", "made", "--model", url, "-o", str(out), "--split", "dossier", *more]


def journal(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(f"{out}.answers").read_text(encoding="utf-8").splitlines()]


@pytest.mark.usefixtures("key")
def test_a_model_is_asked_scored_and_its_raw_answers_are_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "model.jsonl"
    with answering(lambda id, _: completion(in_words(id))) as asked:
        assert main(command(asked.url, out, "--price", "2", "10", "--set", "max_tokens=9000", "--set", "top_k=1")) == 0
    said = capsys.readouterr().err
    assert "3 of 3 answered" in said
    assert "tokens: 300 in, 30 out; cost 0.0009" in said
    assert "as given: 3" in said
    assert asked.keys == {f"Bearer {KEY}"}
    (body,) = [b for b, id in zip(asked.bodies, asked.ids, strict=True) if id == "selmouth-1"]
    assert body["messages"] == prompt.messages(GOLD["selmouth-1"])
    assert body["response_format"]["json_schema"] == {"name": "annotation", "strict": True, "schema": prompt.schema()}
    assert (body["model"], body["temperature"], body["max_tokens"], body["top_k"]) == ("made", 0, 9000, 1)
    answers = {line["id"]: line["response"]["choices"][0]["message"]["content"] for line in journal(out)}
    assert answers == {id: in_words(id) for id in corpus.splits()["dossier"]}
    found = rp.load(out, gold=rp.gold("dossier"))
    assert [d.claims for d in found] == [d.claims for d in rp.gold("dossier")]
    assert found[0].annotation is not None
    assert (found[0].annotation.annotator, found[0].annotation.kind) == ("made", "language-model")
    assert main(["score", str(out), "--split", "dossier", "--json", "--resamples", "0"]) == 0
    assert json.loads(capsys.readouterr().out)["headline"]["counts.claim"] == 1


def test_what_is_kept_of_poor_answers_can_be_scored(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    poor = {
        "selmouth-1": completion(json.dumps({"claims": [COUNT, COUNT], "entities": [{**ENTITY, "mentions": [{"text": "nowhere"}]}]})),
        "selmouth-2": completion(None, refusal="I would rather not."),
        "selmouth-3": completion(in_words("selmouth-3")[:500], "length"),
    }  # fmt: skip
    out = tmp_path / "model.jsonl"
    with answering(lambda id, _: poor[id]) as asked:
        assert main(command(asked.url, out, "--unstructured", "--set", "temperature=null")) == 0
        assert not {"response_format", "temperature"} & set(asked.bodies[0])
    said = capsys.readouterr().err
    for note in ("as given: 1", "empty: no answer: 1", "empty: no JSON object: 1", "left out: id-unique: 1"):
        assert note in said
    assert "cut off at the limit of their length: 1" in said
    assert "I would rather not." in json.dumps(journal(out))
    assert main(["score", str(out), "--split", "dossier", "--json", "--resamples", "0"]) == 0
    assert "nowhere" in json.dumps(json.loads(capsys.readouterr().out)["unlocated"])


@pytest.mark.usefixtures("key")
def test_faults_are_tried_again_and_what_stays_a_fault_is_told_without_the_key(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, mended, times_of = tmp_path / "model.jsonl", False, []

    def reply(id: str, times: int) -> Reply | str:
        if id == "selmouth-1":
            times_of.append(time.monotonic())
            faults: list[Reply | str] = [error(429, Retry_After="1"), "drop", "cut", error(503)]
            return faults[times - 1] if times < 5 else completion(in_words(id))
        if id == "selmouth-2":
            return completion(f"I would rather not, {KEY}.")
        return completion(in_words(id)) if mended else error(400, f"no, {KEY}")

    with answering(reply) as asked:
        assert main(command(asked.url, out)) == 1
        said = capsys.readouterr()
        assert "2 of 3 answered" in said.err
        assert "selmouth-3: BadRequestError: Error code: 400" in said.err
        assert not out.exists()
        assert Counter(asked.ids) == {"selmouth-1": 5, "selmouth-2": 1, "selmouth-3": 1}
        assert times_of[1] - times_of[0] >= 1  # as the server wished
        assert main(command(asked.url, out, "--partial")) == 1
        assert [d.id for d in rp.load(out, gold=rp.gold("dossier"))] == ["selmouth-1", "selmouth-2"]
        mended = True
        assert main(command(asked.url, out)) == 0
    last = capsys.readouterr()
    assert "3 of 3 answered, 2 of them before" in last.err
    assert "empty: no JSON object: 1" in last.err
    assert Counter(asked.ids) == {"selmouth-1": 5, "selmouth-2": 1, "selmouth-3": 3}
    assert len(rp.load(out, gold=rp.gold("dossier"))) == 3
    everything = [said.out, said.err, last.out, last.err, *(p.read_text("utf-8") for p in tmp_path.iterdir())]
    assert not any(KEY in each for each in everything)


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        ((200, {}, b"<html>Bad gateway</html>"), "the server's answer is not JSON"),
        ((200, {}, b'{"choices": []}'), "the server's answer holds no choice"),
        ((200, {}, b'{"choices": null, "error": "no"}'), "the server's answer holds no choice"),
        ((200, {}, b'["choices"]'), "the server's answer holds no choice"),
        ((200, {}, b"[" * 100_000), "the server's answer is not JSON"),
        (error(401), "AuthenticationError: Error code: 401"),
        (error(500), "InternalServerError: Error code: 500"),
    ],
)
def test_what_no_server_should_send_is_a_failure_and_not_an_answer(
    reply: Reply, why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "model.jsonl"
    with answering(lambda *_: reply) as asked:
        assert main(command(asked.url, out, "--retries", "0")) == 1
    said = capsys.readouterr().err
    assert all(f"{id}: {why}" in said for id in corpus.splits()["dossier"])
    assert not journal(out)


@pytest.mark.parametrize(("key", "sent"), [("EMPTY", "EMPTY"), (f"{KEY}\n", KEY), ("", "none")])
def test_a_key_that_is_a_word_changes_no_answer_and_one_with_a_line_break_is_not_told(
    key: str, sent: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", key)
    out = tmp_path / "model.jsonl"
    with answering(lambda *_: completion("EMPTY none")) as asked:
        assert main(command(asked.url, out)) == 0
    assert asked.keys == {f"Bearer {sent}"}
    assert KEY not in capsys.readouterr().err
    assert {line["response"]["choices"][0]["message"]["content"] for line in journal(out)} == {"EMPTY none"}


def test_a_server_that_is_too_slow_or_not_there_is_said_in_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def slow(id: str, times: int) -> Reply:
        time.sleep(1.5)
        return completion(in_words(id))

    more = ["--retries", "0", "--timeout", "1"]
    with answering(slow) as asked:
        assert main(command(asked.url, tmp_path / "model.jsonl", *more)) == 1
    assert "selmouth-1: APITimeoutError" in capsys.readouterr().err
    assert main(command(asked.url, tmp_path / "model.jsonl", *more)) == 1
    assert "selmouth-1: APIConnectionError" in capsys.readouterr().err


def test_nothing_more_is_asked_after_ten_failures_in_a_row(
    many: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "model.jsonl"
    with answering(lambda *_: error(401)) as asked:
        call = ["predict", "made", str(many), "--model", asked.url, "-o", str(out), "--concurrency", "2"]
        assert main(call) == 1
    assert client.IN_A_ROW <= len(asked.ids) <= client.IN_A_ROW + 1
    assert f"not asked, after 10 failures in a row: {40 - len(asked.ids)}" in capsys.readouterr().err


def test_single_failures_do_not_end_a_run(many: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with answering(lambda id, _: error(400) if int(id[1:]) % 2 else completion("{}")) as asked:
        call = [
            "predict",
            "made",
            str(many),
            "--model",
            asked.url,
            "-o",
            str(tmp_path / "m.jsonl"),
            "--concurrency",
            "1",
        ]
        assert main(call) == 1
    assert len(asked.ids) == 40
    assert "20 of 40 answered" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "same"),
    [
        ((), True),
        (("--concurrency", "1", "--retries", "9", "--timeout", "9"), True),
        (("--set", "max_tokens=9"), False),
        (("--unstructured",), False),
    ],
)
def test_answers_to_another_question_are_not_mixed_in(
    more: tuple[str, ...], same: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with answering(lambda id, _: completion(in_words(id))) as asked:
        assert main(command(asked.url, tmp_path / "model.jsonl")) == 0
        assert main(command(asked.url, tmp_path / "model.jsonl", *more)) == 0
    assert len(asked.ids) == (3 if same else 6)
    assert ("3 more in it answer other questions" in capsys.readouterr().err) is not same


def test_a_question_is_known_by_everything_that_is_sent_and_where_to() -> None:
    server = client.Server("http://localhost/v1", "made")
    dated = msgspec.structs.replace(ARTICLE, metadata=msgspec.structs.replace(ARTICLE.metadata, published="2031-05-07"))
    others = [
        server._replace(url="http://localhost:1/v1").digest(ARTICLE),
        server._replace(model="other").digest(ARTICLE),
        server.digest(dated),
        server.digest(msgspec.structs.replace(ARTICLE, text=ARTICLE.text + ".")),
    ]
    assert len({server.digest(ARTICLE), *others}) == 5
    assert server._replace(url="http://localhost/v1/").digest(ARTICLE) == server.digest(ARTICLE)


@pytest.fixture
def many(tmp_path: Path) -> Path:
    path = tmp_path / "reports.jsonl"
    path.write_text("".join(codec.line(d) + "\n" for d in MANY), encoding="utf-8")
    return path


def start(url: str, reports: Path, out: Path, **more: Any) -> subprocess.Popen[str]:
    call = [sys.executable, "-m", "reportedly", "predict", "made", str(reports), "--model", url, "-o", str(out)]
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "OPENAI_API_KEY": KEY}
    pipes: Any = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **more}
    return subprocess.Popen([*call, "--concurrency", "3"], env=environ, **pipes)


@pytest.mark.parametrize(
    ("kill", "answers"), [(signal.SIGKILL, 1), (signal.SIGKILL, 20), (signal.SIGINT, 5), (signal.SIGTERM, 5)]
)
def test_a_stopped_run_goes_on_where_it_was_and_pays_for_nothing_twice(
    kill: int, answers: int, many: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_LOG", "debug")
    out = tmp_path / "model.jsonl"
    kept = Path(f"{out}.answers")
    gate = threading.Event()

    def reply(id: str, times: int) -> Reply:
        if len(asked.ids) > answers + 3:
            gate.wait(60)  # the rest is under way when the run is stopped
        return completion("{}")

    # What it says goes into a file: nobody reads a pipe meanwhile, and a full one would stop it.
    with answering(reply) as asked, (tmp_path / "said").open("w+") as told:
        running = start(asked.url, many, out, stdout=subprocess.DEVNULL, stderr=told)
        while running.poll() is None and not (kept.exists() and kept.read_bytes().count(b"\n") >= answers):
            time.sleep(0.002)
        assert KEY.encode() not in Path(f"/proc/{running.pid}/cmdline").read_bytes()
        running.send_signal(kill)
        assert running.wait()
        gate.set()
        said = (tmp_path / "said").read_text()
        assert "Traceback" not in said
        assert "DEBUG" in said
        assert KEY not in said
        assert not out.exists()
        before = [line["id"] for line in journal(out)]
        assert len(before) >= answers
        with kept.open("ab") as stream:
            stream.write(b'{"question": "torn')  # as a kill in the middle of a write leaves it
        seen = len(asked.ids)
        done = start(asked.url, many, out)
        assert f"40 of 40 answered, {len(before)} of them before" in done.communicate()[1]
        assert done.returncode == 0
        assert main(["predict", "made", str(many), "--model", asked.url, "-o", str(out)]) == 0
    assert not set(before) & set(asked.ids[seen:])
    assert len(asked.ids) - seen == 40 - len(before)
    assert [json.loads(line)["id"] for line in out.read_text().splitlines()] == [d.id for d in MANY]


def test_two_runs_do_not_write_one_journal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "model.jsonl"
    with answering(lambda *_: completion("{}")) as asked, Path(f"{out}.answers").open("ab") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        assert main(command(asked.url, out)) == 2
    assert "another run is writing it" in capsys.readouterr().err
    assert not asked.ids


def test_a_terminal_sees_a_bar_and_a_file_does_not(many: Path, tmp_path: Path) -> None:
    with answering(lambda *_: completion("{}")) as asked:
        theirs, ours = pty.openpty()
        fcntl.ioctl(ours, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        shown = start(asked.url, many, tmp_path / "a.jsonl", stderr=ours, text=False)
        os.close(ours)
        seen = b""
        with suppress(OSError):  # Linux tells the end of a terminal so
            while part := os.read(theirs, 1 << 16):
                seen += part
        os.close(theirs)
        shown.communicate()
        plain = start(asked.url, many, tmp_path / "b.jsonl").communicate()[1]
    assert b"40/40" in seen
    assert "/40" not in plain
    assert "\r" not in plain


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--model", "http://localhost"], "--model needs -o FILE"),
        (["--model", "localhost:8000", "-o", "x"], "--model is an address"),
        (["--model", f"http://{KEY}@localhost/v1", "-o", "x"], "a key goes into OPENAI_API_KEY"),
        (["--model", "http://localhost", "-o", "."], ". is a folder"),
        (["--model", "http://localhost", "-o", "x", "--set", "stream=true"], "NAME=VALUE"),
        (["--model", "http://localhost", "-o", "x", "--price", "nan", "1"], "price"),
        (["quetta.txt", "quetta.txt", "--model", "http://localhost", "-o", "x"], "two documents are called 'quetta'"),
    ],
)
def test_bad_usage_is_said_before_anything_is_asked(
    more: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("quetta.txt").write_text("At least 12 died.", encoding="utf-8")
    try:
        code = main(["predict", "made", *more])
    except SystemExit as exit:
        code = int(exit.code or 0)
    printed = capsys.readouterr().err
    assert (code, said in printed, KEY in printed) == (2, True, False)
    assert [p.name for p in tmp_path.iterdir()] == ["quetta.txt"]


def test_without_the_extra_it_says_which_one_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "openai", None)
    assert main(command("http://localhost", tmp_path / "model.jsonl")) == 2
    assert "it comes with the extra: reportedly[llm]" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_the_commands_of_the_readme_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = re.findall(r"^reportedly (.*model\.jsonl.*)$", readme, flags=re.MULTILINE)
    assert len(commands) == 2
    monkeypatch.chdir(tmp_path)
    with answering(lambda *_: completion("{}")) as asked:
        for words in (each.split("#")[0].replace("http://localhost:8000/v1", asked.url).split() for each in commands):
            assert main([*words, *(["--resamples", "0"] if words[0] == "score" else [])]) == 0
    assert asked.ids == ["quetta"]
    assert "counts.claim" in capsys.readouterr().out
