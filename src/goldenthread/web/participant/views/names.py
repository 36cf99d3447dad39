"""The name that the participant's award bears: confirmed before there is one, put right afterwards."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from goldenthread.applications.models import HAD_AWARD
from goldenthread.awards import certificate, name_documents, naming, reissuing
from goldenthread.awards.models import Award, NameRequest
from goldenthread.awards.queries import award_of
from goldenthread.common.evidence_types import ACCEPTED
from goldenthread.common.refused import Refused
from goldenthread.web.participant.current import Mine, with_enrolment
from goldenthread.web.participant.forms_names import NameForm, NameRequestForm
from goldenthread.web.participant.views.result import no_award
from goldenthread.web.shared.http import new_form_key, posted, show_refusal

# A name that can't be printed yet is kept as it is: whoever bears it decides how it is spelt, not our fonts.
NO_FONT = (
    "Our server has no font yet for {signs}, so that a certificate with this name can't be printed for now. The "
    "programme office sees that and puts a font there. You need do nothing, or spell the name in other letters."
)


def _back(name: str, mine: Mine) -> HttpResponse:
    return redirect(f"{reverse(name)}?enrolment={mine.enrolment.reference}")


@require_http_methods(["GET", "HEAD", "POST"])
@with_enrolment
def certificate_name(request: Any, mine: Mine) -> HttpResponse:
    """Confirm how the certificate spells one's name, or change that, until the award is issued."""
    confirmed = vars(mine.enrolment).get("confirmed_name")
    form = NameForm(posted(request), initial={"name": confirmed or mine.enrolment.user.name})
    if request.method == "POST" and form.is_valid():
        try:
            kept = naming.confirm(
                enrolment=mine.enrolment,
                name=form.cleaned_data["name"],
                by=request.user,
                at=request.received_at,
            )
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            if kept.lacks:
                messages.warning(request, f"Kept. {NO_FONT.format(signs=kept.lacks)}")
            else:
                messages.success(request, "Kept. Your certificate will spell your name like this.")
            return _back("participant:certificate_name", mine)
    lacks = naming.lacks_of(mine.enrolment)
    context = {
        "mine": mine,
        "confirmed": confirmed,
        "no_font": NO_FONT.format(signs=lacks) if lacks else "",
        "form": form,
        "issued": mine.enrolment.stage in HAD_AWARD,
    }
    return render(request, "participant/certificate_name.html", context, status=422 if form.errors else 200)


def name_to_confirm(mine: Mine, *, ahead: bool) -> dict[str, Any] | None:
    """What home and assessment say of the name on the certificate while a release lies `ahead`; None when nothing is to
    be said. No query.
    """
    enrolment = mine.enrolment
    if not ahead or enrolment.withdrawn_at is not None or enrolment.stage in HAD_AWARD:
        return None
    confirmed = vars(enrolment).get("confirmed_name")
    return {"confirmed": bool(confirmed), "name": confirmed or enrolment.user.name}


@require_http_methods(["GET", "HEAD", "POST"])
@with_enrolment
def award_name(request: Any, mine: Mine) -> HttpResponse:
    """Ask that the award is issued again with another name, see where a request stands, or withdraw it."""
    award = award_of(mine.enrolment)
    if award is None:
        return no_award(request, mine)
    asked = reissuing.requests_of(award)
    if request.method == "POST" and request.POST.get("step") == "withdraw":
        return _withdrawn(request, mine, asked)
    initial = {"name": award.holder_name, "linked": "1", "form_key": new_form_key()}
    form = NameRequestForm(posted(request), request.FILES or None, initial=initial)
    if not name_documents.taken():
        del form.fields["document"]
    if request.method == "POST" and form.is_valid() and _asked(request, award, form):
        return _back("participant:award_name", mine)
    context = {
        "mine": mine,
        "award": award,
        "asked": asked,
        "open": any(one.state in reissuing.OPEN for one in asked),
        "form": form,
        "accepted": ",".join(ACCEPTED),
        "limit": filesizeformat(settings.UPLOAD_LIMIT_BYTES),
    }
    return render(request, "participant/award_name.html", context, status=422 if form.errors else 200)


def _asked(request: Any, award: Award, form: NameRequestForm) -> bool:
    said = form.cleaned_data
    try:
        sent = said.get("document")
        document = name_documents.store(sent, name=sent.name, at=request.received_at) if sent else None
        reissuing.ask(
            award=award,
            name=said["name"],
            wrong=said["wrong"],
            evidence=said["evidence"],
            linked=said["linked"] == "1",
            form_key=str(said["form_key"]),
            document=document,
            by=request.user,
            at=request.received_at,
        )
    except Refused as refusal:
        show_refusal(form, refusal)
        return False
    messages.success(
        request, "The programme office has your request. Two people look at it, and you get a mail."
    )
    lacks = certificate.lacking(said["name"])
    if lacks:
        messages.warning(request, NO_FONT.format(signs=lacks))
    return True


def _withdrawn(request: Any, mine: Mine, asked: list[NameRequest]) -> HttpResponse:
    found = next((one for one in asked if str(one.pk) == request.POST.get("request")), None)
    if found is None:
        raise Http404("No such request.")
    try:
        reissuing.withdraw(request=found, by=request.user, at=request.received_at)
        messages.success(request, "Your request is withdrawn. The name on your award stays as it is.")
    except Refused as refusal:
        messages.error(request, refusal.message)
    return _back("participant:award_name", mine)
