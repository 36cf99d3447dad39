"""What people do with a support plan: name a supporter, agree, tick, log contacts, end it with an outcome (S2-09)."""

import uuid
from datetime import date, datetime
from typing import Any

from django.db import transaction

from goldenthread.applications.models import Enrolment
from goldenthread.common import audit, clock, mail
from goldenthread.common.days import day_text
from goldenthread.common.refused import Refused
from goldenthread.people.models import Role, User
from goldenthread.support import plan_rules as rules
from goldenthread.support import plans
from goldenthread.support.beginning import end_plans
from goldenthread.support.models import PlanContact, PlanItem, SupportPlan
from goldenthread.support.plan_rules import Ending, Kind


# --- by people -------------------------------------------------------------------------------------------
@transaction.atomic
def name_supporter(*, plan: SupportPlan, owner: User, by: Any, at: datetime) -> SupportPlan:
    """Say who supports somebody: one who teaches them now, or of the office; both are told. Twice is harmless."""
    held = _held(plan)
    rules.check_open(bool(held.ending))
    roles = {user.pk: role for user, role in plans.may_support(held.enrolment, on=clock.day_of(at))}
    if owner.pk not in roles:
        raise Refused(
            f"{owner} neither teaches this person nor is of the office. Choose somebody from the list.",
            code="plan.owner",
            field="owner",
        )
    if held.owner_id == owner.pk:
        return held
    before, held.owner, held.owner_role = held.owner_id, owner, roles[owner.pk]
    held.save(update_fields=["owner", "owner_role"])
    event = _record("support.supporter_named", held, by=by, at=at, was=before, owner=owner.pk)
    mail.send(
        "support_plan_yours",
        to=owner.email,
        key=f"support_plan_yours:{held.pk}:{event}",
        at=at,
        name=owner.get_short_name(),
        who=held.enrolment.user.name,
        programme=held.enrolment.version.programme.code,
        plan=held.pk,
        office=held.owner_role == Role.OFFICE,
        contact_by=day_text(held.first_contact_by),
    )
    return held


@transaction.atomic
def set_due(*, plan: SupportPlan, due_on: date, by: Any, at: datetime) -> SupportPlan:
    """Say by when a plan is to be through, from today on. Twice is harmless."""
    held = _held(plan)
    rules.check_open(bool(held.ending))
    rules.check_due(due_on, on=clock.day_of(at))
    if held.due_on == due_on:
        return held
    before, held.due_on = held.due_on, due_on
    held.save(update_fields=["due_on"])
    _record("support.due_set", held, by=by, at=at, was=before, due_on=due_on)
    return held


@transaction.atomic
def add_item(*, plan: SupportPlan, text: str, by: Any, at: datetime) -> PlanItem:
    """Write down what was agreed; the same words are one item."""
    held = _held(plan)
    rules.check_open(bool(held.ending))
    said = rules.check_text(text, what="what you agreed", field="text")
    known = held.items.filter(text=said, dropped_at__isnull=True).first()
    if known is not None:
        return known
    made = PlanItem.objects.create(plan=held, kind=str(Kind.AGREED), text=said, added_by=by, added_at=at)
    _record("support.item_added", held, by=by, at=at, item=made.pk)
    return made


@transaction.atomic
def drop_item(*, item: PlanItem, by: Any, at: datetime) -> PlanItem:
    """Take an item out of a plan; it stays in the record. Twice is harmless."""
    held = _held(item.plan)
    found = PlanItem.objects.select_for_update(of=("self",)).get(pk=item.pk)
    if found.dropped_at is not None:
        return found
    rules.check_open(bool(held.ending))
    found.dropped_at = at
    found.save(update_fields=["dropped_at"])
    _record("support.item_dropped", held, by=by, at=at, item=found.pk)
    return found


@transaction.atomic
def tick(*, item: PlanItem, done: bool, by: Any, at: datetime) -> PlanItem:
    """The participant says that an item is done, or isn't after all. Twice is harmless."""
    held = _held(item.plan)
    rules.check_open(bool(held.ending))
    found = PlanItem.objects.select_for_update(of=("self",)).get(pk=item.pk)
    if (found.done_at is not None) == done or found.dropped_at is not None:
        return found
    found.done_at = at if done else None
    found.save(update_fields=["done_at"])
    _record("support.item_ticked" if done else "support.item_unticked", held, by=by, at=at, item=found.pk)
    return found


@transaction.atomic
def log_contact(
    *, plan: SupportPlan, held_on: date, how: str, note: str, form_key: str, by: Any, at: datetime
) -> PlanContact:
    """Log that supporter and participant spoke; one form is one contact. Refuses days ahead and before the plan."""
    held = _held(plan)
    known = PlanContact.objects.filter(plan=held, form_key=uuid.UUID(form_key)).first()
    if known is not None:
        return known
    rules.check_open(bool(held.ending))
    rules.check_contact(held_on, started=held.started_on, on=clock.day_of(at))
    said = rules.check_text(note, what="what you spoke about and agreed", field="note")
    made = PlanContact.objects.create(
        plan=held, form_key=uuid.UUID(form_key), held_on=held_on, how=how, note=said, by=by, at=at
    )
    _record("support.contact", held, by=by, at=at, contact=made.pk, held_on=held_on, how=how)
    return made


@transaction.atomic
def close(
    *, plan: SupportPlan, ending: str, note: str, by: Any, at: datetime, until: date | None = None
) -> SupportPlan:
    """End a plan with an outcome (S2-09): a pass that is released, a deferral until a day, the participant's wish, or
    their withdrawal. The same ending twice is one. Refuses everything else.
    """
    held = _held(plan)
    if held.ending and held.ending == ending:
        return held
    rules.check_open(bool(held.ending))
    chosen = rules.check_ending(
        ending,
        note,
        passed=held.outcome_id is not None and held.pk not in plans.still_short([held]),
        withdrawn=held.enrolment.withdrawn_at is not None,
        until=until,
        on=clock.day_of(at),
    )
    held.note = note.strip()[: rules.LONGEST]
    held.deferred_until = until if chosen is Ending.DEFERRED else None
    end_plans([held], chosen, by=by, at=at)
    return held


def _held(plan: SupportPlan) -> SupportPlan:
    """The plan, locked after its enrolment."""
    Enrolment.objects.select_for_update(of=("self",)).only("pk").get(pk=plan.enrolment_id)
    found = SupportPlan.objects.select_for_update(of=("self",))
    return found.select_related("enrolment__user", "enrolment__version__programme", "outcome").get(pk=plan.pk)


def _record(verb: str, plan: SupportPlan, *, by: Any, at: datetime, **details: Any) -> int:
    event = audit.record(verb, f"enrolment:{plan.enrolment_id}", by=by, at=at, plan=plan.pk, **details)
    return event.sequence
