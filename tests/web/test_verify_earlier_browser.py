"""Whoever has an earlier certificate in their hand verifies it in a browser, on a phone and on a desktop."""

from typing import Any

import pytest

from tests.browser import DESKTOP, PHONE, accessibility_faults, sideways_scroll
from tests.web.test_award_names_browser import picture
from tests.web.test_verify_earlier import CODE, earlier

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("size", [PHONE, DESKTOP])
def test_the_page_asks_for_name_and_day_and_then_says_what_is_certified(
    visit: Any, live_server: Any, size: Any
) -> None:
    earlier(CODE)
    page = visit(viewport=size).page

    def fits(name: str) -> None:
        assert (sideways_scroll(page), accessibility_faults(page)) == (0, [])
        picture(page, f"verify-{name}-{size['width']}")

    page.goto("/verify/")
    page.get_by_label("Code on the certificate").fill(CODE.lower())
    page.get_by_role("button", name="Verify", exact=True).click()
    page.get_by_role("heading", name="What else does the certificate say?").wait_for()
    fits("asked")
    page.get_by_label("The holder's whole name").fill("Sian Win")
    page.get_by_role("button", name="Verify", exact=True).click()
    page.get_by_text("Enter the day that stands on the certificate.").first.wait_for()
    page.get_by_label("The day of the award").fill("2025-10-14")
    page.get_by_role("button", name="Verify", exact=True).click()
    page.get_by_role("heading", name="We don't know this certificate").wait_for()
    fits("wrong")
    page.get_by_label("The holder's whole name").fill("Sian Wyn")
    page.get_by_role("button", name="Verify", exact=True).click()
    page.get_by_role("heading", name="This award is valid").wait_for()
    fits("valid")
    assert "Wyn" not in page.url
