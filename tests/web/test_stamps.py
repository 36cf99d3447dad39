"""What is handed in without the proxy's word on when it arrived: said once an hour, and on the office's page."""

import logging
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError
from django.test import override_settings
from django.urls import reverse

from goldenthread.common import limits
from goldenthread.people.models import Role
from goldenthread.web.shared import stamps
from tests import factories
from tests import factories_assessment as made
from tests.factories_web import client_of, text_of
from tests.web.test_arrival import sent, stamp

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
PROXY = ("HTTP_X_FORWARDED_PROTO", "https")


@pytest.fixture(autouse=True)
def production(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setitem(stamps._asked, "at", None)
    with override_settings(PRODUCTION=True, SECURE_PROXY_SSL_HEADER=PROXY):
        yield


def warnings(caplog: Any) -> list[str]:
    return [one.getMessage() for one in caplog.records if one.name == "goldenthread.arrival"]


def hand_in(one: Any, **headers: str) -> int:
    status: int = sent(one, at=made.CLOSES_AT - 10 * SECOND, takes=SECOND, **headers).status_code
    return status


def documents(at: Any) -> str:
    with time_machine.travel(at, tick=False):
        return text_of(client_of(factories.member(Role.OFFICE)).get(reverse("office:documents")))


def test_a_hand_in_with_the_header_says_nothing(caplog: Any) -> None:
    with caplog.at_level(logging.WARNING):
        assert hand_in(made.sitting(), HTTP_X_REQUEST_START=stamp(made.CLOSES_AT - 11 * SECOND)) == 302
    assert warnings(caplog) == []
    assert "may count a little late" not in documents(made.CLOSES_AT)


@pytest.mark.parametrize("header", ["", "nonsense", "t=4000000000"])
def test_one_without_a_believable_header_is_logged_once_an_hour_and_stands_on_the_page(
    caplog: Any, header: str
) -> None:
    with caplog.at_level(logging.WARNING):
        assert hand_in(made.sitting(), HTTP_X_REQUEST_START=header) == 302
        stamps._asked["at"] = None  # another process
        assert hand_in(made.sitting(made.ready("Bo Second")), HTTP_X_REQUEST_START=header) == 302
    (said,) = warnings(caplog)
    assert "doesn't set X-Request-Start" in said
    assert "docs/operations.md" in said
    assert "doesn&#x27;t set X-Request-Start" in documents(made.CLOSES_AT)
    assert "may count a little late" not in documents(made.CLOSES_AT + timedelta(hours=26))


@override_settings(SECURE_PROXY_SSL_HEADER=None)
def test_straight_at_the_server_it_names_the_variable(caplog: Any) -> None:
    with caplog.at_level(logging.WARNING):
        hand_in(made.sitting(), HTTP_X_REQUEST_START=stamp(made.CLOSES_AT - 11 * SECOND))
    assert "GOLDENTHREAD_BEHIND_PROXY is not 1" in warnings(caplog)[0]


@override_settings(PRODUCTION=False)
def test_outside_production_it_says_nothing(caplog: Any) -> None:
    with caplog.at_level(logging.WARNING):
        hand_in(made.sitting())
    assert warnings(caplog) == []


def test_a_database_that_takes_no_note_keeps_nobody_from_handing_in(monkeypatch: Any) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise DatabaseError

    monkeypatch.setattr(limits, "take", fail)
    assert hand_in(made.sitting()) == 302
