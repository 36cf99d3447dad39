"""The outbox: once per key, leased, tried again later and later, dead at last, seen by the office."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail as django_mail
from django.db import transaction

from goldenthread.common import mail, outbox
from goldenthread.common.models import OutboxMessage

AT = datetime(2025, 10, 6, 8, 0, tzinfo=UTC)


@pytest.fixture
def delivered() -> Iterator[list[str]]:
    """A kind of message whose deliveries are listed, and which fails while its payload says so."""
    seen: list[str] = []

    @outbox.handles("test")
    def deliver(message: OutboxMessage) -> None:
        if message.payload.get("fails"):
            raise ConnectionError("nobody answers")
        seen.append(message.key)

    yield seen
    outbox._handlers.pop("test")


@pytest.mark.django_db
def test_the_same_key_is_one_message(delivered: list[str]) -> None:
    outbox.put("test", key="a", at=AT)
    outbox.put("test", key="a", at=AT + timedelta(hours=1))
    assert outbox.deliver_due(at=AT) == 1
    assert outbox.deliver_due(at=AT) == 0
    assert delivered == ["a"]


@pytest.mark.django_db
def test_a_message_of_a_transaction_that_fails_does_not_exist(delivered: list[str]) -> None:
    with pytest.raises(ValueError, match="no"), transaction.atomic():
        outbox.put("test", key="a", at=AT)
        raise ValueError("no")
    assert outbox.deliver_due(at=AT) == 0


@pytest.mark.django_db
def test_a_message_waits_for_its_time(delivered: list[str]) -> None:
    outbox.put("test", key="later", at=AT, due_at=AT + timedelta(days=1))
    assert outbox.deliver_due(at=AT + timedelta(hours=23)) == 0
    assert outbox.deliver_due(at=AT + timedelta(days=1)) == 1


@pytest.mark.django_db
def test_failures_come_back_later_and_later_and_end_as_a_dead_letter(delivered: list[str]) -> None:
    outbox.put("test", key="a", at=AT, fails=True)
    now, waits = AT, []
    for _ in outbox.BACK_OFF:
        outbox.deliver_due(at=now)
        message = OutboxMessage.objects.get()
        waits.append(message.due_at - now)
        now = message.due_at
    assert waits == list(outbox.BACK_OFF)
    outbox.deliver_due(at=now)
    message = OutboxMessage.objects.get()
    assert message.dead_at == now
    assert "nobody answers" in message.error
    assert outbox.deliver_due(at=now + timedelta(days=9)) == 0


@pytest.mark.django_db
def test_a_dead_letter_can_be_given_new_tries(delivered: list[str]) -> None:
    outbox.put("test", key="a", at=AT, fails=True)
    OutboxMessage.objects.update(dead_at=AT, attempts=6, payload={})
    outbox.revive(OutboxMessage.objects.get(), at=AT)
    assert outbox.deliver_due(at=AT) == 1
    assert delivered == ["a"]


@pytest.mark.django_db
def test_a_leased_message_is_left_alone_until_the_lease_runs_out(delivered: list[str]) -> None:
    outbox.put("test", key="a", at=AT)
    assert [message.key for message in outbox._lease(at=AT, limit=5)] == ["a"]
    assert outbox.deliver_due(at=AT + timedelta(minutes=1)) == 0
    assert outbox.deliver_due(at=AT + outbox.LEASE + timedelta(seconds=1)) == 1


@pytest.mark.django_db
def test_a_worker_that_was_overtaken_changes_nothing(delivered: list[str]) -> None:
    outbox.put("test", key="a", at=AT)
    (slow,) = outbox._lease(at=AT, limit=5)
    later = AT + outbox.LEASE + timedelta(seconds=1)
    assert outbox.deliver_due(at=later) == 1
    outbox._failed(slow, at=later, fault=ConnectionError("too late"))
    message = OutboxMessage.objects.get()
    assert message.sent_at == later
    assert message.error == ""


@pytest.mark.django_db
def test_a_worker_that_was_overtaken_delivers_nothing_twice(delivered: list[str]) -> None:
    outbox.put("test", key="a", at=AT)
    (slow,) = outbox._lease(at=AT, limit=5)
    later = AT + outbox.LEASE + timedelta(seconds=1)
    assert outbox.deliver_due(at=later) == 1
    assert outbox._deliver(slow, at=later) is False
    assert delivered == ["a"]


@pytest.mark.django_db
def test_a_kind_that_nobody_delivers_is_a_failure_with_a_reason() -> None:
    outbox.put("unheard-of", key="a", at=AT)
    assert outbox.deliver_due(at=AT) == 0
    assert "nothing delivers" in OutboxMessage.objects.get().error


@pytest.mark.django_db
def test_a_mail_carries_its_key_and_both_forms() -> None:
    mail.send(
        "application_declined",
        to="amara@example.org",
        key="declined:1",
        at=AT,
        name="Amara",
        programme="NPQLT",
        reason="The intake is full.",
        reference="A-1",
        intake="September 2024",
    )
    outbox.deliver_due(at=AT)
    (sent,) = django_mail.outbox
    assert sent.to == ["amara@example.org"]
    assert sent.extra_headers["X-Idempotency-Key"] == "mail:declined:1"
    mail.deliver(OutboxMessage.objects.get())
    assert django_mail.outbox[1].extra_headers["Message-ID"] == sent.extra_headers["Message-ID"]
    assert "\n" not in sent.subject
    assert "The intake is full." in sent.body
    assert "The intake is full." in str(sent.alternatives[0][0])
