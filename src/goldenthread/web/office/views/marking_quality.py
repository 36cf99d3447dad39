"""How a window is marked: its policy, practice sets and seeds, who is qualified, how markers compare, and stops."""

from dataclasses import asdict, replace
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import Prefetch
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from goldenthread.assessment.models import Window
from goldenthread.common.evidence_types import ACCEPTED
from goldenthread.common.filetypes import size_text
from goldenthread.common.refused import Refused
from goldenthread.marking import (
    known_evidence,
    quality_queries,
    queries,
    reliability_queries,
    seeding,
    standardising,
)
from goldenthread.marking.known_evidence import evidence_rows, get_known_file
from goldenthread.marking.quality_models import KnownScript, Stop
from goldenthread.marking.quality_rules import CHOICES, Policy, Second, agreement_texts
from goldenthread.moderation import actions as moderation
from goldenthread.web.assessor import presenting
from goldenthread.web.assessor.views.marking import evidence_file
from goldenthread.web.office import stages
from goldenthread.web.office.forms_outcomes import SetAsideForm
from goldenthread.web.office.forms_quality import (
    ClearForm,
    EvidenceForm,
    KnownForm,
    MarkingPolicyForm,
    StopForm,
    WithdrawSetForm,
)
from goldenthread.web.office.views.outcomes import tabs_of, window_with_facts
from goldenthread.web.shared.http import new_form_key, page_of, posted, roles_day, show_refusal, viewer
from goldenthread.web.shared.numbers import number_of
from goldenthread.web.shared.reliability import shown, worth_a_look

FORMER = (
    "No script that is marked by this mark scheme has this code, or its results are not out yet. Look at the code on "
    "the marking page of its window, or leave this empty."
)


def _with_scheme(request: Any, window_id: int) -> Window:
    found = window_with_facts(request, window_id)
    if found.mark_scheme is None:
        raise Http404
    return found


@require_safe
def markers(request: Any, window_id: int) -> HttpResponse:
    """How reliably the window is marked, marker by marker, and whom seeds stopped."""
    window = window_with_facts(request, window_id)
    compared = page_of(request, reliability_queries.reliability_in(window), size=10)
    policy = quality_queries.policy_of(window.pk)
    scheme = window.mark_scheme
    own = scheme.tolerance if scheme else 0
    limits = {
        "seeds": policy.seed_tolerance,
        "others": own if policy.tolerance is None else policy.tolerance,
    }
    context = {
        "window": window,
        "tabs": tabs_of(window, "office:markers"),
        "stage": stages.shown(window, at=request.received_at),
        "page": compared,
        "rows": [replace(shown(one, released=True), look=worth_a_look(one, **limits)) for one in compared],
        "stops": quality_queries.stops_in(window),
        "policy": policy,
    }
    return render(request, "office/markers.html", context)


def _initial(now: Policy) -> dict[str, Any]:
    return {**asdict(now), **{name: str(getattr(now, name)) for name in CHOICES}}


@require_http_methods(["GET", "HEAD", "POST"])
def marking_policy(request: Any, window_id: int) -> HttpResponse:
    """How the marking of a window is run; earlier policies stay."""
    window = window_with_facts(request, window_id)
    if window.mark_scheme is None:
        raise Http404
    now = quality_queries.policy_of(window.pk)
    form = MarkingPolicyForm(posted(request), initial=_initial(now))
    if request.method == "POST" and form.is_valid():
        try:
            standardising.set_policy(
                window=window,
                policy=form.policy(),
                reason=form.cleaned_data["reason"],
                by=request.user,
                at=request.received_at,
            )
            messages.success(request, "The policy is recorded.")
            return redirect("office:marking_policy", window.pk)
        except Refused as refusal:
            show_refusal(form, refusal)
    context = {
        "window": window,
        "form": form,
        "policies": list(quality_queries.policies_of(window)[:20]),
        "scheme": window.mark_scheme,
        "one": now.second == Second.NONE,
        "agreement": agreement_texts(now, now.within(window.mark_scheme.tolerance)),
        "allocated": queries.with_markers(window),
    }
    return render(request, "office/marking_policy.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def standardisation(request: Any, window_id: int) -> HttpResponse:
    """The sets of known scripts, every marker's way through them, and the office's word on one."""
    window = _with_scheme(request, window_id)
    standings = quality_queries.standings_in(window, roles_day(request))
    form = ClearForm(posted(request), people=[one.marker for one in standings])
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            standardising.clear(
                window=window,
                marker=form.people[said["marker"]],
                qualified=said["qualified"] == "1",
                again=said["qualified"] == "again",
                reason=said["reason"],
                by=request.user,
                at=request.received_at,
            )
            messages.success(request, "The decision is recorded.")
            return redirect("office:standardisation", window.pk)
        except Refused as refusal:
            show_refusal(form, refusal)
    sets, policy = quality_queries.sets_of(window), quality_queries.policy_of(window.pk)
    context = {
        "window": window,
        "sets": sets,
        "page": page_of(request, standings),
        "form": form,
        "policy": policy,
        "waiting": [one.marker for one in standings if one.waits_for_set(sets, policy)],
    }
    return render(request, "office/standardisation.html", context, status=422 if form.errors else 200)


@require_POST
def set_new(request: Any, window_id: int) -> HttpResponse:
    """Begin a set for practice or for seeds."""
    window = _with_scheme(request, window_id)
    try:
        made = standardising.start_set(
            window=window, use=request.POST.get("use", ""), by=request.user, at=request.received_at
        )
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("office:standardisation", window.pk)
    return redirect("office:known_set", window.pk, made.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def known_set(request: Any, window_id: int, set_id: int) -> HttpResponse:
    """One set: its scripts with their marks; add one, take one out, agree the marks as a second person."""
    window = _with_scheme(request, window_id)
    found = quality_queries.get_set_for(viewer(request), set_id)
    if found.scheme != window.mark_scheme:
        raise Http404
    points = presenting.points_of(window)
    step = request.POST.get("step", "") if request.method == "POST" else ""
    form = KnownForm(
        request.POST if step == "add" else None,
        points=points,
        parts=window.parts,
        initial={"form_key": new_form_key()},
    )
    scripts = list(found.scripts.prefetch_related(Prefetch("evidence", evidence_rows())).order_by("number"))
    sent = (request.POST, request.FILES) if step == "evidence" else ()
    adding = EvidenceForm(*sent, scripts=scripts)
    withdrawing = WithdrawSetForm(request.POST if step == "withdraw" else None)
    sent_form = {"evidence": adding, "withdraw": withdrawing}.get(step, form)
    if step and _took(request, window, found, step, sent_form):
        return redirect("office:known_set", window.pk, found.pk)
    context = {
        "window": window,
        "set": found,
        "scripts": scripts,
        "adding": adding,
        "withdrawing": withdrawing,
        "accepted": ",".join(ACCEPTED),
        "limit": size_text(settings.UPLOAD_LIMIT_BYTES),
        "criteria": presenting.is_of_criteria(points),
        "form": form,
        "boxes": [(point, form[f"point_{point.number}"], form[f"why_{point.number}"]) for point in points],
        "texts": [form[name] for name in form.parts],
        "own": found.made_by_id == request.user.pk,
    }
    return render(
        request,
        "office/known_set.html",
        context,
        status=422 if step in ("add", "evidence", "withdraw") else 200,
    )


@require_safe
def known_file(request: Any, window_id: int, set_id: int, number: int, place: int) -> HttpResponse:
    """A file of evidence of a known script as markers get it, for whoever makes or agrees the set."""
    window = _with_scheme(request, window_id)
    found = quality_queries.get_set_for(viewer(request), set_id)
    script = found.scripts.filter(number=number).first()
    if found.scheme != window.mark_scheme or script is None:
        raise Http404
    try:
        return evidence_file(get_known_file(script, place), place)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("office:known_set", window.pk, found.pk)


def _added(request: Any, form: EvidenceForm, who: dict[str, Any]) -> bool:
    """Add a file to the evidence of a script of the set; whether it is there."""
    if not form.is_valid():
        return False
    upload, script = form.cleaned_data["file"], form.script()
    try:
        known_evidence.add_evidence(
            script=script, file=upload, name=upload.name, size_limit=settings.UPLOAD_LIMIT_BYTES, **who
        )
    except Refused as refusal:
        form.add_error("file", refusal.message)
        return False
    messages.success(request, f"The file is evidence of script {script.number}.")
    return True


def _numbered(request: Any, found: Any, name: str) -> KnownScript | None:
    """The script of the set that was sent by its number."""
    number = number_of(request.POST.get(name, ""), digits=4)
    return KnownScript.objects.filter(set=found, number=number or 0).first()


def _took(request: Any, window: Window, found: Any, step: str, form: Any) -> bool:
    """Take one step with a set; whether to go on to its page afresh."""
    who: dict[str, Any] = {"by": request.user, "at": request.received_at}
    try:
        if step == "evidence":
            return _added(request, form, who)
        if step == "withdraw":
            if not form.is_valid():
                return False
            standardising.withdraw_set(set=found, reason=form.cleaned_data["reason"], **who)
            messages.success(request, "The set is withdrawn: what was done in it counts for nothing.")
        if step == "agree":
            standardising.agree_set(set=found, **who)
            messages.success(request, "The marks of this set are agreed.")
        elif step == "remove":
            if script := _numbered(request, found, "number"):
                standardising.remove_known(script=script, **who)
        elif step == "remove_file":
            place = number_of(request.POST.get("place", ""), digits=4)
            if script := _numbered(request, found, "number"):
                known_evidence.remove_evidence(script=script, number=place or 0, **who)
        elif step == "add":
            if not form.is_valid():
                return False
            code = form.cleaned_data["former"]
            former = quality_queries.former_script(window, code) if code else None
            if code and former is None:
                form.add_error("former", FORMER)
                return False
            standardising.add_known(
                set=found,
                window=window,
                texts=form.texts(former),
                taken_from=former,
                marks=form.marks(),
                reasons=form.reasons(),
                reason=form.cleaned_data["reason"],
                form_key=str(form.cleaned_data["form_key"]),
                **who,
            )
            messages.success(request, "The script is in the set.")
    except Refused as refusal:
        if step not in ("add", "withdraw"):
            messages.error(request, refusal.message)
            return True
        show_refusal(form, refusal)
        return False
    return True


@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: Any, stop_id: int) -> HttpResponse:
    """A marker whom seeds stopped: what is in doubt, whether they mark on, and setting aside what is in doubt."""
    found = quality_queries.get_stop_for(viewer(request), stop_id)
    step = request.POST.get("step", "") if request.method == "POST" else ""
    form = StopForm(request.POST if step == "end" else None)
    aside = SetAsideForm(request.POST if step == "aside" else None, auto_id="id_aside_%s")
    if step and _stepped(request, found, step, form, aside):
        return redirect("office:stop", found.pk)
    context = {
        "stop": found,
        "window": found.window,
        "seeds": list(quality_queries.seeds_of(found)),
        "page": page_of(request, quality_queries.doubtful(found)),
        "form": form,
        "aside": aside,
        "own": found.marker_id == request.user.pk,
    }
    return render(request, "office/stop.html", context, status=422 if step else 200)


def _stepped(request: Any, found: Stop, step: str, form: StopForm, aside: SetAsideForm) -> bool:
    who: dict[str, Any] = {"by": request.user, "at": request.received_at}
    shown_at: Any = form if step == "end" else aside
    if step not in ("end", "aside") or not shown_at.is_valid():
        return False
    try:
        if step == "end":
            seeding.end_stop(stop=found, **form.cleaned_data, **who)
            messages.success(request, "Recorded.")
            return True
        markings = list(quality_queries.doubtful(found))
        moderation.set_aside_all(markings=markings, reason=aside.cleaned_data["reason"], **who)
        many = "1 marking is" if len(markings) == 1 else f"{len(markings)} markings are"
        messages.success(request, f"{many} set aside; other markers give theirs.")
    except Refused as refusal:
        show_refusal(shown_at, refusal)
        return False
    return True
