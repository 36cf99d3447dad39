"""Loads the log of writing, each only for who may see it, and what it says at any step."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.http import Http404

from goldenthread.assessment import access
from goldenthread.assessment.models import Sitting
from goldenthread.assessment.rules import steps as log
from goldenthread.assessment.rules.steps import Fault, Step, Totals
from goldenthread.assessment.writing_models import WritingRemoval, WritingStep
from goldenthread.common.models import AuditEvent
from goldenthread.people.access import Viewer

IN_ONE_GO = 200
WAITED = timedelta(minutes=2)


def get_written_for(viewer: Viewer, sitting_id: int) -> Sitting:
    """A sitting whose writing the office may look at; 404 for markers, moderators, one's own and everybody else."""
    if not access.may_see_writing(viewer):
        raise Http404
    found = Sitting.objects.select_related("window__intake__version__programme", "enrolment")
    sitting = found.defer("window__intake__version__document").filter(pk=sitting_id, window__task="").first()
    if sitting is None or sitting.enrolment.user_id == viewer.user.pk:
        raise Http404
    return sitting


@dataclass(frozen=True)
class Stretch:
    """Some writing without a longer pause: its first and last step, what came and went, how long the text was then."""

    first: Step
    last: Step
    arrived_at: datetime  # of the last step, at the server
    totals: Totals
    length: int  # code points of all parts together

    @property
    def waited(self) -> bool:
        """Whether the steps came to the server minutes after they were written, as from a device without connection."""
        return self.arrived_at - self.last.written_at > WAITED

    @property
    def from_elsewhere(self) -> str:
        """How the text came, where not by writing in the editor."""
        return "" if self.last.how in log.FROM_BROWSER else self.last.how.label


@dataclass(frozen=True)
class Course:
    """How one response was written: its stretches in order, the sums, what came at once, and what doesn't fit."""

    stretches: list[Stretch]
    totals: Totals
    large: list[Step]
    faults: list[Fault]
    removal: WritingRemoval | None


def course_of(sitting: Sitting) -> Course:
    """The course of writing of a sitting, every step checked. Two queries."""
    removal = removal_of(sitting)
    rows = list(WritingStep.objects.filter(sitting=sitting).order_by("number"))
    steps, arrived = [row.step for row in rows], {row.number: row.arrived_at for row in rows}
    faults = [] if removal else list(log.faults(steps, sitting.draft, revision=sitting.draft_revision))
    found, length = [], 0
    for some in log.stretches(steps):
        length += sum(len(step.inserted) - len(step.removed) for step in some)
        found.append(Stretch(some[0], some[-1], arrived[some[-1].number], log.totals(some), length))
    return Course(found, log.totals(steps), [step for step in steps if step.is_large], faults, removal)


def steps_of(sitting: Sitting) -> list[Step]:
    """The steps of a sitting in order. One query."""
    return [row.step for row in WritingStep.objects.filter(sitting=sitting).order_by("number")]


def step_of(sitting: Sitting, number: int) -> WritingStep:
    """One step with when it arrived; 404 if there is none. One query."""
    found = WritingStep.objects.filter(sitting=sitting, number=number).first()
    if found is None:
        raise Http404
    return found


def removal_of(sitting: Sitting) -> WritingRemoval | None:
    """When and how many steps were removed, if they were. One query."""
    return WritingRemoval.objects.filter(sitting=sitting).first()


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
