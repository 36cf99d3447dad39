"""`goldenthread office`: the first account of the office, in one piece and on record."""

import io
import sys
from typing import Any

import pytest
from allauth.account.models import EmailAddress

from goldenthread.commands import office
from goldenthread.common.models import AuditEvent
from goldenthread.people.models import Membership, Organisation, User
from tests import factories

pytestmark = pytest.mark.django_db


def run(monkeypatch: Any, *arguments: str, password: str = factories.PASSWORD) -> int:
    monkeypatch.setattr(sys, "stdin", io.StringIO(password + "\n"))
    return office.run(list(arguments))


def test_it_makes_account_role_and_record(monkeypatch: Any) -> None:
    assert run(monkeypatch, "Olu@example.org", "Olu Office") == 0
    olu = User.objects.get()
    assert (olu.email, olu.check_password(factories.PASSWORD)) == ("olu@example.org", True)
    assert olu.memberships.get().role == "office"
    trail = AuditEvent.objects.filter(subject=f"user:{olu.pk}").order_by("sequence")
    assert [event.verb for event in trail] == ["person.added", "person.took_role", "person.opened_office"]
    assert factories.PASSWORD not in str([event.details for event in trail])


@pytest.mark.parametrize(("url", "hinted"), [(None, True), ("https://npq.example.org", False)])
def test_without_a_public_address_it_says_which_setting_is_missing(
    monkeypatch: Any, capsys: Any, url: str | None, hinted: bool
) -> None:
    monkeypatch.delenv("GOLDENTHREAD_URL", raising=False)
    if url:
        monkeypatch.setenv("GOLDENTHREAD_URL", url)
    assert run(monkeypatch, "olu@example.org", "Olu Office") == 0
    assert ("GOLDENTHREAD_URL is not set" in capsys.readouterr().out) is hinted


def test_a_second_time_it_sets_the_password_anew_and_gives_no_second_role(monkeypatch: Any) -> None:
    for password in (factories.PASSWORD, "another-long-phrase-8"):
        run(monkeypatch, "olu@example.org", "Olu Office", password=password)
    assert User.objects.get().check_password("another-long-phrase-8")
    assert Membership.objects.count() == 1
    assert AuditEvent.objects.filter(verb="person.opened_office").count() == 2


def test_when_the_last_part_fails_nothing_is_left_behind(monkeypatch: Any) -> None:
    claimed = factories.user("Mallory M")
    EmailAddress.objects.create(user=claimed, email="olu@example.org").set_as_primary()
    assert run(monkeypatch, "olu@example.org", "Olu Office") == 2
    assert not Organisation.objects.exists()
    assert not Membership.objects.exists()
    claimed.refresh_from_db()
    assert claimed.check_password(factories.PASSWORD)


@pytest.mark.parametrize(("email", "name"), [("nothing", "Olu"), ("olu@example.org", " ")])
def test_what_is_no_address_or_name_is_said_and_nothing_is_made(
    monkeypatch: Any, capsys: Any, email: str, name: str
) -> None:
    assert run(monkeypatch, email, name) == 2
    assert "Give a" in capsys.readouterr().err
    assert not User.objects.exists()
    assert not Organisation.objects.exists()


def test_a_weak_password_is_refused(monkeypatch: Any) -> None:
    assert run(monkeypatch, "olu@example.org", "Olu Office", password="short") == 2
    assert not User.objects.exists()
