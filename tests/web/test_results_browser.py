"""What is told of results, in a real browser, wide and narrow: which counts, which is held, whose plan is missing."""

from typing import Any

import pytest
from django.urls import reverse

from goldenthread.support.models import PlanContact, PlanItem, SupportPlan
from tests import factories
from tests.browser import DESKTOP, PHONE, looks_right
from tests.outcomes import test_which_attempt as scene
from tests.outcomes.test_further_window import person
from tests.web.test_assessor_browser import enter

LONG_WORD = (
    "https://example.org/" + "a" * 300
)  # an address that somebody pasted breaks, and the page still fits
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(("size", "width"), [(PHONE, "phone"), (DESKTOP, "desktop")])
def test_pages_of_results_and_of_missing_plans_fit_and_are_accessible(
    visit: Any, live_server: Any, size: dict[str, int], width: str
) -> None:
    factories.load_catalogue()
    first, second = scene.two_windows()
    office = enter(visit, live_server, first.created_by, viewport=size)
    plan = SupportPlan.objects.latest("pk")
    assert PlanItem.objects.filter(plan=plan).update(text=f"Read {LONG_WORD}")
    for page, name in (
        (reverse("office:support_plan", args=[plan.pk]), "plan"),
        (reverse("office:person", args=[plan.enrolment.reference]), "person"),
    ):
        office.goto(live_server.url + page)
        looks_right(office, f"{name}-with-a-long-word-{width}")
    for model in (PlanContact, PlanItem, SupportPlan):
        model.objects.all().delete()
    own = enter(visit, live_server, person("Noor Not").user, viewport=size)
    for window, name in ((first, "older"), (second, "counting")):
        own.goto(live_server.url + reverse("participant:result", args=[scene.sitting_of(window)]))
        looks_right(own, f"result-{name}-{width}")
    office.goto(live_server.url + reverse("office:support_plans") + "?show=missing")
    looks_right(office, f"plans-missing-{width}")
    office.get_by_text("Begin 1 plan", exact=True).click()
    looks_right(office, f"plans-missing-open-{width}")
    office.goto(live_server.url + reverse("office:board", args=[second.pk]))
    looks_right(office, f"board-{width}")


@pytest.mark.parametrize("size", [PHONE, DESKTOP])
def test_the_page_of_a_result_that_is_held_fits_and_is_accessible(
    visit: Any, live_server: Any, size: dict[str, int]
) -> None:
    factories.load_catalogue()
    window, _ = scene.held_then_entered()
    own = enter(visit, live_server, person("Mina Held").user, viewport=size)
    own.goto(live_server.url + reverse("participant:result", args=[scene.sitting_of(window, "Mina Held")]))
    looks_right(own, f"result-held-{size['width']}")
