"""Intakes: the list, a new one, one with its groups and with the people who still need a group or a coach."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.catalogue.queries import get_version
from goldenthread.common.refused import Refused
from goldenthread.intakes.models import Intake
from goldenthread.learning.actions import open_with_content
from goldenthread.people.models import User
from goldenthread.web.office import grouping
from goldenthread.web.office.access import office_only
from goldenthread.web.office.forms_groups import (
    IntakesFilter,
    IntoGroupForm,
    NewIntakeForm,
    VersionForm,
    WithCoachForm,
)
from goldenthread.web.shared.http import Request, page_of, posted, roles_day, show_refusal, today, viewer
from goldenthread.web.shared.journeys import model_name
from goldenthread.web.shared.versions import name_of, versions

CLOSES_BEFORE = timedelta(days=14)


@require_safe
def intakes(request: Request) -> HttpResponse:
    """Every intake with what is taken and who stands where."""
    looking, known = viewer(request), versions()
    form = IntakesFilter(request.GET, known.values())
    form.is_valid()
    found = grouping.intakes_for(looking, programme=form.cleaned_data.get("programme", ""))
    page = page_of(request, found)
    lines = grouping.lines_of(page.object_list, known, at=request.received_at)
    context = {
        "form": form,
        "page": page,
        "lines": lines,
        "narrowed": bool(form.cleaned_data.get("programme")),
    }
    return render(request, "office/intakes.html", context)


# --- a new one -----------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def intake_new(request: Request) -> HttpResponse:
    """Choose the version, then the days and what is on offer."""
    office_only(viewer(request))
    published = [one for one in versions().values() if one.state == "published"]
    chooser = VersionForm(request.GET if "version" in request.GET else None, published)
    if not chooser.is_valid():
        return render(request, "office/intake_new.html", {"chooser": chooser, "version": None})
    version = get_version(chooser.cleaned_data["version"])
    form = NewIntakeForm(posted(request), version, initial=_suggested(request))
    if form.is_bound and form.is_valid():
        made = _opened(request, version, form)
        if made:
            return redirect("office:intake", made.pk)
    context = {
        "chooser": chooser,
        "version": version,
        "name": name_of(version),
        "hints": {one.key: one.text for one in version.specification.delivery_models},
        "form": form,
    }
    return render(request, "office/intake_new.html", context, status=422 if form.is_bound else 200)


def _suggested(request: Request) -> dict[str, Any]:
    start = grouping.suggested_start(today(request))
    return {
        "starts_on": start,
        "applications_open_on": today(request),
        "applications_close_on": start - CLOSES_BEFORE,
        "zone": "Europe/London",
    }


def _opened(request: Request, version: ProgrammeVersion, form: NewIntakeForm) -> Intake | None:
    try:
        intake = open_with_content(
            version=version, by=request.user, at=request.received_at, **form.cleaned_data
        )
    except Refused as refusal:
        show_refusal(form, refusal)
        return None
    messages.success(request, f"{intake} is there. Give it its groups next.")
    return intake


# --- one -----------------------------------------------------------------------------------------------
@require_safe
def intake(request: Request, intake_id: int) -> HttpResponse:
    """One intake: what is settled, its groups, and the people who need a group or a coach."""
    return _page(request, grouping.get_intake_for(viewer(request), intake_id))


def _page(
    request: Request, found: Intake, *, place: IntoGroupForm | None = None, pair: WithCoachForm | None = None
) -> HttpResponse:
    groups = list(place.groups.values()) if place else grouping.groups_in(found)
    unplaced, more_unplaced = grouping.shown(grouping.without_group(found))
    uncoached, more_uncoached = grouping.shown(grouping.without_coach(found))
    models = found.version.specification.delivery_models
    context = {
        "intake": found,
        "line": grouping.line_of(found, at=request.received_at),
        "models": ", ".join(model_name(key, models) for key in found.delivery_models),
        "choices": grouping.choices_for(found),
        "planned_days": grouping.planned_days(found),
        "windows": grouping.windows_of(found, at=request.received_at),
        "groups": groups,
        "unplaced": unplaced,
        "more_unplaced": more_unplaced,
        "uncoached": uncoached,
        "more_uncoached": more_uncoached,
        "place": place or IntoGroupForm(None, found.enrolments.all(), groups),
        "pair": pair or WithCoachForm(None, found.enrolments.all(), grouping.coaches(roles_day(request))),
    }
    return render(request, "office/intake.html", context, status=422 if place or pair else 200)


@require_POST
def intake_place(request: Request, intake_id: int) -> HttpResponse:
    """Place several people of the intake in one of its groups."""
    found = grouping.get_intake_for(viewer(request), intake_id)
    people = found.enrolments.select_related("user")
    form = IntoGroupForm(request.POST, people, grouping.groups_in(found))
    if form.is_valid():
        chosen = form.cleaned_data["enrolments"]
        try:
            grouping.place_together(
                enrolments=chosen, group=form.chosen(), by=request.user, at=request.received_at
            )
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, f"Placed in {form.chosen()}: {_who(chosen)}.")
            return redirect("office:intake", found.pk)
    return _page(request, found, place=form)


@require_POST
def intake_pair(request: Request, intake_id: int) -> HttpResponse:
    """Give several people of the intake a coach."""
    found = grouping.get_intake_for(viewer(request), intake_id)
    people = found.enrolments.select_related("user")
    form = WithCoachForm(request.POST, people, grouping.coaches(roles_day(request)))
    if form.is_valid():
        chosen = form.cleaned_data["enrolments"]
        coach = _coach(form)
        try:
            grouping.pair_together(enrolments=chosen, coach=coach, by=request.user, at=request.received_at)
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, f"{coach} coaches {_who(chosen)} now.")
            return redirect("office:intake", found.pk)
    return _page(request, found, pair=form)


def _coach(form: WithCoachForm) -> User:
    coach = User.objects.filter(pk=form.cleaned_data["coach"]).first()
    if coach is None:
        raise Http404
    return coach


def _who(people: list[Any]) -> str:
    """A name or two, then how many."""
    names = [str(one.user) for one in people[:2]]
    rest = len(people) - len(names)
    return " and ".join(names) if not rest else f"{', '.join(names)} and {rest} more"
