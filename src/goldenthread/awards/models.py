"""Awards: the record of a qualification gained, its certificate, code and badge; the name that it bears; credit for
them at universities; and proposed changes of what was released.
"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from goldenthread.applications.models import Enrolment
from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.common.decided import Decided
from goldenthread.common.models import StoredFile
from goldenthread.outcomes.models import Outcome
from goldenthread.people.models import Organisation


class Award(models.Model):
    outcome = models.ForeignKey(Outcome, on_delete=models.PROTECT, related_name="awards")
    replaces = models.OneToOneField(  # the award that was issued again as this one, with another name
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by"
    )
    linked = models.BooleanField(default=True)  # whether the page of the code it replaces leads to it
    code = models.CharField(max_length=40, unique=True)  # on the certificate: "NPQLT-2027-7K3M-9QXD-4TAB-C3"
    holder_name = models.CharField(max_length=200)
    programme_name = models.CharField(max_length=200)
    programme_code = models.CharField(max_length=10)
    edition = models.CharField(max_length=20)
    awarded_on = models.DateField()
    provider = models.CharField(max_length=200)
    accrediting_body = models.CharField(max_length=200, blank=True)
    certificate = models.ForeignKey(
        StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="certificates"
    )
    certificate_after = models.DateTimeField(
        null=True, blank=True
    )  # when the job may try again to make a certificate that could not be made
    issued_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-issued_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["outcome"], condition=Q(replaces__isnull=True), name="award_one_of_an_outcome"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.holder_name}"


class CertificateName(models.Model):
    """How a participant wants their certificate to spell their name, before there is one; earlier spellings stand in
    the trail.
    """

    enrolment = models.OneToOneField(Enrolment, on_delete=models.PROTECT, related_name="certificate_name")
    name = models.CharField(max_length=200)
    confirmed_at = models.DateTimeField()
    lacks = models.CharField(max_length=40, blank=True)  # the signs for which the server had no font then

    class Meta:
        ordering = ["enrolment"]
        constraints = [models.CheckConstraint(condition=~Q(name=""), name="certificate_name_is_a_name")]

    def __str__(self) -> str:
        return self.name


class Change(Decided):
    """A correction of a released result, or a revocation or another name of an award, that one person proposes and
    another decides.
    """

    kind = models.CharField(
        max_length=20,
        choices=[
            ("correction", "correction of a result"),
            ("revocation", "revocation of an award"),
            ("reissue", "award issued again with another name"),
        ],
    )
    outcome = models.ForeignKey(Outcome, on_delete=models.PROTECT, related_name="changes")
    award = models.ForeignKey(Award, null=True, blank=True, on_delete=models.PROTECT, related_name="changes")
    half_marks_learn_that = models.PositiveSmallIntegerField(null=True, blank=True)
    half_marks_learn_how_to = models.PositiveSmallIntegerField(null=True, blank=True)
    holder_name = models.CharField(max_length=200, blank=True)  # that the award shall bear
    linked = models.BooleanField(default=True)  # whether the page of the former code leads to the new one
    reason = models.TextField()
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    state = models.CharField(
        max_length=20,
        choices=[
            ("proposed", "to decide"),
            ("done", "done"),
            ("refused", "refused"),
            ("taken_back", "taken back"),
        ],
        default="proposed",
    )

    class Meta:
        ordering = ["proposed_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["outcome", "kind"], condition=Q(state="proposed"), name="change_one_proposed"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="change_with_reason"),
            models.CheckConstraint(
                condition=Q(kind="correction", award__isnull=True, holder_name="")
                | Q(kind="revocation", award__isnull=False, holder_name="")
                | (Q(kind="reissue", award__isnull=False) & ~Q(holder_name="")),
                name="change_of_a_result_or_an_award",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["proposed", "taken_back"], decided_by__isnull=True)
                | (
                    Q(state__in=["done", "refused"], decided_by__isnull=False, decided_at__isnull=False)
                    & ~Q(decided_by=F("proposed_by"))
                    & ~Q(decision_reason="")
                ),
                name="change_decided_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.outcome_id}"


class NameRequest(models.Model):
    """A holder's wish that their award is issued again, because the name on it is wrong; the office takes it up with a
    change for two people, or declines it.
    """

    award = models.ForeignKey(Award, on_delete=models.PROTECT, related_name="name_requests")
    form_key = models.UUIDField(unique=True)
    name = models.CharField(max_length=200)  # the right one
    wrong = models.TextField()  # what is wrong, in the holder's words
    evidence = models.TextField(blank=True)  # what shows it
    document = models.ForeignKey(  # what shows it, as a file; removed a month after the answer
        StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    document_name = models.CharField(max_length=255, blank=True)  # as its holder calls it
    document_removed_at = models.DateTimeField(null=True, blank=True)
    linked = models.BooleanField(default=True)  # whether the page of the former code may lead to the new one
    asked_at = models.DateTimeField()
    state = models.CharField(
        max_length=20,
        choices=[
            ("asked", "with the office"),
            ("proposed", "with a second person"),
            ("done", "done"),
            ("declined", "declined"),
            ("withdrawn", "withdrawn"),
        ],
        default="asked",
    )
    change = models.ForeignKey(
        Change, null=True, blank=True, on_delete=models.PROTECT, related_name="name_requests"
    )
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)
    answer_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["asked_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["award"],
                condition=Q(state__in=["asked", "proposed"]),
                name="name_request_one_open",
            ),
            models.CheckConstraint(condition=~Q(name="") & ~Q(wrong=""), name="name_request_says_what"),
            models.CheckConstraint(
                condition=Q(
                    state__in=["done", "declined"], answered_by__isnull=False, answered_at__isnull=False
                )
                & ~Q(answer_reason="")
                | Q(state__in=["asked", "proposed", "withdrawn"], answered_by__isnull=True),
                name="name_request_answered_by_at_and_why",
            ),
        ]

    def __str__(self) -> str:
        return f"name of award {self.award_id}"


class Destination(models.Model):
    """Where somebody went after their award: from one role to another, on a day, perhaps to another school (S0-72)."""

    award = models.ForeignKey(Award, on_delete=models.PROTECT, related_name="destinations")
    role_before = models.CharField(max_length=40)
    role_after = models.CharField(max_length=40)
    moved_on = models.DateField()
    place = models.CharField(max_length=200, blank=True)  # the school or trust that was joined
    promotion = models.BooleanField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="destinations_recorded"
    )
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["-moved_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["award", "moved_on", "role_after"], name="destination_once_a_day_and_role"
            ),
            models.CheckConstraint(
                condition=~Q(role_before=F("role_after")) | ~Q(place=""), name="destination_changes_something"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role_before} → {self.role_after}"


class BadgeKey(models.Model):
    """A public key that badges are or were signed with. It stays, so that what it signed can be checked, unless it is
    withdrawn.
    """

    name = models.CharField(max_length=16, unique=True)  # from the key itself
    public = models.CharField(max_length=44)  # base64
    since = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-since", "-id"]

    def __str__(self) -> str:
        return self.name


class Badge(models.Model):
    """The Open Badge of an award: what stays the same however often it is signed, and whether its holder shows it.

    One that was revoked with its award stays revoked, since its standard knows no way back: an award that is
    reinstated gets another one.
    """

    award = models.ForeignKey(Award, on_delete=models.PROTECT, related_name="badges")
    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    salt = models.CharField(max_length=32)  # of the hash by which the holder's address is in it
    list_number = models.PositiveIntegerField()
    position = models.PositiveIntegerField()  # in that list of revoked ones
    shown = models.BooleanField(default=False)  # whether the page that verifies the code links to it
    made_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)  # where it doesn't come back with its award

    class Meta:
        ordering = ["-made_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["list_number", "position"], name="badge_position_once"),
            models.UniqueConstraint(
                fields=["award"], condition=Q(revoked_at__isnull=True), name="badge_one_of_an_award"
            ),
        ]

    def __str__(self) -> str:
        return str(self.uuid)


class CreditAgreement(models.Model):
    """What a university has agreed to: level 7 credit towards an award of its own, for graduates of these versions.

    How many credits is empty while the agreement doesn't say: then no number is printed anywhere (S1-37, G-16).
    """

    university = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="credit_agreements")
    award_title = models.CharField(max_length=200)
    level = models.PositiveSmallIntegerField(default=7)
    credits = models.PositiveSmallIntegerField(null=True, blank=True)
    versions = models.ManyToManyField(ProgrammeVersion, related_name="credit_agreements")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)  # its last day
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["-valid_from", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="credit_agreement_ends_after_it_begins",
            ),
            models.CheckConstraint(condition=Q(level__gte=1, level__lte=8), name="credit_agreement_level"),
            models.CheckConstraint(
                condition=Q(credits__isnull=True) | Q(credits__gte=1, credits__lte=360),
                name="credit_agreement_credits",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.university}: {self.award_title}"


class CreditRequest(models.Model):
    """A graduate asks that a university counts their award: with the consent as they read it, and the statement."""

    reference = models.CharField(max_length=24, unique=True)
    award = models.ForeignKey(Award, on_delete=models.PROTECT, related_name="credit_requests")
    agreement = models.ForeignKey(CreditAgreement, on_delete=models.PROTECT, related_name="requests")
    version = models.ForeignKey(ProgrammeVersion, on_delete=models.PROTECT, related_name="credit_requests")
    consent_text = models.TextField()
    consented_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    statement_credits = models.PositiveSmallIntegerField(null=True, blank=True)  # as the statement says it
    statement_at = models.DateTimeField()
    answer = models.CharField(
        max_length=10, blank=True, choices=[("accepted", "accepted"), ("declined", "declined")]
    )
    answer_note = models.CharField(max_length=1000, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["-consented_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["award", "agreement"],
                condition=Q(withdrawn_at__isnull=True),
                name="credit_requested_once",
            ),
            models.CheckConstraint(condition=~Q(consent_text=""), name="credit_request_has_consent"),
            models.CheckConstraint(
                condition=Q(answer="", answered_at__isnull=True)
                | (~Q(answer="") & Q(answered_at__isnull=False)),
                name="credit_request_answered_at",
            ),
        ]

    def __str__(self) -> str:
        return self.reference
