"""Language models: what they are asked, how answers are read, and a client that loses and pays nothing twice."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import reportedly as rp
from environments import ROOT, dependencies, environment
from loopback import listening
from reportedly import codec, corpus
from reportedly.cli import main
from reportedly.models import answer, client, prompt

GOLD = {d.id: d for split in corpus.splits() for d in corpus.load(split)}
ARTICLE = GOLD["quetta"]
KEY = "sk-" + "never-to-be-printed" * 2


def in_words(id: str) -> str:
    return json.dumps(codec.in_words(GOLD[id]))


# --- what is asked ----------------------------------------------------------------------------


def test_the_prompt_gives_nothing_of_the_corpus_away() -> None:
    asked = re.findall(r"\w+", prompt.instructions().casefold())
    runs = {tuple(asked[i : i + 5]) for i in range(len(asked))}
    for document in GOLD.values():
        words = re.findall(r"\w+", document.text.casefold())
        assert not runs & {tuple(words[i : i + 5]) for i in range(len(words) - 4)}, document.id
        sent = prompt.messages(document)[1]["content"]
        assert sent.endswith(document.text)
        assert not any(each["id"] in sent.removesuffix(document.text) for each in codec.to_dict(document)["claims"])


def test_the_prompt_holds_every_rule_that_says_what_to_mark() -> None:
    guidelines = (ROOT / "schema" / "GUIDELINES.md").read_text(encoding="utf-8")
    rules = re.findall(r"^\*\*([A-Z]+\d+b?) ", guidelines, flags=re.MULTILINE)
    assert len(rules) > 60
    assert {rule for rule in rules if f"**{rule} " not in prompt.instructions()} == {"T0", "T1"}


def test_the_schema_of_the_answer_is_one_that_strict_servers_take() -> None:
    def walk(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
        yield node
        for inner in (*node.get("properties", {}).values(), *node.get("anyOf", ()), *filter(None, [node.get("items")])):
            yield from walk(inner)

    for node in walk(prompt.schema()):
        assert set(node) <= {"type", "properties", "required", "additionalProperties", "items", "enum", "anyOf"}
        if node.get("type") == "object":
            assert node["additionalProperties"] is False
            assert node["required"] == list(node["properties"])


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
        ('{"claims": NaN}', (), "no JSON object"),
        ("[" * 100_000, (), "no JSON object"),
        ("", (), "no answer"),
        (None, (), "no answer"),
        ('{"claims": [{"id": "c1", "kind": "WHAT", "anchor": {"text": "a"}}]}', (), "breaks schema-label"),
        ('{"claims": [{"id": "c1", "kind": "EVENT", "event": "e", "anchor": {"text": "a"}}]}', (), "breaks reference"),
    ],
)
def test_an_answer_is_mended_by_two_rules_or_is_empty(
    raw: str | None, repairs: tuple[str, ...], fault: str | None
) -> None:
    read = answer.read(raw, ARTICLE)
    assert (read.repairs, read.fault) == (repairs, fault)
    assert bool(read.document.claims) == (fault is None)


def test_a_comma_within_a_string_stays() -> None:
    read = answer.read('{"entities": [{"id": "x", "type": "PER", "mentions": [{"text": "a,]"}],}]}', ARTICLE)
    assert read.document.entities[0].mentions[0].text == "a,]"


@given(st.text())
def test_any_text_is_an_answer_or_nothing(raw: str) -> None:
    assert answer.read(raw, ARTICLE).document.id == "quetta"


def test_what_became_of_the_answers_is_counted() -> None:
    answers = [answer.read(raw, ARTICLE) for raw in (in_words("quetta"), "{}", "```\n{}\n```", "no", "")]
    assert answer.tally(answers) == {
        "as given": 2,
        "empty: no JSON object": 1,
        "empty: no answer": 1,
        "mended: code fence": 1,
    }


# --- asking -----------------------------------------------------------------------------------

Reply = tuple[int, dict[str, str], bytes]


def completion(content: str | None, finish: str = "stop") -> Reply:
    message = {"role": "assistant", "content": content}
    body = {
        "id": "1",
        "object": "chat.completion",
        "created": 1,
        "model": "made",
        "choices": [{"index": 0, "message": message, "finish_reason": finish}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110},
    }
    return 200, {}, json.dumps(body).encode()


def error(status: int, **headers: str) -> Reply:
    return status, headers, json.dumps({"error": {"message": f"no, {KEY}", "type": "made"}}).encode()


@cache
def known() -> dict[str, rp.Document]:
    """Load the article, the dossier and the article's variants, by their texts."""
    return {d.text: d for d in (*GOLD.values(), *(v.document for v in corpus.contrast(["quetta"])))}


class Asked:
    """What a server of the test's own was asked, in order: the document's id and the body."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.bodies: list[dict[str, Any]] = []
        self.lock = threading.Lock()

    def note(self, body: dict[str, Any]) -> tuple[str, int]:
        id = known()[body["messages"][1]["content"].split("Report:\n", 1)[1]].id
        with self.lock:
            self.ids.append(id)
            self.bodies.append(body)
            return id, self.ids.count(id)


def serving(asked: Asked, reply: Callable[[str, int], Reply | None]) -> Any:
    """Answer each question by a function of the document's id and how often it has been asked; None cuts the line."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            given = reply(*asked.note(body))
            if given is None:
                self.connection.close()
                return
            status, headers, content = given
            self.send_response(status)
            for name, value in {
                **headers,
                "Content-Type": "application/json",
                "Content-Length": str(len(content)),
            }.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    return listening(Handler)


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)


@pytest.mark.usefixtures("key")
def test_a_model_is_asked_scored_and_its_raw_answers_are_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked, out = Asked(), tmp_path / "model.jsonl"
    with serving(asked, lambda id, _: completion(in_words(id))) as url:
        command = [
            "predict",
            "made",
            "--model",
            f"{url}/v1",
            "--split",
            "dossier",
            "-o",
            str(out),
            "--price",
            "2",
            "10",
        ]
        assert main(command) == 0
    said = capsys.readouterr().err
    assert "3 of 3 answered" in said
    assert "tokens: 300 in, 30 out; cost 0.0009" in said
    assert "3 as given" in said
    assert rp.load(out, gold=rp.gold("dossier"))[0].claims == GOLD["selmouth-1"].claims
    (body,) = [b for b, id in zip(asked.bodies, asked.ids, strict=True) if id == "selmouth-1"]
    assert body["messages"] == prompt.messages(GOLD["selmouth-1"])
    assert body["response_format"]["json_schema"]["schema"] == prompt.schema()
    raw = [json.loads(line) for line in Path(f"{out}.answers.jsonl").read_text().splitlines()]
    assert {line["id"]: line["answer"] for line in raw} == {id: in_words(id) for id in corpus.splits()["dossier"]}
    assert main(["score", str(out), "--split", "dossier", "--json", "--resamples", "0"]) == 0
    assert json.loads(capsys.readouterr().out)["headline"]["counts.claim"] == 1


@pytest.mark.usefixtures("key")
def test_faults_are_tried_again_and_what_stays_a_fault_is_told_without_the_key(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked, out = Asked(), tmp_path / "model.jsonl"

    def reply(id: str, times: int) -> Reply | None:
        if id == "selmouth-1":
            return [error(429, Retry_After="0.01"), error(500), None, completion(in_words(id))][min(times, 4) - 1]
        if id == "selmouth-2":
            return completion("I would rather not.", "stop")
        return completion(in_words(id)) if times > 1 and asked_again else error(400)

    asked_again = False
    with serving(asked, reply) as url:
        command = ["predict", "made", "--model", f"{url}/v1", "--split", "dossier", "-o", str(out)]
        assert main(command) == 1
        said = capsys.readouterr().err
        assert "2 of 3 answered" in said
        assert "selmouth-3: BadRequestError" in said
        assert KEY not in said
        assert not out.exists()
        assert Counter(asked.ids) == {"selmouth-1": 4, "selmouth-2": 1, "selmouth-3": 1}
        asked_again = True
        assert main(command) == 0
    said = capsys.readouterr().err
    assert "3 of 3 answered, 2 of them before" in said
    assert "1 empty: no JSON object" in said
    assert Counter(asked.ids) == {"selmouth-1": 4, "selmouth-2": 1, "selmouth-3": 2}
    assert KEY not in Path(f"{out}.answers.jsonl").read_text()
    assert len(rp.load(out, gold=rp.gold("dossier"))) == 3


def test_a_server_that_is_too_slow_or_not_there_is_said_in_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def slow(id: str, times: int) -> Reply:
        time.sleep(1.5)
        return completion(in_words(id))

    out = ["-o", str(tmp_path / "model.jsonl"), "--retries", "0", "--timeout", "1"]
    with serving(Asked(), slow) as url:
        assert main(["predict", "made", "--model", f"{url}/v1", *out]) == 1
    assert "quetta: APITimeoutError" in capsys.readouterr().err
    assert main(["predict", "made", "--model", f"{url}/v1", *out]) == 1
    assert "quetta: APIConnectionError" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("setting", "same"), [((), True), (("--max-tokens", "9"), False), (("--unstructured",), False)]
)
def test_answers_to_another_prompt_or_setting_are_not_mixed(
    tmp_path: Path, setting: tuple[str, ...], same: bool
) -> None:
    asked = Asked()
    with serving(asked, lambda id, _: completion(in_words(id))) as url:
        command = ["predict", "made", "--model", f"{url}/v1", "-o", str(tmp_path / "model.jsonl")]
        assert main(command) == 0
        assert main([*command, *setting]) == 0
    assert len(asked.ids) == (1 if same else 2)


@pytest.mark.parametrize("after", [0.1, 0.3])
def test_a_killed_run_goes_on_where_it_was_and_pays_for_nothing_twice(tmp_path: Path, after: float) -> None:
    asked, out = Asked(), tmp_path / "model.jsonl"
    journal, reports = Path(f"{out}.answers.jsonl"), tmp_path / "reports.jsonl"
    documents = list(known().values())[:60]
    reports.write_text("".join(codec.line(d) + "\n" for d in documents), encoding="utf-8")

    def reply(id: str, times: int) -> Reply:
        time.sleep(0.03)
        return completion("{}")

    with serving(asked, reply) as url:
        command = [sys.executable, "-m", "reportedly", "predict", "made", str(reports), "--model", f"{url}/v1"]
        command += ["-o", str(out), "--concurrency", "3"]
        environ = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        running = subprocess.Popen(command, env=environ, stderr=subprocess.DEVNULL)
        while running.poll() is None and not (journal.exists() and journal.stat().st_size):
            time.sleep(0.005)
        time.sleep(after)
        running.send_signal(signal.SIGKILL)
        running.wait()
        with journal.open("ab") as stream:
            stream.write(b'{"prompt": "torn')  # as a kill in the middle of a write leaves it
        before = [json.loads(line)["id"] for line in journal.read_text().splitlines()[:-1]]
        assert before
        assert not out.exists() or len(before) == len(documents)
        seen = len(asked.ids)
        done = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
    assert f"{len(before)} of them before" in done.stderr
    assert not set(before) & set(asked.ids[seen:])
    assert [json.loads(line)["id"] for line in out.read_text().splitlines()] == [d.id for d in documents]


def test_a_journal_keeps_only_answers_that_are_still_good(tmp_path: Path) -> None:
    server = client.Server("http://localhost", "made")
    path = tmp_path / "j.jsonl"
    good = {"prompt": server.digest, "id": "quetta", "sha256": ARTICLE.sha256, "answer": "{}", "finish": "stop"}
    rows = [{**good, "id": "other"}, {**good, "sha256": "0"}, {**good, "prompt": "0"}]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows) + "not json\n", encoding="utf-8")
    assert client.kept(path, server, [ARTICLE]) == {}
    path.write_text(json.dumps(good) + "\n", encoding="utf-8")
    assert client.kept(path, server, [ARTICLE])["quetta"].answer == "{}"


def test_a_model_needs_a_place_for_its_answers(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["predict", "made", "--model", "http://localhost"]) == 2
    assert "--model needs -o FILE" in capsys.readouterr().err


# --- Inspect ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def inspect(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Make an environment with Inspect, which is too heavy for the others, and install the package for it."""
    python = environment("inspect-ai>=0.3.200", "openai>=1.60", *dependencies())
    # Inspect takes tasks only from packages that are installed, and tells them by this folder's name.
    target = tmp_path_factory.mktemp("installed") / "site-packages"
    install = [sys.executable, "-m", "uv", "pip", "install", "-q", "--no-deps", "--target", str(target), str(ROOT)]
    subprocess.run(install, check=True, capture_output=True)
    return python, target


def inspect_eval(inspect: tuple[Path, Path], folder: Path, *arguments: str, **environ: str) -> dict[str, Any]:
    """Run ``inspect eval`` in a folder and give its log."""
    python, installed = inspect
    kept = {k: v for k, v in os.environ.items() if k in ("PATH", "LANG", "TMPDIR")}
    done = subprocess.run(
        [
            python.parent / "inspect",
            "eval",
            *arguments,
            "--log-dir",
            folder / "logs",
            "--log-format",
            "json",
            "--display",
            "plain",
        ],
        cwd=folder,
        env={**kept, "HOME": str(folder), "PYTHONPATH": str(installed), "PYTHONDONTWRITEBYTECODE": "1", **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (log,) = (folder / "logs").glob("*.json")
    loaded: dict[str, Any] = json.loads(log.read_text(encoding="utf-8"))
    assert loaded["status"] == "success", loaded.get("error")
    return loaded


def measured(log: dict[str, Any]) -> dict[str, float]:
    return {name: m["value"] for score in log["results"]["scores"] for name, m in score["metrics"].items()}


def test_inspect_scores_a_file_without_a_model_to_the_last_digit(
    tmp_path: Path, inspect: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "predictions.jsonl"
    assert main(["predict", "rules", "-o", str(file)]) == 0
    log = inspect_eval(
        inspect,
        tmp_path,
        "reportedly/article",
        "--model",
        "none",
        "--solver",
        "reportedly/predictions",
        "-S",
        f"file={file}",
    )
    assert main(["score", str(file), "--json", "--resamples", "0"]) == 0
    ours = {
        name: m["value"] for name, m in json.loads(capsys.readouterr().out)["metrics"].items() if m["value"] is not None
    }
    theirs = measured(log)
    assert (theirs.pop("answers.mended"), theirs.pop("answers.empty")) == (0, 0)
    assert theirs == ours


def test_inspect_asks_a_server_for_the_contrast_set_and_scores_its_pairs(
    tmp_path: Path, inspect: tuple[Path, Path]
) -> None:
    asked = Asked()
    documents = {d.id: d for d in known().values() if d.id.startswith("quetta")}

    def reply(id: str, _: int) -> Reply:
        text = json.dumps(codec.in_words(documents[id]))
        return completion(
            "no" if id.startswith("quetta.range.") else f"```json\n{text}\n```" if id == "quetta" else text
        )

    with serving(asked, reply) as url:
        log = inspect_eval(
            inspect,
            tmp_path,
            "reportedly/contrast",
            "--model",
            "openai-api/local/made",
            LOCAL_BASE_URL=f"{url}/v1",
            LOCAL_API_KEY=KEY,
        )
    assert sorted(asked.ids) == sorted(documents)
    assert asked.bodies[0]["messages"][0]["content"] == prompt.instructions()
    assert asked.bodies[0]["response_format"]["json_schema"]["schema"]["required"] == ["entities", "events", "claims"]
    found = measured(log)
    ranges = sum(id.startswith("quetta.range.") for id in documents)
    assert (found["answers.mended"], found["answers.empty"]) == (1, ranges)
    assert found["pair/range"] == 0
    assert found["pair/number"] == found["pair/hedge"] == 1
    assert found["leak"] == 0
    assert KEY not in json.dumps(log)
