"""The facts behind a version's achievement rules, loaded for one enrolment, and the actions that follow from them."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet, Subquery

from goldenthread.applications.models import Enrolment, Stage
from goldenthread.assessment.models import Sitting, Window, WindowState
from goldenthread.assessment.project_queries import tasks_of, with_presence
from goldenthread.catalogue.specification import Specification
from goldenthread.common import audit, clock, mail
from goldenthread.common.days import day_text
from goldenthread.common.models import AuditEvent
from goldenthread.common.refused import Refused
from goldenthread.events import actions as events
from goldenthread.events.models import CatchUp
from goldenthread.events.rules import EVENT_KINDS
from goldenthread.learning.models import FormativeTask, ModuleCompletion, ResponseState, TaskResponse
from goldenthread.marking.models import Agreement
from goldenthread.outcomes import achievement
from goldenthread.outcomes.achievement import Asked, Checklist, EventDone, Facts, TaskResult, TaskState
from goldenthread.outcomes.following import follow
from goldenthread.outcomes.models import Extension, Outcome


def asked_of(specification: Specification) -> Asked | None:
    """The achievement rules of a version; None where it has none of its own."""
    rules = specification.achievement
    if rules is None:
        return None
    return Asked(
        courses=rules.courses,
        core_tasks=rules.core_tasks,
        events=rules.events,
        catch_up_counts=rules.catch_up_counts,
        months=rules.pass_within_months.value,
        warn_at=rules.warn_at_months,
    )


def facts_of(enrolment: Enrolment, extensions: Sequence[Extension] | None = None) -> Facts:
    """What somebody has done toward their version's achievement rules. Four queries, one fewer if the decisions
    by which they have longer are loaded already.
    """
    finished = ModuleCompletion.objects.filter(
        enrolment=OuterRef("enrolment"), module__activity_key=OuterRef("key")
    ).order_by()
    core = FormativeTask.objects.filter(version=enrolment.version_id, activity_key=OuterRef("key")).order_by(
        "pk"
    )
    accepted = TaskResponse.objects.filter(
        enrolment=OuterRef("enrolment"), task__activity_key=OuterRef("key"), state=ResponseState.ACCEPTED
    ).order_by()
    plan = with_presence(enrolment.plan.filter(kind__in=("study", *EVENT_KINDS))).annotate(
        finished=Exists(finished), core_title=Subquery(core.values("title")[:1]), accepted=Exists(accepted)
    )
    rows = [vars(one) for one in plan.order_by("position")]
    study = [row for row in rows if row["kind"] == "study"]
    named = [row for row in study if row["core_title"]]
    known = list(Extension.objects.filter(enrolment=enrolment)) if extensions is None else extensions
    return Facts(
        starts_on=enrolment.starts_on,
        tasks=tuple(task_results(enrolment)),
        modules=tuple((row["title"], row["finished"]) for row in study),
        core_tasks=tuple((row["core_title"], row["accepted"]) for row in named),
        core_known=bool(named),
        events=tuple(
            EventDone(row["title"], row["attended"], row["there"] or row["credited"] > 0, row["made_up"])
            for row in rows
            if row["kind"] != "study"
        ),
        extended_to=max((one.until for one in known), default=None),
    )


def task_results(enrolment: Enrolment) -> list[TaskResult]:
    """Where each task of somebody's version stands, as they may know it before and after the release. Two queries."""
    results = Outcome.objects.filter(enrolment=enrolment, released_at__isnull=False).exclude(task="")
    latest = {one.task: one for one in results.select_related("window__moderation").order_by("pk")}
    passed = {one.task: one for one in latest.values() if one.result == "passed"}
    sittings: dict[str, Sitting] = {}
    every: list[Sitting] = []
    agreed = Agreement.objects.filter(script__sitting=OuterRef("pk"), script__current=True).order_by()
    for one in (
        Sitting.objects.filter(enrolment=enrolment)
        .exclude(window__task="")
        .exclude(window__state=WindowState.CANCELLED)
        .select_related("window")
        .annotate(marked=Exists(agreed))
        .order_by("opens_at", "pk")
    ):
        sittings[one.window.task] = one
        every.append(one)
    found = []
    for task in tasks_of(enrolment.version.specification):
        outcome = passed.get(task.key) or latest.get(task.key)
        sitting = sittings.get(task.key)
        later = sitting is not None and sitting.state == "handed_in" and _unreleased(sitting.window)
        if outcome and (outcome.result == "passed" or not later):
            state = TaskState.PASSED if outcome.result == "passed" else TaskState.NOT_PASSED
            place = next((s.pk for s in every if s.window_id == outcome.window_id), 0)
            found.append(TaskResult(task.title, state, decided_on(outcome), place))
        elif later and sitting:
            found.append(TaskResult(task.title, _waiting(sitting)))
        elif sitting is not None and sitting.state == "handed_in":  # held when the others were released
            found.append(TaskResult(task.title, TaskState.PROVISIONAL))
        else:
            found.append(TaskResult(task.title, TaskState.OPEN))
    return found


def _unreleased(window: Window) -> bool:
    return window.state == WindowState.SCHEDULED


def _waiting(sitting: Any) -> TaskState:
    """Handed in until the marks are there; from then on provisional, whatever they are."""
    return TaskState.PROVISIONAL if sitting.marked else TaskState.HANDED_IN


def decided_on(outcome: Outcome) -> date:
    """The provider's day of a task's moderated result: of the sign-off, or of the national answer (C-37)."""
    moderated = getattr(outcome.window, "moderation", None)
    signed = moderated.final_at if moderated else None
    return clock.day_of(signed or outcome.released_at or outcome.computed_at)


def checklist_of(enrolment: Enrolment, *, at: datetime, facts: Facts | None = None) -> Checklist | None:
    """The achievement checklist of an enrolment as of today; None where its version has no such rules."""
    asked = asked_of(enrolment.version.specification)
    if asked is None:
        return None
    return achievement.checklist(asked, facts or facts_of(enrolment), clock.day_of(at))


def extensions_of(enrolment: Enrolment) -> QuerySet[Extension]:
    """The decisions by which somebody has longer, the latest first."""
    return enrolment.extensions.select_related("decided_by").order_by("-decided_at", "-pk")


# --- what follows ----------------------------------------------------------------------------------------
@transaction.atomic
def extend(*, enrolment: Enrolment, until: date, reason: str, by: Any, at: datetime) -> Extension:
    """Decide that somebody's pass may come until a later day, with a reason (S1-34). Twice is one decision."""
    enrolment = _held(enrolment)
    same = enrolment.extensions.filter(until=until, reason=reason.strip()).first()
    if same:
        return same
    asked = asked_of(enrolment.version.specification)
    limit = achievement.pass_by(asked, facts_of(enrolment)) if asked else None
    achievement.check_extension(until, reason, limit=limit)
    made = Extension.objects.create(
        enrolment=enrolment, until=until, reason=reason.strip(), decided_by=by, decided_at=at
    )
    audit.record("enrolment.extended", enrolment, by=by, at=at, until=until, was=limit, reason=made.reason)
    conclude(enrolment=enrolment, by=by, at=at)
    return made


def _held(enrolment: Enrolment) -> Enrolment:
    held = Enrolment.objects.select_for_update(of=("self",)).select_related("version__programme", "user")
    return held.get(pk=enrolment.pk)


@transaction.atomic
def make_up(*, enrolment: Enrolment, activity_key: str, how: str, by: Any, at: datetime) -> CatchUp:
    """Record how somebody made an event up, and conclude what is achieved by it (S3-31). Twice is one record."""
    made = events.record_catch_up(enrolment=enrolment, activity_key=activity_key, how=how, by=by, at=at)
    conclude(enrolment=enrolment, by=by, at=at)
    return made


@transaction.atomic
def conclude(*, enrolment: Enrolment, by: Any, at: datetime) -> Outcome | None:
    """Write what the checklist comes to, once it is achieved; None while it isn't. Doing it again changes nothing.

    The outcome of the qualification stands on the window whose result came last, is released with it, and puts the
    enrolment into its stage; the award follows from it. A pass that a correction took away is followed by an outcome
    that says so.
    """
    enrolment = _held(enrolment)
    if enrolment.withdrawn_at is not None:
        return None
    found = checklist_of(enrolment, at=at)
    if found is None:
        return None
    whole = Outcome.objects.filter(enrolment=enrolment, task="").order_by("-pk").first()
    achieved = found.standing is achievement.Standing.ACHIEVED
    if achieved == (whole is not None and whole.result == "passed"):
        return whole if achieved else None
    return _write(enrolment, found, whole, achieved=achieved, by=by, at=at)


@transaction.atomic
def warn(*, enrolment: Enrolment, at: datetime) -> bool:
    """Write to somebody who comes near the last day of a pass: once for each of the version's months (S1-34).

    Of several months that have come meanwhile the latest is told; nothing is sent after the last day, or once the tasks
    are passed.
    """
    asked = asked_of(enrolment.version.specification)
    if asked is None:
        return False
    on, facts = clock.day_of(at), facts_of(enrolment)
    due, limit = achievement.warnings_due(asked, facts, on), achievement.pass_by(asked, facts)
    useful = achievement.last_useful_day(asked, facts)
    passed = all(task.state is TaskState.PASSED for task in facts.tasks)
    if not due or limit is None or useful is None or on > limit or passed:
        return False
    chain, month = audit.subject_key(enrolment), due[-1]
    told = AuditEvent.objects.filter(subject=chain, verb="enrolment.warned")
    if any(event.details.get("month", 0) >= month for event in told.order_by("sequence")):
        return False
    audit.record("enrolment.warned", enrolment, by=None, at=at, month=month, until=limit)
    mail.send(
        "pass_by",
        to=enrolment.user.email,
        key=f"pass_by:{enrolment.pk}:{month}",
        at=at,
        name=enrolment.user.get_short_name(),
        programme=enrolment.version.programme.code,
        month=month,
        until=day_text(limit),
        useful=day_text(useful),
        late=on > useful,
        enrolment=enrolment.reference,
    )
    return True


@transaction.atomic
def conclude_not_achieved(*, enrolment: Enrolment, by: Any, at: datetime) -> Outcome:
    """Close an enrolment as not achieved, when its last day is over and nobody extends it (S1-34).

    Refuses while it can still be achieved. An extension afterwards opens it again.
    """
    enrolment = _held(enrolment)
    found = checklist_of(enrolment, at=at)
    if found is None or found.standing is not achievement.Standing.NOT_ACHIEVED:
        raise Refused(
            "This can still be achieved: nothing is closed before the last day is over.",
            code="achievement.open",
        )
    whole = Outcome.objects.filter(enrolment=enrolment, task="").order_by("-pk").first()
    if whole is not None and whole.result == "not_passed":
        return whole
    return _write(enrolment, found, whole, achieved=False, by=by, at=at)


def _write(
    enrolment: Enrolment, found: Checklist, before: Outcome | None, *, achieved: bool, by: Any, at: datetime
) -> Outcome:
    results = Outcome.objects.filter(enrolment=enrolment, released_at__isnull=False).exclude(task="")
    last = results.order_by("-released_at", "-pk").first()
    window = before.window if before else last.window if last else _any_window(enrolment)
    number = Outcome.objects.filter(enrolment=enrolment, window=window, task="").count() + 1
    outcome = Outcome.objects.create(
        enrolment=enrolment,
        window=window,
        number=number,
        result="passed" if achieved else "not_passed",
        conditions=[condition.as_dict() for condition in found.conditions],
        computed_at=at,
        released_at=at,
        released_by=by or window.created_by,
    )
    stage = Stage.AWARDED if achieved else Stage.NOT_ACHIEVED
    if not achieved and found.standing is not achievement.Standing.NOT_ACHIEVED:
        stage = Stage.ASSESSMENT  # a correction took the pass away; what is missing can still be done
    Enrolment.objects.filter(pk=enrolment.pk).update(stage=stage)
    audit.record(
        "achievement.concluded", enrolment, by=by, at=at, outcome=outcome.pk, result=outcome.result,
        missed=[c.key for c in found.conditions if not c.met],
    )  # fmt: skip
    mail.send(
        "result_released",
        to=enrolment.user.email,
        key=f"result-released:{outcome.pk}",
        at=at,
        name=enrolment.user.name,
        programme=enrolment.version.programme.code,
        intake=enrolment.intake.name,
        enrolment=enrolment.reference,
    )
    follow([outcome], by=by, at=at)
    return outcome


def _any_window(enrolment: Enrolment) -> Window:
    window = Window.objects.filter(intake=enrolment.intake_id).exclude(task="").order_by("-pk").first()
    if window is None:
        raise Refused(
            "No hand-in days were ever set for this intake: set them first.", code="achievement.no_days"
        )
    return window
