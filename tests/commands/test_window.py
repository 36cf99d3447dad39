"""`goldenthread window` on the command line."""

import csv
import json
from pathlib import Path

import pytest

from goldenthread.commands.window import run


def test_london_over_the_change_of_clocks(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--opens", "2025-10-20", "--zone", "Europe/London", "--start", "2024-09-02", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["opens_utc"] == "2025-10-19T23:00:00Z"
    assert found["opens_local"] == "2025-10-20T00:00:00+01:00"
    assert found["closes_utc"] == "2025-10-28T00:00:00Z"
    assert (found["hours"], found["allowed"]) == (193, True)


def test_too_late_is_said_and_ends_with_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        run(["--opens", "2025-11-28", "--start", "2024-09-02", "--version", "npqlt-reformed-international"])
        == 1
    )
    out = capsys.readouterr().out
    assert "refused" in out
    assert "Tue 25 Nov 2025" in out


def test_leadership_has_other_months(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--opens", "2026-03-02", "--start", "2024-09-02", "--json"]
    assert run([*arguments, "--version", "npqh-reformed-international"]) == 0
    assert json.loads(capsys.readouterr().out)["months_after_start"] == [18, 21]
    assert run(arguments) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["--opens", "2025-13-01"],
        ["--opens", "0001-01-01"],
        ["--opens", "2025-10-06", "--zone", "Mars/Olympus"],
        ["--opens", "2025-10-06", "--version", "npqx"],
        ["--opens", "2025-10-06", "--version", "npqsl-legacy-international"],
        ["--opens", "2011-12-30", "--zone", "Pacific/Apia"],
        ["--opens", "1993-08-21", "--zone", "Pacific/Kwajalein"],
        ["--opens", "6 October 2025"],
        ["--opens", "2025-10-06", "--start", "2024-02-30"],
        ["--opens", "2025-10-06", "--zone", "BST"],
        [],
    ],
)
def test_bad_input_is_explained_and_ends_with_two(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    assert capsys.readouterr().err.strip()


WINDOWS = Path(__file__).parents[1] / "scenarios" / "windows.csv"


@pytest.mark.parametrize("row", list(csv.DictReader(WINDOWS.open())), ids=lambda row: row["what"])
def test_the_command_says_what_the_table_says(
    row: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["--opens", row["release"], "--zone", row["zone"], "--days", row["days"], "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["opens_utc"], found["closes_utc"]) == (row["opens_utc"], row["closes_utc"])
    assert float(found["hours"]) == float(row["hours"])
    assert found["allowed"] is None


def test_a_skipped_day_and_a_version_without_a_window_say_why(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--opens", "1993-08-21", "--zone", "Pacific/Kwajalein", "--json"]) == 2
    said = capsys.readouterr()
    assert "does not exist in Pacific/Kwajalein: choose the day after" in said.err
    printed = json.loads(said.out)
    assert printed["refused"]
    assert printed["message"] in said.err
    assert run(["--opens", "2025-10-06", "--version", "npqsl-legacy-international"]) == 2
    assert "says nothing about a window" in capsys.readouterr().err


# --- what no version or calendar allows -----------------------------------------------------------------------
@pytest.mark.parametrize("zone", ["localtime", "Factory", "posixrules", "right/UTC", "Europe/Londn", ""])
def test_what_is_no_place_is_no_zone(capsys: pytest.CaptureFixture[str], zone: str) -> None:
    assert run(["--opens", "2025-10-06", "--zone", zone]) == 2
    assert "not a time zone" in capsys.readouterr().err


@pytest.mark.parametrize(("days", "answer"), [("8", 0), ("7", 2), ("9", 2), ("60", 2)])
def test_the_days_of_a_version_are_not_typed_over(
    capsys: pytest.CaptureFixture[str], days: str, answer: int
) -> None:
    arguments = ["--opens", "2025-10-06", "--version", "npqlt-reformed-international", "--days", days]
    assert run(arguments) == answer
    if answer:
        assert "has 8 days by its specification: leave --days out" in capsys.readouterr().err


@pytest.mark.parametrize("days", ["0", "-1", "0.5", "61", "eight"])
def test_a_window_has_a_day_at_least(capsys: pytest.CaptureFixture[str], days: str) -> None:
    assert run(["--opens", "2025-10-06", "--days", days]) == 2
    assert "--days" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("opens", "zone", "allowed"),
    [
        ("2011-12-25", "Pacific/Apia", False),  # 30 December was skipped there
        ("2011-12-25", "Europe/London", True),
        ("2011-12-24", "Pacific/Apia", True),
    ],
)
def test_a_skipped_day_does_not_carry_a_window_past_its_months(
    capsys: pytest.CaptureFixture[str], opens: str, zone: str, allowed: bool
) -> None:
    arguments = ["--opens", opens, "--zone", zone, "--start", "2010-10-01", "--json"]
    assert run(arguments) == 1 - allowed
    found = json.loads(capsys.readouterr().out)
    assert found["allowed"] is allowed
    if not allowed:
        assert "would be Mon 2 Jan 2012" in found["reason"]


def test_a_window_over_new_year_has_eight_days(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--opens", "2025-12-29", "--zone", "Asia/Dubai", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["closes_local"], found["hours"]) == ("2026-01-06T00:00:00+04:00", 192)
