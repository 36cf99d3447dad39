"""What may still come to a marker whose queue is empty: windows that go on, and windows that close soon."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import OuterRef

from goldenthread.assessment.models import Window, WindowState
from goldenthread.marking import access, quality_queries, queries
from goldenthread.people.access import Viewer

SHOWN = 3


@dataclass(frozen=True)
class Coming:
    """Windows that somebody has marked in and whose results are not out, and those that close next, with `last`, the
    deadline of the last person in each.
    """

    going_on: list[Window]
    closing: list[Window]


def coming_to(viewer: Viewer, *, at: datetime) -> Coming:
    """What may come to a marker; nothing for who is none any more, nor of windows where their marking is paused. Two
    queries.
    """
    if not access.marks(viewer):
        return Coming([], [])
    user = viewer.user
    paused = quality_queries.paused_windows(user)
    windows = queries.windows().filter(state=WindowState.SCHEDULED).exclude(pk__in=paused)
    timed = windows.annotate(last=queries.last_close(OuterRef("pk")))
    return Coming(
        list(windows.filter(queries.submitted_in(user)).order_by("opens_on", "pk")[:SHOWN]),
        list(timed.filter(last__gt=at).order_by("last", "pk")[:SHOWN]),
    )
