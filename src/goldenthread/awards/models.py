"""Awards: the record of a qualification gained, its certificate and the code that verifies it."""

from django.db import models

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
