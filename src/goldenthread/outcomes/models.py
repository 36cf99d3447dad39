"""Outcomes: the version's conditions evaluated for one enrolment. A correction is a new outcome, never an edit."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from goldenthread.applications.models import Enrolment
from goldenthread.assessment.models import Window


class Outcome(models.Model):
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="outcomes")
    window = models.ForeignKey(Window, on_delete=models.PROTECT, related_name="outcomes")
    task = models.CharField(max_length=40, blank=True)  # of a project task alone; "" for the qualification
    number = models.PositiveSmallIntegerField(default=1)
    result = models.CharField(max_length=20, choices=[("passed", "passed"), ("not_passed", "not passed")])
    conditions = models.JSONField()  # [{"key", "met", "text", "figures"}], as evaluated at `computed_at`
    half_marks_learn_that = models.PositiveSmallIntegerField(null=True, blank=True)
    half_marks_learn_how_to = models.PositiveSmallIntegerField(null=True, blank=True)
    half_marks_off = models.PositiveSmallIntegerField(default=0)  # for too many words: of both kinds together
    computed_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True, blank=True)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["enrolment", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "window", "task", "number"], name="outcome_number_once"
            ),
            models.CheckConstraint(
                condition=Q(released_at__isnull=True, released_by__isnull=True)
                | Q(released_at__isnull=False, released_by__isnull=False),
                name="outcome_released_by_and_at",
            ),
            models.CheckConstraint(
                condition=Q(result__in=["passed", "not_passed"]), name="outcome_result_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enrolment} {self.result}"


class Extension(models.Model):
    """A decision by which the pass may come later than the version's months allow, with its reason (S1-34)."""

    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="extensions")
    until = models.DateField()
    reason = models.TextField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()

    class Meta:
        ordering = ["enrolment", "decided_at", "id"]
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="extension_with_reason")]

    def __str__(self) -> str:
        return f"{self.enrolment} until {self.until}"


class BoardMeeting(models.Model):
    """The minutes of a meeting about a window's results: append-only by triggers; what changes is a further meeting."""

    window = models.ForeignKey(Window, on_delete=models.PROTECT, related_name="board_meetings")
    form_key = models.UUIDField(unique=True)
    held_on = models.DateField()
    present = models.TextField()
    decision = models.CharField(
        max_length=20,
        choices=[("release", "the results can be released"), ("wait", "the results wait")],
    )
    reasons = models.TextField()
    figures = models.JSONField()  # what the meeting had before it: counts only
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["window", "recorded_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(present="") & ~Q(reasons="") & Q(decision__in=["release", "wait"]),
                name="board_meeting_is_whole",
            )
        ]

    def __str__(self) -> str:
        return f"board of {self.window} on {self.held_on}"


class PlanState(models.TextChoices):
    PLANNED = "planned", "planned"
    RELEASED = "released", "released"  # by the plan, or by hand before its instant
    TAKEN_BACK = "taken_back", "taken back"
    STOPPED = "stopped", "stopped"  # as results had changed, or a check refused


class PlannedRelease(models.Model):
    """A release of a window that somebody planned for an instant, by the preview that they looked at (`seen`)."""

    window = models.ForeignKey(Window, on_delete=models.PROTECT, related_name="planned_releases")
    at = models.DateTimeField()
    seen = models.CharField(max_length=64)
    planned_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    planned_at = models.DateTimeField()
    state = models.CharField(max_length=20, choices=PlanState.choices, default=PlanState.PLANNED)
    ended_at = models.DateTimeField(null=True, blank=True)
    why = models.TextField(blank=True)  # it was stopped

    class Meta:
        ordering = ["window", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["window"], condition=Q(state="planned"), name="planned_release_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(state="planned", ended_at__isnull=True)
                | Q(state__in=["released", "taken_back", "stopped"], ended_at__isnull=False),
                name="planned_release_ends_once",
            ),
            models.CheckConstraint(
                condition=~Q(state="stopped", why="") & ~Q(seen=""), name="planned_release_says_why"
            ),
        ]

    def __str__(self) -> str:
        return f"release of {self.window} at {self.at:%Y-%m-%d %H:%M}"
