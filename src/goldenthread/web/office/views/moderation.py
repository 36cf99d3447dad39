"""The office's side of moderation: sample rules, the national moderator, the board meeting."""

from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from goldenthread.assessment.models import Window, WindowState
from goldenthread.common.refused import Refused, allows
from goldenthread.marking import queries as marking
from goldenthread.marking.quality_queries import policy_of
from goldenthread.marking.quality_rules import agreement_texts
from goldenthread.marking.rules import half_text
from goldenthread.moderation import drawing, national, national_evidence, sampling, supplements
from goldenthread.moderation.models import Round
from goldenthread.moderation.sampling import Terms
from goldenthread.outcomes import board, board_rules, looking
from goldenthread.outcomes import queries as outcomes
from goldenthread.outcomes.windows import facts_of
from goldenthread.people.models import User
from goldenthread.web.office.forms_moderation import AnswerForm, ApplyForm, MeetingForm, SampleForm
from goldenthread.web.office.stages import shown
from goldenthread.web.office.views.outcomes import tabs_of, window_with_facts
from goldenthread.web.shared.http import new_form_key, posted, show_refusal, today, viewer


def _head(request: Any, window: Window, name: str) -> dict[str, Any]:
    return {"window": window, "tabs": tabs_of(window, name), "stage": shown(window, at=request.received_at)}


# --- the sample's rules ----------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def sample(request: Any, window_id: int) -> HttpResponse:
    """The rules of a window's sample with what they would draw; once it is drawn, by what it was."""
    window = window_with_facts(request, window_id)
    context = _head(request, window, "office:sample")
    if window.mark_scheme is None:
        return render(request, "office/sample.html", {**context, "no_scheme": True})
    scheme = marking.scheme_of(window)
    kept = drawing.set_terms_of(window)
    tolerance = drawing.tolerance_of(window, scheme)
    terms = drawing.terms_from(kept, tolerance)
    opened: Round | None = getattr(window, "moderation", None)
    drawn = opened if opened and drawing.is_drawn(opened) else None
    form = SampleForm(posted(request), initial=terms.as_dict())
    if request.method == "POST" and form.is_valid():
        try:
            drawing.set_terms(window=window, terms=form.terms(), by=request.user, at=request.received_at)
            messages.success(request, "The rules are kept with your name. Below is what they would draw now.")
            return redirect("office:sample", window.pk)
        except Refused as refusal:
            show_refusal(form, refusal)
    if drawn:
        terms = sampling.terms_from(drawn.terms) if drawn.terms else terms
        context |= {
            "round": drawn,
            "again": drawing.drawn_again(drawn, pass_mark=scheme.pass_mark),
            "counts": _drawn_counts(drawn),
            "came_in": sum(len(rows) for _, rows in drawn.completions),
        }
    else:
        context |= _preview(window, terms, scheme.pass_mark)
    open_for_change = allows(
        sampling.check_can_set,
        drawn=drawn is not None,
        marked=context.get("all_marked", True),
        released=window.state == WindowState.RELEASED,
    )
    context |= {
        "form": form,
        "kept": kept,
        "rules": sampling.rules_text(terms),
        "tolerance": tolerance,
        "can_set": open_for_change,
        "over_nothing": opened if opened and not drawn else None,
    }
    return render(request, "office/sample.html", context, status=422 if form.errors else 200)


def _drawn_counts(drawn: Round) -> list[tuple[str, int]]:
    counts: dict[str, int] = {}
    for reason, reasons in drawn.sample.order_by("pk").values_list("reason", "reasons"):
        for one in reasons or [reason]:
            counts[one] = counts.get(one, 0) + 1
    return sorted(((said(one), count) for one, count in counts.items()), key=lambda pair: (-pair[1], pair[0]))


def _preview(window: Window, terms: Terms, pass_mark: int) -> dict[str, Any]:
    found = drawing.preview(window, terms, pass_mark=pass_mark)
    facts = facts_of(window)
    names = dict(User.objects.filter(pk__in=[one.marker for one in found.short]).values_list("pk", "name"))
    return {
        "all_marked": bool(facts.scripts and not facts.unagreed) or drawing.frozen(window),
        "of": found.of,
        "drawn": len(found.drawn),
        "counts": [(said(reason), count) for reason, count in found.by_rule.items()],
        "overlaps": [(" and ".join(reasons), count) for reasons, count in found.overlaps.items()],
        "short": [(names[one.marker], one.has, one.wanted) for one in found.short],
    }


def said(reason: str) -> str:
    """A rule as lists name it."""
    return reason[:1].upper() + reason[1:]


# --- national moderation ---------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def national_page(request: Any, window_id: int) -> HttpResponse | FileResponse:
    """The package for the national moderator, and their answers; reads one in."""
    found = national.get_round_for(viewer(request), window_id)
    who: dict[str, Any] = {"round": found, "by": request.user, "at": request.received_at}
    step = request.POST.get("step", "")
    form = AnswerForm(*((request.POST, request.FILES) if step == "read" else ()))
    try:
        if step == "export":
            return _download(national.export(**who))
        if step == "read" and form.is_valid():
            file = form.cleaned_data["file"]
            answer = national.read(name=file.name, data=file.read(), **who)
            return redirect("office:national_answer", found.window_id, answer.pk)
    except Refused as refusal:
        if step == "export":
            messages.error(request, refusal.message)
            return redirect("office:national", found.window_id)
        show_refusal(form, refusal)
    answers, packages = list(national.answers_of(found)), list(national.packages_of(found)[:10])
    only = frozenset() if found.national_at else supplements.still_asked(found, answers=answers)
    context = {
        "round": found,
        "window": found.window,
        "packages": packages,
        "kept_back": national_evidence.kept_back(found.window, only=only or None) if found.national else [],
        "answers": answers,
        "waits": any(one.state == "read" for one in answers),
        "done": only is not None and not only,
        "supplement": len(only) if only else 0,
        "fresh": any(found.signed_off_at and one.made_at >= found.signed_off_at for one in packages),
        "form": form,
    }
    return render(request, "office/national.html", context, status=422 if form.errors else 200)


def _download(package: national.Package) -> FileResponse:
    name = f"national-{package.code}.zip"
    return FileResponse(package.file, as_attachment=True, filename=name, content_type="application/zip")


@require_http_methods(["GET", "HEAD", "POST"])
def national_answer(request: Any, window_id: int, answer_id: int) -> HttpResponse:
    """What an answer would change, or changed; a second person applies it, who read it in may take it back."""
    found = national.get_answer_for(viewer(request), window_id, answer_id)
    own = found.read_by_id == request.user.pk
    step = request.POST.get("step", "")
    form = ApplyForm(request.POST if step == "decide" else None)
    who: dict[str, Any] = {"answer": found, "by": request.user, "at": request.received_at}
    try:
        if step == "take_back":
            national.take_back(**who)
            messages.success(request, "Taken back. Another file can be read in.")
            return redirect("office:national", window_id)
        if step == "decide" and form.is_valid():
            apply = form.cleaned_data["apply"] == "1"
            national.decide(apply=apply, reason=form.cleaned_data["reason"], **who)
            messages.success(
                request,
                "Applied: the results can be released." if apply else "Not applied, with your reason.",
            )
            return redirect("office:national_answer", window_id, found.pk)
    except Refused as refusal:
        if not form.is_bound:
            messages.error(request, refusal.message)
            return redirect("office:national_answer", window_id, found.pk)
        show_refusal(form, refusal)
    effects = national.effects_of(found) if found.state == "read" else []
    looks: list[Any] = []
    if found.adjusted and found.round.window.state != WindowState.RELEASED:
        looks = looking.record_look_at_answer(
            window=found.round.window, answer=found.pk, by=request.user, at=request.received_at
        )
    context = {
        "answer": found,
        "window": found.round.window,
        "own": own,
        "looks": looks,
        "form": form,
        "effects": [(one, half_text(one.before), half_text(one.after)) for one in effects],
        "sides": sum(one.passed != one.passes for one in effects),
        "changed": [(code, half_text(that + how), reason) for code, that, how, reason in found.adjusted],
    }
    return render(request, "office/national_answer.html", context, status=422 if form.errors else 200)


# --- the board -------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def board_page(request: Any, window_id: int) -> HttpResponse:
    """The marks of a window as counts, what other boundaries would do, and the minutes of its meetings."""
    window = window_with_facts(request, window_id)
    context = _head(request, window, "office:board")
    if window.mark_scheme is None:
        return render(request, "office/board.html", {**context, "no_scheme": True})
    figures, policy = board.figures_of(window), policy_of(window.pk)
    form = MeetingForm(posted(request), initial={"held_on": today(request), "form_key": new_form_key()})
    if request.method == "POST" and form.is_valid():
        try:
            board.record_meeting(window=window, by=request.user, at=request.received_at, **form.said())
            messages.success(request, "The minutes are kept.")
            return redirect("office:board", window.pk)
        except Refused as refusal:
            if refusal.code == "board.released":
                messages.error(request, refusal.message)
                return redirect("office:board", window.pk)
            show_refusal(form, refusal)
    provisional = ""
    try:
        outcomes.check_moderated(window)
    except Refused as refusal:
        provisional = refusal.message
    context |= {
        "figures": figures,
        "bars": [
            {
                "label": f"{mark} (pass mark)" if mark == figures.pass_mark else str(mark),
                "value": count,
                "text": str(count),
                "state": "now" if mark == figures.pass_mark else "",
            }
            for mark, count in figures.distribution
        ],
        "boundaries": figures.boundaries,
        "less": [(half_text(was), half_text(off), half_text(was - off)) for was, off in figures.less],
        "provisional": provisional,
        "released": window.state == "released",
        "can_share": allows(board_rules.check_can_share, figures.scripts),
        "shared_on": board.shared_on(window),
        "small": board_rules.SMALL,
        "agreement": agreement_texts(policy, policy.within(window.mark_scheme.tolerance)),
        "meetings": list(board.meetings_of(window)),
        "form": form,
    }
    return render(request, "office/board.html", context, status=422 if form.errors else 200)


@require_safe
def board_file(request: Any, window_id: int) -> HttpResponse:
    """The figures that may be shared beyond the office, as a file for a spreadsheet."""
    window = window_with_facts(request, window_id)
    if window.mark_scheme is None:
        raise Http404
    try:
        outcomes.check_moderated(window)
        text = board.share(window=window, by=request.user, at=request.received_at)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("office:board", window.pk)
    response = HttpResponse("\ufeff" + text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="board-{window.opens_on:%Y-%m-%d}.csv"'
    return response
