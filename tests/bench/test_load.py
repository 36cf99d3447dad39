"""The load generator speaks HTTP as a browser behind a proxy does, and takes nothing but a receipt for one."""

import hashlib
import socket
import threading
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
    assert load.answer(raw + b"next") == (302, "/there/", len(raw))
    assert all(load.answer(raw[:length]) is None for length in range(len(raw)))


class Server(threading.Thread):
    """Answers the requests of one connection after another with what it was given; an empty answer hangs up."""

    def __init__(self, answers: list[bytes]) -> None:
        super().__init__(daemon=True)
        self.answers, self.listener = answers, socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]

    def run(self) -> None:
        while self.answers:
            connection, _ = self.listener.accept()
            with connection:
                while self.answers:
                    head, _, body = connection.recv(1_000_000).partition(b"\r\n\r\n")
                    length = int(head.split(b"Content-Length: ")[1].split(b"\r\n")[0])
                    while len(body) < length:
                        body += connection.recv(1_000_000)
                    answer = self.answers.pop(0)
                    if not answer:
                        break
                    connection.sendall(answer[:7])
                    connection.sendall(answer[7:])


def test_every_job_is_sent_once_and_a_broken_connection_is_an_error_and_a_new_connection() -> None:
    good = b"HTTP/1.1 302 Found\r\nLocation: /there/\r\nContent-Length: 0\r\n\r\n"
    server = Server([good, b"", good])
    server.start()
    order = {"port": server.port, "host": "example.org", "clients": 1, "seconds": 60, "text": "some words"}
    result = load.run({**order, "jobs": [JOB] * 3})
    assert [(number, status) for number, status, _, _ in result["answers"]] == [(0, 302), (1, 0), (2, 302)]
    assert result["used_up"]


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
