"""Submitted marks that are taken out of the count, one or many at once, and what follows for their scripts."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from goldenthread.assessment.models import Script
from goldenthread.common import audit
from goldenthread.marking import discussion_mails, queries, rules
from goldenthread.marking.appointing import appoint_many, tell_markers
from goldenthread.marking.discussion_models import Cause, Discussion, Ending
from goldenthread.marking.models import Agreement, Marking, MarkingState, SetAside
from goldenthread.marking.settling import settle

AT_ONCE = 1000  # markings in one statement


def set_aside(*, marking: Marking, reason: str, by: Any, at: datetime) -> SetAside:
    """Take submitted marks out of the count, for good and with a reason; see `set_aside_many`."""
    return set_aside_many(markings=[marking], reason=reason, by=by, at=at)[0]


@transaction.atomic
def set_aside_many(*, markings: Sequence[Marking], reason: str, by: Any, at: datetime) -> list[SetAside]:
    """Take submitted marks of one window out of the count, for good and with one reason; they are kept whole (S1-31).

    What they were agreed or referred with falls, and each place goes to another marker who may; while there is none it
    stays open, which the office's desk shows. Every new marker gets one mail, however many scripts that are. A second
    time gives the first records. Refuses, and changes nothing, where marks aren't submitted. What the moderation says
    is asked by `moderation.actions.set_aside`, which calls this. The number of statements doesn't grow with the
    markings, but for one round of them for each thousand.
    """
    kept, made = [], []
    for start in range(0, len(markings), AT_ONCE):
        some = markings[start : start + AT_ONCE]
        records, appointed = _set_aside(some, reason=reason, by=by, at=at)
        kept += records
        made += appointed
    if made:
        tell_markers(made[0].script.sitting.window, made, at=at)
    return kept


def _set_aside(
    markings: Sequence[Marking], *, reason: str, by: Any, at: datetime
) -> tuple[list[SetAside], list[Marking]]:
    scripts = locked_scripts({one.script_id or 0 for one in markings})
    wanted = [one.pk for one in markings]
    known = {one.marking: one for one in SetAside.objects.filter(marking__in=wanted)}
    rows = Marking.objects.select_for_update(of=("self",)).filter(pk__in=wanted).exclude(pk__in=known)
    held = list(rows.order_by("script_id", "position"))
    for one in held:
        code = scripts[one.script_id or 0].sitting.code
        rules.check_can_set_aside(code, submitted=one.state == MarkingState.SUBMITTED, reason=reason)
    made = SetAside.objects.bulk_create(
        [_record_of(one, reason=reason, by=by, at=at) for one in held], batch_size=AT_ONCE
    )
    known |= {one.marking: one for one in made}
    Agreement.objects.filter(script__in={one.script_id for one in made}).delete()
    _let_discussions_fall(made, at=at)
    Marking.objects.filter(pk__in=[one.marking for one in made]).delete()
    _tell_trail(made, by=by, at=at)
    places = [(scripts[one.script_id], one.position) for one in made if one.position != 3]
    appointed = appoint_many(places, by=by, at=at)
    thirds = [scripts[one.script_id] for one in made if one.position == 3]
    if thirds:
        referred = settle(thirds, queries.scheme_of(thirds[0].sitting.window), at=at)
        appointed += appoint_many([(script, 3) for script in referred], by=None, at=at)
    return [known[pk] for pk in wanted], appointed


def _let_discussions_fall(made: list[SetAside], *, at: datetime) -> None:
    """What two markers came to falls with the marks of one of them; the other's count as they were given first."""
    gone = [one.marking for one in made]
    fallen = Discussion.objects.filter(Q(first_marking__in=gone) | Q(second_marking__in=gone))
    found = fallen.exclude(ending=Ending.FELL).select_related("script__sitting").order_by("pk")
    rows = list(found.defer("script__text", "script__parts", "script__sitting__draft"))
    if not rows:
        return
    numbers = [one.pk for one in rows]
    Discussion.objects.filter(pk__in=numbers).update(ending=Ending.FELL, cause=Cause.ASIDE, ended_at=at)
    both = {pk for one in rows for pk in one.markings.values()}
    Marking.objects.filter(pk__in=both).update(
        revised=None, revised_learn_that=None, revised_learn_how_to=None
    )
    said = {f"script:{one.script_id}": {"discussion": one.pk, "was": one.ending or "open"} for one in rows}
    audit.record_many("discussion.fell", said, by=None, at=at)
    discussion_mails.tell_over([one for one in rows if not one.ending], at=at)


def locked_scripts(scripts: Iterable[int]) -> dict[int, Script]:
    """Scripts whose rows are locked, in their order, with sitting and window and without their texts."""
    rows = Script.objects.select_for_update(of=("self",)).select_related("sitting__window")
    unread = ("text", "parts", "sitting__draft")
    return {one.pk: one for one in rows.defer(*unread).filter(pk__in=set(scripts)).order_by("pk")}


def _record_of(held: Marking, *, reason: str, by: Any, at: datetime) -> SetAside:
    totals = queries.totals_of(held)
    return SetAside(
        script_id=held.script_id or 0, marker_id=held.marker_id, marking=held.pk, position=held.position,
        marks=held.marks, learn_that=totals.learn_that, learn_how_to=totals.learn_how_to, comment=held.comment,
        notes=held.notes, passages=held.passages, feedback=held.feedback, next_step=held.next_step,
        by_kind=held.by_kind, evidence=held.evidence, seconds=held.seconds, submitted_at=held.submitted_at or at,
        reason=reason.strip(), by=by, at=at,
    )  # fmt: skip


def _tell_trail(made: list[SetAside], *, by: Any, at: datetime) -> None:
    """One event in the trail of each script for each of its markings; position by position, since a chain takes one
    event at a time.
    """
    for position in sorted({one.position for one in made}):
        said = {
            f"script:{one.script_id}": {
                "position": position, "marker": one.marker_id, "learn_that": one.learn_that,
                "learn_how_to": one.learn_how_to, "reason": one.reason,
            }
            for one in made
            if one.position == position
        }  # fmt: skip
        audit.record_many("marks.set_aside", said, by=by, at=at)
