"""Practice for a scenario-based assessment: which case may be practised, from when, and its feedback (S4-19). Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from goldenthread.assessment.rules.policies import Length
from goldenthread.assessment.rules.writing import DRAFT_LIMIT, Part, check_written
from goldenthread.catalogue.rules import add_months
from goldenthread.common.days import day_text
from goldenthread.common.refused import Refused

EVERY = 3  # months between two practice scenarios that the page suggests
LEVELS = {"yes": "Yes, it is there", "partly": "Partly", "not_yet": "Not yet"}


@dataclass(frozen=True)
class UseInWindow:
    """A window that a case study is set for: for people, when its last sitting closes, whether it was cancelled."""

    window: str
    closes_at: datetime
    cancelled: bool = False


def check_case_for_practice(
    *, published: bool, withdrawn: bool, uses: Iterable[UseInWindow], at: datetime
) -> None:
    """A case is practised only when it is published, not withdrawn, and every window that it is set for has closed."""
    if not published:
        raise Refused(
            "Publish the case study first: then it can be offered for practice.", code="practice.draft"
        )
    if withdrawn:
        raise Refused("This case study was withdrawn: practise another one.", code="practice.withdrawn")
    live = next((one for one in uses if not one.cancelled and one.closes_at >= at), None)
    if live:
        raise Refused(
            f"This case study is set for a window that has not closed for everybody ({live.window}). It can be "
            "practised after that.",
            code="practice.live",
        )


def check_not_practised(practised: bool) -> None:
    """A case that was offered for practice is open, so no window uses it any more."""
    if practised:
        raise Refused(
            "This case study is offered for practice, so participants know it: choose another one.",
            code="case.practised",
            field="case_study",
        )


def check_still_unseen(practised: bool) -> None:
    """A sitting whose case is practised meanwhile is not opened again: the case is no longer unseen."""
    if practised:
        raise Refused(
            "This case study is offered for practice by now, so this sitting can't be opened again. Enter the person "
            "for a further window.",
            code="practice.open_case",
        )


def check_month(month: int, *, taken: Collection[int], window_from: int | None) -> None:
    """Practice is offered so many whole months after the start, one scenario at a time, before any window may open."""
    last = (window_from or 25) - 1
    if not 0 <= month <= last:
        raise Refused(
            f"Choose a month from 0 to {last}: practice comes before the assessment.",
            code="practice.month",
            field="after_months",
        )
    if month in taken:
        raise Refused(
            f"Another scenario is offered after {month} months already: choose another month, so that practice comes "
            "regularly.",
            code="practice.taken",
            field="after_months",
        )


def next_month(taken: Collection[int], window_from: int | None) -> int:
    """The month to suggest for one more scenario: the first multiple of three that is free, else any free one."""
    last = (window_from or 25) - 1
    free = [month for month in range(1, last + 1) if month not in taken]
    regular = [month for month in free if month % EVERY == 0]
    return next(iter(regular or free), last)


def opens_on(starts_on: date, after_months: int) -> date:
    """The first day on which a scenario can be practised by somebody who began on `starts_on`."""
    return add_months(starts_on, after_months)


def check_begun(first_day: date, today: date) -> None:
    """A scenario is there from its day on. There is no last day, and opening it starts nothing."""
    if today < first_day:
        raise Refused(f"This scenario opens on {day_text(first_day)}.", code="practice.not_yet")


def check_practice_draft(texts: Mapping[str, str], keys: Collection[str]) -> None:
    """What is kept has the parts of the response, and at most as many characters as a sitting keeps."""
    if set(texts) - set(keys):
        raise Refused("This page is out of date: load it again.", code="practice.parts")
    length = sum(len(text) for text in texts.values())
    if length > DRAFT_LIMIT:
        raise Refused(
            f"{length:,} characters are more than can be kept ({DRAFT_LIMIT:,}). Remove what does not belong to your "
            "response; your last saved text is unchanged.",
            code="practice.too_long",
        )


def check_practice(parts: tuple[Part, ...], texts: Mapping[str, str], *, length: Length) -> None:
    """Practice meets what a script meets: every part written, and the word limit of the assessment where one is set."""
    check_written(parts, texts, length=length)


def check_levels(numbers: Collection[int], levels: Mapping[int, str]) -> None:
    """A self-assessment says of every mark point whether it is there: no marks, so no sum."""
    missing = sorted(set(numbers) - {number for number, level in levels.items() if level in LEVELS})
    if missing:
        raise Refused(
            f"Say of each mark point whether it is in your response: missing {', '.join(map(str, missing))}.",
            code="practice.levels",
        )
