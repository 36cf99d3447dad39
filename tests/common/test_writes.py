"""Work done before its transaction: what was read is asked again, trails that grew are followed on."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from goldenthread.common import audit, clock
from goldenthread.common.models import AuditEvent, JobRun, OutboxMessage
from goldenthread.common.reads import Reads, unheard
from goldenthread.common.writes import Writes, done_at_once, reserve

AT = clock.now()


def run(name: str) -> JobRun:
    return JobRun.objects.create(name=name, last_at=AT)


def names() -> list[str]:
    return list(JobRun.objects.order_by("name").values_list("name", flat=True))


@pytest.mark.django_db
def test_what_was_read_holds_until_a_row_of_it_is_another() -> None:
    first = run("first")
    with Reads() as reads:
        assert names() == ["first"]
        assert JobRun.objects.filter(name="third").first() is None
        assert [one.name for one in JobRun.objects.order_by("pk").iterator()] == ["first"]
    assert reads.still_hold()
    AuditEvent.objects.count()
    audit.record("other.thing", "thing:1", by=None, at=AT)
    assert reads.still_hold()
    JobRun.objects.filter(pk=first.pk).update(result="done")
    assert not reads.still_hold()


@pytest.mark.django_db
def test_a_row_that_was_not_there_is_noticed_when_it_is() -> None:
    with Reads() as reads:
        assert not JobRun.objects.filter(name="third").exists()
    run("second")
    assert reads.still_hold()
    run("third")
    assert not reads.still_hold()


@pytest.mark.django_db
def test_what_is_worked_out_beforehand_can_write_nothing() -> None:
    with Reads() as reads, unheard():
        names()
        run("second")
    assert names() == ["second"]
    assert reads.still_hold()
    with Reads(), pytest.raises(RuntimeError, match="writes nothing"):
        run("first")


@pytest.mark.django_db
def test_reserved_numbers_are_given_to_nobody_else() -> None:
    before = run("before").pk
    first, second = reserve(JobRun, 2), reserve(JobRun, 1)
    later = run("later").pk
    assert len({before, *first, *second, later}) == 5
    writes = Writes()
    writes.add([JobRun(pk=pk, name=f"job {pk}", last_at=AT) for pk in (*first, *second)])
    writes.write()
    assert JobRun.objects.filter(pk__in=[*first, *second]).count() == 3
    assert run("last").pk not in {before, *first, *second, later}
    assert reserve(JobRun, 0) == []


@pytest.mark.django_db
def test_an_event_of_another_meanwhile_is_followed_on_and_the_trail_holds() -> None:
    audit.record("begun", "thing:1", by=None, at=AT)
    writes = Writes()
    for verb in ("first", "second"):
        writes.record(verb, {"thing:1": {"a": 1}, "thing:2": {"a": 2}}, by=None, at=AT)
    writes.ready()
    audit.record("meanwhile", "thing:1", by=None, at=AT)
    writes.write()
    chain = AuditEvent.objects.filter(subject="thing:1").order_by("sequence")
    assert list(chain.values_list("verb", flat=True)) == ["begun", "meanwhile", "first", "second"]
    assert AuditEvent.objects.filter(subject="thing:2").count() == 2
    assert list(audit.verify()) == []


@pytest.mark.django_db
def test_changes_letters_and_steps_are_written_in_their_order() -> None:
    one, seen = run("one"), []
    writes = Writes()
    one.result = "changed"
    writes.change([one], ["result"])
    one.result = "changed after the value was taken"
    writes.do(lambda: seen.append(JobRun.objects.get(pk=one.pk).result))
    writes.afterwards(lambda: seen.append(OutboxMessage.objects.count()))
    letters: dict[str, tuple[str, dict[str, Any]]] = {"a": ("a@example.org", {"n": 1})}
    writes.send("result_released", letters, at=AT)
    writes.send("result_released", letters, at=AT)
    writes.write()
    assert seen == ["changed", 1]


def worked_out(calls: list[bool], meanwhile: Callable[[int], None]) -> Callable[[], tuple[Writes, int]]:
    """A preparation that counts jobs and notes whether a lock was held; `meanwhile` is what others do after it."""

    def prepare() -> tuple[Writes, int]:
        count, writes = len(names()), Writes()
        calls.append(bool(getattr(connection, "held", False)))
        with unheard():
            meanwhile(len(calls))
        return writes, count

    return prepare


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "expected", "held"),
    [(0, 0, [False]), (1, 1, [False] * 2), (2, 2, [False] * 3), (9, 3, [False] * 3 + [True])],
)
def test_it_is_worked_out_anew_while_it_changes_and_at_last_with_the_lock_held(
    changes: int, expected: int, held: list[bool]
) -> None:
    calls: list[bool] = []

    def meanwhile(call: int) -> None:
        if call <= changes and not calls[-1]:
            run(f"job {call}")

    def lock() -> None:
        connection.held = len(calls) == 3  # type: ignore[attr-defined]
        connection.held = connection.held and changes > 2  # type: ignore[attr-defined]

    try:
        assert done_at_once(worked_out(calls, meanwhile), lock=lock) == expected
    finally:
        del connection.held  # type: ignore[attr-defined]
    assert calls == held


@pytest.mark.django_db(transaction=True)
def test_others_write_while_it_is_worked_out() -> None:
    """On SQLite they would wait for a transaction until the time is over."""
    found: list[bool] = []

    def other() -> None:
        try:
            with transaction.atomic():
                audit.record("meanwhile", "thing:9", by=None, at=AT)
            found.append(True)
        finally:
            connection.close()

    def prepare() -> tuple[Writes, str]:
        writes = Writes()
        writes.record("done", {"thing:9": {}}, by=None, at=AT)
        thread = threading.Thread(target=other)
        thread.start()
        thread.join(10)
        return writes, "given"

    assert done_at_once(prepare, lock=lambda: None) == "given"
    assert found == [True]
    assert AuditEvent.objects.filter(subject="thing:9").count() == 2
    assert list(audit.verify()) == []
