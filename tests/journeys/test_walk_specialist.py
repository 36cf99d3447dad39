"""A specialist qualification from the opened window to the verified credential, with a second attempt on the way.

Amara's first result falls short; her plan of support, a further window with another case study, the pass, the award.
What came before the window was opened is written by the actions; from then on everything happens on pages, in a browser
of whoever's task it is.
"""

import re
from dataclasses import dataclass

import pytest

from goldenthread.people.models import Role
from tests import factories
from tests import factories_assessment as made
from tests import factories_teaching as teaching
from tests.browser import PHONE
from tests.journeys.people.assessors import Marker, Moderator
from tests.journeys.people.teaching import Tutor
from tests.journeys.people.walking import Anybody, Candidate, WalkOffice, mark_alike, moderate
from tests.journeys.stage import ANYTHING, Stage

pytestmark = [
    pytest.mark.browser,
    pytest.mark.alike,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(300),
]
NAME = "Amara Okafor"
FIRST, SECOND = "Reading at Saltmarsh", "Writing at Greywater"
ANSWER = "We read aloud daily, and each teacher knows which three pupils to listen to."
BETTER = (
    "We would agree what good writing is, rehearse it with two teachers, and look at books after three weeks."
)
IDENTITY = ("Amara", "Okafor")


@dataclass
class Company:
    stage: Stage
    amara: Candidate
    olu: WalkOffice
    tara: Tutor
    markers: list[Marker]
    chidi: Moderator
    second: str  # the other case study by the name that the office knows


@pytest.fixture
def company(stage: Stage) -> Company:
    """Amara has done her development and is booked for a window that opens on 6 October 2025."""
    stage.clock_shows(2025, 9, 15, 9, 0)
    enrolment = made.ready(NAME)
    group = teaching.group(of=enrolment.intake)
    teaching.placed(enrolment, group)
    tara = teaching.staffed(group, "tutor", "Tara Tutor")
    office, ada = made.office(), made.author()
    assert ada.pk
    made.window(enrolment.intake, case=made.case_study(title=FIRST))
    second = made.case_study(title=SECOND)
    markers = [factories.member(Role.MARKER, f"{name} Marker") for name in ("Ben", "Bea")]
    chidi = factories.member(Role.MODERATOR, "Chidi Moderator")
    return Company(
        stage,
        Candidate(stage, NAME, enrolment.user.email),
        WalkOffice(stage, office.name, office.email),
        Tutor(stage, tara.name, tara.email),
        [Marker(stage, one.name, one.email) for one in markers],
        Moderator(stage, chidi.name, chidi.email),
        second.name,
    )


def test_a_first_result_falls_short_and_the_second_brings_the_award(company: Company) -> None:
    stage, amara, olu = company.stage, company.amara, company.olu
    stage.clock_shows(2025, 10, 8, 18, 0)
    amara.reads(FIRST, made.BODY, made.QUESTION)
    amara.answers(ANSWER)

    stage.clock_shows(2025, 10, 14, 9, 0)
    olu.allocates()
    mark_alike(company.markers, 2, 2, 2, reads=(ANSWER, "0/12", "0/8"), never=IDENTITY)
    moderate(company.chidi, 2, 3, 2, of="NPQLT", why="Below the pass mark", never=IDENTITY)
    olu.releases("Results of 1 person", never=("Amara Okafor",))

    amara.reads_the_result_of_the_mail(
        "Not passed: case study", "6 of 20 marks", "Say what you would stop doing."
    )
    she_is_supported(company)
    she_is_entered_for_another_window(company)

    stage.clock_shows(2025, 11, 18, 18, 0)
    amara.reads(SECOND)
    amara.never_sees(FIRST)
    amara.answers(BETTER)

    stage.clock_shows(2025, 11, 25, 9, 0)
    olu.allocates()
    mark_alike(company.markers, 5, 5, 7, reads=(BETTER, "0/12", "0/8"), never=(*IDENTITY, ANSWER))
    moderate(company.chidi, 5, 5, 6, of="NPQLT", why="", never=(*IDENTITY, ANSWER))
    olu.releases("Results of 1 person", never=("Amara Okafor",))
    amara.reads_the_result_of_the_mail("Passed", "17 of 20 marks")
    code, badge = amara.gets_certificate_and_badge(NAME, "Leading Teaching")
    Anybody(stage, size=PHONE).verifies_both(code, badge, holder=NAME, programme="Leading Teaching")


def she_is_supported(company: Company) -> None:
    """The plan began by itself with the release, and names her tutor, who gets in touch."""
    amara, tara = company.amara, company.tara
    amara.follows("See your support plan")
    amara.arrives_at("Your support plan")
    amara.sees("Tara Tutor", "Next window")
    tara.signs_in(ANYTHING)
    tara.follows(f"{NAME}: support plan")
    tara.arrives_at(f"Support plan of {NAME}")
    tara.unfolds("Log a contact")
    tara.fills("Day", "2025-10-14")
    tara.selects("How", "elephone")
    tara.fills("What did you speak about and agree?", "Name who does what, by when.")
    tara.presses("Log this contact")
    tara.sees("Name who does what, by when.")
    tara.unfolds("Add what you agreed")
    tara.fills("What did you agree?", "Read two answers of last year.")
    tara.presses("Add it")
    tara.sees("Read two answers of last year.")
    amara.page.reload()
    amara.sees("Name who does what, by when.", "Read two answers of last year.")
    amara.presses(re.compile("Done.*Read two answers of last year"))
    amara.sees("1 of")


def she_is_entered_for_another_window(company: Company) -> None:
    """The office sets the next window with the other case study, and enters her for it, with a reason."""
    olu, stage = company.olu, company.stage
    olu.begins_a_window(after=NAME)
    olu.sets_the_window(company.second, "2025-11-17")
    olu.enters(NAME, "17 Nov 2025")
    assert "Mon 17 Nov 2025" in stage.letter(company.amara.email, "assessment opens")
    company.amara.comes_to_the_assessment()
    company.amara.sees("Your case study opens on Mon 17 Nov 2025")
