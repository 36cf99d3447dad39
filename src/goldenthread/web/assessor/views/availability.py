"""What a marker says before scripts are given out: how many, when they are away, whose work they can't judge; of which
a moderator says the last.
"""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from goldenthread.common.refused import Refused
from goldenthread.marking import (
    access,
    acquaintance_queries,
    acquainting,
    capacity,
    capacity_queries,
    handing_queries,
)
from goldenthread.moderation import access as moderation
from goldenthread.web.assessor.forms_availability import AwayForm, MostForm, NamedForm
from goldenthread.web.shared.http import new_form_key, page_of, show_refusal, today, viewer
from goldenthread.web.shared.numbers import number_of


@require_http_methods(["GET", "HEAD", "POST"])
def availability(request: Any) -> HttpResponse:
    """Both limits and the list of people, each with its form."""
    if not access.marks(viewer(request)):
        raise Http404
    step = request.POST.get("step", "") if request.method == "POST" else ""
    limit = capacity_queries.limits_of(None, [request.user.pk]).get(request.user.pk)
    forms = {
        "most": MostForm(request.POST if step == "most" else None, initial={"most": limit}),
        "away": AwayForm(request.POST if step == "away" else None),
        "named": NamedForm(request.POST if step == "named" else None, initial={"form_key": new_form_key()}),
    }
    if step and _took(request, step, forms):
        return redirect("assessor:availability")
    since = today(request)
    context = {
        **forms,
        "limit": limit,
        "absences": capacity_queries.absences_of([request.user.pk], since=since).get(request.user.pk, []),
        "open_count": handing_queries.open_of(request.user).count(),
        "page": page_of(request, acquaintance_queries.of_user(request.user), size=20),
    }
    return render(request, "assessor/availability.html", context, status=422 if step else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def known(request: Any) -> HttpResponse:
    """Whose work a moderator can't judge, said before they get scripts of a sample."""
    if not moderation.moderates(viewer(request)):
        raise Http404
    step = request.POST.get("step", "") if request.method == "POST" else ""
    named = NamedForm(request.POST if step == "named" else None, initial={"form_key": new_form_key()})
    if step in ("named", "unname") and _took(request, step, {"named": named}):
        return redirect("assessor:known")
    context = {
        "named": named,
        "page": page_of(request, acquaintance_queries.of_user(request.user), size=20),
    }
    return render(request, "assessor/known.html", context, status=422 if step else 200)


def _took(request: Any, step: str, forms: dict[str, Any]) -> bool:
    """Take one step; whether to go on to the page afresh."""
    number, at, me = number_of(request.POST.get("number", "")), request.received_at, request.user
    form: Any = forms.get(step)
    if form is not None and not form.is_valid():
        return False
    try:
        if step == "most":
            capacity.set_capacity(marker=me, most=form.cleaned_data["most"], by=me, at=at)
            messages.success(request, "Recorded. It counts from the next scripts that are given out.")
        elif step == "away":
            capacity.add_absence(marker=me, away=form.away(), by=me, at=at)
            messages.success(
                request, "Recorded. What you have stays with you: hand back what you can't mark in time."
            )
        elif step == "named":
            acquainting.name_somebody(user=me, at=at, **form.cleaned_data)
            messages.success(
                request, "Recorded. The programme office finds out who that is; nothing else is needed."
            )
        elif number is not None and step == "back":
            capacity.end_absence(marker=me, number=number, by=me, at=at)
            messages.success(request, "Taken back. You count as here on these days.")
        elif number is not None and step == "unname":
            acquainting.take_back(user=me, number=number, at=at)
            messages.success(request, "Taken back. The programme office no longer looks for this name.")
    except Refused as refusal:
        if form is None:
            messages.error(request, refusal.message)
            return True
        show_refusal(form, refusal)
        return False
    return True
