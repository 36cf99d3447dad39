"""The page behind the mail that asks a graduate for their role."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from goldenthread.awards import next_roles
from goldenthread.awards.models import Award
from goldenthread.awards.next_role_models import RoleAnswer, RoleQuestion, RoleSilence
from goldenthread.people.models import Role
from tests import by_hand, factories
from tests.awards.test_actions import award
from tests.factories_web import client_of, page, text_of

pytestmark = pytest.mark.django_db
AT = datetime(2026, 10, 1, 12, tzinfo=UTC)
SAID = {
    "do": "answer", "role_now": "teacher", "place": "Hillside", "role_planned": "middle leader",
    "planned_for": "2027-09-01", "consent": "on",
}  # fmt: skip


@pytest.fixture(autouse=True)
def still() -> Any:
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def question() -> RoleQuestion:
    made = award()
    by_hand.alter(Award.objects.filter(pk=made.pk), awarded_on=date(2026, 3, 31))
    next_roles.ask(at=AT)
    return RoleQuestion.objects.select_related("award__outcome__enrolment__user").get()


def link(question: RoleQuestion) -> str:
    return reverse("public:next_role", args=[next_roles.token_of(question)])


def test_it_is_answered_changed_and_taken_back_without_signing_in(question: RoleQuestion) -> None:
    client = Client()
    shown = client.get(link(question))
    assert shown.status_code == 200
    assert question.award.holder_name not in text_of(shown)
    assert not RoleAnswer.objects.exists()
    assert "Thank you: your answers are kept" in text_of(client.post(link(question), SAID, follow=True))
    again = client.get(link(question)).content.decode()
    assert 'value="2027-09-01"' in again
    assert 'value="Hillside"' in again
    client.post(link(question), {"do": "take_back"})
    assert not RoleAnswer.objects.exists()


def test_what_is_wrong_stands_at_its_field_and_what_was_typed_stays(question: RoleQuestion) -> None:
    answer = Client().post(link(question), {**SAID, "planned_for": "", "consent": ""})
    assert answer.status_code == 422
    assert "Say when you plan to begin" in text_of(answer)
    assert 'value="Hillside"' in answer.content.decode()
    assert not RoleAnswer.objects.exists()


def test_a_button_says_not_again_and_looking_says_nothing(question: RoleQuestion) -> None:
    client = Client()
    client.get(link(question))
    assert not RoleSilence.objects.exists()
    client.post(link(question), {"do": "silence"})
    client.post(link(question), {"do": "silence"})
    assert RoleSilence.objects.get().user == question.award.outcome.enrolment.user
    assert "ask you again" in text_of(client.get(link(question)))


def test_a_foreign_link_is_over() -> None:
    assert Client().get(reverse("public:next_role", args=["nonsense"])).status_code == 410


def test_the_page_after_the_award_leads_there_and_the_office_sees_figures_without_names(
    question: RoleQuestion,
) -> None:
    person = question.award.outcome.enrolment.user
    assert link(question) in page(person, reverse("participant:after")).content.decode()
    Client().post(link(question), SAID)
    assert "See or change your answers" in text_of(page(person, reverse("participant:after")))
    told = text_of(client_of(factories.member(Role.OFFICE)).get(reverse("office:destinations")))
    assert "Asked by mail" in told
    assert "not said" in told
    assert "Hillside" not in told
