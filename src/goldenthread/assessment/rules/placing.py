"""What is checked as it is entered: who a host is, when somebody was there, when a board saw a plan (S3-23, S3-26)."""

from datetime import date, timedelta

from goldenthread.common.days import day_text
from goldenthread.common.refused import Refused

TEN_YEARS = timedelta(days=3653)  # a day longer ago, or a longer project, has a mistyped year
BOARD_BEFORE = timedelta(
    days=731
)  # before somebody's enrolment began: an earlier board can't have seen this plan


def check_host(email: str, *, own: str) -> None:
    """Somebody else is the host, who confirms what the candidate can't confirm of themselves."""
    if email.strip() and email.strip().casefold() == own.casefold():
        raise Refused(
            "This is your own address: give that of your host, who confirms your days.",
            code="placement.host",
            field="host_email",
        )


def check_logged_day(on: date, *, today: date) -> None:
    """A day is logged once somebody was there; one of more than ten years ago has a mistyped year."""
    if on > today:
        raise Refused("This day is still to come: log it when you were there.", code="day.ahead", field="on")
    if today - on > TEN_YEARS:
        raise Refused("This day is more than ten years ago: check the year.", code="day.long_ago", field="on")


def check_presented(on: date, *, today: date, starts_on: date) -> None:
    """A board has seen a plan on a day that is not to come, and not more than two years before the enrolment began."""
    if on > today:
        raise Refused(
            "This day is still to come: record the presentation when it has taken place.",
            code="board.ahead",
            field="presented_on",
        )
    if starts_on - on > BOARD_BEFORE:
        raise Refused(
            f"{day_text(on)} is more than two years before your course began: check the year.",
            code="board.long_ago",
            field="presented_on",
        )
