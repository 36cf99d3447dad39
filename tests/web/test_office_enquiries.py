"""The desks of the office and of partners: queue, one enquiry, chats, people, testimonials, contact points."""

import re
import uuid
from typing import Any

import pytest
from django.core import mail as django_mail

from goldenthread.common import clock, outbox
from goldenthread.common.models import OutboxMessage
from goldenthread.enquiries.actions import chatting, prospects
from goldenthread.enquiries.actions.prospects import Who
from goldenthread.enquiries.models import Chat, ContactPoint, Enquiry, Prospect
from goldenthread.enquiries.models import Testimonial as Said
from goldenthread.enquiries.rules import Signs
from goldenthread.people.models import Role, User
from tests import factories
from tests.enquiries import factories as made
from tests.factories_web import client_of, page, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def olu() -> User:
    return factories.member(Role.OFFICE, "Olu Office")


def key_in(response: Any, after: str = "") -> str:
    text = response.content.decode()
    return str(re.search(r'name="form_key" value="([^"]+)"', text[text.index(after) :])[1])  # type: ignore[index]


def test_the_queue_is_filtered_by_its_address(olu: User) -> None:
    hub = made.partner("Avon hub")
    one = made.ask(programme=made.programme("NPQLT"), at=clock.now())
    two = made.ask(email="ben@example.org", partner=hub, at=clock.now())
    aside = made.ask(email="eve@example.org", signs=Signs(trap="x"), at=clock.now())

    def listed(**query: Any) -> set[str]:
        text = text_of(page(olu, "/office/enquiries/", **query))
        return {e.reference for e in (one, two, aside) if e.reference in text}

    assert listed() == {one.reference, two.reference}
    assert listed(programme="NPQLT") == {one.reference}
    assert listed(partner=str(hub.pk)) == {two.reference}
    assert listed(partner="none") == {one.reference}
    assert listed(q="ben@example") == {two.reference}
    assert listed(state="quarantine") == {aside.reference}
    assert listed(state="closed") == set()
    assert listed(mine="on") == set()
    assert listed(programme="nonsense", state="\0") == {one.reference, two.reference}


def test_an_answer_begins_with_a_template_goes_out_once_and_is_seen_as_sent(olu: User) -> None:
    one = made.ask(at=clock.now())
    desk = client_of(olu)
    desk.post("/office/enquiries/templates/", {"title": "Dates", "text": "The next intake is in May."})
    url = f"/office/enquiries/{one.reference}/"
    template = re.search(r'<option value="(\d+)">Dates', desk.get(url).content.decode())[1]  # type: ignore[index]
    filled = desk.get(f"{url}?template={template}")
    assert "The next intake is in May.</textarea>" in filled.content.decode()
    data = {"text": "The next intake is in June.", "form_key": key_in(filled, "answer/")}
    for _ in range(2):
        assert desk.post(f"{url}answer/", data).status_code == 302
    assert OutboxMessage.objects.filter(payload__template="enquiry_answer").count() == 1
    outbox.deliver_due(at=clock.now())
    assert "The next intake is in June." in django_mail.outbox[-1].body
    text = text_of(desk.get(url))
    assert "Waiting for them" in text
    refused = desk.post(f"{url}answer/", {"text": " ", "form_key": uuid.uuid4()})
    assert refused.status_code == 422
    assert "Write the answer." in text_of(refused)


def test_notes_hands_and_closing_on_the_page(olu: User) -> None:
    one, hub = made.ask(at=clock.now()), made.partner("Avon hub")
    desk, url = client_of(olu), f"/office/enquiries/{one.reference}/"
    desk.post(f"{url}note/", {"text": "Called back.", "form_key": uuid.uuid4()})
    desk.post(f"{url}assign/", {"to": olu.pk})
    desk.post(f"{url}hand/", {"partner": hub.pk})
    desk.post(f"{url}close/")
    one.refresh_from_db()
    assert (one.partner, one.assigned_to, one.state) == (hub, None, "closed")
    text = text_of(desk.get(url))
    assert all(words in text for words in ("Called back.", "Open it again", "Handed to another desk"))
    desk.post(f"{url}reopen/")
    assert Enquiry.objects.get().state == "waiting_us"


def test_a_partner_answers_its_own_and_cannot_hand_it_on(olu: User) -> None:
    hub = made.partner("Avon hub")
    pia = factories.member(Role.PARTNER_MANAGER, "Pia Partner", of=hub)
    mine, other = made.ask(partner=hub, at=clock.now()), made.ask(email="b@example.org", at=clock.now())
    desk = client_of(pia)
    answered = desk.post(
        f"/partner/enquiries/{mine.reference}/answer/", {"text": "Yes.", "form_key": uuid.uuid4()}
    )
    assert answered.status_code == 302
    for verb in ("answer", "note", "close"):
        gone = desk.post(
            f"/partner/enquiries/{other.reference}/{verb}/", {"text": "x", "form_key": uuid.uuid4()}
        )
        assert gone.status_code == 404
    assert desk.post(f"/office/enquiries/{mine.reference}/hand/", {"partner": ""}).status_code == 404
    assert desk.get("/office/enquiries/").status_code == 404


def test_hostile_text_is_shown_as_text(olu: User) -> None:
    one = made.ask("<script>alert(1)</script> & when?", at=clock.now())
    html = client_of(olu).get(f"/office/enquiries/{one.reference}/").content.decode()
    assert "<script>alert(1)" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; when?" in html


def test_a_call_is_written_down_once(olu: User) -> None:
    desk = client_of(olu)
    shown = desk.get("/office/enquiries/new/")
    data = {"text": "Asked for dates.", "name": "Ben", "form_key": key_in(shown)}
    assert (
        desk.post("/office/enquiries/new/", data)["Location"]
        == desk.post("/office/enquiries/new/", data)["Location"]
    )
    assert Enquiry.objects.get().channel == "phone"
    assert desk.post("/office/enquiries/new/", {"text": "x", "form_key": uuid.uuid4()}).status_code == 422


def test_two_entries_are_taken_for_one_person_and_parted_on_the_page(olu: User) -> None:
    one = made.ask(at=clock.now())
    made.ask(email="amara@school.example", at=clock.now())
    kept, double = one.prospect, Prospect.objects.get(email="amara@school.example")
    desk, url = client_of(olu), f"/office/enquiries/people/{kept.pk}/"
    assert "amara@school.example" in text_of(desk.get(url))
    desk.post(f"{url}merge/", {"duplicate": double.pk})
    assert "is taken for this person" in text_of(desk.get(url))
    desk.post(f"/office/enquiries/people/{double.pk}/part/")
    double.refresh_from_db()
    assert double.merged_into is None
    assert "choose one of those shown" in text_of(desk.post(f"{url}merge/", {"duplicate": "x"}, follow=True))


def test_interest_is_counted_by_programme_and_intake_and_listed(olu: User) -> None:
    from goldenthread.enquiries.actions import interest

    intake = made.intake()
    for number in range(3):
        (one,) = interest.register(
            programmes=[made.programme("NPQLT")],
            who=Who(f"Person {number}", f"p{number}@example.org"),
            intake=intake if number else None,
            consent=number == 2,
            at=clock.now(),
        )
        if number:
            interest.confirm(prospect=one.prospect, codes=["NPQLT"], at=clock.now())
    text = text_of(page(olu, "/office/enquiries/interest/"))
    assert "not yet</span>" in text
    assert text.count("Not confirmed") == 1
    applied = factories.application("Person 1", to=intake, email="p1@example.org")
    assert applied.reference in text_of(page(olu, "/office/enquiries/interest/"))
    assert re.search(r"as soon as possible</td><td[^>]*>1</td><td[^>]*>0</td>", text)
    assert re.search(r"September 2026</td><td[^>]*>2</td><td[^>]*>1</td>", text)
    only = text_of(page(olu, "/office/enquiries/interest/", consent="yes"))
    assert "p2@example.org" in only
    assert "p1@example.org" not in only


def test_testimonials_are_added_shown_and_withdrawn_on_the_page(olu: User) -> None:
    desk = client_of(olu)
    url = "/office/enquiries/testimonials/"
    data = {
        "text": "It was worth every evening.",
        "name": "A head in Leeds",
        "consent_on": "2026-03-02",
        "consent_evidence": "",
        "programme": "",
        "form_key": uuid.uuid4(),
    }
    assert desk.post(f"{url}add/", data).status_code == 422
    desk.post(f"{url}add/", {**data, "consent_evidence": "Letter of 2 March"})
    one = Said.objects.get()
    assert "worth every evening" not in text_of(desk.get("/"))
    desk.post(f"{url}{one.pk}/publish/")
    assert "worth every evening" in text_of(desk.get("/"))
    desk.post(f"{url}{one.pk}/withdraw/", {"reason": "Asked by mail."})
    assert "worth every evening" not in text_of(desk.get("/"))
    assert "Consent withdrawn" in text_of(desk.get(url))


def test_a_contact_point_is_checked_where_it_is_typed_and_hidden_and_shown(olu: User) -> None:
    hub = made.partner("Avon hub")
    desk, url = client_of(olu), f"/office/organisations/{hub.pk}/contacts/"
    point = {"what": "point", "kind": "phone", "topic": "general", "source": "leaflet"}
    wrong = desk.post(url, {**point, "printed": "+11792094028"})
    assert wrong.status_code == 422
    assert "is no telephone number" in text_of(wrong)
    desk.post(url, {**point, "printed": "0117 496 0123"})
    one = ContactPoint.objects.get()
    assert "+44 117 496 0123" in text_of(desk.get(f"/partners/{hub.pk}/"))
    desk.post(f"/office/organisations/contacts/{one.pk}/publish/", {})
    assert "+44 117 496 0123" not in text_of(desk.get(f"/partners/{hub.pk}/"))
    desk.post(f"/office/organisations/contacts/{one.pk}/publish/", {"on": "yes"})
    assert ContactPoint.objects.get().published


# --- the duty desk -----------------------------------------------------------------------------------
def test_a_chat_is_taken_and_answered_at_the_desk_without_a_script(olu: User) -> None:
    desk = client_of(olu)
    assert "Off duty" in text_of(desk.get("/office/enquiries/chat/"))
    desk.post("/office/enquiries/chat/duty/", {"on": "yes"})
    chat = chatting.begin(
        token="t",
        form_key=uuid.uuid4(),
        text="Hello?",
        who=Who("Amara"),
        signs=Signs(seconds=9),
        at=clock.now(),
    )
    url = f"/office/enquiries/chat/{chat.enquiry.reference}/"
    text = text_of(desk.get("/office/enquiries/chat/"))
    assert "On duty" in text
    assert url in text
    desk.post(f"{url}reply/", {"text": "Good morning.", "form_key": key_in(desk.get(url), "reply/")})
    assert "Good morning." in text_of(desk.get(url))
    feed = desk.get("/office/enquiries/chat/feed/", {"chat": chat.enquiry.reference}).json()
    assert [m["us"] for m in feed["messages"]] == [False, True]
    assert feed["state"] == "live"
    desk.post(f"{url}end/")
    assert Chat.objects.get().ended_at is not None
    late = desk.post(f"{url}reply/", {"text": "More", "form_key": uuid.uuid4()})
    assert "answer the enquiry by e-mail" in text_of(late).lower()


def test_merged_people_are_looked_up_as_one(olu: User) -> None:
    one, two = made.ask(at=clock.now()), made.ask(email="amara@school.example", at=clock.now())
    prospects.merge(duplicate=two.prospect, into=one.prospect, by=olu, at=clock.now())
    text = text_of(client_of(olu).get(f"/office/enquiries/{one.reference}/"))
    assert two.reference in text
