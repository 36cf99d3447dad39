"""What follows the results of the demonstration's released window: an appeal in progress, a support plan that is under way,
and a correction that waits for a second person.
"""

import uuid
from datetime import datetime, timedelta

from goldenthread.appeals import actions as appeals
from goldenthread.assessment.models import Window
from goldenthread.awards import changes
from goldenthread.outcomes.models import Outcome
from goldenthread.people.models import User
from goldenthread.support import planning
from goldenthread.support.models import SupportPlan

WRONG = (
    "The second and the fifth point got next to nothing, though I write in my third paragraph how I would find out whether it "
    "works, and name who would look at pupils' work and when. Please look at these two points again."
)
ADMITTED = "You name two points and the paragraph. Somebody who has not marked your script marks it again."
AGREED = "Write a plan for one week of your own, and bring it to our next talk."
SPOKEN = (
    "We read the markers' feedback together. What is there is well argued; what is missing is how to tell whether it works. "
    "We meet again in two weeks."
)


def show(window: Window, *, cast: dict[str, User], at: datetime) -> None:
    """Let people of a released window do what people do afterwards; `at` is when the results were released."""
    short = Outcome.objects.filter(window=window, result="not_passed").select_related(
        "enrolment__user", "window"
    )
    marked = list(short.filter(half_marks_learn_that__isnull=False).order_by("pk"))
    plans = list(SupportPlan.objects.filter(outcome__window=window, owner__isnull=False).order_by("pk"))
    for plan in plans[: max(1, len(plans) - 2)]:  # two have not heard from anybody yet
        _support(plan, at=at)
    if marked:
        _appeal(marked[0], by=cast["nia"], at=at + timedelta(days=4))
    if len(marked) > 1:
        changes.propose_correction(
            outcome=marked[-1],
            half_marks=None,
            reason="A register was taken late, and its credit came after the release. The result should be worked out anew.",
            by=cast["nia"],
            at=at + timedelta(days=6),
        )


def _appeal(outcome: Outcome, *, by: User, at: datetime) -> None:
    made = appeals.lodge(
        outcome=outcome,
        grounds="marking",
        statement=WRONG,
        form_key=str(uuid.uuid5(uuid.NAMESPACE_URL, f"appeal {outcome.pk}")),
        by=outcome.enrolment.user,
        at=at,
    )
    appeals.check(appeal=made, admit=True, reason=ADMITTED, by=by, at=at + timedelta(days=2))


def _support(plan: SupportPlan, *, at: datetime) -> None:
    owner, spoke = plan.owner, at + timedelta(days=5)
    planning.log_contact(
        plan=plan,
        held_on=spoke.date(),
        how="feedback",
        note=SPOKEN,
        form_key=str(uuid.uuid5(uuid.NAMESPACE_URL, f"contact {plan.pk}")),
        by=owner,
        at=spoke,
    )
    planning.add_item(plan=plan, text=AGREED, by=owner, at=spoke)
    first = plan.items.order_by("pk").first()
    if first is not None:
        planning.tick(item=first, done=True, by=plan.enrolment.user, at=spoke + timedelta(days=1))
