"""A release that is planned for an instant to come, from the page of results that somebody looks at."""

from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from goldenthread.assessment.models import Window, WindowState
from goldenthread.common.days import instant_text
from goldenthread.common.refused import Refused
from goldenthread.outcomes import planning
from goldenthread.outcomes import queries as outcomes
from goldenthread.outcomes.models import PlanState
from goldenthread.web.office.desk_results import OVERDUE
from goldenthread.web.office.forms_outcomes import PlanReleaseForm
from goldenthread.web.shared.http import show_refusal, viewer


def plan_shown(window: Window, *, at: Any, seen: str = "") -> dict[str, Any]:
    """What a page says of the plan of a window from `with_plan`, and the form by which it is planned or changed where
    the results can be `seen`, with their fingerprint. No query.
    """
    found = planning.plan_of(window)
    standing = found if found and found.state == PlanState.PLANNED else None
    initial: dict[str, Any] = {"seen": seen}
    if standing is not None:
        local = standing.at.astimezone(ZoneInfo(window.zone))
        initial |= {"day": local.date(), "start": local.time()}
    return {
        "plan": standing,
        "plan_stopped": found if standing is None else None,
        "plan_overdue": standing is not None and standing.at + OVERDUE < at,
        "plan_changed": bool(standing and seen and standing.seen != seen),
        "plan_form": PlanReleaseForm(initial=initial, zone=window.zone) if seen else None,
    }


@require_POST
def release_plan(request: Any, window_id: int) -> HttpResponse:
    """Plan the release of a window for an instant, or change the plan, by the results that were looked at."""
    window = outcomes.get_window_for(viewer(request), window_id)
    form = PlanReleaseForm(request.POST, zone=window.zone)
    if form.is_valid():
        try:
            planned = planning.plan(
                window=window, release_at=form.release_at(), seen=form.cleaned_data["seen"], by=request.user,
                at=request.received_at,
            )  # fmt: skip
            messages.success(
                request,
                f"The results will be released on {instant_text(planned.at, window.zone)}, in your name.",
            )
            return redirect("office:outcomes", window.pk)
        except Refused as refusal:
            if refusal.field is None:  # what the page of results shows
                messages.error(request, refusal.message)
                return redirect("office:outcomes", window.pk)
            show_refusal(form, refusal)
    return render(request, "office/release_plan.html", {"window": window, "form": form}, status=422)


@require_POST
def release_plan_take_back(request: Any, window_id: int) -> HttpResponse:
    """Take the plan back, or answer one that was stopped."""
    window = outcomes.get_window_for(viewer(request), window_id)
    planning.take_back(window=window, by=request.user, at=request.received_at)
    if window.state == WindowState.RELEASED:
        messages.info(request, "These results are released already: no plan is left to take back.")
    else:
        messages.success(request, "No release of these results is planned now.")
    return redirect("office:outcomes", window.pk)
