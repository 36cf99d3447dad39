"""The office's list of people and the page of one person."""

import csv
import io
import uuid

import pytest
from django.urls import reverse

from goldenthread.applications.models import Enrolment, Stage
from goldenthread.common.models import AuditEvent, OutboxMessage
from goldenthread.common.spreadsheets import harmless
from goldenthread.engagement.models import LedgerEntry, Standing
from goldenthread.people.models import Role, User
from goldenthread.web.office import queries
from tests import factories
from tests.factories_web import Cast, cast, client_of, page, queries_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(catalogue: None) -> Cast:
    return cast()


def listed(people: Cast, **query: str) -> list[str]:
    response = page(people.office, reverse("office:enrolments"), **query)
    assert response.status_code == 200
    return [row["enrolment"].user.name for row in response.context["rows"]]


def test_the_office_sees_everybody_by_name(people: Cast) -> None:
    assert listed(people) == ["Amara Applicant", "Bilal Baker"]


def test_nobody_else_can_open_the_list_the_export_or_a_person(people: Cast) -> None:
    urls = [
        reverse("office:enrolments"),
        reverse("office:enrolments_export"),
        reverse("office:person", args=[people.amara.reference]),
    ]
    for user in people.everybody_but("office"):
        assert [page(user, url).status_code for url in urls] == [404, 404, 404], user


@pytest.mark.parametrize("words", ["amara", "Applicant Amara", "hillside", "AMARA-", "applicant hillside"])
def test_search_finds_by_parts_of_name_email_and_school(people: Cast, words: str) -> None:
    assert listed(people, q=words) == ["Amara Applicant"]


def test_search_finds_by_either_reference_whatever_its_case(people: Cast) -> None:
    assert listed(people, q=people.bilal.reference.lower()) == ["Bilal Baker"]
    assert listed(people, q=people.bilal.application.reference) == ["Bilal Baker"]


def test_search_finds_names_beyond_ascii_whatever_their_case(people: Cast) -> None:
    factories.enrolment("Žofia Łęcka")
    assert listed(people, q="žofia") == ["Žofia Łęcka"]


def test_filters_narrow_and_combine(people: Cast) -> None:
    Enrolment.objects.filter(pk=people.bilal.pk).update(stage=Stage.ASSESSMENT)
    assert listed(people, stage="assessment") == ["Bilal Baker"]
    assert listed(people, partner=str(people.amara.partner_id)) == ["Amara Applicant"]
    assert listed(people, partner=str(people.amara.partner_id), stage="assessment") == []
    assert listed(people, intake=str(people.amara.intake_id)) == ["Amara Applicant", "Bilal Baker"]
    assert listed(people, model=people.amara.delivery_model) == ["Amara Applicant", "Bilal Baker"]


def test_whoever_withdrew_is_in_a_list_of_their_own(people: Cast) -> None:
    Enrolment.objects.filter(pk=people.bilal.pk).update(withdrawn_at=factories.AT)
    assert listed(people) == ["Amara Applicant"]
    assert listed(people, state="withdrawn") == ["Bilal Baker"]
    assert listed(people, state="all") == ["Amara Applicant", "Bilal Baker"]


def test_the_list_sorts_by_name_start_and_engagement(people: Cast) -> None:
    Standing.objects.filter(enrolment=people.bilal).update(basis_points=5000)
    assert listed(people, sort="-name") == ["Bilal Baker", "Amara Applicant"]
    assert listed(people, sort="-engagement") == ["Bilal Baker", "Amara Applicant"]
    assert listed(people, sort="engagement") == ["Amara Applicant", "Bilal Baker"]
    assert listed(people, sort="start") == ["Amara Applicant", "Bilal Baker"]


@pytest.mark.parametrize(
    "query",
    [
        {"page": "99999999999"},
        {"page": "x"},
        {"intake": "abc"},
        {"intake": "99999999999999999999"},
        {"sort": "password"},
        {"q": "nul\0l"},
        {"q": "x" * 5000},
        {"stage": "' OR 1=1"},
    ],
)
def test_a_damaged_address_gives_a_page_and_no_fault(people: Cast, query: dict[str, str]) -> None:
    assert page(people.office, reverse("office:enrolments"), **query).status_code == 200


def test_pages_hold_fifty_and_keep_the_filter_in_their_links(
    people: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "PAGE", 1)
    response = page(people.office, reverse("office:enrolments"), q="a", page="2")
    assert [row["enrolment"].user.name for row in response.context["rows"]] == ["Bilal Baker"]
    assert "q=a" in response.content.decode()


def test_the_list_takes_the_same_queries_for_one_and_three_rows(catalogue: None) -> None:
    office = factories.member(Role.OFFICE)
    factories.enrolment("One First", by=office)
    one = queries_of(office, reverse("office:enrolments"))
    factories.enrolment("Two Second", by=office, school=factories.school())
    factories.enrolment("Three Third", by=office)
    assert queries_of(office, reverse("office:enrolments")) == one <= 12


def test_the_export_holds_what_the_list_shows_and_nothing_that_a_spreadsheet_runs(people: Cast) -> None:
    User.objects.filter(pk=people.bilal.user_id).update(name='=HYPERLINK("http://evil.example","x")')
    response = page(people.office, reverse("office:enrolments_export"), q="HYPERLINK")
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0][:3] == ["reference", "name", "e-mail"]
    assert [row[1] for row in rows[1:]] == ['\'=HYPERLINK("http://evil.example","x")']
    assert response["Content-Disposition"].startswith("attachment")
    event = AuditEvent.objects.get(verb="people.exported")
    assert event.actor == f"user:{people.office.pk}"
    assert event.details["filters"] == {"words": "HYPERLINK", "sort": "name"}


def test_every_export_is_a_subject_of_its_own_so_that_two_at_once_do_not_meet(people: Cast) -> None:
    for _ in range(2):
        assert page(people.office, reverse("office:enrolments_export")).status_code == 200
    events = AuditEvent.objects.filter(verb="people.exported")
    assert {event.sequence for event in events} == {1}
    assert len({event.subject for event in events}) == 2


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "  =1", "＝1"])
def test_cells_that_begin_like_a_formula_are_defused(cell: str) -> None:
    assert harmless(cell) == "'" + cell


@pytest.mark.parametrize("cell", ["", "Amara", "a=b", "2024-09-02", "89.99 %"])
def test_other_cells_stay_as_they_are(cell: str) -> None:
    assert harmless(cell) == cell


# --- one person --------------------------------------------------------------------------------------
def test_the_page_of_a_person_shows_plan_ledger_answers_and_trail(people: Cast) -> None:
    factories.credit_minutes(people.amara, 90)
    response = page(people.office, reverse("office:person", args=[people.amara.reference]))
    text = response.content.decode()
    for expected in (
        "Amara Applicant",
        "Hillside School",
        "Partner North",
        "North 1",
        "1 h 30 min",
        "Enrolled",
        "Plan made",
    ):
        assert expected in text, expected
    assert response.context["found"].progress.standing.counted == 90


def test_the_page_of_a_person_never_takes_more_than_twelve_queries(people: Cast) -> None:
    few = queries_of(people.office, reverse("office:person", args=[people.amara.reference]))
    factories.credit_minutes(people.amara, 900)
    many = queries_of(people.office, reverse("office:person", args=[people.amara.reference]))
    assert few == many <= 12


def test_a_person_that_is_not_there_is_not_found(people: Cast) -> None:
    assert page(people.office, reverse("office:person", args=["E-NOBODY"])).status_code == 404


def correction(people: Cast, **fields: str) -> tuple[str, dict[str, str]]:
    entry = LedgerEntry.objects.filter(enrolment=people.amara).order_by("pk").first()
    assert entry is not None
    url = reverse("office:correct", args=[people.amara.reference, entry.pk])
    return url, {"minutes": "-30", "reason": "Left early", "form_key": str(uuid.uuid4()), **fields}


def test_a_credit_is_corrected_once_however_often_the_form_is_sent(people: Cast) -> None:
    factories.credit_minutes(people.amara, 60)
    url, data = correction(people)
    client = client_of(people.office)
    assert [client.post(url, data).status_code for _ in range(2)] == [302, 302]
    assert [entry.minutes for entry in LedgerEntry.objects.order_by("pk")][-1] == -30
    assert LedgerEntry.objects.filter(corrects__isnull=False).count() == 1
    assert Standing.objects.get(enrolment=people.amara).counted_minutes == 30


def test_a_form_sent_again_with_other_minutes_says_so_and_can_be_sent_as_its_own(people: Cast) -> None:
    factories.credit_minutes(people.amara, 60)
    url, data = correction(people)
    client = client_of(people.office)
    client.post(url, data)

    answer = client.post(url, {**data, "minutes": "-20"})

    assert answer.status_code == 422
    assert "already sent: -30 minutes with the reason “Left early”" in answer.content.decode()
    form = answer.context["form"]
    assert (form["minutes"].value(), form["reason"].value()) == ("-20", "Left early")
    sent = {name: form[name].value() for name in ("minutes", "reason", "form_key")}
    assert client.post(url, sent).status_code == 302
    assert Standing.objects.get(enrolment=people.amara).counted_minutes == 10


def test_the_page_says_where_a_credit_is_corrected_and_opens_it(people: Cast) -> None:
    factories.credit_minutes(people.amara, 60)
    url = reverse("office:person", args=[people.amara.reference])
    closed = page(people.office, url).content.decode()
    assert 'href="?credits=all#credits">Show all credits to correct one' in closed
    assert '<details class="gt-more" open>' not in closed
    assert '<details class="gt-more" open>' in page(people.office, url, credits="all").content.decode()


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"minutes": "-61"}, "take away that many at most"),
        ({"reason": ""}, "Say why this credit is corrected"),
        ({"minutes": "many"}, "Give whole minutes"),
        ({"minutes": "9" * 30}, "at most "),
        ({"form_key": "x"}, "enter a valid UUID"),
    ],
)
def test_a_wrong_correction_comes_back_filled_with_what_to_change(
    people: Cast, fields: dict[str, str], told: str
) -> None:
    factories.credit_minutes(people.amara, 60)
    url, data = correction(people, **fields)
    response = client_of(people.office).post(url, data)
    assert response.status_code == 422
    assert told in response.content.decode()
    assert not LedgerEntry.objects.filter(corrects__isnull=False).exists()


def test_nobody_else_corrects_a_credit_nor_the_office_one_of_another_person(people: Cast) -> None:
    factories.credit_minutes(people.amara, 60)
    url, data = correction(people)
    for user in people.everybody_but("office"):
        assert client_of(user).post(url, data).status_code == 404
    foreign = url.replace(people.amara.reference, people.bilal.reference)
    assert client_of(people.office).post(foreign, data).status_code == 404


def test_messages_to_the_person_are_listed(people: Cast) -> None:
    assert OutboxMessage.objects.filter(recipient=people.amara.user.email).exists()
    text = page(people.office, reverse("office:person", args=[people.amara.reference])).content.decode()
    assert "Application accepted" in text
