"""The new pages of office, school and visitors in a real browser, wide and narrow."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from goldenthread.applications.models import Enrolment
from goldenthread.common import outbox
from goldenthread.enquiries import queries
from goldenthread.enquiries.actions import interest
from goldenthread.enquiries.actions.prospects import Who
from goldenthread.people import aliases
from goldenthread.people.models import Membership
from goldenthread.support import jobs
from tests import factories
from tests.browser import DESKTOP, PHONE, accessibility_faults, sideways_scroll
from tests.enquiries import factories as made
from tests.factories_web import Cast, cast
from tests.web.test_assessor_browser import enter

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
FIRST = datetime(2025, 3, 1, 12, tzinfo=UTC)
ENGLAND = "npqlt-reformed-england"


@pytest.fixture
def people() -> Cast:
    factories.load_catalogue()
    found = cast()
    Enrolment.objects.update(starts_on=date(2025, 1, 6))
    Membership.objects.update(starts_on=date(2018, 1, 1))
    found.amara.plan.filter(lane="self-directed").update(due_on=date(2025, 2, 20))
    jobs.send_updates(FIRST)
    outbox.deliver_due(at=FIRST)
    names = [
        aliases.Row(name) for name in ("School-Led Network", "School-Lead Network", "School Led Network")
    ]
    aliases.import_organisations(names, by=None, at=FIRST)
    return found


def fits(page: Any, name: str) -> None:
    assert (sideways_scroll(page), accessibility_faults(page)) == (0, []), name


@pytest.mark.parametrize("size", [PHONE, DESKTOP])
def test_the_offices_new_pages_fit_and_are_accessible(
    visit: Any, live_server: Any, people: Cast, size: dict[str, int]
) -> None:
    one = made.ask("How long does the HLTA take?")
    network = factories.organisation("School-Led Network")
    page = enter(visit, live_server, people.office, viewport=size)
    for name, arguments in (
        ("updates", []),
        ("person_updates", [people.amara.reference]),
        ("promises", []),
        ("promise_version", [ENGLAND]),
        ("promise", [ENGLAND, 6]),
        ("answering_targets", []),
        ("organisation", [network.pk]),
        ("enquiry", [one.reference]),
        ("prospect_correct", [one.prospect_id]),
    ):
        page.goto(reverse(f"office:{name}", args=arguments))
        fits(page, name)
    page.goto(reverse("office:enquiries") + "?state=other")
    expect(page.locator("main")).to_contain_text("HLTA (other provision)")
    fits(page, "other")


@pytest.mark.parametrize("size", [PHONE, DESKTOP])
def test_the_school_reads_what_it_was_told(
    visit: Any, live_server: Any, people: Cast, size: dict[str, int]
) -> None:
    page = enter(visit, live_server, people.head, viewport=size)
    page.goto(reverse("school:updates"))
    expect(page.locator("details summary", has_text="10 overdue")).to_be_visible()
    fits(page, "school")


def test_a_visitor_confirms_by_the_link(visit: Any, live_server: Any, people: Cast) -> None:
    (one,) = interest.register(
        programmes=[made.programme()], who=Who("Amara", "amara@example.org"), consent=True, at=FIRST
    )
    page = visit(viewport=PHONE).page
    token = queries.confirm_token(one.prospect, ["NPQLT"])
    page.goto(reverse("public:interest_confirm", args=[token]))
    fits(page, "confirm")
    page.get_by_role("button", name="Confirm my interest").click()
    expect(page.locator("main")).to_contain_text("Your interest is confirmed")
    fits(page, "confirmed")
    one.refresh_from_db()
    assert one.confirmed_at is not None
