"""Plan and ledger in the database: credits once, corrections as further entries, standings as worked out."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from goldenthread.common.models import AuditEvent
from goldenthread.common.refused import Refused
from goldenthread.engagement import actions, queries
from goldenthread.engagement.models import LedgerEntry, PlannedActivity, Standing
from tests import factories
from tests.factories import AT

pytestmark = pytest.mark.django_db


def event(enrolment, number: int = 1) -> PlannedActivity:
    return enrolment.plan.get(key=f"events-{number}")


def give(activity: PlannedActivity, minutes: int, key: str = "attendance:1:1") -> LedgerEntry:
    return actions.credit(
        activity=activity, minutes=minutes, evidence="attendance:1", key=key, by=None, at=AT
    )


def test_enrolling_makes_the_plan_of_the_version_once() -> None:
    enrolment = factories.enrolment()

    again = actions.make_plan(enrolment=enrolment, at=AT)

    assert sum(activity.minutes for activity in again) == 74 * 60
    assert enrolment.plan.count() == len(again) == 21
    assert [activity.position for activity in enrolment.plan.all()] == list(range(1, 22))
    assert AuditEvent.objects.filter(verb="plan.made").count() == 1


def test_an_enrolment_on_a_version_of_unknown_length_and_hours_has_a_plan_and_no_figure() -> None:
    legacy = factories.intake("npqh-legacy-england", starts_on=factories.START.replace(year=2018))
    passed = {"passed": True, "on": "2018-06-01", "note": "", "by": "Olu Office"}
    enrolment = factories.enrolment(to=legacy, details={"entry_checks": {"gateway": passed}})

    assert enrolment.plan.filter(due_on__isnull=False).count() == 0
    assert (enrolment.standing.measurable, enrolment.standing.basis_points) == (False, 0)
    assert queries.standing_of(enrolment).unknown == (
        "360° leadership diagnostic",
        "Face-to-face events",
        "Online courses",
    )


def test_a_credit_is_written_once_per_key() -> None:
    activity = event(factories.enrolment())

    first, second = give(activity, 360), give(activity, 360)

    assert first == second
    assert activity.credits.count() == 1
    assert Standing.objects.get(enrolment=activity.enrolment_id).counted_minutes == 360


def test_more_than_is_planned_is_refused_and_nothing_is_written() -> None:
    activity = event(factories.enrolment())
    give(activity, 300)

    with pytest.raises(Refused, match="60 at most"):
        give(activity, 61, key="attendance:1:2")

    assert activity.credits.count() == 1


def test_a_correction_is_a_further_entry_and_the_first_one_stays() -> None:
    activity = event(factories.enrolment())
    entry = give(activity, 360)

    taken = actions.correct(entry=entry, minutes=-360, reason="Was ill", key="a:2", by=None, at=AT)
    again = actions.correct(entry=entry, minutes=-360, reason="Was ill", key="a:2", by=None, at=AT)

    assert taken == again
    assert [(one.minutes, one.corrects_id) for one in activity.credits.all()] == [
        (360, None),
        (-360, entry.pk),
    ]
    assert queries.standing_of(activity.enrolment).counted == 0
    assert AuditEvent.objects.filter(verb="credit.corrected").count() == 1


def test_a_correction_never_lifts_an_activity_above_its_plan() -> None:
    activity = event(factories.enrolment())
    entry = give(activity, 300)

    with pytest.raises(Refused, match="60 at most"):
        actions.correct(entry=entry, minutes=61, reason="Stayed on", key="a:2", by=None, at=AT)


@pytest.mark.requirement("S0-21")
def test_development_begins_when_induction_is_done() -> None:
    enrolment = factories.enrolment(to=factories.intake("npqsl-reformed-international"))
    induction, analysis = enrolment.plan.filter(stage="induction")

    give(induction, 60, key="a")
    enrolment.refresh_from_db()
    assert enrolment.stage == "induction"
    give(analysis, 60, key="b")

    enrolment.refresh_from_db()
    assert enrolment.stage == "development"
    assert AuditEvent.objects.filter(verb="stage.reached").count() == 1


def test_a_standing_that_went_wrong_is_put_right_by_the_nightly_pass() -> None:
    enrolment, other = factories.enrolment(), factories.enrolment("Bo Bystander")
    give(event(enrolment), 360)
    Standing.objects.filter(enrolment=enrolment).update(counted_minutes=9, basis_points=9)

    assert actions.refresh_all(at=AT + timedelta(days=1)) == 1

    enrolment.standing.refresh_from_db()
    assert (enrolment.standing.counted_minutes, enrolment.standing.basis_points) == (360, 810)
    assert other.standing.updated_at == AT


def test_lines_hold_every_credit_of_an_activity_in_two_queries(django_assert_num_queries) -> None:
    enrolment = factories.enrolment()
    entry = give(event(enrolment), 360)
    actions.correct(entry=entry, minutes=-60, reason="Left early", key="a:2", by=None, at=AT)

    with django_assert_num_queries(2):
        lines = {line.activity.key: line for line in queries.lines_of(enrolment)}

    assert (lines["events-1"].credited, lines["events-1"].open_minutes) == (300, 60)
    assert lines["events-2"].credits == []
    assert queries.standing_from(enrolment, lines.values()) == queries.standing_of(enrolment)


def test_standings_of_nobody_are_empty_and_many_are_asked_for_in_pieces() -> None:
    enrolment = factories.enrolment()
    assert queries.standings([]) == {}
    assert set(queries.standings(range(enrolment.pk, enrolment.pk + 25_000))) == {enrolment.pk}


COMPONENTS = ("induction", "events", "study")
plans = st.lists(
    st.tuples(st.sampled_from(COMPONENTS), st.none() | st.integers(0, 400)), min_size=1, max_size=6
)
ledgers = st.lists(st.tuples(st.integers(0, 5), st.integers(-500, 500).filter(bool)), max_size=8)


class TheSetBasedPass(TestCase):
    """Everybody at once gives the same figures as one by one, whatever plan and ledger hold."""

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(people=st.lists(st.tuples(plans, ledgers), min_size=1, max_size=3))
    def test_gives_what_one_enrolment_gives(self, people) -> None:
        enrolments = []
        for number, (plan, ledger) in enumerate(people):
            enrolment = factories.enrolment(f"P{number} Person")
            enrolments.append(enrolment)
            PlannedActivity.objects.filter(enrolment=enrolment).delete()
            made = [_activity(enrolment, place, *part) for place, part in enumerate(plan)]
            for entry, (place, length) in enumerate(ledger):
                _entry(made[place % len(made)], entry, length)

        found = queries.standings()

        for enrolment in enrolments:
            one, row = queries.standing_of(enrolment), found[enrolment.pk]
            assert (row.planned, row.counted, row.measurable, row.basis_points) == (
                one.planned, one.counted, one.measurable, one.basis_points
            )  # fmt: skip
            assert 0 <= one.counted <= one.planned
            assert one.basis_points <= 10_000


def _activity(enrolment, place: int, component: str, minutes: int | None) -> PlannedActivity:
    return PlannedActivity.objects.create(
        enrolment=enrolment, key=f"a{place}", position=place, component=component, kind="study",
        stage="development", lane="facilitated", title="Activity", minutes=minutes,
    )  # fmt: skip


def _entry(activity: PlannedActivity, number: int, minutes: int) -> LedgerEntry:
    return LedgerEntry.objects.create(
        enrolment=activity.enrolment, activity=activity, component=activity.component, minutes=minutes,
        evidence="test:1", key=f"{activity.pk}:{number}", at=AT,
    )  # fmt: skip


@pytest.mark.migrations
@pytest.mark.parametrize(
    "statement", ["UPDATE goldenthread_ledgerentry SET minutes = 1", "DELETE FROM goldenthread_ledgerentry"]
)
def test_the_database_refuses_to_change_or_remove_a_ledger_entry(statement: str) -> None:
    give(event(factories.enrolment()), 360)

    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)

    assert LedgerEntry.objects.get().minutes == 360
