"""The values of a specification in people's words: "not stated" where sources are silent, both where they disagree.

Pure functions, as in `rules`: no Django, no clock, no settings.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, TypeVar

from goldenthread.catalogue import policies
from goldenthread.catalogue.fees import Price, prices_on
from goldenthread.catalogue.sourced import Sourced, State
from goldenthread.catalogue.specification import Specification
from goldenthread.catalogue.structure import Component, EventMode, Lane, Place
from goldenthread.catalogue.terms import AiPolicy, Attempts, Counting, ProjectTask
from goldenthread.common.quantities import hours_text, money_text, words_text

T = TypeVar("T")
NOT_STATED = "not stated"
LONG_NAME = "National Professional Qualification for "
KIND_NAMES = {
    "induction": "Induction",
    "needs_analysis": "Needs analysis",
    "event": "Events",
    "webinar": "Webinars",
    "study": "Online study",
    "formative_task": "Formative tasks",
    "coaching": "Coaching",
    "diagnostic": "360° diagnostic",
    "briefing": "Online briefings",
    "case_study": "Case study",
    "project": "Project",
}
PLACES = {
    Place.IN_PERSON: "in person",
    Place.ONLINE: "online",
    Place.SELF_STUDY: "in your own time and school",
    Place.BY_MODE: "as the events of the intake are held",
}
EVENT_MODES = {EventMode.IN_PERSON: "in person", EventMode.VIRTUAL: "online"}
LANES = {Lane.FACILITATED: "with a group or a guide", Lane.SELF_DIRECTED: "on your own, in your own time"}


def short_name(name: str) -> str:
    """ "National Professional Qualification for Headship" → "Headship"."""
    return name.removeprefix(LONG_NAME)


def listed(things: Sequence[str], last: str = "and") -> str:
    """ "a, b and c"."""
    if len(things) < 2:
        return "".join(things)
    return f"{', '.join(things[:-1])} {last} {things[-1]}"


def stated(sourced: Sourced[T], text: Callable[[T], str]) -> str:
    """The value that counts in words, with what another source says of it; "not stated" where none counts.

    Where a person has yet to choose, every value stands there and none of them as the fact (C-01).
    """
    found = [text(one.value) for one in sourced.candidates if one.value is not None]
    others = list(dict.fromkeys(words for words in found if words != found[0]))
    if not found:
        return NOT_STATED
    if sourced.undecided:
        return f"{' or '.join([found[0], *others])}: sources disagree, and it is settled for each intake"
    if others:
        return f"{found[0]} (sources disagree: another says {listed(others, 'or')})"
    return found[0]


def in_words(sourced: Sourced[T], text: Callable[[T], str]) -> str:
    """As `stated`, and nothing at all for a value that the version doesn't have."""
    return stated(sourced, text) if sourced.values else ""


def disagrees(sourced: Sourced[Any]) -> bool:
    """Whether sources give more than one value that could count."""
    return len({one.value for one in sourced.values if one.state in (State.IN_FORCE, State.ALTERNATIVE)}) > 1


def counted(number: int, thing: str, things: str = "") -> str:
    """ "1 month", "18 months"."""
    return f"{number:,} {thing if number == 1 else things or thing + 's'}"


def months_text(months: int) -> str:
    return counted(months, "month")


def day_text(day: date) -> str:
    """ "1 September 2021"."""
    return f"{day.day} {day:%B %Y}"


def hours_or_not(minutes: int | None) -> str:
    """Minutes as hours, "not stated" for None."""
    return NOT_STATED if minutes is None else hours_text(minutes)


def edition_text(specification: Specification) -> str:
    """ "Reformed, international"."""
    return f"{specification.edition.capitalize()}, {specification.market}"


def fee_text(specification: Specification, on: date) -> str:
    """The fee of a place on a day, and what it will be later, in every currency; not stated is not free (S0-51).

    "£1,250", or "£1,250 until 31 December 2026; £1,300 from 1 January 2027".
    """
    told: dict[str, list[str]] = {}
    for price in prices_on(specification, on):
        told.setdefault(price.currency, []).append(price_text(price))
    return ", or ".join("; ".join(texts) for texts in told.values()) or NOT_STATED


def price_text(price: Price) -> str:
    """ "£1,250 until 31 December 2026"; the last day of a price that begins later is told by the next one."""
    amount = NOT_STATED if price.pence is None else money_text(price.pence, price.currency)
    if price.since:
        return f"{amount} from {day_text(price.since)}"
    return f"{amount} until {day_text(price.until)}" if price.until else amount


def length_text(specification: Specification) -> str:
    """How long it lasts, or by when it must be passed."""
    if specification.duration_months.value is not None:
        return months_text(specification.duration_months.value)
    limit = specification.achievement.pass_within_months.value if specification.achievement else None
    return NOT_STATED if limit is None else f"up to {months_text(limit)}"


def component_hours_text(part: Component) -> str:
    """The hours of a component; assessed work carries none (S0-29)."""
    return stated(part.hours, hours_text) if part.counts else "outside the hours"


# --- engagement and assessment -----------------------------------------------------------------------
def engagement_text(specification: Specification) -> str:
    """The engagement rule in a sentence: what must be done, and what it opens (C-05)."""
    policy = specification.engagement
    if policy is None:
        return achievement_text(specification)
    share = stated(policy.threshold_percent, lambda percent: f"at least {percent} %")
    uses = []
    uses += ["to pass"] if policy.required_to_pass else []
    uses += ["before the final assessment opens"] if policy.required_to_enter else []
    return f"Do {share} of the planned hours{' ' if uses else ''}{' and '.join(uses)}."


def achievement_text(specification: Specification) -> str:
    """What the legacy versions ask besides the assessment (S1-34, S3-31)."""
    rules = specification.achievement
    if rules is None:
        return NOT_STATED.capitalize()
    tasks = " and their core tasks" if rules.core_tasks else ""
    events = "engage with" if rules.events == "engage" else rules.events
    catch_up = ", or catch up" if rules.catch_up_counts else ""
    limit = stated(rules.pass_within_months, lambda months: f"within {months_text(months)} of starting")
    return f"Complete {rules.courses} online courses{tasks}; {events} the events{catch_up}; pass {limit}."


def limit_text(limit: Sourced[int]) -> str:
    """ "at most 1,500 words"; both limits, and that sources disagree, where a person rules (C-01)."""
    if not limit.undecided:
        return stated(limit, lambda words: f"at most {words_text(words)}")
    numbers = sorted({one.value for one in limit.candidates if one.value is not None})
    either = " or ".join(f"{words:,}" for words in numbers)
    return f"at most {either} words: sources disagree, and it is settled for each intake"


def word_limit_text(specification: Specification) -> str:
    """The word limit of the final assessment, or of each of its projects."""
    tasks = specification.assessment.tasks
    if not tasks:
        return limit_text(specification.assessment.max_words.values)
    if len(tasks) == 1:
        return limit_text(tasks[0].max_words.values)
    return "; ".join(f"{task.title}: {limit_text(task.max_words.values)}" for task in tasks)


def counting_sentences(counting: Counting) -> str:
    """Which words count, and what follows of too many: two sentences, or three where more than the limit is taken."""
    out = listed([policies.PARTS[part] for part in counting.not_counted])
    tolerance = counting.tolerance_percent
    more = f" More than the limit: {policies.tolerance_text(tolerance)}." if tolerance.values else ""
    follows = policies.over_text(counting.over, counting.penalty)
    return f"Not counted: {out}.{more} If a response is longer, {follows}."


def ai_policy_text(policy: AiPolicy | None) -> str:
    """Whether AI may be used, and what is said of it; "" where nothing is stated."""
    if policy is None:
        return ""
    said = policies.AI_TEXTS[policy.use]
    return f"{said} Who used it says {listed(list(policy.describe))}." if policy.describe else said


def attempts_text(policy: Attempts | None) -> str:
    """How often the case study may be sat, and until when; "" where nothing is stated."""
    if policy is None:
        return ""
    if policy.most is None and policy.within_months is None:
        return "No limit is set to how often the case study may be sat: staff decide each case."
    most = f"at most {policy.most} times" if policy.most and policy.most > 1 else "once"
    said = [f"The case study may be sat {most}."] if policy.most else []
    if policy.within_months and policy.most != 1:
        months = months_text(policy.within_months)
        said.append(f"A further window ends within {months} after the last day of the first attempt.")
    said.append(
        "A window that was deferred or cancelled, or whose case study was not released to somebody, is no attempt."
    )
    return " ".join(said)


def task_text(task: ProjectTask) -> str:
    """A project with its rules in sentences: where, how long, before which board, at what length (C-39)."""
    return " ".join([*task_sentences(task), f"Length: {limit_text(task.max_words.values)}."])


def task_sentences(task: ProjectTask) -> list[str]:
    """What a project asks for, without its length: where, how long, in which parts, before which board."""
    said = [task.text]
    if task.placement_working_days:
        days = counted(task.placement_working_days, "working day")
        contrast = (
            f", unlike your own in {listed(task.contrast_examples, 'or')}" if task.contrast_examples else ""
        )
        said.append(f"{days} in a placement school{contrast}.")
    if task.parts:
        said.append(f"Parts: {listed([part.title.lower() for part in task.parts])}.")
    if task.board:
        school = "your own school" if task.board == "home" else "the placement school"
        before = " before you carry it out" if task.board_before_implementation else ""
        said.append(f"You present it to the governing board of {school}{before}.")
    return said


def window_text(months: tuple[int, int]) -> str:
    return f"between {months[0]} and {months[1]} months after the start"


def days_text(days: int) -> str:
    return counted(days, "day")


def pass_mark_text(pass_mark: Sourced[int]) -> str:
    """The pass mark as stated; where no source gives one, each mark scheme sets its own (S0-37)."""
    if pass_mark.unknown:
        return "set in the mark scheme of each task"
    return stated(pass_mark, lambda marks: counted(marks, "mark"))


# --- names --------------------------------------------------------------------------------------------
def version_name(code: str, edition: str, market: str, revision: int = 1) -> str:
    """ "NPQLT reformed, international"; a later revision says its number."""
    return f"{code} {edition}, {market}" + (f" (revision {revision})" if revision > 1 else "")


def name_in_file(data: Mapping[str, Any]) -> str:
    """The name that the plain data of a version's file gives it; "" as long as it lacks programme or edition."""
    code, edition, market = (data.get(key) for key in ("programme", "edition", "market"))
    if not (isinstance(code, str) and isinstance(edition, str) and code.strip() and edition.strip()):
        return ""
    place = market.strip() if isinstance(market, str) and market.strip() else "no market yet"
    revision = data.get("revision", 1)
    number = revision if isinstance(revision, int) and not isinstance(revision, bool) else 1
    return version_name(code.strip(), edition.strip(), place, number)
