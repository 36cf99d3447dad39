"""Hand-in days that end after somebody's last useful day: whoever sets, accompanies or hands in is told so, and why."""

import re
from datetime import UTC, date, datetime
from html import unescape
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from goldenthread.assessment.models import Sitting, Window
from goldenthread.common.mail import render
from goldenthread.common.models import OutboxMessage
from goldenthread.outcomes import achieving
from goldenthread.outcomes.models import Extension
from goldenthread.people.models import Organisation, Role
from tests import factories
from tests import factories_projects as make
from tests.factories_web import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S1-34")]
# Who began on 14 January 2019 must have passed by 14 July 2020; six weeks before that is 2 June 2020.
IN_TIME, TOO_LATE = date(2020, 6, 2), date(2020, 6, 3)
SPRING = datetime(2020, 4, 6, 9, 0, tzinfo=UTC)
JUNE = datetime(2020, 6, 3, 9, 0, tzinfo=UTC)
WHY = (
    "The moderated pass must be there by Tue 14 Jul 2020, and marking and moderation take 6 weeks from the end of the "
    "hand-in days."
)
AHEAD = f"Your last useful day is Tue 2 Jun 2020. {WHY} These days end on Wed 3 Jun 2020. However early you hand in"
TITLE = "Your pass may come too late"


def days(intake: Any, closes_on: date, task: str = "project") -> Window:
    with at(SPRING):
        return make.days(intake, task, opens_on=date(2020, 4, 1), closes_on=closes_on, at=SPRING)


def at(instant: datetime) -> Any:
    return time_machine.travel(instant, tick=False)


def text_of(client: Client, address: str, when: datetime = SPRING, status: int = 200) -> str:
    with at(when):
        answer = client.get(address)
    assert answer.status_code == status
    return unescape(" ".join(answer.content.decode().split()))


def test_days_that_end_by_the_last_useful_day_name_it_and_warn_of_nothing() -> None:
    amara = make.candidate()
    days(amara.intake, IN_TIME)
    client = client_of(amara.user)
    page = text_of(client, reverse("participant:project", args=["project"]))
    assert f"<dt>Last useful day</dt><dd>Tue 2 Jun 2020. {WHY}</dd>" in page
    assert TITLE not in page
    for address in ("/my/", "/my/assessment/", "/my/schedule/"):
        assert "last useful day" not in text_of(client, address)


def test_days_that_end_a_day_later_say_so_wherever_their_candidate_reads_them() -> None:
    amara = make.candidate()
    make.planned(amara)
    days(amara.intake, TOO_LATE)
    client = client_of(amara.user)
    for name in ("project", "project_account", "account_upload"):
        page = text_of(client, reverse(f"participant:{name}", args=["project"]))
        assert TITLE in page, name
        assert AHEAD in page, name
        assert "ask the programme office about an extension now." in page
    for address in ("/my/", "/my/assessment/"):
        assert "Your last useful day is Tue 2 Jun 2020: see what to do." in text_of(client, address)
    assert AHEAD in text_of(client, "/my/schedule/")
    achievement = text_of(client, reverse("participant:achievement"))
    assert achievement.count(AHEAD) == 2  # beside the days, and in what warns of the months
    assert "in days that end by then: marking begins once they are over." in achievement
    late = text_of(client, reverse("participant:project", args=["project"]), JUNE)
    assert "Tue 2 Jun 2020 was your last useful day." in late
    assert "Hand in as soon as you can, and ask the programme office about an extension" in late
    assert "without one, a pass after Tue 14 Jul 2020 doesn't count." in late


def test_what_is_handed_in_is_not_asked_for_again_and_an_extension_takes_the_warning_away() -> None:
    amara = make.candidate()
    make.planned(amara)
    days(amara.intake, TOO_LATE)
    with at(SPRING):
        make.hand_in(amara, at=SPRING)
    client, page = client_of(amara.user), reverse("participant:project", args=["project"])

    assert AHEAD in text_of(client, page)  # nothing is marked before the days are over
    late = text_of(client, page, JUNE)
    assert TITLE in late
    assert "Hand in as soon" not in late
    locked = text_of(client, page, datetime(2020, 6, 4, 9, 0, tzinfo=UTC))
    assert TITLE not in locked
    Extension.objects.create(
        enrolment=amara, until=date(2020, 7, 15), reason="Ill.", decided_by=make.office(), decided_at=SPRING
    )
    assert TITLE not in text_of(client, page)


def test_once_the_days_are_over_the_useful_day_alone_is_told() -> None:
    amara = make.candidate()
    days(amara.intake, date(2020, 5, 1))
    client, page = client_of(amara.user), reverse("participant:project", args=["project"])
    assert TITLE not in text_of(client, page, datetime(2020, 5, 20, 9, 0, tzinfo=UTC))
    over = text_of(client, page, JUNE)
    assert "Tue 2 Jun 2020 was your last useful day." in over
    assert "These days end" not in over


def test_both_tasks_of_legacy_headship_say_it() -> None:
    amara = make.candidate(make.NPQH)
    for task in ("task-1", "task-2"):
        days(amara.intake, TOO_LATE, task)
    client = client_of(amara.user)
    for task in ("task-1", "task-2"):
        assert AHEAD in text_of(client, reverse("participant:project", args=[task]))
    assert text_of(client, "/my/assessment/").count("Your last useful day is") == 2


def test_the_school_reads_it_with_the_dates() -> None:
    school = factories.school()
    amara = make.candidate(make.NPQH, school=school)
    window = days(amara.intake, TOO_LATE, "task-1")
    organisation = Organisation.objects.create(name="Hillside School organisation", school=school)
    client = client_of(factories.member(Role.HEAD_TEACHER, of=organisation))
    addresses = (reverse("school:home"), reverse("school:person", args=[amara.reference]))
    for address in addresses:
        said = text_of(client, address)
        assert f"Last useful day to hand in: Tue 2 Jun 2020, before the window closes. {WHY} They ask" in said
    Sitting.objects.filter(window=window).update(closes_at=datetime(2020, 6, 2, 23, tzinfo=UTC))
    for address in addresses:  # midnight in London at the end of that day
        assert "Last useful day" not in text_of(client, address)


def test_the_office_reads_whose_day_it_is_before_it_sets_the_days_and_on_their_page() -> None:
    amara = make.candidate()
    scheme = make.scheme(amara.version, "project")
    client, url = client_of(make.office()), reverse("office:hand_in_days", args=[amara.intake_id, "project"])
    assert "Whoever began with the intake has Tue 2 Jun 2020 as their last useful day." in text_of(
        client, url
    )
    sent = {"opens_on": "2020-04-10", "closes_on": TOO_LATE.isoformat(), "scheme": scheme.pk}
    with at(SPRING):
        warned = client.post(url, sent)
        assert warned.status_code == 422
        assert "after the last useful day of some" in warned.content.decode()
        assert "Amara Applicant</a> (Tue 2 Jun 2020)" in warned.content.decode()
        assert not Window.objects.exists()
        other = client.post(url, {**sent, "closes_on": "2020-06-05", "seen": TOO_LATE.isoformat()})
        assert other.status_code == 422  # what was seen was another day
        assert client.post(url, {**sent, "seen": TOO_LATE.isoformat()}).status_code == 302
    window = Window.objects.get()
    page = text_of(client, reverse("office:hand_in", args=[window.pk]))
    assert "These days end after the last useful day of some" in page
    assert "Amara Applicant</a> (Tue 2 Jun 2020)" in page
    over = text_of(client, reverse("office:hand_in", args=[window.pk]), datetime(2020, 6, 4, tzinfo=UTC))
    assert "last useful day" not in over


def test_days_that_end_in_time_are_set_at_once() -> None:
    amara = make.candidate()
    scheme = make.scheme(amara.version, "project")
    client = client_of(make.office())
    url = reverse("office:hand_in_days", args=[amara.intake_id, "project"])
    sent = {"opens_on": "2020-04-10", "closes_on": IN_TIME.isoformat(), "scheme": scheme.pk}
    with at(SPRING):
        assert client.post(url, sent).status_code == 302
    page = text_of(client, reverse("office:hand_in", args=[Window.objects.get().pk]))
    assert "last useful day" not in page


@pytest.mark.parametrize(
    ("closes_on", "said"),
    [
        (IN_TIME, "Hand in by Tue 2 Jun 2020 at the latest"),
        (TOO_LATE, "Yours end later: write to the programme office"),
    ],
)
def test_the_letter_that_warns_doesnt_tell_anybody_to_hand_in_early_where_that_brings_nothing(
    closes_on: date, said: str
) -> None:
    amara = make.candidate()
    days(amara.intake, closes_on)
    assert achieving.warn(enrolment=amara, at=datetime(2020, 4, 14, 9, 0, tzinfo=UTC))
    letter = render(OutboxMessage.objects.get(payload__template="pass_by"))
    assert said in letter.text
    assert said in " ".join(re.sub(r"<[^>]+>", "", letter.html).split())
