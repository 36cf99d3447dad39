"""The legacy NPQSL from the plan to the award, with moderation and an appeal on the way.

Bilal's project falls just short; he appeals because of the marking, somebody new marks it blind, somebody who had no
part decides, and the changed result completes the qualification. What came before is done by the actions.
"""

import re
from dataclasses import dataclass

import pytest

from goldenthread.people.models import Role
from tests import factories
from tests import factories_projects as make
from tests import factories_teaching as teaching
from tests.browser import PHONE
from tests.journeys.people.assessors import OF_THE_WHOLE, Marker, Moderator
from tests.journeys.people.projecting import Outsider, ProjectCandidate
from tests.journeys.people.walking import Anybody, WalkOffice, mark_alike, moderate
from tests.journeys.stage import Stage
from tests.outcomes.test_projects import everything_else

pytestmark = [
    pytest.mark.browser,
    pytest.mark.alike,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(300),
]
NAME = "Bilal Baker"
IDENTITY = ("Bilal", "Baker")
EVALUATION = "Reading rose in every class, most in those that kept to the routine."
READS = (EVALUATION, "0/20")


@dataclass
class Company:
    stage: Stage
    bilal: ProjectCandidate
    olu: WalkOffice
    oda: WalkOffice
    nia: WalkOffice  # who takes part in the national moderation decides no appeal
    markers: list[Marker]
    bo: Marker
    chidi: Moderator


@pytest.fixture
def company(stage: Stage) -> Company:
    """Courses, core tasks and events are done; the plan is open, the hand-in days are set."""
    stage.clock_shows(2019, 1, 14, 9, 0)
    enrolment = make.candidate(make.NPQSL, NAME)
    teaching.placed(enrolment, teaching.group(of=enrolment.intake))
    everything_else(enrolment)
    make.opened(enrolment)
    make.days(enrolment.intake, "project")
    olu = make.office()
    oda, nia = (factories.member(Role.OFFICE, f"{name} Office") for name in ("Oda", "Nia"))
    ben, bea, bo = (factories.member(Role.MARKER, f"{name} Marker") for name in ("Ben", "Bea", "Bo"))
    chidi = factories.member(Role.MODERATOR, "Chidi Moderator")
    office = [WalkOffice(stage, one.name, one.email) for one in (olu, oda, nia)]
    for one in office:
        one.intake = "NPQSL January 2019"
    marker = {one.name: Marker(stage, one.name, one.email) for one in (ben, bea, bo)}
    return Company(
        stage,
        ProjectCandidate(stage, NAME, enrolment.user.email),
        *office,
        [marker["Ben Marker"], marker["Bea Marker"], marker["Bo Marker"]],
        marker["Bo Marker"],
        Moderator(stage, chidi.name, chidi.email),
    )


def test_from_the_plan_over_an_appeal_to_the_award(company: Company) -> None:
    stage, bilal, olu = company.stage, company.bilal, company.olu
    stage.clock_shows(2019, 2, 4, 16, 0)
    he_plans_and_asks_a_sponsor(company)
    stage.clock_shows(2019, 8, 5, 10, 0)
    he_hands_in(company)

    stage.clock_shows(2019, 9, 2, 9, 0)
    olu.allocates()
    two = [one for one in company.markers if one.email in given_to()]
    company.bo = next(one for one in company.markers if one not in two)
    for one in two:
        one.words = OF_THE_WHOLE
    mark_alike(two, 2, 2, 3, 2, reads=READS, never=IDENTITY)
    moderate(company.chidi, 3, 2, 2, 2, of="NPQSL", why="", never=IDENTITY)
    olu.has_it_confirmed_nationally(company.nia)
    olu.releases("Results of 1 person", never=(NAME,))
    bilal.reads_the_result_of_the_mail(re.compile("^Not passed"), "9 of 20 marks")

    he_appeals_and_is_heard(company)
    bilal.reads_the_result_of_the_mail(
        "Passed", "12 of 12 modules are finished.", "12 of 12 core tasks are accepted."
    )
    code, badge = bilal.gets_certificate_and_badge(NAME, "Senior Leadership")
    Anybody(stage, size=PHONE).verifies_both(code, badge, holder=NAME, programme="Senior Leadership")


def given_to() -> set[str]:
    from goldenthread.marking.models import Marking

    return set(Marking.objects.values_list("marker__email", flat=True))


def he_plans_and_asks_a_sponsor(company: Company) -> None:
    bilal = company.bilal
    bilal.comes_to_the_task()
    bilal.sees("missing")
    bilal.plans(("2019-01-07", "2019-02-04", "2019-07-19"), **{" a": "Gaps close", " b": "One routine"})
    bilal.takes_up("Sponsor")
    bilal.asks_by_link("Sue Sponsor", "sue@example.org")
    sue = Outsider(company.stage, "Sue Sponsor", "sue@example.org", PHONE)
    sue.opens_the_link(NAME, "Daily reading aloud")
    sue.answers(
        "What do you say to this project, and how will you support it?", "Two hours a week are yours."
    )
    bilal.page.reload()
    bilal.sees("Two hours a week are yours.")


def he_hands_in(company: Company) -> None:
    bilal = company.bilal
    bilal.comes_to_the_task()
    bilal.adds_evidence("figures.txt", b"41 of 60, then 53 of 60")
    bilal.writes(design="We planned it.", implementation="We did it in two terms.", evaluation=EVALUATION)
    bilal.goes_back()
    bilal.hands_in()
    bilal.sees("figures.txt")


def he_appeals_and_is_heard(company: Company) -> None:
    """Somebody of the office admits it, the third marker marks blind, the one who had no part decides."""
    stage, bilal, oda = company.stage, company.bilal, company.oda
    bilal.appeals("marking", "The third criterion: the figures are on page 4.")
    oda.admits_the_appeal(NAME, "It names the criterion and the page.")
    oda.sees("The blind re-mark")

    company.bo.reads, company.bo.words = READS, OF_THE_WHOLE
    company.bo.marks(3, 3, 3, 3, never=(*IDENTITY, "appeal", "9/20"))
    company.bo.submits(never=IDENTITY)
    oda.comes_to_the_appeal(NAME, "to decide")
    oda.sees("12 marks", "If the result changes: passed")
    oda.decides_the_appeal("upheld: the result changes", "The new marking finds the figures.")
    oda.sees("The further result is outcome 2")
    assert "appeal" in stage.letter(bilal.email, "appeal")
