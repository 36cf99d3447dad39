"""The empty test database of SQLite as a file, copied for every run until something that makes it changes.

Making it takes longer than most files of tests do. The copy is what Django's own way of making it gave, so that
nothing in it differs; PostgreSQL makes its own every time.
"""

import fcntl
import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django
import pytest
from django.conf import settings
from django.db import connection
from django.db.backends.base.creation import BaseDatabaseCreation

ROOT = Path(__file__).resolve().parent.parent
# What decides how an empty database looks: migrations, the code they call, what is installed and which of it is used.
MAKERS = (
    "src/goldenthread/migrations/*.py",
    "src/goldenthread/**/models*.py",
    "src/goldenthread/**/models/*.py",
    "src/goldenthread/common/append_only.py",
    "src/goldenthread/common/content_mark.py",
    "src/goldenthread/common/triggers.py",
    "src/goldenthread/search/index.py",
    "src/goldenthread/config/*.py",
    "requirements/*.txt",
)
KEPT = 6


def key() -> str:
    """A digest of everything that decides how an empty database looks."""
    digest = hashlib.sha256(f"{django.__version__} {settings.INSTALLED_APPS}".encode())
    for path in sorted({path for pattern in MAKERS for path in ROOT.glob(pattern)}):
        digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()[:32]


def kept(config: pytest.Config) -> Path:
    """Where the empty database of what is here now is kept, once a test on SQLite has asked for one."""
    return config.cache.mkdir("databases") / f"{key()}.sqlite3"  # type: ignore[union-attr]


@pytest.fixture(scope="session")
def _kept_database(request: pytest.FixtureRequest) -> Iterator[None]:
    """While the database is made: take the kept file, or keep the one that is made."""
    if connection.vendor != "sqlite":
        yield
        return
    file = kept(request.config)
    made = BaseDatabaseCreation.create_test_db

    def create_test_db(self: Any, *args: Any, **kwargs: Any) -> str:
        if kwargs.get("serialize"):
            return made(self, *args, **kwargs)  # what a test would be put back to is not in the file
        with (file.parent / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            return _copied(self, file, lambda: made(self, *args, **kwargs))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseDatabaseCreation, "create_test_db", create_test_db)
        yield


def _copied(creation: Any, file: Path, make: Any) -> str:
    """The name of a test database: a copy of the kept file, or the first, of which a copy is kept."""
    name = Path(creation._get_test_db_name())
    if not file.exists():
        made: str = make()
        creation.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        for old in sorted(file.parent.glob("*.sqlite3"), key=lambda path: path.stat().st_mtime)[: 1 - KEPT]:
            old.unlink()
        shutil.copyfile(made, part := file.with_suffix(".part"))
        part.rename(file)
        return made
    creation.connection.close()
    shutil.copyfile(file, name)
    settings.DATABASES[creation.connection.alias]["NAME"] = str(name)
    creation.connection.settings_dict["NAME"] = str(name)
    return str(name)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(_kept_database: None, django_db_modify_db_settings: None) -> None:
    """Django makes the database right after this."""
