"""A window after it has closed: marking, then results and their release."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import F, OuterRef, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from goldenthread.assessment.adjusting import undecided_deferrals
from goldenthread.assessment.models import Window, WindowState
from goldenthread.assessment.rules.deferring import check_decided
from goldenthread.awards import actions as awards
from goldenthread.awards.naming import unconfirmed_in
from goldenthread.awards.queries import awards_in
from goldenthread.common.counting import count_of
from goldenthread.common.refused import Refused, allows, why_not
from goldenthread.marking import actions, quality_queries, queries
from goldenthread.marking.actions import DAYS_TO_MARK
from goldenthread.marking.arising_queries import arisen_in
from goldenthread.marking.arising_rules import text as causes_text
from goldenthread.marking.discussion_queries import discussions_in
from goldenthread.marking.handing_queries import given_on, handed_back_in
from goldenthread.marking.models import Marking
from goldenthread.marking.rules import check_all_in, half_text
from goldenthread.moderation import actions as moderation
from goldenthread.moderation.rules import check_can_set_aside
from goldenthread.outcomes import looking, planning, waiving
from goldenthread.outcomes import queries as outcomes
from goldenthread.outcomes.board_rules import NOT_SAID, SMALL, count_text, is_small
from goldenthread.outcomes.by_part import by_part
from goldenthread.outcomes.rules import Attempt
from goldenthread.outcomes.waits import check_waits, with_waits
from goldenthread.outcomes.windows import facts_of, held_back_counts, loaded_round, with_facts
from goldenthread.web.office.access import office_only
from goldenthread.web.office.conflicts import declared_in, handed_back
from goldenthread.web.office.forms_outcomes import AllocateForm, ReassignForm, SetAsideForm
from goldenthread.web.office.stages import shown
from goldenthread.web.office.views.releasing import plan_shown
from goldenthread.web.shared.http import page_of, posted, roles_day, show_refusal, today, viewer

Also = Callable[[QuerySet[Window]], QuerySet[Window]]


def tabs_of(window: Window, current: str) -> list[tuple[str, str, bool]]:
    """The pages of a window beside each other."""
    pages = (
        ("Marking", "office:marking"),
        ("Markers", "office:markers"),
        ("Sample", "office:sample"),
        ("Own work", "office:integrity"),
        ("Board", "office:board"),
        ("Results", "office:outcomes"),
    )
    return [(label, reverse(name, args=[window.pk]), name == current) for label, name in pages]


def window_with_facts(request: Any, window_id: int, *, also: Also = lambda found: found) -> Window:
    """A window with what says where it stands, and what the page asks `also`, in one query; for the office alone."""
    office_only(viewer(request))
    undecided = count_of(undecided_deferrals(OuterRef("pk")), "sitting__window")
    unconfirmed = count_of(unconfirmed_in(OuterRef("pk")), "window")
    facts = {"undecided": undecided, "unconfirmed": unconfirmed}
    found = also(planning.with_plan(with_waits(with_facts(queries.windows()))).annotate(**facts))
    one = found.filter(pk=window_id).first()
    if one is None:
        raise Http404
    return one


def window_with_terms(request: Any, window_id: int) -> Window:
    """The same with what its results are worked out by, in the same query."""
    return window_with_facts(
        request, window_id, also=lambda found: outcomes.with_terms(waiving.with_waived(found))
    )


LISTS = {
    "open": ("Open", queries.open_markings_of),
    "submitted": ("Submitted", queries.submitted_markings_of),
    "discussed": ("Discussions", discussions_in),
    "aside": ("Set aside", queries.set_aside_in),
    "arisen": ("Conflicts that arose", arisen_in),
    "handed": ("Handed back", handed_back_in),
}


@require_http_methods(["GET", "HEAD", "POST"])
def marking(request: Any, window_id: int) -> HttpResponse:
    """How far the marking of a window is; allocates its scripts."""
    window = window_with_facts(request, window_id)
    form = AllocateForm(
        request.POST if request.method == "POST" else None,
        initial={"due_on": today(request) + timedelta(days=DAYS_TO_MARK)},
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.allocate_window(
                window=window, by=request.user, at=request.received_at, due_on=form.cleaned_data["due_on"]
            )
            messages.success(
                request, f"{made} markings were allocated." if made else "Everything has its markers."
            )
            return redirect("office:marking", window.pk)
        except Refused as refusal:
            show_refusal(form, refusal)
    progress = queries.progress_of(window)
    context = {
        "window": window,
        "tabs": tabs_of(window, "office:marking"),
        "stage": shown(window, at=request.received_at),
        "held_back": held_back_counts(window).items(),
        "progress": progress,
        "stages": [
            ("Handed in", progress.scripts),
            ("Allocated", progress.scripts - progress.unallocated),
            ("Agreed", progress.agreed),
        ],
        "declared": declared_in(viewer(request), window),
        "form": form,
        "to_allocate": progress.unallocated or progress.without_third,
        "not_yet": why_not(
            check_all_in, facts_of(window).closes_at, at=request.received_at, zone=window.zone
        ),
        "today": today(request),
        **_markings(request, window, progress),
    }
    return render(request, "office/marking.html", context, status=422 if form.errors else 200)


def _markings(request: Any, window: Window, progress: queries.Progress) -> dict[str, Any]:
    """The markers of a window, and the list of its markings that the address asks for."""
    markers = queries.markers_of(window, today(request))
    show = request.GET.get("show", "open")
    show = show if show in LISTS else "open"
    counts = {"open": sum(one.open for one in markers), "submitted": sum(one.submitted for one in markers)}
    counts |= {"discussed": progress.discussed} if progress.discussed else {}
    counts |= {"arisen": progress.asked} if progress.asked else {}
    moderated = getattr(window, "moderation", None)
    tabs = [
        (name, f"?show={key}#markings", key == show, counts.get(key, "")) for key, (name, _) in LISTS.items()
    ]
    page = page_of(request, LISTS[show][1](window))
    released = window.state == WindowState.RELEASED
    arisen = page if show == "arisen" else ()
    return {
        "markers": markers,
        "handed": handed_back(page, released=released) if show == "handed" else (),
        "show": show,
        "lists": tabs,
        "page": page,
        "arisen": [(one, causes_text(one.causes, released=released)) for one in arisen],
        "can_set_aside": allows(
            check_can_set_aside,
            "",
            signed_off=bool(moderated and moderated.signed_off_at),
            released=window.state == WindowState.RELEASED,
        ),
    }


@require_http_methods(["GET", "HEAD", "POST"])
def reassign(request: Any, marking_id: int) -> HttpResponse:
    """Give an open marking to another marker. A second press, or an old page, says that the script went already."""
    try:
        found = queries.get_open_marking_for(viewer(request), marking_id)
    except Http404:
        gone = given_on(viewer(request), marking_id)
        if gone is None:
            raise
        messages.info(
            request, f"{gone.code} has left the queue of {gone.marker} already: see who has it now."
        )
        return redirect("office:marking", gone.script.sitting.window_id)
    window = found.script.sitting.window
    people = quality_queries.free_markers(found, roles_day(request))
    form = ReassignForm(request.POST if request.method == "POST" else None, people=people)
    if request.method == "POST" and form.is_valid():
        try:
            actions.reassign(
                marking=found,
                to=form.marker(),
                reason=form.cleaned_data["reason"],
                by=request.user,
                at=request.received_at,
            )
            messages.success(request, f"{found.script.sitting.code} goes to {form.marker()}.")
            return redirect("office:marking", window.pk)
        except Refused as refusal:
            show_refusal(form, refusal)
    context = {"marking": found, "window": window, "form": form, "people": people}
    return render(request, "office/marking_reassign.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def set_aside(request: Any, marking_id: int) -> HttpResponse:
    """Take submitted marks out of the count, with a reason, so that another marker gives theirs."""
    found = queries.get_submitted_marking_for(viewer(request), marking_id)
    sitting = found.script.sitting
    form = SetAsideForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            moderation.set_aside(
                marking=found, reason=form.cleaned_data["reason"], by=request.user, at=request.received_at
            )
            messages.success(
                request, f"The marks of {found.marker} for {sitting.code} are set aside. {_next(found)}"
            )
            return redirect("office:marking", sitting.window_id)
        except Refused as refusal:
            show_refusal(form, refusal)
    context = {"marking": found, "window": sitting.window, "form": form}
    return render(request, "office/marking_set_aside.html", context, status=422 if form.errors else 200)


def _next(gone: Marking) -> str:
    """Who has the script in place of the marker whose marks were set aside."""
    now = gone.script.markings.filter(position=gone.position).select_related("marker").first()
    return f"{now.marker} has it now." if now else "Nobody else is free: add a marker, then allocate again."


WAITS_AT = {
    "outcomes.unfinished_moderation": ("office:sample", "See the sample"),
    "outcomes.national": ("office:national", "National moderation"),
    "outcomes.board": ("office:board", "The board meeting"),
    "outcomes.uncompared": ("office:integrity", "Own work: compare the scripts"),
}
UNDECIDED = "outcomes.undecided"  # waits at a page that is of no window


@require_safe
def results(request: Any, window_id: int) -> HttpResponse:
    """Before the release a board without names; after it the outcomes with names and awards."""
    window = window_with_terms(request, window_id)
    stage = shown(window, at=request.received_at)
    context = {"window": window, "tabs": tabs_of(window, "office:outcomes"), "stage": stage}
    if window.state == WindowState.RELEASED:
        held, free = outcomes.waiting_in(window)
        context |= {"held": held, "free": free, **_released(request, window)}
        return render(request, "office/outcomes_released.html", context)
    try:
        outcomes.check_moderated(window, loaded=loaded_round(window))
        check_waits(window)
        check_decided(vars(window)["undecided"])
    except Refused as refusal:
        name, label = WAITS_AT.get(refusal.code, ("office:marking", "See the marking"))
        context |= {"refusal": refusal, "waits_at": (reverse(name, args=[window.pk]), label)}
        if refusal.code == UNDECIDED:
            context["waits_at"] = (reverse("office:adjustments"), "Requests that wait")
        context |= plan_shown(window, at=request.received_at)
        return render(request, "office/outcomes_waiting.html", context)
    preview = outcomes.preview(window)
    context |= plan_shown(window, at=request.received_at, seen=preview.fingerprint)
    return render(request, "office/outcomes.html", {**context, **_board(request, window, preview)})


@require_safe
def held_results(request: Any, window_id: int) -> HttpResponse:
    """Of a released window what a question had held and none holds any more, before it is released."""
    window = window_with_terms(request, window_id)
    preview = outcomes.late_preview(window) if window.state == WindowState.RELEASED else None
    if preview is None or not preview.lines:
        messages.info(request, "No result that was held waits for its release.")
        return redirect("office:outcomes", window.pk)
    context = {"window": window, "tabs": tabs_of(window, "office:outcomes")}
    context |= {"stage": shown(window, at=request.received_at), **_board(request, window, preview)}
    return render(request, "office/outcomes_held.html", context)


ORDERS: dict[str, tuple[str, list[Any]]] = {
    "name": ("name", []),
    "marks": ("marks, lowest first", [F("half_marks").asc(nulls_last=True)]),
    "result": ("result, not passed first", [F("result").asc()]),
}


MARKS = ("half_marks_learn_that", "half_marks_learn_how_to")


def _released(request: Any, window: Window) -> dict[str, Any]:
    """Everybody's result with their marks: by name, by marks, the lowest first, or those who did not pass first."""
    # Once for all of the window: how many have which result, and their marks by part.
    all_of_it = list(outcomes.latest_of(window).select_related(None).only("enrolment", "result", *MARKS))
    counts = {key: sum(one.result == key for one in all_of_it) for key in ("passed", "not_passed")}
    show, order = request.GET.get("show", "all"), request.GET.get("order", "name")
    order = order if order in ORDERS else "name"
    found = outcomes.latest_of(window)
    if show in counts:
        found = found.filter(result=show)
    by_name = list(found.query.order_by)
    shown_of = counts.get(show, len(all_of_it))
    page = page_of(request, found.order_by(*ORDERS[order][1], *by_name), count=shown_of)
    awarded = awards_in(window, [one.enrolment_id for one in page])
    parts = by_part(window, all_of_it)
    tabs = [("all", "Everybody", len(all_of_it)), ("passed", "Passed", counts["passed"])]
    tabs.append(("not_passed", "Not passed", counts["not_passed"]))
    return {
        "page": page,
        "rows": [(one, _marks_text(one), awarded.get(one.enrolment_id)) for one in page],
        "by_part": parts,
        "part_rows": [(one.name, half_text(one.half_marks), one.maximum) for one in parts.marks]
        if parts
        else [],
        "counts": counts,
        "filters": [(name, f"?show={key}&order={order}", key == show, count) for key, name, count in tabs],
        "columns": [(name, f"?show={show}&order={key}", key == order) for key, (name, _) in ORDERS.items()],
    }


def _marks_text(outcome: Any) -> str:
    if outcome.half_marks is None:
        return "–"
    off = outcome.half_marks_off
    earned = (
        f" ({half_text(outcome.half_marks + off)} earned, {half_text(off)} off for length)" if off else ""
    )
    return half_text(outcome.half_marks) + earned


SHOW = [
    ("all", "All"),
    ("reached", "Pass mark reached"),
    ("below", "Below the pass mark"),
    ("none", "No script"),
]
TAGS = {
    "reached": ("done", "Pass mark reached"),
    "below": ("plain", "Below the pass mark"),
    Attempt.NOT_HANDED_IN: ("problem", "Nothing handed in"),
    Attempt.HELD_BACK: ("blocked", "Held back"),
}


def _board(request: Any, window: Window, preview: outcomes.Preview) -> dict[str, Any]:
    """Conditions as counts, where there are enough people for that, and by code the case study alone. Where whose they
    are can be guessed, that somebody looked is put on record.

    Whether a code's engagement suffices is not said, since the office has engagement by name elsewhere: where few
    miss it, their codes could be told by it, and with them their marks.
    """
    lines = [(_task_of(line), line) for line in preview.lines]
    chosen = request.GET.get("show", "all")
    page = page_of(request, [line for line in lines if chosen in ("all", line[0])])
    total = len(lines)
    say_passed = total >= SMALL and preview.passed_can_be_said
    # Where one condition alone is missed, "as the only one" is the same number again.
    say_only = say_passed or len(preview.missed) == 1
    conditions = [
        {
            "name": name.capitalize(),
            "missed": count_text(missed, total),
            "only": count_text(preview.only_missed.get(name, 0), total) if say_only else NOT_SAID,
        }
        for name, missed in sorted(preview.missed.items(), key=lambda pair: (-pair[1], pair[0]))
    ]
    counts = Counter(kind for kind, _ in lines) | Counter(all=len(lines))
    scripts = counts["reached"] + counts["below"]
    looks = looking.record_look(window=window, scripts=scripts, by=request.user, at=request.received_at)
    return {
        "unconfirmed": vars(window)["unconfirmed"],
        "waived": waiving.standing_in(window),
        "looks": looks,
        "scripts": scripts,
        "guessed": is_small(scripts),
        "preview": preview,
        "page": page,
        "rows": [_row(kind, line) for kind, line in page],
        "conditions": conditions if total >= SMALL else [],
        "few": total < SMALL,
        "say_passed": say_passed,
        "small": SMALL,
        "total": total,
        "near_url": _near_url(preview, window),
        "filters": [(label, f"?show={key}", chosen == key, counts[key]) for key, label in SHOW],
    }


def _task_of(line: Any) -> str:
    """What became of somebody's case study, apart from every other condition."""
    if line.half_marks is None:
        return "none"
    return "reached" if line.evaluation.meets("task") else "below"


def _row(task: str, line: Any) -> dict[str, Any]:
    kind, label = TAGS[line.evaluation.attempt if task == "none" else task]
    marks = half_text(line.half_marks.total - line.off) if line.half_marks else "–"
    less = (
        f"{half_text(line.half_marks.total)} earned, {half_text(line.off)} off for length" if line.off else ""
    )
    return {
        "code": line.code,
        "marks": marks,
        "less": less,
        "adjusted": line.adjusted,
        "kind": kind,
        "label": label,
    }


def _near_url(preview: Any, window: Window) -> str:
    """Where those stand who miss engagement by little, among all of the intake; empty when nobody misses it."""
    if all(line.evaluation.meets("engagement") for line in preview.lines):
        return ""
    return f"{reverse('office:engagement')}?{urlencode({'show': 'near', 'intake': window.intake_id})}"


@require_POST
def release(request: Any, window_id: int) -> HttpResponse:
    """Release every result of a window at once and issue the awards."""
    window = outcomes.get_window_for(viewer(request), window_id)
    seen = request.POST.get("seen", "")[:200]
    try:
        released = awards.release(window=window, by=request.user, at=request.received_at, seen=seen)
        passed = sum(outcome.result == "passed" for outcome in released)
        what = "passed" if window.task else "with an award"  # a task alone brings none
        messages.success(request, f"{len(released)} results are released, {passed} of them {what}.")
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect("office:outcomes", window.pk)
