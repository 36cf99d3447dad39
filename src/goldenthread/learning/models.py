"""Study units of a version (modules and formative tasks), their texts, and what participants do in them."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from goldenthread.applications.models import Enrolment
from goldenthread.catalogue import needs
from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.catalogue.variants import CHANGE_REASONS, CONTEXTS, PHASES
from goldenthread.learning.unit_rules import text_name


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
    # What the person was shown when they finished; no text means the unit's first one.
    text = models.ForeignKey("UnitText", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    example = models.ForeignKey("UnitText", null=True, blank=True, on_delete=models.PROTECT, related_name="+")

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
    needs = models.CharField(max_length=60, blank=True)  # areas of need, as `catalogue.needs.tags` (S2-33)

    class Meta:
        ordering = ["version", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "activity_key"], name="formative_task_once_per_version"
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def areas_of_need(self) -> tuple[str, ...]:
        """The areas of need that it is tagged with, by name."""
        return needs.names(self.needs)


class UnitText(models.Model):
    """A further version of a unit's text, or how it is put for a context, a locality or a phase (S1-09, S2-05, S2-10).

    The first text for everybody is version 1 and stands on the unit itself. A published text is never altered: a
    change is a further version, and the earlier ones stay for what was written against them.
    """

    module = models.ForeignKey(Module, null=True, blank=True, on_delete=models.PROTECT, related_name="texts")
    task = models.ForeignKey(
        FormativeTask, null=True, blank=True, on_delete=models.PROTECT, related_name="texts"
    )
    context = models.CharField(max_length=20, choices=list(CONTEXTS.items()), blank=True)
    locality = models.CharField(max_length=100, blank=True)
    phase = models.CharField(max_length=20, choices=list(PHASES.items()), blank=True)
    version = models.PositiveSmallIntegerField()
    parts = models.JSONField()  # {"see_it": Markdown, …}, as `unit_rules.parts_of`
    reason = models.CharField(max_length=30, choices=list(CHANGE_REASONS.items()))
    change_note = models.CharField(max_length=300)
    effective_from = models.DateField()
    review_by = models.DateField(db_index=True)
    state = models.CharField(
        max_length=20, choices=[("draft", "draft"), ("published", "published")], default="draft"
    )
    revision = models.PositiveIntegerField(default=1)  # of the draft: a save names the one it builds on
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reviewed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["module", "task", "phase", "context", "locality", "-version"]
        constraints = [
            models.CheckConstraint(
                condition=Q(module__isnull=True, task__isnull=False)
                | Q(module__isnull=False, task__isnull=True),
                name="unit_text_of_one_unit",
            ),
            models.UniqueConstraint(
                fields=["module", "context", "locality", "phase", "version"],
                condition=Q(module__isnull=False),
                name="unit_text_once_per_module",
            ),
            models.UniqueConstraint(
                fields=["task", "context", "locality", "phase", "version"],
                condition=Q(task__isnull=False),
                name="unit_text_once_per_task",
            ),
            models.UniqueConstraint(
                fields=["module", "context", "locality", "phase"],
                condition=Q(module__isnull=False, state="draft"),
                name="unit_text_one_draft_per_module",
            ),
            models.UniqueConstraint(
                fields=["task", "context", "locality", "phase"],
                condition=Q(task__isnull=False, state="draft"),
                name="unit_text_one_draft_per_task",
            ),
            models.CheckConstraint(
                condition=Q(context__in=["", *CONTEXTS]), name="unit_text_context_is_known"
            ),
            models.CheckConstraint(condition=Q(phase__in=["", *PHASES]), name="unit_text_phase_is_known"),
            models.CheckConstraint(
                condition=Q(reason__in=list(CHANGE_REASONS)), name="unit_text_reason_is_known"
            ),
            models.CheckConstraint(
                condition=Q(review_by__gte=F("effective_from")), name="unit_text_reviewed_after_it_begins"
            ),
            models.CheckConstraint(
                condition=Q(state="draft", reviewed_at__isnull=True, reviewed_by__isnull=True)
                | Q(state="published", reviewed_at__isnull=False, reviewed_by__isnull=False),
                name="unit_text_reviewed_by_and_at",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit}, {self.name}"

    @property
    def unit(self) -> "Module | FormativeTask":
        """The module or task that it belongs to."""
        unit = self.module or self.task
        assert unit is not None
        return unit

    @property
    def name(self) -> str:
        """ "version 2", "version 1 for international", "example for primary, version 1"."""
        return text_name(self)


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
    # What the person was shown when they handed in last; no text means the task's first one.
    text = models.ForeignKey(UnitText, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    example = models.ForeignKey(UnitText, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

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
    evidence = models.TextField(blank=True)  # where in the work both show
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["response", "revision"], name="task_feedback_once_per_revision")
        ]

    def __str__(self) -> str:
        return f"{self.decision} {self.response}"
