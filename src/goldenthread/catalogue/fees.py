"""What a place costs, now and later, by currency. Pure, as in `rules`: no Django, no clock, no settings."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from goldenthread.catalogue.specification import Specification
from goldenthread.catalogue.terms import Fee


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """The price of a place in the hundredth part of its currency, None while not stated.

    `since` is the first day of a price that begins later, None where it holds already; `until` the last day before
    another one begins.
    """

    pence: int | None
    currency: str
    since: date | None = None
    until: date | None = None


def prices_on(spec: Specification, day: date) -> tuple[Price, ...]:
    """The price that holds on a day and those that follow it, currency by currency; what has ended is left out.

    () where no source gives one, which is not free (S0-51).
    """
    currencies = dict.fromkeys(fee.currency for fee in spec.fees)
    return tuple(price for currency in currencies for price in _of_currency(spec, currency, day))


def _of_currency(spec: Specification, currency: str, day: date) -> Iterator[Price]:
    dated = [(fee.valid_from, fee) for fee in spec.fees if fee.currency == currency and fee.valid_from]
    begun = [pair for pair in dated if pair[0] <= day][-1:]
    left: list[tuple[date, Fee]] = [*begun, *(pair for pair in dated if pair[0] > day)]
    while left and left[0][1].pence.value is None:  # nothing is known until the next one begins
        left.pop(0)
    for place, (begins, fee) in enumerate(left):
        follows = left[place + 1][0] if place + 1 < len(left) else None
        yield Price(
            pence=fee.pence.value,
            currency=currency,
            since=begins if begins > day else None,
            until=follows - timedelta(days=1) if follows else None,
        )
