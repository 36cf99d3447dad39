"""Unlock a case study when the first sitting is let in, and take a case study back.

Unlocking writes down that the time has come; it stores nothing in clear. Who may read still goes by each sitting's
own opening (decision 13).
"""

from datetime import datetime
from typing import Any

from django.db import transaction

from goldenthread.assessment import queries, rules
from goldenthread.assessment.models import CaseStudy, Window, WindowState
from goldenthread.common import audit


def unlock(case: CaseStudy, *, opened_at: datetime, at: datetime) -> None:
    """Write down that a case study was unlocked by the opening of a sitting at `opened_at`, of which we know at `at`.

    Once: of several at the same instant one does it. No query after that.
    """
    if case.unlocked_at is not None:
        return
    with transaction.atomic():
        first = CaseStudy.objects.filter(pk=case.pk, unlocked_at__isnull=True).update(unlocked_at=opened_at)
        if first:
            audit.record(
                "case_study.unlocked", case, by=None, at=at, revision=case.revision, opened_at=opened_at
            )
    case.unlocked_at = opened_at


@transaction.atomic
def withdraw_case(*, case_study: CaseStudy, reason: str, by: Any, at: datetime) -> list[Window]:
    """Take a retired or leaked case study from every window that has opened for nobody; gives these windows.

    They need another one, which the desk asks for. A window that has opened keeps it: its people write on it. It can't
    be chosen again. Twice is harmless. The reason is kept with who gave it.
    """
    rules.check_withdrawal(reason)
    case = CaseStudy.objects.select_for_update(of=("self",)).get(pk=case_study.pk)
    if case.withdrawn_at is not None:
        return []
    case.withdrawn_at, case.withdrawn_by, case.withdrawn_because = at, by, reason.strip()[:500]
    case.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_because"])
    audit.record("case_study.withdrawn", case, by=by, at=at, reason=case.withdrawn_because)
    windows = Window.objects.select_for_update(of=("self",)).filter(
        case_study=case, state=WindowState.SCHEDULED
    )
    taken = [one for one in windows.order_by("pk") if queries.first_opening(one) > at]
    for window in taken:
        window.case_study = None
        window.save(update_fields=["case_study"])
        audit.record("window.case_withdrawn", window, by=by, at=at, case_study=case.pk)
    return taken
