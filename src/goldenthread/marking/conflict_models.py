"""Conflicts that a marker names before scripts are given out, and ones that arise once they are."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from goldenthread.assessment.models import Script
from goldenthread.marking.coded import OfScript
from goldenthread.marking.models import Entered
from goldenthread.people.models import School

USER = settings.AUTH_USER_MODEL


class Tie(models.TextChoices):
    RELATIVE = "relative", "A relative"
    CLOSE = "close", "Somebody I am close to"
    WORK = "work", "Somebody I work with, or did"
    SCHOOL = "school", "A school or another organisation"
    OTHER = "other", "Something else"


class Acquaintance(models.Model):
    """Somebody, or a school, whose work a marker or moderator says beforehand that they can't judge, by name: they
    don't learn who sits. The office says who that is.
    """

    user = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="acquaintances")
    name = models.CharField(max_length=200)  # of the person or the organisation, as it was written
    organisation = models.CharField(max_length=200, blank=True)  # where the person works
    tie = models.CharField(max_length=20, choices=Tie)
    note = models.TextField(blank=True)
    form_key = models.UUIDField(unique=True)  # one filled-in form is one declaration
    at = models.DateTimeField()
    ending = models.CharField(
        max_length=20,
        blank=True,
        choices=[
            ("found", "found among our people"),
            ("nobody", "none of our people"),
            ("taken_back", "taken back"),
        ],
    )
    ended_by = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["ending", "at"], name="acquaintance_by_ending")]
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="acquaintance_with_a_name"),
            models.CheckConstraint(
                condition=Q(ending="", ended_by__isnull=True, ended_at__isnull=True)
                | (~Q(ending="") & Q(ended_by__isnull=False, ended_at__isnull=False)),
                name="acquaintance_ended_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}, named by {self.user}"


class AcquaintanceMatch(models.Model):
    """Whom a declaration beforehand means, as somebody of the office found: a person, or everybody of a school."""

    acquaintance = models.ForeignKey(Acquaintance, on_delete=models.PROTECT, related_name="matches")
    person = models.ForeignKey(
        USER, null=True, blank=True, on_delete=models.PROTECT, related_name="known_to_markers"
    )
    school = models.ForeignKey(
        School, null=True, blank=True, on_delete=models.PROTECT, related_name="known_to_markers"
    )
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["acquaintance", "id"]
        constraints = [
            models.UniqueConstraint(fields=["acquaintance", "person"], name="acquaintance_person_once"),
            models.UniqueConstraint(fields=["acquaintance", "school"], name="acquaintance_school_once"),
            models.CheckConstraint(
                condition=Q(person__isnull=False, school__isnull=True)
                | Q(person__isnull=True, school__isnull=False),
                name="acquaintance_means_a_person_or_a_school",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.acquaintance}: {self.person or self.school}"


class ArisenConflict(OfScript, Entered):
    """That a marker came to have a conflict with the author of a script they had: what they had entered, whole, and
    what became of it. Open marks went with the script; of submitted ones the office says whether they count.
    """

    script = models.ForeignKey(Script, on_delete=models.PROTECT, related_name="arisen_conflicts")
    marker = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="arisen_conflicts")
    marking = models.PositiveBigIntegerField(unique=True)  # its number; an open one is gone
    position = models.PositiveSmallIntegerField()
    causes = models.JSONField()  # keys of `causes.Cause`, in order
    marks = models.JSONField(default=dict)
    submitted_at = models.DateTimeField(null=True, blank=True)  # None: the marks were open
    at = models.DateTimeField()
    ending = models.CharField(
        max_length=20,
        blank=True,
        choices=[
            ("taken", "given to another marker"),
            ("before", "marked before it arose: the marks count"),
            ("count", "the marks count"),
        ],
    )  # empty: the office has to say, or has set the marks aside
    reason = models.TextField(blank=True)
    decided_by = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(submitted_at__isnull=True, ending="taken")
                | (Q(submitted_at__isnull=False) & ~Q(ending="taken")),
                name="arisen_conflict_takes_what_is_open",
            ),
            models.CheckConstraint(
                condition=(
                    ~Q(ending="count") & Q(decided_by__isnull=True, decided_at__isnull=True, reason="")
                )
                | (Q(ending="count", decided_by__isnull=False, decided_at__isnull=False) & ~Q(reason="")),
                name="arisen_conflict_decided_by_and_because",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.marker} came to know the author of {self.script}"
