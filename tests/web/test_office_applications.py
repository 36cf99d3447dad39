"""The office's applications: list, filters, one application, decisions, many at once."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from goldenthread.applications.models import Application, Enrolment
from goldenthread.people.models import Role
from tests import factories

pytestmark = pytest.mark.django_db
LIST = "/office/applications/"


@pytest.fixture
def office(client):
    client.force_login(factories.member(Role.OFFICE, "Olu Office"))
    return client


def at(application, verb=""):
    return f"{LIST}{application.reference}/{verb}"


def listed(response):
    return [line["application"].name for line in response.context["lines"]]


# --- the list ----------------------------------------------------------------------------------------
def test_the_list_says_what_will_be_here_while_it_is_empty(office):
    assert "No applications yet" in office.get(LIST).content.decode()


def test_filters_narrow_the_list_and_stay_in_the_address(office):
    september, january = (
        factories.intake(),
        factories.intake("npqh-reformed-international", starts_on=date(2025, 1, 6)),
    )
    factories.application("Amara One", to=september)
    factories.application("Bola Two", to=january, delivery_model="blended")
    Application.objects.filter(name="Bola Two").update(state="withdrawn")
    assert listed(office.get(LIST)) == ["Amara One"], "opened without a question: what waits for a decision"
    assert listed(office.get(LIST, {"state": ""})) == ["Amara One", "Bola Two"]
    assert listed(office.get(LIST, {"state": "submitted"})) == ["Amara One"]
    assert listed(office.get(LIST, {"programme": "NPQH"})) == ["Bola Two"]
    assert listed(office.get(LIST, {"intake": september.pk})) == ["Amara One"]
    assert listed(office.get(LIST, {"q": "bola"})) == ["Bola Two"]
    assert listed(office.get(LIST, {"q": "Somewhere"})) == ["Amara One", "Bola Two"]
    page = office.get(LIST, {"q": "bola", "state": "withdrawn"})
    counts = {tab["label"]: tab["count"] for tab in page.context["tabs"]}
    assert (counts["All"], counts["Withdrawn"], counts["Accepted"]) == (1, 1, 0)
    assert "q=bola" in page.context["tabs"][1]["url"]


def test_the_list_sorts(office):
    for name in ("Bola", "Amara", "Chidi"):
        factories.application(f"{name} X")
    assert listed(office.get(LIST, {"sort": "name"})) == ["Amara X", "Bola X", "Chidi X"]


@pytest.mark.parametrize(
    "query",
    [
        {"page": "9" * 50},
        {"page": "-1"},
        {"page": "x"},
        {"intake": "x"},
        {"state": "\0"},
        {"q": "\0%_"},
        {"sort": "x"},
        {"intake": "9" * 40},
    ],
)
def test_nonsense_in_the_address_breaks_nothing(office, query):
    factories.application()
    assert office.get(LIST, query).status_code == 200


def test_the_list_takes_the_same_few_queries_for_one_and_three(office):
    counts = []
    for names in (["Amara X"], ["Bola X", "Chidi X"]):
        for name in names:
            factories.application(name, school=factories.school())
        with CaptureQueriesContext(connection) as taken:
            office.get(LIST)
        counts.append(len(taken))
    assert counts[0] == counts[1] <= 12


@pytest.mark.parametrize("verb", ["", "accept/", "decline/", "withdraw/", "check/"])
def test_nobody_but_the_office_sees_or_decides(client, verb):
    application = factories.application()
    client.force_login(factories.member(Role.PARTNER_MANAGER))
    answer = client.post(at(application, verb)) if verb else client.get(at(application))
    assert answer.status_code == 404
    assert client.get(LIST).status_code == 404
    assert client.post(f"{LIST}accept/", {"reference": application.reference}).status_code == 404
    application.refresh_from_db()
    assert application.state == "submitted"


# --- one ---------------------------------------------------------------------------------------------
def test_an_application_is_shown_with_answers_warnings_and_history(office):
    application = factories.application()
    with CaptureQueriesContext(connection) as taken:
        page = office.get(at(application)).content.decode()
    assert len(taken) <= 12
    for text in (
        "Somewhere School",
        "not in the register",
        "with whom the application was discussed",
        "key stage",
    ):
        assert text in page, text


@pytest.mark.requirement("S0-65")
def test_with_whom_it_was_discussed_is_shown(office):
    told = {"discussed": {"role": "headteacher", "name": "J. Khan", "on": "2025-06-03"}}
    page = office.get(at(factories.application(details=told))).content.decode()
    assert "J. Khan, Tue 3 Jun 2025" in page
    assert "with whom the application was discussed" not in page


def test_a_referred_application_says_why(office):
    entry = {"entry": {"result": "referred", "reasons": ["more than one school not met"]}}
    application = factories.application(details=entry)
    assert "more than one school not met" in office.get(at(application)).content.decode()
    assert "Referred" in office.get(LIST).content.decode()


def test_accepting_enrols_with_a_plan(office):
    application = factories.application()
    response = office.post(at(application, "accept/"), {"accept-reason": ""})
    assert response.url == at(application)
    enrolment = Enrolment.objects.get()
    assert sum(item.minutes for item in enrolment.plan.all()) == 74 * 60
    page = office.get(at(application)).content.decode()
    assert enrolment.reference in page
    assert "Nothing is left to decide" in page
    office.post(at(application, "accept/"), {"accept-reason": ""})
    assert Enrolment.objects.count() == 1


def test_the_second_decider_gets_a_friendly_message_and_keeps_the_words(office, client):
    application = factories.application()
    office.post(at(application, "accept/"))
    client.force_login(factories.member(Role.OFFICE, "Ola Other"))
    response = client.post(at(application, "decline/"), {"decline-reason": "My long reason"})
    assert response.status_code == 422
    page = response.content.decode()
    assert "Olu Office has already accepted" in str(response.context["decline"].non_field_errors())
    assert "Accepted" in page


def test_a_decline_without_a_reason_is_refused_at_the_field(office):
    application = factories.application()
    response = office.post(at(application, "decline/"), {"decline-reason": " "})
    assert response.status_code == 422
    assert response.context["decline"].errors["reason"]
    long = office.post(at(application, "decline/"), {"decline-reason": "x" * 10_000_000})
    assert long.status_code == 422
    assert office.post(at(application, "decline/"), {"decline-reason": "No place."}).status_code == 302


def test_withdrawing_twice_is_harmless(office):
    application = factories.application()
    for _ in range(2):
        assert office.post(at(application, "withdraw/")).status_code == 302
    application.refresh_from_db()
    assert application.state == "withdrawn"


@pytest.mark.requirement("S1-05")
def test_the_declaration_is_recorded_before_accepting(office):
    intake = factories.intake("npqsl-legacy-international", starts_on=date(2019, 1, 7))
    application = factories.application(to=intake)
    refused = office.post(at(application, "accept/"))
    assert refused.status_code == 422
    assert "declaration missing" in refused.content.decode()
    bad = office.post(
        at(application, "check/"), {"key": "headteacher-declaration", "passed": "yes", "on": ""}
    )
    assert bad.status_code == 422
    good = {
        "key": "headteacher-declaration",
        "passed": "yes",
        "on": "2019-01-04",
        "note": "Signed by J. Khan",
    }
    assert office.post(at(application, "check/"), good).status_code == 302
    assert "Signed by J. Khan" in office.get(at(application)).content.decode()


def test_an_unknown_reference_is_not_found(office):
    assert office.get(f"{LIST}A-NOTHING/").status_code == 404
    assert office.get(f"{LIST}{'x' * 500}/").status_code == 404
    assert office.get(f"{LIST}A-%00/").status_code == 404
    assert "Tick" in office.post(f"{LIST}accept/", {"reference": "\0"}, follow=True).content.decode()


# --- many at once ------------------------------------------------------------------------------------
def test_several_are_accepted_after_a_preview(office):
    chosen = [factories.application(f"{name} X") for name in ("Amara", "Bola", "Chidi")]
    references = [one.reference for one in chosen]
    preview = office.post(f"{LIST}accept/", {"reference": references, "query": "state=submitted"})
    assert "Accept 3 of 3?" in preview.content.decode()
    assert not Enrolment.objects.exists()
    done = office.post(
        f"{LIST}accept/", {"reference": references, "query": "state=submitted", "confirmed": "yes"}
    )
    assert done.url == f"{LIST}?state=submitted"
    assert Enrolment.objects.count() == 3


def test_of_several_those_that_are_refused_are_named(office):
    intake = factories.intake(places=1)
    references = [factories.application(f"{name} X", to=intake).reference for name in ("Amara", "Bola")]
    page = office.post(
        f"{LIST}accept/", {"reference": references, "confirmed": "yes"}, follow=True
    ).content.decode()
    assert "1 accepted" in page
    assert "All 1 places" in page
    assert Enrolment.objects.count() == 1


def test_a_referred_application_is_not_accepted_among_others(office):
    entry = {"entry": {"result": "referred", "reasons": ["more than one school not met"]}}
    one = factories.application(details=entry)
    preview = office.post(f"{LIST}accept/", {"reference": one.reference}).content.decode()
    assert "Accept 0 of 1?" in preview
    office.post(f"{LIST}accept/", {"reference": one.reference, "confirmed": "yes"})
    assert not Enrolment.objects.exists()


def test_nothing_ticked_is_said(office):
    factories.application()
    assert "Tick the applications" in office.post(f"{LIST}accept/", follow=True).content.decode()


def test_addresses_are_those_of_the_navigation():
    assert reverse("office:applications") == LIST
