"""Plan, ledger and standing of an enrolment, and engagement of everybody in one set-based pass."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from django.db import connection
from django.db.models import Sum

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


def standing_of(enrolment: Enrolment) -> rules.Standing:
    """Where one enrolment stands, worked out from its plan and ledger now. Three queries at most."""
    credited = dict(
        LedgerEntry.objects.filter(enrolment=enrolment)
        .order_by()
        .values("component")
        .annotate(total=Sum("minutes"))
        .values_list("component", "total")
    )
    return rules.standing(planned_components(enrolment), credited, policy_of(enrolment.version))


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


# Plan and ledger are summed by component, capped, and summed again. Done by the database in one statement, since at
# 200,000 enrolments × 40 credits no row may travel. Both sums run along an index that holds all they ask, in its order.
# PostgreSQL merges the two sums; SQLite has no such join and looks each sum of the ledger up in its place.
# A component with unknown minutes makes the plan unmeasurable.
_AT_ONCE = 10_000
_SET_BASED = """
SELECT enrolment_id, CAST(SUM(CASE WHEN known = 1 THEN planned ELSE 0 END) AS BIGINT),
       CAST(SUM(CASE WHEN known = 0 OR credited IS NULL OR credited < 0 THEN 0
                     WHEN credited > planned THEN planned ELSE credited END) AS BIGINT), MIN(known)
FROM ({by_component}) c GROUP BY enrolment_id
"""
_PLANNED = """
SELECT a.enrolment_id, a.component, COALESCE(SUM(a.minutes), 0) AS planned,
       MIN(CASE WHEN a.minutes IS NULL THEN 0 ELSE 1 END) AS known{credited}
FROM goldenthread_plannedactivity a {where} GROUP BY a.enrolment_id, a.component
"""
_LOOKED_UP = """, (SELECT SUM(l.minutes) FROM goldenthread_ledgerentry l
                   WHERE l.enrolment_id = a.enrolment_id AND l.component = a.component) AS credited"""
_MERGED = """
SELECT p.enrolment_id, p.planned, p.known, l.credited FROM ({planned}) p
LEFT JOIN (SELECT enrolment_id, component, SUM(minutes) AS credited
           FROM goldenthread_ledgerentry {where} GROUP BY enrolment_id, component) l
       ON l.enrolment_id = p.enrolment_id AND l.component = p.component
"""


def _set_based(where: str) -> str:
    if connection.vendor == "sqlite":
        return _SET_BASED.format(by_component=_PLANNED.format(credited=_LOOKED_UP, where=where))
    planned = _PLANNED.format(credited="", where=where)
    return _SET_BASED.format(by_component=_MERGED.format(planned=planned, where=where))


class SetStanding(NamedTuple):
    """One row of the set-based pass, in minutes; the same figures as `standing_of` gives for one."""

    enrolment_id: int
    planned: int
    counted: int
    known: int  # 1 if the minutes of every planned activity are

    @property
    def measurable(self) -> bool:
        return bool(self.known) and self.planned > 0

    @property
    def basis_points(self) -> int:
        return self.counted * 10_000 // self.planned if self.measurable else 0


def standings(enrolment_ids: Iterable[int] | None = None) -> dict[int, SetStanding]:
    """Engagement of the given enrolments, or of all who have a plan, in one statement (per 10,000 given)."""
    if enrolment_ids is None:
        return _standings("", [])
    found: dict[int, SetStanding] = {}
    for some in batched(sorted(set(enrolment_ids)), _AT_ONCE):
        found |= _standings(f"WHERE enrolment_id IN ({', '.join(['%s'] * len(some))})", some)
    return found


def _standings(where: str, ids: Sequence[int]) -> dict[int, SetStanding]:
    statement = _set_based(where)
    with connection.cursor() as cursor:
        cursor.execute(statement, [*ids] * statement.count(where) if where else [])
        return {row[0]: SetStanding._make(row) for row in iter(cursor.fetchone, None)}


def batched(ids: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    """`ids` in pieces of `size`: databases take a limited number of parameters."""
    return (ids[start : start + size] for start in range(0, len(ids), size))
