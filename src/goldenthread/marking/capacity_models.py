"""How much a marker can take: so many scripts of a window at most, and the days on which they are away."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from goldenthread.assessment.models import Window
from goldenthread.common.days import span_text

USER = settings.AUTH_USER_MODEL


class Capacity(models.Model):
    """How many scripts of a window a marker takes at most; the latest counts, one for the window first."""

    marker = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="marking_capacities")
    window = models.ForeignKey(
        Window, null=True, blank=True, on_delete=models.PROTECT, related_name="marking_capacities"
    )  # None: every window
    most = models.PositiveSmallIntegerField(null=True, blank=True)  # None: no limit
    set_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        ordering = ["marker", "-set_at", "-id"]

    def __str__(self) -> str:
        return f"{self.marker}: {'no limit' if self.most is None else self.most}"


class Absence(models.Model):
    """Days on which a marker is away, both included; taken back, never removed."""

    marker = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="marking_absences")
    from_on = models.DateField()
    until_on = models.DateField()
    set_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()
    ended_by = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    # When their marker was told what is still theirs, as it began; also where nothing was.
    told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["from_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(until_on__gte=F("from_on")), name="absence_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(ended_by__isnull=True, ended_at__isnull=True)
                | Q(ended_by__isnull=False, ended_at__isnull=False),
                name="absence_taken_back_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.marker} away {self.from_on} to {self.until_on}"

    @property
    def days(self) -> str:
        """The days in words, a single one by itself."""
        return span_text(self.from_on, self.until_on)
