"""Appeal against a released result, check it, have the script marked again, decide, withdraw; and set the policy."""

import uuid
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from goldenthread.appeals import queries, rules
from goldenthread.appeals.models import Appeal, AppealPolicy
from goldenthread.appeals.rules import Grounds, State, Verdict
from goldenthread.awards import actions as awards
from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.common import audit, mail
from goldenthread.common.days import deadline_text
from goldenthread.common.meanwhile import decided_meanwhile
from goldenthread.common.refused import Refused
from goldenthread.marking import actions as marking
from goldenthread.marking.models import Marking, MarkingState
from goldenthread.marking.rules import Totals
from goldenthread.outcomes import queries as outcomes
from goldenthread.outcomes.actions import hold_enrolments
from goldenthread.outcomes.models import Outcome
from goldenthread.outcomes.rules import Evaluation

PARTICIPANT_READS = "The participant reads what stands, which is on this page."


@transaction.atomic
def set_policy(
    *, version: ProgrammeVersion, days: int, lowering: str, reason: str, by: Any, at: datetime
) -> AppealPolicy:
    """Record for how many days a version's results can be appealed, and whether they may go down.

    It holds for results that are released from now on; whoever has a result keeps the terms it came with. The same
    policy again gives the one that is there.
    """
    chosen = rules.check_terms(days, lowering)
    rules.check_reason(reason)
    version = ProgrammeVersion.objects.select_for_update(of=("self",)).get(pk=version.pk)
    known = queries.policies_of(version.pk).first()
    if known is not None and (known.days, known.lowering) == (days, chosen):
        return known
    made = AppealPolicy.objects.create(
        version=version, days=days, lowering=str(chosen), reason=reason.strip()[:2000], set_by=by, set_at=at
    )
    audit.record(
        "appeal_policy.set", f"version:{version.pk}", by=by, at=at, days=days, lowering=str(chosen),
        reason=made.reason,
    )  # fmt: skip
    return made


@transaction.atomic
def lodge(*, outcome: Outcome, grounds: str, statement: str, form_key: str, by: Any, at: datetime) -> Appeal:
    """The participant's appeal against their own released result; they get a mail that it has come. The same form is
    one appeal.

    Refuses a second appeal, one against a result that was corrected or came of an appeal, one after its days, unknown
    grounds, and no statement. The result and the award stay as they are meanwhile.
    """
    hold_enrolments([outcome.enrolment_id])
    known = Appeal.objects.filter(outcome=outcome, form_key=uuid.UUID(form_key)).first()
    if known is not None and (known.grounds, known.statement) == (grounds, statement.strip()):
        return known
    result = queries.appealed(outcome)
    rules.check_can_appeal(result, queries.terms_of(outcome), at=at, zone=settings.TIME_ZONE)
    chosen = rules.check_statement(grounds, statement, marked=result.marked)
    made = Appeal.objects.create(
        outcome=outcome,
        form_key=uuid.UUID(form_key),
        grounds=str(chosen),
        statement=statement.strip(),
        lodged_at=at,
    )
    _record("appeal.lodged", made, by=by, at=at, grounds=made.grounds)
    _tell("appeal_lodged", made, at=at)
    return made


@transaction.atomic
def withdraw(*, appeal: Appeal, by: Any, at: datetime) -> Appeal:
    """The participant takes an appeal back that is not decided; it was their one appeal. Twice is harmless."""
    held = _held(appeal)
    if held.state == State.WITHDRAWN:
        return held
    rules.check_withdraw(held.state)
    held.state, held.withdrawn_at = State.WITHDRAWN, at
    held.save(update_fields=["state", "withdrawn_at"])
    script = queries.script_of(held.outcome)
    if script is not None and held.remark_position is not None:
        marking.call_off_remark(script=script, position=held.remark_position, by=by, at=at)
    _record("appeal.withdrawn", held, by=by, at=at)
    _tell("appeal_withdrawn", held, at=at)
    return held


@transaction.atomic
def check(*, appeal: Appeal, admit: bool, reason: str, by: Any, at: datetime) -> Appeal:
    """Say whether an appeal is admitted, with the reason that the participant reads. Saying the same twice is harmless.

    Where the marking is questioned, the script goes to a re-marker at once; while nobody is free it waits.
    """
    held = _held(appeal)
    state = State.ADMITTED if admit else State.NOT_ADMITTED
    said = (by.pk, state, reason.strip())
    if said == (held.checked_by_id, held.state, held.check_reason):
        return held
    if held.state in (State.ADMITTED, State.NOT_ADMITTED):
        raise decided_meanwhile(
            "admitted this appeal" if held.state == State.ADMITTED else "did not admit this appeal", by=by,
            who=held.checked_by, at=held.checked_at or at, code="appeal.moved", then=PARTICIPANT_READS,
        )  # fmt: skip
    rules.check_check(held.state, by=by.pk, participant=held.outcome.enrolment.user_id)
    rules.check_reason(reason)
    held.state, held.checked_by, held.checked_at, held.check_reason = state, by, at, reason.strip()
    held.save(update_fields=["state", "checked_by", "checked_at", "check_reason"])
    _record(f"appeal.{state}", held, by=by, at=at, reason=held.check_reason)
    if admit and held.grounds == Grounds.MARKING:
        _remark(held, by=by, at=at)
    _tell("appeal_step", held, at=at)
    return held


@transaction.atomic
def order_remark(*, appeal: Appeal, by: Any, at: datetime) -> Marking:
    """Have the script of an admitted appeal marked once more, blind; a second time gives the re-mark that is there.

    Refuses while nobody is free who neither marked, moderated nor knows the author.
    """
    held = _held(appeal)
    rules.check_not_own(by=by.pk, participant=held.outcome.enrolment.user_id)
    rules.check_remark(held.state, marked=queries.script_of(held.outcome) is not None)
    made = _remark(held, by=by, at=at)
    if made is None:
        raise Refused(
            "No marker is free for this script. Give the marker role to somebody outside the office who neither "
            "marked it nor teaches or knows its author, then appoint again.",
            code="appeal.nobody_free",
        )
    return made


def _remark(held: Appeal, *, by: Any, at: datetime) -> Marking | None:
    script = queries.script_of(held.outcome)
    if script is None:
        return None
    if held.remark_position is None:
        held.remark_position = queries.next_position(script)
        held.save(update_fields=["remark_position"])
    known = queries.remark_of(held)
    made = known or marking.appoint_remark(script=script, position=held.remark_position, by=by, at=at)
    if made is not None and known is None:
        _record("appeal.remark_ordered", held, by=by, at=at, marker=made.marker_id)
    return made


@transaction.atomic
def decide(
    *, appeal: Appeal, verdict: str, reason: str, by: Any, at: datetime, remedy: str = "", seen: str = ""
) -> Appeal:
    """Decide an admitted appeal, with the reasons that the participant reads; the same decision twice is one.

    A changed result is a further outcome: by the marks of the re-mark where there is one, and the credits of today;
    the award follows. The earlier outcome, its marks and the markings stay as they are. Refuses who had any part in
    the result, a decision before the re-mark is in, a change to the same, one below the released result unless the
    policy of its release allows it, and, where a change would come to something else than was `seen`, until it is
    looked at again.
    """
    held = _held(appeal)
    said = (by.pk, verdict, reason.strip())
    if held.state == State.DECIDED and said == (held.decided_by_id, held.verdict, held.decision_reason):
        return held
    if held.state == State.DECIDED:
        raise decided_meanwhile(
            f"decided this appeal ({held.get_verdict_display()})", by=by, who=held.decided_by,
            at=held.decided_at or at, code="appeal.moved", then=PARTICIPANT_READS,
        )  # fmt: skip
    remark = queries.remark_of(held)
    remarked = remark is not None and remark.state == MarkingState.SUBMITTED
    chosen = rules.check_decision(
        held.state, verdict, grounds=held.grounds, remarked=remarked,
        remark_open=held.remark_position is not None and not remarked, remedy=remedy,
    )  # fmt: skip
    rules.check_decider(
        by=by.pk, participant=held.outcome.enrolment.user_id, parts=queries.parts_in(held.outcome, by.pk)
    )
    rules.check_reason(reason)
    new = _changed(held, reason, by=by, at=at, seen=seen) if chosen is Verdict.CHANGED else None
    held.state, held.verdict, held.new_outcome = State.DECIDED, str(chosen), new
    held.remedy = remedy.strip() if chosen is Verdict.UPHELD else ""
    held.decision_reason, held.decided_by, held.decided_at = reason.strip(), by, at
    held.save()
    _record(
        "appeal.decided", held, by=by, at=at, verdict=held.verdict, outcome=new.pk if new else None,
        reason=held.decision_reason, remedy=held.remedy,
    )  # fmt: skip
    _tell("appeal_step", held, at=at)
    return held


@transaction.atomic
def carry_out(*, appeal: Appeal, done: str, by: Any, at: datetime) -> Appeal:
    """Record that what was promised instead of another result has been done, and how; the participant reads it.

    Refuses without words, where nothing was promised, and another record after the first; the same form twice is one.
    """
    held = _held(appeal)
    if (held.remedy_done, held.remedy_done_by_id) == (done.strip(), by.pk):
        return held
    if held.remedy_done_at is not None:
        raise decided_meanwhile(
            "recorded what was done", by=by, who=held.remedy_done_by, at=held.remedy_done_at,
            code="appeal.moved", then=PARTICIPANT_READS,
        )  # fmt: skip
    rules.check_remedy(held.verdict, remedy=held.remedy, done=done)
    held.remedy_done, held.remedy_done_by, held.remedy_done_at = done.strip(), by, at
    held.save(update_fields=["remedy_done", "remedy_done_by", "remedy_done_at"])
    _record("appeal.remedy_done", held, by=by, at=at, done=held.remedy_done)
    _tell("appeal_step", held, at=at, step="remedy")
    return held


def what_follows(appeal: Appeal, remark: Marking | None = None) -> tuple[Evaluation, Totals | None]:
    """What a changed result would come to: by the re-mark where it is in, else the marks that stand, and the credits of
    today. Raises what `decide` would refuse about it. The `remark` is loaded unless it is given.
    """
    now = queries.standing_for(appeal)
    remark = remark or queries.remark_of(appeal)
    marks = outcomes.half_marks_of(now)
    if remark is not None and remark.state == MarkingState.SUBMITTED:
        marks = Totals(2 * (remark.learn_that or 0), 2 * (remark.learn_how_to or 0))
    evaluation = outcomes.evaluation_of(appeal.outcome.enrolment, appeal.outcome.window, marks)
    before = rules.Result(now.result == "passed", _counts(outcomes.half_marks_of(now), now.half_marks_off))
    after = rules.Result(evaluation.passed, _counts(marks, evaluation.half_marks_off))
    rules.check_change(before, after, queries.terms_for(appeal).lowering)
    return evaluation, marks


def _changed(held: Appeal, reason: str, *, by: Any, at: datetime, seen: str) -> Outcome:
    _, marks = what_follows(held)
    return awards.correct(
        outcome=queries.standing_for(held),
        reason=f"Appeal: {reason.strip()}",
        by=by,
        at=at,
        half_marks=marks,
        seen=seen,
    )


def _counts(marks: Totals | None, off: int) -> int | None:
    """The half marks that count: what was earned, less what too many words cost."""
    return marks.total - off if marks else None


def _held(appeal: Appeal) -> Appeal:
    """The appeal, locked after its enrolment: of two who decide at once the second sees what the first did."""
    enrolment = Appeal.objects.values_list("outcome__enrolment", flat=True).get(pk=appeal.pk)
    hold_enrolments([enrolment])
    return (
        Appeal.objects.select_for_update(of=("self",))
        .select_related(
            "outcome__enrolment__user", "outcome__enrolment__version__programme",
            "outcome__window__case_study__scheme", "outcome__window__scheme",
        )
        .get(pk=appeal.pk)
    )  # fmt: skip


def _record(verb: str, appeal: Appeal, *, by: Any, at: datetime, **details: Any) -> None:
    subject = f"enrolment:{appeal.outcome.enrolment_id}"
    audit.record(verb, subject, by=by, at=at, appeal=appeal.pk, **details)


def _tell(template: str, appeal: Appeal, *, at: datetime, step: str = "") -> None:
    """Tell the participant that an appeal has come, or that there is something to read; what it says stays inside."""
    enrolment = appeal.outcome.enrolment
    mail.send(
        template,
        to=enrolment.user.email,
        key=f"{template}:{appeal.pk}:{step or appeal.state}",
        at=at,
        name=enrolment.user.get_short_name(),
        programme=enrolment.version.programme.code,
        outcome=appeal.outcome_id,
        until=deadline_text(queries.until_of(appeal.outcome), str(settings.TIME_ZONE)),
    )
