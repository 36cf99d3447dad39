"""Take scripts from markers who came to have a conflict with the author after these were given to them."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from goldenthread.assessment.models import Script, WindowState
from goldenthread.common import audit, clock
from goldenthread.common.meanwhile import decided_meanwhile
from goldenthread.common.refused import Refused
from goldenthread.marking import arising_rules, conflicts, quality_rules, rules
from goldenthread.marking.appointing import DAYS_TO_MARK, appoint, locked_script
from goldenthread.marking.arising_rules import Cause
from goldenthread.marking.causes import causes_of
from goldenthread.marking.conflict_models import ArisenConflict
from goldenthread.marking.models import Marking, MarkingState
from goldenthread.people.models import User

_KEPT = (
    "marks", "notes", "passages", "comment", "feedback", "next_step", "by_kind", "evidence", "seconds", "submitted_at",
)  # fmt: skip


def take_of(markings: Iterable[Marking], *, at: datetime) -> int:
    """Of open markings, as a marker's queue loads them, take what they may not judge any more; how much that was. One
    query where nothing is to be taken, none where there are none. A script whose marks are known is nobody's: it is
    asked about all the same, so that nothing tells it.
    """
    rows = {(one.script_id or 0, one.marker_id): one.pk for one in markings}
    return len(_take_all(rows, at=at))


def look_at(marker: User, *, at: datetime) -> int:
    """Of everything that a marker has or submitted, take what is open and they may not judge any more, and put the rest
    of that before the office; how much that was.
    """
    known = ArisenConflict.objects.filter(marker=marker).order_by().values("marking")
    return len(take(_unsettled().filter(marker=marker).exclude(pk__in=known), at=at))


def check_may_judge(marking: Marking, *, at: datetime) -> None:
    """Refuses a marking whose marker may not judge its script any more, once it is taken from them.

    To be called outside of the transaction of what is refused: the script has gone to somebody else by then. The
    refusal says no more than that, since the author's name could be guessed from the cause. One query where nothing is
    to be taken, also of a script whose marks are known, so that nothing tells it; none of what is submitted.
    """
    if marking.state != MarkingState.ALLOCATED:
        return
    if _take_all({(marking.script_id or 0, marking.marker_id): marking.pk}, at=at):
        raise Refused(
            "This script is not in your queue any more; nothing of it is kept. Go on with your queue.",
            code="marking.not_yours",
        )


def look_through(*, at: datetime) -> int:
    """Take every open marking from whom a conflict arose for, and put the submitted ones of windows whose moderation
    isn't signed off before the office; how many of both. Few queries for each window where nothing arose.
    """
    known = ArisenConflict.objects.order_by().values("marking")
    windows = (
        _unsettled().order_by("script__sitting__window").values_list("script__sitting__window", flat=True)
    )
    return sum(
        len(
            take(
                _unsettled().filter(script__sitting__window=one).exclude(pk__in=known),
                scripts=Script.objects.filter(sitting__window=one, current=True),
                at=at,
            )
        )
        for one in list(windows.distinct())
    )


def _unsettled() -> QuerySet[Marking]:
    """What may still be taken or set aside: of current scripts, before results and the end of the moderation; open
    re-marks at any time.
    """
    live = Marking.objects.filter(script__current=True)
    return live.filter(
        script__sitting__window__state=WindowState.SCHEDULED,
        script__sitting__window__moderation__signed_off_at__isnull=True,
    ) | live.filter(state=MarkingState.ALLOCATED, position__gte=rules.FIRST_REMARK)


def take(
    markings: QuerySet[Marking], *, at: datetime, scripts: QuerySet[Script] | None = None
) -> list[ArisenConflict]:
    """Of these markings those whose marker may not judge the script any more: an open one is kept whole in a row, with
    why and when, and its place goes to somebody who may; a submitted one counts where it was submitted before anything
    stood in the way, else the office is asked. Two queries, and the work on what was found. `scripts` are those among
    which theirs are, where these are too many to be named one by one.
    """
    rows = {
        (script or 0, marker): pk
        for pk, script, marker in markings.order_by().values_list("pk", "script", "marker")
    }
    return _take_all(rows, scripts, at=at)


def _take_all(
    rows: Mapping[tuple[int, int], int], scripts: QuerySet[Script] | None = None, *, at: datetime
) -> list[ArisenConflict]:
    """The same of markings by script and marker."""
    if not rows:
        return []
    if scripts is None:
        scripts = Script.objects.filter(pk__in={script for script, _ in rows})
    pairs = conflicts.conflicts_of(scripts, {marker for _, marker in rows}).intersection(rows)
    causes = causes_of(pairs)
    taken = (_take(rows[pair], causes[pair], at=at) for pair in sorted(pairs))
    return [one for one in taken if one is not None]


@transaction.atomic
def _take(marking_id: int, causes: arising_rules.Causes, *, at: datetime) -> ArisenConflict | None:
    script_id = Marking.objects.filter(pk=marking_id).values_list("script_id", flat=True).first()
    if not script_id:
        return None
    script = locked_script(script_id)
    held = Marking.objects.select_for_update(of=("self",)).filter(pk=marking_id).first()
    if held is None or ArisenConflict.objects.filter(marking=marking_id).exists():
        return None
    ending = "taken"
    if held.state == MarkingState.SUBMITTED:
        submitted_on = clock.day_of(held.submitted_at or at)
        ending = "before" if arising_rules.arose_after(causes, submitted_on) else ""
    made = ArisenConflict.objects.create(
        script=script, marker_id=held.marker_id, marking=held.pk, position=held.position,
        causes=[str(one) for one in Cause if one in causes], at=at, ending=ending,
        **{name: getattr(held, name) for name in _KEPT},
    )  # fmt: skip
    audit.record(
        "marking.conflict_arose", script, by=None, at=at, marker=held.marker_id, position=held.position,
        causes=made.causes, points_marked=len(held.marks), ending=ending,
    )  # fmt: skip
    if ending == "taken":
        position, due_on = held.position, held.due_on
        held.delete()
        soon = clock.day_of(at) + timedelta(days=DAYS_TO_MARK // 2)
        appoint(script, position, due_on=max(due_on, soon), by=None, at=at)
    return made


@transaction.atomic
def let_count(*, arisen: ArisenConflict, reason: str, by: Any, at: datetime) -> ArisenConflict:
    """Say that submitted marks count although their marker has come to have a conflict, with a reason; the same
    form twice is once, and whoever comes second is told who was first.

    Refuses marks that were set aside or taken meanwhile, and the word of whoever gave them. To take them out of the
    count is `moderation.actions.set_aside`.
    """
    held = ArisenConflict.objects.select_for_update(of=("self",)).get(pk=arisen.pk)
    if held.ending == "before" or (held.ending, held.decided_by_id, held.reason) == (
        "count", getattr(by, "pk", None), reason.strip(),
    ):  # fmt: skip
        return held
    if held.ending == "count" and held.decided_at:
        raise decided_meanwhile(
            "said that these marks count",
            by=by,
            who=held.decided_by,
            at=held.decided_at,
            code="arisen.counts",
        )
    if held.marker_id == getattr(by, "pk", None):
        raise Refused("Somebody else has to decide about your own marks.", code="arisen.own")
    if held.ending or not Marking.objects.filter(pk=held.marking).exists():
        raise Refused("These marks don't count any more: look at the list again.", code="arisen.gone")
    quality_rules.check_reason(reason)
    held.ending, held.reason, held.decided_by, held.decided_at = "count", reason.strip(), by, at
    held.save(update_fields=["ending", "reason", "decided_by", "decided_at"])
    audit.record(
        "marking.conflict_counts", f"script:{held.script_id}", by=by, at=at, marker=held.marker_id,
        position=held.position, reason=held.reason,
    )  # fmt: skip
    return held
