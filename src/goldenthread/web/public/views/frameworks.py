"""What a programme teaches: its framework, its reading list, and the areas that programmes share."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from goldenthread.catalogue.content_rules import met_before
from goldenthread.catalogue.framework_queries import Content, content_for, reading_list
from goldenthread.catalogue.programmes import shipped_programmes
from goldenthread.catalogue.queries import get_framework
from goldenthread.web.public import frameworks as shown
from goldenthread.web.public.facts import edition_text, short_name
from goldenthread.web.public.lists import Known, public_versions, standing_of
from goldenthread.web.shared.http import Request, today
from goldenthread.web.shared.public_pages import public_page
from goldenthread.web.shared.versions import Version


def _version(request: Request, key: str) -> tuple[Version, Known]:
    """The version with this key, or the newest of a programme's code; and what else visitors may read."""
    known = public_versions(at=request.received_at)
    found = known.named(key) or next((one for one in known.offered if one.code.lower() == key), None)
    if found is None:
        raise Http404
    return found, known


def _content(request: Request, version: Version, form: shown.ReaderForm) -> Content | None:
    framework = get_framework(version.code, version.specification.edition)
    if framework is None:
        return None
    said = form.cleaned_data if form.is_valid() else {}
    reader = shown.reader_of(
        request.user, version, today(request), context=said.get("context", ""), phase=said.get("phase", "")
    )
    return content_for(framework, reader, words=said.get("q", ""))


@login_not_required
@require_safe
@public_page
def framework(request: Request, key: str) -> HttpResponse:
    """The areas with both kinds of statement, searchable (S2-02); the official text's address (S0-64)."""
    version, known = _version(request, key)
    if version.key != key:
        return redirect("public:framework", version.key)
    form = shown.ReaderForm(request.GET)
    content = _content(request, version, form)
    context: dict[str, Any] = {
        **_head(version, known, "framework"),
        "form": form,
        "searched": form.is_valid() and any(form.cleaned_data.values()),
        "content": content,
        "link": shown.official_link(content.framework) if content else "",
        "highlights": _highlights(version, content),
    }
    return render(request, "public/framework.html", context)


def _head(version: Version, known: Known, here: str = "") -> dict[str, Any]:
    pages = (("Overview", "programme"), ("Framework", "framework"), ("Reading list", "reading"))
    return {
        "tabs": [
            {"label": label, "url": reverse(f"public:{page}", args=[version.key]), "current": page == here}
            for label, page in pages
        ],
        "version": version,
        "standing": standing_of(version, known),
        "specification": version.specification,
        "name": short_name(version.specification.programme_name),
        "edition": edition_text(version.specification),
    }


def _highlights(version: Version, content: Content | None) -> list[dict[str, str]]:
    """What the overview puts first, each with its area: the version's own, then what the office marked (S2-03)."""
    if content is None:
        return []
    keys = {area.area.name: area.area.key for area in content.areas}
    found = [
        {"text": one.text, "area": one.area, "key": keys.get(one.area, "")}
        for one in version.specification.highlights
    ]
    return found + [
        {"text": one.statement.text, "area": area.area.name, "key": area.area.key}
        for area in content.areas
        for one in area.statements
        if one.statement.highlighted and one.statement.complete
    ]


@login_not_required
@require_safe
def framework_file(request: Request, key: str, ending: str) -> HttpResponse:
    """The platform's own export: text to read, or a table (S0-64)."""
    version, _ = _version(request, key)
    content = _content(request, version, shown.ReaderForm({}))
    if content is None or ending not in {"csv", "txt"}:
        raise Http404
    kind, body = (
        ("text/csv", shown.as_csv(content)) if ending == "csv" else ("text/plain", shown.as_text(content))
    )
    response = HttpResponse(body, content_type=f"{kind}; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{version.key}-framework.{ending}"'
    return response


@login_not_required
@require_safe
@public_page
def reading(request: Request, key: str) -> HttpResponse:
    """The evidence behind a programme, by area (S0-14); of one country, if asked (S4-11)."""
    version, known = _version(request, key)
    if version.key != key:
        return redirect("public:reading", version.key)
    form = shown.CountryForm(request.GET)
    country = form.cleaned_data["country"] if form.is_valid() else ""
    areas = reading_list(version.code, version.specification.edition, country=country)
    context = {
        **_head(version, known, "reading"),
        "form": form,
        "country": country,
        "areas": areas,
        "number": len({source.pk for area in areas for source in area.sources}),
    }
    return render(request, "public/reading.html", context)


@login_not_required
@require_safe
@public_page
def frameworks(request: Request) -> HttpResponse:
    """Every area in every programme with its number there (S0-20); to who passed some, what was met (S4-13)."""
    return render(request, "public/frameworks.html", {"matrix": shown.matrix(), **_met(request)})


def _met(request: Request) -> dict[str, Any]:
    """The areas of the programme that is looked at, those of the passed ones apart: met before, never credited."""
    programmes = shipped_programmes()
    listed = [one for one in programmes.programmes if one.content_areas]
    passed = [one.code for one in listed if one.code in request.GET.getlist("passed")[:20]]
    aim = next((one for one in listed if one.code == request.GET.get("next", "")), None)
    met = met_before(programmes, passed, aim.code) if aim else ()
    return {
        "programmes": listed,
        "passed": passed,
        "aim": aim,
        "met": met,
        "left": [area for area in aim.content_areas if area not in met] if aim else [],
    }
