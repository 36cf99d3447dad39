"""Figures by cohort, the Department's funding year: the office's exactly, the visitors' so that they tell of nobody."""

from datetime import date, timedelta
from itertools import combinations
from random import Random

import pytest
from django.test import Client
from django.urls import reverse

from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.outcomes.board_rules import is_small
from goldenthread.people.models import Role, User
from goldenthread.reports import actions, measures
from goldenthread.reports.models import PublishedFigure
from goldenthread.reports.rules import Share, cohort_of, cohort_text
from goldenthread.reports.said_rules import Lines, cohort_lines, next_lines
from tests import factories
from tests import factories_marking as make
from tests.factories_web import page, text_of
from tests.reports.test_measures import many, release
from tests.reports.test_published_figures import AT, publish

REFORMED, OTHER = "npqlt-reformed-international", "npqlt-reformed-england"


@pytest.mark.parametrize(
    ("day", "cohort"),
    [
        (date(2024, 8, 31), 2023),
        (date(2024, 9, 1), 2024),
        (date(2025, 1, 6), 2024),
        (date(2025, 8, 31), 2024),
        (date(2025, 9, 1), 2025),
    ],
)
def test_a_cohort_begins_on_the_first_of_september(day: date, cohort: int) -> None:
    assert cohort_of(day) == cohort


@pytest.fixture
def olu(catalogue: None) -> User:
    return factories.member(Role.OFFICE, "Olu Office")


def told(starts_on: date, assessed: int, passed: int, prefix: str, key: str = factories.NPQLT) -> None:
    window = make.window(factories.intake(key, starts_on=starts_on))
    release(window, many(window.intake, assessed, prefix=prefix), passed=passed)


@pytest.mark.django_db
@pytest.mark.requirement("S0-56")
def test_the_office_splits_the_rate_by_cohort_whatever_the_calendar_year(olu: User) -> None:
    told(date(2024, 9, 2), 4, 4, "a")
    told(date(2025, 1, 6), 3, 1, "b")
    told(date(2025, 9, 1), 2, 2, "c")
    rates = {rate.name: rate.share for rate in measures.pass_rates("cohort")}
    assert rates == {cohort_text(2024): Share(5, 7), cohort_text(2025): Share(2, 2)}
    shown = text_of(page(olu, reverse("office:reports"), by="cohort"))
    assert "Cohort 2024 (September 2024 to August 2025)" in shown
    assert "71.4 % (5/7)" in shown


@pytest.mark.django_db
def test_intakes_of_one_name_are_told_apart_by_programme_and_else_by_edition_and_market(olu: User) -> None:
    day = date(2024, 9, 2)
    told(day, 4, 4, "a")
    told(day, 2, 1, "b", "npqltd-reformed-international")
    assert {rate.name: rate.share for rate in measures.pass_rates("intake")} == {
        "NPQLT September 2024": Share(4, 4),
        "NPQLTD September 2024": Share(1, 2),
    }
    other = ProgrammeVersion.objects.filter(programme__code="NPQLT").exclude(key=factories.NPQLT)[0]
    told(day, 3, 0, "c", other.key)
    names = [rate.name for rate in measures.pass_rates("intake")]
    assert len(set(names)) == 3
    assert f"NPQLT September 2024, {other.edition}, {other.market}" in names


# --- what visitors read -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("cohorts", "lines"),
    [
        ({}, {}),
        ({"2024": [30, 5]}, {}),  # one cohort is the whole
        ({"2023": [20, 5], "2024": [30, 0]}, {"2023": [20, 5], "2024": [30, 0]}),
        ({"2023": [20, 5], "2024": [30, 1]}, {}),
        ({"2022": [9, 9], "2023": [20, 2], "2024": [30, 3]}, {"2022": [9, 9], "": [50, 5]}),
        ({"2022": [9, 9], "2023": [40, 40], "2024": [30, 3]}, {"2023": [40, 40], "": [39, 12]}),
        ({"2022": [0, 0], "2023": [20, 5], "2024": [30, 0]}, {"2023": [20, 5], "2024": [30, 0]}),
    ],
)
def test_cohorts_that_would_tell_stand_together(cohorts: dict, lines: dict) -> None:
    assert cohort_lines(cohorts).groups == lines


def tells(lines: list[list[int]], whole: list[int]) -> bool:
    """Whether anything that is added up or subtracted comes to a few people."""
    for size in range(1, len(lines) + 1):
        for some in combinations(lines, size):
            for side in (0, 1):
                part = sum(one[side] for one in some)
                if is_small(part) or is_small(whole[side] - part):
                    return True
    return False


def some_cohorts(chance: Random) -> dict[str, list[int]]:
    return {str(year): [chance.randrange(30), chance.randrange(12)] for year in range(2020, 2025)}


def test_no_line_and_no_difference_from_the_whole_is_a_few_people() -> None:
    chance, several = Random(11), 0
    for _ in range(500):
        cohorts = some_cohorts(chance)
        whole = [sum(groups[side] for groups in cohorts.values()) for side in (0, 1)]
        lines = list(cohort_lines(cohorts).groups.values())
        several += len(lines) > 2
        assert not tells(lines, whole)
    assert several > 20


THREE = Lines({"2022": [9, 9], "": [50, 5]}, ("2023", "2024"))
TWO = Lines({"2023": [20, 5], "2024": [30, 0]})


@pytest.mark.parametrize(
    ("before", "now", "may"),
    [
        (Lines({}), {"2023": [20, 5], "2024": [30, 0]}, True),
        (TWO, {"2023": [20, 5], "2024": [31, 0]}, False),
        (TWO, {"2023": [20, 5], "2024": [35, 0]}, True),
        (TWO, {"2023": [20, 5], "2024": [35, 5]}, True),
        (TWO, {"2023": [20, 5], "2024": [30, 0], "2025": [9, 0]}, True),
        (TWO, {"2023": [20, 5], "2024": [30, 0], "2025": [3, 0]}, False),
        (THREE, {"2022": [9, 9], "2023": [20, 2], "2024": [32, 3], "2025": [3, 0]}, True),
        (THREE, {"2022": [9, 3], "2023": [20, 2], "2024": [30, 3]}, False),
    ],
)
def test_lines_follow_only_where_no_difference_tells(before: Lines, now: dict, may: bool) -> None:
    assert (next_lines(before, now) is not None) is may


def test_cohorts_that_stood_together_stay_so_or_the_others_could_be_worked_out() -> None:
    grown = {"2022": [9, 9], "2023": [20, 2], "2024": [130, 30]}
    assert "2024" in cohort_lines(grown).groups
    found = next_lines(THREE, grown)
    assert found == Lines({"2022": [9, 9], "": [150, 32]}, ("2023", "2024"))


@pytest.mark.django_db
def test_visitors_read_the_published_rate_by_cohort_as_of_the_published_whole(olu: User) -> None:
    publish(olu)
    told(date(2023, 9, 4), 25, 20, "a")
    told(date(2024, 9, 2), 30, 20, "b")
    assert actions.keep_published(at=AT) >= 2
    read = text_of(Client().get(reverse("public:about_claims")))
    assert "Cohort 2023 (September 2023 to August 2024)" in read
    assert "80.0 % (20/25)" in read
    assert "66.6 % (20/30)" in read
    office = text_of(page(olu, reverse("office:claim", args=["pass-rate"])))
    assert "By cohort, as visitors read it" in office
    told(date(2025, 1, 6), 2, 1, "c")  # two more tell of a few: whole and cohorts stay
    assert actions.keep_published(at=AT + timedelta(days=1)) == 0
    assert text_of(Client().get(reverse("public:about_claims"))) == read
    told(date(2025, 3, 3), 12, 5, "d")
    assert actions.keep_published(at=AT + timedelta(days=2)) >= 1
    assert PublishedFigure.objects.get(key="pass-rate-by-cohort").groups["lines"]["2024"] == [26, 18]
    assert actions.keep_published(at=AT + timedelta(days=2)) == 0
