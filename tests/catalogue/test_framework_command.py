"""`goldenthread framework import`: what it prints, and how it ends."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from goldenthread.catalogue.models import Framework, FrameworkProposal
from goldenthread.commands.framework import run
from goldenthread.common import clock
from goldenthread.people.models import Role
from tests import factories
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


@pytest.fixture
def people() -> tuple[str, str]:
    """The addresses of two people of the office."""
    olu, otto = (factories.member(Role.OFFICE, name) for name in ("Olu Office", "Otto Office"))
    return olu.email, otto.email


def revisions() -> list[int]:
    return sorted(Framework.objects.filter(programme__code="NPQLT").values_list("revision", flat=True))


@pytest.mark.django_db
@pytest.mark.usefixtures("catalogue")
@pytest.mark.requirement("S2-30")
def test_one_person_proposes_another_puts_in_force_and_a_second_run_changes_nothing(
    file: Path, people: tuple[str, str], capsys: Out
) -> None:
    olu, otto = people
    wanted = ["import", str(file), "--commit", "--by", olu.upper(), "--version", "npqlt-reformed-england"]
    assert run(wanted) == 0
    made = FrameworkProposal.objects.get()
    assert f"as proposal {made.pk}" in capsys.readouterr().out
    assert (made.proposed_by.email, made.file_name, revisions()) == (olu, "lt.txt", [1])
    assert run(["decide"]) == 0
    assert capsys.readouterr().out == f"{made.pk}: NPQLT reformed from lt.txt, by {olu}\n"
    assert run(["decide", "--by", otto, "--in-force"]) == 2
    assert "Say which proposal" in capsys.readouterr().err
    for again in (wanted, ["import", str(file), "--commit", "--by", otto, "--json"]):
        assert run(again) == 0
        out = capsys.readouterr()
        assert f"Nothing changed: proposal {made.pk} by {olu} waits" in out.out + out.err
    assert json.loads(out.out)["areas"]
    decide = ["decide", str(made.pk)]
    assert run(decide) == 0  # what it would change
    told = capsys.readouterr().out
    assert "Beside revision 1" in told
    assert "School Culture, learn that 1" in told
    assert run([*decide, "--by", olu, "--in-force"]) == 2
    assert "A second person puts a text in force" in capsys.readouterr().err
    assert revisions() == [1]
    for _ in range(2):
        assert run([*decide, "--by", otto, "--in-force"]) == 0
        assert "revision 2" in capsys.readouterr().out
    assert run(wanted) == 0
    assert "revision 2 holds it already" in capsys.readouterr().out
    assert (revisions(), FrameworkProposal.objects.count()) == ([1, 2], 1)
    assert Framework.objects.get(programme__code="NPQLT", revision=2).imported_by.email == otto
    assert run(decide) == 0
    assert "put in force" in capsys.readouterr().out
    assert run(["decide"]) == 0
    assert "No framework text waits" in capsys.readouterr().out


@pytest.mark.django_db
@pytest.mark.usefixtures("catalogue")
def test_a_proposal_is_declined_with_a_reason_and_is_then_not_put_in_force(
    file: Path, people: tuple[str, str], capsys: Out
) -> None:
    olu, otto = people
    assert run(["import", str(file), "--commit", "--by", olu]) == 0
    decide = ["decide", str(FrameworkProposal.objects.get().pk), "--by", otto]
    assert run([*decide, "--decline", " "]) == 2
    assert "Say why" in capsys.readouterr().err
    assert run([*decide, "--decline", "The wrong file"]) == 0
    made = FrameworkProposal.objects.get()
    assert (made.state, made.reason, made.decided_by.email) == ("declined", "The wrong file", otto)
    assert run([*decide, "--in-force"]) == 2
    assert "was declined" in capsys.readouterr().err
    assert revisions() == [1]
    with pytest.raises(SystemExit):
        run([*decide, "--in-force", "--decline", "Both"])


@pytest.mark.django_db
@pytest.mark.usefixtures("catalogue")
def test_only_somebody_of_the_office_of_today_proposes_and_decides(
    file: Path, people: tuple[str, str], capsys: Out
) -> None:
    olu, _ = people
    author, gone = factories.member(Role.AUTHOR, "Ada Author"), factories.member(Role.OFFICE, "Gus Gone")
    gone.memberships.update(ends_on=clock.now().date() - timedelta(days=1))
    shut = factories.member(Role.OFFICE, "Sid Shut")
    shut.is_active = False
    shut.save()
    strangers = ["nobody@example.org", author.email, gone.email, shut.email, " "]
    for email in strangers:
        assert run(["import", str(file), "--commit", "--by", email]) == 2
        assert "office" in capsys.readouterr().err
    assert run(["import", str(file), "--commit"]) == 2
    assert "--by EMAIL" in capsys.readouterr().err
    assert not FrameworkProposal.objects.exists()
    assert run(["import", str(file), "--commit", "--by", olu]) == 0
    made = FrameworkProposal.objects.get()
    for email in strangers:
        for verdict in (["--in-force"], ["--decline", "No"]):
            assert run(["decide", str(made.pk), "--by", email, *verdict]) == 2
    assert run(["decide", str(made.pk + 1), "--by", olu, "--in-force"]) == 2
    assert f"There is no proposal {made.pk + 1}" in capsys.readouterr().err
    made.refresh_from_db()
    assert made.state == "proposed"


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
    by = ["--by", factories.member(Role.OFFICE, "Olu Office").email] if options else []
    assert run(["import", str(file), *options, *by]) == 0
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
