"""One statement and what hangs on it, and the sources of them all."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from goldenthread.catalogue import framework_editing as actions
from goldenthread.catalogue.framework_rules import source_warning
from goldenthread.catalogue.models import Evidence, EvidenceUse, Statement, StatementLink
from goldenthread.common.refused import Refused
from goldenthread.web.office import frameworks as shelf
from goldenthread.web.office.access import office_only
from goldenthread.web.office.forms_frameworks import (
    AttachAreaForm,
    AttachForm,
    EvidenceForm,
    EvidenceLinkForm,
    LinkForm,
    SourcesFilter,
    StatementForm,
    VariantForm,
)
from goldenthread.web.shared.http import (
    Request,
    new_form_key,
    page_of,
    posted,
    renew_form_key,
    show_refusal,
    viewer,
)


@require_safe
def statement(request: Request, statement_id: int) -> HttpResponse:
    """One statement whole."""
    return _page(request, shelf.get_statement_for(viewer(request), statement_id))


def _page(request: Request, found: Statement, **sent: Any) -> HttpResponse:
    """The page of a statement; a form that was refused stands in `sent` under the name of its place."""
    uses = shelf.uses_of(found)
    context = {
        "statement": found,
        "framework": found.area.framework,
        "uses": uses,
        "warning": source_warning(found.kind, [use.evidence.kind for use in uses]),
        "variants": shelf.variants_of(found),
        "links": [
            (link, link.other if link.one_id == found.pk else link.one) for link in shelf.links_of(found)
        ],
        "edit": _edit_form(found),
        "attach": AttachForm(),
        "variant": VariantForm(prefix="variant"),
        "link": LinkForm(prefix="link"),
        **sent,
    }
    return render(request, "office/framework_statement.html", context, status=422 if sent else 200)


def _edit_form(found: Statement, data: Any = None) -> StatementForm:
    initial = {
        "text": found.text,
        "highlighted": found.highlighted,
        "review_by": found.review_by,
        "revision": found.revision,
    }
    return StatementForm(data, wording=found.summary, initial=initial)


def _done(request: Request, found: Statement, said: str) -> HttpResponse:
    messages.success(request, said)
    return redirect("office:framework_statement", found.pk)


@require_POST
def statement_edit(request: Request, statement_id: int) -> HttpResponse:
    """Our own wording, the highlight, the day of review."""
    found = shelf.get_statement_for(viewer(request), statement_id)
    form = _edit_form(found, request.POST)
    if form.is_valid():
        said = form.cleaned_data
        try:
            actions.edit_statement(
                statement=found,
                text=said.get("text"),
                highlighted=said["highlighted"],
                review_by=said["review_by"],
                revision=said["revision"],
                by=request.user,
                at=request.received_at,
            )
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            return _done(request, found, "Saved.")
    return _page(request, found, edit=form)


@require_POST
def statement_attach(request: Request, statement_id: int) -> HttpResponse:
    """A source supports the statement."""
    found = shelf.get_statement_for(viewer(request), statement_id)
    form = AttachForm(request.POST)
    if form.is_valid():
        evidence = form.cleaned_data["evidence"]
        actions.attach_evidence(evidence=evidence, statement=found, by=request.user, at=request.received_at)
        return _done(request, found, "The source is attached.")
    return _page(request, found, attach=form)


@require_POST
def statement_variant(request: Request, statement_id: int) -> HttpResponse:
    """A variant of the statement, or a further version of one."""
    found = shelf.get_statement_for(viewer(request), statement_id)
    form = VariantForm(request.POST, prefix="variant")
    if form.is_valid():
        try:
            made = actions.add_variant(
                statement=found, said=form.cleaned_data, by=request.user, at=request.received_at
            )
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            return _done(
                request, found, f"Version {made.version} of the {shelf.variant_name(made)} is saved."
            )
    return _page(request, found, variant=form)


@require_POST
def statement_link(request: Request, statement_id: int) -> HttpResponse:
    """Another statement is linked with this one."""
    found = shelf.get_statement_for(viewer(request), statement_id)
    form = LinkForm(request.POST, prefix="link")
    if form.is_valid():
        other = Statement.objects.filter(code__iexact=form.cleaned_data["code"].strip()).first()
        try:
            if other is None:
                raise Refused("There is no statement with this code.", code="link.code", field="code")
            actions.link_statements(
                one=found,
                other=other,
                kind=form.cleaned_data["kind"],
                by=request.user,
                at=request.received_at,
            )
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            return _done(request, found, f"Linked with {other.code}.")
    return _page(request, found, link=form)


@require_POST
def link_end(request: Request, link_id: int) -> HttpResponse:
    """Take a link away."""
    office_only(viewer(request))
    link = get_object_or_404(StatementLink.objects.select_related("one", "other"), pk=link_id)
    back = link.other_id if request.POST.get("from") == str(link.other_id) else link.one_id
    actions.unlink_statements(link=link, by=request.user, at=request.received_at)
    messages.success(request, "The link is taken away.")
    return redirect("office:framework_statement", back)


# --- sources -------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def evidence(request: Request) -> HttpResponse:
    """Every source with what it supports; a new one is entered here."""
    office_only(viewer(request))
    areas = shelf.area_choices()
    form = EvidenceForm(posted(request), areas, initial={"form_key": new_form_key()})
    if form.is_bound and form.is_valid():
        try:
            made = _entered(request, form)
        except Refused as refusal:
            show_refusal(form, refusal)
            renew_form_key(form, refusal)
        else:
            messages.success(request, f"“{made.title}” is entered.")
            return redirect("office:evidence")
    choice = SourcesFilter(request.GET)
    said = choice.cleaned_data if choice.is_valid() else {}
    found = shelf.sources_for(
        viewer(request), country=said.get("country", ""), broken=said.get("broken", False)
    )
    context = {
        "form": form,
        "filter": choice,
        "filtered": any(said.values()),
        "page": page_of(request, found),
        "areas": dict(areas),
    }
    return render(request, "office/evidence.html", context, status=422 if form.is_bound else 200)


def _entered(request: Request, form: EvidenceForm) -> Evidence:
    said = dict(form.cleaned_data)
    area, form_key = said.pop("area"), said.pop("form_key")
    made = actions.add_evidence(said=said, form_key=form_key, by=request.user, at=request.received_at)
    if area:
        actions.attach_evidence(evidence=made, area_key=area, by=request.user, at=request.received_at)
    return made


@require_http_methods(["GET", "HEAD", "POST"])
def evidence_areas(request: Request, evidence_id: int) -> HttpResponse:
    """One source: its link, and what it supports; areas are added and taken away here."""
    office_only(viewer(request))
    found = get_object_or_404(Evidence, pk=evidence_id)
    areas = shelf.area_choices()
    form = AttachAreaForm(posted(request), areas)
    if form.is_bound and form.is_valid():
        actions.attach_evidence(
            evidence=found, area_key=form.cleaned_data["area"], by=request.user, at=request.received_at
        )
        messages.success(request, "The area is added.")
        return redirect("office:evidence_areas", found.pk)
    return _evidence_page(request, found, form, EvidenceLinkForm(initial={"link": found.link}))


def _evidence_page(
    request: Request, found: Evidence, form: AttachAreaForm, link: EvidenceLinkForm
) -> HttpResponse:
    uses = found.uses.select_related("statement__area").order_by("area_key", "pk")
    context = {
        "evidence": found,
        "uses": uses,
        "names": dict(shelf.area_choices()),
        "form": form,
        "link": link,
    }
    refused = form.is_bound or link.is_bound
    return render(request, "office/evidence_areas.html", context, status=422 if refused else 200)


@require_POST
def evidence_link(request: Request, evidence_id: int) -> HttpResponse:
    """Where a source can be read: a new link, or none."""
    office_only(viewer(request))
    found = get_object_or_404(Evidence, pk=evidence_id)
    link = EvidenceLinkForm(request.POST)
    if not link.is_valid():
        return _evidence_page(request, found, AttachAreaForm(None, shelf.area_choices()), link)
    row = actions.set_link(
        evidence=found, link=link.cleaned_data["link"], by=request.user, at=request.received_at
    )
    later = " Visitors see it once a check has found that it answers." if row.link_fault else ""
    messages.success(request, f"The link is saved.{later}")
    return redirect("office:evidence_areas", found.pk)


@require_POST
def evidence_detach(request: Request, use_id: int) -> HttpResponse:
    """A source supports something no longer."""
    office_only(viewer(request))
    use = get_object_or_404(EvidenceUse.objects.select_related("evidence", "statement"), pk=use_id)
    actions.detach_evidence(use=use, by=request.user, at=request.received_at)
    messages.success(request, "Taken away.")
    if use.statement_id and request.POST.get("from") == "statement":
        return redirect("office:framework_statement", use.statement_id)
    return redirect("office:evidence_areas", use.evidence_id)
