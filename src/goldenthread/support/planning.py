"""Support plans begin by themselves with a result that fell short, and end with an outcome (S2-09)."""

import uuid
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from goldenthread.applications.models import Enrolment, Stage
from goldenthread.common import audit, clock, mail
from goldenthread.common.days import day_text
from goldenthread.common.refused import Refused
from goldenthread.outcomes.following import when_released
from goldenthread.outcomes.models import Outcome
from goldenthread.people.actions import when_a_role_ends
from goldenthread.people.models import Role, User
from goldenthread.support import plan_rules as rules
from goldenthread.support import plans
from goldenthread.support.models import PlanContact, PlanItem, SupportPlan
from goldenthread.support.plan_rules import Ending, Kind

AT_ONCE = 1000


# --- by themselves ---------------------------------------------------------------------------------------
@when_released
def follow(*, outcomes: Sequence[Outcome], by: Any, at: datetime) -> None:
    """Begin a plan for everybody whose released result fell short, and end the plans of those who passed, in the
    transaction of the release (S2-09).

    Whoever has an open plan keeps it, with what the further result adds. Nobody gets one who has withdrawn, or holds
    the award by another window. The statements are bounded, however many results there are.
    """
    passed = [one for one in outcomes if one.result == "passed"]
    _end_of(passed, by=by, at=at)
    short = {one.enrolment_id: one for one in outcomes if one.result != "passed"}
    for start in range(0, len(short), AT_ONCE):
        some = dict(sorted(short.items())[start : start + AT_ONCE])
        _begin(some, by=by, at=at)


def _end_of(passed: Sequence[Outcome], *, by: Any, at: datetime) -> None:
    tasks = {(one.enrolment_id, one.task) for one in passed}
    people = sorted({enrolment for enrolment, _ in tasks})
    for start in range(0, len(people), AT_ONCE):
        found = SupportPlan.objects.filter(enrolment__in=people[start : start + AT_ONCE], ending="")
        for plan in found.select_related("outcome").order_by("pk"):
            whole = (plan.enrolment_id, "") in tasks
            if whole or (plan.enrolment_id, plan.outcome.task) in tasks:
                _end(plan, Ending.PASSED, by=by, at=at)


def _begin(short: dict[int, Outcome], *, by: Any, at: datetime) -> None:
    people = Enrolment.objects.filter(pk__in=short, withdrawn_at__isnull=True).exclude(stage=Stage.AWARDED)
    going = {one.pk: one for one in people.select_related("user", "version__programme").order_by("pk")}
    known = {one.enrolment_id: one for one in SupportPlan.objects.filter(enrolment__in=going, ending="")}
    wanted = [short[pk] for pk in going]
    items = plans.first_items(wanted)
    new = _new_plans([one for one in wanted if one.enrolment_id not in known], going, by=by, at=at)
    SupportPlan.objects.bulk_create(new.values(), batch_size=AT_ONCE)
    for pk, plan in known.items():
        plan.outcome = short[pk]
    SupportPlan.objects.bulk_update(known.values(), ["outcome"], batch_size=AT_ONCE)
    had = set(
        PlanItem.objects.filter(plan__in=known.values(), dropped_at__isnull=True)
        .order_by()
        .values_list("plan", "text")
    )
    PlanItem.objects.bulk_create(
        (
            PlanItem(plan=plan, kind=str(item.kind), text=item.text, added_at=at)
            for pk, plan in {**known, **new}.items()
            for item in items[short[pk].pk]
            if (plan.pk, item.text) not in had
        ),
        batch_size=AT_ONCE,
    )
    _tell(new, going, at=at, by=by)


def _new_plans(
    outcomes: Sequence[Outcome], going: dict[int, Enrolment], *, by: Any, at: datetime
) -> dict[int, SupportPlan]:
    """Plans with their supporter: who coaches or teaches the person now, else who released the result."""
    on = clock.day_of(at)
    supporters = plans.supporters_of(one.enrolment_id for one in outcomes)
    windows: dict[tuple[int, str], list[rules.Ahead]] = {}
    made = {}
    for one in outcomes:
        enrolment = going[one.enrolment_id]
        kind = (enrolment.version_id, one.task)
        if kind not in windows:
            windows[kind] = [plans.ahead(window) for window in plans.windows_ahead(*kind, on=on)]
        first = [pair for pair in supporters.get(one.enrolment_id, []) if pair[0] != enrolment.user_id]
        fallback = (by.pk, Role.OFFICE.value) if by is not None and by.pk != enrolment.user_id else (None, "")
        owner, role = first[0] if first else fallback
        made[one.enrolment_id] = SupportPlan(
            enrolment=enrolment,
            outcome=one,
            owner_id=owner,
            owner_role=role,
            started_at=at,
            started_on=on,
            first_contact_by=on + timedelta(days=rules.FIRST_CONTACT_DAYS),
            due_on=rules.due_on(rules.next_window(windows[kind], on=on, last_useful=None), on=on),
        )
    return made


def _tell(new: dict[int, SupportPlan], going: dict[int, Enrolment], *, by: Any, at: datetime) -> None:
    owners = User.objects.in_bulk({plan.owner_id for plan in new.values() if plan.owner_id})
    details: dict[str, dict[str, Any]] = {}
    letters: dict[str, tuple[str, dict[str, Any]]] = {}
    for pk, plan in new.items():
        details[f"enrolment:{pk}"] = {
            "plan": plan.pk,
            "outcome": plan.outcome_id,
            "owner": plan.owner_id,
            "due_on": plan.due_on.isoformat(),
        }
        enrolment = going[pk]
        letters[f"support_plan:{plan.pk}"] = (
            enrolment.user.email,
            {
                "name": enrolment.user.get_short_name(),
                "programme": enrolment.version.programme.code,
                "enrolment": enrolment.reference,
                "owner": owners[plan.owner_id].name if plan.owner_id else "",
                "contact_by": day_text(plan.first_contact_by),
            },
        )
    audit.record_many("support.begun", details, by=by, at=at)
    mail.send_many("support_plan", letters, at=at)


@when_a_role_ends
def leave_plans(*, user: User, role: str, by: Any, at: datetime) -> None:
    """Take somebody's name off the plans that they supported in a role that they no longer hold; the office sees which
    plans have nobody.
    """
    for plan in SupportPlan.objects.filter(owner=user, owner_role=role, ending="").order_by("pk"):
        held = _held(plan)
        held.owner, held.owner_role = None, ""
        held.save(update_fields=["owner", "owner_role"])
        _record("support.left", held, by=by, at=at, owner=user.pk)


def end_withdrawn(*, at: datetime) -> int:
    """End the open plans of everybody who has withdrawn; how many. Doing it again changes nothing."""
    gone = SupportPlan.objects.filter(ending="", enrolment__withdrawn_at__isnull=False)
    ended = 0
    for plan in gone.order_by("pk"):
        with transaction.atomic():
            held = _held(plan)
            if not held.ending:
                _end(held, Ending.WITHDRAWN, by=None, at=at)
                ended += 1
    return ended


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
        passed=plans.has_passed(held),
        withdrawn=held.enrolment.withdrawn_at is not None,
        until=until,
        on=clock.day_of(at),
    )
    held.note = note.strip()[: rules.LONGEST]
    held.deferred_until = until if chosen is Ending.DEFERRED else None
    return _end(held, chosen, by=by, at=at)


def _end(plan: SupportPlan, ending: Ending, *, by: Any, at: datetime) -> SupportPlan:
    plan.ending, plan.ended_at, plan.ended_by = str(ending), at, by
    plan.save(update_fields=["ending", "ended_at", "ended_by", "note", "deferred_until"])
    _record(
        "support.ended", plan, by=by, at=at, ending=plan.ending, until=plan.deferred_until, note=plan.note
    )
    return plan


def _held(plan: SupportPlan) -> SupportPlan:
    """The plan, locked after its enrolment."""
    Enrolment.objects.select_for_update(of=("self",)).only("pk").get(pk=plan.enrolment_id)
    found = SupportPlan.objects.select_for_update(of=("self",))
    return found.select_related("enrolment__user", "enrolment__version__programme", "outcome").get(pk=plan.pk)


def _record(verb: str, plan: SupportPlan, *, by: Any, at: datetime, **details: Any) -> int:
    event = audit.record(verb, f"enrolment:{plan.enrolment_id}", by=by, at=at, plan=plan.pk, **details)
    return event.sequence
