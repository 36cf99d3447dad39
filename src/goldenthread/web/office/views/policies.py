"""Policies that the office decides beside a version's document, from a day on: counting words, the use of AI, and how
often somebody may sit.
"""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from goldenthread.assessment import actions, dated_policies
from goldenthread.assessment.policy_models import PolicyDecision
from goldenthread.assessment.rules import policy_decisions
from goldenthread.catalogue.queries import get_version
from goldenthread.catalogue.terms import Attempts, Counting
from goldenthread.catalogue.wording import ai_policy_text, attempts_text, counting_sentences
from goldenthread.common.refused import Refused
from goldenthread.web.office.access import office_only
from goldenthread.web.office.forms_policies import (
    AiDecisionForm,
    AttemptsDecisionForm,
    CountingDecisionForm,
    DecisionForm,
)
from goldenthread.web.shared.http import posted, show_refusal, today, viewer
from goldenthread.web.shared.versions import name_of

FORMS: tuple[type[DecisionForm], ...] = (CountingDecisionForm, AiDecisionForm, AttemptsDecisionForm)
NO_ATTEMPTS = "Nothing is said of it: staff decide each case, with a reason."


@require_http_methods(["GET", "HEAD", "POST"])
def policies(request: Any, key: str) -> HttpResponse:
    """What counts today, what was decided by whom, and a further decision."""
    office_only(viewer(request))
    version = get_version(key)
    decisions = dated_policies.decisions_of(version.pk)
    now = dated_policies.decided_on(version.specification.assessment, decisions, on=today(request))
    sent = request.POST.get("kind", "") if request.method == "POST" else ""
    day = today(request)
    forms = {one.kind: one(posted(request) if one.kind == sent else None, now, today=day) for one in FORMS}
    form = forms.get(sent)
    if form is not None and form.is_valid():
        try:
            actions.decide_policy(
                version=version,
                kind=sent,
                table=form.table(),
                from_day=form.cleaned_data["from_day"],
                reason=form.cleaned_data["reason"],
                by=request.user,
                at=request.received_at,
            )
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(
                request,
                "Decided, and kept with your name. Windows that have opened keep theirs; whoever has a place in one "
                "that takes it over gets a mail.",
            )
            return redirect("office:version_policies", key)
    context = {
        "version": version,
        "name": name_of(version),
        "counting_form": forms["counting"],
        "ai_form": forms["ai"],
        "attempts_form": forms["attempts"],
        "late": now.kind == "case_study",
        "now": [
            ("Counting words", counting_sentences(now.counting)),
            ("Use of AI", ai_policy_text(now.ai) or "Nothing is said of it."),
            *(
                [("Sitting again", attempts_text(now.attempts) or NO_ATTEMPTS)]
                if now.kind == "case_study"
                else []
            ),
        ],
        "decisions": [(one, _text(one), _replaced_by(one, decisions)) for one in decisions],
    }
    bad = form is not None and bool(form.errors)
    return render(request, "office/version_policies.html", context, status=422 if bad else 200)


def _replaced_by(decision: PolicyDecision, decisions: Sequence[PolicyDecision]) -> PolicyDecision | None:
    """The decision that counts in place of this one for every window: a later one of its kind from the same day or an
    earlier one; the latest comes first.
    """
    later = decisions[: decisions.index(decision)]
    return next(
        (one for one in later if one.kind == decision.kind and one.from_day <= decision.from_day), None
    )


def _text(decision: PolicyDecision) -> str:
    found = policy_decisions.read(decision.kind, decision.table)
    if isinstance(found, Attempts):
        return attempts_text(found)
    return counting_sentences(found) if isinstance(found, Counting) else ai_policy_text(found)
