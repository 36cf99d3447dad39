"""The shipped catalogue, read once for all tests of this folder."""

from collections.abc import Callable

import pytest

from goldenthread.catalogue.reading import Catalogue
from goldenthread.catalogue.specification import Specification
from tests.shipped import catalogue


@pytest.fixture(scope="session")
def shipped() -> Catalogue:
    return catalogue()


@pytest.fixture(scope="session")
def spec(shipped: Catalogue) -> Callable[[str], Specification]:
    """A shipped specification by its id; "npqlt" for short is "npqlt-reformed-international"."""

    def find(key: str) -> Specification:
        version = shipped.version(key) or shipped.version(f"{key}-reformed-international")
        assert version is not None, key
        return version.specification

    return find
