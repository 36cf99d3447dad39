"""The participant's first page: one next step, where I stand, this month, what came back."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from goldenthread.applications.models import Enrolment, Stage
from goldenthread.assessment.models import Script, Sitting, SittingState, WindowState
from goldenthread.assessment.project_queries import has_passed
from goldenthread.assessment.project_views import TaskDays, days_ahead
from goldenthread.awards.models import Award
from goldenthread.awards.queries import award_of
from goldenthread.coaching.queries import sessions_of
from goldenthread.common import clock
from goldenthread.common.days import day_text, deadline_text, last_day
from goldenthread.engagement.queries import ends_of, standing_from
from goldenthread.learning.models import TaskFeedback
from goldenthread.learning.unit_queries import news_for
from goldenthread.outcomes.attempts import is_told
from goldenthread.outcomes.useful_days import useful_day_of
from goldenthread.web.participant.activities import Shown, shown_plan
from goldenthread.web.participant.current import SESSION_KEY, Mine, with_enrolment
from goldenthread.web.participant.next_step import next_step
from goldenthread.web.participant.task_days import days_sentence
from goldenthread.web.participant.views.names import name_to_confirm
from goldenthread.web.shared.http import today
from goldenthread.web.shared.journeys import left_from, thread_of

NEWS_FOR = timedelta(days=14)  # how long a changed unit is named on the first page


@require_safe
@with_enrolment
def home(request: Any, mine: Mine) -> HttpResponse:
    enrolment, day = mine.enrolment, today(request)
    plan = shown_plan(enrolment, today=day)
    own = _sittings(mine)
    sitting, month = _sitting(mine, own, at=request.received_at), this_month(plan, day)
    award = _award(mine, own)
    tasks = [] if award else days_ahead(enrolment, at=request.received_at)
    useful = useful_day_of(enrolment) if tasks else None
    context = {
        "mine": mine,
        "step": next_step(
            plan,
            sitting=sitting,
            today=day,
            at=request.received_at,
            award=award,
            revoked_at=vars(enrolment).get("revoked_at"),
        ),
        "spelling": name_to_confirm(
            mine, ahead=any(one.window.state == WindowState.SCHEDULED for one in own)
        ),
        "thread": thread_of(enrolment, thread_notes(enrolment, day)),
        "standing": standing_from(enrolment, [shown.line for shown in plan]),
        "month": month,
        "next": None if month else next_dated(plan, sitting, day, at=request.received_at, tasks=tasks),
        "tasks": [(one, days_sentence(one, at=request.received_at, useful=useful)) for one in tasks],
        "feedback": recent_feedback(enrolment),
        # What changes in units is no news to whoever is done with them.
        "news": [] if award else news_for(enrolment, at=request.received_at, recent=NEWS_FOR),
    }
    return render(request, "participant/home.html", context)


def _sittings(mine: Mine) -> list[Sitting]:
    """The person's sittings, the latest first, each with whether its result is told and when what counts came. One
    query.
    """
    counts = Script.objects.filter(sitting=OuterRef("pk"), current=True, file=None).values("received_at")
    own = Sitting.objects.filter(enrolment=mine.enrolment).exclude(window__state=WindowState.CANCELLED)
    return list(
        own.select_related("window")
        .annotate(told=is_told(), received_at=Subquery(counts))
        .order_by("-opens_at", "-pk")
    )


def _sitting(mine: Mine, found: Sequence[Sitting], *, at: datetime) -> Sitting | None:
    """The sitting that counts now: of several project tasks the one that can be handed in and closes first, else the
    latest. One query for a task with earlier days, which may be passed.
    """
    to_hand_in = [
        one
        for one in found
        if one.window.task and one.state == SittingState.BOOKED and one.opens_at <= at <= one.closes_at
    ]
    tasks = [one.window.task for one in found]
    again = {one.window.task for one in to_hand_in if tasks.count(one.window.task) > 1}
    passed = {task for task in again if has_passed(mine.enrolment, task)}
    to_hand_in = [one for one in to_hand_in if one.window.task not in passed]
    return min(to_hand_in, key=lambda one: one.closes_at, default=found[0] if found else None)


def _award(mine: Mine, own: Sequence[Sitting]) -> Award | None:
    """The award, once results of any window of theirs are released. One query then, else none."""
    released = any(one.window.state == WindowState.RELEASED for one in own)
    return award_of(mine.enrolment) if released else None


@require_POST
@with_enrolment
def switch(request: HttpRequest, mine: Mine) -> HttpResponse:
    """Show another of the person's own enrolments."""
    asked = request.POST.get("enrolment", "")
    if any(one.reference == asked for one in mine.all):
        request.session[SESSION_KEY] = asked
    return redirect("participant:home")


def thread_notes(enrolment: Enrolment, on: date) -> dict[str, str]:
    """The days on which the stages of the journey begin and end, as far as they are known; of one that should be over
    `on` this day and isn't, that it was planned so.
    """
    developed_on, assessed_on = ends_of(enrolment)
    notes = {"application": "accepted", Stage.INDUCTION: f"from {short(enrolment.starts_on)}"}
    if developed_on and assessed_on:
        ends = {Stage.DEVELOPMENT: developed_on, Stage.ASSESSMENT: assessed_on}
        late = left_from(enrolment.stage)
        for stage, day in ends.items():
            planned = "planned until" if stage in late and day < on else "until"
            notes[stage] = f"{planned} {short(day)}"
    return notes


def short(day: date) -> str:
    """A day without its weekday, for the small notes on the thread: 2 Sep 2025."""
    return f"{day.day} {day:%b %Y}"


def this_month(plan: Sequence[Shown], day: date) -> list[Shown]:
    """What is dated in this calendar month and not done, in order of date."""
    rows = [
        s for s in plan if s.day and (s.day.year, s.day.month) == (day.year, day.month) and s.state != "done"
    ]
    return sorted(rows, key=lambda shown: (shown.day or day, shown.activity.position))


def next_dated(
    plan: Sequence[Shown],
    sitting: Sitting | None,
    day: date,
    *,
    at: datetime,
    tasks: Sequence[TaskDays] = (),
) -> dict[str, Any] | None:
    """What is dated next, from today on: of the plan what is not done, of a sitting and of hand-in days the first or
    the last day.
    """
    found = [(s.day, s.when, s.label, s.url) for s in plan if s.day and s.day >= day and s.state != "done"]
    if sitting is not None and not sitting.window.task and at <= sitting.closes_at:
        page = reverse("participant:assessment")
        if at < sitting.opens_at:
            opens = clock.day_of(sitting.opens_at, sitting.zone)
            found.append((opens, f"on {day_text(opens)}", "Your case study opens", page))
        else:
            until = f"until {deadline_text(sitting.closes_at, sitting.zone)}"
            found.append((sitting.last_day, until, "Your case study window", page))
    for one in tasks:
        opens, page = clock.day_of(one.opens_at, one.zone), reverse("participant:project", args=[one.key])
        if at < one.opens_at:
            found.append((opens, f"from {day_text(opens)}", f"“{one.title}” can be handed in", page))
        elif not one.handed_in:
            until = f"by {deadline_text(one.closes_at, one.zone)}"
            found.append((last_day(one.closes_at, one.zone), until, f"Hand in “{one.title}”", page))
    if not found:
        return None
    on, when, label, url = min(found, key=lambda one: one[0])
    return {
        "when": when,
        "label": label,
        "url": url,
        "this_month": (on.year, on.month) == (day.year, day.month),
    }


def recent_feedback(enrolment: Enrolment) -> list[dict[str, Any]]:
    """The three latest pieces of feedback, from tutors and coaches. Two queries."""
    given = TaskFeedback.objects.filter(response__enrolment=enrolment).select_related("by", "response__task")
    rows: list[dict[str, Any]] = [
        {
            "at": one.at,
            "who": str(one.by),
            "title": one.response.task.title,
            "text": one.next_step,
            "url": reverse("participant:task", args=[one.response.task.activity_key]),
        }
        for one in given.order_by("-at", "-pk")[:3]
    ]
    rows += [
        {
            "at": one.logged_at,
            "who": str(one.pairing.coach),
            "title": one.focus,
            "text": one.feedback,
            "url": reverse("participant:coaching"),
        }
        for one in sessions_of(enrolment).order_by("-logged_at", "-pk")[:3]
    ]
    return sorted(rows, key=lambda row: row["at"], reverse=True)[:3]
