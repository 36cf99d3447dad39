"""What rows say compared with what the audit trail says of them: whoever changes a row past the product and its guards,
with the database's password, is found, since the events of the trail are chained and anchored (`audit`).

Each package says by a `Check` what it can compare; `differences` walks the trail once for all of them.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from django.db import models

from goldenthread.common import audit
from goldenthread.common.audit import Fault
from goldenthread.common.models import AuditEvent

AT_ONCE = 2000  # rows that are held in memory


def digest(values: Mapping[str, Any]) -> str:
    """SHA-256 over named values in one canonical JSON text; instants in UTC."""
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()


def digest_of(row: models.Model, names: Iterable[str]) -> str:
    """The same over these fields of a row, by their names; of a foreign key its number ("script_id")."""
    return digest({name: getattr(row, name) for name in names})


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in a digest")


@dataclass(frozen=True)
class Told:
    """What an event says: who did it, when, and its details."""

    subject: str
    sequence: int
    verb: str
    actor: str
    at: datetime
    details: Mapping[str, Any]

    @property
    def user(self) -> int | None:
        """The number of whoever did it; None of the system and of people without an account."""
        kind, _, number = self.actor.partition(":")
        return int(number) if kind == "user" and number.isdecimal() else None

    def says(self, problem: str) -> Fault:
        """A fault at the place of this event."""
        return Fault(self.subject, self.sequence, problem)


class Check:
    """Rows of one kind and the events that tell of them. `take` gets those events in the order of each chain; `faults`
    then compares them with the rows that there are. `kind` is what such a row is called, in one word.
    """

    kind: str = ""
    verbs: Collection[str] = ()

    def take(self, told: Told) -> None:
        """Remember what an event says of a row."""
        raise NotImplementedError

    def faults(self) -> Iterator[Fault]:
        """Each row that isn't what the trail says, that it says nothing of, or that is gone."""
        raise NotImplementedError


def compared(row: models.Model, names: Iterable[str], told: Told) -> bool:
    """Whether a row is what an event says by its digest; true of events from before they bore one."""
    said = told.details.get("digest")
    return said is None or said == digest_of(row, names)


def unknown(subject: str, what: str) -> Fault:
    """The fault of a row that no event tells of."""
    return Fault(subject, 0, f"{what} is there, and the trail says nothing of it")


def rows(found: models.QuerySet[Any]) -> Iterator[Any]:
    """All of these, some thousand at a time."""
    return found.order_by("pk").iterator(chunk_size=AT_ONCE)


def differences(checks: Sequence[Check]) -> Iterator[Fault]:
    """Every difference between rows and trail. What is written while it walks is left for the next time: the number of
    queries doesn't grow with the rows.
    """
    last = audit.end_of_what_is_settled()
    by_verb: dict[str, list[Check]] = {}
    for check in checks:
        for verb in check.verbs:
            by_verb.setdefault(verb, []).append(check)
    events = AuditEvent.objects.filter(verb__in=list(by_verb)).order_by("pk")
    fields = ("subject", "sequence", "verb", "actor", "at", "details")
    for row in events.filter(pk__lte=last).values_list(*fields).iterator(chunk_size=AT_ONCE):
        told = Told(*row)
        for check in by_verb[told.verb]:
            check.take(told)
    found = [replace(fault, kind=check.kind) for check in checks for fault in check.faults()]
    meanwhile = set(events.filter(pk__gt=last).order_by().values_list("subject", flat=True))
    yield from (fault for fault in found if fault.subject not in meanwhile)
