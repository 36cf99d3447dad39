"""How a window's marking is run, scripts whose marks are known, who is qualified by them, and whom seeds stopped."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from goldenthread.assessment.models import MarkScheme, Script, Window
from goldenthread.common.models import StoredFile
from goldenthread.marking.of_scheme import trail_of

USER = settings.AUTH_USER_MODEL


class MarkingPolicy(models.Model):
    """How the marking of a window is run; a later row replaces an earlier one until scripts are allocated."""

    window = models.ForeignKey(Window, on_delete=models.PROTECT, related_name="marking_policies")
    standardised = models.BooleanField()
    each = models.PositiveSmallIntegerField()
    altogether = models.PositiveSmallIntegerField()
    attempts = models.PositiveSmallIntegerField()
    seed_percent = models.PositiveSmallIntegerField()
    seed_tolerance = models.PositiveSmallIntegerField()
    stop_count = models.PositiveSmallIntegerField()
    stop_of = models.PositiveSmallIntegerField()
    second = models.CharField(
        max_length=10,
        choices=[
            ("every", "Every script gets a second marker"),
            ("sample", "A share, drawn by lot, gets a second marker"),
            ("none", "No script gets a second marker"),
        ],
    )
    second_percent = models.PositiveSmallIntegerField()
    tolerance = models.PositiveSmallIntegerField(null=True, blank=True)  # None: the mark scheme's
    lease_days = models.PositiveSmallIntegerField(null=True, blank=True)  # None: scripts stay
    apart = models.CharField(
        max_length=10,
        default="third",
        choices=[
            ("third", "A third marker decides"),
            (
                "discussion",
                "The two discuss the script first; a third marker decides if they still don't agree",
            ),
        ],
    )
    discussion_days = models.PositiveSmallIntegerField(default=5)
    pair = models.CharField(
        max_length=10,
        default="mean",
        choices=[
            ("mean", "Their mean, in half marks"),
            ("higher", "The higher of the two"),
        ],
    )  # what stands where two agree
    third = models.CharField(
        max_length=10,
        default="alone",
        choices=[
            ("alone", "The third marker's marks alone"),
            ("closest", "The mean of the closest two that say the same about the pass mark"),
            ("median", "The marking in the middle of the three"),
        ],
    )  # what stands after a third marking
    reason = models.TextField()
    set_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        ordering = ["window", "-set_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="marking_policy_with_reason"),
            models.CheckConstraint(
                condition=Q(stop_count__gte=1, stop_count__lte=F("stop_of")), name="marking_policy_stops"
            ),
            models.CheckConstraint(
                condition=Q(pair__in=["mean", "higher"], third__in=["alone", "closest", "median"]),
                name="marking_policy_combines",
            ),
        ]

    def __str__(self) -> str:
        return f"marking policy of {self.window}"


class KnownSet(models.Model):
    """Scripts whose marks by one version of a mark scheme are known: for practice before marking, or as seeds in it.
    Two people of the office make one: one writes it, the other agrees the marks; from then on it never changes. One
    whose marks turn out to be wrong is withdrawn: it stays as it is, and nothing counts by it.
    """

    scheme = models.ForeignKey(MarkScheme, on_delete=models.PROTECT, related_name="known_sets")
    use = models.CharField(max_length=10, choices=[("practice", "standardisation"), ("seeds", "seeds")])
    number = models.PositiveSmallIntegerField()
    made_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    agreed_by = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    agreed_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_because = models.TextField(blank=True)

    class Meta:
        ordering = ["scheme", "use", "number"]
        constraints = [
            models.UniqueConstraint(fields=["scheme", "use", "number"], name="known_set_number_once"),
            models.CheckConstraint(
                condition=Q(agreed_by__isnull=True, agreed_at__isnull=True)
                | (Q(agreed_by__isnull=False, agreed_at__isnull=False) & ~Q(agreed_by=F("made_by"))),
                name="known_set_agreed_by_another",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_by__isnull=True, withdrawn_at__isnull=True, withdrawn_because="")
                | (
                    Q(withdrawn_by__isnull=False, withdrawn_at__isnull=False, agreed_at__isnull=False)
                    & ~Q(withdrawn_because="")
                ),
                name="known_set_withdrawn_by_and_because",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_use_display()} set {self.number}"

    @property
    def trail(self) -> str:
        """Under what the audit trail keeps what happens to it. No query where its scheme is loaded."""
        return trail_of(self.scheme.case_study_id, self.scheme_id)


class KnownScript(models.Model):
    """An invented script, or a former one without names, with the marks that are right for it and why."""

    set = models.ForeignKey(KnownSet, on_delete=models.PROTECT, related_name="scripts")
    number = models.PositiveSmallIntegerField()
    text = models.TextField()
    parts = models.JSONField(default=dict)  # text by part key; {} for an undivided response
    words = models.PositiveIntegerField()
    marks = models.JSONField()  # {"<point number>": marks}
    learn_that = models.PositiveSmallIntegerField()
    learn_how_to = models.PositiveSmallIntegerField()
    reasons = models.JSONField(default=dict)  # {"<point number>": why}
    reason = models.TextField()  # of the whole
    taken_from = models.ForeignKey(
        Script, null=True, blank=True, on_delete=models.PROTECT, related_name="known_copies"
    )  # a former script, whose names are covered here; only the office can tell
    form_key = models.UUIDField(unique=True)

    class Meta:
        ordering = ["set", "number"]
        constraints = [
            models.UniqueConstraint(fields=["set", "number"], name="known_script_number_once"),
            models.CheckConstraint(condition=~Q(text=""), name="known_script_with_text"),
            models.CheckConstraint(condition=~Q(reason=""), name="known_script_with_reason"),
        ]

    def __str__(self) -> str:
        return f"script {self.number} of {self.set}"

    @property
    def total(self) -> int:
        return self.learn_that + self.learn_how_to


class KnownFile(models.Model):
    """A file of evidence of a known script of a project task: of the former one, or added by whoever wrote it."""

    script = models.ForeignKey(KnownScript, on_delete=models.PROTECT, related_name="evidence")
    number = models.PositiveSmallIntegerField()
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="known_evidence")
    words = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["script", "number"]
        constraints = [
            models.UniqueConstraint(fields=["script", "number"], name="known_file_number_once"),
            models.UniqueConstraint(fields=["script", "file"], name="known_file_once"),
        ]

    def __str__(self) -> str:
        return f"evidence {self.number} of {self.script}"


class Attempt(models.Model):
    """A marker at one practice set; once every script is marked, whether that qualifies them."""

    marker = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="marking_attempts")
    set = models.ForeignKey(KnownSet, on_delete=models.PROTECT, related_name="attempts")
    window = models.ForeignKey(
        Window, on_delete=models.PROTECT, related_name="marking_attempts"
    )  # its policy counts
    begun_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    qualified = models.BooleanField(null=True, blank=True)
    worst = models.PositiveSmallIntegerField(null=True, blank=True)  # marks
    altogether = models.PositiveSmallIntegerField(null=True, blank=True)  # marks
    reasons = models.JSONField(default=list)

    class Meta:
        ordering = ["begun_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["marker", "set"], name="attempt_once_per_set"),
            models.CheckConstraint(
                condition=Q(finished_at__isnull=True, qualified__isnull=True)
                | Q(finished_at__isnull=False, qualified__isnull=False),
                name="attempt_finished_with_a_verdict",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.marker} at {self.set}"


class PracticeMarks(models.Model):
    """What a marker gave one script of a practice set; submitted, it never changes."""

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="given")
    script = models.ForeignKey(KnownScript, on_delete=models.PROTECT, related_name="practised")
    marks = models.JSONField()
    learn_that = models.PositiveSmallIntegerField()
    learn_how_to = models.PositiveSmallIntegerField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["attempt", "script"]
        constraints = [
            models.UniqueConstraint(fields=["attempt", "script"], name="practice_marks_once_per_script")
        ]

    def __str__(self) -> str:
        return f"{self.attempt}: {self.script}"

    @property
    def total(self) -> int:
        return self.learn_that + self.learn_how_to


class PracticeDraft(models.Model):
    """What a marker has entered so far for a script of a practice set; gone once its marks are submitted."""

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="drafts")
    script = models.ForeignKey(KnownScript, on_delete=models.PROTECT, related_name="drafts")
    marks = models.JSONField(default=dict)  # {"<point number>": marks}, with gaps
    revision = models.PositiveIntegerField(default=0)
    at = models.DateTimeField()

    class Meta:
        ordering = ["attempt", "script"]
        constraints = [
            models.UniqueConstraint(fields=["attempt", "script"], name="practice_draft_once_per_script")
        ]

    def __str__(self) -> str:
        return f"draft of {self.attempt}: {self.script}"


class Clearance(models.Model):
    """The office's word that a marker may, or may not, mark by a version of a mark scheme, whatever a set said; the
    latest word counts.
    """

    marker = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="marking_clearances")
    scheme = models.ForeignKey(MarkScheme, on_delete=models.PROTECT, related_name="marking_clearances")
    qualified = models.BooleanField()
    again = models.BooleanField(
        default=False
    )  # not qualified yet, and may try one set more than the policy says
    reason = models.TextField()
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="clearance_with_reason"),
            models.CheckConstraint(condition=Q(again=False) | Q(qualified=False), name="clearance_or_again"),
        ]

    def __str__(self) -> str:
        return f"{self.marker} {'may' if self.qualified else 'may not'} mark"


class Seed(models.Model):
    """A known script among the scripts of one marker in one window, under a code of its own; nothing shows which it
    is.
    """

    window = models.ForeignKey(Window, on_delete=models.PROTECT, related_name="seeds")
    script = models.ForeignKey(KnownScript, on_delete=models.PROTECT, related_name="seeds")
    marker = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="seeds")
    code = models.CharField(max_length=10, unique=True)  # as a sitting's, and another one for every marker
    at = models.DateTimeField()
    marked_at = models.DateTimeField(null=True, blank=True)
    difference = models.SmallIntegerField(
        null=True, blank=True
    )  # marks above the known total; below: negative
    beyond = models.BooleanField(null=True, blank=True)

    class Meta:
        ordering = ["window", "marker", "id"]
        constraints = [
            models.UniqueConstraint(fields=["script", "marker"], name="seed_once_per_marker"),
            models.CheckConstraint(
                condition=Q(marked_at__isnull=True, difference__isnull=True, beyond__isnull=True)
                | Q(marked_at__isnull=False, difference__isnull=False, beyond__isnull=False),
                name="seed_marked_with_a_difference",
            ),
        ]

    def __str__(self) -> str:
        return f"seed {self.code}"


class Stop(models.Model):
    """A marker whom seeds stopped in a window, until somebody of the office lets them on or ends their marking."""

    window = models.ForeignKey(Window, on_delete=models.PROTECT, related_name="marking_stops")
    marker = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="marking_stops")
    at = models.DateTimeField()
    doubtful_since = models.DateTimeField(
        null=True, blank=True
    )  # the last good seed; None: from the beginning
    ending = models.CharField(
        max_length=10,
        blank=True,
        choices=[("lifted", "may mark on"), ("ended", "marks no more in this window")],
    )
    reason = models.TextField(blank=True)
    ended_by = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["window", "marker"], condition=~Q(ending="lifted"), name="stop_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(ending="", ended_by__isnull=True, ended_at__isnull=True)
                | (~Q(ending="") & Q(ended_by__isnull=False, ended_at__isnull=False) & ~Q(reason="")),
                name="stop_ended_by_and_because",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.marker} stopped in {self.window}"


class SingleMarked(models.Model):
    """A script that the lot gave one marker alone; without such a row a script gets two."""

    script = models.OneToOneField(Script, on_delete=models.PROTECT, related_name="single_marked")
    at = models.DateTimeField()

    class Meta:
        ordering = ["script"]

    def __str__(self) -> str:
        return f"{self.script} has one marker"
