"""The delivery partner's pages: my people, groups and events, and nobody else's."""

from typing import Any

from django import forms
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from goldenthread.applications.models import Enrolment, Stage
from goldenthread.web.partner import queries
from goldenthread.web.shared.accompany import Line, line_of, person_of, windows_of, with_dates
from goldenthread.web.shared.http import Request, viewer
from goldenthread.web.shared.journeys import stage_name
from goldenthread.web.shared.versions import Version, versions

PAGE = 50
EVENTS_SHOWN = 8
GROUPS_SHOWN = 200


@require_safe
def home(request: Request) -> HttpResponse:
    """Where my people stand, my groups, what comes next."""
    at = request.received_at
    looking = viewer(request)
    counts = queries.stages_for(looking)
    people = reverse("partner:people")
    stages = [
        {
            "label": stage_name(stage),
            "count": counts.get(stage, 0),
            "url": f"{people}?stage={stage}",
        }
        for stage in Stage.values
        if stage != Stage.REVOKED or counts.get(stage)
    ]
    known = versions()
    groups = [(group, known[group.intake.version_id]) for group in queries.groups_for(looking)[:GROUPS_SHOWN]]
    context = {
        "stages": stages,
        "total": sum(counts.values()),
        "groups": groups,
        "events": list(queries.events_for(looking, at=at)[:EVENTS_SHOWN]),
    }
    return render(request, "partner/home.html", context)


class PeopleForm(forms.Form):
    """What the list is narrowed to."""

    q = forms.CharField(
        label="Name", required=False, max_length=200, widget=forms.TextInput(attrs={"type": "search"})
    )
    stage = forms.ChoiceField(
        label="Stage",
        required=False,
        choices=[("", "Any"), *((value, label.capitalize()) for value, label in Stage.choices)],
    )


@require_safe
def people(request: Request) -> HttpResponse:
    """Everybody who takes part through us, fifty to a page."""
    form = PeopleForm(request.GET)
    form.is_valid()
    found = queries.people_for(viewer(request))
    for word in form.cleaned_data.get("q", "").split()[:5]:
        found = found.filter(user__name__icontains=word)
    if form.cleaned_data.get("stage"):
        found = found.filter(stage=form.cleaned_data["stage"], withdrawn_at__isnull=True)
    page, lines = _page(request, found, versions())
    context = {"form": form, "page": page, "lines": lines, "filtered": bool(request.GET)}
    return render(request, "partner/people.html", context)


def _page(
    request: Request, found: QuerySet[Enrolment], known: dict[int, Version]
) -> tuple[Page[Any], list[Line]]:
    """One page of people: keys are sorted, dates are looked up for the rows that are shown."""
    ids = found.order_by("user__name", "pk").values_list("pk", flat=True)
    page = Paginator(ids, PAGE).get_page(request.GET.get("page", "1")[:9])
    rows = with_dates(Enrolment.objects.filter(pk__in=list(page.object_list)), at=request.received_at)
    at, people = request.received_at, list(rows.order_by("user__name", "pk"))
    windows = windows_of(people)
    return page, [line_of(one, known[one.version_id], windows, at=at, school=False) for one in people]


@require_safe
def group(request: Request, group_id: int) -> HttpResponse:
    """One of my groups: its people and its events."""
    looking = viewer(request)
    found = queries.get_group_for(looking, group_id)
    known = versions()
    page, lines = _page(request, queries.in_group(queries.people_for(looking), found), known)
    context = {
        "group": found,
        "version": known[found.intake.version_id],
        "page": page,
        "lines": lines,
        "days": list(found.days.order_by("starts_at", "pk")),
    }
    return render(request, "partner/group.html", context)


@require_safe
def person(request: Request, reference: str) -> HttpResponse:
    """One of my people's progress."""
    at = request.received_at
    found = queries.get_person_for(viewer(request), reference, at=at)
    return render(
        request,
        "partner/person.html",
        {"person": person_of(found, versions()[found.version_id], at=at, school=False)},
    )
