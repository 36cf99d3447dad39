"""A release planned for an instant to come: planned, changed, taken back, carried out by the worker, or stopped."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery

from goldenthread.assessment.models import Window, WindowState
from goldenthread.common import audit, clock, mail
from goldenthread.common.days import instant_text
from goldenthread.common.refused import Refused
from goldenthread.common.writes import Writes, done_at_once, reserve
from goldenthread.outcomes import preparing
from goldenthread.outcomes.access import releases
from goldenthread.outcomes.models import PlannedRelease, PlanState
from goldenthread.outcomes.rules import check_plan
from goldenthread.people.access import role_held, viewer_of
from goldenthread.people.models import Role, User

Release = Callable[..., Any]  # release(window=, by=, at=, seen=, plan=)


_ANSWERED = (PlanState.RELEASED, PlanState.TAKEN_BACK)
_SHOWN = ("state", "at", "seen", "why", "planned_at", "planned_by__name")


def last_plan(window: Window) -> PlannedRelease | None:
    """The plan of a window that stands, or that was stopped last and nobody has answered. One query."""
    found = PlannedRelease.objects.filter(window=window).order_by("-pk").first()
    return found if found and found.state not in _ANSWERED else None


def with_plan(windows: QuerySet[Window]) -> QuerySet[Window]:
    """The windows with what `plan_of` says of them; no further query."""
    last = PlannedRelease.objects.filter(window=OuterRef("pk")).order_by("-pk")
    return windows.annotate(**{f"plan_{name}": Subquery(last.values(name)[:1]) for name in _SHOWN})


def plan_of(window: Window) -> PlannedRelease | None:
    """As `last_plan`, of a window from `with_plan`, for pages: with the name of who planned it. No query."""
    *values, name = (vars(window)[f"plan_{one}"] for one in _SHOWN)
    if values[0] is None or values[0] in _ANSWERED:
        return None
    return PlannedRelease(
        **dict(zip(_SHOWN, values, strict=False)), window=window, planned_by=User(name=name)
    )


def plan(*, window: Window, release_at: datetime, seen: str, by: Any, at: datetime) -> PlannedRelease:
    """Plan the release of a window for an instant to come, or change the plan that there is; the same again is one.

    Whoever plans it, or changes it last, is who releases. `seen` is the fingerprint of the preview that they looked at:
    refuses if results have changed since, all that a release refuses now, what is released, and an instant in the
    past.
    """
    return done_at_once(
        lambda: _planned(window.pk, release_at, seen, by=by, at=at), lock=lambda: _locked(window)
    )


def _planned(
    window_id: int, release_at: datetime, seen: str, *, by: Any, at: datetime
) -> tuple[Writes, PlannedRelease]:
    window, writes = preparing.loaded(window_id), Writes()
    if window.state == WindowState.RELEASED:
        raise Refused("These results are released already.", code="plan.released")
    check_plan(release_at, at=at)
    if not seen:
        raise Refused("Look at the results first, then plan their release there.", code="plan.unseen")
    preparing.check_seen(preparing.checked_preview(window), seen)
    known = PlannedRelease.objects.filter(window=window, state=PlanState.PLANNED).first()
    if known is not None and (known.at, known.seen, known.planned_by_id) == (release_at, seen, by.pk):
        return writes, known
    said: dict[str, Any] = {"at": release_at.isoformat()}
    if known is None:
        (number,) = reserve(PlannedRelease, 1)
        known = PlannedRelease(
            pk=number, window=window, at=release_at, seen=seen, planned_by=by, planned_at=at
        )
        writes.add([known])
        verb = "release.planned"
    else:
        said |= {"was": known.at.isoformat(), "planned_by": known.planned_by_id}
        known.at, known.seen, known.planned_by, known.planned_at = release_at, seen, by, at
        writes.change([known], ["at", "seen", "planned_by", "planned_at"])
        verb = "release.plan_changed"
    writes.record(verb, {audit.subject_key(window): {"plan": known.pk, **said}}, by=by, at=at)
    return writes, known


@transaction.atomic
def take_back(*, window: Window, by: Any, at: datetime) -> PlannedRelease | None:
    """Take the plan of a window back, or answer one that was stopped: nothing is planned then. Twice is harmless."""
    _locked(window)
    known = last_plan(window)
    if known is None:
        return None
    was, known.state, known.ended_at = known.state, PlanState.TAKEN_BACK, at
    known.save(update_fields=["state", "ended_at"])
    audit.record(
        "release.plan_taken_back",
        window,
        by=by,
        at=at,
        plan=known.pk,
        was=was,
        planned_for=known.at.isoformat(),
    )
    return known


def due(*, at: datetime) -> list[PlannedRelease]:
    """The plans whose instant has come, the earliest first. One query."""
    found = PlannedRelease.objects.filter(state=PlanState.PLANNED, at__lte=at)
    return list(found.select_related("window__intake", "planned_by").order_by("at", "pk"))


def carry_out(planned: PlannedRelease, *, release: Release, at: datetime) -> bool:
    """Release what was planned, by whoever planned it, with every check and by the preview they looked at; whether it
    was released.

    Where that is refused nothing is released: the plan is stopped, and the office told why. One that was carried out,
    changed or taken back meanwhile is left alone, so that two workers release once.
    """
    who = planned.planned_by
    try:
        if not who.is_active or not releases(viewer_of(who, on=clock.day_of(at))):
            raise Refused(
                f"{who} planned it and isn't of the programme office any more. Somebody else has to plan it.",
                code="plan.gone",
            )
        release(window=planned.window, by=who, at=at, seen=planned.seen, plan=planned)
    except Refused as refusal:
        if refusal.code != preparing.PLAN_OVER:
            stop(planned, why=refusal.message, at=at)
        return False
    return True


@transaction.atomic
def stop(planned: PlannedRelease, *, why: str, at: datetime) -> bool:
    """End a plan that couldn't be carried out, and tell everybody of the office, and who planned it also where they
    aren't of it any more; whether it stood until now.
    """
    window = _locked(planned.window)
    known = PlannedRelease.objects.get(pk=planned.pk)
    if (known.state, known.at, known.seen) != (PlanState.PLANNED, planned.at, planned.seen):
        return False
    known.state, known.ended_at, known.why = PlanState.STOPPED, at, why
    known.save(update_fields=["state", "ended_at", "why"])
    audit.record("release.plan_stopped", window, by=None, at=at, plan=known.pk, why=why)
    said = {
        "of": str(window.intake),
        "at": instant_text(known.at, window.zone),
        "why": why,
        "window": window.pk,
        "planned_by": known.planned_by.name,
    }
    here = role_held(Role.OFFICE, on=clock.day_of(at), user="pk")
    people = User.objects.filter(here | Q(pk=known.planned_by_id), is_active=True).annotate(office=Q(here))
    letters = {
        f"release_stopped:{known.pk}:{one.pk}": (
            one.email, {"name": one.get_short_name(), "office": vars(one)["office"], **said}
        )
        for one in people.order_by("pk")
    }  # fmt: skip
    mail.send_many("release_stopped", letters, at=at)
    return True


def _locked(window: Window) -> Window:
    return Window.objects.select_for_update(of=("self",)).select_related("intake").get(pk=window.pk)
