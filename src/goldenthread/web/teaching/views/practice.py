"""Practice to read: what the groups of a facilitator or tutor have handed in, and feedback on it (S4-19)."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from goldenthread.assessment import actions
from goldenthread.assessment import practice_queries as queries
from goldenthread.common.refused import Refused
from goldenthread.web.shared.http import page_of, posted, show_refusal, viewer
from goldenthread.web.shared.parking import keeps_text
from goldenthread.web.teaching.forms import PracticeFeedbackForm


@require_safe
def practice(request: Any) -> HttpResponse:
    """What waits for feedback, the oldest first; `?show=all` with what has some."""
    found = queries.practice_for(viewer(request))
    everything = request.GET.get("show") == "all"
    context = {
        "page": page_of(request, found if everything else queries.waiting(found)),
        "everything": everything,
    }
    return render(request, "teaching/practice.html", context)


@keeps_text("strength", "next_step", "evidence")
@require_http_methods(["GET", "HEAD", "POST"])
def practice_response(request: Any, response_id: int) -> HttpResponse:
    """One piece of practice beside its scenario and mark scheme; POST gives a strength and a next step."""
    found = queries.get_practice_for(viewer(request), response_id)
    form = PracticeFeedbackForm(posted(request), initial={**request.kept, "revision": found.revision})
    if request.method == "POST" and form.is_valid():
        try:
            actions.give_practice_feedback(
                response=found, **form.cleaned_data, by=request.user, at=request.received_at
            )
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, f"Sent. {found.enrolment.user} gets a mail about it.")
            return redirect("teaching:practice")
    shown = found.state == "handed_in" or (form.is_bound and found.state != "draft")
    parts = queries.asked_of(found.enrolment).parts
    context = {
        "response": found,
        "number": queries.number_of(found.scenario, found.enrolment.version_id),
        "case": queries.case_of(found.scenario),
        "points": queries.points_of(found.scenario, parts),
        "texts": queries.texts_of(found, parts) if shown else [],
        "shown": shown,
        "feedback": list(found.feedback.all())[::-1],
        "form": form,
        "open": found.state == "handed_in" or form.is_bound,
    }
    return render(request, "teaching/practice_response.html", context, status=422 if form.errors else 200)
