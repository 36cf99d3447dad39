"""Plans of support that begin before an assessment, for who is at risk, and end by themselves when they no longer are
(S2-09).
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from goldenthread.applications.models import Enrolment
from goldenthread.assessment.models import Sitting, SittingState, Window, WindowState
from goldenthread.common import audit, clock, mail
from goldenthread.common.days import day_text
from goldenthread.outcomes.actions import hold_enrolments
from goldenthread.people.models import User
from goldenthread.support import plans
from goldenthread.support import risk_rules as rules
from goldenthread.support.at_risk import AtRisk, at_risk, near
from goldenthread.support.beginning import AT_ONCE, end_plans
from goldenthread.support.models import PlanItem, SupportPlan
from goldenthread.support.plan_rules import Ending, Kind
from goldenthread.support.queries import RUNNING


def offer(*, at: datetime) -> int:
    """Begin a plan for everybody at risk before a window or hand-in days of theirs that has none: once for each person
    and window, and anew once the day has come until which it was put off. Whoever has an open plan keeps that one, and
    whose plan is put off until a later day is left alone. Returns for how many; doing it again adds nothing. The
    statements are bounded for each window.
    """
    offered = 0
    for window in near(at):
        risky = [one for one in at_risk(window, at=at) if one.reasons]
        for start in range(0, len(risky), AT_ONCE):
            offered += _begin(window, risky[start : start + AT_ONCE], at=at)
    return offered


def end_reached(*, at: datetime) -> int:
    """End the open plans that began before a window and whose reasons are gone: what was missing is there, or the
    person isn't to sit it any more. From the first day of their window on a plan waits for the result; of a project,
    from the end of its hand-in days on. Returns how many.
    """
    open_plans = SupportPlan.objects.filter(ending="", outcome__isnull=True, window__isnull=False)
    ended = 0
    for window in Window.objects.filter(pk__in=open_plans.values("window")).select_related("intake__version"):
        risky: set[int] = set()
        if window.state == WindowState.SCHEDULED:  # worked out before anybody is kept waiting
            risky = {one.enrolment for one in at_risk(window, at=at) if one.reasons}
        ended += _end_in(window, risky, at=at)
    return ended


@transaction.atomic
def _end_in(window: Window, risky: set[int], *, at: datetime) -> int:
    mine = SupportPlan.objects.filter(ending="", outcome__isnull=True, window=window)
    hold_enrolments(mine.order_by().values_list("enrolment", flat=True))
    going = list(mine.order_by("pk"))
    sits = Sitting.objects.filter(window=window, enrolment__in=[one.enrolment_id for one in going])
    over = (
        sits.filter(closes_at__lt=at, state=SittingState.BOOKED)
        if window.task
        else sits.filter(opens_at__lte=at)
    )
    begun = set(over.order_by().values_list("enrolment", flat=True))
    if window.state != WindowState.CANCELLED:
        risky = risky | begun
    gone = [one for one in going if one.enrolment_id not in risky]
    end_plans(gone, Ending.REACHED, by=None, at=at)
    return len(gone)


@transaction.atomic
def _begin(window: Window, risky: list[AtRisk], *, at: datetime) -> int:
    by_person = {one.enrolment: one for one in risky}
    hold_enrolments(by_person)
    on = clock.day_of(at)
    had = SupportPlan.objects.filter(enrolment__in=by_person)
    put_off = had.filter(ending=Ending.DEFERRED, deferred_until__gt=on)
    offered = had.filter(window=window).exclude(ending=Ending.DEFERRED)
    taken = {
        pk
        for found in (had.filter(ending=""), offered, put_off)
        for pk in found.order_by().values_list("enrolment", flat=True)
    }
    booked = Sitting.objects.filter(window=window, state=SittingState.BOOKED).order_by().values("enrolment")
    people = Enrolment.objects.filter(
        pk__in=set(by_person) - taken, withdrawn_at__isnull=True, stage__in=RUNNING
    ).filter(pk__in=booked)
    going = {one.pk: one for one in people.select_related("user", "version__programme").order_by("pk")}
    supporters = plans.first_supporters(going)
    made = {}
    for pk, enrolment in going.items():
        owner, role = supporters[pk]
        due_on = max(on, by_person[pk].before - timedelta(days=1))
        made[pk] = SupportPlan(
            enrolment=enrolment,
            window=window,
            reasons=rules.as_kept(by_person[pk].reasons),
            owner_id=owner,
            owner_role=role,
            started_at=at,
            started_on=on,
            first_contact_by=min(on + timedelta(days=rules.CONTACT_DAYS), due_on),
            due_on=due_on,
        )
    SupportPlan.objects.bulk_create(made.values(), batch_size=AT_ONCE)
    PlanItem.objects.bulk_create(
        PlanItem(plan=plan, kind=str(Kind.RISK), text=one.step, added_at=at)
        for pk, plan in made.items()
        for one in by_person[pk].reasons
    )
    _tell(made, going, at=at)
    return len(made)


def _tell(made: dict[int, SupportPlan], going: dict[int, Enrolment], *, at: datetime) -> None:
    owners = User.objects.in_bulk({plan.owner_id for plan in made.values() if plan.owner_id})
    details: dict[str, dict[str, Any]] = {}
    letters: dict[str, tuple[str, dict[str, Any]]] = {}
    theirs: dict[str, tuple[str, dict[str, Any]]] = {}
    for pk, plan in made.items():
        enrolment, owner = going[pk], owners.get(plan.owner_id) if plan.owner_id else None
        details[f"enrolment:{pk}"] = {
            "plan": plan.pk,
            "window": plan.window_id,
            "reasons": [one["key"] for one in plan.reasons],
            "owner": plan.owner_id,
            "due_on": plan.due_on.isoformat(),
        }
        said = {
            "programme": enrolment.version.programme.code,
            "reasons": [one["text"] for one in plan.reasons],
            "contact_by": day_text(plan.first_contact_by),
        }
        letters[f"support_offer:{plan.pk}"] = (
            enrolment.user.email,
            {
                **said,
                "name": enrolment.user.get_short_name(),
                "enrolment": enrolment.reference,
                "owner": owner.name if owner else "",
            },
        )
        if owner is not None:
            about = {**said, "name": owner.get_short_name(), "who": enrolment.user.name, "plan": plan.pk}
            theirs[f"support_offer_yours:{plan.pk}"] = (owner.email, about)
    audit.record_many("support.offered", details, by=None, at=at)
    mail.send_many("support_offer", letters, at=at)
    mail.send_many("support_offer_yours", theirs, at=at)
