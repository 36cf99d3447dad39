"""Marks of a small window by code, before the release: whose code is whose can be guessed, so looks are on record."""

from datetime import datetime
from typing import Any

from django.db import transaction

from goldenthread.assessment.models import Window
from goldenthread.common import audit, clock
from goldenthread.common.models import AuditEvent
from goldenthread.outcomes.board_rules import SMALL

LOOKED = "outcomes.marks_looked_at"  # in the trail of a window
SHOWN = 50  # looks that a page lists; a day has fewer


def can_be_guessed(scripts: int) -> bool:
    """Whether so few scripts have marks that who handed in tells which code is whose."""
    return 0 < scripts < SMALL


def record_look(*, window: Window, scripts: int, by: Any, at: datetime) -> list[AuditEvent]:
    """Put on record that somebody of the office looked at the marks of a window by code before its release, where whose
    they are can be guessed: once a day for each person, in the trail of the window. Gives the latest looks on record,
    the last first; of a window with more scripts nothing is written, and there are none.
    """
    if not can_be_guessed(scripts):
        return []
    day, actor = clock.day_of(at).isoformat(), f"user:{by.pk}"
    known = AuditEvent.objects.filter(subject=audit.subject_key(window), verb=LOOKED)
    looks = list(known.order_by("-sequence")[:SHOWN])
    if any(one.actor == actor and one.details.get("day") == day for one in looks):
        return looks
    with transaction.atomic(savepoint=False):
        made = audit.record(LOOKED, window, by=by, at=at, day=day, scripts=scripts)
    return [made, *looks][:SHOWN]
