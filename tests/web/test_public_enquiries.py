"""What visitors do before they apply: register interest, ask, chat, each without an account and without cookies."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import signing
from django.test import Client

from goldenthread.common import clock
from goldenthread.common.models import OutboxMessage
from goldenthread.enquiries import queries
from goldenthread.enquiries.actions import chatting, prospects
from goldenthread.enquiries.models import Chat, Enquiry, Interest
from goldenthread.people.models import Role, User
from goldenthread.web.public.cookieless import _SALT
from tests import factories
from tests.enquiries import factories as made
from tests.factories_applications import open_intake

pytestmark = pytest.mark.django_db
NPQSL, NPQLT = "npqsl-reformed-international", factories.NPQLT
WHO = {"name": "Amara Asks", "email": "amara@example.org", "postcode": ""}


def opened(seconds: float = 60) -> str:
    """The stamp of a form that was opened so long ago."""
    return signing.dumps(clock.now().timestamp() - seconds, salt=_SALT)


def key_in(page: Any) -> str:
    return str(re.search(r'name="form_key" value="([^"]+)"', page.content.decode())[1])  # type: ignore[index]


def send(client: Client, url: str, **values: Any) -> Any:
    data = {"opened": opened(), "form_key": key_in(client.get(url)), **WHO, **values}
    return client.post(url, data)


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


# --- the programme's page ----------------------------------------------------------------------------
@pytest.mark.requirement("S0-63")
@pytest.mark.usefixtures("catalogue")
@pytest.mark.parametrize(
    ("key", "facts"), [(NPQSL, ["£1,550"]), ("npqlt-reformed-international", ["Blended"])]
)
def test_an_open_intake_has_an_apply_button_and_without_one_interest_is_registered(
    client: Client, key: str, facts: list[str]
) -> None:
    url = f"/programmes/{key}/"
    page = text_of(client.get(url))
    assert "Register interest</a>" in page
    assert f'href="/interest/{key}/"' in page
    assert "Apply for" not in page
    intake = open_intake(key)
    page = text_of(client.get(url))
    assert all(fact in page for fact in [*facts, "Stages", f"Apply for {intake.name}</a>"])
    assert "Register interest</a>" not in page


# --- interest ----------------------------------------------------------------------------------------
@pytest.mark.usefixtures("catalogue")
def test_who_does_not_agree_to_be_written_to_is_asked_once_and_can_still_agree(client: Client) -> None:
    url, code = f"/interest/{NPQSL}/", "NPQSL"
    asked = send(client, url, programmes=[code])
    assert asked.status_code == 422
    assert "You have not agreed to be written to" in text_of(asked)
    assert 'name="asked" value="yes"' in text_of(asked)
    assert 'value="Amara Asks"' in text_of(asked)
    assert not Interest.objects.exists()
    done = send(client, url, programmes=[code], asked="yes")
    assert done.status_code == 302
    one = Interest.objects.get()
    assert (one.consent_at, one.consent_text) == (None, "")
    assert "Yes, write to me" in text_of(client.get(done["Location"]))
    assert "Tick the box to agree" in text_of(client.post(done["Location"], {"confirm": "yes"}))
    for _ in range(2):
        agreed = client.post(done["Location"], {"confirm": "yes", "consent": "on"}, follow=True)
        assert "We write when an intake opens near you." in text_of(agreed)
        assert "Yes, write to me" not in text_of(agreed)
    one.refresh_from_db()
    assert one.consent_at is not None
    assert one.confirmed_at is None
    assert not Interest.objects.filter(queries.may_hear(clock.day_of(clock.now()))).exists()


@pytest.mark.usefixtures("catalogue")
def test_the_link_that_confirms_interest_offers_the_tick_again(client: Client) -> None:
    send(client, f"/interest/{NPQSL}/", programmes=["NPQSL"], asked="yes")
    path = OutboxMessage.objects.get().payload["context"]["confirm_url"].removeprefix("http://localhost:8000")
    without = client.post(path, {"confirm": "yes"})
    assert "Yes, write to me" in text_of(without)
    may_hear = Interest.objects.filter(queries.may_hear(clock.day_of(clock.now())))
    assert not may_hear.exists()
    agreed = client.post(path, {"confirm": "yes", "consent": "on"})
    assert "We write when an intake opens near you" in text_of(agreed)
    assert may_hear.count() == 1
    assert "to be written" not in text_of(agreed)


@pytest.mark.requirement("S0-66")
@pytest.mark.usefixtures("catalogue")
@pytest.mark.parametrize("key", ["npqlbc-reformed-international", "npqh-reformed-international"])
def test_interest_on_a_programmes_page_is_stored_confirmed_and_withdrawn_by_the_link(
    client: Client, key: str
) -> None:
    code = key.partition("-")[0].upper()
    done = send(client, f"/interest/{key}/", programmes=[code], consent="on", role="Head of year")
    assert done.status_code == 302
    assert "What happens next" in text_of(client.get(done["Location"]))
    assert "amara" not in done["Location"]
    one = Interest.objects.get()
    assert (one.programme.code, one.market, one.prospect.role) == (code, "international", "Head of year")
    link = OutboxMessage.objects.get().payload["context"]["withdraw_url"]
    path = link.removeprefix("http://localhost:8000")
    assert "Withdraw my interest" in text_of(client.get(path))
    assert Interest.objects.get().withdrawn_at is None  # looking does nothing: mail scanners look
    assert "is withdrawn" in text_of(client.post(path, {"List-Unsubscribe": "One-Click"}))
    assert Interest.objects.get().withdrawn_at is not None
    assert client.get(path[:-3] + "xx/").status_code == 410


@pytest.mark.requirement("S4-21")
@pytest.mark.usefixtures("catalogue")
@pytest.mark.parametrize("codes", [["NPQLT", "NPQSL"], ["NPQEL"]])
def test_programmes_that_are_ticked_on_a_partners_page_are_the_partners_interests(
    client: Client, codes: list[str]
) -> None:
    hub = made.partner("Crystal Palace hub")
    assert send(client, f"/partners/{hub.pk}/", programmes=codes, consent="on").status_code == 302
    found = Interest.objects.select_related("prospect", "programme", "partner")
    assert {one.prospect.email for one in found} == {"amara@example.org"}
    assert sorted(one.programme.code for one in found) == sorted(codes)
    assert {one.partner for one in found} == {hub}


@pytest.mark.usefixtures("catalogue")
def test_what_is_missing_is_said_at_its_field_and_what_was_typed_stays(client: Client) -> None:
    page = send(client, "/interest/", email="nobody", programmes=[], role="Head of year")
    assert page.status_code == 422
    text = text_of(page)
    assert "Choose at least one programme." in text
    assert "name@example.org" in text
    assert 'value="Head of year"' in text
    assert Interest.objects.count() == 0


@pytest.mark.usefixtures("catalogue")
@pytest.mark.parametrize("odd", [{"website": "x"}, {"opened": "forged"}, {"opened": ""}])
def test_a_machine_registers_nobody_and_a_person_is_told(client: Client, odd: dict[str, str]) -> None:
    page = send(client, f"/interest/{NPQLT}/", programmes=["NPQLT"], asked="yes", **odd)
    assert page.status_code == 422
    assert "This looked like a machine" in text_of(page)
    assert Interest.objects.count() == 0


# --- asking ------------------------------------------------------------------------------------------
@pytest.mark.usefixtures("catalogue")
def test_a_question_about_a_programme_is_taken_in_and_told_by_when_it_is_answered(client: Client) -> None:
    done = send(client, f"/ask/{NPQLT}/", text="When does it start?")
    one = Enquiry.objects.get()
    assert (one.programme.code, one.topic, one.channel, one.quarantine) == (
        "NPQLT",
        "qualification offer",
        "form",
        "",
    )
    page = text_of(client.get(done["Location"]))
    assert one.reference in page
    assert "at the latest" in page


@pytest.mark.requirement("S4-08")
@pytest.mark.parametrize("name", ["Crystal Palace hub", "Avon hub"])
def test_a_question_on_a_partners_page_is_seen_by_it_and_the_office_and_no_other_partner(
    client: Client, name: str
) -> None:
    hub, other = made.partner(name), made.partner("Other hub")
    people = {
        "hub": factories.member(Role.PARTNER_MANAGER, "Harriet", of=hub),
        "other": factories.member(Role.PARTNER_MANAGER, "Otto", of=other),
        "office": factories.member(Role.OFFICE, "Olu"),
    }
    send(client, f"/partners/{hub.pk}/ask/", text="Do you have a place for me?")
    reference = Enquiry.objects.get().reference
    seen = {}
    for who, person in people.items():
        desk = Client()
        desk.force_login(person)
        at = "office" if who == "office" else "partner"
        listed = reference in text_of(desk.get(f"/{at}/enquiries/"))
        seen[who] = (listed, desk.get(f"/{at}/enquiries/{reference}/").status_code)
    assert seen == {"hub": (True, 200), "other": (False, 404), "office": (True, 200)}


def test_spam_is_told_the_same_and_put_aside(client: Client) -> None:
    done = send(client, "/ask/", text="Hello", website="https://rank.example")
    assert "We have your question" in text_of(client.get(done["Location"]))
    assert Enquiry.objects.get().quarantine
    assert OutboxMessage.objects.count() == 0


def test_a_flood_of_questions_is_stopped_with_words(client: Client) -> None:
    with time_machine.travel("2026-06-01T09:00Z", tick=False):
        for number in range(20):
            assert send(client, "/ask/", text=f"Question {number}?").status_code == 302
        page = send(client, "/ask/", text="One more?")
    assert page.status_code == 429
    assert "Try again in 60 minutes" in text_of(page)
    assert "One more?" in text_of(page)
    assert Enquiry.objects.count() == 20


# --- cookies and other sites ---------------------------------------------------------------------------
@pytest.mark.parametrize("url", ["/ask/", "/interest/", "/chat/"])
def test_the_forms_set_no_cookie(client: Client, url: str) -> None:
    factories.version()
    assert not client.get(url).cookies
    assert not client.post(url, {}).cookies


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}]
)
def test_another_sites_page_sends_nothing_here(headers: dict[str, str]) -> None:
    strict = Client(enforce_csrf_checks=True)
    data = {"opened": opened(), "form_key": key_in(strict.get("/ask/")), "text": "Hello?", **WHO}
    assert strict.post("/ask/", data, headers=headers).status_code == 403
    assert Enquiry.objects.count() == 0
    assert strict.post("/ask/", data, headers={"Origin": "http://testserver"}).status_code == 302


# --- chat --------------------------------------------------------------------------------------------
@pytest.mark.requirement("S0-67")
@pytest.mark.parametrize("email", ["amara@example.org", "ben@school.example"])
def test_with_nobody_on_duty_a_chat_is_an_enquiry_and_the_page_says_how_it_is_answered(
    client: Client, email: str
) -> None:
    assert "Nobody is here just now" in text_of(client.get("/chat/"))
    send(client, "/chat/", text="Hello?", email=email)
    assert Enquiry.objects.get().channel == "chat"
    page = text_of(client.get("/chat/"))
    assert f"is answered by e-mail to {email}" in page


def test_a_chat_sets_one_cookie_for_its_own_pages_and_works_without_a_script(client: Client) -> None:
    olu = factories.member(Role.OFFICE, "Olu Office")
    chatting.set_duty(user=olu, on=True, at=clock.now())
    done = send(client, "/chat/", text="Hello?", email="")
    (cookie,) = done.cookies.values()
    assert (cookie.key, cookie["path"], cookie["httponly"], cookie["samesite"]) == (
        "chat",
        "/chat/",
        True,
        "Lax",
    )
    chat = Chat.objects.get()
    chatting.reply(
        chat=chat, text="Good morning.", form_key=key_in(client.get("/chat/")), by=olu, at=clock.now()
    )
    page = client.get("/chat/")
    assert "Good morning." in text_of(page)
    assert "You are talking with Olu Office." in text_of(page)
    client.post("/chat/say/", {"text": "How many days?", "form_key": key_in(page)})
    assert [m["text"] for m in client.get("/chat/feed/").json()["messages"]] == [
        "Hello?",
        "Good morning.",
        "How many days?",
    ]
    said = client.post(
        "/chat/say/?after=0",
        {"text": "<b>And where?</b>", "form_key": key_in(client.get("/chat/"))},
        headers={"Accept": "application/json"},
    )
    assert said.json()["messages"][-1]["text"] == "<b>And where?</b>"
    assert "<b>And where?" not in client.get("/chat/").content.decode()
    gone = client.post("/chat/end/")
    assert gone.cookies["chat"]["max-age"] == 0
    assert Chat.objects.get().ended_at is not None


def waiting_chat(client: Client, email: str = "") -> Chat:
    olu = factories.member(Role.OFFICE, "Olu Office")
    chatting.set_duty(user=olu, on=True, at=clock.now())
    send(client, "/chat/", text="Hello?", email=email)
    return Chat.objects.get()


@pytest.mark.parametrize(
    ("email", "said"),
    [("", "Leave an e-mail address below"), (WHO["email"], f"e-mail to {WHO['email']}, by")],
)
def test_a_visitor_whom_nobody_answers_for_a_minute_is_told_so_and_when_an_answer_comes(
    client: Client, email: str, said: str
) -> None:
    chat = waiting_chat(client, email)
    assert "in a moment" not in text_of(client.get("/chat/"))
    assert client.get("/chat/feed/").json()["state"] == "waiting"
    for seconds, state in ((59, "waiting"), (60, "unanswered"), (200, "unanswered")):
        with time_machine.travel(chat.opened_at + timedelta(seconds=seconds), tick=False):
            assert client.get("/chat/feed/").json()["state"] == state
            page = text_of(client.get("/chat/"))
            shown = page.partition("data-chat-state>")[2].partition("</p>")[0]
            assert ("Nobody has answered yet." in shown) is (state == "unanswered")
            assert (said in shown) is (state == "unanswered")
    chatting.reply(
        chat=chat, text="Here.", form_key=key_in(client.get("/chat/")), by=User.objects.get(), at=clock.now()
    )
    with time_machine.travel(chat.opened_at + timedelta(minutes=3), tick=False):
        assert client.get("/chat/feed/").json()["state"] == "live"


def test_whoever_ends_an_unanswered_chat_is_asked_for_an_address_first(client: Client) -> None:
    chat = waiting_chat(client)
    asked = client.post("/chat/end/", follow=True)
    assert "Before you go: where may we answer?" in text_of(asked)
    assert Chat.objects.get().ended_at is None
    assert client.post("/chat/address/", {"email": "not an address", "end": "yes"}).status_code == 422
    client.post("/chat/address/", {"name": "", "email": "amara@home.example", "end": "yes"})
    chat.refresh_from_db()
    assert chat.ended_at is not None
    assert OutboxMessage.objects.get().recipient == "amara@home.example"
    page = text_of(client.get("/chat/"))
    assert "answered by e-mail to the address you left, by" in page
    assert "Before you go" not in page


def test_an_unanswered_chat_without_an_address_tells_the_office_that_nobody_can_answer(
    client: Client,
) -> None:
    chat = waiting_chat(client)
    gone = client.post("/chat/end/", {"anyway": "yes"})
    assert gone.cookies["chat"]["max-age"] == 0
    office = Client()
    office.force_login(User.objects.get())
    page = text_of(office.get(f"/office/enquiries/{chat.enquiry.reference}/"))
    assert "left the chat without an e-mail address" in page
    assert "telephone" not in page.partition("<h2>Answer</h2>")[2].partition("</div>")[0]


def test_a_chat_that_ended_by_itself_asks_for_an_address(client: Client) -> None:
    waiting_chat(client)
    with time_machine.travel(clock.now() + timedelta(minutes=5), tick=False):
        assert chatting.end_abandoned(at=clock.now()) == 1
        page = text_of(client.get("/chat/"))
        assert "Nobody answered it, and without an address nobody can: leave one below" in page
        assert '<details class="gt-more" data-chat-address open>' in page


def test_the_page_of_a_chat_names_the_address_that_was_typed_and_no_other_of_that_person(
    client: Client,
) -> None:
    one = made.ask(email="home@example.org", at=clock.now()).prospect
    two = made.ask(email="work@example.org", at=clock.now()).prospect
    prospects.merge(duplicate=two, into=one, by=factories.member(Role.OFFICE), at=clock.now())
    send(client, "/chat/", text="Hello?", email="work@example.org")
    page = text_of(client.get("/chat/"))
    assert "by e-mail to work@example.org" in page
    assert "home@example.org" not in page


def test_a_stranger_reads_nobodys_chat(client: Client) -> None:
    send(client, "/chat/", text="Hello?")
    dot = Client()
    dot.cookies["chat"] = "guessed"
    assert dot.get("/chat/feed/").json()["messages"] == []
    assert "Hello?" not in text_of(dot.get("/chat/"))
    assert dot.get("/chat/events/").status_code == 404
