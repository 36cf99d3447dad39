"""The shapes of what participants write; the rules are in `learning`."""

from typing import Any

from django import forms

from goldenthread.learning.rules import LONGEST_REFLECTION, LONGEST_TEXT, Work


class WrittenArea(forms.Textarea):
    """A text area whose text may hold anything but the NUL and half a surrogate pair, which no database keeps."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        value = super().value_from_datadict(data, files, name)
        if not isinstance(value, str):
            return value
        return value.replace("\x00", "").encode("utf-8", "replace").decode()


def _text(name: str, label: str, hint: str, *, rows: int = 6) -> forms.CharField:
    field = forms.CharField(
        label=label,
        help_text=hint,
        required=False,
        strip=False,
        max_length=LONGEST_TEXT,
        widget=WrittenArea(attrs={"rows": rows, "data-part": name, "spellcheck": "true"}),
        error_messages={
            "max_length": "Shorten this text to %(limit_value)d characters; it has %(show_value)d."
        },
    )
    del field.widget.attrs["maxlength"]  # a browser would cut off a pasted text without a word
    return field


class ReflectionForm(forms.Form):
    """The few sentences that finish a module."""

    reflection = forms.CharField(
        label="What do you take into your school?",
        help_text="A sentence or two. You can read it again here later.",
        max_length=LONGEST_REFLECTION,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={
            "max_length": "Shorten this text to %(limit_value)d characters; it has %(show_value)d.",
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
    revision = forms.IntegerField(min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)

    def work(self) -> Work:
        """The texts with line ends as typed, whatever the browser sends."""
        clean: dict[str, Any] = self.cleaned_data
        names = ("context", "application", "evidence", "reflection")
        return Work(**{name: clean.get(name, "").replace("\r\n", "\n") for name in names})
