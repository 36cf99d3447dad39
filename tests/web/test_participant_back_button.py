"""What the browser brings back, an answer to a form too, shows how things stand now."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.urls import reverse
from playwright.sync_api import expect

from goldenthread.assessment import actions
from goldenthread.assessment.models import Sitting
from tests import factories_assessment as made

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _inside_the_window() -> Iterator[None]:
    with time_machine.travel(made.INSIDE, tick=True):
        yield


@pytest.fixture
def one(db: None) -> Sitting:
    return made.sitting()


@pytest.fixture
def page(visit: Callable[..., Any], live_server: Any, one: Sitting) -> Any:
    opened = visit()
    opened.sign_in(one.enrolment.user)
    return opened.page


def hands_in(page: Any, text: str) -> None:
    page.wait_for_load_state()  # nobody writes before the editor is there: it would know nothing of what was written
    page.fill("textarea[data-part]", text)
    page.check("[name=own_work]")
    page.check("[name=ai_use][value=none]")
    page.click("[name=hand_in]")


def test_a_refusal_that_is_over_is_not_shown_again(page: Any, one: Sitting) -> None:
    page.goto(reverse("participant:sitting", args=[one.pk]))
    hands_in(page, "word " * 1512)
    expect(page.locator(".gt-errors")).to_contain_text("cut 12 words")
    hands_in(page, "word " * 1500)
    expect(page.locator("h1")).to_have_text("We have your script")
    page.go_back()
    expect(page.locator(".gt-callout-success")).to_contain_text("You have handed in script 1")
    expect(page.locator(".gt-errors")).to_have_count(0)
    expect(page.locator("[data-count]")).to_have_text("1,500 of 1,500")
    expect(page.locator("[data-other]")).to_be_hidden()
    expect(page.locator("textarea[data-part]")).to_have_value("word " * 1500)


def test_after_a_refusal_the_button_waits_for_no_message_of_the_editor(page: Any, one: Sitting) -> None:
    """What was refused is saved with the form: a server that is slow to answer the editor holds up no second press."""
    held = []
    page.goto(reverse("participant:sitting", args=[one.pk]))
    page.route("**/draft/", lambda route: held.append(route))  # and is never answered
    hands_in(page, "word " * 1512)
    expect(page.locator(".gt-errors")).to_contain_text("cut 12 words")
    page.wait_for_timeout(4500)  # the editor has looked for what to save
    hands_in(page, "word " * 1499)
    expect(page.locator("h1")).to_have_text("We have your script", timeout=10_000)
    one.refresh_from_db()
    assert one.draft == {"": "word " * 1499}


def test_two_texts_that_were_chosen_between_are_not_asked_about_again(page: Any, one: Sitting) -> None:
    page.goto(reverse("participant:sitting", args=[one.pk]))
    actions.save_draft(
        sitting=one, texts={"": "From elsewhere"}, revision=0, by=one.enrolment.user, at=made.INSIDE
    )
    hands_in(page, "Mine")
    page.click("[data-keep]")
    expect(page.locator("[data-chosen]")).to_contain_text("Earlier versions", timeout=20_000)
    hands_in(page, "Mine")
    expect(page.locator("h1")).to_have_text("We have your script")
    page.go_back()
    expect(page.locator(".gt-callout-success")).to_contain_text("You have handed in script 1")
    expect(page.locator("[data-other]")).to_be_hidden()
    expect(page.locator("textarea[data-part]")).to_have_value("Mine")


def test_text_that_was_not_saved_when_one_left_is_there_when_one_comes_back(page: Any, one: Sitting) -> None:
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(reverse("participant:sitting", args=[one.pk]))
    page.fill("textarea[data-part]", "Not saved yet")
    page.goto(reverse("participant:assessment"))
    page.go_back()
    expect(page.locator("textarea[data-part]")).to_have_value("Not saved yet")


def test_the_upload_page_says_which_script_counts_now(page: Any, one: Sitting) -> None:
    made.script(one, "The first")
    page.goto(reverse("participant:script_upload", args=[one.pk]))
    expect(page.locator("main")).to_contain_text("You have handed in script 1")
    page.goto(reverse("participant:receipt", args=[one.pk, 1]))
    made.script(Sitting.objects.get(pk=one.pk), "The second")
    page.go_back()
    expect(page.locator("main")).to_contain_text("You have handed in script 2")
    page.go_forward()
    expect(page.locator("h1")).to_have_text("An earlier script")
