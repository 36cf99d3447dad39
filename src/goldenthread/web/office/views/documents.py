"""Documents that were handed in and are held back from markers, and those that came too late."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from goldenthread.assessment import upload_queries
from goldenthread.assessment.actions import safety
from goldenthread.common.refused import Refused
from goldenthread.web.office.forms_adjusting import LetThroughForm
from goldenthread.web.shared.http import page_of, posted, show_refusal, viewer


@require_safe
def documents(request: Any) -> HttpResponse:
    """What is held, was let through, or came too late; and what this installation scans with."""
    show = request.GET.get("show", "held")
    show = show if show in {"held", "released", "late"} else "held"
    looking = viewer(request)
    late = show == "late"
    rows = (
        upload_queries.late_ones(looking, at=request.received_at)
        if late
        else upload_queries.checks_for(looking, show=show)
    )
    tabs = [
        (label, f"?show={key}", show == key, "")
        for key, label in (("held", "Held"), ("released", "Let through"), ("late", "Came too late"))
    ]
    context = {
        "page": page_of(request, rows),
        "tabs": tabs,
        "late": late,
        "scanner": settings.CLAMD,
        "trusted": settings.TRUST_UNSCANNED,
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
