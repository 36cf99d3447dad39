"""Coaching of one participant as the office sees it: the sessions held, and the approval of more (S0-28)."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from goldenthread.applications.models import Enrolment
from goldenthread.coaching import actions, queries
from goldenthread.coaching.rules import MOST_MORE
from goldenthread.common.quantities import hours_text
from goldenthread.common.refused import Refused
from goldenthread.web.office.fields import reason_field
from goldenthread.web.office.queries import get_enrolment_for
from goldenthread.web.shared.http import (
    Request,
    new_form_key,
    page_of,
    posted,
    renew_form_key,
    show_refusal,
    viewer,
)


class MoreForm(forms.Form):
    """Minutes beyond the programme, and why."""

    minutes = forms.IntegerField(
        label="Minutes more",
        help_text="For a session of 45 minutes when half an hour is left: 15.",
        min_value=1,
        max_value=MOST_MORE,
        error_messages={
            "required": "Say how many minutes more.",
            "invalid": "Give whole minutes, such as 45.",
        },
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    reason = reason_field(
        "Why is more approved?",
        longest=300,
        rows=3,
        help_text="It is kept in the history of this participant, with your name.",
        error_messages={"required": "Say why more coaching is approved."},
    )
    form_key = forms.UUIDField(widget=forms.HiddenInput)


@require_http_methods(["GET", "HEAD", "POST"])
def coaching(request: Request, reference: str) -> HttpResponse:
    """The sessions of one participant, and more coaching to approve."""
    enrolment = get_enrolment_for(viewer(request), reference)
    form = MoreForm(posted(request), initial={"form_key": new_form_key()})
    if form.is_bound and form.is_valid() and _approved(request, enrolment, form):
        return redirect("office:coaching", reference)
    pairing = queries.coach_of(enrolment)
    context = {
        "enrolment": enrolment,
        "form": form,
        "coach": pairing.coach if pairing else None,
        "entitlement": queries.entitlement_of(enrolment),
        "approved": enrolment.more_coaching.select_related("approved_by"),
        "page": page_of(request, queries.sessions_of(enrolment), size=20),
    }
    return render(request, "office/person_coaching.html", context, status=422 if form.is_bound else 200)


def _approved(request: Request, enrolment: Enrolment, form: Any) -> bool:
    said = form.cleaned_data
    try:
        more = actions.approve_more(
            enrolment=enrolment,
            form_key=said["form_key"],
            minutes=said["minutes"],
            reason=said["reason"],
            by=request.user,
            at=request.received_at,
        )
    except Refused as refusal:
        show_refusal(form, refusal)
        renew_form_key(form, refusal)
        return False
    messages.success(
        request,
        f"{hours_text(more.minutes)} more are approved. The coach gets a mail and can log the session now.",
    )
    return True
