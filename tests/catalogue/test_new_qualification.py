"""Adding a qualification is adding a file: a made-up one is checked, shown and loaded without code."""

import json
import os
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from goldenthread.catalogue.folders import installation_folders
from goldenthread.catalogue.reading import read_specification
from goldenthread.catalogue.rules import (
    EntryDetails,
    check_entry,
    check_totals,
    dates,
    window_bounds,
    word_limit,
)
from goldenthread.commands import window
from goldenthread.commands.catalogue import run
from tests.catalogue.texts import MADE_UP, spoilt


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "npqmus-2030-scotland.toml").write_text(MADE_UP)
    return tmp_path


def test_the_rules_apply_to_it(folder: Path) -> None:
    spec = read_specification(folder / "npqmus-2030-scotland.toml")
    assert check_totals(spec).status == "adds up"
    assert dates(spec, date(2030, 10, 31)) == (date(2031, 8, 31), date(2031, 10, 31))
    assert window_bounds(spec, date(2030, 10, 31)) == (date(2031, 8, 31), date(2031, 10, 31))
    assert word_limit(spec) == 1200
    assert check_entry(spec, EntryDetails(role_status="aspiring")).eligible


def test_it_is_checked(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "--folder", str(folder)]) == 0
    line = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("npqmus"))
    assert line.split("  ")[-1] == "adds up"
    assert "41 h 30 min" in line


def test_it_is_shown(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["show", "npqmus-2030-scotland", "--json", "--folder", str(folder)]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["declared_minutes"] == 2490
    assert shown["content_areas"] == ["Listening", "Ensemble"]
    assert shown["fee_pence"] is None
    assert run(["show", "npqmus-2030-scotland", "--folder", str(folder)]) == 0
    assert "Rehearsal days" in capsys.readouterr().out


def test_the_folder_can_belong_to_the_installation(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOLDENTHREAD_CATALOGUE", str(folder))
    assert run(["show"]) == 0
    assert "npqmus-2030-scotland" in capsys.readouterr().out
    assert installation_folders() == [folder]
    assert installation_folders({"GOLDENTHREAD_CATALOGUE": f"a{os.pathsep}b"}) == [Path("a"), Path("b")]
    assert installation_folders({}) == []


def test_its_window_is_worked_out(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOLDENTHREAD_CATALOGUE", str(folder))
    assert window.run(["--opens", "2031-09-01", "--version", "npqmus-2030-scotland", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["days"], found["months_after_start"]) == (5, [10, 12])


def test_a_wrong_sum_is_told_and_ends_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.toml").write_text(spoilt("value = 41.5", "value = 50"))
    assert run(["check", "--folder", str(tmp_path)]) == 1
    assert "wrong: 8 h 30 min missing" in capsys.readouterr().out
    assert run(["check", "--json", "--folder", str(tmp_path)]) == 1
    assert json.loads(capsys.readouterr().out)["wrong"] is True


@pytest.mark.django_db
def test_it_is_loaded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from goldenthread.catalogue import actions, queries

    monkeypatch.setenv("GOLDENTHREAD_CATALOGUE", str(folder))
    actions.load(by=None, at=datetime(2030, 1, 1, tzinfo=UTC))
    version = queries.get_version("npqmus-2030-scotland")
    assert version.programme.family == "arts"
    assert version.specification.component("events").minutes == 1290
    assert [programme.code for programme in queries.by_family()["arts"]] == ["NPQMUS"]
