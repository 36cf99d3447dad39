"""The server that people reach, through a real socket: what counts when a text comes long after its head."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client

from goldenthread.assessment.models import Sitting
from goldenthread.common import clock
from tests import factories_assessment as made

ROOT = Path(__file__).resolve().parents[2]
KEY = "k" * 32
# As `goldenthread serve`, with an allowance of a second, since no test waits for two minutes.
SERVE = """
import sys
from datetime import timedelta
from goldenthread.common import arrival
from goldenthread.commands import serve
arrival.ALLOWANCE = timedelta(seconds=1)
sys.exit(serve.run(["--no-worker", "--processes", "1", "--port", sys.argv[1]]))
"""


@pytest.fixture
def port(transactional_db: None, tmp_path: Path) -> Iterator[int]:
    """The port of a server that works on this test's database."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number = int(probe.getsockname()[1])
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "goldenthread.config.settings",
        "GOLDENTHREAD_MODE": "test",
        "GOLDENTHREAD_DATA": str(tmp_path),
        "DATABASE_URL": _database(),
    }
    process = subprocess.Popen([sys.executable, "-c", SERVE, str(number)], env=environment, cwd=ROOT)
    try:
        _wait(process, number)
        yield number
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()


def _database() -> str:
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/{name}"


def _wait(process: subprocess.Popen, port: int) -> None:
    for _ in range(600):
        assert process.poll() is None, "the server did not start"
        try:
            if b" 200 " in _sent(
                port, b"GET /health/ HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
            ):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server did not answer")


def _sent(port: int, head: bytes, body: bytes = b"", *, pause: float = 0) -> bytes:
    """The first line of the answer to a request whose body follows its head after a pause."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
        line.sendall(head)
        time.sleep(pause)
        line.sendall(body)
        return line.recv(1000).partition(b"\r\n")[0]


def hand_in(port: int, one: Sitting, text: str, *, pause: float) -> bytes:
    """The answer to a form that is handed in, whose fields come so many seconds after the head."""
    client = Client()
    client.force_login(one.enrolment.user)
    fields = {
        "text_1": text,
        "revision": 0,
        "form_key": text,
        "own_work": "on",
        "ai_use": "none",
        "hand_in": "1",
    }
    body = urlencode({**fields, "csrfmiddlewaretoken": KEY}).encode()
    head = (
        f"POST /my/assessment/{one.pk}/ HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
        f"Cookie: sessionid={client.cookies['sessionid'].value}; csrftoken={KEY}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return _sent(port, head.encode(), body, pause=pause)


@pytest.mark.requirement("S0-39")
def test_a_head_before_midnight_and_a_text_long_after_it_is_late_and_a_slow_line_is_not(port: int) -> None:
    one = made.sitting()
    Sitting.objects.update(released_at=made.OPENS_AT, closes_at=clock.now() + timedelta(seconds=60))
    assert b" 302 " in hand_in(port, one, "In time", pause=2)
    Sitting.objects.update(closes_at=clock.now() + timedelta(seconds=1))
    assert b" 422 " in hand_in(port, one, "Late", pause=3)
    assert [script.text for script in one.scripts.all()] == ["In time"]
