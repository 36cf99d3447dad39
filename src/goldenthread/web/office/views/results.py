"""A released result corrected, and an award revoked: looked at first, then done with a reason; what was stays."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from goldenthread.awards import actions
from goldenthread.awards.models import Award
from goldenthread.awards.queries import award_of, get_award_for
from goldenthread.common.refused import Refused
from goldenthread.outcomes import queries
from goldenthread.outcomes.models import Outcome
from goldenthread.outcomes.rules import Evaluation
from goldenthread.web.office.forms_outcomes import ResultForm, RevokeForm
from goldenthread.web.shared.http import posted, show_refusal, viewer


@require_http_methods(["GET", "HEAD", "POST"])
def correct_result(request: Any, reference: str, outcome_id: int) -> HttpResponse:
    """Correct a result by a further one: first what would follow is shown, then it is done."""
    outcome = queries.get_released_for(viewer(request), reference, outcome_id)
    if not queries.is_latest(outcome):
        messages.error(request, "This result has been corrected already; correct the latest one.")
        return redirect("office:person", reference)
    marks = queries.half_marks_of(outcome)
    form = ResultForm(posted(request), now=marks, maxima=queries.maxima_of(outcome.window))
    follows = None
    if request.method == "POST" and form.is_valid():
        try:
            if "confirm" in request.POST:
                return _corrected(request, outcome, form)
            follows = queries.evaluation_of(outcome.enrolment, outcome.window, form.half_marks())
        except Refused as refusal:
            show_refusal(form, refusal)
    context = {
        "outcome": outcome,
        "person": outcome.enrolment.user,
        "form": form,
        "marked": marks is not None,
        "follows": follows,
        "award": _award_effect(outcome, follows) if follows else "",
    }
    return render(request, "office/result_correct.html", context, status=422 if form.errors else 200)


def _corrected(request: Any, outcome: Outcome, form: ResultForm) -> HttpResponse:
    corrected = actions.correct(
        outcome=outcome,
        reason=form.cleaned_data["reason"],
        by=request.user,
        at=request.received_at,
        half_marks=form.half_marks(),
        seen=request.POST.get("seen", "")[:200],
    )
    result = corrected.get_result_display()
    messages.success(
        request,
        f"Corrected: {result}. The first result stays beside it, and a mail says that there is a new one.",
    )
    return redirect("office:person", outcome.enrolment.reference)


def _award_effect(outcome: Outcome, follows: Evaluation) -> str:
    """What a correction would do to the award, in a sentence."""
    standing = award_of(outcome.enrolment)
    if follows.passed:
        return f"The award {standing.code} stands." if standing else "An award is issued."
    if standing and standing.outcome.window_id == outcome.window_id:
        return f"The award {standing.code} is revoked, and whoever verifies its code reads that."
    return f"The award {standing.code}, of another window, stands." if standing else "There is no award."


@require_http_methods(["GET", "HEAD", "POST"])
def revoke(request: Any, reference: str, code: str) -> HttpResponse:
    """Take an award back, with a reason; the page says what that does before it is done."""
    award = get_award_for(viewer(request), reference, code)
    if award.revoked_at:
        messages.info(request, f"The award {award.code} is revoked already.")
        return redirect("office:person", reference)
    form = RevokeForm(posted(request))
    if request.method == "POST" and form.is_valid() and _revoked(request, award, form):
        messages.success(
            request,
            f"The award {award.code} is revoked. Its holder is told, and its code says so from now on.",
        )
        return redirect("office:person", reference)
    context = {"award": award, "person": award.outcome.enrolment.user, "form": form}
    return render(request, "office/award_revoke.html", context, status=422 if form.errors else 200)


def _revoked(request: Any, award: Award, form: RevokeForm) -> bool:
    try:
        actions.revoke(
            award=award, reason=form.cleaned_data["reason"], by=request.user, at=request.received_at
        )
    except Refused as refusal:
        show_refusal(form, refusal)
        return False
    return True
