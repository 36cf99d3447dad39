"""How somebody sees themselves in each area of their programme, once at the start and once at the end."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from goldenthread.applications.models import Enrolment
from goldenthread.common.refused import Refused
from goldenthread.reports.actions import rate_oneself
from goldenthread.reports.queries import moment_for, ratings_of
from goldenthread.web.participant.current import Mine, with_enrolment
from goldenthread.web.shared.http import posted, show_refusal

SCALE = [(1, "1, not at all"), (2, "2"), (3, "3, partly"), (4, "4"), (5, "5, fully")]


class RatingForm(forms.Form):
    """One rating for each area."""

    def __init__(self, data: Any, areas: Sequence[str]) -> None:
        super().__init__(data)
        self.areas = areas
        for place, area in enumerate(areas):
            self.fields[f"area_{place}"] = forms.TypedChoiceField(
                label=area, choices=SCALE, coerce=int, widget=forms.RadioSelect
            )

    def ratings(self) -> dict[str, int]:
        """The ratings by area."""
        return {area: self.cleaned_data[f"area_{place}"] for place, area in enumerate(self.areas)}


@require_http_methods(["GET", "HEAD", "POST"])
@with_enrolment
def self_assessment(request: Any, mine: Mine) -> HttpResponse:
    """What was answered, and the questions where it is time for them (S2-37)."""
    enrolment = mine.enrolment
    given = ratings_of(enrolment)
    moment = moment_for(enrolment)
    form = RatingForm(posted(request), enrolment.version.specification.content_areas) if moment else None
    if form is not None and form.is_bound and form.is_valid() and _kept(request, enrolment, moment, form):
        return redirect("participant:self_assessment")
    context = {"mine": mine, "given": given, "moment": moment, "form": form}
    bad = form is not None and form.is_bound
    return render(request, "participant/self_assessment.html", context, status=422 if bad else 200)


def _kept(request: Any, enrolment: Enrolment, moment: str, form: RatingForm) -> bool:
    try:
        rate_oneself(
            enrolment=enrolment,
            moment=moment,
            ratings=form.ratings(),
            by=request.user,
            at=request.received_at,
        )
    except Refused as refusal:
        show_refusal(form, refusal)
        return False
    messages.success(request, "Thank you. Your answers are kept as you gave them.")
    return True
