"""Everybody of a window evaluated in one pass, what a release would do, and released outcomes."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db.models import Exists, F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import Http404
from django.utils.crypto import salted_hmac

from goldenthread.applications.models import HAD_AWARD, Enrolment
from goldenthread.assessment import gates as entry
from goldenthread.assessment import penalties
from goldenthread.assessment.models import MarkPoint, Sitting, SittingState, Window
from goldenthread.assessment.stages import gate_text
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
    """Evaluate every sitting of a window with its final marks and today's ledger; six queries for any number, where the
    version of its intake is loaded, and one more while somebody is booked whose gate nobody has judged.

    People who have withdrawn have no outcome, nor who was awarded the qualification by another window meanwhile, nor,
    until it is answered, whose script there is a question about.
    """
    return _evaluations(window, *integrity.held_and_void(window))


def _evaluations(
    window: Window, held: set[int], void: set[int], *, only: set[int] | None = None
) -> Iterator[Line]:
    """The same, where it is known whose results wait and whose scripts don't count; of some sittings `only`."""
    if window.task:
        yield from _task_evaluations(window, held, void, only=only)
        return
    policy = engagement.policy_of(window.intake.version)
    maxima, pass_mark = terms_of(window)
    final = final_marks(window)
    sittings = [one for one in _evaluated(window) if one.pk not in held and (only is None or one.pk in only)]
    unjudged = [one for one in sittings if one.state == SittingState.BOOKED and one.released_at is None]
    gates = entry.judged(window, [one.as_loaded for one in unjudged]) if unjudged else {}
    standings = together.recount(one.enrolment for one in sittings)
    for pk, enrolment, code, state, gate, *_ in sittings:
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


class _Evaluated(NamedTuple):
    """What is read of a sitting to evaluate it: thousands of rows, of which few become objects."""

    pk: int
    enrolment: int
    code: str
    state: str
    gate: dict[str, Any]
    released_at: datetime | None
    stage: str
    starts_on: date
    version: int

    @property
    def as_loaded(self) -> Sitting:
        """The sitting with its enrolment, as the gate judges it."""
        person = Enrolment(
            pk=self.enrolment, stage=self.stage, starts_on=self.starts_on, version_id=self.version
        )
        return Sitting(pk=self.pk, enrolment=person)


def _evaluated(window: Window) -> Iterator[_Evaluated]:
    """The sittings of whoever can have an outcome of a window, by their codes. One query."""
    rows = window.sittings.filter(enrolment__withdrawn_at__isnull=True)
    fields = ("pk", "enrolment_id", "code", "state", "gate", "released_at")
    people = ("enrolment__stage", "enrolment__starts_on", "enrolment__version")
    rows = rows.exclude(enrolment__stage__in=HAD_AWARD).order_by("code")
    return (_Evaluated(*row) for row in rows.values_list(*fields, *people))


def _as_judged(state: str, gate: dict[str, Any], found: dict[str, Any] | None) -> tuple[str, dict[str, Any]]:
    """What became of a sitting whose gate nobody has judged: what the gate would have `found` at its opening."""
    return (SittingState.HELD_BACK, found) if found and "code" in found else (state, gate)


def _task_evaluations(
    window: Window, held: set[int], void: set[int], *, only: set[int] | None
) -> Iterator[Line]:
    """The same for a project task: everybody who handed it in, by its marks alone. Who didn't has it still open."""
    maxima, pass_mark = terms_of(window)
    final = final_marks(window)
    handed_in = window.sittings.filter(state=SittingState.HANDED_IN, enrolment__withdrawn_at__isnull=True)
    handed_in = handed_in.exclude(pk__in=held)
    for pk, enrolment, code in handed_in.order_by("code").values_list("pk", "enrolment_id", "code"):
        if only is not None and pk not in only:
            continue
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


def with_terms(windows: QuerySet[Window]) -> QuerySet[Window]:
    """The windows with what an evaluation asks of each besides: the specification of its intake's version, and the most
    marks by kind that the scheme of its case study gives; no further query.
    """
    points = MarkPoint.objects.filter(scheme__case_study=OuterRef("case_study")).order_by()
    with_document = windows.defer(None).defer("case_study__sealed", "case_study__sealed_needs")
    return with_document.annotate(
        most_that=_sum_of(points.filter(kind=Kind.LEARN_THAT)),
        most_how=_sum_of(points.exclude(kind=Kind.LEARN_THAT)),
    )


def terms_of(window: Window, points: Sequence[MarkPoint] | None = None) -> tuple[Totals, int]:
    """The most marks by kind that the mark scheme of a window gives, and its pass mark. One query, and none of a window
    from `with_terms`, or where the `points` of the scheme are loaded.
    """
    known = vars(window)
    if "most_that" in known and not window.task and window.mark_scheme is not None:
        return Totals(known["most_that"], known["most_how"]), window.mark_scheme.pass_mark
    scheme: Scheme = marking.scheme_of(window, points)
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
    return terms_of(window)[0]


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
    """Of a released window: how many results are still held, and how many were and can be released now. Two queries at
    most.
    """
    waiting, late = _untold(window, integrity.questions_in(window))
    return len(waiting), len(late)


def _told_in(window: Window) -> QuerySet[Outcome, Any]:
    """Who has a released result of a window. What a version's checklist came to is none: it only stands there."""
    return Outcome.objects.filter(window=window, task=window.task, released_at__isnull=False).values(
        "enrolment"
    )


def _untold(window: Window, questions: integrity.Questions) -> tuple[set[int], set[int]]:
    """Of a released window the sittings without a result that a question holds, and those about which there was one
    when the window was released and is none any more. One query, and none where there never was one.
    """
    if not questions.ever:
        return set(), set()
    rows = window.sittings.filter(pk__in=questions.ever).exclude(enrolment__in=_told_in(window)).order_by()
    found = list(rows.values_list("pk", "enrolment__withdrawn_at", "enrolment__stage"))
    free = {pk for pk, gone, stage in found if gone is None and stage not in HAD_AWARD}
    return {pk for pk, *_ in found if pk in questions.held}, free - questions.held


def late_lines(window: Window) -> list[Line]:
    """What a second release would tell: results that were held when the window was released, and aren't now."""
    questions = integrity.questions_in(window)
    _, late = _untold(window, questions)
    return list(_evaluations(window, questions.held, questions.void, only=late)) if late else []


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


def sitting_of_outcome(outcome: Outcome) -> int | None:
    """The number of the sitting that an outcome is of. One query."""
    own = Sitting.objects.filter(window=outcome.window_id, enrolment=outcome.enrolment_id)
    return own.order_by("pk").values_list("pk", flat=True).first()
