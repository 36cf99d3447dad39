"""Whoever works in the office and takes a programme too: a colleague decides about their assessment."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from goldenthread.applications.models import Enrolment, Stage
from goldenthread.assessment import actions
from goldenthread.assessment.actions import hand_in_days
from goldenthread.assessment.models import Sitting, SittingState, Window, WindowState
from goldenthread.assessment.project_models import Placement, Project
from goldenthread.common.models import AuditEvent
from goldenthread.common.refused import Refused
from goldenthread.events.rules import EVENT_KINDS
from goldenthread.outcomes import achieving
from goldenthread.people.models import Role
from tests import factories
from tests import factories_assessment as made
from tests import factories_projects as projects
from tests.assessment.test_again import later_window, tried

pytestmark = pytest.mark.django_db
TOLD = "A colleague must do it: ask one of the office."


def in_office(enrolment: Enrolment) -> tuple[Any, Any]:
    """The person of an enrolment, who works in the office from now on, and a colleague."""
    olu = made.office()
    factories.Membership.objects.create(
        user=enrolment.user,
        organisation=factories.organisation(),
        role=Role.OFFICE,
        starts_on=date(2018, 1, 1),
    )
    return enrolment.user, olu


def get(user: Any, at: datetime, name: str, *args: Any) -> str:
    with time_machine.travel(at, tick=False):
        client = Client()
        client.force_login(user)
        answer = client.get(reverse(name, args=args))
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def post(user: Any, at: datetime, name: str, *args: Any, **fields: Any) -> str:
    with time_machine.travel(at, tick=False):
        client = Client()
        client.force_login(user)
        answer = client.post(reverse(name, args=args), fields)
    assert answer.status_code == 422
    return " ".join(answer.content.decode().split())


def refused(action: Callable[..., Any], **said: Any) -> None:
    """It is refused, and nothing is in the trail."""
    before = AuditEvent.objects.count()
    with pytest.raises(Refused, match="This is about yourself: a colleague must do it") as no:
        action(**said)
    assert (no.value.code, AuditEvent.objects.count()) == ("own", before)


@pytest.mark.requirement("S0-21")
def test_nobody_waives_their_own_stages() -> None:
    one = made.sitting(made.ready(minutes=0))
    me, olu = in_office(one.enrolment)
    actions.release(sitting=one, at=made.OPENS_AT)
    assert Sitting.objects.get().state == SittingState.HELD_BACK
    refused(actions.waive_stages, sitting=one, reason="I was there", by=me, at=made.INSIDE)
    where = ("office:sitting_waive", one.pk)
    page = get(me, made.INSIDE, *where)
    assert TOLD in page
    assert "Waive it" not in page
    assert TOLD in post(me, made.INSIDE, *where, reason="I was there")
    assert Enrolment.objects.get().stage != Stage.ASSESSMENT
    assert "Waive it" in get(olu, made.INSIDE, *where)
    assert actions.waive_stages(sitting=one, reason="Seen", by=olu, at=made.INSIDE)


def test_nobody_enters_themselves_again_or_says_what_comes_next_for_themselves() -> None:
    enrolment, window = tried(), later_window()
    me, olu = in_office(enrolment)
    said = {"enrolment": enrolment, "by": me, "at": made.BEFORE}
    refused(actions.enter_again, window=window, reason="A further try", **said)
    refused(actions.say_what_next, text="A break", **said)
    Sitting.objects.filter(enrolment=enrolment).update(state=SittingState.DEFERRED)
    Window.objects.update(state=WindowState.SCHEDULED)
    page = get(me, made.BEFORE, "office:person", enrolment.reference)
    assert TOLD in page
    assert reverse("office:enter_again", args=[enrolment.reference]) not in page
    assert reverse("office:say_next", args=[enrolment.reference]) not in page
    again = post(
        me, made.BEFORE, "office:enter_again", enrolment.reference, window=window.pk, reason="A further try"
    )
    assert TOLD in again
    assert not window.sittings.filter(enrolment=enrolment).exists()
    colleague = get(olu, made.BEFORE, "office:person", enrolment.reference)
    assert reverse("office:say_next", args=[enrolment.reference]) in colleague


@pytest.mark.requirement("S1-22")
def test_nobody_opens_their_own_plan() -> None:
    amara = projects.candidate()
    (me, olu), task = in_office(amara), projects.first_task(amara)
    refused(hand_in_days.open_plan, enrolment=amara, task=task, reason="Me", by=me, at=projects.BEGIN)
    where = ("office:person_projects", amara.reference)
    page = get(me, projects.BEGIN, *where)
    assert TOLD in page
    assert "Open the plan now" not in page
    assert TOLD in post(me, projects.BEGIN, *where, open="1", task=task, reason="Me")
    assert not Project.objects.exists()
    assert "Open the plan now" in get(olu, projects.BEGIN, *where)


@pytest.mark.requirement("S3-26")
def test_nobody_approves_their_own_placement() -> None:
    amara = projects.candidate(projects.NPQH, school=factories.school("Hillside School"))
    projects.opened(amara, "task-2")
    placement = projects.asked_placement(amara, "task-2")
    me, olu = in_office(amara)
    said = {"approved": True, "reason": "", "by": me, "at": projects.SUMMER}
    refused(hand_in_days.decide_placement, placement=placement, **said)
    where = ("office:placement", placement.pk)
    page = get(me, projects.SUMMER, *where)
    assert TOLD in page
    assert 'name="decision"' not in page
    assert TOLD in post(me, projects.SUMMER, *where, decision="approve", reason="")
    assert Placement.objects.get().state == "asked"
    assert 'name="decision"' in get(olu, projects.SUMMER, *where)


@pytest.mark.requirement("S3-24")
def test_nobody_sets_the_word_limit_of_days_in_which_they_hand_in() -> None:
    amara = projects.candidate(projects.NPQH)
    window = projects.days(amara.intake, "task-1")
    me, olu = in_office(amara)
    said = {"window": window, "limit": 9000, "reason": "I wrote more"}
    refused(hand_in_days.set_word_limit, by=me, at=projects.SUMMER, **said)
    where = ("office:hand_in", window.pk)
    page = get(me, projects.SUMMER, *where)
    assert TOLD in page
    assert "Set this limit" not in page
    assert TOLD in post(me, projects.SUMMER, *where, limit="9000", reason="I wrote more")
    assert (Window.objects.get().word_limit, window.state) == (None, WindowState.SCHEDULED)
    assert "Set this limit" in get(olu, projects.SUMMER, *where)


@pytest.mark.requirement("S1-34")
def test_nobody_extends_their_own_time_makes_up_their_own_event_or_closes_themselves() -> None:
    amara = projects.candidate()
    me, olu = in_office(amara)
    at = projects.BEGIN + timedelta(days=30)
    event = amara.plan.filter(kind__in=EVENT_KINDS).order_by("pk")[0].key
    longer = {"until": date(2021, 1, 1), "reason": "I need more time"}
    refused(achieving.extend, enrolment=amara, by=me, at=at, **longer)
    refused(achieving.make_up, enrolment=amara, activity_key=event, how="I read it", by=me, at=at)
    refused(achieving.conclude_not_achieved, enrolment=amara, by=me, at=at + timedelta(days=900))
    assert not amara.extensions.exists()
    assert not amara.catch_ups.exists()
    where = ("office:person_projects", amara.reference)
    assert TOLD in post(me, at, *where, catch_up="1", activity_key=event, how="I did")
    page = get(me, at, *where)
    assert 'name="extend"' not in page
    assert 'name="catch_up"' not in page
    assert 'name="catch_up"' in get(olu, at, *where)
    achieving.make_up(enrolment=amara, activity_key=event, how="With the trainer", by=olu, at=at)
    assert achieving.extend(enrolment=amara, by=olu, at=at, **longer).until == date(2021, 1, 1)
