"""Forms of the office for how a window is marked: its policy, known scripts, the word on a marker, the end of a
stop.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms

from goldenthread.assessment.models import MarkPoint, Script
from goldenthread.marking.quality_models import KnownScript, MarkingPolicy
from goldenthread.marking.quality_rules import (
    CHOICES,
    LONGEST_REASON,
    MOST_ATTEMPTS,
    MOST_DISCUSSION_DAYS,
    MOST_SEED_PERCENT,
    Policy,
)
from goldenthread.people.models import User
from goldenthread.web.assessor.forms import PointsForm
from goldenthread.web.office.fields import reason_field, whole_field


class MarkingPolicyForm(forms.Form):
    """Every figure of a policy, in the order in which marking goes."""

    standardised = forms.BooleanField(
        label="Scripts go to qualified markers alone",
        help_text="Markers mark a practice set first; the office can decide otherwise for one marker.",
        required=False,
    )
    each = whole_field("One practice script may differ by", 100, help_text="Marks of its total.")
    altogether = whole_field("A practice set may differ by", 1000, help_text="Marks, all scripts added up.")
    attempts = whole_field("Sets that a marker may try", MOST_ATTEMPTS, least=1)
    second = forms.ChoiceField(
        label="Second marking",
        choices=MarkingPolicy._meta.get_field("second").flatchoices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose who gets a second marker."},
    )
    second_percent = whole_field(
        "Share with a second marker",
        100,
        least=1,
        help_text="Per cent of the scripts, where a share is drawn.",
    )
    tolerance = whole_field(
        "Two markers may differ by",
        100,
        help_text="Marks; empty for the mark scheme's own. On either side of the pass mark they never agree.",
        required=False,
    )
    apart = forms.ChoiceField(
        label="If two markers don't agree",
        choices=MarkingPolicy._meta.get_field("apart").flatchoices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what follows when two markers don't agree."},
    )
    discussion_days = whole_field(
        "Days for a discussion",
        MOST_DISCUSSION_DAYS,
        least=1,
        help_text="Where there is one; afterwards what was answered counts.",
    )
    pair = forms.ChoiceField(
        label="Where two markers agree, what stands?",
        choices=MarkingPolicy._meta.get_field("pair").flatchoices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what stands where two markers agree."},
    )
    third = forms.ChoiceField(
        label="After a third marking, what stands?",
        help_text="Whatever you choose, nothing is rounded, no mean is taken of a pass and a fail, and a moderator "
        "looks at each of these scripts.",
        choices=MarkingPolicy._meta.get_field("third").flatchoices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what stands after a third marking."},
    )
    seed_percent = whole_field(
        "Seeds",
        MOST_SEED_PERCENT,
        help_text="Scripts whose marks are agreed, put among a marker's own without showing it, to see how they mark: "
        "so many for each hundred scripts; 0 for none.",
    )
    seed_tolerance = whole_field("A seed may differ by", 100, help_text="Marks of its total.")
    stop_count = whole_field("Stop a marker after so many seeds beyond that", 50, least=1)
    stop_of = whole_field("... among their last", 50, least=1, help_text="Seeds.")
    lease_days = whole_field(
        "An open script goes to somebody else",
        60,
        help_text="Days after its date; empty: never by itself.",
        required=False,
    )
    reason = reason_field(
        "Why?", longest=LONGEST_REASON, error_messages={"required": "Say why; it stays in the record."}
    )

    def policy(self) -> Policy:
        """What was entered."""
        figures = {name: value for name, value in self.cleaned_data.items() if name != "reason"}
        chosen = {name: kind(figures[name]) for name, kind in CHOICES.items()}
        return Policy(**{**figures, **chosen})


class KnownForm(PointsForm):
    """A script with its marks and why they are right."""

    reason = reason_field(
        "Why are these the right marks?",
        longest=4000,
        rows=4,
        help_text="Markers read it when they have marked the set.",
        required=False,
    )
    former = forms.CharField(
        label="Code of a former script",
        help_text="Marked by this mark scheme, with results that are out. Names and school of its author are covered. "
        "Without a text below, its own is taken; the evidence of a project comes with it.",
        max_length=10,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    form_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, points: Iterable[MarkPoint], parts: Sequence[dict[str, str]], **kwargs: Any
    ) -> None:
        shown = list(points)
        super().__init__(*args, points=shown, **kwargs)
        self.parts = {f"text_{place}": part for place, part in enumerate(parts)} or {"text": {"key": ""}}
        for name, part in self.parts.items():
            self.fields[name] = forms.CharField(
                label=part.get("title") or "The script",
                required=False,
                max_length=100_000,
                widget=forms.Textarea(attrs={"rows": 8}),
            )
        for point in shown:
            self.fields[f"why_{point.number}"] = forms.CharField(
                label=f"Why at point {point.number}", required=False, max_length=2000
            )
        self.order_fields(
            ["former", *self.parts, *(f"point_{p.number}" for p in shown), "reason", "form_key"]
        )

    def texts(self, former: Script | None = None) -> dict[str, str]:
        """The text by part key; where none was entered, that of the former script."""
        given = {part["key"]: self.cleaned_data[name] for name, part in self.parts.items()}
        if former is None or any(text.strip() for text in given.values()):
            return given
        return dict(former.parts) or {"": former.text}

    def reasons(self) -> dict[int, str]:
        """Why, by point number."""
        return {number: self.cleaned_data[f"why_{number}"] for number in self.numbers}


class EvidenceForm(forms.Form):
    """A file of evidence for a script of a set."""

    number = forms.TypedChoiceField(
        label="Evidence of", coerce=int, error_messages={"required": "Choose the script that it belongs to."}
    )
    file = forms.FileField(
        label="A file",
        help_text="Word (.docx), PDF, OpenDocument (.odt), plain text (.txt), Excel (.xlsx) or a picture (JPEG, PNG). "
        "Markers see what it shows: no name of a person or a school may stand in it.",
        error_messages={
            "required": "Choose a file.",
            "empty": "This file is empty: open the original, save it again and add the new file.",
            "max_length": "The name of this file is too long: give it a shorter one.",
        },
    )

    def __init__(self, *args: Any, scripts: Iterable[KnownScript], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scripts = {script.number: script for script in scripts}
        self.fields["number"].choices = [(number, f"Script {number}") for number in self.scripts]  # type: ignore[attr-defined]

    def script(self) -> KnownScript:
        """The script that was chosen."""
        return self.scripts[self.cleaned_data["number"]]


class ClearForm(forms.Form):
    """The office's word on one marker."""

    marker = forms.TypedChoiceField(
        label="Marker", coerce=int, error_messages={"required": "Choose a marker."}
    )
    qualified = forms.ChoiceField(
        label="Decision",
        choices=[
            ("1", "May mark these scripts"),
            ("again", "May try one more practice set, and marks once that qualifies them"),
            ("0", "Doesn't mark these scripts"),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what you decide."},
    )
    reason = reason_field(
        "Why?", longest=LONGEST_REASON, error_messages={"required": "Say why; it stays in the record."}
    )

    def __init__(self, *args: Any, people: Iterable[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {person.pk: person for person in people}
        choices = [(pk, person.name) for pk, person in self.people.items()]
        self.fields["marker"].choices = [("", "Choose a marker"), *choices]  # type: ignore[attr-defined]


class DiscussionEndForm(forms.Form):
    """Why a discussion ends before its markers are done."""

    reason = reason_field(
        "Why does it end now?",
        longest=LONGEST_REASON,
        help_text="It stays in the record. The two markers don't see it.",
        error_messages={"required": "Say why it ends."},
    )


class CountForm(forms.Form):
    """Why marks count although a conflict arose for their marker."""

    reason = reason_field(
        "Why do they count?",
        longest=LONGEST_REASON,
        error_messages={"required": "Say why; it stays in the record."},
    )


class GiveForm(forms.Form):
    """Why a marker's scripts go to others."""

    reason = reason_field(
        "Why do they go to other markers?",
        longest=LONGEST_REASON,
        help_text="It stays in the record. No marker and no participant sees it.",
        error_messages={"required": "Say why; it stays in the record."},
    )


class WithdrawSetForm(forms.Form):
    """Why a set of known scripts is withdrawn."""

    reason = reason_field(
        "What is wrong with it?",
        longest=LONGEST_REASON,
        help_text="It stays in the record. Markers read that the set was withdrawn, not why.",
        error_messages={"required": "Say what is wrong with this set; it stays in the record."},
    )


class StopForm(forms.Form):
    """What becomes of a marker whom seeds stopped."""

    ending = forms.ChoiceField(
        label="What follows?",
        choices=[
            ("lifted", "They mark on, with a clean sheet of seeds"),
            ("ended", "Their marking in this window is over; what is open goes to others"),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what becomes of it."},
    )
    reason = reason_field(
        "Why?", longest=LONGEST_REASON, error_messages={"required": "Say why; it stays in the record."}
    )
