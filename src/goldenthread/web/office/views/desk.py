"""The office's first page, and the thread of every intake."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from goldenthread.people.models import Role
from goldenthread.web.office.desk import desk_for, pipeline_for
from goldenthread.web.shared.http import Request, viewer


@require_safe
def desk(request: Request) -> HttpResponse:
    """What needs a decision now. Somebody who only writes case studies has their desk there."""
    looking = viewer(request)
    if looking.holds(Role.AUTHOR) and not looking.is_office:
        return redirect("office:case_studies")
    at = request.received_at
    return render(request, "office/desk.html", {"desk": desk_for(looking, at=at), "at": at})


@require_safe
def pipeline(request: Request) -> HttpResponse:
    """How many people of each intake stand where."""
    lines = pipeline_for(viewer(request))
    return render(request, "office/pipeline.html", {"lines": lines})
