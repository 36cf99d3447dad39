"""Form fields that several pages of the office have."""

from typing import Any

from django import forms


def reason_field(label: str, *, longest: int = 1000, rows: int = 2, **options: Any) -> forms.CharField:
    """Why something is decided, in at most `longest` characters; it is kept with the decision."""
    lines = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, max_length=longest, widget=lines, **options)
