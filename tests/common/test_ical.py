"""Calendar files keep to RFC 5545: folded at 75 octets without breaking letters, texts escaped."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenthread.common import ical

STAMP = datetime(2026, 9, 1, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("plain", "plain"),
        ("a, b; c", "a\\, b\\; c"),
        ("back\\slash", "back\\\\slash"),
        ("two\nlines\r\nand\rthree", "two\\nlines\\nand\\nthree"),
        ("colon: fine", "colon: fine"),
    ],
)
def test_text_is_never_syntax(text: str, written: str) -> None:
    assert ical.escaped(text) == written


@given(
    st.text(alphabet=st.characters(blacklist_categories=["Cs"], blacklist_characters="\r\n"), max_size=400)
)
def test_folded_lines_are_short_and_unfold_to_the_line(line: str) -> None:
    pieces = list(ical.fold(line))
    assert all(len(piece.encode()) <= 75 for piece in pieces)
    assert all(piece.startswith(" ") for piece in pieces[1:])
    assert pieces[0] + "".join(piece[1:] for piece in pieces[1:]) == line


def test_a_line_of_75_octets_stays_whole_and_one_of_76_does_not() -> None:
    assert list(ical.fold("x" * 75)) == ["x" * 75]
    assert list(ical.fold("x" * 76)) == ["x" * 75, " x"]
    assert list(ical.fold("x" * 74 + "é")) == ["x" * 74, " é"]


def test_a_day_and_a_time_as_events() -> None:
    day = list(
        ical.event(uid="1@x", stamp=STAMP, summary="A, b", on=date(2026, 12, 31), url="https://x/?a=1,2")
    )
    assert day == [
        "BEGIN:VEVENT",
        "UID:1@x",
        "DTSTAMP:20260901T083000Z",
        "SUMMARY:A\\, b",
        "URL:https://x/?a=1,2",
        "DTSTART;VALUE=DATE:20261231",
        "DTEND;VALUE=DATE:20270101",
        "END:VEVENT",
    ]
    timed = list(ical.event(uid="2@x", stamp=STAMP, summary="B", begins=STAMP, ends=STAMP, location=""))
    assert timed[-3:-1] == ["DTSTART:20260901T083000Z", "DTEND:20260901T083000Z"]
    assert not [line for line in timed if line.startswith("LOCATION")]


def test_a_calendar_ends_every_line_as_asked() -> None:
    text = ical.calendar(
        [ical.event(uid="1@x", stamp=STAMP, summary="A", on=date(2026, 1, 1))], name="Ours; all"
    )
    assert text.startswith("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:")
    assert text.endswith("END:VCALENDAR\r\n")
    assert "NAME:Ours\\; all\r\n" in text
    assert "\n" not in text.replace("\r\n", "")
