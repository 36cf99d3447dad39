"""The plan of an enrolment and the append-only ledger of credits. Nothing else in the system counts hours."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from goldenthread.applications.models import Enrolment


class PlannedActivity(models.Model):
    """One activity that an enrolment is to do: its component, minutes, lane and date."""

    # No index of its own, here and in the ledger: the sums' index begins with it.
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="plan", db_index=False)
    key = models.CharField(max_length=40)  # "induction", "event-1", "study-3", "task-2", "coaching-1"
    position = models.PositiveSmallIntegerField()
    component = models.CharField(max_length=40)  # key of the version's component
    kind = models.CharField(max_length=30)  # the component's kind: event, study, formative_task, ...
    stage = models.CharField(max_length=20)
    lane = models.CharField(max_length=20)  # facilitated or self-directed
    title = models.CharField(max_length=200)
    minutes = models.PositiveIntegerField(null=True)  # None: the version's sources leave it unknown
    due_on = models.DateField(null=True, blank=True)
    starts_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["enrolment", "position"]
        indexes = [models.Index(fields=["enrolment", "component", "minutes"], name="plan_sums")]
        constraints = [models.UniqueConstraint(fields=["enrolment", "key"], name="plan_each_activity_once")]

    def __str__(self) -> str:
        return self.title


class LedgerEntry(models.Model):
    """Minutes credited to an enrolment for an activity, with evidence; a correction is a further entry."""

    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="ledger", db_index=False)
    activity = models.ForeignKey(PlannedActivity, on_delete=models.PROTECT, related_name="credits")
    component = models.CharField(max_length=40)
    minutes = models.IntegerField()
    counted = models.IntegerField()  # how many of them count: less when the component has all it asks for
    evidence = models.CharField(max_length=80)  # what it rests on: "attendance:45", "coaching_session:7"
    note = models.CharField(max_length=300, blank=True)
    key = models.CharField(max_length=120, unique=True)  # the same fact is credited once
    corrects = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="corrections"
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["enrolment", "component", "minutes", "counted"], name="ledger_sums")]
        constraints = [models.CheckConstraint(condition=~Q(minutes=0), name="ledger_entry_moves_minutes")]

    def __str__(self) -> str:
        return f"{self.minutes} min {self.evidence}"


class Standing(models.Model):
    """The engagement of an enrolment as last worked out from plan and ledger, for lists to sort by.

    Written in the transaction that writes the ledger, and worked out anew for everybody by a nightly job.
    """

    enrolment = models.OneToOneField(
        Enrolment, on_delete=models.PROTECT, primary_key=True, related_name="standing"
    )
    planned_minutes = models.PositiveIntegerField()
    counted_minutes = models.PositiveIntegerField(default=0)
    measurable = models.BooleanField(default=True)  # False while planned minutes are unknown
    basis_points = models.PositiveIntegerField(default=0, db_index=True)  # rounded down; 9000 is exactly 90 %
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["enrolment"]

    def __str__(self) -> str:
        return f"{self.counted_minutes} of {self.planned_minutes} min"
