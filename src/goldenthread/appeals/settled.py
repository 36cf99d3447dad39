"""When everything about a sitting was over: its window, its result, the time to appeal, and every open question."""

from datetime import datetime

from goldenthread.appeals import queries
from goldenthread.appeals.models import Appeal, RevocationAppeal
from goldenthread.appeals.revocations import until_of
from goldenthread.applications.models import HAD_AWARD
from goldenthread.assessment.models import Sitting, SittingState, WindowState
from goldenthread.awards.models import Award, Change
from goldenthread.integrity import queries as integrity
from goldenthread.integrity import rules as integrity_rules
from goldenthread.integrity.models import MisconductCase
from goldenthread.outcomes.models import Outcome


def settled_at(sitting: Sitting) -> datetime | None:
    """The latest of the sitting's deadline, the ends of the times to appeal and the decisions; None while one is open.

    Open are results that are not released, an appeal or what one promised, a question or a case about own work, and a
    change that waits for a second person; an appeal against a revocation, and the time for one, count like those
    against a result. Of a cancelled window nothing follows but its deadline. Who has withdrawn, or
    had the award already, gets no result of a window, so none is waited for.
    """
    if sitting.window.state == WindowState.CANCELLED:
        return sitting.closes_at
    outcomes = list(
        Outcome.objects.filter(window=sitting.window_id, enrolment=sitting.enrolment_id).select_related(
            "enrolment"
        )
    )
    left = sitting.enrolment.withdrawn_at is not None or sitting.enrolment.stage in HAD_AWARD
    told = any(
        one.task == sitting.window.task for one in outcomes
    )  # one of the qualification is none of a task
    missing = not told and not left and sitting.state == SittingState.HANDED_IN
    if (
        sitting.window.state != WindowState.RELEASED
        or missing
        or any(one.released_at is None for one in outcomes)
    ):
        return None
    if sitting.pk in integrity.held(sitting.window):
        return None
    if Change.objects.filter(outcome__in=outcomes, state="proposed").exists():
        return None
    appeals = Appeal.objects.filter(outcome__in=outcomes)
    against = RevocationAppeal.objects.filter(award__outcome__in=outcomes)
    if appeals.filter(queries.OPEN).exists() or against.filter(state="lodged").exists():
        return None
    ends = [sitting.closes_at, *(queries.until_of(one) for one in outcomes), *_after_cases(sitting)]
    if sitting.enrolment.withdrawn_at is not None:
        ends.append(sitting.enrolment.withdrawn_at)
    steps = ("checked_at", "decided_at", "withdrawn_at", "remedy_done_at")
    ends += [at for row in appeals.order_by("pk").values_list(*steps) for at in row if at]
    ends += [
        at for row in against.order_by("pk").values_list("decided_at", "withdrawn_at") for at in row if at
    ]
    ends += _after_revocations(outcomes)
    return max(ends)


def _after_revocations(outcomes: list[Outcome]) -> list[datetime]:
    """When the time to appeal against the revocations of these results' awards was over."""
    revoked = Award.objects.filter(outcome__in=outcomes, revoked_at__isnull=False, replaced_by__isnull=True)
    return [until_of(one) for one in revoked.select_related("outcome__enrolment").order_by("pk")]


def _after_cases(sitting: Sitting) -> list[datetime]:
    """When the cases about a sitting were decided, or can be appealed until."""
    found: list[datetime] = []
    for case in MisconductCase.objects.filter(sitting=sitting):
        steps = integrity.judged(integrity.steps_of(case))
        until = integrity_rules.appeal_until(steps)
        found += [one.at for one in steps] + ([until] if until else [])
    return found
