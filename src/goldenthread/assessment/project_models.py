"""Projects: plan and account of one task, boards and placement, files of evidence, links for people outside."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from goldenthread.applications.models import Enrolment
from goldenthread.assessment.models import Script
from goldenthread.common.models import StoredFile
from goldenthread.people.models import School


class SchoolCalendar(models.Model):
    """The terms, weekend and holidays of one school, or of a region for all its schools that have none of their own."""

    school = models.OneToOneField(
        School, null=True, blank=True, on_delete=models.PROTECT, related_name="calendar"
    )
    region = models.CharField(max_length=60, blank=True)  # a country as the register of schools writes it
    terms = models.JSONField()  # [{"name", "first", "last"}]: "2019-01-07", or "01-07" for every year
    weekend = models.JSONField(default=list)  # 0 is Monday
    holidays = models.JSONField(default=list)  # a day, or {"first", "last"}
    half_days = models.CharField(max_length=10, default="half")  # what half a day counts: none, half, whole
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["region", "school"]
        constraints = [
            models.CheckConstraint(
                condition=Q(school__isnull=False, region="") | (Q(school__isnull=True) & ~Q(region="")),
                name="school_calendar_of_a_school_or_a_region",
            ),
            models.UniqueConstraint(
                fields=["region"], condition=~Q(region=""), name="school_calendar_once_per_region"
            ),
            models.CheckConstraint(
                condition=Q(half_days__in=["none", "half", "whole"]), name="school_calendar_half_days_known"
            ),
        ]

    def __str__(self) -> str:
        return f"calendar of {self.school or self.region}"


class Project(models.Model):
    """What one person plans and writes for one project task of their version; opened at its event or by staff."""

    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="projects")
    task = models.CharField(max_length=40)  # key of the version's task
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )  # None: by attendance
    opened_because = models.CharField(max_length=300)
    plan = models.JSONField(default=dict)  # focus, baseline, change; phases by key
    aims = models.JSONField(default=list)  # what is to be reached for each aim of the task, in its order
    measures = models.JSONField(default=list)  # [{"name", "before", "after", "review_on"}]
    starts_on = models.DateField(null=True, blank=True)
    implementation_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    account = models.JSONField(default=dict)  # text by key of the section
    revision = models.PositiveIntegerField(default=0)  # of the plan
    account_revision = models.PositiveIntegerField(default=0)
    saved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["enrolment", "task"]
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "task"], name="project_once_per_task"),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True)
                | Q(starts_on__isnull=True)
                | Q(ends_on__gte=F("starts_on")),
                name="project_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task} of {self.enrolment}"


class AtSchool(models.Model):
    """What was made for one placement school: of the register, or by its name. Both are empty for what is of none."""

    at_school = models.ForeignKey(School, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    at_text = models.CharField(max_length=200, blank=True)

    class Meta:
        abstract = True

    @property
    def at_name(self) -> str:
        return self.at_school.name if self.at_school else self.at_text

    def is_at(self, placement: "Placement | None") -> bool:
        """Whether it is of the school at which somebody is placed now; what is of a former one doesn't count."""
        return placement is not None and (self.at_school_id, self.at_text) == placement.where


class BoardRecord(AtSchool):
    """A plan presented to a governing board: whose, when, to whom, and what they said.

    That of a placement school is of the one in `at_school` or `at_text`. Whether the board itself confirmed it is said
    by its links alone (`project_signatures`).
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="boards")
    school = models.CharField(
        max_length=20, choices=[("home", "home school"), ("placement", "placement school")]
    )
    presented_on = models.DateField()
    board = models.CharField(max_length=200)
    attendees = models.TextField(blank=True)
    feedback = models.TextField(blank=True)
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["project", "school"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "school", "at_school"],
                condition=Q(at_school__isnull=False),
                name="board_record_once_per_placement",
            ),
            models.UniqueConstraint(
                fields=["project", "school", "at_text"],
                condition=Q(at_school__isnull=True),
                name="board_record_once_per_school",
            ),
            models.CheckConstraint(
                condition=Q(school="placement") | Q(at_school__isnull=True, at_text=""),
                name="board_record_of_home_at_no_placement",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.board}, {self.presented_on}"


class PlacementState(models.TextChoices):
    DRAFT = "", "not asked for yet"
    ASKED = "asked", "waiting for the programme office"
    APPROVED = "approved", "approved"
    DECLINED = "declined", "not accepted"


class Placement(models.Model):
    """Where somebody is placed for a task, how that school contrasts with their own, and whether staff agree."""

    project = models.OneToOneField(Project, on_delete=models.PROTECT, related_name="placement")
    school = models.ForeignKey(
        School, null=True, blank=True, on_delete=models.PROTECT, related_name="placements"
    )
    school_text = models.CharField(max_length=200, blank=True)  # a school that the register doesn't have
    host_name = models.CharField(max_length=200, blank=True)
    host_email = models.EmailField(max_length=254, blank=True)
    dimensions = models.JSONField(default=list)
    statement = models.TextField(blank=True)  # the two schools compared
    state = models.CharField(max_length=20, choices=PlacementState, blank=True, default=PlacementState.DRAFT)
    asked_at = models.DateTimeField(null=True, blank=True, db_index=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ["asked_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["", "asked"], decided_at__isnull=True, decided_by__isnull=True)
                | Q(state__in=["approved", "declined"], decided_at__isnull=False, decided_by__isnull=False),
                name="placement_decided_by_and_at",
            )
        ]

    def __str__(self) -> str:
        return f"placement at {self.school_name}"

    @property
    def school_name(self) -> str:
        return self.school.name if self.school else self.school_text

    @property
    def where(self) -> tuple[int | None, str]:
        """The school as what was made for it keeps it."""
        return self.school_id, self.school_text


class PlacementDay(models.Model):
    """A day, or half of one, at the placement school; confirmed by the host."""

    placement = models.ForeignKey(Placement, on_delete=models.PROTECT, related_name="days")
    on = models.DateField()
    half = models.BooleanField(default=False)
    note = models.CharField(max_length=300, blank=True)
    logged_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_as = models.CharField(max_length=200, blank=True)  # who answered, as the link named them

    class Meta:
        ordering = ["placement", "on"]
        constraints = [models.UniqueConstraint(fields=["placement", "on"], name="placement_day_once")]

    def __str__(self) -> str:
        return f"{self.on} at {self.placement}"


class Challenge(AtSchool):
    """What a placement school lacks, in resources or capability, now or soon."""

    placement = models.ForeignKey(Placement, on_delete=models.PROTECT, related_name="challenges")
    kind = models.CharField(max_length=40)
    horizon = models.CharField(max_length=40)
    text = models.TextField()
    form_key = models.UUIDField(unique=True)  # one filled-in form is one challenge, however often it is sent
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["placement", "id"]

    def __str__(self) -> str:
        return f"{self.horizon} {self.kind} challenge"


class ActionItem(models.Model):
    """One thing that the action plan has for a challenge."""

    challenge = models.ForeignKey(Challenge, on_delete=models.PROTECT, related_name="actions")
    text = models.TextField()
    owner = models.CharField(max_length=200, blank=True)
    due_on = models.DateField(null=True, blank=True)
    form_key = models.UUIDField(unique=True)
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["challenge", "id"]

    def __str__(self) -> str:
        return self.text[:60]


class ProjectFile(models.Model):
    """A file of supporting evidence, kept under its checksum; what was handed in stays when it is taken out here."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="files")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="project_files")
    name = models.CharField(max_length=255)
    words = models.PositiveIntegerField(default=0)  # counted apart from the account
    added_at = models.DateTimeField()

    class Meta:
        ordering = ["project", "added_at", "id"]
        constraints = [models.UniqueConstraint(fields=["project", "file"], name="project_file_once")]

    def __str__(self) -> str:
        return self.name


class HandedInFile(models.Model):
    """A file of evidence as it went with a script to the markers."""

    script = models.ForeignKey(Script, on_delete=models.PROTECT, related_name="evidence")
    number = models.PositiveSmallIntegerField()
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="handed_in_files")
    name = models.CharField(max_length=255)
    words = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["script", "number"]
        constraints = [
            models.UniqueConstraint(fields=["script", "number"], name="handed_in_file_number_once")
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.name}"


class LinkPurpose(models.TextChoices):
    BOARD = "board", "governing board"
    HOST = "host", "host of the placement"
    SPONSOR = "sponsor", "sponsor"


class ProjectLink(AtSchool):
    """A link with which somebody outside answers one question about one project, without an account.

    The address is signed and names this row and its purpose; the row says until when it counts, and at which placement
    school it asks a host or that school's board.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="links")
    purpose = models.CharField(max_length=20, choices=LinkPurpose)
    name = models.CharField(max_length=200)  # for whom it is
    email = models.EmailField(max_length=254)
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answer = models.JSONField(default=dict, blank=True)
    shown = models.JSONField(
        default=dict, blank=True
    )  # what they answered for; the answer counts while it is the same
    of_placement = models.BooleanField(default=False)  # asks the school in `at_school` or `at_text`

    class Meta:
        ordering = ["project", "-sent_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(purpose__in=LinkPurpose.values), name="project_link_purpose_known"
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("sent_at")), name="project_link_expires_after_it_is_sent"
            ),
        ]

    def __str__(self) -> str:
        return f"link for {self.name}"
