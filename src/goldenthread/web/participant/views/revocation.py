"""The participant's appeal against the revocation of their award: make it, see where it stands, withdraw it."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from goldenthread.appeals import revocations
from goldenthread.appeals.models import RevocationAppeal
from goldenthread.awards.models import Award
from goldenthread.common.refused import Refused
from goldenthread.web.participant.current import Mine, with_enrolment
from goldenthread.web.participant.forms_afterwards import RevocationAppealForm
from goldenthread.web.shared.http import new_form_key, posted, show_refusal


def _back(mine: Mine) -> HttpResponse:
    return redirect(f"{reverse('participant:revocation_appeal')}?enrolment={mine.enrolment.reference}")


@require_http_methods(["GET", "HEAD", "POST"])
@with_enrolment
def revocation_appeal(request: Any, mine: Mine) -> HttpResponse:
    """Appeal against the revocation of one's own award, or see what became of an appeal."""
    award, known = revocations.revoked_for(mine.enrolment), revocations.last_of(mine.enrolment)
    if request.method == "POST" and request.POST.get("step") == "withdraw":
        return _withdrawn(request, mine, known)
    if known is not None and (award is None or known.revoked_at == award.revoked_at):
        return render(request, "participant/revocation_appeal.html", {"mine": mine, "appeal": known})
    form = RevocationAppealForm(posted(request), initial={"form_key": new_form_key()})
    context: dict[str, Any] = {"mine": mine, "award": award, "form": form, "zone": settings.TIME_ZONE}
    context |= {"until": None, "refusal": None}
    if award is not None:
        if request.method == "POST" and form.is_valid() and _lodged(request, award, form):
            return _back(mine)
        try:
            context["until"] = revocations.check_can_appeal(award, at=request.received_at)
        except Refused as refusal:
            context["refusal"] = refusal
    return render(
        request, "participant/revocation_appeal_new.html", context, status=422 if form.errors else 200
    )


def _lodged(request: Any, award: Award, form: RevocationAppealForm) -> bool:
    said = form.cleaned_data
    try:
        revocations.lodge(
            award=award,
            statement=said["statement"],
            form_key=str(said["form_key"]),
            by=request.user,
            at=request.received_at,
        )
    except Refused as refusal:
        show_refusal(form, refusal)
        return False
    messages.success(request, "Your appeal has come. A mail says so, and this page says where it stands.")
    return True


def _withdrawn(request: Any, mine: Mine, known: RevocationAppeal | None) -> HttpResponse:
    if known is None:
        raise Http404("No appeal.")
    try:
        revocations.withdraw(appeal=known, by=request.user, at=request.received_at)
        messages.success(request, "The appeal is withdrawn. Your award stays revoked.")
    except Refused as refusal:
        messages.error(request, refusal.message)
    return _back(mine)
