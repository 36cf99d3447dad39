"""What two people of the office leave of a penalty for too many words, for one script."""

from django.db import models

from goldenthread.assessment.models import Script
from goldenthread.common.decided import Asked, asked_rules


class PenaltyWaiver(Asked):
    """One person asks that fewer of a script's words too many cost marks, or none; another decides. Kept either way; of
    those that are approved the last one counts. It is put in words and not in marks, which nobody knows by name before
    the release.
    """

    script = models.ForeignKey(Script, on_delete=models.PROTECT, related_name="waivers")
    words = (
        models.PositiveIntegerField()
    )  # of the words too many, how many still cost marks; 0: the penalty is waived
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

    class Meta:
        ordering = ["asked_at", "id"]
        constraints = asked_rules("penalty_waiver", about="script")

    def __str__(self) -> str:
        return f"penalty waiver {self.pk}"
