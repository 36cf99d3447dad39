"""From when somebody can apply to a version: by its intakes that still take applications, or will."""

from datetime import UTC, date, datetime, timedelta

import pytest

from goldenthread.intakes import queries
from tests import factories

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 28)
EVENING = datetime(2026, 11, 28, 20, 30, tzinfo=UTC)  # past midnight in Dubai


def test_the_first_day_is_of_the_intake_that_opened_or_opens_first_and_past_ones_count_nothing() -> None:
    one = factories.intake(starts_on=date(2027, 9, 1))
    opens = one.applications_open_on
    past = factories.intake(starts_on=date(2026, 9, 1))
    assert queries.first_days([one.version_id], at=EVENING) == {one.version_id: opens}
    sooner = factories.intake(
        starts_on=date(2027, 1, 4),
        applications_open_on=DAY - timedelta(days=9),
        applications_close_on=DAY + timedelta(days=9),
    )
    assert queries.first_days([one.version_id], at=EVENING) == {one.version_id: sooner.applications_open_on}
    assert queries.first_days([], at=EVENING) == {}
    assert past.applications_close_on < DAY
    sooner.before_closing = {}
    sooner.save()
    assert queries.first_days([one.version_id], at=EVENING) == {one.version_id: opens}


@pytest.mark.parametrize(("zone", "still"), [("Europe/London", True), ("Asia/Dubai", False)])
def test_the_last_day_ends_in_the_zone_of_the_intake(zone: str, still: bool) -> None:
    days = {"applications_open_on": DAY - timedelta(days=30), "applications_close_on": DAY}
    one = factories.intake(starts_on=date(2027, 1, 4), zone=zone, **days)
    assert (one.version_id in queries.first_days([one.version_id], at=EVENING)) is still
