"""Plan, ledger and standing of one enrolment; `together` has those of many."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Sum, Value

from goldenthread.applications.models import Enrolment
from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.catalogue.rules import dates
from goldenthread.common.refused import Refused
from goldenthread.engagement import rules
from goldenthread.engagement.models import LedgerEntry, PlannedActivity


def policy_of(version: ProgrammeVersion) -> rules.Policy:
    """The engagement policy of a version; one that asks for no share of the hours requires nothing."""
    policy = version.specification.engagement
    if policy is None:
        return rules.Policy(threshold=None, required_to_pass=False, required_to_enter=False)
    return rules.Policy(
        threshold=policy.threshold,
        required_to_pass=policy.required_to_pass,
        required_to_enter=policy.required_to_enter,
    )


def ends_of(enrolment: Enrolment) -> tuple[date | None, date | None]:
    """When development and the summative stage of an enrolment end; None where the sources give no length."""
    try:
        return dates(enrolment.version.specification, enrolment.starts_on)
    except Refused:
        return None, None


def planned_components(enrolment: Enrolment) -> list[rules.Planned]:
    """The components of an enrolment's plan with their minutes, in the version's order."""
    return _components(enrolment, enrolment.plan.order_by("position").values_list("component", "minutes"))


def _components(enrolment: Enrolment, plan: Iterable[tuple[str, int | None]]) -> list[rules.Planned]:
    names = {c.key: c.name for c in enrolment.version.specification.components}
    totals: dict[str, int | None] = {}
    for component, minutes in plan:
        known = totals.get(component, 0)
        totals[component] = None if minutes is None or known is None else known + minutes
    ordered = sorted(totals, key=lambda key: list(names).index(key) if key in names else len(names))
    return [rules.Planned(key, names.get(key, key), totals[key]) for key in ordered]


def credited_of(enrolment: Enrolment) -> dict[str, int]:
    """The minutes in the ledger of an enrolment, by component. One query."""
    sums = LedgerEntry.objects.filter(enrolment=enrolment).order_by().values("component")
    return dict(sums.annotate(total=Sum("minutes")).values_list("component", "total"))


def standing_of(enrolment: Enrolment) -> rules.Standing:
    """Where one enrolment stands, worked out from its plan and ledger now. Two queries at most."""
    credits = LedgerEntry.objects.filter(enrolment=enrolment).order_by().values("component")
    credited = credits.annotate(total=Sum("minutes")).values_list("component", "total", Value(-1))
    planned = enrolment.plan.order_by().values_list("component", "minutes", "position")
    rows = sorted(planned.union(credited, all=True), key=lambda row: row[2])
    plan = [(component, minutes) for component, minutes, position in rows if position >= 0]
    counted = {component: minutes or 0 for component, minutes, position in rows if position < 0}
    return rules.standing(_components(enrolment, plan), counted, policy_of(enrolment.version))


@dataclass(frozen=True)
class ActivityLine:
    """A planned activity with the credits behind it, for the page that unfolds a figure."""

    activity: PlannedActivity
    credits: list[LedgerEntry]

    @property
    def credited(self) -> int:
        return sum(credit.minutes for credit in self.credits)

    @property
    def open_minutes(self) -> int:
        return max(0, (self.activity.minutes or 0) - self.credited)


def lines_of(enrolment: Enrolment) -> list[ActivityLine]:
    """Every planned activity with its ledger entries, in the order of the plan. Two queries."""
    credits: dict[int, list[LedgerEntry]] = {}
    for entry in enrolment.ledger.select_related("by").order_by("at", "id"):
        credits.setdefault(entry.activity_id, []).append(entry)
    return [
        ActivityLine(activity, credits.get(activity.pk, []))
        for activity in enrolment.plan.order_by("position")
    ]


def standing_from(enrolment: Enrolment, lines: Iterable[ActivityLine]) -> rules.Standing:
    """The same as `standing_of`, from lines that are loaded already. No query."""
    plan, credited = [], Counter[str]()
    for line in lines:
        plan.append((line.activity.component, line.activity.minutes))
        credited[line.activity.component] += line.credited
    return rules.standing(_components(enrolment, plan), credited, policy_of(enrolment.version))
