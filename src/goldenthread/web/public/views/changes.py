"""What has changed: from one version to another, and from a closed programme to those that took its place."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from goldenthread.catalogue.models import Programme
from goldenthread.catalogue.programmes import shipped_programmes
from goldenthread.catalogue.wording import fee_text, hours_or_not, length_text, short_name
from goldenthread.web.public import lists
from goldenthread.web.public.changed import newer_of, older_of, sections
from goldenthread.web.shared.http import Request, today
from goldenthread.web.shared.public_pages import public_page
from goldenthread.web.shared.versions import Version


@login_not_required
@require_safe
@public_page
def changes(request: Request, key: str) -> HttpResponse:
    """From another version, the older edition unless the address names one, to the version with this key (S0-11)."""
    shelf = lists.public_versions(at=request.received_at)
    version, known = shelf.named(key), shelf.every
    if version is None:
        return _of_programme(request, key, shelf.offered)
    asked = request.GET.get("from", "")
    other = next((one for one in known if one.key == asked and one is not version), None)
    newer = _newer(version, shelf)
    if other is None and newer is not None:
        return redirect(f"{reverse('public:changes', args=[newer.key])}?from={version.key}")
    other = other or older_of(version, known)
    context = {
        "version": version,
        "name": short_name(version.specification.programme_name),
        "other": other,
        "sections": sections(other.specification, version.specification) if other else [],
        "choices": [one for one in sorted(known, key=_near(version)) if one is not version],
        "reform": shipped_programmes().changes if other and other.state == "closed" else (),
        "replaced": [one for one in shipped_programmes().programmes if version.code in one.replaced_by],
    }
    return render(request, "public/changes.html", context)


def _newer(version: Version, shelf: lists.Known) -> Version | None:
    """What took the place of a version, in the revision that is in force now; None for a revision still to come."""
    counts = shelf.in_force(version)
    if counts is not version:
        return counts if counts.specification.revision > version.specification.revision else None
    newer = newer_of(version, shelf.every)
    return shelf.in_force(newer) if newer and newer.line != version.line else None


def _near(version: Version) -> Any:
    """Other versions of the same programme first."""
    return lambda one: (one.code != version.code, one.pk)


def _of_programme(request: Request, key: str, known: list[Version]) -> HttpResponse:
    """A code leads to its newest version; a closed programme shows what took its place."""
    programme = Programme.objects.filter(code=key.upper()[:10]).first()
    if programme is None:
        raise Http404
    newest = next((one for one in known if one.code == programme.code), None)
    if newest is not None:
        return redirect("public:changes", newest.key)
    codes = [one.code for one in programme.replaced_by.all()]
    found = [next((one for one in known if one.code == code), None) for code in codes]
    successors = [one for one in found if one is not None]
    on = today(request)
    context = {
        "programme": programme,
        "name": short_name(programme.name),
        "reform": shipped_programmes().changes,
        "successors": [
            {
                "version": one,
                "name": short_name(one.specification.programme_name),
                "audience": one.specification.audience.text,
                "hours": hours_or_not(one.specification.minutes_declared),
                "length": length_text(one.specification),
                "fee": fee_text(one.specification, on),
                "areas": one.specification.content_areas,
            }
            for one in successors
        ],
        "compare": "&".join(f"v={one.key}" for one in successors),
    }
    return render(request, "public/changes_programme.html", context)
