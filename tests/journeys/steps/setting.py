"""What is there before anybody comes: what an installation loads by command, and the staff with their roles."""

from goldenthread.applications.models import Enrolment
from goldenthread.common import clock
from goldenthread.intakes.models import Intake
from goldenthread.people import actions as people
from goldenthread.people import schools
from goldenthread.people.models import Role, School, User
from tests import factories

SCHOOL = "The Aldgate School"


def before_anybody_comes() -> dict[str, User]:
    """Load catalogue and schools, and give the staff their roles; they are found by their first name."""
    factories.load_catalogue(clock.now())
    schools.load_sample(at=clock.now())
    school = people.organisation_for_school(School.objects.get(name=SCHOOL), at=clock.now())
    staff = [
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
    return {person.get_short_name(): person for person in staff}


def somebody_who_stays_in_induction() -> Enrolment:
    """Bilal, enrolled in the same intake by the actions that have been on the pages for Amara; he then does nothing."""
    return factories.enrolment("Bilal Baker", to=Intake.objects.get(), at=clock.now())
