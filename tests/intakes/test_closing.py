"""Closing a version says what it does to its intakes, and does it: later ones take no applications any more."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse

from goldenthread.applications import actions as applications
from goldenthread.applications.models import Application
from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.common import clock
from goldenthread.common.models import AuditEvent
from goldenthread.common.refused import Refused
from goldenthread.intakes import closing, queries
from goldenthread.intakes.models import Intake
from goldenthread.people.models import Role
from tests import factories
from tests import factories_applications as apply
from tests.factories_web import client_of, text_of

pytestmark = pytest.mark.django_db
NOW = datetime(2024, 8, 1, 9, 0, tzinfo=UTC)
SOON, LATER, LAST = date(2024, 9, 2), date(2025, 1, 13), date(2025, 9, 1)


@pytest.fixture
def soon() -> Intake:
    return factories.intake(starts_on=SOON)


@pytest.fixture
def later() -> Intake:
    """It takes applications now."""
    return factories.intake(
        starts_on=LATER, applications_open_on=date(2024, 7, 1), applications_close_on=date(2024, 12, 1)
    )


@pytest.fixture
def last() -> Intake:
    """It opens in February."""
    return factories.intake(
        starts_on=LAST, applications_open_on=date(2025, 2, 1), applications_close_on=date(2025, 7, 1)
    )


def close(version: ProgrammeVersion, day: date, *, at: datetime = NOW) -> ProgrammeVersion:
    return closing.close_version(version=version, closes_from=day, reason="A revision", by=None, at=at)


def days(intake: Intake) -> tuple[date, date]:
    intake.refresh_from_db()
    return intake.applications_open_on, intake.applications_close_on


def submit(intake: Intake, at: datetime = NOW) -> Application:
    key = "7b0e7c86-3a5e-4d5d-9a0e-0d1c2b3a4f5e"
    return applications.submit(intake=intake, form_key=key, answers=apply.answers(), at=at)


def test_earlier_intakes_go_on_and_later_ones_take_no_applications(soon, later, last) -> None:
    before = days(soon)
    close(soon.version, LATER)
    assert days(soon) == before
    assert queries.is_open(soon, at=NOW)
    for intake in (later, last):
        intake.refresh_from_db()
        assert not queries.is_open(intake, at=NOW)
        assert not queries.is_open(intake, at=datetime(2025, 3, 1, tzinfo=UTC))
        with pytest.raises(Refused, match="closed at the end of 31 July 2024"):
            submit(intake)
    assert queries.next_intakes(at=NOW, version_id=soon.version_id, limit=5) == [soon]
    assert queries.next_by_version(at=NOW) == {soon.version_id: soon}


def test_an_intake_on_the_day_itself_is_shut_and_one_of_the_day_before_is_not(later) -> None:
    close(later.version, LATER + timedelta(days=1))
    assert queries.is_open(Intake.objects.get(pk=later.pk), at=NOW)
    close(later.version, LATER)
    assert not queries.is_open(Intake.objects.get(pk=later.pk), at=NOW)


def test_a_later_day_gives_the_intakes_their_days_back(soon, later, last) -> None:
    had = days(later), days(last)
    close(soon.version, LATER)
    close(soon.version, LATER)  # again changes nothing
    assert AuditEvent.objects.filter(verb="intake.shut").count() == 2
    close(soon.version, LAST, at=NOW + timedelta(days=3))
    assert days(later) == had[0]
    assert days(last) != had[1]
    close(soon.version, LAST + timedelta(days=1), at=NOW + timedelta(days=4))
    assert (days(later), days(last)) == had


def test_who_has_applied_still_waits_and_who_is_enrolled_goes_on(later) -> None:
    application = submit(later)
    person = factories.enrolment(to=later)
    close(later.version, LATER)
    application.refresh_from_db()
    person.refresh_from_db()
    assert (application.state, person.withdrawn_at) == ("submitted", None)


def test_an_intake_that_has_started_is_left_alone(soon) -> None:
    had = days(soon)
    close(soon.version, SOON, at=datetime(2024, 10, 1, tzinfo=UTC))
    assert days(soon) == had
    assert soon.before_closing is None


def test_nothing_happens_to_intakes_when_the_closing_is_refused(later) -> None:
    had = days(later)
    with pytest.raises(Refused):
        close(later.version, date(2001, 1, 1))
    assert days(later) == had


def test_a_version_that_its_file_closes_shuts_its_intakes_too() -> None:
    legacy = factories.intake(
        "npqsl-legacy-international",
        starts_on=LATER,
        applications_open_on=date(2024, 7, 1),
        applications_close_on=date(2024, 12, 1),
    )
    assert queries.is_open(legacy, at=NOW)
    for _ in range(2):
        closing.follow_files(by=None, at=NOW)
    assert not queries.is_open(Intake.objects.get(pk=legacy.pk), at=NOW)
    assert AuditEvent.objects.filter(verb="intake.shut").count() == 1


def test_the_page_shows_first_what_becomes_of_the_intakes() -> None:
    today = clock.now().date()
    starts = today + timedelta(days=120)
    intake = factories.intake(
        starts_on=starts,
        applications_open_on=today - timedelta(days=5),
        applications_close_on=today + timedelta(days=60),
    )
    factories.application(to=intake)
    factories.enrolment("Amara Applicant", to=intake)
    office = client_of(factories.member(Role.OFFICE, "Olu Office"))
    url = reverse("office:version_close", args=[intake.version.key])
    said = {"closes_from": starts.isoformat(), "reason": "A revision is there"}
    shown = office.post(url, said)
    assert shown.status_code == 200
    assert "1 intake starts on or after that day" in text_of(shown)
    assert [(one.waiting, one.enrolled) for one in shown.context["shut"]] == [(1, 1)]
    assert factories.version(intake.version.key).state == "published"

    seen = shown.context["form"]["seen"].value()
    other = office.post(url, {**said, "closes_from": (starts - timedelta(days=1)).isoformat(), "seen": seen})
    assert "1 intake starts on or after that day" in text_of(other)  # another day is shown anew
    done = office.post(url, {**said, "seen": seen}, follow=True)
    assert "1 intake takes no applications any more" in text_of(done)
    assert factories.version(intake.version.key).state == "closed"
    assert "Shut by the closing of its version" in text_of(
        office.get(reverse("office:intake", args=[intake.pk]))
    )
    visitor = text_of(client_of(factories.user()).get(reverse("public:apply", args=[intake.pk]), follow=True))
    assert "closed" in visitor
