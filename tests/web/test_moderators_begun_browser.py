"""A moderator's own marks in a real browser: saved by themselves, there again after a reload."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from goldenthread.moderation import actions
from goldenthread.moderation.models import LookDraft, Sampled
from goldenthread.people.models import Role, User
from tests import factories
from tests import factories_marking as make
from tests.browser import DESKTOP, PHONE, accessibility_faults, sideways_scroll
from tests.web.test_assessor_browser import enter

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SAVED = re.compile(r"^Saved at \d\d:\d\d\.$")


@pytest.fixture
def sampled() -> Sampled:
    chidi = factories.member(Role.MODERATOR, "Chidi Moderator")
    window = make.window()
    make.markers(2)
    make.sitting(window)
    make.mark_all(window)
    actions.open_round(window=window, by=chidi, at=make.CLOSED, share_percent=100, seed="s")
    return Sampled.objects.get()


def opened(visit: Any, live_server: Any, sampled: Sampled, viewport: Any) -> Any:
    """The page of the script, as it opens in a browser in which its moderator has signed in anew."""
    page = enter(visit, live_server, User.objects.get(name="Chidi Moderator"), viewport=viewport)
    page.goto(f"/moderate/scripts/{sampled.pk}/")
    return page


def values(page: Any) -> list[str]:
    return [box.input_value() for box in page.locator("[data-point]").all()]


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE])
def test_a_moderators_marks_are_saved_by_themselves(
    visit: Any, live_server: Any, sampled: Sampled, viewport: Any
) -> None:
    page = opened(visit, live_server, sampled, viewport)
    expect(page.locator("[data-saved]")).to_have_text("Nothing is entered yet.")
    for place, mark in enumerate("421"):
        page.locator("[data-point]").nth(place).fill(mark)
    expect(page.locator("[data-saved]")).to_have_text(SAVED)
    page = opened(visit, live_server, sampled, viewport)  # on another device
    expect(page.locator("[data-saved]")).to_have_text(re.compile(r"^Saved by you, .* \d\d:\d\d"))
    assert values(page) == ["4", "2", "1", "", ""]
    assert accessibility_faults(page) == []
    assert not sideways_scroll(page)
    for place, mark in enumerate("33333"):
        page.locator("[data-point]").nth(place).fill(mark)
    page.get_by_role("button", name="Give my marks and show the markers'").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Decide on ")


def test_a_save_that_failed_is_told_and_made_up_for(visit: Any, live_server: Any, sampled: Sampled) -> None:
    page = opened(visit, live_server, sampled, PHONE)
    page.route("**/save/", lambda route: route.fulfill(status=503, body="busy"))
    page.locator("[data-point]").nth(0).fill("4")
    expect(page.locator("[data-saved]")).to_have_text("Not saved: our server has a fault. We try again.")
    assert not LookDraft.objects.exists()
    page.unroute("**/save/")
    expect(page.locator("[data-saved]")).to_have_text(SAVED)
    assert LookDraft.objects.get().marks == {"1": 4}


def test_a_tab_that_is_older_is_told_and_overwrites_nothing(
    visit: Any, live_server: Any, sampled: Sampled
) -> None:
    older, newer = (opened(visit, live_server, sampled, PHONE) for _ in range(2))
    newer.locator("[data-point]").nth(0).fill("4")
    expect(newer.locator("[data-saved]")).to_have_text(SAVED)
    older.locator("[data-point]").nth(1).fill("1")
    expect(older.locator("[data-saved]")).to_contain_text("Newer marks for this script were saved in another")
    assert values(older) == ["", "1", "", "", ""]  # nothing of it is lost either
    assert LookDraft.objects.get().marks == {"1": 4}
    assert sideways_scroll(older) == 0


def test_by_keys_the_marks_are_given_and_not_only_saved(
    visit: Any, live_server: Any, sampled: Sampled
) -> None:
    page = opened(visit, live_server, sampled, DESKTOP)
    for mark in "3333":
        page.keyboard.type(mark)
        page.keyboard.press("Enter")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-point='5']")).to_be_focused()
    page.keyboard.type("3")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Decide on ")
