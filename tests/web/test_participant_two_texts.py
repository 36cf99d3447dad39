"""Two devices write on one response: the question about both texts waits, swallows no key, and neither text is lost."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.urls import reverse
from playwright.sync_api import expect

from goldenthread.assessment import actions, writing_queries
from goldenthread.assessment.models import Sitting
from tests import factories_assessment as made
from tests.browser import PHONE, looks_right

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WITHIN = 20_000  # milliseconds; the editor saves every four seconds
ELSEWHERE = "One paragraph.\n\nAnother, from elsewhere."


@pytest.fixture(autouse=True)
def _inside_the_window() -> Iterator[None]:
    with time_machine.travel(made.INSIDE, tick=True):
        yield


@pytest.fixture
def one(db: None) -> Sitting:
    return made.sitting()


@pytest.fixture
def tab(visit: Callable[..., Any], live_server: Any, one: Sitting) -> Callable[..., Any]:
    """Opens the sitting in a browser of its own, signed in as the person who sits."""

    def open_tab(**options: Any) -> Any:
        opened = visit(**options)
        opened.sign_in(one.enrolment.user)
        opened.page.goto(reverse("participant:sitting", args=[one.pk]))
        return opened

    return open_tab


def write_elsewhere(one: Sitting, text: str = ELSEWHERE) -> None:
    """Save a text as another device does."""
    one.refresh_from_db()
    actions.save_draft(
        sitting=one, texts={"": text}, revision=one.draft_revision, by=one.enrolment.user, at=made.INSIDE
    )


def draft(one: Sitting) -> str:
    one.refresh_from_db()
    return str(one.draft.get("", ""))


def texts_of(one: Sitting) -> list[str]:
    """What the response was at the end of each stretch, the first first: what Earlier versions list."""
    one.refresh_from_db()
    return [
        writing_queries.text_at(one, stretch.last.number)[""] for stretch in writing_queries.Stretches(one)
    ]


def is_saved(opened: Any, one: Sitting, text: str) -> None:
    """Wait until this is the draft."""
    for _ in range(WITHIN // 250):
        if draft(one) == text:
            return
        opened.page.wait_for_timeout(250)
    assert draft(one) == text


def types_into_the_question(opened: Any, one: Sitting) -> Any:
    """Go on typing, word by word, while another device's text is found to be there; gives the question."""
    write_elsewhere(one)
    area, question = opened.page.locator("textarea[data-part]"), opened.page.locator("[data-other]")
    area.focus()
    for _ in range(WITHIN // 250):
        opened.page.keyboard.type("on and ")
        opened.page.keyboard.press("Enter")
        if question.is_visible():
            break
        opened.page.wait_for_timeout(250)
    expect(question).to_be_visible()
    return question


def test_what_is_typed_while_the_question_comes_stays_in_the_text_and_decides_nothing(
    tab: Any, one: Sitting
) -> None:
    opened = tab(viewport=PHONE)
    question = types_into_the_question(opened, one)
    area = opened.page.locator("textarea[data-part]")
    before = area.input_value()
    assert set(before.split("\n")) <= {
        "on and ",
        "",
    }  # nothing is swallowed between the first key and the question
    expect(area).to_be_focused()
    opened.page.keyboard.type(" and still here ")
    opened.page.keyboard.press("Enter")
    opened.page.wait_for_timeout(5000)  # longer than from one save to the next
    opened.page.keyboard.type("to the end.")
    expect(area).to_have_value(before + " and still here \nto the end.")
    expect(question).to_be_visible()
    assert draft(one) == ELSEWHERE
    expect(opened.page.locator("[data-state]")).to_contain_text("Nothing is saved until you have chosen")
    expect(opened.page.locator("[data-state]")).to_have_attribute("role", "status")
    expect(opened.page.locator("[data-ask]")).to_be_in_viewport()
    looks_right(opened.page, "question-waits-phone")
    opened.page.click("[data-ask] a")
    expect(question.locator("[data-keep]")).to_be_in_viewport()
    looks_right(opened.page, "question-phone")


def test_the_text_that_is_kept_replaces_the_other_which_is_an_earlier_version(tab: Any, one: Sitting) -> None:
    opened = tab()
    question = types_into_the_question(opened, one)
    typed = opened.page.locator("textarea[data-part]").input_value()
    looks_right(opened.page, "question")
    question.locator("[data-keep]").click()
    said = opened.page.locator("[data-chosen]")
    expect(said).to_contain_text("The other text is under Earlier versions", timeout=WITHIN)
    expect(question).to_be_hidden()
    is_saved(opened, one, typed)
    assert texts_of(one)[-2:] == [ELSEWHERE, typed]
    looks_right(opened.page, "chosen")
    said.get_by_role("link", name="Earlier versions").click()
    expect(opened.page.locator("h1")).to_have_text("Earlier versions")
    opened.page.get_by_role("link", name=re.compile("^Read or take back")).first.click()
    expect(opened.page.locator("h1")).to_contain_text("Version")
    opened.page.wait_for_load_state()  # its styles say how paragraphs are shown
    assert opened.page.locator(".gt-written").inner_text() == ELSEWHERE  # its paragraphs as they were written


def test_the_text_that_is_not_kept_is_an_earlier_version_too(tab: Any, one: Sitting) -> None:
    opened = tab()
    question = types_into_the_question(opened, one)
    typed = opened.page.locator("textarea[data-part]").input_value()
    question.locator("[data-take]").click()
    expect(opened.page.locator("[data-chosen]")).to_contain_text("Earlier versions", timeout=WITHIN)
    expect(opened.page.locator("textarea[data-part]")).to_have_value(ELSEWHERE)
    expect(opened.page.locator("textarea[data-part]")).to_be_focused()
    is_saved(opened, one, ELSEWHERE)
    assert texts_of(one)[-3:] == [ELSEWHERE, typed, ELSEWHERE]


def test_a_button_pressed_before_the_choice_hands_nothing_in(tab: Any, one: Sitting) -> None:
    opened = tab()
    question = types_into_the_question(opened, one)
    opened.page.check("[name=own_work]")
    opened.page.check("[name=ai_use][value=none]")
    for button in ("[name=hand_in]", "[name=save]"):
        opened.page.click(button)
        expect(question).to_be_focused()
    opened.page.click("[name=hand_in]")
    expect(opened.page.locator("[data-state]")).to_contain_text("Not handed in")
    assert draft(one) == ELSEWHERE
    assert not one.scripts.exists()


def test_a_page_that_was_refused_because_of_another_text_asks_too(tab: Any, one: Sitting) -> None:
    """The button was quicker than the editor's own saving: what the server answers must not be saved over the other."""
    opened = tab()
    write_elsewhere(one)
    opened.page.fill("textarea[data-part]", "Mine")
    opened.page.check("[name=own_work]")
    opened.page.check("[name=ai_use][value=none]")
    opened.page.click("[name=hand_in]")
    question = opened.page.locator("[data-other]")
    expect(question).to_contain_text("Another, from elsewhere.")
    expect(opened.page.locator("[data-stored-text]")).to_be_hidden()
    opened.page.wait_for_timeout(5000)
    assert draft(one) == ELSEWHERE
    opened.page.reload()
    expect(opened.page.locator("textarea[data-part]")).to_have_value("Mine")
    expect(question).to_be_visible()
    question.locator("[data-keep]").click()
    is_saved(opened, one, "Mine")
    assert texts_of(one) == [ELSEWHERE, "Mine"]


def test_a_text_kept_on_the_device_and_not_chosen_is_an_earlier_version(tab: Any, one: Sitting) -> None:
    opened = tab(timezone_id="Asia/Tokyo")  # the device's zone is not the person's
    opened.page.route("**/draft/", lambda route: route.abort())
    opened.page.fill("textarea[data-part]", "Only on this device")
    write_elsewhere(one)
    opened.page.on("dialog", lambda dialog: dialog.accept())
    opened.page.unroute("**/draft/")
    opened.page.reload()
    question = opened.page.locator("[data-other]")
    expect(question).to_contain_text("Only on this device")
    expect(question).to_contain_text(re.compile(r"8 Oct 2025, 13:\d\d \(UK time\)"))
    opened.page.locator("textarea[data-part]").press("Control+End")
    opened.page.keyboard.type(" And more.")
    question.locator("[data-keep]").click()
    expect(opened.page.locator("[data-chosen]")).to_contain_text("Earlier versions", timeout=WITHIN)
    is_saved(opened, one, ELSEWHERE + " And more.")
    assert texts_of(one) == [ELSEWHERE, "Only on this device", ELSEWHERE + " And more."]
    expect(opened.page.locator("[data-saved]")).to_have_text(re.compile(r"^13:\d\d:\d\d \(UK time\)"))


def test_who_types_before_the_script_is_there_is_asked_nothing_and_loses_nothing(
    tab: Any, one: Sitting
) -> None:
    opened = tab()
    opened.page.fill("textarea[data-part]", "word " * 1512)
    opened.page.check("[name=own_work]")
    opened.page.check("[name=ai_use][value=none]")
    opened.page.add_init_script(
        """document.addEventListener("readystatechange", () => {
        if (document.readyState === "interactive") document.querySelector("textarea[data-part]").value = "Shorter.";
        });"""
    )
    opened.page.click("[name=hand_in]")
    expect(opened.page.locator(".gt-errors")).to_contain_text("cut 12 words")
    expect(opened.page.locator("textarea[data-part]")).to_have_value("Shorter.")
    expect(opened.page.locator("[data-other]")).to_be_hidden()
    is_saved(opened, one, "Shorter.")
