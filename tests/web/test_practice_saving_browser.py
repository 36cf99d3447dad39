"""A practice script by keyboard in a real browser: marks save by themselves, and submitting asks first."""

from typing import Any

import pytest
from playwright.sync_api import expect

from goldenthread.marking import standardising
from goldenthread.marking.quality_models import PracticeDraft, PracticeMarks
from tests import factories_marking as make
from tests import factories_quality as quality
from tests.browser import DESKTOP, PHONE, accessibility_faults, sideways_scroll
from tests.web.test_assessor_browser import enter, until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(visit: Any, live_server: Any) -> Any:
    """The first script of a set, as it opens for whoever practises."""
    window = make.window()
    make.sitting(window)
    quality.policy(window, standardised=True)
    quality.known_set(window)
    (ben,) = make.markers(1)
    standardising.begin_attempt(window=window, marker=ben, at=make.CLOSED)
    opened = enter(visit, live_server, ben, viewport=DESKTOP)
    opened.goto(f"/mark/practice/{window.pk}/1/1/")
    return opened


def test_practice_by_keyboard_saves_by_itself_and_asks_before_it_submits(page: Any) -> None:
    for mark in "333":
        page.keyboard.type(mark)
        page.keyboard.press("ArrowDown")
    page.get_by_text("Saved at").wait_for()
    assert PracticeDraft.objects.get().marks == {"1": 3, "2": 3, "3": 3}
    page.reload()
    assert [box.input_value() for box in page.locator("[data-point]").all()] == ["3", "3", "3", "", ""]
    assert accessibility_faults(page) == []
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-point='4']")).to_be_focused()
    for mark in "32":
        page.keyboard.type(mark)
        page.keyboard.press("ArrowDown")
    page.get_by_text("Saved at").wait_for()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("button", name="Yes, submit these marks")).to_be_focused()
    assert not PracticeMarks.objects.exists()
    page.keyboard.press("Control+Enter")
    page.get_by_role("heading", name="Practice script 2").wait_for()
    assert PracticeMarks.objects.get().total == 14
    assert not PracticeDraft.objects.exists()


def test_whoever_leaves_a_practice_script_at_once_loses_nothing(page: Any) -> None:
    page.keyboard.type("4")
    page.goto("/mark/")
    until(PracticeDraft.objects.exists)
    assert PracticeDraft.objects.get().marks == {"1": 4}
    page.set_viewport_size(PHONE)
    page.go_back()
    page.locator("[data-point]").first.wait_for()
    assert sideways_scroll(page) == 0
