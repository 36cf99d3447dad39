"""Changing the address that one signs in with: on our own page, after a link that proves the new one."""

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from goldenthread.common import mail
from goldenthread.common.models import AuditEvent, OutboxMessage
from goldenthread.people.models import Role, User
from tests import factories

pytestmark = pytest.mark.django_db
NEW = "mallory.new@example.org"


@pytest.fixture
def mallory() -> User:
    return factories.user("Mallory M", email="mallory@example.org")


def signed_in(person: User) -> Client:
    """A browser in which the person has just given the password once more."""
    client = Client()
    client.force_login(person)
    client.post("/accounts/reauthenticate/", {"password": factories.PASSWORD})
    return client


def link_of(message: OutboxMessage) -> str:
    found = re.search(r"/profile/address/\S+", mail.render(message).text)
    assert found
    return found[0]


def asked(client: Client, address: str = NEW) -> Any:
    return client.post("/profile/address/", {"email": address})


def test_the_sign_in_library_s_own_page_takes_no_address(mallory: User) -> None:
    client = signed_in(mallory)
    for action in ("action_add", "action_primary", "action_send", "action_remove"):
        answer = client.post("/accounts/email/", {action: "", "email": "new.marker@example.org"})
        assert answer.status_code == 405
    assert client.get("/accounts/email/")["Location"] == "/profile/address/"
    assert client.get("/accounts/confirm-email/").status_code == 404
    assert client.get("/accounts/confirm-email/MQ:1abc:xyz/").status_code == 404
    mallory.refresh_from_db()
    assert mallory.email == "mallory@example.org"
    assert not EmailAddress.objects.exists()


def test_the_address_changes_when_the_mailed_link_is_confirmed_and_not_before(mallory: User) -> None:
    client, elsewhere = signed_in(mallory), signed_in(mallory)
    assert asked(client)["Location"] == "/profile/"
    assert NEW in client.get("/profile/").content.decode()
    opened = client.get(link_of(OutboxMessage.objects.get()), follow=True)
    assert opened.redirect_chain[-1][0] == "/profile/address/confirm/", "the token has left the address"
    assert NEW in opened.content.decode()
    mallory.refresh_from_db()
    assert mallory.email == "mallory@example.org", "a mail scanner that follows links changes nothing"
    assert client.post("/profile/address/confirm/")["Location"] == "/profile/"
    mallory.refresh_from_db()
    assert mallory.email == NEW
    assert client.get("/profile/").status_code == 200
    assert elsewhere.get("/profile/").status_code == 302, "other sessions end"
    assert AuditEvent.objects.filter(verb="person.changed_address", subject=f"user:{mallory.pk}").count() == 1


def test_it_is_asked_for_the_password_first(mallory: User) -> None:
    client = Client()
    client.force_login(mallory)
    assert "/accounts/reauthenticate/" in client.get("/profile/address/")["Location"]
    assert "/accounts/reauthenticate/" in asked(client)["Location"]
    assert not OutboxMessage.objects.exists()


def test_the_link_does_nothing_for_somebody_else_who_reads_it(mallory: User) -> None:
    asked(signed_in(mallory), "stranger@example.org")
    link = link_of(OutboxMessage.objects.get())
    assert "/accounts/login/" in Client().get(link)["Location"]
    stranger = signed_in(factories.user("Dot Stranger", email="stranger2@example.org"))
    answer = stranger.get(link, follow=True)
    assert answer.status_code == 410
    assert "stranger@example.org" not in answer.content.decode()
    assert stranger.post("/profile/address/confirm/").status_code == 410
    assert set(User.objects.values_list("email", flat=True)) == {
        "mallory@example.org",
        "stranger2@example.org",
    }


def test_who_took_the_address_in_the_meantime_keeps_it(mallory: User) -> None:
    client = signed_in(mallory)
    asked(client)
    client.get(link_of(OutboxMessage.objects.get()))
    factories.user("Nora New", email=NEW)
    answer = client.post("/profile/address/confirm/")
    assert answer.status_code == 422
    assert "Another account has the address" in answer.content.decode()


@pytest.mark.parametrize(
    "address", ["", "nothing", "a\0b@example.org", "x" * 10_000_000, "mallory@example.org"]
)
def test_what_is_no_new_address_is_said_at_the_field(mallory: User, address: str) -> None:
    answer = asked(signed_in(mallory), address)
    assert answer.status_code == 422
    assert not OutboxMessage.objects.exists()


def test_links_are_mailed_five_times_an_hour_at_most(mallory: User) -> None:
    client = signed_in(mallory)
    answers = [asked(client, f"m{number}@example.org").status_code for number in range(6)]
    assert answers == [302] * 5 + [429]
    assert OutboxMessage.objects.count() == 5


def test_who_needs_a_second_factor_needs_it_here_too(settings: Any) -> None:
    settings.SECOND_FACTOR_ROLES = ("office", "marker", "moderator")
    client = signed_in(factories.member(Role.OFFICE))
    for path in ("/profile/address/", "/profile/address/confirm/", "/profile/address/x/"):
        assert client.get(path)["Location"] == "/accounts/2fa/"
