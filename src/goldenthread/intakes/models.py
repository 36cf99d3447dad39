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
    """A value that a named person chose for an intake where the sources disagree or are silent."""

    intake = models.ForeignKey(Intake, on_delete=models.PROTECT, related_name="rulings")
    rule = models.CharField(max_length=60)  # "assessment.max_words"
    value = models.JSONField()
    source = models.CharField(max_length=60, blank=True)
    reason = models.TextField(blank=True)
    chosen_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="rulings")
    chosen_at = models.DateTimeField()

    class Meta:
        ordering = ["intake", "rule", "id"]
        constraints = [models.UniqueConstraint(fields=["intake", "rule"], name="ruling_one_per_rule")]

    def __str__(self) -> str:
        return f"{self.rule} = {self.value}"
