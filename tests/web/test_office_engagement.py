"""The office's list of engagement: exact figures, least first, and who is at risk."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
import time_machine
from django.urls import reverse

from goldenthread.applications.models import Enrolment, Stage
from goldenthread.assessment.models import Sitting, Window, WindowState
from goldenthread.engagement.models import Standing
from goldenthread.people.models import Role
from goldenthread.web.shared.versions import versions
from tests import factories
from tests import factories_marking as make
from tests.factories_web import Cast, cast, page, queries_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(catalogue: None) -> Cast:
    return cast()


def stands(enrolment: Enrolment, minutes: int, **fields: object) -> None:
    points = minutes * 10_000 // 4440
    Standing.objects.filter(enrolment=enrolment).update(
        counted_minutes=minutes, basis_points=points, **fields
    )


def listed(people: Cast, **query: str) -> list[str]:
    response = page(people.office, reverse("office:engagement"), **query)
    assert response.status_code == 200
    return [row["enrolment"].user.name for row in response.context["rows"]]


def test_nobody_but_the_office_can_open_the_list(people: Cast) -> None:
    for user in people.everybody_but("office"):
        assert page(user, reverse("office:engagement")).status_code == 404, user


def test_the_least_engaged_come_first(people: Cast) -> None:
    stands(people.amara, 2000)
    stands(people.bilal, 1999)
    assert listed(people) == ["Bilal Baker", "Amara Applicant"]


@pytest.mark.requirement("S0-43")
def test_one_minute_below_ninety_per_cent_is_below_and_never_shown_as_ninety(people: Cast) -> None:
    stands(people.amara, 3995)
    stands(people.bilal, 3996)
    assert listed(people, show="below") == ["Amara Applicant"]
    response = page(people.office, reverse("office:engagement"))
    first, second = (row["figure"] for row in response.context["rows"])
    assert (first.share, first.shortfall) == (Fraction(3995, 4440), 1)
    assert (second.share, second.shortfall) == (Fraction(9, 10), 0)
    text = response.content.decode()
    assert "89.97 %" in text
    assert text.count("90 %") == 1


def test_just_below_are_those_within_ten_points_the_nearest_first(people: Cast) -> None:
    stands(people.amara, 3700)
    stands(people.bilal, 3995)
    assert listed(people, show="near") == ["Bilal Baker", "Amara Applicant"]
    stands(people.amara, 3551)
    stands(people.bilal, 3996)
    assert listed(people, show="near") == []


def test_whoever_is_over_or_withdrew_is_not_listed(people: Cast) -> None:
    Enrolment.objects.filter(pk=people.amara.pk).update(stage=Stage.AWARDED)
    Enrolment.objects.filter(pk=people.bilal.pk).update(withdrawn_at=factories.AT)
    assert listed(people) == []


def test_what_cannot_be_measured_is_listed_apart(people: Cast) -> None:
    stands(people.amara, 0, measurable=False)
    assert listed(people) == ["Bilal Baker"]
    assert listed(people, show="unknown") == ["Amara Applicant"]


def test_stopped_moving_means_no_credit_for_six_weeks(people: Cast) -> None:
    Standing.objects.filter(enrolment=people.bilal).update(
        updated_at=page(people.office, "/office/").context["at"]
    )
    assert listed(people, show="still") == ["Amara Applicant"]


def test_nobody_is_at_risk_whose_window_is_over_while_no_other_lies_ahead(people: Cast) -> None:
    """Amara and Bilal are equally far behind; Amara's window closed in October 2025, Bilal's is cancelled."""
    for person in (people.amara, people.bilal):
        stands(person, 100)
    first = make.window(people.amara.intake)
    make.sitting(first, people.amara)
    cancelled = make.window(people.bilal.intake, opens_on=date(2025, 10, 7))
    make.sitting(cancelled, people.bilal)
    Window.objects.filter(pk=cancelled.pk).update(state=WindowState.CANCELLED)
    at_risk = "1 person at risk of too little engagement at this pace"
    with time_machine.travel(datetime(2025, 10, 13, 22, 0, tzinfo=UTC), tick=False):
        assert listed(people, show="risk") == ["Amara Applicant", "Bilal Baker"]
    with time_machine.travel(datetime(2025, 10, 20, 9, 0, tzinfo=UTC), tick=False):
        assert listed(people, show="risk") == ["Bilal Baker"]
        assert listed(people, show="below") == ["Amara Applicant", "Bilal Baker"]
        assert at_risk in page(people.office, "/office/").content.decode()
        later = make.window(people.amara.intake, opens_on=date(2025, 11, 3))
        sitting = make.sitting(later, people.amara)
        Sitting.objects.filter(pk=sitting.pk).update(closes_at=datetime(2025, 11, 11, tzinfo=UTC))
        assert listed(people, show="risk") == ["Amara Applicant", "Bilal Baker"]


def test_groups_are_offered_once_an_intake_is_chosen(people: Cast) -> None:
    intake = str(people.amara.intake_id)
    response = page(people.office, reverse("office:engagement"), intake=intake)
    groups = dict(response.context["form"].fields["group"].choices)
    north = next(pk for pk, name in groups.items() if name == "North 1")
    assert listed(people, intake=intake, group=str(north)) == ["Amara Applicant"]


def test_pace_asks_nothing_in_the_first_weeks_and_everything_at_the_first_window_day(people: Cast) -> None:
    version = versions()[people.amara.version_id]
    start = date(2024, 9, 2)
    assert version.pace_points(start, start + timedelta(days=28)) == 0
    assert version.pace_points(start, date(2025, 9, 2)) == 9000
    assert version.pace_points(start, date(2026, 9, 2)) == 9000
    half = version.pace_points(start, date(2025, 3, 3))
    assert 4480 < half < 4500


def test_at_risk_is_whoever_falls_short_at_this_pace(catalogue: None) -> None:
    office = factories.member(Role.OFFICE)
    today = page(office, "/office/").context["at"].date()
    half_a_year_ago = factories.intake(starts_on=today - timedelta(days=183))
    slow = factories.enrolment("Slow Starter", to=half_a_year_ago, by=office)
    steady = factories.enrolment("Steady Walker", to=half_a_year_ago, by=office)
    stands(slow, 1900)
    stands(steady, 2100)
    response = page(office, reverse("office:engagement"), show="risk")
    assert [row["enrolment"].user.name for row in response.context["rows"]] == ["Slow Starter"]


def test_the_list_says_what_was_expected_by_today_and_the_gap(catalogue: None) -> None:
    office = factories.member(Role.OFFICE)
    today = page(office, "/office/").context["at"].date()
    begun = today - timedelta(days=183)
    intake = factories.intake(starts_on=begun)
    slow, steady = (factories.enrolment(name, to=intake, by=office) for name in ("Slow", "Steady"))
    points = versions()[slow.version_id].pace_points(begun, today)
    expected = -(-4440 * points // 10_000)
    stands(slow, expected - 90)
    stands(steady, expected)
    response = page(office, reverse("office:engagement"))
    rows = {row["enrolment"].user.name: (row["expected"], row["gap"]) for row in response.context["rows"]}
    assert rows == {"Slow": (expected, 90), "Steady": (expected, 0)}
    text = response.content.decode()
    assert "Expected by today" in text
    assert "<strong>1 h 30 min</strong>" in text
    at_risk = page(office, reverse("office:engagement"), show="risk").context["rows"]
    assert [row["enrolment"].user.name for row in at_risk] == ["Slow"]


def test_nothing_is_expected_where_the_version_asks_for_no_share(people: Cast) -> None:
    Enrolment.objects.filter(pk=people.amara.pk).update(version=factories.version("npqh-legacy-england"))
    stands(people.amara, 60)
    rows = page(people.office, reverse("office:engagement")).context["rows"]
    found = {row["enrolment"].user.name: row for row in rows}["Amara Applicant"]
    assert (found["version"].threshold, found["figure"].measurable) == (None, True)
    assert (found["expected"], found["gap"]) == (None, None)


def test_a_day_of_the_list_begins_at_the_providers_midnight(people: Cast) -> None:
    Enrolment.objects.filter(pk=people.amara.pk).update(starts_on=date(2026, 6, 10))
    before_midnight = datetime(2026, 6, 10, 22, 30, tzinfo=UTC)
    for at, names in (
        (before_midnight, ["Bilal Baker"]),
        (before_midnight + timedelta(hours=1), ["Amara Applicant", "Bilal Baker"]),
    ):
        with time_machine.travel(at, tick=False):
            assert sorted(listed(people, show="still")) == names


@pytest.mark.parametrize(
    "query", [{"months": "x"}, {"intake": "0x1"}, {"group": "9"}, {"show": "all"}, {"page": "-3"}]
)
def test_a_damaged_address_gives_a_page_and_no_fault(people: Cast, query: dict[str, str]) -> None:
    assert page(people.office, reverse("office:engagement"), **query).status_code == 200


def test_the_list_takes_the_same_queries_for_one_and_three_rows(catalogue: None) -> None:
    office = factories.member(Role.OFFICE)
    factories.enrolment("One First", by=office)
    one = queries_of(office, reverse("office:engagement"))
    factories.enrolment("Two Second", by=office, school=factories.school())
    factories.enrolment("Three Third", by=office)
    assert queries_of(office, reverse("office:engagement")) == one <= 12
