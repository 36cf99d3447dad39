"""Forms about what a marker takes, when they are away, and whose work they can't judge."""

from django import forms

from goldenthread.marking.acquainting import LONGEST_NOTE
from goldenthread.marking.capacity_rules import MOST, Away
from goldenthread.marking.conflict_models import Tie


class MostForm(forms.Form):
    """How many scripts of a window somebody takes at most."""

    most = forms.IntegerField(
        label="Scripts of one window at most",
        help_text="Leave it empty for no limit.",
        required=False,
        min_value=0,
        max_value=MOST,
        error_messages=dict.fromkeys(
            ("invalid", "min_value", "max_value"), f"Enter a whole number from 0 to {MOST:,}, or nothing."
        ),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "maxlength": 4}),
    )


class AwayForm(forms.Form):
    """Days on which somebody is away."""

    from_on = forms.DateField(
        label="First day away",
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages=dict.fromkeys(("required", "invalid"), "Choose the first day."),
    )
    until_on = forms.DateField(
        label="Last day away",
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages=dict.fromkeys(("required", "invalid"), "Choose the last day."),
    )

    def away(self) -> Away:
        return Away(self.cleaned_data["from_on"], self.cleaned_data["until_on"])


class NamedForm(forms.Form):
    """Whose work somebody can't judge."""

    name = forms.CharField(
        label="Name of the person, or of the school or organisation",
        max_length=200,
        error_messages={"required": "Write the name of the person or the organisation."},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    organisation = forms.CharField(
        label="Where the person works",
        help_text="If you know it: it tells two people of one name apart.",
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    tie = forms.ChoiceField(
        label="Who is that to you?",
        choices=Tie.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose who that is to you."},
    )
    note = forms.CharField(
        label="Anything the programme office should know",
        max_length=LONGEST_NOTE,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    form_key = forms.UUIDField(widget=forms.HiddenInput)
