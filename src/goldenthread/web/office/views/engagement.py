"""The office's list of engagement: least first, with what is missing and when the next window opens."""

from datetime import date
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from goldenthread.web.office import queries
from goldenthread.web.office.access import office_only
from goldenthread.web.office.views.people import ANY
from goldenthread.web.shared.http import Request, roles_day, viewer
from goldenthread.web.shared.versions import Version, figure_of, versions

SHOW = [
    ("", "Everybody"),
    ("below", "Below what is asked"),
    ("near", "Just below: by ten points or less"),
    ("risk", "At risk: short at this pace"),
    ("still", "No credit for six weeks"),
    ("closed", "The same on closed versions"),
    ("unknown", "Can't be measured"),
]
MONTHS = [("", "Any"), ("1", "within 1 month"), ("3", "within 3 months"), ("6", "within 6 months")]


class EngagementForm(forms.Form):
    """The filters of the list; groups are offered once an intake is chosen."""

    show = forms.ChoiceField(label="Show", required=False, choices=SHOW)
    q = forms.CharField(
        label="Name, e-mail or school",
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    version = forms.TypedChoiceField(label="Programme version", required=False, coerce=int, empty_value=None)
    intake = forms.TypedChoiceField(label="Intake", required=False, coerce=int, empty_value=None)
    group = forms.TypedChoiceField(label="Group", required=False, coerce=int, empty_value=None)
    months = forms.TypedChoiceField(
        label="Next window", required=False, coerce=int, empty_value=None, choices=MONTHS
    )

    def __init__(self, data: Any, *, known: dict[int, Version], intakes: list[Any]) -> None:
        super().__init__(data)
        offered = [(one.pk, f"{known[one.version_id].code} {one.name}") for one in intakes]
        self.fields["version"].choices = ANY + [(one.pk, one.name) for one in known.values()]  # type: ignore[attr-defined]
        self.fields["intake"].choices = ANY + offered  # type: ignore[attr-defined]
        chosen = str(data.get("intake", ""))
        groups = queries.groups_of_intake(int(chosen)) if chosen in {str(pk) for pk, _ in offered} else []
        self.fields["group"].choices = ANY + groups  # type: ignore[attr-defined]
        if not groups:
            del self.fields["group"]

    def wanted(self) -> queries.EngagementFilter:
        """The filters as the query takes them."""
        self.is_valid()
        said = self.cleaned_data
        return queries.EngagementFilter(
            show=said.get("show", ""),
            words=said.get("q", ""),
            version=said.get("version"),
            intake=said.get("intake"),
            group=said.get("group"),
            months=said.get("months"),
        )


@require_safe
def engagement(request: Request) -> HttpResponse:
    """Those on the way to their assessment, the least engaged first."""
    office_only(viewer(request))
    at = request.received_at
    known, intakes = versions(), queries.intakes_by_start()
    form = EngagementForm(request.GET, known=known, intakes=intakes)
    wanted = form.wanted()
    found = queries.engagement_for(viewer(request), wanted, versions=known, intakes=intakes, at=at)
    page = queries.page_of_enrolments(found, request.GET.get("page", "1"), searched=bool(wanted.words))
    on = roles_day(request)
    windows = queries.next_windows(on=on)
    rows = [_row(one, known[one.version_id], windows.get(one.intake_id), on) for one in page.object_list]
    context = {
        "form": form,
        "page": page,
        "rows": rows,
        "at": at,
        "filtered": bool(request.GET),
        "show": wanted.show,
    }
    return render(request, "office/engagement.html", context)


def _row(enrolment: Any, version: Version, window: Any, on: date) -> dict[str, Any]:
    figure = figure_of(enrolment, version, on=on)
    asked = figure and figure.measurable and version.threshold is not None
    expected = queries.expected_minutes(enrolment, version, on=on) if asked else None
    return {
        "enrolment": enrolment,
        "version": version,
        "figure": figure,
        "expected": expected,
        "gap": max(0, expected - figure.counted) if figure and expected is not None else None,
        "school": queries.school_of(enrolment),
        "window": window,
    }
