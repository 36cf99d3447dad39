"""A marker who can't judge a script gives it back, and it goes to somebody who can."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from goldenthread.applications.models import Application, Enrolment, Stage
from goldenthread.assessment.models import Script
from goldenthread.assessment.practice_models import PracticeFeedback, PracticeResponse, PracticeScenario
from goldenthread.coaching.models import Pairing
from goldenthread.common.models import AuditEvent, OutboxMessage
from goldenthread.common.refused import Refused
from goldenthread.groups.models import Group, GroupPlace
from goldenthread.learning.models import TaskFeedback
from goldenthread.marking import actions, conflicts, quality_queries, queries
from goldenthread.marking.models import Agreement, DeclaredConflict, Marking, SetAside
from goldenthread.marking.rules import LONGEST_REASON, Declaration
from goldenthread.moderation import queries as moderation
from goldenthread.moderation.models import Sampled
from goldenthread.people.access import viewer_of
from goldenthread.people.models import Membership, Organisation, Role, User
from goldenthread.support.models import Mentoring
from tests import factories, factories_web
from tests import factories_marking as make
from tests import factories_teaching as teaching

pytestmark = pytest.mark.django_db
AT = make.CLOSED
LATER = AT + timedelta(days=3)
KNOWN = Declaration("recognised", "The school plan in it is the one we wrote together.")


@pytest.fixture
def two() -> list[Marking]:
    """The two markings of one script."""
    window = make.window()
    make.markers(2)
    make.sitting(window)
    actions.allocate_window(window=window, by=window.created_by, at=AT)
    return list(Marking.objects.select_related("marker").order_by("position"))


def third_person(name: str = "Bo Marker") -> User:
    return factories.member(Role.MARKER, name)


def declare(marking: Marking, *, by: User | None = None, declaration: Declaration = KNOWN) -> Any:
    return actions.declare_conflict(
        marking=marking, declaration=declaration, by=by or marking.marker, at=LATER
    )


def begin(marking: Marking) -> Marking:
    return actions.save_marks(
        marking=marking, entered=actions.Entered(make.marks(4, 4), "Mine", make.FEEDBACK), revision=0,
        by=marking.marker, at=AT,
    )  # fmt: skip


def allocate(marking: Marking) -> int:
    window = marking.script.sitting.window
    return actions.allocate_window(window=window, by=window.created_by, at=LATER)


# --- where the script goes ---------------------------------------------------------------------------
def test_script_goes_to_a_free_marker_without_anything_of_the_first(two: list[Marking]) -> None:
    begin(two[0])
    bo = third_person()
    declare(two[0])
    taken = Marking.objects.get(position=1)
    assert (taken.marker, taken.marks, taken.comment, taken.feedback) == (bo, {}, "", "")
    assert (taken.state, taken.revision, taken.allocated_at) == ("allocated", 0, LATER)
    assert Marking.objects.count() == 2
    assert not queries.queue_for(two[0].marker).exists()
    assert OutboxMessage.objects.filter(payload__template="marking_allocated", payload__to=bo.email).exists()


def test_new_marker_gets_at_least_a_week(two: list[Marking]) -> None:
    third_person()
    Marking.objects.update(due_on=LATER.date())
    declare(two[0])
    assert Marking.objects.get(position=1).due_on == LATER.date() + timedelta(days=7)


def test_declaration_is_kept_with_its_reason_and_in_the_audit_trail(two: list[Marking]) -> None:
    begin(two[0])
    declared = declare(two[0])
    assert (declared.user, declared.capacity, declared.kind) == (two[0].marker, "marker", "recognised")
    event = AuditEvent.objects.get(verb="marking.conflict_declared")
    assert event.subject == f"script:{two[0].script_id}"
    assert event.actor == f"user:{two[0].marker_id}"
    assert event.details == {
        "position": 1, "points_marked": 2, "marks": {"1": 4, "2": 4}, "kind": "recognised", "reason": KNOWN.reason
    }  # fmt: skip


def test_place_stays_open_for_the_office_while_nobody_is_free(two: list[Marking]) -> None:
    script, window = two[0].script, two[0].script.sitting.window
    declare(two[0])
    assert list(script.markings.values_list("position", flat=True)) == [2]
    progress = queries.progress_of(window)
    assert (progress.unallocated, progress.in_marking) == (1, 0)
    assert queries.unfinished_in(window) == [f"{script.sitting.code} needs a first marker"]
    make.submit(two[1])
    assert not Agreement.objects.exists()
    assert queries.unfinished_in(window) == [f"{script.sitting.code} needs a first marker"]
    with pytest.raises(Refused, match=f"No marker is free for {script.sitting.code}") as refused:
        allocate(two[0])
    assert refused.value.code == "allocation.nobody_free"
    bo = third_person()
    assert allocate(two[0]) == 1
    make.submit(Marking.objects.get(marker=bo))
    assert Agreement.objects.get().state == "agreed"
    assert queries.progress_of(window).unallocated == 0


def test_script_that_both_markers_gave_back_is_allocated_anew(two: list[Marking]) -> None:
    for marking in two:
        declare(marking)
    assert not Marking.objects.exists()
    with pytest.raises(Refused, match=two[0].script.sitting.code):
        allocate(two[0])
    free = {third_person("Bo Marker").pk, third_person("Bim Marker").pk}
    assert allocate(two[0]) == 2
    assert set(Marking.objects.values_list("marker", flat=True)) == free


def test_third_marker_who_knows_the_author_is_followed_by_another(two: list[Marking]) -> None:
    bo = third_person()
    make.submit(two[0], make.GOOD)
    make.submit(two[1], make.POOR)
    third = Marking.objects.get(position=3)
    assert third.marker == bo
    declare(third)
    assert queries.progress_of(third.script.sitting.window).without_third == 1
    bim = third_person("Bim Marker")
    assert allocate(third) == 1
    make.submit(Marking.objects.select_related("marker").get(position=3, marker=bim), make.FAIR)
    assert Agreement.objects.get().method == "third mark"


# --- it never comes back -----------------------------------------------------------------------------
def test_office_cannot_give_the_script_to_who_declared(two: list[Marking]) -> None:
    ben = two[0].marker
    third_person()
    declare(two[0])
    with pytest.raises(Refused, match="Conflict") as refused:
        actions.reassign(marking=two[1], to=ben, reason="Ill", by=ben, at=LATER)
    assert refused.value.code == "reassign.conflict"
    assert ben not in quality_queries.free_markers(two[1], LATER.date())


def test_declaration_concerns_one_script_only(two: list[Marking]) -> None:
    other = make.script(two[0].script.sitting.window)
    declare(two[0])
    people = queries.markers_on(LATER.date())
    found = conflicts.conflicts_of(queries.scripts_of(two[0].script.sitting.window), people)
    assert found == {(two[0].script_id, two[0].marker_id)}
    assert other.pk != two[0].script_id


def test_office_who_moves_the_script_at_that_moment_is_told(two: list[Marking]) -> None:
    declare(two[0])
    with pytest.raises(Refused) as refused:
        actions.reassign(marking=two[0], to=third_person(), reason="Ill", by=two[1].marker, at=LATER)
    assert refused.value.code == "reassign.given_back"


# --- twice, too late, by others ----------------------------------------------------------------------
def test_declaring_twice_is_one_declaration(two: list[Marking]) -> None:
    third_person()
    first = declare(two[0])
    again = declare(two[0], declaration=Declaration("other", "Something else."))
    assert again == first
    assert DeclaredConflict.objects.count() == 1
    assert AuditEvent.objects.filter(verb="marking.conflict_declared").count() == 1
    assert AuditEvent.objects.filter(verb="marking.appointed").count() == 1


def test_other_page_saves_and_submits_nothing_afterwards(two: list[Marking]) -> None:
    third_person()
    declare(two[0])
    with pytest.raises(Refused) as saved:
        begin(two[0])
    with pytest.raises(Refused) as submitted:
        make.submit(two[0])
    assert (saved.value.code, submitted.value.code) == ("marking.not_yours", "marking.not_yours")
    assert Marking.objects.get(position=1).marks == {}


def test_submitted_marks_stay_and_the_marker_is_told_whom_to_write_to(two: list[Marking]) -> None:
    make.submit(two[0])
    with pytest.raises(Refused, match="Write to the programme office today") as refused:
        declare(two[0])
    assert refused.value.code == "conflict.submitted"
    assert Marking.objects.get(position=1).total == 15
    assert not DeclaredConflict.objects.exists()


def test_nobody_gives_anothers_script_back(two: list[Marking]) -> None:
    with pytest.raises(Refused) as refused:
        declare(two[0], by=two[1].marker)
    assert refused.value.code == "marking.not_yours"
    assert Marking.objects.count() == 2


@pytest.mark.parametrize(("kind", "reason", "field"), [
    ("", "We met.", "kind"),
    ("because", "We met.", "kind"),
    ("relation", "  ", "reason"),
    ("relation", "x" * (LONGEST_REASON + 1), "reason"),
])  # fmt: skip
def test_declaration_needs_kind_and_reason(two: list[Marking], kind: str, reason: str, field: str) -> None:
    with pytest.raises(Refused) as refused:
        declare(two[0], declaration=Declaration(kind, reason))
    assert refused.value.field == field
    assert Marking.objects.count() == 2


# --- who marks at all --------------------------------------------------------------------------------
def test_who_takes_the_programme_does_not_mark_it_until_they_are_through() -> None:
    window = make.window()
    ben, *_ = make.markers(3)
    own = factories.enrolment("Ben Again", to=factories.intake(starts_on=date(2025, 9, 1)))
    Enrolment.objects.filter(pk=own.pk).update(user=ben)
    make.sitting(window)
    scripts, people = queries.scripts_of(window), queries.markers_on(AT.date())
    assert {user for _, user in conflicts.conflicts_of(scripts, people)} == {ben.pk}
    Enrolment.objects.filter(pk=own.pk).update(stage=Stage.AWARDED)
    assert conflicts.conflicts_of(scripts, people) == set()


def test_who_is_no_marker_any_more_neither_saves_nor_submits_nor_reads(two: list[Marking]) -> None:
    make.submit(two[1])
    Membership.objects.filter(role=Role.MARKER).update(ends_on=AT.date())
    next_day = AT + timedelta(days=1)
    for attempt in (
        lambda: actions.save_marks(
            marking=two[0], entered=actions.Entered({1: 3}, "", make.FEEDBACK), revision=0,
            by=two[0].marker, at=next_day,
        ),
        lambda: make.submit(two[0], at=next_day),
    ):  # fmt: skip
        with pytest.raises(Refused) as refused:
            attempt()
        assert refused.value.code == "marking.no_role"
    with pytest.raises(queries.Http404):
        queries.get_marking_for(viewer_of(two[0].marker, on=next_day.date()), two[0].pk)
    kept = queries.get_marking_for(viewer_of(two[1].marker, on=next_day.date()), two[1].pk)
    assert kept.total == 15


# --- the case beside the script ----------------------------------------------------------------------
def test_case_is_there_after_the_last_sitting_has_closed_and_not_before() -> None:
    window = make.window()
    make.sitting(window)
    late = make.sitting(window)
    late.closes_at = AT
    late.save()
    assert queries.case_for(window, at=AT) is None
    case = queries.case_for(window, at=AT + timedelta(seconds=1))
    assert case is not None
    assert (case.pk, case.question) == (window.case_study_id, "What would you do?")


def test_case_that_is_taken_back_to_a_draft_is_not_shown() -> None:
    window = make.window()
    make.sitting(window)
    type(window.case_study).objects.update(state="draft", published_at=None, published_by=None)
    assert queries.case_for(window, at=LATER) is None


# --- partners ----------------------------------------------------------------------------------------
def through(partner: Any, name: str, window: Any, *, until: Any = None) -> Enrolment:
    """Somebody who takes part in a group of this partner, or did."""
    group, _ = Group.objects.get_or_create(intake=window.intake, name=partner.name, partner=partner)
    person = factories.enrolment(name, to=window.intake)
    GroupPlace.objects.create(group=group, enrolment=person, since=factories.AT, until=until)
    return person


def test_who_has_a_role_at_the_partner_of_a_group_marks_nobody_who_is_or_was_in_it() -> None:
    window = make.window()
    ben, bea, *_ = make.markers(4)
    north, south = factories_web.partner("North"), factories_web.partner("South")
    factories_web.give(ben, north, Role.PARTNER_MANAGER)
    factories_web.give(bea, south, Role.FACILITATOR)
    now = make.script(window, enrolment=through(north, "Now North", window))
    moved = through(north, "Was North", window, until=AT)
    GroupPlace.objects.create(
        group=Group.objects.create(intake=window.intake, name="None"), enrolment=moved, since=AT
    )
    before = make.script(window, enrolment=moved)
    other = make.script(window, enrolment=through(south, "Now South", window))
    make.script(window, name="No group")
    found = conflicts.conflicts_of(queries.scripts_of(window), queries.markers_on(AT.date()))
    assert found == {(now.pk, ben.pk), (before.pk, ben.pk), (other.pk, bea.pk)}
    actions.allocate_window(window=window, by=window.created_by, at=AT)
    assert not Marking.objects.filter(script__in=[now, before], marker=ben).exists()


def test_a_partner_of_an_earlier_enrolment_of_the_same_person_counts_too() -> None:
    window = make.window()
    ben, *_ = make.markers(3)
    north = factories_web.partner("North")
    factories_web.give(ben, north, Role.PARTNER_MANAGER)
    earlier = through(
        north, "Amara Again", make.window(factories.intake(starts_on=date(2023, 9, 1))), until=AT
    )
    again = factories.enrolment("Amara Again", to=window.intake)
    Enrolment.objects.filter(pk=again.pk).update(user=earlier.user)
    script = make.script(window, enrolment=again)
    found = conflicts.conflicts_of(Script.objects.filter(pk=script.pk), [ben.pk])
    assert found == {(script.pk, ben.pk)}


def test_conflicts_take_as_many_queries_for_three_scripts_as_for_one() -> None:
    window = make.window()
    people = [marker.pk for marker in make.markers(3)]
    counts = []
    for name in ("One", "Two", "Three"):
        make.script(window, enrolment=through(factories_web.partner(f"Partner {name}"), name, window))
        with CaptureQueriesContext(connection) as asked:
            conflicts.conflicts_of(queries.scripts_of(window), people)
        counts.append(len(asked))
    assert counts == [1, 1, 1]


# --- there and back ----------------------------------------------------------------------------------
def test_a_script_that_was_given_to_another_is_told_of_and_never_comes_back(two: list[Marking]) -> None:
    ben, bo = two[0].marker, third_person()
    told = OutboxMessage.objects.filter(payload__template="marking_allocated")
    given = actions.reassign(marking=two[0], to=bo, reason="Away", by=two[1].marker, at=LATER)
    with pytest.raises(Refused, match="had it before"):
        actions.reassign(marking=given, to=ben, reason="Back", by=two[1].marker, at=LATER)
    people = [message["to"] for message in told.values_list("payload", flat=True)]
    assert (people.count(ben.email), people.count(bo.email)) == (1, 1)


def test_a_script_that_was_replaced_is_in_nobodys_queue(two: list[Marking]) -> None:
    marking = two[0]
    assert queries.queue_for(marking.marker).count() == 1
    Script.objects.filter(pk=marking.script_id).update(current=False)
    assert queries.queue_for(marking.marker).count() == 0


# --- earlier enrolments ------------------------------------------------------------------------------
def tutors(earlier: Enrolment, user: User) -> None:
    group = teaching.group(of=earlier.intake)
    teaching.placed(earlier, group)
    teaching.joins(group, user, "tutor")


def facilitated_until_today(earlier: Enrolment, user: User) -> None:
    group = teaching.group(of=earlier.intake)
    teaching.placed(earlier, group)
    teaching.joins(group, user, "facilitator")
    earlier.group_places.update(until=AT)


def coaches(earlier: Enrolment, user: User) -> None:
    Pairing.objects.create(enrolment=earlier, coach=user, since=factories.AT, until=AT)


def mentors(earlier: Enrolment, user: User) -> None:
    Mentoring.objects.create(enrolment=earlier, mentor=user, starts_on=date(2023, 9, 4), ends_on=AT.date())


def read_a_task(earlier: Enrolment, user: User) -> None:
    response = teaching.handed_in(earlier)
    TaskFeedback.objects.create(
        response=response, revision=1, decision="accepted", strength="a", next_step="b", by=user, at=AT
    )


def read_practice(earlier: Enrolment, user: User) -> None:
    scenario = PracticeScenario.objects.create(
        case_study=make.case_study(earlier.intake), after_months=0, offered_by=user, offered_at=AT
    )
    response = PracticeResponse.objects.create(scenario=scenario, enrolment=earlier, saved_at=AT)
    PracticeFeedback.objects.create(
        response=response, revision=1, kind="facilitator", strength="a", next_step="b", by=user, at=AT
    )


def declared(earlier: Enrolment, user: User) -> None:
    own = Script.objects.filter(sitting__enrolment=earlier).first()
    own = own or make.script(make.window(earlier.intake), enrolment=earlier)
    DeclaredConflict.objects.create(script=own, user=user, kind="recognised", reason="We met.", at=AT)


@pytest.mark.requirement("S1-31")
@pytest.mark.requirement("S3-30")
@pytest.mark.parametrize(
    "meets", [tutors, facilitated_until_today, coaches, mentors, read_a_task, read_practice, declared]
)
@pytest.mark.parametrize("earlier_one", [True, False])
def test_who_has_met_somebody_on_any_enrolment_neither_marks_nor_moderates_nor_marks_again(
    meets: Any, earlier_one: bool
) -> None:
    ben, bea, bo = make.markers(3)
    before = factories.enrolment("Amara Again", to=factories.intake(starts_on=date(2023, 9, 4)))
    window = make.window(factories.intake())
    now = factories.enrolment("Amara Again", to=window.intake)
    Enrolment.objects.filter(pk=now.pk).update(user=before.user)
    script = make.script(window, enrolment=now)
    meets(before if earlier_one else now, ben)
    other = make.script(window, name="Nobody Met")
    scripts = Script.objects.filter(pk__in=[script.pk, other.pk])
    people = [ben.pk, bea.pk, bo.pk]
    assert conflicts.conflicts_of(scripts, people) == {(script.pk, ben.pk)}
    assert conflicts.not_to_meet(scripts, people) == {(script.pk, ben.pk)}  # whoever appoints, re-markers too
    assert conflicts.knowing(now.pk) & set(people) == {ben.pk}
    assert moderation.in_conflict(Sampled(script=script), ben.pk)
    assert not moderation.in_conflict(Sampled(script=script), bea.pk)
    actions.allocate_window(window=script.sitting.window, by=window.created_by, at=AT)
    given = Marking.objects.filter(script=script)
    assert {one.marker for one in given} == {bea, bo}
    with pytest.raises(Refused) as refused:
        actions.reassign(marking=given.first(), to=ben, reason="Ill", by=bo, at=LATER)
    assert refused.value.code == "reassign.conflict"


def test_marks_that_were_set_aside_bar_from_the_enrolment_alone() -> None:
    """A batch is marked anew for how it was marked, which says nothing of who knows whom."""
    ben, *_ = make.markers(3)
    before = factories.enrolment("Amara Again", to=factories.intake(starts_on=date(2023, 9, 4)))
    window = make.window(factories.intake())
    now = factories.enrolment("Amara Again", to=window.intake)
    Enrolment.objects.filter(pk=now.pk).update(user=before.user)
    old = make.script(make.window(before.intake), enrolment=before)
    SetAside.objects.create(
        script=old, marker=ben, marking=1, position=1, marks={}, learn_that=0, learn_how_to=0, reason="x",
        by=ben, at=AT, submitted_at=AT,
    )  # fmt: skip
    new = make.script(window, enrolment=now)
    found = conflicts.conflicts_of(Script.objects.filter(pk__in=[old.pk, new.pk]), [ben.pk])
    assert found == {(old.pk, ben.pk)}


# --- a school that is not in the register -----------------------------------------------------------
def not_listed(name: str = "Lakeside School", **details: Any) -> Script:
    """A script of somebody whose school is given by its name alone."""
    make.sitting(make.window(), name="Amara Applicant")
    script = Script.objects.get()
    enrolment = Enrolment.objects.get(sittings__scripts=script)
    Enrolment.objects.filter(pk=enrolment.pk).update(school=None)
    Application.objects.filter(pk=enrolment.application_id).update(
        school=None, school_text=name, details=details
    )
    return script


def heads(user: User, organisation: str, role: str = Role.HEAD_TEACHER) -> User:
    found = Organisation.objects.filter(name=organisation).first() or factories.organisation(organisation)
    Membership.objects.create(user=user, organisation=found, role=role, starts_on=date(2024, 1, 1))
    return user


@pytest.mark.requirement("S1-31")
def test_the_head_of_a_school_that_is_not_listed_neither_marks_nor_moderates_its_people() -> None:
    script = not_listed(" LAKESIDE school ")
    head, other = (
        heads(third_person("Hal Head"), "Lakeside School"),
        heads(third_person(), "Lakeside Academy"),
    )
    away = conflicts.conflicts_of(Script.objects.all(), [head.pk, other.pk])
    assert away == {(script.pk, head.pk)}
    assert moderation.knows_author(script.pk, head.pk)


@pytest.mark.parametrize("address", ["hal@lakeside.example", " HAL@Lakeside.Example"])
def test_whom_somebody_talked_with_in_school_is_known_by_the_address_of_their_account(address: str) -> None:
    script = not_listed(discussed={"role": "headteacher", "name": "Hal", "on": "", "email": address.strip()})
    head, other = third_person("Hal Head"), third_person()
    User.objects.filter(pk=head.pk).update(email="Hal@lakeside.example")
    assert conflicts.conflicts_of(Script.objects.all(), [head.pk, other.pk]) == {(script.pk, head.pk)}
    assert conflicts.knowing(script.sitting.enrolment_id) == {head.pk}


def test_an_application_without_an_address_or_with_one_of_nobody_is_no_conflict() -> None:
    not_listed(
        "Elsewhere", discussed={"role": "headteacher", "name": "Hal", "on": "", "email": "nobody@example.org"}
    )
    people = [heads(third_person("Hal Head"), "Lakeside School").pk, third_person().pk]
    assert conflicts.conflicts_of(Script.objects.all(), people) == set()
    Application.objects.update(details={"discussed": None})
    assert conflicts.conflicts_of(Script.objects.all(), people) == set()
