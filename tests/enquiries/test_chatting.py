"""Chats: live while somebody is there, an enquiry otherwise; bounded streams."""

import uuid
from datetime import timedelta
from typing import Any

import pytest

from goldenthread.common.models import AuditEvent, OutboxMessage
from goldenthread.common.refused import Refused
from goldenthread.enquiries import jobs, queries
from goldenthread.enquiries.actions import answer, chatting
from goldenthread.enquiries.actions.prospects import Who
from goldenthread.enquiries.models import Chat, Duty, Enquiry
from goldenthread.enquiries.rules import ABANDONED_AFTER, GONE_AFTER, Signs
from goldenthread.people.models import Role, User
from goldenthread.web.shared import chatting as streaming
from goldenthread.web.shared.chatting import Places, conversation
from tests import factories
from tests.enquiries.factories import AT
from tests.races import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def olu() -> User:
    return factories.member(Role.OFFICE, "Olu Office")


def begin(text: str = "Hello?", email: str = "amara@example.org", **values: Any) -> Chat:
    fixed = {"token": "cookie", "form_key": uuid.uuid4(), "signs": Signs(seconds=20), "at": AT}
    return chatting.begin(text=text, who=Who("Amara", email), **{**fixed, **values})


def reply(chat: Chat, by: User, text: str = "Good morning.", **values: Any) -> Any:
    return chatting.reply(chat=chat, text=text, by=by, **{"form_key": uuid.uuid4(), "at": AT, **values})


@pytest.mark.requirement("S0-67")
@pytest.mark.parametrize("email", ["amara@example.org", "b.en@school.example"])
def test_with_nobody_there_a_chat_is_an_enquiry_and_the_visitor_is_told(email: str) -> None:
    chat = begin(email=email)
    assert chat.ended_at == AT
    assert (chat.enquiry.channel, chat.enquiry.state, chat.enquiry.prospect.email) == ("chat", "new", email)
    assert chat.enquiry.due_at == AT + timedelta(hours=8)
    (told,) = OutboxMessage.objects.all()
    assert (told.recipient, told.payload["context"]["reference"]) == (email, chat.enquiry.reference)


def test_with_nobody_there_an_address_is_needed() -> None:
    with pytest.raises(Refused, match="Leave your e-mail address") as refused:
        begin(email="")
    assert refused.value.field == "email"
    assert Enquiry.objects.count() == 0


def test_somebody_is_there_for_a_quarter_of_an_hour_after_the_last_sign_of_life(olu: User) -> None:
    chatting.set_duty(user=olu, on=True, at=AT)
    chatting.set_duty(user=olu, on=True, at=AT)
    assert AuditEvent.objects.filter(verb="duty.began").count() == 1
    assert queries.somebody_on_duty(at=AT + timedelta(minutes=14))
    chatting.stay_on_duty(user=olu, at=AT + timedelta(minutes=14))
    assert queries.somebody_on_duty(at=AT + timedelta(minutes=28))
    assert not queries.somebody_on_duty(at=AT + timedelta(minutes=29))
    chatting.stay_on_duty(user=olu, at=AT + timedelta(minutes=40))
    assert not queries.somebody_on_duty(at=AT + timedelta(minutes=41))
    chatting.set_duty(user=olu, on=True, at=AT + timedelta(minutes=50))
    chatting.set_duty(user=olu, on=False, at=AT + timedelta(minutes=51))
    assert not queries.somebody_on_duty(at=AT + timedelta(minutes=51))
    assert Duty.objects.count() == 1


def test_a_chat_goes_back_and_forth_and_its_words_stay_with_the_enquiry(olu: User) -> None:
    chatting.set_duty(user=olu, on=True, at=AT)
    chat = begin(email="")
    assert chat.ended_at is None
    assert list(queries.live_chats_for(factories.seen(olu))) == [chat]
    key = uuid.uuid4()
    assert reply(chat, olu, form_key=key) == reply(chat, olu, form_key=key)
    chatting.say_more(chat=chat, text="How many days?", form_key=uuid.uuid4(), at=AT)
    chat.refresh_from_db()
    assert (chat.taken_by, chat.enquiry.state) == (olu, "waiting_us") or chat.taken_by == olu
    found = conversation(chat.pk, chat.enquiry_id, 0, zone="Europe/London")
    assert [(m["us"], m["text"]) for m in found["messages"]] == [
        (False, "Hello?"),
        (True, "Good morning."),
        (False, "How many days?"),
    ]
    assert found["state"] == "live"
    assert conversation(chat.pk, chat.enquiry_id, found["after"], zone="Europe/London")["messages"] == []
    reply(chat, olu, "Four.")
    chatting.end(chat=chat, by=olu, at=AT)
    chatting.end(chat=chat, by=olu, at=AT)
    one = Enquiry.objects.get()
    assert (one.state, one.due_at, one.messages.count()) == ("closed", None, 4)
    assert OutboxMessage.objects.count() == 0
    with pytest.raises(Refused, match="Answer the enquiry by e-mail"):
        reply(chat, olu)


@pytest.mark.django_db(transaction=True)
def test_the_same_form_at_one_moment_is_one_chat_and_one_visitor() -> None:
    key = uuid.uuid4()
    token = chatting.token_of(str(key))
    assert token == chatting.token_of(str(key))
    chats = at_once(*[lambda: begin(form_key=key, token=token)] * 3)
    assert len({one.pk for one in chats}) == 1
    with pytest.raises(Refused, match="another browser"):
        begin(form_key=key, token=chatting.token_of(str(uuid.uuid4())))


def test_a_visitor_learns_nothing_of_whom_an_address_belongs_to(olu: User) -> None:
    begin()
    chatting.set_duty(user=olu, on=True, at=AT)
    chat = chatting.begin(
        token="dot", form_key=uuid.uuid4(), text="Hello?", who=Who("", "amara@example.org"), at=AT
    )
    chatting.say_more(chat=chat, text="Who am I?", form_key=uuid.uuid4(), at=AT)
    found = conversation(chat.pk, chat.enquiry_id, 0, zone="Europe/London")
    assert [m["who"] for m in found["messages"]] == ["Visitor", "Visitor"]


def test_a_chat_whose_enquiry_was_closed_meanwhile_ends_without_a_word(olu: User) -> None:
    chatting.set_duty(user=olu, on=True, at=AT)
    chat = begin()
    answer.close(enquiry=chat.enquiry, by=olu, at=AT)
    chatting.end(chat=chat, by=olu, at=AT)
    one = Enquiry.objects.get()
    assert (one.state, one.due_at) == ("closed", None)
    assert OutboxMessage.objects.count() == 0


@pytest.mark.parametrize("email", ["amara@example.org", ""])
def test_a_chat_that_nobody_answers_becomes_an_enquiry(olu: User, email: str) -> None:
    chatting.set_duty(user=olu, on=True, at=AT)
    chat = begin(email=email)
    assert jobs.end_abandoned_chats(AT + ABANDONED_AFTER) == "ended 0"
    late = AT + ABANDONED_AFTER + timedelta(seconds=1)
    assert jobs.end_abandoned_chats(late) == "ended 1"
    assert jobs.end_abandoned_chats(late) == "ended 0"
    one = Enquiry.objects.get()
    assert (one.state, one.due_at is not None) == ("new", True)
    assert list(queries.enquiries_for(factories.seen(olu), "office", state="open")) == [one]
    assert [m.recipient for m in OutboxMessage.objects.all()] == ([email] if email else [])
    chat.refresh_from_db()
    chatting.leave_address(chat=chat, email="amara@home.example", name="", at=late)
    one.refresh_from_db()
    assert queries.address_of(one) == (email or "amara@home.example")
    assert OutboxMessage.objects.count() == 1


def test_a_chat_in_which_nobody_writes_any_more_is_over(olu: User) -> None:
    chatting.set_duty(user=olu, on=True, at=AT)
    chat = begin()
    reply(chat, olu)
    assert jobs.end_abandoned_chats(AT + GONE_AFTER) == "ended 0"
    assert jobs.end_abandoned_chats(AT + GONE_AFTER + timedelta(seconds=1)) == "ended 1"
    assert Enquiry.objects.get().state == "closed"


def test_spam_disturbs_nobody_at_the_desk(olu: User) -> None:
    chatting.set_duty(user=olu, on=True, at=AT)
    chat = begin("https://rank.example")
    assert chat.enquiry.quarantine
    assert chat.ended_at is not None
    assert OutboxMessage.objects.count() == 0


def test_a_chat_begun_twice_is_one_and_nobody_elses(olu: User) -> None:
    key = uuid.uuid4()
    assert begin(form_key=key) == begin(form_key=key)
    with pytest.raises(Refused, match="another browser"):
        begin(form_key=key, token="other")
    chat = Chat.objects.get()
    assert queries.chat_of_token(chatting.hash_of("cookie")) == chat
    assert "cookie" not in chat.token_hash
    assert queries.chat_of_token("cookie") is None


# --- places for streams --------------------------------------------------------------------------------
def test_a_process_has_places_for_a_few_streams_and_one_for_each(settings: Any, monkeypatch: Any) -> None:
    settings.CHAT_STREAMS = 2
    places = Places()
    assert [places.take(who) for who in ("a", "a", "b", "c")] == [True, False, True, False]
    places.free("a")
    places.free("a")
    assert places.take("c")
    now = __import__("time").monotonic()
    monkeypatch.setattr("goldenthread.web.shared.chatting.time.monotonic", lambda: now + 60)
    assert places.take("d")  # whose holder is gone without a word


def test_a_stream_says_what_is_new_once_ends_by_itself_and_gives_its_place_back(
    monkeypatch: Any, settings: Any
) -> None:
    settings.CHAT_STREAMS = 1
    monkeypatch.setattr(streaming, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(streaming, "STREAM_SECONDS", 0.2)
    looks: list[int] = []

    def look(after: int) -> dict[str, Any]:
        looks.append(after)
        return {"after": 7 if len(looks) > 1 else 5, "sign": "live", "messages": []}

    assert streaming.places.take("a")
    events = list(streaming.Stream("a", look, 5))
    assert [event.split(b"\n")[0] for event in events] == [b"retry: 300", b"id: 5", b"id: 7"]
    assert looks[:3] == [5, 5, 7]
    assert streaming.places.take("b")
    broken = streaming.Stream("b", look, 0)
    broken.close()  # the browser went away before the first event
    assert streaming.places.take("c")
    streaming.places.free("c")


def test_who_finds_no_place_is_told_to_ask(client: Any, settings: Any, olu: User) -> None:
    settings.CHAT_STREAMS = 0
    client.force_login(olu)
    answer = client.get("/office/enquiries/chat/events/")
    assert answer["Content-Type"] == "text/event-stream"
    assert answer.content.startswith(b"event: poll")
