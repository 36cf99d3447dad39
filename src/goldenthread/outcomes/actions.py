"""Work outcomes out, release them all at once, correct one by a further outcome."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from goldenthread.applications.models import Enrolment
from goldenthread.assessment.models import Window
from goldenthread.common import audit
from goldenthread.common.refused import Refused
from goldenthread.common.writes import Writes, done_at_once
from goldenthread.engagement.together import batched
from goldenthread.marking.rules import Totals
from goldenthread.outcomes import preparing, proving, queries
from goldenthread.outcomes.achieving import conclude
from goldenthread.outcomes.following import follow
from goldenthread.outcomes.models import Outcome, PlannedRelease
from goldenthread.outcomes.preparing import move_stages, penalty_record, tell_people

AT_ONCE = 1000


def compute(*, window: Window, at: datetime) -> list[Outcome]:
    """Work out every outcome of a window whose moderation is signed off; unreleased ones are worked out anew.

    A released window keeps its outcomes: this gives them back unchanged. As with `release` it is worked out
    before its transaction.
    """
    return done_at_once(lambda: preparing.computed(window.pk, at=at), lock=lambda: _hold(window))


def release(
    *,
    window: Window,
    by: Any,
    at: datetime,
    seen: str = "",
    plan: PlannedRelease | None = None,
    also: preparing.Also | None = None,
) -> list[Outcome]:
    """Release every result of a window in one transaction; returns the outcomes (S0-40, S0-41).

    Outcomes are worked out anew, with their conditions frozen as they stand. `seen` is the fingerprint of the
    preview that the office looked at: refuses if the results have changed since. Refuses before the
    moderation is signed off, and answered nationally where that is asked, while the board says that they wait, and
    before the scripts were compared or somebody said why not, and while somebody who handed nothing in waits for an
    answer to a request to sit a later window.
    Whose script there is an open question about waits: a second time releases what has been
    answered meanwhile, by a preview of its own, and else gives back what was released. Awards are issued by
    `awards.actions.release`, which calls this with what it does `also`. A release ends the `plan` of its window; one
    that carries a plan out is refused if that no longer stands.

    Everything is worked out before the transaction, so that nobody else waits for that: it takes the locks, asks again
    whatever was read, and writes if that is the same. Else it is worked out anew; after some tries with the locks held.
    """
    return done_at_once(
        lambda: preparing.released(window.pk, by=by, at=at, seen=seen, also=also, plan=plan),
        lock=lambda: _hold(window),
    )


def _hold(window: Window) -> None:
    """Hold a window, and everybody in it, until the transaction ends."""
    Window.objects.select_for_update(of=("self",)).only("pk").get(pk=window.pk)
    hold_enrolments(window.sittings.values_list("enrolment", flat=True))


def hold_enrolments(ids: Iterable[int]) -> None:
    """Hold these enrolments until the transaction ends, in the order of their numbers.

    Nobody writes to their ledgers, stages or chains meanwhile, and what is read from now on is the latest.
    """
    for some in batched(sorted(set(ids)), AT_ONCE):
        held = Enrolment.objects.select_for_update(of=("self",)).filter(pk__in=some).order_by("pk")
        list(held.values_list("pk"))


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
    writes = Writes()
    if not outcome.task:
        move_stages(writes, outcome.window, {enrolment.pk: evaluation})
    audit.record(
        "outcome.corrected", enrolment, by=by, at=at, number=corrected.number, was=outcome.result, reason=reason,
        **proving.told_of(corrected), **penalty_record(corrected),
    )  # fmt: skip
    tell_people(writes, [corrected], at=at)
    writes.write()
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
