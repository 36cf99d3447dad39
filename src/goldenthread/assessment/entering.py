"""Which further windows somebody may enter: of their zone or group, within the policy of attempts, and after a deferral
a later one in time.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Subquery

from goldenthread.applications.models import Enrolment
from goldenthread.assessment import attempts, rules
from goldenthread.assessment.models import Sitting, SittingState, Window, WindowState
from goldenthread.assessment.rules import apart, deferring
from goldenthread.assessment.rules.attempts import Tried
from goldenthread.groups.models import GroupPlace


@dataclass(frozen=True)
class Further:
    """The windows ahead that are somebody's: those that they can be entered for, and those beyond the policy of
    attempts, the next first.
    """

    windows: list[Window]
    beyond: list[Window]

    @property
    def next_on(self) -> date | None:
        """The first day of the next of them all; None where none lies ahead."""
        return min((one.opens_on for one in (*self.windows, *self.beyond)), default=None)


@dataclass(frozen=True)
class Deferral:
    """A deferred sitting that no other has followed: the first day of its window, and the last on which one that
    follows may end (None where the version states no months, or somebody had an attempt before).
    """

    sitting: Sitting
    until: date | None

    @property
    def from_day(self) -> date:
        return self.sitting.window.opens_on

    def may_follow(self, window: Window) -> bool:
        """Whether this window may be sat instead."""
        return deferring.fits(
            window.opens_on, attempts.last_day_of(window), deferred_from=self.from_day, allowed=self.until
        )


def further_windows(
    enrolment: Enrolment, tried: Tried, *, at: datetime, deferred: Deferral | None
) -> Further:
    """The windows of the enrolment's version that have not opened, of any intake; none for another zone or group than
    theirs, and after a deferral none beyond the months of the version. One query.
    """
    ahead = Window.objects.filter(intake__version=enrolment.version_id, state=WindowState.SCHEDULED, task="")
    others = ahead.exclude(sittings__enrolment=enrolment).select_related("intake", "for_group")
    own = GroupPlace.objects.filter(enrolment=enrolment, until__isnull=True)
    found = others.annotate(own_group=Subquery(own.values("group")[:1])).order_by("opens_on", "pk")
    theirs: list[Window] = [
        one
        for one in found
        if rules.day_begins(one.opens_on, one.zone) > at
        and is_part_of(one, enrolment, group=one.own_group)
        and (deferred is None or deferred.may_follow(one))
    ]
    beyond = [one for one in theirs if attempts.is_beyond(enrolment, tried, one)]
    return Further([one for one in theirs if one not in beyond], beyond)


def windows_to_enter(enrolment: Enrolment, *, at: datetime) -> list[Window]:
    """Those of them that somebody can be entered for. Four queries at most."""
    tried, deferred = attempts.tried_by(enrolment), deferral_to_follow(enrolment)
    return further_windows(enrolment, tried, at=at, deferred=deferred).windows


def is_part_of(window: Window, enrolment: Enrolment, *, group: int | None) -> bool:
    """Whether a window that is for a zone or a group of its intake can be this person's. `group` is the one in which
    they have a place now. No query.
    """
    return apart.may_enter(
        for_zone=window.for_zone,
        for_group=window.for_group_id,
        same_intake=window.intake_id == enrolment.intake_id,
        zone=enrolment.zone,
        group=group,
    )


def group_of(enrolment: Enrolment) -> int | None:
    """The group in which somebody has a place now. One query."""
    own = GroupPlace.objects.filter(enrolment=enrolment, until__isnull=True)
    return own.values_list("group", flat=True).first()


def deferral_to_follow(enrolment: Enrolment) -> Deferral | None:
    """What was deferred and is still to be sat. One query, and one where there is something."""
    last = (
        Sitting.everything.filter(enrolment=enrolment, window__task="")
        .exclude(window__state=WindowState.CANCELLED)
        .select_related("window__case_study")
        .defer("draft", "window__case_study__sealed", "window__case_study__sealed_needs")
        .order_by("-opens_at", "-pk")
        .first()
    )
    if last is None or last.state != SittingState.DEFERRED:
        return None
    return Deferral(last, follows_until(enrolment))


def follows_until(enrolment: Enrolment) -> date | None:
    """The last day on which a window that follows a deferral may end; None where the version states no months, or where
    it follows an attempt with a result. One query.
    """
    tried = enrolment.sittings.filter(window__state=WindowState.RELEASED, window__task="").exists()
    return allowed_until(enrolment, tried=tried)


def allowed_until(enrolment: Enrolment, *, tried: bool) -> date | None:
    """The same where it is known whether there was an attempt with a result. No query."""
    months = enrolment.version.specification.assessment.window_months.value
    return None if tried else deferring.last_day_allowed(enrolment.starts_on, months)


def deferred_from(window: Window) -> list[Sitting]:
    """Who was deferred from a window, by name, with nothing of what they wrote. One query."""
    found = Sitting.everything.filter(window=window, state=SittingState.DEFERRED)
    return list(
        found.select_related("enrolment__user").defer("draft").order_by("enrolment__user__name", "pk")
    )
