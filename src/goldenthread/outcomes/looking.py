"""Marks of a small window by code, before the release: whose code is whose can be guessed, so looks are on record."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from goldenthread.assessment.models import Window
from goldenthread.common import audit, clock
from goldenthread.common.models import AuditEvent
from goldenthread.outcomes.board_rules import is_small

LOOKED = "outcomes.marks_looked_at"  # in the trail of a window
LOOKED_AT_ANSWER = "national.looked_at"  # there, too
SHOWN = 50  # looks that a page lists; a day has fewer


def record_look(*, window: Window, scripts: int, by: Any, at: datetime) -> list[AuditEvent]:
    """Put on record that somebody of the office looked at the marks of a window by code before its release, where whose
    they are can be guessed: once a day for each person, in the trail of the window. Gives the latest looks on record,
    the last first; of a window with more scripts nothing is written, and there are none.
    """
    if not is_small(scripts):
        return []
    return _recorded(LOOKED, window, by=by, at=at, scripts=scripts)


def record_look_at_answer(*, window: Window, answer: int, by: Any, at: datetime) -> list[AuditEvent]:
    """Put on record that somebody of the office looked at marks by code in the national moderator's answer with this
    number, as `record_look` does, however large the window is: it names few scripts, and of a supplement the office
    knows whose they are. Gives the latest looks at this answer, the last first.
    """
    return _recorded(LOOKED_AT_ANSWER, window, by=by, at=at, answer=answer)


def _recorded(verb: str, window: Window, *, by: Any, at: datetime, **said: Any) -> list[AuditEvent]:
    day, actor = clock.day_of(at).isoformat(), f"user:{by.pk}"
    about = {"details__answer": said["answer"]} if "answer" in said else {}
    known = AuditEvent.objects.filter(subject=audit.subject_key(window), verb=verb, **about)
    latest = Q(pk__in=known.order_by("-sequence").values("pk")[:SHOWN])
    looks = list(known.filter(latest | Q(actor=actor, details__day=day)).order_by("-sequence"))
    if any(one.actor == actor and one.details.get("day") == day for one in looks):
        return looks[:SHOWN]
    with transaction.atomic(savepoint=False):
        Window.objects.select_for_update().only("pk").get(pk=window.pk)  # two tabs at once are one look
        if known.filter(actor=actor, details__day=day).exists():
            return list(known.order_by("-sequence")[:SHOWN])
        made = audit.record(verb, window, by=by, at=at, day=day, **said)
    return [made, *looks][:SHOWN]
