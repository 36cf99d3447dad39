"""People who hand in while things break: each tries again with the same form until there is a receipt."""

import hashlib
import random
import socket
import threading
import time
import uuid
from collections import deque
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

from bench.load import answer, marked, request_of
from bench.places import HOST

REPLACED = 0.3  # the share of people who hand in a second text


@dataclass(frozen=True)
class Receipt:
    """What somebody was told: the script's place, and the checksum of what they had sent."""

    sitting: int
    number: int
    sha256: str


class Crowd:
    """So many people at a time, each with a connection of their own, through one server's port."""

    def __init__(self, jobs: list[dict[str, Any]], text: str, *, port: int, people: int, seed: int) -> None:
        self.receipts: list[Receipt] = []
        self.wrong: list[str] = []
        self.tries = 0
        self._jobs, self._text, self._port = deque(jobs), text, port
        self._quoted = quote_plus(text)
        self._stop, self._given_up, self._lock = threading.Event(), threading.Event(), threading.Lock()
        self._threads = [
            threading.Thread(target=self._one_after_another, args=(random.Random(seed + place),), daemon=True)
            for place in range(people)
        ]

    def begin(self) -> None:
        for thread in self._threads:
            thread.start()

    def end(self) -> list[Receipt]:
        """Let everybody get the receipt that they are after, and begin nothing more."""
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=120)
        assert not any(thread.is_alive() for thread in self._threads), "somebody never got a receipt"
        return list(self.receipts)

    def give_up(self) -> None:
        """Let nobody try again: what they were after is of no interest any more."""
        self._stop.set()
        self._given_up.set()

    def wait_for(self, more: int, *, patience: float = 60) -> None:
        """Wait until there are so many receipts more than now."""
        wanted, until = len(self.receipts) + more, time.monotonic() + patience
        while len(self.receipts) < wanted:
            assert time.monotonic() < until, f"no receipts any more; {self.wrong[-3:]}"
            time.sleep(0.01)

    def _one_after_another(self, chance: random.Random) -> None:
        while not self._stop.is_set():
            with self._lock:
                job = self._jobs.popleft() if self._jobs else None
            if job is None:
                return
            self._hands_in(job, job["marker"], number=1)
            if chance.random() < REPLACED:
                again = {**job, "form_key": str(uuid.uuid4()), "marker": f"again-{job['marker']}"}
                self._hands_in(again, again["marker"], number=2)

    def _hands_in(self, job: dict[str, Any], marker: str, *, number: int) -> None:
        request = request_of({"host": HOST}, job, self._quoted)
        receipt = f"{job['receipt'].removesuffix('/1/')}/{number}/"
        sha256 = hashlib.sha256(marked(self._text, marker).encode()).hexdigest()
        until = time.monotonic() + 90
        while time.monotonic() < until and not self._given_up.is_set():
            with self._lock:
                self.tries += 1
            status, location = self._asked(request)
            if status == 302 and location == receipt:
                with self._lock:
                    self.receipts.append(Receipt(job["sitting"], number, sha256))
                return
            if status and status < 500:
                self.wrong.append(f"{status} {location} instead of {receipt}")
                return
            time.sleep(0.05)
        self.wrong.append(f"{receipt}: not in 90 seconds")

    def _asked(self, request: bytes) -> tuple[int, str]:
        """Status and place of the answer; status 0 if there was none."""
        came = b""
        try:
            with socket.create_connection(("127.0.0.1", self._port), timeout=20) as line:
                line.sendall(request)
                while (found := answer(came)) is None:
                    piece = line.recv(65536)
                    if not piece:
                        return 0, ""
                    came += piece
        except OSError:
            return 0, ""
        return found[0], found[1]
