"""How often somebody has sat the case study, and what the policy of attempts of their version makes of it."""

from collections.abc import Iterable, Sequence
from datetime import date

from django.db.models import Q

from goldenthread.applications.models import Enrolment
from goldenthread.assessment import dated_policies, rules
from goldenthread.assessment.models import Sitting, SittingState, Window, WindowState
from goldenthread.assessment.rules import attempts
from goldenthread.assessment.rules.attempts import Standing, Tried
from goldenthread.catalogue.terms import Attempts


def tried_by(enrolment: Enrolment) -> Tried:
    """The attempts of an enrolment at the case study: windows whose results are released. One query."""
    return tried_by_all([enrolment.pk]).get(enrolment.pk, Tried(0, None))


def tried_by_all(enrolments: Iterable[int], *, released: Iterable[int] = ()) -> dict[int, Tried]:
    """The same of many, by enrolment, of whoever had one; windows in `released` count as if their results were out, for
    a release that is being written. One query.
    """
    out = Q(window__state=WindowState.RELEASED) | Q(window__in=list(released))
    had = (
        Sitting.objects.filter(out, enrolment__in=list(enrolments), window__task="")
        .exclude(state=SittingState.HELD_BACK)
        .select_related("window")
        .only("enrolment", "opens_at", "window__opens_on", "window__days", "window__zone")
        .order_by("opens_at", "pk")
    )
    windows: dict[int, list[Window]] = {}
    for one in had:
        windows.setdefault(one.enrolment_id, []).append(one.window)
    return {pk: tried_in(each) for pk, each in windows.items()}


def tried_in(windows: Sequence[Window]) -> Tried:
    """What attempts in these windows come to, whose sittings opened in this order. No query."""
    return Tried(len(windows), last_day_of(windows[0]) if windows else None)


def standing_on(enrolment: Enrolment, tried: Tried, on: date) -> Standing | None:
    """What the attempts come to for a window that opens on a day; None where no policy counts then. No query, where the
    version is loaded.
    """
    return attempts.standing(dated_policies.assessment_on(enrolment.version, on).attempts, tried)


def standing_now(enrolment: Enrolment, tried: Tried, window: Window) -> Standing | None:
    """The same for one window, as is decided at this moment: for writes, which hold the window. One query."""
    stated = enrolment.version.specification.assessment
    decisions = dated_policies.decisions_of(enrolment.version_id)
    policy = dated_policies.decided_on(stated, decisions, on=window.opens_on).attempts
    return attempts.standing(policy, tried)


def last_day_of(window: Window) -> date:
    """The last calendar day of a window. No query."""
    return rules.window_days(window.opens_on, window.days, window.zone)[-1]


def is_beyond(enrolment: Enrolment, tried: Tried, window: Window) -> bool:
    """Whether a window would be an attempt too many, or too late. No query, where the version is loaded."""
    return exceeds(dated_policies.assessment_on(enrolment.version, window.opens_on).attempts, tried, window)


def exceeds(policy: Attempts | None, tried: Tried, window: Window) -> bool:
    """The same by a policy that is known; where none counts, no window is. No query."""
    found = attempts.standing(policy, tried)
    return found is not None and bool(found.why_not(last_day_of(window)))
