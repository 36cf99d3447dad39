"""The account of a project, in an editor that saves by itself.

It loses nothing: not to a refusal, a second tab, a lost connection, or a session that ended while somebody wrote.
"""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from goldenthread.assessment import words
from goldenthread.assessment.actions import account as actions
from goldenthread.assessment.project_models import Project
from goldenthread.assessment.project_views import TaskView, task_view
from goldenthread.assessment.rules.policies import Length, counting_text
from goldenthread.common.refused import Refused, Stale
from goldenthread.outcomes.useful_days import useful_day_of
from goldenthread.web.participant.current import SOMEBODY_ELSES, Mine, somebody_else_writes
from goldenthread.web.participant.declaring import ai_said
from goldenthread.web.participant.editor import NOT_SAVED_YET, OUT_OF_DATE, texts_from_json, texts_to_json
from goldenthread.web.participant.forms_projects import AccountForm
from goldenthread.web.participant.task_days import late_note
from goldenthread.web.participant.views.project import acting, closes_text, opens_text, page_to, with_task
from goldenthread.web.shared.http import new_form_key, show_refusal
from goldenthread.web.shared.parking import keeps_text

_KEPT = ("enrolment", "revision", *(f"text_{number}" for number in range(1, 10)))
LOCKED_MEANWHILE = (
    "This is what you wrote before you were signed out. It is not saved, since nothing of this task can be changed any "
    "more. Copy what you need."
)


@keeps_text(*_KEPT)
@require_http_methods(["GET", "HEAD", "POST"])
@with_task
def project_account(request: Any, mine: Mine, found: TaskView) -> HttpResponse:
    """The sections of the account. POST saves, puts the plan in, or hands in, as the button said."""
    if request.method == "POST" and "copy_plan" in request.POST:
        return _copy_plan(request, mine, found)
    form = AccountForm(_given(request, mine, found), ask=found.ask, project=found.project, key=new_form_key())
    if request.method == "POST" and form.is_valid():
        try:
            return _write(request, mine, found, form)
        except Stale as refusal:
            return _page(request, mine, found, form, stale=refusal)
        except Refused as refusal:
            show_refusal(form, refusal)
            return _keep(request, mine, found, form)
    return _page(request, mine, found, form)


def _given(request: Any, mine: Mine, found: TaskView) -> Any:
    """What was sent, or what was kept for its writer while they were signed out; None if nothing is.

    What was kept builds on the revision that its page showed, so that what was saved meanwhile is asked about.
    """
    if request.method == "POST":
        return request.POST
    kept = {name: text for name, text in request.kept.items() if name.startswith("text_")}
    if not kept or request.kept.get("enrolment", "") != mine.enrolment.reference:
        return None
    messages.warning(request, LOCKED_MEANWHILE if found.locked else NOT_SAVED_YET)
    return {"revision": request.kept.get("revision", "0"), "form_key": new_form_key(), **kept}


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
        **said,
        key=form.cleaned_data["form_key"],
        own_work=form.cleaned_data["own_work"],
        ai=ai_said(form.cleaned_data),
        replacing=form.replacing(),
    )
    return redirect("participant:project_receipt", script.sitting_id, script.number)


def _keep(request: Any, mine: Mine, found: TaskView, form: AccountForm) -> HttpResponse:
    """What could not be handed in is kept all the same, unless another page has written since: then both are shown."""
    try:
        kept = actions.save_account(
            **acting(request, mine, found), texts=form.texts(), revision=form.cleaned_data["revision"]
        )
    except Stale as stale:
        return _page(request, mine, found, form, stale=stale)
    except Refused:
        return _page(request, mine, found, form)
    form.continue_from(kept.account_revision)
    return _page(request, mine, task_view(mine.enrolment, found.ask.key, at=request.received_at), form)


def _page(
    request: Any, mine: Mine, found: TaskView, form: AccountForm, *, stale: Stale | None = None
) -> HttpResponse:
    """The page with the text in `form`; of one that another page was quicker than, with both texts."""
    if stale is not None:
        show_refusal(form, stale)
        form.continue_from(stale.revision)
    if found.locked:
        form.close()
    titles = {part.key: part.title for part in found.ask.parts}
    script = found.script
    document = script if script is not None and script.file_id is not None else None
    if document is not None:
        form.ask_again(document.number)
    refused = request.method == "POST" and bool(form.errors)
    texts = [str(area.value() or "") for area in form.areas()]
    counting = found.ask.counting
    count = words.count_parts(texts).leaving_out(counting.not_counted)
    context = {
        "mine": mine,
        "found": found,
        "form": form,
        "live": found.opening.open and not found.locked,
        "stored": [(titles.get(key, "Your account"), text) for key, text in stale.texts.items()]
        if stale
        else [],
        "stored_texts": texts_to_json(stale.texts if stale else None),
        "saved_at": found.project.saved_at if found.project else None,
        "now": request.received_at,
        "word_pattern": words.BROWSER_PATTERN,
        "length": Length(count.total, found.ask.max_words, counting),
        "apart": words.browser_endings(counting.not_counted),
        "script": script,
        "document": document,
        "hand_in_open": found.open_for_hand_in,
        "opens": opens_text(found),
        "closes": closes_text(found),
        "late_note": late_note(found, useful_day_of(mine.enrolment)),
        "closes_at": found.days[1] if found.days and found.open_for_hand_in else None,
        "files": found.files,
        "word_rule": counting_text(counting),
    }
    status = (409 if stale else 422) if refused else 200
    return render(request, "participant/project_account.html", context, status=status)


# --- what the editor saves by itself -------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@with_task
def account_draft(request: Any, mine: Mine, found: TaskView) -> JsonResponse:
    """The account as JSON. POST keeps `{"revision": 3, "texts": {"design": "…", …}}`; GET gives what is kept.

    It belongs to the enrolment whose page sends it (`?of=`): another person signed in meanwhile is told so.
    """
    if somebody_else_writes(request, mine):
        return JsonResponse(SOMEBODY_ELSES, status=422)
    keys = [part.key for part in found.ask.parts] or [""]
    if request.method != "POST":
        state = _state(found.project, keys)
        return JsonResponse({**state, "now": request.received_at, "csrf": get_token(request)})
    sent = texts_from_json(request.body, keys)
    if sent is None:
        return JsonResponse(OUT_OF_DATE, status=400)
    texts, revision = sent
    try:
        kept = actions.save_account(**acting(request, mine, found), texts=texts, revision=revision)
    except Stale as refusal:
        return JsonResponse(
            {"message": refusal.message, "revision": refusal.revision, "texts": refusal.texts}, status=409
        )
    except Refused as refusal:
        return JsonResponse({"message": refusal.message, "code": refusal.code}, status=422)
    return JsonResponse(
        {"revision": kept.account_revision, "saved_at": kept.saved_at, "now": request.received_at}
    )


def _state(project: Project | None, keys: list[str]) -> dict[str, Any]:
    kept = project.account if project else {}
    return {
        "revision": project.account_revision if project else 0,
        "saved_at": project.saved_at if project else None,
        "texts": {key: kept.get(key, "") for key in keys},
    }
