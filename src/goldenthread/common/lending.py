"""Connections to the database that go with the turn: a process keeps two at most, and not one for each of its threads.

Django keeps a connection for each thread. A process has many threads, since each request that waits for its turn is in
one, and one of them works: with a connection for each, a server would hold dozens open, each with statements that it
prepared and pages that it keeps, of which a single set is in use. More are open only for those who have handed the turn
on, while they wait for SQLite's one place to write.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections

MOST_FREE = 2
_free: list[Any] = []  # the one that was used last is taken first: it knows the statements
_here = threading.local()


@contextmanager
def lent() -> Iterator[None]:
    """Give this thread a connection of the process for a while; nothing happens where it has an open one of its own.

    Whoever hands the turn on in between keeps theirs, and the next takes another one.
    """
    own = [one for one in connections.all(initialized_only=True) if one.alias == DEFAULT_DB_ALIAS]
    if own and own[0].connection is not None:
        yield
        return
    try:
        one = _free.pop()
    except IndexError:
        one = connections.create_connection(DEFAULT_DB_ALIAS)
        one.inc_thread_sharing()
    connections[DEFAULT_DB_ALIAS] = one
    _here.borrows = True
    try:
        yield
    finally:
        if len(_free) < MOST_FREE:
            _free.append(one)
        else:
            one.close()
        del connections[DEFAULT_DB_ALIAS]


def close_own(**_signal: Any) -> None:
    """Close what a thread that borrows opened for itself after its turn, for an answer made while it is sent."""
    if getattr(_here, "borrows", False):
        connections.close_all()
