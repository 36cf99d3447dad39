"""How form controls are written: selects quickly, and the choice of a time zone."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.forms.renderers import DjangoTemplates
from django.forms.utils import flatatt
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from goldenthread.people.places import zone_choices


class Renderer(DjangoTemplates):
    """Django's form controls; a select is written without a template for each of its choices, of which some have
    hundreds.
    """

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> SafeString:
        """A control as HTML: what Django's template gives, but for the line breaks of a select."""
        if template_name == forms.Select.template_name:
            return _select(context["widget"])
        return mark_safe(super().render(template_name, context, request))


def _select(widget: dict[str, Any]) -> SafeString:
    written = [f'<select name="{escape(widget["name"])}"{flatatt(widget["attrs"])}>']
    for group, choices, _ in widget["optgroups"]:
        options = [_option(one) for one in choices]
        if group:
            options = [f'<optgroup label="{escape(group)}">', *options, "</optgroup>"]
        written += options
    return mark_safe("".join([*written, "</select>"]))


def _option(one: dict[str, Any]) -> str:
    attributes = flatatt(one["attrs"]) if one["attrs"] else ""  # most have none
    return f'<option value="{escape(str(one["value"]))}"{attributes}>{escape(one["label"])}</option>'


class ZoneField(forms.ChoiceField):
    """A time zone, from places only, grouped by region; a browser finds one by the first letters of its country.

    `suggest` puts zones on top, so that what is likely, or was chosen earlier, is near.
    """

    def __init__(self, *, suggest: Iterable[str] = (), **kwargs: Any) -> None:
        errors = {"invalid_choice": "Choose a time zone from the list."}
        super().__init__(choices=zone_choices(suggest), error_messages=errors, **kwargs)

    def suggest(self, *zones: str) -> None:
        """Put these on top."""
        self.choices = zone_choices(zone for zone in zones if zone)
