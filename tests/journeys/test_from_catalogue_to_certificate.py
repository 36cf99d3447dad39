"""One participant from the catalogue to the verified certificate, through the pages of everybody who has a part in it.

Amara Okafor takes NPQ Leading Teaching, reformed, international, from September 2024. Two commands make an
installation with one person in its office; all else is done on pages, each step by the person whose step it is
and at a browser of their own: the people in `people/`, their clock and their mail in `stage.py`. The test moves
the clock and stands in for the worker.
"""

from typing import TypeVar

import pytest

from tests.browser import DESKTOP, PHONE
from tests.journeys import installation
from tests.journeys.people import author
from tests.journeys.people.assessors import Marker, Moderator
from tests.journeys.people.author import Author
from tests.journeys.people.office import Office
from tests.journeys.people.participant import PROGRAMME
from tests.journeys.people.school_and_partner import HeadTeacher, PartnerManager
from tests.journeys.people.sitter import Sitter
from tests.journeys.people.teaching import Coach, Facilitator, Tutor
from tests.journeys.people.visitor import Visitor
from tests.journeys.stage import Staff, Stage, takes_picture

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(900),
]
S = TypeVar("S", bound=Staff)
AMARA, EMAIL = "Amara Okafor", "amara@example.org"
BILAL, HIS_EMAIL = "Bilal Baker", "bilal@example.org"
PROVIDER, HUB, SCHOOL = "Golden Thread Demonstration Provider", "Severn Teaching Hub", "The Aldgate School"
UNLISTED = "The Aldgate Annexe"
# What would tell a marker or a moderator whose script it is, or who marks it too.
IDENTITY = ("Amara", "Okafor", EMAIL, "Aldgate")


class Company:
    """Everybody who has a part, each at a browser of their own; who is in the office hires the others."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.office = Office(stage, "Olu Office", "olu@example.org")
        self.amara, self.bilal = Sitter(stage, AMARA, EMAIL), Sitter(stage, BILAL, HIS_EMAIL)

    def hires(self, kind: type[S], name: str, *, at: str = PROVIDER, size: dict[str, int] = DESKTOP) -> S:
        """The office gives somebody a role; they set a password with the link of the mail."""
        person = kind(self.stage, name, f"{name.split()[0].lower()}@example.org", size)
        self.office.gives_a_role(person, at)
        person.accepts_the_role()
        return person

    def hires_everybody_who_teaches(self) -> None:
        self.office.comes_to_the_staff()
        self.office.adds_an_organisation(HUB, "Delivery partner", "Teaching school hub")
        self.pia = self.hires(PartnerManager, "Pia Partner", at=HUB)
        self.femi = self.hires(Facilitator, "Femi Facilitator", at=HUB, size=PHONE)
        self.tara, self.cora = self.hires(Tutor, "Tara Tutor"), self.hires(Coach, "Cora Coach")
        self.ada = self.hires(Author, "Ada Author")
        self.hana = self.hires(HeadTeacher, "Hana Head", at=SCHOOL, size=PHONE)


@pytest.mark.requirement("S0-21")
@pytest.mark.requirement("S0-22")
@pytest.mark.requirement("S0-30")
@pytest.mark.requirement("S0-33")
@pytest.mark.requirement("S0-37")
@pytest.mark.requirement("S0-38")
@pytest.mark.requirement("S0-40")
@pytest.mark.requirement("S1-08")
def test_from_the_catalogue_to_the_verified_certificate(stage: Stage) -> None:
    company = Company(stage)
    the_office_opens_an_intake(company)
    she_applies_and_is_accepted(company)
    she_learns_and_everybody_records_it(company)
    she_sees_where_she_stands(company)
    the_case_study_is_written_and_its_window_set(company)
    she_completes_her_development(company)
    nobody_sees_it_before_its_first_instant(company)
    she_answers_it_in_her_window(company)
    it_is_marked_blind_and_moderated(company)
    six_minutes_decide(company)
    the_result_is_released_and_the_certificate_verified(company)


def the_office_opens_an_intake(company: Company) -> None:
    installation.is_prepared()
    installation.gets_its_first_person(company.office.email, company.office.name)
    company.hires_everybody_who_teaches()
    company.office.opens_the_intake()
    company.office.gives_it_a_group(partner=HUB, facilitator="Femi Facilitator", tutor="Tara Tutor")


def she_applies_and_is_accepted(company: Company) -> None:
    stage, office = company.stage, company.office
    visitor = Visitor(stage, size=PHONE)
    visitor.compares_two_programmes()
    visitor.reads_about_leading_teaching()
    reference = visitor.enrols(name=AMARA, email=EMAIL, school=SCHOOL)
    assert reference in stage.letter(EMAIL, "Welcome")
    somebody_else = Visitor(stage)
    somebody_else.comes_for_leading_teaching()
    his = somebody_else.applies(name=BILAL, email=HIS_EMAIL, school=UNLISTED)
    assert his in stage.letter(HIS_EMAIL, "application")

    stage.clock_shows(2024, 6, 12, 9, 0)
    office.accepts(BILAL, his, UNLISTED)
    office.places_everybody_and_gives_them_a_coach("Cora Coach")
    company.amara.is_refused_a_short_password()
    company.amara.accepts_the_place()
    company.amara.finds_the_link_used_up()
    company.amara.reads_the_plan()
    company.bilal.accepts_the_place()


def she_learns_and_everybody_records_it(company: Company) -> None:
    stage, amara = company.stage, company.amara
    stage.clock_shows(2024, 9, 4, 16, 0)
    amara.comes_home()
    amara.finishes_the_next_step("Induction")
    amara.follows("Home", inside="header")
    amara.arrives_at(PROGRAMME)
    amara.finishes_the_next_step(amara.next_module())

    stage.clock_shows(2024, 12, 2, 9, 30)
    company.femi.takes_the_register("Event day 1", Amara="Present", Bilal="Absent")
    stage.clock_shows(2024, 12, 16, 17, 0)
    amara.comes_home()
    amara.hands_in_the_first_task()
    company.tara.returns_work(AMARA, "Formative task 1")
    amara.improves_the_first_task()
    company.tara.accepts_work(AMARA, "Formative task 1")
    company.cora.logs_the_first_session(AMARA, "2024-12-12T16:00")
    stage.clock_shows(2025, 3, 3, 9, 30)
    company.femi.takes_the_register("Event day 2", Amara="Present", Bilal="Absent")


def she_sees_where_she_stands(company: Company) -> None:
    company.stage.clock_shows(2025, 3, 4, 18, 0)
    amara = company.amara
    amara.comes_home()
    amara.finishes_the_modules_due_by_now()
    amara.follows("Home", inside="header")
    amara.arrives_at(PROGRAMME)
    amara.sees("Next step", "of 74 h guided learning are credited to you", "Compare two quizzes")
    takes_picture(amara.page, "participant-home")
    amara.unfolds_her_engagement(
        "of 74 h",
        "are missing to 90 %",
        "The development stage of your programme ends on",
        "Ways to close the gap",
    )
    company.hana.sees_how_it_goes(AMARA, "of 74 h")
    company.pia.sees_how_it_goes(AMARA, "of 74 h")


def the_case_study_is_written_and_its_window_set(company: Company) -> None:
    company.stage.clock_shows(2025, 5, 6, 10, 0)
    company.ada.writes_a_case_study()
    company.ada.is_refused_without_both_kinds()
    company.ada.publishes()
    company.office.sets_the_window(author.TITLE)
    assert "midnight at the end of Mon 13 Oct 2025" in company.stage.letter(EMAIL, "assessment opens")


def she_completes_her_development(company: Company) -> None:
    """All but a task and an hour and a half of the third event day: 66.5 of 74 hours."""
    stage, amara = company.stage, company.amara
    stage.clock_shows(2025, 6, 2, 15, 30)
    company.femi.takes_the_register("Event day 3", Amara="Part", part=270, Bilal="Absent")
    stage.clock_shows(2025, 9, 1, 18, 0)
    amara.comes_home()
    amara.finishes_the_modules_due_by_now()
    amara.hands_in_the_second_task()
    company.tara.accepts_work(AMARA, "Formative task 2")
    company.cora.logs_more_sessions(
        AMARA, "2025-01-16T16:00", "2025-03-13T16:00", "2025-05-15T16:00", "2025-07-03T16:00"
    )


def nobody_sees_it_before_its_first_instant(company: Company) -> None:
    stage, amara = company.stage, company.amara
    stage.clock_shows(2025, 10, 5, 23, 45)
    amara.comes_home()
    amara.is_told_to_wait()
    others = (company.office, company.hana, company.cora, company.femi, company.pia)
    for person in others:
        person.signs_in(person.first_page)
    for somebody in (amara, *others, Visitor(stage, "a visitor")):
        author.is_out_of_reach_of(somebody, amara.sitting)
    stage.clock_shows(2025, 10, 6, 0, 0)
    amara.reads_the_case()
    company.ada.sees_that_it_was_read()
    company.bilal.is_not_given_the_case()


def she_answers_it_in_her_window(company: Company) -> None:
    stage, amara = company.stage, company.amara
    stage.clock_shows(2025, 10, 8, 19, 0)
    amara.comes_home()
    amara.reads_the_case()
    amara.writes("Begun at my desk.", "4 of 1,500")
    amara.sees_it_saved()
    amara.loses_the_line_and_nothing_else()
    amara.hands_in_one_word_too_many()
    amara.hands_in_as_many_as_are_allowed()
    assert "1,500" in stage.letter(EMAIL, "script")

    stage.clock_shows(2025, 10, 13, 23, 40)
    amara.replaces_it_by_a_document()
    amara.begins_one_more_version()
    stage.clock_shows(2025, 10, 14, 0, 0, 1)
    amara.is_too_late_and_keeps_her_text()


def it_is_marked_blind_and_moderated(company: Company) -> None:
    stage, amara, office = company.stage, company.amara, company.office
    stage.clock_shows(2025, 10, 14, 9, 0)
    office.comes_to_the_staff()
    ben, bea, bim = (company.hires(Marker, f"{name} Marker") for name in ("Ben", "Bea", "Bim"))
    chidi = company.hires(Moderator, "Chidi Moderator")
    office.shares_the_scripts_out()
    office.sees_where_every_sitting_stands(Amara="Handed in", Bilal="Held back")
    ben.marks(6, 5, 4, 3, never=(*IDENTITY, "Bea Marker", "Bim Marker"))
    ben.submits(never=(*IDENTITY, "Bea Marker"))
    bea.marks(3, 3, 2, 2, never=(*IDENTITY, "Ben Marker", "Bim Marker"))
    bea.submits(never=(*IDENTITY, "Ben Marker"))
    bim.marks(5, 4, 3, 3, never=(*IDENTITY, "Ben Marker", "Bea Marker"))
    bim.sees_sums("9/12", "6/8", "15/20")
    bim.is_refused_a_mark_out_of_range()
    amara.comes_home()
    amara.waits("Awaiting marking")
    bim.submits(never=IDENTITY)
    amara.waits("Awaiting moderation")

    chidi.draws_the_sample(never=IDENTITY)
    chidi.marks_blind_and_confirms(5, 4, 3, 3, never=IDENTITY)
    chidi.signs_off()
    amara.waits("Awaiting release")


def six_minutes_decide(company: Company) -> None:
    """Good marks don't award at 66.5 hours; at 66.6 they do. Release shows names, so this is before it."""
    company.stage.clock_shows(2025, 11, 3, 10, 0)
    company.office.compares_the_scripts()
    company.office.sees_that_engagement_is_short()
    company.office.corrects_the_credit(
        AMARA, "Event day 3", minutes=6, reason="She signed out at 13:36, says the list at the door."
    )


def the_result_is_released_and_the_certificate_verified(company: Company) -> None:
    stage, amara = company.stage, company.amara
    company.office.releases_the_results()
    company.office.looks_at_everything_about(AMARA, "66 h 36 min of 74 h", "Outcome 1")
    amara.comes_home()
    amara.reads_the_result()
    code = amara.downloads_the_certificate(AMARA)
    anybody = Visitor(stage, size=PHONE)
    anybody.verifies(code, holder=AMARA)
    anybody.is_told_that_a_wrong_code_is_unknown()
