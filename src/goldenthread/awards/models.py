"""Awards: the record of a qualification gained, its certificate and the code that verifies it; and proposed changes of
what was released.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from goldenthread.common.models import StoredFile
from goldenthread.outcomes.models import Outcome


class Award(models.Model):
    outcome = models.OneToOneField(Outcome, on_delete=models.PROTECT, related_name="award")
    code = models.CharField(max_length=24, unique=True)  # on the certificate: "NPQLT-2027-7K2M-9QXD"
    holder_name = models.CharField(max_length=200)
    programme_name = models.CharField(max_length=200)
    programme_code = models.CharField(max_length=10)
    edition = models.CharField(max_length=20)
    awarded_on = models.DateField()
    provider = models.CharField(max_length=200)
    accrediting_body = models.CharField(max_length=200, blank=True)
    certificate = models.ForeignKey(
        StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="certificates"
    )
    certificate_after = models.DateTimeField(
        null=True, blank=True
    )  # when the job may try again to make a certificate that could not be made
    issued_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-issued_at", "-id"]

    def __str__(self) -> str:
        return f"{self.code} {self.holder_name}"


class Change(models.Model):
    """A correction of a released result, or a revocation of an award, that one person proposes and another decides."""

    kind = models.CharField(
        max_length=20,
        choices=[("correction", "correction of a result"), ("revocation", "revocation of an award")],
    )
    outcome = models.ForeignKey(Outcome, on_delete=models.PROTECT, related_name="changes")
    award = models.ForeignKey(Award, null=True, blank=True, on_delete=models.PROTECT, related_name="changes")
    half_marks_learn_that = models.PositiveSmallIntegerField(null=True, blank=True)
    half_marks_learn_how_to = models.PositiveSmallIntegerField(null=True, blank=True)
    reason = models.TextField()
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    state = models.CharField(
        max_length=20,
        choices=[
            ("proposed", "to decide"),
            ("done", "done"),
            ("refused", "refused"),
            ("taken_back", "taken back"),
        ],
        default="proposed",
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["proposed_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["outcome", "kind"], condition=Q(state="proposed"), name="change_one_proposed"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="change_with_reason"),
            models.CheckConstraint(
                condition=Q(kind="correction", award__isnull=True)
                | Q(kind="revocation", award__isnull=False),
                name="change_of_a_result_or_an_award",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["proposed", "taken_back"], decided_by__isnull=True)
                | (
                    Q(state__in=["done", "refused"], decided_by__isnull=False, decided_at__isnull=False)
                    & ~Q(decided_by=F("proposed_by"))
                    & ~Q(decision_reason="")
                ),
                name="change_decided_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.outcome_id}"


class Destination(models.Model):
    """Where somebody went after their award: from one role to another, on a day, perhaps to another school (S0-72)."""

    award = models.ForeignKey(Award, on_delete=models.PROTECT, related_name="destinations")
    role_before = models.CharField(max_length=40)
    role_after = models.CharField(max_length=40)
    moved_on = models.DateField()
    place = models.CharField(max_length=200, blank=True)  # the school or trust that was joined
    promotion = models.BooleanField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="destinations_recorded"
    )
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["-moved_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["award", "moved_on", "role_after"], name="destination_once_a_day_and_role"
            ),
            models.CheckConstraint(
                condition=~Q(role_before=F("role_after")) | ~Q(place=""), name="destination_changes_something"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role_before} → {self.role_after}"
