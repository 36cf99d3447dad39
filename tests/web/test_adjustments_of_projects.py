"""More time for one of several tasks: which one it is for is said wherever it is asked, read and decided."""

import html
import uuid
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from goldenthread.applications.models import Enrolment, Stage
from goldenthread.assessment import actions, rules
from goldenthread.assessment.adjusting_models import Adjustment
from goldenthread.assessment.models import Sitting
from goldenthread.common import mail
from goldenthread.common.models import OutboxMessage
from tests import factories
from tests import factories_projects as make
from tests.factories_web import client_of, page, text_of

pytestmark = pytest.mark.django_db
FORM = {"days": "2", "reason": "I was ill.", "arrangement": ""}


@pytest.fixture
def amara() -> Enrolment:
    found = make.candidate(make.NPQH)
    for task in ("task-1", "task-2"):
        make.days(found.intake, task)
    return found


def post(client: Client, **fields: Any) -> Any:
    with time_machine.travel(make.SUMMER, tick=False):
        return client.post(reverse("participant:adjustments"), {**FORM, "form_key": uuid.uuid4(), **fields})


def shown(user: Any, name: str, *args: Any) -> str:
    with time_machine.travel(make.SUMMER, tick=False):
        return html.unescape(text_of(page(user, reverse(name, args=args))))


def test_two_tasks_with_the_same_days_are_told_apart_from_the_question_to_the_mail(amara: Enrolment) -> None:
    asking = shown(amara.user, "participant:adjustments")
    assert "Task 1, hand-in days from" in asking
    assert "Task 2, hand-in days from" in asking
    second = Sitting.objects.get(enrolment=amara, window__task="task-2")
    assert post(client_of(amara.user), sitting=second.pk).status_code == 302
    one = Adjustment.objects.get()
    assert one.sitting == second
    assert "for Task 2, hand-in days from" in shown(amara.user, "participant:assessment")
    assert 'id="request' in (mine := shown(amara.user, "participant:adjustments"))
    assert "Task 2, hand-in days from" in mine.split('<h2 id="ask">')[0]
    office = make.office()
    for name, args in (("office:adjustments", ()), ("office:adjustment", (one.pk,))):
        assert "Task 2, hand-in days from" in shown(office, name, *args)
    grant = rules.Grant(2, 0, "", False)
    actions.decide_adjustment(adjustment=one, approved=True, given=grant, note="", by=office, at=make.SUMMER)
    letter = mail.render(OutboxMessage.objects.get(key=f"mail:adjustment_decided:{one.pk}:approved"))
    assert "Task 2" in letter.text
    assert "Task 1" not in letter.text


def test_a_project_is_offered_no_deferral_and_takes_none(amara: Enrolment) -> None:
    asking = shown(amara.user, "participant:adjustments")
    for words in ("deferral)", "case study", "ask for a later one"):
        assert words not in asking
    sitting = Sitting.objects.filter(enrolment=amara).first()
    assert sitting is not None
    answer = post(client_of(amara.user), sitting=sitting.pk, days="", deferral="on")
    assert answer.status_code == 422
    assert not Adjustment.objects.exists()


def test_who_has_the_award_is_offered_nothing_and_can_ask_for_nothing(amara: Enrolment) -> None:
    Enrolment.objects.filter(pk=amara.pk).update(stage=Stage.AWARDED)
    asking = shown(amara.user, "participant:adjustments")
    assert "Nothing is to come" in asking
    assert "Send the request" not in asking
    assert post(client_of(amara.user), sitting="all").status_code == 422
    assert not Adjustment.objects.exists()


def test_who_is_booked_for_no_window_is_offered_no_deferral() -> None:
    person = factories.enrolment("Beatrix Booked-Nowhere")
    asking = shown(person.user, "participant:adjustments")
    assert "More days" in asking
    assert "A later window instead of this one" not in asking
    assert "ask for a later one" not in asking


def test_a_page_that_was_open_before_another_programme_was_chosen_asks_for_its_own(amara: Enrolment) -> None:
    other = factories.enrolment("Amara Again")
    Enrolment.objects.filter(pk=other.pk).update(user=amara.user)
    client = client_of(amara.user)
    with time_machine.travel(make.SUMMER, tick=False):
        client.get(reverse("participant:adjustments"), {"enrolment": amara.reference})
        page_of_first = client.get(reverse("participant:adjustments")).content.decode()
        client.get(reverse("participant:adjustments"), {"enrolment": other.reference})
    assert f'name="enrolment" value="{amara.reference}"' in page_of_first
    assert post(client, sitting="all", enrolment=amara.reference).status_code == 302
    assert Adjustment.objects.get().enrolment == amara
