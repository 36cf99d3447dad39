"""A participant's requests for adjustments and more time: ask, see what was decided, withdraw."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from goldenthread.applications.models import HAD_AWARD
from goldenthread.assessment import actions, adjusting
from goldenthread.common.refused import Refused
from goldenthread.web.participant.current import Mine, with_enrolment
from goldenthread.web.shared.forms_adjusting import RequestForm
from goldenthread.web.shared.http import new_form_key, posted, show_refusal


@require_http_methods(["GET", "HEAD", "POST"])
@with_enrolment
def adjustments(request: Any, mine: Mine) -> HttpResponse:
    """What was asked for and decided, and a form to ask."""
    sittings = adjusting.sittings_to_adjust(mine.enrolment)
    form = RequestForm(posted(request), sittings, initial={"form_key": new_form_key()})
    if request.method == "POST" and form.is_valid():
        try:
            actions.request_adjustment(
                enrolment=mine.enrolment, **form.asked(), by=request.user, at=request.received_at
            )
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(
                request, "Your request is with the programme office. You get a mail when it is decided."
            )
            return redirect("participant:adjustments")
    context = {
        "mine": mine,
        "form": form,
        "found": adjusting.adjustments_of(mine.enrolment),
        "over": mine.enrolment.stage in HAD_AWARD,
    }
    return render(request, "participant/adjustments.html", context, status=422 if form.is_bound else 200)


@require_POST
def adjustment_withdraw(request: Any, adjustment_id: int) -> HttpResponse:
    """Take back a request that is not decided yet."""
    found = adjusting.get_own_adjustment(request.user, adjustment_id)
    try:
        actions.withdraw_request(adjustment=found, by=request.user, at=request.received_at)
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, "Your request is withdrawn.")
    return redirect("participant:adjustments")
