"""The person's own page: name, zone, and the ways to sign in."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from goldenthread.common.refused import Refused
from goldenthread.people import actions, rules
from goldenthread.people.access import viewer_of
from goldenthread.web.shared.http import Request, show_refusal


class ProfileForm(forms.Form):
    name = forms.CharField(max_length=200, label="Name", help_text="As it is to stand on your certificate.")
    zone = forms.ChoiceField(
        label="Time zone", help_text="Dates and deadlines are shown to you in this zone."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["zone"].choices = [  # type: ignore[attr-defined]
            (zone, zone.replace("_", " ").replace("/", " – ")) for zone in sorted(rules.zones())
        ]


@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: Request) -> HttpResponse:
    """Show and change one's own name and zone; password, passkeys and codes are one click away."""
    person = request.user
    form = ProfileForm(request.POST or None, initial={"name": person.name, "zone": person.zone})
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_profile(user=person, by=person, at=request.received_at, **form.cleaned_data)
        except Refused as no:
            show_refusal(form, no)
        else:
            messages.success(request, "Your profile is saved.")
            return redirect("profile")
    roles = viewer_of(person, on=request.received_at.date()).memberships
    context = {"form": form, "roles": roles, "email": person.email}
    return render(request, "profile.html", context, status=422 if form.errors else 200)
