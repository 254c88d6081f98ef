"""A server of the test's own that speaks as much of the OpenAI protocol as a question needs, with faults on demand."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from http.server import BaseHTTPRequestHandler
from typing import Any

from loopback import listening
from reportedly import corpus

Reply = tuple[int, dict[str, str], bytes]


def completion(content: str | None, finish: str = "stop", **message: object) -> Reply:
    body = {
        "id": "1",
        "object": "chat.completion",
        "created": 1,
        "model": "made",
        "choices": [
            {"index": 0, "message": {"role": "assistant", "content": content, **message}, "finish_reason": finish}
        ],
        "usage": {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110},
    }
    return 200, {}, json.dumps(body).encode()


def error(status: int, message: str = "no", **headers: str) -> Reply:
    return status, headers, json.dumps({"error": {"message": message, "type": "made"}}).encode()


@cache
def known() -> dict[str, str]:
    """Map the texts of the corpus's reports to their ids."""
    return {d.text: d.id for split in corpus.splits() for d in corpus.load(split)}


class Asked:
    """What a server was asked, in order: the document's id, or its text where it is none of ours, the body, the key."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.bodies: list[dict[str, Any]] = []
        self.keys: set[str | None] = set()
        self.url = ""
        self.lock = threading.Lock()

    def note(self, body: dict[str, Any], key: str | None) -> tuple[str, int]:
        text = body["messages"][1]["content"].split("Report:\n", 1)[1]
        id = known().get(text, text)
        with self.lock:
            self.ids.append(id)
            self.bodies.append(body)
            self.keys.add(key)
            return id, self.ids.count(id)


@contextmanager
def answering(reply: Callable[[str, int], Reply | str]) -> Iterator[Asked]:
    """Answer each question by a function of the document's id, or text, and how often it was asked.

    Instead of a reply it may give "drop" (hang up) or "cut" (hang up in the middle of the answer).
    """
    asked = Asked()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            found = reply(*asked.note(body, self.headers.get("Authorization")))
            if found == "drop":
                self.connection.close()
                return
            status, headers, content = completion("{}") if isinstance(found, str) else found
            with suppress(ConnectionError):  # the client may have been killed, or have given up
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.end_headers()
                self.wfile.write(content[:50] if found == "cut" else content)

        def log_message(self, *_: object) -> None:
            pass

    with listening(Handler) as url:
        asked.url = f"{url}/v1"
        yield asked
