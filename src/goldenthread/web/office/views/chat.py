"""The duty desk: who chats now, one chat, and the switch that says whether somebody is there."""

from typing import Any

from django.contrib import messages
from django.db.models import Max
from django.http import HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from goldenthread.common import clock
from goldenthread.common.refused import Refused
from goldenthread.enquiries import queries
from goldenthread.enquiries.actions import chatting
from goldenthread.enquiries.models import Chat
from goldenthread.enquiries.queries import OFFICE
from goldenthread.web.office.access import office_only
from goldenthread.web.public.forms_enquiries import SayForm
from goldenthread.web.shared import enquiring
from goldenthread.web.shared.chatting import after_of, conversation, said, stream
from goldenthread.web.shared.http import Request, new_form_key, show_refusal, viewer

MOST_SHOWN = 50


@never_cache
@require_safe
def duty_desk(request: Request) -> HttpResponse:
    """The chats that go on now."""
    return render(request, "office/duty_desk.html", _desk(request))


def _desk(request: Request, current: str = "") -> dict[str, Any]:
    who = viewer(request)
    chats = list(queries.live_chats_for(who)[:MOST_SHOWN])
    on_duty = queries.is_on_duty(request.user, at=request.received_at)
    if on_duty:
        chatting.stay_on_duty(user=request.user, at=request.received_at)
    return {"chats": chats, "on_duty": on_duty, "current": current, **enquiring.frame(OFFICE, "chat")}


@never_cache
@require_safe
def chat_list(request: Request) -> HttpResponse:
    """The list alone, for a page whose list has changed; by asking for it the desk's duty lasts on."""
    context = _desk(request, request.GET.get("current", "")[:12])
    return render(request, "office/_chats.html", context)


@require_POST
def duty(request: Request) -> HttpResponse:
    """On duty or off."""
    office_only(viewer(request))
    on = request.POST.get("on") == "yes"
    chatting.set_duty(user=request.user, on=on, at=request.received_at)
    if on:
        messages.success(request, "You are on duty: visitors can chat with you while this page is open.")
    else:
        messages.success(request, "You are off duty. What visitors write becomes an enquiry.")
    return redirect("office:duty_desk")


# --- one chat ----------------------------------------------------------------------------------------
@never_cache
@require_safe
def chat_one(request: Request, reference: str) -> HttpResponse:
    return _show(request, queries.get_chat_for(viewer(request), reference))


def _show(request: Request, chat: Chat, form: SayForm | None = None) -> HttpResponse:
    spoken = [said(one, zone=request.user.zone) for one in queries.said_since(chat.enquiry_id, 0)]
    context = {
        "chat": chat,
        "messages_said": spoken,
        "after": spoken[-1]["id"] if spoken else 0,
        "form": form or SayForm(),
        "form_key": new_form_key(),
        "who": str(chat.enquiry.prospect) if chat.enquiry.prospect else "Visitor",
        **_desk(request, chat.enquiry.reference),
    }
    return render(request, "office/chat.html", context, status=422 if form else 200)


@require_POST
def chat_reply(request: Request, reference: str) -> HttpResponse:
    """Answer; a script gets the new messages, everybody else the page."""
    chat = queries.get_chat_for(viewer(request), reference)
    form = SayForm(request.POST)
    if form.is_valid():
        try:
            chatting.reply(
                chat=chat,
                text=form.cleaned_data["text"],
                form_key=request.POST.get("form_key", "")[:36],
                by=request.user,
                at=request.received_at,
            )
        except Refused as no:
            show_refusal(form, no)
    if "application/json" in request.headers.get("Accept", ""):
        if form.errors:
            told = [str(one) for errors in form.errors.values() for one in errors]
            return JsonResponse({"error": " ".join(told)}, status=422)
        found = _look(chat, after_of(request), request.user.zone)
        return JsonResponse({"form_key": new_form_key(), **found})
    return _show(request, chat, form) if form.errors else redirect("office:chat", chat.enquiry.reference)


@require_POST
def chat_end(request: Request, reference: str) -> HttpResponse:
    """End a chat: answered it is closed, unanswered it joins the queue."""
    chat = queries.get_chat_for(viewer(request), reference)
    chatting.end(chat=chat, by=request.user, at=request.received_at)
    messages.success(request, "The chat is over.")
    return redirect("office:duty_desk")


# --- what the desk hears -----------------------------------------------------------------------------
def _look(chat: Chat | None, after: int, zone: str) -> dict[str, Any]:
    """What was said in the open chat, and a sign that changes whenever a chat begins, is taken, goes on or ends."""
    live = Chat.objects.filter(ended_at__isnull=True).annotate(last=Max("enquiry__messages"))
    rows = [list(row) for row in live.order_by("pk").values_list("pk", "taken_by", "last")[:MOST_SHOWN]]
    if chat is None:
        return {"after": after, "sign": rows, "messages": []}
    found = conversation(chat.pk, chat.enquiry_id, after, zone=zone)
    return {**found, "sign": [found["state"], rows]}


def _asked(request: Request) -> Chat | None:
    office_only(viewer(request))
    reference = request.GET.get("chat", "")
    return queries.get_chat_for(viewer(request), reference) if reference else None


@never_cache
@require_safe
def chat_feed(request: Request) -> HttpResponse:
    """What happened since, for a desk that has no stream."""
    return JsonResponse(_look(_asked(request), after_of(request), request.user.zone))


@require_safe
def chat_events(request: Request) -> HttpResponseBase:
    """What happens at the desk, as it happens. Whoever has it open stays on duty."""
    chat, user, zone = _asked(request), request.user, request.user.zone
    chatting.stay_on_duty(user=user, at=clock.now())
    return stream(request, f"desk {user.pk}", lambda after: _look(chat, after, zone))
