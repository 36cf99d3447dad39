"""People with accounts, organisations with their roles, who belongs where, schools and postcodes."""

from datetime import date
from typing import Any, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """One person, one account, however many hats they wear; signs in by e-mail address."""

    email = models.EmailField(max_length=254)
    name = models.CharField(max_length=200)
    zone = models.CharField(max_length=60, default="Europe/London")
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(null=True, blank=True)
    cast_order = models.PositiveSmallIntegerField(
        null=True, blank=True
    )  # place on the demonstration's sign-in list
    cast_line = models.CharField(max_length=200, blank=True)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    is_staff = False
    is_superuser = False

    class Meta:
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_once_whatever_its_case")]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split(" ")[0] if self.name else self.email


class School(models.Model):
    """A school as the register knows it (GIAS), or one abroad that we added; with its place on the map."""

    urn = models.PositiveIntegerField(null=True, blank=True, unique=True)
    name = models.CharField(max_length=200)
    search_name = models.CharField(max_length=250, db_index=True)
    kind = models.CharField(max_length=100, blank=True)
    phase = models.CharField(max_length=60, blank=True)
    status = models.CharField(max_length=60, default="Open")
    street = models.CharField(max_length=200, blank=True)
    town = models.CharField(max_length=100, blank=True)
    authority = models.CharField(max_length=100, blank=True)
    postcode = models.CharField(max_length=10, blank=True)
    postcode_key = models.CharField(max_length=8, blank=True, db_index=True)
    country = models.CharField(max_length=60, default="England")
    zone = models.CharField(max_length=60, default="Europe/London")
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    source = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(latitude__isnull=False, longitude__isnull=False),
                name="school_both_coordinates_or_none",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Postcode(models.Model):
    """A UK postcode and where it is."""

    code = models.CharField(max_length=8, primary_key=True)  # without the space: "BS15JD"
    latitude = models.FloatField()
    longitude = models.FloatField()

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code


class Organisation(models.Model):
    """A body that takes part: a school, trust, university, hub or provider. What it does here are its roles."""

    name = models.CharField(max_length=200, unique=True)
    aliases = models.JSONField(default=list, blank=True)
    school = models.OneToOneField(
        School, null=True, blank=True, on_delete=models.PROTECT, related_name="organisation"
    )
    active_since = models.PositiveSmallIntegerField(null=True, blank=True)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=20, blank=True)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name

    @property
    def names(self) -> list[str]:
        """Its name and every other by which it is known."""
        return [self.name, *self.aliases]


class OrganisationKind(models.TextChoices):
    LEAD_PROVIDER = "lead_provider", "lead provider"
    DELIVERY_PARTNER = "delivery_partner", "delivery partner"
    SCHOOL = "school", "school"
    TRUST = "trust", "multi-academy trust"
    UNIVERSITY = "university", "university"
    TRAINING_CENTRE = "training_centre", "regional training centre"
    HUB = "hub", "teaching school hub"
    MANAGING = "managing", "managing organisation"
    ACCREDITING = "accrediting", "accrediting body"


class HeldQuerySet(models.QuerySet):
    """Roles that are held from one day to another."""

    def on(self, day: date) -> Self:
        """Those that are held on a day: begun, and not over before it."""
        return self.filter(starts_on__lte=day).exclude(ends_on__lt=day)


class OrganisationRole(models.Model):
    """A role that an organisation holds for a time; one organisation may hold several."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="roles")
    role = models.CharField(max_length=30, choices=OrganisationKind)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)

    objects = HeldQuerySet.as_manager()

    class Meta:
        ordering = ["organisation", "role", "starts_on"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="organisation_role_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=Q(role__in=OrganisationKind.values), name="organisation_role_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} as {self.get_role_display()}"


class OrganisationRelation(models.Model):
    """How two organisations stand to each other: a trust runs a school, a provider manages a partnership."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="relations")
    kind = models.CharField(
        max_length=30,
        choices=[
            ("part_of", "is part of"),
            ("managed_by", "is managed by"),
            ("delivers_for", "delivers for"),
        ],
    )
    other = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="related_from")

    class Meta:
        ordering = ["organisation", "kind"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "kind", "other"], name="organisation_related_once"
            ),
            models.CheckConstraint(
                condition=~Q(organisation=F("other")), name="organisation_not_related_to_itself"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} {self.get_kind_display()} {self.other}"


class Role(models.TextChoices):
    OFFICE = "office", "programme office"
    AUTHOR = "author", "case study author"
    FACILITATOR = "facilitator", "facilitator"
    COACH = "coach", "coach"
    TUTOR = "tutor", "tutor"
    MARKER = "marker", "marker"
    MODERATOR = "moderator", "moderator"
    HEAD_TEACHER = "head_teacher", "head teacher"
    CPD_LEAD = "cpd_lead", "CPD lead"
    MENTOR = "mentor", "mentor"
    PARTNER_MANAGER = "partner_manager", "partner manager"
    UNIVERSITY = "university", "university credit officer"


class Membership(models.Model):
    """A person's role in an organisation, from one day to another."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=30, choices=Role)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)

    objects = HeldQuerySet.as_manager()

    class Meta:
        ordering = ["user", "role", "organisation"]
        indexes = [models.Index(fields=["role", "organisation"], name="membership_by_role")]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "organisation", "role"],
                condition=Q(ends_on__isnull=True),
                name="membership_open_once",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="membership_ends_after_it_starts",
            ),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="membership_role_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.get_role_display()} at {self.organisation}"


class KeptForm(models.Model):
    """What somebody had sent by a form while they were signed out, and what could not simply be saved when they were
    back: listed on their page until they send it once more or dismiss it.
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="kept_forms")
    page = models.CharField(max_length=300)  # the address of the form
    title = models.CharField(max_length=100)  # what kind of form it is
    texts = models.JSONField()  # by field
    sha256 = models.CharField(max_length=64)  # of these, so that what comes twice is kept once
    arrived_at = models.DateTimeField()

    class Meta:
        ordering = ["-arrived_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["user", "page", "sha256"], name="kept_form_once")]

    def __str__(self) -> str:
        return f"{self.title} of {self.user_id}"
