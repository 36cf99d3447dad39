"""A marker hands scripts back on a page of their own; the office gives what somebody has to others on another."""

from datetime import timedelta
from typing import Any

import pytest

from goldenthread.assessment.models import Window
from goldenthread.common import clock
from goldenthread.common.mail import render
from goldenthread.common.models import OutboxMessage
from goldenthread.marking import actions, capacity, handing_queries, jobs
from goldenthread.marking.capacity_rules import Away
from goldenthread.marking.handing_models import HandedBack
from goldenthread.marking.models import Marking
from goldenthread.people.models import User
from tests import factories_marking as make
from tests.factories_web import client_of, queries_of, text_of

pytestmark = pytest.mark.django_db
AT = make.CLOSED
PAGE = "/mark/hand-back/"


@pytest.fixture(autouse=True)
def _now(monkeypatch: Any) -> None:
    monkeypatch.setattr(clock, "now", lambda: AT)


@pytest.fixture
def window() -> Window:
    return make.window()


def allot(window: Window, scripts: int = 6, markers: int = 3) -> list[User]:
    found = make.markers(markers)
    for _ in range(scripts):
        make.sitting(window)
    actions.allocate_window(window=window, by=window.created_by, at=AT)
    return found


def open_of(marker: User) -> list[Marking]:
    return list(handing_queries.open_of(marker))


def test_marker_hands_chosen_scripts_back_and_then_the_rest(window: Window) -> None:
    ben, *_ = allot(window)
    client, mine = client_of(ben), open_of(ben)
    assert PAGE in client.get("/mark/").content.decode()
    assert f"{PAGE}?script={mine[0].code}" in client.get(f"/mark/{mine[0].pk}/").content.decode()
    shown = client.get(f"{PAGE}?script={mine[0].code}").content.decode()
    assert all(one.code in shown for one in mine)
    assert shown.count("checked") == 2  # the script, and "those I choose"
    chosen = [str(one.pk) for one in mine[:2]]
    for _ in range(2):  # a second press changes nothing
        answer = client.post(PAGE, {"which": "some", "scripts": chosen, "reason": "Ill."}, follow=True)
        assert "2 scripts are out of your queue" in text_of(answer)
    assert [one.pk for one in open_of(ben)] == [one.pk for one in mine[2:]]
    client.post(PAGE, {"which": "all", "reason": "Ill."})
    assert open_of(ben) == []
    answer = client.post(PAGE, {"which": "all", "reason": "Ill."}, follow=True)  # a second press
    assert "There was nothing to hand back" in text_of(answer)
    assert "Nothing to hand back" in text_of(client.get(PAGE))
    assert HandedBack.objects.filter(by=ben).count() == len(mine)


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"which": "some", "reason": "Ill."}, "Choose the scripts to hand back."),
        ({"which": "all", "reason": ""}, "Say why; it stays in the record."),
        ({"which": "some", "scripts": ["999999"], "reason": "Ill."}, "not in your queue any more"),
        ({"which": "some", "scripts": ["x"], "reason": "Ill."}, "x"),
        ({"reason": "Ill."}, "Choose whether you hand some or all back."),
    ],
)
def test_what_is_missing_is_said_and_what_was_typed_stays(
    window: Window, sent: dict[str, Any], words: str
) -> None:
    ben, *_ = allot(window)
    answer = client_of(ben).post(PAGE, sent)
    assert answer.status_code == 422
    assert words in text_of(answer)
    assert ("Ill." in answer.content.decode()) == bool(sent["reason"])
    assert not HandedBack.objects.exists()


def test_who_is_no_marker_has_no_such_page_and_an_old_page_of_a_script_says_what_became_of_it(
    window: Window,
) -> None:
    ben, bea, *_ = allot(window, 4, 4)
    assert client_of(window.created_by).get(PAGE).status_code == 404
    mine, given = open_of(ben)[0], open_of(bea)[0]
    client_of(ben).post(PAGE, {"which": "some", "scripts": [mine.pk], "reason": "Ill."})
    address = f"/office/windows/{window.pk}/marking/markers/{bea.pk}/give/"
    client_of(window.created_by).post(address, {"reason": "Away."})
    said = text_of(client_of(ben).get(f"/mark/{mine.pk}/", follow=True))
    assert f"You handed {mine.code} back on" in said
    said = text_of(client_of(bea).get(f"/mark/{given.pk}/", follow=True))
    assert f"The programme office gave {given.code} to somebody else on" in said
    assert client_of(bea).get(f"/mark/{mine.pk}/").status_code == 404


def test_office_gives_scripts_to_others_and_reads_what_left_a_queue(window: Window) -> None:
    ben, *_ = allot(window)
    had, office = open_of(ben), client_of(window.created_by)
    marking = f"/office/windows/{window.pk}/marking/"
    address = f"{marking}markers/{ben.pk}/give/"
    assert address in office.get(marking).content.decode()
    shown = text_of(office.get(address))
    assert all(one.code in shown for one in had)
    assert office.post(address, {"reason": ""}).status_code == 422
    answer = office.post(address, {"reason": "On leave from Monday."}, follow=True)
    assert f"{len(had)} scripts of {ben} went to other markers." in text_of(answer)
    listed = text_of(office.get(f"{marking}?show=handed"))
    assert listed.count("On leave from Monday.") == len(had)
    assert "has no script of this window" in text_of(office.get(address))
    assert "hasn't" not in text_of(office.post(address, {"reason": "Again."}, follow=True))
    for one in (ben, make.markers(1)[0]):
        assert client_of(one).get(address).status_code == 404
    assert office.get(f"{marking}markers/{window.created_by_id}/give/").status_code == 404


def test_office_reads_that_scripts_stay_where_nobody_else_may_have_them(window: Window) -> None:
    ben, _ = allot(window, 2, 2)
    address = f"/office/windows/{window.pk}/marking/markers/{ben.pk}/give/"
    answer = client_of(window.created_by).post(address, {"reason": "Away."}, follow=True)
    assert f"2 scripts stay with {ben}: nobody else may have it now." in text_of(answer)
    assert len(open_of(ben)) == 2


def test_reason_names_the_author_after_the_release_alone(window: Window) -> None:
    ben, *_ = allot(window)
    mine = open_of(ben)[0]
    name = mine.script.sitting.enrolment.user.name
    said = {"which": "some", "scripts": [mine.pk], "reason": f"I know {name} from school."}
    client_of(ben).post(PAGE, said)
    office, address = client_of(window.created_by), f"/office/windows/{window.pk}/marking/?show=handed"
    assert "I know [covered] from school." in text_of(office.get(address))
    Window.objects.update(state="released")
    assert f"I know {name} from school." in text_of(office.get(address))


def test_who_is_away_is_marked_on_the_page_and_counted_on_the_desk(window: Window) -> None:
    ben, *_ = allot(window)
    office, day = client_of(window.created_by), AT.date()
    words = "with somebody who is away when due"
    for last in (5, 15):
        assert words not in text_of(office.get("/office/"))
        capacity.add_absence(marker=ben, away=Away(day, day + timedelta(days=last)), by=ben, at=AT)
    desk = text_of(office.get("/office/"))
    assert f"{len(open_of(ben))} markings of NPQLT September 2024 {words}" in desk
    assert "Away until" in text_of(office.get(f"/office/windows/{window.pk}/marking/"))
    shown = text_of(client_of(ben).get("/mark/availability/"))
    assert f"{len(open_of(ben))} scripts are still yours to mark" in shown
    client_of(ben).post(PAGE, {"which": "all", "reason": "Away."})
    assert words not in text_of(office.get("/office/"))


def test_mails_name_what_is_still_theirs_and_what_went(window: Window) -> None:
    ben, *_ = allot(window)
    codes, day = [one.code for one in open_of(ben)], AT.date()
    capacity.add_absence(marker=ben, away=Away(day, day + timedelta(days=3)), by=ben, at=AT)
    jobs.tell_of_absences(AT)
    mail = render(OutboxMessage.objects.get(payload__template="marking_away"))
    assert mail.subject == f"{len(codes)} scripts are still yours while you are away"
    assert all(code in mail.text and code in mail.html for code in codes)
    assert PAGE in mail.text
    address = f"/office/windows/{window.pk}/marking/markers/{ben.pk}/give/"
    client_of(window.created_by).post(address, {"reason": "Away."})
    mail = render(OutboxMessage.objects.get(payload__template="marking_given_on"))
    assert mail.subject == f"{len(codes)} of your scripts went to other markers"
    assert not any(code in mail.text for code in codes)


def test_pages_ask_no_more_of_the_database_with_many_scripts(window: Window) -> None:
    ben, *_ = allot(window, 2, 3)
    pages = [
        (ben, PAGE),
        (ben, "/mark/availability/"),
        (window.created_by, f"/office/windows/{window.pk}/marking/"),
        (window.created_by, f"/office/windows/{window.pk}/marking/?show=handed"),
        (window.created_by, f"/office/windows/{window.pk}/marking/markers/{ben.pk}/give/"),
    ]
    client_of(ben).post(PAGE, {"which": "some", "scripts": [open_of(ben)[0].pk], "reason": "Ill."})
    before = [queries_of(*page) for page in pages]
    for _ in range(8):
        make.sitting(window)
    actions.allocate_window(window=window, by=window.created_by, at=AT)
    client_of(ben).post(
        PAGE, {"which": "some", "scripts": [one.pk for one in open_of(ben)[:3]], "reason": "Ill."}
    )
    assert [queries_of(*page) for page in pages] == before
    assert max(before) <= 12, before
