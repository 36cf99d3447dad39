"""Awards: the record of a qualification gained, its certificate and the code that verifies it."""

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
