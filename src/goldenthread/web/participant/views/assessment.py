"""The assessment before and after the window: dates and rules, where each sitting stands, receipts."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from goldenthread.assessment import actions, project_queries, rules, words
from goldenthread.assessment.models import Script, Sitting, SittingState, WindowState
from goldenthread.assessment.queries import (
    current_script,
    get_script_for,
    parts_of,
    sittings_of,
    window_terms,
    word_limit_of,
)
from goldenthread.common.files import read
from goldenthread.common.refused import Refused
from goldenthread.integrity.models import MisconductCase
from goldenthread.integrity.queries import cases_about, cases_about_projects
from goldenthread.outcomes import achieving
from goldenthread.outcomes.achievement import TaskState
from goldenthread.support.plans import own_plan
from goldenthread.web.participant.current import Mine, with_enrolment

CONTENT_TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "odt": "application/vnd.oasis.opendocument.text",
    "pdf": "application/pdf",
    "txt": "text/plain; charset=utf-8",
}


TASK_TAGS = {
    TaskState.OPEN: ("todo", "Open"),
    TaskState.HANDED_IN: ("waiting", "Handed in"),
    TaskState.PROVISIONAL: ("waiting", "Awaiting moderation"),
    TaskState.PASSED: ("done", "Passed"),
    TaskState.NOT_PASSED: ("problem", "Not passed"),
}


@dataclass(frozen=True)
class Shown:
    """A sitting and what is to be said of it now; `phase` is before, unmet, open, held_back or after.

    `unmet`: the window has opened, nobody has judged the entry gate yet, and it would let nobody in now.
    """

    sitting: Sitting
    phase: str
    script: Script | None
    gate: Refused | None
    result_url: str
    case: MisconductCase | None = None

    @property
    def is_open(self) -> bool:
        return self.phase == "open"


@require_safe
@with_enrolment
def assessment(request: Any, mine: Mine) -> HttpResponse:
    """Dates, rules and the next step; nothing of any case study's content."""
    own = [one for one in sittings_of(request.user) if one.enrolment_id == mine.enrolment.pk]
    cases = cases_about(own)
    specification = mine.enrolment.version.specification
    policy, limit = specification.engagement, word_limit_of(mine.enrolment.intake)
    tasks, plan = project_tasks(mine), own_plan(mine.enrolment)
    context = {
        "mine": mine,
        "tasks": tasks,
        "task_cases": cases_about_projects(mine.enrolment) if tasks else [],
        "achievement": bool(specification.achievement),
        "plan": plan if plan is not None and not plan.ending else None,
        "shown": [_shown(mine, one, cases.get(one.pk), at=request.received_at) for one in own],
        "kind": specification.assessment.kind,
        "parts": specification.assessment.parts,
        "required_to_enter": bool(policy and policy.required_to_enter),
        "threshold": policy.threshold if policy else None,
        "limit": limit,
        "max_words": own[0].window.word_limit if own else limit.value,
        "adjusted": any(one.extra_days or one.extra_words for one in own),
        "months": _months(mine),
        "word_rule": words.RULE_TEXT,
    }
    return render(request, "participant/assessment.html", context)


def project_tasks(mine: Mine) -> list[dict[str, str]]:
    """The project tasks of the version, each with where it stands; none where there is a case study (S0-12)."""
    lines = project_queries.task_lines(mine.enrolment)
    results = achieving.task_results(mine.enrolment) if lines else []
    rows = []
    for view, result in zip(lines, results, strict=True):
        kind, label = TASK_TAGS[result.state]
        if result.state is TaskState.OPEN and not view.opening.open:
            kind, label = "plain", view.opening.text.capitalize()
        rows.append(
            {
                "label": view.task.title,
                "url": reverse("participant:project", args=[view.task.key]),
                "hint": view.task.text,
                "state": kind,
                "state_label": label,
                "result": reverse("participant:result", args=[result.sitting]) if result.final else "",
            }
        )
    return rows


def _months(mine: Mine) -> Any:
    try:
        return window_terms(mine.enrolment.intake)
    except Refused:
        return None


def _shown(mine: Mine, one: Sitting, case: MisconductCase | None, *, at: datetime) -> Shown:
    phase = _phase(one, at)
    unjudged = phase == "open" and one.released_at is None
    gate = actions.preview_gate(mine.enrolment, one) if unjudged or phase == "before" else None
    if unjudged and gate:
        phase = "unmet"
    return Shown(
        sitting=one,
        phase=phase,
        script=current_script(one),
        gate=gate,
        result_url=_result_url(one) if one.window.state == WindowState.RELEASED else "",
        case=case,
    )


def _phase(one: Sitting, at: datetime) -> str:
    if at < one.opens_at:
        return "before"
    if one.state == SittingState.HELD_BACK:
        return "held_back"
    return "open" if at <= one.closes_at else "after"


def _result_url(one: Sitting) -> str:
    try:
        return reverse("participant:result", args=[one.pk])
    except NoReverseMatch:
        return ""


# --- receipts -----------------------------------------------------------------------------------------
def _answer(request: Any, sitting_id: int, number: int) -> Script:
    """A script of the person's own that answers a case study; a project's has a receipt of its own."""
    script = get_script_for(request.user, sitting_id, number)
    if script.sitting.window.task:
        raise Http404
    return script


@require_safe
def receipt(request: Any, sitting_id: int, number: int) -> HttpResponse:
    """What was received, when, with which checksum and count; and what happens next."""
    script = _answer(request, sitting_id, number)
    context = {
        **_facts(script),
        "open": request.received_at <= script.sitting.closes_at,
        "others": script.sitting.scripts.exclude(pk=script.pk).defer("text", "parts").order_by("-number"),
    }
    return render(request, "participant/sitting_receipt.html", context)


@require_safe
def receipt_text(request: Any, sitting_id: int, number: int) -> HttpResponse:
    """The receipt as plain text to keep."""
    script = _answer(request, sitting_id, number)
    text = render_to_string("participant/sitting_receipt.txt", _facts(script), request)
    name = f"receipt-{script.sitting.enrolment.reference}-{script.number}.txt"
    return _download(text.encode(), "text/plain; charset=utf-8", name)


@require_safe
def receipt_signed(request: Any, sitting_id: int, number: int) -> HttpResponse:
    """The receipt as a signed file, which anybody with our public key can check; of a project too."""
    script = get_script_for(request.user, sitting_id, number)
    text = actions.signed_receipt(script=script, at=request.received_at)
    name = f"receipt-{script.sitting.enrolment.reference}-{script.number}.json"
    return _download(text.encode(), "application/json", name)


@require_safe
def script_file(request: Any, sitting_id: int, number: int) -> HttpResponse:
    """Exactly what was handed in, byte by byte as its checksum says; never shown inside our own pages."""
    script = get_script_for(request.user, sitting_id, number)
    if script.file is None:
        name = f"script-{script.sitting.enrolment.reference}-{script.number}.txt"
        return _download(script.text.encode(), CONTENT_TYPES["txt"], name)
    return _download(
        read(script.file), CONTENT_TYPES.get(script.file.kind, "application/octet-stream"), script.file_name
    )


def _facts(script: Script) -> dict[str, Any]:
    sitting = script.sitting
    return {
        "script": script,
        "sitting": sitting,
        "number": actions.receipt_number(script),
        "received": rules.instant_text(script.received_at, sitting.zone, seconds=True),
        "deadline": rules.deadline_text(sitting.closes_at, sitting.zone),
        "complete": complete_text(script),
        "parts": [(f"{p.number} {p.title}", bool(script.parts.get(p.key))) for p in parts_of(sitting.window)],
    }


def complete_text(script: Script) -> str:
    """When all of a document was there, if that is another second than its first byte's; else "". One query."""
    upload = getattr(script, "upload", None) if script.file_id is not None else None
    if upload is None or upload.all_at is None:
        return ""
    zone = script.sitting.zone
    first, last = (rules.instant_text(at, zone, seconds=True) for at in (script.received_at, upload.all_at))
    return last if first != last else ""


def _download(content: bytes, content_type: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": content_disposition_header(True, name) or "attachment"}
    return HttpResponse(content, content_type=content_type, headers=headers)
