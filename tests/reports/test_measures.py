"""What the system measures of itself: pass rates, how many people and partners, metrics, local delivery, change."""

import uuid
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from goldenthread.applications.models import Application, ApplicationState, Enrolment
from goldenthread.assessment.models import Sitting, SittingState, Window
from goldenthread.common import clock
from goldenthread.groups.models import Group, GroupPlace
from goldenthread.intakes.models import Intake
from goldenthread.outcomes.models import Outcome
from goldenthread.people.models import Organisation, OrganisationRole, Postcode, Role, User
from goldenthread.reports import actions, measures, places
from goldenthread.reports.models import MetricFigure, SelfAssessment
from goldenthread.reports.rules import Share
from tests import by_hand, factories
from tests import factories_marking as make
from tests.factories_web import client_of, page, text_of

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
ON = date(2026, 3, 2)


@pytest.fixture
def olu(catalogue: None) -> User:
    return factories.member(Role.OFFICE, "Olu Office")


def many(
    intake: Intake, number: int, *, prefix: str, users: Sequence[User] = (), **fields: Any
) -> list[Enrolment]:
    """Enrolments in bulk, as a load test has them."""
    people = list(users) or User.objects.bulk_create(
        User(email=f"{prefix}{n}@example.org", name=f"{prefix.title()} {n:05}", joined_at=AT)
        for n in range(number)
    )
    office = factories.member(Role.OFFICE, "Decider Office")
    applications = Application.objects.bulk_create(
        Application(
            reference=f"A{prefix}{n}"[:12], form_key=uuid.uuid4(), intake=intake, name=one.name, email=one.email,
            state=ApplicationState.ACCEPTED, school_text="A school", delivery_model="blended",
            role_status="in role", submitted_at=AT,
            decided_at=AT, decided_by=office,
        )
        for n, one in enumerate(people)
    )  # fmt: skip
    said = {"starts_on": intake.starts_on, "delivery_model": "blended", "enrolled_at": AT, **fields}
    return Enrolment.objects.bulk_create(
        Enrolment(
            reference=f"E{prefix}{n}"[:12], application=application, user=one, intake=intake,
            version_id=intake.version_id, **said,
        )
        for n, (application, one) in enumerate(zip(applications, people, strict=True))
    )  # fmt: skip


def release(
    window: Window, people: Sequence[Enrolment], *, passed: int, number: int = 1, at: datetime = AT
) -> None:
    Outcome.objects.bulk_create(
        Outcome(
            enrolment=one, window=window, number=number, result="passed" if n < passed else "not_passed",
            conditions=[], computed_at=at, released_at=at, released_by=window.created_by,
        )
        for n, one in enumerate(people)
    )  # fmt: skip


@pytest.mark.requirement("S0-56")
@pytest.mark.parametrize(
    ("passed", "text", "alert"), [(19, "95.0 % (19/20)", False), (18, "90.0 % (18/20)", True)]
)
def test_the_pass_rate_of_those_assessed_with_the_withdrawn_apart(
    olu: User, passed: int, text: str, alert: bool
) -> None:
    window = make.window(factories.intake())
    release(window, many(window.intake, 20, prefix="a"), passed=passed)
    many(window.intake, 3, prefix="w", withdrawn_at=AT)
    many(window.intake, 4, prefix="going")
    rate = measures.pass_rate()
    assert (rate.share.text, rate.withdrawn, rate.alert) == (text, 3, alert)
    (row,) = measures.pass_rates("programme")
    assert (row.name, row.assessed, row.passed, row.withdrawn) == ("NPQLT", 20, passed, 3)
    shown = text_of(page(olu, reverse("office:reports")))
    assert text in shown
    assert ("Under 95.0 %" in shown) == alert


def test_the_rate_is_split_by_intake_partner_and_period(olu: User) -> None:
    window, later = make.window(factories.intake()), make.window(factories.intake(starts_on=date(2025, 9, 1)))
    north = Organisation.objects.create(name="North")
    release(window, many(window.intake, 4, prefix="n", partner=north), passed=4)
    release(later, many(later.intake, 2, prefix="l"), passed=1)
    by_partner = {row.name: row.share for row in measures.pass_rates("partner")}
    assert by_partner == {"North": Share(4, 4), "no delivery partner": Share(1, 2)}
    assert [row.share for row in measures.pass_rates("intake")] == [Share(4, 4), Share(1, 2)]
    only = (date(2025, 1, 1), date(2025, 12, 31))
    assert measures.pass_rate(starting=only).share == Share(1, 2)


def test_a_person_who_passes_at_the_second_attempt_counts_once_and_as_passed(olu: User) -> None:
    window = make.window(factories.intake())
    people = many(window.intake, 2, prefix="r")
    release(window, people, passed=0)
    release(window, people[:1], passed=1, number=2, at=datetime(2026, 5, 1, tzinfo=UTC))
    assert measures.pass_rate().share == Share(1, 2)
    by_hand.alter(Outcome.objects.filter(number=2), released_at=None, released_by=None)
    assert measures.pass_rate().share == Share(0, 2)


def held_back(window: Window, people: Sequence[Enrolment], *, at: datetime = AT) -> None:
    """People of a window whom the gate held back, with the result that tells them so."""
    for n, one in enumerate(people):
        Sitting.objects.create(
            window=window, enrolment=one, code=f"H{one.pk}-{n}", opens_at=AT - timedelta(days=9), closes_at=AT,
            zone="Europe/London", state=SittingState.HELD_BACK, gate={"code": "engagement.short", "missing": 6},
        )  # fmt: skip
    release(window, people, passed=0, at=at)


@pytest.mark.requirement("S0-41", "S0-56")
@pytest.mark.parametrize(
    ("passed", "failed", "held", "text", "alert"),
    [
        (19, 0, 1, "100.0 % (19/19)", False),
        (19, 1, 5, "95.0 % (19/20)", False),
        (18, 2, 1, "90.0 % (18/20)", True),
        (0, 0, 3, "–", False),
    ],
)
def test_whoever_was_held_back_at_the_gate_was_not_assessed(
    olu: User, passed: int, failed: int, held: int, text: str, alert: bool
) -> None:
    window = make.window(factories.intake())
    if passed + failed:
        release(window, many(window.intake, passed + failed, prefix="a"), passed=passed)
    stopped = many(window.intake, held, prefix="h")
    held_back(window, stopped)
    Enrolment.objects.filter(pk=stopped[0].pk).update(withdrawn_at=AT)
    rate = measures.pass_rate()
    assert (rate.assessed, rate.passed, rate.withdrawn, rate.alert) == (passed + failed, passed, 1, alert)
    if rate.assessed:
        assert rate.share.text == text
    for by in measures.BY:
        assert sum(row.assessed for row in measures.pass_rates(by)) == passed + failed
    shown = text_of(page(olu, reverse("office:reports")))
    assert ("Under 95.0 %" in shown) is alert


@pytest.mark.requirement("S0-56")
def test_of_several_windows_the_latest_attempt_counts_and_no_gate(olu: User) -> None:
    first, second, third = (make.window(factories.intake(starts_on=date(2025, n, 6))) for n in (1, 5, 9))
    lena, ned, ola = many(first.intake, 3, prefix="s")
    weeks = [AT + timedelta(weeks=n) for n in range(4)]
    held_back(first, [lena], at=weeks[0])  # and passed afterwards
    release(second, [lena], passed=1, at=weeks[1])
    release(first, [ned], passed=0, at=weeks[0])  # and held back afterwards
    held_back(second, [ned], at=weeks[1])
    held_back(third, [ola], at=weeks[2])
    assert (measures.pass_rate().share, measures.pass_rate().withdrawn) == (Share(1, 2), 0)
    release(first, [lena], passed=0, number=2, at=weeks[3])  # what the gate said is put into other words
    assert measures.pass_rate().share == Share(1, 2)


@pytest.mark.requirement("S0-56", "S0-61")
def test_the_departments_metrics_take_nobody_for_assessed_whom_the_gate_held_back(olu: User) -> None:
    window = make.window(factories.intake(starts_on=date(2025, 1, 6)))
    release(window, many(window.intake, 7, prefix="d"), passed=6)
    stopped = many(window.intake, 3, prefix="h")
    held_back(window, stopped)
    Enrolment.objects.filter(pk=stopped[0].pk).update(withdrawn_at=AT)
    found = {row.key: row.basis for row in measures.metrics(2025)}
    assert (found["pass"], found["completion"], found["retention"]) == ("6/7", "7/10", "9/10")


@pytest.mark.requirement("S0-56")
def test_let_in_and_nothing_handed_in_is_assessed_and_not_passed(olu: User) -> None:
    window = make.window(factories.intake())
    people = many(window.intake, 2, prefix="n")
    for one in people:
        Sitting.objects.create(
            window=window, enrolment=one, code=f"N{one.pk}", opens_at=AT - timedelta(days=9), closes_at=AT,
            zone="Europe/London", released_at=AT - timedelta(days=9),
        )  # fmt: skip
    release(window, people, passed=0)
    assert measures.pass_rate().share == Share(0, 2)


@pytest.mark.requirement("S0-53")
def test_the_rate_is_split_by_the_band_of_the_school_where_one_is_recorded(olu: User) -> None:
    poor, other = factories.school("Poor School"), factories.school("Other School")
    actions.record_band(school=poor, band=5, source="A list of 2026", by=olu, at=AT)
    window = make.window(factories.intake())
    release(window, many(window.intake, 3, prefix="p", school=poor), passed=2)
    release(window, many(window.intake, 1, prefix="o", school=other), passed=1)
    rows = {row.name: row.share for row in measures.pass_rates("band")}
    assert rows == {"5": Share(2, 3), "no band recorded": Share(1, 1)}
    assert "no band recorded" in text_of(page(olu, reverse("office:reports"), by="band"))
    listed = page(olu, reverse("office:bands")).context["page"]
    assert [school.name for school in listed] == ["Other School", "Poor School"]
    client, url = client_of(olu), reverse("office:band", args=[other.pk])
    assert client.post(url, {"band": "9", "source": "x"}).status_code == 422
    assert client.post(url, {"band": "2", "source": "A list of 2026"}).status_code == 302
    assert {row.name for row in measures.pass_rates("band")} == {"2", "5"}


@pytest.mark.requirement("S0-58")
def test_fourteen_thousand_and_one_people_in_three_years_each_counted_once(olu: User) -> None:
    today = clock.today()
    first = factories.intake(starts_on=today - timedelta(days=900))
    again = factories.intake("npqltd-reformed-international", starts_on=today - timedelta(days=30))
    old = factories.intake(starts_on=today - timedelta(days=1200))
    people = many(first, 14_001, prefix="p")
    many(again, 2, prefix="twice", users=[one.user for one in people[:2]])
    many(old, 5, prefix="old")
    with CaptureQueriesContext(connection) as asked:
        assert measures.participants(on=today) == 14_001
    assert len(asked) == 1
    assert measures.participants(on=today + timedelta(days=300)) == 2
    assert "14,001" in text_of(page(olu, reverse("office:reports")))
    listed = page(olu, reverse("office:enrolments"), intake=first.pk)
    assert listed.context["page"].paginator.count == 14_001


def test_partners_are_counted_from_the_directory_as_of_a_day(olu: User) -> None:
    for number, (starts, ends) in enumerate(
        [(date(2020, 1, 1), None), (date(2020, 1, 1), date(2026, 3, 1)), (date(2026, 4, 1), None)]
    ):
        body = Organisation.objects.create(name=f"Body {number}")
        OrganisationRole.objects.create(
            organisation=body, role="delivery_partner", starts_on=starts, ends_on=ends
        )
    OrganisationRole.objects.create(
        organisation=Organisation.objects.get(name="Body 0"),
        role="delivery_partner",
        starts_on=date(2025, 1, 1),
    )
    assert [measures.partners(on=day) for day in (date(2026, 3, 1), ON, date(2026, 4, 1))] == [2, 1, 2]


@pytest.mark.requirement("S0-61")
def test_the_metrics_of_a_year_and_their_export(olu: User) -> None:
    window = make.window(factories.intake(starts_on=date(2025, 1, 6)))
    Intake.objects.filter(pk=window.intake_id).update(places=50)
    release(window, many(window.intake, 23, prefix="d"), passed=22)
    many(window.intake, 1, prefix="k")
    many(window.intake, 1, prefix="w", withdrawn_at=AT)
    told = {"stated_figure": None, "source": "", "by": olu, "at": AT}
    actions.set_metric(metric="completion", year=2025, target=Share(90, 100).fraction, **told)
    actions.set_metric(metric="retention", year=2025, target=Share(99, 100).fraction, **told)
    stated = {"stated_figure": Share(98, 100).fraction, "source": "A survey of 2025", "by": olu, "at": AT}
    actions.set_metric(metric="satisfaction", year=2025, target=Share(95, 100).fraction, **stated)
    lines = page(olu, reverse("office:metrics_csv"), year="2025").content.decode().splitlines()
    assert lines == [
        "metric,target,actual,year,verdict",
        "recruitment,,50,2025,no target set",
        "retention,99,96,2025,not met",
        "completion,90,92,2025,met",
        "pass,,95.6,2025,no target set",
        "satisfaction,95,98,2025,met",
        "timeliness,,,2025,no target set",
    ]
    for nonsense in ("²²²²", "20251", "x"):
        told_anyway = page(olu, reverse("office:metrics_csv"), year=nonsense).content.decode()
        assert told_anyway.splitlines()[1].endswith(",2025,no target set")
    assert measures.years()[0] == 2025
    assert MetricFigure.objects.count() == 3


@pytest.mark.requirement("S3-39")
def test_local_delivery_over_a_hundred_candidates(olu: User) -> None:
    intake = factories.intake()
    Postcode.objects.create(code="BS15JD", latitude=51.45, longitude=-2.59)
    hall = Group.objects.create(intake=intake, name="Bristol", venue="Town Hall, Bristol bs1 5jd")
    online = Group.objects.create(intake=intake, name="Online")
    near = factories.school("Near School", latitude=51.5, longitude=-2.5, authority="Bristol")
    far = {
        area: factories.school(f"{area} School", latitude=50.4, longitude=-4.1, authority=area)
        for area in ("Plymouth", "Cornwall")
    }
    people = many(intake, 93, prefix="near", school=near)
    people += many(intake, 4, prefix="ply", school=far["Plymouth"])
    people += many(intake, 3, prefix="cor", school=far["Cornwall"])
    GroupPlace.objects.bulk_create(GroupPlace(group=hall, enrolment=one, since=AT) for one in people)
    web = many(intake, 2, prefix="web", school=near)
    GroupPlace.objects.bulk_create(GroupPlace(group=online, enrolment=one, since=AT) for one in web)
    many(intake, 1, prefix="gone", school=near, withdrawn_at=AT)
    found = places.local_delivery(intake_id=intake.pk)
    assert found.share.text == "93.0 % (93/100)"
    assert {area: len(rows) for area, rows in found.uncovered.items()} == {"Cornwall": 3, "Plymouth": 4}
    assert found.unknown == 2
    assert places.local_delivery(within_km=300).share == Share(100, 100)
    shown = text_of(page(olu, reverse("office:local_delivery"), intake=intake.pk))
    assert "93.0 % (93/100)" in shown
    assert "Plymouth" in shown


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Hall, Bristol BS1 5JD", "BS15JD"),
        ("sw1a1aa, then M1 1AE", "M11AE"),
        ("Room B12", ""),
        ("", ""),
    ],
)
def test_the_postcode_of_a_venue(text: str, key: str) -> None:
    assert places.postcode_in(text) == key


@pytest.mark.requirement("S2-37")
def test_the_change_from_start_to_end_with_those_who_gave_both(olu: User) -> None:
    intake = factories.intake("npqsl-reformed-international")
    people = many(intake, 6, prefix="s")
    for one, start, end in zip(people, (2, 3, 2, 3, 2, 5), (4, 4, 3, 4, 3, None), strict=True):
        SelfAssessment.objects.create(
            enrolment=one, area="Implementation", moment="start", rating=start, given_at=AT
        )
        if end is not None:
            SelfAssessment.objects.create(
                enrolment=one, area="Implementation", moment="end", rating=end, given_at=AT
            )
    (found,) = places.changes(intake_id=intake.pk)
    assert (float(found.start or 0), float(found.end or 0), found.text) == (2.4, 3.6, "+1.2 (n = 5)")
    assert places.changes(intake_id=factories.intake().pk) == []
    assert "+1.2 (n = 5)" in text_of(page(olu, reverse("office:report_change"), intake=intake.pk))


def test_somebody_rates_every_area_once_per_moment(olu: User) -> None:
    from goldenthread.common.refused import Refused

    person = factories.enrolment("Amara Applicant", by=olu)
    areas = person.version.specification.content_areas
    told = {"enrolment": person, "by": person.user, "at": AT}
    for bad in (
        {},
        dict.fromkeys(areas[1:], 3),
        dict.fromkeys(areas, 6),
        {**dict.fromkeys(areas, 3), "More": 1},
    ):
        with pytest.raises(Refused):
            actions.rate_oneself(moment="start", ratings=bad, **told)
    actions.rate_oneself(moment="start", ratings=dict.fromkeys(areas, 2), **told)
    with pytest.raises(Refused):
        actions.rate_oneself(moment="start", ratings=dict.fromkeys(areas, 5), **told)
    with pytest.raises(Refused, match="not the time for them yet"):
        actions.rate_oneself(moment="end", ratings=dict.fromkeys(areas, 4), **told)
    Enrolment.objects.filter(pk=person.pk).update(stage="assessment")
    actions.rate_oneself(moment="end", ratings=dict.fromkeys(areas, 4), **told)
    assert SelfAssessment.objects.count() == 2 * len(areas)
