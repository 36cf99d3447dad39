"""The editor of a formative task in a real browser: what is typed survives whatever happens to line and session."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect

from goldenthread.applications.models import Enrolment
from goldenthread.learning.models import TaskResponse
from tests import factories
from tests import factories_teaching as teaching
from tests.browser import PHONE, accessibility_faults, sideways_scroll
from tests.factories import AT

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SAVES_WITHIN = 20_000  # milliseconds; it tries every four seconds


@pytest.fixture(autouse=True)
def _while_learning() -> Iterator[None]:
    with time_machine.travel(AT, tick=True):
        yield


@pytest.fixture
def amara(db: None) -> Enrolment:
    enrolment = factories.enrolment()
    teaching.content(enrolment)
    return enrolment


@pytest.fixture
def tab(visit: Callable[..., Any], live_server: Any, amara: Enrolment) -> Callable[..., Any]:
    def open_tab(**options: Any) -> Any:
        opened = visit(**options)
        sign_in(opened, live_server, amara)
        opened.page.goto(reverse("participant:task", args=["tasks-1"]))
        return opened

    return open_tab


def sign_in(opened: Any, live_server: Any, amara: Enrolment) -> None:
    client = Client()
    client.force_login(amara.user)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    opened.context.add_cookies([cookie])


def is_saved(opened: Any) -> None:
    seconds = re.compile(r"^\d\d:\d\d:\d\d")
    expect(opened.page.locator("[data-saved]")).to_have_text(seconds, timeout=SAVES_WITHIN)


def test_what_is_typed_is_saved_and_counted(tab: Any) -> None:
    opened = tab(viewport=PHONE)
    opened.page.fill("[name=context]", "well-being in year 4")
    opened.page.fill("[name=evidence]", "A quiz")
    expect(opened.page.locator("[data-count]")).to_have_text("6")
    is_saved(opened)
    kept = TaskResponse.objects.get()
    assert (kept.context, kept.evidence, kept.state) == ("well-being in year 4", "A quiz", "draft")
    assert accessibility_faults(opened.page) == []
    assert sideways_scroll(opened.page) == 0


def test_a_lost_connection_keeps_the_text_and_saves_it_when_it_is_back(tab: Any) -> None:
    opened = tab()
    opened.context.set_offline(True)
    opened.page.fill("[name=application]", "Written on the train")
    expect(opened.page.locator("[data-state]")).to_contain_text("You are not connected", timeout=SAVES_WITHIN)
    opened.page.click("[name=hand_in]")
    expect(opened.page.locator("[data-state]")).to_contain_text("Not handed in")
    opened.context.set_offline(False)
    is_saved(opened)
    assert TaskResponse.objects.get().application == "Written on the train"


def test_an_ended_session_in_the_middle_of_a_long_answer_loses_nothing(
    tab: Any, amara: Enrolment, live_server: Any
) -> None:
    opened = tab()
    opened.context.clear_cookies(name="sessionid")
    long = "One sentence after the other. " * 300
    for name in ("context", "application", "evidence"):
        opened.page.fill(f"[name={name}]", long)
    expect(opened.page.locator("[data-state]")).to_contain_text("signed out", timeout=SAVES_WITHIN)
    sign_in(opened, live_server, amara)
    opened.context.clear_cookies(name="csrftoken")
    is_saved(opened)
    opened.page.click("[name=hand_in]")
    expect(opened.page.locator("body")).to_contain_text("With your tutor since")
    assert TaskResponse.objects.get().evidence == long


def test_two_tabs_ask_before_one_text_replaces_the_other(tab: Any) -> None:
    first, second = tab(), tab()
    first.page.fill("[name=context]", "From the first tab")
    is_saved(first)
    second.page.fill("[name=context]", "From the second tab")
    other = second.page.locator("[data-other]")
    expect(other).to_contain_text("From the first tab", timeout=SAVES_WITHIN)
    assert TaskResponse.objects.get().context == "From the first tab"
    other.locator("[data-keep]").click()
    is_saved(second)
    assert TaskResponse.objects.get().context == "From the second tab"
