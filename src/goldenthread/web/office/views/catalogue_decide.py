"""What the office decides on a version that exists: conflicts, closing; and a version as a file and compared."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from goldenthread.catalogue import drafting
from goldenthread.catalogue import rules as catalogue
from goldenthread.catalogue.queries import get_version
from goldenthread.common.refused import Refused
from goldenthread.intakes.closing import close_version
from goldenthread.intakes.versions import settle as settle_conflict
from goldenthread.web.office import comparing, shelf, workshop
from goldenthread.web.office.access import office_only
from goldenthread.web.office.forms_catalogue import CloseForm, SettleForm
from goldenthread.web.shared.http import Request, posted, show_refusal, today, viewer
from goldenthread.web.shared.versions import name_of, versions


@require_http_methods(["GET", "HEAD", "POST"])
def settle(request: Request, key: str, conflict: str) -> HttpResponse:
    """Decide on a conflict of a version, for all of its intakes."""
    office_only(viewer(request))
    version = get_version(key)
    spec = version.specification
    found = next((one for one in catalogue.conflicts(spec) if one.id == conflict), None)
    if found is None:
        raise Http404
    choices = workshop.choices_of_conflict(spec, conflict, shelf.figure_name, shelf.line_of)
    form = SettleForm(posted(request), choices)
    if form.is_bound and form.is_valid():
        try:
            settle_conflict(
                version=version,
                conflict=conflict,
                choices=form.chosen(),
                reason=form.cleaned_data["reason"],
                by=request.user,
                at=request.received_at,
            )
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(
                request, f"{conflict} is decided for this version. All values stay with their sources."
            )
            return redirect("office:version", key)
    rulings = list(version.rulings.filter(conflict=conflict).select_related("chosen_by").order_by("rule"))
    context = {
        "version": version,
        "name": name_of(version),
        "conflict": found,
        "values": [(shelf.figure_name(spec, path), shelf.line_of(value)) for path, value in found.values],
        "rulings": shelf.decisions_of(spec, rulings),
        "form": form,
    }
    return render(request, "office/catalogue_settle.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def close(request: Request, key: str) -> HttpResponse:
    """Take a version off offer from a day on; first it is shown what that does to its intakes."""
    office_only(viewer(request))
    version = get_version(key)
    form = CloseForm(posted(request), initial={"closes_from": today(request)})
    shut: list[shelf.ShutIntake] = []
    if form.is_bound and form.is_valid():
        said = dict(form.cleaned_data)
        seen = said.pop("seen")
        shut = shelf.shut_intakes(version, said["closes_from"], at=request.received_at)
        if not shut or seen == shelf.seen_of(said["closes_from"], shut):
            try:
                close_version(version=version, by=request.user, at=request.received_at, **said)
            except Refused as refusal:
                shut = []
                show_refusal(form, refusal)
            else:
                messages.success(request, _closed_text(shut))
                return redirect("office:version", key)
        else:
            form.data = {**dict(form.data.items()), "seen": shelf.seen_of(said["closes_from"], shut)}
    context = {"version": version, "name": name_of(version), "form": form, "shut": shut}
    return render(request, "office/catalogue_close.html", context, status=422 if form.errors else 200)


def _closed_text(shut: list[shelf.ShutIntake]) -> str:
    intakes = f"{len(shut)} {'intake takes' if len(shut) == 1 else 'intakes take'}"
    also = f" {intakes} no applications any more." if shut else ""
    return f"Closed to new intakes.{also} Everybody who is enrolled goes on."


@require_safe
def export(request: Request, key: str) -> HttpResponse:
    """The specification of a version as a file that reads back into the same."""
    office_only(viewer(request))
    return comparing.as_file(drafting.exported(get_version(key)), key)


@require_safe
def compared(request: Request, key: str) -> HttpResponse:
    """What a version says otherwise than another: by default the one it takes the place of."""
    office_only(viewer(request))
    version = get_version(key)
    before = request.GET.get("against", "")[:60] or version.specification.supersedes
    known = versions()
    old = get_version(before) if before in {one.key for one in known.values()} else None
    others = [one for one in known.values() if one.key != key]
    return render(
        request, "office/catalogue_differences.html", comparing.version_context(old, version, others)
    )


@require_safe
def to_do(request: Request, key: str) -> HttpResponse:
    """What is left open in a version: disputed, unknown, blank, with the place where it can be seen."""
    office_only(viewer(request))
    version = get_version(key)
    rulings = list(version.rulings.order_by("pk"))
    items = workshop.to_do(key, version.specification, rulings)
    context = {"version": version, "name": name_of(version), "items": items}
    return render(request, "office/catalogue_to_do.html", context)
