"""Ask any server that speaks the OpenAI protocol, pay for nothing twice, lose nothing.

Every answer is appended to a journal and synced before it counts; whoever starts again goes on where it was.
A line of the journal names the question that it answers, to the letter: those to another one are not mixed in.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from reportedly.model import Document
from reportedly.models import prompt

if TYPE_CHECKING:
    from openai import AsyncOpenAI

SECRET = 16  # characters that a key has at least
IN_A_ROW = 10  # failures after which nothing more is asked: the key, the address or the server is at fault


class Server(NamedTuple):
    """Where and how to ask: the server's address, the model's name there, and how hard to try.

    ``timeout`` is in seconds, for one try; ``structured`` sends the schema of the answer along; ``settings``
    are sent as they are, and None takes one of ours out.
    """

    url: str
    model: str
    concurrency: int = 8
    retries: int = 5
    timeout: float = 600
    structured: bool = True
    settings: Mapping[str, Any] = {}

    def question(self, document: Document) -> dict[str, Any]:
        """Write what is sent about a document."""
        sent: dict[str, Any] = {"model": self.model, "messages": prompt.messages(document), "temperature": 0}
        if self.structured:
            named = {"name": "annotation", "strict": True, "schema": prompt.schema()}
            sent["response_format"] = {"type": "json_schema", "json_schema": named}
        return {name: value for name, value in {**sent, **self.settings}.items() if value is not None}

    def digest(self, document: Document) -> str:
        """Name a question: the first 16 digits of the SHA-256 of where it goes and what is sent."""
        whole = json.dumps([self.url.rstrip("/"), self.question(document)], sort_keys=True)
        return sha256(whole.encode("utf-8")).hexdigest()[:16]


class Line(NamedTuple):
    """One answer as the journal keeps it: the question's digest, the document's id, and all that the server sent."""

    question: str
    id: str
    response: dict[str, Any]

    @property
    def text(self) -> str | None:
        """Give what the model wrote; None if it wrote nothing, as after a refusal."""
        found = self.response["choices"][0]["message"].get("content")
        return found if isinstance(found, str) else None

    @property
    def cut(self) -> bool:
        """Tell whether the answer reached the limit of its length."""
        return bool(self.response["choices"][0].get("finish_reason") == "length")

    @property
    def tokens(self) -> tuple[int, int]:
        """Read how many tokens the server counted, in and out."""
        usage = self.response.get("usage") or {}
        return usage.get("prompt_tokens") or 0, usage.get("completion_tokens") or 0


class Failure(NamedTuple):
    """A report that was not answered, and why."""

    id: str
    why: str


class Run(NamedTuple):
    """What a run came to.

    ``lines`` are the answers by document id, ``kept`` of which were in the journal before, and ``other`` more are
    there to other questions; ``unasked`` counts the documents left after too many failures.
    """

    lines: dict[str, Line]
    failures: tuple[Failure, ...]
    unasked: int
    kept: int
    other: int


class Busy(Exception):
    """Somebody else is writing the journal."""


def ask(documents: Sequence[Document], server: Server, journal: Path) -> Run:
    """Ask about every document that the journal has no answer for; with a bar on standard error if it is a terminal.

    Args:
        documents: reports with different ids; only text and metadata are sent.
        server: where to ask; the key is the environment's ``OPENAI_API_KEY``.
        journal: a file that is appended to.

    Raises:
        Busy: another run is writing the journal.
        OSError: the journal cannot be written.
    """
    # What is missing is said before anything is paid for.
    import openai  # noqa: F401
    import tqdm  # noqa: F401

    with _alone(journal) as stream:
        have, other = kept(journal, documents, server)
        todo = [document for document in documents if document.id not in have]
        fresh, failures = asyncio.run(_ask_all(todo, server, stream, len(have))) if todo else ({}, [])
    unasked = len(todo) - len(fresh) - len(failures)
    return Run({**have, **fresh}, tuple(sorted(failures)), unasked, len(have), other)


@contextmanager
def _alone(journal: Path) -> Iterator[IO[bytes]]:
    """Open the journal for one run alone; the lock goes with the process, however it ends."""
    import fcntl

    with journal.open("a+b") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy(f"{journal}: another run is writing it; wait until it is done") from None
        if size := stream.seek(0, os.SEEK_END):
            stream.seek(size - 1)
            if stream.read(1) != b"\n":
                stream.write(b"\n")  # what a kill tore off stays a line of its own
        yield stream


def kept(journal: Path, documents: Sequence[Document], server: Server) -> tuple[dict[str, Line], int]:
    """Read the answers to the very questions that would be asked now, by document id, and count the others.

    A line that was torn by a kill is passed over.
    """
    questions = {document.id: server.digest(document) for document in documents}
    found: dict[str, Line] = {}
    other = 0
    with journal.open("rb") as stream:
        for raw in stream:
            try:
                line = _checked(Line(**json.loads(raw)))
            except (ValueError, TypeError):
                continue
            if questions.get(line.id) == line.question:
                found[line.id] = line
            else:
                other += 1
    return found, other


async def _ask_all(
    documents: Sequence[Document], server: Server, stream: IO[bytes], before: int
) -> tuple[dict[str, Line], list[Failure]]:
    from openai import AsyncOpenAI
    from tqdm import tqdm

    found: dict[str, Line] = {}
    failures: list[Failure] = []
    in_a_row = 0
    # A line break at its end, as from a file, is no part of a key, and would be told in the client's complaint.
    key = os.environ.get("OPENAI_API_KEY", "").strip()
    queue = list(reversed(documents))
    bar = tqdm(total=before + len(documents), initial=before, unit="report", disable=None)

    async def worker(client: AsyncOpenAI) -> None:
        nonlocal in_a_row
        while queue and in_a_row < IN_A_ROW:
            answer = await _ask_one(client, queue.pop(), server)
            if isinstance(answer, Line):
                in_a_row = 0
                _keep(stream, answer, key)
                found[answer.id] = answer
                bar.update()
            else:
                in_a_row += 1
                failures.append(answer._replace(why=_without(key, answer.why)[:300]))

    # A server of one's own often wants no key, and the client will not start without one.
    async with AsyncOpenAI(
        base_url=server.url, api_key=key or "none", max_retries=server.retries, timeout=server.timeout
    ) as client:
        with bar:
            await asyncio.gather(*(worker(client) for _ in range(max(1, min(server.concurrency, len(documents))))))
    return found, failures


async def _ask_one(client: AsyncOpenAI, document: Document, server: Server) -> Line | Failure:
    """Ask about a document; tries again after 408, 409, 429, 5xx, timeouts and cut connections are the client's."""
    from openai import OpenAIError

    question = server.question(document)
    model, messages = question.pop("model"), question.pop("messages")
    try:
        given = await client.chat.completions.with_raw_response.create(
            model=model, messages=messages, extra_body=question
        )
        return _checked(Line(server.digest(document), document.id, json.loads(given.text)))
    except OpenAIError as error:
        cause = f" ({error.__cause__})" if error.__cause__ else ""
        return Failure(document.id, " ".join(f"{type(error).__name__}: {error}{cause}".split()))
    except (json.JSONDecodeError, RecursionError):
        return Failure(document.id, "the server's answer is not JSON")
    except ValueError as error:
        return Failure(document.id, str(error))


def _checked(line: Line) -> Line:
    try:
        _ = line.text, line.cut, sum(line.tokens), hash(line.id)
    except (LookupError, TypeError, AttributeError):
        raise ValueError("the server's answer holds no choice") from None
    return line


def _keep(stream: IO[bytes], line: Line, key: str) -> None:
    """Append an answer and wait until it is on the disk: what was paid for is not lost."""
    stream.write(_without(key, json.dumps(line._asdict())).encode("utf-8") + b"\n")
    stream.flush()
    os.fsync(stream.fileno())


def _without(key: str, text: str) -> str:
    """Hide a key.  What a server of one's own takes for one ("none", "EMPTY") is short, no secret, and a word."""
    return text.replace(key, "***") if len(key) >= SECRET else text
