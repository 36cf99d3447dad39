"""Moderation of a window: the rules of its sample, the sample, the moderator's blind view of it, batches that are
marked anew, the sign-off, and what a national moderator says.
"""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from goldenthread.assessment.models import Script, Window
from goldenthread.common.decided import Decided


class SampleTerms(models.Model):
    """The rules by which the sample of a window will be drawn, as the office set them; the round keeps those by
    which it was. Earlier ones are in the audit trail.
    """

    window = models.OneToOneField(Window, on_delete=models.PROTECT, related_name="sample_terms")
    share_percent = models.PositiveSmallIntegerField()
    below = models.PositiveSmallIntegerField()  # marks
    above = models.PositiveSmallIntegerField()  # marks
    every_fail = models.BooleanField()
    each_least = models.PositiveSmallIntegerField()
    each_percent = models.PositiveSmallIntegerField()
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        ordering = ["window"]
        constraints = [
            models.CheckConstraint(
                condition=Q(share_percent__lte=100, each_percent__lte=100), name="sample_terms_shares"
            )
        ]

    def __str__(self) -> str:
        return f"sample rules of {self.window}"


class Round(models.Model):
    """One moderation of one window; results are provisional until it is signed off, and until the national moderator
    has answered where the version asks for that.
    """

    window = models.OneToOneField(Window, on_delete=models.PROTECT, related_name="moderation")
    seed = models.CharField(max_length=32)  # the random part of the sample can be drawn again from it
    share_percent = models.PositiveSmallIntegerField()
    terms = models.JSONField(default=dict)  # the rules of the draw; {} of rounds that are older than them
    drawn_from = models.JSONField(default=list)  # what it was drawn from; see `sampling.kept`
    # What came in later and was drawn from by the same seed: of each time its instant and rows as those above.
    completions = models.JSONField(default=list)
    national = models.BooleanField(default=False)  # whether a national moderator has to answer
    national_at = models.DateTimeField(null=True, blank=True)  # when the last answer was applied
    # Where a supplement was answered after the round: when the first answer was applied, and of each enrolment that a
    # supplement was about its number and when that was.
    national_first_at = models.DateTimeField(null=True, blank=True)
    national_later = models.JSONField(default=list)
    opened_at = models.DateTimeField()
    signed_off_at = models.DateTimeField(null=True, blank=True)
    signed_off_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["-opened_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(signed_off_at__isnull=True, signed_off_by__isnull=True)
                | Q(signed_off_at__isnull=False, signed_off_by__isnull=False),
                name="round_signed_off_by_and_at",
            ),
            models.CheckConstraint(
                condition=Q(national_at__isnull=True) | Q(national=True, signed_off_at__isnull=False),
                name="round_national_after_sign_off",
            ),
        ]

    def __str__(self) -> str:
        return f"moderation of {self.window}"

    @property
    def closed_at(self) -> datetime:
        """The instant by which nobody could hand in any more: the sign-off, or the draw until then."""
        return self.signed_off_at or self.opened_at

    @property
    def final_at(self) -> datetime | None:
        """The instant from which the marks are no longer provisional; None until then."""
        return self.national_at if self.national else self.signed_off_at

    def final_for(self, enrolment_id: int) -> datetime | None:
        """The instant from which one person's marks are final: that of the answer which was about them."""
        if self.final_at is None or not self.national or self.national_first_at is None:
            return self.final_at
        later = [at for enrolment, at in self.national_later if enrolment == enrolment_id]
        return max(map(datetime.fromisoformat, later), default=self.national_first_at)


class Sampled(models.Model):
    """A script in the sample: why it is there and what the moderator decided."""

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="sample")
    script = models.OneToOneField(Script, on_delete=models.PROTECT, related_name="sampled")
    reason = models.CharField(max_length=60)
    reasons = models.JSONField(default=list)  # every rule that puts it there; [] of older rounds
    decision = models.CharField(
        max_length=20,
        choices=[("", "open"), ("confirmed", "confirmed"), ("adjusted", "adjusted")],
        blank=True,
    )
    marks = models.JSONField(
        default=dict
    )  # the moderator's own, point by point, before the markers' are shown
    passages = models.JSONField(default=list)  # their notes at passages, see `marking.passage_rules`
    marked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    half_marks_learn_that = models.PositiveSmallIntegerField(null=True, blank=True)
    half_marks_learn_how_to = models.PositiveSmallIntegerField(null=True, blank=True)
    note = models.TextField(blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["round", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(decision="", decided_at__isnull=True, decided_by__isnull=True)
                | (~Q(decision="") & Q(decided_at__isnull=False, decided_by__isnull=False)),
                name="sampled_decided_by_and_at",
            ),
            models.CheckConstraint(
                condition=~Q(decision="adjusted") | (Q(half_marks_learn_that__isnull=False) & ~Q(note="")),
                name="sampled_adjusted_with_marks_and_note",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.script}: {self.reason}"


class LookDraft(models.Model):
    """What a moderator has entered so far of a sampled script and not given, for them alone; gone once it is given, the
    script decided or left, or once they may not moderate it any more.
    """

    ENTERED = ("marks", "passages", "revision", "saved_at")

    sampled = models.ForeignKey(Sampled, on_delete=models.PROTECT, related_name="drafts")
    moderator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="look_drafts"
    )
    marks = models.JSONField(default=dict)  # {"<point number>": marks}, with gaps
    passages = models.JSONField(default=list)  # notes at passages, see `marking.passage_rules`
    revision = models.PositiveIntegerField(default=0)
    saved_at = models.DateTimeField()

    class Meta:
        ordering = ["sampled", "moderator"]
        constraints = [
            models.UniqueConstraint(fields=["sampled", "moderator"], name="look_draft_once_per_moderator")
        ]

    def __str__(self) -> str:
        return f"draft of a look at {self.sampled}"


class EarlierLook(models.Model):
    """The blind marks of a moderator who can't go on, since another began anew. Append-only by database triggers."""

    sampled = models.ForeignKey(Sampled, on_delete=models.PROTECT, related_name="earlier")
    marks = models.JSONField()  # point by point
    passages = models.JSONField(null=True)  # notes at passages; None of those that are older than these
    marked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    taken_over_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["sampled", "at", "id"]

    def __str__(self) -> str:
        return f"earlier look at {self.sampled}"


class Batch(Decided):
    """Marks of many scripts of a round that go back to marking: those of a marker, those with a mark for a point, or
    all. One person proposes it, another agrees; the marks stay as rows (`marking.SetAside`).
    """

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="batches")
    marker = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    point = models.PositiveSmallIntegerField(null=True, blank=True)
    most = models.PositiveSmallIntegerField(null=True, blank=True)  # only marks for the point up to this one
    reason = models.TextField()
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    state = models.CharField(
        max_length=20,
        choices=[
            ("proposed", "waits for a second person"),
            ("done", "back to marking"),
            ("drawn", "marked anew, and sampled"),
            ("refused", "not agreed"),
            ("taken_back", "taken back"),
        ],
        default="proposed",
    )
    scripts = models.JSONField(default=list)  # numbers of the scripts that went back
    seed = models.CharField(max_length=32, blank=True)  # by which they were sampled anew
    drawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["round", "proposed_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["round"], condition=Q(state="proposed"), name="batch_one_proposed_per_round"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="batch_with_reason"),
            models.CheckConstraint(
                condition=Q(state="proposed", decided_at__isnull=True, decided_by__isnull=True)
                | (~Q(state="proposed") & Q(decided_at__isnull=False, decided_by__isnull=False)),
                name="batch_decided_by_and_at",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["proposed", "taken_back"]) | ~Q(decided_by=F("proposed_by")),
                name="batch_by_two_people",
            ),
        ]

    def __str__(self) -> str:
        return f"batch of {self.round}"


class Shift(Decided):
    """A marker's batch whose agreed marks move by so many half marks: one person proposes it, another agrees. What
    moved is in `ShiftedMark`; what would have come near the pass mark joined the sample.
    """

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="shifts")
    marker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    half_marks_learn_that = models.SmallIntegerField()  # up, or (negative) down
    half_marks_learn_how_to = models.SmallIntegerField()
    reason = models.TextField()
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    state = models.CharField(
        max_length=20,
        choices=[
            ("proposed", "waits for a second person"),
            ("done", "shifted"),
            ("refused", "not agreed"),
            ("taken_back", "taken back"),
        ],
        default="proposed",
    )
    looked_at = models.JSONField(default=list)  # numbers of the scripts that joined the sample instead

    class Meta:
        ordering = ["round", "proposed_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["round"], condition=Q(state="proposed"), name="shift_one_proposed_per_round"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="shift_with_reason"),
            models.CheckConstraint(
                condition=~Q(half_marks_learn_that=0, half_marks_learn_how_to=0), name="shift_moves_something"
            ),
            models.CheckConstraint(
                condition=Q(state="proposed", decided_at__isnull=True, decided_by__isnull=True)
                | (~Q(state="proposed") & Q(decided_at__isnull=False, decided_by__isnull=False)),
                name="shift_decided_by_and_at",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["proposed", "taken_back"]) | ~Q(decided_by=F("proposed_by")),
                name="shift_by_two_people",
            ),
        ]

    def __str__(self) -> str:
        return f"shift of {self.round}"


class ShiftedMark(models.Model):
    """A script whose agreed marks a shift moved, in half marks, before and after. It holds until the script gets other
    marks or a moderator's look: then it has fallen, and stays as a row.
    """

    shift = models.ForeignKey(Shift, on_delete=models.PROTECT, related_name="marks")
    script = models.ForeignKey(Script, on_delete=models.PROTECT, related_name="shifted_marks")
    was_learn_that = models.PositiveSmallIntegerField()
    was_learn_how_to = models.PositiveSmallIntegerField()
    half_marks_learn_that = models.PositiveSmallIntegerField()
    half_marks_learn_how_to = models.PositiveSmallIntegerField()
    fell_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["shift", "script"]
        constraints = [
            models.UniqueConstraint(
                fields=["script"], condition=Q(fell_at__isnull=True), name="shifted_mark_one_holds"
            ),
            models.UniqueConstraint(fields=["shift", "script"], name="shifted_mark_once_per_shift"),
        ]

    def __str__(self) -> str:
        return f"{self.script}, shifted"


class NationalPackage(models.Model):
    """What was handed to the national moderator about a signed-off round, and by whom it was last made: how many
    scripts, the SHA-256 of all that is in it but for evidence, by which an answer is known to be about it, and the
    signature over that. In form 2 evidence was in the digest; form 1 was of marks and mark scheme alone, unsigned.
    """

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="packages")
    scripts = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    form = models.PositiveSmallIntegerField(default=1)
    key = models.CharField(
        max_length=16, blank=True
    )  # name of the public key, as those of receipts are published
    signature = models.CharField(max_length=100, blank=True)  # base64, over the digest
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["round", "made_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["round", "sha256"], name="national_package_once"),
            models.CheckConstraint(
                condition=Q(form=1) | (~Q(key="") & ~Q(signature="")), name="national_package_signed"
            ),
        ]

    def __str__(self) -> str:
        return f"package of {self.round}"


class NationalAnswer(Decided):
    """The national moderator's answer as it was read from a file; it counts once a second person has applied it. Each
    part of a round, which is its first package and each supplement, has one that counts.
    """

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="answers")
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    confirmed = models.PositiveIntegerField()
    adjusted = models.JSONField()  # [code, half marks learn that, half marks learn how to, reason]
    part = models.PositiveSmallIntegerField(default=1)  # from 2 on it is about a supplement to the round
    covers = models.JSONField(
        default=list
    )  # [script, half marks as read: that, how]; [] of older answers: all there was
    read_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    read_at = models.DateTimeField()
    state = models.CharField(
        max_length=20,
        choices=[
            ("read", "waits for a second person"),
            ("applied", "applied"),
            ("refused", "not applied"),
            ("taken_back", "taken back"),
        ],
        default="read",
    )

    class Meta:
        ordering = ["round", "read_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "part"],
                condition=Q(state__in=["read", "applied"]),
                name="national_answer_one_per_part",
            ),
            models.UniqueConstraint(
                fields=["round"], condition=Q(state="read"), name="national_answer_one_waits"
            ),
            models.CheckConstraint(
                condition=Q(state="read", decided_at__isnull=True, decided_by__isnull=True)
                | (~Q(state="read") & Q(decided_at__isnull=False, decided_by__isnull=False)),
                name="national_answer_decided_by_and_at",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["read", "taken_back"]) | ~Q(decided_by=F("read_by")),
                name="national_answer_by_two_people",
            ),
        ]

    def __str__(self) -> str:
        return f"answer to {self.round}"


class NationalMark(models.Model):
    """The marks that the national moderator put in place of a script's, in half marks, with the reason."""

    answer = models.ForeignKey(NationalAnswer, on_delete=models.PROTECT, related_name="marks")
    script = models.OneToOneField(Script, on_delete=models.PROTECT, related_name="national_mark")
    half_marks_learn_that = models.PositiveSmallIntegerField()
    half_marks_learn_how_to = models.PositiveSmallIntegerField()
    reason = models.TextField()

    class Meta:
        ordering = ["answer", "id"]
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="national_mark_with_reason")]

    def __str__(self) -> str:
        return f"{self.script}, nationally moderated"
