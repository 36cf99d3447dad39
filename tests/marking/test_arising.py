"""A conflict that arises once a script is with a marker takes it from them."""

import uuid
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from goldenthread.applications.models import Application, Enrolment
from goldenthread.assessment.models import Script, Window
from goldenthread.assessment.project_models import Placement, Project, ProjectLink
from goldenthread.coaching.models import Pairing
from goldenthread.common.models import AuditEvent
from goldenthread.common.refused import Refused
from goldenthread.marking import actions, arising, arising_queries, arising_rules, conflicts, jobs, queries
from goldenthread.marking.arising_rules import Cause
from goldenthread.marking.causes import causes_of
from goldenthread.marking.conflict_models import ArisenConflict
from goldenthread.marking.models import DeclaredConflict, Marking
from goldenthread.marking.rules import Declaration
from goldenthread.moderation import actions as moderation
from goldenthread.outcomes.models import Outcome
from goldenthread.people.models import Membership, OrganisationRelation, OrganisationRole, Role, User
from goldenthread.support.models import Mentoring, PlanContact, SupportPlan
from tests import factories
from tests import factories_marking as make
from tests.factories_web import client_of, text_of

pytestmark = pytest.mark.django_db
AT = make.CLOSED
LATER = AT + timedelta(days=3)
MUCH_LATER = AT + timedelta(days=5)


@pytest.fixture
def window() -> Window:
    return make.window()


@pytest.fixture
def two(window: Window) -> list[Marking]:
    """The two markings of one script."""
    make.markers(2)
    make.sitting(window)
    actions.allocate_window(window=window, by=window.created_by, at=AT)
    return list(Marking.objects.select_related("marker").order_by("position"))


def save(marking: Marking, *given: int, at: Any = LATER, revision: int = 0) -> Marking:
    return actions.save_marks(
        marking=marking, entered=actions.Entered(make.marks(*given), "Mine", make.FEEDBACK), revision=revision,
        by=marking.marker, at=at,
    )  # fmt: skip


def person_of(marking: Marking) -> Any:
    return marking.script.sitting.enrolment


def coach(marking: Marking, *, since: Any = LATER) -> None:
    Pairing.objects.create(enrolment=person_of(marking), coach=marking.marker, since=since)


def mentor(marking: Marking) -> None:
    Mentoring.objects.create(enrolment=person_of(marking), mentor=marking.marker, starts_on=LATER.date())


def role_at(marking: Marking, organisation: Any, role: Role) -> None:
    Membership.objects.create(
        user=marking.marker, organisation=organisation, role=role, starts_on=LATER.date()
    )


def school_of(marking: Marking) -> Any:
    """The organisation of the author's school."""
    person = person_of(marking)
    person.school = factories.school()
    person.save(update_fields=["school"])
    organisation = factories.organisation("Hillside School")
    organisation.school = person.school
    organisation.save(update_fields=["school"])
    return organisation


def headteacher(marking: Marking) -> None:
    role_at(marking, school_of(marking), Role.HEAD_TEACHER)


def at_the_trust(marking: Marking) -> None:
    trust = factories.organisation("Hillside Trust")
    OrganisationRelation.objects.create(organisation=school_of(marking), kind="part_of", other=trust)
    role_at(marking, trust, Role.CPD_LEAD)


def partner_contact(marking: Marking) -> None:
    person = person_of(marking)
    person.partner = factories.organisation("Partner North")
    person.save(update_fields=["partner"])
    role_at(marking, person.partner, Role.PARTNER_MANAGER)


def plan_of(marking: Marking, **fields: Any) -> SupportPlan:
    person, window = person_of(marking), marking.script.sitting.window
    outcome = Outcome.objects.create(
        enrolment=person, window=window, number=9, result="not_passed", conditions=[], computed_at=LATER
    )
    return SupportPlan.objects.create(
        enrolment=person, outcome=outcome, started_at=LATER, started_on=LATER.date(),
        first_contact_by=date(2025, 11, 1), due_on=date(2025, 12, 1), **fields,
    )  # fmt: skip


def owns_the_plan(marking: Marking) -> None:
    plan_of(marking, owner=marking.marker, owner_role="coach")


def spoke_about_the_plan(marking: Marking) -> None:
    PlanContact.objects.create(
        plan=plan_of(marking), form_key=uuid.uuid4(), held_on=LATER.date(), how="call", note="Called.",
        by=marking.marker, at=LATER,
    )  # fmt: skip


def project_of(marking: Marking) -> Project:
    return Project.objects.create(
        enrolment=person_of(marking), task="placement", opened_at=AT, opened_because="known to us"
    )


def placed_at(marking: Marking, **fields: Any) -> Placement:
    """Where the author was placed for a project."""
    return Placement.objects.create(project=project_of(marking), **fields)


def head_of_the_placement(marking: Marking) -> None:
    organisation = factories.organisation("Lakeside School")
    organisation.school = placed_at(marking, school=factories.school("Lakeside School")).school
    organisation.save(update_fields=["school"])
    role_at(marking, organisation, Role.HEAD_TEACHER)


def hosts_the_placement(marking: Marking) -> None:
    placed_at(marking, school_text="Lakeside School", host_email=marking.marker.email.upper())


def sponsors_the_project(marking: Marking) -> None:
    ProjectLink.objects.create(
        project=project_of(marking), purpose="sponsor", name="Sam Sponsor", email=marking.marker.email.title(),
        sent_at=LATER, expires_at=MUCH_LATER,
    )  # fmt: skip


def unlisted_school(marking: Marking, name: str) -> None:
    person = person_of(marking)
    Enrolment.objects.filter(pk=person.pk).update(school=None)
    Application.objects.filter(pk=person.application_id).update(school=None, school_text=name)


def heads_a_school_that_is_not_listed(marking: Marking) -> None:
    unlisted_school(marking, " lakeside SCHOOL")
    role_at(marking, factories.organisation("Lakeside School"), Role.HEAD_TEACHER)


def heads_an_unlisted_placement(marking: Marking) -> None:
    placed_at(marking, school_text="Lakeside school")
    role_at(marking, factories.organisation("Lakeside School"), Role.HEAD_TEACHER)


def is_whom_they_talked_with(marking: Marking) -> None:
    talked = {"role": "headteacher", "name": "", "on": "", "email": marking.marker.email.upper()}
    Application.objects.filter(pk=person_of(marking).application_id).update(
        details={"discussed": talked}, submitted_at=LATER
    )


ARISING = [
    (heads_a_school_that_is_not_listed, Cause.SCHOOL),
    (heads_an_unlisted_placement, Cause.PLACEMENT),
    (is_whom_they_talked_with, Cause.CONTACT),
    (head_of_the_placement, Cause.PLACEMENT),
    (hosts_the_placement, Cause.PROJECT),
    (sponsors_the_project, Cause.PROJECT),
    (coach, Cause.COACHES),
    (mentor, Cause.MENTORS),
    (headteacher, Cause.SCHOOL),
    (at_the_trust, Cause.TRUST),
    (partner_contact, Cause.PARTNER),
    (owns_the_plan, Cause.SUPPORTS),
    (spoke_about_the_plan, Cause.SUPPORTS),
]


@pytest.mark.parametrize(("arise", "cause"), ARISING)
def test_what_arises_takes_the_script_with_what_was_entered(
    two: list[Marking], arise: Callable[[Marking], None], cause: Cause
) -> None:
    mine = two[0]
    bo = factories.member(Role.MARKER, "Bo Marker")
    save(mine, 4, 3)
    arise(mine)
    with pytest.raises(Refused) as refused:
        save(mine, 4, 4, 4, revision=1)
    assert refused.value.code == "marking.not_yours"
    now = Marking.objects.get(position=1)
    assert (now.marker, now.marks, now.revision) == (bo, {}, 0)
    assert not queries.queue_for(mine.marker).exists()
    kept = ArisenConflict.objects.get()
    assert (kept.marker, kept.marking, kept.position, kept.ending) == (mine.marker, mine.pk, 1, "taken")
    assert (kept.causes, kept.marks, kept.comment, kept.at) == ([cause], {"1": 4, "2": 3}, "Mine", LATER)
    event = AuditEvent.objects.get(verb="marking.conflict_arose")
    assert (event.subject, event.details["causes"]) == (f"script:{mine.script_id}", [cause])


def test_submitting_is_refused_and_nothing_is_agreed(two: list[Marking]) -> None:
    bo = factories.member(Role.MARKER, "Bo Marker")
    make.submit(two[1])
    coach(two[0])
    with pytest.raises(Refused) as refused:
        make.submit(two[0], at=LATER)
    assert refused.value.code == "marking.not_yours"
    assert Marking.objects.get(position=1).marker == bo
    assert queries.progress_of(two[0].script.sitting.window).agreed == 0


def test_nobody_free_leaves_the_place_open(two: list[Marking]) -> None:
    coach(two[0])
    assert arising.look_at(two[0].marker, at=LATER) == 1
    code = two[0].script.sitting.code
    assert queries.unfinished_in(two[0].script.sitting.window) == [f"{code} needs a first marker"]


def test_another_marker_of_the_script_keeps_it(two: list[Marking]) -> None:
    coach(two[0])
    assert arising.look_at(two[1].marker, at=LATER) == 0
    save(two[1], 1, 2)
    assert Marking.objects.get(position=2).marker == two[1].marker


def test_script_of_somebody_else_stays(window: Window, two: list[Marking]) -> None:
    make.sitting(window)
    actions.allocate_window(window=window, by=window.created_by, at=AT)
    coach(two[0])
    assert arising.look_at(two[0].marker, at=LATER) == 1
    assert queries.queue_for(two[0].marker).count() == 1


def test_looking_through_takes_it_without_anybody_opening_a_page(two: list[Marking]) -> None:
    factories.member(Role.MARKER, "Bo Marker")
    mentor(two[1])
    assert jobs.end_conflicts(LATER) == "1 markings with a conflict"
    assert jobs.end_conflicts(MUCH_LATER) == "0 markings with a conflict"
    assert not queries.queue_for(two[1].marker).exists()


# --- what was submitted ------------------------------------------------------------------------------
def test_marks_from_before_count(two: list[Marking]) -> None:
    make.submit(two[0])
    make.submit(two[1])
    coach(two[0])
    jobs.end_conflicts(LATER)
    kept = ArisenConflict.objects.get()
    assert (kept.ending, kept.submitted_at) == ("before", AT)
    assert queries.unfinished_in(two[0].script.sitting.window) == []


def test_marks_that_may_be_in_conflict_wait_for_the_office(two: list[Marking]) -> None:
    window = two[0].script.sitting.window
    make.submit(two[0])
    make.submit(two[1])
    coach(two[0], since=AT - timedelta(days=1))  # written down late
    jobs.end_conflicts(LATER)
    code = two[0].script.sitting.code
    assert queries.unfinished_in(window) == [f"{code} waits for the office's word on a marker's conflict"]
    with pytest.raises(Refused, match="waits for the office's word"):
        moderation.open_round(window=window, by=factories.member(Role.MODERATOR, "Chidi"), at=MUCH_LATER)
    said = arising.let_count(
        arisen=ArisenConflict.objects.get(), reason="A slip", by=window.created_by, at=LATER
    )
    assert (said.ending, said.decided_by, said.reason) == ("count", window.created_by, "A slip")
    assert queries.unfinished_in(window) == []
    assert jobs.end_conflicts(MUCH_LATER) == "0 markings with a conflict"


def test_office_sets_them_aside_and_is_asked_no_more(two: list[Marking]) -> None:
    window = two[0].script.sitting.window
    bo = factories.member(Role.MARKER, "Bo Marker")
    make.submit(two[0])
    coach(two[0], since=AT - timedelta(days=40))
    jobs.end_conflicts(LATER)
    moderation.set_aside(marking=two[0], reason="Coach", by=window.created_by, at=LATER)
    assert Marking.objects.get(position=1).marker == bo
    (shown,) = arising_queries.arisen_in(window)
    assert (shown.ending, vars(shown)["there"]) == ("", False)
    with pytest.raises(Refused) as refused:
        arising.let_count(arisen=shown, reason="After all", by=window.created_by, at=LATER)
    assert refused.value.code == "arisen.gone"


def test_letting_count_needs_a_reason_and_another_person(two: list[Marking]) -> None:
    make.submit(two[0])
    coach(two[0], since=AT)
    jobs.end_conflicts(LATER)
    arisen, office = ArisenConflict.objects.get(), two[0].script.sitting.window.created_by
    with pytest.raises(Refused) as reason:
        arising.let_count(arisen=arisen, reason=" ", by=office, at=LATER)
    with pytest.raises(Refused) as own:
        arising.let_count(arisen=arisen, reason="Fine", by=two[0].marker, at=LATER)
    assert (reason.value.code, own.value.code) == ("quality.reason", "arisen.own")
    first = arising.let_count(arisen=arisen, reason="Fine", by=office, at=LATER)
    again = arising.let_count(arisen=arisen, reason="Fine", by=office, at=MUCH_LATER)
    assert (again.reason, again.decided_at) == (first.reason, first.decided_at)
    with pytest.raises(Refused, match="said that these marks count on") as late:
        arising.let_count(arisen=arisen, reason="Other", by=office, at=MUCH_LATER)
    assert late.value.code == "arisen.counts"
    address = f"/office/markers/conflicts/{arisen.pk}/"
    shown = text_of(
        client_of(factories.member(Role.OFFICE, "Oda Office")).post(address, {"reason": "I know them."})
    )
    assert "This was not kept" in shown
    assert "I know them." in shown


# --- declared about another script of the same author --------------------------------------------------
def test_declaring_about_one_script_takes_the_other_of_the_same_author(two: list[Marking]) -> None:
    mine, enrolment = two[0], person_of(two[0])
    other = make.window(enrolment.intake, opens_on=make.OPENS - timedelta(days=7))
    second = make.script(other, enrolment=enrolment)
    actions.allocate_window(window=other, by=other.created_by, at=AT)
    bo = factories.member(Role.MARKER, "Bo Marker")
    theirs = Marking.objects.get(script=second, marker=mine.marker)
    save(theirs, 2)
    actions.declare_conflict(
        marking=mine, declaration=Declaration("relation", "We are cousins."), by=mine.marker, at=LATER
    )
    assert not queries.queue_for(mine.marker).exists()
    assert set(Marking.objects.filter(marker=bo).values_list("script", flat=True)) == {
        mine.script_id,
        second.pk,
    }
    kept = ArisenConflict.objects.get()
    assert (kept.script_id, kept.causes, kept.marks) == (second.pk, ["declared"], {"1": 2})
    assert DeclaredConflict.objects.get().script_id == mine.script_id


def test_submitted_marks_for_the_other_script_wait_for_the_office(two: list[Marking]) -> None:
    mine, enrolment = two[0], person_of(two[0])
    other = make.window(enrolment.intake, opens_on=make.OPENS - timedelta(days=7))
    second = make.script(other, enrolment=enrolment)
    actions.allocate_window(window=other, by=other.created_by, at=AT)
    theirs = make.submit(Marking.objects.select_related("marker").get(script=second, marker=mine.marker))
    actions.declare_conflict(
        marking=mine, declaration=Declaration("relation", "We are cousins."), by=mine.marker, at=LATER
    )
    kept = ArisenConflict.objects.get()
    assert (kept.marking, kept.ending) == (theirs.pk, "")
    assert Marking.objects.get(pk=theirs.pk).total == 15


# --- causes ---------------------------------------------------------------------------------------------
def test_causes_name_everything_that_keeps_two_apart(two: list[Marking]) -> None:
    coach(two[0])
    headteacher(two[0])
    script = Script.objects.filter(pk=two[0].script_id)
    pairs = conflicts.conflicts_of(script, [one.marker_id for one in two])
    assert causes_of(pairs) == {
        (two[0].script_id, two[0].marker_id): {
            Cause.COACHES: LATER.date(), Cause.SCHOOL: LATER.date()
        }
    }  # fmt: skip


@pytest.mark.parametrize(("arise", "cause"), ARISING)
def test_every_conflict_has_a_cause(two: list[Marking], arise: Any, cause: Cause) -> None:
    arise(two[0])
    pairs = conflicts.conflicts_of(Script.objects.all(), User.objects.values_list("pk", flat=True))
    assert all(causes_of(pairs).values())


def test_trust_of_the_placement_school_counts_and_a_host_without_an_account_is_nobody(
    two: list[Marking],
) -> None:
    school = factories.school("Lakeside School")
    placed_at(two[0], school=school, host_email="nobody@example.org")
    organisation, trust = factories.organisation("Lakeside School"), factories.organisation("Lakeside Trust")
    organisation.school = school
    organisation.save(update_fields=["school"])
    OrganisationRelation.objects.create(organisation=organisation, kind="part_of", other=trust)
    role_at(two[0], trust, Role.CPD_LEAD)
    pairs = conflicts.conflicts_of(Script.objects.all(), [one.marker_id for one in two])
    assert causes_of(pairs) == {
        (two[0].script_id, two[0].marker_id): {Cause.PLACEMENT: LATER.date()}
    }  # fmt: skip
    assert not conflicts.knowing(person_of(two[0]).pk)


def test_host_knows_the_author_for_who_decides_an_appeal(two: list[Marking]) -> None:
    hosts_the_placement(two[0])
    assert conflicts.knowing(person_of(two[0]).pk) == {two[0].marker_id}


def also_lead_provider(organisation: Any) -> None:
    OrganisationRole.objects.create(
        organisation=organisation, role="lead_provider", starts_on=factories.START
    )


@pytest.mark.parametrize(
    ("role", "counts"),
    [(Role.HEAD_TEACHER, True), (Role.CPD_LEAD, True), (Role.MENTOR, True), (Role.FACILITATOR, True),
     (Role.PARTNER_MANAGER, True), (Role.MARKER, False), (Role.MODERATOR, False), (Role.OFFICE, False)],
)  # fmt: skip
def test_at_a_lead_provider_its_own_work_alone_is_no_conflict(
    two: list[Marking], role: Role, counts: bool
) -> None:
    """A teaching school hub is the author's school, a delivery partner and the lead provider in one."""
    hub = school_of(two[0])
    also_lead_provider(hub)
    person = person_of(two[0])
    person.partner = hub
    person.save(update_fields=["partner"])
    role_at(two[0], hub, role)
    pair = (two[0].script_id, two[0].marker_id)
    found = conflicts.conflicts_of(Script.objects.all(), [one.marker_id for one in two])
    assert found == ({pair} if counts else set())
    expected = {Cause.SCHOOL: LATER.date(), Cause.PARTNER: LATER.date()} if counts else {}
    assert causes_of([pair]) == {pair: expected}


@pytest.mark.parametrize("role", [Role.HEAD_TEACHER, Role.MARKER])
def test_trust_that_is_the_lead_provider_counts_for_its_schools_alike(two: list[Marking], role: Role) -> None:
    trust = factories.organisation("Hillside Trust")
    OrganisationRelation.objects.create(organisation=school_of(two[0]), kind="part_of", other=trust)
    also_lead_provider(trust)
    role_at(two[0], trust, role)
    coach(two[0])
    found = conflicts.conflicts_of(Script.objects.all(), [two[0].marker_id])
    assert (Cause.TRUST in causes_of(found)[two[0].script_id, two[0].marker_id]) is (role != Role.MARKER)


def test_role_at_another_trust_is_no_conflict(two: list[Marking]) -> None:
    role_at(two[0], factories.organisation("Far Trust"), Role.CPD_LEAD)
    assert not conflicts.conflicts_of(Script.objects.all(), [two[0].marker_id])


DAY = date(2025, 10, 20)


@pytest.mark.parametrize(
    ("causes", "after"),
    [
        ({Cause.COACHES: date(2025, 10, 21)}, True),
        ({Cause.COACHES: DAY}, False),
        ({Cause.COACHES: date(2025, 10, 19)}, False),
        ({Cause.DECLARED: None}, False),
        ({Cause.COACHES: date(2025, 10, 21), Cause.NAMED: None}, False),
        ({Cause.COACHES: date(2025, 10, 21), Cause.SCHOOL: date(2026, 1, 1)}, True),
        ({}, False),
    ],
)
def test_marks_count_where_everything_arose_after_them(causes: Any, after: bool) -> None:
    assert arising_rules.arose_after(causes, DAY) is after


def test_causes_in_words() -> None:
    assert arising_rules.text(["coaches"], released=True) == "coaches the author"
    assert arising_rules.text(["declared", "own", "read"], released=True) == (
        "wrote it, read the author's earlier work and declared a conflict with the author"
    )


def test_before_the_release_a_cause_leads_to_no_name() -> None:
    said = {one: arising_rules.text([one], released=False) for one in Cause}
    assert said[Cause.COACHES] == said[Cause.MENTORS] == said[Cause.READ] == "works or worked with the author"
    assert said[Cause.SCHOOL] == said[Cause.TRUST]
    assert arising_rules.text(["mentors", "coaches", "school"], released=False) == (
        "works or worked with the author and has a role where the author works or takes part"
    )
