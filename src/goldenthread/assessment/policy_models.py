"""Policies of counting, AI and attempts that the office decides beside a version's document, each from a day on."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from goldenthread.catalogue.models import ProgrammeVersion


class PolicyDecision(models.Model):
    """What counts for the windows of a version that open on a day or later; a later row takes the place of earlier ones
    from its own day on, and none is changed.
    """

    version = models.ForeignKey(ProgrammeVersion, on_delete=models.PROTECT, related_name="policy_decisions")
    kind = models.CharField(
        max_length=20,
        choices=[("counting", "counting words"), ("ai", "use of AI"), ("attempts", "how often it is sat")],
    )
    from_day = models.DateField()
    table = models.JSONField()  # as the version's file would say it, under `assessment`
    reason = models.TextField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()

    class Meta:
        ordering = ["version", "-decided_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(reason="") & Q(kind__in=["counting", "ai", "attempts"]),
                name="policy_decision_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.version_id} from {self.from_day}"
