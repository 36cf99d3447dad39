"""The school's pages: my staff, and one person's progress."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from goldenthread.web.school.queries import get_person_for, schools_for, staff_for
from goldenthread.web.shared.accompany import line_of, person_of
from goldenthread.web.shared.http import Request, page_of, viewer
from goldenthread.web.shared.versions import versions


@require_safe
def home(request: Request) -> HttpResponse:
    """Who of my staff is where, and who needs something from me."""
    at = request.received_at
    page = page_of(request, staff_for(viewer(request), at=at))
    known = versions()
    lines = [line_of(one, known[one.version_id], at=at) for one in page.object_list]
    lines.sort(key=lambda line: not line.needs)  # by name, whoever needs something first
    schools = schools_for(viewer(request))
    context = {
        "page": page,
        "lines": lines,
        "schools": schools,
        "needing": sum(1 for line in lines if line.needs),
    }
    return render(request, "school/home.html", context)


@require_safe
def person(request: Request, reference: str) -> HttpResponse:
    """One person's progress."""
    at = request.received_at
    found = get_person_for(viewer(request), reference, at=at)
    return render(
        request, "school/person.html", {"person": person_of(found, versions()[found.version_id], at=at)}
    )
