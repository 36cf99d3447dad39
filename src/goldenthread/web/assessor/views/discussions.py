"""The page on which two markers whose marks don't agree discuss a script."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from goldenthread.assessment.models import MarkPoint
from goldenthread.common.refused import Refused
from goldenthread.marking import discussing, discussion_queries
from goldenthread.marking.agreement_rules import compare
from goldenthread.marking.discussion_models import Discussion
from goldenthread.marking.discussion_queries import Talk
from goldenthread.marking.discussion_rules import apart_text
from goldenthread.marking.rules import half_text
from goldenthread.web.assessor import presenting, talking
from goldenthread.web.assessor.forms import AnswerForm, MessageForm
from goldenthread.web.shared.http import new_form_key, show_refusal, viewer

UNSENT = "You haven't sent this yet: send it, or empty the box. Your answer stands below as you left it."
OVER = "The discussion was over before this arrived, so it isn't kept."


@require_http_methods(["GET", "HEAD", "POST"])
def discussion(request: Any, discussion_id: int) -> HttpResponse:
    """Both sets of marks, what the two write, and one's own answer."""
    found = discussion_queries.get_discussion_for(viewer(request), discussion_id)
    window = found.script.sitting.window
    if not found.ending and vars(found)["stopped"]:
        return render(request, "assessor/paused.html", {"code": found.code, "intake": window.intake})
    points = presenting.points_of(window)
    step = _step(request)
    typed = request.POST.get("text", "") if step else ""
    message = MessageForm(
        request.POST if step == "say" else None, initial={"form_key": new_form_key(), "text": typed}
    )
    answer = AnswerForm(request.POST, points=points) if step == "answer" else None
    try:
        if step == "say" and message.is_valid():
            if _say(request, found, message) and _answer_begun(request, points):
                found = discussion_queries.get_discussion_for(viewer(request), discussion_id)
                return _page(request, found, points, MessageForm(initial={"form_key": new_form_key()}), None)
            return redirect("assessor:discussion", found.pk)
        if answer is not None and answer.is_valid() and not typed.strip():
            return _answer(request, found, answer)
        if answer is not None and typed.strip():
            message = MessageForm({"text": typed, "form_key": new_form_key()})
            message.add_error("text", UNSENT)
    except Refused as refusal:
        if answer is not None and refusal.code == "discussion.moved":
            answer.read_anew = True
        show_refusal(message if step == "say" else answer or message, refusal)
    return _page(request, found, points, message, answer)


def _step(request: Any) -> str:
    """What was asked: "say", "answer", or "keep" where Enter in a box sent the form."""
    if request.method != "POST":
        return ""
    return "answer" if request.POST.get("answer") else str(request.POST.get("step", ""))


def _answer_begun(request: Any, points: list[MarkPoint]) -> bool:
    """Whether an answer that isn't sent came with what was: it stays on the page."""
    return "seen" in request.POST and any(f"point_{point.number}" in request.POST for point in points)


def _begun(request: Any, points: list[MarkPoint]) -> dict[str, str]:
    names = (f"{what}_{point.number}" for point in points for what in ("point", "why"))
    return {name: request.POST[name] for name in names if name in request.POST}


def _say(request: Any, found: Discussion, form: MessageForm) -> bool:
    said = form.cleaned_data
    kept = discussing.write_message(
        discussion=found, text=said["text"], form_key=str(said["form_key"]), by=request.user,
        at=request.received_at,
    )  # fmt: skip
    if not kept:
        messages.warning(request, OVER)
    return kept


def _answer(request: Any, found: Discussion, form: AnswerForm) -> HttpResponse:
    kept = discussing.answer(
        discussion=found, marks=form.marks(), reasons=form.reasons(), stand=request.POST.get("answer") == "stand",
        seen=form.cleaned_data["seen"], by=request.user, at=request.received_at,
    )  # fmt: skip
    if kept:
        messages.success(request, f"Your answer about {found.code} is kept.")
    else:
        messages.warning(request, OVER)
    return redirect("assessor:discussion", found.pk)


def _page(
    request: Any, found: Discussion, points: list[MarkPoint], message: MessageForm, answer: AnswerForm | None
) -> HttpResponse:
    window, own = found.script.sitting.window, found.position_of(request.user.pk)
    talk = discussion_queries.talk_seen_by(found, request.user)
    context: dict[str, Any] = {
        "discussion": found,
        "code": found.code,
        "intake": window.intake,
        "talk": talk,
        "open": talk is not None and not found.ending,
    }
    if talk is not None and own is not None:
        context |= _sides(talk, points, found, own=own)
        if not found.ending:
            context |= _forms(request, talk, points, message, answer, own=own)
            context["reading"] = presenting.reading_of(
                found.script, window, by=request.user, capacity="marker", at=request.received_at
            )
    bad = message.errors or (answer is not None and answer.errors)
    return render(request, "assessor/discussion.html", context, status=422 if bad else 200)


def _sides(talk: Talk, points: list[MarkPoint], found: Discussion, *, own: int) -> dict[str, Any]:
    window = found.script.sitting.window
    scheme = window.mark_scheme
    pass_mark = scheme.pass_mark if scheme else 0
    agreement = getattr(found.script, "agreement", None) if found.ending == "agreed" else None
    return {
        "rows": talking.rows_of(talk, points, own=own),
        "totals": [(talking.title_of(place, own), side.now.total) for place, side in talk.sides.items()],
        "apart": apart_text(talk.sides[1].now, talk.sides[2].now, pass_mark=pass_mark),
        "difference": abs(talk.sides[1].now.total - talk.sides[2].now.total),
        "maximum": sum(point.maximum for point in points),
        "pass_mark": pass_mark,
        "said": talking.said_in(talk, own=own),
        "own": talking.title_of(own, None),
        "other": talking.title_of(3 - own, None),
        "mean": agreement is not None and agreement.standing in ("", "1,2"),
        "agreed": half_text(agreement.half_marks) if agreement and agreement.half_marks is not None else "",
    }


def _forms(
    request: Any,
    talk: Talk,
    points: list[MarkPoint],
    message: MessageForm,
    answer: AnswerForm | None,
    *,
    own: int,
) -> dict[str, Any]:
    side, seen = talk.sides[own], talk.seen_by(own)
    scheme, said = talk.discussion.script.sitting.window.mark_scheme, vars(talk.discussion)["said"]
    found: dict[str, Any] = {"message": message, "answered": side.answer is not None}
    found["tolerance"] = tolerance = said if said is not None else scheme.tolerance if scheme else 0
    now, pass_mark = [one.now for one in talk.sides.values()], scheme.pass_mark if scheme else 0
    found["agree_now"] = compare(*now, tolerance=tolerance, pass_mark=pass_mark).agreed
    if side.answer is not None:
        return found
    if answer is None:
        # What was typed into the boxes stays where something else was sent from the page.
        answer = AnswerForm(initial=talking.initial_of(side, seen) | _begun(request, points), points=points)
    else:
        answer.data = {**request.POST.dict(), **({"seen": seen} if answer.read_anew else {})}
    rows = talking.rows_of(talk, points, own=own, form=answer)
    apart = [row for row in rows if row.difference]
    same = [row for row in rows if not row.difference]
    found |= {"form": answer, "apart_rows": apart, "same_rows": same}
    found["same_open"] = any(
        row.mark and row.why and (row.mark.errors or row.why.errors or row.why.value()) for row in same
    )
    return found
