"""The queue of work to read, and one piece of work with its feedback."""

from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from goldenthread.assessment import practice_queries
from goldenthread.common.refused import Refused
from goldenthread.learning import actions
from goldenthread.learning.models import TaskResponse
from goldenthread.learning.queries import get_response_for, responses_for, waiting
from goldenthread.learning.unit_queries import written_against
from goldenthread.web.shared.http import page_of, show_refusal, viewer
from goldenthread.web.shared.parking import keeps_text
from goldenthread.web.teaching.forms import DecisionForm, QueueFilter


@require_safe
def responses(request: Any) -> HttpResponse:
    form = QueueFilter(request.GET or None)
    chosen = form.cleaned_data if form.is_bound and form.is_valid() else {}
    show = chosen.get("show") or "waiting"
    found = _filtered(responses_for(viewer(request)), show, chosen.get("q", ""), chosen.get("need", ""))
    context = {"page": page_of(request, found), "form": form, "show": show, "filtered": bool(chosen)}
    context["practice"] = practice_queries.waiting(practice_queries.practice_for(viewer(request))).count()
    return render(request, "teaching/responses.html", context)


def _filtered(found: QuerySet[TaskResponse], show: str, text: str, need: str) -> QuerySet[TaskResponse]:
    if need:
        found = found.filter(task__needs__contains=need)
    if text:
        found = found.filter(Q(enrolment__user__name__icontains=text) | Q(task__title__icontains=text))
    if show == "waiting":
        return waiting(found)
    return found if show == "all" else found.filter(state=show)


@keeps_text("strength", "next_step", "evidence", "decision")
@require_http_methods(["GET", "HEAD", "POST"])
def response(request: Any, response_id: int) -> HttpResponse:
    found = get_response_for(viewer(request), response_id)
    form = DecisionForm(request.POST or None, initial={**request.kept, "revision": found.revision})
    if request.method == "POST" and form.is_valid():
        try:
            given = _decide(request, found, form)
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            person = found.enrolment.user
            messages.success(
                request, f"{given.get_decision_display().capitalize()}. {person} gets a mail about it."
            )
            return redirect("teaching:responses")
    context = {
        "response": found,
        "asked": written_against(found),
        "texts": [(name.capitalize(), getattr(found, name)) for name in actions.FIELDS],
        "feedback": list(found.feedback.all())[::-1],
        "form": form,
        "decidable": found.state == "handed_in",
    }
    return render(request, "teaching/response.html", context, status=422 if form.errors else 200)


def _decide(request: Any, found: TaskResponse, form: DecisionForm) -> Any:
    return actions.decide(
        response=found,
        accept=form.cleaned_data["decision"] == "accept",
        strength=form.cleaned_data["strength"],
        next_step=form.cleaned_data["next_step"],
        evidence=form.cleaned_data["evidence"],
        revision=form.cleaned_data["revision"],
        by=request.user,
        at=request.received_at,
    )
