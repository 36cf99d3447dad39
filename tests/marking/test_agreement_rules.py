"""How marks are put together, as data of a window: the pair that agrees, and what stands after a third marking."""

import csv
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenthread.assessment.models import Window
from goldenthread.common.models import AuditEvent
from goldenthread.common.refused import Refused
from goldenthread.marking import actions, quality_queries
from goldenthread.marking.agreement_rules import (
    BY_THIRD,
    Pair,
    Third,
    compare,
    half_marks_by_point,
    only,
    standing_text,
    third,
)
from goldenthread.marking.models import Agreement, Marking
from goldenthread.marking.quality_models import MarkingPolicy
from goldenthread.marking.quality_rules import Apart, Policy, Second, agreement_texts
from goldenthread.marking.reliability_queries import reliability_in
from goldenthread.marking.rules import Totals
from goldenthread.moderation import queries as moderation
from goldenthread.outcomes import by_part
from goldenthread.support import plans
from tests import factories_marking as make
from tests import factories_quality as quality
from tests.factories_web import client_of, text_of

ROWS = list(csv.DictReader((Path(__file__).parents[1] / "scenarios" / "combining.csv").open()))
MARKS = st.builds(Totals, st.integers(0, 12), st.integers(0, 8))


def totals(row: dict[str, str], name: str) -> Totals:
    return Totals(int(row[f"{name}_that"]), int(row[f"{name}_how"]))


# --- the rules ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("row", ROWS, ids=[row["scenario"] for row in ROWS])
@pytest.mark.parametrize("way", list(Third))
def test_what_stands_after_a_third_marking(row: dict[str, str], way: Third) -> None:
    three = {1: totals(row, "first"), 2: totals(row, "second"), 3: totals(row, "third")}
    found = third(three, pass_mark=int(row["pass_mark"]), way=way)
    assert found.half_marks == totals(row, str(way))
    assert standing_text(found.standing).replace(",", "+") == ("3" if way is Third.ALONE else row[str(way)])
    assert found.method in BY_THIRD


@given(MARKS, MARKS, MARKS, st.integers(1, 20), st.sampled_from(list(Third)))
def test_nothing_is_rounded_and_no_result_falls_between_readings_that_contradict_each_other(
    one: Totals, two: Totals, three: Totals, pass_mark: int, way: Third
) -> None:
    found = third({1: one, 2: two, 3: three}, pass_mark=pass_mark, way=way)
    assert found.half_marks is not None
    passes = [marks.total >= pass_mark for marks in (one, two, three)]
    standing = {passes[place - 1] for place in found.standing}
    assert standing == {found.half_marks.total >= 2 * pass_mark}
    if way is not Third.ALONE:
        assert standing == {sum(passes) >= 2}


@given(MARKS, MARKS, st.integers(1, 20), st.integers(0, 20), st.sampled_from(list(Pair)))
def test_two_agree_by_the_same_rule_whatever_stands_then(
    one: Totals, two: Totals, pass_mark: int, tolerance: int, pair: Pair
) -> None:
    found = compare(one, two, tolerance=tolerance, pass_mark=pass_mark, pair=pair)
    same = (one.total >= pass_mark) == (two.total >= pass_mark)
    assert found.agreed == (same and abs(one.total - two.total) <= tolerance)
    if found.half_marks is not None:
        assert (found.half_marks.total >= 2 * pass_mark) == (one.total >= pass_mark)
        wanted = one.total + two.total if pair is Pair.MEAN else 2 * max(one.total, two.total)
        assert found.half_marks.total == wanted


def test_the_higher_of_two_stands_as_it_is_and_of_two_alike_the_mean() -> None:
    higher = compare(Totals(9, 5), Totals(7, 6), tolerance=2, pass_mark=12, pair=Pair.HIGHER)
    assert (higher.method, higher.half_marks, higher.standing) == ("higher of two", Totals(18, 10), (1,))
    alike = compare(Totals(9, 5), Totals(8, 6), tolerance=2, pass_mark=12, pair=Pair.HIGHER)
    assert (alike.half_marks, alike.standing) == (Totals(17, 11), (1, 2))


def test_points_are_of_the_markings_that_stand_and_of_old_agreements_as_they_were() -> None:
    three = {1: {1: 3, 2: 1}, 2: {1: 0, 2: 2}, 3: {1: 2, 2: 2}}
    assert half_marks_by_point(three, "1,3") == {1: 5, 2: 3}
    assert half_marks_by_point(three, "2") == {1: 0, 2: 4}
    assert half_marks_by_point(three, "") == half_marks_by_point(three, None) == {1: 4, 2: 4}
    assert only(Totals(3, 2)).standing == (1,)


def test_the_rule_is_said_in_words() -> None:
    mean = (
        "Two markers agree when their totals differ by at most 2 marks and both reach the pass mark or both don't. "
        "Then their mean stands, in half marks."
    )
    assert agreement_texts(Policy(), 2) == [
        mean,
        "If they don't, a third marker marks it blind, and the third marker's marks stand.",
    ]
    said = Policy(second=Second.SAMPLE, apart=Apart.DISCUSSION, pair=Pair.HIGHER, third=Third.MEDIAN)
    two, then, lot = agreement_texts(said, 1)
    assert two.endswith(
        "at most 1 mark and both reach the pass mark or both don't. Then the higher of the two stands."
    )
    assert then.startswith("Two who don't agree discuss the script, for at most 5 days. If they still don't,")
    assert then.endswith("the marking in the middle of the three stands.")
    assert lot.startswith("A script to which the lot gives one marker")
    assert agreement_texts(Policy(second=Second.NONE), 2) == [
        "Every script has one marker, whose marks stand."
    ]


# --- in a window -------------------------------------------------------------------------------------
@pytest.fixture
def window() -> Window:
    return make.window()


def marked(window: Window, *given: dict[int, int | None], **figures: Any) -> Agreement:
    """One script by a policy: two markings, and a third where these don't agree."""
    quality.policy(window, **figures)
    make.markers(3)
    make.sitting(window)
    actions.allocate_window(window=window, by=window.created_by, at=make.CLOSED)
    for position, marks in enumerate(given, start=1):
        make.submit(Marking.objects.select_related("marker").get(position=position), marks)
    return Agreement.objects.get()


LOW, MIDDLE, HIGH = make.marks(1, 1, 1, 1, 1), make.marks(2, 2, 2, 1, 1), make.marks(4, 4, 4, 2, 2)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("way", "method", "half", "standing"),
    [
        (Third.ALONE, "third mark", 16, "3"),
        (Third.CLOSEST, "closest two of three", 13, "1,3"),
        (Third.MEDIAN, "middle of three", 16, "3"),
    ],
)
def test_a_window_puts_three_markings_together_as_its_policy_says(
    window: Window, way: Third, method: str, half: int, standing: str
) -> None:
    found = marked(window, LOW, HIGH, MIDDLE, third=way)
    assert (found.method, found.half_marks, found.standing) == (method, half, standing)
    event = AuditEvent.objects.filter(verb="marks.agreed").latest("pk")
    assert event.details["standing"] == [int(one) for one in standing.split(",")]
    (script,) = moderation.marked_scripts(window)
    assert script.third  # whichever way: a moderator looks at it
    compared = {one.name: len(one.agreed) for one in reliability_in(window)}
    alone = {"3": "Bo Marker"}.get(standing)
    assert [count for name, count in compared.items() if name == alone] in ([], [0])
    assert sum(compared.values()) == (2 if alone else 3)


@pytest.mark.django_db
def test_the_higher_of_two_is_the_mark_where_the_policy_says_so(window: Window) -> None:
    found = marked(window, make.marks(3, 3, 3, 3, 3), make.marks(3, 3, 3, 3, 2), pair=Pair.HIGHER)
    assert (found.method, found.half_marks, found.standing) == ("higher of two", 30, "1")


@pytest.mark.django_db
def test_a_window_without_a_word_about_it_keeps_the_mean(window: Window) -> None:
    found = marked(window, make.marks(3, 3, 3, 3, 3), make.marks(3, 3, 3, 3, 2))
    assert (found.method, found.half_marks, found.standing) == ("within tolerance", 29, "1,2")


@pytest.mark.django_db
def test_somebody_chooses_the_rule_by_name_before_marking_and_the_board_reads_it(window: Window) -> None:
    make.markers(2)
    make.sitting(window)
    make.mark_all(window)
    office = window.created_by
    address = f"/office/windows/{window.pk}/"
    assert "Then their mean stands" in text_of(client_of(office).get(f"{address}board/"))
    with pytest.raises(Refused) as refused:
        quality.policy(window, third=Third.CLOSEST)
    assert refused.value.code == "policy.allocated"
    other = make.window(window.intake, opens_on=date(2026, 3, 2), case_study=window.case_study)
    fields = {
        "each": 2, "altogether": 6, "attempts": 2, "second": "every", "second_percent": 100, "apart": "third",
        "discussion_days": 5, "seed_percent": 0, "seed_tolerance": 2, "stop_count": 2, "stop_of": 5,
        "pair": "higher", "third": "closest", "reason": "So decided by the board.",
    }  # fmt: skip
    page = f"/office/windows/{other.pk}/marking/policy/"
    assert client_of(office).post(page, {**fields, "third": "lot"}).status_code == 422
    assert client_of(office).post(page, fields).status_code == 302
    row = MarkingPolicy.objects.get(window=other)
    assert (row.pair, row.third, row.set_by, row.reason) == ("higher", "closest", office, fields["reason"])
    assert quality_queries.policy_of(other.pk).third is Third.CLOSEST
    found = text_of(client_of(office).get(page))
    assert "the mean of the closest two on the same side of the pass mark stands" in found
    assert "Where two agree: the higher of the two." in found


@pytest.mark.django_db
def test_marks_by_point_are_of_the_markings_that_stand(window: Window) -> None:
    """Parts of a result and the weak areas of a support plan go by them."""
    high, low = make.marks(4, 3, 3, 3, 3), make.marks(3, 3, 3, 3, 3)
    found = marked(window, low, high, pair=Pair.HIGHER)
    person = found.script.sitting.enrolment_id
    by_point = by_part._given(by_part._asked(window, [person]))
    assert by_point == {person: [{point: 2 * (mark or 0) for point, mark in high.items()}]}
    given, standing = plans._markings(window.pk, [person])[person]
    assert half_marks_by_point(given, standing) == by_point[person][0]
