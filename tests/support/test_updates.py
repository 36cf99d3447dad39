"""Updates on progress: to whom, when, what they say and don't, and which were sent on time (S2-11)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core import mail as django_mail
from django.http import Http404

from goldenthread.applications.models import Enrolment, Stage
from goldenthread.common import outbox
from goldenthread.common.models import AuditEvent, OutboxMessage
from goldenthread.common.refused import Refused
from goldenthread.people.models import Membership, Role, User
from goldenthread.support import actions, jobs, queries, rules
from goldenthread.support.models import Mentoring, ProgressUpdate
from goldenthread.support.rules import Interval
from tests import factories
from tests.factories_web import Cast, cast, give
from tests.races import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]
FIRST = date(2025, 3, 1)


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


@pytest.fixture
def people() -> Cast:
    """Amara began on 6 January 2025, with Hana as her head and Mo as her mentor."""
    found = cast()
    Enrolment.objects.update(starts_on=date(2025, 1, 6))
    Membership.objects.update(starts_on=date(2018, 1, 1))
    found.amara.refresh_from_db()
    return found


@pytest.fixture
def mo(people: Cast) -> User:
    mentor = factories.user("Mo Mentor")
    give(mentor, people.amara.school.organisation, Role.MENTOR)
    Membership.objects.update(starts_on=date(2018, 1, 1))
    actions.name_mentor(enrolment=people.amara, mentor=mentor, by=people.office, at=noon(date(2025, 1, 8)))
    return mentor


def letters() -> list[OutboxMessage]:
    return list(OutboxMessage.objects.filter(payload__template="progress_update").order_by("pk"))


def monthly(only: Enrolment) -> None:
    """Everybody else's school hears nothing."""
    for one in Enrolment.objects.exclude(pk=only.pk):
        actions.set_interval(enrolment=one, interval="never", by=None, at=factories.AT)


@pytest.mark.requirement("S2-11")
@pytest.mark.parametrize("interval", ["monthly", ""])
def test_head_and_mentor_get_one_update_with_engagement_and_overdue_tasks(
    people: Cast, mo: User, interval: str
) -> None:
    monthly(people.amara)
    if interval:
        actions.set_interval(enrolment=people.amara, interval=interval, by=people.office, at=factories.AT)
    people.amara.plan.filter(lane="self-directed").update(due_on=date(2025, 2, 20))
    activity = people.amara.plan.filter(lane="self-directed").order_by("position").first()
    jobs.send_updates(noon(FIRST))
    assert {one.recipient for one in letters()} == {people.head.email, mo.email}
    for again in (0, 3, 11):
        jobs.send_updates(noon(FIRST) + timedelta(hours=again))
    assert len(letters()) == 2
    said = letters()[0].payload["context"]
    assert said["engagement"] == "0 %"
    assert f"{activity.title}, due Thu 20 Feb 2025" in said["overdue"]
    outbox.deliver_due(at=noon(FIRST))
    assert "Overdue:" in django_mail.outbox[-1].body
    own, other = (
        queries.updates_for_school(factories.seen(one, on=FIRST)) for one in (people.head, people.other_head)
    )
    assert [one.enrolment for one in own] == [people.amara]
    assert list(other) == []
    with pytest.raises(Http404):
        queries.updates_for_school(factories.seen(people.stranger, on=FIRST))


def test_what_is_done_is_not_overdue_and_nothing_private_is_told(people: Cast, mo: User) -> None:
    people.amara.plan.filter(lane="self-directed").update(due_on=date(2025, 2, 20))
    minutes = sum(people.amara.plan.filter(minutes__isnull=False).values_list("minutes", flat=True))
    factories.credit_minutes(people.amara, minutes)
    jobs.send_updates(noon(FIRST))
    said = next(one for one in letters() if one.recipient == mo.email).payload["context"]
    assert (said["engagement"], said["overdue"]) == ("100 %", [])
    assert set(said) == {
        "name", "who", "programme", "url", "stage", "engagement", "counted", "planned", "missing", "overdue", "dates",
    }  # fmt: skip


def test_nobody_hears_of_those_who_are_gone_done_or_not_begun(people: Cast) -> None:
    Enrolment.objects.filter(pk=people.amara.pk).update(withdrawn_at=noon(FIRST))
    Enrolment.objects.filter(pk=people.bilal.pk).update(stage=Stage.AWARDED)
    assert actions.send_due(at=noon(FIRST)) == 0
    Enrolment.objects.update(withdrawn_at=None, stage=Stage.INDUCTION, starts_on=date(2025, 3, 2))
    assert actions.send_due(at=noon(FIRST)) == 0


def test_who_no_longer_holds_the_role_hears_nothing(people: Cast, mo: User) -> None:
    monthly(people.amara)
    Membership.objects.filter(user__in=[mo, people.head]).update(ends_on=date(2025, 2, 27))
    assert actions.send_due(at=noon(FIRST)) == 0
    assert queries.nobody_to_tell(on=FIRST) == 1


def test_a_mentor_must_hold_the_role_at_the_school_and_another_takes_the_place(
    people: Cast, mo: User
) -> None:
    with pytest.raises(Refused, match="no mentor at Hillside School"):
        actions.name_mentor(enrolment=people.amara, mentor=people.stranger, by=people.office, at=noon(FIRST))
    give(people.stranger, people.amara.school.organisation, Role.MENTOR)
    for _ in range(2):
        actions.name_mentor(enrolment=people.amara, mentor=people.stranger, by=people.office, at=noon(FIRST))
    standing = Mentoring.objects.filter(ends_on__isnull=True)
    assert [one.mentor for one in standing] == [people.stranger]
    assert AuditEvent.objects.filter(verb="enrolment.mentor_named").count() == 2
    actions.name_mentor(enrolment=people.amara, mentor=None, by=people.office, at=noon(FIRST))
    assert not standing.all().exists()


# --- when ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("interval", "after", "until", "days"),
    [
        (Interval.MONTHLY, date(2025, 2, 1), date(2025, 3, 1), [FIRST]),
        (Interval.MONTHLY, date(2025, 1, 1), date(2025, 2, 28), [date(2025, 2, 1)]),
        (Interval.MONTHLY, date(2024, 11, 30), date(2025, 1, 31), []),  # it began on 6 January
        (Interval.MONTHLY, date(2025, 11, 5), date(2026, 1, 4), [date(2025, 12, 1), date(2026, 1, 1)]),
        (Interval.TERMLY, date(2025, 1, 1), date(2025, 12, 31), [date(2025, 4, 1), date(2025, 9, 1)]),
        (Interval.FORTNIGHTLY, date(2025, 1, 6), date(2025, 2, 3), [date(2025, 1, 20), date(2025, 2, 3)]),
        (Interval.FORTNIGHTLY, date(2024, 1, 6), date(2025, 1, 19), []),
        (Interval.NEVER, date(2025, 1, 1), date(2030, 1, 1), []),
    ],
)
def test_the_days_on_which_an_update_is_due(
    interval: Interval, after: date, until: date, days: list[date]
) -> None:
    assert rules.due_days(interval, starts_on=date(2025, 1, 6), after=after, until=until) == days


def test_an_interval_that_nobody_knows_is_refused(people: Cast) -> None:
    with pytest.raises(Refused, match="from the list"):
        actions.set_interval(enrolment=people.amara, interval="hourly", by=people.office, at=factories.AT)


# --- on time -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("sent", "on", "expected"),
    [
        (FIRST, FIRST, (1, 1)),
        (date(2025, 3, 2), date(2025, 3, 2), (1, 1)),
        (date(2025, 3, 3), date(2025, 3, 3), (0, 1)),
        (None, date(2025, 3, 2), (0, 0)),  # there is still time
        (None, date(2025, 3, 3), (0, 1)),
    ],
)
def test_on_time_is_the_day_itself_or_the_next(
    sent: date | None, on: date, expected: tuple[int, int]
) -> None:
    found = rules.timeliness([(FIRST, sent)], on=on)
    assert (found.on_time, found.due) == expected


def test_the_measure_counts_what_was_delivered_late_and_missed(people: Cast) -> None:
    def at(day: date) -> Any:
        return queries.on_time(on=day)

    jobs.send_updates(noon(date(2025, 2, 1)))
    outbox.deliver_due(at=noon(date(2025, 2, 1)))
    assert (at(date(2025, 2, 1)).on_time, at(date(2025, 2, 1)).due) == (2, 2)
    jobs.send_updates(noon(date(2025, 4, 3)))  # the worker was away: March is missed, April late
    outbox.deliver_due(at=noon(date(2025, 4, 3)))
    assert (at(date(2025, 4, 3)).on_time, at(date(2025, 4, 3)).due) == (2, 6)
    assert ProgressUpdate.objects.filter(made_at__isnull=True, due_on=FIRST).count() == 2
    assert len(letters()) == 4
    assert queries.on_time(on=date(2025, 4, 3), since=date(2025, 4, 1)).due == 2


def test_who_came_after_the_day_was_promised_nothing_for_it(people: Cast) -> None:
    monthly(people.amara)
    Membership.objects.filter(user=people.head).update(starts_on=date(2025, 3, 2))
    assert actions.send_due(at=noon(date(2025, 3, 2))) == 0
    assert actions.send_due(at=noon(date(2025, 4, 1))) == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_one_moment_send_one(people: Cast) -> None:
    monthly(people.amara)
    assert sum(at_once(*[lambda: actions.send_due(at=noon(FIRST))] * 2)) == 1
    assert len(letters()) == 1
