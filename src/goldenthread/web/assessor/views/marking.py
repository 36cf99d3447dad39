"""A marker's queue and marking screen, and the way out for who can't judge a script."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from goldenthread.assessment.actions.evidence import for_markers
from goldenthread.common.days import day_text
from goldenthread.common.models import StoredFile
from goldenthread.common.refused import Refused
from goldenthread.marking import (
    actions,
    arising,
    arising_queries,
    coming_queries,
    discussion_queries,
    feedback_rules,
    handing_queries,
    quality_queries,
    queries,
    rules,
)
from goldenthread.marking.feedback_queries import spoken_as
from goldenthread.marking.models import Marking, MarkingState
from goldenthread.marking.quality_rules import Apart, Second
from goldenthread.moderation.seeing import get_evidence_for, get_marked_evidence_for
from goldenthread.web.assessor import noting, presenting
from goldenthread.web.assessor.forms import MarkingForm
from goldenthread.web.assessor.saving import saved
from goldenthread.web.assessor.views.declaring import declaration_page
from goldenthread.web.shared.http import page_of, roles_day, show_refusal, today, viewer

_MOVING = [
    ("↑ ↓", "the point before or after"),
    ("Enter", "the next point"),
    ("Page Down", "scroll the script on from a mark field, as Space does"),
    ("Page Up", "scroll it back, as Shift Space does"),
    ("Esc", "leave the mark field"),
]
_FIGURES = "the mark of the point with the gold bar, from anywhere but a text"
_NOTE = "a note at the selected text, or at a paragraph by its number"
_HELP = ("?", "show or hide these keys")
KEYS = [
    ("0–9", f"{_FIGURES}; it is saved by itself"),
    *_MOVING,
    ("m", _NOTE),
    ("c", "raise a concern, at the selected text if there is some"),
    ("Ctrl Enter", "submit: says what is missing, else asks; the same again submits"),
    _HELP,
]
PRACTICE_KEYS = [one for one in KEYS if one[0] not in ("m", "c")]
LOOK_KEYS = [
    *KEYS[: 1 + len(_MOVING)],
    ("m", _NOTE),
    ("Ctrl Enter", "give your marks; says what is missing first"),
    _HELP,
]

OPEN_AT_ONCE, DONE_AT_ONCE = 100, 10  # rows of the queue

GONE = "this script is not in your queue any more. Go on with your queue."


@require_safe
def queue(request: Any) -> HttpResponse:
    markings = queries.get_queue_for(viewer(request))
    waiting, open_count = queries.waiting_in(markings, most=OPEN_AT_ONCE + 1)
    if arising.take_of(waiting, at=request.received_at):
        waiting, open_count = queries.waiting_in(markings.all(), most=OPEN_AT_ONCE + 1)
    paused = quality_queries.paused_in(request.user)
    talks = list(discussion_queries.open_for(request.user)[: discussion_queries.SHOWN_AT_ONCE + 1])
    to_answer = [one for one in talks if not vars(one)["answered"]]
    context = {
        "waiting": waiting[:OPEN_AT_ONCE],
        "more_waiting": len(waiting) > OPEN_AT_ONCE,
        "page": page_of(request, queries.done_in(markings), size=DONE_AT_ONCE),
        "work": _work(open_count, len(to_answer)),
        "to_answer": to_answer,
        "open_count": open_count,
        "first": waiting[0] if open_count else None,
        "today": today(request),
        "practice": quality_queries.to_practise(request.user, at=request.received_at),
        "paused": paused,
        "paused_windows": {stop.window_id for stop in paused},
        "coming": None
        if waiting or to_answer
        else coming_queries.coming_to(viewer(request), at=request.received_at),
        "answers_until": max((one.until_on for one in talks), default=None),
        "discussions": talks[: discussion_queries.SHOWN_AT_ONCE],
        "more_discussions": len(talks) > discussion_queries.SHOWN_AT_ONCE,
    }
    return render(request, "assessor/queue.html", context)


def _work(to_mark: int, to_answer: int) -> str:
    """What waits for a marker, in words: "2 scripts to mark and 1 discussion to answer"; "" if nothing does."""
    most = discussion_queries.SHOWN_AT_ONCE
    answers = f"more than {most}" if to_answer > most else to_answer
    found = []
    if to_mark:
        found.append(f"{to_mark} script{'s' * (to_mark > 1)} to mark")
    if to_answer:
        found.append(f"{answers} discussion{'s' * (to_answer > 1)} to answer")
    return " and ".join(found)


@require_http_methods(["GET", "HEAD", "POST"])
def script(request: Any, marking_id: int) -> HttpResponse:
    try:
        marking = queries.get_marking_for(viewer(request), marking_id)
    except Http404:
        return given_back(request, marking_id)
    if request.method != "POST":
        try:
            arising.check_may_judge(marking, at=request.received_at)
        except Refused:
            return given_back(request, marking_id)
    if marking.state != MarkingState.SUBMITTED and vars(marking)["paused"]:
        return render(
            request, "assessor/paused.html", {"code": marking.code, "intake": marking.window.intake}
        )
    points = presenting.points_of(marking.window)
    if request.method != "POST":
        actions.look(marking=marking, at=request.received_at)
        return _page(request, marking, points, MarkingForm(initial=_initial(marking), points=points))
    form = MarkingForm(request.POST, points=points)
    if form.is_valid():
        try:
            return _keep(request, marking, form)
        except Refused as refusal:
            try:
                marking.refresh_from_db()
            except Marking.DoesNotExist:  # a conflict arose, or somebody has it now
                return given_back(request, marking_id)
            show_refusal(form, refusal)
    elif "submit" in request.POST:
        _show_the_rest(marking, form)
    form.data = {**request.POST.dict(), "revision": marking.revision}
    return _page(request, marking, points, form, status=422)


def _show_the_rest(marking: Marking, form: MarkingForm) -> None:
    """Beside what has no shape, what is missing: everything that is to be mended is said at once."""
    scheme = queries.scheme_of(marking.window)
    for fault in feedback_rules.submission_faults(scheme, form.marks(), form.feedback()):
        if fault.field not in form.errors:
            show_refusal(form, fault)


def given_back(request: Any, marking_id: int) -> HttpResponse:
    """Whose marking is gone, and who has an old page of it, goes on with the queue; for others it isn't there."""
    declared = queries.given_back(request.user, marking_id)
    gone = (declared.code, declared.at) if declared else queries.set_aside_of(request.user, marking_id)
    left = None if gone else handing_queries.left_queue(request.user, marking_id)
    if left:
        code, at, self = left
        did = (
            f"You handed {code} back on" if self else f"The programme office gave {code} to somebody else on"
        )
        messages.info(request, f"{did} {day_text(at.date())}. Nothing is left to do.")
        return redirect("assessor:queue")
    taken = None if gone else arising_queries.code_taken(request.user, marking_id)
    if taken:
        messages.info(request, f"{taken} is not in your queue any more. Nothing is left to do.")
        return redirect("assessor:queue")
    if gone is None:
        raise Http404("No such marking.")
    code, day = gone[0], day_text(gone[1].date())
    did = (
        f"You gave {code} back on" if declared else f"The programme office set your marks for {code} aside on"
    )
    messages.info(request, f"{did} {day}. Nothing is left to do.")
    return redirect("assessor:queue")


@require_http_methods(["GET", "HEAD", "POST"])
def declare(request: Any, marking_id: int) -> HttpResponse:
    """Give a script back because of a conflict of interest."""
    try:
        marking = queries.get_marking_for(viewer(request), marking_id)
    except Http404:
        return given_back(request, marking_id)

    def give_back(declaration: rules.Declaration) -> HttpResponse:
        actions.declare_conflict(
            marking=marking, declaration=declaration, by=request.user, at=request.received_at
        )
        messages.success(request, f"{marking.code} is out of your queue, and what you had entered with it.")
        return redirect("assessor:queue")

    back = reverse("assessor:script", args=[marking.pk])
    return declaration_page(
        request,
        {"code": marking.code, "intake": marking.window.intake, "back": back, "moderating": False},
        check=lambda: rules.check_can_give_back(
            marking.code, submitted=marking.state == MarkingState.SUBMITTED
        ),
        declare=give_back,
    )


def _keep(request: Any, marking: Marking, form: MarkingForm) -> HttpResponse:
    """Save, or submit, as the button said."""
    given = {
        "marking": marking,
        "entered": _entered(request, marking, form),
        "revision": form.cleaned_data["revision"],
        "by": request.user,
        "at": request.received_at,
    }
    if "concern" in request.POST:
        actions.save_marks(**given)
        return redirect(_concern_address(marking, request.POST.get("concern_passage", "")))
    if "submit" not in request.POST:
        actions.save_marks(**given)
        messages.success(request, "Saved. Nothing is submitted yet.")
    else:
        actions.submit_marks(**given)
        messages.success(request, f"Your marks for {marking.code} are submitted.")
    return redirect("assessor:script", marking.pk)


def _concern_address(marking: Marking, place: str) -> str:
    """Where a concern about a script is raised, with the passage that was selected in it."""
    address = reverse("assessor:concern", args=[marking.pk])
    return f"{address}?{urlencode({'passage': place})}" if place else address


@require_POST
def save(request: Any, marking_id: int) -> JsonResponse:
    """Keep what the page sends by itself every few seconds."""
    try:
        marking = queries.get_marking_for(viewer(request), marking_id)
    except Http404:
        return JsonResponse({"message": GONE, "field": ""}, status=404)
    form = MarkingForm(request.POST, points=presenting.points_of(marking.window))
    return saved(
        request, form, lambda: actions.save_marks(
            marking=marking, entered=_entered(request, marking, form), revision=form.cleaned_data["revision"],
            by=request.user, at=request.received_at,
        ),
    )  # fmt: skip


def _entered(request: Any, marking: Marking, form: MarkingForm) -> actions.Entered:
    return actions.Entered(
        form.marks(),
        form.cleaned_data["comment"],
        form.feedback(),
        form.notes(),
        noting.noted_in(form, marking.passages, _texts(request, marking)),
    )


def _texts(request: Any, marking: Marking) -> noting.Texts:
    return lambda: presenting.texts_of(read_by(marking), marking.window, at=request.received_at)


def read_by(marking: Marking) -> Any:
    """What its marker reads."""
    return marking.seed.script if marking.seed else marking.script


def _initial(marking: Marking) -> dict[str, Any]:
    texts = {"comment": marking.comment, "strength": marking.feedback, "next_step": marking.next_step}
    texts["evidence"] = marking.evidence
    spoken = feedback_rules.Feedback(by_kind=feedback_rules.read_kept(marking.by_kind))
    texts |= spoken.texts_by_kind
    return {
        **{f"point_{number}": mark for number, mark in marking.marks.items()},
        **{f"note_{number}": said for number, said in marking.notes.items()},
        **texts,
        "revision": marking.revision,
    }


def _page(
    request: Any, marking: Marking, points: list, form: MarkingForm, *, status: int = 200
) -> HttpResponse:
    done = marking.state == MarkingState.SUBMITTED
    policy = quality_queries.policy_of(marking.window.pk)
    groups = presenting.groups_of(form, points)
    context = {
        "marking": marking,
        "code": marking.code,
        "intake": marking.window.intake,
        "groups": groups,
        "scale": presenting.scale_of(groups),
        "total": sum(group.marks for group in groups),
        "maximum": sum(group.maximum for group in groups),
        "form": form,
        "late": marking.due_on < today(request),
        "keys": KEYS,
        "paired": policy.second == Second.EVERY,
        "discusses": policy.apart == Apart.DISCUSSION,
        "done": done,
        "concerns": vars(marking).get("concerns", 0),
        "concerns_answered": vars(marking).get("answered", 0),
        "concern_instead": status == 422 and "concern" in request.POST,
    }
    if done:
        others = queries.others_seen_by(marking)
        context["passages"] = presenting.passage_notes([marking])
        context["heard"] = feedback_rules.heard_by_kind([spoken_as(marking)])
        context["notes"] = sorted(marking.notes.items(), key=lambda row: int(row[0]))
        context["later"] = policy.seed_percent > 0 or policy.second != Second.EVERY
        columns = [presenting.column_of(marking, "You")]
        columns += [presenting.column_of(other, "Other") for other in others]
        context["table"] = presenting.mark_table(points, columns)
        context["others"] = others
        context["following"] = following = queries.next_in_queue(request.user, marking)
        context["talk"] = discussion_queries.of_marking(marking)
        context["only_paused"] = following is None and queries.has_open(request.user)
    else:
        kept, rows = noting.listed_in(form, marking.passages, _texts(request, marking))
        context["reading"] = reading = presenting.reading_of(
            read_by(marking), marking.window, by=request.user, capacity="marker", at=request.received_at,
            passages=kept, evidence_at=lambda one: reverse(
                "assessor:marked_evidence", args=[marking.pk, one.number]
            ),
        )  # fmt: skip
        marked = reading.marked
        context["passages"] = [(*row, number in marked) for number, row in enumerate(rows, start=1)]
    return render(
        request, "assessor/script_done.html" if done else "assessor/script.html", context, status=status
    )


@require_safe
def evidence(request: Any, file_id: int) -> HttpResponse:
    """A file of evidence for who marks or moderates its script, under a number, and without what tells whose it is."""
    one = get_evidence_for(viewer(request), file_id, day=roles_day(request))
    return evidence_file(one.file, one.number)


@require_safe
def marked_evidence(request: Any, marking_id: int, number: int) -> HttpResponse:
    """The same for its marker, by the number of the marking, which tells nothing of the script."""
    found = get_marked_evidence_for(viewer(request), marking_id, number, day=roles_day(request))
    return evidence_file(found, number)


def evidence_file(stored: StoredFile, number: int) -> HttpResponse:
    """A file of evidence to take away, under a number."""
    headers = {
        "Content-Disposition": f'attachment; filename="evidence-{number}.{stored.kind}"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    return HttpResponse(for_markers(stored), content_type="application/octet-stream", headers=headers)
