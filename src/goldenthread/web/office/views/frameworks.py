"""Frameworks: their versions, a text that is taken in, what differs, what is due for review."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from goldenthread.catalogue import framework_editing as actions
from goldenthread.catalogue import framework_proposing as proposing
from goldenthread.catalogue.framework_example import ENDINGS
from goldenthread.catalogue.framework_example import example as example_file
from goldenthread.catalogue.framework_import import read_framework
from goldenthread.catalogue.framework_source import KIND, MOST_DOCX
from goldenthread.catalogue.models import Framework, FrameworkProposal, Statement
from goldenthread.common import files
from goldenthread.common.refused import Refused
from goldenthread.learning.unit_queries import kind_of
from goldenthread.web.office import frameworks as shelf
from goldenthread.web.office.access import office_only
from goldenthread.web.office.forms_frameworks import DeclineForm, SourceForm, UploadForm
from goldenthread.web.office.framework_preview import previews
from goldenthread.web.office.units import drafts_for
from goldenthread.web.shared.http import Request, posted, show_refusal, today, viewer
from goldenthread.web.shared.versions import versions


@require_safe
def frameworks(request: Request) -> HttpResponse:
    """Every framework, its versions, and whether it is official."""
    context = {
        "frameworks": shelf.frameworks_for(viewer(request)),
        "broken": len(shelf.broken_for(viewer(request))),
        "proposals": shelf.proposals_open(),
    }
    return render(request, "office/frameworks.html", context)


@require_safe
def broken_links(request: Request) -> HttpResponse:
    """Links that the weekly check found gone, of frameworks and of sources, for repair."""
    return render(request, "office/framework_links.html", {"broken": shelf.broken_for(viewer(request))})


@require_safe
def review_due(request: Request) -> HttpResponse:
    """What is to be reviewed soon or is overdue, and texts of units that wait for a reviewer."""
    context = {
        "due": shelf.due_for(viewer(request), today(request)),
        "drafts": [(kind_of(one.unit), one) for one in drafts_for(viewer(request))],
    }
    return render(request, "office/framework_review.html", context)


# --- one framework ---------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def framework(request: Request, framework_id: int) -> HttpResponse:
    """One version whole; where its official text is published can be changed here."""
    found = shelf.get_framework_for(viewer(request), framework_id)
    initial = {"source_url": found.source_url, "source_date": found.source_date, "licence": found.licence}
    form = SourceForm(posted(request), initial=initial)
    if form.is_bound and form.is_valid():
        said = form.cleaned_data
        actions.set_source(
            framework=found,
            url=said["source_url"],
            published=said["source_date"],
            licence=said["licence"],
            by=request.user,
            at=request.received_at,
        )
        messages.success(request, "The place of the official text is saved.")
        return redirect("office:framework", found.pk)
    context = {
        "framework": found,
        "areas": shelf.areas_of(found),
        "others": shelf.others_of(found),
        "form": form,
        **shelf.way_back(found),
    }
    return render(request, "office/framework.html", context, status=422 if form.is_bound else 200)


@require_safe
def difference(request: Request, framework_id: int, before_id: int) -> HttpResponse:
    """What differs between two versions of one framework."""
    after = shelf.get_framework_for(viewer(request), framework_id)
    same = Framework.objects.select_related("programme").filter(
        programme=after.programme_id, edition=after.edition
    )
    before = get_object_or_404(same, pk=before_id)
    context = {"before": before, "after": after, "changes": shelf.changes(before, after)}
    return render(request, "office/framework_difference.html", context)


@require_POST
def put_back(request: Request, framework_id: int) -> HttpResponse:
    """Propose that the words of an earlier revision come back into force; a second person decides it."""
    found = shelf.get_framework_for(viewer(request), framework_id)
    try:
        made = proposing.propose_back(earlier=found, by=request.user, at=request.received_at)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("office:framework", found.pk)
    messages.success(request, "Proposed. A second person of the office puts it in force.")
    return redirect("office:framework_proposal", made.pk)


# --- a text is taken in ------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: Request) -> HttpResponse:
    """Send a framework's text; nothing is taken in before its report has been seen."""
    office_only(viewer(request))
    choices = [(one.key, one.name) for one in versions().values()]
    form = UploadForm(posted(request), request.FILES or None, choices)
    if request.method == "POST" and form.is_valid():
        ticket = _kept(request, form)
        if ticket:
            return redirect("office:framework_report", ticket)
    return render(
        request, "office/framework_import.html", {"form": form}, status=422 if form.is_bound else 200
    )


@require_safe
def example(request: Request, ending: str) -> HttpResponse:
    """A small text of invented sentences, to try the import with: "txt" or "docx"."""
    office_only(viewer(request))
    if ending not in ENDINGS:
        raise Http404
    response = HttpResponse(example_file(ending), content_type=ENDINGS[ending])
    response["Content-Disposition"] = f'attachment; filename="framework-example.{ending}"'
    return response


def _kept(request: Request, form: UploadForm) -> str:
    """The ticket of a file that can be read as a framework; "" when it is refused."""
    sent, version = form.cleaned_data["file"], form.cleaned_data["version"]
    programme, edition = proposing.version_of(version)
    try:
        read_framework(sent, name=sent.name, programme=programme, edition=edition)
        stored = files.store(sent, kind=KIND, at=request.received_at, size_limit=MOST_DOCX)
    except Refused as refusal:
        show_refusal(form, refusal)
        return ""
    return shelf.ticket_for(stored, sent.name, version, request.user)


@require_http_methods(["GET", "HEAD", "POST"])
def report(request: Request, ticket: str) -> HttpResponse:
    """What a text holds; whoever sent it proposes it to the others of the office."""
    found = shelf.get_upload_for(viewer(request), ticket)
    form = SourceForm(posted(request))
    if form.is_bound and form.is_valid():
        try:
            made = proposing.propose(
                reading=found.reading,
                version=found.version,
                name=found.name,
                file=files.hold(found.file.sha256, at=request.received_at) or found.file,
                said=form.cleaned_data,
                by=request.user,
                at=request.received_at,
            )
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, "Proposed. A second person of the office puts it in force.")
            return redirect("office:framework_proposal", made.pk)
    context = {
        "upload": found,
        "text": found.reading.text,
        "previews": previews(found.reading.text),
        "lost": proposing.areas_lost(found.reading),
        **shelf.beside(found.reading, proposing.in_force_of(found.reading)),
        "form": form,
    }
    return render(request, "office/framework_report.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def proposal(request: Request, proposal_id: int) -> HttpResponse:
    """A proposed text for a second person: what it holds and what would be lost; POST decides it."""
    found = shelf.get_proposal_for(viewer(request), proposal_id)
    form = DeclineForm(request.POST if "decline" in request.POST else None)
    if "accept" in request.POST or form.is_valid():
        try:
            return _decided(request, found, form)
        except Refused as refusal:
            messages.error(request, refusal.message)
            return redirect("office:framework_proposal", found.pk)
    context = {
        "proposal": found,
        **(shelf.to_decide(found) if found.state == "proposed" else {}),
        "own": found.proposed_by_id == request.user.pk,
        "form": form,
    }
    return render(request, "office/framework_proposal.html", context, status=422 if form.is_bound else 200)


def _decided(request: Request, found: FrameworkProposal, form: DeclineForm) -> HttpResponse:
    if form.is_bound:
        reason = form.cleaned_data["reason"]
        proposing.decline(proposal=found, reason=reason, by=request.user, at=request.received_at)
        messages.success(request, "Declined. Nothing of the text was taken in.")
        return redirect("office:frameworks")
    seen = request.POST.get("compared", "")
    framework = proposing.put_in_force(
        proposal=found,
        reading=proposing.reading_of(found),
        compared=int(seen[:18]) if seen.isdecimal() and seen.isascii() else None,
        by=request.user,
        at=request.received_at,
    )
    messages.success(request, f"In force as revision {framework.revision}.")
    return redirect("office:framework", framework.pk)


# --- the same elsewhere -------------------------------------------------------------------------------------
@require_safe
def same(request: Request, framework_id: int, against_id: int = 0) -> HttpResponse:
    """Statements that stand in another framework too, for a person to confirm."""
    found = shelf.get_framework_for(viewer(request), framework_id)
    against = shelf.get_framework_for(viewer(request), against_id) if against_id else None
    lines = shelf.frameworks_for(viewer(request))
    choices = [line.framework for line in lines if line.in_force and line.framework.pk != found.pk]
    context = {
        "framework": found,
        "against": against,
        "proposals": shelf.proposals(found, against),
        "choices": choices,
    }
    return render(request, "office/framework_same.html", context)


@require_POST
def same_confirm(request: Request, framework_id: int) -> HttpResponse:
    """Confirm the links that are ticked: each value is "one:other:kind"."""
    found = shelf.get_framework_for(viewer(request), framework_id)
    wanted = [_pair(value) for value in request.POST.getlist("pair")[:400]]
    known = Statement.objects.in_bulk({pk for one, other, _ in wanted for pk in (one, other)})
    if any(pk not in known for one, other, _ in wanted for pk in (one, other)):
        raise Http404
    pairs = [(known[one], known[other], kind) for one, other, kind in wanted]
    number = actions.confirm_matches(pairs=pairs, by=request.user, at=request.received_at)
    messages.success(request, f"{number} link{'' if number == 1 else 's'} confirmed.")
    against = request.POST.get("against", "")
    if against.isdecimal() and len(against) < 10:
        return redirect("office:framework_same_as", found.pk, int(against))
    return redirect("office:framework_same", found.pk)


def _pair(value: str) -> tuple[int, int, Any]:
    parts = value.split(":")
    if len(parts) != 3 or not all(part.isdecimal() and len(part) < 19 for part in parts[:2]):
        raise Http404
    if parts[2] not in {"same", "near"}:
        raise Http404
    return int(parts[0]), int(parts[1]), parts[2]
