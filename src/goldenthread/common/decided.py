"""Rows about which one person asks or proposes something and another decides: the fields and rules that they share."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class Decided(models.Model):
    """Who decided, when and why; empty while nobody has."""

    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_reason = models.TextField(blank=True)

    class Meta:
        abstract = True


class Asked(Decided):
    """Something that one person of the office asks for and another decides, kept either way. Its `state` is asked,
    approved, refused or taken_back.
    """

    form_key = models.UUIDField(unique=True)  # one filled-in form is one request, however often it is sent
    reason = models.TextField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()

    class Meta:
        abstract = True


def asked_rules(name: str, *, about: str) -> list[models.BaseConstraint]:
    """What holds of rows that are `Asked`, by constraints that begin with this name: one waits at a time about the same
    row (the field `about`), a request has its reason, and so has a decision, which is another person's.
    """
    decided = Q(state__in=["approved", "refused"], decided_by__isnull=False, decided_at__isnull=False)
    return [
        models.UniqueConstraint(fields=[about], condition=Q(state="asked"), name=f"{name}_one_waits"),
        models.CheckConstraint(condition=~Q(reason=""), name=f"{name}_with_reason"),
        models.CheckConstraint(
            condition=Q(state__in=["asked", "taken_back"], decided_by__isnull=True)
            | (decided & ~Q(decided_by=F("asked_by")) & ~Q(decision_reason="")),
            name=f"{name}_decided_by_another",
        ),
    ]
