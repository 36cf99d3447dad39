"""People with roles: who may do what, where, and from when."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from goldenthread.common.refused import Refused
from goldenthread.people import actions
from goldenthread.people.models import Role
from goldenthread.web.office import roster
from goldenthread.web.office.access import office_only
from goldenthread.web.office.views.people import ANY
from goldenthread.web.shared.http import Request, page_of, roles_day, show_refusal, viewer

ROLES = [(value, label[:1].upper() + label[1:]) for value, label in Role.choices]


class StaffFilter(forms.Form):
    """What the list is narrowed to."""

    q = forms.CharField(
        label="Name, e-mail or organisation",
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    role = forms.ChoiceField(label="Role", required=False, choices=ANY + ROLES)
    state = forms.ChoiceField(
        label="When", required=False, choices=[("", "Now or later"), ("ended", "Ended")]
    )


@require_safe
def staff(request: Request) -> HttpResponse:
    """Everybody with a role, by organisation."""
    form = StaffFilter(request.GET)
    form.is_valid()
    said, day = form.cleaned_data, roles_day(request)
    found = roster.memberships_for(
        viewer(request),
        words=said.get("q", ""),
        role=said.get("role", ""),
        ended=said.get("state") == "ended",
        on=day,
    )
    page = page_of(request, found)
    context = {"form": form, "page": page, "filtered": bool(request.GET), "today": day}
    return render(request, "office/staff.html", context)


class AddForm(forms.Form):
    """A person, a role, and the organisation in which they hold it."""

    name = forms.CharField(label="Full name", max_length=200)
    email = forms.EmailField(label="E-mail address", max_length=254)
    role = forms.ChoiceField(label="Role", choices=ROLES)
    organisation = forms.CharField(
        label="Organisation or school",
        help_text="Its name, or a school's postcode or number (URN).",
        max_length=200,
    )
    place = forms.ChoiceField(label="Which one?", required=False, widget=forms.RadioSelect)
    starts_on = forms.DateField(label="From")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        typed = str(self.data.get("organisation", ""))[:200].replace("\0", "")
        self.found = roster.places_called(typed) if typed.strip() else []
        self.fields["place"].choices = self.found  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """One organisation: the only one that is meant, or the one that was chosen."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if not said.get("organisation"):
            return said
        if len(self.found) == 1:
            said["place"] = self.found[0][0]
        elif not self.found:
            self.add_error(
                "organisation", "No organisation or school is called that. Try a part of the name."
            )
        elif not said.get("place"):
            self.add_error("place", "Several are called like that: choose one.")
        return said


@require_http_methods(["GET", "HEAD", "POST"])
def add(request: Request) -> HttpResponse:
    """Add a person with a role."""
    office_only(viewer(request))
    organisation = request.GET.get("organisation", "")[:200]
    initial = {
        "starts_on": roles_day(request),
        "organisation": organisation,
        "role": request.GET.get("role", "")[:30],
    }
    form = AddForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid() and _added(request, form):
        if "another" in request.POST:
            place, role = form.cleaned_data["organisation"], form.cleaned_data["role"]
            return redirect(
                f"{reverse('office:staff_add')}?{urlencode({'organisation': place, 'role': role})}"
            )
        return redirect("office:staff")
    return render(request, "office/staff_add.html", {"form": form}, status=422 if form.is_bound else 200)


def _added(request: Request, form: AddForm) -> bool:
    said = form.cleaned_data
    try:
        membership = roster.add_person(
            email=said["email"],
            name=said["name"],
            choice=said["place"],
            role=said["role"],
            starts_on=said["starts_on"],
            by=request.user,
            at=request.received_at,
        )
    except Refused as refusal:
        show_refusal(form, refusal)
        return False
    messages.success(request, f"{membership}. A mail tells them.")
    return True


class EndForm(forms.Form):
    """The last day of a role."""

    on = forms.DateField(label="Last day in this role")


@require_http_methods(["GET", "HEAD", "POST"])
def end(request: Request, membership_id: int) -> HttpResponse:
    """End a role with a last day."""
    membership = roster.get_membership_for(viewer(request), membership_id)
    form = EndForm(request.POST or None, initial={"on": roles_day(request)})
    if (
        request.method == "POST"
        and form.is_valid()
        and _ended(request, membership, form.cleaned_data["on"], form)
    ):
        return redirect("office:staff")
    context = {"form": form, "membership": membership}
    return render(request, "office/staff_end.html", context, status=422 if form.is_bound else 200)


def _ended(request: Request, membership: Any, on: date, form: forms.Form) -> bool:
    own = membership.user_id == request.user.pk and membership.role == Role.OFFICE
    if own:
        form.add_error(None, "You can't end your own role in the office. Ask a colleague to do it.")
        return False
    try:
        actions.end_role(membership=membership, on=on, by=request.user, at=request.received_at)
    except Refused as refusal:
        show_refusal(form, refusal)
        return False
    messages.success(
        request, f"{membership.user.name} is no longer {membership.get_role_display()} after {on:%-d %B %Y}."
    )
    return True
