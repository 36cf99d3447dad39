"""Opening intakes, listing them, and ruling for them."""

from datetime import UTC, date, datetime

import pytest

from goldenthread.common.models import AuditEvent
from goldenthread.common.refused import Refused
from goldenthread.intakes import actions, queries
from goldenthread.intakes.models import Intake
from goldenthread.people.models import Role
from tests import factories
from tests.factories import AT

pytestmark = pytest.mark.django_db
LEGACY = "npqsl-legacy-international"


def open_(key=factories.NPQLT, *, starts_on=date(2025, 1, 6), **fields):
    days = {
        "applications_open_on": date(starts_on.year - 1, 1, 1),
        "applications_close_on": date(starts_on.year - 1, 12, 7),
    }
    return actions.open_intake(
        version=factories.version(key), starts_on=starts_on, by=None, at=AT, **{**days, **fields}
    )


def test_an_intake_takes_its_name_and_models_from_its_version():
    intake = open_()
    assert (intake.name, intake.delivery_models, intake.places) == ("January 2025", ["blended"], None)
    assert AuditEvent.objects.filter(verb="intake.opened").count() == 1


def test_the_same_intake_opened_twice_is_one_and_another_on_its_day_is_refused():
    assert open_() == open_()
    with pytest.raises(Refused, match="6 January 2025"):
        open_(places=20)
    assert Intake.objects.count() == 1


@pytest.mark.requirement("S1-38")
def test_the_next_two_intakes_are_listed_and_the_form_closes_after_the_deadline():
    january = open_(LEGACY, starts_on=date(2019, 1, 7), applications_close_on=date(2018, 12, 7))
    september = open_(
        LEGACY,
        starts_on=date(2019, 9, 2),
        applications_open_on=date(2019, 1, 1),
        applications_close_on=date(2019, 8, 1),
    )
    open_(LEGACY, starts_on=date(2020, 1, 6))
    november = datetime(2018, 11, 20, 12, tzinfo=UTC)
    assert queries.next_intakes(at=november, version_id=january.version_id) == [january, september]
    assert queries.open_intakes(january.version, at=november) == [january]
    assert queries.open_intakes(january.version, at=datetime(2018, 12, 8, tzinfo=UTC)) == []


def test_for_each_version_the_open_intake_comes_before_an_earlier_one_that_is_closed():
    closed = open_(starts_on=date(2025, 1, 6), applications_close_on=date(2024, 8, 1))
    later = open_(
        starts_on=date(2025, 9, 1),
        applications_open_on=date(2024, 8, 1),
        applications_close_on=date(2025, 6, 1),
    )
    assert queries.next_by_version(at=AT) == {later.version_id: later}
    later.delete()
    assert queries.next_by_version(at=AT) == {closed.version_id: closed}


def test_an_intake_in_no_zone_is_refused():
    with pytest.raises(Refused, match="time zone"):
        open_(zone="Mars")


def test_a_ruling_is_kept_with_who_and_why_and_may_be_changed_with_a_trace():
    intake = open_("npqh-reformed-international")
    olu = factories.member(Role.OFFICE, "Olu Office")
    given = {"intake": intake, "rule": "assessment.max_words", "by": olu, "at": AT}
    assert queries.ruled(intake, "assessment.max_words") is None
    first = actions.rule(value=2500, reason="The later slide.", **given)
    assert actions.rule(value=2500, reason="Again.", **given) == first
    assert (first.chosen_by, first.reason, queries.ruled(intake, "assessment.max_words")) == (
        olu,
        "The later slide.",
        2500,
    )
    assert first.source
    actions.rule(value=1500, reason="The DfE says so.", **given)
    assert queries.ruled(intake, "assessment.max_words") == 1500
    assert [event.details["value"] for event in AuditEvent.objects.filter(verb="intake.ruled")] == [
        2500,
        1500,
    ]
    with pytest.raises(Refused):
        actions.rule(value=2000, reason="In the middle.", **given)


def test_a_limit_on_which_the_sources_agree_is_not_open_to_choice():
    intake = open_()
    olu = factories.member(Role.OFFICE)
    assert queries.ruled(intake, "assessment.max_words") == 1500
    with pytest.raises(Refused, match="1500"):
        actions.rule(intake=intake, rule="assessment.max_words", value=2500, reason="More.", by=olu, at=AT)
