"""What two markers whose marks don't agree do about a script: write to each other, answer, and what it comes to."""

import uuid
from datetime import datetime
from typing import Any

from django.db import transaction

from goldenthread.assessment.models import Script, Window
from goldenthread.common import audit, mail
from goldenthread.common.meanwhile import decided_meanwhile
from goldenthread.common.refused import Refused
from goldenthread.marking import (
    agreement_rules,
    discussion_mails,
    discussion_queries,
    discussion_rules,
    quality_queries,
    queries,
    rules,
    settling,
)
from goldenthread.marking.appointing import appoint, locked_script
from goldenthread.marking.discussion_models import (
    Cause,
    Discussion,
    DiscussionAnswer,
    DiscussionMessage,
    Ending,
    MarkChange,
)
from goldenthread.marking.models import Marking
from goldenthread.people.models import User

# After these nobody asks whether the marks agree by now: who gave them is in doubt, or the office has decided.
_TO_A_THIRD = {
    Cause.OFFICE: discussion_rules.BY_OFFICE,
    Cause.CONFLICT: discussion_rules.LEFT,
    Cause.STOPPED: discussion_rules.LEFT,
}


@transaction.atomic
def write_message(*, discussion: Discussion, text: str, form_key: str, by: User, at: datetime) -> bool:
    """Add what one of the two writes; whether it is kept. The same form twice is one message.

    Nothing is kept where the discussion is over, or ends now because it can't go on. Refuses an empty or long text,
    more messages than there may be, and everybody but the two. The other gets one mail until they write themselves.
    """
    script, held = _locked(discussion)
    position = _position(held, by)
    known = DiscussionMessage.objects.filter(form_key=form_key).first()
    if known is not None and (known.discussion_id, known.by_id, known.text) == (held.pk, by.pk, text.strip()):
        return True
    if known is not None:
        raise Refused(
            "This form was already sent, with other words: they stand below. Copy what you wrote, load this page again "
            "and send it there.",
            code="form.sent",
            field="text",
        )
    if not _goes_on(held, script, at=at):
        return False
    written = held.messages.order_by().values_list("position", flat=True)
    counts = {place: list(written).count(place) for place in (1, 2)}
    discussion_rules.check_message(text, written=counts[position])
    DiscussionMessage.objects.create(
        discussion=held, position=position, by=by, text=text.strip(), at=at, form_key=uuid.UUID(str(form_key))
    )
    audit.record(
        "discussion.written", script, by=by, at=at, discussion=held.pk, position=position,
        characters=len(text.strip()),
    )  # fmt: skip
    _tell_other(held, script, position, what="wrote", turn=str(counts[3 - position]), at=at)
    return True


@transaction.atomic
def answer(
    *,
    discussion: Discussion,
    marks: rules.Marks,
    reasons: discussion_rules.Reasons,
    stand: bool,
    seen: str,
    by: User,
    at: datetime,
) -> bool:
    """Answer for oneself: stand by one's marks, or change some, each with a reason; whether it is kept. With the second
    answer the discussion ends: the marks agree by the same rule as before, or a third marker gets the script.

    One answers once; the same again is harmless, and another one refused. `seen` is what was on the page of the other:
    refuses where there is more by now. Refuses marks out of range and changes without reasons, all at once. Nothing is
    kept where the discussion is over. What was given first stays in the marking for good.
    """
    script, held = _locked(discussion)
    position = _position(held, by)
    known = DiscussionAnswer.objects.filter(discussion=held, position=position).first()
    after = {number: mark for number, mark in marks.items() if mark is not None}
    if known is not None:
        if known.marks == _kept(after):
            return True
        raise Refused("You have answered already, and an answer stays as it is.", code="discussion.answered")
    if not _goes_on(held, script, at=at):
        return False
    talk = discussion_queries.talk_of(held)
    if talk is None:
        raise Refused("Marks of this script were set aside. Nothing is left to do.", code="discussion.fell")
    marking = talk.sides[position].marking
    scheme = _scheme(script)
    before = queries.marks_of(marking)
    discussion_rules.check_seen(seen, talk.seen_by(position))
    discussion_rules.check_answer(scheme, before, marks, reasons, stand=stand)
    made = _keep_answer(held, marking, position, scheme, after, by=by, at=at)
    changed = discussion_rules.changes(before, after, reasons)
    MarkChange.objects.bulk_create(
        MarkChange(answer=made, point=one.point, was=one.was, now=one.now, reason=one.reason)
        for one in changed
    )
    audit.record(
        "discussion.answered", script, by=by, at=at, discussion=held.pk, position=position,
        learn_that=made.learn_that, learn_how_to=made.learn_how_to,
        changes=[{"point": one.point, "was": one.was, "now": one.now, "reason": one.reason} for one in changed],
    )  # fmt: skip
    if talk.sides[3 - position].answer is not None:
        _end(held, script, Cause.ANSWERED, at=at)
    _tell_other(held, script, position, what="answered", at=at)
    return True


def _keep_answer(
    held: Discussion,
    marking: Marking,
    position: int,
    scheme: rules.Scheme,
    after: rules.Marks,
    *,
    by: User,
    at: datetime,
) -> DiscussionAnswer:
    totals = rules.totals(scheme, after)
    return DiscussionAnswer.objects.create(
        discussion=held, position=position, by=by, marking=marking.pk, marks=_kept(after),
        learn_that=totals.learn_that, learn_how_to=totals.learn_how_to, at=at,
    )  # fmt: skip


@transaction.atomic
def end_by_office(*, discussion: Discussion, reason: str, by: Any, at: datetime) -> Discussion:
    """Let a third marker decide a script now, with a reason; the same form twice is once. Refuses a discussion that has
    ended, be it by somebody else's word, and one's own. One whose time is over, or that can't go on, ends as its
    answers are: see its `ending`.
    """
    script, held = _locked(discussion)
    if held.ending:
        if held.cause == Cause.OFFICE and (held.ended_by, held.reason) == (by, reason.strip()):
            return held
        if held.cause == Cause.OFFICE and held.ended_at:
            raise decided_meanwhile(
                "ended this discussion", by=by, who=held.ended_by, at=held.ended_at, code="discussion.ended"
            )
        raise Refused(
            f"This discussion has ended meanwhile: {held.get_cause_display()}. Look at the list again.",
            code="discussion.ended",
        )
    if held.position_of(getattr(by, "pk", 0)) is not None:
        raise Refused("Somebody else has to decide about your own marks.", code="discussion.own")
    discussion_rules.check_end(reason)
    if not _goes_on(held, script, at=at):
        return held
    return _end(held, script, Cause.OFFICE, reason=reason.strip(), by=by, at=at)


@transaction.atomic
def end_if_due(*, discussion: Discussion, at: datetime) -> bool:
    """End a discussion that can't go on, as answers are by then; whether it is over."""
    script, held = _locked(discussion)
    return not _goes_on(held, script, at=at)


# --- inside --------------------------------------------------------------------------------------------
def _locked(discussion: Discussion) -> tuple[Script, Discussion]:
    """The script, whose row is locked first as everywhere in marking, and the discussion as it is now."""
    script = locked_script(discussion.script_id)
    held = Discussion.objects.select_for_update(of=("self",)).get(pk=discussion.pk)
    held.script = script
    return script, held


def _position(held: Discussion, by: User) -> int:
    position = held.position_of(by.pk)
    if position is None:
        raise Refused("This discussion is between two others.", code="discussion.not_yours")
    return position


def _goes_on(held: Discussion, script: Script, *, at: datetime) -> bool:
    """Whether a discussion is open; one that can't go on is ended here."""
    if held.ending:
        return False
    cause = discussion_queries.causes([held], at=at).get(held.pk)
    if cause is None:
        return True
    _end(held, script, cause, at=at)
    return False


def _scheme(script: Script) -> rules.Scheme:
    window = Window.objects.select_related("case_study__scheme", "scheme").get(pk=script.sitting.window_id)
    return queries.scheme_of(window)


def _end(
    held: Discussion, script: Script, cause: Cause, *, at: datetime, reason: str = "", by: Any = None
) -> Discussion:
    """End a discussion whose row and script are locked: what it came to is written, or a third marker appointed."""
    verdict = None if cause is Cause.REPLACED else _verdict(held, script, cause)
    if verdict is None:
        held.ending = Ending.FELL
    else:
        held.ending = Ending.AGREED if verdict.agreed else Ending.THIRD
    held.cause, held.reason, held.ended_by, held.ended_at = cause, reason, by, at
    held.save(update_fields=["ending", "cause", "reason", "ended_by", "ended_at"])
    audit.record(
        "discussion.ended", script, by=by, at=at, discussion=held.pk, ending=held.ending, cause=held.cause,
        reason=reason,
    )  # fmt: skip
    if cause is not Cause.ANSWERED:
        discussion_mails.tell_over([held], at=at)
    if verdict is None:
        return held
    settling.write({script.pk: verdict}, at=at)
    if verdict.agreed:
        _revise(held)
    else:
        appoint(script, 3, by=None, at=at)
    return held


def _verdict(held: Discussion, script: Script, cause: Cause) -> agreement_rules.Verdict | None:
    """What the two come to as their answers are; None where one of the markings is gone."""
    if cause in _TO_A_THIRD:
        return agreement_rules.Verdict(False, _TO_A_THIRD[cause])
    talk = discussion_queries.talk_of(held)
    if talk is None:
        return None
    scheme = _scheme(script)
    policy = quality_queries.policy_of(script.sitting.window_id)
    return discussion_rules.outcome(
        talk.sides[1].now, talk.sides[2].now,
        tolerance=policy.within(scheme.tolerance), pass_mark=scheme.pass_mark, pair=policy.pair,
    )  # fmt: skip


def _revise(held: Discussion) -> None:
    """Let the changed marks stand in place of those that were given first, which stay beside them."""
    for one in DiscussionAnswer.objects.filter(discussion=held, changes__isnull=False).distinct():
        Marking.objects.filter(pk=one.marking).update(
            revised=one.marks, revised_learn_that=one.learn_that, revised_learn_how_to=one.learn_how_to
        )


def _kept(marks: rules.Marks) -> dict[str, int]:
    return {str(number): mark for number, mark in sorted(marks.items()) if mark is not None}


def _tell_other(
    held: Discussion, script: Script, position: int, *, what: str, turn: str = "", at: datetime
) -> None:
    """A mail to the other: one about an answer, and one about messages for each time that they wrote themselves."""
    other = User.objects.get(pk=held.second_marker_id if position == 1 else held.first_marker_id)
    mail.send(
        f"discussion_{what}", to=other.email, key=f"discussion-{what}:{held.pk}:{other.pk}:{turn}", at=at,
        name=other.get_short_name(), code=script.sitting.code, number=held.pk,
        letter=discussion_rules.letter_of(position), over=bool(held.ending),
    )  # fmt: skip
