"""Which groups are on offer where: asked of later packages, which know groups; earlier code never calls forward."""

from collections.abc import Callable
from datetime import date

from goldenthread.enquiries.rules import Offer

Source = Callable[[date], list[Offer]]
_sources: list[Source] = []


def offered_by(source: Source) -> Source:
    """Register `source(on)` of a later package: it lists the groups whose intakes start on that day or later."""
    _sources.append(source)
    return source


def offers(on: date) -> list[Offer]:
    """Every group that is on offer on a day."""
    return [offer for source in _sources for offer in source(on)]
