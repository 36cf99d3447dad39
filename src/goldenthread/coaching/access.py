"""Who may approve more coaching than the programme gives: one-line predicates."""

from datetime import date
from typing import Any

from goldenthread.people.access import viewer_of


def may_approve_more(user: Any, *, on: date) -> bool:
    """The programme office approves coaching beyond the entitlement (S0-28)."""
    return viewer_of(user, on=on).is_office
