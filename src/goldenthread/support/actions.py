"""Name a mentor, set how often the school hears, and write the updates that are due."""

import logging
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.urls import reverse

from goldenthread.applications.models import Enrolment
from goldenthread.common import audit, clock, mail
from goldenthread.common.refused import Refused
from goldenthread.people.models import User
from goldenthread.support import queries, rules
from goldenthread.support.models import Mentoring, ProgressUpdate, UpdateSchedule

log = logging.getLogger("goldenthread.support")


@transaction.atomic
def name_mentor(*, enrolment: Enrolment, mentor: User | None, by: Any, at: datetime) -> Mentoring | None:
    """Say who mentors a participant from today, or that nobody does; who did before ends. Safe to repeat.

    Refuses who doesn't hold the mentor's role at the participant's school: they could not see the pages (S2-11).
    """
    row, on = _locked(enrolment), clock.day_of(at)
    if mentor is not None and mentor not in queries.mentors_of_school(row, on=on):
        raise Refused(
            f"{mentor} is no mentor at {row.school or 'this school'}. Give them that role under Staff first.",
            code="mentor.not_there",
            field="mentor",
        )
    known = Mentoring.objects.filter(enrolment=row, ends_on__isnull=True).first()
    if (known.mentor_id if known else None) == (mentor.pk if mentor else None):
        return known
    if known:
        known.ends_on = max(known.starts_on, on - timedelta(days=1))
        known.save(update_fields=["ends_on"])
    made = Mentoring.objects.create(enrolment=row, mentor=mentor, starts_on=on) if mentor else None
    audit.record(
        "enrolment.mentor_named",
        row,
        by=by,
        at=at,
        before=known.mentor_id if known else None,
        mentor=mentor.pk if mentor else None,
    )
    return made


@transaction.atomic
def set_interval(*, enrolment: Enrolment, interval: str, by: Any, at: datetime) -> UpdateSchedule:
    """Say how often the school hears of a participant (S2-11); refuses what is no interval. Safe to repeat."""
    chosen, row = rules.check_interval(interval), _locked(enrolment)
    known = UpdateSchedule.objects.filter(enrolment=row).first()
    before = known.interval if known else str(rules.DEFAULT)
    if known and before == chosen:
        return known
    kept, _ = UpdateSchedule.objects.update_or_create(
        enrolment=row, defaults={"interval": str(chosen), "updated_at": at}
    )
    if before != chosen:
        audit.record("enrolment.updates_set", row, by=by, at=at, before=before, interval=str(chosen))
    return kept


def send_due(*, at: datetime) -> int:
    """Write and send every update that is due on the day of `at`; how many. What goes wrong with one holds up no other.

    Of several days that were missed, the last is made up for and the others are kept as missed. Safe to repeat: a
    second run on the same day writes none.
    """
    sent = 0
    for pk, days in list(queries.due(on=clock.day_of(at))):
        try:
            sent += _send(pk, days, at=at)
        except (OperationalError, InterfaceError):
            raise  # the database is away: nothing can be written now
        except Exception:
            log.exception("the progress update of enrolment %s was not made", pk)
    return sent


@transaction.atomic
def _send(enrolment_id: int, days: list[date], *, at: datetime) -> int:
    row = Enrolment.objects.select_for_update(of=("self",)).select_related("user", "version", "school")
    enrolment = row.get(pk=enrolment_id)
    told = queries.recipients(enrolment, on=clock.day_of(at))
    then = {
        day: queries.recipients(enrolment, on=day) for day in days
    }  # who came later was promised nothing yet
    known = set(
        ProgressUpdate.objects.filter(enrolment=enrolment, due_on__in=days)
        .order_by()
        .values_list("recipient", "due_on")
    )
    wanted = [(pk, day) for day in days for pk in told if pk in then[day] and (pk, day) not in known]
    if not wanted:
        return 0
    content = queries.content_of(enrolment, at=at)
    made = ProgressUpdate.objects.bulk_create(
        ProgressUpdate(
            enrolment=enrolment,
            recipient=told[pk][0],
            role=told[pk][1],
            due_on=day,
            made_at=at if day == days[-1] else None,
            content=content if day == days[-1] else {},
        )
        for pk, day in wanted
    )
    fresh = [one for one in made if one.made_at]
    for one in fresh:
        mail.send(
            "progress_update",
            to=one.recipient.email,
            key=one.key,
            at=at,
            name=one.recipient.name,
            who=enrolment.user.name,
            programme=enrolment.version.specification.programme_name,
            url=settings.BASE_URL + reverse("school:person", args=[enrolment.reference]),
            **one.content,
        )
    audit.record(
        "enrolment.updates_sent",
        enrolment,
        by=None,
        at=at,
        due_on=days[-1],
        to=[one.recipient_id for one in fresh],
        missed=len(made) - len(fresh),
    )
    return len(fresh)


def _locked(enrolment: Enrolment) -> Enrolment:
    return Enrolment.objects.select_for_update(of=("self",)).select_related("school").get(pk=enrolment.pk)
