"""The shapes of what the office fills in about framework content; the rules are in the catalogue."""

from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

from goldenthread.catalogue.framework_rules import COUNTRIES, EVIDENCE_KINDS, LINK_KINDS
from goldenthread.catalogue.models import Evidence
from goldenthread.catalogue.variants import CHANGE_REASONS, CONTEXTS, PHASES
from goldenthread.web.office.forms_groups import FIRST_DAY, LAST_DAY


def day_field(label: str, **options: Any) -> forms.DateField:
    said = "Choose a day from 2010 to 2099."
    return forms.DateField(
        label=label,
        validators=[MinValueValidator(FIRST_DAY, said), MaxValueValidator(LAST_DAY, said)],
        error_messages={"invalid": "Give a date, such as 2027-01-18."},
        **options,
    )


def _address(label: str, **options: Any) -> forms.URLField:
    return forms.URLField(
        label=label,
        max_length=500,
        required=False,
        assume_scheme="https",
        error_messages={"invalid": "Give the whole address, such as https://www.example.org/page."},
        **options,
    )


class UploadForm(forms.Form):
    """A framework's text, and for which version it is."""

    file = forms.FileField(
        label="The text",
        help_text="Page text or plain text (UTF-8, up to 2 MB), or a Word document (.docx, up to 10 MB).",
    )
    version = forms.ChoiceField(
        label="For which version?",
        required=False,
        help_text="Leave it out where the text itself names its programme.",
    )

    def __init__(self, data: Any, files: Any, versions: list[tuple[str, str]]) -> None:
        super().__init__(data, files)
        self.fields["version"].choices = [("", "As the text says"), *versions]  # type: ignore[attr-defined]


class SourceForm(forms.Form):
    """Where the official text is published."""

    source_url = _address("Where it is published")
    source_date = day_field("Published on", required=False)
    licence = forms.CharField(
        label="Licence", max_length=200, required=False, help_text="Such as Open Government Licence v3.0."
    )


class DeclineForm(forms.Form):
    """Why a proposed text is declined."""

    reason = forms.CharField(
        label="Why", max_length=500, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="The others of the office read this.",
        error_messages={"required": "Say why, for the person who proposed it."},
    )  # fmt: skip


class StatementForm(forms.Form):
    """Our own wording, the highlight, the day of review."""

    text = forms.CharField(
        label="Wording", max_length=2_000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    highlighted = forms.BooleanField(label="Highlight it on the framework's page", required=False)
    review_by = day_field("Review by", required=False)
    revision = forms.IntegerField(min_value=0, max_value=2_000_000_000, widget=forms.HiddenInput)

    def __init__(self, *args: Any, wording: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not wording:
            del self.fields["text"]


class EvidenceForm(forms.Form):
    """A published source."""

    author = forms.CharField(label="Author", max_length=200)
    year = forms.IntegerField(label="Year", required=False, min_value=1800, max_value=2099)
    title = forms.CharField(label="Title", max_length=300)
    link = _address("Link")
    kind = forms.ChoiceField(label="Kind", choices=list(EVIDENCE_KINDS.items()))
    country = forms.ChoiceField(label="Country", choices=list(COUNTRIES.items()))
    area = forms.ChoiceField(label="Supports the area", required=False)
    form_key = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any, areas: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["area"].choices = areas  # type: ignore[attr-defined]


class EvidenceLinkForm(forms.Form):
    """Where a source can be read."""

    link = _address("Link")


class AttachAreaForm(forms.Form):
    """An area that a source supports."""

    area = forms.ChoiceField(label="Supports the area")

    def __init__(self, data: Any, areas: list[tuple[str, str]]) -> None:
        super().__init__(data)
        self.fields["area"].choices = areas  # type: ignore[attr-defined]


class SourcesFilter(forms.Form):
    """What the list of sources is narrowed to."""

    country = forms.ChoiceField(label="Country", required=False, choices=[("", "All"), *COUNTRIES.items()])
    broken = forms.BooleanField(label="Broken links only", required=False)


class AttachForm(forms.Form):
    """A source that supports a statement."""

    evidence = forms.ModelChoiceField(Evidence.objects.all(), label="Source", empty_label="Choose a source")


class VariantForm(forms.Form):
    """A statement for a context, a locality or a phase."""

    context = forms.ChoiceField(label="Where", required=False, choices=[("", "Anywhere"), *CONTEXTS.items()])
    locality = forms.CharField(
        label="Locality",
        max_length=100,
        required=False,
        help_text="Only where it is for one locality, such as Dubai.",
    )
    phase = forms.ChoiceField(label="Phase", required=False, choices=[("", "Every phase"), *PHASES.items()])
    text = forms.CharField(label="Wording", max_length=2_000, widget=forms.Textarea(attrs={"rows": 3}))
    reason = forms.ChoiceField(label="Reason", choices=list(CHANGE_REASONS.items()))
    change_note = forms.CharField(
        label="What is new", max_length=300, help_text="Readers see it beside the wording."
    )
    effective_from = day_field("In effect from")
    review_by = day_field("Review by")


class LinkForm(forms.Form):
    """Another statement, and what it has to do with this one."""

    code = forms.CharField(
        label="Code of the other statement", max_length=60, help_text="Such as NPQLT-IM-LT4."
    )
    kind = forms.ChoiceField(label="How they are linked", choices=list(LINK_KINDS.items()), initial="related")
