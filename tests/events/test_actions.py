"""Event days get dates into plans; registers credit the ledger once and correct it afterwards."""

import threading
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.http import Http404

from goldenthread.applications.models import Enrolment
from goldenthread.common.models import AuditEvent
from goldenthread.common.refused import Refused
from goldenthread.engagement import actions as engagement
from goldenthread.events import actions, queries
from goldenthread.events.models import Attendance
from goldenthread.events.rules import Entry, Slot
from tests import factories
from tests import factories_teaching as teaching
from tests.factories import AT
from tests.factories_teaching import ON_FIRST_DAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def group():
    return teaching.group()


@pytest.fixture
def femi(group):
    return teaching.staffed(group)


def person(group, name: str = "Amara Applicant"):
    return teaching.placed(factories.enrolment(name), group)


def take(day, *entries: Entry, by, at=ON_FIRST_DAY) -> list[Attendance]:
    return actions.take_register(day=day, entries=entries, by=by, at=at)


def ledger(enrolment) -> list[int]:
    return list(enrolment.ledger.order_by("id").values_list("minutes", flat=True))


# --- scheduling ---------------------------------------------------------------------------------
@pytest.mark.requirement("S0-44")
@pytest.mark.parametrize(("programme", "number"), [("npqlt", 3), ("npqel", 6)])
def test_a_group_gets_a_day_of_six_hours_for_each_event(programme: str, number: int) -> None:
    group = teaching.group(of=factories.intake(f"{programme}-reformed-international"))
    dates = tuple(date(2025, month, 3) for month in range(1, number + 1))

    days = teaching.days(group, dates, mode="in_person")

    assert [day.minutes for day in days] == [360] * number
    assert {day.venue for day in days} == {"Hillside School, Bristol"}


def test_local_time_stays_over_the_change_of_clocks(group) -> None:
    local = [day.starts_at.astimezone(ZoneInfo("Europe/London")) for day in teaching.days(group)]
    assert [(at.date(), at.time()) for at in local] == [(day, time(9)) for day in teaching.DAYS]
    assert {at.utcoffset() for at in local} == {timedelta(0), timedelta(hours=1)}


@pytest.mark.requirement("S0-45")
def test_a_virtual_group_without_a_link_can_not_be_scheduled() -> None:
    intake = factories.intake("npqsl-reformed-international", event_mode="virtual")
    bare = teaching.group(of=intake, join_link="")
    dates = tuple(date(2025, month, 3) for month in range(1, 5))

    with pytest.raises(Refused, match="needs the link"):
        teaching.days(bare, dates)

    days = teaching.days(bare, dates, join_link="https://meet.example.org/sl")
    assert {(day.mode, day.minutes) for day in days} == {("virtual", 360)}


def test_scheduling_twice_gives_the_same_days_and_other_days_are_refused(group) -> None:
    days = teaching.days(group)
    assert teaching.days(group) == days
    with pytest.raises(Refused) as refusal:
        teaching.days(group, (date(2024, 12, 3), *teaching.DAYS[1:]))
    assert refusal.value.code == "day.scheduled"
    assert AuditEvent.objects.filter(verb="group.scheduled").count() == 1


def test_days_give_dates_to_plans_whoever_comes_first(group) -> None:
    early = person(group)
    days = teaching.days(group)
    late = person(group, "Lola Late")

    for enrolment in (early, late):
        planned = enrolment.plan.filter(kind="event").order_by("position")
        assert [(one.starts_at, one.due_on) for one in planned] == [
            (day.starts_at, when) for day, when in zip(days, teaching.DAYS, strict=True)
        ]


def test_moving_to_another_group_moves_the_dates_but_not_of_what_was_attended(group, femi) -> None:
    enrolment, days = person(group), teaching.days(group)
    teaching.attended(days[0], enrolment, femi)
    other = teaching.group("Dubai", zone="Asia/Dubai")
    there = teaching.days(other, (date(2025, 1, 13), date(2025, 4, 7), date(2025, 7, 7)))

    actions.place_in_group(enrolment=enrolment, group=other, by=None, at=ON_FIRST_DAY + timedelta(days=9))

    starts = enrolment.plan.filter(kind="event").order_by("position").values_list("starts_at", flat=True)
    assert list(starts) == [days[0].starts_at, there[1].starts_at, there[2].starts_at]
    assert ledger(enrolment) == [360]


def test_a_day_can_be_moved_until_its_register_has_entries(group, femi) -> None:
    enrolment, days = person(group), teaching.days(group)

    moved = actions.move_day(day=days[0], slot=Slot(date(2024, 12, 9), time(10)), by=None, at=AT)

    assert enrolment.plan.get(key="events-1").starts_at == moved.starts_at
    teaching.attended(moved, enrolment, femi)
    with pytest.raises(Refused) as refusal:
        actions.move_day(day=moved, slot=Slot(date(2024, 12, 16)), by=None, at=AT)
    assert refusal.value.code == "day.held"


def test_briefings_are_scheduled_by_themselves_and_unknown_hours_must_be_stated() -> None:
    legacy = factories.intake("npqh-legacy-england", starts_on=date(2018, 9, 3))
    group = teaching.group(of=legacy)
    dates = [date(2019, 1, day) for day in (7, 14, 21, 28)]
    briefings = actions.schedule_days(
        group=group, slots=[Slot(day) for day in dates], by=None, at=AT, kind="briefing", mode="virtual"
    )
    assert [day.minutes for day in briefings] == [90] * 4

    events = queries.events_of(group)
    slots = [Slot(date(2019, 2, number)) for number in range(1, len(events) + 1)]
    with pytest.raises(Refused) as refusal:
        actions.schedule_days(group=group, slots=slots, by=None, at=AT)
    assert refusal.value.code == "day.minutes"
    slots = [Slot(slot.day, slot.start, 300) for slot in slots]
    assert {day.minutes for day in actions.schedule_days(group=group, slots=slots, by=None, at=AT)} == {300}


# --- registers ----------------------------------------------------------------------------------
def test_a_register_credits_each_person_once(group, femi) -> None:
    amara, bo, cy = person(group), person(group, "Bo Part"), person(group, "Cy Absent")
    day = teaching.days(group)[0]

    taken = take(day, Entry(amara.pk, "present"), Entry(bo.pk, "part", 200), Entry(cy.pk, "absent"), by=femi)

    assert [(one.status, one.minutes) for one in taken] == [("present", 360), ("part", 200), ("absent", 0)]
    assert [ledger(one) for one in (amara, bo, cy)] == [[360], [200], []]
    entry = amara.ledger.get()
    assert (entry.evidence, entry.by, entry.activity.key) == (f"attendance:{taken[0].pk}", femi, "events-1")


def test_sending_a_register_twice_changes_nothing(group, femi) -> None:
    amara, day = person(group), teaching.days(group)[0]
    first = take(day, Entry(amara.pk, "present"), by=femi)
    assert take(day, Entry(amara.pk, "present"), by=femi) == first
    assert ledger(amara) == [360]
    assert AuditEvent.objects.filter(verb="register.taken").count() == 1


def test_changes_are_corrections_and_the_ledger_keeps_every_entry(group, femi) -> None:
    amara, day = person(group), teaching.days(group)[0]
    take(day, Entry(amara.pk, "present"), by=femi)
    take(day, Entry(amara.pk, "part", 120, revision=1), by=femi)
    take(day, Entry(amara.pk, "absent", revision=2), by=femi)
    take(day, Entry(amara.pk, "present", revision=3), by=femi)

    assert ledger(amara) == [360, -240, -120, 360]
    assert amara.ledger.filter(corrects__isnull=True).count() == 1
    assert day.attendances.get().revision == 4


def test_absent_first_and_present_later_is_a_credit(group, femi) -> None:
    amara, day = person(group), teaching.days(group)[0]
    take(day, Entry(amara.pk, "absent"), by=femi)
    take(day, Entry(amara.pk, "present", revision=1), by=femi)
    assert ledger(amara) == [360]


def test_the_second_of_two_facilitators_is_told_who_changed_what_and_loses_nothing(group, femi) -> None:
    amara, bo, day = person(group), person(group, "Bo Second"), teaching.days(group)[0]
    gus = teaching.staffed(group, name="Gus Guest")
    take(day, Entry(amara.pk, "absent"), by=femi)

    with pytest.raises(
        Refused, match="Femi Facilitator recorded Amara Applicant as absent at 09:30"
    ) as refusal:
        take(day, Entry(amara.pk, "present"), Entry(bo.pk, "present"), by=gus)

    assert refusal.value.code == "register.conflict"
    assert (ledger(amara), ledger(bo)) == ([], [])
    take(day, Entry(amara.pk, "present", revision=1), Entry(bo.pk, "present"), by=gus)
    assert (ledger(amara), ledger(bo)) == ([360], [360])


def test_two_facilitators_who_say_the_same_do_not_disturb_each_other(group, femi) -> None:
    amara, day = person(group), teaching.days(group)[0]
    take(day, Entry(amara.pk, "present"), by=femi)
    assert (
        take(day, Entry(amara.pk, "present"), by=teaching.staffed(group, name="Gus Guest"))[0].recorded_by
        == femi
    )


def test_a_register_is_refused_before_its_day_with_the_date(group, femi) -> None:
    amara, day = person(group), teaching.days(group)[0]
    with pytest.raises(Refused, match="opens on 2 December 2024"):
        take(day, Entry(amara.pk, "present"), by=femi, at=ON_FIRST_DAY - timedelta(days=1))


def test_people_of_other_groups_are_refused_by_name(group, femi) -> None:
    day = teaching.days(group)[0]
    stranger = person(teaching.group("B"), "Dot Stranger")
    with pytest.raises(Refused, match="Not in Bristol A: Dot Stranger"):
        take(day, Entry(stranger.pk, "present"), by=femi)
    with pytest.raises(Refused, match="somebody unknown"):
        take(day, Entry(999_999, "present"), by=femi)


def test_somebody_who_left_the_group_after_the_day_can_still_be_corrected(group, femi) -> None:
    amara, day = person(group), teaching.days(group)[0]
    take(day, Entry(amara.pk, "present"), by=femi)
    other = teaching.group("B")
    actions.place_in_group(enrolment=amara, group=other, by=None, at=ON_FIRST_DAY + timedelta(days=3))

    take(day, Entry(amara.pk, "absent", revision=1), by=femi, at=ON_FIRST_DAY + timedelta(days=4))

    assert ledger(amara) == [360, -360]
    assert [(line.enrolment.pk, line.placed) for line in queries.register_of(day)] == [(amara.pk, False)]


def test_attending_the_same_event_in_two_groups_credits_it_once(group, femi) -> None:
    amara, day = person(group), teaching.days(group)[0]
    take(day, Entry(amara.pk, "part", 300), by=femi)
    other = teaching.group("B")
    again = teaching.days(other, (date(2024, 12, 9), date(2025, 3, 4), date(2025, 6, 3)))[0]
    actions.place_in_group(enrolment=amara, group=other, by=None, at=ON_FIRST_DAY + timedelta(days=1))

    take(again, Entry(amara.pk, "present"), by=femi, at=again.ends_at)

    assert ledger(amara) == [300, 60]


def in_two_groups(group, femi):
    """Amara was marked present in group A, moved to B, and was marked present there for the same event."""
    amara, day = person(group), teaching.days(group)[0]
    other = teaching.group("B")
    again = teaching.days(other)[0]
    take(day, Entry(amara.pk, "present"), by=femi)
    actions.place_in_group(enrolment=amara, group=other, by=None, at=ON_FIRST_DAY)
    take(again, Entry(amara.pk, "present"), by=femi)
    return amara, day, again


def test_hours_that_another_register_confirms_stay_when_one_is_corrected(group, femi) -> None:
    amara, day, again = in_two_groups(group, femi)

    take(day, Entry(amara.pk, "absent", revision=1), by=femi)

    assert ledger(amara) == [360, -360, 360]
    assert amara.ledger.last().evidence == f"attendance:{again.attendances.get().pk}"
    take(again, Entry(amara.pk, "absent", revision=1), by=femi)
    assert sum(ledger(amara)) == 0
    take(day, Entry(amara.pk, "part", 100, revision=2), by=femi)
    take(again, Entry(amara.pk, "present", revision=2), by=femi)
    assert sum(ledger(amara)) == 360


def test_saving_a_register_again_brings_the_ledger_to_what_it_says(group, femi) -> None:
    amara, _, again = in_two_groups(group, femi)
    first = amara.ledger.get()
    engagement.correct(
        entry=first, minutes=-360, reason="x", key="attendance:old", by=None, at=ON_FIRST_DAY
    )  # as an earlier release left it

    take(again, Entry(amara.pk, "present", revision=1), by=femi)

    assert sum(ledger(amara)) == 360
    assert AuditEvent.objects.filter(verb="register.taken").count() == 2


def test_a_correction_by_the_office_stands_until_a_register_says_something_new(group, femi) -> None:
    amara, day, again = in_two_groups(group, femi)
    later = ON_FIRST_DAY + timedelta(days=1)
    engagement.correct(
        entry=amara.ledger.get(), minutes=-60, reason="Left early", key="c:1", by=None, at=later
    )

    take(again, Entry(amara.pk, "present", revision=1), by=femi, at=later)
    assert sum(ledger(amara)) == 300

    take(day, Entry(amara.pk, "part", 200, revision=1), by=femi, at=later + timedelta(hours=1))
    assert sum(ledger(amara)) == 360


def test_the_register_names_who_changed_group_after_the_event_and_nobody_who_withdrew_before(
    group, femi
) -> None:
    amara, bo, day = person(group), person(group, "Bo Before"), teaching.days(group)[0]
    Enrolment.objects.filter(pk=bo.pk).update(withdrawn_at=day.starts_at - timedelta(days=1))
    actions.place_in_group(
        enrolment=amara, group=teaching.group("B"), by=None, at=day.ends_at + timedelta(days=1)
    )
    assert [(line.enrolment.pk, line.placed) for line in queries.register_of(day)] == [(amara.pk, False)]
    with pytest.raises(Refused, match="Not in Bristol A: Bo Before"):
        take(day, Entry(bo.pk, "present"), by=femi)


def test_a_register_is_due_until_everybody_is_recorded(group, femi) -> None:
    amara, bo, day = person(group), person(group, "Bo Second"), teaching.days(group)[0]
    assert list(queries.registers_due(factories.seen(femi), at=ON_FIRST_DAY - timedelta(days=1))) == []

    take(day, Entry(amara.pk, "present"), by=femi)
    [due] = queries.registers_due(factories.seen(femi), at=ON_FIRST_DAY)
    assert (due, due.people, due.recorded) == (day, 2, 1)

    take(day, Entry(bo.pk, "absent"), by=femi)
    assert list(queries.registers_due(factories.seen(femi), at=ON_FIRST_DAY)) == []
    day.refresh_from_db()
    assert day.register_closed_at == ON_FIRST_DAY


def test_a_day_is_seen_by_its_own_staff_only(group, femi) -> None:
    day = teaching.days(group)[0]
    stranger = teaching.staffed(teaching.group("B"), name="Gus Other")
    coach = teaching.staffed(group, "coach", "Cora Coach")

    assert queries.get_day_for(factories.seen(femi), day.pk) == day
    for other in (stranger, coach, factories.user()):
        with pytest.raises(Http404):
            queries.get_day_for(factories.seen(other), day.pk)


def test_a_person_without_that_event_in_the_plan_is_refused(group, femi) -> None:
    amara, day = person(group), teaching.days(group)[0]
    amara.plan.filter(key="events-1").delete()
    with pytest.raises(Refused) as refusal:
        take(day, Entry(amara.pk, "present"), by=femi)
    assert refusal.value.code == "register.no_activity"
    assert day.attendances.count() == 0


@pytest.mark.django_db(transaction=True)
def test_two_registers_at_the_same_moment_leave_one_record_and_one_credit(group, femi) -> None:
    amara, day = person(group), teaching.days(group)[0]
    gus = teaching.staffed(group, name="Gus Guest")
    barrier, outcomes = threading.Barrier(2), []

    def send(by, status: str) -> None:
        barrier.wait()
        try:
            take(day, Entry(amara.pk, status), by=by)
            outcomes.append("saved")
        except Refused as refusal:
            outcomes.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=args) for args in ((femi, "present"), (gus, "absent"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["register.conflict", "saved"]
    assert ledger(amara) == ([360] if day.attendances.get().status == "present" else [])
