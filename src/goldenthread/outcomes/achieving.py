"""The facts behind a version's achievement rules, loaded for one enrolment, and the actions that follow from them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet, Subquery

from goldenthread.applications.models import Enrolment, Stage
from goldenthread.assessment.actions.places import give_places_of
from goldenthread.assessment.models import Window
from goldenthread.assessment.project_queries import tasks_of, with_presence
from goldenthread.assessment.project_views import days_ahead
from goldenthread.assessment.rules import check_not_about_oneself, is_about_oneself
from goldenthread.catalogue.specification import Specification
from goldenthread.common import audit, clock, mail
from goldenthread.common.days import day_text, last_day
from goldenthread.common.models import AuditEvent
from goldenthread.common.refused import Refused
from goldenthread.engagement.models import PlannedActivity
from goldenthread.engagement.together import batched
from goldenthread.events import actions as events
from goldenthread.events.models import CatchUp
from goldenthread.events.rules import EVENT_KINDS
from goldenthread.learning.models import FormativeTask, ModuleCompletion, ResponseState, TaskResponse
from goldenthread.outcomes import achievement, proving
from goldenthread.outcomes.achievement import (
    Asked,
    Checklist,
    EventDone,
    Facts,
    Standing,
    TaskResult,
    TaskState,
)
from goldenthread.outcomes.attempts import Attempts, attempts_of
from goldenthread.outcomes.following import follow
from goldenthread.outcomes.models import Extension, Outcome

AT_ONCE = 1000


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
    known = Extension.objects.filter(enrolment=enrolment) if extensions is None else extensions
    return _facts_of_all([enrolment], known)[enrolment.pk]


def _facts_of_all(
    enrolments: Sequence[Enrolment], extensions: Iterable[Extension] | None = None
) -> dict[int, Facts]:
    """The same for many. Four queries, however many they are."""
    people = [one.pk for one in enrolments]
    known = Extension.objects.filter(enrolment__in=people) if extensions is None else extensions
    until: dict[int, date] = {}
    for one in known:
        until[one.enrolment_id] = max(one.until, until.get(one.enrolment_id, one.until))
    plans, attempts = _plans_of(people), attempts_of(people)
    return {
        one.pk: _facts(one, plans[one.pk], _results(one, attempts[one.pk]), until.get(one.pk))
        for one in enrolments
    }


def _plans_of(people: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    """What is planned that the rules ask for, with what was done of it. One query."""
    finished = ModuleCompletion.objects.filter(
        enrolment=OuterRef("enrolment"), module__activity_key=OuterRef("key")
    ).order_by()
    core = FormativeTask.objects.filter(
        version=OuterRef("enrolment__version"), activity_key=OuterRef("key")
    ).order_by("pk")
    accepted = TaskResponse.objects.filter(
        enrolment=OuterRef("enrolment"), task__activity_key=OuterRef("key"), state=ResponseState.ACCEPTED
    ).order_by()
    asked = PlannedActivity.objects.filter(enrolment__in=people, kind__in=("study", *EVENT_KINDS))
    plan = with_presence(asked).annotate(
        finished=Exists(finished), core_title=Subquery(core.values("title")[:1]), accepted=Exists(accepted)
    )
    found: dict[int, list[dict[str, Any]]] = {pk: [] for pk in people}
    for row in map(vars, plan.order_by("enrolment", "position")):
        found[row["enrolment_id"]].append(row)
    return found


def _facts(
    enrolment: Enrolment, rows: list[dict[str, Any]], tasks: Sequence[TaskResult], until: date | None
) -> Facts:
    study = [row for row in rows if row["kind"] == "study"]
    named = [row for row in study if row["core_title"]]
    return Facts(
        starts_on=enrolment.starts_on,
        tasks=tuple(tasks),
        modules=tuple((row["title"], row["finished"]) for row in study),
        core_tasks=tuple((row["core_title"], row["accepted"]) for row in named),
        core_known=bool(named),
        events=tuple(
            EventDone(row["title"], row["attended"], row["there"] or row["credited"] > 0, row["made_up"])
            for row in rows
            if row["kind"] != "study"
        ),
        extended_to=until,
    )


def task_results(enrolment: Enrolment) -> list[TaskResult]:
    """Where each task of somebody's version stands, as they may know it before and after the release. Two queries."""
    return _results(enrolment, attempts_of([enrolment.pk])[enrolment.pk])


def _results(enrolment: Enrolment, attempts: Attempts) -> list[TaskResult]:
    tasks = tasks_of(enrolment.version.specification)
    return [achievement.task_result(task.title, attempts.get(task.key, [])) for task in tasks]


def checklist_of(enrolment: Enrolment, *, at: datetime, facts: Facts | None = None) -> Checklist | None:
    """The achievement checklist of an enrolment as of today; None where its version has no such rules."""
    asked = asked_of(enrolment.version.specification)
    if asked is None:
        return None
    return achievement.checklist(asked, facts or facts_of(enrolment), clock.day_of(at))


def extensions_of(enrolment: Enrolment) -> QuerySet[Extension]:
    """The decisions by which somebody has longer, the latest first."""
    return enrolment.extensions.select_related("decided_by").order_by("-decided_at", "-pk")


def would_stand(outcome: Outcome, *, passed: bool, at: datetime) -> bool:
    """Whether the qualification would be passed, if the result of this task were so instead: what is achieved then, or
    was before and still rests on what stands. Seven queries at most.
    """
    enrolment = _with_version().get(pk=outcome.enrolment_id)
    attempts = attempts_of([enrolment.pk])[enrolment.pk]
    changed = {
        task: [replace(one, passed=passed) if one.window == outcome.window_id else one for one in tried]
        for task, tried in attempts.items()
    }
    facts = replace(facts_of(enrolment), tasks=tuple(_results(enrolment, changed)))
    found = checklist_of(enrolment, at=at, facts=facts)
    before = _wholes_of([enrolment.pk]).get(enrolment.pk, [])
    if found is None:
        return False
    if before and before[-1].result == "passed":
        return found.rests
    return found.standing is Standing.ACHIEVED


# --- what follows ----------------------------------------------------------------------------------------
@transaction.atomic
def extend(*, enrolment: Enrolment, until: date, reason: str, by: Any, at: datetime) -> Extension:
    """Decide that somebody's pass may come until a later day, with a reason (S1-34). Twice is one decision.

    Whoever was closed as not achieved is open again, unless the later day is over too; and what is achieved by it is
    concluded. Refuses a day that isn't later, no reason, a version without a last day, and whoever it is about.
    """
    enrolment = _held(enrolment)
    check_not_about_oneself(is_about_oneself(enrolment.user_id, by))
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


def _with_version() -> QuerySet[Enrolment]:
    return Enrolment.objects.select_related("version__programme", "user", "intake")


def _held(enrolment: Enrolment) -> Enrolment:
    return _with_version().select_for_update(of=("self",)).get(pk=enrolment.pk)


@transaction.atomic
def make_up(*, enrolment: Enrolment, activity_key: str, how: str, by: Any, at: datetime) -> CatchUp:
    """Record how somebody made an event up, and conclude what is achieved by it (S3-31). Twice is one record. Refuses
    whoever it is about.
    """
    check_not_about_oneself(is_about_oneself(enrolment.user_id, by))
    made = events.record_catch_up(enrolment=enrolment, activity_key=activity_key, how=how, by=by, at=at)
    conclude(enrolment=enrolment, by=by, at=at)
    return made


@transaction.atomic
def conclude(*, enrolment: Enrolment, by: Any, at: datetime, corrected: bool = False) -> Outcome | None:
    """Write what the checklist comes to for one enrolment; see `conclude_all`. None where nothing is achieved."""
    _held(enrolment)
    return conclude_all(enrolments=[enrolment.pk], by=by, at=at, corrected=corrected).get(enrolment.pk)


def conclude_all(
    *, enrolments: Iterable[int], by: Any, at: datetime, corrected: bool = False
) -> dict[int, Outcome]:
    """Write what the checklist comes to, for enrolments that the caller holds. Doing it again changes nothing.

    Gives the outcome of the qualification of each for whom one is written, or who has achieved it before.

    The outcome of the qualification stands on the window whose result came last, is released with it, and puts the
    enrolment into its stage; the award follows from it. Only a correction (`corrected`) takes a pass away, and only if
    a task or its day that the pass rests on no longer stands: a later result alone never does. Whoever was closed as
    not achieved, and by now can achieve it, is open again. The statements are bounded, however many there are.
    """
    found: dict[int, Outcome] = {}
    for some in batched(sorted(set(enrolments)), AT_ONCE):
        found |= _conclude_some(list(some), by=by, at=at, corrected=corrected)
    return found


def _conclude_some(some: list[int], *, by: Any, at: datetime, corrected: bool) -> dict[int, Outcome]:
    people = list(_with_version().filter(pk__in=some, withdrawn_at__isnull=True).order_by("pk"))
    asked = {one.pk: asked_of(one.version.specification) for one in people}
    people = [one for one in people if asked[one.pk] is not None]
    if not people:
        return {}
    facts, wholes = _facts_of_all(people), _wholes_of([one.pk for one in people])
    found: dict[int, Outcome] = {}
    written: list[Concluded] = []
    opened: list[tuple[Enrolment, Facts, Checklist]] = []
    for one in people:
        checklist = checklist_of(one, at=at, facts=facts[one.pk])
        if checklist is None:
            continue
        before = wholes.get(one.pk, [])
        achieved = checklist.standing is Standing.ACHIEVED
        if before and before[-1].result == "passed":
            found[one.pk] = before[-1]
            if corrected and not checklist.rests:
                written.append(Concluded(one, checklist, before, achieved=False))
        elif achieved:
            written.append(Concluded(one, checklist, before, achieved=True))
        elif one.stage == Stage.NOT_ACHIEVED and checklist.standing is not Standing.NOT_ACHIEVED:
            opened.append((one, facts[one.pk], checklist))
    if opened:
        _open_again(opened, by=by, at=at)
    return found | _write(written, by=by, at=at)


def _wholes_of(people: Sequence[int]) -> dict[int, list[Outcome]]:
    """The outcomes of the qualification of these people, the earliest first. One query."""
    found: dict[int, list[Outcome]] = {}
    for one in Outcome.objects.filter(enrolment__in=people, task="").select_related("window").order_by("pk"):
        found.setdefault(one.enrolment_id, []).append(one)
    return found


def _open_again(opened: Sequence[tuple[Enrolment, Facts, Checklist]], *, by: Any, at: datetime) -> None:
    """Put who was closed as not achieved back into the assessment, tell them until when, and give them their places in
    the hand-in days that are going on. The outcome that closed them stays as it was.
    """
    details: dict[str, dict[str, Any]] = {}
    letters: dict[str, tuple[str, dict[str, Any]]] = {}
    for one, _, checklist in opened:
        details[f"enrolment:{one.pk}"] = {"until": checklist.pass_by}
        said = {
            "name": one.user.get_short_name(),
            "programme": one.version.programme.code,
            "enrolment": one.reference,
            "until": day_text(checklist.pass_by) if checklist.pass_by else "",
            "passed": checklist.passed_on is not None,
        }
        letters[f"enrolment_reopened:{one.pk}:{at.timestamp():.0f}"] = (one.user.email, said)
    Enrolment.objects.filter(pk__in=[one.pk for one, *_ in opened]).update(stage=Stage.ASSESSMENT)
    audit.record_many("enrolment.reopened", details, by=by, at=at)
    mail.send_many("enrolment_reopened", letters, at=at)
    for one, facts, _ in opened:
        named = zip(tasks_of(one.version.specification), facts.tasks, strict=True)
        needed = [task.key for task, result in named if result.state is not TaskState.PASSED]
        give_places_of(enrolment=one, tasks=needed, at=at)


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
        handed_in=achievement.hands_nothing_in(facts),
        ends_late=any(useful < last_day(one.closes_at, one.zone) for one in days_ahead(enrolment, at=at)),
        enrolment=enrolment.reference,
    )
    return True


@transaction.atomic
def conclude_not_achieved(*, enrolment: Enrolment, by: Any, at: datetime) -> Outcome:
    """Close an enrolment as not achieved, when its last day is over and nobody extends it (S1-34). Closing what is
    closed gives the same outcome.

    Refuses while it can still be achieved, what is achieved, and whoever it is about. An extension afterwards opens it
    again.
    """
    enrolment = _held(enrolment)
    check_not_about_oneself(is_about_oneself(enrolment.user_id, by))
    found = checklist_of(enrolment, at=at)
    if found is None or found.standing is not Standing.NOT_ACHIEVED:
        raise Refused(
            "This can still be achieved: nothing is closed before the last day is over.",
            code="achievement.open",
        )
    before = _wholes_of([enrolment.pk]).get(enrolment.pk, [])
    if before and before[-1].result == "passed":
        raise Refused(
            "This was achieved. Propose a correction of the result that is wrong; a colleague decides it.",
            code="achievement.achieved",
        )
    if before and enrolment.stage == Stage.NOT_ACHIEVED:
        return before[-1]
    return _write([Concluded(enrolment, found, before, achieved=False)], by=by, at=at)[enrolment.pk]


@dataclass(frozen=True)
class Concluded:
    """What is written about one enrolment: its checklist, and the outcomes of the qualification that it had before."""

    enrolment: Enrolment
    found: Checklist
    before: Sequence[Outcome]
    achieved: bool

    @property
    def stage(self) -> Stage:
        if self.achieved:
            return Stage.AWARDED
        # Where a correction took the pass away before the last day, what is missing can still be done.
        return Stage.NOT_ACHIEVED if self.found.standing is Standing.NOT_ACHIEVED else Stage.ASSESSMENT


def _write(concluded: Sequence[Concluded], *, by: Any, at: datetime) -> dict[int, Outcome]:
    """Write the outcomes of the qualification, with stages, trail and mails, and what follows from them."""
    if not concluded:
        return {}
    windows = _windows_for(concluded)
    made = Outcome.objects.bulk_create(
        Outcome(
            enrolment=one.enrolment,
            window=windows[one.enrolment.pk],
            number=1 + sum(w.window_id == windows[one.enrolment.pk].pk for w in one.before),
            result="passed" if one.achieved else "not_passed",
            conditions=[condition.as_dict() for condition in one.found.conditions],
            computed_at=at,
            released_at=at,
            released_by_id=by.pk if by else windows[one.enrolment.pk].created_by_id,
        )
        for one in concluded
    )
    for stage in {one.stage for one in concluded}:
        moved = [one.enrolment.pk for one in concluded if one.stage == stage]
        Enrolment.objects.filter(pk__in=moved).update(stage=stage)
    details: dict[str, dict[str, Any]] = {}
    letters: dict[str, tuple[str, dict[str, Any]]] = {}
    for one, outcome in zip(concluded, made, strict=True):
        missed = [condition.key for condition in one.found.conditions if not condition.met]
        said = {**proving.told_of(outcome), "missed": missed}
        details[f"enrolment:{one.enrolment.pk}"] = said
        letters[f"result-released:{outcome.pk}"] = (one.enrolment.user.email, _letter(one.enrolment))
    audit.record_many("achievement.concluded", details, by=by, at=at)
    mail.send_many("result_released", letters, at=at)
    follow(made, by=by, at=at)
    return {one.enrolment_id: one for one in made}


def _letter(enrolment: Enrolment) -> dict[str, Any]:
    return {
        "name": enrolment.user.name,
        "programme": enrolment.version.programme.code,
        "intake": enrolment.intake.name,
        "enrolment": enrolment.reference,
    }


def _windows_for(concluded: Sequence[Concluded]) -> dict[int, Window]:
    """The window on which each outcome of the qualification stands: where the earlier ones do, else where the result of
    a task came last, else the latest hand-in days of the intake.
    """
    new = [one.enrolment.pk for one in concluded if not one.before]
    results = Outcome.objects.filter(enrolment__in=new, released_at__isnull=False).exclude(task="")
    last = {
        one.enrolment_id: one.window for one in results.select_related("window").order_by("released_at", "pk")
    }
    found = {one.enrolment.pk: one.before[-1].window for one in concluded if one.before}
    for one in concluded:
        if not one.before:
            found[one.enrolment.pk] = last.get(one.enrolment.pk) or _any_window(one.enrolment)
    return found


def _any_window(enrolment: Enrolment) -> Window:
    window = Window.objects.filter(intake=enrolment.intake_id).exclude(task="").order_by("-pk").first()
    if window is None:
        raise Refused(
            "No hand-in days were ever set for this intake: set them first.", code="achievement.no_days"
        )
    return window
