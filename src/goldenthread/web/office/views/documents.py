"""Documents that were handed in and are held back from markers, and those that came too late or were refused."""

import uuid
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_safe

from goldenthread.assessment import access, upload_queries
from goldenthread.assessment.actions import safety
from goldenthread.common import files
from goldenthread.common.refused import Refused, why_not
from goldenthread.web.office.forms_adjusting import LetThroughForm
from goldenthread.web.shared import stamps
from goldenthread.web.shared.http import page_of, posted, show_refusal, viewer

TABS = (("held", "Held"), ("released", "Let through"), ("late", "Came too late"), ("refused", "Refused"))


@require_safe
def documents(request: Any) -> HttpResponse:
    """What is held, was let through, came too late or was refused; and what this installation scans with."""
    show = request.GET.get("show", "held")
    show = show if show in dict(TABS) else "held"
    looking = viewer(request)
    rows: QuerySet[Any]
    if show == "late":
        rows = upload_queries.late_ones(looking, at=request.received_at)
    elif show == "refused":
        rows = upload_queries.refused_ones(looking)
    else:
        rows = upload_queries.checks_for(looking, show=show)
    tabs = [(label, f"?show={key}", show == key, "") for key, label in TABS]
    context = {
        "page": page_of(request, rows),
        "tabs": tabs,
        "show": show,
        "opens": access.may_see_writing(looking),
        "scanner": settings.CLAMD,
        "trusted": settings.TRUST_UNSCANNED,
        "unstamped": stamps.noted(at=request.received_at),
        "to_mend": stamps.what_to_do(),
    }
    return render(request, "office/documents.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def document(request: Any, check_id: int) -> HttpResponse:
    """One held document: what the scanner said, whose it is, and letting it through with a reason."""
    found = upload_queries.get_check_for(viewer(request), check_id)
    form = LetThroughForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            safety.release_document(
                check=found, reason=form.cleaned_data["reason"], by=request.user, at=request.received_at
            )
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, "Markers can open it now. Your reason is kept with your name.")
            return redirect("office:documents")
    context = {
        "check": found,
        "scripts": list(safety.scripts_with(found.file).order_by("pk")[:20]),
        "form": form,
    }
    return render(request, "office/document.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def document_sent(request: Any, upload_id: uuid.UUID) -> HttpResponse:
    """A document that was refused or came too late: whose it is, why, and whether it can be opened. POST lets it be
    opened with a reason, where nothing is known of it.
    """
    found = upload_queries.get_sent_for(viewer(request), upload_id, at=request.received_at)
    form = LetThroughForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            safety.let_open(
                upload=found, reason=form.cleaned_data["reason"], by=request.user, at=request.received_at
            )
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, "It can be opened now. Your reason is kept with your name.")
            return redirect("office:document_sent", found.ticket)
    known = upload_queries.check_of(found)
    context = {
        "one": found,
        "sitting": found.sitting,
        "check": known,
        "closed": why_not(safety.check_opens, found, known),
        "held": found.file is not None and (known is None or known.state == "waiting"),
        "form": form,
    }
    return render(request, "office/document_sent.html", context, status=422 if form.errors else 200)


@require_safe
def document_sent_file(request: Any, upload_id: uuid.UUID) -> HttpResponse:
    """The document itself, as a file to keep, never shown inside our own pages; each opening is on record."""
    found = upload_queries.get_sent_for(viewer(request), upload_id, at=request.received_at)
    try:
        stored = safety.open_sent(upload=found, by=request.user, at=request.received_at)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("office:document_sent", found.ticket)
    return document_file(files.read(stored), found.name)


def document_file(data: bytes, name: str) -> HttpResponse:
    """What somebody sent, as a file to keep under its name: no browser shows it or guesses what it is."""
    headers = {
        "Content-Disposition": content_disposition_header(True, name) or "attachment",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    return HttpResponse(data, content_type="application/octet-stream", headers=headers)
