"""Requests of a process take turns; slow senders and long waits hold nobody up."""

import io
import threading
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from goldenthread.common import turnstile
from goldenthread.common.turnstile import ARRIVED, MOST_BYTES, Turnstile


def start(status: str, headers: list[tuple[str, str]]) -> None:
    """A server's start_response."""


class Slow(io.RawIOBase):
    """A body that comes only when it is let."""

    def __init__(self, body: bytes) -> None:
        self.asked, self.go, self.body = threading.Event(), threading.Event(), io.BytesIO(body)

    def read(self, size: int = -1) -> bytes:
        self.asked.set()
        assert self.go.wait(10)
        return self.body.read(size)


def post(body: Any, length: int | str) -> dict[str, Any]:
    return {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": str(length), "wsgi.input": body}


def in_thread(call: Any) -> threading.Thread:
    thread = threading.Thread(target=call)
    thread.start()
    return thread


def test_two_requests_never_work_at_once() -> None:
    inside, most = 0, 0
    guard = threading.Lock()

    def work(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        nonlocal inside, most
        with guard:
            inside += 1
            most = max(most, inside)
        threading.Event().wait(0.002)
        with guard:
            inside -= 1
        return [b"done"]

    entry = Turnstile(work)
    threads = [in_thread(lambda: entry({}, start)) for _ in range(8)]
    for thread in threads:
        thread.join(10)
    assert (inside, most) == (0, 1)


def test_a_slow_sender_holds_nobody_up_and_is_read_whole() -> None:
    answers = []

    def echo(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        answers.append(environ["wsgi.input"].read())
        return []

    entry = Turnstile(echo)
    long = b"x" * (turnstile.IN_MEMORY + turnstile.PIECE + 1)
    body = Slow(long)
    slow = in_thread(lambda: entry(post(body, len(long)), start))
    assert body.asked.wait(10)
    entry(post(io.BytesIO(b"quick"), 5), start)
    assert answers == [b"quick"]
    body.go.set()
    slow.join(10)
    assert answers == [b"quick", long]


def test_half_a_body_is_refused_before_anybody_takes_it_for_a_whole() -> None:
    reached, said = [], []

    def work(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        reached.append(environ["wsgi.input"].read())
        return []

    entry = Turnstile(work)
    answer = entry(post(io.BytesIO(b"text_1=half"), 40), lambda status, headers: said.append(status))
    assert reached == []
    assert said == ["400 Bad Request"]
    assert b"send it again" in b"".join(answer)


@pytest.mark.parametrize("length", ["many", "-4", "", "\u0664"])
def test_a_length_that_says_nothing_is_left_to_the_application(length: str) -> None:
    seen = []

    def read(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        seen.append(environ["wsgi.input"].read())
        return []

    Turnstile(read)(post(io.BytesIO(b"all"), length), start)
    assert seen == [b"all"]


def test_too_much_is_not_kept_and_takes_no_turn() -> None:
    entered = threading.Event()

    def work(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ.get("CONTENT_LENGTH"):
            entered.set()
            return []
        in_thread(lambda: entry(post(Slow(b""), MOST_BYTES + 1), start))
        assert entered.wait(10)
        return []

    entry = Turnstile(work)
    entry({}, start)
    assert entered.is_set()


def test_who_waits_long_lets_others_work_and_goes_on_afterwards() -> None:
    order = []
    waiting, done = threading.Event(), threading.Event()

    def work(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["name"] == "writer":
            with turnstile.outside():
                waiting.set()
                assert done.wait(10)
        order.append(environ["name"])
        return []

    entry = Turnstile(work)
    writer = in_thread(lambda: entry({"name": "writer"}, start))
    assert waiting.wait(10)
    entry({"name": "reader"}, start)
    done.set()
    writer.join(10)
    entry({"name": "last"}, start)
    assert order == ["reader", "writer", "last"]


class FirstWorksOn:
    """An application in which the request named "first" works until it is let go; `order` is who was done when."""

    def __init__(self, before: Callable[[str], None] = lambda name: None) -> None:
        self.order: list[str] = []
        self.working, self.go, self._before = threading.Event(), threading.Event(), before

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self._before(environ["name"])
        if environ["name"] == "first":
            self.working.set()
            assert self.go.wait(10)
        self.order.append(environ["name"])
        return []


def test_a_document_waits_for_the_texts_that_are_here_but_not_for_ever() -> None:
    work = FirstWorksOn()
    entry = Turnstile(work)
    threads = [in_thread(lambda: entry({"name": "first"}, start))]
    assert work.working.wait(10)
    size = turnstile.LONG_FROM
    names = [
        "document",
        *(f"text {number}" for number in range(turnstile.MOST_BEFORE + 2)),
        "another document",
    ]
    for number, name in enumerate(names, start=1):
        body = b"x" * size if "document" in name else b"y" * (size - 1)
        sent = {**post(io.BytesIO(body), len(body)), "name": name}
        threads.append(in_thread(lambda sent=sent: entry(sent, start)))  # type: ignore[misc]
        until(lambda number=number: waiting(entry) == number)  # type: ignore[misc]
    work.go.set()
    for thread in threads:
        thread.join(10)
    texts = names[1:-1]
    most = turnstile.MOST_BEFORE
    assert work.order == ["first", *texts[:most], "document", *texts[most:], "another document"]


def waiting(entry: Turnstile) -> int:
    turns = entry._turns
    return len(turns._short) + len(turns._long) + len(turns._back)


def test_who_comes_back_to_what_they_began_goes_before_all_others() -> None:
    outside, go_on = threading.Event(), threading.Event()

    def before(name: str) -> None:
        if name == "writer":
            with turnstile.outside():
                outside.set()
                assert go_on.wait(10)

    work = FirstWorksOn(before)
    entry = Turnstile(work)
    threads = [in_thread(lambda: entry({"name": "writer"}, start))]
    assert outside.wait(10)
    threads.append(in_thread(lambda: entry({"name": "first"}, start)))
    assert work.working.wait(10)
    threads.append(in_thread(lambda: entry({"name": "text"}, start)))
    until(lambda: waiting(entry) == 1)
    go_on.set()
    until(lambda: waiting(entry) == 2)
    work.go.set()
    for thread in threads:
        thread.join(10)
    assert work.order == ["first", "writer", "text"]


def test_only_so_many_large_bodies_are_kept_at_a_time_and_a_small_one_passes() -> None:
    entry = Turnstile(lambda environ, start_response: [])
    bodies = [Slow(b"x" * (turnstile.IN_MEMORY + 1)) for _ in range(turnstile.MOST_LARGE + 1)]
    *first, last = bodies
    threads = [
        in_thread(lambda body=body: entry(post(body, turnstile.IN_MEMORY + 1), start))  # type: ignore[misc]
        for body in first
    ]
    assert all(body.asked.wait(10) for body in first)
    threads.append(in_thread(lambda: entry(post(last, turnstile.IN_MEMORY + 1), start)))
    entry(post(io.BytesIO(b"small"), 5), start)
    assert not last.asked.wait(0.2)
    first[0].go.set()
    assert last.asked.wait(10)
    for body in bodies:
        body.go.set()
    for thread in threads:
        thread.join(10)


def until(holds: Any) -> None:
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.001)


def test_without_a_turn_there_is_none_to_hand_on() -> None:
    with turnstile.outside():
        pass


def test_a_failure_ends_the_turn() -> None:
    def fail(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        raise LookupError

    entry = Turnstile(fail)
    for _ in range(2):
        with pytest.raises(LookupError):
            entry({}, start)


def test_the_instant_of_the_head_goes_with_the_request() -> None:
    seen: list[datetime] = []
    body = Slow(b"late")

    def work(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        seen.append(environ[ARRIVED])
        return []

    entry = Turnstile(work)
    slow = in_thread(lambda: entry(post(body, 4), start))
    assert body.asked.wait(10)
    entry({}, start)
    body.go.set()
    slow.join(10)
    second, first = seen
    assert first < second


@pytest.mark.parametrize(
    ("pauses", "steady"),
    [
        ((0, 0), True),
        ((120,), True),
        ((0, 121, 0), False),
        ((300,), False),
        ((119, 8, 8, 8), True),  # it stopped once, and goes on at 8 KiB a second
        ((8,) * 40, True),  # the slowest network for as long as it takes
        ((15,) * 10, True),  # slower than that, and not yet two minutes behind
        ((60, 0, 0, 0, 0, 0, 0, 0, 60, 0), True),  # two stops, and what was behind is caught up
        ((119, 119, 119), False),  # each 64 KiB within two minutes, to hold the door open
        ((15,) * 20, False),
        ((0,) * 40 + (60, 60, 60), False),  # nobody saves up time by sending quickly first
    ],
)
def test_what_stops_coming_or_comes_too_slowly_for_more_than_two_minutes_is_not_steady(
    pauses: tuple[int, ...], steady: bool
) -> None:
    seen: dict[str, Any] = {}

    def work(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        seen.update(environ)
        return [environ["wsgi.input"].read()]

    piece = b"x" * turnstile.PIECE
    with time_machine.travel(datetime(2025, 10, 13, 22, 59, tzinfo=UTC), tick=False) as clock:
        halts = iter(pauses)

        class Halting(io.BytesIO):
            def read(self, size: int | None = -1) -> bytes:
                clock.shift(next(halts))
                return super().read(size)

        body = piece * len(pauses)
        assert list(Turnstile(work)(post(Halting(body), len(body)), start)) == [body]
    assert seen[turnstile.STEADY] is steady


def test_a_byte_now_and_then_is_not_steady_however_the_server_gives_it_out() -> None:
    """A server may give out each byte as it comes: then bytes are counted, not pieces."""
    seen: dict[str, Any] = {}

    def work(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        seen.update(environ)
        return []

    with time_machine.travel(datetime(2025, 10, 13, 22, 59, tzinfo=UTC), tick=False) as clock:

        class Trickling(io.BytesIO):
            def read(self, size: int | None = -1) -> bytes:
                clock.shift(60)
                return super().read(1)

        Turnstile(work)(post(Trickling(b"abc"), 3), start)
    assert seen[turnstile.STEADY] is False
