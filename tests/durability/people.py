"""People who hand in while things break: each tries again with the same form until there is a receipt.

Half of them hand in documents, some of these in pieces.
"""

import random
import socket
import threading
import time
import uuid
from collections import deque
from dataclasses import dataclass
from typing import Any

from bench.load import answer
from tests.durability import sending

REPLACED = 0.3  # the share of people who hand in a second time: a document takes the place of either


@dataclass(frozen=True)
class Receipt:
    """What somebody was told: the script's place, and the checksum of what they had sent, in which way."""

    sitting: int
    number: int
    sha256: str
    way: str


class Crowd:
    """So many people at a time, each with a connection of their own, through one server's port."""

    def __init__(self, jobs: list[dict[str, Any]], text: str, *, port: int, people: int, seed: int) -> None:
        self.receipts: list[Receipt] = []
        self.wrong: list[str] = []
        self.interrupted = 0
        self._jobs, self._text, self._port = deque(jobs), text, port
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
            way = chance.choice(sending.WAYS)
            if not self._hands_in(job, way, number=1):
                continue
            if chance.random() < REPLACED:
                again = {**job, "form_key": str(uuid.uuid4()), "marker": f"again-{job['marker']}", "seen": 1}
                self._hands_in(
                    again, way if way is not sending.text else chance.choice(sending.WAYS), number=2
                )

    def _hands_in(self, job: dict[str, Any], way: Any, *, number: int) -> bool:
        """Whether there is a receipt at last; what came instead is in `wrong`."""
        hand_in: sending.HandIn = way(job, self._text)
        receipt = f"{job['receipt'].removesuffix('/1/')}/{number}/"
        until = time.monotonic() + 90
        request: bytes | None = next(hand_in.steps)
        while request is not None:
            came = self._answered(request, until=until)
            if came is None:
                self.wrong.append(f"{receipt}: not in 90 seconds")
                return False
            try:
                request = hand_in.steps.send(came)
            except StopIteration as end:
                request, location = None, end.value
        with self._lock:
            if location == receipt:
                self.receipts.append(Receipt(job["sitting"], number, hand_in.sha256, way.__name__))
            else:
                self.wrong.append(f"{location} instead of {receipt}")
        return bool(location == receipt)

    def _answered(self, request: bytes, *, until: float) -> sending.Answer | None:
        """The first answer that isn't about what was broken, however often it has to be asked for."""
        while time.monotonic() < until and not self._given_up.is_set():
            came = self._asked(request)
            if came[0] and came[0] < 500:
                return came
            with self._lock:
                self.interrupted += 1
            time.sleep(0.05)
        return None

    def _asked(self, request: bytes) -> sending.Answer:
        """Status, place and content of the answer; status 0 if there was none."""
        came = b""
        try:
            with socket.create_connection(("127.0.0.1", self._port), timeout=20) as line:
                line.sendall(request)
                while (found := answer(came)) is None:
                    piece = line.recv(65536)
                    if not piece:
                        return 0, "", b""
                    came += piece
        except OSError:
            return 0, "", b""
        status, location, whole = found
        return status, location, came[:whole].partition(b"\r\n\r\n")[2]
