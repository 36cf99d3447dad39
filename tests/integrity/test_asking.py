"""A comparison of many scripts is asked for and done by the worker; of few it is done at once."""

import logging
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse

from goldenthread.common.models import AuditEvent
from goldenthread.integrity import actions, asking, jobs, queries
from goldenthread.integrity.models import AskedComparison, Comparison, Flag
from tests import factories
from tests import factories_marking as make
from tests.factories_web import client_of, text_of
from tests.integrity.test_actions import AT, copied, office, prose, refused, window_of

pytestmark = pytest.mark.django_db
SOON = AT + timedelta(seconds=20)


@pytest.fixture
def many(monkeypatch: Any) -> None:
    """Three scripts are many."""
    monkeypatch.setattr(asking, "AT_ONCE", 2)


def ask(window: Any, at: Any = AT) -> Any:
    return asking.ask_to_compare(window=window, by=office(), at=at)


def last(window: Any) -> AskedComparison:
    found = asking.last_asked(window)
    assert found is not None
    return found


@pytest.mark.requirement("S2-20")
def test_few_scripts_are_compared_at_once() -> None:
    window, _ = copied()
    assert ask(window).flags == 1
    assert not AskedComparison.objects.exists()


def test_many_are_asked_for_and_the_worker_compares_them(many: None) -> None:
    window, _ = copied()
    assert ask(window) is None
    asked = last(window)
    assert (asked.state, asked.asked_by, asked.asked_at, asked.under_way) == ("waiting", office(), AT, True)
    assert not Comparison.objects.exists()
    assert asking.do_asked(at=SOON) == 1
    asked = last(window)
    assert (asked.state, asked.started_at, asked.ended_at) == ("done", SOON, SOON)
    assert asked.comparison == queries.last_comparison(window)
    assert asked.comparison is not None
    assert (asked.comparison.by, asked.comparison.at, asked.comparison.flags) == (office(), SOON, 1)
    queries.check_compared(window)
    assert asking.do_asked(at=SOON) == 0


def test_asking_again_while_it_is_under_way_changes_nothing(many: None, monkeypatch: Any) -> None:
    window, _ = copied()
    for _ in range(3):
        ask(window)
    assert AuditEvent.objects.filter(verb="window.comparison_asked").count() == 1
    held = asking._claim(at=SOON)
    assert held is not None
    ask(window, SOON)
    monkeypatch.setattr(asking, "AT_ONCE", 300)
    assert ask(window, SOON) is None  # the worker is at it, however few there are
    assert AskedComparison.objects.count() == 1
    assert asking._claim(at=SOON) is None
    asking._do(held, at=SOON)
    monkeypatch.setattr(asking, "AT_ONCE", 2)
    ask(window, SOON)
    assert [one.state for one in AskedComparison.objects.order_by("pk")] == ["done", "waiting"]
    asking.do_asked(at=SOON)
    assert Flag.objects.count() == 1


def test_two_windows_cannot_be_asked_for_twice_in_the_database(many: None) -> None:
    window, _ = copied()
    ask(window)
    with pytest.raises(IntegrityError), transaction.atomic():
        AskedComparison.objects.create(window=window, asked_by=office(), asked_at=AT)


def test_what_fails_says_what_to_do_and_stops_no_other(
    many: None, monkeypatch: Any, caplog: pytest.LogCaptureFixture
) -> None:
    first, _ = copied()
    intake = factories.intake(starts_on=factories.START.replace(month=10))
    second, _ = window_of(prose(11), prose(12), window=make.window(intake))
    ask(first)
    ask(second, AT + timedelta(seconds=1))
    real = actions.compare

    def compare(*, window: Any, by: Any, at: Any) -> Comparison:
        if window == first:
            raise RuntimeError("the disk is full of secrets")
        return real(window=window, by=by, at=at)

    monkeypatch.setattr(actions, "compare", compare)
    with caplog.at_level(logging.CRITICAL):
        assert asking.do_asked(at=SOON) == 1
    assert (last(first).state, last(second).state) == ("failed", "done")
    assert last(first).fault == asking.FAULT
    assert AuditEvent.objects.filter(verb="window.comparison_failed").count() == 1
    monkeypatch.setattr(actions, "compare", real)
    ask(first, SOON)
    assert asking.do_asked(at=SOON) == 1


def test_what_a_stopped_worker_left_is_done_by_the_next_and_given_up_after_three(many: None) -> None:
    window, _ = copied()
    ask(window)
    at = AT
    for number in (1, 2, 3):
        held = asking._claim(at=at)
        assert held is not None
        assert held.tries == number
        assert asking._claim(at=at + asking.LONGEST) is None
        at += asking.LONGEST + timedelta(seconds=1)
    assert asking.do_asked(at=at) == 0
    assert (last(window).state, last(window).fault) == ("failed", asking.CUT_OFF)


def test_nothing_is_asked_for_while_somebody_can_hand_in(many: None) -> None:
    window, scripts = copied()
    scripts[0].sitting.closes_at = AT + timedelta(days=1)
    scripts[0].sitting.save(update_fields=["closes_at"])
    assert refused(ask, window=window) == "compare.open"
    assert not AskedComparison.objects.exists()


def test_what_is_refused_when_the_worker_comes_to_it_says_why(many: None) -> None:
    window, scripts = copied()
    ask(window)
    scripts[0].sitting.closes_at = SOON + timedelta(days=1)
    scripts[0].sitting.save(update_fields=["closes_at"])
    asking.do_asked(at=SOON)
    assert last(window).state == "failed"
    assert last(window).fault.startswith("Somebody can still hand in.")


def test_page_says_that_it_is_under_way_done_or_failed(many: None) -> None:
    window, _ = copied()
    client, address = client_of(office()), reverse("office:integrity", args=[window.pk])
    with time_machine.travel(AT, tick=False):
        for _ in range(2):
            done = client.post(reverse("office:integrity_compare", args=[window.pk]), follow=True)
            assert "Comparing is under way" in text_of(done)
        assert AskedComparison.objects.count() == 1
        for minutes, words in ((10, "Comparing is under way"), (11, "no worker has begun")):
            with time_machine.travel(AT + timedelta(minutes=minutes), tick=False):
                assert words in text_of(client.get(address))
        assert jobs._comparisons(SOON) == "compared 1 windows"
        shown = text_of(client.get(address))
        assert "under way" not in shown
        assert "1 new question" in shown
        AskedComparison.objects.update(
            state="failed", comparison=None, fault=asking.FAULT, ended_at=SOON + timedelta(hours=1)
        )
        shown = text_of(client.get(address))
        assert asking.FAULT in shown
        actions.compare(window=window, by=office(), at=SOON + timedelta(hours=2))
        assert asking.FAULT not in text_of(client.get(address))
