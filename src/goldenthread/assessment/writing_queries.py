"""Loads the log of writing, each only for who may see it, and what it says at any step."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, overload

from django.db.models import CharField, Count, Exists, F, OuterRef, Q, QuerySet, Sum, Value, Window
from django.db.models.functions import Cast, Coalesce, Concat, Lag, Length
from django.http import Http404

from goldenthread.assessment import access
from goldenthread.assessment.models import Sitting
from goldenthread.assessment.rules import steps as log
from goldenthread.assessment.rules.steps import Fault, How, Step, Totals
from goldenthread.assessment.writing_models import WritingRemoval, WritingStep
from goldenthread.common.models import AuditEvent
from goldenthread.people.access import Viewer

IN_ONE_GO = 200
WAITED = timedelta(minutes=2)


def get_written_for(viewer: Viewer, sitting_id: int) -> Sitting:
    """A sitting whose writing the office may look at; 404 for markers, moderators, one's own and everybody else."""
    if not access.may_see_writing(viewer):
        raise Http404
    found = Sitting.everything.select_related("window__intake__version__programme", "enrolment")
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


class Stretches(Sequence[Stretch]):
    """The stretches of a sitting, of which those that are asked for are loaded: a page of them costs at most two
    queries and the steps of that page, however much was written before.
    """

    def __init__(self, sitting: Sitting, *, latest_first: bool = False) -> None:
        """Finds where stretches begin, in one query that loads nothing of what was written."""
        self._sitting, self._backwards = sitting, latest_first
        self._begin: list[int] = list(_beginnings(sitting))

    def __len__(self) -> int:
        return len(self._begin)

    @overload
    def __getitem__(self, place: int) -> Stretch: ...
    @overload
    def __getitem__(self, place: slice) -> list[Stretch]: ...
    def __getitem__(self, place: int | slice) -> Stretch | list[Stretch]:
        every = range(len(self))[::-1] if self._backwards else range(len(self))
        if isinstance(place, int):
            return self._load(every[place], every[place])[0]
        wanted = every[place]
        if not wanted:
            return []
        found = self._load(min(wanted), max(wanted))
        return [found[one - min(wanted)] for one in wanted]

    def _load(self, first: int, last: int) -> list[Stretch]:
        begin = self._begin[first]
        rows = WritingStep.objects.filter(sitting=self._sitting)
        some = rows.filter(number__gte=begin)
        if last + 1 < len(self):
            some = some.filter(number__lt=self._begin[last + 1])
        grown, length = Sum(Length("inserted") - Length("removed")), 0
        if first:  # what stood there before this page
            length = rows.filter(number__lt=begin).aggregate(length=grown)["length"] or 0
        steps, arrived, found = [], {}, []
        for row in some.order_by("number"):
            steps.append(row.step)
            arrived[row.number] = row.arrived_at
        for group in log.stretches(steps):
            length += sum(len(step.inserted) - len(step.removed) for step in group)
            found.append(Stretch(group[0], group[-1], arrived[group[-1].number], log.totals(group), length))
        return found


def _beginnings(sitting: Sitting) -> QuerySet[WritingStep, int]:
    """The numbers of the steps that begin a stretch, as `rules.steps.stretches` says, found by the database."""
    order = F("number").asc()
    rows = WritingStep.objects.filter(sitting=sitting).annotate(
        before_how=Window(Lag("how"), order_by=order), before_at=Window(Lag("written_at"), order_by=order)
    )
    elsewhere = ~Q(how__in=log.FROM_BROWSER) | ~Q(before_how__in=log.FROM_BROWSER)
    paused = Q(written_at__gt=F("before_at") + log.PAUSE)
    much = Q(gone__gte=log.LARGE)
    begins = rows.annotate(gone=Length("removed")).filter(
        Q(before_at__isnull=True) | elsewhere | paused | much
    )
    return begins.order_by("number").values_list("number", flat=True)


def totals_of(sitting: Sitting) -> Totals:
    """The sums over all steps, as `rules.steps.totals` counts them. One query, which loads no text."""
    rows = WritingStep.objects.filter(sitting=sitting).order_by()
    came = rows.annotate(came=Length("inserted"), gone=Length("removed"))

    def summed(**how: Any) -> Any:
        return Coalesce(Sum("came", filter=Q(**how)), 0)

    return Totals(
        **came.aggregate(
            steps=Count("pk"),
            typed=summed(how=How.TYPED),
            pasted=summed(how=How.PASTED),
            other=Coalesce(Sum("came", filter=~Q(how__in=log.FROM_BROWSER)), 0),
            removed=Coalesce(Sum("gone"), 0),
            large=Count("pk", filter=Q(came__gte=log.LARGE)),
        )
    )


def large_of(sitting: Sitting, *, most: int) -> list[Step]:
    """The first steps that inserted much at once. One query."""
    rows = WritingStep.objects.filter(sitting=sitting).annotate(came=Length("inserted"))
    return [row.step for row in rows.filter(came__gte=log.LARGE).order_by("number")[:most]]


def faults_of(sitting: Sitting) -> list[Fault]:
    """What doesn't fit in the log of a sitting whose steps were not removed, every step checked. One query."""
    return walked(sitting, most_large=0)[0]


def walked(sitting: Sitting, *, most_large: int) -> tuple[list[Fault], list[Step]]:
    """`faults_of`, and the first steps that inserted much at once, as `large_of`. One query for both."""
    rows = WritingStep.objects.filter(sitting=sitting).order_by("number")
    large: list[Step] = []

    def steps() -> Iterator[Step]:
        for row in rows.iterator(chunk_size=2000):
            step = row.step
            if len(large) < most_large and len(step.inserted) >= log.LARGE:
                large.append(step)
            yield step

    walk = steps()
    faults = list(log.faults(walk, sitting.draft, revision=sitting.draft_revision))
    for _ in walk:  # what is large after a fault is shown too
        pass
    return faults, large


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
        for fault in faults_of(sitting):
            yield sitting, fault
    told = AuditEvent.objects.filter(
        verb="writing.removed", subject=Concat(Value("sitting:"), Cast(OuterRef("pk"), CharField()))
    )
    gone = sittings.filter(writing_removal__isnull=False).order_by("pk")
    for sitting in gone.filter(~Exists(told)).only("code"):
        yield sitting, Fault(0, "its steps were removed, and the audit trail does not say so")
