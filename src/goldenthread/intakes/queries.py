"""The intakes that are open or come next, with what was ruled for them."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.common.refused import allows
from goldenthread.intakes import rules
from goldenthread.intakes.models import Intake


def is_open(intake: Intake, *, at: datetime) -> bool:
    """Whether the intake takes applications at this instant."""
    return allows(
        rules.check_open,
        opens_on=intake.applications_open_on,
        closes_on=intake.applications_close_on,
        zone=intake.zone,
        at=at,
    )


def open_intakes(version: ProgrammeVersion, *, at: datetime) -> list[Intake]:
    """The intakes of a version that take applications at `at`, the earliest start first. One query."""
    return [intake for intake in _by_start().filter(version=version) if is_open(intake, at=at)]


def next_intakes(
    *, at: datetime, limit: int = 2, version_id: int | None = None, of: Collection[int] | None = None
) -> list[Intake]:
    """The next intakes to start, of one version, of several or of all: open, opening later, or closed (S1-38). One
    that the closing of its version shut is none to come.
    """
    intakes = _to_come().filter(starts_on__gte=at.date() - timedelta(days=1))
    of = [version_id] if version_id is not None else of
    if of is not None:
        intakes = intakes.filter(version_id__in=of)
    return [i for i in intakes[: limit + 10] if i.starts_on >= at.astimezone(ZoneInfo(i.zone)).date()][:limit]


def next_by_version(*, at: datetime) -> dict[int, Intake]:
    """For each version the next intake that is open, else the next to start, by the version's id."""
    found: dict[int, Intake] = {}
    for intake in _to_come().filter(starts_on__gte=at.date()):
        known = found.get(intake.version_id)
        if known is None or (not is_open(known, at=at) and is_open(intake, at=at)):
            found[intake.version_id] = intake
    return found


def first_days(versions: Collection[int], *, at: datetime) -> dict[int, date]:
    """For each of the versions the first day on which an intake that can still be applied to takes applications; a
    version without such an intake is left out. One query.
    """
    found: dict[int, date] = {}
    still = {"before_closing__isnull": True, "applications_close_on__gte": at.date() - timedelta(days=1)}
    rows = Intake.objects.filter(version__in=versions, **still).order_by("applications_open_on", "pk")
    for version, opens, closes, zone in rows.values_list(
        "version_id", "applications_open_on", "applications_close_on", "zone"
    ):
        if closes >= at.astimezone(ZoneInfo(zone)).date():
            found.setdefault(version, opens)
    return found


def get_intake(pk: int) -> Intake | None:
    """The intake with this number, open or not, with its version; anybody may see one."""
    return _by_start().filter(pk=pk).first()


def ruled(intake: Intake, rule: str) -> Any:
    """What counts for an intake: the value ruled for it, else the one in force in its version, else None."""
    ruling = intake.rulings.filter(rule=rule).first()
    return ruling.value if ruling else rules.rulable(intake.version.specification, rule).value


def _to_come() -> QuerySet[Intake]:
    return _by_start().defer("version__document").filter(before_closing__isnull=True)


def _by_start() -> QuerySet[Intake]:
    return Intake.objects.select_related("version__programme").order_by("starts_on", "id")
