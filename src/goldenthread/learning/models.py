"""Study modules and formative tasks of an intake, and what participants do in them."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from goldenthread.applications.models import Enrolment
from goldenthread.catalogue.models import ProgrammeVersion


class Module(models.Model):
    """A module of online study of a version; finishing it credits the planned activity with the same key."""

    version = models.ForeignKey(ProgrammeVersion, on_delete=models.PROTECT, related_name="modules")
    activity_key = models.CharField(max_length=40)  # "study-3"
    title = models.CharField(max_length=200)
    see_it = models.TextField(blank=True)  # Markdown
    name_it = models.TextField(blank=True)
    do_it = models.TextField(blank=True)

    class Meta:
        ordering = ["version", "id"]
        constraints = [
            models.UniqueConstraint(fields=["version", "activity_key"], name="module_once_per_version")
        ]

    def __str__(self) -> str:
        return self.title


class ModuleCompletion(models.Model):
    module = models.ForeignKey(Module, on_delete=models.PROTECT, related_name="completions")
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="module_completions")
    reflection = models.TextField(blank=True)
    completed_at = models.DateTimeField()

    class Meta:
        ordering = ["enrolment", "module"]
        constraints = [models.UniqueConstraint(fields=["module", "enrolment"], name="module_completed_once")]

    def __str__(self) -> str:
        return f"{self.enrolment} finished {self.module}"


class FormativeTask(models.Model):
    """Work in the participant's own school during the development stage."""

    version = models.ForeignKey(ProgrammeVersion, on_delete=models.PROTECT, related_name="formative_tasks")
    activity_key = models.CharField(max_length=40)  # "task-2"
    title = models.CharField(max_length=200)
    purpose = models.TextField()
    brief = models.TextField()  # Markdown

    class Meta:
        ordering = ["version", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "activity_key"], name="formative_task_once_per_version"
            )
        ]

    def __str__(self) -> str:
        return self.title


class ResponseState(models.TextChoices):
    DRAFT = "draft", "draft"
    HANDED_IN = "handed_in", "handed in"
    RETURNED = "returned", "returned for improvement"
    ACCEPTED = "accepted", "accepted"


class TaskResponse(models.Model):
    """A participant's work on a formative task: context, application, evidence and reflection."""

    task = models.ForeignKey(FormativeTask, on_delete=models.PROTECT, related_name="responses")
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="task_responses")
    state = models.CharField(max_length=20, choices=ResponseState, default=ResponseState.DRAFT)
    context = models.TextField(blank=True)
    application = models.TextField(blank=True)
    evidence = models.TextField(blank=True)
    reflection = models.TextField(blank=True)
    revision = models.PositiveIntegerField(default=0)
    saved_at = models.DateTimeField()
    handed_in_at = models.DateTimeField(null=True, blank=True, db_index=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["handed_in_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["task", "enrolment"], name="task_response_once"),
            models.CheckConstraint(
                condition=Q(state__in=ResponseState.values), name="task_response_state_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enrolment}: {self.task}"


class TaskFeedback(models.Model):
    """What a tutor wrote on a handed-in response: a strength, a next step, and the decision."""

    response = models.ForeignKey(TaskResponse, on_delete=models.PROTECT, related_name="feedback")
    revision = models.PositiveIntegerField()
    decision = models.CharField(max_length=20, choices=[("accepted", "accepted"), ("returned", "returned")])
    strength = models.TextField()
    next_step = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["response", "revision"], name="task_feedback_once_per_revision")
        ]

    def __str__(self) -> str:
        return f"{self.decision} {self.response}"
