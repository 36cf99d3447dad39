"""What marking a window is paid in the demonstration: a rate that two people agreed, and payment runs."""

import uuid
from datetime import datetime, timedelta

from goldenthread.assessment.models import Window
from goldenthread.marking import paying
from goldenthread.marking.pay_models import PayRun
from goldenthread.marking.pay_rules import Rate
from goldenthread.people.models import User

MARKING, FURTHER, PRACTICE = 1250, 1600, 3000  # pence


def agree_rate(window: Window, *, cast: dict[str, User], at: datetime) -> None:
    """Olu proposes what the window's work brings, and Nia approves it an hour later."""
    made = paying.propose_rate(
        window=window, rate=Rate(window.opens_on, MARKING, FURTHER, PRACTICE),
        reason="A script takes about half an hour; the same as in the last window.",
        form_key=_key("rate", window), by=cast["olu"], at=at,
    )  # fmt: skip
    paying.decide_rate(rate=made, approve=True, by=cast["nia"], at=at + timedelta(hours=1))


def propose_run(window: Window, *, cast: dict[str, User], at: datetime) -> PayRun:
    """Nia makes a payment run, which waits for its second person."""
    return paying.make_run(window=window, form_key=_key("run", window), by=cast["nia"], at=at)


def pay(window: Window, *, cast: dict[str, User], at: datetime) -> None:
    """A run, which Olu approves the day after."""
    made = propose_run(window, cast=cast, at=at)
    paying.decide_run(run=made, approve=True, by=cast["olu"], at=at + timedelta(days=1))


def _key(what: str, window: Window) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{what} of window {window.pk}"))
