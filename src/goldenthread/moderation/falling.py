"""What a shift moved falls where a script gets other marks, or a moderator's look of its own."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from goldenthread.common import audit
from goldenthread.moderation.models import ShiftedMark


def shifts_fall(scripts: Collection[int], *, by: Any, at: datetime) -> int:
    """Let the moved marks of scripts fall: what was agreed stands again, and is looked at. The rows stay, and the trail
    of each script says what they were. Gives how many fell; few statements, however many there are.
    """
    holding = ShiftedMark.objects.select_for_update(of=("self",)).filter(
        script__in=scripts, fell_at__isnull=True
    )
    rows = list(holding.order_by("script_id"))
    if not rows:
        return 0
    told = {
        f"script:{one.script_id}": {
            "shift": one.shift_id,
            "was": [one.half_marks_learn_that, one.half_marks_learn_how_to],
            "half_marks": [one.was_learn_that, one.was_learn_how_to],
        }
        for one in rows
    }
    audit.record_many("moderation.shift_fell", told, by=by, at=at)
    return ShiftedMark.objects.filter(pk__in=[one.pk for one in rows]).update(fell_at=at)
