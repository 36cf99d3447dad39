"""Jobs that run by the clock: each has a name under which its last run is kept."""

from datetime import datetime, timedelta

import pytest

from goldenthread.common import jobs


@pytest.fixture
def registry(monkeypatch):
    registry = {}
    monkeypatch.setattr(jobs, "_jobs", registry)
    return registry


def nothing(at: datetime) -> str:
    return "nothing"


@pytest.mark.parametrize("length", [61, 100])
def test_a_name_longer_than_what_is_kept_is_refused_before_it_ever_runs(registry, length):
    with pytest.raises(ValueError, match="at most 60 characters"):
        jobs.every(timedelta(days=1), "n" * length)(nothing)
    assert registry == {}


def test_two_jobs_have_two_names(registry):
    jobs.every(timedelta(days=1), "a walk")(nothing)
    with pytest.raises(ValueError, match="a walk"):
        jobs.every(timedelta(hours=1), "a walk")(nothing)


@pytest.mark.django_db
def test_the_longest_name_runs_once_a_period(registry):
    jobs.every(timedelta(hours=1), "n" * 60)(nothing)
    at = datetime.fromisoformat("2026-11-30T09:00:00+00:00")
    assert jobs.run_due(at=at) == ["n" * 60]
    assert jobs.run_due(at=at + timedelta(minutes=59)) == []
    assert jobs.run_due(at=at + timedelta(minutes=60)) == ["n" * 60]
