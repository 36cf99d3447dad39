"""What is checked of a placement as it is entered: who the host is, and when somebody was there (S3-26, S3-27)."""

from datetime import date, timedelta

from goldenthread.common.refused import Refused

TEN_YEARS = timedelta(days=3653)  # a day longer ago, or a longer project, has a mistyped year


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
