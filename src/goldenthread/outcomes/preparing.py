"""What a release, or provisional results, will write: worked out by reading alone. The actions lock and write."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from goldenthread.applications.models import Enrolment, Stage
from goldenthread.assessment.adjusting import check_deferrals_decided
from goldenthread.assessment.models import Sitting, Window, WindowState
from goldenthread.common import audit
from goldenthread.common.days import instant_text
from goldenthread.common.refused import Refused
from goldenthread.common.writes import Writes, reserve
from goldenthread.engagement.together import batched
from goldenthread.integrity.queries import check_compared
from goldenthread.outcomes import proving, queries
from goldenthread.outcomes.achieving import conclude_all
from goldenthread.outcomes.attempts import decided_elsewhere
from goldenthread.outcomes.board import check_board
from goldenthread.outcomes.following import follow
from goldenthread.outcomes.models import Outcome, PlannedRelease, PlanState
from goldenthread.outcomes.queries import Line, Preview
from goldenthread.outcomes.rules import Attempt, Evaluation

AT_ONCE = 1000
Also = Callable[
    ..., None
]  # also(window=, outcomes=, by=, at=, writes=): what a later package does in a release
PLAN_OVER = "plan.over"
Prepared = tuple[Writes, list[Outcome]]


def computed(window_id: int, *, at: datetime) -> Prepared:
    """The provisional outcomes of a window; refuses as `actions.compute`."""
    window, writes = loaded(window_id), Writes()
    if window.state == WindowState.RELEASED:
        return writes, list(queries.released_of(window).filter(number=1))
    queries.check_moderated(window)
    return writes, _put_outcomes(writes, window, list(queries.evaluations(window)), at=at)


def released(
    window_id: int, *, by: Any, at: datetime, seen: str, also: Also | None, plan: PlannedRelease | None = None
) -> Prepared:
    """All that the release of a window writes, or of what a question had held; refuses as `actions.release`."""
    window, writes = loaded(window_id), Writes()
    standing = _standing_plan(window, plan)
    late = window.state == WindowState.RELEASED
    preview = queries.late_preview(window) if late else checked_preview(window)
    if late and not preview.lines:
        return writes, list(queries.released_of(window).filter(number=1))
    check_seen(preview, seen)
    outcomes = _put_outcomes(writes, window, preview.lines, at=at, released_by=by)
    if not window.task:
        move_stages(writes, window, {line.enrolment_id: line.evaluation for line in preview.lines})
    if late:
        said: dict[str, Any] = {"results": len(outcomes)}
    else:
        said = {"passed": preview.passed, "not_passed": preview.not_passed, "missed": dict(preview.missed)}
        said |= {"held": preview.held, **_plan_done(writes, standing, carried_out=plan is not None, at=at)}
        if plan is not None:
            _tell_planner(writes, window, plan, results=len(outcomes), held=preview.held, at=at)
        writes.do(lambda: Window.objects.filter(pk=window.pk).update(state=WindowState.RELEASED))
    verb = "results.released_late" if late else "results.released"
    writes.record(verb, {audit.subject_key(window): said}, by=by, at=at)
    _tell(writes, window, outcomes, by=by, at=at)
    if also is not None:
        also(window=window, outcomes=outcomes, by=by, at=at, writes=writes)
    return writes, outcomes


def _standing_plan(window: Window, plan: PlannedRelease | None) -> PlannedRelease | None:
    """The plan of a window that stands; refuses where another one than this one does, or none."""
    standing = PlannedRelease.objects.filter(window=window, state=PlanState.PLANNED).first()
    if plan is not None and (
        standing is None or (standing.pk, standing.at, standing.seen) != (plan.pk, plan.at, plan.seen)
    ):
        raise Refused("This plan was carried out, changed or taken back meanwhile.", code=PLAN_OVER)
    return standing


def _plan_done(
    writes: Writes, standing: PlannedRelease | None, *, carried_out: bool, at: datetime
) -> dict[str, Any]:
    """End a plan with the release, carried out or by hand; gives what the trail says of it."""
    if standing is None:
        return {}
    standing.state, standing.ended_at = PlanState.RELEASED, at
    writes.change([standing], ["state", "ended_at"])
    return {"plan": standing.pk, "by_plan": carried_out}


def _tell_planner(
    writes: Writes, window: Window, plan: PlannedRelease, *, results: int, held: int, at: datetime
) -> None:
    """One mail to whoever planned a release: that it was carried out, and for how many; nobody's name or result."""
    planner = plan.planned_by
    said = {
        "name": planner.get_short_name(),
        "of": str(window.intake),
        "at": instant_text(plan.at, window.zone),
        "window": window.pk,
        "results": results,
        "held": held,
    }
    writes.send("release_carried_out", {f"release_carried_out:{plan.pk}": (planner.email, said)}, at=at)


def checked_preview(window: Window) -> Preview:
    """What the release of a window would do now; refuses where it can't be released."""
    queries.check_moderated(window)
    check_board(window)
    check_compared(window)
    check_deferrals_decided(window)
    return queries.preview(window)


def check_seen(preview: Preview, seen: str) -> None:
    """Refuses where somebody went by another preview than this one."""
    if seen and seen != preview.fingerprint:
        raise Refused(
            "Results have changed since you looked at them, because credits or marks have. "
            "Look at the new figures, then release.",
            code="outcomes.changed",
        )


def loaded(window_id: int) -> Window:
    """A window with its version and its mark scheme, as a preparation reads it."""
    found = Window.objects.select_related("intake__version__programme", "case_study__scheme", "scheme")
    return found.defer("case_study__sealed", "case_study__sealed_needs").get(pk=window_id)


def _put_outcomes(
    writes: Writes, window: Window, lines: list[Line], *, at: datetime, released_by: Any = None
) -> list[Outcome]:
    """The outcomes of a window in place of provisional ones, with numbers of their own."""
    unmarked = [line.code for line in lines if _lacks_marks(line)]
    if unmarked:
        raise Refused(
            f"Script {unmarked[0]} has no agreed marks. Finish marking first.", code="outcomes.unmarked"
        )
    outcomes = [
        Outcome(
            pk=number,
            enrolment_id=line.enrolment_id,
            window=window,
            task=window.task,
            result=line.evaluation.result,
            conditions=[condition.as_dict() for condition in line.evaluation.conditions],
            half_marks_learn_that=line.half_marks.learn_that if line.half_marks else None,
            half_marks_learn_how_to=line.half_marks.learn_how_to if line.half_marks else None,
            half_marks_off=line.off,
            computed_at=at,
            released_at=at if released_by else None,
            released_by=released_by,
        )
        for number, line in zip(reserve(Outcome, len(lines)), lines, strict=True)
    ]
    provisional = Outcome.objects.filter(window=window, task=window.task, released_at__isnull=True)
    writes.do(lambda: provisional._raw_delete(provisional.db))
    writes.add(outcomes)
    return outcomes


def _lacks_marks(line: Line) -> bool:
    return line.half_marks is None and line.evaluation.attempt is Attempt.MARKED


def _tell(writes: Writes, window: Window, outcomes: list[Outcome], *, by: Any, at: datetime) -> None:
    """Put released outcomes into each person's trail, tell them, and see what a task's result concludes."""
    said = {
        f"enrolment:{one.enrolment_id}": {"number": 1, **proving.told_of(one), **penalty_record(one)}
        for one in outcomes
    }
    writes.record("outcome.released", said, by=by, at=at)
    tell_people(writes, outcomes, at=at)
    follow(outcomes, by=by, at=at, writes=writes)
    if window.task:  # a task decides nothing alone: the version's checklist does, which reads these results
        people = [one.enrolment_id for one in outcomes]
        writes.afterwards(lambda: conclude_all(enrolments=people, by=by, at=at))


def penalty_record(outcome: Outcome) -> dict[str, int]:
    """What the trail keeps of marks that were taken off for too many words, with the sum before and after."""
    marks = queries.half_marks_of(outcome)
    if marks is None or not outcome.half_marks_off:
        return {}
    off = outcome.half_marks_off
    return {"earned_half_marks": marks.total, "half_marks_off": off, "half_marks": marks.total - off}


def move_stages(writes: Writes, window: Window, evaluated: Mapping[int, Evaluation]) -> None:
    """Put enrolments where the results of a window bring them. Passed: awarded. Not passed: not achieved, unless
    another window decides. Held back: the stage stays, as there was no attempt.
    """
    awarded = [pk for pk, evaluation in evaluated.items() if evaluation.passed]
    short = {pk for pk, evaluation in evaluated.items() if not evaluation.passed}
    missed = [pk for pk in short if evaluated[pk].attempt is not Attempt.HELD_BACK]
    writes.do(lambda: _set_stage(awarded, Stage.AWARDED))
    for some in batched(sorted(missed), AT_ONCE):
        elsewhere = decided_elsewhere(some, window)
        closed = [pk for pk in some if pk not in elsewhere]
        writes.do(partial(_set_stage, closed, Stage.NOT_ACHIEVED))


def _set_stage(enrolment_ids: list[int], stage: Stage) -> None:
    for some in batched(sorted(enrolment_ids), AT_ONCE):
        Enrolment.objects.filter(pk__in=some).update(stage=stage)


def tell_people(writes: Writes, outcomes: Iterable[Outcome], *, at: datetime) -> None:
    """One mail for each outcome: that the result is there, not what it is."""
    by_enrolment = {outcome.enrolment_id: outcome for outcome in outcomes}
    places = _places_of([outcome for outcome in by_enrolment.values() if outcome.task])
    letters: dict[str, tuple[str, dict[str, Any]]] = {}
    for some in batched(sorted(by_enrolment), AT_ONCE):
        people = Enrolment.objects.filter(pk__in=some).order_by("pk")
        rows = people.values_list(
            "pk", "reference", "user__email", "user__name", "intake__name", "version__programme__code"
        )
        for pk, reference, email, name, intake, programme in rows:
            said: dict[str, Any] = {
                "name": name,
                "programme": programme,
                "intake": intake,
                "enrolment": reference,
            }
            said |= {"sitting": places[pk]} if pk in places else {}
            letters[f"result-released:{by_enrolment[pk].pk}"] = (email, said)
    writes.send("result_released", letters, at=at)


def _places_of(outcomes: list[Outcome]) -> dict[int, int]:
    """For results of a project task, by enrolment, the sitting on whose page each stands: a person may have several."""
    if not outcomes:
        return {}
    of_window = Sitting.objects.filter(window=outcomes[0].window_id).order_by()
    return dict(of_window.values_list("enrolment", "pk"))
