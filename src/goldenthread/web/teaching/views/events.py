"""Today, an event, and its register."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from goldenthread.assessment import practice_queries
from goldenthread.assessment.practice_models import PracticeResponse
from goldenthread.coaching.queries import pairings_for, sessions_due
from goldenthread.common.quantities import hours_text
from goldenthread.common.refused import Refused
from goldenthread.events import actions, rules
from goldenthread.events.models import EventDay
from goldenthread.events.queries import RegisterLine, credited_by, days_of_staff, get_day_for, register_of
from goldenthread.learning.models import TaskResponse
from goldenthread.learning.queries import responses_for, waiting
from goldenthread.people.access import Viewer
from goldenthread.support.plans import plans_supported_by
from goldenthread.templatetags.gt import day as day_text
from goldenthread.web.shared.http import page_of, today, viewer
from goldenthread.web.teaching.forms import STATUSES, PersonForm

NEXT_DAYS = timedelta(days=60)
SESSIONS_AHEAD = timedelta(days=14)
SHOWN = 12
PAST_SHOWN = 6


@dataclass(frozen=True)
class Waiting:
    """One thing that waits for the person: since or by which day, what, and where it is done."""

    day: date
    title: str
    hint: str
    url: str
    kind: str
    label: str


@require_safe
def home(request: Any) -> HttpResponse:
    """What waits by date (registers, work to read, sessions to hold), what is on today, and what comes next."""
    at: datetime = request.received_at
    looking = viewer(request)
    current = Q(ends_at__gte=at - timedelta(days=1)) | Q(register_closed_at__isnull=True)
    soon = list(days_of_staff(looking).filter(current, starts_at__lte=at + NEXT_DAYS))
    zone = ZoneInfo(request.user.zone)
    day = at.astimezone(zone).date()
    queue = waiting(responses_for(looking))
    coachees, supported = pairings_for(looking), list(plans_supported_by(looking))
    found = [
        *_registers(soon, at, zone),
        *_work(queue[:SHOWN], zone),
        *_practice(practice_queries.waiting(practice_queries.practice_for(looking))[:SHOWN], zone),
        *_sessions(sessions_due(looking, until=day + SESSIONS_AHEAD)[:SHOWN], day, zone),
        *_plans(supported[:SHOWN], day),
    ]
    before = list(past_days(looking, day, zone)[: PAST_SHOWN + 1])
    context = {
        "at": at,
        "past": before[:PAST_SHOWN],
        "more_past": len(before) > PAST_SHOWN,
        "today": [one for one in soon if one.starts_at.astimezone(zone).date() == day],
        "coming": [one for one in soon if one.starts_at.astimezone(zone).date() > day][:8],
        "waiting": sorted(found, key=lambda one: one.day)[:SHOWN],
        "to_read": queue.count(),
        "coachees": coachees.count(),
        "supported": len(supported),
        "staffs": bool(soon or before),
    }
    return render(request, "teaching/home.html", context)


def past_days(looking: Viewer, day: date, zone: ZoneInfo) -> QuerySet[Any]:
    """The days before a day on the person's clock, the latest first."""
    midnight = datetime.combine(day, time(), tzinfo=zone)
    return days_of_staff(looking).filter(starts_at__lt=midnight).order_by("-starts_at", "-pk")


@require_safe
def past(request: Any) -> HttpResponse:
    """Every day that has passed, with the way to its register."""
    found = past_days(viewer(request), today(request), ZoneInfo(request.user.zone))
    context = {"page": page_of(request, found), "at": request.received_at}
    return render(request, "teaching/past.html", context)


def _registers(days: list[Any], at: datetime, zone: ZoneInfo) -> Iterator[Waiting]:
    for one in days:
        if one.starts_at <= at and one.register_closed_at is None and one.people:
            day = one.starts_at.astimezone(zone).date()
            title = f"Register: {one.title}, {one.group.name}"
            hint = f"{one.group.intake.version.programme.code} · since {day_text(day)}"
            url = reverse("teaching:register", args=[one.pk])
            yield Waiting(day, title, hint, url, "now", f"{one.recorded} of {one.people} recorded")


def _work(queue: Iterable[TaskResponse], zone: ZoneInfo) -> Iterator[Waiting]:
    for one in queue:
        title, url = f"{one.enrolment.user}: {one.task.title}", reverse("teaching:response", args=[one.pk])
        assert one.handed_in_at is not None  # whatever waits has been handed in
        day = one.handed_in_at.astimezone(zone).date()
        hint = f"{one.enrolment.version.programme.code} · handed in {day_text(day)}"
        yield Waiting(day, title, hint, url, "waiting", "To read")


def _practice(queue: Iterable[PracticeResponse], zone: ZoneInfo) -> Iterator[Waiting]:
    for one in queue:
        title = f"{one.enrolment.user}: practice for the assessment"
        assert one.handed_in_at is not None
        day = one.handed_in_at.astimezone(zone).date()
        hint = f"{one.enrolment.version.programme.code} · handed in {day_text(day)}"
        yield Waiting(
            day, title, hint, reverse("teaching:practice_response", args=[one.pk]), "waiting", "To read"
        )


def _sessions(pairings: Iterable[Any], today: date, zone: ZoneInfo) -> Iterator[Waiting]:
    """The next session of each: a session that was held counts for the first one that is open, whatever its day."""
    for one in pairings:
        title, url = f"{one.enrolment.user}: {one.next_title}", reverse("teaching:coachee", args=[one.pk])
        late = one.next_due < today
        code = one.enrolment.version.programme.code
        hint = f"{code} · {'was planned for' if late else 'planned for'} {day_text(one.next_due)}"
        if late and one.last_held_at:
            held = one.last_held_at.astimezone(zone).date()
            hint += f", the session before it was held on {day_text(held)}"
        yield Waiting(
            one.next_due,
            title,
            hint,
            url,
            "problem" if late else "todo",
            "Not held yet" if late else "To hold",
        )


def _plans(supported: Iterable[Any], today: date) -> Iterator[Waiting]:
    """Whom to get in touch with, since a result of theirs fell short."""
    for one in supported:
        if not one.contacted:
            title, late = f"{one.enrolment.user}: support plan", one.first_contact_by < today
            hint = (
                f"{one.enrolment.version.programme.code} · get in touch by {day_text(one.first_contact_by)}"
            )
            url = reverse("teaching:support_plan", args=[one.pk])
            kind, label = ("problem", "No contact yet") if late else ("todo", "To contact")
            yield Waiting(one.first_contact_by, title, hint, url, kind, label)


@require_safe
def event(request: Any, day_id: int) -> HttpResponse:
    looking = viewer(request)
    day = get_day_for(looking, day_id)
    lines = register_of(day)
    context = {
        "day": day,
        "lines": lines,
        "opens_on": _opens_later(day, request.received_at),
        "counts": _counts(lines),
        "days": days_of_staff(looking).filter(group=day.group_id),
        "at": request.received_at,
    }
    return render(request, "teaching/event.html", context)


def _opens_later(day: EventDay, at: datetime) -> Any:
    """The day on which the register opens, None when it is open."""
    try:
        rules.check_register_open(starts_at=day.starts_at, zone=day.group.zone, at=at)
    except Refused:
        return day.starts_at.astimezone(ZoneInfo(day.group.zone)).date()
    return None


def _counts(lines: list[RegisterLine]) -> list[tuple[str, int]]:
    """How many are present, there in part, absent and not recorded."""
    states = [line.attendance.status if line.attendance else "open" for line in lines]
    labels = [*STATUSES, ("open", "Not recorded")]
    return [(label, states.count(key)) for key, label in labels]


@dataclass(frozen=True)
class Row:
    """One person on the register page, with what the form shows for them."""

    line: RegisterLine
    form: PersonForm
    status: str
    minutes: str
    was: str

    @property
    def choices(self) -> list[tuple[str, str]]:
        return STATUSES


@require_http_methods(["GET", "HEAD", "POST"])
def register(request: Any, day_id: int) -> HttpResponse:
    """The register: large targets for a phone, saved without JavaScript; untouched lines are left alone."""
    day = get_day_for(viewer(request), day_id)
    if request.method != "POST":
        return _register_page(request, day)
    lines = register_of(day)
    forms = {line.enrolment.pk: PersonForm(request.POST, prefix=f"p{line.enrolment.pk}") for line in lines}
    problems = []
    if all(form.is_valid() for form in forms.values()):
        rest = _rest(request)
        entries = [  # whoever has left the group is marked one by one
            forms[line.enrolment.pk].entry(line.enrolment.pk, otherwise=rest if line.placed else "")
            for line in lines
        ]
        try:
            actions.take_register(
                day=day,
                entries=[entry for entry in entries if entry],
                by=request.user,
                at=request.received_at,
            )
        except Refused as refusal:
            problems = [refusal.message]
        else:
            messages.success(request, f"The register is saved. {_saved(day)}")
            return redirect("teaching:register", day_id=day.pk)
    problems = problems or ["State minutes as a whole number."]
    return _register_page(request, day, posted=forms, problems=problems, rest=_rest(request))


def _rest(request: HttpRequest) -> str:
    """What the button that was pressed says of everybody without a mark."""
    return "present" if "all_present" in request.POST else ""


def _saved(day: EventDay) -> str:
    """What the register holds now and what it credits, in a sentence."""
    lines = register_of(day)
    counts = ", ".join(f"{label.lower()} {count}" for label, count in _counts(lines) if count)
    minutes = sum(line.attendance.minutes for line in lines if line.attendance)
    credited = credited_by(day, lines)
    said = f"{counts.capitalize()}. {hours_text(credited)} of guided learning are credited by this register."
    if credited < minutes:
        said += (
            f" {hours_text(minutes - credited)} more were credited before, by another register of this event or by "
            "the office."
        )
    return said


def _register_page(
    request: HttpRequest,
    day: EventDay,
    *,
    posted: dict[int, PersonForm] | None = None,
    problems: list[str] | None = None,
    rest: str = "",
) -> HttpResponse:
    lines = register_of(day)
    rows = [_row(line, (posted or {}).get(line.enrolment.pk), rest if line.placed else "") for line in lines]
    context = {
        "day": day,
        "rows": rows,
        "counts": _counts(lines),
        "left": any(not line.placed for line in lines),
        "begun": any(line.attendance for line in lines),
        "problems": problems or [],
        "opens_on": _opens_later(day, request.received_at),  # type: ignore[attr-defined]
    }
    return render(request, "teaching/register.html", context, status=422 if posted else 200)


def _row(line: RegisterLine, posted: PersonForm | None, rest: str) -> Row:
    """What is shown: what was entered if the page comes back (`rest` where nothing was), else what is recorded."""
    form = posted or PersonForm(prefix=f"p{line.enrolment.pk}")
    known = line.attendance
    part = str(known.minutes) if known and known.status == "part" else ""
    was = f"{known.status}:{part or 0}" if known else ""
    if posted is None:
        return Row(line, form, known.status if known else "", part, was)
    return Row(line, form, str(form["status"].value() or rest), str(form["minutes"].value() or "")[:6], was)
