"""Several versions side by side: as a page that prints and can be shared, and for a spreadsheet."""

import csv

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from goldenthread.catalogue.wording import short_name
from goldenthread.web.public import comparison, lists
from goldenthread.web.shared.http import Request, today
from goldenthread.web.shared.public_pages import public_page
from goldenthread.web.shared.versions import Version

MOST_COMPARED = 4


@login_not_required
@require_safe
@public_page
def compare(request: Request) -> HttpResponse:
    shelf = lists.public_versions(at=request.received_at)
    known = sorted(shelf.every, key=lambda one: one.pk)
    asked = list(dict.fromkeys(request.GET.getlist("v")[:40]))
    chosen = _named(asked, known)
    if len([key for key in asked if any(one.key == key for one in known)]) > MOST_COMPARED:
        messages.info(
            request, f"Four versions fit side by side: these are the first {MOST_COMPARED} that you chose."
        )
    keys = {one.key for one in chosen}
    labels = comparison.labels_of(chosen)
    context = {
        "chosen": [
            {
                "version": one,
                "label": label,
                "name": _title(one),
                "without": _query(chosen, without=one),
                "outdated": lists.standing_of(one, shelf)["outdated"],
            }
            for one, label in zip(chosen, labels, strict=True)
        ],
        "rows": comparison.with_bars(comparison.compare(chosen, today(request)), labels),
        "choices": [
            {"version": one, "name": _title(one), "chosen": one.key in keys}
            for one in known
            if one in shelf.offered or one.key in keys
        ],
        "query": _query(chosen),
        "example": ""
        if chosen
        else _query(comparison.worth_comparing(sorted(shelf.offered, key=lambda one: one.pk))),
    }
    return render(request, "public/compare.html", context)


@login_not_required
@require_safe
def compare_csv(request: Request) -> HttpResponse:
    """The comparison for a spreadsheet, hours as plain numbers (S0-50)."""
    shelf = lists.public_versions(at=request.received_at)
    asked = request.GET.getlist("v")[:40]
    chosen = _named(asked, shelf.every) or comparison.worth_comparing(shelf.offered)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="programmes-compared.csv"'
    writer = csv.writer(response)
    writer.writerow(["", *(one.name for one in chosen)])
    for row in comparison.compare(chosen, today(request), plain_hours=True):
        writer.writerow([row.label, *row.values])
    return response


def _title(version: Version) -> str:
    """ "Leading Teaching", beside the codes that a first-time visitor doesn't know."""
    return short_name(version.specification.programme_name)


def _query(chosen: list[Version], *, without: Version | None = None) -> str:
    """The versions as an address has them."""
    return "&".join(f"v={one.key}" for one in chosen if one is not without)


def _named(asked: list[str], known: list[Version]) -> list[Version]:
    """Those that were asked for, in that order."""
    return [one for key in dict.fromkeys(asked) for one in known if one.key == key][:MOST_COMPARED]
