"""Verify an award by its code: for anybody, without an account and without a cookie (S1-08)."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from goldenthread.assessment import receipts
from goldenthread.assessment.actions import published_keys
from goldenthread.awards.models import Award
from goldenthread.awards.queries import Verdict
from goldenthread.awards.queries import verify as look_up
from goldenthread.templatetags.gt import day
from goldenthread.web.shared.http import Request
from goldenthread.web.shared.limits import VERIFY, TooOften, answered, within
from goldenthread.web.shared.public_pages import public_page

LONGEST = 100


@login_not_required
@require_safe
@public_page
def verify(request: Request) -> HttpResponse:
    """One box for the code, and what it certifies."""
    typed = request.GET.get("code", "")[:LONGEST]
    if not typed.strip():
        return render(request, "public/verify.html", {"typed": "", "empty": "code" in request.GET})
    return _answer(request, typed)


@login_not_required
@require_safe
def verify_code(request: Request, code: str) -> HttpResponse:
    """Where the QR code of a certificate leads."""
    return _answer(request, code[:LONGEST])


def _answer(request: Request, typed: str) -> HttpResponse:
    try:
        within(request, VERIFY, "Try this one again {wait}.")
    except TooOften as no:
        waiting = render(request, "public/verify_wait.html", {"typed": typed, "wait": no.message})
        return answered(waiting, no)
    found = look_up(typed)
    status = 404 if found.verdict is Verdict.UNKNOWN else 200
    context = {"verdict": found.verdict, "award": found.award, "typed": typed, "rows": _rows(found.award)}
    response = render(request, "public/verify_result.html", context, status=status)
    response["X-Robots-Tag"] = "noindex"
    response["Cache-Control"] = "no-store"
    return response


def _rows(award: Award | None) -> list[tuple[str, str]]:
    """What an award certifies, as pairs."""
    if award is None:
        return []
    rows = [
        ("Holder", award.holder_name),
        ("Award", award.programme_name),
        ("Programme and edition", f"{award.programme_code}, {award.edition}"),
        ("Awarded on", day(award.awarded_on)),
        ("Provider", award.provider),
        ("Accredited by", award.accrediting_body),
        ("Code", award.code),
    ]
    return [row for row in rows if row[1]]


@login_not_required
@require_safe
def receipt_keys(request: Request) -> HttpResponse:
    """Every public key that receipts were ever signed with: whoever has one checks a receipt without us."""
    return JsonResponse(receipts.keys_text(published_keys()), json_dumps_params={"indent": 2})
