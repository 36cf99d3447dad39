"""`goldenthread framework import`: what it prints, and how it ends."""

import json
from pathlib import Path
from typing import Any

import pytest

from goldenthread.catalogue.models import Framework
from goldenthread.commands.framework import run
from tests.catalogue.framework_sample import text_of_npqlt

Out = pytest.CaptureFixture[str]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "lt.txt"
    path.write_text(text_of_npqlt())
    return path


def test_a_dry_run_reports_and_needs_no_database(file: Path, capsys: Out) -> None:
    assert run(["import", str(file)]) == 0
    printed = capsys.readouterr().out
    assert "Programme: NPQLT" in printed
    assert "complete: none; fragments: 1, 7; missing: 2 to 6" in printed
    assert "stands there 3 times, belongs to another framework" in printed
    assert "Nothing is written" in printed


def test_the_report_as_json(file: Path, capsys: Out) -> None:
    assert run(["import", str(file), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert [area["name"] for area in report["areas"] if area["belongs"]] == [
        "School Culture",
        "How Pupils Learn",
        "Subject and Curriculum",
        "Implementation",
        "Assessment",
        "Adaptive Teaching",
    ]
    assert report["areas"][1]["missing_numbers"] == [2, 3, 4, 5, 6]
    assert any(warning.startswith("line 3: ") for warning in report["warnings"])


@pytest.mark.django_db
@pytest.mark.usefixtures("catalogue")
def test_commit_takes_it_in_once(file: Path, capsys: Out) -> None:
    assert run(["import", str(file), "--commit", "--version", "npqlt-reformed-england"]) == 0
    assert "revision 2" in capsys.readouterr().out
    assert run(["import", str(file), "--commit", "--json"]) == 0
    out = capsys.readouterr()
    assert "Nothing changed" in out.err
    assert json.loads(out.out)["areas"]
    assert Framework.objects.filter(programme__code="NPQLT").count() == 2


@pytest.mark.django_db
@pytest.mark.usefixtures("catalogue")
@pytest.mark.parametrize("options", [[], ["--commit"]])
def test_a_file_is_read_once(file: Path, options: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Path] = []
    opened = Path.open

    def note(self: Path, *rest: Any, **more: Any) -> Any:
        if self == file:
            read.append(self)
        return opened(self, *rest, **more)

    monkeypatch.setattr(Path, "open", note)
    assert run(["import", str(file), *options]) == 0
    assert read == [file]


@pytest.mark.requirement("S2-33")
def test_the_four_areas_of_need_are_listed(capsys: Out) -> None:
    assert run(["needs"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "communication and interaction",
        "cognition and learning",
        "social, emotional and mental health",
        "physical and/or sensory",
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("data", [b"", b"\x00\x01\x02", b"Air\n\xff", b"PK\x03\x04", b"no table"])
def test_a_refusal_ends_with_two_and_names_file_and_reason(data: bytes, tmp_path: Path, capsys: Out) -> None:
    path = tmp_path / "bad.txt"
    path.write_bytes(data)
    assert run(["import", str(path), "--commit"]) == 2
    assert capsys.readouterr().err.startswith("bad.txt")
    assert run(["import", str(path), "--json"]) == 2
    (problem,) = json.loads(capsys.readouterr().out)["problems"]
    assert problem["reason"]


def test_a_file_or_version_that_is_not_there_is_refused(file: Path, tmp_path: Path, capsys: Out) -> None:
    assert run(["import", str(tmp_path / "none.txt")]) == 2
    assert run(["import", str(tmp_path)]) == 2
    assert run(["import", str(file), "--version", "npqx"]) == 2
    assert "npqlt-reformed-international" in capsys.readouterr().err
