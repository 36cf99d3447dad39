"""A limit counts for all processes together, says when it ends, and keeps nobody's address."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from goldenthread.common import limits
from goldenthread.common.limits import Limit, take
from goldenthread.common.models import Allowance

AT = datetime(2024, 9, 2, 9, 0, tzinfo=UTC)
THREE = Limit("try", 3, timedelta(minutes=1))


@pytest.mark.django_db
def test_so_many_are_allowed_then_the_end_is_told_and_then_it_begins_anew() -> None:
    assert [take(THREE, "a", at=AT + timedelta(seconds=s)) for s in (0, 5, 59)] == [None] * 3
    over = AT + timedelta(minutes=1)
    assert take(THREE, "a", at=AT + timedelta(seconds=59)) == over
    assert take(THREE, "b", at=AT + timedelta(seconds=59)) is None
    assert [take(THREE, "a", at=over) for _ in range(4)] == [None] * 3 + [over + timedelta(minutes=1)]


@pytest.mark.django_db
def test_two_kinds_of_request_are_counted_apart() -> None:
    other = Limit("other", 1, timedelta(minutes=1))
    assert [take(other, "a", at=AT) is None for _ in range(2)] == [True, False]
    assert take(THREE, "a", at=AT) is None


@pytest.mark.django_db
def test_a_flood_is_answered_without_writing() -> None:
    for _ in range(4):
        take(THREE, "a", at=AT)
    with CaptureQueriesContext(connection) as taken:
        assert take(THREE, "a", at=AT)
    assert len(taken) == 1
    assert Allowance.objects.get().used == 3


@pytest.mark.django_db
def test_who_it_was_is_not_kept_and_old_counts_go() -> None:
    take(THREE, "address 192.0.2.7", at=AT)
    assert "192" not in Allowance.objects.get().key
    day_after = AT + THREE.within + timedelta(days=1)
    assert limits.forget(at=day_after - timedelta(hours=1)) == 0
    assert limits.forget(at=day_after) == 1
    assert not Allowance.objects.exists()


@pytest.mark.django_db
def test_what_is_asked_first_and_counted_later_has_the_same_end() -> None:
    for _ in range(3):
        assert limits.used_up(THREE, "a", at=AT) is None
        assert limits.count(THREE, "a", at=AT) is None
    over = AT + timedelta(minutes=1)
    assert (limits.used_up(THREE, "a", at=AT), limits.count(THREE, "a", at=AT)) == (over, over)
    assert Allowance.objects.get().used == 3
    assert limits.used_up(THREE, "a", at=over) is None


@pytest.mark.django_db(transaction=True)
def test_callers_at_the_same_moment_on_connections_of_their_own_share_one_count() -> None:
    def one(_: int) -> bool:
        try:
            return take(Limit("race", 5, timedelta(minutes=1)), "a", at=AT) is None
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        allowed = list(pool.map(one, range(24)))
    assert sum(allowed) == 5
