"""Applications: the list with its filters, one application with everything the office needs to decide it,
decisions."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from goldenthread.applications import actions, queries
from goldenthread.applications.models import Application, ApplicationState
from goldenthread.common.days import day_text
from goldenthread.common.refused import Refused
from goldenthread.engagement.actions import enrol
from goldenthread.web.office.forms_applications import ApplicationsForm, CheckForm, ReasonForm
from goldenthread.web.public.facts import short_name
from goldenthread.web.shared.http import Request, page_of, show_refusal, viewer
from goldenthread.web.shared.journeys import model_name, role_status_text

STATE_KINDS = {"submitted": "waiting", "accepted": "done", "declined": "plain", "withdrawn": "plain"}
VERBS = {
    "application.submitted": "Sent in",
    "application.left_to_office": "Not enrolled directly",
    "application.checked": "Check recorded",
    "application.accepted": "Accepted",
    "application.declined": "Declined",
    "application.withdrawn": "Withdrawn",
}
MOST_AT_ONCE = 100


@require_safe
def applications(request: Request) -> HttpResponse:
    who, form = viewer(request), ApplicationsForm(request.GET)
    filters = form.filters()
    # Opened without a question, the list shows what waits for a decision.
    state = form.state_asked if request.GET else ApplicationState.SUBMITTED
    found = queries.applications_for(who, state=state, sort=form.sort_asked, **filters)
    counts = queries.counts_for(who, **filters)
    page = page_of(request, found)
    context = {
        "form": form,
        "page": page,
        "lines": [_line(one) for one in page.object_list],
        "tabs": _tabs(request, counts, state),
        "query": request.GET.urlencode()[:1000],
        "narrowed": any(filters.values()) or bool(form.state_asked),
    }
    return render(request, "office/applications.html", context)


def _line(one: Application) -> dict[str, Any]:
    return {
        "application": one,
        "kind": STATE_KINDS[one.state],
        "waits": one.state == ApplicationState.SUBMITTED,
        "referred": one.details.get("entry", {}).get("result") == "referred",
    }


def _tabs(request: Request, counts: dict[str, int], current: str) -> list[dict[str, Any]]:
    tabs = [("", "All", sum(counts.values()))]
    tabs += [(state, ApplicationState(state).label.capitalize(), number) for state, number in counts.items()]
    found = []
    for state, label, number in tabs:
        query = request.GET.copy()
        query.pop("page", None)
        query["state"] = state
        found.append(
            {"label": label, "count": number, "url": f"?{query.urlencode()}", "current": state == current}
        )
    return found


# --- one ---------------------------------------------------------------------------------------------
@require_safe
def application(request: Request, reference: str) -> HttpResponse:
    return _show(request, queries.get_application_for(viewer(request), reference))


def _show(
    request: Request,
    one: Application,
    *,
    accept: ReasonForm | None = None,
    decline: ReasonForm | None = None,
    check: CheckForm | None = None,
) -> HttpResponse:
    forms = [form for form in (accept, decline, check) if form is not None]
    intake = one.intake
    entry = one.details.get("entry", {})
    taken = queries.places_taken(intake) if intake.places else 0
    context = {
        "application": one,
        "kind": STATE_KINDS[one.state],
        "waits": one.state == ApplicationState.SUBMITTED,
        "programme": short_name(intake.version.programme.name),
        "rows": _rows(one),
        "entry": {"referred": entry.get("result") == "referred", "reasons": entry.get("reasons", [])},
        "warnings": queries.warnings_of(one),
        "checks": [_check(one, item, check) for item in queries.entry_checks_of(one)],
        "places": f"{taken} of {intake.places} places taken" if intake.places else "no limit of places",
        "others": queries.other_applications(one),
        "history": [_event(event) for event in queries.history_of(one)],
        "accept": accept or ReasonForm(prefix="accept"),
        "decline": decline or ReasonForm(prefix="decline"),
        "enrolment": getattr(one, "enrolment", None),
    }
    return render(request, "office/application.html", context, status=422 if forms else 200)


def _rows(one: Application) -> list[dict[str, Any]]:
    details, school = one.details, one.school
    place = ", ".join(p for p in (school.town, school.postcode, school.country) if p) if school else ""
    talked = details.get("discussed") or {}
    models = one.intake.version.specification.delivery_models
    pairs = [
        ("Name", one.name),
        ("E-mail", one.email),
        ("School", f"{school.name} ({place})" if school else f"{one.school_text} (not in the register)"),
        ("URN", (school.urn or "") if school else ""),
        ("Role today", role_status_text(one.role_status)),
        ("Scope", one.scope),
        ("Role", details.get("role", "")),
        ("More about the role", details.get("role_description", "")),
        ("Schools", details.get("schools", "")),
        ("Confirmed", ", ".join(details.get("confirmed", []))),
        ("Way to study", model_name(one.delivery_model, models)),
        ("Time zone", one.zone),
        ("Discussed with", _talked(talked)),
        ("Professional conduct", "acknowledged" if one.conduct_accepted else "not acknowledged"),
    ]
    return [{"label": label, "value": str(value)} for label, value in pairs if value != ""]


def _talked(said: dict[str, str]) -> str:
    """With whom somebody talked about applying, and on which day."""
    day = day_text(date.fromisoformat(said["on"])) if said.get("on") else ""
    return ", ".join(filter(None, (*(said.get(name) for name in ("role", "name", "email")), day)))


def _check(one: Application, item: dict[str, Any], sent: CheckForm | None) -> dict[str, Any]:
    mine = sent if sent is not None and sent.data.get("key") == item["check"].key else None
    record = item["record"] or {}
    return {
        "check": item["check"],
        "recorded": bool(record),
        "passed": record.get("passed", False),
        "text": ", ".join(str(record[k]) for k in ("on", "note", "by") if record.get(k)),
        "form": mine or CheckForm(initial={"key": item["check"].key}, auto_id=f"id_{item['check'].key}_%s"),
    }


def _event(event: Any) -> dict[str, Any]:
    reason = event.details.get("reason") or event.details.get("note") or ""
    what = VERBS.get(event.verb, event.verb)
    return {
        "when": event.at,
        "what": f"{what}: {reason}" if reason else what,
        "who": event.actor_name or event.actor,
    }


# --- deciding ----------------------------------------------------------------------------------------
@require_POST
def accept(request: Request, reference: str) -> HttpResponse:
    one = queries.get_application_for(viewer(request), reference)
    form = ReasonForm(request.POST, prefix="accept")
    if form.is_valid():
        try:
            enrolment = enrol(
                application=one, by=request.user, at=request.received_at, reason=form.cleaned_data["reason"]
            )
        except Refused as no:
            show_refusal(form, no)
        else:
            messages.success(
                request,
                f"{one.name} is accepted and enrolled as {enrolment.reference}. The mail goes out now.",
            )
            return redirect("office:application", one.reference)
    return _show(request, queries.get_application_for(viewer(request), reference), accept=form)


@require_POST
def decline(request: Request, reference: str) -> HttpResponse:
    one = queries.get_application_for(viewer(request), reference)
    form = ReasonForm(request.POST, prefix="decline")
    if form.is_valid():
        try:
            actions.decline(
                application=one, by=request.user, at=request.received_at, reason=form.cleaned_data["reason"]
            )
        except Refused as no:
            show_refusal(form, no)
        else:
            messages.success(
                request, f"{one.name}'s application is declined. The mail with the reason goes out now."
            )
            return redirect("office:application", one.reference)
    return _show(request, queries.get_application_for(viewer(request), reference), decline=form)


@require_POST
def withdraw(request: Request, reference: str) -> HttpResponse:
    one = queries.get_application_for(viewer(request), reference)
    try:
        actions.withdraw(application=one, by=request.user, at=request.received_at)
    except Refused as no:
        messages.error(request, no.message)
    else:
        messages.success(request, f"{one.name}'s application is withdrawn.")
    return redirect("office:application", one.reference)


@require_POST
def record_check(request: Request, reference: str) -> HttpResponse:
    """What came of a declaration or gateway, before acceptance."""
    one = queries.get_application_for(viewer(request), reference)
    key = request.POST.get("key", "")[:60]
    form = CheckForm(request.POST, auto_id=f"id_{key}_%s")
    if form.is_valid():
        data = form.cleaned_data
        try:
            actions.record_entry_check(
                application=one,
                key=data["key"],
                passed=data["passed"] == "yes",
                on=data["on"],
                note=data["note"],
                by=request.user,
                at=request.received_at,
            )
        except Refused as no:
            show_refusal(form, no)
        else:
            messages.success(request, "The check is recorded.")
            return redirect("office:application", one.reference)
    return _show(request, one, check=form)


# --- many at once ------------------------------------------------------------------------------------
@require_POST
def accept_many(request: Request) -> HttpResponse:
    """First what would happen, then, confirmed, each acceptance by itself."""
    who = viewer(request)
    chosen = queries.get_applications_for(who, request.POST.getlist("reference")[:MOST_AT_ONCE])
    back = f"{reverse('office:applications')}?{request.POST.get('query', '')[:1000]}"
    if not chosen:
        messages.info(request, "Tick the applications that you want to accept first.")
        return redirect(back)
    if request.POST.get("confirmed") != "yes":
        lines = [{**_line(one), "missing": _missing(one)} for one in chosen]
        ready = [line for line in lines if line["waits"] and not line["missing"]]
        context = {
            "lines": lines,
            "ready": len(ready),
            "back": back,
            "query": request.POST.get("query", "")[:1000],
        }
        return render(request, "office/applications_accept.html", context)
    accepted = 0
    for one in chosen:
        try:
            enrol(application=one, by=request.user, at=request.received_at)
            accepted += 1
        except Refused as no:
            messages.warning(request, f"{one.reference} {one.name}: {no.message}")
    if accepted:
        messages.success(request, f"{accepted} accepted. Each gets a mail with a link to set a password.")
    return redirect(back)


def _missing(one: Application) -> str:
    """What keeps an application from being accepted among others."""
    if one.details.get("entry", {}).get("result") == "referred":
        return "referred by the entry rules, to be decided on its own page"
    open_checks = [
        item["check"].name
        for item in queries.entry_checks_of(one)
        if not (item["record"] or {}).get("passed")
    ]
    return f"{', '.join(open_checks)} missing" if open_checks else ""
