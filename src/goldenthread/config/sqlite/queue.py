"""A first-come, first-served lock over threads and processes."""

import fcntl
import os
import threading
import time
from collections import deque
from contextlib import ExitStack

from goldenthread.common import turnstile


class FileLock:
    """A lock between processes; tried again and again, since waiting for it must be able to end."""

    SHORTEST, LONGEST = 0.0001, 0.002  # seconds between two tries, at first and after a moment

    def __init__(self, path: str) -> None:
        self.path = path
        self._handle: int | None = None

    def acquire(self, deadline: float) -> bool:
        """Wait until `deadline`, on the monotonic clock, at most; whether the lock is held now."""
        if self._handle is None:
            self._handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        begun, pause = time.monotonic(), self.SHORTEST
        with ExitStack() as waiting:
            while not self._try():
                now = time.monotonic()
                if now > deadline:
                    return False
                if pause < self.LONGEST and now - begun > turnstile.MOMENT:
                    waiting.enter_context(turnstile.outside())
                    pause = self.LONGEST
                time.sleep(pause)
        return True

    def _try(self) -> bool:
        assert self._handle is not None
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def release(self) -> None:
        if self._handle is not None:
            fcntl.flock(self._handle, fcntl.LOCK_UN)


class WriterQueue:
    """The queue before one database file. `path` is the lock file; an empty path queues threads only.

    Each process sends the first of its threads to wait for the turn. Whoever waits holds the place behind the turn,
    so that a process with many writers can't take turn after turn while another one waits.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._guard = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._busy = False
        self._turn, self._place_behind = FileLock(path), FileLock(f"{path}-next")
        self._pid = os.getpid()

    def acquire(self, timeout: float) -> bool:
        """Wait at most `timeout` seconds for the turn to write; whether it came.

        Who waits for another thread, or longer than a moment for another process, lets other requests of this one
        work meanwhile.
        """
        deadline = time.monotonic() + timeout
        turn: threading.Event | None = None
        with self._guard:
            if self._busy:
                turn = threading.Event()
                self._waiting.append(turn)
            self._busy = True
        if turn is not None and not _wait(turn, timeout) and not self._leave(turn):
            return False
        if self._lock_file(deadline):
            return True
        self._pass_on()
        return False

    def release(self) -> None:
        """Give the turn to whoever has waited longest."""
        self._turn.release()
        self._pass_on()

    def _leave(self, turn: threading.Event) -> bool:
        """Step out of the queue; True if the turn came at the last moment after all."""
        with self._guard:
            if turn in self._waiting:
                self._waiting.remove(turn)
                return False
        return True

    def _pass_on(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._busy = False

    def _lock_file(self, deadline: float) -> bool:
        if not self.path:
            return True
        if not self._place_behind.acquire(deadline):
            return False
        try:
            return self._turn.acquire(deadline)
        finally:
            self._place_behind.release()


def _wait(turn: threading.Event, timeout: float) -> bool:
    """Whoever has the place is of this process, and may need the turn at work that this thread holds."""
    with turnstile.outside():
        return turn.wait(timeout)


_queues: dict[str, WriterQueue] = {}
_queues_guard = threading.Lock()


def queue_for(database: str) -> WriterQueue:
    """The queue of this process for a database file; made anew after a fork."""
    with _queues_guard:
        queue = _queues.get(database)
        if queue is None or queue._pid != os.getpid():
            in_memory = ":memory:" in database or "mode=memory" in database or not database
            queue = _queues[database] = WriterQueue("" if in_memory else f"{database}.writers")
        return queue
