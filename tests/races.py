"""Two or more at the same moment, on real connections: for tests with `django_db(transaction=True)`."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection, transaction

from goldenthread.common.refused import Refused


def at_once(*tasks: Callable[[], Any]) -> list[Any]:
    """Run the tasks together; what each gave, or the refusal it met."""
    start = threading.Barrier(len(tasks))
    results: list[Any] = [None] * len(tasks)

    def run(place: int) -> None:
        start.wait()
        try:
            results[place] = tasks[place]()
        except Refused as refusal:
            results[place] = refusal
        finally:
            connection.close()

    _run([threading.Thread(target=run, args=(place,)) for place in range(len(tasks))])
    return results


def while_unfinished(write: Callable[[], Any], meanwhile: Callable[[], Any]) -> list[Any]:
    """What `meanwhile` gives while a transaction that has done `write` is not committed yet."""
    written, done, found = threading.Event(), threading.Event(), []

    def writer() -> None:
        try:
            with transaction.atomic():
                write()
                written.set()
                done.wait(1)  # whoever waits for us is never done before we are
        finally:
            written.set()
            connection.close()

    def other() -> None:
        written.wait()
        try:
            found.append(meanwhile())
        except Exception as fault:
            found.append(fault)
        finally:
            done.set()
            connection.close()

    _run([threading.Thread(target=writer), threading.Thread(target=other)])
    return found


def _run(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
