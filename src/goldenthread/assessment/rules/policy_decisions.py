"""What the office may decide beside a version's document about counting words, AI and attempts: read as its file is
read.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, TypeVar

from goldenthread.catalogue import policies
from goldenthread.catalogue.deciding import OFFICE
from goldenthread.catalogue.problems import Problems, SpecificationError
from goldenthread.catalogue.tables import Table
from goldenthread.catalogue.terms import AiPolicy, Assessment, Attempts, Counting
from goldenthread.common.days import day_text
from goldenthread.common.refused import Refused

COUNTING, AI, ATTEMPTS = "counting", "ai", "attempts"
LONGEST_REASON = 2_000
Decision = TypeVar("Decision")


def read(kind: str, table: Mapping[str, Any]) -> Counting | AiPolicy | Attempts:
    """A table of the file as what it says. Refuses, with every fault, what a version's file would be refused for."""
    problems = Problems("This policy")
    parent = Table({kind: dict(table)}, "", problems, frozenset({OFFICE}))
    reader = {COUNTING: policies.counting, AI: policies.ai, ATTEMPTS: policies.attempts}[kind]
    found: Any = reader(parent)
    try:
        problems.refuse_if_any()
    except SpecificationError as no:
        told = "; ".join(f"{one.path.partition('.')[2] or one.path} {one.reason}" for one in no.problems)
        raise Refused(f"This can't be: {told}.", code="policy.table") from None
    assert found is not None
    return found  # type: ignore[no-any-return]


def in_force(decided: Iterable[tuple[str, date, Decision]], *, on: date) -> dict[str, Decision]:
    """By kind what counts for a window that opens on a day: of what begins by then, what was decided last. Each comes
    as its kind, the day from which on it holds, and itself, the latest decision first.
    """
    found: dict[str, Decision] = {}
    for kind, from_day, one in decided:
        if from_day <= on:
            found.setdefault(kind, one)
    return found


def with_decided(stated: Assessment, tables: Mapping[str, Mapping[str, Any]]) -> Assessment:
    """What a version states, with what was decided in its place. A project's own counting stays."""
    found: dict[str, Any] = {kind: read(kind, table) for kind, table in tables.items()}
    return replace(stated, **found) if found else stated


def check_kind(kind: str, *, case_study: bool) -> None:
    """How often is decided of a case study: for a project further hand-in days are set for everybody of an intake."""
    if kind == ATTEMPTS and not case_study:
        raise Refused(
            "This version has projects: whoever has not passed has a place in the next hand-in days. Set those, "
            "or none.",
            code="policy.projects",
        )


def check_reason(reason: str) -> None:
    """Who decides says why; it is kept with the name, and participants read both."""
    if not reason.strip() or len(reason.strip()) > LONGEST_REASON:
        raise Refused(
            f"Say why, in at most {LONGEST_REASON:,} characters: it is kept with your name.",
            code="policy.reason",
            field="reason",
        )


def check_from(from_day: date, *, today: date, opened: date | None) -> None:
    """A policy begins on a day to come, with windows that nobody has opened: what was told at an opening stays.

    `opened` is the first day of a window on or after that day which has opened for somebody, if there is one.
    """
    if from_day <= today:
        raise Refused(
            f"Choose a day after today, {day_text(today)}: windows that have opened keep what they were opened with.",
            code="policy.past",
            field="from_day",
        )
    if opened is not None:
        raise Refused(
            f"The window from {day_text(opened)} has opened for somebody already, and keeps what it was opened with: "
            "choose a later day.",
            code="policy.opened",
            field="from_day",
        )
