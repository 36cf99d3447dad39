"""Released results, appeals against them, and the people who handle them."""

import uuid
from datetime import timedelta
from typing import Any

from goldenthread.appeals import actions
from goldenthread.appeals.models import Appeal
from goldenthread.applications.models import Enrolment
from goldenthread.assessment.models import SittingState, Window
from goldenthread.awards import actions as awards
from goldenthread.marking.models import Marking
from goldenthread.outcomes.models import Outcome
from goldenthread.people.models import Role, User
from tests import factories
from tests import factories_marking as make
from tests.kept_scenes import kept

ENOUGH, SHORT = 3996, 3990
NEXT = make.CLOSED + timedelta(days=1)
WHY = "Point 4 names the routine in the second paragraph, and got nothing for it."
BELOW = make.marks(2, 2, 2, 3, 2)  # 11 of 20; 12 pass


@kept
def released(
    given: Any = BELOW,
    *,
    minutes: int = ENOUGH,
    state: str = SittingState.HANDED_IN,
    name: str = "Amara Applicant",
) -> Outcome:
    """The released result of one person, marked by Ben and Bea, moderated by Chidi, released by Olu; Bo is free."""
    window = make.window()
    make.markers(3)
    person = factories.enrolment(name, to=window.intake)
    factories.credit_minutes(person, minutes)
    make.sitting(window, person, state=state)
    return release(window, given, person)


@kept
def release(window: Window, given: Any, person: Enrolment) -> Outcome:
    make.mark_all(window, [given])
    make.moderated(window)
    awards.release(window=window, by=window.created_by, at=make.CLOSED)
    return Outcome.objects.select_related("enrolment__user", "window").get(enrolment=person, number=1)


@kept
def office(name: str = "Oda Office") -> User:
    """One person of the office by this name, however often it is asked for."""
    return User.objects.filter(name=name).first() or factories.member(Role.OFFICE, name)


@kept
def lodged(outcome: Outcome, grounds: str = "marking", **fields: Any) -> Appeal:
    said = {"statement": WHY, "form_key": str(uuid.uuid4()), "at": NEXT, **fields}
    return actions.lodge(outcome=outcome, grounds=grounds, by=outcome.enrolment.user, **said)


@kept
def admitted(outcome: Outcome, grounds: str = "marking") -> Appeal:
    made = lodged(outcome, grounds)
    return actions.check(appeal=made, admit=True, reason="It says where.", by=office(), at=NEXT)


def remark(appeal: Appeal) -> Marking:
    return Marking.objects.select_related("marker").get(
        script__sitting__enrolment=appeal.outcome.enrolment_id, position=appeal.remark_position
    )
