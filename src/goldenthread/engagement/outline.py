"""From a specification to a plan: every activity with its minutes, lane and date. Pure: no Django, no clock.

The sources give hours per component, seldom the single activities. Where a version names them (events,
courses, rounds) the plan uses those names; elsewhere the component's minutes are shared out by the defaults
below, to the minute, so that a plan always sums to the version's hours.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from goldenthread.catalogue.specification import Specification
from goldenthread.catalogue.structure import Component, DeliveryModel, Kind

TASK_MINUTES = 360  # about a day's work in school
COACHING_MINUTES = 60
BRIEFING_MINUTES = 90
INDUCTION_DAYS = 28


@dataclass(frozen=True)
class PlanItem:
    """One activity to be: `minutes` and `due_on` None where the version leaves hours or length unknown."""

    key: str
    component: str
    kind: str
    stage: str
    lane: str
    title: str
    minutes: int | None
    due_on: date | None


def share_out(total: int, parts: int, *, step: int = 5) -> list[int]:
    """Share `total` minutes over `parts` in multiples of `step`, the earlier ones larger; sums to `total`
    exactly.

    share_out(1920, 9) → [215, 215, 215, 215, 215, 215, 210, 210, 210]
    """
    if parts < 1:
        raise ValueError("a component has at least one part")
    whole, rest = divmod(total, step)
    each, larger = divmod(whole, parts)
    minutes = [(each + (1 if place < larger else 0)) * step for place in range(parts)]
    minutes[0] += rest
    return minutes


def outline(
    specification: Specification, *, delivery_model: str, starts_on: date, ends_on: date | None
) -> list[PlanItem]:
    """The plan of a version for one delivery model between the start and the end of its development stage.

    `starts_on` and `ends_on` are the first and last day of induction and development; the summative stage has
    no planned minutes (S0-29). The items are in order of date. With `ends_on` None, where the sources give no
    length, nothing but induction has a date, and the order is the version's.
    """
    model = next((known for known in specification.delivery_models if known.key == delivery_model), None)
    items: list[PlanItem] = []
    for component in specification.components:
        if component.counts:
            items += _items(component, specification, model, starts_on, ends_on)
    order = {"induction": 0}
    return sorted(items, key=lambda item: (order.get(item.stage, 1), item.due_on or date.max))


def outline_of(specification: Specification) -> list[PlanItem]:
    """The activities of a version without a person: keys, titles and minutes; the dates mean nothing."""
    return outline(specification, delivery_model="", starts_on=date(2001, 1, 1), ends_on=date(2001, 12, 31))


def _items(
    component: Component,
    specification: Specification,
    model: DeliveryModel | None,
    starts_on: date,
    ends_on: date | None,
) -> Iterator[PlanItem]:
    titles = _titles(component, specification)
    minutes: Sequence[int | None]
    minutes = [None] * len(titles) if component.minutes is None else _minutes(component, len(titles))
    days = _dates(component, len(titles), starts_on, ends_on)
    first = PlanItem(
        key="",
        component=component.key,
        kind=_kind(component.kind, model),
        stage=component.stage,
        lane=str(component.lane),
        title="",
        minutes=None,
        due_on=starts_on,
    )
    for number, (title, length, day) in enumerate(zip(titles, minutes, days, strict=True), start=1):
        key = component.key if len(titles) == 1 else f"{component.key}-{number}"
        yield replace(first, key=key, title=title, minutes=length, due_on=day)


def _kind(kind: str, model: DeliveryModel | None) -> str:
    """Online-only replaces events by webinars, distance learning by two-week windows, of the same hours
    (C-29).
    """
    if kind != Kind.EVENT or model is None:
        return str(kind)
    return {"webinars": "webinar", "fortnights": "fortnight"}.get(model.events_become, str(kind))


def _titles(component: Component, specification: Specification) -> list[str]:
    match component.kind:
        case Kind.EVENT:
            named = [f"Event {event.number}: {event.title}" for event in specification.events]
            return named or [
                f"Event day {number}" for number in range(1, (component.event_days.value or 1) + 1)
            ]
        case Kind.STUDY:
            modules = [module.title for course in specification.courses for module in course.modules]
            return modules or list(specification.content_areas) or [component.name]
        case Kind.FORMATIVE_TASK:
            return _numbered("Formative task", component.minutes, TASK_MINUTES)
        case Kind.COACHING:
            return _numbered("Coaching session", component.minutes, COACHING_MINUTES)
        case Kind.BRIEFING:
            return _numbered("Online briefing", component.minutes, BRIEFING_MINUTES)
        case Kind.DIAGNOSTIC:
            return [f"{component.name}: {when}" for when in component.rounds] or [component.name]
        case _:
            return [component.name]


def _numbered(label: str, minutes: int | None, each: int) -> list[str]:
    if minutes is None:
        return [label]
    count = max(1, -(-minutes // each))
    return [f"{label} {number}" for number in range(1, count + 1)]


def _minutes(component: Component, parts: int) -> list[int]:
    total = component.minutes or 0
    if component.kind == Kind.COACHING and total > COACHING_MINUTES:
        whole, rest = divmod(total, COACHING_MINUTES)
        return [COACHING_MINUTES] * whole + ([rest] if rest else [])
    return share_out(total, parts)


def _dates(component: Component, parts: int, starts_on: date, ends_on: date | None) -> Sequence[date | None]:
    early = min(starts_on + timedelta(days=INDUCTION_DAYS), ends_on or date.max)
    if component.stage == "induction":
        return [early] * parts
    if ends_on is None:
        return [None] * parts
    if component.kind == Kind.DIAGNOSTIC and parts == 2:
        return [early, ends_on]
    span = (ends_on - starts_on).days
    return [
        _weekday(starts_on + timedelta(days=span * number // (parts + 1))) for number in range(1, parts + 1)
    ]


def _weekday(day: date) -> date:
    """The day itself, or the Monday after a weekend."""
    return day + timedelta(days=(7 - day.weekday()) if day.weekday() >= 5 else 0)
