"""Engagement: the figure, what it is made of, what is missing, and how to close the gap in time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from goldenthread.common.quantities import hours_text
from goldenthread.engagement.queries import ends_of, policy_of, standing_from
from goldenthread.engagement.rules import ComponentStanding, Gap, Standing, ways_to_close
from goldenthread.web.participant.activities import Shown, evidence_text, shown_plan
from goldenthread.web.participant.current import Mine, with_enrolment
from goldenthread.web.shared.http import today


@dataclass(frozen=True)
class ComponentBlock:
    """One component with its activities, each of which unfolds to its ledger entries."""

    name: str
    standing: ComponentStanding | None
    activities: list[dict[str, Any]]


@require_safe
@with_enrolment
def engagement(request: HttpRequest, mine: Mine) -> HttpResponse:
    enrolment = mine.enrolment
    day = today(request)
    plan = shown_plan(enrolment, today=day)
    standing = standing_from(enrolment, [shown.line for shown in plan])
    context = {
        "mine": mine,
        "standing": standing,
        "fraction": _fraction(standing),
        "needed": _needed(standing),
        "policy": policy_of(enrolment.version),
        "bars": _bars(standing),
        "blocks": _blocks(mine, plan, standing),
        "closing": _ways(plan, standing, day),
        "ends_on": ends_of(enrolment)[0],
        "today": day,
    }
    return render(request, "participant/engagement.html", context)


def _fraction(standing: Standing) -> str:
    """The exact share in its lowest terms: "9/10"."""
    share = standing.share
    return "" if share is None else f"{share.numerator}/{share.denominator}"


def _needed(standing: Standing) -> Fraction | None:
    """The minutes that the threshold stands for, exact."""
    return None if standing.threshold is None else standing.threshold * standing.planned


def _bars(standing: Standing) -> list[dict[str, Any]]:
    return [
        {
            "label": part.name,
            "value": part.counted * 1000 // part.planned if part.planned else 0,
            "text": f"{hours_text(part.counted)} of {hours_text(part.planned)}",
        }
        for part in standing.components
    ]


def _blocks(mine: Mine, plan: Sequence[Shown], standing: Standing) -> list[ComponentBlock]:
    """The components in the version's order, each with its activities."""
    by_key = {part.component: part for part in standing.components}
    blocks = []
    for component in mine.enrolment.version.specification.components:
        rows = [shown for shown in plan if shown.activity.component == component.key]
        if rows:
            activities = [{"shown": shown, "entries": _entries(shown)} for shown in rows]
            blocks.append(ComponentBlock(component.name, by_key.get(component.key), activities))
    return blocks


def _entries(shown: Shown) -> list[dict[str, Any]]:
    return [
        {
            "minutes": entry.minutes,
            "evidence": evidence_text(entry),
            "note": entry.note,
            "by": str(entry.by) if entry.by else "the system",
            "at": entry.at,
            "correction": entry.corrects_id is not None,
        }
        for entry in shown.line.credits
    ]


def _ways(plan: Sequence[Shown], standing: Standing, day: date) -> dict[str, Any] | None:
    """What is to be done next, by date, until the gap is closed, with the running sum; None where there is none."""
    if standing.met or not standing.measurable or standing.threshold is None:
        return None
    opened = {
        shown.activity.key: shown for shown in plan if shown.state != "done" and shown.line.open_minutes
    }
    ways = ways_to_close(standing, [_gap(shown, day) for shown in opened.values()])
    return {"ways": ways, "steps": [(step, opened[step.gap.key]) for step in ways.steps]}


def _gap(shown: Shown, day: date) -> Gap:
    activity = shown.activity
    past = shown.is_event and shown.day is not None and shown.day < day
    return Gap(activity.key, activity.component, shown.line.open_minutes, shown.day, past)
