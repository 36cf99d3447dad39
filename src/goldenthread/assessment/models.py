"""Case studies with their mark schemes, windows, sittings, drafts and scripts."""

from datetime import date
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from goldenthread.applications.models import Enrolment
from goldenthread.assessment.opened import Opened, OpenedPoint
from goldenthread.catalogue.models import ProgrammeVersion, Statement
from goldenthread.common.days import last_day
from goldenthread.common.models import StoredFile
from goldenthread.groups.models import Group
from goldenthread.intakes.models import Intake


class CaseStudy(Opened, models.Model):
    """An unseen case study. Its title, text, question and areas of need are under seal and are opened by
    `assessment.sealed` alone; until a window that uses it opens, only its authors can reach them.
    """

    version = models.ForeignKey(ProgrammeVersion, on_delete=models.PROTECT, related_name="case_studies")
    sealed = models.TextField()  # a seal over title, body and question at `revision`
    sealed_needs = models.TextField(blank=True)  # a seal over the areas of need; "" for none
    state = models.CharField(
        max_length=20, choices=[("draft", "draft"), ("published", "published")], default="draft"
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="case_studies"
    )
    created_at = models.DateTimeField()
    form_key = models.UUIDField(
        null=True, blank=True, unique=True
    )  # one filled-in form is one case study, however often it is sent
    revision = models.PositiveIntegerField(default=0)  # of the text; a page saves over the one that it shows
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    unlocked_at = models.DateTimeField(null=True, blank=True)  # opening of the first sitting let in
    fault = models.CharField(
        max_length=20, blank=True
    )  # why it did not open when last tried: code of the refusal
    withdrawn_at = models.DateTimeField(null=True, blank=True)  # from windows that had not opened
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    withdrawn_because = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="draft", published_at__isnull=True, published_by__isnull=True)
                | Q(state="published", published_at__isnull=False, published_by__isnull=False),
                name="case_study_published_by_and_at",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True, withdrawn_because="")
                | (Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False) & ~Q(withdrawn_because="")),
                name="case_study_withdrawn_by_and_because",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """What everybody may read, also who plans windows: it tells nothing of the case."""
        return f"Case study {self.pk}"


class MarkScheme(models.Model):
    """The mark scheme of one case study, frozen when that is published; or of a project task, frozen when it is made.

    The scheme of a task is one version of what its issuer hands out ("DfE", "v2017"); another version is another row.
    """

    case_study = models.OneToOneField(
        CaseStudy, null=True, blank=True, on_delete=models.PROTECT, related_name="scheme"
    )
    of = models.ForeignKey(
        ProgrammeVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="task_schemes"
    )
    task = models.CharField(max_length=40, blank=True)  # key of the version's task
    label = models.CharField(max_length=40, blank=True)  # the issuer's name for its version: "v2017"
    version = models.PositiveSmallIntegerField(default=1)
    issuer = models.CharField(max_length=100, default="lead provider")
    pass_mark = models.PositiveSmallIntegerField()
    tolerance = models.PositiveSmallIntegerField()  # marks by which two markers may differ and still agree
    # Its total, and that of each kind, as it states them itself; None where that wasn't asked for, or is not stated.
    printed_total = models.PositiveSmallIntegerField(null=True, blank=True)
    printed_learn_that = models.PositiveSmallIntegerField(null=True, blank=True)
    printed_learn_how_to = models.PositiveSmallIntegerField(null=True, blank=True)
    sealed = models.TextField(blank=True)  # of a case study: a seal over its points' texts at `revision`
    revision = models.PositiveIntegerField(default=0)  # as of the text; 0 before anything is saved

    class Meta:
        ordering = ["case_study", "of", "task", "label"]
        constraints = [
            models.CheckConstraint(
                condition=Q(case_study__isnull=False, of__isnull=True, task="", label="")
                | (Q(case_study__isnull=True, of__isnull=False) & ~Q(task="") & ~Q(label="")),
                name="mark_scheme_of_a_case_or_a_task",
            ),
            models.UniqueConstraint(
                fields=["of", "task", "label"],
                condition=Q(of__isnull=False),
                name="mark_scheme_label_once_per_task",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.issuer} {self.label}" if self.task else f"mark scheme of {self.case_study}"


class MarkPoint(OpenedPoint, models.Model):
    """One thing that marks are given for: it cites one framework statement and is of that statement's kind, or is a
    criterion of a project task, whose issuer cites none.
    """

    scheme = models.ForeignKey(MarkScheme, on_delete=models.PROTECT, related_name="points")
    number = models.PositiveSmallIntegerField()
    statement = models.ForeignKey(
        Statement, null=True, blank=True, on_delete=models.PROTECT, related_name="mark_points"
    )
    kind = models.CharField(
        max_length=20,
        choices=[
            ("learn_that", "learn that"),
            ("learn_how_to", "learn how to"),
            ("criterion", "criterion"),
        ],
    )
    criterion = models.CharField(max_length=400, blank=True)  # of a project task; of a case study under seal
    criterion_levels = models.TextField(
        blank=True, default=""
    )  # of a project task, a line each; else under seal
    maximum = models.PositiveSmallIntegerField()
    part = models.CharField(max_length=40, blank=True)  # key of the part of the response; "" for the whole

    class Meta:
        ordering = ["scheme", "number"]
        constraints = [
            models.UniqueConstraint(fields=["scheme", "number"], name="mark_point_number_once"),
            models.CheckConstraint(condition=Q(maximum__gt=0, maximum__lte=100), name="mark_point_has_marks"),
            models.CheckConstraint(
                condition=Q(kind__in=["learn_that", "learn_how_to"], statement__isnull=False, criterion="")
                | (Q(kind="criterion", statement__isnull=True) & ~Q(criterion="")),
                name="mark_point_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(criterion_levels="") | Q(kind="criterion"),
                name="mark_point_levels_of_a_criterion",
            ),
        ]

    def __str__(self) -> str:
        return f"mark point {self.number}"


class WindowState(models.TextChoices):
    SCHEDULED = "scheduled", "scheduled"
    CANCELLED = "cancelled", "cancelled"
    RELEASED = "released", "results released"


class Window(models.Model):
    """The eight days in which an intake sits a case study, or the longer time in which it hands in a project task."""

    intake = models.ForeignKey(Intake, on_delete=models.PROTECT, related_name="windows")
    task = models.CharField(
        max_length=40, blank=True
    )  # key of the version's project task; "" for a case study
    task_title = models.CharField(max_length=200, blank=True)
    scheme = models.ForeignKey(
        MarkScheme, null=True, blank=True, on_delete=models.PROTECT, related_name="task_windows"
    )  # of a project task; a case study has its own
    case_study = models.ForeignKey(
        CaseStudy, null=True, blank=True, on_delete=models.PROTECT, related_name="windows"
    )
    for_zone = models.CharField(
        max_length=60, blank=True
    )  # only those who live by this zone; "" for everybody
    for_group = models.ForeignKey(
        Group, null=True, blank=True, on_delete=models.PROTECT, related_name="windows"
    )  # only those with a place in it
    opens_on = models.DateField()
    days = models.PositiveSmallIntegerField(default=8)
    zone_rule = models.CharField(
        max_length=20,
        choices=[("window", "one zone for all"), ("participant", "each participant's own zone")],
        default="window",
    )
    zone = models.CharField(max_length=60, default="Europe/London")
    word_limit = models.PositiveIntegerField(null=True)  # None: a project task for which no limit is known
    parts = models.JSONField(
        default=list
    )  # [{"key": "problem", "title": "..."}]: empty for one undivided response
    word_rule = models.CharField(max_length=20)  # version of the word-count rule
    policies = models.JSONField(
        default=dict
    )  # `rules.policies.stated`: as the version had them when it was set
    state = models.CharField(max_length=20, choices=WindowState, default=WindowState.SCHEDULED)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-opens_on", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["intake", "opens_on", "task", "for_zone"],
                condition=~Q(state="cancelled") & Q(for_group__isnull=True),
                name="window_one_a_day_per_intake",
            ),
            models.UniqueConstraint(
                fields=["intake", "opens_on", "task", "for_group"],
                condition=~Q(state="cancelled") & Q(for_group__isnull=False),
                name="window_one_a_day_per_group",
            ),
            models.CheckConstraint(
                condition=Q(for_zone="") | Q(for_group__isnull=True), name="window_for_a_zone_or_a_group"
            ),
            models.CheckConstraint(
                condition=Q(days__gte=1, days__lte=60) | (Q(days__gte=1, days__lte=1100) & ~Q(task="")),
                name="window_has_days",
            ),
            models.CheckConstraint(
                condition=Q(task="", scheme__isnull=True, word_limit__isnull=False)
                | (~Q(task="") & Q(scheme__isnull=False, case_study__isnull=True)),
                name="window_of_a_case_or_a_task",
            ),
        ]

    def __str__(self) -> str:
        return f"window of {self.intake} from {self.opens_on}"

    @property
    def part(self) -> str:
        """Whom of the intake it is for; "" for everybody."""
        return f"group {self.for_group}" if self.for_group_id is not None else self.for_zone

    @property
    def mark_scheme(self) -> MarkScheme | None:
        """What its scripts are marked by; None while no case study is chosen."""
        return self.scheme if self.task else getattr(self.case_study, "scheme", None)


class SittingState(models.TextChoices):
    BOOKED = "booked", "booked"
    HELD_BACK = "held_back", "not released: entry condition not met"
    HANDED_IN = "handed_in", "handed in"
    DEFERRED = "deferred", "deferred to a later window"


class LiveSittings(models.Manager["Sitting"]):
    """The sittings that take part in their windows: all but those that were deferred."""

    def get_queryset(self) -> models.QuerySet["Sitting"]:
        return super().get_queryset().exclude(state=SittingState.DEFERRED)


class Sitting(models.Model):
    """One person's attempt in one window; its own instants, so that zone and adjustments are settled once.

    One that was deferred is no attempt: it stays for what was written and shown in it, and nothing that counts, judges,
    marks or releases a window finds it. Who wants it asks `everything`.
    """

    window = models.ForeignKey(Window, on_delete=models.PROTECT, related_name="sittings")
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="sittings")
    code = models.CharField(max_length=10, unique=True)  # what markers see instead of a name
    extra_days = models.PositiveSmallIntegerField(default=0)  # granted; `closes_at` holds them already
    extra_words = models.PositiveIntegerField(default=0)  # granted, above the window's limit
    opens_at = models.DateTimeField(db_index=True)
    closes_at = models.DateTimeField(db_index=True)
    zone = models.CharField(max_length=60)
    state = models.CharField(max_length=20, choices=SittingState, default=SittingState.BOOKED)
    released_at = models.DateTimeField(null=True, blank=True)  # when the entry gate was met and frozen
    gate = models.JSONField(
        default=dict, blank=True
    )  # what the gate found: code, message, missing minutes, waiver
    first_seen_at = models.DateTimeField(null=True, blank=True)
    draft = models.JSONField(default=dict)  # text by part key; "" for an undivided response
    draft_revision = models.PositiveIntegerField(default=0)
    draft_saved_at = models.DateTimeField(null=True, blank=True)

    objects = LiveSittings()  # the first, so that `window.sittings` and `enrolment.sittings` are these too
    everything = models.Manager["Sitting"]()

    class Meta:
        ordering = ["window", "code"]
        constraints = [
            models.UniqueConstraint(fields=["window", "enrolment"], name="sitting_once_per_window"),
            models.CheckConstraint(
                condition=Q(closes_at__gt=F("opens_at")), name="sitting_closes_after_it_opens"
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def word_limit(self) -> int | None:
        """The most words that this person may write: the window's limit and what was granted; None while a project's
        task has no limit.
        """
        limit = self.window.word_limit
        return None if limit is None else limit + self.extra_words

    @property
    def days(self) -> int:
        """The calendar days that this person has, with what was granted."""
        return self.window.days + self.extra_days

    @property
    def last_day(self) -> date:
        """The calendar day, in the sitting's zone, at the end of which it closes."""
        return last_day(self.closes_at, self.zone)


class Script(models.Model):
    """What somebody handed in. A replacement is a new row; exactly one is current."""

    sitting = models.ForeignKey(Sitting, on_delete=models.PROTECT, related_name="scripts")
    number = models.PositiveSmallIntegerField()
    key = models.CharField(
        max_length=64
    )  # idempotency key of the hand-in: the same key gets the same receipt
    current = models.BooleanField(default=True)
    text = models.TextField()  # what counts and what markers read; for an upload, extracted from it
    parts = models.JSONField(default=dict)
    file = models.ForeignKey(
        StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="scripts"
    )
    file_name = models.CharField(max_length=255, blank=True)
    words = models.PositiveIntegerField()
    word_counts = models.JSONField(default=dict)
    word_rule = models.CharField(max_length=20)
    sha256 = models.CharField(max_length=64)  # of the file's bytes, or of the text in UTF-8
    own_work = models.BooleanField()
    declared = models.JSONField(default=dict)  # `rules.policies.declared_record`; {}: only own work was asked
    received_at = models.DateTimeField()

    class Meta:
        ordering = ["sitting", "number"]
        constraints = [
            models.UniqueConstraint(fields=["sitting", "number"], name="script_number_once"),
            models.UniqueConstraint(fields=["sitting", "key"], name="script_key_once"),
            models.UniqueConstraint(
                fields=["sitting"], condition=Q(current=True), name="script_one_current_per_sitting"
            ),
            models.CheckConstraint(condition=Q(own_work=True), name="script_declares_own_work"),
        ]

    def __str__(self) -> str:
        return f"{self.sitting} script {self.number}"

    @property
    def receipt(self) -> dict[str, Any]:
        """What the person who handed in is told: time, checksum and count."""
        return {
            "number": self.number,
            "received_at": self.received_at,
            "sha256": self.sha256,
            "words": self.words,
        }


class CaseAccess(models.Model):
    """A record that somebody was shown a case study's unseen content, or took it out of the house in a national
    package. Append-only by database triggers.
    """

    case_study = models.ForeignKey(CaseStudy, on_delete=models.PROTECT, related_name="accesses")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    sitting = models.ForeignKey(
        Sitting, null=True, blank=True, on_delete=models.PROTECT, related_name="accesses"
    )
    capacity = models.CharField(
        max_length=20,
        choices=[
            ("author", "author"),
            ("participant", "participant"),
            ("marker", "marker"),
            ("moderator", "moderator"),
            ("package", "taken out in a national package"),
        ],
        default="author",
    )
    window = models.ForeignKey(
        Window, null=True, blank=True, on_delete=models.PROTECT, related_name="accesses"
    )  # whose package it went out in
    revision = models.PositiveIntegerField(
        null=True
    )  # of the text that was shown; None in the oldest records
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.user} saw {self.case_study_id} at {self.at}"


class CasePolicy(models.Model):
    """Whether an intake's people sit one case study or different ones by zone or group; a later row counts.

    No source says (G-19): an intake without a row sits one together.
    """

    intake = models.ForeignKey(Intake, on_delete=models.PROTECT, related_name="case_policies")
    apart = models.CharField(
        max_length=20,
        choices=[
            ("together", "one case study for all"),
            ("zone", "a different one for each time zone"),
            ("group", "a different one for each group"),
        ],
    )
    reason = models.TextField()
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        ordering = ["intake", "-set_at", "-id"]

    def __str__(self) -> str:
        return f"case policy of {self.intake_id}: {self.apart}"


class ReceiptKey(models.Model):
    """A public key that receipts were signed with. It stays, so that an old receipt can be checked at any time."""

    name = models.CharField(max_length=16, unique=True)  # from the key itself
    public = models.CharField(max_length=44)  # base64
    since = models.DateTimeField()

    class Meta:
        ordering = ["-since", "-id"]

    def __str__(self) -> str:
        return self.name
