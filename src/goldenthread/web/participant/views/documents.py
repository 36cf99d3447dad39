"""Hand in a document: looked at first, then declared own work; it comes with one form, or piece by piece by the script.

The page needs no JavaScript. With it, `upload.js` sends the document in pieces to the addresses below, which answer in
JSON, and then opens the same page for the document that is all there.
"""

import uuid
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from goldenthread.assessment import actions, upload_queries
from goldenthread.assessment.actions import arrival, at_once, pieces
from goldenthread.assessment.models import Script, Sitting, SittingState
from goldenthread.assessment.queries import current_script, get_sitting_for, terms_of
from goldenthread.assessment.rules import BEFORE_PARTS
from goldenthread.assessment.rules.policies import Length, counting_text
from goldenthread.assessment.rules.uploads import LARGEST_PIECE, NEWER_COUNTS, check_harmless
from goldenthread.assessment.upload_models import Upload, UploadState
from goldenthread.common import files
from goldenthread.common.filetypes import size_text
from goldenthread.common.refused import Refused
from goldenthread.web.participant.covering import covering_of
from goldenthread.web.participant.declaring import ai_said
from goldenthread.web.participant.forms_assessment import AtOnceForm, HandInForm, UploadForm
from goldenthread.web.participant.views.assessment import download
from goldenthread.web.participant.views.script import titled
from goldenthread.web.shared.arrival import arrived_at, came_steadily
from goldenthread.web.shared.http import new_form_key, renew_form_key, show_refusal, to
from goldenthread.web.shared.numbers import number_of

UPLOAD_SALT = "goldenthread.upload"
UPLOAD_SECONDS = 24 * 60 * 60
LONGEST_NAME = 4000  # characters of a name as the header carries it
CONFLICT, TOO_LARGE, UNPROCESSABLE = 409, 413, 422


# --- the page ----------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: Any, sitting_id: int) -> HttpResponse:
    """Two steps: the document is checked and its count shown; then it is declared own work and handed in."""
    declared = request.method == "POST" and "token" in request.POST
    to_receipt = declared or (request.method == "POST" and "at_once" in request.POST)  # which needs no names
    found = get_sitting_for(request.user, sitting_id, named=not to_receipt, deferred=True)
    request.enrolled = True  # so that the page's frame need not ask
    if found.state == SittingState.DEFERRED:
        return _of_deferred(request, found, sent=request.method == "POST" and not declared)
    if request.method == "POST":
        return _hand_in_file(request, found) if declared else _look_at(request, found)
    if "document" in request.GET:
        return _looked_at_page(request, found, UploadForm(), the_upload(found, request.GET["document"]))
    return _upload_page(request, found, UploadForm())


def _of_deferred(request: Any, found: Sitting, *, sent: bool) -> HttpResponse:
    """On to the page that says that this sitting was deferred; a document that was sent is kept, and told so there."""
    form = UploadForm(request.POST, request.FILES) if sent else None
    if form is not None:
        take_look(request, found, form)
        for told in form.errors.get("file", []):
            messages.warning(request, str(told))
    return redirect("participant:sitting", found.pk)


def the_upload(found: Sitting, ticket: str) -> Upload:
    """A document of this sitting; 404 for one of another, and for what is no ticket."""
    try:
        one = upload_queries.upload_of(found, uuid.UUID(ticket))
    except ValueError:
        one = None
    if one is None:
        raise Http404
    return one


def take_look(request: Any, found: Sitting, form: UploadForm) -> tuple[Upload, Any] | None:
    """Look at the document of a form, and give it with what was found; None, with the refusal in the form, if there is
    none that could be handed in.
    """
    if not form.is_valid():
        return None
    try:
        return arrival.look_at_document(_sent(request, found, form), by=request.user)
    except Refused as refusal:
        _show_at_file(form, refusal)
        return None


def _sent(request: Any, found: Sitting, form: UploadForm) -> arrival.Sent:
    """The document of a valid form, for whom it is, and when it arrived."""
    file = form.cleaned_data["file"]
    return arrival.Sent(
        sitting=found, file=file, name=file.name, size_limit=settings.UPLOAD_LIMIT_BYTES, at=arrived_at(request),
        head_at=request.received_at, steady=came_steadily(request),
    )  # fmt: skip


def _show_at_file(form: UploadForm, refusal: Refused) -> None:
    form.add_error("file", refusal.message)
    form.refusal = refusal  # its status is the page's


def final_form(one: Upload) -> HandInForm:
    """The declaration with which a document that was looked at is handed in."""
    initial = {"token": token_of(one), "form_key": new_form_key()}
    return HandInForm(initial=initial, asked=terms_of(one.sitting).declarations)


def token_of(one: Upload) -> str:
    """What a form says of the document that it hands in; nobody else can make it."""
    return signing.dumps({"sitting": one.sitting_id, "upload": str(one.ticket)}, salt=UPLOAD_SALT)


def ready_by(request: Any, found: Sitting, token: str) -> Any:
    """The document that was looked at in the first step, with what was found in it."""
    try:
        kept = signing.loads(token, salt=UPLOAD_SALT, max_age=UPLOAD_SECONDS)
    except signing.BadSignature:
        kept = {}
    if kept.get("sitting") != found.pk or "upload" not in kept:
        raise Refused("This page is out of date: choose your document again.", code="upload.token")
    try:
        one = the_upload(found, kept["upload"])
    except Http404 as gone:
        raise Refused("We don't have this document any more: choose it again.", code="upload.gone") from gone
    return ready_now(request, one)


def _look_at(request: Any, found: Sitting) -> HttpResponse:
    """The document of a form: shown with what was found, or handed in at once where its other button was pressed."""
    form = UploadForm(request.POST, request.FILES)
    if "at_once" in request.POST and form.is_valid():
        declared = AtOnceForm(request.POST, asked=terms_of(found).declarations)
        if declared.is_valid():
            return _hand_in_at_once(request, found, form, declared)
    looked = take_look(request, found, form)
    if looked is None:
        return _upload_page(request, found, form)
    return _looked_at_page(request, found, form, *looked)


def _hand_in_at_once(request: Any, found: Sitting, form: UploadForm, declared: AtOnceForm) -> HttpResponse:
    """On to the receipt, or the page with what stands in the way; the same form again gives the same receipt."""
    known_as = arrival.measured(form.cleaned_data["file"])
    try:
        script = actions.handed_in_before(found, key=declared.cleaned_data["form_key"], sha256=known_as[0])
    except Refused as refusal:
        return _upload_page(request, found, form, told=refusal)
    if script is not None:
        return to("participant:receipt", found.pk, script.number)
    try:
        done = at_once.hand_in_form(
            _sent(request, found, form),
            known_as=known_as,
            declared=_declared(request, declared),
        )
    except Refused as refusal:
        _show_at_file(form, refusal)
        return _upload_page(request, found, form)
    if isinstance(done, Script):
        return to("participant:receipt", found.pk, done.number)
    said = {**declared.cleaned_data, "token": token_of(done.upload)}
    final = HandInForm(said, asked=terms_of(found).declarations)
    return _not_handed_in(request, found, final, done.response, done.refusal)


def _declared(request: Any, form: AtOnceForm) -> at_once.Declared:
    said = form.cleaned_data
    return at_once.Declared(
        key=said["form_key"],
        own_work=said.get("own_work", False),
        ai=ai_said(said),
        by=request.user,
        replacing=form.replacing(),
    )


def _looked_at_page(
    request: Any, found: Sitting, form: UploadForm, one: Upload, response: Any = None
) -> HttpResponse:
    if one.state == UploadState.HANDED_IN and one.script:
        return redirect("participant:receipt", found.pk, one.script.number)
    try:
        response = response or ready_now(request, one)
    except Refused as refusal:
        return _upload_page(request, found, UploadForm(), told=refusal)
    final = final_form(one)
    if "newer" in request.GET and (script := current_script(found)) is not None:
        final.ask(script)
    return _upload_page(request, found, form, response=response, final=final)


def ready_now(request: Any, one: Upload) -> Any:
    """A document that was looked at, with what was found in it and the instant that counts for it."""
    return pieces.ready(upload=one, size_limit=settings.UPLOAD_LIMIT_BYTES, at=arrived_at(request))


def _hand_in_file(request: Any, found: Sitting) -> HttpResponse:
    final = HandInForm(request.POST, asked=terms_of(found).declarations)
    return _submit(request, found, final, lambda token: ready_by(request, found, token))


def _submit(request: Any, found: Sitting, final: HandInForm, ready: Callable[[str], Any]) -> HttpResponse:
    """Hand in what `ready` gives for the form's token; on to the receipt, or the page with what stands in the way."""
    response = None
    if final.is_valid():
        try:
            response = ready(final.cleaned_data["token"])
            script = _handed_in(request, found, response, final)
            return to("participant:receipt", found.pk, script.number)
        except Refused as refusal:
            return _not_handed_in(request, found, final, response, refusal)
    return _upload_page(request, found, UploadForm(), response=response, final=final)


def _not_handed_in(
    request: Any, found: Sitting, final: HandInForm, response: Any, refusal: Refused
) -> HttpResponse:
    ask_about(final, current_script(found), refusal)
    return _upload_page(request, found, UploadForm(), response=response, final=final, told=refusal)


def ask_about(final: HandInForm, script: Script | None, refusal: Refused) -> None:
    """Show a refusal in the form that hands a document in, with a word about `script`, which counts, where it asks."""
    show_refusal(final, refusal)
    renew_form_key(final, refusal)
    if script is not None and refusal.code == "script.replaced":
        final.start_from(script)
    elif script is not None and final.asks(refusal):
        final.ask(script)


def status_of(form: UploadForm, final: HandInForm | None, told: Refused | None) -> int:
    """The status of the page: an outage says 503 or 507, any other refusal 422."""
    refusal = told or getattr(form, "refusal", None)
    if refusal is not None:
        return int(getattr(refusal, "status", UNPROCESSABLE))
    refused = form.errors if form.is_bound else final and final.is_bound and final.errors
    return UNPROCESSABLE if refused else 200


def _upload_page(
    request: Any,
    found: Sitting,
    form: UploadForm,
    *,
    response: Any = None,
    final: HandInForm | None = None,
    told: Refused | None = None,
) -> HttpResponse:
    count, terms, script = response.count if response else None, terms_of(found), current_script(found)
    at_once_form = AtOnceForm(initial={"form_key": new_form_key()}, asked=terms.declarations)
    for declaration in (at_once_form, final):
        if declaration is not None and not declaration.is_bound:
            declaration.shows(script)
    covering = covering_of(found, titled(terms, response.texts)) if response else None
    context = {
        "sitting": found,
        "terms": terms,
        "form": form,
        "at_once": at_once_form,
        "final": final,
        "told": told if final is None else None,
        "response": response,
        "covering": covering,
        "before_parts": BEFORE_PARTS if response and terms.parts and "" in response.texts else "",
        "counted": named(count.parts) if count else [],
        "not_counted": named(count.excluded) if count else [],
        "script": script,
        "length": Length(count.total, terms.word_limit, terms.counting) if count else None,
        "word_rule": counting_text(terms.counting),
        **under_way(request, found, shown=response.upload if response else None),
    }
    return render(request, "participant/sitting_upload.html", context, status=status_of(form, final, told))


def under_way(request: Any, found: Sitting, *, shown: int | None = None) -> dict[str, Any]:
    """What the page says of documents on their way: the list, how long the rest may take, where pieces go.

    `shown` is the one that the page is about, which the list need not name.
    """
    listed = [one for one in upload_queries.uploads_of(found) if one.pk != shown]
    for one in listed:
        one.sitting = found
    refused = [one for one in listed if one.state == UploadState.REFUSED]
    apart = upload_queries.set_apart(refused)
    return {
        "limit": size_text(settings.UPLOAD_LIMIT_BYTES),
        "uploads": [one for one in listed if one.state != UploadState.REFUSED],
        "refused": [(one, one.file_id in apart, upload_queries.admitted(one)) for one in refused],
        "rest_until": upload_queries.rest_until(found),
        "closed": arrived_at(request) > found.closes_at,
        "begin_url": reverse("participant:upload_begin", args=[found.pk]),
        "limit_bytes": settings.UPLOAD_LIMIT_BYTES,
    }


def named(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """The parts of a count in words."""
    return [(part.replace("_", " ").capitalize(), count) for part, count in counts.items()]


# --- pieces ------------------------------------------------------------------------------------------------
@require_POST
def upload_begin(request: Any, sitting_id: int) -> HttpResponse:
    """Take name, size and checksum in headers with the first piece as the body; answers where the document stands."""
    found = get_sitting_for(request.user, sitting_id, of_tasks=True, deferred=True)
    large = _too_large(request)
    if large:
        return large
    try:
        one = pieces.begin(
            sitting=found,
            name=unquote(request.headers.get("Upload-Name", "")[:LONGEST_NAME], errors="replace"),
            size=_number(request.headers.get("Upload-Size", "")),
            sha256=request.headers.get("Upload-Sha256", ""),
            piece=request.body,
            piece_sha256=request.headers.get("Piece-Sha256", ""),
            size_limit=settings.UPLOAD_LIMIT_BYTES,
            by=request.user,
            at=arrived_at(request),
        )
    except Refused as refusal:
        return _refused(refusal)
    return _stands(request, one, status=201)


@require_http_methods(["GET", "HEAD", "POST"])
def upload_pieces(request: Any, upload_id: uuid.UUID) -> HttpResponse:
    """GET: where a document stands. POST: its next piece, from the header Upload-Offset on."""
    one = upload_queries.get_upload_for(request.user, upload_id)
    if request.method == "POST":
        large = _too_large(request)
        if large:
            return large
        try:
            one = pieces.add_piece(
                upload=one,
                offset=_number(request.headers.get("Upload-Offset", "")),
                piece=request.body,
                piece_sha256=request.headers.get("Piece-Sha256", ""),
                at=arrived_at(request),
            )
        except Refused as refusal:
            return _refused(refusal, received=upload_queries.get_upload_for(request.user, upload_id).received)
    return _stands(request, one)


@require_POST
def upload_finish(request: Any, upload_id: uuid.UUID) -> HttpResponse:
    """All is there: put the document together and look at it; answers with the page that shows it.

    With `at_once` it is handed in too, and the page is the receipt.
    """
    one = upload_queries.get_upload_for(request.user, upload_id)
    limit, at = settings.UPLOAD_LIMIT_BYTES, arrived_at(request)
    try:
        if "at_once" in request.POST and not one.sitting.window.task:
            said = AtOnceForm(request.POST, asked=terms_of(one.sitting).declarations)
            said.is_valid()  # what is odd about it is as if it weren't said, and refused by the rules
            said.cleaned_data.setdefault("form_key", "")
            declared = _declared(request, said)
            script = at_once.hand_in_whole(upload=one, size_limit=limit, declared=declared, at=at)
            return JsonResponse({"next": _receipt(one.sitting, script)})
        one = pieces.finish(upload=one, size_limit=limit, at=at)
    except Refused as refusal:
        if refusal.code != NEWER_COUNTS:
            return _refused(refusal)
        messages.warning(request, refusal.message)  # on the page that asks
        return JsonResponse({"next": f"{page_of_upload(one)}&newer"})
    return JsonResponse({"next": page_of_upload(one)})


def _handed_in(request: Any, found: Sitting, response: Any, final: HandInForm) -> Script:
    """Hand in what was looked at, by the form's key and declaration."""
    declared = final.cleaned_data
    return actions.submit_script(
        sitting=found,
        response=response,
        key=declared["form_key"],
        own_work=declared["own_work"],
        ai=ai_said(declared),
        replacing=final.replacing(),
        by=request.user,
        at=arrived_at(request),
    )


def _receipt(found: Sitting, script: Script) -> str:
    return reverse("participant:receipt", args=[found.pk, script.number])


@require_safe
def upload_file(request: Any, upload_id: uuid.UUID) -> HttpResponse:
    """What somebody sent and did not hand in, byte by byte, for its owner alone; nothing in which malware was found."""
    one = upload_queries.get_upload_for(request.user, upload_id)
    if one.file is None:
        raise Http404
    try:
        check_harmless(infected=bool(upload_queries.set_apart([one])))
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect(_page(one.sitting))
    return download(files.read(one.file), "application/octet-stream", one.name)


@require_POST
def upload_discard(request: Any, upload_id: uuid.UUID) -> HttpResponse:
    """Take a document off the list."""
    one = upload_queries.get_upload_for(request.user, upload_id)
    try:
        pieces.discard(upload=one, by=request.user, at=arrived_at(request))
        messages.success(request, "The document is off the list. What you have handed in still counts.")
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect(_page(one.sitting))


def page_of_upload(one: Upload) -> str:
    """The address of the page that shows a document."""
    return f"{_page(one.sitting)}?document={one.ticket}"


def _page(sitting: Sitting) -> str:
    if sitting.window.task:
        return reverse("participant:account_upload", args=[sitting.window.task])
    return reverse("participant:script_upload", args=[sitting.pk])


def _too_large(request: Any) -> HttpResponse | None:
    """The answer to a body that is larger than a piece, given before it is read."""
    if _number(request.META.get("CONTENT_LENGTH") or "0") <= LARGEST_PIECE:
        return None
    message = f"A piece has at most {LARGEST_PIECE:,} bytes."
    return JsonResponse({"message": message, "code": "piece.size"}, status=TOO_LARGE)


def _number(text: str) -> int:
    """A whole number of bytes; -1, which nothing accepts, for anything else."""
    found = number_of(text, digits=15)
    return -1 if found is None else found


def _refused(refusal: Refused, **more: Any) -> JsonResponse:
    status = getattr(refusal, "status", CONFLICT if refusal.code == "piece.offset" else UNPROCESSABLE)
    return JsonResponse({"message": refusal.message, "code": refusal.code, **more}, status=status)


def _stands(request: Any, one: Upload, *, status: int = 200) -> JsonResponse:
    said = upload_queries.shown(one.sitting, one, at=arrived_at(request))
    said |= {
        "url": reverse("participant:upload_pieces", args=[one.ticket]),
        "finish": reverse("participant:upload_finish", args=[one.ticket]),
        "next": "" if one.to_look_at else page_of_upload(one),
    }
    return JsonResponse(said, status=status)
