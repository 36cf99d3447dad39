"""Plan, ledger and standing of one enrolment; `together` has those of many."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, FilteredRelation, QuerySet, Subquery, Sum, Value

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


def standing_of(enrolment: Enrolment, *, until: datetime | None = None) -> rules.Standing:
    """Where one enrolment stands, worked out from its plan and ledger now. Two queries at most.

    With `until`, where it stood at that instant: an entry that was written later doesn't count, neither a credit nor a
    correction, whenever the work behind it was done. What was written at the instant itself counts.
    """
    credits = _written(until).filter(enrolment=enrolment).order_by().values("component")
    credited = credits.annotate(total=Sum("minutes")).values_list("component", "total", Value(-1))
    planned = enrolment.plan.order_by().values_list("component", "minutes", "position")
    rows = sorted(planned.union(credited, all=True), key=lambda row: row[2])
    plan = [(component, minutes) for component, minutes, position in rows if position >= 0]
    counted = {component: minutes or 0 for component, minutes, position in rows if position < 0}
    return rules.standing(_components(enrolment, plan), counted, policy_of(enrolment.version))


def _written(until: datetime | Subquery | None) -> QuerySet[LedgerEntry]:
    return LedgerEntry.objects.all() if until is None else LedgerEntry.objects.filter(at__lte=until)


def standings_of(
    enrolments: Iterable[Enrolment],
    *,
    among: QuerySet[Any, Any],
    until: datetime | Subquery | None = None,
) -> dict[int, rules.Standing]:
    """The same for many, whose versions are loaded and whose keys `among` selects in the database: one query for any
    number. The components of each are there, unlike in `together`. `until` may be each person's own: a subquery that
    goes by the enrolment of an entry.
    """
    planned = PlannedActivity.objects.filter(enrolment__in=among).order_by().values("enrolment", "component")
    credits = _written(until).filter(enrolment__in=among).order_by().values("enrolment", "component")
    sums = planned.annotate(total=Sum("minutes"), unknown=Count("pk") - Count("minutes"))
    booked = credits.annotate(total=Sum("minutes"), unknown=Value(-1))
    plan: dict[int, dict[str, int | None]] = {}
    credited: dict[int, dict[str, int]] = {}
    for one, component, total, unknown in sums.values_list(*_SUMMED).union(
        booked.values_list(*_SUMMED), all=True
    ):
        if unknown < 0:
            credited.setdefault(one, {})[component] = total
        else:
            plan.setdefault(one, {})[component] = None if unknown else total
    return {
        one.pk: rules.standing(
            _components(one, plan.get(one.pk, {}).items()), credited.get(one.pk, {}), policy_of(one.version)
        )
        for one in enrolments
    }


_SUMMED = ("enrolment", "component", "total", "unknown")


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


@dataclass(frozen=True)
class ActivitySum(ActivityLine):
    """A planned activity with the sum of its credits alone, for a list that unfolds nothing."""

    minutes: int = 0

    @property
    def credited(self) -> int:
        return self.minutes


def lines_of(enrolment: Enrolment) -> list[ActivityLine]:
    """Every planned activity with its ledger entries, in the order of the plan. One query."""
    found: dict[int, ActivityLine] = {}
    rows = enrolment.plan.annotate(credit=FilteredRelation("credits")).select_related(*("credit__by",))
    for activity in rows.order_by("position", "pk", "credit__at", "credit__id"):
        line = found.setdefault(activity.pk, ActivityLine(activity, []))
        entry: LedgerEntry | None = vars(activity).get("credit")  # there is none where nothing was credited
        if entry is not None:
            line.credits.append(entry)
    return list(found.values())


def sums_of(enrolment: Enrolment, *, kind: str) -> list[ActivitySum]:
    """The planned activities of one kind with the sum of their credits, in the order of the plan. One query."""
    plan = enrolment.plan.filter(kind=kind).annotate(booked=Sum("credits__minutes"))
    return [ActivitySum(one, [], vars(one)["booked"] or 0) for one in plan.order_by("position")]


def standing_from(enrolment: Enrolment, lines: Iterable[ActivityLine]) -> rules.Standing:
    """The same as `standing_of`, from lines that are loaded already. No query."""
    plan, credited = [], Counter[str]()
    for line in lines:
        plan.append((line.activity.component, line.activity.minutes))
        credited[line.activity.component] += line.credited
    return rules.standing(_components(enrolment, plan), credited, policy_of(enrolment.version))
