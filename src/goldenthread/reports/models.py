"""Claims as the office keeps them, targets of metrics, and what people said of their own learning."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from goldenthread.applications.models import Enrolment
from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.intakes.models import Intake
from goldenthread.people.models import School
from goldenthread.reports import rules


class Claim(models.Model):
    """Something the provider says of itself, with all that makes it fit to be said in public (S0-54)."""

    key = models.SlugField(max_length=40, unique=True)
    text = models.CharField(max_length=200)
    value = models.PositiveIntegerField(null=True, blank=True)  # none for a grade in words
    unit = models.CharField(max_length=20, blank=True)
    about = models.CharField(max_length=200)
    source = models.CharField(max_length=200, blank=True)  # "000:194", or where the evidence is kept
    as_of = models.DateField(null=True, blank=True)
    period = models.CharField(max_length=200, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="claims"
    )
    review_on = models.DateField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["key"]
        constraints = [
            models.CheckConstraint(
                condition=Q(published_at__isnull=True, published_by__isnull=True)
                | Q(published_at__isnull=False, published_by__isnull=False),
                name="claim_published_by_and_at",
            ),
            models.CheckConstraint(
                condition=Q(published_at__isnull=True)
                | (~Q(source="") & ~Q(period="") & Q(owner__isnull=False, review_on__isnull=False)),
                name="claim_published_with_source_period_owner_and_review",
            ),
        ]

    def __str__(self) -> str:
        return self.key


class MetricFigure(models.Model):
    """The target of a metric for a year, and its figure where the system can't measure it (S0-61)."""

    metric = models.CharField(max_length=30)
    year = models.PositiveSmallIntegerField()
    target_tenths = models.PositiveSmallIntegerField(null=True, blank=True)  # 900 is 90 %
    stated_tenths = models.PositiveSmallIntegerField(null=True, blank=True)
    source = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-year", "metric"]
        constraints = [
            models.UniqueConstraint(fields=["metric", "year"], name="metric_once_a_year"),
            models.CheckConstraint(
                condition=(Q(target_tenths__isnull=True) | Q(target_tenths__lte=1000))
                & (Q(stated_tenths__isnull=True) | Q(stated_tenths__lte=1000)),
                name="metric_at_most_all",
            ),
            models.CheckConstraint(
                condition=Q(stated_tenths__isnull=True) | ~Q(source=""), name="metric_stated_with_source"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.metric} {self.year}"


class SelfAssessment(models.Model):
    """How somebody rates themselves in an area of the content, at the start or at the end (S2-37)."""

    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="self_assessments")
    area = models.CharField(max_length=200)
    moment = models.CharField(max_length=10, choices=[("start", "at the start"), ("end", "at the end")])
    rating = models.PositiveSmallIntegerField()  # 1 to 5
    given_at = models.DateTimeField()

    class Meta:
        ordering = ["enrolment", "area", "moment"]
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "area", "moment"], name="self_assessment_once"),
            models.CheckConstraint(
                condition=Q(rating__gte=1, rating__lte=5), name="self_assessment_from_1_to_5"
            ),
            models.CheckConstraint(
                condition=Q(moment__in=["start", "end"]), name="self_assessment_moment_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.area} {self.moment}: {self.rating}"


class SchoolBand(models.Model):
    """How disadvantaged the pupils of a school are, as somebody recorded it: 1 least, 5 most (S0-53)."""

    school = models.OneToOneField(School, on_delete=models.PROTECT, related_name="band")
    band = models.PositiveSmallIntegerField()
    source = models.CharField(max_length=200)

    class Meta:
        ordering = ["school"]
        constraints = [
            models.CheckConstraint(condition=Q(band__gte=1, band__lte=5), name="school_band_from_1_to_5"),
            models.CheckConstraint(condition=~Q(source=""), name="school_band_has_a_source"),
        ]

    def __str__(self) -> str:
        return f"{self.school}: {self.band}"


class PassAlert(models.Model):
    """An intake whose pass rate is under the claimed one, as last worked out; no row without one (S0-56)."""

    intake = models.OneToOneField(
        Intake, on_delete=models.PROTECT, primary_key=True, related_name="pass_alert"
    )
    passed = models.PositiveIntegerField()
    assessed = models.PositiveIntegerField()
    raised_at = models.DateTimeField()  # with these figures
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    note = models.CharField(max_length=300, blank=True)  # what is known or done about it

    class Meta:
        ordering = ["intake"]
        constraints = [
            models.CheckConstraint(
                condition=Q(acknowledged_at__isnull=True, acknowledged_by__isnull=True, note="")
                | (Q(acknowledged_at__isnull=False, acknowledged_by__isnull=False) & ~Q(note="")),
                name="pass_alert_acknowledged_with_a_note",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.intake}: {self.text}"

    @property
    def text(self) -> str:
        """The rate with its figures: "18/20 = 90.0 %"."""
        return rules.rate_text(self.passed, self.assessed)


class PublishedFigure(models.Model):
    """The groups of a live figure as they are published: they stay until a change tells of nobody (`said_rules`)."""

    key = models.CharField(max_length=40, unique=True)  # of the claim
    groups = (
        models.JSONField()
    )  # counts that share nobody: [passed, not passed]; by cohort see `said_rules.Lines`
    since = models.DateTimeField()

    class Meta:
        ordering = ["key"]

    def __str__(self) -> str:
        return self.key


class PromiseLink(models.Model):
    """Which feature of this system keeps a benefit that a version names, as the office says it."""

    version = models.ForeignKey(ProgrammeVersion, on_delete=models.PROTECT, related_name="promise_links")
    benefit = models.CharField(max_length=500)  # its words in the specification
    feature = models.CharField(max_length=20, blank=True)  # "" : none does
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["version", "id"]
        constraints = [models.UniqueConstraint(fields=["version", "benefit"], name="promise_link_once")]

    def __str__(self) -> str:
        return f"{self.benefit[:40]}: {self.feature}"
