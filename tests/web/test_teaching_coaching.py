"""The pages of a coach: whose sessions are due, a session to log, and what the office approves beyond the hours."""

import uuid
from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from goldenthread.coaching.models import CoachingSession
from goldenthread.common.days import day_text
from tests import factories
from tests import factories_teaching as teaching
from tests.factories_teaching import ON_FIRST_DAY
from tests.web.test_teaching_pages import sign_in_again, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _on_the_first_day():
    with time_machine.travel(ON_FIRST_DAY, tick=False):
        yield


@pytest.fixture
def people():
    group = teaching.group()
    return [teaching.placed(factories.enrolment(name), group) for name in ("Amara A", "Bo B", "Cy C")]


@pytest.fixture
def as_(client: Client):
    def sign_in(user) -> Client:
        client.force_login(user)
        return client

    return sign_in


def session_fields(**fields) -> dict:
    return {
        "form_key": str(uuid.uuid4()), "held_at": "2024-12-01T16:00", "minutes": 60, "focus": "Meetings",
        "feedback": "You listened well.", "agreed_action": "", **fields,
    }  # fmt: skip


def test_a_session_is_logged_once_in_the_coach_s_own_time(as_, people) -> None:
    pairing = teaching.pairing(people[0])
    pairing.coach.zone = "Asia/Dubai"
    pairing.coach.save(update_fields=["zone"])
    fields = session_fields()
    for _ in range(2):
        assert as_(pairing.coach).post(f"/teach/coaching/{pairing.pk}/", fields).status_code == 302
    session = CoachingSession.objects.get()
    assert session.held_at.isoformat() == "2024-12-01T12:00:00+00:00"
    assert "1 h of 5 h" in text_of(as_(pairing.coach), "coaching/")
    assert "You listened well." in text_of(as_(pairing.coach), f"coaching/{pairing.pk}/")


def test_a_session_behind_the_plan_says_when_the_one_before_was_held(as_, people) -> None:
    """A session counts for the first one that is open, also when it was held on the day of the second."""
    pairing = teaching.pairing(people[0])
    held = ON_FIRST_DAY - timedelta(days=2)
    people[0].plan.filter(key__in=("coaching-1", "coaching-2")).update(due_on=held.date())
    teaching.session(pairing, 60, at=held)
    said = (
        f"was planned for {day_text(held.date())}, the session before it was held on {day_text(held.date())}"
    )
    assert said in text_of(as_(pairing.coach), "")
    assert "Coaching session 2 is still to be held" in text_of(as_(pairing.coach), "coaching/")


@pytest.mark.requirement("S0-28", "S0-70")
@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"feedback": ""}, "Feedback is missing"),
        ({"minutes": 301}, "5 h 1 min of coaching are used, more than the 5 h"),
        ({"minutes": 481}, "480"),
        ({"held_at": "2024-12-02T10:00"}, "lies in the future"),
        ({"held_at": "yesterday"}, "Give a date and a time."),
        ({"focus": "x" * 201}, "Shorten this text"),
        ({"focus": "no\x00pe"}, "Null characters"),
    ],
)
def test_what_is_refused_comes_back_filled(as_, people, fields, message: str) -> None:
    pairing = teaching.pairing(people[0])
    sent = as_(pairing.coach).post(
        f"/teach/coaching/{pairing.pk}/", session_fields(agreed_action="Try it out", **fields)
    )
    page = sent.content.decode()
    assert sent.status_code == 422
    assert message in page
    assert "Try it out" in page
    assert CoachingSession.objects.count() == 0


def test_a_form_sent_again_with_other_content_keeps_it_and_can_be_logged_by_itself(as_, people) -> None:
    pairing = teaching.pairing(people[0])
    fields = session_fields()
    address = f"/teach/coaching/{pairing.pk}/"
    as_(pairing.coach).post(address, fields)

    again = as_(pairing.coach).post(address, {**fields, "minutes": 90, "feedback": "Quite another"})

    assert again.status_code == 422
    assert "already sent: a session of 60 minutes about “Meetings” is logged" in again.content.decode()
    assert again.context["form"]["feedback"].value() == "Quite another"
    assert CoachingSession.objects.count() == 1
    key = again.context["form_key"]
    assert key != fields["form_key"]
    as_(pairing.coach).post(address, {**fields, "minutes": 90, "form_key": key})
    assert [one.minutes for one in CoachingSession.objects.order_by("pk")] == [60, 90]


@pytest.mark.requirement("S0-28")
def test_beyond_the_hours_the_coach_reads_who_approves_and_finds_the_text_again(as_, people) -> None:
    pairing = teaching.pairing(people[0])
    address, fields = f"/teach/coaching/{pairing.pk}/", session_fields(minutes=315)
    refused = as_(pairing.coach).post(address, fields).content.decode()
    assert "under “More coaching”" in refused
    assert 'href="/contact/"' in refused

    office = Client()
    office.force_login(factories.member("office", "Olu Office"))
    page = f"/office/people/{pairing.enrolment.reference}/"
    assert f'href="{page}coaching/"' in office.get(page).content.decode()
    more = {"minutes": "15", "reason": "A new post", "form_key": str(uuid.uuid4())}
    assert [office.post(f"{page}coaching/", more).status_code for _ in range(2)] == [302, 302]
    other = office.post(f"{page}coaching/", {**more, "minutes": "30"})
    assert (other.status_code, "already sent: 15 minutes" in other.content.decode()) == (422, True)
    shown = office.get(f"{page}coaching/").content.decode()
    assert "A new post" in shown
    assert "0 h of 5 h 15 min" in " ".join(shown.split())

    back = text_of(as_(pairing.coach), f"coaching/{pairing.pk}/")
    assert "You listened well." in back
    assert as_(pairing.coach).post(address, fields).status_code == 302
    assert "5 h 15 min of 5 h 15 min" in text_of(as_(pairing.coach), "coaching/")


@pytest.mark.parametrize(
    "fields", [{"minutes": "0"}, {"minutes": "9" * 30}, {"reason": ""}, {"reason": "x" * 301}]
)
def test_a_wrong_approval_comes_back_filled(people, fields) -> None:
    office = Client()
    office.force_login(factories.member("office", "Olu Office"))
    sent = {"minutes": "15", "reason": "A new post", "form_key": str(uuid.uuid4()), **fields}
    answer = office.post(f"/office/people/{people[0].reference}/coaching/", sent)
    assert answer.status_code == 422
    assert answer.context["form"]["minutes"].value() == sent["minutes"]
    assert not people[0].more_coaching.exists()


def test_a_damaged_form_key_is_replaced(as_, people) -> None:
    pairing = teaching.pairing(people[0])
    as_(pairing.coach).post(f"/teach/coaching/{pairing.pk}/", session_fields(form_key="'; drop table"))
    assert CoachingSession.objects.count() == 1


def test_coaching_without_people_says_who_pairs_them(as_) -> None:
    assert "You coach nobody yet" in text_of(as_(factories.user()), "coaching/")


def test_a_session_written_up_after_the_session_ended_is_there_after_signing_in(client, people) -> None:
    pairing = teaching.pairing(people[0])
    address = f"/teach/coaching/{pairing.pk}/"
    sent = session_fields(feedback="A long and careful feedback.", person=pairing.coach.pk)
    sign_in_again(client, client.post(address, sent), pairing.coach)
    page = client.get(address).content.decode()
    for part in ("A long and careful feedback.", "2024-12-01T16:00", 'value="Meetings"', 'value="60"'):
        assert part in page
    assert not CoachingSession.objects.exists()
    assert "A long and careful" not in client.get(address).content.decode()
