"""Batches of marks that go back to marking: how markers compare, a proposal, and the second person's word."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from goldenthread.common.refused import Refused
from goldenthread.moderation import access, queries
from goldenthread.moderation import batches as actions
from goldenthread.moderation.batches import Compared
from goldenthread.moderation.models import Batch, Round
from goldenthread.web.assessor import presenting
from goldenthread.web.assessor.forms import BatchForm, SecondForm
from goldenthread.web.shared.http import show_refusal, viewer


@require_http_methods(["GET", "HEAD", "POST"])
def batches(request: Any, round_id: int) -> HttpResponse:
    """How each marker's marks compare with the moderators', the batches of a round, and a proposal."""
    who = viewer(request)
    found = queries.get_round_for(who, round_id)
    moderates = access.moderates(who)
    if request.method == "POST" and not moderates:
        return queries.nothing()
    if request.method != "POST" and "fresh" in request.GET and not found.signed_off_at:
        whole, each = actions.fresh_needed(found, at=request.received_at)
        return render(request, "assessor/batches_fresh.html", {"round": found, "whole": whole, "each": each})
    compared = actions.compared_in(found)
    form = BatchForm(
        request.POST if request.method == "POST" else None,
        markers={one.letter: one.marker for one in compared},
        points=_points(found) if moderates else {},
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.propose(
                round=found, which=form.which(), reason=form.cleaned_data["reason"], by=request.user,
                at=request.received_at,
            )  # fmt: skip
            messages.success(request, "Proposed. A second person, a moderator or of the office, decides it.")
            return redirect("assessor:batch", made.pk)
        except Refused as refusal:
            show_refusal(form, refusal)
    context = {
        "round": found,
        "moderates": moderates,
        "compared": [(one, difference_text(one)) for one in compared],
        "batches": list(actions.batches_of(found)),
        "form": form if moderates else None,
    }
    return render(request, "assessor/batches.html", context, status=422 if form.errors else 200)


def _points(found: Round) -> dict[int, str]:
    """The points of a round by number, in the words of the statements that they cite; a criterion in its own."""
    points = presenting.points_of(found.window)
    return {one.number: one.statement.text if one.statement else one.text for one in points}


def difference_text(one: Compared) -> str:
    """How far a marker is from the moderators on average, in words."""
    if one.difference is None:
        return "not compared"
    tenths = round(abs(one.difference) * 10)
    if not tenths:
        return "the same"
    said = f"{tenths // 10}.{tenths % 10} marks"
    return f"{said} above" if one.difference > 0 else f"{said} below"


@require_http_methods(["GET", "HEAD", "POST"])
def batch(request: Any, batch_id: int) -> HttpResponse:
    """One batch: a second person decides, who proposed it takes it back, a moderator samples what was marked anew."""
    who = viewer(request)
    found = actions.get_batch_for(who, batch_id)
    moderates = access.moderates(who)
    step = request.POST.get("step", "")
    form = SecondForm(request.POST if step == "decide" else None)
    if request.method == "POST":
        try:
            if _take(request, found, step, form, moderates=moderates):
                return redirect("assessor:batch", found.pk)
        except Refused as refusal:
            if not form.is_bound:
                messages.error(request, refusal.message)
                return redirect("assessor:batch", found.pk)
            show_refusal(form, refusal)
    context = {
        "batch": found,
        "moderates": moderates,
        "own": found.proposed_by_id == request.user.pk,
        "meant": _meant(found, moderates=moderates),
        "reach": None,
        "form": form,
    }
    if found.state == "proposed":
        context["reach"] = actions.reach_of(found.round, actions.which_of(found), at=request.received_at)
    return render(request, "assessor/batch.html", context, status=422 if form.errors else 200)


def _take(request: Any, found: Batch, step: str, form: SecondForm, *, moderates: bool) -> bool:
    """Take one step; whether it was taken."""
    said: dict[str, Any] = {"batch": found, "by": request.user, "at": request.received_at}
    if step == "take_back":
        actions.take_back(**said)
        messages.success(request, "Taken back.")
        return True
    if step == "sample" and moderates:
        actions.sample_anew(**said)
        messages.success(request, "Drawn. What joined the sample is open now.")
        return True
    if step != "decide" or not form.is_valid():
        return False
    agree = form.cleaned_data["agree"] == "1"
    actions.decide(agree=agree, reason=form.cleaned_data["reason"], **said)
    messages.success(
        request, "These scripts are back in marking." if agree else "Not agreed, with your reason."
    )
    return True


def _meant(found: Batch, *, moderates: bool) -> str:
    """Whose marks a batch means, in words; a marker by letter for moderators."""
    who = "Every marker's"
    if found.marker_id is not None:
        letter = actions.letter_in(found.round, found.marker_id) if moderates else ""
        who = (
            f"Marker {letter}'s"
            if moderates and letter
            else "One marker's"
            if moderates
            else f"{found.marker}'s"
        )
    if found.point is None:
        return f"{who} marks"
    return f"{who}, where point {found.point} was given " + (
        "any marks" if found.most is None else f"{found.most} or fewer"
    )
