"""Which revision counts for whoever would apply now: what intakes are of, from when it holds, whether it is open."""

from datetime import date, timedelta

import pytest

from goldenthread.catalogue.revisions import Revision, in_force

TODAY = date(2026, 11, 28)
BEFORE, LATER, MUCH_LATER = (TODAY + timedelta(days=days) for days in (-30, 60, 200))


def one(
    number: int, *, published: bool = True, begins: date | None = None, opens: date | None = None
) -> Revision:
    return Revision(id=number, number=number, published=published, begins_on=begins, opens_on=opens)


@pytest.mark.parametrize(
    ("revisions", "counts"),
    [
        ([one(1)], 1),
        ([one(1), one(2)], 2),
        ([one(2), one(1)], 2),
        ([one(1), one(2, begins=LATER)], 1),
        ([one(1), one(2, begins=TODAY)], 2),
        ([one(1, begins=MUCH_LATER), one(2, begins=LATER)], 2),
        ([one(1, begins=LATER), one(2, begins=LATER)], 2),
        # who would apply now applies to an intake of the earlier one
        ([one(1, opens=BEFORE), one(2)], 1),
        ([one(1, opens=TODAY), one(2, opens=LATER)], 1),
        ([one(1, opens=BEFORE), one(2, opens=BEFORE)], 2),
        ([one(1, opens=BEFORE), one(2, opens=TODAY), one(3)], 2),
        # nothing is open: the intake that opens next
        ([one(1, opens=LATER), one(2, opens=MUCH_LATER)], 1),
        ([one(1, opens=MUCH_LATER), one(2, opens=LATER)], 2),
        ([one(1, opens=LATER), one(2, opens=LATER)], 2),
        ([one(1), one(2, begins=MUCH_LATER, opens=LATER)], 2),
        # what is closed comes last, whatever its intakes
        ([one(1, published=False, opens=BEFORE), one(2, begins=LATER)], 2),
        ([one(1), one(2, published=False)], 1),
        ([one(1, published=False), one(2, published=False)], 2),
        ([one(1, published=False, opens=BEFORE), one(2, published=False)], 2),
    ],
)  # fmt: skip
def test_the_revision_in_force(revisions: list[Revision], counts: int) -> None:
    assert in_force(revisions, on=TODAY).number == counts
    assert in_force(list(reversed(revisions)), on=TODAY).number == counts
