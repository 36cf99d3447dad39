"""Every award, also as a file for the body that accredits them; the transcript; agreements on credit (S1-08, S1-37)."""

import csv
from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from goldenthread.applications.models import Enrolment
from goldenthread.awards import credit_queries, credits, queries, transcript
from goldenthread.awards.models import CreditAgreement
from goldenthread.common import audit, clock
from goldenthread.common.refused import Refused
from goldenthread.common.spreadsheets import harmless
from goldenthread.people.models import Organisation, OrganisationKind
from goldenthread.web.office.access import office_only
from goldenthread.web.office.forms_credit import AgreementForm, CreditsForm, EndForm
from goldenthread.web.office.queries import get_enrolment_for
from goldenthread.web.shared.award_papers import download
from goldenthread.web.shared.http import (
    Request,
    new_form_key,
    page_of,
    posted,
    roles_day,
    show_refusal,
    viewer,
)

HEAD = (
    "code", "holder", "programme", "programme code", "edition", "awarded on", "provider", "accrediting body",
    "enrolment", "state", "revoked on", "why revoked", "replaces the code",
)  # fmt: skip


STATES = [("", "All"), ("valid", "Valid"), ("revoked", "Revoked"), ("replaced", "Replaced by another")]


class AwardsForm(forms.Form):
    """What the list is narrowed to; what the address says wrongly narrows nothing."""

    q = forms.CharField(
        label="Name or code", required=False, max_length=200, widget=forms.TextInput(attrs={"type": "search"})
    )
    programme = forms.ChoiceField(label="Programme", required=False)
    first = forms.DateField(
        label="Awarded from", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    last = forms.DateField(label="To", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    state = forms.ChoiceField(label="State", required=False, choices=STATES)

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        codes = [(code, code) for code in queries.programme_codes()]
        self.fields["programme"].choices = [("", "Any"), *codes]  # type: ignore[attr-defined]

    def wanted(self) -> dict[str, Any]:
        """The filters as the query takes them."""
        self.is_valid()
        said = self.cleaned_data
        return {
            "words": said.get("q", ""),
            "programme": said.get("programme", ""),
            "first": said.get("first"),
            "last": said.get("last"),
            "state": said.get("state", ""),
        }


@require_safe
def awards(request: Request) -> HttpResponse:
    """Every award, fifty to a page."""
    office_only(viewer(request))
    form = AwardsForm(request.GET)
    page = page_of(request, queries.awards_for(viewer(request), **form.wanted()))
    address = request.GET.copy()
    address.pop("page", None)
    context = {"form": form, "page": page, "address": address.urlencode(), "filtered": bool(address)}
    return render(request, "office/awards.html", context)


@require_safe
def awards_csv(request: Request) -> StreamingHttpResponse:
    """The list as filtered, for the qualification body, with each award once: one that was issued again stands there as
    it is now, with the code it replaces, unless those that were replaced are asked for. That somebody took it is kept
    in the trail.
    """
    office_only(viewer(request))
    wanted = AwardsForm(request.GET).wanted()
    found = queries.awards_for(viewer(request), **wanted)
    if wanted["state"] != "replaced":
        found = found.filter(replaced_by__isnull=True)
    at = request.received_at
    filters = {name: str(value) for name, value in wanted.items() if value}
    audit.record("awards.exported", f"export:{new_form_key()}", by=request.user, at=at, filters=filters)
    response = StreamingHttpResponse(_lines(found), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="awards-{clock.day_of(at):%Y-%m-%d}.csv"'
    response["Cache-Control"] = "private, no-store"
    return response


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def _lines(found: Any) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield "\ufeff"
    yield writer.writerow(HEAD)
    for one in found.iterator(chunk_size=1000):
        state = "replaced" if queries.is_replaced(one) else "revoked" if one.revoked_at else "valid"
        cells = [
            one.code, one.holder_name, one.programme_name, one.programme_code, one.edition,
            one.awarded_on.isoformat(), one.provider, one.accrediting_body, one.outcome.enrolment.reference, state,
            clock.day_of(one.revoked_at).isoformat() if one.revoked_at else "", one.revoked_reason,
            one.replaces.code if one.replaces else "",
        ]  # fmt: skip
        yield writer.writerow([harmless(cell) for cell in cells])


# --- transcript ----------------------------------------------------------------------------------------------
def _enrolment(request: Request, reference: str) -> Enrolment:
    return get_enrolment_for(viewer(request), reference)


@require_safe
def person_transcript(request: Request, reference: str) -> HttpResponse:
    """What the holder sees as their transcript."""
    enrolment = _enrolment(request, reference)
    found = transcript.transcript_of(enrolment, at=request.received_at)
    context = {"enrolment": enrolment, "found": found, "about": transcript.award_rows(found)}
    return render(request, "office/transcript.html", context)


@require_safe
def person_transcript_pdf(request: Request, reference: str) -> HttpResponse:
    """The transcript as a download."""
    enrolment = _enrolment(request, reference)
    try:
        pdf = transcript.pdf_of(transcript.transcript_of(enrolment, at=request.received_at))
    except Refused as refusal:
        messages.warning(request, refusal.message)
        return redirect("office:transcript", reference)
    return download(pdf, f"transcript-{enrolment.reference}.pdf")


# --- agreements on credit ----------------------------------------------------------------------------------
def _universities(request: Request) -> list[Organisation]:
    held = Organisation.objects.filter(roles__role=OrganisationKind.UNIVERSITY)
    held = held.filter(roles__starts_on__lte=roles_day(request)).exclude(
        roles__ends_on__lt=roles_day(request)
    )
    return list(held.distinct().order_by("name", "pk"))


@require_http_methods(["GET", "HEAD", "POST"])
def agreements(request: Request) -> HttpResponse:
    """Every agreement, and the form that records a further one."""
    found = credit_queries.agreements_for(viewer(request))
    universities = _universities(request)
    form = AgreementForm(posted(request), universities=universities, versions=credits.stated_versions())
    if form.is_bound and form.is_valid():
        try:
            made = credits.record_agreement(**form.said(), by=request.user, at=request.received_at)
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(
                request, "The agreement is recorded. Graduates of its versions can ask for credit."
            )
            return redirect("office:agreement", made.pk)
    context = {"page": page_of(request, found), "form": form, "universities": universities}
    return render(request, "office/agreements.html", context, status=422 if form.errors else 200)


@require_safe
def agreement(request: Request, agreement_id: int) -> HttpResponse:
    """One agreement with its requests."""
    return _agreement(request, credit_queries.get_agreement_for(viewer(request), agreement_id))


def _agreement(request: Request, found: CreditAgreement, **forms_sent: Any) -> HttpResponse:
    context = {
        "agreement": found,
        "page": page_of(request, credit_queries.requests_by(found)),
        "number": CreditsForm(initial={"credits": found.credits}),
        "end": EndForm(initial={"on": found.valid_to}),
        **forms_sent,
    }
    return render(request, "office/agreement.html", context, status=422 if forms_sent else 200)


@require_POST
def agreement_credits(request: Request, agreement_id: int) -> HttpResponse:
    """Say how many credits it gives, with the source of the number."""
    found = credit_queries.get_agreement_for(viewer(request), agreement_id)
    form = CreditsForm(request.POST)
    if form.is_valid():
        try:
            credits.set_credits(agreement=found, **form.cleaned_data, by=request.user, at=request.received_at)
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, "Kept. Statements that were issued stay; graduates can have a new one.")
            return redirect("office:agreement", found.pk)
    return _agreement(request, found, number=form)


@require_POST
def agreement_end(request: Request, agreement_id: int) -> HttpResponse:
    """Set its last day."""
    found = credit_queries.get_agreement_for(viewer(request), agreement_id)
    form = EndForm(request.POST)
    if form.is_valid():
        try:
            credits.end_agreement(
                agreement=found, on=form.cleaned_data["on"], by=request.user, at=request.received_at
            )
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, "The agreement ends with that day. Requests that were made stay.")
            return redirect("office:agreement", found.pk)
    return _agreement(request, found, end=form)
