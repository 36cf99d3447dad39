"""A marker's own statement: what they marked in which window, the time it took, what is due and what was paid."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from goldenthread.marking import pay_queries
from goldenthread.web.shared.http import page_of, roles_day, viewer


@require_safe
def statement(request: Any) -> HttpResponse:
    """Every window in which somebody marked, the latest first. Seeds are markings like any other."""
    page = page_of(request, pay_queries.get_windows_for(viewer(request)), size=10)
    windows = list(page)
    mine = pay_queries.statement_of(request.user, [one.pk for one in windows], day=roles_day(request))
    rows = [(window, mine[window.pk]) for window in windows if window.pk in mine]
    return render(request, "assessor/pay.html", {"page": page, "rows": rows})
