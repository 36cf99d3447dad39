"""The legacy NPQH with both tasks, boards and host by link, and a question about own work on the way.

Hugo's boards and his host answer without an account. Somebody notices something about his first task: a question, a
case, his statement, a hearing, a decision by a colleague. His result is held until then, while that of Cem is released.
"""

import re
from dataclasses import dataclass

import pytest

from goldenthread.applications.models import Enrolment
from goldenthread.assessment.actions import hand_in_days, project
from goldenthread.assessment.models import Sitting
from goldenthread.assessment.rules.projects import Challenge
from goldenthread.marking.models import Marking
from goldenthread.people.models import Role
from tests import factories
from tests import factories_projects as make
from tests import factories_teaching as teaching
from tests.browser import PHONE
from tests.journeys.people.assessors import OF_THE_WHOLE, Marker, Moderator
from tests.journeys.people.projecting import Outsider, ProjectCandidate
from tests.journeys.people.walking import Anybody, WalkOffice
from tests.journeys.stage import Stage
from tests.outcomes.test_projects import everything_else

pytestmark = [
    pytest.mark.browser,
    pytest.mark.alike,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(300),
]
NAME, OTHER = "Hugo Head", "Cem Cole"
IDENTITY = ("Hugo", "Cem Cole")
FIRST = "Attendance rose from 91 to 94 %, most where form tutors called in the first week."
SECOND = "The school by the sea has no deputy who could follow; two can be trained by summer."
ALLEGED = "The table on attendance stands in a report of 2017 that you don't name."
STATED = "It is our own table: I add the spreadsheet. I would like to talk about it."
TASKS = ("task-1", "task-2")


@dataclass
class Company:
    stage: Stage
    hugo: ProjectCandidate
    olu: WalkOffice
    oda: WalkOffice
    markers: list[Marker]
    chidi: Moderator


@pytest.fixture
def company(stage: Stage) -> Company:
    """Courses and events are done; both plans, the placement and its log are there; the hand-in days begin in July."""
    stage.clock_shows(2019, 1, 14, 9, 0)
    enrolment = make.candidate(make.NPQH, NAME)
    other = make.candidate(make.NPQH, OTHER, to=enrolment.intake)
    teaching.placed(enrolment, teaching.group(of=enrolment.intake))
    everything_else(enrolment)
    make.planned(enrolment, "task-1", at=make.BEGIN)
    is_placed(enrolment)
    for task in TASKS:
        make.days(enrolment.intake, task)
    make.planned(other, "task-1", at=make.BEGIN)
    make.boarded(other, "task-1", "home")
    make.hand_in(other, "task-1")
    people = [factories.member(Role.MARKER, f"{name} Marker") for name in ("Ben", "Bea")]
    olu, oda = make.office(), factories.member(Role.OFFICE, "Oda Office")
    chidi = factories.member(Role.MODERATOR, "Chidi Moderator")
    office = [WalkOffice(stage, one.name, one.email) for one in (olu, oda)]
    for one in office:
        one.intake = "NPQH January 2019"
    moderator = Moderator(stage, chidi.name, chidi.email)
    moderator.of, moderator.why, moderator.compares = "NPQH", "", ("Agreed marks",)
    return Company(
        stage,
        ProjectCandidate(stage, NAME, enrolment.user.email),
        *office,
        [Marker(stage, one.name, one.email) for one in people],
        moderator,
    )


def is_placed(enrolment: Enrolment) -> None:
    """A placement that the office has approved, nine days in its log, and a challenge with an action."""
    said = {"enrolment": enrolment, "task": "task-2", "by": enrolment.user, "at": make.SUMMER}
    make.opened(enrolment, "task-2")
    asked = make.asked_placement(enrolment, "task-2")
    hand_in_days.decide_placement(placement=asked, approved=True, reason="", by=make.office(), at=make.SUMMER)
    for on in make.DAYS:
        project.log_day(**said, on=on)
    need = Challenge("capability", "projected", "Two heads of year retire.", ("Train two deputies.",))
    project.add_challenge(**said, challenge=need, form_key="8b1c9f4e-6a55-4f0b-9d7e-2f6f3a1f9c11")


def test_both_tasks_with_a_question_about_own_work_on_the_way(company: Company) -> None:
    stage, hugo, olu = company.stage, company.hugo, company.olu
    stage.clock_shows(2019, 8, 5, 10, 0)
    the_first_task_is_handed_in(company)
    the_second_task_is_handed_in(company)

    stage.clock_shows(2019, 9, 2, 9, 0)
    for scripts in (2, 1):
        olu.allocates(scripts)
        if scripts == 2:
            somebody_asks_about_own_work(company)
    the_scripts_are_marked_and_moderated(company)
    the_held_result_waits_for_the_decision(company)

    hugo.reads_the_result_of_the_mail("Passed")
    code, badge = hugo.gets_certificate_and_badge(NAME, "Headship")
    Anybody(stage, size=PHONE).verifies_both(code, badge, holder=NAME, programme="Headship")


def the_first_task_is_handed_in(company: Company) -> None:
    """Its board answers by link, without an account."""
    hugo, stage = company.hugo, company.stage
    hugo.comes_to_the_task(0)
    hugo.presents_to_the_board("Governors of Hillside", "2019-01-29", "home")
    hugo.asks_by_link("Bo Board", "bo@example.org")
    board = Outsider(stage, "Bo Board", "bo@example.org", PHONE)
    board.opens_the_link(NAME, "Tue 29 Jan 2019")
    board.answers("What did the board say to the plan?", "Go ahead, and watch the budget.")
    hugo.page.reload()
    hugo.sees("Confirmed by the board")
    hugo.goes_back()
    hugo.writes(design="We planned it.", implementation="We did it.", evaluation=FIRST)
    hugo.goes_back()
    hugo.hands_in()


def the_second_task_is_handed_in(company: Company) -> None:
    """The host confirms nine days and the board of the placement school answers, both by link."""
    hugo, stage = company.hugo, company.stage
    hugo.comes_to_the_task(1)
    hugo.sees("0 of 9")
    hugo.takes_up("Days at the placement school")
    hugo.sees("9 of 9")
    hugo.presses("Send the link")
    hugo.sees("The link goes to hal@example.org.")
    host = Outsider(stage, "Hal Host", "hal@example.org", PHONE)
    host.opens_the_link(NAME, "Seaside School")
    for box in host.page.locator("input[name=days]").all():
        box.check()
    host.chooses("Yes")
    host.presses("Send my answer")
    host.sees("Thank you: your answer is kept", "Confirmed already")
    hugo.page.reload()
    hugo.sees("Confirmed")
    hugo.goes_back()
    hugo.presents_to_the_board("Governors of Seaside", "2019-06-03", "placement")
    hugo.asks_by_link("Sea Board", "sea@example.org")
    board = Outsider(stage, "Sea Board", "sea@example.org")
    board.opens_the_link(NAME)
    board.answers("What did the board say to the plan?", "We take it on.")
    hugo.goes_back()
    hugo.writes(your_account=SECOND)
    hugo.goes_back()
    hugo.hands_in()


def code_of(task: str, name: str) -> str:
    return Sitting.objects.get(window__task=task, enrolment__user__name=name).code


def somebody_asks_about_own_work(company: Company) -> None:
    """A question by hand becomes a case; Hugo reads the allegation on his pages and answers it."""
    company.olu.opens_a_case(
        code_of("task-1", NAME),
        "A table looks like that of a published report.",
        ALLEGED,
        about=NAME,
        never=("Hugo",),
    )
    company.hugo.states("About your project", ALLEGED, STATED)


def the_scripts_are_marked_and_moderated(company: Company) -> None:
    for one in company.markers:
        one.reads, one.words = ("0/20",), OF_THE_WHOLE
        for _ in range(Marking.objects.filter(marker__email=one.email, state="allocated").count()):
            one.marks(3, 3, 4, 4, never=IDENTITY)
            one.submits(never=IDENTITY)
    chidi = company.chidi
    for _ in TASKS:
        chidi.draws_the_sample(never=IDENTITY)
        for _ in range(chidi.page.get_by_text("Open", exact=True).count()):
            chidi.moderates_the_next(3, 3, 4, 3, never=IDENTITY)
        chidi.signs_off()


def the_held_result_waits_for_the_decision(company: Company) -> None:
    """Cem's result and that of the second task are released; Hugo's first waits until a colleague has decided."""
    olu, oda, hugo = company.olu, company.oda, company.hugo
    for _ in TASKS:
        olu.has_it_confirmed_nationally(oda)
        olu.compares_the_scripts("NPQH January 2019")
        olu.comes_to_the_desk()
        olu.follows(re.compile(r"Results of \d scripts? of NPQH January 2019 can be released"))
        olu.arrives_at("Results, before the release")
        olu.unfolds("Release the results")
        olu.presses(re.compile("^Yes, release all"))
        olu.arrives_at("Results")
    hugo.comes_to_the_assessment()
    hugo.sees("Awaiting moderation", "Passed")
    hugo.opens("/my/award/", "Your award")
    hugo.sees("Not yet")

    oda.comes_to_the_case(NAME, STATED)
    hearing = "section[aria-labelledby=hear]"
    oda.chooses("It was held", inside=hearing)
    oda.fills("Hearing", "Online, 3 September: he shows the spreadsheet behind the table.", inside=hearing)
    oda.presses("Record it")
    oda.sees("he shows the spreadsheet")
    oda.does_not_uphold_it("The table is his own work.", of=NAME)
    hugo.comes_to_the_assessment()
    hugo.follows(re.compile("Read what the programme office asks"))
    hugo.sees("The table is his own work.")

    oda.follows("Release what was held")
    oda.arrives_at("Results")
    oda.follows("Look at it")
    oda.unfolds("Release 1 result that was held")
    oda.presses("Yes, release it")
    oda.sees(NAME, OTHER)
