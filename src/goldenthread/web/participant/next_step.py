"""The one thing to do next, chosen from the plan and the person's sitting."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.urls import reverse

from goldenthread.assessment.models import Sitting, SittingState, WindowState
from goldenthread.awards.models import Award
from goldenthread.common import clock
from goldenthread.common.days import day_text, deadline_text
from goldenthread.web.participant.activities import Shown

MISSED_FOR = timedelta(days=14)  # for how long a window without a script comes before everything else
SOON = timedelta(days=7)
DUE_SOON = timedelta(days=28)  # before the last hand-in day of a project comes before everything else


@dataclass(frozen=True)
class Step:
    title: str
    text: str
    day: date | None
    url: str
    label: str


def next_step(
    plan: Sequence[Shown],
    *,
    sitting: Sitting | None,
    today: date,
    at: datetime,
    award: Award | None = None,
    revoked_at: datetime | None = None,
) -> Step:
    """The certificate of an award, or that it was revoked and what to do; a case study that waits for an answer, or a
    result; work that came back; an event within a week; else the earliest open activity; else what is being waited
    for.
    """
    if award is not None:
        return _awarded(award)
    if revoked_at is not None:
        return _revoked(revoked_at)
    urgent = _assessment(sitting, at=at) if sitting else None
    if urgent:
        return urgent
    opened = [shown for shown in plan if shown.is_open]
    returned = [shown for shown in opened if shown.state_label == "To improve"]
    if returned:
        shown = returned[0]
        return Step(
            f"Improve “{shown.activity.title}”",
            "Your tutor has read it. One step is left before it is accepted.",
            None,
            shown.url,
            "Read the feedback",
        )
    soon = [s for s in opened if s.activity.starts_at and s.day and today <= s.day <= today + SOON]
    if soon:
        shown = soon[0]
        return Step(
            shown.activity.title, "Your next event is near.", shown.day, shown.url, "See time and place"
        )
    own = [
        shown for shown in opened if not shown.is_event and shown.activity.kind != "coaching" and shown.url
    ]
    first = min(
        own, key=lambda shown: (shown.activity.stage != "induction", shown.day or date.max), default=None
    )
    if first is not None:
        return _ahead(first.opens_on) if first.opens_on else _work(first)
    return _rest(plan, today, _waiting(sitting, at=at) if sitting else None)


def _awarded(award: Award) -> Step:
    return Step(
        f"You have passed {award.programme_code}",
        "Your award is there with your certificate. Its code lets a school verify it.",
        None,
        reverse("participant:award"),
        "Get your certificate",
    )


def _revoked(since: datetime) -> Step:
    return Step(
        "Your award was revoked",
        f"It certifies nothing since {day_text(clock.day_of(since))}. Read why, and how to appeal.",
        None,
        reverse("participant:award"),
        "Read why",
    )


def _ahead(opens_on: date) -> Step:
    return Step(
        "Your programme begins",
        "Modules and tasks open on that day. You can look through them now.",
        opens_on,
        reverse("participant:learning"),
        "See what is planned",
    )


def _work(shown: Shown) -> Step:
    label = "Continue" if shown.state == "now" else "Start"
    text = {
        "induction": "It shows how the programme runs and takes about an hour.",
        "needs_analysis": "Find out where you stand before you begin.",
        "study": "Three short steps: see it, name it, do it.",
        "formative_task": "A piece of work in your own school, which your tutor reads.",
    }.get(shown.activity.kind, "")
    return Step(shown.label, text, shown.day, shown.url, label)


def _assessment(sitting: Sitting, *, at: datetime) -> Step | None:
    """What comes before everything else: an open case study without an answer, or a result that is there."""
    if sitting.window.state == WindowState.RELEASED and vars(sitting)["told"]:
        return Step(
            "Your result is there",
            "See what it rests on, what the markers say, and what comes next."
            if sitting.state == SittingState.HANDED_IN
            else "See what it rests on and what comes next.",
            None,
            reverse("participant:result", args=[sitting.pk]),
            "See your result",
        )
    if sitting.state == SittingState.BOOKED and not sitting.window.task and _just_closed(sitting, at):
        return _missed(sitting)
    if _written_since(sitting, at):
        return _changed(sitting)
    if sitting.state != SittingState.BOOKED or not sitting.opens_at <= at <= sitting.closes_at:
        return None
    if not sitting.window.task:
        return _write(sitting)
    return _hand_in(sitting) if at >= sitting.closes_at - DUE_SOON else None


def _just_closed(sitting: Sitting, at: datetime) -> bool:
    return (
        sitting.closes_at < at <= sitting.closes_at + MISSED_FOR
        and sitting.window.state != WindowState.RELEASED
    )


def _written_since(sitting: Sitting, at: datetime) -> bool:
    """Whether the text was handed in and written on since, while it can still be handed in again."""
    received, saved = vars(sitting).get("received_at"), sitting.draft_saved_at
    still = sitting.state == SittingState.HANDED_IN and not sitting.window.task and at <= sitting.closes_at
    return bool(still and received and saved and saved > received)


def _changed(sitting: Sitting) -> Step:
    return Step(
        "You have written on since you handed in",
        "What you wrote since then isn't handed in. The script that you handed in counts, unless you hand in again by "
        f"{deadline_text(sitting.closes_at, sitting.zone)}.",
        sitting.last_day,
        reverse("participant:assessment"),
        "See what counts",
    )


def _missed(sitting: Sitting) -> Step:
    """A window that closed without a script: something that arrived in time may still be handed in, for an hour."""
    return Step(
        "Your window has closed, and nothing was handed in",
        f"It closed at {deadline_text(sitting.closes_at, sitting.zone)}. "
        "Your assessment page says what can still be done.",
        None,
        reverse("participant:assessment"),
        "See what can be done",
    )


def _write(sitting: Sitting) -> Step:
    """An open case study; until the entry gate is judged, its page says whether it would be met."""
    until = f"Hand it in by {deadline_text(sitting.closes_at, sitting.zone)}."
    if sitting.released_at is None:
        return Step(
            "Your case study window is open",
            f"{until} Your assessment page says whether the case study is released to you.",
            sitting.last_day,
            reverse("participant:assessment"),
            "See your assessment",
        )
    return Step(
        "Write your response to the case study",
        f"{until} What you write is saved as you go.",
        sitting.last_day,
        reverse("participant:sitting", args=[sitting.pk]),
        "Open the case study",
    )


def _hand_in(sitting: Sitting) -> Step:
    """A project's task that can be handed in."""
    return Step(
        f"Hand in “{sitting.window.task_title}”",
        f"Hand it in by {deadline_text(sitting.closes_at, sitting.zone)}. Its page shows what is still open.",
        sitting.last_day,
        reverse("participant:project", args=[sitting.window.task]),
        "Open your project",
    )


def _later(sitting: Sitting) -> Step:
    """The others of the window have their results."""
    return Step(
        "Your result is still being looked at",
        "The results of your window are out; you get a mail when yours is there.",
        None,
        reverse("participant:result", args=[sitting.pk]),
        "See how far it is",
    )


def _waiting(sitting: Sitting, *, at: datetime) -> Step | None:
    """What there is to say of a sitting when nothing else is left to do."""
    page = reverse("participant:assessment")
    if sitting.window.state == WindowState.RELEASED:
        return _later(sitting) if sitting.state == SittingState.HANDED_IN else None
    if sitting.window.task and sitting.state == SittingState.BOOKED and at <= sitting.closes_at:
        return _hand_in(sitting)
    if at < sitting.opens_at:
        opens_on = sitting.opens_at.astimezone(ZoneInfo(sitting.zone)).date()
        return Step("Your case study opens", "See the dates and rules, and whether anything would keep you out.",
                    opens_on, page,
                    "See your assessment")  # fmt: skip
    if sitting.state == SittingState.HANDED_IN and at <= sitting.closes_at:
        until = deadline_text(sitting.closes_at, sitting.zone)
        return Step("You have handed in", f"You may replace your script until {until}.",
                    sitting.last_day, page, "See your receipt")  # fmt: skip
    if sitting.state == SittingState.HANDED_IN:
        return Step("Your script is being marked", "Nothing is due from you. You get a mail when the result is there.",
                    None, page, "See your receipt")  # fmt: skip
    return None


def _rest(plan: Sequence[Shown], today: date, waiting: Step | None) -> Step:
    event = next((s for s in plan if s.is_open and s.is_event and s.day and s.day >= today), None)
    if event:
        if event.day and event.near == "around":
            text = f"Planned around {day_text(event.day)}. Time and place follow from your group."
            return Step(event.activity.title, text, None, event.url, "See your schedule")
        return Step(event.activity.title, "Your next event.", event.day, event.url, "See time and place")
    if any(shown.state == "waiting" and not shown.is_event for shown in plan):
        return Step(
            "Your tutor is reading your work",
            "Nothing is due from you. You get a mail when the feedback is there.",
            None,
            reverse("participant:learning"),
            "See your learning",
        )
    coaching = next((s for s in plan if s.is_open and s.activity.kind == "coaching"), None)
    if coaching:
        late = coaching.day is not None and coaching.day < today
        return Step(
            coaching.activity.title,
            f"It was planned for {day_text(coaching.day)}. Agree a time with your coach."
            if coaching.day and late
            else "Agree a time with your coach.",
            None if late else coaching.day,
            coaching.url,
            "See your coaching",
        )
    return waiting or Step(
        "Prepare for your assessment",
        "Your development stage is complete. See when your assessment opens and what it asks.",
        None,
        reverse("participant:assessment"),
        "See your assessment",
    )
