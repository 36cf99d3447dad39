"""The school's pages: my staff, and one person's progress."""

from collections.abc import Iterable, Mapping

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from goldenthread.assessment.project_models import Project
from goldenthread.common import clock
from goldenthread.support.queries import STAFF_ROLES, overdue_of, updates_for_school
from goldenthread.web.school.queries import completed_projects_for, get_person_for, schools_for, staff_for
from goldenthread.web.shared.accompany import line_of, needing_first, person_of, windows_of
from goldenthread.web.shared.http import Request, page_of, roles_day, viewer
from goldenthread.web.shared.support import line_of as line_of_update
from goldenthread.web.shared.versions import versions


@require_safe
def home(request: Request) -> HttpResponse:
    """Who of my staff is where, and who needs something from me."""
    at = request.received_at
    known = versions()
    staff = needing_first(staff_for(viewer(request), at=at), known, at=at)
    page = page_of(request, staff)
    rows = list(page.object_list)
    windows = windows_of(rows)
    lines = [line_of(one, known[one.version_id], windows, at=at) for one in rows]
    schools = schools_for(viewer(request))
    context = {
        "page": page,
        "lines": lines,
        "schools": schools,
        "projects": _with_measures(completed_projects_for(viewer(request))[:PROJECTS]),
        "needing": staff.filter(needs_first=0).count(),
        "mentors_only": not viewer(request).holds(*STAFF_ROLES),
    }
    return render(request, "school/home.html", context)


PROJECTS = 50  # shown at most


def _with_measures(projects: Iterable[Project]) -> list[tuple[Project, list[Mapping[str, str]]]]:
    """Each project with its measures that have a name."""
    return [(one, [m for m in one.measures if m.get("name")]) for one in projects]


@require_safe
def updates(request: Request) -> HttpResponse:
    """What was told of my staff, when it was due and when it was sent (S2-11)."""
    page = page_of(request, updates_for_school(viewer(request)))
    lines = [line_of_update(one, on=roles_day(request)) for one in page.object_list]
    return render(request, "school/updates.html", {"page": page, "lines": lines})


@require_safe
def person(request: Request, reference: str) -> HttpResponse:
    """One person's progress."""
    at = request.received_at
    found = get_person_for(viewer(request), reference, at=at)
    context = {
        "person": person_of(found, versions()[found.version_id], at=at),
        "overdue": overdue_of(found, on=clock.day_of(at, found.zone)),
    }
    return render(request, "school/person.html", context)
