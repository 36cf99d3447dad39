"""The shapes of what participants write; the rules are in `learning`."""

from typing import Any

from django import forms

from goldenthread.learning.rules import LONGEST_REFLECTION, LONGEST_TEXT, Work
from goldenthread.web.participant.editor import LARGEST_REVISION, written_field

TOO_LONG = "Shorten this text to %(limit_value)d characters; it has %(show_value)d."


def _text(name: str, label: str, hint: str, *, rows: int = 6) -> forms.CharField:
    return written_field(name, label, rows=rows, limit=LONGEST_TEXT, too_long=TOO_LONG, hint=hint)


class ReflectionForm(forms.Form):
    """The few sentences that finish a module."""

    reflection = forms.CharField(
        label="What do you take into your school?",
        help_text="A sentence or two. You can read it again here later.",
        max_length=LONGEST_REFLECTION,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={
            "max_length": TOO_LONG,
            "required": "Write a sentence or two on what you take into your school, then finish the module.",
        },
    )


class WorkForm(forms.Form):
    """The four texts of a formative task, and the revision that the writer had open."""

    context = _text("context", "Context", "Who was involved, what was the case before, and how do you know?")
    application = _text(
        "application",
        "Application",
        "What did you do in your school, and what from the programme did you apply?",
        rows=8,
    )
    evidence = _text("evidence", "Evidence", "What changed for pupils or colleagues, and what shows it?")
    reflection = _text("reflection", "Reflection", "What would you do again, and what differently?")
    revision = forms.IntegerField(min_value=0, max_value=LARGEST_REVISION, widget=forms.HiddenInput)

    def work(self) -> Work:
        """The texts with line ends as typed, whatever the browser sends."""
        clean: dict[str, Any] = self.cleaned_data
        names = ("context", "application", "evidence", "reflection")
        return Work(**{name: clean.get(name, "").replace("\r\n", "\n") for name in names})
