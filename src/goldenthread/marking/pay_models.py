"""What marking is paid: rates, runs of payments, the second person's word on either, payments, and whether marks that
were set aside are paid. Every table here is append-only by database triggers; sums are in pence.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from goldenthread.assessment.models import Window
from goldenthread.marking.models import SetAside

USER = settings.AUTH_USER_MODEL


class PayRate(models.Model):
    """What the work of a window brings from a day on, as one person proposes it; it holds once another approves."""

    window = models.ForeignKey(Window, on_delete=models.PROTECT, related_name="pay_rates")
    from_on = models.DateField()
    marking = models.PositiveIntegerField()  # pence for a first or second marking
    further = models.PositiveIntegerField()  # pence for a third marking or a re-mark
    practice = models.PositiveIntegerField()  # pence for a practice set that was marked to its end
    reason = models.TextField()
    made_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    form_key = models.UUIDField(unique=True)

    class Meta:
        ordering = ["window", "from_on", "id"]
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="pay_rate_with_reason")]

    def __str__(self) -> str:
        return f"rate from {self.from_on:%d/%m/%Y}"


class PayRun(models.Model):
    """What is to be paid to each marker of a window, as one person proposes it; paid once another approves."""

    window = models.ForeignKey(Window, on_delete=models.PROTECT, related_name="pay_runs")
    number = models.PositiveSmallIntegerField()
    lines = models.JSONField()  # [[<account>, <pence>], ...], by name
    made_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    form_key = models.UUIDField(unique=True)

    class Meta:
        ordering = ["window", "number"]
        constraints = [models.UniqueConstraint(fields=["window", "number"], name="pay_run_number_once")]

    def __str__(self) -> str:
        return f"payment run {self.number}"

    @property
    def pence(self) -> int:
        """All lines together."""
        return sum(pence for _, pence in self.lines)


class PayDecision(models.Model):
    """The second person's word on a rate or a run; or that it was taken back, which its maker may do as well."""

    rate = models.OneToOneField(
        PayRate, null=True, blank=True, on_delete=models.PROTECT, related_name="decision"
    )
    run = models.OneToOneField(
        PayRun, null=True, blank=True, on_delete=models.PROTECT, related_name="decision"
    )
    approved = models.BooleanField()
    made_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")  # of the rate or the run
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(rate__isnull=False, run__isnull=True) | Q(rate__isnull=True, run__isnull=False),
                name="pay_decision_about_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(approved=False) | ~Q(by=F("made_by")), name="pay_approved_by_another"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rate or self.run} {'approved' if self.approved else 'taken back'}"


class PayEntry(models.Model):
    """A payment to a marker, or the opposite of one that was wrong, with the reason."""

    window = models.ForeignKey(Window, on_delete=models.PROTECT, related_name="pay_entries")
    marker = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="pay_entries")
    pence = models.IntegerField()
    run = models.ForeignKey(PayRun, on_delete=models.PROTECT, related_name="entries")
    corrects = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="correction"
    )
    reason = models.TextField(blank=True)
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["run", "marker"], condition=Q(corrects__isnull=True), name="pay_entry_once_per_run"
            ),
            models.CheckConstraint(
                condition=Q(corrects__isnull=True, pence__gt=0)
                | (Q(corrects__isnull=False, pence__lt=0) & ~Q(reason="")),
                name="pay_entry_paid_or_corrected",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pence} pence to {self.marker}"


class PayWord(models.Model):
    """The office's word on whether marks that were set aside are paid; without one they are. The latest counts."""

    set_aside = models.ForeignKey(SetAside, on_delete=models.PROTECT, related_name="pay_words")
    due = models.BooleanField()
    reason = models.TextField()
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="pay_word_with_reason")]

    def __str__(self) -> str:
        return f"{self.set_aside}: {'paid' if self.due else 'not paid'}"
