"""`goldenthread window`: when a window opens and closes, and whether a programme version allows it there."""

import argparse
import json
import sys
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from goldenthread.assessment import rules
from goldenthread.common.refused import Refused
from goldenthread.people.rules import check_zone


def run(arguments: list[str]) -> int:
    """Print the window; 0 if it is allowed or not checked, 1 if it is refused, 2 for bad input.

    With --json the reason why there is no window is printed too, with its code.
    """
    try:
        options = _parser().parse_args(arguments)
    except SystemExit as leaving:
        return int(leaving.code or 0)
    try:
        found = _window(options)
    except Refused as no:
        if options.json:
            print(json.dumps({"refused": no.code, "message": no.message}, ensure_ascii=False))
        print(f"goldenthread window: {no.message}", file=sys.stderr)
        return 2
    print(json.dumps(found, indent=2, ensure_ascii=False) if options.json else _text(found))
    return 1 if found["allowed"] is False else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="goldenthread window", description=__doc__)
    parser.add_argument(
        "--opens", type=_day, required=True, metavar="DATE", help="the first day, such as 2025-10-06"
    )
    parser.add_argument(
        "--zone", type=_zone, default="Europe/London", help="the zone whose calendar days count"
    )
    parser.add_argument(
        "--days", type=int, choices=range(1, 61), metavar="1-60", help="days, where no version says how many"
    )
    parser.add_argument("--start", type=_day, metavar="DATE", help="the first day of the programme")
    parser.add_argument("--version", metavar="ID", help="a version, such as npqlt-reformed-international")
    parser.add_argument("--json", action="store_true")
    return parser


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if not 1900 < day.year < 2200:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day: write one like 2025-10-06")
    return day


def _zone(text: str) -> str:
    try:
        check_zone(text)
    except Refused as no:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time zone: write one like Europe/London") from no
    return text


def _window(options: argparse.Namespace) -> dict[str, Any]:
    days, months = _terms(options.version, options.days)
    opens_at, closes_at = rules.window_instants(options.opens, days, options.zone)
    allowed, reason = _allowed(options, days, months)
    return {
        "zone": options.zone,
        "days": days,
        "opens_utc": _utc(opens_at),
        "opens_local": _local(opens_at, options.zone),
        "closes_utc": _utc(closes_at),
        "closes_local": _local(closes_at, options.zone),
        "deadline": rules.deadline_text(closes_at, options.zone),
        "hours": _hours(closes_at - opens_at),
        "months_after_start": list(months),
        "allowed": allowed,
        "reason": reason,
    }


def _terms(version: str | None, asked: int | None) -> tuple[int, tuple[int, int]]:
    """Days and months of a version; of the specialist programmes if none is named. `asked` days are for what no version
    says: refuses others than those of the version that is named.
    """
    if version is None:
        return asked or 8, (12, 15)
    from goldenthread.catalogue.folders import installation_folders
    from goldenthread.catalogue.reading import read_catalogue

    catalogue = read_catalogue(installation_folders())
    known = {found.specification.id: found.specification for found in catalogue.versions}
    if version not in known:
        raise Refused(
            f"There is no version {version!r}; there are {', '.join(sorted(known))}.", code="version.unknown"
        )
    assessment = known[version].assessment
    days, months = assessment.window_days.value, assessment.window_months.value
    days = asked if days is None else days
    if days is None or months is None:
        raise Refused(f"The specification of {version} says nothing about a window.", code="window.none")
    if asked is not None and asked != days:
        raise Refused(
            f"A window of {version} has {days} days by its specification: leave --days out.",
            code="window.days",
        )
    return days, months


def _allowed(options: argparse.Namespace, days: int, months: tuple[int, int]) -> tuple[bool | None, str]:
    if options.start is None:
        return None, "Give --start to check the months after the start."
    try:
        rules.check_window(options.start, options.opens, days, months, options.zone)
    except Refused as no:
        return False, no.message
    first, last = rules.allowed_first_days(options.start, days, months, options.zone)
    return True, f"A first day from {rules.day_text(first)} to {rules.day_text(last)} is allowed."


def _utc(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _local(instant: datetime, zone: str) -> str:
    return instant.astimezone(ZoneInfo(zone)).isoformat(timespec="seconds")


def _hours(length: timedelta) -> int | float:
    hours = length / timedelta(hours=1)
    return int(hours) if hours.is_integer() else hours


def _text(found: dict[str, Any]) -> str:
    verdict = {True: "allowed", False: "refused", None: "not checked"}[found["allowed"]]
    return "\n".join(
        [
            f"opens    {found['opens_local']}  =  {found['opens_utc']}",
            f"closes   {found['closes_local']}  =  {found['closes_utc']}",
            f"         {found['deadline']}; that instant itself is still in time",
            f"length   {found['days']} days, {found['hours']} hours ({found['zone']})",
            f"{verdict:<8} {found['reason']}",
        ]
    )
