"""Rows that aren't what the audit trail says: what the nightly comparison found, and what somebody found out."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from goldenthread.applications.models import Enrolment
from goldenthread.assessment.models import Script
from goldenthread.common.refused import Refused
from goldenthread.reports import finding_rules as rules
from goldenthread.reports import findings as found_ones
from goldenthread.reports.finding_models import Finding
from goldenthread.web.office.fields import reason_field
from goldenthread.web.shared.http import Request, page_of, posted, show_refusal, viewer


class LookedForm(forms.Form):
    """What somebody looked at, what they found, and what was done."""

    reason = reason_field(
        "What did you find out?",
        longest=rules.LONGEST_REASON,
        help_text="Who changed the row and why, as far as is known, and what was done. It is kept with your name.",
    )


@require_safe
def findings(request: Request) -> HttpResponse:
    """What nobody has looked into, or what somebody has."""
    looked = request.GET.get("show") == "looked"
    page = page_of(request, found_ones.findings_for(viewer(request), looked=looked))
    tabs = [("To look into", "?show=open", not looked, ""), ("Looked into", "?show=looked", looked, "")]
    return render(request, "office/findings.html", {"page": page, "tabs": tabs, "looked": looked})


@require_http_methods(["GET", "HEAD", "POST"])
def finding(request: Any, finding_id: int) -> HttpResponse:
    """One finding with what to do next; records what was found out about it."""
    found = found_ones.get_finding_for(viewer(request), finding_id)
    form = LookedForm(posted(request))
    if form.is_bound and form.is_valid():
        try:
            found_ones.look_into(finding=found, by=request.user, at=request.received_at, **form.cleaned_data)
            messages.success(request, "It is kept with your name, and has left the desk.")
            return redirect("office:findings")
        except Refused as refusal:
            found = found_ones.get_finding_for(viewer(request), finding_id)  # as it stands now
            show_refusal(form, refusal)
    context = {
        "finding": found,
        "form": form,
        "place": _place_of(found),
        "own": found_ones.is_about(found, request.user),
    }
    return render(request, "office/finding.html", context, status=422 if form.errors else 200)


def _place_of(found: Finding) -> str:
    """The page of what a finding is about; "" where there is none. One query at most."""
    kind, number = rules.about(found.subject)
    if kind == "enrolment":
        one = Enrolment.objects.filter(pk=number).values_list("reference", flat=True).first()
        return reverse("office:person", args=[one]) if one else ""
    if kind == "script":
        window = Script.objects.filter(pk=number).values_list("sitting__window", flat=True).first()
        return reverse("office:marking", args=[window]) if window else ""
    return reverse("office:marking", args=[number]) if kind == "window" and number else ""
