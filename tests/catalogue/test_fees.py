"""What a place costs on a day and later: by currency, never borrowed, and nothing that has ended."""

from collections.abc import Callable
from datetime import date

import pytest

from goldenthread.catalogue.fees import Price, prices_on
from goldenthread.catalogue.problems import SpecificationError
from goldenthread.catalogue.reading import read_specification
from goldenthread.catalogue.specification import Specification
from goldenthread.catalogue.wording import fee_text
from tests.catalogue.texts import spoilt

Find = Callable[[str], Specification]
SPECIALIST = ["npqlt", "npqltd", "npqlbc"]
LEADERSHIP = ["npqsl", "npqh", "npqel"]

DAY = date(2024, 9, 2)


def fee_on(spec: Specification, day: date) -> int | None:
    return next((price.pence for price in prices_on(spec, day) if price.since is None), None)


def fee(amount: str, begins: str, currency: str = "GBP") -> str:
    key = "pounds" if currency == "GBP" else "amount"
    value = '"unknown"' if amount == "unknown" else f'{{ value = {amount}, source = "M1:10" }}'
    return f'\n[[fee]]\n{key} = {value}\ncurrency = "{currency}"\nvalid_from = {begins}\n'


def spec_with(*fees: str) -> Specification:
    return read_specification(spoilt('[[fee]]\npounds = "unknown"\ncurrency = "GBP"\n', "".join(fees)))


@pytest.mark.requirement("S0-51")
def test_fees_in_pence(spec: Find) -> None:
    fees = {key: fee_on(spec(key), DAY) for key in SPECIALIST + LEADERSHIP}
    assert fees == {
        "npqlt": 125_000,
        "npqltd": 125_000,
        "npqlbc": 125_000,
        "npqsl": 155_000,
        "npqh": 250_000,
        "npqel": 595_000,
    }
    assert sum(fee for fee in fees.values() if fee) == 1_375_000


def test_a_fee_is_not_borrowed_from_another_market(spec: Find) -> None:
    for key in ("npqlt-reformed-england", "npqsl-legacy-international", "npqh-legacy-england"):
        assert prices_on(spec(key), DAY) == ()
        assert spec(key).fees[0].pence.unknown
        assert fee_text(spec(key), DAY) == "not stated"


@pytest.mark.parametrize(
    ("day", "text"),
    [
        (date(2030, 7, 31), "£900 from 1 August 2030; £950.50 from 1 August 2031"),
        (date(2030, 8, 1), "£900 until 31 July 2031; £950.50 from 1 August 2031"),
        (date(2031, 7, 31), "£900 until 31 July 2031; £950.50 from 1 August 2031"),
        (date(2031, 8, 1), "£950.50"),
        (date(2040, 1, 1), "£950.50"),
    ],
)
def test_a_fee_that_begins_later_stands_beside_the_present_one_and_none_that_has_ended(
    day: date, text: str
) -> None:
    spec = spec_with(fee("900", "2030-08-01"), fee("950.50", "2031-08-01"))
    assert fee_text(spec, day) == text


def test_several_later_fees_follow_one_another_and_a_gap_is_named() -> None:
    spec = spec_with(
        fee("900", "2030-08-01"),
        fee("950", "2031-01-01"),
        fee("unknown", "2032-01-01"),
        fee("990", "2033-01-01"),
    )
    assert fee_text(spec, date(2030, 12, 31)) == (
        "£900 until 31 December 2030; £950 from 1 January 2031; not stated from 1 January 2032; "
        "£990 from 1 January 2033"
    )
    assert fee_text(spec, date(2032, 5, 1)) == "£990 from 1 January 2033"  # nothing is known of the present


def test_every_currency_has_its_own_fees() -> None:
    spec = spec_with(
        fee("900", "2030-08-01"),
        fee("1050", "2030-08-01", "EUR"),
        fee("4200", "2030-09-01", "AED"),
        fee("950", "2031-01-01"),
    )
    assert fee_text(spec, date(2030, 8, 15)) == (
        "£900 until 31 December 2030; £950 from 1 January 2031, or €1,050, or AED\u00a04,200 from 1 September 2030"
    )
    assert prices_on(spec, date(2031, 1, 1)) == (
        Price(pence=95_000, currency="GBP"),
        Price(pence=105_000, currency="EUR"),
        Price(pence=420_000, currency="AED"),
    )


@pytest.mark.parametrize(
    ("fees", "told"),
    [
        ([fee("900", "2030-08-01"), fee("950", "2030-08-01")], "2030-08-01"),
        ([fee("900", "2030-08-01", "EUR").replace("amount", "pounds")], "amount"),
        ([fee("900", "2030-08-01", "XXX").replace("amount", "pounds")], "currency"),
    ],
)
def test_a_fee_twice_for_a_day_and_pounds_that_are_none_are_refused(fees: list[str], told: str) -> None:
    with pytest.raises(SpecificationError) as no:
        spec_with(*fees)
    assert told in str(no.value)
