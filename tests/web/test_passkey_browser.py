"""Passkeys in a real browser, whose own virtual authenticator makes and uses them, under our strict policy."""

from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import Page, expect

from goldenthread.people.models import Role, User
from tests import factories
from tests.browser import PHONE, Visit, accessibility_faults, sideways_scroll

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def marker(settings: Any) -> User:
    settings.SECOND_FACTOR_ROLES = ("office", "marker", "moderator")
    return factories.member(Role.MARKER, "Maya Marker")


class Device:
    """A device that keeps passkeys and knows its owner: Chromium's own, told through its debugging interface."""

    def __init__(self, page: Page) -> None:
        self.talk = page.context.new_cdp_session(page)
        self.talk.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        made = self.talk.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        self.number = made["authenticatorId"]

    def passkeys(self) -> list[Any]:
        found = self.talk.send("WebAuthn.getCredentials", {"authenticatorId": self.number})
        credentials: list[Any] = found["credentials"]
        return credentials

    def owner_is(self, known: bool) -> None:
        """Whether the finger on the sensor is the owner's."""
        state = {"authenticatorId": self.number, "isUserVerified": known}
        self.talk.send("WebAuthn.setUserVerified", state)


@pytest.fixture
def at_home(visit: Callable[..., Visit], live_server: Any) -> Callable[..., Page]:
    """Opens a browser at the server's name: passkeys belong to names, never to numbers like 127.0.0.1."""
    port = live_server.url.rpartition(":")[2]

    def open_one(**options: Any) -> Page:
        page = visit(**options).page
        page.goto(f"http://localhost:{port}/accounts/login/")
        return page

    return open_one


def password(page: Page, person: User) -> None:
    page.get_by_label("E-mail address").fill(person.email)
    page.get_by_label("Password", exact=True).fill(factories.PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def add_passkey(page: Page) -> None:
    """From the page on how one signs in: confirm with the password, name the passkey, touch the sensor."""
    page.get_by_role("link", name="Add a passkey").click()
    confirm = page.get_by_role("heading", name="Confirm that it is you")
    expect(confirm.or_(page.get_by_label("Name")).first).to_be_visible()
    if confirm.is_visible():
        page.get_by_label("Password", exact=True).fill(factories.PASSWORD)
        page.get_by_role("button", name="Confirm", exact=True).click()
    page.get_by_label("Name").fill("My phone")
    expect(page.get_by_label("without the password")).to_be_checked()
    page.get_by_role("button", name="Add").click()
    page.wait_for_url(lambda there: "/webauthn/add/" not in there)
    expect(page.get_by_text("My phone").or_(page.get_by_text("recovery code")).first).to_be_visible()


def sign_out(page: Page) -> None:
    page.goto(page.url.partition("/accounts")[0].rstrip("/") + "/accounts/logout/")
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    page.goto("/".join(page.url.split("/")[:3]) + "/accounts/login/")


def go(page: Page, path: str) -> None:
    page.goto("/".join(page.url.split("/")[:3]) + path)


def test_a_marker_adds_a_passkey_signs_out_and_signs_in_with_it(at_home: Any, marker: User) -> None:
    page = at_home()
    device = Device(page)
    password(page, marker)
    expect(page.get_by_role("heading", name="How you sign in")).to_be_visible()
    add_passkey(page)
    assert len(device.passkeys()) == 1
    sign_out(page)
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/mark/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert Authenticator.objects.get(user=marker, type="webauthn").last_used_at is not None


def test_after_the_password_a_passkey_is_the_second_step(at_home: Any, marker: User) -> None:
    page = at_home()
    device = Device(page)
    password(page, marker)
    add_passkey(page)
    sign_out(page)
    password(page, marker)
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    go(page, "/mark/")
    assert "/mark/" not in page.url
    page.get_by_role("button", name="Use a passkey or security key").click()
    page.wait_for_url("**/mark/")
    assert len(device.passkeys()) == 1


def test_right_after_it_was_added_it_is_asked_for_once_and_opens_the_way(at_home: Any, marker: User) -> None:
    page = at_home()
    Device(page)
    password(page, marker)
    add_passkey(page)
    go(page, "/mark/")
    expect(page.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
    page.get_by_role("button", name="security key").click()
    page.wait_for_url("**/mark/")


def test_a_passkey_that_was_removed_does_not_sign_in(at_home: Any, marker: User) -> None:
    page = at_home()
    device = Device(page)
    password(page, marker)
    add_passkey(page)
    go(page, "/accounts/2fa/webauthn/")
    page.get_by_role("link", name="Remove").click()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("No passkey yet")).to_be_visible()
    sign_out(page)
    assert len(device.passkeys()) == 1, "the device still has it"
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_text("Incorrect code")).to_be_visible()
    go(page, "/mark/")
    assert "/accounts/login/" in page.url


def test_a_passkey_without_its_owner_does_not_sign_in(at_home: Any, marker: User) -> None:
    page = at_home()
    device = Device(page)
    password(page, marker)
    add_passkey(page)
    sign_out(page)
    device.owner_is(False)
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_text("passkey was not used")).to_be_visible()
    go(page, "/mark/")
    assert "/accounts/login/" in page.url


def test_the_pages_on_how_one_signs_in_are_accessible_and_fit_a_phone(at_home: Any, marker: User) -> None:
    page = at_home(viewport=PHONE)
    Device(page)
    password(page, marker)
    found, wide = {}, {}
    add_passkey(page)
    for path in (
        "/accounts/2fa/",
        "/accounts/2fa/webauthn/",
        "/accounts/2fa/webauthn/add/",
        f"/accounts/2fa/webauthn/keys/{Authenticator.objects.get(type='webauthn').pk}/remove/",
        f"/accounts/2fa/webauthn/keys/{Authenticator.objects.get(type='webauthn').pk}/edit/",
        "/accounts/2fa/totp/activate/",
        "/accounts/2fa/recovery-codes/",
        "/accounts/2fa/recovery-codes/generate/",
        "/accounts/2fa/webauthn/reauthenticate/",
        "/accounts/2fa/reauthenticate/",
    ):
        go(page, path)
        assert page.url.endswith(path), page.url
        expect(page.get_by_role("heading", level=1)).not_to_have_text("There is no page at this address")
        found[path], wide[path] = accessibility_faults(page), sideways_scroll(page)
    assert {path: faults for path, faults in found.items() if faults} == {}
    assert {path: pixels for path, pixels in wide.items() if pixels} == {}
