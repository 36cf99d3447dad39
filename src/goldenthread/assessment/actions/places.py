"""Places in the hand-in days of a project task: everybody of the intake who needs one has one, and is told once.

Most get theirs when the days are set. Whoever comes later, by an enrolment, another intake, an end of their withdrawal
or a pass that a correction took away, gets it from the job within a few minutes, or by handing in before that.
"""

import logging
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from goldenthread.applications.models import HAD_AWARD, Enrolment
from goldenthread.assessment import project_queries as queries
from goldenthread.assessment import rules
from goldenthread.assessment.actions.response import check_takes_scripts
from goldenthread.assessment.actions.schedule import new_code
from goldenthread.assessment.models import Sitting, Window, WindowState
from goldenthread.assessment.rules import hand_in_days, projects
from goldenthread.common import mail
from goldenthread.intakes.models import Intake

log = logging.getLogger("goldenthread.assessment")


def needing(intake: Intake, task: str) -> QuerySet[Enrolment]:
    """Who of an intake still has a task to hand in: nobody who has withdrawn, holds the award or has passed it."""
    people = intake.enrolments.filter(withdrawn_at__isnull=True).exclude(stage__in=HAD_AWARD)
    return people.exclude(pk__in=queries.passed(task).values("pk"))


def who_needs(window: Window) -> list[Enrolment]:
    """Who of the intake has no place in these hand-in days and needs one. One query.

    Whoever has withdrawn, holds the award or has passed the task needs none.
    """
    without = needing(window.intake, window.task).exclude(sittings__window=window)
    return list(without.select_related("user").defer("version__document").order_by("pk"))


@transaction.atomic
def give_place(*, window: Window, enrolment: Enrolment, at: datetime) -> Sitting:
    """Give somebody their place in the hand-in days, and tell them of the days; one each, told once.

    A place that is there is given back. Refuses a new one for a task that is passed, in days that are over, and once
    the results of these days are released.
    """
    known = queries.sitting_of(enrolment, window)
    if known is not None:
        return known
    projects.check_not_passed(passed=queries.has_passed(enrolment, window.task))
    check_takes_scripts(window)
    opens_at, closes_at = rules.window_instants(window.opens_on, window.days, window.zone)
    hand_in_days.check_not_over(closes_at, zone=window.zone, at=at)
    found, made = Sitting.objects.get_or_create(
        window=window,
        enrolment=enrolment,
        defaults={
            "code": new_code(),
            "opens_at": opens_at,
            "closes_at": closes_at,
            "zone": window.zone,
            "released_at": opens_at,  # a project has no gate
        },
    )
    if made:
        _tell(found, at=at)
    return found


def _tell(sitting: Sitting, *, at: datetime) -> None:
    window, person = sitting.window, sitting.enrolment.user
    mail.send(
        "hand_in_days",
        to=person.email,
        key=f"hand_in_days:{sitting.pk}:{window.days}",
        at=at,
        name=person.get_short_name(),
        title=window.task_title,
        task=window.task,
        opens=rules.day_text(window.opens_on),
        deadline=rules.deadline_text(sitting.closes_at, sitting.zone),
        limit=f"{window.word_limit:,}" if window.word_limit else "",
    )


def give_places(*, at: datetime, limit: int = 2000) -> int:
    """Give a place to everybody who came to an intake after its hand-in days were set; returns how many.

    Each is a transaction of its own, so that one that fails stops nobody else; the rest waits for the next run. One
    query for each task whose days are set and not over.
    """
    going = Window.objects.filter(state=WindowState.SCHEDULED).exclude(task="")
    done = 0
    for window in going.select_related("intake").order_by("pk"):
        if at > rules.window_instants(window.opens_on, window.days, window.zone)[1]:
            continue
        for enrolment in who_needs(window)[: limit - done]:
            try:
                give_place(window=window, enrolment=enrolment, at=at)
            except Exception:
                log.exception("enrolment %s got no place in window %s", enrolment.pk, window.pk)
            else:
                done += 1
    return done


def give_places_of(*, enrolment: Enrolment, tasks: Sequence[str], at: datetime) -> list[Sitting]:
    """Give somebody a place in the days of their intake in which these tasks can still be handed in, and tell them.

    Gives the new places. Days in which they have one stay as they are.
    """
    going = Window.objects.filter(intake=enrolment.intake_id, task__in=tasks, state=WindowState.SCHEDULED)
    without = going.exclude(sittings__enrolment=enrolment).order_by("opens_on", "pk")
    return [
        give_place(window=window, enrolment=enrolment, at=at)
        for window in without
        if at <= rules.window_instants(window.opens_on, window.days, window.zone)[1]
    ]
