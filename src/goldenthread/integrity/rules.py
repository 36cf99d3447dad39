"""Questions about scripts and misconduct cases: what may follow what, by whom. No Django, no clock, no settings.

A flag is a question to a person, never a verdict. A case is a sequence of steps, each with who, when and why.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from goldenthread.common.days import instant_text
from goldenthread.common.refused import Refused

LONGEST = 10_000  # characters of one step
DAYS_TO_APPEAL = 14


class Kind(StrEnum):
    """What a step of a case is."""

    ALLEGATION = "allegation"
    STATEMENT = "statement"
    HEARING = "hearing"
    DECISION = "decision"
    APPEAL = "appeal"
    APPEAL_DECISION = "appeal_decision"


class Verdict(StrEnum):
    """What was decided."""

    NOT_UPHELD = "not_upheld"
    WARNING = "warning"
    VOID = "void"


class Hearing(StrEnum):
    """Whether a hearing has been, or is to come. Steps of before this was asked say nothing: they count as held."""

    HELD = "held"
    TO_COME = "to_come"


class OnAppeal(StrEnum):
    """What was decided about an appeal."""

    DISMISSED = "dismissed"
    ALLOWED = "allowed"


@dataclass(frozen=True)
class Step:
    """One step as the rules take it: its kind, who took it, when, and what was decided."""

    kind: str
    by: int
    at: datetime
    value: str = ""


def _last(steps: Sequence[Step], kind: Kind) -> Step | None:
    return next((step for step in reversed(steps) if step.kind == kind), None)


def _heard_in(steps: Sequence[Step]) -> Step | None:
    """The last hearing that was held."""
    return _last([step for step in steps if step.value != Hearing.TO_COME], Kind.HEARING)


def is_open(steps: Sequence[Step]) -> bool:
    """Whether a case holds the result: not decided yet, or its appeal isn't."""
    if _last(steps, Kind.DECISION) is None:
        return True
    return _last(steps, Kind.APPEAL) is not None and _last(steps, Kind.APPEAL_DECISION) is None


def verdict_of(steps: Sequence[Step]) -> str:
    """What counts now: the decision, or nothing upheld where an appeal was allowed; "" before the decision."""
    decision, appeal = _last(steps, Kind.DECISION), _last(steps, Kind.APPEAL_DECISION)
    if decision is None:
        return ""
    return Verdict.NOT_UPHELD if appeal and appeal.value == OnAppeal.ALLOWED else decision.value


def check_text(text: str, *, what: str) -> None:
    """Every step says something that the others can read later."""
    if not text.strip():
        raise Refused(f"Write {what}: it is kept with your name.", code="case.text", field="text")


def check_concern(kind: str, note: str, *, kinds: Collection[str]) -> None:
    """A concern about a script says of which kind it is, and what was seen."""
    if kind not in kinds:
        raise Refused("Choose what your concern is about.", code="concern.kind", field="kind")
    if not note.strip():
        raise Refused(
            "Say what you saw: whoever looks at it has only your words to go by.",
            code="concern.note",
            field="note",
        )


def check_not_asked_by_oneself(*, asked: bool) -> None:
    """Who raised a concern as a marker or moderator doesn't answer it, whatever they are by now."""
    if asked:
        raise Refused(
            "You raised this concern yourself: a colleague of the office answers it.", code="flag.own"
        )


def check_author_asked_for(reason: str) -> None:
    """Whoever is told who wrote a script about which there is a safeguarding concern says what for."""
    if not reason.strip():
        raise Refused(
            "Say what you need the name for: it is kept with yours.", code="flag.author", field="why"
        )


def check_answer(state: str, reason: str) -> None:
    """A question is answered once, with a reason."""
    if state != "open":
        raise Refused("A colleague has answered this question: look at it again.", code="flag.answered")
    if not reason.strip():
        raise Refused(
            "Say what you looked at and why: it is kept with your name.", code="flag.reason", field="reason"
        )


def connected(pairs: Iterable[tuple[int, int, int]]) -> list[list[int]]:
    """Pairs that belong together: of (name, first, second) the names of those that are connected by what they have in
    common, be it over others. Each group and all groups by the lowest name.
    """
    above: dict[int, int] = {}

    def root(one: int) -> int:
        while above.setdefault(one, one) != one:
            above[one] = above[above[one]]
            one = above[one]
        return one

    known = sorted(pairs)
    for _, first, second in known:
        above[root(first)] = root(second)
    groups: dict[int, list[int]] = {}
    for name, first, _ in known:
        groups.setdefault(root(first), []).append(name)
    return list(groups.values())


def check_closed(last_close: datetime | None, *, at: datetime, zone: str) -> None:
    """Scripts are compared once nobody can hand in any more, granted days included."""
    if last_close is None:
        raise Refused("Nobody sits in this window.", code="compare.nobody")
    if at <= last_close:
        raise Refused(
            f"Somebody can still hand in. Compare after {instant_text(last_close, zone)}.",
            code="compare.open",
        )


def check_not_comparing(reason: str) -> None:
    """Whoever releases without a comparison says why."""
    if not reason.strip():
        raise Refused(
            "Say why these scripts are not compared: it is kept with your name.",
            code="compare.reason",
            field="reason",
        )


def check_compared(*, scripts: int, settled: int | None, later: bool) -> None:
    """The results of a window are released once its scripts were compared, or somebody said why not.

    `scripts` is how many there are, `settled` how many there were then (None: never), `later` whether one came since.
    """
    if not scripts or (settled == scripts and not later):
        return
    if settled is None:
        why = "The scripts of this window have not been compared yet."
    else:
        why = "Scripts have come in since the scripts of this window were compared."
    raise Refused(
        f"{why} Compare them, or say why not, on the page about own work; then the results can be released.",
        code="outcomes.uncompared",
    )


def check_statement(steps: Sequence[Step]) -> None:
    """The participant speaks until it is decided, as often as they like."""
    if _last(steps, Kind.DECISION) is not None:
        raise Refused("This has been decided. If you disagree, appeal.", code="case.decided")


def check_hearing(steps: Sequence[Step]) -> None:
    """A hearing is before the decision."""
    if _last(steps, Kind.DECISION) is not None:
        raise Refused("This case is decided: nothing more is heard.", code="case.decided")


def heard(steps: Sequence[Step]) -> str:
    """How the participant has been heard so far, in words; "" where they have not. A hearing to come is none yet."""
    statement, hearing = _last(steps, Kind.STATEMENT), _heard_in(steps)
    if statement and hearing:
        return "in a statement and a hearing"
    return "in a statement" if statement else "in a hearing" if hearing else ""


def waits_for(steps: Sequence[Step]) -> str:
    """What a case waits for before its result is free, in words; "" where it waits for nothing."""
    if not is_open(steps):
        return ""
    if _last(steps, Kind.DECISION) is not None:
        return "the decision about the appeal, by somebody who had no part in the case"
    if not heard(steps):
        if _last(steps, Kind.HEARING) is not None:
            return "the hearing that is announced: record it once it was held, or wait for a statement"
        return "the participant to be heard: their statement, or a hearing that one of you records"
    return "the decision, by somebody who neither asked the question nor made the allegation"


def check_decision(steps: Sequence[Step], *, by: int, participant: int, asked: Collection[int] = ()) -> None:
    """Who decides is neither the participant nor who made the allegation, nor who `asked` the question that led to it;
    the participant was heard, or could speak.

    Heard is who wrote a statement or had a hearing; one that is only announced has heard nobody.
    """
    allegation = _last(steps, Kind.ALLEGATION)
    if _last(steps, Kind.DECISION) is not None:
        raise Refused("This case has been decided meanwhile: look at it again.", code="case.decided")
    if by == participant or by in asked or (allegation is not None and by == allegation.by):
        raise Refused(
            "Who asks the question or makes the allegation doesn't decide about it: ask a colleague.",
            code="case.own",
        )
    if not heard(steps):
        raise Refused(
            "The participant has not been heard: wait for a statement, or hold a hearing and record it first.",
            code="case.unheard",
        )


def appeal_until(steps: Sequence[Step]) -> datetime | None:
    """Until when the participant may appeal; None before a decision that upholds something."""
    decision = _last(steps, Kind.DECISION)
    if decision is None or decision.value == Verdict.NOT_UPHELD:
        return None
    return decision.at + timedelta(days=DAYS_TO_APPEAL)


def check_appeal(steps: Sequence[Step], *, at: datetime, zone: str = "Europe/London") -> None:
    """One appeal against a decision that upholds something, within its days."""
    until = appeal_until(steps)
    if until is None:
        raise Refused("There is no decision against you that you could appeal.", code="appeal.nothing")
    if _last(steps, Kind.APPEAL) is not None:
        raise Refused("You have appealed already.", code="appeal.again")
    if at > until:
        raise Refused(f"An appeal could be made until {instant_text(until, zone)}.", code="appeal.late")


def check_appeal_decision(
    steps: Sequence[Step], *, by: int, participant: int, asked: Collection[int] = ()
) -> None:
    """Who decides about an appeal had no part in the case: neither the participant, nor who `asked` the question that
    led to it, alleged, heard or decided.
    """
    if _last(steps, Kind.APPEAL) is None or _last(steps, Kind.APPEAL_DECISION) is not None:
        raise Refused("No appeal waits for a decision: look at the case again.", code="appeal.nothing")
    others = {step.by for step in steps if step.kind in {Kind.ALLEGATION, Kind.HEARING, Kind.DECISION}}
    if by in others | {participant, *asked}:
        raise Refused("Somebody who had no part in this case decides about the appeal.", code="case.own")
