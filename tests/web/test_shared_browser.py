"""Two people at one browser: what one of them wrote is never given to the other."""

import pytest
from django.test import Client

from goldenthread.learning.models import TaskFeedback, TaskResponse
from tests import factories
from tests import factories_teaching as teaching
from tests.factories_teaching import WORK

pytestmark = pytest.mark.django_db


def test_work_from_a_page_of_somebody_else_is_not_shown_to_whoever_is_signed_in_now() -> None:
    amara = factories.enrolment()
    teaching.content(amara)
    other = factories.enrolment("Bilal Next")
    client, page = Client(enforce_csrf_checks=True), "/my/learning/tasks/tasks-1/"
    client.force_login(other.user)
    sent = {**WORK.__dict__, "revision": 0, "enrolment": amara.reference, "person": str(amara.user_id)}
    told = client.post(page, sent, headers={"origin": "http://testserver"}, follow=True).content.decode()
    assert WORK.evidence not in told
    assert "opened by somebody else in this browser; you are signed in as Bilal Next" in told
    assert not TaskResponse.objects.exists()


def test_a_second_tutor_at_the_same_browser_is_not_given_what_the_first_one_wrote(client) -> None:
    group = teaching.group()
    amara = teaching.placed(factories.enrolment(), group)
    tara = teaching.staffed(group, "tutor", "Tara Tutor")
    tim = teaching.staffed(group, "tutor", "Tim Tutor")
    address = f"/teach/responses/{teaching.handed_in(amara).pk}/"
    sent = {"revision": 1, "strength": "You name the two teachers.", "person": str(tara.pk)}

    answer = client.post(address, sent)
    client.post(answer["Location"], {"login": tim.email, "password": factories.PASSWORD})
    assert "You name the two teachers." not in client.get(address).content.decode()
    assert f'name="person" value="{tim.pk}"' in client.get(address).content.decode()

    own = Client(enforce_csrf_checks=True)
    own.force_login(tim)  # a tab of Tara's that was still open
    told = own.post(address, sent, headers={"origin": "http://testserver"}, follow=True).content.decode()
    assert "You name the two teachers." not in told
    assert "opened by somebody else in this browser; you are signed in as Tim Tutor" in told
    assert not TaskFeedback.objects.exists()
