"""Open markings leave their marker's queue: kept whole, with who did it, when and why; or, where something else says
that already, kept whole without, and with their marks in the script's trail.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from goldenthread.common import audit
from goldenthread.marking.handing_models import Cause, HandedBack, LeftQueue
from goldenthread.marking.models import Marking

AT_ONCE = 1000  # rows in one statement
_ENTERED = (
    "marks",
    "notes",
    "passages",
    "comment",
    "feedback",
    "next_step",
    "by_kind",
    "evidence",
    "seconds",
)
_KEPT = (*_ENTERED, "due_on")


def marks_gone(marks: Mapping[str, int]) -> dict[str, Any]:
    """What the event in the trail says of marks that go with it: how many points were marked, and with what."""
    return {"points_marked": len(marks), "marks": dict(marks)}


def put_aside(held: Sequence[Marking], *, reason: str, by: Any, at: datetime) -> list[HandedBack]:
    """Keep one marker's open markings, whose rows are locked, with what was entered in them, and take them out of the
    queue; they never come to this marker again. Few statements, however many markings.
    """
    if not held:
        return []
    made = HandedBack.objects.bulk_create(
        [
            HandedBack(
                script_id=one.script_id, seed_id=one.seed_id, marker_id=one.marker_id, marking=one.pk,
                position=one.position, reason=reason.strip(), by=by, at=at,
                **{name: getattr(one, name) for name in _KEPT},
            )
            for one in held
        ],
        batch_size=AT_ONCE,
    )  # fmt: skip
    Marking.objects.filter(pk__in=[one.pk for one in held]).delete()
    said = {
        f"script:{one.script_id}" if one.script_id else f"seed:{one.seed_id}": {
            "position": one.position, "marker": one.marker_id, "points_marked": len(one.marks),
            "reason": one.reason,
        }
        for one in made
    }  # fmt: skip
    audit.record_many("marking.handed_back", said, by=by, at=at)
    return made


def keep_left(held: Iterable[Marking], cause: Cause, *, at: datetime) -> list[LeftQueue]:
    """Keep what was entered in open markings that leave their queues for a `cause` that is on record elsewhere; the
    caller takes them out. Nothing is kept of what nobody had begun. One statement for each thousand.
    """
    begun = [one for one in held if any(getattr(one, name) for name in _ENTERED if name != "seconds")]
    return LeftQueue.objects.bulk_create(
        [
            LeftQueue(
                script_id=one.script_id, seed_id=one.seed_id, marker_id=one.marker_id, position=one.position,
                cause=cause, at=at, **{name: getattr(one, name) for name in _ENTERED},
            )
            for one in begun
        ],
        batch_size=AT_ONCE,
    )  # fmt: skip
