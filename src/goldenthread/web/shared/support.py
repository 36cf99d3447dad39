"""Updates on progress as lists show them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from goldenthread.common import clock
from goldenthread.support import rules


@dataclass(frozen=True)
class UpdateLine:
    """One update: when it was due and sent, and what became of it."""

    update: Any
    sent_at: datetime | None
    kind: str
    state: str


def line_of(one: Any, *, on: date) -> UpdateLine:
    """An update from `support.queries.with_sent`."""
    sent = clock.day_of(one.sent_at) if one.sent_at else None
    if rules.is_on_time(one.due_on, sent):
        kind, state = "done", "Sent on time"
    elif sent:
        kind, state = "problem", "Sent late"
    elif one.made_at is None:
        kind, state = "problem", "Missed"
    elif one.dead_at:
        kind, state = "problem", "Could not be sent"
    else:
        kind, state = "waiting", "Being sent"
    return UpdateLine(one, one.sent_at, kind, state)
