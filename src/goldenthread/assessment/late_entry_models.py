"""Exceptions by which somebody is entered for a window beyond the months of their version, or once more than its policy
of attempts allows.
"""

from django.db import models

from goldenthread.applications.models import Enrolment
from goldenthread.assessment.models import Window
from goldenthread.common.decided import Asked, asked_rules


class LateEntry(Asked):
    """One person of the office asks that somebody is entered beyond the months, or the attempts, another decides; kept
    either way.
    """

    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="late_entries")
    window = models.ForeignKey(Window, on_delete=models.PROTECT, related_name="late_entries")
    beyond = models.CharField(
        max_length=20,
        choices=[("months", "beyond the months"), ("attempts", "a further attempt")],
        default="months",
    )
    state = models.CharField(
        max_length=20,
        choices=[
            ("asked", "to decide"),
            ("approved", "entered"),
            ("refused", "refused"),
            ("taken_back", "taken back"),
        ],
        default="asked",
    )

    class Meta:
        ordering = ["asked_at", "id"]
        constraints = asked_rules("late_entry", about="enrolment")

    def __str__(self) -> str:
        return f"late entry {self.pk}"
