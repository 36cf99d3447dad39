"""What the office's desk is made of: decisions, intakes, and how many people stand where."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import Any

from goldenthread.applications.models import Enrolment
from goldenthread.intakes.models import Intake
from goldenthread.web.office import queries
from goldenthread.web.office.stages import Shown
from goldenthread.web.shared.versions import Version


@dataclass(frozen=True)
class Decision:
    """One thing to decide: how many, of what, by when, and the list it leads to."""

    desk: str
    count: int
    text: str
    url: str
    by: date | None = None
    note: str = ""
    late: bool = False

    @property
    def urgency(self) -> tuple[bool, date]:
        """What is late comes before what is not, then the earlier day; what is late without a day is due now."""
        return not self.late, self.by or (date.min if self.late else date.max)


@dataclass(frozen=True)
class IntakeLine:
    """How many people of one intake stand at each stage of the thread."""

    intake: Intake
    version: Version
    stages: list[dict[str, Any]]

    @property
    def people(self) -> int:
        return sum(stage["count"] for stage in self.stages)


@dataclass(frozen=True)
class Desk:
    decisions: list[Decision]
    stages: list[dict[str, Any]]
    still: list[Enrolment] = field(default_factory=list)
    still_count: int = 0
    closed_count: int = 0  # of closed versions, without a credit for as long
    windows: list[tuple[str, Shown]] = field(default_factory=list)

    @property
    def desks(self) -> list[tuple[str, list[Decision]]]:
        """The decisions, the most urgent first: what is late, then by the day by which it is due; what is alike in that
        by desk, and at each desk by its words. Those of one desk that follow each other are together.
        """
        order = {desk: place for place, desk in enumerate(dict.fromkeys(row.desk for row in self.decisions))}
        rows = sorted(self.decisions, key=lambda row: (*row.urgency, order[row.desk], row.text))
        return [(desk, list(some)) for desk, some in groupby(rows, key=lambda row: row.desk)]


@dataclass(frozen=True)
class People:
    """Those of one intake who have not withdrawn: how many stand where, and whose assessment needs a decision."""

    stages: Mapping[str, int] = field(default_factory=dict)
    without: int = 0  # on their way, and without a window
    # On their way, and left from a window whose results are released: they were held back in it.
    left: int = 0
    window: int | None = None  # the released one
    several: Mapping[str, int] = field(default_factory=dict)  # with results of several windows, where asked

    @property
    def all(self) -> int:
        return sum(self.stages.values())

    @property
    def taking_part(self) -> int:
        """How many are still on their way."""
        return sum(self.stages.get(stage, 0) for stage in queries.ACTIVE_STAGES)
