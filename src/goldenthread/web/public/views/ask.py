"""Ask a question by form; and the door by which a mail service hands in what was written to us."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core import signing
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from goldenthread.catalogue.claims import Provision
from goldenthread.catalogue.models import Programme
from goldenthread.common.limits import Limit
from goldenthread.common.refused import Refused
from goldenthread.enquiries import letters, other, queries
from goldenthread.enquiries.actions import ask as actions
from goldenthread.enquiries.actions import incoming
from goldenthread.enquiries.actions.opening import clock_text
from goldenthread.people.models import Organisation
from goldenthread.web.public.cookieless import cookieless
from goldenthread.web.public.facts import short_name
from goldenthread.web.public.forms_enquiries import AskForm
from goldenthread.web.shared.http import Request, new_form_key, posted, roles_day, show_refusal
from goldenthread.web.shared.limits import answered, within

ASK = Limit("ask", 20, timedelta(hours=1))
_SALT = "goldenthread.public.ask"


@cookieless
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: Request, key: str = "") -> HttpResponse:
    """A question, in general, about a programme by the key of its version or its code, or about other provision."""
    provision = other.by_key(key) if key else None
    programme = _programme(key) if key and provision is None else None
    return _form(request, programme=programme, provision=provision)


@cookieless
@require_http_methods(["GET", "HEAD", "POST"])
def ask_partner(request: Request, organisation_id: int) -> HttpResponse:
    """A question to a delivery partner (S4-08)."""
    return _form(request, partner=queries.get_partner(organisation_id, on=roles_day(request)))


def _programme(key: str) -> Programme:
    found = Programme.objects.filter(versions__key=key).exclude(versions__state="draft").first()
    found = found or Programme.objects.filter(code=key.upper()[:10]).first()
    if found is None:
        raise Http404
    return found


def _form(
    request: Request,
    *,
    programme: Programme | None = None,
    partner: Organisation | None = None,
    provision: Provision | None = None,
) -> HttpResponse:
    form = AskForm(posted(request), request=request)
    refusal: Refused | None = None
    if form.is_bound and form.is_valid():
        try:
            within(request, ASK, "That was a great many questions from your network. Try again {wait}.")
            enquiry = actions.ask(
                form_key=request.POST.get("form_key", "")[:36],
                who=form.who,
                text=form.cleaned_data["text"],
                programme=programme,
                partner=partner,
                provision=provision,
                signs=form.signs,
                at=request.received_at,
            )
        except Refused as no:
            refusal = no
            show_refusal(form, no)
        else:
            told = {"reference": enquiry.reference, "due": clock_text(enquiry.due_at)}
            return redirect("public:ask_sent", signing.dumps(told, salt=_SALT))
    context: dict[str, Any] = {
        "form": form,
        "form_key": request.POST.get("form_key", "")[:36] or new_form_key(),
        "programme": programme,
        "name": short_name(programme.name) if programme else provision.name if provision else "",
        "provision": provision,
        "partner": partner,
    }
    page = render(request, "public/ask.html", context, status=422 if form.errors else 200)
    return answered(page, refusal)


@cookieless
@require_safe
def sent(request: Request, token: str) -> HttpResponse:
    """What happens next, with the reference."""
    try:
        told = signing.loads(token, salt=_SALT, max_age=24 * 3600)
    except signing.BadSignature:
        return redirect("public:ask")
    return render(request, "public/ask_sent.html", told)


@login_not_required
@csrf_exempt
@require_POST
def incoming_mail(request: Request) -> HttpResponse:
    """A mail as it was sent (message/rfc822), handed in by a mail service that knows the shared secret.

    Answers 200 once it is kept: whoever hands it in may forget it then, and repeat it before. Without a secret in the
    settings there is no such address.
    """
    secret = settings.MAIL_WEBHOOK_SECRET
    if not secret:
        raise Http404
    if not constant_time_compare(request.headers.get("X-Enquiry-Secret", ""), secret):
        return JsonResponse({"error": "the header X-Enquiry-Secret is missing or wrong"}, status=403)
    raw = request.read(letters.LARGEST + 1)
    if not raw.strip():
        return JsonResponse({"error": "the body is empty: send the mail as message/rfc822"}, status=400)
    enquiry = incoming.take(letter=letters.read(raw), at=request.received_at)
    return JsonResponse({"reference": enquiry.reference})
