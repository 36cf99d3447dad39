"""The outbox: messages written with the decision they tell of, delivered at least once by the worker.

A worker takes a lease on a few messages, delivers each through the handler of its kind, and marks it sent. A failure
is tried again, later and later; after the last try the message is dead and the office sees it. The key goes with every
delivery, so that a receiver that honours it does nothing twice.
"""

import logging
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from goldenthread.common import audit, clock
from goldenthread.common.models import OutboxMessage
from goldenthread.common.prepared import PreparedInsert

log = logging.getLogger("goldenthread.outbox")

LEASE = timedelta(minutes=5)
BACK_OFF = tuple(timedelta(minutes=m) for m in (1, 5, 30, 120, 720))
Handler = Callable[[OutboxMessage], None]
_handlers: dict[str, Handler] = {}
_ONE = PreparedInsert(OutboxMessage, ignore_conflicts=True)


def handles(kind: str) -> Callable[[Handler], Handler]:
    """Register the function that delivers messages of `kind`."""

    def register(handler: Handler) -> Handler:
        _handlers[kind] = handler
        return handler

    return register


def put(kind: str, *, key: str, at: datetime, due_at: datetime | None = None, **payload: Any) -> None:
    """Write a message in the caller's transaction. The same `key` a second time adds nothing."""
    _ONE.tell(**_values(kind, key, payload, at=at, due_at=due_at or at))


def put_many(kind: str, payloads: Mapping[str, dict[str, Any]], *, at: datetime) -> None:
    """Write many messages of one kind, due at once; `payloads` is by key, and a key that is there adds nothing."""
    OutboxMessage.objects.bulk_create(messages(kind, payloads, at=at), ignore_conflicts=True, batch_size=1000)


def messages(kind: str, payloads: Mapping[str, dict[str, Any]], *, at: datetime) -> list[OutboxMessage]:
    """The same messages as rows that nobody has written yet."""
    return [
        OutboxMessage(**_values(kind, key, payload, at=at, due_at=at)) for key, payload in payloads.items()
    ]


def _values(
    kind: str, key: str, payload: dict[str, Any], *, at: datetime, due_at: datetime
) -> dict[str, Any]:
    to = payload.get("to", "").lower()[:254]  # whatever its case, it is found as one
    return {
        "kind": kind, "key": key, "payload": payload, "recipient": to, "created_at": at, "due_at": due_at,
    }  # fmt: skip


def deliver_due(*, at: datetime, limit: int = 20) -> int:
    """Lease up to `limit` messages that are due at `at` and deliver them; returns how many were sent."""
    return sum(_deliver(message, at=at) for message in _lease(at=at, limit=limit))


@transaction.atomic
def _lease(*, at: datetime, limit: int) -> list[OutboxMessage]:
    free = Q(leased_until__isnull=True) | Q(leased_until__lt=at)
    waiting = (
        OutboxMessage.objects.select_for_update(skip_locked=True)
        .filter(free, sent_at__isnull=True, dead_at__isnull=True, due_at__lte=at)
        .order_by("due_at", "id")[:limit]
    )
    messages = list(waiting)
    lease = secrets.token_hex(16)
    OutboxMessage.objects.filter(pk__in=[m.pk for m in messages]).update(leased_until=at + LEASE, lease=lease)
    for message in messages:
        message.lease = lease
    return messages


def _deliver(message: OutboxMessage, *, at: datetime) -> bool:
    handler = _handlers.get(message.kind)
    if not _mine(message).update(leased_until=max(at, clock.now()) + LEASE):
        return False  # the messages before it took so long that another worker has this one by now
    try:
        if handler is None:
            raise LookupError(f"nothing delivers messages of kind {message.kind!r}")
        handler(message)
    except Exception as fault:  # any failure of a delivery is kept with the message and tried again
        log.warning("outbox %s: %s", message.key, _told(fault))
        _failed(message, at=at, fault=fault)
        return False
    _mine(message).update(sent_at=at, leased_until=None, lease="", error="", attempts=message.attempts + 1)
    return True


def _told(fault: Exception) -> str:
    """A fault for the log: its class and the mail server's codes; its words may name the people who were refused."""
    refused = getattr(fault, "recipients", {})
    codes = [code for code, _ in refused.values()] if isinstance(refused, dict) else []
    codes += [getattr(fault, "smtp_code", "")]
    return " ".join([type(fault).__name__, *(str(code) for code in codes if code)])


def _failed(message: OutboxMessage, *, at: datetime, fault: Exception) -> None:
    changes: dict[str, Any] = {
        "attempts": message.attempts + 1,
        "error": f"{type(fault).__name__}: {fault}"[:1000],
        "leased_until": None,
        "lease": "",
    }
    if message.attempts < len(BACK_OFF):
        changes["due_at"] = at + BACK_OFF[message.attempts]
    else:
        changes["dead_at"] = at
    _mine(message).update(**changes)


def _mine(message: OutboxMessage) -> Any:
    """The row, if this worker still holds its lease: a worker that was overtaken changes nothing."""
    return OutboxMessage.objects.filter(pk=message.pk, lease=message.lease, sent_at__isnull=True)


@transaction.atomic
def revive(message: OutboxMessage, *, at: datetime, by: Any = None) -> bool:
    """Give a dead message a fresh set of tries, from now; returns whether it was dead."""
    revived = OutboxMessage.objects.filter(pk=message.pk, dead_at__isnull=False).update(
        dead_at=None, attempts=0, due_at=at, error=""
    )
    if revived:
        audit.record("message.revived", message, by=by, at=at, key=message.key)
    return bool(revived)
