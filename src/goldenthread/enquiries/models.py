"""People who ask or register interest, their enquiries, chats, contact points of brands, testimonials."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from goldenthread.catalogue.models import Programme
from goldenthread.enquiries.rules import ALONE_AFTER, State, phone_text
from goldenthread.intakes.models import Intake
from goldenthread.people.models import Organisation
from goldenthread.people.rules import postcode_text

USER = settings.AUTH_USER_MODEL
STATES = [
    (State.NEW, "new"),
    (State.WAITING_US, "waiting for us"),
    (State.WAITING_THEM, "waiting for them"),
    (State.CLOSED, "closed"),
]


class Prospect(models.Model):
    """Somebody who asked or registered interest; one address is one prospect. Merged ones point to the one kept."""

    name = models.CharField(max_length=200, blank=True)
    email = models.EmailField(max_length=254, blank=True)
    role = models.CharField(max_length=100, blank=True)
    postcode = models.CharField(max_length=12, blank=True)  # as a key: "BS15JD"
    place = models.CharField(max_length=100, blank=True)  # in their own words
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    merged_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged"
    )
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(Lower("email"), condition=~Q(email=""), name="prospect_one_per_address"),
            models.CheckConstraint(condition=~Q(merged_into=F("id")), name="prospect_not_merged_into_itself"),
            models.CheckConstraint(
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(latitude__isnull=False, longitude__isnull=False),
                name="prospect_both_coordinates_or_none",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email or "somebody without a name"

    @property
    def postcode_shown(self) -> str:
        """Their postcode as it is printed."""
        return postcode_text(self.postcode)


class Interest(models.Model):
    """That a prospect wants to hear of a programme, with the consent on which that rests."""

    prospect = models.ForeignKey(Prospect, on_delete=models.PROTECT, related_name="interests")
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="interests")
    market = models.CharField(max_length=30, blank=True)
    intake = models.ForeignKey(
        Intake, null=True, blank=True, on_delete=models.PROTECT, related_name="interests"
    )
    partner = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="interests"
    )
    confirmed_at = models.DateTimeField(null=True, blank=True)  # by the link that went to the address
    consent_text = models.CharField(max_length=500, blank=True)  # the words that were agreed to
    consent_at = models.DateTimeField(null=True, blank=True)
    consent_until = models.DateField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_index=True)
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["programme", "-created_at"], name="interest_by_programme")]
        constraints = [
            models.UniqueConstraint(fields=["prospect", "programme"], name="interest_once_per_programme"),
            models.CheckConstraint(
                condition=Q(consent_at__isnull=True, consent_until__isnull=True)
                | Q(consent_at__isnull=False, consent_until__isnull=False),
                name="interest_consent_has_an_end",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.prospect}: {self.programme}"


class IntakeNotice(models.Model):
    """That a prospect was told of an intake, so that nobody is told twice."""

    prospect = models.ForeignKey(Prospect, on_delete=models.PROTECT, related_name="notices")
    intake = models.ForeignKey(Intake, on_delete=models.PROTECT, related_name="notices")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]
        constraints = [models.UniqueConstraint(fields=["prospect", "intake"], name="intake_notice_once")]

    def __str__(self) -> str:
        return f"{self.prospect} of {self.intake_id}"


class Channel(models.TextChoices):
    FORM = "form", "form"
    EMAIL = "email", "e-mail"
    CHAT = "chat", "chat"
    PHONE = "phone", "telephone"


class Topic(models.TextChoices):
    GENERAL = "general", "general"
    OFFER = "qualification offer", "qualification offer"
    OTHER = "other provision", "other provision"


class Enquiry(models.Model):
    """One conversation with a prospect, whatever it came by."""

    reference = models.CharField(max_length=12, unique=True)  # for people: "Q-7K2M9Q"
    form_key = models.UUIDField(null=True, blank=True, unique=True)
    prospect = models.ForeignKey(
        Prospect, null=True, blank=True, on_delete=models.PROTECT, related_name="enquiries"
    )
    programme = models.ForeignKey(
        Programme, null=True, blank=True, on_delete=models.PROTECT, related_name="enquiries"
    )
    partner = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="enquiries"
    )  # who answers besides the office
    assigned_to = models.ForeignKey(
        USER, null=True, blank=True, on_delete=models.PROTECT, related_name="assigned_enquiries"
    )
    channel = models.CharField(max_length=10, choices=Channel)
    topic = models.CharField(max_length=40, choices=Topic, default=Topic.GENERAL)
    provision = models.CharField(max_length=60, blank=True)  # what is meant besides the NPQs: "HLTA"
    subject = models.CharField(max_length=200)
    state = models.CharField(max_length=20, choices=STATES, default=State.NEW)
    quarantine = models.CharField(max_length=200, blank=True)  # why it was put aside
    received_at = models.DateTimeField(db_index=True)
    due_at = models.DateTimeField(null=True, blank=True)  # while somebody waits for us
    answered_at = models.DateTimeField(null=True, blank=True)  # for the first time
    closed_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField()

    class Meta:
        ordering = [F("due_at").asc(nulls_last=True), "id"]
        verbose_name_plural = "enquiries"
        indexes = [
            models.Index(fields=["state", "due_at"], name="enquiry_by_due"),
            models.Index(fields=["partner", "state"], name="enquiry_by_partner"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=list(State)), name="enquiry_state_is_known"),
            models.CheckConstraint(condition=Q(channel__in=Channel.values), name="enquiry_channel_is_known"),
            models.CheckConstraint(
                condition=~Q(state=State.CLOSED) | Q(closed_at__isnull=False), name="enquiry_closed_has_time"
            ),
            models.CheckConstraint(
                condition=~Q(topic=Topic.OTHER) | Q(programme__isnull=True, partner__isnull=True),
                name="enquiry_other_provision_is_no_npq",
            ),
            models.CheckConstraint(
                condition=Q(provision="") | Q(topic=Topic.OTHER), name="enquiry_provision_only_if_other"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.subject}"

    @property
    def topic_text(self) -> str:
        """What it is filed under: "HLTA (other provision)" (S0-60)."""
        topic = Topic(self.topic).label
        return f"{self.provision} ({topic})" if self.provision else topic


class EnquiryMessage(models.Model):
    """One thing that was said in an enquiry, by them or by us, or a note among ourselves."""

    enquiry = models.ForeignKey(Enquiry, on_delete=models.PROTECT, related_name="messages")
    kind = models.CharField(
        max_length=10,
        choices=[("in", "from them"), ("out", "from us"), ("note", "note"), ("auto", "automatic")],
    )
    channel = models.CharField(max_length=10, choices=Channel)
    by = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200, blank=True)  # of who wrote, where it is no account
    sender = models.EmailField(max_length=254, blank=True)
    text = models.TextField(blank=True)
    notes = models.JSONField(default=list, blank=True)  # what was left out of a mail
    at = models.DateTimeField()
    message_id = models.CharField(max_length=210, null=True, blank=True, unique=True)  # of a mail
    form_key = models.UUIDField(null=True, blank=True, unique=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["in", "out", "note", "auto"]), name="enquiry_message_kind_is_known"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%d %b %H:%M}"


class Chat(models.Model):
    """An enquiry that is talked over live; the visitor is known by a cookie of which only the hash is kept."""

    enquiry = models.OneToOneField(Enquiry, on_delete=models.PROTECT, related_name="chat")
    token_hash = models.CharField(max_length=64, unique=True)
    taken_by = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    heard_at = models.DateTimeField()  # when somebody last wrote
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["opened_at", "id"]
        indexes = [models.Index(fields=["opened_at"], name="chat_live", condition=Q(ended_at__isnull=True))]

    def __str__(self) -> str:
        return f"chat of {self.enquiry_id}"

    @property
    def stands(self) -> str:
        """Where it stands: "waiting" for somebody to take it, "live", or "ended"."""
        return "ended" if self.ended_at else "live" if self.taken_by_id else "waiting"

    def stands_at(self, at: datetime) -> str:
        """The same for the visitor, who after a minute is told that nobody has answered: "unanswered"."""
        alone = self.stands == "waiting" and at >= self.opened_at + ALONE_AFTER
        return "unanswered" if alone else self.stands


class Duty(models.Model):
    """That somebody of the office answers chats now; it runs out by itself."""

    user = models.OneToOneField(USER, on_delete=models.PROTECT, related_name="duty")
    until = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["until", "id"]
        verbose_name_plural = "duties"

    def __str__(self) -> str:
        return f"{self.user_id} until {self.until:%H:%M}"


class AnsweringTargets(models.Model):
    """The response targets as the office set them; the latest are in force, the earlier ones are the history."""

    document = models.JSONField()  # as `answering.toml` has it
    reason = models.CharField(max_length=500)
    set_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "answering targets"

    def __str__(self) -> str:
        return f"targets of {self.set_at:%d %b %Y}"


class AnswerTemplate(models.Model):
    """Words that are often needed in an answer."""

    title = models.CharField(max_length=100, unique=True)
    text = models.TextField()
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["title", "id"]

    def __str__(self) -> str:
        return self.title


class Brand(models.Model):
    """How an organisation shows itself: strapline, website, where it is, and what its sources say of these."""

    organisation = models.OneToOneField(Organisation, on_delete=models.PROTECT, related_name="brand")
    strapline = models.CharField(max_length=100, blank=True)
    website = models.CharField(max_length=200, blank=True)  # the chosen one of `websites`, or one typed in
    websites = models.JSONField(default=list, blank=True)  # [{"address": ..., "source": ...}]
    postcode = models.CharField(max_length=8, blank=True)
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["organisation", "id"]

    def __str__(self) -> str:
        return str(self.organisation)


class ContactPoint(models.Model):
    """An address or number of an organisation, for one purpose; one that is invalid is kept as evidence only."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="contact_points")
    kind = models.CharField(max_length=10, choices=[("email", "e-mail"), ("phone", "telephone")])
    topic = models.CharField(max_length=40, choices=Topic, default=Topic.GENERAL)
    value = models.CharField(max_length=254, blank=True)  # normalised; "" where it is invalid
    printed = models.JSONField(default=list, blank=True)  # [{"text": ..., "source": ...}]
    problem = models.CharField(max_length=200, blank=True)
    published = models.BooleanField(default=False)
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["organisation", "kind", "topic", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "kind", "value"], condition=~Q(value=""), name="contact_point_once"
            ),
            models.CheckConstraint(
                condition=Q(published=False) | ~Q(value=""), name="contact_point_published_is_valid"
            ),
            models.CheckConstraint(
                condition=~Q(value="") | ~Q(problem=""), name="contact_point_without_value_says_why"
            ),
        ]

    def __str__(self) -> str:
        return self.value or f"invalid {self.kind}"

    @property
    def shown(self) -> str:
        """As people read it, a number unbroken on one line; nothing for what is invalid."""
        return phone_text(self.value).replace(" ", "\u00a0") if self.kind == "phone" else self.value


class Testimonial(models.Model):
    """What somebody said of a programme, shown while they consent."""

    form_key = models.UUIDField(unique=True)
    text = models.TextField()
    name = models.CharField(max_length=200)  # as it is to be shown
    programme = models.ForeignKey(
        Programme, null=True, blank=True, on_delete=models.PROTECT, related_name="testimonials"
    )
    consent_on = models.DateField()
    consent_evidence = models.TextField()  # where it is: a letter, a form
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(
                fields=["programme"],
                name="testimonial_shown",
                condition=Q(published_at__isnull=False, withdrawn_at__isnull=True),
            )
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(consent_evidence=""), name="testimonial_consent_has_evidence")
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.text[:40]}"
