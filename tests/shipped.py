"""The catalogue that the product brings, read once for each process that runs tests."""

from functools import cache

from goldenthread.catalogue.reading import Catalogue, read_catalogue


@cache
def catalogue() -> Catalogue:
    """What `read_catalogue` gives without folders of an installation; nobody changes it."""
    return read_catalogue()
