"""Entries beyond the months of a version, or its attempts: one of the office asks, another decides."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from goldenthread.assessment import actions, attempts, entering, late_entries
from goldenthread.assessment.late_entry_models import LateEntry
from goldenthread.assessment.rules.attempts import Standing
from goldenthread.common.refused import Refused
from goldenthread.web.office.forms_afterwards import SecondForm
from goldenthread.web.office.forms_assessment import LateEntryForm
from goldenthread.web.office.queries import get_enrolment_for
from goldenthread.web.shared.http import new_form_key, page_of, posted, show_refusal, today, viewer


@require_safe
def entries(request: Any) -> HttpResponse:
    """What waits for a second person, or what was decided."""
    decided = request.GET.get("show") == "decided"
    page = page_of(request, late_entries.late_entries_for(viewer(request), decided=decided))
    tabs = [("To decide", "?show=open", not decided, ""), ("Decided", "?show=decided", decided, "")]
    return render(request, "office/late_entries.html", {"page": page, "tabs": tabs, "decided": decided})


@require_http_methods(["GET", "HEAD", "POST"])
def entry_ask(request: Any, reference: str) -> HttpResponse:
    """Ask that somebody is entered beyond the months, for one of the windows that would be theirs."""
    enrolment = get_enrolment_for(viewer(request), reference)
    windows = late_entries.windows_beyond(enrolment, at=request.received_at)
    form = LateEntryForm(posted(request), windows, form_key=new_form_key())
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.ask_late_entry(
                enrolment=enrolment,
                window=form.window(),
                reason=form.cleaned_data["reason"],
                form_key=str(form.cleaned_data["form_key"]),
                by=request.user,
                at=request.received_at,
            )
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(
                request, "Asked for. A colleague looks at it and decides; nothing changes until then."
            )
            return redirect("office:late_entry", made.pk)
    tried = attempts.tried_by(enrolment)
    on = windows[0].opens_on if windows else today(request)
    name = enrolment.user.name
    context = {
        "enrolment": enrolment,
        "title": f"A further attempt for {name}" if tried.times else f"Enter {name} beyond the months",
        "standing": attempts.standing_on(enrolment, tried, on) if tried.times else None,
        "form": form,
        "windows": windows,
        "until": entering.follows_until(enrolment),
        "own_window": late_entries.own_can_be_set(enrolment, at=request.received_at),
        "waits": late_entries.waiting_of(enrolment),
        "own": enrolment.user_id == request.user.pk,
    }
    return render(request, "office/late_entry_ask.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def entry(request: Any, late_id: int) -> HttpResponse:
    """One exception: why it was asked for, and the decision of a second person."""
    found = late_entries.get_late_entry_for(viewer(request), late_id)
    form = SecondForm(posted(request))
    if request.method == "POST" and form.is_valid():
        approve = form.cleaned_data["approve"] == "1"
        try:
            actions.decide_late_entry(
                entry=found,
                approve=approve,
                reason=form.cleaned_data["reason"],
                by=request.user,
                at=request.received_at,
            )
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            name = found.enrolment.user.name
            done = (
                f"{name} is entered and gets a mail with the days."
                if approve
                else "It is refused; nothing changes."
            )
            messages.success(request, done)
            return redirect("office:person", found.enrolment.reference)
    context = {
        "entry": found,
        "person": found.enrolment.user,
        "title": "A further attempt" if found.beyond == "attempts" else "Entry beyond the months",
        "standing": _standing(found),
        "last_day": attempts.last_day_of(found.window),
        "until": entering.follows_until(found.enrolment),
        "own": found.asked_by_id == request.user.pk,
        "form": form,
    }
    return render(request, "office/late_entry.html", context, status=422 if form.errors else 200)


def _standing(entry: LateEntry) -> Standing | None:
    if entry.beyond != "attempts":
        return None
    enrolment = entry.enrolment
    return attempts.standing_on(enrolment, attempts.tried_by(enrolment), entry.window.opens_on)


@require_POST
def entry_take_back(request: Any, late_id: int) -> HttpResponse:
    """Take back what one asked for."""
    found = late_entries.get_late_entry_for(viewer(request), late_id)
    try:
        actions.take_back_late_entry(entry=found, by=request.user, at=request.received_at)
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, "It is taken back; nothing changes.")
    return redirect("office:late_entry", found.pk)
