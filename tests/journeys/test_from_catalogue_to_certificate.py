"""One participant from the catalogue to the verified certificate, on the pages of everybody who has a part in it.

Amara Okafor takes NPQ Leading Teaching, reformed, international, from September 2024. Everybody sits at a
browser of their own; the test moves the clock and stands in for the worker. Repetitions of what has been on the
pages once (the other modules, one more task, four more coaching sessions) go through the same actions without
the pages.
"""

from collections.abc import Callable
from typing import TypeVar

import pytest

from goldenthread.applications.models import Enrolment
from goldenthread.assessment.models import Sitting
from tests.browser import DESKTOP, PHONE
from tests.journeys.steps import assessment, setting
from tests.journeys.steps.assessment import Author, HeldBack, Sitter
from tests.journeys.steps.marking import Marker, Moderator
from tests.journeys.steps.office import Office
from tests.journeys.steps.participant import PROGRAMME
from tests.journeys.steps.stage import ANYTHING, Person, Stage, takes_picture
from tests.journeys.steps.teaching import Coach, Facilitator, HeadTeacher, Tutor
from tests.journeys.steps.visitor import Visitor

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("browser"),
    pytest.mark.timeout(900),
]
P = TypeVar("P", bound=Person)
AMARA, EMAIL = "Amara Okafor", "amara@example.org"
# What would tell a marker or a moderator whose script it is, or who marks it too.
IDENTITY = ("Amara", "Okafor", EMAIL, "Aldgate")


class Company:
    """Everybody who has a part, each at a browser of their own."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self._staff = stage, setting.before_anybody_comes()
        self.amara = Sitter(stage, AMARA, EMAIL)
        self.office = self.staff(Office, "Olu")
        self.femi = self.staff(Facilitator, "Femi", size=PHONE)
        self.tara, self.cora = self.staff(Tutor, "Tara"), self.staff(Coach, "Cora")
        self.hana = self.staff(HeadTeacher, "Hana", size=PHONE)
        self.ada = self.staff(Author, "Ada")
        self.bilal: Enrolment | None = None

    def staff(self, kind: Callable[..., P], name: str, *, size: dict[str, int] = DESKTOP) -> P:
        return kind(self.stage, name, self._staff[name].email, size)


@pytest.mark.requirement("S0-21")
@pytest.mark.requirement("S0-22")
@pytest.mark.requirement("S0-30")
@pytest.mark.requirement("S0-33")
@pytest.mark.requirement("S0-37")
@pytest.mark.requirement("S0-38")
@pytest.mark.requirement("S1-08")
def test_from_the_catalogue_to_the_verified_certificate(stage: Stage) -> None:
    company = Company(stage)
    she_applies_and_is_accepted(company)
    she_learns_and_everybody_records_it(company)
    she_sees_where_she_stands(company)
    the_case_study_is_written_and_its_window_set(company)
    she_completes_her_development(company)
    nobody_sees_it_before_its_first_instant(company)
    she_answers_it_in_her_window(company)
    it_is_marked_blind_and_moderated(company)
    the_result_is_released_and_the_certificate_verified(company)


def she_applies_and_is_accepted(company: Company) -> None:
    stage, amara = company.stage, company.amara
    company.office.opens_the_intake()
    company.office.gives_it_a_group()
    visitor = Visitor(stage, size=PHONE)
    visitor.compares_two_programmes()
    visitor.reads_about_leading_teaching()
    reference = visitor.applies(name=AMARA, email=EMAIL, school=setting.SCHOOL)
    assert reference in stage.letter(EMAIL, "application")

    stage.clock_shows(2024, 6, 12, 9, 0)
    company.office.accepts(AMARA, reference)
    amara.sets_a_password()
    company.bilal = setting.somebody_who_stays_in_induction()
    company.office.places_everybody_and_gives_them_a_coach()
    amara.reads_the_plan()


def she_learns_and_everybody_records_it(company: Company) -> None:
    stage, amara = company.stage, company.amara
    stage.clock_shows(2024, 9, 4, 16, 0)
    amara.comes_home()
    amara.finishes_the_next_step("Induction")
    amara.opens("/my/", PROGRAMME)
    amara.finishes_the_next_step(amara.next_module())

    stage.clock_shows(2024, 12, 2, 9, 30)
    company.femi.takes_the_register("Event day 1", present=AMARA, absent="Bilal Baker")
    stage.clock_shows(2024, 12, 16, 17, 0)
    amara.comes_home()
    amara.hands_in_the_first_task()
    company.tara.returns_work(AMARA)
    amara.improves_the_first_task()
    company.tara.accepts_work(AMARA)
    company.cora.logs_the_first_session(AMARA, "2024-12-12T16:00")
    stage.clock_shows(2025, 3, 3, 9, 30)
    company.femi.takes_the_register("Event day 2", present=AMARA, absent="Bilal Baker")


def she_sees_where_she_stands(company: Company) -> None:
    company.stage.clock_shows(2025, 3, 4, 18, 0)
    amara = company.amara
    amara.does_the_rest_due_by_now()
    amara.comes_home()
    amara.sees("Next step", "of 74 h guided learning are credited to you", "Compare two quizzes")
    amara.opens("/my/", PROGRAMME)
    takes_picture(amara.page, "participant-home")
    amara.unfolds_her_engagement(
        "of 74 h",
        "are missing to 90 %",
        "The development stage of your programme ends on",
        "Ways to close the gap",
    )
    company.hana.sees_how_it_goes(AMARA, "of 74 h")


def she_completes_her_development(company: Company) -> None:
    stage, amara = company.stage, company.amara
    stage.clock_shows(2025, 6, 2, 9, 30)
    company.femi.takes_the_register("Event day 3", present=AMARA, absent="Bilal Baker")
    stage.clock_shows(2025, 9, 1, 18, 0)
    amara.does_the_rest_due_by_now()
    amara.has_the_second_task_accepted(company.tara.email)
    company.cora.logs_the_other_sessions(AMARA)


def the_case_study_is_written_and_its_window_set(company: Company) -> None:
    company.stage.clock_shows(2025, 5, 6, 10, 0)
    company.ada.writes_a_case_study()
    company.ada.is_refused_without_both_kinds()
    company.ada.publishes()
    company.office.sets_the_window(assessment.TITLE)
    assert "midnight at the end of Mon 13 Oct 2025" in company.stage.letter(EMAIL, "assessment opens")


def nobody_sees_it_before_its_first_instant(company: Company) -> None:
    stage, amara = company.stage, company.amara
    stage.clock_shows(2025, 10, 5, 23, 45)
    amara.comes_home()
    amara.is_told_to_wait()
    for person in (company.hana, company.cora, company.femi):
        person.signs_in(ANYTHING)
    visitor = Visitor(stage, "a visitor")
    assessment.nobody_reaches_the_case(
        (amara, company.hana, company.cora, company.femi, visitor), amara.sitting
    )
    stage.clock_shows(2025, 10, 6, 0, 0)
    amara.reads_the_case()
    company.ada.sees_that_it_was_read()
    bilal = company.bilal
    assert bilal is not None
    HeldBack(stage, "Bilal", bilal.user.email).is_not_given_the_case(Sitting.objects.get(enrolment=bilal))


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
    stage, amara, staff = company.stage, company.amara, company.staff
    stage.clock_shows(2025, 10, 14, 9, 0)
    company.office.shares_the_scripts_out()
    company.office.sees_where_every_sitting_stands(Amara="Handed in", Bilal="Held back")
    ben, bea, bim = (staff(Marker, name) for name in ("Ben", "Bea", "Bim"))
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

    chidi = staff(Moderator, "Chidi")
    chidi.draws_the_sample(never=IDENTITY)
    chidi.marks_blind_and_confirms(5, 4, 3, 3, never=IDENTITY)
    chidi.signs_off()
    amara.waits("Awaiting release")


def the_result_is_released_and_the_certificate_verified(company: Company) -> None:
    stage, amara = company.stage, company.amara
    stage.clock_shows(2025, 11, 3, 10, 0)
    company.office.releases_the_results()
    company.office.looks_at_everything_about(AMARA, "68 h of 74 h", "Outcome 1")
    amara.comes_home()
    amara.reads_the_result()
    code = amara.downloads_the_certificate(AMARA)
    anybody = Visitor(stage, size=PHONE)
    anybody.verifies(code, holder=AMARA)
    anybody.is_told_that_a_wrong_code_is_unknown()
