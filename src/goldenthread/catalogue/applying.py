"""The rules of a version that decide about the people on it: each in plain words, with its values and its sources.

Everything is read from the specification; no programme and no family is named here (S0-74).
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from goldenthread.catalogue import wording
from goldenthread.catalogue.policies import AI_TEXTS, PARTS, over_text, tolerance_text
from goldenthread.catalogue.sourced import Sourced
from goldenthread.catalogue.specification import Specification
from goldenthread.catalogue.terms import (
    Achievement,
    ConflictNote,
    Counting,
    EngagementPolicy,
    ProjectTask,
    WordLimit,
)
from goldenthread.catalogue.wording import counted, listed, months_text, task_sentences
from goldenthread.common.quantities import words_text

NOT_SAID = "No source of your programme states it."
RESITS_GAP = "G-02"
CONFLICT = re.compile(r"C-\d+")


@dataclass(frozen=True)
class Figure:
    """A sourced value behind a rule, and how people write it."""

    sourced: Sourced[Any]
    text: Callable[[Any], str]

    @property
    def disputed(self) -> bool:
        return wording.disagrees(self.sourced)


@dataclass(frozen=True)
class AppliedRule:
    """One rule as a version has it.

    `compared` is what tells whether another version has the same; None where nothing is stated. `cited` is where
    conflicts of sources are looked for, `sources` if it is None. `derived`: our own working, which no source states.
    """

    key: str
    name: str
    text: str
    sources: tuple[str, ...]
    compared: Any
    figures: tuple[Figure, ...] = ()
    derived: bool = False
    cited: tuple[str, ...] | None = None


def rules_of(spec: Specification) -> tuple[AppliedRule, ...]:
    """The rules of a version that decide about its people, in the order in which they meet them."""
    final = _case_study(spec) if spec.assessment.kind == "case_study" else _projects(spec)
    return (_engagement(spec), *final, *_declared(spec), _pass_mark(spec), _again(spec))


# --- engagement --------------------------------------------------------------------------------------
def _engagement(spec: Specification) -> AppliedRule:
    policy = spec.engagement
    if policy is None:
        text = "No share of the planned hours is asked of you."
        return AppliedRule("engagement", "Engagement", text, (), None)
    percent = policy.threshold_percent
    share = "A share of the planned hours, which no source states."
    if percent.value is not None:
        share = f"At least {percent.value} % of the planned hours, counted exactly and never rounded up."
    return AppliedRule(
        "engagement",
        "Engagement",
        f"{share} {_needed(policy)}",
        percent.sources,
        (percent.value, policy.required_to_pass, policy.required_to_enter),
        (Figure(percent, lambda value: f"{value} %"),),
        percent.derived,
    )


def _needed(policy: EngagementPolicy) -> str:
    """What the share is needed for: to receive the case study, to pass, both or neither (C-05)."""
    if policy.required_to_enter and policy.required_to_pass:
        return "You need it when your window opens, to receive the case study, and you need it to pass."
    if policy.required_to_enter:
        return (
            "You need it when your window opens: without it you don't receive the case study. "
            "It is no further condition of the pass."
        )
    if policy.required_to_pass:
        return (
            "You don't need it to receive the case study. You need it to pass, besides the case study itself."
        )
    return "It is guidance: you need it neither to receive the case study nor to pass."


# --- one case study ----------------------------------------------------------------------------------
def _case_study(spec: Specification) -> Iterator[AppliedRule]:
    final = spec.assessment
    yield from _stages(spec)
    yield _words("words", "Word limit", final.max_words)
    yield _counting("counting", "How words are counted", final.counting)
    parts = listed([f"{number} {part.title}" for number, part in enumerate(final.parts, start=1)])
    if final.parts:
        parts = f"{parts}, in this order; none may be empty."
    else:
        parts = NOT_SAID if final.max_words.values.unknown else "None: you write one text."
    stated = parts != NOT_SAID
    compared = tuple(part.title for part in final.parts) if stated else None
    yield AppliedRule("parts", "Parts of the response", parts, final.source if stated else (), compared)
    months, lengths = final.window_months, (*spec.duration_months.sources, *spec.summative_months.sources)
    yield _figure("months", "When your window lies", months, _window_text, cited=(*months.sources, *lengths))
    yield _figure(
        "days",
        "Days of your window",
        final.window_days,
        lambda days: f"{counted(days, 'calendar day')}; the day of release is day 1.",
    )
    yield _figure(
        "development",
        "Induction and development",
        spec.duration_months,
        lambda months: months_text(months) + ".",
    )
    yield _figure(
        "summative",
        "Summative assessment",
        spec.summative_months,
        lambda months: f"Up to {months_text(months)} after that.",
    )


def _stages(spec: Specification) -> Iterator[AppliedRule]:
    """What must lie behind somebody before the summative stage opens (S0-21)."""
    before, months = [], spec.assessment.window_months.value
    if any(part.stage == "induction" and part.counts for part in spec.components):
        before.append("your induction must be finished")
    if months is not None:
        before.append("your development stage must be over")
    if before:
        text = (
            f"When your window opens, {listed(before)}. The programme office can waive this, with a reason."
        )
        sources = [source for stage in spec.stages for source in stage.source]
        yield AppliedRule("stages", "Before your window", text, tuple(sources), tuple(before), cited=())


def _window_text(months: Sequence[int]) -> str:
    return (
        f"It opens {months_text(months[0])} after your start at the earliest and closes {months_text(months[1])} "
        "after it at the latest."
    )


def _words(key: str, name: str, limit: WordLimit) -> AppliedRule:
    values, offered = limit.values, limit.choices
    if values.unknown:
        text = "No source states a limit. Your words are counted."
    elif values.undecided:
        text = "Not settled yet: the programme office chooses before your window is set."
    else:
        text = f"At most {words_text(values.value or 0)}."
    if limit.counts and not values.unknown:
        text = f"{text} What counts: {limit.counts}."
    compared = tuple(sorted({one.value for one in offered if one.value is not None}))
    return AppliedRule(
        key, name, text, values.sources, compared or None, (Figure(values, words_text),), values.derived
    )


def _figure(
    key: str,
    name: str,
    sourced: Sourced[Any],
    text: Callable[[Any], str],
    *,
    cited: tuple[str, ...] | None = None,
) -> AppliedRule:
    """A rule that is one figure; said to be unknown, or open, where none counts."""
    said = NOT_SAID if sourced.unknown else "Not settled yet: the sources disagree."
    if sourced.value is not None:
        said = text(sourced.value)
    compared = tuple(sorted({str(one.value) for one in sourced.candidates}))
    figure = Figure(sourced, lambda value: text(value).rstrip("."))
    sources = () if sourced.unknown else sourced.sources
    return AppliedRule(key, name, said, sources, compared or None, (figure,), sourced.derived, cited)


# --- projects ----------------------------------------------------------------------------------------
def _projects(spec: Specification) -> Iterator[AppliedRule]:
    for task in spec.assessment.tasks:
        yield from _task(task)
    limited = any(not task.max_words.values.unknown for task in spec.assessment.tasks)
    yield _counting("counting", "How words are counted", spec.assessment.counting, limited=limited)
    asked = spec.achievement
    if asked is None:
        return
    yield _courses(asked)
    events = "Engage with the events" if asked.events == "engage" else "Attend the events"
    catch_up = " A recorded catch-up stands for one that you missed." if asked.catch_up_counts else ""
    compared = (asked.events, asked.catch_up_counts)
    yield AppliedRule("events", "Events", f"{events}.{catch_up}", asked.source, compared)
    limit = asked.pass_within_months
    yield _figure(
        "pass_within",
        "By when you pass",
        limit,
        lambda months: f"Within {months_text(months)} of your start. The day of the moderated result counts.",
    )


def _courses(asked: Achievement) -> AppliedRule:
    tasks = " and their core tasks" if asked.core_tasks else ""
    text = f"Complete {counted(asked.courses, 'online course')}{tasks}."
    return AppliedRule("courses", "Online courses", text, asked.source, (asked.courses, asked.core_tasks))


def _task(task: ProjectTask) -> Iterator[AppliedRule]:
    said = task_sentences(task)
    if task.parts:
        said.append("None of the parts may be empty.")
    compared = (task.text, task.min_terms, task.placement_working_days, task.board)
    yield AppliedRule(f"task-{task.key}", task.title, " ".join(said), task.source, compared)
    yield _words(f"words-{task.key}", f"{task.title}: word limit", task.max_words)
    if task.counting is not None:
        limited = not task.max_words.values.unknown
        name = f"{task.title}: how words are counted"
        yield _counting(f"counting-{task.key}", name, task.counting, limited=limited)


# --- counting and declarations -----------------------------------------------------------------------
def _counting(key: str, name: str, found: Counting, *, limited: bool = True) -> AppliedRule:
    """Which words count and, where there is a limit, how many more are taken and what follows of others."""
    out = listed([PARTS[part] for part in found.not_counted])
    tolerance = found.tolerance_percent
    more = f" More than the limit: {tolerance_text(tolerance)}." if tolerance.values else ""
    follows = over_text(found.over, found.penalty)
    text = f"By the rule {found.rule}; not counted: {out}."
    if limited:
        text += f"{more} If yours is longer, {follows}."
    compared = (found.rule, found.not_counted, tolerance.value, found.over, found.penalty)
    figure = Figure(tolerance, lambda percent: f"{percent} %")
    return AppliedRule(key, name, text, tolerance.sources, compared, (figure,), derived=not tolerance.sources)


def _declared(spec: Specification) -> Iterator[AppliedRule]:
    """What is declared with every script: own work, and what the policy about AI asks."""
    own, policy = spec.assessment.own_work, spec.assessment.ai
    yield AppliedRule(
        "own_work", "Own work", f"You declare “{own.text}” ({own.version}).", (), own.text, derived=True
    )
    if policy is None:
        yield AppliedRule("ai", "Use of AI", "Nothing is said of it, and nothing is asked.", (), None)
        return
    said = [AI_TEXTS[policy.use]]
    if policy.describe:
        said.append(f"Who used it says {listed(list(policy.describe))}.")
    if policy.statement:
        said.append(f"You agree to “{policy.statement}” ({policy.version}).")
    if policy.use != "free":
        said.append(
            "The programme office reads it"
            + (", and so do the markers." if policy.shown_to_markers else "; the markers don't.")
        )
    yield AppliedRule("ai", "Use of AI", " ".join(said), (), (policy.use, policy.statement), derived=True)


# --- of all versions ---------------------------------------------------------------------------------
def _pass_mark(spec: Specification) -> AppliedRule:
    mark = spec.assessment.pass_mark
    rule = _figure("pass_mark", "Pass mark", mark, lambda marks: f"{counted(marks, 'mark')}.")
    if not mark.unknown:
        return rule
    kind = "case study" if spec.assessment.kind == "case_study" else "task"
    text = f"{NOT_SAID} The mark scheme of each {kind} sets its own; you read it with your result."
    return AppliedRule("pass_mark", "Pass mark", text, (), None, rule.figures)


def _again(spec: Specification) -> AppliedRule:
    """Sitting again: the policy of attempts; without one what no source says, and what is done meanwhile, as the
    specification notes it.
    """
    policy = spec.assessment.attempts
    if policy is not None:
        text = f"{wording.attempts_text(policy)} Beyond that two people of the office decide, with reasons."
        return AppliedRule(
            "again", "Sitting again", text, (), (policy.most, policy.within_months), derived=True
        )
    note = next((one for one in spec.unknown_notes if one.gap == RESITS_GAP), None)
    what = NOT_SAID.rstrip(".")
    if note:
        what = f"No source of your programme says anything about {listed(note.what.split(', '), 'or')}"
    then = note.then if note else "decided by staff, with the reason recorded"
    again = "another window" if spec.assessment.kind == "case_study" else "further hand-in days"
    text = f"{what}. Whether you get {again} is {then}."
    return AppliedRule("again", "Sitting again", text, (), None)


# --- conflicts ---------------------------------------------------------------------------------------
def conflicts_of(spec: Specification, rule: AppliedRule) -> list[ConflictNote]:
    """The contradictions of sources that a rule rests on: those that its values or their notes name, and those of
    which every line is a line of the rule.
    """
    values = [value for figure in rule.figures for value in figure.sourced.values]
    named = {id for value in values for id in (value.conflict, *CONFLICT.findall(value.note))}
    own = _lines(rule.sources if rule.cited is None else rule.cited)
    return [note for note in spec.conflict_notes if note.id in named or _rests_on(own, _lines(note.source))]


def _rests_on(own: dict[str, set[int]], cited: dict[str, set[int]]) -> bool:
    return bool(cited) and all(lines <= own.get(document, set()) for document, lines in cited.items())


def _lines(sources: Iterable[str]) -> dict[str, set[int]]:
    """The lines of each document: "000:5-7" → {"000": {5, 6, 7}}; a source that counts no lines has none."""
    found: dict[str, set[int]] = {}
    for source in sources:
        document, _, place = source.partition(":")
        first, _, last = place.partition("-")
        if first.isdecimal() and (not last or last.isdecimal()):
            found.setdefault(document, set()).update(range(int(first), int(last or first) + 1))
    return found


# --- sources -----------------------------------------------------------------------------------------
def places_of(sources: Iterable[str], documents: Iterable[tuple[str, str]]) -> list[str]:
    """Sources by the title of their document: ("000:91", "000:156-158") → ["Title, lines 91 and 156 to 158"]."""
    titles, places = dict(documents), dict[str, list[str]]()
    for source in sorted(dict.fromkeys(sources), key=_line_of):
        document, _, place = source.partition(":")
        places.setdefault(document, []).append(place)
    return [_place(titles.get(document, document), found) for document, found in places.items()]


def _line_of(source: str) -> tuple[str, int, str]:
    document, _, place = source.partition(":")
    first = place.partition("-")[0]
    return document, int(first) if first.isdecimal() else 0, place


def _place(title: str, places: Sequence[str]) -> str:
    named = [place for place in places if place]
    if not named:
        return title
    if not all(place.replace("-", "").isdecimal() and place.count("-") < 2 for place in named):
        return f"{title}, {listed(named)}"
    several = len(named) > 1 or "-" in named[0]
    return f"{title}, {'lines' if several else 'line'} {listed([one.replace('-', ' to ') for one in named])}"
