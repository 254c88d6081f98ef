"""Ask any server that speaks the OpenAI protocol, pay for nothing twice, lose nothing.

Every answer is appended to a journal and synced before it counts; whoever starts again goes on where it was.
A journal knows the prompt and the settings that its answers were given to: another prompt does not mix with them.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple

import msgspec

from reportedly.model import Document
from reportedly.models import prompt


class Server(NamedTuple):
    """Where and how to ask: the server's address, the model's name there, and how hard to try.

    ``timeout`` is in seconds, for one try; ``structured`` sends the schema of the answer along.
    """

    url: str
    model: str
    concurrency: int = 8
    retries: int = 5
    timeout: float = 600
    temperature: float = 0
    max_tokens: int | None = None
    structured: bool = True

    @property
    def digest(self) -> str:
        """Name what an answer depends on."""
        return prompt.digest(self.model, self.temperature, self.max_tokens, self.structured)


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One answer as it is kept: raw, with its cost in tokens."""

    prompt: str
    id: str
    sha256: str
    answer: str | None
    finish: str | None
    tokens_in: int = 0
    tokens_out: int = 0


class Failure(NamedTuple):
    """A report that was not answered, and why."""

    id: str
    why: str


class Run(NamedTuple):
    """What a run came to: answers by document id, failures, and how many answers were there before."""

    lines: dict[str, Line]
    failures: tuple[Failure, ...]
    kept: int

    @property
    def tokens(self) -> tuple[int, int]:
        """Add up the tokens of all answers, those of earlier runs too: in, out."""
        return sum(line.tokens_in for line in self.lines.values()), sum(line.tokens_out for line in self.lines.values())


def kept(path: Path, server: Server, documents: Iterable[Document]) -> dict[str, Line]:
    """Read the answers of a journal that are still good: same prompt and settings, same text.

    A last line that was torn by a kill is passed over.
    """
    texts = {document.id: _sha(document) for document in documents}
    found: dict[str, Line] = {}
    for raw in path.read_bytes().splitlines() if path.exists() else ():
        try:
            line = msgspec.json.decode(raw, type=Line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
        if line.prompt == server.digest and texts.get(line.id) == line.sha256:
            found[line.id] = line
    return found


def _sha(document: Document) -> str:
    from reportedly.codec import digest

    return digest(document.text)


def ask(documents: Sequence[Document], server: Server, journal: Path, progress: bool | None = None) -> Run:
    """Ask about every document that the journal has no answer for.

    Args:
        documents: reports; only text and metadata are sent.
        server: where to ask.
        journal: a file that is appended to.
        progress: a bar on standard error; None is "if it is a terminal".

    Raises:
        OSError: the journal cannot be written.
    """
    have = kept(journal, server, documents)
    todo = [document for document in documents if document.id not in have]
    if not todo:
        return Run(have, (), len(have))
    with journal.open("ab") as stream:
        if stream.tell() and journal.read_bytes()[-1:] != b"\n":
            stream.write(b"\n")  # what a kill tore off stays a line of its own
        fresh, failures = asyncio.run(_ask_all(todo, server, stream, len(have), progress))
    return Run({**have, **fresh}, tuple(failures), len(have))


async def _ask_all(
    documents: Sequence[Document], server: Server, stream: IO[bytes], before: int, progress: bool | None
) -> tuple[dict[str, Line], list[Failure]]:
    from openai import AsyncOpenAI
    from tqdm import tqdm

    found: dict[str, Line] = {}
    failures: list[Failure] = []
    # A server of one's own often wants no key, and the client will not start without one.
    key = os.environ.get("OPENAI_API_KEY") or "none"
    bar = tqdm(
        total=before + len(documents), initial=before, unit="report", disable=None if progress is None else not progress
    )
    queue = list(reversed(documents))

    async def worker(client: AsyncOpenAI) -> None:
        while queue:
            document = queue.pop()
            answer = await _ask_one(client, document, server, key)
            if isinstance(answer, Failure):
                failures.append(answer)
            else:
                _keep(stream, answer)
                found[document.id] = answer
            bar.update()

    async with AsyncOpenAI(
        base_url=server.url, api_key=key, max_retries=server.retries, timeout=server.timeout
    ) as client:
        with bar:
            await asyncio.gather(*(worker(client) for _ in range(max(1, min(server.concurrency, len(documents))))))
    return found, sorted(failures)


async def _ask_one(client: Any, document: Document, server: Server, key: str) -> Line | Failure:
    from openai import OpenAIError

    settings: dict[str, Any] = {"temperature": server.temperature}
    if server.max_tokens:
        settings["max_tokens"] = server.max_tokens
    if server.structured:
        named = {"name": "annotation", "strict": True, "schema": prompt.schema()}
        settings["response_format"] = {"type": "json_schema", "json_schema": named}
    try:
        given = await client.chat.completions.create(model=server.model, messages=prompt.messages(document), **settings)
    except (OpenAIError, ValueError) as error:
        return Failure(document.id, " ".join(f"{type(error).__name__}: {error}".replace(key, "***").split())[:300])
    choices = getattr(given, "choices", None)
    if not choices:
        return Failure(document.id, "the server sent no choice")
    usage = given.usage
    return Line(
        prompt=server.digest,
        id=document.id,
        sha256=_sha(document),
        answer=choices[0].message.content,
        finish=choices[0].finish_reason,
        tokens_in=usage.prompt_tokens if usage else 0,
        tokens_out=usage.completion_tokens if usage else 0,
    )


def _keep(stream: IO[bytes], line: Line) -> None:
    """Append an answer and wait until it is on the disk: what was paid for is not lost."""
    stream.write(json.dumps(msgspec.to_builtins(line)).encode("utf-8") + b"\n")
    stream.flush()
    os.fsync(stream.fileno())
