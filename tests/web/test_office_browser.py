"""The office's long lists in a real browser: filters fold on a phone, and header and page share their edges."""

from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from goldenthread.people.models import Role
from tests import factories
from tests.browser import DESKTOP, PHONE, accessibility_faults, sideways_scroll
from tests.web.test_assessor_browser import enter

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LISTS = ["office:enrolments", "office:engagement", "office:messages", "office:intakes", "office:staff"]
WIDE = {"width": 1900, "height": 900}
EDGES = """() => ['.gt-header-bar', '.gt-main', '.gt-footer-inner'].map(part => {
    const box = document.querySelector(part), style = getComputedStyle(box);
    return Math.round(box.getBoundingClientRect().left + parseFloat(style.paddingLeft));
})"""


@pytest.fixture
def office() -> Any:
    factories.load_catalogue()
    office = factories.member(Role.OFFICE, "Olu Office")
    factories.enrolment("Amara Applicant", by=office)
    return office


def test_on_a_phone_filters_are_folded_and_results_come_first(
    visit: Any, live_server: Any, office: Any
) -> None:
    page = enter(visit, live_server, office, viewport=PHONE)
    for name in LISTS:
        page.goto(reverse(name))
        assert page.locator(".gt-filter").is_hidden(), name
        summary = page.locator(".gt-fold > summary")
        assert "Search and filter" in summary.inner_text()
        assert summary.bounding_box()["height"] >= 44
        summary.press("Enter")
        expect(page.locator(".gt-filter")).to_be_visible()
        assert (sideways_scroll(page), accessibility_faults(page)) == (0, []), name
    page.goto(reverse("office:enrolments") + "?q=amara")
    assert "in use" in page.locator(".gt-fold > summary").inner_text()
    expect(page.get_by_role("link", name="Amara Applicant")).to_be_visible()


def test_on_a_desktop_filters_stand_open(visit: Any, live_server: Any, office: Any) -> None:
    page = enter(visit, live_server, office, viewport=DESKTOP)
    for name in LISTS:
        page.goto(reverse(name))
        expect(page.locator(".gt-filter")).to_be_visible()
        assert page.locator(".gt-fold > summary").is_hidden(), name
    page.goto(reverse("office:enrolments"))
    page.locator(".gt-filter [type=search]").fill("nobody")
    page.locator(".gt-filter button[type=submit]").first.click()
    expect(page.locator("main")).to_contain_text("Nobody fits these filters")


def test_header_page_and_footer_begin_at_one_edge_on_every_page(
    visit: Any, live_server: Any, office: Any
) -> None:
    """Wide lists, forms and the first page alike: nothing moves sideways from page to page."""
    pages = (
        "office:desk",
        "office:windows",
        "office:window_new",
        "office:staff_add",
        "office:catalogue",
        *LISTS,
    )
    for size in (DESKTOP, WIDE):
        page = enter(visit, live_server, office, viewport=size)
        edges = {}
        for name in pages:
            page.goto(reverse(name))
            edges[name] = tuple(page.evaluate(EDGES))
        assert len({edge for found in edges.values() for edge in found}) == 1, (size, edges)
