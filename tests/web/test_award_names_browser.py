"""Pages about names on awards and appeals against revocations in a real browser, on a phone and on a desktop."""

import os
from pathlib import Path
from typing import Any

import pytest
from time_machine import travel

from tests.appeals.test_revocations import LATER, lodge, revoked
from tests.awards.test_naming import BEFORE, confirm, sat
from tests.awards.test_reissuing import asks, award, propose, reissued
from tests.browser import DESKTOP, PHONE, accessibility_faults, sideways_scroll
from tests.documents import scanned_pdf
from tests.factories_appeals import office
from tests.web.test_assessor_browser import enter

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("catalogue"),
]


def picture(page: Any, name: str) -> None:
    """Keep a page to look at, where that is asked for."""
    if os.environ.get("PICTURES"):
        page.screenshot(path=f"/tmp/pictures/{name}.png", full_page=True)


def look(visit: Any, live_server: Any, person: Any, *paths: str) -> None:
    """Each page keeps within its width, has no fault that axe finds, and no script fails."""
    for size in (PHONE, DESKTOP):
        page = enter(visit, live_server, person, viewport=size)
        for path in paths:
            page.goto(path)
            picture(page, f"{path.strip('/').replace('?', '-').replace('/', '-')}-{size['width']}")
            assert (sideways_scroll(page), accessibility_faults(page)) == (0, []), path


@pytest.fixture(autouse=True)
def _key(settings: Any, tmp_path: Path) -> None:
    settings.BADGE_KEY, settings.BADGE_KEY_FILE = "", tmp_path / "badge-key"


def test_the_name_is_confirmed_on_any_screen(visit: Any, live_server: Any) -> None:
    sitting = sat("Amara Applicant")
    with travel(BEFORE):
        look(visit, live_server, sitting.enrolment.user, "/my/", "/my/assessment/name/")


def test_a_name_without_a_font_is_told_on_any_screen(visit: Any, live_server: Any) -> None:
    sitting = sat("Amara Applicant")
    with travel(BEFORE):
        confirm(sitting, "\U00014400 Applicant")
        look(visit, live_server, sitting.enrolment.user, "/my/assessment/name/?no=font")
        look(visit, live_server, office(), "/office/?no=font")


@pytest.mark.parametrize("size", [PHONE, DESKTOP])
def test_a_document_that_shows_the_name_is_added_and_found(
    visit: Any, live_server: Any, settings: Any, tmp_path: Path, size: Any
) -> None:
    settings.CLAMD, settings.TRUST_UNSCANNED = "", True
    held, deed = award(), tmp_path / "deed of change of name.pdf"
    deed.write_bytes(scanned_pdf())
    page = enter(visit, live_server, held.outcome.enrolment.user, viewport=size)
    page.goto("/my/award/name/")
    assert (sideways_scroll(page), accessibility_faults(page)) == (0, [])
    picture(page, f"award-name-empty-{size['width']}")
    page.get_by_label("Your name on the certificate").fill("Amara Bell")
    page.get_by_label("What is wrong?").fill("My name has changed.")
    page.get_by_label("A document that shows it").set_input_files(deed)
    page.get_by_role("button", name="Ask for the right name").click()
    page.get_by_text("deed of change of name.pdf").wait_for()
    assert (sideways_scroll(page), accessibility_faults(page)) == (0, [])
    picture(page, f"award-name-document-{size['width']}")
    address = f"/office/people/{held.outcome.enrolment.reference}/awards/{held.code}/name/"
    theirs = enter(visit, live_server, office(), viewport=size)
    theirs.goto(address)
    assert (sideways_scroll(theirs), accessibility_faults(theirs)) == (0, [])
    picture(theirs, f"office-name-document-{size['width']}")
    with theirs.expect_download() as loading:
        theirs.get_by_role("link", name="deed of change of name.pdf").click()
    assert Path(loading.value.path()).read_bytes() == deed.read_bytes()


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
