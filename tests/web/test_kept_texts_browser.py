"""At the deadline in a real browser, at phone size: what was sent or written in time is found, shown and kept."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.urls import reverse
from playwright.sync_api import expect

from goldenthread.assessment import actions
from goldenthread.assessment.models import Sitting
from goldenthread.assessment.writing_models import KeptText, ParkedText
from tests import factories
from tests import factories_assessment as made
from tests.browser import PHONE, looks_right

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
BEFORE_MIDNIGHT = made.CLOSES_AT - timedelta(minutes=5)
AFTER_MIDNIGHT = made.CLOSES_AT + timedelta(minutes=9)


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(BEFORE_MIDNIGHT, tick=True) as moved:
        yield moved


@pytest.fixture
def one(db: None) -> Sitting:
    return made.sitting()


@pytest.fixture
def tab(visit: Callable[..., Any], live_server: Any, one: Sitting, clock: Any) -> Callable[..., Any]:
    """Opens the sitting in a browser of its own, on a phone, signed in as the person who sits."""

    def open_tab(**options: Any) -> Any:
        opened = visit(viewport=PHONE, **options)
        opened.sign_in(one.enrolment.user)
        opened.page.on("dialog", lambda dialog: dialog.accept())
        opened.page.goto(reverse("participant:sitting", args=[one.pk]))
        return opened

    return open_tab


@pytest.mark.requirement("S0-39")
@pytest.mark.parametrize("text", ["Pressed in time", "Ein \U0001f642\nin two lines"])
def test_pressed_in_time_signed_in_after_midnight(tab: Any, one: Sitting, clock: Any, text: str) -> None:
    opened = tab(java_script_enabled=False)
    page = opened.page
    opened.context.clear_cookies(name="sessionid")
    page.fill("textarea", text)
    page.check("[name=own_work]")
    page.check("[name=ai_use][value=none]")
    page.click("[name=hand_in]")
    expect(page.locator("body")).to_contain_text("Your text is kept with the time at which it arrived")
    assert ParkedText.objects.filter(sitting=one).exists()  # the page that was loaded holds the word for it
    clock.move_to(AFTER_MIDNIGHT)
    page.fill("[name=login]", one.enrolment.user.email)
    page.fill("[name=password]", factories.PASSWORD)
    page.click("main button[type=submit]")
    expect(page.locator(".gt-callout-warning")).to_contain_text("before the deadline, and is not handed in")
    expect(page.locator("textarea")).to_have_value(text)
    page.click("text=Read it and hand it in")
    expect(page.locator("h1")).to_have_text("A text that arrived")
    page.check("[name=own_work]")
    page.check("[name=ai_use][value=none]")
    page.click("main .gt-button-next")
    expect(page.locator("h1")).to_have_text("We have your script")
    script = one.scripts.get()
    assert script.text == text
    assert script.received_at <= made.CLOSES_AT


def test_the_pages_of_a_text_that_waits_look_right(tab: Any, one: Sitting, clock: Any) -> None:
    actions.keep_arrived(
        sitting=one, texts={"": "word " * 300}, revision=0, handing_in=True, by=one.enrolment.user,
        at=BEFORE_MIDNIGHT,
    )  # fmt: skip
    page = tab().page
    looks_right(page, "waits-open")
    clock.move_to(AFTER_MIDNIGHT)
    page.reload()
    looks_right(page, "waits-late")
    page.click("text=Read it and hand it in")
    expect(page.locator("h1")).to_have_text("A text that arrived")
    looks_right(page, "kept-text")


# --- on the device over midnight ------------------------------------------------------------------------
def written_offline(opened: Any, text: str) -> None:
    """Somebody writes without a connection, and closes the tab."""
    page = opened.page
    opened.context.set_offline(True)
    page.fill("textarea", text)
    expect(page.locator("[data-saved]")).to_have_text("on this device only")
    opened.context.clear_cookies(name="sessionid")  # a page that is closed is out of the reach of set_offline
    page.goto("about:blank")
    opened.context.set_offline(False)


def opens_late(opened: Any, one: Sitting, clock: Any) -> Any:
    clock.move_to(AFTER_MIDNIGHT)
    opened.sign_in(one.enrolment.user)
    opened.page.goto(reverse("participant:sitting", args=[one.pk]))
    return opened.page


def left_on(page: Any) -> list[str]:
    """What is still kept on this device."""
    found: list[str] = page.evaluate(
        "Object.keys(localStorage).filter(name => name.startsWith('golden-thread-'))"
    )
    return found


@pytest.mark.requirement("S0-30")
@pytest.mark.parametrize("text", ["Written on the train", "Ein \U0001f642, und\nzwei Zeilen"])
def test_a_text_of_a_tab_that_was_closed_before_midnight_reaches_us_after_it(
    tab: Any, one: Sitting, clock: Any, text: str
) -> None:
    opened = tab()
    written_offline(opened, text)
    opened.page.route("**/draft/", lambda route: route.abort())
    page = opens_late(opened, one, clock)
    expect(page.locator("[data-found-text]")).to_have_text(text, use_inner_text=True)
    expect(page.locator("[data-found-says]")).to_contain_text("It is on this device only, and below")
    assert left_on(page)
    looks_right(page, "found-unsent")
    page.unroute("**/draft/")
    says = page.locator("[data-found-says]")
    expect(says).to_contain_text("It has reached us now, after the deadline")
    expect(says).to_contain_text("written until Mon 13 Oct")
    expect(says).to_contain_text("write to the programme office today")
    looks_right(page, "found-sent")
    one.refresh_from_db()
    assert one.draft == {"": text}
    step = one.steps.latest("number")
    assert step.written_at < made.CLOSES_AT < step.arrived_at
    assert not one.scripts.exists()
    assert left_on(page) == []
    page.reload()
    expect(page.locator("textarea")).to_have_value(text)
    expect(page.locator("[data-found]")).to_be_hidden()


def test_where_another_device_has_saved_meanwhile_both_texts_are_kept(
    tab: Any, one: Sitting, clock: Any
) -> None:
    opened = tab()
    written_offline(opened, "On this device")
    actions.save_draft(
        sitting=one, texts={"": "On the other"}, revision=0, by=one.enrolment.user, at=BEFORE_MIDNIGHT
    )
    page = opens_late(opened, one, clock)
    expect(page.locator("[data-found-text]")).to_have_text("On this device")
    expect(page.locator("[data-found-says]")).to_contain_text("It has reached us now")
    one.refresh_from_db()
    assert (one.draft, one.draft_saved_at) == ({"": "On the other"}, BEFORE_MIDNIGHT)
    beside = KeptText.objects.get()
    assert beside.texts == {"": "On this device"}
    assert beside.written_at is not None
    assert beside.written_at < made.CLOSES_AT < beside.arrived_at
    page.reload()
    expect(page.locator("[aria-labelledby=kept]")).to_contain_text("another text had been saved before")
    expect(page.locator("[data-found]")).to_be_hidden()
    looks_right(page, "beside")


def test_what_somebody_else_had_kept_in_this_browser_is_not_shown(tab: Any, one: Sitting, clock: Any) -> None:
    opened = tab()
    name = f"golden-thread-{one.enrolment.user.pk + 1}-{one.pk}"
    opened.page.evaluate(
        "name => localStorage.setItem(name, JSON.stringify({texts: {'': 'Theirs'}, revision: 0, at: 1}))",
        name,
    )
    page = opens_late(opened, one, clock)
    expect(page.locator("[data-found]")).to_be_hidden()
    assert name in left_on(page)
    one.refresh_from_db()
    assert one.draft == {}
