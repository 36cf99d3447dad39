"""A project: what is still open, its evidence, the receipt, and the achievement list. `account.py` has the account."""

from collections.abc import Callable
from datetime import date
from functools import wraps
from io import BytesIO
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.forms import BaseForm, BooleanField, Field, MultipleChoiceField
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_safe

from goldenthread.assessment import project_queries as queries
from goldenthread.assessment import rules
from goldenthread.assessment.actions import evidence, receipt_number
from goldenthread.assessment.project_models import ProjectFile
from goldenthread.assessment.project_views import TaskView, days_ahead, task_view
from goldenthread.assessment.queries import declared_with, get_script_for, length_of
from goldenthread.assessment.rules import purposes
from goldenthread.assessment.rules.projects import open_phases, steps, words_text
from goldenthread.common import clock
from goldenthread.common.days import day_text
from goldenthread.common.evidence_types import ACCEPTED
from goldenthread.common.files import read
from goldenthread.common.filetypes import size_text
from goldenthread.common.refused import Refused
from goldenthread.outcomes import achievement, achieving
from goldenthread.outcomes.rules import Condition
from goldenthread.outcomes.useful_days import useful_day_of
from goldenthread.web.participant.covering import names_in
from goldenthread.web.participant.current import Mine, with_enrolment
from goldenthread.web.participant.editor import NOT_SAVED_YET
from goldenthread.web.participant.forms_projects import EvidenceForm
from goldenthread.web.participant.task_days import late_note, note_of
from goldenthread.web.participant.views.assessment import CONTENT_TYPES, complete_text
from goldenthread.web.shared.numbers import number_of
from goldenthread.web.shared.parking import ticked_in

PLACES = {
    "courses": "participant:learning",
    "core_tasks": "participant:learning",
    "events": "participant:schedule",
}
STEPS = {
    "placement": ("Placement school and contrast", "participant:project_placement"),
    "days": ("Days at the placement school", "participant:project_days"),
    "challenges": ("Challenges and action plan", "participant:project_challenges"),
    "plan": ("Plan", "participant:project_plan"),
    "board": ("Governing board", "participant:project_board"),
    "account": ("Written account", "participant:project_account"),
}
PLAN_STEP = ("Plan", "participant:project_plan")


def with_task(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Give the view one task of the enrolment shown, with all that its page needs; 404 where there is none."""

    @with_enrolment
    @wraps(view)
    def wrapper(request: Any, mine: Mine, task: str, **kwargs: Any) -> HttpResponse:
        if mine.enrolment.withdrawn_at is not None:
            raise Http404
        found = task_view(mine.enrolment, task, at=request.received_at)
        return view(request, mine, found, **kwargs)

    return wrapper


def acting(request: Any, mine: Mine, found: TaskView) -> dict[str, Any]:
    """Who does it, to which task, and when: what every action of a project takes."""
    return {
        "enrolment": mine.enrolment,
        "task": found.ask.key,
        "by": request.user,
        "at": request.received_at,
    }


def page_to(mine: Mine, found: TaskView, name: str) -> str:
    """The address of a page of this task, of this enrolment if the person has several."""
    page = reverse(name, args=[found.ask.key])
    return f"{page}?enrolment={mine.enrolment.reference}" if mine.others else page


def put_back(request: Any, mine: Mine, form: BaseForm) -> None:
    """Show in a form what its writer had sent when they were signed out (`keeps_text`); it is not saved yet."""
    kept = request.kept if request.kept.get("enrolment") == mine.enrolment.reference else {}
    names = {name: form.add_prefix(name) for name in form.fields}
    sent = {name: _as_sent(form.fields[name], kept[key]) for name, key in names.items() if key in kept}
    if any(sent.values()):
        form.initial.update(sent)
        messages.warning(request, NOT_SAVED_YET)


def _as_sent(field: Field, text: str) -> Any:
    """What was kept of a field as the form shows it."""
    if isinstance(field, MultipleChoiceField):
        return ticked_in(text)
    return bool(text) if isinstance(field, BooleanField) else text


def as_written(form: BaseForm) -> list[tuple[str, str]]:
    """What stands in a form that can't be changed any more: (label, text) of each field that has something."""
    found = [(field.label, field.value()) for field in form.visible_fields() if field.value()]
    return [(str(label), _in_words(value)) for label, value in found]


def _in_words(value: Any) -> str:
    if isinstance(value, date):
        return day_text(value)
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


# --- the task list -----------------------------------------------------------------------------------
@require_safe
@with_task
def project(request: Any, mine: Mine, found: TaskView) -> HttpResponse:
    """What the task asks, what is there, and what is still open."""
    useful = useful_day_of(mine.enrolment)
    context = {
        "mine": mine,
        "found": found,
        "useful": useful,
        "late_note": late_note(found, useful),
        "purpose": purposes.of_task(
            tasks=len(queries.tasks_of(mine.enrolment.version.specification)),
            placement=found.task.school == "placement",
        ),
        "items": _items(mine, found) if found.opening.open else [],
        "terms": rules.calendars.covered_terms(found.made.calendar, found.made.starts_on, found.made.ends_on)
        if found.made.starts_on and found.made.ends_on
        else [],
        "hand_in_open": found.open_for_hand_in,
        "ready": not found.faults,
        "length": words_text(found.words, found.ask),
        "opens": opens_text(found),
        "closes": closes_text(found),
        "receipt": receipt_number(found.script) if found.script else "",
    }
    return render(request, "participant/project.html", context)


def opens_text(found: TaskView) -> str:
    """The first instant of the hand-in days in words; "" while none are set."""
    return rules.instant_text(found.days[0], found.days[2]) if found.days else ""


def closes_text(found: TaskView) -> str:
    """The last instant of the hand-in days in words; "" while none are set."""
    return rules.deadline_text(found.days[1], found.days[2]) if found.days else ""


def _items(mine: Mine, found: TaskView) -> list[dict[str, str]]:
    faults: dict[str, str] = {}
    for step, refusal in found.faults:
        faults.setdefault(step, refusal.message)
    asked = steps(found.ask)
    items = [_item(mine, found, step, faults.get(step, "")) for step in asked]
    if "plan" not in asked:  # a plan is there for every task, whatever it asks
        items.insert(0, _item(mine, found, "plan", ""))
    if found.project:
        still = open_phases(found.project.plan.get("phases", {}))
        plan = next(item for item in items if item["label"] == STEPS["plan"][0])
        if still and plan["state"] == "done":
            plan.update(state="plain", state_label=f"{5 - len(still)} of 5 phases")
    count = found.files
    if found.project:
        items.append(_sponsor(mine, found))
    items.append(
        {
            "label": "Supporting evidence",
            "url": page_to(mine, found, "participant:project_evidence"),
            "hint": "Counted apart from your account.",
            "state": "plain",
            "state_label": f"{count} file{'' if count == 1 else 's'}",
        }
    )
    return items


def _item(mine: Mine, found: TaskView, step: str, fault: str) -> dict[str, str]:
    label, name = STEPS[step]
    return {
        "label": label,
        "url": page_to(mine, found, name),
        "hint": fault,
        "state": "todo" if fault else "done",
        "state_label": "Open" if fault else "Complete",
    }


def _sponsor(mine: Mine, found: TaskView) -> dict[str, str]:
    return {
        "label": "Sponsor",
        "url": page_to(mine, found, "participant:project_sponsor"),
        "hint": "Somebody who stands behind the project, asked by a link.",
        "state": "plain",
        "state_label": "If you wish",
    }


# --- the receipt -----------------------------------------------------------------------------------------
@require_safe
def project_receipt(request: Any, sitting_id: int, number: int) -> HttpResponse:
    """What was received, when, with which checksum, count and evidence; and what happens next."""
    script = get_script_for(request.user, sitting_id, number)
    sitting = script.sitting
    if not sitting.window.task:
        raise Http404
    context = {
        "script": script,
        "sitting": sitting,
        "number": receipt_number(script),
        "received": rules.instant_text(script.received_at, sitting.zone, seconds=True),
        "deadline": rules.deadline_text(sitting.closes_at, sitting.zone),
        "complete": complete_text(script),
        "length": length_of(script).text,
        "declared": declared_with(script),
        "evidence": list(script.evidence.select_related("file").order_by("number")),
        "open": request.received_at <= sitting.closes_at,
        "others": sitting.scripts.exclude(pk=script.pk).defer("text", "parts").order_by("-number"),
    }
    return render(request, "participant/project_receipt.html", context)


# --- evidence ------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@with_task
def project_evidence(request: Any, mine: Mine, found: TaskView) -> HttpResponse:
    """The files of supporting evidence. POST adds one, or takes one out."""
    form = EvidenceForm()
    back = page_to(mine, found, "participant:project_evidence")
    if request.method == "POST" and "remove" in request.POST:
        number = number_of(request.POST["remove"])
        try:
            if number is not None:
                evidence.remove_file(**acting(request, mine, found), file_id=number)
        except Refused as refusal:
            messages.error(request, refusal.message)
        return redirect(back)
    if request.method == "POST":
        form = EvidenceForm(request.POST, request.FILES)
        if form.is_valid():
            upload = form.cleaned_data["file"]
            try:
                made = evidence.add_file(
                    **acting(request, mine, found),
                    file=upload,
                    name=upload.name,
                    size_limit=settings.UPLOAD_LIMIT_BYTES,
                )
                _tell_added(request, mine, made)
                return redirect(back)
            except Refused as refusal:
                form.add_error("file", refusal.message)
    files: list[ProjectFile] = list(found.project.files.select_related("file")) if found.project else []
    context = {
        "mine": mine,
        "found": found,
        "form": form,
        "files": files,
        "words": sum(one.words for one in files),
        "limit": size_text(settings.UPLOAD_LIMIT_BYTES),
        "accepted": ",".join(ACCEPTED),
    }
    return render(request, "participant/project_evidence.html", context, status=422 if form.errors else 200)


def _tell_added(request: Any, mine: Mine, made: ProjectFile) -> None:
    """Say that a file is there, and what stands in it that would tell markers whose it is."""
    names = names_in(evidence.text_of(BytesIO(read(made.file)), made.file.kind), mine.enrolment)
    if names:
        messages.warning(
            request,
            f"{made.name} is added. In its text stands {', '.join(f'“{name}”' for name in names)}, which tells markers "
            "whose it is: take it out, add the file anew, and take this one out here.",
        )
    else:
        messages.success(request, f"{made.name} is added.")


@require_safe
@with_task
def project_file(request: Any, mine: Mine, found: TaskView, file_id: int) -> HttpResponse:
    """A file of one's own evidence, as it was added; only ever as a download."""
    one = found.project.files.filter(pk=file_id).select_related("file").first() if found.project else None
    if one is None:
        raise Http404
    return download(one.file, one.name)


def download(stored: Any, name: str) -> HttpResponse:
    """A stored file as an attachment."""
    content_type = CONTENT_TYPES.get(stored.kind, "application/octet-stream")
    headers = {"Content-Disposition": content_disposition_header(True, name) or "attachment"}
    return HttpResponse(read(stored), content_type=content_type, headers=headers)


# --- achievement -----------------------------------------------------------------------------------------
def _still_to_pass(found: achievement.Checklist, on: date) -> bool:
    return found.passed_on is None and found.pass_by is not None and on <= found.pass_by


def _place_of(condition: Condition, mine: Mine) -> str:
    """Where something can be done about a condition that is not met; "" where no page is about it."""
    tasks = {task.title: task.key for task in queries.tasks_of(mine.enrolment.version.specification)}
    if condition.met:
        return ""
    if condition.key == "task" and condition.name in tasks:
        place = reverse("participant:project", args=[tasks[condition.name]])
    elif condition.key in PLACES:
        place = reverse(PLACES[condition.key])
    else:
        return ""
    return f"{place}?enrolment={mine.enrolment.reference}"


@require_safe
@with_enrolment
def achievement_list(request: Any, mine: Mine) -> HttpResponse:
    """What the version asks for the qualification, each rule with its figure, and by when."""
    asked = achieving.asked_of(mine.enrolment.version.specification)
    if asked is None:
        raise Http404
    facts, on = achieving.facts_of(mine.enrolment), clock.day_of(request.received_at)
    found = achievement.checklist(asked, facts, on)
    useful = achievement.useful_day(asked, facts)
    days = [
        (one, note_of(one, useful, at=request.received_at))
        for one in days_ahead(mine.enrolment, at=request.received_at)
    ]
    late = next((note for _, note in days if note), "")
    advice = achievement.hand_in_advice(facts, limit=found.pass_by, on=on) if found.pass_by else ""
    context = {
        "mine": mine,
        "checklist": found,
        "conditions": [(one, _place_of(one, mine)) for one in found.conditions],
        "useful": useful,
        "useful_is_over": useful is not None and on > useful.day,
        "advice": late or advice,
        "warnings": achievement.warnings_due(asked, facts, on) if _still_to_pass(found, on) else [],
        "months": achievement.months_since(facts, on),
        "days": days,
    }
    return render(request, "participant/achievement.html", context)
