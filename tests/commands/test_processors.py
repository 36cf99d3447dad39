"""Where the processes of the server run."""

import os

import pytest

from goldenthread.commands import serve


@pytest.mark.parametrize(
    ("number", "processes", "allowed", "expected"),
    [
        (0, 2, {0, 1}, 0),
        (1, 2, {0, 1}, 1),
        (2, 4, {3, 5}, 3),  # more processes than processors share them evenly
        (3, 4, {3, 5}, 5),
        (0, 2, {0, 1, 2, 3}, None),  # processors are left over: the system places them better
        (0, 4, {7}, None),
        (0, 1, set(), None),
    ],
)
def test_a_process_keeps_to_one_where_there_is_one_for_each(
    number: int, processes: int, allowed: set[int], expected: int | None
) -> None:
    assert serve.processor_of(number, processes=processes, allowed=allowed) == expected


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system places processes by itself")
def test_only_what_is_told_to_keeps_to_one() -> None:
    before = os.sched_getaffinity(0)
    try:
        serve._keep_to(None)
        assert os.sched_getaffinity(0) == before
        serve._keep_to(min(before))
        assert os.sched_getaffinity(0) == {min(before)}
    finally:
        os.sched_setaffinity(0, before)
