"""A discussion by keyboard alone, in a real browser, at every width, and without a script."""

from typing import Any

import pytest

from goldenthread.common import clock
from goldenthread.marking.discussion_models import Discussion, DiscussionAnswer, DiscussionMessage, MarkChange
from goldenthread.people.models import User
from tests import factories_discussions as talks
from tests import factories_marking as make
from tests.browser import DESKTOP, PHONE, SMALL, accessibility_faults, sideways_scroll
from tests.web.test_assessor_browser import enter

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def talk(monkeypatch: Any) -> Discussion:
    """A discussion in which Marker B has written and answered."""
    monkeypatch.setattr(clock, "now", lambda: make.CLOSED)
    made = talks.discussion()
    talks.say(made, "B", "I find the reason in the second part: “look at pupils' work after three weeks”.")
    talks.answer(made, "B", (4, 3))
    return made


def press(page: Any, key: str, times: int = 1) -> None:
    for _ in range(times):
        page.keyboard.press(key)


def focused(page: Any) -> str:
    return str(page.evaluate("document.activeElement.name || document.activeElement.textContent.trim()"))


def tab_to(page: Any, name: str) -> None:
    """Go on by the tab key alone until this field or button has the focus."""
    for _ in range(60):
        press(page, "Tab")
        if focused(page) == name:
            return
    raise AssertionError(f"{name} is not reached by the tab key")


@pytest.mark.parametrize("script", [True, False])
def test_by_keyboard_alone_one_writes_and_changes_a_mark_with_a_reason(
    visit: Any, live_server: Any, talk: Discussion, script: bool
) -> None:
    ben: User = talk.first_marker
    page = enter(visit, live_server, ben, viewport=DESKTOP, java_script_enabled=script)
    page.goto(f"/mark/discussions/{talk.pk}/")
    tab_to(page, "text")
    page.keyboard.type("I see it there now.")
    tab_to(page, "step")
    press(page, "Enter")
    page.get_by_text("I see it there now.").wait_for()
    assert DiscussionMessage.objects.count() == 2
    tab_to(page, "point_1")
    press(page, "Control+a")
    page.keyboard.type("4")
    press(page, "Tab")
    page.keyboard.type("The reason is in the second part.")
    tab_to(page, "Change my marks")  # asks once
    press(page, "Enter")
    tab_to(page, "answer")
    press(page, "Enter")
    page.get_by_text("Your marks agree").wait_for()
    assert DiscussionAnswer.objects.count() == 2
    assert MarkChange.objects.filter(answer__by=ben).get().now == 4
    assert Discussion.objects.get().ending == "agreed"


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE, SMALL])
def test_the_page_is_accessible_and_fits(
    visit: Any, live_server: Any, talk: Discussion, viewport: Any
) -> None:
    page = enter(visit, live_server, talk.first_marker, viewport=viewport)
    for address in (f"/mark/discussions/{talk.pk}/", "/mark/"):
        page.goto(address)
        assert accessibility_faults(page) == []
        assert sideways_scroll(page) == 0
