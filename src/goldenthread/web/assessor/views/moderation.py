"""Rounds of moderation: what is to be moderated, the sample, one script of it, the sign-off."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from goldenthread.assessment.models import MarkPoint, WindowState
from goldenthread.common.days import day_text
from goldenthread.common.refused import Refused
from goldenthread.marking import discussion_queries
from goldenthread.marking import queries as marking
from goldenthread.marking.rules import Declaration, Totals, half_text
from goldenthread.moderation import access, actions, look_drafts, queries, rules, seeing, shifting
from goldenthread.moderation.models import LookDraft, Sampled
from goldenthread.moderation.sampling import rules_text, terms_from
from goldenthread.outcomes import actions as outcomes
from goldenthread.outcomes.windows import moderated_of, stage_of, with_facts
from goldenthread.web.assessor import noting, presenting, talking
from goldenthread.web.assessor.forms import DecisionForm, LookForm
from goldenthread.web.assessor.saving import refused, saved
from goldenthread.web.assessor.views.declaring import declaration_page
from goldenthread.web.assessor.views.marking import LOOK_KEYS
from goldenthread.web.shared.http import page_of, posted, roles_day, show_refusal, viewer
from goldenthread.web.shared.uncounted import shown_uncounted

_OF_A_PERSON = ("moderation.conflict", "moderation.marked_it")  # refusals that a declaration explains better
_WAITS = {
    "moderation.marked_anew": "marks",
    "moderation.named": "the programme office",
}  # for what, by refusal


@require_safe
def moderation(request: Any) -> HttpResponse:
    who = viewer(request)
    page = page_of(request, with_facts(queries.windows_for(who, at=request.received_at)))
    rows = [
        (
            window,
            stage_of(window, at=request.received_at),
            moderated_of(window),
            getattr(window, "moderation", None),
        )
        for window in page
    ]
    context = {"page": page, "rows": rows, "moderates": access.moderates(who)}
    return render(request, "assessor/moderation.html", context)


@require_POST
def open_round(request: Any, window_id: int) -> HttpResponse:
    window = queries.get_window_for(viewer(request), window_id)
    try:
        opened = actions.open_round(window=window, by=request.user, at=request.received_at)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("assessor:moderation")
    return redirect("assessor:round", opened.pk)


@require_safe
def round_page(request: Any, round_id: int) -> HttpResponse:
    who = viewer(request)
    found = queries.get_round_for(who, round_id)
    moderates = access.moderates(who)
    named = moderates and queries.named_beforehand(found, found.window, who.user.pk)
    counts = queries.counts_of(found)
    sample = queries.sample_of(found, day=roles_day(request))
    page = page_of(request, sample, count=counts["decided"] + counts["undecided"])
    context: dict[str, Any] = {
        **counts,
        "round": found,
        "overtaken": None if found.window.state == WindowState.RELEASED else queries.overtaken(found),
        "page": page,
        "stuck": queries.stuck_in(page),
        "moderates": moderates,
        "office": who.is_office,
        "following": queries.next_for(who, found, day=roles_day(request))
        if moderates and not named
        else None,
        "named": rules.NAMED if named else "",
        "rules": rules_text(terms_from(found.terms)) if found.terms else [],
        "proposed": shifting.proposed_in(found),
    }
    ready = moderates and not context["undecided"] and found.signed_off_at is None
    if context["decided"] and not context["undecided"]:
        context["apart"] = queries.confirmed_far_apart(found, marking.scheme_of(found.window))
    context["national"] = ready and queries.asks_national(found.window)
    return render(request, "assessor/round.html", context)


@require_POST
def sign_off(request: Any, round_id: int) -> HttpResponse:
    who = viewer(request)
    found = queries.get_round_for(who, round_id)
    if not access.moderates(who):
        return queries.nothing()
    try:
        signed = actions.sign_off(round=found, by=request.user, at=request.received_at)
        if signed.national:
            messages.success(
                request, "Signed off. The programme office now hands the round to the national moderator."
            )
        else:
            outcomes.compute(window=found.window, at=request.received_at)
            messages.success(
                request,
                "Signed off. The programme office can now look at the results; it releases what nothing holds.",
            )
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect("assessor:round", found.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def sampled(request: Any, sampled_id: int) -> HttpResponse:
    """First the moderator's own marks, blind; then the markings, and the decision."""
    found = queries.get_sampled_for(viewer(request), sampled_id)
    hindrance = _hindrance(found, request.user, day=roles_day(request))
    if hindrance:
        status = 422 if request.method == "POST" else 200
        context = {
            **_head(found),
            "hindrance": hindrance.message,
            "waits": _WAITS.get(hindrance.code, ""),
            "named": hindrance.code == "moderation.named",
        }
        return render(request, "assessor/sampled_closed.html", context, status=status)
    points = presenting.points_of(found.round.window)
    if found.decision or found.marked_by_id == request.user.pk:
        return _decide(request, found, points)
    draft = look_drafts.loaded_with(found)
    if request.method != "POST":
        form = LookForm(initial=_begun(draft), points=points)
        return _blind_page(request, found, points, form, draft)
    form = LookForm(request.POST, points=points)
    if form.is_valid():
        try:
            return _keep(request, found, form, draft)
        except Refused as refusal:
            show_refusal(form, refusal)
            draft = look_drafts.draft_of(found, request.user)  # as it is by now
    form.data = {**request.POST.dict(), "revision": draft.revision if draft else 0}
    return _blind_page(request, found, points, form, draft)


def _begun(draft: LookDraft | None) -> dict[str, Any]:
    """What is saved of a script, for the boxes of the page."""
    if draft is None:
        return {"revision": 0}
    return {"revision": draft.revision} | {f"point_{point}": mark for point, mark in draft.marks.items()}


def _keep(request: Any, found: Sampled, form: LookForm, draft: LookDraft | None) -> HttpResponse:
    """Save, or give, as the button said; an older page adds a note by a button of its own."""
    if {"save", "note"}.isdisjoint(request.POST):
        actions.mark_blind(**_entered(request, found, form, draft))
    else:
        _save_look(request, found, form, draft)
        messages.success(request, "Saved, for you alone. Your marks are not given yet.")
    return redirect("assessor:sampled", found.pk)


@require_POST
def save(request: Any, sampled_id: int) -> JsonResponse:
    """Keep what the page of a moderator's own marks sends by itself every few seconds."""
    found = queries.get_sampled_for(viewer(request), sampled_id)
    hindrance = _hindrance(found, request.user, day=roles_day(request))
    if hindrance:
        return refused(hindrance)
    form = LookForm(request.POST, points=presenting.points_of(found.round.window))
    draft = look_drafts.loaded_with(found)
    return saved(request, form, lambda: _save_look(request, found, form, draft))


def _save_look(request: Any, found: Sampled, form: LookForm, draft: LookDraft | None) -> LookDraft:
    given = _entered(request, found, form, draft)
    return look_drafts.save_look(**{**given, "revision": given["revision"] or 0})


def _entered(request: Any, found: Sampled, form: LookForm, draft: LookDraft | None) -> dict[str, Any]:
    return {
        "sampled": found,
        "marks": form.marks(),
        "noted": noting.noted_in(form, draft.passages if draft else [], _texts(request, found)),
        "revision": form.cleaned_data["revision"],
        "by": request.user,
        "at": request.received_at,
    }


def _texts(request: Any, found: Sampled) -> noting.Texts:
    return lambda: presenting.texts_of(found.script, found.round.window, at=request.received_at)


def _blind_page(
    request: Any, found: Sampled, points: list[MarkPoint], form: LookForm, draft: LookDraft | None
) -> HttpResponse:
    kept, rows = noting.listed_in(form, draft.passages if draft else [], _texts(request, found))
    groups = presenting.groups_of(form, points)
    reading = _reading(request, found, kept)
    marked = reading.marked
    context = {
        **_head(found),
        "before": found.marked_by,
        "reading": reading,
        "form": form,
        "groups": groups,
        "scale": presenting.scale_of(groups),
        "total": sum(group.marks for group in groups),
        "maximum": sum(group.maximum for group in groups),
        "keys": LOOK_KEYS,
        "passages": [(*row, number in marked) for number, row in enumerate(rows, start=1)],
        "moderating": True,
        "draft": draft,
    }
    return render(request, "assessor/sampled_blind.html", context, status=422 if form.errors else 200)


def _hindrance(found: Sampled, user: Any, *, day: date) -> Refused | None:
    """Why this person can't look at this script, if they can't."""
    try:
        seeing.check_may_look(found, user.pk, day=day)
    except Refused as refusal:
        declared = None if refusal.code not in _OF_A_PERSON else marking.declared_by(user, found.script_id)
        if declared is None:
            return refusal
        said = day_text(declared.at.date())
        return Refused(
            f"You declared on {said} that you can't judge this script, so another moderator has to look at it.",
            code=refusal.code,
        )
    return None


@require_http_methods(["GET", "HEAD", "POST"])
def declare(request: Any, sampled_id: int) -> HttpResponse:
    """Leave a sampled script to another moderator because of a conflict of interest."""
    found = queries.get_sampled_for(viewer(request), sampled_id)
    if marking.declared_by(request.user, found.script_id):
        return redirect("assessor:sampled", found.pk)

    def leave(declaration: Declaration) -> HttpResponse:
        actions.declare_conflict(
            sampled=found, declaration=declaration, by=request.user, at=request.received_at
        )
        _say_left(request, found)
        return redirect("assessor:round", found.round_id)

    own = found.decided_by_id == request.user.pk
    return declaration_page(
        request,
        {**_head(found), "back": reverse("assessor:sampled", args=[found.pk]), "moderating": True},
        check=lambda: rules.check_can_declare(
            found.script.sitting.code, decided=bool(found.decision), own=own
        ),
        declare=leave,
    )


def _say_left(request: Any, found: Sampled) -> None:
    code = found.script.sitting.code
    if queries.moderators_for(found, day=roles_day(request)):
        messages.success(request, f"{code} is left to another moderator.")
    else:
        messages.warning(
            request,
            f"{code} is out of your hands. Nobody else may moderate it yet: it is on the programme office's desk.",
        )


def _decide(request: Any, found: Sampled, points: list[MarkPoint]) -> HttpResponse:
    if "decision" not in request.POST and any(name.startswith("point_") for name in request.POST):
        # The page of one's own marks, sent a second time by a double click or the back button.
        messages.info(request, "Your own marks are kept as you first entered them. Now decide.")
        return redirect("assessor:sampled", found.pk)
    form = DecisionForm(posted(request), criteria=presenting.is_of_criteria(points))
    if form.is_valid():
        try:
            actions.decide(
                sampled=found,
                decision=form.cleaned_data["decision"],
                half_marks=form.half_marks(),
                note=form.cleaned_data["note"],
                by=request.user,
                at=request.received_at,
            )
            messages.success(request, f"Decided on {found.script.sitting.code}.")
            return redirect("assessor:round", found.round_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    context = {**_head(found), **_markings(request, found, points), "form": form, "reading": None}
    if found.decided_by_id not in (None, request.user.pk):
        actions.record_look(sampled=found, by=request.user, at=request.received_at)
        context["on_record"] = True
    if seeing.reads(found, request.user.pk):
        context["reading"] = _reading(request, found, context["kept"])
    return render(request, "assessor/sampled_decide.html", context, status=422 if form.errors else 200)


def _reading(request: Any, found: Sampled, kept: Sequence[dict[str, Any]]) -> presenting.Reading:
    return presenting.reading_of(
        found.script, found.round.window, by=request.user, capacity="moderator", at=request.received_at,
        passages=kept,
    )  # fmt: skip


def _head(found: Sampled) -> dict[str, Any]:
    return {"sampled": found, "code": found.script.sitting.code, "intake": found.round.window.intake}


def _markings(request: Any, found: Sampled, points: list[MarkPoint]) -> dict[str, Any]:
    """The markers' markings beside the moderator's own, and what separates them."""
    given = queries.markings_seen_by(found, viewer(request))
    own = presenting.own_column(found.marks, points)
    columns = [own]
    columns += [presenting.column_of(one) for one in given]
    before = queries.earlier_looks(found)
    columns += [presenting.own_column(one.marks, points, "Moderator before") for one in before]
    notes = [(f"{presenting.POSITIONS[one.position]} marker", one.passages) for one in given]
    notes += [("moderator", found.passages), *(("moderator before", one.passages or []) for one in before)]
    agreed = found.script.agreement
    agreed_half = agreed.half_marks or 0
    scheme = found.round.window.mark_scheme
    final = Totals(found.half_marks_learn_that or 0, found.half_marks_learn_how_to or 0)
    discussed = given and vars(found)["discussed"]
    talk = discussion_queries.talk_about(found.script, given) if discussed else None
    return {
        "given": given,
        "uncounted": shown_uncounted(queries.uncounted_seen_by(found, given), named=False),
        "passages": presenting.numbered_notes(notes),
        "kept": [one for _, passages in notes for one in passages],
        "talk": talk,
        "said": talking.said_in(talk, own=None) if talk else [],
        "table": presenting.mark_table(points, columns),
        "comments": [
            (f"{presenting.POSITIONS[one.position]} marker", said)
            for one in given
            for said in presenting.said_by(one)
        ],
        "agreed": half_text(agreed_half),
        "agreed_that": half_text(agreed.half_marks_learn_that or 0),
        "agreed_how": half_text(agreed.half_marks_learn_how_to or 0),
        "method": agreed.method,
        "difference": half_text(abs(2 * own.total - agreed_half)),
        "far": scheme is not None
        and queries.is_far_apart(found, Totals(own.learn_that, own.learn_how_to), scheme),
        "higher": 2 * own.total > agreed_half,
        "pass_mark": scheme.pass_mark if scheme else 0,
        "final_that": half_text(final.learn_that),
        "final_how": half_text(final.learn_how_to),
    }
