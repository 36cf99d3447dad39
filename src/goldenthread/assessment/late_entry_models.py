"""Exceptions by which somebody is entered for a window beyond the months of their version, or once more than its policy
of attempts allows.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from goldenthread.applications.models import Enrolment
from goldenthread.assessment.models import Window


class LateEntry(models.Model):
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
    form_key = models.UUIDField(unique=True)  # one filled-in form is one request, however often it is sent
    reason = models.TextField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
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
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["asked_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment"], condition=Q(state="asked"), name="late_entry_one_waits"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="late_entry_with_reason"),
            models.CheckConstraint(
                condition=Q(state__in=["asked", "taken_back"], decided_by__isnull=True)
                | (
                    Q(state__in=["approved", "refused"], decided_by__isnull=False, decided_at__isnull=False)
                    & ~Q(decided_by=F("asked_by"))
                    & ~Q(decision_reason="")
                ),
                name="late_entry_decided_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"late entry {self.pk}"
