"""The assessment before and after the window: dates and rules, where each sitting stands, receipts."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from goldenthread.applications.models import OVER
from goldenthread.assessment import actions, adjusting, attempts, kept_queries, rules, upload_queries
from goldenthread.assessment.dated_policies import assessment_on
from goldenthread.assessment.limit_queries import word_limit_for
from goldenthread.assessment.models import Script, Sitting, SittingState, Window, WindowState
from goldenthread.assessment.project_views import days_ahead, task_lines
from goldenthread.assessment.queries import (
    current_script,
    declared_with,
    differs,
    get_script_for,
    length_of,
    parts_of,
    sittings_of,
    terms_of,
    window_terms,
)
from goldenthread.assessment.rules import purposes
from goldenthread.assessment.rules.attempts import standing
from goldenthread.assessment.rules.policies import (
    ai_text,
    counting_in,
    counting_text,
    declarations_in,
    stated_now,
)
from goldenthread.assessment.upload_models import Upload
from goldenthread.assessment.writing_models import KeptText
from goldenthread.catalogue.structure import Kind
from goldenthread.catalogue.wording import attempts_text
from goldenthread.common.files import read
from goldenthread.common.quantities import hours_text
from goldenthread.common.refused import Refused
from goldenthread.integrity.models import MisconductCase
from goldenthread.integrity.queries import cases_about, cases_about_projects
from goldenthread.outcomes import achieving
from goldenthread.outcomes.achievement import TaskState
from goldenthread.outcomes.attempts import is_told
from goldenthread.outcomes.useful_days import useful_day_of
from goldenthread.support.plans import own_plan
from goldenthread.web.participant.activities import formative_tasks
from goldenthread.web.participant.applying import first_window_on
from goldenthread.web.participant.current import Mine, with_enrolment
from goldenthread.web.participant.task_days import days_sentence
from goldenthread.web.participant.views.names import name_to_confirm
from goldenthread.web.participant.views.script import titled
from goldenthread.web.shared.http import today
from goldenthread.web.shared.rulings import holds_for, limits_text

CONTENT_TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "odt": "application/vnd.oasis.opendocument.text",
    "pdf": "application/pdf",
    "txt": "text/plain; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "jpg": "image/jpeg",
    "png": "image/png",
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
    """A sitting and what is to be said of it now; `phase` is deferred, before, unmet, open, held_back or after.

    `unmet`: the window has opened, nobody has judged the entry gate yet, and it would let nobody in now.
    """

    sitting: Sitting
    phase: str
    script: Script | None
    gate: Refused | None
    result_url: str
    case: MisconductCase | None = None
    waits: KeptText | None = None  # arrived in time and can still be handed in
    document: Upload | None = None  # the same
    rest_until: datetime | None = None
    changed: bool = False  # the text in the editor is another than the one that was handed in

    @property
    def is_open(self) -> bool:
        return self.phase == "open"


@require_safe
@with_enrolment
def assessment(request: Any, mine: Mine) -> HttpResponse:
    """Dates, rules and the next step; nothing of any case study's content."""
    every = sittings_of(request.user, told=is_told())
    own = [one for one in every if one.enrolment_id == mine.enrolment.pk]
    cases = cases_about(own)
    specification = mine.enrolment.version.specification
    policy = specification.engagement
    tasks, plan = project_tasks(mine, at=request.received_at), own_plan(mine.enrolment)
    context = {
        "mine": mine,
        "tasks": tasks,
        "stages": _stages(mine),
        "formative": _formative(request, mine),
        "task_cases": cases_about_projects(mine.enrolment) if tasks else [],
        "achievement": bool(specification.achievement),
        "plan": plan if plan is not None and not plan.ending else None,
        "shown": [_shown(mine, one, cases.get(one.pk), at=request.received_at) for one in own],
        "spelling": name_to_confirm(mine, ahead=_lies_ahead(own, mine)),
        "kind": specification.assessment.kind,
        "over": OVER,
        "parts": specification.assessment.parts,
        "purpose": purposes.of_case_study(engagement_to_pass=bool(policy and policy.required_to_pass)),
        "required_to_enter": bool(policy and policy.required_to_enter),
        "threshold": policy.threshold if policy else None,
        **_limit(mine, own[0].window if own else None),
        "waiting": [one for one in adjusting.adjustments_of(mine.enrolment) if one.state == "requested"],
        "adjusted": any(one.extra_days or one.extra_words for one in own),
        "months": _months(mine),
        **_policies(
            mine, own[0].window if own else None, on=first_window_on(mine.enrolment, today=today(request))
        ),
        "attempts": _attempts(mine, own[0].window if own else None, on=today(request)),
    }
    return render(request, "participant/assessment.html", context)


def _lies_ahead(own: list[Sitting], mine: Mine) -> bool:
    """Whether a release is still to come. One query for somebody without a case study, who may hand in a project."""
    if own:
        return any(one.window.state == WindowState.SCHEDULED for one in own)
    ahead = Sitting.objects.filter(enrolment=mine.enrolment, window__state=WindowState.SCHEDULED)
    return mine.enrolment.version.specification.assessment.kind != "case_study" and ahead.exists()


def _policies(mine: Mine, window: Window | None, *, on: date) -> dict[str, Any]:
    """What is stated of counting and declarations: in the person's window, else for one that opens on this day."""
    kept = window.policies if window else stated_now(assessment_on(mine.enrolment.version, on))
    counting, asked = counting_in(kept), declarations_in(kept)
    return {
        "counting": counting,
        "asked": asked,
        "ai_text": ai_text(asked.ai),
        "word_rule": counting_text(counting),
    }


def _attempts(mine: Mine, window: Window | None, *, on: date) -> str:
    """How often the case study may be sat, and how often they have sat it, by the policy for their window or, after it,
    for this day; "" where nothing is stated. One query where something is.
    """
    enrolment, day = mine.enrolment, max(on, window.opens_on) if window else on
    policy = assessment_on(enrolment.version, day).attempts
    found = standing(policy, attempts.tried_by(enrolment)) if policy else None
    said = attempts_text(policy)
    return f"{said} You: {found.text}" if found and found.times else said


def project_tasks(mine: Mine, *, at: datetime) -> list[dict[str, str]]:
    """The project tasks of the version, each with where it stands and by when; none where there is a case study
    (S0-12).
    """
    lines = task_lines(mine.enrolment)
    useful = useful_day_of(mine.enrolment) if lines else None
    said = {one.key: days_sentence(one, at=at, useful=useful) for one in days_ahead(mine.enrolment, at=at)}
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
                "hint": " ".join(filter(None, [view.task.text, said.get(view.task.key, "")])),
                "state": kind,
                "state_label": label,
                "result": reverse("participant:result", args=[result.sitting]) if result.final else "",
            }
        )
    return rows


def _limit(mine: Mine, window: Window | None) -> dict[str, Any]:
    """The word limit of the person's window, with its sources and who chose for whom (S0-31)."""
    enrolment = mine.enrolment
    limit = word_limit_for(enrolment, window)
    chose = limit.ruling
    return {
        "limit": limit,
        "limit_sources": limits_text(limit.choices, documents=enrolment.version.specification.documents),
        "limit_for": holds_for(chose, version=enrolment.version_id, intake=enrolment.intake_id)
        if chose
        else "",
    }


def _formative(request: Any, mine: Mine) -> list[dict[str, str]]:
    """The formative tasks with their states, beside the case study; none where projects are assessed (S0-12)."""
    if mine.enrolment.version.specification.assessment.kind != "case_study":
        return []
    return [
        {
            "label": shown.activity.title,
            "url": shown.url,
            "hint": ", ".join(filter(None, [_hours(shown.activity.minutes), shown.when])),
            "state": shown.state,
            "state_label": shown.state_label,
        }
        for shown in formative_tasks(mine.enrolment, today=today(request))
    ]


def _hours(minutes: int | None) -> str:
    return hours_text(minutes) if minutes else ""


def _stages(mine: Mine) -> dict[str, str]:
    """What the version calls the stages in which the formative tasks and the case study lie."""
    specification = mine.enrolment.version.specification
    return {
        str(component.kind): specification.stage(component.stage).name
        for component in specification.components_of(Kind.FORMATIVE_TASK, Kind.CASE_STUDY)
    }


def _months(mine: Mine) -> Any:
    intake, version = mine.enrolment.intake, mine.enrolment.version
    if intake.version_id == version.pk:  # nearly always: it is loaded
        intake.version = version
    try:
        return window_terms(intake)
    except Refused:
        return None


def _shown(mine: Mine, one: Sitting, case: MisconductCase | None, *, at: datetime) -> Shown:
    phase = _phase(one, at)
    unjudged = phase == "open" and one.released_at is None
    gate = actions.preview_gate(mine.enrolment, one) if unjudged or phase == "before" else None
    if unjudged and gate:
        phase = "unmet"
    script = current_script(one)
    nothing_yet = phase == "after" and script is None
    waits = _waits(one, at=at) if nothing_yet else None
    document = upload_queries.waiting_of(one, at=at) if nothing_yet else None
    return Shown(
        sitting=one,
        phase=phase,
        script=script,
        gate=gate,
        result_url=_result_url(one) if getattr(one, "told", False) and phase != "deferred" else "",
        case=case,
        waits=waits,
        document=document,
        rest_until=kept_queries.rest_until_of(one) if waits or document else None,
        changed=phase == "open" and script is not None and differs(one, script),
    )


def _waits(one: Sitting, *, at: datetime) -> KeptText | None:
    """The text that arrived in time and can still become the script. One query, three where there is one."""
    found = kept_queries.waiting_in(kept_queries.kept_of(one), None)
    return found if found is not None and kept_queries.can_be_handed_in(found, at=at) else None


def _phase(one: Sitting, at: datetime) -> str:
    if one.state == SittingState.DEFERRED:
        return "deferred"
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
        "texts": titled(terms_of(script.sitting), script.parts or {"": script.text}),
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
    return download(text.encode(), "text/plain; charset=utf-8", name)


@require_safe
def receipt_signed(request: Any, sitting_id: int, number: int) -> HttpResponse:
    """The receipt as a signed file, which anybody with our public key can check; of a project too."""
    script = get_script_for(request.user, sitting_id, number)
    text = actions.signed_receipt(script=script, at=request.received_at)
    name = f"receipt-{script.sitting.enrolment.reference}-{script.number}.json"
    return download(text.encode(), "application/json", name)


@require_safe
def script_file(request: Any, sitting_id: int, number: int) -> HttpResponse:
    """Exactly what was handed in, byte by byte as its checksum says; never shown inside our own pages."""
    script = get_script_for(request.user, sitting_id, number)
    if script.file is None:
        name = f"script-{script.sitting.enrolment.reference}-{script.number}.txt"
        return download(script.text.encode(), CONTENT_TYPES["txt"], name)
    return download(
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
        "length": length_of(script),
        "declared": declared_with(script),
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


def download(content: bytes, content_type: str, name: str) -> HttpResponse:
    """An answer that browsers save under this name, and never show inside our own pages."""
    headers = {"Content-Disposition": content_disposition_header(True, name) or "attachment"}
    return HttpResponse(content, content_type=content_type, headers=headers)
