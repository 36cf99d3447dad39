"""Allocation, autosave, submitting and agreement against the database."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from goldenthread.assessment.models import Script, SittingState
from goldenthread.coaching.models import Pairing
from goldenthread.common.models import AuditEvent, OutboxMessage
from goldenthread.common.refused import Refused
from goldenthread.groups.models import Group, GroupPlace, GroupStaff
from goldenthread.marking import actions, conflicts, queries
from goldenthread.marking.feedback_rules import Feedback
from goldenthread.marking.models import Agreement, Marking
from goldenthread.people.access import Viewer, viewer_of
from goldenthread.people.models import Membership, OrganisationRole, Role
from tests import factories
from tests import factories_marking as make

pytestmark = pytest.mark.django_db
AT = make.CLOSED


def allocate(window: Any, *, at: datetime = AT) -> int:
    return actions.allocate_window(window=window, by=window.created_by, at=at)


def save(marking: Marking, marks: dict, *, revision: int, by: Any = None, comment: str = "") -> Marking:
    return actions.save_marks(
        marking=marking, entered=actions.Entered(marks, comment, Feedback("", "")), revision=revision,
        by=by or marking.marker, at=AT,
    )  # fmt: skip


# --- allocation --------------------------------------------------------------------------------------
@pytest.mark.requirement("S2-35")
def test_ten_scripts_go_to_three_markers_in_nearly_equal_shares() -> None:
    window = make.window()
    make.markers(3)
    for _ in range(10):
        make.sitting(window)
    assert allocate(window) == 20
    assert sorted(line.given for line in queries.markers_of(window, AT.date())) == [6, 7, 7]
    firsts = Marking.objects.filter(position=1).order_by().values_list("marker", flat=True)
    assert sorted(list(firsts).count(marker) for marker in set(firsts)) == [3, 3, 4]


def test_allocating_twice_changes_nothing_and_mails_nobody_again() -> None:
    window = make.window()
    make.markers(2)
    make.sitting(window)
    assert allocate(window) == 2
    assert allocate(window, at=AT + timedelta(days=1)) == 0
    assert OutboxMessage.objects.filter(payload__template="marking_allocated").count() == 2


def test_allocation_waits_until_everything_of_the_last_sitting_is_recorded() -> None:
    window = make.window()
    make.markers(2)
    late = make.sitting(window)
    late.closes_at = AT + timedelta(hours=3)
    late.save()
    with pytest.raises(Refused, match="still hand in") as refused:
        allocate(window)
    assert refused.value.code == "allocation.open"
    with pytest.raises(Refused, match=r"on its way .* Allocate from Tue 14 Oct 2025, 13:10 \(UK time\)"):
        allocate(window, at=AT + timedelta(hours=3, minutes=9, seconds=59))
    assert allocate(window, at=AT + timedelta(hours=3, minutes=10)) == 2


def test_window_without_a_case_study_is_not_allocated() -> None:
    window = make.window(case_study=None)
    make.sitting(window)
    with pytest.raises(Refused) as refused:
        allocate(window)
    assert refused.value.code == "allocation.no_scheme"


def test_only_current_scripts_are_marked() -> None:
    window = make.window()
    make.markers(2)
    make.sitting(window, state=SittingState.HELD_BACK)
    make.sitting(window, state=SittingState.BOOKED)
    script = make.script(window)
    Script.objects.filter(pk=script.pk).update(current=False)
    Script.objects.create(
        sitting=script.sitting, number=2, key="again", text="Better.", words=1, word_rule="1", sha256="0",
        own_work=True, received_at=script.received_at,
    )  # fmt: skip
    allocate(window)
    assert set(Marking.objects.values_list("script__number", flat=True)) == {2}


def test_due_day_in_the_past_is_refused() -> None:
    window = make.window()
    make.markers(2)
    make.sitting(window)
    with pytest.raises(Refused) as refused:
        actions.allocate_window(window=window, by=window.created_by, at=AT, due_on=date(2025, 10, 1))
    assert refused.value.field == "due_on"


def test_facilitator_coach_reader_and_colleague_never_mark() -> None:
    window = make.window()
    ben, bea, bo, bim = make.markers(4)
    free = [factories.member(Role.MARKER, "Free One"), factories.member(Role.MARKER, "Free Two")]
    school = factories.school()
    script = make.script(window, enrolment=factories.enrolment(to=window.intake, school=school))
    enrolment = script.sitting.enrolment
    group = Group.objects.create(intake=window.intake, name="Bristol")
    GroupPlace.objects.create(group=group, enrolment=enrolment, since=factories.AT, until=AT)
    GroupStaff.objects.create(group=group, user=ben, role="tutor")
    Pairing.objects.create(enrolment=enrolment, coach=bea, since=factories.AT)
    own_school = factories.organisation("Hillside")
    own_school.school = school
    own_school.save()
    Membership.objects.create(user=bo, organisation=own_school, role=Role.MENTOR, starts_on=date(2020, 1, 1))
    partner = factories.organisation("Partner")
    type(enrolment).objects.filter(pk=enrolment.pk).update(partner=partner)
    Membership.objects.create(
        user=bim, organisation=partner, role=Role.FACILITATOR, starts_on=date(2020, 1, 1)
    )
    found = conflicts.conflicts_of(queries.scripts_of(window), queries.markers_on(AT.date()))
    assert {user for _, user in found} == {ben.pk, bea.pk, bo.pk, bim.pk}
    allocate(window)
    assert set(script.markings.values_list("marker_id", flat=True)) == {person.pk for person in free}


def test_working_for_the_lead_provider_is_no_conflict() -> None:
    window = make.window()
    make.markers(2)
    script = make.script(window)
    lead = factories.organisation()
    OrganisationRole.objects.create(organisation=lead, role="lead_provider", starts_on=date(2018, 1, 1))
    type(script.sitting.enrolment).objects.update(partner=lead)
    assert allocate(window) == 2


def test_too_few_free_markers_are_refused_with_the_script_named() -> None:
    window = make.window()
    make.markers(1)
    script = make.script(window)
    with pytest.raises(Refused, match=script.sitting.code):
        allocate(window)
    assert not Marking.objects.exists()


# --- saving ------------------------------------------------------------------------------------------
def seen_by(marking: Marking) -> Viewer:
    return viewer_of(marking.marker, on=AT.date())


@pytest.fixture
def two() -> list[Marking]:
    """The two markings of one script."""
    window = make.window()
    make.markers(2)
    make.sitting(window)
    allocate(window)
    return list(Marking.objects.order_by("position"))


def test_autosave_keeps_gaps_and_counts_revisions(two: list[Marking]) -> None:
    saved = save(two[0], {1: 3, 2: None}, revision=0, comment="Check part 2")
    assert (saved.revision, saved.marks, saved.comment) == (1, {"1": 3}, "Check part 2")


def test_stale_autosave_is_refused_and_overwrites_nothing(two: list[Marking]) -> None:
    save(two[0], {1: 3}, revision=0)
    with pytest.raises(Refused) as refused:
        save(two[0], {1: 1}, revision=0)
    assert refused.value.code == "marks.stale"
    assert Marking.objects.get(pk=two[0].pk).marks == {"1": 3}


def test_autosave_whose_answer_was_lost_is_harmless(two: list[Marking]) -> None:
    assert save(two[0], {1: 3}, revision=0).revision == 1
    assert save(two[0], {1: 3}, revision=0).revision == 1


def test_marks_out_of_range_are_not_even_saved(two: list[Marking]) -> None:
    with pytest.raises(Refused) as refused:
        save(two[0], {1: 13}, revision=0)
    assert refused.value.field == "point_1"


def test_nobody_saves_into_anothers_marking(two: list[Marking]) -> None:
    with pytest.raises(Refused) as refused:
        save(two[0], {1: 3}, revision=0, by=two[1].marker)
    assert refused.value.code == "marking.not_yours"


def test_overlong_comment_is_refused(two: list[Marking]) -> None:
    with pytest.raises(Refused) as refused:
        save(two[0], {1: 3}, revision=0, comment="x" * 4001)
    assert refused.value.field == "comment"


# --- submitting and agreement ------------------------------------------------------------------------
@pytest.mark.requirement("S0-37")
def test_submitted_marking_holds_both_subtotals(two: list[Marking]) -> None:
    done = make.submit(two[0], make.FAIR)
    assert (done.learn_that, done.learn_how_to, done.total) == (9, 6, 15)
    assert not Agreement.objects.exists()


def test_two_near_markings_agree_on_their_mean(two: list[Marking]) -> None:
    make.submit(two[0], make.marks(3, 3, 3, 3, 3))
    make.submit(two[1], make.marks(3, 3, 3, 3, 2))
    agreement = Agreement.objects.get()
    assert (agreement.state, agreement.half_marks_learn_that, agreement.half_marks_learn_how_to) == (
        "agreed",
        18,
        11,
    )
    assert AuditEvent.objects.filter(verb="marks.agreed").count() == 1


def test_submitting_twice_is_harmless_and_changing_is_refused(two: list[Marking]) -> None:
    make.submit(two[0], make.FAIR)
    make.submit(two[0], make.FAIR)
    assert AuditEvent.objects.filter(verb="marks.submitted").count() == 1
    with pytest.raises(Refused) as refused:
        make.submit(two[0], make.GOOD)
    assert refused.value.code == "marking.submitted"
    with pytest.raises(Refused):
        save(two[0], {1: 0}, revision=1)
    assert Marking.objects.get(pk=two[0].pk).total == 15


def test_incomplete_marks_are_not_submitted(two: list[Marking]) -> None:
    with pytest.raises(Refused, match="Give point 4 a mark"):
        make.submit(two[0], {1: 3, 2: 3, 3: 3, 5: 3})
    assert Marking.objects.get(pk=two[0].pk).state == "allocated"


def test_submitting_over_newer_marks_of_another_tab_is_refused_once(two: list[Marking]) -> None:
    save(two[0], {1: 1}, revision=0)
    submit = {
        "marking": two[0],
        "entered": actions.Entered(make.FAIR, "", make.FEEDBACK),
        "by": two[0].marker,
        "at": AT,
    }
    with pytest.raises(Refused) as refused:
        actions.submit_marks(**submit, revision=0)
    assert refused.value.code == "marks.stale"
    assert actions.submit_marks(**submit, revision=1).state == "submitted"


def referred(two: list[Marking]) -> Script:
    make.submit(two[0], make.GOOD)
    make.submit(two[1], make.POOR)
    return two[0].script


def test_distant_markings_go_to_a_third_marker_who_is_neither(two: list[Marking]) -> None:
    bo = factories.member(Role.MARKER, "Bo Marker")
    script = referred(two)
    assert Agreement.objects.get().state == "referred"
    third = script.markings.get(position=3)
    assert third.marker == bo
    make.submit(third, make.FAIR)
    agreement = Agreement.objects.get()
    assert (agreement.state, agreement.method, agreement.half_marks) == ("agreed", "third mark", 30)


def test_referred_script_waits_while_no_third_marker_is_free(two: list[Marking]) -> None:
    script = referred(two)
    window = script.sitting.window
    assert queries.progress_of(window).without_third == 1
    assert queries.unfinished_in(window) == [f"{script.sitting.code} needs a third marker"]
    factories.member(Role.MARKER, "Bo Marker")
    assert allocate(window) == 1
    assert queries.progress_of(window).without_third == 0
    assert allocate(window) == 0


# --- sight -------------------------------------------------------------------------------------------
def test_marker_sees_the_other_marking_only_after_agreement(two: list[Marking]) -> None:
    first = queries.get_marking_for(seen_by(two[0]), two[0].pk)
    assert queries.others_seen_by(first) == []
    make.submit(two[1], make.FAIR)
    assert queries.others_seen_by(first) == []
    done = make.submit(two[0], make.FAIR)
    assert queries.others_seen_by(done) == [two[1]]


def test_referral_tells_markers_nothing(two: list[Marking]) -> None:
    factories.member(Role.MARKER, "Bo Marker")
    referred(two)
    assert queries.others_seen_by(queries.get_marking_for(seen_by(two[0]), two[0].pk)) == []


def test_progress_counts_every_script_once(two: list[Marking]) -> None:
    window = two[0].script.sitting.window
    make.sitting(window, state=SittingState.HELD_BACK)
    make.sitting(window)
    progress = queries.progress_of(window)
    assert (progress.sittings, progress.held_back, progress.scripts) == (3, 1, 2)
    assert (progress.unallocated, progress.in_marking, progress.agreed, progress.referred) == (1, 1, 0, 0)
    for marking in two:
        make.submit(marking)
    progress = queries.progress_of(window)
    assert (progress.in_marking, progress.agreed) == (0, 1)
    assert not progress.finished


# --- another marker ----------------------------------------------------------------------------------
@pytest.mark.requirement("S1-31")
def test_tutor_cannot_be_given_the_script_but_another_can(two: list[Marking]) -> None:
    tutor, other = factories.member(Role.MARKER, "Tara Tutor"), factories.member(Role.MARKER, "Bo Marker")
    Pairing.objects.create(enrolment=two[0].script.sitting.enrolment, coach=tutor, since=factories.AT)
    save(two[0], {1: 3}, revision=0)
    give = {"marking": two[0], "reason": "Ben is ill", "by": tutor, "at": AT}
    with pytest.raises(Refused, match="Conflict"):
        actions.reassign(**give, to=tutor)
    with pytest.raises(Refused, match="marks this script already"):
        actions.reassign(**give, to=two[1].marker)
    moved = actions.reassign(**give, to=other)
    assert (moved.marker, moved.marks) == (other, {})
    with pytest.raises(Refused):
        save(two[0], {1: 3}, revision=1, by=two[0].marker)


def test_submitted_marking_stays_with_its_marker(two: list[Marking]) -> None:
    make.submit(two[0])
    with pytest.raises(Refused) as refused:
        actions.reassign(
            marking=two[0], to=factories.member(Role.MARKER, "Bo"), reason="x", by=two[0].marker, at=AT
        )
    assert refused.value.code == "marking.submitted"
