"""Programmes, their versions (each a whole specification document), and frameworks with their statements."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from goldenthread.catalogue.specification import Specification
from goldenthread.catalogue.stored import specification_from_document


class Programme(models.Model):
    """A qualification under its code, over all its versions."""

    code = models.CharField(max_length=10, unique=True)
    name = models.CharField(max_length=200)
    family = models.CharField(max_length=20)
    closed = models.BooleanField(default=False)
    position = models.PositiveSmallIntegerField(default=0)
    replaced_by = models.ManyToManyField("self", symmetrical=False, blank=True, related_name="replaces")

    class Meta:
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return self.code


class ProgrammeVersion(models.Model):
    """One version of a programme. Frozen once somebody is enrolled on it; a change is a new version."""

    key = models.CharField(max_length=60, unique=True)  # "npqlt-reformed-international"
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="versions")
    edition = models.CharField(max_length=20)
    market = models.CharField(max_length=30)
    revision = models.PositiveSmallIntegerField(default=1)
    document = models.JSONField()
    decided = models.JSONField(default=dict)  # what the office decided over the document; see `deciding`
    sha256 = models.CharField(max_length=64)
    state = models.CharField(
        max_length=20,
        choices=[("draft", "draft"), ("published", "published"), ("closed", "closed")],
        default="published",
    )
    effective_from = models.DateField(null=True, blank=True)
    frozen_at = models.DateTimeField(null=True, blank=True)
    loaded_at = models.DateTimeField()

    class Meta:
        ordering = ["programme__position", "-effective_from", "market"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["draft", "published", "closed"]), name="version_state_is_known"
            ),
            models.UniqueConstraint(
                fields=["programme", "edition", "market", "revision"], name="version_revision_once"
            ),
            models.CheckConstraint(condition=Q(revision__gte=1), name="version_revision_from_1"),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def specification(self) -> Specification:
        """The whole specification as it counts; built once per content, however many rows ask."""
        return specification_from_document(self.sha256, self.document, self.decided)


class DraftState(models.TextChoices):
    DRAFT = "draft", "draft"
    CHECKED = "checked", "checked"
    PUBLISHED = "published", "published"
    DISCARDED = "discarded", "discarded"


class VersionDraft(models.Model):
    """A version in the making: the text of its file, which may be anything until it is checked."""

    key = models.CharField(max_length=60)  # the id that the text gives itself, as far as it can be read
    text = models.TextField()
    state = models.CharField(max_length=20, choices=DraftState, default=DraftState.DRAFT)
    revision = models.PositiveIntegerField(default=1)  # of the text: a save names the one it builds on
    based_on = models.ForeignKey(
        ProgrammeVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="drafts"
    )
    published_as = models.OneToOneField(
        ProgrammeVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="draft"
    )
    started_at = models.DateTimeField()
    edited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    edited_at = models.DateTimeField()
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    checked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-edited_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=DraftState.values), name="draft_state_is_known"),
            models.CheckConstraint(
                condition=Q(state="published", published_as__isnull=False)
                | (~Q(state="published") & Q(published_as__isnull=True)),
                name="draft_published_as_something",
            ),
            models.CheckConstraint(
                condition=Q(checked_at__isnull=True, checked_by__isnull=True)
                | Q(checked_at__isnull=False, checked_by__isnull=False),
                name="draft_checked_by_and_at",
            ),
        ]

    def __str__(self) -> str:
        return self.key


class Framework(models.Model):
    """The content of a programme: areas with statements. What ships is our own summary, marked as such."""

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="frameworks")
    edition = models.CharField(max_length=20)
    title = models.CharField(max_length=200)
    official = models.BooleanField(default=False)

    class Meta:
        ordering = ["programme", "edition"]
        constraints = [
            models.UniqueConstraint(fields=["programme", "edition"], name="framework_once_per_edition")
        ]

    def __str__(self) -> str:
        return self.title


class ContentArea(models.Model):
    """An area of a framework under its number there; legacy frameworks have leadership behaviours too."""

    framework = models.ForeignKey(Framework, on_delete=models.PROTECT, related_name="areas")
    kind = models.CharField(
        max_length=10,
        choices=[("area", "content area"), ("behaviour", "leadership behaviour")],
        default="area",
    )
    number = models.PositiveSmallIntegerField()
    key = models.CharField(max_length=60)
    name = models.CharField(max_length=200)

    class Meta:
        ordering = ["framework", "kind", "number"]
        constraints = [
            models.UniqueConstraint(fields=["framework", "kind", "number"], name="area_number_once"),
            models.UniqueConstraint(fields=["framework", "key"], name="area_key_once"),
            models.CheckConstraint(condition=Q(kind__in=["area", "behaviour"]), name="area_kind_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.name}"


class Statement(models.Model):
    """A *learn that* or *learn how to* statement. Incomplete ones are never shown or assessed as official."""

    area = models.ForeignKey(ContentArea, on_delete=models.PROTECT, related_name="statements")
    code = models.CharField(max_length=30, unique=True)  # "NPQLT-AT-LT4"
    kind = models.CharField(
        max_length=20, choices=[("learn_that", "learn that"), ("learn_how_to", "learn how to")]
    )
    number = models.PositiveSmallIntegerField()
    text = models.TextField()
    complete = models.BooleanField(default=True)
    summary = models.BooleanField(default=True)

    class Meta:
        ordering = ["area", "kind", "number"]
        constraints = [
            models.UniqueConstraint(fields=["area", "kind", "number"], name="statement_number_once"),
            models.CheckConstraint(
                condition=Q(kind__in=["learn_that", "learn_how_to"]), name="statement_kind_is_known"
            ),
        ]

    def __str__(self) -> str:
        return self.code
