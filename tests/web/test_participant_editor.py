"""The editor in a real browser: it saves by itself and loses nothing to a lost line, an ended session or a tab."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.urls import reverse
from playwright.sync_api import expect

from goldenthread.assessment import writing_queries
from goldenthread.assessment.models import Sitting
from tests import factories_assessment as made
from tests.browser import PHONE, accessibility_faults, keeps_nothing_here, sideways_scroll

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SAVES_WITHIN = 20_000  # milliseconds; it tries every four seconds


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


def is_saved(opened: Any) -> None:
    """Wait until the page says when it saved last, with seconds, as only the script does."""
    import re

    expect(opened.page.locator("[data-saved]")).to_have_text(
        re.compile(r"^\d\d:\d\d:\d\d"), timeout=SAVES_WITHIN
    )


def draft(one: Sitting) -> str:
    one.refresh_from_db()
    return str(one.draft.get("", ""))


def test_what_is_typed_is_saved_and_counted_by_the_rule(tab: Any, one: Sitting) -> None:
    opened = tab(viewport=PHONE)
    opened.page.fill("textarea[data-part]", "well-being – one—two 1,500")
    expect(opened.page.locator("[data-count]")).to_have_text("4 of 1,500")
    is_saved(opened)
    assert draft(one) == "well-being – one—two 1,500"
    assert accessibility_faults(opened.page) == []
    assert sideways_scroll(opened.page) == 0


def test_a_browser_that_can_keep_nothing_says_that_the_text_is_only_in_the_page(
    tab: Any, one: Sitting
) -> None:
    opened = tab()
    keeps_nothing_here(opened, "textarea[data-part]", "Nowhere else", within=SAVES_WITHIN)
    is_saved(opened)
    assert draft(one) == "Nowhere else"


def test_the_time_left_goes_by_the_clock_of_the_server(tab: Any, one: Sitting) -> None:
    """The browser of this test lives in another year, as wrong as a clock can be."""
    page = tab().page
    for address in (reverse("participant:assessment"), reverse("participant:script_upload", args=[one.pk])):
        page.goto(address)
        expect(page.locator("[data-countdown] [data-left]")).to_have_text("5 days 10 hours left")


def test_before_the_window_the_clock_of_the_server_counts_too(
    visit: Callable[..., Any], live_server: Any, one: Sitting
) -> None:
    with time_machine.travel(made.OPENS_AT - timedelta(hours=2, minutes=30), tick=True):
        opened = visit()
        opened.sign_in(one.enrolment.user)
        for address in ("participant:assessment", "participant:sitting"):
            opened.page.goto(reverse(address, args=[one.pk] if address.endswith("sitting") else []))
            expect(opened.page.locator("[data-left]")).to_have_text("2 hours 29 minutes left")


def test_a_lost_connection_keeps_the_text_and_saves_it_when_it_is_back(tab: Any, one: Sitting) -> None:
    opened = tab()
    opened.context.set_offline(True)
    opened.page.fill("textarea[data-part]", "Written on the train")
    expect(opened.page.locator("[data-state]")).to_contain_text("You are not connected", timeout=SAVES_WITHIN)
    expect(opened.page.locator("[data-saved]")).to_have_text("on this device only")
    opened.page.check("[name=own_work]")
    opened.page.check("[name=ai_use][value=none]")
    opened.page.click("[name=hand_in]")
    expect(opened.page.locator("[data-state]")).to_contain_text("Not handed in")
    expect(opened.page.locator("[data-state]")).to_be_in_viewport()
    opened.context.set_offline(False)
    is_saved(opened)
    expect(opened.page.locator("[data-saved]")).not_to_have_text("on this device only")
    assert draft(one) == "Written on the train"
    assert not one.scripts.exists()


def test_text_that_could_not_be_saved_is_there_after_a_reload(tab: Any, one: Sitting) -> None:
    opened = tab()
    opened.page.route("**/draft/", lambda route: route.abort())
    opened.page.fill("textarea[data-part]", "Only in this browser")
    opened.page.on("dialog", lambda dialog: dialog.accept())
    opened.page.unroute("**/draft/")
    opened.page.reload()
    expect(opened.page.locator("textarea[data-part]")).to_have_value("Only in this browser")
    is_saved(opened)
    assert draft(one) == "Only in this browser"


def test_a_server_fault_is_told_apart_from_a_lost_connection(tab: Any, one: Sitting) -> None:
    opened = tab()
    opened.page.route("**/draft/", lambda route: route.fulfill(status=500, body="broken"))
    opened.page.fill("textarea[data-part]", "Kept")
    expect(opened.page.locator("[data-state]")).to_contain_text(
        "Our server has a fault", timeout=SAVES_WITHIN
    )
    opened.page.unroute("**/draft/")
    is_saved(opened)
    assert draft(one) == "Kept"


def test_an_ended_session_is_told_and_goes_on_after_signing_in_elsewhere(
    tab: Any, one: Sitting, live_server: Any
) -> None:
    opened = tab()
    opened.context.clear_cookies(name="sessionid")
    opened.page.fill("textarea[data-part]", "A long answer")
    expect(opened.page.locator("[data-state]")).to_contain_text("signed out", timeout=SAVES_WITHIN)
    opened.page.check("[name=own_work]")
    opened.page.check("[name=ai_use][value=none]")
    opened.page.click("[name=hand_in]")
    expect(opened.page.locator("textarea[data-part]")).to_have_value("A long answer")
    opened.sign_in(one.enrolment.user)
    opened.context.clear_cookies(name="csrftoken")
    is_saved(opened)
    opened.page.click("[name=hand_in]")
    expect(opened.page.locator("h1")).to_have_text("We have your script")
    assert one.scripts.get().text == "A long answer"


def test_two_tabs_ask_before_one_text_replaces_the_other(tab: Any, one: Sitting) -> None:
    first, second = tab(), tab()
    first.page.fill("textarea[data-part]", "From the first tab")
    is_saved(first)
    second.page.fill("textarea[data-part]", "From the second tab")
    other = second.page.locator("[data-other]")
    expect(other).to_contain_text("From the first tab", timeout=SAVES_WITHIN)
    assert draft(one) == "From the first tab"
    other.locator("[data-keep]").click()
    is_saved(second)
    assert draft(one) == "From the second tab"


def test_handing_in_and_coming_back_by_the_back_button(tab: Any, one: Sitting) -> None:
    opened = tab()
    opened.page.fill("textarea[data-part]", "First version")
    opened.page.check("[name=own_work]")
    opened.page.check("[name=ai_use][value=none]")
    opened.page.click("[name=hand_in]")
    expect(opened.page.locator("h1")).to_have_text("We have your script")
    opened.page.go_back()
    opened.page.fill("textarea[data-part]", "Second version")
    is_saved(opened)
    opened.page.check("[name=own_work]")
    opened.page.check("[name=ai_use][value=none]")
    opened.page.click("[name=hand_in]")
    expect(opened.page.locator("h1")).to_have_text("We have your script")
    assert list(one.scripts.values_list("number", "text", "current")) == [
        (1, "First version", False),
        (2, "Second version", True),
    ]


def test_without_javascript_one_saves_and_hands_in(tab: Any, one: Sitting) -> None:
    opened = tab(java_script_enabled=False)
    opened.page.fill("textarea[data-part]", "No script needed")
    opened.page.click("[name=save]")
    expect(opened.page.locator(".gt-messages")).to_contain_text("Draft saved")
    opened.page.click("[name=hand_in]")
    expect(opened.page.locator(".gt-errors")).to_contain_text("own work")
    opened.page.check("[name=own_work]")
    opened.page.check("[name=ai_use][value=none]")
    opened.page.click("[name=hand_in]")
    expect(opened.page.locator("h1")).to_have_text("We have your script")
    assert one.scripts.get().text == "No script needed"


# --- the log of writing ----------------------------------------------------------------------------------------------
def steps(one: Sitting) -> list[tuple[str, str, str]]:
    """How each step came, what it removed and what it inserted."""
    return list(one.steps.values_list("how", "removed", "inserted"))


def until(opened: Any, condition: str) -> None:
    """Wait until this is true in the page, as long as a save may take."""
    for _ in range(SAVES_WITHIN // 250):
        if opened.page.evaluate(condition):
            return
        opened.page.wait_for_timeout(250)
    pytest.fail(f"never true: {condition}")


def whole(one: Sitting) -> bool:
    """Whether the draft is what its steps give."""
    return list(writing_queries.check(Sitting.objects.filter(pk=one.pk))) == []


def test_every_step_is_sent_with_its_hashes_counted_in_code_points(tab: Any, one: Sitting) -> None:
    opened = tab()
    area = opened.page.locator("textarea[data-part]")
    area.fill("\U0001f642\U0001f468\u200d\U0001f469 \u0627\u0642\u0631\u0623 e\u0301")
    is_saved(opened)
    area.press("Control+End")
    area.press_sequentially("\U0001f643 end")
    until(opened, "document.querySelector('[name=revision]').value >= 2")
    area.press("Control+Home")
    area.press("Delete")
    area.evaluate("(area) => area.setRangeText('\\ud83d', 0, 0)")  # half of an emoji, which no database keeps
    area.press_sequentially("x")
    until(opened, "document.querySelector('[name=revision]').value >= 3")
    assert len(steps(one)) >= 3
    assert {how for how, _, _ in steps(one)} == {"typed"}
    assert draft(one).endswith(" end")
    assert "\U0001f642" not in draft(one)
    assert whole(one)


def test_what_is_pasted_is_a_step_of_its_own(tab: Any, one: Sitting) -> None:
    opened = tab()
    opened.context.grant_permissions(["clipboard-read", "clipboard-write"])
    area = opened.page.locator("textarea[data-part]")
    area.press_sequentially("Before ")
    opened.page.evaluate("navigator.clipboard.writeText('a long passage '.repeat(20))")
    area.press("Control+v")
    area.press_sequentially("after")
    is_saved(opened)
    found = steps(one)
    assert [how for how, _, _ in found if how == "pasted"] == ["pasted"]
    assert ("pasted", "", "a long passage " * 20) in found
    assert whole(one)


def test_offline_one_writes_on_and_every_step_arrives_when_the_line_is_back(tab: Any, one: Sitting) -> None:
    opened = tab()
    area, state = opened.page.locator("textarea[data-part]"), opened.page.locator("[data-state]")
    opened.context.set_offline(True)
    area.press_sequentially("On the train")
    expect(state).to_contain_text("You are not connected", timeout=SAVES_WITHIN)
    expect(state).to_contain_text("kept on this device")
    until(opened, "Object.keys(localStorage).some((name) => name.endsWith('-steps'))")
    area.press_sequentially(" and off it")
    kept = "localStorage[Object.keys(localStorage).find((name) => name.endsWith('-steps'))]"
    until(opened, f"JSON.parse({kept} ?? '[]').length >= 2")
    assert steps(one) == []
    opened.context.set_offline(False)
    is_saved(opened)
    assert draft(one) == "On the train and off it"
    assert len(steps(one)) >= 2
    assert {how for how, _, _ in steps(one)} == {"typed"}
    assert whole(one)


def test_steps_that_waited_on_the_device_are_taken_up_by_the_next_page(tab: Any, one: Sitting) -> None:
    opened = tab()
    opened.page.route("**/draft/", lambda route: route.fulfill(status=503, body="busy"))
    opened.page.locator("textarea[data-part]").press_sequentially("Not sent yet")
    expect(opened.page.locator("[data-state]")).to_contain_text(
        "Our server has a fault", timeout=SAVES_WITHIN
    )
    opened.page.on("dialog", lambda dialog: dialog.accept())
    opened.page.unroute("**/draft/")
    opened.page.reload()
    expect(opened.page.locator("textarea[data-part]")).to_have_value("Not sent yet")
    is_saved(opened)
    assert draft(one) == "Not sent yet"
    assert {how for how, _, _ in steps(one)} == {"typed"}
    assert whole(one)


def test_a_server_that_fails_is_told_once_and_the_text_is_saved_when_it_is_well(
    tab: Any, one: Sitting
) -> None:
    opened = tab()
    answers: list[int] = []

    def fail(route: Any) -> None:
        answers.append(503)
        route.fulfill(status=503, body="busy")

    opened.page.route("**/draft/", fail)
    opened.page.evaluate(
        """() => { window.told = []; const line = document.querySelector('[data-state]');
        new MutationObserver(() => window.told.push(line.textContent)).observe(line, { childList: true }); }"""
    )
    opened.page.fill("textarea[data-part]", "Kept all the while")
    state = opened.page.locator("[data-state]")
    expect(state).to_contain_text("Our server has a fault", timeout=SAVES_WITHIN)
    expect(state).to_contain_text("kept on this device")
    expect(state).to_have_attribute("role", "status")
    while len(answers) < 3:
        opened.page.wait_for_timeout(500)
    assert len(opened.page.evaluate("window.told")) == 1  # three failures are read out once
    assert accessibility_faults(opened.page) == []
    opened.page.unroute("**/draft/")
    is_saved(opened)
    expect(state).to_contain_text("connected again")
    assert draft(one) == "Kept all the while"


def test_no_answer_with_a_connection_is_not_called_a_lost_connection(tab: Any, one: Sitting) -> None:
    opened = tab()
    opened.page.route("**/draft/", lambda route: route.abort())
    opened.page.fill("textarea[data-part]", "Kept")
    state = opened.page.locator("[data-state]")
    expect(state).to_contain_text("Our server does not answer", timeout=SAVES_WITHIN)
    expect(state).not_to_contain_text("not connected")
    opened.page.unroute("**/draft/")
    is_saved(opened)
    assert draft(one) == "Kept"


def test_two_tabs_the_text_of_the_one_that_was_too_late_is_a_step_from_the_device(
    tab: Any, one: Sitting
) -> None:
    first, second = tab(), tab()
    first.page.fill("textarea[data-part]", "From the first tab")
    is_saved(first)
    second.page.fill("textarea[data-part]", "From the second tab")
    other = second.page.locator("[data-other]")
    expect(other).to_contain_text("From the first tab", timeout=SAVES_WITHIN)
    other.locator("[data-keep]").click()
    is_saved(second)
    second.page.locator("textarea[data-part]").press("Control+End")
    second.page.locator("textarea[data-part]").press_sequentially(" goes on")
    until(second, "document.querySelector('[name=revision]').value >= 3")
    assert [how for how, _, _ in steps(one)][:3] == ["typed", "device", "typed"]
    assert writing_queries.text_at(Sitting.objects.get(pk=one.pk), 1) == {"": "From the first tab"}
    assert whole(one)


def test_a_text_over_the_limit_is_saved_and_the_words_over_are_shown(tab: Any, one: Sitting) -> None:
    opened = tab()
    opened.page.fill("textarea[data-part]", "word " * 1512)
    expect(opened.page.locator("[data-count]")).to_have_text("1,512 of 1,500: 12 words too many")
    is_saved(opened)
    assert draft(one) == "word " * 1512
    opened.page.check("[name=own_work]")
    opened.page.check("[name=ai_use][value=none]")
    opened.page.click("[name=hand_in]")
    expect(opened.page.locator(".gt-errors")).to_contain_text("cut 12 words")
    expect(opened.page.locator("textarea[data-part]")).to_have_value("word " * 1512)
    opened.page.fill("textarea[data-part]", "word " * 1500)
    opened.page.check("[name=own_work]")
    opened.page.check("[name=ai_use][value=none]")
    opened.page.click("[name=hand_in]")
    expect(opened.page.locator("h1")).to_have_text("We have your script")
    assert whole(one)


def test_the_button_does_not_wait_for_an_answer_and_brings_the_steps_with_it(tab: Any, one: Sitting) -> None:
    """In the last second before a deadline a save that nobody answers must not hold back the hand-in."""
    opened = tab()
    asked: list[Any] = []
    opened.page.route("**/draft/", lambda route: asked.append(route))  # never answered
    opened.page.locator("textarea[data-part]").press_sequentially("In the last second")
    while not asked:
        opened.page.wait_for_timeout(250)
    opened.page.locator("textarea[data-part]").press_sequentially(", and more")
    opened.page.check("[name=own_work]")
    opened.page.check("[name=ai_use][value=none]")
    opened.page.click("[name=hand_in]")
    expect(opened.page.locator("h1")).to_have_text("We have your script")
    assert one.scripts.get().text == "In the last second, and more"
    assert {how for how, _, _ in steps(one)} == {"typed"}
    assert len(steps(one)) >= 2
    assert whole(one)


def test_what_waits_on_the_device_for_one_sitting_is_not_offered_in_another(
    tab: Any, one: Sitting, live_server: Any
) -> None:
    other = made.later_sitting(one, days=1)
    opened = tab()
    # In the page itself: what it sends on being left goes past the routes of a test.
    unreachable = f"""(() => {{
        const whole = window.fetch, lost = () => Promise.reject(new TypeError("unreachable"));
        window.fetch = (to, ...rest) => String(to).includes("/{one.pk}/draft/") ? lost() : whole(to, ...rest);
    }})()"""
    opened.page.add_init_script(unreachable)
    opened.page.evaluate(unreachable)
    opened.page.fill("textarea[data-part]", "For the first case")
    expect(opened.page.locator("[data-state]")).to_contain_text("does not answer", timeout=SAVES_WITHIN)
    opened.page.on("dialog", lambda dialog: dialog.accept())
    opened.page.goto(reverse("participant:sitting", args=[other.pk]))
    expect(opened.page.locator("textarea[data-part]")).to_have_value("")
    expect(opened.page.locator("[data-other]")).to_be_hidden()
    opened.page.fill("textarea[data-part]", "For the second")
    is_saved(opened)
    assert (draft(other), draft(one)) == ("For the second", "")
    opened.page.goto(reverse("participant:sitting", args=[one.pk]))
    expect(opened.page.locator("textarea[data-part]")).to_have_value("For the first case")
