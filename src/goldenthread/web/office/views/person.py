"""Everything about one participant, and the correction of a credit."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from goldenthread.assessment import actions as assessment
from goldenthread.assessment.access import may_see_writing
from goldenthread.common.refused import Refused
from goldenthread.engagement import actions
from goldenthread.web.office.dossier import Dossier, dossier_for, get_entry_for
from goldenthread.web.office.fields import reason_field
from goldenthread.web.office.forms_assessment import AgainForm, NextForm
from goldenthread.web.shared.http import Request, new_form_key, renew_form_key, show_refusal, viewer
from goldenthread.web.shared.journeys import stage_kind, stage_text


@require_safe
def person(request: Request, reference: str) -> HttpResponse:
    """One participant on one page."""
    return _page(request, dossier_for(viewer(request), reference, at=request.received_at))


def _page(request: Request, found: Dossier, again: Any = None, instead: Any = None) -> HttpResponse:
    enrolment = found.enrolment
    own = enrolment.user_id == request.user.pk
    context = {
        "sees_writing": may_see_writing(viewer(request)) and not own,
        "own": own,
        "found": found,
        "again": again or AgainForm(None, found.windows),
        "instead": instead or NextForm(None),
        "enrolment": enrolment,
        "projects": enrolment.version.specification.assessment.kind == "projects",
        "stage": stage_text(enrolment),
        "kind": stage_kind(enrolment),
        "open_all": request.GET.get("credits") == "all",
    }
    return render(request, "office/person.html", context, status=422 if again or instead else 200)


@require_POST
def enter_again(request: Request, reference: str) -> HttpResponse:
    """Enter somebody who did not pass, or was held back, for a further window, with a reason."""
    found = dossier_for(viewer(request), reference, at=request.received_at)
    form = AgainForm(request.POST, found.windows)
    if form.is_valid():
        try:
            assessment.enter_again(
                enrolment=found.enrolment,
                window=form.window(),
                reason=form.cleaned_data["reason"],
                by=request.user,
                at=request.received_at,
            )
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(
                request, f"{found.enrolment.user.name} is entered and gets a mail with the days."
            )
            return redirect("office:person", reference)
    return _page(request, found, form)


@require_POST
def say_next(request: Request, reference: str) -> HttpResponse:
    """Say what comes next for somebody instead of a further window; it settles the desk's line about them."""
    found = dossier_for(viewer(request), reference, at=request.received_at)
    form = NextForm(request.POST)
    if form.is_valid():
        try:
            assessment.say_what_next(
                enrolment=found.enrolment,
                text=form.cleaned_data["text"],
                by=request.user,
                at=request.received_at,
            )
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(
                request, "It is kept with your name, and the desk doesn't ask about it any more."
            )
            return redirect("office:person", reference)
    return _page(request, found, instead=form)


class CorrectionForm(forms.Form):
    """Minutes to add or take away, and why."""

    minutes = forms.IntegerField(
        label="Minutes",
        help_text="With a minus sign to take away: -60.",
        min_value=-100_000,
        max_value=100_000,
        error_messages={"required": "Give the minutes.", "invalid": "Give whole minutes, such as 90 or -60."},
        widget=forms.TextInput(attrs={"inputmode": "text"}),
    )
    reason = reason_field(
        "Why is it corrected?",
        longest=300,
        rows=3,
        help_text="The participant can read this beside the entry.",
        error_messages={"required": "Say why this credit is corrected."},
    )
    form_key = forms.UUIDField(widget=forms.HiddenInput)


@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: Request, reference: str, entry_id: int) -> HttpResponse:
    """Correct a credit by a further entry; the first one stays."""
    entry = get_entry_for(viewer(request), reference, entry_id)
    form = CorrectionForm(request.POST or None, initial={"form_key": new_form_key()})
    if request.method == "POST" and form.is_valid() and _corrected(request, entry, form):
        messages.success(
            request, f"Corrected. The new entry stands beside the first one in “{entry.activity.title}”."
        )
        return redirect("office:person", reference)
    status = 422 if form.is_bound else 200
    return render(request, "office/person_correct.html", {"entry": entry, "form": form}, status=status)


def _corrected(request: Request, entry: Any, form: CorrectionForm) -> bool:
    said = form.cleaned_data
    key = f"correction:{entry.pk}:{said['form_key']}"
    try:
        actions.correct(
            entry=entry,
            minutes=said["minutes"],
            reason=said["reason"],
            key=key,
            by=request.user,
            at=request.received_at,
        )
    except Refused as refusal:
        show_refusal(form, refusal)
        renew_form_key(form, refusal)
        return False
    return True
