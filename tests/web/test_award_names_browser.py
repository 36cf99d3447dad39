"""Pages about names on awards and appeals against revocations in a real browser, on a phone and on a desktop."""

import os
from pathlib import Path
from typing import Any

import pytest
from time_machine import travel

from tests.appeals.test_revocations import LATER, lodge, revoked
from tests.awards.test_naming import BEFORE, sat
from tests.awards.test_reissuing import asks, award, propose, reissued
from tests.browser import DESKTOP, PHONE, accessibility_faults, sideways_scroll
from tests.factories_appeals import office
from tests.web.test_assessor_browser import enter

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("catalogue"),
]


def look(visit: Any, live_server: Any, person: Any, *paths: str) -> None:
    """Each page keeps within its width, has no fault that axe finds, and no script fails."""
    for size in (PHONE, DESKTOP):
        page = enter(visit, live_server, person, viewport=size)
        for path in paths:
            page.goto(path)
            if os.environ.get("PICTURES"):
                name = f"{path.strip('/').split('?')[0].replace('/', '-')}-{size['width']}.png"
                page.screenshot(path=f"/tmp/pictures/{name}", full_page=True)
            assert (sideways_scroll(page), accessibility_faults(page)) == (0, []), path


@pytest.fixture(autouse=True)
def _key(settings: Any, tmp_path: Path) -> None:
    settings.BADGE_KEY, settings.BADGE_KEY_FILE = "", tmp_path / "badge-key"


def test_the_name_is_confirmed_on_any_screen(visit: Any, live_server: Any) -> None:
    sitting = sat("Amara Applicant")
    with travel(BEFORE):
        look(visit, live_server, sitting.enrolment.user, "/my/", "/my/assessment/name/")


def test_a_wrong_name_is_put_right_on_any_screen(visit: Any, live_server: Any) -> None:
    held = award()
    asks(held)
    address = f"/office/people/{held.outcome.enrolment.reference}/awards/{held.code}/name/"
    look(visit, live_server, held.outcome.enrolment.user, "/my/award/", "/my/award/name/")
    look(visit, live_server, office(), address, "/office/windows/changes/?show=names")
    change = propose(held)
    look(visit, live_server, office("Olga Other"), f"/office/windows/changes/{change.pk}/")


def test_the_former_code_says_so_on_any_screen(visit: Any, live_server: Any) -> None:
    held = award()
    reissued(held)
    look(visit, live_server, held.outcome.enrolment.user, f"/verify/{held.code}/", "/my/award/")
    look(
        visit, live_server, office(), f"/office/people/{held.outcome.enrolment.reference}/", "/office/awards/"
    )


def test_a_revocation_is_appealed_on_any_screen(visit: Any, live_server: Any) -> None:
    held = revoked()
    with travel(LATER):
        look(visit, live_server, held.outcome.enrolment.user, "/my/award/", "/my/award/appeal/")
        made = lodge(held)
        look(visit, live_server, held.outcome.enrolment.user, "/my/award/appeal/?state=lodged")
        pages = (
            "/office/windows/appeals/?show=revocations",
            f"/office/windows/appeals/revocations/{made.pk}/",
        )
        look(visit, live_server, office("Ina Independent"), *pages)
