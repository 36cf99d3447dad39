"""The second factor that office, markers and moderators need in production, given through the pages."""

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import CacheHandler, caches
from django.core.management import call_command
from django.test import Client

from goldenthread.people.models import Role, User
from goldenthread.web.shared.middleware import Viewer
from tests import factories
from tests.web.test_access import addresses

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 10, 9, 0, 10, tzinfo=UTC)
FIRST_PAGES = {Role.OFFICE: "/office/", Role.MARKER: "/mark/", Role.MODERATOR: "/moderate/"}
HALF_A_MINUTE = timedelta(seconds=30)


@pytest.fixture(autouse=True)
def _production(settings: Any, db: None) -> None:
    settings.SECOND_FACTOR_ROLES = ("office", "marker", "moderator")
    settings.CAST_SIGN_IN = False
    settings.CACHES = settings.SHARED_CACHES
    call_command("createcachetable")


@pytest.fixture
def moved() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def code(secret: str, *, steps: int = 0) -> str:
    """What an app shows now; `steps` half minutes ahead or behind when its clock is wrong."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def password(client: Client, person: User, **more: str) -> Any:
    return client.post(
        "/accounts/login/", {"login": person.email, "password": factories.PASSWORD, **more}, follow=True
    )


def give(client: Client, digits: str) -> Any:
    return client.post("/accounts/2fa/authenticate/", {"code": digits}, follow=True)


def confirm(client: Client) -> None:
    """Before anything that protects the account is changed, the password is asked for once more."""
    assert "/reauthenticate/" in client.get("/accounts/2fa/recovery-codes/generate/")["Location"]
    client.post("/accounts/reauthenticate/", {"password": factories.PASSWORD})


def set_up_app(client: Client) -> str:
    """Through the page: read the secret, type what the app shows; returns the secret."""
    confirm(client)
    page = client.get("/accounts/2fa/totp/activate/").content.decode()
    secret = re.search(r"\b[A-Z2-7]{32}\b", page)
    assert secret
    answer = client.post("/accounts/2fa/totp/activate/", {"code": code(secret[0])})
    assert answer.status_code == 302
    return secret[0]


def with_app(role: Role = Role.OFFICE) -> tuple[User, str]:
    """Somebody who has set up an app and signed out, and the app's secret."""
    person, client = factories.member(role), Client()
    password(client, person)
    secret = set_up_app(client)
    client.post("/accounts/logout/")
    return person, secret


def signed_in_with_app(client: Client, moved: time_machine.Traveller) -> tuple[User, str]:
    """The same person, signed in with password and code in `client`."""
    person, secret = with_app()
    moved.shift(HALF_A_MINUTE)
    password(client, person)
    give(client, code(secret))
    return person, secret


def recovery_codes(person: User) -> list[str]:
    found: list[str] = Authenticator.objects.get(user=person, type="recovery_codes").wrap().get_unused_codes()
    return found


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


# --- setting up ------------------------------------------------------------------------------------
@pytest.mark.parametrize("role", FIRST_PAGES)
def test_who_needs_one_sets_up_an_app_and_from_then_on_gives_its_code(
    client: Client, moved: time_machine.Traveller, role: Role
) -> None:
    person = factories.member(role)
    assert password(client, person).redirect_chain[-1][0] == "/accounts/2fa/"
    secret = set_up_app(client)
    asked = client.get(FIRST_PAGES[role], follow=True)
    assert asked.redirect_chain[-1][0].startswith("/accounts/2fa/reauthenticate/")
    moved.shift(HALF_A_MINUTE)
    confirmed = client.post(
        "/accounts/2fa/reauthenticate/", {"code": code(secret), "next": FIRST_PAGES[role]}, follow=True
    )
    assert confirmed.redirect_chain[-1][0] == FIRST_PAGES[role]
    assert confirmed.status_code == 200
    client.post("/accounts/logout/")
    moved.shift(HALF_A_MINUTE)
    assert password(client, person).redirect_chain[-1][0] == "/accounts/2fa/authenticate/"
    assert not is_signed_in(client)
    assert give(client, code(secret)).redirect_chain[-1][0] == FIRST_PAGES[role]


def test_a_wrong_code_sets_nothing_up(client: Client, moved: time_machine.Traveller) -> None:
    person = factories.member(Role.MARKER)
    password(client, person)
    confirm(client)
    client.get("/accounts/2fa/totp/activate/")
    answer = client.post("/accounts/2fa/totp/activate/", {"code": "000000"})
    assert "Incorrect code" in answer.content.decode()
    assert not Authenticator.objects.exists()
    assert client.get("/mark/")["Location"] == "/accounts/2fa/"


# --- giving it -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "digits", ["000000", "12345", "", "abcdef", "1" * 10_000, "١٢٣٤٥٦"], ids=lambda digits: digits[:6]
)
def test_a_wrong_code_does_not_sign_in(client: Client, moved: time_machine.Traveller, digits: str) -> None:
    person, _ = with_app()
    password(client, person)
    answer = give(client, digits)
    assert answer.status_code == 200
    assert "gt-error" in answer.content.decode()
    assert not is_signed_in(client)


@pytest.mark.parametrize("steps", [-2, -1, 1, 2])
def test_a_code_from_a_wrong_clock_does_not_sign_in(
    client: Client, moved: time_machine.Traveller, steps: int
) -> None:
    person, secret = with_app()
    moved.shift(10 * HALF_A_MINUTE)
    password(client, person)
    give(client, code(secret, steps=steps))
    assert not is_signed_in(client)
    give(client, code(secret))
    assert is_signed_in(client)


def test_a_code_that_was_used_does_not_sign_in_again(client: Client, moved: time_machine.Traveller) -> None:
    person, secret = signed_in_with_app(client, moved)
    assert is_signed_in(client)
    onlooker = Client()
    password(onlooker, person)
    give(onlooker, code(secret))
    assert not is_signed_in(onlooker)
    moved.shift(HALF_A_MINUTE)
    give(onlooker, code(secret))
    assert is_signed_in(onlooker)


def test_what_was_used_and_tried_is_known_to_every_process(settings: Any) -> None:
    caches["default"].set("tried", 5)
    other_process = CacheHandler(settings.SHARED_CACHES)["default"]
    assert other_process.get("tried") == 5


def test_after_five_wrong_codes_the_right_one_waits_too(
    client: Client, moved: time_machine.Traveller
) -> None:
    person, secret = with_app()
    moved.shift(HALF_A_MINUTE)
    password(client, person)
    for _ in range(5):
        give(client, "000000")
    give(client, code(secret))
    assert not is_signed_in(client)
    moved.shift(timedelta(minutes=6))
    give(client, code(secret))
    assert is_signed_in(client)


@pytest.mark.parametrize("role", FIRST_PAGES)
def test_a_recovery_code_signs_in_once(client: Client, moved: time_machine.Traveller, role: Role) -> None:
    person, _ = with_app(role)
    one, other = recovery_codes(person)[:2]
    password(client, person)
    assert give(client, one).redirect_chain[-1][0] == FIRST_PAGES[role]
    again = Client()
    password(again, person)
    give(again, one)
    assert not is_signed_in(again)
    give(again, other)
    assert is_signed_in(again)
    assert not {one, other} & set(recovery_codes(person))


def test_recovery_codes_are_shown_on_their_page_and_new_ones_end_the_old(
    client: Client, moved: time_machine.Traveller
) -> None:
    person, _ = signed_in_with_app(client, moved)
    old = recovery_codes(person)
    confirm(client)
    shown = client.get("/accounts/2fa/recovery-codes/").content.decode()
    assert all(one in shown for one in old)
    client.post("/accounts/2fa/recovery-codes/generate/")
    assert not set(old) & set(recovery_codes(person))
    onlooker = Client()
    password(onlooker, person)
    give(onlooker, old[0])
    assert not is_signed_in(onlooker)


# --- what it opens ---------------------------------------------------------------------------------
def test_a_session_from_before_the_second_factor_is_not_let_in_by_it(
    client: Client, moved: time_machine.Traveller
) -> None:
    person = factories.member(Role.OFFICE)
    thief = Client()
    password(thief, person)
    password(client, person)
    set_up_app(client)
    assert not is_signed_in(thief), "the first factor ends the sessions that know only the password"
    thief.force_login(person)  # and one that were to outlive it would have to give it
    answer = thief.get("/office/")
    assert answer["Location"] == "/accounts/2fa/reauthenticate/?next=%2Foffice%2F"
    assert thief.post("/office/applications/accept/")["Location"] == "/accounts/2fa/reauthenticate/"


def test_taking_the_second_factor_away_closes_the_way_at_once(
    client: Client, moved: time_machine.Traveller
) -> None:
    signed_in_with_app(client, moved)
    assert client.get("/office/").status_code == 200
    confirm(client)
    client.post("/accounts/2fa/totp/deactivate/")
    assert client.get("/office/")["Location"] == "/accounts/2fa/"


def paths() -> dict[str, str]:
    """Every address of ours with some value for each of its parameters."""
    made_up = {"int": "1", "slug": "npqlt", "str": "x", "uuid": "0" * 32, "path": "x"}

    def fill(pattern: Any, prefix: str) -> str:
        kinds = pattern.pattern.converters
        route = str(pattern.pattern)
        for name, converter in kinds.items():
            kind = type(converter).__name__.removesuffix("Converter").lower().replace("string", "str")
            route = re.sub(rf"<(\w+:)?{name}>", made_up[kind], route)
        return prefix + route

    prefixes = {
        "participant": "/my/",
        "school": "/school/",
        "teaching": "/teach/",
        "partner": "/partner/",
        "office": "/office/",
    }
    found = {}
    for name, pattern in addresses():
        space = name.partition(":")[0] if ":" in name else ""
        if name.startswith("participant:") and pattern.callback.__module__.endswith(("assessment", "script")):
            found[name] = fill(pattern, "/my/assessment/")
        else:
            found[name] = fill(pattern, prefixes.get(space, "/"))
    return found


def test_without_it_every_address_but_a_participants_own_leads_to_setting_it_up(client: Client) -> None:
    client.force_login(factories.member(Role.OFFICE))
    for name, path in paths().items():
        free = path.startswith(Viewer.FREE)
        for answer in (client.get(path), client.post(path)):
            held = answer.status_code == 302 and answer["Location"] == "/accounts/2fa/"
            assert held != free, (name, path, answer.status_code)
            assert free == name.startswith(("participant:", "account_"))


def test_the_free_addresses_are_told_by_our_own_part_of_the_path(client: Client) -> None:
    client.force_login(factories.member(Role.OFFICE))
    for prefix in ("/my", "/static", "/accounts"):
        assert client.get("/office/", SCRIPT_NAME=prefix)["Location"].endswith("/accounts/2fa/")
    for path in ("/my/../office/", "//my/office/", "/my//office/", "/my/%2e%2e/office/"):
        assert client.get(path).status_code in {302, 404}


def test_signing_in_lasts_until_the_browser_is_closed(client: Client, moved: time_machine.Traveller) -> None:
    password(client, factories.member(Role.FACILITATOR))
    assert client.cookies["sessionid"]["max-age"] == ""
    assert client.session.get_expire_at_browser_close()
