"""Installations begin with a copy of the empty database that the other tests begin with."""

import pytest
from django.db import connection

from tests.durability import installation
from tests.kept_database import kept


@pytest.fixture(scope="session", autouse=True)
def _empty_tables(request: pytest.FixtureRequest, django_db_setup: None) -> None:
    """What the migrations make takes ten seconds each time, and is the same each time."""
    if connection.vendor == "sqlite":
        installation.EMPTY = kept(request.config)
