"""Change the hand-in days of a project task, or cancel them: with a reason, and everybody with a place is told."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from goldenthread.assessment import adjusting, dated_policies, rules
from goldenthread.assessment.models import Script, Sitting, Window, WindowState
from goldenthread.assessment.rules import hand_in_days as day_rules
from goldenthread.assessment.rules.policies import (
    ai_text,
    counting_in,
    counting_text,
    declarations_in,
    stated,
)
from goldenthread.assessment.rules.policy_decisions import AI, COUNTING
from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.common import audit, clock, mail
from goldenthread.intakes.models import Intake


@transaction.atomic
def change_hand_in_days(
    *, window: Window, opens_on: date, closes_on: date, reason: str, by: Any, at: datetime
) -> Window:
    """Set other first and last days for hand-in days that stand, and tell everybody with a place, with the reason.

    What was granted to somebody stays on top of the new last day. With another first day the days state what the office
    has decided for it of words and AI, as if they had been set so, and the letter says it. Refused without a reason,
    for days that are over, for another first day once the days have begun, for an earlier last day without two weeks'
    notice, and once results are released or a marker has a script. The same days again change nothing.
    """
    # As setting days and deciding a policy do, so that a decision that is being made sees the new first day.
    Intake.objects.select_for_update(of=("self",)).get(pk=window.intake_id)
    window, places = _held(window)
    days = day_rules.check_days(opens_on, closes_on, zone=window.zone, at=at)
    if (opens_on, days) == (window.opens_on, window.days):
        return window
    day_rules.check_change_reason(reason)
    last = window.opens_on + timedelta(days=window.days - 1)
    day_rules.check_opening_stays(window.opens_on, opens_on, zone=window.zone, at=at)
    day_rules.check_notice(last, closes_on, today=clock.day_of(at, window.zone))
    opens_at = rules.day_begins(opens_on, window.zone)
    before = (window.opens_on, window.days)
    window.opens_on, window.days = opens_on, days
    window.save(update_fields=["opens_on", "days"])
    states = _state_anew(window, before[0], by=by, at=at)
    audit.record(
        "hand_in_days.changed", window, by=by, at=at, opens_on=opens_on, closes_on=closes_on, reason=reason.strip(),
        before_opens_on=before[0], before_days=before[1],
    )  # fmt: skip
    for place in places:
        place.opens_at = place.released_at = opens_at
        place.closes_at = rules.window_instants(opens_on, days + place.extra_days, place.zone)[1]
        place.save(update_fields=["opens_at", "closes_at", "released_at"])
        _tell("hand_in_days_changed", place, window, reason=reason, at=at, states=states)
    return window


def _state_anew(window: Window, before: date, *, by: Any, at: datetime) -> list[str]:
    """Let days that are moved state what was decided for their new first day, where that is something else than for the
    day before; gives it in words. What nobody decided stays as it was stated. Three queries.
    """
    if before == window.opens_on:
        return []
    version = ProgrammeVersion.objects.get(intakes=window.intake_id)
    decisions = dated_policies.decisions_of(version.pk)
    was = dated_policies.in_force(decisions, on=before)
    now = dated_policies.in_force(decisions, on=window.opens_on)
    kinds = [kind for kind in (COUNTING, AI) if was.get(kind) != now.get(kind)]
    if not kinds:
        return []
    assessment = dated_policies.decided_on(version.specification.assessment, decisions, on=window.opens_on)
    anew = stated(assessment, window.task)
    kept = {kind: text for kind, text in window.policies.items() if kind not in kinds}
    kept |= {kind: anew[kind] for kind in kinds if kind in anew}
    if kept == window.policies:
        return []
    old, window.policies = window.policies, kept
    window.word_rule = counting_in(kept).rule
    window.save(update_fields=["policies", "word_rule"])
    audit.record("window.policies_changed", window, by=by, at=at, before=old, now=kept)
    return [_says(kind, kept) for kind in kinds if old.get(kind) != kept.get(kind)]


def _says(kind: str, kept: Mapping[str, Any]) -> str:
    """What days state of a kind, in words."""
    if kind == COUNTING:
        return counting_text(counting_in(kept))
    return ai_text(declarations_in(kept).ai) or "Nothing is asked about the use of AI."


@transaction.atomic
def cancel_hand_in_days(*, window: Window, reason: str, by: Any, at: datetime) -> Window:
    """Take hand-in days back; other days can be set afterwards. Everybody with a place is told why.

    Refused once somebody has handed in, since receipts stand: then the days can be changed. Twice is harmless.
    """
    known = Window.objects.select_for_update(of=("self",)).get(pk=window.pk)
    if known.state == WindowState.CANCELLED:
        return known
    window, places = _held(window)
    day_rules.check_change_reason(reason)
    day_rules.check_nobody_handed_in(
        Script.objects.filter(sitting__window=window).values("sitting").distinct().count()
    )
    window.state = WindowState.CANCELLED
    window.save(update_fields=["state"])
    audit.record("hand_in_days.cancelled", window, by=by, at=at, task=window.task, reason=reason.strip())
    for place in places:
        _tell("hand_in_days_cancelled", place, window, reason=reason, at=at)
    return window


def _held(window: Window) -> tuple[Window, list[Sitting]]:
    """The window and the places in it, locked: who hands in at this moment is waited for, or waits."""
    window = Window.objects.select_for_update(of=("self",)).get(pk=window.pk)
    places = Sitting.objects.select_for_update(of=("self",)).filter(window=window)
    held = list(places.select_related("enrolment__user").order_by("pk"))
    day_rules.check_days_stand(
        scheduled=window.state == WindowState.SCHEDULED, with_markers=adjusting.with_markers(window)
    )
    return window, held


def _tell(
    template: str, place: Sitting, window: Window, *, reason: str, at: datetime, states: Sequence[str] = ()
) -> None:
    person = place.enrolment.user
    if place.enrolment.withdrawn_at is not None:
        return
    mail.send(
        template,
        to=person.email,
        key=f"{template}:{place.pk}:{at.isoformat()}",
        at=at,
        name=person.get_short_name(),
        title=window.task_title,
        task=window.task,
        enrolment=place.enrolment.reference,
        opens=rules.day_text(window.opens_on),
        deadline=rules.deadline_text(place.closes_at, place.zone),
        reason=reason.strip(),
        states=list(states),
    )
