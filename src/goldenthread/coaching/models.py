"""Coaching: who coaches whom, and the sessions that were held."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from goldenthread.applications.models import Enrolment


class Pairing(models.Model):
    """A coach and the participant they coach, for a time."""

    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="pairings")
    coach = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="coachees")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["coach", "enrolment"]
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment"], condition=Q(until__isnull=True), name="pairing_one_current_coach"
            )
        ]

    def __str__(self) -> str:
        return f"{self.coach} coaches {self.enrolment}"


class CoachingSession(models.Model):
    """A session that was held; credits the next open coaching activities of the plan."""

    pairing = models.ForeignKey(Pairing, on_delete=models.PROTECT, related_name="sessions")
    form_key = models.UUIDField(unique=True)  # one filled-in form is one session
    held_at = models.DateTimeField()
    minutes = models.PositiveSmallIntegerField()
    focus = models.CharField(max_length=200)
    feedback = models.TextField()  # to the participant
    agreed_action = models.TextField(blank=True)
    logged_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    logged_at = models.DateTimeField()

    class Meta:
        ordering = ["held_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(minutes__gt=0, minutes__lte=480), name="coaching_session_has_a_length"
            )
        ]

    def __str__(self) -> str:
        return f"{self.minutes} min on {self.focus}"


class MoreCoaching(models.Model):
    """Coaching that the office approves for an enrolment beyond what the programme gives, with its reason."""

    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="more_coaching")
    form_key = models.UUIDField(unique=True)  # one filled-in form is one approval
    minutes = models.PositiveSmallIntegerField()
    reason = models.CharField(max_length=300)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField()

    class Meta:
        ordering = ["approved_at", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(minutes__gt=0), name="more_coaching_is_some_coaching")
        ]

    def __str__(self) -> str:
        return f"{self.minutes} min more for {self.enrolment}"
