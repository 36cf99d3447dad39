"""Tables that every package uses: the audit trail, the outbox, stored files and the day book of jobs."""

from django.db import models
from django.db.models import Q


class AuditEvent(models.Model):
    """One thing that was done, chained by hash to the event before it on the same subject. Append-only."""

    subject = models.CharField(max_length=80)
    sequence = models.PositiveIntegerField()
    verb = models.CharField(max_length=80)
    actor = models.CharField(max_length=40)
    actor_name = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField(db_index=True)
    details = models.JSONField(default=dict)
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["subject", "sequence"]
        constraints = [
            models.UniqueConstraint(fields=["subject", "sequence"], name="audit_one_event_per_place")
        ]

    def __str__(self) -> str:
        return f"{self.subject} #{self.sequence} {self.verb}"


class AuditAnchor(models.Model):
    """A nightly digest over every event since the last anchor: it ties the chains together. Append-only."""

    at = models.DateTimeField()
    last_event = models.BigIntegerField()
    events = models.PositiveIntegerField()
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"anchor {self.pk} to event {self.last_event}"


class OutboxMessage(models.Model):
    """Something to send, written in the transaction that decided it and delivered at least once by the worker."""

    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=200, unique=True)
    payload = models.JSONField(default=dict)
    recipient = models.CharField(
        max_length=254, blank=True, db_index=True
    )  # the address of a mail, to find it by
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    leased_until = models.DateTimeField(null=True, blank=True)
    lease = models.CharField(max_length=32, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    dead_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(
                fields=["due_at"],
                name="outbox_waiting",
                condition=Q(sent_at__isnull=True, dead_at__isnull=True),
            ),
            models.Index(fields=["-id"], name="outbox_dead", condition=Q(dead_at__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(sent_at__isnull=True) | Q(dead_at__isnull=True),
                name="outbox_sent_or_dead_not_both",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class StoredFile(models.Model):
    """Content kept once, under its SHA-256; the bytes are in the storage at `path`."""

    sha256 = models.CharField(max_length=64, unique=True)
    size = models.PositiveBigIntegerField()
    kind = models.CharField(max_length=20)
    stored_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.sha256

    @property
    def path(self) -> str:
        return f"{self.sha256[:2]}/{self.sha256[2:4]}/{self.sha256}"


class JobRun(models.Model):
    """When a job that runs by the clock was last done, so that two workers don't both do it."""

    name = models.CharField(max_length=60, unique=True)
    last_at = models.DateTimeField()
    result = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Allowance(models.Model):
    """How often one caller has done one thing in the current stretch of time; short-lived."""

    key = models.CharField(max_length=64, primary_key=True)
    used = models.PositiveIntegerField()
    ends_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["key"]

    def __str__(self) -> str:
        return f"{self.used} until {self.ends_at:%H:%M:%S}"


class ContentMark(models.Model):
    """The one row whose token triggers give anew when what visitors may read changes: `common.content_mark`."""

    token = models.CharField(max_length=36)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.token
