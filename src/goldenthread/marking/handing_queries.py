"""What a marker has and hasn't submitted, what they had before, and who is away while scripts lie with them."""

from datetime import date, datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404

from goldenthread.assessment.models import Window
from goldenthread.marking import access, queries
from goldenthread.marking.capacity_models import Absence
from goldenthread.marking.handing_models import HandedBack
from goldenthread.marking.identity import with_identity
from goldenthread.marking.models import Marking, MarkingState
from goldenthread.people.access import Viewer
from goldenthread.people.models import User


def open_of(marker: User, window: Window | None = None) -> QuerySet[Marking]:
    """What a marker has and hasn't submitted, seeds among it, of a window or of every one; the earliest due first."""
    mine = queries.queue_for(marker).filter(state=MarkingState.ALLOCATED)
    if window is None:
        return mine
    return mine.filter(Q(script__sitting__window=window) | Q(seed__window=window))


def scripts_with(marker: User, window: Window) -> QuerySet[Marking]:
    """The same of a window for the office, without what is a seed."""
    return open_of(marker, window).filter(seed__isnull=True)


def get_marker_for(viewer: Viewer, window: Window, number: int) -> User:
    """Somebody who has or had scripts of a window, for the office; 404 for everybody else."""
    of = {"script__sitting__window": window, "marker": OuterRef("pk")}
    has, had = Marking.objects.filter(**of).order_by(), HandedBack.objects.filter(**of).order_by()
    found = User.objects.filter(Exists(has) | Exists(had), pk=number).first()
    if found is None or not access.runs_marking(viewer):
        raise Http404("No such marker.")
    return found


def handed_back_in(window: Window) -> QuerySet[HandedBack]:
    """The scripts of a window that left a marker's queue before they were submitted, the latest first; what was entered
    stays behind; each is loaded `with_identity` of its author. One query.
    """
    here = HandedBack.objects.filter(script__sitting__window=window)
    found = with_identity(here, through="script__").select_related("marker", "by", "script__sitting")
    unread = ("notes", "passages", "comment", "feedback", "next_step", "by_kind", "evidence")
    texts = ("script__text", "script__parts", "script__sitting__draft")
    return found.defer(*unread, *texts).order_by("-at", "-pk")


def given_on(viewer: Viewer, marking_id: int) -> HandedBack | None:
    """What became of a marking that left its queue, for the office; None where it did not leave so. One query."""
    if not access.runs_marking(viewer):
        return None
    found = HandedBack.objects.filter(marking=marking_id, script__isnull=False)
    return found.select_related("script__sitting").defer("script__text", "script__parts").first()


def left_queue(user: User, marking_id: int) -> tuple[str, datetime, bool] | None:
    """The code of a script that this person handed back, or that the office gave on, when, and whether they did it
    themselves: for pages that are still open somewhere.
    """
    known = HandedBack.objects.filter(marker=user, marking=marking_id).select_related(
        "script__sitting", "seed"
    )
    one = known.defer("script__text", "script__parts", "script__sitting__draft").first()
    return (one.code, one.at, one.by_id == user.pk) if one else None


def away_beyond(on: date) -> Exists:
    """For a query of open markings: whether their marker is away on a day, and comes back after they are due."""
    days = Absence.objects.filter(
        marker=OuterRef("marker"), ended_at__isnull=True, from_on__lte=on, until_on__gte=on,
    ).filter(
        until_on__gte=OuterRef("due_on"),
    )  # fmt: skip
    return Exists(days.order_by())


def begun_absences(on: date) -> QuerySet[Absence]:
    """Absences that have begun, aren't over, and whose marker wasn't told what is still theirs."""
    begun = Absence.objects.filter(ended_at__isnull=True, told_at__isnull=True)
    return begun.filter(from_on__lte=on, until_on__gte=on).select_related("marker").order_by("pk")
