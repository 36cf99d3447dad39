"""Programmes: all of them, one of them, and the document that describes a version."""

from dataclasses import replace
from datetime import date
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from goldenthread.assessment.dated_policies import dated
from goldenthread.catalogue.content_rules import next_steps
from goldenthread.catalogue.models import Programme
from goldenthread.catalogue.programmes import shipped_programmes
from goldenthread.catalogue.terms import Assessment
from goldenthread.catalogue.wording import counted, short_name
from goldenthread.intakes import queries as intakes
from goldenthread.intakes.models import Intake
from goldenthread.web.public import facts, lists, structured, ways
from goldenthread.web.public.changed import older_of
from goldenthread.web.shared import specification_pdf
from goldenthread.web.shared.http import Request, today
from goldenthread.web.shared.public_pages import public_page
from goldenthread.web.shared.versions import Version


@login_not_required
@require_safe
@public_page
def programmes(request: Request) -> HttpResponse:
    at, on = request.received_at, today(request)
    families = lists.families(
        Programme.objects.prefetch_related("replaced_by"),
        lists.public_versions(at=at).offered,
        intakes.next_by_version(at=at),
        on,
    )
    return render(request, "public/programmes.html", {"families": families})


@login_not_required
@require_safe
@public_page
def programme(request: Request, key: str) -> HttpResponse:
    """The page of a version by its key; a programme's code leads to its newest version (S0-63)."""
    at, on = request.received_at, today(request)
    known = lists.public_versions(at=at)
    version = known.named(key)
    if version is None:
        return _by_code(request, key, known.offered)
    standing = lists.standing_of(version, known)
    following = intakes.next_intakes(at=at, limit=4, of=_lines_of(version, known, standing))
    coming = [{"intake": one, "open": intakes.is_open(one, at=at)} for one in following]
    context = {
        **_context(request, version),
        "standing": standing,
        "older": older_of(version, known.every),
        "intakes": coming,
        "open_intake": next((one["intake"] for one in _own_first(coming, version) if one["open"]), None),
        "structured": "" if standing["in_force"] else _structured(version, following, on),
        "others": [one for one in known.offered if one.code == version.code and one.line != version.line],
        "ask_url": ways.ask_url(key),
        "interest_url": ways.interest_url(key),
    }
    return render(request, "public/programme.html", context)


def _lines_of(version: Version, known: lists.Known, standing: dict[str, Any]) -> list[int]:
    """Whose intakes a page lists: its own, and on the page of the revision in force those of the others as well."""
    return [version.pk] if standing["in_force"] else [one.pk for one in known.revisions(version)]


def _own_first(coming: list[dict[str, Any]], version: Version) -> list[dict[str, Any]]:
    return sorted(coming, key=lambda one: one["intake"].version_id != version.pk)


def _structured(version: Version, following: list[Intake], on: date) -> str:
    own = [one for one in following if one.version_id == version.pk]
    return structured.script_of(structured.programme_data(version, own, on=on))


def _context(request: Request, version: Version) -> dict[str, Any]:
    """What the page says from the specification alone."""
    specification, on = version.specification, today(request)
    return {
        "version": version,
        "specification": specification,
        "name": short_name(specification.programme_name),
        "edition": facts.edition_text(specification),
        "bodies": facts.bodies_of(specification, example=_example()),
        "figures": facts.figures_of(specification, on),
        "stages": facts.stages_of(specification),
        "to_scale": facts.drawn_to_scale(specification),
        "steps": facts.steps_of(specification),
        "components": facts.components_of(specification),
        "total": facts.hours_or_not(specification.minutes_declared),
        "months": facts.months_of(specification),
        "month_total": facts.month_total(specification),
        "engagement": facts.engagement_text(specification),
        "assessment": facts.assessment_of(replace(specification, assessment=_decided(version, on))),
        "areas": facts.areas_text(specification),
        "entry": facts.entry_of(specification),
        "admission": facts.admission_of(specification),
        "models": facts.models_of(specification),
        "next": facts.next_of(specification),
        "horizon": _horizon(request, version),
        "disputed": facts.disputed_of(specification, on),
        "fee_text": facts.fee_text(specification, on),
        "fee_note": facts.fee_note(specification, on),
    }


def _decided(version: Version, on: date) -> Assessment:
    """What is assessed by what rules, with what the office decided beside the document for windows that open today."""
    return dated(version.specification.assessment, version.dated, on=on)


def _example() -> str:
    """The made-up provider of a demonstration, which stands for those that a version names; else nothing."""
    return str(settings.PROVIDER_NAME) if settings.DEMONSTRATION else ""


def _horizon(request: Request, version: Version) -> dict[str, Any] | None:
    """The question that a next step depends on, and with an answer what it leaves open (S1-36)."""
    specification = version.specification
    asked = next((step for step in specification.progression if step.question), None)
    if asked is None:
        return None
    given = request.GET.get("years", "")[:2]
    years = int(given) if given.isdecimal() and given.isascii() else None
    return {
        "question": asked.question,
        "years": years,
        "steps": [step.name for step in next_steps(specification, years=years)] if years is not None else [],
        "roles": specification.roles_after,
        "answered": f"In {counted(years, 'year')}" if years is not None else "",
    }


def _by_code(request: Request, key: str, known: list[Version]) -> HttpResponse:
    programme = Programme.objects.filter(code=key.upper()[:10]).first()
    if programme is None:
        raise Http404
    newest = next((one for one in known if one.code == programme.code), None)
    if newest is not None and not programme.closed:
        return redirect("public:programme", newest.key)
    described = shipped_programmes().get(programme.code)
    context = {
        "programme": programme,
        "name": short_name(programme.name),
        "note": described.note if described else "",
        "successors": [
            {"code": one.code, "name": short_name(one.name)} for one in programme.replaced_by.all()
        ],
        "ask_url": ways.ask_url(),
    }
    return render(request, "public/programme_closed.html", context)


@login_not_required
@require_safe
def specification(request: Request, key: str) -> HttpResponse:
    """The specification of a version as a PDF, in the order of the published ones (S1-01, S3-01)."""
    known = lists.public_versions(at=request.received_at)
    version = known.named(key)
    if version is None:
        raise Http404
    counts = known.in_force(version)
    newer = counts if counts.specification.revision > version.specification.revision else None
    return specification_pdf.response(request, version, on=today(request), newer=newer)
