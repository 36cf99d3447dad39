"""Who accompanies a participant from their school, the updates on progress that were due to them, and the support plan
after a result that fell short or before an assessment.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from goldenthread.applications.models import Enrolment
from goldenthread.assessment.models import Window
from goldenthread.outcomes.models import Outcome
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


class SupportPlan(models.Model):
    """What is done so that somebody passes after all, from a result that fell short, or before it from a day on which
    they are at risk, to how it ended (S2-09).
    """

    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="support_plans")
    outcome = models.ForeignKey(
        Outcome, null=True, blank=True, on_delete=models.PROTECT, related_name="support_plans"
    )  # the latest that fell short; None while a plan that began before the assessment has none
    window = models.ForeignKey(
        Window, null=True, blank=True, on_delete=models.PROTECT, related_name="early_plans"
    )  # before which it was offered
    reasons = models.JSONField(default=list, blank=True)  # why it was: [{"key", "text"}]
    owner = models.ForeignKey(
        USER, null=True, blank=True, on_delete=models.PROTECT, related_name="support_plans"
    )  # the named supporter; None after their role ended
    owner_role = models.CharField(max_length=20, blank=True)  # the role by which they support
    started_at = models.DateTimeField()
    started_on = models.DateField()
    first_contact_by = models.DateField()
    due_on = models.DateField()
    ending = models.CharField(
        max_length=20,
        choices=[
            ("passed", "passed"),
            ("deferred", "deferred"),
            ("declined", "declined by the participant"),
            ("withdrawn", "withdrawn"),
            ("reached", "not needed any more"),
        ],
        blank=True,
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    deferred_until = models.DateField(null=True, blank=True)
    note = models.TextField(blank=True)  # why it ended so

    class Meta:
        ordering = ["due_on", "id"]
        indexes = [models.Index(fields=["ending", "due_on"], name="support_plan_open_by_due")]
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment"], condition=Q(ending=""), name="support_plan_one_open"
            ),
            models.UniqueConstraint(
                fields=["enrolment", "window"],
                condition=Q(window__isnull=False) & ~Q(ending="deferred"),  # what was put off is offered anew
                name="support_plan_offered_once",
            ),
            models.CheckConstraint(
                condition=Q(outcome__isnull=False) | Q(window__isnull=False),
                name="support_plan_about_something",
            ),
            models.CheckConstraint(
                condition=Q(ending="", ended_at__isnull=True) | (~Q(ending="") & Q(ended_at__isnull=False)),
                name="support_plan_ends_with_an_outcome",
            ),
            models.CheckConstraint(
                condition=Q(owner__isnull=True, owner_role="") | (Q(owner__isnull=False) & ~Q(owner_role="")),
                name="support_plan_owner_by_a_role",
            ),
        ]

    def __str__(self) -> str:
        return f"support plan {self.pk}"


class PlanItem(models.Model):
    """One thing to do in a support plan; the participant ticks it."""

    plan = models.ForeignKey(SupportPlan, on_delete=models.PROTECT, related_name="items")
    kind = models.CharField(
        max_length=20,
        choices=[
            ("condition", "missed condition"),
            ("area", "from the feedback"),
            ("risk", "before the assessment"),
            ("agreed", "agreed"),
        ],
    )
    text = models.TextField()
    added_by = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    dropped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["plan", "id"]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="plan_item_says_something")]

    def __str__(self) -> str:
        return f"item of {self.plan_id}"


class PlanContact(models.Model):
    """That a supporter and a participant spoke: when, how, and what came of it."""

    plan = models.ForeignKey(SupportPlan, on_delete=models.PROTECT, related_name="contacts")
    form_key = models.UUIDField(unique=True)
    held_on = models.DateField()
    how = models.CharField(
        max_length=20,
        choices=[
            ("feedback", "feedback session"),
            ("meeting", "meeting"),
            ("call", "telephone or video call"),
            ("message", "messages"),
        ],
    )
    note = models.TextField()
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["plan", "held_on", "id"]

    def __str__(self) -> str:
        return f"{self.how} on {self.held_on}"
