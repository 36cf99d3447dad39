"""Questions about what is run besides the NPQs: named, routed away from those who answer for NPQs (S0-60)."""

import uuid
from datetime import timedelta

import pytest

from goldenthread.common.models import OutboxMessage
from goldenthread.common.refused import Refused
from goldenthread.enquiries import jobs, letters, other, queries, rules
from goldenthread.enquiries.actions import answer, ask, chatting, contacts, filing, incoming
from goldenthread.enquiries.actions.prospects import Who
from goldenthread.enquiries.models import Chat, Enquiry, Interest, Topic
from goldenthread.people.access import viewer_of
from goldenthread.people.models import OrganisationKind, Role, User
from tests import factories
from tests.enquiries import factories as made
from tests.enquiries.factories import AT

pytestmark = pytest.mark.django_db
AMARA = Who("Amara Asks", "amara@example.org")
NAMES = {one.key: (one.name, one.long_name) for one in other.known()}


@pytest.fixture
def olu() -> User:
    return factories.member(Role.OFFICE, "Olu Office")


def chat(text: str, who: Who = AMARA) -> Enquiry:
    key = uuid.uuid4()
    begun = chatting.begin(
        token=chatting.token_of(str(key)), form_key=key, text=text, who=who, signs=made.FIRM, at=AT
    )
    return Enquiry.objects.get(chat=begun)


def mail(text: str, subject: str = "A question") -> Enquiry:
    raw = f"From: Amara <amara@example.org>\nMessage-ID: <{uuid.uuid4()}@x.example>\nSubject: {subject}\n\n{text}\n"
    return incoming.take(letter=letters.read(raw.encode()), at=AT)


def form(text: str) -> Enquiry:
    return made.ask(text)


def desk_address() -> None:
    lead = made.partner("The provider", OrganisationKind.LEAD_PROVIDER)
    contacts.add_point(
        organisation=lead, kind="email", printed="other@example.org", topic=Topic.OTHER, by=None, at=AT
    )


def handed_on() -> list[OutboxMessage]:
    return list(OutboxMessage.objects.filter(payload__template="other_provision").order_by("pk"))


@pytest.mark.requirement("S0-60")
@pytest.mark.parametrize("way", [chat, mail, form])
@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("How long does the HLTA take?", "HLTA (other provision)"),
        ("I would like to become a higher level teaching assistant.", "HLTA (other provision)"),
        ("Which apprenticeship is for a teaching assistant?", "Apprenticeships (other provision)"),
        ("when does nasenco start", "NASENCO (other provision)"),
    ],
)
def test_a_question_about_other_provision_is_filed_handed_on_and_never_in_a_list_of_interest(
    way, text: str, topic: str, olu: User
) -> None:
    desk_address()
    chatting.set_duty(user=olu, on=True, at=AT)
    one = way(text)
    one.refresh_from_db()
    assert (one.topic_text, one.programme, one.partner, one.state) == (topic, None, None, rules.State.CLOSED)
    (sent,) = handed_on()
    assert sent.recipient == "other@example.org"
    assert sent.payload["headers"]["Reply-To"] == "amara@example.org"
    assert text in sent.payload["context"]["text"]
    viewer = viewer_of(olu, on=AT.date())
    assert list(queries.enquiries_for(viewer, queries.OFFICE)) == []
    assert list(queries.enquiries_for(viewer, queries.OFFICE, state="other")) == [one]
    assert not Chat.objects.filter(ended_at__isnull=True).exists()  # nobody at the chat desk is asked
    made.intake()
    jobs.tell_of_intakes(AT)
    assert Interest.objects.count() == 0
    assert not OutboxMessage.objects.filter(payload__template="intake_open").exists()


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("HLTA?", "hlta"),
        ("My ECF mentor", "ecf"),
        ("the Early Career Framework", "ecf"),
        ("EYITT or HLTA", "eyitt"),
        ("national award for SEN coordination", "nasenco"),
        ("I hold the HLTA; can I take an NPQ?", ""),
        ("After the ECF: NPQLTD", ""),
        ("a National Professional Qualification after HLTA", ""),
        ("are ECFs paid?", "ecf"),
        ("hltaX", ""),
        ("", ""),
    ],
)
def test_words_that_name_other_provision(text: str, key: str) -> None:
    assert rules.provision_named(text, NAMES) == key


def test_without_an_address_it_waits_in_its_own_list_and_can_be_filed_back(olu: User) -> None:
    one = form("The HLTA, please")
    viewer = viewer_of(olu, on=AT.date())
    counts = queries.counts_for(viewer, queries.OFFICE)
    assert (counts["new"], counts["other"], one.state) == (0, 1, "new")
    with pytest.raises(Refused, match="partners don't answer"):
        answer.hand_to(enquiry=one, partner=made.partner("Hub"), by=olu, at=AT)
    back = filing.file_under(enquiry=one, provision=None, by=olu, at=AT)
    assert (back.topic_text, queries.counts_for(viewer, queries.OFFICE)["new"]) == ("general", 1)


def test_a_person_files_what_no_word_gave_away_and_what_is_written_next_is_handed_on_too(olu: User) -> None:
    desk_address()
    one = made.ask("The course for assistants", programme=made.programme())
    for _ in range(2):  # a second click changes nothing
        one = filing.file_under(enquiry=one, provision=other.by_key("hlta"), by=olu, at=AT)
    assert (one.topic_text, one.programme, one.state, len(handed_on())) == (
        "HLTA (other provision)",
        None,
        "closed",
        1,
    )
    raw = f"From: amara@example.org\nMessage-ID: <b@x>\nSubject: Re: [{one.reference}]\n\nAnd what does it cost?\n"
    incoming.take(letter=letters.read(raw.encode()), at=AT + timedelta(hours=1))
    assert [sent.payload["context"]["text"] for sent in handed_on()] == [
        "The course for assistants",
        "And what does it cost?",
    ]
    again = filing.file_under(enquiry=one, provision=None, by=olu, at=AT)
    assert (again.state, again.topic, again.due_at is not None) == ("waiting_us", "general", True)


def test_a_chat_about_other_provision_needs_an_address_even_while_somebody_is_on_duty(olu: User) -> None:
    chatting.set_duty(user=olu, on=True, at=AT)
    with pytest.raises(Refused, match="people who run HLTA"):
        chat("What about the HLTA?", Who("Amara"))
    assert Enquiry.objects.count() == 0


def test_what_was_put_aside_is_handed_on_only_once_it_is_let_out(olu: User) -> None:
    desk_address()
    one = ask.ask(form_key=uuid.uuid4(), who=AMARA, text="HLTA?", signs=rules.Signs(seconds=1), at=AT)
    assert (one.quarantine != "", handed_on()) == (True, [])
    answer.let_out(enquiry=one, by=olu, at=AT)
    assert len(handed_on()) == 1
