"""Notes at passages in a real browser: select, press m, write; counted as the server counts, saved by themselves."""

from typing import Any

import pytest
from playwright.sync_api import expect

from goldenthread.assessment.models import Script
from goldenthread.marking import actions
from goldenthread.marking.models import Marking
from tests import by_hand
from tests import factories_marking as make
from tests.browser import DESKTOP, PHONE, SMALL, accessibility_faults, looks_right, sideways_scroll
from tests.web.test_assessor_browser import enter, until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TEXT = (
    "𝒳𝒳 is a sign, and 👩‍🏫 a teacher.\nA second line follows.\n\nThe plan: one routine, practised together."
)
SELECT = """([from, to]) => {
  const walker = document.createTreeWalker(document.querySelector("[data-part]"), NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (node.data.includes(from)) range.setStart(node, node.data.indexOf(from));
    if (node.data.includes(to)) range.setEnd(node, node.data.indexOf(to) + to.length);
  }
  document.activeElement.blur();
  getSelection().removeAllRanges();
  getSelection().addRange(range);
}"""


@pytest.fixture
def marking() -> Marking:
    window = make.window()
    make.markers(2)
    make.sitting(window)
    Script.objects.update(text=TEXT)
    actions.allocate_window(window=window, by=window.created_by, at=make.CLOSED)
    return Marking.objects.get(position=1)


def noted(marking: Marking) -> list[tuple[str, str]]:
    marking.refresh_from_db()
    return [(TEXT[one["start"] : one["end"]], one["note"]) for one in marking.passages]


def test_selecting_and_m_make_a_note_that_saves_by_itself(
    visit: Any, live_server: Any, marking: Marking
) -> None:
    page = enter(visit, live_server, marking.marker, viewport=DESKTOP)
    page.goto(f"/mark/{marking.pk}/")
    page.evaluate(SELECT, ["one routine", "together"])
    page.keyboard.press("m")
    page.keyboard.type("The measure is missing.")
    page.evaluate(SELECT, ["👩‍🏫", "teacher"])
    page.get_by_role("button", name="Note at the selected text").click()
    page.keyboard.type("Who?")
    until(lambda: len(noted(marking)) == 2)
    assert noted(marking) == [
        ("👩‍🏫 a teacher", "Who?"), ("one routine, practised together", "The measure is missing."),
    ]  # fmt: skip
    assert page.locator("mark").all_inner_texts() == ["👩‍🏫 a teacher", "one routine, practised together"]
    assert page.locator("[data-number]").all_inner_texts() == ["1", "2"]
    here = page.locator("[data-part]").inner_html()
    page.reload()
    assert page.locator("mark").all_inner_texts() == ["👩‍🏫 a teacher", "one routine, practised together"]
    assert page.locator("[data-part]").inner_html() == here


def test_passages_over_lines_and_over_each_other_are_marked_as_the_server_marks_them(
    visit: Any, live_server: Any, marking: Marking
) -> None:
    page = enter(visit, live_server, marking.marker, viewport=DESKTOP)
    page.goto(f"/mark/{marking.pk}/")
    page.evaluate(SELECT, ["sign", "second line"])
    page.keyboard.press("m")
    page.keyboard.type("Over two lines.")
    page.evaluate(SELECT, ["teacher", "The plan"])
    page.keyboard.press("m")
    page.keyboard.type("Over two paragraphs.")
    until(lambda: len(noted(marking)) == 2)
    assert noted(marking) == [
        ("sign, and 👩‍🏫 a teacher.\nA second line", "Over two lines."),
        ("teacher.\nA second line follows.\n\nThe plan", "Over two paragraphs."),
    ]  # fmt: skip
    here = page.locator("[data-part]").inner_html()
    page.reload()
    assert page.locator("[data-part]").inner_html() == here


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_a_name_that_is_covered_meanwhile_is_told_and_the_note_is_moved_on_the_page_that_shows_it(
    visit: Any, live_server: Any, marking: Marking, size: Any
) -> None:
    page = enter(visit, live_server, marking.marker, viewport=size)
    page.goto(f"/mark/{marking.pk}/")
    person = marking.script.sitting.enrolment.user
    person.name = "Second Line"
    person.save()
    page.evaluate(SELECT, ["one routine", "together"])
    page.keyboard.press("m")
    page.keyboard.type("The measure is missing.")
    told = page.get_by_text("has changed since you opened it")
    expect(told.first).to_be_visible()
    looks_right(page, f"passages-covered-{size['width']}")
    assert noted(marking) == []
    page.get_by_role("button", name="Save and stay").click()
    expect(page.get_by_role("alert").get_by_text("changed since you")).to_be_visible()
    expect(page.get_by_text("[covered]").first).to_be_visible()
    assert page.locator("[name=passage_note]").first.input_value() == "The measure is missing."
    assert page.locator("mark").count() == 0
    looks_right(page, f"passages-covered-after-{size['width']}")
    assert noted(marking) == []
    page.evaluate(SELECT, ["one routine", "together"])
    page.keyboard.press("m")
    page.keyboard.type("The measure is missing.")
    page.locator("[data-unmarked] [name=passage_note]").fill("")
    page.get_by_label("Comment for the moderator").focus()
    until(lambda: len(noted(marking)) == 1)
    assert marking.passages[0]["quote"] == "one routine, practised together"
    assert page.locator("mark").all_inner_texts() == ["one routine, practised together"]


def test_a_note_whose_text_reads_otherwise_by_now_stays_unmarked_beside_new_ones(
    visit: Any, live_server: Any, marking: Marking
) -> None:
    old = {
        "part": "",
        "start": 0,
        "end": 9,
        "note": "Old.",
        "sha256": "0" * 64,
        "quote": "Something",
        "order": 0,
    }
    by_hand.alter(Marking.objects.filter(pk=marking.pk), passages=[old])
    page = enter(visit, live_server, marking.marker, viewport=DESKTOP)
    page.goto(f"/mark/{marking.pk}/")
    assert page.locator("mark").count() == 0
    page.evaluate(SELECT, ["one routine", "together"])
    page.keyboard.press("m")
    page.keyboard.type("New.")
    until(lambda: len(noted(marking)) == 2)
    assert page.locator("mark").all_inner_texts() == ["one routine, practised together"]
    assert page.locator("[data-number]").all_inner_texts() == ["1", "2"]


def test_an_emptied_note_goes_and_nothing_selected_is_said(
    visit: Any, live_server: Any, marking: Marking
) -> None:
    page = enter(visit, live_server, marking.marker, viewport=DESKTOP)
    page.goto(f"/mark/{marking.pk}/")
    page.get_by_role("button", name="Note at the selected text").click()
    expect(page.locator("[data-note-said]")).to_have_text("Select some words of the script first.")
    page.evaluate(SELECT, ["A second", "line"])
    page.keyboard.press("m")
    page.keyboard.type("Odd.")
    until(lambda: len(noted(marking)) == 1)
    page.locator("textarea[name=passage_note]").first.fill("")
    page.keyboard.press("Tab")
    until(lambda: noted(marking) == [])
    assert page.locator("mark").count() == 0


def test_without_a_script_the_paragraph_is_chosen_by_number(
    visit: Any, live_server: Any, marking: Marking
) -> None:
    page = enter(visit, live_server, marking.marker, viewport=DESKTOP, java_script_enabled=False)
    page.goto(f"/mark/{marking.pk}/")
    page.get_by_text("Note at a paragraph").click()
    page.select_option("#id_new_passage", label="2")
    page.fill("#id_new_note", "The plan.")
    page.get_by_role("button", name="Save and stay").click()
    expect(page.locator("mark")).to_have_text("The plan: one routine, practised together.")
    assert noted(marking) == [("The plan: one routine, practised together.", "The plan.")]


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE, SMALL])
def test_a_page_with_notes_is_accessible_and_fits(
    visit: Any, live_server: Any, marking: Marking, viewport: Any
) -> None:
    page = enter(visit, live_server, marking.marker, viewport=viewport)
    page.goto(f"/mark/{marking.pk}/")
    for words in (["one routine", "together"], ["routine", "practised"]):
        page.evaluate(SELECT, words)
        page.keyboard.press("m")
        page.keyboard.type("A note.")
    until(lambda: len(noted(marking)) == 2)
    assert accessibility_faults(page) == []
    assert sideways_scroll(page) == 0
