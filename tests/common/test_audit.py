"""The audit trail: chained per subject, tied by anchors, closed to change."""

import threading
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, connection, connections, transaction

from goldenthread.common import append_only, audit
from goldenthread.common.models import AuditAnchor, AuditEvent
from tests import factories

AT = datetime(2025, 10, 6, 8, 0, tzinfo=UTC)


def some_events(count: int = 3, subject: str = "enrolment:1") -> list[AuditEvent]:
    return [
        audit.record("thing.done", subject, by=None, at=AT + timedelta(minutes=n), number=n)
        for n in range(count)
    ]


def tamper(sql: str) -> None:
    """What somebody with the database's password could do: lift the guard, then change rows."""
    with connection.cursor() as cursor:
        for statement in append_only.removals(connection.vendor, append_only.TABLES):
            cursor.execute(statement)
        cursor.execute(sql)


@pytest.mark.django_db
def test_each_event_continues_the_one_before_on_its_subject() -> None:
    first, second = some_events(2)
    other = audit.record("thing.done", "window:9", by=None, at=AT)
    assert (first.sequence, second.sequence, other.sequence) == (1, 2, 1)
    assert first.previous_hash == ""
    assert second.previous_hash == first.hash
    assert list(audit.verify()) == []


@pytest.mark.django_db
def test_an_event_names_who_acted() -> None:
    amara = factories.user("Amara Applicant")
    event = audit.record("profile.changed", amara, by=amara, at=AT)
    assert (event.subject, event.actor, event.actor_name) == (
        f"user:{amara.pk}",
        f"user:{amara.pk}",
        "Amara Applicant",
    )
    assert audit.record("x", "a:1", by=None, at=AT).actor == "system"
    assert audit.record("x", "a:1", by="visitor", at=AT).actor == "visitor"


@pytest.mark.django_db
def test_the_hash_survives_the_way_through_the_database() -> None:
    audit.record(
        "x", "a:1", by=None, at=AT, day=AT.date(), instant=AT, name="Siân Ŵyn", n=1.5, deep={"b": [1, None]}
    )
    event = AuditEvent.objects.get(subject="a:1")
    assert event.hash == audit.event_hash(event)


@pytest.mark.django_db
def test_an_instant_given_in_another_zone_is_the_same_instant() -> None:
    summer = datetime(2025, 7, 1, 12, 0, tzinfo=ZoneInfo("Europe/London"))
    audit.record("x", "a:1", by=None, at=summer)
    audit.record("x", "a:1", by=None, at=summer.astimezone(ZoneInfo("Asia/Dubai")))
    assert list(audit.verify()) == []


@pytest.mark.django_db
@pytest.mark.migrations
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE goldenthread_auditevent SET verb = 'nothing.happened'",
        "DELETE FROM goldenthread_auditevent",
    ],
)
def test_rows_are_neither_changed_nor_removed(sql: str) -> None:
    some_events()
    assert append_only.missing(connection) == []
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)
    assert AuditEvent.objects.filter(verb="thing.done").count() == 3


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sql", "sequence", "problem"),
    [
        ("UPDATE goldenthread_auditevent SET verb = 'other' WHERE sequence = 2", 2, "was altered"),
        (
            "UPDATE goldenthread_auditevent SET details = '{\"number\": 7}' WHERE sequence = 1",
            1,
            "was altered",
        ),
        ("UPDATE goldenthread_auditevent SET actor_name = 'Eve' WHERE sequence = 2", 2, "was altered"),
        ("DELETE FROM goldenthread_auditevent WHERE sequence = 2", 3, "number 2 is missing"),
        ("DELETE FROM goldenthread_auditevent WHERE sequence = 1", 2, "number 1 is missing"),
    ],
)
def test_verify_finds_what_was_tampered_with(sql: str, sequence: int, problem: str) -> None:
    some_events()
    tamper(sql)
    faults = [fault for fault in audit.verify() if fault.sequence == sequence]
    assert any(problem in fault.problem for fault in faults)


@pytest.mark.django_db
def test_an_anchor_finds_that_the_end_of_a_chain_was_cut_off() -> None:
    some_events()
    anchor = audit.anchor(at=AT)
    assert anchor is not None
    assert anchor.events == 3
    assert list(audit.verify()) == []
    tamper("DELETE FROM goldenthread_auditevent WHERE sequence = 3")
    assert [fault.problem for fault in audit.verify()] == ["holds 3 events, 2 fit it now"]


@pytest.mark.django_db
def test_anchors_continue_each_other_and_are_made_only_when_something_happened() -> None:
    some_events()
    first = audit.anchor(at=AT)
    assert audit.anchor(at=AT) is None
    some_events(1, "window:2")
    second = audit.anchor(at=AT)
    assert first is not None
    assert second is not None
    assert second.previous_hash == first.hash
    assert AuditAnchor.objects.count() == 2
    assert list(audit.verify()) == []


@pytest.mark.django_db
def test_events_from_before_names_were_hashed_are_whole_still() -> None:
    first, second = some_events(2)
    old = audit.event_hash(first, named=False)
    tamper(f"UPDATE goldenthread_auditevent SET hash = '{old}' WHERE sequence = 1")
    second.previous_hash = old
    anew = audit.event_hash(second)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE goldenthread_auditevent SET previous_hash = '{old}', hash = '{anew}' WHERE sequence = 2"
        )
    assert list(audit.verify()) == []


@pytest.mark.django_db
def test_a_guard_that_is_gone_is_noticed() -> None:
    tamper("SELECT 1")
    assert append_only.missing(connection) == list(append_only.TABLES)
    assert append_only.restore(connection) == list(append_only.TABLES)
    assert append_only.missing(connection) == append_only.restore(connection) == []


@pytest.mark.django_db(transaction=True)
def test_an_anchor_waits_for_an_event_that_has_its_number_and_is_not_committed_yet() -> None:
    numbered, go = threading.Event(), threading.Event()

    def write() -> None:
        with transaction.atomic():
            audit.record("slow", "a:1", by=None, at=AT)
            numbered.set()
            go.wait(30)
        connections.close_all()

    writer = threading.Thread(target=write)
    writer.start()
    assert numbered.wait(30)
    threading.Timer(0.5, go.set).start()
    audit.record(
        "quick", "b:1", by=None, at=AT
    )  # PostgreSQL numbers and commits it now, SQLite after the slow one
    anchor = audit.anchor(at=AT)
    writer.join(30)
    assert anchor is not None
    assert anchor.events == 2
    assert list(audit.verify()) == []
