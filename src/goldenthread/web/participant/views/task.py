"""A formative task: the brief, the feedback, and the work in an editor that saves by itself.

It loses nothing: not to a refusal, a second tab, a lost connection, or a session that ended while somebody
wrote.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.csrf import csrf_failure
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from goldenthread.assessment import words
from goldenthread.common.refused import Refused
from goldenthread.learning import actions, queries, rules
from goldenthread.learning import unit_queries as units
from goldenthread.learning.models import FormativeTask, TaskResponse
from goldenthread.web.participant import taking_up
from goldenthread.web.participant.activities import opens_later
from goldenthread.web.participant.current import SOMEBODY_ELSES, Mine, somebody_else_writes, with_enrolment
from goldenthread.web.participant.editor import (
    OUT_OF_DATE,
    SIGNED_IN_AGAIN,
    texts_from_json,
    texts_to_json,
)
from goldenthread.web.participant.forms import WorkForm
from goldenthread.web.participant.taking_up import take_up
from goldenthread.web.shared.http import show_refusal
from goldenthread.web.shared.parking import (
    form_is_ours,
    from_this_site,
    owned_by,
    park,
    somebody_elses,
)

PARKED = (*actions.FIELDS, "revision")


@csrf_exempt  # checked below, so that a text under an outdated key is shown again and not dropped
@login_not_required  # likewise for a session that ended while somebody wrote
@require_http_methods(["GET", "HEAD", "POST"])
def task(request: Any, key: str) -> HttpResponse:
    """The task with the person's work. POST saves the draft, or hands in if that button was pressed."""
    if not request.user.is_authenticated:
        return park(request, _parked(request.POST.get("enrolment", ""), key), names=PARKED)
    ours = request.method != "POST" or form_is_ours(request)
    if not ours and not from_this_site(request):
        return csrf_failure(request)
    if not ours and not owned_by(request):
        return somebody_elses(request)
    return _task(request, key=key, ours=ours)


def _parked(reference: str, key: str) -> str:
    """Where text waits for its writer: under the enrolment too, so that nobody else is shown it."""
    return f"task:{reference[:40]}:{key}"


@with_enrolment
def _task(request: Any, mine: Mine, *, key: str, ours: bool) -> HttpResponse:
    found = queries.get_task_for(mine.enrolment, key)
    if request.method != "POST":
        return _opened(request, mine, found)
    form = WorkForm(request.POST)
    if not ours:
        form.add_error(None, SIGNED_IN_AGAIN)
    elif form.is_valid():
        sent = _sent(request, mine, found, form)
        try:
            return _write(request, mine, sent)
        except actions.Stale as refusal:
            show_refusal(form, refusal)
            return _page(request, mine, found, form, stored=refusal.stored)
        except Refused as refusal:
            _show(form, refusal)
            _keep(form, sent)
    return _page(request, mine, found, form)


def _opened(request: Any, mine: Mine, found: FormativeTask) -> HttpResponse:
    """The page; what its writer had sent when they were signed out is the draft now, unless a newer one is saved."""
    response = queries.response_of(mine.enrolment, found)
    revision = response.revision if response else 0
    taken = take_up(
        request,
        _parked(mine.enrolment.reference, found.activity_key),
        form_of=lambda texts: WorkForm({"revision": revision, **texts}),
        save=lambda form, at: actions.save_response(
            **{**_sent(request, mine, found, form), "at": at}, quiet=True
        ),
        show=_show,
    )
    if taken is None:
        return _page(request, mine, found, WorkForm(initial=_initial(response)))
    if taken.form is None:
        kept = queries.response_of(mine.enrolment, found)
        return _page(request, mine, found, WorkForm(initial=_initial(kept)))
    stored = taken.newer.stored if isinstance(taken.newer, actions.Stale) else None
    return _page(request, mine, found, taken.form, stored=stored)


def _initial(response: TaskResponse | None) -> dict[str, Any]:
    if response is None:
        return {"revision": 0}
    return {name: getattr(response, name) for name in (*actions.FIELDS, "revision")}


def _write(request: Any, mine: Mine, sent: dict[str, Any]) -> HttpResponse:
    """Save, or save and hand in, as the button said."""
    handing_in = "hand_in" in request.POST
    verb = actions.hand_in if handing_in else actions.save_response
    verb(**sent)
    taking_up.sent(request)
    messages.success(
        request,
        "Handed in. Your tutor reads it, and you get a mail when the feedback is there."
        if handing_in
        else "Draft saved.",
    )
    return redirect(_page_of(mine, sent["task"]))


@require_POST
@with_enrolment
def task_take_back(request: Any, mine: Mine, key: str) -> HttpResponse:
    """Take handed-in work back, as long as the tutor has not decided."""
    found = queries.get_task_for(mine.enrolment, key)
    response = queries.response_of(mine.enrolment, found)
    if response is None:  # nothing was written, so there is nothing to take back
        return redirect(_page_of(mine, found))
    try:
        actions.take_back(response=response, by=request.user, at=request.received_at)
    except Refused as refusal:
        messages.warning(request, refusal.message)
    else:
        messages.success(request, "The work is yours again. Hand it in when it is ready.")
    return redirect(_page_of(mine, found))


def _page_of(mine: Mine, found: FormativeTask) -> str:
    page = reverse("participant:task", args=[found.activity_key])
    return f"{page}?enrolment={mine.enrolment.reference}" if mine.others else page


def _sent(request: Any, mine: Mine, found: FormativeTask, form: WorkForm) -> dict[str, Any]:
    return {
        "task": found,
        "enrolment": mine.enrolment,
        "work": form.work(),
        "revision": form.cleaned_data["revision"],
        "by": request.user,
        "at": request.received_at,
    }


def _show(form: WorkForm, refusal: Refused) -> None:
    """Put a refusal into the form; what is incomplete is named field by field."""
    if not isinstance(refusal, rules.Incomplete):
        return show_refusal(form, refusal)
    for field, advice in refusal.missing.items():
        form.add_error(field, advice)


def _keep(form: WorkForm, sent: dict[str, Any]) -> None:
    """What was refused is kept as the draft, so that it is still there on another day or device."""
    with suppress(Refused):
        _continue_from(form, actions.save_response(**sent, quiet=True))


def _continue_from(form: WorkForm, stored: TaskResponse) -> None:
    """Let what is in the form be saved over what is stored now."""
    form.data = {**dict(form.data.items()), "revision": str(stored.revision)}


def _page(
    request: Any,
    mine: Mine,
    found: FormativeTask,
    form: WorkForm,
    *,
    stored: TaskResponse | None = None,
) -> HttpResponse:
    response = queries.response_of(mine.enrolment, found)
    if stored is not None:  # saving again is then a choice made with both texts in view
        _continue_from(form, stored)
    editable = response is None or rules.may_edit(response.state)
    shown = units.shown_to(mine.enrolment, found, at=request.received_at)
    context = {
        "mine": mine,
        "task": found,
        "activity": mine.enrolment.plan.filter(key=found.activity_key).first(),
        "response": response,
        "shown": shown,
        "earlier": units.earlier(response, shown) if response and response.handed_in_at else None,
        "editable": editable,
        "live": editable and not mine.enrolment.withdrawn_at,
        "opens_on": opens_later(mine.enrolment, at=request.received_at),
        "texts": _texts(response) if response else [],
        "stored": _texts(stored) if stored else [],
        "saved_at": response.saved_at if response else None,
        "stored_texts": texts_to_json(_state(stored)["texts"] if stored else None),
        "feedback": list(response.feedback.all())[::-1] if response else [],
        "form": form,
        "now": request.received_at,
        "count": words.count_parts([str(form[name].value() or "") for name in actions.FIELDS]).total,
        "word_pattern": words.BROWSER_PATTERN,
    }
    refused = form.is_bound and bool(form.errors)
    return render(request, "participant/task.html", context, status=422 if refused else 200)


def _texts(response: TaskResponse) -> list[tuple[str, str]]:
    return [(name.capitalize(), getattr(response, name)) for name in actions.FIELDS]


# --- what the editor saves by itself -------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@with_enrolment
def task_draft(request: Any, mine: Mine, key: str) -> HttpResponse:
    """The work as JSON. POST keeps `{"revision": 3, "texts": {"context": "…", …}}`; GET gives what is kept."""
    if somebody_else_writes(request, mine):
        return JsonResponse(SOMEBODY_ELSES, status=422)
    found = queries.get_task_for(mine.enrolment, key)
    if request.method != "POST":
        kept = queries.response_of(mine.enrolment, found)
        return JsonResponse({**_state(kept), "now": request.received_at, "csrf": get_token(request)})
    sent = texts_from_json(request.body, actions.FIELDS)
    if sent is None:
        return JsonResponse(OUT_OF_DATE, status=400)
    texts, revision = sent
    form = WorkForm({**texts, "revision": revision})
    if not form.is_valid():
        return JsonResponse({"message": _why(form.errors)}, status=422)
    return _kept(request, _sent(request, mine, found, form))


def _kept(request: HttpRequest, sent: dict[str, Any]) -> JsonResponse:
    try:
        kept = actions.save_response(**sent, quiet=True)
    except actions.Stale as refusal:
        return JsonResponse({"message": refusal.message, **_state(refusal.stored)}, status=409)
    except Refused as refusal:
        return JsonResponse({"message": refusal.message, "code": refusal.code}, status=422)
    return JsonResponse({"revision": kept.revision, "saved_at": kept.saved_at, "now": sent["at"]})


def _state(response: TaskResponse | None) -> dict[str, Any]:
    return {
        "revision": response.revision if response else 0,
        "saved_at": response.saved_at if response else None,
        "texts": {name: getattr(response, name) if response else "" for name in actions.FIELDS},
    }


def _why(errors: Mapping[str, Any]) -> str:
    """Each fault with the name of its field."""
    return " ".join(f"{name.capitalize()}: {' '.join(faults)}" for name, faults in errors.items())
