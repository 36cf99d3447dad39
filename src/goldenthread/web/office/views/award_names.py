"""A wrong name on an award: what its holder asked, and the proposal to issue it again; another person decides."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from goldenthread.awards import certificate, changes, name_documents, reissuing
from goldenthread.awards.models import Award, NameRequest
from goldenthread.awards.queries import get_award_for
from goldenthread.common.refused import Refused
from goldenthread.web.office.forms_names import DeclineNameForm, ReissueForm
from goldenthread.web.office.views.documents import document_file
from goldenthread.web.shared.http import show_refusal, viewer


@require_http_methods(["GET", "HEAD", "POST"])
def reissue(request: Any, reference: str, code: str) -> HttpResponse:
    """Propose that an award is issued again with another name, or decline what its holder asked."""
    award = get_award_for(viewer(request), reference, code)
    if award.revoked_at:
        messages.info(request, f"The award {award.code} was revoked or replaced: it can't be issued again.")
        return redirect("office:person", reference)
    asked = reissuing.request_about(award)
    step = request.POST.get("step", "propose") if request.method == "POST" else ""
    start = {"name": asked.name, "linked": str(int(asked.linked))} if asked else {"name": award.holder_name}
    form = ReissueForm(request.POST if step == "propose" else None, initial=start)
    declining = DeclineNameForm(request.POST if step == "decline" else None)
    done = None
    if step == "propose" and form.is_valid():
        done = _proposed(request, award, form)
    elif step == "decline" and declining.is_valid():
        done = _declined(request, award, asked, declining)
    if done is not None:
        return done
    context = {
        "award": award,
        "person": award.outcome.enrolment.user,
        "own": award.outcome.enrolment.user_id == request.user.pk,
        "asked": asked,
        "opens": {asked.pk} if asked and name_documents.opens(asked, request.user) else set(),
        "form": form,
        "declining": declining,
    }
    return render(request, "office/award_name.html", context, status=422 if step else 200)


def _proposed(request: Any, award: Award, form: ReissueForm) -> HttpResponse | None:
    said = form.cleaned_data
    try:
        change = changes.propose_reissue(
            award=award,
            name=said["name"],
            linked=said["linked"] == "1",
            reason=said["reason"],
            by=request.user,
            at=request.received_at,
        )
    except Refused as refusal:
        show_refusal(form, refusal)
        return None
    messages.success(
        request, "Proposed. A colleague looks at it and decides; the award stays as it is until then."
    )
    lacks = certificate.lacking(change.holder_name)
    if lacks:
        messages.warning(
            request,
            f"The server has no font for {lacks}: install one before a colleague decides, or the new certificate "
            "can't be printed until there is one.",
        )
    return redirect("office:change", change.pk)


def _declined(
    request: Any, award: Award, asked: NameRequest | None, form: DeclineNameForm
) -> HttpResponse | None:
    if asked is None:
        raise Http404("No such request.")
    try:
        reissuing.decline(
            request=asked, reason=form.cleaned_data["reason"], by=request.user, at=request.received_at
        )
    except Refused as refusal:
        show_refusal(form, refusal)
        return None
    messages.success(request, "Declined, and the holder gets a mail with your reason.")
    return redirect("office:person", award.outcome.enrolment.reference)


@require_safe
def name_document(request: Any, number: int) -> HttpResponse:
    """What a holder added to a request, as a file to keep, for who decides it; each opening is on record."""
    found = name_documents.get_request_for(viewer(request), number)
    try:
        data = name_documents.open_it(request=found, by=request.user, at=request.received_at)
    except Refused as refusal:
        messages.error(request, refusal.message)
        if found.change_id:
            return redirect("office:change", found.change_id)
        return redirect("office:reissue", found.award.outcome.enrolment.reference, found.award.code)
    return document_file(data, found.document_name)
