"""The catalogue for the office: to read, and to choose for an intake where the sources disagree."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from goldenthread.assessment.actions import choose_word_limit
from goldenthread.assessment.limit_queries import WORD_LIMIT
from goldenthread.common.refused import Refused
from goldenthread.intakes import actions
from goldenthread.reports.queries import claims_to_review
from goldenthread.web.office import shelf, workshop
from goldenthread.web.office.access import office_only
from goldenthread.web.office.fields import reason_field
from goldenthread.web.shared import specification_pdf
from goldenthread.web.shared.http import Request, roles_day, show_refusal, today, viewer
from goldenthread.web.shared.versions import versions


@require_safe
def catalogue(request: Request) -> HttpResponse:
    """Every version with what is unsettled in it."""
    looking = viewer(request)
    context = {
        "lines": shelf.version_lines(looking),
        "drafts": workshop.open_drafts(looking),
        "closed": shelf.closed_programmes(),
        "expired": claims_to_review(on=roles_day(request)),
    }
    return render(request, "office/catalogue.html", context)


@require_safe
def version(request: Request, key: str) -> HttpResponse:
    """One version: components, values with their sources, rules, where it is used."""
    return render(
        request, "office/catalogue_version.html", {"page": shelf.version_page(viewer(request), key)}
    )


@require_safe
def specification(request: Request, key: str) -> HttpResponse:
    """The printed specification for editors: with the sections that the source leaves blank (S1-01, S2-17)."""
    office_only(viewer(request))
    found = next((one for one in versions().values() if one.key == key), None)
    if found is None:
        raise Http404
    return specification_pdf.response(request, found, on=today(request), for_editors=True)


class RulingForm(forms.Form):
    """One of the values that the sources give, and why."""

    value = forms.TypedChoiceField(label="What counts for this intake?", coerce=int, widget=forms.RadioSelect)
    reason = reason_field(
        "Why this one?",
        longest=2000,
        rows=4,
        help_text="Kept with your name and shown beside the value, to participants too.",
    )

    def __init__(self, *args: Any, candidates: list[shelf.ValueLine], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["value"].choices = [(place, line.text) for place, line in enumerate(candidates)]  # type: ignore[attr-defined]
        self.hints = {
            place: f"Source {line.source}" + (f": {line.note}" if line.note else "")
            for place, line in enumerate(candidates)
        }


@require_http_methods(["GET", "HEAD", "POST"])
def ruling(request: Request, key: str, intake_id: int, rule: str) -> HttpResponse:
    """Choose a value for an intake, with a reason."""
    asked = shelf.get_ruling_for(viewer(request), key, intake_id, rule)
    form = RulingForm(request.POST or None, candidates=asked.candidates)
    if request.method == "POST" and form.is_valid() and _ruled(request, asked, form):
        messages.success(request, f"{asked.name} is chosen for {asked.intake.name}.")
        return redirect("office:version", key)
    context = {"asked": asked, "form": form}
    return render(request, "office/catalogue_ruling.html", context, status=422 if form.is_bound else 200)


def _ruled(request: Request, asked: shelf.ToRule, form: RulingForm) -> bool:
    said = {
        "intake": asked.intake,
        "value": asked.sourced.candidates[form.cleaned_data["value"]].value,
        "reason": form.cleaned_data["reason"],
        "by": request.user,
        "at": request.received_at,
    }
    try:
        if asked.rule == WORD_LIMIT:
            choose_word_limit(**said)
        else:
            actions.rule(rule=asked.rule, **said)
    except Refused as refusal:
        show_refusal(form, refusal)
        return False
    return True
