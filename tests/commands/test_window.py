"""`goldenthread window` on the command line."""

import json

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
        [],
    ],
)
def test_bad_input_is_explained_and_ends_with_two(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    assert capsys.readouterr().err.strip()
