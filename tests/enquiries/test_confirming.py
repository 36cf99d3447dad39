"""Interest counts once its link is opened, and is deleted when it is of no use; nobody's box is filled."""

from datetime import timedelta

import pytest
from django.core import mail as django_mail
from django.test import Client

from goldenthread.common import clock, outbox
from goldenthread.common.models import AuditEvent, OutboxMessage
from goldenthread.common.refused import Refused
from goldenthread.enquiries import jobs, queries
from goldenthread.enquiries.actions import interest, prospects
from goldenthread.enquiries.actions.prospects import Who
from goldenthread.enquiries.models import IntakeNotice, Interest, Prospect
from goldenthread.people.models import Role
from tests import factories
from tests.enquiries import factories as made
from tests.enquiries.factories import AT
from tests.enquiries.test_interest import WHO, letters, register
from tests.web.test_public_enquiries import send, text_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def confirm(one: Interest, *codes: str, at=AT) -> list[Interest]:
    return interest.confirm(prospect=one.prospect, codes=codes or [one.programme.code], at=at)


def test_interest_that_nobody_confirmed_is_told_of_nothing_until_its_link_is_opened() -> None:
    (one,) = register(confirmed=False)
    made.intake()
    assert jobs.tell_of_intakes(AT) == "told 0 people"
    for _ in range(2):
        confirm(one)
    assert AuditEvent.objects.filter(verb="interest.confirmed").count() == 1
    assert jobs.tell_of_intakes(AT) == "told 1 people"


def test_a_link_confirms_what_it_was_sent_for_and_nothing_that_others_add() -> None:
    (one,) = register("NPQLT", confirmed=False)
    (other,) = register("NPQSL", confirmed=False)
    found = queries.read_confirm(queries.confirm_token(one.prospect, ["NPQLT"]))
    assert found == (one.prospect, ["NPQLT"])
    confirm(one, *found[1])
    other.refresh_from_db()
    assert other.confirmed_at is None
    for token in ("x", queries.prospect_token(one.prospect), queries.confirm_token(one.prospect, ["A"])[:-2]):
        assert queries.read_confirm(token) is None


def test_who_types_the_address_again_prolongs_and_revives_nothing() -> None:
    (one,) = register()
    one.refresh_from_db()
    until = one.consent_until
    register(confirmed=False, at=AT + 100 * DAY)
    one.refresh_from_db()
    assert one.consent_until == until
    interest.withdraw(prospect=one.prospect, at=AT + 101 * DAY)
    register(confirmed=False, at=AT + 102 * DAY)
    made.intake()
    assert jobs.tell_of_intakes(AT) == "told 0 people"
    confirm(one, at=AT + 102 * DAY)
    one.refresh_from_db()
    assert (one.consent_until - until).days > 90  # type: ignore[operator]


@pytest.mark.usefixtures("catalogue")
def test_looking_at_the_link_does_nothing_and_its_button_confirms(client: Client) -> None:
    send(client, "/interest/npqlt-reformed-international/", programmes=["NPQLT"], consent="on")
    outbox.deliver_due(at=clock.now())
    body = django_mail.outbox[-1].body
    path = "/interest/confirm/" + body.split("/interest/confirm/")[1].split()[0]
    assert "Confirm my interest" in text_of(client.get(path))
    assert Interest.objects.get().confirmed_at is None
    assert "is confirmed" in text_of(client.post(path, {"confirm": "yes"}))
    assert Interest.objects.get().confirmed_at is not None
    Interest.objects.all().delete()
    assert "there no more" in text_of(client.post(path, {"confirm": "yes"}))
    assert client.get("/interest/confirm/nonsense/").status_code == 410


# --- deleting ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("values", "days", "gone"),
    [
        ({"confirmed": False}, 29, False),
        ({"confirmed": False}, 31, True),
        ({}, 700, False),
        ({}, 733, True),
        ({"consent": False}, 700, False),
        ({"consent": False}, 731, True),
    ],
)
def test_interest_of_no_use_is_deleted_with_the_person_of_whom_nothing_else_is_kept(
    values: dict[str, bool], days: int, gone: bool
) -> None:
    register(**values)
    jobs.forget_interest(AT + days * DAY)
    assert (Interest.objects.count(), Prospect.objects.count()) == (int(not gone), int(not gone))


def test_a_person_who_asked_or_was_merged_stays_and_notices_go_with_the_person() -> None:
    (one,) = register()
    made.ask(email=WHO.email)
    (two,) = register(who=Who("Ben", "ben@example.org"))
    made.intake()
    jobs.tell_of_intakes(AT)
    assert IntakeNotice.objects.count() == 2
    assert jobs.forget_interest(AT + 800 * DAY) == "deleted 2 interests and 1 people"
    assert list(Prospect.objects.all()) == [one.prospect]
    assert not Prospect.objects.filter(pk=two.prospect_id).exists()


# --- nobody's box is filled --------------------------------------------------------------------------
def test_one_address_gets_five_confirmations_a_day_and_questions_are_taken_in_all_the_same() -> None:
    for _ in range(8):
        made.ask("A question", email="Victim@example.org")
    assert len(letters("enquiry_received")) == 5
    assert AuditEvent.objects.filter(verb="enquiry.not_confirmed").count() == 3
    made.ask("A question", email="other@example.org")
    made.ask("A question", email="victim@example.org", at=AT + 2 * DAY)
    assert len(letters("enquiry_received")) == 7


def test_interest_by_many_choices_stops_with_a_word_and_the_same_choice_counts_once() -> None:
    codes = ["NPQLT", "NPQLTD", "NPQLBC", "NPQSL", "NPQH", "NPQEL"]
    for code in [*codes[:5], codes[0]]:
        register(code, confirmed=False)
    with pytest.raises(Refused, match="Several messages"):
        register(codes[5], confirmed=False)
    assert (Interest.objects.count(), len(letters("interest_registered"))) == (5, 5)


# --- people ------------------------------------------------------------------------------------------
def test_who_was_told_before_a_merge_is_not_told_again_under_the_other_address() -> None:
    office = factories.member(Role.OFFICE)
    (one,) = register()
    made.intake()
    assert jobs.tell_of_intakes(AT) == "told 1 people"
    (two,) = register(who=Who("Amara Asks", "amara@school.example"))
    prospects.merge(duplicate=one.prospect, into=two.prospect, by=office, at=AT)
    assert jobs.tell_of_intakes(AT) == "told 0 people"
    (three,) = register("NPQLT", who=Who("Third", "third@example.org"))
    prospects.merge(duplicate=three.prospect, into=two.prospect, by=office, at=AT)
    assert jobs.tell_of_intakes(AT) == "told 0 people"
    assert len(letters("intake_open")) == 1


def test_the_office_corrects_a_name_and_a_place_and_never_the_address() -> None:
    made.postcodes()
    office = factories.member(Role.OFFICE)
    (one,) = register(who=Who("Amarra Aks", "amara@example.org", postcode="EX4 4QJ"))
    said = Who("Amara Asks", "else@example.org", "Head of year", "BS1 5JD", "Bristol")
    for _ in range(2):
        row = prospects.correct(prospect=one.prospect, who=said, by=office, at=AT)
    assert (row.name, row.email, row.postcode) == ("Amara Asks", "amara@example.org", "BS15JD")
    assert row.latitude == made.PLACES["BS15JD"][0]
    assert AuditEvent.objects.filter(verb="prospect.corrected").count() == 1
    with pytest.raises(Refused, match="postcode"):
        prospects.correct(prospect=row, who=Who("A", postcode="B" * 20), by=office, at=AT)
    assert OutboxMessage.objects.filter(recipient="else@example.org").count() == 0
