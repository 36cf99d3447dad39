"""Event days as scheduled, and the registers taken on them."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from goldenthread.applications.models import Enrolment
from goldenthread.groups.models import Group


class EventDay(models.Model):
    """One day (or session) of a group's event; credits the planned activity with the same key."""

    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="days")
    activity_key = models.CharField(max_length=40)  # "event-1"
    title = models.CharField(max_length=200)
    mode = models.CharField(max_length=20, choices=[("in_person", "in person"), ("virtual", "virtual")])
    starts_at = models.DateTimeField(db_index=True)
    ends_at = models.DateTimeField()
    minutes = models.PositiveIntegerField()  # guided learning minutes, which breaks don't count toward
    venue = models.CharField(max_length=200, blank=True)
    join_link = models.URLField(blank=True)
    register_closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["starts_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["group", "activity_key"], name="event_day_once_per_group"),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="event_day_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=~Q(mode="in_person", venue="") & ~Q(mode="virtual", join_link=""),
                name="event_day_has_a_place_or_a_link",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Attendance(models.Model):
    """What the register says of one person on one event day."""

    day = models.ForeignKey(EventDay, on_delete=models.PROTECT, related_name="attendances")
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="attendances")
    status = models.CharField(
        max_length=20, choices=[("present", "present"), ("part", "part of the day"), ("absent", "absent")]
    )
    minutes = models.PositiveIntegerField(default=0)
    revision = models.PositiveSmallIntegerField(default=1)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["day", "enrolment"]
        constraints = [
            models.UniqueConstraint(fields=["day", "enrolment"], name="attendance_once_per_day"),
            models.CheckConstraint(
                condition=Q(status="absent", minutes=0) | Q(status__in=["present", "part"], minutes__gt=0),
                name="attendance_minutes_fit_status",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enrolment} {self.status}"


class CatchUp(models.Model):
    """Staff's word that somebody made an event up in another way, which stands for having been there (S3-31)."""

    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="catch_ups")
    activity_key = models.CharField(max_length=40)  # "events-4"
    how = models.CharField(max_length=300)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["enrolment", "activity_key"]
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "activity_key"], name="catch_up_once_per_event"),
            models.CheckConstraint(condition=~Q(how=""), name="catch_up_says_how"),
        ]

    def __str__(self) -> str:
        return f"{self.enrolment} made up {self.activity_key}"
