"""Who is at risk before an assessment, in few queries for everybody of a window: a case study's, or a project's hand-in
days (S2-09).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q, Sum, Value
from django.db.models.functions import Coalesce

from goldenthread.assessment import gates, project_queries
from goldenthread.assessment.models import Sitting, SittingState, Window, WindowState
from goldenthread.assessment.project_models import Project
from goldenthread.assessment.rules import window_days
from goldenthread.assessment.upload_models import Upload
from goldenthread.common import clock
from goldenthread.common.days import last_day
from goldenthread.engagement.models import PlannedActivity
from goldenthread.engagement.together import batched
from goldenthread.support import risk_rules as rules
from goldenthread.support.beginning import AT_ONCE
from goldenthread.support.queries import RUNNING


@dataclass(frozen=True)
class AtRisk:
    """Somebody before their window, with why help is offered; no reason: nothing is wrong. `before` is the first day
    of the window, of a project the last one on which it is handed in.
    """

    enrolment: int
    before: date
    reasons: list[rules.Reason]


def near(at: datetime) -> list[Window]:
    """The windows of a case study that open so soon, and the hand-in days of projects that end so soon, that their
    people are looked at. One query.
    """
    on = clock.day_of(at)
    latest = on + timedelta(days=rules.WITHIN_DAYS + 1)
    begun = Q(task="", opens_on__lt=on - timedelta(days=1))  # in whose zone it is earlier, the day is to come
    going = Window.objects.filter(state=WindowState.SCHEDULED, opens_on__lte=latest).exclude(begun)
    found = going.select_related("intake__version__programme").order_by("opens_on", "pk")
    return [one for one in found if not one.task or on <= _last_day(one) <= latest]


def _last_day(window: Window) -> date:
    return window_days(window.opens_on, window.days, window.zone)[-1]


def at_risk(window: Window, *, at: datetime) -> list[AtRisk]:
    """Everybody who is to sit a window and hasn't begun, or to hand in a project and hasn't, with why they are at risk.
    At most six queries.
    """
    return _before_hand_in(window, at=at) if window.task else _before_window(window, at=at)


def _before_window(window: Window, *, at: datetime) -> list[AtRisk]:
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


def _before_hand_in(window: Window, *, at: datetime) -> list[AtRisk]:
    """The same before the end of a project's hand-in days, of who has handed nothing in. At most six queries."""
    waiting = Sitting.objects.filter(
        window=window, state=SittingState.BOOKED, closes_at__gte=at, enrolment__withdrawn_at__isnull=True,
        enrolment__stage__in=RUNNING,
    ).exclude(enrolment__in=project_queries.passed(window.task).values("pk"))  # fmt: skip
    sent = Upload.objects.filter(sitting=OuterRef("pk")).order_by()
    rows = waiting.order_by("pk").select_related("enrolment").only(
        "closes_at", "zone", "enrolment__starts_on", "enrolment__version"
    )  # fmt: skip
    sittings = list(rows.annotate(sent=Exists(sent)))
    if not sittings:
        return []
    people = [one.enrolment for one in sittings]
    standings = gates.standings_in(window, people, among=waiting.order_by().values("enrolment"))
    late = late_of((one.pk for one in people), on=clock.day_of(at))
    projects = {
        pk: (planned, written)
        for pk, planned, written in Project.objects.filter(
            enrolment__in=waiting.order_by().values("enrolment"), task=window.task
        )
        .order_by()
        .values_list("enrolment", "revision", "account_revision")
    }
    found = []
    for one in sittings:
        pk = one.enrolment_id
        due_on = last_day(one.closes_at, one.zone)
        planned, written = projects.get(pk, (0, 0))
        facts = rules.ProjectFacts(
            title=window.task_title,
            starts_on=one.enrolment.starts_on,
            due_on=due_on,
            share=standings[pk].share,
            threshold=standings[pk].threshold,
            late=late.get(pk, 0),
            planned=planned > 0,
            written=written > 0 or vars(one)["sent"],
        )
        found.append(AtRisk(pk, due_on, rules.project_reasons(facts, on=clock.day_of(at, one.zone))))
    return found
