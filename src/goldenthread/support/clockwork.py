"""What becomes of support plans by the clock, and when somebody no longer teaches: supporters leave, plans of those who
withdrew end, and what is late or over is told by mail, once (S2-09).
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from goldenthread.applications.models import Enrolment
from goldenthread.common import audit, clock, mail
from goldenthread.common.days import day_text
from goldenthread.engagement.together import batched
from goldenthread.outcomes.actions import hold_enrolments
from goldenthread.people.actions import when_a_role_ends
from goldenthread.people.models import Role
from goldenthread.support import plans
from goldenthread.support.beginning import AT_ONCE, end_plans
from goldenthread.support.models import SupportPlan
from goldenthread.support.plan_rules import Ending, lateness

Letters = dict[str, tuple[str, dict[str, Any]]]


@when_a_role_ends
def leave_plans(*, user: Any, role: str, by: Any, at: datetime) -> None:
    """Take somebody's name off the plans that they supported in a role that they no longer hold; the office sees which
    plans have nobody.
    """
    theirs = SupportPlan.objects.filter(owner=user, owner_role=role, ending="")
    _leave(theirs.values_list("pk", flat=True), by=by, at=at)


def leave_who_no_longer_support(*, at: datetime) -> int:
    """Take off the plans whoever no longer teaches the participant, as their coach, tutor or facilitator, or is no
    longer of the office; how many. Doing it again changes nothing.
    """
    gone = SupportPlan.objects.exclude(plans.supports_now(on=clock.day_of(at)))
    gone = gone.filter(ending="", owner__isnull=False)
    return _leave(gone.values_list("pk", flat=True), by=None, at=at)


@transaction.atomic
def _leave(plan_ids: Iterable[int], *, by: Any, at: datetime) -> int:
    chosen = sorted(plan_ids)
    left = 0
    for some in batched(chosen, AT_ONCE):
        asked = SupportPlan.objects.filter(pk__in=some, ending="", owner__isnull=False)
        hold_enrolments(asked.order_by().values_list("enrolment", flat=True))
        found = list(asked.order_by("pk"))
        details = {f"enrolment:{one.enrolment_id}": {"plan": one.pk, "owner": one.owner_id} for one in found}
        asked.update(owner=None, owner_role="")
        audit.record_many("support.left", details, by=by, at=at)
        left += len(found)
    return left


@transaction.atomic
def end_withdrawn(*, at: datetime) -> int:
    """End the open plans of everybody who has withdrawn; how many. Doing it again changes nothing."""
    gone = SupportPlan.objects.filter(ending="", enrolment__withdrawn_at__isnull=False)
    ended = 0
    for some in batched(sorted(gone.order_by().values_list("enrolment", flat=True)), AT_ONCE):
        hold_enrolments(some)
        found = list(gone.filter(enrolment__in=some).order_by("pk"))
        end_plans(found, Ending.WITHDRAWN, by=None, at=at)
        ended += len(found)
    return ended


def tell_late(*, at: datetime) -> int:
    """Write to the supporter of each plan that is late: once for the first contact, once for each day by which it was
    to be through. How many are late and have somebody; doing it again sends nothing.
    """
    on = clock.day_of(at)
    letters: Letters = {}
    for plan in (
        plans.open_plans("late", on=on).filter(owner__isnull=False).select_related(*_NAMED).defer(*_HEAVY)
    ):
        by_day = plan.due_on if plan.due_on < on else plan.first_contact_by
        late = lateness(
            first_contact_by=plan.first_contact_by, due=plan.due_on, contacted=plan.contacted, on=on
        )
        said = {
            **_said(plan, plan.owner),
            "plan": plan.pk,
            "office": plan.owner_role == Role.OFFICE,
            "late": late,
        }
        what = "through" if plan.due_on < on else "contact"
        key = f"support_plan_late:{plan.pk}:{plan.owner_id}:{what}:{by_day.isoformat()}"
        letters[key] = (plan.owner.email, said)
    mail.send_many("support_plan_late", letters, at=at)
    return len(letters)


def tell_over(*, at: datetime) -> int:
    """Write to the participant, and to who supported them and still may, once the day has come until which a plan was
    put off, and nothing has begun since. How many deferrals are over; doing it again sends nothing.
    """
    letters: Letters = {}
    on = clock.day_of(at)
    over = plans.open_plans("over", on=on)
    still = set(over.filter(plans.supports_now(on=on)).values_list("pk", flat=True))
    found = list(over.select_related(*_NAMED).defer(*_HEAVY))
    for plan in found:
        for who, own in ((plan.enrolment.user, True), (plan.owner if plan.pk in still else None, False)):
            if who is not None:
                said = {**_said(plan, who), "own": own, "until": day_text(plan.deferred_until)}
                letters[f"support_plan_over:{plan.pk}:{who.pk}"] = (who.email, said)
    mail.send_many("support_plan_over", letters, at=at)
    return len(found)


_NAMED = ("owner", "enrolment__user", "enrolment__version__programme")
_HEAVY = ("enrolment__version__document",)


def _said(plan: SupportPlan, who: Any) -> dict[str, Any]:
    enrolment: Enrolment = plan.enrolment
    return {
        "name": who.get_short_name(),
        "who": enrolment.user.name,
        "programme": enrolment.version.programme.code,
        "enrolment": enrolment.reference,
    }
