"""The cast in front of the pages: the office, two heads, two partner managers, participants, a stranger."""

from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from goldenthread.applications.models import Enrolment
from goldenthread.groups.models import Group, GroupPlace
from goldenthread.people.models import (
    Membership,
    Organisation,
    OrganisationKind,
    OrganisationRole,
    Role,
    School,
    User,
)
from tests import factories
from tests.kept_scenes import kept


@dataclass(frozen=True)
class Cast:
    """Amara takes part from Hillside through Partner North; Bilal from Valley through Partner South."""

    office: User
    head: User
    other_head: User
    manager: User
    other_manager: User
    author: User
    stranger: User
    amara: Enrolment
    bilal: Enrolment

    def everybody_but(self, *names: str) -> list[User]:
        """Every account of the cast except the ones named."""
        people = {name: getattr(self, name) for name in vars(self)}
        users = {name: one.user if isinstance(one, Enrolment) else one for name, one in people.items()}
        return [user for name, user in users.items() if name not in names]


@kept
def school_organisation(school: School) -> Organisation:
    found = Organisation.objects.create(name=f"{school.name} organisation", school=school)
    OrganisationRole.objects.create(
        organisation=found, role=OrganisationKind.SCHOOL, starts_on=factories.START
    )
    return found


@kept
def partner(name: str) -> Organisation:
    found = factories.organisation(name)
    OrganisationRole.objects.create(
        organisation=found, role=OrganisationKind.DELIVERY_PARTNER, starts_on=factories.START
    )
    return found


@kept
def group(partner: Organisation, name: str, *, to: Any = None) -> Group:
    return Group.objects.create(intake=to or factories.intake(), name=name, partner=partner, capacity=30)


@kept
def join(enrolment: Enrolment, place: Group) -> None:
    GroupPlace.objects.create(group=place, enrolment=enrolment, since=factories.AT)


@kept
def cast() -> Cast:
    """Everybody, with two enrolments that have nothing to do with each other."""
    office = factories.member(Role.OFFICE, "Olu Office")
    hillside, valley = factories.school("Hillside School"), factories.school("Valley School")
    north, south = partner("Partner North"), partner("Partner South")
    amara = factories.enrolment("Amara Applicant", school=hillside)
    bilal = factories.enrolment("Bilal Baker", school=valley)
    for one, organisation, name in ((amara, north, "North 1"), (bilal, south, "South 1")):
        Enrolment.objects.filter(pk=one.pk).update(partner=organisation)
        one.refresh_from_db()
        join(one, group(organisation, name))
    return Cast(
        office=office,
        head=factories.member(Role.HEAD_TEACHER, "Hana Head", of=school_organisation(hillside)),
        other_head=factories.member(Role.HEAD_TEACHER, "Hugo Head", of=school_organisation(valley)),
        manager=factories.member(Role.PARTNER_MANAGER, "Pia Partner", of=north),
        other_manager=factories.member(Role.PARTNER_MANAGER, "Paul Partner", of=south),
        author=factories.member(Role.AUTHOR, "Ada Author"),
        stranger=factories.user("Dot Stranger"),
        amara=amara,
        bilal=bilal,
    )


def client_of(user: User) -> Client:
    """A browser in which `user` is signed in."""
    client = Client()
    client.force_login(user)
    return client


def page(user: User, url: str, **query: Any) -> Any:
    """What `user` gets at `url`."""
    return client_of(user).get(url, query)


def text_of(response: Any) -> str:
    """A page as it is sent, with every run of spaces and line ends as one space."""
    return " ".join(response.content.decode().split())


def queries_of(user: User, url: str) -> int:
    """How many statements one visit takes, with everything that is read once per process read before."""
    client = client_of(user)
    client.get(url)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


@kept
def give(user: User, organisation: Organisation, role: Role) -> None:
    Membership.objects.create(user=user, organisation=organisation, role=role, starts_on=factories.START)
