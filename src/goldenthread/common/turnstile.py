"""One request at a time does its work in a process; who sends slowly, or waits long for the database, holds nobody up.

Python runs one thread at a time anyway, but it changes between them wherever one waits for the database: with four
requests under way each statement of a transaction queues behind the others' work, and every other writer behind that
transaction. Taking turns by whole requests handed in half as many scripts again per second on two cores. What
a request brings is read before its turn, and a turn is handed on while its holder waits longer than a moment.
"""

import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from goldenthread.common import clock

ARRIVED = "goldenthread.arrived"
MOST_BYTES = 32 * 1024 * 1024  # more than any form of ours may have: it waits for no turn, and is refused
IN_MEMORY = 1024 * 1024
PIECE = 64 * 1024
MOMENT = 0.05  # seconds: many transactions of others

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]
_held = threading.local()


class Turnstile:
    """A WSGI application that lets the requests of this process into another one by turns.

    The instant at which a request's head was here goes with it as `ARRIVED`, an aware datetime.
    """

    def __init__(self, application: Application) -> None:
        self._application = application
        self._turn = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        environ[ARRIVED] = clock.now()
        if not _read_ahead(environ):
            return self._application(environ, start_response)
        with self._turn:
            _held.turn = self._turn
            try:
                return self._application(environ, start_response)
            finally:
                _held.turn = None


@contextmanager
def outside() -> Iterator[None]:
    """Hand the turn on while waiting for something long; without a turn, nothing happens."""
    turn: threading.Lock | None = getattr(_held, "turn", None)
    if turn is None:
        yield
        return
    turn.release()
    try:
        yield
    finally:
        turn.acquire()


def _read_ahead(environ: dict[str, Any]) -> bool:
    """Read what the request brings, however slowly it comes; False if it is too much to be kept."""
    try:
        left = int(environ.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return True  # for the application to refuse
    if left > MOST_BYTES:
        return False
    if left > 0:
        kept = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 -- read by the application
        while left > 0 and (piece := environ["wsgi.input"].read(min(left, PIECE))):
            kept.write(piece)
            left -= len(piece)
        kept.seek(0)
        environ["wsgi.input"] = kept
    return True
