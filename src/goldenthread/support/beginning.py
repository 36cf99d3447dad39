"""Support plans begin by themselves with a result that fell short, and end by themselves with the pass (S2-09)."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from goldenthread.applications.models import HAD_AWARD, Enrolment
from goldenthread.assessment.attempts import exceeds, tried_by_all
from goldenthread.assessment.dated_policies import assessment_on
from goldenthread.assessment.rules.attempts import Tried
from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.common import clock
from goldenthread.common.days import day_text
from goldenthread.common.writes import Writes, reserve
from goldenthread.engagement.together import batched
from goldenthread.outcomes.actions import hold_enrolments
from goldenthread.outcomes.attempts import fell_short
from goldenthread.outcomes.following import when_released
from goldenthread.outcomes.models import Outcome
from goldenthread.people.models import Role, User
from goldenthread.support import plan_rules as rules
from goldenthread.support import plans
from goldenthread.support.models import PlanItem, SupportPlan
from goldenthread.support.plan_rules import Ending

AT_ONCE = 1000


@when_released
def follow(*, outcomes: Sequence[Outcome], by: Any, at: datetime, writes: Writes) -> None:
    """Begin a plan for everybody whose released result fell short, and end the plans of those who passed, in the
    transaction of the release (S2-09).

    Whoever has an open plan keeps it, with what the further result adds. Nobody gets one who has withdrawn, holds the
    award by another window, or has passed the task at another attempt. The statements are bounded, however
    many results there are.
    """
    passed = [one for one in outcomes if one.result == "passed"]
    _end_of(passed, writes, by=by, at=at)
    short = {one.enrolment_id: one for one in outcomes if one.result != "passed"}
    for some in batched(sorted(short), AT_ONCE):
        _begin({pk: short[pk] for pk in some}, writes, by=by, at=at)


def _end_of(passed: Sequence[Outcome], writes: Writes, *, by: Any, at: datetime) -> None:
    """End the plans of who passed the qualification, or the last of the tasks that a plan is about; one that is about
    further tasks goes on with these.
    """
    whole = {one.enrolment_id for one in passed if not one.task}
    for some in batched(sorted({one.enrolment_id for one in passed}), AT_ONCE):
        found = SupportPlan.objects.filter(enrolment__in=some, ending="").order_by("pk")
        # A plan from before the assessment is about the qualification: no task alone ends it.
        going = [one for one in found if one.outcome_id is not None or one.enrolment_id in whole]
        left = plans.still_short([one for one in going if one.enrolment_id not in whole], passed)
        _end([one for one in going if one.pk not in left], Ending.PASSED, writes, by=by, at=at)
        moved = [one for one in going if one.pk in left and left[one.pk].pk != one.outcome_id]
        for one in moved:
            one.outcome = left[one.pk]
        writes.change(moved, ["outcome"])


def end_plans(ended: Sequence[SupportPlan], ending: Ending, *, by: Any, at: datetime) -> None:
    """Write how these open plans end, whose enrolments are held: with their notes and days. Two statements for each
    thousand.
    """
    writes = Writes()
    _end(ended, ending, writes, by=by, at=at)
    writes.write()


def _end(ended: Sequence[SupportPlan], ending: Ending, writes: Writes, *, by: Any, at: datetime) -> None:
    for one in ended:
        one.ending, one.ended_at, one.ended_by = str(ending), at, by
    writes.change(ended, ["ending", "ended_at", "ended_by", "note", "deferred_until"])
    details = {
        f"enrolment:{one.enrolment_id}": {
            "plan": one.pk,
            "ending": one.ending,
            "until": one.deferred_until.isoformat() if one.deferred_until else None,
            "note": one.note,
        }
        for one in ended
    }
    writes.record("support.ended", details, by=by, at=at)


@transaction.atomic
def make_missing(*, since: date | None = None, by: Any, at: datetime) -> int:
    """Begin a plan for everybody whose result that counts fell short, since a day if one is given, and who has none:
    results from before there were plans, and deferrals that are over. Returns for how many people; again adds nothing.

    Whoever asks for it gets none for themselves from it; a colleague makes that one.
    """
    asked = plans.without_plan(on=clock.day_of(at), since=since).exclude(enrolment__user=by)
    hold_enrolments(asked.order_by().values_list("enrolment", flat=True))
    people: dict[int, list[Outcome]] = {}
    for one in asked.order_by("released_at", "pk"):
        people.setdefault(one.enrolment_id, []).append(one)
    for some in batched(sorted(people), AT_ONCE):
        for turn in range(max(len(people[pk]) for pk in some)):  # of several tasks one after the other
            writes = Writes()
            _begin({pk: people[pk][turn] for pk in some if turn < len(people[pk])}, writes, by=by, at=at)
            writes.write()
    return len(people)


def _begin(short: dict[int, Outcome], writes: Writes, *, by: Any, at: datetime) -> None:
    short = _that_count(short)
    people = Enrolment.objects.filter(pk__in=short, withdrawn_at__isnull=True).exclude(stage__in=HAD_AWARD)
    named = ("reference", "user__email", "user__name", "version__programme__code")
    people = people.select_related("user", "version__programme").only(*named)
    going = {one.pk: one for one in people.order_by("pk")}
    known = {one.enrolment_id: one for one in SupportPlan.objects.filter(enrolment__in=going, ending="")}
    wanted = [short[pk] for pk in going]
    items = plans.first_items(wanted)
    new = _new_plans([one for one in wanted if one.enrolment_id not in known], going, by=by, at=at)
    for number, plan in zip(reserve(SupportPlan, len(new)), new.values(), strict=True):
        plan.pk = number
    writes.add(list(new.values()))
    for pk, plan in known.items():
        plan.outcome = short[pk]
    writes.change(list(known.values()), ["outcome"])
    had = set(
        PlanItem.objects.filter(plan__in=known.values(), dropped_at__isnull=True)
        .order_by()
        .values_list("plan", "text")
    )
    added = [
        PlanItem(plan=plan, kind=str(item.kind), text=item.text, added_at=at)
        for pk, plan in {**known, **new}.items()
        for item in items[short[pk].pk]
        if (plan.pk, item.text) not in had
    ]
    writes.add(added)
    _tell(new, going, writes, at=at, by=by)


def _that_count(short: dict[int, Outcome]) -> dict[int, Outcome]:
    """Those results that count: what another attempt has passed needs no plan, and an older one no new one."""
    counted = {one.pk for one in fell_short(short, short.values())}
    return {pk: one for pk, one in short.items() if one.pk in counted}


def _new_plans(
    outcomes: Sequence[Outcome], going: dict[int, Enrolment], *, by: Any, at: datetime
) -> dict[int, SupportPlan]:
    """Plans with their supporter: who coaches or teaches the person now, else who released the result."""
    on = clock.day_of(at)
    supporters = plans.first_supporters({one.enrolment_id: going[one.enrolment_id] for one in outcomes})
    ahead = _ahead_of(outcomes, going, on=on)
    made = {}
    for one in outcomes:
        enrolment = going[one.enrolment_id]
        owner, role = supporters[one.enrolment_id]
        if owner is None and by is not None and by.pk != enrolment.user_id:
            owner, role = by.pk, Role.OFFICE.value
        made[one.enrolment_id] = SupportPlan(
            enrolment=enrolment,
            outcome=one,
            owner_id=owner,
            owner_role=role,
            started_at=at,
            started_on=on,
            first_contact_by=on + timedelta(days=rules.FIRST_CONTACT_DAYS),
            due_on=rules.due_on(ahead[one.enrolment_id], on=on),
        )
    return made


def _ahead_of(
    outcomes: Sequence[Outcome], going: dict[int, Enrolment], *, on: date
) -> dict[int, list[rules.Ahead]]:
    """By enrolment the windows that could come next: of the case study none beyond the policy of attempts. One query
    for each version and task, and two where a version has such a policy.
    """
    kinds = {one.enrolment_id: (going[one.enrolment_id].version_id, one.task) for one in outcomes}
    windows = {kind: list(plans.windows_ahead(kind[0], [kind[1]], on=on)) for kind in set(kinds.values())}
    studies = {version for (version, task), found in windows.items() if found and not task}
    policies = {
        window.pk: assessment_on(version, window.opens_on).attempts
        for version in ProgrammeVersion.objects.filter(pk__in=studies)
        for window in windows[version.pk, ""]
    }
    tried: dict[int, Tried] = {}
    if any(policies.values()):
        tried = tried_by_all(kinds, released={one.window_id for one in outcomes})
    return {
        pk: [
            plans.ahead(window)
            for window in windows[kind]
            if not exceeds(policies.get(window.pk), tried.get(pk, Tried(0, None)), window)
        ]
        for pk, kind in kinds.items()
    }


def _tell(
    new: dict[int, SupportPlan], going: dict[int, Enrolment], writes: Writes, *, by: Any, at: datetime
) -> None:
    supporters = sorted({plan.owner_id for plan in new.values() if plan.owner_id})
    owners = User.objects.only("name", "email").in_bulk(supporters)
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
    writes.record("support.begun", details, by=by, at=at)
    writes.send("support_plan", letters, at=at)
    writes.send("support_plan_yours", _to_supporters(new, going, owners, by=by), at=at)


def _to_supporters(
    new: dict[int, SupportPlan], going: dict[int, Enrolment], owners: dict[int, User], *, by: Any
) -> dict[str, tuple[str, dict[str, Any]]]:
    """A letter to each supporter but who has released the results: they know."""
    letters: dict[str, tuple[str, dict[str, Any]]] = {}
    for pk, plan in new.items():
        owner = owners.get(plan.owner_id) if plan.owner_id else None
        if owner is not None and (by is None or owner.pk != by.pk):
            said = {
                "name": owner.get_short_name(),
                "who": going[pk].user.name,
                "programme": going[pk].version.programme.code,
                "plan": plan.pk,
                "office": plan.owner_role == Role.OFFICE,
                "contact_by": day_text(plan.first_contact_by),
            }
            letters[f"support_plan_yours:{plan.pk}:begun"] = (owner.email, said)
    return letters
