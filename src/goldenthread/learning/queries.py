"""Modules and tasks as a participant sees them, and the queue of a tutor."""

from django.db.models import Exists, OuterRef, Prefetch, QuerySet, Value
from django.shortcuts import get_object_or_404

from goldenthread.applications.models import Enrolment
from goldenthread.engagement.outline import outline_of
from goldenthread.learning.course_rules import CourseModule, CourseStanding, state_of
from goldenthread.learning.models import (
    FormativeTask,
    Module,
    ModuleCompletion,
    ResponseState,
    TaskFeedback,
    TaskResponse,
)
from goldenthread.people.access import Viewer
from goldenthread.people.models import Role

_FEEDBACK = Prefetch("feedback", TaskFeedback.objects.select_related("by"))


def get_module_for(enrolment: Enrolment, activity_key: str) -> Module:
    """The module behind an activity of the enrolment's own version."""
    return get_object_or_404(Module, version_id=enrolment.version_id, activity_key=activity_key)


def get_task_for(enrolment: Enrolment, activity_key: str) -> FormativeTask:
    """The formative task behind an activity of the enrolment's own version."""
    return get_object_or_404(FormativeTask, version_id=enrolment.version_id, activity_key=activity_key)


def completion_of(enrolment: Enrolment, module: Module) -> ModuleCompletion | None:
    """How the enrolment finished a module, with the texts that were shown then."""
    return (
        enrolment.module_completions.select_related("text", "example", "module").filter(module=module).first()
    )


def response_of(enrolment: Enrolment, task: FormativeTask) -> TaskResponse | None:
    """The enrolment's work on a task, with the feedback that it has had."""
    written = enrolment.task_responses.select_related("text", "example", "task")
    return written.filter(task=task).prefetch_related(_FEEDBACK).first()


def states_of(enrolment: Enrolment) -> dict[str, str]:
    """For each activity that has been begun its state, as `course_rules.state_of`. One query."""
    finished = enrolment.module_completions.order_by().values_list("module__activity_key", Value("read"))
    written = enrolment.task_responses.order_by().values_list("task__activity_key", "state")
    modules = Module.objects.filter(version=enrolment.version_id).order_by().values("activity_key")
    tasks = FormativeTask.objects.filter(version=enrolment.version_id, activity_key__in=modules).order_by()
    core = tasks.values_list("activity_key", Value("core"))
    found: dict[str, set[str]] = {}
    for key, said in finished.union(written, core, all=True):
        found.setdefault(key, set()).add(said)
    states = {
        key: state_of(read="read" in said, core="core" in said, response="".join(said - {"read", "core"}))
        for key, said in found.items()
    }
    return {key: state for key, state in states.items() if state}


def courses_of(enrolment: Enrolment) -> list[CourseStanding]:
    """The online courses of the version, each with what is finished of its modules (S1-35). Two queries at most; none
    where the version names no courses.
    """
    specification = enrolment.version.specification
    if not specification.courses:
        return []
    keys = [item.key for item in outline_of(specification) if item.kind == "study"]
    read = set(enrolment.module_completions.order_by().values_list("module__activity_key", flat=True))
    responses = enrolment.task_responses.filter(task=OuterRef("pk"), state=ResponseState.ACCEPTED).order_by()
    tasks = {
        task.activity_key: task
        for task in FormativeTask.objects.filter(version=enrolment.version_id, activity_key__in=keys)
        .annotate(accepted=Exists(responses))
        .order_by("pk")
    }
    asked = specification.achievement is not None and specification.achievement.core_tasks
    found, place = [], 0
    for course in specification.courses:
        modules = []
        for module in course.modules:
            key, place = keys[place], place + 1
            task = tasks.get(key)
            named = task.title if task else f"Core task {place}: not set up yet" if asked else ""
            modules.append(
                CourseModule(module.title, key in read, named, bool(task and vars(task)["accepted"]))
            )
        found.append(CourseStanding(course.title, tuple(modules)))
    return found


def core_task_of(module: Module) -> FormativeTask | None:
    """The core task of a module, where its version asks for one. One query."""
    return FormativeTask.objects.filter(version=module.version_id, activity_key=module.activity_key).first()


def responses_for(viewer: Viewer) -> QuerySet[TaskResponse]:
    """The work of the people in the groups that the person tutors now, while they are a tutor; drafts stay the
    writer's own.
    """
    return _handed_in_once(viewer).exclude(state=ResponseState.DRAFT)


def _handed_in_once(viewer: Viewer) -> QuerySet[TaskResponse]:
    return (
        TaskResponse.objects.filter(
            enrolment__group_places__until__isnull=True,
            enrolment__group_places__group__staff__user=viewer.user,
            enrolment__group_places__group__staff__role__in=viewer.held(Role.TUTOR),
            enrolment__group_places__group__staff__until__isnull=True,
            handed_in_at__isnull=False,
        )
        .exclude(enrolment__user=viewer.user)
        .select_related("task", "enrolment__user", "enrolment__version__programme", "decided_by")
        .order_by("handed_in_at", "pk")
        .distinct()
    )


def get_response_for(viewer: Viewer, response_id: int) -> TaskResponse:
    """A response that the person may read and decide as a tutor, with the feedback before; also one that its writer
    has taken back, whose texts no page shows then, so that feedback on the way is not lost.
    """
    found = _handed_in_once(viewer).prefetch_related(_FEEDBACK, "text", "example")
    return get_object_or_404(found, pk=response_id)


def waiting(responses: QuerySet[TaskResponse]) -> QuerySet[TaskResponse]:
    """Those that wait for a decision, the oldest first."""
    return responses.filter(state=ResponseState.HANDED_IN)
