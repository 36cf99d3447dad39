"""What two people of the office leave of a penalty for too many words, for one script."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from goldenthread.assessment.models import Script


class PenaltyWaiver(models.Model):
    """One person asks that fewer of a script's words too many cost marks, or none; another decides. Kept either way; of
    those that are approved the last one counts. It is put in words and not in marks, which nobody knows by name before
    the release.
    """

    script = models.ForeignKey(Script, on_delete=models.PROTECT, related_name="waivers")
    words = (
        models.PositiveIntegerField()
    )  # of the words too many, how many still cost marks; 0: the penalty is waived
    form_key = models.UUIDField(unique=True)  # one filled-in form is one request, however often it is sent
    reason = models.TextField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    state = models.CharField(
        max_length=20,
        choices=[
            ("asked", "to decide"),
            ("approved", "approved"),
            ("refused", "refused"),
            ("taken_back", "taken back"),
        ],
        default="asked",
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["asked_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["script"], condition=Q(state="asked"), name="penalty_waiver_one_waits"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="penalty_waiver_with_reason"),
            models.CheckConstraint(
                condition=Q(state__in=["asked", "taken_back"], decided_by__isnull=True)
                | (
                    Q(state__in=["approved", "refused"], decided_by__isnull=False, decided_at__isnull=False)
                    & ~Q(decided_by=F("asked_by"))
                    & ~Q(decision_reason="")
                ),
                name="penalty_waiver_decided_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"penalty waiver {self.pk}"
