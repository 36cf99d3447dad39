"""Appeals against released results and against revocations of awards, and the policy under which a version's results
can be appealed.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from goldenthread.appeals.rules import OPEN, Lowering
from goldenthread.awards.models import Award
from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.common.decided import Decided
from goldenthread.outcomes.models import Outcome

USER = settings.AUTH_USER_MODEL


class AppealPolicy(models.Model):
    """How long a version's results can be appealed and whether they may go down; a later row replaces an earlier one
    for results that are released from then on.
    """

    version = models.ForeignKey(ProgrammeVersion, on_delete=models.PROTECT, related_name="appeal_policies")
    days = models.PositiveSmallIntegerField()
    lowering = models.CharField(
        max_length=20,
        choices=[
            (str(Lowering.NEVER), "never below the released result"),
            (str(Lowering.ALLOWED), "the re-mark stands, also where it is lower"),
        ],
    )
    reason = models.TextField()
    set_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        ordering = ["version", "-set_at", "-id"]
        constraints = [models.CheckConstraint(condition=Q(days__gte=1), name="appeal_policy_has_days")]

    def __str__(self) -> str:
        return f"appeals of {self.version_id}"


class Appeal(models.Model):
    """One person's appeal against one released result, from their words to the decision. The result itself never
    changes: what a decision changes is a further outcome.
    """

    outcome = models.OneToOneField(Outcome, on_delete=models.PROTECT, related_name="appeal")
    form_key = models.UUIDField(unique=True)
    grounds = models.CharField(
        max_length=20,
        choices=[
            ("marking", "The marking"),
            ("procedure", "The procedure"),
            ("circumstances", "My circumstances"),
        ],
    )
    statement = models.TextField()
    state = models.CharField(
        max_length=20,
        choices=[
            ("lodged", "to check"),
            ("not_admitted", "not admitted"),
            ("admitted", "admitted"),
            ("decided", "decided"),
            ("withdrawn", "withdrawn"),
        ],
        default="lodged",
    )
    lodged_at = models.DateTimeField()
    checked_by = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    checked_at = models.DateTimeField(null=True, blank=True)
    check_reason = models.TextField(blank=True)
    remark_position = models.PositiveSmallIntegerField(null=True, blank=True)  # of the script's re-mark
    verdict = models.CharField(
        max_length=20,
        choices=[
            ("changed", "upheld: the result changes"),
            ("upheld", "upheld: the result stays"),
            ("not_upheld", "not upheld"),
        ],
        blank=True,
    )
    remedy = models.TextField(blank=True)  # what happens where the appeal is right and the result stays
    remedy_done = models.TextField(blank=True)  # how it was carried out
    remedy_done_by = models.ForeignKey(
        USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    remedy_done_at = models.DateTimeField(null=True, blank=True)
    decision_reason = models.TextField(blank=True)
    decided_by = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    new_outcome = models.OneToOneField(
        Outcome, null=True, blank=True, on_delete=models.PROTECT, related_name="of_appeal"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["lodged_at", "id"]
        indexes = [models.Index(fields=["state", "lodged_at"], name="appeal_by_state")]
        constraints = [
            models.CheckConstraint(condition=~Q(statement=""), name="appeal_with_statement"),
            models.CheckConstraint(
                condition=Q(checked_by__isnull=True, checked_at__isnull=True, check_reason="")
                | (Q(checked_by__isnull=False, checked_at__isnull=False) & ~Q(check_reason="")),
                name="appeal_checked_by_at_and_why",
            ),
            models.CheckConstraint(
                condition=(Q(state="decided", decided_by__isnull=False, decided_at__isnull=False))
                & ~Q(decision_reason="")
                & ~Q(verdict="")
                | (~Q(state="decided") & Q(decided_by__isnull=True, decided_at__isnull=True, verdict="")),
                name="appeal_decided_by_at_and_why",
            ),
            models.CheckConstraint(
                condition=Q(remedy_done="", remedy_done_by__isnull=True, remedy_done_at__isnull=True)
                | Q(verdict="upheld", remedy_done_by__isnull=False, remedy_done_at__isnull=False)
                & ~Q(remedy_done=""),
                name="appeal_remedy_done_by_at_and_how",
            ),
            models.CheckConstraint(
                condition=Q(verdict="changed", new_outcome__isnull=False)
                | (~Q(verdict="changed") & Q(new_outcome__isnull=True)),
                name="appeal_changed_by_an_outcome",
            ),
        ]

    def __str__(self) -> str:
        return f"appeal {self.pk}"

    @property
    def open(self) -> bool:
        """Whether nothing is decided about it yet."""
        return self.state in OPEN


class RevocationAppeal(Decided):
    """A holder's appeal against the revocation of their award, from their words to the decision. An award that is
    revoked again can be appealed again.
    """

    award = models.ForeignKey(Award, on_delete=models.PROTECT, related_name="revocation_appeals")
    revoked_at = models.DateTimeField()  # the revocation it is against,
    revoked_reason = models.CharField(max_length=300)  # and why that was
    until = models.DateTimeField()  # when it could be made at the latest
    form_key = models.UUIDField(unique=True)
    statement = models.TextField()
    state = models.CharField(
        max_length=20,
        choices=[
            ("lodged", "to decide"),
            ("upheld", "upheld: the award stands again"),
            ("not_upheld", "not upheld"),
            ("withdrawn", "withdrawn"),
        ],
        default="lodged",
    )
    lodged_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["lodged_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["award", "revoked_at"], name="revocation_appealed_once"),
            models.CheckConstraint(condition=~Q(statement=""), name="revocation_appeal_with_statement"),
            models.CheckConstraint(
                condition=Q(lodged_at__lt=F("until")), name="revocation_appeal_within_its_days"
            ),
            models.CheckConstraint(
                condition=(
                    Q(state__in=["upheld", "not_upheld"], decided_by__isnull=False, decided_at__isnull=False)
                    & ~Q(decision_reason="")
                )
                | Q(state="lodged", decided_by__isnull=True, withdrawn_at__isnull=True)
                | Q(state="withdrawn", decided_by__isnull=True, withdrawn_at__isnull=False),
                name="revocation_appeal_decided_by_at_and_why",
            ),
        ]

    def __str__(self) -> str:
        return f"appeal against the revocation of award {self.award_id}"
