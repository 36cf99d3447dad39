"""The marking screen in a real browser: keys, sums, saving by itself, submitting, accessibility."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import expect

from goldenthread.marking import actions
from goldenthread.marking.models import Marking
from goldenthread.marking.rules import Declaration
from goldenthread.moderation import actions as moderation
from goldenthread.people.models import Role
from tests import factories
from tests import factories_marking as make
from tests.browser import DESKTOP, PHONE, SMALL, accessibility_faults, sideways_scroll

WORDS = [  # in the order of the page
    f"{kind}: {what}" for kind in ("Learn that", "Learn how to") for what in ("a strength", "a next step")
]
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


def until(holds: Callable[[], bool]) -> None:
    """Wait for what the server does with a request that nobody waits for."""
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


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
    assert marking.marks == {"1": 3, "2": 3, "3": 3, "4": 3, "5": 3}
    assert marking.by_kind == {"learn_that": {"strength": "Clear about the problem.", "next_step": ""}}
    for label in WORDS[1:]:
        page.get_by_label(label).fill("Say how you will know.")
    page.get_by_text("Submit marks").click()
    page.get_by_role("button", name="Yes, submit these marks").click()
    page.get_by_text("is marked").wait_for()
    marking.refresh_from_db()
    assert marking.total == 15


def test_whoever_leaves_at_once_loses_nothing_and_goes_on_after_coming_back(
    visit: Any, live_server: Any, marking: Marking
) -> None:
    page = enter(visit, live_server, marking.marker, viewport=DESKTOP)
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(f"/mark/{marking.pk}/")
    page.locator("[data-point]").first.fill("3")
    page.goto("/mark/")
    page.wait_for_load_state()
    until(lambda: Marking.objects.get(pk=marking.pk).marks == {"1": 3})
    page.go_back()
    expect(page.locator("[data-point]").first).to_have_value("3")
    page.locator("[data-point]").nth(1).fill("2")
    page.get_by_text("Saved at").wait_for()
    marking.refresh_from_db()
    assert marking.marks == {"1": 3, "2": 2}


def test_keys_work_from_anywhere_and_go_on_behind_the_notes(
    visit: Any, live_server: Any, marking: Marking
) -> None:
    page = enter(visit, live_server, marking.marker, viewport=DESKTOP)
    page.goto(f"/mark/{marking.pk}/")
    boxes = page.locator("[data-point]")
    page.keyboard.press("3")
    expect(boxes.first).to_have_value("3")
    page.keyboard.press("?")
    expect(page.locator("[data-key-help]")).to_have_attribute("open", "")
    page.keyboard.press("?")
    expect(boxes.first).to_be_focused()
    for _ in range(boxes.count()):
        page.keyboard.press("Enter")
    expect(page.locator("textarea:focus, button:focus")).to_have_count(1)
    assert page.evaluate("document.activeElement.closest('.gt-point') === null")


@pytest.mark.parametrize("anchor", ["main", "id_strength_learn_that"], ids=["skip link", "link of an error"])
def test_the_next_errors_take_the_focus_whatever_link_was_used_before(
    visit: Any, live_server: Any, marking: Marking, anchor: str
) -> None:
    page = enter(visit, live_server, marking.marker, viewport=DESKTOP)
    page.goto(f"/mark/{marking.pk}/#{anchor}")
    for mark in (
        "3",
        "4",
    ):  # all that the page itself looks at is there; the server refuses a note without a place
        for box in page.locator("[data-point]").all():
            box.fill(mark)
        for name in WORDS:
            page.get_by_label(name).fill("Clear.")
        page.evaluate("document.getElementById('id_new_note').value = 'Where?'")
        page.keyboard.press("Control+Enter")
        expect(page.get_by_role("button", name="Yes, submit these marks")).to_be_focused()
        page.keyboard.press("Control+Enter")
        page.wait_for_load_state()
        expect(page.locator("[data-error-summary]")).to_be_focused()
        page.wait_for_timeout(100)
        expect(page.locator("[data-error-summary]")).to_be_focused()
        page.locator("[data-error-summary] a").last.click()
        page.wait_for_function("location.hash !== ''")
    assert Marking.objects.get(pk=marking.pk).state == "allocated"


def test_marking_from_the_first_key_to_the_next_script_without_a_mouse(
    visit: Any, live_server: Any, marking: Marking
) -> None:
    window = marking.script.sitting.window
    make.sitting(window)
    actions.allocate_window(window=window, by=window.created_by, at=make.CLOSED)
    page = enter(visit, live_server, marking.marker, viewport=DESKTOP)
    page.goto(f"/mark/{marking.pk}/")
    expect(page.get_by_text("Each point gives 0 to 4 marks, whole ones only.")).to_be_visible()
    page.locator("[data-point]").first.focus()
    for mark in "33333":
        page.keyboard.type(mark)
        page.keyboard.press("Enter")
    for _ in WORDS[1:]:
        page.keyboard.type("Clear about the problem.")
        page.keyboard.press("Tab")
    page.keyboard.type("Say how you will know.")
    page.keyboard.press("?")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("button", name="Yes, submit these marks")).to_be_focused()
    assert Marking.objects.get(pk=marking.pk).state == "allocated"
    page.keyboard.press("Enter")
    page.get_by_text("is marked").wait_for()
    assert Marking.objects.get(pk=marking.pk).by_kind == {
        "learn_that": {"strength": "Clear about the problem.", "next_step": "Clear about the problem."},
        "learn_how_to": {"strength": "Clear about the problem.", "next_step": "Say how you will know.?"},
    }
    page.keyboard.press("n")
    page.get_by_role("heading", name="Your marks").wait_for()
    assert f"/mark/{marking.pk}/" not in page.url


def test_a_moderator_keeps_their_marks_by_the_same_keys(
    visit: Any, live_server: Any, marking: Marking
) -> None:
    chidi = factories.member(Role.MODERATOR, "Chidi Moderator")
    make.submit(marking, make.POOR)
    make.submit(Marking.objects.select_related("marker").get(position=2), make.POOR)
    window = marking.script.sitting.window
    opened = moderation.open_round(window=window, by=chidi, at=make.CLOSED, share_percent=0)
    page = enter(visit, live_server, chidi, viewport=DESKTOP)
    page.goto(f"/moderate/scripts/{opened.sample.get().pk}/")
    for box in page.locator("[data-point]").all():
        box.fill("2")
    page.keyboard.press("Control+Enter")
    page.get_by_role("heading", name="Decide on").wait_for()


def test_mark_out_of_range_is_said_and_not_saved(visit: Any, live_server: Any, marking: Marking) -> None:
    page = enter(visit, live_server, marking.marker, viewport=DESKTOP)
    page.goto(f"/mark/{marking.pk}/")
    page.locator("[data-point]").first.fill("9")
    page.get_by_text("Not saved: a mark is out of range.").wait_for()
    expect(page.get_by_text("0 to 4 marks, whole ones.")).to_be_visible()
    marking.refresh_from_db()
    assert marking.revision == 0
    page.locator("[data-point]").first.fill("4")
    page.get_by_text("Saved at").wait_for()


def test_submitting_while_a_save_is_on_its_way_contradicts_nobody(
    visit: Any, live_server: Any, marking: Marking
) -> None:
    page = enter(visit, live_server, marking.marker, viewport=DESKTOP)
    held: list[Any] = []
    page.route("**/save/", lambda route: held.append(route))
    page.goto(f"/mark/{marking.pk}/")
    for box in page.locator("[data-point]").all():
        box.fill("3")
    for label in WORDS:
        page.get_by_label(label).fill("Clear about the problem.")
    page.get_by_text("Saving").wait_for()
    page.get_by_label(WORDS[0]).fill("Clear about the problem, and for whom.")
    page.get_by_text("Submit marks").click()
    page.get_by_role("button", name="Yes, submit these marks").click()
    assert page.get_by_text("is marked").count() == 0
    held[0].continue_()
    page.get_by_text("is marked").wait_for()
    marking.refresh_from_db()
    assert marking.state == "submitted"
    assert marking.by_kind["learn_that"]["strength"] == "Clear about the problem, and for whom."


def test_page_of_a_script_that_is_gone_says_so_while_one_types(
    visit: Any, live_server: Any, marking: Marking
) -> None:
    page = enter(visit, live_server, marking.marker, viewport=DESKTOP)
    page.goto(f"/mark/{marking.pk}/")
    actions.declare_conflict(
        marking=marking,
        declaration=Declaration("other", "In another tab."),
        by=marking.marker,
        at=make.CLOSED,
    )
    page.locator("[data-point]").first.fill("4")
    page.get_by_text("Not saved: this script is not in your queue any more.").wait_for()


@pytest.mark.parametrize("size", [DESKTOP, PHONE, SMALL], ids=["desktop", "phone", "small"])
def test_case_is_read_without_losing_the_place_in_the_script(
    visit: Any, live_server: Any, marking: Marking, size: Any
) -> None:
    script = marking.script
    script.text = "\n\n".join(f"Paragraph {n}. " + "What I would do. " * 30 for n in range(40))
    script.save()
    page = enter(visit, live_server, marking.marker, viewport=size, java_script_enabled=False)
    page.goto(f"/mark/{marking.pk}/")
    fold = page.get_by_text("Question and case study")
    place = page.get_by_text("Paragraph 20.")
    place.scroll_into_view_if_needed()
    assert fold.bounding_box()["y"] >= 0
    fold.click()
    expect(page.get_by_text("What would you do?")).to_be_visible()
    box = page.get_by_role("region", name="Question and case study").bounding_box()
    assert 0 <= box["y"] < box["y"] + box["height"] < size["height"] * 0.75


def test_marker_gives_a_script_back_without_javascript(
    visit: Any, live_server: Any, marking: Marking
) -> None:
    page = enter(visit, live_server, marking.marker, viewport=PHONE, java_script_enabled=False)
    page.goto(f"/mark/{marking.pk}/")
    page.get_by_role("link", name="I recognise the author").click()
    page.get_by_label("I recognise the author").check()
    page.get_by_label("In a sentence").fill("We wrote the plan in it together.")
    page.get_by_role("button", name="Give the script back").click()
    page.get_by_text("is out of your queue").wait_for()
    page.go_back()
    assert page.goto(f"/mark/{marking.pk}/").status == 200
    page.get_by_text(f"You gave {marking.script.sitting.code} back on").wait_for()


@pytest.mark.parametrize("size", [DESKTOP, PHONE, SMALL], ids=["desktop", "phone", "small"])
def test_queue_and_screen_are_accessible(visit: Any, live_server: Any, marking: Marking, size: Any) -> None:
    page = enter(visit, live_server, marking.marker, viewport=size)
    for address in ("/mark/", f"/mark/{marking.pk}/", f"/mark/{marking.pk}/declare/"):
        page.goto(address)
        for fold in page.locator(".gt-case-fold summary").all():
            fold.click()
        assert accessibility_faults(page) == []
        assert sideways_scroll(page) == 0


@pytest.mark.parametrize("size", [DESKTOP, PHONE, SMALL], ids=["desktop", "phone", "small"])
def test_moderators_pages_are_accessible(visit: Any, live_server: Any, marking: Marking, size: Any) -> None:
    chidi = factories.member(Role.MODERATOR, "Chidi Moderator")
    make.submit(marking, make.POOR)
    make.submit(Marking.objects.select_related("marker").get(position=2), make.POOR)
    window = marking.script.sitting.window
    opened = moderation.open_round(window=window, by=chidi, at=make.CLOSED, share_percent=0)
    script = f"/moderate/scripts/{opened.sample.get().pk}/"
    page = enter(visit, live_server, chidi, viewport=size)
    for address in ("/moderate/", f"/moderate/rounds/{opened.pk}/", script, f"{script}declare/"):
        page.goto(address)
        assert accessibility_faults(page) == []
        assert sideways_scroll(page) == 0
    page.goto(script)
    for box in page.locator("[data-point]").all():
        box.fill("2")
    page.get_by_role("button", name="Give my marks").click()
    page.get_by_role("heading", name="Decide on").wait_for()
    assert accessibility_faults(page) == []
    assert sideways_scroll(page) == 0
