"""What forms say of what is wrong: at the field in few words, above the form with the field's name."""

import pytest
from django import forms
from django.core.validators import MaxValueValidator, RegexValidator

from goldenthread.templatetags.gt import error_links, error_texts
from goldenthread.web.office.fields import whole_field


class Asked(forms.Form):
    """One field of each sort that Django has sentences for, and some with words of ours."""

    days = forms.IntegerField(label="More days", max_value=28, min_value=1, required=False)
    checked = forms.IntegerField(label="Percent", validators=[MaxValueValidator(50)], required=False)
    on = forms.DateField(label="From which day on?", required=False)
    reason = forms.CharField(label="Reason", max_length=5, required=False)
    name = forms.CharField(label="Name", required=False, validators=[RegexValidator("^a")])
    own = forms.IntegerField(
        label="Marks", required=False, error_messages={"invalid": "Enter a whole number of marks."}
    )
    needed = forms.CharField(label="Why")


def said(**sent: str) -> tuple[list[str], list[str]]:
    """At the field, and above the form."""
    form = Asked({"needed": "so", **sent})
    at_field = [text for field in form for text in error_texts(field)]
    return at_field, [link["text"] for link in error_links(form)]


@pytest.mark.parametrize(
    ("sent", "at_field", "above"),
    [
        ({"days": "29"}, "At most 28", "More days: at most 28"),
        ({"days": "0"}, "At least 1", "More days: at least 1"),
        ({"days": "x"}, "Enter a whole number.", "More days: enter a whole number."),
        ({"checked": "51"}, "At most 50", "Percent: at most 50"),
        ({"on": "soon"}, "Enter a valid date.", "From which day on? Enter a valid date."),
        ({"name": "b"}, "Enter a valid value.", "Name: enter a valid value."),
        ({"reason": "123456"}, "Shorten this to 5 characters", "Reason: shorten this to 5 characters"),
        ({"needed": ""}, "This is needed", "Why: this is needed"),
        ({"own": "x"}, "Enter a whole number of marks.", "Enter a whole number of marks."),
    ],
)
def test_an_error_names_its_field_above_the_form(sent: dict[str, str], at_field: str, above: str) -> None:
    assert said(**sent) == ([at_field], [above])


def test_figures_whose_words_are_alike_are_told_apart_above_the_form() -> None:
    class Two(forms.Form):
        share = whole_field("Share with a second marker", 100, least=1)
        days = whole_field("Days for a discussion", 100, least=1)

    form = Two({"share": "0", "days": "x"})
    words = "nter a whole number from 1 to 100."
    assert [text for field in form for text in error_texts(field)] == [f"E{words}"] * 2
    assert [link["text"] for link in error_links(form)] == [
        f"Share with a second marker: e{words}",
        f"Days for a discussion: e{words}",
    ]
    form.add_error("share", "The lot is cast.")
    assert error_links(form)[1]["text"] == "The lot is cast."


def test_a_text_that_is_too_long_names_its_field() -> None:
    at_field, above = said(reason="123456")
    assert above == [f"Reason: {at_field[0][0].lower()}{at_field[0][1:]}"]
    assert "5 characters" in above[0]


def test_what_a_rule_says_stands_as_it_is() -> None:
    form = Asked({"needed": "so"})
    form.add_error("days", "The window has 8 days.")
    assert [link["text"] for link in error_links(form)] == ["The window has 8 days."]
