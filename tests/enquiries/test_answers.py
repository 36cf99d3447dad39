"""Questions and answers: routing, targets, threads, states, who sees what."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail as django_mail
from django.http import Http404

from goldenthread.common import mail, outbox
from goldenthread.common.models import AuditEvent, OutboxMessage
from goldenthread.common.refused import Refused
from goldenthread.enquiries import queries
from goldenthread.enquiries.actions import answer, ask, prospects, templates
from goldenthread.enquiries.actions.prospects import Who
from goldenthread.enquiries.models import AnswerTemplate, Enquiry, EnquiryMessage, Prospect
from goldenthread.enquiries.rules import Signs
from goldenthread.people.models import Role, User
from tests import factories
from tests.enquiries import factories as made
from tests.enquiries.factories import AT
from tests.races import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def olu() -> User:
    return factories.member(Role.OFFICE, "Olu Office")


def send(one: Enquiry, by: User, text: str = "In September.", at: datetime = AT) -> EnquiryMessage:
    return answer.answer(enquiry=one, text=text, form_key=uuid.uuid4(), by=by, at=at)


# --- coming in ---------------------------------------------------------------------------------------
def test_a_question_gets_a_reference_a_target_and_a_confirmation() -> None:
    one = made.ask()
    assert one.reference.startswith("Q-")
    assert (one.state, one.topic, one.due_at) == ("new", "general", datetime(2026, 6, 2, 16, 0, tzinfo=UTC))
    outbox.deliver_due(at=AT)
    (sent,) = django_mail.outbox
    assert f"[{one.reference}]" in sent.subject
    assert sent.extra_headers["Auto-Submitted"] == "auto-replied"
    assert "17:00" in sent.body


def test_the_same_form_is_one_enquiry_and_one_address_one_person() -> None:
    key = uuid.uuid4()
    one, two = made.ask(form_key=key), made.ask(form_key=key, text="changed on the way")
    other = made.ask(email="AMARA@example.org")
    assert one == two
    assert other.prospect == one.prospect
    assert EnquiryMessage.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_the_same_form_and_the_same_person_at_one_moment_are_one() -> None:
    key, programme = uuid.uuid4(), made.programme()
    results = at_once(*[lambda: made.ask(form_key=key, programme=programme)] * 3)
    assert len({one.pk for one in results}) == 1
    at_once(lambda: made.ask(email="eve@example.org"), lambda: made.ask(email="Eve@example.org"))
    assert Prospect.objects.filter(email__iexact="eve@example.org").count() == 1


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"signs": Signs(seconds=1)}, "1 seconds after"),
        ({"signs": Signs(trap="Leeds", seconds=60)}, "people don't see"),
        ({"text": "https://rank.example"}, "little more than a link"),
        ({"who": Who("Win at https://rank.example", "amara@example.org")}, "a link in the name"),
    ],
)
def test_what_looks_like_spam_is_put_aside_not_thrown_away_and_not_answered(values, why, olu) -> None:
    one = made.ask(**values)
    assert why in one.quarantine
    assert OutboxMessage.objects.count() == 0
    seen = factories.seen(olu)
    assert list(queries.enquiries_for(seen, "office", state="open")) == []
    assert list(queries.enquiries_for(seen, "office", state="quarantine")) == [one]
    answer.let_out(enquiry=one, by=olu, at=AT)
    answer.let_out(enquiry=one, by=olu, at=AT)
    assert list(queries.enquiries_for(seen, "office", state="open")) == [one]
    assert [m.recipient for m in OutboxMessage.objects.all()] == ["amara@example.org"]


@pytest.mark.parametrize(
    ("postcode", "code", "name"),
    [
        ("BS1 5JD", "NPQLT", "Bristol partner"),
        ("se19 2rx", "NPQLT", "London partner"),
        ("EX4 4QJ", "NPQLT", "Bristol partner"),
        ("AB10 1AB", "NPQLT", ""),
        ("BS1 5JD", "NPQSL", ""),
        ("", "NPQLT", ""),
        ("BS1 5JD", "", ""),
    ],
)
def test_a_question_goes_to_the_nearest_partner_of_its_programme(postcode: str, code: str, name: str) -> None:
    made.postcodes()
    made.group(made.partner("Bristol partner"), "College Green, Bristol BS1 5JD")
    made.group(made.partner("London partner"), "Palace, London SE19 2RX")
    one = made.ask(
        who=Who("Amara", "amara@example.org", postcode=postcode),
        programme=made.programme(code) if code else None,
    )
    assert (one.partner.name if one.partner else "") == name


def test_a_question_goes_by_the_place_that_stands_in_it_and_changes_nothing_that_was_known() -> None:
    made.postcodes()
    made.group(made.partner("Bristol partner"), "College Green, Bristol BS1 5JD")
    made.group(made.partner("London partner"), "Palace, London SE19 2RX")
    programme = made.programme()
    made.ask(who=Who("Amara", "amara@example.org", postcode="BS1 5JD"), programme=programme)
    one = made.ask(who=Who("Not Amara", "amara@example.org", postcode="SE19 2RX"), programme=programme)
    assert one.partner == made.partner("London partner")
    assert (one.prospect.name, one.prospect.postcode) == ("Amara", "BS15JD")
    assert queries.first_said(one).name == "Not Amara"


@pytest.mark.requirement("S4-08")
@pytest.mark.requirement("S4-09")
@pytest.mark.parametrize("hub", ["Crystal Palace hub", "Avon hub"])
def test_a_partners_enquiry_is_seen_by_its_users_and_the_office_and_by_nobody_else(
    hub: str, olu: User
) -> None:
    one = made.ask(partner=made.partner(hub))
    made.ask(email="eve@example.org")
    theirs = factories.seen(factories.member(Role.PARTNER_MANAGER, "Harriet", of=made.partner(hub)))
    others = factories.seen(factories.member(Role.PARTNER_MANAGER, "Otto", of=made.partner("Other hub")))
    assert list(queries.enquiries_for(theirs, "partner")) == [one]
    assert queries.counts_for(theirs, "partner")["new"] == 1
    assert queries.get_enquiry_for(theirs, "partner", one.reference.lower()) == one
    assert list(queries.enquiries_for(others, "partner")) == []
    assert queries.counts_for(others, "partner") == dict.fromkeys(
        ["new", "waiting_us", "waiting_them", "closed", "other", "quarantine"], 0
    )
    assert queries.enquiries_for(factories.seen(olu), "office").count() == 2
    for person, hat in (
        (others, "partner"),
        (theirs, "office"),
        (factories.seen(factories.user()), "partner"),
    ):
        with pytest.raises(Http404):
            queries.get_enquiry_for(person, hat, one.reference)


# --- going out ---------------------------------------------------------------------------------------
def test_an_answer_goes_out_in_the_thread_and_waits_for_them(olu: User) -> None:
    one = made.ask()
    first = send(one, olu)
    second = send(one, olu, "And in January.", AT + timedelta(hours=1))
    one.refresh_from_db()
    assert (one.state, one.due_at, one.answered_at) == ("waiting_them", None, AT)
    OutboxMessage.objects.exclude(payload__template="enquiry_answer").delete()
    outbox.deliver_due(at=AT + timedelta(hours=1))
    sent = django_mail.outbox
    assert [m.extra_headers["Message-ID"] for m in sent] == [first.message_id, second.message_id]
    assert first.message_id == mail.message_id(f"enquiry:{first.form_key}")
    assert sent[1].extra_headers["In-Reply-To"] == first.message_id
    assert sent[0].extra_headers["Reply-To"] == "office@example.org"
    assert "In September." in sent[0].body
    assert "Olu Office" in sent[0].body
    assert f"[{one.reference}]" in sent[0].subject


def test_an_answer_sent_twice_is_one_and_a_closed_enquiry_takes_none(olu: User) -> None:
    one, key = made.ask(), uuid.uuid4()
    for _ in range(2):
        answer.answer(enquiry=one, text="Yes.", form_key=key, by=olu, at=AT)
    assert EnquiryMessage.objects.filter(kind="out").count() == 1
    answer.close(enquiry=one, by=olu, at=AT)
    answer.close(enquiry=one, by=olu, at=AT)
    with pytest.raises(Refused, match="open it again first"):
        send(one, olu)
    again = answer.reopen(enquiry=one, by=olu, at=AT)
    assert (again.state, again.closed_at, again.due_at is not None) == ("waiting_us", None, True)
    verbs = (
        AuditEvent.objects.filter(subject=f"enquiry:{one.pk}")
        .order_by("sequence")
        .values_list("verb", flat=True)
    )
    assert list(verbs) == ["enquiry.opened", "enquiry.answered", "enquiry.closed", "enquiry.reopened"]


def test_a_call_without_an_address_is_kept_and_cannot_be_mailed(olu: User) -> None:
    one = ask.by_telephone(form_key=uuid.uuid4(), who=Who("Ben"), text="Asked for dates.", by=olu, at=AT)
    assert (one.channel, one.due_at) == ("phone", AT + timedelta(hours=8))
    with pytest.raises(Refused, match="no answer can go out"):
        send(one, olu)
    with pytest.raises(Refused, match="name or an e-mail"):
        ask.by_telephone(form_key=uuid.uuid4(), who=Who(), text="Asked.", by=olu, at=AT)


def test_assigning_and_handing_over_stand_in_the_trail_once(olu: User) -> None:
    one, hub = made.ask(), made.partner("Avon hub")
    for _ in range(2):
        answer.assign(enquiry=one, to=olu, by=olu, at=AT)
        answer.hand_to(enquiry=one, partner=hub, by=olu, at=AT)
    one.refresh_from_db()
    assert (one.partner, one.assigned_to) == (hub, olu)
    answer.hand_to(enquiry=one, partner=None, by=olu, at=AT)
    one.refresh_from_db()
    assert (one.partner, one.assigned_to) == (None, None)


def test_a_note_is_never_sent(olu: User) -> None:
    one = made.ask()
    before = OutboxMessage.objects.count()
    key = uuid.uuid4()
    for _ in range(2):
        answer.note(enquiry=one, text="Called, nobody there.", form_key=key, by=olu, at=AT)
    assert OutboxMessage.objects.count() == before
    assert [m.kind for m in queries.messages_of(one)] == ["in", "note"]


def test_the_queue_has_what_is_due_first_on_top(olu: User) -> None:
    late = made.ask(email="a@example.org", at=AT)
    later = made.ask(email="b@example.org", at=AT + timedelta(days=3))
    call = ask.by_telephone(form_key=uuid.uuid4(), who=Who("Ben"), text="Dates?", by=olu, at=AT)
    assert list(queries.enquiries_for(factories.seen(olu), "office", state="open")) == [call, late, later]


# --- the same person ---------------------------------------------------------------------------------
def test_merging_joins_two_people_and_parting_undoes_it(olu: User) -> None:
    one, two = made.ask(), made.ask(email="amara@school.example")
    seen = factories.seen(olu)
    assert queries.alike(one.prospect) == [two.prospect]
    prospects.merge(duplicate=two.prospect, into=one.prospect, by=olu, at=AT)
    prospects.merge(duplicate=two.prospect, into=one.prospect, by=olu, at=AT)
    assert queries.others_of(one, seen, "office") == [two]
    third = made.ask(email="amara@school.example")
    assert third.prospect == one.prospect
    part = queries.get_prospect_for(seen, two.prospect.pk)
    prospects.part(prospect=part, by=olu, at=AT)
    prospects.part(prospect=part, by=olu, at=AT)
    assert queries.others_of(one, seen, "office") == [third]
    assert AuditEvent.objects.filter(verb="prospect.parted").count() == 1


def test_merging_into_oneself_or_in_chains_is_refused(olu: User) -> None:
    a, b, c = (made.ask(email=f"{name}@example.org").prospect for name in "abc")
    with pytest.raises(Refused, match="same entry"):
        prospects.merge(duplicate=a, into=a, by=olu, at=AT)
    prospects.merge(duplicate=b, into=a, by=olu, at=AT)
    for duplicate, into in ((c, b), (b, c), (a, c)):
        with pytest.raises(Refused, match=r"merged"):
            prospects.merge(duplicate=duplicate, into=into, by=olu, at=AT)


def test_templates_are_kept_under_their_title_and_retired(olu: User) -> None:
    templates.keep(title="Dates", text="Soon.", by=olu, at=AT)
    kept = templates.keep(title="Dates", text="In May.", by=olu, at=AT)
    assert [(t.title, t.text) for t in queries.templates()] == [("Dates", "In May.")]
    templates.retire(template=kept, by=olu, at=AT)
    assert queries.templates() == []
    assert AnswerTemplate.objects.count() == 1
