"""Marking by keyboard alone, in a real browser: where keys work, what they leave alone, and what a mark may be."""

from typing import Any

import pytest
from playwright.sync_api import expect

from goldenthread.assessment.models import Script
from goldenthread.marking import actions
from goldenthread.marking.models import Marking
from goldenthread.moderation import actions as moderation
from goldenthread.people.models import Role
from tests import factories
from tests import factories_marking as make
from tests.browser import DESKTOP, accessibility_faults
from tests.web.test_assessor_browser import enter

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
UNDER_THE_KEYS = (
    "document.activeElement.getBoundingClientRect().bottom >"
    " document.querySelector('.gt-keys').getBoundingClientRect().top"
)
FOCUSED = "[document.activeElement.tagName, document.activeElement.name || ''].join(' ').trim()"


@pytest.fixture
def marking() -> Marking:
    """Ben's marking of a script that is longer than a window."""
    window = make.window()
    make.markers(2)
    make.sitting(window)
    Script.objects.update(text="\n\n".join(f"Paragraph {n}. " + "What I would do. " * 30 for n in range(30)))
    actions.allocate_window(window=window, by=window.created_by, at=make.CLOSED)
    return Marking.objects.get(position=1)


@pytest.fixture
def page(visit: Any, live_server: Any, marking: Marking) -> Any:
    """The marking screen, as it opens; it doesn't save by itself, so that nothing is on its way when a test ends."""
    opened = enter(visit, live_server, marking.marker, viewport=DESKTOP)
    opened.goto(f"/mark/{marking.pk}/")
    opened.evaluate("delete document.querySelector('form[data-marking]').dataset.save")
    return opened


def focused(page: Any) -> str:
    return str(page.evaluate(FOCUSED))


def values(page: Any) -> list[str]:
    return [box.input_value() for box in page.locator("[data-point]").all()]


# --- where keys work -------------------------------------------------------------------------------------
def test_the_keys_are_shown_and_hidden_and_the_focus_stays(page: Any) -> None:
    keys, box = page.locator("[data-key-help]"), page.locator("[data-point]").nth(1)
    box.focus()
    page.keyboard.press("?")
    expect(keys).to_have_attribute("open", "")
    expect(keys.get_by_text("show or hide these keys")).to_be_in_viewport(ratio=1)
    expect(box).to_be_focused()
    assert page.evaluate(UNDER_THE_KEYS) is False
    assert accessibility_faults(page) == []
    page.keyboard.press("3")
    page.keyboard.press("Enter")
    page.keyboard.press("2")
    assert values(page) == ["", "3", "2", "", ""]
    page.keyboard.press("?")
    expect(keys).not_to_have_attribute("open", "")
    expect(page.locator("[data-point]").nth(2)).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    page.keyboard.press("?")
    assert focused(page) == "BODY"


def test_the_page_tells_its_keys_before_anybody_asks(visit: Any, live_server: Any, marking: Marking) -> None:
    ben = enter(visit, live_server, marking.marker, viewport=DESKTOP)
    ben.goto("/mark/")
    told = "getComputedStyle(document.querySelector('.btn[data-key]'), '::after').content"
    assert ben.evaluate(told).startswith('"n"')
    expect(ben.get_by_role("link", name=f"Mark {marking.script.sitting.code}", exact=True)).to_be_visible()
    ben.keyboard.press("n")
    hint = ben.get_by_text("By keys: type a mark")
    expect(hint).to_be_in_viewport(ratio=1)
    assert ben.locator("[data-saved]").inner_text() == "Nothing is entered yet."
    ben.keyboard.press("3")
    expect(ben.locator("[data-saved]")).not_to_have_text("Nothing is entered yet.", timeout=500)
    ben.get_by_text("Saved at").wait_for()
    plain = enter(visit, live_server, marking.marker, viewport=DESKTOP, java_script_enabled=False)
    plain.goto(f"/mark/{marking.pk}/")
    expect(plain.get_by_text("By keys: type a mark")).to_be_hidden()
    assert "Evidence (optional)" in " ".join(plain.locator("label[for=id_evidence]").inner_text().split())


@pytest.mark.parametrize("place", ["[data-key-help] summary", ".gt-back", ".gt-form-actions button"])
def test_a_figure_reaches_the_active_point_from_wherever_the_focus_is(page: Any, place: str) -> None:
    for mark in ("3", "1"):  # the first point without a mark, and then the same one
        page.locator(place).first.focus()
        page.keyboard.press(mark)
        assert values(page) == [mark, "", "", "", ""]
        expect(page.locator(".gt-point.is-active [data-point]")).to_be_focused()
    page.locator("[name=strength_learn_that]").fill("In ")
    page.locator("[name=strength_learn_that]").press("4")
    assert values(page) == ["1", "", "", "", ""]
    expect(page.locator("[name=strength_learn_that]")).to_have_value("In 4")


def test_from_a_mark_field_the_script_scrolls_and_escape_leaves(page: Any) -> None:
    places = "[scrollY, document.querySelector('.gt-marking-side').scrollTop]"
    page.locator("[data-point]").first.focus()
    at, side = page.evaluate(places)
    for key, step in (("PageDown", 1), ("Space", 1), ("PageUp", -1), ("Shift+Space", -1)):
        page.keyboard.press(key)
        now, still = page.evaluate(places)
        assert ((now - at) * step > 300, still) == (True, side), key
        at = now
    expect(page.locator("[data-point]").first).to_be_focused()
    assert values(page)[0] == ""
    page.keyboard.press("Escape")
    assert focused(page) == "BODY"
    page.keyboard.press("2")
    assert values(page)[0] == "2"


def test_a_mark_field_takes_figures_alone_and_m_makes_a_note_from_it(page: Any) -> None:
    box = page.locator("[data-point]").first
    box.focus()
    page.keyboard.type("x,-2n")
    expect(box).to_have_value("2")
    page.keyboard.press("m")
    expect(box).to_have_value("2")
    assert focused(page) == "SELECT new_passage"  # nothing is selected: the paragraph by its number
    page.keyboard.press("3")
    page.keyboard.press("Tab")
    page.keyboard.type("Who, and when?")
    expect(page.locator("#id_new_note")).to_have_value("Who, and when?")
    assert page.locator("#id_new_passage option:checked").inner_text() == "3"


# --- what a mark may be ----------------------------------------------------------------------------------
def test_an_impossible_mark_is_said_at_its_field_and_beside_the_total(page: Any) -> None:
    box, total = page.locator("[data-point]").first, page.locator("[data-total]")
    box.focus()
    page.keyboard.press("9")
    fault = page.get_by_text("9 is out of range: 0 to 4 marks, whole ones.")
    expect(fault).to_be_visible()
    expect(fault).to_have_attribute("aria-live", "polite")
    expect(box).to_have_attribute("aria-invalid", "true")
    expect(total).to_have_text("0/20")
    expect(page.get_by_text("The mark of point 1 is out of range and doesn't count.")).to_be_visible()
    page.keyboard.press("Enter")
    expect(box).to_be_focused()
    page.keyboard.press("2")
    expect(box).to_have_value("2")
    expect(total).to_have_text("2/20")
    expect(page.get_by_text("doesn't count")).to_be_hidden()
    page.keyboard.press("Enter")
    expect(page.locator("[data-point]").nth(1)).to_be_focused()
    page.keyboard.press("4")
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    assert values(page) == ["2", "1", "", "", ""]


def test_a_mark_of_two_figures_is_typed_from_anywhere(page: Any) -> None:
    page.evaluate("document.querySelector('[data-point]').dataset.most = '12'")
    page.keyboard.type("12")
    assert values(page)[0] == "12"


# --- before submitting -----------------------------------------------------------------------------------
def test_ctrl_enter_says_what_is_missing_before_it_asks(page: Any, marking: Marking) -> None:
    question = page.locator("details.gt-confirm")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-point]").first).to_be_focused()
    expect(question).not_to_have_attribute("open", "")
    said = (
        "Give point 1 a mark; 0 is a mark too. Also to mend: points 2, 3, 4 and 5, learn that: a strength, "
        "learn that: a next step, learn how to: a strength, learn how to: a next step."
    )
    expect(page.locator("#fault-1")).to_have_text(said)
    expect(page.locator("#fault-5")).to_have_text("Give point 5 a mark; 0 is a mark too.")
    for mark in "3393":
        page.keyboard.press(mark)
        page.keyboard.press("ArrowDown")
    page.keyboard.press("3")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-point]").nth(2)).to_be_focused()
    expect(page.locator("#fault-3")).to_contain_text("9 is out of range")
    page.keyboard.press("0")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[name=strength_learn_that]")).to_be_focused()
    expect(page.get_by_text("Name a strength in learn that.")).to_be_visible()
    expect(question).not_to_have_attribute("open", "")
    page.keyboard.type("Clear about the problem.")
    expect(page.get_by_text("Name a strength in learn that.")).to_be_hidden()
    for words in ("Say how you will know.", "Clear about the plan.", "Say who does it."):
        page.keyboard.press("Tab")
        page.keyboard.type(words)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("button", name="Yes, submit these marks")).to_be_focused()
    page.keyboard.press("Control+Enter")
    page.get_by_text("is marked").wait_for()
    marking.refresh_from_db()
    assert marking.marks == {"1": 3, "2": 3, "3": 0, "4": 3, "5": 3}


def test_the_button_that_asks_says_what_is_missing_too(page: Any) -> None:
    page.locator("[data-point]").first.fill("3")
    page.get_by_text("Submit marks").click()
    expect(page.locator("[data-point]").nth(1)).to_be_focused()
    expect(page.locator("details.gt-confirm")).not_to_have_attribute("open", "")


def test_what_is_missing_stays_said_while_the_rest_saves_by_itself(
    visit: Any, live_server: Any, marking: Marking
) -> None:
    page = enter(visit, live_server, marking.marker, viewport=DESKTOP)
    page.goto(f"/mark/{marking.pk}/")
    page.keyboard.press("Control+Enter")
    page.keyboard.press("3")
    page.get_by_text("Saved at").wait_for()
    expect(page.locator("#fault-2")).to_have_text("Give point 2 a mark; 0 is a mark too.")
    expect(page.locator("#fault-1")).to_be_empty()
    marking.refresh_from_db()
    assert marking.marks == {"1": 3}


def test_a_moderator_is_told_what_is_missing_as_well(visit: Any, live_server: Any, marking: Marking) -> None:
    chidi = factories.member(Role.MODERATOR, "Chidi Moderator")
    make.submit(marking, make.POOR)
    make.submit(Marking.objects.select_related("marker").get(position=2), make.POOR)
    window = marking.script.sitting.window
    opened = moderation.open_round(window=window, by=chidi, at=make.CLOSED, share_percent=0)
    page = enter(visit, live_server, chidi, viewport=DESKTOP)
    page.goto(f"/moderate/scripts/{opened.sample.get().pk}/")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-point]").first).to_be_focused()
    expect(page.locator("#fault-1")).to_contain_text("Also to mend: points 2, 3, 4 and 5.")
