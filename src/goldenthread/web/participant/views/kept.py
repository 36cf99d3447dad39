"""A text that arrived and is neither draft nor script: read it, and hand it in exactly as it came where that counts."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from goldenthread.assessment import actions, kept_queries
from goldenthread.assessment.models import Script
from goldenthread.assessment.queries import current_script, get_sitting_for, terms_of
from goldenthread.assessment.writing_models import KeptText
from goldenthread.common.refused import Refused
from goldenthread.web.participant.declaring import ai_said
from goldenthread.web.participant.forms_assessment import AsItCameForm
from goldenthread.web.shared.arrival import arrived_at
from goldenthread.web.shared.http import posted, show_refusal, to
from goldenthread.web.shared.written import parts_at


@require_http_methods(["GET", "HEAD", "POST"])
def kept_text(request: Any, sitting_id: int, kept_id: int) -> HttpResponse:
    """The text with its arrival. POST hands it in, unchanged; nothing that was written since goes with it."""
    found = get_sitting_for(request.user, sitting_id, deferred=True)
    one = kept_queries.get_kept_of(found, kept_id)
    if one.script is not None:
        return to("participant:receipt", found.pk, one.script.number)
    script = current_script(found)
    document = script if script is not None and script.file_id is not None else None
    form = AsItCameForm(posted(request), asked=terms_of(found).declarations, document=document)
    if form.is_bound and form.is_valid():
        try:
            done = actions.hand_in_kept(
                kept=one,
                own_work=form.cleaned_data["own_work"],
                ai=ai_said(form.cleaned_data),
                replacing=form.replacing(),
                by=request.user,
                at=arrived_at(request),
            )
            return to("participant:receipt", found.pk, done.number)
        except Refused as refusal:
            show_refusal(form, refusal)
    return _page(request, one, form, script)


def _page(request: Any, one: KeptText, form: AsItCameForm, script: Script | None) -> HttpResponse:
    found, refusal = one.sitting, None
    try:
        kept_queries.check_can_be_handed_in(one, at=arrived_at(request))
    except Refused as no:
        refusal = no
    context = {
        "sitting": found,
        "kept": one,
        "parts": parts_at(found.window, one.texts),
        "form": form,
        "refusal": refusal,
        "script": script,
        "late": arrived_at(request) > found.closes_at,
        "rest_until": kept_queries.rest_until_of(found),
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "participant/kept_text.html", context, status=status)
