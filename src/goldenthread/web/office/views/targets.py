"""When somebody answers, and how soon: set on a page, with the history of what held before."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from goldenthread.common.refused import Refused
from goldenthread.enquiries.actions import targets as actions
from goldenthread.enquiries.actions.opening import targets
from goldenthread.enquiries.answering import DAYS, document_of
from goldenthread.enquiries.models import AnsweringTargets
from goldenthread.enquiries.queries import OFFICE
from goldenthread.web.office.access import office_only
from goldenthread.web.office.fields import reason_field
from goldenthread.web.shared import enquiring
from goldenthread.web.shared.http import Request, posted, show_refusal, viewer

HOURS = {
    "form": "By form",
    "email": "By e-mail",
    "phone": "By telephone",
    "chat": "After a chat that nobody answered",
    "again": "To what a person writes after the first answer",
}
SHOWN = 50


def _hours(label: str) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        min_value=1,
        max_value=400,
        error_messages={"required": "Give the hours.", "invalid": "Give whole hours, such as 16."},
    )


class TargetsForm(forms.Form):
    """Days, times, free days, and working hours by the way a question comes."""

    days = forms.MultipleChoiceField(
        label="Days on which somebody answers",
        choices=[(day, day.capitalize()) for day in DAYS],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one day."},
    )
    opens = forms.TimeField(label="From", error_messages={"required": "Give a time such as 09:00."})
    closes = forms.TimeField(label="Until", error_messages={"required": "Give a time such as 17:00."})
    free = forms.CharField(
        label="Free days",
        required=False,
        max_length=5000,
        help_text="One day in each line, such as 2027-12-25.",
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    form = _hours(HOURS["form"])
    email = _hours(HOURS["email"])
    phone = _hours(HOURS["phone"])
    chat = _hours(HOURS["chat"])
    again = _hours(HOURS["again"])
    reason = reason_field("Why do they change?", longest=500, rows=2)

    def clean_free(self) -> list[str]:
        """Each line as a day; the first that is none is named."""
        found = []
        for line in filter(None, map(str.strip, self.cleaned_data["free"].splitlines())):
            try:
                found.append(date.fromisoformat(line).isoformat())
            except ValueError:
                raise forms.ValidationError(f"“{line[:40]}” is no day such as 2027-12-25.") from None
        return found

    def document(self, zone: str) -> dict[str, Any]:
        """What was filled in, as the rules take it."""
        said = self.cleaned_data
        times = {name: said[name].isoformat("minutes") for name in ("opens", "closes")}
        hours = {name: said[name] for name in HOURS}
        return {"zone": zone, "days": said["days"], "free": said["free"], **times, "hours": hours}


@require_http_methods(["GET", "HEAD", "POST"])
def answering_targets(request: Request) -> HttpResponse:
    """The targets in force, to be changed with a reason, and those before them."""
    office_only(viewer(request))
    now = document_of(targets())
    initial = {**now, **now["hours"], "free": "\n".join(now["free"])}
    form = TargetsForm(posted(request), initial=initial)
    if form.is_bound and form.is_valid():
        try:
            actions.set_targets(
                document=form.document(now["zone"]),
                reason=form.cleaned_data["reason"],
                by=request.user,
                at=request.received_at,
            )
        except Refused as no:
            show_refusal(form, no)
        else:
            messages.success(request, "The targets hold for what comes from now on.")
            return redirect("office:answering_targets")
    context = {
        "form": form,
        "zone": now["zone"],
        "history": list(AnsweringTargets.objects.select_related("set_by").order_by("-pk")[:SHOWN]),
        **enquiring.frame(OFFICE, "targets"),
    }
    return render(request, "office/answering_targets.html", context, status=422 if form.is_bound else 200)
