"""Register, learning and engagement in a real browser: phone, desktop, and without JavaScript."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from playwright.sync_api import expect

from goldenthread.common import clock
from goldenthread.engagement.models import LedgerEntry
from tests import factories
from tests import factories_teaching as teaching
from tests.browser import DESKTOP, PHONE, SMALL, accessibility_faults, sideways_scroll

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


@pytest.fixture
def now() -> datetime:
    return clock.now()


@pytest.fixture
def amara(now):
    """Somebody in the middle of their programme, with an event today."""
    intake = factories.intake(starts_on=now.date() - timedelta(days=200))
    group = teaching.group(of=intake)
    enrolment = teaching.placed(factories.enrolment(to=intake, school=factories.school()), group)
    teaching.days(group, tuple(now.date() + timedelta(days=days) for days in (-60, 0, 60)))
    return enrolment


@pytest.fixture
def tara(amara, now):
    """Amara's facilitator, tutor and coach in one person, with work to read."""
    group = amara.group_places.get().group
    tara = teaching.staffed(group, "tutor", "Tara Tutor")
    teaching.joins(group, tara, "facilitator")
    teaching.handed_in(amara, at=now - timedelta(days=3))
    teaching.session(teaching.pairing(amara, tara), at=now - timedelta(days=2))
    return tara


def sign_in(visit, live_server, user, **options):
    client = Client()
    client.force_login(user)
    one = visit(**options)
    one.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    return one.page


def test_pages_are_accessible_and_fit_every_screen(visit, live_server, amara, tara) -> None:
    day = amara.group_places.get().group.days.order_by("starts_at")[1]
    pages = {
        amara.user: [
            "/my/", "/my/schedule/", "/my/learning/", "/my/learning/modules/study-1/",
            "/my/learning/tasks/tasks-1/", "/my/learning/tasks/tasks-2/", "/my/engagement/", "/my/coaching/",
        ],
        tara: [
            "/teach/", f"/teach/events/{day.pk}/", f"/teach/events/{day.pk}/register/", "/teach/responses/",
            f"/teach/responses/{amara.task_responses.get().pk}/", "/teach/coaching/",
            f"/teach/coaching/{amara.pairings.get().pk}/",
        ],
    }  # fmt: skip
    faults = []
    for user, addresses in pages.items():
        page = sign_in(visit, live_server, user, viewport=DESKTOP)
        for address in addresses:
            page.set_viewport_size(DESKTOP)
            page.goto(address)
            faults += [f"{address} {fault}" for fault in accessibility_faults(page)]
            for size in (PHONE, SMALL):
                page.set_viewport_size(size)
                faults += [f"{address} at {size['width']}"] * (sideways_scroll(page) > 0)
    assert faults == []


def test_a_register_is_taken_on_a_phone_without_javascript(visit, live_server, amara, tara) -> None:
    page = sign_in(visit, live_server, tara, viewport=PHONE, java_script_enabled=False)
    page.goto("/teach/")
    page.get_by_role("link", name="Take the register").click()
    target = page.get_by_text("Present", exact=True).bounding_box()
    assert target["height"] >= 44
    page.get_by_text("Part", exact=True).click()
    page.get_by_label("Minutes there").fill("240")
    page.get_by_role("button", name="Save the register").click()

    expect(page.get_by_text("The register is saved.")).to_be_visible()
    assert LedgerEntry.objects.get(activity__key="events-2").minutes == 240


def test_a_task_is_written_and_handed_in_without_javascript(visit, live_server, amara) -> None:
    teaching.content(amara)
    page = sign_in(visit, live_server, amara.user, viewport=PHONE, java_script_enabled=False)
    page.goto("/my/learning/tasks/tasks-1/")
    for label in ("Context", "Application", "Evidence"):
        page.get_by_label(label).fill(f"My {label}")
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_text("Draft saved.")).to_be_visible()
    page.get_by_role("button", name="Hand in").click()
    expect(page.get_by_text("With your tutor since")).to_be_visible()


def test_a_figure_unfolds_to_the_evidence_behind_it(visit, live_server, amara, tara) -> None:
    page = sign_in(visit, live_server, amara.user, viewport=PHONE)
    page.goto("/my/engagement/")
    page.get_by_text("Coaching session 1").click()
    expect(page.get_by_text("Recorded by Tara Tutor")).to_be_visible()
