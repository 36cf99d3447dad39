"""The parts of a project: plan, board, placement, days, challenges, and the links to people outside."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from goldenthread.assessment import project_queries as queries
from goldenthread.assessment.actions import project as actions
from goldenthread.assessment.actions import project_links as links
from goldenthread.assessment.project_models import Challenge as ChallengeRow
from goldenthread.assessment.project_queries import TaskView
from goldenthread.assessment.rules import calendars
from goldenthread.assessment.rules.projects import Challenge, open_phases
from goldenthread.common.refused import Refused, Stale
from goldenthread.web.participant.current import Mine, with_enrolment
from goldenthread.web.participant.forms_projects import (
    ActionForm,
    BoardForm,
    ChallengeForm,
    DayForm,
    LinkForm,
    PlacementForm,
    PlanForm,
)
from goldenthread.web.participant.views.project import acting, page_to, with_task
from goldenthread.web.shared.http import new_form_key, posted, show_refusal

LINK_PAGES = {
    "board": "participant:project_board",
    "host": "participant:project_days",
    "sponsor": "participant:project_sponsor",
}


@require_http_methods(["GET", "HEAD", "POST"])
@with_task
def project_plan(request: Any, mine: Mine, found: TaskView) -> HttpResponse:
    """The plan: design, aims, days, the five phases and measures."""
    form = PlanForm(posted(request), ask=found.ask, project=found.project)
    stored: dict[str, str] = {}
    if form.is_bound and form.is_valid():
        try:
            actions.save_plan(
                **acting(request, mine, found), plan=form.plan(), revision=form.cleaned_data["revision"]
            )
            messages.success(request, "Your plan is saved.")
            return redirect(page_to(mine, found, "participant:project"))
        except Stale as refusal:
            show_refusal(form, refusal)
            stored = {name: text for name, text in refusal.texts.items() if text}
            form.data = {**form.data.dict(), "revision": str(refusal.revision)}  # type: ignore[attr-defined]
        except Refused as refusal:
            show_refusal(form, refusal)
    phases = found.project.plan.get("phases", {}) if found.project else {}
    context = {
        "mine": mine,
        "found": found,
        "form": form,
        "stored": [(name.replace("_", " ").capitalize(), text) for name, text in stored.items()],
        "open_phases": open_phases(phases),
        "calendar": found.calendar,
    }
    status = (409 if stored else 422) if form.is_bound and form.errors else 200
    return render(request, "participant/project_plan.html", context, status=status)


# --- boards --------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@with_task
def project_board(request: Any, mine: Mine, found: TaskView) -> HttpResponse:
    """The presentation to the board that the task asks for, and a link by which the board confirms it."""
    if not found.ask.board:
        raise Http404
    boards = found.project.boards.all() if found.project else ()
    record = next((one for one in boards if one.school == found.ask.board), None)
    initial = (
        {name: getattr(record, name) for name in ("board", "presented_on", "attendees", "feedback")}
        if record
        else None
    )
    form = BoardForm(posted(request), initial=initial)
    if form.is_bound and form.is_valid():
        try:
            actions.record_board(**acting(request, mine, found), school=found.ask.board, **form.cleaned_data)
            messages.success(request, "The presentation is recorded.")
            return redirect(page_to(mine, found, "participant:project_board"))
        except Refused as refusal:
            show_refusal(form, refusal)
    context = {
        "mine": mine,
        "found": found,
        "form": form,
        "record": record,
        **_links(found, "board"),
    }
    return render(request, "participant/project_board.html", context, status=422 if form.errors else 200)


def _links(found: TaskView, purpose: str, **initial: str) -> dict[str, Any]:
    """The links that were sent for a purpose, and the form for one more."""
    sent = list(found.project.links.filter(purpose=purpose)) if found.project else []
    return {"links": sent, "link_form": LinkForm(initial={"purpose": purpose, **initial})}


# --- the placement ---------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@with_task
def project_placement(request: Any, mine: Mine, found: TaskView) -> HttpResponse:
    """The placement school and its contrast. POST keeps them, or sends them to the office."""
    if not found.ask.placement:
        raise Http404
    placement = getattr(found.project, "placement", None)
    form = PlacementForm(posted(request), ask=found.ask, placement=placement)
    if form.is_bound and form.is_valid():
        asking = "ask" in request.POST
        try:
            actions.save_placement(**acting(request, mine, found), **form.said(), ask_approval=asking)
            messages.success(
                request,
                "Sent to the programme office. You get a mail with their decision." if asking else "Saved.",
            )
            return redirect(page_to(mine, found, "participant:project_placement"))
        except Refused as refusal:
            show_refusal(form, refusal)
    context = {"mine": mine, "found": found, "form": form, "placement": placement}
    return render(request, "participant/project_placement.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@with_task
def project_days(request: Any, mine: Mine, found: TaskView) -> HttpResponse:
    """The log of days at the placement school. POST adds one, or takes one out."""
    if found.ask.placement_days is None:
        raise Http404
    form, back = DayForm(), page_to(mine, found, "participant:project_days")
    if request.method == "POST":
        removing = "remove" in request.POST
        form = DayForm({"on": request.POST["remove"]} if removing else request.POST)
        if form.is_valid():
            try:
                if removing:
                    actions.remove_day(**acting(request, mine, found), on=form.cleaned_data["on"])
                else:
                    actions.log_day(**acting(request, mine, found), **form.cleaned_data)
                return redirect(back)
            except Refused as refusal:
                show_refusal(form, refusal)
    placement = getattr(found.project, "placement", None)
    (calendar,) = queries.calendars_of(placement.school if placement else None)
    rows = list(placement.days.all()) if placement else []
    logged = queries.logged(rows)
    context = {
        "mine": mine,
        "found": found,
        "form": form,
        "placement": placement,
        "calendar": calendar,
        "days": [(day, calendars.is_working_day(calendar, day.on)) for day in rows],
        "counted": calendars.days_text(calendars.working_days(calendar, logged)),
        "confirmed": calendars.days_text(calendars.working_days(calendar, logged, confirmed_only=True)),
        "half": actions.half_text(calendar.half_days),
        **_links(
            found,
            "host",
            name=placement.host_name if placement else "",
            email=placement.host_email if placement else "",
        ),
    }
    return render(request, "participant/project_days.html", context, status=422 if form.errors else 200)


# --- challenges and actions --------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@with_task
def project_challenges(request: Any, mine: Mine, found: TaskView) -> HttpResponse:
    """What the placement school lacks, and the action plan for it. POST adds a challenge or an action, or takes out."""
    if not found.ask.challenge_kinds:
        raise Http404
    form: Any = ChallengeForm(ask=found.ask, key=new_form_key())
    faulty = None
    if request.method == "POST":
        try:
            form, done = _challenge_post(request, mine, found)
        except Refused as refusal:
            messages.error(request, refusal.message)
            done = True
        if done:
            return redirect(page_to(mine, found, "participant:project_challenges"))
        if isinstance(form, ActionForm):
            faulty, form = form, ChallengeForm(ask=found.ask, key=new_form_key())
    placement = getattr(found.project, "placement", None)
    rows = [
        (one, ActionForm(initial={"form_key": new_form_key()}, prefix=f"c{one.pk}"))
        for one in (placement.challenges.prefetch_related("actions").order_by("pk") if placement else ())
    ]
    if faulty is not None:
        rows = [(one, faulty if faulty.prefix == f"c{one.pk}" else blank) for one, blank in rows]
    context = {"mine": mine, "found": found, "form": form, "rows": rows, "placement": placement}
    wrong = form.errors or (faulty is not None and faulty.errors)
    return render(request, "participant/project_challenges.html", context, status=422 if wrong else 200)


def _challenge_post(request: Any, mine: Mine, found: TaskView) -> tuple[Any, bool]:
    """Do what the button said; the form if it is to be shown again, and whether it is done."""
    who = {"by": request.user, "at": request.received_at}
    if "remove" in request.POST:
        one = _challenge(found, request.POST["remove"], gone=True)
        if one is not None:
            actions.remove_challenge(challenge=one, **who)
        return None, True
    if "challenge" in request.POST:
        one = _challenge(found, request.POST["challenge"])
        form: Any = ActionForm(request.POST, prefix=f"c{one.pk}" if one else "")
        if one is not None and form.is_valid():
            actions.add_action(challenge=one, **form.cleaned_data, **who)
            return form, True
        return form, False
    form = ChallengeForm(request.POST, ask=found.ask, key="")
    if not form.is_valid():
        return form, False
    said = form.cleaned_data
    actions.add_challenge(
        **acting(request, mine, found),
        challenge=Challenge(said["kind"], said["horizon"], said["text"], (said["action"],)),
        form_key=said["form_key"],
    )
    return form, True


def _challenge(found: TaskView, number: str, *, gone: bool = False) -> ChallengeRow | None:
    """A challenge of this project; with `gone`, None where it was taken out already."""
    known = ChallengeRow.objects.filter(placement__project=found.project).select_related(
        "placement__project__enrolment__version", "placement__project__enrolment__user"
    )
    one = known.filter(pk=int(number)).first() if number.isdigit() and len(number) < 18 else None
    if one is None and not gone:
        raise Http404
    return one


# --- the sponsor -------------------------------------------------------------------------------------------
@require_safe
@with_task
def project_sponsor(request: Any, mine: Mine, found: TaskView) -> HttpResponse:
    """Who stands behind the project, asked by a link, and what they said."""
    focus = found.project.plan.get("focus", "") if found.project else ""
    context = {"mine": mine, "found": found, "focus": focus.strip(), **_links(found, "sponsor")}
    return render(request, "participant/project_sponsor.html", context)


# --- links -----------------------------------------------------------------------------------------------
@require_POST
@with_task
def project_link(request: Any, mine: Mine, found: TaskView) -> HttpResponse:
    """Send somebody outside a link."""
    form = LinkForm(request.POST)
    back = LINK_PAGES.get(request.POST.get("purpose", ""), "participant:project")
    if not form.is_valid():
        messages.error(request, "Give the name and the e-mail address of the person.")
    else:
        try:
            sent = links.send_link(**acting(request, mine, found), **form.cleaned_data)
            messages.success(request, f"The link goes to {sent.email}.")
        except Refused as refusal:
            messages.error(request, refusal.message)
    return redirect(page_to(mine, found, back))


@require_POST
@with_enrolment
def project_link_revoke(request: Any, mine: Mine, task: str, link_id: int) -> HttpResponse:
    """Take a link back."""
    queries.task_of(mine.enrolment.version.specification, task)
    links.revoke_link(enrolment=mine.enrolment, link_id=link_id, by=request.user, at=request.received_at)
    messages.success(request, "The link no longer counts.")
    back = request.POST.get("back", "")
    page = f"participant:{back}"
    return redirect(page if page in LINK_PAGES.values() else "participant:project", task)
