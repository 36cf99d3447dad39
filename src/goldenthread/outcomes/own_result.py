"""What a participant reads of their own result, or what it still waits for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from goldenthread.applications.models import HAD_AWARD, Enrolment
from goldenthread.assessment.models import MarkPoint, Sitting, SittingState, WindowState
from goldenthread.marking import queries as marking
from goldenthread.moderation import queries as moderation
from goldenthread.outcomes.attempts import Weighed, told_to, weighed
from goldenthread.outcomes.models import Outcome
from goldenthread.outcomes.queries import terms_of


class Waiting(StrEnum):
    """What a result still waits for, in the words that the participant reads."""

    SITTING = "the window"
    MARKING = "marking"
    MODERATION = "moderation"
    RELEASE = "release"
    LATER = "your result"  # the others of the window have theirs
    NONE = "nothing"  # there will be none: nothing was handed in that counts, or another window was passed


@dataclass(frozen=True)
class ResultView:
    """A participant's own result, or what it still waits for."""

    enrolment: Enrolment
    sitting: Sitting | None
    outcome: Outcome | None
    weight: Weighed | None  # of the outcome beside the others
    waiting: Waiting | None


def result_of(enrolment: Enrolment, own: Sitting | None = None) -> ResultView:
    """The result of somebody's own enrolment, of one sitting or the one that counts, or what it still waits for.

    The page has loaded the enrolment and the sitting as theirs. Two queries at most where there is a result.
    """
    told = told_to(enrolment)
    weights = weighed(told)
    if own is None:
        outcome = _counting(weights.values())
    else:
        here = (one for one in told if (one.window_id, one.task) == (own.window_id, own.window.task))
        outcome = max(here, key=lambda one: one.number, default=None)
    sitting = own or _sitting_of(enrolment, outcome.window_id if outcome else None)
    waiting = None if outcome else _waiting_for(enrolment, sitting)
    return ResultView(enrolment, sitting, outcome, weights[outcome.pk] if outcome else None, waiting)


def _counting(weights: Iterable[Weighed]) -> Outcome | None:
    """Of somebody's results the one that counts of the qualification; while there is none, of those that count of
    project tasks the one that was told last.
    """
    counts = {one.counts.task: one.counts for one in weights}
    if "" in counts:
        return counts[""]
    return max(counts.values(), key=lambda one: (one.released_at or one.computed_at, one.pk), default=None)


def _sitting_of(enrolment: Enrolment, window_id: int | None) -> Sitting | None:
    sittings = enrolment.sittings.exclude(window__state=WindowState.CANCELLED).select_related(
        "window__case_study__scheme", "window__moderation"
    )
    if window_id is not None:
        sittings = sittings.filter(window=window_id)
    unseen = ("draft", "window__case_study__sealed", "window__case_study__sealed_needs")
    return sittings.defer(*unseen).order_by("-opens_at").first()


def _waiting_for(enrolment: Enrolment, sitting: Sitting | None) -> Waiting:
    if sitting is not None and sitting.window.state == WindowState.RELEASED:
        gone = enrolment.stage in HAD_AWARD or enrolment.withdrawn_at is not None
        return Waiting.NONE if gone or sitting.state != SittingState.HANDED_IN else Waiting.LATER
    if sitting is None or sitting.state != SittingState.HANDED_IN:
        return Waiting.SITTING
    moderation_round = getattr(sitting.window, "moderation", None)
    if moderation_round is None or moderation.overtaken(moderation_round):
        finished = marking.progress_of(sitting.window).finished
        return Waiting.MODERATION if finished else Waiting.MARKING
    return Waiting.RELEASE if moderation_round.final_at else Waiting.MODERATION


@dataclass(frozen=True)
class Subtotal:
    """Marks for one kind of statement, as the participant reads them (S0-36)."""

    name: str
    half_marks: int
    maximum: int


def subtotals_of(outcome: Outcome, points: Sequence[MarkPoint] | None = None) -> list[Subtotal]:
    """Understanding and application apart; nothing where there was no script. One query, and none where the `points` of
    the scheme are loaded.
    """
    if outcome.half_marks_learn_that is None or outcome.half_marks_learn_how_to is None:
        return []
    maxima, _ = terms_of(outcome.window, points)
    if outcome.task:
        return [Subtotal("Criteria", outcome.half_marks_learn_how_to, maxima.learn_how_to)]
    return [
        Subtotal("Understanding (learn that)", outcome.half_marks_learn_that, maxima.learn_that),
        Subtotal("Application (learn how to)", outcome.half_marks_learn_how_to, maxima.learn_how_to),
    ]
