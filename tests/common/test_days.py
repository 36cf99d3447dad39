"""Ends of days are told in one way, on every page and in every mail."""

import re
from datetime import UTC, date, datetime
from pathlib import Path

import goldenthread
from goldenthread.common import days
from goldenthread.templatetags import gt

CLOSES = datetime(2026, 10, 8, 23, 0, tzinfo=UTC)


def test_the_end_of_a_day_is_midnight_at_its_end_with_the_zone_named() -> None:
    assert days.deadline_text(CLOSES, "Europe/London") == "midnight at the end of Thu 8 Oct 2026 (UK time)"
    assert days.deadline_text(datetime(2026, 10, 8, 20, tzinfo=UTC), "Asia/Dubai").endswith(
        "Thu 8 Oct 2026 (Dubai time)"
    )
    assert days.deadline_text(datetime(2026, 12, 8, 0, tzinfo=UTC), "UTC").endswith("Mon 7 Dec 2026 (UTC)")


def test_a_deadline_belongs_to_the_day_that_it_ends_where_it_is() -> None:
    assert days.last_day(CLOSES, "Europe/London") == date(2026, 10, 8)
    assert days.last_day(CLOSES, "Asia/Dubai") == date(2026, 10, 9)
    assert days.last_day(datetime(2026, 10, 8, 20, tzinfo=UTC), "Asia/Dubai") == date(2026, 10, 8)


def test_in_another_zone_the_same_instant_is_told_by_the_clock() -> None:
    assert days.deadline_text(CLOSES, "Asia/Dubai") == "Fri 9 Oct 2026, 03:00 (Dubai time)"


def test_the_filter_says_the_same_as_mails_do() -> None:
    assert gt.deadline(CLOSES, "Europe/London") == days.deadline_text(CLOSES, "Europe/London")
    assert gt.deadline(None) == ""


def test_days_and_instants_name_weekday_month_and_zone() -> None:
    assert days.day_text(date(2025, 10, 6)) == "Mon 6 Oct 2025"
    assert days.instant_text(CLOSES, "Europe/London", seconds=True) == "Fri 9 Oct 2026, 00:00:00 (UK time)"


def test_no_template_words_the_end_of_a_window_by_itself() -> None:
    pages = sorted(Path(goldenthread.__file__).parent.glob("web/**/templates/**/*.*"))
    assert len(pages) > 100
    own = re.compile(
        r"midnight[^<]*\{\{|closes_at\|(instant|day)|last_day\|day[^}]*\}\}[^<]*midnight", re.IGNORECASE
    )
    words = [f"{page.name}: {found[0]}" for page in pages for found in own.finditer(page.read_text())]
    assert [word for word in words if "at the end of day {{" not in word] == []


def test_days_that_are_one_are_told_once() -> None:
    assert days.span_text(date(2025, 10, 6), date(2025, 10, 6)) == "Mon 6 Oct 2025"
    assert days.span_text(date(2025, 12, 31), date(2026, 1, 1)) == "Wed 31 Dec 2025 to Thu 1 Jan 2026"
