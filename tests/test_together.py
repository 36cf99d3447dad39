"""Tests of the small world are one scope for xdist, and so are those that wait; every other test is its own."""

import pytest

from tests.reference import ROOT
from tests.together import WAITING, WORLD, scope_of


@pytest.mark.parametrize("file", WORLD)
def test_whoever_walks_the_world_shares_it(file: str) -> None:
    assert "world.build(" in (ROOT / file).read_text()
    assert scope_of(f"{file}::test_one") == scope_of(f"{file}::Case::test_other[a::b]") == "world"


def test_whoever_waits_lets_others_work() -> None:
    assert all((ROOT / file).exists() for file in WAITING)
    assert {scope_of(f"{file}::test_one") for file in WAITING} == {"waiting"}


def test_every_other_test_goes_to_whoever_is_free() -> None:
    name = "tests/web/test_marking.py::test_one[tests/web/test_access.py::x]"
    assert scope_of(name) == name
