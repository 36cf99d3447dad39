"""Which revision of a version counts for whoever would apply now. Pure: no Django, no clock, no settings."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One revision of an edition for a market, with what decides whether it is in force.

    `begins_on` is the day from which its intakes may start, None where none is stated; `opens_on` the first day on
    which an intake of it that can still be applied to takes applications, None where there is no such intake.
    """

    id: int
    number: int
    published: bool
    begins_on: date | None = None
    opens_on: date | None = None


def in_force(revisions: Collection[Revision], *, on: date) -> Revision:
    """The revision under which somebody who would apply on a day is admitted, of at least one.

    Of those that are published: the newest of which an intake takes applications; else the one whose intake opens
    next; without any intake the newest that has begun, else the one that begins first. The newest where all are closed.
    """
    left = [one for one in revisions if one.published]
    if not left:
        return max(revisions, key=lambda one: one.number)
    return (
        _newest(one for one in left if one.opens_on is not None and one.opens_on <= on)
        or _first((one.opens_on, one) for one in left if one.opens_on is not None)
        or _newest(one for one in left if one.begins_on is None or one.begins_on <= on)
        or _first((one.begins_on, one) for one in left if one.begins_on is not None)
        or left[0]
    )


def _newest(revisions: Iterable[Revision]) -> Revision | None:
    return max(revisions, key=lambda one: one.number, default=None)


def _first(dated: Iterable[tuple[date, Revision]]) -> Revision | None:
    """The one with the earliest day; of one day the newest."""
    found = min(dated, key=lambda pair: (pair[0], -pair[1].number), default=None)
    return found[1] if found else None
