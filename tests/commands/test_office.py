"""`goldenthread office`: the first account of the office, in one piece and on record."""

import io
import sys
from typing import Any

import pytest
from allauth.account.models import EmailAddress

from goldenthread.commands import office
from goldenthread.common.models import AuditEvent
from goldenthread.people.models import Membership, Organisation, OrganisationRole, User
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


NEW_NAME = "Severn Learning Trust"


def providers() -> list[str]:
    found = Organisation.objects.filter(roles__role="lead_provider", roles__ends_on__isnull=True)
    return list(found.order_by("name").values_list("name", flat=True))


def test_another_name_in_the_setting_makes_no_second_provider(
    monkeypatch: Any, capsys: Any, settings: Any
) -> None:
    assert run(monkeypatch, "olu@example.org", "Olu Office") == 0
    assert "--rename" not in capsys.readouterr().out
    old, settings.PROVIDER_NAME = settings.PROVIDER_NAME, NEW_NAME
    assert run(monkeypatch, "ona@example.org", "Ona Office") == 0
    told = capsys.readouterr().out
    assert f"The lead provider here is called {old}" in told
    assert (
        f"GOLDENTHREAD_PROVIDER says {NEW_NAME}: to rename the provider, run goldenthread office --rename"
        in told
    )
    assert providers() == [old]
    assert Membership.objects.values("organisation").distinct().count() == 1


def test_renaming_is_asked_for_and_on_record(monkeypatch: Any, capsys: Any, settings: Any) -> None:
    run(monkeypatch, "olu@example.org", "Olu Office")
    old, settings.PROVIDER_NAME = settings.PROVIDER_NAME, NEW_NAME
    assert [run(monkeypatch, "--rename") for _ in range(2)] == [0, 0]
    assert f"The lead provider is called {NEW_NAME}." in capsys.readouterr().out
    assert providers() == [NEW_NAME]
    [event] = AuditEvent.objects.filter(verb="organisation.renamed")
    assert event.details == {"before": old, "after": NEW_NAME}


def test_a_name_that_another_organisation_bears_is_not_taken(
    monkeypatch: Any, capsys: Any, settings: Any
) -> None:
    run(monkeypatch, "olu@example.org", "Olu Office")
    factories.organisation(NEW_NAME.upper())
    settings.PROVIDER_NAME = NEW_NAME
    assert run(monkeypatch, "--rename") == 2
    assert "Another organisation is called" in capsys.readouterr().err


def test_among_several_providers_the_setting_names_one(monkeypatch: Any, capsys: Any, settings: Any) -> None:
    for name in ("Alder Trust", "Birch Trust"):
        lead = OrganisationRole(role="lead_provider", starts_on=factories.START)
        lead.organisation = factories.organisation(name)
        lead.save()
    settings.PROVIDER_NAME = "Birch Trust"
    assert run(monkeypatch, "olu@example.org", "Olu Office") == 0
    assert User.objects.get().memberships.get().organisation.name == "Birch Trust"
    settings.PROVIDER_NAME = NEW_NAME
    assert run(monkeypatch, "ona@example.org", "Ona Office") == 2
    assert "several lead providers (Alder Trust, Birch Trust)" in capsys.readouterr().err
    assert providers() == ["Alder Trust", "Birch Trust"]


@pytest.mark.parametrize("arguments", [[], ["olu@example.org"], ["--rename", "olu@example.org", "Olu"]])
def test_half_a_command_says_what_is_missing(monkeypatch: Any, capsys: Any, arguments: list[str]) -> None:
    with pytest.raises(SystemExit):
        run(monkeypatch, *arguments)
    assert "give an address and a name, or --rename alone" in capsys.readouterr().err
