"""Marks without JavaScript, in a real browser: Enter in a mark box saves, and never submits or gives anything."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from goldenthread.marking import actions as marking
from goldenthread.marking import standardising
from goldenthread.marking.models import Marking, MarkingState
from goldenthread.marking.quality_models import PracticeDraft, PracticeMarks
from goldenthread.moderation import actions
from goldenthread.moderation.models import LookDraft, Sampled
from goldenthread.people.models import Role, User
from tests import factories
from tests import factories_marking as make
from tests import factories_quality as quality
from tests.browser import PHONE, sideways_scroll
from tests.web.test_assessor_browser import enter

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SAVED = {"1": 4, "2": 3, "3": 2, "4": 2, "5": 1}


def live() -> tuple[User, str, Callable[[], Any]]:
    window = make.window()
    make.markers(2)
    make.sitting(window)
    marking.allocate_window(window=window, by=window.created_by, at=make.CLOSED)
    one = Marking.objects.get(position=1)
    saved = lambda: Marking.objects.get(pk=one.pk, state=MarkingState.ALLOCATED).marks  # noqa: E731
    return one.marker, f"/mark/{one.pk}/", saved


def practice() -> tuple[User, str, Callable[[], Any]]:
    window = make.window()
    make.sitting(window)
    quality.policy(window, standardised=True)
    quality.known_set(window)
    (ben,) = make.markers(1)
    standardising.begin_attempt(window=window, marker=ben, at=make.CLOSED)

    def saved() -> Any:
        assert not PracticeMarks.objects.exists()
        return PracticeDraft.objects.get().marks

    return ben, f"/mark/practice/{window.pk}/1/1/", saved


def moderated() -> tuple[User, str, Callable[[], Any]]:
    chidi = factories.member(Role.MODERATOR, "Chidi Moderator")
    window = make.window()
    make.markers(2)
    make.sitting(window)
    make.mark_all(window)
    one = actions.open_round(
        window=window, by=chidi, at=make.CLOSED, share_percent=100, seed="s"
    ).sample.get()

    def saved() -> Any:
        assert Sampled.objects.get().marked_by is None
        return LookDraft.objects.get().marks

    return chidi, f"/moderate/scripts/{one.pk}/", saved


@pytest.mark.parametrize("scene", [live, practice, moderated])
def test_enter_in_a_mark_box_saves_and_gives_nothing(visit: Any, live_server: Any, scene: Any) -> None:
    user, address, saved = scene()
    page = enter(visit, live_server, user, viewport=PHONE, java_script_enabled=False)
    page.goto(address)
    for place, mark in enumerate("43221"):
        page.locator("[data-point]").nth(place).fill(mark)
    page.locator("[data-point]").nth(2).press("Enter")
    expect(page.locator("[data-saved]")).to_contain_text("Saved")
    assert saved() == SAVED
    assert [box.input_value() for box in page.locator("[data-point]").all()] == list("43221")
    assert sideways_scroll(page) == 0


def test_a_moderator_without_javascript_adds_notes_saves_and_gives(visit: Any, live_server: Any) -> None:
    user, address, saved = moderated()
    page = enter(visit, live_server, user, viewport=PHONE, java_script_enabled=False)
    page.goto(address)
    page.get_by_text("Note at a paragraph").click()
    page.get_by_label("Paragraph", exact=True).select_option(index=1)
    page.get_by_label("Note at this paragraph").fill("A clear start.")
    for place, mark in enumerate("43221"):
        page.locator("[data-point]").nth(place).fill(mark)
    page.get_by_role("button", name="Save and stay").click()
    expect(page.get_by_text("Saved, for you alone. Your marks are not given yet.")).to_be_visible()
    expect(page.locator("[name=passage_note]")).to_have_value("A clear start.")
    assert saved() == SAVED
    page.get_by_role("button", name="Give my marks and show the markers'").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Decide on ")
    given = Sampled.objects.get()
    assert (given.marks, [one["note"] for one in given.passages]) == (SAVED, ["A clear start."])
    assert not LookDraft.objects.exists()
