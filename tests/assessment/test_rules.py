"""What decides about windows, access, hand-in and mark schemes, on values that a policy person can check."""

import csv
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenthread.assessment import rules
from goldenthread.assessment.rules import Eye, Part, Phase, Point, Scheme, Terms
from goldenthread.common.refused import Refused, allows

WINDOWS = Path(__file__).parents[1] / "scenarios" / "windows.csv"
MICROSECOND = timedelta(microseconds=1)
PARTS = tuple(
    Part(key, number, title)
    for number, (key, title) in enumerate(
        [
            ("problem", "The problem or problems"),
            ("solution", "The solution or solutions"),
            ("rationale", "Rationale for the solution"),
            ("implementation", "Implementation steps"),
        ],
        start=1,
    )
)
FULL = {
    "problem": "Reading",
    "solution": "Phonics",
    "rationale": "Evidence",
    "implementation": "In September",
}


def terms(opens_on: date = date(2025, 10, 20), zone: str = "Europe/London", **fields: Any) -> Terms:
    opens_at, closes_at = rules.window_instants(opens_on, 8, zone)
    return Terms(opens_at=opens_at, closes_at=closes_at, zone=zone, **{"word_limit": 1500, **fields})


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def refusal(rule: Any, *args: Any, **kwargs: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        rule(*args, **kwargs)
    return caught.value


# --- instants ----------------------------------------------------------------------------------------
@pytest.mark.requirement("S0-39")
@pytest.mark.parametrize("row", list(csv.DictReader(WINDOWS.open())), ids=lambda row: row["what"])
def test_window_opens_and_closes_as_the_table_says(row: dict[str, str]) -> None:
    opens_at, closes_at = rules.window_instants(
        date.fromisoformat(row["release"]), int(row["days"]), row["zone"]
    )
    assert opens_at == instant(row["opens_utc"])
    assert closes_at == instant(row["closes_utc"])
    assert (closes_at - opens_at) / timedelta(hours=1) == float(row["hours"])


def test_first_day_that_the_zone_skipped_is_refused() -> None:
    assert refusal(rules.window_instants, date(2011, 12, 30), 8, "Pacific/Apia").code == "window.no_such_day"


@given(
    day=st.dates(min_value=date(2024, 1, 1), max_value=date(2037, 12, 1)),
    zone=st.sampled_from(sorted(available_timezones() - {"localtime", "Factory"})),
)
def test_a_day_begins_once_everywhere_and_days_follow_without_gap(day: date, zone: str) -> None:
    where = ZoneInfo(zone)
    begins, ends = rules.day_begins(day, zone), rules.day_begins(day + timedelta(days=1), zone)
    assert begins.astimezone(where).date() == day
    assert (begins - MICROSECOND).astimezone(where).date() == day - timedelta(days=1)
    assert timedelta(hours=22) <= ends - begins <= timedelta(hours=26)


@given(day=st.dates(min_value=date(2024, 1, 1), max_value=date(2037, 12, 1)), days=st.integers(1, 30))
def test_a_window_has_as_many_local_days_as_asked_for(day: date, days: int) -> None:
    opens_at, closes_at = rules.window_instants(day, days, "Europe/London")
    where = ZoneInfo("Europe/London")
    last = (closes_at - MICROSECOND).astimezone(where).date()
    assert (last - opens_at.astimezone(where).date()).days == days - 1


# --- the months after the start -----------------------------------------------------------------------
@pytest.mark.requirement("S0-33")
def test_window_in_october_a_year_later_is_accepted() -> None:
    rules.check_window(date(2024, 9, 2), date(2025, 10, 6), 8)


@pytest.mark.requirement("S0-33")
@pytest.mark.parametrize(
    ("opens_on", "code", "says"),
    [
        (date(2025, 8, 25), "window.too_early", "2 Sep 2025"),
        (date(2025, 9, 1), "window.too_early", "25 Nov 2025"),
        (date(2025, 11, 28), "window.too_late", "5 Dec 2025, after Tue 2 Dec 2025"),
        (date(2025, 11, 26), "window.too_late", "from Tue 2 Sep 2025 to Tue 25 Nov 2025"),
    ],
)
def test_window_outside_the_months_is_refused_with_the_days_that_are_allowed(
    opens_on: date, code: str, says: str
) -> None:
    no = refusal(rules.check_window, date(2024, 9, 2), opens_on, 8)
    assert (no.code, no.field) == (code, "opens_on")
    assert says in no.message


@pytest.mark.parametrize("opens_on", [date(2025, 9, 2), date(2025, 11, 25)])
def test_first_and_last_allowed_day_are_accepted(opens_on: date) -> None:
    rules.check_window(date(2024, 9, 2), opens_on, 8)


def test_leadership_months_come_from_the_version() -> None:
    assert rules.allowed_first_days(date(2025, 1, 15), 8, (18, 21)) == (date(2026, 7, 15), date(2026, 10, 8))


# --- seeing --------------------------------------------------------------------------------------------
@pytest.mark.requirement("S0-38")
def test_case_study_is_released_at_the_first_instant_and_not_a_second_before() -> None:
    opens_at, _ = rules.window_instants(date(2025, 10, 6), 8, "Europe/London")
    no = refusal(rules.check_case_access, opens_at, opens_at - timedelta(seconds=1), "Europe/London")
    assert no.code == "case.not_yet"
    assert "Mon 6 Oct 2025, 00:00 (UK time)" in no.message
    rules.check_case_access(opens_at, opens_at, "Europe/London")


@pytest.mark.parametrize("phase", list(Phase))
@pytest.mark.parametrize("eye", list(Eye))
def test_what_is_unseen_is_shown_only_as_the_table_says(phase: Phase, eye: Eye) -> None:
    expected = {
        Eye.AUTHOR: True,
        Eye.PARTICIPANT: phase in (Phase.OPEN, Phase.CLOSED),
        Eye.MARKER: phase == Phase.CLOSED,
        Eye.OTHER: False,
    }
    assert rules.visible(phase, eye) is expected[eye]


def test_phases_follow_each_other_at_the_instants() -> None:
    one = terms()

    def at(when: datetime, published: bool = True) -> Phase:
        return rules.phase(published=published, opens_at=one.opens_at, closes_at=one.closes_at, at=when)

    assert at(one.opens_at, published=False) == Phase.DRAFT
    assert at(one.opens_at - MICROSECOND) == Phase.SEALED
    assert at(one.opens_at) == at(one.closes_at) == Phase.OPEN
    assert at(one.closes_at + MICROSECOND) == Phase.CLOSED


def test_a_case_study_is_not_given_to_anybody_twice() -> None:
    rules.check_unused(7, [1, 2])
    assert refusal(rules.check_unused, 7, [7, 2]).message.startswith("1 person")
    assert refusal(rules.check_unused, 7, [7, 7]).message.startswith("2 people")


@pytest.mark.requirement("S0-21")
def test_stages_come_in_order() -> None:
    ends = date(2025, 9, 2)
    told = {"development_ends": ends, "opens_on": date(2025, 10, 6)}
    no = refusal(rules.check_stages, stage="induction", induction_missing=60, **told)
    assert no.message.startswith("Development not complete")
    no = refusal(
        rules.check_stages, stage="development", induction_missing=0, development_ends=ends, opens_on=START
    )
    assert no.code == "stage.development"
    both = refusal(
        rules.check_stages, stage="induction", induction_missing=61, development_ends=ends, opens_on=START
    )
    assert (both.code, [one.code for one in both.others]) == ("stage.induction", ["stage.development"])
    assert "1 h 1 min of it missing" in both.message
    rules.check_stages(stage="development", induction_missing=0, **told)
    rules.check_stages(stage="assessment", induction_missing=60, **told)


START = date(2024, 9, 2)


# --- handing in ------------------------------------------------------------------------------------------
def submit(one: Terms, at: datetime, words: int = 1400, own_work: bool = True, **texts: str) -> None:
    rules.check_submission(one, texts or {"": "My answer"}, words=words, own_work=own_work, at=at)


@pytest.mark.requirement("S0-39")
def test_exactly_midnight_is_in_time_and_anything_later_is_late() -> None:
    one = terms()
    submit(one, datetime(2025, 10, 27, 23, 59, 59, tzinfo=ZoneInfo("Europe/London")))
    submit(one, instant("2025-10-28T00:00:00+00:00"))
    late = refusal(submit, one, instant("2025-10-28T00:00:00.000001+00:00"))
    assert late.code == "window.closed"
    assert "midnight at the end of Mon 27 Oct 2025" in late.message
    assert refusal(submit, one, instant("2025-10-28T00:00:01+00:00")).code == "window.closed"
    assert refusal(submit, one, one.opens_at - MICROSECOND).code == "case.not_yet"


@pytest.mark.parametrize(
    ("zone", "opens_on"),
    [
        ("Europe/London", date(2025, 10, 20)),
        ("Europe/London", date(2026, 3, 24)),
        ("Asia/Dubai", date(2025, 10, 6)),
    ],
)
def test_first_and_last_second_are_inside_and_their_neighbours_are_not(zone: str, opens_on: date) -> None:
    one = terms(opens_on, zone)
    second = timedelta(seconds=1)
    told = [
        allows(submit, one, at)
        for at in (one.opens_at - second, one.opens_at, one.closes_at, one.closes_at + second)
    ]
    assert told == [False, True, True, False]


@pytest.mark.requirement("S0-30")
def test_1500_words_are_accepted_and_1501_refused_with_both_numbers() -> None:
    one = terms()
    submit(one, one.opens_at, words=1500)
    no = refusal(submit, one, one.opens_at, words=1501)
    assert no.message.startswith("1,501 of 1,500 words: cut 1 word ")
    assert "cut 1,000 words" in refusal(submit, one, one.opens_at, words=2500).message


@pytest.mark.requirement("S0-31")
@pytest.mark.parametrize(("limit", "accepted"), [(2500, True), (1500, False)])
def test_the_limit_that_was_chosen_decides(limit: int, accepted: bool) -> None:
    one = terms(word_limit=limit)
    assert allows(submit, one, one.opens_at, words=2000) is accepted


@pytest.mark.requirement("S0-42")
def test_a_missing_part_is_named_with_its_number() -> None:
    one = terms(parts=PARTS)
    submit(one, one.opens_at, **FULL)
    no = refusal(submit, one, one.opens_at, **{**FULL, "implementation": " \n"})
    assert no.message.startswith("4 Implementation steps missing")
    both = refusal(submit, one, one.opens_at, **{**FULL, "problem": "", "rationale": ""})
    assert "1 The problem or problems missing, 3 Rationale for the solution missing" in both.message


def test_nothing_at_all_and_signs_without_a_word_are_refused_as_empty() -> None:
    one = terms()
    assert (
        refusal(rules.check_submission, one, {"": "  "}, words=0, own_work=True, at=one.opens_at).code
        == "script.empty"
    )
    assert refusal(submit, one, one.opens_at, words=0).code == "script.empty"


@pytest.mark.requirement("S2-20")
def test_without_the_own_work_declaration_nothing_is_handed_in() -> None:
    one = terms()
    no = refusal(submit, one, one.opens_at, own_work=False)
    assert (no.code, no.field) == ("script.own_work", "own_work")


def test_a_draft_is_kept_after_the_deadline_and_not_before_the_opening() -> None:
    one = terms()
    rules.check_draft(one, {"": "late"}, at=one.closes_at + timedelta(days=1))
    assert (
        refusal(rules.check_draft, one, {"": "early"}, at=one.opens_at - MICROSECOND).code == "case.not_yet"
    )
    assert refusal(rules.check_draft, one, {"": "x" * 200_001}, at=one.opens_at).code == "draft.too_long"
    assert refusal(rules.check_draft, one, {"other": ""}, at=one.opens_at).code == "draft.parts"


def test_a_stale_page_gets_what_is_stored_unless_it_says_the_same() -> None:
    with pytest.raises(rules.Stale) as caught:
        rules.check_revision(3, {"": "mine"}, stored=4, kept={"": "theirs"})
    assert (caught.value.revision, caught.value.texts) == (4, {"": "theirs"})
    rules.check_revision(3, {"": "same"}, stored=4, kept={"": "same"})
    rules.check_revision(4, {"": "mine"}, stored=4, kept={"": "theirs"})
    rules.check_revision(None, {"": "mine"}, stored=4, kept={"": "theirs"})


def test_a_document_is_taken_apart_at_its_headings() -> None:
    text = (
        "My name\n1. The problem or problems\nReading.\nTwo lines.\n"
        "2 THE SOLUTION OR SOLUTIONS:\nPhonics\n\nImplementation  steps\nSeptember"
    )
    assert rules.part_texts(text, PARTS) == {
        "": "My name",
        "problem": "Reading.\nTwo lines.",
        "solution": "Phonics",
        "implementation": "September",
    }
    assert rules.part_texts("no headings", PARTS) == {"": "no headings"}


# --- mark schemes ----------------------------------------------------------------------------------------
THAT = Point(1, "learn_that", 12, "Adaptive Teaching 4", "learn_that", "NPQLT", True, "NPQLT reformed")
HOW = Point(2, "learn_how_to", 8, "Implementation 4", "learn_how_to", "NPQLT", True, "NPQLT reformed")


def publish(
    *points: Point,
    pass_mark: int = 10,
    tolerance: int = 2,
    body: str = "A school",
    programme: str = "NPQLT",
    framework: str = "NPQLT reformed",
) -> None:
    rules.check_publish(
        programme=programme,
        framework=framework,
        body=body,
        question="What would you do?",
        scheme=Scheme(points, pass_mark, tolerance),
    )


@pytest.mark.requirement("S0-37")
def test_a_scheme_with_marks_for_both_kinds_can_be_published() -> None:
    publish(THAT, HOW)
    scheme = Scheme((THAT, HOW), 10, 2)
    assert (scheme.total, scheme.marks("learn_that"), scheme.marks("learn_how_to")) == (20, 12, 8)


@pytest.mark.requirement("S0-36")
@pytest.mark.requirement("S0-37")
@pytest.mark.parametrize(
    ("point", "says"), [(THAT, "no learn-how-to statement"), (HOW, "no learn-that statement")]
)
def test_a_scheme_for_one_kind_only_is_refused(point: Point, says: str) -> None:
    no = refusal(publish, replace(point, maximum=20))
    assert says in no.message
    assert no.code == "scheme.one_kind"


@pytest.mark.requirement("S0-35")
def test_a_statement_of_another_framework_is_refused_naming_the_point() -> None:
    no = refusal(publish, HOW, THAT, programme="NPQLTD")
    assert "Mark point 2 cites Implementation 4" in no.message
    own = {"programme": "NPQLTD", "framework": "NPQLTD reformed"}
    no = refusal(publish, replace(HOW, **own), THAT, **own)
    assert "Mark point 1 cites Adaptive Teaching 4, which belongs to the framework of NPQLT" in no.message


@pytest.mark.requirement("S2-32")
def test_an_incomplete_statement_is_refused_and_a_complete_one_accepted() -> None:
    cut_off = replace(THAT, statement="Subject and Curriculum 8", complete=False)
    assert "Subject and Curriculum 8, which is incomplete" in refusal(publish, cut_off, HOW).message
    publish(THAT, HOW)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"pass_mark": 0}, "scheme.pass_mark"),
        ({"pass_mark": 21}, "scheme.pass_mark"),
        ({"tolerance": 20}, "scheme.tolerance"),
        ({"body": " "}, "case.empty"),
    ],
)
def test_what_is_not_complete_is_not_published(change: dict[str, Any], code: str) -> None:
    assert refusal(publish, THAT, HOW, **change).code == code


def test_marks_must_be_of_the_kind_of_the_statement_and_there_must_be_a_scheme() -> None:
    assert refusal(publish, replace(THAT, kind="learn_how_to"), HOW).code == "scheme.kind"
    assert refusal(publish).code == "scheme.empty"
    assert refusal(rules.check_draft_case, "published").code == "case.published"


def test_deadlines_are_told_as_people_say_them() -> None:
    assert rules.deadline_text(instant("2025-10-13T20:00:00+00:00"), "Asia/Dubai") == (
        "midnight at the end of Mon 13 Oct 2025 (Dubai time)"
    )
    assert rules.deadline_text(instant("2025-10-13T10:00:00+00:00"), "UTC") == "Mon 13 Oct 2025, 10:00 (UTC)"
    assert rules.instant_text(instant("2025-10-05T23:00:00+00:00"), "Europe/London").endswith(
        "00:00 (UK time)"
    )
    assert rules.instant_text(datetime(2025, 10, 6, 1, 2, 3, tzinfo=UTC), "UTC", seconds=True).endswith(
        "01:02:03 (UTC)"
    )


@pytest.mark.parametrize(
    ("gate", "facts", "reopens"),
    [
        ("stage.induction", {}, True),
        ("stage.development", {"seconds": 59}, True),
        ("stage.induction", {"seconds": 60}, False),
        ("stage.induction", {"scheduled": False}, False),
        ("stage.induction", {"held_back": False}, False),
        ("engagement.short", {}, False),
        ("", {}, False),
    ],
)
def test_a_waiver_reopens_what_a_stage_closed_while_something_can_be_handed_in(
    gate: str, facts: dict[str, Any], reopens: bool
) -> None:
    closes_at = datetime(2025, 10, 13, 23, 0, tzinfo=UTC)
    at = closes_at - timedelta(seconds=60 - facts.get("seconds", 0))
    found = rules.reopens(
        gate,
        held_back=facts.get("held_back", True),
        scheduled=facts.get("scheduled", True),
        closes_at=closes_at,
        at=at,
    )
    assert found is reopens


@pytest.mark.parametrize(
    ("rule", "fine", "wrong", "code"),
    [
        (rules.check_limit_not_told, False, True, "window.limit_told"),
        (rules.check_not_cancelled, False, True, "window.cancelled"),
        (rules.check_cancel, "Half term has moved.", " ", "window.reason"),
        (rules.check_case_set, True, False, "case.none"),
        (rules.check_waiver, "She led induction herself.", "", "waiver.reason"),
    ],
)
def test_what_stands_in_the_way_of_a_window_or_a_sitting(rule: Any, fine: Any, wrong: Any, code: str) -> None:
    rule(fine)
    with pytest.raises(Refused) as refused:
        rule(wrong)
    assert refused.value.code == code
