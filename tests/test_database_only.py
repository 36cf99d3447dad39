"""What runs once and what runs on every database: told apart by what a test may reach, not by what it says it is."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.test import TestCase

from goldenthread.people.models import User
from tests import database_only


@pytest.fixture
def nobody(db: None) -> int:
    return User.objects.count()


@pytest.fixture
def still_nobody(nobody: int) -> int:
    return nobody


@pytest.mark.django_db
def test_by_its_mark() -> None:
    assert not User.objects.exists()


def test_by_a_fixture_far_away(still_nobody: int) -> None:
    assert still_nobody == 0


@pytest.mark.alike
def test_without_need_of_two_databases_whatever_it_reaches(nobody: int) -> None:
    assert nobody == 0


@pytest.fixture
def browser() -> None:
    """Stands for Chromium: what counts is that a test asks for it."""


def test_without_need_of_two_databases_for_a_page(browser: None, nobody: int) -> None:
    assert nobody == 0


class Case(TestCase):
    def test_of_django(self) -> None:
        assert not User.objects.exists()


def test_without_any() -> None:
    with pytest.raises(RuntimeError, match="not allowed"):
        User.objects.exists()


@pytest.mark.parametrize("number", [1, 2])
def test_without_any_twice(number: int) -> None:
    with pytest.raises(RuntimeError, match="not allowed"):
        User.objects.filter(pk=number).exists()


def here(request: pytest.FixtureRequest) -> list[pytest.Item]:
    return [item for item in request.session.items if item.path == request.path]


def config(given: bool) -> Any:
    left_out: list[pytest.Item] = []
    hook = SimpleNamespace(pytest_deselected=lambda items: left_out.extend(items))
    return SimpleNamespace(getoption=lambda name: given, stash=pytest.Stash(), hook=hook, left_out=left_out)


def test_only_what_cannot_reach_a_database_is_left_out(request: pytest.FixtureRequest) -> None:
    wanted, items = config(given=True), here(request)
    database_only.pytest_collection_modifyitems(wanted, items)
    kept = {item.name for item in items}
    assert kept >= {"test_by_its_mark", "test_by_a_fixture_far_away", "test_of_django"}
    assert {item.name for item in wanted.left_out} >= {"test_without_any", "test_without_any_twice[1]"}
    assert {item.name for item in wanted.left_out} >= {
        "test_without_need_of_two_databases_whatever_it_reaches",
        "test_without_need_of_two_databases_for_a_page",
    }
    assert all("without" in item.name or "left_out" in item.name for item in wanted.left_out)
    assert wanted.stash[database_only.LEFT_OUT] == len(wanted.left_out) == len(here(request)) - len(items)


def test_a_journey_is_not_left_out(request: pytest.FixtureRequest) -> None:
    (page,) = [item for item in here(request) if item.name.endswith("for_a_page")]
    journey = SimpleNamespace(
        fixturenames=page.fixturenames,  # type: ignore[attr-defined]
        path=page.path.parent / "journeys" / "test_x.py",
        get_closest_marker=page.get_closest_marker,
    )
    assert database_only.needs_one_database(page)
    assert not database_only.needs_one_database(journey)  # type: ignore[arg-type]


def test_without_the_option_nothing_is_left_out(request: pytest.FixtureRequest) -> None:
    unwanted, items = config(given=False), here(request)
    database_only.pytest_collection_modifyitems(unwanted, items)
    assert items == here(request)
    assert unwanted.left_out == []
