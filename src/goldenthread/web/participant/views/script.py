"""A sitting while it is open: read the case study, write, keep drafts, hand in on the page.

Every view here has the same shape: load the person's own sitting, read the form, do one action, and turn a
refusal into the same page with everything that was typed.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.views.csrf import csrf_failure
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from goldenthread.assessment import actions, kept_queries, words
from goldenthread.assessment.models import Script, Sitting
from goldenthread.assessment.queries import current_script, get_sitting_for, terms_of
from goldenthread.assessment.rules import BEFORE_PARTS, DRAFT_LIMIT, Stale, instant_text
from goldenthread.assessment.rules.policies import Length, counting_text
from goldenthread.assessment.rules.steps import DoesNotFit, How, Step, follow
from goldenthread.assessment.upload_queries import set_apart, uploads_of
from goldenthread.common.refused import Refused
from goldenthread.web.participant.declaring import ai_said
from goldenthread.web.participant.editor import (
    KEPT_AS_IT_CAME,
    OUT_OF_DATE,
    SIGNED_IN_AGAIN,
    found_from_json,
    steps_from_json,
    texts_from_json,
    texts_to_json,
)
from goldenthread.web.participant.forms_assessment import ResponseForm
from goldenthread.web.participant.shown_to import FIELD, was_shown, word_for
from goldenthread.web.shared.arrival import arrived_at
from goldenthread.web.shared.http import new_form_key, show_refusal, to
from goldenthread.web.shared.parking import (
    OWNER,
    form_is_ours,
    from_this_site,
    owned_by,
    park,
    unpark_with_arrival,
)

CONFLICT, UNPROCESSABLE = 409, 422
DEFERRED = "sitting.deferred"
KEPT_BESIDE = "A copy of it is kept with us too."
PARKED = ("revision", "hand_in", "own_work")  # what of a form waits for its writer, beside the text


# --- the page with the editor ------------------------------------------------------------------------
@csrf_exempt  # checked below, so that a text under an outdated key is shown again and not dropped
@login_not_required  # likewise for a session that ended while somebody wrote
@require_http_methods(["GET", "HEAD", "POST"])
def sitting(request: Any, sitting_id: int) -> HttpResponse:
    """The case study beside the editor. POST saves the draft, or hands in if that button was pressed."""
    if not request.user.is_authenticated:
        return _park(request, sitting_id)
    found = get_sitting_for(request.user, sitting_id, named=request.method != "POST", deferred=True)
    if request.method != "POST":
        return _opened(request, found)
    if not form_is_ours(request):
        return _send_again(request, found) if from_this_site(request) else csrf_failure(request)
    return _written(request, found)


def _park(request: Any, sitting_id: int) -> HttpResponse:
    """Keep a form until its writer signs in again. That one to be handed in waits is noted, so that allocation does: of
    forms from a page that its writer had loaded, and of no others.
    """
    there = Sitting.everything.filter(pk=sitting_id)

    def noted() -> None:
        owner, at = request.POST.get(OWNER, ""), arrived_at(request)
        theirs = was_shown(request.POST.get(FIELD, ""), sitting_id, owner, at=at)
        if theirs and "hand_in" in request.POST and "own_work" in request.POST:
            known = there.select_related("enrolment", "window").defer("draft").get()
            actions.note_parked(sitting=known, owner=owner, at=at)

    known = request.method == "POST" and there.exists()
    return park(request, sitting_id, names=PARKED, known=known, kept=noted)


def _opened(request: Any, found: Sitting) -> HttpResponse:
    parked = unpark_with_arrival(request, found.pk)
    if parked is None:
        return _page(request, found, ResponseForm(terms_of(found), texts=found.draft))
    return _arrived(request, found, parked.texts, at=parked.at)


def _send_again(request: Any, found: Sitting) -> HttpResponse:
    """A form from a page of ours under an outdated key: kept as it arrived, and nothing is handed in by it."""
    if owned_by(request):
        return _arrived(request, found, request.POST.dict(), at=arrived_at(request), told=SIGNED_IN_AGAIN)
    form = ResponseForm(terms_of(found), request.POST)
    form.is_valid()
    form.add_error(None, SIGNED_IN_AGAIN)
    return _page(request, found, form)


def _arrived(
    request: Any, found: Sitting, fields: Mapping[str, str], *, at: datetime, told: str = ""
) -> HttpResponse:
    """Keep a form that arrived at `at`, while its writer was signed out, and show what became of it.

    In the window what was `told` asks for the button again; what waits to be handed in as it came, the page says.
    """
    form = ResponseForm(
        terms_of(found), {"revision": found.draft_revision, **fields, "form_key": new_form_key()}
    )
    form.is_valid()
    try:
        taken = actions.keep_arrived(
            sitting=found,
            texts=form.typed(),
            revision=form.cleaned_data.get("revision", found.draft_revision),
            handing_in="hand_in" in fields and bool(form.cleaned_data.get("own_work")),
            by=request.user,
            at=at,
        )
    except Refused as refusal:
        show_refusal(form, refusal)
        return _page(request, found, form)
    found = get_sitting_for(request.user, found.pk, deferred=True)
    is_open, stored = arrived_at(request) <= found.closes_at, {}
    if isinstance(taken.refusal, Stale):
        stored, form.cleaned_data["revision"] = taken.refusal.texts, taken.refusal.revision
    else:
        form.cleaned_data["revision"] = found.draft_revision
    waits = taken.beside is not None and kept_queries.can_be_handed_in(taken.beside, at=arrived_at(request))
    if taken.refusal is not None:
        show_refusal(form, taken.refusal)
    elif not waits and not (told and is_open):
        messages.warning(request, KEPT_AS_IT_CAME.format(at=instant_text(at, found.zone, seconds=True)))
    if told and is_open:
        form.add_error(None, told)
    return _page(request, found, form, stored=stored)


def _written(request: Any, found: Sitting) -> HttpResponse:
    form = ResponseForm(terms_of(found), request.POST)
    stored: Mapping[str, str] = {}
    status = UNPROCESSABLE
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
            stale = refusal if isinstance(refusal, Stale) else _keep(request, found, form)
            if stale is not None:
                stored, form.cleaned_data["revision"] = stale.texts, stale.revision
            status = CONFLICT if stale is refusal else UNPROCESSABLE
    else:
        _keep_long(request, found, form.typed())
    found = get_sitting_for(request.user, found.pk, deferred=True)
    return _page(request, found, form, stored=stored, status=status)


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
        ai=ai_said(form.cleaned_data),
        revision=form.cleaned_data["revision"],
        unsent=unsent,
        replacing=form.replacing(),
        by=request.user,
        at=arrived_at(request),
    )
    return to("participant:receipt", found.pk, script.number)


def _keep(request: Any, found: Sitting, form: ResponseForm) -> Stale | None:
    """What was refused is kept as the draft, so that it is still there on another day or device.

    Where another page has written meanwhile it is not, and the form says so: gives what is stored.
    """
    try:
        kept = actions.save_draft(
            sitting=found,
            texts=form.texts(),
            revision=form.cleaned_data["revision"],
            by=request.user,
            at=arrived_at(request),
        )
    except Stale as stale:
        show_refusal(form, stale)
        return stale
    except Refused as refusal:
        if refusal.code == "draft.too_long":
            _keep_long(request, found, form.typed())
        if refusal.code == DEFERRED:
            with suppress(Refused):
                actions.keep_deferred(
                    sitting=found, texts=form.texts(), by=request.user, at=arrived_at(request)
                )
        return None
    form.cleaned_data["revision"] = kept.draft_revision
    return None


def _keep_long(request: Any, found: Sitting, texts: Mapping[str, str]) -> bool:
    """Keep a text that is too long for a draft; False where it isn't, or is too long even for that."""
    if sum(map(len, texts.values())) <= DRAFT_LIMIT:
        return False
    with suppress(Refused):
        actions.keep_long(sitting=found, texts=texts, by=request.user, at=arrived_at(request))
        return True
    return False


def _page(
    request: Any,
    found: Sitting,
    form: ResponseForm,
    *,
    stored: Mapping[str, str] | None = None,
    status: int = UNPROCESSABLE,
) -> HttpResponse:
    """The page with the text in `form`; of one that was refused with `status`, which says why."""
    terms = form.terms
    try:
        case = actions.get_case_for(user=request.user, sitting=found, at=arrived_at(request))
    except Refused as refusal:
        deferred = refusal.code == DEFERRED
        sent = uploads_of(found) if deferred else []
        apart = set_apart(sent)
        context = {
            "sitting": found,
            "refusal": refusal,
            "early": arrived_at(request) < found.opens_at and not deferred,
            "deferred": deferred,
            "texts": _own_texts(form) if deferred else [],
            "kept": kept_queries.kept_of(found) if deferred else [],
            "documents": [(one, one.file_id in apart) for one in sent],
        }
        return render(request, "participant/sitting_not_open.html", context, status=403)
    refused = form.is_bound and bool(form.errors)
    late = arrived_at(request) > found.closes_at
    if late:
        form.close()
    script = current_script(found)
    document = script if script is not None and script.file_id is not None else None
    if document is not None:
        form.ask_again(document.number)
    count = words.count_parts(list(found.draft.values())).leaving_out(terms.counting.not_counted)
    length = Length(count.total, terms.word_limit, terms.counting)
    context = {
        "sitting": found,
        "terms": terms,
        "case": case,
        "form": form,
        "form_key": new_form_key(),
        "shown_to": word_for(found.pk, request.user, at=arrived_at(request)),
        "script": script,
        "document": document,
        "late": late,
        "documents": uploads_of(found) if late else [],
        **_kept_beside(request, found, script),
        "unsaved": form.is_bound and form.typed() != whole_of(terms, found),
        "kept_late": bool(found.draft_saved_at and found.draft_saved_at > found.closes_at),
        "revision": _seen(form, found),
        "stored": titled(terms, stored or {}),
        "saved_at": found.draft_saved_at,
        "stored_texts": texts_to_json(stored),
        "now": arrived_at(request),
        "length": length,
        "apart": words.browser_endings(terms.counting.not_counted),
        "word_pattern": words.BROWSER_PATTERN,
        "word_rule": counting_text(terms.counting),
    }
    return render(request, "participant/sitting.html", context, status=status if refused else 200)


def _kept_beside(request: Any, found: Sitting, script: Script | None) -> dict[str, Any]:
    """What the page says of texts beside the draft: the one that can be handed in as it came, and the others."""
    kept = kept_queries.kept_of(found)
    waiting = kept_queries.waiting_in(kept, script)
    if waiting is not None and not kept_queries.can_be_handed_in(waiting, at=arrived_at(request)):
        waiting = None
    others = [one for one in kept if one is not waiting]
    until = kept_queries.rest_until_of(found) if waiting else None
    return {"waiting": waiting, "kept": others, "rest_until": until}


def _own_texts(form: ResponseForm) -> list[tuple[str, str]]:
    """What the person wrote in a sitting that is deferred: as this form brings it, else as it was saved."""
    texts = {key: str(area.value() or "") for key, area in zip(form.terms.keys, form.areas(), strict=True)}
    return [(title, text) for title, text in titled(form.terms, texts) if text.strip()]


def _seen(form: ResponseForm, found: Sitting) -> int:
    """The draft on which the text in this form builds: what the person has seen, so that nothing else is replaced."""
    seen: int = (
        form.cleaned_data.get("revision", found.draft_revision) if form.is_bound else found.draft_revision
    )
    return seen


def whole_of(terms: Any, found: Sitting) -> dict[str, str]:
    """The draft with every part, as a form has it."""
    return {key: found.draft.get(key, "") for key in terms.keys}


def titled(terms: Any, texts: Mapping[str, str]) -> list[tuple[str, str]]:
    """Texts by part key with the titles of their parts, as pages show them."""
    titles = {part.key: f"{part.number} {part.title}" for part in terms.parts}
    other = BEFORE_PARTS if terms.parts else "Your response"
    return [(titles.get(key, other), text) for key, text in texts.items()]


# --- what the editor saves by itself -------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def draft(request: Any, sitting_id: int) -> JsonResponse:
    """The draft as JSON. POST takes `{"steps": [...]}`, or the whole as `{"revision": 3, "texts": {"": "…"}}`, which is
    what a browser found on its device; GET gives what is kept. With `"found": 1760396280000`, when it was written by
    the browser's clock, a text that doesn't follow on the draft is kept beside it.
    """
    found = get_sitting_for(request.user, sitting_id, named=False, deferred=True)
    if request.method != "POST":
        return JsonResponse({**_state(found), "now": arrived_at(request), "csrf": get_token(request)})
    try:
        saved = _take(request, found)
    except Stale as refusal:
        return JsonResponse(
            {"message": refusal.message, "revision": refusal.revision, "texts": refusal.texts}, status=409
        )
    except Refused as refusal:
        return JsonResponse(
            {"message": _kept_all_the_same(request, found, refusal), "code": refusal.code}, status=422
        )
    if saved is None:
        return JsonResponse(OUT_OF_DATE, status=400)
    return JsonResponse({**_state(saved, texts=False), "now": arrived_at(request)})


def _kept_all_the_same(request: Any, found: Sitting, refusal: Refused) -> str:
    """What the refusal says; a whole text that is too long for a draft is kept, and so is what came when the sitting
    had been deferred, and that is said too.
    """
    whole = texts_from_json(request.body, terms_of(found).keys)
    if refusal.code == DEFERRED:
        texts = whole[0] if whole else _followed(found, steps_from_json(request.body) or [])
        with suppress(Refused):
            if texts and actions.keep_deferred(
                sitting=found, texts=texts, by=request.user, at=arrived_at(request)
            ):
                return f"{refusal.message} What you typed meanwhile is kept too."
        return refusal.message
    kept = refusal.code == "draft.too_long" and whole and _keep_long(request, found, whole[0])
    return f"{refusal.message} {KEPT_BESIDE}" if kept else refusal.message


def _followed(found: Sitting, steps: Sequence[Step]) -> Mapping[str, str]:
    """The text to which steps lead that can't be taken any more; nothing where they don't follow on the draft."""
    new = [step for step in steps if step.number > found.draft_revision]
    try:
        return follow(found.draft, new) if new and new[0].number == found.draft_revision + 1 else {}
    except DoesNotFit:
        return {}


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
    written_at = found_from_json(request.body)
    if written_at is not None:
        actions.keep_found(sitting=found, texts=texts, revision=revision, written_at=written_at, by=by, at=at)
        return found
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
