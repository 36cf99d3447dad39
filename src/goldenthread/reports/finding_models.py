"""What the nightly comparison of rows with the audit trail found, and who has looked into it."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from goldenthread.reports import finding_rules as rules


class Finding(models.Model):
    """A row that isn't what the trail says, that it says nothing of, or that is gone. Kept when it is put right."""

    kind = models.CharField(max_length=20)  # of row, as in `finding_rules.KINDS`
    subject = models.CharField(max_length=100)  # the chain that tells of it: "script:12"
    sequence = models.PositiveIntegerField()  # of the event there; 0 where the trail says nothing
    problem = models.CharField(max_length=400)
    label = models.CharField(max_length=100)  # of whom: a script's code, an enrolment's reference
    sound_at = models.DateTimeField(null=True, blank=True)  # the comparison before; None where there was none
    found_at = models.DateTimeField()
    gone_at = models.DateTimeField(null=True, blank=True)  # by a later comparison it is no more
    looked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    looked_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True)  # what they looked at and found

    class Meta:
        ordering = ["found_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "sequence", "problem"],
                condition=Q(gone_at__isnull=True),
                name="finding_once_while_it_differs",
            ),
            models.CheckConstraint(
                condition=Q(looked_at__isnull=True, looked_by__isnull=True, reason="")
                | (Q(looked_at__isnull=False, looked_by__isnull=False) & ~Q(reason="")),
                name="finding_looked_into_with_a_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["kind"], condition=Q(looked_at__isnull=True), name="finding_to_look_at")
        ]

    def __str__(self) -> str:
        return f"{self.subject}: {self.problem}"

    @property
    def what(self) -> rules.Kind:
        """The kind of row, in words."""
        return rules.kind_of(self.kind)
