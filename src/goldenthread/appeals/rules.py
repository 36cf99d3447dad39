"""Appeals against a released result or a revocation: until when, by whom decided, what may follow. No Django, no clock.

`docs/rules/marking-and-outcomes.md` says the same in words. Marks are in half marks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from goldenthread.common.days import deadline_text
from goldenthread.common.refused import Refused

LONGEST = 10_000  # characters of one text
DAYS_TO_APPEAL = 28  # calendar days, where a version says nothing else
MOST_DAYS = 365


class Grounds(StrEnum):
    """What an appeal rests on."""

    MARKING = "marking"
    PROCEDURE = "procedure"
    CIRCUMSTANCES = "circumstances"


class State(StrEnum):
    """Where an appeal stands."""

    LODGED = "lodged"
    NOT_ADMITTED = "not_admitted"
    ADMITTED = "admitted"
    DECIDED = "decided"
    WITHDRAWN = "withdrawn"


OPEN = (State.LODGED, State.ADMITTED)


class Verdict(StrEnum):
    """What was decided: another result, the appeal is right and the result stays, or neither."""

    CHANGED = "changed"
    UPHELD = "upheld"
    NOT_UPHELD = "not_upheld"


class Lowering(StrEnum):
    """Whether an appeal may end below the released result."""

    NEVER = "never"
    ALLOWED = "allowed"


@dataclass(frozen=True)
class Terms:
    """The policy under which a result was released: days to appeal, and whether a result may go down."""

    days: int = DAYS_TO_APPEAL
    lowering: Lowering = Lowering.NEVER


def appeal_until(released_at: datetime, days: int, zone: str) -> datetime:
    """The end of the last day: `days` calendar days after the day of the release, in the provider's zone."""
    day = released_at.astimezone(ZoneInfo(zone)).date() + timedelta(days=days + 1)
    return datetime.combine(day, time(), tzinfo=ZoneInfo(zone))


def check_terms(days: int, lowering: str) -> Lowering:
    """Whole days from 1 to a year, and a known answer to whether a result may go down."""
    if not 1 <= days <= MOST_DAYS:
        raise Refused(f"Enter 1 to {MOST_DAYS} days.", code="appeal.days", field="days")
    if lowering not in list(Lowering):
        raise Refused("Choose whether a result may go down.", code="appeal.lowering", field="lowering")
    return Lowering(lowering)


@dataclass(frozen=True)
class Appealed:
    """A released result as its owner would appeal it: the latest, of an appeal, appealed before, with marks."""

    released_at: datetime
    latest: bool = True
    of_appeal: bool = False
    appealed: bool = False
    marked: bool = True


def check_can_appeal(result: Appealed, terms: Terms, *, at: datetime, zone: str) -> None:
    """One appeal against the result that counts, within its days; what an appeal came to is final."""
    if result.appealed:
        raise Refused(
            "You have appealed against this result already, and one appeal is possible: the first stands as you sent "
            "it. If something is missing in it, write to the programme office.",
            code="appeal.again",
        )
    if result.of_appeal:
        raise Refused(
            "This result came of an appeal, and is final. If you think that the procedure was wrong, write to the "
            "programme office.",
            code="appeal.final",
        )
    if not result.latest:
        raise Refused(
            "This result was corrected: open the latest one and appeal against that.",
            code="appeal.not_latest",
        )
    until = appeal_until(result.released_at, terms.days, zone)
    if at >= until:
        raise Refused(
            f"An appeal could be made until {deadline_text(until, zone)}.",
            code="appeal.late",
            field="statement",
        )


def check_statement(grounds: str, statement: str, *, marked: bool) -> Grounds:
    """Known grounds, and in words what is wrong; marks can be questioned only where there are some."""
    if grounds not in list(Grounds):
        raise Refused("Choose what your appeal rests on.", code="appeal.grounds", field="grounds")
    if grounds == Grounds.MARKING and not marked:
        raise Refused(
            "No script of yours was marked here. Choose the procedure or your circumstances.",
            code="appeal.no_marks",
            field="grounds",
        )
    if not statement.strip():
        raise Refused("Say what is wrong, and where.", code="appeal.statement", field="statement")
    if len(statement) > LONGEST:
        raise Refused(f"Shorten this to {LONGEST:,} characters.", code="appeal.long", field="statement")
    return Grounds(grounds)


def check_reason(reason: str, *, field: str = "reason") -> None:
    """Every step of staff says why, in words that the participant reads."""
    if not reason.strip():
        raise Refused("Give your reasons: the participant reads them.", code="appeal.reason", field=field)
    if len(reason) > LONGEST:
        raise Refused(f"Shorten this to {LONGEST:,} characters.", code="appeal.long", field=field)


def check_not_own(*, by: int, participant: int) -> None:
    """Nobody handles their own appeal."""
    if by == participant:
        raise Refused("This is your own appeal: a colleague looks at it.", code="appeal.own")


def check_check(state: str, *, by: int, participant: int) -> None:
    """Whether an appeal is admitted is looked at once, by somebody else than whose it is."""
    check_not_own(by=by, participant=participant)
    if state != State.LODGED:
        raise Refused(f"Look at it again: this appeal {_AFTER[State(state)]} meanwhile.", code="appeal.moved")


_AFTER = {
    State.LODGED: "waits to be checked",
    State.ADMITTED: "was admitted",
    State.NOT_ADMITTED: "was not admitted",
    State.DECIDED: "was decided",
    State.WITHDRAWN: "was withdrawn",
}


def check_withdraw(state: str) -> None:
    """The participant withdraws what is not decided."""
    if state not in OPEN:
        raise Refused(
            f"This appeal {_AFTER[State(state)]}: there is nothing to withdraw any more.",
            code="appeal.closed",
        )


def check_remark(state: str, *, marked: bool) -> None:
    """A script is marked again for an appeal that was admitted."""
    if state != State.ADMITTED:
        raise Refused("Admit the appeal first.", code="appeal.not_admitted")
    if not marked:
        raise Refused("There is no marked script that could be marked again.", code="appeal.no_marks")


def check_remedy(verdict: str, *, remedy: str, done: str) -> None:
    """Only what was promised is carried out, and in words that say how."""
    if verdict != Verdict.UPHELD or not remedy:
        raise Refused("Nothing was promised here that could be carried out.", code="appeal.no_promise")
    if not done.strip():
        raise Refused("Say what was done, and when.", code="appeal.remedy_done", field="done")
    if len(done) > LONGEST:
        raise Refused(f"Shorten this to {LONGEST:,} characters.", code="appeal.too_long", field="done")


def check_decider(*, by: int, participant: int, parts: Mapping[int, str]) -> None:
    """Who decides had no part in the result: `parts` says of each person who had one what it was."""
    check_not_own(by=by, participant=participant)
    if by in parts:
        raise Refused(
            f"You {parts[by]}, so somebody who had no part in this result decides: ask a colleague.",
            code="appeal.part",
        )


@dataclass(frozen=True)
class Result:
    """A result as appeals compare them: passed or not, and half marks where there are some."""

    passed: bool
    half_marks: int | None


def lowers(now: Result, then: Result) -> bool:
    """Whether another result would be worse: a pass lost, or fewer marks, both kinds together."""
    return (now.passed and not then.passed) or (then.half_marks or 0) < (now.half_marks or 0)


def check_decision(
    state: str, verdict: str, *, grounds: str, remarked: bool, remark_open: bool, remedy: str
) -> Verdict:
    """A known verdict on an admitted appeal; about marks only once the blind re-mark is in.

    Where the appeal is right and the result stays, it is said what happens instead.
    """
    if state != State.ADMITTED:
        if state == State.LODGED:
            raise Refused("Check first whether this appeal is admitted.", code="appeal.unchecked")
        raise Refused(f"Look at it again: this appeal {_AFTER[State(state)]} meanwhile.", code="appeal.moved")
    if verdict not in list(Verdict):
        raise Refused("Choose what you decide.", code="appeal.verdict", field="verdict")
    if remark_open or (grounds == Grounds.MARKING and not remarked):
        raise Refused("Wait for the re-mark: nothing is decided before it is in.", code="appeal.no_remark")
    if verdict == Verdict.UPHELD and not remedy.strip():
        raise Refused(
            "Say what happens instead, for example that a further window is offered.",
            code="appeal.remedy",
            field="remedy",
        )
    return Verdict(verdict)


def check_change(now: Result, then: Result, lowering: str) -> None:
    """Another result is another one, and under the default policy never a worse one."""
    if now == then:
        raise Refused(
            "Nothing would change: the result would be the same. Decide that the appeal is not upheld, or upheld "
            "with something else that follows.",
            code="appeal.no_change",
            field="verdict",
        )
    if lowering == Lowering.NEVER and lowers(now, then):
        raise Refused(
            "Under the policy of this result an appeal never ends below it. The result stays: decide that the "
            "appeal is not upheld.",
            code="appeal.lower",
            field="verdict",
        )


# --- against a revocation --------------------------------------------------------------------------------
def check_can_appeal_revocation(
    *, fell: bool, appealed: bool, until: datetime, at: datetime, zone: str
) -> None:
    """One appeal against one revocation, within its days. An award that went with its result (`fell`) has none of its
    own: what can be appealed is the result.
    """
    if fell:
        raise Refused(
            "The award went with your result, which was corrected. Appeal against the result, on its own page.",
            code="appeal.fell",
        )
    if appealed:
        raise Refused("You have appealed against this revocation already.", code="appeal.again")
    if at >= until:
        raise Refused(
            f"An appeal could be made until {deadline_text(until, zone)}.",
            code="appeal.late",
            field="statement",
        )


def check_words(statement: str) -> str:
    """In words what is wrong with a revocation, and not too many."""
    if not statement.strip():
        raise Refused("Say what is wrong with the revocation.", code="appeal.statement", field="statement")
    if len(statement) > LONGEST:
        raise Refused(f"Shorten this to {LONGEST:,} characters.", code="appeal.long", field="statement")
    return statement.strip()


def check_revocation_open(state: str) -> None:
    """An appeal against a revocation that nobody has decided and its holder hasn't withdrawn."""
    if state != "lodged":
        raise Refused(
            "Look at it again: this appeal was decided or withdrawn meanwhile.", code="appeal.moved"
        )
