"""What templates may say: quantities, days and instants, safe markdown, and the parts of our components."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from fractions import Fraction
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

from django import forms, template
from django.core.exceptions import ValidationError
from django.core.paginator import Page
from django.forms.boundfield import BoundField
from django.forms.utils import flatatt
from django.template.loader_tags import BLOCK_CONTEXT_KEY
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

from goldenthread.common import days, quantities

register = template.Library()
SINGULARS = (("people", "person"), ("ies", "y"), ("ches", "ch"), ("s", ""))


# --- quantities ----------------------------------------------------------------------------------
@register.filter
def hours(minutes: int | None) -> str:
    """3996 → "66 h 36 min"; nothing for None."""
    return "" if minutes is None else quantities.hours_text(int(minutes))


@register.filter
def number(count: int | None) -> str:
    """1240 → "1,240"; anything that isn't a whole number stays as it is."""
    return f"{count:,}" if isinstance(count, int) else "" if count is None else str(count)


@register.filter
def signed(change: int) -> str:
    """A difference: "+2", "0", "−1"."""
    return f"{change:+,}".replace("-", "\N{MINUS SIGN}") if change else "0"


@register.filter
def counted(things: str, count: int) -> str:
    """What a list counts, in the singular for one: "pieces of work" → "piece of work", "people" → "person"."""
    if count != 1:
        return things
    name, of, rest = things.partition(" of ")
    before, space, last = name.rpartition(" ")
    for ending, single in SINGULARS:
        if last.endswith(ending):
            last = last.removesuffix(ending) + single
            break
    return before + space + last + of + rest


@register.filter
def decimal_hours(minutes: int | None) -> str:
    """3996 → "66.6"."""
    return "" if minutes is None else quantities.decimal_hours(int(minutes))


@register.filter
def percent(share: Fraction | int | str | None) -> str:
    """Fraction(8999, 10000) → "89.99 %", rounded down."""
    return "" if share is None or share == "" else quantities.percent_text(Fraction(share))


@register.filter
def money(pence: int | None) -> str:
    """125000 → "£1,250"."""
    return "" if pence is None else quantities.money_text(int(pence))


@register.filter
def words(count: int | None) -> str:
    """1501 → "1,501 words"."""
    return "" if count is None else quantities.words_text(int(count))


# --- days and instants -----------------------------------------------------------------------------
@register.filter
def day(value: date | datetime | None) -> str:
    """A calendar day as people write it: "Mon 6 Oct 2025"."""
    if not value:
        return ""
    if isinstance(value, datetime) and timezone.is_aware(value):
        value = timezone.localtime(value)
    return days.day_text(value)


def zone_text(zone: tzinfo) -> str:
    """Asia/Dubai → "Dubai time"; Europe/London → "UK time"."""
    return days.zone_text(getattr(zone, "key", "") or str(zone))


@register.filter
def zone_name(zone: str) -> str:
    """A zone by its key, as people say it: Asia/Dubai → "Dubai time"."""
    return days.zone_text(zone)


@register.filter
def window_name(window: Any) -> str:
    """Which window somebody's request is about: "the window from Mon 6 Oct 2025", "Task 1, hand-in days from …"."""
    first = days.day_text(window.opens_on)
    return f"{window.task_title}, hand-in days from {first}" if window.task else f"the window from {first}"


@register.filter
def instant(value: datetime | None, zone: str | tzinfo | None = None) -> str:
    """An instant in the zone given, or the viewer's, with the zone named."""
    if not value:
        return ""
    where = ZoneInfo(zone) if isinstance(zone, str) and zone else zone or timezone.get_current_timezone()
    if timezone.is_naive(value):
        value = timezone.make_aware(value)
    local = value.astimezone(where)
    text = f"{local.day} {days.MONTHS[local.month - 1]} {local.year}, {local:%H:%M} ({zone_text(where)})"
    return format_html('<time datetime="{}">{}</time>', local.isoformat(timespec="seconds"), text)


@register.filter
def deadline(value: datetime | None, zone: str | None = None) -> str:
    """When something closes: "midnight at the end of Mon 13 Oct 2025 (UK time)", in the zone given or the viewer's."""
    if not value:
        return ""
    return days.deadline_text(value, zone or str(timezone.get_current_timezone()))


# --- text ------------------------------------------------------------------------------------------
_markdown = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")


@register.filter
def markdown(text: str | None, shift: int = 1) -> str:
    """Markdown without raw HTML or pictures; "# Heading" becomes h2, so that a page keeps one h1."""
    tokens = _markdown.parse(text or "")
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + int(shift))}"
        for child in token.children or ():
            if child.type == "link_open":
                child.attrSet("rel", "nofollow noopener")
    html: str = _markdown.renderer.render(tokens, _markdown.options, {})
    return mark_safe(html)


@register.filter
def initials(name: str | None) -> str:
    """Amina Binti Yusuf → "AY"."""
    parts = (name or "").split()
    return "".join(part[0] for part in (parts[:1] + parts[1:][-1:])).upper()


# --- parts of components -----------------------------------------------------------------------------
@register.filter
def filled(items: Iterable[Any] | None, names: str) -> list[dict[str, Any]]:
    """Items (dicts, objects, tuples or plain text) as dicts in which every name of "a,b,c" is present."""
    keys = [name.strip() for name in names.split(",")]
    return [_fill(item, keys) for item in items or ()]


def _fill(item: Any, keys: list[str]) -> dict[str, Any]:
    if isinstance(item, Mapping):
        found = {key: item.get(key) for key in keys}
    elif isinstance(item, (tuple, list)) and not hasattr(item, "_fields"):
        found = dict(zip(keys, item, strict=False))
    elif isinstance(item, str):
        found = {keys[0]: item}
    else:
        found = {key: getattr(item, key, None) for key in keys}
    return {key: "" if found.get(key) is None else found[key] for key in keys}


@register.filter
def html_attrs(attrs: Any) -> str:
    """The attributes of a component that it doesn't declare itself, escaped."""
    known = attrs.attrs_dict() if hasattr(attrs, "attrs_dict") else dict(attrs or {})
    return flatatt({key: value for key, value in known.items() if value is not None and value != ""})


@register.filter
def share_of(value: Any, whole: Any) -> str:
    """How much of `whole` is `value`, as a number from 0 to 100 for a drawing; never for people to read."""
    if not whole or value in (None, ""):
        return "0"
    share = min(max(Fraction(value) / Fraction(whole), Fraction(0)), Fraction(1))
    return f"{float(share * 100):.2f}"


@register.filter
def anchor_at(value: Any, whole: Any) -> str:
    """How a label is hung at its place on a line, so that it stays inside the drawing."""
    share = float(share_of(value, whole))
    return "end" if share > 85 else "start" if share < 15 else "middle"


@register.simple_tag
def stage_spans(stages: Iterable[Any] | None) -> list[dict[str, Any]]:
    """Where each stage lies on a line of 100, by its minutes; `wide` says whether every number fits its stage.

    Numbers stand above all stages or above none: a "2" alone would be read as a figure.
    """
    rows = filled(stages, "label,minutes,text,url,state")
    total = sum(int(row["minutes"] or 0) for row in rows) or 1
    wide = all(int(row["minutes"] or 0) * 100 >= total * 3 for row in rows)
    start = 0
    for row in rows:
        length = int(row["minutes"] or 0)
        row["from"] = f"{start * 100 / total:.2f}"
        row["to"] = f"{(start + length) * 100 / total:.2f}"
        row["middle"] = f"{(start + length / 2) * 100 / total:.2f}"
        row["wide"] = wide
        start += length
    return rows


@register.simple_tag
def bar_rows(items: Iterable[Any] | None, most: Any = None) -> list[dict[str, Any]]:
    """Rows of a bar chart with the share that each fills."""
    rows = filled(items, "label,value,text,url,state")
    whole = most or max((row["value"] or 0 for row in rows), default=0)
    for row in rows:
        row["share"] = share_of(row["value"], whole)
        row["text"] = row["text"] or str(row["value"])
    return rows


@register.simple_tag
def page_numbers(page: Page) -> list[Any]:
    """The page numbers to show, with an ellipsis where some are left out."""
    return list(page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1))


@register.simple_tag(takes_context=True)
def again(context: Any, block: str) -> SafeString:
    """What a block of the page holds, at a second place: {% again 'title' %}. The block may not lean on its parent."""
    found = context.render_context[BLOCK_CONTEXT_KEY].get_block(block)
    return SafeString(found.nodelist.render(context).strip())


# --- forms -----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Option:
    """One radio button or check box of a group."""

    control: SafeString
    id: str
    label: str
    hint: str


NATIVE_DATES = {
    forms.DateInput: ("date", "%Y-%m-%d"),
    forms.TimeInput: ("time", "%H:%M"),
    forms.DateTimeInput: ("datetime-local", "%Y-%m-%dT%H:%M"),
}
GROUPS = (forms.RadioSelect, forms.CheckboxSelectMultiple, forms.MultiWidget)


def field_kind(field: BoundField) -> str:
    """How the field is laid out: hidden, checkbox, radios, parts, file, select, textarea, input and so on."""
    widget = field.field.widget
    kinds = (
        (forms.CheckboxSelectMultiple, "checkboxes"),
        (forms.RadioSelect, "radios"),
        (forms.CheckboxInput, "checkbox"),
        ((forms.MultiWidget, forms.SelectDateWidget), "parts"),
        (forms.FileInput, "file"),
        (forms.Select, "select"),
        (forms.Textarea, "textarea"),
    )
    if field.is_hidden:
        return "hidden"
    return next((kind for widgets, kind in kinds if isinstance(widget, widgets)), "input")


@register.simple_tag
def field_parts(field: BoundField, hint: str = "", option_hints: Any = None, **attrs: Any) -> SimpleNamespace:
    """Everything that `<c-field>` draws: the control with its ARIA attributes and classes, options, ids."""
    kind = field_kind(field)
    _use_native_date(field.field.widget)
    id_ = field.id_for_label or field.auto_id or field.html_name
    hint = str(hint or field.help_text)
    hint = "" if hint.isspace() else hint
    errors = error_texts(field)
    described = [f"{field.auto_id}_helptext"] if hint else []
    described += [f"{field.auto_id}_error"] if errors else []
    given = {key.replace("_", "-"): value for key, value in attrs.items() if value not in (None, "", False)}
    given["class"] = {"checkbox": "form-check-input", "select": "form-select"}.get(kind, "form-control")
    if described and kind not in ("radios", "checkboxes", "parts"):
        given["aria-describedby"] = " ".join(described)
    if errors:
        given["aria-invalid"] = "true"
        given["class"] += " is-invalid"
    return SimpleNamespace(
        kind=kind,
        id=id_,
        hint=hint,
        hint_id=f"{field.auto_id}_helptext",
        error_id=f"{field.auto_id}_error",
        described=" ".join(described),
        errors=errors,
        options=_options(field, option_hints or {}) if kind in ("radios", "checkboxes") else [],
        control="" if kind in ("radios", "checkboxes") else field.as_widget(attrs=given),
    )


def _use_native_date(widget: forms.Widget) -> None:
    """A plain date, time or date-and-time input becomes the browser's own, in the format that it asks for."""
    for cls, (input_type, format_) in NATIVE_DATES.items():
        if isinstance(widget, cls) and widget.input_type in ("text", input_type):
            widget.input_type = input_type
            widget.format = format_


def _options(field: BoundField, hints: Mapping[Any, str]) -> list[Option]:
    options = []
    for choice in field.subwidgets:
        extra = choice.data["attrs"]
        extra["class"] = "form-check-input"
        hint = hints.get(choice.data["value"], "") or hints.get(str(choice.data["value"]), "")
        if hint:
            extra["aria-describedby"] = f"{choice.id_for_label}_helptext"
        options.append(Option(choice.tag(), choice.id_for_label, choice.choice_label, hint))
    return options


@register.simple_tag
def error_links(form: Any = None, errors: Iterable[Any] | None = None) -> list[dict[str, str]]:
    """The errors of a form, of a formset or of several forms, each with the address of its field."""
    links = [{"text": row["text"], "url": row["url"]} for row in filled(errors, "text,url")]
    for one in form if isinstance(form, (list, tuple)) else [form]:
        if one is None or one == "":
            continue
        if hasattr(one, "management_form"):
            links += [{"text": str(text), "url": ""} for text in one.non_form_errors()]
            links += error_links(list(one.forms))
            continue
        links += [{"text": str(text), "url": ""} for text in one.non_field_errors()]
        links += [
            {"text": text, "url": _address(field)}
            for field in one
            for text in error_texts(field, labelled=True)
        ]
    return links


@register.filter
def sent(form: Any) -> list[tuple[str, str]]:
    """What somebody filled in, as (label, text), with a choice in its words; empty fields are left out."""
    found = []
    for field in form.visible_fields():
        value = field.value()
        words = {str(key): str(text) for key, text in getattr(field.field, "choices", ())}
        given = [
            str(one)
            for one in (value if isinstance(value, (list, tuple)) else [value])
            if one not in (None, "")
        ]
        if given:
            found.append((str(field.label), ", ".join(words.get(one, one) for one in given)))
    return found


def _address(field: BoundField) -> str:
    """Where a link to the field leads: its control, or the first of its group."""
    if field.is_hidden:
        return ""
    if isinstance(field.field.widget, GROUPS):
        return f"#{field.auto_id}_0"
    return f"#{field.id_for_label or field.auto_id}"


NEEDED = {
    "radios": "Choose one",
    "select": "Choose one",
    "checkboxes": "Choose at least one",
    "checkbox": "Tick the box to go on",
    "file": "Choose a file",
}
LIMITS = {"max_value": "At most", "min_value": "At least"}


def error_texts(field: BoundField, *, labelled: bool = False) -> list[str]:
    """What is wrong with a field. Django's stock sentences get words of ours, and its label away from the field.

    What a form or a rule says in words of its own stands as it is: it names what it is about. Fields of
    `office.fields.whole_field` say of themselves that theirs don't, and get their label too.
    """
    return [_error_text(field, error, labelled=labelled) for error in field.errors.as_data()]


def _error_text(field: BoundField, error: ValidationError, *, labelled: bool) -> str:
    text, asked = " ".join(map(str, error)), field.field
    stock = any(error.message is one for one in _stock(asked))
    if not stock and not (_unnamed(asked) and error.message in asked.error_messages.values()):
        return text
    if stock and error.code == "required":
        text = NEEDED.get(field_kind(field), "This is needed")
    elif stock and error.code == "max_length" and error.params:
        text = f"Shorten this to {error.params['limit_value']:,} characters"
    elif stock and error.code in LIMITS and error.params:
        text = f"{LIMITS[error.code]} {error.params['limit_value']}"
    if not labelled:
        return text
    label = str(field.label)
    return f"{label} {text}" if label[-1:] in "?.!" else f"{label}: {text[0].lower()}{text[1:]}"


def _unnamed(field: forms.Field) -> bool:
    """Whether the field's own words are the same for every field of its sort."""
    return bool(getattr(field, "unnamed_faults", False))


def _stock(field: forms.Field) -> list[Any]:
    """Django's own sentences for this field: of its classes, and of the validators that it runs."""
    classes = [one for one in type(field).__mro__ if one.__module__.startswith("django.")]
    said = [text for one in classes for text in vars(one).get("default_error_messages", {}).values()]
    return said + [getattr(type(validator), "message", None) for validator in field.validators]
