"""Other hand-in days for a project task, or none: what people were told is changed with a reason."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from goldenthread.applications.models import Enrolment
from goldenthread.assessment import adjusting
from goldenthread.assessment import project_queries as queries
from goldenthread.assessment.actions import change_days as actions
from goldenthread.common.refused import Refused
from goldenthread.outcomes.achievement import MARKING_DAYS
from goldenthread.outcomes.useful_days import beyond_useful
from goldenthread.web.office.forms_projects import CancelDaysForm, ChangeDaysForm
from goldenthread.web.shared.http import show_refusal, viewer

SHOWN = 10  # people who are named


def named(late: Sequence[tuple[Enrolment, date]]) -> dict[str, Any]:
    """Whose last useful day lies before the end of hand-in days, as pages name them: the first few, how many more."""
    return {"late": late[:SHOWN], "more_late": len(late[SHOWN:]), "weeks": MARKING_DAYS // 7}


@require_http_methods(["GET", "HEAD", "POST"])
def hand_in_change(request: Any, window_id: int) -> HttpResponse:
    """Change the days, or cancel them, as the button says."""
    window = queries.get_task_window_for(viewer(request), window_id)
    last = window.opens_on + timedelta(days=window.days - 1)
    cancelling = "cancel" in request.POST
    sent = request.POST if request.method == "POST" else None
    form = ChangeDaysForm(
        None if cancelling else sent, initial={"opens_on": window.opens_on, "closes_on": last}
    )
    cancel_form = CancelDaysForm(sent if cancelling else None, prefix="cancel")
    used = cancel_form if cancelling else form
    late: list[Any] = []
    if used is form and form.is_bound and form.is_valid():
        closes_on = form.cleaned_data["closes_on"]
        if closes_on > last and request.POST.get("seen") != closes_on.isoformat():
            late = beyond_useful(window, closes_on)
    if used.is_bound and used.is_valid() and not late:
        act = actions.cancel_hand_in_days if cancelling else actions.change_hand_in_days
        try:
            act(window=window, **used.cleaned_data, by=request.user, at=request.received_at)
        except Refused as refusal:
            show_refusal(used, refusal)
        else:
            messages.success(request, "Cancelled." if cancelling else "The days are changed.")
            return redirect("office:projects") if cancelling else redirect("office:hand_in", window.pk)
    context = {
        "window": window,
        "form": form,
        "cancel_form": cancel_form,
        **named(late),
        "stands": window.state == "scheduled" and not adjusting.with_markers(window),
    }
    status = 422 if used.is_bound and (used.errors or late) else 200
    return render(request, "office/hand_in_change.html", context, status=status)
