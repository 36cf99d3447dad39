"""Mail comes in, over IMAP and by the webhook; answers join their thread; machines are not answered."""

import imaplib
import uuid
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from django.db import OperationalError

from goldenthread.common import jobs as clockwork
from goldenthread.common.models import JobRun, OutboxMessage
from goldenthread.enquiries import jobs, letters, mailbox
from goldenthread.enquiries.actions import answer, contacts, incoming
from goldenthread.enquiries.actions.prospects import Who
from goldenthread.enquiries.models import Enquiry, EnquiryMessage, Topic
from goldenthread.people.models import OrganisationKind, Role
from tests import factories, imap_server
from tests.enquiries import factories as made
from tests.enquiries.factories import AT

pytestmark = pytest.mark.django_db


def letter(
    text: str = "When does it start?",
    *,
    to: str = "office@example.org",
    sender: str = "amara@example.org",
    **headers: str,
) -> bytes:
    """A mail of Amara's as it comes over the wire."""
    mail = EmailMessage()
    mail["From"], mail["To"] = f"Amara Asks <{sender}>", to
    mail["Subject"] = headers.pop("Subject", "Dates")
    mail["Message-ID"] = headers.pop("id", f"<{uuid.uuid4()}@example.org>")
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail.as_bytes().replace(b"\n", b"\r\n")


def take(raw: bytes, *, at: Any = AT) -> Enquiry:
    return incoming.take(letter=letters.read(raw), at=at)


@pytest.fixture
def box(settings: Any) -> Any:
    """A mailbox that the job is set up to fetch from."""

    def opened(mails: list[bytes], **values: Any) -> imap_server.Mailbox:
        server = imap_server.Mailbox(mails)
        settings.MAILBOX = {
            "host": "127.0.0.1",
            "port": server.port,
            "user": imap_server.NAME,
            "password": imap_server.WORD,
            "tls": False,
            "folder": "INBOX",
            "remove": False,
            **values,
        }
        return server

    return opened


# --- fetching ----------------------------------------------------------------------------------------
def test_unread_mail_becomes_enquiries_and_is_marked_as_read(box: Any) -> None:
    with box([letter("One?"), letter("Two?", sender="ben@example.org")]) as server:
        assert jobs.fetch_mail(AT) == "took in 2"
        assert server.unread() == []
        assert len(server.messages) == 2
        server.put(letter("Three?", sender="eve@example.org"))
        assert jobs.fetch_mail(AT) == "took in 1"
    assert [m.text for m in EnquiryMessage.objects.order_by("pk")] == ["One?", "Two?", "Three?"]
    assert {(e.channel, e.subject) for e in Enquiry.objects.all()} == {("email", "Dates")}


def test_mail_is_removed_only_where_that_is_wished(box: Any) -> None:
    with box([letter()], remove=True) as server:
        jobs.fetch_mail(AT)
        assert server.messages == {}


def test_a_connection_that_breaks_loses_and_doubles_nothing(box: Any) -> None:
    with box([letter("One?"), letter("Two?", sender="ben@example.org")]) as server:
        server.break_after = 1
        with pytest.raises(imaplib.IMAP4.abort):
            jobs.fetch_mail(AT)
        assert Enquiry.objects.count() == 1
        server.messages[1].flags.clear()  # the mark of the first one got lost with the connection
        assert jobs.fetch_mail(AT) == "took in 2"
    assert [m.text for m in EnquiryMessage.objects.order_by("pk")] == ["One?", "Two?"]


def test_what_the_database_did_not_take_stays_unread(box: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**values: Any) -> None:
        raise OperationalError("away")

    with box([letter()]) as server:
        with monkeypatch.context() as patch, pytest.raises(OperationalError):
            patch.setattr(incoming, "take", broken)
            jobs.fetch_mail(AT)
        assert server.unread() == [1]
        assert jobs.fetch_mail(AT) == "took in 1"


def test_a_mail_that_cannot_be_taken_in_holds_up_no_other(box: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    real = incoming.take

    def picky(*, letter: letters.Letter, at: Any) -> Enquiry:
        if "poison" in letter.text:
            raise ValueError("nobody thought of this")
        return real(letter=letter, at=at)

    with box([letter("poison"), letter("Two?", sender="ben@example.org")]) as server:
        with monkeypatch.context() as patch:
            patch.setattr(incoming, "take", picky)
            assert jobs.fetch_mail(AT) == "took in 1, 1 could not be"
        assert server.unread() == [1]
        assert jobs.fetch_mail(AT) == "took in 1"


def test_of_a_huge_mail_only_the_head_is_fetched(box: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(letters, "LARGEST", 2000)
    with box([letter("x" * 3000), letter("short", sender="ben@example.org")]) as server:
        assert jobs.fetch_mail(AT) == "took in 2"
        assert [c for c in server.commands if "BODY.PEEK[HEADER]" in c] == ["UID FETCH 1 (BODY.PEEK[HEADER])"]
    huge = EnquiryMessage.objects.get(sender="amara@example.org")
    assert huge.text == ""
    assert "larger than" in huge.notes[0]


def test_a_wrong_password_or_folder_is_said_in_the_day_book(box: Any) -> None:
    with box([letter()], password="wrong"), pytest.raises(Exception, match="wrong name or password"):
        jobs.fetch_mail(AT)
    with box([letter()], folder="Elsewhere"):
        assert "mail in" in clockwork.run_due(at=AT)
    assert "no folder 'Elsewhere'" in JobRun.objects.get(name="mail in").result


def test_without_a_mailbox_nothing_is_fetched() -> None:
    assert mailbox.configured() is None
    assert jobs.fetch_mail(AT) == "no mailbox"


# --- which queue -------------------------------------------------------------------------------------
@pytest.mark.requirement("S1-33")
@pytest.mark.parametrize(
    ("to", "topic"),
    [
        ("cpd@bestpracticenet.co.uk", "qualification offer"),
        ("enquiries@bestpracticenet.co.uk", "general"),
        ("Offer desk <CPD@bestpracticenet.co.uk>, b@example.org", "qualification offer"),
        ("elsewhere@example.org", "general"),
    ],
)
def test_the_address_that_was_written_to_decides_the_topic(to: str, topic: str, box: Any) -> None:
    lead = made.partner("Best Practice Network", OrganisationKind.LEAD_PROVIDER)
    contacts.take_over(organisation=lead, by=factories.member(Role.OFFICE), at=AT)
    with box([letter(to=to)]):
        jobs.fetch_mail(AT)
    assert Enquiry.objects.get().topic == topic


MANY = ", ".join(f"somebody.with.a.long.name.{n}@school-number-{n}.example.org" for n in range(120))
CPD, ENQUIRIES = "cpd@bestpracticenet.co.uk", "enquiries@bestpracticenet.co.uk"


@pytest.mark.requirement("S1-33")
@pytest.mark.parametrize(("heads", "topic"), [
    ({"to": CPD, "Cc": ENQUIRIES}, "qualification offer"),
    ({"to": ENQUIRIES, "Cc": CPD}, "general"),
    ({"to": f"{ENQUIRIES}, {CPD}"}, "qualification offer"),
    ({"to": "x@example.org", "Cc": "CPD@BestPracticeNet.co.uk"}, "qualification offer"),
    ({"to": "cpd+npqh@bestpracticenet.co.uk"}, "qualification offer"),
    ({"to": "cpd+npqh@example.org"}, "general"),
    ({"to": "cpdx@bestpracticenet.co.uk"}, "general"),
    ({"to": f"{MANY}, {CPD}"}, "qualification offer"),
    ({"to": MANY, "Cc": f"{MANY}, {CPD}"}, "qualification offer"),
    ({"to": MANY, "Delivered-To": CPD}, "qualification offer"),
    ({"to": ENQUIRIES, "X-Original-To": CPD, "Delivered-To": "box@example.org"}, "qualification offer"),
    ({"to": CPD, "Delivered-To": ENQUIRIES}, "qualification offer"),  # a mailbox that collects for all
    ({"to": MANY, "Delivered-To": ENQUIRIES}, "general"),
])  # fmt: skip
def test_of_several_addresses_the_one_that_says_most_decides(heads: dict[str, str], topic: str) -> None:
    lead = made.partner("Best Practice Network", OrganisationKind.LEAD_PROVIDER)
    contacts.take_over(organisation=lead, by=factories.member(Role.OFFICE), at=AT)
    assert take(letter(**heads)).topic == topic


@pytest.mark.parametrize(("heads", "whose"), [
    ({"to": "hub@example.org, cpd@bestpracticenet.co.uk"}, True),
    ({"to": "cpd@bestpracticenet.co.uk, hub@example.org"}, True),
    ({"to": "cpd@bestpracticenet.co.uk", "Cc": "hub@example.org"}, False),
    ({"to": "cpd@bestpracticenet.co.uk", "Delivered-To": "hub@example.org"}, True),
    ({"to": "hub+2027@example.org", "Cc": "enquiries@bestpracticenet.co.uk"}, True),
])  # fmt: skip
def test_a_partners_address_goes_before_ours_in_the_same_place(heads: dict[str, str], whose: bool) -> None:
    lead, hub = made.partner("Best Practice Network", OrganisationKind.LEAD_PROVIDER), made.partner("A hub")
    contacts.take_over(organisation=lead, by=factories.member(Role.OFFICE), at=AT)
    contacts.add_point(organisation=hub, kind="email", printed="hub@example.org", by=None, at=AT)
    assert take(letter(**heads)).partner == (hub if whose else None)


def test_a_mail_to_a_partners_address_is_the_partners() -> None:
    hub = made.partner("Crystal Palace hub")
    contacts.add_point(
        organisation=hub, kind="email", printed="hub@example.org", topic=Topic.OFFER, by=None, at=AT
    )
    assert take(letter(to="hub@example.org")).partner == hub
    assert take(letter(to="office@example.org", sender="ben@example.org")).partner is None


# --- threads -----------------------------------------------------------------------------------------
def test_an_answer_to_our_answer_joins_its_enquiry_and_waits_for_us() -> None:
    olu, one = factories.member(Role.OFFICE, "Olu"), take(letter())
    sent = answer.answer(enquiry=one, text="In May.", form_key=uuid.uuid4(), by=olu, at=AT)
    answer.close(enquiry=one, by=olu, at=AT)
    again = take(
        letter("Thank you! And where?", In_Reply_To=str(sent.message_id)), at=AT + timedelta(hours=1)
    )
    assert again.pk == one.pk
    again.refresh_from_db()
    assert (again.state, again.closed_at, again.due_at) == (
        "waiting_us",
        None,
        AT + timedelta(days=1, hours=1),
    )
    assert [m.kind for m in again.messages.order_by("pk")] == ["in", "out", "in"]


def test_a_reference_in_the_subject_counts_from_the_persons_own_address_only() -> None:
    one = take(letter())
    subject = f"Re: Dates [{one.reference}]"
    assert take(letter("More", Subject=subject)).pk == one.pk
    stranger = take(letter("Let me in", Subject=subject, sender="dot@example.org"))
    assert stranger.pk != one.pk


def test_another_address_in_the_same_thread_is_noted() -> None:
    olu, one = factories.member(Role.OFFICE, "Olu"), take(letter())
    sent = answer.answer(enquiry=one, text="In May.", form_key=uuid.uuid4(), by=olu, at=AT)
    take(letter("From home", sender="amara@home.example", References=f"<x@y> {sent.message_id}"))
    assert one.messages.get(text="From home\n".strip()).notes == [
        "Sent from another address than the enquiry's: amara@home.example."
    ]


def test_the_same_mail_twice_is_one_message() -> None:
    raw = letter(id="<same@example.org>")
    assert take(raw).pk == take(raw).pk
    assert EnquiryMessage.objects.count() == 1


# --- machines ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "raw",
    [
        letter(Auto_Submitted="auto-replied"),
        letter(Precedence="bulk"),
        letter(sender="office@example.org"),
        letter(sender="no-reply@example.org"),
        b"Subject: nobody\r\n\r\nhello",
    ],
)
def test_machines_are_put_aside_and_never_answered(raw: bytes) -> None:
    one = take(raw)
    assert one.quarantine
    assert OutboxMessage.objects.count() == 0


def test_two_machines_cannot_keep_each_other_going() -> None:
    for number in range(20):
        take(letter(f"Round {number}"))
    assert OutboxMessage.objects.filter(payload__template="enquiry_received").count() == 1


def test_a_bounce_of_our_answer_waits_for_us_and_an_absence_note_does_not() -> None:
    olu, one = factories.member(Role.OFFICE, "Olu"), take(letter())
    sent = answer.answer(enquiry=one, text="In May.", form_key=uuid.uuid4(), by=olu, at=AT)
    before = OutboxMessage.objects.count()
    take(letter("I am away", In_Reply_To=str(sent.message_id), Auto_Submitted="auto-replied"))
    one.refresh_from_db()
    assert one.state == "waiting_them"
    take(
        letter(
            "Not delivered",
            sender="mailer-daemon@example.org",
            Return_Path="<>",
            References=str(sent.message_id),
        )
    )
    one.refresh_from_db()
    assert (one.state, OutboxMessage.objects.count()) == ("waiting_us", before)
    assert [m.kind for m in one.messages.order_by("pk")] == ["in", "out", "auto", "auto"]


def test_a_bounce_on_a_closed_enquiry_opens_it_again_and_an_absence_note_does_not() -> None:
    olu, one = factories.member(Role.OFFICE, "Olu"), take(letter())
    sent = answer.answer(enquiry=one, text="In May.", form_key=uuid.uuid4(), by=olu, at=AT)
    answer.close(enquiry=one, by=olu, at=AT)
    take(letter("I am away", In_Reply_To=str(sent.message_id), Auto_Submitted="auto-replied"))
    one.refresh_from_db()
    assert one.state == "closed"
    bounced = {"sender": "mailer-daemon@example.org", "Return_Path": "<>", "References": str(sent.message_id)}
    take(letter("Not delivered", **bounced))
    one.refresh_from_db()
    assert (one.state, one.due_at is not None, one.closed_at) == ("waiting_us", True, None)


def test_spam_by_mail_is_put_aside() -> None:
    assert "seo services" in take(letter("We offer SEO services to you, dear owner.")).quarantine


# --- the webhook -------------------------------------------------------------------------------------
SECRET = "a shared secret of enough signs"


def hand_in(client: Any, raw: bytes, secret: str = SECRET) -> Any:
    return client.post(
        "/incoming/mail/", raw, content_type="message/rfc822", headers={"X-Enquiry-Secret": secret}
    )


def test_a_mail_service_that_knows_the_secret_hands_mail_in(client: Any, settings: Any) -> None:
    settings.MAIL_WEBHOOK_SECRET = SECRET
    raw = letter(id="<hook@example.org>")
    one, two = hand_in(client, raw), hand_in(client, raw)
    assert one.status_code == 200
    assert one.json() == two.json() == {"reference": Enquiry.objects.get().reference}


def test_without_the_secret_nothing_is_taken(client: Any, settings: Any) -> None:
    assert hand_in(client, letter()).status_code == 404
    settings.MAIL_WEBHOOK_SECRET = SECRET
    assert hand_in(client, letter(), "guessed").status_code == 403
    assert client.post("/incoming/mail/", letter(), content_type="message/rfc822").status_code == 403
    assert hand_in(client, b"  ").status_code == 400
    assert Enquiry.objects.count() == 0


def test_a_person_who_asked_by_form_and_by_mail_is_one() -> None:
    one, two = made.ask(who=Who("Amara", "amara@example.org")), take(letter())
    assert one.prospect == two.prospect
