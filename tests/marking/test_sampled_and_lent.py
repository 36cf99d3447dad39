"""A share of scripts with a second marker, a tolerance that the policy sets, and scripts that are lent for a time."""

from datetime import timedelta

import pytest

from goldenthread.common.models import AuditEvent
from goldenthread.marking import actions, jobs, queries
from goldenthread.marking.agreement_rules import half_marks_by_point
from goldenthread.marking.handing_models import LeaseEnded
from goldenthread.marking.models import Agreement, Marking
from goldenthread.marking.quality_models import SingleMarked
from goldenthread.people.models import Role
from tests import factories
from tests import factories_marking as make
from tests import factories_quality as quality

pytestmark = pytest.mark.django_db
AT = make.CLOSED


def test_a_drawn_share_has_a_second_marker_and_one_marking_stands_alone() -> None:
    window = make.window()
    make.markers(3)
    for _ in range(10):
        make.sitting(window)
    quality.policy(window, second="sample", second_percent=25)
    assert actions.allocate_window(window=window, by=window.created_by, at=AT) == 10 + 3
    assert SingleMarked.objects.count() == 7
    assert queries.progress_of(window).unallocated == 0
    assert not queries.lacking_markers(queries.scripts_of(window)).exists()
    assert actions.allocate_window(window=window, by=window.created_by, at=AT) == 0
    one = (
        Marking.objects.select_related("marker").filter(script__single_marked__isnull=False).order_by("pk")[0]
    )
    waits = [line for line in queries.unfinished_in(window) if "its only marking" in line]
    assert len(waits) == 7
    make.submit(one)
    agreement = Agreement.objects.get()
    assert (agreement.method, agreement.half_marks, agreement.script_id) == ("one marking", 30, one.script_id)
    for other in Marking.objects.select_related("marker").filter(state="allocated"):
        make.submit(other)
    assert queries.progress_of(window).finished


def test_a_single_marking_set_aside_gets_one_marker_again() -> None:
    window = make.window()
    make.markers(2)
    make.sitting(window)
    quality.policy(window, second="none")
    actions.allocate_window(window=window, by=window.created_by, at=AT)
    first = make.submit(Marking.objects.select_related("marker").get())
    actions.set_aside(marking=first, reason="Knew the author.", by=window.created_by, at=AT)
    again = Marking.objects.select_related("marker").get()
    assert again.marker_id != first.marker_id
    make.submit(again, make.GOOD)
    assert Agreement.objects.get().half_marks == 36


def test_the_only_marking_counts_twice_in_half_marks_by_point() -> None:
    assert half_marks_by_point({1: {1: 3, 2: 0}}) == {1: 6, 2: 0}
    assert half_marks_by_point({1: {1: 3}, 2: {1: 2}}) == {1: 5}
    assert half_marks_by_point({1: {1: 3}, 2: {1: 0}, 3: {1: 1}}) == {1: 2}


@pytest.mark.parametrize(("tolerance", "state"), [(0, "referred"), (1, "agreed"), (None, "agreed")])
def test_the_tolerance_of_the_policy_comes_before_that_of_the_scheme(
    tolerance: int | None, state: str
) -> None:
    window = make.window()
    make.markers(2)
    make.sitting(window)
    quality.policy(window, tolerance=tolerance, seed_tolerance=3)
    actions.allocate_window(window=window, by=window.created_by, at=AT)
    first, second = Marking.objects.select_related("marker").order_by("position")
    make.submit(first, make.FAIR)
    make.submit(second, make.marks(3, 3, 3, 3, 2))
    assert Agreement.objects.get().state == state


def test_never_across_the_pass_mark_whatever_the_tolerance() -> None:
    window = make.window()
    make.markers(2)
    make.sitting(window)
    quality.policy(window, tolerance=20)
    actions.allocate_window(window=window, by=window.created_by, at=AT)
    first, second = Marking.objects.select_related("marker").order_by("position")
    make.submit(first, make.marks(3, 3, 2, 2, 2))
    make.submit(second, make.marks(3, 2, 2, 2, 2))
    assert Agreement.objects.get().state == "referred"


def test_a_script_whose_time_ran_out_goes_to_somebody_else_with_nothing_of_what_was_entered() -> None:
    window = make.window()
    make.markers(2)
    make.sitting(window)
    quality.policy(window, lease_days=2)
    actions.allocate_window(window=window, by=window.created_by, at=AT)
    one = Marking.objects.select_related("marker").get(position=1)
    actions.save_marks(
        marking=one, revision=0, entered=actions.Entered({1: 3}, "", make.FEEDBACK), by=one.marker, at=AT
    )
    due = AT + timedelta(days=14)
    assert jobs.end_leases(due + timedelta(days=2)) == "0 scripts given on"
    late = due + timedelta(days=3)
    assert jobs.end_leases(late) == "0 scripts given on"  # nobody else is there
    bo = factories.member(Role.MARKER, "Bo Marker")
    assert jobs.end_leases(late) == "1 scripts given on"  # of two: Bo may have the script once
    moved = Marking.objects.get(marker=bo)
    assert (moved.marks, moved.due_on, moved.revision) == ({}, (late + timedelta(days=7)).date(), 2)
    ended = AuditEvent.objects.get(verb="marking.lease_ended")
    assert ended.subject == f"script:{moved.script_id}"
    assert ended.details == {
        "position": 1, "was": one.marker_id, "now": bo.pk, "points_marked": 1, "marks": {"1": 3},
    }  # fmt: skip
    assert jobs.end_leases(late) == "0 scripts given on"


def test_time_runs_out_also_for_who_got_the_script_a_second_time_before_that_was_barred() -> None:
    window = make.window()
    make.markers(2)
    make.sitting(window)
    quality.policy(window, second="none", lease_days=2)
    actions.allocate_window(window=window, by=window.created_by, at=AT)
    held = Marking.objects.get()
    LeaseEnded.objects.create(script_id=held.script_id or 0, marker=held.marker, at=AT)
    assert jobs.end_leases(AT + timedelta(days=17)) == "1 scripts given on"
    assert LeaseEnded.objects.get().at == AT


def test_what_is_not_lent_stays() -> None:
    window = make.window()
    make.markers(3)
    make.sitting(window)
    actions.allocate_window(window=window, by=window.created_by, at=AT)
    assert jobs.end_leases(AT + timedelta(days=300)) == "0 scripts given on"
