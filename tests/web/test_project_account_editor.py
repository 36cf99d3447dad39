"""The account of a project in a real browser: what is typed survives whatever happens to line, session and tabs."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect

from goldenthread.applications.models import Enrolment
from goldenthread.assessment.models import Script
from goldenthread.assessment.project_models import Project
from tests import factories_projects as make
from tests.browser import PHONE, accessibility_faults, keeps_nothing_here, sideways_scroll

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SAVES_WITHIN = 20_000  # milliseconds; it tries every four seconds


@pytest.fixture(autouse=True)
def _in_the_hand_in_days() -> Iterator[None]:
    with time_machine.travel(make.SUMMER, tick=True):
        yield


@pytest.fixture
def amara(db: None) -> Enrolment:
    one = make.candidate()
    make.planned(one)
    make.days(one.intake, "project")
    return one


@pytest.fixture
def tab(visit: Callable[..., Any], live_server: Any, amara: Enrolment) -> Callable[..., Any]:
    def open_tab(**options: Any) -> Any:
        opened = visit(**options)
        sign_in(opened, live_server, amara.user)
        opened.page.goto(reverse("participant:project_account", args=["project"]))
        return opened

    return open_tab


def sign_in(opened: Any, live_server: Any, person: Any) -> None:
    client = Client()
    client.force_login(person)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    opened.context.add_cookies([cookie])


def is_saved(opened: Any) -> None:
    seconds = re.compile(r"^\d\d:\d\d:\d\d")
    expect(opened.page.locator("[data-saved]")).to_have_text(seconds, timeout=SAVES_WITHIN)


def says(opened: Any, text: str) -> None:
    expect(opened.page.locator("[data-state]")).to_contain_text(text, timeout=SAVES_WITHIN)


def kept(enrolment: Enrolment) -> dict[str, str]:
    return {part: text for part, text in Project.objects.get(enrolment=enrolment).account.items() if text}


def test_what_is_typed_is_saved_and_counted_and_nothing_is_handed_in(tab: Any, amara: Enrolment) -> None:
    opened = tab(viewport=PHONE)
    opened.page.get_by_label("Design").fill("We looked at well-being")
    opened.page.get_by_label("Evaluation").fill("A quiz")
    expect(opened.page.locator("[data-count]")).to_have_text("6 of 5,000")
    is_saved(opened)
    assert kept(amara) == {"design": "We looked at well-being", "evaluation": "A quiz"}
    assert not Script.objects.exists()
    assert accessibility_faults(opened.page) == []
    assert sideways_scroll(opened.page) == 0


def test_a_browser_that_can_keep_nothing_says_that_the_text_is_only_in_the_page(
    tab: Any, amara: Enrolment
) -> None:
    opened = tab()
    keeps_nothing_here(opened, "textarea[data-part] >> nth=0", "Nowhere else", within=SAVES_WITHIN)
    is_saved(opened)
    assert kept(amara) == {"design": "Nowhere else"}


def test_a_lost_connection_keeps_the_text_and_saves_it_when_it_is_back(tab: Any, amara: Enrolment) -> None:
    opened = tab()
    opened.context.set_offline(True)
    opened.page.get_by_label("Implementation").fill("Written on the train")
    says(opened, "You are not connected")
    opened.page.get_by_role("button", name="Hand in").click()
    says(opened, "Not handed in")
    opened.context.set_offline(False)
    is_saved(opened)
    assert kept(amara) == {"implementation": "Written on the train"}


def test_a_save_that_fails_is_shown_and_tried_again(tab: Any, amara: Enrolment) -> None:
    opened = tab()
    address = re.compile(r"/account/draft/")
    opened.page.route(address, lambda route: route.fulfill(status=500, body="no"))
    opened.page.get_by_label("Design").fill("Against a fault")
    says(opened, "Our server has a fault")
    expect(opened.page.locator("[data-saved]")).to_have_text("on this device only")
    opened.page.unroute(address)
    is_saved(opened)
    assert kept(amara) == {"design": "Against a fault"}


def test_a_text_too_long_is_refused_with_what_to_do_and_stays_after_a_reload(
    tab: Any, amara: Enrolment
) -> None:
    opened = tab()
    opened.page.get_by_label("Design").fill("word " * 40_100)
    says(opened, "Shorten your account")
    opened.page.on("dialog", lambda dialog: dialog.accept())
    opened.page.reload()
    assert len(opened.page.get_by_label("Design").input_value()) == 200_500
    opened.page.get_by_label("Design").fill("Short enough")
    is_saved(opened)
    assert kept(amara) == {"design": "Short enough"}


def test_an_ended_session_loses_nothing_and_hands_in_after_signing_in(
    tab: Any, amara: Enrolment, live_server: Any
) -> None:
    opened = tab()
    opened.context.clear_cookies(name="sessionid")
    for name in ("Design", "Implementation", "Evaluation"):
        opened.page.get_by_label(name).fill(f"{name}: one sentence after the other. " * 90)
    says(opened, "signed out")
    sign_in(opened, live_server, amara.user)
    opened.context.clear_cookies(name="csrftoken")
    is_saved(opened)
    opened.page.get_by_label("This is my own work").check()
    opened.page.get_by_label("I used no AI").check()
    opened.page.get_by_role("button", name="Hand in").click()
    opened.page.get_by_role("heading", name=f"Receipt {amara.reference}/project/1").wait_for()
    assert Script.objects.get().words == 3 * 6 * 90


def test_two_tabs_ask_before_one_text_replaces_the_other(tab: Any, amara: Enrolment) -> None:
    first, second = tab(), tab()
    first.page.get_by_label("Design").fill("From the first tab")
    is_saved(first)
    second.page.get_by_label("Design").fill("From the second tab")
    other = second.page.locator("[data-other]")
    expect(other).to_contain_text("From the first tab", timeout=SAVES_WITHIN)
    assert kept(amara) == {"design": "From the first tab"}
    other.locator("[data-keep]").click()
    is_saved(second)
    assert kept(amara) == {"design": "From the second tab"}


def test_a_page_of_somebody_who_signed_out_saves_nothing_for_who_signs_in_after_them(
    tab: Any, amara: Enrolment, live_server: Any
) -> None:
    bea = make.candidate(name="Bea Before", to=amara.intake)
    make.planned(bea)
    opened = tab()
    opened.context.clear_cookies(name="sessionid")
    opened.page.get_by_label("Design").fill("Amara's own")
    says(opened, "signed out")
    sign_in(opened, live_server, bea.user)
    opened.context.clear_cookies(name="csrftoken")
    says(opened, "opened by somebody else")
    assert kept(bea) == {}
    assert opened.page.get_by_label("Design").input_value() == "Amara's own"
