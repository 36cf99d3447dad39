"""When and where a day is, and what a register may say."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from goldenthread.common.refused import Refused
from goldenthread.events import rules
from goldenthread.events.rules import Entry, Recorded, Slot

DAY = datetime(2025, 3, 3, 9, tzinfo=UTC)


@pytest.mark.parametrize("zone", ["Europe/London", "Asia/Dubai", "America/New_York", "Asia/Kathmandu"])
@pytest.mark.parametrize(
    "day", [date(2025, 3, 28), date(2025, 3, 31), date(2025, 10, 24), date(2025, 10, 27)]
)
def test_nine_o_clock_stays_nine_o_clock_over_a_clock_change(zone: str, day: date) -> None:
    at = rules.instant(day, time(9), zone)
    assert at.astimezone(ZoneInfo(zone)) == datetime.combine(day, time(9), ZoneInfo(zone))
    assert at.tzinfo is UTC


def test_nine_in_london_is_an_hour_earlier_in_utc_once_the_clocks_went_forward() -> None:
    assert rules.instant(date(2025, 3, 29), time(9), "Europe/London").hour == 9
    assert rules.instant(date(2025, 3, 31), time(9), "Europe/London").hour == 8


def test_a_time_that_the_clocks_skip_is_refused() -> None:
    with pytest.raises(Refused, match="clocks go forward"):
        rules.instant(date(2025, 3, 30), time(1, 30), "Europe/London")


def test_a_whole_day_has_an_hour_of_breaks_and_a_short_session_none() -> None:
    assert rules.span(Slot(date(2025, 1, 6)), minutes=360, zone="UTC")[1].hour == 16
    assert rules.span(Slot(date(2025, 1, 6)), minutes=90, zone="UTC")[1].time() == time(10, 30)


def test_unknown_minutes_must_be_stated() -> None:
    with pytest.raises(Refused, match="State the minutes"):
        rules.minutes_of(Slot(date(2025, 1, 6)), planned=None, title="Event 1")
    assert rules.minutes_of(Slot(date(2025, 1, 6), minutes=300), planned=None, title="Event 1") == 300
    assert rules.minutes_of(Slot(date(2025, 1, 6), minutes=300), planned=360, title="Event 1") == 360


@pytest.mark.parametrize(
    ("days", "code"),
    [
        ([date(2025, 1, 6)], "day.count"),
        ([date(2025, 1, 6), date(2025, 1, 6)], "day.order"),
        ([date(2025, 1, 7), date(2025, 1, 6)], "day.order"),
    ],
)
def test_days_are_as_many_as_the_events_and_in_order(days: list[date], code: str) -> None:
    with pytest.raises(Refused) as refusal:
        rules.check_slots([Slot(day) for day in days], titles=["Event 1", "Event 2"])
    assert refusal.value.code == code


@pytest.mark.requirement("S0-45")
def test_virtual_needs_a_link_and_in_person_a_venue() -> None:
    rules.check_where(mode="virtual", venue="", join_link="https://meet.example.org")
    rules.check_where(mode="in_person", venue="Hillside School", join_link="")
    with pytest.raises(Refused) as refusal:
        rules.check_where(mode="virtual", venue="Hillside School", join_link=" ")
    assert refusal.value.field == "join_link"
    with pytest.raises(Refused) as refusal:
        rules.check_where(mode="in_person", venue="", join_link="https://meet.example.org")
    assert refusal.value.field == "venue"


def test_a_register_opens_with_the_day_where_the_event_is() -> None:
    in_bangkok = {"starts_at": datetime(2025, 3, 3, 2, tzinfo=UTC), "zone": "Asia/Bangkok"}
    with pytest.raises(Refused, match="opens on 3 March 2025"):
        rules.check_register_open(at=datetime(2025, 3, 2, 16, 59, 59, tzinfo=UTC), **in_bangkok)
    rules.check_register_open(at=datetime(2025, 3, 2, 17, tzinfo=UTC), **in_bangkok)


@pytest.mark.parametrize(
    ("entry", "minutes"),
    [
        (Entry(1, "present"), 360),
        (Entry(1, "absent", 90), 0),
        (Entry(1, "part", 1), 1),
        (Entry(1, "part", 359), 359),
    ],
)
def test_present_is_the_whole_day_absent_nothing_and_part_what_is_stated(entry: Entry, minutes: int) -> None:
    assert rules.attended(entry, name="Amara", minutes=360) == minutes


@pytest.mark.parametrize(
    "entry", [Entry(1, "part"), Entry(1, "part", 360), Entry(1, "part", -5), Entry(1, "asleep")]
)
def test_a_part_of_nothing_or_of_everything_is_refused(entry: Entry) -> None:
    with pytest.raises(Refused, match="Amara"):
        rules.attended(entry, name="Amara", minutes=360)


def test_an_entry_is_stale_only_when_it_says_something_else() -> None:
    recorded = Recorded("absent", 0, 2, "Femi", DAY)
    assert rules.is_stale(Entry(1, "present", revision=1), 360, recorded)
    assert not rules.is_stale(Entry(1, "absent", revision=1), 0, recorded)
    assert not rules.is_stale(Entry(1, "present", revision=2), 360, recorded)
    assert not rules.is_stale(Entry(1, "present"), 360, None)


def test_a_conflict_says_who_recorded_what_and_when() -> None:
    text = rules.conflict_text("Amara", Recorded("part", 180, 1, "Femi", DAY), "Europe/London")
    assert text == "Femi recorded Amara as there for 3 h at 09:00 on 3 March."
