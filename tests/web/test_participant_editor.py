"""The editor in a real browser: it saves by itself and loses nothing to a lost line, an ended session or a tab."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect

from goldenthread.assessment.models import Sitting
from tests import factories_assessment as made
from tests.browser import PHONE, accessibility_faults, sideways_scroll

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SAVES_WITHIN = 20_000  # milliseconds; it tries every four seconds


@pytest.fixture(autouse=True)
def _inside_the_window() -> Iterator[None]:
    with time_machine.travel(made.INSIDE, tick=True):
        yield


@pytest.fixture
def one(db: None) -> Sitting:
    return made.sitting()


@pytest.fixture
def tab(visit: Callable[..., Any], live_server: Any, one: Sitting) -> Callable[..., Any]:
    """Opens the sitting in a browser of its own, signed in as the person who sits."""

    def open_tab(**options: Any) -> Any:
        opened = visit(**options)
        sign_in(opened, live_server, one)
        opened.page.goto(reverse("participant:sitting", args=[one.pk]))
        return opened

    return open_tab


def sign_in(opened: Any, live_server: Any, one: Sitting) -> None:
    client = Client()
    client.force_login(one.enrolment.user)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    opened.context.add_cookies([cookie])


def is_saved(opened: Any) -> None:
    """Wait until the page says when it saved last, with seconds, as only the script does."""
    import re

    expect(opened.page.locator("[data-saved]")).to_have_text(
        re.compile(r"^\d\d:\d\d:\d\d"), timeout=SAVES_WITHIN
    )


def draft(one: Sitting) -> str:
    one.refresh_from_db()
    return str(one.draft.get("", ""))


def test_what_is_typed_is_saved_and_counted_by_the_rule(tab: Any, one: Sitting) -> None:
    opened = tab(viewport=PHONE)
    opened.page.fill("textarea", "well-being – one—two 1,500")
    expect(opened.page.locator("[data-count]")).to_have_text("4 of 1,500")
    is_saved(opened)
    assert draft(one) == "well-being – one—two 1,500"
    assert accessibility_faults(opened.page) == []
    assert sideways_scroll(opened.page) == 0


def test_a_lost_connection_keeps_the_text_and_saves_it_when_it_is_back(tab: Any, one: Sitting) -> None:
    opened = tab()
    opened.context.set_offline(True)
    opened.page.fill("textarea", "Written on the train")
    expect(opened.page.locator("[data-state]")).to_contain_text("You are not connected", timeout=SAVES_WITHIN)
    opened.page.check("[name=own_work]")
    opened.page.click("[name=hand_in]")
    expect(opened.page.locator("[data-state]")).to_contain_text("Not handed in")
    opened.context.set_offline(False)
    is_saved(opened)
    assert draft(one) == "Written on the train"
    assert not one.scripts.exists()


def test_text_that_could_not_be_saved_is_there_after_a_reload(tab: Any, one: Sitting) -> None:
    opened = tab()
    opened.page.route("**/draft/", lambda route: route.abort())
    opened.page.fill("textarea", "Only in this browser")
    opened.page.on("dialog", lambda dialog: dialog.accept())
    opened.page.unroute("**/draft/")
    opened.page.reload()
    expect(opened.page.locator("textarea")).to_have_value("Only in this browser")
    is_saved(opened)
    assert draft(one) == "Only in this browser"


def test_a_server_fault_is_told_apart_from_a_lost_connection(tab: Any, one: Sitting) -> None:
    opened = tab()
    opened.page.route("**/draft/", lambda route: route.fulfill(status=500, body="broken"))
    opened.page.fill("textarea", "Kept")
    expect(opened.page.locator("[data-state]")).to_contain_text(
        "Our server has a fault", timeout=SAVES_WITHIN
    )
    opened.page.unroute("**/draft/")
    is_saved(opened)
    assert draft(one) == "Kept"


def test_an_ended_session_is_told_and_goes_on_after_signing_in_elsewhere(
    tab: Any, one: Sitting, live_server: Any
) -> None:
    opened = tab()
    opened.context.clear_cookies(name="sessionid")
    opened.page.fill("textarea", "A long answer")
    expect(opened.page.locator("[data-state]")).to_contain_text("signed out", timeout=SAVES_WITHIN)
    opened.page.check("[name=own_work]")
    opened.page.click("[name=hand_in]")
    expect(opened.page.locator("textarea")).to_have_value("A long answer")
    sign_in(opened, live_server, one)
    opened.context.clear_cookies(name="csrftoken")
    is_saved(opened)
    opened.page.click("[name=hand_in]")
    expect(opened.page.locator("h1")).to_have_text("We have your script")
    assert one.scripts.get().text == "A long answer"


def test_two_tabs_ask_before_one_text_replaces_the_other(tab: Any, one: Sitting) -> None:
    first, second = tab(), tab()
    first.page.fill("textarea", "From the first tab")
    is_saved(first)
    second.page.fill("textarea", "From the second tab")
    other = second.page.locator("[data-other]")
    expect(other).to_contain_text("From the first tab", timeout=SAVES_WITHIN)
    assert draft(one) == "From the first tab"
    other.locator("[data-keep]").click()
    is_saved(second)
    assert draft(one) == "From the second tab"


def test_handing_in_and_coming_back_by_the_back_button(tab: Any, one: Sitting) -> None:
    opened = tab()
    opened.page.fill("textarea", "First version")
    opened.page.check("[name=own_work]")
    opened.page.click("[name=hand_in]")
    expect(opened.page.locator("h1")).to_have_text("We have your script")
    opened.page.go_back()
    opened.page.fill("textarea", "Second version")
    is_saved(opened)
    opened.page.check("[name=own_work]")
    opened.page.click("[name=hand_in]")
    expect(opened.page.locator("h1")).to_have_text("We have your script")
    assert list(one.scripts.values_list("number", "text", "current")) == [
        (1, "First version", False),
        (2, "Second version", True),
    ]


def test_without_javascript_one_saves_and_hands_in(tab: Any, one: Sitting) -> None:
    opened = tab(java_script_enabled=False)
    opened.page.fill("textarea", "No script needed")
    opened.page.click("[name=save]")
    expect(opened.page.locator(".gt-messages")).to_contain_text("Draft saved")
    opened.page.click("[name=hand_in]")
    expect(opened.page.locator(".gt-errors")).to_contain_text("own work")
    opened.page.check("[name=own_work]")
    opened.page.click("[name=hand_in]")
    expect(opened.page.locator("h1")).to_have_text("We have your script")
    assert one.scripts.get().text == "No script needed"
