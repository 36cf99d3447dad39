"""What projects ask, as pure rules: terms, aims, sections, words, boards, contrast, working days (S1-29 to S3-28)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest

from goldenthread.assessment.rules import Part
from goldenthread.assessment.rules.calendars import (
    DEFAULT,
    Calendar,
    LoggedDay,
    check_calendar,
    check_placement_days,
    check_terms,
    covered_terms,
    is_working_day,
    working_days,
)
from goldenthread.assessment.rules.projects import (
    PHASES,
    Ask,
    Board,
    Challenge,
    Made,
    Opening,
    Placement,
    check_account,
    check_board,
    check_challenge,
    check_contrast,
    check_dates,
    check_plan_open,
    check_words,
    faults,
    open_phases,
    steps,
    words_text,
)
from goldenthread.common.refused import Refused

PARTS = (
    Part("design", 1, "Design"),
    Part("implementation", 2, "Implementation"),
    Part("evaluation", 3, "Evaluation"),
)
TEXTS = {"design": "We will.", "implementation": "We did.", "evaluation": "It worked."}
IMPROVEMENT = Ask(key="project", title="Project", aims=("less variation", "better teaching"), parts=PARTS, min_terms=2,
                  max_words=5000)  # fmt: skip
CHANGE = Ask(key="one", title="Task 1", aims=("progress",), parts=PARTS, min_terms=2, board="home", board_first=True,
             board_feedback=True)  # fmt: skip
PLACED = Ask(key="two", title="Task 2", school="placement", board="placement", board_feedback=True, placement_days=9,
             dimensions=("performance", "pupil profile", "geography"), challenge_kinds=("resource", "capability"),
             horizons=("current", "projected"))  # fmt: skip
WHOLE = Made(texts=TEXTS, words=5000, aims=("a", "b"), starts_on=date(2019, 1, 7), ends_on=date(2019, 7, 19))
ITS_OWN = Calendar(
    name="a school's own",
    terms=(
        {"name": "spring", "first": "2019-01-07", "last": "2019-04-05"},
        {"name": "summer", "first": "2019-04-23", "last": "2019-07-19"},
    ),
)


def refusal(rule: Callable[..., Any], *args: Any, **kwargs: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        rule(*args, **kwargs)
    return caught.value


def messages(ask: Ask, made: Made) -> str:
    return " | ".join(fault.message for _, fault in faults(ask, made))


# --- terms -------------------------------------------------------------------------------------------
@pytest.mark.requirement("S1-29")
def test_a_project_lasts_two_terms_keeps_to_5000_words_and_has_both_aims() -> None:
    check_account(IMPROVEMENT, WHOLE)
    short = refusal(check_account, IMPROVEMENT, replace(WHOLE, ends_on=date(2019, 4, 5)))
    assert short.message.startswith("1 of 2 terms")
    long = refusal(check_account, IMPROVEMENT, replace(WHOLE, words=5001))
    assert long.message.startswith("5,001 of 5,000 words: cut 1 word ")
    no_b = refusal(check_account, IMPROVEMENT, replace(WHOLE, aims=("a", " ")))
    assert "aim b (better teaching)" in no_b.message
    assert no_b.field == "aim_2"
    assert no_b.message.startswith("1 of 2 aims")


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "terms"),
    [
        (date(2019, 1, 7), date(2019, 4, 5), 1),
        (date(2019, 1, 7), date(2019, 7, 19), 2),
        (date(2019, 1, 7), date(2019, 12, 20), 3),
        (date(2018, 9, 3), date(2019, 4, 5), 2),  # over the new year
        (date(2019, 1, 14), date(2019, 7, 19), 2),  # begun with a programme in mid-January
        (date(2019, 1, 28), date(2019, 7, 19), 2),  # 57 of 75 days
        (date(2019, 1, 29), date(2019, 7, 19), 1),  # 56 of 75
        (date(2019, 2, 11), date(2019, 6, 28), 1),  # within two terms, through most of one
        (date(2019, 2, 11), date(2019, 6, 20), 0),
        (date(2019, 1, 11), date(2019, 12, 11), 3),
        (date(2019, 2, 11), date(2019, 12, 20), 2),
        (date(2024, 1, 2), date(2025, 7, 25), 5),
        (date(2019, 7, 20), date(2019, 8, 31), 0),
    ],
)
def test_terms_of_the_default_calendar(starts_on: date, ends_on: date, terms: int) -> None:
    assert len(covered_terms(DEFAULT, starts_on, ends_on)) == terms


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "terms"),
    [
        (date(2019, 1, 7), date(2019, 7, 19), 2),
        (date(2019, 1, 29), date(2019, 7, 19), 2),  # 67 of the spring's 89 days
        (date(2019, 1, 30), date(2019, 7, 19), 1),  # 66
        (date(2019, 1, 7), date(2019, 6, 27), 2),  # 66 of the summer's 88 days
        (date(2019, 1, 7), date(2019, 6, 26), 1),  # 65
        (date(2020, 1, 7), date(2020, 7, 19), 0),  # of another year nothing is entered
    ],
)
def test_a_schools_own_calendar_counts_to_the_day(starts_on: date, ends_on: date, terms: int) -> None:
    assert len(covered_terms(ITS_OWN, starts_on, ends_on)) == terms


@pytest.mark.requirement("S3-22")
def test_a_change_programme_of_one_term_is_too_short() -> None:
    made = replace(WHOLE, starts_on=date(2019, 9, 2), ends_on=date(2019, 12, 20))
    assert "1 of 2 terms" in messages(CHANGE, made)
    assert "terms" not in messages(CHANGE, replace(made, starts_on=date(2019, 4, 1)))


@pytest.mark.requirement("S1-29")
@pytest.mark.parametrize(
    ("days", "on", "until"),
    [
        ({}, date(2019, 7, 19), ""),  # on its last day
        ({}, date(2019, 7, 18), "Fri 19 Jul 2019"),
        (
            {"ends_on": date(2019, 12, 20), "implementation_on": date(2019, 12, 1)},
            date(2019, 2, 20),
            "Fri 20 Dec 2019",
        ),
        (
            {"ends_on": date(2019, 12, 20), "implementation_on": date(2019, 2, 1)},
            date(2019, 12, 19),
            "Fri 20 Dec 2019",
        ),
        ({"ends_on": date(2019, 12, 20), "implementation_on": date(2019, 2, 1)}, date(2019, 12, 20), ""),
        ({"starts_on": date(2015, 1, 7), "ends_on": date(2015, 7, 20)}, date(2019, 8, 1), ""),  # long over
    ],
)
def test_a_project_has_lasted_its_terms_when_it_is_handed_in(days: Any, on: date, until: str) -> None:
    for ask, made in ((IMPROVEMENT, replace(WHOLE, on=on, **days)), (CHANGE, replace(WHOLE, on=on, **days))):
        assert (
            f"still lasts until {until}, and can be handed in from that day on" in messages(ask, made)
            or not until
        )
        assert "still lasts" not in messages(ask, made) or until


def test_a_task_that_asks_for_no_terms_waits_for_no_end() -> None:
    assert "still lasts" not in messages(PLACED, replace(WHOLE, on=date(2019, 2, 1)))


def test_a_term_over_the_new_year_and_bad_days_of_a_calendar() -> None:
    southern = Calendar(name="south", terms=({"name": "summer", "first": "11-15", "last": "02-10"},))
    check_calendar(southern)
    assert len(covered_terms(southern, date(2018, 11, 1), date(2019, 3, 1))) == 1
    for term, code in (
        ({"name": "x", "first": "2019-02-30", "last": "2019-03-01"}, "calendar.day"),
        ({"name": "x", "first": "2019-05-01", "last": "2019-03-01"}, "calendar.reversed"),
        ({"name": "", "first": "01-01", "last": "03-01"}, "calendar.name"),
    ):
        assert refusal(check_calendar, Calendar(name="bad", terms=(term,))).code == code


@pytest.mark.parametrize("days", [(None, date(2019, 1, 1)), (date(2019, 2, 1), date(2019, 1, 1))])
def test_days_that_are_missing_or_reversed_are_named(days: tuple[Any, Any]) -> None:
    assert refusal(check_terms, DEFAULT, *days, least=2).code in {"project.dates", "project.reversed"}


# --- sections, words -----------------------------------------------------------------------------------
@pytest.mark.requirement("S1-30")
def test_every_section_that_is_missing_is_named() -> None:
    without = refusal(check_account, IMPROVEMENT, replace(WHOLE, texts={**TEXTS, "evaluation": " \n"}))
    assert without.message.startswith("Evaluation missing")
    two = refusal(check_account, IMPROVEMENT, replace(WHOLE, texts={"implementation": "x"}))
    assert two.message.startswith("Design, Evaluation missing")


@pytest.mark.parametrize(
    "blank", [".", "---", "\u200b", "\u2060", "\ufeff", "\u00a0", "\u2026 \u2013", " \n\t"]
)
def test_a_section_without_one_word_is_missing(blank: str) -> None:
    refused = refusal(check_account, IMPROVEMENT, replace(WHOLE, texts={**TEXTS, "evaluation": blank}))
    assert refused.message.startswith("Evaluation missing")
    whole = refusal(check_account, Ask(key="two", title="Task 2"), Made(texts={"": blank}))
    assert whole.code == "account.empty"


@pytest.mark.parametrize("word", ["Done.", "\u200bDone", "7", "完", "สำเร็จ"])
def test_a_section_of_one_word_is_filled(word: str) -> None:
    check_account(IMPROVEMENT, replace(WHOLE, texts={**TEXTS, "evaluation": word}))


@pytest.mark.requirement("S3-24")
def test_without_a_limit_words_are_only_counted() -> None:
    check_words(CHANGE, 7000)
    assert words_text(7000, CHANGE) == "7,000 words; no limit is known, so they are only counted"
    limited = replace(CHANGE, max_words=5000)
    check_words(limited, 5000)
    assert refusal(check_words, limited, 7000).message.startswith("7,000 of 5,000 words: cut 2,000 words")


# --- boards --------------------------------------------------------------------------------------------
@pytest.mark.requirement("S3-23")
def test_the_board_sees_the_plan_before_implementation_and_gives_feedback() -> None:
    late = Board("home", date(2019, 2, 12))
    days = {"starts_on": date(2019, 1, 7), "implementation_on": date(2019, 2, 4), "ends_on": None}
    assert refusal(check_dates, ask=CHANGE, **days, board=late).message.startswith("Present the plan first")
    check_dates(ask=CHANGE, **days, board=Board("home", date(2019, 1, 29)))
    same_day = Board("home", date(2019, 2, 4))
    assert refusal(check_dates, ask=CHANGE, **days, board=same_day).code == "project.board_first"
    shown = replace(WHOLE, implementation_on=date(2019, 2, 4), boards=(Board("home", date(2019, 1, 29)),))
    assert "Feedback of the home school's board missing" in messages(CHANGE, shown)
    answered = replace(shown, boards=(Board("home", date(2019, 1, 29), "Go ahead."),))
    assert faults(CHANGE, replace(answered, aims=("a",))) == []
    # A task that doesn't ask for it before (C-39) takes any order.
    check_dates(ask=replace(CHANGE, board_first=False), **days, board=late)


@pytest.mark.requirement("S3-28")
def test_the_home_schools_board_does_not_stand_in_for_the_placement_schools() -> None:
    home = Board("home", date(2019, 1, 29), "Fine.")
    only_home = refusal(check_board, PLACED, Made(boards=(home,)))
    assert only_home.message.startswith("Placement school's board missing")
    check_board(PLACED, Made(boards=(home, Board("placement", date(2019, 5, 20), "Useful."))))
    assert (
        refusal(check_board, CHANGE, Made(boards=(Board("placement", date(2019, 1, 1), "x"),))).code
        == "project.board"
    )


# --- placement -----------------------------------------------------------------------------------------
@pytest.mark.requirement("S3-26")
def test_a_placement_contrasts_with_the_home_school() -> None:
    other = Placement(school="Other", dimensions=("geography",), statement="By the sea; ours is inland.")
    check_contrast(other, PLACED.dimensions)
    check_contrast(replace(other, dimensions=("size of the sixth form",)), PLACED.dimensions)  # an open list
    assert refusal(check_contrast, replace(other, home=True), PLACED.dimensions).code == "placement.home"
    none = refusal(check_contrast, replace(other, dimensions=()), PLACED.dimensions)
    assert none.message.startswith("Say how it contrasts")
    assert "pupil profile" in none.message
    assert refusal(check_contrast, replace(other, statement=""), ()).code == "placement.statement"


@pytest.mark.parametrize("nothing", ["", " ", "-", ".", "…", "– –"])
def test_what_has_no_word_is_written_nowhere(nothing: str) -> None:
    other = Placement(school="Other", dimensions=("geography",), statement="By the sea; ours is inland.")
    assert refusal(check_contrast, replace(other, dimensions=(nothing,)), ()).code == "placement.contrast"
    assert refusal(check_contrast, replace(other, statement=nothing), ()).code == "placement.statement"
    need = Challenge("capability", "projected", "Two heads retire.", (nothing,))
    assert refusal(check_challenge, replace(need, text=nothing), PLACED).code == "challenge.text"
    assert "0 of 1 actions" in messages(PLACED, Made(placement=replace(other, challenges=(need,))))
    assert "1 of 2 aims" in messages(IMPROVEMENT, Made(aims=("Less variation", nothing)))
    silent = Made(boards=(Board("home", date(2019, 1, 29), nothing),), implementation_on=date(2019, 2, 4))
    assert refusal(check_board, CHANGE, silent).code == "project.feedback"


NINE = [date(2019, 4, 29) + timedelta(days=n) for n in range(5)] + [
    date(2019, 5, 7), date(2019, 5, 8), date(2019, 5, 9), date(2019, 5, 11),
]  # fmt: skip


@pytest.mark.requirement("S3-27")
def test_nine_distinct_working_days_by_the_placement_schools_calendar() -> None:
    logged = [LoggedDay(on) for on in NINE]  # 11 May 2019 is a Saturday
    eight = refusal(check_placement_days, DEFAULT, logged, least=9)
    assert eight.message.startswith("8 of 9 days")
    assert "Sat 11 May 2019 is no working day there" in eight.message
    check_placement_days(DEFAULT, [*logged, LoggedDay(date(2019, 5, 14))], least=9)
    twice = [*logged, LoggedDay(date(2019, 5, 9)), LoggedDay(date(2019, 5, 9))]
    assert refusal(check_placement_days, DEFAULT, twice, least=9).message.startswith("8 of 9 days")


def test_weekends_holidays_half_days_and_confirmation_are_data() -> None:
    gulf = replace(DEFAULT, weekend=(4, 5))
    assert is_working_day(gulf, date(2019, 5, 12))
    assert not is_working_day(gulf, date(2019, 5, 10))
    holidays = replace(
        DEFAULT, holidays=("2019-05-06", {"first": "2019-05-27", "last": "2019-05-31"}, "12-25")
    )
    closed = (date(2019, 5, 6), date(2019, 5, 29), date(2023, 12, 25))
    assert not any(is_working_day(holidays, day) for day in closed)
    assert is_working_day(holidays, date(2020, 5, 6))
    halves = [LoggedDay(date(2019, 5, day), half=True) for day in (13, 14, 15)]
    counted = {
        rule: working_days(replace(DEFAULT, half_days=rule), halves) for rule in ("none", "half", "whole")
    }
    assert counted == {"none": 0, "half": Fraction(3, 2), "whole": 3}
    unconfirmed = [LoggedDay(on, confirmed=on.day != 29) for on in [*NINE, date(2019, 5, 14)]]
    waits = refusal(check_placement_days, DEFAULT, unconfirmed, least=9)
    assert waits.message.startswith("8 of 9 days are confirmed")


@pytest.mark.requirement("S3-25")
def test_one_projected_capability_challenge_with_one_action_is_enough() -> None:
    need = Challenge("capability", "projected", "Two heads of year retire.", ("Train two deputies.",))
    assert "0 of 1 challenges" in messages(PLACED, Made(texts={"": "x"}))
    idle = Placement(school="Other", challenges=(replace(need, actions=(" ",)),))
    assert "0 of 1 actions" in messages(PLACED, Made(placement=idle))
    enough = messages(PLACED, Made(placement=replace(idle, challenges=(need,))))
    assert "challenges" not in enough
    assert "of 1 actions" not in enough
    check_challenge(need, PLACED)
    for wrong, code in (({"kind": "money"}, "challenge.kind"), ({"horizon": "past"}, "challenge.horizon"),
                        ({"text": ""}, "challenge.text")):  # fmt: skip
        assert refusal(check_challenge, replace(need, **wrong), PLACED).code == code


# --- the plan ------------------------------------------------------------------------------------------
@pytest.mark.requirement("S2-36")
def test_phases_of_the_implementation_planner_that_are_open_are_listed() -> None:
    filled = {key: "x" for key, _, _ in PHASES[:4]}
    assert len(PHASES) == 5
    assert open_phases(filled) == ["sustain"]
    assert open_phases({**filled, "sustain": "y", "plan": " "}) == ["plan"]
    assert open_phases({}) == ["plan", "choose", "prepare", "deliver", "sustain"]


def test_a_plan_opens_at_its_event_or_by_staff() -> None:
    assert Opening("Event 1").text == "opens at Event 1"
    assert "opens at Event 1" in refusal(check_plan_open, Opening("Event 1")).message
    check_plan_open(Opening(attended=True))
    check_plan_open(Opening(opened_by_staff=True))


def test_the_task_list_follows_from_what_a_task_asks_and_all_faults_come_at_once() -> None:
    assert steps(IMPROVEMENT) == ["plan", "account"]
    assert steps(CHANGE) == ["plan", "board", "account"]
    assert steps(PLACED) == ["placement", "days", "challenges", "board", "account"]
    first = refusal(check_account, PLACED, Made())
    assert [first.code, *(other.code for other in first.others)] == [
        "placement.school", "placement.days", "placement.challenges", "project.board", "account.empty",
    ]  # fmt: skip
    assert refusal(check_account, IMPROVEMENT, replace(WHOLE, own_work=False)).field == "own_work"
