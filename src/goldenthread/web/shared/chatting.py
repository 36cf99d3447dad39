"""What chats send to browsers: what was said, at once by a stream, or when asked; streams are few and short.

A stream keeps one of the server's few threads, so each process has places for only some of them, and each ends by
itself after a while: the browser comes back. Who finds no place is told so and asks every second and a half. A stream
looks into the database briefly, gives the connection back, and takes no turn (decision 7): its answer is sent after
the request.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from goldenthread.common import clock
from goldenthread.enquiries import queries
from goldenthread.enquiries.models import Chat, EnquiryMessage
from goldenthread.web.shared.numbers import number_of

STREAM_SECONDS = 25.0
LOOK_SECONDS = 0.4
Look = Callable[[int], dict[str, Any]]  # after a message's number: {"after": ..., "sign": ..., ...}


class Places:
    """The places for streams of this process. One whose holder is gone without a word is free again after its time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[str, float] = {}

    def take(self, who: str) -> bool:
        """A place for `who`, if one is free and they hold none."""
        with self._lock:
            now = time.monotonic()
            self._held = {key: until for key, until in self._held.items() if until > now}
            if who in self._held or len(self._held) >= settings.CHAT_STREAMS:
                return False
            self._held[who] = now + STREAM_SECONDS + 10
            return True

    def free(self, who: str) -> None:
        """Give a place back; twice does no harm."""
        with self._lock:
            self._held.pop(who, None)


places = Places()


class Stream:
    """Events for one browser, until its time is up or it goes away."""

    def __init__(self, who: str, look: Look, after: int) -> None:
        self._who, self._events = who, self._run(look, after)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return next(self._events)

    def close(self) -> None:
        """Called by the server when the answer is over, also when the browser went away before the first event."""
        self._events.close()
        places.free(self._who)

    def _run(self, look: Look, after: int) -> Any:
        ends = time.monotonic() + STREAM_SECONDS
        sign: Any = None
        try:
            yield b"retry: 300\n\n"
            while time.monotonic() < ends:
                found = _looked(look, after)
                if found["after"] != after or found["sign"] != sign:
                    after, sign = found["after"], found["sign"]
                    yield f"id: {after}\ndata: {json.dumps(found)}\n\n".encode()
                time.sleep(LOOK_SECONDS)
        finally:
            places.free(self._who)


def _looked(look: Look, after: int) -> dict[str, Any]:
    try:
        return look(after)
    finally:
        if not connection.in_atomic_block:
            connection.close()


def stream(request: HttpRequest, who: str, look: Look) -> HttpResponseBase:
    """Events from `look` for `who`, or the one event "poll" where no place is free."""
    if places.take(who):
        response: Any = StreamingHttpResponse(Stream(who, look, after_of(request)))
    else:
        response = HttpResponse("event: poll\ndata: {}\n\n")
    response["Content-Type"] = "text/event-stream"
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


def after_of(request: HttpRequest) -> int:
    """The number of the last message that the browser has: what it says when it comes back, else in the address."""
    text = request.headers.get("Last-Event-ID") or request.GET.get("after", "0")
    return number_of(text) or 0


def said(message: EnquiryMessage, *, zone: str) -> dict[str, Any]:
    """One message for a browser; the name only of us, since they know theirs."""
    return {
        "id": message.pk,
        "us": message.kind == "out",
        "who": message.name or ("The office" if message.kind == "out" else "Visitor"),
        "text": message.text,
        "at": _clock(message.at, zone),
    }


def _clock(at: datetime, zone: str) -> str:
    return f"{at.astimezone(ZoneInfo(zone)):%H:%M}"


def conversation(
    chat_id: int, enquiry_id: int, after: int, *, zone: str, visitor: bool = False
) -> dict[str, Any]:
    """What was said after a message, and where the chat stands; a visitor is told when nobody answers."""
    messages = queries.said_since(enquiry_id, after)
    chat = Chat.objects.filter(pk=chat_id).first()
    state = "ended" if chat is None else chat.stands_at(clock.now()) if visitor else chat.stands
    return {
        "after": messages[-1].pk if messages else after,
        "sign": state,
        "state": state,
        "messages": [said(message, zone=zone) for message in messages],
    }
