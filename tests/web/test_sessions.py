"""Sessions: kept in the database, ended everywhere by signing out, and gone when their time is over."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from goldenthread.common import clock
from tests import factories

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
