"""Markings: who marks which script, their marks point by point, what the marks agreed on, and who may not judge."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from goldenthread.assessment.models import Script, Window
from goldenthread.marking.coded import OfScript, OfScriptOrSeed
from goldenthread.marking.quality_models import Seed


class MarkingState(models.TextChoices):
    ALLOCATED = "allocated", "to mark"
    SUBMITTED = "submitted", "marked"


class Entered(models.Model):
    """What a marker enters beside the marks, and how long that took; of a marking, and of marks kept without one."""

    notes = models.JSONField(default=dict)  # {"<point number>": what was noted there}, for the moderator
    passages = models.JSONField(default=list)  # notes at passages, see `passage_rules`; for the moderator
    comment = models.TextField(blank=True)  # for the moderator
    # For the participant: a strength and a next step of the whole response, and by kind where the scheme has both.
    feedback = models.TextField(blank=True)
    next_step = models.TextField(blank=True)
    by_kind = models.JSONField(default=dict)  # {"<kind>": {"strength": …, "next_step": …}}
    evidence = models.TextField(blank=True)  # for the participant: where in the script both show
    seconds = models.PositiveIntegerField(default=0)  # of work, as far as saving shows it

    class Meta:
        abstract = True


class Marking(OfScriptOrSeed, Entered):
    """One marker's blind view of one script: first, second or third, or a re-mark that counts only by a decision; or of
    a seed, which is a script like any other to its marker and has no script of this window.
    """

    # None of a seed alone, which no query through a script ever meets: so who comes from a script needn't ask.
    script: "models.ForeignKey[Script | None, Script]" = models.ForeignKey(  # type: ignore[misc]
        Script, null=True, blank=True, on_delete=models.PROTECT, related_name="markings"
    )
    seed = models.OneToOneField(Seed, null=True, blank=True, on_delete=models.PROTECT, related_name="marking")
    position = models.PositiveSmallIntegerField()  # 1 first, 2 second, 3 third, from 4 a re-mark
    marker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="markings")
    state = models.CharField(max_length=20, choices=MarkingState, default=MarkingState.ALLOCATED)
    marks = models.JSONField(default=dict)  # {"<point number>": marks}
    learn_that = models.PositiveSmallIntegerField(null=True, blank=True)
    learn_how_to = models.PositiveSmallIntegerField(null=True, blank=True)
    revision = models.PositiveIntegerField(default=0)
    allocated_at = models.DateTimeField()
    due_on = models.DateField()
    touched_at = models.DateTimeField(null=True, blank=True)  # last opened or saved by its marker
    submitted_at = models.DateTimeField(null=True, blank=True)
    # What stands in place of the marks above after a discussion that came to an agreement; those above are kept.
    revised = models.JSONField(null=True, blank=True)  # {"<point number>": marks}
    revised_learn_that = models.PositiveSmallIntegerField(null=True, blank=True)
    revised_learn_how_to = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["due_on", "id"]
        indexes = [models.Index(fields=["marker", "state", "due_on"], name="marking_queue")]
        constraints = [
            models.UniqueConstraint(fields=["script", "position"], name="marking_one_per_position"),
            models.UniqueConstraint(fields=["script", "marker"], name="marking_once_per_marker"),
            models.CheckConstraint(
                condition=Q(script__isnull=False, seed__isnull=True)
                | Q(script__isnull=True, seed__isnull=False),
                name="marking_of_a_script_or_a_seed",
            ),
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
            models.CheckConstraint(
                condition=Q(
                    revised__isnull=True, revised_learn_that__isnull=True, revised_learn_how_to__isnull=True
                )
                | Q(
                    state="submitted",
                    revised__isnull=False,
                    revised_learn_that__isnull=False,
                    revised_learn_how_to__isnull=False,
                ),
                name="marking_revised_with_marks",
            ),
        ]

    def __str__(self) -> str:
        return f"marking {self.position} of {self.code}"

    @property
    def window(self) -> Window:
        """Whose scripts are being marked."""
        return self.seed.window if self.seed else self.script.sitting.window

    @property
    def words(self) -> int:
        return self.seed.script.words if self.seed else self.script.words

    @property
    def standing(self) -> dict[str, int]:
        """The marks that stand, by point: those of a discussion that came to an agreement, else the first ones."""
        marks: dict[str, int] = self.marks if self.revised is None else self.revised
        return marks

    @property
    def standing_by_kind(self) -> tuple[int, int]:
        """The same by kind: learn that, learn how to."""
        if self.revised is None:
            return self.learn_that or 0, self.learn_how_to or 0
        return self.revised_learn_that or 0, self.revised_learn_how_to or 0

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
    method = models.CharField(max_length=40)  # as "within tolerance", "after discussion"
    standing = models.CharField(
        max_length=5, blank=True
    )  # positions of the markings that stand: "1,2"; "" before
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


class DeclaredConflict(OfScriptOrSeed, models.Model):
    """Somebody's word that they can't judge a script without bias; from then on it never comes to them again."""

    # None where a marker gave a seed back, which asks nothing of anybody.
    script: "models.ForeignKey[Script | None, Script]" = models.ForeignKey(  # type: ignore[misc]
        Script, null=True, blank=True, on_delete=models.PROTECT, related_name="declared_conflicts"
    )
    seed = models.ForeignKey(
        Seed, null=True, blank=True, on_delete=models.PROTECT, related_name="declared_conflicts"
    )
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
            models.CheckConstraint(
                condition=Q(script__isnull=False, seed__isnull=True)
                | Q(script__isnull=True, seed__isnull=False),
                name="declared_conflict_about_a_script_or_a_seed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} can't judge {self.code}"

    @property
    def capacity(self) -> str:
        """Whether a marker or a moderator declared it: only a marker had a marking to give back."""
        return "moderator" if self.marking is None else "marker"


class SetAside(OfScript, Entered):
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
