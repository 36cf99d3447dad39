"""A participant's own misconduct case: what is alleged, their statement, the decision, their appeal."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from goldenthread.common.refused import Refused, allows
from goldenthread.integrity import actions, queries, rules
from goldenthread.web.participant.forms_assessment import SayForm
from goldenthread.web.shared.http import new_form_key, posted, show_refusal


@require_http_methods(["GET", "HEAD", "POST"])
def misconduct(request: Any, misconduct_id: int) -> HttpResponse:
    """Read every step of one's own case; make a statement before the decision, or appeal after it."""
    case = queries.get_own_case(request.user, misconduct_id)
    steps = queries.steps_of(case)
    judged = queries.judged(steps)
    appeals = allows(rules.check_appeal, judged, at=request.received_at)
    speaks = allows(rules.check_statement, judged)
    form = SayForm(posted(request), initial={"form_key": new_form_key()})
    form.fields["text"].label = "Your appeal" if appeals else "Your statement"
    if request.method == "POST" and form.is_valid():
        say = actions.appeal if "appeal" in request.POST else actions.state
        try:
            say(
                case=case,
                text=form.cleaned_data["text"],
                form_key=str(form.cleaned_data["form_key"]),
                by=request.user,
                at=request.received_at,
            )
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(
                request, "The programme office has what you wrote. You get a mail when there is more to read."
            )
            return redirect("participant:misconduct", case.pk)
    context = {
        "case": case,
        "steps": steps,
        "form": form if appeals or speaks else None,
        "appeals": appeals,
        "appeal_until": rules.appeal_until(judged),
        "verdict": rules.verdict_of(judged),
    }
    return render(request, "participant/misconduct.html", context, status=422 if form.is_bound else 200)
