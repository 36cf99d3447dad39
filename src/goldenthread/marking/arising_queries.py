"""Conflicts that arose after scripts were given out, for the office."""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404

from goldenthread.assessment.models import Window
from goldenthread.marking import access
from goldenthread.marking.conflict_models import ArisenConflict
from goldenthread.marking.models import Marking
from goldenthread.people.access import Viewer
from goldenthread.people.models import User

_UNREAD = (
    "marks", "notes", "passages", "comment", "feedback", "next_step", "by_kind", "evidence",
    "script__text", "script__parts", "script__sitting__draft",
)  # fmt: skip


def to_decide(**which: Any) -> QuerySet[ArisenConflict]:
    """Submitted marks of which the office hasn't said whether they count. A part of another query."""
    still = Marking.objects.order_by().values("pk")
    return ArisenConflict.objects.filter(ending="", marking__in=still, **which).order_by()


def arisen_in(window: Window) -> QuerySet[ArisenConflict]:
    """What arose in a window, what the office has to say first, then the latest; what was entered stays behind. Each
    bears `there`, whether its marking is: submitted ones that aren't were set aside. One query.
    """
    there = Exists(Marking.objects.filter(pk=OuterRef("marking")).order_by())
    found = ArisenConflict.objects.filter(script__sitting__window=window).annotate(there=there)
    related = found.select_related("marker", "script__sitting").defer(*_UNREAD)
    return related.order_by("ending", "-there", "-at", "-pk")


def get_arisen_for(viewer: Viewer, number: int) -> ArisenConflict:
    """One of them, for the office; 404 for everybody else."""
    found = ArisenConflict.objects.select_related(
        "marker", "script__sitting__window__intake__version__programme"
    ).defer(*_UNREAD, "script__sitting__window__intake__version__document")
    one = found.filter(pk=number).first()
    if one is None or not access.runs_marking(viewer):
        raise Http404("No such conflict.")
    return one


def code_taken(user: User, marking_id: int) -> str | None:
    """The code of a script that was taken from somebody, by the number of their marking, for pages that are still open
    somewhere; None where none was.
    """
    mine = ArisenConflict.objects.filter(marker=user, marking=marking_id, ending="taken")
    return mine.values_list("script__sitting__code", flat=True).first()
