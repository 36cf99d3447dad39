"""What markers can take: at most so many scripts of a window, and none while they are away."""

import random
from collections import Counter
from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest

from goldenthread.assessment.models import Window
from goldenthread.common.models import AuditEvent
from goldenthread.common.refused import Refused
from goldenthread.marking import actions, appointing, capacity, capacity_queries, capacity_rules
from goldenthread.marking.allocation_rules import allocate
from goldenthread.marking.capacity_models import Absence, Capacity
from goldenthread.marking.capacity_rules import Away
from goldenthread.marking.models import Marking
from goldenthread.people.models import Role, User
from tests import factories
from tests import factories_marking as make
from tests import factories_quality as quality

AT = make.CLOSED
DAY = AT.date()
LATER = AT + timedelta(days=2)


# --- the rules ---------------------------------------------------------------------------------------
def loads(found: list[Any]) -> Counter[int]:
    return Counter(marker for one in found for marker in one.markers)


def test_nobody_gets_more_than_they_take() -> None:
    found = allocate({n: f"K{n}" for n in range(1, 11)}, [1, 2, 3, 4], rooms={1: 2, 2: 3})
    assert loads(found) == {1: 2, 2: 3, 3: 8, 4: 7}


def test_refusal_says_by_how_many_markings_the_markers_fall_short() -> None:
    with pytest.raises(Refused, match="can take 5 of 8 markings: 3 short") as refused:
        allocate({n: f"K{n}" for n in range(1, 5)}, [1, 2], rooms={1: 2, 2: 3})
    assert refused.value.code == "allocation.capacity"


def test_room_that_nobody_may_use_does_not_count() -> None:
    """Marker 3 has room for all, and a conflict with two of three scripts; 1 takes one script, 2 takes two."""
    with pytest.raises(Refused, match="can take 4 of 6 markings: 2 short"):
        allocate({1: "K1", 2: "K2", 3: "K3"}, [1, 2, 3], [(1, 3), (2, 3)], rooms={1: 1, 2: 2})


def test_scripts_are_handed_on_where_that_makes_room() -> None:
    """Marker 2 may have both scripts, 1 only the first one: it has to be 1 who takes it."""
    for order in ((1, 2), (2, 1)):
        found = allocate(dict.fromkeys(order, "K"), [1, 2], [(2, 1)], each=1, rooms={1: 1, 2: 1})
        assert {one.script: one.markers for one in found} == {1: (1,), 2: (2,)}


def most_placed(scripts: int, rooms: dict[int, int], barred: set[tuple[int, int]]) -> int:
    """The most markings that can be placed, by trying everything."""
    each = [
        [
            some
            for r in (0, 1, 2)
            for some in _some(sorted(rooms), r)
            if all((s, m) not in barred for m in some)
        ]
        for s in range(1, scripts + 1)
    ]
    best = 0
    for chosen in product(*each):
        count = Counter(m for some in chosen for m in some)
        if all(count[m] <= rooms[m] for m in rooms):
            best = max(best, sum(count.values()))
    return best


def _some(markers: list[int], number: int) -> list[tuple[int, ...]]:
    if number == 0:
        return [()]
    if number == 1:
        return [(m,) for m in markers]
    return [(a, b) for a in markers for b in markers if a < b]


@pytest.mark.parametrize("seed", range(60))
def test_what_can_be_placed_is_placed_and_what_is_short_is_said_exactly(seed: int) -> None:
    lot = random.Random(seed)
    scripts, markers = lot.randint(1, 4), list(range(1, lot.randint(3, 5)))
    rooms = {m: lot.randint(0, 3) for m in markers}
    barred = {(s, m) for s in range(1, scripts + 1) for m in markers if lot.random() < 0.25}
    barred = {(s, m) for s, m in barred if sum((s, n) in barred for n in markers) <= len(markers) - 2}
    best, codes = most_placed(scripts, rooms, barred), {s: f"K{s}" for s in range(1, scripts + 1)}
    if best == 2 * scripts:
        found = allocate(codes, markers, barred, rooms=rooms)
        assert all(loads(found)[m] <= rooms[m] for m in markers)
        assert all(len(set(one.markers)) == 2 for one in found)
        assert not any((one.script, m) in barred for one in found for m in one.markers)
        return
    with pytest.raises(Refused, match=f": {2 * scripts - best} short"):
        allocate(codes, markers, barred, rooms=rooms)


@pytest.mark.parametrize(
    ("away", "due", "gone"),
    [
        ([(0, 0)], 13, False),
        ([(0, 6)], 13, False),  # 7 of 14 days
        ([(0, 7)], 13, True),
        ([(-5, 3), (10, 20)], 13, True),  # 4 and 4 of 14
        ([(-5, 3), (2, 6)], 13, False),  # 7: a day counts once
        ([(14, 60)], 13, False),
        ([(0, 0)], 0, True),
        ([], 13, False),
        ([(1, 1)], -3, False),  # overdue already: the day itself counts
    ],
)
def test_who_is_away_for_more_than_half_of_the_time_gets_none(
    away: list[tuple[int, int]], due: int, gone: bool
) -> None:
    days = [Away(DAY + timedelta(days=a), DAY + timedelta(days=b)) for a, b in away]
    assert capacity_rules.is_away(days, given_on=DAY, due_on=DAY + timedelta(days=due)) is gone


@pytest.mark.parametrize(
    ("most", "given", "percent", "room"),
    [
        (10, 0, 0, 10), (10, 4, 0, 6), (10, 12, 0, 0), (10, 0, 10, 9), (10, 0, 5, 9), (1, 0, 5, 0),
        (105, 0, 5, 100), (2, 0, 50, 1),
    ],
)  # fmt: skip
def test_seeds_are_scripts_to_their_marker(most: int, given: int, percent: int, room: int) -> None:
    assert capacity_rules.room(most, given, seed_percent=percent) == room


@pytest.mark.parametrize(
    ("start", "end", "code"), [(3, 1, "away.order"), (-4, -1, "away.past"), (0, 400, "away.long")]
)
def test_days_that_are_none_are_refused(start: int, end: int, code: str) -> None:
    with pytest.raises(Refused) as refused:
        capacity_rules.check_away(Away(DAY + timedelta(days=start), DAY + timedelta(days=end)), today=DAY)
    assert refused.value.code == code


# --- allocation ----------------------------------------------------------------------------------------
pytestmark = pytest.mark.django_db


@pytest.fixture
def window() -> Window:
    found = make.window()
    for _ in range(6):
        make.sitting(found)
    return found


def allot(window: Window, **fields: Any) -> int:
    return actions.allocate_window(window=window, by=window.created_by, at=AT, **fields)


def takes(marker: User, most: int | None, window: Window | None = None, *, at: Any = AT) -> None:
    capacity.set_capacity(marker=marker, most=most, window=window, by=marker, at=at)


def away(marker: User, first: int, last: int) -> Absence:
    days = Away(DAY + timedelta(days=first), DAY + timedelta(days=last))
    return capacity.add_absence(marker=marker, away=days, by=marker, at=AT)


def given(marker: User) -> int:
    return Marking.objects.filter(marker=marker).count()


def test_allocation_obeys_what_markers_take(window: Window) -> None:
    ben, bea, bo = make.markers(3)
    takes(ben, 2)
    assert allot(window) == 12
    assert (given(ben), given(bea), given(bo)) == (2, 5, 5)


def test_limit_of_a_window_goes_before_the_one_of_every_window(window: Window) -> None:
    ben, *_ = make.markers(3)
    takes(ben, 1)
    takes(ben, 3, window)
    allot(window)
    assert given(ben) == 3
    assert capacity_queries.limits_of(make.window(window.intake, opens_on=date(2026, 1, 5)), [ben.pk]) == {
        ben.pk: 1
    }


def test_limit_that_was_lifted_is_none(window: Window) -> None:
    ben, *_ = make.markers(3)
    takes(ben, 1)
    takes(ben, None, at=LATER)
    assert capacity_queries.limits_of(window, [ben.pk]) == {}
    takes(ben, 2, at=LATER)
    takes(ben, None, window, at=LATER)
    assert capacity_queries.limits_of(window, [ben.pk]) == {}


def test_refusal_counts_who_is_away_and_what_is_missing(window: Window) -> None:
    ben, bea, bo = make.markers(3)
    takes(ben, 4)
    takes(bea, 3)
    away(bo, 0, 20)
    with pytest.raises(Refused, match="can take 7 of 12 markings: 5 short"):
        allot(window)
    assert not Marking.objects.exists()
    takes(ben, None, at=LATER)
    takes(bea, 6, at=LATER)
    assert allot(window) == 12
    assert given(bo) == 0


def test_who_is_back_soon_enough_gets_scripts(window: Window) -> None:
    *_, bo = make.markers(3)
    away(bo, 0, 6)
    allot(window)
    assert given(bo) == 4


def test_days_that_were_taken_back_count_no_more(window: Window) -> None:
    *_, bo = make.markers(3)
    days = away(bo, 0, 20)
    for _ in range(2):
        capacity.end_absence(marker=bo, number=days.pk, by=bo, at=LATER)
    allot(window)
    assert given(bo) == 4
    assert AuditEvent.objects.filter(verb="marker.away_taken_back").count() == 1


def test_seeds_stay_within_what_a_marker_takes() -> None:
    window = make.window()
    for _ in range(6):
        make.sitting(window)
    quality.policy(window, seed_percent=20)
    quality.known_set(window, "seeds", [make.FAIR, make.POOR, make.GOOD])
    ben, *_ = make.markers(3)
    takes(ben, 4)
    allot(window)
    assert (given(ben), Marking.objects.filter(marker=ben, seed__isnull=False).count()) == (4, 1)


def test_third_marking_goes_to_nobody_who_is_full_or_away(window: Window) -> None:
    ben, bea, bo, bim = make.markers(4)
    takes(bo, 0)
    away(bim, 0, 30)
    allot(window)
    first = Marking.objects.filter(marker=ben).select_related("marker").first()
    assert first is not None
    second = Marking.objects.select_related("marker").get(script=first.script_id, marker=bea)
    make.submit(first, make.GOOD)
    make.submit(second, make.POOR)
    assert not Marking.objects.filter(position=3).exists()
    takes(bo, 1, at=LATER)
    allot(window)
    assert Marking.objects.get(position=3).marker == bo


def test_reassigning_and_many_places_at_once_obey_it(window: Window) -> None:
    ben, bea = make.markers(2)
    allot(window)
    bo, bim = factories.member(Role.MARKER, "Bo Marker"), factories.member(Role.MARKER, "Bim Marker")
    takes(bo, 0)
    takes(bim, 2)
    mine = list(Marking.objects.filter(marker=ben).order_by("pk"))
    with pytest.raises(Refused, match="as many scripts") as refused:
        actions.reassign(marking=mine[0], to=bo, reason="Ill", by=bea, at=LATER)
    assert refused.value.code == "reassign.no_marker"
    places = [(one.script, one.position) for one in mine]
    Marking.objects.filter(marker=ben).delete()
    make_free = appointing.appoint_many(places, by=None, at=LATER)
    assert Counter(one.marker_id for one in make_free) == {bim.pk: 2, ben.pk: 4}


def test_saying_the_same_again_changes_nothing(window: Window) -> None:
    (ben,) = make.markers(1)
    takes(ben, None)
    assert not Capacity.objects.exists()
    takes(ben, 5)
    takes(ben, 5)
    first, again = away(ben, 1, 3), away(ben, 1, 3)
    assert first == again
    assert (Capacity.objects.count(), AuditEvent.objects.filter(verb="marker.capacity_set").count()) == (1, 1)


@pytest.mark.parametrize("most", [-1, 2001])
def test_number_that_is_none_is_refused(most: int) -> None:
    with pytest.raises(Refused) as refused:
        takes(factories.member(Role.MARKER, "Ben Marker"), most)
    assert refused.value.code == "capacity.most"


def test_days_of_somebody_else_cannot_be_taken_back() -> None:
    ben, bea = make.markers(2)
    days = away(ben, 1, 3)
    with pytest.raises(Refused) as refused:
        capacity.end_absence(marker=bea, number=days.pk, by=bea, at=LATER)
    assert refused.value.code == "away.unknown"
