"""Open an intake to applications; rule on what the sources leave open for it."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.common import audit
from goldenthread.common.refused import Refused
from goldenthread.intakes import rules
from goldenthread.intakes.models import Intake, Ruling
from goldenthread.people.rules import check_zone


@transaction.atomic
def open_intake(
    *,
    version: ProgrammeVersion,
    starts_on: date,
    applications_open_on: date,
    applications_close_on: date,
    by: Any,
    at: datetime,
    delivery_models: Sequence[str] | None = None,
    event_mode: str = "in_person",
    places: int | None = None,
    zone: str = "Europe/London",
    name: str = "",
) -> Intake:
    """An intake of a version; all its delivery models are on offer unless some are named.

    `places` None is no limit. Refuses what the version doesn't allow (S4-01) and a second intake on the same
    day, except that the same one asked for again is given back.
    """
    specification = version.specification
    models = tuple(delivery_models or (model.key for model in specification.delivery_models))
    plan = rules.Plan(starts_on, applications_open_on, applications_close_on, models, event_mode, places)
    rules.check_new(specification, plan)
    check_zone(zone)
    named_by = specification.intakes.named_by if specification.intakes else "month"
    values: dict[str, Any] = {
        "name": name[:60] or rules.intake_name(starts_on, named_by),
        "applications_open_on": applications_open_on,
        "applications_close_on": applications_close_on,
        "places": places,
        "zone": zone,
        "delivery_models": list(models),
        "event_mode": event_mode,
    }
    try:
        with transaction.atomic():
            intake = Intake.objects.create(version=version, starts_on=starts_on, created_at=at, **values)
    except IntegrityError:
        return _same_or_refused(version, starts_on, values)
    audit.record("intake.opened", intake, by=by, at=at, version=version.key, starts_on=starts_on, **values)
    return intake


def _same_or_refused(version: ProgrammeVersion, starts_on: date, values: dict[str, Any]) -> Intake:
    there = Intake.objects.get(version=version, starts_on=starts_on)
    if any(getattr(there, name) != value for name, value in values.items()):
        raise Refused(
            f"{version.programme.code} has an intake already that starts on {rules.day_text(starts_on)}.",
            code="intake.taken",
            field="starts_on",
        )
    return there


@transaction.atomic
def rule(*, intake: Intake, rule: str, value: Any, reason: str, by: Any, at: datetime) -> Ruling:
    """Record that `by` chose `value` for `rule` in this intake, from what the sources give (C-01).

    The same choice again gives the ruling that is there; another choice replaces it, and both stand in the
    trail.
    """
    locked = Intake.objects.select_for_update(of=("self",)).select_related("version").get(pk=intake.pk)
    chosen = rules.check_ruling(locked.version.specification, rule=rule, value=value, reason=reason)
    kept = list(value) if isinstance(value, tuple) else value
    known = Ruling.objects.filter(intake=locked, rule=rule).first()
    if known and known.value == kept:
        return known
    ruling, _ = Ruling.objects.update_or_create(
        intake=locked,
        rule=rule,
        defaults={
            "value": kept,
            "source": ", ".join(chosen.source)[:60] if chosen else "",
            "reason": reason[:2000],
            "chosen_by": by,
            "chosen_at": at,
        },
    )
    earlier = known.value if known else None
    audit.record(
        "intake.ruled", locked, by=by, at=at, rule=rule, value=kept, earlier=earlier, reason=reason[:2000]
    )
    return ruling
