"""A discussion between two markers as the office sees it: who, until when, who has answered; it can be ended."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from goldenthread.common.refused import Refused
from goldenthread.marking import discussing, discussion_queries
from goldenthread.marking.discussion_models import Ending
from goldenthread.web.office.forms_quality import DiscussionEndForm
from goldenthread.web.shared.http import posted, show_refusal, today, viewer

CAME_TO = {
    Ending.AGREED: ": with what they changed, the marks agree",
    Ending.THIRD: "; a third marker decides",
    Ending.FELL: ": there is nothing left to discuss",
}


@require_http_methods(["GET", "HEAD", "POST"])
def discussion(request: Any, discussion_id: int) -> HttpResponse:
    """See a discussion without its marks and words, and let a third marker decide instead."""
    found = discussion_queries.get_discussion_for_office(viewer(request), discussion_id)
    window = found.script.sitting.window
    back = f"{reverse('office:marking', args=[window.pk])}?show=discussed#markings"
    form = DiscussionEndForm(posted(request))
    if form.is_valid():
        try:
            ended = discussing.end_by_office(
                discussion=found, reason=form.cleaned_data["reason"], by=request.user, at=request.received_at
            )
            messages.success(
                request, f"The discussion of {found.code} is over{CAME_TO[Ending(ended.ending)]}."
            )
            return redirect(back)
        except Refused as refusal:
            show_refusal(form, refusal)
    context = {
        "discussion": found,
        "window": window,
        "form": form,
        "back": back,
        "own": found.position_of(request.user.pk) is not None,
        "late": not found.ending and found.until_on < today(request),
    }
    return render(request, "office/discussion.html", context, status=422 if form.errors else 200)
