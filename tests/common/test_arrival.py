"""When a request arrived: what a proxy says of its head, and what counts for the rest of it."""

from datetime import UTC, datetime, timedelta

import pytest

from goldenthread.common.arrival import counted_at, head_at

NOW = datetime(2025, 10, 13, 23, 0, 2, tzinfo=UTC)
EARLIER = datetime(2025, 10, 13, 22, 59, 58, 250000, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("stamp", "expected"),
    [
        pytest.param("t=1760396398.250", EARLIER, id="nginx: seconds with milliseconds"),
        pytest.param("1760396398.250", EARLIER, id="without the t"),
        pytest.param("1760396398250", EARLIER, id="Heroku: milliseconds"),
        pytest.param("t=1760396398250", EARLIER, id="Caddy: milliseconds with the t"),
        pytest.param("t=1760396398250000", EARLIER, id="Apache: microseconds"),
        pytest.param("1760396398", EARLIER.replace(microsecond=0), id="seconds"),
        pytest.param("t=1760396402", NOW, id="now"),
        pytest.param("t=1760396102", NOW - timedelta(minutes=5), id="five minutes ago"),
    ],
)
def test_the_head_arrived_when_the_proxy_says(stamp: str, expected: datetime) -> None:
    assert head_at(stamp, now=NOW) == expected


@pytest.mark.parametrize(
    "stamp",
    ["", "t=", "yesterday", "t=-1760396398", "t=1760396101.999", "t=1760396402.001", "t=0000000000", "nan",
     "t=1760396398, t=1760396398", "t=99999999999999999999", "1e9", "t=١٧٦٠٣٩٦٣٩٨"],
)  # fmt: skip
def test_what_cannot_be_believed_is_taken_as_now(stamp: str) -> None:
    assert head_at(stamp, now=NOW) == NOW


@pytest.mark.parametrize(
    ("took", "added"),
    [
        pytest.param(0, 0, id="all at once"),
        pytest.param(120, 0, id="a slow line, or a queue"),
        pytest.param(121, 1, id="longer than the allowance"),
        pytest.param(3600, 3480, id="a door held open"),
    ],
)
def test_the_head_counts_but_never_more_than_two_minutes_before_the_rest(took: int, added: int) -> None:
    assert counted_at(EARLIER, complete=EARLIER + took * SECOND) == EARLIER + added * SECOND
