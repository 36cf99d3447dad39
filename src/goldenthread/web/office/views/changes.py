"""Changes of what was released, for the second person: what is proposed, what would follow, and the decision."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from goldenthread.awards import changes as proposing
from goldenthread.awards import name_documents, reissuing
from goldenthread.awards.models import Change
from goldenthread.common.refused import Refused
from goldenthread.marking.rules import half_text
from goldenthread.outcomes import queries
from goldenthread.web.office.forms_afterwards import SecondForm
from goldenthread.web.office.views.results import award_effect, before_and_after
from goldenthread.web.shared.http import page_of, posted, show_refusal, viewer

SHOWN = {"open": "To decide", "names": "Names to put right", "decided": "Decided"}


@require_safe
def changes(request: Any) -> HttpResponse:
    """What waits for a second person, what was decided, or which names holders ask to put right."""
    show = request.GET.get("show")
    show = show if show in SHOWN else "open"
    if show == "names":
        page = page_of(request, reissuing.requests_for(viewer(request)))
    else:
        page = page_of(request, proposing.changes_for(viewer(request), decided=show == "decided"))
    tabs = [(label, f"?show={key}", key == show, "") for key, label in SHOWN.items()]
    context = {"page": page, "tabs": tabs, "decided": show == "decided", "asked": show == "names"}
    return render(request, "office/changes.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def change(request: Any, change_id: int) -> HttpResponse:
    """One proposed change: look at what would follow, then do it or refuse it."""
    found = proposing.get_change_for(viewer(request), change_id)
    form = SecondForm(posted(request))
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            proposing.decide(
                change=found,
                approve=said["approve"] == "1",
                reason=said["reason"],
                by=request.user,
                at=request.received_at,
                seen=request.POST.get("seen", "")[:200],
            )
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(
                request, "It is done." if said["approve"] == "1" else "It is refused; nothing changes."
            )
            return redirect("office:person", found.outcome.enrolment.reference)
    context = {
        "change": found,
        "outcome": found.outcome,
        "person": found.outcome.enrolment.user,
        "own": found.proposed_by_id == request.user.pk,
        "form": form,
        **_asked(found, request.user),
        **(
            _follows(found, at=request.received_at)
            if found.state == "proposed" and found.kind == "correction"
            else {}
        ),
    }
    return render(request, "office/change.html", context, status=422 if form.errors else 200)


def _asked(found: Change, user: Any) -> dict[str, Any]:
    """What the holder asked, where the change is of a name, and whose documents this person may open. One query."""
    if found.kind != proposing.REISSUE:
        return {"asked": []}
    asked = list(found.name_requests.select_related("award__outcome__enrolment", "change").order_by("pk"))
    return {"asked": asked, "opens": {one.pk for one in asked if name_documents.opens(one, user)}}


def _follows(found: Change, *, at: datetime) -> dict[str, Any]:
    """What a correction would come to today, with its marks; or why it can't be done any more."""
    now = queries.half_marks_of(found.outcome)
    marks = proposing.half_marks_of(found) or now
    try:
        follows = queries.evaluation_of(found.outcome.enrolment, found.outcome.window, marks)
    except Refused as refusal:
        return {"impossible": refusal.message}
    said = [("learn_that", "Understanding"), ("learn_how_to", "Application")]
    pairs = (
        [(label, half_text(getattr(now, key)), half_text(getattr(marks, key))) for key, label in said]
        if now and marks
        else []
    )
    lines = before_and_after(found.outcome, follows, now, marks)
    return {
        "follows": follows,
        "award": award_effect(found.outcome, follows, at=at),
        "marks": pairs,
        "lines": lines,
    }


@require_POST
def change_take_back(request: Any, change_id: int) -> HttpResponse:
    """Take one's own proposal back."""
    found = proposing.get_change_for(viewer(request), change_id)
    try:
        proposing.take_back(change=found, by=request.user, at=request.received_at)
        messages.success(request, "The proposal is taken back; nothing changes.")
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect("office:person", found.outcome.enrolment.reference)
