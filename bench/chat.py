"""Workload: how long what the office writes in a chat takes to the visitor, by a stream and by asking."""

import http.client
import json
import os
import random
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

from bench import data, figures, places
from goldenthread.common import clock
from goldenthread.enquiries.actions import chatting
from goldenthread.enquiries.actions.prospects import Who
from goldenthread.enquiries.models import Chat
from goldenthread.enquiries.rules import Signs

MESSAGES, QUICK_MESSAGES = 60, 8
ASKS_EVERY = 1.5  # seconds, as the page does
HEAD = {"Host": places.HOST, "X-Forwarded-Proto": "https", "Cookie": "chat=bench"}


def run(database: str, *, quick: bool) -> list[figures.Figure]:
    """Messages at irregular moments, one after another; the first ones are not measured."""
    at = clock.now()
    office = data.make_office(at)
    chatting.set_duty(user=office, on=True, at=at)
    chat = chatting.begin(
        token="bench", form_key=uuid.uuid4(), text="Hello?", who=Who("Bench"), signs=Signs(seconds=60), at=at
    )
    count = QUICK_MESSAGES if quick else MESSAGES
    found = []
    for case, streams, hear in (("by a stream", "2", _streamed), ("by asking", "0", _asked)):
        os.environ["GOLDENTHREAD_CHAT_STREAMS"] = streams
        with places.server(os.environ) as server:
            heard = _Heard(lambda stop, port=server.port, hear=hear: hear(port, stop))
            times = [_said(chat, office, heard) for _ in range(count + 2)][2:]
            heard.stop()
        found.append(figures.chat(database, case, milliseconds=times))
    return found


def _said(chat: Chat, office: Any, heard: "_Heard") -> float:
    """Write one message and wait until it is heard: milliseconds."""
    time.sleep(random.random() * 2)
    words = uuid.uuid4().hex
    begun = time.perf_counter()
    chatting.reply(chat=chat, text=words, form_key=uuid.uuid4(), by=office, at=clock.now())
    return (heard.when(words) - begun) * 1000


class _Heard:
    """A visitor's browser: notes when each message came."""

    def __init__(self, hear: Callable[[threading.Event], Iterator[str]]) -> None:
        self._end, self._new = threading.Event(), threading.Condition()
        self._at: dict[str, float] = {}
        self._thread = threading.Thread(target=self._listen, args=(hear,), daemon=True)
        self._thread.start()

    def _listen(self, hear: Callable[[threading.Event], Iterator[str]]) -> None:
        for words in hear(self._end):
            with self._new:
                self._at.setdefault(words, time.perf_counter())
                self._new.notify_all()

    def when(self, words: str) -> float:
        with self._new:
            if not self._new.wait_for(lambda: words in self._at, timeout=30):
                raise SystemExit("a message did not arrive within half a minute")
            return self._at[words]

    def stop(self) -> None:
        self._end.set()


def _streamed(port: int, stop: threading.Event) -> Iterator[str]:
    after = 0
    while not stop.is_set():
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        line.request("GET", f"/chat/events/?after={after}", headers=HEAD)
        answer = line.getresponse()
        while text := answer.readline():
            if text.startswith(b"data: "):
                found = json.loads(text[6:])
                after = found.get("after", after)
                yield from (one["text"] for one in found.get("messages", []))
            if stop.is_set():
                break
        line.close()


def _asked(port: int, stop: threading.Event) -> Iterator[str]:
    after = 0
    while not stop.wait(ASKS_EVERY):
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        line.request("GET", f"/chat/feed/?after={after}", headers=HEAD)
        found = json.loads(line.getresponse().read())
        line.close()
        after = found["after"]
        yield from (one["text"] for one in found["messages"])
