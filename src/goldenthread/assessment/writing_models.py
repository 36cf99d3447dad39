"""The log of writing: a row for every step, and one for a sitting whose steps were removed when their time was over."""

from django.db import models
from django.db.models import Q

from goldenthread.assessment.models import Script, Sitting
from goldenthread.assessment.rules.steps import How, Step


class WritingStep(models.Model):
    """One change of a draft that can be undone. Append-only by triggers until the sitting has a `WritingRemoval`."""

    sitting = models.ForeignKey(Sitting, on_delete=models.PROTECT, related_name="steps")
    number = models.PositiveIntegerField()  # from 1, over all parts; the last one is the draft's revision
    part = models.CharField(max_length=40, blank=True)  # "" for an undivided response
    position = models.PositiveIntegerField()  # in code points
    removed = models.TextField(blank=True)
    inserted = models.TextField(blank=True)
    before = models.CharField(max_length=64)  # SHA-256 of the part's text in UTF-8
    after = models.CharField(max_length=64)
    how = models.CharField(max_length=10, choices=[(one.value, one.label) for one in How])
    written_at = models.DateTimeField()  # as the browser says
    arrived_at = models.DateTimeField()  # as the server saw it

    class Meta:
        ordering = ["sitting", "number"]
        constraints = [
            models.UniqueConstraint(fields=["sitting", "number"], name="writing_step_number_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="writing_step_from_1"),
            models.CheckConstraint(
                condition=~Q(removed="", inserted=""), name="writing_step_changes_something"
            ),
        ]

    def __str__(self) -> str:
        return f"step {self.number} of sitting {self.sitting_id}"

    @property
    def step(self) -> Step:
        """The same as the rules take it."""
        return Step(
            number=self.number,
            part=self.part,
            position=self.position,
            removed=self.removed,
            inserted=self.inserted,
            before=self.before,
            after=self.after,
            written_at=self.written_at,
            how=How(self.how),
        )


class WritingRemoval(models.Model):
    """That the steps of a sitting were removed: when, how many, and the hash of each part's last text.

    Append-only by database triggers.
    """

    sitting = models.OneToOneField(Sitting, on_delete=models.PROTECT, related_name="writing_removal")
    steps = models.PositiveIntegerField()
    hashes = models.JSONField(default=dict)  # by part key
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"removal of the steps of sitting {self.sitting_id}"


class Why(models.TextChoices):
    """Why a text is kept beside the draft."""

    WAITS = "waits", "sent to be handed in while signed out"
    BESIDE = "beside", "it could not be the draft any more"
    LONG = "long", "longer than a draft can be"
    DEFERRED = "deferred", "it came when the sitting had been deferred"


class KeptText(models.Model):
    """A text as it arrived, which could be neither the draft nor a script then; never changed, but the long one and, of
    many that came after a deferral, the latest.
    """

    sitting = models.ForeignKey(Sitting, on_delete=models.PROTECT, related_name="kept_texts")
    why = models.CharField(max_length=10, choices=Why)
    texts = models.JSONField()  # by part key
    sha256 = models.CharField(max_length=64)  # of all parts, so that what comes twice is kept once
    written_at = models.DateTimeField(
        null=True, blank=True
    )  # as the browser says, of a text found on a device
    arrived_at = models.DateTimeField()  # as the server saw it
    script = models.OneToOneField(
        Script, null=True, blank=True, on_delete=models.PROTECT, related_name="kept_text"
    )  # what it became

    class Meta:
        ordering = ["-arrived_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["sitting", "why", "sha256"], name="kept_text_once"),
            models.UniqueConstraint(
                fields=["sitting"], condition=Q(why="long"), name="kept_text_one_long_of_a_sitting"
            ),
            models.CheckConstraint(
                condition=Q(why="waits") | Q(script__isnull=True), name="kept_text_handed_in_waited"
            ),
        ]

    def __str__(self) -> str:
        return f"kept text {self.pk} of sitting {self.sitting_id}"


class ParkedText(models.Model):
    """That a text was sent in time to be handed in while its writer was signed out, and waits in that browser's session
    until they sign in: only that it did, and when the latest one arrived. Allocation waits for it for its hour.
    """

    sitting = models.OneToOneField(Sitting, on_delete=models.CASCADE, related_name="parked_text")
    arrived_at = models.DateTimeField()

    class Meta:
        ordering = ["-arrived_at", "-id"]

    def __str__(self) -> str:
        return f"parked text of sitting {self.sitting_id}"
