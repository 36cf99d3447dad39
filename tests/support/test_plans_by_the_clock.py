"""Plans about several tasks, results without a plan, who no longer supports, and what mails tell once (S2-09)."""

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from goldenthread.applications.models import Enrolment
from goldenthread.assessment.models import SittingState
from goldenthread.awards import actions as awards
from goldenthread.coaching import actions as coaching
from goldenthread.common import audit, mail
from goldenthread.common.models import AuditEvent, OutboxMessage
from goldenthread.groups import actions as groups
from goldenthread.marking.rules import Totals
from goldenthread.outcomes.models import Outcome
from goldenthread.people.models import Role
from goldenthread.support import beginning, clockwork, jobs, planning, plans
from goldenthread.support.models import PlanItem, SupportPlan
from tests import factories
from tests import factories_attempts as attempts
from tests import factories_marking as make
from tests import factories_projects as projects
from tests import factories_teaching as teaching
from tests.factories_appeals import NEXT, office, released
from tests.factories_web import client_of, page, text_of
from tests.outcomes import test_projects as project
from tests.support.test_plans import RELEASED, close, code_of, plan_of, ready, release

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]
TASKS = ("task-1", "task-2")


def at_noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=NEXT.tzinfo)


def letters(template: str) -> Counter[str]:
    found = OutboxMessage.objects.filter(payload__template=template)
    return Counter(found.order_by("pk").values_list("recipient", flat=True))


# --- a plan about several tasks ---------------------------------------------------------------------------
def two_failed_tasks() -> tuple[Enrolment, list[Outcome]]:
    """Somebody whose two tasks both fell short, one release after the other."""
    amara = projects.candidate(projects.NPQH)
    make.markers(3)
    found = []
    for task in TASKS:
        window = project.handed_in(amara, task)
        found.append(attempts.told(window, project.SHORT))
    return amara, found


def corrected(outcome: Outcome, marks: Totals, *, days: int) -> Outcome:
    at = attempts.DECEMBER + timedelta(days=days)
    return awards.correct(
        outcome=outcome, reason="Marks were left out", by=projects.office(), at=at, half_marks=marks
    )


@pytest.mark.requirement("S2-09")
@pytest.mark.parametrize("first", [0, 1])
def test_a_plan_about_two_failed_tasks_goes_on_until_both_are_passed(first: int) -> None:
    _, outcomes = two_failed_tasks()
    plan = SupportPlan.objects.get()
    assert plan.outcome == outcomes[1]
    corrected(outcomes[first], attempts.PASS, days=1)
    plan.refresh_from_db()
    assert (plan.ending, plan.outcome) == ("", outcomes[1 - first])
    assert code_of(lambda: close(plan, "passed", at=attempts.DECEMBER)) == "plan.not_passed"
    corrected(outcomes[1 - first], attempts.PASS, days=2)
    plan.refresh_from_db()
    assert plan.ending == "passed"


def test_a_plan_is_about_nothing_for_which_an_earlier_one_was_declined() -> None:
    _, outcomes = two_failed_tasks()
    close(SupportPlan.objects.get(), "declined", "Rather alone.", at=attempts.DECEMBER)
    passed = corrected(outcomes[1], attempts.PASS, days=1)
    assert SupportPlan.objects.count() == 1
    corrected(passed, attempts.FAIL, days=2)
    plan = SupportPlan.objects.get(ending="")
    assert plan.outcome.task == outcomes[1].task
    corrected(plan.outcome, attempts.PASS, days=3)
    plan.refresh_from_db()
    assert plan.ending == "passed"  # the first task, declined before, keeps nothing open


# --- set-based --------------------------------------------------------------------------------------------
def test_ending_plans_takes_no_more_statements_for_more_people() -> None:
    def statements(*names: str, **fields: Any) -> int:
        release(ready(*names, **fields))
        Enrolment.objects.filter(user__name__in=names).update(withdrawn_at=NEXT)
        with CaptureQueriesContext(connection) as found:
            assert jobs.end_withdrawn(NEXT) == f"ended {len(names)}"
        return len(found)

    few = statements("Amara Applicant")
    many = statements("Bilal Baker", "Cy Cook", "Di Dean", "Ed Ely", opens_on=date(2025, 10, 7))
    assert many == few
    assert set(SupportPlan.objects.values_list("ending", flat=True)) == {"withdrawn"}
    assert list(audit.verify()) == []


# --- results without a plan ---------------------------------------------------------------------------------
def forget() -> None:
    """As in an installation from before there were plans."""
    PlanItem.objects.all().delete()
    SupportPlan.objects.all().delete()
    OutboxMessage.objects.filter(payload__template__startswith="support_plan").delete()


def test_the_office_makes_the_plans_that_are_missing_at_once_and_only_these() -> None:
    release(ready("Amara Applicant", "Bilal Baker", "Cy Cook", "Di Dean"))
    forget()
    Enrolment.objects.filter(user__name="Cy Cook").update(withdrawn_at=NEXT)
    good = Outcome.objects.get(enrolment__user__name="Di Dean")
    awards.correct(outcome=good, reason="Added up", by=office(), at=NEXT, half_marks=Totals(16, 10))
    olga = office("Olga Other")
    found = page(olga, reverse("office:support_plans") + "?show=missing")
    assert "Begin 2 plans" in text_of(found)
    later = reverse("office:support_plans") + f"?show=missing&since={RELEASED + timedelta(days=1)}"
    assert "Everybody has a plan" in text_of(page(olga, later))
    client = client_of(olga)
    assert client.post(reverse("office:make_plans"), {"since": "2030-01-01"}).status_code == 302
    assert not SupportPlan.objects.exists()
    for _ in range(2):
        client.post(reverse("office:make_plans"), {"since": ""})
    made = SupportPlan.objects.order_by("enrolment__user__name")
    assert [(one.enrolment.user.name, one.owner) for one in made] == [
        ("Amara Applicant", olga), ("Bilal Baker", olga),
    ]  # fmt: skip
    assert all(one.items.exists() for one in made)
    assert sum(letters("support_plan").values()) == 2
    assert AuditEvent.objects.filter(verb="support.begun", actor_name=olga.name).count() == 2


def test_a_plan_made_for_two_tasks_is_about_both() -> None:
    _, outcomes = two_failed_tasks()
    forget()
    assert beginning.make_missing(by=projects.office(), at=attempts.DECEMBER) == 1
    plan = SupportPlan.objects.get()
    assert plan.outcome == outcomes[1]
    corrected(outcomes[1], attempts.PASS, days=1)
    plan.refresh_from_db()
    assert plan.ending == ""


def test_whoever_declined_gets_no_plan_from_the_list() -> None:
    released()
    close(plan_of(), "declined", "Rather alone.")
    assert beginning.make_missing(by=office(), at=NEXT) == 0


# --- late plans -------------------------------------------------------------------------------------------
def test_a_late_plan_is_told_to_its_supporter_once_for_contact_and_once_for_its_day() -> None:
    window = ready("Amara Applicant")
    cora = teaching.pairing(Enrolment.objects.get()).coach
    release(window)
    assert letters("support_plan_yours") == Counter({cora.email: 1})
    plan = plan_of()
    jobs.keep_plans(at_noon(plan.first_contact_by))
    assert not letters("support_plan_late")
    for days in (1, 2, 40):
        jobs.keep_plans(at_noon(plan.first_contact_by + timedelta(days=days)))
    assert letters("support_plan_late") == Counter({cora.email: 1})
    for days in (1, 2):
        jobs.keep_plans(at_noon(plan.due_on + timedelta(days=days)))
    assert letters("support_plan_late") == Counter({cora.email: 2})
    texts = [
        mail.render(one).text for one in OutboxMessage.objects.filter(payload__template="support_plan_late")
    ]
    assert [sum(late in text for text in texts) for late in ("no contact by", "was to be through by")] == [
        1,
        1,
    ]
    assert all(f"/support/{plan.pk}/" in text for text in texts)
    planning.set_due(plan=plan, due_on=plan.due_on + timedelta(days=30), by=cora, at=at_noon(plan.due_on))
    jobs.keep_plans(at_noon(plan.due_on + timedelta(days=31)))
    assert letters("support_plan_late") == Counter({cora.email: 3})


# --- deferrals that are over --------------------------------------------------------------------------------
def test_a_deferral_that_is_over_is_told_once_and_can_be_begun_again() -> None:
    window = ready("Amara Applicant")
    cora = teaching.pairing(Enrolment.objects.get()).coach
    release(window)
    until = date(2026, 9, 1)
    close(plan_of(), "deferred", "Parental leave", until)
    amara = plan_of().enrolment.user
    jobs.keep_plans(at_noon(until - timedelta(days=1)))
    assert not letters("support_plan_over")
    assert beginning.make_missing(by=office(), at=at_noon(until - timedelta(days=1))) == 0
    for days in (0, 1, 30):
        jobs.keep_plans(at_noon(until + timedelta(days=days)))
    assert letters("support_plan_over") == Counter({amara.email: 1, cora.email: 1})
    for one in OutboxMessage.objects.filter(payload__template="support_plan_over"):
        assert "until Tue 1 Sep 2026" in mail.render(one).text
    assert plans.open_plans("over", on=until).count() == 1
    assert beginning.make_missing(by=office(), at=at_noon(until)) == 1
    assert plans.open_plans("over", on=until).count() == 0
    assert SupportPlan.objects.get(ending="").owner == cora


def test_a_deferral_that_is_over_is_told_to_no_supporter_who_no_longer_teaches_the_person() -> None:
    window = ready("Amara Applicant")
    amara = Enrolment.objects.get()
    teaching.pairing(amara)
    release(window)
    close(plan_of(), "deferred", "Parental leave", date(2026, 9, 1))
    other = factories.member(Role.COACH, "Otis Other")
    coaching.pair(enrolment=amara, coach=other, by=office(), at=NEXT)
    jobs.keep_plans(at_noon(date(2026, 9, 1)))
    assert letters("support_plan_over") == Counter({amara.user.email: 1})


def test_a_deferral_of_who_passed_or_withdrew_meanwhile_is_told_to_nobody() -> None:
    outcome = released()
    close(plan_of(), "deferred", "Parental leave", date(2026, 9, 1))
    awards.correct(outcome=outcome, reason="Added up", by=office(), at=NEXT, half_marks=Totals(16, 10))
    jobs.keep_plans(at_noon(date(2026, 9, 2)))
    assert not letters("support_plan_over")


# --- supporters who no longer support -----------------------------------------------------------------------
def test_a_coach_who_no_longer_coaches_the_person_leaves_the_plan_and_sees_it_no_more() -> None:
    window = ready("Amara Applicant", "Bilal Baker")
    amara, bilal = Enrolment.objects.order_by("user__name")
    cora = teaching.pairing(amara).coach
    coaching.pair(enrolment=bilal, coach=cora, by=office(), at=make.CLOSED)
    release(window)
    other = factories.member(Role.COACH, "Otis Other")
    coaching.pair(enrolment=amara, coach=other, by=office(), at=NEXT)
    seen = factories.seen(cora, on=NEXT.date())
    assert [one.enrolment for one in plans.plans_supported_by(seen)] == [bilal]
    assert client_of(cora).get(reverse("teaching:support_plan", args=[plan_of().pk])).status_code == 404
    assert clockwork.leave_who_no_longer_support(at=NEXT) == 1
    assert clockwork.leave_who_no_longer_support(at=NEXT) == 0
    assert (plan_of().owner, plan_of("Bilal Baker").owner) == (None, cora)
    assert plans.counts(on=NEXT.date())["nobody"] == 1


@pytest.mark.parametrize("role", ["facilitator", "tutor"])
def test_who_leaves_the_group_leaves_the_plans_of_its_people(role: str) -> None:
    window = ready("Amara Applicant")
    group = teaching.group(of=window.intake)
    tia = teaching.staffed(group, role, "Tia Teacher")
    teaching.placed(Enrolment.objects.get(), group)
    release(window)
    assert plan_of().owner == tia
    assert clockwork.leave_who_no_longer_support(at=NEXT) == 0
    groups.unstaff(member=group.staff.get(user=tia, role=role), by=office(), at=NEXT)
    assert clockwork.leave_who_no_longer_support(at=NEXT) == 1
    assert plan_of().owner is None


def test_held_back_people_of_the_office_stay_supporters() -> None:
    released(state=SittingState.HELD_BACK)
    assert clockwork.leave_who_no_longer_support(at=NEXT) == 0
    assert plan_of().owner_role == "office"
