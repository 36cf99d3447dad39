"""The pages of a deferral in a browser: they fit, are accessible, and need no script."""

import uuid
from datetime import timedelta
from typing import Any

import pytest

from goldenthread.assessment import actions, rules
from goldenthread.assessment.models import Sitting
from goldenthread.catalogue.rules import add_months
from goldenthread.common import clock
from goldenthread.people.models import Role
from tests import factories
from tests import factories_assessment as made
from tests.browser import DESKTOP, PHONE, looks_right
from tests.web.test_assessor_browser import enter

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SIZES = {"desktop": DESKTOP, "phone": PHONE}


@pytest.mark.parametrize("size", SIZES)
def test_pages_of_a_deferral_fit_and_are_accessible(visit: Any, live_server: Any, size: str) -> None:
    now = clock.now()
    olu = factories.member(Role.OFFICE, "Olu Office")
    person = made.ready(to=factories.intake(starts_on=add_months(now.date(), -13)))
    made.window(person.intake, opens_on=now.date() + timedelta(days=5), at=now)
    one = Sitting.objects.get()
    own = enter(visit, live_server, person.user, viewport=SIZES[size])
    own.goto("/my/assessment/adjustments/")
    looks_right(own, f"deferral-ask-{size}")
    asked = actions.request_adjustment(
        enrolment=person, sitting=one, asked=rules.Grant(deferral=True), reason="An operation",
        form_key=str(uuid.uuid4()), by=person.user, at=now,
    )  # fmt: skip
    office = enter(visit, live_server, olu, viewport=SIZES[size])
    office.goto(f"/office/windows/adjustments/{asked.pk}/")
    looks_right(office, f"deferral-decide-{size}")
    office.get_by_label("Approve", exact=True).check()
    office.get_by_role("button", name="Decide and tell them").click()
    office.wait_for_url("**/office/windows/adjustments/")
    for address, name in (
        (f"/office/windows/{one.window_id}/", "window"),
        (f"/office/people/{person.reference}/", "person"),
        (f"/office/windows/adjustments/{asked.pk}/", "decided"),
    ):
        office.goto(address)
        looks_right(office, f"deferral-{name}-{size}")
    own.goto("/my/assessment/")
    looks_right(own, f"deferral-own-{size}")
