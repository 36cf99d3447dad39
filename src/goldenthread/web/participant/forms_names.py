"""The participant's forms about the name that their award bears."""

from django import forms

from goldenthread.awards.name_rules import LONGEST_WORDS

REQUIRED = "Give the name as the certificate shall spell it."
LINKED = [
    ("1", "Say that it was replaced, and lead to my new certificate"),
    ("0", "Say only that it was replaced"),
]
LINKED_HINTS = {
    "1": "Whoever has your old certificate finds the award under your new name.",
    "0": "Nobody learns your new name by the old code. Give your new certificate to whom you want to have it.",
}


def name_field(help_text: str) -> forms.CharField:
    """A name as a certificate spells it: the rules say what is wrong with one, the form asks for one alone."""
    return forms.CharField(
        label="Your name on the certificate",
        help_text=help_text,
        max_length=1000,
        strip=False,
        widget=forms.TextInput(attrs={"autocomplete": "name", "dir": "auto", "spellcheck": "false"}),
        error_messages={"required": REQUIRED},
    )


class NameForm(forms.Form):
    """How the certificate shall spell the name."""

    name = name_field("In full, in any script, as it stands on your passport or as your school knows you.")


class NameRequestForm(forms.Form):
    """The right name, what is wrong, what shows it, and what the page of the former code may say."""

    name = name_field("In full, in any script. The new certificate, the badge and the transcript bear it.")
    wrong = forms.CharField(
        label="What is wrong?",
        help_text="In your own words, for example: it is misspelt, or my name has changed.",
        max_length=LONGEST_WORDS,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Say what is wrong with the name."},
    )
    evidence = forms.CharField(
        label="What shows it?",
        help_text="If something does: say what you can show the office, such as a passport or a deed. Give no "
        "numbers of documents here.",
        max_length=LONGEST_WORDS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    document = forms.FileField(
        label="A document that shows it",
        help_text="If you like: a scan or a photograph of what says your name, such as a deed. Cover what the office "
        "doesn't need. Only the people who decide open it, and it is removed 30 days after their answer.",
        required=False,
        error_messages={"empty": "This file is empty.", "missing": "Choose the file first."},
    )
    linked = forms.ChoiceField(
        label="When somebody looks up your old code",
        choices=LINKED,
        initial="1",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what the page of your old code says."},
    )
    form_key = forms.UUIDField(widget=forms.HiddenInput)
    hints = LINKED_HINTS
