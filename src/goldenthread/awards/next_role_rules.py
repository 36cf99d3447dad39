"""When graduates are asked for their role, what they may answer, and in which words they consent (S0-72)."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta

from goldenthread.awards.rules import ROLES
from goldenthread.catalogue.rules import add_months
from goldenthread.common.refused import Refused
from goldenthread.outcomes.board_rules import SMALL, is_small

CONSENT = (
    "I agree that the provider keeps these answers with my award and counts them in figures by programme. The figures "
    "name nobody. I can take my answers back by this link."
)
LONGEST_PLACE = 200
OTHERS, NO_PLAN = "anything else", "no new role planned"  # in figures
YEARS_AHEAD = 5  # a planned role lies so far ahead at most


def span_of(months: int, *, days: int, on: date) -> tuple[date, date]:
    """The first and the last day of an award whose holders are asked on this day, so many months after it: those whose
    day has come, and came within so many days.
    """
    first = on - timedelta(days=days - 1)
    return _before(months, first), _before(months, on)


def _before(months: int, on: date) -> date:
    """The last day from which `months` later is at most this day."""
    day = add_months(on, -months)
    while add_months(day + timedelta(days=1), months) <= on:
        day += timedelta(days=1)
    return day


def check_months(months: Sequence[int], days: int) -> None:
    """Refuses what no round can be made of."""
    if not months or any(one < 1 for one in months) or list(months) != sorted(set(months)) or days < 1:
        raise ValueError("next_roles.toml: months in ascending order, from 1 on, and at least one day")


def check_answer(
    *,
    role_now: str,
    role_planned: str,
    planned_for: date | None,
    consent: bool,
    on: date,
    roles: Collection[str] = ROLES,
) -> None:
    """An answer names the role somebody has, agrees that it is kept, and says when a planned one is to begin.

    Refuses a planned role without a day, one without a role, and a day that has passed or lies years ahead.
    """
    if role_now not in roles:
        raise Refused("Choose the role that you have now.", code="next_role.now", field="role_now")
    if role_planned and role_planned not in roles:
        raise Refused("Choose a role from the list.", code="next_role.planned", field="role_planned")
    if role_planned and planned_for is None:
        raise Refused(
            "Say when you plan to begin; a rough day will do.", code="next_role.when", field="planned_for"
        )
    if planned_for and not role_planned:
        raise Refused("Choose the role that you plan.", code="next_role.planned", field="role_planned")
    if planned_for and not on <= planned_for <= add_months(on, 12 * YEARS_AHEAD):
        raise Refused(
            f"Give a day from today on, within {YEARS_AHEAD} years.",
            code="next_role.when",
            field="planned_for",
        )
    if not consent:
        raise Refused(
            "Agree, and your answers are kept; without that nothing is.",
            code="next_role.consent",
            field="consent",
        )


def said_apart(counts: Mapping[str, int]) -> dict[str, int]:
    """How many said each thing, so that no number and no difference from the whole tells of a few: what fewer than
    `SMALL` said stands together under `OTHERS`, with the smallest of the rest where even these are few. Nothing of
    fewer than `SMALL` answers altogether.
    """
    said = sorted(
        (one for one, number in counts.items() if number >= SMALL), key=lambda one: (counts[one], one)
    )
    others = sum(number for one, number in counts.items() if one not in said)
    while said and is_small(others):
        others += counts[said.pop(0)]
    lines = {one: counts[one] for one in counts if one in said}
    return {**lines, OTHERS: others} if others >= SMALL else lines
