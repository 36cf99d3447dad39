"""Groups: made once by name, filled up to their capacity, one current place per person."""

from datetime import timedelta

import pytest
from django.http import Http404

from goldenthread.common.models import AuditEvent
from goldenthread.common.refused import Refused
from goldenthread.engagement import actions as engagement
from goldenthread.groups import actions, queries
from tests import factories
from tests import factories_teaching as teaching
from tests.factories import AT

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(days=30)


def place(enrolment, group, at=AT):
    return actions.place(enrolment=enrolment, group=group, by=None, at=at)


def test_a_group_has_the_zone_of_its_intake_unless_it_has_its_own() -> None:
    intake = factories.intake(zone="Asia/Dubai")
    assert teaching.group(of=intake).zone == "Asia/Dubai"
    assert teaching.group("Online", of=intake, zone="Asia/Bangkok").zone == "Asia/Bangkok"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"name": "  "}, "group.name"),
        ({"capacity": 0}, "group.capacity"),
        ({"zone": "Europe/Atlantis"}, "group.zone"),
        ({"zone": "../../etc/passwd"}, "group.zone"),
        ({"name": "Bristol A"}, "group.taken"),
    ],
)
def test_a_group_that_can_not_be_is_refused(fields, code) -> None:
    teaching.group("Bristol A")
    with pytest.raises(Refused) as refusal:
        teaching.group(**{"name": "Bristol B", **fields})
    assert refusal.value.code == code


def test_a_person_has_one_current_place_and_moving_ends_the_old_one() -> None:
    enrolment, first, second = factories.enrolment(), teaching.group("A"), teaching.group("B")
    place(enrolment, first)

    place(enrolment, second, at=LATER)

    assert [(p.group, p.until) for p in enrolment.group_places.order_by("since")] == [
        (first, LATER),
        (second, None),
    ]
    assert enrolment.group_places.get(until__isnull=True).group == second
    assert list(queries.people_of(first)) == []


def test_moving_keeps_every_credit() -> None:
    enrolment, first, second = factories.enrolment(), teaching.group("A"), teaching.group("B")
    place(enrolment, first)
    engagement.credit(
        activity=enrolment.plan.get(key="events-1"),
        minutes=360,
        evidence="attendance:1",
        key="k",
        by=None,
        at=AT,
    )

    place(enrolment, second, at=LATER)

    assert sum(enrolment.ledger.values_list("minutes", flat=True)) == 360


def test_placing_somebody_where_they_are_changes_nothing() -> None:
    enrolment, group = factories.enrolment(), teaching.group(capacity=1)
    assert place(enrolment, group) == place(enrolment, group, at=LATER)
    assert AuditEvent.objects.filter(verb="group.placed").count() == 1


def test_a_full_group_refuses_with_both_numbers() -> None:
    group = teaching.group(capacity=1)
    place(factories.enrolment(), group)

    with pytest.raises(Refused, match="1 of 1 places") as refusal:
        place(factories.enrolment("Bo Second"), group)

    assert refusal.value.code == "place.full"


def test_a_place_that_was_left_can_be_taken_again() -> None:
    group, other = teaching.group(capacity=1), teaching.group("B")
    first = factories.enrolment()
    place(first, group)
    place(first, other, at=LATER)
    assert place(factories.enrolment("Bo Second"), group, at=LATER).until is None


def test_a_group_of_another_intake_and_somebody_who_withdrew_are_refused() -> None:
    enrolment = factories.enrolment()
    other = teaching.group(of=factories.intake("npqltd-reformed-international"))
    with pytest.raises(Refused) as refusal:
        place(enrolment, other)
    assert refusal.value.code == "place.intake"

    enrolment.withdrawn_at = AT
    enrolment.save(update_fields=["withdrawn_at"])
    with pytest.raises(Refused) as refusal:
        place(enrolment, teaching.group())
    assert refusal.value.code == "place.withdrawn"


def test_staff_see_their_own_groups_and_no_others() -> None:
    mine, other = teaching.group("A"), teaching.group("B")
    femi = teaching.staffed(mine)

    assert queries.get_group_for(factories.seen(femi), mine.pk) == mine
    with pytest.raises(Http404):
        queries.get_group_for(factories.seen(femi), other.pk)


def test_staff_who_left_see_nothing_any_more_and_may_come_back() -> None:
    group = teaching.group()
    femi = teaching.staffed(group)
    member = group.staff.get()

    actions.unstaff(member=member, by=None, at=LATER)
    actions.unstaff(member=member, by=None, at=LATER)
    assert list(queries.groups_of(factories.seen(femi))) == []

    actions.staff(group=group, user=femi, role="facilitator", by=None, at=LATER)
    assert list(queries.groups_of(factories.seen(femi), "facilitator")) == [group]
    assert list(queries.groups_of(factories.seen(femi), "tutor")) == []
    assert group.staff.count() == 1


def test_an_unknown_role_is_refused() -> None:
    with pytest.raises(Refused) as refusal:
        actions.staff(group=teaching.group(), user=factories.user(), role="king", by=None, at=AT)
    assert refusal.value.code == "staff.role"
