"""A sitting while it is open: read the case study, write, keep drafts, hand in on the page.

Every view here has the same shape: load the person's own sitting, read the form, do one action, and turn a
refusal into the same page with everything that was typed.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.views.csrf import csrf_failure
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from goldenthread.assessment import actions, words
from goldenthread.assessment.models import Sitting
from goldenthread.assessment.queries import current_script, get_sitting_for, terms_of
from goldenthread.assessment.rules import BEFORE_PARTS, Stale
from goldenthread.assessment.rules.steps import How, Step
from goldenthread.assessment.upload_queries import uploads_of
from goldenthread.common.refused import Refused
from goldenthread.web.participant.editor import (
    NOT_SAVED_YET,
    OUT_OF_DATE,
    SIGNED_IN_AGAIN,
    steps_from_json,
    texts_from_json,
)
from goldenthread.web.participant.forms_assessment import ResponseForm
from goldenthread.web.shared.arrival import arrived_at
from goldenthread.web.shared.http import new_form_key, show_refusal, to
from goldenthread.web.shared.parking import form_is_ours, from_this_site, park, unpark


# --- the page with the editor ------------------------------------------------------------------------
@csrf_exempt  # checked below, so that a text under an outdated key is shown again and not dropped
@login_not_required  # likewise for a session that ended while somebody wrote
@require_http_methods(["GET", "HEAD", "POST"])
def sitting(request: Any, sitting_id: int) -> HttpResponse:
    """The case study beside the editor. POST saves the draft, or hands in if that button was pressed."""
    if not request.user.is_authenticated:
        return park(request, sitting_id, known=Sitting.objects.filter(pk=sitting_id).exists())
    found = get_sitting_for(request.user, sitting_id, named=request.method != "POST")
    if request.method != "POST":
        return _opened(request, found)
    if not form_is_ours(request):
        return _send_again(request, found) if from_this_site(request) else csrf_failure(request)
    return _written(request, found)


def _opened(request: Any, found: Sitting) -> HttpResponse:
    terms = terms_of(found)
    parked = unpark(request, found.pk)
    if parked is None:
        return _page(request, found, ResponseForm(terms, texts=found.draft))
    form = ResponseForm(terms, {**parked, "revision": found.draft_revision, "form_key": new_form_key()})
    form.is_valid()
    messages.warning(request, NOT_SAVED_YET)
    return _page(request, found, form)


def _send_again(request: Any, found: Sitting) -> HttpResponse:
    form = ResponseForm(terms_of(found), request.POST)
    form.is_valid()
    form.add_error(None, SIGNED_IN_AGAIN)
    return _page(request, found, form)


def _written(request: Any, found: Sitting) -> HttpResponse:
    form = ResponseForm(terms_of(found), request.POST)
    stored: Mapping[str, str] = {}
    if form.is_valid():
        unsent = steps_from_json(request.POST.get("steps", "").encode()) or []
        try:
            if "hand_in" in request.POST:
                return _hand_in(request, found, form, unsent)
            _take_unsent(request, found, form, unsent)
            return _save(request, found, form)
        except Refused as refusal:
            if "hand_in" in request.POST:
                _take_unsent(request, found, form, unsent)
            show_refusal(form, refusal)
            if isinstance(refusal, Stale):
                stored = refusal.texts
            else:
                _keep(request, found, form)
    return _page(request, get_sitting_for(request.user, found.pk), form, stored=stored)


def _take_unsent(request: Any, found: Sitting, form: ResponseForm, unsent: Sequence[Step]) -> None:
    """Take the steps that the editor had not sent, or had not been answered, when the button was pressed.

    So nobody waits for an earlier message before the last one is sent. The form's text builds on their revision then;
    steps that don't fit are left out, since the text itself comes with them. A hand-in takes them by itself, and
    they are taken here where it is refused.
    """
    if not unsent:
        return
    with suppress(Refused):
        actions.write_steps(sitting=found, steps=unsent, by=request.user, at=arrived_at(request))
        form.cleaned_data["revision"] = unsent[-1].number


def _save(request: Any, found: Sitting, form: ResponseForm) -> HttpResponse:
    actions.save_draft(
        sitting=found,
        texts=form.texts(),
        revision=form.cleaned_data["revision"],
        by=request.user,
        at=arrived_at(request),
    )
    messages.success(request, "Draft saved.")
    return redirect("participant:sitting", found.pk)


def _hand_in(request: Any, found: Sitting, form: ResponseForm, unsent: Sequence[Step]) -> HttpResponse:
    script = actions.submit_script(
        sitting=found,
        response=actions.prepare_text(sitting=found, texts=form.texts()),
        key=form.cleaned_data["form_key"],
        own_work=form.cleaned_data["own_work"],
        revision=form.cleaned_data["revision"],
        unsent=unsent,
        by=request.user,
        at=arrived_at(request),
    )
    return to("participant:receipt", found.pk, script.number)


def _keep(request: Any, found: Sitting, form: ResponseForm) -> None:
    """What was refused is kept as the draft, so that it is still there on another day or device."""
    with suppress(Refused):
        actions.save_draft(
            sitting=found,
            texts=form.texts(),
            revision=form.cleaned_data["revision"],
            by=request.user,
            at=arrived_at(request),
        )


def _page(
    request: Any, found: Sitting, form: ResponseForm, *, stored: Mapping[str, str] | None = None
) -> HttpResponse:
    terms = form.terms
    try:
        case = actions.get_case_for(user=request.user, sitting=found, at=arrived_at(request))
    except Refused as refusal:
        context = {"sitting": found, "refusal": refusal, "early": arrived_at(request) < found.opens_at}
        return render(request, "participant/sitting_not_open.html", context, status=403)
    refused = form.is_bound and bool(form.errors)
    late = arrived_at(request) > found.closes_at
    if late:
        form.close()
    context = {
        "sitting": found,
        "terms": terms,
        "case": case,
        "form": form,
        "form_key": new_form_key(),
        "script": current_script(found),
        "late": late,
        "documents": uploads_of(found) if late else [],
        "kept_late": bool(found.draft_saved_at and found.draft_saved_at > found.closes_at),
        "stored": titled(terms, stored or {}),
        "now": arrived_at(request),
        "count": (count := words.count_parts(list(found.draft.values()))),
        "over": max(count.total - terms.word_limit, 0),
        "word_pattern": words.BROWSER_PATTERN,
        "word_rule": words.RULE_TEXT,
    }
    return render(
        request, "participant/sitting.html", context, status=(409 if stored else 422) if refused else 200
    )


def titled(terms: Any, texts: Mapping[str, str]) -> list[tuple[str, str]]:
    """Texts by part key with the titles of their parts, as pages show them."""
    titles = {part.key: f"{part.number} {part.title}" for part in terms.parts}
    other = BEFORE_PARTS if terms.parts else "Your response"
    return [(titles.get(key, other), text) for key, text in texts.items()]


# --- what the editor saves by itself -------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def draft(request: Any, sitting_id: int) -> JsonResponse:
    """The draft as JSON. POST takes `{"steps": [...]}`, or the whole as `{"revision": 3, "texts": {"": "…"}}`, which is
    what a browser found on its device; GET gives what is kept.
    """
    found = get_sitting_for(request.user, sitting_id, named=False)
    if request.method != "POST":
        return JsonResponse({**_state(found), "now": arrived_at(request), "csrf": get_token(request)})
    try:
        saved = _take(request, found)
    except Stale as refusal:
        return JsonResponse(
            {"message": refusal.message, "revision": refusal.revision, "texts": refusal.texts}, status=409
        )
    except Refused as refusal:
        return JsonResponse({"message": refusal.message, "code": refusal.code}, status=422)
    if saved is None:
        return JsonResponse(OUT_OF_DATE, status=400)
    return JsonResponse({**_state(saved, texts=False), "now": arrived_at(request)})


def _take(request: Any, found: Sitting) -> Sitting | None:
    """Keep what the editor has sent; None if it is neither of the two."""
    at, by = arrived_at(request), request.user
    steps = steps_from_json(request.body)
    if steps is not None:
        return actions.write_steps(sitting=found, steps=steps, by=by, at=at)
    whole = texts_from_json(request.body, terms_of(found).keys)
    if whole is None:
        return None
    texts, revision = whole
    return actions.save_draft(sitting=found, texts=texts, revision=revision, by=by, at=at, how=How.DEVICE)


def _state(found: Sitting, *, texts: bool = True) -> dict[str, Any]:
    saved = found.draft_saved_at
    state: dict[str, Any] = {
        "revision": found.draft_revision,
        "saved_at": saved,
        "closes_at": found.closes_at,
        "late": bool(saved and saved > found.closes_at),
    }
    return {**state, "texts": found.draft} if texts else state
