"""Practice before live marking: a set of scripts marked blind, then the agreed marks with reasons; and one's own
figures.
"""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from goldenthread.assessment.models import Window
from goldenthread.common.refused import Refused
from goldenthread.marking import quality_queries, queries, reliability_queries, standardising
from goldenthread.marking.known_evidence import get_known_file
from goldenthread.marking.of_scheme import is_open
from goldenthread.marking.practice_drafts import save_practice, script_in
from goldenthread.marking.quality_models import Attempt, KnownScript
from goldenthread.web.assessor import presenting
from goldenthread.web.assessor.forms import PracticeForm
from goldenthread.web.assessor.saving import saved
from goldenthread.web.assessor.views.marking import PRACTICE_KEYS, evidence_file
from goldenthread.web.shared.http import page_of, show_refusal, viewer
from goldenthread.web.shared.reliability import shown


@require_http_methods(["GET", "HEAD", "POST"])
def practice(request: Any, window_id: int) -> HttpResponse:
    """Where a marker is with the practice sets of a window; begins the next one."""
    found = quality_queries.get_practice_for(viewer(request), window_id)
    if request.method == "POST":
        try:
            begun = standardising.begin_attempt(
                window=found.window, marker=request.user, at=request.received_at
            )
            first = quality_queries.scripts_in(begun)[0][0]
            return redirect("assessor:practise", found.window.pk, begun.set.number, first.number)
        except Refused as refusal:
            messages.error(request, refusal.message)
            return redirect("assessor:practice", found.window.pk)
    last = (
        found.attempts[-1] if found.attempts else None
    )  # the open one, if there is one: sets come one by one
    rows = quality_queries.scripts_in(last) if last else []
    context = {
        "found": found,
        "window": found.window,
        "last": last,
        "rows": rows,
        "left": found.allowed - len(found.attempts),
        "closed": is_open(found.window) or queries.has_closed(found.window, at=request.received_at),
        "to_do": next((one for one, given in rows if given is None), None),
    }
    return render(request, "assessor/practice.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def practise(request: Any, window_id: int, set_number: int, number: int) -> HttpResponse:
    """One script of a set: to mark while it is open, afterwards beside the agreed marks."""
    window, attempt = quality_queries.get_attempt_for(viewer(request), window_id, set_number)
    row = script, _ = script_in(attempt, number)
    points = presenting.points_of(window)
    if request.method != "POST":
        return _page(
            request, window, attempt, row, points, PracticeForm(initial=_initial(script), points=points)
        )
    form = PracticeForm(request.POST, points=points)
    if form.is_valid():
        given: dict[str, Any] = {
            "attempt": attempt, "script": script, "marks": form.marks(), "by": request.user,
            "at": request.received_at, "revision": form.cleaned_data["revision"],
        }  # fmt: skip
        try:
            if "save" in request.POST:
                save_practice(**{**given, "revision": given["revision"] or 0})
                messages.success(request, "Saved. Nothing is submitted yet.")
                return redirect("assessor:practise", window.pk, set_number, number)
            now = standardising.practise(**given)
            messages.success(request, _said(now))
            return _on(window.pk, now)
        except Refused as refusal:
            show_refusal(form, refusal)
            script, _ = row = script_in(attempt, number)  # as it is saved by now
    form.data = {**request.POST.dict(), "revision": vars(script)["draft_revision"] or 0}
    return _page(request, window, attempt, row, points, form)


def _initial(script: KnownScript) -> dict[str, Any]:
    """What is saved of a script, for the boxes of the page."""
    marks, revision = vars(script)["draft_marks"] or {}, vars(script)["draft_revision"] or 0
    return {"revision": revision} | {f"point_{point}": mark for point, mark in marks.items()}


@require_POST
def practice_save(request: Any, window_id: int, set_number: int, number: int) -> JsonResponse:
    """Keep what the page of a practice script sends by itself every few seconds."""
    window, attempt = quality_queries.get_attempt_for(viewer(request), window_id, set_number)
    script = KnownScript.objects.filter(set=attempt.set_id, number=number).first()
    if script is None:
        raise Http404("No such script.")
    form = PracticeForm(request.POST, points=presenting.points_of(window))
    return saved(
        request, form, lambda: save_practice(
            attempt=attempt, script=script, marks=form.marks(), revision=form.cleaned_data["revision"] or 0,
            by=request.user, at=request.received_at,
        ),
    )  # fmt: skip


@require_safe
def practice_evidence(request: Any, window_id: int, set_number: int, number: int, place: int) -> HttpResponse:
    """A file of evidence of a script of one's own practice set."""
    _, attempt = quality_queries.get_attempt_for(viewer(request), window_id, set_number)
    script = KnownScript.objects.filter(set=attempt.set_id, number=number).first()
    if script is None:
        raise Http404("No such script.")
    return evidence_file(get_known_file(script, place), place)


def _page(
    request: Any, window: Window, attempt: Attempt, row: Any, points: list, form: PracticeForm
) -> HttpResponse:
    script, given = row
    context = {
        "window": window,
        "attempt": attempt,
        "script": script,
        "given": given,
        "form": form,
        "reading": presenting.reading_of(
            script,
            window,
            by=request.user,
            capacity="marker",
            at=request.received_at,
            evidence_at=lambda one: reverse(
                "assessor:practice_evidence", args=[window.pk, attempt.set.number, script.number, one.number]
            ),
        ),
        "keys": PRACTICE_KEYS,
        "saved": bool(form["revision"].value()),
    }
    if given is None:
        groups = presenting.groups_of(form, points)
        context |= {
            "groups": groups,
            "scale": presenting.scale_of(groups),
            "total": sum(group.marks for group in groups),
            "maximum": sum(group.maximum for group in groups),
        }
    else:
        columns = [presenting.practised_column(given)]
        if attempt.finished_at:
            columns.append(presenting.known_column(script))
            context["reasons"] = _reasons(script)
        context["table"] = presenting.mark_table(points, columns)
    return render(request, "assessor/practise.html", context, status=422 if form.errors else 200)


def _reasons(script: KnownScript) -> list[tuple[str, str]]:
    return sorted(script.reasons.items(), key=lambda row: int(row[0]))


def _said(attempt: Attempt) -> str:
    if attempt.finished_at is None:
        return "Submitted. The agreed marks are shown when you have marked the whole set."
    return "You have marked the whole set: see how your marks compare with the agreed ones."


def _on(window_id: int, attempt: Attempt) -> HttpResponse:
    """To the next script of the set, or to what it came to."""
    following = next((one for one, given in quality_queries.scripts_in(attempt) if given is None), None)
    if following is None:
        return redirect("assessor:practice", window_id)
    return redirect("assessor:practise", window_id, attempt.set.number, following.number)


@require_safe
def reliability(request: Any) -> HttpResponse:
    """How one's own marks compare with colleagues', with agreed marks and, once results are out, with seeds."""
    reliability_queries.check_has_marked(viewer(request))
    page = page_of(request, reliability_queries.windows_marked_by(request.user), size=3)
    windows = list(page)
    compared = reliability_queries.reliability_by_window(windows, only=request.user.pk)
    telling = reliability_queries.telling(request.user, windows)
    rows = [
        (
            window,
            [
                shown(one, released=window.state == "released", compare=window.pk not in telling)
                for one in compared[window.pk]
            ],
        )
        for window in windows
    ]
    return render(request, "assessor/reliability.html", {"page": page, "rows": rows})
