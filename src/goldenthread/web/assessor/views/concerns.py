"""A marker or moderator raises a concern about a script: it goes to the office, and they learn that it was received
and, later, that it was answered.
"""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from goldenthread.assessment.models import Script, Window
from goldenthread.common.refused import Refused
from goldenthread.integrity import raising
from goldenthread.integrity.models import ConcernKind
from goldenthread.marking import passage_rules
from goldenthread.marking import queries as marking_queries
from goldenthread.moderation import queries as moderation_queries
from goldenthread.moderation import seeing
from goldenthread.web.assessor import presenting
from goldenthread.web.assessor.forms_concerns import ConcernForm
from goldenthread.web.assessor.views.marking import given_back, read_by
from goldenthread.web.shared.http import new_form_key, posted, roles_day, show_refusal, viewer

FIRST_WORDS = 80  # characters of a passage that tell it from another


@require_http_methods(["GET", "HEAD", "POST"])
def concern(request: Any, marking_id: int) -> HttpResponse:
    """A marker's concern about a script that they have, or have marked."""
    try:
        found = marking_queries.get_marking_for(viewer(request), marking_id)
    except Http404:
        return given_back(request, marking_id)
    head: dict[str, Any] = {
        "code": found.code,
        "window": found.window,
        "script": found.script,
        "read": read_by(found),
        "back": reverse("assessor:script", args=[found.pk]),
        "give_back": reverse("assessor:declare", args=[found.pk]) if found.submitted_at is None else "",
    }
    return _page(request, **head)


@require_http_methods(["GET", "HEAD", "POST"])
def sampled_concern(request: Any, sampled_id: int) -> HttpResponse:
    """A moderator's concern about a script of the sample that they may look at."""
    found = moderation_queries.get_sampled_for(viewer(request), sampled_id)
    seeing.check_may_look(found, request.user.pk, day=roles_day(request))
    head: dict[str, Any] = {
        "code": found.script.sitting.code,
        "window": found.round.window,
        "script": found.script,
        "read": found.script,
        "back": reverse("assessor:sampled", args=[found.pk]),
        "give_back": "" if found.decision else reverse("assessor:sampled_declare", args=[found.pk]),
    }
    return _page(request, **head)


def _page(
    request: Any, *, code: str, window: Window, script: Script | None, read: Any, back: str, give_back: str
) -> HttpResponse:
    texts = presenting.texts_of(read, window, at=request.received_at)
    chosen = request.POST.get("passage") or request.GET.get("passage", "")
    places, gone = _places(texts, chosen)
    form = ConcernForm(
        posted(request),
        places=places,
        initial={"form_key": new_form_key(), "passage": "" if gone else chosen},
    )
    if form.is_valid():
        try:
            made = raising.raise_about(
                window=window,
                code=code,
                script=script,
                said=_said(form.cleaned_data, texts),
                form_key=str(form.cleaned_data["form_key"]),
                by=request.user,
                at=request.received_at,
            )
        except Refused as refusal:
            show_refusal(form, refusal)
        else:
            told = " The safeguarding contact is told now." if made.kind == ConcernKind.SAFEGUARDING else ""
            messages.success(request, f"Your concern about {code} is received.{told} Go on marking as usual.")
            return redirect(back)
    context = {
        "form": form, "code": code, "intake": window.intake, "back": back, "give_back": give_back,
        "raised": raising.raised_by(request.user, code), "gone": gone,
    }  # fmt: skip
    return render(request, "assessor/concern.html", context, status=422 if form.errors else 200)


def _said(data: dict[str, Any], texts: dict[str, str]) -> raising.Said:
    quote = _quoted(data["passage"], texts) if data["passage"] else ""
    return raising.Said(data["kind"], data["note"], quote or "")


def _quoted(place: str, texts: dict[str, str]) -> str | None:
    """The words at a place of the text as it is shown, None where it has no such place any more."""
    try:
        one = passage_rules.passage_from(place, "")
    except Refused:
        return None
    text = texts.get(one.part)
    if text is None or not passage_rules.sha256_of(text).startswith(one.seen):
        return None
    return text[one.start : one.end].strip() or None


def _places(texts: dict[str, str], chosen: str) -> tuple[list[tuple[str, str]], bool]:
    """The passages to choose from: what was selected in the text, and every paragraph; and whether what was selected
    can't be found any more.
    """
    places, number = list[tuple[str, str]](), 0
    for key, text in texts.items():
        sha256 = passage_rules.sha256_of(text)
        for paragraph in passage_rules.lay_out(text):
            number += 1
            place = passage_rules.place_text(key, paragraph.start, paragraph.end, sha256)
            places.append((place, f"Paragraph {number}: {_first(text[paragraph.start : paragraph.end])}"))
    quote = _quoted(chosen, texts) if chosen else None
    if quote and chosen not in dict(places):
        places.insert(0, (chosen, f"What you selected: {_first(quote)}"))
    return places, bool(chosen) and quote is None


def _first(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= FIRST_WORDS else line[:FIRST_WORDS].rstrip() + " …"
