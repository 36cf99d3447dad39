"""Take a sitting out of its window, to be sat in a later one, and put it back: what an approved deferral does.

It is asked for, decided and taken back as every adjustment is (`adjust.py`).
"""

from datetime import datetime
from typing import Any

from goldenthread.applications.models import Enrolment
from goldenthread.assessment import adjusting, rules
from goldenthread.assessment.adjusting_models import Adjustment
from goldenthread.assessment.models import Sitting, SittingState, WindowState
from goldenthread.assessment.rules import deferring
from goldenthread.common import audit


def check_asked(sitting: Sitting | None, asked: rules.Grant) -> None:
    """A deferral is of one sitting, which can be deferred as it stands now; anything else passes."""
    if not asked.deferral:
        return
    rules.check_one_sitting(sitting is not None)
    assert sitting is not None
    known = Sitting.everything.select_related("window").only("state", "window__task").get(pk=sitting.pk)
    deferring.check_deferrable(task=bool(known.window.task), state=known.state)


def defer(sitting: Sitting, adjustment: Adjustment, *, by: Any, at: datetime) -> None:
    """Take a locked sitting out of its window, before it opens or while it is open: no attempt is used.

    Nothing of the case study is shown to the person any more; one that they had opened is never given to them again.
    What they had written stays theirs to read. Refuses what `deferring` refuses.
    """
    deferring.check_deferrable(task=bool(sitting.window.task), state=sitting.state)
    late = adjusting.late_of(adjustment.enrolment.version_id, sitting.window.opens_on)
    deferring.check_asked_in_time(
        closes_at=sitting.closes_at,
        zone=sitting.zone,
        late_days=late.days if late else None,
        asked_at=adjustment.requested_at,
    )
    sitting.state = SittingState.DEFERRED
    sitting.save(update_fields=["state"])
    shown = sitting.first_seen_at is not None
    audit.record("sitting.deferred", sitting, by=by, at=at, shown=shown, written=sitting.draft_revision > 0)


def restore(sitting: Sitting, *, by: Any, at: datetime) -> None:
    """Put a locked sitting back into its window, which has not opened; refuses once another one is booked instead.

    The person is locked after window and sitting, as everywhere: whoever enters them for another window holds them too,
    so that nobody ends with two sittings.
    """
    Enrolment.objects.select_for_update(of=("self",)).only("pk").get(pk=sitting.enrolment_id)
    others = Sitting.objects.filter(enrolment=sitting.enrolment_id, window__task="").exclude(pk=sitting.pk)
    ahead = others.filter(window__state=WindowState.SCHEDULED).order_by("opens_at")
    deferring.check_restored(ahead.values_list("window__opens_on", flat=True).first())
    sitting.state = SittingState.BOOKED
    sitting.save(update_fields=["state"])
    audit.record("sitting.deferral_taken_back", sitting, by=by, at=at)
