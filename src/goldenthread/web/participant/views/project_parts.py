"""The parts of a project: plan, board, placement, days, challenges, and the links to people outside."""

from typing import Any

from django.contrib import messages
from django.forms import HiddenInput
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from goldenthread.applications.models import Enrolment
from goldenthread.assessment import project_queries as queries
from goldenthread.assessment.actions import project as actions
from goldenthread.assessment.actions import project_links as links
from goldenthread.assessment.project_calendars import calendar_of
from goldenthread.assessment.project_models import BoardRecord, PlacementDay
from goldenthread.assessment.project_models import Challenge as ChallengeRow
from goldenthread.assessment.project_signatures import Sent, is_confirmed, sent_of
from goldenthread.assessment.project_views import TaskView
from goldenthread.assessment.rules import calendars
from goldenthread.assessment.rules.projects import Challenge, open_phases
from goldenthread.common.days import day_text
from goldenthread.common.refused import Refused, Stale
from goldenthread.web.participant.current import Mine, with_enrolment
from goldenthread.web.participant.forms_projects import (
    ACTION_NAMES,
    PLAN_NAMES,
    ActionForm,
    BoardForm,
    ChallengeForm,
    DayForm,
    LinkForm,
    PlacementForm,
    PlanForm,
)
from goldenthread.web.participant.views.project import acting, as_written, page_to, put_back, with_task
from goldenthread.web.shared.http import new_form_key, posted, show_refusal
from goldenthread.web.shared.numbers import number_of
from goldenthread.web.shared.parking import keeps_text

TRIED = "project_link_tried"  # in the session
MOST_ENTERED = 300  # characters: more than the fields take, so that they say so
LINK_PAGES = {
    "board": "participant:project_board",
    "host": "participant:project_days",
    "sponsor": "participant:project_sponsor",
}


@keeps_text(*PLAN_NAMES)
@require_http_methods(["GET", "HEAD", "POST"])
@with_task
def project_plan(request: Any, mine: Mine, found: TaskView) -> HttpResponse:
    """The plan: design, aims, days, the five phases and measures."""
    form = PlanForm(posted(request), ask=found.ask, project=found.project)
    put_back(request, mine, form)
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
        "written": as_written(form) if found.locked else [],
        "open_phases": open_phases(phases),
        "calendar": found.calendar,
    }
    status = (409 if stored else 422) if form.is_bound and form.errors else 200
    return render(request, "participant/project_plan.html", context, status=status)


# --- boards --------------------------------------------------------------------------------------------
@keeps_text("enrolment", "board", "presented_on", "attendees", "feedback")
@require_http_methods(["GET", "HEAD", "POST"])
@with_task
def project_board(request: Any, mine: Mine, found: TaskView) -> HttpResponse:
    """The presentation to the board that the task asks for, and a link by which the board confirms it."""
    if not found.ask.board:
        raise Http404
    boards = list(found.project.boards.select_related("at_school")) if found.project else []
    placement = getattr(found.project, "placement", None)
    former = [one for one in boards if one.school == found.ask.board and queries.former_of(one, placement)]
    own = (one for one in boards if one.school == found.ask.board and one not in former)
    record = next(own, None)
    initial = (
        {name: getattr(record, name) for name in ("board", "presented_on", "attendees", "feedback")}
        if record
        else None
    )
    form = BoardForm(posted(request), initial=initial)
    put_back(request, mine, form)
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
        "written": as_written(form) if found.locked else [],
        "record": record,
        "placement": placement,
        **_links(request, found, "board", record),
    }
    by_link = [one.link for one in context["links"]]
    context["former"] = [(one, is_confirmed(one, by_link)) for one in former]
    return render(request, "participant/project_board.html", context, status=422 if form.errors else 200)


def _links(
    request: Any, found: TaskView, purpose: str, record: BoardRecord | None = None, **initial: str
) -> dict[str, Any]:
    """The links that were sent for a purpose, what of them counts, and the form for one more; what was just sent with a
    fault comes back in it, once.
    """
    form = LinkForm(initial={"purpose": purpose, **initial})
    tried = request.session.get(TRIED, {})
    if (tried.get("task"), tried.get("purpose")) == (found.ask.key, purpose):
        del request.session[TRIED]
        form = LinkForm(tried)
        if form.is_valid() and tried["message"]:
            form.add_error(tried["field"], tried["message"])
    sent: list[Sent] = []
    if found.project is not None:
        rows = list(found.project.links.filter(purpose=purpose).select_related("at_school"))
        sent = sent_of(found.project, rows, record)
    return {
        "links": sent,
        "signed": next((one for one in sent if one.counts), None),
        "unsigned": next((one for one in sent if one.changed), None),
        "link_form": form,
    }


# --- the placement ---------------------------------------------------------------------------------------
@keeps_text("enrolment", "school", "other", "statement", "host_name", "host_email", several=("dimensions",))
@require_http_methods(["GET", "HEAD", "POST"])
@with_task
def project_placement(request: Any, mine: Mine, found: TaskView) -> HttpResponse:
    """The placement school and its contrast. POST keeps them, or sends them to the office."""
    if not found.ask.placement:
        raise Http404
    placement = getattr(found.project, "placement", None)
    form = PlacementForm(posted(request), ask=found.ask, placement=placement)
    put_back(request, mine, form)
    if form.is_bound and form.is_valid():
        asking = "ask" in request.POST
        try:
            before = placement.state if placement else ""
            saved = actions.save_placement(**acting(request, mine, found), **form.said(), ask_approval=asking)
            _say_saved(request, before, saved.state, asking=asking)
            return redirect(page_to(mine, found, "participant:project_placement"))
        except Refused as refusal:
            show_refusal(form, refusal)
    context = {"mine": mine, "found": found, "form": form, "placement": placement}
    context["written"] = as_written(form) if found.locked else []
    return render(request, "participant/project_placement.html", context, status=422 if form.errors else 200)


def _say_saved(request: Any, before: str, state: str, *, asking: bool) -> None:
    """Say what saving a placement has done to its approval."""
    if asking:
        what = (
            "is approved already"
            if state == "approved"
            else "is sent to the programme office. You get a mail"
        )
        messages.success(
            request, f"Saved. The contrast {what}{'.' if state == 'approved' else ' with their decision.'}"
        )
    elif before in ("asked", "approved") and not state:
        messages.warning(request, "Saved. School or contrast are others now: send them for approval again.")
    else:
        messages.success(request, "Saved.")


@keeps_text("enrolment", "on", "note", several=("half",))
@require_http_methods(["GET", "HEAD", "POST"])
@with_task
def project_days(request: Any, mine: Mine, found: TaskView) -> HttpResponse:
    """The log of days at the placement school. POST adds one, or takes one out."""
    if found.ask.placement_days is None:
        raise Http404
    form, back = DayForm(), page_to(mine, found, "participant:project_days")
    changing = "change" in request.POST
    if request.method != "POST" and "day" in request.GET:
        form, changing = _day_to_change(found, request.GET["day"])
    put_back(request, mine, form)
    if request.method == "POST":
        removing = "remove" in request.POST
        form = DayForm({"on": request.POST["remove"]} if removing else request.POST)
        if form.is_valid():
            try:
                if removing:
                    actions.remove_day(**acting(request, mine, found), on=form.cleaned_data["on"])
                    messages.success(
                        request, f"{day_text(form.cleaned_data['on'])} is taken out of your log."
                    )
                else:
                    _say_logged(
                        request,
                        mine,
                        actions.log_day(**acting(request, mine, found), **form.cleaned_data, change=changing),
                    )
                return redirect(back)
            except Refused as refusal:
                show_refusal(form, refusal)
    if changing:  # of which day is not changed here, so that no other one is written over
        form.fields["on"].widget = HiddenInput()
    placement = getattr(found.project, "placement", None)
    calendar = calendar_of(placement.school if placement else None, market=mine.enrolment.version.market)
    rows = list(placement.days.all()) if placement else []
    logged = queries.logged(rows)
    context = {
        "mine": mine,
        "found": found,
        "form": form,
        "changing": changing,
        "changed_day": (form.cleaned_data if form.is_bound else form.initial).get("on") if changing else None,
        "placement": placement,
        "calendar": calendar,
        "days": [
            (day, calendars.is_working_day(calendar, day.on), calendars.in_break(calendar, day.on))
            for day in rows
        ],
        "counted": calendars.days_text(calendars.working_days(calendar, logged)),
        "confirmed": calendars.days_text(calendars.working_days(calendar, logged, confirmed_only=True)),
        "half": actions.half_text(calendar.half_days),
        "in_breaks": sum(not day.confirmed_at and calendars.in_break(calendar, day.on) for day in rows),
        **_links(
            request,
            found,
            "host",
            name=placement.host_name if placement else "",
            email=placement.host_email if placement else "",
        ),
    }
    return render(request, "participant/project_days.html", context, status=422 if form.errors else 200)


def _day_to_change(found: TaskView, said: str) -> tuple[DayForm, bool]:
    """The form with what is logged of a day, and whether there is one that its host hasn't confirmed."""
    placement = getattr(found.project, "placement", None)
    days = placement.days.filter(confirmed_at__isnull=True) if placement else ()
    known = next((one for one in days if one.on.isoformat() == said), None)
    if known is None:
        return DayForm(), False
    return DayForm(initial={"on": known.on, "half": known.half, "note": known.note}), True


def _say_logged(request: Any, mine: Mine, day: PlacementDay) -> None:
    """Say that a day is logged, and at once where it does not count."""
    calendar = calendar_of(day.placement.school, market=mine.enrolment.version.market)
    text = f"{day_text(day.on)} is logged."
    if not calendars.is_working_day(calendar, day.on):
        messages.warning(
            request,
            f"{text} It does not count: by {calendar.name} it is no working day at your placement school.",
        )
    elif calendars.in_break(calendar, day.on):
        messages.success(
            request, f"{text} It lies in usual school holidays, and counts once your host confirms it."
        )
    else:
        messages.success(request, text)


# --- challenges and actions --------------------------------------------------------------------------------
@keeps_text("enrolment", "kind", "horizon", "text", "action", "form_key", "challenge", *ACTION_NAMES)
@require_http_methods(["GET", "HEAD", "POST"])
@with_task
def project_challenges(request: Any, mine: Mine, found: TaskView) -> HttpResponse:
    """What the placement school lacks, and the action plan for it. POST adds a challenge or an action, or takes out."""
    if not found.ask.challenge_kinds:
        raise Http404
    form: Any = ChallengeForm(ask=found.ask, key=new_form_key())
    if not request.kept.get("challenge"):
        put_back(request, mine, form)
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
    known = placement.challenges.select_related("at_school").prefetch_related("actions") if placement else ()
    every = [(one, queries.former_of(one, placement)) for one in known]
    rows = [
        (one, ActionForm(of=one.pk, initial={"form_key": new_form_key()}))
        for one, former in every
        if not former
    ]
    _put_action_back(request, mine, rows)
    if faulty is not None:
        rows = [(one, faulty if faulty.of == one.pk else blank) for one, blank in rows]
    context = {"mine": mine, "found": found, "form": form, "rows": rows, "placement": placement}
    context["former"] = [(one, former) for one, former in every if former]
    wrong = form.errors or (faulty is not None and faulty.errors)
    return render(request, "participant/project_challenges.html", context, status=422 if wrong else 200)


def _put_action_back(request: Any, mine: Mine, rows: list[tuple[ChallengeRow, ActionForm]]) -> None:
    """Show the action that somebody had sent when they were signed out at its challenge; its text alone where that is
    no longer in the plan."""
    number = request.kept.get("challenge", "")
    if not number or request.kept.get("enrolment") != mine.enrolment.reference:
        return
    form = next((form for one, form in rows if str(one.pk) == number), None)
    if form is not None:
        put_back(request, mine, form)
        form.open = True
    elif text := request.kept.get("action-text", "").strip():
        messages.warning(
            request,
            f"What you wrote was an action for a challenge that isn't in your plan any more: “{text}”",
        )


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
        form: Any = ActionForm(request.POST, of=one.pk if one else 0)
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
    one = known.filter(pk=number_of(number) or 0).first()
    if one is None and not gone:
        raise Http404
    return one


# --- the sponsor -------------------------------------------------------------------------------------------
@require_safe
@with_task
def project_sponsor(request: Any, mine: Mine, found: TaskView) -> HttpResponse:
    """Who stands behind the project, asked by a link, and what they said."""
    focus = found.project.plan.get("focus", "") if found.project else ""
    context = {"mine": mine, "found": found, "focus": focus.strip(), **_links(request, found, "sponsor")}
    return render(request, "participant/project_sponsor.html", context)


# --- links -----------------------------------------------------------------------------------------------
@keeps_text("enrolment", "purpose", "name", "email")
@require_http_methods(["GET", "HEAD", "POST"])
@with_task
def project_link(request: Any, mine: Mine, found: TaskView) -> HttpResponse:
    """Send somebody outside a link. Whoever comes back here from signing in reads that it was not sent."""
    if request.method != "POST":
        return _not_sent(request, mine, found.ask.key)
    form = LinkForm(request.POST)
    back = LINK_PAGES.get(request.POST.get("purpose", ""), "participant:project")
    if not form.is_valid():
        _tried(request, found)
        return redirect(page_to(mine, found, back))
    try:
        sent = links.send_link(**acting(request, mine, found), **form.cleaned_data)
        messages.success(request, f"The link goes to {sent.email}.")
    except Refused as refusal:
        _tried(request, found, refusal)
    return redirect(page_to(mine, found, back))


def _tried(request: Any, found: TaskView, refusal: Refused | None = None) -> None:
    """Keep what was entered for the page that shows it again with its fault: nothing was sent."""
    if refusal is not None and refusal.field is None:
        messages.error(request, refusal.message)
        return
    entered = {name: request.POST.get(name, "")[:MOST_ENTERED] for name in ("purpose", "name", "email")}
    request.session[TRIED] = {
        **entered,
        "task": found.ask.key,
        "message": refusal.message if refusal else "",
        "field": refusal.field if refusal else "",
    }
    messages.error(request, "The link was not sent: see below what is wrong with it.")


def _not_sent(request: Any, mine: Mine, task: str) -> HttpResponse:
    """Say that a link was not sent that somebody had sent when they were signed out, and go to its page."""
    kept = request.kept
    of = next((one for one in mine.all if one.reference == kept.get("enrolment")), None)
    if of is None:
        messages.info(
            request, "Opening this address sends nothing. A link is sent from the page of what you ask about."
        )
        return redirect(_page_of(mine, mine.enrolment, "participant:project", task))
    who = " ".join(filter(None, (kept.get("name"), kept.get("email")))) or "the person"
    messages.warning(request, f"The link to {who} was not sent, since you were signed out: send it again.")
    return redirect(_page_of(mine, of, LINK_PAGES.get(kept.get("purpose", ""), "participant:project"), task))


def _page_of(mine: Mine, enrolment: Enrolment, name: str, task: str) -> str:
    """The address of a page of a task of one of somebody's enrolments, which it names if they have several."""
    page = reverse(name, args=[task])
    return f"{page}?enrolment={enrolment.reference}" if mine.others else page


@require_http_methods(["GET", "HEAD", "POST"])
@with_enrolment
def project_link_revoke(request: Any, mine: Mine, task: str, link_id: int) -> HttpResponse:
    """Take a link back. Whoever comes here without having pressed the button, as from signing in, reads how it is."""
    link = queries.get_sent_link_for(request.user, task, link_id)
    enrolment = link.project.enrolment
    if request.method == "POST":
        links.revoke_link(enrolment=enrolment, link_id=link_id, by=request.user, at=request.received_at)
        messages.success(request, "The link no longer counts.")
    elif link.revoked_at is not None:
        messages.info(request, f"The link to {link.email} was taken back {day_text(link.revoked_at.date())}.")
    elif link.answered_at is not None:
        messages.info(request, f"The link to {link.email} is answered: there is nothing to take back.")
    else:
        messages.warning(
            request, f"The link to {link.email} was not taken back: press its button, if you want that."
        )
    return redirect(_page_of(mine, enrolment, LINK_PAGES[link.purpose], task))
