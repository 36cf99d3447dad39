"""The pages around one's address and first password in a real browser: accessible, and fit for a phone."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from goldenthread.people import actions, addresses, queries
from tests import factories
from tests.browser import PHONE, Visit, accessibility_faults, sideways_scroll
from tests.factories import AT

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("viewport", [PHONE, {"width": 1280, "height": 900}], ids=["phone", "desktop"])
def test_a_person_changes_the_address_and_no_page_has_faults(
    visit: Callable[..., Visit], live_server: Any, viewport: Any
) -> None:
    amara = factories.user("Amara Applicant", email="amara@example.org")
    page = visit(viewport=viewport).page
    found, wide = {}, {}

    def look(name: str) -> None:
        found[name], wide[name] = accessibility_faults(page), sideways_scroll(page)

    page.goto(f"{live_server.url}/accounts/login/")
    page.get_by_label("E-mail address").fill(amara.email)
    page.get_by_label("Password", exact=True).fill(factories.PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.goto(f"{live_server.url}/profile/")
    page.get_by_role("link", name="Change your e-mail address").click()
    page.get_by_label("Password", exact=True).fill(factories.PASSWORD)
    page.get_by_role("button", name="Confirm", exact=True).click()
    look("ask")
    page.get_by_label("New e-mail address").fill("amara@example.org")
    page.get_by_role("button", name="Send me the link").click()
    expect(page.get_by_text("That is your address already").first).to_be_visible()
    look("refused")
    page.get_by_label("New e-mail address").fill("amara.new@example.org")
    page.get_by_role("button", name="Send me the link").click()
    expect(page.get_by_text("A link is on its way to amara.new@example.org")).to_be_visible()
    look("profile")
    page.goto(f"{live_server.url}/profile/address/{addresses.link_token(amara, 'amara.new@example.org')}/")
    look("confirm")
    page.get_by_role("button", name="Use this address").click()
    expect(page.get_by_text("You now sign in as amara.new@example.org").first).to_be_visible()
    page.go_back()
    page.reload()
    look("expired")
    assert {name: faults for name, faults in found.items() if faults} == {}
    assert {name: pixels for name, pixels in wide.items() if pixels} == {}


def test_a_double_click_on_the_first_password_ends_on_the_first_page(
    visit: Callable[..., Visit], live_server: Any
) -> None:
    person = actions.ensure_user(email="amara@example.org", name="Amara Applicant", by=None, at=AT)
    page = visit().page
    page.goto(f"{live_server.url}/welcome/")
    expect(page.get_by_role("heading", name="Open the link in our mail")).to_be_visible()
    page.goto(f"{live_server.url}/welcome/{queries.welcome_token(person)}/")
    assert page.url.endswith("/welcome/")
    page.get_by_label("New password").fill(factories.PASSWORD)
    page.get_by_label("The same again").fill(factories.PASSWORD)
    page.get_by_role("button", name="Set password and go on").dblclick()
    expect(page.get_by_text("Your password is set and you are signed in")).to_be_visible()
    page.goto(f"{live_server.url}/profile/")
    expect(page.get_by_role("heading", name="Your profile")).to_be_visible()
