"""What a page of marks that saves by itself is told: of a live or a practice script, or a moderator's own marks."""

from collections.abc import Callable
from typing import Any

from django.http import JsonResponse
from django.utils import timezone

from goldenthread.common.refused import Refused


def saved(request: Any, form: Any, save: Callable[[], Any]) -> JsonResponse:
    """Save what was sent, by a call that gives what has its `revision`: that, and the time of day at which our server
    had it, in the zone of who reads it. Else what stands in the way, and at which field.
    """
    if not form.is_valid():
        field, faults = next(iter(form.errors.items()))
        return refused(Refused(faults[0], code="form", field=field))
    try:
        kept = save()
    except Refused as refusal:
        return refused(refusal)
    return JsonResponse({"revision": kept.revision, "at": f"{timezone.localtime(request.received_at):%H:%M}"})


def refused(refusal: Refused) -> JsonResponse:
    """The same where nothing was saved."""
    said = {"message": refusal.message, "field": refusal.field or ""}
    return JsonResponse(said, status=422 if refusal.field else 409)
