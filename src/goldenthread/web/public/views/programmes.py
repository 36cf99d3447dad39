"""Programmes: all of them, one of them, several side by side."""

import csv
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from goldenthread.catalogue.models import Programme
from goldenthread.intakes import queries as intakes
from goldenthread.web.public import facts, structured
from goldenthread.web.shared.http import Request, today
from goldenthread.web.shared.public_pages import public_page
from goldenthread.web.shared.versions import Version, versions

MOST_COMPARED = 4


def _public_versions() -> list[Version]:
    return facts.in_order(version for version in versions().values() if version.state != "draft")


@login_not_required
@require_safe
@public_page
def programmes(request: Request) -> HttpResponse:
    at, on = request.received_at, today(request)
    families = facts.families(
        Programme.objects.prefetch_related("replaced_by"),
        _public_versions(),
        intakes.next_by_version(at=at),
        on,
    )
    return render(request, "public/programmes.html", {"families": families})


@login_not_required
@require_safe
@public_page
def programme(request: Request, key: str) -> HttpResponse:
    """The page of a version by its key; a programme's code leads to its newest version."""
    known = _public_versions()
    version = next((one for one in known if one.key == key), None)
    if version is None:
        return _by_code(request, key, known)
    at, on = request.received_at, today(request)
    specification = version.specification
    following = intakes.next_intakes(at=at, limit=4, version_id=version.pk)
    coming = [{"intake": one, "open": intakes.is_open(one, at=at)} for one in following]
    context: dict[str, Any] = {
        "version": version,
        "specification": specification,
        "name": facts.short_name(specification.programme_name),
        "edition": facts.edition_text(specification),
        "bodies": facts.bodies_of(specification),
        "figures": facts.figures_of(specification, on),
        "stages": facts.stages_of(specification),
        "components": facts.components_of(specification),
        "total": facts.hours_or_not(specification.minutes_declared),
        "engagement": facts.engagement_text(specification),
        "assessment": facts.assessment_of(specification),
        "areas": facts.areas_text(specification),
        "next": facts.next_of(specification),
        "intakes": coming,
        "open_intake": next((one["intake"] for one in coming if one["open"]), None),
        "structured": structured.script_of(structured.programme_data(version, following, on=on)),
        "others": [one for one in known if one.code == version.code and one is not version],
    }
    return render(request, "public/programme.html", context)


def _by_code(request: Request, key: str, known: list[Version]) -> HttpResponse:
    programme = Programme.objects.filter(code=key.upper()[:10]).first()
    if programme is None:
        raise Http404
    newest = next((one for one in known if one.code == programme.code), None)
    if newest is not None and not programme.closed:
        return redirect("public:programme", newest.key)
    successors = [
        {"code": one.code, "name": facts.short_name(one.name)} for one in programme.replaced_by.all()
    ]
    name = facts.short_name(programme.name)
    return render(
        request,
        "public/programme_closed.html",
        {"programme": programme, "name": name, "successors": successors},
    )


# --- side by side ------------------------------------------------------------------------------------
@login_not_required
@require_safe
@public_page
def compare(request: Request) -> HttpResponse:
    known = sorted(_public_versions(), key=lambda one: one.pk)
    asked = list(dict.fromkeys(request.GET.getlist("v")[:40]))
    chosen = _chosen(asked, known)
    if len([key for key in asked if any(one.key == key for one in known)]) > MOST_COMPARED:
        messages.info(
            request, f"Four versions fit side by side: these are the first {MOST_COMPARED} that you chose."
        )
    keys = {one.key for one in chosen}
    labels = facts.labels_of(chosen)
    context = {
        "chosen": [
            {"version": one, "label": label, "without": _query(chosen, without=one)}
            for one, label in zip(chosen, labels, strict=True)
        ],
        "rows": [
            {
                "label": row.label,
                "group": row.group,
                "differs": row.differs,
                "cells": list(zip(labels, row.values, strict=True)),
            }
            for row in facts.compare(chosen, today(request))
        ],
        "choices": [{"version": one, "chosen": one.key in keys} for one in known],
        "query": _query(chosen),
    }
    return render(request, "public/compare.html", context)


@login_not_required
@require_safe
def compare_csv(request: Request) -> HttpResponse:
    """The comparison for a spreadsheet, hours as plain numbers (S0-50)."""
    chosen = _chosen(request.GET.getlist("v")[:40], _public_versions())
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="programmes-compared.csv"'
    writer = csv.writer(response)
    writer.writerow(["", *(one.name for one in chosen)])
    for row in facts.compare(chosen, today(request), plain_hours=True):
        writer.writerow([row.label, *row.values])
    return response


def _query(chosen: list[Version], *, without: Version | None = None) -> str:
    """The versions as an address has them."""
    return "&".join(f"v={one.key}" for one in chosen if one is not without)


def _chosen(asked: list[str], known: list[Version]) -> list[Version]:
    found = [one for key in dict.fromkeys(asked) for one in known if one.key == key][:MOST_COMPARED]
    return found or facts.worth_comparing(known)
