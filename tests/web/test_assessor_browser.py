"""The marking screen in a real browser: keys, sums, saving by itself, submitting, accessibility."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from goldenthread.marking import actions
from goldenthread.marking.models import Marking
from tests import factories_marking as make
from tests.browser import DESKTOP, PHONE, SMALL, accessibility_faults, sideways_scroll

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def enter(visit: Any, live_server: Any, user: Any, **options: Any) -> Any:
    """A browser in which `user` is signed in."""
    client = Client()
    client.force_login(user)
    opened = visit(**options)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    opened.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}]
    )
    return opened.page


@pytest.fixture
def marking() -> Marking:
    window = make.window()
    make.markers(2)
    make.sitting(window)
    actions.allocate_window(window=window, by=window.created_by, at=make.CLOSED)
    return Marking.objects.get(position=1)


def test_marking_by_keyboard_saves_by_itself(visit: Any, live_server: Any, marking: Marking) -> None:
    page = enter(visit, live_server, marking.marker, viewport=DESKTOP)
    page.goto(f"/mark/{marking.pk}/")
    page.locator("[data-point]").first.focus()
    for mark in "33333":
        page.keyboard.type(mark)
        page.keyboard.press("ArrowDown")
    sums = page.locator("[data-sum]").all_inner_texts()
    assert [text.strip() for text in sums] == ["9/12", "6/8"]
    page.keyboard.type("Clear about the problem.")
    page.get_by_text("Saved at").wait_for()
    marking.refresh_from_db()
    assert (marking.marks, marking.feedback) == (
        {"1": 3, "2": 3, "3": 3, "4": 3, "5": 3},
        "Clear about the problem.",
    )
    page.get_by_label("A next step").fill("Say how you will know.")
    page.get_by_text("Submit marks").click()
    page.get_by_role("button", name="Yes, submit these marks").click()
    page.get_by_text("is marked").wait_for()
    marking.refresh_from_db()
    assert marking.total == 15


def test_mark_out_of_range_is_said_and_not_saved(visit: Any, live_server: Any, marking: Marking) -> None:
    page = enter(visit, live_server, marking.marker, viewport=DESKTOP)
    page.goto(f"/mark/{marking.pk}/")
    page.locator("[data-point]").first.fill("9")
    page.get_by_text("Not saved: a mark is out of range.").wait_for()
    assert page.get_by_text("0 to 4 marks, whole ones.").is_visible()
    marking.refresh_from_db()
    assert marking.revision == 0
    page.locator("[data-point]").first.fill("4")
    page.get_by_text("Saved at").wait_for()


@pytest.mark.parametrize("size", [DESKTOP, PHONE, SMALL], ids=["desktop", "phone", "small"])
def test_queue_and_screen_are_accessible(visit: Any, live_server: Any, marking: Marking, size: Any) -> None:
    page = enter(visit, live_server, marking.marker, viewport=size)
    for address in ("/mark/", f"/mark/{marking.pk}/"):
        page.goto(address)
        assert accessibility_faults(page) == []
        assert sideways_scroll(page) == 0
