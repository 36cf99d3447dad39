"""What a project must have before it may be handed in (S1-22, S1-29, S1-30, S3-22 to S3-29, S2-36).

What one task asks is its `Ask`, which comes from the specification of the programme version; no programme is named
here. Each check refuses with the figure that there is and the one that is needed. `faults` gives all of them, in the
order of the task list, for a page that shows what is still open; `check_account` raises them together.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise

from goldenthread.assessment.rules.calendars import (
    DEFAULT,
    Calendar,
    LoggedDay,
    check_placement_days,
    check_terms,
)
from goldenthread.assessment.rules.placing import TEN_YEARS
from goldenthread.assessment.rules.policies import (
    FIRST_COUNTING,
    NOTHING_SAID,
    ONLY_OWN_WORK,
    AiSaid,
    Counting,
    Declarations,
    Length,
    check_declared,
)
from goldenthread.assessment.rules.writing import Part, check_length
from goldenthread.assessment.words import has_word
from goldenthread.common.days import day_text
from goldenthread.common.refused import Refused, refuse

# The five phases of putting something into practice (S2-36), in order: key, name, what to write.
PHASES = (
    ("plan", "Plan and execute in stages", "What is to change, in which steps, and who leads each."),
    ("choose", "Make the right choices", "What the diagnosis shows, and why this answer fits your school."),
    ("prepare", "Prepare", "Who must know or be able to do what, and what has to be in place first."),
    ("deliver", "Deliver", "What is done as planned, what may be adapted, and how you watch and support it."),
    ("sustain", "Sustain", "How it lasts: reliable data, who carries it on, what is reviewed and when."),
)
FIELDS = ("focus", "baseline", "change")  # of the design, beside the phases
LONGEST_PLAN = 100_000  # characters of a whole plan
MOST_EVIDENCE = 40  # files


@dataclass(frozen=True)
class Ask:
    """What one task of a version asks, as its specification says.

    `max_words` None: no source gives a limit, so that words are counted and nothing is refused for them. `board`,
    `school` are "home", "placement" or "".
    """

    key: str
    title: str
    aims: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    min_terms: int | None = None
    max_words: int | None = None
    school: str = "home"
    board: str = ""
    board_first: bool = False
    board_feedback: bool = False
    placement_days: int | None = None
    dimensions: tuple[str, ...] = ()
    challenge_kinds: tuple[str, ...] = ()
    horizons: tuple[str, ...] = ()
    counting: Counting = FIRST_COUNTING
    declarations: Declarations = ONLY_OWN_WORK

    @property
    def placement(self) -> bool:
        return self.school == "placement"


@dataclass(frozen=True)
class Board:
    """A plan's presentation to a governing board: whose, when, and what it said.

    `former` names the placement school that it was of, when somebody is placed at another one now: it doesn't count.
    """

    school: str  # home, placement
    presented_on: date | None
    feedback: str = ""
    former: str = ""


@dataclass(frozen=True)
class Challenge:
    """What a placement school lacks: kind and horizon, in words, and the actions that the plan has for it.

    `former` as that of a `Board`.
    """

    kind: str
    horizon: str
    text: str
    actions: tuple[str, ...] = ()
    former: str = ""


@dataclass(frozen=True)
class Placement:
    """Where somebody is placed and what came of it. `home` says that it is their own school."""

    school: str = ""
    home: bool = False
    dimensions: tuple[str, ...] = ()
    statement: str = ""
    state: str = ""  # "", asked, approved, declined
    days: tuple[LoggedDay, ...] = ()
    challenges: tuple[Challenge, ...] = ()
    calendar: Calendar = DEFAULT


@dataclass(frozen=True)
class Made:
    """Everything that a candidate has put together for one task.

    `on` is the day on which it is handed in, or would be; None where that isn't asked.
    """

    texts: Mapping[str, str] = field(default_factory=dict)
    words: int = 0
    aims: tuple[str, ...] = ()
    starts_on: date | None = None
    implementation_on: date | None = None
    ends_on: date | None = None
    boards: tuple[Board, ...] = ()
    placement: Placement = Placement()
    calendar: Calendar = DEFAULT
    own_work: bool = True
    ai: AiSaid = NOTHING_SAID
    on: date | None = None


# --- when a plan is open (S1-22) ---------------------------------------------------------------------
@dataclass(frozen=True)
class Opening:
    """What opens a plan: attendance at the first event on a day, or staff on a day with their reason."""

    event: str = "the first event"  # as the plan calls it
    attended: bool = False
    opened_by_staff: bool = False

    @property
    def open(self) -> bool:
        return self.attended or self.opened_by_staff

    @property
    def text(self) -> str:
        """For people: "opens at Event 1"."""
        return "open" if self.open else f"opens at {self.event}"


def check_plan_open(opening: Opening) -> None:
    """A plan is written once its first event is attended, or staff have opened it (S1-22)."""
    if not opening.open:
        raise Refused(
            f"This plan opens at {opening.event}. It is there once your attendance is recorded. If you were there, or "
            "can't come, ask the programme office to open it.",
            code="project.not_open",
        )


def check_opening_reason(reason: str) -> None:
    """Staff open a plan before its event for a reason that is kept."""
    if not reason.strip():
        raise Refused("Say why the plan is opened before the event.", code="project.reason", field="reason")


def open_phases(phases: Mapping[str, str]) -> list[str]:
    """The phases of an implementation plan in which nothing is written, by key (S2-36)."""
    return [key for key, _, _ in PHASES if not phases.get(key, "").strip()]


# --- dates and boards (S3-23) ------------------------------------------------------------------------
def check_dates(
    *,
    ask: Ask,
    starts_on: date | None,
    implementation_on: date | None,
    ends_on: date | None,
    board: Board | None,
) -> None:
    """The days of a project follow each other, and implementation begins after the board has seen the plan.

    Asked whenever a plan or a board's record is saved, so that nobody learns at the end that they began too soon.
    """
    order = [
        ("starts_on", starts_on, "The project begins"),
        ("implementation_on", implementation_on, "Implementation begins"),
        ("ends_on", ends_on, "The project ends"),
    ]
    known = [(name, day, text) for name, day, text in order if day is not None]
    if known and known[-1][1] - known[0][1] > TEN_YEARS:
        raise Refused(
            f"From {day_text(known[0][1])} to {day_text(known[-1][1])} is more than ten years: check these days.",
            code="project.order",
            field=known[-1][0],
        )
    for (_, before, first), (name, after, then) in pairwise(known):
        if after < before:
            raise Refused(
                f"{then} on {day_text(after)}, but {first[0].lower()}{first[1:]} on {day_text(before)}: "
                "check these days.",
                code="project.order",
                field=name,
            )
    if not ask.board_first or implementation_on is None or board is None or board.presented_on is None:
        return
    if implementation_on <= board.presented_on:
        raise Refused(
            f"Present the plan first: the board sees it on {day_text(board.presented_on)}, and implementation "
            f"would begin on {day_text(implementation_on)}. Choose a later day for the implementation.",
            code="project.board_first",
            field="implementation_on",
        )


def board_of(ask: Ask, boards: Iterable[Board]) -> Board | None:
    """The record of the board that the task asks for; another school's does not stand in for it, nor that of a former
    placement (S3-28)."""
    own = (one for one in boards if one.school == ask.board and not one.former)
    return next((one for one in own if one.presented_on), None)


def former_text(former: Iterable[str]) -> str:
    """What is said of what belongs to former placement schools: "" where there is nothing of that kind."""
    names = " and ".join(sorted(set(former) - {""}))
    return (
        f" What is of {names} stays on record, and does not count for your placement school now."
        if names
        else ""
    )


def check_board(ask: Ask, made: Made) -> None:
    """The board that the task asks for has been shown the plan and has given feedback (S3-23, S3-28)."""
    if not ask.board:
        return
    board, whose = board_of(ask, made.boards), f"{ask.board} school's board"
    if board is None:
        former = former_text(one.former for one in made.boards if one.school == ask.board)
        raise Refused(
            f"{whose[0].upper()}{whose[1:]} missing: present the plan to the governing board of the {ask.board} school "
            f"and record when, and what they said.{former}",
            code="project.board",
        )
    if ask.board_first and made.implementation_on is None:
        raise Refused(
            "Enter the day on which implementation began: the board must have seen the plan before it.",
            code="project.implementation",
            field="implementation_on",
        )
    check_dates(
        ask=ask,
        starts_on=made.starts_on,
        implementation_on=made.implementation_on,
        ends_on=made.ends_on,
        board=board,
    )
    if ask.board_feedback and not has_word(board.feedback):
        raise Refused(
            f"Feedback of the {whose} missing: write down what the board said.", code="project.feedback"
        )


# --- the placement (S3-25, S3-26) --------------------------------------------------------------------
def check_contrast(placement: Placement, examples: Iterable[str]) -> None:
    """A placement is at another school than one's own, and says by what it contrasts (S3-26).

    The dimensions are an open list; `examples` are those that the version names.
    """
    if not placement.school.strip():
        raise Refused("Name the placement school.", code="placement.school", field="school")
    if placement.home:
        raise Refused(
            "This is your own school: a placement is at another one that contrasts with it.",
            code="placement.home",
            field="school",
        )
    if not any(map(has_word, placement.dimensions)):
        named = ", ".join(examples)
        raise Refused(
            f"Say how it contrasts: choose at least one dimension ({named}, or another one).",
            code="placement.contrast",
            field="dimensions",
        )
    if not has_word(placement.statement):
        raise Refused(
            "Compare the two schools: give the facts behind the contrast.",
            code="placement.statement",
            field="statement",
        )


def check_contrast_decision(*, approved: bool, reason: str) -> None:
    """Staff who decline a placement say why; the candidate reads it."""
    if not approved and not reason.strip():
        raise Refused(
            "Say why, so that the candidate can choose another school.",
            code="placement.reason",
            field="reason",
        )


def check_challenge(challenge: Challenge, ask: Ask) -> None:
    """A challenge is of one of the kinds and horizons that the task names, and says what is lacking (S3-25)."""
    if challenge.kind not in ask.challenge_kinds:
        raise Refused("Choose the kind of the challenge.", code="challenge.kind", field="kind")
    if challenge.horizon not in ask.horizons:
        raise Refused("Say whether it is there now or to come.", code="challenge.horizon", field="horizon")
    if not has_word(challenge.text):
        raise Refused("Describe the challenge.", code="challenge.text", field="text")


def check_challenges(placement: Placement, ask: Ask) -> None:
    """At least one challenge of the placement school with at least one action (S3-25)."""
    if not ask.challenge_kinds:
        return
    own = [one for one in placement.challenges if not one.former]
    if not own:
        former = former_text(one.former for one in placement.challenges)
        raise Refused(
            "0 of 1 challenges: record what the placement school lacks, in resources or capability, now or "
            f"soon.{former}",
            code="placement.challenges",
        )
    if not any(has_word(action) for one in own for action in one.actions):
        raise Refused(
            "0 of 1 actions: write for at least one challenge what is to be done.", code="placement.actions"
        )


def check_placement(placement: Placement, ask: Ask) -> None:
    """The contrast is approved by staff (S3-26)."""
    check_contrast(placement, ask.dimensions)
    if placement.state == "approved":
        return
    wait = {
        "declined": "The programme office did not accept this placement: read why, and choose another school.",
        "asked": "The programme office has not approved the contrast yet. They are told; nothing else is asked of you.",
    }
    raise Refused(
        wait.get(placement.state, "Send the contrast to the programme office for approval."),
        code="placement.approval",
    )


def check_lasted(made: Made) -> None:
    """What a project has lasted counts, not what it is going to: on the day on which it is handed in, neither its
    implementation nor its end lies ahead (S1-29, S3-22). The refusal says from which day on it can be handed in.
    """
    ahead = [day for day in (made.implementation_on, made.ends_on) if day is not None]
    if made.on is None or not ahead or max(ahead) <= made.on:
        return
    raise Refused(
        f"This project still lasts until {day_text(max(ahead))}, and can be handed in from that day on. If it has "
        "ended already, put its last day into the plan.",
        code="project.going_on",
        field="ends_on",
    )


# --- the account (S1-29, S1-30, S3-24) ----------------------------------------------------------------
def check_aims(ask: Ask, aims: Sequence[str]) -> None:
    """Every aim of the task is written down for this school; the missing ones are named (S1-29)."""
    missing = [
        f"aim {'abcdefgh'[place]} ({aim})"
        for place, aim in enumerate(ask.aims)
        if place >= len(aims) or not has_word(aims[place])
    ]
    if missing:
        raise Refused(
            f"{len(ask.aims) - len(missing)} of {len(ask.aims)} aims: write what you want to reach for "
            f"{' and '.join(missing)}.",
            code="project.aims",
            field=f"aim_{next(p for p, _ in enumerate(ask.aims) if p >= len(aims) or not has_word(aims[p])) + 1}",
        )


def check_sections(ask: Ask, texts: Mapping[str, str]) -> None:
    """Every section of the account has a word, by the rule that counts them; each that hasn't is named (S1-30)."""
    missing = [part.title for part in ask.parts if not has_word(texts.get(part.key, ""))]
    if missing:
        raise Refused(
            f"{', '.join(missing)} missing: write something in every section.", code="account.section_missing"
        )
    if not any(map(has_word, texts.values())):
        raise Refused("There is nothing to hand in yet: write your account first.", code="account.empty")


def check_words(ask: Ask, words: int) -> None:
    """The main text keeps to the limit where there is one; evidence is counted apart (S1-29, S3-24)."""
    check_length(Length(words, ask.max_words, ask.counting), code="account.too_long")


def words_text(words: int, ask: Ask) -> str:
    """Words as people read them: "4,200 of 5,000 words", or "7,000 words, no limit is known"."""
    return Length(words, ask.max_words, ask.counting).text


def _checks(ask: Ask, made: Made) -> Iterable[tuple[str, Callable[[], None]]]:
    """What is asked, by the key of the step in the task list, in order."""
    if ask.placement:
        yield "placement", lambda: check_placement(made.placement, ask)
    if ask.placement_days is not None:
        least = ask.placement_days
        yield (
            "days",
            lambda: check_placement_days(made.placement.calendar, made.placement.days, least=least),
        )
    if ask.challenge_kinds:
        yield "challenges", lambda: check_challenges(made.placement, ask)
    if ask.aims:
        yield "plan", lambda: check_aims(ask, made.aims)
    if ask.min_terms is not None:
        terms = ask.min_terms
        yield "plan", lambda: check_terms(made.calendar, made.starts_on, made.ends_on, least=terms)
        yield "plan", lambda: check_lasted(made)
    if ask.board:
        yield "board", lambda: check_board(ask, made)
    yield "account", lambda: check_sections(ask, made.texts)
    yield "account", lambda: check_words(ask, made.words)


def faults(ask: Ask, made: Made) -> list[tuple[str, Refused]]:
    """Everything that stands in the way of handing in, each under the key of its step in the task list."""
    found = []
    for step, check in _checks(ask, made):
        try:
            check()
        except Refused as refusal:
            found.append((step, refusal))
    return found


def steps(ask: Ask) -> list[str]:
    """The keys of a task's list, each once, in order: what it has besides depends on what the task asks."""
    return list(dict.fromkeys(step for step, _ in _checks(ask, Made())))


def check_account(ask: Ask, made: Made) -> None:
    """Whether the whole project may be handed in; raises every fault at once, then what isn't declared."""
    refuse([refusal for _, refusal in faults(ask, made)])
    check_declared(ask.declarations, own_work=made.own_work, ai=made.ai)


def check_evidence(count: int) -> None:
    """Supporting evidence is at most forty files; its words are not counted with the account (S1-29, S1-31)."""
    if count >= MOST_EVIDENCE:
        raise Refused(
            f"{count} of {MOST_EVIDENCE} files are there: remove one before you add another.",
            code="evidence.many",
            field="file",
        )


def check_not_locked(*, locked: bool) -> None:
    """Once a project is accepted for marking, what was handed in stays as it is."""
    if locked:
        raise Refused(
            "This project is with the markers: what you handed in stays as it is. Write to the programme office if "
            "something is wrong.",
            code="project.locked",
        )


def check_not_passed(*, passed: bool) -> None:
    """Whoever has passed a task has nothing more to hand in for it: no later attempt can take the pass away."""
    if passed:
        raise Refused(
            "You have passed this task: nothing more is handed in for it, and what you handed in stays as it is.",
            code="project.passed",
        )


def check_of_placement(*, counts: bool) -> None:
    """What belongs to a former placement school stays on record as it is."""
    if not counts:
        raise Refused(
            "This belongs to a school where you were to be placed before: it stays on record as it is. Write what your "
            "placement school of today needs.",
            code="placement.former",
        )
