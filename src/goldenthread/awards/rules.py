"""The code on a certificate: made so that nobody guesses one, read back however somebody types it (S1-08)."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from goldenthread.catalogue.tables import PROGRAMME_CODE
from goldenthread.common.refused import Refused
from goldenthread.people.rules import search_form

# No 0 or O, 1, I or L, 5 or S, 2 or Z, U or V: what is read aloud or from a bad copy stays one thing.
ALPHABET = "346789ABCDEFGHJKMNPQRTWXY"
GROUPS = (4, 4, 4, 2)
EARLIER_GROUPS = (4, 4, 2)  # of codes that are out already: they stay what they are
_SHAPES = [
    re.compile(r"([^\W_]{1,10})([0-9]{4})" + "".join(f"([{ALPHABET}]{{{size}}})" for size in groups))
    for groups in (GROUPS, EARLIER_GROUPS)
]
_SPELT = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})

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
    meant = read_code(text)
    return next(iter((*meant.codes, *meant.earlier)), None)


@dataclass(frozen=True)
class Meant:
    """The codes that a text may mean: those of now, and those of earlier awards, whose ten symbols could be guessed."""

    codes: tuple[str, ...] = ()
    earlier: tuple[str, ...] = ()

    @property
    def asks_paper(self) -> bool:
        """Whether nothing is said of it without what else stands on the certificate."""
        return bool(self.earlier) and not self.codes


def read_code(text: str, unusual: Iterable[str] = ()) -> Meant:
    """What somebody may mean who typed this, whatever case, dashes, accents and spaces.

    `unusual` are the codes of programmes that were introduced with a digit, a hyphen or an accent, before that was
    refused: they come back as they are spelt.
    """
    plain = _plain(text[:200])
    spelt: dict[str, list[str]] = {}
    for code in unusual:
        spelt.setdefault(_plain(code), []).append(code.upper())
    found: list[tuple[str, ...]] = []
    for shape in _SHAPES:
        match = shape.fullmatch(plain)
        programme, *rest = match.groups() if match else ("",)
        usual = [programme] if re.fullmatch(PROGRAMME_CODE, programme) else []
        found.append(tuple("-".join([one, *rest]) for one in (*usual, *spelt.get(programme, ())) if rest))
    return Meant(*found)


def _plain(text: str) -> str:
    """Letters and digits alone, in capitals and without accents."""
    return "".join(c for c in unicodedata.normalize("NFKD", text).upper() if c.isalnum())


@dataclass(frozen=True)
class Paper:
    """What somebody read from a certificate beside its code."""

    name: str
    day: date


def fits(paper: Paper, *, name: str, day: date) -> bool:
    """Whether somebody has read a certificate with this name and this day of the award.

    The whole name counts, in any order of its words, without case, accents, hyphens and points. Of letters that aren't
    Latin nothing is asked, since not everybody can type them: of a name without any the day alone counts.
    """
    known = _latin(name)
    return paper.day == day and known in ("", _latin(paper.name))


def _latin(name: str) -> str:
    words = search_form(name.casefold().translate(_SPELT)).split()
    kept = ("".join(c for c in word if c.isascii() and c.isalpha()) for word in words)
    return "".join(sorted(kept))


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
            "Check the day of the move: it may lie between the year 2000 and a year from today.",
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
