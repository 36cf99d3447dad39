"""Rates of a window's marking and payments, each made by one of the office and approved by another."""

import uuid
from datetime import date, datetime
from typing import Any

from goldenthread.assessment.models import Window
from goldenthread.marking import paying
from goldenthread.marking.pay_models import PayRate, PayRun
from goldenthread.marking.pay_rules import Rate
from goldenthread.people.models import Role, User
from tests import factories
from tests import factories_marking as make
from tests.kept_scenes import kept

AT = make.CLOSED
FROM = date(2025, 10, 1)


@kept
def second_person(name: str = "Nia Second") -> User:
    """Another person of the office than the window's."""
    return User.objects.filter(name=name).first() or factories.member(Role.OFFICE, name)


@kept
def propose(window: Window, *, from_on: date = FROM, at: datetime = AT, **pence: Any) -> PayRate:
    """A rate that waits for its second person; 7.25, 11.50 and 30 pounds unless said."""
    amounts = {"marking": 725, "further": 1150, "practice": 3000, **pence}
    return paying.propose_rate(
        window=window, rate=Rate(from_on, **amounts), reason="As agreed with markers.", form_key=str(uuid.uuid4()),
        by=window.created_by, at=at,
    )  # fmt: skip


@kept
def rate(window: Window, **said: Any) -> PayRate:
    """An approved rate."""
    made = propose(window, **said)
    paying.decide_rate(rate=made, approve=True, by=second_person(), at=said.get("at", AT))
    return made


@kept
def run(window: Window, *, at: datetime = AT, key: str = "") -> PayRun:
    """A run that waits for its second person."""
    return paying.make_run(window=window, form_key=key or str(uuid.uuid4()), by=window.created_by, at=at)


@kept
def pay(window: Window, *, at: datetime = AT) -> PayRun:
    """A run that is paid."""
    made = run(window, at=at)
    paying.decide_run(run=made, approve=True, by=second_person(), at=at)
    return made
