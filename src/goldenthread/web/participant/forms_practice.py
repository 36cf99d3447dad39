"""The shapes of practice: the response in its parts, and its comparison with the mark scheme."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms

from goldenthread.assessment.rules import DRAFT_LIMIT, Part
from goldenthread.assessment.rules.practice import LEVELS
from goldenthread.web.participant.editor import LARGEST_REVISION, written_field
from goldenthread.web.participant.forms_assessment import TOO_LONG

LONGEST = 5_000


class PracticeForm(forms.Form):
    """One text area for each part, as in a sitting, or one for the whole; and the revision that it builds on."""

    revision = forms.IntegerField(min_value=0, max_value=LARGEST_REVISION, widget=forms.HiddenInput)

    def __init__(
        self,
        parts: tuple[Part, ...],
        data: Any = None,
        *,
        texts: Mapping[str, str] | None = None,
        revision: int = 0,
    ) -> None:
        super().__init__(data, initial={"revision": revision})
        asked = [(part.key, f"{part.number} {part.title}") for part in parts] or [("", "Your text")]
        self.keys = [key for key, _ in asked]
        for number, (key, title) in enumerate(asked, start=1):
            self.fields[f"text_{number}"] = written_field(
                key,
                title,
                rows=8 if parts else 24,
                limit=DRAFT_LIMIT,
                too_long=TOO_LONG,
                text=(texts or {}).get(key, ""),
            )

    def texts(self) -> dict[str, str]:
        """What was written, by part key."""
        return {key: self.cleaned_data.get(f"text_{n}", "") for n, key in enumerate(self.keys, start=1)}

    def areas(self) -> list[Any]:
        """The text areas, in order."""
        return [self[f"text_{number}"] for number in range(1, len(self.keys) + 1)]


def feedback_field(label: str, hint: str) -> forms.CharField:
    """A strength or a next step."""
    return forms.CharField(
        label=label,
        help_text=hint,
        max_length=LONGEST,
        error_messages={"required": f"Write the {label.lower()}."},
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class SelfAssessmentForm(forms.Form):
    """For each mark point whether it is there; then a strength and a next step. No marks."""

    def __init__(self, data: Any, *, points: Iterable[Any], initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        self.numbers = []
        for point in points:
            self.numbers.append(point.number)
            kind = {"learn_that": "understanding", "learn_how_to": "application"}.get(point.kind, "")
            of = ", ".join(one for one in (kind, point.part_name) if one)
            said, asks = (point.statement.text, point.text) if point.statement else (point.text, "")
            self.fields[f"point_{point.number}"] = forms.ChoiceField(
                label=f"{point.number} {said}" + (f" ({of})" if of else ""),
                help_text=asks,
                choices=list(LEVELS.items()),
                widget=forms.RadioSelect,
                error_messages={"required": "Say whether this is in your response."},
            )
        self.fields["strength"] = feedback_field(
            "Strength", "What in your response is good, and what shows it?"
        )
        self.fields["next_step"] = feedback_field("Next step", "What will you do differently next time?")

    def levels(self) -> dict[int, str]:
        """What was said of each point, by its number."""
        return {number: self.cleaned_data[f"point_{number}"] for number in self.numbers}
