"""Accounts, organisations, roles, and the first password."""

from datetime import date, timedelta

import pytest
import time_machine

from goldenthread.common.models import AuditEvent
from goldenthread.common.refused import Refused
from goldenthread.people import actions, queries
from goldenthread.people.access import viewer_of
from goldenthread.people.models import Membership, OrganisationKind, Role, User
from tests.factories import AT, organisation, school, user

pytestmark = pytest.mark.django_db


def test_an_account_is_made_once_whatever_the_case_of_its_address():
    first = actions.ensure_user(email="Amara@Example.org", name="Amara", zone="Asia/Dubai", by=None, at=AT)
    second = actions.ensure_user(email="amara@example.ORG", name="Somebody Else", by=None, at=AT)
    assert first == second
    assert (second.name, second.zone, second.has_usable_password()) == ("Amara", "Asia/Dubai", False)
    assert AuditEvent.objects.filter(verb="person.added").count() == 1


def test_an_account_needs_a_name_and_a_zone():
    for fields in ({"name": ""}, {"name": "Amara", "zone": "Mars/Olympus"}):
        with pytest.raises(Refused):
            actions.ensure_user(email="a@example.org", by=None, at=AT, **fields)
    assert not User.objects.filter(email="a@example.org").exists()


def test_the_welcome_link_works_until_a_password_is_set():
    person = actions.ensure_user(email="a@example.org", name="Amara", by=None, at=AT)
    token = queries.welcome_token(person)
    assert queries.read_welcome(token) == (person, "")
    actions.set_first_password(user=person, password="a-long-enough-phrase-7", at=AT)
    assert queries.read_welcome(token) == (person, "used")
    with pytest.raises(Refused, match="already set"):
        actions.set_first_password(user=person, password="another-long-phrase-8", at=AT)
    assert User.objects.get(pk=person.pk).check_password("a-long-enough-phrase-7")


def test_the_welcome_link_lasts_fourteen_days():
    with time_machine.travel(AT, tick=False) as clock:
        person = actions.ensure_user(email="a@example.org", name="Amara", by=None, at=AT)
        token = queries.welcome_token(person)
        clock.shift(timedelta(days=14))
        assert queries.read_welcome(token) == (person, "")
        clock.shift(timedelta(seconds=1))
        assert queries.read_welcome(token) == (None, "expired")


@pytest.mark.parametrize("token", ["", "x", "a:b:c", "\0", "x" * 5000])
def test_a_false_link_lets_nobody_in(token):
    assert queries.read_welcome(token) == (None, "damaged")


def test_an_organisation_holds_several_roles_and_takes_more():
    kinds = [OrganisationKind.DELIVERY_PARTNER, OrganisationKind.HUB]
    first = actions.create_organisation(name="Crystal Hub", roles=kinds, by=None, at=AT)
    again = actions.create_organisation(
        name="Crystal Hub", roles=[*kinds, OrganisationKind.SCHOOL], by=None, at=AT
    )
    assert first == again
    assert sorted(again.roles.values_list("role", flat=True)) == ["delivery_partner", "hub", "school"]


def test_a_role_that_no_organisation_has_is_refused():
    with pytest.raises(Refused):
        actions.create_organisation(name="Hub", roles=["wizard"], by=None, at=AT)


def test_schools_of_one_name_become_organisations_of_different_names():
    first, second = school("Hillside School"), school("Hillside School", town="Leeds")
    made = actions.organisation_for_school(first, at=AT)
    other = actions.organisation_for_school(second, at=AT)
    assert (made.name, other.name) == ("Hillside School", "Hillside School, Leeds")
    assert actions.organisation_for_school(first, at=AT) == made


def test_a_role_is_held_from_its_first_to_its_last_day():
    ben = user("Ben Marker")
    held = actions.give_role(
        user=ben, organisation=organisation(), role=Role.MARKER, by=None, at=AT, starts_on=date(2024, 9, 2)
    )
    again = actions.give_role(user=ben, organisation=organisation(), role=Role.MARKER, by=None, at=AT)
    assert held == again
    actions.end_role(membership=held, on=date(2024, 9, 30), by=None, at=AT)
    actions.end_role(membership=held, on=date(2024, 12, 31), by=None, at=AT)
    assert Membership.objects.get(pk=held.pk).ends_on == date(2024, 9, 30)
    days = {
        date(2024, 9, 1): False,
        date(2024, 9, 2): True,
        date(2024, 9, 30): True,
        date(2024, 10, 1): False,
    }
    for day, holds in days.items():
        assert viewer_of(ben, on=day).holds(Role.MARKER) is holds


def test_a_role_can_be_taken_up_again_after_it_ended():
    ben = user("Ben Marker")
    for _ in range(2):
        held = actions.give_role(user=ben, organisation=organisation(), role=Role.MARKER, by=None, at=AT)
        actions.end_role(membership=held, on=AT.date(), by=None, at=AT)
    assert Membership.objects.filter(user=ben).count() == 2


def test_a_role_cannot_end_before_it_starts():
    held = actions.give_role(user=user(), organisation=organisation(), role=Role.COACH, by=None, at=AT)
    with pytest.raises(Refused):
        actions.end_role(membership=held, on=AT.date() - timedelta(days=1), by=None, at=AT)
    with pytest.raises(Refused):
        actions.give_role(user=user(), organisation=organisation(), role="wizard", by=None, at=AT)
