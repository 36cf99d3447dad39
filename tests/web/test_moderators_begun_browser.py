"""A moderator's own marks in a real browser: saved by themselves, there again after a reload."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from goldenthread.moderation import actions
from goldenthread.moderation.models import Sampled
from goldenthread.people.models import Role
from tests import factories
from tests import factories_marking as make
from tests.browser import DESKTOP, PHONE, accessibility_faults, sideways_scroll
from tests.web.test_assessor_browser import enter

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SAVED = re.compile(r"^Saved at \d\d:\d\d\.$")


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE])
def test_a_moderators_marks_are_saved_by_themselves(visit: Any, live_server: Any, viewport: Any) -> None:
    chidi = factories.member(Role.MODERATOR, "Chidi Moderator")
    window = make.window()
    make.markers(2)
    make.sitting(window)
    make.mark_all(window)
    actions.open_round(window=window, by=chidi, at=make.CLOSED, share_percent=100, seed="s")
    page = enter(visit, live_server, chidi, viewport=viewport)
    page.goto(f"/moderate/scripts/{Sampled.objects.get().pk}/")
    expect(page.locator("[data-saved]")).to_have_text("Nothing is entered yet.")
    for place, mark in enumerate("421"):
        page.locator("[data-point]").nth(place).fill(mark)
    expect(page.locator("[data-saved]")).to_have_text(SAVED)
    page.reload()
    assert [box.input_value() for box in page.locator("[data-point]").all()] == ["4", "2", "1", "", ""]
    assert accessibility_faults(page) == []
    assert not sideways_scroll(page)
    for place, mark in enumerate("33333"):
        page.locator("[data-point]").nth(place).fill(mark)
    page.get_by_role("button", name="Keep my marks and show the markers'").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Decide on ")
