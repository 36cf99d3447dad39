"""Projects for the office: placements to decide, hand-in days, mark schemes, limits, calendars, one person's tasks."""

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from goldenthread.applications.models import Enrolment
from goldenthread.assessment import project_queries as queries
from goldenthread.assessment import rules
from goldenthread.assessment.actions import hand_in_days as actions
from goldenthread.assessment.models import Window, WindowState
from goldenthread.assessment.project_calendars import calendar_from
from goldenthread.assessment.project_models import SchoolCalendar
from goldenthread.assessment.project_signatures import sent_of
from goldenthread.assessment.project_views import task_lines
from goldenthread.assessment.rules.policies import policy_lines
from goldenthread.common import clock
from goldenthread.common.refused import Refused
from goldenthread.events.rules import EVENT_KINDS
from goldenthread.intakes.models import Intake
from goldenthread.outcomes import achievement, achieving
from goldenthread.outcomes.useful_days import beyond_useful, useful_day_in, would_be_beyond
from goldenthread.web.office.access import office_only
from goldenthread.web.office.forms_projects import (
    CalendarForm,
    CatchUpForm,
    DaysForm,
    DecideForm,
    ExtensionForm,
    LimitForm,
    OpenPlanForm,
    TaskSchemeForm,
)
from goldenthread.web.office.queries import get_enrolment_for
from goldenthread.web.office.views.hand_in_change import named
from goldenthread.web.shared.http import page_of, posted, show_refusal, viewer


@require_safe
def projects(request: Any) -> HttpResponse:
    """Placements that wait for a decision, and the tasks of every intake with their hand-in days."""
    waiting = page_of(request, queries.placements_for(viewer(request)))
    intakes = queries.project_intakes_for(viewer(request))
    days: dict[tuple[int, str], Window] = {}
    found = Window.objects.filter(intake__in=[one.pk for one in intakes]).exclude(task="")
    for window in found.exclude(state=WindowState.CANCELLED).order_by("opens_on", "pk"):
        days[window.intake_id, window.task] = window
    rows = [
        (intake, task, days.get((intake.pk, task.key)))
        for intake in intakes
        for task in queries.tasks_of(intake.version.specification)
    ]
    return render(request, "office/projects.html", {"page": waiting, "rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
def hand_in_days(request: Any, intake_id: int, task: str) -> HttpResponse:
    """Set the hand-in days of a task for an intake; enter its mark scheme first where there is none."""
    intake = next((one for one in queries.project_intakes_for(viewer(request)) if one.pk == intake_id), None)
    if intake is None:
        raise Http404
    asked = queries.ask_of(intake.version.specification, task)
    schemes = queries.schemes_for(intake.version, task)
    adding = "add_scheme" in request.POST
    scheme_form = TaskSchemeForm(request.POST if adding else None)
    form = DaysForm(None if adding else posted(request), schemes)
    if adding and scheme_form.is_valid() and _add_scheme(request, intake, task, scheme_form):
        return redirect("office:hand_in_days", intake.pk, task)
    late = _late(request, intake, task, form)
    if form.is_bound and form.is_valid() and not late:
        window = _set_days(request, intake, task, form, schemes)
        if window:
            return redirect("office:hand_in", window.pk)
    context = {
        "intake": intake,
        "ask": asked,
        "limit": actions.limit_for(intake, task),
        "form": form,
        "scheme_form": scheme_form,
        "schemes": schemes,
        "issuer": intake.version.specification.assessment.mark_scheme_by,
        "useful": useful_day_in(intake),
        **named(late),
    }
    wrong = bool(late) or any(one.is_bound and one.errors for one in (form, scheme_form))
    return render(request, "office/hand_in_days.html", context, status=422 if wrong else 200)


def _late(request: Any, intake: Intake, task: str, form: DaysForm) -> list[tuple[Enrolment, date]]:
    """Whose last useful day lies before the end of the days that were asked for; nobody once the page has said so."""
    if not form.is_bound or not form.is_valid():
        return []
    closes_on = form.cleaned_data["closes_on"]
    seen = request.POST.get("seen") == closes_on.isoformat()
    return [] if seen else would_be_beyond(intake, task, closes_on)


def _add_scheme(request: Any, intake: Intake, task: str, form: TaskSchemeForm) -> bool:
    try:
        made = actions.add_scheme(
            version=intake.version, task=task, **form.cleaned_data, by=request.user, at=request.received_at
        )
    except Refused as refusal:
        show_refusal(form, refusal)
        return False
    messages.success(request, f"{made} is entered. It never changes; another version is another entry.")
    return True


def _set_days(request: Any, intake: Intake, task: str, form: DaysForm, schemes: Any) -> Window | None:
    said = form.cleaned_data
    try:
        window = actions.set_hand_in_days(
            intake=intake,
            task=task,
            scheme=next(one for one in schemes if one.pk == said["scheme"]),
            opens_on=said["opens_on"],
            closes_on=said["closes_on"],
            by=request.user,
            at=request.received_at,
        )
    except Refused as refusal:
        show_refusal(form, refusal)
        return None
    messages.success(request, "The days are set, and everybody of the intake who needs them gets a mail.")
    return window


@require_http_methods(["GET", "HEAD", "POST"])
def hand_in(request: Any, window_id: int) -> HttpResponse:
    """The hand-in days of a task: how many have handed in, the word limit, and the way to marking and results."""
    window = queries.get_task_window_for(viewer(request), window_id)
    form = LimitForm(posted(request))
    if form.is_bound and form.is_valid():
        try:
            actions.set_word_limit(
                window=window, **form.cleaned_data, by=request.user, at=request.received_at
            )
            messages.success(request, "The limit is set. It holds for what is handed in from now on.")
            return redirect("office:hand_in", window.pk)
        except Refused as refusal:
            show_refusal(form, refusal)
    opens, closes = rules.window_instants(window.opens_on, window.days, window.zone)
    last = window.opens_on + timedelta(days=window.days - 1)
    going = window.state == WindowState.SCHEDULED and request.received_at <= closes
    context = {
        "window": window,
        "policies": policy_lines(window.policies, window.word_limit),
        "opens": rules.instant_text(opens, window.zone),
        "closes": rules.deadline_text(closes, window.zone),
        "over": request.received_at > closes,
        "form": form,
        "own": queries.has_place(window, request.user),
        **named(beyond_useful(window, last) if going else []),
    }
    return render(request, "office/hand_in.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def placement(request: Any, placement_id: int) -> HttpResponse:
    """Approve or decline how a placement school contrasts with the candidate's own."""
    found = queries.get_placement_for(viewer(request), placement_id)
    form = DecideForm(posted(request))
    if form.is_bound and form.is_valid():
        try:
            actions.decide_placement(
                placement=found,
                approved=form.cleaned_data["decision"] == "approve",
                reason=form.cleaned_data["reason"],
                by=request.user,
                at=request.received_at,
            )
            messages.success(request, "Decided. The candidate gets a mail.")
            return redirect("office:projects")
        except Refused as refusal:
            show_refusal(form, refusal)
    enrolment = found.project.enrolment
    own = enrolment.user_id == request.user.pk
    context = {"placement": found, "enrolment": enrolment, "form": form, "own": own}
    ask = queries.ask_of(found.project.enrolment.version.specification, found.project.task)
    record = queries.board_record(found.project, ask.board)
    context["answers"] = sent_of(found.project, queries.answers_of(found.project), record)
    return render(request, "office/placement.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def calendars(request: Any) -> HttpResponse:
    """The calendars of schools and regions, and a form for one more or a changed one."""
    office_only(viewer(request))
    form = CalendarForm(posted(request))
    if form.is_bound and form.is_valid():
        try:
            actions.set_calendar(
                school=form.cleaned_data["school"],
                region=form.cleaned_data["region"],
                calendar=form.calendar(),
                by=request.user,
                at=request.received_at,
            )
            messages.success(request, "The calendar is kept and counts at once.")
            return redirect("office:calendars")
        except Refused as refusal:
            show_refusal(form, refusal)
    kept = SchoolCalendar.objects.select_related("school", "changed_by").order_by(
        "region", "school__name", "pk"
    )
    page = page_of(request, kept)
    rows = [(one, calendar_from(one, "").fault) for one in page]
    context = {"page": page, "rows": rows, "form": form, "default": rules.calendars.DEFAULT}
    return render(request, "office/calendars.html", context, status=422 if form.errors else 200)


# --- one person ------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def person_projects(request: Any, reference: str) -> HttpResponse:
    """Somebody's tasks and checklist: open a plan, extend, record a catch-up, close as not achieved."""
    enrolment = get_enrolment_for(viewer(request), reference)
    tasks = task_lines(enrolment)
    if not tasks:
        raise Http404
    forms = _forms(request, enrolment)
    done = next((name for name in forms if name in request.POST), "")
    if "close" in request.POST or (done and forms[done].is_valid()):
        try:
            messages.success(request, _act(request, enrolment, done, forms))
            return redirect("office:person_projects", reference)
        except Refused as refusal:
            if done:
                show_refusal(forms[done], refusal)
            else:
                messages.error(request, refusal.message)
    extensions = list(achieving.extensions_of(enrolment))
    facts = achieving.facts_of(enrolment, extensions)
    checklist = achieving.checklist_of(enrolment, at=request.received_at, facts=facts)
    asked = achieving.asked_of(enrolment.version.specification)
    useful = achievement.last_useful_day(asked, facts) if asked else None
    context = {
        "enrolment": enrolment,
        "own": enrolment.user_id == request.user.pk,
        "tasks": list(zip(tasks, facts.tasks, strict=True)),
        "checklist": checklist,
        "last_useful": useful,
        "useful_is_over": useful is not None and clock.day_of(request.received_at) > useful,
        "over": checklist is not None and checklist.standing is achievement.Standing.NOT_ACHIEVED,
        "extensions": extensions,
        "made_up": list(enrolment.catch_ups.select_related("recorded_by").order_by("activity_key")),
        **{f"{name}_form": form for name, form in forms.items()},
    }
    wrong = any(form.is_bound and form.errors for form in forms.values())
    return render(request, "office/person_projects.html", context, status=422 if wrong else 200)


def _forms(request: Any, enrolment: Enrolment) -> dict[str, Any]:
    """The page's forms by the name of their button; the one whose button was pressed has what was sent."""
    planned = enrolment.plan.filter(kind__in=EVENT_KINDS).order_by("position")
    choices = list(planned.values_list("key", "title"))

    def sent(name: str) -> Any:
        return request.POST if name in request.POST else None

    return {
        "open": OpenPlanForm(sent("open")),
        "extend": ExtensionForm(sent("extend")),
        "catch_up": CatchUpForm(sent("catch_up"), choices),
    }


def _act(request: Any, enrolment: Enrolment, name: str, forms: dict[str, Any]) -> str:
    """Do what the button said; what is told then."""
    who = {"enrolment": enrolment, "by": request.user, "at": request.received_at}
    if name == "open":
        actions.open_plan(**who, **forms[name].cleaned_data)
        return "The plan is open."
    if name == "extend":
        made = achieving.extend(**who, **forms[name].cleaned_data)
        return f"Extended until {rules.day_text(made.until)}."
    if name == "catch_up":
        achieving.make_up(**who, **forms[name].cleaned_data)
        return "The catch-up is recorded."
    achieving.conclude_not_achieved(**who)
    return "Closed as not achieved. An extension opens it again."
