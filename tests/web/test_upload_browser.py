"""A document in pieces in a real browser: cut off, loaded again, gone on with; the page where things stand."""

import random
import re
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from goldenthread.assessment.models import Sitting
from goldenthread.assessment.upload_models import DocumentCheck, Upload
from goldenthread.common import clock, files
from tests import documents
from tests import factories_assessment as made
from tests.browser import DESKTOP, PHONE, looks_right
from tests.web.test_assessor_browser import enter

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def one() -> Any:
    """A sitting that is open now."""
    found, now = made.sitting(), clock.now()
    Sitting.objects.filter(pk=found.pk).update(
        opens_at=now - timedelta(days=2), closes_at=now + timedelta(days=3)
    )
    found.refresh_from_db()
    return found


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A document of several pieces: a picture's worth of bytes that are not words."""
    path, picture = tmp_path / "mine.docx", random.Random(7).randbytes(700_000)
    path.write_bytes(documents.docx(1490, entries={"word/media/image1.png": picture}))
    return path


@pytest.mark.timeout(120)
@pytest.mark.parametrize(("size", "viewport"), [("phone", PHONE), ("desk", DESKTOP)])
def test_an_upload_that_was_cut_off_goes_on_after_loading_the_page_again(
    visit: Any, live_server: Any, one: Any, content: Path, size: str, viewport: Any
) -> None:
    page = enter(visit, live_server, one.enrolment.user, viewport=viewport)
    pieces: list[str] = []

    def some(route: Any) -> None:
        pieces.append(route.request.headers.get("upload-offset", "0"))
        if len(pieces) > 1:
            route.abort()
        else:
            route.continue_()

    page.goto(reverse("participant:script_upload", args=[one.pk]))
    looks_right(page, f"{size}-empty")
    page.route(re.compile(r"/uploads/[0-9a-f-]{36}/$"), some)
    page.locator("input[type=file]").set_input_files(str(content))
    page.get_by_role("button", name="Look at the document").click()
    page.get_by_text("No connection").wait_for()
    looks_right(page, f"{size}-cut-off")
    there = Upload.objects.get().received
    assert 0 < there < Upload.objects.get().size
    page.goto(reverse("participant:script_upload", args=[one.pk]))
    page.unroute(
        re.compile(r"/uploads/[0-9a-f-]{36}/$")
    )  # only now: the page that was left tries again by itself
    page.get_by_text("it goes on from there").wait_for()
    looks_right(page, f"{size}-under-way")
    offsets: list[int] = []
    page.on("request", lambda sent: offsets.append(int(sent.headers.get("upload-offset", -1))))
    page.locator("input[type=file]").set_input_files(str(content))
    page.get_by_role("button", name="Look at the document").click()
    page.get_by_text("1,490 words of 1,500 words").wait_for()
    assert min(offset for offset in offsets if offset >= 0) == there
    looks_right(page, f"{size}-looked-at")
    page.get_by_label("This is my own work").check()
    page.get_by_label("I used no AI").check()
    page.get_by_role("button", name="Hand in this document").click()
    page.get_by_text("We have your script").wait_for()
    looks_right(page, f"{size}-receipt")
    assert one.scripts.get().words == 1490


@pytest.mark.timeout(120)
@pytest.mark.parametrize("script", [True, False], ids=["in pieces", "without a script"])
def test_a_document_is_handed_in_with_one_press(
    visit: Any, live_server: Any, one: Any, content: Path, script: bool
) -> None:
    page = enter(visit, live_server, one.enrolment.user, viewport=PHONE, java_script_enabled=script)
    page.goto(reverse("participant:script_upload", args=[one.pk]))
    page.get_by_text("Hand it in without looking at it first").click()
    if script:
        looks_right(page, "at-once")
    page.locator("input[type=file]").set_input_files(str(content))
    page.get_by_role("button", name="Hand it in now").click()
    page.get_by_text("There is a problem").wait_for()
    assert not one.scripts.exists()
    if script:  # the page still stands, with the reason above the form
        page.get_by_label("This is my own work").check()
        page.get_by_label("I used no AI").check()
        page.get_by_role("button", name="Hand it in now").click()
    else:
        page.get_by_label("This is my own work").check()
        page.get_by_label("I used no AI").check()
        page.get_by_role("button", name="Hand in this document").click()
    page.get_by_text("We have your script").wait_for()
    assert one.scripts.get().words == 1490


@pytest.mark.timeout(120)
@pytest.mark.parametrize(("size", "viewport"), [("phone", PHONE), ("desk", DESKTOP)])
def test_the_offices_pages_of_documents_are_sound(
    visit: Any, live_server: Any, one: Any, settings: Any, size: str, viewport: Any
) -> None:
    settings.CLAMD, settings.TRUST_UNSCANNED = "", False
    script = made.script(one, at=clock.now())
    stored = files.store(BytesIO(b"Mine."), kind="txt", at=clock.now(), size_limit=100)
    type(script).objects.filter(pk=script.pk).update(file=stored, file_name="mine.txt")
    check = DocumentCheck.objects.create(file=stored, state="found", handed_in_at=clock.now(), said="Eicar")
    office = enter(visit, live_server, made.office(), viewport=viewport)
    for name, args in (("documents", []), ("document", [check.pk])):
        office.goto(reverse(f"office:{name}", args=args))
        looks_right(office, f"{size}-office-{name}")
    office.goto(reverse("office:documents") + "?show=late")
    looks_right(office, f"{size}-office-late")
