"""Plans of support that begin before an assessment, for who is at risk, and end by themselves when they no longer are
(S2-09).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Sum, Value
from django.db.models.functions import Coalesce

from goldenthread.applications.models import Enrolment
from goldenthread.assessment import gates
from goldenthread.assessment.models import Sitting, SittingState, Window, WindowState
from goldenthread.common import audit, clock, mail
from goldenthread.common.days import day_text
from goldenthread.engagement.models import PlannedActivity
from goldenthread.engagement.together import batched
from goldenthread.outcomes.actions import hold_enrolments
from goldenthread.people.models import User
from goldenthread.support import plans
from goldenthread.support import risk_rules as rules
from goldenthread.support.beginning import AT_ONCE, end_plans
from goldenthread.support.models import PlanItem, SupportPlan
from goldenthread.support.plan_rules import Ending, Kind
from goldenthread.support.queries import RUNNING


@dataclass(frozen=True)
class AtRisk:
    """Somebody before their window, with why help is offered; no reason: nothing is wrong."""

    enrolment: int
    opens_on: date
    reasons: list[rules.Reason]


def offer(*, at: datetime) -> int:
    """Begin a plan for everybody at risk before a window of theirs that has none: once for each person and window, and
    anew once the day has come until which it was put off. Whoever has an open plan keeps that one, and whose plan is
    put off until a later day is left alone. Returns for how many; doing it again adds nothing. The statements are
    bounded for each window.
    """
    offered = 0
    for window in _near(at):
        risky = [one for one in at_risk(window, at=at) if one.reasons]
        for start in range(0, len(risky), AT_ONCE):
            offered += _begin(window, risky[start : start + AT_ONCE], at=at)
    return offered


def end_reached(*, at: datetime) -> int:
    """End the open plans that began before a window and whose reasons are gone: what was missing is there, or the
    person isn't to sit it any more. From the first day of their window on a plan waits for the result. Returns how
    many.
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
    begun = set(sits.filter(opens_at__lte=at).order_by().values_list("enrolment", flat=True))
    if window.state != WindowState.CANCELLED:
        risky = risky | begun
    gone = [one for one in going if one.enrolment_id not in risky]
    end_plans(gone, Ending.REACHED, by=None, at=at)
    return len(gone)


def at_risk(window: Window, *, at: datetime) -> list[AtRisk]:
    """Everybody who is to sit a window and hasn't begun, with why they are at risk. At most five queries."""
    ahead = gates.ahead(window, at=at)
    rows = Sitting.objects.filter(
        pk__in=ahead, enrolment__withdrawn_at__isnull=True, enrolment__stage__in=RUNNING
    )
    people = list(
        rows.order_by("pk").values_list("pk", "enrolment", "enrolment__starts_on", "opens_at", "zone")
    )
    late = late_of((row[1] for row in people), on=clock.day_of(at))
    found = []
    for pk, enrolment, starts_on, opens_at, zone in people:
        opens_on, known = clock.day_of(opens_at, zone), ahead[pk]
        facts = rules.Facts(
            starts_on=starts_on,
            opens_on=opens_on,
            share=known.standing.share,
            threshold=known.standing.threshold,
            gate=known.why,
            late=late.get(enrolment, 0),
        )
        # West of here it is still the day before when the day of the opening begins here.
        found.append(AtRisk(enrolment, opens_on, rules.reasons(facts, on=clock.day_of(at, zone))))
    return found


def late_of(enrolments: Iterable[int], *, on: date) -> dict[int, int]:
    """How many self-directed activities of each of these are late. One query for each thousand."""
    found: dict[int, int] = {}
    before = on - timedelta(days=rules.LATE_DAYS)
    for some in batched(sorted(set(enrolments)), AT_ONCE):
        late = PlannedActivity.objects.filter(
            enrolment__in=some, lane="self-directed", due_on__lt=before, minutes__isnull=False
        )
        late = late.annotate(done=Coalesce(Sum("credits__minutes"), Value(0))).filter(done__lt=F("minutes"))
        for (enrolment,) in late.order_by("pk").values_list("enrolment"):
            found[enrolment] = found.get(enrolment, 0) + 1
    return found


def _near(at: datetime) -> list[Window]:
    """The windows of a case study that open so soon that their people are looked at. One query."""
    on = clock.day_of(at)
    near = Window.objects.filter(
        state=WindowState.SCHEDULED,
        task="",
        opens_on__gte=on - timedelta(days=1),  # in whose zone it is earlier, the day is to come
        opens_on__lte=on + timedelta(days=rules.WITHIN_DAYS + 1),
    )
    return list(near.select_related("intake__version__programme").order_by("opens_on", "pk"))


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
        due_on = max(on, by_person[pk].opens_on - timedelta(days=1))
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
