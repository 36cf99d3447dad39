"""What markers can take of a window: their limits, the days on which they are away, and what they have already."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import BigIntegerField, Count, DateField, OuterRef, Q, Subquery, Value
from django.db.models.functions import Cast

from goldenthread.assessment.models import Window
from goldenthread.marking import capacity_rules
from goldenthread.marking.capacity_models import Absence, Capacity
from goldenthread.marking.capacity_rules import Away
from goldenthread.marking.models import Marking


def limits_of(window: Window | None, people: Iterable[int]) -> dict[int, int]:
    """How many scripts of a window each takes at most, by marker; without a window what they take of every one. Who has
    no limit isn't there. One query.
    """
    mine = Q(window__isnull=True) | Q(window=window) if window else Q(window__isnull=True)
    rows = Capacity.objects.filter(mine, marker__in=set(people)).order_by("set_at", "pk")
    holding = _holding(rows.values_list("marker_id", "window_id", "most"))
    return {marker: most for marker, most in holding.items() if most is not None}


def _holding(rows: Iterable[tuple[int, int | None, int | None]]) -> dict[int, int | None]:
    """Of limits in the order in which they were set, (marker, window, most), the one that holds for each marker: the
    latest of the window, else the latest of every one.
    """
    own: dict[int, int | None] = {}
    every: dict[int, int | None] = {}
    for marker, window, most in rows:
        (every if window is None else own)[marker] = most
    return every | own


def absences_of(people: Iterable[int], *, since: date, until: date | None = None) -> dict[int, list[Absence]]:
    """Who is away on which days from one day to another, the first first. One query."""
    rows = Absence.objects.filter(marker__in=set(people), ended_at__isnull=True, until_on__gte=since)
    if until is not None:
        rows = rows.filter(from_on__lte=until)
    found: dict[int, list[Absence]] = {}
    for one in rows.order_by("from_on", "pk"):
        found.setdefault(one.marker_id, []).append(one)
    return found


def away_until(on: date) -> Subquery:
    """For a query of markings: until when their marker is away, who is away on a day."""
    days = Absence.objects.filter(marker=OuterRef("marker"), ended_at__isnull=True)
    now = days.filter(from_on__lte=on, until_on__gte=on).order_by("-until_on", "pk")
    return Subquery(now.values("until_on")[:1])


def given_in(window: Window, people: Iterable[int]) -> dict[int, int]:
    """How many scripts of a window each has or had to mark, seeds among them. One query."""
    here = Q(script__sitting__window=window, script__current=True) | Q(seed__window=window)
    rows = Marking.objects.filter(here, marker__in=set(people)).order_by().values_list("marker_id")
    return dict(rows.annotate(given=Count("pk")))


def rooms_in(
    window: Window,
    people: Iterable[int],
    *,
    given_on: date,
    due_on: date,
    seeds: dict[int, int] | None = None,
) -> dict[int, int]:
    """How many scripts of a window each could be given on a day, due on another; 0 for who is away too long. Who has no
    limit isn't there. `seeds` is, by marker, how many for each hundred come with them. At most three queries.
    """
    return loads_in(window, people, given_on=given_on, due_on=due_on).rooms(seeds=seeds)


@dataclass(frozen=True)
class Loads:
    """What markers take of a window at most, what they were given of it, and who is away too long for more."""

    most: dict[int, int]
    given: dict[int, int]
    away: frozenset[int]

    def rooms(
        self, *, seeds: Mapping[int, int] | None = None, less: Mapping[int, int] | None = None
    ) -> dict[int, int]:
        """How many scripts each could be given; see `rooms_in`. `less` is, by marker, how many of those that they were
        given are taken from them before.
        """
        percent, fewer = seeds or {}, less or {}
        rooms = {
            one: capacity_rules.room(
                most, self.given.get(one, 0) - fewer.get(one, 0), seed_percent=percent.get(one, 0)
            )
            for one, most in self.most.items()
        }
        return rooms | dict.fromkeys(self.away, 0)


def loads_in(window: Window, people: Iterable[int], *, given_on: date, due_on: date) -> Loads:
    """What these markers take of a window and were given of it, for scripts that are given on a day and due on another.
    At most three queries.
    """
    able = set(people)
    limits = limits_of(window, able)
    given = given_in(window, limits) if limits else {}
    away = set()
    for one, days in absences_of(able, since=given_on, until=max(due_on, given_on)).items():
        spans = [Away(some.from_on, some.until_on) for some in days]
        if capacity_rules.is_away(spans, given_on=given_on, due_on=due_on):
            away.add(one)
    return Loads(dict(limits), given, frozenset(away))


@dataclass(frozen=True)
class Takes:
    """What a marker takes of a window, for pages: `most` None for no limit, and the days on which they are away."""

    most: int | None
    away: list[Absence]


def takes_in(window: Window, people: Iterable[int], *, since: date) -> dict[int, Takes]:
    """What each of these takes of a window, with the days from one on on which they are away. One query."""
    able = set(people)
    no_day, none = Cast(Value("2000-01-01"), DateField()), Value(0, output_field=BigIntegerField())
    away = Absence.objects.filter(marker__in=able, ended_at__isnull=True, until_on__gte=since).order_by()
    limits = Capacity.objects.filter(Q(window__isnull=True) | Q(window=window), marker__in=able).order_by()
    rows = away.values_list(
        Value(1, output_field=BigIntegerField()), "marker_id", "pk", none, none, "from_on", "until_on"
    ).union(limits.values_list(none, "marker_id", "pk", "window_id", "most", no_day, no_day))
    limits_set: list[tuple[int, int | None, int | None]] = []
    days: dict[int, list[Absence]] = {}
    for kind, marker, pk, of, most, first, last in sorted(rows, key=lambda row: row[2]):
        if kind:
            days.setdefault(marker, []).append(Absence(pk=pk, marker_id=marker, from_on=first, until_on=last))
        else:
            limits_set.append((marker, of, most))
    limit = _holding(limits_set)
    found = {one: sorted(some, key=lambda some: some.from_on) for one, some in days.items()}
    return {one: Takes(limit.get(one), found.get(one, [])) for one in able}
