"""The floor under handing in: the bare whole transaction by the plain driver, on the same database and tables.

Begin, read the sitting, insert a 9-KB script, insert an audit event, commit: with the durability that the product
has. Nothing else: no HTTP, no session, no rules, no form.
"""

import itertools
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings
from django.db import connection

SITTING = "SELECT * FROM goldenthread_sitting WHERE id = {0}"
SCRIPT = (
    "INSERT INTO goldenthread_script (sitting_id, number, key, current, text, parts, file_name, words, word_counts, "
    "word_rule, sha256, own_work, declared, received_at) "
    "VALUES ({0}, {0}, {0}, {0}, {0}, '{{}}', '', 1500, '{{}}', 'words-2', {0}, {0}, '{{}}', {0})"
)
EVENT = (
    "INSERT INTO goldenthread_auditevent (subject, sequence, verb, actor, actor_name, at, details, previous_hash, "
    "hash) VALUES ({0}, 1, 'bench.floor', 'bench', '', {0}, '{{}}', '', {0})"
)
_numbers = itertools.count(1)


class Floor:
    """Bare transactions on a pool of sittings; a script of theirs is never the current one, so they never collide."""

    def __init__(self, sittings: Sequence[int], text: str, at: Any) -> None:
        self.sittings, self.text, self.at = sittings, text, at

    def rate(self, connections: int, seconds: float) -> float:
        """Transactions per second with so many connections, each in a thread of its own."""
        stop = threading.Event()
        done = [0] * connections
        ready = threading.Barrier(connections + 1)

        def work(place: int) -> None:
            begin, commit, execute, close = connect()
            self.transaction(begin, commit, execute)
            ready.wait()
            while not stop.is_set():
                self.transaction(begin, commit, execute)
                done[place] += 1
            close()

        threads = [threading.Thread(target=work, args=(place,)) for place in range(connections)]
        for thread in threads:
            thread.start()
        ready.wait()
        begun = time.perf_counter()
        time.sleep(seconds)
        total, elapsed = sum(done), time.perf_counter() - begun
        stop.set()
        for thread in threads:
            thread.join()
        return total / elapsed

    def transaction(
        self, begin: Callable[[], Any], commit: Callable[[], Any], execute: Callable[..., Any]
    ) -> None:
        """One whole bare transaction, by what `connect` gave."""
        number = next(_numbers)
        sitting = self.sittings[number % len(self.sittings)]
        place = 100 + number // len(self.sittings)
        begin()
        execute(SITTING, (sitting,)).fetchone()
        digest = f"{number:064x}"
        execute(SCRIPT, (sitting, place, digest, False, self.text, digest, True, self.at))
        execute(EVENT, (f"bench:{number}", self.at, digest))
        commit()


def marks_of(mark: str) -> dict[str, str]:
    """The statements with a driver's own mark where a value goes."""
    return {text: text.format(mark) for text in (SITTING, SCRIPT, EVENT)}


def connect() -> tuple[Callable[[], Any], Callable[[], Any], Callable[..., Any], Callable[[], Any]]:
    """A connection of the plain driver: how to begin, commit, execute and close."""
    if connection.vendor == "sqlite":
        plain = sqlite3.connect(settings.DATABASES["default"]["NAME"], isolation_level=None, timeout=60)
        plain.executescript(settings.DATABASES["default"]["OPTIONS"]["init_command"])
        marks = marks_of("?")
        return (
            lambda: plain.execute("BEGIN IMMEDIATE"),
            lambda: plain.execute("COMMIT"),
            lambda text, values: plain.execute(marks[text], values),
            plain.close,
        )
    import psycopg

    djangos = ("cursor_factory", "context", "prepare_threshold")
    server = psycopg.connect(
        **{k: v for k, v in connection.get_connection_params().items() if k not in djangos}
    )
    cursor = server.cursor()
    marks = marks_of("%s")
    return (
        lambda: None,
        server.commit,
        lambda text, values: cursor.execute(marks[text], values),
        server.close,
    )
