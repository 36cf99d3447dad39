"""The participant's first page: one next step, where I stand, this month, what came back."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from goldenthread.applications.models import Enrolment, Stage
from goldenthread.assessment.models import Sitting, SittingState, WindowState
from goldenthread.coaching.queries import sessions_of
from goldenthread.engagement.queries import ends_of, standing_from
from goldenthread.learning.models import TaskFeedback
from goldenthread.learning.unit_queries import news_for
from goldenthread.web.participant.activities import Shown, shown_plan
from goldenthread.web.participant.current import SESSION_KEY, Mine, with_enrolment
from goldenthread.web.participant.next_step import next_step
from goldenthread.web.shared.http import today
from goldenthread.web.shared.journeys import thread_of

NEWS_FOR = timedelta(days=14)  # how long a changed unit is named on the first page


@require_safe
@with_enrolment
def home(request: Any, mine: Mine) -> HttpResponse:
    enrolment, day = mine.enrolment, today(request)
    plan = shown_plan(enrolment, today=day)
    context = {
        "mine": mine,
        "step": next_step(
            plan, sitting=_sitting(mine, at=request.received_at), today=day, at=request.received_at
        ),
        "thread": thread_of(enrolment, thread_notes(enrolment)),
        "standing": standing_from(enrolment, [shown.line for shown in plan]),
        "month": this_month(plan, day),
        "feedback": recent_feedback(enrolment),
        "news": news_for(enrolment, at=request.received_at, recent=NEWS_FOR),
    }
    return render(request, "participant/home.html", context)


def _sitting(mine: Mine, *, at: datetime) -> Sitting | None:
    """The sitting that counts now: of several project tasks the one that can be handed in and closes first, else the
    latest. One query.
    """
    own = Sitting.objects.filter(enrolment=mine.enrolment).exclude(window__state=WindowState.CANCELLED)
    found = list(own.select_related("window").order_by("-opens_at", "-pk"))
    to_hand_in = [
        one
        for one in found
        if one.window.task and one.state == SittingState.BOOKED and one.opens_at <= at <= one.closes_at
    ]
    return min(to_hand_in, key=lambda one: one.closes_at, default=found[0] if found else None)


@require_POST
@with_enrolment
def switch(request: HttpRequest, mine: Mine) -> HttpResponse:
    """Show another of the person's own enrolments."""
    asked = request.POST.get("enrolment", "")
    if any(one.reference == asked for one in mine.all):
        request.session[SESSION_KEY] = asked
    return redirect("participant:home")


def thread_notes(enrolment: Enrolment) -> dict[str, str]:
    """The days on which the stages of the journey begin and end, as far as they are known."""
    developed_on, assessed_on = ends_of(enrolment)
    notes = {"application": "accepted", Stage.INDUCTION: f"from {short(enrolment.starts_on)}"}
    if developed_on and assessed_on:
        notes |= {
            Stage.DEVELOPMENT: f"until {short(developed_on)}",
            Stage.ASSESSMENT: f"until {short(assessed_on)}",
        }
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
