"""After the award: what is open next, telling where one went, and the office's report of it."""

import html

import pytest
from django.test import Client
from django.urls import reverse

from goldenthread.awards.models import Award, Destination
from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.common.models import AuditEvent
from goldenthread.people.models import Role
from tests import by_hand, factories
from tests.awards.test_actions import award

pytestmark = pytest.mark.django_db
MOVE = {
    "role_before": "assistant headteacher",
    "role_after": "deputy headteacher",
    "moved_on": "2026-09-01",
    "place": "",
}


def graduate(version: str = "") -> tuple[Client, Award]:
    made = award()
    enrolment = made.outcome.enrolment
    if version:
        type(enrolment).objects.filter(pk=enrolment.pk).update(
            version=ProgrammeVersion.objects.get(key=version)
        )
    client = Client()
    client.force_login(enrolment.user)
    return client, made


def page_of(client: Client, **query: str) -> str:
    response = client.get(reverse("participant:after"), query)
    assert response.status_code == 200
    return html.unescape(response.content.decode())


@pytest.mark.requirement("S1-36")
def test_a_graduate_of_legacy_senior_leadership_is_asked_when_headship_is_expected() -> None:
    client, _ = graduate("npqsl-legacy-international")
    assert "In how many years do you expect to apply for headship?" in page_of(client)
    soon, later = page_of(client, years="2"), page_of(client, years="5")
    assert "NPQ Headship" in soon
    assert "NPQ Headship" not in later
    for page in (soon, later):
        assert "A master's degree in educational leadership" in page
        assert "A role: senior leadership" in page
        assert "A role: system leadership" in page
    assert "Give a whole number of years." in page_of(client, years="soon")


@pytest.mark.requirement("S3-32")
def test_a_graduate_of_legacy_headship_gets_executive_leadership_a_masters_and_three_roles() -> None:
    client, _ = graduate("npqh-legacy-england")
    page = page_of(client)
    assert "NPQ Executive Leadership" in page
    assert "A master's degree" in page
    assert page.count("A role: ") == 3


@pytest.mark.requirement("S0-72")
def test_a_move_told_by_the_graduate_stands_in_the_offices_report() -> None:
    client, made = graduate()
    by_hand.alter(Award.objects.all(), programme_code="NPQH")
    sent = {**MOVE, "enrolment": made.outcome.enrolment.reference}
    assert client.post(reverse("participant:after"), sent).status_code == 302
    assert (
        client.post(reverse("participant:after"), sent).status_code == 302
    )  # the second click of a double click
    assert Destination.objects.count() == 1
    assert "from assistant headteacher to deputy headteacher" in page_of(client)
    office = Client()
    office.force_login(factories.member(Role.OFFICE))
    page = office.get(reverse("office:destinations"))
    assert [(line.programme, line.promotions) for line in page.context["lines"]] == [("NPQH", 1)]
    assert "deputy headteacher (promotion)" in page.content.decode()


def test_a_move_recorded_by_mistake_is_taken_out_by_its_graduate_alone_and_stays_on_the_trail() -> None:
    client, made = graduate()
    mine = {"enrolment": made.outcome.enrolment.reference}
    client.post(reverse("participant:after"), {**MOVE, **mine})
    (kept,) = Destination.objects.all()
    other = Client()
    other.force_login(factories.enrolment("Otto Other").user)
    other.post(reverse("participant:after"), {"remove": kept.pk, **mine})
    client.post(reverse("participant:after"), {"remove": "9" * 30, **mine})
    assert Destination.objects.get() == kept
    assert "Take out" in page_of(client, **mine)
    for _ in range(2):  # the second click of a double click
        assert client.post(reverse("participant:after"), {"remove": kept.pk, **mine}).status_code == 302
    assert "The move is taken out." in page_of(client, **mine)
    assert not Destination.objects.exists()
    (event,) = AuditEvent.objects.filter(verb="destination.taken_out")
    assert (event.details["after"], event.details["moved_on"]) == ("deputy headteacher", "2026-09-01")


def test_what_is_wrong_is_told_at_its_field_and_nothing_is_lost() -> None:
    client, made = graduate()
    sent = {**MOVE, "role_after": "assistant headteacher", "enrolment": made.outcome.enrolment.reference}
    response = client.post(reverse("participant:after"), sent)
    assert response.status_code == 422
    assert "Say what changed" in response.content.decode()
    assert 'value="2026-09-01"' in response.content.decode()
    assert client.post(reverse("participant:after"), {"moved_on": "x"}).status_code == 422


def test_the_report_is_the_offices_alone() -> None:
    client, _ = graduate()
    assert client.get(reverse("office:destinations")).status_code == 404


# --- the editor's copy of a specification ----------------------------------------------------------------
@pytest.mark.usefixtures("catalogue")
def test_editors_get_the_blank_sections_with_their_place() -> None:
    office = Client()
    office.force_login(factories.member(Role.OFFICE))
    page = office.get(reverse("office:version", args=["npqsl-legacy-international"])).content.decode()
    path = reverse("office:specification", args=["npqsl-legacy-international"])
    assert path in page
    response = office.get(path)
    assert response["Cache-Control"] == "private, no-cache"
    assert office.get(reverse("office:specification", args=["nonsense"])).status_code == 404
