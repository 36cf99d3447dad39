"""What a plan lets somebody do and when, and what its dates and states say."""

import re
from datetime import UTC, date, datetime
from html import unescape
from typing import Any

import pytest
import time_machine
from django.test import Client

from goldenthread.applications.models import Enrolment
from goldenthread.common.days import day_text
from goldenthread.engagement.models import LedgerEntry
from goldenthread.events import actions as events
from goldenthread.events.rules import Entry
from goldenthread.learning import actions as learning
from goldenthread.learning.models import ModuleCompletion, TaskFeedback, TaskResponse
from tests import factories
from tests import factories_teaching as teaching
from tests.factories import AT
from tests.factories_teaching import WORK

pytestmark = pytest.mark.django_db
NOVEMBER = datetime(2024, 11, 27, 12, 0, tzinfo=UTC)
OPENED = ("modules/study-1", "tasks/tasks-1")


@pytest.fixture
def amara() -> Enrolment:
    return teaching.placed(factories.enrolment(), teaching.group())


@pytest.fixture
def femi(amara: Enrolment) -> Any:
    return teaching.staffed(amara.group_places.get().group)


@pytest.fixture
def mine(client: Client, amara: Enrolment) -> Client:
    client.force_login(amara.user)
    return client


@pytest.fixture(autouse=True)
def _in_november() -> Any:
    with time_machine.travel(NOVEMBER, tick=False):
        yield


def text_of(client: Client, address: str) -> str:
    response = client.get(f"/my/{address}")
    assert response.status_code == 200
    return unescape(" ".join(response.content.decode().split()))


def post_work(client: Client, revision: int = 0, **fields: str) -> Any:
    return client.post("/my/learning/tasks/tasks-1/", {**WORK.__dict__, "revision": revision, **fields})


def test_before_the_first_day_nothing_can_be_finished_and_the_pages_say_when(mine, amara) -> None:
    teaching.content(amara)
    first = "Mon 2 Dec 2024"
    Enrolment.objects.filter(pk=amara.pk).update(starts_on=date(2024, 12, 2))

    home, module, task = (text_of(mine, page) for page in ("", *(f"learning/{p}/" for p in OPENED)))
    assert f'<span class="gt-next-date">{first}</span>' in home
    assert "Your programme begins" in home
    assert f"Opens {first}" in text_of(mine, "learning/")
    assert f"This module opens on {first}" in module
    assert "Finish this module" not in module
    assert f"You can hand in from {first}" in task
    assert "Hand in to your tutor" not in task

    refused = mine.post("/my/learning/modules/study-1/", {"reflection": "Early bird."})
    assert refused.status_code == 422
    assert f"Your programme begins on {first}" in refused.content.decode()
    assert "Early bird." in refused.content.decode()
    assert post_work(mine, hand_in="1").status_code == 422
    assert not LedgerEntry.objects.exists()
    assert TaskResponse.objects.get().state == "draft"  # what was written is kept

    with time_machine.travel(datetime(2024, 12, 2, 0, 0, tzinfo=UTC), tick=False):
        assert post_work(mine, revision=1, hand_in="1").status_code == 302
        mine.post("/my/learning/modules/study-1/", {"reflection": "Early bird."})
    assert ModuleCompletion.objects.count() == 1


def test_work_can_be_taken_back_until_the_tutor_has_decided(mine, amara) -> None:
    tara = teaching.staffed(amara.group_places.get().group, "tutor", "Tara Tutor")
    teaching.content(amara)
    page = "learning/tasks/tasks-1/"
    assert "You can take it back to change it until they decide" in text_of(mine, page)
    response = teaching.handed_in(amara)
    assert "Take it back" in text_of(mine, page)

    back = mine.post(f"/my/{page}take-back/", follow=True).content.decode()
    assert "The work is yours again" in back
    assert "Hand in to your tutor" in back
    assert WORK.evidence in back
    assert TaskResponse.objects.get().state == "draft"

    response = teaching.handed_in(amara)
    learning.decide(
        response=response, accept=True, strength="Clear", next_step="Measure", revision=response.revision,
        by=tara, at=AT,
    )  # fmt: skip
    late = mine.post(f"/my/{page}take-back/", follow=True).content.decode()
    assert "This work is accepted. Nothing more needs to be done." in late
    assert TaskResponse.objects.get().state == "accepted"


def test_nobody_takes_back_what_is_not_theirs(amara) -> None:
    teaching.handed_in(amara)
    stranger = Client()
    stranger.force_login(factories.enrolment("Bilal Next").user)
    assert stranger.post("/my/learning/tasks/tasks-1/take-back/").status_code == 302
    assert TaskResponse.objects.get().state == "handed_in"


def test_a_past_event_without_a_register_says_what_happens_and_whom_to_ask(mine, amara, femi) -> None:
    days = teaching.days(
        amara.group_places.get().group, (date(2024, 11, 18), date(2025, 3, 3), date(2025, 6, 2))
    )
    page = text_of(mine, "schedule/")
    assert "Register still open" in page
    assert "You have nothing to do" in page
    assert f'<a href="mailto:{femi.email}">Femi Facilitator</a>' in page
    assert "ot recorded" not in page
    rests_on = (
        "It was on Mon 18 Nov 2024; your hours are credited when your facilitator has taken the register."
    )
    assert rests_on in text_of(mine, "engagement/")

    events.take_register(day=days[0], entries=[Entry(amara.pk, "absent")], by=femi, at=days[0].ends_at)
    page = text_of(mine, "schedule/")
    assert "Register still open" not in page
    assert "The register says that you were not there." in page


def test_an_event_without_a_group_is_around_its_day_and_one_with_a_group_is_on_it(mine, amara) -> None:
    planned = amara.plan.filter(kind="event").earliest("position").due_on
    assert f"around {day_text(planned)}" in text_of(mine, "learning/")
    assert f"around {day_text(planned)}" in text_of(mine, "schedule/")
    assert "(date to be confirmed)" in mine.get("/my/schedule/calendar.ics").content.decode()
    teaching.days(amara.group_places.get().group)
    page = text_of(mine, "learning/")
    assert f"on {day_text(teaching.DAYS[0])}" in page
    assert "around" not in page
    amara.group_places.update(until=AT)
    amara.plan.filter(kind="event").update(starts_at=None, due_on=date(2024, 11, 4))
    lost = text_of(mine, "schedule/")
    assert "you have no group, and so no date for it. Ask" in lost


def test_a_coaching_session_that_was_not_held_is_not_called_overdue(mine, amara) -> None:
    amara.plan.filter(kind="coaching").update(due_on=date(2024, 11, 4))
    for page in ("learning/", "schedule/"):
        shown = text_of(mine, page)
        assert "Not held yet" in shown


def test_hours_are_written_in_one_way_on_the_page_of_engagement(mine, amara) -> None:
    factories.credit_minutes(amara, 1075)  # 17 h 55 min, which is 17.91 h
    page = text_of(mine, "engagement/")
    assert "1 h of 1 h" in page
    assert "min of 32 h" in page
    assert not re.search(r"\d\.\d+ h|\d\.\d+ of", page)


def test_the_thread_calls_the_stages_as_the_programme_does(mine) -> None:
    home = text_of(mine, "")
    assert "Summative assessment" in home
    assert "Final assessment" not in home


def test_feedback_on_work_that_was_taken_back_is_not_lost_and_the_work_is_not_shown(client, amara) -> None:
    tara = teaching.staffed(amara.group_places.get().group, "tutor", "Tara Tutor")
    response = teaching.handed_in(amara)
    learning.take_back(response=response, by=amara.user, at=AT)
    client.force_login(tara)
    address = f"/teach/responses/{response.pk}/"
    assert "Nobody&#x27;s work waits for you" in client.get("/teach/responses/").content.decode()
    sent = client.post(
        address, {"revision": 1, "strength": "You name them.", "next_step": "Count.", "decision": "accept"}
    )
    page = unescape(sent.content.decode())
    assert sent.status_code == 422
    assert "was taken back. Keep a copy" in page
    assert "You name them." in page
    assert WORK.evidence not in page
    assert not TaskFeedback.objects.exists()
