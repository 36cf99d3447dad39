"""Chat with the office: live while somebody is on duty, otherwise an enquiry; without a script by loading anew."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from goldenthread.common.limits import Limit
from goldenthread.common.refused import Refused
from goldenthread.enquiries import queries
from goldenthread.enquiries.actions import chatting
from goldenthread.enquiries.models import Chat
from goldenthread.web.public.cookieless import cookieless
from goldenthread.web.public.forms_enquiries import AddressForm, ChatForm, SayForm
from goldenthread.web.shared.chatting import after_of, conversation, said, stream
from goldenthread.web.shared.http import Request, new_form_key, posted, show_refusal
from goldenthread.web.shared.limits import answered, within

COOKIE = "chat"
KEPT_SECONDS = 24 * 3600
BEGIN = Limit("chat", 20, timedelta(hours=1))
SAY = Limit("chat say", 120, timedelta(minutes=10))


def _chat(request: Request) -> Chat | None:
    """The chat of this browser."""
    token = request.COOKIES.get(COOKIE, "")[:100]
    return queries.chat_of_token(chatting.hash_of(token)) if token else None


def _zone(request: Request) -> str:
    return getattr(request.user, "zone", settings.TIME_ZONE)


@cookieless
@require_http_methods(["GET", "HEAD", "POST"])
def chat(request: Request) -> HttpResponse:
    """Begin a chat, or the one that goes on."""
    found = _chat(request)
    if found is not None:
        return _conversation(request, found)
    form = ChatForm(posted(request), request=request)
    refusal: Refused | None = None
    if form.is_bound and form.is_valid():
        try:
            return _begun(request, form)
        except Refused as no:
            refusal = no
            show_refusal(form, no)
    context = {
        "form": form,
        "form_key": request.POST.get("form_key", "")[:36] or new_form_key(),
        "somebody": queries.somebody_on_duty(at=request.received_at),
    }
    page = render(request, "public/chat_begin.html", context, status=422 if form.errors else 200)
    return answered(page, refusal)


def _begun(request: Request, form: ChatForm) -> HttpResponse:
    within(request, BEGIN, "That was a great many chats from your network. Try again {wait}.")
    form_key = request.POST.get("form_key", "")[:36]
    token = chatting.token_of(form_key)
    chatting.begin(
        token=token,
        form_key=form_key,
        text=form.cleaned_data["text"],
        who=form.who,
        signs=form.signs,
        at=request.received_at,
    )
    response = redirect("public:chat")
    response.set_cookie(
        COOKIE,
        token,
        max_age=KEPT_SECONDS,
        path="/chat/",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


def _conversation(
    request: Request, found: Chat, *, form: SayForm | None = None, address: AddressForm | None = None
) -> HttpResponse:
    messages = [said(one, zone=_zone(request)) for one in queries.said_since(found.enquiry_id, 0)]
    state, answerable = found.stands_at(request.received_at), bool(queries.address_of(found.enquiry))
    bad = bool((form and form.errors) or (address and address.errors))
    context: dict[str, Any] = {
        "chat": found,
        "messages_said": messages,
        "after": messages[-1]["id"] if messages else 0,
        "state": state,
        "leaving": "leaving" in request.GET and not answerable and state in ("waiting", "unanswered"),
        "form": form or SayForm(),
        "form_key": new_form_key(),
        "answerable": answerable,
        "answered": found.taken_by_id is not None,
        "due": found.enquiry.due_at,
        "typed": first.sender if (first := queries.first_said(found.enquiry)) else "",
        "address": address or AddressForm(auto_id="address_%s"),
        "reference": found.enquiry.reference,
    }
    return render(request, "public/chat.html", context, status=422 if bad else 200)


@cookieless
@require_POST
def say(request: Request) -> HttpResponse:
    """A further message; a script gets the new messages, everybody else the page."""
    found = _chat(request)
    if found is None:
        return redirect("public:chat")
    form = SayForm(request.POST)
    if form.is_valid():
        try:
            within(request, SAY, "That was a great many messages. Try again {wait}.")
            chatting.say_more(
                chat=found,
                text=form.cleaned_data["text"],
                form_key=request.POST.get("form_key", "")[:36],
                at=request.received_at,
            )
        except Refused as no:
            show_refusal(form, no)
    if "application/json" in request.headers.get("Accept", ""):
        if form.errors:
            told = [str(one) for errors in form.errors.values() for one in errors]
            return JsonResponse({"error": " ".join(told)}, status=422)
        return JsonResponse({"form_key": new_form_key(), **_feed(request, found)})
    return _conversation(request, found, form=form) if form.errors else redirect("public:chat")


def _feed(request: Request, found: Chat) -> dict[str, Any]:
    return conversation(found.pk, found.enquiry_id, after_of(request), zone=_zone(request), visitor=True)


@cookieless
@require_safe
def feed(request: Request) -> HttpResponse:
    """What was said since, for whoever has no stream."""
    found = _chat(request)
    if found is None:
        return JsonResponse({"state": "gone", "sign": "gone", "after": 0, "messages": []})
    return JsonResponse(_feed(request, found))


@cookieless
@require_safe
def events(request: Request) -> HttpResponseBase:
    """What is said, as it is said."""
    found = _chat(request)
    if found is None or found.ended_at:
        return HttpResponse(status=404)  # the browser does not come back
    chat_id, enquiry_id, zone = found.pk, found.enquiry_id, _zone(request)
    return stream(
        request,
        f"chat {chat_id}",
        lambda after: conversation(chat_id, enquiry_id, after, zone=zone, visitor=True),
    )


@cookieless
@require_POST
def address(request: Request) -> HttpResponse:
    """An address to be answered at, once nobody came."""
    found = _chat(request)
    if found is None:
        return redirect("public:chat")
    form = AddressForm(request.POST, auto_id="address_%s")
    if form.is_valid():
        try:
            chatting.leave_address(chat=found, at=request.received_at, **form.cleaned_data)
            if "end" in request.POST:
                chatting.end(chat=found, by=chatting.VISITOR, at=request.received_at)
        except Refused as no:
            show_refusal(form, no)
    return _conversation(request, found, address=form) if form.errors else redirect("public:chat")


@cookieless
@require_POST
def end(request: Request) -> HttpResponse:
    """The visitor is done: the chat ends and the cookie goes.

    Who goes without an answer is asked for an address first, once: otherwise nobody could answer.
    """
    found = _chat(request)
    if found is not None:
        unanswered = found.stands == "waiting" and not queries.address_of(found.enquiry)
        if unanswered and "anyway" not in request.POST:
            return redirect(f"{reverse('public:chat')}?leaving=yes")
        chatting.end(chat=found, by=chatting.VISITOR, at=request.received_at)
    response = redirect("public:contact")
    response.delete_cookie(COOKIE, path="/chat/")
    return response
