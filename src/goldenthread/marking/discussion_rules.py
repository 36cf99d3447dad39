"""A discussion of one script between its two markers: when there is one, what each may write, what it comes to.

Two markers whose marks don't agree see both sides, write to each other, and each answers once: by standing by their
marks or by changing some of them, with a reason at every point. What they gave first is kept and stays what their
reliability is counted by. No Django, no clock, no settings.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from goldenthread.common.refused import Refused, refuse
from goldenthread.marking.agreement_rules import Pair, Verdict, compare
from goldenthread.marking.rules import LONGEST_REASON, Marks, Scheme, Totals, mark_faults

AFTER = "after discussion"  # the method of an agreement
BY_OFFICE = "discussion ended by the office"  # why a script is referred
LEFT = "discussion ended without an answer"
LONGEST_MESSAGE = 2000  # characters
MOST_MESSAGES = 40  # of one marker in one discussion

Reasons = Mapping[int, str]  # by point number


def letter_of(position: int) -> str:
    """What a marker is called in a discussion, so that neither name nor rank has any weight: 1 is A, 2 is B."""
    return "AB"[position - 1]


@dataclass(frozen=True)
class Situation:
    """What decides whether a script whose marks don't agree is discussed before anybody else marks it."""

    asked: bool  # the window's policy says so
    held: bool = False  # these two have discussed it before
    third: bool = False  # a third marking is there, or given out
    moderated: bool = False  # the moderation of the window has begun, or its results are out
    able: bool = True  # both may mark in this window today, and neither has a conflict with the script


def may_open(situation: Situation) -> bool:
    """Whether two markers are invited. In doubt a third marker decides, as where nobody asked for discussions."""
    no = situation.held or situation.third or situation.moderated
    return situation.asked and situation.able and not no


# --- words -------------------------------------------------------------------------------------------
def check_message(text: str, *, written: int) -> None:
    """A message has words, and is no essay; nobody writes more than `MOST_MESSAGES` in one discussion."""
    if not text.strip():
        raise Refused("Write something first.", code="discussion.empty", field="text")
    if len(text) > LONGEST_MESSAGE:
        words = f"Shorten this to {LONGEST_MESSAGE:,} characters."
        raise Refused(words, code="discussion.long", field="text")
    if written >= MOST_MESSAGES:
        raise Refused(
            f"You have written {MOST_MESSAGES} messages here, which is as many as there can be. Answer below: change "
            "marks of yours, or stand by them.",
            code="discussion.many",
            field="text",
        )


# --- answers -----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Change:
    """One point that somebody marks otherwise than before, and why."""

    point: int
    was: int
    now: int
    reason: str


def changes(before: Marks, after: Marks, reasons: Reasons) -> tuple[Change, ...]:
    """The points at which marks differ, in order, each with its reason."""
    return tuple(
        Change(point, was or 0, after[point] or 0, reasons.get(point, "").strip())
        for point, was in sorted(before.items())
        if point in after and after[point] != was
    )


def answer_faults(scheme: Scheme, before: Marks, after: Marks, reasons: Reasons) -> list[Refused]:
    """Everything that is wrong with changed marks: what is wrong with any marks, a change without a reason, a reason
    without a change, a reason that is too long. The `field` of a reason is "why_<number>".
    """
    found = mark_faults(scheme, after, complete=True)
    for point in scheme.points:
        reason = reasons.get(point.number, "").strip()
        changed = after.get(point.number) != before.get(point.number)
        field = f"why_{point.number}"
        if changed and not reason:
            words = f"Say why you mark point {point.number} otherwise now."
            found.append(Refused(words, code="discussion.reason", field=field))
        if reason and not changed:
            words = f"The mark at point {point.number} is the same. Change it, or take this reason out."
            found.append(Refused(words, code="discussion.unchanged", field=field))
        if len(reason) > LONGEST_REASON:
            words = f"Shorten this to {LONGEST_REASON:,} characters."
            found.append(Refused(words, code="discussion.reason_long", field=field))
    return found


def check_answer(scheme: Scheme, before: Marks, after: Marks, reasons: Reasons, *, stand: bool) -> None:
    """Refuse an answer that says two things: standing by marks with others in the boxes, or changing nothing."""
    refuse(answer_faults(scheme, before, after, reasons))
    changed = changes(before, after, reasons)
    if stand and changed:
        points = ", ".join(str(one.point) for one in changed)
        raise Refused(
            f"You have other marks in the boxes ({points}). Put the earlier ones back to stand by them, or choose to "
            "change your marks.",
            code="discussion.both",
        )
    if not stand and not changed:
        raise Refused(
            "No mark is changed. Change at least one, or choose to stand by your marks.",
            code="discussion.nothing",
        )


def check_seen(seen: str, now: str) -> None:
    """Refuse an answer to what the other had written before they wrote more: it is read first."""
    if seen != now:
        raise Refused(
            "Your colleague has written or answered while you had this page open. Read it above; what you entered is "
            "still here. Then answer.",
            code="discussion.moved",
        )


# --- the end -----------------------------------------------------------------------------------------
def outcome(
    first: Totals, second: Totals, *, tolerance: int, pass_mark: int, pair: Pair = Pair.MEAN
) -> Verdict:
    """What a discussion comes to once it is over.

    `first` and `second` are what stands: the changed marks of who changed any. The same rule as before says whether
    they agree, and what the policy says stands of the `pair`; where they don't, a third marker decides.
    """
    found = compare(first, second, tolerance=tolerance, pass_mark=pass_mark, pair=pair)
    return replace(found, method=AFTER) if found.agreed else found


def check_end(reason: str) -> None:
    """The office says why it ends a discussion."""
    if not reason.strip():
        raise Refused("Say why it ends.", code="discussion.why", field="reason")
    if len(reason) > LONGEST_REASON:
        words = f"Shorten this to {LONGEST_REASON:,} characters."
        raise Refused(words, code="discussion.why_long", field="reason")


def is_over(until_on: date, today: date) -> bool:
    """Whether the last day for answering has passed."""
    return today > until_on


def apart_text(first: Totals, second: Totals, *, pass_mark: int) -> str:
    """How far two markers are from each other, in words."""
    marks = abs(first.total - second.total)
    words = f"{marks} mark{'' if marks == 1 else 's'} apart"
    if (first.total >= pass_mark) != (second.total >= pass_mark):
        words += ", on either side of the pass mark"
    return words


def is_to_remind(opened_on: date, until_on: date, day: date) -> bool:
    """Whether somebody who hasn't answered is to be reminded: on the day before the last one and on that, but not on
    the day on which they were invited.
    """
    return opened_on < day and until_on - timedelta(days=1) <= day <= until_on
