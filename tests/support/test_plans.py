"""A result that fell short starts a support plan, which ends with an outcome and not otherwise (S2-09)."""

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import Http404
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from goldenthread.applications.models import Enrolment
from goldenthread.assessment.models import SittingState, Window
from goldenthread.awards import actions as awards
from goldenthread.common import audit
from goldenthread.common.models import AuditEvent, OutboxMessage
from goldenthread.common.refused import Refused
from goldenthread.marking.rules import Totals
from goldenthread.people import actions as people
from goldenthread.people.models import Membership, Role, User
from goldenthread.support import jobs, plan_rules, planning, plans
from goldenthread.support.models import PlanItem, SupportPlan
from tests import factories
from tests import factories_marking as make
from tests import factories_projects as projects
from tests import factories_teaching as teaching
from tests.factories_appeals import BELOW, ENOUGH, NEXT, SHORT, office, released
from tests.factories_web import client_of, queries_of, text_of
from tests.kept_scenes import kept
from tests.outcomes import test_projects as project
from tests.races import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]
RELEASED = make.CLOSED.date()


@kept
def ready(
    *names: str, given: Any = BELOW, minutes: int = ENOUGH, at: datetime = make.CLOSED, **fields: Any
) -> Window:
    """A window ready for release, everybody with the same marks."""
    window = make.window(**fields)
    make.markers(2)
    for name in names:
        person = factories.enrolment(name, to=window.intake)
        factories.credit_minutes(person, minutes)
        make.sitting(window, person)
    make.mark_all(window, [given] * len(names), at=at)
    make.moderated(window, at=at)
    return window


@kept
def release(window: Window, at: datetime = make.CLOSED) -> None:
    awards.release(window=window, by=window.created_by, at=at)


def plan_of(name: str = "Amara Applicant") -> SupportPlan:
    return SupportPlan.objects.select_related("owner", "enrolment__user", "outcome").get(
        enrolment__user__name=name
    )


def code_of(call: Any) -> str:
    with pytest.raises(Refused) as refused:
        call()
    return refused.value.code


def close(
    plan: SupportPlan, ending: str, note: str = "", until: date | None = None, at: datetime = NEXT
) -> SupportPlan:
    return planning.close(plan=plan, ending=ending, note=note, until=until, by=office(), at=at)


# --- it begins by itself -------------------------------------------------------------------------------
@pytest.mark.requirement("S2-09")
@pytest.mark.parametrize(
    "on", [datetime(2025, 11, 20, 10, tzinfo=UTC), datetime(2026, 3, 29, 0, 30, tzinfo=UTC)]
)
def test_a_result_not_passed_starts_a_plan_within_the_same_run(on: datetime) -> None:
    window = ready("Amara Applicant", "Bilal Baker")
    assert not SupportPlan.objects.exists()
    release(window, on)
    assert SupportPlan.objects.count() == 2
    plan = plan_of()
    assert plan.started_at == on
    assert plan.owner == window.created_by  # nobody teaches them: who released the results
    assert plan.first_contact_by == on.date() + timedelta(days=10)
    assert plan.due_on == on.date() + timedelta(days=84)
    letter = OutboxMessage.objects.get(payload__template="support_plan", recipient=plan.enrolment.user.email)
    assert letter.payload["context"]["owner"] == "Olu Office"
    assert code_of(lambda: close(plan, "", at=on)) == "plan.ending"
    assert code_of(lambda: close(plan, "finished", "Enough.", at=on)) == "plan.ending"
    assert code_of(lambda: close(plan, "passed", at=on)) == "plan.not_passed"
    assert code_of(lambda: close(plan, "withdrawn", at=on)) == "plan.not_withdrawn"
    assert code_of(lambda: close(plan, "declined", " ", at=on)) == "plan.text"
    assert plan_of().ending == ""
    ended = close(plan, "declined", "She would rather try alone.", at=on)
    assert (ended.ending, ended.ended_at) == ("declined", on)
    assert list(audit.verify()) == []


def test_a_pass_starts_none_and_a_plan_is_not_begun_if_the_release_fails() -> None:
    release(ready("Amara Applicant", given=make.FAIR))
    assert not SupportPlan.objects.exists()
    assert not OutboxMessage.objects.filter(payload__template="support_plan").exists()


@pytest.mark.parametrize(
    ("state", "minutes", "asked"),
    [
        (SittingState.HANDED_IN, SHORT, "6 min more are needed"),
        (SittingState.BOOKED, ENOUGH, "Tell the programme office what happened"),
    ],
)
def test_what_was_missed_is_the_beginning_of_the_plan(state: str, minutes: int, asked: str) -> None:
    released(make.FAIR, minutes=minutes, state=state)
    texts = [item.text for item in plans.items_of(plan_of())]
    assert any(asked in text for text in texts)
    assert any("markers say" in text for text in texts) == (state == SittingState.HANDED_IN)


def test_somebody_held_back_has_a_plan_as_well() -> None:
    released(state=SittingState.HELD_BACK)
    assert plan_of().outcome.result == "not_passed"


def test_the_weak_areas_come_from_the_marks_of_their_points() -> None:
    outcome = released(make.marks(0, 4, 1, 3, 2))  # 10 of 20
    points = outcome.window.case_study.scheme.points.select_related("statement__area")  # type: ignore[union-attr]
    sums: dict[str, list[int]] = {}
    for point, mark in zip(points.order_by("number"), (0, 4, 1, 3, 2), strict=True):
        area = sums.setdefault(point.statement.area.name, [0, 0])  # type: ignore[union-attr]
        area[0] += mark
        area[1] += point.maximum
    weak = {name for name, (mark, most) in sums.items() if mark * 20 < most * 12}
    texts = " ".join(item.text for item in plans.items_of(plan_of()) if item.kind == "area")
    assert weak
    assert {name for name in sums if f"“{name}”" in texts} == weak
    for name in weak:
        assert f"it earned {sums[name][0]} of {sums[name][1]} marks" in texts


# --- who supports --------------------------------------------------------------------------------------
def test_the_coach_supports_else_a_tutor_else_a_facilitator() -> None:
    window = ready("Amara Applicant", "Bilal Baker", "Cy Cook")
    people = {one.user.name: one for one in Enrolment.objects.select_related("user")}
    group = teaching.group(of=window.intake)
    femi, tia = teaching.staffed(group), teaching.staffed(group, "tutor", "Tia Tutor")
    for name in ("Amara Applicant", "Bilal Baker"):
        teaching.placed(people[name], group)
    cora = teaching.pairing(people["Amara Applicant"]).coach
    other = teaching.group("Bath", of=window.intake)
    teaching.placed(people["Cy Cook"], other)
    teaching.joins(other, femi, "facilitator")
    release(window)
    found = {plan.enrolment_id: (plan.owner, plan.owner_role) for plan in SupportPlan.objects.all()}
    wanted = [(cora, "coach"), (tia, "tutor"), (femi, "facilitator")]
    assert [found[one.pk] for one in people.values()] == wanted


def test_a_supporter_whose_role_ends_leaves_a_plan_without_one_and_the_office_names_another() -> None:
    window = ready("Amara Applicant")
    enrolment = Enrolment.objects.get()
    cora = teaching.pairing(enrolment).coach
    release(window)
    Membership.objects.filter(user=cora).update(ends_on=RELEASED - timedelta(days=1))
    people.close_role(user=cora, role=Role.COACH, by=office(), at=NEXT)
    plan = plan_of()
    assert (plan.owner, plan.owner_role) == (None, "")
    assert plans.counts(on=RELEASED) == {"open": 1, "nobody": 1, "late": 0}
    stranger = factories.user("Dot Stranger")
    assert (
        code_of(lambda: planning.name_supporter(plan=plan, owner=stranger, by=office(), at=NEXT))
        == "plan.owner"
    )
    own = enrolment.user
    teaching.hold(own, "office")
    assert (
        code_of(lambda: planning.name_supporter(plan=plan, owner=own, by=office(), at=NEXT)) == "plan.owner"
    )
    olga = office("Olga Other")
    for _ in range(2):
        assert planning.name_supporter(plan=plan, owner=olga, by=office(), at=NEXT).owner == olga
    letters = OutboxMessage.objects.filter(payload__template="support_plan_yours").order_by("pk")
    assert [one.recipient for one in letters] == [cora.email, olga.email]


# --- dates ---------------------------------------------------------------------------------------------
def test_the_next_window_and_the_last_day_to_hand_in_are_said() -> None:
    window = ready("Amara Applicant")
    later = make.window(window.intake, case_study=None, opens_on=date(2026, 5, 4))
    make.window(window.intake, case_study=None, opens_on=date(2026, 1, 12), state="cancelled")
    release(window)
    plan = plan_of()
    assert plan.due_on == date(2026, 5, 3)
    [outlook] = plans.outlooks_of(plan, on=RELEASED)
    assert (outlook.window, outlook.entered, outlook.hand_in_by) == (later, False, date(2026, 5, 11))
    make.sitting(later, plan.enrolment, state=SittingState.BOOKED)
    assert [one.entered for one in plans.outlooks_of(plan, on=RELEASED)] == [True]


def test_a_window_after_the_last_useful_day_is_not_suggested() -> None:
    ahead = [
        plan_rules.Ahead(1, date(2026, 7, 1), date(2026, 7, 8)),
        plan_rules.Ahead(2, date(2026, 5, 4), date(2026, 5, 11)),
    ]
    for last, found in ((None, 2), (date(2026, 5, 11), 2), (date(2026, 5, 10), None), (date(2027, 1, 1), 2)):
        window = plan_rules.next_window(ahead, on=RELEASED, last_useful=last)
        assert (window.window if window else None) == found
    assert plan_rules.next_window(ahead, on=date(2026, 5, 4), last_useful=None) == ahead[0]
    assert plan_rules.hand_in_by(None, date(2026, 5, 10)) == date(2026, 5, 10)


@pytest.mark.parametrize(("after", "due"), [(3, 84), (10, 84), (11, 10), (40, 39)])
def test_a_plan_is_never_to_be_through_before_the_first_contact_is_due(after: int, due: int) -> None:
    opens_on = RELEASED + timedelta(days=after)
    ahead = [plan_rules.Ahead(1, opens_on, opens_on + timedelta(days=7))]
    assert plan_rules.due_on(ahead, on=RELEASED) == RELEASED + timedelta(days=due)
    assert due >= plan_rules.FIRST_CONTACT_DAYS


@pytest.mark.parametrize(
    ("days", "contact", "late"),
    [(10, False, False), (11, False, True), (11, True, False), (84, True, False), (85, True, True)],
)
def test_a_plan_is_late_without_a_contact_and_after_its_day(days: int, contact: bool, late: bool) -> None:
    released()
    plan = plan_of()
    if contact:
        planning.log_contact(
            plan=plan,
            held_on=NEXT.date(),
            how="call",
            note="Spoke.",
            form_key=str(uuid.uuid4()),
            by=office(),
            at=NEXT,
        )
    on = RELEASED + timedelta(days=days)
    viewer = factories.seen(office(), on=on)
    assert [one.pk for one in plans.plans_for(viewer, "late", on=on)] == ([plan.pk] if late else [])
    assert plans.counts(on=on)["late"] == int(late)
    said = plan_rules.lateness(
        first_contact_by=plan.first_contact_by, due=plan.due_on, contacted=contact, on=on
    )
    assert bool(said) == late


# --- what is in it -------------------------------------------------------------------------------------
def test_items_are_agreed_ticked_unticked_and_dropped_once() -> None:
    released()
    plan, cora = plan_of(), office()
    whose = plan.enrolment.user
    item = planning.add_item(plan=plan, text=" Read chapter 3. ", by=cora, at=NEXT)
    assert planning.add_item(plan=plan, text="Read chapter 3.", by=cora, at=NEXT).pk == item.pk
    assert code_of(lambda: planning.add_item(plan=plan, text=" ", by=cora, at=NEXT)) == "plan.text"
    for done in (True, True, False, True):
        assert (planning.tick(item=item, done=done, by=whose, at=NEXT).done_at is not None) == done
    assert AuditEvent.objects.filter(verb="support.item_ticked").count() == 2
    assert plans.get_own_item(whose, item.pk).pk == item.pk
    with pytest.raises(Http404):
        plans.get_own_item(factories.user("Dot Stranger"), item.pk)
    for _ in range(2):
        planning.drop_item(item=item, by=cora, at=NEXT)
    assert item.pk not in [one.pk for one in plans.items_of(plan)]
    assert PlanItem.objects.filter(pk=item.pk).exists()


def test_a_contact_is_logged_once_after_it_was() -> None:
    released()
    plan, key = plan_of(), str(uuid.uuid4())

    def log(held_on: date, note: str = "We read the feedback.", form_key: str = key) -> Any:
        return planning.log_contact(
            plan=plan, held_on=held_on, how="feedback", note=note, form_key=form_key, by=office(), at=NEXT
        )

    refused = [
        (NEXT.date() + timedelta(days=1), "plan.future"),
        (RELEASED - timedelta(days=1), "plan.before"),
    ]
    for day, code in refused:
        assert code_of(lambda day=day: log(day)) == code
    assert code_of(lambda: log(RELEASED, " ")) == "plan.text"
    assert log(RELEASED).pk == log(NEXT.date()).pk
    assert len(plans.contacts_of(plan)) == 1


# --- how it ends ---------------------------------------------------------------------------------------
def test_a_pass_ends_it_by_itself() -> None:
    outcome = released()
    awards.correct(outcome=outcome, reason="Added up", by=office(), at=NEXT, half_marks=Totals(16, 10))
    plan = plan_of()
    assert (plan.ending, plan.ended_at) == ("passed", NEXT)
    assert code_of(lambda: planning.add_item(plan=plan, text="More", by=office(), at=NEXT)) == "plan.closed"
    assert code_of(lambda: close(plan, "declined", "No more.")) == "plan.closed"


def test_a_correction_to_a_fail_starts_one_and_a_second_fail_keeps_the_open_one() -> None:
    outcome = released(make.FAIR)
    assert not SupportPlan.objects.exists()
    second = awards.correct(
        outcome=outcome, reason="Added up", by=office(), at=NEXT, half_marks=Totals(10, 4)
    )
    plan = plan_of()
    assert plan.outcome_id == second.pk
    had = len(plans.items_of(plan))
    third = awards.correct(outcome=second, reason="Again", by=office(), at=NEXT, half_marks=Totals(9, 4))
    plan = plan_of()
    assert plan.outcome_id == third.pk
    assert SupportPlan.objects.count() == 1
    assert len(plans.items_of(plan)) == had
    assert OutboxMessage.objects.filter(payload__template="support_plan").count() == 1


def test_a_deferral_names_a_day_ahead_and_a_withdrawal_ends_it_by_the_clock() -> None:
    window = ready("Amara Applicant", "Bilal Baker")
    release(window)
    plan = plan_of()
    for until in (None, NEXT.date()):
        assert code_of(lambda until=until: close(plan, "deferred", "Parental leave", until)) == "plan.until"
    for _ in range(2):
        assert close(plan, "deferred", "Parental leave", date(2026, 9, 1)).deferred_until == date(2026, 9, 1)
    assert code_of(lambda: close(plan, "declined", "No")) == "plan.closed"
    Enrolment.objects.filter(user__name="Bilal Baker").update(withdrawn_at=NEXT)
    assert jobs.end_withdrawn(NEXT) == "ended 1"
    assert jobs.end_withdrawn(NEXT) == "ended 0"
    assert plan_of("Bilal Baker").ending == "withdrawn"


def test_a_project_task_that_fell_short_has_a_plan_that_its_pass_ends() -> None:
    amara = projects.candidate()
    make.markers(2)
    window = project.handed_in(amara, "project")
    project.mark(window, project.SHORT)
    project.sign_off_as_it_is(window, factories.member(Role.MODERATOR, "Chidi Moderator"))
    [outcome] = project.released(window)
    plan = SupportPlan.objects.get()
    assert (plan.outcome.task, plan.outcome_id) == ("project", outcome.pk)
    assert [item.text for item in plans.items_of(plan) if "it earned" in item.text]
    at = project.MARKED + timedelta(days=3)
    awards.correct(outcome=outcome, reason="Added up", by=office(), at=at, half_marks=Totals(0, 24))
    plan.refresh_from_db()
    assert (plan.ending, plan.ended_at) == ("passed", at)


def two_tasks_short() -> tuple[Enrolment, SupportPlan]:
    """Somebody of a version with two tasks, of which both fell short."""
    amara = projects.candidate(projects.NPQH)
    make.markers(3)
    for task in ("task-1", "task-2"):
        window = project.handed_in(amara, task)
        project.mark(window, project.SHORT)
        project.sign_off_as_it_is(window, factories.member(Role.MODERATOR, f"Chidi of {task}"))
        project.released(window)
    return amara, SupportPlan.objects.get()


@pytest.mark.requirement("S2-09")
def test_days_are_suggested_for_each_task_that_fell_short() -> None:
    amara, plan = two_tasks_short()
    on = project.MARKED.date()
    titles = [one.task for one in plans.outlooks_of(plan, on=on)]
    assert len(set(titles)) == 2
    assert [one.window for one in plans.outlooks_of(plan, on=on)] == [None, None]
    days = {"task-2": date(2019, 10, 1), "task-1": date(2019, 11, 4)}
    made = {
        task: projects.days(
            amara.intake, task, opens_on=opens, closes_on=date(2019, 12, 20), at=project.MARKED
        )
        for task, opens in days.items()
    }
    first, second = plans.outlooks_of(plan, on=on)
    assert [first.task, second.task] == titles
    assert [first.window, second.window] == [made["task-1"], made["task-2"]]
    assert first.hand_in_by == second.hand_in_by == date(2019, 12, 20)
    page = reverse("participant:support_plan")
    shown = text_of(client_of(amara.user).get(page))
    for title in titles:
        assert f"{title}: next hand-in days" in shown
    assert queries_of(amara.user, page) <= 12


def test_a_task_that_is_passed_meanwhile_is_suggested_no_more() -> None:
    _, plan = two_tasks_short()
    on = project.MARKED.date()
    one, two = plans.outlooks_of(plan, on=on)
    outcome = plans.short_of(plan)[0]
    at = project.MARKED + timedelta(days=3)
    awards.correct(outcome=outcome, reason="Added up", by=office(), at=at, half_marks=Totals(0, 24))
    plan.refresh_from_db()
    assert [left.task for left in plans.outlooks_of(plan, on=on)] == [two.task]
    assert one.task != two.task


# --- who sees it ---------------------------------------------------------------------------------------
def test_a_plan_is_seen_by_its_supporter_and_the_office_and_nobody_else() -> None:
    window = ready("Amara Applicant")
    cora = teaching.pairing(Enrolment.objects.get()).coach
    release(window)
    plan = plan_of()
    supporter = factories.seen(cora, on=RELEASED)
    assert plans.get_supported_plan_for(supporter, plan.pk).pk == plan.pk
    assert [one.pk for one in plans.plans_supported_by(supporter)] == [plan.pk]
    stranger = factories.seen(factories.user("Dot Stranger"), on=RELEASED)
    ben = factories.seen(User.objects.get(name="Ben Marker"), on=RELEASED)
    for look in (
        lambda: plans.get_supported_plan_for(ben, plan.pk),
        lambda: plans.get_plan_for(stranger, plan.pk),
        lambda: plans.get_plan_for(supporter, plan.pk),
        lambda: plans.plans_for(stranger, on=RELEASED),
    ):
        with pytest.raises(Http404):
            look()


def test_the_statements_of_a_release_dont_grow_with_those_who_fell_short() -> None:
    def statements(*names: str, **fields: Any) -> int:
        window = ready(*names, **fields)
        with CaptureQueriesContext(
            connection,
        ) as found:
            release(window)
        return len(found)

    few = statements("Amara Applicant")
    many = statements("Bilal Baker", "Cy Cook", "Di Dean", "Ed Ely", "Flo Fry", opens_on=date(2025, 10, 7))
    assert SupportPlan.objects.count() == 6
    assert many <= few + 2


@pytest.mark.django_db(transaction=True)
def test_of_two_endings_at_once_one_counts() -> None:
    released()
    plan = plan_of()
    found = at_once(
        lambda: close(plan, "declined", "No more."),
        lambda: close(plan, "deferred", "Later", date(2026, 9, 1)),
    )
    assert sorted(type(each).__name__ for each in found) == ["Refused", "SupportPlan"]
    assert AuditEvent.objects.filter(verb="support.ended").count() == 1
