"""Forms for marking and moderation: the shape of marks and texts; the scheme's limits are for the rules."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.http import QueryDict
from django.utils.text import Truncator

from goldenthread.assessment.models import MarkPoint
from goldenthread.common.refused import Refused
from goldenthread.marking.discussion_rules import LONGEST_MESSAGE
from goldenthread.marking.feedback_rules import NAMES, Feedback, Words, asked_kinds, field_of
from goldenthread.marking.models import ConflictKind
from goldenthread.marking.passage_rules import LONGEST_NOTE, Passage, passage_from
from goldenthread.marking.rules import LONGEST_REASON, LONGEST_TEXT, Declaration, Kind, Totals
from goldenthread.moderation.batches import Which
from goldenthread.moderation.shift_rules import Move

WHOLE = "Enter a whole number of marks."
MOST_OF_A_POINT = 100
_HELP = {
    Kind.LEARN_THAT: "What this response shows that its author understands.",
    Kind.LEARN_HOW_TO: "What this response shows that its author can apply.",
}


class PointsForm(forms.Form):
    """One box for each point of a mark scheme."""

    def __init__(self, *args: Any, points: Iterable[MarkPoint], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.numbers = [point.number for point in points]
        for number in self.numbers:
            self.fields[f"point_{number}"] = forms.IntegerField(
                label=f"Point {number}",
                required=False,
                min_value=-999,
                max_value=999,
                error_messages={"invalid": WHOLE, "max_value": WHOLE, "min_value": WHOLE},
                widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "maxlength": 4}),
            )

    def marks(self) -> dict[int, int | None]:
        """The marks by point number, None where a box is empty."""
        return {number: self.cleaned_data.get(f"point_{number}") for number in self.numbers}


class PracticeForm(PointsForm):
    """Marks of a practice script, with the revision that the page started from; an older page knows of none."""

    revision = forms.IntegerField(
        min_value=0, max_value=10**9, required=False, initial=0, widget=forms.HiddenInput
    )


def _text(label: str, help_text: str, rows: int = 3, *, needed: str = "") -> forms.CharField:
    """A text; `needed` is what the page says where it is empty on submitting, as the rules do."""
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=False,
        max_length=LONGEST_TEXT,
        error_messages={"max_length": f"Shorten this to {LONGEST_TEXT:,} characters."},
        widget=forms.Textarea(attrs={"rows": rows} | ({"data-needed": needed} if needed else {})),
    )


def _move_field(label: str) -> forms.DecimalField:
    """Marks up or down, in halves."""
    return forms.DecimalField(
        label=label,
        help_text="Up, such as 0.5, or down, such as -1; empty for none.",
        required=False,
        max_digits=4,
        decimal_places=1,
        min_value=-100,
        max_value=100,
        widget=forms.TextInput(attrs={"autocomplete": "off", "maxlength": 6}),
    )


class PassagesForm(PointsForm):
    """Marks with notes at passages of the script."""

    new_passage = forms.CharField(label="Paragraph", required=False, max_length=140)
    new_note = forms.CharField(
        label="Note at this paragraph",
        help_text="Only a moderator reads this.",
        required=False,
        max_length=LONGEST_NOTE,
        error_messages={"max_length": f"Shorten this to {LONGEST_NOTE:,} characters."},
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, points: Iterable[MarkPoint], **kwargs: Any) -> None:
        super().__init__(*args, points=points, **kwargs)
        lists = self.data if isinstance(self.data, QueryDict) else QueryDict()
        places, written = lists.getlist("passage"), lists.getlist("passage_note")
        self.given = [(place, note.replace("\0", "")) for place, note in zip(places, written, strict=False)]
        self.matching = len(places) == len(written)
        self.with_passages = "with_passages" in self.data  # an older page knows nothing of them
        self.noted: list[Passage] = []
        self.lost = False  # whether a note has no place that any page has sent

    def clean(self) -> dict[str, Any]:
        """Notes at passages come as lists beside each other, and one more at a paragraph that was chosen by number."""
        cleaned = super().clean() or {}
        place, note = cleaned.get("new_passage", ""), cleaned.get("new_note", "")
        if note.strip() and not place:
            self.add_error("new_passage", "Choose the paragraph that this note belongs to.")
        try:
            if not self.matching:
                passage_from("", "")
            rows = [*self.given, *([(place, note)] if place and note.strip() else [])]
            self.noted = [passage_from(where, said) for where, said in rows]
        except Refused as refusal:
            self.lost = True
            self.add_error(None, refusal.message)
        return cleaned

    def passages(self) -> list[Passage] | None:
        """The notes at passages, in the order of the page; None where the page has none of them on it."""
        return self.noted if self.with_passages else None


class LookForm(PassagesForm):
    """A moderator's own marks, with the revision that the page started from."""

    revision = forms.IntegerField(
        min_value=0, max_value=10**9, required=False, initial=0, widget=forms.HiddenInput
    )


class MarkingForm(PassagesForm):
    """Marks with feedback for the participant and a comment for the moderator.

    Where the points are of both kinds, strength and next step are asked for by kind; words for the whole response that
    were written before that was so stay on the page, and may be taken out.
    """

    field_order = (
        "revision", "strength", "next_step", "evidence", "comment", "new_passage", "new_note",
    )  # fmt: skip

    revision = forms.IntegerField(min_value=0, max_value=10**9, widget=forms.HiddenInput)
    strength = _text(
        "A strength",
        "What this response does well. The participant reads it with their result.",
        needed="Name a strength of this script.",
    )
    next_step = _text(
        "A next step",
        "One thing to do differently, and how. The participant reads it too.",
        needed="Name a next step for the participant.",
    )
    evidence = _text(
        "Evidence",
        "Where in the script both show: a paragraph, or a few words of it. The participant reads it.",
        rows=2,
    )
    comment = _text("Comment for the moderator", "Only a moderator reads this.", rows=2)

    def __init__(self, *args: Any, points: Iterable[MarkPoint], **kwargs: Any) -> None:
        shown = list(points)
        super().__init__(*args, points=shown, **kwargs)
        for point in shown:
            label = f"Note at point {point.number}"
            self.fields[f"note_{point.number}"] = _text(label, "Only a moderator reads this.", rows=2)
        self.kinds = asked_kinds(point.kind for point in shown)
        for kind in self.kinds:
            self._ask_about(kind)
        if self.kinds:
            for name in ("strength", "next_step"):
                self.fields[name].widget.attrs.pop("data-needed")
                self.fields[name].help_text = "Written for the whole response. The participant reads it too."

    def _ask_about(self, kind: Kind) -> None:
        """Boxes for a strength and a next step of one kind; a strength isn't needed where it has no marks at all."""
        name, title = NAMES[kind], NAMES[kind].capitalize()
        strength = _text(f"{title}: a strength", _HELP[kind], rows=2, needed=f"Name a strength in {name}.")
        strength.widget.attrs["data-unless-none"] = str(kind)
        self.fields[field_of("strength", kind)] = strength
        self.fields[field_of("next_step", kind)] = _text(
            f"{title}: a next step",
            "One thing to do differently, and how.",
            rows=2,
            needed=f"Name a next step in {name}.",
        )

    @property
    def about_kinds(self) -> list[BoundField]:
        """The boxes for words by kind, in the order of the page."""
        return [self[field_of(name, kind)] for kind in self.kinds for name in ("strength", "next_step")]

    @property
    def about_whole(self) -> list[BoundField]:
        """The boxes for words about the whole response: where none are asked by kind, or some are there."""
        whole = [self["strength"], self["next_step"]]
        return whole if not self.kinds or any(one.value() for one in whole) else []

    def notes(self) -> dict[int, str]:
        """What was noted, by point number."""
        return {number: self.cleaned_data.get(f"note_{number}", "") for number in self.numbers}

    def feedback(self) -> Feedback:
        """What was written; a text that is too long counts as written, as the form says what is wrong with it."""
        return Feedback(
            strength=self._written("strength"),
            next_step=self._written("next_step"),
            evidence=self._written("evidence"),
            by_kind={
                kind: Words(*(self._written(field_of(name, kind)) for name in ("strength", "next_step")))
                for kind in self.kinds
            },
        )

    def _written(self, name: str) -> str:
        return str(self.cleaned_data.get(name, "…"))


class MessageForm(forms.Form):
    """What one of two markers writes to the other."""

    text = forms.CharField(
        label="Write to your colleague",
        help_text="Plain words about this script. Don't sign it, and name nobody.",
        max_length=LONGEST_MESSAGE,
        error_messages={
            "required": "Write something first.",
            "max_length": f"Shorten this to {LONGEST_MESSAGE:,} characters.",
        },
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    form_key = forms.UUIDField(widget=forms.HiddenInput)


class AnswerForm(PointsForm):
    """The marks that somebody gives after a discussion, each change with its reason; or the same as before."""

    read_anew = False  # what the other wrote meanwhile stands on the page that is given back

    seen = forms.CharField(max_length=20, widget=forms.HiddenInput)

    def __init__(self, *args: Any, points: Iterable[MarkPoint], **kwargs: Any) -> None:
        shown = list(points)
        super().__init__(*args, points=shown, **kwargs)
        for point in shown:
            self.fields[f"why_{point.number}"] = forms.CharField(
                label=f"Why, if you change point {point.number}",
                required=False,
                max_length=LONGEST_REASON,
                error_messages={"max_length": f"Shorten this to {LONGEST_REASON:,} characters."},
            )

    def reasons(self) -> dict[int, str]:
        """Why, by point number."""
        return {number: self.cleaned_data.get(f"why_{number}", "") for number in self.numbers}


class DecisionForm(forms.Form):
    """What a moderator decides; marks may be halves, as a mean of two markings is."""

    decision = forms.ChoiceField(
        label="Your decision",
        choices=[("confirmed", "The agreed marks stand"), ("adjusted", "Other marks take their place")],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose whether the marks stand or others take their place."},
    )
    learn_that = forms.DecimalField(
        label="Marks for learn that", required=False, max_digits=4, decimal_places=1, min_value=0
    )
    learn_how_to = forms.DecimalField(
        label="Marks for learn how to", required=False, max_digits=4, decimal_places=1, min_value=0
    )
    note = forms.CharField(
        label="Note",
        help_text="Why; needed where other marks take their place, and where yours are far from the agreed ones. It "
        "stays in the record.",
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, criteria: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if criteria:  # one sum: what is kept for the other kind is nothing
            self.fields["learn_that"].widget = forms.HiddenInput()
            self.initial["learn_that"] = 0
            self.fields["learn_how_to"].label = "Marks"

    def clean_learn_that(self) -> Decimal | None:
        return self._half("learn_that")

    def clean_learn_how_to(self) -> Decimal | None:
        return self._half("learn_how_to")

    def _half(self, name: str) -> Decimal | None:
        value: Decimal | None = self.cleaned_data[name]
        if value is not None and (value * 2) % 1:
            raise forms.ValidationError("Enter whole or half marks, such as 7 or 7.5.")
        return value

    def clean(self) -> dict[str, Any]:
        """One other mark beside "the agreed marks stand" is as wrong as two, which the rules see."""
        said = super().clean() or {}
        given = [
            said.get(name)
            for name in ("learn_that", "learn_how_to")
            if not self.fields[name].widget.is_hidden
        ]
        if said.get("decision") == "confirmed" and any(one is not None for one in given):
            self.add_error(
                "decision",
                "You entered other marks and chose that the agreed ones stand. Choose that other marks take their "
                "place, or empty the boxes.",
            )
        return said

    def half_marks(self) -> Totals | None:
        """The other marks in half marks; None unless both boxes are filled."""
        that, how = self.cleaned_data["learn_that"], self.cleaned_data["learn_how_to"]
        return None if that is None or how is None else Totals(int(that * 2), int(how * 2))


class BatchForm(forms.Form):
    """Which marks of a round go back to marking, and why."""

    marker = forms.ChoiceField(label="Whose marks?", required=False)
    point = forms.TypedChoiceField(
        label="Only where a point was given little",
        help_text="The whole script is marked anew.",
        coerce=int,
        empty_value=None,
        required=False,
    )
    most = forms.IntegerField(
        label="So many marks or fewer for this point",
        help_text="Empty means whatever it was given.",
        required=False,
        min_value=0,
        max_value=MOST_OF_A_POINT,
        error_messages=dict.fromkeys(
            ("invalid", "min_value", "max_value"),
            f"Enter a whole number of marks, {MOST_OF_A_POINT} at most.",
        ),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "maxlength": 3}),
    )
    reason = forms.CharField(
        label="Why do these marks go back to marking?",
        help_text="Write what you saw in which scripts, by code. A second person reads it, and it stays in the record.",
        max_length=LONGEST_REASON,
        error_messages={"required": "Say why these marks go back to marking."},
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(
        self, *args: Any, markers: Mapping[str, int], points: Mapping[int, str], **kwargs: Any
    ) -> None:
        """`markers` by the letters under which moderators see them: the page holds nothing else of them. `points` by
        number, in words.
        """
        super().__init__(*args, **kwargs)
        self._markers = markers
        letters = [(letter, f"Marker {letter}") for letter in markers]
        self.fields["marker"].choices = [("", "Every marker's"), *letters]  # type: ignore[attr-defined]
        self.fields["point"].choices = [  # type: ignore[attr-defined]
            ("", "Whatever was given"),
            *((number, f"Point {number}: {Truncator(words).chars(80)}") for number, words in points.items()),
        ]

    def clean(self) -> dict[str, Any]:
        """Marks without their point would be left out, and everything the marker gave would go back."""
        said = super().clean() or self.cleaned_data
        if said.get("most") is not None and "point" in said and said["point"] is None:
            self.add_error(
                "point",
                "Choose the point for which so many marks or fewer were given, or empty the box below.",
            )
        return said

    def which(self) -> Which:
        said = self.cleaned_data
        return Which(self._markers.get(said["marker"]), said["point"], said["most"])


class SecondForm(forms.Form):
    """What the second person says of a batch."""

    yes = "Yes, these scripts go back to marking"
    agree = forms.ChoiceField(
        label="Do you agree?",
        widget=forms.RadioSelect,
        error_messages={"required": "Say whether you agree."},
    )
    reason = forms.CharField(
        label="Why?",
        help_text="Needed where you don't agree.",
        required=False,
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agree"].choices = [("1", self.yes), ("0", "No")]  # type: ignore[attr-defined]


class ShiftForm(forms.Form):
    """By how much the agreed marks of a marker's scripts move, and why."""

    marker = forms.ChoiceField(
        label="Whose scripts?",
        help_text="Every script whose agreed marks are made of theirs.",
        error_messages={"required": "Choose a marker."},
    )
    learn_that = _move_field("Marks for learn that")
    learn_how_to = _move_field("Marks for learn how to")
    reason = forms.CharField(
        label="Why do these marks move?",
        help_text="Write what you saw in which scripts, by code. A second person reads it, and it stays in the record.",
        max_length=LONGEST_REASON,
        error_messages={"required": "Say why these marks move."},
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args: Any, markers: Mapping[str, int], criteria: bool, **kwargs: Any) -> None:
        """`markers` by the letters under which moderators see them; of `criteria` there is one sum."""
        super().__init__(*args, **kwargs)
        self._markers = markers
        letters = [(letter, f"Marker {letter}") for letter in markers]
        self.fields["marker"].choices = [("", "Choose a marker"), *letters]  # type: ignore[attr-defined]
        if criteria:
            del self.fields["learn_that"]
            self.fields["learn_how_to"].label = "Marks"

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        for name in ("learn_that", "learn_how_to"):
            value = data.get(name)
            if value is not None and (value * 2) % 1:
                self.add_error(name, "Enter whole or half marks, such as 1 or -0.5.")
        return data

    def chosen(self) -> int:
        """The number of the marker that was chosen."""
        return self._markers[self.cleaned_data["marker"]]

    def move(self) -> Move:
        """What was entered, in half marks; an empty box moves nothing."""
        said = self.cleaned_data
        return Move(*(int((said.get(name) or 0) * 2) for name in ("learn_that", "learn_how_to")))


class ShiftSecondForm(SecondForm):
    """What the second person says of a shift, and which plan they looked at."""

    yes = "Yes, these marks move"
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)


class ConflictForm(forms.Form):
    """What stands between a marker or moderator and a script."""

    kind = forms.ChoiceField(
        label="What stands in the way?",
        choices=ConflictKind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what stands in the way."},
    )
    reason = forms.CharField(
        label="In a sentence",
        help_text="How you noticed, or how you know each other. No name is needed. Only the programme office "
        "can read this.",
        max_length=LONGEST_REASON,
        error_messages={
            "required": "Say in a sentence what stands in the way; no name is needed.",
            "max_length": f"Shorten this to {LONGEST_REASON:,} characters.",
        },
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def declaration(self) -> Declaration:
        return Declaration(self.cleaned_data["kind"], self.cleaned_data["reason"])
