"""Practice for the assessment: scenarios, the editor of a sitting without its clock, self-assessment (S4-19)."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.csrf import csrf_failure
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from goldenthread.assessment import actions, words
from goldenthread.assessment import practice_queries as queries
from goldenthread.assessment.practice_queries import Asked, Offered
from goldenthread.assessment.rules import Stale, purposes
from goldenthread.assessment.rules.policies import counting_text
from goldenthread.common.refused import Refused
from goldenthread.learning import rules as formative
from goldenthread.web.participant import taking_up
from goldenthread.web.participant.current import Mine, with_enrolment
from goldenthread.web.participant.editor import (
    OUT_OF_DATE,
    SIGNED_IN_AGAIN,
    texts_from_json,
    texts_to_json,
)
from goldenthread.web.participant.forms_practice import PracticeForm, SelfAssessmentForm
from goldenthread.web.participant.taking_up import take_up
from goldenthread.web.shared.http import posted, show_refusal
from goldenthread.web.shared.parking import (
    form_is_ours,
    from_this_site,
    keeps_text,
    owned_by,
    park,
    somebody_elses,
)


@require_safe
@with_enrolment
def practice(request: Any, mine: Mine) -> HttpResponse:
    """Every scenario with its day and where it stands."""
    context = {
        "mine": mine,
        "rows": [task_row(one) for one in queries.offered_to(mine.enrolment, at=request.received_at)],
        "kind": mine.enrolment.version.specification.assessment.kind,
        "asked": queries.asked_of(mine.enrolment),
        "purpose": purposes.of_practice(),
    }
    return render(request, "participant/practice.html", context)


def task_row(one: Offered) -> dict[str, str]:
    """A scenario as a line of a task list."""
    state = one.response.state if one.response else ""
    kind, label = {
        "draft": ("now", "Begun"),
        "handed_in": ("waiting", "Handed in"),
        "returned": ("done", "Feedback is there"),
    }.get(state, ("todo", "To practise") if one.is_open else ("blocked", "Opens later"))
    return {
        "label": one.title,
        "url": reverse("participant:practice_scenario", args=[one.scenario.pk]) if one.is_open else "",
        "hint": "open; there is no deadline" if one.is_open else f"from {one.opens_on:%-d %B %Y}",
        "state": kind,
        "state_label": label,
    }


# --- the page with the editor ---------------------------------------------------------------------------
@csrf_exempt  # checked below, so that a text under an outdated key is shown again and not dropped
@login_not_required  # likewise for a session that ended while somebody wrote
@require_http_methods(["GET", "HEAD", "POST"])
def practice_scenario(request: Any, scenario_id: int) -> HttpResponse:
    """The scenario beside the editor. POST saves the draft, or hands in by one of two buttons."""
    if not request.user.is_authenticated:
        return park(request, _parked(scenario_id), names=("revision",))
    ours = request.method != "POST" or form_is_ours(request)
    if not ours and not from_this_site(request):
        return csrf_failure(request)
    if not ours and not owned_by(request):
        return somebody_elses(request)
    return _scenario(request, scenario_id=scenario_id, ours=ours)


def _parked(scenario_id: int) -> str:
    return f"practice:{scenario_id}"


@with_enrolment
def _scenario(request: Any, mine: Mine, *, scenario_id: int, ours: bool) -> HttpResponse:
    found = queries.get_offered_for(mine.enrolment, scenario_id, at=request.received_at)
    asked = queries.asked_of(mine.enrolment)
    if not found.is_open:
        messages.info(request, f"{found.title} opens on {found.opens_on:%-d %B %Y}.")
        return redirect("participant:practice")
    if request.method != "POST":
        return _opened(request, mine, found, asked)
    form = PracticeForm(asked.parts, request.POST)
    stored: Mapping[str, str] = {}
    valid = form.is_valid()
    if not ours:
        form.add_error(None, SIGNED_IN_AGAIN)
    elif valid:
        try:
            return _written(request, mine, found, form)
        except Stale as refusal:
            show_refusal(form, refusal)
            stored = refusal.texts
            form.data = {**dict(form.data.items()), "revision": str(refusal.revision)}
        except Refused as refusal:
            show_refusal(form, refusal)
            with suppress(Refused):
                kept = actions.save_practice(**_sent(request, mine, found, form))
                form.data = {**dict(form.data.items()), "revision": str(kept.revision)}
        found = queries.get_offered_for(mine.enrolment, scenario_id, at=request.received_at)
    return _page(request, mine, found, asked, form, stored=stored)


def _opened(request: Any, mine: Mine, found: Offered, asked: Asked) -> HttpResponse:
    """The page; what its writer had sent when they were signed out is the draft now, unless a newer one is saved."""
    revision = found.response.revision if found.response else 0
    taken = take_up(
        request,
        _parked(found.scenario.pk),
        form_of=lambda texts: PracticeForm(asked.parts, {"revision": str(revision), **texts}),
        save=lambda form, at: actions.save_practice(**{**_sent(request, mine, found, form), "at": at}),
        show=show_refusal,
    )
    if taken is not None and taken.form is not None:
        if taken.newer is None:
            return _page(request, mine, found, asked, taken.form)
        taken.form.data = {**dict(taken.form.data.items()), "revision": str(taken.newer.revision)}
        return _page(request, mine, found, asked, taken.form, stored=taken.newer.texts)
    if taken is not None:
        found = queries.get_offered_for(mine.enrolment, found.scenario.pk, at=request.received_at)
    kept = found.response
    shown = PracticeForm(asked.parts, texts=kept.texts if kept else {}, revision=kept.revision if kept else 0)
    return _page(request, mine, found, asked, shown)


def _sent(request: Any, mine: Mine, found: Offered, form: PracticeForm) -> dict[str, Any]:
    return {
        "scenario": found.scenario,
        "enrolment": mine.enrolment,
        "texts": form.texts(),
        "revision": form.cleaned_data["revision"],
        "by": request.user,
        "at": request.received_at,
    }


def _written(request: Any, mine: Mine, found: Offered, form: PracticeForm) -> HttpResponse:
    sent = _sent(request, mine, found, form)
    if "hand_in" in request.POST:
        actions.hand_in_practice(**sent, wants="facilitator")
        taking_up.sent(request)
        messages.success(
            request, "Handed in. Who teaches your group reads it, and you get a mail with the feedback."
        )
    elif "assess" in request.POST:
        actions.hand_in_practice(**sent, wants="self")
        taking_up.sent(request)
        messages.success(request, "Finished. Compare it with the mark scheme now.")
        return redirect("participant:practice_self", found.scenario.pk)
    else:
        actions.save_practice(**sent)
        taking_up.sent(request)
        messages.success(request, "Draft saved.")
    return redirect("participant:practice_scenario", found.scenario.pk)


def _page(
    request: Any,
    mine: Mine,
    found: Offered,
    asked: Asked,
    form: PracticeForm,
    *,
    stored: Mapping[str, str] | None = None,
) -> HttpResponse:
    response = found.response
    editable = response is None or formative.may_edit(response.state)
    titles = {part.key: f"{part.number} {part.title}" for part in asked.parts}
    context = {
        "mine": mine,
        "offered": found,
        "scenario": found.scenario,
        "response": response,
        "case": queries.case_of(found.scenario),
        "asked": asked,
        "form": form,
        "editable": editable and mine.enrolment.withdrawn_at is None,
        "texts": queries.texts_of(response, asked.parts) if response else [],
        "feedback": list(response.feedback.all())[::-1] if response else [],
        "assessed": _assessed(response),
        "stored": [(titles.get(key, "Your response"), text) for key, text in (stored or {}).items()],
        "saved_at": response.saved_at if response else None,
        "stored_texts": texts_to_json(stored),
        "now": request.received_at,
        "count": _count(form, asked),
        "apart": words.browser_endings(asked.counting.not_counted),
        "word_pattern": words.BROWSER_PATTERN,
        "word_rule": counting_text(asked.counting),
    }
    refused = form.is_bound and bool(form.errors)
    status = (409 if stored else 422) if refused else 200
    return render(request, "participant/practice_scenario.html", context, status=status)


def _count(form: Any, asked: Asked) -> int:
    """The words in the editor, as the assessment counts them."""
    texts = [str(area.value() or "") for area in form.areas()]
    return words.count_parts(texts).leaving_out(asked.counting.not_counted).total


def _assessed(response: Any) -> bool:
    """Whether its writer has compared the present text with the mark scheme."""
    return response is not None and any(
        one.kind == "self" and one.revision == response.revision for one in response.feedback.all()
    )


@require_http_methods(["GET", "HEAD", "POST"])
@with_enrolment
def practice_draft(request: Any, mine: Mine, scenario_id: int) -> JsonResponse:
    """The text as JSON, for the editor. POST keeps `{"revision": 3, "texts": {"": "…"}}`; GET gives what is kept."""
    found = queries.get_offered_for(mine.enrolment, scenario_id, at=request.received_at)
    kept = found.response
    if request.method != "POST":
        state = {
            "revision": kept.revision if kept else 0,
            "saved_at": kept.saved_at if kept else None,
            "texts": kept.texts if kept else {},
        }
        return JsonResponse({**state, "now": request.received_at, "csrf": get_token(request)})
    sent = texts_from_json(request.body, queries.asked_of(mine.enrolment).keys)
    if sent is None:
        return JsonResponse(OUT_OF_DATE, status=400)
    try:
        saved = actions.save_practice(
            scenario=found.scenario,
            enrolment=mine.enrolment,
            texts=sent[0],
            revision=sent[1],
            by=request.user,
            at=request.received_at,
        )
    except Stale as refusal:
        return JsonResponse(
            {"message": refusal.message, "revision": refusal.revision, "texts": refusal.texts}, status=409
        )
    except Refused as refusal:
        return JsonResponse({"message": refusal.message, "code": refusal.code}, status=422)
    return JsonResponse({"revision": saved.revision, "saved_at": saved.saved_at, "now": request.received_at})


@require_POST
@with_enrolment
def practice_take_back(request: Any, mine: Mine, scenario_id: int) -> HttpResponse:
    """Go on writing what was handed in."""
    found = queries.get_offered_for(mine.enrolment, scenario_id, at=request.received_at)
    if found.response is not None:
        try:
            actions.take_practice_back(response=found.response, by=request.user, at=request.received_at)
        except Refused as refusal:
            messages.warning(request, refusal.message)
        else:
            messages.success(request, "The text is yours again. Hand it in when it is ready.")
    return redirect("participant:practice_scenario", scenario_id)


@keeps_text("strength", "next_step")
@require_http_methods(["GET", "HEAD", "POST"])
@with_enrolment
def practice_self(request: Any, mine: Mine, scenario_id: int) -> HttpResponse:
    """One's own response beside the mark scheme, once it is handed in."""
    found = queries.get_offered_for(mine.enrolment, scenario_id, at=request.received_at)
    response = found.response
    if response is None or response.handed_in_at is None or response.state == "draft":
        messages.info(request, "The mark scheme is shown once you have handed in or finished your response.")
        return redirect("participant:practice_scenario", scenario_id)
    parts = queries.asked_of(mine.enrolment).parts
    points = queries.points_of(found.scenario, parts)
    form = SelfAssessmentForm(posted(request), points=points, initial=request.kept)
    if request.method == "POST" and form.is_valid():
        try:
            actions.assess_own_practice(
                response=response,
                levels=form.levels(),
                strength=form.cleaned_data["strength"],
                next_step=form.cleaned_data["next_step"],
                by=request.user,
                at=request.received_at,
            )
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(
                request, "Kept beside your response. Take your next step into the next practice."
            )
            return redirect("participant:practice_scenario", scenario_id)
    given = [one for one in response.feedback.all() if one.kind == "self"]
    latest = given[-1] if given else None
    context = {
        "mine": mine,
        "offered": found,
        "texts": queries.texts_of(response, parts),
        "given": latest,
        "levels": queries.levels_of(latest, points) if latest else [],
        "assessed": _assessed(response),
        "form": form,
    }
    refused = form.is_bound and bool(form.errors)
    return render(request, "participant/practice_self.html", context, status=422 if refused else 200)
