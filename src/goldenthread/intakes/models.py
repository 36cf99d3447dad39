"""Intakes that people apply to, and what a named person has ruled for one of them."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from goldenthread.catalogue.models import ProgrammeVersion


class Intake(models.Model):
    """A January, September or term start of one programme version."""

    version = models.ForeignKey(ProgrammeVersion, on_delete=models.PROTECT, related_name="intakes")
    name = models.CharField(max_length=60)  # "September 2026"
    starts_on = models.DateField(db_index=True)
    applications_open_on = models.DateField()
    applications_close_on = models.DateField()
    places = models.PositiveIntegerField(null=True, blank=True)
    zone = models.CharField(max_length=60, default="Europe/London")
    delivery_models = models.JSONField(
        default=list
    )  # keys of the version's delivery models that are on offer
    event_mode = models.CharField(
        max_length=20, choices=[("in_person", "in person"), ("virtual", "virtual")], default="in_person"
    )
    created_at = models.DateTimeField()
    # The days for applications as they were, while the closing of the version keeps the intake shut.
    before_closing = models.JSONField(null=True, blank=True)

    class Meta:
        ordering = ["-starts_on", "id"]
        constraints = [
            models.UniqueConstraint(fields=["version", "starts_on"], name="intake_one_a_day"),
            models.CheckConstraint(
                condition=Q(applications_open_on__lte=F("applications_close_on")),
                name="intake_opens_before_it_closes",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version.programme.code} {self.name}"


class Ruling(models.Model):
    """A value that a named person chose where the sources disagree or are silent: for an intake or a version."""

    intake = models.ForeignKey(
        Intake, null=True, blank=True, on_delete=models.PROTECT, related_name="rulings"
    )
    version = models.ForeignKey(
        ProgrammeVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="rulings"
    )
    conflict = models.CharField(max_length=20, blank=True)  # "C-01": what a ruling of a version settles
    rule = models.CharField(max_length=90)  # "assessment.max_words"; the conflict's id where it has no figure
    value = models.JSONField()  # "" for a decision in words
    source = models.CharField(max_length=60, blank=True)
    reason = models.TextField(blank=True)
    chosen_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="rulings")
    chosen_at = models.DateTimeField()

    class Meta:
        ordering = ["intake", "version", "rule", "id"]
        constraints = [
            models.UniqueConstraint(fields=["intake", "rule"], name="ruling_one_per_rule"),
            models.UniqueConstraint(fields=["version", "rule"], name="ruling_one_per_rule_of_version"),
            models.CheckConstraint(
                condition=Q(intake__isnull=True, version__isnull=False)
                | Q(intake__isnull=False, version__isnull=True),
                name="ruling_of_an_intake_or_a_version",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule} = {self.value}"
