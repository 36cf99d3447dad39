"""Form fields that several pages of the office have."""

from decimal import Decimal
from typing import Any

from django import forms

from goldenthread.common.quantities import money_text


def reason_field(label: str, *, longest: int = 1000, rows: int = 2, **options: Any) -> forms.CharField:
    """Why something is decided, in at most `longest` characters; it is kept with the decision."""
    lines = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, max_length=longest, widget=lines, **options)


def whole_field(
    label: str, most: int = 9999, *, least: int = 0, help_text: str = "", required: bool = True
) -> forms.IntegerField:
    """A whole number from `least` to `most`, of up to four figures; the limits are named where 9999 isn't the most."""
    words = f"Enter a whole number from {least} to {most}." if most < 9999 else "Enter a whole number."
    faults = dict.fromkeys(("required", "invalid", "min_value", "max_value"), words)
    made = forms.IntegerField(
        label=label,
        min_value=least,
        max_value=most,
        help_text=help_text,
        required=required,
        error_messages=faults,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "maxlength": 4}),
    )
    made.unnamed_faults = True  # type: ignore[attr-defined]  # above the form its label stands before them
    return made


class HalfMarksField(forms.DecimalField):
    """Marks that may be halves, such as 7.5; what is entered is given in half marks."""

    def __init__(self, **options: Any) -> None:
        words = "Enter whole or half marks, such as 7 or 7.5."
        faults = dict.fromkeys(("required", "invalid", "max_decimal_places", "min_value"), words)
        super().__init__(
            max_digits=4,
            decimal_places=1,
            min_value=0,
            error_messages=faults,
            widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
            **options,
        )

    def clean(self, value: Any) -> int | None:
        given: Decimal | None = super().clean(value)
        if given is not None and (given * 2) % 1:
            raise forms.ValidationError(self.error_messages["invalid"])
        return None if given is None else int(given * 2)


class PoundsField(forms.DecimalField):
    """An amount in pounds, such as 7 or 7.25, from nothing to `most` pence; given in pence."""

    def __init__(self, *, most: int, **options: Any) -> None:
        words = f"Enter pounds and pence from 0 to {money_text(most)[1:]}, such as 7 or 7.25."
        names = (
            "required", "invalid", "max_digits", "max_decimal_places", "max_whole_digits", "min_value", "max_value",
        )  # fmt: skip
        super().__init__(
            max_digits=8,
            decimal_places=2,
            min_value=0,
            max_value=Decimal(most) / 100,
            error_messages=dict.fromkeys(names, words),
            widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "maxlength": 10}),
            **options,
        )

    def to_python(self, value: Any) -> Any:
        return super().to_python(value.strip().removeprefix("£") if isinstance(value, str) else value)

    def clean(self, value: Any) -> int | None:
        given: Decimal | None = super().clean(value)
        return None if given is None else int(given * 100)
