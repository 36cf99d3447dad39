"""The log of writing: a row for every step, and one for a sitting whose steps were removed when their time was over."""

from django.db import models
from django.db.models import Q

from goldenthread.assessment.models import Sitting
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
