"""Files that mean harm, or were spoilt: refused with file, key and reason, and nothing of them is loaded."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from goldenthread.catalogue import actions
from goldenthread.catalogue.models import Programme, ProgrammeVersion
from goldenthread.catalogue.problems import SpecificationError
from goldenthread.catalogue.programmes import circle_in, read_programmes
from goldenthread.commands.catalogue import run
from goldenthread.common.models import AuditEvent
from tests.catalogue.texts import MADE_UP, spoilt
from tests.factories import AT

pytestmark = pytest.mark.django_db
MIB = 1024 * 1024


def _binary(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 40)


def _fifty_megabytes(path: Path) -> None:
    with path.open("wb") as file:
        file.write(MADE_UP.encode())
        file.truncate(50 * MIB)


def _text(content: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.write_text(content, encoding="utf-8")

    return write


def _pipe(path: Path) -> None:
    os.mkfifo(path)  # opening it would wait for ever


def _other_form(path: Path) -> None:
    path.write_bytes(MADE_UP.encode("utf-16"))


HOSTILE: dict[str, tuple[Callable[[Path], None], str, str]] = {
    "wrong types": (_text(spoilt("markers = 2", 'markers = "two"')), "marking.markers", "whole number"),
    "a list for a table": (_text("marking = []\n" + MADE_UP.replace("[marking]", "[m]")), "marking", "table"),
    "unknown keys": (_text(spoilt("markers = 2", "markers = 2\nsecret = 1")), "marking.secret", "not a key"),
    "negative minutes": (
        _text(spoilt("value = 21.5", "value = -21.5")),
        "component[events].hours.value",
        "must not be negative",
    ),
    "hours that do not add up": (_text(spoilt("value = 41.5", "value = 42")), "total_hours", "come to"),
    "a binary file": (_binary, "", "is not UTF-8"),
    "another encoding": (_other_form, "", "is not UTF-8"),
    "50 MB": (_fifty_megabytes, "", "larger than 256 KiB"),
    "an id twice in a file": (_text('id = "b"\n' + MADE_UP), "", "not valid TOML"),
    "a NUL": (_text(spoilt("For people", "For\0people")), "", "not valid TOML"),
    "a NUL in disguise": (_text(spoilt("For people", "For\\u0000people")), "purpose", "control character"),
    "lists within lists": (_text("x = " + "[" * 9000 + "]" * 9000 + "\n" + MADE_UP), "", "not valid TOML"),
    "tables within tables": (_text("x" + ".x" * 40 + " = 1\n" + MADE_UP), "x" + ".x" * 12, "12 deep"),
    "a circle of versions": (
        _text(spoilt("edition = ", 'supersedes = "npqmus-2030-scotland"\nedition = ')),
        "supersedes",
        "goes in a circle: npqmus-2030-scotland → npqmus-2030-scotland",
    ),
    "a file that leans on itself": (
        _text('same_as = "npqmus-2030-scotland"\nid = "npqmus-2030-scotland"\n'),
        "same_as",
        "",
    ),
    "a pipe": (_pipe, "", "no ordinary file"),
    "nothing": (_text(""), "programme", "is missing"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_file_is_refused_with_its_key_and_reason_and_nothing_is_loaded(
    tmp_path: Path, kind: str
) -> None:
    write, key, reason = HOSTILE[kind]
    write(tmp_path / "hostile.toml")
    with pytest.raises(SpecificationError) as no:
        actions.load(by=None, at=AT, folders=[tmp_path])
    found = [
        (problem.path, problem.reason) for problem in no.value.problems if problem.file == "hostile.toml"
    ]
    assert any(path == key and reason in text for path, text in found), found
    assert "hostile.toml" in no.value.message
    assert not ProgrammeVersion.objects.exists()
    assert not Programme.objects.exists()
    assert not AuditEvent.objects.exists()


def test_one_id_in_two_files_is_refused_and_neither_is_loaded(tmp_path: Path) -> None:
    for name in ("one.toml", "two.toml"):
        (tmp_path / name).write_text(MADE_UP)
    with pytest.raises(SpecificationError, match=r"two\.toml: id: .* is the id of one\.toml already"):
        actions.load(by=None, at=AT, folders=[tmp_path])
    assert not ProgrammeVersion.objects.exists()


def test_a_hostile_file_beside_a_good_one_keeps_both_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "good.toml").write_text(MADE_UP)
    (tmp_path / "bad.toml").write_text("markers = ")
    assert run(["load", "--folder", str(tmp_path)]) == 2
    assert "bad.toml: is not valid TOML" in capsys.readouterr().err
    assert not ProgrammeVersion.objects.exists()


def test_versions_that_supersede_each_other_in_a_circle_are_refused(tmp_path: Path) -> None:
    for mine, other in (("one", "two"), ("two", "three"), ("three", "one")):
        text = spoilt("edition = ", f'supersedes = "{other}"\nedition = ')
        text = text.replace('"npqmus-2030-scotland"', f'"{mine}"').replace('"Scotland"', f'"{mine}"')
        (tmp_path / f"{mine}.toml").write_text(text)
    with pytest.raises(SpecificationError, match="supersedes: goes in a circle: one → two → three → one"):
        actions.load(by=None, at=AT, folders=[tmp_path])


def test_programmes_that_replace_each_other_in_a_circle_are_refused(tmp_path: Path) -> None:
    shipped = read_programmes()
    assert circle_in({one.code: one.replaced_by for one in shipped.programmes}) == []
    text = (Path(actions.__file__).parent / "programmes.toml").read_text()
    for code in ("NPQML", "NPQLT"):
        assert f'code = "{code}"' in text
    path = tmp_path / "programmes.toml"
    path.write_text(text.replace('code = "NPQLT"\n', 'code = "NPQLT"\nreplaced_by = ["NPQML"]\n', 1))
    with pytest.raises(SpecificationError, match=r"replaced_by: goes in a circle: NPQLT → NPQML → NPQLT"):
        read_programmes(path)


@pytest.mark.parametrize(
    ("follows", "circle"),
    [
        ({}, []),
        ({"A": ["B"], "B": ["C"]}, []),
        ({"A": ["B", "C"], "B": ["C"], "C": []}, []),
        ({"A": ["A"]}, ["A", "A"]),
        ({"A": ["B"], "B": ["C"], "C": ["B"]}, ["B", "C", "B"]),
    ],
)
def test_circles_are_found(follows: dict[str, list[str]], circle: list[str]) -> None:
    assert circle_in(follows) == circle
