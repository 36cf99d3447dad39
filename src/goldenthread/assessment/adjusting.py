"""Loads adjustments and extensions, each only for who may read it, and what is granted to whom.

The reason of a request is confidential. Participants see their own requests; the programme office sees all; nobody else
reaches them by any page.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Max, OuterRef, Q, QuerySet, Subquery
from django.http import Http404

from goldenthread.applications.models import HAD_AWARD, Enrolment
from goldenthread.assessment import access, rules
from goldenthread.assessment.adjusting_models import Adjustment, LatePolicy
from goldenthread.assessment.models import Script, Sitting, SittingState, Window, WindowState
from goldenthread.assessment.rules import deferring
from goldenthread.common.counting import count_of
from goldenthread.common.prepared import Prepared
from goldenthread.people.access import Viewer

WithMarkers = Callable[[Window], bool]
_with_markers: list[WithMarkers] = []


def when_markers_have(asked: WithMarkers) -> WithMarkers:
    """Register `asked(window)` of a later package: whether a marker has a script of a window."""
    _with_markers.append(asked)
    return asked


def with_markers(window: Window) -> bool:
    """Whether a marker has a script of this window."""
    return any(asked(window) for asked in _with_markers)


def adjustments_for(viewer: Viewer) -> QuerySet[Adjustment]:
    """Every request, those that wait first, for the office alone."""
    if not access.may_schedule(viewer):
        raise Http404
    found = Adjustment.objects.select_related(
        "enrolment__user", "enrolment__version__programme", "enrolment__intake", "sitting__window__intake",
        "requested_by", "decided_by",
    ).defer("enrolment__version__document", "sitting__draft")  # fmt: skip
    return found.order_by("-requested_at", "-pk")


def get_adjustment_for(viewer: Viewer, adjustment_id: int) -> Adjustment:
    """One request with its reason, for the office; 404 for everybody else."""
    found = adjustments_for(viewer).filter(pk=adjustment_id).first()
    if found is None:
        raise Http404
    return found


def adjustments_of(enrolment: Enrolment) -> list[Adjustment]:
    """The requests of somebody's own enrolment, which the page has loaded as theirs. One query."""
    own = enrolment.adjustments.select_related("sitting__window", "decided_by").defer("sitting__draft")
    return list(own.order_by("-requested_at", "-pk"))


def get_own_adjustment(user: Any, adjustment_id: int) -> Adjustment:
    """A request about one's own enrolment; 404 for everybody else."""
    own = Adjustment.objects.select_related("enrolment").filter(
        enrolment__user=user, enrolment__withdrawn_at__isnull=True
    )
    found = own.filter(pk=adjustment_id).first()
    if found is None:
        raise Http404
    return found


def granted_to(people: Iterable[Enrolment]) -> dict[int, list[rules.Grant]]:
    """What was granted for all sittings of these enrolments, by enrolment. One query."""
    standing = Adjustment.objects.filter(
        enrolment__in=[one.pk for one in people], sitting__isnull=True, state="approved"
    )
    found: dict[int, list[rules.Grant]] = {}
    for one in standing.order_by("pk"):
        found.setdefault(one.enrolment_id, []).append(grant_of(one))
    return found


def grants_of(sitting: Sitting) -> list[rules.Grant]:
    """Everything that was granted for one sitting: to it, and to its person for all of theirs. One query."""
    approved = Adjustment.objects.filter(enrolment=sitting.enrolment_id, state="approved").order_by("pk")
    return [grant_of(one) for one in approved if one.sitting_id in (None, sitting.pk)]


def grant_of(one: Adjustment) -> rules.Grant:
    """What was granted, as the rules take it."""
    return rules.Grant(one.days, one.words, one.arrangement, one.deferral)


@dataclass(frozen=True)
class Effect:
    """What a grant would do to one sitting, and to the last deadline of anybody in its window."""

    sitting: Sitting
    closes_at: datetime
    word_limit: int | None
    last_before: datetime
    last_after: datetime


def effects_of(one: Adjustment, given: rules.Grant, *, at: datetime) -> list[Effect]:
    """What approving a request with this would do to each sitting that it would move. Three queries at most."""
    live = Sitting.objects.filter(
        enrolment=one.enrolment_id, window__state=WindowState.SCHEDULED, window__task=""
    )
    live = live.filter(pk=one.sitting_id) if one.sitting_id else live.filter(closes_at__gte=at)
    sittings = list(live.select_related("window").defer("draft").order_by("opens_at", "pk"))
    approved = list(Adjustment.objects.filter(enrolment=one.enrolment_id, state="approved").order_by("pk"))
    others = Sitting.objects.filter(window__in=[sitting.window_id for sitting in sittings])
    others = others.exclude(pk__in=[sitting.pk for sitting in sittings])
    last = dict(others.order_by().values_list("window").annotate(last=Max("closes_at")))
    found = []
    for sitting in sittings:
        grants = [grant_of(other) for other in approved if other.sitting_id in (None, sitting.pk)]
        window = sitting.window
        closes_at, _, words = rules.adjusted(window.opens_on, window.days, sitting.zone, [*grants, given])
        limit = window.word_limit + words if window.word_limit is not None else None
        rest = last.get(sitting.window_id, sitting.opens_at)
        found.append(Effect(sitting, closes_at, limit, max(rest, sitting.closes_at), max(rest, closes_at)))
    return found


def so_far(one: Adjustment) -> list[Sitting]:
    """The sittings that a request is about and whose results are to come, each with how often its person has handed in
    (`times`) and when last (`last_at`). One query.
    """
    live = Sitting.everything.filter(enrolment=one.enrolment_id, window__state=WindowState.SCHEDULED)
    live = live.filter(pk=one.sitting_id) if one.sitting_id else live.filter(window__task="")
    scripts = Script.objects.filter(sitting=OuterRef("pk")).order_by("-received_at", "-pk")
    found = live.annotate(
        times=count_of(scripts, "sitting"), last_at=Subquery(scripts.values("received_at")[:1])
    )
    return list(found.select_related("window").defer("draft").order_by("opens_at", "pk"))


def undecided_deferrals(window: Window | OuterRef) -> QuerySet[Adjustment]:
    """The requests to sit a later window than this one that wait for a decision and would end as a result without a
    script: nothing was handed in, and the person hasn't withdrawn. For a query too, with the outer window.
    """
    waiting = Adjustment.objects.filter(
        sitting__window=window, sitting__state=SittingState.BOOKED, deferral=True, state="requested",
        enrolment__withdrawn_at__isnull=True,
    )  # fmt: skip
    return waiting.exclude(enrolment__stage__in=HAD_AWARD).order_by()


def check_deferrals_decided(window: Window) -> None:
    """Refuses a release while somebody who handed nothing in waits for an answer to their request. One query."""
    deferring.check_decided(undecided_deferrals(window).count())


def sittings_to_adjust(enrolment: Enrolment) -> list[Sitting]:
    """The sittings for which somebody can still ask: their results are not released. One query."""
    live = enrolment.sittings.filter(window__state=WindowState.SCHEDULED).select_related("window")
    return list(live.defer("draft").order_by("opens_at", "pk"))


_LATE = Prepared(
    lambda version, day: (
        LatePolicy.objects.filter(Q(from_day=None) | Q(from_day__lte=day), version=version)
        .select_related("set_by")
        .order_by("-set_at", "-pk")[:1]
    ),
    key=(int, date),
)


def late_of(version_id: int, on: date) -> LatePolicy | None:
    """The late policy that counts for the windows of a version that open on a day: of what begins by then, what was
    decided last. None: staff decide each case. One query.
    """
    return _LATE.get(version_id, on)
