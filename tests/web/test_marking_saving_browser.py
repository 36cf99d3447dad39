"""A marker whose line or whose server fails, in a real browser: the page says so, and no mark is lost."""

import re
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import expect

from goldenthread.marking import actions
from goldenthread.marking.models import Marking
from tests import factories_marking as make
from tests.browser import DESKTOP, accessibility_faults
from tests.web.test_assessor_browser import WORDS, enter, until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SAVED = re.compile(r"^Saved at \d\d:\d\d\.$")


@pytest.fixture
def marking() -> Marking:
    window = make.window()
    make.markers(2)
    make.sitting(window)
    actions.allocate_window(window=window, by=window.created_by, at=make.CLOSED)
    return Marking.objects.get(position=1)


@pytest.fixture
def page(visit: Any, live_server: Any, marking: Marking) -> Any:
    """The marking screen of whoever marks, as it opens."""
    opened = enter(visit, live_server, marking.marker, viewport=DESKTOP)
    opened.goto(f"/mark/{marking.pk}/")
    return opened


def kept(marking: Marking) -> tuple[dict[str, int], str]:
    """The marks and the strength that the server has."""
    found = Marking.objects.get(pk=marking.pk)
    return found.marks, found.by_kind.get("learn_that", {}).get("strength", "")


def type_marks(page: Any) -> None:
    page.locator("[data-point]").first.focus()
    for mark in "321":
        page.keyboard.type(mark)
        page.keyboard.press("ArrowDown")


def values(page: Any) -> list[str]:
    return [box.input_value() for box in page.locator("[data-point]").all()]


def is_told(page: Any, words: str) -> None:
    """The line under the form says it, to eyes and to screen readers, and as a fault."""
    line = page.locator("[data-saved]")
    expect(line).to_contain_text(words)
    expect(line).to_have_class(re.compile("is-fault"))
    expect(line).to_have_attribute("role", "status")


def is_saved(page: Any) -> None:
    line = page.locator("[data-saved]")
    expect(line).to_have_text(SAVED)
    expect(line).not_to_have_class(re.compile("is-fault"))


def test_a_lost_connection_is_told_and_the_marks_are_saved_when_it_is_back(
    page: Any, marking: Marking
) -> None:
    page.context.set_offline(True)
    type_marks(page)
    is_told(page, "Not saved: there is no connection. We try again.")
    assert values(page) == ["3", "2", "1", "", ""]
    page.get_by_label(WORDS[0]).fill("Clear about the problem.")
    is_told(page, "Not saved: there is no connection. We try again.")
    assert kept(marking) == ({}, "")
    page.context.set_offline(False)
    is_saved(page)  # without another key
    assert kept(marking) == ({"1": 3, "2": 2, "3": 1}, "Clear about the problem.")
    assert values(page) == ["3", "2", "1", "", ""]


def test_a_server_that_breaks_off_is_asked_again_until_it_answers(page: Any, marking: Marking) -> None:
    asked: list[Any] = []

    def break_off(route: Any) -> None:
        asked.append(route)
        route.abort()

    page.route("**/save/", break_off)
    type_marks(page)
    is_told(page, "Not saved: there is no connection. We try again.")
    while len(asked) < 2:  # it asks again by itself
        page.wait_for_timeout(250)
    page.unroute("**/save/")
    is_saved(page)
    assert kept(marking) == ({"1": 3, "2": 2, "3": 1}, "")


@pytest.mark.parametrize("status", [500, 503])
def test_a_server_fault_is_told_and_what_was_entered_is_saved_with_the_next_key(
    page: Any, marking: Marking, status: int
) -> None:
    page.route("**/save/", lambda route: route.fulfill(status=status, body="broken"))
    type_marks(page)
    is_told(page, "Not saved: ")
    assert accessibility_faults(page) == []
    assert values(page) == ["3", "2", "1", "", ""]
    assert kept(marking) == ({}, "")
    page.unroute("**/save/")
    page.locator("[data-point]").nth(3).fill("4")
    is_saved(page)
    assert kept(marking) == ({"1": 3, "2": 2, "3": 1, "4": 4}, "")


def test_a_server_fault_is_over_and_the_marks_are_saved_without_another_key(
    page: Any, marking: Marking
) -> None:
    page.route("**/save/", lambda route: route.fulfill(status=503, body="busy"))
    type_marks(page)
    is_told(page, "Not saved: ")
    page.unroute("**/save/")
    is_saved(page)
    assert kept(marking) == ({"1": 3, "2": 2, "3": 1}, "")


def test_whoever_leaves_after_a_server_fault_loses_nothing(page: Any, marking: Marking) -> None:
    page.route("**/save/", lambda route: route.fulfill(status=503, body="busy"))
    type_marks(page)
    is_told(page, "Not saved: ")
    page.unroute("**/save/")
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/mark/")
    until(lambda: kept(marking) == ({"1": 3, "2": 2, "3": 1}, ""))


def test_an_ended_session_is_told_and_nothing_is_called_saved(page: Any, marking: Marking) -> None:
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    type_marks(page)
    is_told(page, "you are signed out")
    expect(page.locator("[data-saved]")).to_contain_text("in another tab")
    assert values(page) == ["3", "2", "1", "", ""]
    assert kept(marking) == ({}, "")


def test_after_signing_in_elsewhere_what_was_entered_is_saved(page: Any, marking: Marking) -> None:
    (session,) = [one for one in page.context.cookies() if one["name"] == settings.SESSION_COOKIE_NAME]
    page.context.clear_cookies()
    type_marks(page)
    expect(page.locator("[data-saved]")).not_to_have_text("Not saved yet.")
    page.context.add_cookies([session])
    page.context.new_page().goto("/mark/")
    page.get_by_label(WORDS[0]).fill("Clear about the problem.")
    until(lambda: kept(marking) == ({"1": 3, "2": 2, "3": 1}, "Clear about the problem."))
    is_saved(page)


def test_marks_that_could_not_be_saved_are_submitted_all_the_same(page: Any, marking: Marking) -> None:
    """The button sends what is on the page, whatever became of the saving."""
    page.route("**/save/", lambda route: route.fulfill(status=503, body="busy"))
    for box in page.locator("[data-point]").all():
        box.fill("3")
    page.get_by_label(WORDS[0]).fill("Clear about the problem.")
    for label in WORDS[1:]:
        page.get_by_label(label).fill("Say how you will know.")
    is_told(page, "Not saved: ")
    page.get_by_text("Submit marks").click()
    page.get_by_role("button", name="Yes, submit these marks").click()
    page.get_by_text("is marked").wait_for()
    assert Marking.objects.get(pk=marking.pk).state == "submitted"
    assert kept(marking) == (dict.fromkeys("12345", 3), "Clear about the problem.")
