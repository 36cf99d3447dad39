"""The person's own page: name, zone, and the ways to sign in."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from goldenthread.common.refused import Refused
from goldenthread.people import actions, kept_forms
from goldenthread.people.kept_forms import kept_of
from goldenthread.web.shared.http import Request, posted, show_refusal, viewer
from goldenthread.web.shared.numbers import number_of
from goldenthread.web.shared.widgets import ZoneField


class ProfileForm(forms.Form):
    name = forms.CharField(
        max_length=200,
        label="Name",
        help_text="As others here read it. A certificate to come bears it, unless you confirm another name for it "
        "under “Assessment”.",
    )
    zone = ZoneField(
        label="Time zone",
        help_text="Dates and deadlines are shown to you in this zone. In the list, type the first letters of "
        "your country.",
    )

    def __init__(self, *args: Any, zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["zone"].suggest(zone)  # type: ignore[attr-defined]


@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: Request) -> HttpResponse:
    """Show and change one's own name and zone; password, passkeys and codes are one click away."""
    person = request.user
    initial = {"name": person.name, "zone": person.zone}
    form = ProfileForm(posted(request), initial=initial, zone=person.zone)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_profile(user=person, by=person, at=request.received_at, **form.cleaned_data)
        except Refused as no:
            show_refusal(form, no)
        else:
            messages.success(request, "Your profile is saved.")
            return redirect("profile")
    roles = viewer(request).memberships
    context = {
        "form": form,
        "roles": roles,
        "email": person.email,
        "kept": len(kept_of(person, at=request.received_at)),
    }
    return render(request, "profile.html", context, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def kept_texts(request: Request) -> HttpResponse:
    """What somebody sent while signed out and could not simply be saved: to copy, to send from its form, to dismiss."""
    if request.method == "POST":
        number = number_of(request.POST.get("dismiss", ""))
        if number is not None and kept_forms.dismiss(
            user=request.user, kept_id=number, at=request.received_at
        ):
            messages.success(request, "Dismissed. It is gone for good.")
        return redirect("kept_texts")
    rows = [
        (
            one,
            kept_forms.kept_until(one),
            [(name.replace("_", " ").capitalize(), text) for name, text in one.texts.items()],
        )
        for one in kept_of(request.user, at=request.received_at)
    ]
    return render(request, "kept_texts.html", {"rows": rows})
