"""The shapes of what the office writes into study units; the rules are in `learning.unit_rules`."""

from typing import Any

from django import forms

from goldenthread.catalogue.needs import AREAS_OF_NEED
from goldenthread.catalogue.variants import CHANGE_REASONS, CONTEXTS, PHASES
from goldenthread.learning.models import UnitText
from goldenthread.learning.unit_queries import Unit, first_parts, kind_of
from goldenthread.learning.unit_rules import LONGEST_PART, parts_of
from goldenthread.web.office.forms_frameworks import day_field

EVERYBODY = {"context": "", "locality": "", "phase": ""}
HINTS = {
    "example": "How it looks in a school of this phase. Readers of the phase see it first, others may unfold it.",
    "brief": "Markdown: **bold**, *italic*, lists.",
    "see_it": "Markdown: **bold**, *italic*, lists.",
}


class UnitTextForm(forms.Form):
    """A text of a unit. `place` is for whom, where that is settled; `kind` is "module" or "task"."""

    phase = forms.ChoiceField(label="Phase", choices=[("", "Choose a phase"), *PHASES.items()])
    context = forms.ChoiceField(label="Where", required=False, choices=[("", "Anywhere"), *CONTEXTS.items()])
    locality = forms.CharField(
        label="Locality",
        max_length=100,
        required=False,
        help_text="Only where it is for one locality: the town as it stands with the schools, such as Dubai.",
    )
    reason = forms.ChoiceField(label="Reason", choices=list(CHANGE_REASONS.items()))
    change_note = forms.CharField(
        label="What is new", max_length=300, help_text="A sentence. Participants who have begun read it."
    )
    effective_from = day_field("In effect from")
    review_by = day_field("Review by")
    revision = forms.IntegerField(min_value=0, max_value=2_000_000_000, widget=forms.HiddenInput)

    def __init__(
        self, data: Any, *, kind: str, place: dict[str, str] | None, example: bool, **options: Any
    ) -> None:
        super().__init__(data, **options)
        self.place = place
        if place is not None:
            for name in EVERYBODY:
                del self.fields[name]
        elif not example:
            del self.fields["phase"]
        else:
            self.fields[
                "context"
            ].help_text = "Leave it at “Anywhere” unless the example holds for one context."
        self.parts = parts_of(kind, "phase" if example else "")
        for name, title in self.parts.items():
            self.fields[name] = forms.CharField(
                label=title,
                max_length=LONGEST_PART,
                help_text=HINTS.get(name, ""),
                widget=forms.Textarea(attrs={"rows": 4 if name == "purpose" else 10}),
            )
        last = ("reason", "change_note", "effective_from", "review_by", "revision")
        self.order_fields([*EVERYBODY, *self.parts, *last])
        if place is None and not example:
            self.fields["context"].required = True
            self.fields["context"].choices = [("", "Choose where"), *CONTEXTS.items()]  # type: ignore[attr-defined]

    def said(self) -> dict[str, Any]:
        """What was filled in, as `unit_editing.start_draft` takes it."""
        clean = self.cleaned_data
        place = self.place or {name: clean.get(name, "") for name in EVERYBODY}
        parts = {name: clean[name].replace("\r\n", "\n") for name in self.parts}
        kept = {name: clean[name] for name in ("reason", "change_note", "effective_from", "review_by")}
        return {**place, **kept, "parts": parts}


def form_for_draft(text: UnitText, data: Any = None) -> UnitTextForm:
    """The form of a draft that is there; for whom it is stays."""
    said = ("reason", "change_note", "effective_from", "review_by", "revision")
    initial = {**text.parts, **{name: getattr(text, name) for name in said}}
    return UnitTextForm(
        data, kind=kind_of(text.unit), place=place_of(text), example=bool(text.phase), initial=initial
    )


def form_for_new(
    unit: Unit, data: Any, *, before: UnitText | None, core: bool, example: bool
) -> UnitTextForm:
    """The form of a further text: after `before`, after the first text for everybody (`core`), or for new readers,
    who begin with the first text too unless it is an `example`.
    """
    place = place_of(before) if before else dict(EVERYBODY) if core else None
    parts = before.parts if before else {} if example else first_parts(unit)
    return UnitTextForm(
        data,
        kind=kind_of(unit),
        place=place,
        example=bool(before.phase) if before else example,
        initial={**parts, "revision": 0},
    )


def place_of(text: UnitText) -> dict[str, str]:
    """For whom a text is."""
    return {name: getattr(text, name) for name in EVERYBODY}


def needs_field() -> forms.MultipleChoiceField:
    """The four areas of need as boxes to tick (S2-33)."""
    return forms.MultipleChoiceField(
        label="Areas of need",
        required=False,
        choices=[(key, name.capitalize()) for key, name in AREAS_OF_NEED.items()],
        widget=forms.CheckboxSelectMultiple,
    )


class NeedsForm(forms.Form):
    """What a task or case study is tagged with."""

    needs = needs_field()


class NeedFilter(forms.Form):
    """A list narrowed to one area of need."""

    need = forms.ChoiceField(
        label="Area of need",
        required=False,
        choices=[("", "All"), *((key, name.capitalize()) for key, name in AREAS_OF_NEED.items())],
    )

    def chosen(self) -> str:
        """The key of the area; "" for all, and for what is none."""
        return str(self.cleaned_data.get("need", "")) if self.is_valid() else ""


class RevisionForm(forms.Form):
    """The revision of a draft that its reviewer has read."""

    revision = forms.IntegerField(min_value=0, max_value=2_000_000_000, widget=forms.HiddenInput)
