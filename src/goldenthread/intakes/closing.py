"""Close a version, and what that does to its intakes: one that may not start any more takes no applications."""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from goldenthread.catalogue import publishing
from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.common import audit, clock
from goldenthread.intakes import rules
from goldenthread.intakes.models import Intake


def shut_by(version: ProgrammeVersion, closes_from: date, *, at: datetime) -> QuerySet[Intake]:
    """The intakes that a closing shuts: they start on or after its day and have not started yet."""
    return version.intakes.filter(starts_on__gte=max(closes_from, clock.day_of(at))).order_by(
        "starts_on", "pk"
    )


@transaction.atomic
def close_version(
    *, version: ProgrammeVersion, closes_from: date, reason: str, by: Any, at: datetime
) -> ProgrammeVersion:
    """Take a version off offer, as `publishing.close`, and its intakes that start on or after the day with it.

    These take no applications from this moment on and are shown to visitors no more; earlier ones go on to their own
    deadlines. Who has applied waits for a decision as before, who is enrolled goes on. Where the day is put later,
    the intakes that may start again get back the days that they had.
    """
    closed = publishing.close(version=version, closes_from=closes_from, reason=reason, by=by, at=at)
    _follow(closed, closes_from, by=by, at=at)
    return closed


@transaction.atomic
def follow_files(*, by: Any, at: datetime) -> None:
    """Do the same to the intakes of versions that a file has closed, as it was loaded; safe to repeat."""
    for version in ProgrammeVersion.objects.filter(state="closed").order_by("pk"):
        closes_from = version.specification.closed_to_intakes_from.value
        if closes_from is not None:
            _follow(version, closes_from, by=by, at=at)


def _follow(closed: ProgrammeVersion, closes_from: date, *, by: Any, at: datetime) -> None:
    shut = set(shut_by(closed, closes_from, at=at).values_list("pk", flat=True))
    for intake in Intake.objects.select_for_update(of=("self",)).filter(version=closed).order_by("pk"):
        if intake.pk in shut and intake.before_closing is None:
            _shut(intake, by=by, at=at)
        elif intake.starts_on < closes_from and intake.before_closing is not None:
            _reopen(intake, by=by, at=at)


def _shut(intake: Intake, *, by: Any, at: datetime) -> None:
    had = [intake.applications_open_on.isoformat(), intake.applications_close_on.isoformat()]
    intake.before_closing = had
    today = clock.day_of(at, intake.zone)
    if intake.applications_close_on >= today:
        intake.applications_open_on, intake.applications_close_on = rules.shut_days(
            intake.applications_open_on, today
        )
    _save(intake)
    audit.record("intake.shut", intake, by=by, at=at, had=had)


def _reopen(intake: Intake, *, by: Any, at: datetime) -> None:
    days = [date.fromisoformat(day) for day in intake.before_closing or ()]
    intake.applications_open_on, intake.applications_close_on = days
    intake.before_closing = None
    _save(intake)
    audit.record("intake.unshut", intake, by=by, at=at, days=[day.isoformat() for day in days])


def _save(intake: Intake) -> None:
    intake.save(update_fields=["applications_open_on", "applications_close_on", "before_closing"])
