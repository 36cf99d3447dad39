"""Documents on their way in, in pieces, and what is known of their safety."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from goldenthread.assessment.models import Script, Sitting
from goldenthread.common.models import StoredFile


class UploadState(models.TextChoices):
    BEGUN = "begun", "under way"
    COMPLETE = "complete", "looked at"
    HANDED_IN = "handed_in", "handed in"
    LATE = "late", "came too late"
    REFUSED = "refused", "refused"


UNDECIDED = (UploadState.BEGUN, UploadState.COMPLETE)  # can still become a script


class Upload(models.Model):
    """A document that somebody hands in: announced with its checksum, then received in pieces, then looked at.

    `first_at` is when its first byte arrived, which decides whether it is in time; the checksum was there with it.
    """

    ticket = models.UUIDField(default=uuid.uuid4, unique=True)  # its address
    sitting = models.ForeignKey(Sitting, on_delete=models.PROTECT, related_name="uploads")
    name = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    received = models.PositiveBigIntegerField(default=0)
    state = models.CharField(max_length=20, choices=UploadState, default=UploadState.BEGUN)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField(db_index=True)  # of the last piece, or look
    all_at = models.DateTimeField(null=True, blank=True)  # when all of it was there
    file = models.ForeignKey(StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    reading = models.ForeignKey(
        StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )  # what was found in it
    script = models.OneToOneField(
        Script, null=True, blank=True, on_delete=models.PROTECT, related_name="upload"
    )
    refused_at = models.DateTimeField(null=True, blank=True)
    refusal_code = models.CharField(max_length=60, blank=True)
    refusal = models.TextField(blank=True)  # why, and what to do next, as its owner was told
    # Who of the office let it be opened, though nothing is known of it. It says nothing of the same bytes elsewhere.
    let_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    let_at = models.DateTimeField(null=True, blank=True)
    let_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["-first_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["sitting", "sha256"],
                condition=~Q(state="handed_in"),
                name="upload_once_until_handed_in",
            ),
            models.CheckConstraint(
                condition=Q(state="begun", file__isnull=True)
                | (~Q(state="begun") & Q(file__isnull=False, all_at__isnull=False)),
                name="upload_has_a_file_once_it_is_all_there",
            ),
            models.CheckConstraint(
                condition=Q(state="handed_in", script__isnull=False)
                | (~Q(state="handed_in") & Q(script__isnull=True)),
                name="upload_handed_in_is_a_script",
            ),
            models.CheckConstraint(
                condition=(Q(state="refused", refused_at__isnull=False) & ~Q(refusal_code=""))
                | (~Q(state="refused") & Q(refused_at__isnull=True, refusal_code="", refusal="")),
                name="upload_refused_says_when_and_why",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def to_look_at(self) -> bool:
        """Whether it must be looked at before it can be handed in: not yet, or refused when it was."""
        return self.state in (UploadState.BEGUN, UploadState.REFUSED)

    @property
    def percent(self) -> int:
        """How much of it is here, in whole percent."""
        return self.received * 100 // self.size


class UploadPiece(models.Model):
    """Bytes of a document from an offset on, kept as a file of its own until the whole is there."""

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="pieces")
    offset = models.PositiveBigIntegerField()
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["upload", "offset"]
        constraints = [models.UniqueConstraint(fields=["upload", "offset"], name="upload_piece_once")]

    def __str__(self) -> str:
        return f"{self.upload} from {self.offset}"


class CheckState(models.TextChoices):
    WAITING = "waiting", "not scanned yet"
    CLEAN = "clean", "scanned, nothing found"
    FOUND = "found", "malware found"
    RELEASED = "released", "released by the office"
    TRUSTED = "trusted", "not scanned: there is no scanner"


HELD = (CheckState.WAITING, CheckState.FOUND)


class DocumentCheck(models.Model):
    """Whether markers may open a document that was handed in: one row for each content."""

    file = models.OneToOneField(StoredFile, on_delete=models.PROTECT, related_name="check_of")
    state = models.CharField(max_length=20, choices=CheckState, default=CheckState.WAITING)
    handed_in_at = models.DateTimeField()  # the first time
    tries = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True, blank=True, db_index=True)  # of the next try; None: none
    said = models.CharField(max_length=200, blank=True)  # by the scanner
    checked_at = models.DateTimeField(null=True, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ["handed_in_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=(
                    Q(state="released", released_by__isnull=False, released_at__isnull=False) & ~Q(reason="")
                )
                | (~Q(state="released") & Q(released_by__isnull=True, released_at__isnull=True, reason="")),
                name="document_released_by_name_and_reason",
            )
        ]

    def __str__(self) -> str:
        return f"{self.file}: {self.state}"

    @property
    def held(self) -> bool:
        return self.state in HELD
