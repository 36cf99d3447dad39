"""Who is at risk before an assessment, and is offered a plan of support (S2-09). The data of the rule are here alone.

Nobody's source says what "at risk" is: the figures are our own. Pure: days, shares and counts come in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from goldenthread.common.days import day_text
from goldenthread.common.quantities import percent_text

WITHIN_DAYS = 84  # before the first day of somebody's window: from then on they are looked at
SETTLING_DAYS = 28  # after the start: nothing is asked before
FAR_BELOW = Fraction(15, 100)  # of all hours, below what an even pace to the window asks by today
GATE_DAYS = 28  # before the window: what the gate would refuse today is a reason from then on
ACCOUNT_DAYS = 28  # before a project's last hand-in day: an account without a word is a reason from then on
LATE_TASKS = 2  # self-directed activities that are late together are a reason, until the share is reached
LATE_DAYS = 14  # after its day an activity counts as late
CONTACT_DAYS = 7  # by when the supporter has spoken with them


@dataclass(frozen=True)
class Reason:
    """Why help is offered: what it is about, what the person reads, and the first thing to do."""

    key: str
    text: str
    step: str


@dataclass(frozen=True)
class Facts:
    """How somebody stands before a window: `share` None where it can't be measured, `gate` what would hold them back
    today, `late` how many activities are late.
    """

    starts_on: date
    opens_on: date
    share: Fraction | None
    threshold: Fraction | None
    gate: str
    late: int


@dataclass(frozen=True)
class ProjectFacts:
    """How somebody stands before the last day on which they hand in a project: `planned` and `written` whether anything
    of its plan and of its account is there, or a document was sent.
    """

    title: str
    starts_on: date
    due_on: date
    share: Fraction | None
    threshold: Fraction | None
    late: int
    planned: bool
    written: bool


def project_reasons(facts: ProjectFacts, *, on: date) -> list[Reason]:
    """Why somebody is at risk on a day before they hand a project in; none outside the days before the last one.

    The pace goes to that last day, as nothing keeps anybody from handing in; a plan that isn't there is a reason all
    that time, since a project takes longer.
    """
    if not on <= facts.due_on <= on + timedelta(days=WITHIN_DAYS):
        return []
    as_window = Facts(facts.starts_on, facts.due_on, facts.share, facts.threshold, "", facts.late)
    found = _of_work(as_window, on=on)
    due = day_text(facts.due_on)
    if not facts.planned:
        found.append(
            Reason(
                "plan",
                f"Nothing of the plan of “{facts.title}” is there, and the project is handed in by {due}.",
                "Agree the focus of the project, its phases and when each begins, and write them into the plan.",
            )
        )
    if not facts.written and facts.due_on <= on + timedelta(days=ACCOUNT_DAYS):
        found.append(
            Reason(
                "account",
                f"Nothing of the account of “{facts.title}” is written, and it is handed in by {due}.",
                "Agree which section is written first, and by when each is there.",
            )
        )
    return found


def reasons(facts: Facts, *, on: date) -> list[Reason]:
    """Why somebody is at risk on a day; none outside the days before their window."""
    if not on < facts.opens_on <= on + timedelta(days=WITHIN_DAYS):
        return []
    work = _of_work(facts, on=on)
    if not facts.gate or facts.opens_on > on + timedelta(days=GATE_DAYS):
        return work
    gate = Reason(
        "gate",
        f"As things stand the case study would not be released to you: {facts.gate}",
        "Go through what is missing for the entry to the assessment, and what still counts toward it.",
    )
    before = [one for one in work if one.key == "engagement"]
    return [*before, gate, *work[len(before) :]]


def _of_work(facts: Facts, *, on: date) -> list[Reason]:
    """What the work of the programme gives reason to, before whichever assessment."""
    found = []
    expected = pace(facts, on=on)
    if facts.share is not None and expected is not None and facts.share < expected - FAR_BELOW:
        found.append(
            Reason(
                "engagement",
                f"Your engagement is {percent_text(facts.share)}; an even pace to the assessment would be "
                f"{percent_text(expected)} by now.",
                "Agree which modules and sessions you catch up with first, and when you have the time.",
            )
        )
    reached = facts.share is not None and facts.threshold is not None and facts.share >= facts.threshold
    if facts.late >= LATE_TASKS and not reached:
        found.append(
            Reason(
                "tasks",
                f"{facts.late} activities are more than {LATE_DAYS} days late.",
                "Agree new days for what is late, the oldest first.",
            )
        )
    return found


def pace(facts: Facts, *, on: date) -> Fraction | None:
    """The share of the hours that an even pace reaches by a day; None where no share is asked, or it is too early."""
    whole, gone = (facts.opens_on - facts.starts_on).days, (on - facts.starts_on).days
    if facts.threshold is None or gone <= SETTLING_DAYS or whole <= 0:
        return None
    return facts.threshold * min(gone, whole) / whole


def as_kept(found: Sequence[Reason]) -> list[dict[str, str]]:
    """The reasons as a plan keeps them."""
    return [{"key": one.key, "text": one.text} for one in found]
