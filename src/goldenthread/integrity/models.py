"""Fingerprints of scripts, comparisons, questions about scripts, and misconduct cases with their steps."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from goldenthread.assessment.models import Script, Sitting, Window
from goldenthread.catalogue.models import Programme


class Fingerprint(models.Model):
    """The kept numbers of a script's text, by a method; what is made by another method is made anew."""

    script = models.OneToOneField(Script, on_delete=models.PROTECT, related_name="fingerprint")
    method = models.CharField(max_length=40)
    numbers = models.BinaryField()

    class Meta:
        ordering = ["script"]

    def __str__(self) -> str:
        return f"{self.method} of {self.script_id}"


class KnownText(models.Model):
    """A quotation that many people of a programme use, and that says nothing about any two of them."""

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="known_texts")
    title = models.CharField(max_length=200)
    text = models.TextField()
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        ordering = ["programme", "title", "id"]

    def __str__(self) -> str:
        return self.title


class Comparison(models.Model):
    """That the scripts of a window were compared, with each other and with those of other windows; or, with a `reason`,
    that somebody decided that they are not.
    """

    window = models.ForeignKey(Window, on_delete=models.PROTECT, related_name="comparisons")
    at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    scripts = models.PositiveIntegerField()  # of the window
    others = models.PositiveIntegerField()  # of other windows of the programme
    flags = models.PositiveIntegerField()  # new ones
    reason = models.TextField(blank=True)  # why they were not compared; "" where they were
    common = models.BinaryField()  # the kept numbers that too many texts had to say anything about two

    class Meta:
        ordering = ["window", "-at", "-id"]

    def __str__(self) -> str:
        return f"comparison of window {self.window_id} at {self.at}"


class AskedComparison(models.Model):
    """That somebody asked for the scripts of a window to be compared, and what became of it: the worker does it."""

    window = models.ForeignKey(Window, on_delete=models.PROTECT, related_name="asked_comparisons")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    state = models.CharField(
        max_length=20,
        choices=[("waiting", "waiting"), ("running", "under way"), ("done", "done"), ("failed", "failed")],
        default="waiting",
    )
    tries = models.PositiveSmallIntegerField(default=0)
    started_at = models.DateTimeField(null=True, blank=True)  # of the last try
    ended_at = models.DateTimeField(null=True, blank=True)
    comparison = models.OneToOneField(
        Comparison, null=True, blank=True, on_delete=models.PROTECT, related_name="asked"
    )
    fault = models.TextField(blank=True)  # what went wrong and what to do, for the office

    class Meta:
        ordering = ["window", "-asked_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["window"],
                condition=Q(state__in=["waiting", "running"]),
                name="asked_comparison_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "running"], ended_at__isnull=True, comparison__isnull=True)
                | Q(state="done", ended_at__isnull=False, comparison__isnull=False)
                | Q(state="failed", ended_at__isnull=False, comparison__isnull=True),
                name="asked_comparison_ended_with_result",
            ),
        ]

    def __str__(self) -> str:
        return f"comparison of window {self.window_id}, {self.state}"

    @property
    def under_way(self) -> bool:
        return self.state in ("waiting", "running")


class Flag(models.Model):
    """A question about a script, and about another one where they share passages. Open, it holds both results."""

    kind = models.CharField(
        max_length=20, choices=[("similarity", "shared passages"), ("concern", "concern")]
    )
    script = models.ForeignKey(Script, on_delete=models.PROTECT, related_name="flags")
    other = models.ForeignKey(
        Script, null=True, blank=True, on_delete=models.PROTECT, related_name="flags_as_other"
    )
    comparison = models.ForeignKey(
        Comparison, null=True, blank=True, on_delete=models.PROTECT, related_name="found"
    )
    words = models.PositiveIntegerField(default=0)  # in shared passages
    note = models.TextField(blank=True)  # what somebody noticed
    raised_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    raised_at = models.DateTimeField()
    state = models.CharField(
        max_length=20,
        choices=[("open", "to look at"), ("nothing", "nothing to follow"), ("case", "led to a case")],
        default="open",
    )
    reason = models.TextField(blank=True)  # of the answer
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-words", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["script", "other"], condition=Q(kind="similarity"), name="flag_pair_once"
            ),
            models.CheckConstraint(
                condition=Q(other__isnull=True) | Q(script__lt=F("other")), name="flag_pair_in_order"
            ),
            models.CheckConstraint(
                condition=Q(state="open", answered_by__isnull=True, answered_at__isnull=True)
                | (~Q(state="open") & Q(answered_by__isnull=False, answered_at__isnull=False)),
                name="flag_answered_by_and_at",
            ),
        ]

    def __str__(self) -> str:
        return f"question {self.pk}"


class ConcernKind(models.TextChoices):
    COLLUSION = "collusion", "Worked on together: it looks shared with somebody else's work"
    GHOST = "ghost", "Written by somebody else, as far as I can tell"
    AI = "ai", "Written by AI, beyond what is said about it"
    NAMES = "names", "Something in it tells who wrote it"
    SAFEGUARDING = "safeguarding", "Safeguarding: somebody may be harmed or at risk"
    OTHER = "other", "Something else"


class Concern(models.Model):
    """What a marker or moderator saw in a script and put before the office. It is a question about the script; one
    about a script whose marks are known has no author to ask, and is answered here, so that nothing tells it from the
    others.
    """

    window = models.ForeignKey(Window, on_delete=models.PROTECT, related_name="concerns")
    code = models.CharField(max_length=10)  # by which who raised it knows the script
    flag = models.OneToOneField(
        Flag, null=True, blank=True, on_delete=models.PROTECT, related_name="concern"
    )  # None: of a script whose marks are known
    kind = models.CharField(max_length=20, choices=ConcernKind)
    note = models.TextField()
    quote = models.TextField(blank=True)  # the passage, as it was shown
    raised_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="concerns_raised"
    )
    raised_at = models.DateTimeField()
    form_key = models.UUIDField(unique=True)
    answer = models.TextField(blank=True)  # of one without a question
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["raised_at", "id"]
        constraints = [
            models.CheckConstraint(condition=~Q(note=""), name="concern_with_words"),
            models.CheckConstraint(
                condition=Q(answered_by__isnull=True, answered_at__isnull=True, answer="")
                | Q(flag__isnull=True, answered_by__isnull=False, answered_at__isnull=False),
                name="concern_answered_by_and_at",
            ),
        ]

    def __str__(self) -> str:
        return f"concern {self.pk}"

    @property
    def answered(self) -> bool:
        """Whether somebody has answered it; its question is loaded."""
        return self.flag.state != "open" if self.flag else self.answered_at is not None


class MisconductCase(models.Model):
    """What follows from a question where somebody makes an allegation; its steps say everything else."""

    sitting = models.ForeignKey(Sitting, on_delete=models.PROTECT, related_name="misconduct_cases")
    flag = models.ForeignKey(Flag, null=True, blank=True, on_delete=models.PROTECT, related_name="cases")
    opened_at = models.DateTimeField()
    holds = models.BooleanField(default=True)  # kept by the actions: rules.is_open of its steps
    verdict = models.CharField(max_length=20, blank=True)  # likewise rules.verdict_of

    class Meta:
        ordering = ["-opened_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["sitting", "flag"], name="case_once_per_question"),
        ]

    def __str__(self) -> str:
        return f"case {self.pk}"


class CaseStep(models.Model):
    """One step of a case: what, by whom, when, in which words. Never changed."""

    case = models.ForeignKey(MisconductCase, on_delete=models.PROTECT, related_name="steps")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(
        max_length=20,
        choices=[
            ("allegation", "allegation"),
            ("statement", "statement of the participant"),
            ("hearing", "hearing"),
            ("decision", "decision"),
            ("appeal", "appeal"),
            ("appeal_decision", "decision on the appeal"),
        ],
    )
    value = models.CharField(max_length=20, blank=True)
    text = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    form_key = models.UUIDField(unique=True)

    class Meta:
        ordering = ["case", "number"]
        constraints = [
            models.UniqueConstraint(fields=["case", "number"], name="case_step_number_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.case_id}"
