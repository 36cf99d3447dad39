"""Earlier versions of one's own response: read them, and take one back as a new step."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from goldenthread.assessment import actions, rules, writing_queries
from goldenthread.assessment.models import Sitting
from goldenthread.assessment.queries import get_sitting_for, terms_of
from goldenthread.common.refused import Refused, allows
from goldenthread.web.participant.editor import LARGEST_REVISION
from goldenthread.web.shared.arrival import arrived_at
from goldenthread.web.shared.http import page_of
from goldenthread.web.shared.written import parts_at


class TakeBackForm(forms.Form):
    """Which draft the page showed; taking a version back builds on that one."""

    revision = forms.IntegerField(min_value=0, max_value=LARGEST_REVISION, widget=forms.HiddenInput)


@require_safe
def versions(request: Any, sitting_id: int) -> HttpResponse:
    """The versions of a response, the latest first: what stood there at the end of each stretch of writing."""
    found = get_sitting_for(request.user, sitting_id, deferred=True)
    stretches = writing_queries.Stretches(found, latest_first=True)
    context = {
        "sitting": found,
        "page": page_of(request, stretches, size=25),
        "removal": None if stretches else writing_queries.removal_of(found),
        "revision": found.draft_revision,
    }
    return render(request, "participant/versions.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def version(request: Any, sitting_id: int, number: int) -> HttpResponse:
    """One version. POST takes it back: it is the draft again, and what is there now becomes an earlier version."""
    found = get_sitting_for(request.user, sitting_id, deferred=True)
    row = writing_queries.step_of(found, number)
    refusal = None
    if request.method == "POST":
        form = TakeBackForm(request.POST)
        revision = form.cleaned_data["revision"] if form.is_valid() else 0
        try:
            actions.take_back(
                sitting=found, number=number, revision=revision, by=request.user, at=arrived_at(request)
            )
        except Refused as said:
            refusal = said
        else:
            messages.success(
                request, "This version is in the editor again. What was there is an earlier version now."
            )
            return redirect("participant:sitting", found.pk)
    context = {
        "sitting": found,
        "step": row.step,
        "parts": parts_at(found.window, writing_queries.text_at(found, number)),
        "can_take": number != found.draft_revision and _is_open(found, request),
        "refusal": refusal,
    }
    return render(request, "participant/version.html", context, status=422 if refusal else 200)


def _is_open(found: Sitting, request: Any) -> bool:
    return allows(rules.check_open, terms_of(found), arrived_at(request))
