"""Tasks handed in more than once: attempts marked, moderated and released, each on days of its own."""

from datetime import UTC, date, datetime
from typing import Any

from goldenthread.applications.models import Enrolment, Stage
from goldenthread.assessment.actions.schedule import new_code
from goldenthread.assessment.models import Script, Sitting, SittingState, Window
from goldenthread.assessment.rules import window_instants
from goldenthread.awards import actions as awards
from goldenthread.awards.models import Award
from goldenthread.marking.rules import Totals
from goldenthread.moderation import actions as moderation
from goldenthread.outcomes.models import Outcome
from goldenthread.people.models import Role, User
from tests import factories
from tests import factories_marking as marked
from tests import factories_projects as make
from tests.outcomes.test_projects import ENOUGH, MARKED, SHORT, everything_else, handed_in, mark

NOVEMBER = datetime(2019, 11, 5, 9, 0, tzinfo=UTC)
DECEMBER = datetime(2019, 12, 10, 9, 0, tzinfo=UTC)
PASS, FAIL = Totals(0, 24), Totals(0, 12)


def moderator() -> User:
    known = User.objects.filter(name="Chidi Moderator").first()
    return known or factories.member(Role.MODERATOR, "Chidi Moderator")


def confirmed(window: Window, given: Any, *, at: datetime = MARKED) -> None:
    """Mark a window, confirm every mark, here and nationally."""
    mark(window, given, at=at)
    opened = moderation.open_round(window=window, by=moderator(), at=at, seed="seed")
    for sampled in opened.sample.order_by("pk"):
        moderation.mark_blind(sampled=sampled, marks=given, by=moderator(), at=at)
        moderation.decide(sampled=sampled, decision="confirmed", note="It holds.", by=moderator(), at=at)
    marked.uncompared(window, at=at)
    marked.nationally(moderation.sign_off(round=opened, by=moderator(), at=at), at=at)


def told(window: Window, given: Any, *, at: datetime = MARKED) -> Outcome:
    """Mark, moderate and release a window with one script; its result."""
    confirmed(window, given, at=at)
    (outcome,) = awards.release(window=window, by=make.office(), at=at)
    return outcome


def further_days(enrolment: Enrolment, task: str) -> Window:
    return make.days(
        enrolment.intake, task, opens_on=date(2019, 10, 1), closes_on=date(2019, 12, 1), at=MARKED
    )


def handed_in_again(enrolment: Enrolment, task: str) -> Window:
    """Further days in which somebody has handed the task in, whether they had passed it or not."""
    window = further_days(enrolment, task)
    script = Script.objects.filter(sitting__enrolment=enrolment, sitting__window__task=task).latest("pk")
    opens_at, closes_at = window_instants(window.opens_on, window.days, window.zone)
    said = {"code": new_code(), "opens_at": opens_at, "closes_at": closes_at, "zone": window.zone}
    # Nobody gets a place for a task that is passed any more; installations have such places from before.
    sitting, _ = Sitting.objects.get_or_create(window=window, enrolment=enrolment, defaults=said)
    Sitting.objects.filter(pk=sitting.pk).update(state=SittingState.HANDED_IN, released_at=opens_at)
    script.pk, script.sitting, script.received_at = None, sitting, NOVEMBER
    script.save(force_insert=True)
    return window


def two_attempts(first: Any, second: Any, *, key: str = make.NPQSL) -> tuple[Enrolment, Outcome, Outcome]:
    """Everything but the task is done, and it was handed in twice: the person and the results of both attempts."""
    amara = make.candidate(key)
    task = make.first_task(amara)
    window = handed_in(amara, task)
    marked.markers(3)
    everything_else(amara)
    one = told(window, first)
    return amara, one, told(handed_in_again(amara, task), second, at=DECEMBER)


def correct(outcome: Outcome, marks: Totals) -> Outcome:
    return awards.correct(
        outcome=outcome, reason="Two marks were left out", by=make.office(), at=DECEMBER, half_marks=marks
    )


def stands(enrolment: Enrolment) -> tuple[str, str, int]:
    """What outcome of the qualification, stage and awards say of somebody; they may never contradict each other."""
    whole = Outcome.objects.filter(enrolment=enrolment, task="").order_by("-pk").first()
    result = whole.result if whole else ""
    stage = Enrolment.objects.get(pk=enrolment.pk).stage
    valid = Award.objects.filter(outcome__enrolment=enrolment, revoked_at__isnull=True).count()
    assert (result == "passed") == (stage == Stage.AWARDED) == (valid == 1), (result, stage, valid)
    return result, stage, valid


__all__ = ["ENOUGH", "SHORT"]
