"""What is declared with a hand-in: its fields as the window asks for them, and what a form says."""

from collections.abc import Mapping
from typing import Any

from django import forms

from goldenthread.assessment.rules.policies import AiSaid, Declarations
from goldenthread.catalogue.wording import listed


def declared_fields(asked: Declarations) -> dict[str, forms.Field]:
    """Own work; and about AI a confirmation, a choice with room to describe it, or nothing, as the policy is."""
    fields: dict[str, forms.Field] = {"own_work": forms.BooleanField(required=False, label=asked.own_work)}
    if asked.ai.use == "forbidden":
        fields["ai_use"] = forms.BooleanField(required=False, label=asked.ai.statement)
    elif asked.ai.use == "acknowledged":
        fields["ai_use"] = forms.ChoiceField(
            required=False,
            label="Use of AI",
            help_text=asked.ai.statement,
            choices=[("none", "I used no AI"), ("used", "I used AI, and say how")],
            widget=forms.RadioSelect,
        )
        fields["ai_note"] = NoteField(
            required=False,
            label="If you used AI: how",
            help_text=f"Say {listed(list(asked.ai.describe))}.",
            widget=forms.Textarea(attrs={"rows": 3}),
        )
    return fields


class NoteField(forms.CharField):
    """Words that are kept whatever is in them; how many may be, the rule says, so that nothing typed is lost."""

    def to_python(self, value: Any) -> str:
        """The text with plain line ends; signs that no database keeps are left out."""
        text = super().to_python(value) or ""
        return text.replace("\x00", "").replace("\r\n", "\n")


def ai_said(said: Mapping[str, Any]) -> AiSaid:
    """What a form says about AI, from its cleaned data."""
    use = said.get("ai_use", "")
    return AiSaid("none" if use is True else use or "", said.get("ai_note", ""))
