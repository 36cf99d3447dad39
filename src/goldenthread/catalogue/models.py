"""Programmes, their versions (each a whole specification document), and frameworks with their statements."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from goldenthread.catalogue.framework_cells import is_heading
from goldenthread.catalogue.framework_rules import (
    COUNTRIES,
    EVIDENCE_KINDS,
    LINK_KINDS,
    origin_of,
)
from goldenthread.catalogue.specification import Specification
from goldenthread.catalogue.stored import specification_from_document
from goldenthread.catalogue.variants import CHANGE_REASONS, CONTEXTS, PHASES
from goldenthread.common.models import StoredFile


class Programme(models.Model):
    """A qualification under its code, over all its versions."""

    code = models.CharField(max_length=10, unique=True)
    name = models.CharField(max_length=200)
    family = models.CharField(max_length=20)
    closed = models.BooleanField(default=False)
    position = models.PositiveSmallIntegerField(default=0)
    replaced_by = models.ManyToManyField("self", symmetrical=False, blank=True, related_name="replaces")

    class Meta:
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return self.code


class ProgrammeVersion(models.Model):
    """One version of a programme. Frozen once somebody is enrolled on it; a change is a new version."""

    key = models.CharField(max_length=60, unique=True)  # "npqlt-reformed-international"
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="versions")
    edition = models.CharField(max_length=20)
    market = models.CharField(max_length=30)
    revision = models.PositiveSmallIntegerField(default=1)
    document = models.JSONField()
    decided = models.JSONField(default=dict)  # what the office decided over the document; see `deciding`
    sha256 = models.CharField(max_length=64)
    state = models.CharField(
        max_length=20,
        choices=[("draft", "draft"), ("published", "published"), ("closed", "closed")],
        default="published",
    )
    effective_from = models.DateField(null=True, blank=True)
    frozen_at = models.DateTimeField(null=True, blank=True)
    loaded_at = models.DateTimeField()

    class Meta:
        ordering = ["programme__position", "-effective_from", "market"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["draft", "published", "closed"]), name="version_state_is_known"
            ),
            models.UniqueConstraint(
                fields=["programme", "edition", "market", "revision"], name="version_revision_once"
            ),
            models.CheckConstraint(condition=Q(revision__gte=1), name="version_revision_from_1"),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def specification(self) -> Specification:
        """The whole specification as it counts; built once per content, however many rows ask."""
        return specification_from_document(self.sha256, self.document, self.decided)


class DraftState(models.TextChoices):
    DRAFT = "draft", "draft"
    CHECKED = "checked", "checked"
    PUBLISHED = "published", "published"
    DISCARDED = "discarded", "discarded"


class VersionDraft(models.Model):
    """A version in the making: the text of its file, which may be anything until it is checked."""

    key = models.CharField(max_length=60)  # the id that the text gives itself, as far as it can be read
    name = models.CharField(max_length=200, blank=True)  # "NPQLT reformed, England", likewise
    text = models.TextField()
    state = models.CharField(max_length=20, choices=DraftState, default=DraftState.DRAFT)
    revision = models.PositiveIntegerField(default=1)  # of the text: a save names the one it builds on
    based_on = models.ForeignKey(
        ProgrammeVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="drafts"
    )
    published_as = models.OneToOneField(
        ProgrammeVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="draft"
    )
    started_at = models.DateTimeField()
    edited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    edited_at = models.DateTimeField()
    # Everybody whose words are in it: who handed the file in, and who saved a change. None of them publishes it.
    editors = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="+")
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    checked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-edited_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=DraftState.values), name="draft_state_is_known"),
            models.CheckConstraint(
                condition=Q(state="published", published_as__isnull=False)
                | (~Q(state="published") & Q(published_as__isnull=True)),
                name="draft_published_as_something",
            ),
            models.CheckConstraint(
                condition=Q(checked_at__isnull=True, checked_by__isnull=True)
                | Q(checked_at__isnull=False, checked_by__isnull=False),
                name="draft_checked_by_and_at",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.key or "Draft"


class Framework(models.Model):
    """The content of a programme: areas with statements. What ships is our own summary, marked as such.

    The highest revision of an edition is in force. Official text comes in as a new revision; the earlier ones stay
    for what cites them.
    """

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="frameworks")
    edition = models.CharField(max_length=20)
    revision = models.PositiveSmallIntegerField(default=1)
    title = models.CharField(max_length=200)
    official = models.BooleanField(default=False)
    source_url = models.URLField(max_length=500, blank=True)  # where the official text is published (S0-64)
    source_date = models.DateField(null=True, blank=True)
    licence = models.CharField(max_length=200, blank=True)
    link_checked_at = models.DateTimeField(null=True, blank=True)
    link_fault = models.CharField(max_length=200, blank=True)  # "" while the link answers (S4-07)
    digest = models.CharField(max_length=64, blank=True)  # of the imported content
    file = models.ForeignKey(StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    notes = models.JSONField(default=list, blank=True)  # what the import left for a person to look at
    imported_at = models.DateTimeField(null=True, blank=True)
    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["programme", "edition", "-revision"]
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "edition", "revision"], name="framework_revision_once"
            ),
            models.CheckConstraint(condition=Q(revision__gte=1), name="framework_revision_from_1"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def version_text(self) -> str:
        """ "official text, revision 2" or "our summary, revision 1"."""
        return f"{'official text' if self.official else 'our summary'}, revision {self.revision}"

    @property
    def full_name(self) -> str:
        """What no other framework is called: "NPQLT reformed (official text, revision 2)"."""
        return f"{self.programme.code} {self.edition} ({self.version_text})"


class FrameworkProposal(models.Model):
    """Framework text that one person of the office proposes, and that another one puts in force or declines.

    It is a file, or an earlier revision whose words are to come back. Until it is decided nobody sees, finds or cites
    anything of a file. `version` is the key of the version that it was read for, "" where the text names its programme
    itself.
    """

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="proposals")
    edition = models.CharField(max_length=20)
    version = models.CharField(max_length=100, blank=True)
    digest = models.CharField(max_length=64)
    file = models.ForeignKey(StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    file_name = models.CharField(max_length=100, blank=True)
    earlier = models.ForeignKey(
        Framework, null=True, blank=True, on_delete=models.PROTECT, related_name="proposed_back"
    )
    source_url = models.URLField(max_length=500, blank=True)
    source_date = models.DateField(null=True, blank=True)
    licence = models.CharField(max_length=200, blank=True)
    state = models.CharField(
        max_length=20,
        choices=[("proposed", "proposed"), ("in_force", "put in force"), ("declined", "declined")],
        default="proposed",
    )
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    framework = models.ForeignKey(
        Framework, null=True, blank=True, on_delete=models.PROTECT, related_name="proposals"
    )

    class Meta:
        ordering = ["-proposed_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "edition", "digest"],
                condition=Q(state="proposed"),
                name="framework_proposed_once",
            ),
            models.CheckConstraint(
                condition=Q(state="proposed", decided_at__isnull=True)
                | (~Q(state="proposed") & Q(decided_at__isnull=False)),
                name="framework_proposal_decided_at",
            ),
            models.CheckConstraint(
                condition=Q(file__isnull=False, earlier__isnull=True)
                | Q(file__isnull=True, earlier__isnull=False),
                name="framework_proposal_file_or_earlier",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.programme.code} {self.edition} from {self.origin}"

    @property
    def origin(self) -> str:
        """Where the words come from: the name of the file, or "revision 2"."""
        return f"revision {self.earlier.revision}" if self.earlier else self.file_name


class ContentArea(models.Model):
    """An area of a framework under its number there; legacy frameworks have leadership behaviours too.

    A table that came with the text and belongs to another framework is kept as kind "other", apart from the areas.
    """

    framework = models.ForeignKey(Framework, on_delete=models.PROTECT, related_name="areas")
    kind = models.CharField(
        max_length=10,
        choices=[
            ("area", "content area"),
            ("behaviour", "leadership behaviour"),
            ("other", "table of another framework"),
        ],
        default="area",
    )
    number = models.PositiveSmallIntegerField()
    key = models.CharField(max_length=60)  # the same in every programme (S0-20)
    code = models.CharField(max_length=6, blank=True)  # "AT" in the codes of its statements
    name = models.CharField(max_length=200)
    occurrences = models.PositiveSmallIntegerField(
        default=1
    )  # how often the imported text repeats it (S2-30)

    class Meta:
        ordering = ["framework", "kind", "number"]
        constraints = [
            models.UniqueConstraint(fields=["framework", "kind", "number"], name="area_number_once"),
            models.UniqueConstraint(fields=["framework", "key"], name="area_key_once"),
            models.CheckConstraint(
                condition=Q(kind__in=["area", "behaviour", "other"]), name="area_kind_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.name}"


class Statement(models.Model):
    """A *learn that* or *learn how to* statement. Incomplete ones are never shown or assessed as official.

    A *learn how to* statement is a sentence, or a heading with bullets; a heading without them is not complete.
    """

    area = models.ForeignKey(ContentArea, on_delete=models.PROTECT, related_name="statements")
    code = models.CharField(max_length=60, unique=True)  # "NPQLT-AT-LT4", "NPQLT.2-AT-LT4"
    kind = models.CharField(
        max_length=20, choices=[("learn_that", "learn that"), ("learn_how_to", "learn how to")]
    )
    number = models.PositiveSmallIntegerField()
    text = models.TextField()
    complete = models.BooleanField(default=True)
    summary = models.BooleanField(default=True)
    bullets = models.JSONField(default=list, blank=True)  # [{"text": ..., "complete": ...}] below a heading
    highlighted = models.BooleanField(default=False)  # shown on the programme's overview (S2-03)
    review_by = models.DateField(null=True, blank=True, db_index=True)
    revision = models.PositiveIntegerField(default=0)  # counts what the office changed

    class Meta:
        ordering = ["area", "kind", "number"]
        constraints = [
            models.UniqueConstraint(fields=["area", "kind", "number"], name="statement_number_once"),
            models.CheckConstraint(
                condition=Q(kind__in=["learn_that", "learn_how_to"]), name="statement_kind_is_known"
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def title_only(self) -> bool:
        """A whole heading whose bullets are not in the text: good to read, not to assess."""
        return not (self.complete or self.bullets) and self.kind == "learn_how_to" and is_heading(self.text)

    @property
    def doubt(self) -> str:
        """What a page must say beside a statement that is not whole; "" where it is (S2-32)."""
        if self.complete:
            return ""
        return "title only in our source" if self.title_only else "incomplete in our source"


class Evidence(models.Model):
    """A published source that the content rests on (S0-14, S2-21, S4-11)."""

    author = models.CharField(max_length=200)
    year = models.PositiveSmallIntegerField(null=True, blank=True)
    title = models.CharField(max_length=300)
    link = models.URLField(max_length=500, blank=True)
    kind = models.CharField(max_length=20, choices=list(EVIDENCE_KINDS.items()))
    country = models.CharField(max_length=10, choices=list(COUNTRIES.items()))
    link_checked_at = models.DateTimeField(null=True, blank=True)
    link_fault = models.CharField(max_length=200, blank=True)
    form_key = models.UUIDField(unique=True, null=True, blank=True)

    class Meta:
        ordering = ["author", "year", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=list(EVIDENCE_KINDS)), name="evidence_kind_is_known"),
            models.CheckConstraint(
                condition=Q(country__in=list(COUNTRIES)), name="evidence_country_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.author} ({self.year or 'no year'}): {self.title}"

    @property
    def origin_text(self) -> str:
        """ "review, UK" or "individual study, overseas (US)"."""
        country, origin = self.get_country_display(), origin_of(self.country)
        return f"{self.get_kind_display()}, " + (origin if origin == country else f"{origin} ({country})")

    @property
    def shown_link(self) -> str:
        """The address, unless the last check found it gone (S4-07)."""
        return "" if self.link_fault else self.link


class EvidenceUse(models.Model):
    """What a source supports: a content area in every programme that has it, or one statement."""

    evidence = models.ForeignKey(Evidence, on_delete=models.CASCADE, related_name="uses")
    area_key = models.CharField(max_length=60, blank=True, db_index=True)
    statement = models.ForeignKey(
        Statement, null=True, blank=True, on_delete=models.PROTECT, related_name="evidence_uses"
    )

    class Meta:
        ordering = ["evidence", "area_key", "id"]
        constraints = [
            models.CheckConstraint(
                condition=(Q(area_key="") & Q(statement__isnull=False))
                | (~Q(area_key="") & Q(statement__isnull=True)),
                name="evidence_supports_one_thing",
            ),
            models.UniqueConstraint(
                fields=["evidence", "area_key"], condition=~Q(area_key=""), name="evidence_once_per_area"
            ),
            models.UniqueConstraint(fields=["evidence", "statement"], name="evidence_once_per_statement"),
        ]

    def __str__(self) -> str:
        return f"{self.evidence_id} for {self.area_key or self.statement_id}"


class StatementLink(models.Model):
    """Two statements that a person linked: the same, nearly the same, or related (S2-19, S2-31)."""

    one = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="links_from")
    other = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="links_to")
    kind = models.CharField(max_length=10, choices=list(LINK_KINDS.items()))
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField()

    class Meta:
        ordering = ["one", "other"]
        constraints = [
            models.UniqueConstraint(fields=["one", "other"], name="statements_linked_once"),
            models.CheckConstraint(condition=Q(one__lt=F("other")), name="link_in_one_direction"),
            models.CheckConstraint(condition=Q(kind__in=list(LINK_KINDS)), name="link_kind_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.one_id} {self.kind} {self.other_id}"


class Variant(models.Model):
    """How a statement is put for a context, a locality or a phase, from a day on (S1-09, S2-05, S2-10).

    Never altered: a change is a further version, with its reason, and the earlier one stays for what was done
    under it.
    """

    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="variants")
    context = models.CharField(max_length=20, choices=list(CONTEXTS.items()), blank=True)
    locality = models.CharField(max_length=100, blank=True)
    phase = models.CharField(max_length=20, choices=list(PHASES.items()), blank=True)
    version = models.PositiveSmallIntegerField(default=1)
    text = models.TextField()
    reason = models.CharField(max_length=30, choices=list(CHANGE_REASONS.items()))
    change_note = models.CharField(max_length=300)
    effective_from = models.DateField()
    review_by = models.DateField(db_index=True)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()

    class Meta:
        ordering = ["statement", "context", "locality", "phase", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["statement", "context", "locality", "phase", "version"], name="variant_version_once"
            ),
            models.CheckConstraint(condition=Q(context__in=["", *CONTEXTS]), name="variant_context_is_known"),
            models.CheckConstraint(condition=Q(phase__in=["", *PHASES]), name="variant_phase_is_known"),
            models.CheckConstraint(
                condition=Q(reason__in=list(CHANGE_REASONS)), name="variant_reason_is_known"
            ),
            models.CheckConstraint(
                condition=Q(review_by__gte=F("effective_from")), name="variant_reviewed_after_it_begins"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.statement_id} {self.context} {self.phase} v{self.version}"
