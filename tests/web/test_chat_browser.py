"""A chat in two browsers: what the visitor writes stands on the duty desk at once, and the answer comes back."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as project
from django.test import Client
from playwright.sync_api import expect

from goldenthread.enquiries.models import EnquiryMessage
from goldenthread.people.models import Role
from goldenthread.web.shared import chatting
from tests import factories
from tests.browser import DESKTOP, PHONE, Visit, accessibility_faults, sideways_scroll

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(300),
]


@pytest.fixture(autouse=True)
def _short_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streams end soon after their browser, so that no test waits for one; their places are free again."""
    monkeypatch.setattr(chatting, "STREAM_SECONDS", 3.0)
    monkeypatch.setattr(chatting, "places", chatting.Places())


def desk_of(visit: Callable[..., Visit], live_server: Any) -> Visit:
    """The duty desk in the browser of somebody of the office."""
    client = Client()
    client.force_login(factories.member(Role.OFFICE, "Olu Office"))
    session = client.cookies[project.SESSION_COOKIE_NAME].value
    desk = visit(viewport=DESKTOP)
    desk.context.add_cookies(
        [{"name": project.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
    )
    desk.page.goto("/office/enquiries/chat/")
    desk.page.get_by_role("button", name="Go on duty").click()
    return desk


@pytest.mark.requirement("S0-67")
@pytest.mark.parametrize("streams", [4, 0], ids=["by streams", "by asking"])
def test_a_message_stands_on_the_desk_at_once_and_the_answer_comes_back(
    visit: Callable[..., Visit], live_server: Any, settings: Any, streams: int
) -> None:
    settings.CHAT_STREAMS = streams
    desk = desk_of(visit, live_server).page
    guest = visit(viewport=PHONE).page
    guest.goto("/chat/")
    assert guest.context.cookies() == []
    guest.get_by_label("Your question").fill("How many days would I be out of school?")
    guest.get_by_label("Your name").fill("Tegan")
    guest.wait_for_timeout(3100)  # nobody fills in a form in less
    guest.get_by_role("button", name="Begin the chat").click()
    assert [cookie["name"] for cookie in guest.context.cookies()] == ["chat"]
    desk.get_by_role("link", name="Tegan").click()
    expect(desk.locator("[data-chat-log]")).to_contain_text("How many days")
    desk.get_by_label("Your answer").fill("Four, over twelve months.")
    desk.get_by_role("button", name="Send").click()
    expect(guest.locator("[data-chat-log]")).to_contain_text("Four, over twelve months.")
    expect(guest.locator("[data-chat-state]")).to_contain_text("Somebody is here")
    guest.get_by_label("Your message").fill("<b>Thank you</b>")
    guest.get_by_role("button", name="Send").click()
    expect(desk.locator("[data-chat-log] li")).to_have_count(3)
    expect(desk.locator("[data-chat-log]")).to_contain_text("<b>Thank you</b>")
    for page in (desk, guest):
        assert accessibility_faults(page) == []
        assert sideways_scroll(page) == 0
    desk.get_by_role("button", name="End the chat").click()
    expect(guest.locator("[data-chat-state]")).to_contain_text("This chat is over")


def test_words_of_the_desk_stay_when_its_session_has_ended(
    visit: Callable[..., Visit], live_server: Any
) -> None:
    desk, guest = desk_of(visit, live_server).page, visit(viewport=PHONE).page
    guest.goto("/chat/")
    guest.get_by_label("Your question").fill("How many days would I be out of school?")
    guest.get_by_label("Your name").fill("Tegan")
    guest.wait_for_timeout(3100)  # nobody fills in a form in less
    guest.get_by_role("button", name="Begin the chat").click()
    desk.get_by_role("link", name="Tegan").click()
    box = desk.get_by_label("Your answer")
    box.fill("Five days in all.")
    desk.context.clear_cookies(name=project.SESSION_COOKIE_NAME)
    desk.get_by_role("button", name="Send").click()
    expect(desk.get_by_text("You are signed out. Sign in in another tab")).to_be_visible()
    assert box.input_value() == "Five days in all."
    assert not EnquiryMessage.objects.filter(text__contains="Five days").exists()


def test_a_chat_needs_no_script(visit: Callable[..., Visit], live_server: Any) -> None:
    desk = desk_of(visit, live_server).page
    guest = visit(viewport=PHONE, java_script_enabled=False).page
    guest.goto("/chat/")
    guest.get_by_label("Your question").fill("Is anybody there?")
    guest.wait_for_timeout(3100)
    guest.get_by_role("button", name="Begin the chat").click()
    desk.get_by_role("link", name="Visitor").click()
    desk.get_by_label("Your answer").fill("Yes, I am.")
    desk.get_by_role("button", name="Send").click()
    expect(desk.locator("[data-chat-log] li")).to_have_count(2)
    guest.get_by_role("link", name="Look for an answer").click()
    expect(guest.locator("[data-chat-log]")).to_contain_text("Yes, I am.")
