"""The page on which a marker hands scripts back that they can't mark in time."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from goldenthread.common.refused import Refused
from goldenthread.marking import access, handing_back, handing_queries
from goldenthread.web.assessor.forms_handing import HandBackForm
from goldenthread.web.shared.http import posted, show_refusal, viewer

SHOWN = 200  # scripts to choose from


@require_http_methods(["GET", "HEAD", "POST"])
def hand_back(request: Any) -> HttpResponse:
    """Hand back one, some or all of the scripts that aren't submitted."""
    if not access.marks(viewer(request)):
        raise Http404
    mine = list(handing_queries.open_of(request.user)[: SHOWN + 1])
    chosen = [str(one.pk) for one in mine if one.code == request.GET.get("script")]
    form = HandBackForm(posted(request), markings=mine[:SHOWN], initial={"scripts": chosen})
    if form.is_valid():
        try:
            gone = handing_back.hand_back(
                marker=request.user,
                numbers=form.numbers(),
                reason=form.cleaned_data["reason"],
                at=request.received_at,
            )
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            _say(request, len(gone))
            return redirect("assessor:queue")
    context = {"form": form, "mine": mine, "more": len(mine) > SHOWN}
    return render(request, "assessor/hand_back.html", context, status=422 if form.errors else 200)


def _say(request: Any, count: int) -> None:
    if not count:
        messages.info(
            request, "There was nothing to hand back: no script in your queue waits for your marks."
        )
        return
    went = "1 script is" if count == 1 else f"{count} scripts are"
    messages.success(request, f"{went} out of your queue. What you had entered is kept.")
