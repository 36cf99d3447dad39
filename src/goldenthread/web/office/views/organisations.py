"""Organisations: the office adds one before it gives anybody a role there."""

from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from goldenthread.common.refused import Refused
from goldenthread.people import actions
from goldenthread.people.models import Organisation, OrganisationKind
from goldenthread.web.office.access import office_only
from goldenthread.web.shared.http import Request, posted, show_refusal, viewer

KINDS = [(value, label[:1].upper() + label[1:]) for value, label in OrganisationKind.choices]


class OrganisationForm(forms.Form):
    """What an organisation is called, and what it does here."""

    name = forms.CharField(label="Name", max_length=200, error_messages={"required": "Give its name."})
    roles = forms.MultipleChoiceField(
        label="What it does",
        help_text="It may do several of these.",
        choices=KINDS,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Say what it does: tick at least one."},
    )


@require_http_methods(["GET", "HEAD", "POST"])
def organisation_add(request: Request) -> HttpResponse:
    """Add an organisation with its roles, then somebody who works there; a name that is there gets further roles."""
    office_only(viewer(request))
    form = OrganisationForm(posted(request))
    if form.is_bound and form.is_valid():
        made = _added(request, form)
        if made:
            return redirect(f"{reverse('office:staff_add')}?{urlencode({'organisation': made.name})}")
    return render(
        request, "office/organisation_add.html", {"form": form}, status=422 if form.is_bound else 200
    )


def _added(request: Request, form: OrganisationForm) -> Organisation | None:
    said = form.cleaned_data
    try:
        made = actions.create_organisation(
            name=said["name"], roles=said["roles"], by=request.user, at=request.received_at
        )
    except Refused as refusal:
        show_refusal(form, refusal)
        return None
    messages.success(request, f"{made} is there. Add the people who work for it.")
    return made
