"""The participant's result with its conditions and feedback, and the award with its certificate."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from goldenthread.appeals import queries as appeals
from goldenthread.applications.models import Stage
from goldenthread.assessment import attempts
from goldenthread.assessment.queries import get_sitting_for, points_of
from goldenthread.awards import actions as awards
from goldenthread.awards.badges import badge_shown
from goldenthread.awards.credit_queries import agreements_of
from goldenthread.awards.queries import award_of, last_awards_of, revoked_award_of
from goldenthread.awards.reissuing import request_about
from goldenthread.common import clock
from goldenthread.common.refused import Refused
from goldenthread.marking.feedback_queries import spoken_of
from goldenthread.marking.feedback_rules import Spoken, heard_by_kind
from goldenthread.marking.rules import Kind, half_text
from goldenthread.outcomes.achieving import asked_of
from goldenthread.outcomes.by_part import ByPart, by_part, submitted_of
from goldenthread.outcomes.models import Outcome
from goldenthread.outcomes.own_result import ResultView, Waiting, result_of, subtotals_of
from goldenthread.outcomes.rules import headline
from goldenthread.outcomes.taken_off import taken_off
from goldenthread.support.plans import own_plan
from goldenthread.web.participant.current import Mine, with_enrolment
from goldenthread.web.shared.http import today

WHOLE = "The response as a whole"
ROAD = ((Waiting.MARKING, "Marking"), (Waiting.MODERATION, "Moderation"), (Waiting.RELEASE, "Release"))


@require_safe
@with_enrolment
def result(request: HttpRequest, mine: Mine, sitting_id: int | None = None) -> HttpResponse:
    """The latest result of the enrolment shown, or that of one sitting."""
    enrolment, sitting = mine.enrolment, None
    if sitting_id is not None:
        sitting = get_sitting_for(request.user, sitting_id, of_tasks=True)
        enrolment = next(one for one in mine.all if one.pk == sitting.enrolment_id)
    found = result_of(enrolment, sitting)
    context = {"mine": mine, "enrolment": enrolment, "found": found}
    if found.outcome is None:
        return render(request, "participant/result_waiting.html", {**context, "steps": _road(found)})
    glance = appeals.glance(found.outcome)
    context |= {**_result(found, glance.remark), **_afterwards(found, glance, request)}
    if not context["passed"] and not found.outcome.task:
        tried = attempts.tried_by(enrolment)
        context["attempts"] = attempts.standing_on(enrolment, tried, today(request))
    return render(request, "participant/result.html", {**context, **_next(context)})


def _next(context: dict[str, Any]) -> dict[str, str]:
    """Where the one button of a result that fell short leads: to what was missed, the plan, or whoever can be asked."""
    enrolment, plan = context["enrolment"], context["plan"]
    mine = f"?enrolment={enrolment.reference}"
    if any(one.get("key") == "engagement" and not one["met"] for one in context["conditions"]):
        return {"next_at": reverse("participant:engagement") + mine, "next_label": "See your engagement"}
    if plan and not plan.ending:
        return {"next_at": reverse("participant:support_plan") + mine, "next_label": "See your support plan"}
    if asked_of(enrolment.version.specification) is not None:
        return {"next_at": reverse("participant:achievement") + mine, "next_label": "See what is missing"}
    return {"next_at": reverse("public:contact"), "next_label": "Ask the programme office"}


def _road(found: ResultView) -> list[dict[str, str]]:
    """How far a script is on its way to a result."""
    order = [waiting for waiting, _ in ROAD]
    here = order.index(found.waiting) if found.waiting in order else -1
    here = len(order) if found.waiting is Waiting.LATER else here
    handed_in = {"label": "Handed in", "state": "done" if here >= 0 else "ahead"}
    steps = [
        {"label": label, "state": "done" if place < here else "now" if place == here else "ahead"}
        for place, (_, label) in enumerate(ROAD)
    ]
    return [handed_in, *steps, {"label": "Your result", "state": "ahead"}]


def _result(found: ResultView, remark: int | None) -> dict[str, Any]:
    """What a result says; `remark` is the position of the re-mark that it rests on after an appeal."""
    outcome = found.outcome
    assert outcome is not None
    passed = outcome.result == "passed"
    conditions = outcome.conditions
    points = points_of(outcome.window)
    subtotals = subtotals_of(outcome, points)
    submitted = submitted_of(found.sitting) if found.sitting else []
    said, before = spoken_of(submitted, remark=remark)
    kinds = dict(zip(Kind, subtotals, strict=False)) if not outcome.task else {}
    titles = {kind: one.name for kind, one in kinds.items()}
    told = {kind: f": {half_text(one.half_marks)} of {one.maximum} marks" for kind, one in kinds.items()}
    return {
        "outcome": outcome,
        "passed": passed,
        "headline": headline(passed, [c["name"] for c in conditions if not c["met"]]).capitalize(),
        "conditions": conditions,
        "subtotals": [
            (s.name, s.half_marks, 2 * s.maximum, half_text(s.half_marks), s.maximum) for s in subtotals
        ],
        "by_part": _by_part(by_part(outcome.window, [outcome], points=points, submitted=submitted)),
        "total": half_text(sum(s.half_marks for s in subtotals) - outcome.half_marks_off),
        "less": taken_off(outcome),
        "maximum": sum(s.maximum for s in subtotals),
        "feedback": _feedback(said, {kind: titles[kind] + told[kind] for kind in kinds}),
        "feedback_before": _feedback(before, titles),
        "next_steps": [c["next_step"] for c in conditions if not c["met"] and c["next_step"]],
        **_award(found, outcome),
    }


def _feedback(spoken: list[Spoken], titles: dict[Kind, str]) -> dict[str, Any]:
    """The markers' words kind by kind, under `titles` as the result has them; then where in the script they show."""
    return {
        "heard": [
            (titles.get(one.kind, one.title) if one.kind else WHOLE, one.said)
            for one in heard_by_kind(spoken)
        ],
        "evidence": [(one.who, one.evidence) for one in spoken if one.evidence],
    }


def _award(found: ResultView, outcome: Outcome) -> dict[str, Any]:
    """The award that stands, or that it was revoked; and which result counts where it isn't this one."""
    weight = found.weight
    assert weight is not None
    award, revoked = last_awards_of(found.enrolment)
    elsewhere = weight.counts.window_id != outcome.window_id
    counts = weight.counts if elsewhere else None
    counts_at = vars(counts)["sitting_id"] if counts else None
    passed = outcome.result == "passed"
    return {
        "award": award if passed else None,
        "revoked": revoked if passed and award is None and not outcome.task else None,
        "counts": counts if counts_at else None,
        "counts_at": counts_at,
        "weight": weight if weight.windows > 1 and not elsewhere else None,
    }


def _by_part(parts: ByPart | None) -> dict[str, Any] | None:
    """The marks by part of the response; "told" says whether they can be told. None where the scheme has no parts."""
    if parts is None:
        return None
    rows = [
        (one.name, one.half_marks, 2 * one.maximum, half_text(one.half_marks), one.maximum)
        for one in parts.marks
    ]
    return {"rows": rows, "told": bool(parts.told)}


def _afterwards(found: ResultView, appeal: appeals.Glance, request: Any) -> dict[str, Any]:
    """What can be done about a result: an appeal and until when, or where it stands; and the support plan."""
    outcome = found.outcome
    assert outcome is not None
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
        "asked": request_about(found),
        "credit": bool(agreements_of(mine.enrolment, on=clock.day_of(request.received_at))),
    }
    return render(request, "participant/award.html", context)


def no_award(request: HttpRequest, mine: Mine) -> HttpResponse:
    """There is none yet, or it was revoked: then when, why, and whom to ask."""
    fell = mine.enrolment.stage != Stage.REVOKED  # no pass stands that an award could rest on
    context = {"mine": mine, "revoked": revoked_award_of(mine.enrolment), "fell": fell}
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
