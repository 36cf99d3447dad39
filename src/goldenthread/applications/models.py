"""Applications and the enrolments they end in."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.intakes.models import Intake
from goldenthread.people.models import Organisation, School


class ApplicationState(models.TextChoices):
    SUBMITTED = "submitted", "awaiting decision"
    ACCEPTED = "accepted", "accepted"
    DECLINED = "declined", "declined"
    WITHDRAWN = "withdrawn", "withdrawn"


class Application(models.Model):
    """What a person sent in to be admitted to a programme version in an intake."""

    reference = models.CharField(max_length=12, unique=True)  # for people: "A-7K2M9Q"
    form_key = models.UUIDField(
        unique=True
    )  # one filled-in form is one application, however often it is sent
    intake = models.ForeignKey(Intake, on_delete=models.PROTECT, related_name="applications")
    state = models.CharField(max_length=20, choices=ApplicationState, default=ApplicationState.SUBMITTED)
    name = models.CharField(max_length=200)
    email = models.EmailField(max_length=254)
    zone = models.CharField(max_length=60, default="Europe/London")
    school = models.ForeignKey(
        School, null=True, blank=True, on_delete=models.PROTECT, related_name="applications"
    )
    school_text = models.CharField(max_length=200, blank=True)  # a school that the register doesn't have
    delivery_model = models.CharField(max_length=40)
    role_status = models.CharField(max_length=20)
    scope = models.CharField(max_length=60, blank=True)
    details = models.JSONField(default=dict)  # the version's further questions and their answers
    entry_result = models.CharField(max_length=60, blank=True)  # reason code of the entry check
    conduct_accepted = models.BooleanField(default=False)
    submitted_at = models.DateTimeField(db_index=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decision_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["-submitted_at", "-id"]
        indexes = [models.Index(fields=["state", "-submitted_at"], name="application_by_state")]
        constraints = [
            models.UniqueConstraint(
                "intake",
                Lower("email"),
                condition=Q(state__in=["submitted", "accepted"]),
                name="application_live_once_per_intake",
            ),
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True, decided_by__isnull=True)
                | Q(decided_at__isnull=False, decided_by__isnull=False)
                | Q(decided_at__isnull=False, state="accepted"),  # by the version, which enrols directly
                name="application_decided_by_and_at",
            ),
            models.CheckConstraint(
                condition=Q(school__isnull=False) | ~Q(school_text=""), name="application_names_a_school"
            ),
            models.CheckConstraint(
                condition=Q(state__in=ApplicationState.values), name="application_state_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.name}"

    @property
    def school_name(self) -> str:
        return self.school.name if self.school else self.school_text


class Stage(models.TextChoices):
    INDUCTION = "induction", "induction"
    DEVELOPMENT = "development", "development"
    ASSESSMENT = "assessment", "summative assessment"
    AWARDED = "awarded", "awarded"
    REVOKED = "revoked", "award revoked"  # by itself: the result is a pass, and no award stands
    NOT_ACHIEVED = "not_achieved", "not achieved"


HAD_AWARD = (Stage.AWARDED, Stage.REVOKED)  # who is entered for nothing more
OVER = (*HAD_AWARD, Stage.NOT_ACHIEVED)


class Enrolment(models.Model):
    """One person on one programme version in one intake."""

    reference = models.CharField(max_length=12, unique=True)  # "E-7K2M9Q"
    application = models.OneToOneField(Application, on_delete=models.PROTECT, related_name="enrolment")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="enrolments")
    intake = models.ForeignKey(Intake, on_delete=models.PROTECT, related_name="enrolments")
    version = models.ForeignKey(ProgrammeVersion, on_delete=models.PROTECT, related_name="enrolments")
    school = models.ForeignKey(
        School, null=True, blank=True, on_delete=models.PROTECT, related_name="enrolments"
    )
    partner = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="partner_enrolments"
    )
    delivery_model = models.CharField(max_length=40)
    starts_on = models.DateField()
    zone = models.CharField(max_length=60, default="Europe/London")
    stage = models.CharField(max_length=20, choices=Stage, default=Stage.INDUCTION)
    enrolled_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["user__name", "id"]
        indexes = [
            models.Index(fields=["intake", "stage"], name="enrolment_by_stage"),
            models.Index(fields=["version", "starts_on"], name="enrolment_by_start"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["user", "intake"], name="enrolment_once_per_intake"),
            models.CheckConstraint(condition=Q(stage__in=Stage.values), name="enrolment_stage_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.user}"
