"""Sessions: kept in the database, ended everywhere by signing out, and gone when their time is over."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.test import Client

from goldenthread.common import clock, jobs
from goldenthread.web.shared import parking
from tests import factories
from tests import factories_assessment as made

pytestmark = pytest.mark.django_db


def signed_in(client: Client) -> bool:
    return client.get("/my/").status_code == 200


def test_signing_out_in_one_place_ends_a_stolen_cookie_too(client: Client) -> None:
    client.force_login(factories.user())
    thief = Client()
    thief.cookies["sessionid"] = client.cookies["sessionid"].value
    assert signed_in(client)
    assert signed_in(thief)
    client.post("/accounts/logout/")
    assert not signed_in(client)
    assert not signed_in(thief)


def test_a_session_is_over_after_its_time(client: Client) -> None:
    client.force_login(factories.user())
    with time_machine.travel(clock.now() + timedelta(days=13, hours=23)):
        assert signed_in(client)
    with time_machine.travel(clock.now() + timedelta(days=14, seconds=1)):
        assert not signed_in(client)


@pytest.mark.parametrize("key", ["x", "unknown-key-of-thirty-two-letters", "é" * 32, "a" * 5000])
def test_an_unknown_key_is_nobody(client: Client, key: str) -> None:
    client.cookies["sessionid"] = key
    assert client.get("/my/").status_code == 302


def test_somebody_who_was_made_inactive_is_signed_out(client: Client) -> None:
    user = factories.user()
    client.force_login(user)
    user.is_active = False
    user.save(update_fields=["is_active"])
    assert not signed_in(client)


def test_sessions_that_are_over_are_removed_and_no_other(client: Client) -> None:
    client.force_login(factories.user())
    at = clock.now() + timedelta(days=13)
    with time_machine.travel(at):
        Client().force_login(factories.user())
        assert jobs.remove_expired_sessions(at) == "removed 0"
    assert jobs.remove_expired_sessions(clock.now() + timedelta(days=15)) == "removed 1"
    assert Session.objects.count() == 1


def test_a_session_keeps_one_text_and_none_for_a_sitting_that_is_not_there(client: Client) -> None:
    for number in range(1, 9):
        client.post(f"/my/assessment/{number}/", {"text_1": "x" * 1000, "person": "1"})
    assert not Session.objects.exists()
    first, second = made.sitting(), made.sitting()
    for one in (first, second, first):
        client.post(f"/my/assessment/{one.pk}/", {"text_1": "x" * 1000, "person": "1"})
    kept = [key for key in list(client.session.keys()) if key.startswith("parked:")]
    assert kept == [f"parked:{first.pk}"]


def test_a_text_that_names_no_writer_is_not_kept(client: Client) -> None:
    client.post(f"/my/assessment/{made.sitting().pk}/", {"text_1": "whose?"})
    assert not Session.objects.exists()


def test_one_address_cant_fill_the_table_of_sessions() -> None:
    one = made.sitting()
    for _ in range(parking.PARK.times + 5):
        Client().post(f"/my/assessment/{one.pk}/", {"text_1": "x" * 1000, "person": "1"})
    assert Session.objects.count() == parking.PARK.times


def test_after_a_parked_text_the_session_lasts_until_the_browser_is_closed(client: Client) -> None:
    one = made.sitting()
    person = one.enrolment.user
    with time_machine.travel(made.INSIDE):
        client.post(f"/my/assessment/{one.pk}/", {"text_1": "long thoughts", "person": str(person.pk)})
        client.post("/accounts/login/", {"login": person.email, "password": factories.PASSWORD})
        assert "long thoughts" in client.get(f"/my/assessment/{one.pk}/").content.decode()
        assert client.session.get_expire_at_browser_close()
