"""Enquiries at the programme office: one that came by telephone, one person, templates of answers, contact points."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from goldenthread.catalogue.models import Programme
from goldenthread.common.refused import Refused
from goldenthread.enquiries import other, queries
from goldenthread.enquiries.actions import ask, contacts, prospects, templates
from goldenthread.enquiries.models import AnswerTemplate, ContactPoint, Enquiry, Interest, Prospect, Topic
from goldenthread.enquiries.queries import OFFICE
from goldenthread.web.office.access import office_only
from goldenthread.web.office.bodies import get_organisation_for
from goldenthread.web.shared import enquiring
from goldenthread.web.shared.forms_enquiring import words_field
from goldenthread.web.shared.http import Request, new_form_key, posted, roles_day, show_refusal, viewer
from goldenthread.web.shared.numbers import number_of


# --- by telephone ------------------------------------------------------------------------------------
class TelephoneForm(forms.Form):
    """What somebody asked on the telephone."""

    text = words_field("What they asked", "Write what they asked.")
    name = forms.CharField(label="Their name", max_length=200, required=False)
    email = forms.EmailField(label="Their e-mail address", max_length=254, required=False)
    postcode = forms.CharField(label="Postcode of their school", max_length=12, required=False)
    programme = forms.ModelChoiceField(
        label="Programme",
        required=False,
        queryset=Programme.objects.filter(closed=False).order_by("position", "code"),
        empty_label="None in particular",
    )
    provision = forms.ChoiceField(
        label="Or about other provision", required=False, help_text="It goes to those who run it."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "No, about NPQs"), *((one.key, one.name) for one in other.known())]
        self.fields["provision"].choices = choices  # type: ignore[attr-defined]


@require_http_methods(["GET", "HEAD", "POST"])
def enquiry_new(request: Request) -> HttpResponse:
    """Write down an enquiry that came by telephone."""
    office_only(viewer(request))
    form = TelephoneForm(posted(request))
    if form.is_bound and form.is_valid():
        said = form.cleaned_data
        who = prospects.Who(name=said["name"], email=said["email"], postcode=said["postcode"])
        try:
            made = ask.by_telephone(
                form_key=request.POST.get("form_key", "")[:36],
                who=who,
                text=said["text"],
                programme=None if said["provision"] else said["programme"],
                provision=other.by_key(said["provision"]),
                by=request.user,
                at=request.received_at,
            )
        except Refused as no:
            show_refusal(form, no)
        else:
            messages.success(request, f"{made.reference} is in the queue.")
            return redirect("office:enquiry", made.reference)
    key = request.POST.get("form_key", "")[:36] or new_form_key()
    context = {"form": form, "form_key": key, **enquiring.frame(OFFICE, "queue")}
    return render(request, "office/enquiry_new.html", context, status=422 if form.is_bound else 200)


# --- one person --------------------------------------------------------------------------------------
@require_safe
def prospect(request: Request, prospect_id: int) -> HttpResponse:
    """One person: what they asked and registered, and who may be the same person."""
    found = queries.get_prospect_for(viewer(request), prospect_id)
    asked = Enquiry.objects.filter(queries.of_person(found)).select_related(
        "programme", "partner", "prospect"
    )
    interests = Interest.objects.filter(queries.of_person(found)).select_related("programme", "intake")
    rows = [
        ("Name", found.name),
        ("E-mail", found.email),
        ("Role", found.role),
        ("Place", found.place),
        ("Postcode", found.postcode_shown),
    ]
    context = {
        "prospect": found,
        "rows": [{"label": label, "value": value} for label, value in rows if value],
        "enquiries": [
            enquiring.line_of(one, at=request.received_at)
            for one in asked.order_by("-received_at", "pk")[:50]
        ],
        "interests": list(interests.order_by("programme__position", "pk")[:50]),
        "merged": list(found.merged.order_by("pk")[:50]),
        "alike": queries.alike(found) if not found.merged_into_id else [],
        **enquiring.frame(OFFICE, "queue"),
    }
    return render(request, "office/prospect.html", context)


class ProspectForm(forms.Form):
    """What is kept of a person."""

    name = forms.CharField(label="Name", max_length=200, required=False)
    role = forms.CharField(label="Role", max_length=100, required=False)
    place = forms.CharField(label="Place", max_length=100, required=False)
    postcode = forms.CharField(label="Postcode", max_length=12, required=False)


@require_http_methods(["GET", "HEAD", "POST"])
def prospect_correct(request: Request, prospect_id: int) -> HttpResponse:
    """Correct the name, role or place of a person."""
    found = queries.get_prospect_for(viewer(request), prospect_id)
    initial = {name: getattr(found, name) for name in ("name", "role", "place")}
    form = ProspectForm(posted(request), initial={**initial, "postcode": found.postcode_shown})
    if form.is_bound and form.is_valid():
        who = prospects.Who(**form.cleaned_data)
        try:
            prospects.correct(prospect=found, who=who, by=request.user, at=request.received_at)
        except Refused as no:
            show_refusal(form, no)
        else:
            messages.success(request, "It is corrected.")
            return redirect("office:prospect", found.pk)
    context = {"prospect": found, "form": form, **enquiring.frame(OFFICE, "queue")}
    return render(request, "office/prospect_correct.html", context, status=422 if form.is_bound else 200)


@require_POST
def prospect_merge(request: Request, prospect_id: int) -> HttpResponse:
    """Take another entry for this person."""
    kept = queries.get_prospect_for(viewer(request), prospect_id)
    number = number_of(request.POST.get("duplicate", "")) or 0
    duplicate = Prospect.objects.filter(pk=number).first()
    if duplicate is None:
        messages.error(request, "That entry is not there: choose one of those shown.")
        return redirect("office:prospect", kept.pk)
    try:
        prospects.merge(duplicate=duplicate, into=kept, by=request.user, at=request.received_at)
    except Refused as no:
        messages.error(request, no.message)
    else:
        messages.success(request, f"{duplicate} is taken for the same person. You can part them again below.")
    return redirect("office:prospect", kept.pk)


@require_POST
def prospect_part(request: Request, prospect_id: int) -> HttpResponse:
    """Undo a merge."""
    found = queries.get_prospect_for(viewer(request), prospect_id)
    kept = found.merged_into_id or found.pk
    prospects.part(prospect=found, by=request.user, at=request.received_at)
    messages.success(request, f"{found} is a person of their own again.")
    return redirect("office:prospect", kept)


# --- templates of answers ----------------------------------------------------------------------------
class TemplateForm(forms.Form):
    """Words under a title."""

    title = forms.CharField(label="Title", max_length=100, error_messages={"required": "Give a title."})
    text = words_field("Words", "Write the words of the answer.")


@require_http_methods(["GET", "HEAD", "POST"])
def answer_templates(request: Request) -> HttpResponse:
    """Words that are often needed; the title of one that is there changes it."""
    office_only(viewer(request))
    known = queries.templates()
    asked = request.GET.get("change", "")[:18]
    chosen = next((one for one in known if str(one.pk) == asked), None)
    initial = {"title": chosen.title, "text": chosen.text} if chosen else None
    form = TemplateForm(posted(request), initial=initial)
    if form.is_bound and form.is_valid():
        try:
            templates.keep(by=request.user, at=request.received_at, **form.cleaned_data)
        except Refused as no:
            show_refusal(form, no)
        else:
            messages.success(request, "The template is kept.")
            return redirect("office:answer_templates")
    context = {"form": form, "templates": known, "chosen": chosen, **enquiring.frame(OFFICE, "templates")}
    return render(request, "office/answer_templates.html", context, status=422 if form.is_bound else 200)


@require_POST
def answer_template_retire(request: Request, template_id: int) -> HttpResponse:
    """Offer a template no longer."""
    office_only(viewer(request))
    template = get_object_or_404(AnswerTemplate, pk=template_id)
    templates.retire(template=template, by=request.user, at=request.received_at)
    messages.success(request, f"“{template.title}” is offered no longer.")
    return redirect("office:answer_templates")


# --- contact points and brand ------------------------------------------------------------------------
class PointForm(forms.Form):
    """A contact point as it is printed somewhere."""

    kind = forms.ChoiceField(
        label="Kind", choices=[("email", "E-mail address"), ("phone", "Telephone number")]
    )
    printed = forms.CharField(
        label="As it is printed",
        max_length=254,
        error_messages={"required": "Give the address or number."},
    )
    topic = forms.ChoiceField(
        label="What it is for",
        choices=Topic.choices,
        help_text="Mail to an address becomes an enquiry of this topic.",
    )
    source = forms.CharField(label="Where it is printed", max_length=100, required=False)


class BrandForm(forms.Form):
    """How the organisation shows itself."""

    strapline = forms.CharField(label="Strapline", max_length=100, required=False)
    website = forms.CharField(label="Website", max_length=200, required=False)
    postcode = forms.CharField(
        label="Postcode",
        max_length=12,
        required=False,
        help_text="Where it delivers, when its groups name no venue: enquiries from near go to it.",
    )


@require_http_methods(["GET", "HEAD", "POST"])
def contacts_of(request: Request, organisation_id: int) -> HttpResponse:
    """Contact points and brand of an organisation; what its sources say of them is listed too (S0-73)."""
    found = get_organisation_for(viewer(request), organisation_id, on=roles_day(request))
    what = request.POST.get("what", "")
    point = PointForm(request.POST if what == "point" else None, auto_id="point_%s")
    brand = getattr(found, "brand", None)
    initial = (
        {"strapline": brand.strapline, "website": brand.website, "postcode": brand.postcode}
        if brand
        else None
    )
    look = BrandForm(request.POST if what == "brand" else None, initial=initial, auto_id="brand_%s")
    for form, act in ((point, contacts.add_point), (look, contacts.set_brand)):
        if form.is_bound and form.is_valid():
            try:
                act(organisation=found, by=request.user, at=request.received_at, **form.cleaned_data)
            except Refused as no:
                show_refusal(form, no)
            else:
                messages.success(request, "It is kept, and shown from now on.")
                return redirect("office:contacts", found.pk)
    context: dict[str, Any] = {
        "organisation": found,
        "points": list(ContactPoint.objects.filter(organisation=found).order_by("kind", "topic", "pk")[:50]),
        "brand": brand,
        "point": point,
        "look": look,
        "sourced": contacts.sourced_for(found) is not None,
    }
    bound = point.is_bound or look.is_bound
    return render(request, "office/contacts.html", context, status=422 if bound else 200)


@require_POST
def contacts_take_over(request: Request, organisation_id: int) -> HttpResponse:
    """Take over what the sources state; what is printed wrongly there stays evidence."""
    found = get_organisation_for(viewer(request), organisation_id, on=roles_day(request))
    try:
        contacts.take_over(organisation=found, by=request.user, at=request.received_at)
    except Refused as no:
        messages.error(request, no.message)
    else:
        messages.success(request, "What the sources state is taken over. Check it below.")
    return redirect("office:contacts", found.pk)


@require_POST
def contact_publish(request: Request, point_id: int) -> HttpResponse:
    """Show a contact point to visitors, or no longer."""
    office_only(viewer(request))
    point = get_object_or_404(ContactPoint, pk=point_id)
    on = request.POST.get("on") == "yes"
    try:
        contacts.publish(point=point, on=on, by=request.user, at=request.received_at)
    except Refused as no:
        messages.error(request, no.message)
    else:
        messages.success(request, "Visitors see it now." if on else "Visitors see it no longer.")
    return redirect("office:contacts", point.organisation_id)
