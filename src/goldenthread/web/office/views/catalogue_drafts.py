"""The version editor: start or import a draft, write it part by part or as a file, check, publish, discard."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from goldenthread.catalogue import drafting, guided, publishing
from goldenthread.catalogue.models import VersionDraft
from goldenthread.catalogue.queries import get_version
from goldenthread.common.refused import Refused
from goldenthread.web.office import comparing, workshop
from goldenthread.web.office import forms_catalogue as forms
from goldenthread.web.office.access import office_only
from goldenthread.web.office.forms_policies import AttemptsForm, PoliciesForm
from goldenthread.web.shared.http import Request, posted, show_refusal, viewer
from goldenthread.web.shared.versions import name_of, versions

FORMS: dict[str, Any] = {
    "identity": forms.IdentityForm,
    "texts": forms.TextsForm,
    "audience": forms.AudienceForm,
    "fee": forms.FeeForm,
    "policies": PoliciesForm,
    "attempts": AttemptsForm,
}
FIGURES = {"hours": guided.hour_figures, "dates": guided.date_figures}


# --- starting ----------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def draft_new(request: Request) -> HttpResponse:
    """Start a draft from a version or from nothing."""
    office_only(viewer(request))
    form = forms.StartForm(
        posted(request), versions().values(), initial={"based_on": request.GET.get("from", "")[:60]}
    )
    if form.is_bound and form.is_valid():
        data = form.cleaned_data
        try:
            draft = drafting.start(
                based_on=forms.version_or_none(data["based_on"]),
                key=data["key"],
                as_revision=data["kind"] == "revision",
                by=request.user,
                at=request.received_at,
            )
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, "The draft is there. Nobody outside the office sees it.")
            return redirect("office:draft", draft.pk)
    return render(
        request, "office/catalogue_draft_new.html", {"form": form}, status=422 if form.is_bound else 200
    )


@require_http_methods(["GET", "HEAD", "POST"])
def draft_import(request: Request) -> HttpResponse:
    """Hand in a file: first a report of what it would be, then a draft of it."""
    office_only(viewer(request))
    form = forms.ImportForm(posted(request), request.FILES or None)
    context: dict[str, Any] = {"form": form}
    if form.is_bound and form.is_valid():
        text = form.cleaned_data["text"]
        if "take" in request.POST:
            try:
                draft = drafting.take_in(text=text, by=request.user, at=request.received_at)
            except Refused as refusal:
                show_refusal(form, refusal)
            else:
                messages.success(request, "The file is a draft now. It is not published.")
                return redirect("office:draft", draft.pk)
        else:
            context |= comparing.dry_run(text)
    bad = form.is_bound and not form.is_valid()
    return render(request, "office/catalogue_import.html", context, status=422 if bad else 200)


# --- one draft ---------------------------------------------------------------------------------------
@require_safe
def draft(request: Request, draft_id: int) -> HttpResponse:
    """Where a draft stands, what a check of it finds, and the next step."""
    found = workshop.get_draft_for(viewer(request), draft_id)
    page = workshop.draft_page(found)
    following = workshop.next_words(found, request.user.pk, page.findings)
    context = {
        "page": page,
        "tabs": workshop.tabs_of(found, ""),
        "next": following,
        "card": workshop.publish_card(page) if following == "publish" else None,
        "published": name_of(found.published_as) if found.published_as else "",
        "based_on": name_of(found.based_on) if found.based_on else "",
    }
    return render(request, "office/catalogue_draft.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def draft_text(request: Request, draft_id: int) -> HttpResponse:
    """The whole file as text; what is saved may have problems, which are listed."""
    found = workshop.get_draft_for(viewer(request), draft_id)
    form = forms.TextForm(posted(request), initial={"text": found.text, "seen": found.revision})
    if form.is_bound and form.is_valid():
        saved = _saved(request, form, drafting.save_text, draft=found, **form.cleaned_data)
        if saved:
            return redirect("office:draft", found.pk)
    context = {
        "draft": found,
        "form": form,
        "tabs": workshop.tabs_of(found, "text"),
        "page": workshop.draft_page(found),
    }
    return render(request, "office/catalogue_draft_text.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def draft_part(request: Request, draft_id: int, part: str) -> HttpResponse:
    """One of the guided forms."""
    found = workshop.get_draft_for(viewer(request), draft_id)
    if part not in guided.PARTS:
        raise Http404
    data = drafting.data_of(found)
    of_projects = part == "attempts" and data is not None and not guided.has_case_study(data)
    form = None if data is None or of_projects else _form_of(part, posted(request), data, found.revision)
    if form is not None and form.is_bound and form.is_valid():
        values = form.values() if hasattr(form, "values") else form.cleaned_data
        said = {"part": part, "values": values, "seen": form.cleaned_data["seen"]}
        if _saved(request, form, drafting.save_part, draft=found, **said):
            return redirect("office:draft", found.pk)
    context = {
        "draft": found,
        "part": part,
        "title": guided.PARTS[part],
        "form": form,
        "of_projects": of_projects,
        "fees": comparing.fees_of(data) if part == "fee" and data else [],
        "tabs": workshop.tabs_of(found, part),
    }
    bad = form is not None and form.is_bound
    return render(request, "office/catalogue_draft_part.html", context, status=422 if bad else 200)


def _form_of(part: str, data: Any, document: dict[str, Any], revision: int) -> Any:
    start = {"seen": revision}
    if part in FIGURES:
        return forms.FiguresForm(data, figures=FIGURES[part](document), initial=start)
    known = {"known": versions().values()} if part == "identity" else {}
    return FORMS[part](data, initial={**guided.read_part(document, part), **start}, **known)


def _saved(request: Request, form: Any, action: Any, **said: Any) -> VersionDraft | None:
    try:
        saved: VersionDraft = action(by=request.user, at=request.received_at, **said)
    except Refused as refusal:
        show_refusal(form, refusal)
        return None
    messages.success(request, "Saved. Check it before it is published.")
    return saved


# --- its steps ---------------------------------------------------------------------------------------
@require_POST
def draft_check(request: Request, draft_id: int) -> HttpResponse:
    """Call a draft checked."""
    return _step(request, draft_id, drafting.check, "Checked: the hours hold and nothing is malformed.")


@require_POST
def draft_discard(request: Request, draft_id: int) -> HttpResponse:
    """Give a draft up."""
    return _step(request, draft_id, drafting.discard, "The draft is discarded. It stays in the trail.")


@require_POST
def draft_publish(request: Request, draft_id: int) -> HttpResponse:
    """Publish a checked draft as the second person."""
    return _step(
        request,
        draft_id,
        partial(publishing.publish, seen=workshop.seen_in(request.POST)),
        "Published. The version is on the public pages, and intakes can be of it.",
    )


def _step(request: Request, draft_id: int, action: Any, done: str) -> HttpResponse:
    found = workshop.get_draft_for(viewer(request), draft_id)
    try:
        action(draft=found, by=request.user, at=request.received_at)
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, done)
    return redirect("office:draft", found.pk)


@require_safe
def draft_export(request: Request, draft_id: int) -> HttpResponse:
    """The text of a draft as a file."""
    found = workshop.get_draft_for(viewer(request), draft_id)
    return comparing.as_file(found.text, found.key)


@require_safe
def draft_differences(request: Request, draft_id: int) -> HttpResponse:
    """What a draft says otherwise than the version it began with, or than another one."""
    found = workshop.get_draft_for(viewer(request), draft_id)
    before = request.GET.get("against", "")[:60] or (found.based_on.key if found.based_on else "")
    old = get_version(before) if before else None
    context = comparing.draft_context(found, old, versions().values())
    return render(request, "office/catalogue_differences.html", context)
