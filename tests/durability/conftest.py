"""Installations begin with a copy of the empty database that the other tests begin with."""

from typing import Any

import pytest
from django.db import connection

from tests.durability import installation
from tests.kept_database import kept_or_made


@pytest.fixture(scope="session", autouse=True)
def _empty_tables(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: Any) -> None:
    """What the migrations make takes ten seconds each time, and is the same each time."""
    if connection.vendor == "sqlite":
        with django_db_blocker.unblock():
            installation.EMPTY = kept_or_made(request.config)
