"""Make a version's content, finish modules, write and hand in work or take it back, decide on it."""

from datetime import date, datetime
from typing import Any

from django.db import transaction

from goldenthread.applications.models import Enrolment
from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.catalogue.queries import complete_statements
from goldenthread.common import audit, clock, mail, refused
from goldenthread.common.refused import Refused
from goldenthread.engagement import actions as engagement
from goldenthread.engagement.models import PlannedActivity
from goldenthread.engagement.outline import outline_of
from goldenthread.intakes import actions as intakes
from goldenthread.intakes.models import Intake
from goldenthread.learning import content, rules
from goldenthread.learning.core_tasks import ensure_core_tasks
from goldenthread.learning.models import FormativeTask, Module, ModuleCompletion, TaskFeedback, TaskResponse
from goldenthread.learning.rules import Verb, Work
from goldenthread.learning.unit_queries import shown_to

FIELDS = ("context", "application", "evidence", "reflection")


class Stale(refused.Stale):
    """The same of work on a task; `stored` is the response that is there now, with when it was saved."""

    def __init__(self, stored: TaskResponse) -> None:
        super().__init__(
            "This work was saved elsewhere after you opened it here. Both versions are shown: "
            "keep what you need in the form, then save again.",
            code="response.stale",
            revision=stored.revision,
            texts={field: getattr(stored, field) for field in FIELDS},
        )
        self.stored = stored


@transaction.atomic
def ensure_content(*, version: ProgrammeVersion, by: Any, at: datetime) -> int:
    """Give every module and formative task of a version a first text; what is there stays. Returns how many
    are new.
    """
    specification = version.specification
    known = content.Known(
        programme=version.programme.name,
        areas=specification.content_areas,
        courses=specification.courses,
        statements=_statements(version),
    )
    items = outline_of(specification)
    modules = [item for item in items if item.kind in content.MODULE_KINDS]
    tasks = [item for item in items if item.kind == content.TASK_KIND]
    made = 0
    for item in modules:
        text = content.module_text(item, known)
        _, new = Module.objects.get_or_create(
            version=version,
            activity_key=item.key,
            defaults={
                "title": item.title,
                "see_it": text.see_it,
                "name_it": text.name_it,
                "do_it": text.do_it,
            },
        )
        made += new
    for number, item in enumerate(tasks, start=1):
        task = content.task_text(item, number=number, known=known)
        rules.check_task(purpose=task.purpose)
        _, new = FormativeTask.objects.get_or_create(
            version=version,
            activity_key=item.key,
            defaults={"title": task.title, "purpose": task.purpose, "brief": task.brief},
        )
        made += new
    made += ensure_core_tasks(version)
    if made:
        audit.record("version.content_made", version, by=by, at=at, modules=len(modules), tasks=len(tasks))
    return made


def _statements(version: ProgrammeVersion) -> dict[str, content.AreaStatements]:
    """The complete statements of the version's framework by the name of their area. One query."""
    found: dict[str, dict[str, list[str]]] = {}
    for one in complete_statements(version.programme, version.edition):
        found.setdefault(one.area.name, {}).setdefault(one.kind, []).append(one.text)
    return {
        area: content.AreaStatements(tuple(by.get("learn_that", [])), tuple(by.get("learn_how_to", [])))
        for area, by in found.items()
    }


@transaction.atomic
def open_with_content(
    *, version: ProgrammeVersion, starts_on: date, by: Any, at: datetime, **terms: Any
) -> Intake:
    """Open an intake and see to it that its version has modules and tasks, so that whoever is enrolled can learn.

    `terms` are those of `intakes.actions.open_intake`, which refuses what isn't allowed; then nothing is made.
    """
    intake = intakes.open_intake(version=version, starts_on=starts_on, by=by, at=at, **terms)
    ensure_content(version=version, by=by, at=at)
    return intake


@transaction.atomic
def complete_module(
    *, module: Module, enrolment: Enrolment, reflection: str, by: Any, at: datetime
) -> ModuleCompletion:
    """Finish a module with a short reflection: its planned minutes are credited once, however often it is
    sent. Another reflection on a finished module is refused, and any before the programme's first day.
    """
    enrolment = _locked(enrolment)
    done = enrolment.module_completions.filter(module=module).first()
    if done and done.reflection == reflection.strip():
        return done
    if done:
        raise Refused(
            "This module is finished already, with the reflection that stands above; that one stays. Copy what "
            "you wrote below if you want to keep it, for your next module or your coach.",
            code="module.finished",
            field="reflection",
        )
    activity = _activity(
        enrolment, module.activity_key, same_version=module.version_id == enrolment.version_id
    )
    _check_open(enrolment, at=at)
    rules.check_reflection(reflection)
    shown = shown_to(enrolment, module, at=at)
    done = ModuleCompletion.objects.create(
        module=module,
        enrolment=enrolment,
        reflection=reflection.strip(),
        completed_at=at,
        text=shown.text,
        example=shown.example,
    )
    _credit(activity, evidence=f"module_completion:{done.pk}", note=module.title, by=by, at=at)
    audit.record("module.completed", enrolment, by=by, at=at, module=module.pk, activity=activity.key)
    return done


def _locked(enrolment: Enrolment) -> Enrolment:
    """The enrolment's row, locked: everything one person does in learning goes one after the other."""
    rows = Enrolment.objects.select_for_update(of=("self",)).select_related("user", "school", "version")
    locked = rows.defer("version__document", "version__decided").get(pk=enrolment.pk)
    if locked.withdrawn_at is not None:
        raise Refused("This enrolment has ended. Ask the programme office.", code="enrolment.withdrawn")
    return locked


def _check_open(enrolment: Enrolment, *, at: datetime) -> None:
    rules.check_open(opens_on=enrolment.starts_on, today=clock.day_of(at, enrolment.zone))


def _activity(enrolment: Enrolment, key: str, *, same_version: bool) -> PlannedActivity:
    activity = enrolment.plan.filter(key=key).first() if same_version else None
    if activity is None:
        raise Refused("This is not part of your programme.", code="activity.missing")
    return activity


def _credit(activity: PlannedActivity, *, evidence: str, note: str, by: Any, at: datetime) -> None:
    """Credit what is still open of the activity's planned minutes; nothing while these are unknown."""
    already = sum(activity.credits.values_list("minutes", flat=True))
    minutes = (activity.minutes or 0) - already
    if minutes > 0:
        engagement.credit(
            activity=activity, minutes=minutes, evidence=evidence, key=evidence, by=by, at=at, note=note
        )


@transaction.atomic
def save_response(
    *,
    task: FormativeTask,
    enrolment: Enrolment,
    work: Work,
    revision: int,
    by: Any,
    at: datetime,
    quiet: bool = False,
) -> TaskResponse:
    """Save a draft, or an improvement of returned work. `revision` is the one that the writer had open, 0 for
    none.

    Refused with `Stale` when another tab or device saved something else meanwhile; sending twice is harmless.
    `quiet` is for what the editor keeps every few seconds: it leaves no trace in the audit trail.
    """
    response = _open_response(task, enrolment, at=at)
    if _is_saved(response, work):
        return response
    response.state = rules.move(response.state, Verb.SAVE)
    _write(response, work, revision=revision, at=at)
    if not quiet:
        audit.record("response.saved", response, by=by, at=at, revision=response.revision)
    return response


@transaction.atomic
def hand_in(
    *, task: FormativeTask, enrolment: Enrolment, work: Work, revision: int, by: Any, at: datetime
) -> TaskResponse:
    """Save and hand in. Refused before the programme's first day, and while context, application or evidence is
    empty: nothing is credited then (S0-13).
    """
    response = _open_response(task, enrolment, at=at)
    if response.state == rules.State.HANDED_IN and _is_saved(response, work):
        return response
    response.state = rules.move(response.state, Verb.HAND_IN)
    _check_open(response.enrolment, at=at)
    rules.check_complete(work)
    shown = shown_to(response.enrolment, task, at=at)
    response.text, response.example = shown.text, shown.example
    response.handed_in_at = at
    response.decided_at = response.decided_by = None
    _write(response, work, revision=response.revision if _is_saved(response, work) else revision, at=at)
    _record("handed_in", response, by=by, at=at)
    return response


@transaction.atomic
def take_back(*, response: TaskResponse, by: Any, at: datetime) -> TaskResponse:
    """Take handed-in work back, to go on writing; refused once the tutor has decided. Twice does nothing more."""
    _locked(response.enrolment)
    response = (
        TaskResponse.objects.select_for_update(of=("self",))
        .select_related("task", "enrolment")
        .get(pk=response.pk)
    )
    if rules.may_edit(response.state):
        return response
    response.state = rules.move(response.state, Verb.TAKE_BACK)
    if response.feedback.exists():  # it was returned before, and its next step still stands
        response.state = rules.State.RETURNED
    response.save(update_fields=["state"])
    _record("taken_back", response, by=by, at=at)
    return response


def _record(verb: str, response: TaskResponse, *, by: Any, at: datetime) -> None:
    """What becomes of work stands in the history of its writer, beside what it credits."""
    audit.record(
        f"response.{verb}",
        response.enrolment,
        by=by,
        at=at,
        response=response.pk,
        task=response.task.title,
        revision=response.revision,
    )


def _open_response(task: FormativeTask, enrolment: Enrolment, *, at: datetime) -> TaskResponse:
    enrolment = _locked(enrolment)
    _activity(enrolment, task.activity_key, same_version=task.version_id == enrolment.version_id)
    response = enrolment.task_responses.select_for_update(of=("self",)).filter(task=task).first()
    return response or TaskResponse(task=task, enrolment=enrolment, saved_at=at)


def _is_saved(response: TaskResponse, work: Work) -> bool:
    return response.pk is not None and all(
        getattr(response, field) == getattr(work, field) for field in FIELDS
    )


def _write(response: TaskResponse, work: Work, *, revision: int, at: datetime) -> None:
    if response.pk and response.revision != revision:
        raise Stale(TaskResponse.objects.get(pk=response.pk))
    rules.check_length(work)
    for field in FIELDS:
        setattr(response, field, getattr(work, field))
    response.revision += 1
    response.saved_at = at
    response.save()


@transaction.atomic
def decide(
    *,
    response: TaskResponse,
    accept: bool,
    strength: str,
    next_step: str,
    revision: int,
    by: Any,
    at: datetime,
    evidence: str = "",
) -> TaskFeedback:
    """Accept work or return it, with a strength, a next step and where in the work they show (S2-35); accepted work
    credits its planned minutes.

    The first decision on a revision stands: a second tutor is told who decided, the same one is given the
    first.
    """
    enrolment = _locked(response.enrolment)
    response = TaskResponse.objects.select_for_update(of=("self",)).select_related("task").get(pk=response.pk)
    decision = "accepted" if accept else "returned"
    given = response.feedback.select_related("by").filter(revision=revision).first()
    if given:
        if given.by_id == by.pk and given.decision == decision:
            return given
        raise Refused(f"{given.by} has {given.decision} this work already.", code="response.decided")
    if response.revision != revision:
        raise Refused("The participant handed in a newer version. Read that one.", code="response.newer")
    response.state = rules.move(response.state, Verb.ACCEPT if accept else Verb.RETURN)
    rules.check_feedback(strength=strength, next_step=next_step)
    if accept:
        rules.check_complete(Work(*(getattr(response, field) for field in FIELDS)))
    given = TaskFeedback.objects.create(
        response=response,
        revision=revision,
        decision=decision,
        strength=strength.strip(),
        next_step=next_step.strip(),
        evidence=evidence.strip(),
        by=by,
        at=at,
    )
    response.decided_at, response.decided_by = at, by
    response.save(update_fields=["state", "decided_at", "decided_by"])
    if accept:
        activity = _activity(enrolment, response.task.activity_key, same_version=True)
        _credit(activity, evidence=f"task_response:{response.pk}", note=response.task.title, by=by, at=at)
    _record(decision, response, by=by, at=at)
    mail.send(
        "response_decided",
        to=enrolment.user.email,
        key=f"response_decided:{given.pk}",
        at=at,
        name=enrolment.user.get_short_name(),
        task=response.task.title,
        accepted=accept,
        tutor=str(by),
        enrolment=enrolment.reference,
        activity_key=response.task.activity_key,
    )
    return given
