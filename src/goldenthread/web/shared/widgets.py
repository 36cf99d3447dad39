"""Form controls for lists that answer quickly, and the choice of a time zone."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from goldenthread.people.places import zone_choices


class QuickSelect(forms.Select):
    """A select of hundreds of choices, also in groups, written without a template for each of them."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """The control as HTML."""
        chosen = "" if value is None else str(value)
        groups = format_html_join("", "{}", ((_choice(key, label, chosen),) for key, label in self.choices))
        given = flatatt({**self.build_attrs(self.attrs, attrs), "name": name})
        return format_html("<select{}>{}</select>", given, groups)


def _choice(key: Any, label: Any, chosen: str) -> SafeString:
    """One option, or a group of them under its label."""
    if isinstance(label, list | tuple):
        inner = format_html_join("", "{}", ((_choice(one, text, chosen),) for one, text in label))
        return format_html('<optgroup label="{}">{}</optgroup>', key, inner)
    selected = SafeString(" selected") if str(key) == chosen else ""
    return format_html('<option value="{}"{}>{}</option>', "" if key is None else key, selected, label)


class ZoneField(forms.ChoiceField):
    """A time zone, from places only, grouped by region; a browser finds one by the first letters of its country.

    `suggest` puts zones on top, so that what is likely, or was chosen earlier, is near.
    """

    def __init__(self, *, suggest: Iterable[str] = (), **kwargs: Any) -> None:
        errors = {"invalid_choice": "Choose a time zone from the list."}
        super().__init__(widget=QuickSelect, choices=zone_choices(suggest), error_messages=errors, **kwargs)

    def suggest(self, *zones: str) -> None:
        """Put these on top."""
        self.choices = zone_choices(zone for zone in zones if zone)
