"""How a response was written, for who decides about a lost text or about own work; every look is on record."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from goldenthread.assessment import actions, kept_queries, writing_queries
from goldenthread.assessment.rules import steps as log
from goldenthread.common.refused import Refused
from goldenthread.marking.rules import Way
from goldenthread.web.office.own_work import shown_code
from goldenthread.web.shared.http import page_of, viewer
from goldenthread.web.shared.written import parts_at

MOST_LARGE = 50  # on the page


@require_safe
def writing(request: Any, sitting_id: int) -> HttpResponse:
    """The course of writing: stretches, sums, what came at once. No name, no verdict, and no code before the release,
    since a person's page leads here. The first page checks every step.
    """
    who = viewer(request)
    sitting = writing_queries.get_written_for(who, sitting_id)
    stretches, totals = writing_queries.Stretches(sitting), writing_queries.totals_of(sitting)
    page, removal = page_of(request, stretches), None if stretches else writing_queries.removal_of(sitting)
    actions.record_look_at_writing(sitting=sitting, number=None, viewer=who, at=request.received_at)
    if page.number == 1 and not removal:
        faults, large = writing_queries.walked(sitting, most_large=MOST_LARGE)
    else:
        faults, large = [], writing_queries.large_of(sitting, most=MOST_LARGE) if totals.large else []
    context = {
        "sitting": sitting,
        "code": shown_code(sitting, Way.TEXT),
        "removal": removal,
        "totals": totals,
        "page": page,
        "checked": page.number == 1,
        "faults": faults,
        "large": large,
        "more_large": totals.large - MOST_LARGE,
        "size": log.LARGE,
        "kept": kept_queries.kept_of(sitting),
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
        "code": shown_code(sitting, Way.TEXT),
        "step": row.step,
        "arrived_at": row.arrived_at,
        "parts": parts_at(sitting.window, texts, row.step),
        "earlier": number - 1,
        "later": number + 1 if number < sitting.draft_revision else 0,
    }
    return render(request, "office/writing_text.html", context)


@require_safe
def writing_kept(request: Any, sitting_id: int, kept_id: int) -> HttpResponse:
    """A text that is kept beside the draft: when it was written and arrived, and whether it can still be handed in."""
    who = viewer(request)
    sitting = writing_queries.get_written_for(who, sitting_id)
    one = kept_queries.get_kept_of(sitting, kept_id)
    actions.record_look_at_writing(
        sitting=sitting, number=None, kept=one.pk, viewer=who, at=request.received_at
    )
    waits = "open"
    try:
        kept_queries.check_can_be_handed_in(one, at=request.received_at)
    except Refused as refusal:
        waits = refusal.code
    context = {
        "sitting": sitting,
        "code": shown_code(sitting, Way.TEXT),
        "kept": one,
        "waits": waits,
        "rest_until": kept_queries.rest_until_of(sitting),
        "parts": parts_at(sitting.window, one.texts),
    }
    return render(request, "office/writing_kept.html", context)
