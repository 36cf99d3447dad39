"""Change the hand-in days of a project task, or cancel them: with a reason, and everybody with a place is told."""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from goldenthread.assessment import adjusting, rules
from goldenthread.assessment.models import Script, Sitting, Window, WindowState
from goldenthread.assessment.rules import hand_in_days as day_rules
from goldenthread.common import audit, clock, mail


@transaction.atomic
def change_hand_in_days(
    *, window: Window, opens_on: date, closes_on: date, reason: str, by: Any, at: datetime
) -> Window:
    """Set other first and last days for hand-in days that stand, and tell everybody with a place, with the reason.

    What was granted to somebody stays on top of the new last day. Refused without a reason, for days that are over,
    for another first day once the days have begun, for an earlier last day without two weeks' notice, and once results
    are released or a marker has a script.
    The same days again change nothing.
    """
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
    audit.record(
        "hand_in_days.changed", window, by=by, at=at, opens_on=opens_on, closes_on=closes_on, reason=reason.strip(),
        before_opens_on=before[0], before_days=before[1],
    )  # fmt: skip
    for place in places:
        place.opens_at = place.released_at = opens_at
        place.closes_at = rules.window_instants(opens_on, days + place.extra_days, place.zone)[1]
        place.save(update_fields=["opens_at", "closes_at", "released_at"])
        _tell("hand_in_days_changed", place, window, reason=reason, at=at)
    return window


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


def _tell(template: str, place: Sitting, window: Window, *, reason: str, at: datetime) -> None:
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
    )
