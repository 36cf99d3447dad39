"""The audit trail: append-only, one chain of hashes per subject, tied together by a nightly anchor."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models, transaction
from django.db.models import Exists, OuterRef

from goldenthread.common.models import AuditAnchor, AuditEvent
from goldenthread.common.prepared import PreparedInsert, ask
from goldenthread.common.reads import unheard
from goldenthread.common.rows import inserting

AT_ONCE = 500

# By hand, since every write of the product asks it: the database answers sooner than the ORM can word the question.
_END_OF_CHAIN = (
    "SELECT sequence, hash FROM goldenthread_auditevent WHERE subject = %s ORDER BY sequence DESC LIMIT 1"
)

_EVENTS = PreparedInsert(AuditEvent)
_PLAIN = frozenset((str, int, bool, type(None)))


def subject_key(subject: models.Model | str) -> str:
    """The name of a subject's chain: "enrolment:12"."""
    if isinstance(subject, str):
        return subject
    return f"{subject._meta.model_name}:{subject.pk}"


def record(verb: str, subject: models.Model | str, *, by: Any, at: datetime, **details: Any) -> AuditEvent:
    """Append one event to the subject's chain, inside the caller's transaction.

    `by` is the user who acted, a plain name such as "visitor", or None for the system itself. `details` holds the
    changed fields and the reason; it must be serialisable and hold no unseen content and no secret.
    """
    key = subject_key(subject)
    end = ask(_END_OF_CHAIN, [key]).fetchone() or (0, "")
    event = _next_event(verb, key, end, by=by, at=at, details=details)
    _EVENTS.tell_row(event)
    return event


def record_many(verb: str, details: Mapping[str, dict[str, Any]], *, by: Any, at: datetime) -> None:
    """Append one event to each of many subjects' chains, in few statements; `details` is by subject key."""
    events = Chained()
    events.add(verb, details, by=by, at=at)
    events.write(settled=True)


class Chained:
    """Events of many subjects, chained before the transaction that writes them has begun."""

    def __init__(self) -> None:
        self._ends: dict[str, tuple[int, str]] = {}
        self._events: dict[str, list[AuditEvent]] = {}
        self._insert: Callable[[], None] | None = None

    def add(self, verb: str, details: Mapping[str, dict[str, Any]], *, by: Any, at: datetime) -> None:
        """One event for each subject, after those that were added before; `details` is by subject key."""
        self._ends |= _ends_of(sorted(details.keys() - self._ends.keys()))
        for subject in sorted(details):
            known = self._events.setdefault(subject, [])
            end = (known[-1].sequence, known[-1].hash) if known else self._ends[subject]
            known.append(_next_event(verb, subject, end, by=by, at=at, details=details[subject]))

    def ready(self) -> None:
        """Put the events into the driver's values, so that `write` only writes."""
        events = [one for chain in self._events.values() for one in chain]
        self._insert = inserting(events) if events else None

    def write(self, *, settled: bool = False) -> None:
        """Insert the events, in a transaction that holds their subjects: what follows an event that came meanwhile is
        chained anew, unless it is known that there was none (`settled`).
        """
        if not settled and self._follow_on():
            self._insert = None
        if self._insert is None:
            self.ready()
        if self._insert is not None:
            self._insert()

    def _follow_on(self) -> bool:
        """Let each chain begin where its subject's ends now; whether any has grown."""
        now = _lengths_of(list(self._ends))
        grown = [subject for subject, (length, _) in self._ends.items() if now.get(subject, 0) != length]
        ends = _ends_of(grown)
        for subject in grown:
            end = ends[subject]
            for event in self._events[subject]:
                event.sequence, event.previous_hash = end[0] + 1, end[1]
                event.hash = event_hash(event)
                end = (event.sequence, event.hash)
        self._ends |= ends
        return bool(grown)


def _ends_of(subjects: Sequence[str]) -> dict[str, tuple[int, str]]:
    """The last number and hash of each of these chains; (0, "") of one that has not begun. Heard by nobody: the chain
    may grow, and whoever writes looks again.
    """
    found = dict.fromkeys(subjects, (0, ""))
    later = AuditEvent.objects.filter(subject=OuterRef("subject"), sequence__gt=OuterRef("sequence"))
    last = AuditEvent.objects.filter(~Exists(later)).order_by()
    with unheard():
        for start in range(0, len(subjects), AT_ONCE):
            rows = last.filter(subject__in=subjects[start : start + AT_ONCE])
            for subject, number, value in rows.values_list("subject", "sequence", "hash"):
                found[subject] = (number, value)
    return found


_LENGTHS = {
    "sqlite": "SELECT v.value, (SELECT MAX(sequence) FROM goldenthread_auditevent WHERE subject = v.value) "
    "FROM json_each(%s) v",
    "postgresql": "SELECT v, (SELECT MAX(sequence) FROM goldenthread_auditevent WHERE subject = v) "
    "FROM json_array_elements_text(%s::json) v",
}


def _lengths_of(subjects: Sequence[str]) -> dict[str, int]:
    """How many events each of these chains has. One statement, which reads an index alone."""
    if not subjects:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_LENGTHS[connection.vendor], [json.dumps(subjects)])
        return {subject: length or 0 for subject, length in cursor.fetchall()}


def _next_event(
    verb: str, subject: str, end: tuple[int, str], *, by: Any, at: datetime, details: dict[str, Any]
) -> AuditEvent:
    event = AuditEvent(
        subject=subject,
        sequence=end[0] + 1,
        verb=verb,
        actor=_actor(by),
        actor_name=str(by)[:200] if isinstance(by, models.Model) else "",
        at=at,
        details=_as_kept(details),
        previous_hash=end[1],
    )
    event.hash = event_hash(event)
    return event


def _as_kept(details: dict[str, Any]) -> dict[str, Any]:
    """The details as they come back from the database, which is what the hash is over."""
    if all(type(value) in _PLAIN for value in details.values()):
        return details
    kept: dict[str, Any] = json.loads(json.dumps(details, cls=DjangoJSONEncoder))
    return kept


def _actor(by: Any) -> str:
    if by is None:
        return "system"
    return by if isinstance(by, str) else f"user:{by.pk}"


def event_hash(event: AuditEvent, *, named: bool = True) -> str:
    """SHA-256 over the event's fields and the hash before it, in one canonical JSON text; the instant in UTC.

    The first events of an old installation were hashed without the actor's name (`named` false).
    """
    text = json.dumps(
        [
            event.subject,
            event.sequence,
            event.verb,
            event.actor,
            *([event.actor_name] if named else []),
            event.at.astimezone(UTC).isoformat(timespec="microseconds"),
            event.details,
            event.previous_hash,
        ],
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
    )
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Fault:
    """A place where the trail doesn't hold: the chain's name, the event's number, and what is wrong there; of a row
    that differs from the trail its `kind`.
    """

    subject: str
    sequence: int
    problem: str
    kind: str = ""


def verify() -> Iterator[Fault]:
    """Walk every chain and every anchor; yield each place where an event was altered, removed or put in."""
    subject, expected, previous = "", 1, ""
    for event in AuditEvent.objects.order_by("subject", "sequence").iterator(chunk_size=2000):
        if event.subject != subject:
            subject, expected, previous = event.subject, 1, ""
        if event.sequence != expected:
            yield Fault(subject, event.sequence, f"number {expected} is missing")
        elif event.previous_hash != previous:
            yield Fault(subject, event.sequence, "does not continue the event before it")
        if event.hash not in (event_hash(event), event_hash(event, named=False)):
            yield Fault(subject, event.sequence, "was altered: its hash does not fit its content")
        expected, previous = event.sequence + 1, event.hash
    yield from _verify_anchors()


def _verify_anchors() -> Iterator[Fault]:
    after, previous = 0, ""
    for anchor in AuditAnchor.objects.order_by("id"):
        count, digest = _digest(after, anchor.last_event, previous)
        if anchor.previous_hash != previous:
            yield Fault(f"anchor:{anchor.pk}", anchor.pk, "does not continue the anchor before it")
        if count != anchor.events or digest != anchor.hash:
            yield Fault(f"anchor:{anchor.pk}", anchor.pk, f"holds {anchor.events} events, {count} fit it now")
        after, previous = anchor.last_event, anchor.hash


def _digest(after: int, last: int, previous: str) -> tuple[int, str]:
    digest, count = hashlib.sha256(previous.encode()), 0
    hashes = (
        AuditEvent.objects.filter(pk__gt=after, pk__lte=last).order_by("pk").values_list("hash", flat=True)
    )
    for value in hashes.iterator(chunk_size=5000):
        digest.update(value.encode())
        count += 1
    return count, digest.hexdigest()


def anchor(*, at: datetime) -> AuditAnchor | None:
    """Tie every event since the last anchor into a new one; None when nothing has happened since."""
    last = end_of_what_is_settled()
    with transaction.atomic():
        before = AuditAnchor.objects.order_by("-id").first()
        after, previous = (before.last_event, before.hash) if before else (0, "")
        if last <= after:
            return None
        count, digest = _digest(after, last, previous)
        return AuditAnchor.objects.create(
            at=at, last_event=last, events=count, previous_hash=previous, hash=digest
        )


@transaction.atomic
def end_of_what_is_settled() -> int:
    """The number of the last event, once no transaction is under way that could still add one before it.

    PostgreSQL gives numbers out before the commit: the lock waits for whoever holds one, and is let go at once.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE goldenthread_auditevent IN SHARE MODE")
    return AuditEvent.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
