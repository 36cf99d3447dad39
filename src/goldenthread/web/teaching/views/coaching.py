"""The people somebody coaches, and a session to log."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from goldenthread.coaching import actions
from goldenthread.coaching.models import Pairing
from goldenthread.coaching.queries import get_pairing_for, pairings_for, sessions_of
from goldenthread.common.refused import Refused
from goldenthread.web.shared.http import new_form_key, page_of, show_refusal, today, viewer
from goldenthread.web.shared.parking import keep, keeps_text
from goldenthread.web.teaching.forms import SessionForm

KEPT = ("held_at", "minutes", "focus", "feedback", "agreed_action")


@require_safe
def coaching(request: Any) -> HttpResponse:
    context = {"page": page_of(request, pairings_for(viewer(request))), "today": today(request)}
    return render(request, "teaching/coaching.html", context)


@keeps_text(*KEPT)
@require_http_methods(["GET", "HEAD", "POST"])
def coachee(request: Any, pairing_id: int) -> HttpResponse:
    pairing = get_pairing_for(viewer(request), pairing_id)
    form = SessionForm(request.POST or None, initial=request.kept)
    form_key, over = _form_key(request), False
    if request.method == "POST" and form.is_valid():
        try:
            _log(request, pairing, form, form_key)
        except Refused as refusal:
            show_refusal(form, refusal)
            if refusal.code == "form.sent":
                form_key = new_form_key()
            over = refusal.code == "session.entitlement"
            if over:
                keep(request, KEPT)
        else:
            messages.success(
                request, f"The session is logged. {pairing.enrolment.user} gets a mail about it."
            )
            return redirect("teaching:coachee", pairing_id=pairing.pk)
    context = {
        "pairing": pairing,
        "form": form,
        "form_key": form_key,
        "over": over,
        "page": page_of(request, sessions_of(pairing.enrolment), size=20),
    }
    return render(request, "teaching/coachee.html", context, status=422 if form.errors else 200)


def _form_key(request: Any) -> str:
    """The key that came with the form, if it is one; else a new one."""
    try:
        return str(uuid.UUID(request.POST.get("form_key", "")))
    except ValueError:
        return new_form_key()


def _log(request: Any, pairing: Pairing, form: SessionForm, form_key: str) -> None:
    clean = form.cleaned_data
    actions.log_session(
        pairing=pairing,
        form_key=form_key,
        held_at=clean["held_at"],
        minutes=clean["minutes"],
        focus=clean["focus"],
        feedback=clean["feedback"],
        agreed_action=clean["agreed_action"],
        by=request.user,
        at=request.received_at,
    )
