"""The office's list of people who are enrolled: search, filters kept in the address, a file of it."""

import csv
from collections.abc import Iterator
from typing import Any

from django import forms
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from goldenthread.applications.models import Stage
from goldenthread.common import audit
from goldenthread.common.spreadsheets import harmless
from goldenthread.web.office import queries
from goldenthread.web.office.access import office_only
from goldenthread.web.shared.http import Request, new_form_key, roles_day, viewer
from goldenthread.web.shared.journeys import model_name, stage_kind, stage_text
from goldenthread.web.shared.versions import Version, figure_of, versions

ANY = [("", "Any")]
STATES = [("", "Taking part"), ("withdrawn", "Withdrawn"), ("all", "Everybody")]
SORTS = [
    ("name", "Name, A to Z"),
    ("-name", "Name, Z to A"),
    ("-start", "Latest start first"),
    ("start", "Earliest start first"),
    ("engagement", "Least engaged first"),
    ("-engagement", "Most engaged first"),
]
MORE = ("partner", "model", "state", "sort")


class PeopleForm(forms.Form):
    """The filters of the list; what the address says wrongly narrows nothing."""

    q = forms.CharField(
        label="Name, school, reference",
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    version = forms.TypedChoiceField(label="Programme version", required=False, coerce=int, empty_value=None)
    intake = forms.TypedChoiceField(label="Intake", required=False, coerce=int, empty_value=None)
    stage = forms.ChoiceField(
        label="Stage",
        required=False,
        choices=ANY + [(value, label.capitalize()) for value, label in Stage.choices],
    )
    partner = forms.TypedChoiceField(label="Delivery partner", required=False, coerce=int, empty_value=None)
    model = forms.ChoiceField(label="Delivery model", required=False)
    state = forms.ChoiceField(label="Who", required=False, choices=STATES)
    sort = forms.ChoiceField(label="Order", required=False, choices=SORTS)

    def __init__(self, data: Any, *, known: dict[int, Version]) -> None:
        super().__init__(data)
        intakes = queries.intakes_by_start()
        models = sorted({key for intake in intakes for key in intake.delivery_models})
        choices = {
            "version": [(one.pk, one.name) for one in known.values()],
            "intake": [(one.pk, f"{known[one.version_id].code} {one.name}") for one in intakes],
            "partner": queries.partners(),
            "model": [(key, model_name(key).capitalize()) for key in models],
        }
        for name, found in choices.items():
            self.fields[name].choices = ANY + found  # type: ignore[attr-defined]

    @property
    def first_fields(self) -> list[Any]:
        """The filters that are always in sight."""
        return [self[name] for name in self.fields if name not in MORE]

    @property
    def more_fields(self) -> list[Any]:
        """The ones that are folded away until they are used."""
        return [self[name] for name in MORE]

    @property
    def more_used(self) -> bool:
        return any(self.data.get(name) for name in MORE)

    def wanted(self) -> queries.PeopleFilter:
        """The filters as the query takes them."""
        self.is_valid()
        said = self.cleaned_data
        return queries.PeopleFilter(
            words=said.get("q", ""),
            version=said.get("version"),
            intake=said.get("intake"),
            stage=said.get("stage", ""),
            partner=said.get("partner"),
            delivery_model=said.get("model", ""),
            state=said.get("state", ""),
            sort=said.get("sort") or "name",
        )


@require_safe
def enrolments(request: Request) -> HttpResponse:
    """Everybody who is enrolled, fifty to a page."""
    office_only(viewer(request))
    known = versions()
    form = PeopleForm(request.GET, known=known)
    wanted = form.wanted()
    found = queries.enrolments_for(viewer(request), wanted)
    page = queries.page_of_enrolments(found, request.GET.get("page", "1"), searched=bool(wanted.words))
    on = roles_day(request)
    rows = [
        {
            "enrolment": one,
            "version": known[one.version_id],
            "school": queries.school_of(one),
            "figure": figure_of(one, known[one.version_id], on=on),
            "stage": stage_text(one),
            "kind": stage_kind(one),
        }
        for one in page.object_list
    ]
    address = request.GET.copy()
    address.pop("page", None)
    context = {
        "form": form,
        "page": page,
        "rows": rows,
        "filtered": bool(address),
        "address": address.urlencode(),
        "sort": wanted.sort,
    }
    return render(request, "office/people.html", context)


@require_safe
def export(request: Request) -> StreamingHttpResponse:
    """The list as filtered, as a file for a spreadsheet; that somebody took it is kept in the trail.

    Each file is a subject of its own there, so that two at once don't meet.
    """
    office_only(viewer(request))
    known = versions()
    wanted = PeopleForm(request.GET, known=known).wanted()
    found = queries.enrolments_for(viewer(request), wanted)
    at = request.received_at
    filters = {name: value for name, value in vars(wanted).items() if value}
    audit.record("people.exported", f"export:{new_form_key()}", by=request.user, at=at, filters=filters)
    response = StreamingHttpResponse(
        _lines(queries.export_rows(found, known)), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="people-{at:%Y-%m-%d}.csv"'
    return response


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def _lines(rows: Iterator[list[str]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield "\ufeff"
    for row in rows:
        yield writer.writerow([harmless(cell) for cell in row])
