"""Make groups, place people in them, and say who works with them."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from goldenthread.applications.models import Enrolment
from goldenthread.common import audit
from goldenthread.common.models import AuditEvent
from goldenthread.common.refused import Refused
from goldenthread.groups import rules
from goldenthread.groups.models import Group, GroupPlace, GroupStaff
from goldenthread.intakes.models import Intake
from goldenthread.people.actions import when_a_role_ends
from goldenthread.people.models import Organisation, User


@transaction.atomic
def create_group(
    *,
    intake: Intake,
    name: str,
    by: Any,
    at: datetime,
    venue: str = "",
    join_link: str = "",
    partner: Organisation | None = None,
    capacity: int = 30,
    zone: str = "",
    form_key: str = "",
) -> Group:
    """Make a group of an intake; `zone` is the intake's unless given. Refuses a name that is taken there.

    One `form_key` is one group: sent again with the same name it gives the group that is there.
    """
    zone = zone or intake.zone
    rules.check_group(name=name, capacity=capacity, zone=zone)
    try:
        with transaction.atomic():
            group = Group.objects.create(
                intake=intake,
                name=name.strip(),
                venue=venue.strip(),
                join_link=join_link.strip(),
                partner=partner,
                capacity=capacity,
                zone=zone,
            )
    except IntegrityError:
        return _same_form_or_refused(intake, name.strip(), form_key)
    audit.record(
        "group.created", group, by=by, at=at, name=group.name, capacity=capacity, zone=zone, form_key=form_key
    )
    return group


def _same_form_or_refused(intake: Intake, name: str, form_key: str) -> Group:
    there = Group.objects.get(intake=intake, name=name)
    if form_key:
        trail = AuditEvent.objects.filter(subject=audit.subject_key(there), verb="group.created")
        made = trail.order_by("sequence").first()
        if made and made.details.get("form_key") == form_key:
            return there
    raise Refused(
        f"{intake} has a group “{name}” already. Choose another name.", code="group.taken", field="name"
    )


@transaction.atomic
def change_group(*, group: Group, venue: str, join_link: str, capacity: int, by: Any, at: datetime) -> Group:
    """Change where a group meets and for how many it has room; days that are scheduled keep their place.

    Refuses a capacity below the places that are taken. The same values again change nothing.
    """
    group = Group.objects.select_for_update(of=("self",)).get(pk=group.pk)
    rules.check_capacity(capacity=capacity, taken=group.places.filter(until__isnull=True).count())
    wanted = {"venue": venue.strip(), "join_link": join_link.strip(), "capacity": capacity}
    before = {name: getattr(group, name) for name in wanted}
    if wanted != before:
        for name, value in wanted.items():
            setattr(group, name, value)
        group.save(update_fields=list(wanted))
        audit.record("group.changed", group, by=by, at=at, before=before, **wanted)
    return group


@transaction.atomic
def place(*, enrolment: Enrolment, group: Group, by: Any, at: datetime) -> GroupPlace:
    """Give a person a place; a place in another group ends, and every credit stays (S2-09).

    Refuses a full group and one of another intake. Placing somebody where they are changes nothing. Use
    `events.actions.place_in_group`, which also puts the group's dates into the person's plan.
    """
    group = Group.objects.select_for_update(of=("self",)).get(pk=group.pk)
    enrolment = Enrolment.objects.select_for_update(of=("self",)).get(pk=enrolment.pk)
    current = enrolment.group_places.filter(until__isnull=True).select_related("group").first()
    if current and current.group_id == group.pk:
        return current
    rules.check_place(
        group=group.name,
        capacity=group.capacity,
        taken=group.places.filter(until__isnull=True).count(),
        same_intake=group.intake_id == enrolment.intake_id,
        withdrawn=enrolment.withdrawn_at is not None,
    )
    if current:
        current.until = at
        current.save(update_fields=["until"])
    placed = GroupPlace.objects.create(group=group, enrolment=enrolment, since=at)
    audit.record(
        "group.placed", enrolment, by=by, at=at, group=group.pk, before=current.group_id if current else None
    )
    return placed


@transaction.atomic
def staff(*, group: Group, user: User, role: str, by: Any, at: datetime) -> GroupStaff:
    """Let a person work with a group as facilitator, tutor or coach; a second time changes nothing."""
    rules.check_staff(role=role)
    group = Group.objects.select_for_update(of=("self",)).get(pk=group.pk)
    member, made = GroupStaff.objects.get_or_create(group=group, user=user, role=role)
    if made or member.until is not None:
        member.until = None
        member.save(update_fields=["until"])
        audit.record("group.staffed", group, by=by, at=at, user=user.pk, role=role)
    return member


@transaction.atomic
def unstaff(*, member: GroupStaff, by: Any, at: datetime) -> GroupStaff:
    """End somebody's work with a group; what they recorded stays."""
    group = Group.objects.select_for_update(of=("self",)).get(pk=member.group_id)
    member.refresh_from_db()
    if member.until is None:
        member.until = at
        member.save(update_fields=["until"])
        audit.record("group.unstaffed", group, by=by, at=at, user=member.user_id, role=member.role)
    return member


@when_a_role_ends
def leave_groups(*, user: User, role: str, by: Any, at: datetime) -> None:
    """End somebody's work with every group in a role that they no longer hold."""
    for member in GroupStaff.objects.filter(user=user, role=role, until__isnull=True).order_by("pk"):
        unstaff(member=member, by=by, at=at)
