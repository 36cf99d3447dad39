"""A connection goes with the turn: one for those who come one after another, another for who works meanwhile."""

import threading
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from django.core.signals import request_finished
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.http import StreamingHttpResponse

from goldenthread.common import lending, turnstile
from goldenthread.common.turnstile import Turnstile
from goldenthread.people.models import User
from tests.common.test_turnstile import in_thread

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    free: list[Any] = []
    monkeypatch.setattr(lending, "_free", free)
    yield
    for one in free:
        one.close()


def asked() -> Any:
    """The open connection of this thread, after a question to the database."""
    assert User.objects.count() == 0
    return connection.connection


def test_threads_that_come_one_after_another_have_one_connection() -> None:
    used, left = [], []

    def work(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        used.append(asked())
        return []

    entry = Turnstile(work, lend=lending.lent)

    def request() -> None:
        entry({}, None)
        left.extend(connections.all(initialized_only=True))

    for _ in range(3):
        in_thread(request).join(10)
    assert len(used) == 3
    assert used[0] is used[1] is used[2]
    assert left == []


def test_who_hands_the_turn_on_keeps_theirs_and_the_next_has_another() -> None:
    used: dict[str, Any] = {}
    waiting, done = threading.Event(), threading.Event()

    def work(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        name = environ["name"]
        used[name] = asked()
        if name == "writer":
            with turnstile.outside():
                waiting.set()
                assert done.wait(10)
            assert asked() is used[name]
        return []

    entry = Turnstile(work, lend=lending.lent)
    writer = in_thread(lambda: entry({"name": "writer"}, None))
    assert waiting.wait(10)
    in_thread(lambda: entry({"name": "reader"}, None)).join(10)
    done.set()
    writer.join(10)
    assert used.keys() == {"writer", "reader"}
    assert used["writer"] is not used["reader"]
    assert len(lending._free) == 2


def test_of_many_that_wait_at_a_time_no_more_than_a_few_connections_stay_open() -> None:
    used: list[Any] = []
    together = threading.Barrier(lending.MOST_FREE + 2)

    def waits() -> None:
        with lending.lent():
            asked()
            used.append(connections[DEFAULT_DB_ALIAS])
            together.wait(10)

    threads = [in_thread(waits) for _ in range(lending.MOST_FREE + 2)]
    for thread in threads:
        thread.join(10)
    assert len({id(one) for one in used}) == lending.MOST_FREE + 2
    still_open = [one for one in used if one.connection is not None]
    assert {id(one) for one in still_open} == {id(one) for one in lending._free}
    assert len(still_open) == lending.MOST_FREE


def test_a_failure_gives_the_connection_back() -> None:
    def fail(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        raise LookupError

    entry = Turnstile(fail, lend=lending.lent)

    def request() -> None:
        with pytest.raises(LookupError):
            entry({}, None)

    for _ in range(2):
        in_thread(request).join(10)
    assert len(lending._free) == 1


def test_a_thread_with_an_open_connection_of_its_own_keeps_that() -> None:
    own = asked()
    with lending.lent():
        assert asked() is own
    lending.close_own()
    assert connection.connection is own
    assert lending._free == []


def test_what_a_thread_opens_after_its_turn_is_closed_with_its_answer() -> None:
    opened: list[Any] = []

    def lines() -> Iterator[str]:
        opened.append(asked())
        yield "one line"

    def work(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        asked()
        return StreamingHttpResponse(lines())

    entry = Turnstile(work, lend=lending.lent)
    left: list[Any] = []

    def request() -> None:
        request_finished.connect(lending.close_own)
        try:
            answer: Any = entry({}, None)
            assert b"".join(answer) == b"one line"
            answer.close()
            left.append(connection.connection)
        finally:
            request_finished.disconnect(lending.close_own)

    in_thread(request).join(10)
    assert len(opened) == 1
    assert left == [None]
    assert len(lending._free) == 1
