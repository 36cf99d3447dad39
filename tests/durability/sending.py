"""The ways to hand in: a text, a document with one form, or a document in pieces as the page's script sends it.

Each way is a generator that gives one request after another and is sent each answer: status, where it leads, content.
What it returns is where the receipt is, or else what came instead. The same request may be sent again at every step.
"""

import hashlib
import json
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, quote_plus

from bench import deadline_load
from bench.load import marked, request_of
from bench.places import HOST

PICTURE_BYTES = 60_000  # of a document, which has a little more
PIECE_BYTES = 24_000
NAME = "response.docx"
Answer = tuple[int, str, bytes]
Steps = Generator[bytes, Answer, str]
ORDER = {"host": HOST, "at_once": True}


@dataclass(frozen=True)
class HandIn:
    """What somebody sends, and the checksum that its receipt stands for."""

    steps: Steps
    sha256: str


def text(job: dict[str, Any], words: str) -> HandIn:
    """The text of the page."""
    sent = marked(words, job["marker"]).encode()
    return HandIn(_in_one(request_of(ORDER, job, quote_plus(words))), hashlib.sha256(sent).hexdigest())


def document(job: dict[str, Any], words: str) -> HandIn:
    """A document by the form that hands it in at once."""
    content = _content(job, words)
    request = deadline_load.look_request(ORDER, job, content)
    return HandIn(_in_one(request), hashlib.sha256(content).hexdigest())


def pieces(job: dict[str, Any], words: str) -> HandIn:
    """A document that is announced, sent in pieces, and handed in when it is all there."""
    content = _content(job, words)
    return HandIn(_in_pieces(job, content), hashlib.sha256(content).hexdigest())


WAYS: tuple[Callable[[dict[str, Any], str], HandIn], ...] = (text, text, text, document, document, pieces)


def _content(job: dict[str, Any], words: str) -> bytes:
    return deadline_load.document(marked(words, job["marker"]), picture_bytes=PICTURE_BYTES)


def _in_one(request: bytes) -> Steps:
    status, location, _ = yield request
    return location if status == 302 else f"{status} {location}"


def _in_pieces(job: dict[str, Any], content: bytes) -> Steps:
    whole = {
        "Upload-Name": quote(NAME),
        "Upload-Size": str(len(content)),
        "Upload-Sha256": hashlib.sha256(content).hexdigest(),
    }
    status, _, said = yield _post(job, f"{job['path']}upload/begin/", content[:PIECE_BYTES], whole)
    if status != 201:
        return f"{status} {said[:200]!r}"
    stands = json.loads(said)
    received = stands["received"]
    while received < len(content):
        piece = content[received : received + PIECE_BYTES]
        status, _, said = yield _post(job, stands["url"], piece, {"Upload-Offset": str(received)})
        if status not in {200, 409}:  # 409: it was there already
            return f"{status} {said[:200]!r}"
        received = json.loads(said)["received"]
    said_of_it = {"at_once": "on", "form_key": job["form_key"], "own_work": "on", "ai_use": "none"}
    said_of_it["seen"] = str(job.get("seen", 0))
    form = "&".join(f"{name}={quote_plus(value)}" for name, value in said_of_it.items()).encode()
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    status, _, said = yield _post(job, stands["finish"], form, kind)
    return str(json.loads(said)["next"]) if status == 200 else f"{status} {said[:200]!r}"


def _post(job: dict[str, Any], path: str, body: bytes, headers: dict[str, str]) -> bytes:
    sent = {
        "Host": HOST,
        "X-Forwarded-Proto": "https",
        "Origin": f"https://{HOST}",
        "Cookie": f"sessionid={job['session']}; csrftoken={job['token']}",
        "X-CSRFToken": job["token"],
        "Content-Type": "application/octet-stream",
        "Content-Length": str(len(body)),
        "Piece-Sha256": hashlib.sha256(body).hexdigest(),
        **headers,
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
    return f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + body
