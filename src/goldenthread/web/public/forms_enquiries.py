"""The shape of what visitors send to ask, to register interest and to chat."""

from collections.abc import Sequence
from typing import Any

from django import forms

from goldenthread.catalogue.models import Programme
from goldenthread.enquiries.actions.prospects import Who
from goldenthread.enquiries.rules import LONGEST_TEXT
from goldenthread.intakes.models import Intake
from goldenthread.web.public.cookieless import SignsMixin
from goldenthread.web.public.facts import short_name
from goldenthread.web.public.forms import text_field


def _email(hint: str, *, required: bool = True) -> forms.EmailField:
    return forms.EmailField(
        label="E-mail address",
        max_length=254,
        required=required,
        help_text=hint,
        error_messages={
            "required": "Give an e-mail address.",
            "invalid": "Give an e-mail address like name@example.org.",
            "max_length": "Shorten this to 254 characters.",
        },
    )


def _text(label: str, hint: str, *, rows: int = 6, longest: int = LONGEST_TEXT) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=hint,
        max_length=longest,
        widget=forms.Textarea(attrs={"rows": rows}),
        error_messages={
            "required": "Write your question.",
            "max_length": f"Shorten this to {longest:,} characters.",
        },
    )


class InterestForm(SignsMixin):
    """Who is interested, in what, and whether we may write."""

    programmes = forms.MultipleChoiceField(
        label="Which programmes interest you?",
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": "Choose at least one programme.",
            "invalid_choice": "Choose from the programmes of the list.",
        },
    )
    intake = forms.ChoiceField(
        label="When would you like to start?",
        required=False,
        error_messages={"invalid_choice": "Choose one of the list."},
    )
    name = text_field("Your name", 200, missing="Give your name.")
    email = _email("The confirmation goes to this address.")
    role = text_field("Your role", 100, required=False, hint="Such as: head of year, teacher of mathematics.")
    place = text_field("Town or country", 100, required=False)
    postcode = text_field(
        "UK postcode of your school",
        12,
        required=False,
        hint="So that you hear only of what is near. Outside the United Kingdom leave it empty.",
    )
    consent = forms.BooleanField(required=False)

    def __init__(
        self, *args: Any, programmes: Sequence[Programme], intakes: Sequence[Intake], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.offered = {one.code: one for one in programmes}
        self.starts = {str(one.pk): one for one in intakes}
        named = [(code, short_name(one.name)) for code, one in self.offered.items()]
        starts = [("", "As soon as possible"), *((pk, one.name) for pk, one in self.starts.items())]
        self.fields["programmes"].choices = named  # type: ignore[attr-defined]
        self.fields["intake"].choices = starts  # type: ignore[attr-defined]
        if len(self.offered) == 1:
            self.fields["programmes"].widget = forms.MultipleHiddenInput()
            self.initial["programmes"] = list(self.offered)
        if not self.starts:
            del self.fields["intake"]

    @property
    def chosen(self) -> list[Programme]:
        return [self.offered[code] for code in self.cleaned_data["programmes"]]

    @property
    def who(self) -> Who:
        data = self.cleaned_data
        return Who(data["name"], data["email"], data["role"], data["postcode"], data["place"])


class AskForm(SignsMixin):
    """A question and whom to answer."""

    text = _text("Your question", "Please write nothing about other people, such as pupils.")
    name = text_field("Your name", 200, missing="Give your name.")
    email = _email("We answer to this address.")
    postcode = text_field(
        "UK postcode of your school",
        12,
        required=False,
        hint="If you ask about a place: whoever delivers there answers. Outside the United Kingdom leave it empty.",
    )

    @property
    def who(self) -> Who:
        data = self.cleaned_data
        return Who(name=data["name"], email=data["email"], postcode=data["postcode"])


class ChatForm(SignsMixin):
    """The first message of a chat."""

    text = _text(
        "Your question", "Please write nothing about other people, such as pupils.", rows=3, longest=2000
    )
    name = text_field("Your name", 200, required=False)
    email = _email("", required=False)

    @property
    def who(self) -> Who:
        return Who(name=self.cleaned_data["name"], email=self.cleaned_data["email"])


class SayForm(forms.Form):
    """A further message."""

    text = forms.CharField(
        label="Your message",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Write a message.", "max_length": "Shorten this to 2,000 characters."},
    )


class AddressForm(forms.Form):
    """Where to answer when nobody came."""

    name = text_field("Your name", 200, required=False)
    email = _email("We answer to this address.")
