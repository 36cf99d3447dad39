"""Groups: the people who attend events together, with a place, a partner and a capacity."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from goldenthread.applications.models import Enrolment
from goldenthread.intakes.models import Intake
from goldenthread.people.models import Organisation


class Group(models.Model):
    intake = models.ForeignKey(Intake, on_delete=models.PROTECT, related_name="groups")
    name = models.CharField(max_length=100)
    partner = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="groups"
    )
    venue = models.CharField(max_length=200, blank=True)
    join_link = models.URLField(blank=True)
    zone = models.CharField(max_length=60, default="Europe/London")
    capacity = models.PositiveSmallIntegerField(default=30)

    class Meta:
        ordering = ["intake", "name"]
        constraints = [models.UniqueConstraint(fields=["intake", "name"], name="group_name_once_per_intake")]

    def __str__(self) -> str:
        return self.name


class GroupPlace(models.Model):
    """An enrolment's place in a group; ended, not removed, when the person changes group."""

    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="places")
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="group_places")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["group", "enrolment"]
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment"], condition=Q(until__isnull=True), name="group_one_current_place"
            )
        ]

    def __str__(self) -> str:
        return f"{self.enrolment} in {self.group}"


class GroupStaff(models.Model):
    """Who facilitates, tutors or coaches a group's people."""

    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="staff")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="group_staff")
    role = models.CharField(
        max_length=20, choices=[("facilitator", "facilitator"), ("tutor", "tutor"), ("coach", "coach")]
    )
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["group", "role", "user"]
        constraints = [models.UniqueConstraint(fields=["group", "user", "role"], name="group_staff_once")]

    def __str__(self) -> str:
        return f"{self.user}, {self.role} of {self.group}"
