"""One request at a time does its work in a process; who sends slowly, or waits long for the database, holds nobody up.

Python runs one thread at a time anyway, but it changes between them wherever one waits for the database: with four
requests under way each statement of a transaction queues behind the others' work, and every other writer behind that
transaction. Taking turns by whole requests handed in half as many scripts again per second on two cores. What
a request brings is read before its turn, and a turn is handed on while its holder waits longer than a moment.
"""

import io
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import timedelta
from typing import Any

from goldenthread.common import clock
from goldenthread.common.arrival import ALLOWANCE, behind

ARRIVED = "goldenthread.arrived"
STEADY = "goldenthread.steady"
MOST_BYTES = 32 * 1024 * 1024  # more than any form of ours may have: it waits for no turn, and is refused
IN_MEMORY = 1024 * 1024
MOST_LARGE = (
    12  # of what doesn't fit into memory so many are kept on the disk at a time, for whoever sends slowly
)
PIECE = 64 * 1024
MOMENT = 0.05  # seconds: many transactions of others
LONG_FROM = 64 * 1024  # bytes: a document takes as long as several texts, and waits for those that are here
MOST_BEFORE = 4  # texts that go before a document that waits

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]
_held = threading.local()


class Turns:
    """One at a time, in the order of coming; what takes long waits for up to `MOST_BEFORE` of what doesn't."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._taken = False
        self._short: deque[threading.Lock] = deque()
        self._long: deque[threading.Lock] = deque()
        self._back: deque[threading.Lock] = deque()
        self._before = 0

    def acquire(self, *, long: bool = False, back: bool = False) -> None:
        """Wait for a turn and take it; who comes `back` to what they began goes before all others."""
        with self._guard:
            if not self._taken:
                self._taken = True
                return
            gate = threading.Lock()
            gate.acquire()
            (self._back if back else self._long if long else self._short).append(gate)
        gate.acquire()  # opened by whoever hands the turn on

    def release(self) -> None:
        """Hand the turn on."""
        with self._guard:
            following = self._following()
            self._taken = following is not None
        if following is not None:
            following.release()

    def _following(self) -> "threading.Lock | None":
        if self._back:
            return self._back.popleft()
        if self._long and (not self._short or self._before >= MOST_BEFORE):
            self._before = 0
            return self._long.popleft()
        if not self._short:
            return None
        self._before += bool(self._long)
        return self._short.popleft()


class Turnstile:
    """A WSGI application that lets the requests of this process into another one by turns.

    The instant at which a request's head was here goes with it as `ARRIVED`, an aware datetime, and as `STEADY` whether
    what it brings kept coming: each piece within two minutes of the last, and never more than two minutes behind
    `arrival.PACE`. What a request needs for its work alone is taken by `lend` when that begins, and given back when it
    ends.
    """

    def __init__(
        self, application: Application, *, lend: Callable[[], AbstractContextManager[None]] = nullcontext
    ) -> None:
        self._application = application
        self._lend = lend
        self._turns = Turns()
        self._large = threading.BoundedSemaphore(MOST_LARGE)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        environ[ARRIVED] = clock.now()
        length = _length(environ)
        if length > MOST_BYTES:
            with self._lend():
                return self._application(environ, start_response)
        with self._large if length > IN_MEMORY else nullcontext():
            if length and not _read_ahead(environ, length):
                start_response("400 Bad Request", [("Content-Type", "text/plain; charset=utf-8")])
                return [
                    b"The connection broke off before everything was here. Nothing was changed: send it again."
                ]
            return self._in_turn(environ, start_response, long=length >= LONG_FROM)

    def _in_turn(self, environ: dict[str, Any], start_response: Any, *, long: bool) -> Iterable[bytes]:
        self._turns.acquire(long=long)
        try:
            _held.turns = self._turns
            with self._lend():
                return self._application(environ, start_response)
        finally:
            _held.turns = None
            self._turns.release()


@contextmanager
def outside() -> Iterator[None]:
    """Hand the turn on while waiting for something long; without a turn, nothing happens."""
    turns: Turns | None = getattr(_held, "turns", None)
    if turns is None:
        yield
        return
    turns.release()
    try:
        yield
    finally:
        turns.acquire(back=True)


def _length(environ: dict[str, Any]) -> int:
    """How many bytes the request says it brings; 0 where it says nothing that can be understood."""
    text = environ.get("CONTENT_LENGTH") or ""
    return int(text) if text.isascii() and text.isdigit() else 0


def _read_ahead(environ: dict[str, Any], length: int) -> bool:
    """Read what the request brings, however slowly it comes; False if it broke off.

    Half a form would be taken for a whole one that says less: half a text must never be saved over a whole one.
    """
    # A temporary file only for what is large: most of what people send is a form.
    kept: Any = io.BytesIO() if length <= IN_MEMORY else tempfile.TemporaryFile()  # noqa: SIM115 -- read by the application
    last, late, steady = environ[ARRIVED], timedelta(0), True
    while length > 0 and (piece := environ["wsgi.input"].read(min(length, PIECE))):
        kept.write(piece)
        length -= len(piece)
        last, before = clock.now(), last
        late = behind(late, took=last - before, got=len(piece))
        steady = steady and max(last - before, late) <= ALLOWANCE
    kept.seek(0)
    environ["wsgi.input"], environ[STEADY] = kept, steady
    return length == 0
