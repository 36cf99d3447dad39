"""Loads the log of writing, each only for who may see it, and what it says at any step."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.http import Http404

from goldenthread.assessment import access
from goldenthread.assessment.models import Sitting
from goldenthread.assessment.queries import get_sitting_for
from goldenthread.assessment.rules import steps as log
from goldenthread.assessment.rules.steps import Fault, Step
from goldenthread.assessment.writing_models import WritingRemoval, WritingStep
from goldenthread.common.models import AuditEvent
from goldenthread.people.access import Viewer

IN_ONE_GO = 200


def get_written_for(viewer: Viewer, sitting_id: int) -> Sitting:
    """A sitting whose writing the office may look at; 404 for markers, moderators, one's own and everybody else."""
    if not access.may_see_writing(viewer):
        raise Http404
    found = Sitting.objects.select_related("window__intake__version__programme", "enrolment")
    sitting = found.defer("window__intake__version__document").filter(pk=sitting_id, window__task="").first()
    if sitting is None or sitting.enrolment.user_id == viewer.user.pk:
        raise Http404
    return sitting


def get_own_written(user: Any, sitting_id: int) -> Sitting:
    """A sitting of the person's own, for its earlier versions."""
    return get_sitting_for(user, sitting_id)


def steps_of(sitting: Sitting) -> list[Step]:
    """The steps of a sitting in order. One query."""
    return [row.step for row in WritingStep.objects.filter(sitting=sitting).order_by("number")]


def removal_of(sitting: Sitting) -> WritingRemoval | None:
    """When and how many steps were removed, if they were. One query."""
    return WritingRemoval.objects.filter(sitting=sitting).first()


def arrivals_of(sitting: Sitting) -> dict[int, datetime]:
    """When each step arrived at the server, by number. One query."""
    return dict(WritingStep.objects.filter(sitting=sitting).values_list("number", "arrived_at"))


def text_at(sitting: Sitting, number: int) -> dict[str, str]:
    """The texts by part as they were after step `number`, 404 if there is no such step. One query.

    From the nearer end: forward from nothing, or back from the draft, each step checked by its hashes.
    """
    revision = sitting.draft_revision
    if not 1 <= number <= revision:
        raise Http404
    rows = WritingStep.objects.filter(sitting=sitting).order_by("number")
    back = revision - number < number
    chosen = rows.filter(number__gt=number, number__lte=revision) if back else rows.filter(number__lte=number)
    found = [row.step for row in chosen]
    if len(found) != (revision - number if back else number):
        raise Http404
    try:
        return log.undo(sitting.draft, found) if back else log.follow({}, found)
    except log.DoesNotFit as fault:  # `goldenthread writing verify` says more
        raise Http404 from fault


def check(sittings: QuerySet[Sitting]) -> Iterator[tuple[Sitting, Fault]]:
    """Walk the steps of these sittings: what doesn't fit, with the sitting whose log it is in.

    Two queries, and one for each sitting with steps; of one whose steps were removed, that the audit trail says so.
    """
    written = sittings.filter(window__task="").filter(Q(draft_revision__gt=0) | Q(steps__isnull=False))
    kept = written.filter(writing_removal__isnull=True).order_by("pk").distinct()
    for sitting in kept.only("code", "draft", "draft_revision").iterator(chunk_size=IN_ONE_GO):
        rows = WritingStep.objects.filter(sitting=sitting).order_by("number")
        walked = (row.step for row in rows.iterator(chunk_size=2000))
        for fault in log.faults(walked, sitting.draft, revision=sitting.draft_revision):
            yield sitting, fault
    told = AuditEvent.objects.filter(
        verb="writing.removed", subject=Concat(Value("sitting:"), Cast(OuterRef("pk"), CharField()))
    )
    gone = sittings.filter(writing_removal__isnull=False).order_by("pk")
    for sitting in gone.filter(~Exists(told)).only("code"):
        yield sitting, Fault(0, "its steps were removed, and the audit trail does not say so")
