"""What is asked for and granted to one person, and how long after a deadline it can be."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from goldenthread.applications.models import Enrolment
from goldenthread.assessment.models import Sitting
from goldenthread.catalogue.models import ProgrammeVersion


class Adjustment(models.Model):
    """More time, more words, another form or a later window for one person: asked with a reason, decided by another
    person (S2-34).

    With a sitting it is an extension of that one; without one it holds for every sitting of the enrolment. The
    reason is confidential: only the programme office reads it, and it never goes into the audit trail.
    """

    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="adjustments")
    sitting = models.ForeignKey(
        Sitting, null=True, blank=True, on_delete=models.PROTECT, related_name="adjustments"
    )
    asked_days = models.PositiveSmallIntegerField(default=0)
    asked_words = models.PositiveIntegerField(default=0)
    asked_arrangement = models.CharField(max_length=500, blank=True)
    deferral = models.BooleanField(default=False)  # asked instead: a later window than the sitting's
    reason = models.TextField()
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="requested_adjustments"
    )
    requested_at = models.DateTimeField()
    form_key = models.UUIDField(unique=True)  # one filled-in form is one request, however often it is sent
    state = models.CharField(
        max_length=20,
        choices=[
            ("requested", "waits for a decision"),
            ("approved", "approved"),
            ("declined", "not approved"),
            ("withdrawn", "withdrawn"),
            ("revoked", "taken back"),
        ],
        default="requested",
    )
    days = models.PositiveSmallIntegerField(default=0)  # as granted
    words = models.PositiveIntegerField(default=0)
    arrangement = models.CharField(max_length=500, blank=True)
    note = models.TextField(blank=True)  # what the participant is told with the decision
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-requested_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True, decided_by__isnull=True)
                | Q(decided_at__isnull=False, decided_by__isnull=False),
                name="adjustment_decided_by_and_at",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("requested_by")),
                name="adjustment_decided_by_another",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["requested", "withdrawn"]) | Q(decided_at__isnull=False),
                name="adjustment_decision_has_a_name",
            ),
            models.CheckConstraint(
                condition=Q(deferral=False)
                | Q(
                    sitting__isnull=False, asked_days=0, asked_words=0, asked_arrangement="", days=0, words=0
                ),
                name="adjustment_deferral_of_one_sitting",
            ),
        ]

    def __str__(self) -> str:
        return f"adjustment {self.pk}"


class LatePolicy(models.Model):
    """How long after a deadline a version's sittings can still be given more time; a later row replaces an earlier one.

    No source states one (G-02): a version without a row has none, and staff decide each case.
    """

    version = models.ForeignKey(ProgrammeVersion, on_delete=models.PROTECT, related_name="late_policies")
    days = models.PositiveSmallIntegerField(null=True, blank=True)  # None: staff decide each case
    rest_minutes = models.PositiveSmallIntegerField(
        null=True, blank=True
    )  # for the rest of a document whose first byte came in time; None: `rules.uploads.REST_MINUTES`
    from_day = models.DateField(null=True, blank=True)  # windows that open from then on; None: all of them
    reason = models.TextField()
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        ordering = ["version", "-set_at", "-id"]

    def __str__(self) -> str:
        return f"late policy of {self.version_id}"
