"""The shapes of what an editor of versions fills in; the rules are in `catalogue` and `intakes`."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django import forms

from goldenthread.catalogue.guided import Figure
from goldenthread.catalogue.models import ProgrammeVersion
from goldenthread.catalogue.toml_files import LARGEST_FILE
from goldenthread.web.office.fields import reason_field
from goldenthread.web.shared.versions import Version

KEY = r"^[a-z0-9]+(?:[-_][a-z0-9]+)*$"
NO_SOURCE = "Document and place, such as 000:68. Leave it empty if the office decides this itself."


class Lines(forms.CharField):
    """A list, one entry a line."""

    def __init__(self, *, rows: int = 4, **options: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": rows}), required=False, **options)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(str(one) for one in value) if isinstance(value, list | tuple) else value

    def to_python(self, value: Any) -> Any:
        return [line.strip() for line in str(value or "").splitlines() if line.strip()]


class Sources(forms.CharField):
    """Where a figure can be read: one place or several, parted by commas."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, max_length=400, **options)

    def to_python(self, value: Any) -> Any:
        return [part.strip() for part in str(value or "").split(",") if part.strip()]


class Revised(forms.Form):
    """A form that builds on one revision of a draft."""

    seen = forms.IntegerField(widget=forms.HiddenInput)


# --- starting ----------------------------------------------------------------------------------------
class StartForm(forms.Form):
    """From what a draft begins."""

    based_on = forms.ChoiceField(label="Begin with", required=False)
    kind = forms.ChoiceField(
        label="What is it to be?",
        choices=[("revision", "A new revision of that version"), ("another", "A version of its own")],
        widget=forms.RadioSelect,
        initial="revision",
    )
    key = forms.RegexField(
        KEY,
        label="Id of the new version",
        required=False,
        max_length=60,
        help_text="For a version of its own: programme, edition and market, such as npqsl-reformed-england.",
        error_messages={"invalid": "Use lower-case letters and digits, joined by hyphens."},
    )

    def __init__(self, data: Any, known: Iterable[Version], **options: Any) -> None:
        super().__init__(data, **options)
        choices = [(one.key, one.name) for one in known]
        self.fields["based_on"].choices = [("", "An empty version"), *choices]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        alone = data.get("kind") == "another" or not data.get("based_on")
        if alone and not data.get("key") and "key" not in self.errors:
            self.add_error("key", "Give the new version an id of its own.")
        return data


class ImportForm(forms.Form):
    """A specification file, handed in as a file or as text."""

    file = forms.FileField(
        label="File", required=False, help_text="A specification in TOML, at most 256 KiB."
    )
    text = forms.CharField(
        label="Or its text",
        required=False,
        max_length=LARGEST_FILE,
        widget=forms.Textarea(attrs={"rows": 12, "data-code": "", "spellcheck": "false"}),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        file = data.get("file")
        if file and file.size > LARGEST_FILE:
            self.add_error("file", "The file is larger than 256 KiB: it is no specification.")
        elif file:
            try:
                data["text"] = file.read().decode("utf-8")
            except UnicodeDecodeError:
                self.add_error("file", "The file is not UTF-8 text: save it as UTF-8 and choose it again.")
        if not self.errors and not (data.get("text") or "").strip():
            self.add_error("file", "Choose a file or paste its text.")
        return data


# --- the parts ---------------------------------------------------------------------------------------
class TextForm(Revised):
    """The whole file."""

    text = forms.CharField(
        label="The whole file",
        strip=False,
        max_length=LARGEST_FILE,
        widget=forms.Textarea(
            attrs={"rows": 36, "data-code": "", "spellcheck": "false", "autocapitalize": "off"}
        ),
    )


class IdentityForm(Revised):
    """Which version it is."""

    id = forms.RegexField(
        KEY,
        label="Id",
        max_length=60,
        help_text="Stands in addresses and never changes once it is published.",
        error_messages={"invalid": "Use lower-case letters and digits, joined by hyphens."},
    )
    programme = forms.CharField(label="Programme", max_length=10, help_text="Its code, such as NPQLT.")
    edition = forms.RegexField(
        KEY, label="Edition", max_length=20, help_text="One word in small letters, such as reformed."
    )
    market = forms.CharField(label="Market", max_length=30, help_text="Such as international, or England.")
    revision = forms.IntegerField(label="Revision", min_value=1, max_value=999)
    supersedes = forms.ChoiceField(label="Takes the place of", required=False)
    new_name = forms.CharField(
        label="Name of the programme",
        max_length=180,
        required=False,
        help_text="Only for a programme that the catalogue doesn't have yet.",
    )
    new_family = forms.RegexField(
        KEY, label="Family", max_length=20, required=False, help_text="Such as specialist or leadership."
    )
    new_areas = Lines(label="Content areas", help_text="One a line, in their order.")

    def __init__(self, *args: Any, known: Iterable[Version] = (), **options: Any) -> None:
        super().__init__(*args, **options)
        keys = [(one.key, one.name) for one in known]
        self.fields["supersedes"].choices = [("", "No other version"), *keys]  # type: ignore[attr-defined]


class TextsForm(Revised):
    """What people read first, and what it brings."""

    purpose = forms.CharField(
        label="Purpose", max_length=2000, widget=forms.Textarea(attrs={"rows": 3}), help_text="One sentence."
    )
    label = forms.ChoiceField(
        label="People on it are called",
        choices=[("participant", "participant"), ("candidate", "candidate")],
        widget=forms.RadioSelect,
    )
    candidate = Lines(label="What it brings to them", help_text="One a line.", rows=6)
    school = Lines(label="What it brings to their school", help_text="One a line.", rows=6)
    roles_after = Lines(label="Roles that may come after it", help_text="One a line.")


class AudienceForm(Revised):
    """Whom it is for, and what an application asks."""

    text = forms.CharField(label="Who it is for", max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
    role_status = forms.MultipleChoiceField(
        label="Where people may stand",
        choices=[("in role", "In the role"), ("aspiring", "Aspiring to it")],
        widget=forms.CheckboxSelectMultiple,
    )
    scopes = Lines(label="What is led", help_text="The choices of the application, one a line.")
    scope_must_be_named = forms.BooleanField(label="One of them must be chosen", required=False)
    schools_in_role_at_least = forms.IntegerField(
        label="Least number of schools of somebody in the role", required=False, min_value=1, max_value=1000
    )


class FeeForm(Revised):
    """A further fee."""

    pounds = forms.DecimalField(
        label="Pounds for one place", min_value=0, max_value=1_000_000, decimal_places=2
    )
    valid_from = forms.DateField(label="From")
    source = Sources(label="Source", help_text=NO_SOURCE)

    def values(self) -> dict[str, Any]:
        """What the form says, as the file has it."""
        data = self.cleaned_data
        return {
            "pounds": plain_number(data["pounds"]),
            "valid_from": data["valid_from"].isoformat(),
            "source": data["source"],
        }


class FiguresForm(Revised):
    """Figures with their sources; an empty figure is unknown, which is not nothing."""

    def __init__(self, *args: Any, figures: Sequence[Figure], **options: Any) -> None:
        super().__init__(*args, **options)
        self.figures = figures
        for place, figure in enumerate(figures):
            if not figure.several:
                self.fields[f"value_{place}"] = _value_field(figure)
                self.fields[f"source_{place}"] = Sources(
                    label=f"Source of {figure.label[0].lower()}{figure.label[1:]}",
                    initial=", ".join(figure.source),
                )

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Each figure with its two fields, or without where only the whole file can change it."""
        return [
            {
                "figure": figure,
                "value": None if figure.several else self[f"value_{place}"],
                "source": None if figure.several else self[f"source_{place}"],
            }
            for place, figure in enumerate(self.figures)
        ]

    def values(self) -> dict[str, tuple[Any, list[str]]]:
        """By path, the figure (None: unknown) and its sources, as the file has them."""
        return {
            figure.path: (
                _as_in_file(self.cleaned_data[f"value_{place}"]),
                self.cleaned_data[f"source_{place}"],
            )
            for place, figure in enumerate(self.figures)
            if not figure.several
        }


def _value_field(figure: Figure) -> forms.Field:
    named: dict[str, Any] = {"label": figure.label, "required": False, "initial": figure.value}
    if figure.unit == "day":
        return forms.DateField(**named)
    if figure.unit == "hours":
        named["help_text"] = "Hours; empty where no source gives them."
        return forms.DecimalField(min_value=0, max_value=10_000, decimal_places=2, **named)
    return forms.IntegerField(min_value=0, max_value=120, **named)


def _as_in_file(value: Any) -> Any:
    if isinstance(value, Decimal):
        return plain_number(value)
    return value.isoformat() if hasattr(value, "isoformat") else value


def plain_number(value: Decimal) -> int | float:
    """A number as a file has it: 18, 41.5."""
    return int(value) if value == value.to_integral_value() else float(value)


# --- decisions ---------------------------------------------------------------------------------------
class CloseForm(forms.Form):
    """From when a version takes no more intakes, and why."""

    closes_from = forms.DateField(
        label="First day on which no intake may start any more",
        help_text="Intakes that start earlier go on, and so does everybody who is enrolled. Later ones take no "
        "applications any more.",
    )
    reason = reason_field("Why is it closed?", rows=3)
    seen = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)  # what was shown of it


class SettleForm(forms.Form):
    """For each figure of a conflict one of its values, and why; for one about words the decision in words."""

    def __init__(self, data: Any, choices: Sequence[dict[str, Any]]) -> None:
        super().__init__(data)
        self.choices = choices
        for place, choice in enumerate(choices):
            self.fields[f"choice_{place}"] = forms.TypedChoiceField(
                label=choice["label"],
                choices=choice["values"],
                initial=choice["now"],
                coerce=int,
                widget=forms.RadioSelect,
            )
        label = "Why this?" if choices else "What is decided, and why?"
        self.fields["reason"] = reason_field(
            label,
            longest=2000,
            rows=4,
            help_text="Kept with your name and the day, and shown beside the conflict; participants read it too.",
        )

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Each figure's field with what is said of its values."""
        return [
            {"field": self[f"choice_{place}"], "hints": choice["hints"]}
            for place, choice in enumerate(self.choices)
        ]

    def chosen(self) -> dict[str, int]:
        """The place of the chosen value by the path of its figure."""
        return {choice["path"]: self.cleaned_data[f"choice_{n}"] for n, choice in enumerate(self.choices)}


class AgainstForm(forms.Form):
    """With which version another one is compared."""

    against = forms.ChoiceField(label="Compare with")

    def __init__(self, data: Any, known: Iterable[Version]) -> None:
        super().__init__(data)
        self.fields["against"].choices = [(one.key, one.name) for one in known]  # type: ignore[attr-defined]


def version_or_none(key: str) -> ProgrammeVersion | None:
    """The version with this key, None for ""."""
    return ProgrammeVersion.objects.select_related("programme").filter(key=key).first() if key else None
