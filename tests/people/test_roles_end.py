"""What somebody has by a role ends with it: groups, coachees, scripts to mark. The day is the provider's."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.http import Http404

from goldenthread.coaching.queries import get_pairing_for
from goldenthread.common import clock
from goldenthread.common.models import AuditEvent
from goldenthread.events.queries import get_day_for
from goldenthread.groups.queries import get_group_for
from goldenthread.learning.queries import get_response_for
from goldenthread.marking import queries as marking
from goldenthread.people import actions, jobs
from goldenthread.people.models import Membership, OrganisationRole, Role, User
from tests import factories
from tests import factories_marking as make
from tests import factories_teaching as teaching
from tests import factories_web as web
from tests.factories import AT

pytestmark = pytest.mark.django_db
TODAY, YESTERDAY = AT.date(), AT.date() - timedelta(days=1)


def ended(person: User, on: date = YESTERDAY) -> None:
    """The role is over, however it came about; nothing else has happened yet."""
    Membership.objects.filter(user=person).update(ends_on=on)


def end(person: User, on: date, **more: Any) -> None:
    actions.end_role(membership=person.memberships.get(**more), on=on, by=None, at=AT)


@pytest.mark.parametrize(
    ("starts", "ends", "held"),
    [(0, None, True), (0, 0, True), (-3, 1, True), (1, None, False), (-3, -1, False)],
)
def test_a_role_is_held_from_its_first_day_to_its_last(starts: int, ends: int | None, held: bool) -> None:
    first = TODAY + timedelta(days=starts)
    last = None if ends is None else TODAY + timedelta(days=ends)
    person = factories.member(Role.MARKER, "Ben Marker")
    Membership.objects.update(starts_on=first, ends_on=last)
    body = OrganisationRole.objects.create(
        organisation=factories.organisation(), role="hub", starts_on=first, ends_on=last
    )
    assert list(Membership.objects.on(TODAY)) == ([person.memberships.get()] if held else [])
    assert list(OrganisationRole.objects.on(TODAY)) == ([body] if held else [])
    assert factories.seen(person, on=TODAY).holds(Role.MARKER) is held


# --- nothing opens by a role that is over --------------------------------------------------------------
def test_a_facilitator_finds_group_and_register_only_while_they_are_one() -> None:
    group = teaching.group()
    femi, day = teaching.staffed(group), teaching.days(group)[0]
    assert get_day_for(factories.seen(femi, on=TODAY), day.pk) == day
    ended(femi)
    looking = factories.seen(femi, on=TODAY + timedelta(days=1))
    with pytest.raises(Http404):
        get_day_for(looking, day.pk)
    with pytest.raises(Http404):
        get_group_for(looking, group.pk)


def test_a_facilitator_whose_role_is_over_gets_no_register_page() -> None:
    group = teaching.group()
    femi, day = teaching.staffed(group), teaching.days(group)[0]
    teaching.placed(factories.enrolment("Amara A"), group)
    assert web.page(femi, f"/teach/events/{day.pk}/register/").status_code == 200
    ended(femi)
    for path in (f"/teach/events/{day.pk}/register/", f"/teach/events/{day.pk}/"):
        assert web.page(femi, path).status_code == 404
    assert "Amara" not in web.page(femi, "/teach/").content.decode()


def test_a_tutor_whose_role_is_over_reads_no_more_work() -> None:
    group = teaching.group()
    tara = teaching.staffed(group, "tutor", "Tara Tutor")
    response = teaching.handed_in(teaching.placed(factories.enrolment("Amara A"), group))
    assert get_response_for(factories.seen(tara, on=TODAY), response.pk) == response
    ended(tara)
    assert web.page(tara, f"/teach/responses/{response.pk}/").status_code == 404
    assert "Amara" not in web.page(tara, "/teach/responses/").content.decode()


def test_a_coach_whose_role_is_over_sees_no_more_coachees() -> None:
    pairing = teaching.pairing(factories.enrolment("Amara A"))
    assert get_pairing_for(factories.seen(pairing.coach, on=TODAY), pairing.pk) == pairing
    ended(pairing.coach)
    assert web.page(pairing.coach, f"/teach/coaching/{pairing.pk}/").status_code == 404
    assert "Amara" not in web.page(pairing.coach, "/teach/coaching/").content.decode()


def test_another_role_does_not_open_what_the_ended_one_did() -> None:
    group = teaching.group()
    femi, day = teaching.staffed(group), teaching.days(group)[0]
    end(femi, YESTERDAY - timedelta(days=1))
    Membership.objects.filter(user=femi).update(ends_on=YESTERDAY)
    teaching.hold(femi, "coach")
    with pytest.raises(Http404):
        get_day_for(factories.seen(femi, on=TODAY + timedelta(days=1)), day.pk)


def test_a_marker_whose_role_is_over_opens_no_script_to_mark() -> None:
    window = make.window()
    make.markers(2)
    make.script(window)
    from goldenthread.marking import actions as allocating
    from goldenthread.marking.models import Marking

    allocating.allocate_window(window=window, by=window.created_by, at=make.CLOSED)
    one = Marking.objects.select_related("marker").order_by("pk")[0]
    today = clock.day_of(make.CLOSED)
    assert marking.get_marking_for(factories.seen(one.marker, on=today), one.pk) == one
    ended(one.marker)
    one.marker._viewer = None  # type: ignore[attr-defined]
    with pytest.raises(Http404):
        marking.get_marking_for(factories.seen(one.marker, on=today), one.pk)
    text = web.page(window.created_by, "/office/").content.decode()
    assert "1 marking of" in text
    assert "with somebody who marks no more" in text


# --- what ends with it -----------------------------------------------------------------------------------
def test_ending_a_role_ends_the_groups_and_coachees_of_that_role_only() -> None:
    group = teaching.group()
    femi = teaching.staffed(group)
    teaching.joins(group, femi, "tutor")
    pairing = teaching.pairing(factories.enrolment("Amara A"), femi)
    end(femi, YESTERDAY, role="facilitator")
    assert list(group.staff.filter(until__isnull=True).values_list("role", flat=True)) == ["tutor"]
    assert AuditEvent.objects.filter(verb="group.unstaffed").count() == 1
    pairing.refresh_from_db()
    assert pairing.until is None
    end(femi, YESTERDAY, role="coach")
    pairing.refresh_from_db()
    assert pairing.until == AT
    assert AuditEvent.objects.get(verb="coach.unpaired").details["coach"] == femi.pk


def test_who_holds_the_role_elsewhere_keeps_what_it_gives() -> None:
    group = teaching.group()
    femi = teaching.staffed(group)
    other = actions.give_role(
        user=femi, organisation=factories.organisation("Hub North"), role="facilitator",
        starts_on=factories.START - timedelta(days=9), by=None, at=AT,
    )  # fmt: skip
    actions.end_role(membership=femi.memberships.exclude(pk=other.pk).get(), on=YESTERDAY, by=None, at=AT)
    assert group.staff.filter(until__isnull=True).count() == 1


def test_a_role_that_ends_later_ends_everything_when_its_last_day_is_over() -> None:
    group = teaching.group()
    femi = teaching.staffed(group)
    end(femi, TODAY)
    jobs.close_ended_roles(AT)
    assert group.staff.filter(until__isnull=True).count() == 1, "the last day is theirs"
    tomorrow = AT + timedelta(days=1)
    assert jobs.close_ended_roles(tomorrow) == "1 roles are over"
    jobs.close_ended_roles(tomorrow)
    assert group.staff.get().until == tomorrow
    assert AuditEvent.objects.filter(verb="group.unstaffed").count() == 1


# --- the day -----------------------------------------------------------------------------------------------
def test_roles_begin_and_end_at_midnight_of_the_provider_whatever_the_zone() -> None:
    last_hour = datetime(2025, 7, 1, 22, 30, tzinfo=UTC)  # 23:30 in London
    assert clock.day_of(last_hour) == date(2025, 7, 1)
    assert clock.day_of(last_hour + timedelta(hours=1)) == date(2025, 7, 2)  # still the 1st in UTC


@pytest.mark.parametrize("zone", ["Europe/London", "Asia/Dubai", "America/Los_Angeles"])
def test_an_office_role_is_over_at_london_s_midnight_for_everybody(zone: str) -> None:
    import time_machine

    olu = factories.member(Role.OFFICE, "Olu Office", zone=zone)
    ended(olu, date(2025, 7, 1))
    for instant, status in ((datetime(2025, 7, 1, 22, 30, tzinfo=UTC), 200), (datetime(2025, 7, 1, 23, 30, tzinfo=UTC), 404)):  # noqa: E501  # fmt: skip
        with time_machine.travel(instant, tick=False):
            assert web.page(olu, "/office/people/").status_code == status


def test_a_role_given_just_after_london_s_midnight_starts_on_the_new_day() -> None:
    person = factories.user("Nora New")
    given = actions.give_role(
        user=person, organisation=factories.organisation(), role="marker", by=None,
        at=datetime(2025, 7, 1, 23, 30, tzinfo=UTC),
    )  # fmt: skip
    assert given.starts_on == date(2025, 7, 2)


def test_the_worker_knows_what_ends_with_a_role() -> None:
    from goldenthread.commands.worker import JOB_MODULES

    hooks = {hook.__module__ for hook in actions._role_ended}
    assert hooks == {
        "goldenthread.groups.actions",
        "goldenthread.support.clockwork",
        "goldenthread.coaching.actions",
    }
    assert hooks | {"goldenthread.people.jobs"} <= set(JOB_MODULES)
