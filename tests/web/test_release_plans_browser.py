"""Planning a release in a browser: the form on the page of results, the plan, one that was stopped, held results."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from goldenthread.awards.jobs import release_planned
from goldenthread.common import clock
from goldenthread.integrity import actions as integrity
from goldenthread.integrity.models import Flag
from goldenthread.outcomes.models import PlannedRelease
from goldenthread.people.models import Role
from tests import factories
from tests.browser import DESKTOP, PHONE, looks_right
from tests.integrity.test_actions import AT, compare, office, ready
from tests.outcomes.test_beforehand import SHORT, credit, moderated

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_release_is_planned_and_a_stopped_one_is_told(visit: Any, size: dict[str, int]) -> None:
    name = f"{size['width']}"
    window, (person,) = moderated(SHORT)
    opened = visit(viewport=size)
    opened.sign_in(factories.member(Role.OFFICE, "Olu Office"))
    page = opened.page
    page.goto(reverse("office:outcomes", args=[window.pk]))
    page.get_by_text("Release them later").click()
    page.get_by_label("Day").fill((clock.now() + timedelta(days=2)).date().isoformat())
    looks_right(page, f"release-later-{name}")
    page.get_by_role("button", name="Plan the release").click()
    page.get_by_text("Say at what time").first.wait_for()
    page.get_by_label("Time").fill("09:00")
    looks_right(page, f"release-fault-{name}")
    page.get_by_role("button", name="Plan the release").click()
    page.get_by_text("The release is planned for").wait_for()
    looks_right(page, f"release-planned-{name}")
    credit(person)
    release_planned(PlannedRelease.objects.get().at)
    page.reload()
    page.get_by_text("did not happen").first.wait_for()
    looks_right(page, f"release-stopped-{name}")
    page.goto(reverse("office:desk"))
    looks_right(page, f"release-desk-{name}")


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_held_results_are_looked_at_and_released(visit: Any, size: dict[str, int]) -> None:
    window, _ = ready()
    compare(window)
    opened = visit(viewport=size)
    opened.sign_in(office())
    page = opened.page
    page.goto(reverse("office:outcomes", args=[window.pk]))
    page.get_by_text("Release the results").click()
    page.get_by_role("button", name="Yes, release all").click()
    page.get_by_text("results held").wait_for()
    integrity.answer_flag(flag=Flag.objects.get(), reason="A plan.", by=office(), at=AT)
    page.reload()
    looks_right(page, f"held-to-see-{size['width']}")
    page.get_by_role("link", name="Look at them").click()
    looks_right(page, f"held-before-{size['width']}")
    page.get_by_text("Release 2 results that were held").click()
    page.get_by_role("button", name="Yes, release them").click()
    page.get_by_text("2 results are released").wait_for()
