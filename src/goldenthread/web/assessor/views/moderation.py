"""Rounds of moderation: what is to be moderated, the sample, one script of it, the sign-off."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from goldenthread.assessment.models import MarkPoint
from goldenthread.common.refused import Refused
from goldenthread.marking import queries as marking
from goldenthread.marking.rules import Totals
from goldenthread.moderation import access, actions, queries
from goldenthread.moderation.models import Sampled
from goldenthread.outcomes import actions as outcomes
from goldenthread.outcomes.rules import half_text
from goldenthread.web.assessor import presenting
from goldenthread.web.assessor.forms import DecisionForm, PointsForm
from goldenthread.web.assessor.views.marking import KEYS
from goldenthread.web.shared.http import page_of, show_refusal, viewer


@require_safe
def moderation(request: Any) -> HttpResponse:
    who = viewer(request)
    page = page_of(request, queries.windows_for(who))
    rows = [(window, getattr(window, "moderation", None)) for window in page]
    context = {"page": page, "rows": rows, "moderates": access.moderates(who)}
    return render(request, "assessor/moderation.html", context)


@require_POST
def open_round(request: Any, window_id: int) -> HttpResponse:
    window = queries.get_window_for(viewer(request), window_id)
    try:
        opened = actions.open_round(window=window, by=request.user, at=request.received_at)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("assessor:moderation")
    return redirect("assessor:round", opened.pk)


@require_safe
def round_page(request: Any, round_id: int) -> HttpResponse:
    who = viewer(request)
    found = queries.get_round_for(who, round_id)
    sample = queries.sample_of(found)
    decided = sample.exclude(decision="").count()
    context = {
        "round": found,
        "page": page_of(request, sample),
        "decided": decided,
        "undecided": sample.filter(decision="").count(),
        "adjusted": sample.filter(decision="adjusted").count(),
        "moderates": access.moderates(who),
    }
    return render(request, "assessor/round.html", context)


@require_POST
def sign_off(request: Any, round_id: int) -> HttpResponse:
    who = viewer(request)
    found = queries.get_round_for(who, round_id)
    if not access.moderates(who):
        return queries.nothing()
    try:
        actions.sign_off(round=found, by=request.user, at=request.received_at)
        outcomes.compute(window=found.window, at=request.received_at)
        messages.success(
            request, "Signed off. The programme office can now look at the results and release them."
        )
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect("assessor:round", found.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def sampled(request: Any, sampled_id: int) -> HttpResponse:
    """First the moderator's own marks, blind; then the markings, and the decision."""
    found = queries.get_sampled_for(viewer(request), sampled_id)
    points = presenting.points_of(found.round.window)
    if found.decision or found.marked_by_id == request.user.pk:
        return _decide(request, found, points)
    form = PointsForm(request.POST if request.method == "POST" else None, points=points)
    if request.method == "POST" and form.is_valid():
        try:
            actions.mark_blind(sampled=found, marks=form.marks(), by=request.user, at=request.received_at)
            return redirect("assessor:sampled", found.pk)
        except Refused as refusal:
            show_refusal(form, refusal)
    groups = presenting.groups_of(form, points)
    context = {
        **_script(found),
        "form": form,
        "groups": groups,
        "total": sum(group.marks for group in groups),
        "maximum": sum(group.maximum for group in groups),
        "keys": KEYS,
        "hindrance": _hindrance(found, request.user.pk),
    }
    return render(request, "assessor/sampled_blind.html", context, status=422 if form.errors else 200)


def _hindrance(found: Sampled, user_id: int) -> str:
    """Why this person can't moderate this script, if they can't."""
    if found.marked_by_id:
        return f"{found.marked_by} is moderating this script already."
    try:
        queries.check_moderator(found, user_id)
    except Refused as refusal:
        return refusal.message
    return ""


def _decide(request: Any, found: Sampled, points: list[MarkPoint]) -> HttpResponse:
    form = DecisionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.decide(
                sampled=found,
                decision=form.cleaned_data["decision"],
                half_marks=form.half_marks(),
                note=form.cleaned_data["note"],
                by=request.user,
                at=request.received_at,
            )
            messages.success(request, f"Decided on {found.script.sitting.code}.")
            return redirect("assessor:round", found.round_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    context = {**_script(found), **_markings(request, found, points), "form": form}
    return render(request, "assessor/sampled_decide.html", context, status=422 if form.errors else 200)


def _script(found: Sampled) -> dict[str, Any]:
    return {
        "sampled": found,
        "script": found.script,
        "code": found.script.sitting.code,
        "sections": presenting.sections_of(found.script),
        "intake": found.round.window.intake,
    }


def _markings(request: Any, found: Sampled, points: list[MarkPoint]) -> dict[str, Any]:
    """The markers' markings beside the moderator's own, and what separates them."""
    given = queries.markings_seen_by(found, viewer(request))
    own = actions.own_totals(found, marking.scheme_of(found.round.window)) or Totals(0, 0)
    columns = [presenting.Column("Moderator", found.marks, own.learn_that, own.learn_how_to)]
    columns += [presenting.column_of(one) for one in given]
    agreed = found.script.agreement
    agreed_half = agreed.half_marks or 0
    final = Totals(found.half_marks_learn_that or 0, found.half_marks_learn_how_to or 0)
    return {
        "table": presenting.mark_table(points, columns),
        "comments": [
            (f"{presenting.POSITIONS[one.position]} marker", one.comment) for one in given if one.comment
        ],
        "agreed": half_text(agreed_half),
        "agreed_that": half_text(agreed.half_marks_learn_that or 0),
        "agreed_how": half_text(agreed.half_marks_learn_how_to or 0),
        "method": agreed.method,
        "difference": half_text(abs(2 * own.total - agreed_half)),
        "higher": 2 * own.total > agreed_half,
        "pass_mark": found.round.window.case_study.scheme.pass_mark if found.round.window.case_study else 0,
        "final_that": half_text(final.learn_that),
        "final_how": half_text(final.learn_how_to),
    }
