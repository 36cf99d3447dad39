"""Organisations: what each is called and does here; the office adds one before it gives anybody a role there."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from goldenthread.common.refused import Refused
from goldenthread.people import actions, aliases
from goldenthread.people.models import Organisation, OrganisationKind
from goldenthread.people.queries import spelt_alike
from goldenthread.people.rules import check_name
from goldenthread.web.office.access import office_only
from goldenthread.web.office.bodies import (
    get_organisation_for,
    get_organisation_role_for,
    organisations_for,
)
from goldenthread.web.office.views.people import ANY
from goldenthread.web.office.views.staff import EndForm
from goldenthread.web.shared.http import Request, page_of, posted, roles_day, show_refusal, viewer

KINDS = [(value, label[:1].upper() + label[1:]) for value, label in OrganisationKind.choices]


class NameForm(forms.Form):
    """What an organisation is called."""

    name = forms.CharField(label="Name", max_length=200, error_messages={"required": "Give its name."})


class RolesForm(forms.Form):
    """What an organisation does here."""

    roles = forms.MultipleChoiceField(
        label="What it does",
        help_text="It may do several of these.",
        choices=KINDS,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Say what it does: tick at least one."},
    )
    second_provider = forms.BooleanField(
        label="Yes, this organisation is a further lead provider", required=False
    )

    @property
    def asks(self) -> bool:
        """Whether to ask if a further lead provider is meant: only once it was refused."""
        return bool(
            self.is_bound and (self.errors.get("second_provider") or self.data.get("second_provider"))
        )


class OrganisationForm(RolesForm, NameForm):
    """An organisation to be."""

    field_order = ("name", "roles", "second_provider")


class OrganisationsFilter(forms.Form):
    """What the list is narrowed to."""

    q = forms.CharField(
        label="Name", required=False, max_length=200, widget=forms.TextInput(attrs={"type": "search"})
    )
    role = forms.ChoiceField(label="What it does", required=False, choices=ANY + KINDS)


@require_safe
def organisations(request: Request) -> HttpResponse:
    """Every organisation with its roles and the number of its people."""
    form = OrganisationsFilter(request.GET)
    form.is_valid()
    said = form.cleaned_data
    found = organisations_for(
        viewer(request), words=said.get("q", ""), kind=said.get("role", ""), on=roles_day(request)
    )
    context = {"form": form, "page": page_of(request, found), "filtered": bool(request.GET)}
    return render(request, "office/organisations.html", context)


# --- a new one -----------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def organisation_add(request: Request) -> HttpResponse:
    """Add an organisation with its roles, then somebody who works there; a name that is there gets further roles."""
    office_only(viewer(request))
    form = OrganisationForm(posted(request))
    if form.is_bound and form.is_valid():
        made = _taken(request, form, form.cleaned_data["name"])
        if made:
            _say_what_it_is(request, made, form.cleaned_data["name"])
            return redirect(f"{reverse('office:staff_add')}?{urlencode({'organisation': made.name})}")
    return render(
        request, "office/organisation_add.html", {"form": form}, status=422 if form.is_bound else 200
    )


def _say_what_it_is(request: Request, made: Organisation, typed: str) -> None:
    """That it is there; or that the name was taken for another spelling, and how to undo it (S4-23)."""
    name = check_name(typed)
    if name in made.aliases:
        messages.warning(
            request,
            f"“{name}” is taken for another spelling of {made}, which is there. If it is another organisation, part "
            "them on its page.",
        )
    else:
        messages.success(request, f"{made} is there. Add the people who work for it.")


def _taken(request: Request, form: RolesForm, name: str) -> Organisation | None:
    """The organisation of this name with the roles that were ticked, None when that is refused."""
    said = form.cleaned_data
    try:
        return actions.create_organisation(
            name=name,
            roles=said["roles"],
            second_provider=said["second_provider"],
            by=request.user,
            at=request.received_at,
        )
    except Refused as refusal:
        show_refusal(form, refusal)
        return None


# --- one -----------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def organisation(request: Request, organisation_id: int) -> HttpResponse:
    """One organisation: its name, what it does here, its people."""
    found = get_organisation_for(viewer(request), organisation_id, on=roles_day(request))
    form = NameForm(posted(request), initial={"name": found.name}, auto_id="name_%s")
    if form.is_bound and form.is_valid():
        try:
            renamed = actions.rename_organisation(
                organisation=found,
                name=form.cleaned_data["name"],
                by=request.user,
                at=request.received_at,
            )
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, f"It is called {renamed} now.")
            return redirect("office:organisation", found.pk)
    return _page(request, found, name=form)


def _page(request: Request, found: Any, **sent: forms.Form) -> HttpResponse:
    """The page of an organisation; a form that was refused stands in `sent` under the name of its place."""
    held = {one.role for one in found.held if one.ends_on is None}
    open_kinds = [kind for kind in KINDS if kind[0] not in held]
    give = RolesForm(auto_id="give_%s")
    give.fields["roles"].choices = open_kinds  # type: ignore[attr-defined]
    context = {
        "organisation": found,
        "people_url": f"{reverse('office:staff')}?{urlencode({'q': found.name})}",
        "add_url": f"{reverse('office:staff_add')}?{urlencode({'organisation': found.name})}",
        "name": NameForm(initial={"name": found.name}, auto_id="name_%s"),
        "give": give,
        "fits": bool(open_kinds),
        "alias": AliasForm(auto_id="alias_%s"),
        "alike": spelt_alike(found),
        **sent,
    }
    bound = any(form.is_bound for form in sent.values())
    return render(request, "office/organisation.html", context, status=422 if bound else 200)


@require_POST
def organisation_role(request: Request, organisation_id: int) -> HttpResponse:
    """Give an organisation further roles from today."""
    found = get_organisation_for(viewer(request), organisation_id, on=roles_day(request))
    form = RolesForm(request.POST, auto_id="give_%s")
    if form.is_valid() and _taken(request, form, found.name):
        messages.success(request, f"{found} has its new roles from today.")
        return redirect("office:organisation", found.pk)
    return _page(request, found, give=form)


# --- other spellings -----------------------------------------------------------------------------------
class AliasForm(forms.Form):
    """Another name."""

    alias = forms.CharField(label="Another name", max_length=200, error_messages={"required": "Give a name."})


@require_POST
def organisation_alias(request: Request, organisation_id: int) -> HttpResponse:
    """Let an organisation be found by another name."""
    found = get_organisation_for(viewer(request), organisation_id, on=roles_day(request))
    form = AliasForm(request.POST, auto_id="alias_%s")
    if form.is_valid():
        name = form.cleaned_data["alias"]
        try:
            aliases.add_alias(organisation=found, name=name, by=request.user, at=request.received_at)
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, f"{found} is found as “{name}” too.")
            return redirect("office:organisation", found.pk)
    return _page(request, found, alias=form)


@require_POST
def organisation_part(request: Request, organisation_id: int) -> HttpResponse:
    """Say that an alias is another organisation."""
    found = get_organisation_for(viewer(request), organisation_id, on=roles_day(request))
    name = request.POST.get("name", "")[:200].replace("\0", "")
    try:
        made = aliases.part_alias(organisation=found, name=name, by=request.user, at=request.received_at)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("office:organisation", found.pk)
    messages.success(request, f"{made} is an organisation of its own now.")
    return redirect("office:organisation", made.pk)


@require_POST
def organisation_absorb(request: Request, organisation_id: int) -> HttpResponse:
    """Say that another one, which is spelt alike, is the same organisation."""
    found = get_organisation_for(viewer(request), organisation_id, on=roles_day(request))
    asked = request.POST.get("duplicate", "")[:18]
    other = next((one for one in spelt_alike(found) if str(one.pk) == asked), None)
    if other is None:
        messages.error(request, "That organisation is not there: choose one of those shown.")
        return redirect("office:organisation", found.pk)
    name = other.name
    try:
        aliases.absorb(duplicate=other, into=found, by=request.user, at=request.received_at)
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(
            request, f"{name} is another spelling of {found} now. You can part them again below."
        )
    return redirect("office:organisation", found.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def organisation_role_end(request: Request, role_id: int) -> HttpResponse:
    """End what an organisation does here with a last day."""
    role = get_organisation_role_for(viewer(request), role_id)
    form = EndForm(posted(request), initial={"on": roles_day(request)})
    if form.is_bound and form.is_valid():
        on = form.cleaned_data["on"]
        try:
            actions.end_organisation_role(role=role, on=on, by=request.user, at=request.received_at)
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, f"{role} ends with {on:%-d %B %Y}.")
            return redirect("office:organisation", role.organisation_id)
    context = {"form": form, "role": role}
    return render(request, "office/organisation_role_end.html", context, status=422 if form.is_bound else 200)
