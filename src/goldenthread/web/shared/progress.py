"""Engagement of one person unfolded by component: for the pages of those who accompany somebody."""

from collections.abc import Iterable
from dataclasses import dataclass

from goldenthread.applications.models import Enrolment
from goldenthread.engagement import rules
from goldenthread.engagement.queries import ActivityLine, lines_of, policy_of


@dataclass(frozen=True)
class ComponentLines:
    """One component: what is planned, credited and counts, and the activities with their entries."""

    name: str
    planned: int | None
    credited: int
    counted: int
    lines: list[ActivityLine]


@dataclass(frozen=True)
class Progress:
    standing: rules.Standing
    components: list[ComponentLines]

    @property
    def share_of_plan(self) -> str:
        """How far, exactly: "3,996 of 4,440 minutes"."""
        return f"{self.standing.counted:,} of {self.standing.planned:,} minutes"


def progress_of(enrolment: Enrolment) -> Progress:
    """Where an enrolment stands, worked out now from plan and ledger. One query."""
    lines = lines_of(enrolment)
    names = {component.key: component.name for component in enrolment.version.specification.components}
    grouped: dict[str, list[ActivityLine]] = {key: [] for key in names}
    for line in lines:
        grouped.setdefault(line.activity.component, []).append(line)
    grouped = {key: found for key, found in grouped.items() if found}
    planned = {key: _sum(line.activity.minutes for line in found) for key, found in grouped.items()}
    credited = {key: sum(line.credited for line in found) for key, found in grouped.items()}
    standing = rules.standing(
        [rules.Planned(key, names.get(key, key), minutes) for key, minutes in planned.items()],
        credited,
        policy_of(enrolment.version),
    )
    counted = {part.component: part.counted for part in standing.components}
    return Progress(
        standing,
        [
            ComponentLines(names.get(key, key), planned[key], credited[key], counted.get(key, 0), found)
            for key, found in grouped.items()
        ],
    )


def _sum(minutes: Iterable[int | None]) -> int | None:
    found = list(minutes)
    return None if None in found else sum(part or 0 for part in found)
