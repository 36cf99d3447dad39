"""Mails to those who are booked in windows for which a late policy counts from a day on."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from goldenthread.assessment.adjusting_models import LatePolicy
from goldenthread.assessment.models import Sitting, WindowState
from goldenthread.assessment.rules import uploads
from goldenthread.assessment.rules.adjusting import late_text
from goldenthread.common import mail
from goldenthread.common.days import day_text

Terms = tuple[int | None, int]  # days after a deadline, and minutes for the rest of a document


def tell(made: LatePolicy, before: Iterable[LatePolicy], *, by: Any, at: datetime) -> None:
    """Tell everybody who has a place in a window for which something else counts by this policy than by those `before`
    it, the latest of which comes first, and why; once. One query and few statements, however many they are.
    """
    earlier = list(before)
    places = Sitting.objects.filter(
        window__intake__version=made.version_id, window__opens_on__gte=made.from_day, window__task="",
        window__state=WindowState.SCHEDULED, enrolment__withdrawn_at__isnull=True,
    )  # fmt: skip
    people = places.select_related("window", "enrolment__user", "enrolment__version__programme").defer(
        "draft", "enrolment__version__document"
    )
    letters: dict[str, tuple[str, dict[str, Any]]] = {}
    days, minutes = _terms(made)
    for place in people.order_by("pk"):
        was = _terms(_on(earlier, place.window.opens_on))
        if was == (days, minutes):
            continue
        enrolment = place.enrolment
        letters[f"late_policy_changed:{made.pk}:{place.pk}"] = (
            enrolment.user.email,
            {
                "name": enrolment.user.get_short_name(),
                "programme": enrolment.version.programme.code,
                "enrolment": enrolment.reference,
                "opens": day_text(place.window.opens_on),
                "says": late_text(days),
                "rest": "" if minutes == was[1] else uploads.rest_text(minutes),
                "reason": made.reason,
                "who": by.name,
            },
        )
    mail.send_many("late_policy_changed", letters, at=at)


def _on(policies: Iterable[LatePolicy], day: date) -> LatePolicy | None:
    """As `adjusting.late_of`, of policies that are loaded, the latest first."""
    return next((one for one in policies if one.from_day is None or one.from_day <= day), None)


def _terms(policy: LatePolicy | None) -> Terms:
    return (policy.days, uploads.rest_of(policy.rest_minutes)) if policy else (None, uploads.rest_of(None))
