"""A marker's own statement: what they marked in which window, the time it took, what is due and what was paid."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from goldenthread.marking import pay_queries
from goldenthread.web.shared.http import page_of, roles_day, viewer


@require_safe
def statement(request: Any) -> HttpResponse:
    """Every window in which somebody marked, the latest first, and what they come to. Seeds are markings like any
    other.
    """
    windows = list(pay_queries.get_windows_for(viewer(request)))
    mine = pay_queries.statement_of(request.user, [one.pk for one in windows], day=roles_day(request))
    page = page_of(request, windows, size=10)
    rows = [(window, mine[window.pk]) for window in page if window.pk in mine]
    all_of_them = pay_queries.together(mine.values()) if len(mine) > 1 else None
    return render(request, "assessor/pay.html", {"page": page, "rows": rows, "together": all_of_them})
