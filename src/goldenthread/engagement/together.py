"""Engagement of many enrolments in one statement, since at 200,000 enrolments × 40 credits no row may travel.

There are two ways, and they agree. `standings` trusts what was written: each ledger entry says how many of its minutes
count, and the standing what the plan holds. `recount` trusts nothing but plan and ledger: it sums both by component,
caps the one by the other, and sums again, which takes a few times as long: what decides over somebody goes this way,
and what the standings keep for the lists. `verify` finds where the two differ.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from django.db import connection

_AT_ONCE = 10_000
T = TypeVar("T")
_AS_WRITTEN = """
SELECT s.enrolment_id, s.planned_minutes, COALESCE(l.counted, 0), CASE WHEN s.measurable THEN 1 ELSE 0 END
FROM goldenthread_standing s
LEFT JOIN (SELECT enrolment_id, SUM(counted) AS counted FROM goldenthread_ledgerentry {where} GROUP BY enrolment_id) l
       ON l.enrolment_id = s.enrolment_id {where_standing}
"""

# Both sums run along an index that holds all they ask. PostgreSQL merges them; SQLite has no such join and
# looks each sum of the ledger up in its place. A component with unknown minutes makes the plan unmeasurable.
_FROM_THE_GROUND = """
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


class SetStanding(NamedTuple):
    """One row of a set-based pass, in minutes; the same figures as `standing_of` gives for one."""

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
    """Engagement as written, of the given enrolments or of all who have a plan; one statement per 10,000 given."""
    return _gathered(enrolment_ids, _as_written)


def recount(enrolment_ids: Iterable[int] | None = None) -> dict[int, SetStanding]:
    """Engagement worked out anew from plan and ledger alone; otherwise as `standings`."""
    return _gathered(enrolment_ids, _from_the_ground)


@dataclass(frozen=True)
class Drift:
    """An enrolment whose written figures are not those of its plan and ledger; both in minutes."""

    enrolment_id: int
    written: SetStanding | None
    counted_anew: SetStanding | None


def verify(anew: Mapping[int, SetStanding] | None = None) -> Iterator[Drift]:
    """Every enrolment where what was written with the ledger differs from plan and ledger, counted `anew`."""
    written, anew = standings(), recount() if anew is None else anew
    for number in sorted(written.keys() | anew.keys()):
        one, other = written.get(number), anew.get(number)
        if one is None or other is None or _figures(one) != _figures(other):
            yield Drift(number, one, other)


def _figures(one: SetStanding) -> tuple[int, int, bool]:
    return one.planned, one.counted, one.measurable


def _gathered(enrolment_ids: Iterable[int] | None, statement: Callable[[str], str]) -> dict[int, SetStanding]:
    if enrolment_ids is None:
        return _asked(statement(""), [])
    found: dict[int, SetStanding] = {}
    for some in batched(sorted(set(enrolment_ids)), _AT_ONCE):
        found |= _asked(statement(f"WHERE {{}}enrolment_id IN ({', '.join(['%s'] * len(some))})"), some)
    return found


def _as_written(where: str) -> str:
    return _AS_WRITTEN.format(where=where.format(""), where_standing=where.format("s."))


def _from_the_ground(where: str) -> str:
    where = where.format("")
    if connection.vendor == "sqlite":
        return _FROM_THE_GROUND.format(by_component=_PLANNED.format(credited=_LOOKED_UP, where=where))
    planned = _PLANNED.format(credited="", where=where)
    return _FROM_THE_GROUND.format(by_component=_MERGED.format(planned=planned, where=where))


def _asked(statement: str, ids: Sequence[int]) -> dict[int, SetStanding]:
    times = statement.count("%s") // len(ids) if ids else 0
    with connection.cursor() as cursor:
        cursor.execute(statement, [*ids] * times)
        return {row[0]: SetStanding._make(row) for row in iter(cursor.fetchone, None)}


def batched(ids: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """`ids`, or rows, in pieces of `size`: databases take a limited number of parameters."""
    return (ids[start : start + size] for start in range(0, len(ids), size))
