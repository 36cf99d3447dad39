"""Testimonials: added with the evidence of consent, published, withdrawn."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from goldenthread.catalogue.models import Programme
from goldenthread.common.refused import Refused
from goldenthread.enquiries import queries
from goldenthread.enquiries.actions import testimonials as actions
from goldenthread.enquiries.queries import OFFICE
from goldenthread.web.office.access import office_only
from goldenthread.web.shared import enquiring
from goldenthread.web.shared.forms_enquiring import words_field
from goldenthread.web.shared.http import Request, new_form_key, page_of, posted, show_refusal, viewer


class TestimonialForm(forms.Form):
    """What somebody said, and where they agreed that it is shown."""

    text = words_field("What they said", "Write what they said.", longest=actions.LONGEST)
    name = forms.CharField(
        label="Name as it is to be shown",
        max_length=200,
        help_text="As they agreed: such as “A headteacher in Leeds”.",
        error_messages={"required": "Say how the person is to be named."},
    )
    programme = forms.ModelChoiceField(
        label="Programme",
        required=False,
        queryset=Programme.objects.order_by("position", "code"),
        empty_label="Not stated: for general pages only",
    )
    consent_on = forms.DateField(
        label="Consent given on",
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={
            "required": "Give the day of the consent.",
            "invalid": "Give the day as a date, such as 2026-03-02.",
        },
    )
    consent_evidence = forms.CharField(
        label="Where the consent can be found",
        max_length=500,
        error_messages={"required": "Say where the consent can be found."},
    )


@require_safe
def testimonials(request: Request) -> HttpResponse:
    """Every testimonial with its consent."""
    page = page_of(request, queries.testimonials_for(viewer(request)))
    return render(
        request, "office/testimonials.html", {"page": page, **enquiring.frame(OFFICE, "testimonials")}
    )


@require_http_methods(["GET", "HEAD", "POST"])
def testimonial_add(request: Request) -> HttpResponse:
    """Add one; it isn't shown before it is published."""
    office_only(viewer(request))
    form = TestimonialForm(posted(request))
    key = request.POST.get("form_key", "")[:36] or new_form_key()
    if form.is_bound and form.is_valid():
        try:
            actions.add(form_key=key, by=request.user, at=request.received_at, **form.cleaned_data)
        except Refused as no:
            show_refusal(form, no)
        else:
            messages.success(request, "The testimonial is kept. Publish it when it has been read once more.")
            return redirect("office:testimonials")
    context = {"form": form, "form_key": key, **enquiring.frame(OFFICE, "testimonials")}
    return render(request, "office/testimonial_add.html", context, status=422 if form.is_bound else 200)


@require_POST
def testimonial_publish(request: Request, testimonial_id: int) -> HttpResponse:
    """Show it on public pages."""
    found = get_object_or_404(queries.testimonials_for(viewer(request)), pk=testimonial_id)
    try:
        actions.publish(testimonial=found, by=request.user, at=request.received_at)
    except Refused as no:
        messages.error(request, no.message)
    else:
        messages.success(request, "It is shown on public pages now.")
    return redirect("office:testimonials")


@require_POST
def testimonial_withdraw(request: Request, testimonial_id: int) -> HttpResponse:
    """The person has withdrawn their consent."""
    found = get_object_or_404(queries.testimonials_for(viewer(request)), pk=testimonial_id)
    reason = request.POST.get("reason", "")[:500]
    actions.withdraw(testimonial=found, reason=reason, by=request.user, at=request.received_at)
    messages.success(request, "It is shown nowhere any more.")
    return redirect("office:testimonials")
