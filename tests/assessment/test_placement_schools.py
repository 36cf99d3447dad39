"""What is made for a placement school counts there alone: its board, its challenges, its links (S3-25 to S3-28)."""

import uuid
from datetime import date
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps

from goldenthread.applications.models import Enrolment
from goldenthread.assessment import project_queries as queries
from goldenthread.assessment.actions import hand_in_days, project, project_links
from goldenthread.assessment.project_models import BoardRecord, Challenge, PlacementDay, ProjectLink
from goldenthread.assessment.project_signatures import is_confirmed
from goldenthread.assessment.rules.projects import Challenge as Need
from goldenthread.assessment.rules.school_names import same_school
from goldenthread.common.refused import Refused
from goldenthread.people.models import School
from tests import factories
from tests import factories_projects as make
from tests.web.test_participant_projects import answer, page, signed_in

pytestmark = pytest.mark.django_db


def code_of(action: Any, *args: Any, **kwargs: Any) -> str:
    with pytest.raises(Refused) as caught:
        action(*args, **kwargs)
    return caught.value.code


def sent(amara: Enrolment, purpose: str, name: str) -> ProjectLink:
    email = f"{name.lower().replace(' ', '.')}@example.org"
    said = {"enrolment": amara, "task": "task-2", "by": amara.user, "at": make.SUMMER}
    return project_links.send_link(**said, purpose=purpose, name=name, email=email)


def lacks(amara: Enrolment, text: str) -> Challenge:
    need = Need("resource", "current", text, ("Build one.",))
    said = {"enrolment": amara, "task": "task-2", "by": amara.user, "at": make.SUMMER}
    return project.add_challenge(**said, challenge=need, form_key=uuid.uuid4())


def log(amara: Enrolment, days: Any = make.DAYS) -> None:
    for on in days:
        project.log_day(enrolment=amara, task="task-2", on=on, by=amara.user, at=make.SUMMER)


def approved(amara: Enrolment, school: School | None, **fields: Any) -> None:
    placement = make.asked_placement(amara, "task-2", school, **fields)
    hand_in_days.decide_placement(
        placement=placement, approved=True, reason="", by=make.office(), at=make.SUMMER
    )


@pytest.fixture
def moved() -> tuple[Enrolment, ProjectLink, ProjectLink]:
    """Board, challenge and both links of A school; then nine days at B school, which the office has approved."""
    amara = make.candidate(make.NPQH)
    make.opened(amara, "task-2")
    make.days(amara.intake, "task-2")
    a, b = factories.school("A school"), factories.school("B school")
    make.asked_placement(amara, "task-2", a)
    make.boarded(amara, "task-2", "placement", on=date(2019, 3, 3), feedback="Governors of A: go ahead.")
    project_links.answer_link(
        link=sent(amara, "board", "Chair of A"), confirmed=[], text="We of A agree.", at=make.SUMMER
    )
    lacks(amara, "A lacks a library.")
    host, board = sent(amara, "host", "Hal of A"), sent(amara, "board", "Second of A")
    approved(amara, b)
    log(amara)
    return amara, host, board


@pytest.mark.requirement("S3-28")
def test_a_former_placement_schools_board_and_challenges_do_not_count(moved: Any) -> None:
    amara, _, _ = moved
    PlacementDay.objects.update(confirmed_at=make.SUMMER, confirmed_as="Hal of B")
    with pytest.raises(Refused) as caught:
        make.hand_in(amara, "task-2")
    text = " ".join(one.message for one in (caught.value, *caught.value.others))
    assert "Placement school's board missing" in text
    assert text.count("What is of A school stays on record") == 2
    assert "0 of 1 challenges" in text
    make.boarded(amara, "task-2", "placement", on=date(2019, 6, 3), feedback="Governors of B: yes.")
    assert "challenges" in code_of(make.hand_in, amara, "task-2")
    lacks(amara, "B lacks a hall.")
    assert make.hand_in(amara, "task-2").number == 1
    boards, links = BoardRecord.objects.order_by("presented_on"), ProjectLink.objects.all()
    assert [(one.at_name, is_confirmed(one, links), one.feedback) for one in boards] == [
        ("A school", True, "Governors of A: go ahead.\n\nWe of A agree."),
        ("B school", False, "Governors of B: yes."),
    ]
    assert [one.at_name for one in Challenge.objects.order_by("pk")] == ["A school", "B school"]


def test_the_pages_say_what_is_to_be_done_anew(moved: Any) -> None:
    amara, _, _ = moved
    client = signed_in(amara.user)
    board = page(client, "project_board", "task-2")
    assert "The board of A school does not count for B school" in board
    assert "We of A agree." in board
    assert ", confirmed by link)" in board
    assert "Confirmed by the board on" not in board
    challenges = page(client, "project_challenges", "task-2")
    assert "Write what B school lacks" in challenges
    assert "A lacks a library." in challenges
    listed = page(client, "project", "task-2")
    assert "0 of 1 challenges" in listed
    assert "What is of A school stays on record" in listed
    assert "Counts no more: another school" in page(client, "project_days", "task-2")


def test_a_former_hosts_link_and_a_former_boards_link_confirm_nothing_at_the_new_school(moved: Any) -> None:
    amara, host, board = moved
    assert "placed at another school now" in answer(host, 410)
    assert "placed at another school now" in answer(host, 410, days="2019-05-07", contrast="yes")
    said = {"confirmed": ["2019-05-07"], "text": "", "at": make.SUMMER}
    assert code_of(project_links.answer_link, link=host, **said) == "link.moved"
    make.boarded(amara, "task-2", "placement", on=date(2019, 6, 3), feedback="Governors of B: yes.")
    assert (
        code_of(project_links.answer_link, link=board, confirmed=[], text="No.", at=make.SUMMER)
        == "link.moved"
    )
    assert not PlacementDay.objects.filter(confirmed_at__isnull=False).exists()
    assert not BoardRecord.objects.filter(feedback__contains="No.").exists()
    new = sent(amara, "host", "Hal of B")
    project_links.answer_link(link=new, confirmed=["2019-05-07"], text="", at=make.SUMMER)
    assert PlacementDay.objects.get(confirmed_at__isnull=False).on == date(2019, 5, 7)


def test_what_is_of_a_former_school_is_not_changed_and_counts_again_there(moved: Any) -> None:
    amara, _, _ = moved
    former = Challenge.objects.select_related("placement__project__enrolment__user").get()
    act = {"challenge": former, "by": amara.user, "at": make.SUMMER}
    assert code_of(project.remove_challenge, **act) == "placement.former"
    assert code_of(project.add_action, **act, text="More", form_key=uuid.uuid4()) == "placement.former"
    for on in make.DAYS:
        project.remove_day(enrolment=amara, task="task-2", on=on, by=amara.user, at=make.SUMMER)
    approved(amara, School.objects.get(name="A school"))
    log(amara)
    PlacementDay.objects.update(confirmed_at=make.SUMMER)
    assert make.hand_in(amara, "task-2").number == 1


def test_the_same_school_found_in_the_register_later_keeps_what_was_made_for_it() -> None:
    amara = make.candidate(make.NPQH)
    make.opened(amara, "task-2")
    make.days(amara.intake, "task-2")
    typed = {"dimensions": ["geography"], "statement": "By the sea.", "ask_approval": True}
    said = {"enrolment": amara, "task": "task-2", "by": amara.user, "at": make.SUMMER}
    project.save_placement(**said, school=None, school_text="st peters primary", **typed)
    make.boarded(amara, "task-2", "placement", on=date(2019, 6, 3), feedback="Yes.")
    lacks(amara, "No hall.")
    link = sent(amara, "host", "Hal Host")
    log(amara)
    approved(amara, factories.school("St Peter's Primary School"))
    project_links.answer_link(
        link=link, confirmed=[on.isoformat() for on in make.DAYS], text="", at=make.SUMMER
    )
    assert make.hand_in(amara, "task-2").number == 1


def test_a_placements_board_and_challenges_need_a_school() -> None:
    amara = make.candidate(make.NPQH)
    make.opened(amara, "task-2")
    assert code_of(make.boarded, amara, "task-2", "placement") == "placement.school"
    said = {"enrolment": amara, "task": "task-2", "by": amara.user, "at": make.SUMMER}
    project.save_placement(**said, school=None, school_text="", statement="Not chosen yet")
    assert code_of(make.boarded, amara, "task-2", "placement") == "placement.school"
    assert code_of(lacks, amara, "No hall.") == "placement.school"
    assert code_of(sent, amara, "host", "Hal Host") == "placement.school"


def test_what_was_there_before_is_of_the_placement_school_of_today() -> None:
    amara = make.candidate(make.NPQH)
    make.placed(amara, "task-2")
    sent(amara, "host", "Hal Host")
    for model in (BoardRecord, Challenge, ProjectLink):
        model.objects.update(at_school=None, at_text="")
    ProjectLink.objects.update(of_placement=False)
    import_module("goldenthread.migrations.0033_made_at_placement_schools").of_the_placement(apps, None)
    placement = queries.project_of(amara, "task-2").placement  # type: ignore[union-attr]
    found = [model.objects.get() for model in (BoardRecord, Challenge, ProjectLink)]
    assert [one.is_at(placement) for one in found] == [True, True, True]
    assert found[2].of_placement


@pytest.mark.requirement("S3-26")
@pytest.mark.parametrize(
    "typed",
    ["St Mary's Primary School", "st marys primary school", "St. Mary’s Primary School", "ST MARY S  PRIMARY SCHOOL",
     "Saint Mary's Primary School", "St Maryʼs Primary", "The st-mary's primary"],
)  # fmt: skip
def test_the_own_school_is_known_however_it_is_written(typed: str) -> None:
    amara = make.candidate(make.NPQH, school=factories.school("St Mary's Primary School"))
    make.opened(amara, "task-2")
    said = {"enrolment": amara, "task": "task-2", "by": amara.user, "at": make.SUMMER, "school": None}
    assert code_of(project.save_placement, **said, school_text=typed) == "placement.home"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("St Mary's", "St Mary's Primary School", False),
        ("Hill School", "Hill Academy", False),
        ("Hill", "Hill Academy", True),
        ("Saints Peter & Paul School", "SAINTS PETER AND PAUL", True),
        ("St Peter's", "St Paul's", False),
        ("", "", False),
        ("School", "", False),
        ("École Molière", "Ecole Moliere School", True),
    ],
)
def test_names_of_one_school(one: str, other: str, same: bool) -> None:
    assert same_school(one, other) is same
    assert same_school(other, one) is same


def test_a_former_board_confirmed_only_what_its_link_was_shown(moved: Any) -> None:
    amara, _, _ = moved
    assert ", confirmed by link)" in page(signed_in(amara.user), "project_board", "task-2")
    BoardRecord.objects.update(board="Others")
    assert "confirmed by link" not in page(signed_in(amara.user), "project_board", "task-2")
    assert not is_confirmed(BoardRecord.objects.get(), ProjectLink.objects.all())
