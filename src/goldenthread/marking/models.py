"""Markings: who marks which script, their marks point by point, what the marks agreed on, and who may not judge."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from goldenthread.assessment.models import Script


class MarkingState(models.TextChoices):
    ALLOCATED = "allocated", "to mark"
    SUBMITTED = "submitted", "marked"


class Marking(models.Model):
    """One marker's blind view of one script: first, second or third, or a re-mark that counts only by a decision."""

    script = models.ForeignKey(Script, on_delete=models.PROTECT, related_name="markings")
    position = models.PositiveSmallIntegerField()  # 1 first, 2 second, 3 third, from 4 a re-mark
    marker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="markings")
    state = models.CharField(max_length=20, choices=MarkingState, default=MarkingState.ALLOCATED)
    marks = models.JSONField(default=dict)  # {"<point number>": marks}
    learn_that = models.PositiveSmallIntegerField(null=True, blank=True)
    learn_how_to = models.PositiveSmallIntegerField(null=True, blank=True)
    comment = models.TextField(blank=True)  # for the moderator
    feedback = models.TextField(blank=True)  # for the participant: a strength
    next_step = models.TextField(blank=True)  # for the participant: what to work on next
    revision = models.PositiveIntegerField(default=0)
    allocated_at = models.DateTimeField()
    due_on = models.DateField()
    submitted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["due_on", "id"]
        indexes = [models.Index(fields=["marker", "state", "due_on"], name="marking_queue")]
        constraints = [
            models.UniqueConstraint(fields=["script", "position"], name="marking_one_per_position"),
            models.UniqueConstraint(fields=["script", "marker"], name="marking_once_per_marker"),
            models.CheckConstraint(
                condition=Q(position__gte=1, position__lte=9), name="marking_position_1_to_9"
            ),
            models.CheckConstraint(
                condition=Q(state="allocated", submitted_at__isnull=True)
                | Q(
                    state="submitted",
                    submitted_at__isnull=False,
                    learn_that__isnull=False,
                    learn_how_to__isnull=False,
                ),
                name="marking_submitted_with_marks",
            ),
        ]

    def __str__(self) -> str:
        return f"marking {self.position} of {self.script}"

    @property
    def total(self) -> int | None:
        if self.learn_that is None or self.learn_how_to is None:
            return None
        return self.learn_that + self.learn_how_to


class AgreementState(models.TextChoices):
    AGREED = "agreed", "agreed"
    REFERRED = "referred", "referred to a third marker"


class Agreement(models.Model):
    """What the markings of a script came to. Marks are held in half marks, since a mean of two may end in .5."""

    script = models.OneToOneField(Script, on_delete=models.PROTECT, related_name="agreement")
    state = models.CharField(max_length=20, choices=AgreementState)
    method = models.CharField(max_length=40)  # "within tolerance", "third mark"
    half_marks_learn_that = models.PositiveSmallIntegerField(null=True, blank=True)
    half_marks_learn_how_to = models.PositiveSmallIntegerField(null=True, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["script"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="referred", half_marks_learn_that__isnull=True)
                | Q(
                    state="agreed",
                    half_marks_learn_that__isnull=False,
                    half_marks_learn_how_to__isnull=False,
                ),
                name="agreement_agreed_with_marks",
            )
        ]

    def __str__(self) -> str:
        return f"{self.script} {self.state}"

    @property
    def half_marks(self) -> int | None:
        if self.half_marks_learn_that is None or self.half_marks_learn_how_to is None:
            return None
        return self.half_marks_learn_that + self.half_marks_learn_how_to


class ConflictKind(models.TextChoices):
    RECOGNISED = "recognised", "I recognise the author"
    RELATION = "relation", "I work with the author, or am close to them"
    INVOLVED = "involved", "I helped with this work, or have read it before"
    OTHER = "other", "Something else"


class DeclaredConflict(models.Model):
    """Somebody's word that they can't judge a script without bias; from then on it never comes to them again."""

    script = models.ForeignKey(Script, on_delete=models.PROTECT, related_name="declared_conflicts")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="declared_conflicts"
    )
    kind = models.CharField(max_length=20, choices=ConflictKind)
    reason = models.TextField()
    at = models.DateTimeField()
    marking = models.PositiveBigIntegerField(
        null=True, blank=True
    )  # of a marker: the number of the marking that was given back, which is gone; an old page still gets an answer

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["script", "user"], name="declared_conflict_once"),
            models.CheckConstraint(condition=~Q(reason=""), name="declared_conflict_with_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.user} can't judge {self.script}"

    @property
    def capacity(self) -> str:
        """Whether a marker or a moderator declared it: only a marker had a marking to give back."""
        return "moderator" if self.marking is None else "marker"


class SetAside(models.Model):
    """Submitted marks that the office took out of the count, whole, with the reason; their marker never gets the
    script again.
    """

    script = models.ForeignKey(Script, on_delete=models.PROTECT, related_name="marks_set_aside")
    marker = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="marks_set_aside"
    )
    marking = models.PositiveBigIntegerField(unique=True)  # the number of the marking, which is gone
    position = models.PositiveSmallIntegerField()
    marks = models.JSONField()
    learn_that = models.PositiveSmallIntegerField()
    learn_how_to = models.PositiveSmallIntegerField()
    comment = models.TextField(blank=True)
    feedback = models.TextField(blank=True)
    next_step = models.TextField(blank=True)
    submitted_at = models.DateTimeField()
    reason = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["script", "marker"], name="set_aside_once_per_marker"),
            models.CheckConstraint(condition=~Q(reason=""), name="set_aside_with_reason"),
        ]

    def __str__(self) -> str:
        return f"marking {self.position} of {self.script}, set aside"
