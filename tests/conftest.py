"""The frame of every test: its own data folder and database, and guards that hold for all pages."""

import gc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from tests import guards

# How long a busy machine takes says nothing about what is tested.
hypothesis_settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("untimed")

pytest_plugins = ["tests.database_only", "tests.kept_database", "tests.swept", "tests.together"]


@pytest.fixture(autouse=True)
def _files(tmp_path: Path, settings: Any) -> None:
    """Every test stores its files in a folder of its own, and starts with an empty cache."""
    from django.core.cache import cache

    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "goldenthread.common.storage.DurableStorage",
            "OPTIONS": {"location": tmp_path / "files"},
        },
    }
    cache.clear()


@pytest.fixture(autouse=True)
def _scenes_begin() -> None:
    """Every test builds its scene from the beginning, or has it put back; see tests/kept_scenes.py."""
    from tests.kept_scenes import stage

    stage.begin()


@pytest.fixture(scope="session", autouse=True)
def _static_files_are_found_once() -> Iterator[None]:
    """Every test client makes the middleware anew, and WhiteNoise would look through all static files each time."""
    from whitenoise.middleware import WhiteNoiseMiddleware

    find, found = WhiteNoiseMiddleware.add_files_from_finders, dict[tuple[Any, ...], dict[str, Any]]()

    def add_files_from_finders(self: Any) -> None:
        key = (self.static_prefix, self.max_age, self.charset)
        if key not in found:
            find(self)
            found[key] = dict(self.files)
        self.files.update(found[key])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", add_files_from_finders)
        yield


@pytest.fixture(scope="session", autouse=True)
def _static_files_are_sent_by_the_product() -> Iterator[None]:
    """Not by Django's own handler for servers in tests, which looks for each anew and lets no browser keep one."""
    from django.contrib.staticfiles.handlers import StaticFilesHandler

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(StaticFilesHandler, "_should_handle", lambda self, path: False)
        yield


@pytest.fixture(scope="session", autouse=True)
def _tables_are_emptied_that_are_filled() -> Iterator[None]:
    """After tests whose transactions are their own; see tests/emptied.py."""
    from django.test import TransactionTestCase

    from tests.emptied import empty

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", empty)
        yield


@pytest.fixture(autouse=True)
def _shuffled(request: pytest.FixtureRequest) -> None:
    """Rows without an order come in one of this test's own; see tests/guards.py."""
    guards.shuffle.start(request.node.nodeid)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What may take longer than other tests begins first, so that no worker is left with it at the end."""

    def allowed(item: pytest.Item) -> float:
        mark = item.get_closest_marker("timeout")
        return float(mark.args[0]) if mark else 0.0

    items.sort(key=allowed, reverse=True)


def pytest_collection_finish() -> None:
    """What is there before the first test stays to the end: looking through it for rubbish takes time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def pytest_report_header() -> str:
    return f"rows without an order are shuffled: TEST_SHUFFLE_SEED={guards.SEED}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[Any]:
    """A failure tells the seed with which the same orders come again."""
    report = yield
    if report.failed:
        report.sections.append(("orders", f"TEST_SHUFFLE_SEED={guards.SEED}"))
    return report


@pytest.fixture
def catalogue(db: None) -> None:
    """The whole catalogue, loaded as an installation loads it."""
    from tests import factories

    factories.load_catalogue()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One headless Chromium for the whole run of a worker."""
    from playwright.sync_api import sync_playwright

    from tests.browser import launch

    with sync_playwright() as playwright:
        chromium = launch(playwright)
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser: Any, live_server: Any) -> Iterator[Any]:
    """Opens a browser for a person: `visit()`, `visit(viewport=PHONE)`; all are closed, and none may have faults."""
    from tests.browser import Visit

    visits: list[Visit] = []

    def open_one(**options: Any) -> Visit:
        visits.append(Visit(browser, live_server.url, **options))
        return visits[-1]

    yield open_one
    faults = [fault for one in visits for fault in one.faults]
    for one in visits:
        one.close()
    assert faults == []
