"""Reports: pass rates, the Department's metrics, local delivery, how people's view of themselves moved."""

import csv
from datetime import date
from fractions import Fraction
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from goldenthread.common.refused import Refused
from goldenthread.intakes.models import Intake
from goldenthread.people.models import School
from goldenthread.reports import actions, alerts, measures, places, queries, rules
from goldenthread.reports.models import MetricFigure, PassAlert, SchoolBand
from goldenthread.web.office.access import office_only
from goldenthread.web.shared.http import Request, page_of, posted, roles_day, show_refusal, viewer
from goldenthread.web.shared.versions import versions

SPLITS = {
    "programme": "Programme",
    "intake": "Intake",
    "cohort": "Cohort",
    "partner": "Delivery partner",
    "band": "Band of disadvantage of the school",
}
OLDEST = 2000


class ReportFilter(forms.Form):
    """By what the pass rate is split, and of which year's starters."""

    by = forms.ChoiceField(label="Split by", choices=list(SPLITS.items()), required=False)
    year = forms.TypedChoiceField(label="Started in", coerce=int, required=False, empty_value=None)

    def __init__(self, data: Any, years: list[int]) -> None:
        super().__init__(data)
        self.fields["year"].choices = [("", "any year"), *((year, str(year)) for year in years)]  # type: ignore[attr-defined]


@require_safe
def reports(request: Request) -> HttpResponse:
    """What the system measures of itself."""
    office_only(viewer(request))
    years = measures.years()
    form = ReportFilter(request.GET, years)
    form.is_valid()
    by, year = form.cleaned_data.get("by") or "programme", form.cleaned_data.get("year")
    starting = (date(year, 1, 1), date(year, 12, 31)) if year else None
    shown = year or (years[0] if years else roles_day(request).year)
    on, rates = roles_day(request), measures.pass_rates(by, starting=starting)
    context = {
        "form": form,
        "alerts": [
            (one, f"{one.intake.version.programme.code} {one.intake.name}") for one in alerts.alerts()
        ],
        "whole": rules.together(rates),
        "rates": rates,
        "split": SPLITS[by],
        "alert": rules.tenths(rules.PASS_ALERT),
        "participants": measures.participants(on=on),
        "partners": measures.partners(on=on),
        "year": shown,
        "metrics": measures.metrics(shown),
    }
    return render(request, "office/reports.html", context)


# --- metrics -------------------------------------------------------------------------------------
@require_safe
def metrics_csv(request: Request) -> HttpResponse:
    """The metrics of a year, or of every year there is, for the Department."""
    office_only(viewer(request))
    asked = request.GET.get("year", "")
    years = [int(asked)] if asked.isdecimal() and len(asked) == 4 else measures.years()[:10]
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="metrics.csv"'
    writer = csv.writer(response)
    writer.writerow(["metric", "target", "actual", "year", "verdict"])
    for row in measures.metrics_of(years):
        writer.writerow(row.row)
    return response


class MetricForm(forms.Form):
    """The target of a metric for a year, and its figure where the system can't measure it."""

    target = forms.DecimalField(
        label="Target in per cent", required=False, min_value=0, max_value=100, decimal_places=1
    )
    stated_figure = forms.DecimalField(
        label="Figure in per cent, if the system can't measure it",
        required=False,
        min_value=0,
        max_value=100,
        decimal_places=1,
    )
    source = forms.CharField(label="Where that figure comes from", required=False, max_length=200)


@require_http_methods(["GET", "HEAD", "POST"])
def metric(request: Request, year: int, metric: str) -> HttpResponse:
    """Set a target."""
    office_only(viewer(request))
    if metric not in rules.METRICS or not OLDEST <= year <= roles_day(request).year + 2:
        raise Http404
    kept = MetricFigure.objects.filter(metric=metric, year=year).first()
    start = {"target": _percent(kept.target_tenths), "stated_figure": _percent(kept.stated_tenths),
             "source": kept.source} if kept else {}  # fmt: skip
    form = MetricForm(posted(request), initial=start)
    if form.is_bound and form.is_valid():
        said = form.cleaned_data
        try:
            actions.set_metric(
                metric=metric,
                year=year,
                target=_share(said["target"]),
                stated_figure=_share(said["stated_figure"]),
                source=said["source"],
                by=request.user,
                at=request.received_at,
            )
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, f"{metric.capitalize()} {year} is kept.")
            return redirect("office:reports")
    context = {"form": form, "metric": metric, "name": rules.METRICS[metric], "year": year}
    return render(request, "office/report_metric.html", context, status=422 if form.is_bound else 200)


def _share(percent: Any) -> Fraction | None:
    return None if percent is None else Fraction(percent) / 100


def _percent(tenths: int | None) -> Any:
    return None if tenths is None else tenths / 10


# --- alerts --------------------------------------------------------------------------------------
class AcknowledgeForm(forms.Form):
    """What is known or done about a pass rate that is too low, and the figures that were looked at."""

    note = forms.CharField(
        label="What is known or done about it?", max_length=alerts.LONGEST_NOTE, widget=forms.Textarea
    )
    passed = forms.IntegerField(widget=forms.HiddenInput)
    assessed = forms.IntegerField(widget=forms.HiddenInput)


@require_http_methods(["GET", "HEAD", "POST"])
def pass_alert(request: Request, intake_id: int) -> HttpResponse:
    """Acknowledge the alert of an intake, which takes it from the desk."""
    office_only(viewer(request))
    intake = get_object_or_404(Intake, pk=intake_id)
    alert = PassAlert.objects.select_related("acknowledged_by").filter(intake=intake).first()
    start = {"passed": alert.passed, "assessed": alert.assessed} if alert else {}
    form = AcknowledgeForm(posted(request), initial=start)
    if form.is_bound and form.is_valid():
        try:
            alerts.acknowledge(intake=intake, by=request.user, at=request.received_at, **form.cleaned_data)
        except Refused as refusal:
            form = AcknowledgeForm(
                {"note": form.cleaned_data["note"], **start}
            )  # what is typed, the figures of now
            form.is_valid()
            show_refusal(form, refusal)
        else:
            messages.success(request, "Your note is kept; the alert has left the desk.")
            return redirect(f"{reverse('office:reports')}#alerts")
    name = f"{versions()[intake.version_id].code} {intake.name}"
    context = {"form": form, "alert": alert, "name": name, "limit": rules.tenths(rules.PASS_ALERT)}
    return render(request, "office/report_alert.html", context, status=422 if form.is_bound else 200)


# --- by intake -----------------------------------------------------------------------------------
class IntakeChoice(forms.Form):
    """One intake or all."""

    intake = forms.TypedChoiceField(label="Intake", coerce=int, required=False, empty_value=None)
    km = forms.IntegerField(label="Within kilometres", required=False, min_value=1, max_value=1000)

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        known = versions()
        rows = Intake.objects.order_by("-starts_on", "pk").values_list("pk", "version", "name")[:500]
        choices = [(pk, f"{known[version].name}: {name}") for pk, version, name in rows]
        self.fields["intake"].choices = [("", "Every intake"), *choices]  # type: ignore[attr-defined]


@require_safe
def local_delivery(request: Request) -> HttpResponse:
    """Who can reach their events, and where those are who can't."""
    office_only(viewer(request))
    form = IntakeChoice(request.GET)
    form.is_valid()
    within = form.cleaned_data.get("km") or places.WITHIN_KM
    found = places.local_delivery(intake_id=form.cleaned_data.get("intake"), within_km=within)
    return render(request, "office/report_local.html", {"form": form, "found": found})


@require_safe
def changes(request: Request) -> HttpResponse:
    """How people's own view of each area moved."""
    office_only(viewer(request))
    form = IntakeChoice(request.GET)
    form.is_valid()
    found = places.changes(intake_id=form.cleaned_data.get("intake"))
    return render(request, "office/report_change.html", {"form": form, "changes": found})


# --- bands of schools ----------------------------------------------------------------------------
class BandForm(forms.Form):
    """How disadvantaged the pupils of a school are."""

    band = forms.TypedChoiceField(
        label="Band",
        coerce=int,
        choices=[(1, "1, least"), (2, "2"), (3, "3"), (4, "4"), (5, "5, most")],
        widget=forms.RadioSelect,
    )
    source = forms.CharField(
        label="Source", max_length=200, help_text="The list it comes from, and its year."
    )


@require_safe
def bands(request: Request) -> HttpResponse:
    """The schools that people are enrolled from, each with its band."""
    office_only(viewer(request))
    page = page_of(request, queries.schools_with_bands())
    return render(request, "office/report_bands.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
def band(request: Request, school_id: int) -> HttpResponse:
    """Record the band of a school, for reports only."""
    office_only(viewer(request))
    school = get_object_or_404(School, pk=school_id)
    kept = SchoolBand.objects.filter(school=school).first()
    form = BandForm(posted(request), initial={"band": kept.band, "source": kept.source} if kept else {})
    if form.is_bound and form.is_valid():
        actions.record_band(school=school, by=request.user, at=request.received_at, **form.cleaned_data)
        messages.success(request, f"The band of {school.name} is recorded.")
        return redirect("office:bands")
    return render(request, "office/report_band.html", {"form": form, "school": school},
                  status=422 if form.is_bound else 200)  # fmt: skip
