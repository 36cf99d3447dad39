"""The arithmetic of the bench: percentiles that were measured, ratios to the right floor, targets that bite."""

import pytest

from bench import __main__, figures, table

FLOORS = {"1 connection": [400.0, 1000.0, 500.0], "64 connections": [2000.0, 1800.0, 1900.0]}


@pytest.mark.parametrize(
    ("share", "expected"), [(0.5, 50), (0.95, 95), (0.99, 99), (1.0, 100), (0.0, 1), (0.505, 51)]
)
def test_a_percentile_is_the_smallest_value_that_so_many_do_not_exceed(share: float, expected: int) -> None:
    assert figures.percentile(list(range(100, 0, -1)), share) == expected


def test_the_percentile_of_one_value_is_that_value_and_of_none_there_is_none() -> None:
    assert figures.spread([7.0]) == {"p50": 7.0, "p95": 7.0, "p99": 7.0, "max": 7.0}
    with pytest.raises(ValueError, match="no values"):
        figures.percentile([], 0.5)


def hand_in(clients: int = 64, *, count: int = 1000, slow: int = 0, errors: int = 0) -> figures.Figure:
    times = [100.0] * (count - slow) + [600.0] * slow
    return figures.hand_in(
        "postgresql", clients, milliseconds=times, seconds=5.0, cpu_seconds=4.0, errors=errors, floors=FLOORS
    )


def test_hand_ins_are_set_against_the_median_of_one_connection_and_the_other_ratio_stands_beside_it() -> None:
    values = hand_in().values
    assert (values["rate"], values["ratio"], values["server_cpu_ms"]) == (200.0, 0.4, 4.0)
    assert values["floors"] == {"1 connection": 500.0, "64 connections": 1900.0}
    assert values["ratios"] == {"1 connection": 0.4, "64 connections": 0.105}


def test_the_target_of_hand_ins_needs_rate_and_time_and_no_error() -> None:
    assert hand_in().holds is True
    assert hand_in(count=400).holds is False
    assert hand_in(slow=20).holds is False
    assert hand_in(slow=10).holds is True
    assert hand_in(errors=1).holds is False
    assert hand_in(16).holds is None


def test_a_page_holds_only_with_both_ways_of_asking_quick_enough_and_few_queries() -> None:
    def page(inside: float, http: float, queries: int) -> bool | None:
        return figures.page(
            "sqlite", "people", milliseconds=[inside], http=[http], queries=queries, floor_ms=2.0
        ).holds

    assert page(149.9, 149.9, 12) is True
    assert page(150.0, 1.0, 12) is False
    assert page(1.0, 150.0, 12) is False
    assert page(1.0, 1.0, 13) is False


def test_engagement_is_set_against_the_aggregate_by_medians() -> None:
    figure = figures.engagement("sqlite", 10, 400, product=[9.0, 2.0, 2.2], aggregate=[1.0, 1.1, 8.0])
    assert (figure.values["ratio"], figure.holds) == (2.0, True)


def test_the_table_has_a_line_for_each_figure_under_its_headings() -> None:
    page = figures.page("sqlite", "people", milliseconds=[1.0], http=[2.0], queries=9, floor_ms=0.5)
    pace = figures.engagement("sqlite", 14_000, 560_000, product=[3.0], aggregate=[1.0])
    lines = table.table([hand_in(), page, pace]).splitlines()
    assert len(lines) == 5
    assert lines[0].split()[:3] == ["workload", "database", "case"]
    assert "0.40, 0.10" in lines[2]
    assert "9 queries" in lines[3]
    assert lines[4].endswith("MISSED")


@pytest.mark.parametrize(("slow", "holds"), [(0, True), (4, False)])
def test_a_chats_target_is_two_seconds_for_all_but_a_few_messages(slow: int, holds: bool) -> None:
    figure = figures.chat("sqlite", "by asking", milliseconds=[900.0] * 60 + [2500.0] * slow)
    assert figure.holds is holds
    assert "900.0" in table.table([figure])


def public(*, slow: int = 0, errors: int = 0, size: int = 90_000) -> figures.Figure:
    times = [4.0] * (100 - slow) + [80.0] * slow
    return figures.public(
        "sqlite", None, milliseconds=times, errors=errors, cpu_ms=1.234, size=size, floor_ms=2.0
    )


def test_the_pages_of_visitors_must_be_quick_small_and_without_error() -> None:
    assert public().holds is True
    assert public(slow=5).holds is True
    assert public(slow=6).holds is False
    assert public(errors=1).holds is False
    assert public(size=150_000).holds is False
    assert public().values["ratio"] == 2.0
    assert "90.0 KB, 0 errors, 1.23 ms CPU each" in table.table([public()])


@pytest.mark.parametrize(
    ("other", "holds"),
    [
        ({}, True),
        ({"seconds": 20.0}, False),
        ({"megabytes": 1000.0}, False),
        ({"missed": 1}, False),
        ({"false": 1}, False),
    ],
)
def test_a_comparison_is_quick_small_and_exact_or_missed(other: dict[str, float], holds: bool) -> None:
    values = {"seconds": 19.9, "megabytes": 999.0, "planted": 140, "missed": 0, "false": 0, **other}
    figure = figures.similarity("sqlite", 14_000, "from the texts", **values)  # type: ignore[arg-type]
    assert figure.holds is holds
    assert f"{values['missed']} of 140 missed" in table.row(figure)[3]


@pytest.mark.parametrize(
    ("seconds", "wait", "holds"),
    [(59.9, 2999.0, True), (60.0, 1.0, False), (1.0, 3000.0, False)],
)
def test_a_release_is_under_a_minute_and_keeps_nobody_waiting_or_missed(
    seconds: float, wait: float, holds: bool
) -> None:
    waits = {"elsewhere": 1.0, "about one of them": wait}
    figure = figures.release("sqlite", 14_000, seconds=seconds, floor=1.5, passed=9_000, waits=waits)
    assert figure.holds is holds
    line = table.table([figure])
    assert "9,000 passed" in line
    assert f"about one of them {wait / 1000:.2f} s" in line


@pytest.mark.parametrize(
    ("other", "holds"),
    [({}, True), ({"seconds": 10.0}, False), ({"uneven": 2}, False), ({"broken": 1}, False)],
)
def test_an_allocation_is_quick_even_and_free_of_conflict_or_missed(
    other: dict[str, float], holds: bool
) -> None:
    values = {"seconds": 9.9, "floor": 1.1, "uneven": 1, "broken": 0, **other}
    figure = figures.allocation("sqlite", 14_000, 300, **values)  # type: ignore[arg-type]
    assert figure.holds is holds
    assert figure.values["times"] == round(values["seconds"] / 1.1, 1)
    assert "14,000 scripts, 300 markers" in table.table([figure])


def test_a_document_has_its_median_and_what_it_asks_of_database_and_disk() -> None:
    counts = {"statements": 20, "commits": 2}
    figure = figures.document("sqlite", "handed in at once", milliseconds=[9.0, 7.0, 70.0], counts=counts)
    assert (figure.values["median_ms"], figure.values["least_ms"], figure.holds) == (9.0, 7.0, None)
    assert "9.00 ms CPU (least 7.00), 20 statements, 2 commits, 0 file syncs" in table.table([figure])


def test_a_layer_has_the_share_of_the_floor_that_it_leaves_and_no_target() -> None:
    figure = figures.layer(
        "sqlite", "and the bare transaction", answered=3_000, seconds=3.0, cpu_seconds=3.6, errors=2, floor=4_000.0
    )  # fmt: skip
    assert (figure.values["ratio"], figure.holds) == (0.25, None)
    assert table.row(figure)[3] == "1,000/s, 2 errors, 1.20 ms CPU each"


def test_every_workload_that_can_be_asked_for_has_its_words_in_the_table() -> None:
    assert set(__main__.WORKLOADS) == set(table._CELLS)
