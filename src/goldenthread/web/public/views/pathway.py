"""The golden thread: how programmes follow one another, drawn from recorded relations only, and how areas go on."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from goldenthread.catalogue import content_rules
from goldenthread.catalogue.content_rules import Knot
from goldenthread.catalogue.programmes import LeadsTo, ProgrammeFacts, Programmes, shipped_programmes
from goldenthread.catalogue.wording import short_name
from goldenthread.web.public import lists
from goldenthread.web.shared.http import Request, viewer
from goldenthread.web.shared.public_pages import public_page
from goldenthread.web.shared.versions import Version


@dataclass(frozen=True)
class Place:
    """A programme on the drawn thread, with the words of the step that leads to it."""

    code: str
    name: str
    closed: bool
    link: str
    how: str
    note: str
    after: list["Place"]


@login_not_required
@require_safe
@public_page
def pathway(request: Request) -> HttpResponse:
    """All programmes as threads (S0-04, S4-13)."""
    programmes, known = shipped_programmes(), lists.public_versions(at=request.received_at).offered
    places = [_place(programmes, known, knot) for knot in content_rules.threads(programmes)]
    context = {
        "threads": [[place] for place in places if place.after],
        "alone": [place for place in places if not place.after],
        "supersessions": _supersessions(programmes, known),
        "editor_note": programmes.pathway_note if _edits(request) else "",
    }
    return render(request, "public/pathway.html", context)


@login_not_required
@require_safe
@public_page
def pathway_of(request: Request, key: str) -> HttpResponse:
    """The thread of one programme, by its code or the key of a version: what is recorded and nothing else (S0-04)."""
    programmes, shelf = shipped_programmes(), lists.public_versions(at=request.received_at)
    named, known = shelf.named(key), shelf.offered
    code = named.code if named else key.upper()[:10]
    programme = programmes.get(code)
    if programme is None:
        raise Http404
    path = content_rules.pathway(programmes, code)
    context = {
        "programme": programme,
        "name": short_name(programme.name),
        "link": _link(known, code),
        "steps": [
            *[_step(programmes, known, step, step.programme, "ahead") for step in path.before],
            {"label": f"{short_name(programme.name)} ({code})", "state": "now", "note": "This programme"},
            *[_step(programmes, known, step, step.to, "ahead") for step in path.after],
        ],
        "recorded": bool(path.before or path.after),
        "replaces": [_named(programmes, known, other) for other in path.replaces],
        "replaced_by": [_named(programmes, known, other) for other in path.replaced_by],
        "supersessions": [one for one in _supersessions(programmes, known) if one["code"] == code],
        "editor_note": path.editor_note if _edits(request) else "",
    }
    return render(request, "public/pathway_of.html", context)


def _edits(request: Request) -> bool:
    """Whether the person looks after the catalogue; what sources leave open is for them (S0-04)."""
    return request.user.is_authenticated and viewer(request).is_office


def _place(programmes: Programmes, known: list[Version], knot: Knot) -> Place:
    programme = programmes.get(knot.code)
    return Place(
        code=knot.code,
        name=short_name(programme.name) if programme else knot.code,
        closed=bool(programme and programme.closed),
        link=_link(known, knot.code),
        how=knot.how,
        note=_note(knot.condition, knot.stated_for),
        after=[_place(programmes, known, one) for one in knot.after],
    )


def _note(condition: str, stated_for: str) -> str:
    """Under what condition a step is stated, and of which edition, so that no more is claimed than a source says."""
    said = [condition, f"stated for the {stated_for} edition" if stated_for else ""]
    return "; ".join(part for part in said if part)


def _link(known: list[Version], code: str) -> str:
    """The key in the address of a programme: its first version's, else its code."""
    return next((one.key for one in known if one.code == code), code.lower())


def _named(programmes: Programmes, known: list[Version], code: str) -> dict[str, str]:
    found: ProgrammeFacts | None = programmes.get(code)
    return {"code": code, "name": short_name(found.name) if found else code, "link": _link(known, code)}


def _step(
    programmes: Programmes, known: list[Version], step: LeadsTo, code: str, state: str
) -> dict[str, Any]:
    named = _named(programmes, known, code)
    return {
        "label": f"{named['name']} ({code})",
        "state": state,
        "note": _note(step.condition, step.stated_for),
        "url": reverse("public:programme", args=[named["link"]]),
    }


def _supersessions(programmes: Programmes, known: list[Version]) -> list[dict[str, str]]:
    """The editions that took the place of older ones (S4-02); a link to what changed where both are described."""
    there = {(one.code, one.specification.edition): one.key for one in known}
    return [
        {
            "code": one.programme,
            "newer": one.newer,
            "older": one.older,
            "link": there.get((one.programme, one.newer), "") if (one.programme, one.older) in there else "",
        }
        for one in programmes.supersessions
    ]
