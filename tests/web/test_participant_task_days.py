"""The hand-in days of project tasks stand wherever their candidate looks for dates."""

from datetime import UTC, date, datetime
from html import unescape
from typing import Any

import pytest
import time_machine
from django.test import Client

from goldenthread.applications.models import Enrolment
from goldenthread.assessment.project_views import days_ahead
from goldenthread.common import clock
from tests import factories_projects as make
from tests.factories_web import client_of

pytestmark = pytest.mark.django_db
BEFORE = datetime(2019, 4, 1, 9, 0, tzinfo=UTC)
SUMMER = datetime(2019, 7, 22, 9, 0, tzinfo=UTC)
AFTER = datetime(2019, 9, 1, 9, 0, tzinfo=UTC)
DAYS = {"opens_on": date(2019, 5, 1), "closes_on": date(2019, 7, 31)}


@pytest.fixture
def headship() -> Enrolment:
    """A candidate of legacy headship, whose two tasks have their days."""
    found = make.candidate(make.NPQH)
    for task in ("task-1", "task-2"):
        make.days(found.intake, task, **DAYS)
    return found


def text_of(client: Client, address: str) -> str:
    return unescape(" ".join(client.get(f"/my/{address}").content.decode().split()))


def at(instant: datetime) -> Any:
    return time_machine.travel(instant, tick=False)


def test_open_days_stand_on_home_assessment_schedule_and_in_the_calendar(headship: Enrolment) -> None:
    client, titles = client_of(headship.user), [one.title for one in days_ahead(headship, at=SUMMER)]
    assert len(titles) == 2
    until = "midnight at the end of Wed 31 Jul 2019"
    with at(SUMMER):
        home, schedule = text_of(client, ""), text_of(client, "schedule/")
        assessment, file = text_of(client, "assessment/"), text_of(client, "schedule/calendar.ics")
    for title in titles:
        assert f"{title}</a>: Hand in by {until} (UK time)." in home
        assert f"{title} <span" in schedule
        assert f"SUMMARY:Last day to hand in: {title.split(',')[0]}"[:60] in file
    assert assessment.count(f"Hand in by {until}") == 2
    assert "Midnight at the end of Wed 31 Jul 2019" in schedule
    assert file.count("DTSTART;VALUE=DATE:20190731") == 2


def test_days_ahead_and_days_that_are_over(headship: Enrolment) -> None:
    client = client_of(headship.user)
    with at(BEFORE):
        assert "Hand in from Wed 1 May 2019 until" in text_of(client, "")
        assert "Hand in from Wed 1 May 2019 until" in text_of(client, "assessment/")
    with at(AFTER):
        assert "Hand in" not in text_of(client, "")
        assert days_ahead(headship, at=clock.now()) == []


def test_whoever_left_is_told_no_days(headship: Enrolment) -> None:
    headship.withdrawn_at = SUMMER
    assert days_ahead(headship, at=SUMMER) == []


def test_what_was_handed_in_is_said_and_is_not_next(headship: Enrolment) -> None:
    one = make.candidate(make.NPQSL, "Sol Senior")
    make.days(one.intake, "project", **DAYS)
    client = client_of(one.user)
    with at(SUMMER):
        make.planned(one)
        make.hand_in(one, "project", at=SUMMER)
        (days,) = days_ahead(one, at=SUMMER)
        assert days.handed_in
        home = text_of(client, "")
        assert "Handed in; may be replaced until midnight at the end of Wed 31 Jul 2019" in home
        assert f"Hand in “{days.title}”" not in home
        assert "Handed in; may be replaced until midnight at the end of Wed 31 Jul 2019" in text_of(
            client, "assessment/"
        )
