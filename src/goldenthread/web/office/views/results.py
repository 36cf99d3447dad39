"""Propose that a released result is corrected or an award revoked, with a reason; another person decides."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from goldenthread.awards import changes
from goldenthread.awards.models import Award, Change
from goldenthread.awards.queries import award_of, get_award_for
from goldenthread.common.refused import Refused
from goldenthread.outcomes import queries
from goldenthread.outcomes.models import Outcome
from goldenthread.outcomes.rules import Evaluation
from goldenthread.web.office.forms_outcomes import ResultForm, RevokeForm
from goldenthread.web.shared.http import posted, show_refusal, viewer


@require_http_methods(["GET", "HEAD", "POST"])
def correct_result(request: Any, reference: str, outcome_id: int) -> HttpResponse:
    """Propose that a result is corrected by a further one: first what would follow is shown."""
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
                return _proposed(request, outcome, form)
            follows = queries.evaluation_of(outcome.enrolment, outcome.window, form.half_marks())
        except Refused as refusal:
            show_refusal(form, refusal)
    context = {
        "outcome": outcome,
        "person": outcome.enrolment.user,
        "form": form,
        "marked": marks is not None,
        "follows": follows,
        "award": award_effect(outcome, follows) if follows else "",
    }
    return render(request, "office/result_correct.html", context, status=422 if form.errors else 200)


def _proposed(request: Any, outcome: Outcome, form: ResultForm) -> HttpResponse:
    change = changes.propose_correction(
        outcome=outcome,
        reason=form.cleaned_data["reason"],
        by=request.user,
        at=request.received_at,
        half_marks=form.half_marks(),
        seen=request.POST.get("seen", "")[:200],
    )
    messages.success(request, "Proposed. A colleague looks at it and decides; nothing changes until then.")
    return redirect("office:change", change.pk)


def award_effect(outcome: Outcome, follows: Evaluation) -> str:
    """What a correction would do to the award, in a sentence."""
    standing = award_of(outcome.enrolment)
    here = standing is not None and standing.outcome.window_id == outcome.window_id
    return award_text(standing.code if standing else "", here=here, passed=follows.passed)


def award_text(code: str, *, here: bool, passed: bool) -> str:
    """What becomes of the award of this code, "" where none stands; whether it is of the window that is looked at."""
    if passed:
        return f"The award {code} stands." if code else "An award is issued."
    if code and here:
        return f"The award {code} is revoked, and whoever verifies its code reads that."
    return f"The award {code}, of another window, stands." if code else "There is no award."


@require_http_methods(["GET", "HEAD", "POST"])
def revoke(request: Any, reference: str, code: str) -> HttpResponse:
    """Propose that an award is taken back, with a reason; the page says what that would do."""
    award = get_award_for(viewer(request), reference, code)
    if award.revoked_at:
        messages.info(request, f"The award {award.code} is revoked already.")
        return redirect("office:person", reference)
    form = RevokeForm(posted(request))
    change = _revocation(request, award, form) if request.method == "POST" and form.is_valid() else None
    if change is not None:
        messages.success(request, f"Proposed. The award {award.code} stands until a colleague has decided.")
        return redirect("office:change", change.pk)
    context = {"award": award, "person": award.outcome.enrolment.user, "form": form}
    return render(request, "office/award_revoke.html", context, status=422 if form.errors else 200)


def _revocation(request: Any, award: Award, form: RevokeForm) -> Change | None:
    try:
        return changes.propose_revocation(
            award=award, reason=form.cleaned_data["reason"], by=request.user, at=request.received_at
        )
    except Refused as refusal:
        show_refusal(form, refusal)
        return None
