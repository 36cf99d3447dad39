"""Study units: a version's modules and tasks, further texts for them, their review, and tags by area of need."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from goldenthread.catalogue.queries import get_version
from goldenthread.common.refused import Refused
from goldenthread.learning import unit_editing as actions
from goldenthread.learning.models import FormativeTask, UnitText
from goldenthread.learning.unit_queries import Unit, first_parts, kind_of
from goldenthread.learning.unit_rules import parts_of
from goldenthread.web.office import units as shelf
from goldenthread.web.office.access import office_only
from goldenthread.web.office.forms_units import (
    NeedFilter,
    NeedsForm,
    RevisionForm,
    UnitTextForm,
    form_for_draft,
    form_for_new,
)
from goldenthread.web.shared.http import Request, posted, show_refusal, today, viewer
from goldenthread.web.shared.versions import name_of


@require_safe
def units(request: Request, key: str) -> HttpResponse:
    """The modules and tasks of a version, with what there is besides their first texts."""
    office_only(viewer(request))
    version = get_version(key)
    form = NeedFilter(request.GET)
    need = form.chosen()
    context = {
        "version": version,
        "name": name_of(version),
        "filter": form,
        "filtered": bool(need),
        "lines": shelf.units_of(version, need=need),
    }
    return render(request, "office/units.html", context)


@require_safe
def needs(request: Request) -> HttpResponse:
    """The four areas of need, and the tasks that are tagged with each."""
    return render(request, "office/needs.html", {"needs": shelf.needs_for(viewer(request))})


@require_safe
def unit(request: Request, kind: str, unit_id: int) -> HttpResponse:
    """One unit with every text: for everybody, by context and locality, examples by phase."""
    found = shelf.get_unit_for(viewer(request), kind, unit_id)
    return _page(request, found)


def _page(request: Request, found: Unit, **sent: Any) -> HttpResponse:
    texts = shelf.versions_of(found, on=today(request))
    titles = parts_of(kind_of(found), "")
    first = first_parts(found)
    core = any(not (one.text.context or one.text.phase) for one in texts)
    in_effect = any(one.kind == "done" and not (one.text.context or one.text.phase) for one in texts)
    context = {
        "unit": found,
        "kind": kind_of(found),
        "name": name_of(found.version),
        "texts": texts,
        "first": [(title, first[key]) for key, title in titles.items()],
        "core": core,
        "first_in_effect": not in_effect,
        "tags": NeedsForm(initial={"needs": found.needs.split()})
        if isinstance(found, FormativeTask)
        else None,
        **sent,
    }
    return render(request, "office/unit.html", context, status=422 if sent else 200)


@require_POST
def unit_tags(request: Request, kind: str, unit_id: int) -> HttpResponse:
    """Tag a task with areas of need."""
    found = shelf.get_unit_for(viewer(request), kind, unit_id)
    if not isinstance(found, FormativeTask):
        raise Http404
    form = NeedsForm(request.POST)
    if not form.is_valid():
        return _page(request, found, tags=form)
    actions.tag_task(task=found, chosen=form.cleaned_data["needs"], by=request.user, at=request.received_at)
    messages.success(request, "The areas of need are saved.")
    return redirect("office:unit", kind, unit_id)


# --- writing ---------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def unit_write(request: Request, kind: str, unit_id: int) -> HttpResponse:
    """Begin a further text: `?from=12` after that one, `?from=first` after the first, else for new readers, with
    `?as=example` for a phase.
    """
    found = shelf.get_unit_for(viewer(request), kind, unit_id)
    start = request.GET.get("from", "")[:12]
    before = shelf.get_text_for(viewer(request), kind, unit_id, int(start)) if start.isdecimal() else None
    form = form_for_new(
        found,
        posted(request),
        before=before,
        core=start == "first",
        example=request.GET.get("as") == "example",
    )
    if form.is_bound and form.is_valid():
        try:
            made = actions.start_draft(unit=found, said=form.said(), by=request.user, at=request.received_at)
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, "The draft is saved. Somebody else reviews and publishes it.")
            return redirect("office:unit_text", kind, unit_id, made.pk)
    return _form_page(request, found, form, text=None, before=before)


def _form_page(
    request: Request,
    found: Unit,
    form: UnitTextForm,
    *,
    text: UnitText | None,
    before: UnitText | None = None,
    saved: dict[str, str] | None = None,
) -> HttpResponse:
    context = {
        "unit": found,
        "kind": kind_of(found),
        "name": name_of(found.version),
        "form": form,
        "text": text,
        "before": before,
        "saved": [(form.parts[key], words) for key, words in (saved or {}).items()],
        "own": text is not None and text.written_by_id == request.user.pk,
        "seen": RevisionForm(initial={"revision": text.revision}) if text else None,
        "sections": [(title, text.parts.get(key, "")) for key, title in form.parts.items()] if text else [],
    }
    return render(request, "office/unit_text.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def unit_text(request: Request, kind: str, unit_id: int, text_id: int) -> HttpResponse:
    """One text: a draft can be read, changed, published by somebody else, or discarded."""
    text = shelf.get_text_for(viewer(request), kind, unit_id, text_id)
    form, saved = form_for_draft(text, posted(request)), {}
    if form.is_bound and form.is_valid():
        try:
            actions.save_draft(
                text=text,
                said=form.said(),
                revision=form.cleaned_data["revision"],
                by=request.user,
                at=request.received_at,
            )
        except actions.Stale as refusal:
            show_refusal(form, refusal)
            form.data = {**dict(form.data.items()), "revision": str(refusal.revision)}
            saved = refusal.texts
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, "The draft is saved.")
            return redirect("office:unit_text", kind, unit_id, text_id)
    return _form_page(request, text.unit, form, text=text, saved=saved)


@require_POST
def unit_publish(request: Request, kind: str, unit_id: int, text_id: int) -> HttpResponse:
    """Publish a draft that somebody else has written."""
    text = shelf.get_text_for(viewer(request), kind, unit_id, text_id)
    seen = RevisionForm(request.POST)
    try:
        done = actions.publish_text(
            text=text,
            revision=seen.cleaned_data["revision"] if seen.is_valid() else 0,
            by=request.user,
            at=request.received_at,
        )
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("office:unit_text", kind, unit_id, text_id)
    messages.success(request, f"Published: {done.name}. Participants see it from its day on.")
    return redirect("office:unit", kind, unit_id)


@require_POST
def unit_discard(request: Request, kind: str, unit_id: int, text_id: int) -> HttpResponse:
    """Drop a draft; one that is gone already is dropped."""
    found = shelf.get_unit_for(viewer(request), kind, unit_id)
    text = found.texts.select_related("module", "task").filter(pk=text_id).first()
    try:
        if text is not None:
            actions.discard_draft(text=text, by=request.user, at=request.received_at)
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, "The draft is discarded.")
    return redirect("office:unit", kind, unit_id)
