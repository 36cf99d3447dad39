"""Pages of a support plan: for the participant, the supporter and the office."""

import uuid
from datetime import timedelta
from typing import Any

import pytest

from goldenthread.applications.models import Enrolment
from goldenthread.awards import actions as awards
from goldenthread.common.days import day_text
from goldenthread.outcomes.models import Outcome
from goldenthread.people.models import User
from goldenthread.support.models import PlanItem, SupportPlan
from tests import factories
from tests import factories_marking as make
from tests import factories_teaching as teaching
from tests.factories_appeals import BELOW, ENOUGH, NEXT, lodged, office, release, released
from tests.factories_web import client_of, queries_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]
MINE = "/my/assessment/support/"


@pytest.fixture(autouse=True)
def _on_the_next_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("goldenthread.common.clock.now", lambda: NEXT)


def text_of(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def coached() -> tuple[SupportPlan, User]:
    """The plan of Amara, whom Cora coaches."""
    window = make.window()
    make.markers(2)
    person = factories.enrolment("Amara Applicant", to=window.intake)
    factories.credit_minutes(person, ENOUGH)
    make.sitting(window, person)
    cora = teaching.pairing(person).coach
    release(window, BELOW, person)
    return SupportPlan.objects.get(), cora


def test_a_participant_reads_ticks_and_takes_a_tick_back() -> None:
    plan, cora = coached()
    amara = client_of(Enrolment.objects.get().user)
    assert MINE in text_of(amara.get("/my/assessment/"))
    assert MINE in text_of(amara.get("/my/result/"))
    page = text_of(amara.get(MINE))
    assert cora.name in page
    assert "You hear from them by" in page
    item = plan.items.order_by("pk")[0]
    assert item.text.split("'")[0].split(",")[0] in page
    for done in ("1", "1", "0", "1"):
        amara.post(f"{MINE}items/{item.pk}/", {"done": done})
        item.refresh_from_db()
        assert (item.done_at is not None) == (done == "1")
    assert f"1 of {plan.items.count()} done" in text_of(amara.get(MINE))
    stranger = client_of(factories.enrolment("Bilal Baker").user)
    assert stranger.post(f"{MINE}items/{item.pk}/", {"done": "0"}).status_code == 404
    assert "You have no support plan" in text_of(stranger.get(MINE))


def test_who_was_not_written_to_in_time_reads_whom_to_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    plan, _ = coached()
    amara = client_of(Enrolment.objects.get().user)
    for days, waits in ((0, True), (1, False)):
        moment = NEXT.replace(
            year=plan.first_contact_by.year, month=plan.first_contact_by.month, day=plan.first_contact_by.day
        ) + timedelta(days=days)
        monkeypatch.setattr("goldenthread.common.clock.now", lambda moment=moment: moment)
        read = text_of(amara.get(MINE))
        assert ("You hear from them by" in read) is waits
        assert ("If you have not, write to them" in read) is not waits


def test_a_day_that_is_over_is_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    plan, _ = coached()
    amara = client_of(Enrolment.objects.get().user)
    for days, over in ((0, False), (1, True)):
        moment = NEXT + (plan.due_on - NEXT.date()) + timedelta(days=days)
        monkeypatch.setattr("goldenthread.common.clock.now", lambda moment=moment: moment)
        assert (f"{day_text(plan.due_on)} is over: go on" in text_of(amara.get(MINE))) is over


def test_a_participant_can_say_no() -> None:
    plan, _ = coached()
    amara = client_of(Enrolment.objects.get().user)
    assert amara.post(f"{MINE}decline/", {"note": " "}).status_code == 422
    assert "This plan ended" in text_of(amara.post(f"{MINE}decline/", {"note": "I try alone."}, follow=True))
    plan.refresh_from_db()
    assert (plan.ending, plan.note) == ("declined", "I try alone.")
    assert MINE not in text_of(amara.get("/my/assessment/"))


def test_the_supporter_agrees_logs_and_ends() -> None:
    plan, cora = coached()
    coach, page = client_of(cora), f"/teach/support/{plan.pk}/"
    assert page in text_of(coach.get("/teach/support/"))
    assert "Everybody you support (1)" in text_of(coach.get("/teach/"))
    assert "get in touch by" in text_of(coach.get("/teach/"))
    said = {"step": "contact", "contact-held_on": "2025-10-15", "contact-how": "call", "contact-note": "We spoke.",
            "contact-form_key": str(uuid.uuid4())}  # fmt: skip
    for _ in range(2):
        assert coach.post(page, said).status_code == 302
    assert plan.contacts.count() == 1
    coach.post(page, {"step": "item", "item-text": "Read chapter 3."})
    item = PlanItem.objects.get(text="Read chapter 3.")
    assert "Read chapter 3." in text_of(client_of(plan.enrolment.user).get(MINE))
    coach.post(page, {"step": "drop", "item": str(item.pk)})
    assert "Read chapter 3." not in text_of(coach.get(page))
    assert coach.post(page, {"step": "drop", "item": "nothing"}).status_code == 404
    coach.post(page, {"step": "due", "due-due_on": "2026-03-01"})
    assert "Sun 1 Mar 2026" in text_of(coach.get(page))
    refused = coach.post(page, {"step": "end"})
    assert refused.status_code == 422
    assert "isn&#x27;t closed without an outcome" in text_of(refused)
    assert "There is no pass yet" in text_of(coach.post(page, {"step": "end", "end-ending": "passed"}))
    assert coach.post(page, {"step": "supporter", "supporter-owner": str(cora.pk)}).status_code == 404
    deferred = {"step": "end", "end-ending": "deferred", "end-until": "2026-09-01", "end-note": "Leave"}
    assert "Deferred until Tue 1 Sep 2026" in text_of(coach.post(page, deferred, follow=True))
    assert page not in text_of(coach.get("/teach/support/"))


def test_the_office_finds_plans_without_a_supporter_and_late_ones_and_names_somebody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    released()
    plan = SupportPlan.objects.get()
    SupportPlan.objects.update(owner=None, owner_role="")
    oda, page = client_of(office()), f"/office/windows/support/{plan.pk}/"
    assert "1 support plan without a supporter" in text_of(oda.get("/office/"))
    assert page in text_of(oda.get("/office/windows/support/?show=nobody"))
    assert page not in text_of(oda.get("/office/windows/support/?show=late"))
    assert oda.post(page, {"step": "supporter", "supporter-owner": ""}).status_code == 422
    oda.post(page, {"step": "supporter", "supporter-owner": str(office().pk)})
    plan.refresh_from_db()
    assert plan.owner == office()

    monkeypatch.setattr("goldenthread.common.clock.now", lambda: NEXT + timedelta(days=14))
    assert "1 support plan late" in text_of(oda.get("/office/"))
    assert page in text_of(oda.get("/office/windows/support/?show=late"))
    assert "no contact by" in text_of(oda.get(page))
    assert "See the support plan" in text_of(oda.get(f"/office/people/{plan.enrolment.reference}/"))


def test_strangers_see_no_plan() -> None:
    plan, cora = coached()
    for person in (factories.user("Dot Stranger"), plan.enrolment.user, User.objects.get(name="Ben Marker")):
        client = client_of(person)
        for page in (f"/teach/support/{plan.pk}/", f"/office/windows/support/{plan.pk}/"):
            assert client.get(page).status_code == 404
            assert (
                client.post(page, {"step": "end", "end-ending": "declined", "end-note": "x"}).status_code
                == 404
            )
    assert client_of(cora).get(f"/office/windows/support/{plan.pk}/").status_code == 404


def test_lists_take_as_many_queries_for_three_as_for_one() -> None:
    window = make.window()
    make.markers(3)
    people = [
        factories.enrolment(name, to=window.intake) for name in ("Amara Applicant", "Bilal Baker", "Cy Cook")
    ]
    for one in people:
        factories.credit_minutes(one, ENOUGH)
        make.sitting(window, one)
    make.mark_all(window, [BELOW] * 3)
    make.moderated(window)

    awards.release(window=window, by=window.created_by, at=make.CLOSED)
    oda = office()
    lists = ["/office/windows/support/", "/office/windows/appeals/", "/office/"]
    lodged(Outcome.objects.select_related("enrolment__user").order_by("pk")[0])
    hidden = list(SupportPlan.objects.order_by("pk")[1:])
    SupportPlan.objects.filter(pk__in=[one.pk for one in hidden]).update(ending="declined", ended_at=NEXT)
    few = [queries_of(oda, address) for address in lists]
    SupportPlan.objects.update(ending="", ended_at=None)
    for outcome in Outcome.objects.select_related("enrolment__user").order_by("pk")[1:]:
        lodged(outcome)
    assert [queries_of(oda, address) for address in lists] == few
