"""A view in place of handing in that does as much of its work as `BENCH_LAYER` says."""

import hashlib
import os
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import path, reverse

from bench.floor import EVENT, SCRIPT, SITTING
from bench.layers_site import COUNTED, KEPT, LAYER, TRANSACTION
from goldenthread.assessment import rules, words
from goldenthread.common import clock, files
from goldenthread.common.containers import one_meter
from goldenthread.common.prepared import as_kept, ask
from goldenthread.config import urls

_layer = int(os.environ[LAYER])
_sitting, _script, _event = (text.format("%s") for text in (SITTING, SCRIPT, EVENT))


def hand_in(request: Any, sitting_id: int) -> HttpResponse:
    """On to a receipt that nobody wrote; whose form it is was checked as everywhere."""
    request.user.get_username()
    text, document = request.POST.get("text_1", ""), request.FILES.get("file")
    if document is not None and _layer >= COUNTED:
        with one_meter():
            found = words.check_and_read(
                document, name=document.name, size_limit=settings.UPLOAD_LIMIT_BYTES, most=rules.DRAFT_LIMIT
            )[1]
        text = found.text
    if document is not None and _layer >= KEPT:
        files.put(document, kind="docx", at=clock.now(), size_limit=settings.UPLOAD_LIMIT_BYTES)
    if _layer >= TRANSACTION:
        _write(sitting_id, request.POST["form_key"], text or "x" * 9000)
    return HttpResponseRedirect(reverse("participant:receipt", args=[sitting_id, 1]))


def _write(sitting_id: int, key: str, text: str) -> None:
    """The floor's transaction, by the product's connection and in its place among the writers."""
    digest, at = hashlib.sha256(key.encode()).hexdigest(), as_kept(clock.now())
    with transaction.atomic():
        ask(_sitting, [sitting_id]).fetchone()
        ask(_script, [sitting_id, 1, digest, False, text, digest, True, at])
        ask(_event, [f"bench:{digest}", at, digest])


urlpatterns = [
    path("my/assessment/<int:sitting_id>/", hand_in),
    path("my/assessment/<int:sitting_id>/upload/", hand_in),
    *urls.urlpatterns,
]
handler429, handler500 = urls.handler429, urls.handler500
