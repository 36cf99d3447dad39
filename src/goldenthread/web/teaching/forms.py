"""The shapes of what teaching staff enter; the rules are in `events`, `learning` and `coaching`."""

from typing import Any

from django import forms

from goldenthread.catalogue.needs import AREAS_OF_NEED
from goldenthread.coaching.rules import LONGEST_SESSION
from goldenthread.events.rules import Entry

STATUSES = [("present", "Present"), ("part", "Part"), ("absent", "Absent")]
TOO_LONG = {"max_length": "Shorten this text to %(limit_value)d characters; it has %(show_value)d."}


class PersonForm(forms.Form):
    """One line of a register. `was` is what the page showed, so that untouched lines are not sent to the
    rules.
    """

    status = forms.ChoiceField(choices=STATUSES, required=False)
    minutes = forms.IntegerField(required=False, min_value=1, max_value=1440, label="Minutes there")
    revision = forms.IntegerField(required=False, min_value=0, max_value=32767)
    was = forms.CharField(required=False, max_length=20)

    def entry(self, enrolment_id: int, *, otherwise: str = "") -> Entry | None:
        """What was entered for this person, None where nothing was. `otherwise` fills in for no status."""
        clean: dict[str, Any] = self.cleaned_data
        status = clean["status"] or otherwise
        if not status:
            return None
        minutes = clean["minutes"] or 0 if status == "part" else 0
        if clean["was"] == f"{status}:{minutes}":
            return None
        return Entry(enrolment_id, status, minutes, clean["revision"] or 0)


class DecisionForm(forms.Form):
    """A tutor's feedback and decision on one revision of a response."""

    strength = forms.CharField(
        label="Strength",
        help_text="What is good in this work?",
        max_length=5000,
        error_messages={**TOO_LONG, "required": "Name a strength of this work."},
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    next_step = forms.CharField(
        label="Next step",
        help_text="One thing to do next, as precise as you can. Also when you accept the work.",
        max_length=5000,
        error_messages={**TOO_LONG, "required": "Name the next step for this person."},
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    evidence = forms.CharField(
        label="Evidence",
        help_text="Where in this work both show: a part of it, or a few of its words.",
        required=False,
        max_length=5000,
        error_messages=TOO_LONG,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    decision = forms.ChoiceField(
        label="Decision",
        choices=[
            ("accept", "Accept: the hours of the task are credited"),
            ("return", "Return it to be improved"),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose whether you accept or return this work."},
    )
    revision = forms.IntegerField(min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)


class PracticeFeedbackForm(forms.Form):
    """A strength and a next step on one revision of practice; no decision and no marks."""

    strength = forms.CharField(
        label="Strength",
        help_text="What is good in this response?",
        max_length=5000,
        error_messages={**TOO_LONG, "required": "Name a strength of this response."},
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    next_step = forms.CharField(
        label="Next step",
        help_text="One thing to do next, as precise as you can.",
        max_length=5000,
        error_messages={**TOO_LONG, "required": "Name the next step for this person."},
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    evidence = forms.CharField(
        label="Evidence",
        help_text="Where in this response both show: a part of it, or a few of its words.",
        required=False,
        max_length=5000,
        error_messages=TOO_LONG,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    revision = forms.IntegerField(min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)


class SessionForm(forms.Form):
    """A coaching session that was held, in the coach's own time zone."""

    held_at = forms.DateTimeField(
        label="When it was held",
        widget=forms.DateTimeInput(),
        error_messages={"required": "Say when the session was held.", "invalid": "Give a date and a time."},
    )
    minutes = forms.IntegerField(
        label="Length in minutes",
        min_value=1,
        max_value=LONGEST_SESSION,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        error_messages={"required": "Say how long the session took, in minutes."},
    )
    focus = forms.CharField(
        label="Focus",
        help_text="What it was about, in a line.",
        max_length=200,
        error_messages={**TOO_LONG, "required": "Say what the session was about."},
    )
    feedback = forms.CharField(
        label="Feedback to the participant",
        help_text="What went well, what to work on. They read exactly this.",
        max_length=10000,
        error_messages={
            **TOO_LONG,
            "required": "Feedback is missing. Write what went well and what to work on.",
        },
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    agreed_action = forms.CharField(
        label="Agreed action",
        help_text="What they will do before you meet again.",
        max_length=5000,
        required=False,
        error_messages=TOO_LONG,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class QueueFilter(forms.Form):
    """Which work the queue shows."""

    show = forms.ChoiceField(
        label="Show",
        required=False,
        choices=[
            ("waiting", "Waiting for me"),
            ("returned", "Returned"),
            ("accepted", "Accepted"),
            ("all", "All"),
        ],
    )
    q = forms.CharField(label="Name or task", required=False, max_length=100)
    need = forms.ChoiceField(
        label="Area of need",
        required=False,
        choices=[("", "All"), *((key, name.capitalize()) for key, name in AREAS_OF_NEED.items())],
    )
