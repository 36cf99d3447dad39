"""Forms of the office about a wrong name on an award: propose to issue it again, or decline what its holder asked."""

from django import forms

from goldenthread.awards.name_rules import LONGEST_WORDS
from goldenthread.web.office.fields import reason_field


class ReissueForm(forms.Form):
    """The right name, what the page of the former code may say, and why."""

    name = forms.CharField(
        label="The right name",
        help_text="As the certificate shall spell it, in any script.",
        max_length=1000,
        strip=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto", "spellcheck": "false"}),
        error_messages={"required": "Give the name as the certificate shall spell it."},
    )
    linked = forms.ChoiceField(
        label="When somebody looks up the former code",
        choices=[
            ("1", "Say that it was replaced, and lead to the new one"),
            ("0", "Say only that it was replaced"),
        ],
        widget=forms.RadioSelect,
        help_text="The holder decides this: by the first, whoever has the former certificate learns the new name.",
        error_messages={"required": "Choose what the page of the former code says."},
    )
    reason = reason_field(
        "What did you look at, and why is this name right?",
        longest=LONGEST_WORDS,
        rows=3,
        help_text="Kept in the record with your name.",
        error_messages={"required": "Say why this award is issued again."},
    )


class DeclineNameForm(forms.Form):
    """Why a holder's request is declined."""

    reason = reason_field(
        "Why is it declined?",
        longest=LONGEST_WORDS,
        rows=3,
        help_text="The holder reads this, and can ask anew.",
        error_messages={"required": "Say why it is declined: the holder reads it."},
    )
