"""Who accompanies a participant from their school, and the updates on progress that were due to them."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from goldenthread.applications.models import Enrolment
from goldenthread.support.rules import INTERVALS, Interval

USER = settings.AUTH_USER_MODEL
CHOICES = [(str(key), text) for key, text in INTERVALS.items()]


class Mentoring(models.Model):
    """Who mentors a participant, from one day to another."""

    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="mentorings")
    mentor = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="mentorings")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["enrolment", "starts_on", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment"], condition=Q(ends_on__isnull=True), name="mentoring_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="mentoring_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.mentor} for {self.enrolment}"


class UpdateSchedule(models.Model):
    """How often a participant's school hears of them; without one, by the default."""

    enrolment = models.OneToOneField(Enrolment, on_delete=models.PROTECT, related_name="update_schedule")
    interval = models.CharField(max_length=20, choices=CHOICES)
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["enrolment"]
        constraints = [
            models.CheckConstraint(condition=Q(interval__in=list(Interval)), name="update_interval_is_known")
        ]

    def __str__(self) -> str:
        return f"{self.enrolment} {self.interval}"


class ProgressUpdate(models.Model):
    """One update that was due to one person on a day; `made_at` is None for one that was missed.

    When it was sent stands with its message in the outbox.
    """

    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="progress_updates")
    recipient = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="progress_updates")
    role = models.CharField(max_length=30)  # headteacher or mentor, when it was due
    due_on = models.DateField(db_index=True)
    made_at = models.DateTimeField(null=True, blank=True)
    content = models.JSONField(default=dict, blank=True)  # what it said

    class Meta:
        ordering = ["-due_on", "-id"]
        indexes = [models.Index(fields=["recipient", "-due_on"], name="update_by_recipient")]
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "recipient", "due_on"], name="progress_update_once_a_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.enrolment} to {self.recipient_id} on {self.due_on}"

    @property
    def key(self) -> str:
        """The key of its mail: one, however often it is asked for."""
        return f"progress_update:{self.pk}"
