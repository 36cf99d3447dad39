"""What all registers of one event say of a person, brought into the ledger together."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from goldenthread.applications.models import Enrolment
from goldenthread.common.refused import Refused
from goldenthread.engagement import actions as engagement
from goldenthread.engagement.models import LedgerEntry, PlannedActivity
from goldenthread.events import rules
from goldenthread.events.models import Attendance, EventDay

KEY = "attendance:"  # begins the evidence of a register's credits, and the keys of the entries made here


@dataclass
class _Line:
    """One record with the entries that rest on it, and the minutes that it is to credit."""

    record: Attendance
    entries: list[LedgerEntry] = field(default_factory=list)
    share: int = 0

    @property
    def evidence(self) -> str:
        return f"{KEY}{self.record.pk}"

    @property
    def change(self) -> int:
        return self.share - sum(entry.minutes for entry in self.entries)

    @property
    def place(self) -> tuple[bool, int]:
        """Whose credit came first stands first, so that a credit moves only where it must."""
        return (not self.entries, self.entries[0].pk if self.entries else self.record.pk)


def settle(
    day: EventDay, people: Mapping[int, Enrolment], *, changed: set[int], by: Any, at: datetime
) -> None:
    """Bring the ledger to what all registers of this event say of `people`, whom the caller has locked.

    Somebody who changed group may stand in two registers; as long as one of them confirms the hours, they are
    credited, once. `changed` are the records written just now. Refuses somebody without the event in the plan.
    """
    plan = PlannedActivity.objects.filter(enrolment__in=people, key=day.activity_key)
    activities = {one.enrolment_id: one for one in plan}
    missing = next((person for pk, person in people.items() if pk not in activities), None)
    if missing:
        raise Refused(
            f"{missing.user} has no “{day.title}” in their plan. Ask the programme office.",
            code="register.no_activity",
        )
    records = Attendance.objects.filter(enrolment__in=people, day__activity_key=day.activity_key)
    lines, ledger = defaultdict(list), defaultdict(list)
    for record in records.select_related("day").order_by("pk"):
        lines[record.enrolment_id].append(_Line(record))
    for entry in LedgerEntry.objects.filter(activity__in=activities.values()).order_by("pk"):
        ledger[entry.enrolment_id].append(entry)
    for pk, activity in activities.items():
        for line in _to_write(activity, lines[pk], ledger[pk]):
            _write(activity, line, line.record.pk in changed, by=by, at=at)


def _to_write(activity: PlannedActivity, lines: list[_Line], ledger: list[LedgerEntry]) -> list[_Line]:
    """The records whose credits change, those that lose minutes first: they make the room."""
    by_evidence = {line.evidence: line for line in lines}
    elsewhere = 0
    for entry in ledger:
        if entry.evidence in by_evidence:
            by_evidence[entry.evidence].entries.append(entry)
        else:
            elsewhere += entry.minutes
    if _corrected_since(lines):
        return []
    planned = activity.minutes
    if planned is None:  # the version doesn't say: the longest of the days is what the event counts
        planned = max(line.record.day.minutes for line in lines)
    lines = sorted(lines, key=lambda line: line.place)
    given = rules.shares([line.record.minutes for line in lines], planned - elsewhere)
    for line, share in zip(lines, given, strict=True):
        line.share = share
    return sorted((line for line in lines if line.change), key=lambda line: line.change)


def _corrected_since(lines: list[_Line]) -> bool:
    """Whether the office has corrected a credit after the last word of the registers: then its figure stands."""
    last = max(line.record.recorded_at for line in lines)
    entries = [entry for line in lines for entry in line.entries]
    return any(entry.at > last for entry in entries if not entry.key.startswith(KEY))


def _write(activity: PlannedActivity, line: _Line, changed: bool, *, by: Any, at: datetime) -> None:
    record, first = line.record, line.entries[0] if line.entries else None
    key = f"{line.evidence}:{record.revision}.{len(line.entries)}"
    if first is None:
        engagement.credit(
            activity=activity, minutes=line.change, evidence=line.evidence, key=key, by=by, at=at,
            note=record.day.title,
        )  # fmt: skip
        return
    said = rules.status_text(record.status, record.minutes)
    reason = f"Register changed: {said}" if changed else f"Another register of this event changed: {said}"
    engagement.correct(entry=first, minutes=line.change, reason=reason, key=key, by=by, at=at)
