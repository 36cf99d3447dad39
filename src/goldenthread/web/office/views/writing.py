"""How a response was written, for who decides about a lost text or about own work; every look is on record."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from goldenthread.assessment import actions, writing_queries
from goldenthread.assessment.rules import steps as log
from goldenthread.web.shared.http import page_of, viewer
from goldenthread.web.shared.written import parts_at

MOST_LARGE = 50  # on the page


@require_safe
def writing(request: Any, sitting_id: int) -> HttpResponse:
    """The course of writing under the code of the sitting: stretches, sums, what came at once. No name, no verdict. The
    first page checks every step.
    """
    who = viewer(request)
    sitting = writing_queries.get_written_for(who, sitting_id)
    stretches, totals = writing_queries.Stretches(sitting), writing_queries.totals_of(sitting)
    page, removal = page_of(request, stretches), None if stretches else writing_queries.removal_of(sitting)
    actions.record_look_at_writing(sitting=sitting, number=None, viewer=who, at=request.received_at)
    context = {
        "sitting": sitting,
        "removal": removal,
        "totals": totals,
        "page": page,
        "checked": page.number == 1,
        "faults": writing_queries.faults_of(sitting) if page.number == 1 and not removal else [],
        "large": writing_queries.large_of(sitting, most=MOST_LARGE) if totals.large else [],
        "more_large": totals.large - MOST_LARGE,
        "size": log.LARGE,
    }
    return render(request, "office/writing.html", context)


@require_safe
def writing_text(request: Any, sitting_id: int, number: int) -> HttpResponse:
    """The text as it was after one step, with what that step changed."""
    who = viewer(request)
    sitting = writing_queries.get_written_for(who, sitting_id)
    row = writing_queries.step_of(sitting, number)
    texts = writing_queries.text_at(sitting, number)
    actions.record_look_at_writing(sitting=sitting, number=number, viewer=who, at=request.received_at)
    context = {
        "sitting": sitting,
        "step": row.step,
        "arrived_at": row.arrived_at,
        "parts": parts_at(sitting.window, texts, row.step),
        "earlier": number - 1,
        "later": number + 1 if number < sitting.draft_revision else 0,
    }
    return render(request, "office/writing_text.html", context)
