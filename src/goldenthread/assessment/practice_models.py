"""Practice scenarios and what participants write on them: formative work that no outcome reads (S4-19)."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from goldenthread.applications.models import Enrolment
from goldenthread.assessment.models import CaseStudy


class PracticeScenario(models.Model):
    """A case study that is offered for practice, and so is never used in a window again."""

    case_study = models.OneToOneField(CaseStudy, on_delete=models.PROTECT, related_name="practice")
    after_months = models.PositiveSmallIntegerField()  # whole months after a participant's start
    offered_at = models.DateTimeField()
    offered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["after_months", "id"]

    def __str__(self) -> str:
        return f"practice with case study {self.case_study_id}"


class PracticeResponse(models.Model):
    """A participant's practice; its states are those of a formative task, without the accepting."""

    scenario = models.ForeignKey(PracticeScenario, on_delete=models.PROTECT, related_name="responses")
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="practice")
    state = models.CharField(
        max_length=20,
        choices=[("draft", "draft"), ("handed_in", "handed in"), ("returned", "has feedback")],
        default="draft",
    )
    wants = models.CharField(
        max_length=20,
        choices=[("facilitator", "feedback of a facilitator"), ("self", "self-assessment")],
        default="facilitator",
    )
    texts = models.JSONField(default=dict)  # by part key; "" for an undivided response
    words = models.PositiveIntegerField(default=0)  # when it was handed in last
    word_limit = models.PositiveIntegerField(null=True, blank=True)  # that counted then; None: none was set
    revision = models.PositiveIntegerField(default=0)
    saved_at = models.DateTimeField()
    handed_in_at = models.DateTimeField(null=True, blank=True, db_index=True)

    class Meta:
        ordering = ["handed_in_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["scenario", "enrolment"], name="practice_response_once"),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "handed_in", "returned"]), name="practice_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state="draft") | Q(handed_in_at__isnull=False), name="practice_handed_in_at"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enrolment}: {self.scenario}"


class PracticeFeedback(models.Model):
    """A strength and a next step on one revision of a response, from staff or from its writer; never a mark."""

    response = models.ForeignKey(PracticeResponse, on_delete=models.PROTECT, related_name="feedback")
    revision = models.PositiveIntegerField()
    kind = models.CharField(max_length=20, choices=[("facilitator", "feedback"), ("self", "self-assessment")])
    strength = models.TextField()
    next_step = models.TextField()
    evidence = models.TextField(blank=True)  # where in the work both show
    levels = models.JSONField(default=dict)  # of a self-assessment: {"1": "partly"} by number of mark point
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["response", "revision", "kind"], name="practice_feedback_once_per_revision"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} on {self.response}"
