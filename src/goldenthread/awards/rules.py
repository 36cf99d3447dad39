"""The code on a certificate: made so that nobody guesses one, read back however somebody types it (S1-08)."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import date, timedelta

from goldenthread.catalogue.tables import PROGRAMME_CODE
from goldenthread.common.refused import Refused

# No 0 or O, 1, I or L, 5 or S, 2 or Z, U or V: what is read aloud or from a bad copy stays one thing.
ALPHABET = "346789ABCDEFGHJKMNPQRTWXY"
GROUPS = (4, 4, 4, 2)
EARLIER_GROUPS = (4, 4, 2)  # of codes that are out already: they stay what they are
_GROUP = {size: rf"([A-Z0-9]{{{size}}})" for size in {*GROUPS, *EARLIER_GROUPS}}
_SHAPES = [
    re.compile(rf"({PROGRAMME_CODE})([0-9]{{4}})" + "".join(_GROUP[size] for size in groups))
    for groups in (GROUPS, EARLIER_GROUPS)
]

Choose = Callable[[Sequence[str]], str]


def new_code(programme: str, year: int, choose: Choose) -> str:
    """A code such as "NPQLT-2027-7K3M-9QXD-4TAB-C3".

    `choose` picks one symbol; with a choice that can't be foreseen, fourteen symbols of 25 are one of 37 million
    million million codes for each programme and year.
    """
    parts = ["".join(choose(ALPHABET) for _ in range(size)) for size in GROUPS]
    return "-".join([programme.upper(), str(year), *parts])


def canonical(text: str) -> str | None:
    """The code somebody meant, whatever case, dashes and spaces; None for what can't be a code.

    Codes of earlier awards, which have ten symbols, are read like those of now.
    """
    plain = "".join(c for c in unicodedata.normalize("NFKC", text[:200]).upper() if c.isalnum())
    match = next((found for shape in _SHAPES if (found := shape.fullmatch(plain))), None)
    return "-".join(match.groups()) if match else None


# --- where graduates go (S0-72) -------------------------------------------------------------------------
# From the first post to the last; what stands further on is a promotion. Ours: no source ranks posts.
LADDER = (
    "teacher",
    "middle leader",
    "assistant headteacher",
    "deputy headteacher",
    "headteacher",
    "executive leader",
)
OTHER_ROLE = "other role"
ROLES = (*LADDER, OTHER_ROLE)
AHEAD = timedelta(days=366)  # a move that is agreed but still to come


def is_promotion(before: str, after: str) -> bool:
    """Whether a move goes up the ladder; a role that isn't on it can't be compared."""
    return before in LADDER and after in LADDER and LADDER.index(after) > LADDER.index(before)


def check_destination(*, before: str, after: str, moved_on: date, place: str, today: date) -> None:
    """A move names two known roles and its day, and something in it changes: the role or the place of work.

    Refuses a day more than a year ahead, or before the qualifications existed.
    """
    for role, name in ((before, "role_before"), (after, "role_after")):
        if role not in ROLES:
            raise Refused("Choose a role from the list.", code="destination.role", field=name)
    if before == after and not place.strip():
        raise Refused(
            "Say what changed: another role, or the school or trust that you joined.",
            code="destination.nothing",
            field="role_after",
        )
    if not date(2000, 1, 1) <= moved_on <= today + AHEAD:
        raise Refused(
            "Give the day of the move: it may lie up to a year ahead.",
            code="destination.day",
            field="moved_on",
        )


# --- changes of what was released ------------------------------------------------------------------------
def check_reason(reason: str, *, what: str, code: str) -> None:
    """Every proposal and every decision says why."""
    if not reason.strip():
        raise Refused(f"Say why {what}.", code=code, field="reason")


def check_seen(seen: str, now: str) -> None:
    """What somebody looked at is what would follow now; nothing seen is nothing to compare."""
    if seen and seen != now:
        raise Refused(
            "What follows has changed since you looked, because credits have. Look at it again, then go on.",
            code="correction.changed",
        )


def check_can_reinstate(*, replaced: bool, passed: bool, another: bool) -> None:
    """A revoked award comes back while the pass that it rests on stands, and no other award has come meanwhile."""
    if replaced:
        raise Refused(
            "This award was issued again under another code: that one is revoked or stands.",
            code="award.replaced",
        )
    if not passed:
        raise Refused(
            "The result on which this award rests is no pass any more, so that the award can't stand again. Look at "
            "the result first.",
            code="award.no_pass",
        )
    if another:
        raise Refused("Another award of this enrolment stands by now.", code="award.another")


def check_waits(state: str) -> None:
    """Nobody has decided it, and it wasn't taken back."""
    if state == "taken_back":
        raise Refused(
            "Who proposed this has taken it back meanwhile: there is nothing to decide.",
            code="change.decided",
        )
    if state != "proposed":
        raise Refused("A colleague has decided this meanwhile: look at it again.", code="change.decided")


def check_second(state: str, *, by: int, proposer: int, participant: int) -> None:
    """Who decides a change is neither who proposed it nor whose result it is, and nobody decided it before."""
    if by == participant:
        raise Refused("This is your own result: a colleague decides.", code="change.own")
    check_waits(state)
    if by == proposer:
        raise Refused(
            "You proposed this, so a colleague decides it. You can take it back.", code="change.same_person"
        )
