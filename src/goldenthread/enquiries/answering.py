"""The response targets as data: working days, hours, holidays, hours to answer by channel."""

import tomllib
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from goldenthread.enquiries.rules import Hours, due_at

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
CHANNELS = ("form", "email", "phone", "chat", "again")
HERE = Path(__file__).with_name("answering.toml")


@dataclass(frozen=True)
class Targets:
    """When somebody is there, and how many working hours an answer may take."""

    within: Hours
    hours: dict[str, int]

    def due(self, channel: str, received: datetime) -> datetime:
        """When the answer to what came by `channel` is due; "again" is what a person writes after the first time."""
        return due_at(received, self.hours[channel], self.within)


def read_targets(path: Path = HERE) -> Targets:
    """The targets of a file; ValueError says which value is missing or wrong."""
    return targets_of(tomllib.loads(path.read_text(encoding="utf-8")), path.name)


def document_of(targets: Targets) -> dict[str, Any]:
    """The targets as a document, as a file or a page gives them."""
    within = targets.within
    return {
        "zone": within.zone,
        "days": [DAYS[day] for day in within.days],
        "opens": within.opens.isoformat("minutes"),
        "closes": within.closes.isoformat("minutes"),
        "free": [day.isoformat() for day in sorted(within.free)],
        "hours": dict(targets.hours),
    }


def targets_of(document: dict[str, Any], name: str) -> Targets:
    """The targets that a document holds; ValueError says which value is missing or wrong, in `name`."""
    try:
        days = tuple(DAYS.index(day) for day in document["days"])
        within = Hours(
            days=days,
            opens=time.fromisoformat(document["opens"]),
            closes=time.fromisoformat(document["closes"]),
            zone=document["zone"],
            free=frozenset(date.fromisoformat(day) for day in document.get("free", [])),
        )
        ZoneInfo(within.zone)
        hours = {channel: _hours(document["hours"][channel]) for channel in CHANNELS}
    except (KeyError, TypeError, ValueError) as fault:
        raise ValueError(f"{name}: {fault} is missing or wrong") from fault
    if within.opens >= within.closes or not days:
        raise ValueError(f"{name}: opens must be before closes, and there must be a working day")
    return Targets(within, hours)


def _hours(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 400:
        raise ValueError(f"{value!r} working hours")
    return value
