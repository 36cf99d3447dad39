"""Study units and their office pages in a real browser: accessible, and no wider than a phone."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse

from goldenthread.catalogue.models import Evidence
from goldenthread.common import clock
from goldenthread.learning import actions as learning
from goldenthread.learning import unit_editing
from goldenthread.people.models import Role
from tests import factories
from tests import factories_teaching as teaching
from tests.browser import DESKTOP, PHONE, SMALL, accessibility_faults, sideways_scroll
from tests.factories_teaching import unit_text
from tests.web.test_teaching_browser import sign_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
LONG = (
    "**Look** for three things:\n\n- what adults do\n- what pupils say\n- what a visitor would see\n\n"
    + "Words. " * 60
)


@pytest.fixture
def now() -> datetime:
    return clock.now()


@pytest.fixture
def amara(now):
    intake = factories.intake(starts_on=now.date() - timedelta(days=200))
    school = factories.school(phase="Primary")
    return factories.enrolment(to=intake, school=school, at=now - timedelta(days=220))


@pytest.fixture
def addresses(amara, now) -> dict[Any, list[str]]:
    """What each person looks at: everything that a unit can show is there."""
    module, task = teaching.module(amara), teaching.task(amara)
    long_ago, lately = now.date() - timedelta(days=210), now.date() - timedelta(days=5)
    for phase in ("primary", "secondary", "special"):
        unit_text(module, on=long_ago, text=LONG, phase=phase)
    learning.complete_module(
        module=module, enrolment=amara, reflection="I shall look.", by=amara.user, at=now - timedelta(days=40)
    )
    teaching.handed_in(amara, at=now - timedelta(days=40))
    note = "The guidance on keeping children safe has changed, and with it the second question."
    for unit in (module, task):
        unit_text(unit, on=lately, text=LONG, change_note=note)
    unit_text(module, on=lately, text=LONG, context="locality", locality="Dubai")
    writer = factories.member(Role.OFFICE, "Wes Writer")
    said = {
        "context": "england", "locality": "", "phase": "", "parts": {"purpose": "Why", "brief": LONG},
        "reason": "national", "change_note": note, "effective_from": now.date() + timedelta(days=9),
        "review_by": now.date() + timedelta(days=20),
    }  # fmt: skip
    draft = unit_editing.start_draft(unit=task, said=said, by=writer, at=now)
    unit_editing.tag_task(task=task, chosen=["cognition", "physical"], by=writer, at=now)
    link = "https://example.org/a/long/way/to/a/page/that/is/not/there/any/more/2019-10-08.pdf"
    source = Evidence.objects.create(
        author="A", title="T", kind="study", country="uk", link=link, link_fault="404, not found"
    )
    of = {"kind": "task", "unit_id": task.pk}
    return {
        amara.user: ["/my/", "/my/learning/", "/my/learning/modules/study-1/", "/my/learning/tasks/tasks-1/"],
        factories.member(Role.OFFICE, "Rita Reviewer"): [
            reverse("office:units", args=[amara.version.key]),
            reverse("office:unit", args=["module", module.pk]),
            reverse("office:unit", kwargs=of),
            reverse("office:unit_write", kwargs=of),
            reverse("office:unit_write", kwargs=of) + "?as=example",
            reverse("office:unit_text", kwargs={**of, "text_id": draft.pk}),
            reverse("office:needs"),
            reverse("office:framework_review"),
            reverse("office:broken_links"),
            reverse("office:evidence_areas", args=[source.pk]),
        ],
    }


def test_pages_of_units_are_accessible_and_fit_every_screen(visit, live_server, addresses) -> None:
    faults = []
    for user, pages in addresses.items():
        page = sign_in(visit, live_server, user, viewport=DESKTOP)
        for address in pages:
            page.set_viewport_size(DESKTOP)
            page.goto(address)
            faults += [f"{address}: {fault}" for fault in accessibility_faults(page)]
            for size in (PHONE, SMALL):
                page.set_viewport_size(size)
                if sideways_scroll(page):
                    faults.append(f"{address}: scrolls sideways at {size['width']}")
    assert faults == []
