"""Whose an e-mail address is: roles and applications go to its owner, never to who only typed it in."""

from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.test import Client

from goldenthread.common import mail
from goldenthread.common.models import AuditEvent, OutboxMessage
from goldenthread.common.refused import Refused
from goldenthread.people import actions, addresses
from goldenthread.people.models import Role, User
from goldenthread.web.office import roster
from tests import factories
from tests.factories import AT

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(hours=1)


@pytest.fixture
def mallory() -> User:
    return factories.user("Mallory M", email="mallory@example.org")


def claimed(person: User, address: str) -> None:
    """What the sign-in library made of "add" and "make primary", without any proof."""
    EmailAddress.objects.create(user=person, email=address).set_as_primary()
    person.refresh_from_db()
    assert person.email == address


def letters(template: str) -> list[OutboxMessage]:
    return [one for one in OutboxMessage.objects.order_by("pk") if one.payload.get("template") == template]


# --- who gets a role ---------------------------------------------------------------------------------
def test_a_role_never_goes_to_an_account_that_only_claims_the_address(mallory: User) -> None:
    claimed(mallory, "new.marker@example.org")
    office = factories.member(Role.OFFICE, "Olu Office")
    with pytest.raises(Refused, match="nobody has confirmed") as refused:
        roster.add_person(
            email="new.marker@example.org", name="Nora Marker", choice=f"organisation:{factories.organisation().pk}",
            role="office", starts_on=factories.START, by=office, at=AT,
        )  # fmt: skip
    assert refused.value.field == "email"
    assert not mallory.memberships.exists()


def test_an_application_is_not_accepted_into_an_account_that_only_claims_the_address(mallory: User) -> None:
    from goldenthread.engagement import actions as engagement

    application = factories.application("Amara Applicant")
    claimed(mallory, application.email)
    with pytest.raises(Refused, match="nobody has confirmed"):
        engagement.enrol(application=application, by=factories.member(Role.OFFICE), at=AT)
    assert not mallory.enrolments.exists()


def test_the_office_s_own_entry_and_a_proved_address_are_found_again(mallory: User) -> None:
    entered = actions.ensure_user(email="amara@example.org", name="Amara", by=None, at=AT)
    assert actions.ensure_user(email="Amara@example.org", name="Amara", by=None, at=AT) == entered
    addresses.change(user=mallory, address="m@example.org", at=AT)
    assert actions.ensure_user(email="m@example.org", name="M", by=None, at=AT) == mallory
    assert actions.ensure_user(email="mallory@example.org", name="Mallory", by=None, at=AT) != mallory


def test_a_new_account_ends_what_others_noted_about_its_address(mallory: User) -> None:
    EmailAddress.objects.create(user=mallory, email="amara@example.org", verified=True)
    amara = actions.ensure_user(email="amara@example.org", name="Amara", by=None, at=AT)
    assert not EmailAddress.objects.filter(email="amara@example.org").exists()
    assert amara != mallory


def test_who_only_claimed_an_address_may_prove_it_later(mallory: User) -> None:
    claimed(mallory, "mallory.new@example.org")
    assert addresses.ask(user=mallory, email="mallory.new@example.org", at=AT) == "mallory.new@example.org"
    addresses.change(user=mallory, address="mallory.new@example.org", at=LATER)
    assert actions.ensure_user(email="mallory.new@example.org", name="M", by=None, at=LATER) == mallory


# --- changing it ---------------------------------------------------------------------------------------
def test_asking_changes_nothing_and_mails_the_link_to_the_new_address_only(mallory: User) -> None:
    addresses.ask(user=mallory, email=" New@Example.org ", at=AT)
    addresses.ask(user=mallory, email="new@example.org", at=AT)
    mallory.refresh_from_db()
    assert mallory.email == "mallory@example.org"
    (letter,) = letters("address_change")
    assert letter.recipient == "new@example.org"
    assert "/profile/address/" in mail.render(letter).text
    assert "/profile/address/" not in str(letter.payload)


def test_a_changed_address_is_on_record_and_the_old_one_gets_a_notice(mallory: User) -> None:
    addresses.change(user=mallory, address="new@example.org", at=AT)
    addresses.change(user=mallory, address="new@example.org", at=AT)
    mallory.refresh_from_db()
    assert mallory.email == "new@example.org"
    (event,) = AuditEvent.objects.filter(verb="person.changed_address")
    assert event.subject == f"user:{mallory.pk}"
    assert event.details == {
        "before": {"email": "mallory@example.org"},
        "after": {"email": "new@example.org"},
    }
    (notice,) = letters("address_changed")
    assert notice.recipient == "mallory@example.org"
    assert "new@example.org" in mail.render(notice).text


def test_the_old_address_opens_the_account_no_more(mallory: User, client: Client) -> None:
    EmailAddress.objects.create(user=mallory, email="mallory@example.org", verified=True, primary=True)
    addresses.change(user=mallory, address="new@example.org", at=AT)
    client.post("/accounts/login/", {"login": "mallory@example.org", "password": factories.PASSWORD})
    assert "_auth_user_id" not in client.session
    client.post("/accounts/login/", {"login": "new@example.org", "password": factories.PASSWORD})
    assert client.session["_auth_user_id"] == str(mallory.pk)


def test_a_taken_address_is_told_to_its_reader_alone_and_refused_at_the_end(mallory: User) -> None:
    factories.user("Amara Applicant", email="amara@example.org")
    addresses.ask(user=mallory, email="amara@example.org", at=AT)
    (letter,) = letters("address_change")
    assert "has this address already" in mail.render(letter).text
    assert "/profile/address/" not in mail.render(letter).text
    with pytest.raises(Refused, match="Another account has"):
        addresses.change(user=mallory, address="AMARA@example.org".lower(), at=AT)
    mallory.refresh_from_db()
    assert mallory.email == "mallory@example.org"


@pytest.mark.parametrize(
    "address", ["", "no address", "a@b", "x" * 300 + "@example.org", "Mallory@example.org"]
)
def test_what_is_no_other_address_is_refused(mallory: User, address: str) -> None:
    with pytest.raises(Refused):
        addresses.ask(user=mallory, email=address, at=AT)
    assert not OutboxMessage.objects.exists()


def test_a_link_is_for_one_person_one_day_and_one_change(mallory: User) -> None:
    with time_machine.travel(AT, tick=False) as clock:
        token = addresses.link_token(mallory, "new@example.org")
        assert addresses.read_token(token, mallory) == "new@example.org"
        assert addresses.read_token(token, factories.user("Dot Stranger")) == ""
        for damaged in ("", "x", token[:-2], "\0", "x" * 5000):
            assert addresses.read_token(damaged, mallory) == ""
        clock.shift(timedelta(hours=24, seconds=1))
        assert addresses.read_token(token, mallory) == ""
        again = addresses.link_token(mallory, "new@example.org")
        changed = addresses.change(user=mallory, address="other@example.org", at=AT)
        assert addresses.read_token(again, changed) == ""
