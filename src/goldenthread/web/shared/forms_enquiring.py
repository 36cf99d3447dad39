"""The shape of what the office and partners send about enquiries and interest."""

from collections.abc import Iterable
from typing import Any

from django import forms

from goldenthread.enquiries import other
from goldenthread.enquiries.models import Channel, Topic
from goldenthread.enquiries.rules import LONGEST_TEXT

ANY = [("", "Any")]


def _search(label: str) -> forms.CharField:
    return forms.CharField(
        label=label, required=False, max_length=100, widget=forms.TextInput(attrs={"type": "search"})
    )


class QueueForm(forms.Form):
    """What the queue is narrowed to; what the address says wrongly narrows nothing."""

    q = _search("Name, e-mail, reference or subject")
    programme = forms.ChoiceField(label="Programme", required=False)
    partner = forms.ChoiceField(label="Answered by", required=False)
    channel = forms.ChoiceField(label="Came by", required=False, choices=[*ANY, *Channel.choices])
    topic = forms.ChoiceField(label="Topic", required=False, choices=[*ANY, *Topic.choices])
    mine = forms.BooleanField(label="Only mine", required=False)
    state = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)

    def __init__(self, data: Any, *, programmes: Iterable[str], partners: Iterable[Any] | None) -> None:
        super().__init__(data)
        self.fields["programme"].choices = [*ANY, *((code, code) for code in programmes)]  # type: ignore[attr-defined]
        if partners is None:
            del self.fields["partner"]
        else:
            named = [(str(one.pk), one.name) for one in partners]
            self.fields["partner"].choices = [*ANY, ("none", "The office alone"), *named]  # type: ignore[attr-defined]

    def filters(self) -> dict[str, Any]:
        """What the list is narrowed by, as the queries take it."""
        self.is_valid()
        data = self.cleaned_data
        found = {name: data.get(name, "") for name in ("programme", "partner", "channel", "topic")}
        return {**found, "text": data.get("q", "")}


class InterestsForm(forms.Form):
    """What the list of interest is narrowed to."""

    q = _search("Name or e-mail")
    programme = forms.ChoiceField(label="Programme", required=False)
    consent = forms.ChoiceField(
        label="May be written to", required=False, choices=[*ANY, ("yes", "Yes"), ("no", "No")]
    )

    def __init__(self, data: Any, *, programmes: Iterable[str]) -> None:
        super().__init__(data)
        self.fields["programme"].choices = [*ANY, *((code, code) for code in programmes)]  # type: ignore[attr-defined]

    def filters(self) -> dict[str, Any]:
        """What the list is narrowed by, as the queries take it."""
        self.is_valid()
        data = self.cleaned_data
        return {
            "text": data.get("q", ""),
            "programme": data.get("programme", ""),
            "consent": data.get("consent", ""),
        }


def words_field(label: str, missing: str, *, rows: int = 6, longest: int = LONGEST_TEXT) -> forms.CharField:
    """Lines of text with a limit."""
    return forms.CharField(
        label=label,
        max_length=longest,
        widget=forms.Textarea(attrs={"rows": rows}),
        error_messages={"required": missing, "max_length": f"Shorten this to {longest:,} characters."},
    )


class AnswerForm(forms.Form):
    """An answer to the person."""

    text = words_field("Your answer", "Write the answer.", rows=8)


class NoteForm(forms.Form):
    """A note among ourselves."""

    text = words_field("Note", "Write the note.", rows=3)


class AssignForm(forms.Form):
    """Who looks after it."""

    to = forms.TypedChoiceField(label="Looked after by", required=False, coerce=int, empty_value=None)

    def __init__(self, *args: Any, people: Iterable[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {one.pk: one for one in people}
        self.fields["to"].choices = [("", "Nobody yet"), *((pk, one.name) for pk, one in self.people.items())]  # type: ignore[attr-defined]


class HandForm(forms.Form):
    """Which partner answers."""

    partner = forms.TypedChoiceField(label="Answered by", required=False, coerce=int, empty_value=None)

    def __init__(self, *args: Any, partners: Iterable[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.partners = {one.pk: one for one in partners}
        named = [(pk, one.name) for pk, one in self.partners.items()]
        self.fields["partner"].choices = [("", "The office alone"), *named]  # type: ignore[attr-defined]


class FileForm(forms.Form):
    """What an enquiry is about: an NPQ, or something else that is run besides."""

    under = forms.ChoiceField(label="It is about", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "An NPQ"), *((one.key, one.topic) for one in other.known())]
        self.fields["under"].choices = choices  # type: ignore[attr-defined]
