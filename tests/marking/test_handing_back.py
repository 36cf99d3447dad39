"""Scripts leave a marker's queue before they are submitted: handed back, or given to others by the office."""

import contextlib
from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from goldenthread.assessment.models import Window
from goldenthread.coaching.models import Pairing
from goldenthread.common.models import AuditEvent, OutboxMessage
from goldenthread.common.refused import Refused
from goldenthread.marking import actions, capacity, conflicts, handing_back, handing_queries, jobs, queries
from goldenthread.marking.capacity_models import Absence
from goldenthread.marking.capacity_rules import Away
from goldenthread.marking.handing_models import HandedBack
from goldenthread.marking.models import Marking, MarkingState
from goldenthread.marking.quality_models import Seed
from goldenthread.people.models import Membership, Role, User
from tests import factories
from tests import factories_marking as make
from tests import factories_quality as quality

pytestmark = pytest.mark.django_db
AT = make.CLOSED
LATER = AT + timedelta(days=3)


@pytest.fixture
def window() -> Window:
    return make.window()


def allot(window: Window, scripts: int, markers: int, *, at: Any = AT) -> list[User]:
    found = make.markers(markers)
    for _ in range(scripts):
        make.sitting(window)
    actions.allocate_window(window=window, by=window.created_by, at=at)
    return found


def open_of(marker: User) -> list[Marking]:
    return list(handing_queries.open_of(marker))


def back(marker: User, some: list[Marking] | None, reason: str = "Ill.", at: Any = LATER) -> list[HandedBack]:
    numbers = None if some is None else [one.pk for one in some]
    return handing_back.hand_back(marker=marker, numbers=numbers, reason=reason, at=at)


def give(marker: User, window: Window, *, at: Any = LATER, reason: str = "Away.") -> tuple[int, int]:
    found = handing_back.give_to_others(
        marker=marker, window=window, reason=reason, by=window.created_by, at=at
    )
    return found.given, found.left


def markers_of_each(window: Window) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    rows = Marking.objects.filter(script__sitting__window=window).order_by("script", "position")
    for script, marker in rows.values_list("script", "marker"):
        found.setdefault(script or 0, []).append(marker)
    return found


def save(marking: Marking, *given: int) -> None:
    actions.save_marks(
        marking=marking, entered=actions.Entered(make.marks(*given), "Mine", make.FEEDBACK), revision=0,
        by=marking.marker, at=AT,
    )  # fmt: skip


# --- handed back by the marker ---------------------------------------------------------------------------
@pytest.mark.requirement("S2-35")
def test_what_is_handed_back_is_kept_whole_and_goes_to_somebody_else(window: Window) -> None:
    ben, *_ = allot(window, 2, 3)
    mine = open_of(ben)[0]
    save(mine, 4, 3)
    (kept,) = back(ben, [mine])
    assert (kept.marker, kept.by, kept.at, kept.reason) == (ben, ben, LATER, "Ill.")
    assert (kept.marks, kept.comment, kept.marked) == ({"1": 4, "2": 3}, "Mine", 2)
    assert kept.by_kind == make.FEEDBACK.kept_by_kind
    now = Marking.objects.get(script=mine.script, position=mine.position)
    assert now.marker != ben
    assert (now.marks, now.comment, now.revision) == ({}, "", 0)
    assert now.due_on == max(mine.due_on, LATER.date() + timedelta(days=7))
    assert mine.script not in [one.script for one in open_of(ben)]
    event = AuditEvent.objects.get(verb="marking.handed_back")
    assert event.subject == f"script:{mine.script_id}"
    assert event.details["reason"] == "Ill."
    assert OutboxMessage.objects.filter(payload__to=now.marker.email, created_at=LATER).exists()


@pytest.mark.parametrize(("scripts", "markers"), [(1, 3), (6, 4), (9, 3)])
def test_all_at_once_leaves_nothing_open_and_gives_nobody_a_script_twice(
    window: Window, scripts: int, markers: int
) -> None:
    ben, *_ = allot(window, scripts, markers)
    had = {one.script_id for one in open_of(ben)}
    gone = back(ben, None)
    assert {one.script_id for one in gone} == had
    assert open_of(ben) == []
    each = markers_of_each(window)
    assert len(each) == scripts
    assert all(len(set(some)) == 2 and ben.pk not in some for some in each.values())
    loads = Counter(one for some in each.values() for one in some)
    assert max(loads.values()) - min(loads.values()) <= 1


def test_what_is_submitted_stays_when_all_the_rest_is_handed_back(window: Window) -> None:
    ben, *_ = allot(window, 4, 4)
    done = make.submit(open_of(ben)[0])
    back(ben, None)
    assert [one.pk for one in queries.queue_for(ben)] == [done.pk]


def test_handing_back_twice_is_once(window: Window) -> None:
    ben, *_ = allot(window, 2, 3)
    mine = open_of(ben)
    first = back(ben, mine)
    assert back(ben, mine, at=LATER + timedelta(minutes=1)) == first
    assert back(ben, None) == []
    assert HandedBack.objects.count() == AuditEvent.objects.filter(verb="marking.handed_back").count()


def test_nothing_submitted_and_nothing_of_others_can_be_handed_back(window: Window) -> None:
    ben, bea, _ = allot(window, 3, 3)
    done, rest = make.submit(open_of(ben)[0]), open_of(ben)[1:]
    for some in ([done], [done, *rest], [open_of(bea)[0]]):
        with pytest.raises(Refused) as refused:
            back(ben, some)
        assert refused.value.code == "handing.gone"
    for some, reason, code in (([], "Ill.", "handing.nothing"), (rest, " ", "quality.reason")):
        with pytest.raises(Refused) as refused:
            back(ben, some, reason)
        assert refused.value.code == code
    assert not HandedBack.objects.exists()
    assert Marking.objects.count() == 6


def test_while_nobody_is_free_the_place_stays_open_and_never_comes_back(window: Window) -> None:
    ben, _ = allot(window, 1, 2)
    back(ben, None)
    assert queries.unfinished_in(window)[0].endswith("needs a first marker")
    with pytest.raises(Refused) as refused:
        actions.allocate_window(window=window, by=window.created_by, at=LATER)
    assert refused.value.code == "allocation.nobody_free"
    bo = factories.member(Role.MARKER, "Bo Marker")
    assert actions.allocate_window(window=window, by=window.created_by, at=LATER) == 1
    (only,) = markers_of_each(window).values()
    assert ben.pk not in only
    assert bo.pk in only


def test_office_cannot_give_it_to_who_handed_it_back_and_moderating_is_no_matter(window: Window) -> None:
    ben, *_ = allot(window, 1, 3)
    (kept,) = back(ben, open_of(ben) or None) or [None]
    other = Marking.objects.exclude(marker=ben).select_related("script").first()
    assert other is not None
    if kept is None:  # the lot gave Ben nothing: whoever has it hands it back
        ben = other.marker
        back(ben, open_of(ben))
        other = Marking.objects.select_related("script").get(position=other.position)
    with pytest.raises(Refused) as refused:
        actions.reassign(marking=other, to=ben, reason="Back.", by=window.created_by, at=LATER)
    assert refused.value.code == "reassign.conflict"
    scripts = queries.scripts_of(window)
    assert (other.script_id, ben.pk) in conflicts.not_to_meet(scripts, [ben.pk])
    assert conflicts.conflicts_of(scripts, [ben.pk]) == set()


@pytest.mark.parametrize("leaves", ["handed back", "given to others", "given to one", "set aside"])
def test_who_let_the_time_run_out_never_gets_it_again_whatever_becomes_of_it(
    window: Window, leaves: str
) -> None:
    late = AT + timedelta(days=18)
    quality.policy(window, lease_days=2)
    ben, bea = allot(window, 1, 2)
    first = Marking.objects.select_related("marker").get(position=1)
    slow = first.marker
    bea = bea if slow == ben else ben
    other = Marking.objects.get(marker=bea)
    make.submit(other)  # hers is in, so it is not late
    bo = factories.member(Role.MARKER, "Bo Marker")
    assert jobs.end_leases(late) == "1 scripts given on"
    given = Marking.objects.select_related("script").get(marker=bo)
    if leaves == "handed back":
        handing_back.hand_back(marker=bo, numbers=None, reason="Ill.", at=late)
    elif leaves == "given to one":
        with pytest.raises(Refused) as refused:
            actions.reassign(marking=given, to=slow, reason="Back.", by=window.created_by, at=late)
        assert refused.value.code == "reassign.conflict"
    elif leaves == "given to others":
        handing_back.give_to_others(marker=bo, window=window, reason="Away.", by=window.created_by, at=late)
    else:
        make.submit(given, at=late)
        actions.set_aside(
            marking=Marking.objects.get(marker=bo), reason="Far off.", by=window.created_by, at=late
        )
    assert not Marking.objects.filter(marker=slow).exists()
    scripts = queries.scripts_of(window)
    assert (first.script_id, slow.pk) in conflicts.not_to_meet(scripts, [slow.pk])
    assert conflicts.conflicts_of(scripts, [slow.pk]) == set()
    with contextlib.suppress(Refused):
        actions.allocate_window(window=window, by=window.created_by, at=late)
    assert not Marking.objects.filter(marker=slow).exists()


def test_one_script_given_to_another_keeps_what_was_entered_and_never_comes_back(window: Window) -> None:
    ben, *_ = allot(window, 1, 2)
    mine = Marking.objects.select_related("marker", "script").get(position=1)
    ben = mine.marker
    actions.save_marks(
        marking=mine, revision=0, entered=actions.Entered({1: 3}, "Good.", make.FEEDBACK), by=ben, at=AT
    )
    bo = factories.member(Role.MARKER, "Bo Marker")
    said = {"marking": mine, "to": bo, "reason": "Ben is ill.", "by": window.created_by, "at": LATER}
    given = actions.reassign(**said)
    assert actions.reassign(**said) == given
    assert (given.marker, given.position, given.marks, given.due_on) == (bo, 1, {}, mine.due_on)
    kept = HandedBack.objects.get()
    assert (kept.marker, kept.by, kept.reason, kept.at) == (ben, window.created_by, "Ben is ill.", LATER)
    assert (kept.marks, kept.comment, kept.marking) == ({"1": 3}, "Good.", mine.pk)
    assert AuditEvent.objects.get(verb="marking.reassigned").details["now"] == bo.pk
    with pytest.raises(Refused) as refused:
        actions.reassign(marking=given, to=ben, reason="Back.", by=window.created_by, at=LATER)
    assert refused.value.code == "reassign.conflict"
    with pytest.raises(Refused) as refused:
        actions.reassign(**{**said, "to": ben})
    assert refused.value.code == "reassign.given_back"


def test_many_scripts_are_handed_back_in_as_many_statements_as_few(window: Window) -> None:
    """Both times a first and a second marking and a seed, and both colleagues take some: each gets a mail."""
    quality.policy(window, seed_percent=50)
    for _ in range(18):
        make.sitting(window)
    quality.known_set(window, "seeds", [make.FAIR] * 6)
    ben, *others = allot(window, 0, 3)
    with_whom = dict(Marking.objects.filter(marker__in=others).order_by("pk").values_list("script", "marker"))
    kinds: dict[Any, list[Marking]] = {}
    for one in open_of(ben):
        kinds.setdefault((one.position, with_whom[one.script_id]) if one.script_id else "seed", []).append(
            one
        )
    few, rest = [some[0] for some in kinds.values()], [one for some in kinds.values() for one in some[1:]]
    assert len(rest) >= 2 * len(few)
    counted = []
    for some in (few, rest):
        with CaptureQueriesContext(connection) as asked:
            back(ben, some)
        counted.append(len(asked))
    assert open_of(ben) == []
    assert counted[0] == counted[1]
    assert counted[0] <= 25


def test_much_is_given_to_others_in_as_many_statements_as_little() -> None:
    counted, (ben, *others) = [], make.markers(3)
    for scripts in (4, 13):
        window = make.window(opens_on=make.OPENS - timedelta(days=30 * scripts))
        allot(window, scripts, 0)
        had = len(handing_queries.open_of(ben, window))
        with CaptureQueriesContext(connection) as asked:
            assert give(ben, window) == (had, 0)
        assert {one.pk for one in others} == set(
            Marking.objects.filter(script__sitting__window=window).values_list("marker", flat=True)
        )
        counted.append(len(asked))
    assert counted[0] == counted[1]


# --- given to others by the office -----------------------------------------------------------------------
@pytest.mark.requirement("S1-31")
@pytest.mark.parametrize(("scripts", "markers"), [(2, 3), (6, 4), (10, 5)])
def test_office_gives_what_somebody_has_to_others_in_equal_shares(
    window: Window, scripts: int, markers: int
) -> None:
    ben, *others = allot(window, scripts, markers)
    had = open_of(ben)
    save(had[0], 4, 3)
    assert give(ben, window) == (len(had), 0)
    assert give(ben, window) == (0, 0)
    each = markers_of_each(window)
    assert all(len(set(some)) == 2 and ben.pk not in some for some in each.values())
    loads = [sum(one.pk in some for some in each.values()) for one in others]
    assert max(loads) - min(loads) <= 1
    kept = HandedBack.objects.get(marking=had[0].pk)
    assert (kept.marks, kept.by, kept.reason) == ({"1": 4, "2": 3}, window.created_by, "Away.")
    assert not Marking.objects.exclude(marks={}).exists()
    told = OutboxMessage.objects.get(payload__template="marking_given_on")
    assert (told.payload["to"], told.payload["context"]["count"]) == (ben.email, len(had))


def test_what_nobody_else_may_have_stays_until_somebody_is_free(window: Window) -> None:
    """Bo coaches one of two authors, and so one script stays with Ben."""
    ben, bea, bo = [*allot(window, 2, 2), factories.member(Role.MARKER, "Bo Marker")]
    assert bea.name
    barred, free = [one.script for one in open_of(ben)]
    Pairing.objects.create(enrolment=barred.sitting.enrolment, coach=bo, since=AT)
    assert give(ben, window) == (1, 1)
    assert markers_of_each(window)[free.pk].count(bo.pk) == 1
    assert [one.script for one in open_of(ben)] == [barred]
    factories.member(Role.MARKER, "Bim Marker")
    assert give(ben, window) == (1, 0)
    assert OutboxMessage.objects.filter(payload__template="marking_given_on").count() == 2


def test_nobody_gets_more_than_they_take_or_any_while_they_are_away(window: Window) -> None:
    ben, bea, bo, bim = allot(window, 6, 4)
    bound = Marking.objects.filter(marker=bea).count() + 1
    capacity.set_capacity(marker=bea, most=bound, by=bea, at=AT)
    capacity.add_absence(marker=bo, away=Away(LATER.date(), LATER.date() + timedelta(days=20)), by=bo, at=AT)
    before = {one: Marking.objects.filter(marker=one).count() for one in (bea, bo, bim)}
    given, left = give(ben, window)
    assert given + left == 3
    assert Marking.objects.filter(marker=bea).count() <= bound
    assert Marking.objects.filter(marker=bo).count() == before[bo]
    assert Marking.objects.filter(marker=ben).count() == left


def test_who_marks_no_more_keeps_nothing_that_others_can_mark(window: Window) -> None:
    ben, *_ = allot(window, 4, 3)
    had = len(open_of(ben))
    Membership.objects.filter(user=ben, role=Role.MARKER).update(ends_on=AT.date())
    assert give(ben, window) == (had, 0)


def test_giving_needs_a_reason_and_leaves_other_windows_alone(window: Window) -> None:
    ben, *_ = allot(window, 2, 3)
    other = make.window(opens_on=date(2025, 9, 1))
    make.sitting(other)
    make.sitting(other)
    actions.allocate_window(window=other, by=window.created_by, at=AT)
    with pytest.raises(Refused) as refused:
        give(ben, window, reason="")
    assert refused.value.code == "quality.reason"
    there = list(handing_queries.open_of(ben, other))
    give(ben, window)
    assert list(handing_queries.open_of(ben, other)) == there


# --- seeds -----------------------------------------------------------------------------------------------
@pytest.fixture
def seeded(window: Window) -> list[User]:
    """Markers of a window in which everybody has a seed among their scripts."""
    quality.policy(window, seed_percent=25)
    for _ in range(6):
        make.sitting(window)
    quality.known_set(window, "seeds", (make.FAIR, make.GOOD, make.POOR))
    return allot(window, 0, 3)


def seed_of(marker: User) -> Marking:
    return Marking.objects.get(seed__marker=marker, state=MarkingState.ALLOCATED)


def test_a_seed_is_handed_back_as_any_script_and_goes_to_nobody(window: Window, seeded: list[User]) -> None:
    ben = seeded[0]
    seed, count = seed_of(ben), Marking.objects.filter(seed__isnull=False).count()
    (kept,) = back(ben, [seed])
    assert (kept.seed, kept.script, kept.code) == (seed.seed, None, seed.code)
    assert Marking.objects.filter(seed__isnull=False).count() == count - 1
    assert handing_queries.left_queue(ben, seed.pk) == (seed.code, LATER, True)
    assert not handing_queries.handed_back_in(window).exists()


def test_seeds_leave_with_the_last_of_the_others_so_that_what_stays_tells_nothing(
    window: Window, seeded: list[User]
) -> None:
    ben, bea, bo = seeded
    mine = [one.script_id for one in open_of(ben) if one.script_id]
    room = Counter(Marking.objects.values_list("marker", flat=True))
    for one, more in ((bea, 1), (bo, 0)):
        capacity.set_capacity(marker=one, most=room[one.pk] + more, by=one, at=AT)
    given, left = give(ben, window)
    assert (given, left) == (1, len(mine) - 1)
    assert seed_of(ben).pk in [one.pk for one in open_of(ben)]
    for one in (bea, bo):
        capacity.set_capacity(marker=one, most=None, by=one, at=AT)
    assert give(ben, window) == (left, 0)
    assert open_of(ben) == []
    assert Seed.objects.filter(marker=ben).exists()
    assert handing_queries.scripts_with(ben, window).count() == 0


def test_office_never_sees_a_seed_among_what_somebody_has(window: Window, seeded: list[User]) -> None:
    for one in seeded:
        listed = {some.code for some in handing_queries.scripts_with(one, window)}
        assert seed_of(one).code not in listed
        assert len(listed) == len(open_of(one)) - 1


# --- away ------------------------------------------------------------------------------------------------
def away(marker: User, first: int, last: int) -> Absence:
    day = AT.date()
    days = Away(day + timedelta(days=first), day + timedelta(days=last))
    return capacity.add_absence(marker=marker, away=days, by=marker, at=AT)


def told(marker: User) -> list[dict[str, Any]]:
    found = OutboxMessage.objects.filter(payload__template="marking_away", payload__to=marker.email)
    return [one.payload["context"] for one in found.order_by("pk")]


def test_whose_days_away_begin_is_told_once_what_is_still_theirs(window: Window) -> None:
    ben, *_ = allot(window, 4, 3)
    away(ben, 2, 6)
    for day, expected in ((0, 0), (1, 0), (2, 1), (3, 1), (6, 1)):
        jobs.tell_of_absences(AT + timedelta(days=day))
        assert len(told(ben)) == expected
    (said,) = told(ben)
    assert said["codes"] == [one.code for one in open_of(ben)]
    assert said["count"] == len(open_of(ben))


def test_who_has_nothing_left_or_is_back_or_marks_no_more_is_told_nothing(window: Window) -> None:
    ben, bea, bo, bim = allot(window, 6, 4)
    taken_back = away(bea, 1, 5)
    for one in (ben, bo, bim):
        away(one, 1, 5)
    capacity.end_absence(marker=bea, number=taken_back.pk, by=bea, at=AT)
    back(ben, None, at=AT)
    Membership.objects.filter(user=bo, role=Role.MARKER).update(ends_on=AT.date())
    jobs.tell_of_absences(AT + timedelta(days=1))
    assert [bool(told(one)) for one in (ben, bea, bo, bim)] == [False, False, False, True]
    assert Absence.objects.get(marker=ben).told_at is not None


@pytest.mark.parametrize(
    ("days", "on", "counts"),
    [
        ((1, 20), 0, False),  # not begun
        ((1, 20), 1, True),
        ((1, 13), 1, False),  # back on the due day
        ((1, 14), 1, True),  # away on the due day
        ((1, 20), 21, False),  # back
        ((16, 20), 17, True),  # overdue, and away
    ],
)
def test_scripts_of_whom_is_away_when_they_are_due(
    window: Window, days: tuple[int, int], on: int, counts: bool
) -> None:
    ben, *_ = allot(window, 3, 3)
    assert {one.due_on for one in open_of(ben)} == {AT.date() + timedelta(days=14)}
    away(ben, *days)
    found = Marking.objects.filter(
        handing_queries.away_beyond(AT.date() + timedelta(days=on)), state=MarkingState.ALLOCATED
    )
    assert set(found.values_list("marker", flat=True)) == ({ben.pk} if counts else set())
