"""`goldenthread keys`: make, list, check, rewrap and rotate the keys that case studies are sealed with."""

from pathlib import Path
from typing import Any

import pytest

from goldenthread.assessment import case_keys, sealing
from goldenthread.assessment.models import CaseStudy
from goldenthread.commands import keys
from goldenthread.common.models import AuditEvent
from tests import factories_assessment as made

Out = pytest.CaptureFixture[str]


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    """A data folder of this test's own for the keys."""
    settings.CASE_KEYS, settings.CASE_KEYS_FILE = [], tmp_path / "case-keys"
    return tmp_path


def test_a_new_key_is_printed_and_stored_nowhere(capsys: Out) -> None:
    assert keys.run(["new"]) == 0
    assert len(capsys.readouterr().out.strip()) == 44


@pytest.mark.django_db
def test_the_file_of_the_data_folder_is_made_once_and_for_this_account_alone(folder: Path) -> None:
    assert case_keys.ring().newest == case_keys.ring().newest
    assert [one.name for one in folder.iterdir()] == ["case-keys"]
    assert (folder / "case-keys").stat().st_mode & 0o077 == 0


@pytest.mark.django_db
def test_rotating_in_the_data_folder_wraps_everything_anew_and_drops_the_old_key(
    folder: Path, capsys: Out
) -> None:
    case = made.case_study()
    old = case_keys.ring().newest
    assert keys.run(["rotate"]) == 0
    new = case_keys.ring().newest
    assert f"The new key is {new}" in capsys.readouterr().out
    assert case_keys.ring().names == (new,)
    assert new != old
    assert made.reopened(case).body == made.BODY
    assert AuditEvent.objects.get(verb="case_keys.rewrapped").details == {"seals": 2, "key": new}
    assert keys.run(["check"]) == 0
    assert "2 seals, 0 don't open." in capsys.readouterr().out


@pytest.mark.django_db
def test_with_keys_of_the_environment_each_step_says_the_next(settings: Any, capsys: Out) -> None:
    first, second = sealing.new_key(), sealing.new_key()
    settings.CASE_KEYS = [first]
    made.case_study()
    assert keys.run(["rotate"]) == 2
    assert "GOLDENTHREAD_CASE_KEYS" in capsys.readouterr().err
    settings.CASE_KEYS = [second, first]
    new, old = case_keys.ring().names
    assert keys.run(["list"]) == 0
    assert f"{old}  2 seals\n" in capsys.readouterr().out
    assert keys.run(["rewrap"]) == 0
    assert "2 seals are wrapped anew" in capsys.readouterr().out
    assert keys.run(["list"]) == 0
    assert f"{old}  0 seals  may go" in capsys.readouterr().out
    settings.CASE_KEYS = [second]
    assert keys.run(["check"]) == 0
    assert new


@pytest.mark.django_db
def test_a_lost_key_and_an_altered_seal_are_named_without_a_word_of_the_case(
    settings: Any, capsys: Out
) -> None:
    settings.CASE_KEYS = [sealing.new_key()]
    lost = made.case_study()
    name = case_keys.ring().newest
    settings.CASE_KEYS = [sealing.new_key()]
    altered = made.case_study(title="Altered")
    CaseStudy.objects.filter(pk=altered.pk).update(sealed=altered.sealed[:-8] + "AAAAAAA=")
    assert keys.run(["list"]) == 1
    assert f"{name}  2 seals  this key is missing here" in capsys.readouterr().out
    assert keys.run(["check"]) == 1
    printed = capsys.readouterr().out
    assert f"The text of case study {lost.pk} can't be opened: it is sealed with the key {name}" in printed
    assert f"The text of case study {altered.pk} can't be opened: what is stored is not" in printed
    assert "4 seals, 3 don't open." in printed
    assert made.BODY not in printed
    assert keys.run(["rewrap"]) == 1
    assert "GOLDENTHREAD_CASE_KEYS" in capsys.readouterr().err


def test_what_is_no_verb_is_refused() -> None:
    assert keys.run(["eat"]) == 2
