"""How form controls are written: selects quickly, and the choice of a time zone."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.forms.renderers import DjangoTemplates
from django.forms.utils import flatatt
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from goldenthread.people.places import zone_choices


class Renderer(DjangoTemplates):
    """Django's form controls; a select is written without a template for each of its choices, of which some have
    dozens.
    """

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> SafeString:
        """A control as HTML: what Django's template gives, but for the line breaks of a select."""
        if template_name == forms.Select.template_name:
            return _select(context["widget"])
        return mark_safe(super().render(template_name, context, request))


def _select(widget: dict[str, Any]) -> SafeString:
    written = [f'<select name="{escape(widget["name"])}"{_attributes(widget["attrs"])}>']
    for group, choices, _ in widget["optgroups"]:
        options = [
            f'<option value="{escape(str(one["value"]))}"{_attributes(one["attrs"])}>{escape(one["label"])}</option>'
            for one in choices
        ]
        if group:
            options = [f'<optgroup label="{escape(group)}">', *options, "</optgroup>"]
        written += options
    return mark_safe("".join([*written, "</select>"]))


def _attributes(given: dict[str, Any]) -> str:
    # As Django's `widgets/attrs.html`: False leaves an attribute out, True gives it no value.
    return "".join(
        f" {escape(name)}" if value is True else f' {escape(name)}="{escape(str(value))}"'
        for name, value in given.items()
        if value is not False
    )


class QuickSelect(forms.Select):
    """A select of hundreds of choices, also in groups, written without describing each of them first."""

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
