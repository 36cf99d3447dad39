"""A discussion between the two markers of a script, what they wrote to each other, and how each answered."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from goldenthread.assessment.models import Script
from goldenthread.marking.coded import OfScript

USER = settings.AUTH_USER_MODEL


class Ending(models.TextChoices):
    AGREED = "agreed", "the marks agree"
    THIRD = "third", "a third marker decides"
    FELL = "fell", "it counts for nothing"


class Cause(models.TextChoices):
    ANSWERED = "answered", "both have answered"
    TIME = "time", "its last day has passed"
    ROLE = "role", "one of the two marks no more"
    STOPPED = "stopped", "the marking of one of the two is paused"
    CONFLICT = "conflict", "a conflict of interest has come up"
    OFFICE = "office", "the office ended it"
    ASIDE = "aside", "marks were set aside"
    REPLACED = "replaced", "the script was replaced"


class Discussion(OfScript, models.Model):
    """Two markers whose marks of a script don't agree, from the invitation until it ended. Markings are named by their
    numbers, since one that is set aside is gone.
    """

    script = models.ForeignKey(Script, on_delete=models.PROTECT, related_name="discussions")
    first_marker = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")  # "Marker A"
    second_marker = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")  # "Marker B"
    first_marking = models.PositiveBigIntegerField()
    second_marking = models.PositiveBigIntegerField()
    opened_at = models.DateTimeField()
    until_on = models.DateField()  # the last day for answering
    ending = models.CharField(max_length=10, blank=True, choices=Ending)
    cause = models.CharField(max_length=10, blank=True, choices=Cause)
    reason = models.TextField(blank=True)  # the office's
    ended_by = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["until_on", "id"]
        indexes = [models.Index(fields=["ending", "until_on"], name="discussion_open")]
        constraints = [
            models.UniqueConstraint(
                fields=["script"], condition=~Q(ending="fell"), name="discussion_one_of_a_script"
            ),
            models.CheckConstraint(
                condition=~Q(first_marker=F("second_marker")), name="discussion_between_two"
            ),
            models.CheckConstraint(
                condition=Q(ending="", cause="", ended_at__isnull=True)
                | (~Q(ending="") & ~Q(cause="") & Q(ended_at__isnull=False)),
                name="discussion_ended_with_a_cause",
            ),
            models.CheckConstraint(
                condition=~Q(cause="office") | (Q(ended_by__isnull=False) & ~Q(reason="")),
                name="discussion_ended_by_the_office_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"discussion of {self.code}"

    @property
    def markings(self) -> dict[int, int]:
        """The number of the marking of each side, by position."""
        return {1: self.first_marking, 2: self.second_marking}

    def position_of(self, user_id: int) -> int | None:
        """Which of the two somebody is; None for everybody else."""
        return {self.first_marker_id: 1, self.second_marker_id: 2}.get(user_id)


class DiscussionMessage(models.Model):
    """What one of the two wrote to the other. Never changed, never removed."""

    discussion = models.ForeignKey(Discussion, on_delete=models.PROTECT, related_name="messages")
    position = models.PositiveSmallIntegerField()
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    at = models.DateTimeField()
    form_key = models.UUIDField(unique=True)

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="discussion_message_with_text"),
            models.CheckConstraint(
                condition=Q(position__gte=1, position__lte=2), name="discussion_message_of_a_side"
            ),
        ]

    def __str__(self) -> str:
        return f"message in {self.discussion}"


class DiscussionAnswer(models.Model):
    """How one of the two answered, once: the marks that they give now. Never changed, never removed."""

    discussion = models.ForeignKey(Discussion, on_delete=models.PROTECT, related_name="answers")
    position = models.PositiveSmallIntegerField()
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    marking = models.PositiveBigIntegerField()  # the number of the marking that is answered for
    marks = models.JSONField()  # {"<point number>": marks}, all of them
    learn_that = models.PositiveSmallIntegerField()
    learn_how_to = models.PositiveSmallIntegerField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["discussion", "position"], name="discussion_answer_once"),
            models.CheckConstraint(
                condition=Q(position__gte=1, position__lte=2), name="discussion_answer_of_a_side"
            ),
        ]

    def __str__(self) -> str:
        return f"answer in {self.discussion}"


class MarkChange(models.Model):
    """One point that an answer marks otherwise, and why. Never changed, never removed."""

    answer = models.ForeignKey(DiscussionAnswer, on_delete=models.PROTECT, related_name="changes")
    point = models.PositiveSmallIntegerField()
    was = models.PositiveSmallIntegerField()
    now = models.PositiveSmallIntegerField()
    reason = models.TextField()

    class Meta:
        ordering = ["answer", "point"]
        constraints = [
            models.UniqueConstraint(fields=["answer", "point"], name="mark_change_once_per_point"),
            models.CheckConstraint(condition=~Q(reason=""), name="mark_change_with_reason"),
            models.CheckConstraint(condition=~Q(was=F("now")), name="mark_change_changes"),
        ]

    def __str__(self) -> str:
        return f"point {self.point}: {self.was} to {self.now}"
