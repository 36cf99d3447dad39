"""Enrol somebody with a plan; write credits and corrections to the ledger."""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from goldenthread.applications import actions as applications
from goldenthread.applications.models import Application, ApplicationState, Enrolment, Stage
from goldenthread.applications.queries import in_the_way
from goldenthread.applications.rules import Answers
from goldenthread.common import audit, jobs
from goldenthread.common.refused import Refused
from goldenthread.engagement import queries, rules, together
from goldenthread.engagement.models import LedgerEntry, PlannedActivity, Standing
from goldenthread.engagement.outline import outline
from goldenthread.intakes.models import Intake
from goldenthread.people.models import User

LONGEST_NOTE = 300
log = logging.getLogger("goldenthread.engagement")


@transaction.atomic
def enrol(*, application: Application, by: Any, at: datetime, reason: str = "") -> Enrolment:
    """Accept an application and give the new enrolment its plan, in one step."""
    enrolment = applications.accept(application=application, by=by, at=at, reason=reason)
    make_plan(enrolment=enrolment, at=at)
    return enrolment


@transaction.atomic
def apply(
    *, intake: Intake, form_key: UUID | str, answers: Answers, at: datetime, by: User | None = None
) -> Application:
    """Take an application in on the path of its version (S0-52). `by` is who is signed in, if anybody.

    "apply": it awaits the office's decision. "enrol": if every check passes, the person is enrolled now, with account,
    plan and welcome mail; what is in the way of that is told to the office, which decides. Both end in the same
    enrolment. The same `form_key` gives what is there.
    """
    direct = intake.version.specification.admission == "enrol"
    application = applications.submit(
        intake=intake, form_key=form_key, answers=answers, at=at, receipt=not direct
    )
    fresh = application.state == ApplicationState.SUBMITTED and "admission" not in application.details
    if not (direct and fresh):
        return application
    waits = in_the_way(application, by=by)
    if not waits:
        try:
            with transaction.atomic():
                enrol(application=application, by=None, at=at)
        except Refused as no:
            waits = [no.message.rstrip(".")]
        else:
            application.refresh_from_db()
            return application
    return applications.leave_to_office(application=application, waits=waits, at=at)


@transaction.atomic
def make_plan(*, enrolment: Enrolment, at: datetime) -> list[PlannedActivity]:
    """Write the plan of a new enrolment from version and delivery model; a second time gives the first."""
    existing = list(enrolment.plan.order_by("position"))
    if existing:
        return existing
    specification = enrolment.version.specification
    ends_on, _ = queries.ends_of(enrolment)
    items = outline(
        specification, delivery_model=enrolment.delivery_model, starts_on=enrolment.starts_on, ends_on=ends_on
    )
    plan = PlannedActivity.objects.bulk_create(
        PlannedActivity(
            enrolment=enrolment,
            position=position,
            key=item.key,
            component=item.component,
            kind=item.kind,
            stage=item.stage,
            lane=item.lane,
            title=item.title,
            minutes=item.minutes,
            due_on=item.due_on,
        )
        for position, item in enumerate(items, start=1)
    )
    audit.record(
        "plan.made",
        enrolment,
        by=None,
        at=at,
        activities=len(items),
        minutes=sum(i.minutes or 0 for i in items),
    )
    _keep(enrolment, queries.standing_of(enrolment), at=at)
    return plan


@transaction.atomic
def credit(
    *, activity: PlannedActivity, minutes: int, evidence: str, key: str, by: Any, at: datetime, note: str = ""
) -> LedgerEntry:
    """Write one credit for an activity; the same `key` a second time gives back the entry that is there.

    `minutes` is a positive whole number; `evidence` names what it rests on ("attendance:45"). Refuses more
    than the activity's planned minutes, and a key under which something else was written.
    """
    enrolment = _locked(activity.enrolment_id)
    known = LedgerEntry.objects.filter(key=key).first()
    if known:
        return _same_or_refused(known, activity_id=activity.pk, minutes=minutes, evidence=evidence)
    already = sum(activity.credits.values_list("minutes", flat=True))
    rules.check_credit(minutes=minutes, planned=activity.minutes, already=already)
    return _write(enrolment, activity, minutes=minutes, evidence=evidence, key=key, by=by, at=at, note=note)


@transaction.atomic
def correct(*, entry: LedgerEntry, minutes: int, reason: str, key: str, by: Any, at: datetime) -> LedgerEntry:
    """Correct a credit by a further entry of `minutes` (negative to take away); the first one stays.

    The same `key` gives back the entry that is there; other content under it is refused.
    """
    enrolment = _locked(entry.enrolment_id)
    known = LedgerEntry.objects.filter(key=key).first()
    if known:
        return _same_or_refused(known, corrects_id=entry.pk, minutes=minutes, note=reason[:LONGEST_NOTE])
    credited = sum(entry.activity.credits.values_list("minutes", flat=True))
    rules.check_correction(minutes=minutes, credited=credited, reason=reason, planned=entry.activity.minutes)
    return _write(
        enrolment,
        entry.activity,
        minutes=minutes,
        evidence=entry.evidence,
        key=key,
        by=by,
        at=at,
        note=reason,
        corrects=entry,
    )


def _same_or_refused(known: LedgerEntry, **said: Any) -> LedgerEntry:
    if {name: getattr(known, name) for name in said} == said:
        return known
    why = f" with the reason “{known.note}”" if known.corrects_id else ""
    raise Refused(
        f"This form was already sent: {known.minutes:+} minutes{why} stand in the ledger, and stay. What you "
        "changed since is not written. If something else is to be written too, check what stands below and "
        "send it.",
        code="form.sent",
    )


def _write(
    enrolment: Enrolment,
    activity: PlannedActivity,
    *,
    minutes: int,
    evidence: str,
    key: str,
    by: Any,
    at: datetime,
    note: str,
    corrects: LedgerEntry | None = None,
) -> LedgerEntry:
    plan, credited = queries.planned_components(enrolment), queries.credited_of(enrolment)
    before = credited.get(activity.component, 0)
    planned = next((part.minutes for part in plan if part.component == activity.component), None)
    entry = LedgerEntry.objects.create(
        enrolment=enrolment,
        activity=activity,
        component=activity.component,
        minutes=minutes,
        counted=rules.counting(planned, before=before, minutes=minutes),
        evidence=evidence,
        note=note[:LONGEST_NOTE],
        key=key,
        corrects=corrects,
        by=by,
        at=at,
    )
    verb = "credit.corrected" if corrects else "credit.written"
    audit.record(
        verb,
        enrolment,
        by=by,
        at=at,
        entry=entry.pk,
        activity=activity.key,
        title=activity.title,
        minutes=minutes,
        evidence=evidence,
    )
    now = rules.standing(
        plan, {**credited, activity.component: before + minutes}, queries.policy_of(enrolment.version)
    )
    _keep(enrolment, now, at=at)
    _move_on(enrolment, by=by, at=at)
    return entry


def _locked(enrolment_id: int) -> Enrolment:
    return Enrolment.objects.select_for_update(of=("self",)).select_related("version").get(pk=enrolment_id)


def _move_on(enrolment: Enrolment, *, by: Any, at: datetime) -> None:
    """The development stage begins when everything planned for induction is done, if anything is (S0-21)."""
    if enrolment.stage != Stage.INDUCTION:
        return
    induction = enrolment.plan.filter(stage="induction").annotate(done=Sum("credits__minutes"))
    planned = list(induction.values_list("minutes", "done"))
    if all(minutes is not None and (done or 0) >= minutes for minutes, done in planned):
        enrolment.stage = Stage.DEVELOPMENT
        enrolment.save(update_fields=["stage"])
        audit.record("stage.reached", enrolment, by=by, at=at, stage=enrolment.stage)


def _keep(enrolment: Enrolment, now: rules.Standing, *, at: datetime) -> None:
    Standing.objects.update_or_create(
        enrolment=enrolment,
        defaults={
            "planned_minutes": now.planned,
            "counted_minutes": now.counted,
            "measurable": now.measurable,
            "basis_points": now.basis_points,
            "updated_at": at,
        },
    )


@transaction.atomic
def refresh_all(*, at: datetime, anew: Mapping[int, together.SetStanding] | None = None) -> int:
    """Write everybody's standing as plan and ledger have it; returns how many differed.

    `anew` is what `together.recount` gave, where the caller has it.
    """
    fresh = together.recount() if anew is None else anew
    changed = []
    for kept in Standing.objects.select_for_update().order_by("pk").iterator(chunk_size=5000):
        now = fresh.get(kept.enrolment_id)
        if now is None:
            continue
        figures = (now.planned, now.counted, now.measurable, now.basis_points)
        if figures != (kept.planned_minutes, kept.counted_minutes, kept.measurable, kept.basis_points):
            kept.planned_minutes, kept.counted_minutes, kept.measurable, kept.basis_points = figures
            kept.updated_at = at
            changed.append(kept)
    Standing.objects.bulk_update(
        changed,
        ["planned_minutes", "counted_minutes", "measurable", "basis_points", "updated_at"],
        batch_size=500,
    )
    return len(changed)


@jobs.every(timedelta(days=1), "engagement")
def nightly(at: datetime) -> str:
    """Count everybody anew, tell where what is written differs, and put the standings right."""
    anew = together.recount()
    drifts = list(together.verify(anew))
    for drift in drifts[:20]:
        log.error("engagement of enrolment %s: %s", drift.enrolment_id, drift)
    return f"{len(drifts)} differ from plan and ledger, {refresh_all(at=at, anew=anew)} standings put right"
