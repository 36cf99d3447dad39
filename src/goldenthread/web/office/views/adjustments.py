"""Requests for adjustments and more time: the list, a decision, recording one, a version's late policy."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from goldenthread.applications.models import Enrolment
from goldenthread.assessment import actions, adjusting, entering, rules
from goldenthread.assessment.adjusting_models import Adjustment, LatePolicy
from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.common.days import day_text
from goldenthread.common.refused import Refused
from goldenthread.marking.rules import RECORDED_WITHIN
from goldenthread.web.office.access import office_only
from goldenthread.web.office.forms_adjusting import DecisionForm, LateForm, TakeBackForm
from goldenthread.web.office.queries import get_enrolment_for
from goldenthread.web.shared.forms_adjusting import RequestForm
from goldenthread.web.shared.http import new_form_key, page_of, posted, show_refusal, today, viewer
from goldenthread.web.shared.versions import name_of

ONLY_US = (
    "Only the programme office reads this: not their school, not the markers, not their delivery partner."
)
STATES = {"requested": "To decide", "approved": "Approved", "": "All"}


@require_safe
def adjustments(request: Any) -> HttpResponse:
    """Every request, those that wait for a decision first."""
    found = adjusting.adjustments_for(viewer(request))
    show = request.GET.get("show", "requested")
    show = show if show in STATES else "requested"
    context = {
        "page": page_of(request, found.filter(state=show) if show else found),
        "tabs": [(label, f"?show={key}", key == show) for key, label in STATES.items()],
        "show": show,
    }
    return render(request, "office/adjustments.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def adjustment(request: Any, adjustment_id: int) -> HttpResponse:
    """One request with its confidential reason; approve it, with what is given, or say no."""
    found = adjusting.get_adjustment_for(viewer(request), adjustment_id)
    asked = {"days": found.asked_days, "words": found.asked_words, "arrangement": found.asked_arrangement}
    form = DecisionForm(posted(request), initial=asked, deferral=found.deferral)
    only_looks = "look" in request.POST
    if only_looks:
        form.fields["decision"].required = False
    if request.method == "POST" and form.is_valid() and not only_looks:
        try:
            decided = actions.decide_adjustment(
                adjustment=found, **form.given(), by=request.user, at=request.received_at
            )
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            done = "approved" if decided.state == "approved" else "not approved"
            messages.success(request, f"The request is {done}, and {found.enrolment.user.name} is told.")
            return redirect("office:adjustments")
    given = (
        form.grant()
        if form.is_bound and form.is_valid()
        else rules.Grant(found.asked_days, found.asked_words)
    )
    context = {
        "one": found,
        "form": form,
        "effects": _effects(found, given, at=request.received_at)
        if found.state == "requested" and not found.deferral
        else [],
        "follows": follows_text(found.enrolment) if found.deferral and found.state != "withdrawn" else "",
        "given": given,
        "so_far": adjusting.so_far(found),
        "begun": found.sitting is not None and found.sitting.opens_at <= request.received_at,
        "late": adjusting.late_of(
            found.enrolment.version_id, found.sitting.window.opens_on if found.sitting else today(request)
        ),
        "own": request.user.pk in (found.requested_by_id, found.enrolment.user_id),
        "take_back": TakeBackForm(),
    }
    refused = form.is_bound and not (only_looks and form.is_valid())
    return render(request, "office/adjustment.html", context, status=422 if refused else 200)


def _effects(found: Adjustment, given: rules.Grant, *, at: datetime) -> list[dict[str, Any]]:
    """What a grant would do, in words: each new deadline and limit, and from when everybody's scripts can be marked."""
    return [
        {
            "opens_on": one.sitting.window.opens_on,
            "now": rules.deadline_text(one.sitting.closes_at, one.sitting.zone),
            "then": rules.deadline_text(one.closes_at, one.sitting.zone),
            "moves": one.closes_at != one.sitting.closes_at,
            "words": one.word_limit,
            "over": one.closes_at <= at,
            "marking": rules.instant_text(one.last_after + RECORDED_WITHIN, one.sitting.window.zone),
            "marking_moves": one.last_after != one.last_before,
            "marking_before": rules.instant_text(one.last_before + RECORDED_WITHIN, one.sitting.window.zone),
        }
        for one in adjusting.effects_of(found, given, at=at)
    ]


def follows_text(enrolment: Enrolment) -> str:
    """Until when a window that follows a deferral may end, in words. One query."""
    until = entering.follows_until(enrolment)
    if until is None:
        return "Their version states no months for a window that follows."
    return f"By the months of their version, the window that follows ends by {day_text(until)}."


@require_POST
def adjustment_take_back(request: Any, adjustment_id: int) -> HttpResponse:
    """Take back what was approved, before a window has opened."""
    found = adjusting.get_adjustment_for(viewer(request), adjustment_id)
    try:
        actions.take_back_adjustment(
            adjustment=found, note=request.POST.get("note", ""), by=request.user, at=request.received_at
        )
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, f"It is taken back, and {found.enrolment.user.name} is told.")
    return redirect("office:adjustment", found.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def adjustment_record(request: Any, reference: str) -> HttpResponse:
    """Record what somebody asked for by telephone or letter; a colleague decides about it."""
    enrolment = get_enrolment_for(viewer(request), reference)
    sittings = adjusting.sittings_to_adjust(enrolment)
    chosen = request.GET.get("sitting", "")
    initial = {"form_key": new_form_key(), **({"sitting": chosen} if chosen else {})}
    form = RequestForm(posted(request), sittings, initial=initial)
    form.fields["reason"].label = "Why do they ask?"
    form.fields["reason"].help_text = ONLY_US
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.request_adjustment(
                enrolment=enrolment, **form.asked(), by=request.user, at=request.received_at
            )
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, "The request is recorded. A colleague decides about it.")
            return redirect("office:adjustment", made.pk)
    context = {"enrolment": enrolment, "form": form}
    return render(request, "office/adjustment_record.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def late_policy(request: Any, key: str) -> HttpResponse:
    """How long after a deadline more time can be given in a version's windows; earlier policies stay."""
    office_only(viewer(request))
    version = ProgrammeVersion.objects.select_related("programme").filter(key=key).first()
    if version is None or version.specification.assessment.kind != "case_study":
        raise Http404
    known = adjusting.late_of(version.pk, today(request))
    initial = {"days": known.days, "rest_minutes": known.rest_minutes} if known else {}
    form = LateForm(posted(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.set_late_policy(
                version=version, **form.cleaned_data, by=request.user, at=request.received_at
            )
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, "The late policy is kept with your name.")
            return redirect("office:late_policy", version.key)
    context = {
        "version": version,
        "name": name_of(version),
        "form": form,
        "most": rules.MOST_DAYS,
        "now": known,
        "policies": list(LatePolicy.objects.filter(version=version).select_related("set_by")[:20]),
    }
    return render(request, "office/late_policy.html", context, status=422 if form.is_bound else 200)
