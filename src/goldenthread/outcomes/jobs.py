"""What the clock does for outcomes: works them out once moderation is signed off, so that the office sees
them wait.
"""

import logging
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q

from goldenthread.applications.models import HAD_AWARD, Enrolment, Stage
from goldenthread.assessment.models import WindowState
from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.common import jobs
from goldenthread.moderation.models import Round
from goldenthread.outcomes import achieving, actions
from goldenthread.outcomes.models import Extension, Outcome

log = logging.getLogger("goldenthread.outcomes")


@jobs.every(timedelta(minutes=10), "outcomes")
def compute_outcomes(at: datetime) -> str:
    """Work out the provisional outcomes of every signed-off window that has none; one that fails stops no other."""
    final = Q(national=False, signed_off_at__isnull=False) | Q(national_at__isnull=False)
    known = Outcome.objects.filter(window=OuterRef("window"), task=OuterRef("window__task")).order_by()
    signed = Round.objects.filter(
        final, ~Exists(known)
    )  # an outcome of the qualification is none of the window's
    waiting = signed.exclude(window__state=WindowState.RELEASED).select_related("window").order_by("pk")
    done = failed = 0
    for one in waiting:
        try:
            done += len(actions.compute(window=one.window, at=at))
        except Exception:
            log.exception("outcomes of window %s", one.window_id)
            failed += 1
    return f"{done} outcomes worked out" + (f", {failed} windows failed" if failed else "")


@jobs.every(timedelta(days=1), "achievement")
def follow_achievement(at: datetime) -> str:
    """Conclude who has met the last condition of their version since, and warn who comes near its last day (S1-34).

    Who was closed as not achieved is looked at again where somebody decided that they have longer. Each is a
    transaction of its own; one that fails stops no other.
    """
    versions = [one.pk for one in ProgrammeVersion.objects.order_by("pk") if one.specification.achievement]
    people = Enrolment.objects.filter(version__in=versions, withdrawn_at__isnull=True)
    longer = Exists(Extension.objects.filter(enrolment=OuterRef("pk")).order_by())
    going = people.exclude(stage__in=HAD_AWARD).filter(~Q(stage=Stage.NOT_ACHIEVED) | longer).order_by("pk")
    concluded = warned = failed = 0
    for one in going.select_related("version__programme", "user").iterator(chunk_size=200):
        try:
            if achieving.conclude(enrolment=one, by=None, at=at) is not None:
                concluded += 1
            else:
                warned += achieving.warn(enrolment=one, at=at)
        except Exception:
            log.exception("achievement of enrolment %s", one.pk)
            failed += 1
    return f"{concluded} achieved, {warned} warned" + (f", {failed} failed" if failed else "")
