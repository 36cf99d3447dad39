"""The load generator speaks HTTP as a browser behind a proxy does, and takes nothing but a receipt for one."""

import asyncio
import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, quote_plus

import pytest

from bench import handin, load
from goldenthread.assessment.words import count_text

JOB: dict[str, Any] = {
    "path": "/my/assessment/7/",
    "session": "s" * 32,
    "token": "t" * 32,
    "form_key": "key",
    "marker": "participant-7",
    "revision": 40,
}


def read(raw: bytes) -> tuple[int, str, bytes]:
    async def feed() -> tuple[int, str, bytes]:
        reader = asyncio.StreamReader()
        reader.feed_data(raw + b"next")
        return *await load.answer(reader), await reader.readexactly(4)

    # In a thread of its own: the browser tests of the same run may have left a loop in this one.
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, feed()).result()


def test_the_form_holds_the_whole_text_and_its_length_is_right() -> None:
    text = handin.script_text()
    raw = load.request_of({"host": "example.org", "port": 1}, JOB, quote_plus(text))
    head, _, body = raw.partition(b"\r\n\r\n")
    fields = parse_qs(body.decode())
    assert f"Content-Length: {len(body)}".encode() in head
    assert fields["text_1"] == [load.marked(text, "participant-7")]
    assert fields["csrfmiddlewaretoken"] == [JOB["token"]]
    assert (fields["own_work"], fields["hand_in"], fields["revision"]) == (["on"], ["1"], ["40"])


def test_a_script_has_1500_words_and_about_nine_kilobytes() -> None:
    text = load.marked(handin.script_text(), "participant-1000007")
    assert count_text(text).total == 1500
    assert 8_500 < len(text.encode()) < 10_000
    other = load.marked(handin.script_text(), "participant-1000008")
    assert hashlib.sha256(text.encode()).digest() != hashlib.sha256(other.encode()).digest()


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 302 Found\r\nlocation: /there/\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: /there/\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.1 302 Found\r\nLocation: /there/\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n",
    ],
)
def test_an_answer_is_read_to_its_end_and_no_further(raw: bytes) -> None:
    assert read(raw) == (302, "/there/", b"next")


def test_only_a_redirect_to_the_receipt_counts_as_handed_in() -> None:
    found = handin.Measured()
    job = {"receipt": "/there/"}
    answers = [
        (0, 302, "/there/", 5.0),
        (1, 302, "/accounts/login/", 5.0),
        (2, 422, "", 5.0),
        (3, 0, "reset", 5.0),
    ]
    found.add(
        {"seconds": timedelta(seconds=1).total_seconds(), "cpu_seconds": 0.5, "answers": answers}, [job] * 4
    )
    assert (found.receipts, found.milliseconds, found.errors.total()) == ([job], [5.0], 3)
