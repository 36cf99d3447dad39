"""Where graduates went, by programme (S0-72)."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from goldenthread.awards import next_roles, queries
from goldenthread.web.office.access import office_only
from goldenthread.web.shared.http import Request, page_of, viewer


@require_safe
def destinations(request: Request) -> HttpResponse:
    """Counts by programme, of what has been told, and every move."""
    office_only(viewer(request))
    told = next_roles.figures()
    context = {
        "rounds": told.rounds,
        "roles": [
            (title, lines)
            for title, lines in (("Role now", told.now), ("Role planned", told.planned))
            if lines
        ],
        "months": next_roles.rounds().months,
        "lines": queries.destinations_by_programme(),
        "page": page_of(request, queries.destinations()),
    }
    return render(request, "office/destinations.html", context)
