"""Propose that a released result is corrected or an award revoked, with a reason; another person decides."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from goldenthread.awards import changes
from goldenthread.awards.models import Award, Change
from goldenthread.awards.queries import effects_of, get_award_for
from goldenthread.common.refused import Refused
from goldenthread.marking.rules import half_text
from goldenthread.outcomes import queries
from goldenthread.outcomes.achieving import would_stand
from goldenthread.outcomes.models import Outcome
from goldenthread.outcomes.rules import Evaluation, headline
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
        "award": award_effect(outcome, follows, at=request.received_at) if follows else "",
        "lines": before_and_after(outcome, follows, marks, form.half_marks()) if follows else [],
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


MARKS = (("learn_that", "Marks for understanding"), ("learn_how_to", "Marks for application"))


def before_and_after(outcome: Outcome, follows: Evaluation, now: Any, then: Any) -> list[dict[str, Any]]:
    """What a correction changes, line by line: the result, the marks, each condition, as it is and as it would be."""
    was = {one["key"]: _condition(one["met"], one["text"]) for one in outcome.conditions if "key" in one}
    missed = [one["name"] for one in outcome.conditions if not one["met"] and "name" in one]
    lines = [("Result", headline(outcome.result == "passed", missed), follows.headline)]
    if now is not None and then is not None:
        lines += [
            (label, half_text(getattr(now, key)), half_text(getattr(then, key))) for key, label in MARKS
        ]
    off = (outcome.half_marks_off, follows.half_marks_off)
    if any(off):
        lines.append(("Taken off for too many words", half_text(off[0]), half_text(off[1])))
    lines += [
        (one.name.capitalize(), was.get(one.key, "–"), _condition(one.met, one.text))
        for one in follows.conditions
    ]
    return [{"label": label, "before": a, "after": b, "same": a == b} for label, a, b in lines]


def _condition(met: bool, text: str) -> str:
    return f"{'Met' if met else 'Not met'}: {text}"


def award_effect(
    outcome: Outcome, follows: Evaluation, *, at: datetime, known: Mapping[str, Any] | None = None
) -> str:
    """What a correction would do to the award, in a sentence, by what `effects` says of it, where the page has that. Of
    a task the whole qualification is looked at.
    """
    known = known or effects_of(outcome)
    code = known["award_code"]
    passed = would_stand(outcome, passed=follows.passed, at=at) if outcome.task else follows.passed
    if code and passed:
        return f"The award {code} stands."
    if code and not outcome.task and known["award_window"] != outcome.window_id:
        return f"The award {code}, of another window, stands."
    if code:
        another = " Another is issued for the pass of another window."
        revoked = f"The award {code} is revoked, and whoever verifies its code reads that."
        return revoked + (another if known["passed_elsewhere"] and not outcome.task else "")
    if not passed:
        return "There is no award."
    there = known["passed_here"] or (outcome.task and known["passed_elsewhere"])
    if there and known["revoked_code"] and not known["lacks_award"]:
        return f"The award {known['revoked_code']} was revoked by itself and stays so."
    return "An award is issued."


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
