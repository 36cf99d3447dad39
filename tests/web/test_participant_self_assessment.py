"""How a participant sees themselves: asked at the start, again at the end, once each."""

import pytest
from django.urls import reverse

from goldenthread.applications.models import Enrolment, Stage
from goldenthread.reports.models import SelfAssessment
from tests import factories
from tests.factories_web import client_of, text_of

pytestmark = pytest.mark.django_db
URL = "participant:self_assessment"


@pytest.fixture
def amara(catalogue: None) -> Enrolment:
    return factories.enrolment("Amara Applicant")


def answers(person: Enrolment, rating: int) -> dict[str, int]:
    return {f"area_{n}": rating for n in range(len(person.version.specification.content_areas))}


@pytest.mark.requirement("S2-37")
def test_every_area_is_asked_at_the_start_and_again_when_development_is_complete(amara: Enrolment) -> None:
    client, url = client_of(amara.user), reverse(URL)
    assert "Adaptive Teaching" in text_of(client.get(url))
    assert client.post(url, answers(amara, 2)).status_code == 302
    shown = client.get(url)
    assert shown.context["form"] is None
    assert "come back when your development stage is complete" in text_of(shown)
    Enrolment.objects.update(stage=Stage.ASSESSMENT)
    assert client.post(url, answers(amara, 4)).status_code == 302
    assert "Both are answered" in text_of(client.get(url))
    assert sorted(set(SelfAssessment.objects.values_list("moment", "rating"))) == [("end", 4), ("start", 2)]


def test_an_area_left_out_comes_back_and_nothing_is_kept(amara: Enrolment) -> None:
    client, url = client_of(amara.user), reverse(URL)
    data = answers(amara, 3)
    data.pop("area_0")
    assert client.post(url, data).status_code == 422
    assert client.post(url, {**answers(amara, 3), "area_1": 6}).status_code == 422
    assert not SelfAssessment.objects.exists()


def test_who_has_withdrawn_is_asked_nothing(catalogue: None) -> None:
    person = factories.enrolment("Bilal Applicant", to=factories.intake("npqsl-reformed-international"))
    Enrolment.objects.filter(pk=person.pk).update(withdrawn_at=factories.AT)
    response = client_of(person.user).get(reverse(URL))
    assert response.context["form"] is None
