"""The participant's result with its conditions and feedback, and the award with its certificate."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from goldenthread.appeals import queries as appeals
from goldenthread.assessment.queries import get_sitting_for
from goldenthread.awards import actions as awards
from goldenthread.awards.badges import badge_shown
from goldenthread.awards.credit_queries import agreements_of
from goldenthread.awards.queries import award_of, revoked_award_of
from goldenthread.common import clock
from goldenthread.common.refused import Refused
from goldenthread.marking.queries import final_feedback
from goldenthread.marking.rules import half_text
from goldenthread.outcomes import queries
from goldenthread.outcomes.queries import ResultView, Waiting
from goldenthread.outcomes.rules import headline
from goldenthread.support.plans import own_plan
from goldenthread.web.participant.current import Mine, with_enrolment

ROAD = ((Waiting.MARKING, "Marking"), (Waiting.MODERATION, "Moderation"), (Waiting.RELEASE, "Release"))


@require_safe
@with_enrolment
def result(request: HttpRequest, mine: Mine, sitting_id: int | None = None) -> HttpResponse:
    """The latest result of the enrolment shown, or that of one sitting."""
    enrolment, window = mine.enrolment, None
    if sitting_id is not None:
        sitting = get_sitting_for(request.user, sitting_id, of_tasks=True)
        enrolment = next(one for one in mine.all if one.pk == sitting.enrolment_id)
        window = sitting.window_id
    found = queries.result_of(enrolment, window)
    context = {"mine": mine, "enrolment": enrolment, "found": found}
    if found.outcome is None:
        return render(request, "participant/result_waiting.html", {**context, "steps": _road(found)})
    return render(
        request, "participant/result.html", {**context, **_result(found), **_afterwards(found, request)}
    )


def _road(found: ResultView) -> list[dict[str, str]]:
    """How far a script is on its way to a result."""
    order = [waiting for waiting, _ in ROAD]
    here = order.index(found.waiting) if found.waiting in order else -1
    handed_in = {"label": "Handed in", "state": "done" if here >= 0 else "ahead"}
    steps = [
        {"label": label, "state": "done" if place < here else "now" if place == here else "ahead"}
        for place, (_, label) in enumerate(ROAD)
    ]
    return [handed_in, *steps, {"label": "Your result", "state": "ahead"}]


def _result(found: ResultView) -> dict[str, Any]:
    outcome = found.outcome
    assert outcome is not None
    passed = outcome.result == "passed"
    conditions = outcome.conditions
    subtotals = queries.subtotals_of(outcome)
    markings = final_feedback(found.script) if found.script else []
    return {
        "outcome": outcome,
        "passed": passed,
        "headline": headline(passed, [c["name"] for c in conditions if not c["met"]]).capitalize(),
        "conditions": conditions,
        "subtotals": [
            (s.name, s.half_marks, 2 * s.maximum, half_text(s.half_marks), s.maximum) for s in subtotals
        ],
        "total": half_text(sum(s.half_marks for s in subtotals)),
        "maximum": sum(s.maximum for s in subtotals),
        "feedback": [(m.feedback, m.next_step) for m in markings],
        "next_steps": [c["next_step"] for c in conditions if not c["met"] and c["next_step"]],
        "award": award_of(found.enrolment) if passed else None,
    }


def _afterwards(found: ResultView, request: Any) -> dict[str, Any]:
    """What can be done about a result: an appeal and until when, or where it stands; and the support plan."""
    outcome = found.outcome
    assert outcome is not None
    appeal = appeals.glance(outcome)
    return {
        "appeal": appeal,
        "in_time": request.received_at < appeal.until,
        "zone": settings.TIME_ZONE,
        "plan": own_plan(found.enrolment) if outcome.result != "passed" else None,
    }


@require_safe
@with_enrolment
def award(request: Any, mine: Mine) -> HttpResponse:
    """The award with its certificate and the address that verifies it."""
    found = award_of(mine.enrolment)
    if found is None:
        return no_award(request, mine)
    verified_at = request.build_absolute_uri(reverse("public:verify_code", args=[found.code]))
    certifies = [
        ("Holder", found.holder_name),
        ("Programme", found.programme_code),
        ("Edition", found.edition),
        ("Provider", found.provider),
        ("Accredited by", found.accrediting_body),
    ]
    context = {
        "mine": mine,
        "award": found,
        "certifies": [row for row in certifies if row[1]],
        "shared": [("Code", found.code), ("Address", verified_at)],
        "badge_shown": badge_shown(found),
        "credit": bool(agreements_of(mine.enrolment, on=clock.day_of(request.received_at))),
    }
    return render(request, "participant/award.html", context)


def no_award(request: HttpRequest, mine: Mine) -> HttpResponse:
    """There is none yet, or it was revoked: then when, why, and whom to ask."""
    context = {"mine": mine, "revoked": revoked_award_of(mine.enrolment)}
    return render(request, "participant/award_none.html", context)


@require_safe
@with_enrolment
def certificate(request: Any, mine: Mine) -> HttpResponse:
    """The certificate as a download."""
    found = award_of(mine.enrolment)
    if found is None:
        raise Http404("No award.")
    try:
        pdf = awards.certificate_pdf(award=found, at=request.received_at)
    except Refused as refusal:
        messages.warning(request, refusal.message)
        return redirect("participant:award")
    headers = {
        "Content-Disposition": f'attachment; filename="certificate-{found.code}.pdf"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    return HttpResponse(pdf, content_type="application/pdf", headers=headers)
