"""Differences from the audit trail at phone and desktop size: on the desk, read, and what was found out kept."""

from typing import Any

import pytest
from django.urls import reverse

from goldenthread.people.models import Role
from tests import factories
from tests.browser import DESKTOP, PHONE, looks_right
from tests.web.test_findings import LIST, WHY, changed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_difference_is_read_and_what_was_found_out_is_kept(visit: Any, size: dict[str, int]) -> None:
    name = f"{size['width']}"
    first, _ = changed()
    opened = visit(viewport=size)
    opened.sign_in(factories.member(Role.OFFICE, "Olu Office"))
    page = opened.page
    page.goto(reverse("office:desk"))
    looks_right(page, f"differences-desk-{name}")
    page.get_by_role("link", name="2 results not what the audit trail says").click()
    looks_right(page, f"differences-{name}")
    page.get_by_role("link", name=f"difference {first.pk}").click()
    page.get_by_role("button", name="Keep what I found out").click()
    page.get_by_label("What did you find out?").fill("ok")
    page.get_by_role("button", name="Keep what I found out").click()
    page.get_by_text("Say what you looked at").first.wait_for()
    looks_right(page, f"difference-fault-{name}")
    page.get_by_label("What did you find out?").fill(WHY)
    page.get_by_role("button", name="Keep what I found out").click()
    page.get_by_text("It is kept with your name").wait_for()
    page.goto(f"{LIST}?show=looked")
    looks_right(page, f"differences-looked-{name}")
    page.get_by_role("link", name=f"difference {first.pk}").click()
    looks_right(page, f"difference-looked-{name}")
