"""Moderation: what may be decided about sampled scripts, by whom, and when a round is signed off (S1-32).

Which scripts are sampled is in `sampling.py`.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from goldenthread.common.days import day_text, deadline_text
from goldenthread.common.refused import Refused
from goldenthread.marking.rules import LONGEST_TEXT, Totals


def check_finished(unfinished: Sequence[str]) -> None:
    """A round begins when every script has its marks; `unfinished` says what is missing, script by script."""
    if not unfinished:
        return
    shown = "; ".join(unfinished[:5]) + (f"; and {len(unfinished) - 5} more" if len(unfinished) > 5 else "")
    verb = "script is" if len(unfinished) == 1 else "scripts are"
    raise Refused(
        f"{len(unfinished)} {verb} not finished: {shown}. Open moderation when all are marked.",
        code="moderation.unfinished",
    )


def check_share(given: int | None, *, drawn: int) -> None:
    """Of a sample that is drawn the share stays what it was, also for what came in later."""
    if given not in (None, drawn):
        raise Refused(
            f"The sample of this window was drawn with {drawn} % of its scripts by lot, and what comes in later is "
            "drawn by the same rules. Draw it without a share of its own.",
            code="moderation.share",
        )


def check_not_overtaken(until: datetime | None, scripts: int, *, zone: str) -> None:
    """A sample speaks for the scripts that there were when nobody could hand in any more. `until` is the last deadline
    where more time was given afterwards, `scripts` how many came in that it wasn't drawn from.
    """
    if scripts:
        came = "1 script" if scripts == 1 else f"{scripts} scripts"
        raise Refused(
            f"{came} came in after the sample was drawn. Once every script has its marks, a moderator draws the sample "
            "again, under Moderation; until it is signed off the results are provisional.",
            code="moderation.overtaken",
        )
    if until is not None:
        raise Refused(
            f"After the sample was drawn more time was given, until {deadline_text(until, zone)}. A moderator draws "
            "the sample again after that, under Moderation; until it is signed off the results are provisional.",
            code="moderation.overtaken",
        )


def check_agreed(code: str, *, agreed: bool) -> None:
    """A script of the sample waits while it is marked anew, as marks of it were set aside."""
    if not agreed:
        raise Refused(
            f"{code} is being marked again, since marks of it were set aside. Go on with another script; this one is "
            "here again once its marks are agreed.",
            code="moderation.marked_anew",
        )


def check_can_set_aside(code: str, *, signed_off: bool, released: bool) -> None:
    """Marks are set aside as long as the moderation of their window isn't signed off."""
    if released:
        raise Refused(
            f"The results of this window are released, so marks for {code} can't be set aside. Correct the result on "
            "the person's page instead.",
            code="set_aside.released",
        )
    if signed_off:
        raise Refused(
            f"The moderation of this window is signed off, so marks for {code} can't be set aside. After the release "
            "the result can be corrected on the person's page.",
            code="set_aside.signed_off",
        )


def check_moderator(*, moderator: int, markers: Iterable[int], in_conflict: bool) -> None:
    """Nobody moderates what they marked, or the work of somebody they teach, coach or work with."""
    if moderator in set(markers):
        raise Refused(
            "You marked this script yourself; another moderator must look at it.", code="moderation.marked_it"
        )
    if in_conflict:
        raise Refused(
            "You know the author of this script from your work with them; another moderator must look at it.",
            code="moderation.conflict",
        )


NAMED = (
    "You named somebody whose work you can't judge, and the programme office hasn't said yet who is meant. It could be "
    "the author of any script, so you begin none until it has, in this window or another; what you saved waits. You "
    "can decide on scripts that you gave your marks for. Ask the office if it takes long, or take back what you named "
    "by mistake."
)


def check_looked_at(waiting: int | bool) -> None:
    """Nobody begins a script before the office has said whom they named: it could be of one of these."""
    if waiting:
        raise Refused(NAMED, code="moderation.named")


def check_can_declare(code: str, *, decided: bool, own: bool) -> None:
    """A conflict of interest is declared before the decision; afterwards only the office can help."""
    if decided and own:
        raise Refused(
            f"You have decided on {code} already. Write to the programme office before the round is signed "
            f"off, name {code} and what stands in the way; they decide what becomes of the decision.",
            code="conflict.decided",
        )
    if decided:
        raise Refused(
            f"Somebody else has decided on {code}: there is nothing left for you to do.", code="conflict.done"
        )


def far_apart(own: Totals, agreed: Totals, *, tolerance: int, pass_mark: int) -> bool:
    """Whether a moderator's own marks are across the pass mark from the agreed ones, which are in half marks, or more
    than the tolerance away: then two markers would not have agreed either.
    """
    apart = abs(2 * own.total - agreed.total) > 2 * tolerance
    return apart or (own.total >= pass_mark) != (agreed.total >= 2 * pass_mark)


def check_decision(
    *, decision: str, own: Totals | None, marks: Totals | None, maxima: Totals, note: str, far: bool
) -> None:
    """Confirm or adjust, after one's own blind marks are in; an adjustment carries half marks in range and a
    note. To confirm is to put no other marks, and asks for a reason where one's own marks are `far_apart`.
    """
    if own is None:
        raise Refused(
            "Enter your own marks first; then the markers' are shown.", code="moderation.blind_first"
        )
    if decision not in ("confirmed", "adjusted"):
        raise Refused(
            "Choose whether the marks stand or others take their place.",
            code="moderation.choose",
            field="decision",
        )
    if len(note) > LONGEST_TEXT:
        raise Refused(
            f"Shorten this to {LONGEST_TEXT:,} characters.", code="moderation.too_long", field="note"
        )
    if decision == "confirmed":
        _check_confirmed(marks, note, far=far)
        return
    if marks is None:
        raise Refused("Enter the other marks, both of them.", code="moderation.marks", field="learn_that")
    for field, given, most in (
        ("learn_that", marks.learn_that, maxima.learn_that),
        ("learn_how_to", marks.learn_how_to, maxima.learn_how_to),
    ):
        if not 0 <= given <= most:
            raise Refused(f"Enter 0 to {most // 2} marks here.", code="moderation.out_of_range", field=field)
    if not note.strip():
        raise Refused("Say why other marks take their place.", code="moderation.note", field="note")


def _check_confirmed(marks: Totals | None, note: str, *, far: bool) -> None:
    if marks is not None:
        raise Refused(
            "You entered other marks and chose that the agreed ones stand. Choose that other marks take their place, "
            "or empty the boxes.",
            code="moderation.both",
            field="decision",
        )
    if far and not note.strip():
        raise Refused(
            "Your own marks are on the other side of the pass mark, or further from the agreed ones than two markers "
            "may be. Say why the agreed marks stand all the same.",
            code="moderation.why_confirmed",
            field="note",
        )


def check_sign_off(open_codes: Sequence[str]) -> None:
    """A round is signed off when every script of the sample is decided."""
    if open_codes:
        shown = ", ".join(sorted(open_codes)[:5]) + (" and more" if len(open_codes) > 5 else "")
        raise Refused(
            f"{len(open_codes)} of the sample {'is' if len(open_codes) == 1 else 'are'} still open: {shown}. "
            "Decide on every script, then sign off.",
            code="moderation.open",
        )


def check_batches(states: Iterable[str]) -> None:
    """No batch waits for a second person, and what went back to marking has been sampled anew."""
    waiting = set(states)
    if "proposed" in waiting:
        raise Refused(
            "Somebody proposed that a batch is marked anew. Agree or refuse first, then sign off.",
            code="moderation.batch_proposed",
        )
    if "done" in waiting:
        raise Refused(
            "A batch went back to marking and isn't sampled anew. Sample it once its marks are in, then sign off.",
            code="moderation.batch_open",
        )


def check_shifts(proposed: bool) -> None:
    """No shift waits for a second person."""
    if proposed:
        raise Refused(
            "Somebody proposed that a marker's batch is shifted. Agree or refuse first, then sign off.",
            code="moderation.shift_proposed",
        )


def check_drift(*, stops: int, seeds: int, until: date | None) -> None:
    """Whether markers drift is answered before the sign-off, after which no marks can be set aside: nobody whom seeds
    stopped waits for a decision, and the scripts that are still with their markers, which are seeds since all others
    have agreed marks, are marked or overdue.
    """
    if stops:
        who = "1 marker is" if stops == 1 else f"{stops} markers are"
        raise Refused(
            f"{who} stopped in this window, and the programme office hasn't decided whether their marks stand. Sign "
            "off once it has.",
            code="moderation.stop",
        )
    if seeds and until is not None:
        count = "1 script of this window is" if seeds == 1 else f"{seeds} scripts of this window are"
        raise Refused(
            f"{count} still with markers, who have time until {day_text(until)}: what they give can put other marks in "
            "doubt. Sign off once they are in, or after that day.",
            code="moderation.seeds",
        )


def check_marked_anew(unfinished: Sequence[str]) -> None:
    """Every script of the window has its marks again; `unfinished` says what is missing, script by script."""
    if unfinished:
        raise Refused(
            f"{len(unfinished)} {'script is' if len(unfinished) == 1 else 'scripts are'} being marked anew: "
            f"{'; '.join(unfinished[:5])}. Sign off once the marks are in.",
            code="moderation.marked_anew",
        )


# --- batches that are marked anew ------------------------------------------------------------------------
LONGEST_REASON = 1000  # characters


def check_reason(reason: str, *, what: str) -> None:
    """A reason is given, in at most 1,000 characters."""
    if not reason.strip():
        raise Refused(f"Say why {what}.", code="batch.reason", field="reason")
    if len(reason) > LONGEST_REASON:
        raise Refused(
            f"Shorten this to {LONGEST_REASON:,} characters.", code="batch.too_long", field="reason"
        )


def check_batch(*, signed_off: bool, waits: bool, markings: int, own: bool, refusing: bool = False) -> None:
    """A batch of submitted marks goes back to marking while the round is open, and never by whose marks they are.

    Who is `refusing` a proposal can do so also when its marks are gone, since it would hold the sign-off for ever.
    """
    if signed_off:
        raise Refused("This round is signed off; nothing in it can be changed.", code="batch.signed_off")
    if waits:
        raise Refused("A batch waits for a second person already: decide that one first.", code="batch.waits")
    if not markings and not refusing:
        raise Refused(
            "No submitted marks are meant by this. Choose another marker or point; for a proposal whose marks are "
            "gone, say no.",
            code="batch.empty",
            field="marker",
        )
    if own:
        raise Refused(
            "Marks of yours are among these, so somebody else has to say it.",
            code="batch.own",
            field="marker",
        )


def check_second(*, by: int, first: int) -> None:
    """Whoever agrees is not who proposed."""
    if by == first:
        raise Refused(
            "You proposed this yourself; a second person decides. You can take it back.",
            code="batch.same_person",
        )
