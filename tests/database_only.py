"""`pytest --database-only`: leave out the tests that can't reach a database, where another run has them already.

A test without one of the fixtures below is stopped by pytest-django when it asks the database anything, so that what is
left out would find the same on every database. So would a test of a page in a browser, whose requests other tests send
without one, and a test marked `alike`. The journeys stay: they are the whole product; only axe is not asked again about
their pages (`journeys/stage.py`). How many were left out is said at the end of the run.
"""

from typing import Any

import pytest

FIXTURES = {
    "db",
    "transactional_db",
    "django_db_reset_sequences",
    "django_db_serialized_rollback",
    "django_db_setup",
    "live_server",
    "admin_client",
    "admin_user",
}
JOURNEYS = "journeys"
LEFT_OUT = pytest.StashKey[int]()


def reaches_database(item: pytest.Item) -> bool:
    """Whether a test may ask the database: by its mark, by a fixture however far away, or as a TestCase of Django's."""
    fixtures = getattr(item, "fixturenames", FIXTURES)  # what is no function of ours is not left out
    is_case = isinstance(item, pytest.Function) and hasattr(item.cls, "databases")
    return bool(item.get_closest_marker("django_db")) or not FIXTURES.isdisjoint(fixtures) or is_case


def needs_one_database(item: pytest.Item) -> bool:
    """Whether a test finds the same on every database: it reaches none, is marked so, or tries a page's script."""
    in_browser = "browser" in getattr(item, "fixturenames", ()) and JOURNEYS not in item.path.parts
    return not reaches_database(item) or bool(item.get_closest_marker("alike")) or in_browser


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database-only", action="store_true", help="leave out the tests that can't reach a database"
    )


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: Any, items: list[pytest.Item]) -> None:
    if not config.getoption("--database-only"):
        return
    without = [item for item in items if needs_one_database(item)]
    left_out = set(without)
    items[:] = [item for item in items if item not in left_out]
    config.stash[LEFT_OUT] = len(without)
    config.hook.pytest_deselected(items=without)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker tells how many it has left out; each has the same tests before it."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left_out"] = session.config.stash.get(LEFT_OUT, 0)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    node.config.stash[LEFT_OUT] = getattr(node, "workeroutput", {}).get("left_out", 0)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if config.getoption("--database-only"):
        number = config.stash.get(LEFT_OUT, 0)
        terminalreporter.write_line(
            f"{number} tests of what is the same on every database are left to the other run"
        )
