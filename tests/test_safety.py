"""What the package never does: run what it reads, reach out unasked, leave its folder, tell a secret."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.version import Version

import reportedly as rp
from environments import ROOT
from loopback import listening
from reportedly import agreement, codec, corpus, pages, scoring, significance
from reportedly.model import (
    Annotation,
    Claim,
    Count,
    Entity,
    Event,
    Geo,
    Hop,
    Metadata,
    Responsibility,
    Source,
    Span,
)

SOURCES = [*(ROOT / "benchmarks").rglob("*.py"), *(ROOT / "scripts").glob("*.py")]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

# Modules and functions that run what they read.
RUNS = {"pickle", "marshal", "shelve", "dill", "joblib", "eval", "exec", "compile", "system", "popen", "unsafe_load"}


def test_nothing_that_is_read_is_run() -> None:
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = {alias.name.split(".")[0] for alias in node.names} | {getattr(node, "module", "") or ""}
                assert not names & RUNS, path
            elif isinstance(node, ast.Call):
                plain = node.func.id if isinstance(node.func, ast.Name) else ""
                owner = node.func.value if isinstance(node.func, ast.Attribute) else None
                called = (
                    f"{owner.id}.{node.func.attr}"
                    if isinstance(owner, ast.Name) and isinstance(node.func, ast.Attribute)
                    else ""
                )
                assert plain not in RUNS, (path, node.lineno)
                assert called not in {"os.system", "os.popen", "yaml.load", "yaml.unsafe_load"}, (path, node.lineno)
                assert not any(k.arg == "shell" for k in node.keywords), (path, node.lineno)


OFFLINE = """
import sys
def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.bind", "socket.sendto"):
        raise SystemExit("reached out: " + event)
sys.addaudithook(refuse)
from reportedly.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize(
    "command",
    [
        "validate",
        "predict rules -o p.jsonl",
        "score p.jsonl --explain --resamples 100 --export every-eval-ever",
        "compare p.jsonl p.jsonl --resamples 100",
        "agree p.jsonl q.jsonl --resamples 100 --html agreement.html",
        "contrast selmouth-3 --each 1 -o variants",
        "timeline ARTICLES/selmouth-1.json ARTICLES/selmouth-2.json",
        "export gtd selmouth-1 -o gtd.csv",
        "figures ARTICLES/quetta.json",
        "show quetta",
        "new ARTICLES/quetta.txt -o articles",
    ],
)
def test_a_command_that_does_not_say_so_reaches_nobody(command: str, offline: Path) -> None:
    words = command.replace("ARTICLES", str(ROOT / "corpus" / "articles")).split()
    done = run_offline(words, offline)
    assert "reached out" not in done.stderr
    assert done.returncode == 0, done.stderr


def test_the_guard_of_these_tests_sees_who_reaches_out(offline: Path) -> None:
    done = run_offline(["labelstudio", "status", "--url", "http://127.0.0.1:9"], offline)
    assert done.returncode != 0
    assert "reached out" in done.stderr


@pytest.fixture(scope="module")
def offline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("offline")
    for name in ("p", "q"):
        document = rp.predict("rules" if name == "p" else "nearest-verb", rp.gold("article")[0])
        (folder / f"{name}.jsonl").write_text(codec.line(document) + "\n", encoding="utf-8")
    return folder


def run_offline(words: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "PYTHONPATH": str(ROOT / "benchmarks"), "LABEL_STUDIO_API_KEY": "x" * 20}
    command = [sys.executable, "-c", OFFLINE, *words]
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "id", ["../x", "a/b", "/etc/x", "..", ".", ".hidden", "a\\b", "a\0b", "", "a b", "C:x", "x" * 81, "é", "con\n", "A"]
)
def test_an_id_cannot_leave_its_folder(id: str) -> None:
    plain = codec.to_dict(corpus.load()[0]) | {"id": id}
    with pytest.raises(rp.Invalid, match=r"schema-pattern|character-control|schema-bounds"):
        codec.from_dict(plain)
    with pytest.raises(rp.Invalid):
        codec.from_dict({"schema": "reportedly/1", "id": id}, {id: corpus.load()[0]})


# --- dependencies -----------------------------------------------------------------------------


def requirements() -> list[Requirement]:
    extras = PROJECT["optional-dependencies"].values()
    rows = [*PROJECT["dependencies"], *(row for extra in extras for row in extra)]
    return [Requirement(row) for row in rows if not row.startswith("reportedly[")]


def test_every_dependency_has_a_lower_bound_and_no_upper_one() -> None:
    for requirement in requirements():
        assert [specifier.operator for specifier in requirement.specifier] == [">="], requirement


def test_the_constraints_name_a_version_of_every_dependency_that_fits() -> None:
    pinned = {}
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.lstrip().startswith("#"):
            assert re.fullmatch(r"[\w.-]+==[\w.+!-]+( ; .*)?", line), line
            name, version = re.split(r"==| ;", line)[:2]
            pinned[name.lower().replace("_", "-")] = Version(version)
    for requirement in requirements():
        name = requirement.name.lower().replace("_", "-")
        assert name in pinned, name
        assert requirement.specifier.contains(pinned[name], prereleases=True), requirement


@pytest.mark.parametrize("id", ["con", "nul.x", "com1", "lpt9.2031.x", "aux"])
def test_an_id_is_no_name_that_some_system_keeps_for_itself(id: str) -> None:
    with pytest.raises(rp.Invalid, match="schema-pattern"):
        codec.from_dict(codec.to_dict(corpus.load()[0]) | {"id": id})
    assert codec.from_dict(codec.to_dict(corpus.load()[0]) | {"id": f"a{id}"}).id == f"a{id}"


# --- pages ------------------------------------------------------------------------------------


# Renderers of pages: from gold and a prediction of it, whose every word is made up to do harm.
def _score(gold: rp.Document, predicted: rp.Document) -> str:
    scored = scoring.score([gold], [predicted], keep_items=True)
    return pages.score(scored, scoring.results(scored), {}, "signed", predicted.entities[0].name or "it")


def _comparison(gold: rp.Document, predicted: rp.Document) -> str:
    a, b = (scoring.score([gold], [each], keep_items=True) for each in (gold, predicted))
    names = ["one", predicted.entities[0].name or "other"]
    return pages.comparison(a, b, significance.compare(a, b, samples=1), [{}, {}], names, "signed")


RENDERERS: dict[str, Callable[[rp.Document, rp.Document], str]] = {
    "article": lambda gold, predicted: pages.article([gold, predicted]),
    "score": _score,
    "comparison": _comparison,
    "agreement": lambda gold, predicted: pages.agreement(
        agreement.agree({"<i>one": [gold], "\"two'": [predicted]}, resamples=0)
    ),
}


class Outline(HTMLParser):
    """The tags of a page with their attributes: what a browser would make of it, words aside."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[tuple[str, str]] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags |= {(tag, ""), *((tag, name) for name, _ in attrs)}


def spoken(words: str) -> tuple[rp.Document, rp.Document]:
    """Make a document and a prediction of it with the same words in every field that can hold any."""
    text = f"{words} x {words}"
    whole, end = Span(start=0, end=len(words), text=words), Span(start=len(words) + 3, end=len(text), text=words)
    geo = Geo(country="FI", path=(words,), precision="city")
    entities = (
        Entity(id="a", type="ORG", mentions=(whole,), name=words),
        Entity(id="b", type="PLACE", mentions=(end,), name=words, geo=geo),
    )
    event = Event(id="v", type="ATTACK", triggers=(whole,), arguments={"agent": ("a",), "place": ("b",)})
    hop = Hop(type="media", sources=(Source(entity="a", span=whole),), cue=end)
    count = Count(hedge="EXACT", n=(3,), metric="killed", scope="partial", subset=end)
    claims = (
        Claim(id="c", kind="COUNT", event="v", anchor=whole, chain=(hop,), count=count),
        Claim(id="r", kind="RESP", event="v", anchor=end, chain=(hop,), responsibility=Responsibility(actor="a")),
    )
    metadata = Metadata(publisher=words, url=words, license=words)
    annotation = Annotation(annotator=words, kind="human", pass_=words, guidelines=words)
    gold = rp.Document(
        id="d",
        text=text,
        sha256=codec.digest(text),
        metadata=metadata,
        annotation=annotation,
        entities=entities,
        events=(event,),
        claims=claims,
    )
    moved = msgspec.structs.replace(claims[0], anchor=end, status="possible", chain=())
    other = msgspec.structs.replace(entities[0], type="PER", mentions=(whole, end))
    return gold, msgspec.structs.replace(gold, entities=(other,), events=(), claims=(moved,))


# Whatever gets out of its place makes an element or an attribute with a name that no page has of its own.
HARM = (
    "<evil>",
    "</script><evil>",
    "</style><evil a=b>",
    "--><evil>",
    '" onevil="x',
    "' onevil='x",
    "&lt;evil>",
    "{{",
    "}}",
)
hostile = st.lists(
    st.sampled_from((*HARM, "{%", "<", ">", "&", "\\", "\u2028", "\u202e", "word", " ")), min_size=1, max_size=5
)


@pytest.mark.parametrize("page", RENDERERS)
@settings(max_examples=15)
@given(words=hostile.map("".join).map(lambda words: f"x{words}x"))
@example(words="x".join(HARM))
def test_no_word_of_the_data_becomes_markup_on_a_page(page: str, words: str) -> None:
    found = RENDERERS[page](*spoken(words))
    assert not [name for tag in Outline(found).tags for name in tag if "evil" in name or name.startswith("on")]
    assert "<evil" not in found
    assert "<script" not in found


# --- secrets ----------------------------------------------------------------------------------

SECRET = "tide7c1d5e0f9a8b3c2d4e6f7a8b9c0d1e2f3a4b"


class Echo(BaseHTTPRequestHandler):
    """A server that refuses everything and sends back what it was sent, as some proxies do."""

    status = 400

    def refuse(self) -> None:
        self.rfile.read(int(self.headers.get("content-length") or 0))
        body = json.dumps(
            {"detail": (sent := str(self.headers.get("authorization"))), "error": {"message": sent}}
        ).encode()
        self.send_response(self.status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PATCH = do_HEAD = refuse  # noqa: N815

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.mark.parametrize("status", [400, 500])
@pytest.mark.parametrize(
    "command",
    ["labelstudio init --url URL", "predict m quetta.json -o p.jsonl --model URL --retries 0"],
)
def test_a_token_is_in_no_output_no_file_and_no_title(command: str, status: int, tmp_path: Path) -> None:
    class Refusing(Echo):
        pass

    Refusing.status = status
    (tmp_path / "quetta.json").write_bytes(corpus.path("quetta").read_bytes())
    environ = {**os.environ, "PYTHONPATH": str(ROOT / "benchmarks")}
    environ |= {"LABEL_STUDIO_API_KEY": SECRET, "OPENAI_API_KEY": SECRET, "PYTHONDONTWRITEBYTECODE": "1"}
    with listening(Refusing) as url:
        words = [sys.executable, "-m", "reportedly", *command.replace("URL", url).split()]
        running = subprocess.Popen(
            words, cwd=tmp_path, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        said, _ = running.communicate(timeout=120)
    assert running.returncode == 1
    assert "Traceback" not in said
    written = "".join(path.read_text(errors="replace") for path in tmp_path.rglob("*") if path.is_file())
    assert SECRET not in said + written
    assert SECRET[:12] not in said + written


def test_a_token_is_never_an_argument() -> None:
    """An argument is in the process's title and in the shell's history: tokens come by the environment alone."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "add_argument":
                named = " ".join(str(a.value) for a in node.args if isinstance(a, ast.Constant))
                assert not re.search(r"token\b|api.?key|password|secret", named), (path, named)
