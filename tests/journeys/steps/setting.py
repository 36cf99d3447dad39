"""What is there before anybody comes: catalogue, schools, staff, an intake with its group.

An installation loads the first two by command; intakes, groups, event days and coaches have no page yet, so the actions
that their pages will use are called here.
"""

from dataclasses import dataclass
from datetime import date

from goldenthread.applications.models import Enrolment
from goldenthread.coaching import actions as coaching
from goldenthread.common import clock
from goldenthread.events import actions as events
from goldenthread.events.rules import Slot
from goldenthread.groups import actions as groups
from goldenthread.groups.models import Group
from goldenthread.intakes import actions as intakes
from goldenthread.intakes.models import Intake
from goldenthread.learning import actions as learning
from goldenthread.people import actions as people
from goldenthread.people import schools
from goldenthread.people.models import Role, School, User
from tests import factories

START = date(2024, 9, 2)
EVENT_DAYS = (date(2024, 12, 2), date(2025, 3, 3), date(2025, 6, 2))
SCHOOL = "The Aldgate School"


@dataclass(frozen=True)
class Setting:
    """The intake with its group, and the staff by first name."""

    intake: Intake
    group: Group
    staff: dict[str, User]

    def email(self, name: str) -> str:
        return str(self.staff[name].email)


def before_anybody_comes() -> Setting:
    """Everything that the first visitor finds, and the staff who will meet her."""
    at = clock.now()
    factories.load_catalogue(at)
    schools.load_sample(at=at)
    staff = _staff()
    version = factories.version()
    learning.ensure_content(version=version, by=staff["Olu"], at=at)
    intake = intakes.open_intake(
        version=version,
        starts_on=START,
        applications_open_on=date(2024, 5, 1),
        applications_close_on=date(2024, 8, 16),
        by=staff["Olu"],
        at=at,
    )
    group = groups.create_group(
        intake=intake, name="Bristol A", venue="Hillside School, Bristol", by=staff["Olu"], at=at
    )
    for name, role in (("Femi", "facilitator"), ("Tara", "tutor")):
        groups.staff(group=group, user=staff[name], role=role, by=staff["Olu"], at=at)
    events.schedule_days(group=group, slots=[Slot(day) for day in EVENT_DAYS], by=staff["Olu"], at=at)
    return Setting(intake, group, staff)


def _staff() -> dict[str, User]:
    school = people.organisation_for_school(School.objects.get(name=SCHOOL), at=clock.now())
    members = [
        factories.member(Role.OFFICE, "Olu Office"),
        factories.member(Role.AUTHOR, "Ada Author"),
        factories.member(Role.FACILITATOR, "Femi Facilitator"),
        factories.member(Role.TUTOR, "Tara Tutor"),
        factories.member(Role.COACH, "Cora Coach"),
        factories.member(Role.HEAD_TEACHER, "Hana Head", of=school),
        factories.member(Role.MARKER, "Ben Marker"),
        factories.member(Role.MARKER, "Bea Marker"),
        factories.member(Role.MARKER, "Bim Marker"),
        factories.member(Role.MODERATOR, "Chidi Moderator"),
    ]
    return {person.get_short_name(): person for person in members}


def somebody_who_stays_in_induction(setting: Setting) -> Enrolment:
    """Bilal, enrolled in the same intake and group by the same actions, who then does nothing."""
    bilal = factories.enrolment("Bilal Baker", to=setting.intake, by=setting.staff["Olu"], at=clock.now())
    events.place_in_group(enrolment=bilal, group=setting.group, by=setting.staff["Olu"], at=clock.now())
    return bilal


def place_and_pair(setting: Setting, enrolment: Enrolment) -> None:
    """A place in the group, and a coach."""
    by, at = setting.staff["Olu"], clock.now()
    events.place_in_group(enrolment=enrolment, group=setting.group, by=by, at=at)
    coaching.pair(enrolment=enrolment, coach=setting.staff["Cora"], by=by, at=at)
