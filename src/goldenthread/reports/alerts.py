"""Pass rates under the one that is claimed, intake by intake: raised by a release, over once it is back (S0-56).

An alert is kept, and not worked out where it is shown, since the office's desk counts nobody's results.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from goldenthread.applications.models import Enrolment
from goldenthread.common import audit
from goldenthread.common.refused import Refused
from goldenthread.common.writes import Writes
from goldenthread.engagement.together import batched
from goldenthread.intakes.models import Intake
from goldenthread.outcomes.following import when_released
from goldenthread.outcomes.models import Outcome
from goldenthread.people.models import User
from goldenthread.reports import measures, rules
from goldenthread.reports.models import PassAlert

LONGEST_NOTE = 300
SHOWN = 100
AT_ONCE = 1000


def alerts() -> list[PassAlert]:
    """Every intake whose pass rate is under the claimed one, those that nobody has acknowledged first. One query."""
    found = PassAlert.objects.select_related("intake__version__programme", "acknowledged_by")
    found = found.defer("intake__version__document")
    return list(found.order_by(F("acknowledged_at").asc(nulls_first=True), "-raised_at", "intake")[:SHOWN])


@when_released
def follow(*, outcomes: Sequence[Outcome], by: Any, at: datetime, writes: Writes) -> None:
    """Raise, change or end the alerts of the intakes whose results are released or corrected, in that transaction: when
    these are written, since they are counted.
    """
    people = sorted({one.enrolment_id for one in outcomes if not one.task})
    theirs: set[int] = set()
    for some in batched(people, AT_ONCE):
        theirs.update(Enrolment.objects.filter(pk__in=some).order_by().values_list("intake", flat=True))
    if theirs:
        writes.afterwards(lambda: keep(theirs, at=at))


def differing() -> set[int]:
    """The intakes whose alert isn't what their results say now, or is missing. Two queries."""
    rates = measures.rates_of_intakes()
    known = {row.intake_id: (row.passed, row.assessed) for row in PassAlert.objects.all()}
    due = {number: (rate.passed, rate.assessed) for number, rate in rates.items() if rate.alert}
    return {number for number in known.keys() | due.keys() if known.get(number) != due.get(number)}


@transaction.atomic
def keep(intake_ids: Iterable[int], *, at: datetime) -> int:
    """Work the alerts of some intakes out anew; returns how many changed.

    An acknowledgement holds for the figures for which it was given: with others that are still too low the alert is
    raised again.
    """
    intakes = Intake.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=list(intake_ids))
    held = [one.pk for one in intakes.only("pk").order_by("pk")]
    rates = measures.rates_of_intakes(held)
    known = {row.intake_id: row for row in PassAlert.objects.filter(intake__in=held)}
    changed = 0
    for number in held:
        rate, row = rates.get(number), known.get(number)
        if rate is not None and rate.alert:
            if row is None or (row.passed, row.assessed) != (rate.passed, rate.assessed):
                _raise(number, rate, at=at)
                changed += 1
        elif row is not None:
            row.delete()
            said = {"passed": rate.passed, "assessed": rate.assessed} if rate else {}
            audit.record("pass_alert.over", f"intake:{number}", by=None, at=at, **said)
            changed += 1
    return changed


def _raise(intake_id: int, rate: rules.PassRate, *, at: datetime) -> None:
    figures = {"passed": rate.passed, "assessed": rate.assessed}
    anew = {"raised_at": at, "acknowledged_at": None, "acknowledged_by": None, "note": ""}
    PassAlert.objects.update_or_create(intake_id=intake_id, defaults={**figures, **anew})
    audit.record("pass_alert.raised", f"intake:{intake_id}", by=None, at=at, **figures)


@transaction.atomic
def acknowledge(
    *, intake: Intake, passed: int, assessed: int, note: str, by: User, at: datetime
) -> PassAlert:
    """Say what is done about an intake's pass rate, which takes its alert from the desk; the note stays with it.

    `passed` and `assessed` are the figures that were looked at. Refuses without a note, where the figures have changed
    since, and where the rate is back. Whoever is second gets what the first one said.
    """
    if not note.strip():
        raise Refused(
            "Say what is known or done about it: the note is kept with your name.",
            code="alert.note",
            field="note",
        )
    row = PassAlert.objects.select_for_update(of=("self",)).filter(intake=intake).first()
    if row is None:
        raise Refused("The pass rate of this intake is no longer too low.", code="alert.over")
    if (row.passed, row.assessed) != (passed, assessed):
        raise Refused(
            f"The figures have changed since you looked: {row.text} now. Look again, then acknowledge it.",
            code="alert.changed",
        )
    if row.acknowledged_at is not None:
        return row
    row.acknowledged_at, row.acknowledged_by, row.note = at, by, note.strip()[:LONGEST_NOTE]
    row.save(update_fields=["acknowledged_at", "acknowledged_by", "note"])
    audit.record(
        "pass_alert.acknowledged", f"intake:{intake.pk}", by=by, at=at, passed=passed, assessed=assessed,
        note=row.note,
    )  # fmt: skip
    return row
