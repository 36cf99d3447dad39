"""Versions side by side: the rows, what differs between them, and hours as bars (S0-50)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from goldenthread.catalogue.specification import Specification
from goldenthread.catalogue.wording import (
    KIND_NAMES,
    NOT_STATED,
    edition_text,
    engagement_text,
    fee_text,
    hours_or_not,
    listed,
    months_text,
    stated,
    window_text,
    word_limit_text,
)
from goldenthread.common.quantities import decimal_hours
from goldenthread.web.public.facts import admission_of, areas_text, currencies_text
from goldenthread.web.shared.versions import Version


@dataclass(frozen=True)
class Row:
    """One row of a comparison; `group` heads the rows that follow it, `minutes` are drawn as bars to one scale."""

    label: str
    values: tuple[str, ...]
    group: str = ""
    minutes: tuple[int | None, ...] = ()

    @property
    def differs(self) -> bool:
        return len(set(self.values)) > 1


def compare(chosen: Sequence[Version], on: date, *, plain_hours: bool = False) -> list[Row]:
    """The rows of a comparison (S0-50); `plain_hours` gives hours as bare numbers, for a spreadsheet."""
    specifications = [version.specification for version in chosen]

    def row(label: str, text: Callable[[Specification], str], group: str = "") -> Row:
        return Row(label, tuple(text(one) for one in specifications), group)

    return [
        row("Edition", edition_text),
        row("For whom", lambda one: one.audience.text),
        row("Checks before you are accepted", _checks_text),
        row("How to get in", admission_of),
        row("Stages", lambda one: listed([stage.name for stage in one.stages], "then"), "Time"),
        row("Development", lambda one: stated(one.duration_months, months_text)),
        row("Summative assessment", lambda one: stated(one.summative_months, months_text)),
        *_hours(specifications, plain_hours_text if plain_hours else hours_or_not),
        row("Event days", event_days),
        row("What it is", lambda one: one.assessment.name, "Assessment"),
        row("Words", word_limit_text),
        row("Window", lambda one: stated(one.assessment.window_days, lambda days: f"{days} days")),
        row("When", lambda one: stated(one.assessment.window_months, window_text)),
        row("Engagement", engagement_text),
        row("Content areas", areas_text, "Content and cost"),
        row("Fee", lambda one: fee_text(one, on)),
        row("Currency and market", lambda one: f"{currencies_text(one)}, {one.market}"),
        row(
            "Ways to study", lambda one: ", ".join(model.name for model in one.delivery_models) or NOT_STATED
        ),
    ]


def _hours(specifications: Sequence[Specification], text: Callable[[int | None], str]) -> list[Row]:
    """Hours in all and by kind of component."""
    kinds = dict.fromkeys(part.kind for one in specifications for part in one.components if part.counts)
    rows = [
        Row(
            "Total hours",
            tuple(text(one.minutes_declared) for one in specifications),
            "Guided learning hours",
            tuple(one.minutes_declared for one in specifications),
        )
    ]
    for kind in kinds:
        words = partial(hours_of_kind, kind=kind, text=text)
        minutes = tuple(_minutes_of_kind(one, kind) for one in specifications)
        rows.append(Row(KIND_NAMES.get(kind, kind), tuple(words(one) for one in specifications), "", minutes))
    return rows


def with_bars(rows: Sequence[Row], labels: Sequence[str]) -> list[dict[str, Any]]:
    """The rows as a page draws them: each cell with its version's label and, for hours, its share of the largest."""
    most = max((minutes or 0 for row in rows for minutes in row.minutes), default=0)
    return [
        {
            "label": row.label,
            "group": row.group,
            "differs": row.differs,
            "cells": [
                {
                    "label": label,
                    "value": value,
                    "share": _share(row.minutes[place], most) if row.minutes else "",
                }
                for place, (label, value) in enumerate(zip(labels, row.values, strict=True))
            ],
        }
        for row in rows
    ]


def _share(minutes: int | None, most: int) -> str:
    return f"{minutes * 100 / most:.1f}" if minutes and most else ""


def labels_of(chosen: Sequence[Version]) -> list[str]:
    """The shortest names that tell the versions apart: "NPQLT", or "NPQLT reformed, England" beside another one."""
    codes = [version.code for version in chosen]
    return [version.code if codes.count(version.code) == 1 else version.name for version in chosen]


def plain_hours_text(minutes: int | None) -> str:
    """Minutes as a bare number of hours: 1080 → "18"."""
    return NOT_STATED if minutes is None else decimal_hours(minutes)


def hours_of_kind(specification: Specification, *, kind: str, text: Callable[[int | None], str]) -> str:
    """The hours of all components of a kind; "none" where the version has no such component."""
    if not any(part.kind == kind for part in specification.components):
        return "none"
    return text(_minutes_of_kind(specification, kind))


def _minutes_of_kind(specification: Specification, kind: str) -> int | None:
    """The minutes of all components of a kind, None when there is none or one of them is unknown."""
    parts = [part.minutes for part in specification.components if part.kind == kind]
    known = [minutes for minutes in parts if minutes is not None]
    return sum(known) if parts and len(known) == len(parts) else None


def event_days(specification: Specification) -> str:
    """How many event days a version has."""
    days = [part.event_days for part in specification.components if part.kind == "event"]
    return stated(days[0], str) if days else "none"


def _checks_text(specification: Specification) -> str:
    return listed([check.name for check in specification.entry_checks]) or "none"


def worth_comparing(versions: Iterable[Version]) -> list[Version]:
    """Up to four open versions whose hours differ from one another: what a visitor sees before choosing."""
    found: dict[tuple[Any, ...], Version] = {}
    for version in versions:
        profile = tuple((part.kind, part.minutes) for part in version.specification.components)
        if version.state == "published" and version.specification.minutes_declared is not None:
            found.setdefault(profile, version)
    return list(found.values())[:4]
