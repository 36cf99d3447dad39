"""A project: what is still open, the account with its evidence, handing in, the receipt, and the achievement list."""

from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_safe

from goldenthread.assessment import project_queries as queries
from goldenthread.assessment import rules, words
from goldenthread.assessment.actions import account as actions
from goldenthread.assessment.actions import receipt_number
from goldenthread.assessment.project_models import ProjectFile
from goldenthread.assessment.project_queries import TaskView
from goldenthread.assessment.queries import get_script_for
from goldenthread.assessment.rules.projects import open_phases, steps, words_text
from goldenthread.common import clock
from goldenthread.common.files import read
from goldenthread.common.filetypes import size_text
from goldenthread.common.refused import Refused, Stale
from goldenthread.outcomes import achievement, achieving
from goldenthread.web.participant.current import Mine, with_enrolment
from goldenthread.web.participant.forms_projects import AccountForm, EvidenceForm
from goldenthread.web.participant.views.assessment import CONTENT_TYPES, complete_text
from goldenthread.web.shared.http import new_form_key, show_refusal

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
        found = queries.task_view(mine.enrolment, task, at=request.received_at)
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


# --- the task list -----------------------------------------------------------------------------------
@require_safe
@with_task
def project(request: Any, mine: Mine, found: TaskView) -> HttpResponse:
    """What the task asks, what is there, and what is still open."""
    context = {
        "mine": mine,
        "found": found,
        "items": _items(mine, found) if found.opening.open else [],
        "terms": rules.calendars.covered_terms(found.made.calendar, found.made.starts_on, found.made.ends_on)
        if found.made.starts_on and found.made.ends_on
        else [],
        "hand_in_open": found.open_for_hand_in(request.received_at),
        "ready": not found.faults,
        "length": words_text(found.words, found.ask.max_words),
        "opens": rules.instant_text(found.sitting.opens_at, found.sitting.zone) if found.sitting else "",
        "closes": rules.deadline_text(found.sitting.closes_at, found.sitting.zone) if found.sitting else "",
        "receipt": receipt_number(found.script) if found.script else "",
    }
    return render(request, "participant/project.html", context)


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


# --- the account ---------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@with_task
def project_account(request: Any, mine: Mine, found: TaskView) -> HttpResponse:
    """The sections of the account. POST saves, puts the plan in, or hands in, as the button said."""
    stored: dict[str, str] = {}
    if request.method == "POST" and "copy_plan" in request.POST:
        return _copy_plan(request, mine, found)
    form = AccountForm(
        request.POST if request.method == "POST" else None,
        ask=found.ask,
        project=found.project,
        key=new_form_key(),
    )
    if form.is_bound and form.is_valid():
        try:
            return _write(request, mine, found, form)
        except Stale as refusal:
            show_refusal(form, refusal)
            stored = refusal.texts
            form.data = {**form.data.dict(), "revision": str(refusal.revision)}  # type: ignore[attr-defined]
        except Refused as refusal:
            show_refusal(form, refusal)
            _keep(request, mine, found, form)
    titles = {part.key: part.title for part in found.ask.parts}
    context = {
        "mine": mine,
        "found": found,
        "form": form,
        "stored": [(titles.get(key, "Your account"), text) for key, text in stored.items()],
        "length": words_text(found.words, found.ask.max_words),
        "hand_in_open": found.open_for_hand_in(request.received_at),
        "closes": rules.deadline_text(found.sitting.closes_at, found.sitting.zone) if found.sitting else "",
        "files": found.files,
        "word_rule": words.RULE_TEXT,
    }
    status = (409 if stored else 422) if form.is_bound and form.errors else 200
    return render(request, "participant/project_account.html", context, status=status)


def _copy_plan(request: Any, mine: Mine, found: TaskView) -> HttpResponse:
    try:
        actions.copy_plan(**acting(request, mine, found))
        messages.success(request, "Your plan stands in the account now: make it yours there.")
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect(page_to(mine, found, "participant:project_account"))


def _write(request: Any, mine: Mine, found: TaskView, form: AccountForm) -> HttpResponse:
    said = {
        **acting(request, mine, found),
        "texts": form.texts(),
        "revision": form.cleaned_data["revision"],
    }
    if "hand_in" not in request.POST:
        actions.save_account(**said)
        messages.success(request, "Saved. Nothing is handed in by that.")
        return redirect(page_to(mine, found, "participant:project_account"))
    script = actions.hand_in(
        **said, key=form.cleaned_data["form_key"], own_work=form.cleaned_data["own_work"]
    )
    return redirect("participant:project_receipt", script.sitting_id, script.number)


def _keep(request: Any, mine: Mine, found: TaskView, form: AccountForm) -> None:
    """What could not be handed in is kept all the same."""
    with suppress(Refused):
        kept = actions.save_account(
            **acting(request, mine, found), texts=form.texts(), revision=form.cleaned_data["revision"]
        )
        form.data = {**form.data.dict(), "revision": str(kept.account_revision)}  # type: ignore[attr-defined]


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
        "length": words_text(script.words, sitting.window.word_limit),
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
        number = request.POST["remove"]
        try:
            if number.isdigit():
                actions.remove_file(**acting(request, mine, found), file_id=int(number[:18]))
        except Refused as refusal:
            messages.error(request, refusal.message)
        return redirect(back)
    if request.method == "POST":
        form = EvidenceForm(request.POST, request.FILES)
        if form.is_valid():
            upload = form.cleaned_data["file"]
            try:
                actions.add_file(
                    **acting(request, mine, found),
                    file=upload,
                    name=upload.name,
                    size_limit=settings.UPLOAD_LIMIT_BYTES,
                )
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
    }
    return render(request, "participant/project_evidence.html", context, status=422 if form.errors else 200)


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
@require_safe
@with_enrolment
def achievement_list(request: Any, mine: Mine) -> HttpResponse:
    """What the version asks for the qualification, each rule with its figure, and by when."""
    asked = achieving.asked_of(mine.enrolment.version.specification)
    if asked is None:
        raise Http404
    facts = achieving.facts_of(mine.enrolment)
    found = achievement.checklist(asked, facts, clock.day_of(request.received_at))
    context = {
        "mine": mine,
        "checklist": found,
        "last_useful": achievement.last_useful_day(asked, facts),
        "warnings": achievement.warnings_due(asked, facts, clock.day_of(request.received_at)),
        "achieved": found.standing is achievement.Standing.ACHIEVED,
    }
    return render(request, "participant/achievement.html", context)
