"""Work outcomes out, release them all at once, correct one by a further outcome."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from goldenthread.applications.models import Enrolment, Stage
from goldenthread.assessment.adjusting import check_deferrals_decided
from goldenthread.assessment.models import Sitting, Window, WindowState
from goldenthread.common import audit, mail
from goldenthread.common.refused import Refused
from goldenthread.engagement.together import batched
from goldenthread.integrity.queries import check_compared
from goldenthread.marking.rules import Totals
from goldenthread.outcomes import proving, queries
from goldenthread.outcomes.achieving import conclude, conclude_all
from goldenthread.outcomes.attempts import decided_elsewhere
from goldenthread.outcomes.board import check_board
from goldenthread.outcomes.following import follow
from goldenthread.outcomes.models import Outcome
from goldenthread.outcomes.queries import Line
from goldenthread.outcomes.rules import Attempt, Evaluation

AT_ONCE = 1000


@transaction.atomic
def compute(*, window: Window, at: datetime) -> list[Outcome]:
    """Work out every outcome of a window whose moderation is signed off; unreleased ones are worked out anew.

    A released window keeps its outcomes: this gives them back unchanged.
    """
    window = _locked(window)
    if window.state == WindowState.RELEASED:
        return list(queries.released_of(window).filter(number=1))
    queries.check_moderated(window)
    hold_enrolments(window.sittings.values_list("enrolment", flat=True))
    return _write(window, list(queries.evaluations(window)), at=at)


@transaction.atomic
def release(*, window: Window, by: Any, at: datetime, seen: str = "") -> list[Outcome]:
    """Release every result of a window in one transaction; returns the outcomes (S0-40, S0-41).

    Outcomes are worked out anew, with their conditions frozen as they stand. `seen` is the fingerprint of the
    preview that the office looked at: refuses if the results have changed since. Refuses before the
    moderation is signed off, and answered nationally where that is asked, while the board says that they wait, and
    before the scripts were compared or somebody said why not, and while somebody who handed nothing in waits for an
    answer to a request to sit a later window.
    Whose script there is an open question about waits: a second time releases what has been
    answered meanwhile, and else gives back what was released. Awards are issued by
    `awards.actions.release`, which calls this.
    """
    window = _locked(window)
    if window.state == WindowState.RELEASED:
        return _release_late(window, by=by, at=at) or list(queries.released_of(window).filter(number=1))
    queries.check_moderated(window)
    check_board(window)
    check_compared(window)
    hold_enrolments(window.sittings.values_list("enrolment", flat=True))
    check_deferrals_decided(window)  # nobody can ask meanwhile
    preview = queries.preview(window)
    if seen and seen != preview.fingerprint:
        raise Refused(
            "Results have changed since you looked at them, because credits or marks have. "
            "Look at the new figures, then release.",
            code="outcomes.changed",
        )
    outcomes = _write(window, preview.lines, at=at, released_by=by)
    if not window.task:
        _move_stages(window, {line.enrolment_id: line.evaluation for line in preview.lines})
    window.state = WindowState.RELEASED
    window.save(update_fields=["state"])
    audit.record(
        "results.released", window, by=by, at=at, passed=preview.passed, not_passed=preview.not_passed,
        missed=dict(preview.missed), held=preview.held,
    )  # fmt: skip
    _told(window, outcomes, by=by, at=at)
    return outcomes


def _release_late(window: Window, *, by: Any, at: datetime) -> list[Outcome]:
    """Release the results of a released window that were held by a question, which has been answered."""
    lines = queries.late_lines(window)
    if not lines:
        return []
    hold_enrolments(line.enrolment_id for line in lines)
    lines = queries.late_lines(window)
    outcomes = _write(window, lines, at=at, released_by=by)
    if not window.task:
        _move_stages(window, {line.enrolment_id: line.evaluation for line in lines})
    audit.record("results.released_late", window, by=by, at=at, results=len(outcomes))
    _told(window, outcomes, by=by, at=at)
    return outcomes


def _told(window: Window, outcomes: list[Outcome], *, by: Any, at: datetime) -> None:
    """Put released outcomes into each person's trail, tell them, and see what a task's result concludes."""
    audit.record_many(
        "outcome.released",
        {
            f"enrolment:{outcome.enrolment_id}": {
                "number": 1,
                **proving.told_of(outcome),
                **penalty_record(outcome),
            }
            for outcome in outcomes
        },
        by=by,
        at=at,
    )
    _tell_people(outcomes, at=at)
    follow(outcomes, by=by, at=at)
    if window.task:  # a task decides nothing alone: the version's checklist does
        conclude_all(enrolments=[one.enrolment_id for one in outcomes], by=by, at=at)


def penalty_record(outcome: Outcome) -> dict[str, int]:
    """What the trail keeps of marks that were taken off for too many words, with the sum before and after."""
    marks = queries.half_marks_of(outcome)
    if marks is None or not outcome.half_marks_off:
        return {}
    off = outcome.half_marks_off
    return {"earned_half_marks": marks.total, "half_marks_off": off, "half_marks": marks.total - off}


def hold_enrolments(ids: Iterable[int]) -> None:
    """Hold these enrolments until the transaction ends, in the order of their numbers.

    Nobody writes to their ledgers, stages or chains meanwhile, and what is read from now on is the latest.
    """
    for some in batched(sorted(set(ids)), AT_ONCE):
        held = Enrolment.objects.select_for_update(of=("self",)).filter(pk__in=some).order_by("pk")
        list(held.only("pk"))


def _locked(window: Window) -> Window:
    return (
        Window.objects.select_for_update(of=("self",))
        .select_related("case_study__scheme", "scheme")
        .get(pk=window.pk)
    )


def _write(window: Window, lines: list[Line], *, at: datetime, released_by: Any = None) -> list[Outcome]:
    """Write the outcomes of a window in place of provisional ones."""
    unmarked = [line.code for line in lines if _lacks_marks(line)]
    if unmarked:
        raise Refused(
            f"Script {unmarked[0]} has no agreed marks. Finish marking first.", code="outcomes.unmarked"
        )
    Outcome.objects.filter(window=window, task=window.task, released_at__isnull=True).delete()
    return Outcome.objects.bulk_create(
        (
            Outcome(
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
            for line in lines
        ),
        batch_size=AT_ONCE,
    )


def _lacks_marks(line: Line) -> bool:
    return line.half_marks is None and line.evaluation.attempt is Attempt.MARKED


def _move_stages(window: Window, evaluated: Mapping[int, Evaluation]) -> None:
    """Put enrolments where the results of a window bring them. Passed: awarded. Not passed: not achieved, unless
    another window decides. Held back: the stage stays, as there was no attempt.
    """
    awarded = [pk for pk, evaluation in evaluated.items() if evaluation.passed]
    short = {pk for pk, evaluation in evaluated.items() if not evaluation.passed}
    missed = [pk for pk in short if evaluated[pk].attempt is not Attempt.HELD_BACK]
    _set_stage(awarded, Stage.AWARDED)
    for some in batched(sorted(missed), AT_ONCE):
        elsewhere = decided_elsewhere(some, window)
        _set_stage([pk for pk in some if pk not in elsewhere], Stage.NOT_ACHIEVED)


def _set_stage(enrolment_ids: list[int], stage: Stage) -> None:
    for some in batched(sorted(enrolment_ids), AT_ONCE):
        Enrolment.objects.filter(pk__in=some).update(stage=stage)


def _tell_people(outcomes: Iterable[Outcome], *, at: datetime) -> None:
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
    mail.send_many("result_released", letters, at=at)


def _places_of(outcomes: list[Outcome]) -> dict[int, int]:
    """For results of a project task, by enrolment, the sitting on whose page each stands: a person may have several."""
    if not outcomes:
        return {}
    of_window = Sitting.objects.filter(window=outcomes[0].window_id).order_by()
    return dict(of_window.values_list("enrolment", "pk"))


@transaction.atomic
def correct(
    *,
    outcome: Outcome,
    reason: str,
    by: Any,
    at: datetime,
    half_marks: Totals | None = None,
    seen: str = "",
) -> Outcome:
    """Put a further outcome beside a released one, worked out from today's ledger and, if given, other marks.

    The first one stays as it was, and so does what became of the sitting: who was held back stays held back and
    keeps the stage, as does who passed another window, had a later one or is entered for one. Refuses without a
    reason, for an outcome that isn't released or has been corrected already, and marks without a script or beyond the
    scheme.
    `seen` is the headline that the office looked at: refuses if another one would follow by now. Awards follow by
    `awards.actions.correct`, which calls this.
    """
    enrolment = (
        Enrolment.objects.select_for_update(of=("self",))
        .select_related("version")
        .get(pk=outcome.enrolment_id)
    )
    if not reason.strip():
        raise Refused("Say why this result is corrected.", code="correction.reason", field="reason")
    before = latest(outcome)
    marks = queries.half_marks_of(outcome) if half_marks is None else half_marks
    evaluation = queries.evaluation_of(enrolment, outcome.window, marks)
    if seen and seen != evaluation.headline:
        raise Refused(
            "What follows has changed since you looked, because credits have. Look at it again, then correct.",
            code="correction.changed",
        )
    corrected = Outcome.objects.create(
        enrolment=enrolment,
        window=outcome.window,
        task=outcome.task,
        number=before.number + 1,
        result=evaluation.result,
        conditions=[condition.as_dict() for condition in evaluation.conditions],
        half_marks_learn_that=marks.learn_that if marks else None,
        half_marks_learn_how_to=marks.learn_how_to if marks else None,
        half_marks_off=evaluation.half_marks_off,
        computed_at=at,
        released_at=at,
        released_by=by,
    )
    if not outcome.task:
        _move_stages(outcome.window, {enrolment.pk: evaluation})
    audit.record(
        "outcome.corrected", enrolment, by=by, at=at, number=corrected.number, was=outcome.result, reason=reason,
        **proving.told_of(corrected), **penalty_record(corrected),
    )  # fmt: skip
    _tell_people([corrected], at=at)
    follow([corrected], by=by, at=at)
    if outcome.task:
        conclude(enrolment=enrolment, by=by, at=at, corrected=True)
    return corrected


def latest(outcome: Outcome) -> Outcome:
    """The released outcome, if it is the one that counts for its window and task; refuses one that is not."""
    same = Outcome.objects.filter(enrolment=outcome.enrolment_id, window=outcome.window_id, task=outcome.task)
    last = same.order_by("-number").first()
    if last is None or last.released_at is None:
        raise Refused("This result isn't released; nothing needs correcting.", code="correction.not_released")
    if last.pk != outcome.pk:
        raise Refused(
            "This result has been corrected already; correct the latest one.", code="correction.not_latest"
        )
    return last
