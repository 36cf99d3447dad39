"""`goldenthread badge`: a badge is checked by its file; keys are printed, changed and withdrawn."""

import json
from pathlib import Path
from typing import Any

import pytest

from goldenthread.awards import actions, badges, credential
from goldenthread.awards.models import BadgeKey
from goldenthread.commands import badge
from tests import factories_marking as make
from tests.awards.test_actions import award

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _key(settings: Any, tmp_path: Path) -> None:
    settings.BADGE_KEY, settings.BADGE_KEY_FILE = "", tmp_path / "badge-key"


def saved(document: dict[str, Any], folder: Path) -> str:
    path = folder / "badge.json"
    path.write_text(credential.as_text(document))
    return str(path)


def test_a_badge_is_whole_altered_or_revoked_by_exit_code(tmp_path: Path, capsys: Any) -> None:
    made = award()
    document = badges.signed_badge(award=made, at=make.CLOSED)
    assert badge.run(["verify", saved(document, tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "for Leading Teaching, reformed edition" in said
    assert "Siân" not in said
    assert badge.run(["verify", saved({**document, "name": "Doctor"}, tmp_path)]) == 1
    assert "altered" in capsys.readouterr().err
    actions.revoke(award=made, reason="Error.", by=None, at=make.CLOSED)
    assert badge.run(["verify", saved(document, tmp_path)]) == 1
    assert "revoked" in capsys.readouterr().err
    assert badge.run(["verify", str(tmp_path / "nowhere")]) == 2
    (tmp_path / "badge.json").write_text("{}")
    assert badge.run(["verify", str(tmp_path / "badge.json")]) == 2
    assert badge.run(["nonsense"]) == 2


def test_keys_are_printed_changed_and_withdrawn(capsys: Any) -> None:
    assert badge.run(["keys"]) == 0
    first = json.loads(capsys.readouterr().out)["assertionMethod"][0].partition("#key-")[2]
    assert badge.run(["withdraw", first, "--reason", "Stolen."]) == 2  # still in use
    assert badge.run(["rotate"]) == 0
    assert badge.run(["withdraw", first, "--reason", "Stolen."]) == 0
    assert badge.run(["withdraw", "unknown", "--reason", "x"]) == 2
    assert BadgeKey.objects.filter(withdrawn_at__isnull=False).get().name == first
    capsys.readouterr()
    badge.run(["keys"])
    assert len(json.loads(capsys.readouterr().out)["assertionMethod"]) == 1
