"""Intakes that are open now, and the answers of an applicant."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from goldenthread.applications.rules import Answers
from goldenthread.common import clock
from goldenthread.intakes.models import Intake
from tests import factories
from tests.kept_scenes import kept

ANSWERS = Answers(
    name="Amara Applicant",
    email="amara@example.org",
    delivery_model="blended",
    role_status="aspiring",
    school_text="Somewhere School",
    scopes=("key stage",),
    conduct_accepted=True,
)


def answers(**changes: Any) -> Answers:
    """What Amara, who wants to lead a key stage, fills in; with changes."""
    return replace(ANSWERS, **changes)


@kept
def open_intake(key: str = factories.NPQLT, *, days: int = 60, **fields: Any) -> Intake:
    """An intake that starts `days` from now and takes applications today."""
    starts_on: date = clock.today() + timedelta(days=days)
    defaults = {
        "applications_open_on": starts_on - timedelta(days=days + 30),
        "applications_close_on": starts_on - timedelta(days=10),
    }
    return factories.intake(key, starts_on=starts_on, **{**defaults, **fields})
