"""Do the hours add up, in the stage tables and in the comparison table."""

from collections.abc import Callable

import pytest

from goldenthread.catalogue.reading import read_specification
from goldenthread.catalogue.rules import check_tables, check_totals
from goldenthread.catalogue.specification import Specification
from tests.catalogue.texts import MADE_UP, spoilt

Find = Callable[[str], Specification]


def hours(spec: Specification) -> dict[str, float | None]:
    return {c.key: None if c.minutes is None else c.minutes / 60 for c in spec.components if c.counts}


@pytest.mark.requirement("S0-22")
@pytest.mark.parametrize("key", ["npqlt", "npqltd", "npqlbc"])
def test_specialist_hours_add_up_to_74(spec: Find, key: str) -> None:
    assert hours(spec(key)) == {"induction": 1, "events": 18, "study": 32, "tasks": 18, "coaching": 5}
    check = check_totals(spec(key))
    assert (check.known, check.declared, check.missing, check.status) == (74 * 60, 74 * 60, 0, "adds up")


@pytest.mark.requirement("S0-23")
def test_npqsl_hours_add_up_to_90(spec: Find) -> None:
    assert list(hours(spec("npqsl")).values()) == [1, 1, 24, 38, 20, 6]
    assert check_totals(spec("npqsl")).declared == 90 * 60
    assert check_totals(spec("npqsl")).status == "adds up"


@pytest.mark.requirement("S0-24")
def test_npqh_hours_add_up_to_104(spec: Find) -> None:
    assert list(hours(spec("npqh")).values()) == [1, 1, 30, 38, 28, 6]
    assert check_totals(spec("npqh")).declared == 104 * 60
    assert check_totals(spec("npqh")).status == "adds up"


@pytest.mark.requirement("S0-25")
def test_npqel_hours_add_up_to_116(spec: Find) -> None:
    assert list(hours(spec("npqel")).values()) == [1, 1, 36, 38, 34, 6]
    assert check_totals(spec("npqel")).declared == 116 * 60
    assert check_totals(spec("npqel")).status == "adds up"


@pytest.mark.requirement("S0-26")
def test_totals_belong_to_the_caption_below_the_table(spec: Find) -> None:
    totals = {key: (spec(key).minutes_declared or 0) / 60 for key in ("npqsl", "npqh", "npqel")}
    assert totals == {"npqsl": 90, "npqh": 104, "npqel": 116}


@pytest.mark.requirement("S1-14")
def test_legacy_npqsl_adds_up_to_92_without_coaching(spec: Find) -> None:
    legacy = spec("npqsl-legacy-international")
    assert hours(legacy) == {"diagnostic": 2, "events": 24, "study": 60, "briefings": 6}
    assert check_totals(legacy).declared == 92 * 60
    assert check_totals(legacy).status == "adds up"
    assert "coaching" not in {component.kind for component in legacy.components}


@pytest.mark.requirement("S3-14")
def test_legacy_npqh_is_incomplete_and_not_wrong(spec: Find) -> None:
    check = check_totals(spec("npqh-legacy-england"))
    assert (check.known, check.declared, check.missing) == (9 * 60, 112 * 60, 103 * 60)
    assert check.unknown_components == ("diagnostic", "events", "study")
    assert check.status == "incomplete"


@pytest.mark.requirement("S3-09")
def test_the_360_hours_of_legacy_npqh_are_unknown_neither_0_nor_2(spec: Find) -> None:
    diagnostic = spec("npqh-legacy-england").component("diagnostic")
    assert diagnostic.minutes is None
    assert diagnostic.hours.unknown
    assert len(diagnostic.rounds) == 2


@pytest.mark.requirement("S3-13")
def test_briefings_of_legacy_npqh_have_6_hours(spec: Find) -> None:
    assert spec("npqh-legacy-england").component("briefings").minutes == 360


def test_england_npqlt_has_no_declared_total(spec: Find) -> None:
    check = check_totals(spec("npqlt-reformed-england"))
    assert (check.declared, check.missing, check.status) == (None, None, "incomplete")
    assert check.unknown_components == ("study", "webinars", "coaching")


@pytest.mark.requirement("S0-29")
def test_the_case_study_carries_no_hours(spec: Find) -> None:
    case_study = spec("npqlt").component("case-study")
    assert not case_study.counts
    assert case_study.minutes == 0
    assert sum(c.minutes or 0 for c in spec("npqlt").components) == 74 * 60


def test_a_sum_that_differs_is_wrong() -> None:
    short = check_totals(read_specification(spoilt("value = 41.5", "value = 42")))
    assert (short.missing, short.status) == (30, "wrong")
    over = check_totals(read_specification(spoilt("value = 41.5", "value = 41")))
    assert (over.missing, over.status) == (-30, "wrong")


def test_known_hours_above_the_total_are_wrong_even_beside_unknown_ones() -> None:
    text = spoilt('hours = { value = 20, source = "M1:6" }', 'hours = "unknown"')
    assert check_totals(read_specification(text)).status == "incomplete"
    text = text.replace("value = 41.5", "value = 20")
    assert check_totals(read_specification(text)).status == "wrong"


def test_half_hours_are_exact() -> None:
    assert read_specification(MADE_UP).component("events").minutes == 21 * 60 + 30
    assert check_totals(read_specification(MADE_UP)).status == "adds up"


@pytest.mark.requirement("S0-49")
@pytest.mark.parametrize(
    ("key", "total", "merged", "blank"),
    [("npqsl", 90, 89, 88), ("npqh", 104, 103, 102), ("npqel", 116, 115, 114)],
)
def test_the_comparison_table_is_short_for_leadership(
    spec: Find, key: str, total: int, merged: int, blank: int
) -> None:
    one, two = check_tables(spec(key))
    assert (one.summed, one.declared, one.text) == (merged * 60, total * 60, "1 h short, see induction")
    assert (two.summed, two.declared, two.text) == (blank * 60, total * 60, "2 h short, see induction")
    assert {one.conflict, two.conflict} == {"C-03"}


@pytest.mark.requirement("S0-49")
def test_the_comparison_table_adds_up_for_specialists(spec: Find) -> None:
    (check,) = check_tables(spec("npqlbc"))
    assert check.adds_up
    assert check.summed == 74 * 60


@pytest.mark.requirement("S0-48")
def test_both_readings_of_the_induction_hours_are_kept(spec: Find) -> None:
    stage = spec("npqh").stage("induction")
    assert stage.hours.value == 120
    assert [(v.value, v.source, v.state.value) for v in stage.hours.values] == [
        (120, ("000:77",), "in_force"),
        (60, ("000:150",), "alternative"),
    ]
    assert "merged" in stage.hours.values[1].note
    assert spec("npqlt").component("induction").hours.sources == ("000:68", "000:150")


def test_only_leadership_has_a_needs_analysis(spec: Find) -> None:
    assert spec("npqel").component("needs-analysis").minutes == 60
    assert spec("npqel").component("induction").minutes == 60
    with pytest.raises(KeyError):
        spec("npqlt").component("needs-analysis")
