"""Scripts that left a marker's queue before they were submitted: handed back, or given to others by the office."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from goldenthread.assessment.models import Script
from goldenthread.marking.coded import OfScriptOrSeed
from goldenthread.marking.models import Entered
from goldenthread.marking.quality_models import Seed

USER = settings.AUTH_USER_MODEL


class HandedBack(OfScriptOrSeed, Entered):
    """An open marking that its marker handed back, or that the office gave to somebody else, with what was entered in
    it, whole; it counts for nothing, and the script never comes to this marker again.
    """

    # None where it was a seed, which asks nothing of anybody.
    script: "models.ForeignKey[Script | None, Script]" = models.ForeignKey(  # type: ignore[misc]
        Script, null=True, blank=True, on_delete=models.PROTECT, related_name="handed_back"
    )
    seed = models.ForeignKey(
        Seed, null=True, blank=True, on_delete=models.PROTECT, related_name="handed_back"
    )
    marker = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="handed_back")
    marking = models.PositiveBigIntegerField(unique=True)  # the number of the marking, which is gone
    position = models.PositiveSmallIntegerField()
    marks = models.JSONField(default=dict)  # {"<point number>": marks}
    due_on = models.DateField()
    reason = models.TextField()
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")  # the marker, or the office
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["script", "marker"], name="handed_back_once_per_marker"),
            models.CheckConstraint(condition=~Q(reason=""), name="handed_back_with_reason"),
            models.CheckConstraint(
                condition=Q(script__isnull=False, seed__isnull=True)
                | Q(script__isnull=True, seed__isnull=False),
                name="handed_back_script_or_seed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.marker} has {self.code} no more"

    @property
    def marked(self) -> int:
        """How many points its marker had given a mark for."""
        return len(self.marks)


class Cause(models.TextChoices):
    """Why an open marking left a queue otherwise than handed back."""

    CONFLICT = "conflict", "its marker declared a conflict"
    LEASE = "lease", "its time ran out"
    CALLED_OFF = "called_off", "it was not needed any more"
    SIGNED_OFF = "signed_off", "the moderation was signed off"
    MODERATOR = "moderator", "its moderator declared a conflict"


class LeftQueue(OfScriptOrSeed, Entered):
    """What somebody had entered for a script that left them otherwise than handed back, whole: marks, notes and words
    of feedback. It counts for nothing and says nothing of who may have the script next, which other rows do.
    """

    script: "models.ForeignKey[Script | None, Script]" = models.ForeignKey(  # type: ignore[misc]
        Script, null=True, blank=True, on_delete=models.PROTECT, related_name="left_queues"
    )
    seed = models.ForeignKey(
        Seed, null=True, blank=True, on_delete=models.PROTECT, related_name="left_queues"
    )
    marker = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="left_queues")
    position = models.PositiveSmallIntegerField()  # 0 of a moderator's own blind look
    marks = models.JSONField(default=dict)  # {"<point number>": marks}
    cause = models.CharField(max_length=20, choices=Cause)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(script__isnull=False, seed__isnull=True)
                | Q(script__isnull=True, seed__isnull=False),
                name="left_queue_script_or_seed",
            ),
            models.CheckConstraint(
                condition=Q(position=0, cause="moderator")
                | (Q(position__gte=1, position__lte=9) & ~Q(cause="moderator")),
                name="left_queue_of_a_marking_or_a_moderator",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.marker} has {self.code} no more, {self.get_cause_display()}"


class LeaseEnded(models.Model):
    """A script whose time ran out for a marker: it never comes to this marker again, whatever became of the marking."""

    script = models.ForeignKey(Script, on_delete=models.PROTECT, related_name="leases_ended")
    marker = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="leases_ended")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["script", "marker"], name="lease_ended_once_per_marker"),
        ]

    def __str__(self) -> str:
        return f"{self.marker} let the time of {self.script} run out"
