"""Going on to a page, as often as anybody does."""

import pytest
from django.urls import NoReverseMatch, reverse

from goldenthread.web.shared.http import to


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("participant:receipt", (3, 1)),
        ("participant:receipt", (970_000_002, 970_000_001)),
        ("participant:sitting", (1,)),
        ("participant:assessment", ()),
    ],
)
def test_leads_where_the_address_of_the_page_is(name: str, numbers: tuple[int, ...]) -> None:
    answer = to(name, *numbers)
    assert (answer.status_code, answer.url) == (302, reverse(name, args=numbers))


def test_a_page_that_takes_other_numbers_is_refused() -> None:
    with pytest.raises(NoReverseMatch):
        to("participant:receipt", 1)
