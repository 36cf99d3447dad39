"""The name that a certificate bears: what can stand on it, who may say it and until when. No Django, no clock.

`docs/rules/awards.md` says the same in words.
"""

import unicodedata
from datetime import timedelta

from goldenthread.common.refused import Refused

LONGEST_NAME = 120  # characters; the certificate sets so many on two lines
LONGEST_WORDS = 2000  # of what is wrong, of what proves it, of a reason
MOST_MARKS = 4  # signs above and below one letter: no script stacks more in a name
# Before a window closes. Two weeks are time to ask the office about a spelling; before it opens nobody thinks of it.
REMIND_BEFORE = timedelta(days=14)
REMIND_UNTIL = timedelta(
    days=90
)  # after it closed: marking takes weeks, and a window from before that is forgotten

JOINERS = "\u200c\u200d"  # with which Persian and the scripts of India spell
_REFUSED = {
    "Cc": "a control character",
    "Cf": "a sign without a shape, such as one that turns the direction of writing",
    "Cs": "half a character",
    "Co": "a sign that every computer shows differently",
    "Cn": "a sign that doesn't exist",
    "So": "a picture or a symbol",
    "Sm": "a sign of mathematics",
    "Sc": "a sign of money",
}


def check_holder_name(text: str) -> str:
    """The name in its composed form (NFC), in one line, with single spaces; any script is welcome.

    Refuses nothing, more than 120 characters, what has no letter, and signs that can't be printed or would change how
    the rest reads: control characters, overrides of the direction of writing and other signs without a shape,
    symbols, and more signs upon one letter than any script has.
    """
    spaced = "".join(" " if c.isspace() else c for c in text[: LONGEST_NAME * 20])
    clean = unicodedata.normalize("NFC", " ".join(spaced.split()))
    if not clean:
        raise _no("Give the name as the certificate shall spell it.", "missing")
    if len(clean) > LONGEST_NAME:
        raise _no(
            f"Shorten the name to {LONGEST_NAME} characters: more doesn't fit on a certificate.", "long"
        )
    for sign in clean:
        what = _REFUSED.get(unicodedata.category(sign))
        if what and sign not in JOINERS:
            raise _no(
                f"This name holds {what} (U+{ord(sign):04X}), and that can't be printed. Type it anew instead of "
                "copying it.",
                "sign",
            )
    if not any(sign.isalpha() for sign in clean):
        raise _no("A name has letters: give it as the certificate shall spell it.", "letters")
    if _marks_in_a_row(clean) > MOST_MARKS:
        raise _no("Too many signs stand upon one letter of this name. Type it anew.", "marks")
    return clean


def _no(message: str, what: str) -> Refused:
    return Refused(message, code=f"holder_name.{what}", field="name")


def _marks_in_a_row(text: str) -> int:
    longest = here = 0
    for sign in text:
        here = here + 1 if unicodedata.category(sign) in ("Mn", "Me") else 0
        longest = max(longest, here)
    return longest


def check_may_confirm(*, own: bool, booked: bool, withdrawn: bool, had_award: bool) -> None:
    """Somebody confirms their own name, from when a window is booked until the award is issued."""
    if not own:
        raise Refused("Only the participant confirms how their name is spelt.", code="holder_name.not_yours")
    if had_award:
        raise Refused(
            "Your award is issued already. If its name is wrong, ask for it to be issued again on the page of your "
            "award.",
            code="holder_name.issued",
        )
    if withdrawn:
        raise Refused("This enrolment has ended, so there will be no certificate.", code="holder_name.ended")
    if not booked:
        raise Refused(
            "Your name can be confirmed once your window is booked. You get a mail then.",
            code="holder_name.early",
        )


# --- a wrong name on an award that is issued -------------------------------------------------------------
def check_words(text: str, *, missing: str, field: str) -> str:
    """What somebody says, in words that are there and not too many."""
    if not text.strip():
        raise Refused(missing, code="name_request.words", field=field)
    return check_length(text, field=field)


def check_length(text: str, *, field: str) -> str:
    """At most 2,000 characters, or nothing."""
    if len(text.strip()) > LONGEST_WORDS:
        raise Refused(f"Shorten this to {LONGEST_WORDS:,} characters.", code="name_request.long", field=field)
    return text.strip()


def check_can_reissue(*, revoked: bool, replaced: bool, revoking: bool, now: str, name: str) -> None:
    """An award that stands is issued again, under a name that is another one.

    `revoking` says whether a revocation of it waits for a second person: that one is decided first.
    """
    if replaced:
        raise Refused(
            "This award was issued again already: look at the one that took its place.", code="award.replaced"
        )
    if revoked:
        raise Refused("This award was revoked, so it can't be issued again.", code="award.revoked")
    if revoking:
        raise Refused(
            "A revocation of this award waits for a second person: decide that one first.",
            code="award.being_revoked",
        )
    if now == name:
        raise Refused("The award bears this very name already.", code="award.same_name", field="name")


def check_open(state: str) -> None:
    """Nobody has answered a request meanwhile, and it wasn't withdrawn."""
    if state != "asked":
        raise Refused(
            "This request is with a second person, answered or withdrawn by now: look at it again.",
            code="name_request.moved",
        )
