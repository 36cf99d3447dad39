"""What happens by the clock: the steps of writing, and documents that were not handed in, are removed once window,
result and appeal are long over."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from goldenthread.appeals.settled import settled_at
from goldenthread.assessment import actions
from goldenthread.assessment.actions import pieces
from goldenthread.assessment.models import Sitting, WindowState
from goldenthread.assessment.upload_queries import not_handed_in
from goldenthread.assessment.writing_models import KeptText, WritingStep
from goldenthread.common import jobs

log = logging.getLogger("goldenthread.appeals")


def remove_due_steps(*, at: datetime, days: int, limit: int = 2000) -> int:
    """Remove the steps of sittings about which everything was over `days` ago, and texts beside their drafts; returns
    of how many sittings steps were removed.

    About `limit` are looked at in a run (`_due`). One that fails stops nobody else.
    """
    of_sitting = {"sitting": OuterRef("pk")}
    written = Exists(WritingStep.objects.filter(number=1, **of_sitting))
    beside = Exists(KeptText.objects.filter(**of_sitting))
    return _removed("steps", Q(written | beside), actions.remove_steps, at=at, days=days, limit=limit)


def remove_due_documents(*, at: datetime, days: int, limit: int = 2000) -> int:
    """Remove what was sent and not handed in, as `remove_due_steps` removes steps; returns of how many sittings."""
    left = Q(Exists(not_handed_in().filter(sitting=OuterRef("pk"))))
    return _removed("documents", left, pieces.remove_left, at=at, days=days, limit=limit)


def _removed(what: str, has: Q, remove: Callable[..., int], *, at: datetime, days: int, limit: int) -> int:
    done = 0
    for sitting in _due(has, at=at, days=days, limit=limit):
        try:
            done += bool(remove(sitting=sitting, settled_at=settled_at(sitting), days=days, at=at))
        except Exception:
            log.exception("the %s of sitting %s could not be removed", what, sitting.pk)
    return done


def _due(has: Q, *, at: datetime, days: int, limit: int) -> QuerySet[Sitting]:
    """Sittings that have what is to go and whose window is over.

    Of more than `limit`, each day another share has its turn, by their numbers, so that those about which something
    stays open keep nobody else from being looked at.
    """
    over = Sitting.everything.filter(
        has,
        closes_at__lte=at - timedelta(days=days),
        window__state__in=[WindowState.RELEASED, WindowState.CANCELLED],
    )
    shares = -(-over.count() // limit) or 1
    due = over.alias(share=F("pk") % shares).filter(share=at.toordinal() % shares)
    return due.select_related("window", "enrolment").defer("draft").order_by("closes_at", "pk")


@jobs.every(timedelta(days=1), "remove steps of writing whose time is over")
def _remove(at: datetime) -> str:
    return f"removed the steps of {remove_due_steps(at=at, days=settings.WRITING_DAYS)} sittings"


@jobs.every(timedelta(days=1), "remove documents that were not handed in")
def _remove_documents(at: datetime) -> str:
    return f"removed documents of {remove_due_documents(at=at, days=settings.WRITING_DAYS)} sittings"
