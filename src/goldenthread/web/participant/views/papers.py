"""What goes with an award: the transcript, the Open Badge, and credit at a university (S1-08, S1-37, S3-33)."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from goldenthread.awards import badges, credit_queries, credit_rules, credits, statement, transcript
from goldenthread.awards.models import Award, CreditAgreement
from goldenthread.awards.queries import award_of
from goldenthread.common import clock
from goldenthread.common.refused import Refused
from goldenthread.web.participant.current import Mine, with_enrolment
from goldenthread.web.shared.award_papers import badge_file, download
from goldenthread.web.shared.http import posted, show_refusal


def _back(name: str, mine: Mine) -> HttpResponse:
    return redirect(f"{reverse(name)}?enrolment={mine.enrolment.reference}")


def _award(mine: Mine) -> Award:
    found = award_of(mine.enrolment)
    if found is None:
        raise Http404("No award.")
    return found


# --- transcript --------------------------------------------------------------------------------------------
@require_safe
@with_enrolment
def my_transcript(request: Any, mine: Mine) -> HttpResponse:
    """Hours, areas, events and assessment, for the holder's own eyes until they hand it on."""
    found = transcript.transcript_of(mine.enrolment, at=request.received_at)
    context = {"mine": mine, "found": found, "about": transcript.award_rows(found)}
    return render(request, "participant/transcript.html", context)


@require_safe
@with_enrolment
def my_transcript_pdf(request: Any, mine: Mine) -> HttpResponse:
    """The transcript as a download."""
    try:
        pdf = transcript.pdf_of(transcript.transcript_of(mine.enrolment, at=request.received_at))
    except Refused as refusal:
        messages.warning(request, refusal.message)
        return _back("participant:transcript", mine)
    return download(pdf, f"transcript-{mine.enrolment.reference}.pdf")


# --- badge ---------------------------------------------------------------------------------------------------
@require_safe
@with_enrolment
def badge(request: Any, mine: Mine, ending: str) -> HttpResponse:
    """The Open Badge as a file, signed now: "json", or "png" and "svg" with the badge in the picture."""
    award = _award(mine)
    if ending not in ("json", "png", "svg"):
        raise Http404
    try:
        document = badges.signed_badge(award=award, at=request.received_at)
    except Refused as refusal:
        messages.warning(request, refusal.message)
        return _back("participant:award", mine)
    return badge_file(document, award, ending, specimen=settings.DEMONSTRATION)


@require_POST
@with_enrolment
def badge_show(request: Any, mine: Mine) -> HttpResponse:
    """Let whoever verifies the code download the badge too, or no longer."""
    shown = request.POST.get("shown") == "yes"
    badges.show(award=_award(mine), shown=shown, by=request.user, at=request.received_at)
    said = (
        "Whoever verifies your code can download the badge now."
        if shown
        else "The badge is yours alone again; copies that were downloaded stay with whoever has them."
    )
    messages.success(request, said)
    return _back("participant:award", mine)


# --- credit ----------------------------------------------------------------------------------------------------
class AskForm(forms.Form):
    """The consent, and which text it is to."""

    agrees = forms.BooleanField(label="I agree to this", required=False)
    text = forms.CharField(widget=forms.HiddenInput, max_length=64)
    agreement = forms.IntegerField(widget=forms.HiddenInput)


@require_http_methods(["GET", "HEAD", "POST"])
@with_enrolment
def credit(request: Any, mine: Mine) -> HttpResponse:
    """Credit at a university: what may be asked, with the consent word for word; what was asked, and the answer."""
    agreements = credit_queries.agreements_of(mine.enrolment, on=clock.day_of(request.received_at))
    award = award_of(mine.enrolment)
    form = AskForm(posted(request))
    if request.method == "POST" and form.is_valid() and _asked(request, mine, form, agreements):
        return _back("participant:credit", mine)
    made = credit_queries.requests_of(mine.enrolment)
    asked = {one.agreement_id for one in made if one.withdrawn_at is None}
    context = {
        "mine": mine,
        "award": award,
        "requests": [(one, statement.rows_of(one)) for one in made],
        "offers": [_offer(one, award, form) for one in agreements if award and one.pk not in asked],
        "agreements": agreements,
        "errors": form.errors,
    }
    return render(request, "participant/credit.html", context, status=422 if form.errors else 200)


def _offer(agreement: CreditAgreement, award: Award, sent: AskForm) -> dict[str, Any]:
    """One agreement with the consent that goes with it, and the form that was sent for it."""
    consent = credits.consent_of(agreement, award)
    form = sent if sent.is_bound and sent.data.get("agreement") == str(agreement.pk) else AskForm()
    return {
        "agreement": agreement,
        "consent": consent,
        "form": form,
        "text": credit_rules.digest(consent),
    }


def _asked(request: Any, mine: Mine, form: AskForm, agreements: list[CreditAgreement]) -> bool:
    wanted = form.cleaned_data["agreement"]
    agreement = next((one for one in agreements if one.pk == wanted), None)
    if agreement is None:
        raise Http404("No such agreement.")
    try:
        credits.ask(
            enrolment=mine.enrolment,
            agreement=agreement,
            agrees=form.cleaned_data["agrees"],
            text=form.cleaned_data["text"],
            by=request.user,
            at=request.received_at,
        )
    except Refused as refusal:
        show_refusal(form, refusal)
        return False
    messages.success(
        request,
        f"{agreement.university.name} sees your request now. Its answer stands here and comes by mail.",
    )
    return True


@require_POST
@with_enrolment
def credit_withdraw(request: Any, mine: Mine, reference: str) -> HttpResponse:
    """Take the consent back."""
    found = credit_queries.get_own_request(mine.enrolment, reference)
    credits.withdraw(request=found, by=request.user, at=request.received_at)
    messages.success(request, f"{found.agreement.university.name} sees nothing of your request any more.")
    return _back("participant:credit", mine)


@require_POST
@with_enrolment
def credit_renew(request: Any, mine: Mine, reference: str) -> HttpResponse:
    """Have the statement issued with the number of credits that is known by now."""
    found = credit_queries.get_own_request(mine.enrolment, reference)
    try:
        credits.renew_statement(request=found, by=request.user, at=request.received_at)
        messages.success(request, "The statement is issued anew.")
    except Refused as refusal:
        messages.warning(request, refusal.message)
    return _back("participant:credit", mine)


@require_safe
@with_enrolment
def credit_statement(request: Any, mine: Mine, reference: str) -> HttpResponse:
    """The statement of level as a download."""
    found = credit_queries.get_own_request(mine.enrolment, reference)
    try:
        pdf = statement.pdf_of(found)
    except Refused as refusal:
        messages.warning(request, refusal.message)
        return _back("participant:credit", mine)
    return download(pdf, f"statement-{found.reference}.pdf")
