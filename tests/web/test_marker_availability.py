"""What a marker says beforehand, and the office's pages about it."""

import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from goldenthread.coaching.models import Pairing
from goldenthread.common import clock
from goldenthread.common.days import day_text
from goldenthread.marking import actions, jobs
from goldenthread.marking.capacity_models import Absence, Capacity
from goldenthread.marking.conflict_models import Acquaintance, ArisenConflict
from goldenthread.marking.models import Marking, SetAside
from goldenthread.people.models import User
from tests import factories
from tests import factories_marking as make

pytestmark = pytest.mark.django_db
AT = make.CLOSED
DAY = AT.date()
PAGE = "/mark/availability/"


@pytest.fixture(autouse=True)
def _now(monkeypatch: Any) -> None:
    monkeypatch.setattr(clock, "now", lambda: AT)


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_marker_says_how_many_and_when_they_are_away() -> None:
    ben, _ = make.markers(2)
    client = as_(ben)
    assert client.post(PAGE, {"step": "most", "most": "7"}).status_code == 302
    assert Capacity.objects.get().most == 7
    assert "at most" in client.get(PAGE).content.decode()
    first, last = DAY + timedelta(days=3), DAY + timedelta(days=9)
    client.post(PAGE, {"step": "away", "from_on": first.isoformat(), "until_on": last.isoformat()})
    held = Absence.objects.get()
    assert (held.marker, held.from_on, held.until_on) == (ben, first, last)
    assert f"{day_text(first)} to {day_text(last)}" in client.get(PAGE).content.decode()
    back = client.post(PAGE, {"step": "back", "number": str(held.pk)}, follow=True)
    assert "Taken back. You count as here on these days." in back.content.decode()
    held.refresh_from_db()
    assert held.ended_by == ben


def test_a_single_day_is_told_once_on_every_page() -> None:
    window = make.window()
    ben, _ = make.markers(2)
    make.sitting(window)
    actions.allocate_window(window=window, by=window.created_by, at=AT)
    day = DAY + timedelta(days=5)
    as_(ben).post(PAGE, {"step": "away", "from_on": day.isoformat(), "until_on": day.isoformat()})
    pages = [as_(ben).get(PAGE)]
    marking = f"/office/windows/{window.pk}/marking/"
    for page in ("takes/", "pay/", f"markers/{ben.pk}/"):
        pages.append(as_(window.created_by).get(marking + page))
    for page in pages:
        said = page.content.decode()
        assert day_text(day) in said
        assert f"{day_text(day)} to" not in said


def test_what_is_wrong_is_said_at_its_field_and_stays_typed() -> None:
    ben, _ = make.markers(2)
    found = as_(ben).post(PAGE, {"step": "away", "from_on": "2025-10-20", "until_on": "2025-10-16"})
    assert found.status_code == 422
    assert "Choose a last day on or after the first one." in found.content.decode()
    assert "2025-10-20" in found.content.decode()
    assert as_(ben).post(PAGE, {"step": "most", "most": "many"}).status_code == 422


def test_marker_names_somebody_and_the_office_says_who_that_is() -> None:
    window = make.window()
    person = make.sitting(window, name="Rosa Relative").enrolment.user
    ben, _ = make.markers(2)
    said = {
        "step": "named",
        "name": "Rosa Relative",
        "organisation": "Hillside",
        "tie": "relative",
        "note": "",
    }
    assert as_(ben).post(PAGE, {**said, "form_key": str(uuid.uuid4())}).status_code == 302
    made = Acquaintance.objects.get()
    office = as_(window.created_by)
    assert "Rosa Relative" in office.get("/office/markers/named/").content.decode()
    address = f"/office/markers/named/{made.pk}/"
    assert "This person" in office.get(address).content.decode()
    office.post(address, {"step": "person", "number": str(person.pk)})
    assert made.matches.get().person == person
    told = as_(ben).get(PAGE).content.decode()
    assert "Looked at by the office" in told
    assert person.email not in told


def test_office_sets_a_limit_for_one_window_and_reads_it_beside_the_workload() -> None:
    window = make.window()
    ben, _ = make.markers(2)
    office, address = as_(window.created_by), f"/office/windows/{window.pk}/marking/markers/"
    office.post(f"{address}{ben.pk}/", {"step": "most", "most": "3"})
    held = Capacity.objects.get()
    assert (held.window, held.most, held.set_by) == (window, 3, window.created_by)
    away = {"step": "away", "from_on": "2025-11-03", "until_on": "2025-11-07"}
    assert office.post(f"{address}{ben.pk}/", away).status_code == 302
    make.sitting(window)
    actions.allocate_window(window=window, by=window.created_by, at=AT)
    for page in ("takes", "pay"):
        text = office.get(f"/office/windows/{window.pk}/marking/{page}/").content.decode()
        assert (
            'data-label="At most" class="gt-number">3' in text
            or 'data-label="Takes at most" class="gt-number">3' in text
        )
        assert day_text(date(2025, 11, 3)) in text
    stranger = factories.user("Dot Stranger")
    assert office.get(f"{address}{stranger.pk}/").status_code == 404


def _two() -> list[Marking]:
    window = make.window()
    make.markers(2)
    make.sitting(window)
    actions.allocate_window(window=window, by=window.created_by, at=AT)
    return list(Marking.objects.select_related("marker").order_by("position"))


def test_queue_and_script_of_whom_a_conflict_arose_for_show_it_no_more() -> None:
    for page in ("/mark/", None):
        mine = _two()[0] if page else Marking.objects.select_related("marker").get(position=2)
        Pairing.objects.update_or_create(
            enrolment=mine.script.sitting.enrolment, defaults={"coach": mine.marker, "since": AT}
        )
        client, code = as_(mine.marker), mine.script.sitting.code
        assert code not in client.get(page or f"/mark/{mine.pk}/").content.decode()
        assert client.get(f"/mark/{mine.pk}/").status_code == 302
        assert "is not in your queue any more" in client.get("/mark/").content.decode()
        assert ArisenConflict.objects.filter(marker=mine.marker).count() == 1
        assert client.post(f"/mark/{mine.pk}/save/", {}).status_code == 404


def test_office_says_that_marks_count_or_sets_them_aside() -> None:
    first, second = _two()
    for one in (first, second):
        make.submit(one)
    Pairing.objects.create(
        enrolment=first.script.sitting.enrolment, coach=first.marker, since=AT - timedelta(days=9)
    )
    jobs.end_conflicts(AT)
    held, window = ArisenConflict.objects.get(), first.script.sitting.window
    office, address = as_(window.created_by), f"/office/markers/conflicts/{held.pk}/"
    marking = f"/office/windows/{window.pk}/marking/"
    assert "moderation waits for it" in office.get(marking).content.decode()
    listed = office.get(f"{marking}?show=arisen").content.decode()
    assert "To decide" in listed
    assert "Works or worked with the author" in listed
    assert "coaches" not in listed
    assert f"/office/markings/{first.pk}/set-aside/" in office.get(address).content.decode()
    assert office.post(address, {"reason": ""}).status_code == 422
    assert office.post(address, {"reason": "Written down late."}).status_code == 302
    held.refresh_from_db()
    assert (held.ending, held.decided_by) == ("count", window.created_by)
    assert not SetAside.objects.exists()
