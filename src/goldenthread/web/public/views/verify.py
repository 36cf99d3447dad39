"""Verify an award by its code: for anybody, without an account and without a cookie (S1-08)."""

import uuid
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from goldenthread.assessment import receipts
from goldenthread.assessment.actions import published_keys
from goldenthread.awards import badges, credential
from goldenthread.awards.models import Award
from goldenthread.awards.queries import Verdict
from goldenthread.awards.queries import verify as look_up
from goldenthread.awards.rules import Paper
from goldenthread.common.refused import Refused
from goldenthread.templatetags.gt import day
from goldenthread.web.public.cookieless import cookieless
from goldenthread.web.public.receipt_rows import rows_of
from goldenthread.web.shared.award_papers import badge_file
from goldenthread.web.shared.http import Request, posted
from goldenthread.web.shared.limits import (
    TooOften,
    answered,
    verifying,
    verifying_earlier,
    wrong_code,
    wrong_earlier,
)
from goldenthread.web.shared.public_pages import public_page

LONGEST = 100
# What the page says in place of a refusal, or around it ({0}), where its reader knows of no list of keys.
NOT_OURS = {
    "receipt.key_unknown": "This receipt was not signed by us: no key of ours made it. Ask the provider that it names.",
    "credential.form": "{0} It is no signed receipt either. A plain receipt (.txt) and a certificate (.pdf) can't be "
    "verified as files: ask for the signed receipt, or type the code of the certificate.",
}


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


class PaperForm(forms.Form):
    """What stands on a certificate beside a code of ten symbols."""

    code = forms.CharField(max_length=LONGEST, widget=forms.HiddenInput)
    name = forms.CharField(
        label="The holder's whole name",
        help_text="As it stands on the certificate. Capitals, accents and the order don't matter. Leave out letters "
        "of other scripts that you can't type.",
        max_length=1000,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto", "spellcheck": "false"}),
    )
    day = forms.DateField(
        label="The day of the award",
        help_text="As it stands on the certificate.",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={
            "required": "Enter the day that stands on the certificate.",
            "invalid": "Enter a day of the calendar, such as 2024-03-09.",
        },
    )


@cookieless
@require_http_methods(["GET", "HEAD", "POST"])
def verify_paper(request: Request) -> HttpResponse:
    """A code of ten symbols with what else stands on the certificate: sent, so that no name stands in an address."""
    form = PaperForm(posted(request))
    if not form.is_valid():
        typed = str(form.data.get("code", ""))[:LONGEST]
        return _ask_paper(request, typed, form) if typed.strip() else redirect("public:verify")
    said = form.cleaned_data
    return _answer(request, said["code"], Paper(said["name"], said["day"]), form)


def _ask_paper(request: Request, typed: str, form: PaperForm, *, wrong: bool = False) -> HttpResponse:
    status = 404 if wrong else 422 if form.is_bound else 200
    context = {"typed": typed, "form": form, "wrong": wrong}
    return _unkept(render(request, "public/verify_paper.html", context, status=status))


def _answer(
    request: Request, typed: str, paper: Paper | None = None, form: PaperForm | None = None
) -> HttpResponse:
    try:
        (verifying if paper is None else verifying_earlier)(request)
    except TooOften as no:
        return _wait(request, typed, no)
    found = look_up(typed, paper)
    if found.verdict is Verdict.PAPER:
        return _ask_paper(request, typed, PaperForm(initial={"code": typed}))
    if found.verdict is Verdict.UNKNOWN and form is not None:
        wrong_earlier(request)
        return _ask_paper(request, typed, form, wrong=True)
    if found.verdict is Verdict.UNKNOWN:
        wrong_code(request)
    status = 404 if found.verdict is Verdict.UNKNOWN else 200
    context = {
        "verdict": found.verdict,
        "award": found.award,
        "typed": typed,
        "rows": _rows(found.award),
        "badge": badges.badge_shown(found.award) if found.verdict is Verdict.VALID and found.award else None,
    }
    return _unkept(render(request, "public/verify_result.html", context, status=status))


def _unkept(response: HttpResponse) -> HttpResponse:
    """Nobody lists or keeps what is said of a code."""
    response["X-Robots-Tag"] = "noindex"
    response["Cache-Control"] = "no-store"
    return response


def _wait(request: Request, typed: str, no: TooOften) -> HttpResponse:
    waiting = render(request, "public/verify_wait.html", {"typed": typed, "wait": no.message})
    return answered(waiting, no)


class FileForm(forms.Form):
    """A badge, or a signed receipt, as its holder handed it on: the file, or the text that stands in it."""

    file = forms.FileField(
        label="The badge or the signed receipt",
        help_text="The file as it was downloaded: JSON, of a badge also PNG or SVG. We keep nothing of it.",
        error_messages={"empty": "This file is empty.", "missing": "Choose the file first."},
        required=False,
    )
    text = forms.CharField(
        label="Or paste the text of the file",
        widget=forms.Textarea,
        required=False,
        max_length=badges.LARGEST,
        error_messages={
            "max_length": "This is too long for a badge or a receipt: paste the text of one file."
        },
    )

    def clean(self) -> dict[str, Any]:
        """Refuses nothing at all, and a file and a text together: it would stay open which of them was verified."""
        found = super().clean() or {}
        if not self.errors and not found.get("file") and not found.get("text"):
            self.add_error("file", "Choose the file first, or paste its text.")
        if found.get("file") and found.get("text"):
            self.add_error(
                "text", "Choose a file or paste a text, not both: empty this box to verify the file."
            )
        return found

    @property
    def asked(self) -> str:
        """The field that holds what is to be verified."""
        return "file" if self.cleaned_data["file"] else "text"

    def read(self) -> bytes:
        """What is to be verified, no more of it than could be a badge or a receipt."""
        if self.asked == "text":
            return str(self.cleaned_data["text"]).encode("utf-8", "replace")
        data: bytes = self.cleaned_data["file"].read(badges.LARGEST + 1)
        return data


@cookieless
@require_http_methods(["GET", "HEAD", "POST"])
def verify_file(request: Request) -> HttpResponse:
    """A badge or a signed receipt as a file: whether it is ours and whole, and of a badge whether it stands (S1-08).

    A badge names no holder, and neither does the answer; of a receipt it says what stands in the file, and no more.
    """
    form = FileForm(posted(request), request.FILES or None)
    if not form.is_bound or not form.is_valid():
        status = 422 if form.is_bound else 200
        return render(request, "public/verify_file.html", {"form": form}, status=status)
    try:
        verifying(request)
        data = form.read()
        text = data.decode("utf-8", "replace")
        if receipts.says_receipt(text):
            return _receipt(request, text)
        found = badges.verified(data)
    except TooOften as no:
        return _wait(request, "", no)
    except Refused as no:
        revoked = no.code == "credential.revoked"
        if not revoked:
            form.add_error(form.asked, NOT_OURS.get(no.code, "").format(no.message) or no.message)
        context = {"form": FileForm() if revoked else form, "revoked": revoked}
        return render(request, "public/verify_file.html", context, status=200 if revoked else 422)
    rows = [row for row in _rows(found) if row[0] not in ("Holder", "Code")]
    return render(request, "public/verify_file.html", {"form": FileForm(), "found": "badge", "rows": rows})


def _receipt(request: Request, text: str) -> HttpResponse:
    """What a receipt of ours says; refuses as `receipts.verify` does, and what is longer than any receipt."""
    if len(text) > receipts.LARGEST:
        raise Refused(
            "This is too long for a receipt: choose the file as it was downloaded.", code="receipt.form"
        )
    keys = {one["key"]: receipts.decoded_key(one["public"]) for one in published_keys()}
    context = {"form": FileForm(), "found": "receipt", "rows": rows_of(receipts.verify(text, keys))}
    return render(request, "public/verify_file.html", context)


# --- for verifiers --------------------------------------------------------------------------------------
def _for_verifiers(document: dict[str, Any], kind: str, seconds: int) -> HttpResponse:
    """A document that other people's programs fetch, from whatever site they run on."""
    response = HttpResponse(credential.as_text(document), content_type=kind)
    response["Access-Control-Allow-Origin"] = "*"
    response["Cache-Control"] = f"public, max-age={seconds}"
    response["X-Robots-Tag"] = "noindex"
    return response


@login_not_required
@require_safe
def did(request: Request) -> HttpResponse:
    """Who we are to verifiers, and by which keys (did:web)."""
    return _for_verifiers(
        badges.did_document(at=request.received_at, base_url=badges.address_at(request.get_host())),
        "application/did+json",
        300,
    )


@login_not_required
@require_safe
def status_list(request: Request, number: int) -> HttpResponse:
    """The signed list of revoked badges with this number."""
    found = badges.status_list(number, at=request.received_at, base_url=badges.address_at(request.get_host()))
    if found is None:
        raise Http404("No such list.")
    return _for_verifiers(found, "application/vc", 60)


@login_not_required
@require_safe
def shown_badge(request: Request, badge_uuid: uuid.UUID) -> HttpResponse:
    """A badge that its holder offers to whoever verifies the code; as if it weren't there otherwise."""
    found = badges.shown_badge(badge_uuid)
    if found is None:
        raise Http404("No such badge.")
    document = badges.signed_badge(award=found.award, at=request.received_at)
    return badge_file(document, found.award, "json", specimen=settings.DEMONSTRATION)


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
