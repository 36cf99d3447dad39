"""Everybody of a window evaluated in one pass, what a release would do, and released outcomes."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import Http404
from django.utils.crypto import salted_hmac

from goldenthread.applications.models import HAD_AWARD, Enrolment
from goldenthread.assessment import gates as entry
from goldenthread.assessment import penalties
from goldenthread.assessment.models import MarkPoint, Script, Sitting, SittingState, Window, WindowState
from goldenthread.assessment.stages import gate_text
from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.common.refused import Refused
from goldenthread.engagement import queries as engagement
from goldenthread.engagement import together
from goldenthread.engagement.rules import Policy, Standing
from goldenthread.integrity import queries as integrity
from goldenthread.marking import queries as marking
from goldenthread.marking.rules import Kind, Scheme, Totals
from goldenthread.moderation import queries as moderation
from goldenthread.moderation.final import final_marks
from goldenthread.moderation.models import Round
from goldenthread.moderation.queries import nothing
from goldenthread.outcomes import access, board_rules, rules
from goldenthread.outcomes.attempts import counting, whole_of
from goldenthread.outcomes.models import Outcome
from goldenthread.people.access import Viewer

ATTEMPTS = {
    SittingState.HELD_BACK: rules.Attempt.HELD_BACK,
    SittingState.BOOKED: rules.Attempt.NOT_HANDED_IN,
    SittingState.HANDED_IN: rules.Attempt.MARKED,
}


# --- evaluating ----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Line:
    """One sitting evaluated: its code stands for the person until the release. `half_marks` were earned."""

    enrolment_id: int
    code: str
    half_marks: Totals | None
    adjusted: bool
    evaluation: rules.Evaluation

    @property
    def off(self) -> int:
        """The half marks that are taken off for too many words."""
        return self.evaluation.half_marks_off


def evaluations(window: Window) -> Iterator[Line]:
    """Evaluate every sitting of a window with its final marks and today's ledger; nine queries for any number, and one
    more while somebody is booked whose gate nobody has judged.

    People who have withdrawn have no outcome, nor who was awarded the qualification by another window meanwhile, nor,
    until it is answered, whose script there is a question about.
    """
    return _evaluations(window, *integrity.held_and_void(window))


def _evaluations(window: Window, held: set[int], void: set[int]) -> Iterator[Line]:
    """The same, where it is known whose results wait and whose scripts don't count."""
    if window.task:
        yield from _task_evaluations(window, held, void)
        return
    policy = _policy_of(window)
    maxima, pass_mark = _terms(window)
    final = final_marks(window)
    sittings = list(
        window.sittings.filter(enrolment__withdrawn_at__isnull=True)
        .exclude(enrolment__stage__in=HAD_AWARD)
        .order_by("code")
        .values_list("pk", "enrolment_id", "code", "state", "gate", "released_at")
    )
    sittings = [row for row in sittings if row[0] not in held]
    unjudged = any(state == SittingState.BOOKED and let_in is None for *_, state, _, let_in in sittings)
    gates = entry.unjudged(window) if unjudged else {}
    standings = together.recount(enrolment for _, enrolment, *_ in sittings)
    for pk, enrolment, code, state, gate, _ in sittings:
        state, gate = _as_judged(state, gate, gates.get(pk))
        marks = final.get(pk)
        task = rules.Task(
            ATTEMPTS[SittingState(state)],
            marks.half_marks if marks else None,
            maxima,
            pass_mark,
            gate_text(gate) if state == SittingState.HELD_BACK else "",
            pk in void,
            marks.length if marks else None,
        )
        standing = _standing(standings.get(enrolment), policy)
        yield Line(
            enrolment,
            code,
            task.half_marks,
            bool(marks and marks.adjusted),
            rules.evaluate(policy, standing, task),
        )


def _as_judged(state: str, gate: dict[str, Any], found: dict[str, Any] | None) -> tuple[str, dict[str, Any]]:
    """What became of a sitting whose gate nobody has judged: what the gate would have `found` at its opening."""
    return (SittingState.HELD_BACK, found) if found and "code" in found else (state, gate)


def _task_evaluations(window: Window, held: set[int], void: set[int]) -> Iterator[Line]:
    """The same for a project task: everybody who handed it in, by its marks alone. Who didn't has it still open."""
    maxima, pass_mark = _terms(window)
    final = final_marks(window)
    handed_in = window.sittings.filter(state=SittingState.HANDED_IN, enrolment__withdrawn_at__isnull=True)
    handed_in = handed_in.exclude(pk__in=held)
    for pk, enrolment, code in handed_in.order_by("code").values_list("pk", "enrolment_id", "code"):
        marks = final.get(pk)
        earned, length = (marks.half_marks, marks.length) if marks else (None, None)
        task = rules.Task(rules.Attempt.MARKED, earned, maxima, pass_mark, void=pk in void, length=length)
        evaluation = rules.evaluate_task(window.task_title, str(window.mark_scheme), task)
        yield Line(enrolment, code, task.half_marks, bool(marks and marks.adjusted), evaluation)


def evaluation_of(enrolment: Enrolment, window: Window, half_marks: Totals | None) -> rules.Evaluation:
    """Evaluate one person of a window with the given final marks and today's ledger; the attempt stays what it was.

    The marks are as earned: what too many words cost follows from them anew, by the rule of the window.
    Refuses marks for somebody who handed nothing in, and marks beyond what the scheme gives.
    """
    scheme = window.mark_scheme or nothing()
    points = MarkPoint.objects.filter(scheme=scheme.pk).order_by()
    sitting = (
        Sitting.objects.only("state", "gate", "released_at")
        .annotate(
            void=integrity.is_void(),
            that=_sum_of(points.filter(kind=Kind.LEARN_THAT)),
            how=_sum_of(points.exclude(kind=Kind.LEARN_THAT)),
        )
        .get(window=window, enrolment=enrolment)
    )
    found = vars(sitting)
    maxima, pass_mark = Totals(found["that"], found["how"]), scheme.pass_mark
    unjudged = sitting.state == SittingState.BOOKED and sitting.released_at is None and not window.task
    state, gate = _as_judged(
        sitting.state, sitting.gate, entry.unjudged(window).get(sitting.pk) if unjudged else None
    )
    attempt = ATTEMPTS[SittingState(state)]
    held_back = gate_text(gate) if state == SittingState.HELD_BACK else ""
    length = penalties.too_long_of(window, sitting.pk) if half_marks is not None else None
    task = rules.Task(attempt, half_marks, maxima, pass_mark, held_back, found["void"], length)
    rules.check_marks(task)
    if window.task:
        return rules.evaluate_task(window.task_title, str(window.mark_scheme), task)
    return rules.evaluate(engagement.policy_of(enrolment.version), engagement.standing_of(enrolment), task)


def _sum_of(points: QuerySet[MarkPoint]) -> Coalesce:
    """For a query: the most marks that these points of one scheme give together."""
    summed = points.values("scheme").annotate(most=Sum("maximum")).values("most")
    return Coalesce(Subquery(summed), 0)


def _policy_of(window: Window) -> Policy:
    return engagement.policy_of(ProgrammeVersion.objects.get(intakes=window.intake_id))


def _terms(window: Window) -> tuple[Totals, int]:
    scheme: Scheme = marking.scheme_of(window)
    return Totals(scheme.maximum(Kind.LEARN_THAT), scheme.maximum(Kind.LEARN_HOW_TO)), scheme.pass_mark


def _standing(found: together.SetStanding | None, policy: Policy) -> Standing:
    """The set-based figures in the shape that the rules take."""
    known = found is not None and found.measurable
    return Standing(
        components=(),
        planned=found.planned if found else 0,
        counted=found.counted if found else 0,
        threshold=policy.threshold,
        unknown=() if known else ("some components",),
        asked=policy.required_to_pass or policy.required_to_enter,
    )


def maxima_of(window: Window) -> Totals:
    """The most marks that the window's mark scheme gives, by kind."""
    return _terms(window)[0]


# --- before the release --------------------------------------------------------------------------------
def get_window_for(viewer: Viewer, window_id: int) -> Window:
    """A window whose results are to be looked at or released; 404 for who isn't the office."""
    found = marking.windows().filter(pk=window_id).first()
    if found is None or not access.releases(viewer):
        raise Http404("No such window.")
    return found


def check_moderated(window: Window, *, loaded: Round | None = None) -> Round:
    """Results stay provisional until the moderation of their window is signed off (S1-32), and a script that came in by
    more time afterwards needs one of its own. A page may hand in the round as it `loaded` it with the window.
    """
    signed = loaded or Round.objects.select_related("window").filter(window=window).first()
    if signed is None:
        raise Refused(
            "Moderation of this window hasn't begun. Results can be worked out once it is signed off.",
            code="outcomes.no_moderation",
        )
    if signed.signed_off_at is None:
        still_open = signed.sample.filter(decision="").count()
        are = "script of the sample is" if still_open == 1 else "scripts of the sample are"
        waits = f"{still_open} {are} undecided" if still_open else "it waits for the sign-off"
        raise Refused(
            f"Moderation of this window isn't finished: {waits}. Results are provisional until then.",
            code="outcomes.unfinished_moderation",
        )
    if signed.final_at is None:
        raise Refused(
            "Our moderation is signed off, and this version is moderated nationally too. Results are provisional until "
            "the national moderator's answer is applied.",
            code="outcomes.national",
        )
    moderation.check_not_overtaken(signed)
    return signed


@dataclass(frozen=True)
class Preview:
    """What a release would do, and which conditions are missed by how many."""

    lines: list[Line]
    passed: int
    not_passed: int
    missed: Mapping[str, int]
    only_missed: Mapping[str, int]  # by how many each condition is the only one that was missed
    held: int = 0  # whose results wait for the answer to a question

    @property
    def passed_can_be_said(self) -> bool:
        """Whether the number that passes tells of nobody's engagement beside the marks by code. Whose script doesn't
        count after a decision about own work is known by name and code, and left out.
        """
        counted = (line.evaluation for line in self.lines if line.evaluation.meets("integrity"))
        return board_rules.can_say_passed([(one.meets("task"), one.meets("engagement")) for one in counted])

    @property
    def fingerprint(self) -> str:
        """Changes when anybody's result, marks or missed conditions change: a release says which preview it goes by.

        It stands in the page, so it is made with the installation's secret: nobody finds by trying who meets what.
        """
        said = json.dumps([_said(line) for line in self.lines], separators=(",", ":"))
        return salted_hmac("goldenthread.preview", said, algorithm="sha256").hexdigest()


def _said(line: Line) -> list[Any]:
    """What a release would tell one person: code, result, half marks by kind, missed conditions."""
    marks = [line.half_marks.learn_that, line.half_marks.learn_how_to] if line.half_marks else []
    missed = [condition.key for condition in line.evaluation.conditions if not condition.met]
    return [line.code, line.evaluation.result, marks, missed, *([line.off] if line.off else [])]


def preview(window: Window) -> Preview:
    """Evaluate a window without writing anything. As many queries as `evaluations`."""
    held, void = integrity.held_and_void(window)
    return _preview_of(list(_evaluations(window, held, void)), held=len(held))


def late_preview(window: Window) -> Preview:
    """What a second release would do: results that a question held when the window was released, and none does now."""
    return _preview_of(late_lines(window))


def _preview_of(lines: list[Line], *, held: int = 0) -> Preview:
    failing = [[c.name for c in line.evaluation.conditions if not c.met] for line in lines]
    missed = Counter(name for names in failing for name in names)
    only = Counter(names[0] for names in failing if len(names) == 1)
    passed = sum(line.evaluation.passed for line in lines)
    return Preview(lines, passed, len(lines) - passed, missed, only, held)


def waiting_in(window: Window) -> tuple[int, int]:
    """Of a released window: how many results are still held, and how many were and can be released now."""
    held = integrity.held(window)
    told = _told_in(window)
    waiting = window.sittings.filter(pk__in=held).exclude(enrolment__in=told).count() if held else 0
    return waiting, len(_late_sittings(window, held))


def _told_in(window: Window) -> QuerySet[Outcome, Any]:
    """Who has a released result of a window. What a version's checklist came to is none: it only stands there."""
    return Outcome.objects.filter(window=window, task=window.task, released_at__isnull=False).values(
        "enrolment"
    )


def _late_sittings(window: Window, held: set[int]) -> set[int]:
    """The sittings about which there was a question when the window was released, and is none any more."""
    told = _told_in(window)
    asked = integrity.asked_about(window) - held
    return set(
        window.sittings.filter(pk__in=asked, enrolment__withdrawn_at__isnull=True)
        .exclude(enrolment__in=told)
        .exclude(enrolment__stage__in=HAD_AWARD)
        .values_list("pk", flat=True)
    )


def late_lines(window: Window) -> list[Line]:
    """What a second release would tell: results that were held when the window was released, and aren't now."""
    late = _late_sittings(window, integrity.held(window))
    if not late:
        return []
    codes = set(window.sittings.filter(pk__in=late).values_list("code", flat=True))
    return [line for line in evaluations(window) if line.code in codes]


# --- released --------------------------------------------------------------------------------------------
def released_of(window: Window) -> QuerySet[Outcome]:
    """The released outcomes of a window with their people."""
    found = Outcome.objects.filter(window=window, task=window.task, released_at__isnull=False)
    return (
        found.select_related("enrolment__user")
        .defer("enrolment__version__document")
        .order_by("enrolment_id", "number")
    )


def latest_of(window: Window) -> QuerySet[Outcome]:
    """The released outcome that counts for each person of a window, by name; corrected ones stay behind.

    `half_marks` are those that count of both kinds together, None where there was no script.
    """
    newer = Outcome.objects.filter(
        enrolment=OuterRef("enrolment"),
        window=window,
        task=window.task,
        number__gt=OuterRef("number"),
        released_at__isnull=False,
    )
    found = released_of(window).filter(~Exists(newer))
    marks = F("half_marks_learn_that") + F("half_marks_learn_how_to") - F("half_marks_off")
    return found.annotate(half_marks=marks).order_by("enrolment__user__name", "enrolment_id")


def counts_of(window: Window) -> dict[str, int]:
    """How many of a window passed and did not, by the latest outcome of each; one query."""
    passed = Count("pk", filter=Q(result="passed"))
    not_passed = Count("pk", filter=Q(result="not_passed"))
    return latest_of(window).order_by().aggregate(passed=passed, not_passed=not_passed)


def get_released_for(viewer: Viewer, reference: str, outcome_id: int) -> Outcome:
    """A released outcome of the enrolment with this reference; 404 for who isn't the office."""
    found = Outcome.objects.filter(
        pk=outcome_id, enrolment__reference=reference, released_at__isnull=False
    ).select_related(
        "enrolment__user", "enrolment__version__programme", "window__intake", "window__case_study__scheme"
    )
    one = found.defer("window__case_study__sealed", "window__case_study__sealed_needs").first()
    if one is None or not access.releases(viewer):
        raise Http404("No such result.")
    return one


def get_own_released(user: Any, outcome_id: int) -> Outcome:
    """A released result of one's own; 404 for everybody else."""
    found = Outcome.objects.filter(pk=outcome_id, enrolment__user=user, released_at__isnull=False)
    one = found.select_related("enrolment__user", "enrolment__version__programme", "window__intake").first()
    if one is None:
        raise Http404("No such result.")
    return one


def is_latest(outcome: Outcome) -> bool:
    """Whether an outcome is the one that counts for its window, as none corrects it."""
    later = Outcome.objects.filter(
        enrolment=outcome.enrolment_id, window=outcome.window_id, task=outcome.task
    )
    return not later.filter(number__gt=outcome.number).exists()


def half_marks_of(outcome: Outcome) -> Totals | None:
    """The half marks of an outcome by kind; None where there was no script."""
    if outcome.half_marks_learn_that is None or outcome.half_marks_learn_how_to is None:
        return None
    return Totals(outcome.half_marks_learn_that, outcome.half_marks_learn_how_to)


def _last_told_task(enrolment: Enrolment) -> Outcome | None:
    """Of the results that count of project tasks, the one that was told last, while there is none of the whole
    qualification.
    """
    told = sorted(counting(enrolment), key=lambda one: (one.released_at or one.computed_at, one.pk))
    return told[-1] if told else None


def sitting_of_outcome(outcome: Outcome) -> int | None:
    """The number of the sitting that an outcome is of. One query."""
    own = Sitting.objects.filter(window=outcome.window_id, enrolment=outcome.enrolment_id)
    return own.order_by("pk").values_list("pk", flat=True).first()


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
    script: Script | None
    waiting: Waiting | None


def result_of(enrolment: Enrolment, own: Sitting | None = None) -> ResultView:
    """The result of somebody's own enrolment, of one sitting or the one that counts, or what it still waits for.

    The page has loaded the enrolment and the sitting as theirs.
    """
    window_id = own.window_id if own else None
    if own is not None:
        outcome = _released_in(enrolment, own.window_id)
    else:
        outcome = whole_of(enrolment) or _last_told_task(enrolment)
    sitting = own if own and outcome else _sitting_of(enrolment, outcome.window_id if outcome else window_id)
    script = sitting.scripts.filter(current=True).defer("text", "parts").first() if sitting else None
    return ResultView(
        enrolment, sitting, outcome, script, None if outcome else _waiting_for(enrolment, sitting)
    )


def _released_in(enrolment: Enrolment, window_id: int) -> Outcome | None:
    released = Outcome.objects.filter(
        enrolment=enrolment, window=window_id, task=F("window__task"), released_at__isnull=False
    )
    return released.select_related("window__case_study__scheme").order_by("-number").first()


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


def subtotals_of(outcome: Outcome) -> list[Subtotal]:
    """Understanding and application apart; nothing where there was no script."""
    if outcome.half_marks_learn_that is None or outcome.half_marks_learn_how_to is None:
        return []
    maxima, _ = _terms(outcome.window)
    if outcome.task:
        return [Subtotal("Criteria", outcome.half_marks_learn_how_to, maxima.learn_how_to)]
    return [
        Subtotal("Understanding (learn that)", outcome.half_marks_learn_that, maxima.learn_that),
        Subtotal("Application (learn how to)", outcome.half_marks_learn_how_to, maxima.learn_how_to),
    ]
