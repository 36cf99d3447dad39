"""When a claim may be shown, and what figures say: shares with their denominators, never a guess."""

from datetime import date
from fractions import Fraction

import pytest

from goldenthread.common.refused import Refused
from goldenthread.reports import rules
from goldenthread.reports.rules import Candidate, Metric, PassRate, Share

GOOD = {"source": "000:191", "period": "not stated", "owned": True, "review_on": date(2027, 1, 1)}
ON = date(2026, 1, 1)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"source": ""}, "claim.no_source"),
        ({"source": "  "}, "claim.no_source"),
        ({"period": ""}, "claim.no_period"),
        ({"owned": False}, "claim.no_owner"),
        ({"review_on": None}, "claim.no_review"),
        ({"review_on": ON}, "claim.no_review"),
    ],
)
def test_a_claim_needs_source_period_owner_and_a_review_to_come(change: dict[str, object], code: str) -> None:
    with pytest.raises(Refused) as no:
        rules.check_publishable(on=ON, **{**GOOD, **change})  # type: ignore[arg-type]
    assert no.value.code == code
    rules.check_publishable(on=ON, **GOOD)  # type: ignore[arg-type]


def test_a_claim_is_shown_to_the_day_before_its_review() -> None:
    said = {"published": True, "source": "000:193", "period": "2021", "review_on": date(2026, 6, 1)}
    assert rules.is_shown(on=date(2026, 5, 31), **said)  # type: ignore[arg-type]
    assert not rules.is_shown(on=date(2026, 6, 1), **said)  # type: ignore[arg-type]
    assert not rules.is_shown(on=ON, **{**said, "published": False})  # type: ignore[arg-type]
    assert not rules.is_shown(on=ON, **{**said, "period": ""})  # type: ignore[arg-type]


@pytest.mark.requirement("S0-55")
def test_satisfaction_is_satisfied_of_those_who_answered() -> None:
    assert rules.satisfaction(49, 50) == "98.0 % (n = 50)"
    assert rules.satisfaction(2, 3) == "66.6 % (n = 3)"
    assert rules.satisfaction(0, 0) == "no data"
    assert rules.satisfaction(0, 4) == "0.0 % (n = 4)"
    with pytest.raises(Refused):
        rules.satisfaction(5, 4)


@pytest.mark.parametrize(
    ("passed", "assessed", "text", "alert"),
    [
        (19, 20, "95.0 % (19/20)", False),
        (18, 20, "90.0 % (18/20)", True),
        (0, 0, "no data", False),
        (949, 1000, "94.9 % (949/1,000)", True),
        (9499, 10000, "94.9 % (9,499/10,000)", True),
    ],
)
def test_the_pass_rate_and_its_alert(passed: int, assessed: int, text: str, alert: bool) -> None:
    rate = PassRate(name="all", assessed=assessed, passed=passed, withdrawn=3)
    assert (rate.share.text, rate.alert) == (text, alert)


@pytest.mark.requirement("S0-61")
@pytest.mark.parametrize(
    ("target", "actual", "row"),
    [
        (Fraction(90, 100), Fraction(92, 100), ("completion", "90", "92", "2025", "met")),
        (Fraction(90, 100), Fraction(90, 100), ("completion", "90", "90", "2025", "met")),
        (Fraction(90, 100), Fraction(8999, 10000), ("completion", "90", "89.9", "2025", "not met")),
        (None, Fraction(1), ("completion", "", "100", "2025", "no target set")),
        (Fraction(925, 1000), None, ("completion", "92.5", "", "2025", "not measured")),
    ],
)
def test_a_metric_against_its_target(
    target: Fraction | None, actual: Fraction | None, row: tuple[str, ...]
) -> None:
    assert Metric(key="completion", year=2025, target=target, actual=actual).row == row


def people(near: int, far: int, unknown: int = 0) -> list[Candidate]:
    kms = [12.0] * near + [80.0] * far + [None] * unknown
    areas = ["Kent", "Devon"]
    return [
        Candidate(name=f"P{n:03}", reference=f"E-{n}", area=areas[n % 2], km=km) for n, km in enumerate(kms)
    ]


@pytest.mark.requirement("S3-39")
def test_the_share_within_a_distance_and_who_is_farther_by_area() -> None:
    found = rules.coverage(people(93, 7), within_km=50)
    assert found.share == Share(93, 100)
    assert found.share.text == "93.0 % (93/100)"
    assert {area: len(rows) for area, rows in found.uncovered.items()} == {"Devon": 4, "Kent": 3}


def test_who_cannot_be_placed_is_in_no_share() -> None:
    found = rules.coverage(people(3, 1, unknown=5), within_km=50)
    assert (found.share, found.unknown) == (Share(3, 4), 5)
    assert rules.coverage(people(3, 1), within_km=80).share == Share(4, 4)
    assert rules.coverage([], within_km=50).share.text == "no data"


@pytest.mark.requirement("S2-37")
def test_the_change_of_an_area_from_start_to_end() -> None:
    found = rules.change("Implementation", [(2, 4), (3, 4), (2, 3), (3, 4), (2, 3)])
    assert (found.start, found.end) == (Fraction(12, 5), Fraction(18, 5))
    assert found.text == "+1.2 (n = 5)"
    assert rules.change("Teaching", [(4, 3)] * 6).text == "−1.0 (n = 6)"
    assert rules.change("Teaching", [(4, 4)] * 6).text == "±0.0 (n = 6)"


def test_a_few_answers_show_no_average() -> None:
    assert rules.change("Culture", [(1, 5)] * 4).text == "too few answers (n = 4)"
    assert rules.change("Culture", []).text == "too few answers (n = 0)"
