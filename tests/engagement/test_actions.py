"""Plan and ledger in the database: credits once, corrections as further entries, standings as worked out."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from goldenthread.applications.models import Enrolment
from goldenthread.common import audit
from goldenthread.common.models import AuditEvent
from goldenthread.common.refused import Refused
from goldenthread.engagement import actions, queries, rules, together
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


def left_behind(enrolment: Enrolment) -> tuple[object, ...]:
    """All that crediting leaves, by position in the plan instead of numbers; when the stage was told apart."""
    place = dict(enrolment.plan.values_list("pk", "position"))
    entries = [
        (place[one.activity_id], one.component, one.minutes, one.counted, one.evidence, one.at)
        for one in enrolment.ledger.order_by("pk")
    ]
    told = AuditEvent.objects.filter(subject=f"enrolment:{enrolment.pk}").order_by("sequence")
    credits = [(one.actor, one.at, {**one.details, "entry": 0}) for one in told if "entry" in one.details]
    others = sorted(one.verb for one in told if "entry" not in one.details)
    standing = Standing.objects.values("counted_minutes", "basis_points", "updated_at").get(
        enrolment=enrolment
    )
    enrolment.refresh_from_db()
    return entries, credits, others, standing, enrolment.stage


@pytest.mark.parametrize("minutes", [0, 30, 700, 3996, 4440, 9999])
def test_what_the_factory_writes_together_the_action_writes_one_by_one(minutes: int) -> None:
    together, single = factories.enrolment(), factories.enrolment("Bilal Baker")

    factories.credit_minutes(together, minutes)
    left = minutes
    for activity in single.plan.order_by("position"):
        if part := min(left, activity.minutes or 0):
            actions.credit(
                activity=activity,
                minutes=part,
                evidence=factories.EVIDENCE,
                key=f"one:{activity.pk}",
                by=None,
                at=AT,
            )
            left -= part

    assert left_behind(together) == left_behind(single)
    assert list(audit.verify()) == []


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


def test_other_content_under_a_known_key_is_refused_and_says_what_is_written() -> None:
    activity = event(factories.enrolment())
    entry = give(activity, 300)
    with pytest.raises(Refused, match=r"already sent: \+300 minutes stand in the ledger"):
        give(activity, 60)
    actions.correct(entry=entry, minutes=-60, reason="Left early", key="a:2", by=None, at=AT)
    for minutes, reason in ((-90, "Left early"), (-60, "Came late")):
        with pytest.raises(Refused, match="-60 minutes with the reason “Left early”") as no:
            actions.correct(entry=entry, minutes=minutes, reason=reason, key="a:2", by=None, at=AT)
        assert no.value.code == "form.sent"
    assert [one.minutes for one in activity.credits.all()] == [300, -60]


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


def test_lines_hold_every_credit_of_an_activity_in_one_query(django_assert_num_queries) -> None:
    enrolment = factories.enrolment()
    entry = give(event(enrolment), 360)
    actions.correct(entry=entry, minutes=-60, reason="Left early", key="a:2", by=None, at=AT)

    with django_assert_num_queries(1):
        lines = {line.activity.key: line for line in queries.lines_of(enrolment)}

    assert (lines["events-1"].credited, lines["events-1"].open_minutes) == (300, 60)
    assert lines["events-2"].credits == []
    assert queries.standing_from(enrolment, lines.values()) == queries.standing_of(enrolment)


def test_standings_of_nobody_are_empty_and_many_are_asked_for_in_pieces() -> None:
    enrolment = factories.enrolment()
    for ask in (together.standings, together.recount):
        assert ask([]) == {}
        assert set(ask(range(enrolment.pk, enrolment.pk + 25_000))) == {enrolment.pk}


def test_an_entry_says_how_many_of_its_minutes_count() -> None:
    enrolment = factories.enrolment()
    days = [give(event(enrolment, n), 360, key=f"a:{n}") for n in (1, 2, 3)]
    assert [entry.counted for entry in days] == [360, 360, 360]
    taken = actions.correct(entry=days[0], minutes=-90, reason="Left early", key="c:1", by=None, at=AT)
    back = actions.correct(entry=days[0], minutes=60, reason="Stayed on", key="c:2", by=None, at=AT)
    assert (taken.counted, back.counted) == (-90, 60)
    assert together.standings()[enrolment.pk].counted == queries.standing_of(enrolment).counted == 1050


def test_figures_that_left_their_plan_or_ledger_are_found() -> None:
    right, wrong, gone = (factories.enrolment(name) for name in ("Ria Right", "Wim Wrong", "Gus Gone"))
    give(event(right), 360)
    LedgerEntry.objects.create(
        enrolment=wrong, activity=event(wrong), component="events", minutes=60, counted=61, evidence="t", key="k",
        at=AT,
    )  # fmt: skip
    Standing.objects.filter(enrolment=gone).update(planned_minutes=1)

    found = list(together.verify())

    assert [drift.enrolment_id for drift in found] == [wrong.pk, gone.pk]
    assert (found[0].written.counted, found[0].counted_anew.counted) == (61, 60)
    assert "2 differ" in actions.nightly(AT)
    gone.standing.refresh_from_db()
    assert gone.standing.planned_minutes == 74 * 60
    assert [drift.enrolment_id for drift in together.verify()] == [wrong.pk]  # an entry is never changed


COMPONENTS = ("induction", "events", "study")
plans = st.lists(
    st.tuples(st.sampled_from(COMPONENTS), st.none() | st.integers(0, 400)), min_size=1, max_size=6
)
ledgers = st.lists(st.tuples(st.integers(0, 5), st.integers(-500, 500).filter(bool)), max_size=8)


class TheSetBasedPass(TestCase):
    """Everybody at once gives the same figures as one by one, whatever plan and ledger hold."""

    @settings(max_examples=25, suppress_health_check=list(HealthCheck))
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
            stand(enrolment)

        anew, written = together.recount(), together.standings()

        for enrolment in enrolments:
            one = queries.standing_of(enrolment)
            for row in (anew[enrolment.pk], written[enrolment.pk]):
                assert (row.planned, row.counted, row.measurable, row.basis_points) == (
                    one.planned, one.counted, one.measurable, one.basis_points
                )  # fmt: skip
            assert 0 <= one.counted <= one.planned
            assert one.basis_points <= 10_000
        assert list(together.verify()) == []


def stand(enrolment) -> None:
    """The standing as the plan that stands there now would have made it."""
    now = queries.standing_of(enrolment)
    Standing.objects.filter(enrolment=enrolment).update(
        planned_minutes=now.planned, counted_minutes=now.counted, measurable=now.measurable
    )


def _activity(enrolment, place: int, component: str, minutes: int | None) -> PlannedActivity:
    return PlannedActivity.objects.create(
        enrolment=enrolment, key=f"a{place}", position=place, component=component, kind="study",
        stage="development", lane="facilitated", title="Activity", minutes=minutes,
    )  # fmt: skip


def _entry(activity: PlannedActivity, number: int, minutes: int) -> LedgerEntry:
    enrolment, component = activity.enrolment, activity.component
    planned = {part.component: part.minutes for part in queries.planned_components(enrolment)}[component]
    before = queries.credited_of(enrolment).get(component, 0)
    return LedgerEntry.objects.create(
        enrolment=enrolment, activity=activity, component=component, minutes=minutes,
        counted=rules.counting(planned, before=before, minutes=minutes), evidence="test:1",
        key=f"{activity.pk}:{number}", at=AT,
    )  # fmt: skip


@pytest.mark.migrations
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE goldenthread_ledgerentry SET minutes = 1",
        "DELETE FROM goldenthread_ledgerentry",
        "REPLACE INTO goldenthread_ledgerentry SELECT * FROM goldenthread_ledgerentry",
        "TRUNCATE goldenthread_ledgerentry CASCADE",
    ],
)
def test_the_database_refuses_to_change_or_remove_a_ledger_entry(statement: str) -> None:
    give(event(factories.enrolment()), 360)
    own = {"REPLACE": "sqlite", "TRUNCATE": "postgresql"}.get(statement.split()[0], connection.vendor)
    why = "append-only" if own == connection.vendor else "syntax error"
    connection.check_constraints()  # what is checked at the end of a transaction would come before the guard

    with (
        pytest.raises(DatabaseError, match=why),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)

    assert LedgerEntry.objects.get().minutes == 360
