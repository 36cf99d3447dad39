"""Raising a concern in a real browser: by keyboard, with the selected words, and nothing that was entered is lost."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from goldenthread.integrity.models import Concern
from goldenthread.marking.models import Marking
from goldenthread.people.models import Role
from tests import factories
from tests.browser import DESKTOP, PHONE, looks_right
from tests.web.test_assessor_browser import enter
from tests.web.test_passages_browser import SELECT
from tests.web.test_passages_browser import marking as marking

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_by_keyboard_with_the_selected_words_and_the_marks_kept(
    visit: Any, live_server: Any, marking: Marking, size: Any
) -> None:
    page = enter(visit, live_server, marking.marker, viewport=size)
    page.goto(f"/mark/{marking.pk}/")
    page.keyboard.press("3")  # the mark of the first point
    page.evaluate(SELECT, ["one routine", "together"])
    looks_right(page, f"marking-{size['width']}")
    page.keyboard.press("c")
    page.wait_for_url(re.compile(r"/concern/"))
    looks_right(page, f"concern-{size['width']}")
    expect(page.locator("#id_passage option:checked")).to_contain_text("one routine, practised together")
    marking.refresh_from_db()
    assert marking.marks == {"1": 3}
    page.get_by_label("Safeguarding").check()
    page.get_by_label("What did you see?").fill("Somebody may be at risk.")
    page.get_by_role("button", name="Raise this concern").press("Enter")
    expect(page.get_by_text("is received")).to_be_visible()
    looks_right(page, f"concern-raised-{size['width']}")
    assert Concern.objects.get().quote == "one routine, practised together"
    office = enter(visit, live_server, factories.member(Role.OFFICE), viewport=size)
    office.goto("/office/")
    expect(office.get_by_role("link", name=re.compile("1 safeguarding concern"))).to_be_visible()
    looks_right(office, f"concern-desk-{size['width']}")
    office.goto(f"/office/windows/questions/{Concern.objects.get().flag_id}/")
    looks_right(office, f"concern-question-{size['width']}")


def test_without_javascript_the_button_keeps_the_marks(
    visit: Any, live_server: Any, marking: Marking
) -> None:
    page = enter(visit, live_server, marking.marker, viewport=PHONE, java_script_enabled=False)
    page.goto(f"/mark/{marking.pk}/")
    page.locator("#id_point_1").fill("2")
    page.get_by_role("button", name="Save, and raise a concern").click()
    page.wait_for_url(re.compile(r"/concern/"))
    marking.refresh_from_db()
    assert marking.marks == {"1": 2}
