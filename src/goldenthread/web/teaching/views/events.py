"""Today, an event, and its register."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from goldenthread.coaching.queries import pairings_for
from goldenthread.common.refused import Refused
from goldenthread.events import actions, rules
from goldenthread.events.models import EventDay
from goldenthread.events.queries import RegisterLine, days_of_staff, get_day_for, register_of
from goldenthread.learning.queries import responses_for, waiting
from goldenthread.web.teaching.forms import STATUSES, PersonForm

NEXT_DAYS = timedelta(days=60)


@require_safe
def home(request: Any) -> HttpResponse:
    """What is on today and next, which registers are due, whose work and whose coaching waits."""
    at: datetime = request.received_at
    current = Q(ends_at__gte=at - timedelta(days=1)) | Q(register_closed_at__isnull=True)
    soon = list(days_of_staff(request.user).filter(current, starts_at__lte=at + NEXT_DAYS))
    zone = ZoneInfo(request.user.zone)
    day = at.astimezone(zone).date()
    queue = waiting(responses_for(request.user))
    context = {
        "today": [one for one in soon if one.starts_at.astimezone(zone).date() == day],
        "coming": [one for one in soon if one.starts_at.astimezone(zone).date() > day][:8],
        "due": [one for one in soon if one.starts_at <= at and one.register_closed_at is None and one.people],
        "oldest": list(queue[:5]),
        "waiting": queue.count(),
        "coachees": list(pairings_for(request.user)[:5]),
    }
    return render(request, "teaching/home.html", context)


@require_safe
def event(request: Any, day_id: int) -> HttpResponse:
    day = get_day_for(request.user, day_id)
    lines = register_of(day)
    context = {
        "day": day,
        "lines": lines,
        "opens_on": _opens_later(day, request.received_at),
        "counts": _counts(lines),
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
    day = get_day_for(request.user, day_id)
    if request.method != "POST":
        return _register_page(request, day)
    lines = register_of(day)
    forms = {line.enrolment.pk: PersonForm(request.POST, prefix=f"p{line.enrolment.pk}") for line in lines}
    problems = []
    if all(form.is_valid() for form in forms.values()):
        otherwise = "present" if "all_present" in request.POST else ""
        entries = [form.entry(pk, otherwise=otherwise) for pk, form in forms.items()]
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
            messages.success(request, "The register is saved.")
            return redirect("teaching:register", day_id=day.pk)
    return _register_page(
        request, day, posted=forms, problems=problems or ["State minutes as a whole number."]
    )


def _register_page(
    request: HttpRequest,
    day: EventDay,
    *,
    posted: dict[int, PersonForm] | None = None,
    problems: list[str] | None = None,
) -> HttpResponse:
    lines = register_of(day)
    rows = [_row(line, (posted or {}).get(line.enrolment.pk)) for line in lines]
    context = {
        "day": day,
        "rows": rows,
        "counts": _counts(lines),
        "problems": problems or [],
        "opens_on": _opens_later(day, request.received_at),  # type: ignore[attr-defined]
    }
    return render(request, "teaching/register.html", context, status=422 if posted else 200)


def _row(line: RegisterLine, posted: PersonForm | None) -> Row:
    """What is shown: what was entered if the page comes back, else what is recorded."""
    form = posted or PersonForm(prefix=f"p{line.enrolment.pk}")
    known = line.attendance
    part = str(known.minutes) if known and known.status == "part" else ""
    was = f"{known.status}:{part or 0}" if known else ""
    if posted is None:
        return Row(line, form, known.status if known else "", part, was)
    return Row(line, form, str(form["status"].value() or ""), str(form["minutes"].value() or "")[:6], was)
