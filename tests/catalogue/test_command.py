"""`goldenthread catalogue`: what it prints, and how it ends."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from goldenthread.commands.catalogue import run

Out = pytest.CaptureFixture[str]
VERSIONS = 9


def test_check_prints_totals_conflicts_and_unknowns(capsys: Out) -> None:
    assert run(["check"]) == 0
    printed = capsys.readouterr().out
    lines = {line.split()[0]: line for line in printed.splitlines() if line[:1] == "n"}
    totals = {
        "npqlt-reformed-international": "74 h",
        "npqltd-reformed-international": "74 h",
        "npqlbc-reformed-international": "74 h",
        "npqsl-reformed-international": "90 h",
        "npqh-reformed-international": "104 h",
        "npqel-reformed-international": "116 h",
        "npqsl-legacy-international": "92 h",
    }
    for key, total in totals.items():
        assert lines[key].split("  ")[-1].strip() == "adds up"
        assert lines[key].count(total) == 2
    assert "9 h" in lines["npqh-legacy-england"]
    assert "incomplete: 103 h over diagnostic, events, study unknown" in lines["npqh-legacy-england"]
    assert "1 h short, see induction" in printed
    assert all(f"  C-{number:02d}  " in printed for number in range(1, 43))
    assert "npqh-reformed-international: assessment.max_words 2,500 words (000:82), alternative" in printed
    assert "npqh-reformed-international: a person must choose" in printed
    assert "hours of Online courses [003:41]: blank cell" in printed
    assert "\n  000  International NPQs" in printed


def test_check_as_json(capsys: Out) -> None:
    assert run(["check", "--json"]) == 0
    checked = json.loads(capsys.readouterr().out)
    assert checked["wrong"] is False
    assert len(checked["versions"]) == VERSIONS
    legacy = next(item for item in checked["versions"] if item["id"] == "npqh-legacy-england")
    assert (legacy["known_minutes"], legacy["declared_minutes"], legacy["missing_minutes"]) == (
        540,
        6720,
        6180,
    )
    assert legacy["status"] == "incomplete"
    assert len(checked["conflicts"]) == 42


def test_show_lists_every_version(capsys: Out) -> None:
    assert run(["show"]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert len(rows) == 1 + VERSIONS
    assert any("£5,950" in row and "npqel" in row for row in rows)
    assert run(["show", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == VERSIONS


KEYS = (
    "id",
    "programme",
    "edition",
    "market",
    "components",
    "declared_minutes",
    "content_areas",
    "fee_pence",
    "rules",
)


def test_show_one_as_json_has_stable_keys(capsys: Out) -> None:
    assert run(["show", "npqsl-reformed-international", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert set(KEYS) <= shown.keys()
    assert shown["fee_pence"] == 155_000
    assert shown["components"][2].items() >= {"name": "Face-to-face events", "minutes": 1440}.items()
    assert sum(item["minutes"] for item in shown["components"]) == shown["declared_minutes"] == 5400
    rules = shown["rules"]
    assert rules["word_limit"] is None
    assert rules["word_limit_must_be_chosen"] is True
    assert [choice["value"] for choice in rules["word_limit_choices"]] == [2500, 1500]
    assert rules["window_months"] == [18, 21]
    assert rules["window_months_derived"] is True
    assert (rules["engagement_required_to_pass"], rules["engagement_required_to_enter"]) == (False, True)


def test_every_version_shows_the_same_keys(capsys: Out) -> None:
    assert run(["show", "--json"]) == 0
    for shown in json.loads(capsys.readouterr().out):
        assert set(KEYS) <= shown.keys(), shown["id"]
        assert shown["components"], shown["id"]
        for component in shown["components"]:
            assert {"name", "stage", "minutes"} <= component.keys(), shown["id"]
        assert isinstance(shown["content_areas"], list)
        assert isinstance(shown["rules"], dict)
        assert isinstance(shown["declared_minutes"], int | None)
        assert isinstance(shown["fee_pence"], int | None)


def test_unknown_is_null_in_json(capsys: Out) -> None:
    assert run(["show", "npqh-legacy-england", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert [item["minutes"] for item in shown["components"]] == [None, None, None, 180, 360, 0, 0]
    assert shown["fee_pence"] is None
    assert run(["show", "npqlt-reformed-england", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["declared_minutes"] is None


@pytest.mark.parametrize(
    "key", ["npqlt-reformed-england", "npqh-legacy-england", "npqel-reformed-international"]
)
def test_show_one_for_reading(capsys: Out, key: str) -> None:
    assert run(["show", key]) == 0
    printed = capsys.readouterr().out
    assert key in printed
    assert "Total: " in printed


def test_an_unknown_version_is_refused_with_the_list(capsys: Out) -> None:
    assert run(["show", "npqlt"]) == 2
    error = capsys.readouterr().err
    assert "There is no version “npqlt”" in error
    assert error.count("\n  ") == VERSIONS


def test_malformed_files_end_with_2(tmp_path: Path, capsys: Out) -> None:
    (tmp_path / "bad.toml").write_text('id = "bad"\n')
    assert run(["check", "--folder", str(tmp_path)]) == 2
    assert "bad.toml: programme: is missing" in capsys.readouterr().err
    assert run(["show", "--json", "--folder", str(tmp_path)]) == 2
    problems = json.loads(capsys.readouterr().out)["problems"]
    assert {"file": "bad.toml", "path": "programme", "reason": "is missing"} in problems


def test_no_task_or_a_strange_one_ends_with_2(capsys: Out) -> None:
    for arguments in ([], ["delete"]):
        with pytest.raises(SystemExit) as end:
            run(arguments)
        assert end.value.code == 2
        assert "usage" in capsys.readouterr().err


def test_check_and_show_load_no_django() -> None:
    code = (
        "import sys; from goldenthread.commands.catalogue import run; run(['check']); run(['show']); "
        "sys.exit('django' in sys.modules)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.django_db
def test_load_says_what_it_did(capsys: Out) -> None:
    from goldenthread.catalogue.models import ProgrammeVersion

    assert run(["load"]) == 0
    assert "created" in capsys.readouterr().out
    assert ProgrammeVersion.objects.count() == VERSIONS
    assert run(["load"]) == 0
    assert capsys.readouterr().out.startswith("0 created, 0 changed, ")
