"""A university's pages: requests for credit by its own agreements whose graduates agree, and its answers (S1-37)."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from goldenthread.awards import credit_queries, credits, statement
from goldenthread.awards.credit_rules import LONGEST_NOTE
from goldenthread.awards.models import CreditRequest
from goldenthread.common.refused import Refused
from goldenthread.templatetags.gt import day
from goldenthread.web.shared.award_papers import download
from goldenthread.web.shared.http import Request, page_of, posted, show_refusal, viewer


class AnswerForm(forms.Form):
    """Whether the award counts, and what the graduate is told."""

    answer = forms.ChoiceField(
        label="Your answer",
        choices=[("accepted", "Accept"), ("declined", "Decline")],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose an answer.", "invalid_choice": "Choose an answer."},
    )
    note = forms.CharField(
        label="What do you tell the graduate?",
        help_text="How many credits it counts for, or what to do next. If you decline, say why.",
        max_length=LONGEST_NOTE,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"max_length": "Shorten this to 1,000 characters."},
    )


@require_safe
def home(request: Request) -> HttpResponse:
    """Every request that may be seen, open ones first."""
    found = credit_queries.requests_for(viewer(request))
    context = {"page": page_of(request, found), "open": found.filter(answer="").count()}
    return render(request, "university/home.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def asked(request: Request, reference: str) -> HttpResponse:
    """One request, and the answer to it."""
    found = credit_queries.get_request_for(viewer(request), reference)
    form = AnswerForm(posted(request))
    if form.is_bound and form.is_valid() and _answered(request, found, form):
        messages.success(request, "Your answer is kept, and the graduate gets a mail with it.")
        return redirect("university:request", reference)
    context = {"asked": found, "rows": _rows(found), "form": form}
    return render(request, "university/request.html", context, status=422 if form.errors else 200)


def _answered(request: Request, found: CreditRequest, form: AnswerForm) -> bool:
    try:
        credits.answer(
            request=found,
            answer=form.cleaned_data["answer"],
            note=form.cleaned_data["note"],
            by=request.user,
            at=request.received_at,
        )
    except Refused as refusal:
        show_refusal(form, refusal)
        return False
    return True


def _rows(found: CreditRequest) -> list[dict[str, Any]]:
    """What the graduate has agreed to show, and nothing else."""
    award = found.award
    pairs = [
        ("Graduate", award.holder_name),
        ("E-mail address", award.outcome.enrolment.user.email),
        ("Award", award.programme_name),
        ("Programme and edition", f"{award.programme_code}, {award.edition}"),
        ("Awarded on", day(award.awarded_on)),
        ("Towards", found.agreement.award_title),
        ("Level", str(found.agreement.level)),
        ("Credits by the agreement", "" if found.statement_credits is None else str(found.statement_credits)),
    ]
    rows = [{"label": label, "value": value} for label, value in pairs if value]
    address = reverse("public:verify_code", args=[award.code])
    return [*rows, {"label": "Code", "value": award.code, "url": address}]


@require_safe
def statement_pdf(request: Request, reference: str) -> HttpResponse:
    """The statement of level that goes with a request."""
    found = credit_queries.get_request_for(viewer(request), reference)
    try:
        pdf = statement.pdf_of(found)
    except Refused as refusal:
        messages.warning(request, refusal.message)
        return redirect("university:request", reference)
    return download(pdf, f"statement-{found.reference}.pdf")
