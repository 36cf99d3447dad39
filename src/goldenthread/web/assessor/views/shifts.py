"""Shifts of a marker's batch: a proposal, what it would move, and the second person's word."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from goldenthread.common.refused import Refused
from goldenthread.marking.rules import half_text
from goldenthread.moderation import access, queries
from goldenthread.moderation import shifting as actions
from goldenthread.moderation.batches import compared_in, letter_in
from goldenthread.moderation.models import Shift, ShiftedMark
from goldenthread.moderation.shift_rules import Line, Plan, half_marks_text
from goldenthread.web.assessor.forms import ShiftForm, ShiftSecondForm
from goldenthread.web.assessor.views.batches import difference_text
from goldenthread.web.shared.http import page_of, show_refusal, viewer

SHOWN = 100  # scripts of each list


@require_http_methods(["GET", "HEAD", "POST"])
def shifts(request: Any, round_id: int) -> HttpResponse:
    """How each marker's marks compare with the moderators', the shifts of a round, and a proposal."""
    who = viewer(request)
    found = queries.get_round_for(who, round_id)
    moderates = access.moderates(who)
    if request.method == "POST" and not moderates:
        return queries.nothing()
    compared = compared_in(found)
    form = ShiftForm(
        request.POST if request.method == "POST" else None,
        markers={one.letter: one.marker for one in compared},
        criteria=bool(found.window.task),
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.propose(
                round=found, marker=form.chosen(), move=form.move(), reason=form.cleaned_data["reason"],
                by=request.user, at=request.received_at,
            )  # fmt: skip
            messages.success(request, "Proposed. A second person, a moderator or of the office, decides it.")
            return redirect("assessor:shift", made.pk)
        except Refused as refusal:
            show_refusal(form, refusal)
    context = {
        "round": found,
        "moderates": moderates,
        "compared": [(one, difference_text(one)) for one in compared],
        "shifts": list(actions.shifts_of(found)),
        "form": form if moderates else None,
    }
    return render(request, "assessor/shifts.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def shift(request: Any, shift_id: int) -> HttpResponse:
    """One shift: what it would move, or has moved; a second person decides, who proposed it takes it back."""
    who = viewer(request)
    found = actions.get_shift_for(who, shift_id)
    moderates = access.moderates(who)
    step = request.POST.get("step", "")
    form = ShiftSecondForm(request.POST if step == "decide" else None)
    if request.method == "POST":
        try:
            if _take(request, found, step, form):
                return redirect("assessor:shift", found.pk)
        except Refused as refusal:
            if not form.is_bound:
                messages.error(request, refusal.message)
                return redirect("assessor:shift", found.pk)
            show_refusal(form, refusal)
    context = {
        "shift": found,
        "criteria": bool(found.round.window.task),
        "own": found.proposed_by_id == request.user.pk,
        "whose": _whose(found, moderates=moderates),
        "that": half_marks_text(found.half_marks_learn_that),
        "how": half_marks_text(found.half_marks_learn_how_to),
        "form": form,
    }
    if found.state == "proposed":
        move = actions.move_of(found)
        plan = actions.plan_of(found.round, found.marker_id, move)
        short = sum(one.after.total - one.before.total != move.total for one in (*plan.moves, *plan.looks))
        context |= {"plan": plan, "short": short, **_lists(plan)}
    elif found.state == "done":
        page = page_of(request, actions.moved_by(found), size=SHOWN)
        context |= {"page": page, "moved": [_moved(one) for one in page]}
    return render(request, "assessor/shift.html", context, status=422 if form.errors else 200)


def _take(request: Any, found: Shift, step: str, form: ShiftSecondForm) -> bool:
    """Take one step; whether it was taken."""
    said: dict[str, Any] = {"shift": found, "by": request.user, "at": request.received_at}
    if step == "take_back":
        actions.take_back(**said)
        messages.success(request, "Taken back.")
        return True
    if step != "decide" or not form.is_valid():
        return False
    agree = form.cleaned_data["agree"] == "1"
    decided = actions.decide(
        agree=agree, reason=form.cleaned_data["reason"], seen=form.cleaned_data["seen"], **said
    )
    joined = len(decided.looked_at)
    looks = f" {joined} joined the sample." if joined else ""
    messages.success(request, f"The marks have moved.{looks}" if agree else "Not agreed, with your reason.")
    return True


def _whose(found: Shift, *, moderates: bool) -> str:
    """The marker by letter for moderators, by name for the office."""
    if not moderates:
        return str(found.marker)
    letter = letter_in(found.round, found.marker_id)
    return f"Marker {letter}" if letter else "One marker"


def _lists(plan: Plan) -> dict[str, Any]:
    """What would move and what would be looked at, as far as a page shows it."""
    return {
        "moves": [_line(one) for one in plan.moves[:SHOWN]],
        "more_moves": max(0, len(plan.moves) - SHOWN),
        "looks": [_line(one) for one in plan.looks[:SHOWN]],
        "more_looks": max(0, len(plan.looks) - SHOWN),
        "stay": plan.sampled + plan.moved_before + plan.at_the_end,
        "why": ", ".join(
            f"{count} {what}"
            for count, what in (
                (plan.sampled, "in the sample"),
                (plan.moved_before, "moved before"),
                (plan.at_the_end, "at the end of the scale"),
            )
            if count
        ),
    }


def _line(one: Line) -> tuple[str, str, str]:
    return one.code, half_text(one.before.total), half_text(one.after.total)


def _moved(one: ShiftedMark) -> tuple[str, str, str, Any]:
    return (
        one.script.sitting.code,
        half_text(one.was_learn_that + one.was_learn_how_to),
        half_text(one.half_marks_learn_that + one.half_marks_learn_how_to),
        one.fell_at,
    )
