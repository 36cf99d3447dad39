"""That graduates were asked for their role by mail, what they answered, and who is not to be asked again."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from goldenthread.awards.models import Award


class RoleQuestion(models.Model):
    """That the holder of an award was asked for their role, so many months after it: once for each of these."""

    award = models.ForeignKey(Award, on_delete=models.PROTECT, related_name="role_questions")
    months = models.PositiveSmallIntegerField()
    asked_at = models.DateTimeField()

    class Meta:
        ordering = ["-asked_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["award", "months"], name="role_question_once")]

    def __str__(self) -> str:
        return f"{self.award} after {self.months} months"


class RoleAnswer(models.Model):
    """What somebody answered, with the words that they agreed to. Taken back, it is removed."""

    question = models.OneToOneField(RoleQuestion, on_delete=models.PROTECT, related_name="answer")
    role_now = models.CharField(max_length=40)
    place = models.CharField(max_length=200, blank=True)  # school or trust
    role_planned = models.CharField(max_length=40, blank=True)
    planned_for = models.DateField(null=True, blank=True)
    consent_text = models.TextField()
    answered_at = models.DateTimeField()

    class Meta:
        ordering = ["-answered_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=~Q(consent_text=""), name="role_answer_has_consent"),
            models.CheckConstraint(
                condition=Q(role_planned="", planned_for__isnull=True)
                | (~Q(role_planned="") & Q(planned_for__isnull=False)),
                name="role_answer_planned_with_a_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role_now} at {self.question_id}"


class RoleSilence(models.Model):
    """Who said that they are not to be asked for their role any more."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="role_silence"
    )
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.user} is not asked"
