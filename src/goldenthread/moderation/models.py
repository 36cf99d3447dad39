"""Moderation of a window: the sample, the moderator's blind view of it, and the sign-off."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from goldenthread.assessment.models import Script, Window


class Round(models.Model):
    """One moderation of one window; results are provisional until it is signed off."""

    window = models.OneToOneField(Window, on_delete=models.PROTECT, related_name="moderation")
    seed = models.CharField(max_length=32)  # the random part of the sample can be drawn again from it
    share_percent = models.PositiveSmallIntegerField()
    opened_at = models.DateTimeField()
    signed_off_at = models.DateTimeField(null=True, blank=True)
    signed_off_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["-opened_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(signed_off_at__isnull=True, signed_off_by__isnull=True)
                | Q(signed_off_at__isnull=False, signed_off_by__isnull=False),
                name="round_signed_off_by_and_at",
            )
        ]

    def __str__(self) -> str:
        return f"moderation of {self.window}"


class Sampled(models.Model):
    """A script in the sample: why it is there and what the moderator decided."""

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="sample")
    script = models.OneToOneField(Script, on_delete=models.PROTECT, related_name="sampled")
    reason = models.CharField(max_length=60)
    decision = models.CharField(
        max_length=20,
        choices=[("", "open"), ("confirmed", "confirmed"), ("adjusted", "adjusted")],
        blank=True,
    )
    marks = models.JSONField(
        default=dict
    )  # the moderator's own, point by point, before the markers' are shown
    marked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    half_marks_learn_that = models.PositiveSmallIntegerField(null=True, blank=True)
    half_marks_learn_how_to = models.PositiveSmallIntegerField(null=True, blank=True)
    note = models.TextField(blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["round", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(decision="", decided_at__isnull=True, decided_by__isnull=True)
                | (~Q(decision="") & Q(decided_at__isnull=False, decided_by__isnull=False)),
                name="sampled_decided_by_and_at",
            ),
            models.CheckConstraint(
                condition=~Q(decision="adjusted") | (Q(half_marks_learn_that__isnull=False) & ~Q(note="")),
                name="sampled_adjusted_with_marks_and_note",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.script}: {self.reason}"
